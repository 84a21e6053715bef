"""Whoever signs or decides says which version he read; of every other act it is said why not."""

from __future__ import annotations

from typing import Any, Final

import pytest

from services.kernel.identifiers import new_id
from services.manifests import scopes_of_roles
from tests.architecture.callers import Caller, caller, is_problem
from tests.architecture.routes import Route, described, every_route
from tests.support.reading import read_at

__all__ = ["caller"]
UNSIGNED: Final = {
    "makes something new: there is nothing yet that could have been read": """
        /accreditation/v1/accreditations /accreditation/v1/credit-levels
        /declaration/v1/lots /declaration/v1/manifests
        /gate/v1/vehicles
        /law/v1/policy /law/v1/port-origins /law/v1/goods-restrictions /law/v1/commodities
        /market/v1/rota/absences
        /processing/v1/receipts /processing/v1/books
        /processing/v1/purchases/{purchase_id}/movement
        /registry/v1/residents /registry/v1/groups /registry/v1/memberships /registry/v1/mandates
        /registry/v1/enterprises /registry/v1/processing-filings /registry/v1/officers
        /registry/v1/conflicts /registry/v1/duties /registry/v1/banks /registry/v1/banks/{bic}/keys
        /registry/v1/signatories /registry/v1/sellers /registry/v1/ports /registry/v1/changes
        /registry/v1/payer-accounts /registry/v1/passkey-openings /registry/v1/passkeys
        /risk/v1/rules /risk/v1/controls /risk/v1/draw-seeds
        /secondmarket/v1/orders /secondmarket/v1/offers /secondmarket/v1/purchases
        /settlement/v1/firm-quotes /settlement/v1/instructions /settlement/v1/screening-entries
        /settlement/v1/answers /settlement/v1/answers/files /market/v1/quotes/by-hand
        /market/v1/rota/absences/by-hand
        /market/v1/rota/absences/withdrawal /market/v1/rota/absences/withdrawal-by-hand
        /window/v1/webhooks /notices/v1/contacts /documents/v1/cases/{case_id}/documents/{kind}
    """,
    "one's own, entered, put right or taken back; the version may be named, and is compared": """
        /accreditation/v1/accreditations/{accreditation_id}/withdrawal
        /accreditation/v1/accreditations/{accreditation_id}/self-assessment
        /declaration/v1/lots/{lot_id}/reminders /declaration/v1/lots/{lot_id}/amendments
        /declaration/v1/lots/{lot_id}/cancellation
        /declaration/v1/residents/{resident_id}/name-freezes
        /declaration/v1/lots/{lot_id}/name-reports
        /registry/v1/passkeys/{passkey_id}/ending
        /processing/v1/books/{book_id}/unit-consumptions /processing/v1/books/{book_id}/outputs
        /processing/v1/books/{book_id}/scrap
        /processing/v1/books/{book_id}/outputs/{output_id}/reversal
        /processing/v1/books/{book_id}/closing /processing/v1/books/{book_id}/corrections
        /secondmarket/v1/orders/{order_id}/cancellation /secondmarket/v1/offers/withdrawal
        /settlement/v1/instructions/{instruction_id}/cancellation
        /settlement/v1/answers/{answer_id}/withdrawal
        /market/v1/quotes/{quote_id}/withdrawal-by-hand
        /window/v1/webhooks/{webhook_id}/replay /window/v1/webhooks/{webhook_id}/secret
        /window/v1/webhooks/{webhook_id}/removal
        /documents/v1/documents/{document_id}/withdrawal
        /notices/v1/choices /notices/v1/contacts/confirmation /notices/v1/contacts/withdrawal
        /notices/v1/notices/read
    """,
    "a bank's machine says it, signed as a whole": """
        /market/v1/quotes /market/v1/quotes/{quote_id}/withdrawal /settlement/v1/bank/statuses
    """,
    "says what the record says already": "/documents/v1/papers",
    "seen at the gate, not decided": "/gate/v1/entries /gate/v1/lots/{lot_id}/passes",
    "reads only": """
        /registry/v1/residents/lookup /registry/v1/passkey-challenges
        /declaration/v1/touches /declaration/v1/lots/checks
    """,
    "the day is over: what was drawn is made public, and nothing of it is judged": """
        /risk/v1/draw-seeds/{seed_id}/reveal
    """,
}
"""By why they are no signatures, all acts that are none. All others are: see ``allow``."""
ROUTES: Final = every_route()
ACTS: Final = [route for route in ROUTES if route.method == "POST"]
SIGNATURES: Final = [route for route in ACTS if route.is_signature]


def test_every_act_is_a_signature_or_it_is_said_why_not() -> None:
    unsigned = [path for paths in UNSIGNED.values() for path in paths.split()]
    signed = [route.path for route in SIGNATURES]

    assert sorted([*unsigned, *signed]) == sorted(route.path for route in ACTS)


def test_what_is_read_names_no_version() -> None:
    assert not [str(route) for route in ROUTES if route.is_signature and route not in ACTS]


@pytest.mark.parametrize("route", SIGNATURES, ids=str)
def test_whoever_may_sign_may_read_the_version_of_what_is_signed(route: Route) -> None:
    read = _read_for(route)
    asked = (route.scopes[0], read.scopes[0])
    signing = {role for role, scopes in scopes_of_roles().items() if asked[0] in scopes}
    reading = {role for role, scopes in scopes_of_roles().items() if asked[1] in scopes}

    assert signing <= reading
    assert "version" in _shape(read)["required"]


@pytest.mark.parametrize("route", SIGNATURES, ids=str)
async def test_a_version_that_is_none_is_told_so(caller: Caller, route: Route) -> None:
    """However far the rest would have come: what is not there is asked for first of all."""
    answer = await caller.send(route, match="yesterday")

    is_problem(answer, 412, "VERSION_MISMATCH")


def _read_for(route: Route) -> Route:
    """The read of what a signature is of: at the address that ends with what it names."""
    named = route.path.replace("{" + route.path.split("{")[1].split("}")[0] + "}", new_id("lot"))
    place = read_at(named)
    found = [r for r in ROUTES if r.method == "GET" and _names(r.path, place)]
    assert len(found) == 1, place
    return found[0]


def _names(path: str, place: str) -> bool:
    return path.endswith("}") and path[: path.index("{")] == place[: place.rindex("/") + 1]


def _shape(route: Route) -> dict[str, Any]:
    """The shape of what a read answers."""
    content = route.operation["responses"]["200"]["content"]["application/json"]
    name = content["schema"]["$ref"].rpartition("/")[2]
    shape: dict[str, Any] = described(route.service)["components"]["schemas"][name]
    return shape
