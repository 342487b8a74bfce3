"""What a batch may hold: the published limits, as data, and the user's own in their place."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from importlib import resources
from typing import TYPE_CHECKING

from summarizer.errors import SetupError

if TYPE_CHECKING:
    from summarizer.settings import Settings


@dataclass(frozen=True)
class Limits:
    """What the service takes: requests and bytes a batch, and tokens of input that may wait in all batches."""

    requests: int
    bytes: int
    queued_tokens: int | None = None

    @classmethod
    def load(cls, settings: Settings) -> Limits:
        """Return the published limits, with what the user's ``config.toml`` says instead."""
        table = tomllib.loads(
            (resources.files("summarizer") / "data" / "batch.toml").read_text(encoding="utf-8")
        )
        try:
            limits = cls(**{**table, **settings.batch})
            well = min(limits.requests, limits.bytes, limits.queued_tokens or 1) > 0
        except TypeError:
            well = False
        if not well:
            raise SetupError(
                "config.toml: [batch] holds requests, bytes and queued_tokens, each a whole number above 0"
            )
        return limits
