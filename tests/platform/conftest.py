"""The servers as these tests want them: undisturbed, and with a wire that can be cut."""

from tests.support.quiet import quiet, temporal, wire

__all__ = ["quiet", "temporal", "wire"]
