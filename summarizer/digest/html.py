"""The digest as one page: it needs no network, no server and, to be read, no script.

What it looks like is in ``data/html``: templates, one style sheet, one script. The page holds both and allows
nothing else to run or load. Jinja2 escapes whatever comes from papers and models.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections import Counter
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from itertools import groupby
from pathlib import Path
from urllib.parse import urlsplit

from summarizer.digest import chart
from summarizer.digest.edition import (
    About,
    arrange,
    byline,
    largest,
    saves,
    search,
    times,
)
from summarizer.digest.harmless import link, to_the_letter
from summarizer.digest.ordered import Ordered
from summarizer.digest.templates import Templates
from summarizer.records import Gain, Paper, Record, Resource, Result
from summarizer.sources.identifiers import is_arxiv
from summarizer.text import clean, count, find_quote

NONE = "none"
"""Stands in filters and in the page's address for a tag that is not known."""

_MOST_TOLD = 3
_NAME = 22


@dataclass(frozen=True)
class Card:
    """A result as the page shows it. ``place`` is its number in the input, ``anchor`` its id in the page."""

    result: Result
    place: int
    anchor: str

    @property
    def paper(self) -> Paper:
        """The paper itself."""
        return self.result.paper

    @property
    def gains(self) -> tuple[Gain, ...]:
        """Every claim, the headline one first."""
        return self.result.tags.efficiency_gains

    @cached_property
    def top(self) -> Gain | None:
        """The largest claim where it has a factor."""
        gain = largest(self.result)
        return gain if gain and gain.factor else None

    @property
    def factor(self) -> float:
        """The largest factor; 0 where there is none."""
        return (self.top.factor or 0.0) if self.top else 0.0

    @property
    def domain(self) -> str:
        """The domain, or ``NONE``."""
        return clean(self.result.tags.domain or NONE)

    @property
    def contribution(self) -> str:
        """The kind of contribution, or ``NONE``."""
        return clean(self.result.tags.contribution or NONE)

    @property
    def name(self) -> str:
        """The method, else the title, short enough for the chart."""
        method, title = clean(self.result.tags.method or ""), clean(self.paper.title)
        name = method if 0 < len(method) <= _NAME else title
        return name if len(name) <= _NAME else name[: _NAME - 1].rstrip() + "…"

    @property
    def values(self) -> str:
        """The claims for the filters: ``samples:64 time:``."""
        return " ".join(f"{gain.resource}:{_figure(gain.factor)}" for gain in self.gains)

    @property
    def abstract(self) -> list[tuple[str, bool]]:
        """The abstract in pieces, each with whether it is quoted in a claim."""
        text = clean(self.paper.abstract or "")
        quoted = [False] * len(text)
        for gain in self.gains:
            if found := find_quote(clean(gain.quote), text):
                start = text.index(found)
                quoted[start : start + len(found)] = [True] * len(found)
        pieces: list[tuple[str, bool]] = []
        start = 0
        for marked, run in groupby(quoted):
            end = start + len(list(run))
            pieces.append((text[start:end], marked))
            start = end
        return pieces


def pieces(records: Collection[Record], about: About) -> Iterator[str]:
    """Yield the page of ``records``, made with the templates that ``about`` names, else those shipped.

    Raises ``SetupError`` where a template is wrong.
    """
    templates = load(about.templates)
    edition = arrange(records)
    index = _Index()
    for result in edition.results:
        index.add(result)
    order = sorted(range(len(edition.results)), key=lambda place: -index.factors[place])
    cards = Ordered(lambda place: Card(edition.results[place], place, index.anchors[place]), order)
    yield from templates.page(
        about=about,
        retry=to_the_letter(about.retry or ""),
        edition=edition,
        cards=cards,
        told=cards[: min(len(edition.claims), _MOST_TOLD)],
        chart=chart.draw(index.points),
        facets=index.facets(),
        models=sorted(index.models),
        none=NONE,
        style_hash=_hash(templates.style),
        script_hash=_hash(templates.script),
    )


def load(folder: Path | None) -> Templates:
    """Return the templates in ``folder``; raise ``SetupError`` where one of them is wrong."""
    return Templates(folder, {
        "clean": clean, "times": times, "saves": saves, "byline": byline, "count": count, "link": link,
        "links": links, "figure": _figure,
    })  # fmt: skip


def links(paper: Paper) -> list[tuple[str, str]]:
    """Return where ``paper`` is to be read, by name; where nothing says so, where it can be looked for."""
    if is_arxiv(paper.id):
        return [
            ("arXiv", f"https://arxiv.org/abs/{paper.id}"),
            ("PDF", f"https://arxiv.org/pdf/{paper.id}"),
            ("Hugging Face", f"https://huggingface.co/papers/{paper.id}"),
        ]
    if address := link(paper.url):
        return [(clean(urlsplit(address).netloc.removeprefix("www.")), address)]
    name, address = search(paper)
    return [(f"Find on {name}", address)]


@dataclass
class _Index:
    """What the page says of all papers together, and each paper's anchor and largest factor."""

    anchors: list[str] = field(default_factory=list)
    factors: list[float] = field(default_factory=list)
    points: list[chart.Point] = field(default_factory=list)
    models: set[str] = field(default_factory=set)
    tags: dict[str, Counter[str]] = field(
        default_factory=lambda: {name: Counter() for name in ("domain", "contribution", "resource")}
    )
    _taken: set[str] = field(default_factory=set)

    def add(self, result: Result) -> None:
        card = Card(result, len(self.anchors), self._anchor(result.paper))
        self.anchors.append(card.anchor)
        self.factors.append(card.factor)
        self.points += _points(card)
        self.models.add(clean(result.made_by.model))
        self.tags["domain"][card.domain] += 1
        self.tags["contribution"][card.contribution] += 1
        self.tags["resource"].update({str(gain.resource) for gain in card.gains})

    def facets(self) -> dict[str, list[tuple[str, int]]]:
        """Return the tags that can be filtered by, each with its number of papers, the most frequent first."""
        return {
            name: sorted(found.items(), key=lambda item: (item[0] == NONE, -item[1], item[0]))
            for name, found in self.tags.items()
        }

    def _anchor(self, paper: Paper) -> str:
        """Return an address of its own for a card, which stays the same in tomorrow's page."""
        anchor = name = "p-" + re.sub(r"[^a-z0-9.]+", "-", paper.key.lower())
        number = 1
        while anchor in self._taken:
            number += 1
            anchor = f"{name}-{number}"
        self._taken.add(anchor)
        return anchor


def _points(card: Card) -> Iterator[chart.Point]:
    """Yield a point for every resource that ``card`` claims to save: its largest factor there."""
    largest: dict[Resource, float] = {}
    for gain in card.gains:
        if gain.factor and gain.factor > largest.get(gain.resource, 1):
            largest[gain.resource] = gain.factor
    for resource, factor in largest.items():
        yield chart.Point(factor, resource, card.anchor, card.name)


def _figure(factor: float | None) -> str:
    """Return ``factor`` as a script reads it, with no figures that mean nothing; empty for ``None``."""
    return f"{factor:.6g}" if factor else ""


def _hash(text: str) -> str:
    """Return what the page's security policy names an inline style or script by."""
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
