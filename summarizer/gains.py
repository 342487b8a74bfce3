"""Gains in efficiency that authors claim for their own work: found in an abstract, and merged."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import chain, islice

from summarizer.factor import factor, plain
from summarizer.records import Gain
from summarizer.text import sentences
from summarizer.wording import NEEDS, beats, certain, continues, dangles, resource, states_gain

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

_VERB = (
    r"(?:reduc|accelerat|speed|sped|cut|lower|decreas|achiev|deliver|provid|yield|requir|us(?=es\b|ing\b)|"
    r"consum|improv|boost|outperform|increas|sav|offer|enabl|run|train|converg|gain|attain|obtain|reach|"
    r"surpass|shorten|shrink|compress|halv|doubl|tripl|need|maintain|preserv|retain|generat|exceed|match|"
    r"prun|skip|eliminat|remov|updat|activat|operat|demonstrat|show|bring|allow|support|minimi[sz]|process|"
    r"tak(?=es\b|ing\b)|cost|lead|result|perform|attend|keep|remain|ha(?=s\b|ving\b)|enhanc|rais|trim|drop|"
    r"finish|complet|learn|scal|is|are)"
)
_MARK = r"(?:\\?times\b|×|\s?[xX]\b|\\?%|\$?\\times|\s?-?fold|\spercent)"
# Where a clause ends and another begins.
_BREAK = re.compile(
    r"[;:](?=\s)|,(?=\s)|\s[-–—]{1,3}\s|—|---|(?<!of that)(?<!than that)(?<=\sthat)\s(?!of\b)"
    r"|\s(?=(?:while|whilst|whereas|but|yet|without|despite|thereby|thus|although|though|even|when|which|"
    r"where|using|via|rather than|because|since|without)\s)"
    rf"|\s(?=and\s+(?:\w+ly\s+)?{_VERB}\w*\s)"
    r"|(?<![\dx%×])(?<!times)\s(?=and\s+"
    r"(?:(?:an?|up to|over|about|around|approximately|roughly|nearly|average|of)\s){0,3}"
    rf"\$?\d[\d.,–-]*{_MARK})"
    r"|\s(?=with\s+(?:only|just|no|minimal|minor|negligible|little|less|fewer|comparable|the same|the|as|"
    r"an?|up to|\d))"
    r"|\sand(?=\s(?:[\w-]+\s){0,3}(?:time|cost|latency|memory|usage|consumption|token|flop|compute|length|"
    r"call|overhead|size|footprint|throughput|parameter|step|speed-?up)s?\s(?:by|of|up to)\s(?:up to\s|"
    r"over\s)?\d)"
    rf"|\s(?=at\s+(?:an?\s|up to\s|over\s)?\d[\d.]*{_MARK})"
    r"|\s(?=at\s+(?:only|just|a fraction|the same|comparable))|\s(?=in\s+(?:only|just|under|less than|as))"
)
_STUB = re.compile(r"(?:even|in|at|within|under|for)\b(?:\s+\S+){1,5}$")
_PLAIN = re.compile(r"\D+\s\D+\s\D+")
_CAP = 60
"""Words in a clause at most; what runs on longer is cut, so that time stays linear in the text."""
_MOST = 100
"""No abstract claims as many gains; a text that does is not an abstract, and reading it stops there."""


def find(abstract: str) -> list[Gain]:
    """Return the gains with figures that ``abstract`` claims for its authors' own work, headline first.

    Only what the language makes certain: background, gains in quality, sizes and counts are left out. Gains
    with a factor come before absolute figures ("in only 8 steps"); each keeps the order of the text.
    """
    lines = sentences(abstract)
    own = next((index for index, line in enumerate(lines) if _OWN.search(line)), 0)
    found = chain.from_iterable(_gains(line) for line in lines[own:] if not _BACKGROUND.match(line))
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
        elif kept[twin].baseline is None and gain.baseline is not None:
            kept[twin] = kept[twin].model_copy(update={"baseline": gain.baseline})
    return tuple(sorted(kept, key=lambda gain: gain.factor is None))


def _same(gain: Gain, other: Gain) -> bool:
    a, b = (set(re.findall(r"\w+", each.quote.lower())) for each in (gain, other))
    if gain.factor and other.factor and abs(gain.factor / other.factor - 1) > 0.05:
        return False
    return len(a & b) >= 0.6 * max(1, min(len(a), len(b)))


def _gains(sentence: str) -> Iterator[Gain]:
    """Judge a sentence clause by clause."""
    spans = list(_clauses(sentence))
    before = False
    for index, (start, end) in enumerate(spans):
        clause = plain(sentence[start:end])
        first = start
        found = certain(clause) or (before and continues(clause))
        if not found and beats(sentence[max(0, start - 250) : end], clause):
            found = True
            if index and not NEEDS.search(clause):
                first = spans[index - 1][0]
        if not found and index and dangles(clause):
            # "… reduces time, memory, and cost by 40%": the verb stands in a clause before.
            if not (before and factor(clause)):
                first = spans[max(0, index - 2)][0]
            found = before or certain(plain(sentence[first:end]))
        before = found
        if found:
            quote = _trimmed(sentence[first:end])
            saved = resource(quote)
            if index and _STUB.match(quote) and _PLAIN.fullmatch(sentence[slice(*spans[index - 1])]):
                # "… generates images / in only 4 steps": not to be understood without its verb.
                quote = _trimmed(sentence[spans[index - 1][0] : end])
            baseline = _baseline(sentence[first:end], quote)
            yield Gain(quote=quote, resource=saved, factor=factor(quote), baseline=baseline)


def _clauses(sentence: str) -> Iterator[tuple[int, int]]:
    start = 0
    for found in _BREAK.finditer(sentence):
        yield from _capped(sentence, start, found.start())
        start = found.end()
    yield from _capped(sentence, start, len(sentence))


def _capped(sentence: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    for words in re.finditer(rf"\S+(?:\s+\S+){{0,{_CAP - 1}}}", sentence[start:end]):
        yield start + words.start(), start + words.end()


_FIGURE_WORD = re.compile(
    r"\d|\b(?:twice|half|halv\w+|doubl\w+|tripl\w+|quadrupl\w+|thirds?|quarter|\w+fold|orders?|times)\b",
    re.IGNORECASE,
)


_LINKS = re.compile(r"and|but|while|thus|thereby|or|that|which|whereas|by|such|the|a|of")
_ENDS = re.compile(r"on|across|for|when|with|in|at|under|during|to|compared|relative|over|than|as")
_TELLS = re.compile(r"(?:show|demonstrat|find|found|observ|indicat|confirm|report)(?:s|es|ed|e|ing)?")
_NOUNS = re.compile(r"training|processing|learning|reasoning|scaling|costs?|show|results?")


def _trimmed(clause: str) -> str:
    """Shorten a clause to what a person can read on its own: from its verb on, some 20 words at most."""
    words = clause.split()
    for _ in range(2):
        if len(words) > 1 and _LINKS.fullmatch(words[0].lower()):
            words = words[1:]
    marks = [i for i, word in enumerate(words) if _FIGURE_WORD.search(word)] or [0]
    at = next((i for i in marks if factor(" ".join(words[: i + 4]))), marks[0])
    told = [i for i, word in enumerate(words[:at]) if _TELLS.fullmatch(word.lower())]
    first = told[-1] + 1 if told else 0
    if at - first > 7:
        near = range(max(first, at - 9), at)
        first = next(
            (i for i in near if re.match(_VERB, words[i]) and not _NOUNS.fullmatch(words[i])), at - 8
        )
    last = len(words)
    if last - first > 18:
        ends = [i for i in range(at + 3, min(last, first + 19)) if _ENDS.fullmatch(words[i].lower())]
        last = ends[-1] if ends else min(last, max(first + 18, at + 8))
    while last > at + 1 and any(ends.fullmatch(words[last - 1].lower()) for ends in (_LINKS, _ENDS)):
        last -= 1
    if factor(" ".join(words[first:last])) != factor(clause):
        first, last = max(0, at - 14), max(last, min(len(words), at + 8))
    quote = re.search(r"\s+".join(map(re.escape, words[first:last])), clause)
    text = quote.group() if quote else clause
    opened, closed = text.find("("), text.find(")")
    if closed >= 0 and (opened < 0 or closed < opened):
        text = text[:closed] if closed > len(text) / 3 else text[closed + 1 :]
    if text.count("(") > text.count(")"):
        text = text[: text.rindex("(")] if text.rindex("(") > len(text) / 3 else text[text.rindex("(") + 1 :]
    return text.strip().rstrip(",;:.").strip()


_BASELINE = re.compile(
    r"\b(?:over|than|compared (?:to|with)|vs\.?|versus|relative to|against)\s+"
    r"(?:the |its |their |an? |that of |those of )*+"
    r"(?!\d|[$~\\]|half|an?\b|one|two|three|four|five|six|ten|order)([^\s,;:()]+(?:\s+[^\s,;:()]+){0,5}?)"
    r"(?=[,;:()]|\.\s|\.?$|\s*$|\s(?:on|for|in|at|by|and|while|with|across|when|under|without|to|using|as|"
    r"during|respectively|such|that|which)\s)"
)


def _baseline(text: str, quote: str) -> str | None:
    """Return what the gain is measured against, where the clause says so after "than", "over", "vs"."""
    at = text.find(quote)
    found = _BASELINE.search(text[max(0, at) : at + len(quote) + 60])
    return found[1].rstrip(".") if found else None
