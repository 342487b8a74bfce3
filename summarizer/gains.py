"""Gains in efficiency that authors claim for their own work: found in an abstract, and merged."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import chain, islice, pairwise
from typing import NamedTuple

from summarizer.factor import Figure, factor, figures, has_figure, plain
from summarizer.passages import baseline, baselines, clauses, figure_word, place, trimmed
from summarizer.records import Gain
from summarizer.resources import names_resource, resource
from summarizer.text import sentences
from summarizer.wording import (
    NEEDS,
    absolute,
    beats,
    certain,
    continues,
    dangles,
    denied,
    hangs,
    may_tell,
    restates,
    savings,
    shares,
    states_gain,
)

__all__ = ["find", "merge", "resource", "states_gain"]

_OWN = re.compile(
    r"\b(?:we|our|ours|us|in this (?:paper|work|study|article|report)|this (?:paper|work|study|article|"
    r"report|thesis)|"
    r"here,|is (?:proposed|introduced|presented))\b",
    re.IGNORECASE,
)
_BACKGROUND = re.compile(
    r"^(?:however, |recently, |although |while |despite )?(?:many |most |some |these |the |"
    r"such )?(?:existing|prior|previous|recent|current|conventional|traditional|standard|typical|classical|"
    r"earlier)\b(?!.*\b(?:we|our|"
    r"ours|this paper)\b)",
    re.IGNORECASE,
)

_UNLIKE = re.compile(r"(?:unlike|in contrast to|as opposed to)\b")

_JOINT = re.compile(r",? (?:(?:and|or) )?(?:(?:up to|over|about|nearly) )?")
_STUB = re.compile(r"(?:even|in|at|within|under|for)\b(?:\s+\S+){1,5}$")
# "at a 6x horizon": where, when or how, between the gains of an enumeration.
_ADVERBIAL = re.compile(r"(?:at|on|for|under|in|across) [^%]*$")
_PLAIN = re.compile(r"\D+\s\D+\s\D+")
_MOST = 100
"""No abstract claims as many gains; a text that does is not an abstract, and reading it stops there."""
_LONG = 40
"""Words at most in a quote."""
_LISTED = 8
"""Figures at most that a clause lists; more are no sentence."""


def find(abstract: str) -> list[Gain]:
    """Return the gains with figures that ``abstract`` claims for its authors' own work, headline first.

    Only what the language makes certain: background, gains in quality, sizes and counts are left out. Gains
    with a factor come before absolute figures ("in only 8 steps"); each keeps the order of the text.
    """
    lines = sentences(abstract)
    own = next((index for index, line in enumerate(lines) if _OWN.search(line)), 0)
    found = chain.from_iterable(
        _gains(line)
        for line in lines[own:]
        if has_figure(line) and may_tell(plain(line)) and not _BACKGROUND.match(line)
    )
    return list(merge(list(islice(found, _MOST)), ()))


def merge(found: Sequence[Gain], proposed: Sequence[Gain]) -> tuple[Gain, ...]:
    """Return both without doubles, headline first: gains with a factor, then the others, each in their order.

    Of two gains whose quotes overlap the first is kept; a baseline that it lacks comes from the other.
    """
    kept: list[Gain] = []
    for gain in (*found, *proposed):
        twin = next((index for index, other in enumerate(kept) if _same(gain, other)), None)
        if twin is None:
            kept.append(gain)
        elif gain.baseline:
            kept[twin] = _compared(kept[twin], gain.baseline)
    return tuple(sorted(kept, key=lambda gain: gain.factor is None))


def _same(gain: Gain, other: Gain) -> bool:
    a, b = (set(re.findall(r"\w+", each.quote.lower())) for each in (gain, other))
    if gain.factor and other.factor and gain.factor != other.factor:
        return False
    if gain.resource != other.resource and (not (a <= b or b <= a) or _told_twice(gain, other)):
        return False
    alike = 0.5 if gain.factor and gain.factor == other.factor else 0.6
    return len(a & b) >= alike * max(1, min(len(a), len(b)))


def _told_twice(gain: Gain, other: Gain) -> bool:
    """Tell whether the longer quote has the factor twice: "3x faster and 3x smaller"."""
    longer = max(gain.quote, other.quote, key=len)
    return [figure.factor for figure in figures(plain(longer))].count(gain.factor or 0.0) > 1


class _Clause(NamedTuple):
    """A clause: where it stands in its sentence, and its plain text."""

    start: int
    end: int
    text: str


def _gains(sentence: str) -> list[Gain]:
    """Judge a sentence clause by clause."""
    parts = [_Clause(start, end, plain(sentence[start:end])) for start, end in clauses(sentence)]
    gains: list[Gain] = []
    head, run = None, 0
    for index, (start, end, text) in enumerate(parts):
        if len(gains) >= _MOST:
            break
        passage = _passage(sentence, parts, index, head)
        if passage is None:
            head = head if _ADVERBIAL.match(text) else None
            continue
        first, last = passage
        told = list(_told(sentence[first:last], _count(sentence[first:start]), sentence[last : last + 80]))
        if index and _STUB.match(told[0].quote) and _PLAIN.fullmatch(sentence[slice(*parts[index - 1][:2])]):
            # "… generates images / in only 4 steps": not to be understood without its verb.
            whole = trimmed(sentence[parts[index - 1].start : end])
            told[0] = told[0].model_copy(update={"quote": whole, "factor": factor(whole)})
        if first < start and gains and gains[-1].factor is None and restates(text):
            gains.pop()  # "using only 2M tokens | - a 6x reduction": one gain
        if not re.match(r"and\b|\d", text) and not sentence[max(0, start - 5) : start].endswith("and "):
            run = len(gains)
        gains += told
        if told[0].baseline:
            # "2x faster and 3x smaller than BERT": both are compared with it.
            gains[run:] = [_compared(gain, told[0].baseline) for gain in gains[run:]]
        head = start if head is None or first == start else head
    return gains


def _passage(sentence: str, parts: Sequence[_Clause], index: int, head: int | None) -> tuple[int, int] | None:
    """Return where the gain that a clause tells starts and ends, or ``None``: other clauses may belong to it.

    ``head`` is where the first gain of an enumeration starts that the clause may go on with.
    """
    clause, before = parts[index], parts[max(0, index - 2) : index]
    if denied(clause.text) or (
        before and _UNLIKE.match(before[-1].text) and clause.text.startswith("which ")
    ):
        return None
    first = clause.start if certain(clause.text) else None
    if first is None and head is not None and continues(clause.text):
        first = _joined(sentence, head, clause)
    if first is None and beats(sentence[max(0, clause.start - 250) : clause.end], clause.text):
        first = clause.start if NEEDS.search(clause.text) or not before else before[-1].start
    if first is None and before and dangles(clause.text):
        # "… reduces time, memory, and cost by 40%": the verb stands in a clause before.
        start = before[0].start if head is None or not factor(clause.text) else clause.start
        first = start if head is not None or certain(plain(sentence[start : clause.end])) else None
    if first is None and hangs(clause.text):
        # What stands between may be an aside, hence each by itself.
        first = next((part.start for part in before if certain(f"{part.text} {clause.text}")), None)
    if first is not None:
        return first, clause.end
    following = parts[index + 1] if index + 1 < len(parts) else None
    return (clause.start, following.end) if following and shares(clause.text, following.text) else None


def _compared(gain: Gain, baseline: str) -> Gain:
    return gain if gain.baseline else gain.model_copy(update={"baseline": baseline})


def _joined(sentence: str, head: int, clause: _Clause) -> int | None:
    """Return where the quote of a clause that continues another starts; ``None`` where it tells no gain.

    "cuts cost by 17% relative to A | and 80% relative to B": the second is not to be read without the first.
    """
    start, end, text = clause
    if factor(text) and names_resource(text):
        return start
    if len(sentence[head:end].split()) > _LONG:
        return start if restates(text) else None
    if restates(text):
        return head
    before = plain(sentence[head:start])
    marks = list(figures(before))
    if not marks:
        return None
    multiples = before[marks[-1].end - 1] == "x" and bool(re.match(r"[^%]*?\dx", text))
    pointed = savings(before) and _count(sentence[head:end]) > len(marks)
    return head if multiples or pointed else None


def _count(text: str) -> int:
    return len(figures(plain(text)))


def _told(text: str, skipped: int, after: str) -> Iterator[Gain]:
    """Yield a gain for every figure of ``text`` that tells one, each with a quote of its own.

    The first ``skipped`` figures are not asked for: clauses before have told them. ``after`` is what follows
    in the sentence, for a list of names may go on there.
    """
    clause = plain(text)
    all_figures = list(figures(clause))
    asked = [nth for nth in savings(clause) if nth >= skipped] or [skipped]
    if len(asked) == 1:
        asked = _listed(clause, all_figures, asked[0])
    asked = asked[:_LISTED]
    if skipped >= len(all_figures):
        quote, little = trimmed(text), absolute(clause)
        if little and little.group() not in plain(quote):
            quote = trimmed(text, at=place(text.split(), little.start()))
        saved = resource(little.group()) if little else "other"
        yield Gain(
            quote=quote,
            resource=resource(quote) if saved == "other" else saved,
            factor=factor(quote),
            baseline=baseline(text, quote),
        )
        return
    asked = [
        nth for nth in asked if nth == asked[0] or not _restates(clause, *all_figures[nth - 1 : nth + 1])
    ]
    names = baselines(text, after)
    words = list(re.finditer(r"\S+", text))
    places = [place(text.split(), all_figures[nth].start) for nth in asked]
    starts = [_start(words, *pair) for pair in pairwise(places)]
    for turn, nth in enumerate(asked):
        value, saved = all_figures[nth].factor, resource(text, nth)
        since = words[starts[turn - 1]].start() if turn else 0
        until = words[starts[turn] - 1].end() if turn < len(starts) else len(text)
        quotes = (
            trimmed(text[a:b], value)
            for a, b in ((since, until), (0, until), (since, len(text)))
            if a < b and (len(asked) > 1 or b - a == len(text))
        )
        quote = next((quote for quote in quotes if _tells(quote, value, saved)), None) or trimmed(text, value)
        kept = any(figure.factor == value for figure in figures(plain(quote)))
        yield Gain(
            quote=quote,
            resource=saved,
            factor=value if kept else factor(quote),  # what is no sentence may lose its figure with a bracket
            baseline=names[turn]
            if len(names) == len(asked) > 1
            else baseline(text, quote, figure_word(quote.split(), value) if skipped else 0),
        )


def _listed(clause: str, marks: Sequence[Figure], first: int) -> list[int]:
    """Return the figures that are listed with the ``first``: "by 33x and over 200x"."""
    last = first
    while last + 1 < len(marks) and _JOINT.fullmatch(clause[marks[last].end : marks[last + 1].start]):
        last += 1
    return list(range(first, last + 1))


def _restates(clause: str, one: Figure, other: Figure) -> bool:
    """Tell whether the second figure is the first again: "5x smaller (1B vs 5.1B)", "10x (13x) faster"."""
    between = clause[one.end : other.start].strip()
    return between == "(" or ("(" in between and abs(one.factor / other.factor - 1) < 0.1)


def _tells(quote: str, value: float, saved: str) -> bool:
    values = [figure.factor for figure in figures(plain(quote))]
    nth = values.index(value) if value in values else -1
    return nth in savings(plain(quote)) and saved == resource(quote, nth)


def _start(words: Sequence[re.Match[str]], one: int, other: int) -> int:
    """Return the word at which the part of the second of two figures begins."""
    between = range(other, one, -1)
    joint = next((i for i in between if words[i].group() in ("and", "or")), None)
    # Both may stand in one word: "by 1.8x,1.3x".
    return joint or next((i for i in between if words[i - 1].group().endswith(",")), other)
