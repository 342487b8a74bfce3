"""What a digest tells and in which order, before any format sets it in type."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import cast
from urllib.parse import quote

from summarizer.digest.ordered import Ordered
from summarizer.records import RECORD, Failure, Gain, Paper, Problem, Record, Result
from summarizer.spool import Spool
from summarizer.text import clean, count

NO_DOMAIN = "No domain"


@dataclass(frozen=True)
class About:
    """What a digest says besides its records.

    ``made_on`` is the date of the digest, ``retry`` the command line that tries the failed papers again,
    ``notices`` are sentences for its reader, ``templates`` is a folder for its page (``.html``). Nothing else, no
    clock above all, gets into the file.
    """

    title: str
    made_on: dt.date
    retry: str | None = None
    notices: tuple[str, ...] = ()
    templates: Path | None = None


@dataclass(frozen=True)
class Section:
    """The results of one domain, those with the largest claimed factor first, then in the input's order."""

    heading: str
    results: Sequence[Result]


@dataclass(frozen=True)
class Claim:
    """A result and its largest gain, which has a factor."""

    result: Result
    gain: Gain
    factor: float

    @property
    def heading(self) -> str:
        """The heading of the section where the result is."""
        return _heading(self.result.tags.domain)


@dataclass(frozen=True)
class Edition:
    """All of a digest: results (in the input's order), sections (most papers first), claims, what failed.

    ``claims`` has one of each result that claims a factor, the largest first; where several are as large,
    they stand in the order of the sections. Each sequence makes its items when they are looked at.
    """

    results: Sequence[Result]
    sections: tuple[Section, ...]
    claims: Sequence[Claim]
    failures: tuple[Failure, ...]
    paper_count: int
    domain_count: int
    gain_count: int


def arrange(records: Collection[Record]) -> Edition:
    """Group and order ``records``, in one pass; the same records always come out the same way."""
    spool, items = Spool(RECORD).taking(records)
    factors: dict[int, float] = {}
    domains: dict[str | None, list[int]] = {}
    failures = []
    gain_count = 0
    for place, record in items:
        if isinstance(record, Result):
            gain_count += len(record.tags.efficiency_gains)
            domains.setdefault(record.tags.domain, []).append(place)
            gain = largest(record)
            factors[place] = (gain.factor or 0.0) if gain else 0.0
        else:
            failures.append(record)

    def result(place: int) -> Result:
        return cast("Result", spool[place])  # failures have no place among the factors

    def claim(place: int) -> Claim:
        found = result(place)
        return Claim(found, cast("Gain", largest(found)), factors[place])

    ranked = sorted(domains.items(), key=lambda item: (item[0] is None, -len(item[1]), item[0] or ""))
    by_factor = [sorted(places, key=lambda place: -factors[place]) for _, places in ranked]
    claims = [place for places in by_factor for place in places if factors[place]]
    return Edition(
        results=Ordered(result, list(factors)),
        sections=tuple(
            Section(_heading(domain), Ordered(result, places))
            for (domain, _), places in zip(ranked, by_factor, strict=True)
        ),
        claims=Ordered(claim, sorted(claims, key=lambda place: -factors[place])),
        failures=cast("tuple[Failure, ...]", tuple(told_once(failures))),
        paper_count=len(factors) + len(failures),
        domain_count=len(domains.keys() - {None}),
        gain_count=gain_count,
    )


def told_once(records: Iterable[Record]) -> Iterator[Record]:
    """Yield ``records``; a failure with the reason of the last one of its kind refers to that one.

    Where a server is down, all papers have the same.
    """
    last: dict[str, str] = {}
    for record in records:
        if isinstance(record, Result):
            yield record
            continue
        kind, message = record.error.kind, record.error.message
        again = last.get(kind) == message
        yield Failure(paper=record.paper, error=Problem(kind=kind, message="as above")) if again else record
        last[kind] = message


def largest(result: Result) -> Gain | None:
    """Return the gain to show where there is room for one: that with the largest factor, else the first."""
    return max(result.tags.efficiency_gains, key=lambda gain: gain.factor or 0.0, default=None)


def times(factor: float) -> str:
    """Return ``factor`` for people: ``64×``, ``1.67×``, ``10,000×``."""
    if factor >= 1e9:
        return f"{factor:.3g}×"
    figures = f"{factor:,.2f}" if factor >= 1.01 else f"{factor:.6f}"
    return figures.rstrip("0").rstrip(".") + "×"


def saves(gain: Gain) -> str:
    """Return what ``gain`` saves, in a word; empty where the vocabulary has no word for it."""
    return "" if gain.resource == "other" else gain.resource


def saving(gain: Gain) -> str:
    """Return how much of what ``gain`` saves: ``64× samples``, or just ``samples`` without a factor."""
    return f"{times(gain.factor) if gain.factor else ''} {saves(gain)}".strip()


def byline(paper: Paper) -> str | None:
    """Return who wrote ``paper``: the first two names and how many more, or their number, or ``None``."""
    total = max(paper.author_count or 0, len(paper.authors))
    if not paper.authors:
        return count(total, "author") if total else None
    shown = paper.authors[: total if total <= 3 else 2]
    more = total - len(shown)
    return ", ".join(shown) + (f" and {more} more" if more else "")


def search(paper: Paper) -> tuple[str, str]:
    """Return the name and the address of a search for ``paper``, where nothing says where it is to be read."""
    words = quote(clean(paper.title), safe="")
    if paper.source == "page":  # copied from there
        return "Hugging Face", f"https://huggingface.co/papers?q={words}"
    return "Google Scholar", f"https://scholar.google.com/scholar?q={words}"  # it has papers of every field


def _heading(domain: str | None) -> str:
    if domain is None:
        return NO_DOMAIN
    first = domain.split(" ")[0]  # a word with a capital of its own, such as iOS, is spelt as it is
    return domain[:1].upper() + domain[1:] if first.islower() else domain
