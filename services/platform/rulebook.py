"""Every rule of every service, as the manual lists it: what it says, and which law it comes from.

Rules are pure functions named by ``@rule``; their modules need nothing to be read. So any process
can list all of them, whichever service it runs. A rule that several services ask is the kernel's.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Final

from services.kernel.rule import RULES, Rule

CONTEXT: Final = "rule"
"""Context in the catalogs of what a rule says."""
_SERVICES: Final = Path(__file__).resolve().parents[1]


@cache
def rulebook() -> Mapping[str, Rule]:
    """All rules by their codes, in the order of services and codes."""
    of_several = sorted(_SERVICES.glob("kernel/rules/*.py"))
    for path in (*of_several, *sorted(_SERVICES.glob("*/domain/rules/*.py"))):
        import_module(".".join(("services", *path.relative_to(_SERVICES).with_suffix("").parts)))
    return dict(sorted(RULES.items(), key=lambda item: (item[1].service, item[0])))
