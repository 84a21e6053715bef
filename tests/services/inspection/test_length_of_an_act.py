"""An officer's signature passes at most a dozen functions in at most eight files.

What it passes is whatever stands between its route and the driver when a row is locked or written.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Any, Final

from services.inspection import api
from services.platform.database import Tx
from tests.support.inspection import CLEAN, Office

ROOT: Final = Path(__file__).resolve().parents[3]
_SERVICES: Final = f"{ROOT / 'services'}/"
_ROUTE: Final = api.findings_countersign.__code__
_WRITES: Final = re.compile(r"\b(FOR UPDATE|INSERT|UPDATE|record_act)\b")
_SHOWN: Final = re.compile(r"^ *([\w/]+\.py)  ([\w.]+)", flags=re.MULTILINE)
MOST_FUNCTIONS: Final = 12
MOST_FILES: Final = 8


@contextmanager
def passed() -> Iterator[set[tuple[str, str]]]:
    """File and function of all that a signature passes meanwhile; what a function defines for
    itself is a part of it."""
    found: set[tuple[str, str]] = set()

    def called(frame: FrameType, event: str, _: Any) -> None:
        if event != "call" or frame.f_code is not Tx.execute.__code__:
            return
        if not _WRITES.search(str(frame.f_locals["statement"])):
            return
        stack: list[tuple[str, str]] = []
        below: FrameType | None = frame
        while below is not None:
            code = below.f_code
            if code.co_filename.startswith(_SERVICES):
                file = code.co_filename.removeprefix(_SERVICES)
                stack.append((file, code.co_qualname.partition(".<locals>")[0]))
            if code is _ROUTE:
                found.update(stack)
                return
            below = below.f_back

    before = sys.getprofile()
    sys.setprofile(called)
    try:
        yield found
    finally:
        sys.setprofile(before)


async def test_a_countersignature_passes_a_dozen_functions_in_eight_files(office: Office) -> None:
    port = await office.port()
    order_id = await office.inspected(port)
    one, other = await office.colleagues(await office.order(order_id, state="ASSIGNED"))
    path = f"/inspection/v1/orders/{order_id}"
    read = await one.post(f"{path}/findings", CLEAN)
    with passed() as found:
        signed = await other.try_post(
            f"{path}/countersignature", {"agree": True}, **{"If-Match": f'"{read["version"]}"'}
        )
    assert (signed.status_code, signed.json()["state"]) == (200, "CONCLUDED"), signed.text
    assert on_the_page() <= found
    assert len(found) <= MOST_FUNCTIONS, sorted(found)
    assert len({file for file, _ in found}) <= MOST_FILES, sorted(found)


def on_the_page() -> set[tuple[str, str]]:
    """What ARCHITECTURE.md shows of the way, from the route inwards."""
    page = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8")
    _, _, rest = page.partition("\nservices/inspection/\n")
    shown, _, _ = rest.partition("\n```")
    ways = _SHOWN.findall(shown)
    assert len(ways) >= 5, shown
    return {
        (file if file.startswith("platform/") else f"inspection/{file}", function)
        for file, function in ways
    }
