"""The backlog: what waits, and since when."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final
from uuid import uuid4

from prometheus_client import REGISTRY

import services
from deploy.operate import waiting
from deploy.operate.backlog import KINDS, backlog, notices_measured, webhooks_measured
from deploy.operate.runs import untold
from services.manifests import case_kinds
from services.window.domain.words import WORDS
from services.window.queries.to_second import CODES, SOURCES
from tests.support.window import Window

SECOND_OF: Final = {
    "AEO-BOTH": ("accreditation_concurrence",),
    "AEO-SECOND": ("accreditation_signature",),
    "AEO-SEPARATE": ("accreditation_signature",),
    "CREDIT-SECOND": ("level_signature",),
    "HUSHI-NOT-ME": ("name_report",),
    "INS-SECOND": ("inspection",),
    "POL-01": ("policy_approval", "policy_revocation"),
    "POL-08": ("list_decision",),
    "REG-12": ("key_decision",),
    "REG-ROSTER-TWO": ("change_decision",),
    "REG-TWO": ("change_decision",),
    "RISK-SECOND": ("rule_approval", "rule_retirement"),
    "ROTA-02": ("absence_word", "absence_ending"),
    "SET-22": ("dispute",),
    "SET-26": ("settlement_answer_confirmation",),
    "SET-27": ("compliance",),
    "SET-41": ("entry_ending",),
}
"""Where it is seen that a second person is waited for, by the rule that asks for one."""


async def test_every_kind_of_waiting_work_has_an_age(window: Window) -> None:
    assembly = window.assembly
    ages = await backlog(assembly.database("relay"), assembly.database("window"))
    assert set(ages) == set(KINDS)
    assert all(age >= 0 for age in ages.values())


def test_whatever_an_office_is_waited_for_has_an_age() -> None:
    named = {
        f"{kind.name}_{wait.code.lower()}"
        for kind in case_kinds().values()
        for wait in kind.states.every_wait()
        if wait.desk is not None and wait.desk not in waiting.OF_TRADE
    } | {code.lower() for codes in CODES.values() for code in codes}
    assert {waiting.TOLD_AS.get(name, name) for name in named} <= set(KINDS)
    assert set(waiting.TOLD_AS) <= named
    assert set(waiting.PATIENCE_S) <= set(KINDS)


def test_what_the_work_list_reads_for_a_second_person_is_what_has_an_age() -> None:
    assert set(CODES) == set(SOURCES)
    assert {code for codes in CODES.values() for code in codes} == set(WORDS["to_second"])
    for kind, codes in CODES.items():
        assert set(re.findall(r"'([A-Z]+_[A-Z]+)'", SOURCES[kind])) >= set(codes)


def test_of_an_index_is_read_what_no_lot_waits_for() -> None:
    """The index by which ages are read leaves lots out: none of them waits at an office."""
    desks = {wait.desk for wait in case_kinds()["lot"].states.every_wait()} - {None}
    assert desks <= waiting.OF_TRADE


def asking_for_a_second() -> Iterator[str]:
    """The rules of the services that ask for a second person, by their names."""
    for path in sorted(Path(services.__file__).parent.glob("*/domain/rules/*.py")):
        for function in ast.walk(ast.parse(path.read_text())):
            if isinstance(function, ast.FunctionDef) and "second_person(" in ast.unparse(function):
                (decorator,) = [d for d in function.decorator_list if isinstance(d, ast.Call)]
                yield ast.literal_eval(decorator.args[0])


def test_of_every_rule_that_asks_for_a_second_person_it_is_seen_who_waits() -> None:
    assert set(asking_for_a_second()) == set(SECOND_OF)
    assert {kind for kinds in SECOND_OF.values() for kind in kinds} <= set(KINDS)


async def test_every_kind_of_wait_is_as_old_as_its_oldest(window: Window) -> None:
    assembly, case_id = window.assembly, uuid4()
    for number, (prefix, code) in enumerate(waiting._CASES, start=1):
        await window.sql.execute(
            "INSERT INTO case_waits (case_id, code, desk, kind, since, due_at)"
            " VALUES ($1, $2, 'officers:TEST', $3, now() - make_interval(days => 9000 + $4),"
            " 'infinity')",
            *(case_id, code, prefix, number),
        )
    try:
        ages = await backlog(assembly.database("relay"), assembly.database("window"))
        said = list(waiting.waited_too_long(ages))
    finally:
        await window.sql.execute("DELETE FROM case_waits WHERE case_id = $1", case_id)
    for number, kind in enumerate(waiting._CASES.values(), start=1):
        assert 0 <= ages[kind] - (9000 + number) * waiting.DAY_S < 600
        assert [kind for sentence in said if sentence.startswith(f"The oldest {kind} ")] == [kind]


def test_the_doctor_names_what_waits_too_long_and_nothing_else() -> None:
    quiet = dict.fromkeys(KINDS, 0.0)
    assert list(waiting.waited_too_long(quiet)) == [
        "Nothing waits longer than it may, neither for machines nor for people."
    ]
    late = {**quiet, "level_signature": 3 * waiting.DAY_S, "overdue_accreditation": 4_000.0}
    assert list(waiting.waited_too_long({**late, "e_book_correction": waiting.PEOPLE_S})) == [
        "The oldest level_signature has waited for 3 days, longer than 24 h: somebody must act.",
        "The oldest overdue_accreditation has waited for 1 h: somebody must act.",
    ]


async def test_an_act_that_is_not_carried_out_grows_old_and_is_counted_by_kind(
    window: Window,
) -> None:
    assembly = window.assembly
    await window.sql.execute(
        "INSERT INTO outbox (told, opens, source, place, created_at, due_at)"
        " VALUES ('lot_test', false, 'ins_test', 4, now() - interval '1 hour',"
        " now() + interval '1 hour')"
    )
    try:
        ages = await backlog(assembly.database("relay"), assembly.database("window"))
        (lots,) = [u for u in await untold(assembly.database("relay")) if u.kind == "lot"]
    finally:
        await window.sql.execute("DELETE FROM outbox WHERE told = 'lot_test'")
    assert 3600 <= ages["outbox"] < 3700
    assert lots.waiting >= 1
    assert 3600 <= lots.age_s < 3700


async def test_a_webhook_that_is_behind_or_suspended_shows(window: Window) -> None:
    def measured(name: str, **labels: str) -> float:
        return REGISTRY.get_sample_value(f"tradewindow_{name}", labels) or 0.0

    reader = window.assembly.database("window")
    await webhooks_measured(reader)
    before = measured("webhooks", state="suspended")
    insert = (
        "INSERT INTO webhooks (webhook_id, party, subject, role, url, secret_sealed, state,"
        " after_xid, after_number, failing_since, due_at, leased_until, created_at)"
        " SELECT gen_random_uuid(), 'group:test', 'clerk', 'clerk', 'https://example.org', '',"
        " state, 0, 0, now(),"
        " 'infinity', now(), now() FROM unnest(ARRAY['ACTIVE', 'SUSPENDED']) AS state"
    )
    await window.sql.execute(insert)
    try:
        await webhooks_measured(reader)
    finally:
        await window.sql.execute("DELETE FROM webhooks WHERE party = 'group:test'")
    assert measured("webhooks", state="suspended") == before + 1
    assert measured("webhooks", state="failing") >= 1


async def test_notices_that_wait_or_were_given_up_show(window: Window) -> None:
    def measured(name: str, **labels: str) -> float:
        return REGISTRY.get_sample_value(f"tradewindow_{name}", labels) or 0.0

    reader, sms = window.assembly.database("window"), {"channel": "SMS"}
    await notices_measured(reader)
    before = measured("notices_waiting", **sms), measured("notices_given_up", **sms)
    code = uuid4()
    await window.sql.execute(
        "INSERT INTO notice_codes (code_id, party, subject, channel, contact_sealed, contact_hash,"
        " masked, state, asked_at, ends_at)"
        " SELECT id, 'group:test', 's', 'SMS', '', '', '', 'OVER', now(), now()"
        " FROM unnest($1::uuid[]) AS n (id)",
        [code, other := uuid4()],
    )
    await window.sql.execute(
        "INSERT INTO notice_deliveries (delivery_id, code_id, party, subject, channel, state,"
        " queued_at, due_at, leased_until, ended_at)"
        " SELECT uuidv7(), id, 'group:test', 's', 'SMS', state, now() - interval '1 hour',"
        " now() - interval '1 hour', now(), ended_at"
        " FROM (VALUES ($1::uuid, 'QUEUED', NULL), ($2, 'GIVEN_UP', now()))"
        " AS n (id, state, ended_at)",
        code,
        other,
    )
    try:
        await notices_measured(reader)
    finally:
        await window.sql.execute("DELETE FROM notice_deliveries WHERE party = 'group:test'")
        await window.sql.execute("DELETE FROM notice_codes WHERE party = 'group:test'")
    assert measured("notices_waiting", **sms) == before[0] + 1
    assert measured("notices_given_up", **sms) == before[1] + 1
    assert 3600 <= measured("notices_waiting_age_seconds", **sms) < 3700
