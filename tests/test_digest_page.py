"""The HTML digest in a real browser: filters, addresses, keys, and text that stays text."""

from __future__ import annotations

import datetime as dt
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from summarizer.digest import About, render
from summarizer.records import Failure, Gain, MadeBy, Paper, Problem, Record, Resource, Result, Tags

if TYPE_CHECKING:
    from playwright.sync_api import Browser
    from playwright.sync_api import Page as Tab

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no chromium is installed: apt-get install chromium")

QUIET = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip
EVIL = (
    "<img src=x onerror=\"window.hit=1\"><script>window.hit=1</script>' \" onclick='window.hit=1' \u202eevil"
)


def result(
    title: str,
    *gains: tuple[float | None, Resource],
    domain: str = "robotics",
    contribution: str = "method",
    abstract: str = "A robot walks with less of it.",
    published: dt.date | None = None,
    url: str | None = None,
) -> Result:
    claims = tuple(Gain(quote="less of it", resource=resource, factor=factor) for factor, resource in gains)
    return Result(
        paper=Paper(title=title, id=title.lower(), abstract=abstract, published=published, url=url),
        tldr=f"{title} is new.",
        tags=Tags(domain=domain, contribution=contribution, efficiency_gains=claims),
        made_by=MadeBy(model="tiny", prompt="1", cached=False, prompt_tokens=1, completion_tokens=1),
    )


RECORDS: list[Record] = [
    result("Beta", (2.0, "samples"), published=dt.date(2026, 3, 1)),
    result("Alpha", (64.0, "data"), (3.0, "time"), domain="AI & law", published=dt.date(2026, 1, 1)),
    result("Gamma", domain="statistics", contribution="theory", abstract="On Gödel’s naïve bound."),
    result("Delta", (None, "time"), contribution="theory", published=dt.date(2026, 2, 1)),
    result(EVIL, (5.0, "samples"), domain=EVIL, url="javascript:window.hit=1"),
    Failure(paper=Paper(title=EVIL), error=Problem(kind="k", message=EVIL)),
]
SHORT = {EVIL.replace("\u202e", ""): "EVIL"}


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=QUIET)
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> str:
    path = tmp_path_factory.mktemp("page") / "digest.html"
    path.write_text(
        render(".html", RECORDS, About("Papers", dt.date(2026, 8, 21), "again")), encoding="utf-8"
    )
    return path.as_uri()


@pytest.fixture(scope="module")
def window(browser: Browser, address: str) -> Iterator[tuple[Tab, list[str]]]:
    """A window, and what goes wrong in it or is asked for beyond the page itself."""
    context = browser.new_context(viewport={"width": 1200, "height": 900})
    tab = context.new_page()
    trouble: list[str] = []
    tab.on("pageerror", lambda error: trouble.append(str(error)))
    tab.on("console", lambda message: trouble.append(message.text))
    tab.on("request", lambda asked: trouble.append(asked.url) if not asked.url.startswith(address) else None)
    yield tab, trouble
    context.close()


@pytest.fixture
def tab(window: tuple[Tab, list[str]], address: str) -> Iterator[Tab]:
    """The page, opened afresh; any trouble in it fails the test."""
    tab, trouble = window
    tab.goto("about:blank")
    trouble.clear()
    tab.goto(address)
    yield tab
    tab.emulate_media(media="screen")
    assert trouble == []


def shown(tab: Tab) -> list[str]:
    titles = tab.locator(".card:visible h2").all_text_contents()
    return [SHORT.get(title, title) for title in titles]


def state(tab: Tab) -> str:
    return str(tab.evaluate("location.search"))


def choose(tab: Tab, value: str) -> None:
    tab.locator(f".filters input[value='{value}']").check()


def test_all_papers_are_shown_with_the_largest_claim_first(tab: Tab) -> None:
    assert shown(tab) == ["Alpha", "EVIL", "Beta", "Gamma", "Delta"]
    assert tab.locator("output").inner_text() == "5 papers"


@pytest.mark.parametrize(
    ("values", "left", "query"),
    [
        (["statistics"], ["Gamma"], "?domain=statistics"),
        (["statistics", "AI & law"], ["Alpha", "Gamma"], "?domain=AI+%26+law&domain=statistics"),
        (["theory"], ["Gamma", "Delta"], "?contribution=theory"),
        (["theory", "robotics"], ["Delta"], "?domain=robotics&contribution=theory"),
        (["time"], ["Alpha", "Delta"], "?resource=time"),
        (["theory", "data"], [], "?resource=data&contribution=theory"),
    ],
)
def test_choices_filter_and_the_address_says_so(
    tab: Tab, values: list[str], left: list[str], query: str
) -> None:
    for value in values:
        choose(tab, value)
    assert (shown(tab), state(tab)) == (left, query)
    assert tab.locator("output").inner_text() == f"{len(left)} of 5 papers"
    tab.reload()
    assert (shown(tab), state(tab)) == (left, query), "the address leads to the same view"


@pytest.mark.parametrize(
    ("least", "resource", "left"),
    [
        ("2", None, ["Alpha", "EVIL", "Beta"]),
        ("2.5", None, ["Alpha", "EVIL"]),
        ("100", None, []),
        ("3", "time", ["Alpha"]),
        ("4", "time", []),
    ],
)
def test_the_least_gain_is_one_in_the_resource_that_is_chosen(
    tab: Tab, least: str, resource: str | None, left: list[str]
) -> None:
    tab.get_by_label("Gain at least").fill(least)
    if resource:
        choose(tab, resource)
    assert shown(tab) == left
    in_chart = tab.locator(".chart a:not(.out)").evaluate_all("dots => dots.map(dot => dot.dataset.factor)")
    assert all(float(factor) >= float(least) for factor in in_chart)
    assert bool(in_chart) == bool(left), "the chart shows the same papers"


@pytest.mark.parametrize(
    ("words", "left"),
    [
        ("alp", ["Alpha"]),
        ("WALKS beta", ["Beta"]),
        ("godel naive", ["Gamma"]),
        ("<script>", ["EVIL"]),
        ("hugging face", []),
        ("  ", ["Alpha", "EVIL", "Beta", "Gamma", "Delta"]),
    ],
)
def test_search_looks_for_every_word_as_it_is_typed(tab: Tab, words: str, left: list[str]) -> None:
    tab.get_by_label("Search").press_sequentially(words)
    assert shown(tab) == left
    assert tab.get_by_text("No paper fits.").is_visible() == (not left)


def test_what_is_left_comes_into_view(tab: Tab) -> None:
    tab.set_viewport_size({"width": 1200, "height": 400})
    tab.evaluate("document.querySelector('#not-done').scrollIntoView()")
    tab.get_by_label("Search").fill("alpha")
    assert 0 <= tab.evaluate("document.querySelector('#p-alpha').getBoundingClientRect().top") < 400
    tab.set_viewport_size({"width": 1200, "height": 900})


def test_the_filters_are_cleared_by_a_button(tab: Tab) -> None:
    assert tab.locator(".find button").is_hidden()
    tab.get_by_label("Sort by").select_option("title")
    choose(tab, "theory")
    tab.get_by_label("Search").fill("zzz")
    tab.get_by_role("button", name="Clear the filters").click()
    assert len(shown(tab)) == 5
    assert state(tab) == "?sort=title", "the order stays"


@pytest.mark.parametrize(
    ("order", "titles"),
    [
        ("newest", ["Beta", "Delta", "Alpha", "Gamma", "EVIL"]),
        ("title", ["EVIL", "Alpha", "Beta", "Delta", "Gamma"]),
        ("input", ["Beta", "Alpha", "Gamma", "Delta", "EVIL"]),
    ],
)
def test_sorting(tab: Tab, order: str, titles: list[str]) -> None:
    tab.get_by_label("Sort by").select_option(order)
    assert (shown(tab), state(tab)) == (titles, f"?sort={order}")
    tab.reload()
    assert shown(tab) == titles
    tab.get_by_label("Sort by").select_option("")
    assert shown(tab) == ["Alpha", "EVIL", "Beta", "Gamma", "Delta"]


def test_the_largest_claim_is_the_largest_in_what_is_chosen(tab: Tab) -> None:
    choose(tab, "samples")
    choose(tab, "time")
    assert shown(tab) == ["EVIL", "Alpha", "Beta", "Delta"], "64x is in data"


def test_an_address_with_nonsense_shows_everything(tab: Tab, address: str) -> None:
    tab.goto(f"{address}?domain=nowhere&sort=colour&min=lots&x=y#p-nobody")
    assert len(shown(tab)) == 5


def test_a_dot_leads_to_its_card_filtered_out_or_not(tab: Tab, address: str) -> None:
    tab.locator(".chart a[data-factor='64']").click()
    assert tab.evaluate("document.activeElement.closest('.card').id") == "p-alpha"
    assert tab.locator("#p-alpha").is_visible()
    tab.goto(f"{address}?domain=statistics#p-alpha")
    assert tab.locator("#p-alpha").is_visible(), "the paper that the address names counts more"


def test_keys_search_walk_and_clear(tab: Tab) -> None:
    tab.keyboard.press("/")
    tab.keyboard.type("jk")
    assert tab.get_by_label("Search").input_value() == "jk", "letters are letters where one types"
    tab.keyboard.press("Escape")
    assert len(shown(tab)) == 5
    tab.locator("h1").click()
    visited = []
    for key in "jjjk":
        tab.keyboard.press(key)
        visited.append(
            tab.evaluate(
                "document.activeElement.closest('.card').querySelector('h2').textContent.slice(0, 5)"
            )
        )
    assert visited == ["Alpha", EVIL[:5], "Beta", EVIL[:5]]


def test_the_chart_is_one_stop_of_the_tab_key_and_arrows_move_in_it(tab: Tab) -> None:
    assert tab.locator(".chart a[tabindex='0']").count() == 1
    tab.locator(".chart a[tabindex='0']").focus()
    said = [tab.evaluate("document.activeElement.getAttribute('aria-label')")]
    tip = tab.locator(".tip").inner_text()
    for _ in range(4):
        tab.keyboard.press("ArrowRight")
        said.append(tab.evaluate("document.activeElement.getAttribute('aria-label')"))
    assert said[0] == said[4] == "2× samples: Beta"
    assert said[2:4] == ["64× data: Alpha", "3× time: Alpha"]
    assert tip == "2× samples Beta"
    tab.keyboard.press("Enter")
    assert tab.evaluate("document.activeElement.closest('.card').id") == "p-beta"


def test_everything_can_be_reached_with_the_tab_key(tab: Tab) -> None:
    reached = set()
    for _ in range(60):
        tab.keyboard.press("Tab")
        reached.add(tab.evaluate("document.activeElement.name || document.activeElement.localName"))
    assert reached >= {"q", "sort", "min", "domain", "contribution", "resource", "a", "summary"}


def test_an_abstract_unfolds_with_its_quote_marked(tab: Tab) -> None:
    card = tab.locator("#p-alpha")
    assert card.locator(".abstract").is_hidden()
    card.get_by_text("Abstract").click()
    assert card.locator(".abstract").inner_text() == "A robot walks with less of it."
    assert card.locator("mark").all_inner_texts() == ["less of it"]


def test_hostile_text_stays_text(tab: Tab) -> None:
    tab.locator("h2", has_text="evil").first.click()
    tab.locator(".chart a[data-factor='5']").hover()
    assert tab.locator(".tip").inner_text() == f"5× samples {next(iter(SHORT))}"
    assert tab.locator("img, script").count() == 1, "the page's own script"
    assert tab.evaluate("window.hit") is None
    assert tab.evaluate("[...document.links].filter(link => !/^(https|file):/.test(link.href)).length") == 0
    tab.locator("input[name=domain]").nth(1).check()
    tab.reload()
    assert tab.evaluate("window.hit") is None


def test_the_policy_stops_what_the_page_does_not_bring(browser: Browser, address: str) -> None:
    tab = browser.new_page()
    tab.goto(address)
    tab.evaluate("""() => {
        const script = document.createElement("script");
        script.textContent = "window.hit = 1";
        document.body.append(script);
    }""")
    assert tab.evaluate("window.hit") is None
    tab.close()


def test_without_a_script_everything_is_there(browser: Browser, address: str) -> None:
    context = browser.new_context(java_script_enabled=False)
    tab = context.new_page()
    tab.goto(address)
    assert tab.locator(".card:visible").count() == 5
    assert tab.locator(".chart a title").count() == 4
    assert tab.locator(".filters").is_hidden()
    assert tab.locator(".tip").is_hidden()
    tab.locator(".chart a[href='#p-alpha']").first.click()
    assert tab.url.endswith("#p-alpha")
    context.close()


@pytest.mark.parametrize("width", [320, 390, 768, 1200])
def test_nothing_is_wider_than_the_screen(browser: Browser, tmp_path: Path, width: int) -> None:
    path = tmp_path / "long.html"
    records = [result(f"{'Long' * 60} {n}", (9.0**n, "time"), domain="d" * 80) for n in range(1, 9)]
    path.write_text(render(".html", records, About("Title" * 40, dt.date(2026, 8, 21), "x" * 300)))
    tab = browser.new_page(viewport={"width": width, "height": 800})
    tab.goto(path.as_uri())
    assert tab.evaluate("document.documentElement.scrollWidth") <= width
    tab.close()


@pytest.mark.parametrize("width", [320, 390, 700, 1200])
def test_no_word_of_the_chart_is_cut_or_in_the_way(browser: Browser, tmp_path: Path, width: int) -> None:
    path = tmp_path / "chart.html"
    claims: list[tuple[float, Resource]] = [
        (1.5, "data"), (8.0, "data"), (40.0, "data"), (1.2, "time"), (45.66, "time"), (5.0, "memory"),
        (200.0, "samples"), (700.0, "samples"), (250_000.0, "compute"),
    ]  # fmt: skip
    records: list[Record] = [result(f"A long name for it, {n}", claim) for n, claim in enumerate(claims)]
    path.write_text(render(".html", records, About("Papers", dt.date(2026, 8, 21))))
    tab = browser.new_page(viewport={"width": width, "height": 900})
    tab.goto(path.as_uri())
    trouble = tab.evaluate("""() => {
        const frame = document.querySelector(".chart").getBoundingClientRect();
        const words = [...document.querySelectorAll(".chart svg text")].filter((text) => text.getClientRects().length
            && text.getBoundingClientRect().width).map((text) => [text.textContent, text.getBoundingClientRect()]);
        const cut = words.filter(([, box]) => box.left < frame.left || box.right > frame.right);
        const crossed = words.flatMap(([a, one], n) => words.slice(n + 1).filter(([, other]) =>
            one.left < other.right && other.left < one.right && one.top + 3 < other.bottom && other.top + 3 < one.bottom
        ).map(([b]) => [a, b]));
        return [cut.map(([text]) => text), crossed];
    }""")
    assert trouble == [[], []]
    tab.close()


def test_on_a_phone_the_filters_fold(browser: Browser, address: str) -> None:
    tab = browser.new_page(viewport={"width": 390, "height": 844})
    tab.goto(address)
    assert tab.get_by_label("Search").is_visible()
    assert tab.get_by_label("Sort by").is_hidden()
    tab.get_by_text("Filter and sort").click()
    choose(tab, "theory")
    assert shown(tab) == ["Gamma", "Delta"]
    tab.close()


def test_on_paper_there_are_the_papers_and_no_controls(tab: Tab) -> None:
    choose(tab, "theory")
    tab.emulate_media(media="print")
    assert shown(tab) == ["Gamma", "Delta"], "what was chosen is what is printed"
    assert tab.locator(".filters").is_hidden()
    assert tab.locator("details").first.is_hidden()
