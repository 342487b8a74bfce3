"""Plain lists of arXiv ids and addresses, one or several a line, with remarks or without."""

from __future__ import annotations

import re
from collections.abc import Iterator

from summarizer.errors import InputError
from summarizer.records import Paper
from summarizer.sources import fields, identifiers
from summarizer.sources.files import Text
from summarizer.text import clean

_BULLET = re.compile(r"\s*(?:[-*•·]\s+|\[[ xX]\]\s+|\(?\d{1,3}[.)]\s+)*")
_LONGEST = 250  # characters of a line that lists a paper; longer ones are prose with references in it


def fits(source: Text) -> bool:
    """Tell whether half or more of the first lines list a paper."""
    head = [line for line in source.lines[:200] if _said(line)][:20]
    return bool(head) and sum(bool(_listed(line)) for line in head) * 2 >= len(head)


def read(source: Text) -> Iterator[Paper]:
    """Yield a paper that is no more than its id for every id; fetching makes papers of them."""
    papers = 0
    for number, line in enumerate(source.lines, 1):
        if not _said(line):
            continue
        listed = _listed(line)
        for name in listed:
            if identifiers.is_arxiv(name):
                papers += 1
                yield fields.unread(name)
            else:
                source.tell(f"{clean(name)}: a DOI cannot be fetched, only arXiv ids can: skipped", number)
        if not listed:
            source.doubt("no arXiv id or address: line skipped", number)
    if not papers:
        raise InputError(f"{source.name}: no arXiv id or address in it")


def _said(line: str) -> bool:
    """Tell whether a line is neither empty nor a remark or a heading."""
    return bool(line.strip()) and not line.lstrip().startswith(("#", "//"))


def _listed(line: str) -> list[str]:
    """Return the ids that a line lists; none where it is prose that happens to hold one."""
    if len(line) > _LONGEST:
        return []
    rest = _BULLET.sub("", line, count=1).partition(" #")[0]
    words = [word.strip("<>()[]{}\"'`.,;") for word in re.split(r"[\s,;|]+|\]\(", rest)]
    begins = bool(words) and identifiers.known_id(words[0]) is not None
    linked = [word for word in words if word.startswith(("http://", "https://"))]
    found = [identifiers.known_id(word) for word in (words if begins else linked)]
    return list(dict.fromkeys(name for name in found if name))
