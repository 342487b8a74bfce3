"""A run as the commands make it: settings in, files out, everything between put together."""

from __future__ import annotations

import asyncio
import signal
import time
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from summarizer import digest, endpoints
from summarizer.cache import Cache
from summarizer.completion import Completion
from summarizer.costs import Tally
from summarizer.engine import MakeModel, opened
from summarizer.errors import InterruptedRunError, SummarizeError
from summarizer.forecast import Forecast
from summarizer.kept import Shown
from summarizer.model import Model, key_of
from summarizer.pipeline import Summarizer
from summarizer.progress import Progress, summary
from summarizer.prompts import Prompts
from summarizer.records import RECORD, Paper, Record
from summarizer.spool import Spool

if TYPE_CHECKING:
    from summarizer.model import Endpoint
    from summarizer.prompts import Request
    from summarizer.settings import Settings


@dataclass
class Run:
    """What the options of ``today`` and ``backlog`` ask for, and how it is done.

    ``outputs`` are files, their suffixes saying the formats; ``templates`` is a folder for pages; ``retry`` is
    the command line that goes on where this one ends. ``day`` names what ``today`` fetched: unless ``repeat``,
    papers that the digest of an earlier day had are left out. ``batched`` forecasts the price of batches;
    ``under_way`` tells of a request's key whether a batch will bring its answer.
    """

    settings: Settings
    prompts: Prompts
    progress: Progress
    outputs: Sequence[Path] = ()
    templates: Path | None = None
    limit: int | None = None
    max_cost: float | None = None
    refresh: bool = False
    title: str = "Papers"
    day: str | None = None
    repeat: bool = False
    retry: str = ""
    make_model: MakeModel = Model
    batched: bool = False
    under_way: Callable[[str], bool] = lambda _: False
    notices: list[str] = field(default_factory=list)

    def note(self, message: str) -> None:
        """Tell the person at the terminal, and the digest."""
        self.notices.append(message)
        self.progress.note(message)

    def check(self) -> None:
        """Raise ``SetupError`` where an output could not be written, before any work is done for it."""
        for path in self.outputs:
            digest.check(path, self.templates)

    def __call__(self, papers: Collection[Paper]) -> Outcome:
        """Do ``papers``, write the outputs, and return the records with what ended the run, if anything did.

        Raises:
            SetupError: an output, the cache or the model is not set up right; nothing is asked then.
            ServiceError: a server that must be asked for its model's name cannot be reached.
        """
        self.check()
        began = time.monotonic()
        cache = Cache(self.settings.cache_dir, self.note)
        try:
            outcome = self._outcome(self._chosen(papers, cache), cache)
            about = digest.About(
                title=self.title,
                made_on=date.today(),
                retry=self.retry,
                notices=tuple(self.notices),
                templates=self.templates,
            )
            for path in self.outputs:
                if outcome.is_worth(path):
                    digest.write(path, outcome.records, about)
                    outcome.written.append(path)
            if self.day:
                Shown(cache.facts).remember(outcome.records, self.day)
        finally:
            cache.close()
        outcome.summary = summary(outcome.tally, time.monotonic() - began)
        return outcome

    def _chosen(self, papers: Collection[Paper], cache: Cache) -> Collection[Paper]:
        """Return the papers to be done: those that no earlier day's digest had, as many as are wanted."""
        if self.day and not self.repeat:
            papers, old = Shown(cache.facts).new(papers, self.day)
            if old:
                were, them = ("was", "it") if old == 1 else ("were", "them")
                are = "is" if old == 1 else "are"
                self.note(
                    f"{old} of the papers {were} in an earlier digest and {are} left out; --all shows {them}"
                )
        everything = self.limit is None or self.limit >= len(papers)
        return papers if everything else list(islice(papers, self.limit))

    def _outcome(self, papers: Collection[Paper], cache: Cache) -> Outcome:
        pulling, total = False, len(papers)

        def on_pull(done: int, size: int) -> None:  # from another thread, which cannot ask the spool
            nonlocal pulling
            if not pulling:
                pulling = True
                self.progress.note("fetching the embedded model, once (93 MB)")
                self.progress.begin("model", size)
            self.progress.bytes(done, size)
            if done == size:
                self.progress.begin("papers", total)

        self.progress.begin("papers", total)
        records: Spool[Record] = Spool(RECORD)

        async def ask() -> Outcome:
            engine = opened(
                self.settings,
                self.prompts,
                cache,
                max_cost=self.max_cost,
                refresh=self.refresh,
                on_pull=on_pull,
                make_model=self.make_model,
            )
            async with engine as summarizer:
                summarizer.on_record = lambda _: self.progress.papers(summarizer.tally)
                self._listen_for_interrupts(summarizer)
                async for place, record in summarizer.done(papers):
                    records[place] = record
                return Outcome(records, summarizer.tally, summarizer.stopped)

        return asyncio.run(ask())

    @staticmethod
    def _listen_for_interrupts(summarizer: Summarizer) -> None:
        loop = asyncio.get_running_loop()
        reason = InterruptedRunError()
        for number in (signal.SIGINT, signal.SIGTERM):
            try:
                loop.add_signal_handler(number, summarizer.stop, reason)
            except NotImplementedError:  # Windows: Ctrl-C raises KeyboardInterrupt, which ends the program
                return

    def forecast(self, papers: Collection[Paper]) -> Forecast:
        """Return what ``papers`` would take, asking nobody. Answers that are cached cost nothing."""
        cache = Cache(self.settings.cache_dir, self.note)
        try:
            where = endpoints.endpoint(self.settings, self.prompts)
            price = endpoints.price(self.settings, where)
            said = Forecast(where, price, batched=self.batched, folder=cache.folder / "tiktoken")
            for paper in self._chosen(papers, cache):
                requests = self.prompts.requests(paper, where.model) if paper.abstract else []
                answers = [self._answer(request, where, cache) for request in requests]
                said.add(requests, answers, self.under_way)
            return said
        finally:
            cache.close()

    def _answer(self, request: Request, where: Endpoint, cache: Cache) -> Completion | None:
        return None if self.refresh else Completion.restored(cache.answers.get(key_of(request, where)))


@dataclass
class Outcome:
    """What a run came to."""

    records: Collection[Record]
    tally: Tally
    stopped: SummarizeError | None = None
    """Why the run ended before its time, if it did."""
    summary: str = ""
    written: list[Path] = field(default_factory=list)

    def is_worth(self, path: Path) -> bool:
        """Tell whether ``path`` is to be written: not over a digest that is there, with failures and nothing else.

        A program must never take the records of an earlier run for those of this one, so its file is written.
        """
        barren = self.tally.papers and not self.tally.done
        return not (barren and path.exists() and path.suffix.lower() not in digest.FOR_PROGRAMS)

    @property
    def exit_code(self) -> int:
        """The exit code of the command: see the table in the README."""
        if self.stopped:
            return self.stopped.exit_code
        return 0 if self.tally.done == self.tally.papers else 1
