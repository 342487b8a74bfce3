"""Tags and one-line summaries of papers, checked against their abstracts.

Papers go in (``sources``), are asked about (``prompts``, ``model``), the answers are held against the
text (``checks``), kept (``cache``) and written (``digest``); ``pipeline`` knows the order.
"""

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
