"""An event that says a verdict says by which rules it was reached, or somebody has said why not."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any, Final

import pytest

from services.window.domain.rules.disclosure import disclosed

ROOT: Final = Path(__file__).resolve().parents[2]
EVENTS: Final[dict[str, Any]] = {
    path.stem: json.loads(path.read_text()) for path in (ROOT / "contracts/events").glob("*.json")
}
ENDINGS: Final = (
    "Approved Cancelled Certified Cleared Closed Concluded Concurred Confirmed Corrected Decided"
    " Declined Dismissed Failed Kept Passed Refused Reinstated Rejected Released Resolved Retired"
    " Returned Revoked Settled Suspended Upheld TurnedDown GivenUp Voided NotReleased Withheld"
)
VERDICTS: Final = sorted(
    name for name in EVENTS if re.search(rf"({ENDINGS.replace(' ', '|')})$", name)
)
"""Events in whose name somebody decides about a thing, found by how such names end."""
_OWN: Final = "its party's own act, on its own thing"
_OF_TWO: Final = "another person's yes or no to what a first one proposed, which says its reasons"
WITHOUT: Final = {
    "AccreditationDeclined": "says its reason's code; which measure of the order was not found",
    "ActRefused": "names the rule of each refusal",
    "BankKeyDecided": _OF_TWO,
    "ChangeConfirmed": _OF_TWO,
    "ChangeTurnedDown": _OF_TWO,
    "DrawSeedClosed": "no verdict: a day is over",
    "IdentityConfirmed": _OWN,
    "LawListConfirmed": _OF_TWO,
    "LawListTurnedDown": _OF_TWO,
    "LotClosed": "no verdict: all that it waited for has come",
    "LotSettled": "no verdict: the bank's word, as the payment's event says it",
    "OrderCancelled": _OWN,
    "PolicyApproved": _OF_TWO,
    "PolicyDeclined": _OF_TWO,
    "PolicyKept": _OF_TWO,
    "PolicyRevoked": _OF_TWO,
    "PurchaseVoided": "no verdict: it follows the end of its lot, whose events say why",
    "RiskRuleApproved": _OF_TWO,
    "RiskRuleKept": _OF_TWO,
    "RiskRuleRejected": _OF_TWO,
    "RiskRuleRetired": _OF_TWO,
    "SettlementCancelled": _OWN,
    "SharesConfirmed": _OWN,
}


def named(schema: dict[str, Any]) -> Any:
    """What of an event's schema says by which rules."""
    return schema["properties"].get("rules")


def test_verdicts_are_found_among_the_events() -> None:
    assert {"LotReleased", "InspectionConcluded", "GatePassed", "CreditLevelDecided"} <= set(
        VERDICTS
    )


@pytest.mark.parametrize("event", VERDICTS)
def test_a_verdict_names_its_rules_or_somebody_has_said_why_not(event: str) -> None:
    assert (named(EVENTS[event]) is None) == (event in WITHOUT)


def test_a_reason_is_given_for_no_event_that_there_is_not() -> None:
    assert set(WITHOUT) <= set(VERDICTS)


@pytest.mark.parametrize("event", sorted(name for name in EVENTS if named(EVENTS[name])))
def test_rules_that_an_event_names_by_itself_are_rules_of_the_book(event: str) -> None:
    book = set(re.findall(r"^\| `([A-Z0-9-]+)` \|", (ROOT / "docs/rules.md").read_text(), re.M))
    assert set(named(EVENTS[event]).get("default", ())) <= book


@pytest.mark.parametrize("event", sorted(set(VERDICTS) - set(WITHOUT)))
def test_whoever_reads_a_verdict_in_a_timeline_inside_reads_its_rules(event: str) -> None:
    told = [
        disclosed(event, {"rules": ["X"]}, party_kind=kind) for kind in ("officer", "bank", "group")
    ]
    assert {"rules": ["X"]} in told
