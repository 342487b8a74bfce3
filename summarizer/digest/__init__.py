"""Results as files: one module a format, one table that says which suffix is written by which."""

from __future__ import annotations

import importlib
import os
import re
import secrets
import shutil
from collections.abc import Callable, Collection, Iterator
from pathlib import Path

from summarizer.digest.edition import About
from summarizer.errors import SetupError
from summarizer.records import Record

__all__ = ["FORMATS", "FOR_PROGRAMS", "About", "check", "render", "write", "writer"]

Writer = Callable[[Collection[Record], About], Iterator[str]]
"""Takes records in the order of the input and yields a file's text, piece by piece.

The records may be on disk: there are no places to ask for, and every pass over them costs.
"""

FORMATS = {
    ".md": "markdown.pieces",
    ".html": "html.pieces",
    ".jsonl": "jsonl.lines",
    ".json": "jsonl.array",
    ".csv": "sheet.rows",
    ".atom": "atom.pieces",
    ".bib": "bibtex.entries",
    ".eml": "mail.pieces",
}
"""Every format that can be written, by the suffix that asks for it: the module here and the function that writes it.

They are imported when they are wanted: a table in the terminal needs no templates of pages.
"""


FOR_PROGRAMS = frozenset({".jsonl", ".json", ".csv"})
"""The formats in which each paper has its line, done or not."""

PARTS = ("domain", "contribution")
"""The tags that a file's name may stand for: a file of each."""


def check(path: Path, templates: Path | None = None) -> None:
    """Raise ``SetupError`` where ``write`` could not write ``path``, before any work is done for it.

    That includes what is wrong with the ``templates`` of a page.
    """
    writer(path.suffix, of=path)
    if unknown := next((tag for tag in re.findall(r"\{(\w+)\}", path.name) if tag not in PARTS), None):
        raise SetupError(
            f"{path}: files of each {{{unknown}}} cannot be made; there are {{domain}} and {{contribution}}"
        )
    if path.suffix.lower() == ".html":
        from summarizer.digest import html

        html.load(templates)
    folder = path.parent
    if not folder.exists():
        raise SetupError(f"{path}: there is no folder {folder}; create it or name another file")
    if not folder.is_dir():
        raise SetupError(f"{path}: {folder} is not a folder; name another file")
    if path.is_dir():
        raise SetupError(f"{path}: is a folder; name a file in it")
    locked = next(
        (place for place in (path, folder) if place.exists() and not os.access(place, os.W_OK)), None
    )
    if locked:
        raise SetupError(f"{path}: no permission to write to {locked}; change it or name another file")


def render(suffix: str, records: Collection[Record], about: About) -> str:
    """Return the whole text of a file with ``suffix``, such as ``".md"``, as ``write`` would write it.

    The same records and the same ``about`` give the same text. Raises ``SetupError`` for an unknown suffix.
    """
    return "".join(writer(suffix)(records, about))


def write(path: Path, records: Collection[Record], about: About) -> None:
    """Write ``records`` to ``path`` in the format of its suffix, in UTF-8: wholly or not at all.

    The text goes to a new file beside ``path`` that takes its place once it is complete, so a full disk
    or an interruption leaves the old file as it was. Raises ``SetupError`` where it cannot be written.

    A name with ``{domain}`` or ``{contribution}`` in it stands for a file of each.
    """
    from summarizer.digest import apart

    if apart.asked(path):
        for one, chosen, its in apart.split(path, records, about):
            write(one, chosen, its)
        return
    pieces = writer(path.suffix, of=path)
    target = path.resolve()  # a link stays a link; the file that it leads to is replaced
    temporary = target.with_name(f".summarize-{secrets.token_hex(6)}.tmp")
    try:
        try:
            # A file name in the retry command may hold bytes that are not UTF-8: shown, not crashed on.
            with temporary.open("x", encoding="utf-8", errors="backslashreplace", newline="") as file:
                file.writelines(pieces(records, about))
            if target.exists():
                shutil.copymode(target, temporary)
            temporary.replace(target)
        finally:
            temporary.unlink(missing_ok=True)
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise SetupError(f"{path}: not written: {reason}; make room or name another file") from error


def writer(suffix: str, *, of: Path | None = None) -> Writer:
    """Return what writes files with ``suffix``; ``SetupError``, about the file ``of``, where there is nothing."""
    try:
        module, function = FORMATS[suffix.lower()].split(".")
    except KeyError:
        raise SetupError(f"{of or f'digest{suffix}'}: no such format; one of {' '.join(FORMATS)}") from None
    found: Writer = getattr(importlib.import_module(f"summarizer.digest.{module}"), function)
    return found
