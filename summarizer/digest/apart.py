"""One file a tag: ``-o 'feeds/{domain}.atom'`` writes a feed of each domain."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import replace
from pathlib import Path

from summarizer.digest import PARTS
from summarizer.digest.edition import About
from summarizer.digest.ordered import Ordered
from summarizer.records import RECORD, Record, Result
from summarizer.spool import Spool
from summarizer.text import clean

_TAG = re.compile(r"\{(" + "|".join(PARTS) + r")\}")
_LONGEST = 80
"""Letters of a tag in a file's name."""


def asked(path: Path) -> bool:
    """Tell whether the name of ``path`` stands for several files."""
    return bool(_TAG.search(path.name))


def split(
    path: Path, records: Collection[Record], about: About
) -> Iterator[tuple[Path, Collection[Record], About]]:
    """Yield each file with its records, in the order of the input, and its title: ``Papers: robotics``.

    Papers without the tag, those that could not be done included, have a file of their own: ``no-domain``.
    """
    tag = _TAG.findall(path.name)[0]
    spool: Spool[Record] = Spool(RECORD)
    places: dict[str | None, list[int]] = {}
    for record in records:
        value = clean(getattr(record.tags, tag) or "") if isinstance(record, Result) else ""
        places.setdefault(value or None, []).append(spool.append(record))
    taken: set[str] = set()
    for named, found in sorted(places.items(), key=lambda item: (item[0] is None, item[0] or "")):
        shown = named or f"no {tag}"
        file = path.with_name(_TAG.sub(_name(shown, taken), path.name))
        yield file, Ordered(spool.__getitem__, found), replace(about, title=f"{about.title}: {shown}")


def _name(value: str, taken: set[str]) -> str:
    """Return ``value`` as a part of a file's name that no other value has, whoever made it up."""
    stem = name = re.sub(r"\W+", "-", value.casefold())[:_LONGEST].strip("-_") or "other"
    number = 1
    while name in taken:
        number += 1
        name = f"{stem}-{number}"
    taken.add(name)
    return name
