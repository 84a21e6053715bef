"""Whatever two words a bank says of a payment, in whatever order and way: no money is made or lost,
and nothing is paid twice without a dispute.

Every status that ISO 20022 has, before and after every other and itself; both in one report, in
two, and in two that stand before the payment's turn at once; of each kind of payment that goes its
own way, and of words that bear one booking of the bank's or two. Of 5,994 plays an ordinary run
takes a sample. What must come of two words is said here by what the standard means by them;
ledger, message, drawn value, advices, disputes and `verify` are read afterwards.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, Final
from uuid import UUID, uuid4

import pytest
from sqlalchemy.ext.asyncio import AsyncConnection

from services.kernel.money import Money
from services.platform.payer_accounts import PayerAccount
from services.settlement.domain.messages import payment_status
from services.settlement.domain.messages.payment_status import Status
from services.settlement.domain.rules.answers import ACTS
from services.settlement.domain.states import InstructionState
from tests.services.settlement.payments import STATUSES, Offered
from tests.support.bench import API, BICS, Bench
from tests.support.by_hand import by_hand
from tests.support.on_file import payer_account_filed, seller_filed
from tests.support.patience import LOOKS
from tests.support.proof import Some
from tests.support.quoting import agreed
from tests.support.tampering import found_of

__all__ = ["by_hand"]

S = InstructionState
PAID: Final = frozenset({"ACSC", "ACCC", "CPUC"})
"""It was made: settled with its debtor or its creditor, or picked up in cash."""
NOT_PAID: Final = frozenset({"RJCT", "CANC"})
"""It was not made, and will not be."""
BLOCKED: Final = "BLCK"
"""The money lies where neither of them has it."""
AT_WORK: Final = frozenset(
    "RCVD ACTC PATC ACCP ACFC ACWC ACSP ACPD ACWP ACIS PRES PDNG".split()  # noqa: SIM905
)
"""It is under way."""
CODES: Final = tuple(sorted({*PAID, *NOT_PAID, *AT_WORK, BLOCKED}))


@dataclass(frozen=True)
class Word:
    """What a bank says of a payment, and under which booking of its own."""

    code: str
    booked_as: str


@dataclass(frozen=True)
class Play:
    """A payment that two words are said of."""

    bench: Bench
    payment: Offered
    gives: Money
    gets: Money
    state: S = S.OFFERED
    seen: bool = True
    """Whether what it is held for was found before its bank says anything."""
    reported: int = 1
    """How many reports a payment owes that was made."""

    async def say(self, *words: Word) -> None:
        """Both in one report."""
        statuses = [
            Status(
                original_message=self.payment.message_id[4:],
                original_instruction=self.payment.instruction_id[4:],
                code=word.code,
                amount=self.gets,
                reason="AC04" if word.code in NOT_PAID else None,
                bank_reference=word.booked_as,
            )
            for word in words
        ]
        report = payment_status.built(
            message_ref=uuid4().hex,
            created_at=datetime.now(UTC),
            from_bic=self.payment.bic,
            statuses=statuses,
        )
        answer = await self.payment.client.post(STATUSES, report, "application/xml")
        assert answer.status_code in (200, 202, 409), answer.text


# -- the kinds of payment that go their own way -----------------------------------------------


async def instructed(bench: Bench, amount: str = "7934.00", **how: str) -> Play:
    """A payment of a lot's whole value, as its parties ask for it."""
    seller = f"Two Words {uuid4().hex}"
    await seller_filed(bench.sql, seller)
    lot: dict[str, Any] = {"seller": seller}
    if "party" in how:
        lot |= {"group_code": None, "submitted_by": how["party"]}
    case = await bench.read(
        await bench.start(await bench.lot(amount, **lot), amount, **how),
        **{name: how[name] for name in ("role", "party") if name in how},
    )
    assert case["state"] == "OFFERED"
    offered = Offered(bench, case, f"msg_{case['instruction_id'][4:]}")
    gives, gets = (Money.parse(m["amount"], m["currency"]) for m in (case["amount"], case["gets"]))
    return Play(bench, offered, gives, gets)


async def taken(play: Play) -> Play:
    """Its bank has taken the message."""
    path = f"{API}/bank/messages/{play.payment.message_id}"
    assert (await play.payment.client.get(path)).status_code == 200
    return play


async def to_a_seller(bench: Bench) -> Play:
    return await taken(await instructed(bench))


async def in_another_currency(bench: Bench) -> Play:
    if not await bench.sql.fetchval(_PRICED):
        await agreed(bench)
    wish = {"amount": "7934.00", "currency": "CNY", "pay_currency": "VND"}
    locked = await bench.call("POST", "/firm-quotes", json=wish)
    assert locked.status_code == 201, locked.text
    quote = locked.json()["quote_id"]
    return await taken(await instructed(bench, pay_currency="VND", firm_quote_id=quote))


_PRICED: Final = (
    "SELECT EXISTS (SELECT FROM v_prices WHERE pair = 'CNY/VND' AND valid_from <= now()"
    " AND valid_until > now() + interval '10 seconds')"
)


async def a_residents_own(bench: Bench) -> Play:
    """Of a sum that is reported besides, by a message that is kept sealed."""
    party = f"resident:res_{uuid4().hex}"
    own = PayerAccount(f"622847{uuid4().int % 10**13:013d}", "Nong Qiang", "", "Dongxing", "CN")
    for bic in BICS:
        await payer_account_filed(bench.sql, bench.services.vault, party, bic, own)
    play = await instructed(bench, "200000.00", role="resident", party=party)
    return replace(await taken(play), reported=2)


async def held_and_kept_back(bench: Bench) -> Play:
    """Its seller was listed before its bank would have taken it."""
    play = await unseen(bench)
    path = f"{API}/bank/messages/{play.payment.message_id}"
    assert (await play.payment.client.get(path)).json()["code"] == "HELD_ANEW"
    return replace(play, seen=True)


async def taken_back(bench: Bench) -> Play:
    play = await instructed(bench)
    back = f"/instructions/{play.payment.instruction_id}/cancellation"
    assert (await bench.call("POST", back)).json()["state"] == "CANCELLED"
    return replace(play, state=S.CANCELLED)


async def unseen(bench: Bench) -> Play:
    """Its seller was listed after it was offered, and nobody has taken it yet."""
    play = await instructed(bench)
    name = await bench.sql.fetchval(_SELLER, UUID(hex=play.payment.instruction_id[4:]))
    entry = {"list_name": "UN", "reference": uuid4().hex, "kind": "NAME", "value": name}
    compliance = {"role": "bank_compliance", "party": f"bank:{play.payment.bic}"}
    added = await bench.call("POST", "/screening-entries", **compliance, json=entry)
    assert added.status_code == 201, added.text
    return replace(play, state=S.HELD, seen=False)


_SELLER: Final = (
    "SELECT name FROM sellers JOIN settlement_instructions USING (seller_code)"
    " WHERE instruction_id = $1"
)
KINDS: Final[dict[str, Callable[[Bench], Awaitable[Play]]]] = {
    kind.__name__: kind
    for kind in (
        to_a_seller,
        in_another_currency,
        a_residents_own,
        held_and_kept_back,
        unseen,
        taken_back,
    )
}


# -- the ways in which two words come ---------------------------------------------------------


async def in_one_report(play: Play, first: Word, second: Word) -> None:
    await play.say(first, second)


async def in_two_reports(play: Play, first: Word, second: Word) -> None:
    await play.say(first)
    await play.say(second)


async def in_two_at_once(play: Play, first: Word, second: Word) -> None:
    """By two connections, both of which stand before the lot's turn before either gets it."""
    said = []
    async with play.bench.sql.acquire() as other, other.transaction():
        lot = UUID(hex=play.payment.lot_id[4:])
        await other.execute("SELECT lock_case($1, NULL)", lot)
        for number, word in enumerate((first, second), 1):
            said.append(asyncio.ensure_future(play.say(word)))
            for _ in range(LOOKS):
                if await other.fetchval(_STANDING) >= number:
                    break
                await asyncio.sleep(0.002)
            else:
                raise AssertionError(f"fewer than {number} stand before the turn")
    await asyncio.gather(*said)


_STANDING: Final = (
    "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted AND database ="
    " (SELECT oid FROM pg_database WHERE datname = current_database())"
)
WAYS: Final = {way.__name__: way for way in (in_one_report, in_two_reports, in_two_at_once)}


# -- what must come of them -------------------------------------------------------------------


@dataclass(frozen=True)
class End:
    """Where a payment stands after both, and how many disputes are open about it."""

    state: S
    disputes: int


def must_end(play: Play, words: tuple[Word, Word], *, together: bool) -> End:
    """What two words must come to, by what the standard means by them.

    Said in one breath, paid and not paid are both disbelieved, unless it had ended before. A bank's
    word ends a payment once; what says otherwise afterwards, or that the money is blocked, or paid
    under another booking, is for people to find out. What is held, or was taken back, it does not
    end at all. Of what would be held if its bank took it, it ends one by not paying it.
    """
    state = play.state
    if not play.seen and {w.code for w in (words if together else words[:1])} <= NOT_PAID:
        state = S.OFFERED
    if state is not S.CANCELLED and together and _at_odds(words):
        return End(state, 2)
    paid_as, disputes = None, 0
    for word in words:
        if state in (S.OFFERED, S.IN_PROGRESS):
            state = _ended(word.code)
            paid_as = word.booked_as if state is S.SETTLED else None
        elif state is S.SETTLED and word.code in PAID:
            disputes += word.booked_as != paid_as
        elif word.code in (NOT_PAID if state is S.SETTLED else PAID) or word.code == BLOCKED:
            disputes += 1
        elif state is S.HELD:
            disputes += word.code in NOT_PAID
    return End(state, disputes)


def _at_odds(words: tuple[Word, Word]) -> bool:
    codes = {word.code for word in words}
    return bool(codes & PAID) and bool(codes & NOT_PAID)


def _ended(code: str) -> S:
    if code in PAID:
        return S.SETTLED
    return S.REJECTED if code in NOT_PAID else S.IN_PROGRESS


BOOKED: Final = {
    S.OFFERED: ["RESERVE"],
    S.HELD: ["RESERVE"],
    S.IN_PROGRESS: ["RESERVE"],
    S.SETTLED: ["RESERVE", "POST"],
    S.REJECTED: ["RESERVE", "VOID"],
    S.CANCELLED: ["RESERVE", "VOID"],
}
ADVISED: Final = {S.SETTLED: {"DEBIT", "CREDIT"}, S.REJECTED: {"RETURN"}}
_STANDS: Final = """
    SELECT i.state, m.closed_at IS NOT NULL AS closed, i.drawn_minor,
        (SELECT reserved_minor FROM drawdowns WHERE lot_id = i.lot_id) AS reserved,
        (SELECT paid_minor FROM drawdowns WHERE lot_id = i.lot_id) AS paid,
        (SELECT count(*) FROM bank_disputes AS d
            WHERE d.instruction_id = i.instruction_id AND d.resolved_at IS NULL) AS disputes,
        ARRAY(SELECT kind FROM ledger_transactions
            WHERE case_id = i.instruction_id ORDER BY booked_at) AS booked,
        ARRAY(SELECT a.kind FROM settlement_advices AS a
            WHERE a.instruction_id = i.instruction_id) AS advised,
        (SELECT count(*) FROM payment_reports AS r
            WHERE r.instruction_id = i.instruction_id) AS reported,
        (SELECT json_object_agg(layer || ' ' || account, minor) FROM (
            SELECT p.layer, split_part(a.code, ':', 1) AS account, sum(p.amount_minor) AS minor
            FROM ledger_postings AS p JOIN ledger_accounts AS a USING (account_id)
            JOIN ledger_transactions AS t USING (transaction_id)
            WHERE t.case_id = i.instruction_id AND a.code ~ '^(buyer|seller):' GROUP BY 1, 2
        ) AS sums) AS sums,
        (SELECT count(*) FROM ledger_transactions AS t WHERE t.case_id = i.instruction_id
            AND EXISTS (SELECT FROM ledger_postings AS p
                WHERE p.transaction_id = t.transaction_id
                GROUP BY p.layer, p.currency HAVING sum(p.amount_minor) <> 0)) AS unbalanced
    FROM settlement_instructions AS i JOIN bank_messages AS m USING (instruction_id)
    WHERE i.instruction_id = $1
"""


async def holds(play: Play, end: End) -> None:
    """It stands as it must, and everything that is kept of its money says the same."""
    bench, payment = play.bench, play.payment
    row = await bench.sql.fetchrow(_STANDS, UUID(hex=payment.instruction_id[4:]))
    assert row is not None
    assert (S(row["state"]), row["disputes"]) == (end.state, end.disputes)
    settled = end.state is S.SETTLED
    assert (row["booked"], row["unbalanced"]) == (BOOKED[end.state], 0)
    assert len(row["advised"]) == len(ADVISED.get(end.state, ()))
    assert set(row["advised"]) == ADVISED.get(end.state, set())
    assert row["reported"] == play.reported * settled
    promised = BOOKED[end.state] == ["RESERVE"]
    drawn = play.gives.minor
    assert row["drawn_minor"] == (drawn if settled or promised else 0)
    assert (row["reserved"], row["paid"]) == (drawn * promised, drawn * settled)
    assert row["closed"] is not (end.state in (S.OFFERED, S.IN_PROGRESS))
    sums = json.loads(row["sums"])
    for layer, there in (("POSTED", settled), ("PENDING", promised)):
        assert sums.get(f"{layer} buyer", 0) == -drawn * there
        assert sums.get(f"{layer} seller", 0) == play.gets.minor * there


def test_it_is_said_here_of_every_status_what_the_standard_means_by_it() -> None:
    assert set(CODES) == set(ACTS)
    assert len(CODES) == 18


def pairs(first: str, seconds: list[str]) -> Iterator[tuple[Word, Word]]:
    """The first code before each of the others, under one booking; of two that pay, two too."""
    for second in seconds:
        yield Word(first, "B-1"), Word(second, "B-1")
        if {first, second} <= PAID:
            yield Word(first, "B-1"), Word(second, "B-2")


@pytest.mark.proof(keep=15)
@pytest.mark.parametrize("first", CODES)
@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("kind", KINDS)
async def test_two_words_of_a_bank_move_money_once_or_are_disputed(
    asleep: Bench, by_hand: AsyncConnection, some: Some, kind: str, way: str, first: str
) -> None:
    payments = []
    for words in pairs(first, some(CODES, 3)):
        play = await KINDS[kind](asleep)
        await WAYS[way](play, *words)
        await holds(play, must_end(play, words, together=way == "in_one_report"))
        payments.append(play.payment.instruction_id)
    assert await found_of(by_hand, payments) == {}
