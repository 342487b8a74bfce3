"""Things in an order of one's own, without holding them all."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar, overload

T = TypeVar("T")


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
