"""Papers from wherever they are: files, folders and standard input, told apart by content and suffix.

A new kind of source is one module with a function that tells its text and one that reads it, and one row in
``KINDS``.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from summarizer.errors import InputError
from summarizer.records import Paper
from summarizer.sources import fields, files, jsontext, page
from summarizer.sources.merge import Library

__all__ = ["KINDS", "Kind", "read"]


class Kind(NamedTuple):
    """A kind of source: its usual suffixes, whether a text is of it, and the papers in such a text."""

    name: str
    suffixes: tuple[str, ...]
    fits: Callable[[files.Text], bool]
    read: Callable[[files.Text], Iterator[Paper]]


KINDS = (
    Kind("jsonl", (".jsonl", ".ndjson"), jsontext.is_lines, jsontext.read_lines),
    Kind("json", (".json",), jsontext.is_whole, jsontext.read_whole),
    Kind("page", (".txt", ".text"), page.fits, page.read),
)
"""Every kind that can be read. The last one says what is wrong with a text that fits none."""


def read(
    sources: Sequence[str], *, notice: Callable[[str], None], today: dt.date | None = None
) -> Iterator[Paper]:
    """Yield the papers of all ``sources``, each once, in the order they were first met.

    A source is the name of a file or a folder, or ``-`` for standard input. ``notice`` is sent one line for
    everything that is damaged, left out or merged. ``today`` (by default UTC's) dates the days of a page
    that have no year. Doubles are merged: each field is the first that is known.

    Raises InputError, possibly not before the first paper is asked for, where a lone source cannot be read
    or no paper is found at all; of several sources, those that cannot be read are told to ``notice``.
    """
    today = today or dt.datetime.now(dt.UTC).date()
    library = Library()
    problems: list[str] = []
    for source in sources:
        try:
            names = _find(source, notice)
        except InputError as error:
            problems.append(str(error))
            continue
        for name in names:
            try:
                _take(files.load(name, notice, today), Path(name).suffix.lower(), library)
            except InputError as error:
                problems.append(str(error))
    if not library.papers:
        raise InputError(_summary(problems) or "no source was named: pass a file, a folder or -")
    for problem in problems:
        notice(f"{problem}: nothing read from it")
    yield from library.papers


def _find(source: str, notice: Callable[[str], None]) -> list[str]:
    """Return the names of the files that ``source`` stands for."""
    is_remote = fields.known_id(source) or re.match(r"[a-z]+://|arxiv:", source, re.IGNORECASE)
    if is_remote and not files.exists(source):
        # Here fetching will begin.
        raise InputError(f"{files.label(source)}: fetching is not available yet: save it and pass the file")
    return files.expand(source, notice)


def _take(source: files.Text, suffix: str, library: Library) -> None:
    """Add the papers of one source to ``library``."""
    doubles = 0
    try:
        for paper in _kind(source, suffix).read(source):
            doubles += library.add(paper)
    finally:
        source.settle()
        if doubles:
            many = "papers were there already and are" if doubles > 1 else "paper was there already and is"
            source.tell(f"{doubles:,} {many} merged")


def _kind(source: files.Text, suffix: str) -> Kind:
    """Return the kind of a text: by its content, and by its suffix where that says nothing."""
    by_suffix = sorted(KINDS, key=lambda kind: suffix not in kind.suffixes)
    fitting = (kind for kind in by_suffix if kind.fits(source))
    return next(fitting, by_suffix[0] if suffix in by_suffix[0].suffixes else KINDS[-1])


def _summary(problems: Sequence[str]) -> str:
    more = f"; and {len(problems) - 3:,} more" if len(problems) > 3 else ""
    return "; ".join(problems[:3]) + more
