"""What a person sees while a run goes on, on standard error: a live line, notes, and a closing summary."""

from __future__ import annotations

import sys
import time
from types import TracebackType
from typing import TYPE_CHECKING, Any

from summarizer.text import clean, count

if TYPE_CHECKING:
    from summarizer.costs import Tally

_LINE_EVERY = 10.0
"""Seconds between two lines where the output is no terminal."""


class Progress:
    """Shows counts, rate, time left and cost; plain lines now and then where there is no terminal."""

    def __init__(self, *, quiet: bool = False) -> None:
        self.quiet = quiet
        self._live: Any = None
        self._task: Any = None
        self._began = time.monotonic()
        self._last_line = self._began
        self._total: int | None = None

    def __enter__(self) -> Progress:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._live:
            self._live.stop()
            self._live = None

    def note(self, message: str) -> None:
        """Print a line that a person should see, above the live one."""
        if self.quiet:
            return
        line = f"note: {clean(message)}"
        if self._live:
            self._live.console.print(line, markup=False, highlight=False, soft_wrap=True)
        else:
            print(line, file=sys.stderr)

    def begin(self, what: str, total: int | None) -> None:
        """Start a live line called ``what``; one that is already there is replaced."""
        self.__exit__(None, None, None)
        self._total, self._began = total, time.monotonic()
        if self.quiet or not sys.stderr.isatty():
            return
        from rich.console import Console  # only a terminal needs it
        from rich.progress import BarColumn, SpinnerColumn, TextColumn
        from rich.progress import Progress as Live

        self._live = Live(
            SpinnerColumn(),
            TextColumn(what, markup=False),
            BarColumn(bar_width=24),
            TextColumn("{task.fields[state]}", markup=False),
            console=Console(stderr=True),
            transient=True,
        )
        self._task = self._live.add_task(what, total=total, state="")
        self._live.start()

    def bytes(self, done: int, total: int) -> None:
        """Show how much of a download is there."""
        if self._live:
            state = f"{done / 1e6:.0f} of {total / 1e6:.0f} MB"
            self._live.update(self._task, completed=done, total=total, state=state)

    def papers(self, tally: Tally) -> None:
        """Show how far a run is."""
        if self.quiet:
            return
        done = tally.papers
        if self._live:
            self._live.update(self._task, completed=done, state=self._state(tally))
        elif time.monotonic() - self._last_line >= _LINE_EVERY:
            self._last_line = time.monotonic()
            print(self._state(tally), file=sys.stderr)

    def _state(self, tally: Tally) -> str:
        done = tally.papers
        passed = time.monotonic() - self._began
        parts = [f"{done}/{self._total}" if self._total else f"{done}"]
        if tally.from_disk:
            parts.append(f"{tally.from_disk} from disk")
        if tally.failed:
            parts.append(f"{tally.failed} failed")
        if tally.waiting:
            parts.append(f"{tally.waiting} in batches")
        fresh = done - tally.from_disk
        if fresh > 0 and passed > 1:
            rate = fresh / passed
            parts.append(f"{rate:.1f}/s" if rate >= 1 else f"{60 * rate:.0f}/min")
            if self._total:
                parts.append(f"{_duration((self._total - done) / rate)} left")
        if tally.cost_usd:
            parts.append(f"${tally.cost_usd:.4f}")
        return " · ".join(parts)


def complain(message: str) -> None:
    """Print a line that tells a person what went wrong, quiet run or not."""
    print(f"summarize: {clean(message)}", file=sys.stderr)


def summary(tally: Tally, seconds: float) -> str:
    """Return the closing line of a run."""
    parts = [f"{count(tally.papers, 'paper')}: {tally.done} done"]
    if tally.from_disk:
        parts[0] += f" ({tally.from_disk} from disk)"
    if tally.failed:
        parts[0] += f", {tally.failed} failed"
    if tally.left:
        parts[0] += f", {tally.left} not tried"
    if tally.waiting:
        parts[0] += f", {tally.waiting} in batches"
    if tally.asked:
        parts.append(count(tally.asked, "request"))
        parts.append(f"{count(tally.prompt_tokens, 'token')} in, {tally.completion_tokens:,} out")
    if tally.cost_usd is not None:
        parts.append(f"${tally.cost_usd:.4f}")
    parts.append(_duration(seconds))
    return " · ".join(parts)


def _duration(seconds: float) -> str:
    if seconds < 10:
        return f"{seconds:.1f} s"
    if seconds < 90:
        return f"{seconds:.0f} s"
    if seconds < 5400:
        return f"{seconds / 60:.0f} min"
    return f"{seconds / 3600:.1f} h"
