"""The HTML digest: one file that allows nothing else in, and untrusted text that stays text."""

import base64
import datetime as dt
import hashlib
import re
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from summarizer.digest import About, chart, check, render
from summarizer.digest.harmless import link
from summarizer.digest.html import links
from summarizer.errors import SetupError
from summarizer.records import Failure, Gain, MadeBy, Paper, Problem, Record, Resource, Result, Tags
from summarizer.text import clean

NO_CLAIM = " None claims a gain in efficiency with a figure."
VOID = {"meta", "br", "input"}
HOSTILE = [
    "<script>alert(1)</script>", "</script>", "</style>", "</title>", "<img src=x onerror=alert(1)>",
    "\" onmouseover=\"alert(1)", "' autofocus onfocus='alert(1)", "<!--", "-->", "]]>", "<svg/onload=alert(1)>",
    "{{ 7 * 7 }}", "{% raw %}", "&lt;b&gt;", "&#60;b", "javascript:alert(1)", "\u202egnp.exe", "\u2066", "\x00",
    "שלום", "\ud800", "\n", "a", " ",
]  # fmt: skip
untrusted = st.lists(st.sampled_from(HOSTILE) | st.text(max_size=3), max_size=5).map("".join)


class Page(HTMLParser):
    """A page taken apart: every tag with its attributes, and every text with the tags that it stands in."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[tuple[str, list[tuple[str, dict[str, str | None]]]]] = []
        self._open: list[tuple[str, dict[str, str | None]]] = []
        self.feed(text)
        self.close()
        assert self._open == [], "every tag is closed"

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self._open.append(self.tags[-1])

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop()[0] == tag

    def handle_data(self, data: str) -> None:
        if data.strip():
            self.texts.append((data, list(self._open)))

    def within(self, tag: str, **attributes: str) -> list[str]:
        """The texts of every such element, one string each run."""
        return [
            clean(text)
            for text, parents in self.texts
            if any(name == tag and attributes.items() <= held.items() for name, held in parents)
        ]

    def all(self, tag: str, attribute: str) -> list[str | None]:
        return [held[attribute] for name, held in self.tags if name == tag and attribute in held]


def page(
    *records: Record, retry: str | None = None, notices: tuple[str, ...] = (), title: str = "Papers"
) -> Page:
    return Page(render(".html", records, About(title, dt.date(2026, 8, 21), retry, notices)))


def result(paper: Paper, *gains: Gain, domain: str | None = "robotics", **more: object) -> Result:
    made_by = MadeBy(model="tiny", prompt="1", cached=False, prompt_tokens=1, completion_tokens=1)
    tags = Tags(domain=domain, contribution="method", method=None, efficiency_gains=gains)
    fields: dict[str, object] = {"tldr": "It walks.", "paper": paper, "tags": tags, "made_by": made_by}
    return Result.model_validate(fields | more)


def claim(factor: float | None, resource: Resource = "samples", quote: str = "so much less") -> Gain:
    return Gain(quote=quote, resource=resource, factor=factor)


def failure(title: str = "Lost", message: str = "none on the page") -> Failure:
    return Failure(paper=Paper(title=title), error=Problem(kind="no_abstract", message=message))


def everything(text: str) -> tuple[list[Record], About]:
    """Records and a title that hold ``text`` wherever text can be."""
    paper = Paper(
        id=text, title=text, abstract=f"{text} so much less {text}", authors=(text, text), url=text,
        published=dt.date(2026, 8, 1),
    )  # fmt: skip
    gain = Gain(quote=text, resource="samples", factor=3.0, baseline=text)
    tags = Tags(domain=text, contribution=text, method=text, efficiency_gains=(gain, claim(None)))
    made_by = MadeBy(model=text, prompt=text, cached=False, prompt_tokens=1, completion_tokens=1)
    done = Result(paper=paper, tldr=text, tags=tags, warnings=(text,), made_by=made_by)
    lost = Failure(paper=Paper(title=text, id="x"), error=Problem(kind=text, message=text))
    return [done, done, lost], About(text, dt.date(2026, 8, 21), text, (text,))


@settings(max_examples=40, deadline=None)
@given(untrusted)
def test_whatever_papers_and_models_say_adds_no_tag_and_no_attribute(text: str) -> None:
    made = Page(render(".html", *everything(f"x{text}")))
    plain = Page(render(".html", *everything("x")))
    assert [tag for tag, _ in made.tags if tag != "mark"] == [tag for tag, _ in plain.tags if tag != "mark"]
    assert [sorted(held) for _, held in made.tags] == [sorted(held) for _, held in plain.tags]
    assert clean(f"x{text}") in made.within("p", **{"class": "tldr"})


@pytest.mark.parametrize("text", HOSTILE)
def test_every_link_leads_to_the_web_or_into_the_page(text: str) -> None:
    addresses = page(result(Paper(title=text, url=text, id=text), claim(2.0)), failure(text)).all("a", "href")
    assert addresses
    assert all(re.match(r"https?://[a-z]|#", address or "") for address in addresses)


def test_text_that_runs_from_right_to_left_is_kept_apart_from_what_is_around_it() -> None:
    made = Page(render(".html", *everything("שלום")))
    loose = [
        text
        for text, parents in made.texts
        if "שלום" in text
        and not any(tag in {"bdi", "svg", "title", "pre"} or "dir" in held for tag, held in parents)
    ]
    assert loose == []
    assert len(made.texts) > 20


def test_no_character_that_steers_the_layout_gets_into_the_page() -> None:
    text = render(".html", *everything("a\u202eb\u2066c\x1b[31m"))
    assert not re.search("[\u202a-\u202e\u2066-\u2069\x1b]", text)


def test_the_page_allows_its_own_style_and_script_and_nothing_else() -> None:
    text = render(
        ".html", [result(Paper(title="A")), result(Paper(title="B"))], About("T", dt.date(2026, 8, 21))
    )
    made = Page(text)
    policy = next(
        held["content"] for tag, held in made.tags if held.get("http-equiv") == "Content-Security-Policy"
    )
    hashes = {}
    for tag in ("style", "script"):
        (inline,) = re.findall(rf"<{tag}>(.*?)</{tag}>", text, re.DOTALL)
        hashes[tag] = base64.b64encode(hashlib.sha256(inline.encode()).digest()).decode()
    assert policy == (
        f"default-src 'none'; style-src 'sha256-{hashes['style']}'; script-src 'sha256-{hashes['script']}'; "
        "base-uri 'none'; form-action 'none'"
    )
    assert "style" not in {name for _, held in made.tags for name in held}, "the policy would stop it"
    assert not {tag for tag, _ in made.tags} & {"link", "img", "iframe", "object", "base"}
    assert not {name for _, held in made.tags for name in held} & {"src", "srcset", "action"}
    assert not re.search(r"@import|url\(", made.within("style")[0])


def restyled(folder: Path, *records: Record) -> str:
    return render(".html", records, About("T", dt.date(2026, 8, 21), templates=folder))


def test_templates_of_another_folder_make_another_page(tmp_path: Path) -> None:
    (tmp_path / "page.html").write_text("{% for card in cards %}{{ card.paper.title }};{% endfor %}")
    assert restyled(tmp_path, result(Paper(title="A & B")), result(Paper(title="C"))) == "A &amp; B;C;"


def test_a_folder_with_a_style_sheet_restyles_the_page_and_the_policy_allows_it(tmp_path: Path) -> None:
    (tmp_path / "style.css").write_text("body { color: teal }")
    text = restyled(tmp_path, result(Paper(title="A")))
    made = Page(text)
    assert made.within("style") == ["body { color: teal }"]
    assert made.within("h2") == ["A"], "the rest is as it is shipped"
    assert base64.b64encode(hashlib.sha256(b"body { color: teal }").digest()).decode() in text


@pytest.mark.parametrize(
    ("name", "template", "before", "message"),
    [
        (
            "card.html",
            "\n{% if %}",
            True,
            "card.html, line 2: Expected an expression, got 'end of statement block'",
        ),
        ("card.html", "\n{{ card.colour }}", False, "card.html, line 2: .* has no attribute 'colour'"),
        (
            "page.html",
            "{{ papers }}",
            False,
            "page.html, line 1: 'papers' is undefined; correct the template",
        ),
        ("page.html", "{{ 1 / 0 }}", False, "page.html, line 1: division by zero"),
        (
            "page.html",
            "{{ cards.__class__.__mro__ }}",
            False,
            "page.html, line 1: access to attribute '__class__'",
        ),
        ("page.html", "{% include 'more.html' %}", False, "page.html, line 1: 'more.html' not found"),
        ("style.css", b"\xff", True, "style.css: cannot be read"),
    ],
)
def test_a_mistake_in_a_template_is_named_with_its_line(
    tmp_path: Path, name: str, template: str | bytes, before: bool, message: str
) -> None:
    (tmp_path / name).write_bytes(template if isinstance(template, bytes) else template.encode())
    if before:
        with pytest.raises(SetupError, match=message):
            check(tmp_path / "digest.html", tmp_path)
    with pytest.raises(SetupError, match=message):
        restyled(tmp_path, result(Paper(title="A")))


def test_a_folder_of_templates_that_is_not_there_is_said_before_any_work(tmp_path: Path) -> None:
    with pytest.raises(SetupError, match="nowhere: there is no such folder of templates"):
        check(tmp_path / "digest.html", tmp_path / "nowhere")
    check(tmp_path / "digest.md", tmp_path / "nowhere")  # no page, no templates


@pytest.mark.parametrize(
    ("url", "address"),
    [
        ("https://arxiv.org/abs/2106.09685", "https://arxiv.org/abs/2106.09685"),
        ("HTTP://a.b/c?d=e&f=%20g#h", "http://a.b/c?d=e&f=%20g#h"),
        ('https://a.b/"><b>', "https://a.b/%22%3E%3Cb%3E"),
        ("javascript:alert(1)", None),
        ("java\nscript:alert(1)", None),
        ("data:text/html,x", None),
        ("file:///etc/passwd", None),
        ("https:", None),
        ("https://[x", None),
        ("//a.b", None),
        (None, None),
    ],
)
def test_only_addresses_of_the_web_become_links(url: str | None, address: str | None) -> None:
    assert link(url) == address


@pytest.mark.parametrize(
    ("paper", "places"),
    [
        (
            Paper(title="T", id="2106.09685", url="https://a.b/c"),
            [
                ("arXiv", "https://arxiv.org/abs/2106.09685"),
                ("PDF", "https://arxiv.org/pdf/2106.09685"),
                ("Hugging Face", "https://huggingface.co/papers/2106.09685"),
            ],
        ),
        (Paper(title="T", id="10.1000/x", url="https://www.a.b/c"), [("a.b", "https://www.a.b/c")]),
        (
            Paper(title="Gait & Go?", id="javascript:x", url="javascript:x"),
            [("Find on Google Scholar", "https://scholar.google.com/scholar?q=Gait%20%26%20Go%3F")],
        ),
        (
            Paper(title="Gait & Go?", source="page"),
            [("Find on Hugging Face", "https://huggingface.co/papers?q=Gait%20%26%20Go%3F")],
        ),
    ],
)
def test_a_paper_is_found_where_its_id_or_address_says_or_by_its_title(
    paper: Paper, places: list[tuple[str, str]]
) -> None:
    assert links(paper) == places


@pytest.mark.parametrize(
    ("quotes", "marked"),
    [
        ([], []),
        (["half of the steps"], ["half of the steps"]),
        (["half  of\nthe steps"], ["half of the steps"]),
        (["half of the", "the steps"], ["half of the steps"]),
        (["We need", "the steps"], ["We need", "the steps"]),
        (["a quarter of the steps"], []),
    ],
)
def test_the_quotes_of_claims_are_marked_in_the_abstract(quotes: list[str], marked: list[str]) -> None:
    paper = Paper(title="T", abstract="We need half of\nthe steps, 1 < 2.")
    made = page(result(paper, *(claim(2.0, quote=quote) for quote in quotes)))
    assert made.within("mark") == marked
    assert clean(" ".join(made.within("p", **{"class": "abstract"}))).replace(" ,", ",") == (
        "We need half of the steps, 1 < 2."
    )


def test_cards_have_addresses_of_their_own_that_tell_the_paper() -> None:
    made = page(
        result(Paper(title="A", id="2106.09685")),
        result(Paper(title="A again", id="2106.09685")),
        result(Paper(title="B", id="10.1000/X <y>")),
    )
    assert made.all("article", "id") == ["p-2106.09685", "p-2106.09685-2", "p-10.1000-x-y-"]


def test_papers_with_the_largest_claims_come_first_then_those_of_the_input() -> None:
    made = page(
        result(Paper(title="none")),
        result(Paper(title="small"), claim(2.0)),
        result(Paper(title="words"), claim(None)),
        result(Paper(title="large"), claim(None), claim(64.0)),
    )
    assert made.within("h2")[1:] == ["large", "small", "none", "words"]
    assert made.all("article", "data-place") == ["3", "1", "0", "2"]


@pytest.mark.parametrize(
    ("records", "line"),
    [
        ([], "No papers."),
        ([result(Paper(title="A"))], "1 paper in 1 domain." + NO_CLAIM),
        (
            [result(Paper(title="A"), claim(3.0), domain=None), failure()],
            "2 papers. 1 claims a gain in efficiency with a figure. 1 could not be done.",
        ),
        (
            [result(Paper(title=f"{name}{n}"), domain=name) for n, name in enumerate("aaabbbccd")],
            "9 papers in 4 domains, led by a (3), b (3) and c (2)." + NO_CLAIM,
        ),
    ],
)
def test_the_lead_counts_papers_domains_and_claims(records: list[Record], line: str) -> None:
    said = " ".join(page(*records).within("p", **{"class": "lead"}))
    assert re.sub(r" (?=[.,)])|(?<=\() ", "", said) == line


def test_the_three_largest_claims_lead_to_their_cards() -> None:
    made = page(*(result(Paper(title=f"P{n}", id=f"x{n}"), claim(n + 2.0)) for n in range(5)))
    told = made.within("ol", **{"class": "told"})
    assert told == ["6×", "samples", "P4", "5×", "samples", "P3", "4×", "samples", "P2"]
    assert made.all("a", "href")[1:4] == ["#p-x4", "#p-x3", "#p-x2"]


def test_a_card_says_only_what_is_known() -> None:
    made = page(result(Paper(title="Bare"), domain=None, tldr=None))
    assert made.within("article") == ["Bare", "method", "Find on Google Scholar"]
    full = page(
        result(
            Paper(title="Gait", id="2106.09685", author_count=4, published=dt.date(2026, 3, 2), abstract="x"),
            Gain(quote="64 times fewer steps", resource="samples", factor=64.0, baseline="PPO"),
            Gain(quote="frugal", resource="other"),
            warnings=("the method was not named",),
        )
    )
    assert full.within("article") == [
        "Gait", "It walks.", "64×", "samples", "64 times fewer steps", "vs.", "PPO", "frugal", "robotics",
        "method", "4 authors", "2026-03-02", "arXiv", "PDF", "Hugging Face", "Abstract", "x",
        "the method was not named",
    ]  # fmt: skip


def test_what_is_not_done_is_listed_with_the_command_to_the_letter() -> None:
    made = page(failure("Lost & found"), retry="summarize backlog 'a  <b>.txt'\u202e")
    assert made.within("section") == [
        "Not done", "Lost & found", "Find on Google Scholar", "no_abstract", ":",
        "none on the page", "To try it again:", "summarize backlog 'a <b>.txt'",
    ]  # fmt: skip
    assert "summarize backlog 'a  <b>.txt'" in [text for text, _ in made.texts]
    assert "Not done" not in page(result(Paper(title="A")), retry="again").within("section")


# ---- the chart


def points(*claims: tuple[float, Resource]) -> list[chart.Point]:
    return [chart.Point(factor, resource, f"p-{n}", f"P{n}") for n, (factor, resource) in enumerate(claims)]


def test_a_paper_has_a_dot_for_everything_that_it_claims_to_save_with_its_largest_factor() -> None:
    made = page(
        result(Paper(title="A", id="a"), claim(4.0), claim(8.0), claim(2.0, "time"), claim(None, "data")),
        result(Paper(title="B", id="b"), claim(3.0, "time")),
    )
    dots = [held for tag, held in made.tags if tag == "a" and "data-resource" in held]
    assert [(dot["href"], dot["data-resource"], dot["data-factor"]) for dot in dots] == [
        ("#p-a", "samples", "8"), ("#p-a", "time", "2"), ("#p-b", "time", "3"),
    ]  # fmt: skip
    assert "8× samples: A" in made.within("title")


def test_without_figures_there_is_no_chart() -> None:
    assert chart.draw([]) is None
    assert "svg" not in [tag for tag, _ in page(result(Paper(title="A"), claim(None))).tags]


@pytest.mark.parametrize(
    ("factors", "named"),
    [
        ([2.0, 9.0, 10.0, 100.0], [True, False, True, False]),  # the largest has its name in any case
        ([2.0, 9.0, 9.1, 100.0], [False, False, False, False]),  # in a stack, names would run into dots
    ],
)
def test_a_dot_has_its_name_beside_it_where_nothing_is_in_the_way(
    factors: list[float], named: list[bool]
) -> None:
    drawn = chart.draw(points(*((factor, "time") for factor in factors)))
    assert drawn
    assert [dot.named for dot in drawn.rows[0].dots] == named


@pytest.mark.parametrize(
    ("largest", "ticks"),
    [
        (1.2, [1, 2]),
        (2.0, [1, 2]),
        (4.0, [1, 2, 5]),
        (64.0, [1, 2, 5, 10, 20, 50, 100]),
        (150.0, [1, 2, 5, 10, 20, 50, 100, 200]),
        (90_000.0, [1, 10, 100, 1000, 10_000, 100_000]),
        (2.5e12, [1, 1e2, 1e4, 1e6, 1e8, 1e10, 1e12, 1e14]),
    ],
)
def test_the_scale_ends_at_the_next_round_number(largest: float, ticks: list[float]) -> None:
    drawn = chart.draw(points((largest, "time")))
    assert drawn
    assert [tick.factor for tick in drawn.ticks] == ticks
    assert (drawn.ticks[0].x, drawn.ticks[-1].x) == (0, 100)


def test_equal_steps_are_equal_ratios() -> None:
    drawn = chart.draw(points((10.0, "time"), (100.0, "time"), (1000.0, "time")))
    assert drawn
    assert [dot.x for dot in drawn.rows[0].dots] == [33.33, 66.67, 100.0]


@given(
    st.lists(
        st.tuples(st.floats(1.0001, 1e15), st.sampled_from(["samples", "time", "data"])),
        min_size=1,
        max_size=60,
    )
)
def test_dots_stay_in_their_row_and_off_each_other(claims: list[tuple[float, Resource]]) -> None:
    drawn = chart.draw(points(*claims))
    assert drawn
    assert sum(len(row.dots) for row in drawn.rows) == len(claims)
    top = 0.0
    for row in drawn.rows:
        assert all(0 <= dot.x <= 100 and top < dot.y < row.base < drawn.height for dot in row.dots)
        assert row.above is None or top < row.above < row.base
        levels = sorted(row.dots, key=lambda dot: (dot.y, dot.x))
        assert all(a.y != b.y or b.x - a.x >= 2 for a, b in pairwise(levels))
        top = row.base
