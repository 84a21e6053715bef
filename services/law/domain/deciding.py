"""What may be done with a legal parameter as it stands, and by whom."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class PolicyStands:
    """How a legal parameter stands: decided or not, and whether it is to be revoked."""

    approved: bool
    ended: bool
    """Whether it was declined or revoked, and is nobody's any more."""
    revocation_asked: bool

    @property
    def decided(self) -> bool:
        """Whether its proposal waits for no second officer."""
        return self.approved or self.ended

    @property
    def waits_for_its_revocation(self) -> bool:
        """Whether another officer is to say that it never begins."""
        return self.approved and self.revocation_asked


def acts_open(stands: PolicyStands, *, own: bool, becomes_law: bool, begun: bool) -> list[str]:
    """Which acts a legal parameter allows a policy officer.

    ``own``: he proposed what waits for another's word. ``becomes_law``: it still can, beside what
    is approved. What has begun is revoked no more, and can only be kept.
    """
    if not stands.decided:
        if own:
            return []
        return ["approve", "decline"] if becomes_law else ["decline"]
    if stands.waits_for_its_revocation:
        if own:
            return []
        return ["keep"] if begun else ["revoke", "keep"]
    return ["propose_revocation"] if stands.approved and not begun else []
