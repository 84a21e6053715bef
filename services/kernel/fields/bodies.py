"""The body of a request as a whole."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from services.kernel.mistakes import TOO_MANY_MISTAKES
from services.kernel.refusal import Mistake

M = TypeVar("M")
_LISTED_MAX: Final = 1_000


class Request(BaseModel):
    """What every request body and every part of one is: an unknown field is a mistake, not a wish.

    Once read it does not change; what it holds is of the types of this package.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)


def few_mistakes(body: Any, read: Callable[[Any], M]) -> M:
    """Read a large body with ``read``; of very many mistakes only the number is said.

    For the models of large bodies, as their wrap validator: to list a hundred thousand mistakes
    takes seconds, in which nothing else is answered, and helps nobody.
    """
    try:
        return read(body)
    except ValidationError as error:
        if (count := error.error_count()) <= _LISTED_MAX:
            raise
        raise Mistake(TOO_MANY_MISTAKES.at(count=count)) from None
