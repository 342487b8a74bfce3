"""The digest that people read: Markdown for GitHub, Obsidian and whatever else renders it.

It holds no HTML at all, and everything that did not come from this program goes through ``escape``.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator
from urllib.parse import quote

from summarizer.digest.edition import (
    About,
    Claim,
    Edition,
    arrange,
    byline,
    saves,
    search,
    times,
)
from summarizer.digest.harmless import link, to_the_letter
from summarizer.records import Failure, Gain, Paper, Record, Result
from summarizer.text import clean, count

_MOST_CLAIMS = 12

# GitHub and Slack look for names, issue numbers and emoji in the text that Markdown leaves, where no escape
# is left to stop them. A word joiner is not seen, and no name goes on across it.
_WORD_JOINER = "\u2060"
_NAMES = re.compile(r"@(?=\w)|#(?=\d)|-(?<=\b[Gg][Hh]-)(?=\d)|:(?=[\w'+-]+:)")
# What means something anywhere in a line: signs, and pairs of them, a bare address included. The signs stand
# first, for that is what regular expressions look for fastest.
_MARKS = re.compile(r"[\\`*_~^$#|\[\]&<>=%:.](?:(?<![=%:.])|(?<===)|(?<=%%)|(?<=:)(?=//)|(?<=[Ww]{3}\.))")
# References rather than backslashes for these: Slack reads <!channel> through a backslash.
_REFERENCES = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}
# What means something where a line begins.
_OPENING = re.compile(r"\d{1,9}(?=[.)](?: |$))|(?=[-+=])")


def escape(text: str) -> str:
    """Return ``text`` on one line so that it reads as it is wherever the Markdown is rendered.

    No markup, HTML, link, mention, formula, Obsidian link or comment comes of it, at the beginning of a
    line, within one or in the cell of a table.
    """
    # Functions in place of templates: re works at a template even where nothing is to be replaced.
    text = _NAMES.sub(lambda sign: sign[0] + _WORD_JOINER, clean(text))
    text = _MARKS.sub(lambda sign: _REFERENCES.get(sign[0], "\\" + sign[0]), text)
    opening = _OPENING.match(text)
    return f"{opening[0]}\\{text[opening.end() :]}" if opening else text


def pieces(records: Collection[Record], about: About) -> Iterator[str]:
    """Yield the digest block by block: the headline, the claims, the sections, what is not done, notes."""
    edition = arrange(records)
    yield f"# {escape(about.title)}\n\n{about.made_on.isoformat()}\n"
    for block in _blocks(edition, about):
        yield f"\n{block}\n"


def _blocks(edition: Edition, about: About) -> Iterator[str]:
    yield _headline(edition)
    if edition.gain_count:
        yield (
            "Gains are the authors' own claims, quoted word for word from their abstracts; "
            "each factor is worked out from its quote."
        )
    if edition.claims:
        yield "## Claimed gains"
        yield _table(edition.claims[:_MOST_CLAIMS])
        if (more := len(edition.claims) - _MOST_CLAIMS) > 0:
            yield f"{more} more in the sections below."
    for section in edition.sections:
        yield f"## {escape(section.heading)}"
        for result in section.results:
            yield from _entry(result)
    if edition.failures:
        yield "## Not done"
        yield "\n".join(_failed(failure) for failure in edition.failures)
        if about.retry:
            yield f"To try {'it' if len(edition.failures) == 1 else 'them'} again:"
            yield _code(about.retry)
    if about.notices:
        yield "## Notes"
        yield "\n".join(f"- {escape(notice)}" for notice in about.notices)


def _headline(edition: Edition) -> str:
    if not edition.paper_count:
        return "No papers."
    papers = f"**{count(edition.paper_count, 'paper')}**"
    if edition.domain_count:
        papers += f" in {count(edition.domain_count, 'domain')}"
    sentences = [f"{papers}."]
    if edition.claims:
        top = edition.claims[0]
        claim, of_them = ("claims", ":") if len(edition.claims) == 1 else ("claim", "; the largest is")
        largest = f"**{times(top.factor)}** {saves(top.gain)}".rstrip()
        sentences.append(
            f"{len(edition.claims):,} {claim} a gain in efficiency with a figure{of_them} {largest},"
            f" by {_entry_link(top)}."
        )
    elif edition.sections:
        sentences.append("None claims a gain in efficiency with a figure.")
    if edition.failures:
        sentences.append(f"{len(edition.failures):,} could not be done: see [Not done](#not-done).")
    return " ".join(sentences)


def _entry_link(claim: Claim) -> str:
    """Link to the section of ``claim``, where the largest factor stands first.

    Only a heading can be linked to without HTML; this is how GitHub makes an anchor of one.
    """
    anchor = re.sub(r"[^\w\- ]", "", claim.heading.lower()).replace(" ", "-")
    return f"[{_title(claim.result.paper)}](#{quote(anchor)})"


def _table(claims: Iterable[Claim]) -> str:
    rows = ["| Gain | Of | Paper | In the authors' words |", "| ---: | --- | --- | --- |"]
    rows += [
        f"| **{times(claim.factor)}** | {saves(claim.gain)} | {_named(claim.result.paper)} "
        f"| “{escape(claim.gain.quote)}” |"
        for claim in claims
    ]
    return "\n".join(rows)


def _entry(result: Result) -> Iterator[str]:
    paper, tags = result.paper, result.tags
    yield _named(paper, "**")
    if tldr := escape(result.tldr or ""):
        yield tldr
    published = paper.published.isoformat() if paper.published else None
    facts = [fact for fact in (tags.contribution, tags.method, byline(paper), published) if fact]
    if facts:
        yield escape(" · ".join(facts))
    if tags.efficiency_gains:
        yield "\n>\n".join(f"> {_gain(gain)}" for gain in tags.efficiency_gains)
    for warning in result.warnings:
        if words := escape(warning):
            yield f"_{words}_"


def _gain(gain: Gain) -> str:
    factor = f"**{times(gain.factor)}**" if gain.factor else ""
    before = f"{factor} {saves(gain)}".strip()
    after = f" (vs. {escape(gain.baseline)})" if gain.baseline else ""
    return (f"{before} — " if before else "") + f"“{escape(gain.quote)}”{after}"


def _failed(failure: Failure) -> str:
    error = failure.error
    return f"- {_named(failure.paper, '**')} — {escape(error.kind)}: {escape(error.message)}"


def _title(paper: Paper) -> str:
    return escape(paper.title) or "(no title)"


def _named(paper: Paper, mark: str = "") -> str:
    """Return the title between ``mark``s with a link to the paper, else one to a search for it."""
    if address := _address(paper.url):
        return f"{mark}[{_title(paper)}]({address}){mark}"
    return f"{mark}{_title(paper)}{mark} ([find]({search(paper)[1]}))"


def _address(url: str | None) -> str | None:
    """Return ``url`` as a link may hold it, or ``None`` where it is no address of the web."""
    # Brackets, quotation marks, white space and the like could end the link; every % stays an escape.
    address = link(url, safe="/:?#@&=+,%~")
    return address and re.sub(r"%(?![0-9A-Fa-f]{2})", "%25", address)


def _code(command: str) -> str:
    """Return ``command`` as a block that shows it to the letter, whatever backticks are in it."""
    shown = to_the_letter(command)
    longest = max((len(run) for run in re.findall("`+", shown)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}sh\n{shown}\n{fence}"
