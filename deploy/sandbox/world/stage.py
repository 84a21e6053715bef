"""Where a scene is played: who acts in it, when it began, and what is known from scenes before."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from joserfc.jwk import OKPKey

from deploy.sandbox.bank import SignedClient
from deploy.sandbox.office import Office
from deploy.sandbox.parties import Parties, Party, Unexpected
from deploy.sandbox.world.cast import AUDITOR, BANKS, Goods, Group, Port, Resident
from deploy.sandbox.world.mark import Mark
from deploy.sandbox.world.roll import Roll

_PATIENCE: Final = 4
"""So many times half a minute a case is waited for."""


@dataclass(frozen=True)
class Seat:
    """Of what a scene is played: whose goods, and how many shares of them in whose names."""

    group: Group
    goods: Goods
    shares: int
    offset: int
    """Of the group's mandated members the one whose share comes first."""
    number: int
    """Of its truck and its papers; no other scene has it."""

    @property
    def port(self) -> Port:
        """Where it comes in."""
        return self.group.port

    @property
    def holders(self) -> Sequence[Resident]:
        """The members in whose names it is declared; the clerk confirms for each of them."""
        members = self.group.mandated
        return [members[(self.offset + n) % len(members)] for n in range(self.shares)]


@dataclass(frozen=True)
class Stage:
    """One scene of the sample world."""

    name: str
    parties: Parties
    mark: Mark
    roll: Roll
    keys: Mapping[str, OKPKey]
    """Of each bank's signatures."""
    began: datetime
    seat: Seat | None = None

    @property
    def taken(self) -> Seat:
        """The seat of a scene that has one."""
        if self.seat is None:
            raise ValueError(f"{self.name} has no goods")
        return self.seat

    def known(self, what: str) -> dict[str, Any]:
        """Ids of scenes before, by what they name."""
        found: dict[str, Any] = self.mark.known.get(what, {})
        return found

    @property
    def clerk(self) -> Party:
        """The clerk of the scene's group."""
        return self.parties.act_as("clerk", f"group:{self.taken.group.code}")

    def resident(self, group: str, place: int) -> Party:
        """A member of a group, at the own phone."""
        party = self.resident_id(group, place)
        return self.parties.act_as("resident", f"resident:{party}")

    def resident_id(self, group: str, place: int) -> str:
        """The window's id of a member."""
        return str(self.known("residents")[group][place])

    def carrier(self, carrier: str) -> Party:
        return self.parties.act_as("carrier", carrier)

    def gate(self, gate: str, port: str) -> Party:
        return self.parties.act_as("gate", gate, port=port)

    def officer(self, officer_id: str, port: str) -> Party:
        """An officer by id."""
        return self.parties.act_as("officer", f"officer:{officer_id}", port=port)

    def badge(self, badge: str, *, role: str = "officer", port: str = "DONGXING") -> Party:
        """An officer by badge, in one of the officers' roles."""
        return self.parties.act_as(role, f"officer:{self.known('officers')[badge]}", port=port)

    def registrar(self, number: int = 1) -> Party:
        """One of the two registrars."""
        return self.parties.act_as("registrar", "platform:registrar", subject=f"registrar-{number}")

    @property
    def office(self) -> Office:
        """Both: what one files, the other confirms."""
        return Office(self.registrar(1), self.registrar(2))

    def factory(self, code: str) -> Party:
        return self.parties.act_as("enterprise", f"enterprise:{code}")

    def compliance(self, bic: str, number: int = 1) -> Party:
        """One of the two persons of a bank's compliance."""
        return self.parties.act_as(
            "bank_compliance", f"bank:{bic}", subject=f"{bic}-compliance-{number}"
        )

    def bank(self, bic: str) -> SignedClient:
        """A bank's way into the window, with its signature."""
        bearer = self.parties.act_as("bank", f"bank:{bic}").bearer
        return SignedClient(self.parties.http, bic, bearer, self.keys[bic])

    @property
    def banks(self) -> list[SignedClient]:
        return [self.bank(bank.bic) for bank in BANKS]

    @property
    def auditor(self) -> Party:
        """Who reads everything, to see how far a case is."""
        return self.parties.act_as("auditor", AUDITOR)

    async def until(self, path: str, ready: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        """A case as soon as it is ready. Raises Unexpected when it is not for two minutes."""
        case = await self.auditor.get(path)
        for _ in range(_PATIENCE):
            if ready(case):
                return case
            case = await self.auditor.later(path, case["version"]) or case
        raise Unexpected(f"{path} stays {case['state']}")


Play = Callable[[Stage], Awaitable[object]]
"""What happens in a scene."""
