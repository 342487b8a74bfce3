"""Labelled abstracts: what the right answers are, as people gave them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from pydantic import AliasChoices, BaseModel, ConfigDict, Field, ValidationError, field_validator

from summarizer.errors import InputError
from summarizer.records import Paper
from summarizer.text import clean


class Claim(BaseModel):
    """A gain in efficiency that the authors claim. ``quantified`` ones give a figure, if only an absolute one."""

    quote: str
    resource: str
    quantified: bool
    factor: float | None = None


class Gold(BaseModel):
    """One labelled paper. A label that is ``None`` or empty is not scored.

    SciTLDR's own field names (``paper_id``, ``source``, ``target``) are understood too
    (Cachola et al., 2020: https://aclanthology.org/2020.findings-emnlp.428).
    """

    model_config = ConfigDict(extra="ignore")

    id: str = Field(validation_alias=AliasChoices("id", "paper_id"))
    title: str
    abstract: str = Field(validation_alias=AliasChoices("abstract", "source"))
    domain_ok: tuple[str, ...] = Field(default=(), validation_alias=AliasChoices("domain_ok", "domain"))
    contribution_ok: tuple[str, ...] = Field(
        default=(), validation_alias=AliasChoices("contribution_ok", "contribution")
    )
    method: str | None = None
    method_aliases: tuple[str, ...] = ()
    tldrs: tuple[str, ...] = Field(default=(), validation_alias=AliasChoices("tldr", "tldrs", "target"))
    efficiency_claims: tuple[Claim, ...] | None = None
    hard_negatives: tuple[str, ...] = ()

    @field_validator("abstract", mode="before")
    @classmethod
    def _joined(cls, value: Any) -> Any:
        return " ".join(value) if isinstance(value, list) else value

    @field_validator("domain_ok", "contribution_ok", "tldrs", mode="before")
    @classmethod
    def _several(cls, value: Any) -> Any:
        return (value,) if isinstance(value, str) else value

    @property
    def paper(self) -> Paper:
        """The paper without its labels."""
        return Paper(id=self.id, title=clean(self.title), abstract=clean(self.abstract), source="gold")


def load(path: Path) -> list[Gold]:
    """Read labelled abstracts, one JSON object a line.

    Raises:
        InputError: the file cannot be read, or a line is no labelled abstract; the message names the line.
    """
    try:
        lines = path.read_text(encoding="utf-8").split("\n")  # splitlines also parts at what JSON may hold
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{path} cannot be read ({error})") from None
    golds = []
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            golds.append(Gold.model_validate(json.loads(line)))
        except ValidationError as error:
            problem = error.errors()[0]
            where = ".".join(str(part) for part in problem["loc"])
            problem_there = f"{where}: {problem['msg']}" if where else "a JSON object was expected"
            raise InputError(f"{path}:{number}: {problem_there}") from None
        except ValueError as error:
            raise InputError(f"{path}:{number}: not JSON ({error})") from None
    if not golds:
        raise InputError(f"{path} holds no labelled abstract")
    return golds
