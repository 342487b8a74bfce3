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
    r"\b(?:[Ww]e|I|[Tt]his (?:paper|work|study|article|thesis|report|survey|review))(?:,? [a-z'-]+,?){0,3}? "
    r"(?:propose|introduce|present|develop|design|devise|describe|release|build(?! up| on)|construct|create"
    r"|contribute|formulate|establish|unveil|provide|offer|put forward|open-source|study|investigate|analy[sz]e|examine"
    r"|explore|evaluate|show|prove|address|formalize|ask|conduct|compare|review|survey|give|derive)s?\b"
)
"""In "we propose", "this paper then shows": the sentence says what the authors did, not what is known."""

# What a cue counts for where it stands. Background tells the domain nearly as well as the rest does, but
# the contribution stands in the title and right behind "we propose", "we study" and the like.
_MAKES = re.compile(
    r".*\b(?:propose|introduce|present|develop|design|devise|release|build|construct|create|contribute|formulate)s?$"
)
# What the authors found is what a paper gives that makes nothing.
_FINDS = re.compile(r"\b(?:[Ww]e|I)(?: [a-z]+ly| also| then)? (?:find|found|observed?|argue|report)\b")

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
    spoken = [(sentence, ANNOUNCEMENT.search(sentence)) for sentence in sentences(paper.abstract or "")]
    # A paper that asks first and proposes then has said what it is only with the second.
    made = next((own for _, own in spoken if own and _MAKES.match(own.group())), None)
    first = made or next((own for _, own in spoken if own), None)
    for sentence, own in spoken:
        if own:
            words = _words(sentence[own.start() :])
            passages.append(
                (words[:_ANNOUNCED_WORDS], _ANNOUNCED_FIRST if own is first else _ANNOUNCED_LATER)
            )
            passages.append((words[_ANNOUNCED_WORDS:], _ELSEWHERE))
        else:
            finds = made is None and _FINDS.search(sentence)
            passages.append((_words(sentence), _ANNOUNCED_LATER if finds else _ELSEWHERE))
    return _ranked(vocabulary.contribution, _mentions(vocabulary.contribution_cues, passages))


def _words(text: str) -> list[str]:
    return WORD.findall(text.lower())


def _mentions(cues: Cues, passages: Sequence[tuple[list[str], float]]) -> list[tuple[int, float]]:
    """Return the place of the choice that each cue found speaks for, and how much the cue weighs."""
    counts: defaultdict[int, float] = defaultdict(float)
    for words, worth in passages:
        for number in cues.find(words):
            counts[number] += worth
    found = ((cues.all[number], count) for number, count in counts.items())
    return [(cue.place, cue.weight * count / (count + _HALF)) for cue, count in found]


def _ranked(choices: Sequence[Choice], mentions: Sequence[tuple[int, float]]) -> list[tuple[str, float]]:
    scores = [choice.prior for choice in choices]
    for place, score in mentions:
        scores[place] += score
    shares = [math.exp((score - max(scores)) / _SCALE) for score in scores]
    total = sum(shares)
    # Sorting is stable: what the evidence does not tell apart stays in the vocabulary's order.
    order = sorted(range(len(choices)), key=lambda place: -shares[place])
    return [(choices[place].name, shares[place] / total) for place in order]
