"""Reads of the risk service."""

from services.risk.queries.draws import (
    draw_day_list,
    draw_list,
    draws_to_verify,
    pool_changes,
    revealed_seed,
    seed_get,
    seed_list,
)
from services.risk.queries.judgements import judgement_get
from services.risk.queries.rules import (
    acts_on,
    control_get,
    control_list,
    rule_get,
    rule_hits,
    rule_list,
)

__all__ = [
    "acts_on",
    "control_get",
    "control_list",
    "draw_day_list",
    "draw_list",
    "draws_to_verify",
    "judgement_get",
    "pool_changes",
    "revealed_seed",
    "rule_get",
    "rule_hits",
    "rule_list",
    "seed_get",
    "seed_list",
]
