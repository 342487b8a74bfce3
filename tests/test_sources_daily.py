"""Hugging Face Daily Papers, played by a server of ours: whole days, and every way that one can be missing."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from summarizer.errors import InputError, ServiceError, SetupError, SummarizeError
from summarizer.records import Paper
from summarizer.sources import daily, today, web
from tests.paper_server import Answer, Asked, PaperServer, daily_item, in_turn
from tests.server import Reply

TODAY = dt.date(2026, 8, 24)  # a Monday
Play = Callable[[Answer], PaperServer]


@pytest.fixture
def play(monkeypatch: pytest.MonkeyPatch) -> Iterator[Play]:
    """Start a server that plays Daily Papers on Monday, 24 August 2026."""
    servers: list[PaperServer] = []

    def start(answer: Answer) -> PaperServer:
        servers.append(PaperServer(answer))
        monkeypatch.setenv("HF_ENDPOINT", servers[-1].url + "/")
        return servers[-1]

    monkeypatch.setattr(daily, "today", lambda: TODAY)
    yield start
    for server in servers:
        server.close()


def take(**options: Any) -> tuple[str, list[Paper], list[str]]:
    notices: list[str] = []
    label, papers = today(notice=notices.append, **options)
    return label, list(papers), notices


def days(**rows: list[Any]) -> Answer:
    """Answer for the days that have rows, such as d2026_08_21; all others are empty."""
    return lambda asked, _: Reply(rows.get("d" + asked.query["date"].replace("-", "_"), []))


def test_a_day_is_read_with_the_papers_own_date_and_authors(play: Play) -> None:
    server = play(days(d2026_08_21=[daily_item(1)]))
    label, papers, notices = take(date="2026-08-21")
    assert (label, notices) == ("2026-08-21", [])
    assert papers == [
        Paper(
            id="2608.00001", title="Kettle Number 1 Learns to Whistle", abstract="We teach kettle 1 to whistle.",
            authors=("Ada Ash", "Bo Birch"), author_count=2, published=dt.date(2026, 8, 20),
            url="https://arxiv.org/abs/2608.00001", source="huggingface", comments=2,
        )
    ]  # fmt: skip
    assert server.asked[0].path == "/api/daily_papers"
    assert server.asked[0].query == {"date": "2026-08-21", "limit": "100"}


def test_all_pages_are_followed_by_their_link(play: Play) -> None:
    def answer(asked: Asked, _: int) -> Reply:
        page = int(asked.query.get("p", "0"))
        # The link names the original server: a mirror must be asked again instead.
        link = {
            "link": f'<https://huggingface.co/api/daily_papers?date=2026-08-21&limit=100&p={page + 1}>; rel="next"'
        }
        return Reply([daily_item(page * 2), daily_item(page * 2 + 1)], headers=link if page < 2 else {})

    server = play(answer)
    _, papers, _ = take(date="2026-08-21")
    assert [paper.id for paper in papers] == [f"2608.{number:05}" for number in range(6)]
    assert [asked.query.get("p") for asked in server.asked] == [None, "1", "2"]


@pytest.mark.parametrize("pages", [1, 2, 3])
def test_a_full_page_without_a_link_is_followed_by_its_number(play: Play, pages: int) -> None:
    """A mirror may lose the header, and one that takes no notice of ``p`` gives the same page for ever."""

    def answer(asked: Asked, _: int) -> Reply:
        page = min(int(asked.query.get("p", "0")), pages - 1)
        return Reply([daily_item(page * 50 + number) for number in range(50)])

    play(answer)
    _, papers, _ = take(date="2026-08-21")
    assert len({paper.id for paper in papers}) == len(papers) == pages * 50


@pytest.mark.parametrize(
    ("options", "path", "query", "label"),
    [
        ({"week": "2026-W34"}, "/api/daily_papers", {"week": "2026-W34", "limit": "100"}, "2026-W34"),
        ({"month": "2026-08"}, "/api/daily_papers", {"month": "2026-08", "limit": "100"}, "2026-08"),
        (
            {"search": "sample-efficient"},
            "/api/papers/search",
            {"q": "sample-efficient", "limit": "100"},
            "search “sample-efficient”",
        ),
        ({}, "/api/daily_papers", {"date": "2026-08-24", "limit": "100"}, "2026-08-24"),
    ],
)
def test_a_week_a_month_a_search_and_today_are_asked_for(
    play: Play, options: dict[str, str], path: str, query: dict[str, str], label: str
) -> None:
    server = play(in_turn(Reply([daily_item(1)])))
    assert take(**options)[0] == label
    assert (server.asked[0].path, server.asked[0].query) == (path, query)


@pytest.mark.parametrize(
    ("options", "wanted"),
    [
        ({}, "2026-08-24 (Monday) yet"),
        ({"date": "2026-08-23"}, "2026-08-23 (Sunday)"),
        ({"date": "2027-01-01"}, "2027-01-01 (Friday), which is still ahead"),
    ],
)
def test_a_day_without_papers_gives_the_last_one_that_has_some_and_says_so(
    play: Play, options: dict[str, str], wanted: str
) -> None:
    play(days(d2026_08_21=[daily_item(1)]))
    label, papers, notices = take(**options)
    assert (label, len(papers)) == ("2026-08-21", 1)
    assert notices == [f"no Daily Papers for {wanted}: these are those of 2026-08-21 (Friday)"]


def test_a_day_that_the_server_refuses_as_ahead_is_a_day_without_papers(play: Play) -> None:
    def answer(asked: Asked, _: int) -> Reply:
        ahead = asked.query["date"] >= "2026-08-24"
        return Reply({"error": "Invalid date"}, 400) if ahead else Reply([daily_item(1)])

    play(answer)
    assert take()[0] == "2026-08-23"


def test_an_empty_week_gives_the_week_before(play: Play) -> None:
    play(lambda asked, _: Reply([daily_item(1)] if asked.query["week"] == "2026-W34" else []))
    label, _, notices = take(week="2026-W35")
    assert label == "2026-W34"
    assert notices == ["no Daily Papers for 2026-W35 yet: these are those of 2026-W34"]


def test_nothing_for_weeks_is_an_error_and_never_an_empty_success(play: Play) -> None:
    play(in_turn(Reply([])))
    for options in ({}, {"week": "2026-W34"}, {"month": "2026-08"}, {"search": "kettles"}):
        with pytest.raises(InputError):
            take(**options)


def test_damaged_items_are_told_and_the_others_read(play: Play) -> None:
    rows = [
        daily_item(1),
        "{'paper': cut",
        repr(daily_item(2)),
        {"paper": {"id": "2608.9"}},
        7,
        daily_item(3),
    ]
    play(in_turn(Reply({"status": "success", "date": "2026-08-21", "count": 6, "data": rows})))
    _, papers, notices = take(date="2026-08-21")
    assert [paper.id for paper in papers] == ["2608.00001", "2608.00002", "2608.00003"]
    assert notices == [
        "Daily Papers 2026-08-21: item 2: a string, not a paper: skipped",
        "Daily Papers 2026-08-21: item 4: no title: skipped",
        "Daily Papers 2026-08-21: item 5: a number, not a paper: skipped",
    ]


@pytest.mark.parametrize(
    "trouble",
    [
        Reply({"error": "slow down"}, 429, {"retry-after": "7"}),
        Reply(b"<html>oops", 500),
        Reply(b"", 503),
        Reply(b"", drop=True),
        Reply(b'[{"paper": {"id"'),
        Reply(b"<html>a login page</html>"),
    ],
)
def test_what_may_be_over_soon_is_asked_again(
    play: Play, trouble: Reply, monkeypatch: pytest.MonkeyPatch
) -> None:
    waits: list[float] = []
    monkeypatch.setattr(web, "sleep", waits.append)
    server = play(in_turn(trouble, trouble, Reply([daily_item(1)])))
    assert len(take(date="2026-08-21")[1]) == 1
    assert len(server.asked) == 3
    assert len(waits) == 2
    assert trouble.status != 429 or waits == [7.0, 7.0]


def error(**options: Any) -> SummarizeError:
    with pytest.raises(SummarizeError) as caught:
        take(**options)
    assert "\n" not in str(caught.value)
    return caught.value


@pytest.mark.parametrize(
    ("reply", "reason"),
    [
        (Reply(b"", 500), "is busy or out of order (status 500), 5 times in a row: try again later"),
        (Reply(b"", drop=True), "broke the connection off"),
        (Reply(b"[{"), "sent a damaged answer (not JSON)"),
        (Reply(b"", 401), "the token is wrong: look at HF_TOKEN"),
        (Reply(b"", 403), "access is refused"),
        (Reply(b"", 404), "look at HF_ENDPOINT"),
        (Reply(b"", 429, {"retry-after": "3600"}), "asks to be left alone for 60 minutes"),
    ],
)
def test_a_server_that_does_not_come_round_is_one_clear_line_and_exit_code_4(
    play: Play, reply: Reply, reason: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_TOKEN", "hf_secret")
    play(in_turn(reply))
    problem = error()
    assert isinstance(problem, ServiceError)
    assert str(problem).startswith("Hugging Face (127.0.0.1)")
    assert reason in str(problem)
    assert "hf_secret" not in str(problem)


def test_no_server_at_all_is_exit_code_4() -> None:
    assert "cannot be reached" in str(error())


def test_half_a_day_is_not_passed_off_as_a_day(play: Play) -> None:
    link = {"link": '<https://huggingface.co/api/daily_papers?p=1>; rel="next"'}
    play(lambda asked, _: Reply(b"", 500) if asked.query.get("p") else Reply([daily_item(1)], headers=link))
    assert isinstance(error(date="2026-08-21"), ServiceError)


def test_the_token_goes_along_and_only_where_there_is_one(
    play: Play, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = play(in_turn(Reply([daily_item(1)])))
    take()
    monkeypatch.setenv("HF_TOKEN", "hf_secret\n")
    take()
    assert [asked.headers.get("authorization") for asked in server.asked] == [None, "Bearer hf_secret"]
    monkeypatch.setenv("HF_TOKEN", "hf_sécret")
    problem = error()
    assert isinstance(problem, SetupError)
    assert "cret" not in str(problem)


@pytest.mark.parametrize(
    ("options", "hint"),
    [
        ({"date": "21.08.2026"}, "a date is YYYY-MM-DD"),
        ({"date": "2026-02-30"}, "a date is YYYY-MM-DD"),
        ({"date": ""}, "a date is YYYY-MM-DD"),
        ({"week": "2026-34"}, "a week is YYYY-Www"),
        ({"week": "2026-W60"}, "a week is YYYY-Www"),
        ({"month": "August"}, "a month is YYYY-MM"),
        ({"month": "2026-13"}, "a month is YYYY-MM"),
        ({"date": "2026-08-21", "week": "2026-W34"}, "pass only one of --date and --week"),
        ({"date": "2026-08-21", "search": "kettles"}, "--search looks through all days"),
        ({"search": " "}, "no words to search for"),
        ({"date": "2019-08-21"}, "Daily Papers begin on 2023-05-04"),
        ({"source": "bioRxiv"}, "it is huggingface, or arxiv: with a category"),
        ({"source": "arxiv:"}, "it is huggingface, or arxiv: with a category"),
    ],
)
def test_a_wrong_option_names_the_right_form(options: dict[str, str], hint: str) -> None:
    problem = error(**options)
    assert isinstance(problem, SetupError)
    assert hint in str(problem)


def test_an_endpoint_that_is_no_address_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_ENDPOINT", "huggingface.co")
    assert "HF_ENDPOINT is no address" in str(error())


def test_the_day_turns_over_in_new_york(monkeypatch: pytest.MonkeyPatch) -> None:
    class Clock(dt.datetime):
        @classmethod
        def now(cls, tz: dt.tzinfo | None = None) -> Clock:
            return cls(2026, 8, 22, 3, 0, tzinfo=dt.UTC).astimezone(tz)

    monkeypatch.setattr("summarizer.sources.daily.dt.datetime", Clock)
    assert daily.today() == dt.date(2026, 8, 21)
