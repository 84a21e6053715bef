"""How much is taken at once: what the interface bounds, and what a screen says before a file is
brought. A person reads the same number in both places because it stands here alone."""

from __future__ import annotations

from typing import Final

ROWS: Final = 5_000
"""Records of a register in one filing, and rows of a table in a file."""
BANK_MESSAGE: Final = 256 * 1024
"""Bytes of a bank's message."""
LOTS: Final = 200
"""Lots that are looked through together: as many as a file of a day's trucks has."""
