"""From settings to the place where the model answers, and to what it costs."""

from __future__ import annotations

import asyncio
import tomllib
from concurrent.futures import ThreadPoolExecutor
from importlib import resources
from typing import Any

from summarizer import embedded
from summarizer.errors import ServiceError, SetupError
from summarizer.model import Endpoint, without_secrets
from summarizer.prompts import Prompts
from summarizer.settings import OPENAI_MODEL, OPENAI_URL, Price, Settings
from summarizer.text import clean

EMBEDDED_SLOTS = 1
"""Requests that llama.cpp works on at once. What shares a pass over the weights changes an answer's last bits, and
with them now and then its words; the embedded model is so small that sharing saved no time either (8 papers: 14.5 s
of CPU one by one, 15.2 s four at once)."""
GGUF_SLOTS = 4
"""The same for a file of the user's own: larger weights take longer to read than to use."""


def endpoint(settings: Settings, prompts: Prompts, on_pull: embedded.Progress | None = None) -> Endpoint:
    """Return where the model of ``settings`` answers. Nothing is started or fetched before it is needed.

    ``on_pull`` hears how far the download of the embedded model's weights is.

    Raises:
        SetupError: no model is set up, or the server has several and none is named.
        ServiceError: a server that must be asked for its model cannot be reached.
    """
    if settings.embedded:
        return _embedded(settings, prompts, on_pull)
    key = settings.api_key or ""
    url = settings.base_url or OPENAI_URL
    place = without_secrets(url)
    model = settings.model or (OPENAI_MODEL if settings.base_url is None else _only_model(url, key))
    return Endpoint(model, place, lambda: (url, key))


def _embedded(settings: Settings, prompts: Prompts, on_pull: embedded.Progress | None) -> Endpoint:
    embedded.require_engine()
    path = settings.gguf
    name, slots = (path.stem, GGUF_SLOTS) if path else (embedded.NAME, EMBEDDED_SLOTS)
    # The same weights are the same model wherever the file lies.
    adapter = None if path else embedded.adapter()
    place = f"gguf {embedded.fingerprint(path) if path else embedded.SHA256[:12]}"
    if adapter:
        place += f" adapter {embedded.fingerprint(adapter)}"
    room = prompts.profile(name).context_tokens

    def connect() -> tuple[str, str]:
        weights = path or embedded.pull(on_pull)
        return embedded.serve(weights, slots=slots, context_tokens=room, adapter=adapter)

    return Endpoint(name, place, connect, local=True, concurrency=slots)


def price(settings: Settings, where: Endpoint) -> Price | None:
    """Return what ``where`` costs: the user's own figure, else OpenAI's; ``None`` where it is not known.

    A model in this process costs nothing, and has no price either.
    """
    if where.model in settings.prices:
        return settings.prices[where.model]
    if where.local or where.place != OPENAI_URL:
        return None
    table = tomllib.loads(
        (resources.files("summarizer") / "data" / "prices.toml").read_text(encoding="utf-8")
    )
    return Price(**table[where.model]) if where.model in table else None


def models_of(url: str, key: str) -> list[str]:
    """Return the names of the models that the server at ``url`` offers.

    Raises:
        ServiceError: it cannot be reached, refuses the key, or has no such list.
    """
    from summarizer.wire import (  # a run answered from disk needs no HTTP
        GarbledError,
        RefusedError,
        Wire,
        WireError,
    )

    async def listed() -> Any:
        wire = Wire(url, key)
        try:
            async with asyncio.timeout(10):
                return await wire.get("/models")
        finally:
            await wire.close()

    try:
        with ThreadPoolExecutor(1) as elsewhere:  # a notebook has a loop running in this thread
            answer, _ = elsewhere.submit(asyncio.run, listed()).result()
        return [clean(str(model["id"])) for model in answer["data"]]
    except RefusedError as error:
        if error.status in {401, 403}:
            reason = "refuses the key; set OPENAI_API_KEY to one that it knows"
        else:
            reason = f"gives no list of its models ({error.status}); name one with --model"
    except (GarbledError, LookupError, TypeError):
        reason = "gives no list of its models; check --base-url, or name a model with --model"
    except (WireError, TimeoutError):
        reason = "cannot be reached; check --base-url, and that the server runs"
    raise ServiceError(f"{without_secrets(url)} {reason}")


def _only_model(url: str, key: str) -> str:
    names = models_of(url, key)
    if len(names) == 1:
        return names[0]
    offer = f"it offers {', '.join(names[:8])}" if names else "it offers none"
    raise SetupError(f"which model of {without_secrets(url)}? Name one with --model; {offer}")
