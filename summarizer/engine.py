"""From settings to a ``Summarizer`` that is ready: what the command line, the library and every worker open."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from summarizer import endpoints
from summarizer.errors import SetupError
from summarizer.model import Endpoint, Model
from summarizer.pace import Patience
from summarizer.pipeline import Summarizer

if TYPE_CHECKING:
    from summarizer.cache import Cache, Shelf
    from summarizer.prompts import Prompts
    from summarizer.settings import Settings

_LOCAL_TIMEOUT = 600.0
"""Seconds that a model of one's own may think: a large one on a small machine is slow, not lost."""

MakeModel = Callable[[Endpoint, "Shelf", Patience], Model]
"""How a model is made: ``Model`` itself, or one that answers later."""


@asynccontextmanager
async def opened(
    settings: Settings,
    prompts: Prompts,
    cache: Cache,
    *,
    max_cost: float | None = None,
    refresh: bool = False,
    on_pull: Callable[[int, int], None] | None = None,
    make_model: MakeModel = Model,
) -> AsyncIterator[Summarizer]:
    """Give a summarizer, and close its connections afterwards. ``cache`` stays open: it is the caller's.

    Raises:
        SetupError: no model is set up, or ``max_cost`` (US dollars) is given where no price is known.
        ServiceError: a server that must be asked for its model's name cannot be reached.
    """
    where = endpoints.endpoint(settings, prompts, on_pull)
    price = endpoints.price(settings, where)
    if max_cost is not None and price is None and not where.local:
        raise SetupError(
            f"--max-cost needs the price of {where.model!r}: write [prices.{where.model!r}] with input and output "
            "(US dollars per million tokens) into config.toml"
        )
    patience = Patience(timeout=_LOCAL_TIMEOUT) if where.local else Patience()
    model = make_model(where, cache.facts, patience)
    try:
        yield Summarizer(
            model,
            prompts,
            cache,
            price,
            refresh=refresh,
            max_cost=max_cost,
            concurrency=settings.concurrency,
        )
    finally:
        await model.close()
