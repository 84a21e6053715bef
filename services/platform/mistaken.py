"""What a validator found wrong in a request, as a refusal of ours: by the type of its error."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

from services.kernel import mistakes
from services.kernel.refusal import Mistake, Reason, Refusal, pointed

REASONS: Final[Mapping[str, Reason]] = {
    "missing": mistakes.MISSING,
    "missing_argument": mistakes.MISSING,
    "extra_forbidden": mistakes.FIELD_UNKNOWN,
    "unexpected_keyword_argument": mistakes.FIELD_UNKNOWN,
    **dict.fromkeys(("string_type", "string_unicode", "bytes_type"), mistakes.NOT_TEXT),
    "string_too_short": mistakes.TEXT_TOO_SHORT,
    "string_too_long": mistakes.TEXT_TOO_LONG,
    "string_pattern_mismatch": mistakes.TEXT_MISSHAPEN,
    **dict.fromkeys(("enum", "literal_error"), mistakes.NOT_ONE_OF),
    **dict.fromkeys(
        ("int_type", "int_parsing", "int_parsing_size", "int_from_float"), mistakes.NOT_WHOLE
    ),
    **dict.fromkeys(
        ("float_type", "float_parsing", "finite_number", "complex_type"), mistakes.NOT_A_NUMBER
    ),
    **dict.fromkeys(("bool_type", "bool_parsing"), mistakes.NOT_YES_OR_NO),
    **dict.fromkeys(
        ("list_type", "tuple_type", "set_type", "frozen_set_type", "iterable_type"),
        mistakes.NOT_A_LIST,
    ),
    **dict.fromkeys(
        ("dict_type", "mapping_type", "model_type", "model_attributes_type", "dataclass_type"),
        mistakes.NOT_AN_OBJECT,
    ),
    "greater_than": mistakes.NOT_MORE,
    "greater_than_equal": mistakes.LESS,
    "less_than": mistakes.NOT_LESS,
    "less_than_equal": mistakes.MORE,
    "multiple_of": mistakes.NO_MULTIPLE,
    "too_short": mistakes.TOO_FEW,
    "too_long": mistakes.TOO_MANY,
    **dict.fromkeys(("decimal_type", "decimal_parsing"), mistakes.NUMBER_TEXT),
    "decimal_max_digits": mistakes.DIGITS_TOO_MANY,
    "decimal_max_places": mistakes.DECIMALS_TOO_MANY,
    "decimal_whole_digits": mistakes.WHOLE_DIGITS_TOO_MANY,
    **dict.fromkeys(
        (
            "date_type",
            "date_parsing",
            "date_from_datetime_parsing",
            "date_from_datetime_inexact",
        ),
        mistakes.DAY_FORM,
    ),
    **dict.fromkeys(
        (
            "datetime_type",
            "datetime_parsing",
            "datetime_object_invalid",
            "datetime_from_date_parsing",
            "timezone_aware",
            "timezone_offset",
        ),
        mistakes.INSTANT_FORM,
    ),
    "recursion_loop": mistakes.REQUEST_INVALID,
}
"""Type of a validator's error -> what a person is told; any other is told what cannot be read."""

_CHOICE: Final = re.compile(r"'([^']*)'")


def refusal_of(item: Mapping[str, Any], body: Any) -> Refusal:
    """The refusal of one error of a validator."""
    context = item.get("ctx", {})
    if item["type"] == "json_invalid" and isinstance(body, str):
        # Where the text breaks is no place in a document: there is none to point into.
        broken = json.JSONDecodeError(context["error"], body, item["loc"][-1])
        return mistakes.NOT_JSON.at(line=broken.lineno, column=broken.colno, found=broken.msg)
    pointer, error = pointer_of(item["loc"]), context.get("error")
    if isinstance(error, Mistake):
        return error.refusal.to(pointer)
    kind = item["type"]
    if kind in ("too_short", "too_long") and isinstance(item.get("input"), str):
        # Beside a shape of ours the validator measures a text as it would a list.
        kind = f"string_{kind}"
    if kind == "string_too_short" and context.get("min_length") == 1:
        # What nothing was written into is not too short: it was left empty.
        kind = "missing"
    reason = REASONS.get(kind, mistakes.REQUEST_INVALID)
    return reason.at(pointer, **{place: _value(context[place]) for place in reason.places})


def _value(value: Any) -> str | list[str]:
    """A bound as it is written; of the choices, which come as a phrase, the list."""
    text = str(value)
    return _CHOICE.findall(text) or text


def pointer_of(loc: Sequence[Any]) -> str:
    """JSON pointer of a validation error: inside the body, or /query/…, /path/…, /header/…."""
    inside = loc[1:] if loc and loc[0] == "body" else loc
    return pointed(*inside)
