"""What is kept on disk: safe to read, never evicted, set aside when damaged."""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import pickle
import sqlite3
import stat
from collections.abc import Mapping
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from summarizer.cache import Cache, Shelf, connect, digest
from summarizer.errors import SetupError

JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(codec="utf-8")),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.text(st.characters(codec="utf-8")), inner, max_size=3)
    ),
    max_leaves=10,
)


class Bomb:
    """A pickle that leaves a file behind when it is read."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return os.mkdir, (str(self.path),)


def rows(folder: Path) -> sqlite3.Connection:
    return sqlite3.connect(folder / "cache.db", isolation_level=None)


@given(value=JSON)
def test_what_is_put_is_got(value: object, tmp_path_factory: pytest.TempPathFactory) -> None:
    shelf = Shelf(tmp_path_factory.mktemp("shelf"))
    shelf.put("k", value)
    assert shelf.get("k") == value
    shelf.close()


def test_a_pickle_is_never_read(tmp_path: Path) -> None:
    """A row of a poisoned cache counts as absent, whatever its mode says, and nothing runs."""
    mark = tmp_path / "executed"
    shelf = Shelf(tmp_path / "shelf")
    for key in ("value", "plain"):
        shelf.put(key, {"a": 1})
    with rows(shelf.folder) as db:
        db.execute("UPDATE Cache SET mode = 4, value = ? WHERE key = 'value'", (pickle.dumps(Bomb(mark)),))
        columns = "key, raw, store_time, expire_time, access_time, access_count, tag, size, mode, value"
        row = "?, 0, 0, NULL, 0, 0, NULL, 0, 1, '1'"
        db.execute(f"INSERT INTO Cache({columns}) VALUES ({row})", (pickle.dumps(Bomb(mark)),))
    db.close()
    assert shelf.get("value") is None
    assert [key for key, _ in shelf.items()] == ["plain"]
    assert not mark.exists()
    shelf.close()


def test_a_large_answer_is_kept_in_the_database(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path / "shelf")
    shelf.put("k", "x" * 1_000_000)
    assert len(shelf.get("k")) == 1_000_000
    assert not list(shelf.folder.rglob("*.val"))
    shelf.close()


@pytest.mark.parametrize("damage", [b"this is no database" * 100, b"\x00" * 4096], ids=["foreign", "zeros"])
def test_a_damaged_cache_is_set_aside_and_said(damage: bytes, tmp_path: Path) -> None:
    folder = tmp_path / "cache"
    Cache(folder).close()
    (folder / "answers" / "cache.db").write_bytes(damage)
    notices: list[str] = []
    cache = Cache(folder, notices.append)
    cache.answers.put("k", 1)
    [notice] = notices
    assert "set aside" in notice
    [aside] = folder.glob("answers.damaged-*")
    assert (aside / "cache.db").read_bytes() == damage
    cache.close()


def test_the_folder_is_for_its_owner_alone(tmp_path: Path) -> None:
    Cache(tmp_path / "cache").close()
    assert stat.S_IMODE((tmp_path / "cache" / "answers").stat().st_mode) == 0o700


def test_a_folder_that_cannot_be_made_is_one_clear_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(SetupError, match=r"cannot be used .*--cache-dir"):
        Cache(tmp_path / "file" / "cache")


@pytest.mark.parametrize("busy", [False, True], ids=["left", "in use"])
def test_a_shelf_where_nobody_may_write_can_be_read(
    busy: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    writer = Shelf(tmp_path / "shelf")
    writer.put_all({"a": {"é": 1}, "b": 2, "poisoned": 3})
    with rows(writer.folder) as db:
        db.execute("UPDATE Cache SET mode = 4 WHERE key = 'poisoned'")
    db.close()
    size = writer.size()
    if not busy:
        writer.close()
    assert busy == (writer.folder / "cache.db-wal").exists()
    before = (writer.folder / "cache.db").read_bytes()
    monkeypatch.setattr(os, "access", lambda *_: False)  # root may write anywhere
    notices: list[str] = []
    shelf = Shelf(writer.folder, notices.append, reads=True)
    assert list(shelf.items()) == [("a", {"é": 1}), ("b", 2)]
    assert (shelf.get("a"), shelf.get("none"), len(shelf), shelf.size()) == ({"é": 1}, None, 3, size)
    assert len(notices) == 1
    with pytest.raises(sqlite3.OperationalError, match="readonly"):
        connect(writer.folder).execute("DELETE FROM Cache")
    shelf.close()
    writer.close()
    assert busy or (writer.folder / "cache.db").read_bytes() == before


def test_a_damaged_shelf_where_nobody_may_write_is_one_clear_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "shelf").mkdir()
    (tmp_path / "shelf" / "cache.db").write_bytes(b"this is no database" * 100)

    def refuse(*_: object) -> None:
        raise PermissionError

    monkeypatch.setattr(Path, "rename", refuse)
    monkeypatch.setattr(os, "access", lambda *_: False)
    with pytest.raises(SetupError, match=r"cannot be used \(file is not a database\)"):
        Shelf(tmp_path / "shelf", reads=True)


def test_a_full_disk_is_one_clear_line(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path / "shelf")
    for connection in [shelf._cache._con]:
        pages = connection.execute("PRAGMA page_count").fetchone()[0]
        connection.execute(f"PRAGMA max_page_count = {pages}")
    with pytest.raises(SetupError, match="make room"):
        shelf.put("k", "x" * 10_000_000)
    shelf.close()


def _put(folder: Path, name: str) -> None:
    shelf = Shelf(folder)
    for number in range(50):
        shelf.put(f"{name}-{number}", number)
    shelf.close()


def test_two_processes_share_a_shelf(tmp_path: Path) -> None:
    context = multiprocessing.get_context("spawn")
    writers = [context.Process(target=_put, args=(tmp_path / "shelf", name)) for name in ("a", "b")]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    shelf = Shelf(tmp_path / "shelf")
    assert len(shelf) == 100
    shelf.close()


def test_the_key_depends_on_everything_asked_and_not_on_its_order() -> None:
    asked = {"model": "m", "messages": [{"role": "user", "content": "é"}], "temperature": 0.0}
    assert digest(asked) == digest(dict(reversed(asked.items())))
    changes: list[dict[str, object]] = [{"model": "n"}, {"messages": []}, {"temperature": 0.1}]
    for change in changes:
        assert digest({**asked, **change}) != digest(asked)


def test_rows_that_cannot_be_trusted_are_told_of_once(tmp_path: Path) -> None:
    Shelf(tmp_path / "shelf").close()
    shelf = Shelf(tmp_path / "shelf")
    shelf.put_all({"a": 1, "b": 2})
    shelf.close()
    with sqlite3.connect(tmp_path / "shelf" / "cache.db") as database:
        database.execute("UPDATE Cache SET mode = 4, value = x'80'")
    notices: list[str] = []
    shelf = Shelf(tmp_path / "shelf", notices.append)
    assert (shelf.get("a"), shelf.get("b")) == (None, None)
    [notice] = notices
    assert "count as absent" in notice
    shelf.close()


def test_what_is_kept_in_the_same_turn_is_kept_together(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shelf = Shelf(tmp_path / "shelf")
    transactions: list[int] = []
    write = shelf._write

    def counted(values: Mapping[str, object]) -> None:
        transactions.append(len(values))
        write(values)

    monkeypatch.setattr(shelf, "_write", counted)

    async def go() -> None:
        await asyncio.gather(*(shelf.keep(f"k{number}", number) for number in range(9)))
        assert [shelf.get(f"k{number}") for number in range(9)] == list(range(9))
        await shelf.keep("last", 9)

    asyncio.run(go())
    assert transactions == [9, 1]
    shelf.close()


def test_a_task_that_is_cancelled_while_its_answer_is_kept_loses_nothing(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path / "shelf")

    async def answered() -> None:
        await shelf.keep("paid", "for")

    async def go() -> None:
        task = asyncio.create_task(answered())
        await asyncio.sleep(0)
        task.cancel()
        await asyncio.wait([task])
        await asyncio.sleep(0.01)

    asyncio.run(go())
    assert shelf.get("paid") == "for"
    shelf.close()


def test_a_disk_that_is_full_is_told_to_all_who_wait(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path / "shelf")
    pages = shelf._cache._con.execute("PRAGMA page_count").fetchone()[0]
    shelf._cache._con.execute(f"PRAGMA max_page_count = {pages}")

    async def go() -> list[object]:
        large = "x" * 1_000_000
        return await asyncio.gather(*(shelf.keep(str(n), large) for n in range(3)), return_exceptions=True)

    assert [type(error) for error in asyncio.run(go())] == [SetupError] * 3
    shelf.close()


def test_what_cannot_be_written_is_told_to_who_waits(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path / "shelf")

    async def go() -> None:
        async with asyncio.timeout(2):
            await shelf.keep("half a character", "\ud800")

    with pytest.raises(SetupError, match="cannot be kept"):
        asyncio.run(go())
    shelf.close()
