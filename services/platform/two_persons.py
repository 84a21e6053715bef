"""Acts of two persons: whoever says the second word is another than whoever said the first."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from services.kernel.clock import business_day
from services.kernel.messages import Actor
from services.kernel.refusal import refuse_if_any
from services.kernel.rule import Found, asked
from services.platform.act import Act
from services.platform.event_log import actor_of


async def require_another(
    act: Act, case: str, step: str, rule: Callable[..., Found], **facts: Any
) -> Actor:
    """The person who took that step of the case, another than who acts now, as the rule demands.

    ``facts`` is what the rule weighs beside the two. Raises Refused, as the rule says.
    """
    first = await actor_of(act, case, step)
    refuse_if_any(asked(business_day(act.at), rule, first, act.actor, **facts))
    return first
