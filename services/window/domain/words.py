"""The words of the window's codes, in English; ``words/`` has them in the other languages."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

WORDS: Final[Mapping[str, Mapping[str, str]]] = {
    "case": {
        "lot": "Lot",
        "inspection_order": "Inspection order",
        "accreditation": "Accreditation",
        "settlement": "Settlement instruction",
        "hand_answer": "Bank's answer by hand",
        "name_report": "Report on the use of a name",
        "factory_order": "Factory order",
        "e_book": "E-book",
        "alert": "Alert of an e-book",
        "correction": "Correction of an e-book",
        "risk_rule": "Risk rule",
        "policy_parameter": "Legal parameter",
        "register_change": "Change of a register",
        "law_filing": "List of the law",
        "bank_key": "Signing key of a bank",
        "credit_decision": "Credit level",
        "screening_entry": "Entry of a screening list",
        "rota_absence": "Day without duty on the rota",
        "webhook": "Webhook",
    },
    "risk_rule": {
        "PROPOSED": "proposed",
        "APPROVED": "in force, its end is proposed",
    },
    "policy_parameter": {
        "PROPOSED": "proposed",
        "REVOCATION_PROPOSED": "approved, never to begin is proposed",
    },
    "register_change": {"PROPOSED": "proposed"},
    "law_filing": {"PROPOSED": "proposed"},
    "bank_key": {"PROPOSED": "proposed"},
    "credit_decision": {"PROPOSED": "proposed"},
    "screening_entry": {"ENDING": "its end is proposed"},
    "rota_absence": {
        "ENTERED": "entered by hand",
        "ENDING": "to be taken back",
    },
    "to_second": {
        "RULE_APPROVAL": "Another risk officer must decide on the new rule.",
        "RULE_RETIREMENT": "Another risk officer must decide whether the rule ends.",
        "POLICY_APPROVAL": "Another policy officer must decide on the change of the law.",
        "POLICY_REVOCATION": "Another policy officer must decide whether it is never to begin.",
        "CHANGE_DECISION": "Another registrar must decide on the change of the register.",
        "LIST_DECISION": "Another registrar must decide on the list.",
        "KEY_DECISION": "Another registrar must decide on the bank's signing key.",
        "ENTRY_ENDING": "Another person of the bank must sign that the entry ends.",
        "ABSENCE_WORD": "Another signatory of the bank must say that it does no duty on the day.",
        "ABSENCE_ENDING": "Another signatory of the bank must take its absence back.",
        "LEVEL_SIGNATURE": "Another officer of the port must sign the proposed credit level.",
        "NAME_FINDING": "A registrar must find out whose use of a name it was.",
        "NAME_DECISION": "Another registrar must decide whose use of a name it was.",
    },
    "webhook": {
        "ACTIVE": "events are delivered",
        "SUSPENDED": "receiver gone or failing for days",
        "REMOVED": "no longer wanted",
        "give_up": "give up",
        "change_secret": "change the secret",
        "replay": "deliver again",
        "remove": "remove",
    },
    "holder": {
        "members": "the members",
        "window": "the window",
        "customs": "customs",
        "carrier": "the carrier",
        "seller": "the residents who sell",
        "bank": "the bank",
        "bank_compliance": "the bank's compliance",
        "enterprise": "the enterprise",
        "nobody": "nobody",
    },
}
