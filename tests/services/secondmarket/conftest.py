"""Factories and groups for the tests of the second market."""

from __future__ import annotations

from tests.services.processing.conftest import factory, group, harbour

__all__ = ["factory", "group", "harbour"]
