"""The part of Go's templates in which the chart is written, rendered as Helm renders it.

Known are ``define``, ``if``/``else if``/``else``, ``range`` over a map or a list, assignments,
pipelines, trimming, comments, ``include`` and the functions in ``_FUNCTIONS``. Whatever else a
template says is refused, never guessed: `NotRendered` says what and where.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

_ACTION: Final = re.compile(r"\{\{(-\s)?(.*?)(\s-)?\}\}", re.S)
_COMMENT: Final = re.compile(r"/\*.*\*/", re.S)
_TOKEN: Final = re.compile(
    r"\s*(?:(?P<text>\"(?:[^\"\\]|\\.)*\")|(?P<number>\d+)(?![\w.])|(?P<path>\$?\w*(?:\.\w+)+|\$\w*|\.)"
    r"|(?P<word>[A-Za-z]\w*)|(?P<mark>:=|[|(),]))"
)
_MOST: Final = 1_000_000
"""Numbers from here on Helm writes with an exponent, as it reads them from JSON."""


class NotRendered(Exception):
    """A template says what this renderer does not know, or what Helm would not render."""


@dataclass(frozen=True)
class Piece:
    """Text as it stands, or an action with the pieces that belong to it."""

    says: str
    kind: str = "text"
    body: list[Piece] = field(default_factory=list)
    otherwise: list[Piece] = field(default_factory=list)


def rendered(templates: Mapping[str, str], given: Mapping[str, Any]) -> dict[str, str]:
    """Each template's text by its name. What begins with ``_`` only defines.

    Parameters
    ----------
    templates
        The text of each by its name.
    given
        What stands for the dot: ``Values``, ``Release``, ``Chart``.
    """
    defined: dict[str, list[Piece]] = {}
    whole = {name: _Reader(name, text, defined).pieces() for name, text in templates.items()}
    return {
        name: _Writer(name, defined, given).written(pieces)
        for name, pieces in whole.items()
        if not Path(name).name.startswith("_")
    }


class _Reader:
    """A template's text as pieces; what it defines is put with what the others define."""

    def __init__(self, name: str, text: str, defined: dict[str, list[Piece]]) -> None:
        self._name, self._defined = name, defined
        self._parts = list(_parts(text))
        self._at = 0

    def pieces(self) -> list[Piece]:
        found, end = self._until_end()
        if end is not None:
            raise NotRendered(f"{self._name}: {{{{ {end} }}}} ends nothing")
        return found

    def _until_end(self) -> tuple[list[Piece], str | None]:
        found: list[Piece] = []
        while self._at < len(self._parts):
            is_action, says = self._parts[self._at]
            self._at += 1
            if not is_action:
                found.append(Piece(says))
                continue
            word = says.split(maxsplit=1)[0] if says else ""
            if word in ("end", "else"):
                return found, says
            found += self._action(word, says)
        return found, None

    def _action(self, word: str, says: str) -> list[Piece]:
        rest = says[len(word) :].strip()
        match word:
            case "define":
                self._defined[json.loads(rest)] = self._body(says)
                return []
            case "range":
                return [Piece(rest, "range", self._body(says))]
            case "if":
                return [self._branches(rest)]
            case "with" | "block" | "template" | "break" | "continue":
                raise NotRendered(f"{self._name}: {word} is not known here")
        if _COMMENT.fullmatch(says):
            return []
        variable, assigned, value = says.partition(":=")
        if assigned:
            return [Piece(value, "assign", [Piece(variable.strip())])]
        return [Piece(says, "value")]

    def _body(self, says: str) -> list[Piece]:
        body, end = self._until_end()
        if end != "end":
            raise NotRendered(f"{self._name}: {{{{ {says} }}}} goes on with {end}, not with end")
        return body

    def _branches(self, condition: str) -> Piece:
        body, end = self._until_end()
        if end == "end":
            return Piece(condition, "if", body)
        if end == "else":
            return Piece(condition, "if", body, self._body("else"))
        if end is None or not end.startswith("else if "):
            raise NotRendered(f"{self._name}: {{{{ if {condition} }}}} does not end")
        return Piece(condition, "if", body, [self._branches(end.removeprefix("else if "))])


def _parts(text: str) -> Iterator[tuple[bool, str]]:
    """Text and actions in turn, trimmed on the sides that an action says."""
    at, trim = 0, False
    for found in _ACTION.finditer(text):
        before = text[at : found.start()]
        before = before.lstrip() if trim else before
        yield False, before.rstrip() if found[1] else before
        yield True, found[2].strip()
        at, trim = found.end(), bool(found[3])
    yield False, text[at:].lstrip() if trim else text[at:]


class _Writer:
    """Writes pieces. ``dot`` and ``$`` are what the template was given."""

    def __init__(self, name: str, defined: Mapping[str, list[Piece]], given: Any) -> None:
        self._name, self._defined = name, defined
        self._dot = given
        self._variables: dict[str, Any] = {"$": given}

    def written(self, pieces: Sequence[Piece]) -> str:
        return "".join(self._one(piece) for piece in pieces)

    def _one(self, piece: Piece) -> str:
        match piece.kind:
            case "text":
                return piece.says
            case "value":
                return self._shown(self._value(piece.says))
            case "assign":
                self._variables[piece.body[0].says] = self._value(piece.says)
                return ""
            case "if":
                return self._inside(piece.body if self._value(piece.says) else piece.otherwise)
        return "".join(self._turns(piece))

    def _inside(self, pieces: Sequence[Piece]) -> str:
        kept = dict(self._variables)
        text = self.written(pieces)
        # What is assigned inside is gone with the end.
        self._variables = kept
        return text

    def _turns(self, piece: Piece) -> Iterator[str]:
        names, assigned, over = piece.says.partition(":=")
        if not assigned:
            raise NotRendered(f"{self._name}: range {piece.says} names no variable")
        variables = [name.strip() for name in names.split(",")]
        found = self._value(over)
        items = found.items() if isinstance(found, Mapping) else enumerate(found or ())
        kept, dot = dict(self._variables), self._dot
        for key, value in sorted(items):
            given = (key, value) if len(variables) > 1 else (value,)
            self._variables = {**kept, **dict(zip(variables, given, strict=True))}
            self._dot = value
            yield self.written(piece.body)
        self._variables, self._dot = kept, dot

    def _shown(self, value: Any) -> str:
        if isinstance(value, bool):
            return "true" if value else "false"
        if isinstance(value, int) and abs(value) < _MOST:
            return str(value)
        if isinstance(value, str):
            return value
        raise NotRendered(f"{self._name}: {value!r} is no text and no small number")

    def _value(self, says: str) -> Any:
        tokens = list(self._tokens(says))
        value = self._pipeline(tokens)
        if tokens:
            raise NotRendered(f"{self._name}: {tokens[0][1]} in {{{{ {says} }}}}")
        return value

    def _tokens(self, says: str) -> Iterator[tuple[str, str]]:
        at, says = 0, says.strip()
        while at < len(says):
            found = _TOKEN.match(says, at)
            if found is None or found.lastgroup is None:
                raise NotRendered(f"{self._name}: {says[at:]} in {{{{ {says} }}}}")
            yield found.lastgroup, found[found.lastgroup]
            at = found.end()

    def _pipeline(self, tokens: list[tuple[str, str]]) -> Any:
        value = self._command(tokens, ())
        while tokens and tokens[0] == ("mark", "|"):
            tokens.pop(0)
            value = self._command(tokens, (value,))
        return value

    def _command(self, tokens: list[tuple[str, str]], last: tuple[Any, ...]) -> Any:
        """A function with what follows it, or a value; what came through the pipe comes last."""
        if not tokens:
            raise NotRendered(f"{self._name}: an action without a value")
        kind, says = tokens.pop(0)
        if kind == "word" and says not in ("true", "false"):
            arguments = []
            while tokens and tokens[0] not in (("mark", "|"), ("mark", ")")):
                arguments.append(self._term(*tokens.pop(0), tokens))
            return self._called(says, [*arguments, *last])
        if last:
            raise NotRendered(f"{self._name}: {says} is no function and is piped into")
        return self._term(kind, says, tokens)

    def _term(self, kind: str, says: str, tokens: list[tuple[str, str]]) -> Any:
        match kind, says:
            case "text", _:
                return json.loads(says)
            case "number", _:
                return int(says)
            case "word", "true" | "false":
                return says == "true"
            case "path", _:
                return self._at(says)
            case "mark", "(":
                value = self._pipeline(tokens)
                if not tokens or tokens.pop(0) != ("mark", ")"):
                    raise NotRendered(f"{self._name}: a bracket is not closed")
                return value
        raise NotRendered(f"{self._name}: {says} where a value is expected")

    def _at(self, path: str) -> Any:
        first, *names = path.split(".")
        if first and first not in self._variables:
            raise NotRendered(f"{self._name}: nothing is called {first}")
        found = self._variables[first] if first else self._dot
        for name in filter(None, names):
            if not isinstance(found, Mapping):
                raise NotRendered(f"{self._name}: {path}: what has no names is asked for {name}")
            found = found.get(name)
        return found

    def _called(self, function: str, arguments: list[Any]) -> Any:
        if function == "include":
            name, given = arguments
            if name not in self._defined:
                raise NotRendered(f"{self._name}: {name} is not defined")
            return _Writer(name, self._defined, given).written(self._defined[name])
        if function not in _FUNCTIONS:
            raise NotRendered(f"{self._name}: the function {function} is not known here")
        return _FUNCTIONS[function](*arguments)


def _dict(*pairs: Any) -> dict[str, Any]:
    return dict(zip(pairs[::2], pairs[1::2], strict=True))


def _printf(form: str, *values: str) -> str:
    if form.count("%") != form.count("%s") or not all(isinstance(v, str) for v in values):
        raise NotRendered(f"printf {form!r} of {values!r}: only texts by %s")
    return form % values


def _quote(value: Any) -> str:
    if not isinstance(value, str | int) or isinstance(value, bool):
        raise NotRendered(f"quote of {value!r}")
    return json.dumps(str(value), ensure_ascii=False)


def _nindent(spaces: int, text: str) -> str:
    pad = " " * spaces
    return f"\n{pad}" + text.replace("\n", f"\n{pad}")


_FUNCTIONS: Final[Mapping[str, Callable[..., Any]]] = {
    "dict": _dict,
    "nindent": _nindent,
    "not": lambda value: not value,
    "printf": _printf,
    "quote": _quote,
    "sha256sum": lambda text: hashlib.sha256(text.encode()).hexdigest(),
}
