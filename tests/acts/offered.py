"""By which of its ``acts`` a case tells its reader that a request may be made of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from tests.support.accreditation import ROOT

_D: Final = "POST /declaration/v1/lots/{lot_id}"
_I: Final = "POST /inspection/v1/orders/{order_id}"
_A: Final = f"POST {ROOT}/{{accreditation_id}}"
_C: Final = "POST /accreditation/v1/credit-levels/{credit_id}"
_L: Final = "POST /law/v1"
_P: Final = f"{_L}/policy/{{policy_id}}"
_R: Final = "POST /risk/v1/rules/{rule_id}"


def act(name: str) -> Callable[[Mapping[str, Any]], str]:
    """The same, whatever is said in the request."""
    return lambda _: name


def either(field: str, yes: str, no: str) -> Callable[[Mapping[str, Any]], str]:
    """One act or another, by a yes or a no in the request."""
    return lambda body: yes if body[field] else no


OFFERED: Final[Mapping[str, Callable[[Mapping[str, Any]], str]]] = {
    f"{_D}/confirmations": act("confirm"),
    f"{_D}/amendments": act("amend"),
    f"{_D}/reminders": act("remind"),
    f"{_D}/refusals": act("decline"),
    f"{_D}/cancellation": act("cancel"),
    "POST /risk/v1/lots/{lot_id}/call-ins": act("call_in"),
    f"{_I}/findings": act("record_findings"),
    f"{_I}/countersignature": either("agree", "countersign", "send_back"),
    f"{_I}/redraw": act("redraw"),
    f"{_I}/withdrawal": act("let_go"),
    f"{_A}/acceptance": either("accept", "accept", "decline"),
    f"{_A}/extension": act("extend"),
    f"{_A}/withdrawal": act("withdraw"),
    f"{_A}/self-assessment": act("self_assess"),
    f"{_A}/on-site-report": act("report"),
    f"{_A}/on-site-report/countersignature": either("agree", "concur", "send_back"),
    f"{_A}/redraw": act("redraw"),
    f"{_A}/decision": act("decide"),
    f"{_A}/countersignature": either("agree", "countersign", "send_decision_back"),
    f"{_A}/review": act("review"),
    f"{_C}/countersignature": either("agree", "countersign", "refuse"),
    f"{_L}/filings/{{filing_id}}/decision": either("confirm", "confirm", "turn_down"),
    f"{_P}/approval": act("approve"),
    f"{_P}/refusal": act("decline"),
    f"{_P}/revocation": act("propose_revocation"),
    f"{_P}/revocation/decision": either("approve", "revoke", "keep"),
    "POST /registry/v1/changes/{change_id}/decision": either("confirm", "confirm", "turn_down"),
    f"{_R}/decision": either("approve", "approve", "reject"),
    f"{_R}/retirement": act("propose_end"),
    f"{_R}/retirement/decision": either("approve", "end", "keep"),
}
"""By route, what a request of it is called among the acts of its case."""
