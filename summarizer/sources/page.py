"""A Hugging Face Daily Papers page, copied as text from a browser.

Such a page has no ids and no addresses, authors are only counted, and a date has a year only where that is
not the year of the page.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator

from summarizer.errors import InputError
from summarizer.records import Paper
from summarizer.sources import dates, layout
from summarizer.sources.files import Text
from summarizer.text import count

_ENDS = re.compile(r"[.!?…:。！？][\"'”’)\]}*]*$|(?:https?://|www\.)\S+$|\S\.\S+/\S*$")
_MARKUP = re.compile(r"\s*(?:<[!?a-z]|@\w+\{|TY  -)", re.IGNORECASE)


def fits(source: Text) -> bool:
    """Tell whether the text has the page's own lines or small print in it."""
    return layout.arrange(source.lines[:200]).is_marked


def read(source: Text) -> Iterator[Paper]:
    """Yield the papers of the page, in its order; raise InputError where the text is no such page."""
    page = layout.arrange(source.lines)
    _refuse(source, page)
    for stray in page.strays:
        source.tell(f"text without a title ({_short(stray.text)}): skipped", stray.first)
    cards = list(_drop_headings(page, source))
    year = _year(page, source)
    for card in cards:
        meta = card.meta or layout.Meta()
        abstract = " ".join(card.body) or None
        if abstract is None:
            source.tell(f"no abstract below {_short(card.title)}: kept without one", card.line)
        elif card is cards[-1] and card.meta is None and not _ENDS.search(abstract[-300:]):
            source.tell(f"the abstract of {_short(card.title)} looks cut off: kept as it is", card.line)
        yield Paper(
            title=card.title,
            abstract=abstract,
            author_count=meta.authors,
            published=_date(meta, year),
            source="page",
            comments=meta.comments,
        )


def _refuse(source: Text, page: layout.Page) -> None:
    seen = count(sum(bool(line.strip()) for line in source.lines), "line")
    if page.is_marked and not page.has_text:
        raise InputError(f"{source.name}: a page with headers but no paper")
    if not page.cards or not page.is_credible or any(map(_MARKUP.match, source.lines[:5])):
        raise InputError(
            f"{source.name}: no papers in it: {seen}, neither a copied Daily Papers page nor JSON"
        )


def _drop_headings(page: layout.Page, source: Text) -> Iterator[layout.Card]:
    """Yield the cards, less those lines above the first paper that a page has for a heading."""
    have_papers = any(card.is_sound for card in page.cards)
    above = True
    for card in page.cards:
        above = above and not card.is_sound and not card.body
        if above and have_papers:
            source.tell(f"a line above the first paper ({_short(card.title)}): skipped", card.line)
        else:
            yield card


def _year(page: layout.Page, source: Text) -> int | None:
    """Return the year of the papers' dates that have none, and tell about it; ``None`` where no year fits.

    They are all of the page's own year, in which no date may lie ahead, that on top of the page included, and a
    year that is written out is not the page's own. Eight years always hold a 29 February.
    """
    days = [card.meta.day for card in page.cards if card.meta and card.meta.day]
    if all(year for year, _, _ in days):
        return None
    days += [page.top.day] if page.top.day else []
    written = [year for year, _, _ in days if year]
    bare = {(month, day) for year, month, day in days if not year}
    for year in range(source.today.year, max([source.today.year - 8, *written]), -1):
        found = [dates.make(year, month, day) for month, day in bare]
        if all(day and day <= source.today for day in found):
            source.tell(f"dates without a year are read as {year}, the latest that fits")
            return year
    source.tell(f"no year up to {source.today.year} fits the dates that have none: these are left out")
    return None


def _date(meta: layout.Meta, page_year: int | None) -> dt.date | None:
    if meta.day is None:
        return None
    year, month, day = meta.day
    year = year or page_year
    return dates.make(year, month, day) if year else None


def _short(text: str) -> str:
    return f"“{text if len(text) <= 60 else text[:59] + '…'}”"
