"""Goal 4: ``summarize backlog`` with the embedded model against llama.cpp left alone with the same tokens.

    python benchmarks/embedded.py

llama.cpp counts, for every answer, the seconds that it read the prompt and those that it wrote. Both runs are asked
the same requests one after the other, in turn with each other: ours as the whole command, the other one straight
from memory into the library, with llama.cpp's own count in place of a clock.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import measure
import papers


def alone(source: Path) -> dict[str, float]:
    """Ask llama.cpp about the papers of ``source`` and return what it counted: tokens, and seconds for them."""
    from summarizer import embedded
    from summarizer.prompts import Prompts
    from summarizer.records import Paper

    prompts = Prompts()
    profile = prompts.profile(embedded.NAME)
    with source.open(encoding="utf-8") as file:
        found = [Paper(**json.loads(line)) for line in file]
    requests = [prompts.render(name, paper) for paper in found for name in profile.requests]
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
    for request in requests:
        body: dict[str, Any] = {"messages": request.messages, "temperature": request.template.temperature}
        body |= {"max_tokens": request.template.max_tokens, "stop": list(request.template.stop)}
        answer = server.handle_chat_completions(body)
        said = (json.loads(answer) if isinstance(answer, str | bytes) else answer)["timings"]
        counted["read"] += said["prompt_n"]
        counted["kept"] += said["cache_n"]
        counted["written"] += said["predicted_n"]
        counted["reading"] += said["prompt_ms"] / 1000
        counted["writing"] += said["predicted_ms"] / 1000
    return counted


def command(source: Path, folder: Path) -> tuple[measure.Ran, int]:
    """Run the whole command on ``source`` and return its account, with the tokens that its answers took."""
    folder.mkdir()
    results = folder / "results.jsonl"
    program, env = measure.summarize("backlog", source, "-o", results, "--quiet", cache=folder / "cache")
    ran = measure.run(program, env=env)
    with results.open(encoding="utf-8") as file:
        made = [json.loads(line)["made_by"] for line in file]
    return ran, sum(answer["prompt_tokens"] + answer["completion_tokens"] for answer in made)


def main() -> None:
    """Run both in turn, and print the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--papers", type=int, default=32)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--source", type=Path, help="a JSONL file of papers, in place of made-up ones")
    args = parser.parse_args()
    ratios, rows = [], []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        source, one = args.source or folder / "papers.jsonl", folder / "one.jsonl"
        if args.source is None:
            papers.write(source, args.papers)
        with source.open(encoding="utf-8") as file:
            one.write_text(file.readline(), encoding="utf-8")
        for number in range(args.runs):
            ours, tokens = command(source, folder / f"ours-{number}")
            single, first = command(one, folder / f"one-{number}")
            theirs = json.loads(subprocess.check_output([sys.executable, __file__, "--alone", str(source)]))
            # An answer that did not hold is asked again by us alone: its tokens are theirs to reckon with, too.
            rate = (theirs["reading"] + theirs["writing"]) / (
                theirs["read"] + theirs["kept"] + theirs["written"]
            )
            # What both of our runs have, the start and the first paper, tells nothing about speed.
            ratios.append(rate * (tokens - first) / (ours.wall - single.wall))
            work = rate * tokens
            rows.append([
                str(number + 1), f"{theirs['read']} + {theirs['kept']} kept", str(theirs["written"]),
                f"{theirs['reading']:.1f} + {theirs['writing']:.1f}", f"{theirs['load']:.1f}",
                f"{ours.wall:.1f}", f"{single.wall:.1f}", f"{ratios[-1]:.2f}", f"{work / ours.wall:.2f}",
            ])  # fmt: skip
    head = ["run", "tokens read", "written", "llama.cpp's own s", "its loading s", "whole command s"]
    head += ["with one paper s", "share asking", "share whole"]
    print(f"{os.cpu_count()} cores; median share while asking {measure.median(ratios):.2f}\n")
    print(measure.table(head, rows))


if __name__ == "__main__":
    if sys.argv[1:2] == ["--alone"]:
        print(json.dumps(alone(Path(sys.argv[2]))))
    else:
        main()
