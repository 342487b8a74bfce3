"""Goal 3: how long the command takes to begin, against a typer program that does nothing.

python benchmarks/startup.py
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections import defaultdict
from pathlib import Path

import measure
import papers
from server import serving

BARE = '''\
import typer

app = typer.Typer()


@app.command()
def hello(name: str = "world") -> None:
    """Greet."""


@app.command()
def goodbye(name: str = "world") -> None:
    """Part."""


app()
'''


def main() -> None:
    """Run all of them in turn, and print the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--runs", type=int, default=15, help="of each command, in turn; medians are shown")
    parser.add_argument("--papers", type=int, default=10, help="in the digest")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        source, cache, bare = folder / "papers.jsonl", folder / "cache", folder / "bare.py"
        papers.write(source, args.papers)
        bare.write_text(BARE, encoding="utf-8")
        with serving(0) as server:
            command, env = measure.summarize(
                "backlog", source, "-o", folder / "first.md", "--base-url", server.url, cache=cache
            )
            measure.run(command, env=env)
        commands = {
            "a bare typer program, `--help`": ([sys.executable, str(bare), "--help"], None),
            "`summarize --help`": measure.summarize("--help", cache=cache),
            f"`summarize digest`, {args.papers} papers": measure.summarize(
                "digest", "-o", folder / "digest.md", "--quiet", cache=cache
            ),
        }
        runs: dict[str, list[measure.Ran]] = defaultdict(list)
        for number in range(args.runs + 1):
            for what, (command, env) in commands.items():
                ran = measure.run(command, env=env)
                if number:  # the first only warms the disk
                    runs[what].append(ran)
    rows = []
    for what, mine in runs.items():
        floors = next(iter(runs.values()))
        ratio = measure.median(ran.wall / floor.wall for ran, floor in zip(mine, floors, strict=True))
        cpu = measure.median(ran.cpu / floor.cpu for ran, floor in zip(mine, floors, strict=True))
        wall = measure.median(ran.wall for ran in mine)
        rows.append([what, f"{1000 * wall:.0f}", f"{ratio:.2f}", f"{cpu:.2f}"])
    print(measure.table(["command", "wall ms", "times the bare one", "the same in CPU"], rows))


if __name__ == "__main__":
    main()
