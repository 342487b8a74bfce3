"""The main result, in the authors' words."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from summarizer.checks import LONGEST_TLDR
from summarizer.records import Paper
from summarizer.results import results, with_result
from summarizer.text import figures, numbers, words

TITLE = "FoldNet: A Planner for Laundry"


@pytest.mark.parametrize(
    ("sentence", "expected"),
    [
        (
            "Experiments show that FoldNet reduces latency by 40% on all robots.",
            "reducing latency by 40% on all robots",
        ),
        ("Our planner also outperforms others by 12%, and raises yield.", "outperforming others by 12%"),
        ("FoldNet is fast, achieving a 2times speed-up over GRIP.", "achieving a 2times speed-up over GRIP"),
        ("FoldNet improves grip by 5% and reduces wear by 7%.", "improving grip by 5%"),
        ("It cuts cost by 3%; others cannot.", "cutting cost by 3%"),
        ("In contrast, the old planner improves by 4%.", None),
        ("People lose 9% of their socks, improving nothing.", None),
        ("FoldNet matches or surpasses GRIP.", "matching or surpassing GRIP"),
        ("FoldNet gains, while GRIP loses, reaching 5% of it.", None),
    ],
)
def test_a_result_is_what_the_authors_say_of_their_own_work(sentence: str, expected: str | None) -> None:
    found = results(Paper(title=TITLE, abstract=f"We propose FoldNet. {sentence}"))
    assert (found[0] if found else None) == expected


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("FoldNet is a planner for laundry on small robots.",
         "FoldNet is a planner for laundry on small robots, reducing latency by 40% on all robots."),
        ("FoldNet folds 12 shirts.", "FoldNet folds 12 shirts, reducing latency by 40% on all robots."),
        ("FoldNet folds 20% more shirts.", "FoldNet folds 20% more shirts."),
        ("FoldNet is a planner for " + "very " * 15 + "small robots, which learns to fold shirts and trousers.",
         "FoldNet is a planner for " + "very " * 14 + "very small robots, reducing latency by 40% on all robots."),
        ("FoldNet is a planner for " + "very " * 20 + "small robots.", None),
    ],
)  # fmt: skip
def test_a_tldr_without_a_figure_gets_the_main_result(said: str, expected: str | None) -> None:
    abstract = "FoldNet folds 12 shirts, 20% more. Experiments show that FoldNet reduces latency by 40% on all robots."
    assert with_result(said, Paper(title=TITLE, abstract=abstract)) == (expected or said)


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("FoldNet folds the laundry of a hotel by itself.",
         "FoldNet folds the laundry of a hotel by itself, outperforming people who fold by hand."),
        ("FoldNet folds laundry, improving the wear of a shirt.", None),
        ("FoldNet is a planner for " + "very " * 15 + "small robots.", None),
    ],
)  # fmt: skip
def test_a_short_tldr_gets_a_result_without_a_figure(said: str, expected: str | None) -> None:
    paper = Paper(title=TITLE, abstract="FoldNet is new. It outperforms people who fold by hand.")
    assert with_result(said, paper) == (expected or said)


@given(
    parts=st.lists(
        st.sampled_from(["FoldNet ", "improves ", "by 40% ", ", achieving ", "5x ", ". We ", "it ", "a "])
    ),
    said=st.sampled_from(
        ["FoldNet is a planner for laundry.", "FoldNet folds shirts by hand, which is slow."]
    ),
)
def test_a_tldr_with_its_result_keeps_its_promises(parts: list[str], said: str) -> None:
    paper = Paper(title=TITLE, abstract="".join(parts))
    sentence = with_result(said, paper)
    assert len(words(sentence)) <= LONGEST_TLDR
    assert "\n" not in sentence
    assert numbers(sentence) <= numbers(said) | numbers(paper.text)
    assert figures(sentence) <= figures(paper.text)
