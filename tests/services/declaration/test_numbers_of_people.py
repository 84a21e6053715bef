"""Whose a number is: nobody asks the window for it, and one that is none says what to do."""

from __future__ import annotations

import pytest

from tests.support.window import Group, Window, fresh_resident_no, lot_body

WRONG_CHECK = "450681180101010010"


@pytest.fixture(scope="module")
async def group(window: Window) -> Group:
    """One member who buys nothing here: what is refused reserves nothing."""
    return await window.group(1)


async def refused(window: Window, group: Group, number: str) -> list[tuple[str, str]]:
    answer = await window.lot(group, residents=[number], values=["8000.00"])
    return [(e["code"], e["pointer"]) for e in answer.json()["errors"]]


def stranger() -> str:
    """A valid number that nobody filed."""
    return fresh_resident_no()


async def test_a_phone_learns_nothing_about_a_number_that_is_not_its_own(window: Window) -> None:
    """Filed, filed elsewhere or filed by nobody: the same answer, to the byte."""
    group, other = await window.group(2), await window.group(1)
    phone = await window.phone(group.residents[0])
    answers = []
    for number in (group.residents[1], other.residents[0], stranger()):
        body = lot_body(group, group_code=None, values=["10.00"], residents=[number])
        answer = await phone.try_post("/declaration/v1/lots", {**body, "reference": "R-1"})
        answers.append((answer.status_code, answer.json()["errors"]))
    assert answers[0][0] == 403
    assert answers[1:] == answers[:1] * 2


async def test_nor_by_asking_what_would_be_refused(window: Window) -> None:
    group, other = await window.group(2), await window.group(1)
    phone = await window.phone(group.residents[0])
    answers = []
    for number in (group.residents[1], other.residents[0], stranger()):
        body = lot_body(group, group_code=None, values=["10.00"], residents=[number])
        answer = await phone.try_post("/declaration/v1/lots/checks", {"lots": [body]})
        answers.append((answer.json()["acceptable"], answer.json()["refusals"]))
    assert answers[0][0] == [False]
    assert answers[1:] == answers[:1] * 2


async def test_of_another_groups_member_nothing_more_is_said(window: Window, group: Group) -> None:
    """Neither when the filing ended nor how much of the day's quota is used."""
    other, ended = await window.group(1), await window.group(1, valid_until="2026-11-17")
    await window.accepted(other, values=["7999.00"])
    for number in (other.residents[0], ended.residents[0]):
        assert await refused(window, group, number) == [("NOT_A_MEMBER", "/tickets/0/resident_no")]


@pytest.mark.parametrize(
    ("number", "says"),
    [
        ("450681801010010", "15 digits"),
        ("4.50681E+17", "spreadsheet"),
        ("99999919900101001X", "no area"),
        ("450681180002300016", "nobody was born"),
        (WRONG_CHECK, "check character"),
    ],
)
async def test_a_number_that_is_none_says_what_to_do_with_it(
    window: Window, group: Group, number: str, says: str
) -> None:
    answer = await window.lot(group, residents=[number])
    (reason,) = answer.json()["errors"]
    assert (reason["code"], says in reason["detail"]) == ("ID_INVALID", True)
    assert number not in answer.text
