"""Results on disk, chosen by age, domain, gain and text."""

from __future__ import annotations

import re
import time
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pydantic import ValidationError

from summarizer.errors import SetupError
from summarizer.index import Index
from summarizer.records import RECORD, Failure, Paper, Record

if TYPE_CHECKING:
    from summarizer.cache import Shelf

_SECONDS = {"h": 3600, "d": 86_400, "w": 604_800}
_MOST_ALIKE = 8
"""Beyond this many, a title such as "Editorial" says nothing about which papers are the same."""


@dataclass(frozen=True)
class Selection:
    """What a digest is made of. ``None`` selects everything; ``since`` is an age such as ``7d``."""

    since: str | None = None
    domain: str | None = None
    min_gain: float | None = None
    search: str | None = None

    def __post_init__(self) -> None:
        if self.since is not None:
            age(self.since)

    def of(self, results: Shelf) -> Kept:
        """Return the records of ``results`` that fit, the oldest first, each paper once."""
        index = Index(results)
        found = index.keys(
            since=time.time() - age(self.since) if self.since else float("-inf"),
            domain=self.domain,
            min_gain=self.min_gain,
            text=self.search,
        )
        alike = {key: index.named_like(key) for key, double in found if double}
        index.close()
        keys = [key for key, _ in found if key not in alike or key in _distinct(results, alike[key])]
        return Kept(self, results, keys, alike)

    def fits(self, record: Record) -> bool:
        """Tell whether ``record`` is one of those that are selected, its age aside."""
        if isinstance(record, Failure):
            return self.domain is None and self.min_gain is None and self._has_text(record, "")
        factors = [gain.factor or 0.0 for gain in record.tags.efficiency_gains]
        return (
            (self.domain is None or (record.tags.domain or "").casefold() == self.domain.casefold())
            and (self.min_gain is None or max(factors, default=0.0) >= self.min_gain)
            and self._has_text(record, record.tldr or "")
        )

    def _has_text(self, record: Record, tldr: str) -> bool:
        return self.search is None or self.search.casefold() in f"{record.paper.text}\n{tldr}".casefold()


@dataclass(frozen=True)
class Kept(Collection[Record]):
    """The records that ``selection`` found in ``results``: each is read when its turn comes, and none is held.

    The index said where to look (``keys``, and which others have the same title: ``alike``); what is yielded
    is what the shelf holds, looked at again. Another process that changes it meanwhile can make them fewer.
    """

    selection: Selection
    results: Shelf
    keys: Sequence[str]
    alike: Mapping[str, Sequence[str]]

    def __len__(self) -> int:
        return len(self.keys)

    def __iter__(self) -> Iterator[Record]:
        for key in self.keys:
            alike = self.alike.get(key)
            record = _distinct(self.results, alike).get(key) if alike else read(self.results, key)
            if record and self.selection.fits(record):
                yield record

    def __contains__(self, record: object) -> bool:
        return any(record == each for each in self)


def read(results: Shelf, key: str) -> Record | None:
    """Return the record under ``key``; ``None`` for what an older version wrote, or not we."""
    try:
        return RECORD.validate_python(results.get(key)["record"])
    except (ValidationError, KeyError, TypeError):
        return None


def _distinct(results: Shelf, alike: Sequence[str]) -> dict[str, Record]:
    """Return the records under the keys ``alike``, which have one title: one record a paper, under its key.

    Two runs may know a paper by its id, by a DOI or by its title alone. Its first record stands for it and
    takes from the others what it does not say; its abstract stays its own, because its quotes are from there.
    """
    from summarizer.sources.merge import merged  # doubles are rare, and what reads sources is slow to import

    distinct: dict[str, Record] = {}
    for key in alike:
        record = read(results, key)
        if record is None:
            continue
        for first, known in distinct.items():
            if len(alike) <= _MOST_ALIKE and _is_same(known.paper, record.paper):
                own = {"abstract": known.paper.abstract, "source": known.paper.source}
                paper = merged(known.paper, record.paper).model_copy(update=own)
                distinct[first] = known.model_copy(update={"paper": paper})
                break
        else:
            distinct[key] = record
    return distinct


def _is_same(first: Paper, second: Paper) -> bool:
    """Tell whether two papers of one title are one, by the rule that the sources are read with."""
    from summarizer.sources.merge import Library

    library = Library()
    library.add(first)
    return library.add(second)


@dataclass
class Shown:
    """Which papers an earlier day's digest had: ``facts`` remembers the day under each paper's key."""

    facts: Shelf

    def new(self, papers: Iterable[Paper], day: str) -> tuple[list[Paper], int]:
        """Return those of ``papers`` that no digest before that of ``day`` had, and how many one had."""
        fresh, old = [], 0
        for paper in papers:
            if self.facts.get(f"shown {paper.key}") in (None, day):
                fresh.append(paper)
            else:
                old += 1
        return fresh, old

    def remember(self, records: Iterable[Record], day: str) -> None:
        """Note that the digest of ``day`` had the papers that were done."""
        done = (record.paper.key for record in records if not isinstance(record, Failure))
        self.facts.put_all({f"shown {key}": day for key in done if self.facts.get(f"shown {key}") is None})


def age(text: str) -> float:
    """Return the seconds in an age such as ``7d``; raise ``SetupError`` where it is none."""
    match = re.fullmatch(r"(\d+)([hdw])", text.strip())
    if match is None:
        raise SetupError(f"--since takes a number and h, d or w, such as 7d; {text!r} is neither")
    return float(match[1]) * _SECONDS[match[2]]
