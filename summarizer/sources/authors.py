"""Names of authors, however a source lists them."""

from __future__ import annotations

import re
from collections.abc import Mapping

from summarizer.sources.values import words

_INITIALS = re.compile(r"(?:[A-Z]\.?[ -]?){1,4}")
_ET_AL = re.compile(r"[,;]?\s*\b(?:et\s+al\.?|and\s+others)\s*$", re.IGNORECASE)


def names(value: object) -> tuple[tuple[str, ...], int | None] | None:
    """Return the names in ``value``, and how many authors there are ("et al." leaves that unknown).

    ``value`` is a string ("A and B", "A, B", "Last, First; Last, First"), or a list of strings or of
    objects. ``None`` where it is none of these, or holds no name.
    """
    if isinstance(value, str):
        listed = words(value) or ""
        shortened = _ET_AL.sub("", listed)
        found = _split(shortened)
        count = len(found) if shortened == listed else None
    elif isinstance(value, list):
        listed_names = [_name(author) for author in value]
        found = [name for name in listed_names if not _ET_AL.fullmatch(name)]
        count = len(found) if len(found) == len(listed_names) else None
    else:
        return None
    kept = tuple(name for name in found if name)
    return (kept, count) if kept else None


def _name(author: object) -> str:
    if isinstance(author, str):
        return words(author) or ""
    if not isinstance(author, Mapping):
        return ""
    for whole in ("name", "fullname", "full_name", "display_name", "literal"):
        if isinstance(value := author.get(whole), str) and (name := words(value)):
            return name
    for first, last in (("given", "family"), ("first", "last"), ("first_name", "last_name")):
        parts = [value for key in (first, last) if isinstance(value := author.get(key), str)]
        if name := words(parts):
            return name
    for inner in ("user", "author"):  # Daily Papers, and OpenAlex
        if isinstance(author.get(inner), Mapping):
            return _name({**author[inner]})
    return ""


def _split(joined: str) -> list[str]:
    if ";" in joined:
        return [_turn(part) for part in joined.split(";") if part.strip()]
    parts = [part for part in re.split(r",?\s+(?:and|&)\s+", joined) if part.strip()]
    if len(parts) > 1 and all(part.count(",") == 1 for part in parts):  # BibTeX: Last, First and Last, First
        return [_turn(part) for part in parts]
    commas = [piece.strip() for part in parts for piece in part.split(",") if piece.strip()]
    firsts, lasts = commas[1::2], commas[::2]
    single = len(parts) == 1 and len(commas) == 2 and not any(" " in piece for piece in commas)  # Last, First
    if len(firsts) == len(lasts) > 0 and (single or all(_INITIALS.fullmatch(first) for first in firsts)):
        return [f"{first} {last}" for last, first in zip(lasts, firsts, strict=True)]
    return commas


def _turn(name: str) -> str:
    """Turn "Last, First" round."""
    return " ".join(part.strip() for part in reversed(name.split(",", 1))).strip()
