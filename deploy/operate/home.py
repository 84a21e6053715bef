"""Which data directory a command means."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated, Final

from cyclopts import Parameter

DEFAULT_HOME: Final = Path(".tradewindow")
DEMO_HOME: Final = Path(".tradewindow-demo")

Home = Annotated[
    Path | None,
    Parameter(name="--home", help="The data directory; else TRADEWINDOW_HOME, else .tradewindow."),
]


def home_or_default(home: Path | None) -> Path:
    """The directory named, else the environment's, else the default, as an absolute path."""
    chosen = home or Path(os.environ.get("TRADEWINDOW_HOME") or DEFAULT_HOME)
    return chosen.expanduser().resolve()


def demo_home(home: Path | None) -> Path:
    """The directory named, else the demonstration's own: never the one `up` works in."""
    return (home or DEMO_HOME).expanduser().resolve()
