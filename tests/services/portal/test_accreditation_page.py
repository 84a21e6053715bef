"""What an accreditation's page tells whoever goes on with it, and keeps of what was typed."""

from __future__ import annotations

import re
from typing import Any, Final

from tests.services.portal.test_offered_to_officers import AEO
from tests.services.portal.test_open_acts import page

REPORT: Final = {
    "author": "ofc_2",
    "marks": {"IC-1": "MET", "IC-2": "NOT_MET"},
    "failures": [],
    "opinion": "seen on site",
    "reported_at": "2026-11-01T09:00:00+08:00",
    "signer": "ofc_1",
    "signer_remark": "count again",
    "signed_at": "2026-11-02T09:00:00+08:00",
}
SENT_BACK: Final = {
    "kind": "CERTIFY",
    "level": None,
    "author": "ofc_1",
    "grounds": "98 marks",
    "signer": "ofc_3",
    "remark": "a paper is missing",
    "sent_back_at": "2026-11-02T09:00:00+08:00",
}


def shown(
    role: str = "officer",
    *,
    typed: dict[str, str] | None = None,
    documents: dict[str, Any] | None = None,
    **case: Any,
) -> str:
    """The page of a case."""
    return page(
        "certificate.html",
        role,
        aeo={**AEO, "acts": [], **case},
        case={"holder": "customs", "missing": [], "clock": None},
        decisions=["CERTIFY", "FAIL"] if case["state"] == "REPORTED" else [],
        badges={"ofc_1": "B-1", "ofc_3": "B-3"},
        groups={"Internal control": ["IC-1", "IC-2"]},
        sample=True,
        trades=[],
        ticked=[],
        marks=("MET", "BASICALLY_MET", "NOT_MET"),
        lost=(),
        timeline=[],
        documents=documents,
        me="ofc_1",
        typed=typed or {},
    )


def test_whoever_proposes_anew_reads_why_the_last_proposal_was_sent_back() -> None:
    said = shown(state="REPORTED", acts=["decide"], sent_back=SENT_BACK)
    assert "a paper is missing" in said
    assert said.index("a paper is missing") < said.index("Propose a decision")
    assert "B-3" in said
    assert "sent back" not in shown(state="REPORTED", acts=["decide"])


def test_a_report_that_was_sent_back_is_the_draft_of_the_next() -> None:
    said = shown(state="ON_SITE", acts=["report"], report=REPORT)
    chosen = re.findall(r'<option value="(\w+)" selected>', said)
    assert chosen == ["MET", "NOT_MET"]
    assert re.search(r'<textarea name="opinion"[^>]*>seen on site</textarea>', said)
    typed = {"marks.IC-1": "BASICALLY_MET", "marks.IC-2": "", "opinion": "mine"}
    refused = shown(state="ON_SITE", acts=["report"], report=REPORT, typed=typed)
    assert re.findall(r'<option value="(\w+)" selected>', refused) == ["BASICALLY_MET"]
    assert re.search(r'<textarea name="opinion"[^>]*>mine</textarea>', refused)


def test_an_examiner_whose_report_came_second_still_has_what_he_typed() -> None:
    typed = {"marks.IC-1": "BASICALLY_MET", "marks.IC-2": "MET", "opinion": "what I saw myself"}
    said = shown(state="SCORED", acts=["concur", "send_back"], report=REPORT, typed=typed)
    assert "what I saw myself" in said
    cells = re.findall(r'data-label="Your mark, not recorded">([^<]+)<', said)
    assert cells == ["basically met", "met"]
    assert "not recorded" not in shown(state="SCORED", acts=["concur"], report=REPORT)


def test_a_factory_reads_why_its_certificate_rests() -> None:
    told: dict[str, Any] = {"certificate": "AEOCN4506960001", "review_due_on": "2031-11-01"}
    rests = shown("enterprise", state="SUSPENDED", grounds="a seal was broken", **told)
    assert "Why the certificate rests" in rests
    assert "a seal was broken" in rests
    ends: dict[str, Any] = {"grounds": "smuggled", "ended_on": "2026-11-20", **told}
    lost = shown("enterprise", state="DOWNGRADED", **ends)
    assert "Why the level was taken away" in lost
    assert "Certificate, no longer valid" in lost
    assert "Re-examination by" not in lost


def test_by_when_is_decided_stands_until_it_is_decided_and_no_longer() -> None:
    open_case: dict[str, Any] = {"due_on": "2026-12-02", "accepted_on": "2026-09-03"}
    assert "Decide by" in shown(state="REPORTED", **open_case)
    certified = {"certificate": "AEOCN4506960001", "review_due_on": "2031-11-01"}
    told: dict[str, Any] = {**certified, **open_case}
    assert "Decide by" not in shown(state="CERTIFIED", **told)
    assert "Decide by" not in shown(state="ON_SITE", cycle=2, **told)
    assert "Decide by" not in shown(state="FAILED", ended_on="2026-11-20", **open_case)


def test_nothing_of_a_case_that_has_ended_is_offered_to_be_taken_back() -> None:
    paper = {
        "document_id": "doc_1",
        "kind": "INVOICE",
        "added_at": "2026-11-01T09:00:00+08:00",
        "yours": True,
        "is_picture": False,
        "withdrawn_at": None,
    }
    lying = {"items": [paper], "next_cursor": None, "may_add": [], "size": "25 MiB"}
    case: dict[str, Any] = {"state": "FAILED", "ended_on": "2026-11-20"}
    assert "/doc_1/withdrawal" in shown(documents={**lying, "has_ended": False}, **case)
    assert "/doc_1/withdrawal" not in shown(documents={**lying, "has_ended": True}, **case)
