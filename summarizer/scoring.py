"""How often what we say is right: one paper's answers held against its labels, and rates over papers.

Every rate is a ratio of sums over papers, so that papers can be drawn anew for its interval (bootstrap,
Efron 1979).
"""

from __future__ import annotations

import random
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from summarizer.checks import repeats_title, tldr
from summarizer.errors import SetupError
from summarizer.gold import Claim, Gold
from summarizer.records import Gain, Record, Result
from summarizer.text import find_quote, words

SAME_QUOTE = 0.6
"""Share of the shorter quote's words that stand in the longer one, too, where both are of one claim."""
SAME_FACTOR = 0.05
"""How far two factors of one claim may be apart, as a share of the labelled one."""
SAME_METHOD = 0.5
"""Share of words that two names of one method have in common (F1)."""
_DRAWS = 1000


@dataclass(frozen=True)
class Rate:
    """A figure: the sum of ``top`` over that of ``bottom``, both counted per paper."""

    top: str
    bottom: str


RATES = {
    "covered": Rate("covered", "papers"),
    "valid TL;DR": Rate("valid", "papers"),
    "false quotes per paper": Rate("false_quotes", "papers"),
    "claims: precision": Rate("claims_right", "claims_made"),
    "claims: recall": Rate("claims_found", "claims_there"),
    "claims: F1": Rate("claims_twice", "claims_both"),
    "factor right where matched": Rate("factor_right", "factor_there"),
    "hard negatives hit per paper": Rate("negatives", "negatives_asked"),
    "domain accepted": Rate("domain", "domain_asked"),
    "method matches": Rate("method", "method_asked"),
    "contribution accepted": Rate("contribution", "contribution_asked"),
    "TL;DR ROUGE-1": Rate("rouge1", "tldrs"),
    "TL;DR ROUGE-2": Rate("rouge2", "tldrs"),
    "TL;DR ROUGE-L": Rate("rougeL", "tldrs"),
    "title's own ROUGE-1": Rate("title1", "tldrs"),
    "title's own ROUGE-2": Rate("title2", "tldrs"),
    "title's own ROUGE-L": Rate("titleL", "tldrs"),
    "ROUGE-1, times the title's": Rate("rouge1", "title1"),
    "TL;DR words": Rate("length", "tldr_given"),
    "TL;DR repeats the title": Rate("copied", "tldr_given"),
    "TL;DR is the abstract's own sentence": Rate("extracted", "tldr_given"),
    "requests answered with warnings": Rate("warned", "papers"),
}


@dataclass
class Sheet:
    """One paper's counts, and in words what was wrong."""

    id: str
    counts: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)


def sheet(gold: Gold, record: Record) -> Sheet:
    """Score one record against its labels."""
    page = Sheet(gold.id)
    page.counts["papers"] = 1
    if not isinstance(record, Result):
        page.wrong.append(f"failed: {record.error.message}")
        result = None
    else:
        result = record
        page.counts["covered"] = 1
        page.counts["warned"] = bool(record.warnings)
    _score_tldr(page, gold, result)
    _score_claims(page, gold, result)
    for name, accepted in (("domain", gold.domain_ok), ("contribution", gold.contribution_ok)):
        if accepted:
            said = getattr(result.tags, name) if result else None
            page.counts[f"{name}_asked"] = 1
            page.counts[name] = said in accepted
            if said not in accepted:
                page.wrong.append(f"{name}: {said!r}, not {' or '.join(accepted)}")
    if gold.method:
        said = result.tags.method if result else None
        page.counts["method_asked"] = 1
        page.counts["method"] = same_method(said, (gold.method, *gold.method_aliases))
        if not page.counts["method"]:
            page.wrong.append(f"method: {said!r}, not {gold.method!r}")
    return page


def _score_tldr(page: Sheet, gold: Gold, result: Result | None) -> None:
    said = result.tldr if result else None
    if result and said:
        page.counts["tldr_given"] = 1
        page.counts["length"] = len(words(said))
        page.counts["copied"] = repeats_title(said, gold.title)
        page.counts["extracted"] = find_quote(said.rstrip("."), result.paper.abstract or "") is not None
        try:
            tldr(said, result.paper)
            page.counts["valid"] = 1
        except ValueError as problem:
            page.wrong.append(f"tldr: {problem}")
    if gold.tldrs:
        page.counts["tldrs"] = 1
        for name, text in (("rouge", said or ""), ("title", gold.title)):
            for kind, value in rouge(text, gold.tldrs).items():
                page.counts[name + kind] = value  # type: ignore[assignment]


def rouge(text: str, references: Sequence[str]) -> dict[str, float]:
    """Return ROUGE-1, -2 and -L (F1 in percent, stemmed) of ``text`` against its best reference by ROUGE-1."""
    scores = [_scorer().score(reference, text) for reference in references]
    best = max(scores, key=lambda score: float(score["rouge1"].fmeasure))
    return {
        kind.removeprefix("rouge"): 100 * float(best[kind].fmeasure)
        for kind in ("rouge1", "rouge2", "rougeL")
    }


@cache
def _scorer() -> Any:
    try:
        from rouge_score.rouge_scorer import RougeScorer
    except ImportError:
        raise SetupError(
            "scoring needs the package rouge-score: pip install 'summarize-papers[eval]' "
            "(in a checkout: pip install '.[eval]')"
        ) from None
    return RougeScorer(["rouge1", "rouge2", "rougeL"], use_stemmer=True)


def _score_claims(page: Sheet, gold: Gold, result: Result | None) -> None:
    if gold.efficiency_claims is None:
        return
    gains = list(result.tags.efficiency_gains) if result else []
    there = [claim for claim in gold.efficiency_claims if claim.quantified]
    counts = page.counts
    counts["negatives_asked"] = 1
    found: set[int] = set()
    for gain in gains:
        counts["false_quotes"] += find_quote(gain.quote, gold.paper.abstract or "") is None
        near = [(number, claim) for number, claim in enumerate(there) if same_quote(gain.quote, claim.quote)]
        right = [number for number, claim in near if _same_factor(gain, claim)]
        counts["factor_there"] += bool(near)
        counts["factor_right"] += bool(right)
        if right:
            counts["claims_right"] += 1
            counts["claims_made"] += 1
            found.update(right)
        elif near:
            counts["claims_made"] += 1
            page.wrong.append(f"factor: {gain.factor} for {gain.quote!r}, not {near[0][1].factor}")
        elif not any(same_quote(gain.quote, claim.quote) for claim in gold.efficiency_claims):
            counts["claims_made"] += 1
            page.wrong.append(f"no claim: {gain.quote!r}")
            counts["negatives"] += any(same_quote(gain.quote, span) for span in gold.hard_negatives)
    counts["claims_there"] = len(there)
    counts["claims_found"] = len(found)
    counts["claims_twice"] = 2 * counts["claims_right"]
    counts["claims_both"] = counts["claims_made"] + counts["claims_there"]
    page.wrong += [f"missed: {claim.quote!r}" for number, claim in enumerate(there) if number not in found]


def same_quote(one: str, other: str) -> bool:
    """Tell whether two quotes are of one claim: most of their words are the same."""
    left, right = Counter(_tokens(one)), Counter(_tokens(other))
    both = sum((left & right).values())
    return both >= SAME_QUOTE * min(left.total(), right.total()) and both > 0


def same_method(said: str | None, names: Sequence[str]) -> bool:
    """Tell whether ``said`` is one of ``names``: half of their words or more are the same (F1)."""
    for name in names:
        left, right = set(_tokens(said or "")), set(_tokens(name))
        if left and right and 2 * len(left & right) / (len(left) + len(right)) >= SAME_METHOD:
            return True
    return False


def _same_factor(gain: Gain, claim: Claim) -> bool:
    if gain.factor is None or claim.factor is None:
        return gain.factor is None and claim.factor is None
    return abs(gain.factor - claim.factor) <= SAME_FACTOR * claim.factor


def _tokens(text: str) -> list[str]:
    return re.findall(r"\w+", text.casefold())


def figures(sheets: Sequence[Sheet]) -> dict[str, float]:
    """Return every rate that the labels allow, over all ``sheets``."""
    total: Counter[str] = Counter()
    for page in sheets:
        total.update(page.counts)
    return {name: total[rate.top] / total[rate.bottom] for name, rate in RATES.items() if total[rate.bottom]}


def intervals(sheets: Sequence[Sheet], seed: int = 0) -> dict[str, tuple[float, float]]:
    """Return the 95% interval of every rate, from papers drawn anew with replacement."""
    dice = random.Random(seed)  # noqa: S311 - statistics, not secrets
    drawn: dict[str, list[float]] = {name: [] for name in RATES}
    for _ in range(_DRAWS if sheets else 0):
        for name, value in figures(dice.choices(sheets, k=len(sheets))).items():
            drawn[name].append(value)
    return {
        name: (values[int(0.025 * len(values))], values[int(0.975 * len(values))])
        for name, all_values in drawn.items()
        if (values := sorted(all_values))
    }
