"""A backlog over a cluster: the same records in the same order, whatever is killed.

Most of it needs Ray, which CI does not install (400 MB): ``pip install -e '.[ray]'``, then run this file.
"""

from __future__ import annotations

import importlib.util
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from summarizer.cluster import parts as cutting
from summarizer.cluster.parts import parts, read
from summarizer.errors import InputError
from tests.conftest import Ran
from tests.server import GOOD, Reply, Script, Server, completion

Serve = Callable[[Script], Server]
pytestmark = pytest.mark.timeout(600)
needs_ray = pytest.mark.skipif(
    importlib.util.find_spec("ray") is None, reason="the extra ray is not installed"
)


def lines(count: int) -> list[str]:
    return [
        json.dumps(
            {
                "id": f"2601.{n:05}",
                "title": f"Paper {n}: on things",
                "abstract": f"We study {n} things – " + "x" * (n % 90),
            },
            ensure_ascii=False,
        )
        for n in range(count)
    ]


def answer(body: dict[str, Any], delay: float = 0.0) -> Reply:
    title = body["messages"][-1]["content"].split("\n")[0].removeprefix("Title: ").split(":")[0]
    said = {
        **GOOD,
        "tldr": f"It says at some length what {title} is about.",
        "method": None,
        "efficiency_gains": [],
    }
    return Reply(completion(said).body, delay=delay)


def written(folder: Path) -> list[dict[str, Any]]:
    return [
        json.loads(line)
        for path in sorted(folder.glob("part-*.jsonl"))
        for line in path.read_text().splitlines()
    ]


@needs_ray
@pytest.mark.parametrize("size", [1, 7, 64, 150, 1000, 10**6])
@pytest.mark.parametrize("end", ["\n", ""], ids=["ended", "unended"])
def test_cut_anywhere_every_line_is_in_one_part(
    size: int, end: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cutting, "_PART_BYTES", size)
    path = tmp_path / "papers.jsonl"
    path.write_text("\n".join(lines(12)) + end)
    found: list[bytes] = []
    for part in parts([str(path)]):
        found += cutting._lines(part, *cutting.located(part.uri))
    assert b"".join(found) == path.read_bytes()


@needs_ray
def test_parquet_and_jsonl_give_the_same_papers(tmp_path: Path) -> None:
    from pyarrow import Table, parquet

    rows = lines(10)
    (tmp_path / "papers.jsonl").write_text("\n".join(rows))
    table = Table.from_pylist([json.loads(row) for row in rows])
    parquet.write_table(table, tmp_path / "papers.parquet", row_group_size=4)
    both = [
        [paper for part in parts([str(tmp_path / name)]) for paper in read(part, print)]
        for name in ("papers.jsonl", "papers.parquet")
    ]
    assert len(list(parts([str(tmp_path / "papers.parquet")]))) == 3
    assert both[0] == both[1]
    assert len(both[0]) == 10


@needs_ray
@pytest.mark.parametrize("name", ["absent.jsonl", "papers.bib", "false.parquet"])
def test_what_cannot_be_cut_is_said(name: str, tmp_path: Path) -> None:
    (tmp_path / "papers.bib").write_text("@article{}")
    (tmp_path / "false.parquet").write_text("nothing of the kind")
    with pytest.raises(InputError, match=name):
        list(parts([str(tmp_path / name)]))


@needs_ray
def test_a_worker_that_is_set_up_wrongly_says_with_which_code_the_run_ends(tmp_path: Path) -> None:
    from summarizer.cluster.worker import Job, Worker

    absent = str(tmp_path / "absent")
    job = Job(
        str(tmp_path),
        model=None,
        base_url=None,
        cache_dir=str(tmp_path / "c"),
        concurrency=None,
        prompts=absent,
    )
    part = {"number": [0], "uri": ["papers.jsonl"], "begin": [0], "end": [1]}
    [said] = Worker(job)(part)["done"]
    assert absent in json.loads(said)["stopped"]
    assert json.loads(said)["exit_code"] == 2


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--engine", "spark", "-o", "out"], "there is no engine 'spark'"),
        (["--engine", "ray"], "name one folder with -o"),
        (["--engine", "ray", "-o", "out.md"], "name one folder with -o"),
        (["--engine", "ray", "-o", "out", "--max-cost", "1"], "leave them out"),
        (["--engine", "ray", "-o", "out", "--batch"], "leave out --batch"),
    ],
)
def test_what_does_not_go_together_is_said(
    arguments: list[str], said: str, summarize: Callable[..., Ran], tmp_path: Path
) -> None:
    ran = summarize("backlog", "papers.jsonl", *arguments)
    assert (ran.code, said in ran.err) == (2, True), ran.err


def test_without_ray_it_is_said_how_to_install_it(
    summarize: Callable[..., Ran], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "ray", None)
    ran = summarize("backlog", "papers.jsonl", "--engine", "ray", "-o", "out")
    assert (ran.code, "pip install 'summarize-papers[ray]'" in ran.err) == (2, True)


CODE = """
import sys
from summarizer.cluster import parts
parts._PART_BYTES = 3000
from summarizer.cli import main
sys.argv = ["summarize", *sys.argv[1:]]
main()
"""


def start(papers: Path, out: Path, server: Server) -> subprocess.Popen[str]:
    arguments = ["backlog", papers, "--engine", "ray", "--workers", 2, "--concurrency", 4, "-o", out]
    arguments += ["--base-url", server.url, "--model", "m"]
    return subprocess.Popen(
        [sys.executable, "-c", CODE, *map(str, arguments)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "RAY_USAGE_STATS_ENABLED": "0", "RAY_ADDRESS": "local"},
    )


def workers(mark: str) -> list[int]:
    """The processes of the pool's workers that belong to this test."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            ours = mark.encode() in (process / "environ").read_bytes()
            if ours and b"MapBatches(Worker)" in (process / "cmdline").read_bytes():
                found.append(int(process.name))
        except OSError:
            continue
    return found


def wait_for(condition: Callable[[], bool]) -> None:
    until = time.monotonic() + 180
    while not condition():
        assert time.monotonic() < until, "nothing happened for 180 s"
        time.sleep(0.02)


@needs_ray
def test_killed_workers_and_a_killed_job_lose_nothing(serve: Serve, tmp_path: Path) -> None:
    count, mark = 200, str(tmp_path / "cache")
    papers, out = tmp_path / "papers.jsonl", tmp_path / "out"
    papers.write_text("\n".join(lines(count)))
    server = serve(lambda body, _: answer(body, 0.1))

    process = start(papers, out, server)
    wait_for(lambda: len(server.requests) >= 20)
    victims = workers(mark)
    assert victims
    os.kill(victims[0], signal.SIGKILL)
    goal = len(server.requests) + 40
    wait_for(lambda: len(server.requests) >= goal)  # others went on, and a new one was begun
    process.kill()  # the driver, and with it the job
    process.communicate()
    wait_for(lambda: not workers(mark))
    assert len(list(out.glob("part-*.jsonl"))) > 0

    process = start(papers, out, server)
    _, said = process.communicate()
    assert process.returncode == 0, said
    assert [record["paper"]["id"] for record in written(out)] == [f"2601.{n:05}" for n in range(count)]
    assert all("tldr" in record for record in written(out))
    assert list(out.glob(".part-*")) == [] or len(written(out)) == count
    # At each of the two deaths, what was in flight may be asked once more; no answer that was kept is.
    assert count <= len(server.requests) <= count + 2 * 2 * 4

    asked = len(server.requests)
    process = start(papers, out, server)
    process.communicate()
    assert (process.returncode, len(server.requests)) == (0, asked)


@needs_ray
def test_what_failed_is_asked_again_and_another_run_is_refused(serve: Serve, tmp_path: Path) -> None:
    papers, out = tmp_path / "papers.jsonl", tmp_path / "out"
    papers.write_text("\n".join(lines(12)))
    well = False

    def script(body: dict[str, Any], number: int) -> Reply:
        bad = "Paper 5:" in body["messages"][1]["content"] and not well
        return completion(f"no JSON, {number}") if bad else answer({"messages": body["messages"][:2]})

    server = serve(script)
    process = start(papers, out, server)
    _, said = process.communicate()
    assert process.returncode == 1, said
    assert "1 paper failed" in said
    assert "to go on, run: summarize backlog" in said
    assert [("error" in record) for record in written(out)].index(True) == 5

    well, asked = True, len(server.requests)
    process = start(papers, out, server)
    _, said = process.communicate()
    assert process.returncode == 0, said
    assert len(server.requests) - asked == 1
    assert all("tldr" in record for record in written(out))

    papers.write_text("\n".join(lines(13)))
    process = start(papers, out, server)
    _, said = process.communicate()
    assert process.returncode == 2
    assert "holds a run with other parts" in said
