"""``summarize today``: the newest papers, each digest without those of the ones before."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from summarizer.sources import daily
from tests.conftest import Ran
from tests.paper_server import PaperServer, daily_item
from tests.server import GOOD, Reply, Server, always, completion

DAYS = {"2026-08-20": [1, 2, 3], "2026-08-21": [3, 4]}


@pytest.fixture
def today(
    summarize: Callable[..., Ran], serve: Callable[..., Server], monkeypatch: pytest.MonkeyPatch
) -> Any:
    """Run ``summarize today`` on Friday, 21 August 2026, against a server that has two days of papers."""
    source = PaperServer(
        lambda asked, _: Reply([daily_item(number) for number in DAYS.get(asked.query["date"], [])])
    )
    answer = {
        **GOOD,
        "tldr": "The kettle is taught to whistle by itself.",
        "method": None,
        "efficiency_gains": [],
    }
    model = serve(always(completion(answer)))
    monkeypatch.setenv("HF_ENDPOINT", source.url)
    monkeypatch.setattr(daily, "today", lambda: dt.date(2026, 8, 21))

    def run(*arguments: object) -> tuple[list[str], Ran]:
        ran = summarize("today", "--base-url", model.url, *arguments)
        return [json.loads(line)["paper"]["id"] for line in ran.out.splitlines() if line.startswith("{")], ran

    yield run
    source.close()


def test_the_newest_day_is_done_and_named_in_its_digest(today: Any, tmp_path: Path) -> None:
    _, ran = today("-o", tmp_path / "day.md")
    assert ran.code == 0, ran.err
    assert (tmp_path / "day.md").read_text().startswith("# Papers of 2026-08-21")


def test_what_an_earlier_day_had_is_left_out_and_counted(today: Any) -> None:
    assert today("--date", "2026-08-20")[0] == ["2608.00001", "2608.00002", "2608.00003"]
    new, ran = today()
    assert new == ["2608.00004"]
    assert "1 of the papers was in an earlier digest and is left out; --all shows it" in ran.err
    assert today()[0] == ["2608.00004"]  # the same day again is the same digest
    assert today("--all")[0] == ["2608.00003", "2608.00004"]


def test_a_day_with_nothing_new_says_so_and_is_no_error(today: Any) -> None:
    today("--date", "2026-08-20")
    today("--date", "2026-08-21")
    today("--date", "2026-08-20", "--all")
    new, ran = today("--date", "2026-08-20", "--limit", 0)
    assert (new, ran.code) == ([], 0)


def test_a_dry_run_fetches_and_asks_nobody(today: Any) -> None:
    _, ran = today("--dry-run")
    assert "2 papers, 0 answered from disk" in ran.out


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["--date", "yesterday"], 2, "2026-08-21"),
        (["--source", "nature"], 2, "huggingface, or arxiv:"),
        (["--date", "2026-08-20", "--week", "2026-W34"], 2, "--week"),
    ],
)
def test_a_wrong_option_is_one_clear_line(arguments: list[str], code: int, words: str, today: Any) -> None:
    _, ran = today(*arguments)
    assert ran.code == code
    assert words in ran.err
