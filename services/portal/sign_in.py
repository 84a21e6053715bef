"""Signing in at the operator's issuer: OpenID Connect, authorization code with PKCE.

The issuer says who somebody is; the access token that it gives is the person's own and goes to the
interface as it is, which alone decides what it opens.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

import httpx2
import structlog
from authlib.common.errors import AuthlibBaseError
from authlib.integrations.httpx_client import AsyncOAuth2Client
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from services.platform.authentication import ALGORITHMS
from services.portal.addresses import HOME, local
from services.portal.interface import Interface
from services.portal.sessions import Session, SessionTooLarge
from services.portal.visit import Portal, Visit, acting, visit_of

_WITHIN_S: Final = 600
"""So long may somebody take at the issuer's page."""

_ENDPOINTS: Final = ("authorization_endpoint", "token_endpoint")

log = structlog.get_logger()


class NotSignedIn(Exception):
    """The issuer did not let this person in, or what it said is not to be believed."""


@dataclass
class Issuer:
    """The operator's issuer as the screens know it; what it says of itself is asked once."""

    metadata_url: str
    keys: KeySet
    http: Interface
    client_id: str
    name: str
    """What it calls itself (``iss``), as the interface believes it too."""
    audience: str
    """For whom its access tokens must be, or the interface would take none of them."""
    _metadata: dict[str, Any] | None = None

    async def metadata(self) -> dict[str, Any]:
        """Its discovery document. Raises NotSignedIn when it does not answer, or is another's."""
        if self._metadata is None:
            try:
                answer = await self.http.http.get(self.http.url(self.metadata_url))
                answer.raise_for_status()
                found = answer.json()
            except (httpx2.HTTPError, ValueError) as error:
                raise NotSignedIn(f"no metadata: {type(error).__name__}") from error
            if not isinstance(found, dict) or found.get("issuer") != self.name:
                raise NotSignedIn("metadata of another issuer")
            if missing := [name for name in _ENDPOINTS if not isinstance(found.get(name), str)]:
                raise NotSignedIn(f"metadata without {', '.join(missing)}")
            self._metadata = found
        return self._metadata

    def client(self, back: str) -> AsyncOAuth2Client:
        """One sign-in's client; PKCE makes a secret unnecessary."""
        inner = self.http.app
        transport = None if inner is None else httpx2.ASGITransport(app=inner)
        return AsyncOAuth2Client(
            client_id=self.client_id,
            redirect_uri=back,
            scope="openid",
            code_challenge_method="S256",
            token_endpoint_auth_method="none",  # noqa: S106 - says that there is none
            transport=transport,
            base_url="http://window" if inner is not None else "",
        )

    def is_for_the_interface(self, claims: Mapping[str, Any]) -> bool:
        """Whether an access token says that it is this issuer's, and for our interface."""
        audiences = claims.get("aud")
        found = audiences if isinstance(audiences, list) else [audiences]
        return claims.get("iss") == self.name and self.audience in found

    def identity(self, id_token: str, metadata: dict[str, Any]) -> dict[str, Any]:
        """The claims of an identity token that is the issuer's and ours. Raises NotSignedIn."""
        claims = jwt.JWTClaimsRegistry(
            leeway=5,
            iss={"essential": True, "value": metadata["issuer"]},
            aud={"essential": True, "value": self.client_id},
            exp={"essential": True},
        )
        try:
            decoded = jwt.decode(id_token, self.keys, algorithms=list(ALGORITHMS))
            claims.validate(decoded.claims)
        except (JoseError, ValueError) as error:
            raise NotSignedIn(f"identity token: {type(error).__name__}") from error
        return dict(decoded.claims)


async def sign_in(request: Request, *, issuer: Issuer) -> Response:
    """Send somebody to the issuer; what comes back must fit what is kept in the browser now."""
    visit = visit_of(request)
    back = local(request.query_params.get("next"))
    try:
        metadata = await issuer.metadata()
    except NotSignedIn as error:
        log.warning("issuer_silent", why=str(error))
        return visit.page("stopped.html", status=503, why="issuer")
    kept = {
        "state": secrets.token_urlsafe(24),
        "verifier": secrets.token_urlsafe(48),
        "nonce": secrets.token_urlsafe(24),
        "next": back,
        "until": time.time() + _WITHIN_S,
    }
    async with issuer.client(_address(request, visit.portal)) as client:
        address, _ = client.create_authorization_url(
            metadata["authorization_endpoint"],
            state=kept["state"],
            code_verifier=kept["verifier"],
            nonce=kept["nonce"],
            ui_locales=visit.language,
        )
    response = RedirectResponse(address, status_code=303)
    keeper = visit.portal.keeper
    keeper.write(response, keeper.signing_in, kept, max_age=_WITHIN_S)
    return response


async def signed_in(request: Request, *, issuer: Issuer) -> Response:
    """Whoever the issuer sends back gets a session, and is where he wanted to be."""
    visit = visit_of(request)
    keeper = visit.portal.keeper
    kept = keeper.read(request, keeper.signing_in)
    try:
        session = await _session_of(request, visit.portal, issuer, kept)
        response: Response = RedirectResponse(local((kept or {}).get("next")), status_code=303)
        keeper.keep(response, session)
    except (NotSignedIn, SessionTooLarge) as error:
        log.info("not_signed_in", why=type(error).__name__, detail=str(error))
        response = visit.page("stopped.html", status=403, why="not_signed_in")
    keeper.forget(response, keeper.signing_in)
    return response


async def _session_of(
    request: Request, portal: Portal, issuer: Issuer, kept: dict[str, Any] | None
) -> Session:
    given = request.query_params
    if kept is None or kept["until"] < time.time():
        raise NotSignedIn("nobody began here, or too long ago")
    if "code" not in given or not secrets.compare_digest(given.get("state", ""), kept["state"]):
        raise NotSignedIn(given.get("error", "another's answer")[:40])
    metadata = await issuer.metadata()
    async with issuer.client(_address(request, portal)) as client:
        try:
            token = await client.fetch_token(
                metadata["token_endpoint"], code=given["code"], code_verifier=kept["verifier"]
            )
        except (AuthlibBaseError, httpx2.HTTPError, ValueError) as error:
            raise NotSignedIn(f"no token: {type(error).__name__}") from error
    identity = issuer.identity(str(token.get("id_token", "")), metadata)
    if not secrets.compare_digest(str(identity.get("nonce", "")), kept["nonce"]):
        raise NotSignedIn("nonce")
    try:
        session = Session.begun(str(token.get("access_token", "")), str(identity.get("name", "")))
    except ValueError as error:
        raise NotSignedIn("no access token that says until when it is good") from error
    # The interface would send its bearer back here, and the issuer at once there, without an end.
    if not issuer.is_for_the_interface(session.claims):
        raise NotSignedIn("an access token that is not for the interface")
    return session


async def _sign_out(visit: Visit) -> Response:
    response = visit.turn("/portal/board")
    visit.portal.keeper.forget(response)
    # The answered page would else put the idle end off once more.
    visit.session = None
    return response


def _address(request: Request, portal: Portal) -> str:
    """Where the issuer sends people back to: under the name they know us by."""
    origin = None if portal.sandbox else portal.origin
    return f"{origin or str(request.base_url).rstrip('/')}{HOME}signed-in"


def routes(issuer: Issuer) -> list[Route]:
    """Signing in, coming back, signing out."""
    return [
        Route(f"{HOME}sign-in", partial(sign_in, issuer=issuer)),
        Route(f"{HOME}signed-in", partial(signed_in, issuer=issuer)),
        Route(f"{HOME}sign-out", acting(_sign_out), methods=["POST"]),
    ]
