"""Whatever is handed in, reading gives papers or one clear error."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from summarizer.errors import InputError
from summarizer.records import Paper
from summarizer.sources import read

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


@pytest.mark.parametrize("name", ["a.txt", "a.json", "a.jsonl", "a"])
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
