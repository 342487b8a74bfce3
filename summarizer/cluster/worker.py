"""What a worker does: the papers of a part to records, in one file of the output folder.

The files in the order of their names are the records in the order of the input. A part that is there is not
asked again, but for what failed in it.
"""

from __future__ import annotations

import asyncio
import json
import uuid
from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path
from typing import Any

from summarizer import settings
from summarizer.batch.waiting import attentive
from summarizer.cache import Cache
from summarizer.cluster.parts import Part, located, read
from summarizer.engine import opened
from summarizer.errors import ServiceError, SummarizeError
from summarizer.prompts import Prompts
from summarizer.records import RECORD, Failure, Paper, Record


@dataclass(frozen=True)
class Job:
    """What every worker is told. It holds no key: a worker finds its own, in its environment or its config."""

    output: str
    model: str | None
    base_url: str | None
    cache_dir: str | None
    concurrency: int | None
    prompts: str | None


@dataclass(frozen=True)
class Done:
    """What became of a part. ``asked`` counts requests.

    ``stopped`` says why it was left before its end, and ``exit_code`` with what the run then ends.
    """

    part: int
    papers: int
    failed: int
    asked: int = 0
    prompt_tokens: int = 0
    completion_tokens: int = 0
    cost_usd: float = 0.0
    notices: tuple[str, ...] = ()
    stopped: str = ""
    exit_code: int = 0


class Worker:
    """Does parts, one after the other, with a client and a cache that stay open: what an actor of the pool is."""

    def __init__(self, job: Job) -> None:
        self._broken: SummarizeError | None = None
        try:
            self._open(job)
        except SummarizeError as error:  # Ray would try again for ever, and say so in a page
            self._broken = error

    def _open(self, job: Job) -> None:
        self._output = located(job.output)
        config = settings.load(
            model=job.model,
            base_url=job.base_url,
            cache_dir=Path(job.cache_dir) if job.cache_dir else None,
            concurrency=job.concurrency,
        )
        self._cache = Cache(config.cache_dir)
        self._engine = opened(
            config,
            Prompts(Path(job.prompts) if job.prompts else None),
            self._cache,
            make_model=attentive(config.cache_dir)[0],
        )
        self._loop = asyncio.new_event_loop()
        self._summarizer = self._loop.run_until_complete(self._engine.__aenter__())

    def __call__(self, batch: dict[str, Any]) -> dict[str, list[Any]]:
        """Do the parts of ``batch``, columns of ``Part``'s fields; return columns with ``Done`` as JSON."""
        rows = [
            Part(*(_plain(batch[field.name][place]) for field in fields(Part)))
            for place in range(len(batch["number"]))
        ]
        return {"done": [json.dumps(asdict(self._done(part))) for part in rows]}

    def _done(self, part: Part) -> Done:
        if self._broken:
            return Done(part.number, 0, 0, stopped=str(self._broken), exit_code=self._broken.exit_code)
        try:
            return self.do(part)
        except SummarizeError as error:
            return Done(part.number, 0, 0, stopped=f"{part.name}: {error}", exit_code=error.exit_code)
        except OSError as error:
            code = ServiceError.exit_code
            return Done(part.number, 0, 0, stopped=f"{part.name}: {error}", exit_code=code)

    def do(self, part: Part) -> Done:
        """Write the records of ``part``; what an earlier try has written is asked again only where it failed."""
        notices: list[str] = []
        records = self._written(part)
        if records is None:
            papers = read(part, notices.append)
            records = [None] * len(papers)
            left = dict(enumerate(papers))
        else:
            left = {
                place: record.paper for place, record in enumerate(records) if isinstance(record, Failure)
            }
        tally, self._summarizer.stopped = self._summarizer.tally, None
        before = replace(tally)
        if left:
            places = list(left)
            for place, record in self._loop.run_until_complete(self._all(list(left.values()))):
                records[places[place]] = record
        if left or not records:
            self._write(part, [record for record in records if record])
        stopped = self._summarizer.stopped
        return Done(
            part=part.number,
            papers=len(records),
            failed=sum(isinstance(record, Failure) for record in records),
            asked=tally.asked - before.asked,
            prompt_tokens=tally.prompt_tokens - before.prompt_tokens,
            completion_tokens=tally.completion_tokens - before.completion_tokens,
            cost_usd=(tally.cost_usd or 0.0) - (before.cost_usd or 0.0),
            notices=tuple(notices),
            stopped=str(stopped or ""),
            exit_code=stopped.exit_code if stopped else 0,
        )

    async def _all(self, papers: list[Paper]) -> list[tuple[int, Record]]:
        return [one async for one in self._summarizer.done(papers)]

    def _written(self, part: Part) -> list[Record | None] | None:
        system, folder = self._output
        try:
            with system.open_input_stream(f"{folder}/{part.name}") as file:
                return [RECORD.validate_json(line) for line in file.read().splitlines()]
        except FileNotFoundError:
            return None
        except ValueError:
            return None  # not what we write: written anew

    def _write(self, part: Part, records: Sequence[Record]) -> None:
        """Write the file whole or not at all, whoever else may be writing it."""
        system, folder = self._output
        aside = f"{folder}/.{part.name}-{uuid.uuid4().hex}"
        with system.open_output_stream(aside) as file:
            for record in records:
                file.write(json.dumps(record.model_dump(mode="json")).encode() + b"\n")
        system.move(aside, f"{folder}/{part.name}")


def _plain(value: Any) -> Any:
    """Return a value of Ray's columns as Python's own."""
    return value.item() if hasattr(value, "item") else value
