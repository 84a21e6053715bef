"""The one way out of a process of ours."""

from __future__ import annotations

import contextlib
import logging
import os
import sys
from typing import NoReturn


def end_process(status: int) -> NoReturn:
    """Flush what was said and end at once with this status.

    The interpreter's own exit is left out on purpose: threads of the Temporal SDK can abort it
    after all work is done, and a run that succeeded would then end with a signal.
    """
    logging.shutdown()
    for stream in (sys.stdout, sys.stderr):
        # A closed pipe at the other end is no reason to end differently.
        with contextlib.suppress(OSError, ValueError):
            stream.flush()
    os._exit(status)
