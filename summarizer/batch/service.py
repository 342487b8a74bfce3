"""The provider's batch service: ``/v1/files`` and ``/v1/batches``, spoken to so that nothing is submitted twice.

Reading is repeated freely. Creating never is: where the answer to it is lost, we look whether it happened, by the
name that goes with everything we send, before we do it again.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from summarizer.batch.replies import Line, State, read_line, read_state
from summarizer.errors import ServiceError
from summarizer.model import without_secrets
from summarizer.pace import Patience, retry_after
from summarizer.text import clean

if TYPE_CHECKING:
    from summarizer.wire import RefusedError, Wire, WireError

NAME = "summarize"
"""The metadata of our batches under which their name stands."""
ENDPOINT = "/v1/chat/completions"
_WINDOW = "24h"
_TIMEOUT = 600.0
"""Seconds that one call may take: an upload is large."""
_DAY = 86_400.0

Found = TypeVar("Found")


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

        def find() -> str | None:
            for known in self._list("/files?purpose=batch&order=desc&limit=1000", tried_at):
                if known.get("filename") == filename and known.get("bytes") == size:
                    return str(known["id"])
            return None

        made = self._done(lambda wire: wire.upload("/files", path, filename, purpose="batch"), find, tried_at)
        return made if isinstance(made, str) else str(made["id"])

    def create(self, name: str, file: str, tried_at: float | None) -> str:
        """Return the id of the batch called ``name``, creating it from ``file`` unless it exists."""
        asked = {"input_file_id": file, "endpoint": ENDPOINT, "completion_window": _WINDOW}
        made = self._done(
            lambda wire: _answer(wire.post("/batches", {**asked, "metadata": {NAME: name}})),
            lambda: self._listed(name, tried_at),
            tried_at,
        )
        return made if isinstance(made, str) else str(made["id"])

    def find(self, name: str, tried_at: float) -> str | None:
        """Return the id of the batch called ``name``, which may have been created at ``tried_at``, or ``None``."""
        return self._found(lambda: self._listed(name, tried_at), tried_at)

    def _listed(self, name: str, tried_at: float | None) -> str | None:
        for known in self._list("/batches?limit=100", tried_at):
            if (known.get("metadata") or {}).get(NAME) == name:
                return str(known["id"])
        return None

    def _list(self, path: str, since: float | None) -> Iterator[dict[str, Any]]:
        """Yield what is listed at ``path``, the newest first, back to what is clearly older than ``since``."""
        after = ""
        while True:
            page = self._read(path + after)
            for known in page["data"]:
                yield known
                if known.get("created_at", 0) < (since or time.time()) - _DAY:  # clocks differ
                    return
            if not page.get("has_more"):
                return
            after = f"&after={page['data'][-1]['id']}"

    def state(self, identifier: str) -> State | None:
        """Return what has become of the batch, or ``None`` where the service does not know it."""
        try:
            return read_state(self._read(f"/batches/{identifier}"))
        except _UnknownError:
            return None

    def cancel(self, identifier: str) -> State | None:
        """Stop the batch; what it has answered by then can be fetched. ``None`` where it is not known."""
        try:
            return read_state(
                self._done(lambda wire: _answer(wire.post(f"/batches/{identifier}/cancel", {})))
            )
        except _UnknownError:
            return None

    def lines(self, file: str, spool: Path) -> Iterator[Line]:
        """Yield what became of each request in ``file``, which is downloaded to ``spool`` whole at first."""
        try:
            self._done(lambda wire: wire.download(f"/files/{file}/content", spool))
            with spool.open(encoding="utf-8", errors="replace") as texts:
                for text in texts:
                    if text.strip() and (reply := read_line(text)):
                        yield reply
        except _UnknownError:
            raise ServiceError(
                f"{self.place} has deleted the file {file}; `summarize batch cancel --give-up` asks it all again"
            ) from None
        finally:
            spool.unlink(missing_ok=True)

    def _read(self, path: str) -> Any:
        return self._done(lambda wire: _answer(wire.get(path)))

    def _done(
        self,
        do: Callable[[Wire], Awaitable[Any]],
        find: Callable[[], Any] | None = None,
        tried_at: float | None = None,
    ) -> Any:
        """Return what ``do`` returns, again where that helps; what must not happen twice has a ``find``.

        That is called before ``do`` wherever it may have happened since ``tried_at``, and what it finds is returned.
        """
        from summarizer.wire import RefusedError, WireError

        for attempt in range(1, self._attempts + 1):
            if find and tried_at is not None and (found := self._found(find, tried_at)) is not None:
                return found
            try:
                return asyncio.run(self._over_the_wire(do))
            except WireError as error:
                refused = error if isinstance(error, RefusedError) else None
                if attempt == self._attempts or (refused and not _passes(refused)):
                    raise self._mapped(error) from None
                if refused is None or refused.status >= 500:
                    tried_at = time.time()  # it may have happened all the same
                asked = retry_after(refused.headers) if refused else None
                wait = self._patience.wait(attempt) if asked is None else asked
                self._sleep(min(wait, self._patience.longest_pause))
        raise AssertionError("unreachable")

    async def _over_the_wire(self, do: Callable[[Wire], Awaitable[Any]]) -> Any:
        from summarizer.wire import OverdueError, Wire

        wire = Wire(self.url, self._key)
        try:
            async with asyncio.timeout(_TIMEOUT):
                return await do(wire)
        except TimeoutError:
            raise OverdueError from None
        finally:
            await wire.close()

    def _found(self, find: Callable[[], Found | None], tried_at: float) -> Found | None:
        """Look for what was tried at ``tried_at`` until the service must have listed it."""
        while True:
            settled = time.time() >= tried_at + self._settles
            found = find()
            if found is not None or settled:
                return found
            self._sleep(min(2.0, self._settles / 10))

    def _mapped(self, error: WireError) -> ServiceError:
        from summarizer.wire import GarbledError, RefusedError

        if not isinstance(error, RefusedError):
            what = (
                "answers what is no batch service" if isinstance(error, GarbledError) else "cannot be reached"
            )
            return ServiceError(f"{self.place} {what}; run this again later: nothing is submitted twice")
        status, said = error.status, clean(error.message)[:300]
        if self._key:
            said = said.replace(self._key, "…")
        if status in {401, 403}:
            return ServiceError(
                f"{self.place} refuses the key ({status}); set OPENAI_API_KEY to one that it knows"
            )
        if status == 404:
            return _UnknownError(f"{self.place} has no batch service (404); leave --batch out")
        if status == 429:
            return ServiceError(f"{self.place} takes no batch now (429: {said}); run this again later")
        if status < 500:
            return ServiceError(f"{self.place} refuses the batch ({status}): {said}")
        return ServiceError(
            f"{self.place} keeps failing ({status}: {said}); run this again later: nothing is submitted twice"
        )


class _UnknownError(ServiceError):
    """The service knows no such thing: a batch, a file, or batches at all."""


async def _answer(sent: Awaitable[tuple[Any, Any]]) -> Any:
    """Return the JSON object that came, without its headers."""
    from summarizer.wire import GarbledError

    answer, _ = await sent
    if not isinstance(answer, dict):
        raise GarbledError("no JSON object")
    return answer


def _passes(error: RefusedError) -> bool:
    """Tell whether asking again may help."""
    credit = "insufficient_quota" not in {error.code, error.type}
    return error.status >= 500 or error.status in {408, 409} or (error.status == 429 and credit)
