"""From a paper to its result: what is asked of the model and what code reads itself, put together."""

from __future__ import annotations

from typing import TYPE_CHECKING

from summarizer import extract, gains, results, tokens
from summarizer.asking import Asker, Usage
from summarizer.checks import Answer
from summarizer.errors import DeferredError, PaperError
from summarizer.records import MadeBy, Paper, Result, Tags

if TYPE_CHECKING:
    from summarizer.cache import Cache
    from summarizer.costs import Budget
    from summarizer.model import Model
    from summarizer.pace import Slots
    from summarizer.prompts import Prompts

_SLACK_TOKENS = 64
_FEWEST_TOKENS = 128
_HALVINGS = 3


class Maker:
    """Makes results with one model, the way its profile in ``prompts`` says."""

    def __init__(
        self,
        model: Model,
        prompts: Prompts,
        cache: Cache,
        budget: Budget,
        slots: Slots,
        *,
        refresh: bool = False,
    ) -> None:
        self.model = model
        self.prompts = prompts
        self.folder = cache.folder
        self.profile = prompts.profile(model.name)
        self._version = prompts.version(self.profile)
        self._asker = Asker(
            model,
            prompts.vocabulary,
            cache.answers,
            budget,
            slots,
            self.profile.asks_again,
            self.profile.own_words,
            self.profile.adds_result,
            refresh,
        )
        self._rooms = {name: self._room(name) for name in self.profile.requests}

    async def result(self, paper: Paper) -> Result:
        """Return the result of ``paper``.

        Raises:
            PaperError: it has no abstract, or nothing of the answers holds.
            ServiceError: the model cannot be reached or refuses the key.
            SetupError: answers cannot be kept.
            StoppedError: the run is over.
            MaxCostReachedError: the next request could exceed the budget.
        """
        if not paper.abstract:
            raise PaperError("no_abstract", "the source gives no abstract; there is nothing to summarise")
        answer, warnings, usage = Answer(), [], Usage()
        deferred: DeferredError | None = None
        for name in self.profile.requests:
            try:
                part, cut = await self._answered(name, paper, usage)
            except DeferredError as error:
                deferred = error  # the other requests can go into the same batch
                continue
            answer.values |= part.values
            answer.problems |= part.problems
            if cut and cut not in warnings:
                warnings.append(cut)
        if deferred:
            raise deferred
        values = {**extract.fields(self.profile.from_text, paper, self.prompts.vocabulary), **answer.values}
        warnings += [f"{problem}: left out" for name, problem in answer.problems.items() if name != "tldr"]
        tldr = values.get("tldr")
        if tldr is None:
            tldr = extract.sentence(paper)
            instead = "the TL;DR is the abstract's own sentence" if tldr else "there is no TL;DR"
            problem = answer.problems.get("tldr", "").removeprefix("tldr: ")
            warnings.append(f"{instead}, since the model's cannot be used: {problem}")
            if tldr and self.profile.adds_result:
                tldr = results.with_result(tldr, paper)
        return Result(
            paper=paper,
            tldr=tldr,
            tags=Tags(
                domain=values.get("domain"),
                contribution=values.get("contribution"),
                method=values.get("method"),
                efficiency_gains=gains.merge(gains.find(paper.abstract), values.get("efficiency_gains", ())),
            ),
            warnings=tuple(warnings),
            made_by=MadeBy(
                model=self.model.name,
                prompt=self._version,
                cached=not usage.fresh,
                prompt_tokens=usage.prompt_tokens,
                completion_tokens=usage.completion_tokens,
                cost_usd=usage.cost_usd,
            ),
        )

    async def _answered(self, name: str, paper: Paper, usage: Usage) -> tuple[Answer, str | None]:
        """Ask template ``name`` about ``paper``; say so where its abstract was cut to what the model reads."""
        room = self._rooms[name]
        for halving in range(_HALVINGS + 1):
            shorter, cut = self._shortened(paper, room)
            try:
                return await self._asker.answer(self.prompts.render(name, shorter), paper, usage), cut
            except PaperError as error:
                if error.kind != "too_long" or halving == _HALVINGS:
                    raise
                room //= 2  # the server reads less at once than the profile says
        raise AssertionError("unreachable")

    def _room(self, name: str) -> int:
        """Return the tokens that template ``name`` leaves for the abstract."""
        template = self.prompts.templates[name]
        fixed = self.prompts.render(name, Paper(title="", abstract="")).messages
        # An answer that is asked again comes back as part of the prompt, hence twice.
        spoken_for = sum(len(message["content"]) for message in fixed) // 3 + 2 * template.max_tokens
        return max(self.profile.context_tokens - spoken_for - _SLACK_TOKENS, _FEWEST_TOKENS)

    def _shortened(self, paper: Paper, room: int) -> tuple[Paper, str | None]:
        whole = paper.abstract or ""
        head = tokens.cut(whole, room, self.folder / "tiktoken")
        if head is None:
            return paper, None
        said = (
            f"the abstract was cut to its first {len(head):,} of {len(whole):,} characters to fit the model"
        )
        return paper.model_copy(update={"abstract": head}), said
