"""What a run has done and spent, and how it keeps to a limit."""

from __future__ import annotations

import asyncio
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from summarizer.errors import SummarizeError

if TYPE_CHECKING:
    from summarizer.completion import Completion
    from summarizer.prompts import Request
    from summarizer.settings import Price


class MaxCostReachedError(SummarizeError):
    """The next request could exceed the limit that the user set."""


@dataclass
class Tally:
    """What a run has done so far. ``asked`` counts requests that the model answered in this run.

    ``left`` are papers that were not tried, since the run was stopped; ``waiting`` are papers whose answers come
    later, in a batch.
    """

    done: int = 0
    failed: int = 0
    left: int = 0
    waiting: int = 0
    from_disk: int = 0
    asked: int = 0
    prompt_tokens: int = 0
    completion_tokens: int = 0
    cost_usd: float | None = None

    @property
    def papers(self) -> int:
        """How many papers have a record by now."""
        return self.done + self.failed + self.left + self.waiting


def cost(completion: Completion, price: Price) -> float:
    """Return the US dollars that ``completion`` costs at ``price``, its cached tokens at their own."""
    cached = min(completion.cached_tokens, completion.prompt_tokens)
    if price.cached_input is None or completion.share < 1:  # few models lower both prices at once
        cached = 0
    dollars = (completion.prompt_tokens - cached) * price.input + completion.completion_tokens * price.output
    return completion.share * (dollars + cached * (price.cached_input or 0.0)) / 1e6


@dataclass
class Budget:
    """Counts what is paid into ``tally``, and holds requests back that could exceed ``limit`` US dollars.

    What is set aside is in whole millionths of a dollar: what is left of a sum of fractions, once each of them is
    taken away again, need not be nothing, and a request would wait for it for ever.
    """

    tally: Tally
    price: Price | None = None
    limit: float | None = None
    _reserved: int = 0

    def __post_init__(self) -> None:
        if self.price:
            self.tally.cost_usd = 0.0

    async def reserve(self, request: Request) -> int:
        """Set aside and return what ``request`` may cost at most; wait where requests in flight may use the limit up.

        Raises:
            MaxCostReachedError: nothing is in flight, and there is still not enough left.
        """
        if self.limit is None or self.price is None:
            return 0
        tokens = sum(len(message["content"].encode()) for message in request.messages) // 2
        amount = math.ceil(tokens * self.price.input + request.template.max_tokens * self.price.output)
        while (self.tally.cost_usd or 0.0) + (self._reserved + amount) / 1e6 > self.limit:
            if not self._reserved:
                raise MaxCostReachedError(
                    f"--max-cost {self.limit:g} is reached; the same command with more goes on from here"
                )
            await asyncio.sleep(0.02)  # requests in flight cost less than they may, as a rule
        self._reserved += amount
        return amount

    def release(self, amount: int) -> None:
        """Give back what ``reserve`` set aside."""
        self._reserved -= amount

    def pay(self, completion: Completion) -> None:
        """Count a completion that the model has just given."""
        self.tally.asked += 1
        self.tally.prompt_tokens += completion.prompt_tokens
        self.tally.completion_tokens += completion.completion_tokens
        if self.price:
            self.tally.cost_usd = (self.tally.cost_usd or 0.0) + cost(completion, self.price)
