"""Reads of the registry."""

from services.registry.queries.changes import (
    accounts_also_of,
    change_get,
    change_list,
)
from services.registry.queries.memberships import memberships_of
from services.registry.queries.names import bank_names, names_of
from services.registry.queries.passkeys import passkey_get, passkey_list
from services.registry.queries.people import (
    group_get,
    member_list,
    resident_get,
    residents_lookup,
)
from services.registry.queries.records import (
    bank_key_get,
    bank_keys,
    enterprise_get,
    officer_get,
    officer_name,
    officer_of_badge,
    payer_accounts,
    port_get,
    port_names,
    record_get,
    record_list,
)

__all__ = [
    "accounts_also_of",
    "bank_key_get",
    "bank_keys",
    "bank_names",
    "change_get",
    "change_list",
    "enterprise_get",
    "group_get",
    "member_list",
    "memberships_of",
    "names_of",
    "officer_get",
    "officer_name",
    "officer_of_badge",
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
