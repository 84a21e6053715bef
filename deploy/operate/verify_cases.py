"""What is compared of enterprises' cases, and of what gate, market and banks add to a lot's:
accreditations, books and what was entered in them, entries, passes, orders, purchases, prices.
"""

from __future__ import annotations

from typing import Final

from deploy.operate.kept import (
    Kept,
    amount,
    becomes,
    decimal,
    fixed,
    instant,
    own_id,
    plain,
    weights,
)

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
_WRITTEN_OFF: Final = Kept(
    "output_consumptions",
    "v_written_off",
    "book_id",
    "bok",
    {
        "ProductionReported": (weights("consumed_kg"), weights("loss_kg")),
        "OutputReversed": (weights("consumed_kg"),),
    },
    among="output_id",
)
_CORRECTIONS: Final = Kept(
    "corrections",
    "v_corrections",
    "book_id",
    "bok",
    {
        "CorrectionAsked": (
            *map(plain, ("kind", "receipt_id", "product_hs", "material_hs", "former", "becomes")),
            becomes("state", "ASKED", by="kind"),
        ),
        "BookCorrected": (
            *map(plain, ("former", "becomes")),
            becomes("state", "CONSENTED", by="kind"),
        ),
        "CorrectionRefused": (becomes("state", "REFUSED", by="correction_id"),),
    },
    among="correction_id",
)
_HAND_ANSWERS: Final = Kept(
    "hand_answers",
    "v_hand_answers",
    "answer_id",
    "ans",
    {
        "BankAnswerEntered": (
            plain("entered_by", "person"),
            fixed("digest"),
            plain("by_file"),
            becomes("state", "ENTERED", by="answer_id"),
        ),
        "BankAnswerConfirmed": (
            fixed("digest"),
            *map(plain, ("persons", "report_id")),
            becomes("state", "CONFIRMED", by="answer_id"),
        ),
        "BankAnswerWithdrawn": (becomes("state", "WITHDRAWN", by="answer_id"),),
    },
    cased=True,
)
_ENTRIES: Final = Kept(
    "gate_entries",
    "v_gate_entries",
    "entry_id",
    "ent",
    {
        "EntryRecorded": (
            *map(plain, ("port", "vehicle_plate")),
            own_id("resident_id"),
            instant("entered_at"),
        )
    },
)
_PASSES: Final = Kept(
    "gate_passes",
    "v_gate_passes",
    "lot_id",
    "lot",
    {"GatePassed": (plain("vehicle_plate"), decimal("gross_kg"))},
)
_ORDERS: Final = Kept(
    "factory_orders",
    "v_factory_orders",
    "order_id",
    "ord",
    {
        "OrderCreated": (
            *map(plain, ("enterprise_code", "hs_code")),
            *map(decimal, ("wanted_kg", "unit_price")),
        )
    },
)
_PURCHASES: Final = Kept(
    "purchases",
    "v_purchases",
    "lot_id",
    "lot",
    {
        "LotBought": (
            *map(own_id, ("purchase_id", "order_id")),
            *map(plain, ("enterprise_code", "due_on")),
            decimal("net_kg"),
            amount("price"),
        )
    },
)
_FIRM_QUOTES: Final = Kept(
    "firm_quotes",
    "v_firm_quotes",
    "quote_id",
    "qte",
    {
        "FirmQuoteLocked": (
            *map(plain, ("party", "source", "bank_bic")),
            decimal("rate"),
            *map(amount, ("gives", "gets")),
        )
    },
)
_CHANGES: Final = Kept(
    "register_changes",
    "v_register_changes",
    "change_id",
    "imp",
    {
        "ChangeProposed": (
            *map(plain, ("kind", "subject", "filing", "records", "content")),
            becomes("state", "PROPOSED", by="kind"),
        ),
        "ChangeConfirmed": (becomes("state", "CONFIRMED", by="kind"),),
        "ChangeTurnedDown": (becomes("state", "TURNED_DOWN", by="kind"),),
    },
    cased=True,
)
_LAW_FILINGS: Final = Kept(
    "law_filings",
    "v_law_filings",
    "filing_id",
    "imp",
    {
        "LawListProposed": (
            *map(plain, ("kind", "count", "content")),
            becomes("state", "PROPOSED", by="kind"),
        ),
        "LawListConfirmed": (becomes("state", "CONFIRMED", by="kind"),),
        "LawListTurnedDown": (becomes("state", "TURNED_DOWN", by="kind"),),
    },
    cased=True,
)
IN_PART: Final = (
    "accreditations.due_on",
    "accreditations.review_due_on",
    "bank_keys.confirm_from",
    "books.period_from",
    "books.period_to",
    "register_changes.concerns",
    "register_changes.confirm_from",
    "quota_days of days long past",
)
"""What of these tables nothing is compared of: a clock is moved by more than one act's own word."""
CASES: Final = (
    *(_ACCREDITATIONS, _BOOKS, _RECEIPTS, _OUTPUTS, _WRITTEN_OFF, _CORRECTIONS),
    *(_ENTRIES, _PASSES, _ORDERS, _PURCHASES, _FIRM_QUOTES, _CHANGES, _HAND_ANSWERS, _LAW_FILINGS),
)
