"""Records on disk in the order of their places: a list that may be longer than the memory is large."""

from __future__ import annotations

import json
import sqlite3
import weakref
from collections.abc import Callable, Collection, Iterator, Sequence
from typing import Generic, TypeVar

from pydantic import BaseModel, TypeAdapter

from summarizer.errors import SetupError

T = TypeVar("T", bound=BaseModel)

_SCHEMA = """
    PRAGMA journal_mode = OFF;
    PRAGMA synchronous = OFF;
    CREATE TABLE item (place INTEGER PRIMARY KEY, text TEXT NOT NULL);
    CREATE TABLE name (name TEXT PRIMARY KEY, place INTEGER NOT NULL) WITHOUT ROWID;
"""


class Spool(Collection[T], Generic[T]):
    """Holds the records of one type, such as ``Paper`` or ``Record``, each at its place from 0 on.

    They may come in any order, be replaced, and be known by names; iteration is in the order of the places, and
    may be done again. All of it is in a temporary database of SQLite's own, which is gone with the spool. Where there
    is no room for that, whatever is called raises ``SetupError``.
    """

    def __init__(self, kind: TypeAdapter[T]) -> None:
        self._kind = kind
        self._read: Callable[[str], T] = kind.validator.validate_json
        self._write = kind.serializer.to_json
        # Python closes it with the spool, in whichever thread it clears up.
        self._database = sqlite3.connect("", isolation_level=None, check_same_thread=False)
        weakref.finalize(self, self._database.close)
        self._database.executescript(_SCHEMA)
        self._database.execute("BEGIN")  # never committed: nobody else reads it, and nobody will
        self._end = 0

    def __setitem__(self, place: int, record: T) -> None:
        self._do("INSERT OR REPLACE INTO item VALUES (?, ?)", (place, self._text(record)))
        self._end = max(self._end, place + 1)

    def __getitem__(self, place: int) -> T:
        found = self._do("SELECT text FROM item WHERE place = ?", (place,)).fetchone()
        if found is None:
            raise IndexError(place)
        return self._read(found[0])

    def __delitem__(self, place: int) -> None:
        """Take out what is at ``place``, and its names; the others stay where they are."""
        self._do("DELETE FROM item WHERE place = ?", (place,))
        self._do("DELETE FROM name WHERE place = ?", (place,))

    def __iter__(self) -> Iterator[T]:
        return (record for _, record in self.items())

    def items(self) -> Iterator[tuple[int, T]]:
        """Yield every place with what is there, in order."""
        for place, text in self._do("SELECT place, text FROM item ORDER BY place"):
            yield place, self._read(text)

    def taking(self, records: Collection[T]) -> tuple[Spool[T], Iterator[tuple[int, T]]]:
        """Return a spool of ``records``, itself unless they are in one already, and its ``items``.

        They are put in as the items are taken.
        """
        if isinstance(records, Spool):
            return records, records.items()
        return self, ((self.append(record), record) for record in records)

    def __len__(self) -> int:
        (count,) = self._do("SELECT count(*) FROM item").fetchone()
        return int(count)

    def __contains__(self, record: object) -> bool:
        return any(record == other for other in self)

    def append(self, record: T) -> int:
        """Put ``record`` after the last one, and return its place."""
        self[self._end] = record
        return self._end - 1

    def called(self, name: str) -> int | None:
        """Return the place of what is called ``name``, or ``None``."""
        found = self._do("SELECT place FROM name WHERE name = ?", (name,)).fetchone()
        return found[0] if found else None

    def call(self, place: int, name: str) -> None:
        """Give what is at ``place`` a name, unless that is another's already."""
        self._do("INSERT OR IGNORE INTO name VALUES (?, ?)", (name, place))

    def rename(self, old: int, new: int) -> None:
        """Let the names of what is at ``old`` lead to ``new``."""
        self._do("UPDATE name SET place = ? WHERE place = ?", (new, old))

    def _do(self, statement: str, values: Sequence[object] = ()) -> sqlite3.Cursor:
        try:
            return self._database.execute(statement, values)
        except sqlite3.OperationalError as error:
            raise SetupError(
                f"papers cannot be put aside in a temporary file ({error}); make room, or name a folder with TMPDIR"
            ) from None

    def _text(self, record: T) -> str:
        try:
            return self._write(record).decode()
        except ValueError:  # half of a character, which no file can hold
            text = json.dumps(self._kind.dump_python(record, mode="json"), ensure_ascii=False)
            return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
