"""A refusal is said in the reader's language; code, pointer and values are the same in each."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, date, datetime
from decimal import Decimal
from importlib import import_module
from pathlib import Path
from typing import Annotated, Any, Final

import httpx2
import pytest
from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic_core._pydantic_core import list_all_errors

import services
from services.kernel.fields import Day, Grounds, Instant, Whole, YesNo
from services.kernel.mistakes import MISSING, REQUEST_INVALID, TEXT_TOO_SHORT
from services.kernel.money import Money
from services.kernel.refusal import Refused
from services.kernel.refusals import NOT_A_MEMBER, POLICY_MISSING, STATE_CONFLICT, UNAVAILABLE
from services.kernel.states import StateTable
from services.platform import mistaken, problem, words
from services.platform.application import create_application
from services.platform.front import Front
from services.platform.language import LANGUAGES, chosen

router = APIRouter(prefix="/trial/v1")
DAY: Final = date(2026, 11, 18)
CHINESE: Final = {"Accept-Language": "zh-CN"}
VIETNAMESE: Final = {"Accept-Language": "vi"}


class Form(BaseModel):
    model_config = ConfigDict(extra="forbid")
    text: Annotated[str, Field(min_length=2, max_length=3)]
    count: Whole
    agreed: YesNo
    day: Day
    at: Instant
    rows: Annotated[list[int], Field(min_length=1)]


@router.get("/member")
async def member() -> None:
    raise Refused(NOT_A_MEMBER.at("/tickets/0", day=DAY))


@router.post("/forms")
async def form_keep(body: Form) -> dict[str, str]:
    return {"kept": body.text}


@pytest.fixture
async def http() -> AsyncIterator[httpx2.AsyncClient]:
    app = create_application(
        name="trial",
        title="Trial",
        description="",
        routers=[router],
        services=object(),
        front=Front(),
    )
    transport = httpx2.ASGITransport(app=app)
    async with httpx2.AsyncClient(transport=transport, base_url="http://trial") as client:
        yield client


@pytest.mark.parametrize(
    ("accepted", "language"),
    [
        ("", "en"),
        ("zh-CN", "zh-CN"),
        ("ZH", "zh-CN"),
        ("zh-Hans-CN", "zh-CN"),
        ("vi-VN", "vi"),
        ("fr", "en"),
        ("fr, vi;q=0.3", "vi"),
        ("vi;q=0.4, zh;q=0.8, en;q=0.2", "zh-CN"),
        ("en;q=0.5, vi", "vi"),
        ("vi, zh", "vi"),
        ("zh;q=0", "en"),
        ("zh;q=0, vi;q=0.001", "vi"),
        ("*", "en"),
        ("*;q=0.9, vi;q=0.5", "en"),
        ("zh;q=2", "en"),
        ("zh;q=, vi", "vi"),
        ("zh;q=nan, vi;q=0.1", "vi"),
        (";;;,,, q=1", "en"),
        ("中文", "en"),
        ("zh_CN", "en"),
        ("vi; q=0.7 , zh ;q=0.6", "vi"),
        ("fr, " * 40 + "zh", "en"),
    ],
)
def test_the_language_wanted_most_is_chosen_and_what_is_broken_is_passed_over(
    accepted: str, language: str
) -> None:
    assert chosen(accepted) == language


@pytest.mark.parametrize(
    ("headers", "language", "said"),
    [
        ({}, "en", "Not a member of the group on 18 Nov 2026;"),
        (CHINESE, "zh-CN", "2026年11月18日不是本组成员"),
        (VIETNAMESE, "vi", "Không phải thành viên của tổ vào ngày 18/11/2026;"),
    ],
)
async def test_a_refusal_is_said_in_the_readers_language(
    http: httpx2.AsyncClient, headers: dict[str, str], language: str, said: str
) -> None:
    answer = await http.get("/trial/v1/member", headers=headers)
    assert answer.headers["content-language"] == language
    assert answer.headers["vary"] == "Accept-Language"
    body = answer.json()
    assert body["detail"].startswith(said)
    (error,) = body["errors"]
    assert error["detail"] == body["detail"]
    assert (error["code"], error["pointer"]) == ("NOT_A_MEMBER", "/tickets/0")
    assert error["facts"] == {"day": "2026-11-18"}


async def test_two_headers_of_languages_are_read_as_one(http: httpx2.AsyncClient) -> None:
    headers = [("Accept-Language", "en;q=0.1"), ("Accept-Language", "vi")]
    answer = await http.get("/trial/v1/member", headers=headers)
    assert answer.headers["content-language"] == "vi"


@pytest.mark.parametrize(("path", "status"), [("/trial/v1/nothing", 404), ("/trial/v1/forms", 405)])
async def test_what_the_platform_refuses_by_itself_is_said_in_it_too(
    http: httpx2.AsyncClient, path: str, status: int
) -> None:
    answer = await http.get(path, headers=CHINESE)
    assert (answer.status_code, answer.headers["content-language"]) == (status, "zh-CN")
    assert "接口说明" in answer.json()["detail"]
    assert answer.json()["title"] != (await http.get(path)).json()["title"]


FORM: Final[dict[str, Any]] = {
    "text": "ab",
    "count": 1,
    "agreed": True,
    "day": "2026-11-18",
    "at": "2026-11-18T09:00:00+08:00",
    "rows": [1],
}


@pytest.mark.parametrize(
    ("changes", "pointer", "said"),
    [
        ({"text": "a"}, "/text", "请至少填写2个字符。"),
        ({"text": "abcd"}, "/text", "最多填写3个字符。"),
        ({"text": 1}, "/text", "请填写带引号的字符串。"),
        ({"count": "1"}, "/count", "请填写整数。"),
        ({"agreed": 1}, "/agreed", "请填写 true 或 false。"),
        ({"day": 0}, "/day", "日期请按年-月-日填写，如 2026-11-18。"),
        ({"day": "2026-02-30"}, "/day", "日期请按年-月-日填写，如 2026-11-18。"),
        ({"day": "1700-01-01"}, "/day", "请填写1900年至2199年之间的时间。"),
        ({"at": "2026-11-18"}, "/at", "时间请连同时区偏移填写，如 2026-11-18T09:00:00+08:00。"),
        ({"rows": []}, "/rows", "请至少填写1项。"),
        ({"rows": 1}, "/rows", "请发送列表。"),
        ({"more": 1}, "/more", "没有此字段，请删除。"),
    ],
    ids=lambda value: str(value)[:20],
)
async def test_what_a_validator_finds_is_said_in_the_readers_language(
    http: httpx2.AsyncClient, changes: dict[str, Any], pointer: str, said: str
) -> None:
    answer = await http.post("/trial/v1/forms", json=FORM | changes, headers=CHINESE)
    assert answer.status_code == 422
    (error,) = answer.json()["errors"]
    assert (error["pointer"], error["detail"]) == (pointer, said)


async def test_a_body_that_is_no_json_is_told_where_it_breaks(http: httpx2.AsyncClient) -> None:
    headers = {**VIETNAMESE, "Content-Type": "application/json"}
    answer = await http.post("/trial/v1/forms", content=b'{"text": ', headers=headers)
    assert answer.json()["detail"].startswith("Nội dung không phải JSON từ dòng 1, cột 10:")


@pytest.mark.parametrize("kind", sorted(mistaken.REASONS))
def test_every_sentence_about_a_field_has_its_bounds_from_the_validator(kind: str) -> None:
    known: dict[str, Any] = {error["type"]: error for error in list_all_errors()}
    places = set(mistaken.REASONS[kind].places)
    assert places <= set((known[kind].get("example_context") or {}).keys())


def test_a_text_that_we_shape_is_measured_in_characters_as_any_text() -> None:
    class Reasoned(BaseModel):
        grounds: Annotated[Grounds, Field(min_length=3)]

    with pytest.raises(ValidationError) as found:
        Reasoned.model_validate({"grounds": "x"})
    (item,) = found.value.errors()
    assert mistaken.refusal_of(item, None).reason is TEXT_TOO_SHORT


def test_what_nothing_was_written_into_is_missing_and_not_too_short() -> None:
    class Reasoned(BaseModel):
        grounds: Annotated[str, Field(min_length=1)]

    with pytest.raises(ValidationError) as found:
        Reasoned.model_validate({"grounds": ""})
    (item,) = found.value.errors()
    assert mistaken.refusal_of(item, None).reason is MISSING


def test_an_error_that_no_sentence_is_made_for_is_refused_all_the_same() -> None:
    item = {"type": "of a later version", "loc": ("body", "a/b", 0), "msg": "?", "ctx": {}}
    refusal = mistaken.refusal_of(item, None)
    assert (refusal.reason, refusal.pointer) == (REQUEST_INVALID, "/a~1b/0")


@pytest.mark.parametrize("language", LANGUAGES)
def test_values_are_written_as_the_language_writes_them(language: str) -> None:
    shown = {
        "en": ("1,234,567.80 CNY", "12,345.6 kg", "18 Nov 2026", "18 Nov 2026 00:30 Beijing time"),
        "zh-CN": (
            "1,234,567.80 CNY",
            "12,345.6 kg",
            "2026年11月18日",
            "北京时间2026年11月18日00:30",
        ),
        "vi": (
            "1.234.567,80 CNY",
            "12.345,6 kg",
            "18/11/2026",
            "00:30 18/11/2026 giờ Bắc Kinh (23:30 17/11/2026 giờ Hà Nội)",
        ),
    }
    reason = POLICY_MISSING.also("a test", "{sum:money}|{weight:kg}|{day:day}|{then:instant}")
    facts = reason.at(
        sum=Money(123_456_780, "CNY"),
        weight=Decimal("12345.600"),
        day=DAY,
        then=datetime(2026, 11, 17, 16, 30, tzinfo=UTC),
    ).facts
    said = words.say(reason.sentence, facts, language).replace("\N{NO-BREAK SPACE}", " ")
    assert tuple(said.split("|")) == shown[language]


def test_a_state_is_said_in_the_words_of_its_own_kind_of_case() -> None:
    def said(case: str) -> str:
        refusal = STATE_CONFLICT.at(case=case, state="CLOSED", act="close", possible=())
        return words.say(refusal.reason.sentence, refusal.facts, "zh-CN")

    assert said("lot").startswith("互市申报单：已结案。当前不能办理：结案；可以办理：无。")
    assert said("e_book").startswith("电子账册：已核销。当前不能办理：关账；")


def test_each_table_of_states_has_its_words_and_a_name_that_people_read() -> None:
    # Whatever refuses by a table says its name, the state, and the acts.
    for file in Path(services.__path__[0]).glob("*/domain/*.py"):
        for table in vars(import_module(f"services.{file.parts[-3]}.domain.{file.stem}")).values():
            if isinstance(table, StateTable):
                assert table.name in words.vocabularies()["case"], table.name
                said = {*table.held, *(act for _, act in table.moves)}
                assert {str(one) for one in said} <= words.vocabularies()[table.name].keys()


def test_a_refusal_kept_for_years_is_read_in_another_language_with_its_values() -> None:
    kept = problem.answer([NOT_A_MEMBER.at("/tickets/0", day=DAY).by("HUSHI-MEMBER")]).body
    assert "18" not in str([e for e in kept["errors"] if "detail" in e]), "no words are kept"
    for language, said in (
        ("zh-CN", "2026年11月18日"),
        ("vi", "18/11/2026"),
        ("en", "18 Nov 2026"),
    ):
        (error,) = problem.worded(kept, language)["errors"]
        assert said in error["detail"]
        assert (error["rule"], error["facts"]) == ("HUSHI-MEMBER", {"day": "2026-11-18"})


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"sentence": "NOT_A_MEMBER.no_longer_said"}, "Không phải thành viên của tổ vào ngày"),
        ({"facts": {}}, "vào ngày –"),
        ({"facts": {"day": "some day"}}, "vào ngày some day"),
        ({"code": "GONE", "sentence": "GONE"}, "GONE"),
    ],
)
def test_one_whose_sentence_has_changed_since_is_still_told(
    changed: dict[str, Any], said: str
) -> None:
    kept = problem.answer([NOT_A_MEMBER.at("/tickets/0", day=DAY)]).body
    kept["errors"][0] |= changed
    assert said in problem.worded(kept, "vi")["errors"][0]["detail"]


def test_why_something_was_not_done_is_worded_in_an_accepted_answer_too() -> None:
    kept = {"price_id": None, "withheld": problem.kept(NOT_A_MEMBER.at(day=DAY))}
    said = problem.worded(kept, "zh-CN")
    assert said["price_id"] is None
    assert said["withheld"]["detail"].startswith("2026年11月18日不是本组成员")
    assert problem.worded({"state": "SOLD", "facts": {"code": "x"}}, "vi") == {
        "state": "SOLD",
        "facts": {"code": "x"},
    }


def test_what_a_caller_sent_is_never_read_as_a_place_of_a_sentence() -> None:
    said = words.say("There is {name}.", {"name": "{day:day}", "day": "2026-11-18"}, "en")
    assert said == "There is {day:day}."


def test_of_long_values_an_answer_carries_the_beginning() -> None:
    refusal = UNAVAILABLE.at(found="x" * 5_000, many=["y" * 5_000] * 500)
    facts = problem.answer([refusal]).body["errors"][0]["facts"]
    assert (len(facts["found"]), len(facts["many"]), len(facts["many"][0])) == (300, 100, 300)
