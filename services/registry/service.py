"""The registry's manifest."""

from __future__ import annotations

from typing import Final

from services.platform.manifest import Manifest, granted
from services.platform.roles import LOOKING_UP, WITH_CASES

MANIFEST: Final = Manifest(
    name="registry",
    title="Registry",
    description="Who and what: residents, groups, parties, ports.",
    summary="Who and what: residents, groups, parties, ports.",
    keys=("field_key", "hash_key", "receipt_key"),
    scopes=(
        granted("registry:bank:read", "registrar"),
        granted("registry:bank:write", "registrar"),
        granted(
            "registry:change:read",
            *("resident", "clerk", "enterprise", "bank", "bank_compliance", "registrar", "auditor"),
        ),
        granted("registry:change:write", "registrar"),
        granted("registry:bank_key:decide", "registrar", signs=True),
        granted("registry:bank_key:read", "registrar", "auditor", "bank", "bank_compliance"),
        granted("registry:bank_key:propose", "registrar", signs=True),
        granted("registry:duty:write", "officer"),
        granted("registry:enterprise:list", "officer", "registrar"),
        granted("registry:enterprise:read", "officer", "registrar", "enterprise"),
        granted("registry:enterprise:write", "registrar"),
        granted("registry:group:read", "clerk", "registrar"),
        granted("registry:group:write", "registrar"),
        granted("registry:mandate:grant", "resident", "registrar"),
        granted("registry:name:read", *WITH_CASES),
        granted("registry:officer:read", "registrar"),
        granted("registry:officer:write", "registrar"),
        granted("registry:passkey:bind", "resident", signs=True),
        granted("registry:passkey:end", "resident"),
        granted("registry:passkey:open", "registrar", signs=True),
        granted("registry:passkey:read", "resident", "registrar"),
        granted("registry:payer_account:read", "resident", "clerk", "enterprise", "registrar"),
        granted("registry:payer_account:write", "registrar"),
        granted("registry:port:read", *LOOKING_UP),
        granted("registry:port:write", "registrar"),
        granted("registry:resident:lookup", "clerk", "officer", "registrar"),
        granted("registry:resident:read", "resident", "clerk", "registrar"),
        granted("registry:resident:write", "registrar"),
        granted("registry:seller:read", "resident", "clerk", "registrar"),
        granted("registry:seller:write", "registrar"),
        granted("registry:signatory:read", "registrar"),
        granted("registry:signatory:write", "registrar"),
    ),
)
