"""RIS, and the tagged text of the Web of Science, which looks like it.

Of the libraries for it, rispy 0.10 leaves out a record that has no end without a word, and the next one too.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from summarizer.errors import InputError
from summarizer.records import Paper
from summarizer.sources import fields, identifiers
from summarizer.sources.files import Text

_TAG = re.compile(r"\ufeff?([A-Z][A-Z0-9])\s{0,3}-(?:\s(.*))?$")
_START = re.compile(r"\ufeff?TY\s{0,3}-\s")
_WOS_TAG = re.compile(r"\ufeff?([A-Z][A-Z0-9])(?: (.*))?$")
_WOS_START = re.compile(r"\ufeff?(?:FN (?:Clarivate|Thomson|ISI)|PT [A-Z]\s*$)")
_FIELDS = {
    "title": ("TI", "T1", "CT", "BT", "ST"),
    "abstract": ("AB", "N2"),
    "authors": ("AF", "AU", "A1"),
    "date": ("DA", "Y1", "PY"),
    "doi": ("DO", "DI"),
    "url": ("UR", "L1", "L2", "LK"),
}
"""Which tags hold a field, best first."""
_ELSEWHERE = ("AN", "ID", "M1", "M3", "N1", "C1", "JO", "T2", "JF", "SP", "UR")  # where an arXiv id may stand

_Tagged = dict[str, list[str]]


def fits(source: Text) -> bool:
    """Tell whether a record begins on one of the first lines."""
    return any(_START.match(line) or _WOS_START.match(line) for line in source.lines[:200])


def read(source: Text) -> Iterator[Paper]:
    """Yield the papers of a RIS file; records without a title are told, each with its line."""
    papers = 0
    for line, tags in _records(source):
        for paper in fields.papers(_record(tags), "ris", source, line):
            papers += 1
            yield paper
    if not papers:
        raise InputError(f"{source.name}: RIS without a paper: none of its records has a title")


def _records(source: Text) -> Iterator[tuple[int, _Tagged]]:
    """Yield each record with the number of its first line; a record ends where the next one begins, too."""
    is_wos = not any(_START.match(line) for line in source.lines)
    tag = _WOS_TAG if is_wos else _TAG
    tags: _Tagged | None = None
    start, name = 0, ""
    for number, line in enumerate(source.lines, 1):
        found = tag.match(line)
        if found and found[1] in ("TY", "PT"):
            if tags:
                source.tell("a record without its end: read all the same", start)
                yield start, tags
            tags, start, name = {found[1]: [found[2] or ""]}, number, ""
        elif tags is not None and found and found[1] == "ER":
            yield start, tags
            tags = None
        elif tags is not None and found:
            name = found[1]
            tags.setdefault(name, []).append(found[2] or "")
        elif tags is not None and name and line.strip():  # a long value goes on
            if is_wos and name in ("AU", "AF"):
                tags[name].append(line)
            else:
                tags[name][-1] += "\n" + line
    if tags:
        source.tell("a record without its end: read all the same", start)
        yield start, tags


def _record(tags: _Tagged) -> dict[object, object]:
    record: dict[object, object] = {}
    if tags.get("PT"):  # of the Web of Science, where DA is the day of the export
        day, year = (" ".join(tags.get(name, [])) for name in ("PD", "PY"))
        tags = {**tags, "DA": [f"{day} {year}".strip()]}
    for field, names in _FIELDS.items():
        known = [value for name in names for value in tags.get(name, []) if value.strip()]
        if not known:
            continue
        if field == "authors":
            people = next(tags[name] for name in names if tags.get(name))
            record[field] = [_name(person) for person in people]
        elif field == "date":  # a year is given beside the day: the fullest says most
            record[field] = max(known, key=lambda value: sum(sign.isdigit() for sign in value))
        else:
            record[field] = known[0]
    beside = (value for name in _ELSEWHERE for value in tags.get(name, []))
    if number := next(filter(None, map(identifiers.arxiv_in, beside)), None):
        record["arxiv"] = number
    return record


def _name(name: str) -> str:
    """Turn "Last, First, Suffix" round."""
    last, *first = [part.strip() for part in name.split(",") if part.strip()] or [""]
    return " ".join([*first[:1], last, *first[1:]])
