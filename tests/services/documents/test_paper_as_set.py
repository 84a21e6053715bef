"""A paper as it is set: in three languages, whatever stands in its facts, and signed or not."""

from __future__ import annotations

import io
import re
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import pypdf
import pytest

from services.documents.commands.typesetting import Sheet, typeset
from services.documents.domain.papers import PAPERS, PaperKind, in_groups
from services.platform import words
from services.platform.language import LANGUAGES

NUMBER: Final = "00112233445566778899aabbccddeeff"
RARE: Final = (
    "𠮷野家㼆龘𰻝",
    "东兴市京族三岛哈亭边民互市贸易合作社第八组",
    "Nguyễn Thị Ánh Tuyết Đặng Ưỡng Trữ Quỳnh",
)
"""Signs beyond what most fonts have, a name of 21 signs, every kind of Vietnamese mark."""
MARKUP: Final = (
    '#read("/etc/passwd")',
    '#import "@preview/cetz:0.3.0": *',
    "$ x^2 $ \\ #pagebreak() #panic()",
    "*bold* _x_ `raw` <label> @label // none /* none */",
    '"]) #sys.inputs #json("paper.typ")',
    "= Heading",
)
FACTS: Final[dict[str, Any]] = {
    "submitted_at": "2026-11-26T15:29:52.000001Z",
    "business_on": "2026-11-26",
    "reference": "R-2026-1",
    "lot": "lot_00000000000000000000000000000001",
    "port": "东兴 Dongxing",
    "group": "",
    "goods": "",
    "value": {"amount": "12345.60", "currency": "CNY"},
    "net_kg": "1250.500",
    "rows": [
        {
            "line_no": 1,
            "resident": "0badcafe",
            "net_kg": "12.500",
            "kept": {"amount": "8000.00", "currency": "CNY"},
        }
    ],
}


def sheet(language: str = "en", **facts: Any) -> Sheet:
    """A receipt of a sandbox that says this."""
    return Sheet(
        kind=PaperKind.RECEIPT,
        language=language,
        facts=FACTS | facts,
        number=NUMBER,
        issued_at=datetime(2026, 11, 26, 16, tzinfo=UTC),
        address=f"https://window.example.org/portal/paper/{NUMBER}",
        sample=True,
    )


def text_of(pdf: bytes) -> str:
    """All that is read out of a paper, without the breaks of its lines."""
    pages = pypdf.PdfReader(io.BytesIO(pdf)).pages
    return re.sub(r"\s+", "", "".join(page.extract_text() for page in pages))


def plain(text: str) -> str:
    return re.sub(r"\s+", "", text)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", RARE)
def test_whatever_the_language_and_the_name_it_is_read_out_of_the_paper(
    language: str, name: str
) -> None:
    found = text_of(typeset(sheet(language, group=name, goods=name)))
    assert found.count(plain(name)) == 2
    assert in_groups(NUMBER) in found
    for word in (
        words.word("RECEIPT", "paper", language),
        words.word("kept", "paper_line", language),
        words.word("check", "paper_text", language),
        words.instant(datetime.fromisoformat(FACTS["submitted_at"]), language),
        words.money(FACTS["value"], language),
    ):
        assert plain(word) in found


@pytest.mark.parametrize("typed", MARKUP)
def test_what_somebody_wrote_into_a_name_is_text(typed: str) -> None:
    pdf = typeset(sheet(group=typed, goods=typed, seller=typed))
    assert text_of(pdf).count(plain(typed)) == 3
    assert len(pypdf.PdfReader(io.BytesIO(pdf)).pages) == 1
    assert "root:" not in text_of(pdf)


def test_a_sheet_reads_nothing_but_its_template() -> None:
    folder = Path(__file__).parents[3] / "services" / "documents" / "papers"
    (template,) = folder.iterdir()
    said = re.sub(r"//.*", "", template.read_text())
    for reach in ("read(", "import", "include", "csv(", "yaml(", "xml(", "toml(", "plugin("):
        assert reach not in said
    assert re.findall(r"\b(?:json|image)\((\w+)\(", said) == ["bytes", "bytes"]


@pytest.mark.slow
def test_a_paper_of_a_thousand_shares_has_its_heads_on_every_page() -> None:
    row = FACTS["rows"][0]
    pdf = typeset(sheet(rows=[{**row, "line_no": n} for n in range(1, 1001)]))
    pages = pypdf.PdfReader(io.BytesIO(pdf)).pages
    assert len(pages) > 20
    head = words.word("kept", "paper_line", "en")
    assert all(head in page.extract_text() for page in pages[:-1])
    assert "8,000.00" in pages[-1].extract_text()


def test_it_is_pdf_a_in_its_language_and_the_same_sheet_is_the_same_paper() -> None:
    pdf = typeset(sheet("vi"))
    assert pdf == typeset(sheet("vi"))
    reader = pypdf.PdfReader(io.BytesIO(pdf))
    metadata = reader.xmp_metadata
    assert metadata is not None
    assert (metadata.pdfaid_part, metadata.pdfaid_conformance) == ("2", "A")
    assert str(reader.root_object["/Lang"]).startswith("vi")
    assert reader.metadata is not None
    assert reader.metadata.title == words.word("RECEIPT", "paper", "vi")


def test_a_sandbox_says_on_every_page_that_it_is_a_sample_and_a_real_window_does_not() -> None:
    row = FACTS["rows"][0]
    long = sheet(rows=[row] * 100)
    sample = pypdf.PdfReader(io.BytesIO(typeset(long)))
    assert len(sample.pages) > 1
    assert all("样本" in page.extract_text() for page in sample.pages)
    assert "样本" not in text_of(typeset(replace(long, sample=False)))


@pytest.mark.parametrize("kind", PaperKind)
@pytest.mark.parametrize("language", LANGUAGES)
def test_every_kind_of_paper_is_set_with_a_word_for_each_of_its_lines(
    kind: PaperKind, language: str
) -> None:
    found = text_of(typeset(replace(sheet(language), kind=kind, facts={})))
    for line in (*PAPERS[kind].lines, *PAPERS[kind].columns):
        word = words.word(line.name, "paper_line", language)
        assert word != line.name
        assert plain(word) in found


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_figure_of_a_wide_table_is_not_broken_from_its_unit(language: str) -> None:
    paper, weight = PAPERS[PaperKind.STATEMENT], "1224750.500"
    row = {one.name: weight if one.kind == "kg" else "08013100" for one in paper.columns}
    said = replace(sheet(language), kind=PaperKind.STATEMENT, facts={"rows": [row]})
    (page,) = pypdf.PdfReader(io.BytesIO(typeset(said))).pages
    figures = [one for one in paper.columns if one.kind == "kg"]
    assert len(figures) == 7
    shown = words.filled("{weight:kg}", {"weight": weight}, language)
    assert page.extract_text().count(shown) == len(figures)
