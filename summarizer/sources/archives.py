"""Compressed files and ZIP archives: what is in them, told by content rather than by suffix."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import tempfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from pathlib import PurePath
from typing import IO, cast

from summarizer import text
from summarizer.errors import InputError

_OPENERS: tuple[tuple[bytes, str, Callable[[IO[bytes]], IO[bytes]]], ...] = (
    (b"\x1f\x8b", "gzip", lambda file: cast("IO[bytes]", gzip.GzipFile(fileobj=file))),
    (b"BZh", "bzip2", lambda file: cast("IO[bytes]", bz2.BZ2File(file))),
    (b"\xfd7zXZ", "xz", lambda file: cast("IO[bytes]", lzma.LZMAFile(file))),  # noqa: SIM115 (its reader ends it)
)
_ZIP = b"PK\x03\x04"
_HEAD = 512  # bytes by which an archive is known
_BLOCK = 1 << 20
_LARGEST = 1 << 30  # bytes unpacked: a few kilobytes can be made to hold far more than a machine has
_SUFFIXES = frozenset({".gz", ".bz2", ".xz"})
_BROKEN = (
    OSError,
    EOFError,
    zlib.error,
    lzma.LZMAError,
    zipfile.BadZipFile,
    NotImplementedError,
    RuntimeError,
)


def suffix(name: str) -> str:
    """Return the suffix that says what a file holds, in small letters: ``.bib`` of ``refs.bib.gz``."""
    path = PurePath(name)
    return (path.with_suffix("") if path.suffix.lower() in _SUFFIXES else path).suffix.lower()


def unpacked(name: str, data: IO[bytes]) -> Iterator[tuple[str, IO[bytes] | InputError]]:
    """Yield the name and the content of each file in ``data``, which is itself where it is no archive.

    A file that cannot be unpacked comes as an error. Raises InputError where nothing can.
    """
    head = data.read(_HEAD)
    data.seek(0)
    for start, how, opener in _OPENERS:
        if head.startswith(start):
            with _bounded(name, opener(data), f"a damaged {how} archive") as inner:
                head = inner.read(_HEAD)
                inner.seek(0)
                if head.startswith(_ZIP) or head[257:262] == b"ustar":
                    raise InputError(
                        f"{name}: an archive within an archive: unpack it first and pass the folder"
                    )
                yield name, inner
            return
    if head.startswith(_ZIP):
        yield from _members(name, data)
    else:
        yield name, data


def _members(name: str, data: IO[bytes]) -> Iterator[tuple[str, IO[bytes] | InputError]]:
    try:
        archive = zipfile.ZipFile(data)
        members = archive.infolist()
    except (*_BROKEN, ValueError) as error:
        raise InputError(f"{name}: a damaged ZIP archive ({_reason(error)})") from None
    if any(member.filename == "[Content_Types].xml" for member in members):
        raise InputError(f"{name}: looks like an office document, not text: save it as text or CSV first")
    files = [member for member in members if not member.is_dir() and not _is_hidden(member.filename)]
    if not files:
        raise InputError(f"{name}: a ZIP archive without files")
    left = _LARGEST
    for member in files:
        inner = text.clean(f"{name}/{member.filename}")
        try:
            with archive.open(member) as file:
                content = _bounded(inner, file, "damaged in its ZIP archive", left)
        except InputError as error:
            yield inner, error
            continue
        except (*_BROKEN, ValueError) as error:
            yield inner, InputError(f"{inner}: cannot be unpacked ({_reason(error)})")
            continue
        with content:
            left -= content.seek(0, io.SEEK_END)
            content.seek(0)
            yield inner, content


def _is_hidden(name: str) -> bool:
    return any(part.startswith((".", "__MACOSX")) for part in PurePath(name).parts)


def _bounded(name: str, file: IO[bytes], damage: str, most: int = _LARGEST) -> IO[bytes]:
    """Return all of ``file``, on disk; raise InputError where it is damaged or holds more than ``most`` bytes."""
    content = tempfile.TemporaryFile()  # noqa: SIM115 - whoever takes it closes it
    try:
        while (block := file.read(_BLOCK)) and content.tell() <= most:
            content.write(block)
    except (*_BROKEN, ValueError) as error:
        content.close()
        raise InputError(f"{name}: {damage} ({_reason(error)})") from None
    if content.tell() > most:
        content.close()
        raise InputError(f"{name}: more than {_LARGEST >> 30} GiB once it is unpacked: pass it in parts")
    content.seek(0)
    return content


def _reason(error: Exception) -> str:
    return text.clean(str(error)) or type(error).__name__
