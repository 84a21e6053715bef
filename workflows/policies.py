"""Timeouts and retries of every kind of step, in one place."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, Final

from temporalio.common import RetryPolicy
from temporalio.workflow import ActivityCancellationType

SQL_STEP: Final[dict[str, Any]] = {
    "start_to_close_timeout": timedelta(seconds=30),
    "retry_policy": RetryPolicy(
        initial_interval=timedelta(milliseconds=200),
        backoff_coefficient=2,
        # Every retry past the threshold below writes history: rarely enough to last for weeks.
        maximum_interval=timedelta(minutes=5),
    ),
    # A retry later than this waits as a durable timer instead of in the worker's memory.
    "local_retry_threshold": timedelta(seconds=5),
    "cancellation_type": ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
}
"""A short transaction in PostgreSQL, run as a local activity: retried until the database answers.

A step refuses nobody. What it cannot do yet, for want of a legal parameter, it tries again until
somebody has mended that.
"""

TRIED_STEP: Final[dict[str, Any]] = {**SQL_STEP, "schedule_to_close_timeout": timedelta(seconds=30)}
"""As ``SQL_STEP``, given up after half a minute: what else the case has to do goes on meanwhile."""

TRIED_AGAIN_AFTER: Final = timedelta(minutes=1)
"""When a case takes a step again that it had to give up."""
