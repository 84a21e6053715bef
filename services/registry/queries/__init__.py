"""Reads of the registry."""

from services.registry.queries.changes import (
    change_get,
    change_list,
)
from services.registry.queries.passkeys import passkey_get, passkey_list
from services.registry.queries.records import (
    bank_key_get,
    bank_keys,
    enterprise_get,
    enterprise_shown,
    group_get,
    member_list,
    officer_get,
    officer_name,
    officer_of_badge,
    officer_shown,
    payer_accounts,
    port_get,
    port_names,
    record_get,
    record_list,
    resident_get,
    residents_lookup,
)

__all__ = [
    "bank_key_get",
    "bank_keys",
    "change_get",
    "change_list",
    "enterprise_get",
    "enterprise_shown",
    "group_get",
    "member_list",
    "officer_get",
    "officer_name",
    "officer_of_badge",
    "officer_shown",
    "passkey_get",
    "passkey_list",
    "payer_accounts",
    "port_get",
    "port_names",
    "record_get",
    "record_list",
    "resident_get",
    "residents_lookup",
]
