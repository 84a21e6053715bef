"""Skills of officers that a rule of more than one service asks for."""

from __future__ import annotations

from typing import Final

SUPERVISES: Final = "supervise"
"""Of whoever keeps a port's roster."""
