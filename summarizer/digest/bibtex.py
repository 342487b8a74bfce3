"""BibTeX of a digest's papers, so that they go back into Zotero, JabRef or a LaTeX document."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterator

from summarizer.digest.atom import address
from summarizer.digest.edition import About
from summarizer.records import Paper, Record, Result
from summarizer.sources import identifiers
from summarizer.text import clean

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")

# Braces must balance for BibTeX even behind a backslash, so they too go by name, as Zotero writes them. What is
# doubled would be set as one sign: -- as a dash, ?` as ¿.
_NAMES = {
    "\\": r"{\textbackslash}", "{": r"{\textbraceleft}", "}": r"{\textbraceright}",
    "~": r"{\textasciitilde}", "^": r"{\textasciicircum}", "<": r"{\textless}", ">": r"{\textgreater}",
    "|": r"{\textbar}",
    "&": r"\&", "%": r"\%", "$": r"\$", "#": r"\#", "_": r"\_",
}  # fmt: skip
_SIGNS = str.maketrans(_NAMES)
_SHOUTED = re.compile(r"[A-Za-z0-9][A-Z]|\b[A-Z]-")
_LIGATURE = re.compile(r"(?<=[-'`,])(?=[-'`,])|(?<=[?!])(?=`)")

# Formulas stay formulas where everything in them is known to be harmless: a title is a stranger's text,
# and TeX can read files and run on for ever. As for Pandoc, "$5 to $10" and "$5-$10" are
# money.
_SYMBOL = (
    r"\\(?:alpha|beta|gamma|delta|epsilon|varepsilon|zeta|eta|theta|kappa|lambda|mu|nu|xi|pi|rho|sigma|tau"
    r"|phi|varphi|chi|psi|omega|Gamma|Delta|Theta|Lambda|Xi|Pi|Sigma|Phi|Psi|Omega|infty|leq?|geq?|neq?"
    r"|approx|sim|cdot|times|pm|to|rightarrow|uparrow|downarrow|mid|ell|log|ln|exp|min|max|star|prime|dagger|in|ll|gg|circ)"
    r"(?![A-Za-z])"
)
_PLAIN = rf"(?:[A-Za-z0-9 +\-*/=<>()\[\],.!|]|\\[,;!%]|{_SYMBOL})"
_ATOM = rf"(?:{_PLAIN}|\\(?:sqrt|mathcal|mathbb|mathbf|mathrm|tilde|hat|bar)\{{{_PLAIN}+\}})"
_SCRIPT = rf"(?:[A-Za-z0-9*]|{_SYMBOL}|\{{{_PLAIN}+\}})"
_SCRIPTS = rf"(?:_{_SCRIPT}(?:\^{_SCRIPT})?|\^{_SCRIPT}(?:_{_SCRIPT})?)"
_FORMULA = re.compile(rf"\$(?! )(?:{_SCRIPTS})?(?>(?:{_ATOM}{_SCRIPTS}?)*)(?<! )\$")


def entries(records: Collection[Record], _about: About) -> Iterator[str]:
    """Yield one entry a paper, those included that were not done: they are papers all the same."""
    taken: set[str] = set()
    for record in records:
        yield _entry(_key(record.paper, taken), record)


def escape(text: str, *, capitals: bool = False) -> str:
    """Return ``text`` as TeX that sets it as it reads; with ``capitals``, styles leave GPT and iOS as they are."""
    text = clean(text)
    parts, end = [], 0
    for formula in _FORMULA.finditer(text):
        money = "\\" not in formula[0] and text[formula.end() :][:1].isdigit()
        if len(formula[0]) > 2 and not money:
            parts += [_words(text[end : formula.start()], capitals=capitals), formula[0]]
            end = formula.end()
    return "".join([*parts, _words(text[end:], capitals=capitals)])


def _words(text: str, *, capitals: bool) -> str:
    if not capitals:
        return _tex(text)
    return re.sub(
        r"\S+",
        lambda word: f"{{{_tex(word[0])}}}" if _SHOUTED.search(word[0]) else _tex(word[0]),
        text,
    )


def _tex(text: str) -> str:
    return _LIGATURE.sub("{}", text.translate(_SIGNS))


def _entry(key: str, record: Record) -> str:
    paper = record.paper
    fields = {
        "title": escape(paper.title, capitals=True),
        "author": _authors(paper),
        "abstract": escape(paper.abstract or ""),
        "url": _url(paper),
    }
    if paper.published:
        fields |= {"date": paper.published.isoformat(), "year": str(paper.published.year)}
    if identifiers.is_arxiv(paper.id):
        fields |= {"eprint": paper.id or "", "archivePrefix": "arXiv"}
    elif identifiers.is_doi(paper.id):
        fields["doi"] = escape(paper.id or "")
    if isinstance(record, Result):
        tags = record.tags
        fields["keywords"] = ", ".join(escape(tag) for tag in (tags.domain, tags.contribution) if tag)
        # Zotero makes a note of it; unlike "note", no style prints it.
        fields["annote"] = escape(record.tldr or "")
    lines = [f"  {name} = {{{value}}},\n" for name, value in fields.items() if value]
    if paper.published:
        lines.append(f"  month = {_MONTHS[paper.published.month - 1]},\n")  # a word every style knows
    return f"@misc{{{key},\n{''.join(lines)}}}\n\n"


def _url(paper: Paper) -> str:
    """Return the address as it is: LaTeX and the programs that read the field take it literally."""
    return re.sub(r"[{}\\]", lambda sign: f"%{ord(sign[0]):02X}", address(paper) or "")


def _authors(paper: Paper) -> str:
    names = [_author(name) for name in map(clean, paper.authors) if name]
    if names and (paper.author_count or 0) > len(names):
        names.append("others")
    return " and ".join(names)


def _author(name: str) -> str:
    """Return ``name``, in braces where BibTeX would read more than one name, or its parts, into it."""
    inseparable = "," in name or re.search(r"\band\b|^others$", name, re.IGNORECASE)
    return f"{{{escape(name)}}}" if inseparable else escape(name)


def _key(paper: Paper, taken: set[str]) -> str:
    """Return a key such as ``lovelace2026engines`` that is not ``taken`` yet, and take it."""
    surname = clean(paper.authors[0]).split(" ")[-1] if paper.authors else ""
    year = str(paper.published.year) if paper.published else ""
    word = next((word for word in map(_letters, clean(paper.title).split()) if len(word) > 3), "")
    stem = f"{_letters(surname)}{year}{word}" or "paper"
    key, number = stem, 1
    while key in taken:
        number += 1
        key = f"{stem}-{number}"
    taken.add(key)
    return key


def _letters(text: str) -> str:
    """Return the letters and figures of ``text`` that every program takes in a key."""
    return re.sub(r"[^a-z0-9]", "", unicodedata.normalize("NFKD", text).lower())
