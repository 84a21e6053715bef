"""Who else holds, or held before, an account that a payment debits or credits."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import text

from services.platform import payer_accounts
from services.platform.columns import account_key_of
from services.platform.database import Statements
from services.platform.vault import Vault
from services.settlement.domain.model import Payment

# The accounts of the payment, and those that its payer and its seller had before: of each number
# whoever has it on file or had it, as a payer or as a seller. What is the payer's or the seller's
# own now is screened as theirs.
_HOLDERS = text(
    f"""
    WITH asked AS (
        SELECT part, hash, left(bic, 8) AS bank, {account_key_of("account")} AS key
        FROM unnest(
            (SELECT CAST(:parts AS text[])), (SELECT CAST(:hashes AS bytea[])),
            (SELECT CAST(:bics AS text[])), (SELECT CAST(:accounts AS text[]))
        ) AS a (part, hash, bic, account)
        UNION ALL
        SELECT 'holder', decode(b.held ->> 'hash', 'hex'), NULL, NULL
        FROM v_payer_accounts AS p CROSS JOIN jsonb_array_elements(p.held_before) AS b (held)
        WHERE p.party = :buyer
        UNION ALL
        SELECT 'seller_account', NULL, b.held ->> 'bank', b.held ->> 'key'
        FROM v_seller_accounts AS s CROSS JOIN jsonb_array_elements(s.held_before) AS b (held)
        WHERE s.seller_code = :seller
    )
    SELECT 'holder' AS part, b.held ->> 'sealed' AS sealed, CAST(NULL AS text[]) AS names
    FROM v_payer_accounts AS p CROSS JOIN jsonb_array_elements(p.held_before) AS b (held)
    WHERE p.party = :buyer
    UNION
    SELECT a.part, encode(p.sealed, 'hex'), NULL
    FROM asked AS a CROSS JOIN LATERAL (
        -- Each by the index: how few are asked about the planner cannot know.
        SELECT sealed FROM v_payer_accounts
        WHERE account_hash = a.hash AND party <> :buyer OFFSET 0
    ) AS p
    UNION
    SELECT a.part, b.held ->> 'sealed', NULL
    FROM asked AS a JOIN v_payer_accounts AS p ON p.held_before
        @> jsonb_build_array(jsonb_build_object('hash', encode(a.hash, 'hex')))
    CROSS JOIN jsonb_array_elements(p.held_before) AS b (held)
    WHERE b.held ->> 'hash' = encode(a.hash, 'hex')
    UNION
    SELECT a.part, NULL, s.name || coalesce(s.names_before, '{{}}')
    FROM asked AS a JOIN v_seller_accounts AS s ON s.seller_code <> :seller AND (
        s.bank = a.bank AND s.account_key = a.key OR s.held_before
            @> jsonb_build_array(jsonb_build_object('bank', a.bank, 'key', a.key))
    )
    WHERE a.key <> ''
    """
)


@dataclass(frozen=True, slots=True)
class Holder:
    """Whose an account of a payment is besides, or was: the part of that account, and a name."""

    part: str
    name: str


async def other_holders(tx: Statements, payment: Payment, vault: Vault) -> frozenset[Holder]:
    """Whoever holds or held an account of a payment, but whom it names as payer and seller."""
    accounts = list(_accounts(payment, vault))
    values = {
        "buyer": payment.buyer,
        "seller": payment.seller.code,
        "parts": [part for part, _, _ in accounts],
        "bics": [bic for _, bic, _ in accounts],
        "accounts": [account for _, _, account in accounts],
        "hashes": [payer_accounts.account_hash(bic, a, vault) for _, bic, a in accounts],
    }
    found = set()
    for row in await tx.execute(_HOLDERS, values):
        if row.sealed is None:
            found |= {Holder(row.part, name) for name in row.names}
        else:
            opened = payer_accounts.opened(bytes.fromhex(row.sealed), vault)
            found.add(Holder(row.part, opened.holder))
    return frozenset(found)


def _accounts(payment: Payment, vault: Vault) -> Iterator[tuple[str, str, str]]:
    yield "seller_account", payment.seller.bank_bic, payment.seller.account
    if payment.payer_account is not None:
        debited = payer_accounts.opened(payment.payer_account, vault).account
        yield "holder", payment.bank_bic, debited
