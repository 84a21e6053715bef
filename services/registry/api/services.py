"""What the registry's routes have at hand."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Protocol, TypeVar

from fastapi import Response

from services.kernel.messages import Answer
from services.platform.act import Act
from services.platform.database import Row
from services.platform.http import Call
from services.platform.services import Services
from services.platform.vault import Vault
from services.registry import queries
from services.registry.commands import changes
from services.registry.domain.model import Record
from services.registry.schemas import FilingAnswer

RegistryCall = Call[Services]


def plain_row(row: Any) -> dict[str, Any]:
    """A database row as a mapping, for records that are shown as filed."""
    return dict(row)


R = TypeVar("R", bound=Record, contravariant=True)


class SealingFiler(Protocol[R]):
    """A command that files records with personal data, which the vault seals or finds."""

    def __call__(
        self, act: Act, rows: Sequence[R], vault: Vault, /
    ) -> Awaitable[dict[str, Any]]: ...


async def sealed(call: RegistryCall, command: SealingFiler[R], rows: Sequence[R]) -> Response:
    """As ``filing.filed``, for records with personal data."""

    async def work(act: Act) -> Answer:
        return Answer(status=201, body=await command(act, rows, call.services.vault))

    return await call.act(work)


async def listed(
    call: RegistryCall,
    kind: str,
    *,
    limit: int,
    cursor: str | None,
    shown: Callable[[Row], Any] = plain_row,
) -> dict[str, Any]:
    """A page of records of one kind in the order of their code."""
    async with call.services.database.reading() as tx:
        return await queries.record_list(tx, kind, limit=limit, cursor=cursor, shown=shown)


async def shown_record(call: RegistryCall, kind: str, code: str) -> dict[str, Any]:
    """One record as it was filed. Raises Refused NOT_FOUND."""
    async with call.services.database.reading() as tx:
        return plain_row(await queries.record_get(tx, kind, code))


async def by_two(call: RegistryCall, rows: Sequence[Record]) -> Response:
    """As ``filing.filed``, for records that one person alone may not file: they are proposed."""

    async def work(act: Act) -> Answer:
        made = await changes.filing_made(act, rows, call.services.vault)
        return Answer(status=201, body=FilingAnswer(**made).model_dump(mode="json"))

    return await call.act(work)
