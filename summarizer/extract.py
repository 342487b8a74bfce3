"""What can be read from a paper's own words without a model."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from summarizer import candidates, naming
from summarizer.checks import tldr
from summarizer.records import Paper
from summarizer.text import sentences, words

if TYPE_CHECKING:
    from summarizer.prompts import FieldName
    from summarizer.vocabulary import Vocabulary


def fields(names: Sequence[FieldName], paper: Paper, vocabulary: Vocabulary) -> dict[FieldName, Any]:
    """Return the values of those of ``names`` that the paper's words give."""
    found: dict[FieldName, Any] = {}
    if "domain" in names:
        found["domain"] = candidates.rank_domains(paper, vocabulary)[0][0]
    if "contribution" in names:
        found["contribution"] = candidates.rank_contributions(paper, vocabulary)[0][0]
    if "method" in names:
        found["method"] = next(iter(naming.methods(paper)), None)
    return found


def sentence(paper: Paper) -> str | None:
    """Return the sentence of the abstract that says best what is new, fit to be a TL;DR, or ``None``.

    A sentence that is too long is ended early, where it is still true: its words stay the authors'.
    """
    for text in sorted(sentences(paper.abstract or ""), key=_worth, reverse=True):
        try:
            return tldr(text, paper)
        except ValueError:
            continue
    return None


def _worth(text: str) -> float:
    announces = candidates.ANNOUNCEMENT.search(text) is not None
    return 2.0 * announces - abs(len(words(text)) - 22) / 22
