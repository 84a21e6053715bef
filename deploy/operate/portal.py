"""`tradewindow portal`: the screens as a process of their own.

They are no service: there is no role of the database for them, no queue and no engine. They ask the
interface as whoever is signed in, keep nothing, and any number of them may run.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from functools import partial
from typing import Final
from urllib.parse import urlsplit

import structlog

from deploy.operate.data_directory import LocalError
from deploy.operate.parts import meanwhile, process, until_cancelled
from deploy.operate.screens import issuer_alone, issuer_keys, screens_alone
from deploy.operate.secret_shares import excess, require
from deploy.operate.settings import environment_settings
from deploy.operate.window import answering, metrics_routes
from services.platform.telemetry import configure_logging, configure_tracing
from services.portal.addresses import HOME
from services.portal.interface import Interface
from services.portal.settings import PortalSettings
from services.portal.sign_in import NotSignedIn

NAME: Final = "portal"

log = structlog.get_logger()


@process
async def portal(*, port: int | None = None) -> None:
    """Run the screens alone, before an interface that answers elsewhere.

    Parameters
    ----------
    port
        Where they answer; HTTP_PORT when not given.
    """
    settings = environment_settings(PortalSettings)
    if port is not None:
        settings.http_port = port
    require(settings, NAME)
    configure_logging(settings.log_level, service=NAME)
    configure_tracing(settings.otlp_endpoint, service=f"tradewindow-{NAME}")
    say_what_is_open(settings)
    interface, outside = Interface.at(settings.interface_url), Interface.at("")
    app = screens_alone(settings, interface, issuer_alone(settings, outside))
    app.router.routes.extend(metrics_routes())
    ending = set[asyncio.Task[None]]()

    def stop_streams() -> None:
        ending.add(asyncio.create_task(interface.end_streams(), name="streams' end"))

    try:
        async with meanwhile({"http": partial(answering, app, settings, stopping=stop_streams)}):
            await until_cancelled()
    finally:
        await asyncio.gather(*ending)
        await interface.close()
        await outside.close()


def say_what_is_open(settings: PortalSettings) -> None:
    """One log line for each thing that a deployer should know to be wider than it need be."""
    if more := excess(settings, NAME):
        log.warning("more_secrets_than_needed", process=NAME, held=more)
    if _is_in_clear(settings.oidc_metadata):
        log.warning("issuer_connection_in_clear", set="OIDC_METADATA=https://…")


def _is_in_clear(address: str) -> bool:
    return urlsplit(address).scheme == "http"


Check = Callable[[PortalSettings], AsyncIterator[str]]
"""Says what is right, and raises SettingsError or LocalError with what to do about what is not."""


async def _secrets(settings: PortalSettings) -> AsyncIterator[str]:
    require(settings, NAME)
    keys = len(settings.keys("portal_key"))
    yield f"{settings.secrets_file} has what {NAME} needs; {keys} of its keys open what was sealed."
    if more := excess(settings, NAME):
        raise LocalError(
            f"{settings.secrets_file} holds more than {NAME} needs ({', '.join(more)}); give it"
            " the file that `tradewindow secrets split` writes for it."
        )


async def _interface(settings: PortalSettings) -> AsyncIterator[str]:
    interface = Interface.at(settings.interface_url)
    try:
        is_there = await interface.answers()
    finally:
        await interface.close()
    if not is_there:
        raise LocalError(
            f"The interface at {settings.interface_url} does not answer; INTERFACE_URL names it,"
            " and `tradewindow doctor window` says what keeps it from its work."
        )
    yield f"The interface at {settings.interface_url} answers."


async def _issuer(settings: PortalSettings) -> AsyncIterator[str]:
    keys = len(issuer_keys(settings).keys)
    yield f"People are known by the {keys} keys in {settings.jwks_file}."
    outside = Interface.at("")
    try:
        await issuer_alone(settings, outside).metadata()
    except NotSignedIn as error:
        raise LocalError(
            f"Nobody can sign in: {settings.oidc_metadata} gives {error}; OIDC_METADATA names the"
            f" discovery document of {settings.oidc_issuer} (OIDC_ISSUER)."
        ) from error
    finally:
        await outside.close()
    way = "in clear" if _is_in_clear(settings.oidc_metadata) else "over TLS"
    yield f"The issuer {settings.oidc_issuer} says {way} how people sign in."


async def _address(settings: PortalSettings) -> AsyncIterator[str]:
    yield (
        f"People come to {settings.public_origin}{HOME}; the issuer must know the client"
        f" {settings.portal_client_id} with the redirect address"
        f" {settings.public_origin}{HOME}signed-in, without a secret."
    )


CHECKS: Final[tuple[Check, ...]] = (_secrets, _interface, _issuer, _address)
