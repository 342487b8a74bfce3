"""What is in the results shelf, by age, domain, gain and text: found in a fraction of a second.

The index is a SQLite database in the shelf's folder that repeats what results are chosen by. It can be thrown
away at any time: each use compares it with the shelf, row by row, and makes good what differs; a damaged one
is made anew. Records always come from the shelf.

People search for parts of words, so the text of all results is looked through, in a third of a second for
100,000. SQLite's full-text index that finds parts of words (FTS5, trigrams) took fifteen times as long to
write as the text alone, and found no more.
"""

from __future__ import annotations

import contextlib
import json
import sqlite3
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Literal

from summarizer.cache import WAIT, Shelf, connect
from summarizer.errors import SetupError
from summarizer.records import RECORD, Record, Result, Tags

_VERSION = 2
"""Raise it with every change of what is kept here, or of how it is derived."""

_MEMORY = ":memory:"
_NO_DAMAGE = {
    sqlite3.SQLITE_PERM, sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_READONLY,
    sqlite3.SQLITE_IOERR, sqlite3.SQLITE_FULL, sqlite3.SQLITE_CANTOPEN,
}  # fmt: skip
"""What a new index would not mend: it is in use, or the disk is full or may not be written."""

_SCHEMA = """
    DROP TABLE IF EXISTS entry;
    DROP TABLE IF EXISTS gain;
    DROP TABLE IF EXISTS words;
    CREATE TABLE entry (row INTEGER PRIMARY KEY, stored REAL, key TEXT, made_at REAL, done INTEGER,
                        name TEXT, title TEXT, week TEXT, domain TEXT, method TEXT, factor REAL);
    CREATE TABLE gain (row INTEGER, resource TEXT, factor REAL);
    CREATE TABLE words (row INTEGER PRIMARY KEY, text TEXT);
    CREATE INDEX entry_key ON entry (key);
    CREATE INDEX entry_name ON entry (name);
    CREATE INDEX gain_row ON gain (row);
"""
_DOUBLES = "SELECT name FROM entry GROUP BY name HAVING count(*) > 1"
# A paper without an id goes by its name. One that is also there with its id counts once.
_ONCE = f"(key != name OR name NOT IN ({_DOUBLES}))"


class Index:
    """What ``shelf`` holds, brought up to date when it is made.

    Where it cannot be kept (a full disk, a lock that is not given back), it is made in memory: slow, and right.
    Raises ``SetupError`` where the shelf itself cannot be read.
    """

    def __init__(self, shelf: Shelf) -> None:
        self._folder = shelf.folder
        self._shelf = connect(self._folder)
        self._database = sqlite3.connect(_MEMORY)
        try:
            self._open(str(self._folder / "index.db"))
            self._update()
        except sqlite3.DatabaseError as error:
            self._mend(error)

    def keys(
        self, *, since: float, domain: str | None, min_gain: float | None, text: str | None
    ) -> list[tuple[str, bool]]:
        """Return the keys of the records that fit, the oldest first, and whether others have the same title.

        ``since`` is seconds since 1970. A record that fits is always among them.
        """
        asked = ["made_at >= ?"]
        values: list[Any] = [since]
        if domain is not None:
            spelt = [
                name
                for (name,) in self._ask("SELECT DISTINCT domain FROM entry")
                if (name or "").casefold() == domain.casefold()
            ]
            asked.append(f"done AND coalesce(domain, '') IN ({','.join('?' * len(spelt))})")
            values += [name or "" for name in spelt]
        if min_gain is not None:
            asked.append("done AND factor >= ?")
            values.append(min_gain)
        if text is not None:
            asked.append("row IN (SELECT row FROM words WHERE instr(text, ?))")
            values.append(_written(text.casefold()))
        found = self._ask(
            f"SELECT key, name IN ({_DOUBLES}) FROM entry WHERE {' AND '.join(asked)} ORDER BY made_at, row",
            values,
        )
        return [(key, bool(double)) for key, double in found]

    def named_like(self, key: str) -> list[str]:
        """Return the keys of the records whose title has the same letters as that under ``key``.

        Results come before failures, and then the newest first.
        """
        named = (
            "SELECT key FROM entry WHERE name = (SELECT name FROM entry WHERE key = ?)"
            " ORDER BY done DESC, made_at DESC, row"
        )
        return [other for (other,) in self._ask(named, [key])]

    def titled(self, text: str) -> list[str]:
        """Return the keys of the records with ``text`` in their title: whole titles first, then the newest."""
        found = f"SELECT key FROM entry WHERE instr(title, ?1) AND {_ONCE} ORDER BY title != ?1, made_at DESC"
        return [key for (key,) in self._ask(found, [_written(text.casefold())])]

    def weeks(self, tag: Literal["domain", "method"], since: float) -> list[tuple[str, str, int]]:
        """Return (week, value of ``tag``, papers) of what was done, the oldest week first."""
        return self._ask(
            f"SELECT week, {tag}, count(*) FROM entry WHERE {tag} IS NOT NULL AND made_at >= ? AND {_ONCE}"
            " GROUP BY 1, 2 ORDER BY 1, 3 DESC, 2",
            [since],
        )

    def gains(self, since: float) -> list[tuple[str, float | None]]:
        """Return (resource, factor or ``None``) of every claim, each resource's in order."""
        return self._ask(
            f"SELECT resource, gain.factor FROM gain JOIN entry USING (row) WHERE made_at >= ? AND {_ONCE}"
            " ORDER BY 1, 2",
            [since],
        )

    def close(self) -> None:
        """Close the database."""
        self._database.close()
        self._shelf.close()

    def _open(self, place: str) -> None:
        self._database.close()
        self._database = sqlite3.connect(place, timeout=WAIT, isolation_level=None)

    def _ask(self, question: str, values: Sequence[object] = ()) -> list[Any]:
        try:
            return self._database.execute(question, values).fetchall()
        except sqlite3.DatabaseError as error:
            self._mend(error)
            return self._database.execute(question, values).fetchall()

    def _mend(self, error: sqlite3.DatabaseError) -> None:
        """Make the index anew, in memory where ``error`` says that a new file would fare no better."""
        self._database.close()
        try:
            if error.sqlite_errorcode & 0xFF in _NO_DAMAGE:
                self._open(_MEMORY)
            else:
                remove(self._folder)
                self._open(str(self._folder / "index.db"))
            self._update()
        except (sqlite3.DatabaseError, OSError) as again:
            raise SetupError(
                f"the results kept in {self._folder} cannot be read ({again}); move that folder away and run "
                "the papers again: answers are kept elsewhere"
            ) from None

    def _update(self) -> None:
        """Make good what differs from the shelf: a row is known by its number and when it was stored."""
        # diskcache makes the same one for some of its policies. With it, comparing reads no values.
        with contextlib.suppress(sqlite3.OperationalError):  # no room for it: it is done the slow way
            self._shelf.execute("CREATE INDEX IF NOT EXISTS Cache_store_time ON Cache (store_time)")
        self._database.execute("PRAGMA journal_mode = WAL")
        self._database.execute("PRAGMA synchronous = NORMAL")
        ((version,),) = self._database.execute("PRAGMA user_version").fetchall()
        if version == _VERSION and not any(self._changes()):
            return
        with self._transaction():
            ((version,),) = self._database.execute("PRAGMA user_version").fetchall()
            if version != _VERSION:
                for statement in filter(str.strip, _SCHEMA.split(";")):
                    self._database.execute(statement)
                self._database.execute(f"PRAGMA user_version = {_VERSION}")
            changed, old = self._changes()
            for table in ("entry", "gain", "words"):
                self._database.executemany(f"DELETE FROM {table} WHERE row = ?", zip(old))
            for row in changed:
                self._take(row)

    def _changes(self) -> tuple[list[int], list[int]]:
        """Return the rows that are new or newer in the shelf, and those here that it no longer has so."""
        held = dict(self._database.execute("SELECT row, stored FROM entry"))
        changed = []
        for row, stored in self._shelf.execute("SELECT rowid, store_time FROM Cache"):
            if held.get(row) == stored:
                del held[row]
            else:
                changed.append(row)
        return sorted(changed), list(held)

    @contextlib.contextmanager
    def _transaction(self) -> Iterator[None]:
        # Of two processes, the second waits here, and then finds nothing left to do.
        self._database.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            if self._database.in_transaction:  # a full disk has ended it already
                self._database.execute("ROLLBACK")
            raise
        self._database.execute("COMMIT")

    def _take(self, row: int) -> None:
        """Index a row of the shelf. One that is no record of ours is noted, and never found."""
        select = "SELECT store_time, key, value FROM Cache WHERE rowid = ?"
        for stored, key, value in self._shelf.execute(select, [row]).fetchall():
            columns: dict[str, Any] = {"row": row, "stored": stored}
            with contextlib.suppress(ValueError, TypeError, KeyError, OverflowError, OSError):
                kept = json.loads(value)
                record = RECORD.validate_python(kept["record"])
                columns |= {"key": str(key), **_entry(record, float(kept["made_at"]))}
                self._add("words", {"row": row, "text": _text(record).casefold()})
                for gain in _tags(record).efficiency_gains:
                    self._add("gain", {"row": row, "resource": gain.resource, "factor": gain.factor})
            self._add("entry", columns)

    def _add(self, table: str, columns: dict[str, Any]) -> None:
        values = [_written(value) if isinstance(value, str) else value for value in columns.values()]
        names, places = ", ".join(columns), ", ".join("?" * len(values))
        self._database.execute(f"INSERT INTO {table} ({names}) VALUES ({places})", values)


def remove(folder: Path) -> None:
    """Remove the index of the shelf in ``folder``. Raises ``OSError`` where that is not allowed."""
    for end in ("-wal", "-shm", ""):  # the log first: a new database must not take up an old one's
        (folder / f"index.db{end}").unlink(missing_ok=True)


def _entry(record: Record, made_at: float) -> dict[str, Any]:
    paper, tags = record.paper, _tags(record)
    week = "undated"  # in order, it comes after every week there is
    if paper.published:
        week = "{}-W{:02}".format(*paper.published.isocalendar())
    return {
        "made_at": made_at,
        "done": isinstance(record, Result),
        "name": paper.title_key,
        "title": paper.title.casefold(),
        "week": week,
        "domain": tags.domain,
        "method": tags.method,
        "factor": max((gain.factor or 0.0 for gain in tags.efficiency_gains), default=0.0),
    }


def _tags(record: Record) -> Tags:
    return record.tags if isinstance(record, Result) else Tags()


def _text(record: Record) -> str:
    return f"{record.paper.text}\n{(record.tldr if isinstance(record, Result) else None) or ''}"


def _written(text: str) -> str:
    """Return ``text`` as SQLite can hold and search it; what is looked for goes the same way."""
    return text.replace("\0", " ").encode("utf-8", "replace").decode("utf-8")
