"""What is paid, and what a limit holds back."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from summarizer.costs import Budget, MaxCostReachedError, Tally
from summarizer.prompts import Prompts
from summarizer.records import Paper
from summarizer.settings import Price


def test_money_that_was_given_back_leaves_nothing_to_wait_for(paper: Paper) -> None:
    """In floats, 0.1 + 0.2 + 0.3 less each of them is more than nothing, and never comes back."""
    request = Prompts().render("paper", paper)

    async def go() -> None:
        budget = Budget(Tally(), Price(input=0.0, output=1e5), limit=1.0)
        dear = [
            replace(request, template=request.template.model_copy(update={"max_tokens": tokens}))
            for tokens in (1, 2, 3, 11)
        ]
        for amount in [await budget.reserve(each) for each in dear[:3]]:
            budget.release(amount)
        async with asyncio.timeout(1):
            with pytest.raises(MaxCostReachedError):
                await budget.reserve(dear[3])

    asyncio.run(go())
