"""How a model is asked: retries, pauses, stepping down, and every failure mapped to one of ours."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import aiohttp
import pytest

from summarizer.cache import Cache
from summarizer.completion import Completion
from summarizer.errors import PaperError, ServiceError
from summarizer.model import Endpoint, Model, without_secrets
from summarizer.pace import Patience, retry_after
from summarizer.prompts import Prompts, Request
from summarizer.records import Paper
from summarizer.wire import RefusedError, WireError
from tests.server import GOOD, Reply, Script, Server, always, completion, failing, in_turn

KEY = "sk-secret-of-the-test"
IMPATIENT = Patience(first_wait=0.001, timeout=0.5)


@pytest.fixture
def request_(paper: Paper) -> Request:
    return Prompts().render("paper", paper)


def ask(
    cache: Cache, url: str, request: Request, times: int = 1, patience: Patience = IMPATIENT
) -> list[Completion]:
    async def nap(seconds: float) -> None:
        slept.append(seconds)
        await asyncio.sleep(0)

    async def run() -> list[Completion]:
        model = Model(
            Endpoint("m", without_secrets(url), lambda: (url, KEY)), cache.facts, patience, sleep=nap
        )
        try:
            return [await model.ask(request) for _ in range(times)]
        finally:
            await model.close()

    slept: list[float] = []
    return asyncio.run(run())


Serve = Callable[[Script], Server]


@pytest.mark.parametrize(
    "trouble",
    [
        failing(500), failing(502), failing(503), failing(408), failing(429),
        failing(429, headers={"retry-after-ms": "1"}), Reply(b"", drop=True), Reply({}, delay=0.8),
    ],
    ids=["500", "502", "503", "408", "429", "429 with a wait", "dropped", "hung"],
)  # fmt: skip
def test_passing_trouble_is_asked_again(
    trouble: Reply, serve: Serve, cache: Cache, request_: Request
) -> None:
    server = serve(in_turn(trouble, completion(GOOD)))
    [answer] = ask(cache, server.url, request_)
    assert answer.finish == "stop"
    assert len(server.requests) == 2


@pytest.mark.parametrize(
    ("status", "error", "words"),
    [
        (400, PaperError, "rejects the request"),
        (401, ServiceError, "OPENAI_API_KEY"),
        (403, ServiceError, "OPENAI_API_KEY"),
        (404, ServiceError, "does not know the model"),
    ],
)
def test_what_will_not_pass_is_asked_once(
    status: int, error: type[Exception], words: str, serve: Serve, cache: Cache, paper: Paper
) -> None:
    server = serve(always(failing(status, f"bad key {KEY}")))
    with pytest.raises(error, match=words) as caught:
        ask(cache, server.url, Prompts().render("tldr", paper))
    assert len(server.requests) == 1
    assert KEY not in str(caught.value)


def test_a_key_is_not_told_in_part_either(serve: Serve, cache: Cache, paper: Paper) -> None:
    """What a server says is cut to a line, and the cut may go through the key."""
    server = serve(always(failing(400, "x" * 290 + KEY)))
    with pytest.raises(PaperError, match="xxx") as caught:
        ask(cache, server.url, Prompts().render("tldr", paper))
    assert KEY[:5] not in str(caught.value)


def test_an_empty_account_is_not_asked_again(serve: Serve, cache: Cache, request_: Request) -> None:
    server = serve(always(failing(429, "You exceeded your quota", code="insufficient_quota")))
    with pytest.raises(ServiceError, match="no credit left"):
        ask(cache, server.url, request_)
    assert len(server.requests) == 1


@pytest.mark.parametrize(
    ("trouble", "words"),
    [
        (failing(500, "boom"), "keeps failing"),
        (Reply(b"", drop=True), "cannot be reached"),
        (Reply({}, delay=0.8), "no answer within"),
        (Reply(b"<html>hello</html>", headers={"content-type": "text/html"}), "no chat completion"),
        (Reply({"hello": "you"}), "no chat completion"),
        (Reply(b"[" * 100_000), "no chat completion"),
        (Reply({"choices": [{"message": {"content": [{"type": "text"}]}}]}), "no chat completion"),
    ],
    ids=["500", "dropped", "hung", "a web page", "other JSON", "deep JSON", "no text"],
)
def test_trouble_that_stays_ends_with_one_line(
    trouble: Reply, words: str, serve: Serve, cache: Cache, request_: Request
) -> None:
    server = serve(always(trouble))
    with pytest.raises(ServiceError, match=words):
        ask(cache, server.url, request_)
    assert len(server.requests) <= IMPATIENT.attempts_before_first_answer


def test_nobody_listens(cache: Cache, request_: Request) -> None:
    with pytest.raises(ServiceError, match="cannot be reached; check --base-url"):
        ask(cache, "http://127.0.0.1:9/v1", request_)


def test_one_request_that_keeps_failing_costs_its_paper_only(
    serve: Serve, cache: Cache, paper: Paper
) -> None:
    """While others are answered, a request that always fails is that paper's failure, not the run's."""
    bad = Prompts().render("tldr", paper.model_copy(update={"title": "Poison"}))
    good = Prompts().render("tldr", paper)
    server = serve(lambda body, _: failing(500) if "Poison" in str(body) else completion("A fine sentence."))

    async def run() -> list[object]:
        model = Model(Endpoint("m", server.url, lambda: (server.url, "")), cache.facts, IMPATIENT)
        try:
            answered = [await model.ask(good)]
            failing = asyncio.create_task(model.ask(bad))
            while not failing.done():
                answered.append(await model.ask(good))
            return [failing.exception(), *answered]
        finally:
            await model.close()

    failed, *answered = asyncio.run(run())
    assert isinstance(failed, PaperError)
    assert failed.kind == "unanswered"
    assert all(isinstance(answer, Completion) for answer in answered)


REFUSES_SCHEMAS = failing(
    400, "'response_format.type' must be 'text' or 'json_object'", param="response_format"
)


def test_a_server_without_schemas_is_asked_for_a_json_object(
    serve: Serve, cache: Cache, request_: Request
) -> None:
    def script(body: dict[str, object], _: int) -> Reply:
        form = body.get("response_format")
        return (
            REFUSES_SCHEMAS if isinstance(form, dict) and form["type"] == "json_schema" else completion(GOOD)
        )

    server = serve(script)
    ask(cache, server.url, request_, times=2)
    ask(cache, server.url, request_)  # what worked is remembered by the next run too
    assert [(body.get("response_format") or {}).get("type") for body in server.requests] == [
        "json_schema", "json_object", "json_object", "json_object",
    ]  # fmt: skip


def test_a_server_without_formats_is_asked_in_words(serve: Serve, cache: Cache, request_: Request) -> None:
    server = serve(
        lambda body, _: failing(422, "extra field") if "response_format" in body else completion(GOOD)
    )
    ask(cache, server.url, request_)
    assert "response_format" not in server.requests[-1]


def test_a_request_refused_for_itself_does_not_change_how_others_are_asked(
    serve: Serve, cache: Cache, request_: Request
) -> None:
    server = serve(in_turn(*[failing(400, "this text is not allowed")] * 3, completion(GOOD)))
    with pytest.raises(PaperError):
        ask(cache, server.url, request_)
    ask(cache, server.url, request_)
    assert server.requests[-1]["response_format"]["type"] == "json_schema"


def test_a_thinking_model_gets_its_own_parameters(serve: Serve, cache: Cache, request_: Request) -> None:
    def script(body: dict[str, object], _: int) -> Reply:
        if "max_tokens" in body:
            return failing(
                400,
                "Unsupported parameter: 'max_tokens'. Use 'max_completion_tokens' instead.",
                param="max_tokens",
            )
        if "temperature" in body:
            return failing(400, "'temperature' does not support 0.0 with this model", param="temperature")
        return completion(GOOD)

    server = serve(script)
    ask(cache, server.url, request_, times=2)
    assert len(server.requests) == 4
    assert "temperature" not in server.requests[-1]
    assert server.requests[-1]["max_completion_tokens"] > request_.template.max_tokens


def test_an_abstract_too_long_for_the_server_is_told_apart(
    serve: Serve, cache: Cache, request_: Request
) -> None:
    server = serve(
        always(
            failing(400, "the request exceeds the available context size", type="exceed_context_size_error")
        )
    )
    with pytest.raises(PaperError) as caught:
        ask(cache, server.url, request_)
    assert caught.value.kind == "too_long"
    assert len(server.requests) == 1


def test_a_pause_asked_of_one_request_holds_all_back(serve: Serve, cache: Cache, request_: Request) -> None:
    server = serve(in_turn(failing(429, headers={"retry-after": "1"}), completion(GOOD)))

    async def run() -> None:
        model = Model(Endpoint("m", server.url, lambda: (server.url, "")), cache.facts)
        try:
            first = asyncio.create_task(model.ask(request_))
            while not server.requests:
                await asyncio.sleep(0.01)
            await asyncio.sleep(0.2)
            await asyncio.gather(first, *(model.ask(request_) for _ in range(5)))
        finally:
            await model.close()

    asyncio.run(run())
    assert min(server.times[1:]) - server.times[0] >= 1.0


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"retry-after": "2"}, 2.0), ({"retry-after": "0.5"}, 0.5), ({"retry-after-ms": "250"}, 0.25),
        ({"retry-after": "Wed, 21 Oct 2015 07:28:00 GMT"}, 0.0), ({"retry-after": "soon"}, None), ({}, None),
    ],
)  # fmt: skip
def test_retry_after_in_each_of_its_forms(headers: dict[str, str], seconds: float | None) -> None:
    assert retry_after(headers) == seconds


def test_waits_grow_and_stay_bounded() -> None:
    patience = Patience(first_wait=1, longest_wait=8)
    for attempt, full in [(1, 1), (2, 2), (3, 4), (4, 8), (9, 8)]:
        assert all(full / 2 <= patience.wait(attempt) <= full for _ in range(20))


def test_every_error_of_the_wire_is_told_in_a_line(cache: Cache) -> None:
    """A new kind of error on the wire must not reach a user as a traceback."""
    kinds = WireError.__subclasses__()
    assert len(kinds) == 4
    model = Model(Endpoint("m", "http://place", lambda: ("http://place", "")), cache.facts)
    for kind in kinds:
        error = RefusedError(500, "boom") if kind is RefusedError else kind("boom")
        for alone, expected in ((False, ServiceError), (True, PaperError)):
            told = model._mapped(error, alone=alone)
            assert isinstance(told, expected)
            assert str(told).startswith("http://place ")


def test_every_error_of_aiohttp_is_one_of_the_wire() -> None:
    """What a later aiohttp raises is what the wire expects, or this fails."""
    found = [getattr(aiohttp, name) for name in dir(aiohttp) if name.endswith(("Error", "Timeout"))]
    errors = {kind for kind in found if isinstance(kind, type) and issubclass(kind, Exception)}
    assert len(errors) > 15
    unused = {"WebSocketError", "WSMessageTypeError", "EofStream", "BadContentDispositionHeader"}
    unmapped = {kind.__name__ for kind in errors if not issubclass(kind, aiohttp.ClientError | OSError)}
    assert unmapped <= unused


def test_an_address_is_named_without_its_secrets() -> None:
    assert without_secrets("https://me:pass@host:8080/v1/?key=abc") == "https://host:8080/v1"
