"""Scores are what they say: each figure worked out by hand on a small case."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from summarizer import gold, scoring
from summarizer.errors import InputError
from summarizer.records import Failure, Gain, MadeBy, Paper, Problem, Result, Tags

LABELLED: dict[str, Any] = {
    "id": "1",
    "title": "Kestrel: Gradient Reuse",
    "abstract": "Kestrel needs 5x fewer trials. It runs for 3 hours only. Accuracy rises by 40% on average.",
    "domain": "robotics",
    "domain_ok": ["robotics", "reinforcement learning"],
    "method": "Kestrel (KST)",
    "method_aliases": ["KST planner"],
    "contribution": "method",
    "contribution_ok": ["method"],
    "tldr": "Kestrel reuses gradients to need fewer trials.",
    "efficiency_claims": [
        {"quote": "needs 5x fewer trials", "resource": "samples", "quantified": True, "factor": 5.0},
        {"quote": "It runs for 3 hours only", "resource": "time", "quantified": True, "factor": None},
    ],
    "hard_negatives": ["rises by 40%"],
}


def result(
    *gains: Gain, tldr: str = "Kestrel reuses gradients so that fewer trials suffice.", **tags: Any
) -> Result:
    tags = {"domain": "robotics", "contribution": "method", "method": "Kestrel", **tags}
    made_by = MadeBy(model="m", prompt="p", cached=False, prompt_tokens=1, completion_tokens=1)
    paper = gold.Gold.model_validate(LABELLED).paper
    return Result(paper=paper, tldr=tldr, tags=Tags(**tags, efficiency_gains=gains), made_by=made_by)


def score(record: Any) -> tuple[dict[str, float], list[str]]:
    page = scoring.sheet(gold.Gold.model_validate(LABELLED), record)
    return scoring.figures([page]), page.wrong


RIGHT = Gain(quote="Kestrel needs 5x fewer trials.", resource="samples", factor=5.0)
WRONG_FACTOR = Gain(quote="needs 5x fewer trials", resource="samples", factor=4.0)
NEGATIVE = Gain(quote="Accuracy rises by 40%", resource="other", factor=1.67)
ABSOLUTE = Gain(quote="It runs for 3 hours only", resource="time")


@pytest.mark.parametrize(
    ("gains", "precision", "recall", "factors", "negatives"),
    [
        ((RIGHT, ABSOLUTE), 1.0, 1.0, 1.0, 0.0),
        ((RIGHT,), 1.0, 0.5, 1.0, 0.0),
        ((WRONG_FACTOR,), 0.0, 0.0, 0.0, 0.0),
        ((RIGHT, NEGATIVE), 0.5, 0.5, 1.0, 1.0),
        ((), None, 0.0, None, 0.0),
    ],
)
def test_claims(
    gains: tuple[Gain, ...], precision: float | None, recall: float, factors: float | None, negatives: float
) -> None:
    figures, _ = score(result(*gains))
    assert figures.get("claims: precision") == precision
    assert figures["claims: recall"] == recall
    assert figures.get("factor right where matched") == factors
    assert figures["hard negatives hit per paper"] == negatives


def test_a_labelled_claim_without_a_figure_is_no_false_one() -> None:
    labelled = {
        **LABELLED,
        "efficiency_claims": [{"quote": "It runs for 3 hours only", "resource": "time", "quantified": False}],
    }
    page = scoring.sheet(gold.Gold.model_validate(labelled), result(ABSOLUTE))
    assert page.counts["claims_made"] == 0


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("Kestrel", True),
        ("KST", True),
        ("the KST planner", True),
        ("Gradient Reuse", False),
        (None, False),
        ("", False),
    ],
)
def test_a_method_matches_its_name_or_an_alias(said: str | None, expected: bool) -> None:
    assert scoring.same_method(said, ("Kestrel (KST)", "KST planner", "KST")) is expected


def test_tags_are_right_when_they_are_accepted() -> None:
    figures, wrong = score(result(RIGHT, domain="reinforcement learning", contribution="theory"))
    assert (figures["domain accepted"], figures["contribution accepted"]) == (1.0, 0.0)
    assert wrong[-1] == "contribution: 'theory', not method"


def test_a_failure_counts_against_everything() -> None:
    paper = Paper(title="t")
    figures, wrong = score(Failure(paper=paper, error=Problem(kind="refused", message="it refused")))
    assert all(
        figures[name] == 0 for name in ("covered", "domain accepted", "method matches", "claims: recall")
    )
    assert wrong[0] == "failed: it refused"


def test_rouge_is_that_of_the_best_reference() -> None:
    assert (
        scoring.rouge("Kestrel reuses gradients", ["nothing like it", "Kestrel reuses gradients"])["1"]
        == 100.0
    )
    assert scoring.rouge("", ["something"])["1"] == 0.0


def test_a_tldr_that_breaks_a_promise_is_not_valid() -> None:
    figures, wrong = score(result(tldr="Kestrel needs 99x fewer trials than anything else."))
    assert figures["valid TL;DR"] == 0.0
    assert "99" in " ".join(wrong)


def test_an_interval_holds_its_figure() -> None:
    label = gold.Gold.model_validate(LABELLED)
    sheets = [scoring.sheet(label, result(RIGHT))] * 5 + [scoring.sheet(label, result(domain="other"))] * 5
    low, high = scoring.intervals(sheets)["domain accepted"]
    assert 0.1 <= low < 0.5 < high <= 0.9


def test_scitldr_is_read_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "s.jsonl"
    path.write_text(
        json.dumps(
            {"paper_id": "x", "title": "T", "source": ["One.", "Two."], "target": ["a", "b"], "rouge": []}
        )
    )
    [label] = gold.load(path)
    assert (label.paper.abstract, label.tldrs, label.efficiency_claims) == ("One. Two.", ("a", "b"), None)


def test_a_label_may_hold_what_ends_a_line_elsewhere(tmp_path: Path) -> None:
    path = tmp_path / "s.jsonl"
    path.write_text('{"id": "1", "title": "T", "abstract": "One.\u2028Two."}\n', encoding="utf-8")
    [label] = gold.load(path)
    assert label.paper.abstract == "One. Two."


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "holds no labelled abstract"),
        ("{", "s.jsonl:1: not JSON"),
        ("[1]", "s.jsonl:1: a JSON object was expected"),
        ('\n{"id": "1"}', "s.jsonl:2: title"),
    ],
)
def test_bad_labels_are_named_by_line(text: str, words: str, tmp_path: Path) -> None:
    path = tmp_path / "s.jsonl"
    path.write_text(text)
    with pytest.raises(InputError, match=words):
        gold.load(path)
