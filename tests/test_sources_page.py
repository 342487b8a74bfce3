"""A Daily Papers page copied as text: which line is what, in every layout."""

from __future__ import annotations

import datetime as dt
import textwrap
from collections.abc import Callable, Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from summarizer.errors import InputError
from summarizer.records import Paper
from summarizer.sources import page
from summarizer.sources.files import Text

TODAY = dt.date(2026, 3, 1)
Card = tuple[str, str]
HEADER = """new

Get trending papers in your email inbox!

Subscribe

Daily Papers

byAK and the research community

Feb 20

"""
STIR = (
    "nanoSpoon: A Rather Long-Winded, Thoroughly Evaluated and Openly Available Collection of Methods "
    "for Stirring Without Spilling, with Applications to Soup, Stew and Porridge"
)
CARDS: list[Card] = [
    ("Kettles Learn to Whistle in Tune", f"{'We teach kettles. ' * 20}Code: https://example.org/kettles"),
    ("Can Toasters Count?", "Toasters are said to be unable to count. We show that they are not, up to 7."),
    (STIR, f"{'Stirring spills; nanoSpoon stirs more gently (1.5x), e.g. in soup. ' * 9}We discuss limits."),
    ("π-Pot", "A pot that is round."),
]


def take(text: str, today: dt.date = TODAY) -> tuple[list[Paper], list[str]]:
    notices: list[str] = []
    source = Text("page.txt", text.split("\n"), notices.append, today)
    return list(page.read(source)), [notice.removeprefix("page.txt") for notice in notices]


def render(cards: Sequence[Card], small_print: Callable[[int], str], header: str = HEADER) -> str:
    return header + "\n\n".join(
        f"{title}\n\n{abstract}\n\n{small_print(number)}" for number, (title, abstract) in enumerate(cards)
    )


LAYOUTS: dict[str, Callable[[Sequence[Card]], str]] = {
    "seed": lambda cards: render(cards, lambda number: f"  • {number + 1} authors\n·\nFeb {number + 1}\n"),
    "organisation": lambda cards: render(cards, lambda number: f"Kitchen Lab\n·\nFeb {number + 1} 2\n"),
    "organisation with a full stop": lambda cards: render(cards, lambda _: "Pots & Pans Co., Ltd.\n·\nFeb 1"),
    "organisation on its own": lambda cards: render(cards, lambda _: "Kitchen Lab\n\n·\n\nFeb 1"),
    "some without small print": lambda cards: render(
        cards, lambda number: "" if number % 2 else "  • 1 author\n·\nDec 31, 2025 3\n"
    ),
    "on one line": lambda cards: render(cards, lambda _: "• 4 authors · Feb 1"),
    "no header, no small print": lambda cards: render(cards, lambda _: "", header=""),
    "every card twice": lambda cards: render(
        [card for card in cards for _ in range(2)], lambda _: "  • 2 authors\n·\nFeb 1"
    ),
    "submitters and votes": lambda cards: render(
        cards, lambda _: "  • 2 authors\n·\nFeb 1\n\nSubmitted by\n\nsomeone\n\n31\n"
    ),
    "wrapped by an editor": lambda cards: "\n".join(
        textwrap.fill(line, 72, break_long_words=False, break_on_hyphens=False)
        for line in render(cards, lambda _: "  • 2 authors\n·\nFeb 1").split("\n")
    ),
}


def pairs(papers: Sequence[Paper]) -> list[tuple[str, str | None]]:
    """Return titles and abstracts, each once: merging doubles is not the page's business."""
    return list(dict.fromkeys((paper.title, paper.abstract) for paper in papers))


@pytest.mark.parametrize("layout", LAYOUTS)
def test_titles_and_abstracts_are_found_in_every_layout(layout: str) -> None:
    papers, notices = take(LAYOUTS[layout](CARDS))
    assert pairs(papers) == CARDS
    assert all("without a year" in notice for notice in notices)


_WORD = st.text("abcdefghijklmnopqrstuvwxyzäß", min_size=2, max_size=9)
_TITLE = st.builds(
    lambda words, end: " ".join(["Pot", *words]) + end,
    st.lists(_WORD, min_size=1, max_size=18),
    st.sampled_from(["", "", "?", "!", ")"]),
)
_SENTENCE = st.lists(_WORD, min_size=3, max_size=25).map(lambda words: f"We {' '.join(words)}.")
_CARDS = st.lists(
    st.tuples(_TITLE, st.lists(_SENTENCE, min_size=2, max_size=12).map(" ".join)),
    min_size=1,
    max_size=8,
    unique_by=lambda card: card[0],
)


@given(layout=st.sampled_from(sorted(LAYOUTS)), cards=_CARDS)
@settings(max_examples=150)
def test_as_many_papers_come_back_as_were_rendered(layout: str, cards: list[Card]) -> None:
    assert pairs(take(LAYOUTS[layout](cards))[0]) == cards


def test_without_blank_lines_a_long_abstract_tells_titles_apart() -> None:
    cards = [(title, abstract * 10) for title, abstract in CARDS]
    text = LAYOUTS["seed"](cards)
    assert pairs(take("\n".join(line for line in text.split("\n") if line.strip()))[0]) == cards


@given(cards=_CARDS)
@settings(max_examples=30)
def test_carriage_returns_and_no_break_spaces_change_nothing(cards: list[Card]) -> None:
    text = LAYOUTS["seed"](cards)
    assert take(text.replace("\n", "\r\n").replace("·", "\u00a0·\u00a0").replace(" ", "\u00a0")) == take(text)


@pytest.mark.parametrize(
    ("small_print", "authors", "published", "comments"),
    [
        ("  • 4 authors\n·\nFeb 1", 4, dt.date(2026, 2, 1), None),
        ("  • 1 author\n·\nJul 14, 2024 12", 1, dt.date(2024, 7, 14), 12),
        ("Kitchen Lab\n·\nFeb 1 3", None, dt.date(2026, 2, 1), 3),
        ("• 4 authors\n· Published on September 4, 2025", 4, dt.date(2025, 9, 4), None),
        ("• 4 authors", 4, None, None),
        ("", None, None, None),
    ],
)
def test_the_small_print_gives_authors_date_and_comments(
    small_print: str, authors: int | None, published: dt.date | None, comments: int | None
) -> None:
    papers, _ = take(render(CARDS[:2], lambda _: small_print))
    assert papers[0] == Paper(
        title=CARDS[0][0],
        abstract=CARDS[0][1],
        author_count=authors,
        published=published,
        comments=comments,
        source="page",
    )


@pytest.mark.parametrize(
    ("top", "card", "today", "year"),
    [
        ("Feb 20", "Feb 19", dt.date(2026, 3, 1), 2026),
        ("Dec 9", "Sep 4", dt.date(2026, 3, 1), 2025),
        ("Dec 9", "Sep 4", dt.date(2025, 12, 9), 2025),
        ("Dec 9", "Sep 4", dt.date(2025, 12, 8), 2024),
        ("", "Feb 29", dt.date(2026, 3, 1), 2024),
    ],
)
def test_a_date_without_a_year_is_of_the_latest_year_that_fits(
    top: str, card: str, today: dt.date, year: int
) -> None:
    text = render(CARDS[:2], lambda _: f"  • 2 authors\n·\n{card}", header=f"Daily Papers\n\n{top}\n\n")
    papers, notices = take(text, today)
    assert {paper.published and paper.published.year for paper in papers} == {year}
    assert notices == [f": dates without a year are read as {year}, the latest that fits"]


@pytest.mark.parametrize("card", ["  • 2 authors\n·\nFeb 1, 2025", "  • 2 authors"])
def test_a_year_that_no_paper_needs_is_not_told(card: str) -> None:
    text = render(CARDS[:2], lambda _: card, header="Daily Papers\n\nFeb 20\n\n")
    assert take(text)[1] == []


def test_a_year_that_is_written_out_is_not_the_pages_own() -> None:
    days = ["Dec 9, 2025", "Dec 8"]
    text = render(CARDS[:2], lambda number: f"  • 2 authors\n·\n{days[number]}", header="")
    papers, notices = take(text)
    assert [paper.published for paper in papers] == [dt.date(2025, 12, 9), None]
    assert notices == [": no year up to 2026 fits the dates that have none: these are left out"]


def test_an_abstract_that_is_cut_off_is_kept_and_told() -> None:
    text = LAYOUTS["seed"](CARDS[:2]) + "\n\nPans, Revisited\n\nPans have been known for a long time. We rev"
    papers, notices = take(text)
    assert (papers[-1].title, papers[-1].abstract) == (
        "Pans, Revisited",
        "Pans have been known for a long time. We rev",
    )
    assert ":31: the abstract of “Pans, Revisited” looks cut off: kept as it is" in notices


def test_a_last_title_without_an_abstract_is_kept_and_told() -> None:
    papers, notices = take(LAYOUTS["seed"](CARDS[:2]) + "\n\nPans, Revisited\n")
    assert (papers[-1].title, papers[-1].abstract) == ("Pans, Revisited", None)
    assert notices[-1] == ":31: no abstract below “Pans, Revisited”: kept without one"


@pytest.mark.parametrize(
    "tail", ["  •", "  • 1", "  • 12 aut", "  • 12 authors\n·", "  • 12 authors\n·\nJul 14, 20"]
)
def test_small_print_that_is_cut_off_gets_into_no_title_and_no_abstract(tail: str) -> None:
    title, abstract = CARDS[0]
    papers, _ = take(f"{HEADER}{title}\n\n{abstract}\n\n{tail}")
    assert pairs(papers) == [CARDS[0]]
    assert papers[0].author_count == (12 if "12" in tail else None)
    assert papers[0].published is None


def test_a_paste_that_begins_within_an_abstract_loses_no_title() -> None:
    tail = "whistle, and so the steam is saved. We conclude that kettles learn. " * 6
    papers, notices = take(f"{tail}\n\n  • 4 authors\n·\nFeb 1\n\n" + LAYOUTS["seed"](CARDS))
    assert pairs(papers) == CARDS
    assert notices[0].startswith(":1: text without a title (“whistle, and so the steam")


def test_an_unknown_heading_of_the_page_is_skipped_and_told() -> None:
    papers, notices = take("Join our cooking contest\n\n" + render(CARDS, lambda _: "• 2 authors", header=""))
    assert pairs(papers) == CARDS
    assert notices == [":1: a line above the first paper (“Join our cooking contest”): skipped"]


def test_an_abstract_may_have_several_paragraphs() -> None:
    abstract = "We cook.\n\nFirst, we boil. Then we fry.\n\nCode: https://example.org/cook"
    papers, _ = take(render([("Cooking", abstract), *CARDS], lambda _: "  • 2 authors\n·\nFeb 1"))
    assert pairs(papers) == [("Cooking", abstract.replace("\n\n", " ")), *CARDS]


def test_a_list_of_titles_with_small_print_is_kept_without_abstracts() -> None:
    text = HEADER + "\n".join(f"{title}\n\n  • 2 authors\n·\nFeb 1\n" for title, _ in CARDS)
    papers, notices = take(text)
    assert pairs(papers) == [(title, None) for title, _ in CARDS]
    assert sum("no abstract below" in notice for notice in notices) == len(CARDS)


ESSAY = "\n\n".join(
    ["On Breakfast", *(f"Morning {number} came. There was toast, and nobody spoke." for number in range(8))]
)
README = """# Kettle

A kettle for your terminal. It boils.

## Install

    pip install kettle

## Usage

Run `kettle boil`. Options are listed by `--help`. See below.

- `--hot`: hotter
- `--loud`: louder

## License

MIT
"""
PROGRAM = '''"""Boil water. Or tea."""

import kettle

LIMIT = 100


def boil(water):
    """Return the water, boiled. It is hot."""
    for degree in range(LIMIT):
        water.heat(degree)

    return water


if __name__ == "__main__":
    boil(kettle.Water())
'''


@pytest.mark.parametrize(
    "text",
    [
        ESSAY,
        README,
        PROGRAM,
        "x",
        "?",
        "hello world",
        "a\n\nb\n\nc",
        "•\n\n•",
        "<!doctype html>\n<html>\n<p>Kettles Learn</p>",
        "Dear all,\n\nLunch is at noon. Bring a spoon.\n\nMay 5\n\nRegards,\n\nAda",
    ],
)
def test_text_that_is_no_such_page_gives_no_papers(text: str) -> None:
    with pytest.raises(InputError, match="no papers in it"):
        take(text)


def test_a_page_with_headers_only_says_so() -> None:
    with pytest.raises(InputError, match=r"page\.txt: a page with headers but no paper"):
        take(HEADER)


def test_a_title_and_an_abstract_alone_are_a_paper() -> None:
    title, abstract = CARDS[0]
    assert pairs(take(f"{title}\n\n{abstract}\n")[0]) == [CARDS[0]]
