"""Orders of factories, and what an enterprise is filed to process."""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy import text

from services.kernel.canonical import reference_key
from services.kernel.clock import business_day
from services.kernel.header import Header
from services.kernel.identifiers import new_uuid, show, uuid_of
from services.kernel.lot_waits import LotWait
from services.kernel.money import Money, price_text
from services.kernel.refusal import Refused
from services.kernel.refusals import DUPLICATE_REFERENCE
from services.platform.act import Act
from services.platform.columns import reference_key_of
from services.platform.database import Row
from services.platform.visibility import customs
from services.secondmarket.domain import refusals
from services.secondmarket.domain.events import LotOfferLapsed, OrderCancelled, OrderCreated
from services.secondmarket.domain.model import OrderRequest
from services.secondmarket.domain.rules.purchase import not_filed
from services.secondmarket.domain.states import FACTORY_ORDER, FactoryOrderState

# What the enterprise is filed to process of a commodity on a day, by the longest code filed.
FILING: Final = """
    SELECT f.hs_prefix, f.yearly_capacity_kg, COALESCE(c.bought_kg, 0) AS used_kg
    FROM v_processing_filings AS f
    LEFT JOIN capacity_years AS c ON c.enterprise_code = f.enterprise_code
        AND c.hs_prefix = f.hs_prefix AND c.year = :year
    WHERE f.enterprise_code = {enterprise} AND {hs_code} LIKE f.hs_prefix || '%'
        AND f.filed_from <= :day AND (f.filed_to IS NULL OR f.filed_to > :day)
    ORDER BY length(f.hs_prefix) DESC LIMIT 1
"""
_FILED_FOR_ORDER: Final = FILING.format(
    enterprise="CAST(:enterprise AS text)", hs_code="CAST(:hs_code AS text)"
)
_MAY_ORDER = text(f"""
    SELECT (SELECT port FROM v_enterprises WHERE enterprise_code = :enterprise) AS port,
        EXISTS ({_FILED_FOR_ORDER}) AS filed, (
        SELECT order_id FROM factory_orders
        WHERE enterprise_code = :enterprise AND {reference_key_of("reference")} = :reference_key
        ORDER BY order_id LIMIT 1
    ) AS same_reference
""")
_ORDER_INSERT = text("""
    INSERT INTO factory_orders (order_id, enterprise_code, reference, hs_code, wanted_kg,
        unit_price, currency, created_at)
    VALUES (:order_id, :enterprise, :reference, :hs_code, :wanted_kg, :unit_price, :currency, :at)
""")

_OWN = text("SELECT * FROM factory_orders WHERE order_id = :id AND enterprise_code = :enterprise")
# What was bought under it is nobody's turn any more: such lots stay as they are.
_TURNS = text("""
    SELECT lock_case(s.lot_id, NULL) FROM (
        SELECT f.lot_id FROM sale_offers AS f
        WHERE f.order_id = :id AND NOT EXISTS (SELECT FROM purchases WHERE lot_id = f.lot_id)
        ORDER BY f.lot_id
    ) AS s
""")
# The order's row before its header, as a purchase takes them: of the two at once one goes first.
_CANCEL = text("""
    UPDATE factory_orders SET cancelled_at = :at
    WHERE order_id = :id AND cancelled_at IS NULL AND bought_kg < wanted_kg RETURNING *
""")
_VERSION = text("SELECT lock_case(NULL, :id)")
_LAPSE = text("""
    WITH lapsed AS (
        DELETE FROM sale_offers AS s
        WHERE s.order_id = :id AND NOT EXISTS (SELECT FROM purchases WHERE lot_id = s.lot_id)
        RETURNING s.lot_id, s.offer_id
    )
    SELECT g.lot_id, g.offer_id, l.ended_at, o.offers, o.same_factory,
        coalesce('group:' || l.group_code, l.submitted_by) AS side
    FROM lapsed AS g JOIN v_lots AS l USING (lot_id) CROSS JOIN LATERAL (
        SELECT count(*) AS offers,
            count(*) FILTER (WHERE n.enterprise_code = :enterprise) AS same_factory
        FROM sale_offers AS f JOIN factory_orders AS n USING (order_id)
        WHERE f.lot_id = g.lot_id AND f.order_id <> :id
    ) AS o
    ORDER BY g.lot_id
""")


async def order_create(act: Act, order: OrderRequest) -> dict[str, Any]:
    """Order a commodity as a filed factory.

    Refuses AMOUNT_INVALID, NOT_FILED, DUPLICATE_REFERENCE.
    """
    enterprise, day = act.actor.party_code, business_day(act.at)
    price = Money.rounded(order.unit_price * order.wanted_kg, order.currency)
    if price.minor <= 0:
        raise Refused(refusals.AMOUNT_NOTHING.at("/unit_price"))
    named = {"enterprise": enterprise, "reference": order.reference, "hs_code": order.hs_code}
    taken = {"enterprise": enterprise, "hs_code": order.hs_code}
    taken |= {"reference_key": reference_key(order.reference)}
    known = (await act.execute(_MAY_ORDER, day=day, year=day.year, **taken)).one()
    if not known.filed:
        raise Refused(not_filed(order.hs_code).to("/hs_code"))
    if known.same_reference is not None:
        ordered = show("ord", known.same_reference)
        raise Refused(DUPLICATE_REFERENCE.at("/reference", order_id=ordered))
    order_id = new_uuid()
    case = show("ord", order_id)
    await act.execute(
        _ORDER_INSERT,
        order_id=order_id,
        wanted_kg=order.wanted_kg,
        unit_price=order.unit_price,
        currency=order.currency,
        at=act.at,
        **named,
    )
    event = OrderCreated(
        enterprise_code=enterprise,
        hs_code=order.hs_code,
        wanted_kg=f"{order.wanted_kg:f}",
        unit_price=price_text(order.unit_price, order.currency),
        currency=order.currency,
    )
    act.record(case, event, step="create")
    readers = (act.actor.party, *(() if known.port is None else (customs(known.port),)))
    act.headers.stand(
        case,
        FACTORY_ORDER,
        FactoryOrderState.OPEN,
        desks={"enterprise": [act.actor.party]},
        header=Header(reference=order.reference, port=known.port, readers=readers),
    )
    return {"order_id": case, "reference": order.reference}


async def order_cancel(act: Act, order_id: str) -> Row:
    """Take an order back, whole or what is left of it: nothing more is offered or bought under it.

    What was bought stands; what was only offered is its residents' to offer to another. The turns
    of the offered lots are taken first: of a purchase and this at once, the second sees what the
    first did. With the order's row nothing more is offered to it, and what was offered in between
    has its turn taken too. Refuses NOT_FOUND, VERSION_MISMATCH, STATE_CONFLICT.
    """
    named = {"id": uuid_of(order_id, "ord"), "enterprise": act.actor.party_code}
    await act.found(_OWN, **named)
    await act.execute(_TURNS, id=named["id"])
    order: Row | None = (await act.execute(_CANCEL, id=named["id"], at=act.at)).one_or_none()
    version = (await act.execute(_VERSION, id=named["id"])).scalar_one()
    act.require_version(order_id, version)
    if order is None:
        ended = (await act.execute(_OWN, **named)).one()
        FACTORY_ORDER.move(_state(ended), "cancel")
        raise AssertionError("an open order is taken back")
    await act.execute(_TURNS, id=named["id"])
    lapsed = (await act.execute(_LAPSE, **named)).all()
    cancelled = OrderCancelled(
        enterprise_code=order.enterprise_code,
        bought_kg=f"{order.bought_kg:f}",
        left_kg=f"{order.wanted_kg - order.bought_kg:f}",
        offers=len(lapsed),
    )
    act.record(order_id, cancelled, step="cancel")
    act.headers.stand(order_id, FACTORY_ORDER, FactoryOrderState.CANCELLED)
    for offer in lapsed:
        _lapse(act, order_id, offer)
    return order


def _state(order: Row) -> FactoryOrderState:
    if order.cancelled_at is not None:
        return FactoryOrderState.CANCELLED
    filled = order.bought_kg >= order.wanted_kg
    return FactoryOrderState.FILLED if filled else FactoryOrderState.OPEN


def _lapse(act: Act, order_id: str, offer: Row) -> None:
    """A lot that was offered to an order is to be offered anew, if it is to no other.

    One that has ended (returned, seized) waits for nothing.
    """
    lot = show("lot", offer.lot_id)
    event = LotOfferLapsed(lot_id=lot, order_id=order_id)
    act.record(lot, event, step=f"lapse:{offer.offer_id}")
    if offer.ended_at is not None:
        return
    if offer.same_factory == 0:
        act.headers.brought(lot, LotWait.PURCHASE, desk=act.actor.party)
    if offer.offers == 0:
        act.headers.wait(lot, LotWait.SALE, [offer.side])
