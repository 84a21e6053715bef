"""Submitting a lot: one transaction, all reasons or one acceptance."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import text

from services.declaration import queries
from services.declaration.commands.lots import clock_of, side_of
from services.declaration.commands.touches import (
    KEPT,
    Phones,
    Touch,
    own_lot_touched,
    touch_required,
)
from services.declaration.domain import events
from services.declaration.domain.declared import (
    declared_digest,
    described_digest,
    figures_digest,
    loads_digest,
)
from services.declaration.domain.loads import loads_of
from services.declaration.domain.model import Facts, QuotaLimits, Submission
from services.declaration.domain.rules.entry import (
    entry_is_on_record,
    entry_law,
    entry_on_record,
)
from services.declaration.domain.rules.release_clock import ReleaseClock, release_clock
from services.declaration.domain.rules.submission import DAILY_QUOTA, assess
from services.declaration.domain.states import LOT, LotState
from services.declaration.tables import MANIFEST_WEIGHT, TRUCK_LOAD
from services.kernel.canonical import name_key, number_key, reference_key
from services.kernel.clock import business_day
from services.kernel.events import MoneyBody
from services.kernel.header import Header
from services.kernel.identifiers import new_uuid, show
from services.kernel.messages import Actor
from services.kernel.money import Money
from services.kernel.policy import PolicyBook
from services.kernel.refusal import Refusal, Refused, refuse_if_any
from services.kernel.refusals import NOT_YOURS
from services.kernel.rule import asked
from services.platform.act import RECORD, Act
from services.platform.visibility import customs, gate

LOAD: Final = TRUCK_LOAD.open_and_reserve_each(
    "CAST(:gross_kg AS numeric)",
    limit="rated_kg",
    each="""(
        SELECT plate_key, CAST(:port AS text) AS port, entered_at, rated_kg, titled
        FROM unnest(
            CAST(:loaded_plates AS text[]), CAST(:loaded_entries AS timestamptz[]),
            CAST(:loaded_rated AS numeric[]), CAST(:loaded_named AS boolean[])
        ) AS t (plate_key, entered_at, rated_kg, titled)
    ) AS loaded""",
)
"""By which a lot becomes a part of its trucks' loads."""
_WRITES: Final = f"""
    lot AS (
        INSERT INTO lots (
            lot_id, reference, reference_key, submitted_by, group_code, port, customs_office,
            direction, vehicle_plate, plate_key, foreign_plate, foreign_plate_key, manifest_no,
            manifest_key, loaded_plates, loaded_entries, loaded_named, origin, shipped_from, seller,
            seller_key, seller_bank_bic, seller_code, seller_account, seller_account_bic, hs_code,
            goods_name, perishable, purpose, net_kg, gross_kg, pieces, value_minor, currency,
            ticket_count, entered_at, business_on, replay, state, submitted_at, shares_due_at,
            clock_started_at, release_due_at
        ) VALUES (
            :lot_id, :reference, :reference_key, :submitted_by, :group_code, :port,
            :customs_office, :direction, :vehicle_plate, :plate_key, :foreign_plate,
            :foreign_plate_key, :manifest_no, :manifest_key, CAST(:loaded_plates AS text[]),
            CAST(:loaded_entries AS timestamptz[]), CAST(:loaded_named AS boolean[]),
            :origin, :shipped_from, :seller, :seller_key, :seller_bank_bic, :seller_code,
            :seller_account, :seller_account_bic, :hs_code, :goods_name, :perishable, :purpose,
            :net_kg, :gross_kg, :pieces, :value_minor, :currency, :ticket_count, :entered_at,
            :business_on, :replay, :state, :at, :shares_due_at, :clock_started_at, :release_due_at
        )
    ), share AS (
        INSERT INTO tickets (
            lot_id, line_no, ticket_id, resident_id, net_kg, value_minor, currency, confirmed_at
        )
        SELECT :lot_id, line_no, ticket_id, resident_id, net_kg, value_minor, :currency,
            :confirmed_at
        FROM unnest(
            CAST(:lines AS int[]), CAST(:ticket_ids AS uuid[]), CAST(:residents AS uuid[]),
            CAST(:nets AS numeric[]), CAST(:values AS bigint[])
        ) AS t (line_no, ticket_id, resident_id, net_kg, value_minor)
    ), quota AS (
        -- Sorted, so that two lots with the same residents never lock them crosswise.
        INSERT INTO quota_days AS q (
            resident_id, business_on, limit_minor, reserved_minor, max_tickets, tickets
        )
        SELECT resident_id, :business_on, :limit_minor, sum(value_minor), NULL, count(*)
        FROM unnest(CAST(:residents AS uuid[]), CAST(:values AS bigint[]))
            AS t (resident_id, value_minor)
        GROUP BY resident_id ORDER BY resident_id
        ON CONFLICT (resident_id, business_on) DO UPDATE SET
            reserved_minor = q.reserved_minor + excluded.reserved_minor,
            tickets = q.tickets + excluded.tickets,
            limit_minor = excluded.limit_minor,
            max_tickets = NULL
        RETURNING resident_id
    ), port AS (
        -- Counted at every port: a limit that begins today counts what came before it. Who counts
        -- a resident's here holds the quota row already.
        INSERT INTO port_tickets AS p (resident_id, business_on, port, tickets, max_tickets)
        SELECT resident_id, :business_on, :port, count(*), CAST(:max_tickets AS integer)
        FROM unnest(CAST(:residents AS uuid[])) AS t (resident_id) JOIN quota USING (resident_id)
        GROUP BY resident_id
        ON CONFLICT (resident_id, business_on, port) DO UPDATE SET
            tickets = p.tickets + excluded.tickets,
            max_tickets = excluded.max_tickets
    ), weight AS (
        {MANIFEST_WEIGHT.reserve("CAST(:gross_kg AS numeric)")}
    ), load AS (
        {LOAD}
    )
    SELECT {RECORD}
"""
ACCEPT: Final = text(f"WITH {_WRITES}")
"""An acceptance: lot, tickets, quota, manifest, truck, its event, its case and the answer to the
request that asked for it; the whole transaction."""
ACCEPT_TOUCHED: Final = text(f"WITH {KEPT}, {_WRITES}")
"""The same of a lot that its resident declared by passkey, with the phone's answer."""


@dataclass(frozen=True, slots=True)
class Accepted:
    """A lot just accepted: its case has one event, so its version is 1."""

    lot_id: str
    lot: Submission
    """As it is filed: entered when the gate saw it, its group in the spelling of the registry,
    perishable as its line says."""
    state: LotState
    clock: ReleaseClock | None
    shares_due_at: datetime | None = None
    """Until when its members answer; None when nobody is asked."""
    version: int = 1


async def lot_assess(
    act: Act, lot: Submission, phones: Phones, touch: Touch | None
) -> tuple[Accepted, dict[str, Any]]:
    """What the lot becomes and the bind values of ACCEPT, when every rule lets it pass.

    ACCEPT is the whole transaction: lot, tickets, each resident's quota, the manifest's weight,
    the truck's load, the event, the start of the lot's workflow and the caller's answer, or nothing
    of it. Its constraints are the last guard under a race. Nothing is written here. With ``touch``,
    the phone's answer to exactly this lot, the values are those of ACCEPT_TOUCHED.
    Raises Refused with every reason found.
    """
    facts, act.policy_version = await queries.submission_facts(act, lot)
    law = await act.law()
    limits = quota_limits(law, lot)
    filed = judged(act, lot, facts, limits, law)
    resident = queries.own_resident(act.actor)
    if resident is not None:
        await touch_required(act, filed.port, touched=touch is not None)
    if touch is None:
        return acceptance(act, filed, facts, limits, law)
    if resident is None:
        raise Refused(NOT_YOURS.at("/touch"))
    kept = await own_lot_touched(act, phones, touch, lot, resident)
    challenge = kept["touch_challenge"].hex()
    accepted, values = acceptance(act, filed, facts, limits, law, touch=challenge)
    return accepted, {**values, **kept, "touch_case": values["lot_id"]}


def judged(
    act: Act, lot: Submission, facts: Facts, limits: QuotaLimits, law: PolicyBook
) -> Submission:
    """A lot as it is filed when every rule lets it pass. Raises Refused with every reason found."""
    today = business_day(act.at)
    entry = entry_law(law, port=lot.port, today=today)
    entered_at = entry_on_record(lot.entered_at, facts.entries)
    seen = replace(lot, entered_at=entered_at, replay=entry.replays)
    # At a port that there is not, no gate has seen anything: that there is none says enough.
    entered = (
        asked(today, entry_is_on_record, lot, facts.entries, entry, now=act.at)
        if facts.port_known
        else []
    )
    refuse_if_any(_may_declare(lot, facts, act.actor) or [*entered, *assess(seen, facts, limits)])
    return replace(
        seen,
        group_code=facts.group_code,
        perishable=facts.perishable(lot.hs_code),
    )


def acceptance(
    act: Act,
    lot: Submission,
    facts: Facts,
    limits: QuotaLimits,
    law: PolicyBook,
    *,
    touch: str | None = None,
) -> tuple[Accepted, dict[str, Any]]:
    """A lot that every rule lets pass: what it becomes, and the bind values of ACCEPT."""
    confirmed = act.actor.party_kind == "resident"
    clock = _clock(lot, law, act.at) if confirmed else None
    shares_due_at = None if confirmed else shares_due(lot, law, act.at)
    state = LotState.IDENTITY_OK if confirmed else LotState.SUBMITTED
    lot_uuid = new_uuid()
    lot_id = show("lot", lot_uuid)
    values = {
        **_lot_values(lot, lot_uuid, act.actor, state, clock, act.at),
        **seller_values(facts),
        **load_values(lot, facts),
        **_ticket_values(lot, facts, act.at if confirmed else None),
        "limit_minor": limits.daily.minor,
        "max_tickets": limits.max_tickets,
        "shares_due_at": shares_due_at,
    }
    said = _submitted(lot, law, values, digest_of(lot_id, values), touch)
    act.record(lot_id, said, step="submit")
    side = side_of(act.actor.party, lot.group_code)
    readers = (act.actor.party, side, customs(lot.port), gate(lot.port))
    header = Header(
        reference=lot.reference,
        port=lot.port,
        lot=lot_id,
        readers=tuple(dict.fromkeys(readers)),
        clock=None if clock is None else clock_of(clock),
    )
    desks = {"members": [side]}
    act.headers.stand(lot_id, LOT, state, desks=desks, due_at=shares_due_at, header=header)
    attributes = {"Port": lot.port, "Party": act.actor.party, "CaseState": state.value}
    act.open_case(lot_id, CaseType="lot", **attributes)
    return Accepted(lot_id, lot, state, clock, shares_due_at), values


def quota_limits(book: PolicyBook, lot: Submission) -> QuotaLimits:
    """The limits of the lot's business day at its port."""
    day = lot.business_on
    daily = Money.parse(str(book.get(DAILY_QUOTA, on=day, scope=lot.port)), "CNY")
    most = book.get("hushi.max_tickets_per_day", on=day, scope=lot.port)
    excess = str(book.get("hushi.over_quota_policy", on=day, scope=lot.port))
    return QuotaLimits(daily, None if most in (None, "none") else int(most), excess)


def _may_declare(lot: Submission, facts: Facts, actor: Actor) -> list[Refusal]:
    """A clerk declares for the own group, a resident in the own name: no certificate is lent.

    Whose else a number is, on file or not, makes no difference: nobody asks the window for it.
    """
    if actor.party_kind == "group":
        if lot.group_code and number_key(lot.group_code) == number_key(actor.party_code):
            return []
        return [NOT_YOURS.at("/group_code")]
    return [
        NOT_YOURS.at(f"/tickets/{line}/resident_no")
        for line, share in enumerate(lot.shares)
        if share.resident is not None and share.resident != facts.declarant
    ]


def shares_due(lot: Submission, book: PolicyBook, now: datetime) -> datetime:
    """Until when its members answer, by today's law: nobody's name is held longer unasked."""
    minutes = book.integer("hushi.share_answer_min", on=business_day(now), scope=lot.port)
    return now + timedelta(minutes=minutes)


def _clock(lot: Submission, book: PolicyBook, now: datetime) -> ReleaseClock:
    return release_clock(
        arrived_at=lot.entered_at,
        information_complete_at=now,
        perishable=lot.perishable,
        book=book,
        port=lot.port,
    )


def _lot_values(
    lot: Submission,
    lot_uuid: UUID,
    actor: Actor,
    state: LotState,
    clock: ReleaseClock | None,
    now: datetime,
) -> dict[str, Any]:
    return {
        "lot_id": lot_uuid,
        "reference": lot.reference,
        "reference_key": reference_key(lot.reference),
        "submitted_by": actor.party,
        "group_code": lot.group_code,
        "port": lot.port,
        "customs_office": lot.customs_office,
        "direction": lot.direction,
        "vehicle_plate": lot.vehicle_plate,
        "plate_key": lot.plate_key,
        "foreign_plate": lot.foreign_plate,
        "foreign_plate_key": lot.foreign_plate_key,
        "manifest_no": lot.manifest_no,
        "manifest_key": lot.manifest_key,
        "origin": lot.origin,
        "shipped_from": lot.shipped_from,
        "seller": lot.seller,
        "seller_key": name_key(lot.seller),
        "seller_bank_bic": lot.seller_bank_bic,
        "hs_code": lot.hs_code,
        "goods_name": lot.goods_name,
        "perishable": lot.perishable,
        "purpose": lot.purpose.value,
        "net_kg": lot.net_kg,
        "gross_kg": lot.gross_kg,
        "pieces": lot.pieces,
        "value_minor": lot.value.minor,
        "currency": lot.value.currency,
        "ticket_count": len(lot.shares),
        "entered_at": lot.entered_at,
        "business_on": lot.business_on,
        "replay": lot.replay,
        "state": state.value,
        "at": now,
        "clock_started_at": clock and clock.started_at,
        "release_due_at": clock and clock.due_at,
    }


def seller_values(facts: Facts) -> dict[str, Any]:
    """The account that is on file now: the lot's from here on."""
    seller = facts.seller
    return {
        "seller_code": seller and seller.code,
        "seller_account": seller and seller.account,
        "seller_account_bic": seller and seller.bank_bic,
    }


def load_values(lot: Submission, facts: Facts) -> dict[str, Any]:
    """The loads of which the lot is a part."""
    loads = loads_of(lot, facts)
    return {
        "loaded_plates": [load.plate_key for load in loads],
        "loaded_entries": [load.entered_at for load in loads],
        "loaded_rated": [load.rated_kg for load in loads],
        "loaded_named": [load.named for load in loads],
    }


def _ticket_values(lot: Submission, facts: Facts, confirmed_at: datetime | None) -> dict[str, Any]:
    return {
        "lines": list(range(1, len(lot.shares) + 1)),
        "ticket_ids": [new_uuid() for _ in lot.shares],
        "residents": [facts.residents[s.resident or b""].resident_id for s in lot.shares],
        "nets": [s.net_kg for s in lot.shares],
        "values": [s.value.minor for s in lot.shares],
        "confirmed_at": confirmed_at,
    }


def digest_of(lot_id: str, values: Mapping[str, Any]) -> str:
    """The digest of what is written beside what the event says."""
    columns = ("lines", "residents", "nets", "values")
    shares = (
        (str(line), str(resident), f"{net:.3f}", str(minor))
        for line, resident, net, minor in zip(*(values[c] for c in columns), strict=True)
    )
    return declared_digest(lot_id, values, shares)


def _submitted(
    lot: Submission, law: PolicyBook, values: Mapping[str, Any], declared: str, touch: str | None
) -> events.LotSubmitted:
    return events.LotSubmitted(
        reference=lot.reference,
        port=lot.port,
        business_on=lot.business_on,
        hs_code=lot.hs_code,
        origin=lot.origin,
        ticket_count=len(lot.shares),
        value=MoneyBody.of(lot.value),
        net_kg=str(lot.net_kg),
        gross_kg=str(lot.gross_kg),
        manifest_no=lot.manifest_no,
        policy_version=law.version,
        identity_confirmed=values["confirmed_at"] is not None,
        replay=lot.replay,
        declared=declared,
        perishable=values["perishable"],
        shares_due_at=values["shares_due_at"],
        touch=touch,
        described=described_digest(show("lot", values["lot_id"]), values),
        loads=loads_digest(show("lot", values["lot_id"]), values),
        figures=figures_digest(show("lot", values["lot_id"]), values),
    )
