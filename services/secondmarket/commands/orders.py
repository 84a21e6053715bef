"""Orders of factories, and what an enterprise is filed to process."""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy import text

from services.kernel.clock import business_day
from services.kernel.header import Header
from services.kernel.identifiers import new_uuid, show
from services.kernel.money import Money
from services.kernel.refusal import Refused
from services.kernel.refusals import DUPLICATE_REFERENCE
from services.platform.act import Act
from services.platform.visibility import customs
from services.secondmarket.domain import refusals
from services.secondmarket.domain.events import OrderCreated
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
        EXISTS ({_FILED_FOR_ORDER}) AS filed, EXISTS (
        SELECT FROM factory_orders WHERE enterprise_code = :enterprise AND reference = :reference
    ) AS reference_taken
""")
_ORDER_INSERT = text("""
    INSERT INTO factory_orders (order_id, enterprise_code, reference, hs_code, wanted_kg,
        unit_price, currency, created_at)
    VALUES (:order_id, :enterprise, :reference, :hs_code, :wanted_kg, :unit_price, :currency, :at)
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
    known = (await act.execute(_MAY_ORDER, day=day, year=day.year, **named)).one()
    if not known.filed:
        raise Refused(not_filed(order.hs_code).to("/hs_code"))
    if known.reference_taken:
        raise Refused(DUPLICATE_REFERENCE.at("/reference"))
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
        unit_price=f"{order.unit_price:f}",
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
