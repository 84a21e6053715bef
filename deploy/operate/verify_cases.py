"""What is compared of enterprises' cases: accreditations, books and what was entered in them."""

from __future__ import annotations

from typing import Final

from deploy.operate.kept import Kept, decimal, plain

_ACCREDITATIONS: Final = Kept(
    "accreditations",
    "v_accreditations",
    "aeo_id",
    "aeo",
    {
        "AccreditationApplied": (plain("enterprise_code"), plain("level")),
        "AccreditationAccepted": (plain("accepted_on"),),
        "AccreditationWithdrawn": (plain("barred_until"),),
        "EnterpriseCertified": (
            plain("level"),
            plain("certificate"),
            plain("certified_on", "issued_on"),
        ),
        "AccreditationFailed": (plain("barred_until"),),
        "CertificateRevoked": (plain("barred_until"),),
    },
)
_BOOKS: Final = Kept(
    "books",
    "v_books",
    "book_id",
    "bok",
    {"BookOpened": (plain("enterprise_code"),)},
)
_RECEIPTS: Final = Kept(
    "receipts",
    "v_receipts",
    "book_id",
    "bok",
    {
        "GoodsReceived": (
            plain("purchase_id"),
            *map(decimal, ("bought_kg", "received_kg")),
            plain("seal_intact"),
            plain("reference"),
        )
    },
    among="receipt_id",
)
_OUTPUTS: Final = Kept(
    "outputs",
    "v_outputs",
    "book_id",
    "bok",
    {
        "ProductionReported": (
            plain("hs_code", "product_hs"),
            decimal("weight_kg", "product_kg"),
            plain("reference"),
        ),
        "ScrapReported": (
            plain("hs_code", "material_hs"),
            decimal("weight_kg", "scrap_kg"),
            plain("reference"),
        ),
        "OutputReversed": (plain("hs_code"), decimal("weight_kg"), plain("reverses")),
    },
    among="output_id",
)
IN_PART: Final = (
    "accreditations.due_on",
    "accreditations.review_due_on",
    "books.period_from",
    "books.period_to",
    "quota_days of days long past",
)
"""What of these tables nothing is compared of: a clock is moved by more than one act's own word."""
CASES: Final = (_ACCREDITATIONS, _BOOKS, _RECEIPTS, _OUTPUTS)
