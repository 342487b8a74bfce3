"""Bibliographies, tables, feeds and lists of ids: what they hold, and what becomes of damaged parts."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from summarizer.errors import InputError
from summarizer.records import Paper
from summarizer.sources import arxiv, fields, identifiers, read, tex
from tests.paper_server import atom, atom_entry, atom_error


@pytest.fixture(autouse=True)
def _unfilled(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave papers without an abstract as they were read."""
    monkeypatch.setattr(arxiv, "fill", lambda *_: None)


def take(tmp_path: Path, content: str | bytes, name: str = "input") -> tuple[list[Paper], list[str]]:
    path = tmp_path / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    notices: list[str] = []
    papers = list(read([str(path)], notice=notices.append))
    return papers, [notice.removeprefix(str(path)) for notice in notices]


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        (r"R{\o}nn and M{\"u}ller, \'{E}va, Se\~nor", "Rønn and Müller, Éva, Señor"),
        (r"\v{S}koda, \c{c}a, {\'\i}", "Škoda, ça, í"),
        (r"{{Deep}} {L}earning", "Deep Learning"),
        (r"5\% of 10\,\textmu m \& \$3", "5% of 10 μm & $3"),
        (r"50% of it is unescaped", "50% of it is unescaped"),
        (r"\emph{very \textbf{bold}} and \url{https://x.org/a_b}", "very bold and https://x.org/a_b"),
        (r"\href{https://x.org}{our code}", "our code"),
        (r"\textbackslash emph\{twice escaped\}", "twice escaped"),
        (r"$64\times$ faster, $O(\log {n})$", r"$64\times$ faster, $O(\log {n})$"),
        (r"{$\rightarrow$}, $\mu$m", "→, μm"),
        (r"\unknown{kept} as it is", r"\unknown{kept} as it is"),
        (r"``quoted'' pages 1--2", "“quoted” pages 1–2"),
        (r"costs $5 or so {unbalanced", "costs $5 or so unbalanced"),
        ("plain text", "plain text"),
    ],
)  # fmt: skip
def test_tex_is_made_readable_and_formulas_stay(written: str, expected: str) -> None:
    assert tex.readable(written) == expected


BIB = r"""
Some words before, as Mendeley writes them.
@string{pots = "Pots and "}
@comment{jabref-meta: nothing}
@article{ash2026,
  title = {{Kettles} L{\"e}arn},
  author = {Ash, Ada and van Birch, Bo and {Kettle Lab} and others},
  abstract = "We teach
    kettles {\%} whistling.",
  date = {2026-08-20},
  eprint = {2608.00001v2}, eprinttype = {arXiv}, doi = {10.1000/18\_2},
}
@InProceedings(pots, title = pots # {Pans}, year = 2026, month = aug, day = 20,
  note = {arXiv:2608.00002 [cs.RO]})
@book{no_title, author = {Cy Cedar}}
@misc{jstor, title = {On G\&ouml;d's Lids}, eprint = {12345}, eprinttype = {jstor}, url = {https://example.org/lids}}
@misc{jstor, title = {Same Key, Other Lids}}
"""


def test_bibtex_and_biblatex(tmp_path: Path) -> None:
    papers, notices = take(tmp_path, BIB)
    assert papers[0] == Paper(
        id="2608.00001", title="Kettles Lëarn", abstract="We teach kettles % whistling.",
        authors=("Ada Ash", "Bo van Birch", "Kettle Lab"), published=dt.date(2026, 8, 20),
        url="https://arxiv.org/abs/2608.00001", source="bibtex",
    )  # fmt: skip
    assert [(paper.title, paper.id, paper.published) for paper in papers[1:]] == [
        ("Pots and Pans", "2608.00002", dt.date(2026, 8, 20)),
        ("On Göd's Lids", None, None),
        ("Same Key, Other Lids", None, None),
    ]
    assert notices == [":15: neither title nor abstract: skipped"]


def test_a_damaged_entry_is_told_and_the_others_are_read(tmp_path: Path) -> None:
    damaged = (
        "@article{a, title = {Never {closed}, year = 2026\n\n@article{b, title = {Whole}}\n@article{c, title"
    )
    papers, notices = take(tmp_path, damaged, "a.bib")
    assert [paper.title for paper in papers] == ["Whole"]
    assert notices == [
        ":1: an entry that never ends, a brace or a comma is missing: skipped",
        ":4: an entry that never ends, a brace or a comma is missing: skipped",
    ]


RIS = """Record #1 of 3
TY  - JOUR
TI  - Kettles Learn
AU  - Ash, Ada
AU  - Birch, Bo, Jr.
AB  - We teach kettles. Half of
the steam is saved.
PY  - 2026
DA  - 2026/08/20/
DO  - 10.1000/182
UR  - https://arxiv.org/abs/2608.00001
ER  -\x20
TY  - JOUR
T1  - No End Here
A1  - Cedar, Cy
TY  - JOUR
ID  - 17
ER  -
"""
WOS = """FN Clarivate Analytics Web of Science
VR 1.0
PT J
AU Ash, A
   Birch, B
AF Ash, Ada
   Birch, Bo
TI Kettles
   Learn
AB We teach kettles.
PD AUG 20
PY 2026
DI 10.1000/182
DA 2027-01-01
ER

EF
"""


def test_ris(tmp_path: Path) -> None:
    papers, notices = take(tmp_path, "\ufeff" + RIS)
    assert papers[0] == Paper(
        id="2608.00001", title="Kettles Learn", abstract="We teach kettles. Half of the steam is saved.",
        authors=("Ada Ash", "Bo Birch Jr."), author_count=2, published=dt.date(2026, 8, 20),
        url="https://arxiv.org/abs/2608.00001", source="ris",
    )  # fmt: skip
    assert [paper.title for paper in papers[1:]] == ["No End Here"]
    assert notices == [
        ":13: a record without its end: read all the same",
        ":16: neither title nor abstract: skipped",
    ]


def test_the_tagged_text_of_the_web_of_science(tmp_path: Path) -> None:
    (paper,), notices = take(tmp_path, WOS)
    assert (paper.title, paper.authors, paper.id) == ("Kettles Learn", ("Ada Ash", "Bo Birch"), "10.1000/182")
    assert (paper.abstract, paper.published) == ("We teach kettles.", dt.date(2026, 8, 20))
    assert notices == []


TABLES = [
    """title,abstract,authors,date,arxiv_id
Kettles,We teach.,Ada Ash; Bo Birch,2026-08-20,2608.00001
""",
    """Title\tAbstract Note\tAuthor\tPublication Date\tUrl
Kettles\tWe teach.\tAsh, Ada; Birch, Bo\t20 August 2026\thttps://arxiv.org/abs/2608.00001v1
""",
    """Document Title;Abstract;Author Full Names;Date;Id
"Kettles";"We
teach.";"Ada Ash; Bo Birch";2026-08-20;arXiv:2608.00001
""",
    """id|Paper_Title|SUMMARY|authors|submitted
2608.00001|Kettles|We teach.|Ada Ash and Bo Birch|2026-08-20
""",
]


@pytest.mark.parametrize("table", TABLES)
def test_tables_with_any_sensible_names(tmp_path: Path, table: str) -> None:
    for name in ("input", "a.csv", "a.txt"):
        (paper,), notices = take(tmp_path, table, name)
        assert notices == []
        assert (paper.title, paper.abstract, paper.authors, paper.published, paper.id) == (
            "Kettles", "We teach.", ("Ada Ash", "Bo Birch"), dt.date(2026, 8, 20), "2608.00001",
        )  # fmt: skip


def test_damaged_rows_are_told_and_the_others_are_read(tmp_path: Path) -> None:
    rows = [
        "title,abstract",
        '"Open,We teach.',
        "Whole,We teach.",
        ",No title.",
        "Long,a,b,c",
        "Short",
        "",
        "2,1",
    ]
    papers, notices = take(tmp_path, "\n".join(rows), "a.csv")
    assert [paper.title for paper in papers] == ["Open,We teach.", "Whole", "Long", "Short", "2"]
    assert notices == [
        ":2: a quotation mark that is never closed: the row ends with its line",
        ":4: no title: skipped",
        ":5: more cells than the first row has names for: the last ones are left out",
    ]


def test_a_table_without_names_says_how_to_name_its_columns(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"no column for titles or ids \(it has: Kettles, We teach"):
        take(tmp_path, "Kettles,We teach.\nPots,We study.\n", "a.csv")


RSS = """<?xml version="1.0"?>
<rss xmlns:arxiv="http://arxiv.org/schemas/atom" xmlns:dc="http://purl.org/dc/elements/1.1/" version="2.0">
<channel><title>cs.RO updates on arXiv.org</title>
<item><title>Kettles Learn. (arXiv:2608.00001v1 [cs.RO])</title><link>https://arxiv.org/abs/2608.00001</link>
<description>arXiv:2608.00001v1 Announce Type: new&#10;Abstract: We teach kettles where $a&lt;b$.</description>
<guid isPermaLink="false">oai:arXiv.org:2608.00001v1</guid>
<pubDate>Thu, 20 Aug 2026 00:00:00 -0400</pubDate><arxiv:announce_type>new</arxiv:announce_type>
<dc:creator>Ada Ash, Bo Birch</dc:creator></item>
<item><title>Old Pots</title><link>https://arxiv.org/abs/2401.00001</link>
<description>&lt;p&gt;We study pots &amp;amp; pans.&lt;/p&gt;</description>
<pubDate>Thu, 20 Aug 2026 00:00:00 -0400</pubDate><arxiv:announce_type>replace</arxiv:announce_type></item>
<item><guid>nothing</guid></item>
</channel></rss>"""


def test_an_rss_feed(tmp_path: Path) -> None:
    papers, notices = take(tmp_path, RSS)
    assert papers[0] == Paper(
        id="2608.00001", title="Kettles Learn", abstract="We teach kettles where $a<b$.",
        authors=("Ada Ash", "Bo Birch"), author_count=2, published=dt.date(2026, 8, 20),
        url="https://arxiv.org/abs/2608.00001", source="feed",
    )  # fmt: skip
    assert (papers[1].abstract, papers[1].published) == ("We study pots & pans.", None)
    assert notices == [": entry 3: no title: skipped"]


def test_an_atom_feed_with_an_error_among_its_entries(tmp_path: Path) -> None:
    error = atom_error("incorrect id").decode().partition("<entry>")[2].partition("</entry>")[0]
    papers, notices = take(
        tmp_path, atom([atom_entry("2608.00001", doi="10.1000/182"), f"<entry>{error}</entry>"]), "a.xml"
    )
    assert [(paper.id, paper.published) for paper in papers] == [("2608.00001", dt.date(2026, 8, 20))]
    assert notices == [": entry 2: arXiv answers with an error: incorrect id"]


def test_a_feed_that_is_cut_off_is_read_as_far_as_it_goes(tmp_path: Path) -> None:
    whole = atom([atom_entry("2608.00001"), atom_entry("2608.00002", "Pots")])
    papers, notices = take(tmp_path, whole[: whole.index(b"Pots") + 4])
    assert papers[0].id == "2608.00001"
    assert "a damaged feed" in notices[0]


LIST = """# to read
2608.00001
- arXiv:2608.00002v2 a remark
2. https://huggingface.co/papers/2608.00003

* [Kettles](https://arxiv.org/abs/2608.00004) by Ash
hep-th/9901001, 2608.00005; 2608.00001
10.1000/182
ask Bo about the kettle one
"""


def test_a_list_of_ids_and_addresses(tmp_path: Path) -> None:
    papers, notices = take(tmp_path, LIST, "to-read.txt")
    assert [paper.id for paper in papers] == [
        "2608.00001", "2608.00002", "2608.00003", "2608.00004", "hep-th/9901001", "2608.00005",
    ]  # fmt: skip
    assert notices[0] == ":8: 10.1000/182: a DOI cannot be fetched, only arXiv ids can: skipped"
    assert notices[1] == ":9: no arXiv id or address: line skipped"


def test_ids_alone_are_papers_to_be_fetched_in_json_and_tables_too(tmp_path: Path) -> None:
    for content in (
        '["2608.00001"]',
        '{"arxiv_id": "2608.00001"}',
        '[{"id": "2608.00001"}]',
        "arxiv_id,n\n2608.00001,1\n",
    ):
        assert take(tmp_path, content)[0] == [fields.unread("2608.00001")]


@pytest.mark.parametrize(
    "prose",
    [
        "We compare with earlier work (arXiv:2608.00001).\nThey are slower than 2608.00002 by far.\n",
        "See the notes of 2024.\nThe year 2024 was good.\nVersion 2.10 is out.\n",
        "12345.67890\n2412.0512\n1313.13131\n",
    ],
)
def test_prose_and_other_numbers_make_no_papers(tmp_path: Path, prose: str) -> None:
    with pytest.raises(InputError):
        take(tmp_path, prose)


@pytest.mark.parametrize(
    ("value", "number"),
    [
        ("2412.0512", None),  # a spreadsheet has taken the last zero
        ("2413.00001", None),
        ("1412.0512", "1412.0512"),
        ("https://example.org/2608.00001", None),
        ("doi:10.48550/arXiv.2608.00001", "2608.00001"),
    ],
)
def test_ids_are_told_from_other_numbers(value: str, number: str | None) -> None:
    assert identifiers.known_id(value) == number


SEMANTIC_SCHOLAR = """{"data": [{"paperId": "ab12", "title": "Kettles", "abstract": "We teach.",
 "externalIds": {"ArXiv": "2608.00001", "DOI": "10.1000/182"}, "publicationDate": "2026-08-20",
 "authors": [{"authorId": "1", "name": "Ada Ash"}]}]}"""
OPENALEX = """{"results": [{"id": "https://openalex.org/W1", "doi": "https://doi.org/10.1000/182",
 "title": "Kettles", "publication_date": "2026-08-20", "abstract_inverted_index": {"teach.": [1], "We": [0]},
 "authorships": [{"author": {"display_name": "Ada Ash"}}]}]}"""
CROSSREF = """{"message": {"items": [{"DOI": "10.1000/182", "title": ["Kettles"],
 "abstract": "<jats:p>We teach.</jats:p>", "author": [{"given": "Ada", "family": "Ash"}],
 "issued": {"date-parts": [[2026, 8, 20]]}}]}}"""


@pytest.mark.parametrize(
    ("record", "expected"),
    [(SEMANTIC_SCHOLAR, "2608.00001"), (OPENALEX, "10.1000/182"), (CROSSREF, "10.1000/182")],
)
def test_json_of_the_usual_services(tmp_path: Path, record: str, expected: str) -> None:
    (paper,), notices = take(tmp_path, record)
    assert (paper.id, paper.title, paper.abstract, paper.authors, paper.published) == (
        expected, "Kettles", "We teach.", ("Ada Ash",), dt.date(2026, 8, 20),
    )  # fmt: skip
    assert notices == []
