"""Atom, BibTeX and e-mail: read back by the parsers that their readers use, whatever the papers say."""

from __future__ import annotations

import datetime as dt
import email
import email.policy
import re
import xml.etree.ElementTree as ET
from collections import Counter
from collections.abc import Sequence
from email.message import EmailMessage
from html.parser import HTMLParser
from typing import Any

import feedparser
import pytest
from bibtexparser.entrypoint import parse_string
from hypothesis import given
from hypothesis import strategies as st

from summarizer.digest import About, render
from summarizer.digest.bibtex import escape
from summarizer.records import Failure, Gain, MadeBy, Paper, Problem, Record, Result, Tags
from summarizer.sources.tex import readable
from summarizer.text import clean

ABOUT = About("Papers of 2026-08-21", dt.date(2026, 8, 21), retry="summarize backlog 'my page.txt'")
MADE_BY = MadeBy(model="tiny", prompt="1", cached=False, prompt_tokens=9, completion_tokens=3)
ATOM = "{http://www.w3.org/2005/Atom}"
HOSTILE = st.text(
    alphabet=st.one_of(
        st.characters(codec="utf-8"),
        st.sampled_from("\\{}$%&#_^~<>\"'`-@,=|\x00\x08\x0b\x1b\ufffe\uffff\u202e\r\n"),
    ),
    max_size=40,
) | st.sampled_from(
    [
        "</entry><script>x</script>",
        "]]>",
        "}, title = {x",
        "\r\nBcc: a@b.c",
        "$\\input{/etc/passwd}$",
        "--=_x--",
    ]
)
HOSTILE_URL = st.sampled_from(
    [None, "javascript:alert(1)", 'https://x.org/"><b>%zz', "https://x.org/a[b]{c}\\d", "http://["]
)


def result(title: str = "Kestrel: Gradient Reuse", **changes: Any) -> Result:
    paper = {
        "id": "2601.00001",
        "title": title,
        "abstract": "Kestrel reuses gradients. It needs 5x fewer trials.",
        "authors": ("Ada Lovelace", "Zoë Müller"),
        "published": dt.date(2026, 1, 5),
        "url": "https://arxiv.org/abs/2601.00001",
    }
    gains = (Gain(quote="5x fewer trials", resource="samples", factor=5.0, baseline="scratch"),)
    tags = Tags(domain="robotics", contribution="method", method="Kestrel", efficiency_gains=gains)
    tldr = changes.pop("tldr", "Robots learn sooner.")
    return Result(paper=Paper(**paper | changes), tldr=tldr, tags=tags, made_by=MADE_BY)  # type: ignore[arg-type]


def failure(title: str = "A Lost Paper") -> Failure:
    return Failure(paper=Paper(title=title), error=Problem(kind="no_abstract", message="the page gives none"))


def hostile(text: str, url: str | None) -> list[Record]:
    gains = (Gain(quote=text, resource="other", baseline=text),)
    tags = Tags(domain=text, contribution=text, method=text, efficiency_gains=gains)
    paper = Paper(id=text or None, title=text, abstract=text, authors=(text, text), url=url)
    return [
        Result(paper=paper, tldr=text, tags=tags, warnings=(text,), made_by=MADE_BY),
        Failure(paper=Paper(title=text), error=Problem(kind=text, message=text)),
    ]


def feed(records: Sequence[Record], about: About = ABOUT) -> Any:
    parsed = feedparser.parse(render(".atom", records, about).encode())
    assert not parsed.bozo, parsed.get("bozo_exception")
    assert parsed.version == "atom10"
    return parsed


def entries(records: Sequence[Record]) -> list[dict[str, str]]:
    library = parse_string(render(".bib", records, ABOUT), parse_stack=[])
    assert not library.failed_blocks
    return [
        {"key": entry.key, **{field.key: re.sub(r"^\{|\}$", "", field.value) for field in entry.fields}}
        for entry in library.entries
    ]


def message(records: Sequence[Record], about: About = ABOUT) -> EmailMessage:
    parsed = email.message_from_string(render(".eml", records, about), policy=email.policy.default)
    assert isinstance(parsed, EmailMessage)
    assert not parsed.defects
    return parsed


def test_a_feed_says_what_its_papers_are_and_what_was_not_done() -> None:
    parsed = feed([result(), failure()])
    assert (parsed.feed.title, parsed.feed.updated) == ("Papers", "2026-08-21T00:00:00Z")
    assert parsed.feed.subtitle == "1 paper could not be done: A Lost Paper."
    (entry,) = parsed.entries
    assert entry.title == "Kestrel: Gradient Reuse"
    assert entry.link == "https://arxiv.org/abs/2601.00001"
    assert entry.summary == "Robots learn sooner."
    assert [author.name for author in entry.authors] == ["Ada Lovelace", "Zoë Müller"]
    assert [tag.term for tag in entry.tags] == ["robotics", "method"]
    assert "5× samples: “5x fewer trials” (vs. scratch)" in entry.content[0].value


@pytest.mark.parametrize(
    ("changes", "updated"),
    [
        ({}, "2026-01-05"),
        ({"published": None}, "2026-01-01"),  # the month is in the arXiv id
        ({"published": None, "id": "10.1000/x"}, "2026-08-21"),  # the digest's own day
    ],
)
def test_an_entry_is_dated_by_its_paper_before_its_digest(changes: dict[str, Any], updated: str) -> None:
    (entry,) = feed([result(**changes)]).entries
    assert entry.updated == f"{updated}T00:00:00Z"
    assert ("published" in entry) is ("published" not in changes)


def test_a_reader_knows_a_paper_and_a_feed_again() -> None:
    later = About("Papers of 2026-W35", dt.date(2026, 8, 28))
    first, second = feed([result()]), feed([result("Renamed", id="2601.00001v3", tldr="Other.")], later)
    assert first.entries[0].id == second.entries[0].id == "tag:summarize-papers,2026:paper/2601.00001"
    assert first.feed.id == second.feed.id
    assert feed([], About("Papers: robotics", dt.date(2026, 8, 28))).feed.id != first.feed.id
    assert feed([], About("Papers of 2026-08-21: robotics", dt.date(2026, 8, 21))).feed.id == (
        feed([], About("Papers: robotics", dt.date(2026, 8, 28))).feed.id
    ), "a feed of one domain is the same every day, by whichever command"
    assert len(feed([result(), result()]).entries) == 1


OPTIONAL = {"author": 9, "category": 9, "link": 9, "published": 1, "summary": 1, "content": 1, "subtitle": 1}


@given(HOSTILE, HOSTILE_URL)
def test_a_feed_keeps_to_the_grammar_of_rfc_4287(text: str, url: str | None) -> None:
    about = About(text, dt.date(2026, 1, 1), notices=(text,))
    root = ET.fromstring(render(".atom", [*hostile(text, url), result(), failure()], about))
    names = [child.tag.removeprefix(ATOM) for child in root]
    assert names == sorted(names, key=lambda name: name == "entry"), "what is of the feed comes first"
    for element in (root, *root.findall(f"{ATOM}entry")):
        counted = Counter(child.tag.removeprefix(ATOM) for child in element)
        del counted["entry"]
        assert [counted.pop(name) for name in ("id", "title", "updated")] == [1, 1, 1]
        assert all(number <= OPTIONAL[name] for name, number in counted.items())
        for day in (*element.findall(f"{ATOM}updated"), *element.findall(f"{ATOM}published")):
            assert dt.datetime.fromisoformat(day.text or "").tzinfo
        for author in element.findall(f"{ATOM}author"):
            assert [child.tag for child in author] == [f"{ATOM}name"]
        for content in element.findall(f"{ATOM}content"):
            assert (content.get("type"), len(content)) == ("html", 0)


@given(HOSTILE, HOSTILE_URL)
def test_a_feed_of_hostile_text_is_a_valid_feed(text: str, url: str | None) -> None:
    root = ET.fromstring(
        render(".atom", hostile(text, url), About(text, dt.date(2026, 1, 1), notices=(text,)))
    )
    (entry,) = root.findall(f"{ATOM}entry")
    assert {child.tag.removeprefix(ATOM) for child in entry} >= {"id", "title", "updated", "content"}
    for element in (root, entry):
        identity = element.findtext(f"{ATOM}id") or ""
        assert re.fullmatch(r"tag:summarize-papers,2026:(?:feed|paper)/[\w.~%/-]*", identity, re.ASCII)
    for link in entry.iter(f"{ATOM}link"):
        assert re.fullmatch(r"https?://(?:[^\s<>\"{}\\^`\[\]%]|%[0-9A-Fa-f]{2})+", link.get("href") or "")
    assert "<script" not in (entry.findtext(f"{ATOM}content") or "")


def test_an_entry_of_a_bibliography_goes_back_into_zotero() -> None:
    (entry,) = entries([result("On GPT-4 & $k$-Means", author_count=7)])
    assert entry == {
        "key": "lovelace2026gpt4",
        "title": r"On {GPT-4} \& $k$-Means",
        "author": "Ada Lovelace and Zoë Müller and others",
        "abstract": "Kestrel reuses gradients. It needs 5x fewer trials.",
        "url": "https://arxiv.org/abs/2601.00001",
        "date": "2026-01-05",
        "year": "2026",
        "month": "jan",
        "eprint": "2601.00001",
        "archivePrefix": "arXiv",
        "keywords": "robotics, method",
        "annote": "Robots learn sooner.",
    }


@pytest.mark.parametrize(
    ("text", "tex"),
    [
        ("50% of {x} & a_b", r"50\% of {\textbraceleft}x{\textbraceright} \& a\_b"),
        ("from $5 to $10", r"from \$5 to \$10"),
        ("$5-$10 for $k$", r"\$5-\$10 for $k$"),
        (r"$\geq$5, $87\%$, $p < 0.05$", r"$\geq$5, $87\%$, $p < 0.05$"),
        (r"in $\mathcal{O}(\evil{n})$ steps", r"in \${\textbackslash}mathcal"),
        (r"in $\mathcal{O}(\sqrt{n})$ and $x_i^{2}$", r"in $\mathcal{O}(\sqrt{n})$ and $x_i^{2}$"),
        (r"$\input{/etc/passwd}$", r"\${\textbackslash}input{\textbraceleft}/etc/passwd{\textbraceright}\$"),
        ("$x^^5cy$", r"\$x{\textasciicircum}{\textasciicircum}5cy\$"),
        ("$$x$$", r"\$\$x\$\$"),
        ("git --amend ``x''", "git -{}-amend `{}`x'{}'"),
    ],
)
def test_text_becomes_tex_that_reads_the_same_and_does_nothing(text: str, tex: str) -> None:
    assert escape(text).startswith(tex)


def test_keys_are_unique_and_names_stay_whole() -> None:
    papers = [
        result(),
        result(),
        result(authors=("Smith, Jr. and Sons",)),
        result("你好", authors=(), published=None),
    ]
    found = entries([*papers, failure()])
    assert [entry["key"] for entry in found] == [
        "lovelace2026kestrel", "lovelace2026kestrel-2", "sons2026kestrel", "paper", "lost",
    ]  # fmt: skip
    assert found[2]["author"] == "{Smith, Jr. and Sons}"


@given(HOSTILE, HOSTILE_URL)
def test_a_bibliography_of_hostile_text_is_two_entries_with_that_text(text: str, url: str | None) -> None:
    first, second = entries(hostile(text, url))
    assert first["key"] != second["key"]
    text = re.sub("[\ue000-\ue002]", "", clean(text))  # the reader's own signs
    if not set("$~") & set(text):  # a formula is read as one, and every ~ as a space
        assert clean(readable(first.get("title", ""))) == clean(readable(first.get("annote", ""))) == text


def test_a_message_has_both_texts_and_no_sender() -> None:
    mail = message([result(), failure()])
    assert (mail["Subject"], mail["X-Unsent"], mail["From"]) == ("Papers of 2026-08-21", "1", None)
    assert mail["Date"] == "Fri, 21 Aug 2026 00:00:00 +0000"
    plain, page = mail.iter_parts()
    assert [plain.get_content_type(), page.get_content_type()] == ["text/plain", "text/html"]
    for part in (plain, page):
        text = re.sub(r"\s+", " ", part.get_content())
        for words in (
            "5× samples",
            "Robots learn sooner.",
            "https://arxiv.org/abs/2601.00001",
            "A Lost Paper",
            "no_abstract",
        ):
            assert words in text, words
    assert "summarize backlog 'my page.txt'" in plain.get_content()


def test_a_message_is_laid_out_for_every_mail_program() -> None:
    _, html = message(
        [result(), failure()], About("Papers", ABOUT.made_on, "again", ("A note.",))
    ).iter_parts()
    text = html.get_content()
    assert not re.search(r"<(?:style|script|img|link)|\sclass=|url\(|position:|display:|var\(", text)
    assert re.findall(r'<table(?! role="presentation")', text) == [], "a screen reader reads no table out"
    assert max(int(width) for width in re.findall(r"(?:width=\"|width:)(\d+)(?!\d|%)", text)) <= 640
    assert all(int(size) >= 13 for size in re.findall(r"font(?:-size)?:(\d+)px", text))
    for style in re.findall(r'style="([^"]*)"', text):
        assert not ("background" in style and "color:#fff" not in style), "dark words need a light ground"
    assert max(map(len, render(".eml", [result()] * 9, ABOUT).splitlines())) <= 78, "what RFC 5322 asks for"


class Page(HTMLParser):
    """The elements of a page and the addresses in it."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.links: list[str] = []

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.links += [value or "" for name, value in attributes if name in {"href", "src"}]


@given(HOSTILE, HOSTILE_URL)
def test_a_message_of_hostile_text_is_one_message_with_that_text(text: str, url: str | None) -> None:
    about = About(text, dt.date(2026, 1, 1), retry=text, notices=(text,))
    mail = message(hostile(text, url), about)
    assert set(mail.keys()) == {"Subject", "Date", "X-Unsent", "MIME-Version", "Content-Type"}
    plain, html = mail.iter_parts()
    assert re.sub(r"\s+", " ", clean(text)) in re.sub(r"\s+", " ", plain.get_content())
    page = Page()
    page.feed(html.get_content())
    assert page.tags <= {
        "html",
        "head",
        "meta",
        "title",
        "body",
        "div",
        "h1",
        "h2",
        "p",
        "strong",
        "a",
        "ul",
        "li",
        "code",
        "em",
        "table",
        "tr",
        "td",
    }
    assert all(link.startswith(("http://", "https://")) for link in page.links)
