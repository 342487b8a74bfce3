"""Answers that come later: sent once whatever happens, fetched into the same cache, asked again where they fail."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import httpx2
import openai
import pytest

from summarizer.batch.client import Failed
from summarizer.batch.journal import Journal
from summarizer.batch.service import Service
from summarizer.cache import Cache
from summarizer.cli import batches
from summarizer.errors import ServiceError, SetupError
from tests.batch_server import BatchServer, good_answer
from tests.conftest import KEY, Ran
from tests.server import GOOD, Reply, Script, Server, always, completion, failing, in_turn

COUNT = 7
Summarize = Callable[..., Ran]
Serve = Callable[[Script], Server]


@pytest.fixture
def server() -> Iterator[BatchServer]:
    server = BatchServer(good_answer)
    yield server
    server.close()


@pytest.fixture(autouse=True)
def _hasty(monkeypatch: pytest.MonkeyPatch, server: BatchServer) -> None:
    defaults = Service.__init__.__kwdefaults__ or {}
    monkeypatch.setitem(defaults, "settles", 0.6)
    monkeypatch.setitem(defaults, "sleep", lambda _: os.sched_yield())
    monkeypatch.setenv("OPENAI_BASE_URL", server.url)
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    monkeypatch.setenv("SUMMARIZE_MODEL", "m")


@pytest.fixture
def papers(tmp_path: Path) -> Path:
    return write(tmp_path / "papers.jsonl", COUNT)


def write(path: Path, count: int) -> Path:
    path.write_text(
        "\n".join(
            json.dumps(
                {
                    "id": f"2601.{number:05}",
                    "title": f"Paper {number}: on things",
                    "abstract": f"We study {number} things.",
                }
            )
            for number in range(count)
        )
    )
    return path


def config(**limits: int) -> None:
    folder = Path(os.environ["XDG_CONFIG_HOME"]) / "summarize"
    folder.mkdir(parents=True, exist_ok=True)
    lines = [f"{name} = {value}" for name, value in limits.items()]
    price = '[prices."m"]\ninput = 1.0\noutput = 10.0\nbatch = 0.5\n'
    (folder / "config.toml").write_text("\n".join([price, "[batch]", *lines]))


def results(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text().splitlines()]


def once(server: BatchServer) -> bool:
    """Whether every request was submitted once, and none of those that were asked directly."""
    submitted = server.submitted()
    return len(submitted) == len(set(submitted))


def test_a_full_disk_is_told_in_a_line_and_the_next_run_sends_all(
    summarize: Summarize, server: BatchServer, papers: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as disk:
        disk.setattr(os, "fsync", full)
        ran = summarize("backlog", papers, "--batch")
    assert (ran.code, "cannot be written (No space left on device); make room" in ran.err) == (2, True)
    assert summarize("backlog", papers, "--batch").code == 1
    assert once(server)
    assert len(server.submitted()) == COUNT - 2  # each run asks its first question at once


def test_what_is_sent_comes_back_under_the_keys_of_an_ordinary_run(
    summarize: Summarize, server: BatchServer, papers: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out.jsonl"
    sent = summarize("backlog", papers, "--batch", "-o", out)
    assert sent.code == 1
    assert "batch batch_0: 6 requests sent to m; answers come within a day" in sent.err
    assert "7 papers: 1 done, 6 in batches" in sent.err
    assert "failed" not in sent.err
    assert "to go on, run: summarize backlog" in sent.err
    assert [record.get("error", {}).get("kind") for record in results(out)] == [None] + ["in_batch"] * 6

    state = summarize("batch", "status")
    assert "batch_0  m  in_progress  0 of 6 answered" in state.out
    server.work()
    assert "1 can be fetched: summarize batch fetch" in summarize("batch", "status").out
    fetched = summarize("batch", "fetch")
    assert "6 of 6 answers kept" in fetched.out
    assert f"to go on, run: summarize backlog {papers} --batch" in fetched.out

    ordinary = summarize("backlog", papers, "-o", out)  # without --batch: the same keys
    assert ordinary.code == 0
    assert "7 papers: 7 done (7 from disk)" in ordinary.err
    assert [record["paper"]["id"] for record in results(out)] == [f"2601.{n:05}" for n in range(COUNT)]
    assert all("error" not in record for record in results(out))
    assert len(server.asked) == 1
    assert summarize("batch", "status").out == "nothing is under way\n"


def test_the_same_command_fetches_and_finishes(
    summarize: Summarize, server: BatchServer, papers: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out.jsonl"
    assert summarize("backlog", papers, "--batch", "-o", out).code == 1
    again = summarize("backlog", papers, "--batch", "-o", out)
    assert again.code == 1  # nothing has come yet, and nothing is sent again
    server.work()
    done = summarize("backlog", papers, "--batch", "-o", out)
    assert done.code == 0, done.err
    assert once(server)
    assert len(server.batches) == 1
    assert "tldr" in results(out)[6]


def test_an_ordinary_run_waits_for_what_is_under_way(
    summarize: Summarize, server: BatchServer, papers: Path, tmp_path: Path
) -> None:
    summarize("backlog", papers, "--batch")
    write(papers, COUNT + 2)
    ran = summarize("backlog", papers, "-o", tmp_path / "out.jsonl")
    assert ran.code == 1
    assert "3 done (1 from disk), 6 in batches" in ran.err
    assert len(server.asked) == 3
    assert "6 under way in batches · 0 requests" in summarize("backlog", papers, "--dry-run").out


def test_batches_are_split_by_the_service_s_limits(
    summarize: Summarize, server: BatchServer, papers: Path
) -> None:
    config(requests=2, bytes=200_000_000)
    assert summarize("backlog", papers, "--batch").code == 1
    assert [len(server.lines(batch["input_file_id"])) for batch in server.batches.values()] == [2, 2, 2]
    size = max(len(content) for _, content in server.files.values())
    server.batches.clear()
    summarize("batch", "cancel", "--yes")  # the service does not know them any more: given up
    config(requests=50_000, bytes=size)
    assert summarize("backlog", papers, "--batch").code == 1
    assert [len(server.lines(batch["input_file_id"])) for batch in server.batches.values()] == [2, 2, 1]
    assert all(len(content) <= size for _, content in server.files.values())


def test_only_as_much_waits_as_the_service_s_queue_holds(
    summarize: Summarize, server: BatchServer, papers: Path
) -> None:
    whole = summarize("backlog", papers, "--dry-run").out
    tokens = int(whole.split(" tokens in")[0].rsplit("~", 1)[1].replace(",", ""))
    config(queued_tokens=tokens // 2)
    for _ in range(2):  # a second run finds no room either
        assert summarize("backlog", papers, "--batch").code == 1
        assert len(server.submitted()) == 3
    server.work()
    assert summarize("backlog", papers, "--batch").code == 1
    server.work()
    assert summarize("backlog", papers, "--batch").code == 0
    assert once(server)


def test_costs_are_counted_at_the_batch_s_price(
    summarize: Summarize, server: BatchServer, papers: Path, tmp_path: Path
) -> None:
    config()
    full = summarize("backlog", papers, "--dry-run").out
    half = summarize("backlog", papers, "--dry-run", "--batch").out
    dollars = [float(said.rsplit("$", 1)[1]) for said in (full, half)]
    assert dollars[1] == pytest.approx(dollars[0] / 2, abs=1e-4)
    assert server.calls == []
    summarize("backlog", papers, "--batch")
    server.work()
    per_answer = (100 * 1.0 + 20 * 10.0) / 1e6
    assert f"${6 * per_answer / 2:.4f}" in summarize("batch", "fetch").out
    summarize("backlog", papers, "-o", tmp_path / "out.jsonl")
    costs = [record["made_by"]["cost_usd"] for record in results(tmp_path / "out.jsonl")]
    assert costs == pytest.approx([per_answer] + [per_answer / 2] * 6)


def test_max_cost_bounds_what_batches_can_cost(
    summarize: Summarize, server: BatchServer, papers: Path
) -> None:
    config()
    at_most = float(summarize("backlog", papers, "--dry-run", "--batch").out.rsplit("$", 1)[1])
    ran = summarize("backlog", papers, "--batch", "--max-cost", at_most / 2)
    assert ran.code == 1
    assert "--max-cost" in ran.err
    assert 1 <= len(server.submitted()) <= 3
    summarize("backlog", papers, "--batch", "--max-cost", 5)
    assert len(server.submitted()) + len(server.asked) == COUNT
    assert once(server)


@pytest.mark.parametrize(
    ("lost", "hidden"),
    [
        (["upload"], 0.0),
        (["upload", "files"], 0.0),
        (["create"], 0.0),
        (["create"], 0.4),
        (["create", "list"], 0.4),
        (["retrieve"], 0.0),
        (["content"], 0.0),
    ],
)
def test_a_lost_answer_makes_nothing_twice(
    lost: list[str], hidden: float, summarize: Summarize, server: BatchServer, papers: Path
) -> None:
    server.lose = lost
    server.hidden = hidden  # the service lists what it made only after a while
    assert summarize("backlog", papers, "--batch").code == 1
    server.work()
    assert summarize("backlog", papers, "--batch").code == 0
    assert server.lose == []
    assert (len(server.batches), once(server)) == (1, True)
    assert sum(meta["purpose"] == "batch" for meta, _ in server.files.values()) == 1


@pytest.mark.parametrize(
    ("step", "reply", "code", "said"),
    [
        ("upload", failing(429, headers={"retry-after": "0"}), 1, "sent to m"),
        ("create", failing(500), 1, "sent to m"),
        ("create", failing(401), 4, "refuses the key"),
        ("create", failing(400, "billing hard limit"), 4, "billing hard limit"),
        ("upload", failing(404), 4, "has no batch service"),
        ("chat", failing(404), 4, "does not know the model"),
    ],
)
def test_a_refusal_is_one_clear_line_and_the_same_command_goes_on(
    step: str, reply: Reply, code: int, said: str, summarize: Summarize, server: BatchServer, papers: Path
) -> None:
    server.refuse = [(step, reply)]
    ran = summarize("backlog", papers, "--batch")
    assert (ran.code, said in ran.err) == (code, True), ran.err
    assert summarize("backlog", papers, "--batch").code == 1
    server.work()
    assert summarize("backlog", papers, "--batch").code == 0
    assert (len(server.batches), once(server)) == (1, True)


def test_what_a_service_leaves_out_makes_nothing_twice(
    summarize: Summarize, server: BatchServer, papers: Path
) -> None:
    server.leaves_out = {
        "object",
        "has_more",
        "created_at",
        "endpoint",
        "request_counts",
        "expires_at",
        "purpose",
    }
    config(requests=2, bytes=200_000_000)
    server.lose = ["upload", "create"]
    assert summarize("backlog", papers, "--batch").code == 1
    assert "batch_2  m  in_progress  0 of 2 answered" in summarize("batch", "status").out
    server.work()
    assert summarize("backlog", papers, "--batch").code == 0
    assert (len(server.batches), once(server)) == (3, True)


def test_a_download_that_breaks_off_begins_again(
    summarize: Summarize, server: BatchServer, papers: Path, tmp_path: Path
) -> None:
    summarize("backlog", papers, "--batch")
    server.work()
    server.cut = ["content"]
    assert "6 of 6 answers kept" in summarize("batch", "fetch").out
    assert server.calls.count("content") == 2
    with pytest.raises(SetupError, match="cannot be written"):
        list(Service(server.url, KEY).lines("batch_0-output_file_id", tmp_path / "nowhere" / "spool"))


BATCH = Reply({"id": "b", "status": "cancelling"})


@pytest.mark.parametrize(
    ("replies", "asked", "waits", "said"),
    [
        ([failing(429, headers={"retry-after": "7"}), BATCH], 2, [7.0], ""),
        ([failing(503, headers={"retry-after-ms": "1500"}), BATCH], 2, [1.5], ""),
        ([failing(429, "pay", code="insufficient_quota")], 1, [], "takes no batch now (429: pay)"),
        ([failing(429, "pay", type="insufficient_quota")], 1, [], "takes no batch now (429: pay)"),
        (
            [failing(429, "slow", headers={"retry-after": "1"})],
            5,
            [1.0] * 4,
            "takes no batch now (429: slow)",
        ),
        ([failing(403)], 1, [], "refuses the key (403)"),
        ([failing(400, f"no {KEY}\x1b[31m\nno")], 1, [], "refuses the batch (400): no … no"),
        ([failing(400, "x" * 295 + KEY)], 1, [], "xxx…"),
        ([Reply({"error": "in a word"}, 422)], 1, [], "refuses the batch (422): in a word"),
        ([Reply({"detail": "in detail"}, 422)], 1, [], "refuses the batch (422): in detail"),
        ([Reply(b"<h1>Bad gateway</h1>", 502, {"retry-after": "1"})], 5, [1.0] * 4, "keeps failing (502: "),
        ([Reply(b"", 307, {"location": "http://127.0.0.1:9/v1"})], 1, [], "refuses the batch (307)"),
    ],
)
def test_a_refusal_is_asked_again_where_that_helps_and_told_in_a_line(
    replies: list[Reply], asked: int, waits: list[float], said: str, serve: Serve
) -> None:
    waited: list[float] = []
    server = serve(in_turn(*replies))
    service = Service(server.url, KEY, sleep=waited.append)
    if said:
        with pytest.raises(ServiceError) as told:
            service.cancel("b")
        assert said in str(told.value)
        assert not [part for part in (KEY[:8], "\n", "\x1b") if part in str(told.value)]
    else:
        assert service.cancel("b")
    assert (len(server.requests), waited) == (asked, waits)


@pytest.mark.parametrize(
    "body",
    [
        b"<h1>Welcome</h1>",
        b'{"id": ',
        b"",
        [],
        3,
        None,
        "text",
        {},
        {"id": "b"},
        {"id": "b", "status": "s", "errors": 3},
    ],
)
@pytest.mark.parametrize("kind", ["application/json", "text/html"])
def test_what_is_no_batch_service_is_told_in_a_line(body: Any, kind: str, serve: Serve) -> None:
    server = serve(always(Reply(body, headers={"content-type": kind})))
    with pytest.raises(ServiceError, match="answers what is no batch service"):
        Service(server.url, KEY).cancel("b")


def test_the_service_is_reached_through_the_proxy_of_chat(
    serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("http_proxy", serve(always(BATCH)).url.removesuffix("/v1"))
    monkeypatch.setenv("ALL_PROXY", "socks5://127.0.0.1:9")  # chat does not look at it
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    assert Service("http://batches.invalid/v1", KEY).cancel("b")


def test_every_error_of_the_sdk_is_mapped() -> None:
    """A new kind of error in a later SDK must not be taken for an answer that makes no sense."""

    def below(kind: type[Exception]) -> set[type[Exception]]:
        return {kind}.union(*(below(sub) for sub in kind.__subclasses__()))

    kinds = below(openai.OpenAIError) | {
        kind
        for name in dir(openai)
        if name.endswith("Error") and issubclass(kind := getattr(openai, name), Exception)
    }
    mapped = (openai.APIStatusError, openai.APIConnectionError, openai.APIResponseValidationError)
    unmapped = {kind.__name__ for kind in kinds if not issubclass(kind, mapped)}
    assert unmapped <= {
        "OpenAIError", "APIError",  # the roots
        # of helpers that are not used here
        "ContentFilterFinishReasonError", "LengthFinishReasonError", "InvalidWebhookSignatureError",
        "SubjectTokenProviderError", "WebSocketConnectionClosedError", "WebSocketQueueFullError",
        "StreamAlreadyConsumed", "MutuallyExclusiveAuthError", "_AmbiguousModuleClientUsageError", "APIRemovedInV1",
    }  # fmt: skip
    request = httpx2.Request("POST", "http://place/batches")
    for error, said in [
        (openai.APIConnectionError(request=request), "cannot be reached"),
        (openai.APITimeoutError(request), "cannot be reached"),
        (httpx2.ReadError("broken off"), "cannot be reached"),
        (openai.APIResponseValidationError(httpx2.Response(200, request=request), None), "no batch service"),
        (openai.OpenAIError("of a kind to come"), "no batch service"),
    ]:
        assert said in str(Failed.read(error).told("http://place", ""))


def test_what_fails_expires_or_does_not_hold_is_asked_again(
    summarize: Summarize, server: BatchServer, papers: Path
) -> None:
    def script(body: dict[str, Any]) -> Reply | None:
        text = body["messages"][1]["content"]
        if len(body["messages"]) == 2 and "Paper 2" in text:
            return completion({**GOOD, "domain": "cooking"})  # holds in part: asked again with the problem
        if "Paper 3" in text and len(server.batches) == 1:
            return failing(400, "not this one")
        if "Paper 4" in text and len(server.batches) == 1:
            return completion("no JSON at all")
        return good_answer(body)

    server.answering = script
    summarize("backlog", papers, "--batch")
    server.work("expired", lambda number: number < 5)
    fetched = summarize("batch", "fetch").out
    assert "4 of 6 answers kept" in fetched
    assert "1 without one (400: not this one)" in fetched
    assert "1 without one (batch_expired: out of time)" in fetched
    ran = summarize("backlog", papers, "--batch")
    assert "batch batch_1: 4 requests" in ran.err or "batch batch_1: 3 requests" in ran.err
    while summarize("backlog", papers, "--batch").code:
        assert len(server.batches) < 5
        server.work()
    assert (
        once(server) or len(set(server.submitted())) == len(server.submitted()) - 2
    )  # the failed, the expired


def test_a_batch_that_is_refused_as_a_whole_says_why(
    summarize: Summarize, server: BatchServer, papers: Path
) -> None:
    summarize("backlog", papers, "--batch")
    server.fail("token_limit_exceeded", "Enqueued token limit reached for m.")
    said = summarize("batch", "fetch").out
    assert "0 of 6 answers kept" in said
    assert "Enqueued token limit reached" in said
    summarize("backlog", papers, "--batch")
    assert len(server.batches) == 2


def test_what_is_cancelled_keeps_the_answers_that_were_given(
    summarize: Summarize, server: BatchServer, papers: Path
) -> None:
    summarize("backlog", papers, "--batch")
    assert "cancelling" in summarize("batch", "cancel", "batch_0", "--yes").out
    server.work("cancelled", lambda number: number < 2)
    assert "2 of 6 answers kept" in summarize("batch", "fetch").out
    ran = summarize("backlog", papers, "--batch")
    assert "batch batch_1: " in ran.err
    assert "no batch under way is called nonsense" in summarize("batch", "cancel", "nonsense", "--yes").err


def test_fetch_waits_where_it_is_told_to(
    summarize: Summarize, server: BatchServer, papers: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    summarize("backlog", papers, "--batch")
    waits: list[float] = []

    def wait(seconds: float) -> None:
        waits.append(seconds)
        server.work()

    clock = SimpleNamespace(sleep=wait, strftime=time.strftime, localtime=time.localtime)
    monkeypatch.setattr(batches, "time", clock)
    ran = summarize("batch", "fetch", "--wait")
    assert "in_progress" in ran.out
    assert "6 of 6 answers kept" in ran.out
    assert len(waits) == 1


def test_lines_that_nobody_asked_for_are_not_kept(
    summarize: Summarize, server: BatchServer, papers: Path, tmp_path: Path
) -> None:
    summarize("backlog", papers, "--batch")
    server.work()
    meta, content = server.files["batch_0-output_file_id"]
    strange = (
        b'{"custom_id": "' + b"f" * 64 + b'", "response": {"status_code": 200, "body": {}}}\nnonsense\n[]\n'
    )
    server.files["batch_0-output_file_id"] = meta, strange + content + b"\n" + content
    said = summarize("batch", "fetch").out
    assert "6 of 6 answers kept" in said
    assert "7 lines passed over that nobody asked for" in said
    cache = Cache(tmp_path / "cache")
    assert len(cache.answers) == 7
    cache.close()


def test_the_key_goes_to_no_place_that_a_journal_names(
    summarize: Summarize, server: BatchServer, papers: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    summarize("backlog", papers, "--batch")
    before = len(server.calls)
    monkeypatch.setenv("OPENAI_BASE_URL", "http://127.0.0.1:9/v1")
    assert f"more at {server.url}: pass --base-url {server.url}" in summarize("batch", "status").out
    assert len(server.calls) == before


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--batch", "--model", "embedded"], "the embedded model has none"),
        (["--batch", "--refresh"], "pass one of them"),
    ],
)
def test_what_cannot_be_batched_is_said(
    arguments: list[str], said: str, summarize: Summarize, papers: Path
) -> None:
    ran = summarize("backlog", papers, *arguments)
    assert (ran.code, said in ran.err, len(ran.err.splitlines())) == (2, True, 1)


@pytest.mark.parametrize("limits", [{"requests": 0}, {"papers": 5}])
def test_limits_that_are_none_are_said(limits: dict[str, int], summarize: Summarize, papers: Path) -> None:
    config(**limits)
    ran = summarize("backlog", papers, "--batch")
    assert (ran.code, "[batch] holds requests, bytes and queued_tokens" in ran.err) == (2, True)


def test_two_at_once_do_not_send_the_same(summarize: Summarize, papers: Path, tmp_path: Path) -> None:
    journal = Journal(tmp_path / "cache")
    with journal.alone():
        ran = summarize("backlog", papers, "--batch")
    assert (ran.code, "another summarize is busy" in ran.err) == (2, True)
    journal.close()


STEPS = [
    "journal:Journal.add",
    "journal:Journal.trying",
    "service:Service.upload",
    "journal:Journal.uploaded",
    "service:Service.create",
    "journal:Journal.sent",
]


def killed(after: str, *arguments: object) -> None:
    """Run the command line in a process that kills itself right after a step."""
    module, name = after.split(":")
    code = f"""
import os, signal, sys
from summarizer.batch import {module} as module
owner, name = module.{name.split(".")[0]}, "{name.split(".")[1]}"
step = getattr(owner, name)
def deadly(*arguments, **options):
    step(*arguments, **options)
    os.kill(os.getpid(), signal.SIGKILL)
setattr(owner, name, deadly)
from summarizer.cli import main
sys.argv = ["summarize", *sys.argv[1:]]
main()
"""
    process = subprocess.run(
        [sys.executable, "-c", code, *map(str, arguments)], capture_output=True, text=True, check=False
    )
    assert process.returncode == -signal.SIGKILL, process.stderr


@pytest.mark.parametrize("step", STEPS)
def test_killed_after_any_step_it_submits_nothing_twice(
    step: str, summarize: Summarize, server: BatchServer, papers: Path
) -> None:
    killed(step, "backlog", papers, "--batch")
    assert summarize("backlog", papers, "--batch").code == 1
    server.work()
    assert summarize("backlog", papers, "--batch").code == 0
    assert (len(server.batches), len(server.submitted()), once(server)) == (1, 6, True)
    assert sum(meta["purpose"] == "batch" for meta, _ in server.files.values()) == 1


def test_killed_while_it_fetches_it_fetches_again(
    summarize: Summarize, server: BatchServer, papers: Path
) -> None:
    summarize("backlog", papers, "--batch")
    server.work()
    killed("journal:Journal.keys", "batch", "fetch")
    assert "6 of 6 answers kept" in summarize("batch", "fetch").out
    assert summarize("backlog", papers).code == 0
    assert len(server.asked) == 1
