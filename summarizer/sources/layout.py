"""The layout of a Daily Papers page that was copied as text: which line is what, and which card it is of.

A card is a title, an abstract and, often but not always, its authors' number or an organisation, a date and
the number of comments. The copy has no marks for titles, so they are told from abstracts by how they read
and by where they stand, with costs rather than hard rules: no single sign is reliable.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from summarizer.sources import dates
from summarizer.sources.values import rejoined
from summarizer.text import clean, sentences

_DATE = re.compile(
    rf"(?:published on )?{dates.MONTH} (?P<day>\d{{1,2}})(?:,? (?P<year>(?:19|20)\d\d))?"
    r"(?: (?P<comments>\d{1,6}))?",
    re.IGNORECASE,
)
_AUTHORS = re.compile(r"(\d{1,5}) (?:authors?|autho?|aut?|a)", re.IGNORECASE)  # a paste may end within
_NUMBER = re.compile(r"\d[\d.,]*k?", re.IGNORECASE)
# What the page says of itself, and so proof that a text is such a page.
_HEADER = re.compile(
    r"(daily|trending) papers|by ?AK and the research community|get trending papers in your email inbox.*",
    re.IGNORECASE,
)
# Buttons and links that come along when a page is copied.
_BUTTON = re.compile(
    r"new|subscribe|daily|weekly|monthly|previous|next|search|log in|sign up|back to .{1,40}|hugging face"
    r"|by ?AK|submitted by.{0,60}|upvote( [\d.,]+k?)?|git ?hub( [\d.,]+k?)?|arxiv( page)?|view all",
    re.IGNORECASE,
)
_BULLET = re.compile(r"(?:[•·*▪–—-]|\(?\d{1,2}[.)]|\([a-z]+\))\s")
_LINK = re.compile(r"https?://|www\.")
_WIDEST_WRAP = 200  # editors wrap at 72 to 120 columns; a browser's copy has an abstract on one line
_LONGEST_NAME = 100  # characters of an organisation
_LONGEST_TITLE = 300  # characters; the longest titles of arXiv stay below


@dataclass
class Meta:
    """What one card's small print says; ``day`` is (year or None, month, day of the month).

    ``is_telling`` is set where it can be nothing else: "4 authors", or a date after a dot, not a bare date.
    """

    authors: int | None = None
    day: tuple[int | None, int, int] | None = None
    comments: int | None = None
    is_telling: bool = False

    def add(self, other: Meta) -> None:
        """Take from ``other`` what is not known yet."""
        self.authors = other.authors if self.authors is None else self.authors
        self.day = self.day or other.day
        self.comments = other.comments if self.comments is None else self.comments


@dataclass
class Part:
    """A paragraph or a piece of small print: ``first`` and ``last`` are the numbers of its lines."""

    first: int
    last: int
    text: str
    meta: Meta | None = None
    header: bool = False
    button: bool = False

    @property
    def is_text(self) -> bool:
        """Whether this is neither small print nor a part of the page's frame."""
        return self.meta is None and not self.header and not self.button


@dataclass
class Card:
    """A title with what belongs to it; ``line`` is the number of the title's line."""

    line: int
    title: str
    body: list[str] = field(default_factory=list)
    meta: Meta | None = None

    @property
    def is_sound(self) -> bool:
        """Whether this is a paper for sure, not just a line: it has small print, or one prose paragraph."""
        return bool(self.meta) or (len(self.body) == 1 and _is_prose(self.body[0]))


@dataclass
class Page:
    """The cards of a page, its own small print (the date on top), and the paragraphs that fit nowhere."""

    cards: list[Card]
    top: Meta
    strays: list[Part]
    is_marked: bool
    has_text: bool

    @property
    def is_credible(self) -> bool:
        """Whether the text is such a page at all.

        Where the page's own lines or small print are there, half of its paragraphs have to fit. Without
        them only a regular alternation of one title and one abstract is believed, with one in four left to
        chance, so that an essay, a README or a program does not turn into papers.
        """
        sound = sum(card.is_sound for card in self.cards)
        cut_off = bool(self.cards) and not self.cards[-1].body and not self.cards[-1].is_sound
        rest = len(self.cards) - sound - cut_off + len(self.strays)
        return sound >= max(1, rest if self.is_marked else rest * 3)


def arrange(lines: Sequence[str]) -> Page:
    """Return the page that ``lines`` are, whether or not it is credible that they are one."""
    parts = list(_with_organisations(list(_parts(lines))))
    is_marked = any(part.header or (part.meta and part.meta.is_telling) for part in parts)
    page = Page([], Meta(), [], is_marked, any(part.is_text for part in parts))
    dot, last = parts[-2:] if len(parts) > 1 else (None, None)
    if dot and last and last.is_text and dot.text == "·" and dot.last + 1 == last.first:
        page.strays.append(parts.pop())  # a date that is cut off
    run: list[Part] = []
    for part in [*parts, None]:
        if part is not None and part.is_text:
            run.append(part)
            continue
        if run:
            _deal(run, part is not None and part.meta is not None, page)
            run = []
        if part is not None and part.meta:
            if page.cards:
                page.cards[-1].meta = page.cards[-1].meta or Meta()
                page.cards[-1].meta.add(part.meta)
            else:
                page.top.add(part.meta)
    return page


def _deal(run: Sequence[Part], closed: bool, page: Page) -> None:
    """Deal the paragraphs of ``run`` to cards; ``closed`` says that small print follows."""
    for part, is_title in zip(run, _titles([part.text for part in run], closed=closed), strict=True):
        if is_title:
            page.cards.append(Card(part.first, part.text))
        elif page.cards and page.cards[-1].meta is None:
            page.cards[-1].body.append(part.text)
        else:
            page.strays.append(part)


def _titles(paragraphs: Sequence[str], *, closed: bool) -> list[bool]:
    """Tell for each paragraph whether it is a title: the cheapest way to read all of them together.

    The costs are about how unusual a thing is: 0 is what a page always does, 3 what a careful reader would
    doubt, 6 and more what only happens when there is no other way.
    """
    title = _cost_as_title(paragraphs[0])
    body = 6 + _cost_as_body(paragraphs[0])  # it goes on from nowhere: a paste without its head
    above: list[tuple[bool, bool]] = []  # for a title and for a body: whether the cheapest above is a title
    for text in paragraphs[1:]:
        above.append((title + 3 < body, title <= body + 1))
        title, body = (
            min(title + 3, body) + _cost_as_title(text),  # 3: the title above has no abstract
            min(title, body + 1) + _cost_as_body(text),  # 1: an abstract of several paragraphs
        )
    # Small print stands below an abstract; a paste may end anywhere.
    found = [title + (5 if closed else 2) < body]
    for if_title, if_body in reversed(above):
        found.append(if_title if found[-1] else if_body)
    return found[::-1]


def _cost_as_title(text: str) -> int:
    if len(text) > _LONGEST_TITLE:
        return 9
    if _BULLET.match(text) or _LINK.search(text):
        return 4
    return 3 if text[-1] in ".,;:。，；：" else 0


def _cost_as_body(text: str) -> int:
    return 0 if _cost_as_title(text) else 3


def _is_prose(text: str) -> bool:
    return len(sentences(text)) > 1 or len(text) > _WIDEST_WRAP or text[-1] in "。！？"


def _parts(lines: Sequence[str]) -> Iterator[Part]:
    """Yield the paragraphs and the small print, with hard wraps undone."""
    block: list[Part] = []
    name_follows = False
    for number, line in enumerate([*lines, ""], 1):
        text = clean(line)
        part = _small_print(number, text)
        if text and name_follows and part.is_text:
            part.button = True
        name_follows = text.casefold() == "submitted by" or (name_follows and not text)
        # "Search" right below other text may be the end of a wrapped title: that is for _unwrap to say.
        if text and (part.is_text or (part.button and block)):
            block.append(part)
            continue
        yield from _unwrap(block)
        block = []
        if text:
            yield part


def _small_print(number: int, text: str) -> Part:
    part = Part(number, number, text)
    part.header = bool(_HEADER.fullmatch(text))
    part.button = bool(_BUTTON.fullmatch(text) or _NUMBER.fullmatch(text))
    pieces = [piece.strip() for piece in re.split("[·•]", text)]
    meta, unknown = Meta(), 0
    for piece in filter(None, pieces):
        if found := _AUTHORS.fullmatch(piece):
            meta.add(Meta(authors=int(found[1])))
        elif found := _DATE.fullmatch(piece):
            year, comments = found["year"], found["comments"]
            day = (int(year) if year else None, dates.month(found["month"]), int(found["day"]))
            meta.add(Meta(day=day, comments=int(comments) if comments else None))
        elif not (text[0] == "•" and piece.isdecimal()):  # "• 1" may have been "• 12 authors"
            unknown += 1
    # "Some Lab · Sep 4": one unknown piece before a date is an organisation.
    named = unknown == 1 and meta.day and len(pieces) > 1 and len(text) <= _LONGEST_NAME + 30
    if text and (not unknown or named):
        part.meta = meta
        meta.is_telling = meta.authors is not None or (meta.day is not None and len(pieces) > 1)
    return part


def _unwrap(block: list[Part]) -> Iterator[Part]:
    """Join the lines of one block that an editor has wrapped.

    A wrapped line is full: the next line's first word would not have fitted. An overlong line of one word
    (an address) does not say how wide the text is.
    """
    width = max((len(part.text) for part in block if " " in part.text), default=0)
    joined: list[Part] = []
    for part in block:
        word = part.text.split(" ", 1)[0]
        # Three quarters, because some editors even the lines out.
        is_full = joined and len(joined[-1].text) + 1 + len(word) > width * 3 / 4
        if joined and not (is_full and width <= _WIDEST_WRAP and not joined[0].button):
            yield _join(joined)
            joined = []
        joined.append(part)
    if joined:
        yield _join(joined)


def _join(parts: Sequence[Part]) -> Part:
    if len(parts) == 1:
        return parts[0]
    wrapped = "\n".join(part.text for part in parts)
    return Part(parts[0].first, parts[-1].last, rejoined(wrapped).replace("\n", " "))


def _with_organisations(parts: list[Part]) -> Iterator[Part]:
    """Mark the short line above a lone "·" as small print: an organisation in the authors' place."""
    for number, part in enumerate(parts):
        below = parts[number + 1] if number + 1 < len(parts) else None
        if part.is_text and below and below.text in ("·", "•") and len(part.text) <= _LONGEST_NAME:
            above = parts[number - 1] if number else None
            is_next = below.first == part.last + 1 and part.first == part.last
            # With blank lines between them, it has to stand below an abstract to be no title or abstract.
            below_abstract = above and above.is_text and _cost_as_title(above.text)
            if is_next or (below_abstract and not _LINK.search(part.text)):
                part.meta = Meta()
        yield part
