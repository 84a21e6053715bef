"""What is compared of enterprises: their accreditations, their books and all entries."""

from __future__ import annotations

from typing import Final
from uuid import UUID

from deploy.operate.verify.kept import (
    UNSAID,
    Column,
    Kept,
    becomes,
    decimal,
    figure,
    plain,
    sealed,
    weight_of,
    weights,
    when,
)

_OF_A_CYCLE: Final = ("reporter", "concurring", "total", "passed")
_CARRIED_OUT: Final = (
    "EnterpriseCertified",
    "AccreditationFailed",
    "CertificateSuspended",
    "CertificateReinstated",
    "CertificateRevoked",
)
"""What a decision on an accreditation becomes with the second signature."""
_ACCREDITATIONS: Final = Kept(
    "accreditations",
    "v_accreditations",
    "aeo_id",
    "aeo",
    {
        "AccreditationApplied": (*map(plain, ("enterprise_code", "level", "trades")),),
        "AccreditationAccepted": (*map(plain, ("accepted_on", "due_on", "trades")),),
        "AccreditationClockExtended": (plain("due_on"), becomes("extended", True, by="due_on")),
        "AccreditationClockRanOut": (becomes("overdue_at", True, by="due_on"),),
        "ExaminersDrawn": (plain("examiners", "officers"), plain("cycle")),
        # Who of them stays it does not say.
        "ExaminersUnavailable": (Column("examiners", "eligible", lambda *_: UNSAID),),
        "OnSiteReported": (*map(plain, ("cycle", "total", "passed")), plain("reporter", "author")),
        "OnSiteConcurred": (plain("concurring", "signer"),),
        "OnSiteSentBack": tuple(
            becomes(name, None, by="round") for name in ("total", "passed", "reporter")
        ),
        "ReexaminationFellDue": (
            plain("cycle"),
            becomes("examiners", [], by="cycle"),
            *(becomes(name, None, by="cycle") for name in _OF_A_CYCLE),
        ),
        "AccreditationWithdrawn": (plain("barred_until"),),
        "EnterpriseCertified": (
            plain("level"),
            plain("certificate"),
            plain("certified_on", "issued_on"),
            plain("review_due_on"),
            becomes("suspended_on", False, by="certificate"),
        ),
        "AccreditationFailed": (plain("barred_until"),),
        "CertificateSuspended": (becomes("suspended_on", True, by="certificate"),),
        "CertificateReinstated": (becomes("suspended_on", False, by="certificate"),),
        "CertificateRevoked": (plain("barred_until"),),
    },
)
_REPORTS: Final = Kept(
    "on_site_reports",
    "v_on_site_reports",
    "aeo_id",
    "aeo",
    {
        "OnSiteReported": (
            *map(plain, ("author", "total", "passed", "failures")),
            sealed("report", "marks", "opinion"),
            becomes("signer", None, by="round"),
            becomes("agreed", False, by="round"),
        ),
        "OnSiteConcurred": (plain("signer"), becomes("agreed", True, by="signer")),
        "OnSiteSentBack": (plain("signer"), becomes("agreed", False, by="signer")),
    },
    among=("cycle", "round"),
)
_DECISIONS: Final = Kept(
    "accreditation_decisions",
    "v_accreditation_decisions",
    "aeo_id",
    "aeo",
    {
        "AccreditationDecisionProposed": (
            *map(plain, ("cycle", "kind", "author")),
            sealed("decision", "level", "grounds"),
            becomes("signer", None, by="decision_id"),
            becomes("agreed", False, by="decision_id"),
        ),
        "AccreditationDecisionSentBack": (
            plain("signer"),
            becomes("agreed", False, by="decision_id"),
        ),
        **{
            event: (plain("signer"), becomes("agreed", True, by="decision_id"))
            for event in _CARRIED_OUT
        },
    },
    among="decision_id",
)
_PENDING: Final = Kept(
    "accreditations",
    "v_accreditations",
    "aeo_id",
    "aeo",
    {
        "AccreditationDecisionProposed": (
            Column("pending", "decision_id", lambda value, _: value and str(UUID(hex=value))),
        ),
        **{
            event: (becomes("pending", None, by="decision_id"),)
            for event in (
                "AccreditationDecisionSentBack",
                "AccreditationDecisionLapsed",
                *_CARRIED_OUT,
            )
        },
    },
    spoken=False,
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
            when("received_at"),
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
            becomes("kind", "PRODUCT", by="product_hs"),
            plain("hs_code", "product_hs"),
            decimal("weight_kg", "product_kg"),
            plain("reference"),
        ),
        "ScrapReported": (
            becomes("kind", "SCRAP", by="material_hs"),
            plain("hs_code", "material_hs"),
            decimal("weight_kg", "scrap_kg"),
            plain("reference"),
        ),
        "OutputReversed": (plain("hs_code"), decimal("weight_kg"), plain("reverses")),
    },
    among="output_id",
    opens=("ProductionReported", "ScrapReported", "OutputReversed"),
)
_ALERTS: Final = Kept(
    "alerts",
    "v_alerts",
    "book_id",
    "bok",
    {
        "AlertRaised": (
            *map(plain, ("kind", "hs_code")),
            *map(figure, ("deviation", "tolerance")),
            becomes("state", "RAISED", by="kind"),
        ),
        "AlertClosed": (plain("state", "resolution"),),
    },
    among="alert_id",
    named="alt",
)
_WRITTEN_OFF: Final = Kept(
    "output_consumptions",
    "v_written_off",
    "book_id",
    "bok",
    {
        "ProductionReported": (weights("consumed_kg"), weights("loss_kg")),
        "ScrapReported": (weight_of("consumed_kg", "scrap_kg", of="material_hs"),),
        "OutputReversed": (weights("consumed_kg"),),
    },
    among="output_id",
    opens=("ProductionReported", "ScrapReported", "OutputReversed"),
)
_CORRECTIONS: Final = Kept(
    "corrections",
    "v_corrections",
    "book_id",
    "bok",
    {
        "CorrectionAsked": (
            *map(plain, ("kind", "receipt_id", "product_hs", "material_hs", "purchase_id")),
            *map(plain, ("former", "becomes")),
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
ENTERPRISES: Final = (
    _ACCREDITATIONS,
    _PENDING,
    _REPORTS,
    _DECISIONS,
    _BOOKS,
    _RECEIPTS,
    _OUTPUTS,
    _WRITTEN_OFF,
    _CORRECTIONS,
    _ALERTS,
)
