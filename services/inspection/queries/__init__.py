"""Reads of the inspection service."""

from services.inspection.queries.cases import (
    accreditation_get,
    accreditation_list,
    control_list,
    credit_list,
    order_get,
    order_list,
    rule_list,
)
from services.inspection.queries.draws import (
    draw_list,
    draws_to_verify,
    seed_get,
    seed_list,
)

__all__ = [
    "accreditation_get",
    "accreditation_list",
    "control_list",
    "credit_list",
    "draw_list",
    "draws_to_verify",
    "order_get",
    "order_list",
    "rule_list",
    "seed_get",
    "seed_list",
]
