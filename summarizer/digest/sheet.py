"""CSV, the format for spreadsheets: one row a paper, safe to open.

The file begins with a byte order mark: without one, Excel reads UTF-8 as the machine's old code page and
spoils every accent, quotation mark and ×. pandas and LibreOffice skip it; Python's ``csv`` does so with
``encoding="utf-8-sig"``. A spreadsheet may take an arXiv id for a number and cut its last zero (2401.00010):
``url`` keeps it, and JSONL is the format for scripts.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Collection, Iterable, Iterator

from summarizer.digest.edition import About, largest, saving
from summarizer.records import Gain, Record, Result
from summarizer.text import clean

COLUMNS = (
    "id", "title", "authors", "author_count", "published", "url",
    "domain", "contribution", "method", "tldr",
    "factor", "resource", "quote", "baseline",
    "all_gains", "warnings", "error",
)  # fmt: skip
"""``factor`` to ``baseline`` are the largest gain; ``all_gains`` names every gain, that one included."""

# What a cell must not begin with: a spreadsheet would compute it. The wide forms count in Japanese Excel.
_FORMULA = ("=", "+", "-", "@", "＝", "＋", "－", "＠")


def rows(records: Collection[Record], _about: About) -> Iterator[str]:
    """Yield the header and then one row a record; unknown values are empty cells."""
    yield "\ufeff"
    yield _row(COLUMNS)
    for record in records:
        cells = _cells(record)
        yield _row([cells.get(column) for column in COLUMNS])


def _cells(record: Record) -> dict[str, object]:
    paper = record.paper
    cells: dict[str, object] = {
        "id": paper.id,
        "title": paper.title,
        "authors": "; ".join(paper.authors),
        "author_count": paper.author_count,
        "published": paper.published,
        "url": paper.url,
    }
    if not isinstance(record, Result):
        return cells | {"error": f"{record.error.kind}: {record.error.message}"}
    tags = record.tags
    cells |= {
        "domain": tags.domain,
        "contribution": tags.contribution,
        "method": tags.method,
        "tldr": record.tldr,
        "all_gains": " | ".join(_in_words(gain) for gain in tags.efficiency_gains),
        "warnings": " | ".join(record.warnings),
    }
    gain = largest(record)
    return cells | gain.model_dump() if gain else cells


def _in_words(gain: Gain) -> str:
    baseline = f" (vs. {gain.baseline})" if gain.baseline else ""
    return f"{saving(gain)}: “{gain.quote}”{baseline}".removeprefix(": ")


def _row(cells: Iterable[object]) -> str:
    line = io.StringIO()
    # Excel reads both kinds of line end; with CR LF, awk and cut would find a CR in every last cell.
    csv.writer(line, lineterminator="\n").writerow([_safe(cell) for cell in cells])
    return line.getvalue()


def _safe(cell: object) -> object:
    """Return ``cell`` on one line and, where a spreadsheet would compute it, behind an apostrophe."""
    if not isinstance(cell, str):
        return cell
    cell = clean(cell)
    return f"'{cell}" if cell.startswith(_FORMULA) else cell
