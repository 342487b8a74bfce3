"""Flag > environment > config.toml > embedded."""

from __future__ import annotations

from pathlib import Path

import pytest

from summarizer import endpoints, settings
from summarizer.errors import SetupError
from summarizer.prompts import Prompts
from tests.paper_server import PaperServer
from tests.server import Reply


@pytest.fixture
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "config.toml"
    monkeypatch.setattr(settings, "config_file", lambda: path)
    return path


def test_with_nothing_set_the_embedded_model_answers(config: Path) -> None:
    assert settings.load().embedded


@pytest.mark.parametrize(
    ("flag", "env", "file", "expected"),
    [
        ("http://flag/v1", "http://env/v1", "http://file/v1", "http://flag/v1"),
        (None, "http://env/v1", "http://file/v1", "http://env/v1"),
        (None, " ", "http://file/v1/", "http://file/v1"),
        (None, None, None, None),
    ],
)
def test_the_nearest_word_wins(
    flag: str | None,
    env: str | None,
    file: str | None,
    expected: str | None,
    config: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    if env is not None:
        monkeypatch.setenv("OPENAI_BASE_URL", env)
    if file is not None:
        config.write_text(f'base_url = "{file}"\nmodel = "m"\n')
    loaded = settings.load(base_url=flag)
    assert loaded.base_url == expected
    assert loaded.embedded is (expected is None)


@pytest.mark.parametrize("url", ["me:pass@host/v1", "http://me:pass@[::1/v1"])
def test_an_address_that_is_none_is_told_without_its_password(url: str, config: Path) -> None:
    with pytest.raises(SetupError, match="is no address") as caught:
        settings.load(base_url=url)
    assert "pass" not in str(caught.value)


def test_a_model_of_this_machine_outranks_a_server_of_the_environment(
    config: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("OPENAI_BASE_URL", "http://env/v1")
    monkeypatch.setenv("OPENAI_API_KEY", "k")
    weights = tmp_path / "my.gguf"
    weights.write_bytes(b"GGUF")
    assert settings.load(model=str(weights)).gguf == weights
    assert settings.load(model="embedded").embedded
    assert not settings.load(model="gpt-4.1").embedded
    assert (
        settings.load(model="model.gguf", base_url="http://flag/v1").gguf is None
    )  # a server's own name for it


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("model = ", "cannot be read"),
        ('modle = "m"', "no setting is called 'modle'"),
        ("model = 3", "model must be a str"),
        ('[prices."m"]\ninput = 1.0', "a price is written"),
        ('[prices."m"]\ninput = "1.0"\noutput = 2', "a price is written"),
        ('[prices."m"]\ninput = 1.0\noutput = -2', "a price is written"),
        ("prices.m = 3", "a price is written"),
        ("concurrency = -1", "concurrency must be 1 or more"),
        ("concurrency = true", "concurrency must be"),
    ],
)
def test_a_mistake_in_the_config_is_named(text: str, words: str, config: Path) -> None:
    config.write_text(text)
    with pytest.raises(SetupError, match=words):
        settings.load()


def test_a_key_is_not_printed_with_the_settings(config: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-secret")
    assert settings.load().api_key == "sk-secret"
    assert "sk-secret" not in repr(settings.load())


def test_a_key_is_taken_without_the_line_break_that_a_file_of_it_ends_with(
    config: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-secret\n")
    assert settings.load().api_key == "sk-secret"


@pytest.mark.parametrize(
    ("model", "base_url", "key", "expected"),
    [
        ("gpt-4.1-mini", None, "k", 0.4),
        ("gpt-4.1-mini", "http://elsewhere/v1", "k", None),  # another house, other prices
        ("unheard-of", None, "k", None),
        ("mine", "http://elsewhere/v1", "k", 7.0),
        ("embedded", None, None, None),
    ],
)
def test_a_price_is_known_or_not_and_never_guessed(
    model: str, base_url: str | None, key: str | None, expected: float | None
) -> None:
    loaded = settings.Settings(
        model=model, base_url=base_url, api_key=key, prices={"mine": settings.Price(input=7.0, output=7.0)}
    )
    price = endpoints.price(loaded, endpoints.endpoint(loaded, Prompts()))
    assert (price.input if price else None) == expected


def test_two_gguf_files_are_two_models_and_a_copy_is_the_same(tmp_path: Path) -> None:
    places = []
    for folder, content in (("a", b"GGUF one"), ("b", b"GGUF two"), ("c", b"GGUF one")):
        path = tmp_path / folder / "model.gguf"
        path.parent.mkdir()
        path.write_bytes(content)
        places.append(endpoints.endpoint(settings.Settings(model=str(path)), Prompts()).place)
    assert places[0] == places[2] != places[1]


def test_what_a_server_calls_its_models_steers_no_terminal() -> None:
    server = PaperServer(lambda _, __: Reply({"data": [{"id": "model\x1b]0;mine\x07-1"}]}))
    try:
        assert endpoints.models_of(f"{server.url}/v1", "") == ["model-1"]
    finally:
        server.close()
