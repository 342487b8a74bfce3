"""Reading papers from files, folders and standard input, several at once, each paper once."""

from __future__ import annotations

import datetime as dt
import io
import json
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from summarizer.errors import InputError
from summarizer.records import Paper
from summarizer.sources import KINDS, read
from summarizer.sources.merge import merged

TODAY = dt.date(2026, 3, 1)
PAGE = """Daily Papers

Feb 20

Kettles Learn to Whistle

We teach kettles to whistle in tune. Half of the steam is saved. Neighbours approve.

  • 3 authors
·
Feb 19 2
"""


def take(*sources: Path | str) -> tuple[list[Paper], list[str]]:
    notices: list[str] = []
    return list(read([str(source) for source in sources], notice=notices.append, today=TODAY)), notices


def refusal(*sources: Path | str) -> str:
    with pytest.raises(InputError) as caught:
        take(*sources)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def jsonl(*records: object) -> str:
    return "".join(json.dumps(record) + "\n" for record in records)


@pytest.mark.parametrize(
    ("name", "content", "kind"),
    [
        ("a.txt", PAGE, "page"),
        ("a", PAGE, "page"),
        ("a.json", PAGE, "page"),
        ("a.jsonl", jsonl({"title": "One"}, {"title": "Two"}), "jsonl"),
        ("a.txt", jsonl({"title": "One"}, {"title": "Two"}), "jsonl"),
        ("a.json", jsonl({"title": "One"}, {"title": "Two"}), "jsonl"),
        ("a.txt", "not JSON at all\n" + jsonl({"title": "One"}, {"title": "Two"}), "jsonl"),
        ("a.json", '[{"title": "One"}]', "json"),
        ("a.jsonl", '[\n  {"title": "One"},\n  {"title": "Two"}\n]', "json"),
        ("a.txt", '{\n  "title": "One"\n}', "json"),
        ("a.json", '{"title": "One"}', "json"),
        ("a.jsonl", '{"title": "One"}', "jsonl"),
    ],
)
def test_the_kind_is_told_by_content_first_and_then_by_suffix(
    tmp_path: Path, name: str, content: str, kind: str
) -> None:
    path = tmp_path / name
    path.write_text(content)
    papers, _ = take(path)
    assert {paper.source for paper in papers} == {kind}


def test_every_kind_has_a_name_and_suffixes_of_its_own() -> None:
    suffixes = [suffix for kind in KINDS for suffix in kind.suffixes]
    assert len(set(suffixes)) == len(suffixes)
    assert [kind.name for kind in KINDS] == ["jsonl", "json", "bibtex", "ris", "feed", "csv", "ids", "page"]


def test_a_hyphen_is_standard_input(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(PAGE.encode())))
    papers, notices = take("-")
    assert [paper.title for paper in papers] == ["Kettles Learn to Whistle"]
    assert notices == ["standard input: dates without a year are read as 2026, the latest that fits"]


def test_a_folder_is_its_files_in_order_and_what_is_not_read_is_told(tmp_path: Path) -> None:
    (tmp_path / "b.jsonl").write_text(jsonl({"title": "Second"}))
    (tmp_path / "a.json").write_text('[{"title": "First"}]')
    (tmp_path / "c.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    (tmp_path / ".hidden.jsonl").write_text(jsonl({"title": "Hidden"}))
    papers, notices = take(tmp_path)
    assert [paper.title for paper in papers] == ["First", "Second"]
    assert len(notices) == 1
    assert notices[0].startswith(f"{tmp_path / 'c.png'}: looks like a PNG image")


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "empty"),
        (b"\xef\xbb\xbf \r\n\n", "empty"),
        (b"%PDF-1.7\n%\xe2\xe3", "looks like a PDF"),
        (b"\x89PNG\r\n\x1a\n\0\0", "looks like a PNG image"),
        (b"title\0abstract", "looks like binary data"),
        (b"Daily Papers\n\nSubscribe\n\nMar 1\n", "a page with headers but no paper"),
        (b"[]", "JSON without a paper"),
        (b'[{"title": "Cut', "not JSON (Unterminated string starting at column 12)"),
        (b"[" * 100_000 + b"]" * 100_000, "not JSON (nested too deeply)"),
        (b'{"error": "rate limited"}', "no paper"),
        (b"import os\n\n\ndef go():\n    return os.name\n", "no papers in it: 3 lines"),
    ],
)
def test_a_source_without_papers_is_refused_with_what_was_seen(
    tmp_path: Path, content: bytes, reason: str
) -> None:
    path = tmp_path / "input"
    path.write_bytes(content)
    message = refusal(path)
    assert message.startswith(f"{path}: ")
    assert reason in message


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("no/such/file.txt", "no such file or folder"),
        ("nul\0name", "cannot be read"),
        ("x" * 5000, "cannot be read"),
        ("/dev/null", "a device"),
        ("https://example.org/" + "x" * 5000, "only papers of arXiv are fetched"),
        ("https://huggingface.co/papers?q=kettles", "use `summarize today`"),
        ("10.1000/182", "a DOI cannot be fetched"),
    ],
)
def test_a_name_that_cannot_be_opened_is_refused(name: str, reason: str) -> None:
    assert reason in refusal(name)


def test_a_file_may_be_called_like_an_arxiv_id(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("2412.05117").write_text(PAGE)
    assert len(take("2412.05117")[0]) == 1


def test_no_source_at_all_and_an_empty_folder_are_refused(tmp_path: Path) -> None:
    assert "no source was named" in refusal()
    assert refusal(tmp_path) == f"{tmp_path}: a folder without files"


def test_of_several_sources_a_bad_one_is_told_and_the_others_are_read(tmp_path: Path) -> None:
    good = tmp_path / "good.jsonl"
    good.write_text(jsonl({"title": "Good"}))
    papers, notices = take(tmp_path / "absent.txt", good, "10.1000/182")
    assert [paper.title for paper in papers] == ["Good"]
    assert [notice.split(": ")[1] for notice in notices] == [
        "no such file or folder",
        "a DOI cannot be fetched",
    ]


def test_when_every_source_is_bad_the_error_names_them_all(tmp_path: Path) -> None:
    message = refusal(*(tmp_path / name for name in "abcde"))
    assert all(f"{tmp_path / name}: no such file" in message for name in "abc")
    assert message.endswith("and 2 more")


TITLES = ["Crème brûlée by Robots", "Naïve “Bayes” – Again"]


@pytest.mark.parametrize(
    ("encoding", "notices"),
    [("utf-8", 0), ("utf-8-sig", 0), ("utf-16", 0), ("utf-32", 0), ("cp1252", 1)],
)
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_encodings_and_line_ends_do_not_change_what_is_read(
    tmp_path: Path, encoding: str, notices: int, end: str
) -> None:
    path = tmp_path / "a.jsonl"
    lines = [json.dumps({"title": title}, ensure_ascii=False) for title in TITLES]
    path.write_bytes((end + end.join(lines) + end).encode(encoding))
    papers, told = take(path)
    assert [paper.title for paper in papers] == TITLES
    assert len(told) == notices


def test_one_bad_byte_does_not_garble_the_other_lines(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_bytes(
        json.dumps({"title": "Übung"}, ensure_ascii=False).encode() + b'\n{"title": "Caf\xe9"}\n'
    )
    papers, notices = take(path)
    assert [paper.title for paper in papers] == ["Übung", "Café"]
    assert notices == [f"{path}:2: not UTF-8: read as Latin-1, so look at accents and symbols there"]


SAME = {"title": "On Kettles: a Survey", "abstract": "We survey kettles."}


@pytest.mark.parametrize(
    ("records", "expected"),
    [
        ([SAME, SAME], 1),
        ([{"id": "2401.00001v1", **SAME}, {"id": "2401.00001v3", "title": "On Kettles"}], 1),
        ([{"id": "2401.00001", **SAME}, {"title": "on kettles – A Survey!"}], 1),
        ([{"title": "ON KETTLES: A SURVEY"}, {"id": "2401.00001", **SAME}], 1),
        ([SAME, {"id": "2401.00001", **SAME}, {"id": "2401.00001"} | SAME, SAME], 1),
        ([{"id": "2401.00001", **SAME}, {"id": "2401.00002", **SAME}], 2),
        ([SAME, {"title": "On Pots: a Survey"}], 2),
    ],
)
def test_doubles_are_merged_by_id_or_by_title_where_one_has_no_id(
    tmp_path: Path, records: Sequence[object], expected: int
) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text(jsonl(*records))
    papers, notices = take(path)
    assert len(papers) == expected
    merged_away = len(records) - expected
    assert len(notices) == bool(merged_away)
    assert not merged_away or notices[0].startswith(f"{path}: {merged_away} paper")


def test_a_double_fills_in_what_the_first_did_not_say(tmp_path: Path) -> None:
    page, backlog = tmp_path / "page.txt", tmp_path / "backlog.jsonl"
    page.write_text(PAGE)
    backlog.write_text(
        jsonl(
            {"title": "Another"},
            {
                "id": "2602.00001",
                "title": "Kettles learn to whistle",
                "abstract": "Other words.",
                "authors": ["Ada", "Bo", "Cy"],
                "date": "2026-02-18",
            },
        )
    )
    papers, notices = take(page, backlog)
    assert [paper.title for paper in papers] == ["Kettles Learn to Whistle", "Another"]
    first = papers[0]
    assert first.abstract is not None
    assert first.abstract.startswith("We teach kettles")
    assert (first.id, first.authors, first.author_count) == ("2602.00001", ("Ada", "Bo", "Cy"), 3)
    assert (first.published, first.comments, first.source) == (dt.date(2026, 2, 19), 2, "page")
    assert notices[-1] == f"{backlog}: 1 paper was there already and is merged"


def test_a_known_title_replaces_an_id_that_stood_in_for_it() -> None:
    stand_in = Paper(id="2401.00001", title="2401.00001", abstract="Kettles whistle.")
    known = Paper(id="2401.00001", title="On Kettles", abstract="Other.")
    assert merged(stand_in, known).title == "On Kettles"
    assert merged(known, stand_in).title == "On Kettles"
    assert merged(stand_in, known).abstract == "Kettles whistle."


def test_a_mixed_backlog_is_one_list_in_which_every_paper_stands_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A page, a bibliography and JSONL on standard input: three papers in all, each with the best of what is known."""
    (tmp_path / "page.txt").write_text(
        "Daily Papers\n\nDec 9\n\nKestrel Reuses Its Gradients\n\n" + "We teach kestrels to reuse gradients. " * 6
        + "\n\n  • 4 authors\n·\nSep 4, 2025 2\n\nOwls at Work\n\n" + "We watch owls while they are at work. " * 6
        + "\n\n  • 1 author\n·\nSep 5, 2025\n"
    )  # fmt: skip
    (tmp_path / "refs.bib").write_text(
        "@article{k, title = {Kestrel Reuses its {Gradients}}, author = {Ash, Ada and Birch, Bo}, "
        "eprint = {2509.00001}, archivePrefix = {arXiv}}"
    )
    lines = [
        {"id": "2509.00001", "title": "Kestrel reuses its gradients", "comments": 3},
        {"id": "2509.00003", "title": "A third", "abstract": "We do a third thing."},
    ]
    stdin = io.TextIOWrapper(io.BytesIO("\n".join(map(json.dumps, lines)).encode()))
    monkeypatch.setattr(sys, "stdin", stdin)
    said: list[str] = []
    papers = list(read([str(tmp_path / "page.txt"), str(tmp_path / "refs.bib"), "-"], notice=said.append))
    assert [paper.title for paper in papers] == ["Kestrel Reuses Its Gradients", "Owls at Work", "A third"]
    kestrel = papers[0]
    assert (kestrel.id, kestrel.authors, kestrel.comments) == ("2509.00001", ("Ada Ash", "Bo Birch"), 2)
    assert sum("merged" in line for line in said) == 2
