"""What happened in a case is said in words: no event of one is shown by the name of its class."""

from __future__ import annotations

from inspect import getmembers, isclass
from typing import Final

import pytest

from services.accreditation.domain import events as accreditation
from services.declaration.domain import events as declaration
from services.inspection.domain import events as inspection
from services.kernel.events import Event
from services.platform.language import ENGLISH
from services.portal.rendering import macros
from services.processing.domain import events as processing
from services.secondmarket.domain import events as secondmarket
from services.settlement.domain import events as settlement

WHOSE_CASES_ARE_SHOWN: Final = (
    *(accreditation, declaration, inspection, processing, secondmarket, settlement),
)
OF_NO_CASE: Final = {
    *("ManifestLodged", "NameFrozen", "NameThawed"),
    *("NameReported", "NameReportFound", "NameReportUpheld", "NameReportDismissed"),
    *("ScreeningEntryAdded", "ScreeningEntryEnding", "ScreeningEntryEnded"),
}
"""They stand in the log of a manifest, a name, a list."""
EVENTS: Final = sorted(
    name
    for module in WHOSE_CASES_ARE_SHOWN
    for name, found in getmembers(module, isclass)
    if issubclass(found, Event) and found.__module__ == module.__name__ and name not in OF_NO_CASE
)


@pytest.mark.parametrize("name", EVENTS)
def test_an_event_of_a_case_has_its_sentence(name: str) -> None:
    assert macros("_events.html", ENGLISH).said(name).strip() != name
