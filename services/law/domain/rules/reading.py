"""Which legal parameters are read, and in which scopes: any other would be law for nobody."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from difflib import get_close_matches
from typing import Final

from services.kernel.countries import COUNTRIES
from services.kernel.pairs import PAIRS
from services.kernel.refusal import Refusal
from services.kernel.rule import rule
from services.law.domain import refusals

_NAMED_MAX: Final = 3


@dataclass(frozen=True, slots=True)
class Scopes:
    """The scopes of a parameter beside none: ports on file, or those of a form."""

    form: str
    example: str
    ports: bool = False


_GOODS: Final = Scopes("[0-9]{4}|[0-9]{6}|[0-9]{8}|[0-9]{10}|[0-9]{13}", "08013100")
_PAIR: Final = Scopes(
    "|".join(f"{p.base}-{p.quoted}" for p in PAIRS.values()),
    next(f"{p.base}-{p.quoted}" for p in PAIRS.values()),
)
_BASE: Final = Scopes(
    "|".join(sorted({p.base for p in PAIRS.values()})), min(p.base for p in PAIRS.values())
)
_PORT: Final = Scopes("", "", ports=True)
_OF_A_PORT: Final = (
    "gate.same_entry_min",
    "gate.weight_tolerance",
    "hushi.daily_quota_cny",
    "hushi.entry_age_max_days",
    "hushi.entry_ahead_max_min",
    "hushi.group_min_members",
    "hushi.max_tickets_per_day",
    "hushi.name_report_h",
    "hushi.over_quota_policy",
    "hushi.reminder_every_min",
    "hushi.share_answer_min",
    "hushi.touch_demanded",
    "hushi.touch_min",
    "inspection.base_rate",
    "inspection.bays",
    "inspection.selection_inherited_days",
    "inspection.weight_tolerance",
    "process.receive_days",
    "rcep.perishable_h",
    "rcep.release_h",
    "registry.mandate_cooling_h",
    "registry.on_duty_share_pct",
    "registry.pool_changes_shown_days",
    "vehicle.declaration_valid_h",
    "vehicle.declared_late_min",
    "vehicle.total_mass_max_kg",
)
SCOPES: Final[Mapping[str, Scopes]] = {
    **dict.fromkeys(_OF_A_PORT, _PORT),
    "calendar.days": Scopes(rf"(?:{'|'.join(sorted(COUNTRIES))})-[0-9]{{4}}", "VN-2027"),
    "fx.price_move_banks": _PAIR,
    "fx.price_move_max_bp": _PAIR,
    "fx.quote_volume_max": _BASE,
    "process.hs_rule": _GOODS,
    "process.receipt_tol": _GOODS,
    "process.unexplained_tol": _GOODS,
    "process.yield_tol": _GOODS,
}
"""What a parameter may be narrowed to, by what its readers ask; any other holds everywhere."""
REPLAYED: Final = "hushi.entry_age_max_days"
"""It is asked for a port, and for the port's playing of past days."""
_REPLAY: Final = "replay:"


@rule("POL-04", source="operator-order", in_force=date(2026, 1, 1))
def parameter_is_known(key: str, known: Collection[str]) -> Refusal | None:
    """Only a parameter that the window reads is proposed; which those are, its versions file."""
    if key in known:
        return None
    return refusals.POLICY_KEY_UNKNOWN.at("/key", key=key, nearest=_nearest(key, known))


@rule("POL-05", source="operator-order", in_force=date(2026, 1, 1))
def scope_is_known(key: str, scope: str, ports: Collection[str]) -> Refusal | None:
    """A parameter holds everywhere, or in a scope in which it is asked: mostly a port on file."""
    if not scope:
        return None
    scopes = SCOPES.get(key)
    if scopes is None:
        return refusals.POLICY_SCOPELESS.at("/scope", key=key)
    port = scope.removeprefix(_REPLAY) if key == REPLAYED else scope
    if port in ports if scopes.ports else re.fullmatch(scopes.form, scope):
        return None
    nearest = _nearest(port.upper(), ports) if scopes.ports else [scopes.example]
    return refusals.POLICY_SCOPE_UNKNOWN.at("/scope", key=key, scope=scope, nearest=nearest)


def _nearest(written: str, known: Collection[str]) -> list[str]:
    return get_close_matches(written, sorted(known), n=_NAMED_MAX, cutoff=0.0)
