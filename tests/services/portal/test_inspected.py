"""What an officer does and reads on the page of an inspection: every way out, every round, why."""

from __future__ import annotations

import re
from typing import Any, Final

import pytest

from services.inspection.domain.model import Result
from services.inspection.domain.rules.findings import DISPOSALS as ALLOWED
from services.platform.language import ENGLISH
from services.portal.pages.officers import DISPOSALS, OTHER_GOODS
from services.portal.rendering import environment
from tests.services.portal.test_offered_to_officers import order_read
from tests.services.portal.test_open_acts import page

TO_FIND: Final = order_read("ASSIGNED", None, [], ["record_findings"])
FIRST: Final = {
    "round": 1,
    "author": "ofc_1",
    "method": "SAMPLE",
    "results": ["QUANTITY"],
    "disposal": "AMEND",
    "found_kg": "90.000",
    "items": [
        {
            "hs_code": "08013100",
            "goods_name": "cashews",
            "net_kg": None,
            "pieces": 9,
            "origin": None,
            "sampled": False,
        }
    ],
    "remark": "one sack is missing",
    "recorded_at": "2026-11-01T09:00:00+08:00",
    "signer": "ofc_2",
    "agreed": False,
    "signer_remark": "weigh it on the other scale",
    "signed_at": "2026-11-01T10:00:00+08:00",
}
JUDGED: Final[dict[str, Any]] = {
    "reasons": [],
    "called_in": [],
    "draw": {"value": "0.5", "rate": "0.1", "selected": False},
    "rule_book_version": 3,
    "screened_at": "2026-11-01T08:00:00+08:00",
}
CALLED: Final = {
    "lane": "RED",
    "grounds": "the seal looks broken",
    "called_by": "ofc_2",
    "called_at": "2026-11-01T08:30:00+08:00",
    "order_id": "ins_1",
}


def order_page(order: dict[str, Any], **context: Any) -> str:
    given = {
        "timeline": [],
        "rounds": [],
        "judgement": None,
        "found": {},
        "typed": {},
        **context,
    }
    return page(
        "order.html",
        "officer",
        order=order,
        badges={"ofc_1": "B-1", "ofc_2": "B-2"},
        me="ofc_1",
        documents=None,
        disposals=DISPOSALS,
        other_goods=OTHER_GOODS,
        chosen_results=(),
        **given,
    )


def test_findings_may_propose_on_screen_whatever_the_law_lets_become_of_goods() -> None:
    said = order_page(TO_FIND)
    offered = re.findall(r'name="disposal" value="([A-Z_]+)"', said)
    assert len(offered) == len(set(offered))
    assert set(offered) == {str(one) for allowed in ALLOWED.values() for one in allowed}
    assert "hand to the anti-smuggling bureau" in said
    results = re.findall(r'name="results" value="([A-Z_]+)"', said)
    assert results == [str(one) for one in Result]


@pytest.mark.parametrize("place", ["results", "disposal", "found_kg", "items", "remark"])
def test_what_is_wrong_in_findings_stands_in_their_form(place: str) -> None:
    said = order_page(TO_FIND, found={place: ["This is to be mended."]})
    form = said[said.index('id="sign"') :]
    assert "This is to be mended." in form[: form.index("</form>")]


def told(kind: str, **body: Any) -> dict[str, Any]:
    return {"type": kind, "occurred_at": "2026-11-01T09:00:00+08:00", "body": body}


def test_every_round_says_what_was_found_its_remark_and_why_it_was_sent_back() -> None:
    second = {**FIRST, "round": 2, "remark": "weighed again", "signer_remark": "agreed so"}
    recorded = {name: FIRST[name] for name in ("author", "method", "results", "disposal")}
    rounds = [
        told("FindingsRecorded", round=1, found_kg="90.000", **recorded),
        told("FindingsSentBack", round=1, signer="ofc_2"),
        told("FindingsRecorded", round=2, found_kg="90.000", **recorded),
        told("InspectionConcluded", round=2, author="ofc_1", signer="ofc_2", disposal="AMEND"),
    ]
    order = order_read("CONCLUDED", "ofc_1", [], [], rounds=[FIRST, second], round=2)
    said = order_page(order, rounds=rounds, draw_day=None)
    rows = re.findall(r"<tr><td data-label.*?</tr>", said, re.DOTALL)
    for row, words in zip(
        rows,
        (
            ("round 1", "B-1", "one sack is missing", "9 pieces"),
            ("round 1", "B-2", "Why it was sent back", "weigh it on the other scale"),
            ("round 2", "B-1", "weighed again"),
            ("round 2", "B-2", "agreed so"),
        ),
        strict=True,
    ):
        assert [one for one in words if one not in row] == []


@pytest.mark.parametrize(
    ("reason", "says"),
    [
        ("SEED_MISSING", "no draw day is open"),
        ("BAYS_MISSING", "no inspection bay stated"),
        ("OFFICERS_TOO_FEW", "fewer than two eligible officers"),
    ],
)
def test_why_nobody_was_drawn_is_the_reason_that_there_was(reason: str, says: str) -> None:
    event = {
        **told("InspectionUnstaffed", reason=reason, eligible=3, others={}),
        "actor": {"role": "system", "port": None},
    }
    said = order_page(TO_FIND, rounds=[event], timeline=[event], draw_day=None)
    assert said.count(says) == 2
    assert "too few" not in said
    assert "of 3 who could be drawn" in said


def test_an_order_upon_an_officers_word_says_whose_and_on_what_grounds() -> None:
    order = order_read("ASSIGNED", None, [], [], reasons=["CALLED_IN"], grounds=CALLED["grounds"])
    said = order_page(order, judgement={**JUDGED, "called_in": [CALLED]})
    why = said[said.index("Why this lot") : said.index("Drawn officers")]
    assert why.count("called in by an officer") == 1
    assert re.search(r"<dt>Grounds</dt><dd>the seal looks broken</dd>", why)
    assert "B-2" in why
    # Whoever reads the order without the judgement reads the grounds by their name as well.
    assert "<dt>Grounds</dt><dd>the seal looks broken</dd>" in order_page(order)


@pytest.mark.parametrize("called", [True, False])
def test_a_lot_that_an_officer_called_in_is_not_said_to_be_chosen_by_nothing(
    called: bool,
) -> None:

    parts = environment(ENGLISH).from_string(
        '{% import "_parts.html" as parts with context %}{% include "_why.html" %}'
    )
    said = parts.render(
        judgement={**JUDGED, "called_in": [CALLED] if called else []},
        reasons=[],
        through=(),
        titles={},
        worded={},
        badges={},
        called={},
        claims={},
        port_name=str,
    )
    assert ("No rule, control or draw chose it." in said) is not called
    assert ("called in by an officer" in said) is called
    assert ("the seal looks broken" in said) is called
