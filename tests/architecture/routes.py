"""Every route of every service, and a request for each that a well-meaning caller would send."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

from joserfc import jwt
from joserfc.jwk import OKPKey

from deploy.operate.contracts import CONTRACTS
from deploy.sandbox.token import AUDIENCE, ISSUER
from services.kernel.identifiers import new_id
from services.manifests import names, scopes_of_roles
from services.platform.openapi import SCHEME

REQUESTS: Final = CONTRACTS / "samples" / "requests"
ALLOWED: Final = Path(__file__).parent / "allowed"
_PREFIX: Final = {
    "lot_id": "lot",
    "officer_id": "ofc",
    "seed_id": "sed",
    "rule_id": "rul",
    "control_id": "ctl",
    "accreditation_id": "aeo",
    "credit_id": "crd",
    "price_id": "prc",
    "quote_id": "qte",
    "instruction_id": "stl",
    "message_id": "msg",
    "output_id": "out",
    "purchase_id": "pur",
    "book_id": "bok",
    "alert_id": "alt",
    "policy_id": "pol",
    "change_id": "imp",
    "filing_id": "imp",
    "correction_id": "cor",
    "key_id": "bky",
    "report_id": "nmr",
    "passkey_id": "pky",
    "dispute_id": "dsp",
    "entry_id": "scn",
    "answer_id": "ans",
    "resident_id": "res",
    "case_id": "lot",
    "webhook_id": "whk",
    "document_id": "doc",
    "bic": None,
    "group_code": None,
    "enterprise_code": None,
    "seller_code": None,
    "port": None,
    "hs_code": None,
    "domestic_plate": None,
    "manifest_no": None,
    "kind": None,
    "paper_no": None,
}
"""Which identifiers stand in paths; None when it is a code of the trade."""
_UNKNOWN_CODE: Final = {
    "hs_code": "99999999",
    "enterprise_code": "9999999999",
    "bic": "NOBACNBJ",
    "kind": "INVOICE",
    "paper_no": "0" * 32,
}
_REQUIRED: Final = {"parties": "group:UNKNOWN-1"}
"""What a list is asked about that is asked about something."""
_PARTY: Final = {
    "resident": "resident:{res}",
    "clerk": "group:DX-G999",
    "carrier": "carrier:C1",
    "gate": "gate:G1",
    "officer": "officer:{ofc}",
    "risk_officer": "officer:{ofc}",
    "policy_officer": "officer:{ofc}",
    "registrar": "platform:registrar",
    "bank": "bank:ABOCCNBJ",
    "bank_compliance": "bank:ABOCCNBJ",
    "enterprise": "enterprise:4506960001",
    "auditor": "auditor:A1",
    "leader": "leader:L1",
}


@dataclass(frozen=True)
class Route:
    """One method of one path as its description states it."""

    service: str
    method: str
    path: str
    operation: dict[str, Any]

    def __str__(self) -> str:
        return f"{self.method} {self.path}"

    @property
    def scopes(self) -> list[str]:
        """The scopes it asks for."""
        return [scope for way in self.operation.get("security", []) for scope in way[SCHEME]]

    @property
    def is_signature(self) -> bool:
        """Whether it takes no act without the version that was read."""
        parameters = self.operation.get("parameters", [])
        return any(p["name"].lower() == "if-match" and p.get("required") for p in parameters)

    @property
    def is_health(self) -> bool:
        """Whether it is one of the two that say how a service is."""
        return self.path.startswith(f"/{self.service}/health/")

    @property
    def is_open(self) -> bool:
        """Whether anyone may call it: health, and what is listed as public."""
        return self.is_health or str(self) in allowed("public")

    @property
    def has_ids(self) -> bool:
        """Whether its path names something."""
        return "{" in self.path

    def address(self) -> str:
        """The path, naming things that do not exist."""
        address = self.path
        for parameter in self.operation.get("parameters", []):
            if parameter["in"] == "path":
                address = address.replace(
                    "{" + parameter["name"] + "}", _unknown(self, parameter["name"])
                )
        required = [
            f"{p['name']}={_REQUIRED.get(p['name']) or _value(p['schema'])}"
            for p in self.operation.get("parameters", [])
            if p["in"] == "query" and p.get("required")
        ]
        return address + ("?" + "&".join(required) if required else "")

    def body(self) -> dict[str, Any] | None:
        """A good JSON body, from the samples; None when it takes none."""
        if "application/json" not in self.operation.get("requestBody", {}).get("content", {}):
            return None
        return sample_requests().get(str(self))

    def role(self) -> str:
        """A role that may call it."""
        return next(r for r, scopes in scopes_of_roles().items() if set(self.scopes) <= scopes)


@cache
def described(service: str) -> dict[str, Any]:
    """A service's description, to be read and not to be changed, from its contract: of the code it
    costs seconds, in each worker. That the two are one tests/contracts says."""
    document: dict[str, Any] = json.loads((CONTRACTS / "openapi" / f"{service}.json").read_text())
    return document


def every_route() -> list[Route]:
    """All of them, health included."""
    return [
        Route(service, method.upper(), path, operation)
        for service in names()
        for path, operations in described(service)["paths"].items()
        for method, operation in operations.items()
    ]


@cache
def sample_requests() -> dict[str, dict[str, Any]]:
    """The sample request of each operation."""
    documents = [json.loads(path.read_text()) for path in sorted(REQUESTS.glob("*/*.json"))]
    return {document["operation"]: document["request"] for document in documents}


def allowed(name: str) -> set[str]:
    """The exceptions that are still allowed; the file may only shrink."""
    lines = (ALLOWED / f"{name}.txt").read_text().splitlines()
    return {line for line in lines if line and not line.startswith("#")}


def bearer(key: OKPKey, role: str, scopes: list[str]) -> dict[str, str]:
    """The header of a caller in a role, with exactly these scopes."""
    now = int(time.time())
    claims = {
        "iss": ISSUER,
        "aud": AUDIENCE,
        "sub": f"subject-of-{role}",
        "party": _PARTY[role].format(res=new_id("res"), ofc=new_id("ofc")),
        "role": role,
        "port": "DONGXING",
        "scope": " ".join(scopes),
        "iat": now,
        "exp": now + 600,
    }
    header = {"alg": "Ed25519", "kid": key.kid}
    return {"authorization": f"Bearer {jwt.encode(header, claims, key, algorithms=['Ed25519'])}"}


def _unknown(route: Route, name: str) -> str:
    if name == "order_id":
        return new_id("ins" if route.service == "inspection" else "ord")
    prefix = _PREFIX[name]
    return _UNKNOWN_CODE.get(name, "UNKNOWN-1") if prefix is None else new_id(prefix)


def _value(schema: dict[str, Any]) -> str:
    if "enum" in schema:
        return str(schema["enum"][0])
    return {"date": "2026-11-18"}.get(schema.get("format", ""), "1")
