"""Text of papers and models: cleaned, folded, split and compared."""

from __future__ import annotations

import re
import unicodedata

# Characters that steer a terminal, a bidirectional layout or nothing at all. Soft hyphens and zero-width
# characters split words invisibly, and a quote across one would never be found again.
_UNSEEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u061c\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb]"
)
_ANSI = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[@-Z\\-_])")
_SURROGATE = re.compile("[\ud800-\udfff]")  # half of a character: it cannot be written to any file
_LIGATURES = {"ﬀ": "ff", "ﬁ": "fi", "ﬂ": "fl", "ﬃ": "ffi", "ﬄ": "ffl"}
_LIGATURE = re.compile("[ﬀ-ﬄ]")
_NUMBER = re.compile(r"\d+(?:(?:,|\{,\})\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?")
# What a number counts stands after it, or after the range or list that it begins: "47-197%", "5, 6 and 7x".
_SHARE = r"\\?%|per ?cent"
_MULTIPLE = r"\$?\\?times(?!tep)|×|[xX](?!\w)|folds?\b|\*(?=\s)"
_AND_ON = r"\+/?-|±|-{1,3}|[–—~,/]|\\?sim|\bto\b|\band\b|\bor\b"
_UNIT = re.compile(
    rf"(?:(?:{_SHARE}|{_MULTIPLE})?\s?(?:{_AND_ON})\s?\d+(?:\.\d+)?){{0,6}}[\s-]?(?:(?P<share>{_SHARE})|{_MULTIPLE})"
)
# A sentence ends at . ! or ? before a space and a capital, a digit, a bracket or a quotation mark,
# unless what stands before is an abbreviation or a single initial.
_SENTENCE_END = re.compile(
    # The mark first: what must not stand before it is looked at where there is one, not everywhere.
    r"[.!?](?<!\be\.g.)(?<!\bi\.e.)(?<!\bcf.)(?<!\bvs.)(?<!\betc.)(?<!\bal.)(?<!\bFig.)(?<!\bEq.)(?<!\bSec.)"
    r"(?<!\bresp.)(?<!\bapprox.)(?<!\bw\.r\.t.)(?<!\b[A-Z].)[\"'”’)\]]*\s+(?=[A-Z0-9\"'“‘(\[])"
)


def clean(text: str) -> str:
    """Return ``text`` on one line, in Unicode's composed form, without characters that are not seen.

    Terminal escapes, control characters, bidirectional overrides, soft hyphens, ligatures, no-break
    spaces and hard wraps go; every letter and figure stays.
    """
    line = text.strip()
    if "  " in text or not text.isprintable():  # most texts have been cleaned already
        line = " ".join(text.split())
        if not line.isprintable():  # nearly every text is, and then it has none of these in it
            line = _ANSI.sub("", _SURROGATE.sub("\ufffd", text))
            line = " ".join(_UNSEEN.sub("", " ".join(line.split())).split())
    if line.isascii():
        return line
    return unicodedata.normalize("NFC", _LIGATURE.sub(lambda sign: _LIGATURES[sign[0]], line))


def count(number: int, noun: str) -> str:
    """Return ``number`` and ``noun``, in the plural where there is not exactly one."""
    return f"{number:,} {noun}" + ("" if number == 1 else "es" if noun.endswith("ch") else "s")


def find_quote(quote: str, text: str) -> str | None:
    """Return the span of ``text`` that is ``quote`` word for word, white space aside, or ``None``."""
    if not quote.strip():
        return None
    if quote in text:  # as nearly every one does; a pattern takes a hundred times as long to make
        return quote
    found = re.search(r"\s+".join(map(re.escape, quote.split())), text)
    return found.group() if found else None


def sentences(text: str) -> list[str]:
    """Split ``text`` into its sentences, white space around each removed."""
    spans, start = [], 0
    for end in _SENTENCE_END.finditer(text):
        spans.append(text[start : end.end()].strip())
        start = end.end()
    spans.append(text[start:].strip())
    return [span for span in spans if span]


def words(text: str) -> list[str]:
    """Return the words of ``text`` as white space divides them."""
    return text.split()


def numbers(text: str) -> set[str]:
    """Return the numbers in ``text``, written one way: ``1,024`` and ``1024.0`` are both ``1024``."""
    return {_plain(number) for number in _NUMBER.findall(text)}


def figures(text: str) -> set[tuple[str, str]]:
    """Return the numbers of ``text`` that are shares or multiples, with ``"%"`` or ``"x"`` for which they are."""
    found = set()
    for number in _NUMBER.finditer(text):
        if unit := _UNIT.match(text, number.end()):
            found.add((_plain(number.group()), "%" if unit["share"] else "x"))
    return found


def _plain(number: str) -> str:
    number = re.sub("[{,}]", "", number)
    if "." in number:
        number = number.rstrip("0").rstrip(".")
    return number.lstrip("0") or "0"
