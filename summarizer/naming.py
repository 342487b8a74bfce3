"""The names that authors give to what they made, as their title and abstract spell them.

Evidence is gathered for every word or phrase that may be a name: it stands before the colon of the title,
it follows "we propose", "called" or its own expansion, it comes back later. Where nothing is named, short
noun phrases that the authors announce, or that the title is about, take the names' place.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from itertools import zip_longest

from summarizer.records import Paper
from summarizer.text import sentences

_PROPOSE = (
    "propose|introduce|present|develop|design|devise|build|construct|create|formulate|unveil|put forward"
    "|establish"
)
_MAKE = rf"{_PROPOSE}|describe|release|contribute|open-source|publish|curate|implement|deploy"
# "We then propose", "this paper introduces": what follows is the authors' own.
_MAKING = re.compile(
    r"\b(?:[Ww]e|[Tt]his (?:paper|work|study|article|thesis|report|survey)|[Tt]he authors)\b"
    rf"[^.;:]{{0,60}}?\b(?:{_MAKE})(?:s|d|es)?\b"
)
_PROPOSING = re.compile(rf"\b(?:{_PROPOSE})(?:s|d|es)?$")
_CALLED = re.compile(
    r"\b(?:(?:called|named|dubbed|termed|coined)|(?:we|and) (?:call|dub|name|term)(?: it| this| our \w+)?"
    r"|refer(?:red|s)? to (?:it |this |them )?as)[ :,]+"
)
# "We study", "we adapt": others made it, yet where nothing is proposed it is what the paper is about.
_STUDYING = re.compile(
    r"\b[Ww]e (?:\w+ ){0,3}?"
    r"(?:study|investigate|analy[sz]e|examine|explore|use|adapt|extend|revisit|evaluate)\b"
)
# "…, an objective that": an apposition explains the name before it.
_EXPLAINED = re.compile(r"(?<![^\s(])([^\s,()]+), (?:an?|our|which|the first) ")
# An ordinary word in lower case, a verb in most cases, makes what stands before it a subject.
_SUBJECT = re.compile(r"[a-z]{3,}(?:[^s]s|[aeiou]n|ly)$|is$|can$")
# A spelling that only names have, as in FoldNet, GRIP, rFold, R-Fold, Crease2, Fold-π or R^2fold.
_COINED = re.compile(
    r"\w*[^\W\dA-ZÀ-Þ_][A-ZÀ-Þ]|[\w-]*[A-ZÀ-Þ]{2}|[A-Z]-[^\W_]|[^\W\d_]+-?\^?\d|[A-Z][\w-]*[α-ωΑ-Ω]|\d+[A-Z]\w"
)
_BRACKET = re.compile(r"\(([^()]{2,60})\)")


def _set(words: str) -> frozenset[str]:
    return frozenset(words.split())


# Articles, praise and other words that tell nothing apart, where a noun phrase begins.
_EMPTY = _set(
    "a an the our this these its their two three four novel new first simple yet but and effective "
    "efficient unified general generic powerful lightweight robust comprehensive systematic large-scale "
    "principled scalable flexible innovative practical specialized single alternative advanced improved "
    "more most highly both versatile extensive dedicated complete entirely fully also several high- "
    "quality challenging large small open open-source state-of-the-art general-purpose very existing "
    "different various"
)
# Heads that need another word before they say anything.
_BARE = _set(
    "framework frameworks method methods approach approaches model models system systems algorithm "
    "algorithms technique techniques strategy strategies pipeline architecture paradigm module network "
    "dataset datasets benchmark benchmarks study analysis solution way ways set suite family series "
    "results evidence experiments problem task tasks setting work code insights evaluation investigation "
    "concept notion overview perspective training learning data procedure mechanism formulation tool "
    "tools variant version extension baseline experimental case survey review report key computational "
    "contributions innovations components theoretical empirical"
)
# A noun phrase ends before these.
_STOP = _set(
    "that which who whose where when while whereby to for of in on with by from via using through based "
    "as at into is are was were can could has have and or but consisting comprising containing designed "
    "called named dubbed termed capable able aimed aiming built inspired under over across between within "
    "without towards toward leveraging enabling combining featuring trained tailored centered powered "
    "driven specifically then not spanning during against about among than so if because we it they this "
    "how whether what why equipped"
)
_EDGE = "\"'“”‘’`*,.;:!?[](){}$"
# What a name does not go on after.
_NAME_ENDS = (",", ".", ";", ":", ")", "'s", "’s", '"', "”")


def methods(paper: Paper) -> list[str]:
    """Return what the paper's method may be called, the likeliest first, each verbatim from its text.

    The names the authors coined come first, then noun phrases for what they announce or write about.
    Nothing is made up: where neither is found, the list is empty.
    """
    return _Evidence(paper).ranked()


class _Evidence:
    """How much speaks for each candidate."""

    def __init__(self, paper: Paper) -> None:
        self.title = paper.title
        self.abstract = paper.abstract or ""
        self.scores: dict[str, float] = defaultdict(float)
        spoken = sentences(self.abstract)
        self._read_title()
        self._read_names(spoken)
        self._count_mentions()
        self._read_phrases(spoken)

    def ranked(self) -> list[str]:
        text = f"{self.title}\n{self.abstract}"
        names: dict[str, str] = {}
        for name in sorted(self.scores, key=lambda name: -self.scores[name]):
            # Words that were joined again may not stand in the text so; leftovers of TeX are no name.
            if self.scores[name] > 0 and name in text and not set(name) & set("\\{}$"):
                names.setdefault(name.casefold(), name)
        return list(names.values())

    def _read_title(self) -> None:
        before, *rest = re.split(r": | -+ | [–—] ", self.title, maxsplit=1)
        if not rest or len(before.split()) > 5:
            return
        known = self.abstract.casefold()
        for name in (_BRACKET.sub("", before).strip(), *_BRACKET.findall(before)):
            if " " not in name:
                self.scores[name] += 8 if _is_coined(name) or name.casefold() in known else 3.5
            elif name.casefold() in known and _is_capitalised(name.split()):
                self.scores[name] += 4.5

    def _read_names(self, spoken: list[str]) -> None:
        announced = False
        for sentence in spoken:
            making = list(_MAKING.finditer(sentence))
            for short, long, at in _expansions(sentence):
                if making and at > making[0].start():
                    self.scores[short] += 4 if at - making[0].end() < 100 and not announced else 2.5
                    self.scores[long or short] += 1.5
                elif announced:
                    self.scores[short] += 2 if long else 0
                else:
                    self.scores[short] -= 5  # a term of the field, explained with the background
            for made in making:
                self._read_announced(sentence[made.end() : made.end() + 300], 2 if announced else 4)
                announced = True
            for called in _CALLED.finditer(sentence):
                if name := _leading_name(sentence[called.end() : called.end() + 300]):
                    self.scores[name] += 4
                    announced = True
            for explained in _EXPLAINED.finditer(sentence):
                if announced and _is_coined(word := _bare(explained.group(1))):
                    self.scores[word] += 1.5

    def _read_announced(self, rest: str, weight: float) -> None:
        """Read what follows "we propose": its first words are the name, or it comes as an apposition."""
        if name := _leading_name(rest):
            self.scores[name] += weight
            return
        for place, clause in enumerate(re.split(r"[,;:]|--|—", rest)[:3]):
            for word in map(_bare, clause.split()[:10]):
                if word in _STOP:
                    break
                if _is_coined(word):
                    self.scores[word] += weight * (0.6 if place else 0.75)

    def _count_mentions(self) -> None:
        """Count what comes back, as the subject of sentences above all: the paper is about it."""
        raw = self.abstract.split()
        counts, subjects = Counter[str](), Counter[str]()
        for word, after in zip_longest(raw, raw[1:], fillvalue=""):
            bare = _bare(word)
            if _is_coined(bare):
                counts[bare] += 1
                subjects[bare] += word == bare and bool(_SUBJECT.match(after))
        titled = {*map(_bare, self.title.split())}
        for name in dict.fromkeys([*self.scores, *counts]):
            if name + "s" in counts or (name[-1] == "s" and name[:-1].isupper() and name.isalpha()):
                self.scores[name] -= 5  # LLMs, VLMs: a kind of thing, others have made them, too
            mentions = counts[name] or self.abstract.count(name)
            evidence = 0.4 * min(mentions, 5) + 0.6 * min(subjects[name], 3) + 1.5 * (name in titled)
            if self.scores[name] > 0:
                self.scores[name] += evidence
            else:  # never announced: behind all that was, and last where it may be a term of the field
                self.scores[name] += evidence * (0.1 if name.isupper() and name.isalpha() else 0.25)

    def _read_phrases(self, spoken: list[str]) -> None:
        titled = set(re.findall(r"\w+", self.title.casefold()))
        weight = 1.0
        for sentence in spoken:
            own = [(made, weight) for made in _MAKING.finditer(sentence) if _PROPOSING.search(made.group())]
            for made, worth in own or [(made, 0.5) for made in _STUDYING.finditer(sentence)]:
                if phrase := _noun_phrase(sentence[made.end() : made.end() + 300]):
                    shared = len(titled.intersection(re.findall(r"\w+", phrase.casefold())))
                    self.scores[phrase] += worth + 0.3 * min(shared, 3)
                    weight *= 0.8
        for phrase, worth in _title_phrases(self.title):
            self.scores[phrase] += worth


def _bare(word: str) -> str:
    """Return ``word`` without quotation marks, punctuation, a bracket that follows, or a possessive 's."""
    word = word.strip(_EDGE).partition("(")[0]
    return word.removesuffix("'s").removesuffix("’s").strip(_EDGE)


def _is_coined(word: str) -> bool:
    return len(word) > 1 and bool(_COINED.match(word))


def _is_capitalised(words: list[str]) -> bool:
    small = ("of", "and", "for", "the")
    return all(word[:1].isupper() or _is_coined(word) or word in small for word in words)


def _leading_name(rest: str) -> str | None:
    """Return the name that ``rest`` begins with, once articles and praise are off, or ``None``."""
    name: list[str] = []
    following = ""
    for raw in rest.split()[:14]:
        word = _bare(raw)
        if not name and (word.casefold() in _EMPTY or word.casefold() in _BARE):
            continue
        if not word or not (word[0].isupper() or _is_coined(word)):
            following = word
            break
        name.append(word)
        if raw.endswith(_NAME_ENDS):
            break
    if not name:
        return None
    if not any(map(_is_coined, name)) and following.casefold() not in {"", *_STOP}:
        return None  # "a Pareto frontier", "an English corpus": the name only qualifies what follows
    if len(name) > 1 and name[-1].casefold() in _BARE and _is_coined(name[0]):
        name.pop()  # "the FoldNet Framework" is FoldNet
    return " ".join(name)


def _expansions(sentence: str) -> Iterator[tuple[str, str | None, int]]:
    """Yield each short form, its long form where that is clear, and its place.

    Both "Group Robust Tuning (GRT)" and "GRT (Group Robust Tuning)" count.
    """
    for bracket in _BRACKET.finditer(sentence):
        inside, before = (
            bracket.group(1).strip(_EDGE),
            sentence[max(0, bracket.start() - 200) : bracket.start()].split()[-10:],
        )
        if " " not in inside and _is_coined(inside):
            phrases = (_long_form(inside, before[-count:]) for count in range(1, len(before) + 1))
            yield inside, next(filter(None, phrases), None), bracket.start()
        elif before and " " in inside:
            short = _bare(before[-1])
            if _is_coined(short) and (long := _long_form(short, inside.split())):
                yield short, long, bracket.start()


def _long_form(short: str, words: list[str]) -> str | None:
    """Return ``words`` as one phrase where the letters of ``short`` begin most of its parts, in order."""
    letters = [letter.casefold() for letter in short.removesuffix("s") if letter.isalpha()]
    starts = [part[0].casefold() for word in words for part in re.split(r"[-–/]", word) if part[:1].isalpha()]
    if not letters or not starts or letters[0] not in [word[0].casefold() for word in words[:1]] + starts[:2]:
        return None
    rest = iter("".join(words).casefold())
    if not all(letter in rest for letter in letters):
        return None
    fitting = sum(start in letters for start in starts)
    return " ".join(words) if fitting * 2 >= len(starts) and len(letters) <= 2 * len(starts) + 1 else None


def _noun_phrase(rest: str) -> str | None:
    """Return the noun phrase that ``rest`` begins with, without articles and praise, or ``None``."""
    phrase: list[str] = []
    for raw in rest.split()[:14]:
        word = raw.strip("\"'“”‘’`*")
        bare = word.rstrip(",.;:")
        if not phrase and (bare.casefold() in _EMPTY or bare.endswith("ly")):
            continue
        if bare.casefold() in _STOP or word.startswith("("):
            break
        if not phrase and word.endswith(",") and ("-" in bare or bare.endswith(("ive", "al", "able", "ed"))):
            continue  # one adjective of several
        phrase.append(bare)
        if word != bare:
            break
    if not 2 <= len(phrase) <= 8 or all(word.casefold() in _BARE for word in phrase) or len(phrase[-1]) == 1:
        return None
    return " ".join(phrase)


_LEAD = re.compile(
    r"(?:(?:towards?|on|and|an?|the|your|our|how|what|when|why|is|are|do|does|can|analy[sz]ing|improving|exploring"
    r"|understanding|investigating|rethinking|revisiting|enhancing|mitigating|evaluating|benchmarking|making"
    r"|characteri[sz]ing|auditing|measuring|unlocking|leveraging|tracing|teaching|revealing|studying|scaling"
    r"|stabili[sz]ing|balancing|steering|advancing|empowering|bridging|accelerating|extending|unveiling"
    r"|using|extracting|harnessing|diagnosing) )+",
    re.IGNORECASE,
)
_CUT = re.compile(
    r" (?:for|in|via|using|with|through|by|from|to|on|under|as|without|across|at|is|are|can) ", re.IGNORECASE
)


def _title_phrases(title: str) -> Iterator[tuple[str, float]]:
    """Yield the noun phrases of a title and their worth: what the paper does it with, what it is about."""
    for part in re.split(r": | -+ | [–—] |(?<=[?!]) ", title):
        joints = ["", *(joint.strip().casefold() for joint in _CUT.findall(part))]
        for joint, piece in zip(joints, _CUT.split(part), strict=True):
            lead = _LEAD.match(piece)
            words = (piece[lead.end() :] if lead else piece).strip(_EDGE).split()
            if (
                2 <= len(words) <= 7
                and words[0] not in ("From", "Beyond", "or", "You", "We")
                and not {word.casefold() for word in words} <= _BARE
            ):
                worth = 1.0 if joint in ("via", "using", "with", "through", "by") else 0.6
                yield " ".join(words), worth / 2 if part.endswith(("?", "!")) else worth
        if 2 <= len(words := part.split()) <= 8 and not part.endswith("?"):
            yield " ".join(words), 0.2
