"""Tags and one-line summaries of papers, checked against their abstracts.

Papers go in (``sources``), are asked about (``prompts``, ``model``), the answers are held against the
text (``checks``), kept (``cache``) and written (``digest``); ``pipeline`` knows the order.
"""

from summarizer.errors import InputError, PaperError, ServiceError, SetupError, SummarizeError
from summarizer.records import Failure, Gain, MadeBy, Paper, Problem, Record, Result, Tags

__all__ = [
    "Failure",
    "Gain",
    "InputError",
    "MadeBy",
    "Paper",
    "PaperError",
    "Problem",
    "Record",
    "Result",
    "ServiceError",
    "SetupError",
    "SummarizeError",
    "Tags",
]
