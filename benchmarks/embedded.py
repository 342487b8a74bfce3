"""Goal 4: ``summarize backlog`` with the embedded model against llama.cpp left alone with the same tokens.

    python benchmarks/embedded.py

llama.cpp counts the seconds that it reads prompts and writes answers. Its share of our command's time is taken within
the same process, so that a busy machine slows both; and the same requests are given to the library alone, straight
from memory, for the pace that it has without us.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import measure
import papers


def alone(results: Path) -> dict[str, float]:
    """Ask llama.cpp what our run asked for ``results``, and return what it counted: tokens, and seconds for them."""
    from summarizer import embedded
    from summarizer.manner import Manner
    from summarizer.prompts import Prompts
    from summarizer.records import Paper

    prompts = Prompts()
    profile = prompts.profile(embedded.NAME)
    (name,) = profile.requests
    began = time.monotonic()
    embedded.serve(
        embedded.weights(), slots=1, context_tokens=profile.context_tokens, adapter=embedded.adapter()
    )
    (server,) = embedded._running  # the library itself, without HTTP
    counted = {
        "load": time.monotonic() - began,
        "read": 0,
        "kept": 0,
        "written": 0,
        "reading": 0,
        "writing": 0,
    }
    for line in results.read_text(encoding="utf-8").splitlines():
        record = json.loads(line)
        request, left = prompts.render(name, Paper(**record["paper"])), record["made_by"]["prompt_tokens"]
        while left > 0:  # as often as our run drew an answer
            answer = server.handle_chat_completions(Manner().body(request, embedded.NAME))
            said = (json.loads(answer) if isinstance(answer, str | bytes) else answer)["timings"]
            counted["read"] += said["prompt_n"]
            counted["kept"] += said["cache_n"]
            counted["written"] += said["predicted_n"]
            counted["reading"] += said["prompt_ms"] / 1000
            counted["writing"] += said["predicted_ms"] / 1000
            left -= said["prompt_n"] + said["cache_n"]
            request = request.again("", "")
    return counted


def within(arguments: list[str], out: Path) -> None:
    """Run ``summarize`` with ``arguments`` in this process, and write into ``out`` how long llama.cpp worked in it."""
    os.environ.setdefault("GOMP_SPINCOUNT", "5000")  # as embedded.serve does before it loads the library
    import xllamacpp

    from summarizer import cli, embedded

    def counting() -> Any:
        params = plain()
        params.endpoint_metrics = True
        return params

    plain, xllamacpp.CommonParams = xllamacpp.CommonParams, counting
    sys.argv = ["summarize", *arguments]
    try:
        cli.main()
    except SystemExit as end:
        if end.code:
            raise
    said = embedded._running[0].handle_metrics()
    names = ("prompt_seconds_total", "tokens_predicted_seconds_total")
    seconds = [float(re.search(rf"^llamacpp:{name} (\S+)", said, re.MULTILINE)[1]) for name in names]  # type: ignore[index]
    out.write_text(json.dumps(sum(seconds)), encoding="utf-8")


def command(source: Path, folder: Path) -> tuple[measure.Ran, float, int]:
    """Run the whole command on ``source``.

    Returns its account, the seconds that llama.cpp worked in it, and the tokens that its answers took.
    """
    folder.mkdir()
    results, worked = folder / "results.jsonl", folder / "worked.json"
    program, env = measure.summarize("backlog", source, "-o", results, "--quiet", cache=folder / "cache")
    at = program.index("-m")
    ran = measure.run([*program[:at], __file__, "--within", str(worked), *program[at + 2 :]], env=env)
    with results.open(encoding="utf-8") as file:
        made = [json.loads(line)["made_by"] for line in file]
    tokens = sum(answer["prompt_tokens"] + answer["completion_tokens"] for answer in made)
    return ran, json.loads(worked.read_text(encoding="utf-8")), tokens


def main() -> None:
    """Run both in turn, and print the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--papers", type=int, default=32)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--source", type=Path, help="a JSONL file of papers, in place of made-up ones")
    args = parser.parse_args()
    rows, shares = [], []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        source, one = args.source or folder / "papers.jsonl", folder / "one.jsonl"
        if args.source is None:
            papers.write(source, args.papers)
        with source.open(encoding="utf-8") as file:
            one.write_text(file.readline(), encoding="utf-8")
        for number in range(args.runs):
            ours, worked, tokens = command(source, folder / f"ours-{number}")
            single, worked_one, _ = command(one, folder / f"one-{number}")
            results = folder / f"ours-{number}" / "results.jsonl"
            theirs = json.loads(subprocess.check_output([sys.executable, __file__, "--alone", str(results)]))
            read, busy = theirs["read"] + theirs["kept"], theirs["reading"] + theirs["writing"]
            # What both of our runs have, the start and the first paper, tells nothing about the pace.
            shares.append((worked - worked_one) / (ours.wall - single.wall))
            rows.append([
                str(number + 1), f"{tokens:,}", f"{worked:.1f}", f"{ours.wall:.1f}",
                f"{single.wall:.1f}", f"{shares[-1]:.2f}", f"{worked / ours.wall:.2f}",
                f"{read + theirs['written']:,}", f"{theirs['kept'] / read:.0%}", f"{busy:.1f}",
                f"{(tokens / ours.wall) / ((read + theirs['written']) / busy):.2f}",
            ])  # fmt: skip
    head = ["run", "our tokens", "llama.cpp worked s", "whole command s", "with one paper s", "share asking"]
    head += ["share whole", "tokens alone", "prefix kept", "its own s alone", "our pace over its"]
    print(f"{os.cpu_count()} cores; median share while asking {measure.median(shares):.2f}\n")
    print(measure.table(head, rows))


if __name__ == "__main__":
    if sys.argv[1:2] == ["--alone"]:
        print(json.dumps(alone(Path(sys.argv[2]))))
    elif sys.argv[1:2] == ["--within"]:
        within(sys.argv[3:], Path(sys.argv[2]))
    else:
        main()
