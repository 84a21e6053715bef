"""A legal parameter is said in the reader's words: its title, its value with a unit, its ground."""

from __future__ import annotations

from typing import Any

import pytest

from services.law.domain.authorities import AUTHORITIES
from services.law.domain.parameters import PARAMETERS
from services.platform.language import CHINESE, ENGLISH, LANGUAGES, VIETNAMESE
from tests.support.legislators import BEN
from tests.support.office import Office

SEEDED = "seed:drafter"


async def in_force(window: Office, on: str, language: str = ENGLISH) -> list[dict[str, Any]]:
    """Every parameter that the window starts with, as a reader of a language is told it."""
    rows: list[dict[str, Any]] = []
    cursor = ""
    while True:
        headers = {**window.headers(**BEN), "Accept-Language": language}
        page = (
            await window.client.get(f"/law/v1/policy?on={on}&limit=200{cursor}", headers=headers)
        ).json()
        rows += page["items"]
        if page["next_cursor"] is None:
            return [row for row in rows if row["proposed_by"] == SEEDED]
        cursor = f"&cursor={page['next_cursor']}"


async def said(window: Office, key: str, language: str) -> list[str]:
    rows = await in_force(window, "2026-05-04", language)
    return [row["says"] for row in rows if row["key"] == key and not row["scope"]]


async def test_every_parameter_on_file_has_a_title_and_every_title_a_parameter(
    window: Office,
) -> None:
    rows = await in_force(window, "2026-05-04")
    assert {row["key"] for row in rows} == set(PARAMETERS)
    assert [row["key"] for row in rows if row["title"] == row["key"]] == []


async def test_every_authority_that_the_window_starts_with_has_its_words(window: Office) -> None:
    days = ("2020-06-01", "2024-01-01", "2026-05-04")
    rows = [row for day in days for row in await in_force(window, day)]
    assert {row["authority_says"] for row in rows} <= set(AUTHORITIES)


@pytest.mark.parametrize("language", LANGUAGES)
async def test_no_parameter_is_said_as_it_is_filed_in_json(window: Office, language: str) -> None:
    rows = await in_force(window, "2026-05-04", language)
    assert [row["key"] for row in rows if set(row["says"]) & set("{}[]_")] == []


SAID = {
    "hushi.daily_quota_cny": ("8,000.00 CNY", "8,000.00 CNY", "8.000,00 CNY"),
    "inspection.base_rate": ("5%", "5%", "5%"),
    "customs.late_fee": ("0.05% a day", "每日0.05%", "0,05% mỗi ngày"),
    "aeo.basically_met_costs": ("1 point", "1分", "1 điểm"),
    "aeo.basically_met_max": ("3 standards", "3项标准", "3 tiêu chuẩn"),
    "aeo.decide_days": ("90 days", "90天", "90 ngày"),
    "aeo.reapply_years": ("1 year", "1年", "1 năm"),
    "hushi.max_tickets_per_day": ("no limit", "不限", "không giới hạn"),
    "hushi.over_quota_policy": ("it is refused", "不予受理", "bị từ chối"),
    "inspection.bays": ("B1, B2, B3, B4", "B1、B2、B3、B4", "B1, B2, B3, B4"),
    "fx.rota_start_on": ("6 Jan 2020", "2020年1月6日", "06/01/2020"),
    "credit.repair_months": (
        "arrears: 3 months, smuggling: 12 months, violations: 6 months",
        "欠缴税款：3个月、走私：12个月、违规：6个月",
        "nợ thuế: 3 tháng, buôn lậu: 12 tháng, vi phạm: 6 tháng",
    ),
}


@pytest.mark.parametrize("key", SAID)
async def test_a_value_is_said_with_its_unit(window: Office, key: str) -> None:
    told = [await said(window, key, language) for language in (ENGLISH, CHINESE, VIETNAMESE)]
    assert told == [[words] for words in SAID[key]]


async def test_how_sure_a_parameter_is_stands_beside_its_authority(window: Office) -> None:
    rows = {row["key"]: row for row in await in_force(window, "2026-05-04", CHINESE)}
    assumed, practised = rows["inspection.base_rate"], rows["tax.pay_days"]
    assert (assumed["sure"], assumed["authority_says"]) == ("ASSUMPTION", "设计时设定")
    assert (practised["sure"], practised["authority_says"]) == ("PRACTICE", "关税法")
    assert rows["aeo.decide_days"]["sure"] is None
    unknown = rows["aeo.full_score"]
    assert unknown["sure"] == "UNKNOWN"
    assert unknown["authority_says"] == "未查到第282号令项下的标准，暂按第251号令"
