"""Folders, patterns, compressed files and archives."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from summarizer.errors import InputError
from summarizer.records import Paper
from summarizer.sources import archives, read

BIB = b"@article{a, title = {Kettles}, abstract = {We teach.}}"


def take(*sources: str | Path) -> tuple[list[Paper], list[str]]:
    notices: list[str] = []
    return list(read([str(source) for source in sources], notice=notices.append)), notices


def zipped(files: dict[str, bytes]) -> bytes:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return data.getvalue()


def titled(title: str) -> bytes:
    return f'{{"title": "{title}"}}\n'.encode()


def test_a_folder_is_read_with_those_in_it_in_order(tmp_path: Path) -> None:
    for name in ("b/z.jsonl", "b/a/deep.jsonl", "a.jsonl", ".git/x.jsonl", "b/.hidden.jsonl"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(titled(path.stem))
    assert [paper.title for paper in take(tmp_path)[0]] == ["a", "z", "deep"]


@pytest.mark.parametrize(
    ("pattern", "titles"),
    [("*.jsonl", ["a", "b"]), ("**/*.jsonl", ["a", "b", "c"]), ("[b-z].jsonl", ["b"]), ("in*", ["c"])],
)
def test_a_pattern_is_the_files_that_fit_it(tmp_path: Path, pattern: str, titles: list[str]) -> None:
    (tmp_path / "inner").mkdir()
    for name in ("a", "b", "inner/c"):
        (tmp_path / f"{name}.jsonl").write_bytes(titled(name[-1]))
    assert sorted(paper.title for paper in take(tmp_path / pattern)[0]) == titles


def test_a_pattern_that_no_file_fits_is_said(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no file fits this pattern"):
        take(tmp_path / "*.bib")


def test_a_file_may_be_called_like_a_pattern(tmp_path: Path) -> None:
    (tmp_path / "[1].jsonl").write_bytes(titled("One"))
    assert len(take(tmp_path / "[1].jsonl")[0]) == 1


@pytest.mark.parametrize(
    "pack", [gzip.compress, bz2.compress, lzma.compress, lambda data: zipped({"refs.bib": data})]
)
@pytest.mark.parametrize("name", ["refs.bib.gz", "refs"])
def test_a_compressed_file_is_told_by_its_content(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, pack: Callable[[bytes], bytes], name: str
) -> None:
    (tmp_path / name).write_bytes(pack(BIB))
    assert [paper.source for paper in take(tmp_path / name)[0]] == ["bibtex"]
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(pack(BIB))))
    assert [paper.source for paper in take("-")[0]] == ["bibtex"]


def test_a_zip_archive_is_all_its_files_and_bad_ones_are_told(tmp_path: Path) -> None:
    path = tmp_path / "a.zip"
    path.write_bytes(
        zipped(
            {"a.bib": BIB, "sub/b.jsonl": titled("Pots"), "c.png": b"\x89PNG\r\n", "__MACOSX/a.bib": b"\0"}
        )
    )
    papers, notices = take(path)
    assert [paper.title for paper in papers] == ["Kettles", "Pots"]
    assert next(notice for notice in notices if "c.png" in notice).startswith(
        f"{path}/c.png: looks like a PNG image"
    )


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (gzip.compress(BIB)[:-12], "a damaged gzip archive"),
        (gzip.compress(b""), "empty"),
        (bz2.compress(BIB)[:20], "a damaged bzip2 archive"),
        (lzma.compress(BIB)[:20], "a damaged xz archive"),
        (zipped({"a.bib": BIB})[:40], "a damaged ZIP archive"),
        (zipped({}), "looks like binary data"),
        (gzip.compress(zipped({"a.bib": BIB})), "an archive within an archive"),
        (gzip.compress(b"\0" * 257 + b"ustar" + b"\0" * 300), "an archive within an archive"),
        (zipped({"[Content_Types].xml": b"<x/>"}), "looks like an office document"),
        (b"PAR1\x15\x04", "a Parquet file: turn it into CSV first, with `duckdb"),
    ],
)
def test_what_cannot_be_unpacked_is_one_clear_line(tmp_path: Path, content: bytes, reason: str) -> None:
    (tmp_path / "input").write_bytes(content)
    with pytest.raises(InputError) as caught:
        take(tmp_path / "input")
    assert reason in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_bomb_is_not_unpacked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archives, "_LARGEST", 10_000)
    monkeypatch.setattr(archives._bounded, "__defaults__", (10_000,))
    for number, content in enumerate((gzip.compress(b" " * 20_000), zipped({"a.bib": b" " * 20_000}))):
        (tmp_path / str(number)).write_bytes(content)
        with pytest.raises(InputError, match="once it is unpacked"):
            take(tmp_path / str(number))
