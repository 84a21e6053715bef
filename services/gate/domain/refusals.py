"""Why the gate keeps a truck inside: each code with its status and what to do."""

from __future__ import annotations

from typing import Final

from services.kernel import mistakes, refusals
from services.kernel.refusal import Reason

VEHICLE_OF_ANOTHER: Final = Reason(
    "VEHICLE_OF_ANOTHER",
    409,
    "another carrier's truck",
    "This truck is filed for another carrier; the registrar files it for you when it has changed"
    " hands.",
)
DECLARED_TOO_LATE: Final = Reason(
    "DECLARED_TOO_LATE",
    409,
    "truck declared too late",
    "A truck is declared before it enters: give a time not before {earliest:instant}.",
)
DECLARATION_BEGUN: Final = DECLARED_TOO_LATE.also(
    "begun",
    "This declaration has begun and stands as it was filed; declare the truck's next entry.",
)
LOAD_OF_THE_CARRIER: Final = Reason(
    "LOAD_OF_THE_CARRIER",
    409,
    "its carrier says what a truck carries",
    "On file this truck is rated for {filed_kg:kg}. Its carrier declares more; the registrar files"
    " no more for it.",
)
OVER_TOTAL_MASS: Final = Reason(
    "OVER_TOTAL_MASS",
    409,
    "heavier than the road allows",
    "Rated load and tare together are {mass_kg:kg}; a truck with its load weighs at most"
    " {most_kg:kg}. Correct them as its licence says.",
)
ENTRY_OF_ONE: Final = mistakes.REQUEST_INVALID.also(
    "entry",
    "Give the plate of the truck, or the filing number of a resident who comes on foot; not both.",
)
NOT_TO_LEAVE: Final = refusals.STATE_CONFLICT.also(
    "gate", "This lot is {state:lot}: it does not pass the gate now."
)
WRONG_VEHICLE: Final = Reason(
    "WRONG_VEHICLE",
    409,
    "another vehicle than declared",
    "This truck is not the lot's; check the plate.",
)
TRUCK_ELSEWHERE: Final = Reason(
    "TRUCK_ELSEWHERE",
    409,
    "truck came in at another port since",
    "The gate of another port has recorded since that this truck came in there. If it stands at"
    " your gate, record its entry first; if not, keep the goods inside and call the port's"
    " inspection desk.",
)
ENTERED_LATER: Final = Reason(
    "ENTERED_LATER",
    409,
    "truck came in after the lot's day",
    "This gate saw the truck come in after the day for which the lot was declared, and not on that"
    " day. What it carries is declared anew for the day of its entry; if it is this lot that it"
    " carries, keep it inside and call the port's inspection desk, where officers decide.",
)
NO_ROOM_FOR_IT: Final = Reason(
    "NO_ROOM_FOR_IT",
    409,
    "no room for it beside the manifest",
    "This lot was declared without the manifest of the truck's carrier and weighs {lot_kg:kg}; what"
    " is declared under the manifest, or has left, leaves the truck {left_kg:kg} of its rated load."
    " Keep it inside and call the port's inspection desk.",
)
KEPT_FOR_A_NAME: Final = Reason(
    "KEPT_FOR_A_NAME",
    409,
    "a name in this lot is in question",
    "Somebody says that he has no part in this lot, though his name stands in it. Keep the truck"
    " inside until the registrar's office has decided.",
)
GATE_WEIGHT_DIFFERS: Final = Reason(
    "GATE_WEIGHT_DIFFERS",
    409,
    "weight at the gate differs",
    "The weighbridge says {weighed_kg:kg}, {declared_kg:kg} were declared. Keep the truck inside,"
    " weigh it again and call the port's inspection desk; the lot stays released meanwhile.",
)
