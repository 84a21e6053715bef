"""The window at a port of the tests' own."""

from tests.support.harbour import harbour

__all__ = ["harbour"]
