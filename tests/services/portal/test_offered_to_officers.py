"""An officer's page offers what is open to him, and says why not where he might wonder."""

from __future__ import annotations

import re
from typing import Any, Final

import pytest

from tests.services.portal.test_open_acts import page


@pytest.mark.parametrize(
    ("acts", "buttons", "own"),
    [(["confirm", "turn_down"], ["yes", "no"], False), (["turn_down"], ["no"], True), ([], [], 0)],
)
def test_what_somebody_proposed_for_a_list_is_offered_him_to_be_taken_back_alone(
    acts: list[str], buttons: list[str], own: bool
) -> None:
    filing = {
        "filing_id": "imp_1",
        "version": 1,
        "kind": "port_origins",
        "state": "PROPOSED",
        "proposed_at": "2026-11-01T09:00:00+08:00",
        "rows": [],
        "acts": acts,
    }
    said = page("law_list.html", "registrar", filing=filing)
    assert re.findall(r'<button[^>]* name="confirm" value="(yes|no)"', said) == buttons
    assert ("You proposed this" in said) is bool(own)


POLICY: Final = {
    "policy_id": "pol_1",
    "version": 1,
    "key": "hushi.share_answer_min",
    "title": "minutes",
    "scope": "",
    "says": "30",
    "filed": "30",
    "authority": "test",
    "authority_says": "test",
    "sure": None,
    "effective_from": "2026-12-01",
    "effective_to": None,
    "proposed_by": "ada",
    "proposed_at": "2026-11-01T09:00:00+08:00",
    "approved_by": None,
    "approved_at": None,
    "declined_at": None,
    "revocation_asked_by": None,
}


@pytest.mark.parametrize(
    ("state", "acts", "addresses", "says"),
    [
        ("PROPOSED", ["approve", "decline"], ["approval", "refusal"], "With your signature"),
        ("PROPOSED", ["decline"], ["refusal"], "It can only be turned down"),
        ("PROPOSED", [], [], "who is on duty decides"),
        ("REVOCATION_PROPOSED", ["revoke", "keep"], ["revocation-decision"], "Revoke it"),
        ("REVOCATION_PROPOSED", ["keep"], ["revocation-decision"], "It has begun"),
        ("REVOCATION_PROPOSED", [], [], "who is on duty decides"),
        ("APPROVED", ["propose_revocation"], ["revocation"], "never begins"),
        ("APPROVED", [], [], "minutes"),
    ],
)
def test_a_change_of_the_law_is_offered_to_be_decided_as_it_can_be(
    state: str, acts: list[str], addresses: list[str], says: str
) -> None:
    said = page(
        "policy.html", "policy_officer", row={**POLICY, "state": state, "acts": acts}, now=[]
    )
    assert re.findall(r'action="/portal/law/pol_1/([a-z-]+)"', said) == addresses
    assert says in said
    assert ("Revoke it" in said) is ("revoke" in acts)


AEO: Final = {
    "accreditation_id": "aeo_1",
    "version": 4,
    "enterprise_code": "4506960001",
    "level": "ADVANCED",
    "cycle": 1,
    "applied_at": "2026-11-01T09:00:00+08:00",
    "accepted_on": None,
    "due_on": None,
    "trades": [],
    "examiners": ["ofc_1", "ofc_2"],
    "reporter": None,
    "score": None,
    "report": None,
    "self_assessment": None,
    "pending_decision": None,
    "certificate": None,
    "unstaffed_reason": None,
    "may_apply_again_on": None,
    "suspended_on": None,
    "ended_on": None,
    "grounds": None,
    "sent_back": None,
}
PENDING: Final = {"kind": "CERTIFY", "level": None, "author": "ofc_3", "grounds": "passed"}
CERTIFY: Final = {"decisions": ["CERTIFY", "FAIL"]}


@pytest.mark.parametrize(
    ("case", "role", "acts", "addresses", "says"),
    [
        ({"state": "APPLIED"}, "officer", ["accept", "decline"], ["acceptance"], "Accept the"),
        ({"state": "APPLIED"}, "officer", [], [], "Accreditation"),
        ({"state": "ON_SITE"}, "officer", ["report", "extend"], ["report", "extension"], "Opinion"),
        ({"state": "ON_SITE"}, "officer", ["redraw"], ["redraw"], "Draw another examiner"),
        (
            {"state": "SCORED"},
            *("officer", ["concur", "send_back"], ["report/countersignature"], "Do you agree"),
        ),
        ({"state": "SCORED", "reporter": "ofc_1"}, "officer", [], [], "the other examiner signs"),
        ({"state": "REPORTED", **CERTIFY}, "officer", ["decide"], ["decision"], "Propose a"),
        ({"state": "REPORTED", **CERTIFY}, "officer", [], [], "Who examined does not decide"),
        (
            {"state": "REPORTED", "examiners": [], **CERTIFY},
            *("officer", [], [], "An officer decides who is on duty"),
        ),
        (
            {"state": "REPORTED", "pending_decision": PENDING},
            *("officer", ["countersign", "send_decision_back"], ["countersignature"], "Agree"),
        ),
        (
            {"state": "REPORTED", "pending_decision": PENDING},
            *("officer", ["send_decision_back"], ["countersignature"], "only be sent back"),
        ),
        (
            {"state": "REPORTED", "pending_decision": {**PENDING, "author": "ofc_1"}},
            *("officer", [], [], "You proposed this"),
        ),
        ({"state": "ACCEPTED"}, "enterprise", ["self_assess"], ["self-assessment"], "File the"),
        ({"state": "ON_SITE"}, "enterprise", ["withdraw"], ["withdrawal"], "Give up"),
        ({"state": "ON_SITE"}, "enterprise", [], [], "Accreditation"),
    ],
)
def test_a_case_offers_its_reader_what_would_not_be_refused_him(
    case: dict[str, Any], role: str, acts: list[str], addresses: list[str], says: str
) -> None:
    said = page(
        "certificate.html",
        role,
        aeo={**AEO, **case, "acts": acts},
        case={"holder": "customs", "missing": [], "clock": None},
        decisions=case.get("decisions", []),
        badges={},
        groups={"Internal control": ["IC-1"]},
        sample=True,
        trades=[],
        ticked=[],
        marks=("MET",),
        lost=(),
        timeline=[],
        documents=None,
        me="ofc_1",
    )
    assert re.findall(r'action="/portal/certificates/aeo_1/([a-z/-]+)"', said) == addresses
    assert says in said
    if "send_decision_back" in acts:
        assert ('name="agree" value="yes"' in said) is ("countersign" in acts)


def order_read(
    state: str, author: str | None, absent: list[str], acts: list[str], **more: Any
) -> dict[str, Any]:
    """An inspection order as its officers read it."""
    findings: dict[str, Any] | None = (
        None
        if author is None
        else {
            "author": author,
            "method": "SAMPLE",
            "results": [],
            "disposal": "RELEASE",
            "found_kg": None,
            "items": [],
            "remark": None,
            "signer": None,
            "recorded_at": "2026-11-01T09:00:00+08:00",
        }
    )
    lot = {
        "reference": "R-1",
        "state": "IN_INSPECTION",
        "vehicle_plate": "桂P12345",
        "foreign_plate": None,
        "manifest_no": None,
        "value": {"amount": "1.00", "currency": "CNY"},
        "declarant": "group:G1",
        "seller": "S-1",
    }
    return {
        "order_id": "ins_1",
        "version": 2,
        "state": state,
        "lane": "RED",
        "perishable": False,
        "release_due_at": None,
        "lot_id": "lot_1",
        "lot": lot,
        "goods_name": "cashews",
        "hs_code": "08013100",
        "declared_net_kg": "100.000",
        "declared_pieces": 1,
        "bay": None,
        "grounds": None,
        "titles": {},
        "titles_by_language": {},
        "reasons": [],
        "through": [],
        "wanted_beside": [],
        "officers": ["ofc_1", "ofc_2"],
        "absent": absent,
        "method_ordered": "SAMPLE",
        "round": 1,
        "findings": findings,
        "rounds": [],
        "acts": acts,
        **more,
    }


SIGNS: Final = "the other drawn officer signs"
IS_AWAY: Final = "You are entered as away"
UNFIT: Final = "no longer have the skill"


@pytest.mark.parametrize(
    ("state", "author", "absent", "acts", "says"),
    [
        ("AWAITING_SIGNATURE", "ofc_1", [], ["redraw"], SIGNS),
        ("AWAITING_SIGNATURE", "ofc_2", [], ["redraw", "countersign", "send_back"], None),
        ("AWAITING_SIGNATURE", "ofc_2", ["ofc_1"], [], IS_AWAY),
        ("AWAITING_SIGNATURE", "ofc_2", [], ["redraw"], UNFIT),
        ("ASSIGNED", None, [], ["redraw", "let_go", "record_findings"], None),
        ("ASSIGNED", None, ["ofc_1"], [], IS_AWAY),
        ("ASSIGNED", None, [], ["redraw"], UNFIT),
        ("CONCLUDED", "ofc_2", [], [], None),
    ],
)
def test_a_drawn_officer_reads_why_nothing_is_his_to_do(
    state: str, author: str | None, absent: list[str], acts: list[str], says: str | None
) -> None:
    said = page(
        "order.html",
        "officer",
        order=order_read(state, author, absent, acts),
        badges={},
        me="ofc_1",
        timeline=[],
        documents=None,
        disposals=(),
        other_goods=(),
        chosen_results=(),
        rounds=[],
        judgement=None,
    )
    assert [one for one in (SIGNS, IS_AWAY, UNFIT) if one in said] == ([says] if says else [])
