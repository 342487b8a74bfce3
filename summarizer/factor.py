"""How many times better a phrase says something is, worked out from the phrase's own figures."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import NamedTuple

from summarizer.rivals import outdone, outdone_by

_DIGITS = {"one": "1", "two": "2", "three": "3", "four": "4", "five": "5", "six": "6", "seven": "7"}
_DIGITS |= {"eight": "8", "nine": "9", "ten": "10", "eleven": "11", "twelve": "12", "twenty": "20"}
_DIGITS |= {"thirty": "30", "fifty": "50", "hundred": "100", "thousand": "1000"}
_PARTS = {"third": 3, "quarter": 4, "fifth": 5, "sixth": 6, "eighth": 8, "tenth": 10, "hundredth": 100}
_SECONDS = {"ms": 0.001, "s": 1, "sec": 1, "second": 1, "min": 60, "minute": 60, "h": 3600, "hr": 3600}
_SECONDS |= {"hour": 3600, "day": 86400, "week": 604800, "month": 2592000}
_SCALES = {"k": 1e3, "m": 1e6, "b": 1e9, "kb": 1e3, "mb": 1e6, "t": 1e12, "gb": 1e9, "tb": 1e12}
_SCALES |= {"thousand": 1e3, "million": 1e6, "billion": 1e9, "trillion": 1e12}


def _part(found: re.Match[str]) -> str:
    over = _PARTS[found["part"]] if found["part"] else int(found["over"])
    share = 100 * int(found["top"] or 1) / over if over else 0
    return f"{share:.4f}% of" if 0 < share < 100 else found.group()


# Where a word begins, or a digit stands: to look at those places alone is quick.
_ANY_FIGURE = re.compile(
    r"[^a-z](?:(?<=\d)|twice|thrice|doubl|tripl|quadrupl|hal[fv]|order|"
    rf"{'|'.join((*_DIGITS, *_PARTS))})"
)


def has_figure(text: str) -> bool:
    """Tell whether ``text`` has any figure, in digits or in words: a quick look before the long one."""
    return _ANY_FIGURE.search(f" {text.lower()}") is not None


_N = r"\d+(?:\.\d+)?"
_Reads = Callable[[re.Match[str], str, str], float | None]
_Becomes = str | Callable[[re.Match[str]], str]
# In this order: what a text must hold for the pattern to be worth trying, the pattern, what it becomes.
_SPELLINGS: list[tuple[str, str, _Becomes]] = [
    # A dollar sign before a sum is money and stays, as `usd`; the other dollars enclose mathematics.
    ("$", r"(?:\\\$|(?<![\d$\\])\$)(?=\d[\d.,]*[kmb]?[.,]?(?:[\s;:)/]|$))(?![\d.]+ \\?times)", "usd "),
    ("up", r"\bup-?to\b", "up to"),
    ("10", r"\b10 ?(?:\^|\*\*) ?\{?(\d)\}?(?!\d)", lambda found: str(10 ** int(found[1]))),
    ("**", r"\*\*(?!\d)|(?<!\d)\*\*", ""),
    ("\\", r"\\(?:mathbf|mathrm|text|textbf)(?=\{)|\\[,;!()]", " "),
    ("", r"[${}~≈∼]", " "),
    (",", r"(\d) ?, ?(?=\d{3}(?!\d))", r"\1"),
    ("%", r" *\\?%", "%"),
    ("percent", r" percent\b", "%"),
    ("sim", r"(?<=[\dx%s]) ?\\?sim ?(?=\d)", "-"),
    ("", r"\\?\b(?:sim|approx|[lg](?:eqslant|eq|e|t)) ?(?=\d)|[<>≤≥](?= ?\d)", " "),
    ("", rf"\b(?:an? )?({'|'.join(_DIGITS)})(?=\b|fold)", lambda found: _DIGITS[found[1]]),
    ("×", r"×(?=[a-z])", "× "),
    ("x", r"\bx ?(\d+(?:\.\d+)?) times(?= [a-z])", r"\1x"),
    (
        # A multiple (`4 times`, `4x-100x`), not a grid (`2 times 2`, `256x256`).
        "",
        r"(\d) ?(?:\\?times(?![a-z])|×|✕|-? ?fold\b|-?x\b)(?! ?\d)",
        r"\1x",
    ),
    ("times", r"(?<!\d )(?<!\d)\\?\btimes ?(\d+(?:\.\d+)?)(?= [a-z])", r"\1x"),
    # "a speedup of x17.7"; where a page has lost the sign: "a 1.8 speedup"
    ("x", r"(?<![\w.-])x(\d+(?:\.\d+)?)(?![\w.-])", r"\1x"),
    ("speed", r"(?<![\w.])(\d+\.\d+) (?=(?:[\w-]+ ){0,2}speed-?ups?\b)", r"\1x "),
    ("twice", r"\btwice\b", "2x"),
    # "doubles", "can double", "double its size", but not "double descent".
    (
        "doubl",
        r"\bdoubl(?:es|ed|ing|e(?= (?:the|its|their|our|that)\b))\b|(?<=(?:an|ly|ld) )double\b",
        "2x",
    ),
    ("factor of", r"\b(?:an? )?factor of ((?:[a-z]+ ){0,2}\d+(?:\.\d+)?)(?![\w%]|\.\d)", r"\1x"),
    # "is 2 and 3 times faster", "by 2 and 3%": the first figure has its mark from the second.
    (" and ", rf"\b((?:by|of|is|are|being|up to|about|nearly|over) {_N})(?= and {_N}([x%]))", r"\1\2"),
    ("thrice", r"\bthrice\b", "3x"),
    ("tripl", r"\btripl(?:e[sd]?|ing)\b", "3x"),
    ("quadrupl", r"\bquadrupl(?:e[sd]?|ing)\b", "4x"),
    (
        "magnitude",
        r"\b(?:\d ?(?:-|to|or) ?)?(\d)[ -]orders?[ -]of[ -]magnitudes?",
        lambda found: f"{10 ** int(found[1])}x",
    ),
    ("magnitude", r"\b(?:an )?order[ -]of[ -]magnitude", "10x"),
    ("halv", r"\bhalv(?:e[sd]?|ing)\b", "cut by half of"),
    ("half", r"\bhalf as (?:many|much)\b", "50% fewer"),
    ("half", r"\b(?:a )?half\b(?: of\b)?", "50% of"),
    (
        "/",
        (
            r"(?<![\d./])(?P<top>\d{1,2})/(?P<over>\d{1,4})(?![\d/])(?:th)?"
            r"(?: of\b|(?= (?:the|its|their|as|fewer|less)\b)|(?=,? (?:and|or) \d/))(?P<part>)"
        ),
        _part,
    ),
    (
        "",
        rf"\b(?:(?P<top>\d{{1,3}})[ -]|an? |(?<=by ))(?P<part>{'|'.join(_PARTS)})s?\b(?: of\b)?(?P<over>)",
        _part,
    ),
]
_RESPELT = [(needed, re.compile(pattern), becomes) for needed, pattern, becomes in _SPELLINGS]
_REMEMBERED = 128
"""Texts whose reading is remembered: a clause is looked at from many sides, one after the other."""
_DASHES = re.compile(r"[‐‑‒–—−]|--+")


@lru_cache(_REMEMBERED)
def plain(text: str) -> str:
    r"""Return ``text`` in lower case with every multiple spelt ``3x`` and every share ``40%``.

    Reads what pages and LaTeX make of figures: ``7times``, ``10\%``, ``leq50``, ``2sim6``,
    ``a third of``, ``twice``, ``two orders of magnitude``, ``halves``.
    """
    text = _DASHES.sub("-", " ".join(text.lower().split()))
    for needed, pattern, becomes in _RESPELT:
        if needed in text:
            text = pattern.sub(becomes, text)
    return " ".join(text.split())


class Figure(NamedTuple):
    """A figure that says how many times better, and where it stands in its plain text."""

    factor: float
    start: int
    end: int


# A single figure or a range; "2x and 3x" are two figures, unless they stand after "between".
_FIGURE = re.compile(
    rf"(?<![\w.^*])(?:(?:between (?P<between>{_N})[x%]? ?and|(?P<low>{_N})[x%]? ?(?:-|to|up to))"
    r" ?(?:up to |just |only |under |below |less than |about |nearly )?)?"
    rf"(?P<high>{_N})\+?(?P<kind>[x%])(?!\w)"
)
# The other figures of a list stand between a figure and the words that go with it.
_LISTED_BEFORE = re.compile(rf"(?:{_N}[x%](?: of)?,? (?:and |or )?(?:up to |over )?)+$")
_LISTED_AFTER = re.compile(rf"(?:(?:, ?(?:and |or )?| ?(?:and|or) )(?:up to |over )?{_N}[x%])+ ?")
# "40% memory and 30% latency reduction"
_SHARED_AFTER = re.compile(
    r"(?:(?!speed|fast|accel|throughput|reduc|sav|fewer|less|lower)[\w/-]+ ){1,3}(?:and|or) (?:an? |up to |over )?"
    rf"{_N}[x%] (?=(?:[\w/-]+ ){{1,3}}(?:reductions?|savings?|decreases?)\b)"
)
# "from 10 hours to 2 hours", "10 vs 100 GPU hours"
_PAIR = re.compile(
    rf"(?<![\w.])(?P<a>{_N}) ?-?(?P<a_unit>[a-z]+)?(?:/[a-z]+)?(?: [a-z]+){{0,3}}?,?"
    r" (?P<link>(?:down )?to|vs\.?|versus|instead of|rather than|compared (?:to|with))"
    r" (?:only |just |about |approximately |under |less than |over |more than |the |usd )?"
    rf"(?P<b>{_N}) ?-?(?P<b_unit>[a-z]+)?\b(?![.]?\d|x\b|%)"
)
_NO_UNIT = ("", "for", "in", "of", "on", "by", "with", "used", "per")
_FROM = re.compile(r"(?<!ranging )(?<!ranges )\bfrom(?: [a-z]+){0,3}$")
# What may stand between a figure and the word that says which way it points: adjectives and nouns.
_GAP = r"(?:(?!and |but |while |at |with )[\w/().'-]+ ){0,4}?"
_LESS = (
    r"(?:fewer|less|lower\w*|small\w*|short\w*|cheap\w*|light\w*|reduc\w+|sav(?:e[sd]?|ings?)|decreas\w+|"
    r"cut(?:s|ting)?|shrink\w*|compress\w*|trim\w*|drop(?:s|ped|ping)?|falls?|fell|free[sd]|freeing|declin\w+|"
    r"minimi[sz]\w+|prun\w+|remov\w+|eliminat\w+|shorten\w*|discard\w*|skip\w*|exempt\w*|filter(?:ed|ing)|avoid\w*|slash\w*|diminish\w*|"
    r"curtail\w*|mitigat\w+|alleviat\w+)"
)
_FAST = (
    r"(?:faster|quicker|speed\w*|accelerat\w+|throughput|efficien\w+|frame ?rate|fps|bandwidth|"
    r"utili[sz]ation|tokens? per second|sped|runtime performance)"
)
_LESS_AHEAD = re.compile(rf"(?:of )?{_GAP}{_LESS}\b")
_FAST_AHEAD = re.compile(rf"{_GAP}{_FAST}\b")
_OVERHEAD = re.compile(rf"(?!(?:of )?{_GAP}{_LESS}\b){_GAP}(?:over(?:- )?head|sparsity)")
_HARDWARE = re.compile(r"(?:nvidia |amd |rtx |[a-z]{1,4}\d+\w* )*(?:[gtnc]pus?\b|[ahv]\d00\b)")
_ADDED = re.compile(r"\b(?:add(?:s|ed|ing)?|introduc\w+|incur\w*)(?: (?:only|just|merely|less than))?$")
_LOSS = re.compile(rf"{_GAP}(?:drop|loss|decrease|degradation|reduction|decline)")
_LESS_BEHIND = re.compile(
    rf"\b(?!(?:drop(?! by| from)|loss|less|fewer|smaller|shorter|cheaper|lighter)\b){_LESS}\b(?! than)"
    r"(?!.*\b(?:only|just|merely|using|requir(?:es?|ing))\b)"
)
# "far fewer tokens (>50%)"
_ASIDE_BEHIND = re.compile(
    r"\b(?:fewer|less|lower|smaller|shorter|cheaper)(?: [\w-]+){0,3} \((?: ?[a-z]+){0,3}$"
)
_LESS_WORD = re.compile(rf"\b{_LESS}\b")
_SPENT = r"(?:time|cost|latency|memory|usage|consumption|token|flop|compute|length|call|overhead)s?"
# "improves search time by", "the search time of Tern is improved by"
_BY = re.compile(
    rf"(?:(?:^|\bimprov\w+ )(?:\S+ ){{0,4}}{_SPENT}|{_SPENT}\b.* (?:is|are|was|were) improved) by(?: up to| over)?$"
)
_FAST_BEHIND = re.compile(rf"\b{_FAST}\b")
_ABOUT = (
    r"(?: (?:only|just|the|an?|about|around|approximately|roughly|nearly|up to|top|average|of|merely|to|less|"
    r"than|fewer|under|on))*"
)
_DOWN_TO = re.compile(rf"(?<!up )\b(?:to|as little as){_ABOUT}$")
_USE = (
    r"(?:with|using|uses?|used|requir\w+|needs?|needing|at|on|consum\w+|tak(?:es|ing)|updat\w+|train\w*|"
    r"(?:fine-)?tun\w+|activat\w+|utili[sz]\w+|process\w*|attend\w*|access\w*|leverag\w+)"
)
_SHARE_BEHIND = re.compile(
    rf"\b(?:{_USE}|only|just|mere(?:ly)?|as (?:little|few|low) as|^(?:less|fewer) than|under|below){_ABOUT}$"
    rf"|\d[x%] \w+ (?:\w+ ){{0,2}}(?:\w+,|\w+,? and){_ABOUT}$"  # "5x less data and a tenth of the compute"
    rf"|\b(?:only|just) [^()]{{1,80}}\({_ABOUT.replace('(?: ', '(?: ?')}$"
)
_USED_BEHIND = re.compile(rf"\b(?:only|just|merely) {_USE}{_ABOUT}$|\b{_USE} (?:only|just|merely){_ABOUT}$")
# What a share may be a share of; "of" may be left out: "using 1% labeled data".
_STOCK = re.compile(
    r"of\b(?! (?:new|additional|extra)\b)|(?:(?!(?:additional|extra|more|in|on|for|at|and|to|by|of) )[\w-]+ ){0,2}?"
    r"(?:data|data ?sets?|param\w+|labels|compute|costs?|tokens|samples|annotations)\b"
)
_TIME = re.compile(r"of (?:the |its |their )?(?:\w+ )?time\b")
_IS = re.compile(rf"\b(?:is|are|was|were){_ABOUT}$")
_SIZE = re.compile(r"of (?:the |its |their |that )?(?:\w+ )?(?:size|cost|memory|latency|flops)\b")
_IN = re.compile(rf"\bin{_ABOUT}$")
_ONLY = re.compile(r"\b(?:only|just|mere(?:ly)?|as (?:little|few|low) as)\b")
_COST = re.compile(
    r"(?:of )?(?:the |its |their |our )?(?:(?!add|extra|more)\w+ ){0,2}?"
    r"(?:cost|compute|time|memory|size|param|flops|data|laten)"
)


@lru_cache(_REMEMBERED)
def figures(text: str) -> tuple[Figure, ...]:
    """Return the figures of a plain ``text`` that tell a factor above 1, in their order."""
    return tuple(_figures(text))


def _figures(text: str) -> Iterator[Figure]:
    found: list[tuple[re.Match[str], _Reads]] = [(match, _scaled) for match in _FIGURE.finditer(text)]
    found += [(match, _ratio) for match in _PAIR.finditer(text)]
    found += [(match, lambda pair, *_: outdone_by(pair)) for match in outdone(text)]
    for match, read in sorted(found, key=lambda pair: pair[0].start()):
        left = _LISTED_BEFORE.sub("", text[max(0, match.start() - 110) : match.start()])
        left = re.split(r"[;:]|, (?=and (?!\d|$)|but |while |with )", left)[-1].strip()
        right = text[match.end() : match.end() + 70].strip()
        if listed := _LISTED_AFTER.match(right) or _SHARED_AFTER.match(right):
            right = right[listed.end() :]
        right = re.split(r"[,;:]", right)[0].strip()
        value = None if _HARDWARE.match(right) else read(match, left, right)
        if value is not None and 1.005 < value < 1e9:
            yield Figure(float(f"{value:.3g}"), match.start(), match.end())


def factor(quote: str) -> float | None:
    """Return how many times better ``quote`` says it is (> 1, 3 digits), or ``None`` where no figure says so.

    "12% of the data" is 8.33, "40% less" 1.67, "40% faster" 1.4; of a range the upper end counts; absolute
    figures ("20 minutes"), overheads and bare adjectives have no factor. The first figure decides.
    """
    found = figures(plain(quote))
    return found[0].factor if found else None


def _scaled(found: re.Match[str], left: str, right: str) -> float | None:
    """Read a multiple or a share by the words before and after it."""
    first, last = float(found["low"] or found["between"] or found["high"]), float(found["high"])
    low, high = sorted((first, last))
    less = 100 / (100 - high) if high < 100 else None
    share = 100 / low if low else None
    value = None
    if found["kind"] == "x":
        # "at 0.5x the cost" is twice as good
        value = high if high > 1 else 1 / high if high and _COST.match(right) else None
    elif found["low"] and _FROM.search(left):
        # "reduces waste from 55% to 2%"
        if _LESS_BEHIND.search(left) and first > last:
            value = first / last if last else None
        elif _FAST_BEHIND.search(left) and first:
            value = last / first
    elif (
        _FROM.search(left)
        or _ADDED.search(left)
        or _OVERHEAD.match(right)
        or (_LOSS.match(right) and _ONLY.search(left[-25:]))
    ):
        value = None
    elif _DOWN_TO.search(left) and _LESS_WORD.search(left):
        value = share
    elif _LESS_AHEAD.match(right):
        value = less
    elif _FAST_AHEAD.match(right):
        value = 1 + high / 100
    elif _LESS_BEHIND.search(left) or _BY.search(left) or _ASIDE_BEHIND.search(left):
        value = share if _DOWN_TO.search(left) else less
    elif _FAST_BEHIND.search(left):
        value = 1 + high / 100
    elif (_STOCK.match(right) and _uses(left, right)) or _USED_BEHIND.search(left):
        value = share
    return value


def _uses(left: str, right: str) -> bool:
    # A phrase that is nothing but "12% of the data" says what is used; a sentence needs "only", "using", …
    if _IS.search(left) and _SIZE.match(right):  # "is a tenth of the size"
        return True
    if _TIME.match(right) and _IN.search(left):  # "in a third of the time"
        return True
    return bool(_SHARE_BEHIND.search(left)) or (not left and len(right.split()) <= 5)


def _ratio(found: re.Match[str], left: str, right: str) -> float | None:
    """Read two quantities of one kind that are set against each other."""
    a_unit, b_unit = (_unit(found[name]) for name in ("a_unit", "b_unit"))
    a, b = float(found["a"]), float(found["b"])
    against = not found["link"].endswith("to") or found["link"].startswith("compared")
    if against and b_unit in _NO_UNIT and a_unit not in _NO_UNIT:
        b_unit = a_unit  # "64 tokens instead of 576"
    sizes: dict[str, float] = next((table for table in (_SECONDS, _SCALES) if b_unit in table), {})
    if sizes and (a_unit in sizes or not a_unit):
        a, b = a * sizes[a_unit or b_unit], b * sizes[b_unit]
    elif "x" in (a_unit, b_unit) or a_unit in _SECONDS or (a_unit and b_unit and a_unit != b_unit):
        return None
    if not a or not b:
        return None
    if against:
        alike = sizes or right.startswith("hours") or (a_unit == b_unit and a_unit and a < b)
        return max(a, b) / min(a, b) if alike else None
    if not _FROM.search(left):
        return None
    if _FAST_BEHIND.search(left) and a < b:
        return b / a
    return a / b if _LESS_BEHIND.search(left) or b_unit in _SECONDS else None


def _unit(name: str | None) -> str:
    if not name or name in _SECONDS or name in _SCALES:
        return name or ""
    return name.removesuffix("s")
