"""One touch: a phone's answer counts for exactly what was asked, of its holder, once."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any
from uuid import UUID

import pytest

from services.declaration.commands.touches import Phones
from services.kernel.identifiers import uuid_of
from tests.support.harbour import Harbour, open_port
from tests.support.passkey import Authenticator, bound, new_phone, opened, read
from tests.support.reading import Reader
from tests.support.window import Group, codes, decree, lot_body

LOTS = "/declaration/v1/lots"
YES, NO = "confirmations", "refusals"


@dataclass
class Holder:
    """A member with a share in a lot and a phone that is bound."""

    harbour: Harbour
    group: Group
    lot_id: str
    phone: Authenticator
    session: Reader
    passkey: dict[str, Any]
    number: str

    async def asked(self, answer: str = "YES", **how: Any) -> dict[str, Any]:
        """What the phone is asked for the own share."""
        return await self.session.get(f"{LOTS}/{self.lot_id}/touch", answer=answer, **how)

    async def says(self, said: Mapping[str, Any], act: str = YES, lot_id: str | None = None) -> Any:
        """The act with a phone's answer."""
        path = f"{LOTS}/{lot_id or self.lot_id}/{act}"
        return await self.session.try_post(path, {"touch": dict(said)})


def answer(phone: Authenticator, asked: Mapping[str, Any]) -> dict[str, Any]:
    """What the phone answers, with the asking's nonce."""
    return {"nonce": asked["nonce"], **phone.touch(asked["challenge"])}


async def holder(harbour: Harbour, members: int = 1, *, seen: bool = True, **how: Any) -> Holder:
    """The first of the members of a lot that waits for them, with a phone, ``seen`` or not."""
    group = await harbour.group(members, mandated=False)
    values = ["100.00"] * members
    lot_id = await harbour.accepted(group, residents=group.residents, values=values)
    phone = new_phone(harbour.window)
    session, passkey = await bound(harbour.window, group.residents[0], phone, seen=seen)
    for name, value in how.items():
        setattr(phone, name, value)
    return Holder(harbour, group, lot_id, phone, session, passkey, group.residents[0])


async def kept(harbour: Harbour, case: str) -> list[Any]:
    return list(
        await harbour.window.sql.fetch(
            "SELECT * FROM touches WHERE case_id = $1", UUID(hex=case[4:])
        )
    )


async def said(harbour: Harbour, case: str, type_: str) -> dict[str, Any]:
    body = await harbour.window.sql.fetchval(
        "SELECT body FROM events WHERE case_id = $1 AND type = $2", UUID(hex=case[4:]), type_
    )
    found: dict[str, Any] = json.loads(body)
    return found


async def test_a_share_is_confirmed_by_one_touch_and_the_answer_is_kept(harbour: Harbour) -> None:
    one = await holder(harbour)
    asked = await one.asked()
    assert asked["terms"]["shares"] == [{"line_no": 1, "net_kg": "100.000", "value": "100.00"}]
    assert asked["rp_id"] == "localhost"
    assert one.number not in json.dumps(asked)

    confirmed = await one.says(answer(one.phone, asked))

    assert confirmed.status_code == 200, confirmed.text
    (row,) = await kept(harbour, one.lot_id)
    event = await said(harbour, one.lot_id, "SharesConfirmed")
    assert (event["consent"], event["touch"]) == ("PASSKEY", row["challenge"].hex())
    assert sha256(row["terms"].encode()).digest() == row["challenge"]
    assert json.loads(row["terms"]) == asked["terms"]
    (shown,) = (await one.session.get("/registry/v1/passkeys"))["items"]
    assert shown["used_at"] is not None


async def test_a_share_is_refused_by_one_touch(harbour: Harbour) -> None:
    one = await holder(harbour)
    refused = await one.says(answer(one.phone, await one.asked("NO")), NO)
    assert refused.json()["state"] == "CANCELLED"
    (row,) = await kept(harbour, one.lot_id)
    event = await said(harbour, one.lot_id, "ShareRefused")
    assert event["touch"] == row["challenge"].hex()


async def test_without_a_phone_everything_is_as_before(harbour: Harbour) -> None:
    one = await holder(harbour)
    path = f"{LOTS}/{one.lot_id}/{YES}"
    await one.session.post(path, {})
    event = await said(harbour, one.lot_id, "SharesConfirmed")
    assert (event["consent"], event["touch"]) == ("SESSION", None)
    mandated = await harbour.group(1)
    by_clerk = await harbour.confirmed(mandated)
    assert (await said(harbour, by_clerk, "SharesConfirmed"))["consent"] == "MANDATE"
    assert await kept(harbour, one.lot_id) == await kept(harbour, by_clerk) == []


async def test_the_phone_of_another_person_does_not_count(harbour: Harbour) -> None:
    one, other = await holder(harbour), await holder(harbour)
    refused = await one.says(answer(other.phone, await one.asked()))
    assert codes(refused) == ["PASSKEY_UNKNOWN"]


async def test_an_asking_of_another_person_does_not_count(harbour: Harbour) -> None:
    one, other = await holder(harbour, 2), await holder(harbour)
    refused = await one.says(answer(one.phone, await other.asked()))
    assert codes(refused) == ["TOUCH_OF_OTHER"]


async def test_an_answer_counts_once(harbour: Harbour) -> None:
    one = await holder(harbour, 2)
    once = answer(one.phone, await one.asked())
    assert (await one.says(once)).status_code == 200
    # Also to take it back, and in another lot of the same members.
    assert codes(await one.says(once)) == ["TOUCH_OF_OTHER"]
    assert codes(await one.says(once, NO)) == ["TOUCH_OF_OTHER"]


async def test_a_yes_to_one_lot_is_none_to_another(harbour: Harbour) -> None:
    one = await holder(harbour)
    another = await harbour.accepted(one.group, values=["100.00"])
    refused = await one.says(answer(one.phone, await one.asked()), lot_id=another)
    assert codes(refused) == ["TOUCH_OF_OTHER"]


@pytest.mark.parametrize(("asked", "act"), [("YES", NO), ("NO", YES)])
async def test_a_yes_is_no_no_and_a_no_no_yes(harbour: Harbour, asked: str, act: str) -> None:
    one = await holder(harbour)
    refused = await one.says(answer(one.phone, await one.asked(asked)), act)
    assert codes(refused) == ["TOUCH_OF_OTHER"]
    assert (await one.session.get(f"{LOTS}/{one.lot_id}"))["state"] == "SUBMITTED"


async def test_a_phone_that_was_bound_just_now_is_not_asked_and_says_nothing_yet(
    harbour: Harbour,
) -> None:
    one = await holder(harbour, seen=False)
    asked = await one.asked()
    assert asked["credentials"] == []
    refused = await one.says(answer(one.phone, asked))
    assert codes(refused) == ["PASSKEY_UNKNOWN"]
    assert "bound lately" in refused.json()["detail"]
    assert await kept(harbour, one.lot_id) == []
    # Whoever never was at the desk ends it before it says anything.
    path = f"/registry/v1/passkeys/{one.passkey['passkey_id']}/ending"
    assert (await one.session.post(path, {}))["state"] == "DEAD"


async def test_a_yes_to_a_lot_before_it_was_amended_is_none_to_what_it_says_now(
    harbour: Harbour,
) -> None:
    harbour = Harbour(harbour.window, await open_port(harbour.window, replays=False))
    group = await harbour.group(1, mandated=False)
    entered_at = datetime.now(UTC).isoformat()
    lot_id = await harbour.accepted(group, values=["100.00"], entered_at=entered_at)
    phone = new_phone(harbour.window)
    session, passkey = await bound(harbour.window, group.residents[0], phone)
    one = Holder(harbour, group, lot_id, phone, session, passkey, group.residents[0])
    before = answer(phone, await one.asked())
    amended = {"value": "120.00", "tickets": [{"line_no": 1, "value": "120.00"}]}
    await group.clerk.post(f"{LOTS}/{lot_id}/amendments", amended)
    assert codes(await one.says(before)) == ["TOUCH_OF_OTHER"]
    assert (await one.says(answer(phone, await one.asked()))).status_code == 200


async def test_members_who_read_the_same_version_touch_in_whatever_order(
    harbour: Harbour,
) -> None:
    one = await holder(harbour, 2)
    asked = await one.asked(version=1)
    other = await harbour.window.phone(one.group.residents[1])
    await other.post(f"{LOTS}/{one.lot_id}/{YES}", {}, **{"If-Match": '"1"'})
    path = f"{LOTS}/{one.lot_id}/{YES}"
    body = {"touch": answer(one.phone, asked)}
    confirmed = await one.session.try_post(path, body, **{"If-Match": '"1"'})
    assert confirmed.status_code == 200, confirmed.text


@pytest.mark.parametrize(
    ("how", "code", "sentence"),
    [
        ({"origin": "https://elsewhere.example"}, "TOUCH_UNFIT", "another address"),
        ({"rp_id": "elsewhere.example"}, "TOUCH_UNFIT", "another address"),
        ({"verified": False}, "TOUCH_UNFIT", "did not check who holds it"),
    ],
)
async def test_a_phone_that_does_not_answer_for_this_window_does_not_count(
    harbour: Harbour, how: dict[str, Any], code: str, sentence: str
) -> None:
    one = await holder(harbour, **how)
    refused = await one.says(answer(one.phone, await one.asked()))
    assert codes(refused) == [code]
    assert sentence in refused.json()["detail"]


async def test_an_answer_signed_by_another_key_does_not_count(harbour: Harbour) -> None:
    one = await holder(harbour)
    one.phone.key = new_phone(harbour.window).key
    refused = await one.says(answer(one.phone, await one.asked()))
    assert codes(refused) == ["TOUCH_UNFIT"]


@pytest.mark.parametrize("part", ["authenticator_data", "client_data", "signature"])
async def test_what_is_no_answer_is_refused_and_not_a_fault(harbour: Harbour, part: str) -> None:
    one = await holder(harbour)
    asked = await one.asked()
    for broken in ("AAAA", "_", "W1tbW1tb"):
        refused = await one.says({**answer(one.phone, asked), part: broken})
        assert codes(refused) == ["TOUCH_UNFIT"], broken


async def test_a_copied_phone_is_refused_and_its_holder_told(harbour: Harbour) -> None:
    one = await holder(harbour, 2)
    assert (await one.says(answer(one.phone, await one.asked()))).status_code == 200
    one.phone.count -= 1
    refused = await one.says(answer(one.phone, await one.asked("NO")), NO)
    assert codes(refused) == ["PASSKEY_COPIED"]
    assert "may have a copy" in refused.json()["detail"]
    noted = await said(harbour, one.lot_id, "ActRefused")
    assert noted["code"] == "PASSKEY_COPIED"


async def test_a_phone_that_does_not_count_its_answers_may_answer_again(
    harbour: Harbour,
) -> None:
    one = await holder(harbour, 2, counts=False)
    assert (await one.says(answer(one.phone, await one.asked()))).status_code == 200
    assert (await one.says(answer(one.phone, await one.asked("NO")), NO)).status_code == 200


async def test_a_dead_phone_does_not_count_even_for_what_it_was_asked_before(
    harbour: Harbour,
) -> None:
    one = await holder(harbour)
    before = answer(one.phone, await one.asked())
    await one.session.post(f"/registry/v1/passkeys/{one.passkey['passkey_id']}/ending", {})
    assert codes(await one.says(before)) == ["PASSKEY_UNKNOWN"]
    assert (await one.asked())["credentials"] == []


async def test_a_lost_phone_does_not_count_once_another_is_opened_at_the_desk(
    harbour: Harbour,
) -> None:
    one = await holder(harbour)
    before = answer(one.phone, await one.asked())
    await opened(harbour.window, one.number, one.passkey["passkey_id"])
    assert codes(await one.says(before)) == ["PASSKEY_UNKNOWN"]


async def test_an_asking_ends(harbour: Harbour) -> None:
    one = await holder(harbour)
    resident = uuid_of(await harbour.window.resident_id(one.number), "res")
    asked = await one.asked()
    now = datetime.now(UTC)
    phones = Phones(None, harbour.window.assembly.vault)
    assert phones.is_asked(asked["nonce"], resident, now)
    assert not phones.is_asked(asked["nonce"], resident, now + timedelta(minutes=5, seconds=1))
    late = {**answer(one.phone, asked), "nonce": phones.nonce(resident, now)}
    assert codes(await one.says(late)) == ["TOUCH_OF_OTHER"]


@pytest.mark.parametrize("nonce", ["", "1.2.3", "9999999999.AAAA.AAAA", "über.all"])
async def test_an_asking_that_nobody_asked_does_not_count(harbour: Harbour, nonce: str) -> None:
    one = await holder(harbour)
    forged = {**answer(one.phone, await one.asked()), "nonce": nonce}
    assert codes(await one.says(forged)) == ["TOUCH_OF_OTHER"]


async def test_a_clerk_has_no_touch(harbour: Harbour) -> None:
    one = await holder(harbour)
    body = {"by_mandate": True, "touch": answer(one.phone, await one.asked())}
    refused = await one.group.clerk.try_post(f"{LOTS}/{one.lot_id}/{YES}", body)
    assert codes(refused) == ["FORBIDDEN"]


async def own_lot(one: Holder, **changes: Any) -> dict[str, Any]:
    body = lot_body(one.group, values=["10.00"], port=one.harbour.port, **changes)
    return {**body, "group_code": None}


async def test_own_goods_are_declared_by_one_touch(harbour: Harbour) -> None:
    one = await holder(harbour)
    body = await own_lot(one)
    asked = await one.session.post("/declaration/v1/touches", body)
    lot = await one.session.post(LOTS, {**body, "touch": answer(one.phone, asked)})
    (row,) = await kept(harbour, lot["lot_id"])
    event = await said(harbour, lot["lot_id"], "LotSubmitted")
    assert event["touch"] == row["challenge"].hex()
    assert json.loads(row["terms"])["reference"] == body["reference"]


async def test_a_declaration_that_was_changed_since_is_not_agreed_to(harbour: Harbour) -> None:
    one = await holder(harbour)
    body = await own_lot(one)
    asked = await one.session.post("/declaration/v1/touches", body)
    touch = answer(one.phone, asked)
    other = {**body, "gross_kg": "111", "touch": touch}
    assert codes(await one.session.try_post(LOTS, other)) == ["TOUCH_OF_OTHER"]
    # As it was sent it is; withdrawn and sent again by the same touch it is not.
    lot = await one.session.post(LOTS, {**body, "touch": touch})
    await one.session.try_post(f"{LOTS}/{lot['lot_id']}/cancellation", {"reason": "mistake"})
    again = await one.session.try_post(LOTS, {**body, "touch": touch})
    assert codes(again)[0] in ("TOUCH_OF_OTHER", "DUPLICATE_REFERENCE")


async def test_where_a_port_demands_it_a_yes_takes_a_touch_and_a_mandate_on_paper_stays(
    harbour: Harbour,
) -> None:
    strict = Harbour(harbour.window, await open_port(harbour.window))
    await decree(harbour.window, "hushi.touch_demanded", strict.port, "YES")
    one = await holder(strict)
    path = f"{LOTS}/{one.lot_id}"
    assert codes(await one.session.try_post(f"{path}/{YES}", {})) == ["TOUCH_DEMANDED"]
    declared = await one.session.try_post(LOTS, await own_lot(one))
    assert codes(declared) == ["TOUCH_DEMANDED"]
    assert (await one.says(answer(one.phone, await one.asked()))).status_code == 200
    row = {"group_code": one.group.code, "given_on": "2026-01-05"}
    own = {"rows": [{**row, "resident_id": one.passkey["resident_id"]}]}
    given = await one.session.try_post("/registry/v1/mandates", own)
    assert codes(given) == ["MANDATE_AT_THE_DESK"], "a session's word is none by a detour either"
    on_paper = await strict.group(1)
    await strict.confirmed(on_paper)
    # Nobody needs a phone to say no.
    no = await holder(strict)
    assert (await no.session.post(f"{LOTS}/{no.lot_id}/{NO}"))["state"] == "CANCELLED"


async def test_only_a_bearer_of_a_share_is_asked(harbour: Harbour) -> None:
    one, stranger = await holder(harbour), await holder(harbour)
    with pytest.raises(Exception, match="404"):
        await stranger.session.get(f"{LOTS}/{one.lot_id}/touch")
    assert read(one.passkey["credential_id"]) == one.phone.credential_id


async def test_of_two_answers_with_one_count_one_counts(harbour: Harbour) -> None:
    """Sent at once by a phone and its copy, whichever comes first."""
    one = await holder(harbour)
    other = await harbour.accepted(one.group, values=["10.00"])
    there = replace(one, lot_id=other)
    original = answer(one.phone, await one.asked())
    one.phone.count -= 1
    copied = answer(one.phone, await there.asked())
    said_at_once = await asyncio.gather(one.says(original), there.says(copied))
    assert sorted(a.status_code for a in said_at_once) == [200, 409]
    (refused,) = [a for a in said_at_once if a.status_code == 409]
    assert codes(refused) == ["PASSKEY_COPIED"]
