"""What is told to whom, quiet hours, contacts: the rules by themselves."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Final

import pytest

from migrations.apply import event_types
from services.kernel.clock import BEIJING
from services.kernel.refusal import Mistake, places_of
from services.notices.domain.model import ChannelName
from services.notices.domain.rules.contact import code_of, contact_of, masked
from services.notices.domain.rules.patience import Quiet, minute_of, wait_after
from services.notices.domain.rules.saying import UNSAID, fit_to_leave
from services.notices.domain.rules.telling import (
    ALL,
    CARRIER,
    CONCERNED,
    FILED,
    FORMER,
    MEMBERS,
    NAMED,
    OWN_PLACES,
    READING,
    TELLINGS,
    UNCONFIRMED,
    party_named,
)
from services.notices.domain.words import WORDS
from services.window.domain.rules.disclosure import TOLD

ANY_KIND: Final = {CONCERNED, *(place for place, kind in NAMED.items() if not kind)}
KIND_OF: Final = {
    MEMBERS: "resident",
    UNCONFIRMED: "resident",
    FILED: "resident",
    FORMER: "carrier",
    CARRIER: "carrier",
}
NEVER: Final = re.compile(r"Screen|Finding|Hold|Held|Risk|Draw|Staffed|Proposed|Dispute.*Signed")
SECRET: Final = re.compile(r"value|amount|price|account|resident|subject|name|officer|reason|lane")


def _kinds_of(audience: str) -> frozenset[str]:
    """Which kinds of party an audience may be of; all that read where the record names them."""
    if audience in ANY_KIND:
        return READING
    return frozenset({KIND_OF.get(audience) or NAMED.get(audience) or audience})


@pytest.mark.parametrize("event", TELLINGS)
def test_a_notice_says_nothing_that_the_window_does_not_tell_that_party(event: str) -> None:
    for telling in TELLINGS[event]:
        for audience in telling.to:
            assert _kinds_of(audience) <= READING
            for kind in _kinds_of(audience):
                told = TOLD[event].to("officer" if kind == "officers" else kind)
                assert told is not None, (telling.kind, kind)
                assert set(telling.places) <= told, (telling.kind, kind)
                if telling.when is not None:
                    assert telling.when[0] in told
                if audience in NAMED:
                    assert audience in told


@pytest.mark.parametrize("kind", ALL)
def test_a_sentence_has_the_places_of_its_telling_and_no_others(kind: str) -> None:
    places = set(places_of(WORDS["notice"][kind]))
    own = OWN_PLACES.get(kind, frozenset())
    assert places - set(ALL[kind].places) - own <= {"reference"}
    assert set(ALL[kind].places) | own <= places


def test_every_kind_has_its_sentence_and_every_sentence_its_kind() -> None:
    assert set(ALL) == set(WORDS["notice"])
    assert len(ALL) == sum(len(told) for told in TELLINGS.values())


def test_every_event_that_is_told_is_one_and_has_the_places() -> None:
    events = event_types()
    for name, tellings in TELLINGS.items():
        for telling in tellings:
            assert set(telling.places) <= set(events[name].model_fields), telling.kind


def test_what_is_not_signed_or_held_and_why_goods_were_chosen_is_told_to_nobody() -> None:
    about = {"ChangeProposed", "BankKeyProposed", "ExaminersDrawn"}
    assert not {name for name in TELLINGS if NEVER.search(name)} - about
    places = {place for telling in ALL.values() for place in telling.places}
    assert not {place for place in places if SECRET.search(place)}


def test_only_parties_with_notices_of_their_own_are_told() -> None:
    readers = {a for t in ALL.values() for a in t.to} - {CONCERNED, *KIND_OF}
    assert readers - set(NAMED) <= READING


@pytest.mark.parametrize(
    ("place", "value", "party"),
    [
        ("resident_id", "res_1", "resident:res_1"),
        ("bic", "ABOCCNBJ", "bank:ABOCCNBJ"),
        ("party", "enterprise:4506960001", "enterprise:4506960001"),
        ("party", "officer:ofc_1", None),
        ("last_at", "HEKOU", "officers:HEKOU"),
        ("last_at", None, None),
        ("party", None, None),
    ],
)
def test_an_event_names_whom_it_is_about(place: str, value: str | None, party: str | None) -> None:
    assert party_named(place, value) == party


@pytest.mark.parametrize(
    ("begins", "ends", "now", "until"),
    [
        ("22:00", "07:00", "2026-11-18T21:59", None),
        ("22:00", "07:00", "2026-11-18T22:00", "2026-11-19T07:00"),
        ("22:00", "07:00", "2026-11-18T23:59", "2026-11-19T07:00"),
        ("22:00", "07:00", "2026-11-19T00:00", "2026-11-19T07:00"),
        ("22:00", "07:00", "2026-11-19T06:59", "2026-11-19T07:00"),
        ("22:00", "07:00", "2026-11-19T07:00", None),
        ("12:00", "14:00", "2026-11-19T11:59", None),
        ("12:00", "14:00", "2026-11-19T12:00", "2026-11-19T14:00"),
        ("12:00", "14:00", "2026-11-19T14:00", None),
        ("00:00", "23:59", "2026-11-19T23:59", None),
    ],
)
def test_quiet_hours_are_beijings_and_go_over_midnight(
    begins: str, ends: str, now: str, until: str | None
) -> None:
    quiet = Quiet(minute_of(begins), minute_of(ends))
    at = datetime.fromisoformat(now).replace(tzinfo=BEIJING).astimezone(UTC)
    found = quiet.until(at)
    expected = None if until is None else datetime.fromisoformat(until).replace(tzinfo=BEIJING)
    assert found == expected


def test_waits_double_to_an_hour() -> None:
    waits = [wait_after(n) for n in range(1, 12)]
    assert waits[:3] == [timedelta(seconds=30), timedelta(seconds=60), timedelta(seconds=120)]
    assert waits[-1] == timedelta(hours=1)
    assert waits == sorted(waits)


@pytest.mark.parametrize(
    ("text", "kept"),
    [("+86 138-0013-8000", "+8613800138000"), ("+84 91 234 56 78", "+84912345678")],
)
def test_a_mobile_number_is_kept_in_one_form(text: str, kept: str) -> None:
    assert contact_of(ChannelName.SMS, text) == kept


def test_an_address_keeps_its_own_part_and_loses_nothing() -> None:
    assert contact_of(ChannelName.EMAIL, " Nam.T@Example.ORG ") == "Nam.T@example.org"
    with pytest.raises(Mistake):
        contact_of(ChannelName.EMAIL, "nam..t@example.org")


def test_a_masked_contact_is_known_again_and_not_learnt() -> None:
    assert masked(ChannelName.SMS, "+8613800138000") == "+86 ••• 8000"
    assert masked(ChannelName.EMAIL, "nguyen@mail.example.org") == "n•••@m•••.org"


def test_a_code_has_six_digits_also_when_it_begins_with_naughts() -> None:
    assert code_of(bytes(8)) == "000000"
    assert all(re.fullmatch("[0-9]{6}", code_of(bytes([n] * 8))) for n in range(256))


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("DX-26/0007", "DX-26/0007"),
        ("东兴0007", "东兴0007"),
        ("DX-123456", "DX-123456"),
        ("DX-1234567", UNSAID),
        ("call13800138000", UNSAID),
        ("138-0013-8000", UNSAID),
        ("0770/382-1234", UNSAID),
        ("加微信138_0013_8000", UNSAID),
        ("\N{FULLWIDTH DIGIT ONE}380013", UNSAID),
        ("http://evil.example/x", UNSAID),
        ("evil.example", UNSAID),
        ("call +86 138", UNSAID),
        ("450681189001011230", UNSAID),
        ("x" * 33, UNSAID),
    ],
)
def test_what_a_party_typed_leaves_only_where_it_leads_nowhere(typed: str, said: str) -> None:
    assert fit_to_leave({"reference": typed, "due_on": "2026-01-05"}) == {
        "reference": said,
        "due_on": "2026-01-05",
    }


def test_a_carrier_is_told_its_own_plate_and_no_number_of_a_person() -> None:
    plates = ["桂P12345", "14C-123.45", "14C-12345", "450681189001011230"]
    said = [fit_to_leave({"vehicle_plate": plate})["vehicle_plate"] for plate in plates]
    assert said == ["桂P12345", UNSAID, "14C-12345", UNSAID]
