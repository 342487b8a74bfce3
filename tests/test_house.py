"""The house: which module may import which, and what is public."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import summarizer

PACKAGE = Path(summarizer.__file__).parent

RANKS = [
    {"errors", "spool", "text"},
    {"mounts"},
    {"records"},
    {
        "factor",
        "passages",
        "phrases",
        "coined",
        "resources",
        "rivals",
        "wording",
        "vocabulary",
        "grounding",
        "settings",
        "tokens",
        "cache",
        "completion",
        "pace",
        "wire",
    },
    {"gains", "candidates", "naming", "sources", "digest", "index", "kept", "trends", "gold"},
    {"excerpts"},
    {"prompts"},
    {"manner", "model", "terminal"},
    {"checks", "costs", "embedded", "exchange"},
    {"asking", "extract", "results", "endpoints"},
    {"making"},
    {"pipeline", "diagnosis", "scoring", "batch", "forecast"},
    {"engine", "progress"},
    {"library", "runs"},
    {"cluster"},
    {"cli"},
    {"__main__"},
]
"""A module imports modules of its own or a lower rank, and no two import each other."""


def imports(path: Path) -> set[str]:
    """The modules of the package that the file at ``path`` imports, lazily or not, for types or not."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module == "summarizer":
            found |= {alias.name for alias in node.names}  # each a module
        elif isinstance(node, ast.ImportFrom) and (node.module or "").startswith("summarizer."):
            found.add((node.module or "").split(".")[1])
    return found


def house() -> dict[str, set[str]]:
    modules: dict[str, set[str]] = {}
    for path in sorted(PACKAGE.rglob("*.py")):
        name = path.relative_to(PACKAGE).parts[0].removesuffix(".py")
        if name != "__init__":
            modules[name] = modules.get(name, set()) | imports(path) - {name}
    return modules


def test_a_module_imports_no_higher_one() -> None:
    rank = {name: number for number, names in enumerate(RANKS) for name in names}
    modules = house()
    assert set(modules) == set(rank)
    upward = [
        f"{name} -> {other}"
        for name, others in modules.items()
        for other in others
        if rank[other] > rank[name]
    ]
    assert upward == []


def test_no_two_modules_import_each_other() -> None:
    modules = house()
    assert [(a, b) for a in modules for b in modules[a] if a in modules[b]] == []


def test_modules_stay_short() -> None:
    long = {
        str(path.relative_to(PACKAGE)): lines
        for path in PACKAGE.rglob("*.py")
        if (lines := len(path.read_text().splitlines())) > 350
    }
    assert long == {}


def test_no_pattern_repeats_a_group_possessively() -> None:
    possessive = re.compile(r'\brf?"[^"\n]*\)(?:[*+?]|\{\d*,?\d*\})\+')
    found = [path.name for path in PACKAGE.rglob("*.py") if possessive.search(path.read_text())]
    assert found == []  # Python before 3.11.5 gets such a match wrong; an atomic group says the same


def test_what_is_public_is_what_is_meant_to_be() -> None:
    assert summarizer.__all__ == [
        "Failure", "Gain", "InputError", "MadeBy", "Options", "Paper", "PaperError", "Papers",
        "Problem", "Record", "Result", "ServiceError", "SetupError", "Summaries", "SummarizeError", "Tags",
        "asummarize", "stream", "summarize",
    ]  # fmt: skip
