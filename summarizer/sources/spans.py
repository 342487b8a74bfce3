"""Days, weeks and months as people ask for them."""

from __future__ import annotations

import datetime as dt
import re
from typing import Literal, NamedTuple

from summarizer.errors import SetupError

_FORMS = {
    "date": (r"\d{4}-\d{2}-\d{2}", "a date is YYYY-MM-DD, such as 2026-08-21"),
    "week": (r"\d{4}-W\d{2}", "a week is YYYY-Www, such as 2026-W34"),
    "month": (r"\d{4}-\d{2}", "a month is YYYY-MM, such as 2026-08"),
}


class Span(NamedTuple):
    """A day, a week or a month, with its first and last day; as text it is what ``asked`` reads."""

    kind: Literal["date", "week", "month"]
    start: dt.date

    def __str__(self) -> str:
        return self.start.strftime({"date": "%Y-%m-%d", "week": "%G-W%V", "month": "%Y-%m"}[self.kind])

    @property
    def end(self) -> dt.date:
        """The last day."""
        if self.kind == "month":
            return (self.start + dt.timedelta(31)).replace(day=1) - dt.timedelta(1)
        return self.start + dt.timedelta(6 if self.kind == "week" else 0)

    @property
    def before(self) -> Span:
        """The day, week or month before."""
        return around(self.kind, self.start - dt.timedelta(1))


def around(kind: Literal["date", "week", "month"], day: dt.date) -> Span:
    """Return the span of that kind that ``day`` is in."""
    if kind == "week":
        day -= dt.timedelta(day.weekday())
    return Span(kind, day.replace(day=1) if kind == "month" else day)


def asked(date: str | None, week: str | None, month: str | None) -> Span | None:
    """Return the span that the options name, ``None`` where they name none.

    Raises SetupError, with the right form, where one is written wrongly, and where there are several.
    """
    given = {"date": date, "week": week, "month": month}
    named = [(kind, value) for kind, value in given.items() if value is not None]
    if len(named) > 1:
        raise SetupError(f"pass only one of {' and '.join(f'--{kind}' for kind, _ in named)}")
    if not named:
        return None
    kind, value = named[0]
    pattern, form = _FORMS[kind]
    wrong = SetupError(f"--{kind} {value!r}: {form}")
    if not re.fullmatch(pattern, value, re.ASCII):
        raise wrong
    try:
        if kind == "week":
            return Span("week", dt.date.fromisocalendar(int(value[:4]), int(value[6:]), 1))
        day = dt.date.fromisoformat(value if kind == "date" else f"{value}-01")
    except ValueError:
        raise wrong from None
    return Span("date" if kind == "date" else "month", day)
