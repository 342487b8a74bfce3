"""The command line: parse, call, print, exit. What it imports at the top is all that ``--help`` costs."""

from __future__ import annotations

import gc
import importlib
import io
import os
import sys
from typing import Annotated, Any, NoReturn

# No plugin of somebody's environment has a say in what a record is, and looking for them takes a while.
os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")

import typer
import typer.core

from summarizer.errors import InterruptedRunError, SummarizeError
from summarizer.progress import complain

COMMANDS = {
    "today": "papers.today",
    "backlog": "papers.backlog",
    "digest": "papers.digest",
    "show": "reading.show",
    "trends": "reading.trends",
    "eval": "quality.evaluate",
    "batch": "batches.app",
    "models": "upkeep.models",
    "prompts": "upkeep.prompts",
    "cache": "upkeep.cache",
    "doctor": "upkeep.doctor",
}
"""Every command, or group of them, by its name: the module here, and what it is there.

They are imported when they are wanted: to set all of them up takes longer than what one of them does.
"""


class _Commands(typer.core.TyperGroup):
    def invoke(self, ctx: Any) -> Any:
        """Run a command; typer itself ends without a word where it is interrupted."""
        try:
            return super().invoke(ctx)
        except KeyboardInterrupt:
            raise InterruptedRunError from None


def _say_version(wanted: bool) -> None:
    if wanted:
        from importlib import metadata

        print(f"summarize {metadata.version('summarize-papers')}")
        raise typer.Exit


def _start(
    version: Annotated[
        bool, typer.Option("--version", callback=_say_version, is_eager=True, help="Say which version it is.")
    ] = False,
) -> None:
    """Tag papers and say in a sentence what each is about. With no key and no server, a small model answers here."""


def app(asked: str = "") -> typer.Typer:
    """Return the command line: with the command ``asked`` alone where it is one, else with all of them."""
    made = typer.Typer(
        name="summarize",
        cls=_Commands,
        callback=_start,
        no_args_is_help=True,
        rich_markup_mode=None,
        pretty_exceptions_enable=False,  # a crash must never print local variables: one of them is a key
        add_completion=False,
    )
    for name in [asked] if asked in COMMANDS else COMMANDS:
        module, its = COMMANDS[name].split(".")
        command = getattr(importlib.import_module(f"summarizer.cli.{module}"), its)
        if isinstance(command, typer.Typer):
            made.add_typer(command, name=name)
        else:
            made.command(name)(command)
    return made


def main() -> NoReturn:
    """Run the command line and exit with its code; no error of ours, and no traceback, gets past here."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # elsewhere than in a terminal, Windows would write cp1252
            stream.reconfigure(encoding="utf-8")
    gc.set_threshold(100_000)  # what a start makes is no garbage: looking for some took 6% of it
    try:
        code = app(*sys.argv[1:2])(standalone_mode=False) or 0
    except SummarizeError as error:
        code = error.exit_code
        complain(str(error))
    except (KeyboardInterrupt, typer.Abort):
        code = 130
    except SystemExit as exit_:  # typer ends so where a pipe was closed
        code = _end_of_pipe() if isinstance(exit_.__context__, BrokenPipeError) else exit_.code
    except Exception as error:  # noqa: BLE001 - a traceback is no message for a person
        show = getattr(error, "format_message", None)
        if type(error).__name__ == "NoArgsIsHelpError":  # typer gives it no public name
            code = 2
            print(error, file=sys.stderr)
        elif show is None:
            code = 1
            complain(f"unexpected {type(error).__name__}: {error}; please report this")
        else:
            code = 2
            complain(f"{show()} (try: {_command_path(error)} --help)")
    try:
        sys.stdout.flush()
    except BrokenPipeError:
        code = _end_of_pipe()
    sys.exit(code)


def _end_of_pipe() -> int:
    """Whoever read our output has read enough (``| head``): that is no error."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return 0


def _command_path(error: Any) -> str:
    context = getattr(error, "ctx", None)
    return context.command_path if context else "summarize"
