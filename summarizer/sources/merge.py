"""The same paper from several places becomes one, with the best of each field."""

from __future__ import annotations

import re
from collections.abc import Iterable

from pydantic import TypeAdapter

from summarizer.records import Paper
from summarizer.sources.identifiers import is_arxiv, is_doi
from summarizer.spool import Spool

_LONG_TITLE = 20  # letters; "Introduction" and "Editorial" are the titles of many papers


_PAPER: TypeAdapter[Paper] = TypeAdapter(Paper)


class Library:
    """Papers in the order they were first met, each once. They are on disk, however many there are."""

    def __init__(self) -> None:
        self.papers: Spool[Paper] = Spool(_PAPER)
        self._bare: set[int] = set()  # places of papers without an abstract

    def add(self, paper: Paper, also: Iterable[str] = ()) -> bool:
        """Take ``paper`` in, also known by the DOIs ``also``; return whether it was there already.

        Two are the same when they share an id or a DOI, or when their titles are the same and nothing
        speaks against it: two arXiv ids, two DOIs, or authors that have nobody in common.
        """
        names = list(dict.fromkeys([paper.key, *also]))
        title = None if is_unread(paper) else paper.title_key
        places = sorted(self._same(paper, names, title))
        if places:
            place, *later = places
            whole = self.papers[place]
            for other in later:
                whole = merged(whole, self.papers[other])
                self.papers.rename(other, place)
                del self.papers[other]
                self._bare.discard(other)
            self.papers[place] = whole = merged(whole, paper)
        else:
            place, whole = self.papers.append(paper), paper
        (self._bare.discard if whole.abstract else self._bare.add)(place)
        for name in (*names, *([title] if title else [])):
            self.papers.call(place, name)
        return bool(places)

    def bare(self) -> list[Paper]:
        """Return the papers without an abstract."""
        return [self.papers[place] for place in sorted(self._bare)]

    def drop(self, paper: Paper) -> None:
        """Take ``paper`` out again."""
        place = self.papers.called(paper.key)
        if place is not None:
            self._bare.discard(place)
            del self.papers[place]

    def _same(self, paper: Paper, names: Iterable[str], title: str | None) -> set[int]:
        """Return the places of what ``paper`` is the same as; they are as much the same as each other."""
        found = [place for name in names if (place := self.papers.called(name)) is not None]
        alike = self.papers.called(title) if title else None
        if alike is not None and self._is_titled_alike(self.papers[alike], paper):
            found.append(alike)
        places: set[int] = set()
        whole = paper
        for place in found:
            other = self.papers[place]
            if not _conflict(other, whole):
                places.add(place)
                whole = merged(whole, other)
        return places

    @staticmethod
    def _is_titled_alike(first: Paper, second: Paper) -> bool:
        """Tell whether two papers of the same title are the same."""
        if first.id is None or second.id is None or first.key == second.key:
            return True
        kinds = [(is_arxiv(paper.id), is_doi(paper.id)) for paper in (first, second)]
        letters = re.sub(r"[\W_]+", "", first.title)
        return kinds[0] != kinds[1] and len(letters) >= _LONG_TITLE and not _strangers(first, second)


def is_unread(paper: Paper) -> bool:
    """Tell whether no more than its id is known of ``paper``, so that this stands in for its title."""
    return paper.title == paper.id and paper.abstract is None


def merged(first: Paper, second: Paper) -> Paper:
    """Return one paper of two: each field from ``first``, or from ``second`` where that is better.

    It is where the first says nothing, has only the beginning of an abstract or a list of authors, or a
    DOI instead of an arXiv id, by which an abstract can be fetched.
    """
    update = {
        field: getattr(second, field) for field in Paper.model_fields if getattr(first, field) in (None, ())
    }
    if first.title == first.id:  # an id that stood in for a title that was not known
        update["title"] = second.title
    if is_unread(first):
        update["source"] = second.source
    if _worth(second.id) > _worth(first.id):
        update["id"] = second.id
        update["url"] = second.url or first.url
    if first.abstract and second.abstract and _is_beginning(first.abstract, second.abstract):
        update["abstract"] = second.abstract
    if len(second.authors) > len(first.authors) > 0 and first.author_count != len(first.authors):
        update["authors"] = second.authors
        update["author_count"] = first.author_count or second.author_count
    return first.model_copy(update=update)


def _worth(number: str | None) -> int:
    return 0 if number is None else 3 if is_arxiv(number) else 2 if is_doi(number) else 1


def _is_beginning(short: str, long: str) -> bool:
    """Tell whether ``short`` is ``long`` cut off."""
    start = re.sub(r"[\W_]+", "", short.rstrip(" .…"))
    return len(short) < len(long) and bool(start) and re.sub(r"[\W_]+", "", long).startswith(start)


def _conflict(first: Paper, second: Paper) -> bool:
    """Tell whether two papers have ids of the same kind that differ, so that they cannot be one."""
    both = is_arxiv(first.id) and is_arxiv(second.id)
    return both and first.key != second.key


def _strangers(first: Paper, second: Paper) -> bool:
    """Tell whether the authors of both are known and none of them has a last name in common."""
    names = [
        {name.split()[-1].casefold() for name in paper.authors if name.split()} for paper in (first, second)
    ]
    return bool(names[0] and names[1]) and not names[0] & names[1]
