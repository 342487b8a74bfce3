"""Choosing among kept results: as going through the shelf would, only faster; the shelf is the truth."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from summarizer.cache import Shelf
from summarizer.errors import SetupError
from summarizer.index import Index
from summarizer.kept import Selection
from summarizer.records import Failure, Gain, MadeBy, Paper, Problem, Record, Result, Tags

MADE_BY = MadeBy(model="tiny", prompt="1", cached=False, prompt_tokens=9, completion_tokens=3)
NOW = time.time()


@pytest.fixture
def shelf(tmp_path: Path) -> Iterator[Shelf]:
    shelf = Shelf(tmp_path / "results")
    yield shelf
    shelf.close()


def result(
    number: int = 1, *, domain: str | None = "robotics", factor: float | None = 5.0, **paper: Any
) -> Result:
    fields = {
        "id": f"2601.{number:05}",
        "title": f"Kestrel {number}",
        "abstract": "It reuses gradients.",
    } | paper
    first = Gain(quote="It reuses", resource="time", factor=1.01)  # none but the largest counts
    gains = (first, Gain(quote="reuses", resource="samples", factor=factor)) if factor else ()
    return Result(
        paper=Paper(**fields),
        tldr="Robots learn sooner.",
        tags=Tags(domain=domain, method=f"M{number}", efficiency_gains=gains),
        made_by=MADE_BY,
    )


def failure(number: int) -> Failure:
    return Failure(paper=Paper(title=f"Lost {number}"), error=Problem(kind="no_abstract", message="none"))


def put(shelf: Shelf, record: Record, *, days_ago: float = 0.0) -> None:
    value = {"made_at": NOW - 86_400 * days_ago, "record": record.model_dump(mode="json")}
    shelf.put(record.paper.key, value)


def titles(shelf: Shelf, **options: Any) -> list[str]:
    return [record.paper.title for record in Selection(**options).of(shelf)]


@pytest.mark.parametrize(
    ("options", "chosen"),
    [
        ({}, ["Kestrel 1", "Kestrel 2", "Kestrel 3", "Lost 4", "Straße"]),
        ({"since": "7d"}, ["Kestrel 2", "Kestrel 3", "Lost 4", "Straße"]),
        ({"domain": "ROBOTICS"}, ["Kestrel 1", "Straße"]),
        ({"domain": ""}, ["Kestrel 3"]),
        ({"domain": "nothing"}, []),
        ({"min_gain": 5}, ["Kestrel 1", "Kestrel 2"]),
        ({"min_gain": 0}, ["Kestrel 1", "Kestrel 2", "Kestrel 3", "Straße"]),
        ({"search": "ESTREL 2"}, ["Kestrel 2"]),
        ({"search": "lost"}, ["Lost 4"]),
        ({"search": "strasse"}, ["Straße"]),
        ({"search": "100%_"}, ["Straße"]),
        ({"search": "sooner", "domain": "robotics", "min_gain": 2.5, "since": "30d"}, ["Kestrel 1"]),
    ],
)
def test_options_choose(shelf: Shelf, options: dict[str, Any], chosen: list[str]) -> None:
    put(shelf, result(1), days_ago=20)
    put(shelf, result(2, domain="statistics", factor=50.0))
    put(shelf, result(3, domain=None, factor=None))
    put(shelf, failure(4))
    put(shelf, result(5, title="Straße", abstract="100%_ of it.", factor=None))
    assert titles(shelf, **options) == chosen


TAG, FACTOR = st.none() | st.text(max_size=3), st.none() | st.floats(1.1, 99)


@settings(max_examples=25, deadline=None)  # each makes a database
@given(st.lists(st.tuples(st.text(max_size=6), TAG, FACTOR), max_size=5), TAG, TAG, FACTOR)
def test_whatever_is_kept_is_found_as_by_going_through_it(
    tmp_path_factory: pytest.TempPathFactory,
    kept: list[tuple[str, str | None, float | None]],
    search: str | None,
    domain: str | None,
    least: float | None,
) -> None:
    shelf = Shelf(tmp_path_factory.mktemp("shelf") / "results")
    records = [
        result(number, title=f"{number} {title}", domain=tag, factor=factor)
        for number, (title, tag, factor) in enumerate(kept)
    ]
    for record in records:
        put(shelf, record)
    selection = Selection(search=search, domain=domain, min_gain=least)
    assert list(selection.of(shelf)) == [record for record in records if selection.fits(record)]
    shelf.close()


def test_the_index_follows_the_shelf(shelf: Shelf) -> None:
    put(shelf, result(1))
    put(shelf, result(2))
    assert titles(shelf, domain="robotics") == ["Kestrel 1", "Kestrel 2"]
    put(shelf, result(1, domain="statistics"))
    put(shelf, result(3))
    assert titles(shelf, domain="robotics") == ["Kestrel 2", "Kestrel 3"]
    shelf.clear()
    put(shelf, result(4))
    assert titles(shelf, domain="robotics") == ["Kestrel 4"]


def test_a_clock_that_is_set_back_hides_nothing(shelf: Shelf, monkeypatch: pytest.MonkeyPatch) -> None:
    put(shelf, result(1))
    assert titles(shelf) == ["Kestrel 1"]
    monkeypatch.setattr(time, "time", lambda: 1000.0)
    put(shelf, result(1, title="Kestrel renamed"))
    assert titles(shelf, search="renamed") == ["Kestrel renamed"]


def test_rows_that_are_no_records_are_passed_over(shelf: Shelf) -> None:
    for key, value in {
        "a": None, "b": "text", "c": {"made_at": 1.0}, "d": {"made_at": 1.0, "record": {}},
        "e": {"made_at": "soon", "record": result().model_dump(mode="json")},
    }.items():  # fmt: skip
        shelf.put(key, value)
    put(shelf, result(1))
    assert titles(shelf) == ["Kestrel 1"]


def _garbage(path: Path) -> None:
    path.write_bytes(b"no database" * 999)


def _holes(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[4096:] = b"\xa5" * (len(content) - 4096)
    path.write_bytes(content)


def _tables(path: Path) -> None:
    with sqlite3.connect(path) as database:
        database.execute("DROP TABLE words")


def _version(path: Path) -> None:
    with sqlite3.connect(path) as database:
        database.execute("UPDATE entry SET domain = 'old'")
        database.execute("PRAGMA user_version = 99")


def _folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


@pytest.mark.parametrize("harm", [_garbage, _holes, _tables, _version, _folder])
def test_a_damaged_index_is_made_anew(shelf: Shelf, harm: Any) -> None:
    for number in range(40):
        put(shelf, result(number))
    before = titles(shelf, search="kestrel", domain="robotics")
    assert len(before) == 40
    for end in ("-wal", "-shm"):
        (shelf.folder / f"index.db{end}").unlink(missing_ok=True)
    harm(shelf.folder / "index.db")
    assert titles(shelf, search="kestrel", domain="robotics") == before
    assert titles(shelf, search="kestrel", domain="robotics") == before


def test_where_there_is_no_room_for_an_index_results_are_found_all_the_same(
    shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(200):
        put(shelf, result(number))
    opened = Index._open

    def open_on_a_small_disk(self: Index, place: str) -> None:
        opened(self, place)
        if place != ":memory:":
            self._database.execute("PRAGMA max_page_count = 12")

    monkeypatch.setattr(Index, "_open", open_on_a_small_disk)
    assert len(titles(shelf, search="kestrel")) == 200
    monkeypatch.undo()
    assert len(titles(shelf, search="kestrel")) == 200


def test_an_index_that_lies_is_not_believed(shelf: Shelf) -> None:
    put(shelf, result(1))
    assert titles(shelf) == ["Kestrel 1"]
    with sqlite3.connect(shelf.folder / "index.db") as database:
        database.execute("UPDATE entry SET domain = 'statistics', factor = 1000, title = 'Bought'")
    assert titles(shelf, domain="statistics") == []
    assert titles(shelf, min_gain=900) == []
    assert titles(shelf) == ["Kestrel 1"]


def test_a_shelf_that_cannot_be_read_is_one_clear_line(shelf: Shelf) -> None:
    put(shelf, result(1))
    shelf.close()
    _garbage(shelf.folder / "cache.db")
    with pytest.raises(SetupError, match=r"cannot be read .*; move that folder away"):
        Index(shelf)


def test_two_processes_index_one_shelf_at_once(shelf: Shelf) -> None:
    for number in range(300):
        put(shelf, result(number))
    code = (
        "import sys, pathlib; from summarizer.cache import Shelf; from summarizer.kept import Selection;"
        "print(len(list(Selection(search='kestrel').of(Shelf(pathlib.Path(sys.argv[1]))))))"
    )
    asked = [sys.executable, "-c", code, str(shelf.folder)]
    running = [subprocess.Popen(asked, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    for number in range(300, 330):
        put(shelf, result(number))
    counts = [int(process.communicate()[0]) for process in running]
    assert all(300 <= count <= 330 for count in counts)
    assert len(titles(shelf, search="kestrel")) == 330


TITLE = "Gradient Reuse for Small Robots"


@pytest.mark.parametrize(
    ("kept", "ids"),
    [
        ([{"id": None}, {"id": "2601.00001"}], ["2601.00001"]),
        ([{"id": "2601.00001"}, {"id": None}], ["2601.00001"]),
        ([{"id": "10.1000/x"}, {"id": "2601.00001"}, {"id": None}], ["2601.00001"]),
        ([{"id": "2601.00001"}, {"id": "2601.00002"}], ["2601.00001", "2601.00002"]),
        ([{"id": "2601.00001"}, {"id": None, "title": "Another Title of a Paper"}], ["2601.00001", None]),
        ([{"id": f"2601.{number:05}", "title": "Editorial"} for number in range(9)],
         [f"2601.{number:05}" for number in range(9)]),
    ],
)  # fmt: skip
def test_a_paper_of_several_runs_is_there_once(
    shelf: Shelf, kept: list[dict[str, Any]], ids: list[str | None]
) -> None:
    for age, paper in enumerate(kept):
        put(shelf, result(**{"title": TITLE} | paper), days_ago=len(kept) - age)
    assert [record.paper.id for record in Selection().of(shelf)] == ids


def test_the_newest_result_stands_for_a_paper_and_learns_from_the_others(shelf: Shelf) -> None:
    put(shelf, result(1, title=TITLE, url="https://x.org/1", abstract="Older text."), days_ago=9)
    put(shelf, result(1, title=TITLE.upper(), id=None, abstract="Newer text."), days_ago=1)
    put(shelf, Failure(paper=Paper(id="10.1000/x", title=TITLE), error=Problem(kind="k", message="m")))
    (record,) = Selection(since="2d").of(shelf)
    assert (record.paper.title, record.paper.abstract) == (TITLE.upper(), "Newer text.")
    assert (record.paper.id, record.paper.url) == ("2601.00001", "https://x.org/1")
