"""Which service gets what: the one place where all services meet."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property

from fastapi import FastAPI
from temporalio.api.enums.v1 import IndexedValueType
from temporalio.api.operatorservice.v1 import AddSearchAttributesRequest
from temporalio.client import Client
from temporalio.service import RPCError, RPCStatusCode
from temporalio.worker import Worker

from deploy.event_types import event_types
from services.declaration import app as declaration_app
from services.declaration import worker as declaration_worker
from services.declaration.api import DeclarationServices
from services.inspection import app as inspection_app
from services.inspection import worker as inspection_worker
from services.inspection.activities import ScreeningActivities
from services.inspection.api.services import InspectionServices
from services.platform.authentication import Authenticator
from services.platform.database import Database
from services.platform.idempotency import Receipts
from services.platform.policy import PolicyCache
from services.platform.relay import Relay
from services.platform.settings import SERVICES, Settings, role_of
from services.platform.tail import Tail
from services.platform.temporal import connect, connect_patiently
from services.platform.vault import Vault
from services.processing import app as processing_app
from services.processing import worker as processing_worker
from services.processing.api import ProcessingServices
from services.registry import app as registry_app
from services.registry.api.services import RegistryServices
from services.settlement import app as settlement_app
from services.settlement import worker as settlement_worker
from services.settlement.api.services import SettlementServices
from services.settlement.domain.messages.official import OfficialSchemas
from services.window import app as window_app
from services.window.api.services import OpenStreams, WindowServices
from services.window.worker import Delivery
from workflows import search_attributes
from workflows.summaries import SUMMARIES

WORKERS = ("declaration", "inspection", "settlement", "processing")
"""The services with a task queue of their own."""


@dataclass
class Assembly:
    """The services of one process, built from its settings; connections are made when used."""

    settings: Settings
    temporal: Client
    relay: Relay | None = None
    """The relay in this process, woken at once after a commit; None when it runs elsewhere."""
    streams: OpenStreams = field(default_factory=OpenStreams)
    """The event streams open in this process; ended first when it stops."""
    is_connected: bool = False
    """Whether Temporal has answered this process."""
    _databases: dict[str, Database] = field(default_factory=dict)

    @classmethod
    async def create(cls, settings: Settings, *, with_relay: bool = False) -> Assembly:
        """For one process; ``with_relay`` when the relay runs in it too."""
        client = await connect(settings.temporal_address, settings.temporal_namespace, lazy=True)
        assembly = cls(settings, client)
        if with_relay:
            assembly.relay = Relay(assembly.database("relay"), summaries=SUMMARIES)
        return assembly

    def database(self, service: str) -> Database:
        """A service's pool under its own role."""
        if service not in self._databases:
            role = role_of(service)
            self._databases[service] = Database(
                self.settings.database_url_for(role), role=role, pool_size=self.settings.pool_size
            )
        return self._databases[service]

    @cached_property
    def authenticator(self) -> Authenticator:
        """Checks the issuer's tokens."""
        if self.settings.jwks_file is None:
            raise ValueError("JWKS_FILE is not set: nobody could be let in")
        return Authenticator.from_file(
            self.settings.jwks_file,
            issuer=self.settings.oidc_issuer,
            audience=self.settings.oidc_audience,
        )

    @cached_property
    def vault(self) -> Vault:
        """Seals and opens personal data."""
        return Vault(
            field_key=self.settings.key("field_key"), hash_key=self.settings.key("hash_key")
        )

    @cached_property
    def receipts(self) -> Receipts:
        """Knows a repeated request again."""
        return Receipts(self.settings.key("hash_key"))

    @cached_property
    def official(self) -> OfficialSchemas:
        """The official ISO 20022 schemas, where an operator put them."""
        return settlement_app.official_schemas(self.settings.iso20022_schemas)

    def app(self, service: str) -> FastAPI:
        """One service's ASGI application."""
        builders: dict[str, Callable[[], FastAPI]] = {
            "registry": self._registry,
            "declaration": self._declaration,
            "inspection": self._inspection,
            "settlement": self._settlement,
            "processing": self._processing,
            "window": self._window,
        }
        return builders[service]()

    def apps(self) -> dict[str, FastAPI]:
        """Every service's application by name."""
        return {service: self.app(service) for service in SERVICES}

    async def connected(self) -> Client:
        """A client for workers and relay, as soon as Temporal answers and knows our attributes."""
        settings = self.settings
        client = await connect_patiently(settings.temporal_address, settings.temporal_namespace)
        await register_search_attributes(client)
        self.is_connected = True
        return client

    def delivery(self) -> Delivery:
        """Delivers events to webhooks; beside the window's HTTP interface."""
        return Delivery(self.database("window"), vault=self.vault, sandbox=self.settings.sandbox)

    def worker(self, service: str, client: Client) -> Worker:
        """One service's Temporal worker on a connected client."""
        builders: dict[str, Callable[[Client], Worker]] = {
            "declaration": self._declaration_worker,
            "inspection": self._inspection_worker,
            "settlement": self._settlement_worker,
            "processing": self._processing_worker,
        }
        return builders[service](client)

    async def close(self) -> None:
        """Give all connections back."""
        for database in self._databases.values():
            await database.close()

    def _registry(self) -> FastAPI:
        services = RegistryServices(
            database=self.database("registry"),
            temporal=self.temporal,
            authenticator=self.authenticator,
            receipts=self.receipts,
            vault=self.vault,
            policy=PolicyCache(),
            relay=self.relay,
        )
        return registry_app.create_app(services, intake_limit=self.settings.intake_limit)

    def _declaration(self) -> FastAPI:
        database = self.database("declaration")
        services = DeclarationServices(
            database=database,
            temporal=self.temporal,
            authenticator=self.authenticator,
            receipts=self.receipts,
            vault=self.vault,
            policy=PolicyCache(),
            tail=Tail(database),
            relay=self.relay,
        )
        return declaration_app.create_app(services, intake_limit=self.settings.intake_limit)

    def _settlement(self) -> FastAPI:
        services = SettlementServices(
            database=self.database("settlement"),
            temporal=self.temporal,
            authenticator=self.authenticator,
            receipts=self.receipts,
            vault=self.vault,
            policy=PolicyCache(),
            official=self.official,
            relay=self.relay,
        )
        return settlement_app.create_app(services, intake_limit=self.settings.intake_limit)

    def _window(self) -> FastAPI:
        database = self.database("window")
        services = WindowServices(
            database=database,
            temporal=self.temporal,
            authenticator=self.authenticator,
            receipts=self.receipts,
            vault=self.vault,
            tail=Tail(database),
            sandbox=self.settings.sandbox,
            event_types=frozenset(event_types()),
            relay=self.relay,
            streams=self.streams,
        )
        return window_app.create_app(services, intake_limit=self.settings.intake_limit)

    def _settlement_worker(self, client: Client) -> Worker:
        return settlement_worker.create_worker(
            client, self.database("settlement"), official=self.official
        )

    def _declaration_worker(self, client: Client) -> Worker:
        # Screening is a step of the lot's first task, so it runs here under the inspection role.
        screening = ScreeningActivities(self.database("inspection"), vault=self.vault)
        return declaration_worker.create_worker(
            client, self.database("declaration"), screening=screening
        )

    def _inspection(self) -> FastAPI:
        services = InspectionServices(
            database=self.database("inspection"),
            temporal=self.temporal,
            authenticator=self.authenticator,
            receipts=self.receipts,
            vault=self.vault,
            policy=PolicyCache(),
            relay=self.relay,
        )
        return inspection_app.create_app(services, intake_limit=self.settings.intake_limit)

    def _inspection_worker(self, client: Client) -> Worker:
        return inspection_worker.create_worker(
            client, self.database("inspection"), vault=self.vault
        )

    def _processing(self) -> FastAPI:
        services = ProcessingServices(
            database=self.database("processing"),
            temporal=self.temporal,
            authenticator=self.authenticator,
            receipts=self.receipts,
            policy=PolicyCache(),
            relay=self.relay,
        )
        return processing_app.create_app(services, intake_limit=self.settings.intake_limit)

    def _processing_worker(self, client: Client) -> Worker:
        return processing_worker.create_worker(client, self.database("processing"))


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
        if error.status != RPCStatusCode.ALREADY_EXISTS:
            raise
