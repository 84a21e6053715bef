"""What a process gives its services: built once in it, connections made when used."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Protocol, TypeVar

from services.kernel.case_kinds import KindOfCase
from services.platform.answers import Receipts
from services.platform.authentication import Authenticator
from services.platform.bell import Bell
from services.platform.database import Database
from services.platform.passkeys import relying_party
from services.platform.policy import PolicyCache
from services.platform.services import Services
from services.platform.settings import Settings
from services.platform.tail import Tail
from services.platform.vault import Vault
from services.platform.waiting import WaitingRoom

P = TypeVar("P")


class House(Protocol):
    """One process, as its services see it."""

    settings: Settings

    @property
    def authenticator(self) -> Authenticator:
        """Checks the issuer's tokens."""

    @property
    def receipts(self) -> Receipts:
        """Knows a repeated request again."""

    @property
    def vault(self) -> Vault:
        """Seals and opens personal data, with the keys that this process was given."""

    @property
    def bell(self) -> Bell:
        """Rung after every commit."""

    @property
    def kinds(self) -> Mapping[str, KindOfCase]:
        """Every service's kinds of case with a timeline, by the prefix of their ids."""

    @property
    def event_types(self) -> frozenset[str]:
        """Every type of event that any service says."""

    def database(self, service: str) -> Database:
        """A service's pool under its own role."""

    def tail(self, service: str) -> Tail:
        """The one reader of the log in this process."""

    def waiting(self, service: str) -> WaitingRoom:
        """Where the callers of this process wait."""

    def step(self, port: type[P]) -> P:
        """The steps that another service offers to take in its own name (``Manifest.offers``)."""

    def before_stop(self, end: Callable[[], None]) -> None:
        """Have this called first when the process stops: it ends what would else last."""


def common(house: House, name: str) -> Services:
    """What a service has at hand that needs nothing of its own."""
    return Services(
        database=house.database(name),
        authenticator=house.authenticator,
        receipts=house.receipts,
        vault=house.vault,
        policy=PolicyCache(),
        waiting=house.waiting(name),
        passkeys=relying_party(house.settings),
    )
