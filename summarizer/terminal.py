"""What a person sees in a terminal: the table of a run, one paper in full, the trends.

Import it where something is shown: rich is not needed, nor paid for, by a run whose output is piped.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from itertools import islice

from rich.style import Style
from rich.table import Table
from rich.text import Text

from summarizer.digest.atom import address, told
from summarizer.digest.edition import largest, saving, times, told_once
from summarizer.records import Record, Result
from summarizer.text import clean, count, find_quote
from summarizer.trends import ByWeek, Trends

# Below this many columns only what tells papers apart is worth its place.
_ROOMY = 100
_MOST_PAPERS = 300
"""More rows than anybody scrolls back through: setting 10,000 would take rich five seconds."""
_MOST_METHODS = 15
_NAMES = 28
_WEEK = 10
"""Columns of a table by weeks: its first, and each of the others with what parts them."""


def table(records: Collection[Record], width: int) -> Table:
    """Return the first of ``records`` as a table ``width`` columns wide, one row a paper, failures dim and red.

    A paper's title stands above what it is about, both whole: nothing is cut. No text of a paper or a model is
    read as markup, and no terminal escape in it survives.
    """
    tags = ("domain", "method") if width >= _ROOMY else ()
    shown = Table(width=width, show_edge=False, pad_edge=False, header_style="bold")
    shown.add_column("Gain", width=len("parameters"))
    shown.add_column("Paper", ratio=4)
    for tag in tags:
        shown.add_column(tag.capitalize(), ratio=1)
    for record in told_once(islice(records, _MOST_PAPERS)):
        cells = _cells(record)
        title = Text(cells["title"] or "(no title)", style=Style(bold=True) + _link(record))
        paper = Text("\n").join(filter(None, (title, Text(cells["sentence"]))))
        failed = not isinstance(record, Result)
        shown.add_row(
            Text(cells["gain"], style="green"),
            paper,
            *(Text(cells[tag]) for tag in tags),
            style="dim red" if failed else None,
        )
    if (more := len(records) - _MOST_PAPERS) > 0:
        shown.caption = f"… {count(more, 'more paper')}; a file (-o FILE) has them all"
        shown.caption_justify = "left"
    return shown


def _cells(record: Record) -> dict[str, str]:
    cells = {"title": record.paper.title, "domain": "", "method": "", "gain": ""}
    if isinstance(record, Result):
        gain = largest(record)
        cells |= {
            "domain": record.tags.domain or "",
            "method": record.tags.method or "",
            "gain": saving(gain) if gain else "",
            "sentence": record.tldr or "",
        }
    else:
        cells["sentence"] = f"{record.error.kind}: {record.error.message}"
    return {column: clean(text) for column, text in cells.items()}


def page(record: Record) -> Iterator[Text]:
    """Yield all that is kept of a paper: title, facts, TL;DR, claims, the abstract with its quotes marked."""
    paper = record.paper
    title = Text(clean(paper.title) or "(no title)", style="bold")
    title.stylize(_link(record))
    yield title
    if paper.authors:
        more = (paper.author_count or 0) - len(paper.authors)
        yield Text(clean(", ".join(paper.authors)) + (f" and {more} more" if more > 0 else ""))
    published = paper.published.isoformat() if paper.published else None
    yield Text(" · ".join(clean(fact) for fact in (paper.id, published, address(paper)) if fact), style="dim")
    abstract = Text(clean(paper.abstract or "The source gives no abstract."))
    if isinstance(record, Result):
        tags = record.tags
        facts = [clean(fact) for fact in (tags.domain, tags.contribution, tags.method) if fact]
        yield Text(" · ".join(facts), style="cyan")
        yield Text(f"\n{clean(record.tldr or 'There is no TL;DR.')}", style="bold")
        for gain in tags.efficiency_gains:
            yield Text(f"  {told(gain)}", style="green")  # padding would cut a quote that is piped
            if quote := find_quote(clean(gain.quote), abstract.plain):
                start = abstract.plain.index(quote)
                abstract.stylize("bold green", start, start + len(quote))
        for warning in record.warnings:
            yield Text(clean(warning), style="yellow")
    else:
        yield Text(clean(f"\nnot done: {record.error.kind}: {record.error.message}"), style="red")
    yield Text("\n").append(abstract)
    if isinstance(record, Result):
        yield Text(f"\nby {clean(record.made_by.model)}", style="dim")


def trend_tables(trends: Trends, width: int) -> Iterator[Table | Text]:
    """Yield tables ``width`` columns wide: domains and methods by week, then the gains by resource."""
    for table_of, most in ((trends.domains, None), (trends.methods, _MOST_METHODS)):
        yield _by_week(table_of, width, most)
        if most and len(table_of.counts) > most:
            yield Text(
                f"… {len(table_of.counts) - most:,} more, all in the lines that a pipe gets", style="dim"
            )
        yield Text()
    claims = Table(show_edge=False, pad_edge=False, header_style="bold")
    claims.add_column("Gain in")
    for heading in ("Claims", "With a factor", "Median", "Largest"):
        claims.add_column(heading, justify="right")
    for claim in trends.claims:
        factors = [times(factor) if factor else "" for factor in (claim.median, claim.largest)]
        claims.add_row(claim.resource, f"{claim.claims:,}", f"{claim.with_factor:,}", *factors)
    yield claims


def _by_week(counted: ByWeek, width: int, most: int | None) -> Table:
    """Return the newest weeks that there is room for; what is older is one column."""
    room = max((width - _NAMES - 2 * _WEEK) // _WEEK, 1)
    older, shown = counted.weeks[:-room], counted.weeks[-room:]
    table = Table(show_edge=False, pad_edge=False, header_style="bold")
    table.add_column(counted.tag.capitalize(), max_width=_NAMES, no_wrap=True, overflow="ellipsis")
    for heading in (*(["Before"] if older else []), *shown, "Papers"):
        table.add_column(
            heading.removeprefix("20"), justify="right"
        )  # 26-W34: the century goes without saying
    for name, counts in list(counted.counts.items())[:most]:
        before = [sum(counts[week] for week in older)] if older else []
        cells = (*before, *(counts[week] for week in shown), counts.total())
        table.add_row(Text(name), *(f"{cell:,}" if cell else "·" for cell in cells))
    return table


def _link(record: Record) -> Style:
    """Return the style that makes a link in terminals that have links; none goes to a pipe."""
    return Style(link=address(record.paper))
