"""The command that says how often the answers are right."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from summarizer.cli.options import (
    BaseUrl,
    CacheDir,
    Concurrency,
    Limit,
    ModelName,
    PromptsDir,
    Quiet,
    Verbose,
)
from summarizer.errors import InputError
from summarizer.progress import Progress, complain
from summarizer.text import count

if TYPE_CHECKING:
    from summarizer.scoring import Sheet


def evaluate(
    gold: Annotated[
        Path, typer.Argument(metavar="GOLD.jsonl", help="Labelled abstracts, one JSON object a line.")
    ],
    model: ModelName = None,
    base_url: BaseUrl = None,
    concurrency: Concurrency = None,
    limit: Limit = None,
    prompts: PromptsDir = None,
    cache_dir: CacheDir = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print everything as JSON.")] = False,
    against: Annotated[
        Path | None, typer.Option("--against", help="Compare with the --json of an earlier run.")
    ] = None,
    quiet: Quiet = False,
    verbose: Verbose = False,
) -> int:
    """Score the current model and prompts on labelled abstracts."""
    from summarizer import gold as labels
    from summarizer import scoring, settings
    from summarizer.prompts import Prompts
    from summarizer.runs import Run

    before = _earlier(against)
    golds = labels.load(gold)[:limit]
    config = settings.load(model=model, base_url=base_url, cache_dir=cache_dir, concurrency=concurrency)
    run = Run(config, Prompts(prompts), Progress(quiet=quiet))
    with run.progress:
        outcome = run([label.paper for label in golds])
    if outcome.stopped:
        complain(str(outcome.stopped))
    sheets = [scoring.sheet(label, record) for label, record in zip(golds, outcome.records, strict=True)]
    made_by = next((record.made_by for record in outcome.records if hasattr(record, "made_by")), None)
    report: dict[str, Any] = {
        "model": made_by.model if made_by else None,
        "prompt": made_by.prompt if made_by else None,
        "papers": len(sheets),
        "figures": scoring.figures(sheets),
        "intervals": scoring.intervals(sheets),
        "wrong": {page.id: page.wrong for page in sheets if page.wrong},
    }
    if as_json:
        print(json.dumps(report, indent=1, ensure_ascii=False))
    else:
        _print(report, before, sheets if verbose or not before else [])
    return outcome.exit_code


def _earlier(path: Path | None) -> dict[str, Any] | None:
    if path is None:
        return None
    try:
        report: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        report["figures"].keys(), report["wrong"].keys()
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        raise InputError(f"{path} is no report; make one with `summarize eval … --json > {path}`") from None
    return report


def _print(report: dict[str, Any], before: dict[str, Any] | None, sheets: list[Sheet]) -> None:
    print(f"{count(report['papers'], 'paper')} · {report['model']} · prompts {report['prompt']}")
    for name, value in report["figures"].items():
        low, high = report["intervals"][name]
        line = f"{name:<38}{value:8.2f}   [{low:.2f}, {high:.2f}]"
        if before and name in before["figures"]:
            line += f"   {value - before['figures'][name]:+.2f}"
        print(line)
    for page in sheets:
        for wrong in page.wrong:
            print(f"{page.id}: {wrong}")
    if before:
        now = report["wrong"]
        for paper in sorted(now.keys() | before["wrong"].keys()):
            old, new = set(before["wrong"].get(paper, ())), set(now.get(paper, ()))
            for sign, lines in (("-", old - new), ("+", new - old)):
                for line in sorted(lines):
                    print(f"{sign} {paper}: {line}")
