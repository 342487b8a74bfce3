"""Which requests are under way in which batch: the memory that keeps anything from being submitted twice.

What is about to happen is written down before it happens, in one transaction with the keys of all its
requests. So whatever kills a process, the next one knows what may have been sent, and looks before it sends.
"""

from __future__ import annotations

import sqlite3
import time
import weakref
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, fields
from pathlib import Path

from summarizer.errors import SetupError
from summarizer.mounts import refuse_network

_TABLES = """
CREATE TABLE IF NOT EXISTS batches (
    name TEXT PRIMARY KEY, place TEXT NOT NULL, model TEXT NOT NULL, made_at REAL NOT NULL, command TEXT NOT NULL,
    requests INTEGER NOT NULL, tokens INTEGER NOT NULL, at_most REAL, share REAL NOT NULL,
    tried_at REAL, file TEXT, id TEXT, done INTEGER NOT NULL DEFAULT 0
);
CREATE TABLE IF NOT EXISTS requests (key TEXT PRIMARY KEY, batch TEXT NOT NULL) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS requests_of_a_batch ON requests (batch);
"""


@dataclass(frozen=True)
class Batch:
    """One batch, as far as it is known to have come.

    ``name`` is ours and goes with it as metadata; ``id`` is the service's, once it has answered; ``file`` is
    the file it was given. ``at_most`` is the most it costs in US dollars, ``None`` where no price is known;
    ``tokens`` are those of its input; ``tried_at`` is when it was last attempted to be sent.
    """

    name: str
    place: str
    model: str
    made_at: float
    command: str
    requests: int
    tokens: int
    at_most: float | None
    share: float
    tried_at: float | None = None
    file: str | None = None
    id: str | None = None


_COLUMNS = ", ".join(field.name for field in fields(Batch))


class Journal:
    """The batches of a cache folder, in ``batches/journal.db``; their requests wait beside it as JSONL.

    Raises:
        SetupError: the folder cannot be used, now or at any later call.
    """

    def __init__(self, folder: Path) -> None:
        refuse_network(folder)
        self.folder = folder / "batches"
        with self._told():
            self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            # A batch that is not remembered is paid for twice: so this one waits for the disk (FULL, the default).
            self._db = sqlite3.connect(self.folder / "journal.db", timeout=60, check_same_thread=False)
            weakref.finalize(self, self._db.close)  # a run that asks nobody has nobody who closes it
            self._db.executescript(_TABLES)

    @staticmethod
    def there(folder: Path) -> bool:
        """Tell whether the cache ``folder`` has ever had a batch: where it has not, nothing needs be opened."""
        return (folder / "batches" / "journal.db").is_file()

    @contextmanager
    def _told(self) -> Iterator[None]:
        try:
            yield
        except (sqlite3.Error, OSError) as error:
            raise SetupError(
                f"the journal of batches in {self.folder} cannot be used ({error}); make room, or pass --cache-dir"
            ) from None

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Keep every other process from sending or fetching meanwhile; a killed one holds nobody up.

        Raises:
            SetupError: another process is at it.
        """
        lock = sqlite3.connect(self.folder / "lock.db", timeout=0, isolation_level=None)
        try:
            lock.execute("BEGIN EXCLUSIVE")  # the system lets go of it when the process ends, however it ends
        except sqlite3.OperationalError:
            lock.close()
            raise SetupError(
                f"another summarize is busy with the batches of {self.folder.parent}; let it finish"
            ) from None
        try:
            yield
        finally:
            lock.close()

    def path(self, name: str) -> Path:
        """Return where the requests of batch ``name`` wait to be sent."""
        return self.folder / f"{name}.jsonl"

    def add(self, batch: Batch, keys: Iterable[str]) -> None:
        """Note ``batch``, whose file is complete, with the keys of its requests."""
        with self._told(), self._db:
            values = [getattr(batch, field.name) for field in fields(Batch)]
            self._db.execute(
                f"INSERT INTO batches ({_COLUMNS}) VALUES ({', '.join('?' * len(values))})", values
            )
            self._db.executemany("INSERT INTO requests VALUES (?, ?)", ((key, batch.name) for key in keys))

    def trying(self, name: str) -> None:
        """Note that ``name`` is about to be sent."""
        with self._told(), self._db:
            self._db.execute("UPDATE batches SET tried_at = ? WHERE name = ?", (time.time(), name))

    def uploaded(self, name: str, file: str) -> None:
        """Note that the service holds the requests of ``name`` as ``file``."""
        with self._told(), self._db:
            self._db.execute("UPDATE batches SET file = ? WHERE name = ?", (file, name))

    def sent(self, name: str, identifier: str) -> None:
        """Note that the service works on ``name``; its requests need not be kept here any longer."""
        with self._told(), self._db:
            self._db.execute("UPDATE batches SET id = ? WHERE name = ?", (identifier, name))
        self.path(name).unlink(missing_ok=True)

    def finish(self, name: str) -> None:
        """Note that no more will come of ``name``: what it did not answer may be asked again."""
        with self._told(), self._db:
            self._db.execute("UPDATE batches SET done = 1 WHERE name = ?", (name,))
            self._db.execute("DELETE FROM requests WHERE batch = ?", (name,))
        self.path(name).unlink(missing_ok=True)

    def open(self) -> list[Batch]:
        """Return the batches of which something is still to come, the oldest first."""
        with self._told():
            rows = self._db.execute(f"SELECT {_COLUMNS} FROM batches WHERE NOT done ORDER BY made_at, name")
            return [Batch(*row) for row in rows]

    def holds(self, key: str) -> bool:
        """Tell whether the request under ``key`` is under way."""
        with self._told():
            return self._db.execute("SELECT 1 FROM requests WHERE key = ?", (key,)).fetchone() is not None

    def keys(self, name: str) -> list[str]:
        """Return the keys of the requests of batch ``name``."""
        with self._told():
            return [key for (key,) in self._db.execute("SELECT key FROM requests WHERE batch = ?", (name,))]

    def close(self) -> None:
        """Close the database."""
        self._db.close()
