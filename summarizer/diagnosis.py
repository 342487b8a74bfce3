"""What is set up, looked at piece by piece."""

from __future__ import annotations

import platform
from collections.abc import Callable
from dataclasses import dataclass
from importlib import metadata

from summarizer import embedded, endpoints
from summarizer.cache import Cache
from summarizer.errors import SummarizeError
from summarizer.model import without_secrets
from summarizer.prompts import Prompts
from summarizer.settings import OPENAI_MODEL, OPENAI_URL, Settings, config_file
from summarizer.text import count


@dataclass(frozen=True)
class Finding:
    """One thing looked at: ``well``, or what to do about it in ``state``."""

    what: str
    state: str
    well: bool = True


def examine(load: Callable[[], Settings]) -> list[Finding]:
    """Return what there is to know about the set-up. Asks a server for its models, and no model for anything."""
    findings = [
        Finding("python", platform.python_version()),
        Finding("summarize", metadata.version("summarize-papers")),
        Finding("config", str(config_file()) if config_file().is_file() else f"none at {config_file()}"),
    ]
    settings: Settings | None = None
    try:
        settings = load()
    except SummarizeError as error:
        findings.append(Finding("settings", str(error), well=False))
    if settings is not None:
        findings += [_model(settings), _tried("cache", lambda: _kept(settings))]
    return [*findings, _tried("prompts", lambda: str(Prompts().folder))]


def _tried(what: str, look: Callable[[], str]) -> Finding:
    try:
        return Finding(what, look())
    except SummarizeError as error:
        return Finding(what, str(error), well=False)


def _kept(settings: Settings) -> str:
    notices: list[str] = []
    cache = Cache(settings.cache_dir, notices.append)
    held = f"{count(len(cache.answers), 'answer')}, {count(len(cache.results), 'result')}"
    cache.close()
    return "; ".join([f"{cache.folder}: {held}", *notices])


def _model(settings: Settings) -> Finding:
    if settings.embedded:
        try:
            embedded.require_engine()
        except SummarizeError as error:
            return Finding("model", str(error), well=False)
        if settings.gguf:
            return Finding("model", f"{settings.gguf}, served here")
        fetched = embedded.weights().is_file()
        state = f"weights in {embedded.weights()}" if fetched else "weights are fetched at first need (93 MB)"
        return Finding("model", f"{embedded.NAME}, embedded; {state}")
    url = settings.base_url or OPENAI_URL
    key = "with a key" if settings.api_key else "without a key"

    def look() -> str:
        offered = endpoints.models_of(url, settings.api_key or "")
        name = settings.model or (OPENAI_MODEL if settings.base_url is None else ", ".join(offered[:3]))
        return f"{name} at {without_secrets(url)}, {key}; {len(offered)} offered"

    return _tried("model", look)
