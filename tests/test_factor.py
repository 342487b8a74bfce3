"""A factor comes from the figures of the phrase, and only from them."""

from __future__ import annotations

import math
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from summarizer.factor import factor, figures, plain

MULTIPLES: list[tuple[str, float]] = [
    ("the rival needs 48 times more data", 48),
    ("48times", 48),
    ("up to 30x", 30),
    ("a 1,000x smaller index", 1000),
    (r"$2.5\times$ speedup", 2.5),
    ("3–5× faster", 5),
    ("2.5-fold cheaper", 2.5),
    ("tenfold reduction in queries", 10),
    ("ten times fewer labels", 10),
    ("twice as fast", 2),
    ("doubles throughput", 2),
    ("triples the throughput", 3),
    ("an order of magnitude faster", 10),
    ("two orders of magnitude", 100),
    ("one to two orders of magnitude cheaper", 100),
    ("1.3times to 2.7times", 2.7),
    ("6x-90x", 90),
    ("12timessim40times", 40),
    ("25x fewer views (vs. 800)", 25),
    ("a 4x smaller model (0.9B vs 3.6B)", 4),
    ("at 0.5x the cost", 2),
    ("smaller by a factor of 4", 4),
    ("a factor of up to ten fewer steps", 10),
    ("10^3 times fewer calls", 1000),
    ("a **1.9x** to **2.7x** speedup", 2.7),
    ("between 2x and 4x faster", 4),
    ("up to times3.2 faster", 3.2),
    ("x3 times faster", 3),
    ("a 4.4×speed up", 4.4),
    ("three orders of magnitudes", 1000),
    ("ranging from 2x up to 100x", 100),
    ("models double its size", 2),
    ("can double throughput", 2),
    ("an average speedup of x17.5 on maps", 17.5),
    ("a 1.8 wall-clock speedup", 1.8),
]
SHARES: list[tuple[str, float]] = [
    ("12% of the data", 8.33),
    (r"using less than 10\% of the corpus", 10),
    ("as little as 25% of the labels", 4),
    ("only 5% of weights", 20),
    ("only updates the top 8% of its filters", 12.5),
    ("using 2% labeled data", 50),
    ("reduces training time to 30% of the baseline", 3.33),
    ("less than 1/4 of the compute", 4),
    ("one third of the labels", 3),
    ("1/10th of the cost", 10),
    ("half the parameters", 2),
    ("half as many epochs", 2),
    ("is a tenth of the size", 10),
    ("in a third of the time", 3),
]
SAVINGS: list[tuple[str, float]] = [
    ("40% less latency", 1.67),
    ("reduces memory by 40%", 1.67),
    ("reduces memory by up to 75%", 4),
    ("84% fewer tokens", 6.25),
    ("30-50% fewer tokens", 2),
    ("25% energy savings", 1.33),
    ("prunes 50% of the tokens", 2),
    ("halves the number of steps", 2),
    ("cuts latency in half", 2),
    ("cuts cost by two-thirds", 3),
    ("70% lower token overhead", 3.33),
    ("shrinks idle time from 60% to just 5%", 12),
    ("cuts memory to only a fifth (or even less) of the grid's", 5),
]
SPEEDS: list[tuple[str, float]] = [
    ("40% faster", 1.4),
    ("150% faster", 2.5),
    ("increases throughput by 11--17%", 1.17),
    ("a 35% improvement in efficiency", 1.35),
]
PAIRS: list[tuple[str, float]] = [
    ("from 10 hours to 2 hours", 5),
    ("from 3 days to 2 hours", 36),
    ("cuts latency from 2.4 s to 600 ms", 4),
    ("reduces the window from 512 to 64", 8),
    ("raises throughput from 10 to 30 fps", 3),
    ("10 vs 100 GPU hours", 10),
    ("3 minutes instead of 2 hours", 40),
    ("48 bytes instead of 1536 bytes", 32),
    ("64 tokens instead of 576", 9),
    ("just 2B tokens, compared to over 1T", 500),
    (r"cuts work from \(1200 \, \text{kMAC/pixel}\) to just \(300 \, \text{kMAC/pixel}\)", 4),
    ("a 3B model that is on par with 70B models", 23.3),
    ("a 0.5B model competitive with 7-12B baselines", 24),
    ("exceeds 1.2B models with only 300M parameters", 4),
    ("with 1K samples it outperforms models trained on 20K samples", 20),
    ("needs only 20 steps while others need 1000 steps", 50),
    ("an 8-bit net that matches its 32-bit counterpart", 4),
]
NONE = [
    "20 minutes of training",
    "between 15 to 40 minutes",
    "in 6-9 steps",
    "for just $0.02",
    "with only 3% overhead",
    "le 3% overhead",
    "drops from 80% of the cases",
    "sample-efficient and fast",
    "from hours to minutes",
    "orders of magnitude faster",
    "a 0.9x speedup",
    "a 2 times 2 grid of 256x256 images",
    "improves accuracy by 40%",
    "with only a 2% drop",
    "a double descent",
    "ranging from 2B to 8B",
    "on 8x H100 GPUs",
    "a 70B model that is on par with 3B models",
    "a 3B model that outperforms Tern on 70B models",
    "a 3B model that fails to match 70B models",
    "a 2x4 grid",
    "80% of the questions can be answered early",
    "reduces latency by 100%",
    "",
]


@pytest.mark.parametrize(("quote", "expected"), MULTIPLES + SHARES + SAVINGS + SPEEDS + PAIRS)
def test_the_figures_of_a_quote_give_its_factor(quote: str, expected: float) -> None:
    assert factor(quote) == expected


@pytest.mark.parametrize("quote", NONE)
def test_what_gives_no_factor_has_none(quote: str) -> None:
    assert factor(quote) is None


@pytest.mark.parametrize("quote", [quote for quote, _ in MULTIPLES + SHARES + SAVINGS + SPEEDS])
def test_case_and_white_space_make_no_difference(quote: str) -> None:
    assert factor(f"  {quote.upper()} ".replace(" ", "\n ")) == factor(quote)


@given(st.integers(min_value=2, max_value=99))
def test_a_share_a_saving_and_a_multiple_agree(share: int) -> None:
    used = factor(f"using {share}% of the data")
    saved = factor(f"{100 - share}% less data")
    times = factor(f"{100 / share:.4f} times less data")
    assert used is not None
    assert saved == pytest.approx(used, rel=0.01)
    assert times == pytest.approx(used, rel=0.01)


@given(st.integers(min_value=2, max_value=500))
def test_every_spelling_of_a_multiple_is_the_same(times: int) -> None:
    spellings = ("x", "×", "times", " times", r"$\times$", "-fold")
    assert {factor(f"{times}{spelling} fewer steps") for spelling in spellings} == {float(f"{times:.3g}")}


_PIECES = st.sampled_from(
    [
        "4x",
        "40%",
        r"\%",
        "times",
        "sim",
        "only",
        "of the data",
        "from",
        "to",
        "vs",
        "by",
        "1/0",
        "0x",
        "$",
        "half",
    ]
)


@given(st.one_of(st.text(), st.lists(st.one_of(_PIECES, st.text(max_size=5))).map(" ".join)))
def test_any_text_has_a_finite_factor_above_one_or_none(text: str) -> None:
    value = factor(text)
    assert value is None or (value > 1 and math.isfinite(value))


@pytest.mark.parametrize(
    ("quote", "expected"),
    [
        ("2x and 5x faster", [2, 5]),
        ("2 and 5 times faster", []),
        ("is 2 and 5 times faster", [2, 5]),
        ("20% and 50% faster", [1.2, 1.5]),
        ("cuts cost by 50%, 75%, and 80%", [2, 4, 5]),
        ("cuts cost by 50% on one set and 80% on another", [2, 5]),
        ("between 2x and 5x faster", [5]),
    ],
)
def test_figures_that_are_listed_are_told_apart(quote: str, expected: list[float]) -> None:
    assert [figure.factor for figure in figures(plain(quote))] == (expected or [5])


def test_figures_stand_where_they_say() -> None:
    text = plain("2 times faster with a third of the memory")
    first = figures(text)[0]
    assert text[first.start : first.end] == "2x"


@pytest.mark.parametrize(
    "piece", ["2x faster and 40% less ", "1", "1 ", "from 1 to ", "a" * 9 + " ", "-", "9.9"]
)
def test_time_grows_no_faster_than_the_text(piece: str) -> None:
    start = time.process_time()
    factor(piece * (400_000 // len(piece)))
    assert time.process_time() - start < 4
