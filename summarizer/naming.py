"""The names that authors give to what they made, as their title and abstract spell them.

Evidence is gathered for every word or phrase that may be a name: it stands before the colon of the title,
it follows "we propose", "called" or its own expansion, it comes back later. Where nothing is named, short
noun phrases that the authors announce, or that the title is about, take the names' place.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict

from summarizer.coined import bare, coined, expansions, is_capitalised, is_coined, is_well_known, leading_name
from summarizer.phrases import STOP, noun_phrase, title_phrases, words_of
from summarizer.records import Paper
from summarizer.text import sentences

_PROPOSE = (
    "propose|introduce|present|develop|design|devise|build(?! up| on)|construct|create|formulate|unveil|put forward"
    "|establish"
)
_MAKE = rf"{_PROPOSE}|describe|release|contribute|open-source|publish|curate|implement|deploy"
# "We then propose", "this paper introduces": what follows is the authors' own.
_MAKING = re.compile(
    r"\b(?:[Ww]e|I|[Tt]his (?:paper|work|study|article|thesis|report|survey)|[Tt]he authors)\b"
    rf"[^.;:]{{0,60}}?\b(?:{_MAKE})(?:s|d|es)?\b"
)
_PROPOSING = re.compile(rf"\b(?:{_PROPOSE})(?:s|d|es)?$")
_CALLED = re.compile(
    r"\b(?:(?:called|named|dubbed|termed|coined|namely)|(?:we|and) (?:call|dub|name|term)(?: it| this| our \w+)?"
    r"|refer(?:red|s)? to (?:it |this |them )?as)[ :,]+"
    # "Our method, Gentle Folding, …", "the resulting planner, FoldNet, …"
    r"|\b(?:[Oo]ur|[Tt]he result(?:ing|ant)) (?:[\w-]+ ){0,2}(?:[a-z]\w+), (?=[A-Z])"
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
# What stands beside these is compared with, built on or one of several that others made.
_BESIDE = words_of(
    "than over vs vs. versus as like on of to from in by at with and or against including beyond for"
)
# What is announced "furthermore" is not what the paper is about first of all.
_ADDED = re.compile(r"(?:Furthermore|Moreover|Additionally|In addition|Besides|Also|Finally|Lastly)\b")
# "FoldNet, a task that": what is to be solved, and not what solves it.
_PROBLEM = re.compile(
    r"[^.;]{0,60}?, (?:an?|the) (?:[\w-]+ ){0,4}(?:task|problem|setting|phenomenon|challenge)\b"
)
# "However, …" ends the background; "existing" and the like are said of others' work.
_CONTRAST = re.compile(r"(?:However|Yet|But|Unfortunately|Nevertheless|Nonetheless|Still|Despite|While)\b")
_OTHERS = re.compile(r"\b(?:existing|previous|prior|popular|recent|recently|widely|standard|conventional)\b")


def methods(paper: Paper) -> list[str]:
    """Return what the paper's method may be called, the likeliest first, each verbatim from its text.

    The names the authors coined come first, then noun phrases for what they announce or write about.
    Nothing is made up: where neither is found, the list is empty.
    """
    return _Evidence(paper).ranked()


def _is_use(announced: str, long: str | None) -> bool:
    """Tell whether what ``announced`` ends with is what something is for: "a pipeline for wet linen (WL)"."""
    return long is not None and bool(
        re.search(r"\b(?:for|in|on|from) $", announced.rstrip().removesuffix(long))
    )


class _Evidence:
    """How much speaks for each candidate."""

    def __init__(self, paper: Paper) -> None:
        self.title = paper.title
        self.abstract = paper.abstract or ""
        self.scores: dict[str, float] = defaultdict(float)
        spoken = sentences(self.abstract)
        making = [list(_MAKING.finditer(sentence)) for sentence in spoken]
        self._read_title()
        self._read_names(spoken, making)
        self._read_subjects(spoken)
        self._count_mentions()
        self._read_phrases(spoken, making)

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
        head, *aside = re.split(r", (?=(?:an?|the|our) )", before, maxsplit=1)
        if aside and is_coined(head):
            before, rest = head, aside  # "FoldNet, a planner for towels"
        known = self.abstract.casefold()
        if rest and len(before.split()) <= 5:
            short = re.findall(r"\(([^()]{2,60})\)", before)
            for name in (re.sub(r"\([^()]{2,60}\)", "", before).strip(), *short):
                if " " not in name:
                    self.scores[name] += 8 if is_coined(name) or name.casefold() in known else 3.5
                elif name.casefold() in known and is_capitalised(name.split()):
                    self.scores[name] += 4.5
        for made in re.finditer(
            r"(?:^|[:?!] )(?:[Aa]n? |[Tt]he )?(\S+)|\b(?:[Uu]sing|[Vv]ia) (\S+)", self.title
        ):
            word = bare(made.group(1) or made.group(2))
            if is_coined(word) and not is_well_known(word) and word not in self.scores:
                self.scores[word] += 2 if made.group(1) else 1

    def _read_names(self, spoken: list[str], all_making: list[list[re.Match[str]]]) -> None:
        announced = False
        for sentence, making in zip(spoken, all_making, strict=True):
            calling = list(_CALLED.finditer(sentence))
            own = min((made.end() for made in [*making, *calling]), default=None)
            for short, long, at in expansions(sentence):
                if own is not None and at > own and not _is_use(sentence[own:at], long):
                    self.scores[short] += 4 if at - own < 100 and not announced else 2.5
                    self.scores[long or short] += 1.5
                elif announced:
                    self.scores[short] += 2 if long else 0
                else:
                    self.scores[short] -= 5  # a term of the field, explained with the background
            for made in making:
                rest = sentence[made.end() : made.end() + 300]
                problem = _PROBLEM.match(rest)
                self._read_announced(rest, 2 if announced or problem else 4)
                announced = announced or not problem
            for called in calling:
                name = leading_name(sentence[called.end() : called.end() + 300])
                if name:
                    self.scores[name] += 4
                announced = announced or name is not None
            for explained in _EXPLAINED.finditer(sentence) if announced else ():
                if word := coined(explained.group(1)):
                    self.scores[word] += 1.5

    def _read_announced(self, rest: str, weight: float) -> None:
        """Read what follows "we propose": its first words are the name, or it comes as an apposition."""
        name = leading_name(rest)
        if name is not None:
            if name:
                self.scores[name] += weight
            return
        for place, clause in enumerate(re.split(r"[,;:]|--|—", rest)[:3]):
            for word in map(bare, clause.split()[:10]):
                if word in STOP:
                    break
                if is_coined(word) and not is_well_known(word):
                    self.scores[word] += weight * (0.6 if place else 0.75)

    def _read_subjects(self, spoken: list[str]) -> None:
        """Read names that are never announced: a sentence just says what they do, or explains them."""
        background = next((at for at, sentence in enumerate(spoken) if _CONTRAST.match(sentence)), -1)
        met: set[str] = set()
        others: set[str] = set()
        for at, sentence in enumerate(spoken):
            raw = sentence.split()
            for place, name in enumerate(map(coined, raw)):
                if not name or is_well_known(name) or self.scores.get(name):
                    continue
                before, word, after = ["", *raw, ""][place : place + 3]
                explained = word == name + "," and after in ("a", "an", "our", "which", "the")
                if name not in met and before.casefold() in _BESIDE and not explained:
                    others.add(name)
                met.add(name)
                acts = word == name and (
                    not before or before[-1] == "," or before in ("that", "find", "show")
                )
                if (
                    name not in others
                    and at > background
                    and not _OTHERS.search(sentence)
                    and (explained or (acts and _SUBJECT.match(after.rstrip(","))))
                ):
                    self.scores[name] += 2.2

    def _count_mentions(self) -> None:
        """Count what comes back, as the subject of sentences above all: the paper is about it."""
        raw = self.abstract.split()
        counts, subjects = Counter[str](), Counter[str]()
        for place, name in enumerate(map(coined, raw)):
            if name:
                counts[name] += 1
                after = raw[place + 1] if place + 1 < len(raw) else ""
                subjects[name] += raw[place] == name and bool(_SUBJECT.match(after))
        titled = {*map(bare, self.title.split())}
        for name in dict.fromkeys([*self.scores, *counts]):
            if name + "s" in counts or (name[-1] == "s" and name[:-1].isupper() and name.isalpha()):
                self.scores[name] -= 5  # a kind of thing, others have made them, too
            mentions = counts[name] or self.abstract.count(name)
            evidence = 0.4 * min(mentions, 5) + 0.6 * min(subjects[name], 3) + 1.5 * (name in titled)
            if self.scores[name] > 0:
                self.scores[name] += evidence
            elif not is_well_known(name):
                # Never announced: behind all that was, and last where it may be a term of the field.
                self.scores[name] += evidence * (0.1 if name.isupper() and name.isalpha() else 0.25)

    def _read_phrases(self, spoken: list[str], all_making: list[list[re.Match[str]]]) -> None:
        titled = set(re.findall(r"\w+", self.title.casefold()))
        weight = 1.0
        for sentence, making in zip(spoken, all_making, strict=True):
            own = [(made, weight) for made in making if _PROPOSING.search(made.group())]
            for made, said in own or [(made, 0.5) for made in _STUDYING.finditer(sentence)]:
                if phrase := noun_phrase(sentence[made.end() : made.end() + 300]):
                    worth = said / 2 if _ADDED.match(sentence) else said
                    shared = len(titled.intersection(re.findall(r"\w+", phrase.casefold())))
                    self.scores[phrase] += worth + 0.3 * min(shared, 3)
                    weight *= 0.8
        for phrase, worth in title_phrases(self.title):
            self.scores[phrase] += worth
