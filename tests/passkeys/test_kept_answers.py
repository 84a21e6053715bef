"""What phones agreed to is checked anew by `tradewindow verify`, from the record alone."""

from __future__ import annotations

import json
from typing import Any, Final
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from deploy.operate.verify.records import differing_records
from services.kernel.events import canonical_json
from tests.passkeys.test_touching import LOTS, YES, Holder, answer, holder, own_lot
from tests.support.harbour import Harbour
from tests.support.passkey import new_phone, read, written

NONE: Final = "touches has no answer to what SharesConfirmed says"
UNSAID: Final = "touches has an answer of which the log says nothing"
OTHER_KEY: Final = "touches has an answer by another key than was bound to the resident"
NOT_GIVEN: Final = "touches has an answer to SharesConfirmed that its passkey did not give"
ELSE: Final = "touches has an answer to something else than SharesConfirmed"


async def found(connection: AsyncConnection, case: str) -> list[str]:
    """What verify says of a lot's answers: a neighbour's worker may be screening it just now."""
    case_id = UUID(hex=case[4:])
    events = await connection.execute(
        text("SELECT * FROM events WHERE case_id = :case_id ORDER BY seq"), {"case_id": case_id}
    )
    by: Any = connection
    chains: Any = {case_id: ("lot", events.all())}
    said = (await differing_records(by, chains)).get(case_id, [])
    return [one for one in said if one.startswith("touches")]


async def touched(harbour: Harbour) -> Holder:
    """A member who has confirmed by one touch."""
    one = await holder(harbour, 2)
    assert (await one.says(answer(one.phone, await one.asked()))).status_code == 200
    return one


async def changed(connection: AsyncConnection, one: Holder, **columns: Any) -> None:
    checked = "ck_touches_challenge"
    await connection.execute(text(f"ALTER TABLE touches DROP CONSTRAINT IF EXISTS {checked}"))
    sets = ", ".join(f"{name} = :{name}" for name in columns)
    statement = text(f"UPDATE touches SET {sets} WHERE case_id = :case_id")
    done = await connection.execute(statement, {**columns, "case_id": UUID(hex=one.lot_id[4:])})
    assert done.rowcount == 1


async def test_what_was_agreed_to_holds(harbour: Harbour, by_hand: AsyncConnection) -> None:
    one = await touched(harbour)
    body = await own_lot(one)
    asked = await one.session.post("/declaration/v1/touches", body)
    own = await one.session.post(LOTS, {**body, "touch": answer(one.phone, asked)})
    no = await holder(harbour)
    await no.says(answer(no.phone, await no.asked("NO")), "refusals")
    for case in (one.lot_id, own["lot_id"], no.lot_id):
        assert await found(by_hand, case) == []


async def test_an_answer_that_is_gone_is_missed(harbour: Harbour, by_hand: AsyncConnection) -> None:
    one = await touched(harbour)
    gone = text("DELETE FROM touches WHERE case_id = :case_id")
    await by_hand.execute(gone, {"case_id": UUID(hex=one.lot_id[4:])})
    assert await found(by_hand, one.lot_id) == [NONE]


async def test_an_answer_that_nobody_gave_is_named(
    harbour: Harbour, by_hand: AsyncConnection
) -> None:
    one, other = await touched(harbour), await holder(harbour)
    await other.session.post(f"{LOTS}/{other.lot_id}/{YES}", {})
    moved = text("UPDATE touches SET case_id = :to WHERE case_id = :case_id")
    to = {"to": UUID(hex=other.lot_id[4:]), "case_id": UUID(hex=one.lot_id[4:])}
    await by_hand.execute(moved, to)
    # Its case goes on meanwhile: what is recorded while this reads is none of it.
    assert UNSAID in await found(by_hand, other.lot_id)


@pytest.mark.parametrize("column", ["signature", "authenticator_data", "client_data"])
async def test_a_changed_answer_is_named(
    harbour: Harbour, by_hand: AsyncConnection, column: str
) -> None:
    one = await touched(harbour)
    other = answer(one.phone, await one.asked("NO"))
    await changed(by_hand, one, **{column: read(other[column])})
    assert await found(by_hand, one.lot_id) == [NOT_GIVEN]


async def test_terms_that_were_changed_are_named(
    harbour: Harbour, by_hand: AsyncConnection
) -> None:
    one = await touched(harbour)
    terms = dict((await one.asked())["terms"])
    await changed(by_hand, one, terms=canonical_json({**terms, "version": 9}))
    assert await found(by_hand, one.lot_id) == [NOT_GIVEN]
    await changed(by_hand, one, terms=json.dumps({**terms, "answer": "NO"}))
    assert await found(by_hand, one.lot_id) == [ELSE]


async def test_an_answer_that_was_made_up_with_another_key_is_named(
    harbour: Harbour, by_hand: AsyncConnection
) -> None:
    """All of it fits, but for the key: nobody bound that one at the desk."""
    one = await touched(harbour)
    challenge = await by_hand.scalar(
        text("SELECT challenge FROM touches WHERE case_id = :case_id"),
        {"case_id": UUID(hex=one.lot_id[4:])},
    )
    forger = new_phone(harbour.window)
    made = {name: read(said) for name, said in forger.touch(written(challenge)).items()}
    await changed(by_hand, one, public_key=forger.public_key, **made)
    assert await found(by_hand, one.lot_id) == [OTHER_KEY]
