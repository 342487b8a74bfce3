"""Results on disk, chosen by age, domain, gain and text."""

from __future__ import annotations

import re
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pydantic import TypeAdapter, ValidationError

from summarizer.errors import SetupError
from summarizer.records import Failure, Paper, Record

if TYPE_CHECKING:
    from summarizer.cache import Shelf

_SECONDS = {"h": 3600, "d": 86_400, "w": 604_800}
_RECORD: TypeAdapter[Record] = TypeAdapter(Record)


@dataclass(frozen=True)
class Selection:
    """What a digest is made of. ``None`` selects everything; ``since`` is an age such as ``7d``."""

    since: str | None = None
    domain: str | None = None
    min_gain: float | None = None
    search: str | None = None

    def __post_init__(self) -> None:
        if self.since is not None:
            _age(self.since)

    def of(self, results: Shelf) -> Iterator[Record]:
        """Yield the records of ``results`` that fit, the oldest first."""
        oldest = time.time() - _age(self.since) if self.since else 0.0
        for _, value in results.items():
            try:
                if value["made_at"] < oldest:
                    continue
                record = _RECORD.validate_python(value["record"])
            except (ValidationError, KeyError, TypeError):
                continue  # written by an older version, or not by us
            if self._fits(record):
                yield record

    def _fits(self, record: Record) -> bool:
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


@dataclass
class Shown:
    """Which papers an earlier day's digest had: ``facts`` remembers the day under each paper's key."""

    facts: Shelf

    def new(self, papers: Iterable[Paper], day: str) -> tuple[list[Paper], int]:
        """Return those of ``papers`` that no digest before that of ``day`` had, and how many one had."""
        fresh, old = [], 0
        for paper in papers:
            if self.facts.get(f"shown {paper.key}") in {None, day}:
                fresh.append(paper)
            else:
                old += 1
        return fresh, old

    def remember(self, records: Iterable[Record], day: str) -> None:
        """Note that the digest of ``day`` had the papers that were done."""
        for record in records:
            if not isinstance(record, Failure) and self.facts.get(f"shown {record.paper.key}") is None:
                self.facts.put(f"shown {record.paper.key}", day)


def _age(text: str) -> float:
    match = re.fullmatch(r"(\d+)([hdw])", text.strip())
    if match is None:
        raise SetupError(f"--since takes a number and h, d or w, such as 7d; {text!r} is neither")
    return float(match[1]) * _SECONDS[match[2]]
