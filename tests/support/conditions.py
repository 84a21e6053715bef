"""Which columns of the record the code reads in a condition: by them something is decided.

Read roughly, and rather too much than too little: every SQL text of the services, of the database's
functions and of the published views is looked through for what stands after WHERE, ON, AND, OR,
CASE, WHEN, HAVING or FILTER; each name there counts for every table that the same text names, by
itself, or by a view, or a function that answers rows, that reads it.
"""

from __future__ import annotations

import ast
import importlib
import re
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any, Final

from migrations.apply import function_files, load_tables, view_files
from migrations.grants import views_in
from services.platform.database import metadata

ROOT: Final = Path(__file__).parents[2]
_CONDITION: Final = re.compile(
    r"\b(?:WHERE|ON|AND|OR|NOT|CASE|WHEN|HAVING|FILTER|IF|ELSIF|ASKED)\b(.*?)"
    r"(?=\b(?:SELECT|FROM|GROUP|ORDER|LIMIT|RETURNING|SET|THEN|UNION|WHERE|ON|AND|OR|NOT|WHEN|JOIN"
    r"|CONFLICT|LOOP)\b|;|$)",
    re.DOTALL,
)
_NAME: Final = re.compile(r"\b[a-z_][a-z0-9_]*\b")
_COMMENT: Final = re.compile(r"--[^\n]*")
_QUOTED: Final = re.compile(r"'[^']*'")
_CHOSEN: Final = re.compile(
    r"\b(?:greatest|least|coalesce)\(((?:[^()]|\([^()]*\))*)\)\s+AS\s+(\w+)", re.IGNORECASE
)
_RENAMED: Final = re.compile(r"\b(?:\w+\.)?(\w+)\s+AS\s+(\w+)", re.IGNORECASE)


def read_in_conditions() -> dict[tuple[str, str], set[str]]:
    """Of each table and column by which files it is read in a condition."""
    load_tables()
    found: dict[tuple[str, str], set[str]] = {}
    for where, sql in _texts():
        for place in _decided_by(sql):
            found.setdefault(place, set()).add(where)
    return found


def _decided_by(sql: str) -> Iterator[tuple[str, str]]:
    plain = _QUOTED.sub("''", _COMMENT.sub("", sql))
    named = {name for part in _CONDITION.findall(plain) for name in _NAME.findall(part)}
    named |= {column for column, name in _RENAMED.findall(plain) if name in named}
    named |= {
        column
        for among, name in _CHOSEN.findall(plain)
        if name in named
        for column in _NAME.findall(among)
    }
    for source in set(_NAME.findall(plain)):
        for table, shown in _tables_of(source).items():
            for name in named:
                for column in shown.get(name, {name}) & set(metadata.tables[table].c.keys()):
                    yield table, column


@cache
def _tables_of(source: str) -> Mapping[str, Mapping[str, set[str]]]:
    """The tables that a source of rows reads, with what it calls their columns otherwise."""
    if source in metadata.tables:
        return {source: {}}
    sql = _views().get(source)
    if sql is None:
        return {}
    renamed: dict[str, set[str]] = {}
    for column, name in _RENAMED.findall(sql):
        renamed.setdefault(name, {name}).add(column)
    return {
        table: {
            name: renamed.get(name, {name}).union(
                *(below.get(one, set()) for one in renamed.get(name, {name}))
            )
            for name in {*renamed, *below}
        }
        for other in set(_NAME.findall(sql)) - {source}
        for table, below in _tables_of(other).items()
    }


@cache
def _views() -> Mapping[str, str]:
    texts = (_COMMENT.sub("", file.read_text(encoding="utf-8")) for file in view_files())
    answers = {
        file.stem: _COMMENT.sub("", sql)
        for file in function_files()
        if "RETURNS TABLE" in (sql := file.read_text(encoding="utf-8"))
    }
    return answers | {
        view: text
        for sql in texts
        for text in re.split(r"(?=CREATE OR REPLACE VIEW)", sql)
        for view in views_in(text)
    }


def _texts() -> Iterator[tuple[str, str]]:
    """Every SQL text, with the file that it stands in."""
    for file in (*function_files(), *view_files()):
        yield file.name, file.read_text(encoding="utf-8")
    for file in sorted((ROOT / "services").rglob("*.py")):
        where = file.relative_to(ROOT)
        tree = ast.parse(file.read_text(encoding="utf-8"))
        module = importlib.import_module(".".join(where.with_suffix("").parts))
        for node in ast.walk(tree):
            if isinstance(node, ast.JoinedStr | ast.Constant | ast.BinOp):
                sql = _said(node, vars(module))
                if re.search(r"\b(?:WHERE|CASE|JOIN|AND|OR|EXISTS)\b", sql):
                    yield f"{where}", sql


def _said(node: ast.expr, names: dict[str, Any]) -> str:
    """A string as it is written, with what it takes from elsewhere as far as that is known."""
    match node:
        case ast.Constant(value=str(written)):
            return written
        case ast.JoinedStr(values=values):
            return "".join(_said(one, names) for one in values)
        case ast.BinOp(left=left, op=ast.Add(), right=right):
            return _said(left, names) + _said(right, names)
        case ast.FormattedValue(value=value):
            try:
                # What stands in a module of ours, as it would be put there itself.
                written = eval(compile(ast.Expression(value), "sql", "eval"), dict(names))  # noqa: S307
            except Exception:  # a name of a function, or an argument
                return " "
            return str(written) if isinstance(written, str) else " "
    return " "
