"""The screens beside the services: under which addresses, with which keys, at whose issuer."""

from __future__ import annotations

import json

from joserfc.jwk import KeySet
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from deploy.operate.assembly import Assembly
from services.platform.settings import Settings, SettingsError
from services.portal.application import create_portal
from services.portal.interface import Interface
from services.portal.sessions import Keeper
from services.portal.sign_in import Issuer
from services.portal.visit import HOME, Portal

SANDBOX_METADATA = "/issuer/.well-known/openid-configuration"


class Screens:
    """A window's interface with its screens in front: one ASGI application."""

    def __init__(
        self, interface: ASGIApp, assembly: Assembly, *, issuer: Starlette | None = None
    ) -> None:
        self._interface = interface
        self._issuer = issuer
        within = Interface.within(self)
        settings = assembly.settings
        portal = Portal(
            interface=within,
            keeper=Keeper(settings.key("receipt_key"), encrypted=assembly.front.is_encrypted),
            origin=settings.public_origin,
            sandbox=settings.sandbox,
        )
        known = Issuer(SANDBOX_METADATA, issuer_keys(settings), within)
        self._portal = create_portal(portal, known, assembly.front)
        self._first = Starlette(routes=[Route("/", _to_the_screens)])

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._of(scope)(scope, receive, send)

    def _of(self, scope: Scope) -> ASGIApp:
        path = scope.get("path", "")
        if path.startswith(HOME) or path == HOME.rstrip("/"):
            return self._portal
        if self._issuer is not None and path.startswith("/issuer/"):
            return self._issuer
        return self._first if path == "/" else self._interface


def issuer_keys(settings: Settings) -> KeySet:
    """The issuer's public keys. Raises SettingsError when they cannot be read."""
    if settings.jwks_file is None:
        raise SettingsError("Set JWKS_FILE, the issuer's public keys; nobody could sign in.")
    document = json.loads(settings.jwks_file.read_text())
    return KeySet.import_key_set(document if "keys" in document else {"keys": [document]})


async def _to_the_screens(_: Request) -> Response:
    return RedirectResponse(HOME, status_code=303)
