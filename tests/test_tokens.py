"""Tokens: counted where the vocabulary is at hand, estimated where it is not, never waited for."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from summarizer import tokens


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("tiktoken")


def test_the_vocabulary_is_at_hand_without_a_network(folder: Path) -> None:
    assert tokens.count("hello world", folder) == (2, True)


def test_without_a_vocabulary_there_is_an_estimate(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tokens, "_encoding", lambda _: None)
    assert tokens.count("x" * 400, tmp_path) == (100, False)
    cut = tokens.cut("word " * 1000, 100, tmp_path)
    assert cut is not None
    assert 300 <= len(cut) <= 400


@pytest.mark.parametrize(
    "text", ["word " * 100_000, "摘要" * 50_000, "x" * 1_000_000], ids=["words", "chinese", "one word"]
)
def test_what_is_too_long_is_cut_to_fit(text: str, folder: Path) -> None:
    head = tokens.cut(text, 500, folder)
    assert head is not None
    assert text.startswith(head)
    count, exact = tokens.count(head, folder)
    assert exact
    assert 400 < count <= 500


def test_what_fits_is_left_alone(folder: Path) -> None:
    assert tokens.cut("A short abstract.", 100, folder) is None


@settings(max_examples=50)
@given(text=st.text(max_size=2000), limit=st.integers(16, 200))
def test_a_cut_is_always_a_beginning_that_fits(text: str, limit: int, folder: Path) -> None:
    head = tokens.cut(text, limit, folder)
    if head is not None:
        assert text.startswith(head)
        assert (
            tokens.count(head, folder)[0] <= limit + 3
        )  # a character may take several tokens anew where it was cut
