"""What happens in the sample world: who is filed first, and then each lot, in order of interest."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Final

from deploy.sandbox.world import (
    cast,
    control,
    filing,
    members,
    money,
    rulebook,
    trade,
    works,
)
from deploy.sandbox.world.stage import Play, Seat


@dataclass(frozen=True)
class Scene:
    """Something that happens; of a lot, whose goods they are and how many shares."""

    name: str
    play: Play
    group: str | None = None
    goods: cast.Goods = cast.CASHEWS
    shares: int = 0


BANKS_ARE_THERE: Final = "banks"
"""After this scene the banks say their prices."""
SETTING: Final = (
    Scene("residents", filing.residents_filed),
    Scene("first-officers", filing.first_officers_filed),
    Scene("trade", filing.trade_filed),
    Scene("factories", filing.factories_filed),
    Scene(BANKS_ARE_THERE, filing.banks_filed),
    Scene("rules", rulebook.rules_in_force),
    Scene("controls", rulebook.controls_set),
    # Before anybody else can be drawn, so that it is these two who are away.
    Scene("both-away", control.both_away, "DX-G004", cast.SHRIMPS, 10),
    Scene("officers", filing.officers_filed),
    Scene("past-days", filing.past_days_opened),
    Scene("orders", works.factories_order),
)
"""One after another; nothing else begins before."""

_FROM_LISTED: Final = replace(cast.BEANS, seller=cast.LISTED)
_BANKED_ELSEWHERE: Final = replace(cast.BEANS, seller=cast.ELSEWHERE_BANKED)
_MUSE_BEANS: Final = replace(cast.BEANS, seller=cast.MUSE)
_MUSE_BANANAS: Final = replace(cast.BANANAS, seller=cast.MUSE)
_MUSE_HERBS: Final = replace(cast.HERBS, seller=cast.MUSE)
LOTS: Final = (
    Scene("some-not-yet", members.some_not_yet, "DX-G001", cast.CASHEWS, 12),
    Scene("findings", control.waits_for_findings, "DX-G004", cast.SHRIMPS, 12),
    Scene("signature", control.waits_for_signature, "DX-G004", cast.SQUID, 10),
    Scene("at-gate", trade.at_the_gate, "DX-G002", cast.BANANAS, 10),
    Scene("waits-for-bank", money.waits_for_bank, "DX-G003", cast.CASHEWS, 12),
    Scene("on-offer", trade.on_offer, "DX-G005", cast.CASHEWS, 14),
    Scene("under-way", trade.under_way, "DX-G005", cast.CASHEWS, 16),
    Scene("held-for-name", money.held, "DX-G003", _FROM_LISTED, 8),
    Scene("quota-used", members.quota_mostly_used, "DX-G001", cast.CASHEWS, 1),
    Scene("sent-back", control.sent_back, "DX-G004", cast.SHRIMPS, 8),
    Scene("controlled", control.waits_for_findings, "DX-G004", cast.PEPPER, 10),
    Scene("seized", control.seized, "DX-G004", cast.SQUID, 6),
    Scene("closed", money.closed, "DX-G005", cast.CASHEWS, 12),
    Scene("disputed", money.disputed, "DX-G003", cast.CASHEWS, 10),
    Scene("share-refused", members.share_refused, "DX-G001", cast.MANGOES, 8),
    Scene("received-short", trade.received_short, "DX-G005", cast.BEANS, 12),
    Scene("nobody-yet", members.nobody_yet, "DX-G002", cast.MANGOES, 8),
    Scene("cancelled", members.cancelled, "DX-G001", cast.MANGOES, 6),
    Scene("out", trade.out, "DX-G002", cast.BEANS, 10),
    Scene("sold", trade.sold, "DX-G005", cast.CASHEWS, 10),
    Scene("papers", control.waits_for_findings, "DX-G002", cast.HERBS, 12),
    Scene("half-cleared", money.half_cleared, "DX-G003", _BANKED_ELSEWHERE, 8),
    Scene("settled", money.settled, "DX-G003", cast.CASHEWS, 10),
    Scene("paid-and-seized", money.paid_and_seized, "DX-G003", cast.CASHEWS, 8),
    Scene("called-in", control.called_in, "DX-G002", cast.TURMERIC, 10),
    Scene("elsewhere-unstaffed", control.waits_for_officers, "RL-G001", _MUSE_HERBS, 8),
    Scene("elsewhere-at-bank", money.waits_for_bank, "RL-G001", _MUSE_BEANS, 8),
    Scene("elsewhere-members", members.nobody_yet, "RL-G001", _MUSE_BANANAS, 6),
    Scene("elsewhere-at-gate", trade.at_the_gate, "RL-G001", _MUSE_BANANAS, 8),
    Scene("returned", control.returned, "DX-G004", cast.SHRIMPS, 6),
    Scene("rejected", control.rejected, "DX-G004", cast.SQUID, 6),
    Scene("inspected-released", control.released_after_inspection, "DX-G004", cast.SHRIMPS, 10),
    Scene("half-let-go", control.half_let_go, "DX-G004", cast.SQUID, 6),
    Scene("withdrawn", control.withdrawn, "DX-G002", cast.HERBS, 6),
    Scene("turned-back", trade.turned_back, "DX-G002", cast.BANANAS, 10),
    Scene("out-on-offer", trade.out_and_on_offer, "DX-G005", cast.CASHEWS, 10),
    Scene("bought-inside", trade.bought_inside, "DX-G005", cast.CASHEWS, 10),
    Scene("bank-is-working", money.bank_is_working, "DX-G003", cast.CASHEWS, 8),
    Scene("bank-rejected", money.bank_rejected, "DX-G003", cast.CASHEWS, 8),
    Scene("blocked", money.blocked, "DX-G003", cast.CASHEWS, 8),
    Scene("compliance-refused", money.refused_by_compliance, "DX-G003", _FROM_LISTED, 6),
    Scene("reminded", members.reminded, "DX-G001", cast.CASHEWS, 8),
    Scene("own-use", money.own_use, "DX-G001", cast.BANANAS, 8),
    Scene("at-gate-too", trade.at_the_gate, "DX-G001", cast.DURIANS, 10),
    Scene("closed-too", money.closed, "DX-G005", cast.CASHEWS, 12),
    Scene("findings-too", control.waits_for_findings, "DX-G004", cast.SQUID, 10),
    Scene("signature-too", control.waits_for_signature, "DX-G004", cast.SHRIMPS, 8),
    Scene("days-ago-2", partial(money.own_use, days_ago=2), "RL-G001", _MUSE_BANANAS, 10),
    Scene("days-ago-4", partial(money.own_use, days_ago=4), "RL-G001", _MUSE_BEANS, 12),
    Scene("days-ago-6", partial(money.own_use, days_ago=6), "RL-G001", _MUSE_BANANAS, 14),
    Scene("yes-taken-back", members.nobody_yet, "DX-G003", cast.CASHEWS, 8),
)
"""A lot each, several at once; what is looked at first is played first."""
BESIDE: Final = (
    Scene("accredited", works.accredited),
    Scene("applying", works.applying),
    Scene("rule-proposed", rulebook.rule_proposed),
    Scene("law-proposed", filing.law_proposed),
    Scene("change-proposed", filing.changes_proposed),
)
"""Beside the lots."""
AFTER: Final = (
    # What freezes a name comes when nobody declares in it any more.
    Scene("not-me", members.not_me, "RL-G001", _MUSE_BANANAS, 6),
    Scene("not-me-found", members.not_me_found, "RL-G001", _MUSE_BEANS, 6),
    Scene("nuts-shelled", works.nuts_shelled),
    Scene("days-closed", rulebook.days_closed),
)
"""Once all lots have gone as far as they go."""


def seats() -> Iterator[tuple[Scene, Seat | None]]:
    """Every scene with its seat: in a group each next one begins with the member after the last."""
    next_member = dict.fromkeys(cast.GROUPS, 0)
    for number, scene in enumerate(every_scene(), 1):
        if scene.group is None:
            yield scene, None
            continue
        offset = next_member[scene.group]
        next_member[scene.group] += scene.shares
        yield scene, Seat(cast.GROUPS[scene.group], scene.goods, scene.shares, offset, number)


def every_scene() -> Sequence[Scene]:
    """All of them, in the order in which their numbers are given."""
    return (*SETTING, *LOTS, *BESIDE, *AFTER)
