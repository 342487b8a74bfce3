"""The table at the end of a run: text is shown, never obeyed."""

import io
import re

import pytest
from rich.console import Console

from summarizer.records import Failure, Gain, MadeBy, Paper, Problem, Record, Result, Tags
from summarizer.terminal import table

MADE_BY = MadeBy(model="tiny", prompt="1", cached=False, prompt_tokens=1, completion_tokens=1)
NASTY = "[red]x[/red] [/] :smile: \x1b[31mred\x1b]8;;http://x\x07 \u202ea\nb [link=file:///x]y"


def shown(records: list[Record], width: int, *, colour: bool = False) -> str:
    console = Console(width=width, file=io.StringIO(), color_system="standard" if colour else None)
    console.print(table(records, width))
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def result(title: str = "A Paper", tldr: str = "It walks.") -> Result:
    gains = (
        Gain(quote="the first", resource="time", factor=2.0),
        Gain(quote="the largest", resource="parameters", factor=10_000.0),
    )
    tags = Tags(domain="robotics", method="Gait", efficiency_gains=gains)
    return Result(paper=Paper(title=title), tldr=tldr, tags=tags, made_by=MADE_BY)


@pytest.mark.parametrize(("width", "domain"), [(80, False), (120, True), (200, True)])
def test_a_row_shows_what_there_is_room_for(width: int, domain: bool) -> None:
    text = shown([result()], width)
    assert all(word in text for word in ("A Paper", "10,000×", "parameters", "It walks."))
    assert ("robotics" in text) is domain
    assert max(len(line) for line in text.splitlines()) <= width


def test_text_is_neither_markup_nor_a_terminal_escape() -> None:
    text = shown([result(NASTY, NASTY)], 400)
    assert text.count("[red]x[/red] [/] :smile: red a b [link=file:///x]y") == 2
    assert "\x1b" not in text


@pytest.mark.parametrize("width", [40, 60, 80, 120, 200])
def test_no_word_of_a_title_or_a_summary_is_cut(width: int) -> None:
    words = [f"word{number}" for number in range(60)]
    text = shown([result(" ".join(words[:30]), " ".join(words[30:]))], width)
    assert [word for word in text.split() if word.startswith("word")] == words
    assert max(len(line) for line in text.splitlines()) <= width


def test_a_failure_is_a_dim_red_row_with_its_reason() -> None:
    failed = Failure(paper=Paper(title="Lost [b]"), error=Problem(kind="no_abstract", message="none given"))
    assert "no_abstract: none given" in shown([failed], 120)
    assert "\x1b[1;2;31mLost [b]" in shown([failed], 120, colour=True)


def test_one_reason_for_many_is_given_once() -> None:
    down, other = (Problem(kind="not_done", message=f"{why} is down") for why in ("A", "B"))
    bare = Problem(kind="no_abstract", message="none given")
    failures = [
        Failure(paper=Paper(title="P"), error=error) for error in (down, bare, down, down, other, down)
    ]
    text = shown([*failures], 80)
    assert re.findall(r"(?:not_done|no_abstract): ([\w ]+\w)", text) == [
        "A is down", "none given", "as above", "as above", "B is down", "A is down",
    ]  # fmt: skip


def test_a_long_table_ends_with_how_many_more_there_are() -> None:
    text = shown([result(f"P{number}") for number in range(1302)], 120)
    assert text.count("It walks.") == 300
    assert text.splitlines()[-1].strip() == "… 1,002 more papers; a file (-o FILE) has them all"
    assert "more" not in shown([result()] * 300, 120)


@pytest.mark.parametrize("width", [1, 20, 40])
def test_a_narrow_terminal_is_no_error(width: int) -> None:
    assert shown([result(NASTY, NASTY)], width)
