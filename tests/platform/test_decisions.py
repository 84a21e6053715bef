"""A decision whose values the tables cannot hold ends with an answer, not with endless attempts."""

from __future__ import annotations

import pytest
from sqlalchemy import text
from temporalio.exceptions import ApplicationError

from services.kernel.identifiers import new_id
from services.kernel.messages import Answer
from services.platform.database import Tx
from services.platform.decisions import carry_out
from tests.support.decisions import acting, decision
from tests.support.window import Window


async def test_values_that_do_not_fit_end_the_step(window: Window) -> None:
    async def overflows(tx: Tx) -> Answer:
        await tx.execute(text("SELECT CAST(99999999999 AS numeric(20, 10))"))
        raise AssertionError("unreachable")

    made = decision(new_id("bok"), "close_book", acting("enterprise", "enterprise:1"), {})
    with pytest.raises(ApplicationError) as ended:
        await carry_out(window.assembly.database("processing"), made, overflows)
    assert (ended.value.type, ended.value.non_retryable) == ("INTERNAL", True)
    assert ended.value.__cause__ is None, "what it said goes into no history"
    waiting = "SELECT count(*) FROM outbox WHERE workflow_id = $1"
    assert await window.sql.fetchval(waiting, made.case) == 0
