"""The parts of a backlog, handed out to a pool of workers by Ray Data. No other module knows Ray."""

from __future__ import annotations

import json
import logging
import os
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any

from summarizer import endpoints, settings
from summarizer.cache import digest
from summarizer.cluster.parts import Part, located, parts
from summarizer.cluster.worker import Done, Job, Worker
from summarizer.errors import InputError, ServiceError, SetupError
from summarizer.prompts import Prompts
from summarizer.text import clean

__all__ = ["Done", "Job", "plan", "require_ray", "run"]
_PLAN = "plan.json"


def require_ray() -> Any:
    """Return Ray, or raise ``SetupError`` that says how to install it."""
    try:
        import ray
        import ray.data
    except ImportError:
        raise SetupError("--engine ray needs Ray: pip install 'summarize-papers[ray]'") from None
    return ray


def plan(names: Sequence[str], job: Job) -> list[Part]:
    """Return the parts of the backlog, and note in the output folder what they are parts of.

    Raises:
        InputError: a file cannot be read or cut into parts, or there is nothing in it.
        SetupError: the folder holds the parts of another backlog, or of another model or other prompts.
    """
    prompts = Prompts(Path(job.prompts) if job.prompts else None)
    where = endpoints.endpoint(settings.load(model=job.model, base_url=job.base_url), prompts)
    found = list(parts(names))
    if not found:
        raise InputError(f"there is nothing in {', '.join(names)}")
    said = {
        "parts": digest({"parts": [asdict(part) for part in found]}),
        "count": len(found),
        "model": where.model,
        "endpoint": where.place,
        "prompts": prompts.version(prompts.profile(where.model)),
    }
    system, folder = located(job.output)
    system.create_dir(folder, recursive=True)
    before = None
    with suppress(FileNotFoundError, ValueError), system.open_input_stream(f"{folder}/{_PLAN}") as file:
        before = json.loads(file.read())
    if before is None:
        with system.open_output_stream(f"{folder}/{_PLAN}") as file:
            file.write(json.dumps(said, indent=1).encode())
    elif before != said:
        other = ", ".join(name for name in said if before.get(name) != said[name])
        raise SetupError(f"{job.output} holds a run with other {other}; name another folder with -o")
    return found


def run(found: Sequence[Part], job: Job, workers: int | None) -> Iterator[Done]:
    """Yield what became of each of the parts, as they are done, in no order.

    ``workers`` actors do them, by default one for each CPU of the cluster that ``RAY_ADDRESS`` names, or of this
    machine. A worker that is lost is replaced, and its part done again; its answers are in its machine's cache.
    """
    ray = require_ray()
    began = not ray.is_initialized()
    if began:
        os.environ.setdefault("RAY_BACKEND_LOG_LEVEL", "fatal")  # what matters reaches us as an exception
        ray.init(logging_level="CRITICAL", log_to_driver=False)
    try:
        context = ray.data.DataContext.get_current()
        context.enable_progress_bars = False
        context.print_on_execution_start = False
        size = min(workers or int(ray.cluster_resources().get("CPU", 1)), len(found))
        rows = ray.data.from_items([asdict(part) for part in found], override_num_blocks=len(found))
        done = rows.map_batches(
            Worker,
            batch_size=1,
            compute=ray.data.ActorPoolStrategy(size=size, max_tasks_in_flight_per_actor=2),
            fn_constructor_args=(job,),
            num_cpus=1,
        )
        logging.getLogger("ray.data").setLevel(logging.CRITICAL)
        for row in done.iter_rows():
            said = json.loads(row["done"])
            yield Done(**{**said, "notices": tuple(said["notices"])})
    except ray.exceptions.RayError as error:
        raise ServiceError(
            f"Ray gave up ({clean(str(error))[:300]}); the same command goes on from the parts that are done"
        ) from None
    finally:
        if began:
            ray.shutdown()
