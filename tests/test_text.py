"""Text: cleaned, split, compared."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from summarizer.text import clean, count, figures, find_quote, numbers, sentences


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a\n  b\t\u00a0c", "a b c"),
        ("eﬃcient ﬁnding", "efficient finding"),
        ("soft\u00adhyphen zero\u200bwidth", "softhyphen zerowidth"),
        ("\x1b[31mred\x1b[0m \x1b]8;;http://x\x07link\x1b]8;;\x07", "red link"),
        ("safe\u202eexe.gnp", "safeexe.gnp"),
        ("a\x00b\x07c", "abc"),
        ("e\u0301", "é"),
        ("half \ud83d gone", "half \ufffd gone"),
        ("", ""),
    ],
)
def test_what_is_not_seen_goes_and_every_letter_stays(text: str, expected: str) -> None:
    assert clean(text) == expected


@given(text=st.text(st.characters()))
def test_clean_text_is_clean(text: str) -> None:
    once = clean(text)
    assert clean(once) == once
    assert "\n" not in once
    once.encode()


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("One. Two! Three? Four", 4),
        ("We compare methods, e.g. A and B, i.e. two. Done.", 2),
        ("As in Fig. 3 and Eq. 4 of Smith et al. The end.", 1),
        ("It gains 3.5 points. GPT-4 vs. Claude is next.", 2),
        ("“Quoted.” (Bracketed.) Last.", 3),
        ("no end", 1),
        ("", 0),
    ],
)
def test_sentences_end_where_a_reader_ends_them(text: str, count: int) -> None:
    assert len(sentences(text)) == count


@given(text=st.text())
def test_no_word_is_lost_between_sentences(text: str) -> None:
    assert "".join("".join(sentences(text)).split()) == "".join(text.split())


@pytest.mark.parametrize(
    ("quote", "found"),
    [
        ("needs 5x fewer trials", "needs 5x\n fewer trials"),
        ("needs  5x", "needs 5x"),
        ("Needs 5x", None),
        ("needs 6x", None),
        ("a.c", None),
        ("", None),
        ("   ", None),
    ],
)
def test_a_quote_is_verbatim_or_it_is_none(quote: str, found: str | None) -> None:
    assert find_quote(quote, "It needs 5x\n fewer trials than abc.") == found


@given(text=st.text(min_size=1), data=st.data())
def test_any_span_is_found_again(text: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(text) - 1))
    span = text[start : data.draw(st.integers(start + 1, len(text)))]
    found = find_quote(span, text)
    assert found is None if not span.split() else found is not None and found.split() == span.split()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1,024 GPUs", {"1024"}),
        ("64times and 10\\%", {"64", "10"}),
        ("3.50 or 3.5", {"3.5"}),
        ("GPT-4o in 2026", {"4", "2026"}),
        ("007", {"7"}),
        ("none", set()),
    ],
)
def test_numbers_are_written_one_way(text: str, expected: set[str]) -> None:
    assert numbers(text) == expected


def test_long_text_takes_no_long_time() -> None:
    began = time.monotonic()
    for text in ("word " * 100_000, "A. " * 100_000, "1,000" * 50_000, "a" * 500_000):
        clean(text)
        sentences(text)
        numbers(text)
        find_quote("word word x", text)
    assert time.monotonic() - began < 20


def test_a_number_is_one_however_it_is_written() -> None:
    assert numbers("1,024 or 1{,}024 or 1024.0") == {"1024"}


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("40% less", {("40", "%")}),
        (r"12.50\% or 3 percent", {("12.5", "%"), ("3", "%")}),
        ("47-197% more", {("47", "%"), ("197", "%")}),
        ("by 5.2, 6 and 7x", {("5.2", "x"), ("6", "x"), ("7", "x")}),
        (r"$64\times$, 289times, 15-fold", {("64", "x"), ("289", "x"), ("15", "x")}),
        ("a 256 x 256 image with 8 xylophones", {("256", "x")}),
        ("50 trials, 3 times", {("3", "x")}),
        ("15timessim50times, 200--5000 times", {("15", "x"), ("50", "x"), ("200", "x"), ("5000", "x")}),
        ("89.7+/-1.2%", {("89.7", "%"), ("1.2", "%")}),
        ("in 2024, 3 timesteps", set()),
    ],
)
def test_a_share_and_a_multiple_are_told_apart(text: str, found: set[tuple[str, str]]) -> None:
    assert figures(text) == found


@pytest.mark.parametrize(
    ("number", "noun", "said"), [(1, "batch", "1 batch"), (2, "batch", "2 batches"), (0, "paper", "0 papers")]
)
def test_things_are_counted(number: int, noun: str, said: str) -> None:
    assert count(number, noun) == said
