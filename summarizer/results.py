"""What came of the work, in the authors' own words: the clause with the main result, fit to end a sentence.

"Experiments show that FoldNet reduces latency by 40%" becomes "reducing latency by 40%". Only the form of the
verb changes, and only where the subject is what the authors made, so that what is said stays what they said.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from summarizer import naming
from summarizer.checks import LONGEST_TLDR, SHORTEST_HEAD, tldr
from summarizer.records import Paper
from summarizer.text import figures, sentences, words

_VERBS = {
    "accelerate": "accelerating",
    "achieve": "achieving",
    "attain": "attaining",
    "beat": "beating",
    "boost": "boosting",
    "cut": "cutting",
    "decrease": "decreasing",
    "deliver": "delivering",
    "enhance": "enhancing",
    "exceed": "exceeding",
    "gain": "gaining",
    "improve": "improving",
    "increase": "increasing",
    "lower": "lowering",
    "maintain": "maintaining",
    "match": "matching",
    "obtain": "obtaining",
    "outperform": "outperforming",
    "raise": "raising",
    "reach": "reaching",
    "recover": "recovering",
    "reduce": "reducing",
    "retain": "retaining",
    "save": "saving",
    "surpass": "surpassing",
    "yield": "yielding",
}
_THIRD = {verb + ("es" if verb.endswith(("ch", "ss")) else "s"): gerund for verb, gerund in _VERBS.items()}
_GERUNDS = "|".join(_VERBS.values())
_ADVERBS = r"(?:(?:also|further|even|\w+ly) )*"
# What the authors made, as the subject: by its name, or pointed at.
_OURS = (
    r"^It|\b[Oo]ur (?:[\w-]+ ){0,2}?[\w-]+|\b[Tt]he (?:proposed|resulting) (?:[\w-]+ ){0,1}[\w-]+"
    r"|\b[Tt]his (?:approach|method|framework|model|strategy|technique|design|system|algorithm|pipeline)"
)
_PARTICIPLE = re.compile(rf", (?P<clause>{_ADVERBS}(?:{_GERUNDS}) .+)")
# After these somebody else may be the subject.
_CONTRAST = re.compile(r"\b(?:while|whereas|but|than)\b|;")
# Where the clause must end: before what is said of another subject, or in another form of the verb.
_OTHER = re.compile(
    rf",? and (?:\w+ly )?(?:{'|'.join(_THIRD)}|{'|'.join(_VERBS)}|\w+es)\b"
    r"|[;:] |,? (?=while (?!\w+ing\b)|whereas |which |where |and (?:[\w-]+ ){1,4}(?:yields|shows|is|are) )"
    r"|,? (?:thereby|thus|demonstrating|highlighting|establishing|showing|indicating|suggesting|underscoring|validating"
    r"|showcasing) "
)
# Where it may end too and still be true, surest places first.
_ENDS = (
    re.compile(r", (?!\d|and \d)|,? (?=and \w+ing )"),
    re.compile(
        r" (?=over |compared |relative |while |when |with(?:out)? |across |at |under |on |for |in |and )"
    ),
)
_ASIDE = re.compile(r"\s?\([^()]*\)")
_TOLD = re.compile(rf"\b(?:{_GERUNDS}|{'|'.join(_THIRD)})\b")
# What a sentence adds at its end, and is whole without.
_ADDITION = re.compile(r", (?:which|where|while|thereby|thus|(?:\w+ly )?\w+ing) |(?<=\w) (?=by \w+ing )")
SHORTEST, LONGEST = 3, 16
"""Words of a result."""
BRIEF = 20
"""Words of a TL;DR that has room for a result without a figure."""


def results(paper: Paper) -> list[str]:
    """Return the results that the authors claim for their own work, the one that says most in figures first."""
    name = next(iter(naming.methods(paper)), None)
    found = [
        (bool(figures(text)), -place, text)
        for place, sentence in enumerate(reversed(sentences(paper.abstract or "")))
        for text in _clauses(sentence, name)
    ]
    return [text for *_, text in sorted(found, key=lambda entry: entry[:2], reverse=True)]


def _clauses(sentence: str, name: str | None) -> Iterator[str]:
    sentence = _ASIDE.sub("", sentence)
    ours = f"{_OURS}|\\b{re.escape(name)}" if name else _OURS
    third = "|".join(_THIRD)
    for said in re.finditer(rf"(?:{ours}) (?P<adverbs>{_ADVERBS})(?P<verb>{third}) (?P<rest>.+)", sentence):
        adverbs = re.sub(r"\b(?:also|further) ", "", said["adverbs"])
        rest = re.sub(rf"^(or|and) ({third})\b", lambda more: f"{more[1]} {_THIRD[more[2]]}", said["rest"])
        yield from _ended(f"{adverbs}{_THIRD[said['verb']]} {rest}")
    subject = re.search(rf"(?:{ours}) (?P<rest>.+)", sentence)
    if subject and not _CONTRAST.search(subject["rest"]):
        for added in _PARTICIPLE.finditer(subject["rest"]):
            yield from _ended(added["clause"])


def _ended(clause: str) -> Iterator[str]:
    """Yield ``clause``, ended where it can be so that it is short enough, if it can."""
    clause = _OTHER.split(clause, maxsplit=1)[0].rstrip(" .,;:")
    heads = [clause]
    for ends in _ENDS:
        heads += [clause[: match.start()].rstrip(" ,;:") for match in reversed(list(ends.finditer(clause)))]
    for head in heads:
        if SHORTEST <= len(words(head)) <= LONGEST and bool(figures(head)) >= bool(figures(clause)):
            yield head
            return


def with_result(sentence: str, paper: Paper) -> str:
    """Return the TL;DR ``sentence`` with the paper's main result behind it, where it gives no figure and has room.

    For a result with a figure the sentence gives up what it adds at its end; one without goes behind a short
    sentence that tells of no result.
    """
    if figures(sentence):
        return sentence
    brief = len(words(sentence)) < BRIEF and not _TOLD.search(sentence)
    for clause in results(paper):
        room = LONGEST_TLDR - len(words(clause))
        if figures(clause):
            head = _head(sentence.rstrip("."), room)
        else:
            head = sentence.rstrip(".") if brief and len(words(sentence)) <= room else None
        if head:
            try:
                return tldr(f"{head}, {clause}.", paper)
            except ValueError:
                continue  # the authors' own words are not always fit for a summary
    return sentence


def _head(sentence: str, room: int) -> str | None:
    """Return ``sentence`` in at most ``room`` words, ended at the last place where it can be, or ``None``."""
    if len(words(sentence)) <= room:
        return sentence
    for match in reversed(list(_ADDITION.finditer(sentence))):
        head = sentence[: match.start()]
        if SHORTEST_HEAD <= len(words(head)) <= room:
            return head
    return None
