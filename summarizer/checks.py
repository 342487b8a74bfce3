"""What a model answered, held against the paper: nothing that is not true of the text comes through."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, get_args

from summarizer import gains, grounding
from summarizer.errors import PaperError
from summarizer.factor import factor
from summarizer.records import Gain, Paper, Resource
from summarizer.text import clean, count, figures, find_quote, numbers, sentences, words

if TYPE_CHECKING:
    from summarizer.completion import Completion
    from summarizer.prompts import FieldName, Template
    from summarizer.vocabulary import Vocabulary

LONGEST_TLDR = 30
"""Words in a TL;DR at most."""
SHORTEST_TLDR = 4
SHORTEST_HEAD = 8
"""Words that must be left of a sentence that is ended early."""
LONGEST_METHOD = 15
_UNKNOWN = {"", "null", "none", "n/a", "na", "unknown", "not stated", "not specified", "unnamed"}
_LABEL = re.compile(r"^\W*(?:tl;?\s?dr|summary|answer|one[- ]sentence summary)\W*[:\-–]\s*", re.IGNORECASE)
_FENCE = re.compile(r"^\s*```(?:json)?\s*(.*?)\s*(?:```\s*)?$", re.DOTALL)
# A word that must have come from somewhere: an acronym, a CamelCase name, something with a figure in it.
_NAME = re.compile(r"\b(?=[\w-]*[A-Z0-9][\w-]*[A-Z0-9])\w[\w-]*")
# "50 times" and what is left of a formula's "50\times" are the word "50x", "1.3 million" is "1.3M".
_COUNT = re.compile(
    r"(?<=\d)\s?(?:\$?\\?times(?!tep)|×|[xX](?!\w)|(?P<power>thousand|million|billion|trillion)\b)"
)
_POWERS = {"thousand": "K", "million": "M", "billion": "B", "trillion": "T"}
# Where a long sentence may end early and still be true: before what it adds, surest places first.
_ADDITIONS = (
    re.compile(
        r"[,;:] (?=which |where )|[;:] | [—–] "  # "predicts where it stands" ends with neither
        r"|[,;:]? (?=while |whereas |thereby |thus |achieving |enabling |allowing |making |leading to "
        r"|resulting in |outperforming |demonstrating |improving |and (?:we|it|our) )"
    ),
    re.compile(r", (?!and |or )|,? (?=and |using |via |through |without |by \w+ing )"),
)
# No sentence ends so: what was to follow is lost.
_BROKEN_OFF = re.compile(
    r"[\s(](?:an?|and|as|by|for|from|into|its|of|or|than|that|the|their|to|where|which|while|with|without)\.$"
)
_ADDRESS = re.compile(r"https?://\S+|www\.\S+")


@dataclass
class Answer:
    """What of an answer holds. ``values`` has the fields that do, ``problems`` says of the others why not.

    ``logprob`` is the mean of its tokens' log-probabilities, where the server tells it.
    """

    values: dict[FieldName, Any] = field(default_factory=dict)
    problems: dict[FieldName, str] = field(default_factory=dict)
    logprob: float | None = None


def check(
    completion: Completion, template: Template, paper: Paper, vocabulary: Vocabulary, own_words: float = 0.0
) -> Answer:
    """Return what holds of ``completion`` as an answer to ``template`` about ``paper``.

    ``own_words`` is the share of a TL;DR's word pairs that must stand in the paper: small models that leave
    its wording make things up.

    Raises:
        PaperError: the answer is no answer at all (``refused``, ``cut_off``, ``invalid_answer``).
    """
    if completion.finish in {"refusal", "content_filter"}:
        raise PaperError(
            "refused", f"the model refuses to answer: {clean(completion.content)[:160] or 'no reason given'}"
        )
    if template.unlikely_at and completion.logprob is not None and completion.logprob < template.unlikely_at:
        return Answer(problems=dict.fromkeys(template.fields, "the model is not sure of it"))
    if completion.finish == "length" and template.answer == "json":
        raise PaperError("cut_off", f"the answer was cut off after {completion.completion_tokens} tokens")
    if template.answer == "text":
        given: dict[str, Any] = {template.fields[0]: _whole(completion)}
    else:
        given = _object(completion.content)
    answer = Answer(logprob=completion.logprob)
    for name in template.fields:
        if name not in given:
            answer.problems[name] = f"{name} is missing"
            continue
        try:
            answer.values[name] = _CHECKS[name](given[name], paper, vocabulary)
        except _PartlyHoldsError as partly:
            answer.values[name] = partly.value
            answer.problems[name] = f"{name}: {partly}"
        except ValueError as problem:
            answer.problems[name] = f"{name}: {problem}"
    if own_words and "tldr" in answer.values:
        try:
            answer.values["tldr"] = _grounded(answer.values["tldr"], paper, own_words)
        except ValueError as problem:
            del answer.values["tldr"]
            answer.problems["tldr"] = f"tldr: {problem}"
    return answer


def _grounded(sentence: str, paper: Paper, own_words: float) -> str:
    """Return ``sentence`` without the figures that the paper gives to something else."""
    sentence, text = (
        grounding.without_doubtful_figures(sentence, paper.title, paper.abstract or ""),
        paper.text,
    )
    if grounding.shared_pairs(sentence, text) < own_words:
        raise ValueError("too little of it is in the paper's own words")
    if twice := grounding.stutter(sentence):
        raise ValueError(f"it says {twice!r} twice")
    if mistold := grounding.mistold_figures(sentence, text):
        raise ValueError(f"{mistold!r} is not what the paper says of these figures")
    if word := grounding.strange_word(sentence, text):
        raise ValueError(f"the word {word!r} stands neither in the title nor in the abstract")
    return tldr(sentence, paper)


def _whole(completion: Completion) -> str | None:
    """Return the text of an answer up to its last whole sentence; ``None`` where it has none."""
    if completion.finish != "length":
        return completion.content
    return " ".join(sentences(clean(completion.content))[:-1]) or None


class _PartlyHoldsError(ValueError):
    """Some of a field holds."""

    def __init__(self, value: Any, problem: str) -> None:
        super().__init__(problem)
        self.value = value


def _object(content: str) -> dict[str, Any]:
    """Return the JSON object in ``content``, which may stand in a fence or among other words."""
    text = content.strip()
    if fenced := _FENCE.match(text):
        text = fenced.group(1)
    start = text.find("{")
    try:
        value, _ = json.JSONDecoder().raw_decode(text, max(start, 0))
    except (ValueError, RecursionError):
        raise PaperError("invalid_answer", "the answer is not a JSON object") from None
    if not isinstance(value, dict):
        raise PaperError("invalid_answer", "the answer is not a JSON object")
    return value


def tldr(value: Any, paper: Paper) -> str:
    """Return ``value`` as the one sentence that a TL;DR is.

    Labels, quotation marks and further sentences go, and where it is too long what it adds at its end;
    nothing is put in but a full stop.

    Raises:
        ValueError: it is too long or too short, repeats the title, or has a number, a share, a multiple or a
            name that the paper has not.
    """
    if not isinstance(value, str):
        raise ValueError("a whole sentence was expected")
    text = _LABEL.sub("", _typeset(clean(value))).strip('*_`"“” ')
    parts = sentences(text)
    if not parts:
        raise ValueError("the sentence is empty")
    first = _brief(parts[0]).rstrip(" ,;:—–")
    if not first.endswith((".", "!", "?", "。", "！", "？")):
        first += "."
    length = len(words(first))
    if length > LONGEST_TLDR:
        raise ValueError(f"the sentence has {length} words, and at most {LONGEST_TLDR} are wanted")
    # Scripts without spaces have no words to count.
    if length < SHORTEST_TLDR and len(first) < 20:
        raise ValueError(f"{count(length, 'word')} would be too few for a sentence")
    known = numbers(paper.text)
    for word in words(first):  # the number is named as the sentence has it: 71% where the abstract has 0.71
        if numbers(word) - known:
            said = word.lstrip("([\"'“‘").rstrip(".,;:!?)]\"'”’")
            raise ValueError(f"the number {said} stands neither in the title nor in the abstract")
    if changed := sorted(figures(first) - figures(paper.text)):
        raise ValueError(f"the figure {''.join(changed[0])} stands neither in the title nor in the abstract")
    if lost := _BROKEN_OFF.search(first):
        raise ValueError(f"it breaks off after {lost.group().strip(' (.')!r}")
    if address := _ADDRESS.search(first):
        raise ValueError(f"the address {address.group()} does not belong in a summary")
    if name := invented_name(first, paper):
        raise ValueError(f"the name {name!r} stands neither in the title nor in the abstract")
    if repeats_title(first, paper.title):
        raise ValueError("it only repeats the title")
    return first


def _typeset(text: str) -> str:
    """Return ``text`` with what formulas leave behind written as people do: 50x, 14,056 and 12%."""
    return re.sub(r"(?<=\d)\$?\\?times(?!tep)", "x", text).replace("{,}", ",").replace("\\%", "%")


def _brief(sentence: str) -> str:
    """Return ``sentence``, ended before what it only adds where it is too long; it says less, nothing else."""
    if len(words(sentence)) <= LONGEST_TLDR:
        return sentence
    for boundary in _ADDITIONS:
        for match in reversed(list(boundary.finditer(sentence))):
            head = sentence[: match.start()]
            if SHORTEST_HEAD <= len(words(head)) <= LONGEST_TLDR:
                return head
    return sentence


def invented_name(text: str, paper: Paper) -> str | None:
    """Return the first name in ``text`` that the paper does not have, or ``None``.

    A name is what must have come from somewhere: an acronym, a CamelCase word, one with a figure in it. An
    acronym that the paper spells out ("LLMs" for "large language models") is the paper's own.
    """
    names = _NAME.findall(_counted(text))
    if not names:
        return None
    known = _letters(_counted(paper.text))
    singulars, initials = {_singular(word) for word in known}, "".join(word[0] for word in known)
    for name in names:
        for part in map(_singular, _letters(name)):
            # Numbers are held against the paper's numbers, however they are written.
            if part not in singulars and not part.isdigit() and not (part.isalpha() and part in initials):
                return str(name)
    return None


def _counted(text: str) -> str:
    return _COUNT.sub(lambda count: _POWERS.get(count["power"], "x"), text)


def _singular(word: str) -> str:
    return word.removesuffix("s")


def repeats_title(sentence: str, title: str) -> bool:
    """Tell whether ``sentence`` says hardly more than ``title``: less than a quarter of its words are new."""
    said, known = _letters(sentence), _letters(title)
    if not said or not known:
        return False
    new = sum(word not in set(known) for word in said)
    return new / len(said) < 0.25 or new < 2


def _letters(text: str) -> list[str]:
    return re.findall(r"\w+", text.casefold())


def _tldr(value: Any, paper: Paper, _: Vocabulary) -> str:
    return tldr(value, paper)


def _domain(value: Any, _: Paper, vocabulary: Vocabulary) -> str:
    return _term(value, [term.name for term in vocabulary.domain])


def _contribution(value: Any, _: Paper, vocabulary: Vocabulary) -> str:
    return _term(value, [term.name for term in vocabulary.contribution])


def _term(value: Any, names: list[str]) -> str:
    said = clean(value).casefold().strip(". ") if isinstance(value, str) else ""
    for name in names:
        if said == name.casefold():
            return name
    raise ValueError(f"{clean(str(value))[:60]!r} is not one of {', '.join(names)}")


def _method(value: Any, paper: Paper, _: Vocabulary) -> str | None:
    if value is None:
        return None
    if not isinstance(value, str):
        raise ValueError("a name or null was expected")
    name = clean(value).strip("\"'“”`*. ")
    if name.casefold() in _UNKNOWN:
        return None
    if len(words(name)) > LONGEST_METHOD:
        raise ValueError(f"it has {len(words(name))} words, and at most {LONGEST_METHOD} are wanted")
    if invented := invented_name(name, paper):
        raise ValueError(f"the name {invented!r} stands neither in the title nor in the abstract")
    return name


def _efficiency_gains(value: Any, paper: Paper, _: Vocabulary) -> tuple[Gain, ...]:
    if not isinstance(value, list):
        raise ValueError("a list was expected")
    kept: list[Gain] = []
    problem = ""
    for entry in value:
        said = entry.get("quote") if isinstance(entry, dict) else None
        # Models put quotes into quotation marks and end them with a full stop: neither is a word.
        quote = find_quote(said.strip("\"“”'.,;: "), paper.abstract or "") if isinstance(said, str) else None
        if quote is None:
            problem = problem or f"the quote {clean(str(said))[:80]!r} does not stand in the abstract"
        elif gains.states_gain(quote):
            kept.append(_gain(quote, entry, paper))
    if problem:
        raise _PartlyHoldsError(tuple(kept), problem)
    return tuple(kept)


def _gain(quote: str, entry: dict[str, Any], paper: Paper) -> Gain:
    baseline = entry.get("baseline")
    compared = find_quote(baseline, paper.text) if isinstance(baseline, str) else None
    # What the quote's own words say outranks the model's choice from a list.
    resource = gains.resource(quote)
    if resource == "other" and entry.get("resource") in get_args(Resource):
        resource = entry["resource"]
    return Gain(
        quote=clean(quote),
        resource=resource,
        factor=factor(quote),
        baseline=clean(compared) if compared else None,
    )


_CHECKS = {
    "tldr": _tldr,
    "domain": _domain,
    "contribution": _contribution,
    "method": _method,
    "efficiency_gains": _efficiency_gains,
}
