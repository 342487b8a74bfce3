"""The commands as a person uses them: what comes out, where, and with which exit code."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from importlib import metadata
from pathlib import Path
from typing import Any

import pytest

from summarizer import cli
from tests.conftest import KEY
from tests.server import GOOD, Script, Server, always, completion, failing

Serve = Callable[[Script], Server]


def paper(number: int = 1, **changes: Any) -> dict[str, Any]:
    return {
        "id": f"2601.0000{number}",
        "title": f"Kestrel {number}: Gradient Reuse for Small Robots",
        "abstract": "We introduce Kestrel, which reuses gradients. On 12 tasks it needs 5x fewer trials than scratch.",
        **changes,
    }


@pytest.fixture
def papers(tmp_path: Path) -> Path:
    path = tmp_path / "papers.jsonl"
    path.write_text("".join(json.dumps(paper(number)) + "\n" for number in range(3)))
    return path


ANSWER = {**GOOD, "efficiency_gains": []}


def test_a_backlog_becomes_files_of_every_format(
    summarize: Any, serve: Serve, papers: Path, tmp_path: Path
) -> None:
    server = serve(always(completion(ANSWER)))
    files = [tmp_path / f"digest{suffix}" for suffix in (".md", ".jsonl", ".json", ".csv")]
    outputs = [argument for path in files for argument in ("-o", path)]
    ran = summarize("backlog", papers, "--base-url", server.url, *outputs)
    assert ran.code == 0, ran.err
    records = [json.loads(line) for line in files[1].read_text().splitlines()]
    assert [record["paper"]["id"] for record in records] == ["2601.00000", "2601.00001", "2601.00002"]
    assert all(record["tags"]["efficiency_gains"][0]["factor"] == 5.0 for record in records)
    assert json.loads(files[2].read_text()) == records
    assert "5×" in files[0].read_text()
    assert "\n3 papers: 3 done · " in f"\n{ran.err}"
    assert ran.err.splitlines()[-1] == f"3 papers written to {', '.join(map(str, files))}"


def test_without_a_file_the_results_go_to_standard_output(summarize: Any, serve: Serve, papers: Path) -> None:
    ran = summarize("backlog", papers, "--base-url", serve(always(completion(ANSWER))).url)
    assert [json.loads(line)["tags"]["method"] for line in ran.out.splitlines()] == ["Kestrel"] * 3


def test_papers_come_from_standard_input_too(summarize: Any, serve: Serve) -> None:
    server = serve(always(completion(ANSWER)))
    ran = summarize("backlog", "-", "--base-url", server.url, stdin=json.dumps(paper()))
    assert (ran.code, len(ran.out.splitlines())) == (0, 1)


def test_a_failed_paper_is_listed_with_the_command_that_tries_it_again(
    summarize: Any, serve: Serve, tmp_path: Path
) -> None:
    source = tmp_path / "my papers.jsonl"
    source.write_text(json.dumps(paper(1)) + "\n" + json.dumps(paper(2)) + "\n")
    server = serve(lambda body, _: failing(400, "no") if "Kestrel 2" in str(body) else completion(ANSWER))
    ran = summarize("backlog", source, "--base-url", server.url, "-o", tmp_path / "d.jsonl")
    assert ran.code == 1
    assert "failed: Kestrel 2" in ran.err
    assert f"to go on, run: summarize backlog '{source}'" in ran.err
    done, failed = (json.loads(line) for line in (tmp_path / "d.jsonl").read_text().splitlines())
    assert done["tldr"]
    assert set(failed) == {"paper", "error"}
    assert failed["error"]["kind"] == "rejected"


def test_a_failed_paper_of_standard_input_is_tried_again_from_a_file(
    summarize: Any, serve: Serve, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    down = serve(always(failing(400, "no")))
    ran = summarize("backlog", "-", "--base-url", down.url, "-o", "d.md", stdin=json.dumps(paper()))
    command = f"summarize backlog - --base-url {down.url} -o d.md < input.txt"
    assert f"to go on, keep the input in input.txt and run: {command}\n" in ran.err
    assert f"\n{command}\n" in Path("d.md").read_text()


def test_the_command_that_tries_again_tells_no_password(
    summarize: Any, serve: Serve, papers: Path, tmp_path: Path
) -> None:
    down = serve(always(failing(400, "no")))
    secret = down.url.replace("://", "://me:hunter2@")
    ran = summarize("backlog", papers, "--base-url", secret, "-o", tmp_path / "d.md")
    assert "hunter2" not in ran.err + ran.out + (tmp_path / "d.md").read_text(encoding="utf-8")
    assert f"--base-url {down.url}" in ran.err


def test_what_trying_again_cannot_mend_says_what_can(summarize: Any, serve: Serve, tmp_path: Path) -> None:
    source = tmp_path / "p.jsonl"
    source.write_text(json.dumps(paper(1)) + "\n" + json.dumps(paper(2, abstract=None)) + "\n")
    ran = summarize("backlog", source, "--base-url", serve(always(completion(ANSWER))).url)
    assert ran.code == 1
    assert "failed: Kestrel 2" in ran.err
    assert f"summarize: once the source gives an abstract, run: summarize backlog {source}" in ran.err
    assert "to go on" not in ran.err


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["backlog", "missing.jsonl"], 3, "missing.jsonl"),
        (["backlog", "{papers}", "-o", "report.xyz"], 2, "report.xyz"),
        (["backlog", "{papers}", "-o", "nowhere/digest.md"], 2, "nowhere"),
        (["backlog", "{papers}", "--base-url", "localhost:80"], 2, "try http://localhost:80"),
        (["backlog", "{papers}", "--base-url", "http://127.0.0.1:9/v1"], 4, "cannot be reached"),
        (["backlog", "{papers}", "--model", "gpt-9"], 2, "set OPENAI_API_KEY"),
        (["backlog", "{papers}", "--model", "missing.gguf"], 2, "missing.gguf is not there"),
        (["backlog", "{papers}", "--prompts", "nowhere"], 2, "nowhere"),
        (["backlog", "{papers}", "--concurrency", "0"], 2, "--concurrency"),
        (["backlog", "{papers}", "--colour", "red"], 2, "--colour"),
        (["backlog"], 2, "SOURCE"),
        (
            ["backlog", "{papers}", "--base-url", "http://127.0.0.1:9/v1", "--model", "m", "--max-cost", "1"],
            2,
            "price",
        ),
        (["digest", "--since", "soon"], 2, "7d"),
        (["digest"], 2, "no kept result"),
        (["eat"], 2, "eat"),
    ],
)
def test_a_mistake_is_one_clear_line(
    arguments: list[str],
    code: int,
    words: str,
    summarize: Any,
    papers: Path,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    monkeypatch.chdir(tmp_path)
    ran = summarize(*(argument.replace("{papers}", str(papers)) for argument in arguments))
    assert ran.code == code, ran.err
    assert words in ran.err
    assert len(ran.err.strip().splitlines()) == 1, ran.err


def test_a_server_that_is_down_is_told_once(summarize: Any, papers: Path, tmp_path: Path) -> None:
    files = [tmp_path / f"d{suffix}" for suffix in (".md", ".html", ".jsonl")]
    outputs = [argument for path in files for argument in ("-o", path)]
    ran = summarize("backlog", papers, "--base-url", "http://127.0.0.1:9/v1", "--model", "m", *outputs)
    assert ran.code == 4
    told = [text.count("cannot be reached") for text in (ran.err, *(path.read_text() for path in files))]
    assert told == [1, 1, 1, 3]  # a record of a program's must stand by itself


def test_a_run_without_a_result_leaves_the_digest_of_an_earlier_one(
    summarize: Any, papers: Path, tmp_path: Path
) -> None:
    old, new, data = tmp_path / "old.md", tmp_path / "new.md", tmp_path / "d.jsonl"
    for path in (old, data):
        path.write_text("yesterday's")
    outputs = [argument for path in (old, new, data) for argument in ("-o", path)]
    ran = summarize("backlog", papers, "--base-url", "http://127.0.0.1:9/v1", "--model", "m", *outputs)
    assert ran.code == 4
    assert old.read_text() == "yesterday's"
    assert f"summarize: left as it was, for not one paper has a result: {old}\n" in ran.err
    assert ran.err.splitlines()[-1] == f"3 papers written to {new}, {data}"
    assert "## Not done" in new.read_text()
    assert len(data.read_text().splitlines()) == 3, "a program is told of each paper of this run"


def test_a_refused_key_is_exit_code_4_and_never_shown(
    summarize: Any, serve: Serve, papers: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    server = serve(always(failing(401, f"Incorrect API key provided: {KEY}")))
    digest = tmp_path / "d.md"
    ran = summarize("backlog", papers, "--base-url", server.url, "--model", "m", "-o", digest)
    assert ran.code == 4
    assert "refuses the key (401); set OPENAI_API_KEY" in ran.err
    written = digest.read_text() + "".join(
        path.read_bytes().decode(errors="replace")
        for path in (tmp_path / "cache").rglob("*")
        if path.is_file()
    )
    assert KEY not in written


def test_an_unwritable_folder_is_said_before_anything_is_asked(
    summarize: Any, serve: Serve, papers: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    locked = tmp_path / "locked"
    locked.mkdir()
    monkeypatch.setattr(os, "access", lambda path, mode: path != locked)  # root may write anywhere
    server = serve(always(completion(ANSWER)))
    ran = summarize("backlog", papers, "--base-url", server.url, "-o", locked / "d.md")
    assert ran.code == 2
    assert not server.requests


def test_a_dry_run_asks_nobody_and_counts(summarize: Any, serve: Serve, papers: Path) -> None:
    server = serve(always(completion(ANSWER)))
    before = summarize("backlog", papers, "--base-url", server.url, "--dry-run")
    assert "3 papers, 0 answered from disk · 3 requests" in before.out
    assert " out; answers that do not hold are asked again ·" in before.out
    assert not server.requests
    summarize("backlog", papers, "--base-url", server.url)
    after = summarize("backlog", papers, "--base-url", server.url, "--dry-run")
    assert "3 papers, 3 answered from disk · 0 requests" in after.out
    assert "asked again" not in after.out


def test_a_limit_takes_the_first_papers(summarize: Any, serve: Serve, papers: Path) -> None:
    ran = summarize("backlog", papers, "--limit", 2, "--base-url", serve(always(completion(ANSWER))).url)
    assert len(ran.out.splitlines()) == 2


def test_a_digest_is_made_again_without_any_model(
    summarize: Any, serve: Serve, papers: Path, tmp_path: Path
) -> None:
    server = serve(always(completion(ANSWER)))
    summarize("backlog", papers, "--base-url", server.url, "-o", tmp_path / "first.jsonl")
    server.close()
    ran = summarize(
        "digest", "-o", tmp_path / "again.jsonl", "--since", "1h", "--domain", "Robotics", "--min-gain", "5"
    )
    assert ran == (0, "", f"3 papers written to {tmp_path / 'again.jsonl'}\n")
    assert (tmp_path / "again.jsonl").read_text() == (tmp_path / "first.jsonl").read_text()
    assert summarize("digest", "--quiet", "-o", tmp_path / "again.jsonl").err == ""
    assert summarize("digest", "--min-gain", "6").code == 2
    assert len(summarize("digest", "--search", "kestrel 2").out.splitlines()) == 1


def test_quiet_prints_errors_only(summarize: Any, serve: Serve, papers: Path, tmp_path: Path) -> None:
    ran = summarize(
        "backlog",
        papers,
        "--quiet",
        "-o",
        tmp_path / "d.md",
        "--base-url",
        serve(always(completion(ANSWER))).url,
    )
    assert (ran.out, ran.err) == ("", "")


def test_verbose_prints_the_warnings(summarize: Any, serve: Serve, papers: Path) -> None:
    server = serve(always(completion({**ANSWER, "domain": "nonsense"})))
    assert "'nonsense' is not one of" in summarize("backlog", papers, "-v", "--base-url", server.url).err


def test_hostile_text_reaches_no_output_as_anything_but_text(
    summarize: Any, serve: Serve, tmp_path: Path
) -> None:
    title = '=HYPERLINK("x") <script>alert(1)</script> **bold** | \x1b[31mred\x1b[0m \u202egnp.exe [a](javascript:x)'
    source = tmp_path / "p.jsonl"
    source.write_text(json.dumps(paper(1, title=title)))
    files = [tmp_path / f"d{suffix}" for suffix in (".md", ".csv", ".jsonl")]
    outputs = [argument for path in files for argument in ("-o", path)]
    ran = summarize("backlog", source, "--base-url", serve(always(completion(ANSWER))).url, *outputs)
    assert ran.code == 0
    for text in [ran.out, ran.err, *(path.read_text(encoding="utf-8") for path in files)]:
        assert "\x1b" not in text
        assert "\u202e" not in text
    assert "<script>" not in files[0].read_text()
    assert ",=HYPERLINK" not in files[1].read_text()
    assert ',"=HYPERLINK' not in files[1].read_text()


def test_prompts_show_prints_what_would_be_sent(summarize: Any, papers: Path) -> None:
    ran = summarize("prompts", "show", papers)
    assert ran.code == 0
    assert "Title: Kestrel 0" in ran.out
    larger = summarize("prompts", "show", papers, "--model", "gpt-4.1-mini")
    assert "- robotics: " in larger.out
    assert '"additionalProperties": false' in larger.out


def test_the_other_commands_answer(summarize: Any, serve: Serve, papers: Path) -> None:
    server = serve(always(completion(ANSWER)))
    summarize("backlog", papers, "--base-url", server.url)
    assert "answers  3" in summarize("cache", "stats").out
    exported = [json.loads(line) for line in summarize("cache", "export").out.splitlines()]
    assert len(exported) == 3
    assert all(set(entry) == {"key", "answer"} for entry in exported)
    assert "model-1" in summarize("models", "list", "--base-url", server.url).out
    assert "template  paper" in summarize("prompts", "list").out
    assert summarize("doctor", "--base-url", server.url).code == 0
    assert summarize("doctor", "--base-url", "http://127.0.0.1:9/v1").code == 2
    assert "3 answers and 3 results removed" in summarize("cache", "clear", "--yes").out


def test_what_only_reads_needs_no_permission_to_write(
    summarize: Any, serve: Serve, papers: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = serve(always(completion(ANSWER)))
    summarize("backlog", papers, "--base-url", server.url)
    commands = (["digest"], ["show", "2601.00001"], ["trends"], ["cache", "stats"], ["cache", "export"])
    before = [summarize(*command).out for command in commands]
    monkeypatch.setattr(os, "access", lambda *_: False)  # root may write anywhere
    monkeypatch.setattr("diskcache.Cache", None)  # it writes as soon as it is made
    assert [summarize(*command).out for command in commands] == before


def test_one_of_a_thing_is_not_told_in_the_plural(summarize: Any, serve: Serve, tmp_path: Path) -> None:
    source = tmp_path / "p.jsonl"
    source.write_text(json.dumps(paper()))
    options = [source, "--base-url", serve(always(completion(ANSWER))).url]
    assert "1 paper, 0 answered from disk · 1 request to" in summarize("backlog", *options, "--dry-run").out
    assert "1 paper: 1 done · 1 request · " in summarize("backlog", *options).err
    assert "1 answer, 1 result" in summarize("doctor", *options[1:]).out
    stats = summarize("cache", "stats").out.splitlines()[1:]
    assert [re.sub("[1-9][0-9]* kB", "… kB", line) for line in stats] == [
        "answers  1  … kB",
        "results  1  … kB",
    ]
    assert "1 answer and 1 result removed" in summarize("cache", "clear", "--yes").out


def test_every_command_and_option_has_its_help(summarize: Any) -> None:
    def commands(group: Any, path: tuple[str, ...]) -> Any:
        yield path, group
        for name, command in getattr(group, "commands", {}).items():
            yield from commands(command, (*path, name))

    import typer.main

    for path, command in commands(typer.main.get_command(cli.app()), ()):
        assert command.help, path
        for option in command.params:
            assert getattr(option, "help", None), (path, option.name)


@pytest.mark.parametrize("group", [[], ["batch"], ["models"], ["prompts"], ["cache"]])
def test_a_bare_command_prints_help_to_be_read_in_80_columns(
    group: list[str], summarize: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    code, _, err = summarize(*group)
    head, commands = err.split("\nCommands:\n")
    assert (code, head.splitlines()[1]) == (2, "")
    assert all(line.startswith("  ") and line.endswith(".") for line in commands.splitlines())
    assert "..." not in commands


def test_the_version_is_said(summarize: Any) -> None:
    assert summarize("--version") == (0, f"summarize {metadata.version('summarize-papers')}\n", "")


def test_starting_up_imports_nothing_heavy() -> None:
    """``--help`` and a run answered from disk pay for no SDK, no tokenizer, no terminal library."""
    code = (
        "import sys; from summarizer import cli, digest, pipeline, runs, sources; heavy = "
        "{'openai', 'aiohttp', 'httpx2', 'tiktoken', 'xllamacpp', 'rich', 'tenacity',"
        "'bibtexparser', 'feedparser', 'jinja2'};"
        "print(sorted(heavy & set(sys.modules)))"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == "[]"


def test_a_run_without_batches_needs_no_sdk(serve: Serve, papers: Path) -> None:
    """The openai client, which takes its time to start, is for the batch service alone."""
    code = (
        "import sys; from summarizer import cli; from summarizer.batch import desk\n"
        "try: cli.main()\n"
        "finally: print(sorted({'openai', 'httpx2'} & set(sys.modules)), file=sys.stderr)"
    )
    arguments = ["backlog", papers, "--base-url", serve(always(completion(ANSWER))).url, "--quiet"]
    ran = subprocess.run(
        [sys.executable, "-c", code, *map(str, arguments)], capture_output=True, text=True, check=True
    )
    assert (len(ran.stdout.splitlines()), ran.stderr.strip()) == (3, "[]")


def test_a_reader_that_has_had_enough_is_no_error(papers: Path) -> None:
    """``summarize … | head`` ends quietly."""
    ran = subprocess.run(
        f"{sys.executable} -m summarizer cache stats | true; echo ${{PIPESTATUS[0]}}",
        shell=True, executable="/bin/bash", capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert (ran.stdout.strip(), ran.stderr) == ("0", "")
