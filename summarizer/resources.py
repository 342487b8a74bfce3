"""Which resource a phrase says is saved: that of the words beside its figure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from summarizer.factor import Figure, figures, plain
from summarizer.records import Resource

# What a phrase saves: the first that matches. Speed comes first, for "2x faster data loading" saves time.
RESOURCES: tuple[tuple[Resource, str], ...] = (
    (
        "time",
        (
            r"faster|as fast|quicker|speed\w*|sped|accelerat\w+|throughput|latenc\w+|ttft|\d*fps|per second|/s|"
            r"frame rates?|delays?|time-to-first-\w+|"
            r"(?<!-)time(?!-| ?steps)"
        ),
    ),
    ("labels", r"label(?:s|ed|led|ing|ling)?|annotat\w+|demonstrations?|demos?"),
    (
        "memory",
        r"v?ram|memory|kv|cach\w+|storage|(?<!carbon )footprint|file sizes?|bytes|[kmgt]b|disk|\d+-bit",
    ),
    (
        "parameters",
        (
            r"param\w*|weights|neurons|gaussians|keypoints|model sizes?|models? (?:\S+ ){0,3}smaller|"
            r"larger|bigger|[\d.]+[mbt](?=[ -](?:\S+ ){0,2}(?:models?|llms?|counterparts?)\b)|"
            r"smaller(?: and \w+er)? (?:\S+ ){0,2}?(?:models?|networks?|backbones?|students?|architectures?|"
            r"(?:en|de)coders?)|(?:its|their|the|our) size"
        ),
    ),
    (
        "data",
        (
            r"(?:pre-?train|fine-?tun|train)ing (?:samples?|examples?|tokens?|images|instances|sets?)|"
            r"data\w*|corp(?:us|ora)|examples?|images|documents|instances|environments"
        ),
    ),
    (
        "queries",
        (
            r"quer(?:y|ies)|(?<!per-)tokens?|(?:\w+ )?calls|prompts?|requests?|retrievals?|turns|responses?|"
            r"completions?|output lengths?|searches|context|reasoning (?:chains?|traces?|paths?|lengths?)"
        ),
    ),
    (
        "samples",
        (
            r"samples?|sampling|episodes?|interactions?|trials?|rollouts?|trajector(?:y|ies)|experience|attempts?|"
            r"experiments|"
            r"measurements"
        ),
    ),
    (
        "compute",
        (
            r"[gt]?flops?|macs?|bit-?ops|comput\w+|(?:gpu|cpu|tpu|npu)s?(?:[ -](?:hours?|days?))?|steps?|costs?|"
            r"evaluations?|nfes?|pass(?:es)?|iterations?|epochs?|frames?|complexity|less complex|budgets?|updates?|"
            r"operations?|multiplications|rounds?|cheap\w*|expenses|tco|"
            r"converg\w+|expensive"
        ),
    ),
    ("time", r"\w*times?|wall-?clock|hours?|minutes?|seconds?|days?|\d+m?s|ms|weeks?|months?|durations?"),
    (
        "other",
        (
            r"energy|power|carbon|emissions?|bandwidth|communicat\w+|traffic|usd|bits?|bitrate|efforts?|"
            r"lines of code|workload"
        ),
    ),
    ("compute", r"training|inference|prefill\w*|decod(?:e|ing)|resources?|overhead"),
    ("other", r"lengths?|usage|consumption|size|smaller|lighter|compress\w*|efficien\w+"),
)
_VAGUE = 2
"""How many of the last patterns say little: they count where no other word does."""
_RESOURCE = tuple((name, re.compile(rf"\b(?:{pattern})\b")) for name, pattern in RESOURCES)
SAVED = re.compile(rf"\b(?:{'|'.join(pattern for _, pattern in RESOURCES)})\b")
FAST = re.compile(
    r"\b(?:faster|as fast|quicker|speed\w*|sped|accelerat\w+|throughput|\w*-?efficien\w+|smaller|cheaper|lighter|"
    r"shorter|fewer(?= \w)|cost-effective|fps|per second(?!-)|runtime performance)\b"
)
LESS = re.compile(
    r"\b(?:fewer|less(?! than)|lower\w*|reduc\w+|sav(?:e[sd]?|ings?)|decreas\w+|cut(?:s|ting)?|shrink\w*|"
    r"compress\w*|trim\w*|shorten\w*|prun\w+|remov\w+|eliminat\w+|discard\w*|skip\w*|exempt\w*|"
    r"drop(?:s|ped|ping|(?= (?:by|from|to|#)))|falls?(?= (?:by|from|to|#))|fell|free[sd]|freeing|slash\w*|"
    r"minimi[sz]\w+|filter(?:ed|ing)|avoid\w*|mitigat\w+)\b"
)
# Where the words that a figure goes with end.
_END = re.compile(
    r"[,;:()]|\b(?:and|or|but|while|than|over|compared|versus|vs|relative|with|at|on|across|under|for|from|"
    r"when|by|to|using|during|without|that|which|after|via|as)\b"
)
_PER = re.compile(r"\bper (?!second)\S+")
_MORE = re.compile(r"\b(?:improv|increas|enhanc|boost|rais|speed|accelerat)\w*\b")
_BY_HERE = re.compile(
    r"\b(?:by|of|(?<!up )to)(?: (?:up to|over|about|around|nearly|more than|only|just|at least|an?))*$"
)
_SMALL = re.compile(r"(?:\w+ )?smaller(?: in size)?$|(?:.* )?model sizes?\b")
_STORED = re.compile(r"\b(?:disk|[kmgt]i?b|bytes|files?|storage|index\w*|caches?)\b")


def resource(quote: str, nth: int = 0) -> Resource:
    """Return what ``quote`` says is saved by its ``nth`` figure; ``other`` where its words do not tell.

    The words that go with the figure decide ("3 times less **memory**", "**cost** by 40%"), the nearest
    first; where they tell nothing, or there is no such figure, the whole quote does.
    """
    text = plain(quote)
    marks = list(figures(text))
    near = list(_beside(text, marks, nth)) if nth < len(marks) else []
    for words in near:
        if _SMALL.match(words.strip()):
            return "memory" if _STORED.search(text) else "parameters"
        for name, pattern in _RESOURCE[:-_VAGUE]:
            if pattern.search(words):
                return name
    return next(
        (name for words in (*near, text) for name, pattern in _RESOURCE if pattern.search(words)), "other"
    )


def names_resource(clause: str) -> bool:
    """Tell whether a plain ``clause`` says by itself what is saved: "1.8x less memory", not "1.8x in training"."""
    return any(pattern.search(clause) for _, pattern in _RESOURCE[:-_VAGUE])


def _beside(text: str, marks: Sequence[Figure], nth: int) -> Iterator[str]:
    """Yield the words that may say what a figure is of, the likeliest first."""
    start, end = marks[nth].start, marks[nth].end
    since = marks[nth - 1].end if nth else 0
    until = marks[nth + 1].start if nth + 1 < len(marks) else len(text)
    right = re.split(r"\b(?:in|of)\b", _PER.sub("", _END.split(text[end:until], maxsplit=1)[0]))
    left = _from_verb(text[since:start])
    yield text[start:end].replace("usd", "")  # "45B training tokens compared to 15T"
    yield from (left, *right) if _BY_HERE.search(left) else (*right, left)
    yield text[since:start]  # "a memory reduction of 3x": before the verb that is a noun
    # Of an enumeration, what is common to its figures stands before the first or after the last.
    yield _from_verb(text[max(0, start - 200) : start])
    for mark in marks[nth + 1 : nth + 4]:
        yield _END.split(text[mark.end : mark.end + 100], maxsplit=1)[0]


def _from_verb(text: str) -> str:
    verbs = [found.start() for pattern in (LESS, _MORE) for found in pattern.finditer(text)]
    return text[max(verbs, default=0) :].strip()
