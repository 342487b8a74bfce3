"""What a run would take, said before anything is asked."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from summarizer import tokens
from summarizer.completion import Completion
from summarizer.forecast import Forecast
from summarizer.model import Endpoint
from summarizer.prompts import Prompts
from summarizer.records import Paper
from summarizer.settings import OPENAI_URL, Price
from tests.server import Script, Server, completion
from tests.test_pipeline import many, summary_of

PROMPTS = Prompts()


def forecast(place: str, tmp_path: Path, price: Price | None = None) -> Forecast:
    return Forecast(Endpoint("m", place, lambda: (place, "")), price, batched=False, folder=tmp_path)


def answered(prompt_tokens: int) -> Completion:
    return Completion("{}", "stop", prompt_tokens, 20)


def test_tokens_are_those_of_every_message_the_schema_and_what_frames_them(
    paper: Paper, tmp_path: Path
) -> None:
    said = forecast(OPENAI_URL, tmp_path, Price(input=1.0, output=2.0))
    [request] = PROMPTS.requests(paper, "m")
    said.add([request], [None])
    texts = [message["content"] for message in request.messages]
    plain = sum(tokens.count(text, tmp_path)[0] for text in texts)
    assert plain + 9 < said.prompt_tokens < plain + 400  # two messages, a reply, and a schema of some 250
    assert said.exact
    assert said.cost_usd == pytest.approx((said.prompt_tokens + 2 * request.template.max_tokens) / 1e6)


@pytest.mark.parametrize("times", [0.7, 1.0, 1.6])
def test_a_server_that_counts_otherwise_sets_the_scale(times: float, paper: Paper, tmp_path: Path) -> None:
    [request] = PROMPTS.requests(paper, "m")
    plain = forecast("http://place", tmp_path)
    plain.add([request], [None])
    said = forecast("http://place", tmp_path)
    for answer in (answered(round(plain.prompt_tokens * times)), None, None):
        said.add([request], [answer])
    assert (said.papers, said.cached, said.requests) == (3, 1, 2)
    assert said.prompt_tokens == pytest.approx(2 * plain.prompt_tokens * times, rel=0.01)
    assert not said.exact
    assert "~" in str(said)


def test_a_dry_run_asks_nobody_and_is_right(
    serve: Callable[[Script], Server], summarize: Callable[..., object], tmp_path: Path
) -> None:
    """Within 5% of what the server counts, once it has answered a few papers."""

    def script(body: dict[str, object], _: int) -> object:
        reply = completion(summary_of(body))
        reply.body["usage"]["prompt_tokens"] = len(str(body["messages"])) // 3
        return reply

    server = serve(script)  # type: ignore[arg-type]
    papers = tmp_path / "papers.jsonl"
    papers.write_text("\n".join(paper.model_dump_json() for paper in many(40)))
    options = ("--base-url", server.url, "--model", "m", "--quiet")
    summarize("backlog", papers, *options, "--limit", 10)
    before = len(server.requests)
    said = summarize("backlog", papers, *options, "--dry-run").out  # type: ignore[attr-defined]
    assert len(server.requests) == before == 10
    assert "40 papers, 10 answered from disk · 30 requests to m: ~" in said
    predicted = int(said.split("~")[1].split(" ")[0].replace(",", ""))
    summarize("backlog", papers, *options)
    counted = sum(len(str(body["messages"])) // 3 for body in server.requests[before:])
    assert predicted == pytest.approx(counted, rel=0.05)
