"""Reads of the declaration service."""

from services.declaration.queries.lots import (
    Wanted,
    acts_on,
    is_member,
    lot_get,
    lot_list,
    manifest_get,
    name_frozen_at,
    own_resident,
    quota_day,
    ticket_list,
)
from services.declaration.queries.submission import submission_facts

__all__ = [
    "Wanted",
    "acts_on",
    "is_member",
    "lot_get",
    "lot_list",
    "manifest_get",
    "name_frozen_at",
    "own_resident",
    "quota_day",
    "submission_facts",
    "ticket_list",
]
