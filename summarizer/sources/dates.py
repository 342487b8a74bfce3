"""Days as sources write them."""

from __future__ import annotations

import datetime as dt
import re

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
MONTH = (
    r"(?P<month>jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?"
    r"|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)\.?"
)
"""A pattern for the name of a month, to be used without regard to case."""
_FORMS = (
    re.compile(r"(?P<year>\d{4})[-/.](?P<number>\d{1,2})[-/.](?P<day>\d{1,2})(?!\d)"),
    re.compile(r"(?P<year>\d{4})(?P<number>\d{2})(?P<day>\d{2})$"),
    re.compile(rf"{MONTH}\s+(?P<day>\d{{1,2}})(?:st|nd|rd|th)?,?\s+(?P<year>\d{{4}})\b", re.IGNORECASE),
    re.compile(
        rf"(?:[a-z]{{3,9}},?\s+)?(?P<day>\d{{1,2}})(?:st|nd|rd|th)?\s+{MONTH},?\s+(?P<year>\d{{4}})\b",
        re.IGNORECASE,
    ),
)


def month(name: str) -> int:
    """Return the number of the month called ``name``, which ``MONTH`` has matched."""
    return _MONTHS.index(name[:3].lower()) + 1


def parse(text: str) -> dt.date | None:
    """Return the day that ``text`` begins with, or ``None``: a year or a month alone is not a day.

    ISO 8601 and RFC 2822 are read, and days with the month's English name; 03/04/2024 is not, because
    nobody can tell which of the two is the month.
    """
    for form in _FORMS:
        if found := form.match(text.strip()):
            parts = found.groupdict()
            number = int(parts["number"]) if "number" in parts else month(parts["month"])
            return make(int(parts["year"]), number, int(parts["day"]))
    return None


def make(year: int, number: int, day: int) -> dt.date | None:
    """Return that day, or ``None`` where the calendar has none such."""
    try:
        return dt.date(year, number, day)
    except (ValueError, OverflowError):
        return None
