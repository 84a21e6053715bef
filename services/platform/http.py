"""The one way in over HTTP: default deny, one scope per route, idempotent POSTs."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Any, Final, Generic, Protocol, TypeVar

from fastapi import Depends, Header, Request, params
from fastapi.responses import JSONResponse, Response
from pydantic import BaseModel
from temporalio.client import Client

from services.kernel.messages import Actor, Answer, Decision, Receipt
from services.kernel.refusal import Refusal, Refused
from services.platform import decisions, problem, telemetry
from services.platform.authentication import Authenticator, Caller
from services.platform.database import Database, Tx
from services.platform.idempotency import Receipts, Written, answered, run_once, write_once
from services.platform.relay import Relay

PUBLIC: Final = "public"
"""The scope of a route that anyone may call (health, published commitments)."""


class Services(Protocol):
    """What every service's API has at hand; a service's own dataclass may hold more."""

    @property
    def database(self) -> Database: ...
    @property
    def temporal(self) -> Client: ...
    @property
    def authenticator(self) -> Authenticator: ...
    @property
    def receipts(self) -> Receipts: ...
    @property
    def relay(self) -> Relay | None: ...


S = TypeVar("S", bound=Services)
_KEY_REQUIRED: Final = Refusal(
    "IDEMPOTENCY_KEY_REQUIRED",
    "Send an Idempotency-Key header (a fresh UUID per intended act, the same one when you retry).",
)
_CHANGED: Final = Refusal(
    "VERSION_MISMATCH", "The case has changed since you read it; read it again."
)


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

    @property
    def actor(self) -> Actor:
        """Who acts, for which party."""
        return self.caller.actor

    async def receipt(self) -> Receipt:
        """The idempotency of this request. Raises Refused IDEMPOTENCY_KEY_REQUIRED."""
        if not self.idempotency_key:
            raise Refused(_KEY_REQUIRED)
        return self.services.receipts.receipt(
            subject=self.actor.subject,
            key=self.idempotency_key,
            path=self.request.url.path,
            body=await self.request.body(),
        )

    async def once(self, work: Callable[[Tx], Awaitable[Answer]]) -> Response:
        """Carry out a POST's work exactly once and answer with its stored answer."""
        answer = await run_once(self.services.database, await self.receipt(), work)
        self._wake_relay()
        return self.respond(answer)

    async def written_once(self, work: Callable[[Tx], Awaitable[Written]]) -> Answer:
        """The answer of a POST that writes everything in one statement, exactly once."""
        answer = await write_once(self.services.database, await self.receipt(), work)
        self._wake_relay()
        return answer

    def _wake_relay(self) -> None:
        if self.services.relay is not None:
            self.services.relay.wake()

    async def decide(
        self,
        *,
        workflow: str,
        queue: str,
        case: str,
        update: str,
        body: BaseModel | None = None,
        start: BaseModel | None = None,
        version: int | None = None,
    ) -> Response:
        """Bring a person's decision to its case and answer with the outcome.

        A repeated request is answered as before, also when the decision has closed the case. With
        ``version``, the case's as it was just read, another one in If-Match is refused here, where
        a repetition costs nothing: a run of a case takes so many Updates and no more.
        """
        receipt = await self.receipt()
        async with self.services.database.reading() as tx:
            before = await answered(tx, receipt)
        if before is not None:
            return self.respond(before)
        if version is not None and self.expected_version() not in (None, version):
            raise Refused(_CHANGED)
        decision = Decision(
            case=case,
            workflow=workflow,
            queue=queue,
            update=update,
            actor=self.actor,
            receipt=receipt,
            request_id=self.request_id,
            expected_version=self.expected_version(),
            body={} if body is None else body.model_dump(mode="json"),
        )
        outcome = await decisions.bring(self.services.temporal, decision, start=start)
        return self.respond(outcome.answer)

    def expected_version(self) -> int | None:
        """The version in If-Match (an ETag of ours), None when the caller did not ask."""
        if self.if_match is None:
            return None
        tag = self.if_match.strip().removeprefix("W/").strip('"')
        if not tag.isdecimal():
            raise Refused(
                Refusal("VERSION_MISMATCH", "If-Match takes the ETag of the case as you read it.")
            )
        return int(tag)

    def respond(self, answer: Answer) -> Response:
        """The HTTP response of an answer; a refusal is a problem document."""
        headers = {}
        self.request.state.case = next((v for v in answer.body.values() if _is_case(v)), None)
        if "version" in answer.body:
            headers["ETag"] = f'"{answer.body["version"]}"'
        if answer.accepted:
            return JSONResponse(answer.body, status_code=answer.status, headers=headers)
        service = self.request.app.state.service_name
        for error in answer.body["errors"]:
            telemetry.refusals.labels(service, error["code"]).inc()
        body = {**answer.body, "request_id": self.request_id}
        return JSONResponse(body, status_code=answer.status, media_type=problem.MEDIA_TYPE)


_CASE: Final = re.compile(r"(lot|ins|aeo|stl|bok|ord)_[0-9a-f]{32}")


def _is_case(value: object) -> bool:
    return isinstance(value, str) and _CASE.fullmatch(value) is not None


def allow(scope: str) -> params.Depends:
    """Let callers with this scope in; every route states exactly one (default deny).

    The scope is kept on the dependency as ``scope``, where contract and coverage test read it.
    """

    async def authorise(
        request: Request,
        idempotency_key: Annotated[str | None, Header(max_length=128)] = None,
        if_match: Annotated[str | None, Header(max_length=64)] = None,
    ) -> Call[Any]:
        services: Services = request.app.state.services
        caller = services.authenticator.caller(request.headers.get("authorization"))
        if scope not in caller.scopes:
            raise Refused(
                Refusal(
                    "FORBIDDEN",
                    f"Your token lacks the scope {scope}; ask your issuer for a role that has it.",
                )
            )
        if request.method == "POST" and not idempotency_key:
            raise Refused(_KEY_REQUIRED)
        return Call(
            request=request,
            services=services,
            caller=caller,
            request_id=request.state.request_id,
            now=datetime.now(UTC),
            idempotency_key=idempotency_key,
            if_match=if_match,
        )

    authorise.scope = scope  # type: ignore[attr-defined]
    dependency: params.Depends = Depends(authorise)
    return dependency


async def prefer_wait(
    prefer: Annotated[
        str | None, Header(max_length=64, description="wait=N seconds, at most 30")
    ] = None,
) -> float:
    """Seconds the caller will wait for a decided case (RFC 7240), 0 when it did not say."""
    for part in (prefer or "").split(","):
        name, _, value = part.strip().partition("=")
        if name == "wait" and value.isdecimal():
            return min(float(value), 30.0)
    return 0.0
