"""Which acts on the law are open to whoever reads it, by what they are refused for."""

from __future__ import annotations

from datetime import date

from services.kernel.identifiers import show
from services.kernel.messages import Actor
from services.kernel.rule import asked
from services.law.commands.policy import becoming_law, not_the_second, policy_stands
from services.law.commands.revocation import asking_step
from services.law.domain.deciding import acts_open
from services.law.domain.rules.policy import only_what_has_not_begun_is_revoked
from services.platform.database import Row, Statements
from services.platform.officers import is_on_file


async def acts_on(tx: Statements, policy: Row, actor: Actor, *, today: date) -> list[str]:
    """Of a legal parameter, in force or proposed; who is away is offered none."""
    if actor.role != "policy_officer" or not await is_on_file(tx, actor):
        return []
    stands, waits, becomes_law = policy_stands(policy), None, False
    if not stands.decided:
        waits = "propose"
        becomes_law = (await becoming_law(tx, policy, today=today))[1] is None
    elif stands.waits_for_its_revocation:
        waits = asking_step(policy)
    case, own = show("pol", policy.policy_id), False
    if waits is not None:
        own = bool(await not_the_second(tx, case, waits, actor, today=today))
    begins = policy.effective_from
    begun = bool(asked(today, only_what_has_not_begun_is_revoked, begins, today=today))
    return acts_open(stands, own=own, becomes_law=becomes_law, begun=begun)
