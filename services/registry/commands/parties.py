"""Filing of enterprises and what they process, banks, signatories, sellers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy import text

from services.kernel.canonical import name_key, number_key
from services.kernel.events import canonical_json
from services.kernel.refusal import Refusal, refuse_if_any
from services.platform.act import Act
from services.platform.filing import (
    duplicates,
    failing,
    invalid_periods,
    plain,
    rows_file,
    unknown_ports,
)
from services.platform.periods import Register, periods_file
from services.registry.commands.bank_keys import key_is_readable
from services.registry.commands.on_file import strangers, written
from services.registry.commands.proposal import Proposal, Records, id_of, records_file
from services.registry.domain import refusals
from services.registry.domain.events import RecordsFiled
from services.registry.domain.model import (
    Bank,
    Enterprise,
    ProcessingFiling,
    Seller,
    Signatory,
)
from services.registry.domain.rules.identity import (
    bic_is_valid,
    credit_code_is_valid,
    customs_code_is_valid,
)

_ENTERPRISES_WRITTEN = text("""
    INSERT INTO enterprises (enterprise_code, credit_code, name, port)
    SELECT enterprise_code, credit_code, name, port
    FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS r (
        enterprise_code text, credit_code text, name text, port text)
    ORDER BY enterprise_code
    ON CONFLICT (enterprise_code) DO UPDATE SET credit_code = excluded.credit_code,
        name = excluded.name, port = excluded.port
    WHERE CAST(:replaces AS boolean) OR (enterprises.credit_code, enterprises.name,
        enterprises.port) = (excluded.credit_code, excluded.name, excluded.port)
""")
_ENTERPRISES_CHANGED = text("""
    SELECT r.place, e.enterprise_code AS subject
    FROM jsonb_array_elements(CAST(:rows AS jsonb)) WITH ORDINALITY AS r (row, place)
    JOIN enterprises AS e ON e.enterprise_code = r.row ->> 'enterprise_code'
    WHERE (CAST(e.credit_code AS text), e.name, e.port) IS DISTINCT FROM
        (r.row ->> 'credit_code', r.row ->> 'name', r.row ->> 'port')
    ORDER BY r.place FOR UPDATE OF e
""")
_ENTERPRISES: Final = Records("enterprises", _ENTERPRISES_WRITTEN, _ENTERPRISES_CHANGED)
_CREDIT_CODE_TAKEN = text("""
    SELECT r.place FROM unnest(CAST(:codes AS text[]), CAST(:credit_codes AS text[]))
        WITH ORDINALITY AS r (enterprise_code, credit_code, place)
    JOIN enterprises AS o ON o.credit_code = r.credit_code
    WHERE o.enterprise_code <> r.enterprise_code
    ORDER BY r.place
""")
_FILINGS: Final = Register(
    "processing_filings",
    key={"enterprise_code": "text", "hs_prefix": "text"},
    begins="filed_from",
    ends="filed_to",
    says={"yearly_capacity_kg": "numeric", "filing_no": "text"},
)
_BANKS_WRITTEN = text("""
    INSERT INTO banks (bic, name, public_key, rota_order, currencies, time_offsets)
    SELECT bic, name, public_key, rota_order, ARRAY(SELECT jsonb_array_elements_text(currencies)),
        time_offsets
    FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS r (
        bic text, name text, public_key jsonb, rota_order integer, currencies jsonb,
        time_offsets text)
    ORDER BY bic
    ON CONFLICT (bic) DO UPDATE SET name = excluded.name, rota_order = excluded.rota_order,
        currencies = excluded.currencies, time_offsets = excluded.time_offsets
    WHERE CAST(:replaces AS boolean)
""")
_BANKS_CHANGED = text("""
    SELECT r.place, b.bic AS subject
    FROM jsonb_array_elements(CAST(:rows AS jsonb)) WITH ORDINALITY AS r (row, place)
    JOIN banks AS b ON b.bic = r.row ->> 'bic'
    WHERE (b.name, b.rota_order, b.time_offsets) IS DISTINCT FROM
            (r.row ->> 'name', CAST(r.row ->> 'rota_order' AS integer), r.row ->> 'time_offsets')
        OR NOT (to_jsonb(b.currencies) @> (r.row -> 'currencies')
            AND to_jsonb(b.currencies) <@ (r.row -> 'currencies'))
    ORDER BY r.place FOR UPDATE OF b
""")
_BANKS: Final = Records("banks", _BANKS_WRITTEN, _BANKS_CHANGED, ("banks", "rota_places"))
_ROTA_TAKEN = text("""
    SELECT r.place FROM unnest(CAST(:bics AS text[]), CAST(:orders AS integer[]))
        WITH ORDINALITY AS r (bic, rota_order, place)
    JOIN banks AS o ON o.rota_order = r.rota_order
    WHERE o.bic <> r.bic
    ORDER BY r.place
""")
# The key of a bank on file changes by two persons only; filed again it stays as it is.
_OTHER_KEY = text("""
    SELECT r.place, o.bic FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS r (
        place integer, bic text, public_key jsonb)
    JOIN banks AS o ON o.bic = r.bic
    WHERE o.public_key <> r.public_key AND NOT EXISTS (
        SELECT FROM v_bank_keys AS k WHERE k.bic = r.bic AND k.public_key = r.public_key)
    ORDER BY r.place
""")
# Of two first filings at once the first stands: the particulars are another change's to replace.
_SELLERS_WRITTEN = text("""
    INSERT INTO sellers (seller_code, code_key, name, name_key, country, bank_bic, account)
    SELECT seller_code, code_key, name, name_key, country, bank_bic, account
    FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS r (
        seller_code text, code_key text, name text, name_key text, country text, bank_bic text,
        account text)
    ORDER BY code_key
    ON CONFLICT (code_key) DO UPDATE SET name = excluded.name, name_key = excluded.name_key,
        country = excluded.country, bank_bic = excluded.bank_bic, account = excluded.account
    WHERE CAST(:replaces AS boolean)
        OR (sellers.name_key, sellers.country, sellers.bank_bic, sellers.account)
            = (excluded.name_key, excluded.country, excluded.bank_bic, excluded.account)
""")
_SELLER_TAKEN = text("""
    SELECT r.place FROM unnest(CAST(:codes AS text[]), CAST(:names AS text[]),
        CAST(:bics AS text[])) WITH ORDINALITY AS r (code_key, name_key, bank_bic, place)
    JOIN sellers AS o USING (name_key, bank_bic)
    WHERE o.code_key <> r.code_key
    ORDER BY r.place
""")
# Rows that would change what is on file. The lock keeps it until the act ends.
_SELLERS_CHANGED = text("""
    SELECT r.place, s.seller_code AS subject
    FROM jsonb_array_elements(CAST(:rows AS jsonb)) WITH ORDINALITY AS r (row, place)
    JOIN sellers AS s ON s.code_key = r.row ->> 'code_key'
    WHERE (s.name_key, CAST(s.country AS text), s.bank_bic, s.account) IS DISTINCT FROM (
        r.row ->> 'name_key', r.row ->> 'country', r.row ->> 'bank_bic', r.row ->> 'account'
    )
    ORDER BY r.place FOR UPDATE OF s
""")
_SELLERS: Final = Records("sellers", _SELLERS_WRITTEN, _SELLERS_CHANGED)
_SIGNATORIES = text("""
    INSERT INTO signatories (party, subject, duty, active)
    SELECT party, subject, duty, active
    FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS r (
        party text, subject text, duty text, active boolean)
    ORDER BY party, subject, duty
    ON CONFLICT (party, subject, duty) DO UPDATE SET active = excluded.active
""")


async def enterprises_file(
    act: Act, enterprises: Sequence[Enterprise], two: Proposal | None = None
) -> dict[str, Any]:
    """File enterprises by customs code.

    Of one on file credit code, name and port take two persons to change. Refuses DUPLICATE_ROW,
    CREDIT_CODE_INVALID, CREDIT_CODE_TAKEN, NOT_FILED_YET (port), ID_INVALID (customs code),
    CHANGE_TO_PROPOSE.
    """
    codes = [e.enterprise_code for e in enterprises]
    credit_codes = [e.credit_code for e in enterprises]
    found = [
        *duplicates(codes),
        *duplicates(credit_codes),
        *failing(
            codes,
            customs_code_is_valid,
            refusals.CUSTOMS_CODE_INVALID,
            field="enterprise_code",
        ),
        *failing(
            credit_codes,
            credit_code_is_valid,
            refusals.CREDIT_CODE_INVALID,
            field="credit_code",
        ),
        *await unknown_ports(act, [e.port for e in enterprises]),
    ]
    taken = await act.execute(_CREDIT_CODE_TAKEN, codes=codes, credit_codes=credit_codes)
    found += [
        refusals.CREDIT_CODE_TAKEN.at(f"/rows/{place - 1}/credit_code") for place in taken.scalars()
    ]
    rows = plain(enterprises)
    return await records_file(act, _ENTERPRISES, rows, two, codes=codes, found=found)


async def processing_filings_file(
    act: Act, filings: Sequence[ProcessingFiling], two: Proposal | None = None
) -> dict[str, Any]:
    """File what enterprises may process (落地加工备案), by HS prefix, with yearly capacity.

    Refuses DUPLICATE_ROW, PERIOD_INVALID, NOT_FILED_YET (enterprise), PERIOD_OVERLAP.
    """
    found = duplicates([(f.enterprise_code, f.hs_prefix) for f in filings])
    found += invalid_periods([(f.filed_from, f.filed_to) for f in filings], "filed_to")
    codes = [f.enterprise_code for f in filings]
    found += await strangers(act, "enterprises", codes, "enterprise_code")
    refuse_if_any(found)
    rows = plain(filings)
    names = [f"{f.enterprise_code} {f.hs_prefix}" for f in filings]
    vouched = [written("processing_filings", names, codes=codes)]
    return await periods_file(
        act,
        _FILINGS,
        rows,
        kind="processing_filings",
        says=RecordsFiled,
        vouched=vouched,
        filing_id=id_of(two),
    )


def _invalid_bics(bics: Sequence[str], field: str) -> list[Refusal]:
    return failing(
        bics,
        bic_is_valid,
        refusals.BIC_INVALID,
        field=field,
    )


async def banks_file(
    act: Act, banks: Sequence[Bank], two: Proposal | None = None
) -> dict[str, Any]:
    """File banks by BIC with the public key of their signatures.

    Of one on file the rest takes two persons to change, and its key too (``bank_keys``). Refuses
    DUPLICATE_ROW, BIC_INVALID, KEY_INVALID, KEY_CHANGES_BY_TWO, ROTA_ORDER_TAKEN,
    CHANGE_TO_PROPOSE.
    """
    bics = [b.bic for b in banks]
    found = [*duplicates(bics), *_invalid_bics(bics, "bic")]
    found += [
        refusals.KEY_INVALID.at(f"/rows/{index}/public_key")
        for index, bank in enumerate(banks)
        if not key_is_readable(bank.public_key)
    ]
    keyed = [
        {"place": place, "bic": bank.bic, "public_key": bank.public_key}
        for place, bank in enumerate(banks)
    ]
    found += [
        refusals.KEY_CHANGES_BY_TWO.at(f"/rows/{row.place}/public_key", bic=row.bic)
        for row in (await act.execute(_OTHER_KEY, rows=canonical_json(keyed))).all()
    ]
    found += duplicates([(b.rota_order or f"none:{b.bic}") for b in banks])
    values = {"bics": bics, "orders": [b.rota_order for b in banks]}
    found += [
        refusals.ROTA_ORDER_TAKEN.at(f"/rows/{place - 1}/rota_order")
        for place in (await act.execute(_ROTA_TAKEN, **values)).scalars()
    ]
    return await records_file(act, _BANKS, plain(banks), two, codes=bics, found=found)


async def sellers_file(
    act: Act, sellers: Sequence[Seller], two: Proposal | None = None
) -> dict[str, Any]:
    """File sellers across the border with the account they are paid to.

    Of one who is on file name, country, bank and account take two persons to change.
    Refuses DUPLICATE_ROW (also of another code's name and bank), BIC_INVALID, CHANGE_TO_PROPOSE.
    """
    codes = [number_key(s.seller_code) for s in sellers]
    names = [name_key(s.name) for s in sellers]
    found = [*duplicates(codes)]
    found += duplicates([(n, s.bank_bic) for n, s in zip(names, sellers, strict=True)])
    found += _invalid_bics([s.bank_bic for s in sellers], "bank_bic")
    values = {
        "codes": codes,
        "names": names,
        "bics": [s.bank_bic for s in sellers],
    }
    found += [
        refusals.SELLER_FILED_OTHERWISE.at(f"/rows/{place - 1}")
        for place in (await act.execute(_SELLER_TAKEN, **values)).scalars()
    ]
    rows = plain(sellers)
    for row, key, name in zip(rows, codes, names, strict=True):
        row["code_key"], row["name_key"] = key, name
    return await records_file(act, _SELLERS, rows, two, codes=codes, found=found)


async def signatories_file(
    act: Act, signatories: Sequence[Signatory], two: Proposal | None = None
) -> dict[str, Any]:
    """File who signs for a body in a duty (有权签字人); filed again as not active, no longer.

    Refuses DUPLICATE_ROW, NOT_FILED_YET (the bank).
    """
    found = duplicates([(s.party, s.subject, s.duty) for s in signatories])
    bodies = [s.party.partition(":")[2] for s in signatories]
    found += await strangers(act, "banks", bodies, "party")
    refuse_if_any(found)
    return await rows_file(
        act,
        _SIGNATORIES,
        plain(signatories),
        kind="signatories",
        says=RecordsFiled,
        vouched=[
            written(
                "signatories",
                [f"{s.party} {s.subject} {s.duty}" for s in signatories],
                codes=[s.party for s in signatories],
            )
        ],
        filing_id=id_of(two),
    )
