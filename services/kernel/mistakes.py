"""What can be wrong in the form of a request: one code, a sentence for each mistake."""

from __future__ import annotations

from typing import Final

from services.kernel.refusal import Reason

REQUEST_INVALID: Final = Reason(
    "REQUEST_INVALID",
    422,
    "request not well formed",
    "This could not be read; compare it with the interface's description.",
)

# The request as a whole.
NOT_JSON: Final = REQUEST_INVALID.also(
    "json",
    "The body is not JSON from line {line:number}, column {column:number} on: {found}.",
)
NOT_UTF8: Final = REQUEST_INVALID.also("utf8", "The body is not JSON in UTF-8; send it as that.")
NUL_IN_ADDRESS: Final = REQUEST_INVALID.also(
    "nul", "An address holds no NUL character; leave it out and send it again."
)
NO_TEXT: Final = REQUEST_INVALID.also(
    "no_text", "Leave out NUL characters and halves of characters; they are no text."
)
QUERY_UNKNOWN: Final = REQUEST_INVALID.also(
    "query", "There is no query parameter {name} here; known are {known}."
)
QUERY_NOT_TAKEN: Final = REQUEST_INVALID.also(
    "no_query", "There is no query parameter {name} here; this address takes none."
)
QUERY_TWICE: Final = REQUEST_INVALID.also(
    "query_twice", "The query parameter {name} is given {times:number} times; give it once."
)
CURSOR_FOREIGN: Final = REQUEST_INVALID.also(
    "cursor", "cursor is not one of this list; use next_cursor of the page before."
)
TOO_MANY_MISTAKES: Final = REQUEST_INVALID.also(
    "many", "The body has {count:number} mistakes, too many to list; begin with a small one."
)
UNFIT: Final = REQUEST_INVALID.also(
    "unfit",
    "A value is larger, or of another kind, than can be kept here; correct it and send it again.",
)

# One field.
MISSING: Final = REQUEST_INVALID.also("missing", "This is missing; fill it in.")
FIELD_UNKNOWN: Final = REQUEST_INVALID.also("unknown", "There is no such field here; leave it out.")
NOT_TEXT: Final = REQUEST_INVALID.also("text", "Write a string, in quotation marks.")
TEXT_TOO_SHORT: Final = REQUEST_INVALID.also(
    "short", "Write at least {min_length:number} characters."
)
TEXT_TOO_LONG: Final = REQUEST_INVALID.also("long", "Write at most {max_length:number} characters.")
TEXT_MISSHAPEN: Final = REQUEST_INVALID.also("pattern", "Write it in the form {pattern}.")
NOT_ONE_OF: Final = REQUEST_INVALID.also("choice", "Write one of {expected}.")
NOT_WHOLE: Final = REQUEST_INVALID.also("whole", "Write a whole number.")
WHOLE_PLAIN: Final = REQUEST_INVALID.also(
    "plain_whole", "Write a whole number in plain digits, without a sign, e.g. 20."
)
NOT_A_NUMBER: Final = REQUEST_INVALID.also("number", "Write a number.")
NOT_YES_OR_NO: Final = REQUEST_INVALID.also("yes_no", "Write true or false.")
NOT_A_LIST: Final = REQUEST_INVALID.also("list", "Send a list.")
NOT_AN_OBJECT: Final = REQUEST_INVALID.also("object", "Send an object with its fields.")
NOT_MORE: Final = REQUEST_INVALID.also("gt", "It must be more than {gt}.")
LESS: Final = REQUEST_INVALID.also("ge", "It must be at least {ge}.")
NOT_LESS: Final = REQUEST_INVALID.also("lt", "It must be less than {lt}.")
MORE: Final = REQUEST_INVALID.also("le", "It must be at most {le}.")
NO_MULTIPLE: Final = REQUEST_INVALID.also("multiple", "It must be a multiple of {multiple_of}.")
TOO_FEW: Final = REQUEST_INVALID.also("few", "Give at least {min_length:number} entries.")
TOO_MANY: Final = REQUEST_INVALID.also("entries", "Give at most {max_length:number} entries.")
NUMBER_TEXT: Final = REQUEST_INVALID.also(
    "digits", 'Write the number as a string of plain digits, e.g. "147.700".'
)
NUMBER_PLAIN: Final = REQUEST_INVALID.also(
    "plain_digits", "Write the number in plain digits, with a point before decimals, e.g. 147.700."
)
DIGITS_TOO_MANY: Final = REQUEST_INVALID.also(
    "max_digits", "Write at most {max_digits:number} digits in all."
)
WHOLE_DIGITS_TOO_MANY: Final = REQUEST_INVALID.also(
    "whole_digits", "Write at most {whole_digits:number} digits before the point."
)
DECIMALS_TOO_MANY: Final = REQUEST_INVALID.also(
    "decimals", "Write at most {decimal_places:number} decimals."
)
DAY_FORM: Final = REQUEST_INVALID.also("day", "Write a day as year-month-day, e.g. 2026-11-18.")
INSTANT_FORM: Final = REQUEST_INVALID.also(
    "instant", "Write an instant with its offset, e.g. 2026-11-18T09:00:00+08:00."
)
OUT_OF_TIME: Final = REQUEST_INVALID.also(
    "years", "Name a time between the years {first} and {last}."
)
TOO_DEEP: Final = REQUEST_INVALID.also("deep", "Nest a value at most {most:number} deep.")
IDENTITY_NUMBER: Final = REQUEST_INVALID.also(
    "identity", "Leave identity numbers out of free text; they have a field of their own."
)
TURNING_MARKS: Final = REQUEST_INVALID.also(
    "turning", "Leave out the invisible marks that turn the direction of writing."
)
UNSEEN: Final = REQUEST_INVALID.also("unseen", "Write something that can be seen.")

# What a field is.
PERSON_FORM: Final = REQUEST_INVALID.also(
    "person", "Write a name or words of 1 to 120 letters, in one alphabet."
)
NAME_FORM: Final = REQUEST_INVALID.also(
    "name", "Write a name of 1 to 120 letters, in one alphabet."
)
TITLE_FORM: Final = REQUEST_INVALID.also("title", "Write something, in at most 120 characters.")
REMARK_FORM: Final = REQUEST_INVALID.also("remark_form", "Write in at most 500 characters.")
GROUNDS_FORM: Final = REQUEST_INVALID.also("grounds", "Give grounds of 1 to 500 characters.")
PLATE_FORM: Final = REQUEST_INVALID.also(
    "plate", "Write a plate of letters and digits, e.g. 桂P12345."
)
PLATE_LETTER: Final = REQUEST_INVALID.also(
    "plate_letter",
    "The number of a Chinese plate has no letter {letter}: look at the plate; it is likely the"
    " digit {digit}.",
)
CODE_FORM: Final = REQUEST_INVALID.also(
    "code", "Write a code of up to 40 letters, digits, dots, dashes and underscores."
)
MANIFEST_FORM: Final = REQUEST_INVALID.also(
    "manifest",
    "Write a manifest's number of up to 64 letters and digits; . _ / - may stand between them.",
)
REFERENCE_FORM: Final = REQUEST_INVALID.also(
    "reference", "Write a reference of up to 64 letters and digits; . _ / - may stand between them."
)
ACCOUNT_FORM: Final = REQUEST_INVALID.also(
    "account",
    "Write an account's number of up to 34 letters and digits; spaces and . / - may stand"
    " between them.",
)
BADGE_FORM: Final = REQUEST_INVALID.also("badge", "Write a badge of letters and digits.")
SYMBOL_FORM: Final = REQUEST_INVALID.also(
    "symbol", "Write a symbol of capital letters, digits and underscores."
)
PORT_FORM: Final = REQUEST_INVALID.also("port", "Write a port by its code, e.g. DONGXING.")
COUNTRY_FORM: Final = REQUEST_INVALID.also(
    "country", "Write a country by its ISO 3166 code of two letters, e.g. VN."
)
OFFICE_FORM: Final = REQUEST_INVALID.also("office", "Write a customs office by its 4 digits.")
HS_FORM: Final = REQUEST_INVALID.also(
    "hs", "Write the commodity code of the goods: 8 or 10 digits, with or without dots."
)
COMMODITY_FORM: Final = REQUEST_INVALID.also(
    "commodity", "Write a commodity code of 4, 6, 8, 10 or 13 digits, with or without dots."
)
PREFIX_FORM: Final = REQUEST_INVALID.also(
    "prefix", "Write the first 2 to 13 digits of a commodity code, with or without dots."
)
BIC_FORM: Final = REQUEST_INVALID.also(
    "bic", "Write the bank's BIC with its country, e.g. BFTVVNVX."
)
CREDIT_CODE_FORM: Final = REQUEST_INVALID.also(
    "credit_code", "Write the 18 characters of the credit code."
)
ENTERPRISE_FORM: Final = REQUEST_INVALID.also(
    "enterprise", "Write the ten characters of the customs code."
)
PHONE_FORM: Final = REQUEST_INVALID.also(
    "phone",
    "Write a telephone number with its area or country code, e.g. 13900001234, 0770-2861234 or"
    " +84 912 345 678.",
)
PARTY_FORM: Final = REQUEST_INVALID.also(
    "party", "Name a party by its kind and code, e.g. group:DX-G001."
)
CURRENCY_FORM: Final = REQUEST_INVALID.also(
    "currency", "Write a currency by its ISO 4217 code, e.g. CNY."
)
CONTROL_SIGNS: Final = REQUEST_INVALID.also(
    "controls", "Leave out line breaks and control characters; they are no text."
)
NAME_TWICE: Final = REQUEST_INVALID.also(
    "twice", "This name stands more than once in its object; give it one value."
)
NO_JSON_NUMBER: Final = REQUEST_INVALID.also(
    "no_number", "{name} is no number of JSON; leave it out."
)

# Of the second person.
REMARK_MISSING: Final = REQUEST_INVALID.also("remark", "Say why you do not agree.")
