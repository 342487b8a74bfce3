"""The Markdown digest: what it tells, and that untrusted text reads as it is and does nothing else."""

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markdown_it.token import Token

from summarizer.digest import About, render
from summarizer.digest.markdown import escape
from summarizer.records import Failure, Gain, MadeBy, Paper, Problem, Record, Resource, Result, Tags
from summarizer.text import clean

PARSER = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
NOTHING_ELSE = {
    "html_inline",
    "html_block",
    "link_open",
    "image",
    "code_inline",
    "em_open",
    "strong_open",
    "s_open",
}

# Pieces that mean something to Markdown, GitHub, Obsidian, Slack or a terminal, to be put together at random.
PIECES = [
    *"\\`*_~^$#|[](){}<>!&@:=%+-.\"'“”", " ", "\n", "\n\n", "\t", "    ", "a", "Z", "7", "é", "文", "😀",
    "1. ", "12) ", "- ", "+ ", "> ", "# ", "===", "---", "***", "```", "~~~", "$$", "[[n]]", "![[x]]", "%%",
    "[^1]", "^[a]", "==x==", "<b>", "</p>", "<!-- ", " -->", "<script>", "<a@b.cd>", "<https://a.b>",
    "&amp;", "&#35;", "&copy", "https://a.b/c_d", "www.a.b", "a@b.cd", "@joe", "#12", "GH-3", ":smile:",
    "<!channel>", "[x](javascript:y)", "![x](y)", "[x]: y", "| --- |", "\\|",
    "\x1b[31m", "\x00", "\u202e", "\u2060", "\u2028",
]  # fmt: skip
untrusted = st.lists(st.sampled_from(PIECES) | st.text(max_size=3), max_size=8).map("".join)


def digest(*records: Record, retry: str | None = None, notices: tuple[str, ...] = ()) -> str:
    return render(".md", records, About("Papers", dt.date(2026, 8, 21), retry, notices))


def result(paper: Paper, *gains: Gain, domain: str | None = "robotics", **more: object) -> Result:
    made_by = MadeBy(model="tiny", prompt="1", cached=False, prompt_tokens=1, completion_tokens=1)
    tags = Tags(domain=domain, contribution="method", method=None, efficiency_gains=gains)
    fields: dict[str, object] = {"tldr": "It walks.", "paper": paper, "tags": tags, "made_by": made_by}
    return Result.model_validate(fields | more)


def claim(factor: float | None, resource: Resource = "samples", quote: str = "so much less") -> Gain:
    return Gain(quote=quote, resource=resource, factor=factor)


def visible(tokens: list[Token]) -> str:
    """Return the text that a reader sees of ``tokens``, line breaks and word joiners folded away."""
    inline = [child for token in tokens for child in token.children or []]
    return clean("".join(" " if child.type == "softbreak" else child.content for child in inline))


def kinds(tokens: list[Token]) -> set[str]:
    return {child.type for token in tokens for child in [token, *(token.children or [])]}


@given(untrusted)
def test_escaped_text_reads_as_it_is_in_a_line_of_its_own(text: str) -> None:
    tokens = PARSER.parse(f"before\n\n{escape(text)}\n\nafter")
    assert visible(tokens) == clean(f"before{clean(text)}after")
    assert kinds(tokens) <= {"paragraph_open", "paragraph_close", "inline", "text", "text_special"}


@given(st.lists(st.tuples(untrusted, untrusted), min_size=1, max_size=3))
def test_a_table_of_untrusted_text_keeps_its_cells(rows: list[tuple[str, str]]) -> None:
    lines = [f"| {escape(left)} | “{escape(right)}” |" for left, right in rows]
    tokens = PARSER.parse("\n".join(["| a | b |", "| --- | --- |", *lines]))
    cells = [visible([token]) for token in tokens if token.type == "inline"]
    assert cells == [
        "a",
        "b",
        *(text for row in rows for text in (clean(row[0]), clean(f"“{clean(row[1])}”"))),
    ]
    assert not kinds(tokens) & NOTHING_ELSE


@given(untrusted, untrusted, untrusted)
def test_a_whole_digest_of_untrusted_text_reads_as_it_is(one: str, two: str, three: str) -> None:
    paper = Paper(title=f"T{one}", url="https://example.org/p", authors=(f"A{two}",))
    gains = (Gain(quote=f"q{three}", resource="other", factor=3.0, baseline=f"b{one}"),)
    done = result(paper, *gains, tldr=f"{two}x", warnings=(f"{three}w",), domain=f"D{three}")
    failed = Failure(paper=Paper(title=f"F{two}"), error=Problem(kind="lost", message=f"M{three}"))
    text = digest(done, failed, notices=(f"n{one}",))
    tokens = PARSER.parse(text)
    assert not kinds(tokens) & {
        "html_inline",
        "html_block",
        "image",
        "code_block",
        "code_inline",
        "s_open",
        "hr",
    }
    links = [dict(child.attrs)["href"] for token in tokens for child in token.children or [] if child.attrs]
    paths = [str(link).split("?")[0].split("#")[0] for link in links]
    assert paths == ["", "", *["https://example.org/p"] * 2, "https://scholar.google.com/scholar"]
    lines = [visible([token]) for token in tokens if token.type == "inline"]
    for line in (
        clean(paper.title),
        clean(f"{two}x"),
        clean(f"method · {clean(paper.authors[0])}"),
        clean(f"3× — “{clean(gains[0].quote)}” (vs. {clean(f'b{one}')})"),
        clean(f"{three}w"),
        clean(f"{clean(f'F{two}')} (find) — lost: {clean(f'M{three}')}"),
        clean(f"n{one}"),
    ):
        assert line in lines
    assert sum(token.type == "td_open" for token in tokens) == 4


@pytest.mark.parametrize(
    ("text", "never"),
    [
        ("ask @joe", "@joe"),
        ("write to a@b.cd", "@b"),
        ("see #12", "#12"),
        ("see a/b#12", "#12"),
        ("see GH-12", "GH-12"),
        ("~one~ and ~~two~~", " ~"),
        ("a :smile: b", ":smile:"),
        ("<!channel>", "<"),
        ("at https://a.b", "https://"),
        ("at _www.a.b", "www."),
        ("[[note]]", "[["),
        ("hidden %% this %%", "%%"),
        ("==marked==", "=="),
        ("$x$ and $$y$$", " $"),
        ("gone ^block", " ^"),
        ("a footnote[^1]", "e["),
    ],
)
def test_what_renderers_look_for_beyond_markdown_is_not_there(text: str, never: str) -> None:
    assert never not in escape(text)
    assert clean(PARSER.renderInline(escape(text)).replace("&lt;", "<").replace("&gt;", ">")) == text


@pytest.mark.parametrize(
    "text",
    [
        "# a",
        "- a",
        "+ a",
        "* a",
        "> a",
        "1. a",
        "12) a",
        "=",
        "1.",
        "-",
        "---",
        "***",
        "===",
        "```",
        "~~~ a",
        "| a |",
    ],
)
def test_the_beginning_of_a_line_begins_nothing(text: str) -> None:
    shown = text.replace(">", "&gt;")
    assert PARSER.render(escape(text)) == f"<p>{shown}</p>\n"
    assert PARSER.render(f"before\n{escape(text)}") == f"<p>before\n{shown}</p>\n"


@pytest.mark.parametrize(
    "text", ["AlphaZero at 1.5x (about 20%), 3:1; a/b + c = d!", "state-of-the-art “é”", "2024"]
)
def test_plain_text_stays_as_it_is(text: str) -> None:
    assert escape(text) == text


@pytest.mark.parametrize(
    ("url", "address"),
    [
        ("https://arxiv.org/abs/2106.09685", "https://arxiv.org/abs/2106.09685"),
        ("HTTP://a.b/c?d=e&f=%20g#h", "http://a.b/c?d=e&f=%20g#h"),
        ("https://a.b/c_(d) <e>|\n![x]", "https://a.b/c_%28d%29%20%3Ce%3E%7C%21%5Bx%5D"),
        ("https://a.b/100%%", "https://a.b/100%25%25"),
        ("javascript:alert(1)", None),
        ("java\nscript:alert(1)", None),
        ("data:text/html,x", None),
        ("file:///etc/passwd", None),
        ("https:", None),
        ("https://[x", None),
        ("/papers/1", None),
        (None, None),
    ],
)
def test_a_title_links_to_the_web_or_offers_a_search(url: str | None, address: str | None) -> None:
    text = digest(result(Paper(title="Gait & Go?", url=url)))
    found = f"**[Gait &amp; Go?]({address})**"
    sought = "**Gait &amp; Go?** ([find](https://scholar.google.com/scholar?q=Gait%20%26%20Go%3F))"
    assert (found if address else sought) in text.splitlines()


def test_the_headline_counts_papers_domains_and_claims_and_names_the_largest() -> None:
    text = digest(
        result(Paper(title="Small"), claim(2.0)),
        result(Paper(title="Large"), claim(64.0), domain="AI for science"),
        result(Paper(title="Words"), claim(None), domain=None),
        Failure(paper=Paper(title="Lost"), error=Problem(kind="k", message="m")),
    )
    assert text.splitlines()[4] == (
        "**4 papers** in 2 domains. 2 claim a gain in efficiency with a figure; the largest is **64×** "
        "samples, by [Large](#ai-for-science). 1 could not be done: see [Not done](#not-done)."
    )


@pytest.mark.parametrize(
    ("records", "line"),
    [
        ([], "No papers."),
        (
            [result(Paper(title="A"))],
            "**1 paper** in 1 domain. None claims a gain in efficiency with a figure.",
        ),
        (
            [result(Paper(title="A"), claim(3.0, "other"), domain=None)],
            "**1 paper**. 1 claims a gain in efficiency with a figure: **3×**, by [A](#no-domain).",
        ),
        (
            [Failure(paper=Paper(title="A"), error=Problem(kind="k", message="m"))],
            "**1 paper**. 1 could not be done: see [Not done](#not-done).",
        ),
    ],
)
def test_the_headline_of_a_small_digest(records: list[Record], line: str) -> None:
    assert digest(*records).splitlines()[4] == line


def test_an_entry_says_the_summary_first_and_only_what_is_known() -> None:
    paper = Paper(title="Gait", url="https://a.b/c", author_count=4, published=dt.date(2026, 3, 2))
    gains = (
        Gain(quote="64 times fewer steps", resource="samples", factor=64.0, baseline="PPO"),
        Gain(quote="sample-efficient", resource="samples"),
        Gain(quote="frugal", resource="other"),
    )
    text = digest(result(paper, *gains, warnings=("the method was not named",)), result(Paper(title="Bare")))
    assert text.split("## Robotics")[1] == (
        "\n\n**[Gait](https://a.b/c)**\n\nIt walks.\n\nmethod · 4 authors · 2026-03-02\n\n"
        "> **64×** samples — “64 times fewer steps” (vs. PPO)\n>\n> samples — “sample-efficient”\n>\n"
        "> “frugal”\n\n"
        "_the method was not named_\n\n"
        "**Bare** ([find](https://scholar.google.com/scholar?q=Bare))\n\nIt walks.\n\nmethod\n"
    )


def test_the_table_is_short_and_says_how_many_more_there_are() -> None:
    text = digest(*(result(Paper(title=f"P{number}"), claim(number + 2.0)) for number in range(15)))
    rows = [line for line in text.splitlines() if line.startswith("| **")]
    assert [row.split("**")[1] for row in rows] == [f"{16 - number}×" for number in range(12)]
    assert "3 more in the sections below." in text


@pytest.mark.parametrize("command", ["summarize backlog a.txt", "summarize 'a\n```\n````'", "~~~"])
def test_what_is_not_done_is_listed_with_the_command_to_the_letter(command: str) -> None:
    lost = Failure(paper=Paper(title="Lost"), error=Problem(kind="no_abstract", message="none on the page"))
    text = digest(lost, retry=command + "\x1b\u202e")
    assert "— no\\_abstract: none on the page\n\nTo try it again:\n\n```" in text
    assert [token.content for token in PARSER.parse(text) if token.type == "fence"] == [f"{command}\n"]
    assert command not in digest(result(Paper(title="Done")), retry=command), "nothing to try again"
