"""What notices say, in English, and the words of their codes; ``words/`` has the others.

A notice's sentence has named places as a refusal has: its values are kept apart, and it is said
when it is read, in the reader's language.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

WORDS: Final[Mapping[str, Mapping[str, str]]] = {
    "notice": {
        "SHARE_WAITS": "A share in lot {reference} waits for your yes until"
        " {shares_due_at:instant}.",
        "SHARE_CHANGED": "Lot {reference} was amended; say yes or no to your share anew, until"
        " {shares_due_at:instant}.",
        "SHARE_REMINDED": "You are reminded: your share in lot {reference} waits for your yes until"
        " {shares_due_at:instant}.",
        "SHARE_REFUSED": "A member refused the own share: lot {reference} is withdrawn.",
        "SHARES_LAPSED": "Shares were not confirmed in time: lot {reference} is withdrawn.",
        "LOT_SELECTED": "Lot {reference} is selected for inspection.",
        "LOT_RELEASED": "Lot {reference} is released.",
        "LOT_NOT_RELEASED": "Lot {reference} is not released: {state:lot}.",
        "LOT_CANCELLED": "Lot {reference} was withdrawn.",
        "CLOCK_RAN_OUT": "Lot {reference} was not decided by {release_due_at:instant}; the port's"
        " head looks into it.",
        "LOT_SOLD": "Lot {reference} is sold to a factory.",
        "PURCHASE_DUE": "You bought a lot by order {reference}; receive it by {due_on:day}.",
        "SALE_VOID": "Lot {reference} does not leave the gate: its sale to a factory is void.",
        "PURCHASE_VOID": "A lot that you bought by order {reference} does not leave the gate: the"
        " purchase is void, and counts no more in the order.",
        "OFFER_LAPSED": "The factory took its order back: the offer of lot {reference} lapsed; you"
        " may offer it to another.",
        "LOT_SETTLED": "Lot {reference} is paid in full.",
        "TRUCK_SELECTED": "A lot on your truck {vehicle_plate} is selected for inspection.",
        "TRUCK_RELEASED": "A lot on your truck {vehicle_plate} is released.",
        "TRUCK_ELSEWHERE": "Truck {vehicle_plate}, which your gate recorded last and let no goods"
        " of out since, came in at the gate of {port}.",
        "NAME_FROZEN": "Your name is frozen: nobody can declare in it. If this was not you, go to"
        " the registrar's desk.",
        "NAME_THAWED": "Your name can be declared in again. If this was not you, freeze it at"
        " once.",
        "NAME_REPORTED": "The registrar's desk finds out by {due_at:instant} what you said was not"
        " you; your name is frozen until then. If you did not say it, go to the desk.",
        "NAME_NOT_YOU": "The registrar's desk has found that it was not you: that use of your name"
        " counts no more against your quota. Your name stays frozen until you lift it.",
        "NAME_NOT_YOU_COUNTED": "The registrar's desk has found that it was not you. Your quota of"
        " that day stays as it is. Your name stays frozen until you lift it.",
        "NAME_WAS_YOU": "The registrar's desk has found that it was you after all; the use of your"
        " name stands. You may let your name be declared in again.",
        "PHONE_OPENED": "A phone may be bound for you until {opens_until:instant}. If you are not"
        " at the registrar's desk, tell the desk at once.",
        "PHONE_BOUND": "A phone was bound for you; soon it answers in your name. If this was not"
        " you, end it at once or go to the registrar's desk.",
        "PHONE_REPLACED": "Your lost phone does not count any more.",
        "PHONE_ENDED": "One of your phones does not count any more. If this was not you, go to the"
        " registrar's desk.",
        "TRUCK_HANDED_ON": "A truck of yours was filed as another carrier's: {vehicle_plate}. If"
        " you did not hand it on, tell the registrar's desk at once.",
        "OWN_RECORD_FILED": "What is on file of you as a border resident was entered or renewed. If"
        " it is not right, tell the registrar's desk.",
        "MEMBERSHIP_FILED": "Your membership in group {group_code} was entered or changed. If you"
        " did not ask for it, tell the registrar's desk; you may freeze your name.",
        "MANDATE_FILED": "Your mandate to the clerk of group {group_code} was entered or changed."
        " If you did not give it, tell the registrar's desk; you may end it yourself.",
        "GROUP_FILED": "What is on file of your group was entered or renewed. If it is not right,"
        " tell the registrar's desk.",
        "ENTERPRISE_FILED": "What is on file of your enterprise was entered or renewed. If it is"
        " not right, tell the registrar's desk.",
        "PROCESSING_FILED": "What you may process of {hs_prefix} was entered or changed. If it is"
        " not right, tell the registrar's desk.",
        "CHANGE_PROPOSED": "A change of the register that concerns you was proposed; it can be"
        " confirmed from {confirm_from:instant}. If you do not agree, tell the registrar's desk"
        " before.",
        "CHANGE_CONFIRMED": "The proposed change of the register that concerns you was confirmed.",
        "CHANGE_TURNED_DOWN": "The proposed change of the register that concerns you was turned"
        " down.",
        "BANK_KEY_PROPOSED": "A new signing key was proposed for your bank. If it is not yours,"
        " tell the registrar's desk at once.",
        "BANK_KEY_AGREED": "The new signing key of your bank counts from {valid_from:instant}.",
        "BANK_KEY_DECLINED": "The new signing key of your bank was turned down.",
        "CREDIT_LEVEL": "Customs decided your credit level: {level:credit_level}, from"
        " {effective_from:day}.",
        "AEO_ACCEPTED": "Application {reference} was accepted; customs decides by {due_on:day}.",
        "AEO_DECLINED": "Application {reference} was not accepted.",
        "AEO_EXTENDED": "The time to decide application {reference} was extended to {due_on:day}.",
        "AEO_EXAMINERS": "The on-site inspection of accreditation {reference} is being prepared.",
        "AEO_CERTIFIED": "You are certified: {certificate}, to be examined again by"
        " {review_due_on:day}.",
        "AEO_FAILED": "Accreditation {reference} was not passed; you may apply again from"
        " {barred_until:day}.",
        "AEO_SUSPENDED": "Certificate {certificate} is suspended.",
        "AEO_REINSTATED": "Certificate {certificate} holds again.",
        "AEO_REVOKED": "Certificate {certificate} was revoked; you may apply again from"
        " {barred_until:day}.",
        "AEO_REVIEW": "The re-examination of accreditation {reference} is due.",
        "BOOK_ALERT": "An alert was raised on your e-book, on commodity {hs_code}.",
        "BOOK_ALERT_CLOSED": "An alert on your e-book was closed.",
        "BOOK_REOPENED": "Your e-book was given back to be corrected.",
        "BOOK_CLOSED": "The period of your e-book is closed.",
        "BOOK_CORRECTED": "A correction of your e-book was consented to.",
        "CORRECTION_REFUSED": "A correction of your e-book was refused.",
        "BOOK_OVERDUE": "The period of your e-book is over and it is not closed; count your stock.",
        "PAYMENT_OFFERED": "Payment {reference} waits for your answer.",
        "PAYMENT_WAITS": "Payment {reference} still waits for your answer.",
        "PAYMENT_DISPUTED": "What you said of payment {reference} cannot be booked; find what is"
        " true.",
        "PAYMENT_GOODS_GONE": "The goods that payment {reference} pays for never come; find what"
        " becomes of the money.",
        "PAYMENT_RETURNED": "Payment {reference} came back, for its goods never come; value date"
        " {returned_on:day}.",
        "PAYMENT_LATE": "Payment {reference} is later than promised.",
        "PAYMENT_SETTLED": "Payment {reference} is made.",
        "PAYMENT_REJECTED": "The bank refused payment {reference}; ask for it anew.",
    },
    "notice_message": {
        "CODE": "Your code for notices of the single window: {code}. It counts for"
        " {minutes:number} minutes. If you did not ask for it, do nothing.",
        "MORE": "And {more:number} more notices.",
        "OPEN": "Open the window: {address}",
        "OPEN_PLAIN": "Open the window to read more.",
        "SUBJECT": "Single window: {count:number} new",
        "CODE_SUBJECT": "Single window: your code",
    },
    "channel": {"EMAIL": "e-mail", "SMS": "SMS"},
}
