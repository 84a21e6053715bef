"""What the interface says of tokens and scopes, as it is said to people, who have posts."""

from __future__ import annotations

from typing import Any, Final

from services.portal.interface import Problem
from services.portal.rendering import macros

_OF_A_SCOPE: Final = "FORBIDDEN"
_SENTENCES: Final = "_refusals.html"


def in_peoples_words(problem: Problem, language: str) -> Problem:
    """The same refusal with no sentence in it that speaks of the reader's token."""
    if problem.code != _OF_A_SCOPE or not any(map(_speaks_of_a_scope, problem.errors)):
        return problem
    said = str(macros(_SENTENCES, language).of_another_post())
    errors = [
        {**error, "detail": said} if _speaks_of_a_scope(error) else error
        for error in problem.errors
    ]
    return Problem(problem.status, {**problem.body, "detail": said, "errors": errors})


def _speaks_of_a_scope(error: dict[str, Any]) -> bool:
    return error.get("code") == _OF_A_SCOPE and "scope" in error.get("facts", {})
