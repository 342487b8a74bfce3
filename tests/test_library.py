"""The library: the same records as the command line's, from a script, a loop or a notebook."""

from __future__ import annotations

import asyncio
import inspect
import json
import subprocess
import sys
import typing
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import summarizer
from summarizer import InputError, Options, Paper, SetupError, Summaries, asummarize, stream, summarize
from tests.server import GOOD, Script, Server, always, completion, failing

Serve = Callable[[Script], Server]


@pytest.fixture
def options(serve: Serve) -> Options:
    return {"model": "m", "base_url": serve(always(completion(GOOD))).url}


def test_papers_in_records_out(options: Options, paper: Paper) -> None:
    done = summarize([paper], **options)
    assert (len(done), len(done.results), done.failures, done.stopped) == (1, 1, [], None)
    assert done.results[0].tldr == GOOD["tldr"]
    assert str(done) == "1 paper: 1 done (0 from disk), 0 failed"
    assert str(summarize([paper], **options)) == "1 paper: 1 done (1 from disk), 0 failed"


def test_it_works_where_a_loop_runs_already(options: Options, paper: Paper) -> None:
    async def cell() -> Summaries:
        return summarize([paper], **options)  # what a notebook's cell does

    assert len(asyncio.run(cell()).results) == 1
    assert len(asyncio.run(asummarize([paper], **options)).results) == 1


def test_an_error_in_a_running_loop_is_raised_where_it_was_called(paper: Paper) -> None:
    async def cell() -> Summaries:
        return summarize([paper], model="nobody serves this")

    with pytest.raises(SetupError, match="nothing serves"):
        asyncio.run(cell())


def test_a_stream_takes_papers_as_they_come(options: Options, paper: Paper) -> None:
    taken = 0

    options["concurrency"] = 4

    def endless() -> Iterator[Paper]:
        nonlocal taken
        while True:
            taken += 1
            yield paper.model_copy(update={"id": f"2601.{taken:05}"})

    async def first(count: int) -> list[str | None]:
        found: list[str | None] = []
        async for record in stream(endless(), **options):
            found.append(record.paper.id)
            if len(found) >= count:
                break
        return found

    assert asyncio.run(first(20)) == [f"2601.{number:05}" for number in range(1, 21)]
    assert taken < 60


def test_mappings_and_sources_are_papers_too(options: Options, paper: Paper, tmp_path: Path) -> None:
    said = json.loads(paper.model_dump_json())
    path = tmp_path / "papers.jsonl"
    path.write_text(json.dumps(said))
    for given in ([said], str(path), path):
        [record] = summarize(given, **options)
        assert (record.paper.id, record.paper.abstract) == (paper.id, paper.abstract)
    with pytest.raises(InputError):
        summarize([{"no": "paper"}], **options)


def test_rows_are_what_a_data_frame_takes(serve: Serve, paper: Paper) -> None:
    untold = Paper(title="Untold")
    done = summarize([paper, untold], model="m", base_url=serve(always(completion(GOOD))).url)
    good, bad = done.to_records()
    assert (good["domain"], good["factor"], good["resource"]) == ("robotics", 5.0, "samples")
    assert good.keys() == bad.keys()
    assert bad["tldr"] is None
    assert "no abstract" in bad["error"]


def test_a_notebook_sees_a_table_and_no_markup_of_others(serve: Serve) -> None:
    evil = Paper(
        title="<script>alert(1)</script>", abstract="We study <b>bold</b> things.", url='https://x/"><script>'
    )
    good = {**GOOD, "tldr": "It says <img src=x> at some length.", "efficiency_gains": [], "method": None}
    done = summarize([evil] * 60, model="m", base_url=serve(always(completion(good))).url)
    shown = done._repr_html_()
    assert shown.startswith("<table>")
    assert "<script" not in shown
    assert "<img" not in shown
    assert "10 more" in shown


def test_a_model_that_cannot_be_reached_loses_nothing_that_was_answered(serve: Serve, paper: Paper) -> None:
    url = serve(always(failing(401))).url
    done = summarize([paper], model="m", base_url=url)
    assert "refuses the key" in str(done.stopped)
    assert [failure.error.kind for failure in done.failures] == ["not_done"]


def test_a_digest_is_written(options: Options, paper: Paper, tmp_path: Path) -> None:
    summarize([paper], **options).write(tmp_path / "out.md", title="Mine")
    assert "Kestrel" in (tmp_path / "out.md").read_text()


def test_the_public_functions_keep_their_form_and_say_what_they_do() -> None:
    assert typing.get_type_hints(Options).keys() == {
        "model", "base_url", "cache_dir", "concurrency", "prompts", "max_cost", "refresh",
    }  # fmt: skip
    for function in (summarize, asummarize, stream):
        assert list(inspect.signature(function).parameters) == ["papers", "options"]
    for name in summarizer.__all__:
        thing: Any = getattr(summarizer, name)
        assert not callable(thing) or thing.__doc__, name


def test_the_readme_s_example_runs(
    serve: Serve, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    readme = (Path(__file__).parent.parent / "README.md").read_text(encoding="utf-8")
    code = readme.split("```python\n")[1].split("```")[0]
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("OPENAI_BASE_URL", serve(always(completion(GOOD))).url)
    exec(compile(code, "README.md", "exec"), {})
    assert capsys.readouterr().out.splitlines()[0] == "1 paper: 1 done (0 from disk), 0 failed 5.0"
    assert (tmp_path / "digest.html").is_file()


def test_importing_it_is_light() -> None:
    heavy = {"openai", "aiohttp", "jinja2", "rich", "diskcache", "ray"}
    code = f"import sys, summarizer; print({heavy} & set(sys.modules))"
    assert subprocess.check_output([sys.executable, "-c", code], text=True) == "set()\n"
