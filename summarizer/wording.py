"""What the words of a phrase say is saved or gained: a resource, or quality."""

from __future__ import annotations

import re

from summarizer.factor import Figure, figures, plain
from summarizer.records import Resource

# What a phrase saves: the first that matches. Speed comes first, for "2x faster data loading" saves time.
_RESOURCES: tuple[tuple[Resource, str], ...] = (
    (
        "time",
        (
            r"faster|quicker|speed\w*|sped|accelerat\w+|throughput|latenc\w+|\d*fps|frame rates?|delays?|"
            r"(?:run|inference |training |wall-clock |execution )time"
        ),
    ),
    ("labels", r"label(?:s|ed|led|ing|ling)?|annotat\w+|demonstrations?|demos?"),
    ("memory", r"v?ram|memory|kv|cach\w+|storage|footprint|file sizes?|bytes|[kmgt]b|disk"),
    (
        "parameters",
        (
            r"param\w*|weights|neurons|model sizes?|(?:smaller|larger|bigger) (?:\w+ )?(?:models?|networks?)|"
            r"models? (?:\S+ ){0,3}smaller|larger|bigger|(?:its|their|the|our) size"
        ),
    ),
    (
        "data",
        (
            r"(?:pre-?train|fine-?tun|train)ing (?:samples?|examples?|tokens?|images|instances|sets?)|"
            r"data\w*|corp(?:us|ora)|examples?|images|documents|instances"
        ),
    ),
    (
        "queries",
        (
            r"quer(?:y|ies)|tokens?|(?:\w+ )?calls|prompts?|requests?|retrievals?|turns|responses?|"
            r"completions?|output lengths?|searches|context"
        ),
    ),
    (
        "samples",
        (
            r"samples?|sampling|episodes?|interactions?|trials?|rollouts?|trajector(?:y|ies)|experience|"
            r"experiments|"
            r"measurements"
        ),
    ),
    (
        "compute",
        (
            r"flops?|macs?|comput\w+|(?:gpu|cpu|tpu|npu)s?(?:[ -](?:hours?|days?))?|steps?|costs?|"
            r"evaluations?|nfes?|pass(?:es)?|iterations?|epochs?|frames?|complexity|budgets?|updates?|"
            r"operations?|rounds?|cheap\w*|"
            r"converg\w+|expensive"
        ),
    ),
    ("time", r"\w*times?|wall-?clock|hours?|minutes?|seconds?|days?|\d+m?s|ms|weeks?|months?|durations?"),
    ("compute", r"training|inference|decoding|resources?|overhead"),
    (
        "other",
        (
            r"energy|power|carbon|emissions?|bandwidth|communicat\w+|traffic|usd|bits?|bitrate|efforts?|"
            r"lengths?|usage|"
            r"consumption|size|lines of code|workload|smaller|lighter|compress\w+|efficien\w+"
        ),
    ),
)
_RESOURCE = tuple((name, re.compile(rf"\b(?:{pattern})\b")) for name, pattern in _RESOURCES)
_SAVED = re.compile(rf"\b(?:{'|'.join(pattern for _, pattern in _RESOURCES)})\b")
_FAST = re.compile(
    r"\b(?:faster|quicker|speed\w*|sped|accelerat\w+|throughput|\w*-?efficien\w+|smaller|cheaper|lighter|"
    r"shorter|cost-effective|fps)\b"
)
_LESS = re.compile(
    r"\b(?:fewer|less(?! than)|lower\w*|reduc\w+|sav(?:e[sd]?|ings?)|decreas\w+|cut(?:s|ting)?|shrink\w*|"
    r"compress\w+|trim\w*|shorten\w*|prun\w+|remov\w+|eliminat\w+|discard\w*|skip\w*|exempt\w*|drop(?:s|"
    r"ping)|slash\w*|minimi[sz]\w+|filter(?:ed|ing)|avoid\w*|mitigat\w+)\b"
)
_QUALITY = (
    r"(?:accura\w+|precision|recall|f1\S*|bleu|rouge\S*|pass@\S+|scores?|success\w*|win\w*|errors?|"
    r"hallucinat\w+|perplexity|g?fid|fvd|m?ap|m?iou|dice|au\w?roc|auc\w*|psnr|ssim|lpips|[wc]er|rewards?|"
    r"quality|fidelity|robust\w*|performance|points?|pp|correlat\w+|faithful\w*|interpretab\w+|reliab\w+|"
    r"toxic\w*|bias\w*|harm\w*|attacks?|asr|jailbreak\w*|vulnerab\w+|loss(?:es)?|regret|distort\w+|"
    r"artifacts?|drift\w*|forgetting|collisions?|fail\w*|gap|knowledge|divers\w+|coverage|generali[sz]\w+|"
    r"hit\S*|ndcg\S*|click\w*|conversion|ctr|engagement|revenue|variance|nois\w+|rmse|mae|mse|deviation|"
    r"uncertain\w+|calibrat\w+|ece|dispar\w+|refus\w+|confidence|agreement|correct\w*|capabilit\w+|"
    r"instabil\w+|degrad\w+|violations?|safety|risks?|ability|resolution|preference|realism|consisten\w+|"
    r"alignment|detection|discover\w+|mortality|overfit\w+|mismatch|contamination)"
)
_QUALITY_WORD = re.compile(rf"\b{_QUALITY}\b")
# Quality that is kept or lost is said beside a gain, not as the gain.
_KEPT = re.compile(
    r"\b(?:same|comparable|similar|equal\w*|equivalent|match\w*|par|no|without|negligible|minimal|minor|"
    r"little|lossless|maintain\w*|preserv\w*|retain\w*|sacrific\w+|compromis\w+|outperform\w*|surpass\w*|"
    r"exceed\w*|better|superior|"
    rf"competitive|high)\b(?: \S+){{0,4}}? {_QUALITY}\b"
)
_WORSE = re.compile(
    r"\b(?:slower|slow\w* ?down|more expensive|(?:increas|rais)\w+ (?:\S+ ){0,4}(?:cost|steps|latency))\b"
)

_AGAINST = re.compile(r"\b(?:than|over|compared|versus|vs|relative to|with|while|at|on|across|under)\b")
# Figures that count or describe: what a dataset holds, how often something happens, what is thrown away.
_SHARE = re.compile(
    r"\b(?:only|just|less than|fewer than|under|with|using|uses?|requir\w+)\b[^#]{0,40}#|# of\b"
)
_COUNTED = re.compile(
    r"\b(?:consist\w*|compris\w+|contain\w*|reject\w*|mask\w*|achiev\w+ only|reach\w* only)\b|"
    r"# of (?:the )?(?:time|cases|runs)\b"
)

_CLOCK = r"(?:ms|milliseconds?|s|sec(?:ond)?s?|min(?:ute)?s?|(?:gpu[ -])?hours?)"
# Absolute figures that are offered as little: "in only 8 steps", "less than 20 minutes", "at 30 fps".
_ABSOLUTE = re.compile(
    r"\b(?:(?:only|just|merely?|as (?:few|little|low) as|even (?:with|in)|no more than|at most|(?:using|"
    r"with|in|on|requires?|requiring|needs?) (?:fewer|less) than)"
    r"(?: (?:an?|average|of|about|around|approximately|roughly|up|to|the|on|in|with|for|requires?|"
    r"requiring|uses?|using|less|fewer|than|under|takes?|needs?|few)){0,5}"
    r" (?:usd )?(?!\d+-(?:sec|min|hour|day))\d[\d.]*+(?!%)(?: ?(?:-|"
    r"to) ?\d[\d.]*)?(?: ?[kmb]\b)?[ -]?(?:\S+ ){0,3}?"
    r"(?:ms|s|sec(?:ond)?s?|min(?:ute)?s?|hours?|days?|steps?|nfes?|evaluations|samples|examples|"
    r"demonstrations|demos|trajectories|episodes|trials|interactions|rollouts|frames|tokens|param\w+|"
    r"labels|labell?ed|annotat\w+|images|gpus?|iterations|epochs|gb|mb|kb|queries|calls|passes|shots|"
    r"instances|pairs|usd|weights|[kmb])\b"
    r"|(?:only|just|for|under|less than|below) usd \d"
    r"|[\d.]+% (?:\S+ ){0,3}?overhead"
    r"|(?:speeds?|runs?|running|achiev\w+|reach\w*|exceed\w*|operat\w+|render\w*|real-time|inference|"
    r"generat\w+|interactiv\w+|support\w*) (?:\S+ ){0,6}?\d\d[\d.]* ?(?:fps|frames per second)\b"
    rf"|(?:in (?:only |just |under |less than |about |around |approximately )?|under |less than |"
    rf"within |below )"
    rf"(?:\d[\d.]*(?:-| to | and ))?\d[\d.]* {_CLOCK}(?!\S)"
    rf"|between \d[\d.]*(?:-| to | and )\d[\d.]* {_CLOCK} of "
    r"|\d ?ms (?:\w+ ){0,3}latency|latenc(?:y|ies) (?:of|as low as|below|under) (?:\w+ ){0,2}\d)"
)

_RIVAL = re.compile(
    r"\b(?:outperform\w*|surpass\w*|exceed\w*|match\w*|rival\w*|beat\w*|comparable|competitive|on par|"
    r"better than|same|reach\w*|than (?:ours|our))\b"
)
NEEDS = re.compile(
    r"\b(?:needs?|requir\w+|takes?|outperform\w*|surpass\w*|match\w*|exceed\w*|rival\w*|beat\w*)\b"
)
_STOCKS = ("data", "compute", "parameters", "labels", "samples")
_LARGER = re.compile(
    r"(?:more|larger|bigger|greater|as (?:many|much|large)|the|its) (?:\S+ ){0,3}?"
    rf"(?:{'|'.join(pattern for name, pattern in _RESOURCES if name in _STOCKS)}|models?)\b"
    r"|(?:larger|bigger)\b|(?:the|its|their) (?:\S+ ){0,2}?size\b"
)
_EFFICIENT = re.compile(
    r"\b(?:\w*-?efficien\w+|fast\w*|quick\w*|speed\w*|accelerat\w+|throughput|latency|real-time|"
    r"lightweight|cheap\w*|low-cost|compact|scal(?:e|es|ing|able)|\w+-free|overhead|free at|fraction of|"
    r"sav(?:e[sd]?|ings?)|(?:few|fewer|less|lower\w*|reduc\w+|decreas\w+|cut\w*|shorten\w*|minimi[sz]\w+|"
    r"eliminat\w+|avoid\w*|without|no|only|just|limited|small\w*|minimal|half|single|"
    r"requir\w+ no)\b(?: \S+){0,5}? "
    rf"(?:{'|'.join(pattern for _, pattern in _RESOURCES)}|retraining|tuning|fine-tuning|search\w*|"
    r"prototypes|supervision|reliance|need))\b"
)


def resource(quote: str) -> Resource:
    """Return what ``quote`` says is saved, by its words; ``other`` where they do not tell."""
    text = plain(quote)
    return next((name for name, pattern in _RESOURCE if pattern.search(text)), "other")


def states_gain(quote: str) -> bool:
    """Tell whether ``quote`` reads as a gain in efficiency, with or without a figure.

    False for gains in quality, sizes, counts and budgets.
    """
    text = plain(quote)
    marks = list(figures(text))
    if any(_saves(text, mark) for mark in marks) or _ABSOLUTE.search(text):
        return True
    judged = _KEPT.sub(" ", text)
    if _QUALITY_WORD.search(judged) and (marks or not _EFFICIENT.search(judged)):
        return False
    return bool(_EFFICIENT.search(judged))


def certain(clause: str) -> bool:
    """Tell whether a plain clause surely states a gain in efficiency, by a factor or an absolute figure."""
    if any(_saves(clause, mark) for mark in figures(clause)):
        return True
    little = _ABSOLUTE.search(clause)
    return little is not None and not _QUALITY_WORD.search(_KEPT.sub(" ", clause[: little.end()]))


def _saves(clause: str, mark: Figure) -> bool:
    """Tell whether the words around a figure say that it is a resource that is saved, not quality gained."""
    left = " ".join(clause[: mark.start].split()[-10:])
    right = _AGAINST.split(" ".join(clause[mark.end :].split()[:7]))[0]
    if clause.startswith("0.", mark.start):
        return bool(_SAVED.search(right))
    if clause[mark.end - 1] == "%" and not _LESS.search(left) and _SHARE.search(f"{left} # {right}"):
        return bool(_SAVED.search(right)) and not _COUNTED.search(f"{left} # {right}")
    near = _KEPT.sub(" ", f"{left} # {right}")
    if _QUALITY_WORD.search(near) or _WORSE.search(near) or _COUNTED.search(near):
        return False
    if _FAST.search(near):
        return True
    return bool(_LESS.search(near) and _SAVED.search(near))


_BY = re.compile(r"(?:and |or )?(?:\S+ ){0,6}?by (?:up to |over |about |around |more than )?\d[\d.]*[x%]")


def continues(clause: str) -> bool:
    """Tell whether a clause is the rest of an enumeration: "and 1.8x in inference"."""
    return bool(re.match(r"(?:and |up to |over |an? )*\d[\d.]*(?:-\d[\d.]*)?[x%]", clause)) and (
        not _QUALITY_WORD.search(clause)
        and bool(_SAVED.search(clause))
        and next(figures(clause), None) is not None
    )


def dangles(clause: str) -> bool:
    """Tell whether a clause names what changes, and by how much, but lacks its verb: "and cost by 40%"."""
    if _QUALITY_WORD.search(clause) or not _SAVED.search(clause):
        return False
    return bool(_BY.match(clause))


def beats(context: str, clause: str) -> bool:
    """Tell whether a rival needs more for the same: "matches models trained on 10x more data"."""
    for mark in figures(clause):
        if _LARGER.match(clause[mark.end :].strip()):
            left = plain(context).rsplit(clause, 1)[0] + clause[: mark.start]
            return bool(_RIVAL.search(left) or "than our" in clause)
    return False
