"""One request of a person: who it is, in which language, and how pages and acts are answered.

Every page is a function of a visit. What all of them need stands here once: sign-in before the
page, the form's token before the act, the interface's refusals beside the fields they are about.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Final
from urllib.parse import quote
from uuid import uuid4

import structlog
from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from services.platform import telemetry
from services.platform.language import CHINESE, LANGUAGES, chosen
from services.portal import numbers
from services.portal.addresses import HOME, here
from services.portal.arriving import Arriving
from services.portal.forms import FORM_MAX, file_of, form_of, is_own_site, shown_size
from services.portal.interface import Away, Calls, Interface, Problem
from services.portal.not_sent import beginning_of, not_sent, page_above
from services.portal.peoples_words import in_peoples_words
from services.portal.ports import port_name, ports_named
from services.portal.rendering import render
from services.portal.said import SAID, Said
from services.portal.sessions import Keeper, Session
from services.portal.shared import Shared

_READS_NOTICES: Final = "notices:notice:read"
_HAS_CHOICES: Final = "notices:choice:read"
"""Whose token says so has a bell; whoever holds a post has its desk."""
LANGUAGE: Final = "tw-language"
WRITTEN_IN: Final = "written_in"
"""Where a form says in which language its page was."""
POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:;"
    " connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
"""Nothing from another host, nothing written into a page, in nobody's frame."""
_NOBODY: Final = ("UNAUTHENTICATED", "TOKEN_INVALID")
"""The interface does not know the session's token, or not any more."""
_UNANSWERED: Final = (429, 500, 503)
"""Nothing is known of what was asked: it is sent again under the same key."""
_KEY_TAKEN: Final = ("IN_PROGRESS", "IDEMPOTENCY_KEY_REUSED")
_UNREADABLE: Final = (400, 422)
_PATIENCE_S: Final = 90.0

log = structlog.get_logger()

Handler = Callable[["Visit"], Awaitable[Response]]


@dataclass(frozen=True)
class Portal:
    """What pages have at hand in this process."""

    interface: Interface
    keeper: Keeper
    origin: str | None
    """Under which scheme and authority people know the window; None where the request says it."""
    sandbox: bool
    shared: Shared
    """What is shown to everybody alike."""
    arriving: Arriving = field(default_factory=Arriving)


@dataclass
class Visit:
    """One request. ``session`` is None for the public."""

    request: Request
    portal: Portal
    session: Session | None
    language: str
    calls: Calls
    form: Mapping[str, str] = field(default_factory=dict)
    file: bytes = b""
    """The file of this form; empty when none was chosen."""
    repeated: Mapping[str, list[str]] = field(default_factory=dict)
    """Of fields that a form has more than once, every value in order."""
    called: dict[str, str] = field(default_factory=dict)
    """Parties by name, for this page (``names.py``)."""
    further: dict[str, str] = field(default_factory=dict)
    """From where the lists of this page go on that have more, by the list's name in the address."""
    problem: Problem | None = None
    """Why the act of this form was refused: its page is shown again, and says so."""

    @property
    def claims(self) -> dict[str, Any]:
        """What the token says of the person; empty for the public."""
        return {} if self.session is None else self.session.claims

    @property
    def role(self) -> str:
        """The role in which the person acts here."""
        return str(self.claims.get("role", ""))

    @property
    def party_code(self) -> str:
        """The code of the party for which the person acts."""
        return str(self.claims.get("party", ":")).partition(":")[2]

    def path(self, name: str) -> str:
        """A part of the address that the route names."""
        return str(self.request.path_params[name])

    def query(self, name: str) -> str | None:
        """A part of the address behind the question mark; None when empty."""
        return self.request.query_params.get(name) or None

    def typed(self, name: str) -> str:
        """What was typed into a field of this form, without what stands around it; a number as the
        interface takes it, whatever the page's language writes (``numbers.py``)."""
        text = self.form.get(name, "").strip()
        if numbers.is_number(self.request.url.path, name):
            return numbers.plain(text, self.language)
        return text

    def typed_in(self, names: Iterable[str]) -> dict[str, str]:
        """What was typed into fields, each under its name."""
        return {name: self.typed(name) for name in names}

    def filled_in(self, names: Iterable[str]) -> dict[str, str]:
        """What was typed into fields, without those that were left empty."""
        return {name: text for name, text in self.typed_in(names).items() if text}

    def moment(self, name: str) -> str:
        """What a field for a moment sends, as the moment that it is on Beijing's clock."""
        minute = self.typed(name)
        return f"{minute}:00+08:00" if len(minute) == len("2026-01-01T00:00") else minute

    def is_yes(self, name: str) -> bool:
        """Whether a choice of this form is yes."""
        return self.form.get(name) == "yes"

    @property
    def scopes(self) -> frozenset[str]:
        """What this person may do, by the token."""
        return frozenset(str(self.claims.get("scope", "")).split())

    def page(self, template: str, *, status: int | None = None, **context: Any) -> HTMLResponse:
        """A page of a template, under the status of what was refused, if something was."""
        if status is None:
            status = 200 if self.problem is None else self.problem.status
        said = self.query("said")
        text = render(
            template,
            self.language,
            visit=self,
            role=self.role,
            has_bell=_READS_NOTICES in self.scopes,
            has_choices=_HAS_CHOICES in self.scopes,
            claims=self.claims,
            form_token=self._form_token(),
            new_key=lambda: str(uuid4()),
            said=said if said in SAID else None,
            here=here(self.request),
            sandbox=self.portal.sandbox,
            called=self.called,
            further=self.further,
            port_name=partial(port_name, self.portal.shared, self.language),
            **{"problem": None, "typed": self._still_typed(), **context},
        )
        headers = {"Content-Security-Policy": POLICY, "Content-Language": self.language}
        return HTMLResponse(text, status_code=status, headers=headers)

    def _still_typed(self) -> Mapping[str, str]:
        """What was typed, for the forms of a page that answers this one.

        Its key goes with it where nothing is known of the act: a form that was answered, or asked
        for nothing, is spent, and what is sent from the page of its answer is another act.
        """
        if self.problem is not None:
            return self.form
        return {name: text for name, text in self.form.items() if name != "key"}

    def turn(self, address: str, *, said: Said | None = None) -> Response:
        """After an act: on to a page, which a reload asks for again and not the act."""
        if said is not None:
            address += ("&" if "?" in address else "?") + f"said={said}"
        return RedirectResponse(address, status_code=303)

    def mistakes(self, fields: Collection[str]) -> dict[str, list[str]]:
        """The sentences of what was refused by the form's field that each is about."""
        return {} if self.problem is None else self.problem.by_field(fields)

    async def listed(self, name: str, path: str, **asked: Any) -> list[dict[str, Any]]:
        """One of several lists of a page, from where the address says under the list's name; where
        it goes on, ``parts.further_of(name)`` leads on. Raises Problem, Away."""
        found = await self.calls.get(path, **asked, cursor=self.query(name))
        return self._goes_on(name, found)

    async def listed_if_seen(self, name: str, path: str, **asked: Any) -> list[dict[str, Any]]:
        """The same of what may not be there, or not be this person's to see. Raises Away."""
        found = await self.calls.maybe(path, **asked, cursor=self.query(name))
        return [] if found is None else self._goes_on(name, found)

    def _goes_on(self, name: str, found: Mapping[str, Any]) -> list[dict[str, Any]]:
        if found["next_cursor"]:
            self.further[name] = found["next_cursor"]
        items: list[dict[str, Any]] = found["items"]
        return items

    async def sought(self, path: str, **asked: Any) -> dict[str, Any]:
        """A list by what a form of filters says; what cannot be read is said, of an empty one.

        Raises Problem, Away.
        """
        try:
            return await self.calls.get(path, **asked)
        except Problem as problem:
            if problem.status not in _UNREADABLE:
                raise
            self.problem = problem
            return {"items": [], "next_cursor": None}

    async def act(
        self, path: str, body: Mapping[str, Any], *, versioned: bool = False
    ) -> dict[str, Any]:
        """The act of this form, under the key and about the version that it was given.

        Raises Problem, Away.
        """
        version = self.form.get("version") if versioned else None
        return await self.calls.post(path, body, key=self.form.get("key", ""), version=version)

    async def hand_in(self, path: str) -> dict[str, Any]:
        """The file of this form, under its key. Raises Problem, Away."""
        return await self.calls.hand_in(path, self.file, key=self.form.get("key", ""))

    def as_written(self, language: str | None) -> None:
        """Go on in the language of the page on which the form stood, whatever was chosen since: in
        it its numbers were typed."""
        if language in LANGUAGES:
            self.language = language
            self.calls = self.calls.said_in(language)

    def _form_token(self) -> str:
        return "" if self.session is None else self.portal.keeper.form_token(self.session)


def reading(handler: Handler, *, public: bool = False) -> Callable[[Request], Awaitable[Response]]:
    """A page that is read: by whoever is signed in, or with ``public`` by everybody."""

    async def answer(request: Request) -> Response:
        visit = visit_of(request)
        if visit.session is None and not public:
            return _to_sign_in(request)
        return await _answered(visit, handler)

    return answer


def acting(
    handler: Handler,
    *,
    page: Handler | None = None,
    room: int = FORM_MAX,
    file: bool = False,
    most: Callable[[Visit], Awaitable[int]] | None = None,
    rows: int | None = None,
) -> Callable[[Request], Awaitable[Response]]:
    """A form that changes something; refused, its ``page`` is shown again with all that was typed.

    An end of the session takes a file, and nothing that was typed: what is personal waits sealed in
    the page (``not_sent.py``). ``room`` is for how many bytes there is room; one with more than an
    ordinary form, as with a ``file``, is read only of whom is signed in, few at once, and one of a
    person. ``most`` asks the interface how much of it is taken, ``rows`` are those of a table.
    """

    async def answer(request: Request) -> Response:
        visit = visit_of(request)
        if not is_own_site(request):
            return visit.page("stopped.html", status=403, why="elsewhere")
        if room <= FORM_MAX:
            return await _sent_in(visit, await form_of(request, room))
        # Nothing large is read of a stranger, nor of many at once, nor for ever.
        if visit.session is None:
            return _not_sent(visit, [] if not file else await beginning_of(request))
        try:
            who = f"{visit.claims.get('sub')} {visit.claims.get('party')}"
            async with asyncio.timeout(_PATIENCE_S), visit.portal.arriving.of(who):
                form = await form_of(request, room, files=int(file))
        except TimeoutError:
            back = page_above(visit.request)
            return visit.page("stopped.html", status=408, why="slow", back=back)
        return await _sent_in(visit, form)

    async def _sent_in(visit: Visit, form: FormData | None) -> Response:
        if form is None:
            return await _answered(visit, _too_large(room if file else None, most, rows))
        typed = [(n, v) for n, v in form.multi_items() if isinstance(v, str)]
        visit.form = dict(typed)
        visit.as_written(visit.form.get(WRITTEN_IN))
        visit.repeated = {name: [v for n, v in typed if n == name] for name in visit.form}
        visit.file = await file_of(form)
        keeper = visit.portal.keeper
        token = visit.form.get("form_token", "")
        if visit.session is None or not keeper.is_form_token(visit.session, token):
            return _not_sent(visit, typed)
        return await _answered(visit, handler, page)

    def _not_sent(visit: Visit, typed: Sequence[tuple[str, str]]) -> Response:
        table = room > FORM_MAX and not file
        left = not_sent(visit.request, visit.language, typed, file=file, table=table)
        return visit.page("not_sent.html", status=403, left=left, problem=None)

    return answer


def visit_of(request: Request) -> Visit:
    """The visit of a request, before anything is asked."""
    portal: Portal = request.app.state.portal
    session = portal.keeper.session(request)
    language = language_of(request)
    calls = portal.interface.as_(
        None if session is None else session.token,
        language,
        request.scope.get("state", {}).get("request_id"),
    )
    return Visit(request, portal, session, language, calls)


def language_of(request: Request) -> str:
    """The language that was chosen on a page, else the browser's, else Chinese."""
    kept = request.cookies.get(LANGUAGE)
    if kept in LANGUAGES:
        return kept
    accepted = request.headers.get("accept-language", "")
    return chosen(accepted) if accepted.strip() not in ("", "*") else CHINESE


async def _answered(visit: Visit, handler: Handler, page: Handler | None = None) -> Response:
    # Any page may name a port.
    await ports_named(visit.portal.shared, visit.language)
    try:
        response = await _done(visit, handler, page)
    except Problem as problem:
        if problem.code in _NOBODY:
            response = _to_sign_in(visit.request)
            visit.portal.keeper.forget(response)
            return response
        said = in_peoples_words(problem, visit.language)
        response = visit.page("refused.html", status=problem.status, problem=said)
    except Away:
        response = visit.page("away.html", status=503)
    except Exception as error:
        # Said as a page, since a person reads it; the log says where it was, and nobody its text.
        log.error("bug", error=type(error).__name__, where=telemetry.where(error))
        response = visit.page("stopped.html", status=500, why="fault")
    if visit.session is not None:
        visit.portal.keeper.touch(response, visit.session)
    return response


async def _done(visit: Visit, handler: Handler, page: Handler | None) -> Response:
    """What a handler answers; of a refused act its page, where it has one. Raises Problem, Away."""
    try:
        return await handler(visit)
    except Problem as problem:
        if page is None or problem.code in _NOBODY:
            raise
        visit.problem = in_peoples_words(problem, visit.language)
        if problem.status not in _UNANSWERED and problem.code not in _KEY_TAKEN:
            # A refusal is the answer under its key: the form, mended, is another act.
            visit.form = {name: text for name, text in visit.form.items() if name != "key"}
    return await page(visit)


def _to_sign_in(request: Request) -> Response:
    back = here(request) if request.method == "GET" else HOME
    return RedirectResponse(f"/portal/sign-in?next={quote(back, safe='')}", status_code=303)


def _too_large(
    file_room: int | None, most: Callable[[Visit], Awaitable[int]] | None, rows: int | None
) -> Handler:
    """The page that says how large what was sent may be."""

    async def said(visit: Visit) -> Response:
        back = page_above(visit.request)
        if file_room is None:
            return visit.page("stopped.html", status=413, why="too_large", back=back)
        size = shown_size(file_room if most is None else await most(visit))
        why = "file_too_large" if rows is None else "table_too_large"
        return visit.page("stopped.html", status=413, why=why, most=size, rows=rows, back=back)

    return said
