"""Atom (RFC 4287), the format for feed readers: one entry a paper, under an id that never changes.

A feed of one tag is a digest of it: ``summarize digest --domain robotics -o robotics.atom``, or
``-o '{domain}.atom'`` for a feed of each.
"""

from __future__ import annotations

import datetime as dt
import html
import re
from collections.abc import Collection, Iterator
from urllib.parse import quote
from xml.etree.ElementTree import Element, SubElement, tostring

from summarizer.digest.edition import About, saving
from summarizer.digest.harmless import link
from summarizer.records import Failure, Gain, Paper, Record, Result
from summarizer.sources import identifiers
from summarizer.text import clean, count

# A tag: URI (RFC 4151) names a thing without being an address. These words are part of every id that a
# feed reader remembers: changed, every paper would be new again.
_TAG = "tag:summarize-papers,2026:"
_NO_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
# A title such as "Papers of 2026-W34" bears the day of its run; the feed is the same one every day.
_DAY = re.compile(r"(?: of)? \d{4}-(?:W\d\d|\d\d(?:-\d\d)?)(?=: |$)")
_MOST_NAMED = 10


def pieces(records: Collection[Record], about: About) -> Iterator[str]:
    """Yield the feed: its head, one entry a paper that was done, its end.

    What was not done is named in the subtitle: as an entry, a reader would keep it for good.
    """
    failures = [record for record in records if isinstance(record, Failure)]
    title = _DAY.sub("", clean(about.title)) or "Papers"
    yield '<?xml version="1.0" encoding="utf-8"?>\n<feed xmlns="http://www.w3.org/2005/Atom">\n'
    yield _xml(_element("id", f"{_TAG}feed/{quote(title.casefold())}"))
    yield _xml(_element("title", title))
    if said := " ".join([*_not_done(failures), *about.notices]):
        yield _xml(_element("subtitle", said))
    yield _xml(_element("updated", _midnight(about.made_on)))
    author = Element("author")
    _add(author, "name", "summarize")
    yield _xml(author)
    told: set[str] = set()
    for record in records:
        if isinstance(record, Result) and record.paper.key not in told:  # an id stands once in a feed
            told.add(record.paper.key)
            yield _xml(_entry(record.paper.key, record, about.made_on))
    yield "</feed>\n"


def address(paper: Paper) -> str | None:
    """Return where ``paper`` is on the web, fit for any attribute that is escaped, or ``None``."""
    found = link(paper.url) or link(identifiers.address(paper.id))
    return (
        re.sub(r"%(?![0-9A-Fa-f]{2})", "%25", found.replace("[", "%5B").replace("]", "%5D"))
        if found
        else None
    )


def told(gain: Gain) -> str:
    """Return ``gain`` in a line of plain text: ``64× samples: “64 times fewer” (vs. a policy from scratch)``."""
    baseline = f" (vs. {gain.baseline})" if gain.baseline else ""
    return clean(f"{saving(gain)}: “{gain.quote}”{baseline}".removeprefix(": "))


def _entry(key: str, result: Result, made_on: dt.date) -> Element:
    paper, tags = result.paper, result.tags
    entry = Element("entry")
    _add(entry, "id", f"{_TAG}paper/{quote(key.encode('utf-8', 'replace'))}")
    _add(entry, "title", clean(paper.title) or "(no title)")
    _add(entry, "updated", _midnight(paper.published or _month(paper) or made_on))
    if paper.published:
        _add(entry, "published", _midnight(paper.published))
    if url := address(paper):
        SubElement(entry, "link", rel="alternate", href=url)
    for name in filter(None, map(clean, paper.authors)):
        _add(SubElement(entry, "author"), "name", name)
    for tag in (tags.domain, tags.contribution):
        if tag:
            SubElement(entry, "category", term=_legal(clean(tag)))
    if result.tldr:
        _add(entry, "summary", clean(result.tldr))
    _add(entry, "content", "".join(_content(result))).set("type", "html")
    return entry


def _content(result: Result) -> Iterator[str]:
    """Yield the entry's body as HTML, which a feed reader shows and, for safety, strips."""
    paper, tags = result.paper, result.tags
    if result.tldr:
        yield f"<p><strong>{_safe(result.tldr)}</strong></p>"
    if facts := [fact for fact in (tags.domain, tags.contribution, tags.method) if fact]:
        yield f"<p>{_safe(' · '.join(facts))}</p>"
    for gain in tags.efficiency_gains:
        yield f"<blockquote>{_safe(told(gain))}</blockquote>"
    yield f"<p>{_safe(paper.abstract or 'The source gives no abstract.')}</p>"
    for warning in result.warnings:
        yield f"<p><em>{_safe(warning)}</em></p>"


def _not_done(failures: list[Failure]) -> Iterator[str]:
    if failures:
        named = "; ".join(clean(failure.paper.title) or "(no title)" for failure in failures[:_MOST_NAMED])
        more = f"; and {len(failures) - _MOST_NAMED:,} more" if len(failures) > _MOST_NAMED else ""
        yield f"{count(len(failures), 'paper')} could not be done: {named}{more}."


def _month(paper: Paper) -> dt.date | None:
    """Return the first day of the month that an arXiv id such as 2412.05117 tells."""
    found = re.match(r"(\d\d)(\d\d)\.\d", paper.id or "") if identifiers.is_arxiv(paper.id) else None
    return dt.date(2000 + int(found[1]), int(found[2]), 1) if found else None


def _midnight(day: dt.date) -> str:
    return f"{day.isoformat()}T00:00:00Z"


def _safe(text: str) -> str:
    return html.escape(clean(text))


def _legal(text: str) -> str:
    """Return ``text`` without the characters that XML has no way to write, escaped or not."""
    return _NO_XML.sub("", text)


def _element(name: str, text: str) -> Element:
    element = Element(name)
    element.text = _legal(text)
    return element


def _add(parent: Element, name: str, text: str) -> Element:
    element = _element(name, text)
    parent.append(element)
    return element


def _xml(element: Element) -> str:
    return tostring(element, encoding="unicode") + "\n"
