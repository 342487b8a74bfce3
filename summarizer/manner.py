"""How a server wants to be asked: servers that are "OpenAI-compatible" differ in what they accept."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from summarizer.prompts import Request
    from summarizer.wire import RefusedError

FORMATS = ("json_schema", "json_object", "text")
"""How a JSON answer is asked for, the strictest first."""


@dataclass(frozen=True)
class Manner:
    """What a server was found to accept. The first of each kind is what is tried first."""

    format: str = FORMATS[0]
    limit: str = "max_tokens"
    without: tuple[str, ...] = ()

    @classmethod
    def remembered(cls, known: Any) -> Manner:
        """Return the manner that ``dataclasses.asdict`` made ``known`` of, or the first where it is none."""
        try:
            manner = cls(known["format"], known["limit"], tuple(known["without"]))
        except (TypeError, KeyError):
            return cls()
        return manner if manner.format in FORMATS else cls()

    def body(self, request: Request, model: str) -> dict[str, Any]:
        """Return the JSON that asks ``model`` for ``request`` so."""
        template = request.template
        # A model that wants max_completion_tokens thinks aloud first, and its thoughts count.
        room = template.max_tokens * (8 if self.limit == "max_completion_tokens" else 1)
        body: dict[str, Any] = {"model": model, "messages": request.messages, self.limit: room}
        body["temperature"] = request.temperature
        if request.draw:
            body["seed"] = request.draw
        if template.asks_logprobs:
            body["logprobs"] = True
        if template.stop:
            body["stop"] = list(template.stop)
        if request.schema is not None and self.format == "json_schema":
            schema = {"name": template.name, "strict": True, "schema": request.schema}
            body["response_format"] = {"type": "json_schema", "json_schema": schema}
        elif request.schema is not None and self.format == "json_object":
            body["response_format"] = {"type": "json_object"}
        return {name: value for name, value in body.items() if name not in self.without}

    def below(self, error: RefusedError, request: Request) -> Manner | None:
        """Return how to ask a server that refused ``request`` so, or ``None`` where that is not what it refused."""
        if error.status not in {400, 422} or is_overflow(error):
            return None
        words = f"{error.param} {error.message}".lower()
        if "max_completion_tokens" in words and self.limit == "max_tokens":
            return replace(self, limit="max_completion_tokens")
        for name in ("temperature", "stop", "seed", "logprobs"):
            if re.search(rf"\b{name}\b", words) and name not in self.without:
                return replace(self, without=(*self.without, name))
        # Servers refuse response_format in many words, so a refusal in other words is tried once more below.
        if request.schema is not None and self.format != FORMATS[-1]:
            return replace(self, format=FORMATS[FORMATS.index(self.format) + 1])
        return None


def is_overflow(error: RefusedError) -> bool:
    """Tell whether the request was longer than the model can read."""
    words = f"{error.code} {error.type} {error.message}".lower()
    return "context" in words and re.search(r"length|size|exceed|window", words) is not None
