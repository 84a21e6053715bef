"""Of columns that no event vouches for, why not: what the page on evidence says of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

IDENTITY: Final = (
    *("aeo_id", "book_id", "receipt_id", "report_id", "lot_id", "instruction_id", "dispute_id"),
    *("ticket_id", "offer_id", "manifest_id", "line_no", "credit_id", "round", "draw_no"),
)
"""Columns by which a row is found; another row of the same event is missed, or named."""
WHERE_IT_STANDS: Final = (
    *("lots", "inspection_orders", "accreditations", "books", "settlement_instructions"),
    "factory_orders",
)
"""Tables with the state of a case."""
MOMENTS: Final = "when, which the event's own time says"
_WORDS: Final = "a person's own words, by which nothing is decided"
_WHO: Final = "who did it, whom the event says as its actor"
WORDS: Final[Mapping[str, str]] = {
    **dict.fromkeys(("grounds", "remark", "signer_remark", "reason", "ending_remark"), _WORDS),
    **dict.fromkeys(("let_go_grounds", "revocation_grounds", "retirement_grounds"), _WORDS),
    **dict.fromkeys(("title", "titles", "example", "warnings", "authority"), _WORDS),
    **dict.fromkeys(("items", "facts", "declined_for"), "what a person wrote down beside it"),
    **dict.fromkeys(("announced_by", "called_by", "asked_by", "decided_by", "lodged_by"), _WHO),
    **dict.fromkeys(("recorded_by", "passed_by", "set_by", "lifted_by", "offered_by"), _WHO),
    **dict.fromkeys(("proposed_by", "approved_by", "declined_by", "revoked_by"), _WHO),
    **dict.fromkeys(("revocation_asked_by", "retirement_asked_by", "resolved_by"), _WHO),
    **dict.fromkeys(("added_by", "ending_by", "ended_by", "closed_by", "sent_by"), _WHO),
    "signer": _WHO,
    **dict.fromkeys(("revocation_no", "retirement_no", "attempts", "asked_count"), "a counter"),
    "unstaffed_reason": "why nobody was drawn, which is said again at each draw",
    "currency": "of the sum beside it, which its event says with it",
    "reference": "its party's own name for it",
    "client_reference": "its party's own name for it",
}
_A_DEADLINE: Final = "until when is waited: it calls a person, and decides nothing"
_OF_THE_LOT: Final = "as the lot says, which is compared"
_OF_THE_FILE: Final = "as the registers had it, which are compared"
_SHOWN: Final = "shown beside what decides"
LEFT: Final[Mapping[tuple[str, str], str]] = {
    ("accreditations", "port"): _OF_THE_FILE,
    ("accreditations", "self_assessment"): "an enterprise's own marks: examiners decide by theirs",
    ("accreditations", "ended_on"): "the day of the event that ended it",
    ("bank_disputes", "due_at"): _A_DEADLINE,
    ("bank_messages", "name"): "which message it is",
    ("bank_messages", "sealed"): "whether the body is",
    ("bank_messages", "instruction_ref"): "as the body says",
    ("bank_messages", "uetr"): "as the body says",
    ("bank_messages", "settle_on"): "as the body says",
    ("bank_reports", "bank_bic"): "as the payments say that it names",
    ("bank_reports", "message_ref"): "as the kept body says, whose digest is compared",
    ("bank_reports", "body"): "it has the digest that is compared",
    (
        "bank_statuses",
        "instruction_id",
    ): "names the row; one that names no payment has no case whose"
    " log could say it, and counts for nothing",
    ("books", "port"): _OF_THE_FILE,
    ("books", "counted_on"): "the day of its count, which ends it (`ended_on`)",
    ("capacity_years", "capacity_kg"): "every purchase sets it anew, as was filed",
    ("compliance_signatures", "lapsed_at"): "it is no signature then, which is compared",
    ("corrections", "delta_kg"): "made of what it was and what it becomes",
    ("factory_orders", "cancelled_at"): "with the header, as the order's own events say",
    ("firm_quotes", "price_id"): _SHOWN,
    ("firm_quotes", "mid"): _SHOWN,
    ("hand_answers", "bank_bic"): "as the payments say that it names",
    ("hand_answers", "message_ref"): "as the body says, whose digest is compared",
    ("hand_answers", "body"): "it has the digest that is compared",
    ("hand_answers", "statuses"): "made of the body",
    ("inspection_orders", "business_on"): _OF_THE_LOT,
    ("inspection_orders", "due_at"): _A_DEADLINE,
    ("lot_amendments", "seller_key"): "made of the seller's name of before",
    ("lots", "reference_key"): "made of the reference",
    ("manifests", "foreign_plate"): _SHOWN,
    ("outputs", "produced_on"): _SHOWN,
    ("passkeys", "opens_until"): _A_DEADLINE,
    ("passkeys", "credential_id"): "which key answers is told by the key itself, which is compared",
    ("passkeys", "sign_count"): "a counter",
    ("policy_parameters", "effective_to"): "follows from the log (`verify/law.py`)",
    ("policy_parameters", "in_force"): "made of the columns beside it",
    ("register_changes", "confirm_from"): "while it waits, `ChangeProposed` says it",
    ("risk_controls", "resident_id"): "made of the value, which is compared",
    ("screening_entries", "sample"): _SHOWN,
    ("screenings", "port"): _OF_THE_LOT,
    ("screenings", "business_on"): _OF_THE_LOT,
    ("screenings", "through"): "by which part a control was found, which the event says too",
    (
        "screenings",
        "seen",
    ): "what rules saw of a lot, which is compared; shown, and decides nothing",
    ("screenings", "seed_id"): "the draw is computed again under it (`verify/draws.py`)",
    ("screenings", "selected"): "made of the draw, which is computed again",
    ("screenings", "perishable"): _OF_THE_LOT,
    ("settlement_instructions", "drawn_minor"): "of it the lot's balance is the sum",
    ("settlement_instructions", "promised_at"): _A_DEADLINE,
    ("settlement_instructions", "untold"): "a counter",
    ("settlement_instructions", "bank_reason"): "as the bank's words say, which are compared",
    ("settlement_instructions", "bank_reference"): "as the bank's words say, which are compared",
    ("settlement_instructions", "value_on"): "as the bank's words say, which are compared",
    ("unit_consumptions", "processes"): _SHOWN,
    ("outputs", "reported_at"): MOMENTS,
    ("bank_absences", "round"): "a counter",
}
"""Of a table and column why nothing in the log is compared with it."""
ALL_OF: Final[Mapping[str, str]] = {
    "documents": "kind, digest and withdrawal by the events of their case (`verify/documents.py`)",
    "document_files": "each file has the digest that its document's event says",
    "quota_days": "the sum of tickets of the day's lots, by their events (`verify/quota.py`)",
    "port_tickets": "the sum of tickets of the day's lots, by their events (`verify/quota.py`)",
    "truck_loads": "what the lots of an entry weigh, under the truck's manifest and without, by"
    " what these say (`verify/loads.py`); the room at the last claim is made anew with each",
    "touches": "each answer is checked anew: terms, signature, key (`verify/touches.py`)",
    "screening_close_names": "made of the entry, whose digest its event or the version says",
    "records_before": "as a whole by the salted digest of `RecordsFound`",
}
"""Tables that are compared as a whole, and how."""
