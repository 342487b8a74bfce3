"""From the name of a source to its lines: folders, patterns, standard input, archives, encodings."""

from __future__ import annotations

import codecs
import datetime as dt
import glob
import io
import itertools
import os
import re
import shutil
import stat
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, overload

from summarizer import text
from summarizer.errors import InputError
from summarizer.sources import archives

STDIN = "-"
_HEAD = 4096  # bytes by which text is told from what is none
_FIRST = 301  # lines by which one kind of source is told from another
_LINE_END = re.compile(rb"\r\n|\r|\n")
# How the files begin that people hand over by mistake.
_BINARY = (
    (b"%PDF-", "a PDF"),
    (b"\x89PNG", "a PNG image"),
    (b"\xff\xd8\xff", "a JPEG image"),
    (b"GIF8", "a GIF image"),
    (b"SQLite format 3", "an SQLite database"),
    (b"\x28\xb5\x2f\xfd", "a Zstandard archive"),
    (b"7z\xbc\xaf\x27\x1c", "a 7z archive"),
    (b"Rar!", "a RAR archive"),
)
_PARQUET = (
    "a Parquet file: turn it into CSV first, with `duckdb -c \"copy 'in.parquet' to 'out.csv'\"`, "
    "or with pandas: read_parquet('in.parquet').to_csv('out.csv')"
)
# The longer marks first: that of UTF-32 begins with that of UTF-16.
_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


@dataclass
class Text:
    """The lines of one source, its name for people, and where remarks about it go.

    ``today`` is the day to read dates without a year against; ``suffix`` is that of the file, less what
    says how it is compressed. ``also`` keeps, by a paper's key, what else the same paper is known by.
    """

    name: str
    lines: Sequence[str]
    notice: Callable[[str], None]
    today: dt.date
    suffix: str = ""
    also: dict[str, set[str]] = field(default_factory=dict)
    _doubts: dict[str, dict[str, None]] = field(default_factory=dict)
    _skipped: str = ""

    def tell(self, message: str, where: int | str = "") -> None:
        """Send one line about this source; ``where`` is a line's number or words such as ``item 3``."""
        self.notice(f"{self.name}{_place(where)}: {message}")

    def skip(self, message: str, where: int | str) -> None:
        """Tell that what stands at ``where`` is skipped: once, and without what else is doubtful about it."""
        place = _place(where)
        for places in self._doubts.values():
            places.pop(place, None)
        if place != self._skipped:
            self._skipped = place
            self.tell(message, where)

    def doubt(self, message: str, where: int | str) -> None:
        """Note a small thing that may recur on every line; ``settle`` tells each kind of it once."""
        self._doubts.setdefault(message, {})[_place(where)] = None

    def settle(self) -> None:
        """Tell every doubt that was noted, with how often it came again; those that began at one place in one line."""
        told: dict[str, list[str]] = {}
        for message, places in self._doubts.items():
            again = f" (and {text.count(len(places) - 1, 'more time')})" if len(places) > 1 else ""
            for first in list(places)[:1]:
                told.setdefault(first, []).append(message + again)
        for place, messages in told.items():
            self.notice(f"{self.name}{place}: {'; '.join(messages)}")
        self._doubts.clear()


def exists(name: str) -> bool:
    """Tell whether there is a file or a folder called ``name``."""
    try:
        return Path(name).exists()
    except (OSError, ValueError):  # too long a name, or a NUL in it
        return False


def expand(name: str) -> list[str]:
    """Return ``name`` itself, or, sorted, the files in the folder or of the pattern that it is.

    Folders inside are entered; hidden files and folders are left alone. Raises InputError where there is
    no file at all.
    """
    if name == STDIN:
        return [name]
    try:
        if Path(name).is_dir():
            return _inside(name)
        if any(sign in name for sign in "*?[") and not exists(name):
            found = sorted(glob.glob(name, recursive=True))  # noqa: PTH207 (a pattern may be absolute)
            files = [file for path in found for file in (_inside(path) if Path(path).is_dir() else [path])]
            if not files:
                raise InputError(f"{label(name)}: no file fits this pattern")
            return list(dict.fromkeys(files))
    except (OSError, ValueError, re.error) as error:
        raise InputError(f"{label(name)}: cannot be read ({_reason(error)})") from None
    return [name]


def _inside(folder: str) -> list[str]:
    def fail(error: OSError) -> None:
        raise error

    files: list[str] = []
    for path, folders, names in os.walk(folder, onerror=fail):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        files += [str(Path(path, name)) for name in sorted(names) if not name.startswith(".")]
    if not files:
        raise InputError(f"{label(folder)}: a folder without files")
    return files


def label(name: str) -> str:
    """Return the name of a source as messages show it, on one line."""
    if name == STDIN:
        return "standard input"
    return text.clean(name.encode("utf-8", "backslashreplace").decode()) or repr(name)


def load(name: str, notice: Callable[[str], None], today: dt.date) -> Iterator[Text | InputError]:
    """Yield the text of the source called ``name``, or those of the files in it where it is an archive.

    Raises InputError where there is no such file, where it cannot be read, holds nothing or is no text; a
    file of an archive that is none of these comes as the error instead, so that the others are read.
    """
    with _standard_input() if name == STDIN else _file(name) as data:
        for inner, content in archives.unpacked(label(name), data):
            if isinstance(content, InputError):
                yield content
                continue
            try:
                yield _text(Text(inner, [], notice, today, archives.suffix(inner)), content)
            except InputError as error:
                if inner == label(name):
                    raise
                yield error


def _text(source: Text, data: IO[bytes]) -> Text:
    """Fill in the lines of ``source``; raise InputError where ``data`` is no text."""
    head = data.read(_HEAD)
    encoding = next((encoding for mark, encoding in _MARKS if head.startswith(mark)), None)
    if encoding:
        source.lines = re.split("\r\n|\r|\n", (head + data.read()).decode(encoding, errors="replace"))
    else:
        _refuse_binary(source.name, head)
        source.lines = Lines(data, source)
    if not any(line.strip() for line in source.lines):
        raise InputError(f"{source.name}: empty")
    return source


def _standard_input() -> IO[bytes]:
    """Return what stands on standard input, on disk, so that it can be read more than once."""
    data = tempfile.TemporaryFile()  # noqa: SIM115 - whoever asked for it closes it
    shutil.copyfileobj(sys.stdin.buffer, data)
    data.seek(0)
    return data


def _file(name: str) -> IO[bytes]:
    try:
        path = Path(name)
        mode = path.stat().st_mode
        if stat.S_ISCHR(mode) or stat.S_ISBLK(mode) or stat.S_ISSOCK(mode):
            raise InputError(f"{label(name)}: a device, not a file")
        if stat.S_ISFIFO(mode):
            with path.open("rb") as pipe:
                return io.BytesIO(pipe.read())
        return path.open("rb")
    except FileNotFoundError:
        raise InputError(f"{label(name)}: no such file or folder") from None
    except (OSError, ValueError) as error:  # a name with a NUL in it is a ValueError
        raise InputError(f"{label(name)}: cannot be read ({_reason(error)})") from None


def _refuse_binary(name: str, data: bytes) -> None:
    if data.startswith(b"PAR1"):
        raise InputError(f"{name}: {_PARQUET}")
    for start, what in _BINARY:
        if data.startswith(start):
            raise InputError(f"{name}: looks like {what}, not text: pass text, JSON or JSONL")
    # Text has no NUL, and of the other control characters hardly more than tabs and line ends.
    head = data[:_HEAD]
    odd = sum(byte < 32 and byte not in b"\t\n\r\f\x1b" for byte in head)
    if 0 in head or odd > len(head) / 10:
        raise InputError(f"{name}: looks like binary data, not text: pass text, JSON or JSONL")


class Lines(Sequence[str]):
    """The lines of a file, decoded as they are read, so that a backlog may be larger than the memory.

    Going through them, and looking at the first ones, reads no more than that; whoever wants others by their
    number gets them from a list of all.
    """

    def __init__(self, data: IO[bytes], source: Text) -> None:
        self._data = data
        self._source = source
        self._length: int | None = None
        self._all: list[str] | None = None
        self._looked_at = 0  # doubts about lines so far have been noted
        self._head = list(itertools.islice(self._read(), _FIRST))

    def __iter__(self) -> Iterator[str]:
        return iter(self._all) if self._all is not None else self._read()

    def __len__(self) -> int:
        if self._length is None:
            self._length = sum(1 for _ in self._read())
        return self._length

    @overload
    def __getitem__(self, place: int) -> str: ...
    @overload
    def __getitem__(self, place: slice) -> list[str]: ...
    def __getitem__(self, place: int | slice) -> str | list[str]:
        last = place.stop if isinstance(place, slice) else place
        if last is not None and 0 <= last < _FIRST:
            return self._head[place]
        if self._all is None:
            self._all = list(self._read())
        return self._all[place]

    def _read(self) -> Iterator[str]:
        self._data.seek(0)
        number = 0
        for block in self._data:
            ended = block.removesuffix(b"\n").removesuffix(b"\r")
            if number == 0:
                ended = ended.removeprefix(codecs.BOM_UTF8)
            for line in _LINE_END.split(ended) if b"\r" in ended else (ended,):
                number += 1
                yield self._decoded(line, number)

    def _decoded(self, line: bytes, number: int) -> str:
        """Decode line by line, so that one bad byte does not garble the letters of a whole backlog."""
        try:
            return line.decode("utf-8")
        except UnicodeDecodeError as error:
            if number > self._looked_at:
                self._looked_at = number
                self._source.doubt("not UTF-8: read as Latin-1, so look at accents and symbols there", number)
            if error.reason == "unexpected end of data":  # cut off within a letter
                return line.decode("utf-8", errors="replace")
            # Latin-1 as it is met in practice: with the quotation marks and dashes of Windows.
            return line.decode("cp1252", errors="replace")


def _place(where: int | str) -> str:
    if isinstance(where, int):
        return f":{where}"
    return f": {where}" if where else ""


def _reason(error: Exception) -> str:
    return (error.strerror if isinstance(error, OSError) else None) or text.clean(str(error))
