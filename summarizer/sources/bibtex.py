"""BibTeX and BibLaTeX, as Zotero, Mendeley, JabRef and the databases export it."""

from __future__ import annotations

import html
import logging
import re
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from summarizer.errors import InputError
from summarizer.records import Paper
from summarizer.sources import fields, identifiers, tex
from summarizer.sources.files import Text

if TYPE_CHECKING:
    from bibtexparser.library import Library

_ENTRY = re.compile(
    r"\s*@\s*(?:[a-z]+\s*[{(]\s*[^\s,{}()\"]+\s*,|(?:comment|string|preamble)\s*[{(])", re.IGNORECASE
)
# Where people write an arXiv id when there is no field for it.
_ELSEWHERE = ("journal", "journaltitle", "note", "howpublished", "number", "volume", "pages", "archiveprefix")


def fits(source: Text) -> bool:
    """Tell whether an entry begins on one of the first lines."""
    return any(_ENTRY.match(line) for line in source.lines[:300])


def read(source: Text) -> Iterator[Paper]:
    """Yield the papers of a bibliography; entries that are damaged are told, each with its line."""
    library = _parse("\n".join(source.lines))
    strings = {string.key.casefold(): string.value for string in library.strings}
    papers = 0
    for line, entry in _entries(library, source):
        values = {name.casefold(): _value(str(value), strings) for name, value in entry.items()}
        for paper in fields.papers(_record(values), "bibtex", source, line):
            papers += 1
            yield paper
    if not papers:
        raise InputError(f"{source.name}: BibTeX without a paper: none of its entries has a title")


def _parse(text: str) -> Library:
    from bibtexparser.entrypoint import parse_string

    logging.getLogger("bibtexparser").setLevel(logging.CRITICAL)  # what it has to say is told below
    return parse_string(text, parse_stack=[])  # its own reading of TeX fails at the first slip


def _entries(library: Library, source: Text) -> Iterator[tuple[int, Mapping[str, Any]]]:
    """Yield each entry with the number of its line, in the order of the file."""
    from bibtexparser.model import DuplicateFieldKeyBlock, Entry, ParsingFailedBlock

    for block in library.blocks:
        line = (block.start_line or 0) + 1
        found: Any = block
        if isinstance(block, ParsingFailedBlock):  # a key used twice is no damage: it is another entry
            found = block.ignore_error_block
        if isinstance(block, DuplicateFieldKeyBlock):
            source.tell("a field stands twice in one entry: the first one counts", line)
        if isinstance(found, Entry):
            entry: dict[str, Any] = {}
            for field in found.fields:
                entry.setdefault(field.key.casefold(), field.value)
            yield line, entry
        elif isinstance(block, ParsingFailedBlock) and _ENTRY.match(block.raw or ""):
            source.tell("an entry that never ends, a brace or a comma is missing: skipped", line)


def _value(raw: str, strings: Mapping[str, str]) -> str:
    """Return a field's text: its pieces joined, its strings looked up, its quotes or outer braces off."""
    pieces = []
    for piece in _pieces(raw):
        inside = piece.strip()
        if inside[:1] + inside[-1:] in ("{}", '""') and len(inside) > 1:
            pieces.append(inside[1:-1])
        elif inside.casefold() in strings:
            pieces.append(_value(strings[inside.casefold()], {}))
        else:
            pieces.append(inside)
    return "".join(pieces)


def _pieces(raw: str) -> list[str]:
    """Split at the # that joins strings, which stands outside braces and quotes."""
    depth, quoted, start, pieces = 0, False, 0, []
    for place, sign in enumerate(raw):
        if sign in "{}":
            depth += 1 if sign == "{" else -1
        elif sign == '"' and depth == 0:
            quoted = not quoted
        elif sign == "#" and depth == 0 and not quoted:
            pieces.append(raw[start:place])
            start = place + 1
    return [*pieces, raw[start:]]


def _record(values: Mapping[str, str]) -> dict[object, object]:
    """Return the record that an entry is, under the names of the table ``FIELDS``."""
    record: dict[object, object] = {
        name: html.unescape(tex.readable(values[name])) for name in ("title", "abstract") if name in values
    }
    if people := values.get("author") or values.get("editor"):
        record["authors"] = [_name(name) for name in re.split(r"\s+and\s+", people.strip()) if name]
    for name in ("doi", "url"):
        if name in values:
            record[name] = re.sub(r"\\([_%#&~])", r"\1", values[name]).strip("{} ")
    kind = (values.get("eprinttype") or values.get("archiveprefix") or "arxiv").casefold()
    if kind == "arxiv" and "eprint" in values:
        record["eprint"] = values["eprint"]
    elif number := next(
        filter(None, (identifiers.arxiv_in(values.get(name, "")) for name in _ELSEWHERE)), None
    ):
        record["arxiv"] = number
    day = " ".join(values[name] for name in ("day", "month", "year") if name in values)
    if date := values.get("date") or day:
        record["date"] = date
    return record


def _name(name: str) -> str:
    """Return an author's name, "Last, First" turned round; a name in braces is one of a group."""
    name = name.strip()
    if name.casefold() == "others":
        return "et al."
    whole = name.startswith("{") and name.endswith("}") and name.count("{") == 1
    if whole and name.count(",") != 1:
        return tex.readable(name)
    # Last, First · Last, Jr, First
    *rest, first = [part.strip() for part in tex.readable(name).split(",")]
    return " ".join([first, *rest])
