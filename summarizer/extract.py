"""What can be read from a paper's own words without a model."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from summarizer import candidates, naming
from summarizer.checks import LONGEST_TLDR, tldr
from summarizer.records import Paper
from summarizer.text import sentences, words

if TYPE_CHECKING:
    from summarizer.prompts import FieldName
    from summarizer.vocabulary import Vocabulary

# Where a long sentence may end early and still be true: before what is only added.
_ADDITION = re.compile(
    r"[,;:]? (?=which |where |while |whereas |thereby |thus |achieving |enabling |allowing |leading to )|[;:] "
)


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

    A sentence that is too long is ended before an addition ("…, which …"): its words stay the authors'.
    """
    ranked = sorted(sentences(paper.abstract or ""), key=lambda text: -_worth(text))
    for text in ranked:
        for shorter in _shortenings(text):
            try:
                return tldr(shorter, paper)
            except ValueError:
                continue
    return None


def _worth(text: str) -> float:
    announces = candidates.ANNOUNCEMENT.search(text) is not None
    return 2.0 * announces - abs(len(words(text)) - 22) / 22


def _shortenings(text: str) -> list[str]:
    ends = [match.start() for match in _ADDITION.finditer(text)]
    shorter = [text[:end] for end in reversed(ends)]
    return [text, *(part for part in shorter if len(words(part)) <= LONGEST_TLDR)]
