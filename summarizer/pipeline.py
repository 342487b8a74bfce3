"""The one way that a paper takes: prompts, cache, model, checks, result. Only this module knows the order."""

from __future__ import annotations

import asyncio
import functools
import hashlib
import time
from collections.abc import AsyncIterator, Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from summarizer import extract, gains, tokens
from summarizer.asking import Asker, Usage
from summarizer.cache import Cache, digest
from summarizer.checks import Answer
from summarizer.costs import Budget, MaxCostReachedError, Tally
from summarizer.errors import DeferredError, PaperError, ServiceError, SetupError, SummarizeError
from summarizer.model import Model
from summarizer.records import Failure, MadeBy, Paper, Problem, Record, Result, Tags
from summarizer.text import find_quote

if TYPE_CHECKING:
    from summarizer.prompts import Prompts
    from summarizer.settings import Price

_TOGETHER = 64
"""Results that are kept in one transaction."""
_TICK = 1e-6
"""Seconds between the times at which two papers of a run are said to be made: they stand in the order of the input."""
_GRACE = 1.0
"""Seconds that answers in flight are waited for when a run is stopped: they may be paid for already."""
_NOT_DONE = "not_done"
UNDONE = frozenset({_NOT_DONE, DeferredError.KIND})
"""Kinds of failures that say nothing about the paper: it was not tried, or its answer is on its way."""
_SLACK_TOKENS = 64
_FEWEST_TOKENS = 128
_HALVINGS = 3


class InterruptedRunError(SummarizeError):
    """The user stopped the run."""

    exit_code = 130


@dataclass
class Summarizer:
    """Turns papers into records with one model.

    ``max_cost`` is in US dollars and needs a ``price``; ``refresh`` asks again what the cache holds;
    ``on_record`` hears of every record as it is done, in no order.
    """

    model: Model
    prompts: Prompts
    cache: Cache
    price: Price | None = None
    refresh: bool = False
    max_cost: float | None = None
    on_record: Callable[[Record], None] = lambda _: None
    tally: Tally = field(default_factory=Tally)
    stopped: SummarizeError | None = None
    """Why the run ended before its time, if it did."""

    def __post_init__(self) -> None:
        self.profile = self.prompts.profile(self.model.name)
        self._version = self.prompts.version(self.profile)
        budget = Budget(self.tally, self.price, self.max_cost)
        self.asker = Asker(
            self.model,
            self.prompts.vocabulary,
            self.cache.answers,
            budget,
            self.profile.asks_again,
            self.profile.own_words,
            self.refresh,
        )
        self._rooms = {name: self._room(name) for name in self.profile.requests}
        self._made_with = [self.model.name, self.model.endpoint.place, self._version, _rules()]
        self._asking: set[asyncio.Task[Record]] = set()
        self._results: dict[str, dict[str, Any]] = {}  # to be kept, together
        self._began = time.time()

    async def records(self, papers: Iterable[Paper], concurrency: int | None = None) -> AsyncIterator[Record]:
        """Yield one record for each of ``papers``, in their order; see ``done``, which waits for none."""
        early: dict[int, Record] = {}
        turn = 0
        async for place, record in self.done(papers, concurrency):
            early[place] = record
            while turn in early:
                yield early.pop(turn)
                turn += 1

    async def done(
        self, papers: Iterable[Paper], concurrency: int | None = None
    ) -> AsyncIterator[tuple[int, Record]]:
        """Yield the record of each of ``papers``, and its place among them, as soon as it is there.

        A paper that fails costs no other. When nothing can go on (the model cannot be reached, the user
        interrupts), ``stopped`` says why, what was done is yielded, and the rest come as failures.
        """
        slots = concurrency or self.model.endpoint.concurrency
        places: dict[asyncio.Task[Record], int] = {}
        over: asyncio.Queue[asyncio.Task[Record]] = asyncio.Queue()
        try:
            for place, paper in enumerate(papers):
                record = self._standing(paper) or (self._left(paper) if self.stopped else None)
                if record:
                    yield place, record
                    if not places:
                        continue
                    await asyncio.sleep(0)  # those in flight go on meanwhile
                else:
                    task = asyncio.create_task(self._attended(paper))
                    task.add_done_callback(over.put_nowait)
                    places[task] = place
                    self._asking.add(task)
                while not over.empty() or len(places) >= slots:
                    yield self._taken(await over.get(), places)
            while places:
                yield self._taken(await over.get(), places)
        finally:
            for task in places:
                task.cancel()
            self._flush()

    def stop(self, reason: SummarizeError) -> None:
        """End the run: nothing more is asked, and the papers left come as failures."""
        if self.stopped is None:
            self.stopped = reason
            asyncio.get_running_loop().call_later(_GRACE, self._give_up)

    def _give_up(self) -> None:
        for task in self._asking:
            task.cancel()

    def _taken(
        self, task: asyncio.Task[Record], places: dict[asyncio.Task[Record], int]
    ) -> tuple[int, Record]:
        self._asking.discard(task)
        place = places.pop(task)
        return place, self._kept(task.result(), place)

    async def _attended(self, paper: Paper) -> Record:
        try:
            record = await self.record(paper)
        except asyncio.CancelledError:
            if self.stopped is None:
                raise
            return self._left(paper)
        except (ServiceError, SetupError, MaxCostReachedError) as error:
            self.stop(error)
            return self._left(paper)
        self.on_record(record)
        return record

    def _left(self, paper: Paper) -> Failure:
        self.tally.failed += 1
        record = Failure(paper=paper, error=Problem(kind=_NOT_DONE, message=f"not done: {self.stopped}"))
        self.on_record(record)
        return record

    def _standing(self, paper: Paper) -> Result | None:
        """Return the kept result of this very paper by this very model, these prompts and rules, if there is one.

        It is what the kept answers would come to again, for a tenth of the work.
        """
        if self.refresh:
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
        return digest({"paper": paper.model_dump_json(), "made with": self._made_with})

    async def record(self, paper: Paper) -> Record:
        """Return the result for ``paper``, or a failure that says why there is none.

        Raises:
            ServiceError: the model cannot be reached or refuses the key.
            SetupError: answers cannot be kept.
            MaxCostReachedError: the next request could exceed ``max_cost``.
        """
        usage = Usage()
        record: Record
        try:
            record = await self._result(paper, usage)
            self.tally.done += 1
            self.tally.from_disk += not usage.fresh
        except PaperError as error:
            record = Failure(paper=paper, error=Problem(kind=error.kind, message=str(error)))
            if isinstance(error, DeferredError):
                self.tally.waiting += 1
            else:
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

    async def _result(self, paper: Paper, usage: Usage) -> Result:
        if not paper.abstract:
            raise PaperError("no_abstract", "the source gives no abstract; there is nothing to summarise")
        answer, warnings = Answer(), []
        deferred: DeferredError | None = None
        for name in self.profile.requests:
            try:
                part, cut = await self._answered(name, paper, usage)
            except DeferredError as error:
                deferred = error  # the other requests can go into the same batch
                continue
            answer.values |= part.values
            answer.problems |= part.problems
            if cut and cut not in warnings:
                warnings.append(cut)
        if deferred:
            raise deferred
        values = {**extract.fields(self.profile.from_text, paper, self.prompts.vocabulary), **answer.values}
        warnings += [f"{problem}: left out" for name, problem in answer.problems.items() if name != "tldr"]
        tldr = values.get("tldr")
        if tldr is None:
            tldr = extract.sentence(paper)
            instead = "the TL;DR is the abstract's own sentence" if tldr else "there is no TL;DR"
            warnings.append(f"{instead}, since the model's did not hold ({answer.problems.get('tldr')})")
        return Result(
            paper=paper,
            tldr=tldr,
            tags=Tags(
                domain=values.get("domain"),
                contribution=values.get("contribution"),
                method=values.get("method"),
                efficiency_gains=gains.merge(gains.find(paper.abstract), values.get("efficiency_gains", ())),
            ),
            warnings=tuple(warnings),
            made_by=MadeBy(
                model=self.model.name,
                prompt=self._version,
                cached=not usage.fresh,
                prompt_tokens=usage.prompt_tokens,
                completion_tokens=usage.completion_tokens,
                cost_usd=usage.cost_usd,
            ),
        )

    async def _answered(self, name: str, paper: Paper, usage: Usage) -> tuple[Answer, str | None]:
        """Ask template ``name`` about ``paper``; say so where its abstract was cut to what the model reads."""
        room = self._rooms[name]
        for halving in range(_HALVINGS + 1):
            shorter, cut = self._shortened(paper, room)
            try:
                return await self.asker.answer(self.prompts.render(name, shorter), paper, usage), cut
            except PaperError as error:
                if error.kind != "too_long" or halving == _HALVINGS:
                    raise
                room //= 2  # the server reads less at once than the profile says
        raise AssertionError("unreachable")

    def _room(self, name: str) -> int:
        """Return the tokens that template ``name`` leaves for the abstract."""
        template = self.prompts.templates[name]
        fixed = self.prompts.render(name, Paper(title="", abstract="")).messages
        # An answer that is asked again comes back as part of the prompt, hence twice.
        spoken_for = sum(len(message["content"]) for message in fixed) // 3 + 2 * template.max_tokens
        return max(self.profile.context_tokens - spoken_for - _SLACK_TOKENS, _FEWEST_TOKENS)

    def _shortened(self, paper: Paper, room: int) -> tuple[Paper, str | None]:
        whole = paper.abstract or ""
        head = tokens.cut(whole, room, self.cache.folder / "tiktoken")
        if head is None:
            return paper, None
        said = (
            f"the abstract was cut to its first {len(head):,} of {len(whole):,} characters to fit the model"
        )
        return paper.model_copy(update={"abstract": head}), said


@functools.cache
def _rules() -> str:
    """Return a digest of this program: what other code has made of an answer is made again, at no cost."""
    code = hashlib.sha256()
    for path in sorted(Path(__file__).parent.glob("*.py")):
        code.update(path.read_bytes())
    return code.hexdigest()
