"""The pace of requests, against servers whose clock is the test's."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as some

from summarizer.pace import Deadlines, Pace, Patience, retry_after, seconds


@dataclass
class Clock:
    now: float = 1000.0

    def __call__(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.now += max(seconds, 1e-6)


@dataclass
class Limited:
    """A server with a bucket of ``burst`` requests that refills at ``rate`` a second; ``told``: it says so."""

    clock: Clock
    rate: float
    burst: int
    told: bool = True

    def __post_init__(self) -> None:
        self.tokens, self.filled = float(self.burst), self.clock.now

    def ask(self) -> tuple[bool, dict[str, str]]:
        self.tokens = min(self.burst, self.tokens + (self.clock.now - self.filled) * self.rate)
        self.filled = self.clock.now
        if allowed := self.tokens >= 1:
            self.tokens -= 1
        headers: dict[str, str] = {}
        if self.told:
            headers |= {"x-ratelimit-limit-requests": f"{self.rate * 60:g}"}
            headers |= {"x-ratelimit-remaining-requests": str(int(self.tokens))}
            headers |= {"x-ratelimit-reset-requests": f"{(self.burst - self.tokens) / self.rate:.3f}s"}
        if not allowed:
            headers["retry-after"] = f"{(1 - self.tokens) / self.rate:.3f}"
        return allowed, headers


def served(server: Limited, wanted: int) -> tuple[float, int]:
    """Ask until ``wanted`` requests are answered; return the seconds and the refusals that it took."""

    async def go() -> tuple[float, int]:
        pace = Pace(server.clock.sleep, server.clock)
        began, refusals = server.clock.now, 0
        for _ in range(wanted):
            while True:
                await pace.wait()
                server.clock.now += 0.001
                allowed, headers = server.ask()
                pace.returned()
                if allowed:
                    pace.answered(headers, 500)
                    break
                refusals += 1
                pace.refused(headers, retry_after(headers))
                pace.pause(retry_after(headers) or 0.0)
        return server.clock.now - began, refusals

    return asyncio.run(go())


@given(rate=some.floats(0.5, 200), share=some.floats(0.1, 1))
def test_a_limit_that_is_told_is_used_and_hardly_ever_run_into(rate: float, share: float) -> None:
    burst = max(2, int(rate * 60 * share))
    wanted = burst + 200
    took, refusals = served(Limited(Clock(), rate, burst), wanted)
    least = (wanted - burst) / rate
    assert took <= max(least / 0.95, wanted * 0.0011 + 1 / rate)
    assert refusals <= wanted * 0.1


def test_a_limit_that_is_not_told_is_found() -> None:
    took, refusals = served(Limited(Clock(), rate=10, burst=50, told=False), wanted=450)
    assert took <= 400 / 10 / 0.8
    assert refusals <= 450


def test_after_a_refusal_nothing_leaves_before_the_server_allows_it() -> None:
    clock = Clock()
    pace = Pace(clock.sleep, clock)

    async def leave() -> float:
        await pace.wait()
        return clock.now

    pace.pause(7.0)
    pace.pause(3.0)  # the longer pause holds
    assert asyncio.run(leave()) == pytest.approx(1007.0)
    assert asyncio.run(leave()) == pytest.approx(1007.0)


def test_a_few_refusals_are_accidents_and_slow_nothing_down() -> None:
    clock = Clock()
    pace = Pace(clock.sleep, clock)

    async def go() -> None:
        for number in range(100):
            await pace.wait()
            pace.returned()
            if number % 10 == 9:
                pace.refused({}, None)
            else:
                pace.answered({}, 500)

    asyncio.run(go())
    assert clock.now == 1000.0


def test_a_limit_in_tokens_is_a_limit_in_requests_of_their_size() -> None:
    clock = Clock()
    pace = Pace(clock.sleep, clock)
    told = {"x-ratelimit-limit-tokens": "60000", "x-ratelimit-remaining-tokens": "0"}

    async def go() -> None:
        await pace.wait()
        pace.returned()
        pace.answered(told, 500)  # 1,000 tokens a second are two requests
        for _ in range(10):
            await pace.wait()

    asyncio.run(go())
    assert clock.now - 1000.0 == pytest.approx(5.0, rel=0.05)


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("1s", 1.0),
        ("6m0s", 360.0),
        ("20ms", 0.02),
        ("1h2m3.5s", 3723.5),
        ("2", 2.0),
        ("", None),
        ("soon", None),
    ],
)
def test_durations_as_servers_write_them(written: str, read: float | None) -> None:
    assert seconds(written) == read


def test_time_outs_follow_the_slowest_answer() -> None:
    async def go() -> tuple[float, float]:
        deadlines = Deadlines(Patience(timeout=60, shortest_timeout=0.05, slowness=3))
        before = deadlines.seconds

        async def hung() -> None:
            async with deadlines.one():
                await asyncio.sleep(30)

        task = asyncio.create_task(hung())
        for _ in range(20):
            async with deadlines.one():
                await asyncio.sleep(0.001)
        with pytest.raises(TimeoutError):  # it was in flight already, and hears of it
            await asyncio.wait_for(task, 20)
        return before, deadlines.seconds

    before, after = asyncio.run(go())
    assert before == 60
    assert after < 20
