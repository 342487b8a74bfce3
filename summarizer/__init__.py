"""Tags and one-line summaries of papers, checked against their abstracts.

Papers go in (``sources``), are asked about (``prompts``, ``model``), the answers are held against the
text (``checks``), kept (``cache``) and written (``digest``); ``pipeline`` knows the order.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from summarizer.errors import InputError, PaperError, ServiceError, SetupError, SummarizeError
    from summarizer.library import Options, Papers, Summaries, asummarize, stream, summarize
    from summarizer.records import Failure, Gain, MadeBy, Paper, Problem, Record, Result, Tags

__all__ = [
    "Failure",
    "Gain",
    "InputError",
    "MadeBy",
    "Options",
    "Paper",
    "PaperError",
    "Papers",
    "Problem",
    "Record",
    "Result",
    "ServiceError",
    "SetupError",
    "Summaries",
    "SummarizeError",
    "Tags",
    "asummarize",
    "stream",
    "summarize",
]

_MODULES = ("errors", "records", "library")


def __getattr__(name: str) -> object:
    """Import what is public when it is asked for (PEP 562): the command line starts without it."""
    if name in __all__:
        for module in map(importlib.import_module, (f"summarizer.{module}" for module in _MODULES)):
            if hasattr(module, name):
                return getattr(module, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
