"""The provider's batch service: sending a backlog through it, and following what is under way."""

from __future__ import annotations

import time
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated

import typer

from summarizer.cli.options import BaseUrl, CacheDir
from summarizer.errors import SetupError
from summarizer.text import count

if TYPE_CHECKING:
    from summarizer.batch.desk import Desk
    from summarizer.batch.journal import Batch
    from summarizer.batch.replies import State
    from summarizer.records import Paper
    from summarizer.runs import Outcome, Run

app = typer.Typer(help="What --batch has sent: how far it is, and what has come.", no_args_is_help=True)
_LOOKS_EVERY = 60.0
"""Seconds between two looks of ``fetch --wait``."""


@app.command()
def status(base_url: BaseUrl = None, cache_dir: CacheDir = None) -> None:
    """Say how far each batch is."""
    with _desk(base_url, cache_dir) as desk:
        ready = 0
        for batch, state in desk.states():
            ready += bool(state and state.ended)
            print(_line(batch, state))
        _close(desk, "nothing is under way")
    if ready:
        print(f"{ready} can be fetched: summarize batch fetch")


@app.command()
def fetch(
    wait: Annotated[bool, typer.Option("--wait", help="Stay until nothing is under way.")] = False,
    base_url: BaseUrl = None,
    cache_dir: CacheDir = None,
) -> None:
    """Keep the answers that have come, and say how to go on."""
    from summarizer.batch.fetching import Fetched
    from summarizer.cache import Cache

    with _desk(base_url, cache_dir) as desk, desk.journal.alone():
        cache = Cache(desk.journal.folder.parent)
        commands: dict[str, None] = {}
        while True:
            under_way = 0
            for batch, came in desk.fetch(cache.answers):
                if isinstance(came, Fetched):
                    commands[batch.command] = None
                    print(came)
                else:
                    under_way += came is not None
                    print(_line(batch, came))
            if not (wait and under_way):
                break
            time.sleep(_LOOKS_EVERY)
        cache.close()
        _close(desk, "" if commands else "nothing is under way")
    for command in commands:
        print(f"to go on, run: {command}")


@app.command()
def cancel(
    names: Annotated[
        list[str] | None, typer.Argument(metavar="[ID]...", help="Which; all where none is named.")
    ] = None,
    give_up: Annotated[
        bool, typer.Option("--give-up", help="Also forget what has ended: its answers are lost.")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    base_url: BaseUrl = None,
    cache_dir: CacheDir = None,
) -> None:
    """Stop batches. What they have answered by then is paid for, and can be fetched."""
    with _desk(base_url, cache_dir) as desk, desk.journal.alone():
        chosen = [batch for batch in desk.open() if not names or {batch.id, batch.name} & set(names)]
        if unknown := set(names or ()) - {name for batch in chosen for name in (batch.id, batch.name)}:
            raise SetupError(f"no batch under way is called {min(unknown)}; see summarize batch status")
        if chosen and not yes:
            requests = sum(batch.requests for batch in chosen)
            typer.confirm(f"Stop {count(len(chosen), 'batch')} of {count(requests, 'request')}?", abort=True)
        for batch in chosen:
            state = desk.cancel(batch)
            if state and give_up:
                desk.give_up(batch)
                state = None
            print(_line(batch, state) if state else f"{batch.id or batch.name}  given up")
        _close(desk, "nothing is under way")


def check(run: Run) -> None:
    """Raise ``SetupError`` where ``run`` cannot go through batches, before any paper is read."""
    from summarizer.batch.desk import Desk

    if run.refresh:
        raise SetupError("--batch asks for what is not kept, --refresh for what is: pass one of them")
    Desk(run.settings, run.note).close()


def through(run: Run, papers: Collection[Paper]) -> Outcome:
    """Keep what has come, put what is not answered into batches, and return the records there are."""
    from summarizer.batch.desk import Desk
    from summarizer.batch.fetching import Fetched
    from summarizer.batch.sending import Later
    from summarizer.cache import Cache
    from summarizer.costs import MaxCostReachedError

    desk = Desk(run.settings, run.note)
    made: list[Later] = []
    try:
        with desk.journal.alone():
            desk.resume()
            cache = Cache(run.settings.cache_dir)
            for _, came in desk.fetch(cache.answers):
                if isinstance(came, Fetched):
                    run.note(str(came))
            cache.close()

            def make(*place: object) -> Later:
                made.append(desk.model(*place, max_cost=run.max_cost, command=run.retry))  # type: ignore[arg-type]
                return made[-1]

            run.make_model = make
            outcome = run(papers)
            if outcome.stopped is None or isinstance(outcome.stopped, MaxCostReachedError):
                for model in made:
                    model.finish()
    finally:
        for model in made:
            model.discard()
        desk.close()
    return outcome


def mind(run: Run) -> None:
    """Let ``run`` wait for what is under way instead of asking it again."""
    from summarizer.batch.waiting import attentive

    if not run.refresh and not run.settings.embedded:
        run.make_model, run.under_way = attentive(run.settings.cache_dir)


@contextmanager
def _desk(base_url: str | None, cache_dir: CacheDir) -> Iterator[Desk]:
    import sys

    from summarizer import settings
    from summarizer.batch.desk import Desk

    desk = Desk(
        settings.load(base_url=base_url, cache_dir=cache_dir), lambda line: print(line, file=sys.stderr)
    )
    try:
        yield desk
    finally:
        desk.close()


def _close(desk: Desk, nothing: str) -> None:
    """Say what is left elsewhere, or that nothing is."""
    for place in sorted({batch.place for batch in desk.elsewhere()}):
        print(f"more at {place}: pass --base-url {place}")
    if nothing and not desk.open() and not desk.elsewhere():
        print(nothing)


def _line(batch: Batch, state: State | None) -> str:
    """Return how far ``batch`` is, on one line."""
    sent = time.strftime("%Y-%m-%d %H:%M", time.localtime(batch.made_at))
    parts = [f"{batch.id or batch.name}", batch.model]
    if batch.id is None:
        parts.append(f"not sent yet: {count(batch.requests, 'request')}; the same command sends it")
    elif state is None:
        parts.append("the provider does not know it; `summarize batch cancel` gives it up")
    else:
        parts.append(state.status)
        parts.append(f"{state.completed:,} of {state.total or batch.requests:,} answered")
        if state.failed:
            parts.append(f"{state.failed:,} failed")
        parts += state.errors[:1]
        if state.expires_at and not state.ended:
            parts.append(f"until {time.strftime('%Y-%m-%d %H:%M', time.localtime(state.expires_at))}")
    return "  ".join([*parts, f"written {sent}"])
