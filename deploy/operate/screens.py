"""The screens: beside the services of a window in one process, and as a process of their own."""

from __future__ import annotations

import json
from typing import Final

import structlog
from joserfc.errors import JoseError
from joserfc.jwk import KeySet
from starlette.applications import Starlette
from starlette.types import ASGIApp, Receive, Scope, Send

from deploy.operate.assembly import Assembly
from services.platform.front import Front
from services.platform.settings import PORTAL_CLIENT, ProcessSettings, SettingsError
from services.portal.addresses import HOME
from services.portal.application import create_portal
from services.portal.interface import Interface
from services.portal.sessions import Keeper
from services.portal.settings import PortalSettings
from services.portal.shared import Shared
from services.portal.sign_in import Issuer
from services.portal.visit import Portal

SANDBOX_METADATA: Final = "/issuer/.well-known/openid-configuration"

log = structlog.get_logger()


class Screens:
    """A window's interface with its screens in front: one ASGI application.

    Without an issuer to sign in at, the sandbox's or the one of OIDC_METADATA, there are none.
    """

    def __init__(
        self, interface: ASGIApp, assembly: Assembly, *, issuer: Starlette | None = None
    ) -> None:
        self._interface = interface
        self._issuer = issuer
        self._portal: Starlette | None = None
        settings = assembly.settings
        within = Interface.within(self)
        if issuer is not None:
            known = _issuer(settings, SANDBOX_METADATA, within, client=PORTAL_CLIENT)
        elif settings.oidc_metadata is not None:
            known = _issuer(settings, settings.oidc_metadata, Interface.at(""))
        else:
            log.warning("no_screens", set="OIDC_METADATA")
            return
        self._portal = _portal(settings, within, known, assembly.front)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._of(scope)(scope, receive, send)

    def _of(self, scope: Scope) -> ASGIApp:
        path = scope.get("path", "")
        if self._issuer is not None and path.startswith("/issuer/"):
            return self._issuer
        theirs = path.startswith(HOME) or path in ("/", HOME.rstrip("/"))
        return self._portal if theirs and self._portal is not None else self._interface


def screens_alone(settings: PortalSettings, interface: Interface, issuer: Issuer) -> Starlette:
    """The screens of a process of their own. Raises SettingsError."""
    # No caller is named in their log, so that it needs no key that processes share.
    return _portal(settings, interface, issuer, Front(origin=settings.public_origin))


def issuer_alone(settings: PortalSettings, way: Interface) -> Issuer:
    """The operator's issuer, asked by the given way. Raises SettingsError."""
    return _issuer(settings, settings.oidc_metadata, way)


def _portal(
    settings: ProcessSettings, interface: Interface, issuer: Issuer, front: Front
) -> Starlette:
    keys = settings.keys("portal_key") or (settings.key("portal_key"),)
    portal = Portal(
        interface=interface,
        keeper=Keeper(keys, encrypted=front.is_encrypted),
        origin=settings.public_origin,
        sandbox=settings.sandbox,
        shared=Shared(interface),
    )
    return create_portal(portal, issuer, front)


def _issuer(
    settings: ProcessSettings, metadata: str, way: Interface, *, client: str | None = None
) -> Issuer:
    return Issuer(
        metadata,
        issuer_keys(settings),
        way,
        client_id=client or settings.portal_client_id,
        name=settings.oidc_issuer,
        audience=settings.oidc_audience,
    )


def issuer_keys(settings: ProcessSettings) -> KeySet:
    """The issuer's public keys. Raises SettingsError when they cannot be read."""
    file = settings.jwks_file
    if file is None:
        raise SettingsError("Set JWKS_FILE, the issuer's public keys; nobody could sign in.")
    try:
        document = json.loads(file.read_bytes())
        return KeySet.import_key_set(document if "keys" in document else {"keys": [document]})
    except (OSError, ValueError, KeyError, TypeError, JoseError) as error:
        why = error.strerror if isinstance(error, OSError) else "it is no JWK set"
        raise SettingsError(
            f"The issuer's keys cannot be read from {file} ({why}); JWKS_FILE names the file."
        ) from error
