"""Policy officers who make law, each time for a place of its own."""

from __future__ import annotations

from itertools import count, product
from string import ascii_uppercase
from typing import Any
from uuid import NAMESPACE_OID, uuid5

import asyncpg

from deploy.operate.data_directory import Endpoints
from services.kernel.identifiers import show
from tests.support.office import Office
from tests.support.on_file import officer_filed

PLACES = [f"PLACE{a}{b}" for a, b in product(ascii_uppercase[:8], ascii_uppercase)]
"""Ports where nobody trades: each test makes the law of its own."""
_places = count()


def policy_officer(subject: str) -> dict[str, str]:
    """A policy officer, as a caller of the registry."""
    party = f"officer:{show('ofc', uuid5(NAMESPACE_OID, subject))}"
    return {"role": "policy_officer", "subject": subject, "party": party, "port": "DONGXING"}


ADA, BEN, CYD = (policy_officer(subject) for subject in ("ada", "ben", "cyd"))


async def legislators_filed(stack: Endpoints) -> None:
    """They are on file and in service, and the places are ports."""
    async with asyncpg.create_pool(stack.database_url, min_size=0, max_size=1) as sql:
        await sql.execute(
            "INSERT INTO ports (port, name_zh, name_en, customs_office, active)"
            " SELECT p, p, p, '7208', false FROM unnest($1::text[]) AS p ON CONFLICT DO NOTHING",
            PLACES,
        )
        for officer in (ADA, BEN, CYD):
            code = officer["party"].partition(":")[2]
            await officer_filed(sql, officer["port"], officer_id=code)


def proposal(**changes: Any) -> dict[str, Any]:
    """Of a place of its own, unless it names another."""
    return {
        "key": "hushi.daily_quota_cny",
        "scope": PLACES[next(_places)] if "scope" not in changes else changes["scope"],
        "value": "8000.00",
        "authority": "trial authority 1",
        "effective_from": "2096-01-01",
        **changes,
    }


async def propose(window: Office, body: dict[str, Any], officer: dict[str, str] = ADA) -> str:
    answer = await window.post("/policy", body, **officer)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["policy_id"])


async def approve(window: Office, policy_id: str, officer: dict[str, str] = BEN) -> Any:
    return await window.post(f"/policy/{policy_id}/approval", {}, **officer)


async def decline(window: Office, policy_id: str, officer: dict[str, str] = BEN) -> Any:
    body = {"grounds": "its notice is not out"}
    return await window.post(f"/policy/{policy_id}/refusal", body, **officer)


async def standing(window: Office, state: str) -> dict[str, dict[str, Any]]:
    """What stands in a state, as officers list it."""
    found: dict[str, dict[str, Any]] = {}
    cursor = ""
    while True:
        answer = await window.get(f"/policy/proposals?state={state}&limit=200{cursor}", **BEN)
        page = answer.json()
        found |= {row["policy_id"]: row for row in page["items"]}
        if page["next_cursor"] is None:
            return found
        cursor = f"&cursor={page['next_cursor']}"
