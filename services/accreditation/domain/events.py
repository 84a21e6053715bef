"""Facts of accreditation and credit. Officers and parties by id, no names, no remarks."""

from __future__ import annotations

from datetime import date

from pydantic import Field

from services.kernel.events import Event


class AccreditationApplied(Event):
    """An enterprise applied for a level."""

    enterprise_code: str
    level: str
    trades: tuple[str, ...] = ()


class AccreditationAccepted(Event):
    """Customs accepted the application; the clock runs until the end of ``due_on``."""

    accepted_on: date
    due_on: date
    trades: tuple[str, ...] = ()
    """All whose single standards are marked: those applied for, on file, and added by customs."""


class AccreditationDeclined(Event):
    """Customs did not accept the application."""

    ends = True

    reason_code: str


class AccreditationWithdrawn(Event):
    """The enterprise gave up its application."""

    ends = True

    barred_until: date


class AccreditationClockExtended(Event):
    """The clock was extended, once."""

    due_on: date


class AccreditationClockRanOut(Event):
    """The clock ran out without a decision. A person must still decide."""

    changes = False
    unasked = True

    due_on: date


class SelfAssessmentFiled(Event):
    """The enterprise marked itself against the standards."""

    total: int


class ExaminersUnavailable(Event):
    """Fewer than two eligible officers; the case waits and is drawn again."""

    changes = False
    unasked = True

    cycle: int
    eligible: int


class ExaminersDrawn(Event):
    """Two officers were drawn for the on-site inspection, or one to stand beside who stays.

    ``eligible`` could be drawn; ``others`` of the port could not, each with the reason.
    """

    unasked = True

    cycle: int
    officers: tuple[str, ...]
    seed_id: str
    attempt: int
    staying: tuple[str, ...] = ()
    eligible: tuple[str, ...] = ()
    others: dict[str, str] = Field(default_factory=dict)


class OnSiteReported(Event):
    """An examiner scored the on-site inspection; ``failures`` is empty when it was passed."""

    cycle: int
    author: str
    total: int
    passed: bool
    failures: tuple[str, ...] = ()
    rules: tuple[str, ...] = ("AEO-MARKS", "AEO-SCORE")
    round: int | None = None
    report: str | None = None
    """Salted digest of the marks and the opinion."""


class OnSiteConcurred(Event):
    """The other examiner agreed to the score, which is now both examiners'."""

    cycle: int
    round: int
    author: str
    signer: str
    rules: tuple[str, ...] = ("AEO-BOTH",)


class OnSiteSentBack(Event):
    """The other examiner did not agree; the inspection is scored again."""

    cycle: int
    round: int
    author: str
    signer: str


class AccreditationDecisionProposed(Event):
    """An officer decided; it takes effect when another one has signed."""

    cycle: int
    kind: str
    author: str
    decision_id: str | None = None
    decision: str | None = None
    """Salted digest of the level that is proposed, where one is, and of the grounds."""


class AccreditationDecisionSentBack(Event):
    """The second officer did not sign."""

    cycle: int
    kind: str
    signer: str
    decision_id: str | None = None


class AccreditationDecisionLapsed(Event):
    """A decision that still waited for its second signature fell: with the re-examination, or with
    the application that was given up."""

    unasked = True

    cycle: int
    kind: str
    author: str
    decision_id: str | None = None


class EnterpriseCertified(Event):
    """The certificate (AEO证书) was issued or confirmed."""

    certificate: str
    level: str
    label: str
    issued_on: date
    review_due_on: date
    author: str
    signer: str
    rules: tuple[str, ...] = ("AEO-OPINION", "AEO-SECOND")
    decision_id: str | None = None


class AccreditationFailed(Event):
    """The application was not passed."""

    ends = True

    barred_until: date
    author: str
    signer: str
    rules: tuple[str, ...] = ("AEO-SECOND", "AEO-REAPPLY")
    decision_id: str | None = None


class CertificateSuspended(Event):
    """The certificate and its benefits rest."""

    certificate: str
    grounds: str
    signer: str | None = None
    decision_id: str | None = None
    rules: tuple[str, ...] = ("AEO-CERTIFICATE", "AEO-SECOND")


class CertificateReinstated(Event):
    """The suspension was lifted."""

    certificate: str
    signer: str | None = None
    decision_id: str | None = None
    rules: tuple[str, ...] = ("AEO-SECOND",)


class CertificateRevoked(Event):
    """The enterprise lost its level."""

    ends = True

    certificate: str
    grounds: str
    barred_until: date
    signer: str | None = None
    decision_id: str | None = None
    rules: tuple[str, ...] = ("AEO-CERTIFICATE", "AEO-SECOND", "AEO-REAPPLY")


class ReexaminationFellDue(Event):
    """The five years are over, or an officer asked for a re-examination."""

    unasked = True

    cycle: int
    asked: bool = False


class CreditLevelProposed(Event):
    """An officer proposed a credit level outside an accreditation."""

    party: str
    level: str
    grounds: str
    author: str
    facts: str | None = None
    """Salted digest of the violations, documents and fines upon which it was proposed, if any."""


class CreditLevelDecided(Event):
    """A party has this credit level from now on; new screenings use it."""

    party: str
    level: str
    label: str
    grounds: str
    effective_from: date
    rules: tuple[str, ...] = ()


class CreditLevelRefused(Event):
    """The second officer did not sign the proposed level."""

    party: str
    level: str
    rules: tuple[str, ...] = ("CREDIT-SECOND",)
