"""``backlog --engine ray``: one line for each part that is done, and what it came to."""

from __future__ import annotations

import re
import sys
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING

from summarizer.errors import InputError, SetupError
from summarizer.progress import complain
from summarizer.text import clean, count

if TYPE_CHECKING:
    from summarizer.runs import Run

_MOST_NOTICES = 5


def spread(run: Run, names: Sequence[str], workers: int | None) -> int:
    """Do the backlog in the files ``names`` over a cluster, into the folder that ``-o`` names."""
    from summarizer.cluster import pool
    from summarizer.costs import Tally
    from summarizer.progress import summary

    if len(run.outputs) != 1 or run.outputs[0].suffix:
        raise SetupError("--engine ray writes many files: name one folder with -o, such as -o results/")
    if run.max_cost is not None or run.limit is not None or run.refresh:
        raise SetupError(
            "--max-cost, --limit and --refresh hold on one machine; leave them out of --engine ray"
        )
    pool.require_ray()
    folder = re.sub(r"^(\w{2,}):/+", r"\1://", str(run.outputs[0]))  # a path has lost a slash of s3://
    settings = run.settings
    job = pool.Job(
        output=folder,
        model=settings.model,
        base_url=settings.base_url,
        cache_dir=str(settings.cache_dir),
        concurrency=settings.concurrency,
        prompts=str(run.prompts.folder.absolute()),
    )
    found = pool.plan(names, job)
    began, tally, told = time.monotonic(), Tally(), 0
    run.note(f"{count(len(found), 'part')} to {folder}; what is there already is not asked again")
    for number, done in enumerate(pool.run(found, job, workers), start=1):
        for notice in done.notices:
            told += 1
            if told <= _MOST_NOTICES:
                run.note(notice)
        tally.done += done.papers - done.failed
        tally.failed += done.failed
        tally.asked += done.asked
        tally.prompt_tokens += done.prompt_tokens
        tally.completion_tokens += done.completion_tokens
        if done.cost_usd:
            tally.cost_usd = (tally.cost_usd or 0.0) + done.cost_usd
        if not run.progress.quiet:
            state = f"{number:,} of {count(len(found), 'part')} · {summary(tally, time.monotonic() - began)}"
            print(clean(state), file=sys.stderr)
        if done.stopped:
            complain(done.stopped)
            complain(f"to go on, run: {run.retry}")
            return done.exit_code
    if not tally.done + tally.failed:
        raise InputError(f"no paper is found in {', '.join(names)}")
    if tally.failed:
        complain(f"{count(tally.failed, 'paper')} failed; the results say why")
        complain(f"to go on, run: {run.retry}")
    return 1 if tally.failed else 0
