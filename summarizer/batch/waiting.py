"""A model that minds what is under way: ordinary runs wait for it instead of paying twice."""

from __future__ import annotations

import functools
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from summarizer.batch.journal import Journal
from summarizer.errors import DeferredError
from summarizer.model import Endpoint, Model, key_of

if TYPE_CHECKING:
    from summarizer.cache import Shelf
    from summarizer.completion import Completion
    from summarizer.pace import Patience
    from summarizer.prompts import Request

UNDER_WAY = "its answer is under way in a batch; `summarize batch status` says how far that is"


class Waiting(Model):
    """A model some of whose answers are under way in batches: those are waited for, not asked again."""

    def __init__(
        self, endpoint: Endpoint, facts: Shelf, patience: Patience | None = None, *, journal: Journal
    ) -> None:
        super().__init__(endpoint, facts, patience)
        self.journal = journal

    async def ask(self, request: Request) -> Completion:
        """Return the answer, or raise ``DeferredError`` where a batch will bring it; else like ``Model.ask``."""
        if self.journal.holds(key_of(request, self.endpoint)):
            raise DeferredError(UNDER_WAY)
        return await super().ask(request)

    async def close(self) -> None:
        """Close the connections and the journal."""
        await super().close()
        self.journal.close()


def attentive(folder: Path) -> tuple[Callable[[Endpoint, Shelf, Patience], Model], Callable[[str], bool]]:
    """Return how to make a model that minds the batches of cache ``folder``, and what tells of a key's being in one."""
    if not Journal.there(folder):
        return Model, lambda _: False
    journal = Journal(folder)
    return functools.partial(Waiting, journal=journal), journal.holds
