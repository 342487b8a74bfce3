"""What was answered, kept on disk: diskcache without its pickles and without its evictions."""

from __future__ import annotations

import hashlib
import json
import os
import re
import sqlite3
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import diskcache

from summarizer.errors import SetupError
from summarizer.mounts import refuse_network

if TYPE_CHECKING:
    import asyncio

KEY = re.compile(r"ask2-[0-9a-f]{64}")
"""What ``digest`` returns."""
_FOREVER = 2**62
_MODE_RAW = 1
WAIT = 60.0
"""Seconds to wait for another process that is at work on the same database."""


class JSONText(diskcache.Disk):  # type: ignore[misc]
    """Stores every value as JSON text inside the database, and reads nothing else.

    diskcache pickles what is not a string or a number, and unpickles whatever a row says is a pickle
    (CVE-2025-69872). A cache may come from a colleague or a download, so a row that is not plain text
    is refused here, whatever its mode.
    """

    def store(self, value: Any, read: bool, key: Any = None) -> tuple[int, int, None, str]:
        """Return the row for ``value``: (size, mode, no file, JSON text)."""
        return 0, _MODE_RAW, None, json.dumps(value, ensure_ascii=False, separators=(",", ":"))

    def fetch(self, mode: int, filename: str | None, value: Any, read: bool) -> Any:
        """Return what ``store`` kept; raise ``ValueError`` for a row it cannot have written."""
        if mode != _MODE_RAW or filename is not None or not isinstance(value, str):
            raise ValueError("a row that is not JSON text")
        return json.loads(value)

    def get(self, key: Any, raw: bool) -> Any:
        """Return a key as it is; a pickled key is refused."""
        if not raw or not isinstance(key, str):
            raise ValueError("a key that is not text")
        return key


def connect(folder: Path) -> sqlite3.Connection:
    """Return a connection to the database of the shelf in ``folder``, which reads where nobody may write there."""
    path = folder / "cache.db"
    if os.access(folder, os.W_OK):
        return sqlite3.connect(path, timeout=WAIT, isolation_level=None)
    # SQLite has to read the log of a process that writes; where there is none, it must not try to make one.
    how = "mode=ro" if path.with_name("cache.db-wal").exists() else "immutable=1"
    return sqlite3.connect(f"{path.absolute().as_uri()}?{how}", timeout=WAIT, isolation_level=None, uri=True)


class _Rows:
    """What diskcache keeps in a folder where nobody may write. It cannot open one itself, for it writes first."""

    def __init__(self, folder: Path) -> None:
        self._disk = JSONText(str(folder))
        self._database = connect(folder)

    def get(self, key: str, *, retry: bool = True) -> Any:
        found = "SELECT mode, filename, value FROM Cache WHERE key = ? AND raw = 1"
        for mode, filename, value in self._database.execute(found, [key]):
            return self._disk.fetch(mode, filename, value, read=False)
        return None

    def __iter__(self) -> Iterator[str]:
        rows = self._database.execute("SELECT key, raw FROM Cache ORDER BY rowid")
        return (self._disk.get(key, raw) for key, raw in rows)

    def __len__(self) -> int:
        return int(self._database.execute("SELECT count(*) FROM Cache").fetchone()[0])

    def volume(self) -> int:
        counted = "SELECT page_count * page_size FROM pragma_page_count, pragma_page_size"
        return int(self._database.execute(counted).fetchone()[0])

    def close(self) -> None:
        self._database.close()


def digest(asked: dict[str, Any]) -> str:
    """Return the key of what was asked: a digest of its canonical JSON.

    Canonical, so that the order in which code builds a request does not matter; tagged with its version,
    so that a later change of the form never meets an old answer.
    """
    text = json.dumps(asked, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return "ask2-" + hashlib.sha256(text.encode()).hexdigest()


class Shelf:
    """One diskcache folder of JSON values under text keys. Safe to share between processes.

    ``notice`` hears, once each, that the folder was damaged or that rows of it cannot be trusted. One that only
    ``reads`` may be where nobody may write.
    """

    def __init__(
        self, folder: Path, notice: Callable[[str], None] = lambda _: None, *, reads: bool = False
    ) -> None:
        self.folder = folder
        self._notice = notice
        self._reads = reads
        self._distrusted = False
        self._waiting: dict[str, Any] = {}
        self._written: asyncio.Future[None] | None = None
        self._cache: Any = None
        try:
            self._cache = self._open()
            self._cache.get("")  # a damaged file often opens, and fails at the first look
        except (sqlite3.DatabaseError, ValueError, TypeError, KeyError, AttributeError) as error:
            if isinstance(error, sqlite3.OperationalError):
                raise self._unusable(str(error)) from None
            self._set_aside(error)
        except OSError as error:
            raise self._unusable(str(error.strerror or error)) from None

    def _open(self) -> diskcache.Cache:
        if self._reads and self.folder.is_dir() and not os.access(self.folder, os.W_OK):
            return _Rows(self.folder)
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        return diskcache.Cache(
            str(self.folder),
            disk=JSONText,
            eviction_policy="none",  # what was paid for is never evicted
            size_limit=_FOREVER,
            cull_limit=0,
            statistics=0,
            # Small: rows are looked up once each, and a backlog of any size has to fit beside them.
            sqlite_cache_size=512,  # pages of 4 KiB
            sqlite_mmap_size=0,
            sqlite_synchronous=1,  # NORMAL: what was written outlives a killed process
        )

    def _unusable(self, why: str) -> SetupError:
        return SetupError(f"the cache folder {self.folder} cannot be used ({why}); pass --cache-dir")

    def _set_aside(self, error: Exception) -> None:
        """Begin a new folder in place of a damaged one, which stays for whoever wants to mend it."""
        aside = self.folder.with_name(f"{self.folder.name}.damaged-{time.strftime('%Y%m%d-%H%M%S')}")
        if self._cache is not None:
            self._cache.close()  # not every system renames what is open
        try:
            self.folder.rename(aside)
        except OSError:
            raise self._unusable(str(error)) from None
        self._notice(
            f"the cache {self.folder} is damaged ({error}): it is set aside as {aside}, and a new one is begun; "
            "what only it held has to be asked again"
        )
        self._cache = self._open()

    def get(self, key: str) -> Any:
        """Return the value under ``key``, or ``None``; a row that cannot be trusted counts as absent."""
        try:
            return self._cache.get(key, retry=True)
        except ValueError as error:
            if not self._distrusted:
                self._distrusted = True
                self._notice(f"the cache {self.folder} holds {error}: such rows count as absent")
        except sqlite3.OperationalError:
            return None
        except sqlite3.DatabaseError as error:
            self._set_aside(error)
        return None

    def put(self, key: str, value: Any) -> None:
        """Keep ``value`` under ``key``. When this returns, it is in the database.

        Raises:
            SetupError: the disk is full, the folder cannot be written, or the value cannot.
        """
        self.put_all({key: value})

    def put_all(self, values: Mapping[str, Any]) -> None:
        """Keep each of ``values`` under its key, in one transaction: all or, with a ``SetupError``, none."""
        try:
            try:
                self._write(values)
            except sqlite3.OperationalError:
                raise
            except sqlite3.DatabaseError as error:
                self._set_aside(error)
                self._write(values)
        except (sqlite3.Error, OSError, ValueError) as error:  # half of a character is a ValueError
            raise SetupError(
                f"an answer cannot be kept in {self.folder} ({error}); make room, or pass --cache-dir"
            ) from None

    def _write(self, values: Mapping[str, Any]) -> None:
        if len(values) == 1:  # diskcache makes a transaction of its own
            for key, value in values.items():
                self._cache.set(key, value, retry=True)
            return
        with self._cache.transact(retry=True):
            for key, value in values.items():
                self._cache.set(key, value)

    def keep(self, key: str, value: Any) -> asyncio.Future[None]:
        """Do what ``put`` does, together with all that is kept in the same turn of the event loop.

        Answers that arrive together cost one transaction. Return a future that is done when it is: a task that
        is cancelled while it waits for it loses nothing. It raises what ``put`` raises.
        """
        import asyncio  # whoever only reads has no use for it

        if self._written is None or self._written.done():
            loop = asyncio.get_running_loop()
            self._written = loop.create_future()
            loop.call_soon(self._write_waiting, self._written)
        self._waiting[key] = value
        return asyncio.shield(self._written)

    def _write_waiting(self, written: asyncio.Future[None]) -> None:
        values, self._waiting, self._written = self._waiting, {}, None
        try:
            self.put_all(values)
        except SetupError as error:
            written.set_exception(error)
        else:
            written.set_result(None)

    def items(self) -> Iterator[tuple[str, Any]]:
        """Yield all keys and values, the oldest key first; rows that cannot be trusted are passed over."""
        for key in self._keys():
            value = self.get(key)
            if value is not None:
                yield key, value

    def _keys(self) -> Iterator[str]:
        try:
            yield from self._cache
        except (ValueError, sqlite3.DatabaseError):
            return

    def __len__(self) -> int:
        return len(self._cache)

    def size(self) -> int:
        """Return the bytes on disk."""
        return int(self._cache.volume())

    def clear(self) -> int:
        """Remove everything; return how many there were."""
        return int(self._cache.clear())

    def close(self) -> None:
        """Close the database."""
        self._cache.close()


def results(folder: Path, notice: Callable[[str], None] = lambda _: None, *, reads: bool = False) -> Shelf:
    """Return the shelf of results in a cache ``folder``: all that a digest needs, and the others take time to open."""
    refuse_network(folder)
    return Shelf(folder / "results", notice, reads=reads)


class Cache:
    """The two shelves of a cache folder, and small facts about servers.

    ``answers`` holds every completion under the digest of what was asked; ``results`` holds the newest
    record of every paper under the paper's key, so that a digest needs no model; ``facts`` remembers
    what a server could not do. ``notice`` hears what a person should know about their state. A cache that is only
    read (``reads``) may be where nobody may write.
    """

    def __init__(
        self, folder: Path, notice: Callable[[str], None] = lambda _: None, *, reads: bool = False
    ) -> None:
        self.folder = folder
        self.results = results(folder, notice, reads=reads)
        self.answers = Shelf(folder / "answers", notice, reads=reads)
        self.facts = Shelf(folder / "facts", notice, reads=reads)

    def close(self) -> None:
        """Close the databases."""
        for shelf in (self.answers, self.results, self.facts):
            shelf.close()
