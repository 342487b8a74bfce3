"""The format for scripts: one record a line as JSON, or all of them as one JSON array."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterator

from summarizer.digest.edition import About
from summarizer.records import Record

# Letters stay readable; what ends a line for some readers (U+0085, U+2028, U+2029) or steers a terminal
# (U+007F to U+009F) is escaped, so that a record is one line for every program that splits lines.
_UNPRINTED = re.compile("[\x7f-\x9f\u2028\u2029]")


def lines(records: Collection[Record], _about: About) -> Iterator[str]:
    """Yield one line a record, as soon as it is there; nothing is held back."""
    for record in records:
        yield _json(record) + "\n"


def array(records: Collection[Record], _about: About) -> Iterator[str]:
    """Yield one indented JSON array of the same records."""
    before = "[\n  "
    for record in records:
        # No string holds a line break of its own, so every one is the layout's.
        yield before + _json(record, indent=2).replace("\n", "\n  ")
        before = ",\n  "
    yield "\n]\n" if before.startswith(",") else "[]\n"


def _json(record: Record, indent: int | None = None) -> str:
    text = json.dumps(record.model_dump(mode="json"), ensure_ascii=False, indent=indent)
    return _UNPRINTED.sub(lambda sign: f"\\u{ord(sign[0]):04x}", text)
