"""The servers as these tests want them: undisturbed, and with a wire that can be cut."""

from tests.support.harbour import harbour
from tests.support.quiet import quiet, temporal, wire

__all__ = ["harbour", "quiet", "temporal", "wire"]
