"""The templates of the page: those shipped, or a folder of one's own in front of them.

A folder needs only the files that it changes: a ``style.css`` restyles the page. Templates are passed on from one
person to the next, so those in a folder run in Jinja2's sandbox; all escape what comes from papers and models.
"""

from __future__ import annotations

import traceback
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from summarizer.errors import SetupError

SHIPPED = Path(__file__).parent.parent / "data" / "html"
_NAMES = ("page.html", "card.html", "chart.html", "filters.html")
_MISTAKES = (TypeError, ValueError, ArithmeticError, AttributeError, LookupError)


class Templates:
    """``page.html`` and what it includes, with its style sheet and its script.

    Raises ``SetupError`` for a folder that is none, and for a template that cannot be read or parsed.
    """

    def __init__(self, folder: Path | None, filters: Mapping[str, Callable[..., Any]]) -> None:
        from jinja2 import Environment, FileSystemLoader, StrictUndefined
        from jinja2.sandbox import SandboxedEnvironment

        if folder and not folder.is_dir():
            raise SetupError(f"{folder}: there is no such folder of templates; name one that is there")
        self._folders = [*([folder] if folder else []), SHIPPED]
        kind = SandboxedEnvironment if folder else Environment  # a sandbox takes a third more time
        self._environment = kind(
            loader=FileSystemLoader(self._folders),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._environment.filters |= filters
        self.style, self.script = (self._text(name) for name in ("style.css", "page.js"))
        for name in _NAMES:
            self._compiled(name)

    def page(self, **names: Any) -> Iterator[str]:
        """Yield the page. Raises ``SetupError`` where a template does not fit what it is given."""
        from jinja2 import TemplateError

        try:
            yield from self._compiled("page.html").generate(style=self.style, script=self.script, **names)
        except (TemplateError, *_MISTAKES) as error:
            frames = traceback.extract_tb(error.__traceback__)
            places = [frame for frame in frames if Path(frame.filename).parent in self._folders]
            where = f"{places[-1].filename}, line {places[-1].lineno}" if places else str(self._folders[0])
            raise SetupError(f"{where}: {error}; correct the template") from error

    def _compiled(self, name: str) -> Any:
        from jinja2 import TemplateSyntaxError

        try:
            return self._environment.get_template(name)
        except TemplateSyntaxError as error:
            raise SetupError(f"{error.filename}, line {error.lineno}: {error.message}") from error
        except (OSError, UnicodeError) as error:
            raise SetupError(f"{self._folders[0] / name}: cannot be read ({error})") from error

    def _text(self, name: str) -> str:
        path = next(path for folder in self._folders if (path := folder / name).exists())
        try:
            return path.read_text(encoding="utf-8")
        except (OSError, UnicodeError) as error:
            raise SetupError(f"{path}: cannot be read ({error})") from error
