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
from tests.server import GOOD, Reply, Script, Server, completion, failing

Serve = Callable[[Script], Server]
COUNT = 60


@pytest.fixture
def papers(tmp_path: Path) -> Path:
    path = tmp_path / "papers.jsonl"
    lines = [
        json.dumps(
            {
                "id": f"2601.{number:05}",
                "title": f"Paper {number}: on things",
                "abstract": f"We study {number} things.",
            }
        )
        for number in range(COUNT)
    ]
    path.write_text("\n".join(lines))
    return path


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
    command = [
        sys.executable,
        "-m",
        "summarizer",
        "backlog",
        str(papers),
        "--base-url",
        server.url,
        "--model",
        "m",
    ]
    command += [
        "--concurrency",
        "4",
        "-o",
        str(tmp_path / "out.jsonl"),
        "--cache-dir",
        str(tmp_path / "cache"),
    ]
    return subprocess.Popen(
        command,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=limit,
        env={**os.environ},
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


def test_killed_again_and_again_it_loses_nothing_and_asks_nothing_twice(
    serve: Serve, papers: Path, tmp_path: Path
) -> None:
    server = serve(lambda body, _: answer(body))
    moments = random.Random(7)
    for _ in range(4):
        before, asked = kept(tmp_path), len(server.requests)
        process = start(papers, server, tmp_path)
        goal = asked + moments.randint(3, 12)
        wait_for(lambda goal=goal: len(server.requests) >= goal)  # type: ignore[misc]
        process.kill()
        process.communicate()
        time.sleep(0.1)  # what the server still answers, nobody hears
        # all but those in flight are on disk
        assert kept(tmp_path) - before >= len(server.requests) - asked - 4
    done, asked = kept(tmp_path), len(server.requests)
    process = start(papers, server, tmp_path)
    process.communicate()
    assert process.returncode == 0
    assert len(server.requests) - asked == COUNT - done
    assert [record["paper"]["id"] for record in results(tmp_path)] == [
        f"2601.{number:05}" for number in range(COUNT)
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


def test_through_faults_of_every_kind_everything_is_delivered_in_order(
    serve: Serve, papers: Path, tmp_path: Path
) -> None:
    dice = random.Random(3)

    def script(body: dict[str, Any], _: int) -> Reply:
        draw = dice.random()
        if draw < 0.10:
            return failing(429, headers={"retry-after-ms": "50"})
        if draw < 0.15:
            return failing(500)
        if draw < 0.18:
            return Reply(b"", drop=True)
        if draw < 0.23:
            return completion('{"tldr": "cut in ha')
        return answer(body)

    process = start(papers, serve(script), tmp_path)
    _, said = process.communicate()
    assert process.returncode == 0, said
    assert [record["paper"]["id"] for record in results(tmp_path)] == [
        f"2601.{number:05}" for number in range(COUNT)
    ]
