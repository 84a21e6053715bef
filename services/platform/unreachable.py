"""A database that cannot be used just now: what that looks like, and the one exception for it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final, Protocol

import asyncpg


class DatabaseUnreachable(OSError):
    """The database is down, restarting or full. Nothing is known of what was being done."""

    def __init__(self, why: str = "", sqlstate: str | None = None) -> None:
        super().__init__(why)
        self.sqlstate = sqlstate

    @property
    def wants_room(self) -> bool:
        """Whether it lasts until somebody makes room; meanwhile small reads are answered."""
        return (self.sqlstate or "").startswith(NO_ROOM)


UNREACHABLE_CLASSES: Final = ("08", "57P", "53", "58030", "25006")
"""SQLSTATEs of a lost connection, of a server that goes or comes, of one that is short of
connections, memory or disk, whose disk fails, or that is a copy to be read only."""

NO_ROOM: Final = ("531", "532", "534", "58030")
"""Of these, those of a server whose memory, disk or file space is short."""

DYING: Final = ("XX000",)
"""What a server that is killed answers to a session it was just opening; later it is a fault."""


class Refusing(Protocol):
    """Who remembers that a server refused for want of room."""

    is_full: bool


@contextmanager
def unreachable_told(*classes: str, of: Refusing | None = None) -> Iterator[None]:
    """Whatever a lost or refused connection looks like below, it is one exception above."""
    try:
        yield
    except asyncpg.PostgresError as error:
        state = error.sqlstate or ""
        if of is not None and state.startswith(NO_ROOM):
            of.is_full = True
        if state.startswith(classes or UNREACHABLE_CLASSES):
            raise DatabaseUnreachable(type(error).__name__, state) from error
        raise
    except asyncpg.ClientConfigurationError:
        raise
    except (
        ConnectionError,
        TimeoutError,
        asyncpg.InterfaceError,
        # What the driver says of a connection that the server ended just when it was used.
        asyncpg.InternalClientError,
    ) as error:
        raise DatabaseUnreachable(type(error).__name__) from error
