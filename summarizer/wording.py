"""Whether the words of a phrase tell a gain in efficiency, or one in quality, a size, a count."""

from __future__ import annotations

import re

from summarizer.factor import Figure, figures, plain
from summarizer.resources import FAST, LESS, RESOURCES, SAVED
from summarizer.rivals import outdone

_QUALITY = (
    r"(?:accura\w+|precision|recall|f1\S*|bleu|rouge\S*|pass@\S+|scores?|success\w*|win\w*|errors?|"
    r"hallucinat\w+|perplexity|g?fid|fvd|m?ap|m?iou|dice|au\w?roc|auc\w*|psnr|ssim|lpips|[wc]er|rewards?|"
    r"quality|fidelity|robust\w*|(?<!runtime )performance|points?|pp|correlat\w+|faithful\w*|interpretab\w+|reliab\w+|"
    r"toxic\w*|bias\w*|harm\w*|attacks?|(?<!-)asr|jailbreak\w*|vulnerab\w+|loss(?:es)?|regret|distort\w+|"
    r"artifacts?|drift\w*|forgetting|collisions?|fail\w*|gap|knowledge|divers\w+|coverage|generali[sz]\w+|"
    r"hit\S*|ndcg\S*|click\w*|conversion|ctr|engagement|revenue|variance|nois\w+|rmse|mae|mse|deviation|"
    r"uncertain\w+|calibrat\w+|ece|dispar\w+|refus\w+|confidence|agreement|correct\w*|capabilit\w+|"
    r"instabil\w+|degrad\w+|violations?|safety|risks?|ability|resolution|preference(?! data)|realism|consisten\w+|"
    r"alignment|detection|discover\w+|mortality|overfit\w+|mismatch|contamination|unsafe|over-?refus\w*|better|"
    r"rates? (?:drop|fall|fell|declin)\w*|mistakes?|bugs?|fluen\w+|coheren\w+)"
)
# "error-induced overhead" is no error
_QUALITY_WORD = re.compile(rf"\b{_QUALITY}\b(?!-\w+(?:ed|ing|free|aware)\b)")
# Quality that is kept or lost is said beside a gain, not as the gain.
_KEPT = re.compile(
    r"\b(?:same|comparable|similar|equal\w*|equivalent|match\w*|par|no|without|negligible|minimal|minor|"
    r"little|lossless|maintain\w*|keep(?:s|ing)?|preserv\w*|retain\w*|sacrific\w+|compromis\w+|outperform\w*|surpass\w*|"
    r"exceed\w*|better|superior|"
    rf"competitive|high)\b(?: \S+){{0,4}}? {_QUALITY}\b|\bhigh(?:er)?-(?:quality|fidelity|resolution)\b"
)
_WORSE = re.compile(
    r"\b(?:slower|slow\w* ?down|more expensive|(?:increas|rais)\w+ (?:\S+ ){0,4}(?:cost|steps|latency))\b"
)

# Words that name a gain in efficiency whatever stands beside them: "speeds up the performance by 2x".
_SPEEDS_UP = re.compile(
    r"\b(?:speed(?:s|ing)?[ -]up|sped up|accelerat(?:e[sd]?|ing)"
    r"|improv(?:e[sd]?|ing) (?:\S+ ){0,4}?(?:latency|\w*time|costs?|memory)"
    r"|(?:latency|\w*time|costs?|memory) [^#,]*(?:is|are|was|were) improved)\b[^#,]*$"
)
_MORE_EFFICIENT = re.compile(
    r" ?(?:improvements?|increases?|gains?|boosts?) (?:in|of) (?:\S+ ){0,3}?"
    r"(?:throughput|efficiency|speed|latency|runtime|(?:training|inference|\S+ing) time)\b"
    r"|(?:\S+ ){0,2}(?:latency|runtime|time) (?:improvement|gain)s?\b"
)
# "3 minutes instead of 2 hours", "requires 3 minutes compared to 2 hours"
_INSTEAD = re.compile(r"\d ?-?[a-z]+(?: [a-z]+){0,3},? (?:instead of|rather than) ")
_USES = re.compile(r"\b(?:needs?|requir\w+|takes?|taking|us(?:es|ing)|consum\w+)\b")
_PAIRED = re.compile(r"\d.* (?:vs\.?|versus|compared (?:to|with)) ")
_AGAINST = re.compile(r"\b(?:than|over|compared|versus|vs|relative to|with|while|at|on|across|under)\b")
# Figures that count or describe: what a dataset holds, how often something happens, what is thrown away.
_SHARE = re.compile(
    r"\b(?:only|just|less than|fewer than|under|with|using|uses?|requir\w+|in)\b[^#]{0,40}#|# of\b"
)
# "the training cost is only 9% of …": what is saved stands before.
_IS_ONLY = re.compile(r"\b(?:is|are|was|were)(?: \w+)? (?:only|just|merely|less than|under)$")
_COUNTED = re.compile(
    r"\b(?:consist\w*|compris\w+|contain\w*|reject\w*|mask\w*|achiev\w+ only|reach\w* only)\b|"
    r"only # of (?:\S+ ){1,4}(?:are|is|matter|contribut\w+|account|contain|have)\b|"
    r"# of (?:the )?(?:cases|runs|time ?steps)\b|\bworse\b|"
    r"(?<!\bin )(?<!\bin (?:only|just) )(?<!\bin less than )# of (?:the )?time\b|"
    r"\b(?:poison|inject|perturb|corrupt)\w*\b|\bintroduc\w+ (?:only|just|as little)\b|\bacross [^#]{0,20}#|"
    r"# ?\)? ?(?:of )?(?:new|additional|extra|nois\w+|misalign\w+|mislabel\w+|corrupt\w+|incorrect|wrong)\b|"
    r"# of (?:\S+ ){1,4}being\b"
)

_CLOCK = r"(?:[mμµ]s|(?:milli|micro)seconds?|s|sec(?:ond)?s?|min(?:ute)?s?|(?:gpu[ -])?hours?)"
_SPAN = rf"(?:\d[\d.]*(?:-| to | and ))?\d[\d.]* ?{_CLOCK}(?![^\s.,;)])"
_WORKS = (
    r"(?:generat|reconstruct|render|complet|execut|run|infer|produc|synthe|transcrib|learn|train|"
    r"converg|tun|solv|optimi[sz]|finish|edit|process|respond|segment|adapt|comput|creat|simulat|compil|deploy|"
    r"fit|build|search|predict|extract|detect|estimat|classif|certif|verif|analy[sz])"
    r"(?:e|es|ed|s|ing|ion|ence|i[sz]e[sd]?|i[sz]ing|y|ies|ied|ying)?"
)
# Absolute figures that are offered as little: "in only 8 steps", "less than 20 minutes", "at 30 fps".
_ABSOLUTE = re.compile(
    r"\b(?:(?:only|just|merely?|as (?:few|little|low) as|even (?:with|in)|no more than|at most|(?:using|"
    r"with|in|on|requires?|requiring|needs?) (?:fewer|less) than)"
    r"(?: (?:an?|average|of|about|around|approximately|roughly|up|to|the|on|in|with|for|requires?|"
    r"requiring|uses?|using|less|fewer|than|under|takes?|needs?|few)){0,5}"
    r" (?:usd )?(?!\d+-(?:sec|min|hour|day)|1 or\b|\d+ (?:of|additional|extra|more|new)\b)\d[\d.]*+(?!%)(?: ?(?:-|"
    r"to) ?\d[\d.]*)?(?: ?[kmb]\b)?[ -]?(?:\S+ ){0,3}?"
    r"(?:ms|s|sec(?:ond)?s?|min(?:ute)?s?|hours?|days?|steps?|nfes?|evaluations|samples|examples|"
    r"demonstrations|demos|trajectories|episodes|trials|interactions|rollouts|frames|tokens|param\w+|"
    r"labels|labell?ed|annotat\w+|images|gpus?|iterations|epochs|gb|mb|kb|queries|calls|shots|"
    r"instances|pairs|entries|pass(?:es)?|usd|weights|[kmb](?!-))\b"
    r"|(?:only|just|for|under|less than|below) (?:about |around |approximately )?usd \d"
    r"|\b(?:cost|budget|expense)s? (?:of|is|was) (?:\w+ ){0,2}usd \d|usd \d[\d.]*[kmb]? (?:\w+ )?(?:cost|budget)s?\b"
    r"|\d[\d.]*k? (?:tokens|samples|images|requests|queries) ?(?:/ ?s(?:ec)?|per second)\b"
    r"|[\d.]+%\)? (?:\S+ ){0,3}?overhead"
    r"|within \d[\d.-]* (?:\S+ ){0,2}?(?:steps|rounds|episodes|epochs|iterations)\b"
    r"|usd \d[\d.]* (?:each|per \w+)|\bsub-\d[\d.]*[ -]?(?:ms|(?:milli)?seconds?|minutes?|hours?)\b"
    r"|(?:within|in(?:to)?|under|with) (?:a single )?\d[\d.]* ?gb (?:of )?(?:\w+ )?(?:memory|v?ram|gpus?)\b"
    rf"|(?:runs?|running|fit(?:s|ting)?|inference|{_WORKS}|fine-tuning|deploy\w*|real[- ]time)(?: [^\s()]+){{0,10}}? "
    r"(?:on|in(?:to)?|within|with) (?:a single|1|2) (?:\S+ ){0,3}?(?:[gc]pus?|[345]0[5-9]0|[ahv]\d00)\b"
    r"|(?:speeds?|runs?|running|achiev\w+|reach\w*|exceed\w*|sustain\w*|deliver\w*|operat\w+|render\w*|real-time|inference|"
    r"generat\w+|interactiv\w+|support\w*) (?:\S+ ){0,6}?\d[\d.]* ?-?(?:fps|frames[ -]per[ -]second|hz)\b"
    r"|at (?:up to |over )?\d[\d.]* ?(?:fps|frames per second|hz) on (?:an?|one)\b"
    rf"|(?:in (?:only|just|as little as)|under|less than|below) {_SPAN}"
    # "generates a scene in 2 seconds", but not "within 24 hours it played better than any human"
    rf"|{_WORKS}\b(?: [^\s()]+){{0,12}}? (?:with)?in (?:about |around |approximately )?{_SPAN}"
    rf"|in (?:about |around |approximately )?{_SPAN} (?:of|on (?:an?|one|\d+)) (?:\S+ ){{0,3}}?"
    r"(?:training|tuning|fine-tuning|compute|gpus?|cpus?|core|laptop|phone)"
    rf"|between \d[\d.]*(?:-| to | and )\d[\d.]* {_CLOCK} of "
    r"|\d[\d.]* ?ms (?:\w+ ){0,3}latency|latenc(?:y|ies) (?:of|as low as|below|under) (?:\w+ ){0,2}\d)"
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
    rf"(?:{'|'.join(pattern for name, pattern in RESOURCES if name in _STOCKS)}|models?)\b"
    r"|(?:larger|bigger)\b|(?:the|its|their) (?:\S+ ){0,2}?size\b"
)
_EFFICIENT = re.compile(
    r"\b(?:\w*-?efficien\w+|fast\w*|quick\w*|speed\w*|accelerat\w+|throughput|latency|real-time|"
    r"lightweight|cheap\w*|low-cost|compact|scal(?:e|es|ing|able)|\w+-free|overhead|free at|fraction of|"
    r"sav(?:e[sd]?|ings?)|(?:few|fewer|less|lower\w*|reduc\w+|decreas\w+|cut\w*|shorten\w*|minimi[sz]\w+|"
    r"eliminat\w+|avoid\w*|without|no|only|just|limited|small\w*|minimal|half|single|"
    r"requir\w+ no)\b(?: \S+){0,5}? "
    rf"(?:{'|'.join(pattern for _, pattern in RESOURCES)}|retraining|tuning|fine-tuning|search\w*|"
    r"prototypes|supervision|reliance|need))\b"
)


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


def may_tell(sentence: str) -> bool:
    """Tell whether a plain sentence has any figure that could tell a gain: most have none."""
    return bool(figures(sentence)) or _ABSOLUTE.search(sentence) is not None


def savings(clause: str) -> list[int]:
    """Return which of a plain clause's figures, counted from 0, surely tell a gain in efficiency."""
    return [nth for nth, mark in enumerate(figures(clause)) if _saves(clause, mark)]


def certain(clause: str) -> bool:
    """Tell whether a plain clause surely states a gain in efficiency, by a factor or an absolute figure."""
    return bool(savings(clause)) or absolute(clause) is not None


def absolute(clause: str) -> re.Match[str] | None:
    """Find the absolute figure of a plain clause that is offered as little: "in only 8 steps"."""
    return _ABSOLUTE.search(clause)


def _saves(clause: str, mark: Figure) -> bool:
    """Tell whether the words around a figure say that it is a resource that is saved, not quality gained."""
    if any(outdone(clause[mark.start : mark.end])):
        return True
    left = " ".join(clause[: mark.start].split()[-12:])
    right = _AGAINST.split(" ".join(clause[mark.end :].split()[:7]))[0]
    around = f"{left} # {right}"
    if clause.startswith("0.", mark.start):  # "0.5x the cost"
        return bool(SAVED.search(right))
    less = LESS.search(around)
    undirected = clause[mark.end - 1] == "%" and not less and not FAST.search(right)
    if undirected and _SHARE.search(around):  # "only 20% of the data"
        return bool(SAVED.search(around if _IS_ONLY.search(left) else right)) and not _COUNTED.search(around)
    if _SPEEDS_UP.search(left) or _MORE_EFFICIENT.match(right):
        return True
    near = _KEPT.sub(" ", around)
    if _QUALITY_WORD.search(near) or _WORSE.search(near) or _COUNTED.search(near):
        return False
    told = FAST.search(near) or (less and SAVED.search(near))
    pair = clause[mark.start : mark.end]
    paired = _INSTEAD.search(pair) or (_USES.search(left) and _PAIRED.search(pair))
    return bool(told or paired or _shares(clause, mark))


_AMOUNT = r"\d[\d.]*(?:-\d[\d.]*)?[x%]"
_BY = re.compile(rf"(?:and |or )?(?:\S+ ){{0,6}}?by (?:up to |over |about |around |more than )?{_AMOUNT}")
_LEADS = r"(?:(?:and|or|up to|over|an?|by|about|around|nearly|roughly|approximately) )*"
_ELLIPSIS = re.compile(
    rf"{_LEADS}{_AMOUNT}(?:,? (?:and|or) (?:up to )?{_AMOUNT})*(?: \([^()]{{1,30}}\))?"
    r"(?: (?<=x )(?:boosts?|gains?|improvements?|increases?))?"
    r" (?:over|on|for|in|at|when|with|under|during|across|against|than|vs|versus|relative to|compared|"
    r"respectively)\b"
    rf"|{_LEADS}{_AMOUNT}(?: \([^()]{{1,30}}\))?[.;]?$"
    # "cuts cost by 20% | and 30% of the time", "speeds up A by 2x | and B by 3x"
    rf"|{_LEADS}{_AMOUNT} (?:of (?:the |its |their )?)?(?:\S+ )?{SAVED.pattern}"
    rf"|(?:and )?(?:\S+ ){{1,3}}by {_LEADS}\d[\d.]*(?:-\d[\d.]*)?x"
    # "a 2x speedup over A | outperforming B by 3x"
    rf"|(?:while )?(?:outperform|surpass|exceed|beat)\w* .*\bby (?:up to |over )?\d[\d.]*x"
)


_POINTED = re.compile(
    rf"{_LEADS}{_AMOUNT} (?:reductions?|decreases?|savings?|fewer|less|lower|faster|cheaper|smaller)\b"
)


# "2.9x FLOPs and 1.5x latency speedup": what the second figure says is said of the first, too.
_SHARES = re.compile(
    rf"(?P<of>(?: \(?[\w/-]+\)?){{1,3}}),? (?:and|or) {_LEADS}{_AMOUNT}(?: \(?[\w/-]+\)?){{1,4}}? "
    r"(?:speed-?ups?|reductions?|savings?|accelerations?|decreases?|improvements?|gains?)\b"
)
_LONGER = re.compile(r"\b(?:more|longer|larger|higher|better|bigger|greater|increase)\b")


def shares(clause: str, following: str) -> bool:
    """Tell whether the last figure of a plain clause is of one kind with that of the ``following`` one."""
    text = f"{clause} {following}"
    marks = [mark for mark in figures(text) if mark.start < len(clause)]
    return bool(marks) and _shares(text, marks[-1])


def _shares(text: str, mark: Figure) -> bool:
    found = _SHARES.match(text, mark.end)
    if not found or _QUALITY_WORD.search(found.group()) or _LONGER.search(found["of"]):
        return False
    return bool(SAVED.search(found["of"]))


# "cuts the cost of training, a burden to many, by 40%", "cuts costs, achieving an 84% decrease"
_HANGS = re.compile(
    rf"(?:(?:in some cases|on average|sometimes|often),? )?by {_LEADS}(?:more than |at least )?{_AMOUNT}"
    rf"|(?:achieving|yielding|reaching|with|showing|giving) {_LEADS}{_AMOUNT} "
    r"(?:reductions?|decreases?|savings?|drops?)\b"
)


def hangs(clause: str) -> bool:
    """Tell whether a clause says by how much, while what changes stands in a clause before."""
    return bool(_HANGS.match(clause)) and not _QUALITY_WORD.search(clause) and not SAVED.search(clause)


def restates(clause: str) -> bool:
    """Tell whether a clause gives its factor to what the one before says: "a 6x reduction", "10x fewer than …"."""
    return bool(_POINTED.match(clause)) and not _QUALITY_WORD.search(clause)


def continues(clause: str) -> bool:
    """Tell whether a clause is the rest of an enumeration: "and 1.8x less memory", "and 40% over plain search".

    What the second saves, and which way its figure points, stands in the clause before.
    """
    # "in high-resolution scenes" is where, not what.
    if _QUALITY_WORD.search(re.sub(r"\S+-\S+", "-", clause)):
        return False
    return bool(_ELLIPSIS.match(clause) or _POINTED.match(clause)) or (
        bool(re.match(_LEADS + _AMOUNT, clause)) and bool(SAVED.search(clause)) and bool(figures(clause))
    )


def dangles(clause: str) -> bool:
    """Tell whether a clause names what changes, and by how much, but lacks its verb: "and cost by 40%"."""
    if _QUALITY_WORD.search(clause) or not SAVED.search(clause):
        return False
    return bool(_BY.match(clause))


def beats(context: str, clause: str) -> bool:
    """Tell whether a rival needs more for the same: "matches models trained on 10x more data"."""
    for mark in figures(clause):
        if _LARGER.match(clause[mark.end :].strip()):
            left = plain(context).rsplit(clause, 1)[0] + clause[: mark.start]
            return bool(_RIVAL.search(left) or "than our" in clause)
    return False


# A figure that the authors deny, that tells a loss, or that is somebody else's.
_DENIED = re.compile(
    r"\b(?:not|never|hardly|barely|isn't|aren't|doesn't)(?! only| just| merely)(?: \w+)? \d"
    r"|\dx as (?:long|slow|expensive|costly)\b"
    r"|\bspeed-?ups? (?:\w+ ){0,2}(?:below|under|less than|at most)\b"
)
_OTHERS = re.compile(
    r"(?:^(?:prior|previous|earlier|existing) (?:work|methods?|approaches)\b|.*\bet al\b)(?!.*\b(?:we|our|ours)\b)"
)


def denied(clause: str) -> bool:
    """Tell whether a plain ``clause`` says of its figure that it is no gain, a loss, or the gain of others."""
    return bool(_DENIED.search(clause) or _OTHERS.match(clause))
