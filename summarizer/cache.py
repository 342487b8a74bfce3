"""What was answered, kept on disk: diskcache without its pickles and without its evictions."""

from __future__ import annotations

import hashlib
import json
import sqlite3
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import diskcache

from summarizer.errors import SetupError

_FOREVER = 2**62
_MODE_RAW = 1


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


def digest(asked: dict[str, Any]) -> str:
    """Return the key of what was asked: a digest of its canonical JSON.

    Canonical, so that the order in which code builds a request does not matter; tagged with its version,
    so that a later change of the form never meets an old answer.
    """
    text = json.dumps(asked, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return "ask1-" + hashlib.sha256(text.encode()).hexdigest()


class Shelf:
    """One diskcache folder of JSON values under text keys. Safe to share between processes."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.notices: list[str] = []
        try:
            self._cache = self._open()
            self._cache.get("")  # a damaged file often opens, and fails at the first look
        except (sqlite3.DatabaseError, ValueError, TypeError, KeyError, AttributeError) as error:
            if isinstance(error, sqlite3.OperationalError):
                raise SetupError(
                    f"the cache folder {folder} cannot be used ({error}); pass --cache-dir"
                ) from None
            self._set_aside(error)
            self._cache = self._open()
        except OSError as error:
            raise SetupError(
                f"the cache folder {folder} cannot be used ({error.strerror or error}); pass --cache-dir"
            ) from None

    def _open(self) -> diskcache.Cache:
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        return diskcache.Cache(
            str(self.folder),
            disk=JSONText,
            eviction_policy="none",  # what was paid for is never evicted
            size_limit=_FOREVER,
            cull_limit=0,
            statistics=0,
            sqlite_synchronous=1,  # NORMAL: what was written outlives a killed process
        )

    def _set_aside(self, error: Exception) -> None:
        aside = self.folder.with_name(f"{self.folder.name}.damaged-{time.strftime('%Y%m%d-%H%M%S')}")
        self.folder.rename(aside)
        self.notices.append(
            f"the cache {self.folder} is damaged ({error}): it is set aside as {aside}, and a new one is begun"
        )

    def get(self, key: str) -> Any:
        """Return the value under ``key``, or ``None``; a row that cannot be trusted counts as absent."""
        try:
            return self._cache.get(key, retry=True)
        except (ValueError, sqlite3.DatabaseError):
            return None

    def put(self, key: str, value: Any) -> None:
        """Keep ``value`` under ``key``. When this returns, it is in the database.

        Raises:
            SetupError: the disk is full or the folder cannot be written.
        """
        try:
            self._cache.set(key, value, retry=True)
        except (sqlite3.Error, OSError) as error:
            raise SetupError(
                f"an answer cannot be kept in {self.folder} ({error}); make room, or pass --cache-dir"
            ) from None

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


class Cache:
    """The two shelves of a cache folder, and small facts about servers.

    ``answers`` holds every completion under the digest of what was asked; ``results`` holds the newest
    record of every paper under the paper's key, so that a digest needs no model; ``facts`` remembers
    what a server could not do.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.answers = Shelf(folder / "answers")
        self.results = Shelf(folder / "results")
        self.facts = Shelf(folder / "facts")

    @property
    def notices(self) -> list[str]:
        """What a person should know about the state of the cache."""
        return [*self.answers.notices, *self.results.notices, *self.facts.notices]

    def close(self) -> None:
        """Close the databases."""
        for shelf in (self.answers, self.results, self.facts):
            shelf.close()
