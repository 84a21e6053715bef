"""A validator over what pyiso20022's generated classes know of the official schemas.

The classes come from the schemas and keep their facets (lengths, patterns, bounds, digits),
cardinalities and code lists as metadata; xsdata fills the classes but checks none of it. This
module does, and also what the classes cannot hold: the order of elements, text or attributes
where none may be, and choices of which exactly one must be taken.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterator, Mapping
from copy import deepcopy
from dataclasses import fields, is_dataclass
from decimal import Decimal
from functools import lru_cache
from itertools import zip_longest
from typing import Any, Final, TypeVar

from lxml import etree
from xsdata.exceptions import ConverterWarning, ParserError
from xsdata.formats.dataclass.context import XmlContext
from xsdata.formats.dataclass.parsers import XmlParser
from xsdata.formats.dataclass.parsers.config import ParserConfig
from xsdata.formats.dataclass.parsers.handlers import LxmlEventHandler
from xsdata.formats.dataclass.serializers import XmlSerializer
from xsdata.formats.dataclass.serializers.config import SerializerConfig

from services.kernel.refusal import Refusal, Refused
from services.settlement.domain.messages.reading import Element, invalid

_XSI: Final = "http://www.w3.org/2001/XMLSchema-instance"
_CONTEXT: Final = XmlContext()
# How a number or a time may be written in XML Schema; 7.9E3 is a number, but not written so.
_WRITTEN: Final = re.compile(
    r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)|-?[0-9]{4,}-[0-9]{2}-[0-9]{2}(T[0-9:.]+)?"
    r"(Z|[+-][0-9]{2}:[0-9]{2})?"
)
M = TypeVar("M")


def _number(value: Any) -> Decimal:
    return value if isinstance(value, Decimal) else Decimal(str(value))


def _digits(value: Any) -> tuple[int, int]:
    """Significant digits and decimals of a number, as XML Schema counts them."""
    number = _number(value)
    if number == 0:
        return 1, 0
    _, digits, exponent = number.normalize().as_tuple()
    assert isinstance(exponent, int)  # noqa: S101 - finite, checked before any facet
    decimals = max(-exponent, 0)
    return max(len(digits) + max(exponent, 0), decimals), decimals


@lru_cache(maxsize=1024)
def _pattern(text: str) -> re.Pattern[str]:
    return re.compile(text)


#: Facet name -> whether a value satisfies it.
_FACETS: Final[Mapping[str, Callable[[Any, Any], bool]]] = {
    "min_length": lambda value, bound: len(value) >= bound,
    "max_length": lambda value, bound: len(value) <= bound,
    "pattern": lambda value, bound: _pattern(bound).fullmatch(value) is not None,
    "min_inclusive": lambda value, bound: _number(value) >= bound,
    "max_inclusive": lambda value, bound: _number(value) <= bound,
    "min_exclusive": lambda value, bound: _number(value) > bound,
    "max_exclusive": lambda value, bound: _number(value) < bound,
    "total_digits": lambda value, bound: _digits(value)[0] <= bound,
    "fraction_digits": lambda value, bound: _digits(value)[1] <= bound,
}


def breaches(message: Any, path: str = "") -> Iterator[str]:
    """Every facet, cardinality or choice that a filled message breaks, as 'path: what'."""
    kept = [f for f in fields(message) if getattr(message, f.name) not in (None, [])]
    if type(message).__name__.endswith("Choice") and len(kept) != 1:
        yield f"{path}: exactly one of {len(fields(message))} choices must be given"
    for field in fields(message):
        value = getattr(message, field.name)
        name = field.metadata.get("name", "")
        here = f"{path}/{name}" if name else path
        if isinstance(value, list):
            yield from _count_breaches(value, field.metadata, here)
            for item in value:
                yield from _value_breaches(item, field.metadata, here)
        elif value is not None:
            yield from _value_breaches(value, field.metadata, here)
        elif field.metadata.get("required"):
            yield f"{here}: is missing"


def _count_breaches(items: list[Any], metadata: Mapping[str, Any], path: str) -> Iterator[str]:
    least, most = metadata.get("min_occurs", 0), metadata.get("max_occurs")
    if len(items) < least:
        yield f"{path}: {len(items)} given, at least {least} needed"
    if most is not None and len(items) > most:
        yield f"{path}: {len(items)} given, at most {most} allowed"


def _value_breaches(value: Any, metadata: Mapping[str, Any], path: str) -> Iterator[str]:
    if is_dataclass(value):
        yield from breaches(value, path)
        return
    if isinstance(value, Decimal) and not value.is_finite():
        yield f"{path}: is not a number"
        return
    for facet, satisfied in _FACETS.items():
        bound = metadata.get(facet)
        if bound is not None and not satisfied(value, bound):
            yield f"{path}: breaks {facet} {bound}"


def message_of(root: Element, kind: type[M]) -> M:
    """The message as objects of its generated class, checked whole. Refuses MESSAGE_INVALID."""
    parser = XmlParser(
        config=ParserConfig(
            fail_on_unknown_properties=True,
            fail_on_unknown_attributes=True,
            fail_on_converter_warnings=True,
        ),
        context=_CONTEXT,
        handler=LxmlEventHandler,
    )
    try:
        # The handler empties the tree it walks, and the shape is still needed.
        message = parser.parse(deepcopy(root).getroottree(), kind)
    except (ParserError, ConverterWarning, TypeError, ValueError, ArithmeticError) as error:
        raise Refused(_unreadable(error, kind)) from None
    found = [*breaches(message), *_shape_breaches(root, message)]
    if found:
        raise Refused(*(_breach(reason) for reason in found[:20]))
    return message


def _breach(found: str) -> Refusal:
    """The refusal of one breach, at the element's own place where it has one."""
    path = found.partition(":")[0]
    return invalid(found, path if path.startswith("/") else "")


#: How the parser names what it could not read: a field of a class, or an element or attribute.
_FIELD: Final = re.compile(r"`(\w+)\.(\w+)`")
_STRANGER: Final = re.compile(r"Unknown (?:property|attribute) .*[:}]([A-Za-z][\w.-]{0,60})$")


def _unreadable(error: Exception, kind: type[Any]) -> Refusal:
    """What could not be read, by its name; never what stood in it."""
    told = str(error)
    if (stranger := _STRANGER.match(told)) is not None:
        return invalid(f"{stranger[1]}: the schema does not know it here")
    if (found := _FIELD.search(told)) is not None:
        of = getattr(sys.modules[kind.__module__], found[1], None)
        names = {f.name: f.metadata.get("name") for f in fields(of)} if is_dataclass(of) else {}
        name = names.get(found[2]) or found[1]
        return invalid(f"{name}: a value that the schema does not know")
    return invalid("an element or value that the schema does not know")


def text_of(message: Any, namespace: str) -> bytes:
    """The message as XML (UTF-8), checked before it leaves. Refuses MESSAGE_INVALID."""
    found = list(breaches(message))
    if found:
        raise Refused(*(invalid(reason) for reason in found[:20]))
    serializer = XmlSerializer(config=SerializerConfig(), context=_CONTEXT)
    return serializer.render(message, ns_map={None: namespace}).encode("utf-8")


def _shape(root: Element) -> Iterator[tuple[int, str, tuple[str, ...], str]]:
    """Depth, name, attribute names and own text of every element, in document order."""
    depth_of = {root: 0}
    for element in root.iter(etree.Element):
        parent = element.getparent()
        depth = 0 if element is root or parent is None else depth_of[parent] + 1
        depth_of[element] = depth
        names = sorted(str(n) for n in element.attrib if not str(n).startswith(f"{{{_XSI}}}"))
        yield depth, str(element.tag), tuple(names), (element.text or "").strip()


def _shape_breaches(root: Element, message: Any) -> Iterator[str]:
    """What the objects cannot hold: order, repetition of single elements, stray text."""
    for element in root.iter(etree.Element):
        loose = [element.text, *(child.tail for child in element)] if len(element) else []
        if any(text and text.strip() for text in loose):
            yield f"{etree.QName(element).localname}: text between elements"
    again = etree.fromstring(_unchecked_text(message))
    for sent, known in zip_longest(_shape(root), _shape(again)):
        if sent is None or known is None or sent[:3] != known[:3]:
            name = etree.QName((sent or known or (0, ""))[1]).localname
            yield f"{name}: out of order, repeated or not allowed here"
            return
        if sent[3] != known[3] and _WRITTEN.fullmatch(sent[3]) is None:
            yield f"{etree.QName(sent[1]).localname}: not written as its type asks"


def _unchecked_text(message: Any) -> bytes:
    """The message as XML without checks: for comparing shapes only."""
    serializer = XmlSerializer(config=SerializerConfig(), context=_CONTEXT)
    return serializer.render(message).encode("utf-8")
