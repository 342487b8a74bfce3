"""The same paper from several places becomes one."""

from __future__ import annotations

from summarizer.records import Paper


class Library:
    """Papers in the order they were first met, each once."""

    def __init__(self) -> None:
        self.papers: list[Paper] = []
        self._places: dict[str, int] = {}

    def add(self, paper: Paper) -> bool:
        """Take ``paper`` in; return whether it was there already and has been merged.

        Two are the same when their keys are, or when their titles are and one of them has no id.
        """
        by_title = paper.model_copy(update={"id": None}).key
        place = self._places.get(paper.key)
        if place is None and by_title in self._places:
            other = self._places[by_title]
            if paper.id is None or self.papers[other].id is None:
                place = other
        is_double = place is not None
        if place is None:
            place = len(self.papers)
            self.papers.append(paper)
        else:
            self.papers[place] = merged(self.papers[place], paper)
        self._places.setdefault(paper.key, place)
        self._places.setdefault(by_title, place)
        return is_double


def merged(first: Paper, second: Paper) -> Paper:
    """Return one paper of two: each field from ``first``, or from ``second`` where that says nothing."""
    update = {
        field: getattr(second, field) for field in Paper.model_fields if getattr(first, field) in (None, ())
    }
    if first.title == first.id:  # an id that stood in for a title that was not known
        update["title"] = second.title
    return first.model_copy(update=update)
