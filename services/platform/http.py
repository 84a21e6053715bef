"""The one way in over HTTP: default deny, one scope per route, idempotent POSTs."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cache
from typing import Annotated, Any, Final, Generic, Protocol, TypeVar

from fastapi import Depends, Header, Request, params
from fastapi.responses import JSONResponse, Response
from pydantic import BaseModel, TypeAdapter
from sqlalchemy.sql.expression import ClauseElement

from services.kernel.identifiers import is_case, new_uuid
from services.kernel.messages import Actor, Answer, Receipt
from services.kernel.refusal import Refused
from services.kernel.refusals import FORBIDDEN, IDEMPOTENCY_KEY_REQUIRED, VERSION_UNREADABLE
from services.platform import problem, telemetry
from services.platform.act import Act
from services.platform.acting import Acting, act_once, written_once
from services.platform.answers import Receipts
from services.platform.authentication import Authenticator, Caller
from services.platform.database import Database
from services.platform.intake import NOTE, Room
from services.platform.language import ENGLISH, language_of
from services.platform.noting import Tried
from services.platform.openapi import PUBLIC
from services.platform.policy import PolicyCache

ANYBODY: Final = Caller(
    Actor(subject="anybody", party="public:anybody", role=PUBLIC),
    scopes=frozenset({PUBLIC}),
    issued_at=0,
    expires_at=0,
    authenticated_at=0,
)


class AtHand(Protocol):
    """What the edge itself asks of what a service's routes have at hand (``services.py``)."""

    @property
    def database(self) -> Database: ...
    @property
    def authenticator(self) -> Authenticator: ...
    @property
    def receipts(self) -> Receipts: ...
    @property
    def policy(self) -> PolicyCache: ...


S = TypeVar("S", bound=AtHand)
_KEY_REQUIRED: Final = IDEMPOTENCY_KEY_REQUIRED.at()


@dataclass
class Call(Generic[S]):
    """One authorised request: who calls, when, under which idempotency key."""

    request: Request
    services: S
    caller: Caller
    request_id: str
    now: datetime
    idempotency_key: str | None
    if_match: str | None
    upon_reading: bool = False
    """Whether it is asked for as a signature, which names the version that was read."""

    @property
    def actor(self) -> Actor:
        """Who acts, for which party."""
        return self.caller.actor

    @property
    def language(self) -> str:
        """In which language the caller is answered."""
        return language_of(self.request.scope)

    async def acting(self) -> Acting:
        """Who asks for an act, under which receipt. Raises Refused IDEMPOTENCY_KEY_REQUIRED."""
        if not self.idempotency_key:
            raise Refused(_KEY_REQUIRED)
        said = getattr(self.request.state, "said", None) or await self.request.body()
        return Acting(
            self.actor,
            self.now,
            self._receipt(self.idempotency_key, said),
            expected_version=self.expected_version(),
            upon_reading=self.upon_reading,
            tried=self._tried(),
        )

    def acting_by_reading(self) -> Acting:
        """Who does something by reading, under a key of this one request's own."""
        return Acting(self.actor, self.now, self._receipt(new_uuid().hex, b""))

    def _receipt(self, key: str, said: bytes) -> Receipt:
        return self.services.receipts.receipt(
            subject=self.actor.subject,
            party=self.actor.party,
            key=key,
            path=self.request.url.path,
            body=said,
        )

    def _tried(self) -> Tried | None:
        """What is asked for, where the address names a case."""
        case = _case_among(self.request.path_params.values())
        route = self.request.scope.get("route")
        return None if case is None else Tried(getattr(route, "name", ""), case)

    async def act(self, work: Callable[[Act], Awaitable[Answer]]) -> Response:
        """Carry out a POST's work exactly once and answer with its kept answer."""
        services = self.services

        async def described(act: Act) -> Answer:
            return self._described(await work(act))

        acting = await self.acting()
        answer = await act_once(services.database, services.policy, acting, described)
        return self.respond(answer)

    def _described(self, answer: Answer) -> Answer:
        """The answer as its route's description has it, before it is kept: one that does not fit
        is a mistake of ours, and nothing that is not described is told."""
        model = getattr(self.request.scope.get("route"), "response_model", None)
        if model is None or not answer.accepted:
            return answer
        adapter = _adapter(model)
        said = adapter.validate_python(problem.worded(answer.body, ENGLISH))
        # A refusal that an accepted answer holds is kept without words, as every other is.
        unsaid = {name: part for name, part in answer.body.items() if problem.is_kept(part)}
        body = adapter.dump_python(said, mode="json") | unsaid
        return answer.model_copy(update={"body": body})

    async def written_once(
        self, work: Callable[[Act], Awaitable[tuple[ClauseElement, dict[str, Any], Answer]]]
    ) -> Answer:
        """The answer of a POST that writes everything in one statement, exactly once."""
        services = self.services
        return await written_once(services.database, services.policy, await self.acting(), work)

    def expected_version(self) -> int | None:
        """The version in If-Match (an ETag of ours), None when the caller did not ask."""
        if self.if_match is None:
            return None
        tag = self.if_match.strip().removeprefix("W/").strip('"')
        if not tag.isdecimal():
            raise Refused(VERSION_UNREADABLE.at())
        return int(tag)

    def shown(self, model: type[BaseModel], found: Mapping[str, Any] | BaseModel) -> Response:
        """What was read, as described, with the ETag that a signature upon it names."""
        body = model.model_validate(found).model_dump(mode="json")
        return self.respond(Answer(status=200, body=body))

    def respond(self, answer: Answer) -> Response:
        """The HTTP response of an answer; a refusal is a problem document."""
        headers = {"Content-Language": self.language}
        self.request.state.case = _case_among(answer.body.values())
        if "version" in answer.body:
            headers["ETag"] = f'"{answer.body["version"]}"'
        if answer.accepted:
            body = problem.worded(answer.body, self.language)
            return JSONResponse(body, status_code=answer.status, headers=headers)
        service = self.request.app.state.service_name
        for error in answer.body["errors"]:
            telemetry.refusals.labels(service, error["code"]).inc()
        body = problem.worded(answer.body, self.language, request_id=self.request_id)
        return JSONResponse(
            body, status_code=answer.status, media_type=problem.MEDIA_TYPE, headers=headers
        )


@cache
def _adapter(model: Any) -> TypeAdapter[Any]:
    return TypeAdapter(model)


def _case_among(values: Iterable[object]) -> str | None:
    """The first of these that names a case."""
    return next((v for v in values if isinstance(v, str) and is_case(v)), None)


def allow(scope: str, *, room: Room = NOTE, upon_reading: bool = False) -> params.Depends:
    """Let callers with this scope in; every route states exactly one (default deny).

    The scope, the room for a body and whether it is a signature ``upon_reading``, which is refused
    unless If-Match names the version of the case that was read, are kept on the dependency, where
    the form, the contract and the coverage test read them. The form asks before the body is read;
    the route is given its answer. An act that signs asks besides when the caller last showed who
    he is.
    """

    async def authorise(
        request: Request,
        idempotency_key: Annotated[str | None, Header(max_length=128)] = None,
        if_match: Annotated[str | None, Header(max_length=64)] = None,
    ) -> Call[Any]:
        known: Call[Any] | None = getattr(request.state, "call", None)
        if known is not None:
            return replace(known, request=request)
        services: AtHand = request.app.state.services
        caller = ANYBODY
        if scope != PUBLIC:
            caller = services.authenticator.caller(request.headers.get("authorization"))
            request.state.caller = caller
        if scope not in caller.scopes:
            raise Refused(FORBIDDEN.at(scope=scope))
        if request.method == "POST":
            if not idempotency_key:
                raise Refused(_KEY_REQUIRED)
            if scope in request.app.state.signing:
                services.authenticator.require_fresh(caller)
        call: Call[Any] = Call(
            request=request,
            services=services,
            caller=caller,
            request_id=request.state.request_id,
            now=datetime.now(UTC),
            idempotency_key=idempotency_key,
            if_match=if_match,
            upon_reading=upon_reading,
        )
        request.state.call = call
        return call

    authorise.scope = scope  # type: ignore[attr-defined]
    authorise.room = room  # type: ignore[attr-defined]
    authorise.upon_reading = upon_reading  # type: ignore[attr-defined]
    dependency: params.Depends = Depends(authorise)
    return dependency
