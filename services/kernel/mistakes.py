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
    "cursor", "cursor is not one of ours; use next_cursor of the page before."
)
TOO_MANY_MISTAKES: Final = REQUEST_INVALID.also(
    "many", "The body has {count:number} mistakes, too many to list; begin with a small one."
)
UNFIT: Final = REQUEST_INVALID.also(
    "unfit",
    "A value is larger, or of another kind, than can be kept here; correct it and send it again.",
)

# One field.
MISSING: Final = REQUEST_INVALID.also("missing", "This is missing; send it.")
FIELD_UNKNOWN: Final = REQUEST_INVALID.also("unknown", "There is no such field here; leave it out.")
NOT_TEXT: Final = REQUEST_INVALID.also("text", "Write a string, in quotation marks.")
TEXT_TOO_SHORT: Final = REQUEST_INVALID.also(
    "short", "Write at least {min_length:number} characters."
)
TEXT_TOO_LONG: Final = REQUEST_INVALID.also("long", "Write at most {max_length:number} characters.")
TEXT_MISSHAPEN: Final = REQUEST_INVALID.also("pattern", "Write it in the form {pattern}.")
NOT_ONE_OF: Final = REQUEST_INVALID.also("choice", "Write one of {expected}.")
NOT_WHOLE: Final = REQUEST_INVALID.also("whole", "Write a whole number.")
NOT_A_NUMBER: Final = REQUEST_INVALID.also("number", "Write a number.")
NOT_YES_OR_NO: Final = REQUEST_INVALID.also("yes_no", "Write true or false.")
NOT_A_LIST: Final = REQUEST_INVALID.also("list", "Send a list.")
NOT_AN_OBJECT: Final = REQUEST_INVALID.also("object", "Send an object with its fields.")
NOT_MORE: Final = REQUEST_INVALID.also("gt", "It must be more than {gt}.")
LESS: Final = REQUEST_INVALID.also("ge", "It must be at least {ge}.")
NOT_LESS: Final = REQUEST_INVALID.also("lt", "It must be less than {lt}.")
MORE: Final = REQUEST_INVALID.also("le", "It must be at most {le}.")
NO_MULTIPLE: Final = REQUEST_INVALID.also("multiple", "It must be a multiple of {multiple_of}.")
TOO_FEW: Final = REQUEST_INVALID.also("few", "Send at least {min_length:number} entries.")
TOO_MANY: Final = REQUEST_INVALID.also("entries", "Send at most {max_length:number} entries.")
NUMBER_TEXT: Final = REQUEST_INVALID.also(
    "digits", 'Write the number as a string of plain digits, e.g. "147.700".'
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
