"""What the commands do with the batches of a cache folder at one provider."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from summarizer import endpoints
from summarizer.batch.fetching import Fetched, fetch
from summarizer.batch.journal import Batch, Journal
from summarizer.batch.limits import Limits
from summarizer.batch.replies import OPEN, State
from summarizer.batch.sending import Later, send
from summarizer.batch.service import Service
from summarizer.errors import SetupError
from summarizer.model import Endpoint
from summarizer.settings import OPENAI_URL, Settings

if TYPE_CHECKING:
    from summarizer.cache import Shelf
    from summarizer.pace import Patience


class Desk:
    """Sends, follows and fetches.

    The key goes to the provider that ``settings`` name and to no other, whatever a journal that came from
    elsewhere says; ``elsewhere`` are the batches that other settings must fetch.

    Raises:
        SetupError: the model answers in this process, where there are no batches.
    """

    def __init__(self, settings: Settings, note: Callable[[str], None]) -> None:
        if settings.embedded:
            raise SetupError(
                "batches need a provider with a batch service, and the embedded model has none: "
                "set OPENAI_API_KEY, or pass --base-url and --model"
            )
        self._settings, self._note = settings, note
        self.service = Service(settings.base_url or OPENAI_URL, settings.api_key or "")
        self.journal = Journal(settings.cache_dir)

    def open(self) -> list[Batch]:
        """Return the batches at this provider of which something is still to come."""
        return [batch for batch in self.journal.open() if batch.place == self.service.place]

    def elsewhere(self) -> list[Batch]:
        """Return those at other providers."""
        return [batch for batch in self.journal.open() if batch.place != self.service.place]

    def resume(self) -> None:
        """Send what an earlier run wrote down and could not send, and clear away what it left half written."""
        written = {f"{batch.name}.jsonl" for batch in self.journal.open()}
        for pattern in ("*.jsonl", "*.part", "*.fetched"):
            for path in self.journal.folder.glob(pattern):
                if path.name not in written:
                    path.unlink(missing_ok=True)
        for batch in self.open():
            if batch.id is None:
                send(batch, self.journal, self.service, self._note)

    def fetch(self, answers: Shelf) -> Iterator[tuple[Batch, Fetched | State | None]]:
        """Keep in ``answers`` what has come; yield every batch with what came of it, or how far it is."""
        for batch in self.open():
            if batch.id is not None:
                price = endpoints.price(self._settings, _endpoint(batch))
                yield batch, fetch(batch, self.journal, self.service, answers, price)

    def states(self) -> Iterator[tuple[Batch, State | None]]:
        """Yield every batch with how far it is; ``None`` for one that is not sent, or not known any more."""
        for batch in self.open():
            yield batch, self.service.state(batch.id) if batch.id else None

    def cancel(self, batch: Batch) -> State | None:
        """Stop ``batch``, and return how far it came; ``None`` where it is given up: there is nothing to fetch."""
        state = None
        identifier = batch.id
        if identifier is None and batch.tried_at is not None:
            identifier = self.service.find(batch.name, batch.tried_at)
        if identifier:
            self.journal.sent(batch.name, identifier)
            state = self.service.state(identifier)
            if state and state.status in OPEN:
                state = self.service.cancel(identifier)
        if state is None:
            self.journal.finish(batch.name)
        return state

    def give_up(self, batch: Batch) -> None:
        """Forget ``batch``: what it would have brought is lost, and may be asked again."""
        self.journal.finish(batch.name)

    def model(
        self,
        endpoint: Endpoint,
        facts: Shelf,
        patience: Patience | None,
        *,
        max_cost: float | None,
        command: str,
    ) -> Later:
        """Return the model that answers later."""
        return Later(
            endpoint,
            facts,
            patience,
            journal=self.journal,
            service=self.service,
            limits=Limits.load(self._settings),
            price=endpoints.price(self._settings, endpoint),
            max_cost=max_cost,
            command=command,
            note=self._note,
        )

    def close(self) -> None:
        """Close the journal."""
        self.journal.close()


def _endpoint(batch: Batch) -> Endpoint:
    return Endpoint(batch.model, batch.place, lambda: (batch.place, ""))
