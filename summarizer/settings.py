"""Which model answers, and where things are kept: flag > environment > config.toml > embedded."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import platformdirs

from summarizer.errors import SetupError

APP = "summarize"
OPENAI_URL = "https://api.openai.com/v1"
OPENAI_MODEL = "gpt-4.1-mini"
"""What answers when there is a key and no model is named."""

_SETTINGS = {
    "model": str,
    "base_url": str,
    "api_key": str,
    "cache_dir": str,
    "concurrency": int,
    "prices": dict,
    "batch": dict,
}


@dataclass(frozen=True)
class Price:
    """US dollars per million tokens; ``cached_input`` is for input that the provider had kept.

    ``batch`` is the share of it that an answer costs that may come later, in a batch.
    """

    input: float
    output: float
    cached_input: float | None = None
    batch: float = 1.0


@dataclass(frozen=True)
class Settings:
    """What a run is set to. ``model`` and ``base_url`` are ``None`` where nobody named one."""

    model: str | None = None
    base_url: str | None = None
    api_key: str | None = field(default=None, repr=False)
    cache_dir: Path = field(default_factory=lambda: Path(platformdirs.user_cache_dir(APP)))
    concurrency: int | None = None
    prices: dict[str, Price] = field(default_factory=dict)
    batch: dict[str, int] = field(default_factory=dict)
    """What a batch may hold at the user's provider, where that is not what OpenAI's may."""

    @property
    def gguf(self) -> Path | None:
        """The user's own model file, where ``model`` names one."""
        if self.model and self.base_url is None and self.model.lower().endswith(".gguf"):
            return Path(self.model).expanduser()
        return None

    @property
    def embedded(self) -> bool:
        """Whether the model runs inside this process: a GGUF file, the embedded one, or none named."""
        named = self.model is not None and is_embedded_name(self.model)
        return self.base_url is None and (named or self.gguf is not None or self.api_key is None)


def config_file() -> Path:
    """Return where the user's ``config.toml`` is looked for."""
    return Path(platformdirs.user_config_dir(APP)) / "config.toml"


def data_dir() -> Path:
    """Return the folder for what is fetched once, such as the weights of the embedded model."""
    return Path(platformdirs.user_data_dir(APP))


def load(
    *,
    model: str | None = None,
    base_url: str | None = None,
    cache_dir: Path | None = None,
    concurrency: int | None = None,
) -> Settings:
    """Put the settings of a run together; an argument that is given wins over everything else.

    Raises:
        SetupError: ``config.toml`` is not valid, or a model is named that nothing can serve.
    """
    config = _read_config(config_file())
    env = {name: value.strip() for name, value in os.environ.items() if value.strip()}
    # A model of this machine that is named on the command line outranks a server named further away.
    here = model is not None and (is_embedded_name(model) or model.lower().endswith(".gguf"))
    url = base_url or (None if here else env.get("OPENAI_BASE_URL") or config.get("base_url"))
    if url and not _is_address(url):
        shown = url.rsplit("@", 1)[-1]  # a password may stand before it
        raise SetupError(f"the base URL {shown!r} is no address with http:// or https://; try http://{shown}")
    settings = Settings(
        model=model or env.get("SUMMARIZE_MODEL") or config.get("model"),
        base_url=url.rstrip("/") if url else None,
        api_key=env.get("OPENAI_API_KEY") or config.get("api_key"),
        cache_dir=Path(
            cache_dir or env.get("SUMMARIZE_CACHE_DIR") or config.get("cache_dir") or Settings().cache_dir
        ).expanduser(),
        concurrency=concurrency or config.get("concurrency"),
        prices=_prices(config.get("prices", {})),
        batch=config.get("batch", {}),
    )
    if settings.gguf and not settings.gguf.is_file():
        raise SetupError(f"the model file {settings.gguf} is not there; check --model")
    if settings.model and settings.embedded and not settings.gguf and not is_embedded_name(settings.model):
        raise SetupError(
            f"nothing serves the model {settings.model!r}: set OPENAI_API_KEY, or pass --base-url, "
            "or name a .gguf file"
        )
    return settings


def _is_address(url: str) -> bool:
    try:
        return urlsplit(url).scheme in {"http", "https"}
    except ValueError:  # a bracket that is never closed
        return False


def is_embedded_name(name: str) -> bool:
    """Tell whether ``name`` is the embedded model's own."""
    return name.casefold() in {"embedded", "smollm2-135m-instruct"}


def _read_config(path: Path) -> dict[str, Any]:
    try:
        text = path.read_text(encoding="utf-8")
        import tomllib  # for most people there is nothing to read

        config = tomllib.loads(text)
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:  # no UTF-8, or no TOML
        raise SetupError(f"{path}: cannot be read ({error}); mend it or move it away") from None
    for name, value in config.items():
        if name not in _SETTINGS:
            raise SetupError(f"{path}: no setting is called {name!r}; there are {', '.join(_SETTINGS)}")
        if type(value) is not _SETTINGS[name]:  # to Python, true is a whole number
            raise SetupError(f"{path}: {name} must be a {_SETTINGS[name].__name__}")
    if config.get("concurrency", 1) < 1:
        raise SetupError(f"{path}: concurrency must be 1 or more")
    return config


def _prices(table: dict[str, Any]) -> dict[str, Price]:
    try:
        prices = {name: Price(**price) for name, price in table.items()}
        well = all(
            min(price.input, price.output, price.cached_input or 0.0, price.batch) >= 0
            for price in prices.values()
        )
    except TypeError:
        well = False
    if not well:
        raise SetupError(
            f'{config_file()}: a price is written [prices."model"] input = 1.0, output = 2.0 '
            "(US dollars per million tokens), and cached_input = 0.5 where there is one"
        )
    return prices
