"""From a record with names and values, whatever it calls them, to a Paper.

What each field may be called is the table ``FIELDS``; a kind of source that reads records needs no other.
"""

from __future__ import annotations

import datetime as dt
import functools
import re
from collections.abc import Callable, Hashable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from summarizer.errors import InputError
from summarizer.records import Paper
from summarizer.sources import authors, dates
from summarizer.sources.identifiers import address, is_arxiv, is_doi, known_id
from summarizer.sources.values import markup_off, missing, words

if TYPE_CHECKING:
    from summarizer.sources.files import Text


def _title(value: object) -> str | None:
    title = words(markup_off(value) if isinstance(value, str) else value)
    return title if title and re.search(r"[^\W_]", title) else None


def _id(value: object) -> str | None:
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 10**18:
        return str(value)
    # A float is not taken: 2412.05120 would have become 2412.0512, another paper.
    name = words(value) if isinstance(value, str) else None
    return (known_id(name) or name) if name else None


def _link(value: object) -> str | None:
    url = words(value)
    return url if url and re.match(r"https?://[^\s/]", url) and " " not in url else None


def _count(value: object) -> int | None:
    if isinstance(value, str) and re.fullmatch(r"\s*[0-9]{1,9}\s*", value):
        value = int(value)
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


def _abstract(value: object) -> str | None:
    if isinstance(value, Mapping):  # OpenAlex: {"We": [0], "teach": [1, 7]}
        places = [
            (place, word)
            for word, found in value.items()
            if isinstance(word, str) and isinstance(found, list)
            for place in found
            if type(place) is int
        ]
        value = " ".join(word for _, word in sorted(places)) if places else None
    return words(markup_off(value) if isinstance(value, str) else value)


FIELDS: Mapping[str, tuple[Callable[[object], object], tuple[str, ...]]] = {
    "id": (_id, ("arxivid", "arxiv", "eprint", "id", "paperid", "arxivurl", "doi")),
    "title": (_title, ("title", "papertitle", "articletitle", "documenttitle")),
    "abstract": (
        _abstract,
        ("abstract", "summary", "abstracttext", "abstractnote", "paperabstract", "abstractinvertedindex"),
    ),
    "authors": (
        authors.names,
        (
            *("authors", "author", "authornames", "authorfullnames", "authorlist", "creators", "creator"),
            "authorships",
        ),
    ),
    "author_count": (_count, ("authorcount", "nauthors", "numauthors")),
    "published": (
        _date,
        (
            *("published", "publishedat", "publicationdate", "publisheddate", "datepublished", "pubdate"),
            *("date", "submitted", "submitteddate", "issued", "created", "createdat", "dateadded"),
            *("publicationyear", "year"),
        ),
    ),
    "url": (
        _link,
        ("url", "link", "absurl", "arxivurl", "paperurl", "paperlink", "pdfurl", "pdflink", "pdf"),
    ),
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

_YEAR = re.compile(r"\D*\d{4}(?:\D{1,2}\d\d?)?\D*")  # and a month, perhaps


@functools.lru_cache(maxsize=1024)  # the records of a source have the same names
def fold(name: Hashable) -> str:
    """Return a field's name as the table ``FIELDS`` writes it."""
    return re.sub(r"[\s_-]+", "", name).casefold() if isinstance(name, str) else ""


def is_called(name: Hashable, *fields: str) -> bool:
    """Tell whether ``name`` is one that sources give to one of these fields of a Paper."""
    return any(fold(name) in FIELDS[field][1] for field in fields)


def has(record: Mapping[Hashable, object], field: str) -> bool:
    """Tell whether ``record`` says anything for that field of a Paper."""
    names = FIELDS[field][1]
    return any(fold(name) in names and not missing(value) for name, value in record.items())


def unread(number: str) -> Paper:
    """Return the paper of which no more is known than its arXiv id, which stands in for its title."""
    return Paper(id=number, title=number, url=address(number), source="arxiv")


def papers(record: object, kind: str, source: Text, where: int | str) -> Iterator[Paper]:
    """Yield the paper that ``record`` describes, or tell ``source`` why there is none.

    An arXiv id with nothing beside it is a paper to be fetched.
    """
    try:
        if isinstance(record, str) and is_arxiv(number := known_id(record.strip())):
            yield unread(number or "")
            return
        if not isinstance(record, Mapping):
            raise InputError(f"{_what(record)}, not a paper")  # noqa: TRY301 (told below, like the others)
        folded = _folded(record)
        number, others = _ids(folded)
        if is_arxiv(number) and not has(record, "title") and not has(record, "abstract"):
            yield unread(number or "")
            return
        found = _paper(folded, number, kind, lambda remark: source.doubt(remark, where))
    except InputError as error:
        source.skip(f"{error}: skipped", where)
        return
    if others:
        source.also.setdefault(found.key, set()).update(others)
    yield found


def _folded(record: Mapping[Hashable, object]) -> dict[str, object]:
    return {fold(name): value for name, value in record.items()}


def _ids(folded: Mapping[str, object]) -> tuple[str | None, set[str]]:
    """Return the best id in a record with ``folded`` names, and the DOIs that it also has, in small letters.

    An arXiv id is better than a DOI, and a DOI than a number that only its source knows.
    """
    outside = folded.get("externalids")  # Semantic Scholar
    if isinstance(outside, Mapping):
        numbers = {name: value for name, value in _folded(outside).items() if name in ("arxiv", "doi")}
        folded = {**folded, **numbers}
    names = (*FIELDS["id"][1], *FIELDS["url"][1])
    present = [name for name in names if name in folded]
    stated = [number for name in present if name in FIELDS["id"][1] and (number := _id(folded[name]))]
    linked = [
        number
        for name in present
        if isinstance(value := folded[name], str) and (number := known_id(value.strip()))
    ]
    dois = [number for number in (*stated, *linked) if is_doi(number)]
    best = next((number for number in (*stated, *linked) if is_arxiv(number)), None)
    best = best or next(iter((*dois, *stated)), None)
    return best, {doi.lower() for doi in dois}


def paper(record: Mapping[Hashable, object], kind: str, doubt: Callable[[str], None]) -> Paper:
    """Return the paper that ``record`` describes; ``kind`` is the kind of source it comes from.

    Values of the wrong type are left out, and ``doubt`` is told. Raises InputError where there is neither
    a title nor an id beside an abstract.
    """
    folded = _folded(record)
    return _paper(folded, _ids(folded)[0], kind, doubt)


def _paper(
    folded: Mapping[str, object], number: str | None, kind: str, doubt: Callable[[str], None]
) -> Paper:
    found: dict[str, Any] = {field: _field(field, folded, doubt) for field in FIELDS}
    url = found["url"]
    if not found["title"] and not (number and found["abstract"]):
        raise InputError("no title" if found["abstract"] or number else "neither title nor abstract")
    people, count = found["authors"] or ((), None)
    found |= {
        "id": number,
        "title": found["title"] or number,
        "authors": people,
        "author_count": found["author_count"] or count,
        "url": url or address(number),
    }
    return Paper(source=kind, **found)


def _field(field: str, folded: Mapping[str, object], doubt: Callable[[str], None]) -> object | None:
    read, names = FIELDS[field]
    present = [value for name in names if name in folded and not missing(value := folded[name])]
    for value in present:
        if (result := read(value)) is not None:
            return result
    if field == "published" and any(_YEAR.fullmatch(str(value)) for value in present):
        doubt("a year without a day: the date stays empty")  # as bibliographies have it, so nothing is wrong
    elif present and field in _REMARKS:
        doubt(_REMARKS[field])
    return None


def _what(value: object) -> str:
    names = {str: "a string", bool: "true or false", int: "a number", float: "a number", list: "a list"}
    return names.get(type(value), "null" if value is None else "something else")
