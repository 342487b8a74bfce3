"""E-mail (``.eml``): the digest as plain text and as HTML, to open in a mail program and send from there.

It names no sender and no recipient, which the mail program fills in, and loads nothing. Mail programs drop style
sheets and scripts, and Outlook lays out tables only, so every style stands in its element, and those in a table.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import html
import textwrap
from collections.abc import Collection, Iterator

from summarizer.digest.atom import address, told
from summarizer.digest.edition import About, Edition, arrange, byline, saves, saving, times
from summarizer.records import Gain, Paper, Record, Result
from summarizer.text import clean, count

_WIDTH = 76
# A table is what every mail program lays out; its colours are all given, so that none can turn half of them dark.
_SHEET = "background-color:#ffffff"
_COLUMN = (
    "width:100%;max-width:640px;padding:20px 16px;text-align:left;color:#1b1d22;"
    "font:15px/1.5 -apple-system,'Segoe UI',Roboto,Helvetica,Arial,sans-serif"
)
_HEADING = "font-size:18px;line-height:1.3;margin:28px 0 10px"
_GREY = "color:#5b606b;font-size:13px"
_QUOTE = "margin:4px 0;padding-left:10px;border-left:3px solid #0b8a6d"
_FACTOR = "color:#0b6b57"
_CLAIMED = (
    "Gains are the authors' own claims, quoted word for word from their abstracts; each factor is worked out from "
    "its quote."
)


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
            for line in (clean(result.tldr or ""), *map(told, result.tags.efficiency_gains), _facts(result)):
                yield from _filled(line, "  ", "  ")
            for warning in result.warnings:
                yield from _filled(f"Note: {clean(warning)}", "  ", "  ")
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
    if edition.gain_count:
        yield ""
        yield from _filled(_CLAIMED)


def _html(edition: Edition, about: About) -> Iterator[str]:
    title = html.escape(clean(about.title) or "Papers")
    yield '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8">'
    yield '<meta name="viewport" content="width=device-width"><meta name="color-scheme" content="light">'
    yield f'<title>{title}</title></head><body style="margin:0;{_SHEET}">'
    yield f'<table role="presentation" width="100%" cellpadding="0" cellspacing="0" border="0" style="{_SHEET}">'
    yield '<tr><td align="center"><table role="presentation" width="640" cellpadding="0" cellspacing="0" border="0"'
    yield f' style="width:100%;max-width:640px"><tr><td style="{_COLUMN}">'
    yield f'<h1 style="font-size:22px;line-height:1.3;margin:0">{title}</h1>'
    yield f'<p style="{_GREY};margin:0 0 12px">{about.made_on.isoformat()}</p>'
    yield f'<p style="margin:0">{html.escape(_headline(edition))}</p>'
    for section in edition.sections:
        yield f'<h2 style="{_HEADING}">{html.escape(clean(section.heading))}</h2>'
        for result in section.results:
            yield from _entry(result)
    if edition.failures:
        yield f'<h2 style="{_HEADING}">Not done</h2>\n<ul>'
        for failure in edition.failures:
            reason = html.escape(f"{clean(failure.error.kind)}: {clean(failure.error.message)}")
            yield f"<li>{_linked(failure.paper)} – {reason}</li>"
        yield "</ul>"
        if about.retry:
            yield f"<p>To try again: <code>{html.escape(clean(about.retry))}</code></p>"
    if about.notices:
        yield f'<h2 style="{_HEADING}">Notes</h2>\n<ul>'
        yield from (f"<li>{html.escape(clean(notice))}</li>" for notice in about.notices)
        yield "</ul>"
    if edition.gain_count:
        yield f'<p style="{_GREY};margin:28px 0 0">{html.escape(_CLAIMED)}</p>'
    yield "</td></tr></table></td></tr></table></body></html>"


def _entry(result: Result) -> Iterator[str]:
    yield f'<div style="margin:0 0 20px"><div><strong>{_linked(result.paper)}</strong></div>'
    if tldr := clean(result.tldr or ""):
        yield f"<div>{html.escape(tldr)}</div>"
    for gain in result.tags.efficiency_gains:
        yield f'<div style="{_QUOTE}">{_claim(gain)}</div>'
    if facts := _facts(result):
        yield f'<div style="{_GREY}">{html.escape(facts)}</div>'
    for warning in result.warnings:
        yield f'<div style="{_GREY}">Note: {html.escape(clean(warning))}</div>'
    yield "</div>"


def _claim(gain: Gain) -> str:
    saved = f'<strong style="{_FACTOR}">{saving(gain)}</strong> ' if saving(gain) else ""
    baseline = html.escape(clean(f" (vs. {gain.baseline})")) if gain.baseline else ""
    return f"{saved}“{html.escape(clean(gain.quote))}” {baseline}".rstrip()


def _facts(result: Result) -> str:
    paper, tags = result.paper, result.tags
    published = paper.published.isoformat() if paper.published else None
    return clean(" · ".join(filter(None, (tags.contribution, tags.method, byline(paper), published))))


def _linked(paper: Paper) -> str:
    title, url = html.escape(_title(paper)), address(paper)
    return f'<a href="{html.escape(url)}" style="color:#0b6b57">{title}</a>' if url else title


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
