"""A risk officer's day: the rule book, what waits for a second officer, controls, call-ins."""

from __future__ import annotations

import asyncio
from typing import Any, Final

from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from services.platform.language import LANGUAGES
from services.portal.addresses import HOME
from services.portal.names import call_by_name
from services.portal.offered import only
from services.portal.pages import lots
from services.portal.pages.officers import badges
from services.portal.visit import Visit, acting, reading

CONTROLLED: Final = ("party", "seller", "vehicle_plate", "hs_code", "hs_prefix", "origin")
"""What a control may be set on."""
LANES: Final = ("RED", "YELLOW")
_WORDED: Final = ("code", "title", "lane", "expression", "authority", "effective_from")
_TITLES: Final = tuple(f"titles.{language}" for language in LANGUAGES)
_SET: Final = ("kind", "value", "lane", "grounds", "effective_from")
_MANY: Final = 200
_HITS: Final = 50


async def book(visit: Visit) -> Response:
    """What waits for a second officer, and every rule in force; three reads."""
    calls = visit.calls
    proposed, approved, controls = await asyncio.gather(
        visit.listed("proposed", "/risk/v1/rules", state="PROPOSED", limit=_MANY),
        calls.get("/risk/v1/rules", state="APPROVED", limit=_MANY, cursor=visit.query("cursor")),
        calls.get("/risk/v1/controls", limit=_MANY),
    )
    ending = [one for one in approved["items"] if _is_ending(one)]
    return visit.page(
        "rules.html",
        proposed=proposed,
        ending=ending,
        rules=approved,
        controlled=sum(1 for one in controls["items"] if one["lifted_at"] is None),
    )


def _is_ending(rule: dict[str, Any]) -> bool:
    """Whether its end was proposed and waits for a second officer."""
    return rule["retires_on"] is not None and rule["retired_by"] is None


async def rule(visit: Visit) -> Response:
    """One rule as whoever decides on it reads it, and the lots that it hit lately."""
    path = f"/risk/v1/rules/{visit.path('rule_id')}"
    one, badged, hits = await asyncio.gather(
        visit.calls.get(path),
        badges(visit),
        visit.calls.get(f"{path}/hits", cursor=visit.query("cursor"), limit=_HITS),
    )
    return visit.page(
        "rule.html",
        rule=one,
        badges=badged,
        hits=hits,
        ending=_is_ending(one),
        found=visit.mistakes(("ends_on", "grounds")),
    )


async def decided(visit: Visit) -> Response:
    """Another officer's rule is approved or not."""
    return await _decided(visit, "decision")


async def end_decided(visit: Visit) -> Response:
    """A rule ends as another officer proposed, or is kept."""
    return await _decided(visit, "retirement/decision")


async def _decided(visit: Visit, act: str) -> Response:
    rule_id = visit.path("rule_id")
    body = {"approve": visit.is_yes("approve")}
    await visit.act(f"/risk/v1/rules/{rule_id}/{act}", body, versioned=True)
    return visit.turn(f"{HOME}rules/{rule_id}", said="signed")


async def end_proposed(visit: Visit) -> Response:
    """Propose that a rule ends on a day."""
    rule_id = visit.path("rule_id")
    body = visit.typed_in(("ends_on", "grounds"))
    await visit.act(f"/risk/v1/rules/{rule_id}/retirement", body, versioned=True)
    return visit.turn(f"{HOME}rules/{rule_id}", said="done")


async def wording(visit: Visit) -> Response:
    """A rule to be worded; another officer decides on it."""
    return visit.page(
        "rule_new.html",
        lanes=LANES,
        found=visit.mistakes((*_WORDED, *_TITLES, "example", "effective_to")),
    )


async def worded(visit: Visit) -> Response:
    """Propose a rule with the example that it must hit."""
    body: dict[str, Any] = visit.typed_in(_WORDED)
    body["example"] = _facts(visit.form.get("example", ""))
    if last := visit.typed("effective_to"):
        body["effective_to"] = last
    worded = visit.filled_in(_TITLES)
    body["titles"] = {name.partition(".")[2]: title for name, title in worded.items()}
    made = await visit.act("/risk/v1/rules", body)
    return visit.turn(f"{HOME}rules/{made['rule_id']}", said="done")


def _facts(text: str) -> Any:
    """An example as it was typed, a fact a line: ``hs_code = 0801310000``; numbers as numbers.

    What is no fact stays the text it is, and the interface says so beside the field.
    """
    facts: dict[str, Any] = {}
    for line in filter(None, map(str.strip, text.splitlines())):
        name, equals, value = (part.strip() for part in line.partition("="))
        if not equals:
            return text
        facts[name] = _fact(name, value)
    return facts


def _fact(name: str, value: str) -> str | int | bool:
    """A number where the fact counts something: a code of digits alone stays a code."""
    if value in ("true", "false"):
        return value == "true"
    counted = name.endswith(("_g", "_minor", "_count")) or name == "pieces"
    try:
        return int(value) if counted else value
    except ValueError:
        return value


async def controls(visit: Visit) -> Response:
    """Controls that hold, those that were lifted, and a new one."""
    found, badged = await asyncio.gather(
        visit.calls.get("/risk/v1/controls", limit=_MANY, cursor=visit.query("cursor")),
        badges(visit),
    )
    await call_by_name(visit, [one["value"] for one in found["items"] if one["kind"] == "party"])
    return visit.page(
        "controls.html",
        badges=badged,
        controls=found,
        kinds=CONTROLLED,
        lanes=LANES,
        found=visit.mistakes((*_SET, "effective_to")),
    )


async def control_set(visit: Visit) -> Response:
    """From the next lot on, goods with this fact go to a person."""
    body = visit.typed_in(_SET)
    if last := visit.typed("effective_to"):
        body["effective_to"] = last
    await visit.act("/risk/v1/controls", body)
    return visit.turn(f"{HOME}controls", said="done")


async def lifted(visit: Visit) -> Response:
    """Another officer's control is lifted."""
    await visit.act(f"/risk/v1/controls/{visit.path('control_id')}/lift", {}, versioned=True)
    return visit.turn(f"{HOME}controls", said="signed")


async def called_in(visit: Visit) -> Response:
    """A lot that is still inside is to be inspected, or more closely, with the grounds for it."""
    lot_id = visit.path("lot_id")
    body = visit.typed_in(("lane", "grounds"))
    await visit.act(f"/risk/v1/lots/{lot_id}/call-ins", body, versioned=True)
    return visit.turn(f"{HOME}lots/{lot_id}", said="signed")


_wording: Final = only(wording, "risk:rule:propose")
ROUTES: Final[list[BaseRoute]] = [
    Route(f"{HOME}rules", reading(book)),
    Route(f"{HOME}rules/new", reading(_wording)),
    Route(f"{HOME}rules/new", acting(worded, page=_wording), methods=["POST"]),
    Route(f"{HOME}rules/{{rule_id}}", reading(rule)),
    Route(f"{HOME}rules/{{rule_id}}/decision", acting(decided, page=rule), methods=["POST"]),
    Route(f"{HOME}rules/{{rule_id}}/end", acting(end_proposed, page=rule), methods=["POST"]),
    Route(
        f"{HOME}rules/{{rule_id}}/end-decision", acting(end_decided, page=rule), methods=["POST"]
    ),
    Route(f"{HOME}controls", reading(controls)),
    Route(f"{HOME}controls", acting(control_set, page=controls), methods=["POST"]),
    Route(f"{HOME}controls/{{control_id}}/lift", acting(lifted, page=controls), methods=["POST"]),
    Route(f"{HOME}lots/{{lot_id}}/call-in", acting(called_in, page=lots.one), methods=["POST"]),
]
