"""A field of one's own: the shipped prompts with another vocabulary, from the folder to the results."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from summarizer import extract, gains
from summarizer.prompts import Prompts, shipped
from summarizer.records import Paper
from tests.server import Script, Server, always, completion

CARDIOLOGY = Path(__file__).parent.parent / "examples" / "cardiology" / "vocabulary.toml"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the shipped prompts with the cardiologist's vocabulary."""
    copied = tmp_path / "prompts"
    shutil.copytree(shipped(), copied)
    shutil.copy(CARDIOLOGY, copied / "vocabulary.toml")
    return copied


PAPERS = [
    (
        "Daily weighing by telephone in heart failure",
        (
            "Weight gain comes before congestion. We randomly assigned 812 patients with a low ejection fraction to "
            "daily weighing or usual care. Readmissions fell by 18%, and mortality by 9%."
        ),
        "heart failure",
        "trial",
        [],
    ),
    (
        "Early stents after small infarctions: what thirty hospitals saw",
        (
            "In a registry of 9,300 patients with myocardial infarction we compared early with late stenting. Early "
            "stenting came with a 22% lower risk of a second event during follow-up."
        ),
        "coronary disease",
        "cohort study",
        [],
    ),
    (
        "Ablation or drugs for atrial fibrillation: a meta-analysis",
        "We pooled fourteen studies of atrial fibrillation. Ablation reduced recurrence by 40%.",
        "rhythm",
        "meta-analysis",
        [],
    ),
    (
        "A leaking mitral valve after a kick by a horse",
        "We report a case of acute regurgitation in a 31-year-old rider, whose mitral valve was repaired.",
        "valves",
        "case report",
        [],
    ),
    (
        "MitraScan: grading aortic stenosis at the bedside",
        (
            "We developed MitraScan, a deep learning model that grades aortic stenosis from one view of the valve. It "
            "agrees with experts in 94% of patients and takes 10 seconds instead of 8 minutes."
        ),
        "valves",
        "method",
        [("time", 48.0)],
    ),
]


@pytest.mark.parametrize(("title", "abstract", "domain", "contribution", "saved"), PAPERS)
def test_code_tags_with_the_words_of_that_field(
    title: str, abstract: str, domain: str, contribution: str, saved: list[tuple[str, float]], folder: Path
) -> None:
    paper = Paper(title=title, abstract=abstract)
    found = extract.fields(("domain", "contribution"), paper, Prompts(folder).vocabulary)
    assert found == {"domain": domain, "contribution": contribution}
    assert [(gain.resource, gain.factor) for gain in gains.find(abstract)] == saved


def test_a_model_is_asked_and_held_to_the_words_of_that_field(
    summarize: Any, serve: Callable[[Script], Server], folder: Path
) -> None:
    title, abstract, *_ = PAPERS[0]
    answer = {
        "tldr": "Daily weighing by telephone kept patients with a low ejection fraction out of hospital.",
        "domain": "heart failure",
        "contribution": "trial",
        "method": "daily weighing",
        "efficiency_gains": [],
    }
    server = serve(always(completion(answer)))
    source = json.dumps({"id": "1", "title": title, "abstract": abstract})
    ran = summarize("backlog", "-", "--base-url", server.url, "--prompts", folder, stdin=source)
    assert ran.code == 0, ran.err
    tags = json.loads(ran.out)["tags"]
    assert (tags["domain"], tags["contribution"]) == ("heart failure", "trial")
    asked = json.dumps(server.requests[0])
    assert "Causes, course and treatment of a failing heart" in asked
    assert "reinforcement learning" not in asked
