"""arXiv ids and DOIs, told from whatever they are written in."""

from __future__ import annotations

import re

# Ids have five digits since 2015: 2412.0512 is what a spreadsheet has made of 2412.05120.
_ARXIV = (
    r"(?:(?:0[7-9]|1[0-4])(?:0[1-9]|1[0-2])\.\d{4}|(?:1[5-9]|[2-9]\d)(?:0[1-9]|1[0-2])\.\d{5}"
    r"|[a-z-]+(?:\.[a-z]{2})?/\d{7})"
)
_PLAIN_ARXIV_ID = re.compile(_ARXIV, re.IGNORECASE)
_ARXIV_ID = re.compile(
    rf"(?:arxiv:\s*|oai:arxiv\.org:|(?:https?://)?(?:[a-z]+\.)*(?:arxiv\.org|alphaxiv\.org|huggingface\.co|hf\.co)"
    rf"/(?:abs|pdf|html|format|papers)/|(?:https?://(?:dx\.)?doi\.org/|doi:\s*)?10\.48550/arxiv\.)?"
    rf"(?P<id>{_ARXIV})(?:v\d+)?(?:\.pdf)?(?:\s*\[[\w.-]+\])?/?(?:[?#]\S*)?",
    re.IGNORECASE,
)
_ARXIV_WITHIN = re.compile(
    rf"(?:arxiv:\s*|arxiv\.org/(?:abs|pdf|html)/|10\.48550/arxiv\.)(?P<id>{_ARXIV})(?!\d)", re.IGNORECASE
)
_DOI = re.compile(r"(?:(?:https?://)?(?:dx\.)?doi\.org/|doi:\s*)?(?P<id>10\.\d{4,9}/\S+)", re.IGNORECASE)


def known_id(value: str) -> str | None:
    """Return the arXiv id (without its version) or DOI that ``value`` is or links to, or ``None``."""
    if found := _ARXIV_ID.fullmatch(value):
        return _plain_id(found["id"])
    return found["id"] if (found := _DOI.fullmatch(value)) else None


def is_arxiv(number: str | None) -> bool:
    """Tell whether ``number`` is an arXiv id as ``known_id`` returns it."""
    return bool(number and _PLAIN_ARXIV_ID.fullmatch(number))


def is_doi(number: str | None) -> bool:
    """Tell whether ``number`` is a DOI as ``known_id`` returns it."""
    return bool(number and _DOI.fullmatch(number))


def arxiv_in(value: str) -> str | None:
    """Return the arXiv id that a text such as "arXiv:2401.00001 [cs.LG]" names, or ``None``."""
    return _plain_id(found["id"]) if (found := _ARXIV_WITHIN.search(value)) else None


def _plain_id(number: str) -> str:
    """Return an arXiv id without the subject that old ones may bear: math.GT/0309136 is math/0309136."""
    return re.sub(r"\.[a-z]{2}(?=/)", "", number, flags=re.IGNORECASE).lower()


def address(number: object) -> str | None:
    """Return the address that an arXiv id or a DOI stands for by definition."""
    if not isinstance(number, str):
        return None
    if is_doi(number):
        return f"https://doi.org/{number}"
    return f"https://arxiv.org/abs/{number}" if is_arxiv(number) else None
