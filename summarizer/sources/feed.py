"""Atom and RSS: arXiv's answers, its daily feeds, and other feeds of papers."""

from __future__ import annotations

import html
import io
import re
from collections.abc import Iterator, Mapping
from typing import Any

from summarizer.errors import InputError
from summarizer.records import Paper
from summarizer.sources import fields
from summarizer.sources.files import Text
from summarizer.sources.values import words

_ROOT = re.compile(r"<(?:\w+:)?(?:feed|rss|RDF)[\s>]", re.IGNORECASE)
_TAGS = re.compile(r"</?(?:p|a|b|i|em|strong|br|div|span|sub|sup|ul|li)\b[^<>]*>", re.IGNORECASE)
# What arXiv's feeds put before an abstract and after a title.
_ANNOUNCED = re.compile(r"\s*arXiv:\S+\s+Announce Type:\s*\S+\s+Abstract:\s*", re.IGNORECASE)
_NUMBERED = re.compile(r"\.?\s*\(arXiv:[^()]*\)\s*$")


def fits(source: Text) -> bool:
    """Tell whether the text begins as a feed does."""
    head = "\n".join(source.lines[:30])
    return head.lstrip("\ufeff \n").startswith("<") and bool(_ROOT.search(head))


def read(source: Text) -> Iterator[Paper]:
    """Yield the papers of a feed; entries that are damaged are told."""
    papers = 0
    for paper in entries(parse(source), source, "feed"):
        papers += 1
        yield paper
    if not papers:
        raise InputError(f"{source.name}: a feed without a paper")


def parse(source: Text) -> Any:
    """Return the feed as feedparser's dictionary: its ``entries`` and what is said of it as a whole."""
    import feedparser

    data = "\n".join(source.lines).encode("utf-8", "replace")
    return feedparser.parse(
        io.BytesIO(data),  # a string might be taken for a file's name
        response_headers={"content-type": "application/xml; charset=utf-8"},
        sanitize_html=False,  # "a<b" in an abstract is no markup
        resolve_relative_uris=False,
    )


def entries(feed: Any, source: Text, kind: str) -> Iterator[Paper]:
    """Yield the papers of a feed that was parsed; ``kind`` is what each says it comes from."""
    if (
        feed.bozo
        and isinstance(feed.get("bozo_exception"), Exception)
        and "CharacterEncoding" not in type(feed.bozo_exception).__name__
    ):
        source.tell(f"a damaged feed ({words(str(feed.bozo_exception))}): read as far as it goes")
    for number, entry in enumerate(feed.entries, 1):
        if error := error_in(entry):
            source.tell(f"arXiv answers with an error: {error}", f"entry {number}")
            continue
        yield from fields.papers(_record(entry), kind, source, f"entry {number}")


def error_in(entry: Mapping[str, Any]) -> str | None:
    """Return what arXiv says went wrong, where ``entry`` is no paper but that."""
    is_error = entry.get("title") == "Error" and "/api/errors" in str(entry.get("id"))
    return (words(entry.get("summary")) or "no reason given") if is_error else None


def _record(entry: Mapping[str, Any]) -> dict[object, object]:
    title, abstract = entry.get("title"), entry.get("summary")
    if isinstance(title, str):
        title = _NUMBERED.sub("", title)
    if isinstance(abstract, str):
        abstract = _plain(_ANNOUNCED.sub("", abstract))
    people = [name for author in entry.get("authors") or [] if (name := author.get("name"))]
    is_new = entry.get("arxiv_announce_type", "new") == "new"  # the others are dated by what changed
    return {
        "title": title,
        "abstract": abstract,
        "authors": _plain(people[0]) if len(people) == 1 else people,
        "published": entry.get("published") if is_new else None,
        "id": entry.get("id") or "",
        "url": entry.get("link"),
        "doi": entry.get("arxiv_doi") or entry.get("prism_doi"),
    }


def _plain(text: str) -> str:
    return html.unescape(_TAGS.sub(" ", text)) if _TAGS.search(text) else text
