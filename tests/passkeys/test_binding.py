"""Passkeys: bound at the desk against the document, by another than who opened it, in time."""

from __future__ import annotations

from typing import Any

import pytest

from services.kernel.identifiers import new_id, uuid_of
from services.registry.domain.rules.passkeys import code_as_typed, code_of
from tests.support.log import events_of
from tests.support.passkey import OPENINGS, PASSKEYS, Authenticator, bound, new_phone, opened
from tests.support.reading import Reader
from tests.support.window import Window, codes, resident_no

CHALLENGES = "/registry/v1/passkey-challenges"


async def somebody(window: Window) -> str:
    """A resident on file, by number."""
    return (await window.group(1)).residents[0]


async def tried(holder: Reader, code: str, phone: Authenticator) -> Any:
    """A phone tries to be bound by a code; what it is answered in the end."""
    asked = await holder.try_post(CHALLENGES, {"code": code})
    if asked.status_code != 200:
        return asked
    made = phone.make(asked.json()["challenge"])
    return await holder.try_post(PASSKEYS, {"code": code, **made})


async def test_a_phone_is_bound_at_the_desk_and_its_holder_sees_it(window: Window) -> None:
    number = await somebody(window)
    holder, passkey = await bound(window, number, new_phone(window))

    assert (passkey["state"], passkey["version"]) == ("BOUND", 2)
    (shown,) = (await holder.get(PASSKEYS))["items"]
    assert shown == passkey
    assert await events_of(window.sql, passkey["passkey_id"]) == ["PasskeyOpened", "PasskeyBound"]
    after = await window.registrar.get(f"{OPENINGS}/{passkey['passkey_id']}")
    assert after["code"] is None


async def test_the_code_stands_on_no_record(window: Window) -> None:
    number = await somebody(window)
    shown = await opened(window, number)
    for table in ("events", "passkeys", "stored_answers"):
        rows = await window.sql.fetch(f"SELECT CAST(t AS text) AS said FROM {table} AS t")
        assert not [row for row in rows if shown["code"] in row["said"]], table


async def test_a_code_is_taken_as_people_type_it(window: Window) -> None:
    number = await somebody(window)
    code = (await opened(window, number))["code"]
    typed = f"{code[:5]}-{code[5:]}".lower().replace("0", "o").replace("1", "l")
    holder = await window.phone(number)
    assert (await tried(holder, typed, new_phone(window))).status_code == 201


def test_codes_have_letters_that_are_read_out() -> None:
    code = code_of(bytes(range(32)))
    assert len(code) == 10
    assert code_as_typed(code) == code
    assert not set(code) & set("ILOU")


async def test_a_code_is_used_once(window: Window) -> None:
    number = await somebody(window)
    code = (await opened(window, number))["code"]
    holder = await window.phone(number)
    assert (await tried(holder, code, new_phone(window))).status_code == 201
    assert codes(await tried(holder, code, new_phone(window))) == ["PASSKEY_CODE_INVALID"]


async def test_a_code_is_of_no_use_to_another_resident(window: Window) -> None:
    code = (await opened(window, await somebody(window)))["code"]
    thief = await window.phone(await somebody(window))
    assert codes(await tried(thief, code, new_phone(window))) == ["PASSKEY_CODE_INVALID"]


async def test_a_code_is_of_no_use_after_its_time(window: Window) -> None:
    number = await somebody(window)
    shown = await opened(window, number)
    holder = await window.phone(number)
    made = new_phone(window)
    asked = await holder.post(CHALLENGES, {"code": shown["code"]})
    await window.sql.execute(
        "UPDATE passkeys SET opens_until = now() WHERE passkey_id = $1",
        uuid_of(shown["passkey_id"], "pky"),
    )
    body = {"code": shown["code"], **made.make(asked["challenge"])}
    assert codes(await holder.try_post(PASSKEYS, body)) == ["PASSKEY_CODE_INVALID"]


async def test_a_registrar_opens_none_for_himself(window: Window) -> None:
    number = await somebody(window)
    resident = await window.resident_id(number)
    both = {"subject": f"registrar and resident {resident}"}
    registrar = window.parties.act_as("registrar", "platform:registrar", **both)
    made = await registrar.post(OPENINGS, {"resident_no": number})
    code = (await registrar.get(f"{OPENINGS}/{made['passkey_id']}"))["code"]
    himself = window.parties.act_as("resident", f"resident:{resident}", **both)
    assert codes(await tried(himself, code, new_phone(window))) == ["SAME_PERSON"]


async def test_the_code_is_shown_to_who_opened_it_alone(window: Window) -> None:
    made = await opened(window, await somebody(window))
    other = window.parties.act_as("registrar", "platform:registrar", subject="another registrar")
    answer = await other.try_post(OPENINGS, {"resident_no": resident_no(1)})
    assert codes(answer) == ["RESIDENT_NOT_FILED"]
    with pytest.raises(Exception, match="404"):
        await other.get(f"{OPENINGS}/{made['passkey_id']}")


@pytest.mark.parametrize(
    ("how", "sentence"),
    [
        ({"origin": "https://elsewhere.example"}, "another address"),
        ({"rp_id": "elsewhere.example"}, "another address"),
        ({"verified": False}, "did not check who holds it"),
    ],
)
async def test_a_phone_that_does_not_answer_for_this_window_is_not_bound(
    window: Window, how: dict[str, Any], sentence: str
) -> None:
    number = await somebody(window)
    code = (await opened(window, number))["code"]
    holder = await window.phone(number)
    refused = await tried(holder, code, new_phone(window, **how))
    assert codes(refused) == ["PASSKEY_NOT_MADE"]
    assert sentence in refused.json()["detail"]
    # Nothing was used up: the same code serves a phone that does.
    assert (await tried(holder, code, new_phone(window))).status_code == 201


@pytest.mark.parametrize("what", ["client_data", "attestation"])
@pytest.mark.parametrize("said", ["AAAA", "_", "oWNmbXRkbm9uZQ", "W1tbW1tb"])
async def test_what_is_no_passkey_is_refused_and_not_a_fault(
    window: Window, what: str, said: str
) -> None:
    number = await somebody(window)
    code = (await opened(window, number))["code"]
    holder = await window.phone(number)
    asked = await holder.post(CHALLENGES, {"code": code})
    body = {"code": code, **new_phone(window).make(asked["challenge"]), what: said}
    assert codes(await holder.try_post(PASSKEYS, body)) == ["PASSKEY_NOT_MADE"]


async def test_a_passkey_is_bound_to_one_person(window: Window) -> None:
    phone = new_phone(window)
    await bound(window, await somebody(window), phone)
    number = await somebody(window)
    code = (await opened(window, number))["code"]
    again = await tried(await window.phone(number), code, phone)
    assert codes(again) == ["PASSKEY_NOT_MADE"]
    assert "on file already" in again.json()["detail"]


async def test_two_phones_are_possible_and_a_third_is_not(window: Window) -> None:
    number = await somebody(window)
    # Opened before the second was bound, it does not help either.
    await bound(window, number, new_phone(window))
    early = (await opened(window, number))["code"]
    await bound(window, number, new_phone(window))
    refused = await window.registrar.try_post(OPENINGS, {"resident_no": number})
    assert codes(refused) == ["PASSKEYS_ENOUGH"]
    late = await tried(await window.phone(number), early, new_phone(window))
    assert codes(late) == ["PASSKEYS_ENOUGH"]


async def test_a_lost_phone_is_dead_as_soon_as_another_is_opened(window: Window) -> None:
    number = await somebody(window)
    holder, lost = await bound(window, number, new_phone(window))
    await bound(window, number, new_phone(window))
    new = await opened(window, number, lost["passkey_id"])
    states = {p["passkey_id"]: p["state"] for p in (await holder.get(PASSKEYS))["items"]}
    assert (states[lost["passkey_id"]], states[new["passkey_id"]]) == ("REPLACED", "OPENED")
    assert await events_of(window.sql, lost["passkey_id"]) == [
        *("PasskeyOpened", "PasskeyBound", "PasskeyReplaced")
    ]
    assert (await tried(holder, new["code"], new_phone(window))).status_code == 201
    twice = {"resident_no": number, "replaces": lost["passkey_id"]}
    assert codes(await window.registrar.try_post(OPENINGS, twice)) == ["NOT_FOUND"]


async def test_nobody_replaces_the_phone_of_another_person(window: Window) -> None:
    _, others = await bound(window, await somebody(window), new_phone(window))
    body = {"resident_no": await somebody(window), "replaces": others["passkey_id"]}
    assert codes(await window.registrar.try_post(OPENINGS, body)) == ["NOT_FOUND"]


async def test_its_holder_ends_it_and_nobody_else(window: Window) -> None:
    number = await somebody(window)
    holder, passkey = await bound(window, number, new_phone(window))
    path = f"{PASSKEYS}/{passkey['passkey_id']}/ending"
    stranger = await window.phone(await somebody(window))
    assert (await stranger.try_post(path, {})).status_code == 404
    assert (await window.registrar.try_post(path, {})).status_code == 403
    old = await holder.try_post(path, {}, **{"If-Match": '"1"'})
    assert codes(old) == ["VERSION_MISMATCH"]
    assert (await holder.post(path, {}))["state"] == "DEAD"
    assert codes(await holder.try_post(path, {})) == ["STATE_CONFLICT"]
    assert (await events_of(window.sql, passkey["passkey_id"]))[-1] == "PasskeyEnded"


async def test_a_list_is_ones_own_or_the_registrars(window: Window) -> None:
    number = await somebody(window)
    _, passkey = await bound(window, number, new_phone(window))
    resident = await window.resident_id(number)
    (shown,) = (await window.registrar.get(PASSKEYS, resident_id=resident))["items"]
    assert shown["passkey_id"] == passkey["passkey_id"]
    stranger = await window.phone(await somebody(window))
    for whose in (resident, new_id("lot")):
        with pytest.raises(Exception, match="404"):
            await stranger.get(PASSKEYS, resident_id=whose)
