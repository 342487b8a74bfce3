"""What the program reads from a paper's own words."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from summarizer import extract
from summarizer.checks import tldr
from summarizer.excerpts import LONGEST, excerpt
from summarizer.records import Paper
from summarizer.text import find_quote, sentences, words

LONG = (
    "We propose Kestrel, a planner for small robots that reuses old gradients, which " + "goes on and " * 20
)


@pytest.mark.parametrize(
    ("abstract", "expected"),
    [
        ("Robots wear out. We propose Kestrel, a planner that reuses old gradients. It works.",
         "Kestrel is a planner that reuses old gradients."),
        (LONG + ".", "Kestrel is a planner for small robots that reuses old gradients."),
        ("However, robots wear out. To address this issue, we plan with all of the old gradients.",
         "We plan with all of the old gradients."),
        ("We introduce Kestrel, a planner with two ideas: (1) old gradients and (2) new ones.",
         "Kestrel is a planner with two ideas."),
        ("This paper introduces Kestrel (Kind Estimator), which reuses old gradients.",
         "Kestrel reuses old gradients."),
        ("We introduce Kestrel, a planner that (1) reuses gradients and (2) forgets them.", None),
        ("We first collect the gradients of many robots. We reuse the old gradients of many robots.",
         "We reuse the old gradients of many robots."),
        ("Based on this insight, we propose Kind Kestrel Estimation (KKE), a planner that reuses old gradients.",
         "Kind Kestrel Estimation (KKE) is a planner that reuses old gradients."),
        ("We introduce Kestrel, a planner that reuses old gradients, and show that it is fast.",
         "Kestrel is a planner that reuses old gradients."),
        ("To do that, in this paper, we reuse the old gradients of many robots.",
         "We reuse the old gradients of many robots."),
        ("We introduce the Kestrel, a planner.", "We introduce the Kestrel, a planner."),
        ("word " * 60, None),
        ("", None),
    ],
)  # fmt: skip
def test_a_sentence_of_the_authors_stands_in_for_a_summary(abstract: str, expected: str | None) -> None:
    assert extract.sentence(Paper(title="Another title of it", abstract=abstract)) == expected


@given(text=st.text(st.sampled_from("We propose a, which. 12 x")), title=st.text(max_size=20))
def test_a_sentence_that_stands_in_keeps_the_same_promises(text: str, title: str) -> None:
    paper = Paper(title=title, abstract=text)
    sentence = extract.sentence(paper)
    if sentence is not None:
        assert tldr(sentence, paper) == sentence
        assert " is a" in sentence or ", which " in text or find_quote(sentence.rstrip("."), text)


@given(
    parts=st.lists(
        st.sampled_from(
            ["We propose a thing.", "It is old.", "Results show 5 gains.", "It " + "goes on " * 40 + "."]
        )
    )
)
def test_an_excerpt_is_made_of_whole_sentences_in_their_order(parts: list[str]) -> None:
    abstract = " ".join(parts)
    taken = excerpt(abstract)
    assert len(words(taken)) <= LONGEST or len(sentences(taken)) == 1
    rest = iter(sentences(abstract))
    assert all(any(span == other for other in rest) for span in sentences(taken))


def test_an_excerpt_begins_with_what_the_authors_did() -> None:
    background = " ".join(
        f"Background number {number} tells of the past and of much else besides." for number in range(20)
    )
    assert "We introduce Kestrel." in excerpt(f"{background} We introduce Kestrel. {background}")


def test_what_they_did_comes_before_what_is_known_and_what_it_refers_to() -> None:
    known = "Networks of equal accuracy differ widely in size, and the small ones are easier to send to cars."
    ours = "We look for small networks on purpose and arrive at Quill by pruning."
    later = "It is as accurate as Tern on four benchmarks with 50x fewer parameters in each of its layers."
    abstract = f"{known} {ours} {later}"
    assert extract.sentence(Paper(title="Quill", abstract=abstract)) == ours
