"""The table that a person sees at the end of a run.

Import it where a table is shown: rich is not needed, nor paid for, by a run whose output is piped.
"""

from __future__ import annotations

from collections.abc import Sequence

from rich.table import Table
from rich.text import Text

from summarizer.digest.edition import headline, saving
from summarizer.records import Record, Result
from summarizer.text import clean

# Below this many columns only what tells papers apart is worth its place.
_ROOMY = 100


def table(records: Sequence[Record], width: int) -> Table:
    """Return ``records`` as a table ``width`` columns wide, one row a paper, failures dim and red.

    Titles are cut to one line, summaries are wrapped. No text of a paper or a model is read as markup,
    and no terminal escape in it survives.
    """
    roomy = width >= _ROOMY
    shown = Table(width=width, show_edge=False, pad_edge=False, header_style="bold")
    shown.add_column("Paper", ratio=3, no_wrap=True, overflow="ellipsis")
    if roomy:
        shown.add_column("Domain", ratio=2)
        shown.add_column("Method", ratio=2)
    shown.add_column("Gain", width=len("parameters"))
    shown.add_column("In a sentence", ratio=5)
    for record in records:
        cells = _cells(record)
        tags = ("domain", "method") if roomy else ()
        columns = ("title", *tags, "gain", "sentence")
        failed = not isinstance(record, Result)
        shown.add_row(*(Text(cells[column]) for column in columns), style="dim red" if failed else None)
    return shown


def _cells(record: Record) -> dict[str, str]:
    cells = {"title": record.paper.title, "domain": "", "method": "", "gain": ""}
    if isinstance(record, Result):
        gain = headline(record)
        cells |= {
            "domain": record.tags.domain or "",
            "method": record.tags.method or "",
            "gain": saving(gain) if gain else "",
            "sentence": record.tldr or "",
        }
    else:
        cells["sentence"] = f"{record.error.kind}: {record.error.message}"
    return {column: clean(text) for column, text in cells.items()}
