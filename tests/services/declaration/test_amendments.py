"""A mistyped lot is amended before anybody has confirmed it, and is judged like a new one."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest

from services.kernel.clock import business_day
from services.kernel.identifiers import uuid_of
from tests.support.harbour import Harbour, open_port
from tests.support.on_file import officers_as, seller_filed
from tests.support.plates import other_plate, own_plate
from tests.support.window import Group, codes, lot_body

LOTS = "/declaration/v1/lots"


@pytest.fixture(scope="module")
async def live(harbour: Harbour) -> Harbour:
    """A port that plays no past day: what is declared there enters now."""
    window = harbour.window
    return Harbour(window, await open_port(window, replays=False))


def now() -> str:
    return datetime.now(UTC).isoformat()


async def mistyped(live: Harbour, members: int = 2, **changes: Any) -> tuple[Group, str]:
    """A lot of a group that gave no mandate, its tickets of 100 kg and 10.00 each."""
    group = await live.group(members, mandated=False)
    values = ["10.00"] * members
    how = {"residents": group.residents, "values": values, "entered_at": now(), **changes}
    return group, await live.accepted(group, **how)


async def amended(group: Group, lot_id: str, **body: Any) -> dict[str, Any]:
    return dict(await group.clerk.post(f"{LOTS}/{lot_id}/amendments", body))


async def refused(group: Group, lot_id: str, **body: Any) -> list[tuple[str, str]]:
    answer = await group.clerk.try_post(f"{LOTS}/{lot_id}/amendments", body)
    assert answer.status_code >= 400, answer.text
    return [(e["code"], e["pointer"]) for e in answer.json()["errors"]]


async def today_left(live: Harbour, number: str) -> str:
    day = business_day(datetime.now(UTC)).isoformat()
    return (await live.quota(number, day))["left"]


async def test_a_mistyped_weight_plate_seller_and_count_are_amended_and_members_asked_anew(
    live: Harbour,
) -> None:
    group, lot_id = await mistyped(live)
    before = await live.lot(lot_id)
    await seller_filed(live.window.sql, "Hai Ha Border Trade", code="S-HAIHA", account="99887766")
    lot = await amended(
        *(group, lot_id),
        gross_kg="222.5",
        pieces=12,
        vehicle_plate="桂P54321",
        foreign_plate=None,
        seller="S-HAIHA",
    )
    assert (lot["gross_kg"], lot["pieces"]) == ("222.500", 12)
    assert (lot["vehicle_plate"], lot["foreign_plate"]) == ("桂P54321", None)
    assert (lot["seller"], lot["version"]) == ("S-HAIHA", before["version"] + 1)
    assert lot["shares_due_at"] > before["shares_due_at"]
    assert (lot["state"], lot["amended_at"] is not None) == ("SUBMITTED", True)
    bound = await live.window.sql.fetchval(
        "SELECT seller_account FROM lots WHERE lot_id = $1", uuid_of(lot_id, "lot")
    )
    assert bound == "99887766"
    work = await group.clerk.get("/window/v1/work")
    assert [w["due_at"] for w in work["items"] if w["case_id"] == lot_id] == [lot["shares_due_at"]]
    # Nothing else stands in the way of what follows.
    for number in group.residents:
        phone = await live.window.phone(number)
        await phone.post(
            f"{LOTS}/{lot_id}/confirmations", {}, **{"If-Match": await version(live, lot_id)}
        )
    await live.until(group.clerk, lot_id, "RELEASED")


async def version(live: Harbour, lot_id: str) -> str:
    return f'"{(await live.lot(lot_id))["version"]}"'


async def test_the_event_says_what_is_and_to_customs_alone_what_was_whose_goods_and_by_what_truck(
    live: Harbour,
) -> None:
    group, lot_id = await mistyped(live)
    first = {"line_no": 1, "net_kg": "90", "value": "60.00"}
    await amended(group, lot_id, net_kg="190", value="70.00", tickets=[first])
    path = f"/window/v1/cases/{lot_id}/timeline"
    told = (await group.clerk.get(path))["items"][-1]
    assert told["type"] == "LotAmended"
    assert (told["body"]["net_kg"], told["body"]["value"]["amount"]) == ("190.000", "70.00")
    # Who buys the goods reads the same, and learns neither the supplier nor its bank.
    hidden = {"former", "tickets", "vehicle_plate", "foreign_plate", "seller_code"}
    assert not hidden & set(told["body"])
    officer = live.officer(await live.hire())
    seen = (await officer.get(path))["items"][-1]["body"]
    assert seen["former"] == {"net_kg": "200.000", "value": "20.00"}
    tickets = seen["tickets"]
    assert [(t["line_no"], t["former_value"]["amount"]) for t in tickets] == [(1, "10.00")]


async def test_quota_and_manifest_follow_what_is_amended(live: Harbour) -> None:
    # At a port of its own: every lot of the truck has to name a manifest that is lodged for it.
    live = Harbour(live.window, await open_port(live.window, replays=False))
    manifest = await live.manifest("500")
    group, lot_id = await mistyped(live, manifest_no=manifest)
    assert await live.weight_left(manifest) == "290.000"
    more = [{"line_no": 1, "value": "8000.00"}, {"line_no": 2, "value": "5.00"}]
    await amended(group, lot_id, gross_kg="500", value="8005.00", tickets=more)
    assert await live.weight_left(manifest) == "0.000"
    assert [await today_left(live, n) for n in group.residents] == ["0.00", "7995.00"]
    assert await refused(group, lot_id, gross_kg="500.001") == [("OVER_MANIFEST", "/gross_kg")]
    await group.clerk.post(f"{LOTS}/{lot_id}/cancellation", {"reason": "given up"})
    assert await live.weight_left(manifest) == "500.000"
    assert [await today_left(live, n) for n in group.residents] == ["8000.00", "8000.00"]


async def test_a_mistyped_or_missing_manifest_is_amended_by_the_same_rules_and_charges(
    live: Harbour,
) -> None:
    live = Harbour(live.window, await open_port(live.window, replays=False))
    group, lot_id = await mistyped(live)
    one, other = [await live.manifest(kg) for kg in ("500", "209.999")]

    async def left() -> list[str]:
        return [await live.weight_left(number) for number in (one, other)]

    # A manifest has been lodged since: whatever else is amended, the lot has to name it.
    assert await refused(group, lot_id, pieces=11) == [("MANIFEST_NOT_NAMED", "")]
    unknown = await refused(group, lot_id, manifest_no="M-NOBODYS")
    assert unknown == [("MANIFEST_UNKNOWN", "/manifest_no")]
    lot = await amended(group, lot_id, manifest_no=one)
    assert (lot["manifest_no"], await left()) == (one, ["290.000", "209.999"])
    assert await refused(group, lot_id, manifest_no=other) == [("OVER_MANIFEST", "")]
    await amended(group, lot_id, manifest_no=other, gross_kg="209")
    assert await left() == ["500.000", "0.999"]
    nothing = await refused(group, lot_id, manifest_no=None)
    assert nothing == [("MANIFEST_NOT_NAMED", "/manifest_no")]
    officer = live.officer(await live.hire())
    seen = (await officer.get(f"/window/v1/cases/{lot_id}/timeline"))["items"]
    changed = [e["body"] for e in seen if e["type"] == "LotAmended"]
    assert [e["manifest_no"] for e in changed] == [one, other]
    assert [e["former"].get("manifest_no", "as it was") for e in changed] == [None, one]
    # Another truck's has nothing to do with it; whoever names its foreign plate names this one.
    another = {"vehicle_plate": own_plate(), "foreign_plate": other_plate()}
    await amended(group, lot_id, **another, manifest_no=None)
    assert await left() == ["500.000", "209.999"]


async def test_what_no_new_lot_may_say_no_amendment_says(live: Harbour) -> None:
    group, lot_id = await mistyped(live)
    over = [{"line_no": 2, "value": "8000.01"}]
    assert await refused(group, lot_id, value="8010.01", tickets=over) == [
        ("QUOTA_EXCEEDED", "/tickets/0/value")
    ]
    assert await refused(group, lot_id, seller="Nobody Filed This") == [
        ("SELLER_UNKNOWN", "/seller")
    ]
    assert await refused(group, lot_id, gross_kg="199") == [("GROSS_BELOW_NET", "/gross_kg")]
    assert await refused(group, lot_id, value="21.00") == [("SPLIT_MISMATCH", "/value")]
    wrong = [{"line_no": 3, "value": "1.00"}]
    assert await refused(group, lot_id, tickets=wrong) == [("TICKET_UNKNOWN", "/tickets/0/line_no")]
    assert await refused(group, lot_id, pieces=10) == [("STATE_CONFLICT", "")]
    assert (await live.lot(lot_id))["version"] == 1
    first, *noted = await live.events(lot_id)
    # A case on which its own step is at work is not noted on: nobody waits for a note.
    assert (first, set(noted)) == ("LotSubmitted", {"ActRefused"})
    assert len(noted) <= 6


async def test_however_often_a_lot_is_amended_no_name_is_held_longer_than_twice_the_time(
    live: Harbour,
) -> None:
    group, lot_id = await mistyped(live)
    await live.window.sql.execute(
        "UPDATE lots SET submitted_at = submitted_at - interval '300 minutes' WHERE lot_id = $1",
        uuid_of(lot_id, "lot"),
    )
    due = []
    for pieces in (11, 12):
        lot = await amended(group, lot_id, pieces=pieces)
        due.append(datetime.fromisoformat(lot["shares_due_at"]))
    left = due[0] - datetime.now(UTC)
    assert due[0] == due[1]
    assert timedelta(minutes=179) < left <= timedelta(minutes=180)


async def test_nothing_is_amended_once_a_member_has_confirmed(live: Harbour) -> None:
    group, lot_id = await mistyped(live)
    phone = await live.window.phone(group.residents[0])
    await phone.post(f"{LOTS}/{lot_id}/confirmations", {})
    assert await refused(group, lot_id, pieces=11) == [("STATE_CONFLICT", "")]


async def test_nothing_is_amended_by_others_on_an_older_reading_or_of_a_day_played_again(
    live: Harbour, harbour: Harbour
) -> None:
    group, lot_id = await mistyped(live)
    rival = await live.group(1)
    path = f"{LOTS}/{lot_id}/amendments"
    assert (await rival.clerk.try_post(path, {"pieces": 11})).status_code == 404
    member = await live.window.phone(group.residents[0])
    assert (await member.try_post(path, {"pieces": 11})).status_code == 404
    await amended(group, lot_id, pieces=11)
    stale = await group.clerk.try_post(path, {"pieces": 12}, **{"If-Match": '"1"'})
    assert codes(stale) == ["VERSION_MISMATCH"]
    await group.clerk.post(f"{LOTS}/{lot_id}/cancellation", {"reason": "given up"})
    assert codes(await group.clerk.try_post(path, {"pieces": 12})) == ["STATE_CONFLICT"]
    played = await harbour.group(1, mandated=False)
    old = await harbour.accepted(played, values=["10.00"])
    assert await refused(played, old, pieces=11) == [("STATE_CONFLICT", "")]


async def test_a_resident_declares_at_once_so_nothing_is_left_to_amend(live: Harbour) -> None:
    group = await live.group(1)
    phone = await live.window.phone(group.residents[0])
    body = lot_body(group, values=["10.00"], port=live.port, group_code=None, entered_at=now())
    lot = await phone.post(LOTS, {**body, "vehicle_plate": own_plate()})
    answer = await phone.try_post(f"{LOTS}/{lot['lot_id']}/amendments", {"pieces": 11})
    assert codes(answer) == ["STATE_CONFLICT"]


async def test_who_confirms_an_amended_lot_names_the_version_that_was_read_and_the_log_keeps_it(
    live: Harbour,
) -> None:
    group, lot_id = await mistyped(live, members=1)
    phone = await live.window.phone(group.residents[0])
    read = (await phone.get(f"{LOTS}/{lot_id}"))["version"]
    more = [{"line_no": 1, "value": "8000.00"}]
    await amended(group, lot_id, value="8000.00", tickets=more)
    path = f"{LOTS}/{lot_id}/confirmations"
    blind = await phone.blindly(path, {})
    assert (blind.status_code, codes(blind)) == (428, ["PRECONDITION_REQUIRED"])
    stale = await phone.try_post(path, {}, **{"If-Match": f'"{read}"'})
    assert codes(stale) == ["VERSION_MISMATCH"]
    shown = (await phone.get(f"{LOTS}/{lot_id}"))["version"]
    await phone.post(path, {}, **{"If-Match": f'"{shown}"'})
    actor = await live.window.sql.fetchval(
        "SELECT actor FROM events WHERE case_id = $1 AND type = 'SharesConfirmed'",
        uuid_of(lot_id, "lot"),
    )
    assert json.loads(actor)["read_version"] == shown


async def test_a_rule_sees_what_an_amended_lot_said_first_and_what_it_says(live: Harbour) -> None:
    """Whoever shrinks a lot that a rule would have looked at is looked at all the same."""
    window = live.window
    author, approver = await officers_as(window.parties, window.sql, "risk_officer", port=live.port)
    code = f"SHRUNK_{uuid4().hex[:8].upper()}"
    rule = {
        "code": code,
        "title": "Amended below half of what it said first",
        "lane": "RED",
        "expression": f"port == '{live.port}' && amended && value_minor * 2 < first_value_minor"
        " && first_vehicle_plate == vehicle_plate && first_gross_g >= gross_g",
        "example": {"port": live.port, "amended": True, "first_value_minor": 9_000_000},
        "authority": "test",
        "effective_from": "2026-01-01",
    }
    proposed = await author.post("/risk/v1/rules", rule)
    await approver.post(f"/risk/v1/rules/{proposed['rule_id']}/decision", {"approve": True})
    reasons = []
    for shrinks in (("7000.00", "40.00"), ("40.00",), ()):
        group, lot_id = await mistyped(live, members=1, values=["8000.00"])
        for value in shrinks:
            more = [{"line_no": 1, "value": value}]
            await amended(group, lot_id, value=value, tickets=more)
        phone = await window.phone(group.residents[0])
        await phone.post(f"{LOTS}/{lot_id}/confirmations")
        await live.until(group.clerk, lot_id, "RELEASED", "IN_INSPECTION")
        screened = await window.sql.fetchval(
            "SELECT reasons FROM screenings WHERE lot_id = $1", uuid_of(lot_id, "lot")
        )
        reasons.append(code in screened)
    assert reasons == [True, True, False]


async def test_members_who_have_read_the_same_confirm_in_whatever_order(live: Harbour) -> None:
    """What others answered meanwhile changes nothing of what is signed; an amendment does."""
    group, lot_id = await mistyped(live, members=3)
    first = {"If-Match": '"1"'}
    now_read = {"If-Match": f'"{(await amended(group, lot_id, pieces=11))["version"]}"'}
    one, other, third = [await live.window.phone(number) for number in group.residents]
    path = f"{LOTS}/{lot_id}/confirmations"
    await one.post(path, {}, **now_read)
    stale = await other.try_post(path, {}, **first)
    assert codes(stale) == ["VERSION_MISMATCH"]
    answer = await other.post(path, {}, **now_read)
    ahead = await third.try_post(path, {}, **{"If-Match": f'"{answer["version"] + 1}"'})
    assert codes(ahead) == ["VERSION_MISMATCH"]
    stale = await third.try_post(f"{LOTS}/{lot_id}/refusals", {}, **first)
    assert codes(stale) == ["VERSION_MISMATCH"]
    await third.post(f"{LOTS}/{lot_id}/refusals", {}, **now_read)
    assert (await live.lot(lot_id))["state"] == "CANCELLED"
