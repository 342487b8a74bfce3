"""The one way that a paper takes: prompts, cache, model, checks, result. Only this module knows the order."""

from __future__ import annotations

import asyncio
import functools
import hashlib
import time
from collections.abc import AsyncGenerator, Callable, Iterable
from contextlib import aclosing
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from summarizer.cache import Cache
from summarizer.costs import Budget, MaxCostReachedError, Tally
from summarizer.errors import (
    DeferredError,
    InterruptedRunError,
    PaperError,
    ServiceError,
    SetupError,
    SummarizeError,
)
from summarizer.model import Model
from summarizer.pace import Slots, StoppedError
from summarizer.records import Failure, Paper, Problem, Record, Result
from summarizer.text import clean, find_quote

if TYPE_CHECKING:
    from summarizer.making import Maker
    from summarizer.prompts import Prompts
    from summarizer.settings import Price

_AHEAD = 2
"""Papers at work for each slot: while the answer about one is looked at, the request about another is on its way."""
_EARLY = 8
"""Records for each slot that wait in memory for one before them, where they are wanted in order."""
_TOGETHER = 64
"""Results that are kept in one transaction."""
_TICK = 1e-6
"""Seconds between the times at which two papers of a run are said to be made: they stand in the order of the input."""
_GRACE = 1.0
"""Seconds that answers in flight are waited for when a run is stopped: they may be paid for already."""
_NOT_DONE = "not_done"
UNDONE = frozenset({_NOT_DONE, DeferredError.KIND})
"""Kinds of failures that say nothing about the paper: it was not tried, or its answer is on its way."""


@dataclass
class Summarizer:
    """Turns papers into records with one model.

    ``max_cost`` is in US dollars and needs a ``price``; ``refresh`` asks again what the cache holds;
    ``concurrency`` bounds the requests in flight, by default as is good for the endpoint;
    ``on_record`` hears of every record as it is done, in no order.
    """

    model: Model
    prompts: Prompts
    cache: Cache
    price: Price | None = None
    refresh: bool = False
    max_cost: float | None = None
    concurrency: int | None = None
    on_record: Callable[[Record], None] = lambda _: None
    tally: Tally = field(default_factory=Tally)
    stopped: SummarizeError | None = None
    """Why the run ended before its time, if it did."""

    def __post_init__(self) -> None:
        version = self.prompts.version(self.prompts.profile(self.model.name))
        self._made_with = [self.model.name, self.model.endpoint.place, version, _rules()]
        self._slots = Slots(self.concurrency or self.model.endpoint.concurrency)
        self._asking: dict[asyncio.Task[Record], int] = {}  # with the places of their papers
        self._results: dict[str, dict[str, Any]] = {}  # to be kept, together
        self._began = time.time()

    @functools.cached_property
    def _maker(self) -> Maker:
        from summarizer.making import Maker  # its rules take a while to compile, and what is kept needs none

        budget = Budget(self.tally, self.price, self.max_cost)
        return Maker(self.model, self.prompts, self.cache, budget, self._slots, refresh=self.refresh)

    async def records(self, papers: Iterable[Paper]) -> AsyncGenerator[Record]:
        """Yield one record for each of ``papers``, in their order; see ``done``, which waits for none."""
        early: dict[int, Record] = {}
        turn = 0
        async with aclosing(self.done(papers, _EARLY * self._slots.count)) as done:
            async for place, record in done:
                early[place] = record
                while turn in early:
                    yield early.pop(turn)
                    turn += 1

    async def done(
        self, papers: Iterable[Paper], ahead: int | None = None
    ) -> AsyncGenerator[tuple[int, Record]]:
        """Yield the record of each of ``papers``, and its place among them, as soon as it is there.

        A paper that fails costs no other. When nothing can go on (the model cannot be reached, the user
        interrupts), ``stopped`` says why, what was done is yielded, and the rest come as failures. No paper is
        begun that is more than ``ahead`` papers after one that is not done.
        """
        most = _AHEAD * self._slots.count
        over: asyncio.Queue[asyncio.Task[Record]] = asyncio.Queue()
        try:
            for place, paper in enumerate(papers):
                record = self._standing(paper) or (self._left(paper) if self.stopped else None)
                if record:
                    yield place, record
                    if self._asking or place % _TOGETHER == 0:
                        await asyncio.sleep(0)  # those in flight go on meanwhile, and the user is heard
                else:
                    task = asyncio.create_task(self._attended(paper))
                    task.add_done_callback(over.put_nowait)
                    self._asking[task] = place
                while not over.empty() or len(self._asking) >= most or self._is_far(place, ahead):
                    yield self._taken(await over.get())
            while self._asking:
                yield self._taken(await over.get())
        finally:
            self._give_up()
            self._flush()

    def _is_far(self, place: int, ahead: int | None) -> bool:
        oldest = next(iter(self._asking.values()), place)
        return ahead is not None and place - oldest >= ahead

    def stop(self, reason: SummarizeError) -> None:
        """End the run: nothing more is asked, and the papers left come as failures."""
        if self.stopped is None:
            self.stopped = reason
            self._slots.close()
            asyncio.get_running_loop().call_later(_GRACE, self._give_up)

    def _give_up(self) -> None:
        for task in self._asking:
            task.cancel()

    def _taken(self, task: asyncio.Task[Record]) -> tuple[int, Record]:
        place = self._asking.pop(task)
        return place, self._kept(task.result(), place)

    async def _attended(self, paper: Paper) -> Record:
        try:
            record = await self.record(paper)
        except asyncio.CancelledError:
            if self.stopped is None:
                raise
            return self._left(paper)
        except (ServiceError, SetupError, StoppedError, MaxCostReachedError) as error:
            self.stop(error)
            return self._left(paper)
        self.on_record(record)
        return record

    def _left(self, paper: Paper) -> Failure:
        self.tally.left += 1
        record = Failure(paper=paper, error=Problem(kind=_NOT_DONE, message=str(self.stopped)))
        self.on_record(record)
        return record

    def _standing(self, paper: Paper) -> Result | None:
        """Return the kept result of this very paper by this very model, these prompts and rules, if there is one.

        It is what the kept answers would come to again, for a tenth of the work.
        """
        if self.refresh or isinstance(self.stopped, InterruptedRunError):  # who interrupts will not wait
            return None
        kept = self.cache.results.get(paper.key)
        try:
            if kept["stamp"] != self._stamp(paper):
                return None
            kept["record"]["made_by"]["cached"] = True
            result = Result.model_validate(kept["record"])
        except (KeyError, TypeError, ValueError):
            return None
        if not all(find_quote(gain.quote, paper.abstract or "") for gain in result.tags.efficiency_gains):
            return None  # nobody knows who has written that
        self.tally.done += 1
        self.tally.from_disk += 1
        self.on_record(result)
        return result

    def _stamp(self, paper: Paper) -> str:
        return hashlib.sha256(f"{self._made_with}\n{paper.model_dump_json()}".encode()).hexdigest()

    async def record(self, paper: Paper) -> Record:
        """Return the result for ``paper``, or a failure that says why there is none.

        Raises:
            ServiceError: the model cannot be reached or refuses the key.
            SetupError: answers cannot be kept.
            MaxCostReachedError: the next request could exceed ``max_cost``.
        """
        record: Record
        try:
            record = await self._maker.result(paper)
            self.tally.done += 1
            self.tally.from_disk += record.made_by.cached
        except PaperError as error:
            record = Failure(paper=paper, error=Problem(kind=error.kind, message=str(error)))
            if isinstance(error, DeferredError):
                self.tally.waiting += 1
            else:
                self.tally.failed += 1
        except SummarizeError:
            raise
        except Exception as error:  # noqa: BLE001 - a mistake of ours about one paper must not cost the others
            said = f"unexpected {type(error).__name__}: {error}; please report this"
            record = Failure(paper=paper, error=Problem(kind="unexpected", message=clean(said)))
            self.tally.failed += 1
        return record

    def _kept(self, record: Record, place: int) -> Record:
        """Put ``record`` where a digest finds it; a failure replaces no result.

        Results cost nothing to make again from the answers, so they may wait for one another.
        """
        if isinstance(record, Failure):
            kept = self.cache.results.get(record.paper.key)
            if record.error.kind in UNDONE or (kept and "error" not in kept["record"]):
                return record
        self._results[record.paper.key] = {
            "made_at": self._began + place * _TICK,
            "stamp": self._stamp(record.paper),
            "record": record.model_dump(mode="json"),
        }
        if len(self._results) >= _TOGETHER:
            self._flush()
        return record

    def _flush(self) -> None:
        results, self._results = self._results, {}
        if results:
            self.cache.results.put_all(results)


@functools.cache
def _rules() -> str:
    """Return a digest of this program: what other code has made of an answer is made again, at no cost."""
    code = hashlib.sha256()
    for path in sorted(Path(__file__).parent.glob("*.py")):
        code.update(path.read_bytes())
    return code.hexdigest()
