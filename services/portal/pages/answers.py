"""A bank's word by hand: a signatory enters it by form or file, another one confirms it."""

from __future__ import annotations

from typing import Any, Final

from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from services.kernel.at_once import BANK_MESSAGE
from services.portal.addresses import HOME
from services.portal.forms import FORM_MAX
from services.portal.names import BANKS, call_by_name
from services.portal.pages import banks
from services.portal.visit import Visit, acting, reading

_SAYS: Final = ("amount", "reason_code", "reason_text", "bank_reference", "value_on")
_FILE_ROOM: Final = BANK_MESSAGE + FORM_MAX
"""A bank's message and the form around it."""


async def entered(visit: Visit) -> Response:
    """One of the bank says in a form what became of a payment."""
    said: dict[str, Any] = {
        "instruction_id": visit.path("case_id"),
        "code": visit.form.get("code", ""),
    }
    said |= visit.filled_in(_SAYS)
    made = await visit.act("/settlement/v1/answers", said)
    return visit.turn(f"{HOME}answers/{made['answer_id']}", said="done")


async def handed_in(visit: Visit) -> Response:
    """One of the bank hands in the bank's own pacs.002."""
    made = await visit.hand_in("/settlement/v1/answers/files")
    return visit.turn(f"{HOME}answers/{made['answer_id']}", said="done")


async def _most(_: Visit) -> int:
    return BANK_MESSAGE


async def taken(visit: Visit) -> Response:
    """The payment's message as a file: by a form, since it counts as taken from then on."""
    case_id = visit.path("case_id")
    found = await visit.calls.fetch(f"/settlement/v1/instructions/{case_id}/message")
    headers = {"Content-Disposition": f'attachment; filename="{case_id}.xml"'}
    return Response(found.content, media_type="application/xml", headers=headers)


async def one(visit: Visit) -> Response:
    """What was entered, what comes of it, and the second person's word."""
    answer_id = visit.path("answer_id")
    answer = await visit.calls.get(f"/settlement/v1/answers/{answer_id}")
    await call_by_name(visit, [BANKS])
    return visit.page(
        "hand_answer.html",
        answer=answer,
        found=visit.mistakes(()),
    )


async def confirmed(visit: Visit) -> Response:
    """Another of the bank confirms it: it is the bank's report now."""
    answer_id = visit.path("answer_id")
    path = f"/settlement/v1/answers/{answer_id}/confirmation"
    await visit.act(path, {}, versioned=True)
    return visit.turn(f"{HOME}answers/{answer_id}", said="signed")


async def withdrawn(visit: Visit) -> Response:
    """One of the bank takes back what is not confirmed yet."""
    answer_id = visit.path("answer_id")
    await visit.act(f"/settlement/v1/answers/{answer_id}/withdrawal", {}, versioned=True)
    return visit.turn(f"{HOME}answers/{answer_id}", said="done")


_ONE: Final = f"{HOME}answers/{{answer_id}}"
_PAYMENT: Final = f"{HOME}payments/{{case_id}}"
ROUTES: Final[list[BaseRoute]] = [
    Route(f"{_PAYMENT}/message", acting(taken, page=banks.payment), methods=["POST"]),
    Route(f"{_PAYMENT}/answer", acting(entered, page=banks.payment), methods=["POST"]),
    Route(
        f"{HOME}answers",
        acting(handed_in, page=banks.counter, room=_FILE_ROOM, file=True, most=_most),
        methods=["POST"],
    ),
    Route(_ONE, reading(one)),
    Route(f"{_ONE}/confirmation", acting(confirmed, page=one), methods=["POST"]),
    Route(f"{_ONE}/withdrawal", acting(withdrawn, page=one), methods=["POST"]),
]
