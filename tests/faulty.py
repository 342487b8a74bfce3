"""A faulty chat-completions server in a process of its own: limits, errors, lost, hung and cut answers.

It counts what it answered by the body of the request, so that a test can tell whether anything was paid twice.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.request import urlopen

_REASONS = {200: "OK", 429: "Too Many Requests", 500: "Internal Server Error", 503: "Service Unavailable"}


@dataclass
class Faults:
    """What goes wrong: shares of the requests, a limit in requests a minute, and an outage after so many answers."""

    latency: float = 0.0
    limited: float = 0.0
    failing: float = 0.0
    dropped: float = 0.0
    hung: float = 0.0
    garbled: float = 0.0
    per_minute: int = 0
    burst: int = 0
    told: bool = True
    outage_after: int = 0


class State:
    """What the server remembers: the faults' dice, the bucket of its limit, and what it has answered."""

    def __init__(self, faults: Faults) -> None:
        self.faults = faults
        self.dice = random.Random(11)
        self.tokens = float(faults.burst or faults.per_minute)
        self.filled = time.monotonic()
        self.answered: Counter[bytes] = Counter()
        self.seen: Counter[int | str] = Counter()
        self.first = self.last = 0.0

    def reply(self, body: bytes) -> tuple[int, dict[str, Any], dict[str, str], float]:
        """Return (status, JSON, headers, delay); status 0 is a dropped connection, a delay below zero a hung one."""
        faults, headers = self.faults, dict[str, str]()
        if faults.per_minute:
            allowed, headers = self.take()
            if not allowed:
                return 429, {"error": {"message": "Rate limit reached"}}, headers, 0.0
        if faults.outage_after and sum(self.answered.values()) >= faults.outage_after:
            return 503, {"error": {"message": "down"}}, headers, 0.0
        draw = self.dice.random()
        for share, reply in (
            (
                faults.limited,
                (429, {"error": {"message": "slow down"}}, {**headers, "retry-after-ms": "200"}, 0.0),
            ),
            (faults.failing, (500, {"error": {"message": "boom"}}, headers, faults.latency)),
            (faults.dropped, (0, {}, headers, faults.latency)),
            (faults.hung, (0, {}, headers, -1.0)),
        ):
            if draw < share:
                return reply
            draw -= share
        asked = json.loads(body)
        title = asked["messages"][1]["content"].split("\n")[0].removeprefix("Title: ").split(":")[0]
        said = {
            "tldr": f"It says at some length what {title} is about.",
            "domain": "other",
            "contribution": "method",
        }
        content = json.dumps({**said, "method": None, "efficiency_gains": []})
        if draw < faults.garbled and len(asked["messages"]) == 2:  # whoever asks again is answered
            content = content[: self.dice.randrange(len(content))]
        message = {"role": "assistant", "content": content}
        usage = {"prompt_tokens": len(body) // 4, "completion_tokens": 40}
        answer = {"choices": [{"message": message, "finish_reason": "stop"}], "usage": usage}
        return 200, answer, headers, faults.latency

    def paid(self, body: bytes) -> None:
        """Note that the answer to ``body`` was sent."""
        self.answered[body] += 1
        self.first, self.last = self.first or time.monotonic(), time.monotonic()

    def take(self) -> tuple[bool, dict[str, str]]:
        """Take a token of the bucket: whether there was one, and the headers that tell of it."""
        rate, now = self.faults.per_minute / 60, time.monotonic()
        size = self.faults.burst or self.faults.per_minute
        self.tokens = min(size, self.tokens + (now - self.filled) * rate)
        self.filled = now
        if allowed := self.tokens >= 1:
            self.tokens -= 1
        headers: dict[str, str] = {}
        if self.faults.told:
            headers |= {"x-ratelimit-limit-requests": str(self.faults.per_minute)}
            headers |= {"x-ratelimit-remaining-requests": str(int(self.tokens))}
            headers |= {"x-ratelimit-reset-requests": f"{(size - self.tokens) / rate:.3f}s"}
        if not allowed:
            headers |= {"retry-after-ms": str(int(1000 * (1 - self.tokens) / rate) + 1)}
        return allowed, headers

    def stats(self) -> dict[str, Any]:
        """Return the counts so far."""
        return {
            "answered": sum(self.answered.values()),
            "paid_twice": sum(count - 1 for count in self.answered.values()),
            "seconds": self.last - self.first,
            "statuses": {str(status): count for status, count in self.seen.items()},
        }


async def talk(state: State, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Answer the requests of one connection, one after the other."""
    try:
        while True:
            head = (await reader.readuntil(b"\r\n\r\n")).lower()
            length = (
                int(head.split(b"content-length:")[1].split(b"\r\n")[0]) if b"content-length:" in head else 0
            )
            body = await reader.readexactly(length)
            if head.startswith(b"get"):
                status, answer, headers, delay = 200, state.stats(), dict[str, str](), 0.0
            else:
                status, answer, headers, delay = state.reply(body)
                state.seen[status] += 1
            if delay < 0:
                await reader.read()  # says nothing, until the client goes away
                return
            await asyncio.sleep(delay)
            if (
                not status or reader.at_eof() or writer.is_closing()
            ):  # or nobody is there any more to be answered
                return
            if status == 200 and body:
                state.paid(body)
            data = json.dumps(answer).encode()
            lines = [f"HTTP/1.1 {status} {_REASONS[status]}", "content-type: application/json"]
            lines += [
                f"content-length: {len(data)}",
                *(f"{name}: {value}" for name, value in headers.items()),
            ]
            writer.write("\r\n".join(lines).encode() + b"\r\n\r\n" + data)
            await writer.drain()
    except (asyncio.IncompleteReadError, ConnectionError):
        return
    finally:
        writer.close()


@dataclass
class Running:
    """A server that runs: its base URL, and what it has counted."""

    url: str

    def stats(self) -> dict[str, Any]:
        """Ask it for its counts."""
        with urlopen(f"{self.url}/stats", timeout=10) as answer:
            stats: dict[str, Any] = json.load(answer)
        return stats


@contextmanager
def running(**faults: float) -> Iterator[Running]:
    """Run a server with these ``Faults`` on a free port of loopback."""
    command = [sys.executable, "-m", "tests.faulty", json.dumps(faults)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        try:
            yield Running(process.stdout.readline().strip())
        finally:
            process.kill()


async def _serve(faults: Faults) -> None:
    state = State(faults)
    server = await asyncio.start_server(lambda *ends: talk(state, *ends), "127.0.0.1", 0, backlog=1024)
    print(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1", flush=True)
    await asyncio.sleep(600)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("faults", type=json.loads)
    asyncio.run(_serve(Faults(**parser.parse_args().faults)))
