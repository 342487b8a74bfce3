"""Papers from wherever they are: files, folders, standard input, arXiv and Hugging Face Daily Papers.

Files are told apart by content and suffix. A new kind of source is one module with a function that tells
its text and one that reads it, and one row in ``KINDS``.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Collection, Iterator, Sequence
from typing import NamedTuple

from summarizer.errors import InputError, ServiceError, SetupError
from summarizer.records import Paper
from summarizer.sources import (
    arxiv,
    bibtex,
    daily,
    feed,
    fields,
    files,
    identifiers,
    ids,
    jsontext,
    page,
    ris,
    spans,
    table,
)
from summarizer.sources.merge import Library

__all__ = ["KINDS", "Kind", "read", "today"]


class Kind(NamedTuple):
    """A kind of source: its usual suffixes, whether a text is of it, and the papers in such a text."""

    name: str
    suffixes: tuple[str, ...]
    fits: Callable[[files.Text], bool]
    read: Callable[[files.Text], Iterator[Paper]]


KINDS = (
    Kind("jsonl", (".jsonl", ".ndjson"), jsontext.is_lines, jsontext.read_lines),
    Kind("json", (".json",), jsontext.is_whole, jsontext.read_whole),
    Kind("bibtex", (".bib", ".bibtex", ".biblatex"), bibtex.fits, bibtex.read),
    Kind("ris", (".ris", ".ciw"), ris.fits, ris.read),
    Kind("feed", (".xml", ".atom", ".rss"), feed.fits, feed.read),
    Kind("csv", (".csv", ".tsv", ".tab"), table.fits, table.read),
    Kind("ids", (".ids", ".list"), ids.fits, ids.read),
    Kind("page", (".txt", ".text"), page.fits, page.read),
)
"""Every kind that can be read. The last one says what is wrong with a text that fits none."""
_ARXIV = re.compile(r"arxiv:\s*(?P<terms>\S.*)", re.IGNORECASE)
_DAILY = ("huggingface", "hf")


def read(
    sources: Sequence[str], *, notice: Callable[[str], None], today: dt.date | None = None
) -> Collection[Paper]:
    """Return the papers of all ``sources``, each once, in the order they were first met; they are on disk.

    A source is the name of a file or a folder, a pattern such as ``refs/*.bib``, ``-`` for standard input,
    an arXiv id or its address, or ``arxiv:`` before a category or a search. ``notice`` is sent one line for
    everything that is damaged, left out or merged. ``today`` (by default UTC's) dates the days of a page
    that have no year. Doubles are merged, the best of each field kept; papers without an abstract that have
    an arXiv id are fetched by it.

    Raises InputError where a lone source cannot be read or no paper is found at all, and ServiceError where
    arXiv cannot be reached and all papers are there; of several sources, those that cannot be read are told
    to ``notice``.
    """
    today = today or dt.datetime.now(dt.UTC).date()
    library = Library()
    problems: list[str] = []
    refusal: ServiceError | None = None
    for source in sources:
        try:
            if remote := None if files.exists(source) else _remote(source, notice):
                for paper in remote:
                    library.add(paper)
                continue
            names = files.expand(source)
        except InputError as error:
            problems.append(str(error))
            continue
        except ServiceError as error:
            refusal = error
            problems.append(str(error))
            continue
        for name in names:
            problems += _problems(name, notice, today, library)
    arxiv.fill(library, notice)
    if not library.papers:
        if refusal:
            raise refusal
        nothing = (
            "arXiv knows none of these ids" if sources else "no source was named: pass a file, a folder or -"
        )
        raise InputError(_summary(problems) or nothing)
    for problem in problems:
        notice(f"{problem}: nothing read from it")
    return library.papers


def today(
    *,
    date: str | None = None,
    week: str | None = None,
    month: str | None = None,
    search: str | None = None,
    source: str = "huggingface",
    notice: Callable[[str], None],
) -> tuple[str, Collection[Paper]]:
    """Return what a digest of that time or search is called, such as "2026-08-21", and its papers.

    ``source`` is ``huggingface`` or ``arxiv:`` with a category; without any other option it is the newest
    day that has papers. ``notice`` is sent one line for what is damaged or not what was asked for.

    Raises SetupError for a wrong option, InputError where nothing is found, and ServiceError where the
    server cannot be reached or refuses.
    """
    span = spans.asked(date, week, month)
    if search is not None and not search.strip():
        raise SetupError("--search: no words to search for")
    library = Library()
    if source.strip().lower() in _DAILY:
        if search is not None and span:
            raise SetupError("--search looks through all days: pass it without --date, --week and --month")
        label, papers = daily.fetch(span, search, notice)
        for paper, also in papers:
            library.add(paper, also)
    elif (found := _ARXIV.fullmatch(source.strip())) and not identifiers.known_id(source.strip()):
        label, listed = arxiv.daily(found["terms"], span, notice, also=search)
        for paper in listed:
            library.add(paper)
    else:
        raise SetupError(
            f"--source {source!r}: it is huggingface, or arxiv: with a category such as arxiv:cs.LG"
        )
    arxiv.fill(library, notice)
    return label, library.papers


def _remote(source: str, notice: Callable[[str], None]) -> Iterator[Paper] | None:
    """Return the papers of a source that is an id, an address or a search; ``None`` where it is none."""
    number = identifiers.known_id(source.strip())
    if identifiers.is_arxiv(number):
        return iter([fields.unread(number or "")])
    if number:
        raise InputError(
            f"{files.label(source)}: a DOI cannot be fetched: pass the arXiv id, or BibTeX or RIS with the abstract"
        )
    if found := _ARXIV.fullmatch(source.strip()):
        return arxiv.search(found["terms"], notice)
    if re.match(r"https?://(?:www\.)?(?:huggingface\.co|hf\.co)/papers\b", source.strip(), re.IGNORECASE):
        raise InputError(
            f"{files.label(source)}: for Daily Papers use `summarize today`, with --date, --week, --month or --search"
        )
    if re.match(r"[a-z]+://", source, re.IGNORECASE):
        raise InputError(
            f"{files.label(source)}: only papers of arXiv are fetched: save the page and pass the file"
        )
    return None


def _problems(name: str, notice: Callable[[str], None], today: dt.date, library: Library) -> list[str]:
    """Add the papers of one file to ``library``; return why there are none, for each part of it."""
    problems: list[str] = []
    try:
        for text in files.load(name, notice, today):
            try:
                if isinstance(text, InputError):
                    raise text
                _take(text, library)
            except InputError as error:
                problems.append(str(error))
    except InputError as error:
        problems.append(str(error))
    return problems


def _take(source: files.Text, library: Library) -> None:
    """Add the papers of one source to ``library``."""
    doubles = 0
    try:
        for paper in _kind(source).read(source):
            doubles += library.add(paper, source.also.pop(paper.key, ()))
    finally:
        source.settle()
        if doubles:
            many = "papers were there already and are" if doubles > 1 else "paper was there already and is"
            source.tell(f"{doubles:,} {many} merged")


def _kind(source: files.Text) -> Kind:
    """Return the kind of a text: by its content, and by its suffix where that says nothing."""
    by_suffix = sorted(KINDS, key=lambda kind: source.suffix not in kind.suffixes)
    fitting = (kind for kind in by_suffix if kind.fits(source))
    return next(fitting, by_suffix[0] if source.suffix in by_suffix[0].suffixes else KINDS[-1])


def _summary(problems: Sequence[str]) -> str:
    more = f"; and {len(problems) - 3:,} more" if len(problems) > 3 else ""
    return "; ".join(problems[:3]) + more
