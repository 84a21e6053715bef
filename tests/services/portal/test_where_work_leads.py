"""Every piece of work leads to a page of its own kind: of all codes that any service's cases wait
by on somebody's desk, and of all that wait for another of an office; none is listed by hand."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from starlette.routing import Match, Route

from services.kernel.identifiers import new_id
from services.manifests import case_kinds, scopes_of_roles
from services.portal import application
from services.portal.pages.cases import ANSWERED_AT, DONE_AT, done_at
from services.window.queries.to_second import CODES, SOURCES

GENERIC = "/portal/cases/{case_id}"
PREFIXES = {
    **{kind.name: prefix for prefix, kind in case_kinds().items()},
    **{name: re.findall("'([a-z]{3})' AS prefix", sql)[0] for name, sql in SOURCES.items()},
}


def every_work() -> Iterator[tuple[str, str]]:
    """Kind and code of whatever a work list may hold."""
    for kind in case_kinds().values():
        for wait in kind.states.every_wait():
            if wait.desk is not None:
                yield kind.name, wait.code
    for name, codes in CODES.items():
        for code in codes:
            yield name, code


def page_of(address: str) -> str | None:
    """The route that answers an address when it is read."""
    scope = {"type": "http", "method": "GET", "path": address.partition("?")[0], "root_path": ""}
    for route in application.PAGES:
        if isinstance(route, Route) and route.matches(scope)[0] is Match.FULL:
            return route.path
    return None


@pytest.mark.parametrize(("kind", "code"), sorted(set(every_work())))
def test_a_piece_of_work_leads_to_a_page_of_its_kind(kind: str, code: str) -> None:
    item = {"case_id": new_id(PREFIXES[kind]), "kind": kind, "code": code}
    for role in scopes_of_roles():
        page = page_of(done_at(item, role))
        assert page is not None
        assert page != GENERIC


def test_no_code_that_is_done_elsewhere_is_one_that_nothing_waits_by() -> None:
    assert {*DONE_AT, *ANSWERED_AT} <= {code for _, code in every_work()}
