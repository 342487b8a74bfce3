"""The provider's batch service on loopback: files and batches as OpenAI describes them, and accidents."""

from __future__ import annotations

import json
import re
import threading
import time
from collections.abc import Callable
from email.parser import BytesParser
from email.policy import HTTP
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from tests.server import Reply, completion, failing

Answering = Callable[[dict[str, Any]], Reply | None]
"""Called with a request's body; returns the answer, or ``None`` for one that expires unanswered."""


class BatchServer:
    """Answers chat completions, files and batches.

    ``lose`` holds the steps (``"upload"``, ``"create"``) whose next answer is lost on its way, though the
    step was done, and ``cut`` those whose next answer breaks off; ``leaves_out`` are fields that it never
    tells; ``hidden`` is for how many seconds a new batch is not listed yet; ``status`` is what batches are
    found in, and ``work`` makes them complete, expired or cancelled.
    """

    def __init__(self, answering: Answering) -> None:
        self.answering = answering
        self.asked: list[dict[str, Any]] = []
        self.files: dict[str, tuple[dict[str, Any], bytes]] = {}
        self.batches: dict[str, dict[str, Any]] = {}
        self.lose: list[str] = []
        self.cut: list[str] = []
        self.leaves_out: set[str] = set()
        self.refuse: list[tuple[str, Reply]] = []
        self.hidden = 0.0
        self.hold: dict[str, float] = {}
        self.calls: list[str] = []
        self._lock = threading.Lock()
        outer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                self._reply(*outer.got("GET", self.path, {}, b""))

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                self._reply(*outer.got("POST", self.path, dict(self.headers), body))

            def _reply(self, step: str, answer: Any, status: int) -> None:
                time.sleep(outer.hold.get(step, 0))
                if step in outer.lose:
                    outer.lose.remove(step)
                    self.close_connection = True
                    return
                data = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
                try:
                    self.send_response(status)
                    self.send_header("content-type", "application/json")
                    self.send_header("content-length", str(len(data)))
                    self.end_headers()
                    if step in outer.cut:
                        outer.cut.remove(step)
                        self.close_connection = True
                        data = data[: len(data) // 2]
                    self.wfile.write(data)
                except OSError:
                    """Whoever asked was killed."""

            def log_message(self, *_: Any) -> None:
                """Say nothing."""

        self._http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._http.daemon_threads = True
        self._http.handle_error = lambda *_: None  # type: ignore[method-assign]
        self.url = f"http://127.0.0.1:{self._http.server_address[1]}/v1"
        threading.Thread(target=self._http.serve_forever, args=(0.01,), daemon=True).start()

    def close(self) -> None:
        """Stop serving."""
        self._http.shutdown()
        self._http.server_close()

    def got(self, method: str, target: str, headers: dict[str, str], body: bytes) -> tuple[str, Any, int]:
        """Return (the step's name, what to answer, its status)."""
        path = urlsplit(target).path.removeprefix("/v1")
        asked = {name: values[0] for name, values in parse_qs(urlsplit(target).query).items()}
        step, do = self._route(method, path, asked, headers, body)
        with self._lock:
            self.calls.append(step)
            for refusal in self.refuse:
                if refusal[0] == step:
                    self.refuse.remove(refusal)
                    return step, refusal[1].body, refusal[1].status
            answer = do()
        answer, status = answer if isinstance(answer, tuple) else (answer, 200)
        return step, self._sparse(answer), status

    def _sparse(self, answer: Any) -> Any:
        if isinstance(answer, dict):
            return {name: self._sparse(it) for name, it in answer.items() if name not in self.leaves_out}
        return [self._sparse(it) for it in answer] if isinstance(answer, list) else answer

    def _route(
        self, method: str, path: str, asked: dict[str, str], headers: dict[str, str], body: bytes
    ) -> tuple[str, Callable[[], Any]]:
        parts = path.strip("/").split("/")
        match method, *parts:
            case "POST", "chat", "completions":
                return "chat", lambda: self._chat(json.loads(body))
            case "POST", "files":
                return "upload", lambda: self._upload(headers, body)
            case "GET", "files":
                return "files", lambda: _page([meta for meta, _ in self.files.values()], asked)
            case "GET", "files", name, "content":
                return "content", lambda: self.files[name][1] if name in self.files else _missing()
            case "POST", "batches":
                return "create", lambda: self._create(json.loads(body))
            case "GET", "batches":
                return "list", lambda: _page([b for b in self.batches.values() if self._listed(b)], asked)
            case "GET", "batches", name:
                return "retrieve", lambda: self.batches.get(name) or _missing()
            case "POST", "batches", name, "cancel":
                return "cancel", lambda: self._cancel(name)
            case "GET", "models":
                return "models", lambda: _page(
                    [{"id": "m", "object": "model", "created": 0, "owned_by": "t"}], {}
                )
        raise AssertionError(f"nobody should ask for {method} {path}")

    def _chat(self, body: dict[str, Any]) -> Any:
        self.asked.append(body)
        reply = self.answering(body) or failing(500)
        return reply.body, reply.status

    def _upload(self, headers: dict[str, str], body: bytes) -> dict[str, Any]:
        kind = next(value for name, value in headers.items() if name.lower() == "content-type")
        form = BytesParser(policy=HTTP).parsebytes(b"content-type: " + kind.encode() + b"\r\n\r\n" + body)
        parts = {part.get_param("name", header="content-disposition"): part for part in form.iter_parts()}
        assert str(parts["purpose"].get_payload()).strip() == "batch"
        content = re.search(rb'name="file".*?\r\n\r\n(.*?)\r\n--', body, re.DOTALL)
        assert content
        name = f"file-{len(self.files)}"
        meta = {
            "id": name,
            "object": "file",
            "bytes": len(content[1]),
            "created_at": int(time.time()),
            "filename": parts["file"].get_filename(),
            "purpose": "batch",
            "status": "processed",
        }
        self.files[name] = meta, content[1]
        return meta

    def _create(self, said: dict[str, Any]) -> dict[str, Any]:
        assert said["endpoint"] == "/v1/chat/completions"
        assert said["completion_window"] == "24h"
        lines = self.lines(said["input_file_id"])
        name = f"batch_{len(self.batches)}"
        self.batches[name] = {
            "id": name,
            "object": "batch",
            "endpoint": said["endpoint"],
            "input_file_id": said["input_file_id"],
            "completion_window": "24h",
            "status": "in_progress",
            "metadata": said["metadata"],
            "created_at": int(time.time()),
            "expires_at": int(time.time()) + 86400,
            "request_counts": {"total": len(lines), "completed": 0, "failed": 0},
            "_listed_at": time.time() + self.hidden,
        }
        return self.batches[name]

    @staticmethod
    def _listed(batch: dict[str, Any]) -> bool:
        return bool(time.time() >= batch["_listed_at"])

    def _cancel(self, name: str) -> Any:
        if name not in self.batches:
            return _missing()
        self.batches[name]["status"] = "cancelling"
        return self.batches[name]

    def lines(self, file: str) -> list[dict[str, Any]]:
        """Return the requests of an uploaded file."""
        return [json.loads(line) for line in self.files[file][1].decode().splitlines()]

    def submitted(self) -> list[str]:
        """Return the custom ids of all requests of all batches."""
        return [
            line["custom_id"]
            for batch in self.batches.values()
            for line in self.lines(batch["input_file_id"])
        ]

    def work(self, status: str = "completed", only: Callable[[int], bool] = lambda _: True) -> None:
        """Finish every batch that is open: answer the requests whose number is in ``only``, shuffled."""
        for name, batch in self.batches.items():
            if batch["status"] not in {"in_progress", "cancelling"}:
                continue
            good: list[str] = []
            bad: list[str] = []
            for number, line in enumerate(self.lines(batch["input_file_id"])):
                reply = self.answering(line["body"]) if only(number) else None
                said: dict[str, Any] = {"id": f"r{number}", "custom_id": line["custom_id"], "error": None}
                if reply is None:
                    said |= {"response": None, "error": {"code": "batch_expired", "message": "out of time"}}
                else:
                    said["response"] = {"status_code": reply.status, "request_id": "q", "body": reply.body}
                (good if reply and reply.status == 200 else bad).append(json.dumps(said))
            for key, lines in (("output_file_id", good), ("error_file_id", bad)):
                if lines:
                    self.files[f"{name}-{key}"] = (
                        {"id": f"{name}-{key}", "purpose": "batch_output"},
                        "\n".join(reversed(lines)).encode(),
                    )
                    batch[key] = f"{name}-{key}"
            batch["status"] = status
            batch["request_counts"] |= {"completed": len(good), "failed": len(bad)}

    def fail(self, code: str, message: str) -> None:
        """Refuse every open batch as a whole."""
        for batch in self.batches.values():
            batch["status"] = "failed"
            batch["errors"] = {"object": "list", "data": [{"code": code, "message": message, "line": 1}]}


def _page(items: list[dict[str, Any]], asked: dict[str, str]) -> dict[str, Any]:
    """The newest first, two at a time, so that every list has several pages."""
    items = [item for item in reversed(items) if item.get("purpose", "batch") == "batch"]
    start = next((i + 1 for i, item in enumerate(items) if item["id"] == asked.get("after")), 0)
    return {"object": "list", "data": items[start : start + 2], "has_more": start + 2 < len(items)}


def _missing() -> tuple[dict[str, Any], int]:
    return {"error": {"message": "No such thing", "code": None}}, 404


def good_answer(body: dict[str, Any]) -> Reply:
    """Return an answer that holds for a paper of ``tests.test_batch``."""
    title = body["messages"][1]["content"].split("\n")[0].removeprefix("Title: ").split(":")[0]
    said: dict[str, Any] = {
        "tldr": f"It says at some length what {title} is about.",
        "domain": "robotics",
        "contribution": "method",
        "method": None,
        "efficiency_gains": [],
    }
    return completion(said)
