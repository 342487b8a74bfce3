"""Bringing answers home: each is in the cache before its batch counts as done."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from summarizer.batch.journal import Batch, Journal
from summarizer.batch.replies import State
from summarizer.batch.sending import custom_id
from summarizer.batch.service import Service
from summarizer.costs import cost
from summarizer.text import count

if TYPE_CHECKING:
    from summarizer.cache import Shelf
    from summarizer.settings import Price

_MOST_NAMED = 3
_TOGETHER = 1000
"""Answers that are kept in one transaction."""


@dataclass
class Fetched:
    """What came of one batch. ``problems`` counts the reasons of requests that have no answer."""

    batch: Batch
    state: State
    answers: int = 0
    foreign: int = 0
    prompt_tokens: int = 0
    completion_tokens: int = 0
    cost_usd: float | None = None
    problems: Counter[str] = field(default_factory=Counter)

    def __str__(self) -> str:
        """Return it in words, one line."""
        parts = [f"batch {self.state.id}: {self.answers:,} of {count(self.batch.requests, 'answer')} kept"]
        if self.answers:
            parts.append(f"{self.prompt_tokens:,} tokens in, {self.completion_tokens:,} out")
        if self.cost_usd is not None:
            parts.append(f"${self.cost_usd:.4f}")
        parts += self.state.errors[:_MOST_NAMED]
        parts += [f"{number:,} without one ({why})" for why, number in self.problems.most_common(_MOST_NAMED)]
        if self.foreign:
            parts.append(f"{count(self.foreign, 'line')} passed over that nobody asked for")
        return " · ".join(parts)


def fetch(
    batch: Batch, journal: Journal, service: Service, answers: Shelf, price: Price | None
) -> Fetched | State | None:
    """Keep what ``batch`` has brought; return that, or how far it is, or ``None`` where nobody knows it.

    A second call after a crash keeps the same answers once more, and changes nothing.

    Raises:
        ServiceError: the service cannot be reached, or a file of the batch is gone.
        SetupError: an answer cannot be kept; the next call begins again.
    """
    state = service.state(batch.id or "")
    if state is None or not state.ended:
        return state
    came = Fetched(batch, state, cost_usd=0.0 if price else None)
    ready: dict[str, Any] = {}
    wanted = {custom_id(key): key for key in journal.keys(batch.name)}
    for file in state.files:
        for line in service.lines(file, journal.folder / f"{batch.name}.fetched"):
            key = wanted.pop(line.custom_id, None)
            if key is None:
                came.foreign += 1
            elif line.completion is None:
                came.problems[line.problem] += 1
            else:
                completion = replace(line.completion, share=batch.share)
                ready[key] = completion.as_json()
                if len(ready) >= _TOGETHER:
                    answers.put_all(ready)
                    ready.clear()
                came.answers += 1
                came.prompt_tokens += completion.prompt_tokens
                came.completion_tokens += completion.completion_tokens
                if price:
                    came.cost_usd = (came.cost_usd or 0.0) + cost(completion, price)
    if wanted:
        came.problems[f"the batch {state.status}" if state.status != "completed" else "no word of it"] += len(
            wanted
        )
    answers.put_all(ready)
    journal.finish(batch.name)
    return came
