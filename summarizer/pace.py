"""When to ask, and when to ask again: the retry policy as data, and one pace for all requests of a run."""

from __future__ import annotations

import asyncio
import contextlib
import random
import re
import time
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass

from summarizer.errors import SummarizeError


@dataclass(frozen=True)
class Patience:
    """How long a failing server is borne with.

    ``attempts`` bounds server errors, time-outs and lost connections of one request, ``refusals`` its
    429s. Waits double from ``first_wait`` to ``longest_wait`` seconds, with jitter; a server that asks
    for more than ``longest_pause`` seconds is taken to be closed. An answer may take ``timeout`` seconds; once
    enough have come, no more than ``slowness`` times as long as the slowest, or ``shortest_timeout``.
    """

    attempts: int = 6
    attempts_before_first_answer: int = 3
    refusals: int = 60
    first_wait: float = 0.5
    longest_wait: float = 20.0
    longest_pause: float = 300.0
    timeout: float = 60.0
    shortest_timeout: float = 10.0
    slowness: float = 10.0

    def wait(self, attempt: int) -> float:
        """Return the seconds to wait after the ``attempt``-th failure, jittered so that requests spread."""
        full = min(self.longest_wait, self.first_wait * 2.0 ** (attempt - 1))
        return full * random.uniform(0.5, 1.0)  # noqa: S311 - nobody guesses a wait


class StoppedError(SummarizeError):
    """The run is over: nothing more is asked."""


class Slots:
    """Places for ``count`` requests in flight. Once ``close`` is called, nobody gets one any more.

    They are for requests, not for papers: while an answer is looked at, the next request is on its way.
    """

    def __init__(self, count: int) -> None:
        self.count = count
        self._free = asyncio.Semaphore(count)
        self._closed = False

    def close(self) -> None:
        """Let no further request leave."""
        self._closed = True

    async def __aenter__(self) -> None:
        await self._free.acquire()
        if self._closed:
            self._free.release()
            raise StoppedError

    async def __aexit__(self, *_: object) -> None:
        self._free.release()


class Deadlines:
    """How long requests may take: learnt from those that were answered, so that a hung one is known soon."""

    _ENOUGH = 16
    """Answers that say how slow a server is."""

    def __init__(self, patience: Patience) -> None:
        self._patience = patience
        self.seconds = patience.timeout
        """What a request may take by now."""
        self._slowest = 0.0
        self._answers = 0
        self._open: set[tuple[asyncio.Timeout, float]] = set()

    @contextlib.asynccontextmanager
    async def one(self) -> AsyncIterator[None]:
        """Bound what is done within: raise ``TimeoutError`` where it takes too long."""
        loop = asyncio.get_running_loop()
        began = loop.time()
        async with asyncio.timeout_at(began + self.seconds) as deadline:
            mine = deadline, began
            self._open.add(mine)
            try:
                yield
            finally:
                self._open.discard(mine)
        self._learn(loop.time() - began)

    def _learn(self, seconds: float) -> None:
        self._answers += 1
        self._slowest = max(self._slowest, seconds)
        patience = self._patience
        enough = max(patience.shortest_timeout, patience.slowness * self._slowest)
        now_enough = min(patience.timeout, enough) if self._answers >= self._ENOUGH else patience.timeout
        if now_enough != self.seconds:
            self.seconds = now_enough
            for deadline, began in self._open:  # those in flight, too
                if not deadline.expired():
                    deadline.reschedule(began + now_enough)


class Pace:
    """Lets requests leave as fast as the server takes them: one for all requests of a run.

    A server that tells its limit (the ``x-ratelimit-*`` headers) is met with a bucket of the same size and rate as
    its own. One that only refuses (429) is met at the rate at which it has answered, once it refuses a good part
    of what it is sent, and then a little faster with every answer. ``Retry-After`` is for the client, not for the
    request that happened to hear it: nothing leaves before.
    """

    _WINDOW = 64
    """Outcomes that are looked back at."""
    _MANY = 0.25
    """The share of refusals among them from which a limit is seen in it, rather than an accident."""
    _FASTER = 1.01

    def __init__(
        self,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._sleep = sleep
        self._clock = clock
        self._turn = asyncio.Lock()
        self._opens = 0.0
        self._rate: float | None = None  # requests a second; None where no limit is known
        self._told = False  # the server has told it
        self._tokens = 0.0
        self._filled = 0.0
        self._in_flight = 0
        self._tokens_each = 0.0
        self._outcomes: deque[tuple[float, bool]] = deque(maxlen=self._WINDOW)

    async def wait(self) -> None:
        """Return when a request may leave; those who wait leave one after the other, in order."""
        async with self._turn:
            while (left := self._left()) > 0:
                await self._sleep(left)
        self._tokens -= 1
        self._in_flight += 1

    def returned(self) -> None:
        """Note that a request is over, however it went."""
        self._in_flight -= 1

    def answered(self, headers: Mapping[str, str], tokens: int) -> None:
        """Learn from an answer of ``tokens`` tokens in all."""
        self._outcomes.append((self._clock(), True))
        self._tokens_each += (tokens - self._tokens_each) * (0.1 if self._tokens_each else 1)
        # Those in flight have left since the server wrote this answer's headers: it has not counted them.
        if not self._learn(headers, self._in_flight) and self._rate and not self._told:
            self._rate *= self._FASTER

    def pause(self, seconds: float) -> None:
        """Let nothing leave for ``seconds`` from now, or for longer if that was said before."""
        self._opens = max(self._opens, self._clock() + seconds)

    def refused(self, headers: Mapping[str, str], wait: float | None) -> None:
        """Learn from a 429 that asks to ``wait`` so many seconds, or does not say."""
        now = self._clock()
        self._outcomes.append((now, False))
        if self._learn(headers, 0):
            if wait is not None and self._rate:  # by then there is one more in the bucket
                self._tokens = max(0.0, 1 - wait * self._rate)
            return
        refusals = sum(not well for _, well in self._outcomes)
        if refusals < self._MANY * self._WINDOW:
            return
        since = now - self._outcomes[0][0]
        answers = len(self._outcomes) - refusals
        self._limit(max(answers, 1) / max(since, 1.0), tokens=0.0)
        self._outcomes.clear()

    def _left(self) -> float:
        """Return the seconds until the next request may leave."""
        now = self._clock()
        left = self._opens - now
        if self._rate:
            self._tokens += (now - self._filled) * self._rate
            self._filled = now
            left = max(left, (1 - self._tokens) / self._rate)
        return left

    def _limit(self, rate: float, tokens: float) -> None:
        if self._rate is None:
            self._filled, self._tokens = self._clock(), tokens
        self._rate, self._tokens = rate, min(self._tokens, tokens)

    def _learn(self, headers: Mapping[str, str], uncounted: int) -> bool:
        """Take over what the server tells of its limits; return whether it tells any.

        ``uncounted`` requests have reached it since.
        """
        tightest: tuple[float, float] | None = None
        for what, each in (("requests", 1.0), ("tokens", self._tokens_each)):
            limit, left = (
                _number(headers.get(f"x-ratelimit-{name}-{what}")) for name in ("limit", "remaining")
            )
            if not limit or left is None or not each:
                continue
            reset = seconds(headers.get(f"x-ratelimit-reset-{what}", ""))
            # Limits are per minute; one that takes longer to refill is per day, and refills in the time told.
            rate = (limit / 60 if reset is None or reset <= 60 else max(limit - left, 1) / reset) / each
            if tightest is None or rate < tightest[0]:
                tightest = rate, left / each
        if tightest is None or tightest[0] <= 0:
            return False
        self._told = True
        self._limit(tightest[0], tightest[1] - uncounted)
        return True


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Return the seconds that a response asks to wait, from ``retry-after-ms`` or ``retry-after``.

    The header's other form, a date (RFC 9110, section 10.2.3), is understood too.
    """
    from email.utils import parsedate_to_datetime  # rarely needed

    try:
        if (milliseconds := headers.get("retry-after-ms")) is not None:
            return max(0.0, float(milliseconds) / 1000)
        value = headers.get("retry-after")
        if value is None:
            return None
        if value.strip().replace(".", "", 1).isdigit():
            return float(value)
        return max(0.0, parsedate_to_datetime(value).timestamp() - time.time())
    except (ValueError, TypeError, OverflowError):
        return None


def seconds(duration: str) -> float | None:
    """Return the seconds in a duration as the headers write it: ``1.5s``, ``6m0s``, ``20ms``, ``2``."""
    if (plain := _number(duration)) is not None:
        return plain
    parts = re.findall(r"(\d+(?:\.\d+)?)(ms|h|m|s|d)", duration)
    units = {"d": 86_400.0, "h": 3600.0, "m": 60.0, "s": 1.0, "ms": 0.001}
    return sum(float(number) * units[unit] for number, unit in parts) if parts else None


def _number(value: str | None) -> float | None:
    try:
        return float(value) if value is not None and value.strip() else None
    except ValueError:
        return None
