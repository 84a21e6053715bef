"""How a clock of the law stands at an instant."""

from __future__ import annotations

from datetime import datetime, timedelta

from services.window.domain.model import Clock


def ran_out(clock: Clock, now: datetime) -> bool:
    """Whether the time is or was exceeded: by the stop if the clock was stopped, else by now.

    Perishable goods are due strictly before the six hours are over (RCEP 4.15; W17).
    """
    end = clock.stopped_at or now
    return end >= clock.due_at if clock.strictly_before else end > clock.due_at


def left_s(clock: Clock, now: datetime) -> int | None:
    """Whole seconds still left, 0 when it ran out, None when the clock was stopped."""
    if clock.stopped_at is not None:
        return None
    return max(0, _whole_s(clock.due_at - now))


def allowed_s(clock: Clock) -> int:
    """Whole seconds that the law gives, of which ``left_s`` are still left."""
    return _whole_s(clock.due_at - clock.started_at)


def _whole_s(span: timedelta) -> int:
    return -(-span // timedelta(seconds=1))
