"""The account that a payer is debited at: sealed by the registry, opened for the bank's message.

A resident's name and address are personal data: the account is one sealed field from its filing to
the message, and the view that publishes it shows whose it is and at which bank.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import Final

from services.kernel.canonical import number_key
from services.kernel.events import canonical_json
from services.platform.vault import Vault

_SEALED: Final = "payer_accounts.sealed"
"""The context under which the vault seals it, wherever it is kept."""


@dataclass(frozen=True, slots=True)
class PayerAccount:
    """An account, its holder as the bank knows them, and where they live."""

    account: str
    holder: str
    street: str
    town: str
    country: str

    def sealed(self, vault: Vault) -> bytes:
        """As it is kept."""
        return vault.seal(canonical_json(asdict(self)).encode(), context=_SEALED)

    def hashed(self, bank_bic: str, vault: Vault) -> bytes:
        """By what it is known again: the number however it is spaced, at any office of its bank."""
        return account_hash(bank_bic, self.account, vault)


def account_hash(bank_bic: str, account: str, vault: Vault) -> bytes:
    """By what an account of a bank is known again that nobody but its holder may read."""
    return vault.keyed_hash(f"account {bank_bic[:8]} {number_key(account)}")


def opened(sealed: bytes, vault: Vault) -> PayerAccount:
    """What was sealed."""
    return PayerAccount(**json.loads(vault.open(sealed, context=_SEALED)))
