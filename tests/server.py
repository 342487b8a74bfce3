"""A chat-completions server on loopback that answers as a test's script says."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

GOOD = {
    "tldr": "Kestrel reuses old gradients, so that small robots learn 12 tasks with far fewer trials.",
    "domain": "robotics",
    "contribution": "method",
    "method": "Kestrel",
    "efficiency_gains": [
        {"quote": "needs 5x fewer trials", "resource": "samples", "baseline": "a policy trained from scratch"}
    ],
}
"""An answer that holds for the paper of the fixture."""


@dataclass(frozen=True)
class Reply:
    """One answer of the server. ``body`` is sent as it is when it is bytes, as JSON otherwise."""

    body: Any
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    drop: bool = False
    delay: float = 0.0


def completion(
    content: Any, *, finish: str = "stop", refusal: str | None = None, logprobs: tuple[float, ...] = ()
) -> Reply:
    """Return a completion whose message is ``content``, as JSON unless it is a string; ``logprobs`` are its tokens'."""
    text = content if isinstance(content, str) or content is None else json.dumps(content)
    message = {"role": "assistant", "content": text, "refusal": refusal}
    usage = {"prompt_tokens": 100, "completion_tokens": 20, "total_tokens": 120}
    choice: dict[str, Any] = {"index": 0, "message": message, "finish_reason": finish}
    if logprobs:
        choice["logprobs"] = {"content": [{"token": "x", "logprob": each} for each in logprobs]}
    return Reply(
        {
            "id": "c",
            "object": "chat.completion",
            "created": 0,
            "model": "m",
            "choices": [choice],
            "usage": usage,
        }
    )


def failing(status: int, message: str = "no", headers: dict[str, str] | None = None, **error: Any) -> Reply:
    """Return an error as OpenAI words it."""
    return Reply({"error": {"message": message, **error}}, status, headers or {})


Script = Callable[[dict[str, Any], int], Reply]
"""Called with a request's body and how many came before it; returns what to answer."""


def always(reply: Reply) -> Script:
    """Return a script that answers everything with ``reply``."""
    return lambda _body, _number: reply


def in_turn(*replies: Reply) -> Script:
    """Return a script that gives ``replies`` one after the other, then the last one for ever."""
    return lambda _body, number: replies[min(number, len(replies) - 1)]


class Server:
    """Serves a script on a free port of loopback and remembers the bodies of the requests."""

    def __init__(self, script: Script) -> None:
        self.requests: list[dict[str, Any]] = []
        self.times: list[float] = []
        lock = threading.Lock()
        outer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                self.reply(
                    Reply(
                        {
                            "object": "list",
                            "data": [{"id": "model-1", "object": "model", "created": 0, "owned_by": "t"}],
                        }
                    )
                )

            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["content-length"])) or b"{}")
                with lock:
                    number = len(outer.requests)
                    outer.requests.append(body)
                    outer.times.append(time.monotonic())
                self.reply(script(body, number))

            def reply(self, reply: Reply) -> None:
                time.sleep(reply.delay)
                if reply.drop:
                    self.close_connection = True
                    return
                data = reply.body if isinstance(reply.body, bytes) else json.dumps(reply.body).encode()
                self.send_response(reply.status)
                for name, value in {"content-type": "application/json", **reply.headers}.items():
                    self.send_header(name, value)
                self.send_header("content-length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

            def log_message(self, *_: Any) -> None:
                """Say nothing."""

        self._http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._http.daemon_threads = True
        self._http.handle_error = lambda *_: None  # type: ignore[method-assign] # a client that went away is no news
        self.url = f"http://127.0.0.1:{self._http.server_address[1]}/v1"
        threading.Thread(target=self._http.serve_forever, args=(0.01,), daemon=True).start()

    def close(self) -> None:
        """Stop serving."""
        self._http.shutdown()
        self._http.server_close()
