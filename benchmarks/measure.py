"""Runs commands as whole processes, and says what the operating system counted for them."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Ran:
    """One finished process: when it ``began`` (monotonic clock), seconds of ``wall`` and ``cpu``, ``peak`` MB."""

    began: float
    wall: float
    cpu: float
    peak: float


def run(command: Sequence[str], *, env: dict[str, str] | None = None, allowed: Iterable[int] = (0,)) -> Ran:
    """Run ``command`` and return its account, its own children included. Exits where its exit code is not allowed.

    The peak is never below that of the benchmark itself, which the kernel charges to a process until it runs
    its own program: benchmarks stay small.
    """
    began = time.monotonic()
    with subprocess.Popen(
        command, env={**os.environ, **(env or {})}, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
    ) as process:
        said = process.stderr.read()  # type: ignore[union-attr]
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.monotonic() - began
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode not in allowed:
        sys.exit(
            f"{' '.join(command)}\nended with {process.returncode}: {said.decode(errors='replace')[-2000:]}"
        )
    return Ran(began, wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024)


def summarize(*arguments: object, cache: Path) -> tuple[list[str], dict[str, str]]:
    """Return the command ``summarize`` with ``arguments``, and the environment that keeps it to ``cache``."""
    home = str(cache.parent)
    env = {
        "SUMMARIZE_CACHE_DIR": str(cache),
        "XDG_CONFIG_HOME": home,
        "OPENAI_API_KEY": "",
        "OPENAI_BASE_URL": "",
    }
    return [sys.executable, "-m", "summarizer", *map(str, arguments)], env


def median(values: Iterable[float]) -> float:
    """Return the median, the figure to quote on a machine that does other things too."""
    return statistics.median(values)


def table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Return a Markdown table: text to the left, figures to the right."""
    lines = [f"| {' | '.join(head)} |", f"| --- |{' ---: |' * (len(head) - 1)}"]
    return "\n".join([*lines, *(f"| {' | '.join(map(str, row))} |" for row in rows)])
