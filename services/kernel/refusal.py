"""Business refusals: expected answers with a stable code, never bugs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Refusal:
    """One reason why something is refused.

    ``code`` is stable and upper-case, ``detail`` says what is wrong and what to do,
    ``pointer`` is a JSON pointer (RFC 6901) into the caller's request, '' for the whole of it.
    Neither ever contains a name or an identity number.
    """

    code: str
    detail: str
    pointer: str = ""
    facts: Mapping[str, str] = field(default_factory=dict)

    def at(self, pointer: str) -> Refusal:
        """The same reason, pointing somewhere else in the request."""
        return Refusal(self.code, self.detail, pointer, self.facts)


class Refused(Exception):
    """Raised by commands to refuse a request with one or more reasons; nothing was changed."""

    def __init__(self, *refusals: Refusal) -> None:
        if not refusals:
            raise ValueError("a refusal needs at least one reason")
        super().__init__(", ".join(r.code for r in refusals))
        self.refusals = refusals

    @property
    def codes(self) -> tuple[str, ...]:
        """The codes of all reasons, in the order found."""
        return tuple(r.code for r in self.refusals)


def refuse_if_any(refusals: Iterable[Refusal]) -> None:
    """Raise Refused with all reasons found; return when there are none."""
    found = tuple(refusals)
    if found:
        raise Refused(*found)
