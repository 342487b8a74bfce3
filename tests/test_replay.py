"""Real answers of a real model, replayed: see cassettes/README.md for which, and how to record them again."""

from __future__ import annotations

import asyncio
import json
import os
import threading
import urllib.error
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
import vcr
import yaml
from vcr.errors import CannotOverwriteExistingCassetteException

from summarizer import sources
from summarizer.cache import Cache
from summarizer.model import Endpoint, Model
from summarizer.pace import Patience
from summarizer.pipeline import Summarizer
from summarizer.prompts import Prompts
from summarizer.records import Paper, Record, Result
from summarizer.text import find_quote, numbers, words

ROOT = Path(__file__).parent.parent
CASSETTES = ROOT / "cassettes"
PLACE = "http://127.0.0.1:8971/v1"
"""The address on the cassettes. While recording, a relay to the real model listens there."""
RECORD = os.environ.get("SUMMARIZE_RECORD")
"""The base URL of a model to record from, such as http://localhost:8080/v1."""


class ReadableJSON:
    """Cassettes as YAML with the bodies as data, so that a person can read and compare them."""

    def serialize(self, cassette: dict[str, Any]) -> str:
        for interaction in cassette["interactions"]:
            for side in ("request", "response"):
                part = interaction[side]
                body = part["body"] if side == "request" else part["body"]["string"]
                part["body"] = json.loads(body or "null")
                # Lengths, dates and servers' names say nothing about an answer; keys are never kept.
                part["headers"] = {
                    name: value
                    for name, value in part["headers"].items()
                    if name.lower() in {"content-type", "retry-after"}
                }
        # The SDK's transport and the one beneath it are both recorded: each exchange comes twice.
        exchanges = {
            json.dumps([interaction["request"]["body"], interaction["response"]["body"]]): interaction
            for interaction in cassette["interactions"]
        }
        cassette["interactions"] = list(exchanges.values())
        return str(yaml.safe_dump(cassette, sort_keys=False, allow_unicode=True, width=110))

    def deserialize(self, text: str) -> dict[str, Any]:
        cassette: dict[str, Any] = yaml.safe_load(text)
        for interaction in cassette["interactions"]:
            request, response = interaction["request"], interaction["response"]
            request["body"] = json.dumps(request["body"])
            response["body"] = {"string": json.dumps(response["body"], ensure_ascii=False).encode()}
        return cassette


def same_body(recorded: Any, sent: Any) -> None:
    """A changed prompt must not replay an old answer."""
    assert json.loads(recorded.body) == json.loads(sent.body), (
        "the prompts changed: record the cassettes again"
    )


TAPE = vcr.VCR(record_mode="all" if RECORD else "none", match_on=["method", "uri", "same_body"])
TAPE.register_serializer("readable", ReadableJSON())
TAPE.register_matcher("same_body", same_body)


class Relay:
    """Stands before a real model while recording, and refuses what a test says a server may refuse."""

    def __init__(self, refuses: str) -> None:
        asked = 0

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                nonlocal asked
                asked += 1
                body = self.rfile.read(int(self.headers["content-length"]))
                if refuses == "schemas" and b'"json_schema"' in body:
                    self.answer(
                        400, {"error": {"message": "response_format.type json_schema is not supported here"}}
                    )
                elif refuses == "haste" and asked == 1:
                    self.answer(429, {"error": {"message": "Rate limit reached"}}, {"retry-after": "1"})
                else:
                    headers = {
                        "content-type": "application/json",
                        "authorization": self.headers.get("authorization", ""),
                    }
                    onward = urllib.request.Request(f"{RECORD}/chat/completions", body, headers)
                    with urllib.request.urlopen(onward) as answer:
                        self.answer(200, json.load(answer))

            def answer(self, status: int, body: Any, headers: dict[str, str] | None = None) -> None:
                data = json.dumps(body).encode()
                self.send_response(status)
                for name, value in {"content-type": "application/json", **(headers or {})}.items():
                    self.send_header(name, value)
                self.send_header("content-length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

            def log_message(self, *_: Any) -> None:
                """Say nothing."""

        self._http = ThreadingHTTPServer(("127.0.0.1", 8971), Handler)
        threading.Thread(target=self._http.serve_forever, daemon=True).start()

    def close(self) -> None:
        self._http.shutdown()
        self._http.server_close()


@pytest.fixture
def example() -> Paper:
    """SqueezeNet, of the examples."""
    papers = sources.read([str(ROOT / "examples" / "daily-papers.txt")], notice=lambda _: None)
    return next(paper for paper in papers if paper.title.startswith("SqueezeNet"))


@pytest.fixture
def play(cache: Cache) -> Any:
    """Do one paper against a cassette; every recorded answer must be used, each once."""

    def do(
        name: str, paper: Paper, prompts: Path | None = None, refuses: str = ""
    ) -> tuple[Record, list[Any]]:
        relay = Relay(refuses) if RECORD else None

        async def go() -> Record:
            key = os.environ.get("SUMMARIZE_RECORD_KEY", "none")
            model = Model(
                Endpoint("recorded-model", PLACE, lambda: (PLACE, key)),
                cache.facts,
                Patience(first_wait=0.01, longest_pause=1.0 if RECORD else 0.01, timeout=600),
            )
            try:
                [record] = [
                    record async for record in Summarizer(model, Prompts(prompts), cache).records([paper])
                ]
            finally:
                await model.close()
            return record

        try:
            with TAPE.use_cassette(str(CASSETTES / f"{name}.yaml"), serializer="readable") as tape:
                record = asyncio.run(go())
        finally:
            if relay:
                relay.close()
        assert RECORD or tape.all_played
        played = yaml.safe_load((CASSETTES / f"{name}.yaml").read_text(encoding="utf-8"))["interactions"]
        return record, [interaction["response"] for interaction in played]

    return do


def test_a_good_answer(play: Any, example: Paper) -> None:
    record, responses = play("good-answer", example)
    assert isinstance(record, Result)
    assert len(responses) == 1
    assert record.warnings == ()
    assert record.tldr
    assert len(words(record.tldr)) <= 30
    assert numbers(record.tldr) <= numbers(example.text)
    assert record.tags.domain
    assert record.tags.contribution
    assert all(find_quote(gain.quote, example.abstract or "") for gain in record.tags.efficiency_gains)


def test_asking_again_helps(play: Any, example: Paper) -> None:
    """The prompt wants the title, which the checks refuse; the reason that comes back wants a sentence, and gets it."""
    record, responses = play("asked-again-helps", example, ROOT / "tests" / "prompts" / "helps")
    assert isinstance(record, Result)
    assert len(responses) == 2
    assert record.warnings == ()


def test_asking_again_does_not_help(play: Any, example: Paper) -> None:
    """Prompt and reason both want what the checks refuse: the paper is done all the same, and says so."""
    record, responses = play("asked-again-in-vain", example, ROOT / "tests" / "prompts" / "in_vain")
    assert isinstance(record, Result)
    assert len(responses) == 2
    [warning] = record.warnings
    assert "the TL;DR is the abstract's own sentence" in warning
    assert find_quote((record.tldr or "").rstrip("."), example.abstract or "")


def test_a_server_without_json_schemas(play: Any, example: Paper) -> None:
    record, responses = play("no-schemas", example, refuses="schemas")
    assert isinstance(record, Result)
    assert [response["status"]["code"] for response in responses] == [400, 200]


def test_a_429_then_an_answer(play: Any, example: Paper) -> None:
    record, responses = play("rate-limited", example, refuses="haste")
    assert isinstance(record, Result)
    assert [response["status"]["code"] for response in responses] == [429, 200]


def test_a_changed_prompt_does_not_replay(play: Any, example: Paper) -> None:
    if RECORD:
        return
    other = example.model_copy(update={"title": "Another title"})
    with pytest.raises((AssertionError, CannotOverwriteExistingCassetteException)):
        play("good-answer", other)


def test_no_cassette_holds_a_secret() -> None:
    for path in CASSETTES.glob("*.yaml"):
        text = path.read_text(encoding="utf-8").lower()
        for word in ("authorization", "api-key", "bearer", "sk-", "cookie"):
            assert word not in text, path.name
