"""The provider's batch service, files and batches, spoken to so that nothing is submitted twice.

Reading is repeated freely. Creating never is: where the answer to it is lost, we look whether it happened, by the
name that goes with everything we send, before we do it again. That is why the ``openai`` client, which knows the
forms, the pages and the streams, may not repeat anything by itself.

This is the boundary to that client: what it raises is mapped here to our own errors.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeVar

from summarizer.batch.replies import Line, State, read_line, read_state
from summarizer.errors import ServiceError, SetupError
from summarizer.model import without_secrets
from summarizer.pace import Patience, retry_after
from summarizer.text import clean

if TYPE_CHECKING:
    from openai import APIStatusError, BaseModel, OpenAI

NAME = "summarize"
"""The metadata of our batches under which their name stands."""
ENDPOINT: Final = "/v1/chat/completions"
_TIMEOUT = 600.0
"""Seconds that the service may be silent: an upload is large, and looked through before it is answered."""
_CONNECTS_WITHIN = 30.0
_DAY = 86_400.0
_GARBLED = (AttributeError, LookupError, TypeError, ValueError, RecursionError)
"""What reading an answer raises that is none: the client does not check what came, and builds what it can."""

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
            for known in _newest(client.files.list(purpose="batch", order="desc", limit=1000), tried_at):
                if known.get("filename") == filename and known.get("bytes") == size:
                    return str(known["id"])
            return None

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
        try:
            return self._done(lambda client: read_state(_told(client.batches.retrieve(identifier))))
        except _UnknownError:
            return None

    def cancel(self, identifier: str) -> State | None:
        """Stop the batch; what it has answered by then can be fetched. ``None`` where it is not known."""
        try:
            return self._done(lambda client: read_state(_told(client.batches.cancel(identifier))))
        except _UnknownError:
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
        except _UnknownError:
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
        import httpx2  # what breaks off a stream is not the client's error, but its transport's
        import openai

        for attempt in range(1, self._attempts + 1):
            if find and tried_at is not None and (found := self._found(find, tried_at)) is not None:
                return found
            client = self._client()
            try:
                with client:
                    return do(client)
            except (openai.OpenAIError, httpx2.HTTPError, *_GARBLED) as error:
                refused = error if isinstance(error, openai.APIStatusError) else None
                if attempt == self._attempts or (refused and not _passes(refused)):
                    raise self._mapped(error) from None
                if refused is None or refused.status_code >= 500:
                    tried_at = time.time()  # it may have happened all the same
                asked = retry_after(refused.response.headers) if refused else None
                wait = self._patience.wait(attempt) if asked is None else asked
                self._sleep(min(wait, self._patience.longest_pause))
        raise AssertionError("unreachable")

    def _client(self) -> OpenAI:
        """Return a client for one call: a connection kept between two looks may be dead, and lose what is sent.

        It reaches the service as chat does: through the same proxy, trusting the same certificates, and never
        led elsewhere.
        """
        import openai

        from summarizer import wire

        return openai.OpenAI(
            base_url=self.url,
            api_key=self._key or "none",  # without one, the client would look for another
            max_retries=0,
            http_client=openai.DefaultHttpxClient(
                timeout=openai.Timeout(_TIMEOUT, connect=_CONNECTS_WITHIN),
                proxy=wire.proxy(self.url),
                verify=wire.trust(),
                trust_env=False,
                follow_redirects=False,
            ),
        )

    def _found(self, find: Callable[[OpenAI], Made | None], tried_at: float) -> Made | None:
        """Look for what was tried at ``tried_at`` until the service must have listed it."""
        while True:
            settled = time.time() >= tried_at + self._settles
            found = self._done(find)
            if found is not None or settled:
                return found
            self._sleep(min(2.0, self._settles / 10))

    def _mapped(self, error: Exception) -> ServiceError:
        """Return our error for whatever came instead of an answer."""
        import httpx2
        import openai

        if not isinstance(error, openai.APIStatusError):
            lost = isinstance(error, openai.APIConnectionError | httpx2.HTTPError)
            what = "cannot be reached" if lost else "answers what is no batch service"
            return ServiceError(f"{self.place} {what}; run this again later: nothing is submitted twice")
        status, said = error.status_code, self._said(error)
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

    def _said(self, error: APIStatusError) -> str:
        """Return the service's own words on one line, without the key."""
        said = error.body
        if isinstance(said, dict):
            said = said.get("message") or said.get("detail") or said
        words = clean(str(said or error.response.reason_phrase or "no reason given"))
        return (words.replace(self._key, "…") if self._key else words)[:300]


class _UnknownError(ServiceError):
    """The service knows no such thing: a batch, a file, or batches at all."""


def _listed(client: OpenAI, name: str, since: float | None) -> str | None:
    """Return the id of the batch called ``name`` where it is listed."""
    for known in _newest(client.batches.list(limit=100), since):
        if (known.get("metadata") or {}).get(NAME) == name:
            return str(known["id"])
    return None


def _newest(listed: Iterable[BaseModel], since: float | None) -> Iterator[dict[str, Any]]:
    """Yield what is ``listed``, the newest first, back to what is clearly older than ``since``."""
    seen = set()
    for each in listed:
        known = _told(each)
        if known["id"] in seen:
            return  # a server that knows no pages gives the first one again
        seen.add(known["id"])
        yield known
        if (known.get("created_at") or time.time()) < (since or time.time()) - _DAY:  # clocks differ
            return


def _told(answer: BaseModel) -> dict[str, Any]:
    """Return what came as it came: what servers leave out is no attribute of the client's objects either."""
    return answer.to_dict(warnings=False)


def _passes(error: APIStatusError) -> bool:
    """Tell whether asking again may help."""
    status, credit = error.status_code, "insufficient_quota" not in (error.code, error.type)
    return status >= 500 or status in {408, 409} or (status == 429 and credit)
