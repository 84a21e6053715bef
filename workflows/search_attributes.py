"""The search attributes that make Temporal's own screen a console of the trade."""

from __future__ import annotations

from typing import Final

from temporalio.common import SearchAttributeKey

CASE_TYPE: Final = SearchAttributeKey.for_keyword("CaseType")
PORT: Final = SearchAttributeKey.for_keyword("Port")
LANE: Final = SearchAttributeKey.for_keyword("Lane")
STATE: Final = SearchAttributeKey.for_keyword("CaseState")
PARTY: Final = SearchAttributeKey.for_keyword("Party")

ALL: Final = (CASE_TYPE, PORT, LANE, STATE, PARTY)
"""Registered with the server by ``deploy`` before the first worker starts."""
