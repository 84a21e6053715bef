"""The window at a port of the tests' own, and a database that nothing else works on."""

from tests.support.harbour import harbour
from tests.support.quiet import quiet

__all__ = ["harbour", "quiet"]
