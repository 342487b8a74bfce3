"""Values as records hold them: text, or nothing."""

from __future__ import annotations

import functools
import html
import re

from summarizer import text

_CUT = re.compile(r"(?<![-\w])((?:\w+-)*\w+)-[ \t]*(?:\r\n|[\r\n])[ \t]*([^\W_]+)")
_NOTHING = frozenset({"", "nan", "none", "null", "n/a", "-"})  # as spreadsheets and exports say it


def words(value: object) -> str | None:
    """Return ``value`` as clean text, or ``None`` where it is no text or only says that there is none.

    A list of strings is one text, its parts joined.
    """
    if isinstance(value, list) and all(isinstance(part, str) for part in value):
        value = " ".join(value)
    return _words(value) if isinstance(value, str) else None


@functools.lru_cache(maxsize=64)  # a record's values are looked at more than once
def _words(value: str) -> str | None:
    cleaned = text.clean(rejoined(value))
    return None if cleaned.casefold() in _NOTHING else cleaned


def rejoined(value: str) -> str:
    """Return ``value`` with the words put together again that a hard wrap has cut at a hyphen.

    The hyphen stays, as in "sample-efficient", unless the same text has the word without it elsewhere.
    "pre- and post-trained" was not cut: there the hyphen stands for what follows later.
    """

    def join(found: re.Match[str]) -> str:
        before, after = found[1], found[2]
        if after.casefold() in ("and", "or", "to", "nor", "versus", "vs", "but"):
            return f"{before}- {after}"
        whole = re.search(rf"(?<![\w-]){re.escape(before + after)}(?![\w-])", value, re.IGNORECASE)
        return before + after if whole else f"{before}-{after}"

    return _CUT.sub(join, value) if "-" in value and ("\n" in value or "\r" in value) else value


def markup_off(value: str) -> str:
    """Return an abstract without the tags and character references that Crossref and others put into it."""
    if not re.search(r"</?(?:jats:)?(?:p|title|sec|italic|bold|i|b|em|strong|sub|sup)>", value):
        return value
    return html.unescape(re.sub(r"</?(?:jats:)?[a-zA-Z]+(?:\s[^<>]*)?/?>", " ", value))


def missing(value: object) -> bool:
    """Tell whether ``value`` says nothing: null, NaN, an empty list, or words for "nothing"."""
    if isinstance(value, str):
        return words(value) is None
    return value is None or value in ([], {}) or (isinstance(value, float) and value != value)  # noqa: PLR0124
