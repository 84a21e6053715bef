"""A payer whose account, or whose seller's, is or was another's."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import uuid4

from tests.attempts.attempt import attempt, ends
from tests.attempts.payers import WHO, held_by_whom
from tests.attempts.world import World, a_name
from tests.support.bench import BICS
from tests.support.numbers import fresh


@attempt(
    WHO,
    "is on a list of names, and has another filed as the holder of the account before it instructs",
    ends(("HELD", ["holder_before"]), "held: who held an account is screened, too", "SET-35"),
)
async def pays_from_what_a_listed_holder_had(world: World) -> tuple[str, list[str]]:
    listed, (party, lot) = a_name(), await pays_from(world)
    rows = await accounts_filed(world, party, listed)
    for row in rows:
        await world.window.changed("payer_account", {**row, "holder": a_name()})
    await world.bench.list_name(listed)
    return await held_by_whom(world, party, **lot)


@attempt(
    WHO,
    "has a number filed as its account that a listed name gave up for it",
    ends(("HELD", ["holder_before"]), "held: whoever had the number is screened, too", "SET-35"),
)
async def pays_from_a_number_given_up(world: World) -> tuple[str, list[str]]:
    listed, (first, _), (party, lot) = a_name(), await pays_from(world), await pays_from(world)
    rows = await accounts_filed(world, first, listed)
    for row in rows:
        await world.window.changed("payer_account", {**row, "account": a_number()})
    await accounts_filed(world, party, a_name(), [row["account"] for row in rows])
    await world.bench.list_name(listed)
    return await held_by_whom(world, party, **lot)


@attempt(
    WHO,
    "pays a seller whose account was a listed seller's, which was filed with another since",
    ends(
        ("HELD", ["seller_account_before"]),
        "held: whoever had the seller's account is screened, too",
        "SET-35",
    ),
)
async def pays_to_a_listed_ones_number(world: World) -> tuple[str, list[str]]:
    row, listed, seller = a_seller(), a_seller(), a_name()
    await world.window.on_file("sellers", listed)
    await world.window.changed("seller", {**listed, "account": a_number()})
    written = f"{listed['account'][:4]} {listed['account'][4:]}"
    await world.window.on_file("sellers", {**row, "name": seller, "account": written})
    await world.bench.list_name(listed["name"])
    party, lot = await pays_from(world)
    return await held_by_whom(world, party, seller=seller, **lot)


@attempt(
    WHO,
    "pays a seller that had a listed seller's account, and was filed with another since",
    ends(
        ("HELD", ["seller_account_before"]),
        "held: whose account a seller had is screened, too",
        "SET-35",
    ),
)
async def pays_who_had_a_listed_ones_number(world: World) -> tuple[str, list[str]]:
    listed, row = a_seller(), a_seller()
    await world.window.on_file("sellers", listed)
    await world.window.on_file("sellers", {**row, "account": listed["account"]})
    await world.window.changed("seller", row)
    await world.bench.list_name(listed["name"])
    party, lot = await pays_from(world)
    return await held_by_whom(world, party, seller=row["name"], **lot)


@attempt(
    WHO,
    "pays a seller who is filed with the very account of a listed one",
    ends(
        ("HELD", ["seller_account_before"]),
        "held: whoever else has the seller's account is screened, too",
        "SET-35",
    ),
)
async def pays_to_a_listed_ones_account(world: World) -> tuple[str, list[str]]:
    listed, row = a_seller(), a_seller()
    await world.window.on_file("sellers", listed)
    await world.window.on_file("sellers", {**row, "account": listed["account"]})
    await world.bench.list_name(listed["name"])
    party, lot = await pays_from(world)
    return await held_by_whom(world, party, seller=row["name"], **lot)


@attempt(
    WHO,
    "pays a seller who is filed with the account that a listed payer gave up",
    ends(
        ("HELD", ["seller_account_before"]),
        "held: whoever had the seller's account is screened, too",
        "SET-35",
    ),
)
async def pays_to_a_listed_payers_number(world: World) -> tuple[str, list[str]]:
    listed, row, (first, lot) = a_name(), a_seller(), await pays_from(world)
    (account, *_) = await accounts_filed(world, first, listed)
    await world.window.changed("payer_account", {**account, "account": a_number()})
    paid_to = {"bank_bic": account["bank_bic"], "account": account["account"]}
    await world.window.on_file("sellers", {**row, **paid_to})
    await world.bench.list_name(listed)
    party, lot = await pays_from(world)
    return await held_by_whom(
        world, party, seller=row["name"], seller_bank_bic=account["bank_bic"], **lot
    )


def a_number() -> str:
    """The number of an account that nobody else has."""
    return fresh(19)


def a_seller() -> dict[str, Any]:
    """A seller as a registrar would file it."""
    row = {"seller_code": f"S-{uuid4().hex[:12]}", "name": a_name(), "country": "VN"}
    return {**row, "bank_bic": "BFTVVNVX", "account": a_number()}


async def pays_from(world: World) -> tuple[str, dict[str, Any]]:
    """A group of its own that pays, and what its lots say of it."""
    group = await world.group()
    party = f"group:{group.code}"
    return party, {"group_code": group.code, "submitted_by": party}


async def accounts_filed(
    world: World, party: str, holder: str, numbers: Sequence[str] = ()
) -> list[dict[str, Any]]:
    """A payer's accounts at every bank, whichever is on duty, as two registrars file them."""
    rows = []
    for bic, number in zip(BICS, numbers or [a_number() for _ in BICS], strict=True):
        row = {"party": party, "bank_bic": bic, "account": number, "holder": holder}
        rows.append({**row, "town": "Dongxing", "country": "CN"})
        await world.window.on_file("payer-accounts", rows[-1])
    return rows
