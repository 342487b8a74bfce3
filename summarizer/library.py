"""What a program or a notebook calls: papers in, records out, with the same cache, prompts and checks as the commands.

    from summarizer import summarize

    done = summarize([{"title": "…", "abstract": "…"}], model="gpt-4.1-mini")

Which model answers, with which key and which cache, is found as by the commands: argument, then environment,
then ``config.toml``, then the embedded model.
"""

from __future__ import annotations

import asyncio
import html
import logging
import threading
from collections.abc import AsyncGenerator, Collection, Coroutine, Iterable, Iterator, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypedDict, TypeVar, Unpack, overload

from summarizer.errors import SummarizeError
from summarizer.records import Failure, Paper, Record, Result
from summarizer.text import count

if TYPE_CHECKING:
    from summarizer.costs import Tally
    from summarizer.pipeline import Summarizer

Papers = str | Path | Iterable[Paper | Mapping[str, Any]]
"""A source as the commands take it (the name of a file, an arXiv id …), or papers: records, or mappings as in JSONL."""

T = TypeVar("T")
_MOST_ROWS = 50
_log = logging.getLogger("summarizer")


class Options(TypedDict, total=False):
    """What ``summarize``, ``asummarize`` and ``stream`` take; each is found in the settings where it is left out.

    ``concurrency`` counts requests in flight; ``max_cost`` is in US dollars; ``prompts`` is a folder of prompts in
    place of those shipped; ``refresh`` asks again what the cache holds.
    """

    model: str | None
    base_url: str | None
    cache_dir: Path | str | None
    concurrency: int | None
    prompts: Path | str | None
    max_cost: float | None
    refresh: bool


@dataclass(frozen=True)
class Summaries(Sequence[Record]):
    """One record for each paper, in their order; a notebook shows them as a table.

    ``stopped`` says why the run ended before its time, if it did: then what was not done comes as failures.
    """

    records: tuple[Record, ...]
    tally: Tally
    stopped: SummarizeError | None = None

    @overload
    def __getitem__(self, place: int) -> Record: ...
    @overload
    def __getitem__(self, place: slice) -> Sequence[Record]: ...
    def __getitem__(self, place: int | slice) -> Record | Sequence[Record]:
        return self.records[place]

    def __len__(self) -> int:
        return len(self.records)

    @property
    def results(self) -> list[Result]:
        """The papers that were done."""
        return [record for record in self.records if isinstance(record, Result)]

    @property
    def failures(self) -> list[Failure]:
        """The papers that were not, each with its reason."""
        return [record for record in self.records if isinstance(record, Failure)]

    def to_records(self) -> list[dict[str, Any]]:
        """Return a flat row for each paper, as ``pandas.DataFrame`` takes them; unknown values are ``None``.

        ``factor``, ``resource`` and ``quote`` are the largest gain's; ``efficiency_gains`` holds all of them.
        """
        return [_row(record) for record in self.records]

    def write(self, path: Path | str, title: str = "Papers") -> None:
        """Write a digest; the suffix says the format, as for ``-o``. Raises ``SetupError`` where it cannot."""
        import datetime as dt

        from summarizer import digest

        about = digest.About(title=title, made_on=dt.date.today())
        digest.write(Path(path), self.records, about)

    def __str__(self) -> str:
        tally = self.tally
        said = f"{count(len(self), 'paper')}: {tally.done} done ({tally.from_disk} from disk), {tally.failed} failed"
        said += f", {tally.left} not tried" * bool(tally.left)
        said += f", {tally.waiting} in batches" * bool(tally.waiting)
        return said + (f", ${tally.cost_usd:.4f}" if tally.cost_usd is not None else "")

    __repr__ = __str__

    def _repr_html_(self) -> str:
        """Return a table for a notebook. Whatever papers and models say is escaped."""
        from summarizer.digest.atom import address

        names = ("title", "domain", "method", "gain", "tldr")
        head = "".join(f"<th>{name}</th>" for name in names)
        body = []
        for record in self.records[:_MOST_ROWS]:
            row = _row(record)
            cells = {name: html.escape(str(row.get(name) or "")) for name in names}
            where = address(record.paper)
            if where:
                cells["title"] = f'<a href="{html.escape(where)}" rel="noopener">{cells["title"]}</a>'
            if row["factor"]:
                cells["gain"] = html.escape(f"{row['factor']:g}× {row['resource']}")
            elif row["quote"]:
                cells["gain"] = html.escape(row["quote"])
            if row["error"]:
                cells["tldr"] = f"<em>failed: {html.escape(row['error'])}</em>"
            body.append("<tr>" + "".join(f"<td>{cells[name]}</td>" for name in names) + "</tr>")
        more = f"<p>… {len(self) - _MOST_ROWS:,} more</p>" if len(self) > _MOST_ROWS else ""
        return (
            f"<table><caption>{html.escape(str(self))}</caption><tr>{head}</tr>{''.join(body)}</table>{more}"
        )


def summarize(papers: Papers, **options: Unpack[Options]) -> Summaries:
    """Return the records of ``papers``. Works in a notebook too, whose event loop is already running.

    A paper that fails costs no other. ``options`` are those of ``Options``.

    Raises:
        SetupError: an option or the set-up is wrong; nothing is asked then.
        InputError: a source cannot be read, or a mapping is no paper.
        ServiceError: a source, or a server that must be asked for its model's name, cannot be reached. A model that
            cannot be reached is no exception but ``stopped``: what was answered before is worth having.
    """
    return _run(asummarize(papers, **options))


async def asummarize(papers: Papers, **options: Unpack[Options]) -> Summaries:
    """Do what ``summarize`` does, in an event loop of one's own."""
    ended: list[Summarizer] = []
    records = tuple([record async for record in _stream(papers, options, ended.append)])
    return Summaries(records, ended[0].tally, ended[0].stopped)


async def stream(papers: Papers, **options: Unpack[Options]) -> AsyncGenerator[Record]:
    """Yield the record of each of ``papers``, in their order, each as soon as it is there.

    ``papers`` may be an iterator that never ends: it is read as records are taken. Raises as ``summarize`` does.
    """
    async with aclosing(_stream(papers, options, lambda _: None)) as records:
        async for record in records:
            yield record


async def _stream(papers: Papers, options: Options, opened_as: Any) -> AsyncGenerator[Record]:
    from summarizer import settings
    from summarizer.batch.waiting import attentive
    from summarizer.cache import Cache
    from summarizer.engine import opened
    from summarizer.model import Model
    from summarizer.prompts import Prompts

    cache_dir, folder = options.get("cache_dir"), options.get("prompts")
    config = settings.load(
        model=options.get("model"),
        base_url=options.get("base_url"),
        cache_dir=Path(cache_dir) if cache_dir else None,
        concurrency=options.get("concurrency"),
    )
    refresh = options.get("refresh", False)
    cache = Cache(config.cache_dir, _log.warning)
    try:
        make_model = Model if refresh or config.embedded else attentive(config.cache_dir)[0]
        prompts = Prompts(Path(folder) if folder else None)
        engine = opened(
            config,
            prompts,
            cache,
            max_cost=options.get("max_cost"),
            refresh=refresh,
            make_model=make_model,
        )
        async with engine as summarizer:
            opened_as(summarizer)
            async with aclosing(summarizer.records(_papers(papers))) as records:
                async for record in records:
                    yield record
    finally:
        cache.close()


def _papers(given: Papers) -> Collection[Paper] | Iterator[Paper]:
    if isinstance(given, str | Path):
        from summarizer import sources

        return sources.read([str(given)], notice=_log.warning)
    return (paper if isinstance(paper, Paper) else _paper(paper) for paper in given)


def _paper(said: Mapping[str, Any]) -> Paper:
    from summarizer.sources import fields

    record: dict[object, object] = {**said}  # type: ignore[dict-item] # text is an object too
    return fields.paper(record, "python", _log.warning)


def _row(record: Record) -> dict[str, Any]:
    from summarizer.digest.edition import largest

    result = record if isinstance(record, Result) else None
    gain = largest(result) if result else None
    tags = result.tags.model_dump(mode="json") if result else dict.fromkeys(_TAGS)
    return {
        **record.paper.model_dump(),
        **tags,
        "tldr": result.tldr if result else None,
        "factor": gain.factor if gain else None,
        "resource": gain.resource if gain else None,
        "quote": gain.quote if gain else None,
        "warnings": list(result.warnings) if result else [],
        "error": None if result else record.error.message,  # type: ignore[union-attr]
    }


_TAGS = ("domain", "contribution", "method", "efficiency_gains")


def _run(work: Coroutine[Any, Any, T]) -> T:
    """Return what ``work`` comes to, in a thread of its own where this one's event loop is running already."""
    if not _loop_is_running():
        return asyncio.run(work)
    came: list[T] = []
    failed: list[BaseException] = []
    running: list[tuple[asyncio.AbstractEventLoop, asyncio.Task[Any]]] = []

    async def watched() -> None:
        running.extend((asyncio.get_running_loop(), task) for task in asyncio.all_tasks())  # itself
        came.append(await work)

    def target() -> None:
        try:
            asyncio.run(watched())
        except BaseException as error:  # noqa: BLE001 - it is raised where it was called
            failed.append(error)

    thread = threading.Thread(target=target, name="summarize")
    thread.start()
    try:
        thread.join()
    except KeyboardInterrupt:  # the notebook's stop button
        for loop, task in running:
            loop.call_soon_threadsafe(task.cancel)
        thread.join()
        raise
    if failed:
        raise failed[0]
    return came[0]


def _loop_is_running() -> bool:
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return False
    return True
