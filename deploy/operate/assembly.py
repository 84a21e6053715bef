"""Which service gets what: the one place where all services meet."""

from __future__ import annotations

import asyncio
import hmac
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property, partial
from typing import TypeVar

from fastapi import FastAPI
from temporalio.api.enums.v1 import IndexedValueType
from temporalio.api.operatorservice.v1 import AddSearchAttributesRequest
from temporalio.client import Client
from temporalio.service import RPCError, RPCStatusCode
from temporalio.worker import Worker

from migrations.apply import event_types
from services import manifests
from services.kernel.case_kinds import KindOfCase
from services.platform.answers import Receipts
from services.platform.authentication import Authenticator, TokenRules
from services.platform.bell import Bell
from services.platform.database import Database
from services.platform.front import Front
from services.platform.manifest import Beside
from services.platform.relay import Relay
from services.platform.revocation import Revocations
from services.platform.settings import Settings, SettingsError, role_of
from services.platform.tail import Tail
from services.platform.temporal import access_of, answers, connect_patiently
from services.platform.vault import Vault
from services.platform.waiting import WaitingRoom
from workflows import search_attributes
from workflows.kinds import KINDS

P = TypeVar("P")


@dataclass
class Assembly:
    """The services of one process, built from its settings; connections are made when used."""

    settings: Settings
    relay: Relay | None = None
    """The relay in this process; None when it runs elsewhere."""
    is_whole: bool = False
    """Whether all of the window runs in this process, so that nobody elsewhere need be woken."""
    _client: Client | None = None
    _connecting: asyncio.Lock = field(default_factory=asyncio.Lock)
    _databases: dict[str, Database] = field(default_factory=dict)
    _bell: Bell | None = None
    _tail: Tail | None = None
    _waiting: WaitingRoom | None = None
    _ended_first: list[Callable[[], None]] = field(default_factory=list)

    @classmethod
    def create(
        cls, settings: Settings, *, with_relay: bool = False, whole: bool = False
    ) -> Assembly:
        """For one process; ``with_relay`` when the relay runs in it, ``whole`` when all does."""
        assembly = cls(settings, is_whole=whole)
        if with_relay:
            assembly.relay = Relay(assembly.database("relay"), KINDS, assembly.bell)
        return assembly

    def database(self, service: str) -> Database:
        """A service's pool under its own role."""
        if service not in self._databases:
            role = role_of(service)
            database = Database(
                self.settings.database_url_for(role), role=role, pool_size=self.settings.pool_size
            )
            if self._bell is None:
                self._bell = Bell(database, alone=self.is_whole)
            database.committed = self._bell.ring
            self._databases[service] = database
        return self._databases[service]

    async def silent_databases(self) -> list[str]:
        """Services whose database does not answer, of the window and of those that were full."""
        asked = [n for n, d in self._databases.items() if d.is_full or n == "window"]
        return [name for name in asked if not await self._databases[name].answers()]

    @property
    def bell(self) -> Bell:
        """Rung after every commit of this process, on a session of the service it serves first."""
        if self._bell is None:
            raise AssertionError("a process has a database before it has a bell")
        return self._bell

    def tail(self, service: str) -> Tail:
        """The one reader of the log in this process, under the service that asks for it first."""
        if self._tail is None:
            self._tail = Tail(self.database(service), self.bell)
        return self._tail

    def waiting(self, service: str) -> WaitingRoom:
        """Where the callers of this process wait."""
        if self._waiting is None:
            self._waiting = WaitingRoom(self.tail(service))
        return self._waiting

    def before_stop(self, end: Callable[[], None]) -> None:
        """Have this called first when the process stops: it ends what would else last."""
        self._ended_first.append(end)

    def stop_waiting(self) -> None:
        """End streams and waits, which else hold up a process that is to stop."""
        for end in self._ended_first:
            end()
        if self._waiting is not None:
            self._waiting.close()

    @cached_property
    def authenticator(self) -> Authenticator:
        """Checks the issuer's tokens. Raises SettingsError when its keys cannot be read."""
        file = self.settings.jwks_file
        if file is None:
            raise SettingsError("Set JWKS_FILE, the issuer's public keys; nobody could be let in.")
        called_back = self.settings.revocations_file
        try:
            return Authenticator.from_file(
                file,
                issuer=self.settings.oidc_issuer,
                audience=self.settings.oidc_audience,
                rules=TokenRules(
                    max_age_s=self.settings.token_max_age_s,
                    leeway_s=self.settings.token_leeway_s,
                    signing_max_age_s=self.settings.signing_max_age_s,
                ),
                revocations=None if called_back is None else Revocations(called_back),
            )
        except (OSError, ValueError, KeyError, TypeError) as error:
            why = error.strerror if isinstance(error, OSError) else "it is no JWK set"
            raise SettingsError(
                f"The issuer's keys cannot be read from {file} ({why}); JWKS_FILE names the file."
            ) from error

    @cached_property
    def front(self) -> Front:
        """How every service here meets its callers."""
        return Front(
            intake_limit=self.settings.intake_limit,
            origin=self.settings.public_origin,
            log_key=hmac.digest(self.settings.key("receipt_key"), b"log", "sha256"),
        )

    @cached_property
    def vault(self) -> Vault:
        """Seals and opens personal data, with the keys that this process was given."""
        secrets = self.settings.secrets
        return Vault(
            field_key=next(iter(secrets.keys("field_key")), None),
            hash_key=next(iter(secrets.keys("hash_key")), None),
        )

    @cached_property
    def receipts(self) -> Receipts:
        """Knows a repeated request again."""
        return Receipts(self.settings.key("receipt_key"))

    @property
    def kinds(self) -> Mapping[str, KindOfCase]:
        """Every service's kinds of case with a timeline, by the prefix of their ids."""
        return manifests.case_kinds()

    @cached_property
    def event_types(self) -> frozenset[str]:
        """Every type of event that any service says."""
        return frozenset(event_types())

    def step(self, port: type[P]) -> P:
        """The steps that a service offers to take in its own name, in another's worker."""
        for one in manifests.manifests().values():
            if port in one.offers:
                steps: P = one.offers[port](self)
                return steps
        raise LookupError(f"no service offers {port.__name__}")

    def app(self, service: str) -> FastAPI:
        """One service's ASGI application."""
        one = manifests.manifest(service)
        return one.app(one.furnish(self, service), front=self.front)

    def apps(self) -> dict[str, FastAPI]:
        """Every service's application by name; the window's first, as whose reader the log is read
        for all of them."""
        window_first = sorted(manifests.names(), key=lambda service: service != "window")
        return {service: self.app(service) for service in window_first}

    async def connected(self) -> Client:
        """The client of workers and relay, as soon as Temporal answers and knows our attributes."""
        settings = self.settings
        address, namespace = settings.temporal_address, settings.temporal_namespace
        async with self._connecting:
            if self._client is None:
                client = await connect_patiently(address, namespace, access=access_of(settings))
                await register_search_attributes(client)
                self._client = client
        return self._client

    async def engine_answers(self) -> bool:
        """Whether Temporal has answered this process and answers now."""
        return self._client is not None and await answers(self._client)

    @property
    def is_connected(self) -> bool:
        """Whether Temporal has answered this process."""
        return self._client is not None

    @property
    def temporal(self) -> Client:
        """The engine, which has answered; services that answer requests never ask for it."""
        if self._client is None:
            raise AssertionError("a process asks for the engine after it is connected")
        return self._client

    def worker(self, service: str, client: Client) -> Worker:
        """One service's Temporal worker on a connected client."""
        carrier = manifests.manifest(service).worker
        if carrier is None:
            raise LookupError(f"{service} carries no cases")
        return carrier.create(client, self)

    def beside(self, parts: Mapping[str, Beside]) -> dict[str, Callable[[], Awaitable[None]]]:
        """What runs beside a service's interface or its worker, ready to be started."""
        return {name: partial(part, self) for name, part in parts.items()}

    async def close(self) -> None:
        """Give all connections back."""
        if self._tail is not None:
            await self._tail.close()
        if self._bell is not None:
            await self._bell.close()
        for database in self._databases.values():
            await database.close()


async def register_search_attributes(client: Client) -> None:
    """Make the search attributes known to the server; those it knows already stay."""
    request = AddSearchAttributesRequest(
        namespace=client.namespace,
        search_attributes={
            key.name: IndexedValueType.INDEXED_VALUE_TYPE_KEYWORD for key in search_attributes.ALL
        },
    )
    try:
        await client.operator_service.add_search_attributes(request)
    except RPCError as error:
        if refused := engine_refused(error, client.namespace):
            raise refused from error
        if error.status != RPCStatusCode.ALREADY_EXISTS:
            raise


def engine_refused(error: RPCError, namespace: str) -> SettingsError | None:
    """What to do about an engine that lets nobody in, or has no such namespace."""
    if error.status == RPCStatusCode.NOT_FOUND:
        return SettingsError(
            f"The workflow engine has no namespace {namespace}; make it"
            " (deploy/temporal/setup-namespace.sh), or name another in TEMPORAL_NAMESPACE."
        )
    if error.status in {RPCStatusCode.UNAUTHENTICATED, RPCStatusCode.PERMISSION_DENIED}:
        return SettingsError(
            "The workflow engine refuses this process (its authorizer said no); look at"
            " TEMPORAL_API_KEY_FILE and at TEMPORAL_CLIENT_CERT."
        )
    return None
