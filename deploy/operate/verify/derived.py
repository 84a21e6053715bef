"""Whether what is kept to be found quickly, or counted up, is what the log makes of it: by what a
control finds its lots, by what selected goods are known again, how much of its yearly capacity a
factory has bought, until when a price held, and the counters by which what is cached is read anew.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Final

from sqlalchemy import text

from services.kernel.identifiers import show
from services.platform.database import Tx

COMPARED: Final = {
    "control_reach": ("kind", "key", "control_id"),
    "selections": ("key", "lot_id", "lane", "ended_at"),
    "firm_quotes": ("used_by",),
    "purchases": ("hs_code",),
    "receipts": ("material_hs",),
    "bank_disputes": ("bank_bic",),
    "capacity_years": ("enterprise_code", "hs_prefix", "year", "bought_kg"),
    "pooled_prices": ("ended_at",),
    "rule_book": ("version",),
    "policy_version": ("version",),
}
"""The columns of which this module compares what they say."""
# A control is vouched for by its own event; by what it is found follows from it until it is lifted.
_REACH: Final = text("""
    SELECT control_id FROM (
        SELECT control_id,
            CASE WHEN kind IN ('hs_code', 'hs_prefix') THEN 'goods' ELSE kind END AS kind,
            reach_key(value) AS key
        FROM v_risk_controls WHERE lifted_at IS NULL
    ) AS c
    FULL JOIN v_control_reach AS r USING (control_id, kind, key)
    WHERE c.kind IS NULL OR r.found IS NULL
    GROUP BY control_id ORDER BY control_id
""")
# Each event says by what the goods are known from then on, each key by its digest; of two lanes
# that differ the closer one stays. A lot of which a version before said no keys is left out.
_SELECTED: Final = text("""
    WITH said AS (
        SELECT e.case_id AS lot_id, e.type, CAST(e.body AS jsonb) AS body
        FROM events AS e WHERE e.type IN ('LotScreened', 'LotCalledIn')
    ), unsaid AS (
        SELECT DISTINCT lot_id FROM said WHERE coalesce(body -> 'known_by', 'null') = 'null'
    ), keys AS (
        SELECT lot_id, k.digest,
            CASE WHEN count(DISTINCT body ->> 'lane') > 1 THEN 'RED' ELSE min(body ->> 'lane') END
                AS lane
        FROM said CROSS JOIN LATERAL jsonb_array_elements_text(
            CASE WHEN jsonb_typeof(body -> 'known_by') = 'array' THEN body -> 'known_by' END
        ) AS k (digest)
        GROUP BY lot_id, k.digest
    ), there AS (
        SELECT lot_id, lane, left(encode(sha256(convert_to(
            'lot_' || replace(CAST(lot_id AS text), '-', '') || chr(30) || key, 'UTF8'
        )), 'hex'), 16) AS digest
        FROM v_selections
    )
    SELECT DISTINCT lot_id FROM keys AS k FULL JOIN there AS t USING (lot_id, digest)
    WHERE k.lane IS DISTINCT FROM t.lane
        AND NOT EXISTS (SELECT FROM unsaid AS u WHERE u.lot_id = coalesce(k.lot_id, t.lot_id))
    ORDER BY lot_id
""")
# Until when a selection is inherited follows from where its lot stands, and since when. What was
# released and an officer has called in waits again, from when its case has looked.
_UNTIL: Final = text("""
    SELECT DISTINCT s.lot_id
    FROM v_selections AS s JOIN v_lots AS l ON l.lot_id = s.lot_id
    WHERE s.ended_at <> CASE
        WHEN l.state IN ('CANCELLED', 'REJECTED', 'RETURNED', 'SEIZED') THEN l.ended_at
        WHEN l.state IN ('SUBMITTED', 'IDENTITY_OK', 'IN_INSPECTION') THEN 'infinity'
        ELSE '-infinity'
    END AND NOT (l.state = 'RELEASED' AND s.ended_at = 'infinity' AND EXISTS (
        SELECT FROM v_inspection_orders AS o WHERE o.lot_id = l.lot_id AND o.concluded_at IS NULL
    ))
    ORDER BY s.lot_id
""")
# What became void was given back. By filing, as far as every purchase of a factory's year says
# under which it counts; else all filings of that year together.
_BOUGHT: Final = text("""
    WITH bought AS (
        SELECT b.enterprise_code, b.hs_prefix, b.net_kg,
            CAST(extract(year FROM b.occurred_at AT TIME ZONE 'Asia/Shanghai') AS integer) AS year
        FROM events AS e JOIN cases AS c ON c.case_id = e.case_id AND c.kind = 'lot'
        CROSS JOIN LATERAL (
            SELECT body ->> 'enterprise_code' AS enterprise_code, body ->> 'hs_prefix' AS hs_prefix,
                CAST(body ->> 'net_kg' AS numeric) AS net_kg, e.occurred_at
            FROM (SELECT CAST(e.body AS jsonb) AS body) AS said
        ) AS b
        WHERE e.type = 'LotBought' AND NOT EXISTS (
            SELECT FROM events AS v WHERE v.case_id = e.case_id AND v.type = 'PurchaseVoided'
        )
    ), whole AS (
        SELECT enterprise_code, year, bool_and(hs_prefix IS NOT NULL) AS said
        FROM bought GROUP BY enterprise_code, year
    ), said AS (
        SELECT enterprise_code, year, CASE WHEN w.said THEN b.hs_prefix END AS hs_prefix,
            sum(b.net_kg) AS kg
        FROM bought AS b JOIN whole AS w USING (enterprise_code, year)
        GROUP BY 1, 2, 3
    ), there AS (
        SELECT c.enterprise_code, c.year, CASE WHEN w.said THEN c.hs_prefix END AS hs_prefix,
            sum(c.bought_kg) AS kg
        FROM v_capacity_years AS c LEFT JOIN whole AS w USING (enterprise_code, year)
        GROUP BY 1, 2, 3
    )
    SELECT DISTINCT coalesce(s.enterprise_code, t.enterprise_code) AS enterprise_code,
        coalesce(s.year, t.year) AS year
    FROM said AS s FULL JOIN there AS t
        ON (s.enterprise_code, s.year, coalesce(s.hs_prefix, ''))
            = (t.enterprise_code, t.year, coalesce(t.hs_prefix, ''))
    WHERE coalesce(s.kg, 0) <> coalesce(t.kg, 0)
    ORDER BY 1, 2
""")
# A price ends when the log ends it, or where the next one begins, while it would hold still.
_ENDED: Final = text("""
    WITH ended AS (
        SELECT e.case_id AS price_id, e.occurred_at AS at
        FROM events AS e WHERE e.type = 'PooledPriceEnded'
    )
    SELECT p.price_id FROM v_pooled_prices AS p LEFT JOIN ended USING (price_id)
    LEFT JOIN LATERAL (
        SELECT n.valid_from FROM v_pooled_prices AS n
        WHERE n.pair = p.pair AND n.version > p.version AND n.valid_from < p.valid_until
        ORDER BY n.version LIMIT 1
    ) AS n ON true
    WHERE EXISTS (
        SELECT FROM events AS e WHERE e.case_id = p.price_id AND e.type = 'PooledPricePublished'
    ) AND p.ended_at IS DISTINCT FROM CASE
        WHEN ended.at IS NOT NULL THEN greatest(ended.at, p.valid_from)
        ELSE greatest(n.valid_from, CASE WHEN n.valid_from IS NOT NULL THEN p.valid_from END)
    END
    ORDER BY p.price_id
""")
# Whoever has read a later version would not read again what changes next.
_COUNTERS: Final = text("""
    SELECT 'rule_book' AS counter FROM v_rule_book WHERE version < (
        SELECT max(CAST(CAST(e.body AS jsonb) ->> 'book_version' AS integer)) FROM events AS e
        WHERE e.type IN ('RiskRuleApproved', 'RiskRuleRetired', 'RiskControlLifted')
    )
    UNION ALL
    SELECT 'policy_version' FROM v_policy_version WHERE version < (
        SELECT max(policy_version) FROM v_screenings
    )
    ORDER BY counter
""")
# Of a price it follows from the payments which one was made at it.
_USED: Final = text("""
    SELECT q.quote_id FROM v_firm_quotes AS q
    LEFT JOIN v_settlements_as_instructed AS i ON i.firm_quote_id = q.quote_id
    WHERE q.used_by IS DISTINCT FROM i.instruction_id ORDER BY q.quote_id
""")
# What one row says again of another, which is compared itself.
_AGAIN: Final = {
    ("pur", "purchases.hs_code is not the lot's"): text("""
        SELECT p.purchase_id AS id FROM v_purchases AS p JOIN v_lots AS l USING (lot_id)
        WHERE p.hs_code <> l.hs_code ORDER BY id
    """),
    ("pur", "receipts.material_hs is not the purchase's"): text("""
        SELECT p.purchase_id AS id FROM v_receipts AS r
        JOIN v_purchases AS p
            ON 'pur_' || replace(CAST(p.purchase_id AS text), '-', '') = r.purchase_id
        WHERE r.material_hs <> p.hs_code ORDER BY id
    """),
    ("dsp", "bank_disputes.bank_bic is not the payment's"): text("""
        SELECT d.dispute_id AS id FROM v_bank_disputes AS d
        JOIN v_settlements AS s USING (instruction_id)
        WHERE d.bank_bic <> s.bank_bic ORDER BY id
    """),
}


async def differing_derived(tx: Tx) -> AsyncIterator[tuple[str, str]]:
    """What is not what the log makes of it: which, and what of it."""
    async for row in tx.each(_REACH):
        yield show("ctl", row.control_id), "control_reach is not by what the control is found"
    async for row in tx.each(_SELECTED):
        yield show("lot", row.lot_id), "selections is not by what the log knows the goods again"
    async for row in tx.each(_UNTIL):
        yield show("lot", row.lot_id), "selections.ended_at is not as the lot stands"
    async for row in tx.each(_BOUGHT):
        where = f"enterprise:{row.enterprise_code}, {row.year}"
        yield where, "capacity_years.bought_kg is not the sum of what was bought"
    async for row in tx.each(_ENDED):
        yield show("prc", row.price_id), "pooled_prices.ended_at is not when the log ends the price"
    async for row in tx.each(_USED):
        yield show("qte", row.quote_id), "firm_quotes.used_by is not the payment made at it"
    for (kind, what), statement in _AGAIN.items():
        async for row in tx.each(statement):
            yield show(kind, row.id), what
    async for row in tx.each(_COUNTERS):
        yield row.counter, f"{row.counter}.version is lower than the log has seen"
