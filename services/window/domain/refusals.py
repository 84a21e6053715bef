"""Why the window refuses: each code with its status and what the person is told to do."""

from __future__ import annotations

from typing import Final

from services.kernel import mistakes, refusals
from services.kernel.refusal import Reason

WEBHOOK_LIMIT: Final = Reason(
    "WEBHOOK_LIMIT",
    409,
    "as many webhooks as may stand",
    "You have {most:number} webhooks, which is as many as may stand; remove one.",
)
TOO_MANY_STREAMS: Final = refusals.TOO_MANY_REQUESTS.also(
    "streams", "Too many streams are open here; try again shortly."
)
TOO_MANY_OF_YOURS: Final = refusals.TOO_MANY_REQUESTS.also(
    "yours",
    "You have too many streams open: {per_subject:number} at once, and {per_party:number} of one"
    " party; one stream tells of all your cases.",
)

# The form of a request.
KIND_UNKNOWN: Final = mistakes.REQUEST_INVALID.also(
    "kind", "There is no such kind of case; take one of {known}."
)
NOT_OF_CUSTOMS: Final = mistakes.REQUEST_INVALID.also(
    "whose", "Only customs has teams and ports; leave whose out."
)
EVENT_ID_FOREIGN: Final = mistakes.REQUEST_INVALID.also(
    "event_id",
    "Last-Event-ID is not an id of this stream; leave it out or use the last one you got.",
)
PLACE_FOREIGN: Final = mistakes.REQUEST_INVALID.also(
    "place", "This is no place in the log; use the last id that you were given, or 0-0."
)
PLACE_TO_COME: Final = mistakes.REQUEST_INVALID.also(
    "to_come", "The log has not come that far; use an id you were given."
)
EVENT_TYPE_UNKNOWN: Final = mistakes.REQUEST_INVALID.also(
    "event_type", "There is no event type {name}; names are those of contracts/events."
)
EVENT_TYPE_NEAR: Final = mistakes.REQUEST_INVALID.also(
    "event_type_near", "There is no event type {name}. Did you mean {near}?"
)
ADDRESS_SIGNS: Final = mistakes.REQUEST_INVALID.also(
    "url_signs",
    "The address holds other than plain characters; write a host's name as xn--….",
)
ADDRESS_FORM: Final = mistakes.REQUEST_INVALID.also(
    "url_form", "The address is none, or names no host; write it as https://host/path."
)
ADDRESS_BARE: Final = mistakes.REQUEST_INVALID.also(
    "url_bare",
    "The address must not carry a user, a password or a fragment; use the signature.",
)
ADDRESS_SECURE: Final = mistakes.REQUEST_INVALID.also(
    "url_secure", "The address must begin with https://."
)
SECRET_FORM: Final = mistakes.REQUEST_INVALID.also(
    "secret", "Write the secret as whsec_ and, in base64 with its padding, 24 to 64 bytes."
)
