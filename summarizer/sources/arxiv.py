"""arXiv's API: papers by id, by category and by search, one request every three seconds as it asks."""

from __future__ import annotations

import datetime as dt
import re
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from summarizer.errors import InputError, ServiceError
from summarizer.records import Paper
from summarizer.sources import feed, web
from summarizer.sources.files import Text
from summarizer.sources.identifiers import is_arxiv
from summarizer.sources.merge import Library, is_unread
from summarizer.sources.spans import Span

ENDPOINT = "https://export.arxiv.org/api/query"
_GAP = 3.0  # seconds between requests
_BATCH = 100  # papers a request
_MOST = 2000  # papers of a day, a week or a month; the API answers ever more slowly beyond
_CATEGORY = re.compile(
    r"(?P<archive>astro-ph|cond-mat|cs|econ|eess|math|nlin|physics|q-bio|q-fin|stat)(?:\.(?P<subject>[a-z-]+))?"
    r"|(?P<whole>gr-qc|hep-ex|hep-lat|hep-ph|hep-th|math-ph|nucl-ex|nucl-th|quant-ph)",
    re.IGNORECASE,
)
_ADVANCED = re.compile(r"\b(?:ti|au|abs|co|jr|cat|rn|all|submittedDate):|\b(?:AND|OR|ANDNOT)\b")
_turns = {"next": 0.0}

Notice = Callable[[str], None]


def fill(library: Library, notice: Notice) -> None:
    """Fetch by their arXiv ids the papers of ``library`` that have no abstract.

    Ids that arXiv does not know are told. Raises ServiceError where it cannot be reached and nothing else
    was read; otherwise a notice says so, and those papers stay as they are.
    """
    wanted = {paper.key: paper for paper in library.bare() if is_arxiv(paper.id)}
    numbers = list(wanted)
    for start in range(0, len(numbers), _BATCH):
        batch = numbers[start : start + _BATCH]
        try:
            found = {paper.key: paper for paper in _by_ids(batch, notice)}
        except ServiceError as error:
            if all(map(is_unread, library.papers)):
                raise
            many = len(numbers) - start
            notice(f"{error}; {many:,} {'paper stays' if many == 1 else 'papers stay'} without an abstract")
            return
        for paper in found.values():
            library.add(paper)
        for number in batch:
            if number not in found:
                notice(f"{number}: arXiv knows no such paper: look at the id")
                if is_unread(wanted[number]):
                    library.drop(wanted[number])


def search(terms: str, notice: Notice) -> Iterator[Paper]:
    """Yield the first papers for ``terms``: the newest of a category, or the most relevant of a search."""
    is_category = _CATEGORY.fullmatch(terms.strip())
    order = "submittedDate" if is_category else "relevance"
    papers, total = _page({"search_query": _query(terms), "sortBy": order, "sortOrder": "descending"}, notice)
    if not papers:
        raise InputError(f"arXiv: nothing found for {terms!r}")
    if total > len(papers):
        which = "newest" if is_category else "most relevant"
        notice(f"arXiv {terms}: the {len(papers):,} {which} of {total:,} papers are taken")
    yield from papers


def daily(terms: str, span: Span | None, notice: Notice, also: str | None = None) -> tuple[str, list[Paper]]:
    """Return a label and the papers of ``span`` for ``terms``, the newest first; by default the newest day's.

    ``also`` are words that they have to have as well.

    Where ``span`` has no paper, the last day before it that has some is taken, and ``notice`` says so.
    """
    query = _query(terms) if also is None else f"({_query(terms)}) AND ({_query(also)})"
    if span:
        query = f"({query}) AND submittedDate:[199101010000 TO {span.end:%Y%m%d}2359]"
    order = {"search_query": query, "sortBy": "submittedDate", "sortOrder": "descending"}
    papers: list[Paper] = []
    first = span.start if span else dt.date.max
    while True:
        page, total = _page({**order, "start": str(len(papers))}, notice)
        if not papers:
            newest = next((paper.published for paper in page if paper.published), None)
            if newest is None:
                raise InputError(f"arXiv: nothing found for {terms!r}")
            if newest < first:
                if span:
                    notice(
                        f"arXiv {terms}: no papers in {span}: these are those of {newest}, the last before"
                    )
                first = newest
                span = None
        papers += page
        is_over = any(paper.published and paper.published < first for paper in page)
        if not page or is_over or len(papers) >= total:
            break
        if len(papers) >= _MOST:
            notice(
                f"arXiv {terms}: the newest {_MOST:,} papers are taken; ask for a shorter time for the rest"
            )
            break
    label = f"arXiv {terms} {span or first}"
    return label, [paper for paper in papers if paper.published and paper.published >= first]


def _query(terms: str) -> str:
    """Return the query that people mean: a category, all of their words, or what is a query already."""
    terms = terms.strip()
    if found := _CATEGORY.fullmatch(terms):
        if whole := found["whole"]:
            return f"cat:{whole.lower()}"
        archive, subject = found["archive"].lower(), found["subject"] or "*"
        # The API minds capitals: cs.LG, but cond-mat.str-el and physics.optics.
        small = archive in ("cond-mat", "physics")
        return f"cat:{archive}.{subject.lower() if small else subject.upper()}"
    if _ADVANCED.search(terms):
        return terms
    words = re.findall(r'"[^"]+"|[^\s"]+', terms)
    quoted = [word if word.startswith('"') or word.isalnum() else f'"{word}"' for word in words]
    return " AND ".join(f"all:{word}" for word in quoted)


def _by_ids(numbers: Sequence[str], notice: Notice) -> list[Paper]:
    """Return the papers that arXiv knows of ``numbers``, at most a batch of them."""
    try:
        return _page({"id_list": ",".join(numbers)}, notice)[0]
    except web.Refused as error:
        if error.status != 400:
            raise
        if len(numbers) == 1:
            notice(f"arXiv does not take {numbers[0]} ({_reason(error.body)})")
            return []
    half = len(numbers) // 2  # one id that it does not take, and it refuses them all
    return _by_ids(numbers[:half], notice) + _by_ids(numbers[half:], notice)


def _page(params: Mapping[str, str], notice: Notice) -> tuple[list[Paper], int]:
    """Return one answer's papers, and how many there are in all."""

    def accept(body: str) -> Any:
        answer = feed.parse(_text(body, notice))
        if answer.bozo or not answer.version:
            raise InputError("no feed, or one that is cut off")
        start = int(params.get("start", "0"))
        if not answer.entries and _total(answer) > start and "id_list" not in params:
            raise InputError("an empty page in the middle")  # a known weakness of the API
        return answer

    answer, _ = web.get(
        ENDPOINT, {"start": "0", "max_results": str(_BATCH), **params}, accept, name="arXiv", turn=_turn
    )
    source = _text("", notice)
    papers = list(feed.entries(answer, source, "arxiv"))
    source.settle()
    return papers, _total(answer)


def _total(answer: Any) -> int:
    total = str(answer.feed.get("opensearch_totalresults", "0"))
    return int(total) if total.isdecimal() else 0


def _text(body: str, notice: Notice) -> Text:
    return Text("arXiv", body.splitlines(), notice, dt.datetime.now(dt.UTC).date())


def _reason(body: str) -> str:
    errors = map(feed.error_in, feed.parse(_text(body, lambda _: None)).entries)
    return next(filter(None, errors), "no reason given")


def _turn() -> None:
    """Wait until arXiv may be asked again."""
    wait = _turns["next"] - time.monotonic()
    if wait > 0:
        web.sleep(wait)
    _turns["next"] = time.monotonic() + _GAP
