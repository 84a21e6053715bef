"""Tokens of the sandbox's own issuer. They are minted for an embedded window only."""

from __future__ import annotations

import json
import time
from collections.abc import Collection
from pathlib import Path
from typing import Final
from uuid import uuid4

from joserfc import jwt
from joserfc.jwk import OKPKey

from deploy.operate.data_directory import DataDirectory, LocalError
from deploy.operate.home import Home, home_or_default
from services.platform.authentication import TokenRules
from services.platform.roles import DUTIES

ISSUER: Final = "urn:tradewindow:sandbox"
AUDIENCE: Final = "tradewindow"
GRANTED: Final = "issuer-scopes.json"
"""In a data directory: of each role the scopes that its issuer grants, as the window found them as
it began. Reading every service's manifest for one token takes seconds."""


def mint(
    *,
    role: str,
    party: str,
    subject: str | None = None,
    port: str | None = None,
    team: str | None = None,
    hours: float = 8,
    home: Home = None,
) -> None:
    """Print a token of this data directory's own issuer.

    Parameters
    ----------
    role
        resident, clerk, carrier, gate, officer, risk_officer, policy_officer, registrar, bank,
        bank_compliance, enterprise, auditor or leader.
    party
        Whom the token acts for, as kind:code, e.g. group:DX-G001, bank:ABOCCNBJ, resident:res_….
    subject
        Who the person or program is; the party when not given.
    port
        An officer's or gate's port, e.g. DONGXING.
    team
        An officer's team.
    hours
        How long it lives.
    """
    directory = DataDirectory(home_or_default(home))
    key = _issuer_key(directory.home)
    print(
        token(
            key,
            role=role,
            party=party,
            subject=subject or party,
            port=port,
            team=team,
            hours=hours,
            scopes=_granted(directory.home, role),
        )
    )


def token(
    key: OKPKey,
    *,
    role: str,
    party: str,
    subject: str,
    port: str | None = None,
    team: str | None = None,
    hours: float = 8,
    scopes: Collection[str] | None = None,
) -> str:
    """A signed token with the role's scopes, or with these.

    Raises LocalError when the window would not take it.
    """
    if role not in DUTIES:
        raise LocalError(f"There is no role {role!r}; roles are {', '.join(DUTIES)}.")
    if not all(party.partition(":")):
        raise LocalError(f"A party is kind:code, e.g. group:DX-G001; {party!r} is not.")
    kind = DUTIES[role].party_kind
    if not party.startswith(f"{kind}:"):
        raise LocalError(f"A {role} acts for a party of the kind {kind}: {kind}:…, not {party!r}.")
    if DUTIES[role].at_a_port and port is None:
        raise LocalError(f"The duty of a {role} has a port; name it with --port.")
    if hours * 3600 > TokenRules().max_age_s:
        raise LocalError(f"Tokens live {TokenRules().max_age_s // 3600} hours at most.")
    now = int(time.time())
    claims = {
        "iss": ISSUER,
        "aud": AUDIENCE,
        "sub": subject,
        "party": party,
        "role": role,
        "scope": " ".join(sorted(scopes_of(role) if scopes is None else scopes)),
        "iat": now,
        "jti": uuid4().hex,
        "exp": now + int(hours * 3600),
    }
    optional = {"port": port, "team": team}
    claims.update({name: value for name, value in optional.items() if value is not None})
    header = {"alg": "Ed25519", "kid": key.kid, "typ": "JWT"}
    return jwt.encode(header, claims, key, algorithms=["Ed25519"])


def scopes_of(role: str) -> frozenset[str]:
    """What the services' manifests grant a role."""
    # Imported late: whoever has the scopes already need not read all of them.
    from services.manifests import scopes_of_roles

    return scopes_of_roles()[role]


def grant(home: Path) -> None:
    """Write down what this tree's services grant, for the tokens of this data directory."""
    written = json.dumps({role: sorted(scopes_of(role)) for role in DUTIES})
    beside = home / f"{GRANTED}.new"
    beside.write_text(written, "utf-8")
    beside.replace(home / GRANTED)


def _granted(home: Path, role: str) -> Collection[str] | None:
    try:
        granted: dict[str, list[str]] = json.loads((home / GRANTED).read_text("utf-8"))
    except FileNotFoundError:
        return None
    return granted.get(role)


def _issuer_key(home: Path) -> OKPKey:
    if not (home / "issuer.jwk").exists():
        raise LocalError(
            f"{home} holds no sandbox: tokens are minted beside the window they are for. Start it"
            " with `tradewindow up`, or name its directory with --home."
        )
    return DataDirectory(home).issuer_key()
