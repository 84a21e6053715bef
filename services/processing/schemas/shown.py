"""What is read of landing processing: books with what belongs to them, alerts, corrections."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from pydantic import BaseModel, Field

from services.kernel.fields import Moment
from services.kernel.identifiers import show
from services.kernel.quantity import kilograms
from services.platform.database import Row
from services.processing.domain.rules.consumption import Balance
from services.processing.domain.states import (
    AlertKind,
    AlertState,
    BookState,
    CorrectionState,
    acts_open,
    alert_acts_open,
    correction_acts_open,
)
from services.processing.queries import WholeBook
from services.processing.schemas import CorrectionAnswer


class MaterialShown(BaseModel):
    """The balance of a material; ``unexplained_kg`` once it is counted."""

    material_hs: str
    opening_kg: Decimal
    received_kg: Decimal
    consumed_kg: Decimal
    scrap_kg: Decimal
    closing_kg: Decimal | None
    unexplained_kg: Decimal | None
    remaining_kg: Decimal
    declared_loss_kg: Decimal
    scrap_beyond_loss_kg: Decimal

    @classmethod
    def of(cls, row: Row) -> MaterialShown:
        """A balance as it stands; what was counted is explained or not only once it was."""
        balance = Balance(
            row.opening_kg, row.received_kg, row.consumed_kg, row.scrap_kg, loss_kg=row.loss_kg
        )
        return cls(
            material_hs=row.material_hs,
            opening_kg=row.opening_kg,
            received_kg=row.received_kg,
            consumed_kg=row.consumed_kg,
            scrap_kg=row.scrap_kg,
            closing_kg=row.closing_kg,
            unexplained_kg=None if row.closing_kg is None else row.unexplained_kg,
            remaining_kg=balance.remaining_kg,
            declared_loss_kg=row.loss_kg,
            scrap_beyond_loss_kg=kilograms(balance.scrap_beyond_loss_kg),
        )


class InTransitShown(BaseModel):
    """A purchase that is not received yet, and the day by which it is to be."""

    purchase_id: str
    lot_id: str
    material_hs: str
    net_kg: Decimal
    bought_at: Moment
    dispatched_at: Moment | None
    due_on: date | None
    overdue: bool

    @classmethod
    def of(cls, row: Row, *, today: date) -> InTransitShown:
        """A purchase on its way, and whether it is late on a day."""
        return cls(
            purchase_id=show("pur", row.purchase_id),
            lot_id=show("lot", row.lot_id),
            material_hs=row.hs_code,
            net_kg=row.net_kg,
            bought_at=row.bought_at,
            dispatched_at=row.dispatched_at,
            due_on=row.due_on,
            overdue=row.due_on is not None and row.due_on < today,
        )


class LostShown(BaseModel):
    """A load that was written off in this book as lost on its way; it lay in no stock."""

    purchase_id: str
    lot_id: str
    material_hs: str
    lost_kg: Decimal
    dispatched_at: Moment
    lost_at: Moment
    correction_id: str
    found_at: Moment | None = Field(description="it turned up: it counts as lost no more")

    @classmethod
    def of(cls, row: Row) -> LostShown:
        """A load as it was written off, and whether it turned up."""
        return cls(
            purchase_id=show("pur", row.purchase_id),
            lot_id=show("lot", row.lot_id),
            material_hs=row.hs_code,
            lost_kg=row.net_kg,
            dispatched_at=row.dispatched_at,
            lost_at=row.lost_at,
            correction_id=show("cor", row.correction_id),
            found_at=row.found_at,
        )


class ConsumptionShown(BaseModel):
    """Unit consumption as declared."""

    product_hs: str
    material_hs: str
    net: str
    loss_rate: str
    unit: str
    processing_rule: str
    processes: list[str]
    declared_at: Moment

    @classmethod
    def of(cls, row: Row) -> ConsumptionShown:
        """Unit consumption as it stands, without zeros at the end of a number."""
        numbers = {name: f"{row[name].normalize():f}" for name in ("net", "loss_rate", "unit")}
        return cls(**{**row, **numbers})


class ProductShown(BaseModel):
    """Products of a period."""

    product_hs: str
    product_kg: Decimal
    reports: int
    grounds: list[str] = Field(
        description="what the factory said of reports that stand, how more was made than the book"
        " holds material for"
    )

    @classmethod
    def of(cls, row: Row) -> ProductShown:
        """What was made of one product."""
        return cls(**row)


class BookShown(BaseModel):
    """An e-book period."""

    book_id: str
    enterprise_code: str
    port: str
    period_from: date
    period_to: date
    state: str
    version: int
    opened_at: Moment
    ran_out_at: Moment | None
    closed_at: Moment | None
    ended_on: date | None = Field(description="the last day it covers, once it is closed")
    begun: bool = Field(description="its first day has come; nothing is received into it before")

    @classmethod
    def of(cls, row: Row, *, today: date) -> BookShown:
        """A period as it stands on a day."""
        return cls(**_period(row, today))


class BookDetail(BookShown):
    """An e-book period with its balance, what is on its way into it, and what was lost there."""

    materials: list[MaterialShown]
    in_transit: list[InTransitShown]
    lost: list[LostShown]
    unit_consumptions: list[ConsumptionShown]
    products: list[ProductShown]
    acts: list[str] = Field(description="the acts that are open to you in this state")

    @classmethod
    def whole(cls, found: WholeBook, *, role: str, today: date) -> BookDetail:
        """A period with all that belongs to it, as a role may act on it on a day."""
        return cls(
            **_period(found.book, today),
            materials=[MaterialShown.of(row) for row in found.materials],
            in_transit=[InTransitShown.of(row, today=today) for row in found.in_transit],
            lost=[LostShown.of(row) for row in found.lost],
            unit_consumptions=[ConsumptionShown.of(row) for row in found.consumptions],
            products=[ProductShown.of(row) for row in found.products],
            acts=acts_open(
                BookState(found.book.state),
                role,
                begun=found.book.period_from <= today,
                corrected=found.correction_waits,
                interested=found.book.interested,
            ),
        )


def _period(row: Row, today: date) -> dict[str, Any]:
    told = {"book_id": show("bok", row.book_id), "begun": row.period_from <= today}
    return {**told, **{name: row[name] for name in BookShown.model_fields if name not in told}}


class AlertShown(BaseModel):
    """An alert and the officer's word on it."""

    alert_id: str
    book_id: str
    version: int = Field(description="of the book")
    enterprise_code: str
    kind: str
    hs_code: str
    receipt_id: str | None
    deviation: str
    tolerance: str
    state: str
    raised_at: Moment
    closed_at: Moment | None
    closed_by: str | None
    reason: str | None = Field(
        description="the officer's; of an alert that an entry took away, that entry"
    )
    grounds: str | None = Field(description="what the factory said to it")
    acts: list[str] = Field(description="the acts that are open to you in this state")

    @classmethod
    def of(cls, row: Row, *, role: str) -> AlertShown:
        """An alert as it stands, and as a role may act on it."""
        state, kind, book = AlertState(row.state), AlertKind(row.kind), BookState(row.book_state)
        return cls(
            acts=alert_acts_open(state, kind, book, role, interested=row.interested),
            alert_id=show("alt", row.alert_id),
            book_id=show("bok", row.book_id),
            version=row.version,
            enterprise_code=row.enterprise_code,
            kind=row.kind,
            hs_code=row.hs_code,
            receipt_id=None if row.receipt_id is None else show("rcp", row.receipt_id),
            deviation=f"{row.deviation:.6f}",
            tolerance=f"{row.tolerance.normalize():f}",
            state=row.state,
            raised_at=row.raised_at,
            closed_at=row.closed_at,
            closed_by=row.closed_by,
            reason=row.reason,
            grounds=row.grounds,
        )


class CorrectionShown(CorrectionAnswer):
    """A correction, why it was asked for, and the officer's word on it."""

    enterprise_code: str
    version: int = Field(description="of the book")
    grounds: str
    asked_by: str
    asked_at: Moment
    decided_by: str | None
    decided_at: Moment | None
    reason: str | None
    acts: list[str] = Field(description="the acts that are open to you in this state")

    @classmethod
    def of(cls, row: Row, *, role: str) -> CorrectionShown:
        """A correction as it stands, and as a role may act on it."""
        return cls(
            acts=correction_acts_open(CorrectionState(row.state), role, interested=row.interested),
            correction_id=show("cor", row.correction_id),
            book_id=show("bok", row.book_id),
            version=row.version,
            enterprise_code=row.enterprise_code,
            kind=row.kind,
            receipt_id=None if row.receipt_id is None else show("rcp", row.receipt_id),
            purchase_id=None if row.purchase_id is None else show("pur", row.purchase_id),
            product_hs=row.product_hs,
            material_hs=row.material_hs,
            former=row.former,
            becomes=row.becomes,
            grounds=row.grounds,
            state=row.state,
            asked_by=row.asked_by,
            asked_at=row.asked_at,
            decided_by=row.decided_by,
            decided_at=row.decided_at,
            reason=row.reason,
        )
