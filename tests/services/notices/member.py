"""Somebody who consents to be told by a contact, and to whom things happen."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from services.kernel.clock import BEIJING
from tests.services.notices.conftest import LIST, Post
from tests.support.patience import sooner_or_later
from tests.support.reading import Reader

CHOICES = "/notices/v1/choices"


class Member:
    """A resident who consents to be told by one contact."""

    def __init__(self, post: Post, party: str, reader: Reader, contact: str) -> None:
        self.post, self.party, self.reader, self.contact = post, party, reader, contact
        self.frozen = False

    @classmethod
    async def of(cls, post: Post, contact: str) -> Member:
        group = await post.window.group(1, mandated=False)
        resident = await post.window.resident_id(group.residents[0])
        reader = post.window.parties.act_as("resident", f"resident:{resident}")
        await post.noticed(reader, "MEMBERSHIP_FILED")
        newest = (await reader.get(LIST))["items"][0]["notice_id"]
        await reader.post(f"{LIST}/read", {"up_to": newest})
        await post.consented(reader, "EMAIL" if "@" in contact else "SMS", contact)
        return cls(post, f"resident:{resident}", reader, contact)

    async def freeze(self, times: int = 1) -> None:
        """So many things happen that the member must know."""
        path = f"/declaration/v1/residents/{self.party[9:]}/name-freezes"
        for _ in range(times):
            self.frozen = not self.frozen
            await self.reader.post(path, {"frozen": self.frozen})

    async def quiet(self) -> None:
        """Nothing is to leave for the next hours."""
        now = datetime.now(UTC).astimezone(BEIJING)
        begins, ends = (now + timedelta(hours=h) for h in (-1, 4))
        chosen = {"quiet_from": f"{begins:%H:%M}", "quiet_until": f"{ends:%H:%M}"}
        await self.reader.post(CHOICES, chosen)

    async def deliveries(self) -> list[dict[str, Any]]:
        """What was to leave of notices to the member."""
        rows = await self.post.window.sql.fetch(
            "SELECT * FROM notice_deliveries WHERE party = $1 AND number IS NOT NULL"
            " ORDER BY number",
            self.party,
        )
        return [dict(row) for row in rows]

    async def in_state(self, state: str, count: int = 1) -> list[dict[str, Any]]:
        """Those in a state, once there are so many."""

        async def found() -> list[dict[str, Any]] | None:
            rows = [row for row in await self.deliveries() if row["state"] == state]
            return rows if len(rows) >= count else None

        return await sooner_or_later(found)

    async def is_due(self, *, leased: bool = False) -> None:
        """What waits has been due since it waits, also what a dead process leased; wakes nobody.

        In one transaction, and locked as a sender does: whoever looks meanwhile finds it all due
        together, or nothing.
        """
        async with self.post.window.sql.acquire() as sql, sql.transaction():
            await sql.execute(
                "UPDATE notice_deliveries SET due_at = queued_at,"
                " leased_until = CASE WHEN $2 THEN now() ELSE leased_until END"
                " WHERE party = $1 AND state IN ('QUEUED', 'FAILED')",
                self.party,
                leased,
            )
            await sql.execute(
                "UPDATE notice_contacts SET rests_until = now() WHERE party = $1", self.party
            )
            await sql.execute(
                "UPDATE notice_people SET quiet_begins = NULL, quiet_ends = NULL WHERE party = $1",
                self.party,
            )

    @property
    def told(self) -> list[str]:
        """What came after the code."""
        return self.post.told(self.contact)[1:]
