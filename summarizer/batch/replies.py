"""What the batch service says: how far a batch is, and what became of each of its requests."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from summarizer.completion import Completion, read_completion
from summarizer.text import clean

OPEN = frozenset({"validating", "in_progress", "finalizing", "cancelling"})
"""States of a batch that will change."""


@dataclass(frozen=True)
class State:
    """What the service says of a batch: its counts of requests, the files of answers and of problems.

    ``errors`` say why the batch as a whole was refused; ``expires_at`` is in seconds of the epoch.
    """

    id: str
    status: str
    total: int
    completed: int
    failed: int
    output: str | None = None
    problems: str | None = None
    errors: tuple[str, ...] = ()
    expires_at: float | None = None

    @property
    def ended(self) -> bool:
        """Whether the service has done all that it will, and shows it."""
        return self.status not in OPEN and not (self.completed and self.output is None)

    @property
    def files(self) -> list[str]:
        """The files that say what became of the requests."""
        return [file for file in (self.output, self.problems) if file]


@dataclass(frozen=True)
class Line:
    """What became of one request: a completion, or the reason why there is none."""

    custom_id: str
    completion: Completion | None = None
    problem: str = ""


def read_state(answer: dict[str, Any]) -> State:
    """Return what the service's ``answer`` says of a batch."""
    counts = answer.get("request_counts") or {}
    errors = (answer.get("errors") or {}).get("data") or []
    return State(
        id=clean(str(answer["id"])),
        status=clean(str(answer["status"])),
        total=counts.get("total", 0),
        completed=counts.get("completed", 0),
        failed=counts.get("failed", 0),
        output=answer.get("output_file_id"),
        problems=answer.get("error_file_id"),
        errors=tuple(clean(f"{error.get('code')}: {error.get('message')}") for error in errors),
        expires_at=answer.get("expires_at"),
    )


def read_line(text: str) -> Line | None:
    """Return what a line of an output or error file says, or ``None`` where it says nothing that fits."""
    from summarizer.wire import GarbledError

    try:
        said = json.loads(text)
        custom_id = said["custom_id"]
        if not isinstance(custom_id, str):
            return None
        response: dict[str, Any] = said.get("response") or {}
        error = said.get("error") or (response.get("body") or {}).get("error")
        if error or response.get("status_code") != 200:
            error = error or {}
            status = error.get("code") or response.get("status_code") or "no answer"
            return Line(custom_id, problem=clean(f"{status}: {error.get('message') or 'no reason is given'}"))
        completion = read_completion(response["body"])
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError):
        return None
    except GarbledError:
        return Line(custom_id, problem="what came back is no completion")
    return Line(custom_id, completion)
