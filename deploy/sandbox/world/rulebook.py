"""What customs looks for: rules that one risk officer words and another seconds, and controls."""

from __future__ import annotations

from typing import Any, Final

from deploy.sandbox.world import cast
from deploy.sandbox.world.filing import desk
from deploy.sandbox.world.stage import Stage
from services.kernel.clock import business_day

_RISK: Final = "/risk/v1"
_RULES: Final = (
    {
        "code": "FROZEN_SEAFOOD",
        "title": "冻海产品：冷链抽样",
        "titles": {
            "zh-CN": "冻海产品：冷链抽样",
            "en": "Frozen seafood is sampled",
            "vi": "Hải sản đông lạnh: lấy mẫu chuỗi lạnh",
        },
        "lane": "RED",
        "expression": "hs_code.startsWith('0306') || hs_code.startsWith('0307')",
        "example": {"hs_code": "03061790"},
    },
    {
        "code": "HERBS_PAPERS",
        "title": "中药材：核对单证",
        "titles": {
            "zh-CN": "中药材：核对单证",
            "en": "Papers of medicinal herbs",
            "vi": "Dược liệu: đối chiếu chứng từ",
        },
        "lane": "YELLOW",
        "expression": "hs_code.startsWith('1211')",
        "example": {"hs_code": "12119039"},
    },
    {
        "code": "FULL_QUOTA_ROUND",
        "title": "每人足额：疑似假互市",
        "titles": {
            "zh-CN": "每人足额：疑似假互市",
            "en": "Every share exactly the whole quota",
            "vi": "Mọi phần đều đúng trọn hạn mức",
        },
        "lane": "RED",
        "expression": "value_per_ticket_minor == 800000",
        "example": {"value_per_ticket_minor": 800000},
    },
)
_PROPOSED: Final = {
    "code": "MANY_SHARES",
    "title": "拆分过细",
    "titles": {
        "zh-CN": "拆分过细",
        "en": "A lot split over very many residents",
        "vi": "Lô hàng chia cho quá nhiều cư dân",
    },
    "lane": "YELLOW",
    "expression": "ticket_count > 60",
    "example": {"ticket_count": 61},
}


async def rules_in_force(stage: Stage) -> None:
    """Three rules are worded by one risk officer and put in force by the other."""
    author, approver = (desk(stage, officer) for officer in cast.RISK)
    for rule in _RULES:
        proposed = await author.post(f"{_RISK}/rules", _dated(rule))
        path = f"{_RISK}/rules/{proposed['rule_id']}"
        await approver.sign(path, "decision", {"approve": True})


async def rule_proposed(stage: Stage) -> None:
    """One more rule waits for the second risk officer."""
    await desk(stage, cast.RISK[0]).post(f"{_RISK}/rules", _dated(_PROPOSED))
    second = stage.known("officers")[cast.RISK[1].badge]
    stage.roll.waits(f"officer:{second}", "second_proposal")


async def controls_set(stage: Stage) -> None:
    """Controls (布控) on a truck, on a heading of goods and on a seller."""
    author = desk(stage, cast.RISK[0])
    for kind, value, grounds in (
        ("hs_prefix", cast.PEPPER.hs_code[:4], "样本：上周查获夹藏，本周全部开箱"),
        ("vehicle_plate", "桂P90417", "样本：上次入境封志破损"),
        ("seller", "Sample Unknown Trader", "样本：情报线索"),
    ):
        control = {
            "kind": kind,
            "value": value,
            "lane": "RED",
            "grounds": grounds,
            "effective_from": business_day(stage.began).isoformat(),
        }
        await author.post(f"{_RISK}/controls", control)


async def days_closed(stage: Stage) -> None:
    """Dongxing's draw day is closed so far, and its seed published; what comes after draws under
    another."""
    risk = desk(stage, cast.RISK[0])
    today = business_day(stage.began).isoformat()
    seeds = await risk.get(f"{_RISK}/draw-seeds", port=cast.DONGXING.code, day=today)
    for seed in seeds["items"]:
        if seed["closed_at"] is None:
            await risk.post(f"{_RISK}/draw-seeds/{seed['seed_id']}/reveal", {})


def _dated(rule: dict[str, Any]) -> dict[str, Any]:
    return {**rule, "authority": "SAMPLE", "effective_from": "2026-01-01"}
