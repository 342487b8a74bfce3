"""A chat-completions server on loopback that costs little: it shares the machine with what is measured.

It answers every request after a fixed latency with the smallest value that the request's JSON schema allows, and
counts. ``python server.py --latency-ms 200`` prints its base URL; ``serving`` runs it beside a benchmark.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from typing import Any

_SENTENCE = "The authors say what they did that is new, and what came of it, in one plain sentence."
_LONGEST_LIFE = 3600.0
"""Seconds after which a server that was forgotten ends by itself."""
_PLAIN = {"type": "string"}


def _fill(schema: dict[str, Any], root: dict[str, Any]) -> Any:
    """Return the smallest value that ``schema`` allows: ``null`` before a text, an empty list before a full one."""
    if "$ref" in schema:
        return _fill(root["$defs"][schema["$ref"].rsplit("/", 1)[-1]], root)
    options = schema.get("anyOf", [])
    kinds = schema.get("type", [option.get("type") for option in options])
    if kinds == "null" or (isinstance(kinds, list) and "null" in kinds):
        return None
    if options:
        return _fill(options[0], root)
    if "enum" in schema:
        return schema["enum"][0]
    if kinds == "object":
        return {name: _fill(part, root) for name, part in schema.get("properties", {}).items()}
    return {"array": [], "number": 1, "integer": 1, "boolean": False}.get(kinds, _SENTENCE)


@lru_cache
def _reply(asked: str) -> bytes:
    """Return the whole HTTP response to a request that asks in the manner of ``asked``: worked out once."""
    tool, schema = json.loads(asked)
    value = _fill(schema, schema)
    content = value if isinstance(value, str) else json.dumps(value)
    message: dict[str, Any] = {"role": "assistant", "content": content, "refusal": None}
    if tool:  # some clients ask for structured output as a forced call of a tool
        call = {"id": "call_1", "type": "function", "function": {"name": tool, "arguments": content}}
        message |= {"content": None, "tool_calls": [call]}
    return _http({
        "id": "chatcmpl-1",
        "object": "chat.completion",
        "created": 0,
        "model": "model-1",
        "choices": [{"index": 0, "message": message, "finish_reason": "tool_calls" if tool else "stop"}],
        "usage": {"prompt_tokens": 900, "completion_tokens": 60, "total_tokens": 960},
    })  # fmt: skip


def _http(value: Any) -> bytes:
    data = json.dumps(value).encode()
    return b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n%s" % (
        len(data),
        data,
    )


class Counts:
    """What was asked since the last ``DELETE /stats``, and when: the clock of the whole machine, in seconds."""

    def __init__(self) -> None:
        self.clear()

    def clear(self) -> None:
        """Begin anew."""
        self.requests = self.in_flight = self.most_in_flight = 0
        self.first = self.last = 0.0
        self.cpu = time.process_time()

    def came(self) -> None:
        """Count a request."""
        self.first = self.first or time.monotonic()
        self.requests += 1
        self.in_flight += 1
        self.most_in_flight = max(self.most_in_flight, self.in_flight)

    def went(self) -> None:
        """Count its answer."""
        self.in_flight -= 1
        self.last = time.monotonic()

    def as_json(self) -> dict[str, float]:
        """Return all counts, and the seconds of CPU that the server took for them."""
        return {**vars(self), "cpu": time.process_time() - self.cpu}


class Connection(asyncio.Protocol):
    """HTTP/1.1 with keep-alive, one request at a time, bodies with a Content-Length."""

    transport: asyncio.Transport

    def __init__(self, counts: Counts, latency: float) -> None:
        self.counts = counts
        self.latency = latency
        self.unread = b""
        self.loop = asyncio.get_running_loop()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the way back."""
        self.transport = transport  # type: ignore[assignment]

    def data_received(self, data: bytes) -> None:
        """Answer, in a while, once a request is there as a whole."""
        self.unread += data
        head, found, body = self.unread.partition(b"\r\n\r\n")
        if not found:
            return
        _, named, after = head.lower().partition(b"content-length:")
        if len(body) < (int(after.split(b"\r\n", 1)[0]) if named else 0):
            return
        self.unread = b""
        if head.startswith(b"POST"):
            self.counts.came()
            self.loop.call_later(self.latency, self.answer, _reply(_asked(body)))
        elif head.startswith(b"GET /v1/models"):
            models = [{"id": "model-1", "object": "model", "created": 0, "owned_by": "benchmark"}]
            self.transport.write(_http({"object": "list", "data": models}))
        else:
            self.transport.write(_http(self.counts.as_json()))
            if head.startswith(b"DELETE"):
                self.counts.clear()

    def answer(self, reply: bytes) -> None:
        """Send ``reply``."""
        self.counts.went()
        self.transport.write(reply)


def _asked(body: bytes) -> str:
    """Return, as text, the tool and the schema that a request wants its answer in."""
    request = json.loads(body)
    if tools := request.get("tools"):
        function = tools[0]["function"]
        return json.dumps([function["name"], function["parameters"]])
    wanted = (request.get("response_format") or {}).get("json_schema") or {}
    return json.dumps([None, wanted.get("schema", _PLAIN)])


class Server:
    """A server that runs beside a benchmark. ``url`` is its base URL for chat completions."""

    def __init__(self, url: str) -> None:
        self.url = url

    def stats(self) -> dict[str, float]:
        """Return the counts since the last call."""
        request = urllib.request.Request(self.url.replace("/v1", "/stats"), method="DELETE")
        with urllib.request.urlopen(request, timeout=10) as response:
            return json.load(response)


@contextmanager
def serving(latency_ms: float) -> Iterator[Server]:
    """Run a server with ``latency_ms`` in a process of its own for as long as the ``with`` lasts."""
    command = [sys.executable, __file__, "--latency-ms", str(latency_ms)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield Server(process.stdout.readline().strip())  # type: ignore[union-attr]
        finally:
            process.terminate()


async def _serve(latency: float) -> None:
    counts = Counts()
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: Connection(counts, latency), "127.0.0.1", 0, backlog=4096)
    print(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1", flush=True)
    await asyncio.sleep(_LONGEST_LIFE)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--latency-ms", type=float, default=200)
    asyncio.run(_serve(parser.parse_args().latency_ms / 1000))
