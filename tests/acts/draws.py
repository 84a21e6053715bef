"""Acts on draw seeds and on who may be drawn, each at a port of its own: a draw day is closed for
the whole port."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, Final

from services.kernel.clock import business_day
from tests.acts.asked import Asked, Builder
from tests.acts.lots import becomes
from tests.support.asleep import Asleep
from tests.support.harbour import RED_GOODS, open_port
from tests.support.on_file import badge_of, officer_filed

DUTIES: Final = "/registry/v1/duties"
SEEDS: Final = "/risk/v1/draw-seeds"
DAY: Final = "2026-11-18"
"""When the lots of the tests enter: no day that the window opens ahead."""


async def committed(asleep: Asleep) -> Asked:
    """The lot that comes then is drawn for under it, and under no other seed."""
    place, officer = await quiet_port(asleep)
    return asked_by(
        *(place, officer, SEEDS, (seed_of(place), seed_of(place, "2026-11-17"))),
        "DrawSeedCommitted",
        follows=drawn_for(place, [True]),
    )


async def standing_already(asleep: Asleep) -> Asked:
    """A draw day that is open is not opened twice: its commitment is the answer."""
    place, officer = await quiet_port(asleep)
    await committed_by(place, officer)
    return asked_by(place, officer, SEEDS, (seed_of(place), seed_of(place, "2026-11-17")))


async def revealed(asleep: Asleep) -> Asked:
    """Nothing is drawn under a seed that is public: the lot that comes late has another."""
    place, officer = await quiet_port(asleep)
    seed_id = await committed_by(place, officer)
    return asked_by(
        *(place, officer, f"{SEEDS}/{seed_id}/reveal", ({}, {})),
        *("DrawSeedClosed", "DrawSeedRevealed"),
        follows=drawn_for(place, [False, True]),
    )


async def quiet_port(asleep: Asleep) -> tuple[Asleep, str]:
    """A port where nothing was drawn yet, and its risk officer."""
    place = asleep.at(await open_port(asleep.harbour.window))
    return place, await officer_filed(place.sql, place.harbour.port)


async def waiting_lot(place: Asleep) -> str:
    """A lot of red goods that nobody has screened yet."""
    group = await place.harbour.group(1)
    return await place.harbour.confirmed(group, hs_code=RED_GOODS, values=["10.00"])


def seed_of(place: Asleep, day: str = DAY) -> dict[str, str]:
    """The request for a port's draw day."""
    return {"port": place.harbour.port, "business_on": day}


async def committed_by(place: Asleep, officer: str) -> str:
    """An officer has opened the draw day; its seed's id."""
    answer = await asked_by(place, officer, SEEDS, (seed_of(place), {})).sent(place)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["seed_id"])


def asked_by(
    place: Asleep, officer: str, path: str, bodies: tuple[Any, Any], *events: str, **also: Any
) -> Asked:
    """What a risk officer of the port asks for."""
    who = ("risk_officer", f"officer:{officer}", path)
    return Asked(*who, *bodies, events, port=place.harbour.port, **also)


def drawn_for(place: Asleep, drawn: list[bool]) -> Any:
    """A lot comes and has its officers; whether under each seed of the day anything was drawn."""

    async def until(_: Asleep) -> object:
        await becomes(await waiting_lot(place), "IN_INSPECTION")(place)
        auditor = place.harbour.auditor
        seeds = (await auditor.get(SEEDS, port=place.harbour.port, day=DAY))["items"]
        draws = [await auditor.get(f"{SEEDS}/{seed['seed_id']}/draws") for seed in seeds]
        assert [bool(page["items"]) for page in draws] == drawn
        return draws

    return until


async def duty_filed(asleep: Asleep) -> Asked:
    """Of a port of its own, by who keeps its roster; the other request has him stay away longer."""
    place = asleep.at(await open_port(asleep.harbour.window, officers=0))
    sql, port = place.sql, place.harbour.port
    skills = ("supervise", "aeo", "aeo")
    keeper, away, _ = [await officer_filed(sql, port, (skill,)) for skill in skills]
    today = business_day(datetime.now(UTC)).isoformat()
    row = {"badge_no": await badge_of(sql, away), "duty": "SICK", "from_on": today}
    body, other = {"rows": [row]}, {"rows": [{**row, "duty": "LEAVE"}]}
    who = ("officer", f"officer:{keeper}", DUTIES)
    return Asked(*who, body, other, ("RecordsFiled",), port=port)


ACTS: Final[dict[str, tuple[Builder, ...]]] = {
    f"POST {SEEDS}": (committed, standing_already),
    f"POST {SEEDS}/{{seed_id}}/reveal": (revealed,),
    f"POST {DUTIES}": (duty_filed,),
}
