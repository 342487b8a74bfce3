"""When to ask again, and how long to wait: the retry policy as data, and one gate for all requests."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Patience:
    """How long a failing server is borne with.

    ``attempts`` bounds server errors, time-outs and lost connections of one request, ``refusals`` its
    429s. Waits double from ``first_wait`` to ``longest_wait`` seconds, with jitter; a server that asks
    for more than ``longest_pause`` seconds is taken to be closed.
    """

    attempts: int = 6
    attempts_before_first_answer: int = 3
    refusals: int = 60
    first_wait: float = 0.5
    longest_wait: float = 20.0
    longest_pause: float = 300.0
    timeout: float = 60.0

    def wait(self, attempt: int) -> float:
        """Return the seconds to wait after the ``attempt``-th failure, jittered so that requests spread."""
        full = min(self.longest_wait, self.first_wait * 2.0 ** (attempt - 1))
        return full * random.uniform(0.5, 1.0)  # noqa: S311 - nobody guesses a wait


class Gate:
    """Holds every request back while the server has asked for a pause.

    One gate serves all requests of a run: a server's ``Retry-After`` is meant for the client, not for
    the request that happened to hear it.
    """

    def __init__(self, sleep: Callable[[float], Awaitable[None]] = asyncio.sleep) -> None:
        self.sleep = sleep
        self._opens = 0.0

    def pause(self, seconds: float) -> None:
        """Close the gate for ``seconds`` from now, or leave it closed for longer."""
        self._opens = max(self._opens, time.monotonic() + seconds)

    async def wait(self) -> None:
        """Return when the gate is open; those who waited come through one after the other."""
        while (left := self._opens - time.monotonic()) > 0:
            await self.sleep(left + random.uniform(0, 0.25))  # noqa: S311


def retry_after(headers: dict[str, str]) -> float | None:
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
