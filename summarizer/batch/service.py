"""The provider's batch service, files and batches, spoken to so that nothing is submitted twice.

Reading is repeated freely. Creating never is: where the answer to it is lost, we look whether it happened, by the
name that goes with everything we send, before we do it again. That is why the ``openai`` client, which knows the
forms, the pages and the streams, may not repeat anything by itself.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeVar

from summarizer.batch.client import Failed, UnknownError, connect, failures
from summarizer.batch.replies import Line, State, read_line, read_state
from summarizer.errors import ServiceError, SetupError
from summarizer.model import without_secrets
from summarizer.pace import Patience

if TYPE_CHECKING:
    from openai import BaseModel, OpenAI
    from openai.types import Batch

NAME = "summarize"
"""The metadata of our batches under which their name stands."""
ENDPOINT: Final = "/v1/chat/completions"
_DAY = 86_400.0

Made = TypeVar("Made")


class Service:
    """The batch service at ``url``.

    ``settles`` is for how many seconds after a lost answer the service may not yet list what it made of the
    request; ``attempts`` is how often something is tried in all.

    Every method raises ``ServiceError`` where the service cannot be reached or refuses.
    """

    def __init__(
        self,
        url: str,
        key: str,
        *,
        settles: float = 30.0,
        attempts: int = 5,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self.url, self.place = url, without_secrets(url)
        self._key, self._sleep = key, sleep
        self._settles, self._attempts = settles, attempts
        self._patience = Patience()

    def upload(self, name: str, path: Path, tried_at: float | None) -> str:
        """Return the id of the file at ``path`` at the service, uploading it unless it is there.

        ``tried_at`` is when it may have been uploaded before, in seconds of the epoch.
        """
        filename, size = f"{NAME}-{name}.jsonl", path.stat().st_size

        def send(client: OpenAI) -> str:
            with path.open("rb") as content:
                file = (filename, content, "application/jsonl")
                return str(client.files.create(file=file, purpose="batch").id)

        def find(client: OpenAI) -> str | None:
            files = client.files.list(purpose="batch", order="desc", limit=1000)
            return _first(
                files, tried_at, lambda it: it.get("filename") == filename and it.get("bytes") == size
            )

        return self._done(send, find, tried_at)

    def create(self, name: str, file: str, tried_at: float | None) -> str:
        """Return the id of the batch called ``name``, creating it from ``file`` unless it exists."""

        def send(client: OpenAI) -> str:
            batch = client.batches.create(
                input_file_id=file, endpoint=ENDPOINT, completion_window="24h", metadata={NAME: name}
            )
            return str(batch.id)

        return self._done(send, lambda client: _listed(client, name, tried_at), tried_at)

    def find(self, name: str, tried_at: float) -> str | None:
        """Return the id of the batch called ``name``, which may have been created at ``tried_at``, or ``None``."""
        return self._found(lambda client: _listed(client, name, tried_at), tried_at)

    def state(self, identifier: str) -> State | None:
        """Return what has become of the batch, or ``None`` where the service does not know it."""
        return self._state(lambda client: client.batches.retrieve(identifier))

    def cancel(self, identifier: str) -> State | None:
        """Stop the batch; what it has answered by then can be fetched. ``None`` where it is not known."""
        return self._state(lambda client: client.batches.cancel(identifier))

    def _state(self, do: Callable[[OpenAI], Batch]) -> State | None:
        try:
            return self._done(lambda client: read_state(do(client).to_dict(warnings=False)))
        except UnknownError:
            return None

    def lines(self, file: str, spool: Path) -> Iterator[Line]:
        """Yield what became of each request in ``file``, which is downloaded to ``spool`` whole at first.

        Raises:
            SetupError: ``spool`` cannot be written.
        """

        def download(client: OpenAI) -> None:
            with client.files.with_streaming_response.content(file) as content:
                try:
                    content.stream_to_file(spool)
                except OSError as error:
                    raise SetupError(f"{spool} cannot be written ({error}); make room") from None

        try:
            self._done(download)
            with spool.open(encoding="utf-8", errors="replace") as texts:
                for text in texts:
                    if text.strip() and (reply := read_line(text)):
                        yield reply
        except UnknownError:
            raise ServiceError(
                f"{self.place} has deleted the file {file}; `summarize batch cancel --give-up` asks it all again"
            ) from None
        finally:
            spool.unlink(missing_ok=True)

    def _done(
        self,
        do: Callable[[OpenAI], Made],
        find: Callable[[OpenAI], Made | None] | None = None,
        tried_at: float | None = None,
    ) -> Made:
        """Return what ``do`` returns, again where that helps; what must not happen twice has a ``find``.

        That is called before ``do`` wherever it may have happened since ``tried_at``, and what it finds is returned.
        """
        for attempt in range(1, self._attempts + 1):
            if find and tried_at is not None and (found := self._found(find, tried_at)) is not None:
                return found
            # A client for one call: a connection kept between two looks may be dead, and lose what is sent.
            client = connect(self.url, self._key)
            try:
                with client:
                    return do(client)
            except failures() as error:
                failed = Failed.read(error)
                if attempt == self._attempts or not failed.passes:
                    raise failed.told(self.place, self._key) from None
                if failed.may_have_happened:
                    tried_at = time.time()
                wait = self._patience.wait(attempt) if failed.wait is None else failed.wait
                self._sleep(min(wait, self._patience.longest_pause))
        raise AssertionError("unreachable")

    def _found(self, find: Callable[[OpenAI], Made | None], tried_at: float) -> Made | None:
        """Look for what was tried at ``tried_at`` until the service must have listed it."""
        while True:
            settled = time.time() >= tried_at + self._settles
            found = self._done(find)
            if found is not None or settled:
                return found
            self._sleep(min(2.0, self._settles / 10))


def _listed(client: OpenAI, name: str, since: float | None) -> str | None:
    """Return the id of the batch called ``name`` where it is listed."""
    batches = client.batches.list(limit=100)
    return _first(batches, since, lambda it: (it.get("metadata") or {}).get(NAME) == name)


def _first(
    listed: Iterable[BaseModel], since: float | None, fits: Callable[[dict[str, Any]], bool]
) -> str | None:
    """Return the id of the newest that ``fits``, of all but what is clearly older than ``since``."""
    seen = set()
    for each in listed:
        known: dict[str, Any] = each.to_dict(warnings=False)  # what a server leaves out is no attribute
        if fits(known):
            return str(known["id"])
        made_at = known.get("created_at") or time.time()
        if made_at < (since or time.time()) - _DAY or known["id"] in seen:
            return None  # clocks differ, and a server without pages gives the first one again
        seen.add(known["id"])
    return None
