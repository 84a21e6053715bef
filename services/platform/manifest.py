"""The manifest of a service: all that is to be known of it outside its own folder.

``services/<name>/service.py`` holds one as ``MANIFEST``; the folders are enumerated
(``services/manifests.py``) and nothing lists services by hand. Tables (``tables.py``), events
(``domain/events.py``), reasons (``domain/refusals.py``) and views (``migrations/views``) are found
by their place, and so are the routes: ``ROUTERS`` of its ``api``.

A process reads all manifests and answers or carries for one service, if for any. So a manifest
imports neither the interface nor the worker: what it hands out loads them when it is called.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from importlib import import_module
from typing import Any, Final

from fastapi import APIRouter, FastAPI
from temporalio.client import Client
from temporalio.worker import Worker

from services.kernel.case_kinds import KindOfCase
from services.kernel.identifiers import CASES
from services.platform.application import create_application
from services.platform.front import Front
from services.platform.house import House, common
from services.platform.roles import DUTIES
from services.platform.settings import Settings, role_of

Beside = Callable[[House], Awaitable[None]]
"""What runs beside a process's main part until it is cancelled."""

PORT: Final = 8080
"""Where every process that runs alone answers: requests, health, measurements."""


KEYS: Final = frozenset({"field_key", "hash_key", "receipt_key", "document_key", "paper_password"})
"""The keys that a service may ask for; passwords and the engine's key are nobody's to ask."""
_NOT_TAKEN: Final[Mapping[int | str, dict[str, Any]]] = {
    "4XX": {"description": "Not taken: it is sent again later, after 410 no more"}
}
"""What a party's own address may answer to a webhook: its words, of which none is read."""


class ManifestUnfit(Exception):
    """A manifest that contradicts its folder, the roles, or another's."""


@dataclass(frozen=True)
class Scope:
    """One thing that a caller may be let do, and the roles whose duty it is."""

    name: str
    roles: tuple[str, ...]
    signs: bool = False
    """Whether a person signs under it: who does so has signed in lately (``require_fresh``).

    What programs do all day under a token of their own (submitting, confirming by mandate, filing)
    is not signed so."""


def granted(name: str, *roles: str, signs: bool = False) -> Scope:
    """The scope ``<service>:<object>:<verb>`` as these roles have it."""
    return Scope(name, roles, signs)


@dataclass(frozen=True)
class Scale:
    """How many of a process run, and what one may take, where a cluster runs them."""

    least: int = 2
    most: int = 4
    cpu: str = "250m"
    memory: str = "256Mi"
    cpu_most: str = "1"
    memory_most: str = "768Mi"


@dataclass(frozen=True)
class Folder:
    """A folder that an operator may fill, read by this service alone."""

    name: str
    """In compose the folder beside the description, in a cluster the ConfigMap."""
    setting: str
    """The variable that names it to the process; of a store, what its variables begin with."""
    path: str


@dataclass(frozen=True, kw_only=True)
class Carrier:
    """The worker that carries a service's cases, a process of its own: ``<service>-worker``."""

    queue: str
    create: Callable[[Client, House], Worker]
    as_others: tuple[str, ...] = ()
    """Services in whose name, under whose role, a step of these cases is taken."""
    keys: tuple[str, ...] = ()
    """Beside the engine's."""
    beside: Mapping[str, Beside] = field(default_factory=dict)
    scale: Scale = Scale()


def _nothing_to_say(_: Settings) -> Sequence[str]:
    return ()


@dataclass(frozen=True, kw_only=True)
class Manifest:
    """One service. ``name`` is that of its folder, its paths, its role and, where it carries
    cases, its queue."""

    name: str
    title: str
    description: str
    """One line for the contract."""
    summary: str
    """What it owns, for whoever runs it."""
    keys: tuple[str, ...]
    """Of the secrets file: ``field_key`` seals what is personal, ``hash_key`` finds identity
    numbers, ``receipt_key`` knows a repeated request again, ``document_key`` seals files."""
    scopes: Sequence[Scope]
    furnish: Callable[[House, str], Any] = common
    """What its routes have at hand."""
    webhooks: Sequence[Callable[..., None]] = ()
    """What it posts to others, for the contract."""
    beside: Mapping[str, Beside] = field(default_factory=dict)
    worker: Carrier | None = None
    cases: Sequence[KindOfCase] = ()
    """Kinds of case with a timeline."""
    told_by: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Every prefix of a case that it owns, and who may tell such a case to look at the record."""
    ledger: bool = False
    """Whether it books in the ledger for its cases, and reads it (``platform/ledger.py``)."""
    noted_by: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Of such a prefix the other services whose refused acts on the case are noted there."""
    offers: Mapping[type, Callable[[House], Any]] = field(default_factory=dict)
    """Ports whose steps it takes in its own name in another service's worker."""
    scale: Scale = Scale()
    folder: Folder | None = None
    store: Folder | None = None
    """What it keeps outside the database: where, as long as an operator names no bucket."""
    examined: Callable[[Settings], Sequence[str]] = _nothing_to_say
    """What the doctor says of what an operator gave this service alone; SettingsError for what is
    to be mended."""
    draws: bool = False
    """Whether it draws under the sealed seeds of a port's day (``draws``)."""
    reveals: bool = False
    """Whether it closes draw days and publishes their seeds."""
    reaches_out: bool = False
    """Whether its interface's process calls addresses outside."""
    mails: bool = False
    """Whether it speaks to the operator's mail server."""
    told: tuple[str, ...] = ()
    """Settings that an operator may give this service alone, by their variables."""
    given: tuple[str, ...] = ()
    """What of the secrets file an operator may give this service alone, beside its keys."""

    def __post_init__(self) -> None:
        asked = {*self.keys, *(self.worker.keys if self.worker is not None else ())}
        if foreign := sorted(asked - KEYS):
            raise ManifestUnfit(f"{self.name} asks for {', '.join(foreign)}, no service's to have")
        if unknown := sorted({kind.prefix for kind in self.cases} - set(CASES)):
            raise ManifestUnfit(f"{', '.join(unknown)}: no such case in kernel/identifiers.py")
        for scope in self.scopes:
            if scope.name.split(":")[0] != self.name:
                raise ManifestUnfit(f"{self.name} defines {scope.name}, which is not its own")
            if unknown := sorted(set(scope.roles) - set(DUTIES)):
                raise ManifestUnfit(
                    f"{scope.name} is granted to roles that there are not: {', '.join(unknown)}"
                )
        if missing := sorted({kind.prefix for kind in self.cases} - set(self.told_by)):
            raise ManifestUnfit(f"{self.name} does not say who tells {', '.join(missing)}")

    @property
    def routers(self) -> Sequence[APIRouter]:
        """Its routes: read by whoever answers requests or describes them."""
        found: Sequence[APIRouter] = import_module(f"services.{self.name}.api").ROUTERS
        return found

    @property
    def role(self) -> str:
        """Its database role."""
        return role_of(self.name)

    @property
    def health(self) -> str:
        """Under which path its interface says how it is."""
        return f"/{self.name}/health"

    @property
    def signing(self) -> frozenset[str]:
        """The scopes under which a person signs."""
        return frozenset(scope.name for scope in self.scopes if scope.signs)

    def app(self, services: Any, *, front: Front | None = None) -> FastAPI:
        """Its ASGI application. One that is only described is given None for ``services``."""
        app = create_application(
            name=self.name,
            title=self.title,
            description=self.description,
            routers=self.routers,
            services=services,
            signing=self.signing,
            front=front,
        )
        for told in self.webhooks:
            app.webhooks.post("event", tags=["webhooks"], responses=dict(_NOT_TAKEN))(told)
        return app
