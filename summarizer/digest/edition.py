"""What a digest tells and in which order, before any format sets it in type."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

from summarizer.records import Failure, Gain, Paper, Record, Result

NO_DOMAIN = "No domain"


@dataclass(frozen=True)
class About:
    """What a digest says besides its records.

    ``made_on`` is the date of the digest, ``retry`` the command line that tries the failed papers again,
    ``notices`` are sentences for its reader. Nothing else, no clock above all, gets into the file.
    """

    title: str
    made_on: dt.date
    retry: str | None = None
    notices: tuple[str, ...] = ()


@dataclass(frozen=True)
class Section:
    """The results of one domain, those with the largest claimed factor first, then in the input's order."""

    heading: str
    results: tuple[Result, ...]


@dataclass(frozen=True)
class Claim:
    """A result and its headline gain, which has a factor."""

    result: Result
    gain: Gain
    factor: float
    heading: str


@dataclass(frozen=True)
class Edition:
    """All of a digest: sections (most papers first), claims (largest factor first) and what failed."""

    sections: tuple[Section, ...]
    claims: tuple[Claim, ...]
    failures: tuple[Failure, ...]
    paper_count: int
    domain_count: int


def arrange(records: Iterable[Record]) -> Edition:
    """Group and order ``records``; the same records always come out the same way."""
    domains: dict[str | None, list[Result]] = {}
    failures = []
    for record in records:
        if isinstance(record, Result):
            domains.setdefault(record.tags.domain, []).append(record)
        else:
            failures.append(record)
    ranked = sorted(domains.items(), key=lambda item: (item[0] is None, -len(item[1]), item[0] or ""))
    sections = tuple(
        Section(_heading(domain), tuple(sorted(results, key=_factor, reverse=True)))
        for domain, results in ranked
    )
    claims = [
        Claim(result, gain, gain.factor, section.heading)
        for section in sections
        for result in section.results
        if (gain := headline(result)) and gain.factor
    ]
    return Edition(
        sections=sections,
        claims=tuple(sorted(claims, key=lambda claim: claim.factor, reverse=True)),
        failures=tuple(failures),
        paper_count=sum(len(section.results) for section in sections) + len(failures),
        domain_count=len(domains.keys() - {None}),
    )


def headline(result: Result) -> Gain | None:
    """Return the gain to show where there is room for one: the first with a factor, else the first."""
    gains = result.tags.efficiency_gains
    return next((gain for gain in gains if gain.factor), gains[0] if gains else None)


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


def count(number: int, noun: str) -> str:
    """Return ``number`` and ``noun``, in the plural where there is not exactly one."""
    return f"{number:,} {noun}" + ("" if number == 1 else "s")


def _factor(result: Result) -> float:
    gain = headline(result)
    return gain.factor or 0.0 if gain else 0.0


def _heading(domain: str | None) -> str:
    if domain is None:
        return NO_DOMAIN
    first = domain.split(" ")[0]  # a word with a capital of its own, such as iOS, is spelt as it is
    return domain[:1].upper() + domain[1:] if first.islower() else domain
