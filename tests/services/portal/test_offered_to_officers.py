"""An officer's page offers what is open to him, and says why not where he might wonder."""

from __future__ import annotations

from typing import Any, Final

import pytest

from tests.services.portal.test_open_acts import page

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
    findings: dict[str, Any] | None = (
        None
        if author is None
        else {
            "author": author,
            "method": "SAMPLE",
            "results": [],
            "disposal": "RELEASE",
            "found_kg": None,
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
    order = {
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
        "officers": ["ofc_1", "ofc_2"],
        "absent": absent,
        "method_ordered": "SAMPLE",
        "round": 1,
        "findings": findings,
        "acts": acts,
    }
    said = page(
        "order.html",
        "officer",
        order=order,
        badges={},
        me="ofc_1",
        timeline=[],
        documents=None,
        disposals=(),
        chosen_results=(),
        rounds=[],
    )
    assert [one for one in (SIGNS, IS_AWAY, UNFIT) if one in said] == ([says] if says else [])
