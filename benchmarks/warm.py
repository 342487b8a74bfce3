"""Goal 2: a second run over papers that are on disk, and the memory that a long backlog takes.

    python benchmarks/warm.py

The first run asks a server that answers at once; the second one must ask nobody.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

import measure
import papers
from server import serving


def backlog(folder: Path, count: int, url: str, digest: str) -> measure.Ran:
    """Run ``summarize backlog`` on ``count`` papers with the cache that is in ``folder``."""
    source = folder / f"papers-{count}.jsonl"
    if not source.exists():
        papers.write(source, count)
    command, env = measure.summarize(
        "backlog", source, "-o", folder / digest, "--base-url", url, "--model", "model-1",
        "--concurrency", 64, "--quiet",
        cache=folder / "cache" / str(count),
    )  # fmt: skip
    return measure.run(command, env=env)


def main() -> None:
    """Fill, run again, and print both tables."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--papers", type=int, default=10_000, help="on disk, for the time of a warm run")
    parser.add_argument("--few", type=int, default=1_000)
    parser.add_argument("--many", type=int, default=100_000, help="0 leaves the memory out")
    parser.add_argument("--runs", type=int, default=3)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as name, serving(0) as server:
        folder = Path(name)
        first = backlog(folder, args.papers, server.url, "digest.md")
        server.stats()
        again = [backlog(folder, args.papers, server.url, "digest.md") for _ in range(args.runs)]
        if asked := server.stats()["requests"]:
            sys.exit(f"the warm runs asked {asked} times")
        rows = [
            [
                "first run, server without latency",
                f"{first.wall:.2f}",
                f"{first.cpu:.2f}",
                f"{first.peak:.0f}",
            ]
        ]
        wall, cpu, peak = (
            measure.median(getattr(run, what) for run in again) for what in ("wall", "cpu", "peak")
        )
        rows.append([f"second run, median of {args.runs}", f"{wall:.2f}", f"{cpu:.2f}", f"{peak:.0f}"])
        print(measure.table([f"{args.papers:,} papers to digest.md", "wall s", "CPU s", "peak MB"], rows))
        if args.many:
            few = backlog(folder, args.few, server.url, "results.jsonl")
            many = backlog(folder, args.many, server.url, "results.jsonl")
            rows = [[f"{args.few:,}", f"{few.peak:.0f}", ""]]
            rows.append([f"{args.many:,}", f"{many.peak:.0f}", f"{many.peak / few.peak:.2f}"])
            print("\n" + measure.table(["papers, cold, to results.jsonl", "peak MB", "ratio"], rows))


if __name__ == "__main__":
    main()
