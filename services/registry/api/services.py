"""What the registry's routes have at hand."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Protocol, TypeVar

from fastapi import Response
from pydantic import BaseModel

from services.kernel.messages import Answer
from services.platform.act import Act
from services.platform.database import Row
from services.platform.http import Call
from services.platform.pagination import key_of, page
from services.platform.services import Services
from services.platform.vault import Vault
from services.registry import queries
from services.registry.commands import changes
from services.registry.domain.model import Record
from services.registry.schemas import FilingAnswer

RegistryCall = Call[Services]


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
    shown: Callable[[Row], BaseModel],
    *,
    limit: int,
    cursor: str | None,
) -> dict[str, Any]:
    """A page of records of one kind in the order of their code."""
    async with call.services.database.reading() as tx:
        rows = await queries.record_list(tx, kind, after=key_of(cursor), rows=limit + 1)
    return page(rows, limit=limit, key=lambda row: row[0], show=shown)


async def by_two(call: RegistryCall, rows: Sequence[Record]) -> Response:
    """As ``filing.filed``, for records that one person alone may not file: they are proposed."""

    async def work(act: Act) -> Answer:
        made = await changes.filing_made(act, rows, call.services.vault)
        return Answer(status=201, body=FilingAnswer(**made).model_dump(mode="json"))

    return await call.act(work)
