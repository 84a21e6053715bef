"""Public requests and answers about notices."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Mapping
from datetime import datetime
from functools import partial
from typing import Annotated, Any, Final

from pydantic import AfterValidator, BaseModel, Field, StringConstraints, model_validator

from services.kernel.clock import instant_shown, rfc3339
from services.kernel.fields import Identifier, Moment, Request, YesNo
from services.kernel.identifiers import CASES, show
from services.kernel.refusal import Mistake
from services.kernel.wording import fit_to_keep
from services.notices.domain import refusals
from services.notices.domain.model import ChannelName
from services.notices.domain.rules.patience import hour_of, minute_of
from services.platform import words
from services.platform.database import Row
from services.platform.language import CHINESE, ENGLISH, VIETNAMESE

_OF_A_TRUCK: Final = frozenset({"TRUCK_SELECTED", "TRUCK_RELEASED", "TRUCK_ELSEWHERE"})
"""Told to who reads no lot, or no entry of that port: there is nothing behind them to open."""
MARKED_MOST: Final = 200


def _hour(text: str) -> str:
    minute_of(text)
    return text.strip()


Hour = Annotated[
    str,
    StringConstraints(max_length=20),
    AfterValidator(_hour),
    Field(description="Beijing time, as 22:00"),
]
ContactText = Annotated[str, StringConstraints(max_length=320), AfterValidator(fit_to_keep)]


class ReadRequest(Request):
    """What was read: notices by their ids, or one and all before it."""

    notice_ids: tuple[Identifier, ...] | None = Field(None, min_length=1, max_length=MARKED_MOST)
    up_to: Identifier | None = None

    @model_validator(mode="after")
    def _one_of_both(self) -> ReadRequest:
        if (self.notice_ids is None) == (self.up_to is None):
            raise Mistake(refusals.READ_WHICH.at())
        return self


class ChoicesRequest(Request):
    """In which language the person is told outside the window, and when not."""

    language: str | None = Field(None, pattern=f"^({ENGLISH}|{CHINESE}|{VIETNAMESE})$")
    quiet_from: Hour | None = None
    quiet_until: Hour | None = None

    @model_validator(mode="after")
    def _both_or_neither(self) -> ChoicesRequest:
        begins, ends = self.quiet
        if (begins is None) != (ends is None) or (begins is not None and begins == ends):
            raise Mistake(refusals.QUIET_BOTH.at())
        return self

    @property
    def quiet(self) -> tuple[int | None, int | None]:
        """The minutes of the Beijing day between which nothing leaves."""
        begins, ends = self.quiet_from, self.quiet_until
        return (
            None if begins is None else minute_of(begins),
            None if ends is None else minute_of(ends),
        )


class ContactRequest(Request):
    """A contact of one's own, and the consent to be told by it. A code is sent to it."""

    channel: ChannelName
    contact: ContactText = Field(description="e-mail address, or mobile number with +86 or +84")
    consent: YesNo = Field(description="true: I want to be told by it")


class ConfirmationRequest(Request):
    """The code that came by a channel."""

    channel: ChannelName
    code: Annotated[str, StringConstraints(pattern="^[0-9]{6}$")]


class WithdrawalRequest(Request):
    """The channel by which the person wants to be told no more."""

    channel: ChannelName


class NoticeAnswer(BaseModel):
    """One notice, in the reader's language; by its code and values besides."""

    notice_id: str
    kind: str
    sentence: str
    facts: dict[str, Any]
    case_id: str | None = Field(description="the case that it is about, where there is one to read")
    happened_at: Moment
    read: bool


class Unread(BaseModel):
    """How many notices the person has not read."""

    unread: int
    more: bool = Field(description="whether there are more than that")


class NoticePage(Unread):
    """A page of notices, the newest first."""

    items: list[NoticeAnswer]
    next_cursor: str | None


class ChannelAnswer(BaseModel):
    """A channel, and the person's contact there."""

    channel: ChannelName
    open: bool = Field(description="whether anything leaves by it from this window")
    state: str = Field(description="NONE, WAITING for the code, CONFIRMED, LAPSED or WITHDRAWN")
    contact: str | None = Field(description="masked")
    consented_at: Moment | None
    confirmed_at: Moment | None
    holds_until: str | None = Field(description="then the contact is to be confirmed anew")
    withdrawn_at: Moment | None
    code_until: str | None = Field(description="until then the code that was sent counts")


class ChoicesAnswer(BaseModel):
    """A person's choices."""

    language: str | None
    quiet_from: str | None
    quiet_until: str | None
    channels: list[ChannelAnswer]


def sentence_of(kind: str, facts: Mapping[str, Any], language: str) -> str:
    """What a notice says, in a language."""
    return words.filled(words.word(kind, "notice", language), facts, language)


def notice_answer(row: Row, language: str) -> dict[str, Any]:
    """A notice as its person reads it."""
    facts = json.loads(row.facts)
    linked = row.case_kind in CASES and row.kind not in _OF_A_TRUCK
    return {
        "notice_id": show("ntc", row.notice_id),
        "kind": row.kind,
        "sentence": sentence_of(row.kind, facts, language),
        "facts": facts,
        "case_id": show(row.case_kind, row.case_id) if linked else None,
        "happened_at": rfc3339(row.happened_at),
        "read": row.is_read,
    }


def in_language(language: str) -> Callable[[Row], dict[str, Any]]:
    """How the rows of a page are answered."""
    return partial(notice_answer, language=language)


def choices_answer(
    found: Mapping[str, Any], open_channels: Collection[ChannelName], at: datetime
) -> dict[str, Any]:
    """A person's choices as he reads them."""
    person: Row | None = found["person"]
    quiet = (None, None) if person is None else (person.quiet_begins, person.quiet_ends)
    return {
        "language": None if person is None else person.language,
        "quiet_from": hour_of(quiet[0]),
        "quiet_until": hour_of(quiet[1]),
        "channels": [
            _channel(name, name in open_channels, found["contacts"], found["codes"], at)
            for name in ChannelName
        ],
    }


def _channel(
    name: ChannelName,
    is_open: bool,
    contacts: Mapping[str, Row],
    codes: Mapping[str, Row],
    at: datetime,
) -> dict[str, Any]:
    contact, code = contacts.get(name), codes.get(name)
    known = None if contact is None or contact.withdrawn_at is not None else contact
    if code is not None:
        state = "WAITING"
    elif contact is None:
        state = "NONE"
    elif known is None:
        state = "WITHDRAWN"
    else:
        state = "CONFIRMED" if known.holds_until > at else "LAPSED"
    shown = code if code is not None else known
    return {
        "channel": name,
        "open": is_open,
        "state": state,
        "contact": None if shown is None else shown.masked,
        "consented_at": None if contact is None else instant_shown(contact.consented_at),
        "confirmed_at": None if known is None else instant_shown(known.confirmed_at),
        "holds_until": None if known is None else instant_shown(known.holds_until),
        "withdrawn_at": None if contact is None else instant_shown(contact.withdrawn_at),
        "code_until": None if code is None else instant_shown(code.ends_at),
    }
