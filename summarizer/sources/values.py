"""Values as records hold them: text, or nothing."""

from __future__ import annotations

from summarizer import text

_NOTHING = frozenset({"", "nan", "none", "null", "n/a", "-"})  # as spreadsheets and exports say it


def words(value: object) -> str | None:
    """Return ``value`` as clean text, or ``None`` where it is no text or only says that there is none.

    A list of strings is one text, its parts joined.
    """
    if isinstance(value, list) and all(isinstance(part, str) for part in value):
        value = " ".join(value)
    if not isinstance(value, str):
        return None
    cleaned = text.clean(value)
    return None if cleaned.casefold() in _NOTHING else cleaned


def missing(value: object) -> bool:
    """Tell whether ``value`` says nothing: null, NaN, an empty list, or words for "nothing"."""
    if isinstance(value, str):
        return words(value) is None
    return value is None or value in ([], {}) or (isinstance(value, float) and value != value)  # noqa: PLR0124
