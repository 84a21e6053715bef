"""Facts of landing processing: ids, codes and weights only."""

from __future__ import annotations

from datetime import date

from pydantic import Field

from services.kernel.events import Event


class GoodsDispatched(Event):
    """The escorted movement to the factory began."""

    purchase_id: str
    seal_no: str
    vehicle_plate: str | None = None


class GoodsReceived(Event):
    """The factory received a purchase by weight; on the lot's and on the book's chain.

    Its own ``reference`` stands on the book's alone.
    """

    receipt_id: str
    purchase_id: str
    lot_id: str
    book_id: str
    bought_kg: str
    received_kg: str
    seal_intact: bool
    reference: str | None = None


class GoodsLost(Event):
    """An officer consented that a load be written off that was lost on its way to the factory.

    On the lot's chain; the correction that was asked for stands on the book's.
    """

    purchase_id: str
    lot_id: str
    book_id: str
    correction_id: str
    lost_kg: str


class GoodsFound(Event):
    """A load that was written off as lost has turned up; an officer consented: it is waited for.

    On the lot's chain, after the ``GoodsLost`` that stays there; the correction stands on the
    book's.
    """

    purchase_id: str
    lot_id: str
    book_id: str
    correction_id: str
    found_kg: str


class BookOpened(Event):
    """A factory opened an e-book period; opening stock is carried over from the one before."""

    enterprise_code: str
    period_from: date
    period_to: date
    opening_kg: dict[str, str]


class ConsumptionDeclared(Event):
    """Unit consumption of a material by a product, declared before production."""

    product_hs: str
    material_hs: str
    net: str
    loss_rate: str
    unit: str
    processing_rule: str


class ProductionReported(Event):
    """Products came out; material is written off by unit consumption, ``loss_kg`` of it as loss.

    ``explained``: the factory said how more was made than the book holds; its words are kept with
    the report, not in the log.
    """

    output_id: str
    product_hs: str
    product_kg: str
    consumed_kg: dict[str, str]
    loss_kg: dict[str, str] = Field(default_factory=dict)
    reference: str | None = None
    explained: bool = False


class ScrapReported(Event):
    """Scrap (边角料) of a material, and what of all of it the declared loss holds at that time."""

    output_id: str
    material_hs: str
    scrap_kg: str
    reference: str | None = None
    declared_loss_kg: str | None = None
    beyond_loss_kg: str | None = None


class OutputReversed(Event):
    """A report of products or scrap was wrong: a new entry takes its weights back."""

    output_id: str
    reverses: str
    hs_code: str
    weight_kg: str
    consumed_kg: dict[str, str]


class AlertRaised(Event):
    """Something went beyond its tolerance; an officer must close it."""

    alert_id: str
    kind: str
    hs_code: str
    deviation: str
    tolerance: str
    rules: tuple[str, ...] = ()


class AlertClosed(Event):
    """An alert was closed by an officer, whose reason is kept with it, or given back with what it
    was raised by."""

    alert_id: str
    resolution: str
    rules: tuple[str, ...] = ()
    """Those by which it was raised."""


class StockCounted(Event):
    """The factory counted what is left and asked for the period to be closed."""

    closing_kg: dict[str, str]
    unexplained_kg: dict[str, str]


class BookClosed(Event):
    """The period is closed; what is left is carried over. ``ended_on``: the last day it covers."""

    ends = True
    ended_on: date | None = None
    rules: tuple[str, ...] = ("PRC-02", "PRC-03")


class BookReopened(Event):
    """An officer gave the book back to be corrected."""


class CorrectionAsked(Event):
    """A factory asked to have its book put right; why is kept with it. Nothing is changed yet."""

    correction_id: str
    kind: str
    receipt_id: str | None
    product_hs: str | None
    material_hs: str | None
    former: dict[str, str]
    becomes: dict[str, str]
    purchase_id: str | None = None


class BookCorrected(Event):
    """An officer consented: the book says from now on what the factory asked for."""

    correction_id: str
    kind: str
    former: dict[str, str]
    becomes: dict[str, str]
    rules: tuple[str, ...] = ()
    """Those by which a correction of its kind is judged."""


class CorrectionRefused(Event):
    """An officer refused a correction; the book is as it was."""

    correction_id: str
    rules: tuple[str, ...] = ()
    """Those by which a correction of its kind is judged."""


class PeriodRanOut(Event):
    """The period is over and the book is still not closed."""

    changes = False
    unasked = True
