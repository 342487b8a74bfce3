"""What every test gets: no network but loopback, no model, no settings of whoever runs them."""

from __future__ import annotations

import io
import socket
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import hypothesis
import pytest

from summarizer import cli, embedded
from summarizer.cache import Cache
from summarizer.records import Paper
from summarizer.sources import arxiv, web
from tests.server import Script, Server

# How long an example takes says more of the machine than of the code.
hypothesis.settings.register_profile("unhurried", deadline=None)
hypothesis.settings.load_profile("unhurried")

KEY = "sk-secret-of-the-test"
LOOPBACK = {"127.0.0.1", "::1", "localhost"}


@pytest.fixture(autouse=True)
def _alone(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Keep a test from the network, from a model, and from the settings and keys of its surroundings."""
    connect = socket.socket.connect

    def guarded(self: socket.socket, address: Any) -> None:
        host = address[0] if isinstance(address, tuple) else address
        assert not isinstance(address, tuple) or host in LOOPBACK, f"a test reached for the network: {host}"
        connect(self, address)

    def no_model(*_: Any, **__: Any) -> Any:
        raise AssertionError("a test started the embedded model")

    monkeypatch.setattr(socket.socket, "connect", guarded)
    monkeypatch.setattr(embedded, "serve", no_model)
    monkeypatch.setattr(embedded, "pull", no_model)
    monkeypatch.setattr(embedded, "require_engine", lambda: None)  # the tests need no llama.cpp
    monkeypatch.setattr(arxiv, "ENDPOINT", "http://127.0.0.1:9/nobody-listens")
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")
    monkeypatch.setattr(web, "sleep", lambda _: None)
    for name in (
        "HF_TOKEN",
        "OPENAI_API_KEY",
        "OPENAI_BASE_URL",
        "SUMMARIZE_MODEL",
        "HTTP_PROXY",
        "HTTPS_PROXY",
        "http_proxy",
    ):
        monkeypatch.delenv(name, raising=False)
    for name in ("XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_CACHE_HOME", "HOME"):
        monkeypatch.setenv(name, str(tmp_path / "home"))
    monkeypatch.setenv("SUMMARIZE_CACHE_DIR", str(tmp_path / "cache"))


class Ran(NamedTuple):
    code: int
    out: str
    err: str


@pytest.fixture
def summarize(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Callable[..., Ran]:
    """Run the command line with these arguments."""

    def run(*arguments: object, stdin: str = "") -> Ran:
        monkeypatch.setattr(sys, "argv", ["summarize", *map(str, arguments)])
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin.encode())))
        with pytest.raises(SystemExit) as exit_:
            cli.main()
        captured = capsys.readouterr()
        assert "Traceback" not in captured.err
        assert KEY not in captured.out + captured.err
        return Ran(int(exit_.value.code or 0), captured.out, captured.err)

    return run


@pytest.fixture
def cache(tmp_path: Path) -> Iterator[Cache]:
    """An empty cache of the test's own."""
    cache = Cache(tmp_path / "cache")
    yield cache
    cache.close()


@pytest.fixture
def serve() -> Iterator[Callable[[Script], Server]]:
    """Start loopback servers that answer as a script says."""
    servers: list[Server] = []

    def start(script: Script) -> Server:
        servers.append(Server(script))
        return servers[-1]

    yield start
    for server in servers:
        server.close()


@pytest.fixture
def paper() -> Paper:
    """A paper with one claimed gain."""
    return Paper(
        id="2601.00001",
        title="Kestrel: Gradient Reuse for Small Robots",
        abstract=(
            "Robots that learn on the job wear out before they are good. We introduce Kestrel, a planner that "
            "reuses old gradients. On 12 tasks it needs 5x fewer trials than a policy trained from scratch, "
            "and it runs on a single board."
        ),
        source="jsonl",
    )
