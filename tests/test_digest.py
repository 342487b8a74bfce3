"""Writing a digest: whole files or none, and the same file for the same records."""

import csv
import datetime as dt
import errno
import gc
import io
import json
import os
from collections.abc import Collection, Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter

from summarizer.digest import FORMATS, About, check, markdown, render, write, writer
from summarizer.digest.edition import arrange, byline, times
from summarizer.errors import SetupError
from summarizer.records import Failure, Gain, MadeBy, Paper, Problem, Record, Result, Tags

ABOUT = About("Papers of the day", dt.date(2026, 8, 21), retry="summarize backlog page.txt")
MADE_BY = MadeBy(model="tiny", prompt="1", cached=False, prompt_tokens=9, completion_tokens=3)


def gain(factor: float | None = None, quote: str = "less of it") -> Gain:
    return Gain(quote=quote, resource="samples", factor=factor)


def result(title: str = "A Paper", domain: str | None = "robotics", *gains: Gain, **more: object) -> Result:
    fields: dict[str, object] = {"tldr": "It walks.", "warnings": ()} | more
    return Result.model_validate(
        {
            "paper": Paper(title=title, url="https://example.org/p"),
            "tags": Tags(domain=domain, efficiency_gains=gains),
            "made_by": MADE_BY,
        }
        | fields
    )


def failure(title: str = "A Lost Paper", message: str = "the page gives none") -> Failure:
    return Failure(paper=Paper(title=title), error=Problem(kind="no_abstract", message=message))


class OnDisk(Collection[Record]):
    """Records as a long run has them: counted and walked through, made anew each time; no more than that."""

    def __init__(self, records: list[Record]) -> None:
        self._lines = [record.model_dump_json() for record in records]
        self.passes = 0

    def __len__(self) -> int:
        return len(self._lines)

    def __contains__(self, record: object) -> bool:
        raise NotImplementedError

    def __iter__(self) -> Iterator[Record]:
        self.passes += 1
        return (TypeAdapter(Record).validate_json(line) for line in self._lines)


RECORDS: list[Record] = [result("One", "robotics", gain(4.0)), failure(), result("Zwei – ü", None)]


@pytest.mark.parametrize("suffix", FORMATS)
def test_the_same_records_give_the_same_bytes_in_a_file_or_not(tmp_path: Path, suffix: str) -> None:
    first, second = tmp_path / f"a{suffix}", tmp_path / f"b{suffix}"
    write(first, RECORDS, ABOUT)
    write(second, OnDisk(RECORDS), ABOUT)
    assert first.read_bytes() == second.read_bytes() == render(suffix, RECORDS, ABOUT).encode()
    assert sorted(tmp_path.iterdir()) == [first, second], "no temporary file is left"


@pytest.mark.parametrize("suffix", FORMATS)
def test_a_format_reads_the_records_once_and_holds_none(suffix: str) -> None:
    records = OnDisk([result(f"Paper {n}", "abc"[n % 3], gain(n + 2.0)) for n in range(3000)])
    gc.collect()
    most = 0
    for number, _ in enumerate(writer(suffix)(records, ABOUT)):
        if number % 2000 == 0:
            most = max(most, sum(isinstance(held, Result) for held in gc.get_objects()))
    assert most < 100
    assert records.passes == (2 if suffix == ".atom" else 1), "a feed names what failed before its entries"


def test_a_name_with_a_tag_in_it_stands_for_a_file_of_each(tmp_path: Path) -> None:
    records: list[Record] = [
        result("One", "AI & law"), failure("Lost"), result("Two", "robotics"), result("Three", "ai – LAW"),
        result("Four", "../../etc"), result("Five", None), result("Six", "robotics"),
    ]  # fmt: skip
    write(tmp_path / "my {domain}.jsonl", OnDisk(records), ABOUT)
    titles = {
        file.name: [json.loads(line)["paper"]["title"] for line in file.read_text().splitlines()]
        for file in tmp_path.iterdir()
    }
    assert titles == {
        "my ai-law.jsonl": ["One"],
        "my ai-law-2.jsonl": ["Three"],
        "my etc.jsonl": ["Four"],
        "my no-domain.jsonl": ["Lost", "Five"],
        "my robotics.jsonl": ["Two", "Six"],
    }
    write(tmp_path / "{contribution}.md", [failure()], ABOUT)
    assert (tmp_path / "no-contribution.md").read_text().startswith("# Papers of the day: no contribution")


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("report.xyz", f"report.xyz: no such format; one of {' '.join(FORMATS)}"),
        ("report", f"report: no such format; one of {' '.join(FORMATS)}"),
        (
            "nowhere/report.md",
            "nowhere/report.md: there is no folder nowhere; create it or name another file",
        ),
        ("notes.txt/report.md", "notes.txt/report.md: notes.txt is not a folder; name another file"),
        ("folder.md", "folder.md: is a folder; name a file in it"),
    ],
)
def test_check_says_before_any_work_what_cannot_be_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, message: str
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("notes.txt").touch()
    Path("folder.md").mkdir()
    with pytest.raises(SetupError) as caught:
        check(Path(name))
    assert str(caught.value) == message


@pytest.mark.parametrize("locked", [".", "report.md"])
def test_check_refuses_a_folder_or_a_file_without_permission(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, locked: str
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("report.md").touch()
    monkeypatch.setattr(os, "access", lambda path, mode: Path(path) != Path(locked))  # root may do anything
    with pytest.raises(SetupError, match=rf"no permission to write to {locked}"):
        check(Path("report.md"))


@pytest.mark.parametrize("name", ["new.md", "NEW.CSV", "old.jsonl"])
def test_check_lets_pass_what_write_can_write(tmp_path: Path, name: str) -> None:
    (tmp_path / "old.jsonl").touch()
    check(tmp_path / name)
    write(tmp_path / name, RECORDS, ABOUT)


@pytest.mark.parametrize("failing", ["write", "replace"])
def test_a_full_disk_leaves_the_old_file_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, failing: str
) -> None:
    def full(*_args: object) -> Iterator[str]:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    path = tmp_path / "digest.md"
    path.write_text("yesterday's")
    if failing == "write":
        monkeypatch.setattr(markdown, "pieces", full)
    else:
        monkeypatch.setattr(Path, "replace", full)
    with pytest.raises(SetupError) as caught:
        write(path, RECORDS, ABOUT)
    assert str(caught.value).endswith("not written: No space left on device; make room or name another file")
    assert [(file.name, file.read_text()) for file in tmp_path.iterdir()] == [("digest.md", "yesterday's")]


def test_an_interruption_leaves_the_old_file_and_nothing_else(tmp_path: Path) -> None:
    class Interrupted(OnDisk):
        def __iter__(self) -> Iterator[Record]:
            yield result()
            raise KeyboardInterrupt

    path = tmp_path / "digest.jsonl"
    path.write_text("yesterday's")
    with pytest.raises(KeyboardInterrupt):
        write(path, Interrupted([]), ABOUT)
    assert [(file.name, file.read_text()) for file in tmp_path.iterdir()] == [("digest.jsonl", "yesterday's")]


def test_a_private_file_stays_private_and_a_link_stays_a_link(tmp_path: Path) -> None:
    vault, link = tmp_path / "vault.md", tmp_path / "link.md"
    vault.touch(mode=0o600)
    link.symlink_to(vault)
    write(link, RECORDS, ABOUT)
    assert link.is_symlink()
    assert vault.stat().st_mode & 0o777 == 0o600
    assert vault.read_text().startswith("# Papers of the day")


def test_a_file_name_that_is_not_utf_8_in_the_retry_command_is_shown(tmp_path: Path) -> None:
    path = tmp_path / "digest.md"
    write(path, RECORDS, About("T", ABOUT.made_on, retry="summarize backlog \udcff.txt"))
    assert "summarize backlog \\udcff.txt" in path.read_text()


def test_a_line_of_jsonl_has_the_documented_keys_in_their_order() -> None:
    done, failed = render(".jsonl", [result("One", "robotics", gain(4.0)), failure()], ABOUT).splitlines()
    paper = '{"id": null, "title": "One", "abstract": null, "authors": [], "author_count": null, '
    paper += '"published": null, "url": "https://example.org/p", "source": "unknown", "comments": null}'
    claim = '[{"quote": "less of it", "resource": "samples", "factor": 4.0, "baseline": null}]'
    tags = f'{{"domain": "robotics", "contribution": null, "method": null, "efficiency_gains": {claim}}}'
    made_by = '{"model": "tiny", "prompt": "1", "cached": false, "prompt_tokens": 9, '
    made_by += '"completion_tokens": 3, "cost_usd": null}'
    assert done == (
        f'{{"paper": {paper}, "tldr": "It walks.", "tags": {tags}, "warnings": [], "made_by": {made_by}}}'
    )
    assert list(json.loads(failed)) == ["paper", "error"]
    assert json.loads(failed)["error"] == {"kind": "no_abstract", "message": "the page gives none"}


@given(st.lists(st.text(), max_size=4))
def test_every_record_is_one_line_and_comes_back_unchanged(titles: list[str]) -> None:
    records = [result(title, None, tldr=title) for title in titles]
    text = render(".jsonl", records, ABOUT)
    assert [Result.model_validate_json(line) for line in text.splitlines()] == records
    assert not any("\x7f" <= char <= "\x9f" for char in text)
    array = render(".json", records, ABOUT)
    assert [Result.model_validate(item) for item in json.loads(array)] == records


def test_json_is_indented_and_an_empty_array_is_valid() -> None:
    text = render(".json", RECORDS, ABOUT)
    assert text == json.dumps(json.loads(text), ensure_ascii=False, indent=2) + "\n"
    assert json.loads(render(".json", [], ABOUT)) == []


def test_jsonl_is_written_as_the_records_come() -> None:
    asked: list[int] = []

    class Coming(OnDisk):
        def __iter__(self) -> Iterator[Record]:
            for number in range(3):
                asked.append(number)
                yield result()

    next(writer(".jsonl")(Coming([]), ABOUT))
    assert asked == [0]


def cells(*records: Record) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(render(".csv", records, ABOUT).removeprefix("\ufeff"))))


def test_csv_has_a_row_for_every_paper_and_marks_itself_as_utf_8() -> None:
    assert render(".csv", [], ABOUT).startswith("\ufeffid,title,authors,")
    done, failed = cells(
        result("One", "robotics", gain(None), gain(4.0, 'four, "4"'), warnings=("a", "b")), failure()
    )
    assert done["factor"] == "4.0"
    assert done["quote"] == 'four, "4"'
    assert done["all_gains"] == 'samples: “less of it” | 4× samples: “four, "4"”'
    assert done["warnings"] == "a | b"
    assert done["method"] == done["baseline"] == done["error"] == ""
    assert failed["error"] == "no_abstract: the page gives none"
    assert {column for column, cell in failed.items() if cell} == {"title", "error"}


@pytest.mark.parametrize(
    ("title", "cell"),
    [
        ('=HYPERLINK("http://x")', '\'=HYPERLINK("http://x")'),
        (" \t=1+1", "'=1+1"),
        ("\r\n@SUM(A1)", "'@SUM(A1)"),
        ("+1 for all", "'+1 for all"),
        ("-- a dash", "'-- a dash"),
        ("\u200b=1", "'=1"),
        ("＝1", "'＝1"),
        ("1 = 1", "1 = 1"),
        ('two\nlines, a "quote"; \x1b[31mred', 'two lines, a "quote"; red'),
    ],
)
def test_a_cell_is_one_line_that_no_spreadsheet_computes(title: str, cell: str) -> None:
    assert cells(result(title))[0]["title"] == cell


@pytest.mark.parametrize(
    ("factor", "words"),
    [
        (64.0, "64×"),
        (8.33, "8.33×"),
        (25 / 3, "8.33×"),
        (1.4, "1.4×"),
        (10_000.0, "10,000×"),
        (1.004, "1.004×"),
        (2.5e12, "2.5e+12×"),
    ],
)
def test_a_factor_is_written_for_people(factor: float, words: str) -> None:
    assert times(factor) == words


@pytest.mark.parametrize(
    ("names", "number", "line"),
    [
        ((), None, None),
        ((), 1, "1 author"),
        ((), 4, "4 authors"),
        (("A", "B", "C"), None, "A, B, C"),
        (("A", "B", "C", "D"), 4, "A, B and 2 more"),
        (("A",), 7, "A and 6 more"),
        (("A", "B"), 1, "A, B"),
    ],
)
def test_a_byline_names_two_and_counts_the_rest(
    names: tuple[str, ...], number: int | None, line: str | None
) -> None:
    assert byline(Paper(title="T", authors=names, author_count=number)) == line


def test_sections_go_by_size_then_name_and_their_papers_by_factor_then_input() -> None:
    edition = arrange(
        [
            result("no gain", "zoology"),
            result("no domain", None, gain(9.0)),
            result("no domain either", None),
            result("no domain at all", None),
            result("small", "zoology", gain(2.0)),
            result("words only", "zoology", gain(None)),
            result("large", "zoology", gain(None), gain(30.0)),
            result("b", "iOS apps"),
            result("a", "AI for science"),
            failure(),
        ]
    )
    assert [
        (section.heading, [done.paper.title for done in section.results]) for section in edition.sections
    ] == [
        ("Zoology", ["large", "small", "no gain", "words only"]),
        ("AI for science", ["a"]),
        ("iOS apps", ["b"]),
        ("No domain", ["no domain", "no domain either", "no domain at all"]),
    ]
    assert [claim.factor for claim in edition.claims] == [30.0, 9.0, 2.0]
    assert (edition.paper_count, edition.domain_count, len(edition.failures)) == (10, 3, 1)


@pytest.mark.parametrize(
    ("suffix", "said"),
    [
        (".md", "claims a gain in efficiency with a figure: **3×** samples, by"),
        (".md", "| **3×** | samples | [Second](https://example.org/p) | “up to 3x” |"),
        (".html", "<b>3×</b> <span>samples</span> <bdi>Second</bdi>"),
        (".html", 'data-factor="3"'),
        (".eml", "The largest claimed gain: 3=C3=97 samples, by Second."),
        (".csv", ",3.0,samples,up to 3x,,1.15× samples: “15% faster” | 3× samples: “up to 3x” | 2× samples"),
    ],
)
def test_what_is_called_the_largest_is_the_largest_of_all_that_a_paper_claims(suffix: str, said: str) -> None:
    claims = gain(1.15, "15% faster"), gain(3.0, "up to 3x"), gain(2.0, "twice as fast")
    assert said in render(suffix, [result("Second", "robotics", *claims)], ABOUT)


def test_a_mistyped_part_of_a_name_is_told(tmp_path: Path) -> None:
    with pytest.raises(SetupError, match=r"each \{autor\} cannot be made; there are \{domain\}"):
        check(tmp_path / "{autor}.md")
    check(tmp_path / "{domain}.md")
