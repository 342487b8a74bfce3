"""Passages of a sentence: its clauses, the part of a clause to quote, what the part compares with."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence

from summarizer.factor import figures, plain
from summarizer.rivals import outdone

_VERB = (
    r"(?:reduc|accelerat|speed|sped|cut|lower|decreas|achiev|deliver|provid|yield|requir|us(?=es\b|ing\b)|"
    r"consum|improv|boost|outperform|increas|sav|offer|enabl|run|train|converg|gain|attain|obtain|reach|"
    r"surpass|shorten|shrink|compress|halv|doubl|tripl|need|maintain|preserv|retain|generat|exceed|match|"
    r"prun|skip|eliminat|remov|updat|activat|operat|demonstrat|show|bring|allow|support|minimi[sz]|process|"
    r"tak(?=es\b|ing\b)|cost|lead|result|perform|attend|keep|remain|fail|ha(?=s\b|ving\b)|enhanc|rais|trim|drop|"
    r"finish|complet|learn|scal|is|are)"
)
_MARK = r"(?:\s?\\?times\b|×|\s?[xX]\b|\\?%|\$?\\times|\s?-?fold|\spercent)"
# Where a clause ends and another begins. The character comes first and what stands around it after that, so
# that few places are looked at closely.
_BREAK = re.compile(
    r"[;:](?=\s)|—|---"
    rf"|,(?=\s)(?:(?<![%×x],)(?<!times,)|(?!\s(?:and\s)?\$?\d[\d.]*{_MARK}))"
    # … but not before the other of two quantities: "needs 2 hours, compared to 40".
    r"(?!\s(?:compared\s(?:to|with)|versus|vs\.?)\s(?:[a-z]+\s){0,2}\d[\d.]*(?![\d.]|\s?(?:\\?%|x\b|×|\\?times)))"
    r"|\s(?:[-–—]{1,3}\s|(?<=\sthat\s)(?<!of that\s)(?<!than that\s)(?!of\b)"
    r"|(?=(?:while|whilst|whereas|but|yet|without|despite|thereby|thus|although|though|even|when|which|"
    r"where|using|via|rather than(?!\s\d)|because|since)\s)"
    rf"|(?=and\s+(?:\w+ly\s+)?{_VERB}\w*\s)"
    r"|(?<![\dx%×]\s)(?<![x%×],\s)(?<!times\s)(?<!times,\s)(?=and\s+"
    r"(?:(?:an?|up to|over|about|around|approximately|roughly|nearly|average|of)\s){0,3}"
    rf"\$?\d[\d.,–-]*{_MARK})"
    r"|(?<!compared\s)(?<!comparison\s)(?<!merely\s)(?<!only\s)(?<!just\s)(?=with\s+(?:only|just|no|minimal|minor|negligible|little|less|fewer|"
    r"comparable|the same|the|as|an?|up to|\d|two|three|four|five|ten|half|twice))"
    rf"|(?:(?<=[%×x\d]\s)|(?<=times\s)|(?<=fold\s))and(?=\s(?:(?!by\s)[\w-]+\s){{1,5}}by\s(?:up\sto\s|over\s)?\d[\d.,–-]*{_MARK})"
    r"|and(?=\s(?:[\w-]+\s){0,3}(?:time|cost|latency|memory|usage|consumption|token|flop|compute|length|"
    r"call|overhead|size|footprint|throughput|parameter|step|speed-?up)s?\s(?:by|of|up to)\s(?:up to\s|"
    r"over\s)?\d)"
    rf"|(?=at\s+(?:an?\s|up to\s|over\s)?\d[\d.]*{_MARK})"
    r"|(?=at\s+(?:only|just|a fraction|the same|comparable))"
    r"|(?=(?:with)?in\s+(?:only|just|merely|under|less than|as|half\s(?:as|the)|an order of)))"
)
_CAP = 60
"""Words in a clause at most; what runs on longer is cut, so that time stays linear in the text."""
_ASIDE = re.compile(r"\([^()]{0,150}\)")


def clauses(sentence: str) -> Iterator[tuple[int, int]]:
    """Yield where each clause of ``sentence`` starts and ends.

    What stands in brackets is not divided, nor are two quantities from what is said of both.
    """
    start = 0
    asides = iter(sorted((*_ASIDE.finditer(sentence), *outdone(sentence)), key=re.Match.start))
    aside = next(asides, None)
    for found in _BREAK.finditer(sentence):
        while aside and aside.end() <= found.start():
            aside = next(asides, None)
        if aside is None or found.start() <= aside.start():
            yield from _capped(sentence, start, found.start())
            start = found.end()
    yield from _capped(sentence, start, len(sentence))


def _capped(sentence: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    for words in re.finditer(rf"\S+(?:\s+\S+){{0,{_CAP - 1}}}", sentence[start:end]):
        yield start + words.start(), start + words.end()


def place(words: Sequence[str], position: int) -> int:
    """Return which of the ``words`` of a text stands at ``position`` of the text's plain form."""
    return min(
        bisect_right(range(len(words)), position, key=lambda last: len(plain(" ".join(words[: last + 1])))),
        len(words) - 1,
    )


_FIGURE_WORD = re.compile(
    r"\d|\b(?:twice|half|halv\w+|doubl\w+|tripl\w+|quadrupl\w+|thirds?|quarter|\w+fold|orders?|times)\b",
    re.IGNORECASE,
)


_LINKS = re.compile(r"and|but|while|thus|thereby|or|that|which|whereas|by|such|the|a|of")
_ENDS = re.compile(r"on|across|for|when|with|in|at|under|during|to|compared|relative|over|than|as")
_TELLS = re.compile(r"(?:show|demonstrat|find|found|observ|indicat|confirm|report)(?:s|es|ed|e|ing)?")
_NOUNS = re.compile(r"training|processing|learning|reasoning|scaling|costs?|show|results?")


def trimmed(clause: str, value: float | None = None, at: int | None = None) -> str:
    """Shorten a clause to what a person can read on its own: from its verb on, some 20 words at most.

    The figure that tells the factor ``value`` stays in it; without one, the word ``at``, or the first figure.
    """
    spans = list(re.finditer(r"\S+", clause))
    words = [span.group() for span in spans]
    for _ in range(2):
        if len(words) > 1 and _LINKS.fullmatch(words[0].lower()):
            words, spans = words[1:], spans[1:]
            at = at and at - 1
    at = figure_word(words, value) if at is None else at
    told = [i for i, word in enumerate(words[:at]) if _TELLS.fullmatch(word.lower())]
    first = told[-1] + 1 if told else 0
    if at - first > 7:
        near = range(max(first, at - 9), at)
        first = next(
            (i for i in near if re.match(_VERB, words[i]) and not _NOUNS.fullmatch(words[i])), at - 8
        )
        while first < at and any(link.fullmatch(words[first].lower()) for link in (_LINKS, _ENDS)):
            first += 1
    last = len(words)
    if last - first > 18:
        ends = [i for i in range(at + 3, min(last, first + 19)) if _ENDS.fullmatch(words[i].lower())]
        last = ends[-1] if ends else min(last, max(first + 18, at + 8))
    while last > at + 1 and any(ends.fullmatch(words[last - 1].lower()) for ends in (_LINKS, _ENDS)):
        last -= 1
    if value is not None and not _holds(words[first:last], value):
        first, last = max(0, at - 14), max(last, min(len(words), at + 8))
        while last < len(words) and not _holds(words[first:last], value):
            last += 1
        first = max(first, min(at, last - _CAP // 2))
    while last < min(len(words), first + _CAP // 2) and _open(words[first:last]):
        last += 1
    text = clause[spans[first].start() : spans[last - 1].end()]
    return _balanced(text, words[at].strip("(),.;:")).strip().rstrip(",;:.").strip()


def figure_word(words: Sequence[str], value: float | None) -> int:
    """Return which of ``words`` has the figure that tells ``value``; without one, the first figure."""
    text = plain(" ".join(words))
    found = next((figure for figure in figures(text) if value in (None, figure.factor)), None)
    if found:
        return place(words, found.start)
    return next((i for i, word in enumerate(words) if _FIGURE_WORD.search(word)), 0)


def _holds(words: Sequence[str], value: float) -> bool:
    return any(figure.factor == value for figure in figures(plain(" ".join(words))))


def _open(words: Sequence[str]) -> bool:
    return sum(word.count("(") - word.count(")") for word in words) > 0


def _balanced(text: str, word: str) -> str:
    """Cut ``text`` at a bracket that has no other; the side with ``word`` is kept."""
    opened, closed = text.find("("), text.find(")")
    if closed >= 0 and (opened < 0 or closed < opened):
        text = text[:closed] if word in text[:closed] else text[closed + 1 :]
    if text.count("(") > text.count(")"):
        cut = text.rindex("(")
        text = text[:cut] if word in text[:cut] else text[cut + 1 :]
    return text


_NAME = (
    r"(?!(?:\d(?![DB]\b)|\dB param|[$~\\]|half\b|twice\b|(?:quarter|third|fifth|tenth|fraction) (?:of|the)\b|"
    r"one\b|two\b|three\b|four\b|five\b|six\b|ten\b|orders?\b|time\b|"
    r"course\b|last\b|all\b|both\b|(?:multiple|several|various|different|many)\b|before\b|ever\b|"
    r"previously\b|ours?\b|(?:usual|expected|needed|necessary|possible)\W*$|just\b|only\b))"
    r"[^\s,;:()]+(?:\s+(?!(?:and|while|respectively|trained|based|obtained)\b)[^\s,;:()]+){0,6}?"
)
_STOP = (
    r"(?=[,;:()]|\.\s|\.?$|\s(?:on|for|in|at|by|and|or|while|with|across|when|under|without|to|using|as|"
    r"during|respectively|such|that|which|trained|based|obtained|but|is|are)\b)"
)
_BASELINE = re.compile(
    r"\b(?:over|than|(?:when )?compared (?:to|with)|in comparison (?:to|with)|vs\.?|versus|relative to|against)\s+"
    r"(?!our\b)(?>(?:(?:in|on|for|with|by|of|from|at|to|using|that of|those of|its|their|our|when|directly)\s+)*)"
    rf"((?>(?:(?:the|an?)\s+)?){_NAME}{_STOP}(?:,?\s(?:and\s)?(?=[A-Z]){_NAME}{_STOP})*)"
)


def baselines(text: str, after: str) -> list[str]:
    """Return what ``text`` compares with first, after "than", "over", "vs": each name where it lists several.

    The list may go on in ``after``, which follows the text.
    """
    found = _BASELINE.search(text + after)
    if not found or found.start() > len(text):
        return []
    return [name for name in re.split(r",\s(?:and\s)?|\sand\s", found[1].rstrip(".")) if name]


def baseline(text: str, quote: str, since: int = 0) -> str | None:
    """Return what the gain in ``quote``, a part of ``text``, is measured against; ``None`` where none is named.

    What stands before the word ``since`` of the quote is not looked at.
    """
    at = max(0, text.find(quote))
    words = list(re.finditer(r"\S+", quote))
    found = _BASELINE.search(text[at + (words[since].start() if since else 0) : at + len(quote) + 60])
    return found[1].rstrip(".") if found else None
