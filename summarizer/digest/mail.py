"""E-mail (``.eml``): the digest as plain text and as HTML, to open in a mail program and send from there.

It names no sender and no recipient, which the mail program fills in, and loads nothing. Mail programs drop
style sheets and scripts, so every style stands in its element.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import html
import textwrap
from collections.abc import Collection, Iterator

from summarizer.digest.atom import address, told
from summarizer.digest.edition import About, Edition, arrange, byline, count, headline, saves, saving, times
from summarizer.records import Paper, Record, Result
from summarizer.text import clean

_WIDTH = 76
_BODY = (
    "font:15px/1.5 -apple-system,'Segoe UI',Roboto,Helvetica,Arial,sans-serif;max-width:680px;margin:0 auto"
)
_GREY = "color:#666666;font-size:13px"
_QUOTE = "margin:4px 0;padding-left:10px;border-left:3px solid #cccccc"


def pieces(records: Collection[Record], about: About) -> Iterator[str]:
    """Yield the whole message: headers, plain text, HTML. The same records give the same bytes."""
    from email.message import EmailMessage
    from email.policy import SMTP
    from email.utils import format_datetime

    edition = arrange(records)
    text = "\n".join(_text(edition, about)) + "\n"
    page = "\n".join(_html(edition, about)) + "\n"
    message = EmailMessage(SMTP)
    message["Subject"] = clean(about.title) or "Papers"
    message["Date"] = format_datetime(dt.datetime.combine(about.made_on, dt.time(), dt.UTC))
    message["X-Unsent"] = "1"  # mail programs open it as a draft
    message.set_content(text, cte="quoted-printable")
    message.add_alternative(page, subtype="html", cte="quoted-printable")
    # "=_" stands in no quoted-printable text, so the boundary cannot stand in a part.
    message.set_boundary(f"=_{hashlib.sha256((text + page).encode('utf-8', 'replace')).hexdigest()[:32]}")
    yield message.as_string()


def _headline(edition: Edition) -> str:
    """Return the digest in a few sentences."""
    if not edition.paper_count:
        return "No papers."
    domains = f" in {count(edition.domain_count, 'domain')}" if edition.domain_count else ""
    said = f"{count(edition.paper_count, 'paper')}{domains}."
    if edition.claims:
        top = edition.claims[0]
        largest = f"{times(top.factor)} {saves(top.gain)}".rstrip()
        said += f" The largest claimed gain: {largest}, by {_title(top.result.paper)}."
    if edition.failures:
        said += f" {len(edition.failures):,} could not be done."
    return said


def _text(edition: Edition, about: About) -> Iterator[str]:
    yield from _filled(f"{clean(about.title)} · {about.made_on.isoformat()}")
    yield ""
    yield from _filled(_headline(edition))
    for section in edition.sections:
        yield from ("", clean(section.heading).upper(), "")
        for result in section.results:
            paper = result.paper
            yield from _filled(f"* {_title(paper)}", "  ")
            for line in (clean(result.tldr or ""), _facts(result), *map(told, result.tags.efficiency_gains)):
                yield from _filled(line, "  ", "  ")
            for warning in result.warnings:
                yield from _filled(f"({clean(warning)})", "  ", "  ")
            if url := address(paper):
                yield f"  {url}"
            yield ""
    if edition.failures:
        yield from ("", "NOT DONE", "")
        for failure in edition.failures:
            reason = f"{clean(failure.error.kind)}: {clean(failure.error.message)}"
            yield from _filled(f"* {_title(failure.paper)} – {reason}", "  ")
        if about.retry:
            yield from ("", "To try again:", f"  {clean(about.retry)}")
    if about.notices:
        yield from ("", "NOTES", "")
        for notice in about.notices:
            yield from _filled(f"* {clean(notice)}", "  ")


def _html(edition: Edition, about: About) -> Iterator[str]:
    title = html.escape(clean(about.title))
    yield f'<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8"><title>{title}</title></head>'
    yield f'<body><div style="{_BODY}">'
    yield f'<h1 style="font-size:22px;margin-bottom:0">{title}</h1>'
    yield f'<p style="{_GREY}">{about.made_on.isoformat()}</p>'
    yield f"<p>{html.escape(_headline(edition))}</p>"
    for section in edition.sections:
        yield f'<h2 style="font-size:18px;margin:28px 0 8px">{html.escape(clean(section.heading))}</h2>'
        for result in section.results:
            yield from _entry(result)
    if edition.failures:
        yield '<h2 style="font-size:18px">Not done</h2>\n<ul>'
        for failure in edition.failures:
            reason = html.escape(f"{clean(failure.error.kind)}: {clean(failure.error.message)}")
            yield f"<li>{_linked(failure.paper)} – {reason}</li>"
        yield "</ul>"
        if about.retry:
            yield f"<p>To try again: <code>{html.escape(clean(about.retry))}</code></p>"
    if about.notices:
        yield '<h2 style="font-size:18px">Notes</h2>\n<ul>'
        yield from (f"<li>{html.escape(clean(notice))}</li>" for notice in about.notices)
        yield "</ul>"
    yield "</div></body></html>"


def _entry(result: Result) -> Iterator[str]:
    gain = headline(result)
    badge = (
        f' <span style="color:#0a7d36;white-space:nowrap">{saving(gain)}</span>'
        if gain and gain.factor
        else ""
    )
    yield f'<div style="margin:0 0 18px"><div><strong>{_linked(result.paper)}</strong>{badge}</div>'
    if tldr := clean(result.tldr or ""):
        yield f"<div>{html.escape(tldr)}</div>"
    if facts := _facts(result):
        yield f'<div style="{_GREY}">{html.escape(facts)}</div>'
    for claim in map(told, result.tags.efficiency_gains):
        yield f'<div style="{_QUOTE}">{html.escape(claim)}</div>'
    for warning in result.warnings:
        yield f'<div style="{_GREY}"><em>{html.escape(clean(warning))}</em></div>'
    yield "</div>"


def _facts(result: Result) -> str:
    paper, tags = result.paper, result.tags
    published = paper.published.isoformat() if paper.published else None
    return clean(" · ".join(filter(None, (tags.contribution, tags.method, byline(paper), published))))


def _linked(paper: Paper) -> str:
    title, url = html.escape(_title(paper)), address(paper)
    return f'<a href="{html.escape(url)}" style="color:#0b57d0">{title}</a>' if url else title


def _title(paper: Paper) -> str:
    return clean(paper.title) or "(no title)"


def _filled(text: str, later: str = "", first: str = "") -> list[str]:
    """Return ``text`` in lines; words longer than a line, such as addresses, stay whole."""
    return textwrap.wrap(
        text,
        _WIDTH,
        initial_indent=first,
        subsequent_indent=later,
        break_long_words=False,
        break_on_hyphens=False,
    )
