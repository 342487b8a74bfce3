"""Goal 1: the whole of ``summarize backlog`` against clients that do no more than ask.

    python benchmarks/throughput.py --peers peers/bin/python

``peers/`` is an environment with ``benchmarks/requirements.txt``: those libraries want an older openai. A client that
is not installed is left out, and named.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import measure
import papers
from server import Server, serving

OURS = "**`summarize backlog`, the whole command**"
CLIENTS = {  # what each needs
    "raw aiohttp, nothing parsed": "aiohttp",
    "raw httpx2": "httpx2",
    "openai, default transport": "openai",
    "openai over aiohttp": "openai",
    "openai `.parse`": "openai",
    "instructor": "instructor",
    "curator": "bespokelabs.curator",
    "`llm`, called per paper": "llm",
}
PEERS = ("instructor", "curator", "`llm`, called per paper")
"""Clients that run in the environment of the peers."""
FEW = 8
"""Papers for ``llm``, of which each costs seconds."""


@dataclass(frozen=True)
class Task:
    """What every client is given: a file of papers, the same papers as requests, and how many at once."""

    count: int
    in_flight: int
    latency: float
    backlog: Path
    bodies: Path


@dataclass(frozen=True)
class Figures:
    """What one run cost. Seconds; ``first`` and ``last`` are when the server heard and said the first and last."""

    wall: float
    cpu: float
    first: float
    last: float


def tasks(folder: Path, count: int, in_flight: int, latency: float) -> Task:
    """Write the inputs of ``count`` papers into ``folder``; the requests are the very ones that we would send."""
    backlog, bodies = folder / f"papers-{count}.jsonl", folder / f"bodies-{count}.jsonl"
    papers.write(backlog, count)
    # In a process of its own: this one stays small (see measure.run).
    subprocess.run([sys.executable, __file__, "--render", str(backlog), str(bodies)], check=True)
    return Task(count, in_flight, latency, backlog, bodies)


def render(backlog: Path, bodies: Path) -> None:
    """Write into ``bodies`` what ``summarize`` asks about each paper of ``backlog``."""
    from summarizer.prompts import Prompts
    from summarizer.records import Paper

    prompts = Prompts()
    name = prompts.profile("model-1").requests[0]
    with backlog.open(encoding="utf-8") as file, bodies.open("w", encoding="utf-8") as out:
        for line in file:
            request = prompts.render(name, Paper(**json.loads(line)))
            schema = {"name": name, "strict": True, "schema": request.schema}
            body = {"model": "model-1", "messages": request.messages, "temperature": 0.0}
            body |= {"max_tokens": request.template.max_tokens}
            body |= {"response_format": {"type": "json_schema", "json_schema": schema}}
            out.write(json.dumps(body) + "\n")


def once(name: str, task: Task, server: Server, python: str) -> Figures:
    """Run client ``name`` on ``task`` and return what it cost."""
    server.stats()
    with tempfile.TemporaryDirectory() as folder:
        if name == OURS:
            command, env = measure.summarize(
                "backlog", task.backlog, "-o", f"{folder}/digest.md", "-o", f"{folder}/results.jsonl",
                "--base-url", server.url, "--concurrency", task.in_flight,
                cache=Path(folder) / "cache",
            )  # fmt: skip
            ran = measure.run(command, env=env)
        else:
            client = str(Path(__file__).with_name("clients.py"))
            ran = measure.run([python, client, name, server.url, str(task.bodies), str(task.in_flight)])
    heard = server.stats()
    if not task.count <= heard["requests"] <= task.count + 2:  # curator asks twice for the limits first
        sys.exit(f"{name} sent {heard['requests']} requests for {task.count} papers: no fair comparison")
    return Figures(ran.wall, ran.cpu, heard["first"] - ran.began, heard["last"] - ran.began)


def row(name: str, task: Task, runs: Sequence[Figures], one: Sequence[Figures]) -> list[str]:
    """Return a line of the table: medians over ``runs``, and over the runs with a single paper for the start-up."""
    ideal = task.count / task.in_flight * task.latency
    wall, cpu = (measure.median(getattr(run, what) for run in runs) for what in ("wall", "cpu"))
    asking = measure.median(run.last - run.first for run in runs)
    start = measure.median(run.cpu for run in one)
    each = 1000 / task.count
    return [
        name,
        f"{(cpu - start) * each:.2f}",
        f"{start:.2f}",
        f"{ideal / asking:.2f}",
        f"{ideal / wall:.2f}",
        f"{wall:.2f}",
        f"{measure.median(run.first for run in runs):.2f}",
        f"{measure.median(run.wall - run.last for run in runs):.2f}",
    ]


def installed(name: str, python: str) -> bool:
    """Tell whether ``python`` has what client ``name`` needs."""
    look = f"import importlib.util as u, sys; sys.exit(u.find_spec({CLIENTS[name].split('.')[0]!r}) is None)"
    return not subprocess.run([python, "-c", look], check=False).returncode


def main() -> None:
    """Run every client in turn, and print the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--papers", type=int, default=1024)
    parser.add_argument("--latency-ms", type=float, default=200)
    parser.add_argument("--in-flight", type=int, default=64)
    parser.add_argument("--runs", type=int, default=3, help="of each client, in turn; medians are shown")
    parser.add_argument(
        "--peers", default=sys.executable, help="the Python that has instructor, curator and llm"
    )
    parser.add_argument("--only", help="only clients with this in their name, and ours")
    args = parser.parse_args()

    pythons = {name: args.peers if name in PEERS else sys.executable for name in CLIENTS}
    for name in [name for name in CLIENTS if not installed(name, pythons[name])]:
        print(f"left out, not installed: {name}", file=sys.stderr)
        del pythons[name]
    names = [name for name in pythons if args.only is None or args.only in name]
    pythons[OURS] = sys.executable
    runs: dict[str, list[Figures]] = defaultdict(list)
    one: dict[str, list[Figures]] = defaultdict(list)
    latency = args.latency_ms / 1000
    with tempfile.TemporaryDirectory() as folder, serving(args.latency_ms) as server:
        whole, single, few = (
            tasks(Path(folder), count, args.in_flight, latency) for count in (args.papers, 1, FEW)
        )
        task = {name: few if "llm" in name else whole for name in pythons}
        for number in range(args.runs):
            # Another order each time, so that none always runs after the same one.
            for name in [*names[number % len(names) :], *names[: number % len(names)], OURS]:
                print(f"{number + 1}/{args.runs} {name}", file=sys.stderr)
                runs[name].append(once(name, task[name], server, pythons[name]))
                one[name].append(once(name, single, server, pythons[name]))
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    setting = f"{args.papers} papers, {args.latency_ms:g} ms, {args.in_flight} in flight, {cores} cores"
    print(f"{setting}; medians of {args.runs}\n")
    head = ["client", "CPU s per 1,000", "CPU s to start", "efficiency asking", "efficiency whole", "wall s"]
    head += ["first request s", "after the last answer s"]
    print(measure.table(head, [row(name, task[name], runs[name], one[name]) for name in [*names, OURS]]))


if __name__ == "__main__":
    if sys.argv[1:2] == ["--render"]:
        render(Path(sys.argv[2]), Path(sys.argv[3]))
    else:
        main()
