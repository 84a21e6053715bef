"""What is compared of what persons put in force: rules, controls, parameters, filings, lists."""

from __future__ import annotations

from typing import Final

from deploy.operate.verify.kept import WHEN, Kept, becomes, plain, sealed, when

_RULES: Final = Kept(
    "risk_rules",
    "v_risk_rules",
    "rule_id",
    "rul",
    {
        "RiskRuleProposed": (
            *map(plain, ("code", "lane", "expression", "effective_from")),
            becomes("state", "PROPOSED", by="code"),
            becomes("retires_on", None, by="code"),
            becomes("retired", False, by="code", below="retired_by"),
        ),
        "RiskRuleRetirementProposed": (plain("retires_on", "ends_on"),),
        "RiskRuleKept": (becomes("retires_on", None, by="code"),),
        "RiskRuleApproved": (becomes("state", "APPROVED", by="code"),),
        "RiskRuleRejected": (becomes("state", "REJECTED", by="code"),),
        "RiskRuleRetired": (
            plain("retires_on", "ends_on"),
            becomes("retired", True, by="code", below="retired_by"),
        ),
    },
)
_CONTROLS: Final = Kept(
    "risk_controls",
    "v_risk_controls",
    "control_id",
    "ctl",
    {
        "RiskControlSet": (
            *map(plain, ("kind", "value", "lane", "effective_from", "effective_to")),
            when("set_at"),
            becomes("lifted_at", False, by="kind"),
        ),
        "RiskControlLifted": (becomes("lifted_at", True, by="book_version"),),
    },
)
_LEVELS: Final = Kept(
    "credit_decisions",
    "v_credit_decisions",
    "credit_id",
    "crd",
    {
        "CreditLevelProposed": (
            *map(plain, ("party", "level", "grounds", "author")),
            sealed("facts", "facts"),
            becomes("state", "PROPOSED", by="party"),
        ),
        "CreditLevelDecided": (
            *map(plain, ("label", "effective_from")),
            becomes("state", "IN_FORCE", by="party"),
        ),
        "CreditLevelRefused": (becomes("state", "REFUSED", by="party"),),
    },
    # An accreditation puts a level in force, too: by what all of them say (``ends.py``).
    beside="r.state = 'IN_FORCE'",
)
_PARAMETERS: Final = Kept(
    "policy_parameters",
    "v_policy_history",
    "policy_id",
    "pol",
    {
        "PolicyProposed": (
            *map(plain, ("key", "scope", "value", "authority", "effective_from")),
            becomes("approved_at", False, by="key"),
            becomes("declined_at", False, by="key"),
            becomes("revoked_at", False, by="key"),
        ),
        "PolicyApproved": (becomes("approved_at", True, by="key"),),
        "PolicyDeclined": (becomes("declined_at", True, by="key"),),
        "PolicyRevoked": (
            becomes("approved_at", False, by="key"),
            becomes("revoked_at", True, by="key"),
        ),
    },
)
_LAW_FILINGS: Final = Kept(
    "law_filings",
    "v_law_filings",
    "filing_id",
    "imp",
    {
        "LawListProposed": (
            *map(plain, ("kind", "count")),
            plain("content", below="rows"),
            becomes("state", "PROPOSED", by="kind"),
            becomes("decided_at", None, by=WHEN),
        ),
        "LawListConfirmed": (becomes("state", "CONFIRMED", by="kind"), when("decided_at")),
        "LawListTurnedDown": (becomes("state", "TURNED_DOWN", by="kind"), when("decided_at")),
    },
)
_CHANGES: Final = Kept(
    "register_changes",
    "v_register_changes",
    "change_id",
    "imp",
    {
        "ChangeProposed": (
            *map(plain, ("kind", "subject", "filing", "records")),
            plain("content", below="sealed"),
            plain("concerned", below="concerns"),
            becomes("state", "PROPOSED", by="kind"),
            becomes("decided_at", None, by=WHEN),
        ),
        "ChangeConfirmed": (becomes("state", "CONFIRMED", by="kind"), when("decided_at")),
        "ChangeTurnedDown": (becomes("state", "TURNED_DOWN", by="kind"), when("decided_at")),
    },
)
_ENTRIES: Final = Kept(
    "screening_entries",
    "v_screening_entries",
    "entry_id",
    "scn",
    {
        "ScreeningEntryAdded": (
            *map(plain, ("list_name", "reference", "kind", "bank_bic")),
            plain("listed", below="match_hash"),
            when("added_at"),
            becomes("ended_at", False, by="kind"),
        ),
        "ScreeningEntryEnded": (becomes("ended_at", True, by="reference"),),
    },
)
_ABSENCES: Final = Kept(
    "bank_absences",
    "v_rota_absences",
    "absence_id",
    "abs",
    {
        event: (*map(plain, ("bank_bic", "absent_on")), becomes("state", state, by="bank_bic"))
        for event, state in (
            ("RotaAbsenceAnnounced", "STANDING"),
            ("RotaAbsenceEntered", "ENTERED"),
            ("RotaAbsenceEnding", "ENDING"),
            ("RotaAbsenceWithdrawn", "ENDED"),
        )
    },
)
IN_FORCE: Final = (
    *(_RULES, _CONTROLS, _LEVELS, _PARAMETERS),
    *(_LAW_FILINGS, _CHANGES, _ENTRIES, _ABSENCES),
)
