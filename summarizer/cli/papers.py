"""The commands that do papers and show them."""

from __future__ import annotations

import re
import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from summarizer.cli.options import (
    BaseUrl,
    Batch,
    CacheDir,
    Concurrency,
    DryRun,
    Engine,
    Limit,
    MaxCost,
    ModelName,
    Output,
    PromptsDir,
    Quiet,
    Refresh,
    Templates,
    Verbose,
    Workers,
)
from summarizer.cli.reading import opened
from summarizer.errors import SetupError
from summarizer.progress import Progress, complain

_MOST_FAILURES = 10
"""Failures that are told one by one; the rest are in the outputs."""
_INPUT = "input.txt"
"""What a command that goes on calls the file with what came by standard input."""

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from summarizer.records import Record
    from summarizer.runs import Outcome, Run
    from summarizer.settings import Settings


def backlog(
    sources: Annotated[
        list[str],
        typer.Argument(metavar="SOURCE...", help="Files, folders, arXiv ids, - for standard input."),
    ],
    output: Output = [],  # noqa: B006 - typer copies it
    model: ModelName = None,
    base_url: BaseUrl = None,
    concurrency: Concurrency = None,
    limit: Limit = None,
    max_cost: MaxCost = None,
    dry_run: DryRun = False,
    refresh: Refresh = False,
    batch: Batch = False,
    engine: Engine = None,
    workers: Workers = None,
    prompts: PromptsDir = None,
    templates: Templates = None,
    cache_dir: CacheDir = None,
    quiet: Quiet = False,
    verbose: Verbose = False,
) -> int:
    """Tag and summarise a backlog of any kind.

    Pages, JSON, CSV, BibTeX, RIS, feeds, ids; mixed and doubled as they come.
    """
    from summarizer import settings
    from summarizer import sources as papers
    from summarizer.cli import batches

    run = _run(
        settings.load(model=model, base_url=base_url, cache_dir=cache_dir, concurrency=concurrency),
        prompts=prompts,
        outputs=output,
        templates=templates,
        limit=limit,
        max_cost=max_cost,
        refresh=refresh,
        batched=batch,
        quiet=quiet,
    )
    if engine is not None:
        return _spread(engine, run, sources, workers, alone=not (batch or dry_run))
    if batch:
        batches.check(run)
    with run.progress:
        found = papers.read(sources, notice=run.note)
        if dry_run:
            print(run.forecast(found))
            return 0
        run.check()
        outcome = batches.through(run, found) if batch else run(found)
    return _report(run, outcome, verbose=verbose)


def today(
    date: Annotated[str | None, typer.Option("--date", help="A day, such as 2026-08-21.")] = None,
    week: Annotated[str | None, typer.Option("--week", help="A week, such as 2026-W34.")] = None,
    month: Annotated[str | None, typer.Option("--month", help="A month, such as 2026-08.")] = None,
    search: Annotated[
        str | None, typer.Option("--search", help="Papers of any day that this search finds.")
    ] = None,
    source: Annotated[
        str, typer.Option("--source", help="huggingface, or arxiv: and a category, such as arxiv:cs.LG.")
    ] = "huggingface",
    show_all: Annotated[
        bool, typer.Option("--all", help="Also papers that an earlier day's digest had.")
    ] = False,
    output: Output = [],  # noqa: B006
    model: ModelName = None,
    base_url: BaseUrl = None,
    concurrency: Concurrency = None,
    limit: Limit = None,
    max_cost: MaxCost = None,
    dry_run: DryRun = False,
    refresh: Refresh = False,
    prompts: PromptsDir = None,
    templates: Templates = None,
    cache_dir: CacheDir = None,
    quiet: Quiet = False,
    verbose: Verbose = False,
) -> int:
    """Fetch, tag and summarise today's papers: those that are new."""
    from summarizer import settings
    from summarizer import sources as papers

    run = _run(
        settings.load(model=model, base_url=base_url, cache_dir=cache_dir, concurrency=concurrency),
        prompts=prompts,
        outputs=output,
        templates=templates,
        limit=limit,
        max_cost=max_cost,
        refresh=refresh,
        quiet=quiet,
    )
    run.check()
    with run.progress:
        run.day, found = papers.today(
            date=date, week=week, month=month, search=search, source=source, notice=run.note
        )
        run.title, run.repeat = f"Papers of {run.day}", show_all
        if dry_run:
            print(run.forecast(found))
            return 0
        outcome = run(found)
    return _report(run, outcome, verbose=verbose)


def digest(
    output: Output = [],  # noqa: B006
    since: Annotated[
        str | None, typer.Option("--since", help="Only results kept in the last while: 12h, 7d, 4w.")
    ] = None,
    domain: Annotated[str | None, typer.Option("--domain", help="Only papers of this domain.")] = None,
    min_gain: Annotated[
        float | None, typer.Option("--min-gain", help="Only papers that claim at least this factor.")
    ] = None,
    search: Annotated[
        str | None, typer.Option("--search", help="Only papers with this text in title, abstract or TL;DR.")
    ] = None,
    templates: Templates = None,
    cache_dir: CacheDir = None,
    quiet: Quiet = False,
) -> int:
    """Write a digest of the results on disk. Calls no model."""
    from datetime import date

    from summarizer import digest as files
    from summarizer import kept

    for path in output:
        files.check(path, templates)
    chosen = kept.Selection(since=since, domain=domain, min_gain=min_gain, search=search)
    results = opened(cache_dir)
    try:
        records = chosen.of(results)
        if not records:
            raise SetupError(
                f"no kept result fits in {results.folder}; loosen the options, or run `summarize backlog` first"
            )
        title = f"Papers: {domain.lower()}" if domain else "Papers"
        about = files.About(title, made_on=date.today(), templates=templates)
        for path in output:
            files.write(path, records, about)
        if not quiet:
            _show(records, to_files=bool(output))
            _tell_written(output, records)
    finally:
        results.close()
    return 0


def _spread(engine: str, run: Run, sources: list[str], workers: int | None, *, alone: bool) -> int:
    from summarizer.cli import cluster

    if engine != "ray":
        raise SetupError(f"there is no engine {engine!r}; leave --engine out for this machine, or name ray")
    if not alone:
        raise SetupError("--engine ray asks at once, over a cluster; leave out --batch and --dry-run")
    return cluster.spread(run, sources, workers)


def _run(config: Settings, *, prompts: Path | None, outputs: list[Path], quiet: bool, **options: Any) -> Run:
    from summarizer.cli import batches
    from summarizer.prompts import Prompts
    from summarizer.runs import Run

    # It goes to the screen and into digests: no user and password of an address with it.
    retry = re.sub(r"(?<=://)[^/\s]+@", "", shlex.join(["summarize", *sys.argv[1:]]))
    if "-" in sys.argv:  # what came by a pipe is gone: the command needs it from a file
        retry += f" < {_INPUT}"
    run = Run(config, Prompts(prompts), Progress(quiet=quiet), tuple(outputs), retry=retry, **options)
    batches.mind(run)
    return run


def _report(run: Run, outcome: Outcome, *, verbose: bool) -> int:
    """Show what a run came to: results to standard output, everything else to standard error."""
    from summarizer.pipeline import UNDONE
    from summarizer.records import Failure
    from summarizer.text import clean

    if not run.progress.quiet or not run.outputs:
        _show(outcome.records, to_files=bool(run.outputs))
    if verbose:
        for record in outcome.records:
            for warning in getattr(record, "warnings", ()):
                run.progress.note(f"{record.paper.title}: {warning}")
    if outcome.stopped:
        complain(str(outcome.stopped))
    undone = outcome.tally.failed + outcome.tally.left
    if undone or outcome.tally.waiting:
        told, kinds = 0, set()
        for record in outcome.records:
            if isinstance(record, Failure):
                kinds.add(record.error.kind)
                if told < _MOST_FAILURES and record.error.kind not in UNDONE:
                    told += 1
                    complain(f"failed: {record.paper.title}: {record.error.message}")
        if undone > told:
            complain(f"… {undone - told:,} {'more ' * bool(told)}not done")
        # By itself, the same command would come to the same.
        when = "once the source gives an abstract" if kinds == {"no_abstract"} else "to go on"
        keep = f"keep the input in {_INPUT} and " if run.retry.endswith(f" < {_INPUT}") else ""
        complain(f"{when}, {keep}run: {run.retry}")
    if left := [str(path) for path in run.outputs if path not in outcome.written]:
        complain(f"left as it was, for not one paper has a result: {', '.join(left)}")
    if not run.progress.quiet:
        print(clean(outcome.summary), file=sys.stderr)
        _tell_written(outcome.written, outcome.records)
    return outcome.exit_code


def _tell_written(outputs: Sequence[Path], records: Collection[Record]) -> None:
    from summarizer.text import clean, count

    if outputs:
        files = ", ".join(map(str, outputs))
        print(clean(f"{count(len(records), 'paper')} written to {files}"), file=sys.stderr)


def _show(records: Collection[Record], *, to_files: bool) -> None:
    """Print a table for people; for programs, when nothing else was asked for, JSON lines."""
    if sys.stdout.isatty():
        from rich.console import Console

        from summarizer.terminal import table

        console = Console()
        console.print(table(records, console.width))
    elif not to_files:
        from datetime import date

        from summarizer.digest import About, writer

        sys.stdout.writelines(writer(".jsonl")(records, About(title="", made_on=date.today())))
