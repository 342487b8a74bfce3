"""The records that everything else passes on: papers in, results and failures out."""

from __future__ import annotations

import datetime as dt
import hashlib
import re
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

_VERSION = re.compile(r"v(?<=\dv)\d+$")  # its letter first: patterns are looked for by what they begin with
_NO_LETTER = re.compile(r"[\W_]+")

Resource = Literal["samples", "data", "compute", "time", "memory", "parameters", "labels", "queries", "other"]
"""What a gain in efficiency saves."""


class _Record(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Paper(_Record):
    """A paper as its source gave it. What the source did not say is ``None``.

    ``id`` is an arXiv id without its version, a DOI, or whatever the source calls the paper;
    ``author_count`` may be known where the names are not; ``source`` is the kind of input
    (``page``, ``jsonl``, ``json``, …); ``comments`` counts comments on the page it came from.
    """

    id: str | None = None
    title: str
    abstract: str | None = None
    authors: tuple[str, ...] = ()
    author_count: int | None = None
    published: dt.date | None = None
    url: str | None = None
    source: str = "unknown"
    comments: int | None = None

    @property
    def key(self) -> str:
        """What makes two records the same paper: the id where there is one, else the title's letters."""
        if self.id:
            return _VERSION.sub("", self.id.strip().lower())
        return self.title_key

    @property
    def title_key(self) -> str:
        """The key of a paper of this title that has no id."""
        letters = _NO_LETTER.sub("", self.title.casefold()) or self.title
        return "title-" + hashlib.sha256(letters.encode()).hexdigest()[:16]

    @property
    def text(self) -> str:
        """Title and abstract: everything that a number in a summary may come from."""
        return f"{self.title}\n{self.abstract or ''}"


class Gain(_Record):
    """A gain in efficiency that the authors claim for their own work.

    ``quote`` stands verbatim in the abstract, white space aside. ``factor`` is how many times better
    (> 1), derived by code from the quote's own figures, ``None`` where the quote gives none.
    """

    quote: str
    resource: Resource
    factor: float | None = Field(default=None, gt=1)
    baseline: str | None = None


class Tags(_Record):
    """What a paper is about; each tag is ``None`` where no valid answer was given."""

    domain: str | None = None
    contribution: str | None = None
    method: str | None = None
    efficiency_gains: tuple[Gain, ...] = ()


class MadeBy(_Record):
    """Which model and prompts a result comes from, and what it took.

    Tokens are summed over all requests of the paper, those that were asked again included;
    ``cost_usd`` is ``None`` where the model's price is not known.
    """

    model: str
    prompt: str
    cached: bool
    prompt_tokens: int
    completion_tokens: int
    cost_usd: float | None = None


class Result(_Record):
    """A paper that was done. ``warnings`` say what was left out or shortened, and why."""

    paper: Paper
    tldr: str | None
    tags: Tags
    warnings: tuple[str, ...] = ()
    made_by: MadeBy


class Problem(_Record):
    """Why a paper was not done: a stable word for scripts and a sentence for people."""

    kind: str
    message: str


class Failure(_Record):
    """A paper that could not be done keeps its place among the results."""

    paper: Paper
    error: Problem


Record = Result | Failure
RECORD: TypeAdapter[Record] = TypeAdapter(Annotated[Record, Field(union_mode="left_to_right")])
"""Reads and writes either of them. No record can be both, so that one which is a result need not be tried further."""
