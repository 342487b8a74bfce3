"""A real process, injured: whatever was answered is kept, and the same command goes on from there."""

from __future__ import annotations

import json
import os
import random
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from summarizer.cache import Cache
from tests.faulty import running
from tests.server import GOOD, Reply, Script, Server, completion

Serve = Callable[[Script], Server]
COUNT = 60
KILLS = int(os.environ.get("SUMMARIZE_KILLS", "6"))
"""How often a run is killed: more finds more, and takes longer."""


def backlog_of(count: int, tmp_path: Path) -> Path:
    path = tmp_path / "papers.jsonl"
    papers = (
        {
            "id": f"2601.{number:05}",
            "title": f"Paper {number}: on things",
            "abstract": f"We study {number} things.",
        }
        for number in range(count)
    )
    path.write_text("\n".join(map(json.dumps, papers)))
    return path


@pytest.fixture
def papers(tmp_path: Path) -> Path:
    return backlog_of(COUNT, tmp_path)


def answer(body: dict[str, Any], delay: float = 0.02) -> Reply:
    title = body["messages"][-1]["content"].split("\n")[0].removeprefix("Title: ").split(":")[0]
    said = {
        **GOOD,
        "tldr": f"It says at some length what {title} is about.",
        "method": None,
        "efficiency_gains": [],
    }
    return Reply(completion(said).body, delay=delay)


def start(
    papers: Path, server: Server, tmp_path: Path, limit: Callable[[], None] | None = None
) -> subprocess.Popen[str]:
    return start_at(server.url, papers, tmp_path, concurrency=4, limit=limit)


def start_at(
    url: str, papers: Path, tmp_path: Path, concurrency: int = 16, limit: Callable[[], None] | None = None
) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "summarizer", "backlog", str(papers), "--base-url", url, "--model", "m"]
    command += ["--concurrency", str(concurrency), "-o", str(tmp_path / "out.jsonl")]
    command += ["--cache-dir", str(tmp_path / "cache")]
    return subprocess.Popen(
        command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, preexec_fn=limit
    )


def kept(tmp_path: Path) -> int:
    cache = Cache(tmp_path / "cache")
    count = len(cache.answers)
    cache.close()
    return count


def wait_for(condition: Callable[[], bool]) -> None:
    until = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < until, "nothing happened for 30 s"
        time.sleep(0.005)


def results(tmp_path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (tmp_path / "out.jsonl").read_text().splitlines()]


@pytest.mark.timeout(60 + 6 * KILLS)
def test_killed_again_and_again_it_loses_nothing_and_asks_nothing_twice(serve: Serve, tmp_path: Path) -> None:
    server = serve(lambda body, _: answer(body))
    papers = backlog_of(8 * KILLS, tmp_path)
    moments = random.Random(7)
    for _ in range(KILLS):
        before, asked = kept(tmp_path), len(server.requests)
        process = start(papers, server, tmp_path)
        goal = asked + moments.randint(1, 8)
        wait_for(lambda goal=goal: len(server.requests) >= goal)  # type: ignore[misc]
        time.sleep(moments.uniform(0, 0.03))
        process.kill()
        process.communicate()
        time.sleep(0.1)  # what the server still answers, nobody hears
        # all but those in flight are on disk
        assert kept(tmp_path) - before >= len(server.requests) - asked - 4
    done, asked = kept(tmp_path), len(server.requests)
    process = start(papers, server, tmp_path)
    process.communicate()
    assert process.returncode == 0
    assert len(server.requests) - asked == 8 * KILLS - done
    assert [record["paper"]["id"] for record in results(tmp_path)] == [
        f"2601.{number:05}" for number in range(8 * KILLS)
    ]
    assert all("tldr" in record for record in results(tmp_path))


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_interrupted_it_says_how_to_go_on_and_delivers_what_is_done(
    number: signal.Signals, serve: Serve, papers: Path, tmp_path: Path
) -> None:
    server = serve(lambda body, count: answer(body, 0.02 if count < 20 else 30))
    process = start(papers, server, tmp_path)
    wait_for(lambda: len(server.requests) >= 22)
    process.send_signal(number)
    began = time.monotonic()
    _, said = process.communicate()
    assert process.returncode == 130
    assert time.monotonic() - began < 4  # under 2 s on a machine that has nothing else to do
    assert "the same command goes on from there" in said
    assert "to go on, run: summarize backlog" in said
    assert "Traceback" not in said
    assert sum("tldr" in record for record in results(tmp_path)) == kept(tmp_path) >= 18


def test_a_full_disk_is_one_clear_line_and_costs_no_answer_that_was_kept(
    serve: Serve, papers: Path, tmp_path: Path
) -> None:
    server = serve(lambda body, _: answer(body))
    process = start(
        papers, server, tmp_path, lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (80_000, 80_000))
    )
    _, said = process.communicate()
    assert process.returncode == 2
    assert "Traceback" not in said
    assert "make room" in said or "cannot be used" in said
    done, asked = kept(tmp_path), len(server.requests)
    process = start(papers, server, tmp_path)
    process.communicate()
    assert process.returncode == 0
    assert len(server.requests) - asked == COUNT - done


def test_two_runs_at_once_share_the_cache_and_both_finish(serve: Serve, papers: Path, tmp_path: Path) -> None:
    server = serve(lambda body, _: answer(body))
    both = [start(papers, server, tmp_path), start(papers, server, tmp_path)]
    for process in both:
        _, said = process.communicate()
        assert process.returncode == 0, said
    assert all("tldr" in record for record in results(tmp_path))


def test_through_faults_of_every_kind_everything_is_delivered_in_order_and_nothing_paid_twice(
    tmp_path: Path,
) -> None:
    count = 300
    with running(limited=0.10, failing=0.05, dropped=0.03, hung=0.02, garbled=0.05, latency=0.02) as server:
        process = start_at(server.url, backlog_of(count, tmp_path), tmp_path)
        _, said = process.communicate()
        stats = server.stats()
    assert process.returncode == 0, said
    assert [record["paper"]["id"] for record in results(tmp_path)] == [
        f"2601.{number:05}" for number in range(count)
    ]
    assert stats["paid_twice"] == 0
    assert sum(stats["statuses"].values()) < 1.6 * count  # a third of the requests meet a fault, and no storm


@pytest.mark.parametrize("told", [True, False], ids=["told", "not told"])
def test_a_limit_is_kept_to(told: bool, tmp_path: Path) -> None:
    """It is used well where the server tells it; where it does not, every paper comes through all the same."""
    count, burst, per_second = 120, 40, 10
    with running(per_minute=600, burst=burst, told=told, latency=0.05) as server:
        process = start_at(server.url, backlog_of(count, tmp_path), tmp_path, concurrency=64)
        _, said = process.communicate()
        stats = server.stats()
    assert process.returncode == 0, said
    assert stats["answered"] == count
    refused = stats["statuses"].get("429", 0)
    if told:
        assert (count - burst) / per_second / stats["seconds"] > 0.8  # 0.95 where nothing else is to do
        assert refused <= 64  # those that were on their way when the first was refused
    else:
        assert refused < 2 * count


def test_an_outage_in_the_middle_ends_with_4_and_the_same_command_goes_on(tmp_path: Path) -> None:
    papers = backlog_of(60, tmp_path)
    with running(outage_after=30, latency=0.01) as server:
        process = start_at(server.url, papers, tmp_path, concurrency=4)
        _, said = process.communicate()
    assert process.returncode == 4
    assert "keeps failing (503" in said
    assert "to go on, run: summarize backlog" in said
    records = results(tmp_path)
    assert len(records) == 60
    assert sum("tldr" in record for record in records) == kept(tmp_path)
    assert 30 <= kept(tmp_path) <= 34  # with those that were on their way
    assert {record["error"]["kind"] for record in records if "error" in record} == {"not_done"}


def test_a_reader_that_has_enough_is_no_error(tmp_path: Path) -> None:
    papers = backlog_of(200, tmp_path)
    with running() as server:
        command = [sys.executable, "-m", "summarizer", "backlog", str(papers), "--base-url", server.url]
        command += ["--model", "m", "--cache-dir", str(tmp_path / "cache"), "--quiet"]
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
            assert process.stdout
            assert process.stderr
            assert json.loads(process.stdout.readline())["paper"]["id"] == "2601.00000"
            process.stdout.close()
            assert process.stderr.read() == ""
            assert process.wait() == 0


def test_a_truncated_cache_is_set_aside_and_the_run_goes_on(tmp_path: Path) -> None:
    papers = backlog_of(200, tmp_path)
    with running() as server:
        start_at(server.url, papers, tmp_path).communicate()
        database = tmp_path / "cache" / "answers" / "cache.db"
        database.write_bytes(database.read_bytes()[: database.stat().st_size // 2])
        for results_too in (tmp_path / "cache" / "results").iterdir():
            results_too.unlink()
        process = start_at(server.url, papers, tmp_path)
        _, said = process.communicate()
    assert process.returncode == 0, said
    assert "is damaged" in said
    assert "set aside" in said
    assert all("tldr" in record for record in results(tmp_path))


def test_interrupted_while_it_reads_it_says_so(tmp_path: Path) -> None:
    """Before anything is asked there is nothing to lose, and still nobody is left without a word."""
    os.mkfifo(tmp_path / "pipe")
    with running() as server:
        process = start_at(server.url, tmp_path / "pipe", tmp_path)
        with (tmp_path / "pipe").open("w"):  # it has opened the pipe, and waits for what comes
            process.send_signal(signal.SIGINT)
            _, said = process.communicate()
    assert process.returncode == 130
    assert said.strip() == (
        "summarize: interrupted; what was answered is kept, and the same command goes on from there"
    )
