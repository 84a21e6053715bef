"""Draw days are everybody's to read: the commitment at once, all draws when the day is closed."""

from __future__ import annotations

import hashlib
import hmac
from typing import Any

from tests.services.risk.test_screening import reveal
from tests.support.inspection import DAY, RED_GOODS, Office

DAYS = "/risk/v1/draw-days"


async def asked(office: Office, path: str, **params: Any) -> Any:
    """What a stranger without a token is answered."""
    answer = await office.parties.http.get(path, params=params)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def test_a_stranger_computes_every_draw_of_a_closed_day_by_the_description_alone(
    office: Office,
) -> None:
    port = await office.port(rate="0.5")
    order = None
    for goods in ("08013100", "08013100", RED_GOODS):
        screened = await office.screened(await office.lot(port, goods))
        order = screened.order_id or order
    await office.order(str(order), state="ASSIGNED")
    (before,) = (await asked(office, DAYS, port=port, day=DAY.isoformat()))["items"]
    assert (before["seed"], before["closed_at"]) == (None, None)
    await reveal(office, port)
    (closed,) = (await asked(office, DAYS, port=port, closed=True))["items"]
    seed = bytes.fromhex(closed["seed"])
    assert hashlib.sha256(seed).hexdigest() == before["commitment_sha256"]

    draws: list[dict[str, Any]] = []
    cursor: dict[str, str] = {}
    while True:
        found = await asked(office, f"{DAYS}/draws", seed_id=closed["seed_id"], limit=2, **cursor)
        assert found["day"] == closed
        draws += found["items"]
        if found["next_cursor"] is None:
            break
        cursor = {"cursor": found["next_cursor"]}
    assert {"goods", "officers"} <= {draw["purpose"] for draw in draws}
    for draw in draws:
        said = f"{draw['purpose']}|{draw['subject']}"
        if draw["purpose"] == "goods":
            first = hmac.digest(seed, said.encode(), "sha256")[:8]
            value = int.from_bytes(first, "big") * 10**10 >> 64
            assert draw["value"] == f"0.{value:010}"
            assert draw["selected"] is (value < float(draw["rate"]) * 10**10)
        else:
            order_of = {
                one: hmac.digest(seed, f"{said}|{one}".encode(), "sha256")
                for one in draw["eligible"]
            }
            ordered = sorted(draw["eligible"], key=order_of.__getitem__)
            assert draw["drawn"] == ordered[: len(draw["drawn"])]


async def test_an_open_day_shows_what_was_committed_to_and_nothing_that_was_drawn(
    office: Office,
) -> None:
    port = await office.port(rate="1")
    await office.screened(await office.lot(port))
    (day,) = (await asked(office, DAYS, port=port, closed=False))["items"]
    answer = await office.parties.http.get(f"{DAYS}/draws", params={"seed_id": day["seed_id"]})
    assert (answer.status_code, answer.json()["code"]) == (404, "NOT_FOUND")
    assert (await asked(office, DAYS, port=port, closed=True))["items"] == []


async def test_days_are_listed_newest_first_without_gap_or_repetition(office: Office) -> None:
    port = await office.port(rate="1")
    for _ in range(3):
        await office.screened(await office.lot(port))
        await reveal(office, port)
    listed: list[int] = []
    cursor: dict[str, str] = {}
    while True:
        found = await asked(office, DAYS, port=port, limit=1, **cursor)
        listed += [one["round"] for one in found["items"]]
        if found["next_cursor"] is None:
            break
        cursor = {"cursor": found["next_cursor"]}
    assert listed == [3, 2, 1]


async def test_who_has_it_already_is_told_only_that_nothing_has_changed(office: Office) -> None:
    port = await office.port(rate="1")
    await office.screened(await office.lot(port))
    http = office.parties.http
    first = await http.get(DAYS, params={"port": port})
    assert first.headers["cache-control"].startswith("public, max-age=")
    named = {"if-none-match": f'"elsewhere", W/{first.headers["etag"]}'}
    again = await http.get(DAYS, params={"port": port}, headers=named)
    assert (again.status_code, again.content) == (304, b"")
    await reveal(office, port)
    changed = await http.get(DAYS, params={"port": port}, headers=named)
    assert (changed.status_code, changed.headers["etag"] == first.headers["etag"]) == (200, False)
