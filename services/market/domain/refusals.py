"""Why the market refuses: each code with its status and what the person is told to do."""

from __future__ import annotations

from typing import Final

from services.kernel import mistakes

QUOTE_ENDED: Final = mistakes.REQUEST_INVALID.also(
    "quote_ended", "A quote holds into the future; is your clock right?"
)
QUOTE_SIDES: Final = mistakes.REQUEST_INVALID.also("sides", "Give mid, or both bid and ask.")
QUOTE_ORDER: Final = mistakes.REQUEST_INVALID.also(
    "order", "bid is at most mid, and mid at most ask; correct them."
)
