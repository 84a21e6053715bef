"""Facts of the registry. None carries a name, a number or a key."""

from __future__ import annotations

from services.kernel.events import Event


class RecordsFiled(Event):
    """Records of one kind were filed in one act, all of them."""

    kind: str
    count: int
