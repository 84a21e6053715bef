"""What of an event each kind of party is told: listed, so that nothing new is told by itself.

A party that learns why risk control chose its goods learns how to avoid it; who comes, where and
how deep he looks, how to meet him; what was found or proposed and not yet signed, what to hide. A
party that learns of a name screening is warned (anti-money-laundering law forbids tipping off).
Persons who signed inside a bank are the bank's own affair. A field that stands in no list is read
by auditors alone, and so is an event that stands in none.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Final, Literal

from services.kernel.messages import Actor
from services.kernel.notes import ActRefused


@dataclass(frozen=True, slots=True)
class Told:
    """The fields of an event for whoever may see its case, and what customs and a bank see besides.

    An event that is ``inside`` is told to nobody but those who have a list of their own.
    """

    everybody: frozenset[str]
    officer: frozenset[str]
    bank: frozenset[str]
    inside: bool = False

    def to(self, party_kind: str) -> frozenset[str] | None:
        """The fields that a kind of party is told, None when it is not told of the event at all."""
        more = {"officer": self.officer, "bank": self.bank}.get(party_kind, frozenset())
        if self.inside and not more:
            return None
        return self.everybody | more


def _told(everybody: str = "", *, customs: str = "", bank: str = "") -> Told:
    return Told(frozenset(everybody.split()), frozenset(customs.split()), frozenset(bank.split()))


def _inside(*, customs: str = "", bank: str = "") -> Told:
    return Told(frozenset(), frozenset(customs.split()), frozenset(bank.split()), inside=True)


TOLD: Final[Mapping[str, Told]] = {
    ActRefused.__name__: _told("act code reasons"),
    # The register, the law, the market: everybody's who may see them.
    "RecordsFiled": _told("kind count"),
    "RecordsFound": _told("kind count"),
    "ChangeProposed": _told("kind subject confirm_from filing records"),
    "ChangeConfirmed": _told("kind subject"),
    "ChangeTurnedDown": _told("kind subject"),
    "BankKeyProposed": _told("bic thumbprint overlap_hours confirm_from"),
    "BankKeyDecided": _told("bic approved valid_from previous_until"),
    "PasskeyOpened": _told("resident_id opens_until replaces"),
    "PasskeyBound": _told("resident_id counts_from"),
    "PasskeyReplaced": _told("resident_id replaced_by"),
    "PasskeyEnded": _told("resident_id"),
    "LawFiled": _told("kind count"),
    "LawListProposed": _told("kind count"),
    "LawListConfirmed": _told("kind"),
    "LawListTurnedDown": _told("kind"),
    "PolicyProposed": _told("key scope value authority effective_from effective_to"),
    "PolicyApproved": _told("key scope effective_from closed"),
    "PolicyDeclined": _told("key scope"),
    "PolicyRevocationProposed": _told("key scope effective_from"),
    "PolicyRevoked": _told("key scope effective_from restored restored_to"),
    "PolicyKept": _told("key scope"),
    "BankQuotePosted": _told("bank_bic pair mid volume valid_until tiers by_hand"),
    "BankQuoteWithdrawn": _told("bank_bic pair by_hand"),
    "PooledPricePublished": _told("pair version mid bid ask used dropped valid_until volume tiers"),
    "PooledPriceEnded": _told("pair version"),
    "QuotesApart": _told("pair mids rules"),
    "PooledPriceWithheld": _told("pair mid last_mid moved_bp max_bp used rules"),
    "RotaAbsenceEntered": _inside(),
    "RotaAbsenceAnnounced": _told("bank_bic absent_on"),
    "RotaAbsenceEnding": _inside(),
    "RotaAbsenceWithdrawn": _told("bank_bic absent_on"),
    # A lot.
    "ManifestLodged": _told("manifest_no total_kg carrier port vehicle_plate"),
    "LotSubmitted": _told(
        "reference port business_on hs_code origin ticket_count value net_kg gross_kg manifest_no"
        " policy_version identity_confirmed replay"
    ),
    "LotAmended": _told(
        "net_kg gross_kg pieces value manifest_no shares_due_at policy_version rules",
        customs="vehicle_plate foreign_plate seller_code seller_bank_bic former tickets",
    ),
    "SharesConfirmed": _told("tickets unconfirmed by_mandate consent"),
    "MembersReminded": _told("unconfirmed"),
    "ShareRefused": _told("tickets rules"),
    "SharesLapsed": _told("unconfirmed shares_due_at rules"),
    "NameFrozen": _told("resident_id"),
    "NameThawed": _told("resident_id"),
    # Who said so, and of whom, is neither the group's nor the other members' to read.
    "NameReported": _told("resident_id lot_id due_at"),
    "NameReportFound": _inside(),
    "NameReportUpheld": _told("resident_id lot_id quota_back rules"),
    "NameReportDismissed": _told("resident_id lot_id rules"),
    "IdentityConfirmed": _told("clock_started_at release_due_at"),
    "LotScreened": _told(
        "screening_id lane seed_id policy_version order_id",
        customs="reasons draw_value rate credit_level rule_book_version rules through",
    ),
    "LotSentToInspection": _told("lane order_id", customs="rules"),
    # Its party hears of the order: who knew before would have time to do without the lot.
    "LotCalledIn": _inside(customs="call_in_id lane order_id rules"),
    "LotReleased": _told("lane in_time rules"),
    "LotNotReleased": _told("state order_id disposal uses_up rules"),
    "LotCancelled": _told("reason rules"),
    "ReleaseClockRanOut": _told("release_due_at order_id"),
    "LotSold": _told("purchase_id"),
    "LotSettled": _told("value"),
    "LotClosed": _told("state"),
    "EntryRecorded": _told(
        "port vehicle_plate resident_id entered_at", customs="inside_at last_at"
    ),
    "VehiclesDeclared": _told("kind count"),
    "GatePassed": _told("vehicle_plate gross_kg rules"),
    # Control of goods: what two officers signed, and until then that it is under way.
    "InspectionOrdered": _told("lot_id port lane perishable", customs="method"),
    "InspectionUnstaffed": _inside(customs="reason eligible others"),
    "InspectionStaffed": _told(customs="officers bay seed_id attempt staying eligible others bays"),
    "FindingsRecorded": _inside(customs="round author method results disposal found_kg"),
    "FindingsSentBack": _inside(customs="round signer"),
    "InspectionConcluded": _told(
        "lot_id round results disposal lot_move rules", customs="author signer"
    ),
    "WithdrawalLetGo": _inside(customs="officer"),
    "InspectionWithdrawn": _told("lot_id rules", customs="officers"),
    "DrawSeedCommitted": _told("port business_on round commitment"),
    "DrawSeedClosed": _told("port business_on round"),
    "DrawSeedRevealed": _told("seed"),
    "RiskRuleProposed": _inside(customs="code lane expression effective_from effective_to"),
    "RiskRuleApproved": _inside(customs="code book_version"),
    "RiskRuleRejected": _inside(customs="code"),
    "RiskRuleRetirementProposed": _inside(customs="code ends_on"),
    "RiskRuleRetired": _inside(customs="code ends_on book_version"),
    "RiskRuleKept": _inside(customs="code"),
    "RiskControlSet": _inside(customs="kind value lane effective_from effective_to"),
    "RiskControlLifted": _inside(customs="book_version"),
    # Accreditation: what two officers signed, and what the enterprise did itself.
    "AccreditationApplied": _told("enterprise_code level trades"),
    "AccreditationAccepted": _told("accepted_on due_on trades"),
    "AccreditationDeclined": _told("reason_code"),
    "AccreditationWithdrawn": _told("barred_until"),
    "AccreditationClockExtended": _told("due_on"),
    "AccreditationClockRanOut": _told("due_on"),
    "SelfAssessmentFiled": _told("total"),
    "ExaminersUnavailable": _told("cycle", customs="eligible"),
    "ExaminersDrawn": _told("cycle attempt", customs="officers seed_id staying eligible others"),
    "OnSiteReported": _inside(customs="cycle author total passed failures rules"),
    "OnSiteConcurred": _inside(customs="cycle round author signer rules"),
    "OnSiteSentBack": _inside(customs="cycle round author signer"),
    "AccreditationDecisionProposed": _inside(customs="cycle kind author"),
    "AccreditationDecisionSentBack": _inside(customs="cycle kind signer"),
    "AccreditationDecisionLapsed": _inside(customs="cycle kind author"),
    "EnterpriseCertified": _told(
        "certificate level label issued_on review_due_on rules", customs="author signer"
    ),
    "AccreditationFailed": _told("barred_until rules", customs="author signer"),
    "CertificateSuspended": _told("certificate grounds rules"),
    "CertificateReinstated": _told("certificate rules"),
    "CertificateRevoked": _told("certificate grounds barred_until rules"),
    "ReexaminationFellDue": _told("cycle asked"),
    "CreditLevelProposed": _inside(customs="party level grounds author"),
    "CreditLevelDecided": _told("party level label grounds effective_from rules"),
    "CreditLevelRefused": _inside(customs="party level rules"),
    # The second market and the factory.
    "OrderCreated": _told("enterprise_code hs_code wanted_kg unit_price currency"),
    "OrderCancelled": _told("enterprise_code bought_kg left_kg offers"),
    "LotOfferLapsed": _told("lot_id order_id"),
    "LotOffered": _told("lot_id order_id enterprise_code unit_price price"),
    "LotOfferWithdrawn": _told("lot_id order_id"),
    "LotBought": _told(
        "purchase_id order_id lot_id enterprise_code net_kg price residents_income tickets due_on"
        " hs_prefix"
    ),
    "PurchaseVoided": _told("purchase_id order_id lot_id enterprise_code net_kg"),
    "GoodsDispatched": _told("purchase_id seal_no"),
    "GoodsReceived": _told(
        "receipt_id purchase_id lot_id book_id bought_kg received_kg seal_intact reference"
    ),
    "GoodsFound": _told("purchase_id lot_id book_id correction_id found_kg"),
    "GoodsLost": _told("purchase_id lot_id book_id correction_id lost_kg"),
    "BookOpened": _told("enterprise_code period_from period_to opening_kg"),
    "ConsumptionDeclared": _told("product_hs material_hs net loss_rate unit processing_rule"),
    "ProductionReported": _told(
        "output_id product_hs product_kg consumed_kg reference loss_kg explained"
    ),
    "ScrapReported": _told(
        "output_id material_hs scrap_kg reference declared_loss_kg beyond_loss_kg"
    ),
    "OutputReversed": _told("output_id reverses hs_code weight_kg consumed_kg"),
    "AlertRaised": _told("alert_id kind hs_code deviation tolerance rules"),
    "AlertClosed": _told("alert_id resolution rules"),
    "StockCounted": _told("closing_kg unexplained_kg"),
    "BookCorrected": _told("correction_id kind former becomes rules"),
    "CorrectionAsked": _told(
        "correction_id kind receipt_id product_hs material_hs purchase_id former becomes"
    ),
    "CorrectionRefused": _told("correction_id rules"),
    "BookClosed": _told("ended_on rules"),
    "BookReopened": _told(),
    "PeriodRanOut": _told(),
    # What lies with a case; of photos of what was found, as of findings.
    "DocumentAdded": _told("document_id kind digest media_type size"),
    "DocumentWithdrawn": _told("document_id"),
    "FindingsPhotographed": _inside(customs="document_id kind digest media_type size"),
    "FindingsPhotoWithdrawn": _inside(customs="document_id"),
    # Settlement: what a bank screens and who signs there is its own affair.
    "FirmQuoteLocked": _told("party gives gets rate bank_bic source"),
    "ScreeningEntryAdded": _inside(bank="list_name reference kind"),
    "ScreeningEntryEnding": _inside(bank="reference"),
    "ScreeningEntryEnded": _inside(bank="reference"),
    "SettlementInstructed": _told("lot_id amount gets purpose_code bank_bic firm_quote_id"),
    "ReleasedValueDrawnDown": _told("lot_id amount"),
    "SettlementCleared": _inside(bank="released_by rules"),
    "SettlementHeld": _inside(bank="reasons rules"),
    "SettlementHeldAnew": _inside(bank="reasons rules"),
    "SettlementReleaseSigned": _inside(bank="person"),
    "SettlementRefused": _told(bank="reasons rules refused_by"),
    # With its bank or its compliance: by what of both is said nobody else tells them apart.
    "FundsReserved": _inside(bank="transaction_id message_id bank_bic digest"),
    # By when a bank takes what, whoever is not inside would tell what is held from what is not.
    "PaymentMessageTaken": _inside(bank="message_id by_hand"),
    "HeldPaymentAsTaken": _inside(bank="bank_bic"),
    # Which word of work in progress it is, and a bank's own reason, would tell of a screening.
    "BankStatusCarriedOut": _told("report_id", bank="code"),
    "PaymentSettled": _told("code report_id transaction_id amount paid rules"),
    "PaymentRejected": _told(
        "code report_id transaction_id amount reason_told rules", bank="reason"
    ),
    "BankStatusDisputed": _told("report_id disposition rules", bank="code"),
    "BankAnswerEntered": _inside(bank="answer_id person digest by_file rules"),
    "BankAnswerConfirmed": _inside(bank="answer_id report_id digest persons rules"),
    "BankAnswerWithdrawn": _inside(bank="answer_id person"),
    "PaymentGoodsGone": _told("lot_id disposition dispute_id rules", bank="lot_state"),
    "PaymentReturned": _told("transaction_id amount paid returned_on dispute_id rules"),
    "HeldAnswerDisputed": _inside(bank="report_id disposition rules code"),
    "BankDisputeSigned": _inside(bank="dispute_id finding person returned_on"),
    "BankDisputeResolved": _told("dispute_id rules", bank="finding persons"),
    "HeldAnswerResolved": _inside(bank="dispute_id rules finding persons"),
    "SettlementCancelled": _told("lot_id amount"),
    "BankAskedAgain": _inside(bank="attempt"),
    "SettlementEscalated": _inside(bank="promised_s"),
}
_NOT_LISTED: Final = _inside()


@dataclass(frozen=True, slots=True)
class Telling:
    """Of which events of a case that he may see a viewer is told.

    A refused act is the affair of who tried it, and of those who answer for the case: customs, but
    for what a bank tries, and the auditor. To others it and its values would tell of an attempt.
    """

    everything: bool
    types: frozenset[str]
    refusals: Literal["ALL", "CUSTOMS", "OWN"]


def telling(viewer: Actor) -> Telling:
    """What a viewer is told; of one kind of party everybody but for the own refused acts."""
    return _telling_of(viewer.party_kind)


@cache
def _telling_of(kind: str) -> Telling:
    types = {name for name, told in TOLD.items() if told.to(kind) is not None}
    refusals: Mapping[str, Literal["ALL", "CUSTOMS"]] = {"platform": "ALL", "officer": "CUSTOMS"}
    return Telling(
        everything=kind == "auditor",
        types=frozenset(types - {ActRefused.__name__}),
        refusals=refusals.get(kind, "OWN"),
    )


def is_shown(type_: str, by: str, viewer: Actor) -> bool:
    """Whether a viewer is told of an event of a case that he may see; ``by`` is the party's acting.

    As ``queries/told.py`` asks it of the log.
    """
    told = telling(viewer)
    if told.everything or type_ in told.types:
        return True
    if type_ != ActRefused.__name__:
        return False
    others = {"ALL": True, "CUSTOMS": not by.startswith("bank:"), "OWN": False}
    return by == viewer.party or others[told.refusals]


def sees_evidence(viewer: Actor) -> bool:
    """Whether a viewer reads who acted, and the hashes: the auditor alone.

    A hash would tell whoever knows the rest of an event what is withheld of it: reasons are few,
    and are tried out.
    """
    return viewer.party_kind == "auditor"


def disclosed(type_: str, body: dict[str, Any], *, party_kind: str) -> dict[str, Any]:
    """The body of an event as a party of this kind may see it; auditors see all of it."""
    if party_kind == "auditor":
        return body
    fields = TOLD.get(type_, _NOT_LISTED).to(party_kind) or frozenset()
    return {name: value for name, value in body.items() if name in fields}
