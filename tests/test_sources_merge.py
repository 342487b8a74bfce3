"""One paper is one paper, whatever sources it comes from, and text is put together as it was written."""

from __future__ import annotations

import datetime as dt
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from summarizer.errors import SetupError
from summarizer.records import Paper
from summarizer.sources.merge import Library, merged
from summarizer.sources.values import rejoined, words

ARXIV = Paper(id="2608.00001", title="Kettles Learn to Whistle in Tune", authors=("Ada Ash", "Bo Birch"))
JOURNAL = Paper(id="10.1000/182", title="Kettles learn to whistle in tune.", authors=("A. Ash",))
PAGE = Paper(title="Kettles Learn To Whistle In Tune", abstract="We teach kettles.", author_count=2)


@pytest.mark.parametrize("papers", list(permutations([ARXIV, JOURNAL, PAGE])))
def test_arxiv_journal_and_page_become_one_paper_in_any_order(papers: tuple[Paper, ...]) -> None:
    library = Library()
    doubles = [library.add(paper) for paper in papers]
    (paper,) = library.papers
    assert doubles == [False, True, True]
    assert (paper.id, paper.abstract, paper.author_count) == ("2608.00001", "We teach kettles.", 2)
    assert paper.authors == ("Ada Ash", "Bo Birch")


def test_a_doi_that_a_record_has_besides_joins_what_was_apart() -> None:
    library = Library()
    library.add(Paper(id="10.1000/182", title="Whistling Kettles"))
    library.add(Paper(id="2608.00001", title="Kettles that Whistle", abstract="We teach."))
    assert len(library.papers) == 2
    assert library.add(ARXIV, {"10.1000/182"})
    (paper,) = library.papers
    assert (paper.id, paper.title, paper.abstract) == ("2608.00001", "Whistling Kettles", "We teach.")


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (ARXIV, ARXIV.model_copy(update={"id": "2608.00002"})),
        (JOURNAL, JOURNAL.model_copy(update={"id": "10.1000/183"})),
        (ARXIV, JOURNAL.model_copy(update={"authors": ("Cy Cedar",)})),
        (Paper(id="2608.00001", title="Editorial"), Paper(id="10.1000/182", title="Editorial")),
    ],
)
def test_papers_of_the_same_title_stay_apart_where_something_speaks_for_it(
    first: Paper, second: Paper
) -> None:
    library = Library()
    library.add(first)
    assert not library.add(second)


@pytest.mark.parametrize(
    ("first", "second", "field", "expected"),
    [
        ({"abstract": "We teach…"}, {"abstract": "We teach kettles."}, "abstract", "We teach kettles."),
        ({"abstract": "We teach kettles."}, {"abstract": "We teach."}, "abstract", "We teach kettles."),
        ({"abstract": "We teach."}, {"abstract": "Other words, and more."}, "abstract", "We teach."),
        ({"authors": ("Ada",)}, {"authors": ("Ada", "Bo"), "author_count": 2}, "authors", ("Ada", "Bo")),
        ({"authors": ("Ada",), "author_count": 1}, {"authors": ("Ada", "Bo")}, "authors", ("Ada",)),
        ({}, {"published": dt.date(2026, 8, 20)}, "published", dt.date(2026, 8, 20)),
        ({"id": "17"}, {"id": "10.1000/182"}, "id", "10.1000/182"),
        ({"id": "10.1000/182"}, {"id": "17"}, "id", "10.1000/182"),
    ],
)
def test_the_best_of_each_field_is_kept(
    first: dict[str, object], second: dict[str, object], field: str, expected: object
) -> None:
    both = (Paper.model_validate({"title": "T", **record}) for record in (first, second))
    assert getattr(merged(*both), field) == expected


PAPERS = st.builds(
    Paper,
    id=st.sampled_from([None, "2608.00001", "2608.00002", "10.1000/1", "10.1000/2", "17"]),
    title=st.sampled_from(
        ["Kettles Learn to Whistle in Tune", "Pots Learn to Sing in the Dark", "2608.00001"]
    ),
    authors=st.sampled_from([(), ("Ada Ash",), ("Bo Birch",)]),
)


@given(st.lists(st.tuples(PAPERS, st.sets(st.sampled_from(["10.1000/1", "10.1000/2"]))), max_size=8))
def test_no_paper_is_there_twice_and_none_is_lost(rows: list[tuple[Paper, set[str]]]) -> None:
    library = Library()
    for paper, also in rows:
        library.add(paper, also)
    keys = [paper.key for paper in library.papers]
    assert len(set(keys)) == len(keys)
    assert {paper.id for paper, _ in rows if paper.id and paper.id[:4] == "2608"} <= {*keys}
    assert bool(rows) == bool(keys)


@pytest.mark.parametrize(
    ("wrapped", "expected"),
    [
        ("a sample-\nefficient agent", "a sample-efficient agent"),
        ("a sample-\r\n  efficient agent", "a sample-efficient agent"),
        ("vision-language-\naction models", "vision-language-action models"),
        ("an effi-\ncient one is efficient", "an efficient one is efficient"),
        ("pre-\nand post-training", "pre- and post-training"),
        ("kettles - \npots", "kettles - pots"),
        ("kettles --\npots", "kettles -- pots"),
        ("GPT-\n4 and 3-\ndimensional", "GPT-4 and 3-dimensional"),
        ("soft\u00adly, \ufb01ve\u00a0pots", "softly, five pots"),
        ("sample- efficient", "sample- efficient"),
        ("a paragraph-\n\nanother", "a paragraph- another"),
    ],
)
def test_hard_wraps_are_undone_and_words_with_a_hyphen_keep_it(wrapped: str, expected: str) -> None:
    assert words(wrapped) == expected


@given(st.text(alphabet="ab-\n ", max_size=40))
def test_putting_words_together_touches_nothing_but_hyphens_and_line_ends(text: str) -> None:
    assert [sign for sign in rejoined(text) if sign not in "-\n "] == [
        sign for sign in text if sign not in "-\n "
    ]
    assert "\n" in text or rejoined(text) == text


def test_a_folder_for_temporary_files_that_is_full_is_told_in_a_line() -> None:
    library = Library()
    library.papers._database.execute("PRAGMA max_page_count = 5")
    with pytest.raises(SetupError, match="TMPDIR"):
        library.add(Paper(title="A Long One", abstract="word " * 100_000))
