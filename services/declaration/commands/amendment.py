"""Amending a mistyped lot: judged like a new one, told to its members anew, and never a way out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any, Final

from sqlalchemy import text

from services.declaration import queries
from services.declaration.commands.lots import NO_SUCH_LOT, lot_lock, side_of
from services.declaration.commands.submission import (
    LOAD,
    digest_of,
    judged,
    load_values,
    quota_limits,
    seller_values,
    shares_due,
)
from services.declaration.domain import events, refusals
from services.declaration.domain.amendment import Amendment, facts_without
from services.declaration.domain.declared import (
    COLUMNS,
    DESCRIBED,
    described_digest,
    figures_digest,
    loads_digest,
)
from services.declaration.domain.model import Purpose, Share, Submission
from services.declaration.domain.rules.amendment import may_be_amended
from services.declaration.domain.rules.share_time import share_answered_in_time
from services.declaration.domain.states import LOT, LotState
from services.declaration.tables import LOADED, MANIFEST_WEIGHT, TRUCK_LOAD
from services.kernel.canonical import name_key
from services.kernel.clock import business_day
from services.kernel.events import MoneyBody
from services.kernel.identifiers import show
from services.kernel.money import Money
from services.kernel.refusal import Refused, refuse_if_any
from services.kernel.rule import asked
from services.platform.act import Act, Write
from services.platform.database import Row

_TICKETS: Final = text(
    """
    SELECT t.line_no, t.resident_id, t.net_kg, t.value_minor, t.currency, t.confirmed_at,
        r.resident_no_hash, EXISTS (
            SELECT FROM v_call_ins AS c WHERE c.lot_id = t.lot_id
        ) AS called_in
    FROM tickets AS t JOIN v_residents AS r ON r.resident_id = t.resident_id
    WHERE t.lot_id = (SELECT CAST(:lot_id AS uuid)) ORDER BY t.line_no
    """
)
# Tickets that change, with what their residents' quota is held more or less by. Locked in the order
# in which submissions lock them.
_SHARES: Final = text(
    """
    WITH changed AS (
        SELECT * FROM unnest(
            CAST(:lines AS int[]), CAST(:residents AS uuid[]), CAST(:nets AS numeric[]),
            CAST(:values AS bigint[]), CAST(:more AS bigint[])
        ) AS t (line_no, resident_id, net_kg, value_minor, more_minor)
    ), held AS (
        SELECT q.resident_id, s.more_minor FROM quota_days AS q
        JOIN (
            SELECT resident_id, sum(more_minor) AS more_minor FROM changed GROUP BY resident_id
        ) AS s USING (resident_id)
        WHERE q.business_on = :business_on ORDER BY q.resident_id FOR UPDATE OF q
    ), quota AS (
        UPDATE quota_days AS q SET reserved_minor = q.reserved_minor + h.more_minor,
            limit_minor = :limit_minor
        FROM held AS h WHERE q.resident_id = h.resident_id AND q.business_on = :business_on
    )
    UPDATE tickets AS t SET net_kg = c.net_kg, value_minor = c.value_minor
    FROM changed AS c
    WHERE t.lot_id = (SELECT CAST(:lot_id AS uuid)) AND t.line_no = c.line_no
    """
)
_GROSS: Final = "CAST(:gross_kg AS numeric)"
# Load, manifest and then quota are locked, as by an acceptance, whose parts that nothing reads are
# carried out from the last to the first, and after the statement itself.
_WEIGHT_BACK: Final = text(
    f"WITH weight AS ({MANIFEST_WEIGHT.give_back(_GROSS)})"
    f" {TRUCK_LOAD.give_back_each(_GROSS, each=LOADED)}"
)
_WEIGHT: Final = text(f"WITH weight AS ({MANIFEST_WEIGHT.reserve(_GROSS)}) {LOAD}")
_AMEND: Final = Write(
    """
    former AS (
        INSERT INTO lot_amendments (
            lot_id, former_version, amended_at, plate_key, foreign_plate_key, manifest_key,
            seller_key, seller_code, seller_bank_bic
        )
        SELECT lot_id, CAST(:former_version AS integer), CAST(:at AS timestamptz), plate_key,
            foreign_plate_key, coalesce(manifest_key, ''), seller_key, seller_code, seller_bank_bic
        FROM lots WHERE lot_id = :lot_id
    ), amended AS (
        UPDATE lots SET vehicle_plate = :vehicle_plate, plate_key = :plate_key,
            foreign_plate = :foreign_plate, foreign_plate_key = :foreign_plate_key,
            manifest_no = :manifest_no, manifest_key = :manifest_key,
            loaded_plates = CAST(:loaded_plates AS text[]),
            loaded_entries = CAST(:loaded_entries AS timestamptz[]),
            loaded_named = CAST(:loaded_named AS boolean[]),
            seller = :seller, seller_key = :seller_key, seller_bank_bic = :seller_bank_bic,
            seller_code = :seller_code, seller_account = :seller_account,
            seller_account_bic = :seller_account_bic, net_kg = :net_kg,
            gross_kg = CAST(:gross_kg AS numeric), pieces = :pieces, value_minor = :value_minor,
            entered_at = :entered_at, amended_at = CAST(:at AS timestamptz),
            shares_due_at = :shares_due_at
        WHERE lot_id = :lot_id
    )
    """
)
_TOLD: Final = (
    *("gross_kg", "pieces", "vehicle_plate", "foreign_plate", "manifest_no", "seller_bank_bic"),
)


@dataclass(frozen=True, slots=True)
class _Lot:
    """A lot as it stands: its row, its tickets, and both as the rules see them."""

    row: Row
    tickets: Sequence[Row]
    declared: Submission


async def lot_amend(act: Act, lot_id: str, amendment: Amendment) -> None:
    """Amend a lot that no member has confirmed: judged like a new one, its members asked anew.

    Its former truck, manifest and seller are kept and looked for like those that it has now. Raises
    Refused NOT_FOUND, VERSION_MISMATCH, STATE_CONFLICT, SHARES_LAPSED, TICKET_UNKNOWN, and every
    reason for which a new lot is refused.
    """
    row = await lot_lock(act, lot_id)
    if row.submitted_by != act.actor.party:
        raise Refused(NO_SUCH_LOT)
    act.require_version(lot_id, row.version)
    LOT.move(LotState(row.state), "amend")
    lot = await _read(act, row)
    today = business_day(act.at)
    of_lot = {
        "answered": any(t.confirmed_at is not None for t in lot.tickets),
        "replay": row.replay,
    }
    refuse_if_any(
        [
            *asked(today, may_be_amended, **of_lot),
            *asked(today, share_answered_in_time, row.shares_due_at, now=act.at),
        ]
    )
    amended = amendment.of(lot.declared)
    if amended == lot.declared:
        raise Refused(refusals.NOTHING_AMENDED.at())
    try:
        values = await _judged(act, lot, amended)
    except Refused as refused:
        raise Refused(*map(amendment.placed, refused.refusals)) from None
    called_in = any(t.called_in for t in lot.tickets)
    refuse_if_any(asked(today, may_be_amended, **of_lot, called_in=called_in))
    await _write(act, lot, values)
    law = await act.law()
    act.record(lot_id, _event(lot, values, law.version), step=f"amend:{row.version}")
    side = side_of(row.submitted_by, row.group_code)
    due_at = values["shares_due_at"]
    act.headers.stand(lot_id, LOT, LotState.SUBMITTED, desks={"members": [side]}, due_at=due_at)
    act.tell(lot_id)


async def _read(act: Act, row: Row) -> _Lot:
    tickets = (await act.execute(_TICKETS, lot_id=row.lot_id)).all()
    shares = [
        Share(t.resident_no_hash, t.net_kg, Money(t.value_minor, t.currency)) for t in tickets
    ]
    kept = {field.name for field in fields(Submission)} - {"value", "purpose", "shares"}
    declared = Submission(
        **{name: getattr(row, name) for name in kept},
        value=Money(row.value_minor, row.currency),
        purpose=Purpose(row.purpose),
        shares=shares,
    )
    return _Lot(row, tickets, declared)


async def _judged(act: Act, lot: _Lot, amended: Submission) -> dict[str, Any]:
    """The columns of the lot as it is to be, when every rule lets it pass."""
    row = lot.row
    facts, act.policy_version = await queries.submission_facts(act, amended)
    accounts = list(zip(row.loaded_plates or (), row.loaded_entries or (), strict=True))
    named = row.loaded_named or [True] * len(accounts)
    loaded = dict(zip(accounts, named, strict=True))
    facts = facts_without(facts, lot.declared, show("lot", row.lot_id), amended, loaded)
    law = await act.law()
    limits = quota_limits(law, amended)
    filed = judged(act, amended, facts, limits, law)
    named = (amended.seller, amended.seller_bank_bic)
    # An account is bound when its seller is named, and by nothing else.
    bound = (
        {name: getattr(row, name) for name in seller_values(facts)}
        if named == (lot.declared.seller, lot.declared.seller_bank_bic)
        else seller_values(facts)
    )
    return {
        **{name: getattr(row, name) for name in (*COLUMNS, *DESCRIBED)},
        **{name: getattr(filed, name) for name in (*_TOLD, "net_kg", "seller", "entered_at")},
        **bound,
        **load_values(filed, facts),
        "plate_key": filed.plate_key,
        "foreign_plate_key": filed.foreign_plate_key,
        "manifest_key": filed.manifest_key,
        "seller_key": name_key(filed.seller),
        "value_minor": filed.value.minor,
        "limit_minor": limits.daily.minor,
        "shares_due_at": _asked_until(act, row.submitted_at, shares_due(filed, law, act.at)),
        "lines": [t.line_no for t in lot.tickets],
        "residents": [t.resident_id for t in lot.tickets],
        "nets": [share.net_kg for share in filed.shares],
        "values": [share.value.minor for share in filed.shares],
    }


def _asked_until(act: Act, declared_at: datetime, due_at: datetime) -> datetime:
    """Members have the whole time again, within twice that time from the declaration.

    However often a lot is amended, no name and no quota is held longer than that.
    """
    return min(due_at, declared_at + 2 * (due_at - act.at))


async def _write(act: Act, lot: _Lot, values: Mapping[str, Any]) -> None:
    row, changed = lot.row, _changed(lot, values)
    loaded = ("loaded_plates", "loaded_entries", "loaded_named")
    names = ("manifest_key", "plate_key", "port", *loaded, "gross_kg")
    await act.execute(_WEIGHT_BACK, {name: getattr(row, name) for name in names})
    taken = {name: values[name] for name in (*names, "loaded_rated") if name != "port"}
    await act.execute(_WEIGHT, {**taken, "port": row.port})
    await act.execute(
        _SHARES,
        {
            "lot_id": row.lot_id,
            "business_on": row.business_on,
            "limit_minor": values["limit_minor"],
            "lines": [ticket.line_no for ticket, _, _ in changed],
            "residents": [ticket.resident_id for ticket, _, _ in changed],
            "nets": [net_kg for _, net_kg, _ in changed],
            "values": [minor for _, _, minor in changed],
            "more": [minor - ticket.value_minor for ticket, _, minor in changed],
        },
    )
    case = {"lot_id": row.lot_id, "former_version": row.version, "at": act.at}
    await act.write(_AMEND, **{**values, **case})


def _changed(lot: _Lot, values: Mapping[str, Any]) -> list[tuple[Row, Any, int]]:
    """The tickets that say something else, with their weight and value as they are to be."""
    said = zip(lot.tickets, values["nets"], values["values"], strict=True)
    return [
        (ticket, net_kg, minor)
        for ticket, net_kg, minor in said
        if (ticket.net_kg, ticket.value_minor) != (net_kg, minor)
    ]


def _event(lot: _Lot, values: Mapping[str, Any], policy_version: int) -> events.LotAmended:
    row, currency = lot.row, lot.row.currency
    becomes = {
        **{name: values[name] for name in (*_TOLD, "net_kg", "seller_code")},
        "value": Money(values["value_minor"], currency).amount,
    }
    was = {name: getattr(row, name) for name in becomes if name != "value"}
    was["value"] = lot.declared.value.amount
    former = {name: was[name] for name in sorted(becomes) if was[name] != becomes[name]}
    return events.LotAmended(
        net_kg=str(values["net_kg"]),
        gross_kg=str(values["gross_kg"]),
        pieces=values["pieces"],
        value=MoneyBody.of(Money(values["value_minor"], currency)),
        vehicle_plate=values["vehicle_plate"],
        foreign_plate=values["foreign_plate"],
        manifest_no=values["manifest_no"],
        seller_code=values["seller_code"],
        seller_bank_bic=values["seller_bank_bic"],
        former={name: None if value is None else str(value) for name, value in former.items()},
        former_version=row.version,
        tickets=tuple(
            events.TicketAmended(
                line_no=ticket.line_no,
                former_net_kg=str(ticket.net_kg),
                net_kg=str(net_kg),
                former_value=MoneyBody.of(Money(ticket.value_minor, currency)),
                value=MoneyBody.of(Money(minor, currency)),
            )
            for ticket, net_kg, minor in _changed(lot, values)
        ),
        shares_due_at=values["shares_due_at"],
        policy_version=policy_version,
        declared=digest_of(show("lot", row.lot_id), values),
        described=described_digest(show("lot", row.lot_id), values),
        loads=loads_digest(show("lot", row.lot_id), values),
        figures=figures_digest(show("lot", row.lot_id), values),
    )
