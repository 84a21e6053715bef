"""Whether residents agreed by their phones to what the record says that they did (一指通).

Each kept answer is checked anew from the record alone: its terms are those whose digest the event
keeps and say what the event does, the phone signed that digest with its holder verified, and by the
key that the log saw bound to this resident.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from hashlib import sha256
from typing import Any, Final
from uuid import UUID

from sqlalchemy import text

from deploy.operate.verify.kept import Column, Kept, becomes, instant, own_id
from services.kernel.identifiers import show
from services.platform.database import Row, Statements
from services.platform.passkeys import Assertion, RelyingParty, Unfit


def _digest(kept: str) -> str:
    """Of bytes as JSON has them from the database."""
    return sha256(bytes.fromhex(kept.removeprefix("\\x"))).hexdigest()


PASSKEYS: Final = Kept(
    "passkeys",
    "v_passkeys",
    "passkey_id",
    "pky",
    {
        "PasskeyBound": (
            own_id("resident_id"),
            Column("public_key", "key", lambda value, _: value, _digest),
            becomes("state", "BOUND", by="resident_id"),
            instant("counts_from"),
        ),
        "PasskeyReplaced": (becomes("state", "REPLACED", by="resident_id"),),
        "PasskeyEnded": (becomes("state", "DEAD", by="resident_id"),),
    },
)
_AGREED: Final = {
    "LotSubmitted": ("declare", None),
    "SharesConfirmed": ("share", "YES"),
    "ShareRefused": ("share", "NO"),
}
"""What terms say of an act, by the event of the act."""
_TOUCHES: Final = text("SELECT * FROM v_touches WHERE case_id = ANY(CAST(:case_ids AS uuid[]))")
_BOUND: Final = text("""
    SELECT case_id, body FROM events
    WHERE case_id = ANY(CAST(:passkeys AS uuid[])) AND type = 'PasskeyBound'
""")


async def differing_touches(
    tx: Statements, chains: Mapping[UUID, tuple[str, Sequence[Row]]], found: dict[UUID, list[str]]
) -> None:
    """Of these cases what is kept of phones' answers and does not hold, added to what is found."""
    lots = [case_id for case_id, (kind, _) in chains.items() if kind == "lot"]
    if not lots:
        return
    kept: dict[UUID, list[Row]] = defaultdict(list)
    for row in await tx.execute(_TOUCHES, {"case_ids": lots}):
        kept[row.case_id].append(row)
    passkeys = {row.passkey_id for rows in kept.values() for row in rows}
    bound: dict[UUID, Mapping[str, Any]] = {}
    if passkeys:
        for event in await tx.execute(_BOUND, {"passkeys": list(passkeys)}):
            bound[event.case_id] = json.loads(event.body)
    for case_id in lots:
        said = dict(_said(chains[case_id][1]))
        rows = {bytes(row.challenge).hex(): row for row in kept[case_id]}
        found[case_id] += [
            f"touches has no answer to what {type_} says"
            for challenge, type_ in said.items()
            if challenge not in rows
        ]
        for challenge, row in rows.items():
            found[case_id] += _of_one(row, said.get(challenge), bound.get(row.passkey_id))


def _said(events: Sequence[Row]) -> Iterator[tuple[str, str]]:
    """The digests of what was agreed to by phone, each with the event that keeps it."""
    for event in events:
        if event.type in _AGREED and (challenge := json.loads(event.body).get("touch")):
            yield challenge, event.type


def _of_one(row: Row, type_: str | None, bound: Mapping[str, Any] | None) -> Iterator[str]:
    if type_ is None:
        yield "touches has an answer of which the log says nothing"
        return
    resident, key = show("res", row.resident_id), bytes(row.public_key)
    if bound is None or (bound["resident_id"], bound["key"]) != (
        resident,
        sha256(key).hexdigest(),
    ):
        yield "touches has an answer by another key than was bound to the resident"
    if not _is_of(row, type_, resident):
        yield f"touches has an answer to something else than {type_}"
    elif not _is_signed(row, key):
        yield f"touches has an answer to {type_} that its passkey did not give"


def _is_of(row: Row, type_: str, resident: str) -> bool:
    """Whether the terms are of this act, this lot and this resident."""
    terms = json.loads(row.terms)
    act, answer = _AGREED[type_]
    # A lot that is declared has no number yet; its challenge stands in its own first event.
    lot_id = None if act == "declare" else show("lot", row.case_id)
    wanted = {"act": act, "answer": answer, "lot_id": lot_id, "resident_id": resident}
    return {name: terms.get(name) for name in wanted} == wanted


def _is_signed(row: Row, key: bytes) -> bool:
    """Whether the phone answered the digest of the terms, for this window, its holder verified."""
    challenge = sha256(row.terms.encode()).digest()
    said = Assertion(
        bytes(row.credential_id),
        bytes(row.authenticator_data),
        bytes(row.client_data),
        bytes(row.signature),
    )
    try:
        RelyingParty(row.origin).answered(said, challenge=challenge, public_key=key)
    except Unfit:
        return False
    return challenge == bytes(row.challenge)
