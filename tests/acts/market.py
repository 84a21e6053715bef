"""Acts of banks on the market: quotes, and days on which they do no duty."""

from __future__ import annotations

from typing import Any, Final
from uuid import uuid4

from joserfc.jwk import OKPKey

from deploy.sandbox.bank import SignedClient
from tests.acts.asked import Asked, Builder
from tests.support.asleep import Asleep
from tests.support.on_file import rota_begun

M: Final = "/market/v1"
KYAT_BANK: Final = "TSTKCNBJ"
"""The one bank of the rota that deals in kyat: what is paid in kyat is paid by it."""
KYAT_KEY: Final = OKPKey.import_key(
    {
        "kty": "OKP",
        "crv": "Ed25519",
        "d": "nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A",
        "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo",
    }
)
"""Of RFC 8037's example, the same in every process: a key on file is changed by two persons."""
MID: Final = "291.35"
"""The same in every quote here, so that no price moves."""


async def bank_filed(
    asleep: Asleep, bic: str, key: OKPKey, *, rota_order: int | None = None
) -> None:
    """A bank on file, with the key of its signatures."""
    bank = {
        "bic": bic,
        "name": "Test bank",
        "public_key": key.as_dict(private=False),
        "currencies": ["CNY", "MMK"],
        "rota_order": rota_order,
    }
    await asleep.harbour.window.on_file("banks", bank)


async def kyat_bank(asleep: Asleep) -> SignedClient:
    """The bank of the rota whose key is known here, as it calls the window."""
    await bank_filed(asleep, KYAT_BANK, KYAT_KEY, rota_order=77)
    await rota_begun(asleep.sql)
    parties = asleep.harbour.window.parties
    bearer = parties.act_as("bank", f"bank:{KYAT_BANK}").bearer
    return SignedClient(parties.http, KYAT_BANK, bearer, KYAT_KEY)


def by_a_bank(path: str, body: dict[str, Any], other: dict[str, Any], *events: str) -> Builder:
    """What a bank asks for that takes no turns on the rota; ``other`` is changed in another."""

    async def asked(asleep: Asleep) -> Asked:
        await kyat_bank(asleep)
        key = OKPKey.generate_key("Ed25519")
        bic = f"TSTQCN{uuid4().hex[:5].upper()}"
        await bank_filed(asleep, bic, key)
        another = {**body, **other}
        return Asked("bank", f"bank:{bic}", path, body, another, events, signs_with=key)

    return asked


async def kyat_quoted(asleep: Asleep) -> SignedClient:
    """The bank that deals in kyat has said its price for them."""
    bank = await kyat_bank(asleep)
    body = f'{{"pair": "CNY/MMK", "mid": "{MID}", "volume": "1000000"}}'.encode()
    answer = await bank.post(f"{M}/quotes", body, "application/json")
    assert answer.status_code == 201, answer.text
    return bank


async def quote_withdrawn(asleep: Asleep) -> Asked:
    """A bank's quote, beside which another bank's stands: the price is made of that alone then."""
    await kyat_quoted(asleep)
    key, bic = OKPKey.generate_key("Ed25519"), f"TSTQCN{uuid4().hex[:5].upper()}"
    await bank_filed(asleep, bic, key)
    parties = asleep.harbour.window.parties
    bearer = parties.act_as("bank", f"bank:{bic}").bearer
    bank = SignedClient(parties.http, bic, bearer, key)
    body = f'{{"pair": "CNY/MMK", "mid": "{MID}", "volume": "1000000"}}'.encode()
    quote = (await bank.post(f"{M}/quotes", body, "application/json")).json()
    path = f"{M}/quotes/{quote['quote_id']}/withdrawal"
    return Asked(
        *("bank", f"bank:{bic}", path, {}, {"again": True}),
        ("BankQuoteWithdrawn", "PooledPricePublished"),
        signs_with=key,
    )


async def quote_entered(asleep: Asleep) -> Asked:
    """By a person whom the bank has on file for that: no key of the bank signs it."""
    await kyat_quoted(asleep)
    bank, person = await quoting_person(asleep)
    body = {"pair": "CNY/MMK", "mid": MID, "volume": "1000000"}
    return Asked(
        *("bank", bank, f"{M}/quotes/by-hand"),
        *(body, {**body, "volume": "2000000"}),
        ("BankQuotePosted", "PooledPricePublished"),
        subject=person,
    )


async def quote_ended(asleep: Asleep) -> Asked:
    """What one person of a bank has quoted, another takes back."""
    await kyat_quoted(asleep)
    bank, person = await quoting_person(asleep)
    body = {"pair": "CNY/MMK", "mid": MID, "volume": "1000000"}
    dealer = asleep.harbour.window.parties.act_as("bank", bank, subject=person)
    quote = await dealer.post(f"{M}/quotes/by-hand", body)
    return Asked(
        *("bank", bank, f"{M}/quotes/{quote['quote_id']}/withdrawal-by-hand", {}, {"again": True}),
        ("BankQuoteWithdrawn", "PooledPricePublished"),
        subject=person,
    )


async def absence_entered(asleep: Asleep) -> Asked:
    """A bank's person says on which day it does no duty."""
    await kyat_bank(asleep)
    bank, person = await quoting_person(asleep)
    return Asked(
        *("bank", bank, f"{M}/rota/absences/by-hand"),
        *({"absent_on": "2026-12-01"}, {"absent_on": "2026-12-02"}),
        ("RotaAbsenceEntered",),
        subject=person,
    )


def absence_taken_back(by_hand: bool) -> Builder:
    """A bank takes back, before its day, that it does no duty."""

    async def asked(asleep: Asleep) -> Asked:
        await kyat_bank(asleep)
        key, bic = OKPKey.generate_key("Ed25519"), f"TSTQCN{uuid4().hex[:5].upper()}"
        await bank_filed(asleep, bic, key)
        row = {"party": f"bank:{bic}", "subject": f"quotes-{uuid4().hex[:12]}", "duty": "quotes"}
        await asleep.harbour.window.on_file("signatories", row)
        person = asleep.harbour.window.parties.act_as("bank", row["party"], subject=row["subject"])
        days = {"absent_on": "2026-12-01"}, {"absent_on": "2026-12-02"}
        for day in days:
            await person.post(f"{M}/rota/absences/by-hand", day)
        how = {"subject": row["subject"]} if by_hand else {"signs_with": key}
        path = f"{M}/rota/absences/withdrawal" + ("-by-hand" if by_hand else "")
        return Asked("bank", row["party"], path, *days, ("RotaAbsenceWithdrawn",), **how)

    return asked


async def quoting_person(asleep: Asleep) -> tuple[str, str]:
    """A bank off the rota, and a person of its who may quote."""
    bic = f"TSTQCN{uuid4().hex[:5].upper()}"
    await bank_filed(asleep, bic, OKPKey.generate_key("Ed25519"))
    row = {"party": f"bank:{bic}", "subject": f"quotes-{uuid4().hex[:12]}", "duty": "quotes"}
    await asleep.harbour.window.on_file("signatories", row)
    return row["party"], row["subject"]


ACTS: Final[dict[str, tuple[Builder, ...]]] = {
    f"POST {M}/quotes": (
        by_a_bank(
            f"{M}/quotes",
            {"pair": "CNY/MMK", "mid": MID, "volume": "1000000"},
            {"volume": "2000000"},
            *("BankQuotePosted", "PooledPricePublished"),
        ),
    ),
    f"POST {M}/quotes/{{quote_id}}/withdrawal": (quote_withdrawn,),
    f"POST {M}/quotes/by-hand": (quote_entered,),
    f"POST {M}/quotes/{{quote_id}}/withdrawal-by-hand": (quote_ended,),
    f"POST {M}/rota/absences/by-hand": (absence_entered,),
    f"POST {M}/rota/absences/withdrawal-by-hand": (absence_taken_back(by_hand=True),),
    f"POST {M}/rota/absences/withdrawal": (absence_taken_back(by_hand=False),),
    f"POST {M}/rota/absences": (
        by_a_bank(
            f"{M}/rota/absences",
            {"absent_on": "2026-12-01"},
            {"absent_on": "2026-12-02"},
            "RotaAbsenceAnnounced",
        ),
    ),
}
