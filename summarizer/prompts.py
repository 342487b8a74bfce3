"""Prompts as data: templates and profiles, read from a folder, checked, and rendered into requests."""

from __future__ import annotations

import fnmatch
import hashlib
import json
import re
import tomllib
from dataclasses import dataclass, replace
from importlib import resources
from pathlib import Path
from string import Template as Text
from typing import Any, Literal, get_args

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from summarizer.errors import SetupError
from summarizer.excerpts import excerpt
from summarizer.records import Paper, Resource
from summarizer.vocabulary import Vocabulary

FieldName = Literal["tldr", "domain", "contribution", "method", "efficiency_gains"]
FIELDS: tuple[FieldName, ...] = get_args(FieldName)
_OF_A_PAPER = frozenset({"title", "abstract", "excerpt"})
VARIABLES = _OF_A_PAPER | {"domains", "contributions", "resources"}
"""What a template may ask for: of the paper its title, its abstract and the sentences of it that matter most for
a summary; of the vocabulary what never changes."""


class _Data(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Template(_Data):
    """One request, as a file says it. The file's name is the template's.

    An answer that does not hold is met with ``again``, or is drawn anew at the temperature ``draws_at``. Where the
    server tells the mean log-probability of an answer's tokens, one below ``unlikely_at`` does not hold, and one below
    ``sure_at`` is drawn anew for a likelier one.
    """

    name: str
    description: str
    fields: tuple[FieldName, ...] = Field(min_length=1)
    answer: Literal["json", "text"]
    variables: tuple[str, ...]
    temperature: float = 0.0
    max_tokens: int = Field(gt=0)
    stop: tuple[str, ...] = ()
    system: str | None = None
    user: str
    again: str | None = None
    draws_at: float | None = Field(default=None, gt=0)
    sure_at: float | None = Field(default=None, lt=0)
    unlikely_at: float | None = Field(default=None, lt=0)

    @property
    def asks_logprobs(self) -> bool:
        """Whether the log-probabilities of an answer's tokens matter."""
        return self.sure_at is not None or self.unlikely_at is not None


class Profile(_Data):
    """How models whose names match are asked."""

    name: str
    models: tuple[str, ...]
    requests: tuple[str, ...]
    from_text: tuple[FieldName, ...] = ()
    context_tokens: int = Field(gt=0)
    asks_again: int = Field(ge=0)
    own_words: float = Field(default=0.0, ge=0, le=1)
    adds_result: bool = False


@dataclass(frozen=True)
class Request:
    """What is asked of a model, whichever it is: everything that an answer depends on but the model.

    ``asked`` are the messages of the first request; ``retort`` are the two that follow when an answer
    did not hold: that answer, and what is wrong with it; or ``draw`` counts how often it was drawn anew. ``fixed``
    is a digest of what the template sends with every paper.
    """

    template: Template
    asked: tuple[dict[str, str], ...]
    schema: dict[str, Any] | None
    fixed: str
    retort: tuple[dict[str, str], ...] = ()
    draw: int = 0

    @property
    def temperature(self) -> float:
        """How freely the model chooses its words."""
        return (self.template.draws_at if self.draw else None) or self.template.temperature

    @property
    def messages(self) -> list[dict[str, str]]:
        """The whole conversation to be sent."""
        return [*self.asked, *self.retort]

    def again(self, answer: str, problem: str) -> Request:
        """Return what is asked after ``answer`` did not hold: with the ``problem`` shown, or the same, drawn anew."""
        if self.template.again is None:
            return replace(self, draw=self.draw + 1)
        reason = Text(self.template.again).substitute(problem=problem).strip()
        retort = ({"role": "assistant", "content": answer}, {"role": "user", "content": reason})
        return replace(self, retort=retort)

    def identity(self) -> dict[str, Any]:
        """Return what tells this request from any other: the cache's key is made of it.

        The instructions and the schema are many times longer than a paper, and the same for all: a digest stands
        for them.
        """
        changing = [message for message in self.messages if message["role"] != "system"]
        drawn = {"draw": self.draw, "temperature": self.temperature} if self.draw else {}
        return {"fixed": self.fixed, "messages": changing, **drawn}

    def body(self) -> dict[str, Any]:
        """Return the request as plain data, for people to look at."""
        return {
            "messages": self.messages,
            "schema": self.schema,
            "temperature": self.temperature,
            "max_tokens": self.template.max_tokens,
            "stop": list(self.template.stop),
        }


class Prompts:
    """The templates, profiles and vocabulary of one folder.

    Raises:
        SetupError: the folder or a file in it is not what it should be; the message names the file.
    """

    def __init__(self, folder: Path | None = None) -> None:
        self.folder = folder or shipped()
        self.vocabulary = Vocabulary.load(self.folder / "vocabulary.toml")
        self.profiles = _profiles(self.folder / "profiles.toml")
        self.templates = {
            path.stem: _template(path)
            for path in sorted(self.folder.glob("*.toml"))
            if path.stem not in {"profiles", "vocabulary"}
        }
        for profile in self.profiles:
            self._check(profile)
        self._constants = {
            "domains": _listed(self.vocabulary.domain),
            "contributions": _listed(self.vocabulary.contribution),
            "resources": ", ".join(get_args(Resource)),
        }
        self._fixed = {name: self._unchanging(template) for name, template in self.templates.items()}

    def _check(self, profile: Profile) -> None:
        where = f"{self.folder / 'profiles.toml'}: profile {profile.name!r}"
        fields: list[str] = list(profile.from_text)
        for name in profile.requests:
            if name not in self.templates:
                raise SetupError(f"{where} asks {name!r}, but there is no {name}.toml in {self.folder}")
            fields += self.templates[name].fields
        if sorted(fields) != sorted(FIELDS):
            raise SetupError(
                f"{where} must cover each of {', '.join(FIELDS)} once, and covers {', '.join(fields)}"
            )

    def profile(self, model: str) -> Profile:
        """Return the first profile whose patterns match the name of ``model``."""
        name = model.rsplit("/", 1)[-1].casefold()
        for profile in self.profiles:
            if any(fnmatch.fnmatchcase(name, pattern.casefold()) for pattern in profile.models):
                return profile
        raise SetupError(
            f'{self.folder / "profiles.toml"}: no profile matches the model {model!r}; end with models = ["*"]'
        )

    def version(self, profile: Profile) -> str:
        """Return ``name@digest`` of all that ``profile`` sends, so that two results can be compared."""
        parts = [profile.model_dump_json(), self.vocabulary.model_dump_json()]
        parts += [self.templates[name].model_dump_json() for name in profile.requests]
        return f"{profile.name}@{hashlib.sha256(''.join(parts).encode()).hexdigest()[:8]}"

    def render(self, name: str, paper: Paper) -> Request:
        """Return the request that template ``name`` makes of ``paper``."""
        template = self.templates[name]
        values = {**self._constants, "title": paper.title, "abstract": paper.abstract or ""}
        if "excerpt" in template.variables:
            values["excerpt"] = excerpt(paper.abstract or "")
        system, schema, fixed = self._fixed[name]
        user = {"role": "user", "content": Text(template.user).substitute(values).strip()}
        return Request(template, (*system, user), schema, fixed)

    def requests(self, paper: Paper, model: str) -> list[Request]:
        """Return the first request of each template that ``model`` is asked about ``paper``."""
        return [self.render(name, paper) for name in self.profile(model).requests]

    def _unchanging(
        self, template: Template
    ) -> tuple[tuple[dict[str, str], ...], dict[str, Any] | None, str]:
        """Return what ``template`` sends with every paper, its schema, and a digest of both."""
        system: tuple[dict[str, str], ...] = ()
        if template.system:
            content = Text(template.system).substitute(self._constants).strip()
            system = ({"role": "system", "content": content},)
        schema = self._schema(template) if template.answer == "json" else None
        settings = template.model_dump(include={"temperature", "max_tokens", "stop"})
        if template.asks_logprobs:
            settings["logprobs"] = True
        fixed = json.dumps([system, schema, settings], sort_keys=True)
        return system, schema, hashlib.sha256(fixed.encode()).hexdigest()

    def _schema(self, template: Template) -> dict[str, Any]:
        """Return the strict JSON schema of the answer: every field required, what is unknown ``null``."""
        text_or_null = {"type": ["string", "null"]}
        known: dict[FieldName, dict[str, Any]] = {
            "tldr": {"type": "string"},
            "domain": {"type": "string", "enum": list(self.vocabulary.domains)},
            "contribution": {"type": "string", "enum": list(self.vocabulary.contributions)},
            "method": text_or_null,
            "efficiency_gains": {
                "type": "array",
                "items": _object(
                    quote={"type": "string"},
                    resource={"type": "string", "enum": list(get_args(Resource))},
                    baseline=text_or_null,
                ),
            },
        }
        return _object(**{field: known[field] for field in template.fields})


def shipped() -> Path:
    """Return the folder of the prompts that come with the program."""
    packed = Path(str(resources.files("summarizer"))) / "data" / "prompts"
    # In a checkout they stand beside the package; a wheel carries them inside.
    return packed if packed.is_dir() else Path(__file__).parent.parent / "prompts"


def _object(**properties: Any) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


def _listed(terms: Any) -> str:
    return "\n".join(f"- {term.name}: {term.description}" for term in terms)


def _read(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise SetupError(
            f"{path} is missing; copy the folder that `summarize prompts list` names and edit the copy"
        ) from None
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise SetupError(f"{path}: cannot be read ({error})") from None


def _profiles(path: Path) -> tuple[Profile, ...]:
    tables = _read(path).get("profile", [])
    if not isinstance(tables, list) or not all(isinstance(table, dict) for table in tables):
        raise SetupError(f"{path}: each profile is written [[profile]], in two brackets")
    try:
        return tuple(Profile(**table) for table in tables)
    except ValidationError as error:
        raise SetupError(f"{path}: {_first(error)}") from None


def _template(path: Path) -> Template:
    try:
        template = Template(**{**_read(path), "name": path.stem})
    except ValidationError as error:
        raise SetupError(f"{path}: {_first(error)}") from None
    if template.answer == "text" and len(template.fields) != 1:
        raise SetupError(f"{path}: an answer in plain text is one field; {len(template.fields)} are asked")
    used = _identifiers(path, "system", template.system or "") | _identifiers(path, "user", template.user)
    for part, text in (("system", template.system or ""), ("user", template.user)):
        if unknown := sorted(_identifiers(path, part, text) - VARIABLES):
            raise SetupError(
                f"{path}: {part} uses the unknown variable ${unknown[0]}; there are "
                f"{', '.join('$' + name for name in sorted(VARIABLES))} (a plain dollar sign is written $$)"
            )
    if used != set(template.variables):
        odd = min(used ^ set(template.variables))
        state = "used but not declared" if odd in used else "declared but not used"
        raise SetupError(f"{path}: the variable {odd!r} is {state} in `variables`")
    if early := _OF_A_PAPER & _identifiers(path, "system", template.system or ""):
        raise SetupError(
            f"{path}: ${min(early)} stands in `system`; what changes with the paper belongs in `user`, "
            "so that servers can keep the rest"
        )
    if (template.again is None) == (template.draws_at is None):
        raise SetupError(
            f"{path}: either `again` or `draws_at` says what follows an answer that does not hold"
        )
    if template.again is not None and _identifiers(path, "again", template.again) != {"problem"}:
        raise SetupError(f"{path}: `again` has one variable, $problem")
    return template


def _identifiers(path: Path, part: str, text: str) -> set[str]:
    template = Text(text)
    if not template.is_valid():
        line = text[: re.search(r"\$(?![\w{$])|$", text).start()].count("\n") + 1  # type: ignore[union-attr]
        raise SetupError(f"{path}: line {line} of `{part}` has a lone $; write $$ for a plain one")
    return set(template.get_identifiers())


def _first(error: ValidationError) -> str:
    problem = error.errors()[0]
    return f"{'.'.join(str(part) for part in problem['loc'])}: {problem['msg']}"
