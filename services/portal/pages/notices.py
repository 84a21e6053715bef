"""What a person must know: the list with what is unread, and by which ways it leaves the window."""

from __future__ import annotations

from typing import Any, Final

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

from services.portal.addresses import HOME
from services.portal.interface import Away, Problem
from services.portal.pages.cases import address_of
from services.portal.visit import Visit, acting, reading, visit_of

LIST: Final = f"{HOME}notices"
CHOICES: Final = f"{HOME}notices/choices"
_OF_A_SHARE: Final = frozenset({"SHARE_WAITS", "SHARE_CHANGED", "SHARE_REMINDED"})
_FIELDS: Final = ("language", "quiet_from", "quiet_until")
_CONTACT: Final = ("channel", "contact", "consent", "code")


async def listed(visit: Visit) -> Response:
    """The own notices, the newest first, each with the way to its case."""
    unread = visit.query("list") == "unread"
    found = await visit.calls.get(
        "/notices/v1/notices",
        unread="true" if unread else None,
        cursor=visit.query("cursor"),
        limit=50,
    )
    return visit.page(
        "notices.html",
        notices=found,
        only_unread=unread,
        where_of=_where_of,
        found=visit.mistakes(()),
    )


async def read(visit: Visit) -> Response:
    """One was read, or all that the page showed and what came before."""
    form = visit.form
    if form.get("up_to"):
        body: dict[str, Any] = {"up_to": form["up_to"]}
    else:
        body = {"notice_ids": [form.get("notice_id", "")]}
    await visit.act("/notices/v1/notices/read", body)
    return visit.turn(LIST)


async def unread(request: Request) -> Response:
    """How many are unread, for the bell: asked after the page is there, and silent when it fails.

    No page waits for it, and the session is not kept alive by it.
    """
    visit = visit_of(request)
    said = ""
    if visit.session is not None:
        try:
            found = await visit.calls.get("/notices/v1/notices/unread")
        except (Problem, Away):
            found = {"unread": 0, "more": False}
        said = f"{found['unread']}{'+' if found['more'] else ''}" if found["unread"] else ""
    return PlainTextResponse(said, headers={"Cache-Control": "no-store"})


async def choices(visit: Visit) -> Response:
    """Language, quiet hours, and a contact for each channel."""
    asked = await visit.calls.get("/notices/v1/choices")
    return visit.page(
        "notice_choices.html",
        choices=asked,
        about=visit.form.get("channel", ""),
        found=visit.mistakes((*_FIELDS, *_CONTACT)),
    )


async def chosen(visit: Visit) -> Response:
    """Language and quiet hours are set."""
    body = {name: visit.typed(name) or None for name in _FIELDS}
    await visit.act("/notices/v1/choices", body)
    return visit.turn(CHOICES, said="done")


async def asked(visit: Visit) -> Response:
    """A contact is named, with the consent; a code is sent there."""
    body = {
        "channel": visit.form.get("channel", ""),
        "contact": visit.typed("contact"),
        "consent": visit.is_yes("consent"),
    }
    await visit.act("/notices/v1/contacts", body)
    return visit.turn(CHOICES, said="code_sent")


async def confirmed(visit: Visit) -> Response:
    """The code that came is typed."""
    body = {
        "channel": visit.form.get("channel", ""),
        "code": "".join(visit.form.get("code", "").split()),
    }
    await visit.act("/notices/v1/contacts/confirmation", body)
    return visit.turn(CHOICES, said="done")


async def withdrawn(visit: Visit) -> Response:
    """Nothing more is to come by a channel."""
    body = {"channel": visit.form.get("channel", "")}
    await visit.act("/notices/v1/contacts/withdrawal", body)
    return visit.turn(CHOICES, said="done")


def _where_of(notice: dict[str, Any]) -> str | None:
    """The page of what a notice is about."""
    case_id = notice["case_id"]
    if case_id is None:
        return None
    return f"{HOME}shares/{case_id}" if notice["kind"] in _OF_A_SHARE else address_of(case_id)


ROUTES: Final[list[BaseRoute]] = [
    Route(LIST, reading(listed)),
    Route(f"{LIST}/read", acting(read, page=listed), methods=["POST"]),
    Route(f"{LIST}/unread", unread),
    Route(CHOICES, reading(choices)),
    Route(CHOICES, acting(chosen, page=choices), methods=["POST"]),
    Route(f"{CHOICES}/contact", acting(asked, page=choices), methods=["POST"]),
    Route(f"{CHOICES}/code", acting(confirmed, page=choices), methods=["POST"]),
    Route(f"{CHOICES}/withdrawal", acting(withdrawn, page=choices), methods=["POST"]),
]
