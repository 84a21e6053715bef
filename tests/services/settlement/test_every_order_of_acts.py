"""In whatever order they act on a payment, its table answers, and money is conserved.

Eight things that people, the bank and the payment's goods do, four of them one after the other on
one that is held, three on one that was offered at once, where its seller may be listed too: 4,825
plays, of which an ordinary run takes a sample. After each act the payment stands where the table
leads from before, or where it stood, and the ledger and the drawn value are those of its state.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from itertools import product
from typing import Final
from uuid import UUID, uuid4

import httpx2
import pytest

from services.settlement.domain.states import INSTRUCTION, OPEN_STATES, InstructionState
from tests.services.settlement.payments import STATUSES, Offered
from tests.services.settlement.test_attending import attended
from tests.support.bench import API, Bench
from tests.support.on_file import seller_filed

S = InstructionState
BOOKED: Final = {
    S.OFFERED: ["RESERVE"],
    S.IN_PROGRESS: ["RESERVE"],
    S.SETTLED: ["RESERVE", "POST"],
    S.REJECTED: ["RESERVE", "VOID"],
}
"""What the ledger holds of a payment in a state. Held, it has what it had been offered with;
refused or taken back, that is void."""


@dataclass
class Play:
    """A payment, and where it stood before the act."""

    bench: Bench
    payment: Offered
    state: S
    seller: str
    offered: bool = False
    taken: bool = False
    signers: int = 0

    async def word(self, code: str) -> httpx2.Response:
        xml = self.payment.xml(code, reason="AC04" if code == "RJCT" else None)
        return await self.payment.client.post(STATUSES, xml, "application/xml")


async def release(play: Play) -> httpx2.Response:
    """Another person of the bank's compliance each time."""
    play.signers += 1
    return await play.bench.sign_hold(play.payment.instruction_id, f"lets-go-{play.signers}")


async def refuse(play: Play) -> httpx2.Response:
    return await play.bench.sign_hold(play.payment.instruction_id, "refuses-it", act="refuse")


async def cancel(play: Play) -> httpx2.Response:
    path = f"/instructions/{play.payment.instruction_id}/cancellation"
    return await play.bench.call("POST", path)


async def take(play: Play) -> httpx2.Response:
    answer = await play.payment.client.get(f"{API}/bank/messages/{play.payment.message_id}")
    play.taken = play.taken or answer.status_code == 200
    return answer


async def progress(play: Play) -> httpx2.Response:
    return await play.word("ACSP")


async def settle(play: Play) -> httpx2.Response:
    return await play.word("ACSC")


async def reject(play: Play) -> httpx2.Response:
    return await play.word("RJCT")


async def goods_seized(play: Play) -> None:
    """Customs ended with seizure, and the payment's case has looked."""
    lot = UUID(hex=play.payment.lot_id[4:])
    await play.bench.sql.execute("UPDATE lots SET state = 'SEIZED' WHERE lot_id = $1", lot)
    await attended(play.bench, play.payment.instruction_id)


async def listed(play: Play) -> None:
    """The payment's bank lists its seller, or has."""
    await play.bench.list_name(play.seller)


ACTS: Final[dict[str, Callable[[Play], Awaitable[httpx2.Response | None]]]] = {
    act.__name__: act
    for act in (
        release,
        refuse,
        cancel,
        take,
        progress,
        settle,
        reject,
        goods_seized,
        listed,
    )
}
_UNLISTED: Final = tuple(act for act in ACTS if act != "listed")


@pytest.mark.proof(keep=12)
@pytest.mark.parametrize(
    ("begins", "acts"),
    [
        pytest.param(begins, acts, id="-".join((begins, *acts)))
        for begins, among, length in (("HELD", _UNLISTED, 4), ("OFFERED", ACTS, 3))
        for acts in product(among, repeat=length)
    ],
)
async def test_its_table_answers_every_act_and_money_is_conserved(
    asleep: Bench, begins: str, acts: tuple[str, ...]
) -> None:
    seller = f"Every Order {uuid4().hex}"
    await seller_filed(asleep.sql, seller)
    lot_id = await asleep.lot(seller=seller)
    case = await asleep.read(
        await asleep.start(lot_id, "7000.00" if begins == "HELD" else "7934.00")
    )
    assert case["state"] == begins
    message = "msg_" + case["instruction_id"].removeprefix("stl_")
    play = Play(asleep, Offered(asleep, case, message), S(begins), seller)
    for act in acts:
        answer = await ACTS[act](play)
        allowed = (200, 202, 403, 404, 409)
        assert answer is None or answer.status_code in allowed, f"{act}: {answer.text}"
        await holds(play, act)


async def holds(play: Play, act: str) -> None:
    """The table allows what became of it; ledger and drawn value are those of its state."""
    bench, payment = play.bench, play.payment
    before, after = play.state, S((await bench.inside(payment.instruction_id))["state"])
    reached = {to for (at, _), to in INSTRUCTION.moves.items() if at == before}
    assert after == before or after in reached, f"{act}: {before} to {after}"
    assert not INSTRUCTION.is_final(before) or after == before
    assert not (play.taken and after is S.CANCELLED), "what its bank has taken is its bank's"
    booked = await bench.ledger(payment.instruction_id)
    play.offered = play.offered or booked[:1] == ["RESERVE"]
    held, ended = (["RESERVE"], ["RESERVE", "VOID"]) if play.offered else ([], [])
    assert booked == (held if after is S.HELD else BOOKED.get(after, ended))
    drawn = await bench.drawn(payment.lot_id)
    paid = int(await bench.sql.fetchval(_AMOUNT, UUID(hex=payment.instruction_id[4:])))
    if after is S.HELD:
        assert drawn in (0, paid)
    else:
        assert drawn == (paid if after in (*OPEN_STATES, S.SETTLED) else 0)
    play.state = after


_AMOUNT: Final = "SELECT amount_minor FROM settlement_instructions WHERE instruction_id = $1"
