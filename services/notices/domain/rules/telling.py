"""What is told to whom: one literal, so that nothing new is told by itself.

A telling names places of the event that the window tells that party as well; of a case besides its
reference, which all its readers see. What customs has not signed, what a bank holds and why goods
were chosen stand in none of them, nor do values, accounts or numbers of persons.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

MEMBERS: Final = "members"
"""The residents with a share in the case's lot: one row for all of them, found by their tickets."""
UNCONFIRMED: Final = "unconfirmed"
"""Those of them whose share waits for their own yes: no mandate lets the clerk say it."""
CARRIER: Final = "truck"
"""Whose truck it is by the manifest of the lot; it reads no lot, and is told of its truck alone."""
CONCERNED: Final = "concerned"
"""Whom a proposed change of the register concerns."""
FORMER: Final = "handed_on"
"""The carriers whose trucks a filing has given to another."""
FILED: Final = "filed"
"""The parties whose own records a filing has written, as its digests name them."""
NAMED: Final[Mapping[str, str]] = {
    "resident_id": "resident",
    "bic": "bank",
    "party": "",
    "last_at": "officers",
}
"""Places of an event that name whom it is about, each with the kind of that party; of a port, its
customs."""
READING: Final = frozenset({"resident", "group", "carrier", "enterprise", "bank", "officers"})
"""Kinds of party that are told. Whoever holds a post reads its desk: customs at a port is told what
happens elsewhere, which lies on no desk of theirs (0157)."""


@dataclass(frozen=True, slots=True)
class Telling:
    """One kind of notice: to whom, with which places of the event; ``when`` a place says so."""

    kind: str
    to: tuple[str, ...]
    places: tuple[str, ...] = ()
    when: tuple[str, Any] | None = None
    of: str | None = None
    """Only on the timeline of this kind of case, where an event stands on two."""
    by_others: bool = False
    """Not to the party that did it itself."""

    def is_due(self, case_kind: str, body: Mapping[str, Any]) -> bool:
        """Whether this event, on this kind of case, is told so."""
        fits = self.when is None or body.get(self.when[0]) == self.when[1]
        return fits and self.of in (None, case_kind)


def _tell(kind: str, to: str, places: str = "", **more: Any) -> Telling:
    return Telling(kind, tuple(to.split()), tuple(places.split()), **more)


TELLINGS: Final[Mapping[str, tuple[Telling, ...]]] = {
    # A lot, to its members and to the desk that declared it.
    "LotSubmitted": (_tell("SHARE_WAITS", UNCONFIRMED, when=("identity_confirmed", False)),),
    "LotAmended": (_tell("SHARE_CHANGED", UNCONFIRMED, "shares_due_at"),),
    "MembersReminded": (_tell("SHARE_REMINDED", UNCONFIRMED),),
    "ShareRefused": (_tell("SHARE_REFUSED", "group"),),
    "SharesLapsed": (_tell("SHARES_LAPSED", f"{MEMBERS} group"),),
    "LotSentToInspection": (
        _tell("LOT_SELECTED", f"{MEMBERS} group"),
        _tell("TRUCK_SELECTED", CARRIER),
    ),
    "LotReleased": (_tell("LOT_RELEASED", f"{MEMBERS} group"), _tell("TRUCK_RELEASED", CARRIER)),
    "LotNotReleased": (_tell("LOT_NOT_RELEASED", f"{MEMBERS} group", "state"),),
    "LotCancelled": (_tell("LOT_CANCELLED", f"{MEMBERS} group", by_others=True),),
    "ReleaseClockRanOut": (_tell("CLOCK_RAN_OUT", "group resident", "release_due_at"),),
    "LotBought": (
        _tell("LOT_SOLD", f"{MEMBERS} group", of="lot"),
        _tell("PURCHASE_DUE", "enterprise", "due_on", of="ord"),
    ),
    "PurchaseVoided": (
        _tell("SALE_VOID", f"{MEMBERS} group", of="lot"),
        _tell("PURCHASE_VOID", "enterprise", of="ord"),
    ),
    "LotOfferLapsed": (_tell("OFFER_LAPSED", "group resident", of="lot"),),
    "LotSettled": (_tell("LOT_SETTLED", f"{MEMBERS} group"),),
    # A truck, to customs of the port whose gate recorded it before.
    "EntryRecorded": (_tell("TRUCK_ELSEWHERE", "last_at", "vehicle_plate port"),),
    "VehiclesDeclared": (_tell("TRUCK_HANDED_ON", FORMER),),
    # A resident's own name and phones.
    "NameFrozen": (_tell("NAME_FROZEN", "resident_id"),),
    "NameThawed": (_tell("NAME_THAWED", "resident_id"),),
    "NameReported": (_tell("NAME_REPORTED", "resident_id", "due_at"),),
    "NameReportUpheld": (
        _tell("NAME_NOT_YOU", "resident_id", when=("quota_back", True)),
        _tell("NAME_NOT_YOU_COUNTED", "resident_id", when=("quota_back", False)),
    ),
    "NameReportDismissed": (_tell("NAME_WAS_YOU", "resident_id"),),
    "PasskeyOpened": (_tell("PHONE_OPENED", "resident_id", "opens_until"),),
    "PasskeyBound": (_tell("PHONE_BOUND", "resident_id"),),
    "PasskeyReplaced": (_tell("PHONE_REPLACED", "resident_id"),),
    "PasskeyEnded": (_tell("PHONE_ENDED", "resident_id"),),
    # The register: seen in time by everybody concerned.
    "RecordsFiled": (
        _tell("OWN_RECORD_FILED", FILED, when=("kind", "residents")),
        _tell("MEMBERSHIP_FILED", FILED, when=("kind", "memberships")),
        _tell("MANDATE_FILED", FILED, when=("kind", "mandates"), by_others=True),
        _tell("GROUP_FILED", FILED, when=("kind", "groups")),
        _tell("ENTERPRISE_FILED", FILED, when=("kind", "enterprises")),
        _tell("PROCESSING_FILED", FILED, when=("kind", "processing_filings")),
    ),
    "ChangeProposed": (_tell("CHANGE_PROPOSED", CONCERNED, "confirm_from"),),
    "ChangeConfirmed": (_tell("CHANGE_CONFIRMED", CONCERNED),),
    "ChangeTurnedDown": (_tell("CHANGE_TURNED_DOWN", CONCERNED),),
    "BankKeyProposed": (_tell("BANK_KEY_PROPOSED", "bic"),),
    "BankKeyDecided": (
        _tell("BANK_KEY_AGREED", "bic", "valid_from", when=("approved", True)),
        _tell("BANK_KEY_DECLINED", "bic", when=("approved", False)),
    ),
    "CreditLevelDecided": (_tell("CREDIT_LEVEL", "party", "level effective_from"),),
    # An enterprise's examination and its books.
    "AccreditationAccepted": (_tell("AEO_ACCEPTED", "enterprise", "due_on"),),
    "AccreditationDeclined": (_tell("AEO_DECLINED", "enterprise"),),
    "AccreditationClockExtended": (_tell("AEO_EXTENDED", "enterprise", "due_on"),),
    "ExaminersDrawn": (_tell("AEO_EXAMINERS", "enterprise"),),
    "EnterpriseCertified": (_tell("AEO_CERTIFIED", "enterprise", "certificate review_due_on"),),
    "AccreditationFailed": (_tell("AEO_FAILED", "enterprise", "barred_until"),),
    "CertificateSuspended": (_tell("AEO_SUSPENDED", "enterprise", "certificate"),),
    "CertificateReinstated": (_tell("AEO_REINSTATED", "enterprise", "certificate"),),
    "CertificateRevoked": (_tell("AEO_REVOKED", "enterprise", "certificate barred_until"),),
    "ReexaminationFellDue": (_tell("AEO_REVIEW", "enterprise"),),
    "AlertRaised": (_tell("BOOK_ALERT", "enterprise", "hs_code"),),
    "AlertClosed": (_tell("BOOK_ALERT_CLOSED", "enterprise"),),
    "BookReopened": (_tell("BOOK_REOPENED", "enterprise"),),
    "BookClosed": (_tell("BOOK_CLOSED", "enterprise"),),
    "BookCorrected": (_tell("BOOK_CORRECTED", "enterprise"),),
    "CorrectionRefused": (_tell("CORRECTION_REFUSED", "enterprise"),),
    "PeriodRanOut": (_tell("BOOK_OVERDUE", "enterprise"),),
    # A payment: its bank, and who asked for it.
    "FundsReserved": (_tell("PAYMENT_OFFERED", "bank"),),
    "BankAskedAgain": (_tell("PAYMENT_WAITS", "bank"),),
    "BankStatusDisputed": (_tell("PAYMENT_DISPUTED", "bank"),),
    "PaymentGoodsGone": (_tell("PAYMENT_GOODS_GONE", "bank"),),
    "PaymentReturned": (_tell("PAYMENT_RETURNED", "group resident enterprise", "returned_on"),),
    "SettlementEscalated": (_tell("PAYMENT_LATE", "bank"),),
    "PaymentSettled": (_tell("PAYMENT_SETTLED", "group resident enterprise"),),
    "PaymentRejected": (_tell("PAYMENT_REJECTED", "group resident enterprise"),),
}
"""Of every event that a person must know: how it is said, and to whom."""
_PLATES: Final = 5
"""So many trucks a notice names; the filing names them all."""
OWN_PLACES: Final[Mapping[str, frozenset[str]]] = {
    "SHARE_WAITS": frozenset({"reference", "shares_due_at"}),
    "SHARE_REMINDED": frozenset({"reference", "shares_due_at"}),
    "MEMBERSHIP_FILED": frozenset({"group_code"}),
    "MANDATE_FILED": frozenset({"group_code"}),
    "PROCESSING_FILED": frozenset({"hs_prefix"}),
    "TRUCK_SELECTED": frozenset({"vehicle_plate"}),
    "TRUCK_RELEASED": frozenset({"vehicle_plate"}),
    "TRUCK_HANDED_ON": frozenset({"vehicle_plate"}),
}
"""What a sentence says that its event does not, beside the reference of the case: until when a
member is asked, as the work list tells him; of which group he is a member; and the plate, as the
carrier has lodged it."""
ALL: Final[Mapping[str, Telling]] = {t.kind: t for told in TELLINGS.values() for t in told}
"""Every kind of notice."""


def party_named(place: str, value: object) -> str | None:
    """The party that a place of an event names; None when it is told nothing."""
    if not isinstance(value, str) or not value:
        return None
    party = f"{NAMED[place]}:{value}" if NAMED[place] else value
    return party if party.partition(":")[0] in READING else None


def former_carriers(body: Mapping[str, Any]) -> Iterator[tuple[str, dict[str, str]]]:
    """Each carrier whose trucks a filing has given to another, and which: of many the first."""
    for carrier, plates in body.get(FORMER, {}).items():
        more = [f"+{len(plates) - _PLATES}"] if len(plates) > _PLATES else []
        yield carrier, {"vehicle_plate": ", ".join([*plates[:_PLATES], *more])}


def parties_filed(
    body: Mapping[str, Any], groups: Mapping[str, str]
) -> Iterator[tuple[str, dict[str, str]]]:
    """Each party of whom a filing has written what it was sent for, and what it is told besides.

    A record is named by the party's own code, of a membership and a mandate behind the group's, of
    a processing filing before its goods; ``groups`` says the code by the key of one.
    """
    kind = body.get("kind")
    for name in map(str, body.get("digests", {}).get(kind, {})):
        first, _, last = name.rpartition(" ")
        if kind in ("residents", "memberships", "mandates"):
            yield f"resident:{last}", {"group_code": first} if first else {}
        elif kind == "groups" and name in groups:
            yield f"group:{groups[name]}", {}
        elif kind == "enterprises":
            yield f"enterprise:{name}", {}
        elif kind == "processing_filings":
            yield f"enterprise:{first}", {"hs_prefix": last}
