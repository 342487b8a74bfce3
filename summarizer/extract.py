"""What can be read from a paper's own words without a model."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from summarizer import candidates, naming
from summarizer.checks import tldr
from summarizer.records import Paper
from summarizer.text import figures, sentences, words

if TYPE_CHECKING:
    from summarizer.prompts import FieldName
    from summarizer.vocabulary import Vocabulary

# "To this end, we propose FoldNet (Fold Net), a planner that …", "This paper presents Fold Search, which plans …"
_ANNOUNCED = re.compile(
    r"\b(?:[Ww]e|[Tt]his (?:paper|work|report|study)) (?:\w+ly |also |then )?"
    r"(?:propose|introduce|present|develop|design|devise|release|build)s?"
    r" (?P<name>[A-Z][\w.+^-]*(?: (?:(?:and|for|in|of|the|to|via|with) )?[A-Z][\w.+^-]*){0,7})"
    r"(?P<short> \([^()]{1,80}\))?, (?:(?P<what>(?:an?|the first) .+)|which (?P<does>[a-z]+s .+))"
)
# "To address this, we …", "In this paper, we …": the words before the comma lead on from what was said.
_LEAD = re.compile(
    r"(?:(?:To \w+ (?:this|these|that|those|such|it)\b[^,]{0,60}|To (?:this|that) end"
    r"|[Ii]n this (?:paper|work|study|article)|(?:Motivated|Inspired|Guided|Driven) by [^,]{1,60}"
    r"|(?:Based|Building) (?:up)?on (?:this|these|that|those|the above|our)\b[^,]{0,60}|As a first step[^,]{0,60}"
    r"|First|Here|Hence|Thus|Therefore|Then|In response), )+(?=we |this )"
)
# "…, a planner for robots, and show that it folds": from there on the authors are the subject again.
_OURS_AGAIN = re.compile(
    r"^(?P<what>[^,]+), and (?:also |further |then )?"
    r"(?:conduct|demonstrate|evaluate|find|introduce|present|propose|provide|release|show|use|validate)\b"
)
_LIST = re.compile(r":? \((?:1|i|a)\) .*")
# A sentence that goes on from another one, or says what others did.
_CONNECTED = re.compile(
    r"(?:However|Yet|Instead|Then|Next|Also|Finally|In addition|Moreover|Furthermore|Additionally|In contrast"
    r"|To enforce|Recent|Existing|Overall|Previous|While|Although|Despite|For example|For instance|It|Its|They|Their"
    r"|These|Those)\b"
    r"|(?:[Ww]e|I) (?:then|first|also|further|next|additionally|finally|extend)\b"
)
# A sentence of what they did: on labelled abstracts such a one, with a figure, is nearest to the gold sentence.
_OWN = re.compile(r"\b(?:we|our|this (?:paper|work|study|survey|report|article))\b", re.IGNORECASE)


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

    A sentence that is too long is ended early, where it is still true: its words stay the authors', but that
    "we propose FoldNet, a planner" becomes "FoldNet is a planner".
    """
    for text in sorted(sentences(paper.abstract or ""), key=_worth, reverse=True):
        try:
            return tldr(_stated(text), paper)
        except ValueError:
            continue
    return None


def _worth(text: str) -> float:
    announces = candidates.ANNOUNCEMENT.search(text) is not None
    named = _ANNOUNCED.search(text) is not None
    connected = _CONNECTED.match(_LEAD.sub("", text)) is not None
    told = 0.6 * (_OWN.search(text) is not None) + 0.3 * bool(figures(text))
    return 2.0 * announces + 1.0 * named + told - 1.5 * connected - abs(len(words(text)) - 22) / 22


def _stated(text: str) -> str:
    """Return ``text`` without the words that lead to "we propose", and what is proposed there as a statement."""
    text = _LIST.sub("", text)
    rest = _LEAD.sub("", text)
    if found := _ANNOUNCED.search(text):
        name = found["name"]
        if " " in name:
            name += found["short"] or ""
        if found["does"]:
            return f"{name} {found['does']}"
        again = _OURS_AGAIN.match(found["what"])
        return f"{name} is " + (f"{again['what']}." if again else found["what"])
    return text if rest == text else rest[:1].upper() + rest[1:]
