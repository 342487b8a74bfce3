"""The model that answers: one way for OpenAI, any compatible server and the one in this process.

This is the boundary to the server: what goes wrong on the wire is mapped here to our own errors.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit, urlunsplit

from summarizer.cache import digest
from summarizer.completion import Completion, read_completion
from summarizer.errors import PaperError, ServiceError
from summarizer.manner import Manner, is_overflow
from summarizer.pace import Deadlines, Pace, Patience, retry_after
from summarizer.text import clean

if TYPE_CHECKING:
    from tenacity import RetryCallState

    from summarizer.cache import Shelf
    from summarizer.prompts import Request
    from summarizer.wire import RefusedError, Wire, WireError

_PASSING = {408, 409}
"""Statuses below 500 that pass by themselves; 429 is a matter of its own."""


@dataclass(frozen=True)
class Endpoint:
    """Where a model answers.

    ``place`` names it in cache keys and messages and never holds a secret. ``connect`` returns the base
    URL and the key; it is called once, at the first request that the cache cannot answer, so that a run
    answered from disk starts no model. ``local`` is a model in this process.
    """

    model: str
    place: str
    connect: Callable[[], tuple[str, str]]
    local: bool = False
    concurrency: int = 16


def key_of(request: Request, endpoint: Endpoint) -> str:
    """Return the key of ``request`` to the model at ``endpoint`` in the cache: all that its answer depends on."""
    return digest({"model": endpoint.model, "endpoint": endpoint.place, **request.identity()})


def without_secrets(url: str) -> str:
    """Return ``url`` without user, password and query, fit for keys and messages."""
    parts = urlsplit(url)
    host = parts.netloc.rsplit("@", 1)[-1]
    return urlunsplit((parts.scheme, host, parts.path.rstrip("/"), "", ""))


class Model:
    """Asks one model, again where that helps, at the pace the server allows."""

    def __init__(
        self,
        endpoint: Endpoint,
        facts: Shelf,
        patience: Patience | None = None,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self.endpoint = endpoint
        self.name = endpoint.model
        self.patience = patience or Patience()
        self._facts = facts
        self._fact_key = f"manner {endpoint.place} {endpoint.model}"
        self._manner = Manner.remembered(facts.get(self._fact_key))
        self._pace = Pace(sleep)
        self._deadlines = Deadlines(self.patience)
        self._sleep = sleep
        self._wire: Wire | None = None
        self._connecting = asyncio.Lock()
        self._secret = ""
        self._answers = 0

    async def ask(self, request: Request) -> Completion:
        """Return the model's answer to ``request``.

        Rate limits, server errors, time-outs, lost connections and what is no answer are asked again with patience.

        Raises:
            PaperError: the server refuses this request, or keeps failing at it while it answers others.
            ServiceError: nobody answers, or the key or the model is refused; no other paper will fare better.
        """
        from summarizer.wire import WireError  # a run answered from disk needs no HTTP

        wire = self._wire or await self._connected()
        try:
            completion = await self._once(wire, request)
        except WireError as error:
            completion = await self._once_more(wire, request, error)
        self._answers += 1
        return completion

    async def _once_more(self, wire: Wire, request: Request, first: WireError) -> Completion:
        """Ask again after the ``first`` failure, as long as that may help; raise what the last one means."""
        import tenacity

        from summarizer.wire import RefusedError, WireError

        failures: list[BaseException] = []
        answers_then = 0

        def failed(error: BaseException) -> bool:
            nonlocal answers_then
            failures.append(error)
            if (
                len(failures) <= self.patience.attempts // 2
            ):  # what was on its way before an outage tells nothing
                answers_then = self._answers
            return _passing(error)

        def wait(_: RetryCallState) -> float:
            return 0.0 if self._pausing(failures[-1]) else self.patience.wait(min(len(failures), 16))

        def stop(_: RetryCallState) -> bool:
            refusals = sum(
                isinstance(failure, RefusedError) and failure.status == 429 for failure in failures
            )
            allowed = self.patience.attempts if self._answers else self.patience.attempts_before_first_answer
            return refusals >= self.patience.refusals or len(failures) - refusals >= allowed

        try:
            # One object a call: a shared AsyncRetrying loses retries under concurrency.
            async for attempt in tenacity.AsyncRetrying(
                retry=tenacity.retry_if_exception(failed),
                wait=wait,
                stop=stop,
                sleep=self._sleep,
                reraise=True,
            ):
                with attempt:
                    if not failures:
                        raise first  # the first attempt is over
                    return await self._once(wire, request)
        except WireError as error:
            raise self._mapped(error, alone=self._answers > answers_then) from None
        raise AssertionError("unreachable")

    async def close(self) -> None:
        """Close the connections."""
        if self._wire:
            await self._wire.close()

    async def _connected(self) -> Wire:
        from summarizer.wire import Wire

        async with self._connecting:
            if self._wire is None:
                url, self._secret = await asyncio.to_thread(self.endpoint.connect)
                self._wire = Wire(url, self._secret, local=self.endpoint.local)
            return self._wire

    async def _once(self, wire: Wire, request: Request) -> Completion:
        """Send ``request``, stepping down where the server does not accept how it is asked."""
        from summarizer.wire import RefusedError

        manner = self._manner
        while True:
            try:
                completion = await self._sent(wire, manner.body(request, self.name))
            except RefusedError as error:
                lower = manner.below(error, request)
                if lower is None:
                    raise
                manner = lower
                continue
            if manner != self._manner:  # it worked, so it is worth remembering
                self._manner = manner
                self._facts.put(self._fact_key, asdict(manner))
            return completion

    async def _sent(self, wire: Wire, body: dict[str, Any]) -> Completion:
        """Send ``body`` when it is its turn, and learn from what comes how fast and how slow the server is."""
        from summarizer.wire import OverdueError, RefusedError

        await self._pace.wait()
        try:
            async with self._deadlines.one():
                answer, headers = await wire.post("/chat/completions", body)
        except TimeoutError:
            raise OverdueError from None
        except RefusedError as error:
            if error.status == 429:
                self._pace.refused(error.headers, retry_after(error.headers))
            raise
        finally:
            self._pace.returned()
        completion = read_completion(answer)
        self._pace.answered(headers, completion.prompt_tokens + completion.completion_tokens)
        return completion

    def _pausing(self, error: BaseException) -> bool:
        """Hold everything back for as long as a response asks, and tell whether it asked."""
        asked = retry_after(getattr(error, "headers", {}))
        if asked is None:
            return False
        self._pace.pause(min(asked, self.patience.longest_pause))
        return True

    def _mapped(self, error: WireError, *, alone: bool) -> Exception:
        """Return our error for the wire's. ``alone``: other requests were answered in the meantime."""
        from summarizer.wire import LostError, OverdueError, RefusedError

        place = self.endpoint.place
        if isinstance(error, OverdueError):
            what = f"gives no answer within {self._deadlines.seconds:g} s"
        elif isinstance(error, LostError):
            what = "cannot be reached"
        elif isinstance(error, RefusedError):
            if error.status < 500 and error.status not in _PASSING:
                return self._refusal(error)
            what = f"keeps failing ({error.status}: {self._said(error)})"
        else:
            what = f"answers what is no chat completion ({error})"
        if alone:
            return PaperError("unanswered", f"{place} {what} for this paper, though it answers others")
        return ServiceError(
            f"{place} {what}; check --base-url, or run this again later: what was answered is kept"
        )

    def _refusal(self, error: RefusedError) -> Exception:
        place, status, said = self.endpoint.place, error.status, self._said(error)
        if status in {401, 403}:
            return ServiceError(
                f"{place} refuses the key ({status}); set OPENAI_API_KEY to one that it knows"
            )
        if status == 404:
            return ServiceError(
                f"{place} does not know the model {self.name!r} (404); check --model and --base-url"
            )
        if status == 429 and _out_of_credit(error):
            return ServiceError(
                f"{place}: the account has no credit left ({said}); add some, then run this again"
            )
        if status == 429:
            return ServiceError(
                f"{place} keeps limiting the rate (429); run this again later: what was answered is kept"
            )
        kind = "too_long" if is_overflow(error) else "rejected"
        return PaperError(kind, f"{place} rejects the request ({status}): {said}")

    def _said(self, error: RefusedError) -> str:
        """Return the server's own words on one line, without the key."""
        said = clean(error.message)
        return (said.replace(self._secret, "…") if self._secret else said)[:300]


def _passing(error: BaseException) -> bool:
    """Tell whether asking again may help."""
    from summarizer.wire import RefusedError, WireError

    if isinstance(error, RefusedError):
        if error.status == 429:
            return not _out_of_credit(error)
        return error.status >= 500 or error.status in _PASSING
    return isinstance(error, WireError)


def _out_of_credit(error: RefusedError) -> bool:
    return "insufficient_quota" in {error.code, error.type}
