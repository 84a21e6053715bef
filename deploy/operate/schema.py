"""Whether a database has the schema of this version, asked before a process serves."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from functools import partial
from typing import Final

import asyncpg
import structlog
from sqlalchemy import text

from deploy.operate.parts import Part, meanwhile, until_cancelled
from migrations.apply import revisions
from services.platform.database import Database, DatabaseUnreachable
from services.platform.settings import SettingsError, role_of

AGAIN_S: Final = 1.0

# What `migrate` writes last of all, when views and grants are published too; nobody needs a grant
# to read it.
_PUBLISHED: Final = text("SELECT obj_description(to_regclass('alembic_version'), 'pg_class')")

_MAKES_ROLES: Final = "Run `tradewindow migrate`, which makes the roles and sets their passwords."
_PUT_RIGHT: Final = "Put the right one in."

log = structlog.get_logger()


async def require_schema(database: Database) -> str:
    """The revision that the database is at: of this version, or of a newer one.

    A newer one is good, because a migration suits the version before it. Raises SettingsError when
    the database is older, was never brought up, or refuses this role, and DatabaseUnreachable when
    it does not answer.
    """
    try:
        async with database.reading() as tx:
            found = (await tx.execute(_PUBLISHED)).scalar_one()
    except (asyncpg.InvalidPasswordError, asyncpg.InvalidAuthorizationSpecificationError):
        raise SettingsError(
            f"The database refuses {database.role} with the password of the secrets file."
            f" {_MAKES_ROLES if database.role.startswith(role_of('')) else _PUT_RIGHT}"
        ) from None
    except asyncpg.InvalidCatalogNameError:
        raise SettingsError(
            "The server has no database of the name in DATABASE_URL; make it and run `tradewindow"
            " migrate`, or name another."
        ) from None
    newest, *older = revisions()
    if found is None or found in older:
        raise SettingsError(
            f"The database is older than this version: it is at {found or 'no revision'}, and"
            f" {newest} is needed. Run `tradewindow migrate` of this version, then start again."
        )
    return str(found)


@asynccontextmanager
async def on_its_schema(databases: Iterable[Database]) -> AsyncIterator[None]:
    """Inside, the databases have this version's schema, or do not answer yet.

    One that does not answer is asked again until it does: the process is up and not ready
    meanwhile, and ends should it turn out to be older. Raises SettingsError as `require_schema`,
    later in an ExceptionGroup.
    """
    asked = tuple(databases)
    asking: dict[str, Part] = {}
    try:
        await _require_each(asked)
    except DatabaseUnreachable as error:
        log.warning("waiting_for_database", error=str(error))
        asking = {"schema": partial(_as_soon_as_it_answers, asked)}
    async with meanwhile(asking):
        yield


async def _require_each(databases: Iterable[Database]) -> None:
    for database in databases:
        await require_schema(database)


async def _as_soon_as_it_answers(databases: tuple[Database, ...]) -> None:
    while True:
        await asyncio.sleep(AGAIN_S)
        with contextlib.suppress(DatabaseUnreachable):
            await _require_each(databases)
            break
    await until_cancelled()
