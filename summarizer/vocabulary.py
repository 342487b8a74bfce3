"""The closed vocabulary that papers are tagged with, read from a TOML file that users can replace.

    [[domain]]                 # one table per domain; [[contribution]] works the same way
    name = "cardiology"
    description = "Heart and vessels: diagnosis, treatment, prevention"
    cues.3 = ["cardiac", "heart failure", "arrhythm*"]      # a strong hint
    cues.1 = ["blood pressure"]                             # a weak one

Cues are what the program looks for in a title and an abstract to rank the choices before a model is
asked. They are optional, and so are their weights: ``cues = ["cardiac"]`` gives each of them weight 1.
"""

from __future__ import annotations

import re
import tomllib
from collections import defaultdict
from collections.abc import Sequence
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Annotated, Any, NamedTuple

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from summarizer.errors import SetupError

WORD = re.compile(r"[^\W_]+|\?")
"""A word of a cue or of a paper: letters and digits in one run, or a question mark."""

# Two letters would let "ai*" take in "aim", "air" and "aid"; cues are also looked up by three letters.
_CUE_WORD = re.compile(r"[^\W_]{3,}\*|\*[^\W_]{3,}|[^\W_]+|\?")


def _weighted(cues: Any) -> Any:
    return {"1": cues} if isinstance(cues, list) else cues


def _checked_cue(cue: str) -> str:
    cue = " ".join(cue.lower().replace("-", " ").split())
    if not cue or not all(_CUE_WORD.fullmatch(word) for word in cue.split()):
        raise ValueError(
            f"{cue!r} is no cue: write words and spaces, '*' only before or after three letters or more"
        )
    return cue


def _one_line(text: str) -> str:
    if len(text.splitlines()) != 1 or not text.strip():
        raise ValueError("must be one line of text")
    return text.strip()


def _distinct(choices: tuple[Choice, ...]) -> tuple[Choice, ...]:
    names = [choice.name for choice in choices]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise ValueError(f"the name {twice[0]!r} stands twice")
    return choices


_Line = Annotated[str, AfterValidator(_one_line)]
_Cue = Annotated[str, AfterValidator(_checked_cue)]


class Choice(BaseModel):
    """One word of the vocabulary.

    ``cues`` maps a weight to words and phrases, matched as whole words in any case, hyphens as spaces;
    ``*`` at a word's end or beginning stands for any letters, or none. A weight below zero speaks against
    the choice. ``prior`` is added to the choice's score whatever the paper says: how common it is.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: _Line
    description: _Line
    prior: float = 0.0
    cues: Annotated[dict[int, tuple[_Cue, ...]], BeforeValidator(_weighted)] = Field(default_factory=dict)


_Choices = Annotated[tuple[Choice, ...], Field(min_length=2), AfterValidator(_distinct)]


_WORDS_KEPT = 50_000
"""Texts share most of their words: which cues a word belongs to is remembered of so many."""


class Cue(NamedTuple):
    """What speaks for the choice at ``place``, and how strongly."""

    words: tuple[str, ...]
    place: int
    weight: int


class Cues:
    """The cues of several choices, all found in one pass over a text's words."""

    def __init__(self, choices: Sequence[Choice]) -> None:
        self.all = [
            Cue(tuple(cue.split()), place, weight)
            for place, choice in enumerate(choices)
            for weight, cues in choice.cues.items()
            for cue in cues
        ]
        # By a cue's longest word, or by three letters where that has a "*": a word of a text then meets few.
        self._by_word: dict[str, list[tuple[int, int]]] = defaultdict(list)
        for number, cue in enumerate(self.all):
            longest = max(cue.words, key=len)
            self._by_word[_start(longest)].append((number, cue.words.index(longest)))
        self._met = lru_cache(_WORDS_KEPT)(self._with)

    def _with(self, word: str) -> list[tuple[int, int, tuple[str, ...]]]:
        """Return the cues whose longest word is ``word``: number, place of the word, all words."""
        starts = (word, word[:3] + "*", "*" + word[-3:])
        met = (
            (number, place, self.all[number].words)
            for start in starts
            for number, place in self._by_word.get(start, ())
        )
        return [(number, place, cue) for number, place, cue in met if _matches(cue[place], word)]

    def find(self, words: Sequence[str]) -> list[int]:
        """Return which of ``all`` cues stand in ``words`` (lower case), each as often as it does."""
        found = []
        for at, met in enumerate(map(self._met, words)):
            for number, place, cue in met:
                start = at - place
                if len(cue) == 1 or (
                    0 <= start <= len(words) - len(cue) and all(map(_matches, cue, words[start:]))
                ):
                    found.append(number)
        return found


def _start(cue: str) -> str:
    if cue[-1] == "*":
        return cue[:3] + "*"
    return "*" + cue[-3:] if cue[0] == "*" else cue


def _matches(cue: str, word: str) -> bool:
    if cue[-1] == "*":
        return word.startswith(cue[:-1])
    return word.endswith(cue[1:]) if cue[0] == "*" else word == cue


class Vocabulary(BaseModel):
    """The domains and the kinds of contribution to choose from, in the order of their file."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    domain: _Choices
    contribution: _Choices

    @classmethod
    def load(cls, path: Path) -> Vocabulary:
        """Return the vocabulary in the TOML file ``path``.

        Raises ``SetupError`` that names the file, the field and the mistake, where it cannot be read or
        does not hold what a vocabulary needs.
        """
        try:
            return cls.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))
        except OSError as error:
            raise SetupError(f"{path}: the vocabulary cannot be read: {error.strerror or error}") from None
        except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
            raise SetupError(f"{path}: the vocabulary is not valid TOML: {error}") from None
        except ValidationError as error:
            first = error.errors(include_url=False)[0]
            message = first["msg"].removeprefix("Value error, ")
            raise SetupError(f"{path}: {_field(first['loc'])}: {message}") from None

    @cached_property
    def domain_cues(self) -> Cues:
        """The cues of all domains."""
        return Cues(self.domain)

    @cached_property
    def contribution_cues(self) -> Cues:
        """The cues of all kinds of contribution."""
        return Cues(self.contribution)

    @property
    def domains(self) -> tuple[str, ...]:
        """The names of the domains."""
        return tuple(choice.name for choice in self.domain)

    @property
    def contributions(self) -> tuple[str, ...]:
        """The names of the kinds of contribution."""
        return tuple(choice.name for choice in self.contribution)


def _field(loc: tuple[int | str, ...]) -> str:
    """Return where in the file a mistake is, as in ``domain 3, cues``: tables count from one."""
    table, *rest = loc
    if rest and isinstance(rest[0], int):
        return ", ".join([f"{table} {rest[0] + 1}", *(str(part) for part in rest[1:2])])
    return str(table)
