"""Hugging Face Daily Papers: a day, a week, a month or a search, complete and with every field.

By its JSON: huggingface_hub's ``list_daily_papers`` drops nested fields, stops at the first page and does
not ask again when it is told to wait.
"""

from __future__ import annotations

import datetime as dt
import json
import os
import re
import zoneinfo
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from summarizer.errors import InputError, SetupError
from summarizer.records import Paper
from summarizer.sources import fields, jsontext, web
from summarizer.sources.files import Text
from summarizer.sources.spans import Span, around

_NAME = "Hugging Face"
_FIRST = dt.date(2023, 5, 4)  # of the archive
_LIMIT = 100  # rows a page; more are not given
_DEFAULT = 50  # rows a page of a server that takes no notice of a limit
_MOST_PAGES = 200
_BACK = {"date": 21, "week": 4, "month": 3}  # how far back the newest papers are looked for
_NEXT = re.compile(r"<([^<>]+)>\s*;\s*rel=\"?next\"?", re.IGNORECASE)

Notice = Callable[[str], None]


def today() -> dt.date:
    """Return the day that it is for Daily Papers, which turn over in New York."""
    try:
        zone: dt.tzinfo = zoneinfo.ZoneInfo("America/New_York")
    except zoneinfo.ZoneInfoNotFoundError:  # Windows has no such names
        zone = dt.timezone(-dt.timedelta(hours=5))
    return dt.datetime.now(zone).date()


def fetch(span: Span | None, search: str | None, notice: Notice) -> tuple[str, list[tuple[Paper, set[str]]]]:
    """Return a label and the papers, each with its other ids: of ``span``, of ``search``, else of today.

    Where the span has no papers (a weekend, or not published yet) those of the last one before it that has
    are returned, and ``notice`` says so. Items that are damaged are told.

    Raises SetupError for a time before the archive begins, InputError where nothing is found, and
    ServiceError where the server cannot be reached or refuses.
    """
    if search is not None:
        found = _papers("papers/search", {"q": search}, f"{_NAME} search", notice)
        if not found:
            raise InputError(f"{_NAME}: nothing found for {search!r}: try other words")
        return f"search “{search}”", found
    now = today()
    span = wanted = span or Span("date", now)
    if span.end < _FIRST:
        raise SetupError(f"{span}: Daily Papers begin on {_FIRST}: ask for that day or a later one")
    if span.start > now:
        span = around(span.kind, now)
    for _ in range(_BACK[span.kind]):
        if found := _of(span, notice):
            if span != wanted:
                notice(
                    f"no Daily Papers for {_named(wanted)}{_why(wanted, now)}: these are those of {_named(span)}"
                )
            return str(span), found
        span = span.before
    raise InputError(f"no Daily Papers from {span} up to {wanted}: try --date with an earlier day")


def _of(span: Span, notice: Notice) -> list[tuple[Paper, set[str]]]:
    try:
        return _papers("daily_papers", {span.kind: str(span)}, f"Daily Papers {span}", notice)
    except web.Refused as error:
        if error.status != 400:  # which is what a day ahead of the server's clock gets
            raise
        return []


def _papers(path: str, params: Mapping[str, str], name: str, notice: Notice) -> list[tuple[Paper, set[str]]]:
    source = Text(name, [], notice, today())
    papers: list[Paper] = []
    for number, row in enumerate(_rows(path, params), 1):
        papers += fields.papers(row, "huggingface", source, f"item {number}")
    source.settle()
    return [(paper, source.also.get(paper.key, set())) for paper in papers]


def _rows(path: str, params: Mapping[str, str]) -> list[object]:
    """Return the rows of all pages: nothing is done with half a day."""
    url = f"{_endpoint()}/api/{path}"
    query = {**params, "limit": str(_LIMIT)}
    rows: list[object] = []
    seen: set[str] = set()
    for page in range(1, _MOST_PAGES + 1):
        body, headers = web.get(url, query, _parsed, name=_NAME, headers=_headers())
        found = [row for row in jsontext.records(body) if row is not None] if body else []
        fresh = {repr(row): row for row in found if repr(row) not in seen}
        seen |= set(fresh)
        rows += fresh.values()
        following = _NEXT.search(headers.get("link", ""))
        if not fresh:
            break
        if following:  # only its query: a mirror may name the original server, which gets no token from here
            query = {**query, **dict(parse_qsl(urlsplit(following[1]).query))}
        elif len(found) >= _DEFAULT and page == int(query.get("p", "0")) + 1 and path == "daily_papers":
            query["p"] = str(page)
        else:
            break
    return rows


def _parsed(body: str) -> Any:
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        raise InputError("not JSON") from None


def _endpoint() -> str:
    endpoint = os.environ.get("HF_ENDPOINT", "").strip().rstrip("/") or "https://huggingface.co"
    if not re.match(r"https?://[^/\s]", endpoint):
        raise SetupError("HF_ENDPOINT is no address: it begins with https://")
    return endpoint


def _headers() -> dict[str, str]:
    token = os.environ.get("HF_TOKEN", "").strip()
    if not re.fullmatch(r"[!-~]*", token):
        raise SetupError("HF_TOKEN has characters in it that no token has: set it again, or unset it")
    return {"authorization": f"Bearer {token}"} if token else {}


def _named(span: Span) -> str:
    return f"{span} ({span.start:%A})" if span.kind == "date" else str(span)


def _why(span: Span, now: dt.date) -> str:
    return ", which is still ahead" if span.start > now else " yet" if span.end >= now else ""
