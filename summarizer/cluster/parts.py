"""The pieces of a backlog: byte ranges of JSONL, row groups of Parquet, on a disk or in an object store."""

from __future__ import annotations

import io
import json
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from summarizer import sources
from summarizer.errors import InputError, SetupError

if TYPE_CHECKING:
    from pyarrow.fs import FileSystem

    from summarizer.records import Paper

_PART_BYTES = 2_000_000
"""Bytes of JSONL in a part: about a thousand abstracts, minutes of work."""


@dataclass(frozen=True)
class Part:
    """A piece of the backlog: ``begin`` to ``end`` are bytes of a JSONL file or row groups of a Parquet file."""

    number: int
    uri: str
    begin: int
    end: int

    @property
    def name(self) -> str:
        """The file that its records go to."""
        return f"part-{self.number:06}.jsonl"


def located(name: str) -> tuple[FileSystem, str]:
    """Return the file system and the path in it that ``name`` means: a path, or an address such as s3://bucket/key."""
    from pyarrow import fs

    if "://" not in name:
        return fs.LocalFileSystem(), str(Path(name).expanduser().absolute())
    try:
        system, path = fs.FileSystem.from_uri(name)
    except (ValueError, OSError) as error:
        raise SetupError(f"{name} cannot be reached ({error})") from None
    return system, path


def parts(names: Sequence[str]) -> Iterator[Part]:
    """Yield the parts of the files ``names``, in their order; none of their papers is read.

    Raises:
        InputError: a file is not there, or is neither JSONL nor Parquet.
    """
    number = 0
    for name in names:
        system, path = located(name)
        info = system.get_file_info(path)
        if not info.is_file:
            raise InputError(
                f"{name} is no file; --engine ray reads JSONL and Parquet files, or s3:// and the like"
            )
        for begin, end in _ranges(name, system, path, info.size):
            yield Part(number, name, begin, end)
            number += 1


def _ranges(name: str, system: FileSystem, path: str, size: int) -> Iterator[tuple[int, int]]:
    if path.endswith(".parquet"):
        from pyarrow import ArrowInvalid, parquet

        try:
            with system.open_input_file(path) as file:
                groups = parquet.ParquetFile(file).num_row_groups
        except ArrowInvalid as error:
            raise InputError(f"{name} is no Parquet file ({error})") from None
        yield from ((group, group + 1) for group in range(groups))
    elif path.endswith((".jsonl", ".ndjson", ".json")):
        yield from ((begin, min(begin + _PART_BYTES, size)) for begin in range(0, size, _PART_BYTES))
    else:
        raise InputError(f"{name}: --engine ray reads .jsonl and .parquet, which can be cut into parts")


def read(part: Part, notice: Callable[[str], None]) -> list[Paper]:
    """Return the papers of ``part``, read as ``summarize backlog`` reads a file of these lines."""
    system, path = located(part.uri)
    with tempfile.TemporaryDirectory() as folder:
        lines = Path(folder) / "part.jsonl"
        with lines.open("wb") as file:
            for line in (
                _rows(part, system, path) if path.endswith(".parquet") else _lines(part, system, path)
            ):
                file.write(line)
        try:
            found = sources.read(
                [str(lines)], notice=lambda said: notice(said.replace(str(lines), part.name))
            )
            return list(found)
        except InputError as error:
            notice(str(error).replace(str(lines), f"{part.uri}, part {part.number}"))
            return []


def _lines(part: Part, system: FileSystem, path: str) -> Iterator[bytes]:
    """Yield the lines that begin within the part; the last of them may end outside."""
    with io.BufferedReader(system.open_input_file(path)) as file:
        file.seek(max(part.begin - 1, 0))
        if part.begin:
            file.readline()  # what began in the part before; nothing but a line break where one begins here
        while file.tell() < part.end and (line := file.readline()):
            yield line


def _rows(part: Part, system: FileSystem, path: str) -> Iterator[bytes]:
    from pyarrow import parquet

    with system.open_input_file(path) as file:
        table = parquet.ParquetFile(file).read_row_group(part.begin)
    for row in table.to_pylist():
        yield json.dumps(row, ensure_ascii=False, default=str).encode() + b"\n"
