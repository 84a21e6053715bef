"""The database makes of a reference the key that the program makes."""

from __future__ import annotations

import random

import asyncpg

from deploy.operate.data_directory import Endpoints
from services.kernel.canonical import reference_key
from services.platform.columns import reference_key_of

CHARACTERS = "aAzZ019._/-"
"""What a reference is made of: letters, digits and each of its separators."""


async def test_a_reference_has_one_key_in_the_program_and_in_the_database(stack: Endpoints) -> None:
    written = ["Inv-1/1-12", "inv_1.1.12", "-A-", "__a__", "a//b--c", "1-12", "11-2"]
    written += ["".join(random.choices(CHARACTERS, k=n)) for n in range(1, 65) for _ in range(20)]
    server = await asyncpg.connect(stack.database_url)
    statement = (
        f"SELECT {reference_key_of('r')} FROM unnest($1::text[]) WITH ORDINALITY AS t (r, n)"
    )
    keys = [row[0] for row in await server.fetch(f"{statement} ORDER BY n", written)]
    await server.close()
    assert keys == [reference_key(reference) for reference in written]
