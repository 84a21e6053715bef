"""The registers in which one person alone files nothing that money, a name or a draw follows."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import TextClause, text

from services.kernel.canonical import number_key, party_key
from services.kernel.clock import business_day
from services.kernel.refusal import Refusal
from services.platform.act import Act
from services.platform.filing import plain
from services.platform.vault import Vault
from services.registry.commands import (
    duties,
    memberships,
    officers,
    parties,
    payer_accounts,
    ports,
    residents,
)
from services.registry.commands.on_file import groups_filed, payers_filed
from services.registry.commands.proposal import Proposal
from services.registry.domain.model import (
    Bank,
    Conflict,
    Enterprise,
    Group,
    Mandate,
    Officer,
    OfficerDuty,
    PayerAccountRecord,
    PortRecord,
    ProcessingFiling,
    Record,
    Seller,
    Signatory,
)
from services.registry.domain.rules.change import two_change_the_register
from services.registry.domain.rules.duties import another_office_confirms_absences

Concerned = list[tuple[str, ...]]
"""Of each record of a filing, the parties concerned, as their tokens name them."""
Hours = Callable[[Act, Sequence[Any]], Awaitable[int]]
_ACCOUNT: Final = "registry.account_cooling_h"
_OFFICER: Final = "registry.officer_cooling_h"
_FIRST: Final = "registry.first_filing_cooling_h"
_MANDATE: Final = "registry.mandate_cooling_h"
_PARTY: Final = "registry.party_cooling_h"
_SIGNATORY: Final = "registry.signatory_cooling_h"


async def _sellers(act: Act, rows: Sequence[Any], vault: Vault, two: Proposal | None) -> Any:
    return await parties.sellers_file(act, rows, two)


async def _enterprises(act: Act, rows: Sequence[Any], vault: Vault, two: Proposal | None) -> Any:
    return await parties.enterprises_file(act, rows, two)


async def _processing(act: Act, rows: Sequence[Any], vault: Vault, two: Proposal | None) -> Any:
    return await parties.processing_filings_file(act, rows, two)


async def _ports(act: Act, rows: Sequence[Any], vault: Vault, two: Proposal | None) -> Any:
    return await ports.ports_file(act, rows, two)


async def _banks(act: Act, rows: Sequence[Any], vault: Vault, two: Proposal | None) -> Any:
    return await parties.banks_file(act, rows, two)


async def _signatories(act: Act, rows: Sequence[Any], vault: Vault, two: Proposal | None) -> Any:
    return await parties.signatories_file(act, rows, two)


async def _conflicts(act: Act, rows: Sequence[Any], vault: Vault, two: Proposal | None) -> Any:
    return await officers.conflicts_file(act, rows, two)


async def _duties(act: Act, rows: Sequence[Any], vault: Vault, two: Proposal | None) -> Any:
    return await duties.duties_file(act, rows, two)


async def _at_once(act: Act, rows: Sequence[Any]) -> int:
    """Who is ill is away today."""
    return 0


async def _nobody(act: Act, rows: Sequence[Any]) -> Concerned:
    """Everybody reads of sellers; whom an officer may meet is told of no officer."""
    return [() for _ in rows]


async def _payers(act: Act, rows: Sequence[PayerAccountRecord]) -> Concerned:
    filed, _ = await payers_filed(act, [row.party for row in rows])
    return [(party, f"bank:{row.bank_bic}") for row, party in zip(rows, filed, strict=True)]


async def _of_banks(act: Act, rows: Sequence[Bank]) -> Concerned:
    return [(f"bank:{row.bic}",) for row in rows]


async def _signing_for(act: Act, rows: Sequence[Signatory]) -> Concerned:
    return [(row.party,) for row in rows]


async def _giving(act: Act, rows: Sequence[Mandate]) -> Concerned:
    return [(f"resident:{row.resident_id}", f"group:{row.group_code}") for row in rows]


async def _of_groups(act: Act, rows: Sequence[Group]) -> Concerned:
    filed, _ = await groups_filed(act, [row.group_code for row in rows])
    return [(f"group:{code}",) for code in filed]


async def _of_enterprises(act: Act, rows: Sequence[Enterprise | ProcessingFiling]) -> Concerned:
    return [(f"enterprise:{row.enterprise_code}",) for row in rows]


_GROUPS_PORTS: Final = text("SELECT DISTINCT port FROM groups WHERE code_key = ANY(:keys)")


def _seen(parameter: str) -> Hours:
    async def hours(act: Act, rows: Sequence[Any]) -> int:
        return (await act.law()).integer(parameter, on=business_day(act.at))

    return hours


async def _mandates_seen(act: Act, rows: Sequence[Mandate]) -> int:
    """Where the law of several ports holds, the longest."""
    law, keys = await act.law(), sorted({number_key(row.group_code) for row in rows})
    ports = (await act.execute(_GROUPS_PORTS, keys=keys)).scalars()
    return max(law.integer(_MANDATE, on=business_day(act.at), scope=port) for port in ports)


async def _signatories_seen(act: Act, rows: Sequence[Signatory]) -> int:
    """Whoever signs for a bank no longer ends at once."""
    if not any(row.active for row in rows):
        return 0
    return (await act.law()).integer(_SIGNATORY, on=business_day(act.at))


async def _as_they_are(act: Act, rows: Sequence[Any], vault: Vault) -> Sequence[Any]:
    return rows


@dataclass(frozen=True, slots=True)
class Kind:
    """A register of which two persons file: how a row is found, compared, read, told and filed."""

    name: str
    read: Callable[[dict[str, Any]], Record]
    file: Callable[[Act, Sequence[Any], Vault, Proposal | None], Awaitable[dict[str, Any]]]
    subject: Callable[[Any], str | None]
    """What one record is called for whoever may read of it; None where that is the filing's id."""
    concerned: Callable[[Act, Sequence[Any]], Awaitable[Concerned]]
    first: Hours
    """For how many hours the law has a filing seen before it is confirmed."""
    key: Callable[[Any], str] = str
    on_file: TextClause | None = None
    """Which of ``:keys`` are on file, by their subjects; None where two file whatever is filed."""
    cooling: str = ""
    """The legal parameter that says so of a change of what is on file."""
    kept: Callable[[Act, Sequence[Any], Vault], Awaitable[Sequence[Any]]] = _as_they_are
    """The records as a proposal keeps them,"""
    written: Callable[[Sequence[Any]], list[dict[str, Any]]] = plain
    """and as JSON values."""
    beyond: Callable[[Act, Sequence[Any]], Awaitable[bool]] | None = None
    """Whether what was filed is more than one person may file; where it is less, one files it."""
    confirmed: Callable[..., Refusal | None] = two_change_the_register
    """The rule of who confirms what somebody proposed."""


KINDS: Final[Mapping[type[Record], Kind]] = {
    Seller: Kind(
        "sellers",
        Seller.model_validate,
        _sellers,
        lambda row: str(row.seller_code),
        _nobody,
        _seen(_FIRST),
        lambda row: number_key(row.seller_code),
        text("SELECT seller_code AS subject FROM sellers WHERE code_key = ANY(:keys)"),
        _ACCOUNT,
    ),
    PayerAccountRecord: Kind(
        "payer_accounts",
        PayerAccountRecord.model_validate,
        payer_accounts.payer_accounts_file,
        lambda row: f"{row.party} {row.bank_bic}",
        _payers,
        _seen(_FIRST),
        lambda row: f"{party_key(row.party)} {row.bank_bic}",
        text("""
            SELECT party || ' ' || bank_bic AS subject FROM payer_accounts
            WHERE (party_key, bank_bic) IN (
                SELECT split_part(k, ' ', 1), split_part(k, ' ', 2)
                FROM unnest(CAST(:keys AS text[])) AS k
            )
        """),
        _ACCOUNT,
    ),
    # Whose quota and controls it shares, by which port's law, and who looks at it follow a group.
    Group: Kind(
        "groups",
        Group.model_validate,
        residents.groups_file,
        lambda row: str(row.group_code),
        _of_groups,
        _seen(_FIRST),
        lambda row: number_key(row.group_code),
        text("SELECT group_code AS subject FROM groups WHERE code_key = ANY(:keys)"),
        _PARTY,
        written=residents.groups_plain,
    ),
    # One person files a new one, which may buy nothing before two have filed what it processes.
    Enterprise: Kind(
        "enterprises",
        Enterprise.model_validate,
        _enterprises,
        lambda row: str(row.enterprise_code),
        _of_enterprises,
        _seen(_FIRST),
        lambda row: str(row.enterprise_code),
        text(
            "SELECT enterprise_code AS subject FROM enterprises WHERE enterprise_code = ANY(:keys)"
        ),
        _PARTY,
    ),
    # How much is bought in a year without quota.
    ProcessingFiling: Kind(
        "processing_filings",
        ProcessingFiling.model_validate,
        _processing,
        lambda row: f"{row.enterprise_code} {row.hs_prefix}",
        _of_enterprises,
        _seen(_FIRST),
    ),
    # One person files a new one, of which no law says anything before two have filed it.
    PortRecord: Kind(
        "ports",
        PortRecord.model_validate,
        _ports,
        lambda row: str(row.port),
        _nobody,
        _seen(_FIRST),
        lambda row: str(row.port),
        text("SELECT port AS subject FROM ports WHERE port = ANY(:keys)"),
        _OFFICER,
    ),
    Officer: Kind(
        "officers",
        Officer.model_validate,
        officers.officers_file,
        lambda row: str(row.badge_no),
        _nobody,
        _seen(_OFFICER),
        lambda row: str(row.badge_no),
        text("SELECT badge_no AS subject FROM officers WHERE badge_no = ANY(:keys)"),
        _OFFICER,
    ),
    Bank: Kind(
        "banks",
        Bank.model_validate,
        _banks,
        lambda row: str(row.bic),
        _of_banks,
        _seen(_FIRST),
        lambda row: str(row.bic),
        text("SELECT bic AS subject FROM banks WHERE bic = ANY(:keys)"),
        _PARTY,
    ),
    Signatory: Kind(
        "signatories",
        Signatory.model_validate,
        _signatories,
        lambda row: None,
        _signing_for,
        _signatories_seen,
    ),
    Conflict: Kind(
        "conflicts",
        Conflict.model_validate,
        _conflicts,
        lambda row: f"{row.badge_no} {row.party}",
        _nobody,
        _seen(_OFFICER),
    ),
    # By the number of a resident, whose name and quota the group's clerk then disposes of.
    Mandate: Kind(
        "mandates",
        Mandate.model_validate,
        memberships.mandates_file,
        lambda row: None,
        _giving,
        _mandates_seen,
        kept=memberships.mandates_named,
    ),
    # Of whom a draw is made follows from who is away.
    OfficerDuty: Kind(
        "duties",
        OfficerDuty.model_validate,
        _duties,
        lambda row: f"{row.badge_no} {row.from_on}",
        _nobody,
        _at_once,
        beyond=duties.leaves_too_few,
        confirmed=another_office_confirms_absences,
    ),
}
BY_NAME: Final[Mapping[str, Kind]] = {kind.name: kind for kind in KINDS.values()}
