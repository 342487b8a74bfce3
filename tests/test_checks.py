"""What a model says, held against the paper."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from summarizer.checks import LONGEST_TLDR, check, invented_name, repeats_title, tldr
from summarizer.completion import Completion
from summarizer.errors import PaperError
from summarizer.prompts import Prompts
from summarizer.records import Paper
from summarizer.text import figures, find_quote, numbers, words
from tests.server import GOOD

PROMPTS = Prompts()


def said(content: Any, finish: str = "stop") -> Completion:
    text = content if isinstance(content, str) else json.dumps(content)
    return Completion(text, finish, 10, 10)


def checked(content: Any, paper: Paper, template: str = "paper", finish: str = "stop") -> Any:
    return check(said(content, finish), PROMPTS.templates[template], paper, PROMPTS.vocabulary)


def test_an_answer_that_holds_comes_through_whole(paper: Paper) -> None:
    answer = checked(GOOD, paper)
    assert not answer.problems
    assert answer.values["domain"] == "robotics"
    [gain] = answer.values["efficiency_gains"]
    assert (gain.quote, gain.factor, gain.resource) == ("needs 5x fewer trials", 5.0, "samples")
    assert gain.baseline == "a policy trained from scratch"


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        (
            "tldr",
            "Kestrel needs 7x fewer trials on robots that learn on the job.",
            "the number 7x stands neither",
        ),
        (
            "tldr",
            "Kestrel beats HawkNet on robots that learn on the job.",
            "the name 'HawkNet' stands neither",
        ),
        (
            "tldr",
            "Kestrel needs 5% fewer trials on robots that learn on the job.",
            "the figure 5% stands neither",
        ),
        (
            "tldr",
            "Kestrel, on robots that learn on the job, is right in most cases (71%).",
            "the number 71% stands neither",
        ),
        ("tldr", "Kestrel: Gradient Reuse for Small Robots.", "repeats the title"),
        ("tldr", "Kestrel " + "really " * 35 + "works.", "has 37 words"),
        ("tldr", "Kestrel works.", "too few"),
        ("tldr", "Kestrel is a planner for small robots that.", "breaks off after 'that'"),
        ("tldr", "Kestrel is described for everybody to read at https://evil.example/x.", "the address"),
        ("tldr", None, "a whole sentence was expected"),
        ("tldr", {"a": 1}, "a whole sentence was expected"),
        ("domain", "robot science", "'robot science' is not one of"),
        ("domain", None, "is not one of"),
        ("contribution", ["method"], "is not one of"),
        ("method", "HawkNet-3", "the name 'HawkNet-3' stands neither"),
        ("method", "a " * 20, "has 20 words"),
        ("method", 5, "a name or null"),
        ("efficiency_gains", "none", "a list was expected"),
        ("efficiency_gains", [{"quote": "10x faster"}], "'10x faster' does not stand in the abstract"),
        ("efficiency_gains", [{"quote": ""}], "does not stand"),
        ("efficiency_gains", ["5x"], "does not stand"),
    ],
)
def test_what_does_not_hold_is_a_problem_with_its_reason(
    field: str, value: Any, words: str, paper: Paper
) -> None:
    answer = checked({**GOOD, field: value}, paper)
    assert list(answer.problems) == [field]
    assert words in answer.problems[field]
    assert answer.values.get(field) in (None, ())


def test_a_missing_field_is_a_problem(paper: Paper) -> None:
    rest = {name: value for name, value in GOOD.items() if name != "method"}
    assert checked(rest, paper).problems == {"method": "method is missing"}


def test_a_false_quote_does_not_cost_the_true_one(paper: Paper) -> None:
    quotes = [
        {"quote": "halves the cost", "resource": "compute", "baseline": None},
        *GOOD["efficiency_gains"],
    ]
    answer = checked({**GOOD, "efficiency_gains": quotes}, paper)
    assert "efficiency_gains" in answer.problems
    assert [gain.quote for gain in answer.values["efficiency_gains"]] == ["needs 5x fewer trials"]


def test_a_baseline_that_is_not_in_the_text_is_null(paper: Paper) -> None:
    gains = [{"quote": "needs 5x fewer trials", "resource": "samples", "baseline": "DreamerV9"}]
    assert checked({**GOOD, "efficiency_gains": gains}, paper).values["efficiency_gains"][0].baseline is None


@pytest.mark.parametrize(
    "content",
    ["", "no", "[]", "[1, 2]", '"text"', '{"tldr": "cut', "{" * 5000, "null", "```json\n```"],
)
def test_what_is_no_object_is_no_answer(content: str, paper: Paper) -> None:
    with pytest.raises(PaperError) as caught:
        checked(content, paper)
    assert caught.value.kind == "invalid_answer"


@pytest.mark.parametrize(
    "around", ["{}", "```json\n{}\n```", "```\n{}```", "Here it is:\n{}\nI hope this helps."]
)
def test_an_object_is_found_among_other_words(around: str, paper: Paper) -> None:
    assert not checked(around.replace("{}", json.dumps(GOOD)), paper).problems


@pytest.mark.parametrize(
    ("finish", "kind"), [("length", "cut_off"), ("refusal", "refused"), ("content_filter", "refused")]
)
def test_a_broken_off_answer_is_none(finish: str, kind: str, paper: Paper) -> None:
    with pytest.raises(PaperError) as caught:
        checked(GOOD, paper, finish=finish)
    assert caught.value.kind == kind


@pytest.mark.parametrize(
    ("content", "finish", "expected"),
    [
        (
            "TL;DR: Kestrel reuses old gradients to learn faster.",
            "stop",
            "Kestrel reuses old gradients to learn faster.",
        ),
        (
            '"Kestrel reuses old gradients to learn faster"',
            "stop",
            "Kestrel reuses old gradients to learn faster.",
        ),
        ("Kestrel reuses old gradients. It is small.", "stop", "Kestrel reuses old gradients."),
        ("Kestrel reuses old gradients. It is sma", "length", "Kestrel reuses old gradients."),
        ("Kestrel reuses\nold gradients \x1b[31mred.", "stop", "Kestrel reuses old gradients red."),
        (
            "Kestrel 重用旧梯度，让小型机器人更快地学习新的任务。",
            "stop",
            "Kestrel 重用旧梯度，让小型机器人更快地学习新的任务。.",
        ),
    ],
)
def test_a_tldr_is_brought_to_one_plain_sentence(
    content: str, finish: str, expected: str, paper: Paper
) -> None:
    assert checked(content, paper, "tldr", finish).values["tldr"].rstrip(".") == expected.rstrip(".")


def test_a_tldr_cut_off_in_its_first_sentence_does_not_hold(paper: Paper) -> None:
    assert checked("Kestrel reuses old gradients so that", paper, "tldr", "length").problems


@given(text=st.text(max_size=300))
def test_whatever_is_said_a_tldr_keeps_its_promises(text: str) -> None:
    paper = Paper(title="Kestrel: Gradient Reuse", abstract="On 12 tasks Kestrel needs 5x fewer trials.")
    try:
        sentence = tldr(text, paper)
    except ValueError:
        return
    assert "\n" not in sentence
    assert len(words(sentence)) <= LONGEST_TLDR
    assert numbers(sentence) <= numbers(paper.text)
    assert figures(sentence) <= figures(paper.text)
    assert not repeats_title(sentence, paper.title)


@given(
    value=st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
        lambda inner: (
            st.lists(inner) | st.dictionaries(st.sampled_from(["quote", "resource", "baseline", "x"]), inner)
        ),
    ),
    field=st.sampled_from(list(GOOD)),
)
def test_no_answer_of_any_shape_breaks_the_checks(value: Any, field: str) -> None:
    paper = Paper(title="t", abstract="It needs 5x fewer trials than before.")
    answer = checked(json.dumps({**GOOD, field: value}), paper)
    for gain in answer.values.get("efficiency_gains", ()):
        assert find_quote(gain.quote, paper.abstract or "")


@pytest.mark.parametrize(
    ("sentence", "title", "expected"),
    [
        ("Kestrel: Gradient reuse for small robots.", "Kestrel: Gradient Reuse for Small Robots", True),
        ("Kestrel is gradient reuse for small robots.", "Kestrel: Gradient Reuse for Small Robots", True),
        (
            "Kestrel reuses old gradients, so robots need fewer trials.",
            "Kestrel: Gradient Reuse for Small Robots",
            False,
        ),
        ("A planner for robots.", "", False),
    ],
)
def test_the_title_again_is_told(sentence: str, title: str, expected: bool) -> None:
    assert repeats_title(sentence, title) is expected


@pytest.mark.parametrize(
    ("text", "invented"),
    [
        ("LLMs are good at it", None),
        ("LLaMA-2 on ImageNet", None),
        ("two GPUs and a GPU", None),
        ("3D-data is used", None),
        ("WE USE a policy", None),
        ("HawkNet wins", "HawkNet"),
        ("better than BERT", "BERT"),
        ("ImageNet-1k is used", "ImageNet-1k"),
        ("12x on 1.3M images", None),
        ("1.3B images", "3B"),
    ],
)
def test_a_name_comes_from_the_paper_or_is_invented(text: str, invented: str | None) -> None:
    paper = Paper(
        title="Large language models on GPUs",
        abstract="We use LLaMA-2 on ImageNet with 3D data and a policy: 12times on 1.3 million images.",
    )
    assert invented_name(text, paper) == invented


START = "Kestrel reuses all old gradients on small robots"


@pytest.mark.parametrize(
    ("added", "kept"),
    [
        (", which is useful" * 12, ", which is useful" * 7),
        (" that learn, thereby " + "saving more " * 15, " that learn"),
        (" by adding " + "more of them " * 10, ""),
        (
            " and predicts where each stands, with an error " + "so small " * 8,
            " and predicts where each stands",
        ),
    ],
)
def test_a_sentence_that_is_too_long_ends_before_what_it_adds(added: str, kept: str, paper: Paper) -> None:
    assert tldr(START + added, paper) == f"{START}{kept}."


@pytest.mark.parametrize(
    ("said", "holds"),
    [
        ("Kestrel, a planner that reuses old gradients, needs 5x fewer trials on 12 tasks.", True),
        ("Kestrel is an old planner of trials that introduces robots to a single policy.", False),
    ],
)
def test_a_small_model_must_keep_to_the_paper_s_own_words(said: str, holds: bool, paper: Paper) -> None:
    completion = Completion(said, "stop", 10, 10)
    answer = check(completion, PROMPTS.templates["tldr"], paper, PROMPTS.vocabulary, own_words=0.5)
    assert ("tldr" in answer.values) is holds
    assert ("too little of it is in the paper's own words" in answer.problems.get("tldr", "")) is not holds
