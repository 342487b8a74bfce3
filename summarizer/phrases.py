"""Short noun phrases that a title is about, or that follow "we propose": what a method is called otherwise."""

from __future__ import annotations

import re
from collections.abc import Iterator


def words_of(words: str) -> frozenset[str]:
    """Return the set of the words in ``words``: long lists are easier to read without quotation marks."""
    return frozenset(words.split())


EMPTY = words_of(
    "a an the our this these its their one two three four five six novel new first simple yet but and "
    "effective efficient unified general generic powerful lightweight robust comprehensive systematic "
    "large-scale principled scalable flexible innovative practical specialized single alternative advanced "
    "improved more most highly both versatile extensive dedicated complete entirely fully also several high- "
    "quality challenging large small open open-source state-of-the-art general-purpose very existing "
    "different various"
)
"""Articles, praise and other words that tell nothing apart, where a noun phrase begins."""

BARE = words_of(
    "framework frameworks method methods approach approaches model models system systems algorithm "
    "algorithms technique techniques strategy strategies pipeline architecture paradigm module network "
    "dataset datasets benchmark benchmarks study analysis solution way ways set suite family series "
    "results evidence experiments problem task tasks setting work code insights evaluation investigation "
    "concept notion overview perspective training learning data procedure mechanism formulation tool "
    "tools variant version extension baseline experimental case survey review report key computational "
    "contributions innovations components theoretical empirical core technical test"
)
"""Heads that need another word before they say anything."""

STOP = words_of(
    "that which who whose where when while whereby to for of in on upon with by from via using through based "
    "as at into is are was were can could has have and or but consisting comprising containing designed "
    "called named dubbed termed capable able aimed aiming built inspired under over across between within "
    "without towards toward leveraging enabling combining featuring trained tailored centered powered "
    "driven specifically then not spanning during against about among than so if because we it they this "
    "how whether what why equipped derived collected obtained sourced"
)
"""A noun phrase ends before these."""

EDGE = "\"'“”‘’`*,.;:!?[](){}$"
"""What stands at the edge of a word without being part of it."""

# "a deeper understanding", "strong guarantees": what all papers give, hence no name for any.
_THIN = words_of(
    "understanding overview perspective insights evidence guarantees improvements contributions results "
    "findings experiments questions question comparison comparisons"
)
# "a suite of metrics" is metrics, while "a taxonomy of metrics" is none.
_OF = words_of("taxonomy theory definition hierarchy mixture law laws measure")
_MANY = words_of("set suite family series number variety range class collection kind type form pair")
_USE = re.compile(r"(?:(?:to )?(?:use|adopt|employ|leverage)|using|adopting|employing|the use of) ")


def noun_phrase(rest: str) -> str | None:
    """Return the noun phrase that ``rest`` begins with, without articles and praise, or ``None``."""
    phrase: list[str] = []
    for raw in _USE.sub("", rest.lstrip(), count=1).split()[:14]:
        word = raw.strip("\"'“”‘’`*")
        bare = word.rstrip(",.;:")
        if not phrase and (bare.casefold() in EMPTY or bare.endswith("ly") or bare.isdigit()):
            continue
        if bare == "of" and len(phrase) == 1 and phrase[0] in _MANY | _OF:
            phrase = [] if phrase[0] in _MANY else [*phrase, bare]
            continue
        if bare.casefold() in STOP or word.startswith("("):
            break
        if not phrase and word.endswith(",") and ("-" in bare or bare.endswith(("ive", "al", "able", "ed"))):
            continue  # one adjective of several
        phrase.append(bare)
        if word != bare:
            break
    if not 2 <= len(phrase) <= 8 or all(word.casefold() in BARE for word in phrase):
        return None
    return None if len(phrase[-1]) == 1 or phrase[-1].casefold() in _THIN else " ".join(phrase)


_PARTS = re.compile(r": | -+ | [–—] |(?<=[?!]) ")
_LEAD = re.compile(
    r"(?:(?:towards?|on|and|an?|the|your|our|how|what|when|why|is|are|do|does|can|analy[sz]ing|improving|exploring"
    r"|understanding|investigating|rethinking|revisiting|enhancing|mitigating|evaluating|benchmarking|making"
    r"|characteri[sz]ing|auditing|measuring|unlocking|leveraging|tracing|teaching|revealing|studying|scaling"
    r"|stabili[sz]ing|balancing|steering|advancing|empowering|bridging|accelerating|extending|unveiling"
    r"|using|extracting|harnessing|diagnosing|quantifying|uncovering|comprehensive|systematic|novel|new|simple"
    r"|(?:\w+ ){0,3}(?:study|analysis|investigation|evaluation|comparison|assessment) (?:of|on|into)"
    r"|(?:findings|results|overview|outcomes|lessons|lens|report) (?:of|from|on)"
    r"|first|second|third|fourth|fifth|\d+(?:st|nd|rd|th)) )+",
    re.IGNORECASE,
)
# What ends a noun phrase of a title: prepositions, and the verbs of titles that are sentences.
_CUT = re.compile(
    r" (?:for|in|via|using|with|through|by|from|to|on|under|as|without|across|at|is|are|can|do|does|should|must"
    r"|needs?|will|enables?|unlocks?|improves?|makes?|helps?|meets?|beats?|emerges?|outperforms?|fails?)(?= )",
    re.IGNORECASE,
)
_MEANS = ("by", "through", "using", "via", "with")
_SURVEY = re.compile(
    r"\b(?:survey|review|tutorial|overview|roadmap|primer|taxonomy) (?:of|on|for) (?:(?! (?:in|for|with|via) ).)+",
    re.IGNORECASE,
)
# "the LinenFold 2025 Challenge": contests are named with capitals before the word.
_CONTEST = re.compile(
    r"(?:(?!First |Second |Third |A |The )[A-Z][\w&-]* |\d{4} ){1,5}(?:Challenge|Competition|Shared Task)\b(?! [A-Z])"
)


def title_phrases(title: str) -> Iterator[tuple[str, float]]:
    """Yield the noun phrases of a title and their worth: what the paper does it with, what it is about."""
    if contest := _CONTEST.search(title):
        yield contest.group(), 5.0
    for number, part in enumerate(_PARTS.split(title)):
        if survey := _SURVEY.search(part):
            yield survey.group().rstrip(EDGE), 0.3 if number else 1.2
            if number:
                continue  # "Linen: A Survey of Methods and Uses" is about linen
        asks = part.endswith(("?", "!"))
        joints = ["", *(joint.strip().casefold() for joint in _CUT.findall(part))]
        pieces = [piece.strip() for piece in _CUT.split(part)]
        for place, (joint, piece) in enumerate(zip(joints, pieces, strict=True)):
            lead = _LEAD.match(piece)
            words = (piece[lead.end() :] if lead else piece).strip(EDGE).split()
            worth = 1.0 if joint in _MEANS else 0.6
            if place == 0 and len(words) == 1 < len(pieces) and not (lead or asks) and len(words[0]) > 7:
                words += [joints[1], *pieces[1].strip(EDGE).split()]  # "Wrinkling in Wet Linen"
                worth = 0.7 if words[0].casefold() not in BARE and joints[1] in ("in", "for", "of") else 0.0
            if (
                2 <= len(words) <= 7
                and worth
                and words[0] not in ("From", "Beyond", "or", "You", "We")
                and not {word.casefold() for word in words} <= BARE
            ):
                # What comes first in a question is a clause, as in "Is Linen Easy", and no noun phrase.
                yield " ".join(words), worth * (0.25 if asks and not place else 0.5 if asks else 1)
        words = part.strip(EDGE).split()
        if 2 <= len(words) <= 8 and not asks and not {word.casefold() for word in words} <= BARE | EMPTY:
            yield " ".join(words), 0.2
