"""Why notices refuse: each code with its status and what the person is told to do."""

from __future__ import annotations

from typing import Final

from services.kernel import mistakes
from services.kernel.refusal import Reason

CHANNEL_CLOSED: Final = Reason(
    "CHANNEL_CLOSED",
    409,
    "channel not open here",
    "Nothing leaves by {channel:channel} here; what you must know stands in your list.",
)
CODE_LIMIT: Final = Reason(
    "CODE_LIMIT",
    409,
    "as many codes as may be sent",
    "No code can be sent now; try again tomorrow.",
)
CODE_WRONG: Final = Reason(
    "CODE_WRONG",
    409,
    "another code was sent",
    "This is not the code that was sent; you may try {left:number} times more.",
)
CODE_OVER: Final = Reason(
    "CODE_OVER",
    409,
    "no code counts",
    "No code counts for this contact now; ask for a new one.",
)

# The form of a request.
CONSENT_MISSING: Final = mistakes.REQUEST_INVALID.also(
    "consent_missing", "Nobody is told by a contact without consenting to it; say yes to it."
)
NOT_AN_ADDRESS: Final = mistakes.REQUEST_INVALID.also(
    "email_address", "Write an e-mail address, as name@example.org."
)
NOT_A_MOBILE: Final = mistakes.REQUEST_INVALID.also(
    "mobile_number",
    "Write a mobile number of China or Vietnam with its country, as +86 138… or +84 91….",
)
NOT_AN_HOUR: Final = mistakes.REQUEST_INVALID.also(
    "hour", "Write the hour in Beijing time, as 22:00."
)
QUIET_BOTH: Final = mistakes.REQUEST_INVALID.also(
    "quiet_both", "Quiet hours have a beginning and an end, which differ; write both, or neither."
)
READ_WHICH: Final = mistakes.REQUEST_INVALID.also(
    "read_which", "Say what was read: notices by their ids, or all up to one; not both."
)
