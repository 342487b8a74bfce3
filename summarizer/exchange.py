"""Answers that go from one cache to another, as JSONL: nothing that comes in is trusted for being there."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from summarizer.cache import KEYS, Shelf
from summarizer.completion import Completion

_KEY = re.compile(rf"{KEYS}[0-9a-f]{{64}}")
_LONGEST = 4_000_000
"""Bytes of a line: far more than any answer has."""

_TOGETHER = 1000
"""Answers that are kept in one transaction."""


@dataclass
class Imported:
    """What became of the lines: ``new`` are kept, ``known`` were there, ``refused`` were passed over."""

    new: int = 0
    known: int = 0
    refused: int = 0


def export(answers: Shelf) -> Iterator[str]:
    """Yield each answer as a line of JSON: ``{"key": …, "answer": …}``."""
    for key, answer in answers.items():
        yield json.dumps({"key": key, "answer": answer}, ensure_ascii=False)


def take(lines: Iterable[bytes], answers: Shelf, refuse: Callable[[int, str], None]) -> Imported:
    """Keep those of ``lines`` that are answers and are not kept yet; what is kept is never replaced.

    ``refuse`` hears the number and the reason of each line that is passed over. That an answer belongs to its
    key cannot be seen from the line; but each is held against its paper again whenever it is used.

    Raises:
        SetupError: an answer cannot be kept.
    """
    said = Imported()
    fresh: dict[str, Any] = {}
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            key, answer = _read(line)
        except ValueError as error:
            said.refused += 1
            refuse(number, str(error))
            continue
        kept = fresh.get(key) or answers.get(key)
        if kept is None:
            fresh[key] = answer
            said.new += 1
            if len(fresh) >= _TOGETHER:
                answers.put_all(fresh)
                fresh = {}
        elif Completion.restored(kept) == Completion.restored(answer):
            said.known += 1
        else:
            said.refused += 1
            refuse(number, "another answer is kept under its key, and stays")
    answers.put_all(fresh)
    return said


def _read(line: bytes) -> tuple[str, Any]:
    """Return the key and the answer of ``line``; raise ``ValueError`` that says what it is instead."""
    if len(line) > _LONGEST:
        raise ValueError("longer than any answer")
    try:
        said = json.loads(line)
    except (ValueError, RecursionError):
        raise ValueError("no JSON") from None
    if not isinstance(said, dict) or said.keys() != {"key", "answer"}:
        raise ValueError('not {"key": …, "answer": …}')
    key = said["key"]
    if not isinstance(key, str) or not _KEY.fullmatch(key):
        raise ValueError("its key is none of ours")
    completion = Completion.restored(said["answer"])
    if completion is None:
        raise ValueError("its answer is none that a model gives")
    return key, completion.as_json()
