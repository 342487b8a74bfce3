"""How far a sentence is the paper's own: what a very small model says beyond the paper's wording, it makes up."""

from __future__ import annotations

import re
from itertools import pairwise

from summarizer.phrases import words_of
from summarizer.text import numbers, sentences

_OWN_FIGURES = 0.75
"""Share of the words around a figure that must stand in the paper's sentence with that figure."""
_SHORTEST_HEAD = 8
_WORD = re.compile(r"[^\W\d_]{2,}")
_TERM = re.compile(r"\w[\w.%/-]*\w|\w")
_ENDING = re.compile(r"(?<=\w{3})(?:ing|ed|es|s|e|(?<!pp)ly)$")  # "apply" has no ending
_LONGEST_STEM = 5
# A number that counts something, and is no part of a name such as 3D, 4o or GPT-4.
_FIGURE = re.compile(r"(?<![\w.-])\d[\d,]*(?:\.\d+)?(?=(?:x|times|[KMB])\b|-\d|(?![\w-]))")
_AT_ONCE = 3
"""Words after which a pair of words that comes again is no stutter."""
_CUT_LIST = re.compile(r"(?<!and )\b\d[\d.]*[%x]?, \d[\d.]*[%x]?\.$")
_STEP = re.compile(r"\bby (?P<first>\d[\d.]*%?) to \d[\d.]*%?")
# Words that hold a sentence together, or say that something is shown, made or better: they claim nothing by themselves.
_PLAIN = words_of(
    """
    a about across add adds all also an analyse analyses analyze analyzes and any are as at be being
    benchmarks between both but by can combine combines combining consistently do does each effective
    effectiveness enable enables enabling evaluate evaluates evaluating even examine examines find finding
    finds for from give gives giving has have having how if in including into is it its itself let lets
    letting make makes making many method model more most no not novel of on one only or other our over
    own per present presents propose proposes reach reaches reaching same several show showing shows
    significantly since so some studies study studying such test tests than that the their them then they
    this through to together turn turns two under use used uses using via we well when where whether which
    while whole whose with within without
    """
)
_BETTER = words_of(
    """
    better improve improved improves improvement improvements improving outperform outperforming outperforms surpass
    surpasses surpassing
    """
)
_CLAIMLESS = _PLAIN | _BETTER
# Where a clause begins that can be left out.
_CLAUSE = re.compile(r"(?:,|;| —| –)? (?=with |while |whereas |where |which |and )|[,;] (?!\d)")


def stem(word: str) -> str:
    """Return the beginning of ``word`` without its ending, so that "improves" is "improving"."""
    start = _ENDING.sub("", word.casefold())[:_LONGEST_STEM]
    if start[-2:-1] == start[-1:]:
        return start[:-1]  # "planning" is "plans"
    return start[:-1] + "y" if start.endswith("i") else start  # "unifies" is "unifying"


def shared_pairs(sentence: str, text: str) -> float:
    """Return the share of the pairs of neighbouring words in ``sentence`` that are neighbours in ``text`` too."""
    pairs, own = list(pairwise(_letters(sentence))), set(pairwise(_letters(text)))
    return sum(pair in own for pair in pairs) / len(pairs) if pairs else 1.0


def told_in_one_place(sentence: str, title: str, abstract: str) -> float:
    """Return the share of the words of ``sentence`` that one sentence of the paper has, in this order.

    Words that claim nothing do not count. What a small model takes from one place is more often true than what it puts
    together from several.
    """
    said = _claims(sentence)
    sources = (title, *sentences(abstract))
    return max(_in_common(said, _claims(source)) for source in sources) / len(said) if said else 0.0


def strange_word(sentence: str, text: str) -> str | None:
    """Return the first word of ``sentence`` that ``text`` has in no form and that says something, or ``None``."""
    words = _WORD.findall(text)
    known = {word.casefold().removesuffix("s") for word in words}
    stems = {stem(word) for word in words if word[1:].islower()}  # a coined name has one form only
    for word in _WORD.findall(sentence):
        small = word.casefold()
        if small in _CLAIMLESS or small.removesuffix("s") in known:
            continue
        if not word[1:].islower() or stem(word) not in stems:
            return str(word)
    return None


def stutter(sentence: str) -> str | None:
    """Return the first two neighbouring words that ``sentence`` says again at once, or ``None``.

    A small model that does so has lost its way: "from scratch from scratch", "filters from 1x1 filters from".
    """
    pairs = list(pairwise(_letters(sentence)))
    for place, pair in enumerate(pairs):
        if pair in pairs[place + 1 : place + 1 + _AT_ONCE]:
            return " ".join(pair)
    return None


def mistold_figures(sentence: str, text: str) -> str | None:
    """Return the first figures in ``sentence`` that are half of what ``text`` says, or ``None``.

    A list that ends without its "and" has lost its end; "improving it by 42% to 58%" of an improvement from 42% to 58%
    takes the level for the gain.
    """
    if cut := _CUT_LIST.search(sentence):
        return cut.group().rstrip(".")
    for step in _STEP.finditer(sentence):
        if not re.search(rf"\bby (?:\w+ ){{0,2}}{re.escape(step['first'])}", text):
            return step.group()
    return None


def without_doubtful_figures(sentence: str, title: str, abstract: str) -> str:
    """Return ``sentence`` up to the first clause whose figure the paper gives to something else, or that says it again.

    A figure is doubtful where too few of the words around it stand in a sentence of ``abstract`` that has it, or in
    ``title``: "16% of runs fail" of "only 16% of runs survive".

    Raises:
        ValueError: too little would be left.
    """
    start, said = 0, set[str]()
    for end in [*(match.start() for match in _CLAUSE.finditer(sentence)), len(sentence)]:
        clause = sentence[start:end]
        figures = {number for figure in _FIGURE.findall(clause) for number in numbers(figure)}
        if figures and (figures <= said or not _supported(clause, figures, title, abstract)):
            head = sentence[:start].rstrip(" ,;—–")
            if len(head.split()) < _SHORTEST_HEAD:
                raise ValueError(f"the paper does not say {clause.strip(' ,;.')!r}")
            return head + "."
        start, said = end, said | figures
    return sentence


def _supported(clause: str, figures: set[str], title: str, abstract: str) -> bool:
    said = [word for word in _WORD.findall(clause) if word.casefold() not in _PLAIN]
    about = {stem(word) for word in _WORD.findall(title)}
    for source in (title, *sentences(abstract)):
        if figures <= numbers(source):
            own = {stem(word) for word in _WORD.findall(source)}
            better = [word for word in said if word.casefold() in _BETTER]
            if sum(stem(word) in own | about for word in said) >= _OWN_FIGURES * len(said) and all(
                stem(word) in own for word in better
            ):
                return True
    return False


def _claims(text: str) -> list[str]:
    return [stem(word) for word in _TERM.findall(text) if word.casefold() not in _CLAIMLESS]


def _in_common(one: list[str], other: list[str]) -> int:
    """Return the length of the longest common subsequence."""
    lengths = [0] * (len(other) + 1)
    for left in one:
        above = lengths
        lengths = [0]
        for place, right in enumerate(other):
            lengths.append(above[place] + 1 if left == right else max(above[place + 1], lengths[place]))
    return lengths[-1]


def _letters(text: str) -> list[str]:
    return re.findall(r"\w+", text.casefold())
