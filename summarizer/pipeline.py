"""The one way that a paper takes: prompts, cache, model, checks, result. Only this module knows the order."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import AsyncIterator, Callable, Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from summarizer import extract, gains, tokens
from summarizer.asking import Asker, Usage
from summarizer.cache import Cache
from summarizer.checks import Answer
from summarizer.costs import Budget, MaxCostReachedError, Tally
from summarizer.errors import PaperError, ServiceError, SetupError, SummarizeError
from summarizer.model import Model
from summarizer.records import Failure, MadeBy, Paper, Problem, Record, Result, Tags

if TYPE_CHECKING:
    from summarizer.prompts import Prompts
    from summarizer.settings import Price

_LOOKAHEAD = 4
"""Papers begun ahead of the one delivered next, times the concurrency: a slow one holds up no others."""
_GRACE = 1.0
"""Seconds that answers in flight are waited for when a run is stopped: they may be paid for already."""
_NOT_DONE = "not_done"
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
        self._asking: set[asyncio.Task[Record]] = set()

    async def records(self, papers: Iterable[Paper], concurrency: int | None = None) -> AsyncIterator[Record]:
        """Yield one record for each of ``papers``, in their order.

        A paper that fails costs no other. When nothing can go on (the model cannot be reached, the user
        interrupts), ``stopped`` says why, what was done is yielded, and the rest come as failures.
        """
        slots = concurrency or self.model.endpoint.concurrency
        semaphore = asyncio.Semaphore(slots)
        window: deque[asyncio.Task[Record]] = deque()
        try:
            for paper in papers:
                window.append(asyncio.create_task(self._in_turn(paper, semaphore)))
                if len(window) >= slots * _LOOKAHEAD:
                    yield self._kept(await window.popleft())
            while window:
                yield self._kept(await window.popleft())
        finally:
            for task in window:
                task.cancel()

    def stop(self, reason: SummarizeError) -> None:
        """End the run: nothing more is asked, and the papers left come as failures."""
        if self.stopped is None:
            self.stopped = reason
            asyncio.get_running_loop().call_later(_GRACE, self._give_up)

    def _give_up(self) -> None:
        for task in self._asking:
            task.cancel()

    async def _in_turn(self, paper: Paper, semaphore: asyncio.Semaphore) -> Record:
        async with semaphore:
            if self.stopped:
                return self._left(paper)
            task = asyncio.ensure_future(self.record(paper))
            self._asking.add(task)
            try:
                record = await task
            except asyncio.CancelledError:
                if self.stopped is None:
                    raise
                return self._left(paper)
            except (ServiceError, SetupError, MaxCostReachedError) as error:
                self.stop(error)
                return self._left(paper)
            finally:
                self._asking.discard(task)
        self.on_record(record)
        return record

    def _left(self, paper: Paper) -> Failure:
        self.tally.failed += 1
        record = Failure(paper=paper, error=Problem(kind=_NOT_DONE, message=f"not done: {self.stopped}"))
        self.on_record(record)
        return record

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
            self.tally.failed += 1
        return record

    def _kept(self, record: Record) -> Record:
        """Put ``record`` where a digest finds it, in the order of the input; a failure replaces no result."""
        if isinstance(record, Failure) and record.error.kind == _NOT_DONE:
            return record
        value = record.model_dump(mode="json")
        before = (self.cache.results.get(record.paper.key) or {}).get("record")
        if before is None or (
            before != value and not (isinstance(record, Failure) and "error" not in before)
        ):
            self.cache.results.put(record.paper.key, {"made_at": time.time(), "record": value})
        return record

    async def _result(self, paper: Paper, usage: Usage) -> Result:
        if not paper.abstract:
            raise PaperError("no_abstract", "the source gives no abstract; there is nothing to summarise")
        answer, warnings = Answer(), []
        for name in self.profile.requests:
            part, cut = await self._answered(name, paper, usage)
            answer.values |= part.values
            answer.problems |= part.problems
            if cut and cut not in warnings:
                warnings.append(cut)
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
        room = self._room(name)
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
