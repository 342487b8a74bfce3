"""JSON and JSONL: envelopes, names of fields, wrong types, damaged lines."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path

import pytest

from summarizer.errors import InputError
from summarizer.records import Paper
from summarizer.sources import arxiv, authors, dates, fields, read


@pytest.fixture(autouse=True)
def _unfilled(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave papers without an abstract as they were read."""
    monkeypatch.setattr(arxiv, "fill", lambda *_: None)


def take(path: Path, content: str) -> tuple[list[Paper], list[str]]:
    path.write_text(content)
    notices: list[str] = []
    return list(read([str(path)], notice=notices.append)), [
        notice.removeprefix(str(path)) for notice in notices
    ]


def one(record: dict[object, object]) -> tuple[Paper, list[str]]:
    doubts: list[str] = []
    return fields.paper(record, "jsonl", doubts.append), doubts


DAILY = {
    "paper": {
        "id": "2602.00001",
        "title": "Kettles\n  Learn",
        "summary": "We teach\nkettles.",
        "authors": [{"_id": "6", "name": "Ada Ash", "hidden": False}, {"user": {"fullname": "Bo Birch"}}],
        "publishedAt": "2026-02-19T23:30:00.000Z",
        "upvotes": 7,
    },
    "publishedAt": "2026-02-18T19:30:00.000Z",
    "title": "Kettles Learn",
    "summary": "Other text.",
    "numComments": 2,
    "submittedBy": {"fullname": "Cy"},
}


def test_a_saved_daily_papers_payload_is_read_with_the_papers_own_fields(tmp_path: Path) -> None:
    papers, notices = take(tmp_path / "a.json", json.dumps([DAILY]))
    assert papers == [
        Paper(
            id="2602.00001",
            title="Kettles Learn",
            abstract="We teach kettles.",
            authors=("Ada Ash", "Bo Birch"),
            author_count=2,
            published=dt.date(2026, 2, 19),
            url="https://arxiv.org/abs/2602.00001",
            source="json",
            comments=2,
        )
    ]
    assert notices == []


def test_what_the_nested_paper_lacks_is_taken_from_beside_it_but_not_its_date(tmp_path: Path) -> None:
    bare = {**DAILY, "paper": {"id": "2602.00001", "title": None}}
    (paper,), _ = take(tmp_path / "a.json", json.dumps([bare]))
    assert (paper.title, paper.abstract, paper.published) == ("Kettles Learn", "Other text.", None)


PLAIN = {"id": "2602.00001", "title": "Kettles Learn", "abstract": "We teach kettles."}


@pytest.mark.parametrize(
    "value",
    [
        [PLAIN],
        PLAIN,
        {"papers": [PLAIN]},
        {"status": "success", "date": "2026-02-19", "count": 1, "data": [DAILY]},
        {"title": "My list", "items": [PLAIN], "page": {"next": None}},
        {"response": {"results": [PLAIN]}},
        {"2602.00001": PLAIN},
        [repr(DAILY)],
        {"data": [repr(DAILY)]},
        [json.dumps(DAILY)],
        {"paper": PLAIN, "tldr": "Kettles learn.", "tags": {"domain": "robotics"}, "warnings": []},
        [{"paper": PLAIN, "error": {"kind": "no_answer", "message": "Nothing came."}}],
        {**PLAIN, "references": [{"title": "Pots", "abstract": "Pots."}]},
        {**PLAIN, "abstract": None, "authors": "Ada", "references": [{"title": "Pots"}]},
    ],
)
def test_a_paper_is_found_in_every_envelope(tmp_path: Path, value: object) -> None:
    for name in ("a.json", "a.jsonl"):
        papers, notices = take(tmp_path / name, json.dumps(value))
        assert [(paper.id, paper.title) for paper in papers] == [("2602.00001", "Kettles Learn")]
        assert notices == []


def test_a_paper_of_our_own_comes_back_as_it_was(tmp_path: Path) -> None:
    paper = Paper(
        id="2602.00001",
        title="Kettles Learn",
        abstract="We teach kettles.",
        authors=("Ada", "Bo"),
        author_count=5,
        published=dt.date(2026, 2, 19),
        url="https://example.org/kettles",
        source="jsonl",
        comments=0,
    )
    line = json.dumps({"paper": paper.model_dump(mode="json"), "tldr": None})
    assert take(tmp_path / "results.jsonl", line + "\n") == ([paper], [])


def test_damaged_lines_are_told_and_the_rest_is_read(tmp_path: Path) -> None:
    lines = [
        '{"title": "One"}',
        '{"title": "Broken" "abstract": "x"}',
        "",
        "[1, 2]",
        '"a string"',
        "null",
        "NaN",
        "[]",
        '{"abstract": "No title."}',
        '{"title": "???"}',
        '{"unrelated": 1}',
        '{"big": ' + "9" * 5000 + "}",
        "[" * 100_000,
        '{"title": "Two", "score": NaN}',
    ]
    papers, notices = take(tmp_path / "a.jsonl", "\n".join(lines))
    assert [paper.title for paper in papers] == ["One", "Two"]
    assert notices == [
        ":2: not JSON (Expecting ',' delimiter at column 20): line skipped",
        ":4: a number, not a paper: skipped",
        ":5: a string, not a paper: skipped",
        ":6: null, not a paper: skipped",
        ":7: a number, not a paper: skipped",
        ":8: a list, not a paper: skipped",
        ":9: no title: skipped",
        ":10: neither title nor abstract: skipped",
        ":11: neither title nor abstract: skipped",
        ":12: not JSON (a number with thousands of digits): line skipped",
        ":13: not JSON (nested too deeply): line skipped",
    ]


def test_a_damaged_item_of_an_array_is_told_by_its_number(tmp_path: Path) -> None:
    papers, notices = take(tmp_path / "a.json", json.dumps([PLAIN, 7, "{'paper': cut", PLAIN | {"id": "2"}]))
    assert len(papers) == 2
    assert notices == [": item 2: a number, not a paper: skipped", ": item 3: a string, not a paper: skipped"]


def test_a_line_is_told_of_once_however_much_is_wrong_with_it(tmp_path: Path) -> None:
    lines = [PLAIN, {"title": 7, "abstract": 9, "date": "x"}, PLAIN | {"id": [2], "title": "T", "authors": 3}]
    papers, notices = take(tmp_path / "a.jsonl", "\n".join(map(json.dumps, lines)))
    assert len(papers) == 2
    assert notices == [
        ":2: neither title nor abstract: skipped",
        ":3: the id is no text: left out; the authors are no names: left out",
    ]


def test_a_remark_that_recurs_on_every_line_is_made_once(tmp_path: Path) -> None:
    lines = [json.dumps({"title": f"Paper {number}", "year": 2024}) for number in range(1, 1201)]
    papers, notices = take(tmp_path / "a.jsonl", "\n".join(lines))
    assert len(papers) == 1200
    assert notices == [":1: a year without a day: the date stays empty (and 1,199 more times)"]


@pytest.mark.parametrize(
    ("record", "expected"),
    [
        ({"Title": "T", "Summary": "S."}, {"title": "T", "abstract": "S."}),
        ({"title": "T", "abstract": ["One.", "Two."]}, {"abstract": "One. Two."}),
        ({"title": "T", "abstract": "n/a", "summary": "S."}, {"abstract": "S."}),
        ({"title": "T", "summary": float("nan")}, {"abstract": None}),
        ({"title": "T", "arxiv_id": "arXiv:2401.00001v2", "id": "x7"}, {"id": "2401.00001"}),
        ({"title": "T", "id": "http://arxiv.org/abs/hep-th/9901001v1"}, {"id": "hep-th/9901001"}),
        ({"title": "T", "doi": "https://doi.org/10.48550/arXiv.2401.00001"}, {"id": "2401.00001"}),
        (
            {"title": "T", "DOI": "doi:10.1000/182"},
            {"id": "10.1000/182", "url": "https://doi.org/10.1000/182"},
        ),
        ({"title": "T", "url": "https://huggingface.co/papers/2401.00001"}, {"id": "2401.00001"}),
        ({"title": "T", "id": 17}, {"id": "17", "url": None}),
        ({"title": "T", "url": "javascript:alert(1)"}, {"url": None}),
        ({"abstract": "A.", "id": "2401.00001"}, {"title": "2401.00001"}),
        ({"title": "T", "publishedAt": "2024-05-31T23:00:00Z"}, {"published": dt.date(2024, 5, 31)}),
        ({"title": "T", "year": 2024, "date": "20240531"}, {"published": dt.date(2024, 5, 31)}),
        ({"title": "T", "issued": {"date-parts": [[2024, 5, 31]]}}, {"published": dt.date(2024, 5, 31)}),
        ({"title": "T", "authors": "Ada and Bo"}, {"authors": ("Ada", "Bo"), "author_count": 2}),
        ({"title": "T", "authors": "Ada et al."}, {"authors": ("Ada",), "author_count": None}),
        ({"title": "T", "n_authors": 4}, {"authors": (), "author_count": 4}),
        ({"title": "T", "comments": "12 pages, 3 figures"}, {"comments": None}),
        ({"title": "A\u00a0\ud83dB \x1b[31mC", "categories": ["cs.LG"]}, {"title": "A \ufffdB C"}),
    ],
)
def test_fields_are_found_under_the_names_that_sources_give_them(
    record: dict[object, object], expected: dict[str, object]
) -> None:
    paper, doubts = one(record)
    assert {name: getattr(paper, name) for name in expected} == expected
    assert doubts == []


@pytest.mark.parametrize(
    ("record", "remark"),
    [
        ({"title": "T", "abstract": 5}, "the abstract is no text: left out"),
        ({"title": "T", "abstract": {"en": "x"}}, "the abstract is no text: left out"),
        ({"title": "T", "authors": 5}, "the authors are no names: left out"),
        ({"title": "T", "date": "03/04/2024"}, "the date is not a full day that can be read: left out"),
        ({"title": "T", "date": "March 2024"}, "a year without a day: the date stays empty"),
        ({"title": "T", "issued": {"date-parts": [[2024, 3]]}}, "a year without a day: the date stays empty"),
        ({"title": "T", "date": "2024-02-31"}, "the date is not a full day that can be read: left out"),
        ({"title": "T", "id": 2412.0512}, "the id is no text: left out"),
    ],
)
def test_a_value_of_the_wrong_type_is_left_out_with_a_remark(
    record: dict[object, object], remark: str
) -> None:
    paper, doubts = one(record)
    assert doubts == [remark]
    assert paper == Paper(title="T", source="jsonl")


@pytest.mark.parametrize("record", [{}, {"id": "2401.00001"}, {"abstract": "A."}, {"title": "  "}])
def test_a_record_without_a_title_is_no_paper(record: dict[object, object]) -> None:
    with pytest.raises(InputError):
        one(record)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("Ada Ash", ("Ada Ash",)),
        ("Ada Ash, Bo Birch and Cy Cedar", ("Ada Ash", "Bo Birch", "Cy Cedar")),
        ("Ada Ash, Bo Birch, & Cy Cedar", ("Ada Ash", "Bo Birch", "Cy Cedar")),
        ("Ash, Ada and Birch, Bo", ("Ada Ash", "Bo Birch")),
        ("Ash, Ada; Birch, Bo", ("Ada Ash", "Bo Birch")),
        ("Ash, Ada", ("Ada Ash",)),
        ("Ash, A., Birch, B.-C.", ("A. Ash", "B.-C. Birch")),
        ("Ada Ash, Bo Birch", ("Ada Ash", "Bo Birch")),
        ("Alexandra Anderson", ("Alexandra Anderson",)),
        (["Ada", " Bo "], ("Ada", "Bo")),
        ([{"family": "Ash", "given": "Ada"}, {"first": "Bo", "last": "Birch"}], ("Ada Ash", "Bo Birch")),
        ([{"display_name": "Ada"}, {"name": "Bo"}, 5], ("Ada", "Bo")),
    ],
)
def test_authors_are_listed_in_many_ways(value: object, expected: tuple[str, ...]) -> None:
    found = authors.names(value)
    assert found is not None
    assert found[0] == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2024-05-31", dt.date(2024, 5, 31)),
        ("2024/5/31", dt.date(2024, 5, 31)),
        ("May 31, 2024", dt.date(2024, 5, 31)),
        ("31 May 2024", dt.date(2024, 5, 31)),
        ("Fri, 31 May 2024 17:00:00 GMT", dt.date(2024, 5, 31)),
        ("September 1st, 2024", dt.date(2024, 9, 1)),
        ("2024", None),
        ("2024-05", None),
        ("May 2024", None),
        ("0000-00-00", None),
        ("soon", None),
    ],
)
def test_days_are_read_and_nothing_less_than_a_day(text: str, expected: dt.date | None) -> None:
    assert dates.parse(text) == expected


@pytest.mark.parametrize("lines", ["pbbb", "bpbb", "bbbp"])
def test_lines_that_are_broken_cost_themselves_only(lines: str, tmp_path: Path) -> None:
    """However many are broken, and whichever stands first, the papers of the others are read."""
    path = tmp_path / "papers.jsonl"
    good, broken = '{"title": "Kestrel", "abstract": "We propose Kestrel."}', '{"title": "cut'
    path.write_text("\n".join({"p": good, "b": broken}[kind] for kind in lines))
    said: list[str] = []
    assert [paper.title for paper in read([str(path)], notice=said.append)] == ["Kestrel"]
    assert len(said) == 3
    assert all("line skipped" in line for line in said)
