"""What the program can say by itself about a paper: its likeliest domains and kinds of contribution.

The rankings let a small model choose among three or four words instead of eighteen, and stand in where no
model gives a valid answer.
"""

from __future__ import annotations

import math
import re
from collections import defaultdict
from collections.abc import Sequence

from summarizer.records import Paper
from summarizer.text import sentences
from summarizer.vocabulary import WORD, Choice, Cues, Vocabulary

ANNOUNCEMENT = re.compile(
    r"\b(?:[Ww]e|[Tt]his (?:paper|work|study|article|thesis|report|survey|review))(?:,? [a-z'-]+,?){0,3}? "
    r"(?:propose|introduce|present|develop|design|devise|describe|release|build|construct|create|contribute"
    r"|formulate|establish|unveil|provide|offer|put forward|open-source|study|investigate|analy[sz]e|examine"
    r"|explore|evaluate|show|prove|address|formalize|ask|conduct|compare|review|survey)s?\b"
)
"""In "we propose", "this paper then shows": the sentence says what the authors did, not what is known."""

# What a cue counts for where it stands. Background tells the domain nearly as well as the rest does, but
# the contribution stands in the title and right behind "we propose", "we study" and the like.
_TITLE = 3.0
_OWN_SENTENCE = 1.5
_BACKGROUND = 1.0
_ANNOUNCED_FIRST = 3.0
_ANNOUNCED_LATER = 1.0
_ANNOUNCED_WORDS = 18
_ELSEWHERE = 0.3
# A cue that counts for this much has half its weight: being said again adds less and less.
_HALF = 2.0
# So much more evidence makes a choice e times as likely; fitted by eye to labelled abstracts.
_SCALE = 4.0


def rank_domains(paper: Paper, vocabulary: Vocabulary) -> list[tuple[str, float]]:
    """Return every domain of ``vocabulary`` and its share of the evidence (they sum to 1), best first."""
    passages = [
        (_words(sentence), _OWN_SENTENCE if ANNOUNCEMENT.search(sentence) else _BACKGROUND)
        for sentence in sentences(paper.abstract or "")
    ]
    passages.append((_words(paper.title), _TITLE))
    return _ranked(vocabulary.domain, _mentions(vocabulary.domain_cues, passages))


def rank_contributions(paper: Paper, vocabulary: Vocabulary) -> list[tuple[str, float]]:
    """Return every kind of contribution and its share of the evidence (they sum to 1), best first."""
    passages = [(_words(paper.title), _TITLE)]
    worth = _ANNOUNCED_FIRST
    for sentence in sentences(paper.abstract or ""):
        if own := ANNOUNCEMENT.search(sentence):
            words = _words(sentence[own.start() :])
            passages.append((words[:_ANNOUNCED_WORDS], worth))
            passages.append((words[_ANNOUNCED_WORDS:], _ELSEWHERE))
            worth = _ANNOUNCED_LATER
        else:
            passages.append((_words(sentence), _ELSEWHERE))
    return _ranked(vocabulary.contribution, _mentions(vocabulary.contribution_cues, passages))


def _words(text: str) -> list[str]:
    return WORD.findall(text.lower())


def _mentions(cues: Cues, passages: Sequence[tuple[list[str], float]]) -> list[tuple[int, float]]:
    """Return the place of the choice that each cue found speaks for, and how much the cue weighs."""
    counts: defaultdict[tuple[tuple[str, ...], int, int], float] = defaultdict(float)
    for words, worth in passages:
        for cue in cues.find(words):
            counts[cue] += worth
    return [(place, weight * count / (count + _HALF)) for (_, place, weight), count in counts.items()]


def _ranked(choices: Sequence[Choice], mentions: Sequence[tuple[int, float]]) -> list[tuple[str, float]]:
    scores = [choice.prior for choice in choices]
    for place, score in mentions:
        scores[place] += score
    shares = [math.exp((score - max(scores)) / _SCALE) for score in scores]
    total = sum(shares)
    # Sorting is stable: what the evidence does not tell apart stays in the vocabulary's order.
    order = sorted(range(len(choices)), key=lambda place: -shares[place])
    return [(choices[place].name, shares[place] / total) for place in order]
