"""The commands that read what is kept: one paper, or what many say over time. They call no model."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from summarizer.cli.options import CacheDir
from summarizer.errors import SetupError
from summarizer.progress import complain

if TYPE_CHECKING:
    from pathlib import Path

    from summarizer.cache import Shelf
    from summarizer.records import Record

_MOST_NAMED = 5


def opened(cache_dir: Path | None) -> Shelf:
    """Return the results in the cache that the options name, and say on standard error what is wrong with them."""
    from summarizer import cache, settings

    return cache.results(settings.load(cache_dir=cache_dir).cache_dir, complain, reads=True)


def show(
    paper: Annotated[
        str, typer.Argument(metavar="ID", help="The paper's id or address, or a part of its title.")
    ],
    cache_dir: CacheDir = None,
) -> None:
    """Show all that is kept of a paper.

    Tags, TL;DR, claims, and the abstract with its quotes marked.
    """
    from rich.console import Console

    from summarizer.terminal import page

    results = opened(cache_dir)
    record = _find(paper, results)
    results.close()
    console = Console(highlight=False, soft_wrap=not sys.stdout.isatty())
    for part in page(record):
        console.print(part)


def trends(
    since: Annotated[
        str | None, typer.Option("--since", help="Only results kept in the last while: 12h, 7d, 4w.")
    ] = None,
    cache_dir: CacheDir = None,
) -> None:
    """Count domains, methods and claimed gains over time.

    Domains and methods by week, gains by resource; into a pipe, as lines with tabs.
    """
    from summarizer import trends as counted

    results = opened(cache_dir)
    found = counted.count(results, since)
    results.close()
    if not found.domains.weeks:
        raise SetupError(
            f"no kept result fits in {results.folder}; loosen --since, or run `summarize backlog` first"
        )
    if not sys.stdout.isatty():
        for line in counted.lines(found):
            print(line)
        return
    from rich.console import Console

    from summarizer.terminal import trend_tables

    console = Console(highlight=False)
    for table in trend_tables(found, console.width):
        console.print(table)


def _find(asked: str, results: Shelf) -> Record:
    """Return the record that ``asked`` means; raise ``SetupError`` where that is none, or several."""
    from summarizer import kept
    from summarizer.index import Index
    from summarizer.records import Paper
    from summarizer.sources.identifiers import known_id
    from summarizer.text import clean

    for number in (known_id(asked.strip()), asked):
        if number and (record := kept.read(results, Paper(id=number, title="").key)):
            return record
    index = Index(results)
    keys = index.titled(asked.strip()) if asked.strip() else []
    index.close()
    found = [record for key in keys[:_MOST_NAMED] if (record := kept.read(results, key))]
    if not found:
        raise SetupError(f"{asked!r}: no kept result has this id, or this in its title")
    if len(keys) == 1 or found[0].paper.title.casefold() == asked.strip().casefold():
        return found[0]
    named = "; ".join(clean(f"{record.paper.id or ''} {record.paper.title}") for record in found)
    more = f"; and {len(keys) - _MOST_NAMED:,} more" if len(keys) > _MOST_NAMED else ""
    raise SetupError(
        f"{asked!r} is in {len(keys):,} titles: {named}{more}; name one by its id or whole title"
    )
