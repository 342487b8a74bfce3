"""``summarize eval`` as a person uses it: what it prints, and what it says of two runs."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.server import GOOD, Script, Server, always, completion
from tests.test_scoring import LABELLED

Serve = Callable[[Script], Server]
RIGHT = {**GOOD, "tldr": "Kestrel reuses gradients so that fewer trials suffice.", "efficiency_gains": []}
WRONG = {**RIGHT, "contribution": "theory"}


@pytest.fixture
def gold(tmp_path: Path) -> Path:
    path = tmp_path / "gold.jsonl"
    path.write_text(json.dumps(LABELLED) + "\n")
    return path


def test_scores_and_what_was_wrong_are_printed(summarize: Any, serve: Serve, gold: Path) -> None:
    ran = summarize("eval", gold, "--base-url", serve(always(completion(WRONG))).url)
    assert ran.code == 0, ran.err
    first, *lines = ran.out.splitlines()
    assert first.startswith("1 paper · ")
    said = {line[:38].strip(): line[38:].split() for line in lines if "[" in line}
    assert said["claims: precision"] == ["1.00", "[1.00,", "1.00]"]
    assert said["contribution accepted"][0] == "0.00"
    assert {"title's own ROUGE-1", "title's own ROUGE-2", "title's own ROUGE-L"} <= said.keys()
    assert "1: contribution: 'theory', not method" in lines


def test_two_runs_are_compared_paper_by_paper(
    summarize: Any, serve: Serve, gold: Path, tmp_path: Path
) -> None:
    before = summarize("eval", gold, "--json", "--base-url", serve(always(completion(WRONG))).url)
    earlier = tmp_path / "earlier.json"
    earlier.write_text(before.out)
    url = serve(always(completion(RIGHT))).url
    ran = summarize("eval", gold, "--against", earlier, "--base-url", url)
    assert "- 1: contribution: 'theory', not method" in ran.out.splitlines()
    [changed] = (line for line in ran.out.splitlines() if line.startswith("contribution accepted"))
    assert changed.endswith("+1.00")


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"figures": 1, "wrong": 2}'])
def test_what_is_no_report_is_said_to_be_none(summarize: Any, gold: Path, tmp_path: Path, text: str) -> None:
    earlier = tmp_path / "earlier.json"
    earlier.write_text(text)
    ran = summarize("eval", gold, "--against", earlier)
    assert ran.code == 3
    assert "earlier.json is no report" in ran.err
