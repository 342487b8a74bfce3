"""What the kept results say over time: domains and methods by week, and the gains claimed by resource."""

from __future__ import annotations

import statistics
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING

from summarizer.index import Index
from summarizer.kept import age
from summarizer.text import clean

if TYPE_CHECKING:
    from summarizer.cache import Shelf


@dataclass(frozen=True)
class ByWeek:
    """How many papers of each week, such as ``2026-W34``, have a tag: the most frequent tag first.

    A paper's week is that of its publication; those that bear no date come last, as ``undated``.
    """

    tag: str
    weeks: tuple[str, ...]
    counts: dict[str, Counter[str]]


@dataclass(frozen=True)
class Claims:
    """The gains that were claimed in one resource; ``median`` and ``largest`` are of those with a factor."""

    resource: str
    claims: int
    with_factor: int
    median: float | None
    largest: float | None


@dataclass(frozen=True)
class Trends:
    """All of it."""

    domains: ByWeek
    methods: ByWeek
    claims: tuple[Claims, ...]


def count(results: Shelf, since: str | None = None) -> Trends:
    """Return the trends of ``results``, or of those kept within an age such as ``12w``.

    Raises ``SetupError`` for an age that is none.
    """
    oldest = time.time() - age(since) if since else float("-inf")
    index = Index(results)
    try:
        return Trends(
            domains=_by_week("domain", index.weeks("domain", oldest)),
            methods=_by_week("method", index.weeks("method", oldest)),
            claims=tuple(_claims(index.gains(oldest))),
        )
    finally:
        index.close()


def lines(trends: Trends) -> Iterator[str]:
    """Yield everything as lines for programs, fields parted by tabs, each of the three tables under its header."""
    for table in (trends.domains, trends.methods):
        yield f"week\t{table.tag}\tpapers"
        rows = [
            (week, name, papers) for name, counts in table.counts.items() for week, papers in counts.items()
        ]
        for week, name, papers in sorted(
            rows, key=lambda row: row[0]
        ):  # within a week, the most frequent first
            yield f"{week}\t{name}\t{papers}"
        yield ""
    yield "resource\tclaims\twith a factor\tmedian\tlargest"
    for claim in trends.claims:
        figures = ("" if factor is None else f"{factor:.10g}" for factor in (claim.median, claim.largest))
        yield "\t".join([claim.resource, str(claim.claims), str(claim.with_factor), *figures])


def _by_week(tag: str, rows: list[tuple[str, str, int]]) -> ByWeek:
    shown = {name: clean(name) for name in {name for _, name, _ in rows}}
    counts: dict[str, Counter[str]] = {}
    spelt: dict[str, str] = {}  # a method counts once however it is capitalised, spelt as it first was
    for week, name, papers in rows:
        counts.setdefault(spelt.setdefault(shown[name].casefold(), shown[name]), Counter())[week] += papers
    ranked = sorted(counts.items(), key=lambda item: (-item[1].total(), item[0]))
    return ByWeek(tag, tuple(sorted({week for week, _, _ in rows})), dict(ranked))


def _claims(gains: list[tuple[str, float | None]]) -> list[Claims]:
    found = []
    for resource, group in groupby(gains, key=lambda gain: gain[0]):
        claimed = [factor for _, factor in group]
        factors = [factor for factor in claimed if factor]
        median, largest = (statistics.median(factors), max(factors)) if factors else (None, None)
        found.append(Claims(resource, len(claimed), len(factors), median, largest))
    return sorted(found, key=lambda claim: (-claim.claims, claim.resource))
