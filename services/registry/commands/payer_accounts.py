"""Filing of the accounts that payers are debited at, which banks are told with a payment."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any, Final

from sqlalchemy import text

from services.kernel.canonical import party_key
from services.kernel.refusal import Refusal, refuse_if_any
from services.platform.act import Act
from services.platform.filing import duplicates, failing, rows_file
from services.platform.payer_accounts import PayerAccount, opened
from services.platform.vault import Vault
from services.registry.commands.on_file import payers_filed, strangers, written
from services.registry.commands.proposal import Proposal, id_of, may_replace
from services.registry.domain import refusals
from services.registry.domain.events import RecordsFiled
from services.registry.domain.model import PayerAccountRecord
from services.registry.domain.rules.identity import banks_pass_it_on

# What is on file is replaced by a change that two persons made, and by nothing else: of two first
# filings at once the first stands.
_FILE = text("""
    INSERT INTO payer_accounts (party_key, bank_bic, party, sealed, account_hash)
    SELECT party_key, bank_bic, party, decode(sealed, 'hex'), decode(account_hash, 'hex')
    FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS r (
        party_key text, bank_bic text, party text, sealed text, account_hash text)
    ORDER BY party_key, bank_bic
    ON CONFLICT (party_key, bank_bic) DO UPDATE SET sealed = excluded.sealed,
        account_hash = excluded.account_hash
    WHERE CAST(:confirmed AS boolean)
""")
_ON_FILE = text("""
    SELECT r.place, p.party, p.bank_bic, p.sealed
    FROM unnest(CAST(:keys AS text[]), CAST(:bics AS text[])) WITH ORDINALITY
        AS r (party_key, bank_bic, place)
    JOIN payer_accounts AS p USING (party_key, bank_bic)
    ORDER BY r.place FOR UPDATE OF p
""")
_OF_WHOM = text(
    "SELECT account_hash, party_key FROM payer_accounts"
    " WHERE account_hash = ANY(CAST(:hashes AS bytea[]))"
)
_WRITTEN: Final = ("account", "holder", "street", "town")


async def payer_accounts_file(
    act: Act, accounts: Sequence[PayerAccountRecord], vault: Vault, two: Proposal | None = None
) -> dict[str, Any]:
    """File at which account of a bank a payer is debited, one for each bank.

    Of one on file all particulars take two persons to change, and nobody is debited at an account
    that is on file as another's. Refuses DUPLICATE_ROW, NOT_FILED_YET (payer, bank),
    BANK_CHARACTERS, ACCOUNT_TAKEN, CHANGE_TO_PROPOSE.
    """
    keys = [party_key(a.party) for a in accounts]
    bics = [a.bank_bic for a in accounts]
    parties, found = await payers_filed(act, [a.party for a in accounts])
    found += duplicates(list(zip(keys, bics, strict=True)))
    found += await strangers(act, "banks", bics, "bank_bic")
    for field in _WRITTEN:
        texts = [str(getattr(a, field) or "") for a in accounts]
        passed_on = partial(banks_pass_it_on, exactly=field == "account")
        found += failing(texts, passed_on, refusals.BANK_CHARACTERS, field=field)
    hashes = [_of(a).hashed(a.bank_bic, vault) for a in accounts]
    found += await _taken(act, keys, hashes)
    if not may_replace(two):
        found += await _to_propose(act, accounts, keys, bics, vault)
    refuse_if_any(found)
    rows = [
        {
            "party_key": key,
            "bank_bic": account.bank_bic,
            "party": party,
            "sealed": _of(account).sealed(vault).hex(),
            "account_hash": hashed.hex(),
        }
        for key, party, account, hashed in zip(keys, parties, accounts, hashes, strict=True)
    ]
    return await rows_file(
        act,
        _FILE,
        rows,
        kind="payer_accounts",
        says=RecordsFiled,
        vouched=[
            written(
                "payer_accounts",
                [f"{key} {bic}" for key, bic in zip(keys, bics, strict=True)],
                codes=keys,
            )
        ],
        filing_id=id_of(two),
        confirmed=may_replace(two),
    )


async def _taken(act: Act, keys: Sequence[str], hashes: Sequence[bytes]) -> list[Refusal]:
    """ACCOUNT_TAKEN for every row whose account is another's, on file or earlier in the filing."""
    rows = await act.execute(_OF_WHOM, hashes=sorted(set(hashes)))
    whose = {bytes(row.account_hash): row.party_key for row in rows}
    return [
        refusals.ACCOUNT_TAKEN.at(f"/rows/{index}/account")
        for index, (key, hashed) in enumerate(zip(keys, hashes, strict=True))
        if whose.setdefault(hashed, key) != key
    ]


async def _to_propose(
    act: Act,
    accounts: Sequence[PayerAccountRecord],
    keys: Sequence[str],
    bics: Sequence[str],
    vault: Vault,
) -> list[Refusal]:
    rows = await act.execute(_ON_FILE, keys=list(keys), bics=list(bics))
    return [
        refusals.CHANGE_TO_PROPOSE.at(
            f"/rows/{row.place - 1}", subject=f"{row.party} {row.bank_bic}"
        )
        for row in rows
        if opened(bytes(row.sealed), vault) != _of(accounts[row.place - 1])
    ]


def _of(record: PayerAccountRecord) -> PayerAccount:
    return PayerAccount(
        record.account, record.holder, record.street or "", record.town, record.country
    )
