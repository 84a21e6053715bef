"""Every type of event that the services say to the log."""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec

from services.kernel.events import Event
from services.platform.settings import SERVICES


def event_types() -> dict[str, type[Event]]:
    """Every event type of every service by name."""
    for service in SERVICES:
        module = f"services.{service}.domain.events"
        if find_spec(module) is not None:
            import_module(module)
    return {
        name: event
        for name, event in sorted(Event.registry.items())
        if event.__module__.startswith("services.")
    }
