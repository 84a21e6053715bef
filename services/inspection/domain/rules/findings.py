"""Findings of an inspection and their countersignature."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Any, Final

from services.inspection.domain import refusals
from services.inspection.domain.model import Declared, Disposal, Findings, Order, Result
from services.kernel.lanes import Method
from services.kernel.messages import Actor
from services.kernel.refusal import Refusal
from services.kernel.refusals import NOT_DRAWN
from services.kernel.rule import asked, rule
from services.kernel.second_person import second_person

BEGINNING: Final = date(1996, 4, 1)
"""Practice has no day of its own: it is as old as the trade that it inspects (Order 56)."""
DRAWN_SINCE: Final = date(2015, 7, 29)
"""Since when goods and officers are drawn at random."""
_R, _D = Result, Disposal
_DECLARED_WRONGLY: Final = frozenset({_D.AMEND, _D.TAX_AGAIN, _D.RETURN, _D.SEIZE, _D.TRANSFER})
DISPOSALS: Final[dict[Result, frozenset[Disposal]]] = {
    _R.NO_DIFFERENCE: frozenset({_D.RELEASE}),
    _R.NAME: _DECLARED_WRONGLY,
    _R.QUANTITY: _DECLARED_WRONGLY,
    _R.CLASS: _DECLARED_WRONGLY,
    _R.VALUE: _DECLARED_WRONGLY,
    _R.ORIGIN: _DECLARED_WRONGLY,
    _R.IPR: frozenset({_D.SEIZE, _D.TRANSFER, _D.DESTROY, _D.RETURN}),
    _R.SMUGGLED: frozenset({_D.SEIZE, _D.TRANSFER}),
    _R.QUARANTINE_FAIL: frozenset({_D.RETURN, _D.DESTROY, _D.SEIZE, _D.TRANSFER}),
}
"""Which disposals a result allows. Several results allow only what all of them allow."""

MOVES: Final[dict[Disposal, str]] = {
    _D.RELEASE: "release",
    _D.AMEND: "reject",
    _D.TAX_AGAIN: "reject",
    _D.RETURN: "return",
    _D.DESTROY: "seize",
    _D.SEIZE: "seize",
    _D.TRANSFER: "seize",
    _D.WITHDRAWN: "withdraw",
}
"""What the lot's case does with a disposal. Destroyed goods are first taken into custody."""


def findings_refusals(
    order: Order, officer: str, findings: Findings, declared: Declared, *, on: date
) -> list[Refusal]:
    """Every reason why these findings cannot stand; none means they may be recorded.

    They are judged by the rules of the lot's day of business.
    """
    return [
        *asked(on, drawn_officer_only, order, officer),
        *asked(on, method_at_least_as_ordered, order, findings),
        *asked(on, results_consistent, findings),
        *asked(on, disposal_follows_from_results, findings, declared),
        *asked(on, weight_stated_for_goods, findings),
        *asked(on, results_agree_with_the_scale, findings, declared),
    ]


@rule("INS-DRAWN", source="double-random", in_force=DRAWN_SINCE)
def drawn_officer_only(order: Order, officer: str) -> Refusal | None:
    """Only an officer drawn for the order may decide on it."""
    if officer in order.officers:
        return None
    return NOT_DRAWN.at()


@rule("INS-METHOD", source="inspection-order", in_force=BEGINNING)
def method_at_least_as_ordered(order: Order, findings: Findings) -> Refusal | None:
    """Goods may be checked more deeply than ordered, never less."""
    if findings.method.intensity >= order.method_ordered.intensity:
        return None
    return refusals.METHOD_INSUFFICIENT.at(
        "/method", ordered=order.method_ordered, method=findings.method
    )


@rule("INS-RESULT", source="inspection-order", in_force=BEGINNING)
def results_consistent(findings: Findings) -> Refusal | None:
    """At least one result is stated, and 'no difference' stands alone."""
    results = set(findings.results)
    if results and (Result.NO_DIFFERENCE not in results or len(results) == 1):
        return None
    return refusals.RESULTS_INCONSISTENT.at("/results", alone=Result.NO_DIFFERENCE)


@rule("INS-DISPOSAL", source="inspection-order", in_force=BEGINNING)
def disposal_follows_from_results(findings: Findings, declared: Declared) -> Refusal | None:
    """Goods found different are never released as declared, smuggled goods never returned.

    Goods that are as declared and have come to be prohibited since are released, where what was on
    its way may still come in, or returned: two officers decide which.
    """
    allowed = allowed_disposals(findings.results)
    if declared.prohibited and findings.results == (Result.NO_DIFFERENCE,):
        allowed |= {Disposal.RETURN}
    if findings.disposal in allowed:
        return None
    return refusals.DISPOSAL_NOT_ALLOWED.at(
        "/disposal", disposal=findings.disposal, possible=sorted(allowed)
    )


def allowed_disposals(results: tuple[Result, ...]) -> frozenset[Disposal]:
    """The disposals that every stated result allows."""
    if not results:
        return frozenset()
    return frozenset.intersection(*(DISPOSALS[r] for r in results))


@rule("INS-WEIGHT", source="inspection-order", in_force=BEGINNING)
def weight_stated_for_goods(findings: Findings) -> Refusal | None:
    """Whoever opens the goods weighs them: a sample or full inspection states the weight found."""
    if findings.method.intensity < Method.SAMPLE.intensity or findings.found_kg is not None:
        return None
    return refusals.WEIGHT_REQUIRED.at("/found_kg", method=findings.method)


@rule("INS-SCALE", source="inspection-order", in_force=BEGINNING)
def results_agree_with_the_scale(findings: Findings, declared: Declared) -> Iterator[Refusal]:
    """'No difference' is not said of goods that weigh otherwise, nor QUANTITY of goods that do not.

    A graver result (another name, smuggled, …) says enough by itself, whatever the goods weigh.
    """
    if Result.NO_DIFFERENCE in findings.results:
        other = [i for i, item in enumerate(findings.items) if _other_goods(item, declared)]
        yield from (refusals.OTHER_GOODS.at(f"/items/{line}") for line in other)
        if not _amount_differs(findings, declared):
            return
        reason = refusals.DIFFERENCE_UNSTATED
    elif Result.QUANTITY in findings.results:
        if findings.found_kg is None or _amount_differs(findings, declared):
            return
        reason = refusals.DIFFERENCE_NOT_FOUND
    else:
        return
    for pointer in ("/results", "/found_kg"):
        yield reason.at(
            pointer,
            found_kg=declared.net_kg if findings.found_kg is None else findings.found_kg,
            declared_kg=declared.net_kg,
            pieces=declared.pieces,
            tolerance=declared.tolerance,
            quantity=Result.QUANTITY,
        )


def _other_goods(item: dict[str, Any], declared: Declared) -> bool:
    """Whether an item is of another code or origin; a code may be stated less finely."""
    origin = item.get("origin")
    return not declared.hs_code.startswith(item["hs_code"]) or origin not in (
        None,
        declared.origin,
    )


def _amount_differs(findings: Findings, declared: Declared) -> bool:
    """Whether anything weighed or counted is not as declared: the whole, the pieces, the goods.

    The whole may weigh what was declared while some of it is other goods.
    """
    if findings.found_kg is not None and not declared.weighs(findings.found_kg):
        return True
    pieces = _stated(findings.items, "pieces")
    if pieces and sum(pieces) != declared.pieces:
        return True
    theirs = tuple(i for i in findings.items if i["hs_code"] == declared.hs_code)
    weights = _stated(theirs, "net_kg")
    return bool(weights) and not declared.weighs(sum(map(Decimal, weights), Decimal(0)))


def _stated(items: tuple[dict[str, Any], ...], what: str) -> list[Any]:
    return [item[what] for item in items if item.get(what) is not None]


@rule("INS-SECOND", source="double-random", in_force=DRAWN_SINCE)
def signed_by_the_other(order: Order, author: Actor, signer: Actor) -> Refusal | None:
    """Findings are signed by the other drawn officer, another person than their author.

    Before officers were drawn there is no order of ours; so nothing is older than the rule.
    """
    return drawn_officer_only(order, signer.party_code) or second_person(author, signer)
