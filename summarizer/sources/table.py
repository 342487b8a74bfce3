"""CSV and TSV: tables whose first row names their columns."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence

from summarizer.errors import InputError
from summarizer.records import Paper
from summarizer.sources import fields
from summarizer.sources.files import Text
from summarizer.text import clean

_DELIMITERS = ",\t;|"
_LONGEST_CELL = 1000  # lines; an open quotation mark would swallow the rest of the table


def fits(source: Text) -> bool:
    """Tell whether the first row names at least two columns and one of them holds titles or ids."""
    _, _, known = _header(source)
    return known > 0


def read(source: Text) -> Iterator[Paper]:
    """Yield the papers of a table, one row each; rows that are damaged are told, each with its line."""
    start, delimiter, known = _header(source)
    names = _cells([source.lines[start]], delimiter)[0]
    if not known and not any(fields.is_called(name, "title", "id") for name in names):
        raise InputError(
            f"{source.name}: its first row names no column for titles or ids (it has: "
            f"{clean(', '.join(names[:6]))[:200]}): name them title, abstract, authors, date, url, id"
        )
    papers = 0
    for line, cells in _rows(source, start + 1, delimiter):
        if not any(cell.strip() for cell in cells):
            continue
        if len(cells) > len(names):
            source.doubt("more cells than the first row has names for: the last ones are left out", line)
        for paper in fields.papers(dict(zip(names, cells, strict=False)), "csv", source, line):
            papers += 1
            yield paper
    if not papers:
        raise InputError(f"{source.name}: a table without a paper: no row has a title")


def _header(source: Text) -> tuple[int, str, int]:
    """Return the place of the first row, its delimiter, and how many of its columns are known by name.

    That number is 0 where none of them holds titles or ids, or where there is only one column.
    """
    start = next(place for place, line in enumerate(source.lines) if line.strip())
    best = (start, ",", 0)
    for delimiter in _DELIMITERS:
        names = _cells([source.lines[start]], delimiter)[0]
        known = sum(fields.is_called(name, *fields.FIELDS) for name in names)
        if (
            len(names) > 1
            and known > best[2]
            and any(fields.is_called(name, "title", "id") for name in names)
        ):
            best = (start, delimiter, known)
    return best


def _rows(source: Text, start: int, delimiter: str) -> Iterator[tuple[int, list[str]]]:
    """Yield the rows with their lines' numbers; a cell in quotation marks may go over several lines."""
    place = start
    while place < len(source.lines):
        end, quotes = place, 0
        while end < min(len(source.lines), place + _LONGEST_CELL):
            quotes += source.lines[end].count('"')
            end += 1
            if quotes % 2 == 0:
                break
        if quotes % 2:
            source.tell("a quotation mark that is never closed: the row ends with its line", place + 1)
            end = place + 1
        for row in _cells(source.lines[place:end], delimiter):
            yield place + 1, row
        place = end


def _cells(lines: Sequence[str], delimiter: str) -> list[list[str]]:
    csv.field_size_limit(2**31 - 1)  # its own limit is below what an open quotation mark makes
    try:
        rows = list(csv.reader((line.replace("\0", "") + "\n" for line in lines), delimiter=delimiter))
    except csv.Error:
        rows = []
    return rows or [[""]]
