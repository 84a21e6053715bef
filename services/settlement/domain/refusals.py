"""Why settlement refuses: each code with its status and what the person is told to do."""

from __future__ import annotations

from typing import Final

from services.kernel import mistakes, refusals
from services.kernel.refusal import Reason

# An instruction.
DUPLICATE: Final = Reason(
    "DUPLICATE",
    409,
    "paid or being paid already",
    "This lot is already paid or being paid; read its existing instruction instead.",
)
CALLED_IN: Final = refusals.NOT_RELEASED.also(
    "payment_rests",
    "Customs has called in the goods that this payment is for; take it when they are released"
    " again, and pay nothing before.",
)
AMOUNT_MISMATCH: Final = Reason(
    "AMOUNT_MISMATCH",
    409,
    "amount does not match",
    "The amount is not the released value that is left to pay, {expected:money}; correct it.",
)
AMOUNT_TOO_SMALL: Final = Reason(
    "AMOUNT_TOO_SMALL",
    409,
    "amount too small",
    "The sum gives nothing in the other currency; name a larger one.",
)
PURPOSE_REQUIRED: Final = Reason(
    "PURPOSE_REQUIRED",
    422,
    "purpose code missing",
    "A cross-border payment needs a purpose code, for goods: GOD.",
)
PURPOSE_UNKNOWN: Final = Reason(
    "PURPOSE_UNKNOWN",
    422,
    "purpose code unknown",
    "The purpose code is not one for goods; use GOD, RGOD or PRGOD.",
)
SIGNATORY_NOT_ON_FILE: Final = Reason(
    "SIGNATORY_NOT_ON_FILE",
    403,
    "not on file as a signatory",
    "You are not on file as a signatory of your bank for this, so you may read but not sign; your"
    " bank files its signatories with the registrar.",
)
ENTERED_BY_NOBODY_ON_FILE: Final = SIGNATORY_NOT_ON_FILE.also(
    "first",
    "Whoever entered this is not on file any more as a signatory of your bank for it; take it back,"
    " and let a signatory enter it anew.",
)
NOT_RELEASABLE: Final = Reason(
    "NOT_RELEASABLE",
    409,
    "cannot be released",
    "Compliance cannot release this: it would pay more than was released. Refuse it.",
)
ACCOUNTS_DIFFER: Final = NOT_RELEASABLE.also(
    "accounts",
    "Compliance cannot release this: it would pay or debit another account than was instructed for"
    " this lot. Refuse it, and tell the operator.",
)
HELD_ANEW: Final = Reason(
    "HELD_ANEW",
    409,
    "held anew",
    "A list has a name of this payment that nobody had seen before, or another payment of its lot"
    " is disputed by now. So it is held anew, and what was signed does not count. Read why it is"
    " held now, and sign again.",
)
HELD_AT_TAKING: Final = HELD_ANEW.also(
    "taking",
    "A list has a name of this payment by now, or another payment of its lot is disputed. So its"
    " message is not handed out. Your compliance must decide first; what it lets go waits for you"
    " again.",
)
WITH_THE_BANK: Final = Reason(
    "WITH_THE_BANK",
    409,
    "with the bank already",
    "The bank has taken this payment's message, so only it can say what becomes of it; ask the bank"
    " to cancel it.",
)
LEDGER_READERS_ONLY: Final = refusals.FORBIDDEN.also(
    "ledger", "Only banks and auditors may read the ledger."
)
LISTS_NOBODY: Final = mistakes.REQUEST_INVALID.also(
    "lists_nobody",
    "Nobody can be found by this name: it has no letter and no digit, or nothing but a legal form."
    " Write the listed name.",
)
DAYS_BACKWARDS: Final = mistakes.REQUEST_INVALID.also(
    "ledger_days", "day_to lies before day_from, {day_from:day}; name the earlier day as day_from."
)
DAY_NOT_BEGUN: Final = mistakes.REQUEST_INVALID.also(
    "ledger_ahead",
    "This day has not begun, so nothing is booked on it yet; name a day up to today, {today:day}.",
)

# A firm quote.
QUOTE_EXPIRED: Final = Reason(
    "QUOTE_EXPIRED",
    409,
    "firm quote expired",
    "The firm quote has run out. A new one is offered: {gets:money} until {expires_at:instant};"
    " confirm it if it suits you.",
)
QUOTE_REQUIRED: Final = Reason(
    "QUOTE_REQUIRED",
    409,
    "firm quote needed",
    "The seller is paid in another currency; lock a firm quote first.",
)
QUOTE_MISMATCH: Final = Reason(
    "QUOTE_MISMATCH",
    409,
    "quote is for another sum",
    "The firm quote was locked for another sum, currency or party ({locked:money}); lock one for"
    " exactly this.",
)
QUOTE_USED: Final = Reason(
    "QUOTE_USED",
    409,
    "quote used already",
    "This firm quote already belongs to an instruction; lock a new one.",
)

# A bank's message.
MESSAGE_INVALID: Final = Reason(
    "MESSAGE_INVALID",
    422,
    "message invalid",
    "The message does not follow its ISO 20022 schema; correct and resend it. Found: {reason}",
)
REASON_REQUIRED: Final = Reason(
    "REASON_REQUIRED",
    422,
    "rejection without a reason",
    "A rejection says why: add StsRsnInf/Rsn with Cd or Prtry to the RJCT and send the report"
    " again; until then the payment waits for your word.",
)
REASON_MISSING: Final = REASON_REQUIRED.also(
    "form", "A rejection says why: give a reason code of ISO 20022, or the bank's own words."
)
REASON_TWICE: Final = mistakes.REQUEST_INVALID.also(
    "one_reason", "Give the reason as a code or in the bank's own words, not both."
)
MESSAGE_UNSAFE: Final = Reason(
    "MESSAGE_UNSAFE",
    422,
    "message unsafe",
    "The message carries a document type, an entity or another encoding than UTF-8; send plain"
    " UTF-8 XML.",
)
MESSAGE_TOO_LARGE: Final = Reason(
    "MESSAGE_TOO_LARGE",
    413,
    "message too large",
    "The message is larger than a bank message may be, {size_max:number} bytes; send fewer"
    " statuses.",
)
MESSAGE_REFERENCE_REUSED: Final = Reason(
    "MESSAGE_REFERENCE_REUSED",
    409,
    "message id used already",
    "You sent another message under this MsgId before; give this one its own.",
)
AMOUNT_DIFFERS: Final = Reason(
    "AMOUNT_DIFFERS",
    409,
    "another amount",
    "The status names another amount than was instructed; nothing is booked, the case waits for the"
    " right amount.",
)
UNKNOWN_REFERENCE: Final = Reason(
    "UNKNOWN_REFERENCE",
    404,
    "unknown reference",
    "No message with this reference was offered to your bank; list what waits.",
)
REFERENCES_DIFFER: Final = UNKNOWN_REFERENCE.also(
    "differ",
    "The references of this status name more than one payment: {differing} differs from the rest;"
    " send them as they stand in the message. The UETR alone is enough.",
)
PAID_AGAIN: Final = Reason(
    "PAID_AGAIN",
    409,
    "paid under a second booking",
    "You said before that this payment was made, under another booking reference; nothing is booked"
    " twice, a person is called. If you paid twice, call the second payment back.",
)
CONTRADICTORY: Final = Reason(
    "CONTRADICTORY",
    409,
    "paid and rejected in one report",
    "The report says of one payment both that it was made and that it was rejected; nothing is"
    " booked, a person is called. Send the one that is true.",
)
VALUED_BEFORE: Final = Reason(
    "VALUED_BEFORE",
    409,
    "value date before the payment",
    "The value date lies further before the payment was instructed than a bank's book may be"
    " behind; nothing is booked, a person is called. Send the status again with the day on which"
    " the money moved.",
)
REASON_UNKNOWN: Final = Reason(
    "REASON_UNKNOWN",
    409,
    "reason code unknown",
    "The reason code is not on ISO 20022's list; nothing is booked, a person is called. Send the"
    " status again with a code of the list, or your own words as Prtry.",
)
NOT_BOOKED: Final = Reason(
    "NOT_BOOKED",
    409,
    "could not be booked",
    "What you said could not be booked; the report is kept and a person is called. Send the word"
    " again when told that the cause is mended.",
)
ANSWER_WAITS: Final = refusals.STATE_CONFLICT.also(
    "answer",
    "An answer to this payment waits already for a second person; confirm it, or take it back and"
    " enter another.",
)
ANSWER_DIFFERS: Final = refusals.STATE_CONFLICT.also(
    "answer_differs",
    "What is kept of this answer is not what was entered; take it back, and tell the operator.",
)
ANSWER_STALE: Final = refusals.STATE_CONFLICT.also(
    "answer_stale",
    "What would become of this answer is another thing now than when it was entered; take it back,"
    " read the payment, and enter what is still true.",
)
ANSWERED: Final = refusals.STATE_CONFLICT.also(
    "waits_not", "This payment waits for no answer; read what became of it."
)
FINDING_DIFFERS: Final = Reason(
    "FINDING_DIFFERS",
    409,
    "another finding was signed",
    "{person} signed {finding:finding} before. Find out together what is true; who signed first may"
    " sign anew.",
)
RETURN_DAY_DIFFERS: Final = FINDING_DIFFERS.also(
    "day",
    "{person} signed that the money came back with the value date {returned_on:day}. Find out"
    " together which is true; who signed first may sign anew.",
)
FINDING_UNFIT: Final = Reason(
    "FINDING_UNFIT",
    409,
    "finding of another dispute",
    "{finding:finding} is no finding of this dispute; found may be: {possible:finding}.",
)
RETURN_DAY_UNFIT: Final = Reason(
    "RETURN_DAY_UNFIT",
    422,
    "value date of the return",
    "Money that came back, and no other, has the value date of its return: from {first_on:day},"
    " when it was paid, until {last_on:day}.",
)
ENDED_OTHERWISE: Final = refusals.STATE_CONFLICT.also(
    "otherwise",
    "The case has ended otherwise on your earlier word; the difference is recorded for a person,"
    " nothing is booked.",
)
VOLUME_EXCEEDED: Final = Reason(
    "VOLUME_EXCEEDED",
    409,
    "more than is quoted",
    "Banks quote {quoted:money} at this price, of which {left:money} are not locked; ask for less,"
    " or again when more is quoted.",
)
