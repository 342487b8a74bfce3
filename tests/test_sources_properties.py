"""Whatever is handed in, reading gives papers or one clear error."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from summarizer.errors import InputError
from summarizer.records import Paper
from summarizer.sources import arxiv, read, tex


@pytest.fixture(autouse=True)
def _unfilled(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave papers without an abstract as they were read."""
    monkeypatch.setattr(arxiv, "fill", lambda *_: None)


# One file is written again and again: the folder need not be new for every example.
again = settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
NAMES = [
    "title",
    "abstract",
    "summary",
    "id",
    "authors",
    "date",
    "year",
    "paper",
    "papers",
    "data",
    "comments",
]
VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=20)
    | st.sampled_from(["{'paper': {'title': 'T'}}", '{"title": "T"}', "2401.00001", "\ud800", "2024-01-01"]),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.sampled_from(NAMES) | st.text(max_size=5), inner, max_size=5)
    ),
    max_leaves=15,
)
LINES = st.lists(
    st.sampled_from(
        [
            "",
            "Daily Papers",
            "new",
            "  • 4 authors",
            "·",
            "Sep 4 2",
            "Feb 29",
            "Kitchen Lab",
            "12",
            "Submitted by",
        ]
    )
    | st.text(max_size=60)
    | st.just("We cook. " * 40),
    max_size=25,
)


def check(path: Path, data: bytes) -> None:
    """Read ``data`` and assert that what comes out can be shown and written."""
    path.write_bytes(data)
    notices: list[str] = []
    try:
        papers = list(read([str(path)], notice=notices.append))
    except InputError as error:
        notices.append(str(error))
        papers = []
    for paper in papers:
        assert paper.title.strip()
        paper.model_dump_json().encode()
        assert Paper.model_validate_json(paper.model_dump_json()) == paper
    assert len({paper.key for paper in papers}) == len(papers)
    for line in notices:
        assert line.startswith(str(path))
        assert "\n" not in line
        line.encode()


@pytest.mark.parametrize(
    "name", ["a.txt", "a.json", "a.jsonl", "a", "a.bib", "a.ris", "a.xml", "a.csv", "a.ids"]
)
@given(data=st.binary() | st.text().map(lambda text: text.encode("utf-8", "replace")))
@again
def test_any_bytes_are_papers_or_an_input_error(tmp_path: Path, name: str, data: bytes) -> None:
    check(tmp_path / name, data)


@given(value=VALUES)
@again
def test_any_json_is_papers_or_an_input_error(tmp_path: Path, value: object) -> None:
    check(tmp_path / "a.json", json.dumps(value).encode())


@given(values=st.lists(VALUES, max_size=4))
@again
def test_any_json_lines_are_papers_or_an_input_error(tmp_path: Path, values: list[object]) -> None:
    check(tmp_path / "a.jsonl", "\n".join(map(json.dumps, values)).encode())


@given(lines=LINES)
@again
def test_any_mixture_of_a_pages_lines_is_papers_or_an_input_error(tmp_path: Path, lines: list[str]) -> None:
    check(tmp_path / "a.txt", "\n".join(lines).encode("utf-8", "replace"))


@given(data=st.data())
@again
def test_a_backlog_cut_anywhere_loses_its_last_line_at_most(tmp_path: Path, data: st.DataObject) -> None:
    lines = [
        json.dumps({"title": f"Pöt {number}", "abstract": "Round."}, ensure_ascii=False)
        for number in range(5)
    ]
    whole = "\n".join(lines).encode()
    cut = data.draw(st.integers(min_value=len(lines[0].encode()), max_value=len(whole)))
    path = tmp_path / "a.jsonl"
    path.write_bytes(whole[:cut])
    papers = list(read([str(path)], notice=lambda _: None))
    assert len(papers) >= whole[:cut].count(b"\n")


PIECES = {
    "a.bib": [*'{}",\n@()\\$#=', "@article{", "a,", "title = ", "@string{x = {y}}", "T e"],
    "a.ris": [
        *("TY  - JOUR\n", "TI  - ", "ER  - \n", "AU  - A, B\n", "AB  - ", "T e", "\n"),
        *("FN ISI\n", "PT J\n", "TI T\n", "ER\n"),
    ],
    "a.xml": [
        *("<?xml version='1.0'?>", "<feed>", "</feed>", "<rss>", "<channel>", "<item>", "</item>", "<entry>"),
        *("</entry>", "<title>", "</title>", "<!DOCTYPE x [<!ENTITY a 'b'>]>", "&a;", "&lt;", "<![CDATA["),
        *("]]>", "T e", "\n", "\0", "<"),
    ],
    "a.csv": [*',;\t"\n\r\0', "title", "abstract", "id", "T e", "2401.00001"],
    "a.ids": [
        "2401.00001",
        "arXiv:",
        "https://arxiv.org/abs/",
        "v2",
        "- ",
        "\n",
        ", ",
        "10.1000/1",
        "T e",
        "(",
        "#",
    ],
}


@pytest.mark.parametrize("name", PIECES)
@given(data=st.data())
@again
def test_any_mixture_of_a_formats_pieces_is_papers_or_an_input_error(
    tmp_path: Path, name: str, data: st.DataObject
) -> None:
    pieces = data.draw(st.lists(st.sampled_from(PIECES[name]) | st.text(max_size=5), max_size=30))
    check(tmp_path / name, "".join(pieces).encode("utf-8", "replace"))


WHOLE = {
    "a.bib": "@article{a, title = {Kettle %d}, author = {Ash, Ada and Birch, Bo}}\n",
    "a.ris": "TY  - JOUR\nTI  - Kettle %d\nAU  - Ash, Ada\nER  - \n",
    "a.csv": '"Kettle %d","We teach, and\nlearn."\n',
}
HEADS = {"a.csv": "title,abstract\n"}


@pytest.mark.parametrize("name", WHOLE)
@given(data=st.data())
@again
def test_a_damaged_record_takes_its_neighbours_along_at_most(
    tmp_path: Path, name: str, data: st.DataObject
) -> None:
    records = [WHOLE[name] % number for number in range(6)]
    broken = data.draw(st.integers(0, 4))
    cut = data.draw(st.integers(1, len(records[broken]) - 1))
    records[broken] = records[broken][:cut] + "\n"
    path = tmp_path / name
    path.write_text(HEADS.get(name, "") + "".join(records))
    found = {paper.title for paper in read([str(path)], notice=lambda _: None)}
    whole = {f"Kettle {number}" for number in range(6) if number not in (broken, broken + 1)}
    assert whole <= found


@given(
    st.text() | st.lists(st.sampled_from([*"\\{}$%&'\"`^~", "\\emph", "\\o", "\\'", "a", " "])).map("".join)
)
def test_any_tex_is_made_readable_without_losing_its_words(text: str) -> None:
    words = [
        word
        for word in text.replace("\\", " \\").split()
        if word.isascii() and word.isalpha() and len(word) > 1
    ]
    readable = tex.readable(text)
    assert all(word in readable for word in words)
