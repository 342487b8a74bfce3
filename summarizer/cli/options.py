"""The options that commands share, each with its help."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

Output = Annotated[
    list[Path],
    typer.Option(
        "--output",
        "-o",
        help="Write the results to FILE: .md, .html, .jsonl, .json, .csv, .atom, .bib or .eml. Repeatable. "
        "{domain} or {contribution} in its name: a file of each.",
    ),
]
ModelName = Annotated[
    str | None, typer.Option("--model", help="The model's name, or a .gguf file to serve here.")
]
BaseUrl = Annotated[
    str | None,
    typer.Option("--base-url", help="An OpenAI-compatible server, such as http://localhost:8080/v1."),
]
Concurrency = Annotated[int | None, typer.Option("--concurrency", min=1, help="Requests in flight at once.")]
Limit = Annotated[int | None, typer.Option("--limit", min=0, help="Do the first N papers only.")]
MaxCost = Annotated[
    float | None, typer.Option("--max-cost", min=0, help="Stop before this many US dollars are exceeded.")
]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Say what a run would take, and ask nobody.")]
Refresh = Annotated[bool, typer.Option("--refresh", help="Ask again, and replace what is kept.")]
Batch = Annotated[
    bool,
    typer.Option(
        "--batch",
        help="Ask through the provider's batch service: cheaper, within a day; see summarize batch.",
    ),
]
Engine = Annotated[
    str | None,
    typer.Option(
        "--engine", help="ray: spread JSONL or Parquet over a cluster, into the folder that -o names."
    ),
]
Workers = Annotated[
    int | None, typer.Option("--workers", min=1, help="With --engine ray: workers; by default one a CPU.")
]
PromptsDir = Annotated[
    Path | None, typer.Option("--prompts", help="A folder of prompts in place of those shipped.")
]
Templates = Annotated[
    Path | None,
    typer.Option(
        "--templates", help="A folder of templates for .html; what it lacks is taken from those shipped."
    ),
]
CacheDir = Annotated[Path | None, typer.Option("--cache-dir", help="Where answers are kept.")]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Print errors only.")]
Verbose = Annotated[bool, typer.Option("--verbose", "-v", help="Print each paper's warnings too.")]
