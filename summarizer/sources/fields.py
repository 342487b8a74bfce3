"""From a record with names and values, whatever it calls them, to a Paper.

What each field may be called is the table ``FIELDS``; a kind of source that reads records needs no other.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Mapping
from typing import Any

from summarizer.errors import InputError
from summarizer.records import Paper
from summarizer.sources import authors, dates
from summarizer.sources.values import missing, words

_ARXIV = r"(?:\d{4}\.\d{4,5}|[a-z-]+(?:\.[a-z]{2})?/\d{7})"
_ARXIV_ID = re.compile(
    rf"(?:arxiv:\s*|https?://(?:[a-z]+\.)*(?:arxiv\.org|alphaxiv\.org|huggingface\.co|hf\.co)"
    rf"/(?:abs|pdf|html|papers)/|(?:https?://(?:dx\.)?doi\.org/)?10\.48550/arxiv\.)?"
    rf"(?P<id>{_ARXIV})(?:v\d+)?(?:\.pdf)?/?",
    re.IGNORECASE,
)
_DOI = re.compile(r"(?:https?://(?:dx\.)?doi\.org/|doi:\s*)?(?P<id>10\.\d{4,9}/\S+)", re.IGNORECASE)


def known_id(value: str) -> str | None:
    """Return the arXiv id (without its version) or DOI that ``value`` is or links to, or ``None``."""
    if found := _ARXIV_ID.fullmatch(value) or _DOI.fullmatch(value):
        return found["id"]
    return None


def _title(value: object) -> str | None:
    title = words(value)
    return title if title and re.search(r"[^\W_]", title) else None


def _id(value: object) -> str | None:
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 10**18:
        return str(value)
    # A float is not taken: 2412.05120 would have become 2412.0512, another paper.
    name = words(value) if isinstance(value, str) else None
    return (known_id(name) or name) if name else None


def _link_id(value: object) -> str | None:
    return known_id(value.strip()) if isinstance(value, str) else None


def _link(value: object) -> str | None:
    url = words(value)
    return url if url and re.match(r"https?://[^\s/]", url) and " " not in url else None


def _count(value: object) -> int | None:
    whole = isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 10**9
    return int(value) if whole else None  # type: ignore[call-overload]


def _date(value: object) -> dt.date | None:
    if isinstance(value, Mapping):  # CSL JSON: {"date-parts": [[2024, 5, 31]]}
        value = value.get("date-parts")
        while isinstance(value, list) and len(value) == 1:
            value = value[0]
        if isinstance(value, list) and len(value) == 3 and all(type(part) is int for part in value):
            return dates.make(*value)
    return dates.parse(value) if isinstance(value, str) else None


FIELDS: Mapping[str, tuple[Callable[[object], object], tuple[str, ...]]] = {
    "id": (_id, ("arxivid", "arxiv", "eprint", "id", "paperid", "doi")),
    "title": (_title, ("title", "papertitle")),
    "abstract": (words, ("abstract", "summary", "abstracttext")),
    "authors": (authors.names, ("authors", "author", "authornames", "creators")),
    "author_count": (_count, ("authorcount", "nauthors", "numauthors")),
    "published": (
        _date,
        (
            *("published", "publishedat", "publicationdate", "publisheddate", "datepublished", "pubdate"),
            *("date", "submitted", "submitteddate", "issued", "created", "createdat", "year"),
        ),
    ),
    "url": (_link, ("url", "link", "absurl", "paperurl", "pdfurl", "pdf")),
    "comments": (_count, ("comments", "numcomments", "commentcount", "ncomments")),
}
"""For each field of a Paper how its value is read, and what sources call it, best name first.

Names are compared without regard to case, underscores, hyphens and spaces.
"""
_REMARKS = {
    "title": "the title is no text: left out",
    "abstract": "the abstract is no text: left out",
    "authors": "the authors are no names: left out",
    "published": "the date is not a full day that can be read: left out",
    "id": "the id is no text: left out",
}


def fold(name: object) -> str:
    """Return a field's name as the table ``FIELDS`` writes it."""
    return re.sub(r"[\s_-]+", "", name).casefold() if isinstance(name, str) else ""


def has(record: Mapping[object, object], field: str) -> bool:
    """Tell whether ``record`` says anything for that field of a Paper."""
    return any(fold(name) in FIELDS[field][1] and not missing(value) for name, value in record.items())


def paper(record: Mapping[object, object], kind: str, doubt: Callable[[str], None]) -> Paper:
    """Return the paper that ``record`` describes; ``kind`` is the kind of source it comes from.

    Values of the wrong type are left out, and ``doubt`` is told. Raises InputError where there is neither
    a title nor an id beside an abstract.
    """
    folded = {fold(name): value for name, value in record.items()}
    found: dict[str, Any] = {field: _field(field, folded, doubt) for field in FIELDS}
    url = found["url"]
    number = found["id"] or _link_id(url)
    if not found["title"] and not (number and found["abstract"]):
        raise InputError("no title" if found["abstract"] or number else "neither title nor abstract")
    people, count = found["authors"] or ((), None)
    found |= {
        "id": number,
        "title": found["title"] or number,
        "authors": people,
        "author_count": found["author_count"] or count,
        "url": url or _address(number),
    }
    return Paper(source=kind, **found)


def _field(field: str, folded: Mapping[str, object], doubt: Callable[[str], None]) -> object | None:
    read, names = FIELDS[field]
    present = [value for name in names if not missing(value := folded.get(name))]
    for value in present:
        if (result := read(value)) is not None:
            return result
    if present and field in _REMARKS:
        doubt(_REMARKS[field])
    return None


def _address(number: object) -> str | None:
    """Return the address that an arXiv id or a DOI stands for by definition."""
    if not isinstance(number, str):
        return None
    if _DOI.fullmatch(number):
        return f"https://doi.org/{number}"
    return f"https://arxiv.org/abs/{number}" if _ARXIV_ID.fullmatch(number) else None
