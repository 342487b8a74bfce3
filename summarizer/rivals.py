"""Two quantities of one kind, the smaller of which does as well: "a 3B model that matches 70B models"."""

from __future__ import annotations

import re
from collections.abc import Iterator

_N = r"\d+(?:\.\d+)?"
_SCALES = {"": 1.0, "k": 1e3, "m": 1e6, "b": 1e9, "t": 1e12}
_BIG = r"[mbt]|[mb]illion|trillion"
_AS_GOOD = (
    r"(?:(?:outperform|surpass|exceed|match|rival|beat)\w*|comparable|competitive|on par|distilled from),?"
)
_NEEDS = r"requir\w+|needs?|need(?:ed|ing)|us(?:e[sd]?|ing)"
_ONLY = r"(?:only|just|mere(?:ly)?|as (?:few|little|small) as)(?: (?:about|around))?"
# What may stand between: no other size, and before the rival no place, as in "outperforms Tern on 70B models".
_ANY, _NO_PLACE = (
    r"(?:(?:train|tun)\w* (?:on|for) "
    rf"|(?!(?:not|cannot|never|hardly|fail\w*|behind|below{places})\b|{_N} ?-?(?:{_BIG})\b)[^\s;]+ ){{0,{most}}}?"
    for places, most in (("", 8), ("|on|for|across|at(?! least)|by|when|while", 12))
)
_MODEL = (
    r"[ -](?:(?!tokens|samples)\S+ ){0,2}?"
    r"(?:model|param|[mv]?llm|network|counterpart|baseline|agent|teacher|system|version|variant)\w*"
)
_SMALL_MODEL = rf"(?<![\w.^-])(?:{_N}-)?(?P<small>{_N}) ?-?(?P<small_scale>{_BIG})\b{_MODEL}"
_LARGE_MODEL = rf"(?:{_N}-)?(?P<large>{_N})\+? ?-?(?P<large_scale>{_BIG})\b{_MODEL}"
_FEW, _MANY = (
    rf"\(?(?P<{name}>{_N}) ?(?P<{name}_scale>[kmb]?) (?:\S+ ){{0,2}}?" for name in ("small", "large")
)
_THINGS = r"(?P<of>(?!(?:task|benchmark|data ?set|domain|language|model|method|baseline|setting|point)s)[a-z]{3,}s)\b"
_SAME = r"(?P=of)\b"
_STEPS, _MORE_STEPS = (rf"(?P<{name}>{_N})(?P<{name}_scale>)-" for name in ("small", "large"))
# Without one of these words the patterns search in vain, at length.
_CUE = re.compile(rf"{_AS_GOOD}|{_NEEDS}")
_OUTDONE = [
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        rf"{_SMALL_MODEL}\S* {_ANY}{_AS_GOOD} {_NO_PLACE}{_LARGE_MODEL}",
        # "outperforms models of 70B parameters with only 3B parameters"
        rf"\b{_AS_GOOD} {_NO_PLACE}{_LARGE_MODEL}\S* {_ANY}{_ONLY} {_SMALL_MODEL}",
        # "comparable to training on 300 maps using only 50 maps", "only 8 GPUs, where others need 32 GPUs"
        rf"\b{_AS_GOOD} {_NO_PLACE}{_MANY}{_THINGS}\S* {_ANY}{_ONLY} {_FEW}{_SAME}",
        rf"\b(?:{_ONLY}|with|using|from|on) {_FEW}{_THINGS}\S* {_ANY}(?:{_AS_GOOD}|{_NEEDS}) {_NO_PLACE}{_MANY}{_SAME}",
        # "a 2-step model distilled from an 8-step teacher"
        rf"(?<![\w.-]){_STEPS}(?P<of>step|bit|shot|token|frame|view|layer) {_ANY}{_AS_GOOD} {_ANY}{_MORE_STEPS}{_SAME}",
    )
]


def outdone(text: str) -> Iterator[re.Match[str]]:
    """Find where ``text`` says that a quantity does as well as one of its kind, or others need that one."""
    if _CUE.search(text.lower()):
        for pattern in _OUTDONE:
            yield from pattern.finditer(text)


def outdone_by(found: re.Match[str]) -> float | None:
    """Return how many times smaller the first quantity of :func:`outdone` is, if it is."""
    small, large = (
        float(found[name]) * _SCALES[found[f"{name}_scale"][:1].lower()] for name in ("small", "large")
    )
    return large / small if small else None
