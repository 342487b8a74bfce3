"""One question about one paper: from the cache or the model, checked, and asked again where that helps."""

from __future__ import annotations

import itertools
from contextlib import AbstractAsyncContextManager, nullcontext
from dataclasses import dataclass
from typing import TYPE_CHECKING

from summarizer import gains, grounding, results
from summarizer.cache import Shelf
from summarizer.checks import Answer, check
from summarizer.completion import Completion
from summarizer.costs import Budget, cost
from summarizer.errors import PaperError
from summarizer.model import Model, key_of
from summarizer.pace import Slots
from summarizer.text import figures

if TYPE_CHECKING:
    from summarizer.prompts import Request, Template
    from summarizer.records import Paper
    from summarizer.vocabulary import Vocabulary

_LONGEST_RETORT = 2000
"""Characters of a bad answer that are shown to the model again."""
_ONE_PLACE = 0.3
"""What a sentence that is told in one place is worth in log-probability a token: so, readers' verdicts on several
sentences about one paper are foretold best."""


@dataclass
class Usage:
    """What one paper took, over all its requests; ``fresh`` of them were asked in this run."""

    fresh: int = 0
    prompt_tokens: int = 0
    completion_tokens: int = 0
    cost_usd: float | None = None


@dataclass
class Asker:
    """Asks ``model``, keeping every answer among ``answers`` before anything else happens.

    ``slots`` bound the requests in flight. ``asks_again`` bounds the attempts after the first;
    ``own_words`` is the share of a TL;DR's word pairs that must be the paper's; ``adds_result`` puts the paper's main
    result behind a TL;DR without a figure; ``refresh`` asks for what is kept, too.
    """

    model: Model
    vocabulary: Vocabulary
    answers: Shelf
    budget: Budget
    slots: Slots
    asks_again: int
    own_words: float = 0.0
    adds_result: bool = False
    refresh: bool = False

    def __post_init__(self) -> None:
        # A model in this process reads a paper's prompt once where nobody comes between its questions; elsewhere a
        # place is for one request, and while an answer is looked at another one is on its way.
        self._paper: AbstractAsyncContextManager[None] = (
            self.slots if self.model.endpoint.local else nullcontext()
        )
        self._request: AbstractAsyncContextManager[None] = (
            nullcontext() if self.model.endpoint.local else self.slots
        )

    async def answer(self, request: Request, paper: Paper, usage: Usage) -> Answer:
        """Return what holds of the model's answers to ``request``, and what is wrong with the rest.

        What is on disk is replayed before anything is asked. An answer of which something holds is asked
        again ``asks_again`` times in all, ever; one of which nothing holds, as often in each run: so the
        same command tries a failed paper again, and yet no request is ever sent twice. A TL;DR that can be drawn
        anew is, too, where it holds but gives none of the paper's figures, for one that gives some, and where the
        model is not sure of it, for a likelier one.

        Raises:
            PaperError: nothing holds, or the server refuses the request.
            ServiceError: the model cannot be reached or refuses the key.
            SetupError: the answer cannot be kept.
            StoppedError: the run is over.
            MaxCostReachedError: the next request could exceed the budget.
        """
        async with self._paper:
            return await self._answer(request, paper, usage)

    async def _answer(self, request: Request, paper: Paper, usage: Usage) -> Answer:
        best, fresh = Answer(), 0
        plain = request.schema is None  # plain text holds or not; the abstract's own words can stand in
        seen: set[str] = set()
        nothing: PaperError | None = None
        for attempt in itertools.count():
            key = key_of(request, self.model.endpoint)
            if key in seen:
                break  # the model repeats itself, and so would we
            seen.add(key)
            completion, asked = await self._completion(key, request, usage)
            fresh += asked
            try:
                answer = check(completion, request.template, paper, self.vocabulary, self.own_words)
            except PaperError as error:
                nothing, problem = error, str(error)
            else:
                if self.adds_result and "tldr" in answer.values:
                    answer.values["tldr"] = results.with_result(answer.values["tldr"], paper)
                _improve(best, answer, paper)
                problem = "; ".join(best.problems.values())
                nothing = (
                    None
                    if best.values
                    else PaperError("invalid_answer", f"nothing of the answer holds: {problem}")
                )
            if not problem and not (
                request.template.draws_at and _wants_better(best, request.template, paper)
            ):
                return best
            if (attempt if best.values or plain else fresh - 1) >= self.asks_again:
                break
            request = request.again(completion.content[:_LONGEST_RETORT], problem)
        if nothing and not best.values:
            if not plain:
                raise nothing
            best.problems = best.problems or dict.fromkeys(request.template.fields, str(nothing))
        return best

    async def _completion(self, key: str, request: Request, usage: Usage) -> tuple[Completion, bool]:
        """Return the completion for ``request``, and whether the model was asked for it."""
        completion = None if self.refresh else Completion.restored(self.answers.get(key))
        asked = completion is None
        if completion is None:
            async with self._request:
                reserved = await self.budget.reserve(request)
                try:
                    completion = await self.model.ask(request)
                    self.budget.pay(completion)
                finally:
                    self.budget.release(reserved)
                keeping = self.answers.keep(key, completion.as_json())
            await keeping  # on disk before anything else happens to it
        usage.fresh += asked
        usage.prompt_tokens += completion.prompt_tokens
        usage.completion_tokens += completion.completion_tokens
        if self.budget.price:
            usage.cost_usd = (usage.cost_usd or 0.0) + cost(completion, self.budget.price)
        return completion, asked


def _wants_better(answer: Answer, template: Template, paper: Paper) -> bool:
    """Return whether the TL;DR lacks the figures that the paper has, or the model is not sure of it."""
    lacks = not figures(answer.values.get("tldr", "")) and bool(figures(paper.abstract or ""))
    return lacks or (
        answer.logprob is not None and template.sure_at is not None and answer.logprob < template.sure_at
    )


def _worth(answer: Answer, paper: Paper) -> tuple[bool, float]:
    """Return what makes one TL;DR better than another: a figure, then that it is likely and from one place."""
    sentence = answer.values["tldr"]
    if answer.logprob is None:
        return bool(figures(sentence)), 0.0
    together = grounding.told_in_one_place(sentence, paper.title, paper.abstract or "")
    return bool(figures(sentence)), answer.logprob + _ONE_PLACE * together


def _improve(best: Answer, answer: Answer, paper: Paper) -> None:
    """Put into ``best`` what ``answer`` adds; what held before stays."""
    for name, value in answer.values.items():
        if name == "efficiency_gains":
            best.values[name] = gains.merge(best.values.get(name, ()), value)
        elif name == "tldr" and (name not in best.values or _worth(answer, paper) > _worth(best, paper)):
            best.values[name], best.logprob = value, answer.logprob
        else:
            best.values.setdefault(name, value)
    # A field of which only a part holds (a list of gains) keeps its problem until an answer has none.
    best.problems = {
        name: problem
        for name, problem in answer.problems.items()
        if name not in best.values or name in answer.values
    }
