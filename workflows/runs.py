"""When a case goes on in a new run: before the engine takes nothing more for the present one.

A run has room for so many events and so many Updates, refused decisions among them. A case that
waits for persons must not wait behind that end.
"""

from __future__ import annotations

from temporalio import workflow


def is_full() -> bool:
    """Whether the engine suggests a new run; part of every condition that persons are waited by."""
    return workflow.info().is_continue_as_new_suggested()
