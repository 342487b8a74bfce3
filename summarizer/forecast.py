"""What a run would take, before anything is asked."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from summarizer import tokens
from summarizer.completion import Completion
from summarizer.costs import cost
from summarizer.model import key_of
from summarizer.settings import OPENAI_URL
from summarizer.text import count

if TYPE_CHECKING:
    from summarizer.model import Endpoint
    from summarizer.prompts import Request
    from summarizer.settings import Price

_A_MESSAGE = 3
_A_REPLY = 3
"""Tokens that OpenAI's models read with every message, and before their reply (OpenAI cookbook, counting tokens)."""
_SAMPLES = 200
"""Answers that are compared with their counts: more say no more."""


@dataclass
class Forecast:
    """Counts requests, and what the model at ``where`` would read and write for those that are not answered yet.

    Output tokens and the cost are upper bounds where every answer holds; how many have to be asked again, nobody
    knows. Servers count differently from one another (other vocabularies, the schema or not): where some papers are
    answered already, what the server counted then sets the scale. ``folder`` keeps the vocabulary.
    """

    where: Endpoint
    price: Price | None
    batched: bool
    folder: Path
    papers: int = 0
    cached: int = 0
    without_abstract: int = 0
    requests: int = 0
    under_way: int = 0
    completion_tokens: int = 0
    exact: bool = True
    _counted: int = 0
    _samples: int = 0
    _sampled: int = 0
    _sampled_by_server: int = 0

    def add(
        self,
        requests: Sequence[Request],
        answers: Sequence[Completion | None],
        under_way: Callable[[str], bool] = lambda _: False,
    ) -> None:
        """Count a paper with the ``requests`` that it takes and the ``answers`` that are kept.

        There are no requests for a paper without an abstract; ``under_way`` tells of a request's key whether a batch
        will bring its answer.
        """
        self.papers += 1
        self.without_abstract += not requests
        self.cached += bool(requests) and None not in answers
        for request, answer in zip(requests, answers, strict=True):
            if answer:
                self._compare(request, answer)
            elif under_way(key_of(request, self.where)):
                self.under_way += 1
            else:
                self.requests += 1
                self._counted += self._count(request)
                self.completion_tokens += request.template.max_tokens

    @property
    def prompt_tokens(self) -> int:
        """The tokens that the requests still to be asked would have."""
        if not self._sampled_by_server:
            return self._counted
        return round(self._counted * self._sampled_by_server / self._sampled)

    @property
    def cost_usd(self) -> float | None:
        """US dollars at most; ``None`` where the price is not known."""
        if self.price is None:
            return None
        share = self.price.batch if self.batched else 1.0
        return cost(Completion("", "", self.prompt_tokens, self.completion_tokens, share=share), self.price)

    def _compare(self, request: Request, answer: Completion) -> None:
        if self._samples < _SAMPLES and answer.prompt_tokens:
            self._samples += 1
            self._sampled += self._count(request)
            self._sampled_by_server += answer.prompt_tokens

    def _count(self, request: Request) -> int:
        at_openai = self.where.place == OPENAI_URL
        texts = [message["content"] for message in request.messages]
        overhead = _A_MESSAGE * len(texts) + _A_REPLY
        if at_openai and request.schema:
            texts.append(json.dumps(request.schema, separators=(",", ":")))
        counts = [tokens.count(text, self.folder) for text in texts]
        self.exact &= at_openai and all(exact for _, exact in counts)
        return sum(number for number, _ in counts) + overhead

    def __str__(self) -> str:
        """Return it in words, one line."""
        about = "" if self.exact else "~"
        parts = [f"{count(self.papers, 'paper')}, {self.cached:,} answered from disk"]
        if self.without_abstract:
            parts.append(f"{self.without_abstract:,} without an abstract")
        if self.under_way:
            parts.append(f"{self.under_way:,} under way in batches")
        again = "; answers that do not hold are asked again" if self.requests else ""
        parts.append(
            f"{count(self.requests, 'request')} to {self.where.model}: {about}{self.prompt_tokens:,} tokens in, "
            f"at most {self.completion_tokens:,} out{again}"
        )
        if self.cost_usd is not None:
            parts.append(f"at most ${self.cost_usd:.4f}")
        elif not self.where.local:
            parts.append("its price is not known")
        return " · ".join(parts)
