"""Why declaration refuses: each code with its status and what the person is told to do."""

from __future__ import annotations

from typing import Final

from services.kernel import refusals
from services.kernel.refusal import Reason

# The lot.
PORT_UNKNOWN: Final = Reason(
    "PORT_UNKNOWN", 409, "port unknown", "{port} is no approved port; see the registry."
)
CUSTOMS_OFFICE_WRONG: Final = Reason(
    "CUSTOMS_OFFICE_WRONG",
    409,
    "not the port's customs office",
    "The customs office at {port} is {office}; declare to it.",
)
GROUP_UNKNOWN: Final = Reason(
    "GROUP_UNKNOWN", 409, "group unknown", "This group is not filed at this port."
)
HS_INVALID: Final = Reason(
    "HS_INVALID",
    409,
    "commodity code invalid",
    "Goods are declared under a line of the tariff: 8 or 10 digits that begin with a chapter of the"
    " Harmonized System, 01 to 97 without 77. Look the line of these goods up in the tariff.",
)
HS_ZERO_LOST: Final = HS_INVALID.also(
    "zero",
    "{hs_code} has {digits:number} digits; a line of the tariff has 8 or 10. Where a spreadsheet"
    " has taken the zero at its beginning, it is 0{hs_code}.",
)
HS_NOT_A_LINE: Final = HS_INVALID.also(
    "line",
    "{hs_code} is no line of the tariff on {day:day}; look the goods up in the list of commodity"
    " codes and declare them under the line found there.",
)
REFERENCE_DECLARED: Final = refusals.DUPLICATE_REFERENCE.also(
    "lot",
    "You have declared a lot under this reference already; look it up. Other goods take a reference"
    " of their own.",
)
REFERENCE_TWICE: Final = refusals.DUPLICATE_REFERENCE.also(
    "together", "A lot before this one has the same reference; give each lot its own."
)
ENTRY_IN_FUTURE: Final = Reason(
    "ENTRY_IN_FUTURE",
    409,
    "not entered yet",
    "The truck has not entered yet; declare when it has.",
)
ENTRY_TOO_OLD: Final = Reason(
    "ENTRY_TOO_OLD",
    409,
    "entered too long ago",
    "Entries are declared within {days:number} days; ask customs how to declare this.",
)
ENTRY_UNRECORDED: Final = Reason(
    "ENTRY_UNRECORDED",
    409,
    "entry on no record",
    "The gate at {port} has no record of this entry on {day:day}. Declare the day that it has"
    " recorded; what no gate has recorded is declared on the day on which it enters.",
)
ENTRY_BY_FOREIGN: Final = ENTRY_UNRECORDED.also(
    "foreign",
    "The gate at {port} saw a truck that has this lot's foreign plate on file come in on another"
    " day than {day:day}. Declare that day, or name the truck by its own plate alone.",
)
ORIGIN_NOT_NEIGHBOUR: Final = Reason(
    "ORIGIN_NOT_NEIGHBOUR",
    409,
    "origin not allowed here",
    "Origin {origin} is not allowed at {port} (allowed: {allowed}); declare it as ordinary trade.",
)
ORIGINS_NOT_FILED: Final = ORIGIN_NOT_NEIGHBOUR.also(
    "none",
    "No country is filed from which {port} takes goods on {day:day}; ask its customs before"
    " declaring.",
)
GOODS_PROHIBITED: Final = Reason(
    "GOODS_PROHIBITED", 409, "prohibited goods", "These goods may not be imported."
)
GOODS_NOT_EXEMPT: Final = Reason(
    "GOODS_NOT_EXEMPT",
    409,
    "on the no-exemption list",
    "These goods are on the no-exemption list; declare them as ordinary trade.",
)
GROSS_BELOW_NET: Final = Reason(
    "GROSS_BELOW_NET",
    409,
    "gross below net weight",
    "Gross weight {gross:kg} is below net weight {net:kg}; check both.",
)
SPLIT_VALUE: Final = Reason(
    "SPLIT_MISMATCH",
    409,
    "tickets do not add up",
    "Tickets add up to {tickets:money}, the lot says {lot:money}; correct the lot or its tickets.",
)
SPLIT_WEIGHT: Final = SPLIT_VALUE.also(
    "weight", "Tickets weigh {tickets:kg}, the lot says {lot:kg}; correct the lot or its tickets."
)
NO_TARIFF: Final = refusals.POLICY_MISSING.also(
    "tariff",
    "This port taxes or converts what exceeds the quota; that needs a tariff, which is not in force"
    " here. Declare within the quota, or as ordinary trade.",
)

# The members.
FILING_EXPIRED: Final = Reason(
    "FILING_EXPIRED",
    409,
    "filing expired",
    "The filing ended on {ended:day}; the filing office renews it.",
)
QUOTA_EXCEEDED: Final = Reason(
    "QUOTA_EXCEEDED",
    409,
    "over the daily quota",
    "Over the day's quota of {quota:money} by {excess:money}; give less to this member, or take"
    " another.",
)
QUOTA_EXCEEDED_ALONE: Final = QUOTA_EXCEEDED.also(
    "alone", "Over your quota of the day, {quota:money}, by {excess:money}; declare less."
)
TICKET_LIMIT: Final = Reason(
    "TICKET_LIMIT",
    409,
    "too many tickets today",
    "At this port a resident declares at most {most:number} a day.",
)
NOTHING_TO_CONFIRM: Final = Reason(
    "NOTHING_TO_CONFIRM",
    409,
    "no open share of yours",
    "No open share here is yours or mandated to you; members confirm their own.",
)
NOBODY_TO_REMIND: Final = refusals.STATE_CONFLICT.also(
    "remind", "This lot is {state:lot}: it waits for no member's share."
)
REMINDED_LATELY: Final = Reason(
    "REMINDED_LATELY",
    409,
    "reminded lately",
    "The members have been reminded lately; remind them again from {again_at:instant}.",
)
SHARES_LAPSED: Final = Reason(
    "SHARES_LAPSED",
    409,
    "the time for an answer is over",
    "Shares of this lot could be confirmed until {until:instant}; it is withdrawn, and what it held"
    " is given back. Declare it anew.",
)
NAME_FROZEN: Final = Reason(
    "NAME_FROZEN",
    409,
    "name frozen by its bearer",
    "This member lets nobody declare in the own name at present; take another member, or ask this"
    " one to lift it.",
)
NAME_FROZEN_ALONE: Final = NAME_FROZEN.also(
    "alone",
    "Your name is frozen: nothing is declared in it, by yourself neither. Lift that under your name"
    " first.",
)
NAME_FROZEN_ALREADY: Final = refusals.STATE_CONFLICT.also(
    "frozen", "Your name is frozen already: nobody declares in it."
)
NAME_NOT_FROZEN: Final = refusals.STATE_CONFLICT.also(
    "not_frozen", "Your name is not frozen; there is nothing to lift."
)
NAME_IN_QUESTION: Final = refusals.STATE_CONFLICT.also(
    "name_in_question",
    "You said that a use of your name was not you: it stays frozen until the registrar's office has"
    " decided.",
)
REPORTED_ALREADY: Final = refusals.STATE_CONFLICT.also(
    "reported", "You have said this of the lot already; it is said once."
)
SHARE_STILL_ASKED: Final = refusals.STATE_CONFLICT.also(
    "share_asked",
    "The lot still waits for its members: refuse your share, and it is withdrawn at once.",
)
SHARES_ANSWERED: Final = refusals.STATE_CONFLICT.also(
    "answered",
    "A member has confirmed a share of this lot as it is, so it is not amended any more; withdraw"
    " it and declare it anew.",
)
REPLAY_STANDS: Final = refusals.STATE_CONFLICT.also(
    "replay", "This lot is of a day that is played again; it stands as it was declared."
)
NOTHING_AMENDED: Final = refusals.STATE_CONFLICT.also(
    "same", "The lot says all of this already; there is nothing to amend."
)
TICKET_UNKNOWN: Final = Reason(
    "TICKET_UNKNOWN",
    409,
    "no such ticket of the lot",
    "The lot has no ticket {line:number}, or it is named twice; name each by its line_no.",
)


# One touch.
TOUCH_DEMANDED: Final = Reason(
    "TOUCH_DEMANDED",
    409,
    "one touch is needed",
    "At {port} a resident says yes by one touch of a bound phone. Have yours bound at the"
    " registrar's desk; who has none gives the clerk a mandate on paper.",
)
PASSKEY_UNKNOWN: Final = Reason(
    "PASSKEY_UNKNOWN",
    409,
    "phone does not count",
    "This phone does not count for you: it was never bound, was replaced or ended, or is another's."
    " Answer without it, or have it bound at the registrar's desk.",
)
PASSKEY_WAITS: Final = PASSKEY_UNKNOWN.also(
    "waits",
    "This phone was bound lately and counts for you from {counts_from:instant} on. Answer without"
    " it until then.",
)
PASSKEY_COPIED: Final = Reason(
    "PASSKEY_COPIED",
    409,
    "there may be a copy of this phone's key",
    "This phone counts fewer touches than are on file, so somebody may have a copy of its key."
    " Nothing was done. End it on the page of your phones, and have it bound anew at the"
    " registrar's desk.",
)
TOUCH_UNFIT: Final = Reason(
    "TOUCH_UNFIT",
    409,
    "phone's answer not taken",
    "What the phone answered cannot be read, or its own key did not sign it; touch again.",
)
TOUCH_ELSEWHERE: Final = TOUCH_UNFIT.also(
    "elsewhere", "The phone answered for another address than {origin}; open the page there."
)
TOUCH_UNVERIFIED: Final = TOUCH_UNFIT.also(
    "unverified",
    "The phone did not check who holds it; touch again with your finger, face or screen lock.",
)
TOUCH_OF_OTHER: Final = Reason(
    "TOUCH_OF_OTHER",
    409,
    "agreed to something else",
    "The phone agreed to something else than this: another lot, another version of it, or another"
    " answer. Read it as it stands now, and touch again.",
)
TOUCH_LATE: Final = TOUCH_OF_OTHER.also(
    "late",
    "The touch came too late, or another person was asked for it; read this again and touch.",
)
TOUCH_SPENT: Final = TOUCH_OF_OTHER.also(
    "spent", "This touch has counted already; read this again and touch."
)

SELECTED: Final = Reason(
    "SELECTED",
    409,
    "selected for inspection",
    "The lot is selected for inspection; it is withdrawn only when both officers drawn for it let"
    " it go. Ask the port's inspection desk.",
)
CALLED_IN: Final = SELECTED.also(
    "called_in",
    "An officer has called the lot in; it is inspected as it was declared. Tell the officers what"
    " was mistyped.",
)

# The manifest and the gate.
MANIFEST_UNKNOWN: Final = Reason(
    "MANIFEST_UNKNOWN",
    409,
    "manifest not lodged",
    "No such manifest is lodged for this truck at this port; the carrier lodges it first.",
)
MANIFEST_NOT_NAMED: Final = Reason(
    "MANIFEST_NOT_NAMED",
    409,
    "manifest's number missing",
    "A manifest is lodged for this truck at this port; give its number, which the driver or the"
    " carrier has. If it is another journey's, the carrier lodges this one's.",
)
MANIFEST_BY_OWN_PLATE: Final = MANIFEST_NOT_NAMED.also(
    "foreign",
    "A manifest is lodged for a truck that has this foreign plate; name the truck by its own plate"
    " alone, and give the number of its manifest, if it has one.",
)
MANIFEST_OF_BEFORE: Final = MANIFEST_NOT_NAMED.also(
    "before",
    "This manifest is of an earlier entry of the truck; give the number of this entry's, or have"
    " its carrier lodge one.",
)
DUPLICATE_MANIFEST: Final = Reason(
    "DUPLICATE_MANIFEST",
    409,
    "manifest lodged already",
    "This manifest is lodged already; look it up.",
)
TRUCK_NOT_DECLARED: Final = Reason(
    "TRUCK_NOT_DECLARED",
    409,
    "no entry declaration of the truck in force",
    "No entry declaration of this truck of yours is in force at this port; its carrier files one"
    " first.",
)
TRUCK_RAN_OUT: Final = TRUCK_NOT_DECLARED.also(
    "entry",
    "The truck's entry declaration was not in force when it entered; its carrier files one.",
)
SELLER_ALIKE: Final = refusals.SELLER_UNKNOWN.also(
    "alike",
    "No seller of this name is in the register, but {seller_code} is called almost the same; check"
    " the spelling, or name it by its code.",
)
OVER_RATED_LOAD: Final = Reason(
    "OVER_RATED_LOAD",
    409,
    "more than the truck is rated for",
    "The truck is rated for {rated_kg:kg}, and {loaded_kg:kg} is more; correct the weight or the"
    " plate.",
)
TRUCK_IS_FULL: Final = OVER_RATED_LOAD.also(
    "entry",
    "The other lots of this entry leave the truck {left_kg:kg} of its rated load, and this one"
    " weighs {lot_kg:kg}; correct the weight or the plate. If it came in again, have the gate"
    " record that entry, and declare it for that.",
)
TRUCK_IS_FULL_UNNAMED: Final = OVER_RATED_LOAD.also(
    "unnamed",
    "The other lots of this entry leave the truck {left_kg:kg} of its rated load, and this one"
    " weighs {lot_kg:kg}; correct the weight or the plate. Have its carrier lodge the manifest and"
    " give its number: what others declare without it takes no room there. If the truck came in"
    " again, have the gate record that entry.",
)
TRUCK_BY_FOREIGN_IS_FULL: Final = OVER_RATED_LOAD.also(
    "foreign",
    "A truck that has this foreign plate on file has {left_kg:kg} left of its rated load, and this"
    " lot weighs {lot_kg:kg}; correct the weight. If it came with another truck, name that one by"
    " its own plate alone.",
)
OVER_MANIFEST: Final = Reason(
    "OVER_MANIFEST",
    409,
    "more than the manifest has left",
    "The manifest has {left_kg:kg} left, the lot weighs {lot_kg:kg}; correct the weight, or have"
    " the carrier correct the manifest.",
)

# The form of a request.
