"""The way of a paper: asked, checked, asked again, kept; one bad paper stops no other."""

from __future__ import annotations

import asyncio
import json
import random
from collections.abc import Callable
from typing import Any

import pytest

from summarizer import extract
from summarizer.cache import Cache
from summarizer.costs import MaxCostReachedError
from summarizer.errors import InterruptedRunError, ServiceError
from summarizer.model import Endpoint, Model
from summarizer.pace import Patience
from summarizer.pipeline import Summarizer
from summarizer.prompts import Prompts
from summarizer.records import Failure, Paper, Record, Result
from summarizer.settings import Price
from tests.server import GOOD, Reply, Script, Server, always, completion, failing, in_turn

Serve = Callable[[Script], Server]
PROMPTS = Prompts()
MOST_DRAWN = 1 + PROMPTS.profile("SmolLM2-135M-Instruct").asks_again
IMPATIENT = Patience(first_wait=0.001, timeout=5)
BAD_TLDR = {**GOOD, "tldr": "Kestrel needs 99x fewer trials than all the others before."}


def run(
    papers: list[Paper],
    url: str,
    cache: Cache,
    *,
    name: str = "m",
    concurrency: int = 8,
    prepare: Callable[[Summarizer], None] = lambda _: None,
    **options: Any,
) -> tuple[list[Record], Summarizer]:
    async def go() -> tuple[list[Record], Summarizer]:
        model = Model(Endpoint(name, url, lambda: (url, "")), cache.facts, IMPATIENT)
        summarizer = Summarizer(model, PROMPTS, cache, concurrency=concurrency, **options)
        prepare(summarizer)
        try:
            return [record async for record in summarizer.records(papers)], summarizer
        finally:
            await model.close()

    return asyncio.run(go())


def many(count: int) -> list[Paper]:
    return [
        Paper(
            id=f"2601.{number:05}",
            title=f"Paper {number}: on one thing",
            abstract=f"We study {number} things at length.",
        )
        for number in range(count)
    ]


def summary_of(body: dict[str, Any]) -> dict[str, Any]:
    title = body["messages"][-1]["content"].split("\n")[0].removeprefix("Title: ")
    return {
        **GOOD,
        "tldr": f"It looks at what {title.split(':')[0]} asks.",
        "efficiency_gains": [],
        "method": None,
    }


def test_a_good_answer_becomes_a_result(serve: Serve, cache: Cache, paper: Paper) -> None:
    [record], summarizer = run([paper], serve(always(completion(GOOD))).url, cache)
    assert isinstance(record, Result)
    assert record.tldr == GOOD["tldr"]
    assert [gain.factor for gain in record.tags.efficiency_gains] == [5.0]
    assert record.warnings == ()
    assert (record.made_by.model, record.made_by.cached, record.made_by.prompt_tokens) == ("m", False, 100)
    assert summarizer.tally.done == 1


def test_the_second_run_asks_nobody(serve: Serve, cache: Cache, paper: Paper) -> None:
    server = serve(always(completion(GOOD)))
    [first], _ = run([paper], server.url, cache)
    [second], summarizer = run([paper], server.url, cache)
    assert len(server.requests) == 1
    assert summarizer.tally.from_disk == 1
    assert isinstance(first, Result)
    assert isinstance(second, Result)
    assert second.made_by.cached
    assert second.tags == first.tags


def test_refresh_asks_again_and_replaces(serve: Serve, cache: Cache, paper: Paper) -> None:
    other = {**GOOD, "tldr": "Old gradients are used again by Kestrel on small robots."}
    server = serve(in_turn(completion(GOOD), completion(other)))
    run([paper], server.url, cache)
    run([paper], server.url, cache, refresh=True)
    [record], _ = run([paper], server.url, cache)
    assert isinstance(record, Result)
    assert record.tldr == other["tldr"]
    assert len(server.requests) == 2


def test_what_does_not_hold_is_asked_again_with_the_reason(serve: Serve, cache: Cache, paper: Paper) -> None:
    server = serve(in_turn(completion(BAD_TLDR), completion(GOOD)))
    [record], _ = run([paper], server.url, cache)
    assert isinstance(record, Result)
    assert (record.tldr, record.warnings) == (GOOD["tldr"], ())
    assert record.made_by.prompt_tokens == 200  # both requests were paid for
    assert "99" in server.requests[1]["messages"][-1]["content"]


def test_a_small_model_s_sentence_that_does_not_hold_is_drawn_anew(
    serve: Serve, cache: Cache, paper: Paper
) -> None:
    wrong, right = (
        "Kestrel needs 99x fewer trials.",
        "Kestrel, a planner that reuses old gradients, needs 5x fewer trials.",
    )
    server = serve(in_turn(completion(wrong), completion(wrong), completion(right)))
    for turn in range(2):
        [record], _ = run([paper], server.url, cache, name="SmolLM2-135M-Instruct")
        assert isinstance(record, Result)
        assert (record.tldr, record.warnings, record.made_by.cached) == (right, (), bool(turn))
    first, second, third = server.requests  # the second run asks nobody
    assert first["messages"] == second["messages"] == third["messages"]
    assert [body.get("seed") for body in server.requests] == [None, 1, 2]
    assert first["temperature"] == 0 < second["temperature"]


def test_a_small_model_s_sentence_without_the_paper_s_figures_is_drawn_anew_for_one_with_them(
    serve: Serve, cache: Cache, paper: Paper
) -> None:
    plain = "Kestrel reuses old gradients on small robots, and it plans as well."
    told = "Kestrel reuses old gradients and needs 5x fewer trials on 12 tasks."
    server = serve(
        in_turn(completion(plain), completion("Merlin flies."), completion(told), completion(plain))
    )
    [record], _ = run([paper], server.url, cache, name="SmolLM2-135M-Instruct")
    assert isinstance(record, Result)
    assert (record.tldr, record.warnings, len(server.requests)) == (told, (), 3)


def test_a_sentence_that_the_model_is_not_sure_of_is_drawn_anew(
    serve: Serve, cache: Cache, paper: Paper
) -> None:
    unsure = "Kestrel reuses old gradients on robots and needs 5x fewer trials on 12 tasks."
    sure = "Kestrel reuses old gradients and needs 5x fewer trials on 12 tasks."
    server = serve(
        in_turn(completion(unsure, logprobs=(-1.9, -0.1)), completion(sure, logprobs=(-0.2, -0.01)))
    )
    for _ in range(2):  # what the model was not sure of is known from the disk, too
        [record], _ = run([paper], server.url, cache, name="SmolLM2-135M-Instruct")
        assert isinstance(record, Result)
        assert (record.tldr, record.warnings) == (sure, ())
    assert [body["logprobs"] for body in server.requests] == [True, True]


def test_of_sentences_of_which_the_model_is_half_sure_the_likeliest_is_taken(
    serve: Serve, cache: Cache, paper: Paper
) -> None:
    likely = {"old gradients": -0.25, "its old gradients": -0.2, "gradients": -0.9, "the gradients": -0.3}
    answers = [
        completion(f"Kestrel reuses {what} and needs 5x fewer trials on 12 tasks.", logprobs=(logprob,))
        for what, logprob in likely.items()
    ]
    server = serve(in_turn(*answers))
    for _ in range(2):
        [record], _ = run([paper], server.url, cache, name="SmolLM2-135M-Instruct")
        assert isinstance(record, Result)
        assert record.tldr == "Kestrel reuses its old gradients and needs 5x fewer trials on 12 tasks."
    assert len(server.requests) == MOST_DRAWN


def test_a_figure_is_worth_more_than_likelihood(serve: Serve, cache: Cache, paper: Paper) -> None:
    told = "Kestrel reuses old gradients and needs 5x fewer trials on 12 tasks."
    plain = "Kestrel reuses old gradients on small robots, and it plans as well."
    server = serve(in_turn(completion(told, logprobs=(-0.3,)), *[completion(plain, logprobs=(-0.2,))] * 3))
    [record], _ = run([paper], server.url, cache, name="SmolLM2-135M-Instruct")
    assert isinstance(record, Result)
    assert (record.tldr, len(server.requests)) == (told, MOST_DRAWN)


def test_of_sentences_that_are_as_likely_the_one_from_one_place_is_taken(
    serve: Serve, cache: Cache, paper: Paper
) -> None:
    mixed = "Kestrel is a planner that needs 5x fewer trials and runs on a single board."
    once = "On 12 tasks Kestrel needs 5x fewer trials and runs on a single board."
    server = serve(in_turn(*[completion(each, logprobs=(-0.2,)) for each in (mixed, once, mixed)]))
    [record], _ = run([paper], server.url, cache, name="SmolLM2-135M-Instruct")
    assert isinstance(record, Result)
    assert record.tldr == once


def test_where_the_model_is_never_sure_the_authors_have_the_word(
    serve: Serve, cache: Cache, paper: Paper
) -> None:
    server = serve(always(completion("Kestrel needs 5x fewer trials on 12 tasks.", logprobs=(-2.0,))))
    [record], _ = run([paper], server.url, cache, name="SmolLM2-135M-Instruct")
    assert isinstance(record, Result)
    [warning] = record.warnings
    assert "the abstract's own sentence, since" in warning
    assert warning.endswith("the model is not sure of it")


def test_where_a_server_tells_no_likelihood_every_sentence_counts_as_sure(
    serve: Serve, cache: Cache, paper: Paper
) -> None:
    told = "Kestrel reuses old gradients and needs 5x fewer trials on 12 tasks."
    server = serve(
        lambda body, _: failing(400, "no logprobs here") if "logprobs" in body else completion(told)
    )
    [record], _ = run([paper], server.url, cache, name="SmolLM2-135M-Instruct")
    assert isinstance(record, Result)
    assert (record.tldr, record.warnings, len(server.requests)) == (told, (), 2)


def test_what_holds_is_kept_where_no_draw_has_a_figure(serve: Serve, cache: Cache, paper: Paper) -> None:
    plain = "Kestrel reuses old gradients on small robots, and it plans as well."
    server = serve(in_turn(completion(plain), *[completion("Merlin flies.")] * 3))
    [record], _ = run([paper], server.url, cache, name="SmolLM2-135M-Instruct")
    assert isinstance(record, Result)
    assert (record.tldr, record.warnings, len(server.requests)) == (plain, (), MOST_DRAWN)


def test_what_still_does_not_hold_is_left_out_with_a_warning(
    serve: Serve, cache: Cache, paper: Paper
) -> None:
    """The rest of the answer stands; in place of the TL;DR comes a sentence of the authors, and it is said."""
    server = serve(lambda _, number: completion({**BAD_TLDR, "domain": f"domain {number}"}))
    [record], _ = run([paper], server.url, cache)
    assert isinstance(record, Result)
    assert record.tags.domain is None
    assert record.tags.method == "Kestrel"
    assert record.tldr
    assert record.tldr == "Kestrel is a planner that reuses old gradients."
    assert len(record.warnings) == 2
    assert len(server.requests) == 3
    _, summarizer = run([paper], server.url, cache)
    assert summarizer.tally.from_disk == 1  # settled, once and for all


def test_a_false_quote_is_never_shown(serve: Serve, cache: Cache, paper: Paper) -> None:
    lie = {"quote": "Kestrel is 1000x cheaper than DreamerV3", "resource": "compute", "baseline": "DreamerV3"}
    [record], _ = run([paper], serve(always(completion({**GOOD, "efficiency_gains": [lie]}))).url, cache)
    assert isinstance(record, Result)
    assert all(gain.quote in (paper.abstract or "") for gain in record.tags.efficiency_gains)
    assert any("does not stand in the abstract" in warning for warning in record.warnings)


def test_a_model_that_repeats_itself_is_not_asked_for_ever(serve: Serve, cache: Cache, paper: Paper) -> None:
    server = serve(always(completion("I cannot answer in JSON.")))
    [record], _ = run([paper], server.url, cache)
    assert isinstance(record, Failure)
    assert record.error.kind == "invalid_answer"
    assert len(server.requests) == 2
    bodies = [str(body) for body in server.requests]
    assert len(set(bodies)) == len(bodies)


def test_a_failed_paper_is_tried_again_by_the_same_command_and_nothing_is_paid_twice(
    serve: Serve, cache: Cache, paper: Paper
) -> None:
    server = serve(lambda _, number: completion(GOOD if number == 4 else f"garbage number {number}"))
    [first], _ = run([paper], server.url, cache)
    assert isinstance(first, Failure)
    assert len(server.requests) == 3
    [second], _ = run([paper], server.url, cache)
    assert isinstance(second, Result)
    bodies = [str(body["messages"]) for body in server.requests]
    assert len(set(bodies)) == len(bodies) == 5


def test_a_paper_without_an_abstract_is_a_failure_and_costs_nothing(serve: Serve, cache: Cache) -> None:
    server = serve(always(completion(GOOD)))
    [record], _ = run([Paper(title="No abstract")], server.url, cache)
    assert isinstance(record, Failure)
    assert record.error.kind == "no_abstract"
    assert not server.requests


@pytest.mark.parametrize(
    "trouble", [completion("no JSON"), failing(400, "no"), completion(None, refusal="I will not")]
)
def test_one_bad_paper_stops_no_other(trouble: Reply, serve: Serve, cache: Cache) -> None:
    server = serve(lambda body, _: trouble if "Paper 3:" in str(body) else completion(summary_of(body)))
    records, _ = run(many(8), server.url, cache)
    assert [isinstance(record, Failure) for record in records] == [number == 3 for number in range(8)]


def test_a_sentence_that_stands_in_says_in_plain_words_why(serve: Serve, cache: Cache, paper: Paper) -> None:
    server = serve(always(completion(None, refusal="I will not")))
    [record], _ = run([paper], server.url, cache, name="tiny-1b")  # asked for plain text
    assert isinstance(record, Result)
    [warning] = record.warnings
    assert warning == (
        "the TL;DR is the abstract's own sentence, since the model's cannot be used: "
        "the model refuses to answer: I will not"
    )


def test_results_come_in_the_order_of_the_input(serve: Serve, cache: Cache) -> None:
    delays = random.Random(1)
    server = serve(lambda body, _: Reply(completion(summary_of(body)).body, delay=delays.uniform(0, 0.05)))
    papers = many(60)
    records, _ = run(papers, server.url, cache, concurrency=7)
    assert [record.paper for record in records] == papers
    for record in records:  # and each answer is its own paper's
        assert isinstance(record, Result)
        assert record.tldr == f"It looks at what {record.paper.title.split(':')[0]} asks."


def test_no_more_are_in_flight_than_allowed(serve: Serve, cache: Cache) -> None:
    flying, most = 0, 0

    def script(body: dict[str, Any], _: int) -> Reply:
        nonlocal flying, most
        flying += 1
        most = max(most, flying)
        import time

        time.sleep(0.01)
        flying -= 1
        return completion(summary_of(body))

    run(many(40), serve(script).url, cache, concurrency=5)
    assert 1 < most <= 5


def test_an_answer_is_on_disk_before_the_next_is_asked_for(serve: Serve, cache: Cache) -> None:
    kept: list[int] = []

    def script(body: dict[str, Any], _: int) -> Reply:
        kept.append(len(cache.answers))
        return completion(summary_of(body))

    run(many(6), serve(script).url, cache, concurrency=1)
    assert kept == [0, 1, 2, 3, 4, 5]


def test_a_key_that_is_refused_ends_the_run_at_once(serve: Serve, cache: Cache) -> None:
    server = serve(always(failing(401)))
    records, summarizer = run(many(50), server.url, cache, concurrency=2)
    assert isinstance(summarizer.stopped, ServiceError)
    assert len(records) == 50
    assert all(isinstance(record, Failure) and record.error.kind == "not_done" for record in records)
    assert len(server.requests) <= 2


def test_an_outage_in_the_middle_keeps_what_was_answered(serve: Serve, cache: Cache) -> None:
    server = serve(lambda body, number: completion(summary_of(body)) if number < 10 else failing(503))
    records, summarizer = run(many(30), server.url, cache, concurrency=2)
    done = [record for record in records if isinstance(record, Result)]
    assert isinstance(summarizer.stopped, ServiceError)
    assert (len(records), len(done)) == (30, 10)
    asked = len(server.requests)
    mended = serve(lambda body, _: completion(summary_of(body)))

    def same_place(summarizer: Summarizer) -> None:
        summarizer.model.endpoint = Endpoint("m", server.url, lambda: (mended.url, ""))

    records, _ = run(many(30), server.url, cache, prepare=same_place)
    assert all(isinstance(record, Result) for record in records)
    assert len(mended.requests) == 20
    assert len(server.requests) == asked


def test_an_interruption_gives_up_what_is_in_flight(serve: Serve, cache: Cache) -> None:
    server = serve(
        lambda body, number: Reply(completion(summary_of(body)).body, delay=0 if number < 4 else 2)
    )

    def soon(summarizer: Summarizer) -> None:
        asyncio.get_running_loop().call_later(0.5, summarizer.stop, InterruptedRunError())

    records, summarizer = run(many(20), server.url, cache, concurrency=2, prepare=soon)
    assert isinstance(summarizer.stopped, InterruptedRunError)
    assert len(records) == 20
    assert sum(isinstance(record, Result) for record in records) == 4
    assert len(cache.answers) == 4


def test_the_cost_limit_is_not_exceeded(serve: Serve, cache: Cache) -> None:
    server = serve(lambda body, _: completion(summary_of(body)))
    price = Price(input=100.0, output=100.0)
    records, summarizer = run(many(50), server.url, cache, price=price, max_cost=0.5, concurrency=4)
    assert isinstance(summarizer.stopped, MaxCostReachedError)
    assert summarizer.tally.cost_usd is not None
    assert 0 < summarizer.tally.cost_usd <= 0.5
    assert any(isinstance(record, Result) for record in records)


def test_half_a_character_in_an_answer_holds_nobody_up(serve: Serve, cache: Cache, paper: Paper) -> None:
    half = json.dumps({**GOOD, "method": "Kestrel \ud83d"}, ensure_ascii=False)
    server = serve(always(completion(half)))
    [record], _ = run([paper], server.url, cache)
    assert isinstance(record, Result)
    asked = len(server.requests)
    run([paper], server.url, cache)
    assert len(server.requests) == asked  # it was kept


def test_one_answer_that_is_none_is_asked_again(serve: Serve, cache: Cache) -> None:
    page = Reply(b"<html>just a moment</html>", headers={"content-type": "text/html"})
    server = serve(lambda body, number: page if number == 3 else completion(summary_of(body)))
    records, summarizer = run(many(10), server.url, cache, concurrency=2)
    assert summarizer.stopped is None
    assert all(isinstance(record, Result) for record in records)


def test_a_mistake_of_ours_about_one_paper_costs_no_other(
    serve: Serve, cache: Cache, monkeypatch: pytest.MonkeyPatch
) -> None:
    fields = extract.fields

    def mistaken(names: Any, paper: Paper, vocabulary: Any) -> Any:
        if paper.id == "2601.00003":
            raise ZeroDivisionError("no such thing")
        return fields(names, paper, vocabulary)

    monkeypatch.setattr(extract, "fields", mistaken)
    server = serve(lambda body, _: completion(summary_of(body)))
    records, summarizer = run(many(6), server.url, cache)
    [failed] = [record for record in records if isinstance(record, Failure)]
    assert (failed.paper.id, failed.error.kind) == ("2601.00003", "unexpected")
    assert "ZeroDivisionError: no such thing" in failed.error.message
    assert (summarizer.tally.done, summarizer.tally.failed, summarizer.stopped) == (5, 1, None)


def test_a_long_abstract_is_cut_and_the_record_says_so(serve: Serve, cache: Cache) -> None:
    server = serve(lambda body, _: completion(summary_of(body)))
    long = Paper(title="Paper 1: long", abstract="We study things. " + "word " * 100_000)
    [record], _ = run([long], server.url, cache)
    assert isinstance(record, Result)
    assert any("was cut to its first" in warning for warning in record.warnings)
    assert len(str(server.requests[0])) < 60_000
    assert record.paper == long


def test_a_server_that_reads_less_than_thought_gets_less(serve: Serve, cache: Cache) -> None:
    def script(body: dict[str, Any], _: int) -> Reply:
        long = len(str(body["messages"])) > 9_000
        return (
            failing(400, "exceeds the context size", type="exceed_context_size_error")
            if long
            else completion(summary_of(body))
        )

    long = Paper(title="Paper 1: long", abstract="We study things. " + "word " * 6_000)
    [record], _ = run([long], serve(script).url, cache)
    assert isinstance(record, Result)
    assert any("was cut to its first" in warning for warning in record.warnings)


def test_an_abstract_in_chinese_is_done_like_any_other(serve: Serve, cache: Cache) -> None:
    chinese = Paper(
        title="小型机器人的梯度重用",
        abstract="我们提出一种重用旧梯度的规划器。在十二项任务上，它需要更少的试验。",
    )
    answer = {
        **GOOD,
        "tldr": "我们的规划器重用旧梯度，所以小型机器人学习任务时需要更少的试验。",
        "method": None,
        "efficiency_gains": [],
    }
    [record], _ = run([chinese], serve(always(completion(answer))).url, cache)
    assert isinstance(record, Result)
    assert record.tldr == answer["tldr"]


def test_the_small_profile_asks_one_plain_thing(serve: Serve, cache: Cache, paper: Paper) -> None:
    server = serve(
        always(completion("Kestrel, a planner that reuses old gradients, needs 5x fewer trials on 12 tasks."))
    )
    [record], _ = run([paper], server.url, cache, name="SmolLM2-135M-Instruct")
    assert isinstance(record, Result)
    assert [len(body["messages"]) for body in server.requests] == [1]
    assert record.tags.method == "Kestrel"
    assert record.tags.domain == "robotics"
    assert [gain.factor for gain in record.tags.efficiency_gains] == [5.0]


def test_results_are_kept_and_a_failure_never_replaces_one(serve: Serve, cache: Cache, paper: Paper) -> None:
    run([paper], serve(always(completion(GOOD))).url, cache)
    run([paper], serve(always(completion("garbage"))).url, cache)
    [(key, value)] = cache.results.items()
    assert key == paper.key
    assert "error" not in value["record"]
