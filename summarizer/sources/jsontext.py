"""JSON and JSONL: text to records, whatever envelope they come in."""

from __future__ import annotations

import ast
import json
import re
import warnings
from collections.abc import Iterator, Mapping

from summarizer.errors import InputError
from summarizer.records import Paper
from summarizer.sources import fields
from summarizer.sources.files import Text
from summarizer.sources.values import missing
from summarizer.text import count

# An array of objects, strings or arrays, or an object. "[Re] A replication" is neither.
_JSON = re.compile(r'\s*(?:\[\s*[\[{"\]]|\{\s*["}])')
_DEPTH = 4  # envelopes inside envelopes; real ones have one or two
# What a Daily Papers item says of the paper nested in it. Its own publishedAt is not the paper's.
_BESIDE = ("title", "summary", "numComments")


def is_lines(source: Text) -> bool:
    """Tell whether lines are objects of their own: the first, half of them, or, in a file called so, any."""
    head = [line.strip() for line in source.lines[:100] if line.strip()][:20]
    objects = [line.startswith("{") and line.endswith("}") for line in head]
    called_so = source.suffix in {".jsonl", ".ndjson"} and not (head and head[0].startswith("["))
    return bool(head) and (objects[0] or sum(objects) * 2 >= len(head) or (called_so and any(objects)))


def is_whole(source: Text) -> bool:
    """Tell whether the text begins as a JSON array or object does, and is no JSONL."""
    head = [line for line in source.lines[:50] if line.strip()]
    return bool(_JSON.match("\n".join(head))) and (len(head) == 1 or not is_lines(source))


def read_lines(source: Text) -> Iterator[Paper]:
    """Yield the papers of a JSONL source, one line at a time."""
    papers = 0
    for number, line in enumerate(source.lines, 1):
        if not line.strip():
            continue
        try:
            value = _parse(line)
        except InputError as error:
            source.skip(f"not JSON ({error}): line skipped", number)
            continue
        for record in list(records(value)) or [value]:
            for paper in fields.papers(record, "jsonl", source, number):
                papers += 1
                yield paper
    if not papers:
        raise InputError(f"{source.name}: no paper in its {count(len(source.lines), 'line')}")


def read_whole(source: Text) -> Iterator[Paper]:
    """Yield the papers of a JSON source: an array, an object around one, or a single paper."""
    try:
        value = _parse("\n".join(source.lines))
    except InputError as error:
        raise InputError(f"{source.name}: not JSON ({error}): nothing in it can be read") from None
    papers = 0
    for number, record in enumerate(records(value), 1):
        for paper in fields.papers(record, "json", source, f"item {number}"):
            papers += 1
            yield paper
    if not papers:
        raise InputError(f"{source.name}: JSON without a paper: none of it has a title")


def records(value: object, depth: int = 0) -> Iterator[object]:
    """Yield the records in ``value``, taken out of their envelopes.

    A record is a mapping; anything else stands where one was expected, and is for the caller to report.
    """
    if isinstance(value, str):
        value = _literal(value)
    if isinstance(value, list) and depth < _DEPTH:
        for item in value:
            yield from records(item, depth + 1)
    elif isinstance(value, Mapping):
        nested = value.get("paper")
        if isinstance(nested, Mapping):
            beside = {name: value[name] for name in _BESIDE if name in value}
            yield {**beside, **{name: part for name, part in nested.items() if not missing(part)}}
        elif inside := _inside(value, depth):
            yield from inside
        else:
            yield value
    else:
        yield value


def _inside(envelope: Mapping[object, object], depth: int) -> list[object]:
    """Return the records in those parts of ``envelope`` that hold a paper; none where it is one itself.

    A paper's references and linked models have titles too, and an envelope may have one.
    """
    is_paper = fields.has(envelope, "abstract") or fields.has(envelope, "authors")
    if depth == _DEPTH or (fields.has(envelope, "title") and is_paper):
        return []
    found: list[object] = []
    for part in envelope.values():
        if isinstance(part, list | Mapping):
            inner = list(records(part, depth + 1))
            if any(isinstance(record, Mapping) and fields.has(record, "title") for record in inner):
                found += inner
    return found


def _parse(text: str) -> object:
    """Return the value of ``text``, or raise InputError with the parser's reason."""
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        line = f"line {error.lineno} " if "\n" in text else ""
        raise InputError(f"{error.msg.removesuffix(' at')} at {line}column {error.colno}") from None
    except RecursionError:
        raise InputError("nested too deeply") from None
    except ValueError:  # Python refuses to turn thousands of digits into a number
        raise InputError("a number with thousands of digits") from None


def _literal(value: str) -> object:
    """Return the mapping that a string holds as JSON or as Python writes it, or the string itself.

    Archives of Daily Papers are found in which every item was saved as Python text.
    """
    if not value.lstrip().startswith("{"):
        return value
    try:
        return json.loads(value)
    except (ValueError, RecursionError):
        pass
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about backslashes in the text
            return ast.literal_eval(value.strip())
    except (ValueError, SyntaxError, TypeError, MemoryError, RecursionError):
        return value
