"""Reading what is kept: ``show`` and ``trends``."""

from __future__ import annotations

import datetime as dt
import io
import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from summarizer import cli, trends
from summarizer.cache import Cache
from summarizer.records import Gain, Paper, Record, Result, Tags
from summarizer.terminal import page, table, trend_tables
from tests.test_index import MADE_BY, failure, put

NASTY = "[red]x[/red] \x1b[31mred\x1b]8;;http://x\x07 \u202ea\nb"


def result(number: int, day: int | None = None, **changes: Any) -> Result:
    """A paper of a day of January 2026."""
    paper = {
        "id": f"2601.{number:05}",
        "title": f"Kestrel {number}: Reuse",
        "abstract": "It reuses old gradients. It needs 5x fewer trials than scratch.",
        "authors": ("Ada Lovelace",),
        "published": dt.date(2026, 1, day) if day else None,
    } | changes.pop("paper", {})
    gains = (Gain(quote="5x fewer trials", resource="samples", factor=5.0 + number),)
    tags = {"domain": "robotics", "contribution": "method", "method": "Kestrel", "efficiency_gains": gains}
    return Result(
        paper=Paper(**paper), tldr="Robots learn sooner.", tags=Tags(**tags | changes), made_by=MADE_BY
    )


@pytest.fixture
def kept(cache: Cache) -> Cache:
    """Three papers in two weeks, one of them also without its id, and a failure."""
    for record in (
        result(1, 5), result(2, 14), result(3, 15, domain="statistics", method="KESTREL", efficiency_gains=()),
        result(1, 5, paper={"id": None}), failure(4),
    ):  # fmt: skip
        put(cache.results, record)
    return cache


@pytest.fixture
def summarize(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Callable[..., Any]:
    """Run the command line; return its exit code, its output and its errors."""

    def run(*arguments: str) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["summarize", *arguments])
        with pytest.raises(SystemExit) as exit_:
            cli.main()
        return (int(exit_.value.code or 0), *capsys.readouterr())

    return run


def shown(parts: Any, *, colour: bool = False) -> str:
    console = Console(
        width=100,
        file=io.StringIO(),
        highlight=False,
        force_terminal=colour,
        color_system="standard" if colour else None,
    )
    for part in parts:
        console.print(part)
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


@pytest.mark.parametrize(
    "asked", ["2601.00002", "https://arxiv.org/abs/2601.00002v3", "kestrel 2", "KESTREL 2: REUSE"]
)
def test_a_paper_is_shown_by_its_id_its_address_or_its_title(kept: Cache, summarize: Any, asked: str) -> None:
    code, out, _ = summarize("show", asked)
    assert code == 0
    for words in (
        "Kestrel 2: Reuse", "Ada Lovelace", "2601.00002 · 2026-01-14", "robotics · method · Kestrel",
        "Robots learn sooner.", "7× samples: “5x fewer trials”", "It needs 5x fewer trials than scratch.",
    ):  # fmt: skip
        assert words in out
    assert "\x1b" not in out


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ("kestrel", "'kestrel' is in 3 titles: 2601.0000"),
        ("merlin", "'merlin': no kept result has this id, or this in its title"),
        (" ", "no kept result has this id"),
    ],
)
def test_what_is_not_one_paper_is_one_clear_line(kept: Cache, summarize: Any, asked: str, said: str) -> None:
    code, out, err = summarize("show", asked)
    assert (code, out, len(err.splitlines())) == (2, "", 1)
    assert said in err


def test_quotes_are_marked_in_the_abstract_and_titles_are_links() -> None:
    text = shown(page(result(1)), colour=True)
    assert "\x1b[1;32m5x fewer trials\x1b[0m than scratch" in text
    assert ";https://arxiv.org/abs/2601.00001\x1b\\" in text


def test_the_titles_of_a_table_are_links_too_and_a_pipe_gets_none() -> None:
    assert ";https://arxiv.org/abs/2601.00001\x1b\\" in shown([table([result(1)], 100)], colour=True)
    assert "https" not in shown([table([result(1)], 100)])


def test_hostile_text_stays_text() -> None:
    paper = {"title": NASTY, "abstract": NASTY, "authors": (NASTY,), "url": "javascript:x", "id": NASTY}
    records: list[Record] = [result(1, paper=paper, domain=NASTY, method=NASTY), failure(1)]
    text = "".join(shown(page(record)) for record in records)
    assert text.count("[red]x[/red] red a b") == 6
    assert "\x1b" not in text


def test_a_failure_says_why() -> None:
    assert "not done: no_abstract: none" in shown(page(failure(1)))


def test_trends_count_each_paper_once_by_the_week_of_its_publication(kept: Cache) -> None:
    found = trends.count(kept.results)
    assert found.domains.weeks == ("2026-W02", "2026-W03")
    assert found.domains.counts == {
        "robotics": {"2026-W02": 1, "2026-W03": 1}, "statistics": {"2026-W03": 1},
    }  # fmt: skip
    assert found.methods.counts == {"Kestrel": {"2026-W02": 1, "2026-W03": 2}}
    assert found.claims == (trends.Claims("samples", 2, 2, 6.5, 7.0),)


def test_papers_without_a_date_are_told_apart_from_those_of_any_week(cache: Cache) -> None:
    put(cache.results, result(1, paper={"published": dt.date(2026, 1, 5)}))
    put(cache.results, result(2))
    found = trends.count(cache.results, "1h")
    assert found.domains.counts == {"robotics": {"2026-W02": 1, "undated": 1}}
    header, _, robotics, *_ = shown(trend_tables(found, 80)).splitlines()
    assert re.findall(r"[\w-]+", header) == ["Domain", "26-W02", "undated", "Papers"]
    assert re.findall(r"\w+", robotics) == ["robotics", "1", "1", "2"]


def test_trends_go_into_a_pipe_as_lines(kept: Cache, summarize: Any) -> None:
    code, out, _ = summarize("trends")
    assert code == 0
    assert out.splitlines() == [
        "week\tdomain\tpapers", "2026-W02\trobotics\t1", "2026-W03\trobotics\t1", "2026-W03\tstatistics\t1", "",
        "week\tmethod\tpapers", "2026-W02\tKestrel\t1", "2026-W03\tKestrel\t2", "",
        "resource\tclaims\twith a factor\tmedian\tlargest", "samples\t2\t2\t6.5\t7",
    ]  # fmt: skip


def test_trends_fit_the_terminal(cache: Cache) -> None:
    for week in range(30):
        day = dt.date(2026, 1, 5) + dt.timedelta(weeks=week)
        put(cache.results, result(week, paper={"published": day}, method=f"{NASTY} {week}"))
    text = shown(trend_tables(trends.count(cache.results), 100))
    assert max(map(len, text.splitlines())) <= 100
    assert "\x1b" not in text
    header, _, robotics, *_ = text.splitlines()
    assert re.findall(r"\w+", header)[:2] == ["Domain", "Before"]
    shown_weeks = len(re.findall(r"26-W", header))
    assert re.findall(r"\w+", robotics) == ["robotics", str(30 - shown_weeks), *["1"] * shown_weeks, "30"]
    assert "15 more" in text


def test_no_results_is_one_clear_line(summarize: Any, tmp_path: Path) -> None:
    code, _, err = summarize("trends", "--cache-dir", str(tmp_path))
    assert (code, len(err.splitlines())) == (2, 1)
    assert "no kept result fits" in err
    assert summarize("trends", "--since", "soon")[0] == 2


def test_clearing_the_cache_clears_what_its_index_repeats(kept: Cache, summarize: Any) -> None:
    assert summarize("trends")[0] == 0
    assert (kept.results.folder / "index.db").exists()
    assert summarize("cache", "clear", "--yes")[0] == 0
    assert not list(kept.results.folder.glob("index.db*"))


@pytest.mark.parametrize("command", [("digest",), ("trends",), ("show", "2601.00001")])
def test_a_damaged_cache_is_said_before_there_is_nothing_in_it(
    kept: Cache, summarize: Callable[..., Any], command: tuple[str, ...]
) -> None:
    kept.close()
    (kept.results.folder / "cache.db").write_bytes(b"not a database" * 99)
    code, _, errors = summarize(*command, "--cache-dir", str(kept.folder))
    assert code == 2
    assert "results is damaged" in errors
    assert "it is set aside as" in errors
