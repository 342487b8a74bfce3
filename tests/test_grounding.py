"""How far a sentence is the paper's own."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from summarizer.grounding import (
    mistold_figures,
    shared_pairs,
    stem,
    strange_word,
    stutter,
    told_in_one_place,
    without_doubtful_figures,
)
from summarizer.text import numbers

TEXT = (
    "Kestrel plans for small robots in 3D. Kestrel needs 5x fewer trials on 12 tasks. Only 16% of the runs survive "
    "the whole year, and drift falls by 1,024 steps."
)


@pytest.mark.parametrize(
    ("sentence", "strange"),
    [
        ("Kestrel is planning in 3D with fewer trials, improving robots.", None),
        ("Kestrel outperforms other planners.", None),
        ("Kestrel predicts the weather for robots.", "predicts"),
        ("Merlin plans for robots.", "Merlin"),
        ("KestrelNet plans for robots.", "KestrelNet"),
    ],
)
def test_a_word_that_says_something_comes_from_the_paper(sentence: str, strange: str | None) -> None:
    assert strange_word(sentence, TEXT) == strange


@pytest.mark.parametrize(
    ("word", "other"),
    [
        ("improves", "improving"),
        ("effective", "effectiveness"),
        ("tests", "testing"),
        ("alters", "altering"),
        ("unifies", "unifying"),
        ("applies", "apply"),
    ],
)
def test_forms_of_a_word_are_one(word: str, other: str) -> None:
    assert stem(word) == stem(other)


@pytest.mark.parametrize(
    ("sentence", "kept"),
    [
        ("Kestrel plans for small robots, and needs 5x fewer trials.", None),
        (
            "Kestrel plans in 3D for small robots in all runs, with 16% of them failing.",
            "Kestrel plans in 3D for small robots in all runs.",
        ),
        (
            "Kestrel plans for small robots on 12 tasks of runs, needs 5x fewer trials, needs 16% of trials.",
            "",
        ),
        (
            "Kestrel plans for small robots with fewer trials, improving them on 12 tasks.",
            "Kestrel plans for small robots with fewer trials.",
        ),
        (
            "Kestrel plans for small robots, needs 5x fewer trials, with 5x fewer trials.",
            "Kestrel plans for small robots, needs 5x fewer trials.",
        ),
        ("Kestrel plans for small robots in 3D with a view to all the tasks.", None),
    ],
)
def test_a_figure_stays_with_what_the_paper_gives_it_to(sentence: str, kept: str | None) -> None:
    if kept == "":
        with pytest.raises(ValueError, match="the paper does not say"):
            without_doubtful_figures(sentence, "Kestrel", TEXT)
    else:
        assert without_doubtful_figures(sentence, "Kestrel", TEXT) == (kept or sentence)


@given(
    words=st.lists(
        st.sampled_from(["Kestrel", "needs", "5x", "fewer", "trials", "16%", ",", "with", "robots", "12"])
    )
)
def test_what_is_kept_is_the_beginning_of_what_was_said(words: list[str]) -> None:
    sentence = " ".join(words)
    try:
        kept = without_doubtful_figures(sentence, "Kestrel", TEXT)
    except ValueError:
        return
    assert sentence.startswith(kept.removesuffix("."))
    assert numbers(kept) <= numbers(sentence)


@pytest.mark.parametrize(
    ("sentence", "mistold"),
    [
        ("Kestrel cuts the drift by 41%, 56%.", "41%, 56%"),
        ("Kestrel cuts the drift by 41%, 56% and 69%.", None),
        ("Kestrel lifts success by 42.5% to 58.5%.", "by 42.5% to 58.5%"),
        ("Kestrel lifts success from 42.5% to 58.5%.", None),
        ("Kestrel saves trials by 10% to 20%.", None),
    ],
)
def test_figures_are_told_whole_and_as_what_they_are(sentence: str, mistold: str | None) -> None:
    text = (
        "Drift falls by 41%, 56% and 69%; success goes from 42.5% to 58.5%; trials fall by up to 10% to 20%."
    )
    assert mistold_figures(sentence, text) == mistold


@pytest.mark.parametrize(
    ("sentence", "twice"),
    [
        ("Kestrel plans from scratch from scratch.", "from scratch"),
        ("Kestrel replays old gradients, and old gradients help.", "old gradients"),
        ("Kestrel plans with old gradients on twelve tasks where old gradients help.", None),
        ("Kestrel shows one of the plans and some of the runs.", None),
    ],
)
def test_a_sentence_that_says_a_thing_twice_has_lost_its_way(sentence: str, twice: str | None) -> None:
    assert stutter(sentence) == twice


def test_word_pairs_are_counted_in_order() -> None:
    assert shared_pairs("Kestrel plans for robots", TEXT) == pytest.approx(2 / 3)
    assert shared_pairs("Kestrel", TEXT) == 1.0


@pytest.mark.parametrize(
    ("sentence", "share"),
    [
        ("Kestrel needs 5x fewer trials on 12 tasks.", 1.0),
        ("Kestrel is needing 5x fewer trials.", 1.0),  # another form, and words that claim nothing
        ("Kestrel plans with 5x fewer trials.", 4 / 5),  # "plans" is said elsewhere
        ("Trials need Kestrel.", 1 / 3),  # another order says another thing
        ("It is the one.", 0.0),
    ],
)
def test_what_one_sentence_of_the_paper_says_is_told_in_one_place(sentence: str, share: float) -> None:
    assert told_in_one_place(sentence, "A title", TEXT) == pytest.approx(share)


@given(words=st.lists(st.sampled_from(["robots", "plan", "drift", "trials"]), min_size=1), data=st.data())
def test_what_is_left_of_a_sentence_is_told_in_one_place(words: list[str], data: st.DataObject) -> None:
    left = data.draw(st.lists(st.booleans(), min_size=len(words), max_size=len(words)))
    shorter = " ".join(word for word, stays in zip(words, left, strict=True) if stays)
    assert told_in_one_place(shorter, "", " ".join(words)) == (1.0 if shorter else 0.0)
