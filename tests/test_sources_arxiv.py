"""arXiv, played by a server of ours: ids, categories, searches, and what is missing from a bibliography."""

from __future__ import annotations

import datetime as dt
import io
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from summarizer.errors import InputError, ServiceError
from summarizer.records import Paper
from summarizer.sources import arxiv, read, today, web
from tests.paper_server import Answer, Asked, PaperServer, atom, atom_entry, atom_error, in_turn
from tests.server import Reply

Play = Callable[[Answer], PaperServer]


@pytest.fixture
def play(monkeypatch: pytest.MonkeyPatch) -> Iterator[Play]:
    servers: list[PaperServer] = []

    def start(answer: Answer) -> PaperServer:
        servers.append(PaperServer(answer))
        monkeypatch.setattr(arxiv, "ENDPOINT", servers[-1].url + "/api/query")
        return servers[-1]

    yield start
    for server in servers:
        server.close()


def take(*sources: str | Path) -> tuple[list[Paper], list[str]]:
    notices: list[str] = []
    return list(read([str(source) for source in sources], notice=notices.append)), notices


def knows(*numbers: str) -> Answer:
    """Answer for these ids; others are not in the feed, as arXiv does it."""

    def answer(asked: Asked, _: int) -> Reply:
        wanted = asked.query["id_list"].split(",")
        return Reply(atom([atom_entry(number, f"Kettle {number}") for number in wanted if number in numbers]))

    return answer


@pytest.mark.parametrize(
    ("source", "number"),
    [
        ("2608.00001", "2608.00001"),
        ("2608.00001v3", "2608.00001"),
        ("arXiv:2608.00001v1", "2608.00001"),
        ("https://arxiv.org/abs/2608.00001v2", "2608.00001"),
        ("http://www.arxiv.org/pdf/2608.00001v2.pdf", "2608.00001"),
        ("https://arxiv.org/html/2608.00001v1#S2", "2608.00001"),
        ("arxiv.org/abs/2608.00001?context=cs", "2608.00001"),
        ("https://huggingface.co/papers/2608.00001", "2608.00001"),
        ("https://doi.org/10.48550/arXiv.2608.00001", "2608.00001"),
        ("hep-th/9901001v2", "hep-th/9901001"),
        ("math.GT/0309136", "math/0309136"),
        ("https://arxiv.org/abs/cond-mat/0001001", "cond-mat/0001001"),
        ("0704.0001", "0704.0001"),
    ],
)
def test_an_id_or_address_is_fetched(play: Play, source: str, number: str) -> None:
    server = play(knows(number))
    (paper,), notices = take(source)
    assert paper == Paper(
        id=number, title=f"Kettle {number}", source="arxiv", authors=("Ada Ash", "Bo Birch"), author_count=2,
        abstract="We teach kettles to whistle where $a<b$. They are sample-efficient.",
        published=dt.date(2026, 8, 20), url=f"https://arxiv.org/abs/{number}",
    )  # fmt: skip
    assert notices == []
    assert server.asked[0].query["id_list"] == number


def test_ids_are_fetched_a_hundred_at_a_time_and_three_seconds_apart(
    play: Play, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    waits: list[float] = []
    monkeypatch.setattr(web, "sleep", waits.append)
    monkeypatch.setattr(time, "monotonic", lambda: 1000.0)
    monkeypatch.setitem(arxiv._turns, "next", 0.0)
    numbers = [f"2608.{number:05}" for number in range(250)]
    server = play(knows(*numbers))
    (tmp_path / "ids.txt").write_text("\n".join(numbers))
    papers, _ = take(tmp_path / "ids.txt")
    assert [paper.id for paper in papers] == numbers
    assert [len(asked.query["id_list"].split(",")) for asked in server.asked] == [100, 100, 50]
    assert waits == [3.0, 3.0]


def test_an_unknown_id_is_told_and_makes_no_paper(play: Play) -> None:
    play(knows("2608.00001"))
    papers, notices = take("2608.00001", "2608.99999")
    assert [paper.id for paper in papers] == ["2608.00001"]
    assert notices == ["2608.99999: arXiv knows no such paper: look at the id"]
    with pytest.raises(InputError, match="arXiv knows none of these ids"):
        take("2608.99999")


def test_one_id_that_arxiv_refuses_does_not_take_the_others_along(play: Play) -> None:
    def answer(asked: Asked, number: int) -> Reply:
        if "xyz/0309136" in asked.query["id_list"]:
            return Reply(atom_error("incorrect id format for xyz/0309136"), 400)
        return knows("2608.00001", "2608.00002")(asked, number)

    play(answer)
    papers, notices = take("2608.00001", "xyz/0309136", "2608.00002")
    assert [paper.id for paper in papers] == ["2608.00001", "2608.00002"]
    assert notices[0] == "arXiv does not take xyz/0309136 (incorrect id format for xyz/0309136)"


@pytest.mark.parametrize(
    "trouble",
    [
        Reply(b"Rate exceeded.", 429, {"retry-after": "9"}),
        Reply(b"", 503),
        Reply(b"", drop=True),
        Reply(b"<html><body>maintenance</body></html>"),
        Reply(atom([atom_entry("2608.00001")])[:-40]),
    ],
)
def test_what_may_be_over_soon_is_asked_again(play: Play, trouble: Reply) -> None:
    good = Reply(atom([atom_entry("2608.00001")]))
    server = play(in_turn(trouble, trouble, good))
    assert len(take("2608.00001")[0]) == 1
    assert len(server.asked) == 3


def test_the_seconds_that_arxiv_asks_for_are_waited(play: Play, monkeypatch: pytest.MonkeyPatch) -> None:
    waits: list[float] = []
    monkeypatch.setattr(web, "sleep", waits.append)
    monkeypatch.setitem(arxiv._turns, "next", 0.0)
    play(in_turn(Reply(b"", 429, {"retry-after": "9"}), Reply(atom([atom_entry("2608.00001")]))))
    take("2608.00001")
    assert waits[0] == 9.0


BIB = """@article{a, title = {Kettles {{L}}earn}, author = {Ash, Ada}, eprint = {2608.00001}}
@article{b, title = {On Pots}, abstract = {We study pots.}}
@article{c, title = {On Pans}, doi = {10.1000/182}}
"""


def test_an_entry_without_an_abstract_is_fetched_by_its_arxiv_id(play: Play, tmp_path: Path) -> None:
    server = play(in_turn(Reply(atom([atom_entry("2608.00001", "Kettles learn")]))))
    (tmp_path / "a.bib").write_text(BIB)
    papers, notices = take(tmp_path / "a.bib")
    assert [bool(paper.abstract) for paper in papers] == [True, True, False]
    assert (papers[0].title, papers[0].source, papers[0].authors) == ("Kettles Learn", "bibtex", ("Ada Ash",))
    assert papers[0].published == dt.date(2026, 8, 20)
    assert len(server.asked) == 1
    assert notices == []


def test_when_arxiv_cannot_be_reached_what_was_read_stays_and_a_line_says_so(tmp_path: Path) -> None:
    (tmp_path / "a.bib").write_text(BIB)
    papers, notices = take(tmp_path / "a.bib", "2608.00009")
    assert [paper.title for paper in papers] == ["Kettles Learn", "On Pots", "On Pans", "2608.00009"]
    assert len(notices) == 1
    assert "cannot be reached" in notices[0]
    assert "2 papers stay without an abstract" in notices[0]


def test_when_arxiv_cannot_be_reached_and_nothing_else_was_read_that_is_the_error() -> None:
    with pytest.raises(ServiceError, match=r"arXiv \(127.0.0.1\) cannot be reached"):
        take("2608.00001")
    with pytest.raises(ServiceError):
        take("arxiv:cs.LG")


MIXED_PAGE = """Daily Papers

Aug 21

Kettle 2608.00001

We teach kettles on a page. They whistle in tune. Neighbours approve.

  • 2 authors
·
Aug 20 4
"""


def test_page_bibliography_ids_and_standard_input_mix_and_doubles_are_merged(
    play: Play, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    play(knows("2608.00001", "2608.00002", "2608.00003"))
    (tmp_path / "page.txt").write_text(MIXED_PAGE)
    (tmp_path / "refs.bib").write_text(
        "@article{a, title = {Kettle 2608.00001}, eprint = {2608.00001}, author = {Ash, Ada}, doi = {10.1000/1}}\n"
        "@article{b, title = {Kettle 2608.00002}, eprint = {2608.00002}}\n"
    )
    lines = (
        '{"doi": "10.1000/1", "title": "The Kettle"}\n{"id": "2608.00003"}\n'
        '{"title": "Pots", "abstract": "Pots."}\n'
    )
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(lines.encode())))
    papers, notices = take(
        tmp_path / "page.txt", tmp_path / "refs.bib", "2608.00002", "-", "arXiv:2608.00003v2"
    )
    assert [(paper.id, paper.title, paper.source) for paper in papers] == [
        ("2608.00001", "Kettle 2608.00001", "page"),
        ("2608.00002", "Kettle 2608.00002", "bibtex"),
        ("2608.00003", "Kettle 2608.00003", "arxiv"),
        (None, "Pots", "jsonl"),
    ]
    assert papers[0].abstract == "We teach kettles on a page. They whistle in tune. Neighbours approve."
    assert (papers[0].authors, papers[0].author_count, papers[0].comments) == (("Ada Ash",), 2, 4)
    assert all(paper.abstract for paper in papers)
    assert len([notice for notice in notices if "merged" in notice]) == 2


@pytest.mark.parametrize(
    ("source", "query"),
    [
        ("arxiv:cs.LG", "cat:cs.LG"),
        ("arxiv:cs.lg", "cat:cs.LG"),
        ("arXiv:cond-mat.STR-EL", "cat:cond-mat.str-el"),
        ("arxiv:quant-ph", "cat:quant-ph"),
        ("arxiv:cs", "cat:cs.*"),
        ("arxiv:kettles whistle", "all:kettles AND all:whistle"),
        ("arxiv:sample-efficient kettles", 'all:"sample-efficient" AND all:kettles'),
        ('arxiv:"old kettles" pots', 'all:"old kettles" AND all:pots'),
        ("arxiv:ti:kettles AND cat:cs.RO", "ti:kettles AND cat:cs.RO"),
    ],
)
def test_a_category_or_words_are_searched_for(play: Play, source: str, query: str) -> None:
    server = play(in_turn(Reply(atom([atom_entry("2608.00001")], total=4321))))
    papers, notices = take(source)
    assert len(papers) == 1
    assert server.asked[0].query["search_query"] == query
    assert server.asked[0].query["sortBy"] == ("submittedDate" if query[:3] == "cat" else "relevance")
    assert "of 4,321 papers are taken" in notices[0]


def test_a_search_that_finds_nothing_is_an_input_error(play: Play) -> None:
    play(in_turn(Reply(atom([]))))
    with pytest.raises(InputError, match="nothing found"):
        take("arxiv:qwertz")


def category(server_days: dict[str, int]) -> Answer:
    """Play a category with so many papers on each day, the newest first, a hundred a page."""
    rows = [
        atom_entry(f"{day[2:4]}{day[5:7]}.{number:05}", f"Kettle {day} {number}", day)
        for day, many in server_days.items()
        for number in range(int(day[-2:]) * 1000, int(day[-2:]) * 1000 + many)
    ]

    def answer(asked: Asked, _: int) -> Reply:
        until = asked.query["search_query"].partition(" TO ")[2][:8]
        fitting = [
            row for row in rows if not until or row.split("<published>")[1][:10].replace("-", "") <= until
        ]
        start = int(asked.query["start"])
        return Reply(atom(fitting[start : start + 100], total=len(fitting)))

    return answer


def todays(**options: Any) -> tuple[str, list[Paper], list[str]]:
    notices: list[str] = []
    label, papers = today(source="arxiv:cs.RO", notice=notices.append, **options)
    return label, list(papers), notices


DAYS = {"2026-08-21": 130, "2026-08-20": 90, "2026-08-19": 5}


@pytest.mark.parametrize(
    ("options", "label", "papers", "notice"),
    [
        ({}, "arXiv cs.RO 2026-08-21", 130, None),
        ({"date": "2026-08-20"}, "arXiv cs.RO 2026-08-20", 90, None),
        ({"date": "2026-08-23"}, "arXiv cs.RO 2026-08-21", 130, "no papers in 2026-08-23"),
        ({"week": "2026-W34"}, "arXiv cs.RO 2026-W34", 225, None),
        ({"month": "2026-08"}, "arXiv cs.RO 2026-08", 225, None),
    ],
)
def test_a_category_gives_whole_days_and_the_newest_by_default(
    play: Play, options: dict[str, str], label: str, papers: int, notice: str | None
) -> None:
    play(category(DAYS))
    found_label, found, notices = todays(**options)
    assert (found_label, len(found)) == (label, papers)
    assert len(notices) == bool(notice)
    assert not notice or notice in notices[0]


def test_a_search_within_a_category_asks_for_both(play: Play) -> None:
    server = play(category(DAYS))
    todays(search="old kettles")
    assert server.asked[0].query["search_query"] == "(cat:cs.RO) AND (all:old AND all:kettles)"


def test_an_empty_page_in_the_middle_is_asked_for_again(play: Play) -> None:
    steady = category(DAYS)
    play(lambda asked, number: Reply(atom([], total=225)) if number == 1 else steady(asked, number))
    assert len(todays()[1]) == 130
