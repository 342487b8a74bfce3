"""Results put in an order of one's own, without holding them all.

A digest is grouped and sorted, and 100,000 papers are half a gigabyte of objects. What is sorted are their
places; the results themselves wait in a temporary file until their turn comes.
"""

from __future__ import annotations

import json
import re
import tempfile
from array import array
from collections.abc import Callable, Sequence
from typing import TypeVar, overload

from summarizer.records import Result

T = TypeVar("T")

_IN_MEMORY = 8 * 2**20
"""Bytes: some 4,000 results need no file."""


class Drawer:
    """Results that are put in one after the other and taken out in any order, any number of times.

    Raises ``OSError`` where the disk of temporary files is full.
    """

    def __init__(self) -> None:
        # Nobody else can open the file, and it goes with the drawer.
        self._file = tempfile.SpooledTemporaryFile(_IN_MEMORY)  # noqa: SIM115 - open as long as the drawer is
        self._ends = array("q", [0])

    def put(self, result: Result) -> int:
        """Put ``result`` in; return its place."""
        self._file.seek(self._ends[-1])
        self._ends.append(self._ends[-1] + self._file.write(_packed(result)))
        return len(self._ends) - 2

    def __del__(self) -> None:
        self._file.close()

    def __len__(self) -> int:
        return len(self._ends) - 1

    def __getitem__(self, place: int) -> Result:
        start, end = self._ends[place : place + 2]
        self._file.seek(start)
        return Result.model_validate_json(self._file.read(end - start))


class Ordered(Sequence[T]):
    """What ``take`` returns for each of ``places``: made when it is looked at, and not kept."""

    def __init__(self, take: Callable[[int], T], places: Sequence[int]) -> None:
        self._take = take
        self._places = places

    def __len__(self) -> int:
        return len(self._places)

    @overload
    def __getitem__(self, index: int) -> T: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[T]: ...
    def __getitem__(self, index: int | slice) -> T | Sequence[T]:
        if isinstance(index, slice):
            return Ordered(self._take, self._places[index])
        return self._take(self._places[index])


def _packed(result: Result) -> bytes:
    try:
        return result.model_dump_json().encode()
    except ValueError:  # half of a character, which no file can hold
        text = json.dumps(result.model_dump(mode="json"), ensure_ascii=False)
        return re.sub("[\ud800-\udfff]", "\ufffd", text).encode()
