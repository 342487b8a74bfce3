"""Prompts are data, and data is checked: every mistake is named with its file."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from summarizer.errors import SetupError
from summarizer.prompts import FIELDS, Prompts, shipped
from summarizer.records import Paper


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(shutil.copytree(shipped(), tmp_path / "prompts"))


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


@pytest.mark.parametrize(
    ("file", "old", "new", "words"),
    [
        ("tldr.toml", "$title", "$headline", r"tldr.toml: user uses the unknown variable \$headline"),
        ("tldr.toml", "$title", "title", "'title' is declared but not used"),
        ("tldr.toml", '["title", "abstract"]', '["title"]', "'abstract' is used but not declared"),
        ("tldr.toml", "Title:", "For $5, title:", "of `user` has a lone"),
        ("tldr.toml", "$problem", "it", r"`again` has one variable, \$problem"),
        ("tldr.toml", "max_tokens = 72", "max_tokens = 72\ndraws_at = 0.5", "either `again` or `draws_at`"),
        ("tldr-excerpt.toml", "draws_at = 0.4", "", "either `again` or `draws_at`"),
        ("tldr-excerpt.toml", "sure_at = -0.15", "sure_at = 0.15", "tldr-excerpt.toml: sure_at"),
        ("tldr.toml", "max_tokens = 72", "", "tldr.toml: max_tokens"),
        ("tldr.toml", "max_tokens = 72", "max_token = 72", "tldr.toml: max_token"),
        ("tldr.toml", 'answer = "text"', 'answer = "poem"', "tldr.toml: answer"),
        ("tldr.toml", "user =", "user", "tldr.toml: cannot be read"),
        ("paper.toml", "You tag", "On $title: you tag", r"\$title stands in `system`"),
        ("profiles.toml", '["paper"]', '["papers"]', "there is no papers.toml"),
        ("profiles.toml", '"method", ', "", "must cover each of"),
        ("profiles.toml", "asks_again = 2", "asks_again = -1", "profiles.toml: asks_again"),
    ],
)
def test_a_mistake_is_named_with_its_file(file: str, old: str, new: str, words: str, folder: Path) -> None:
    edit(folder / file, old, new)
    with pytest.raises(SetupError, match=words):
        Prompts(folder)


@pytest.mark.parametrize("text", ['[profile]\nname = "one"\n', "profile = 3", 'profile = ["one"]'])
def test_profiles_are_tables_in_two_brackets(text: str, folder: Path) -> None:
    (folder / "profiles.toml").write_text(text, encoding="utf-8")
    with pytest.raises(SetupError, match=r"profiles\.toml: each profile is written \[\[profile\]\]"):
        Prompts(folder)


def test_a_template_is_called_as_its_file_is(folder: Path) -> None:
    edit(folder / "tldr.toml", "description =", 'name = "another"\ndescription =')
    assert Prompts(folder).templates["tldr"].name == "tldr"


def test_a_folder_without_prompts_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(SetupError, match=r"vocabulary\.toml"):
        Prompts(tmp_path)


def test_every_profile_covers_every_field() -> None:
    prompts = Prompts()
    for profile in prompts.profiles:
        asked = [field for name in profile.requests for field in prompts.templates[name].fields]
        assert sorted([*asked, *profile.from_text]) == sorted(FIELDS)


def test_what_never_changes_comes_first() -> None:
    """Two papers share everything up to their titles, so that a server computes it once."""
    prompts = Prompts()
    first, second = (
        prompts.render("paper", Paper(title=title, abstract="x")).messages for title in ("One", "Two")
    )
    assert first[0] == second[0]
    assert len(first[0]["content"]) > 3 * len(first[1]["content"])


def test_the_vocabulary_is_in_the_prompt_and_in_the_schema() -> None:
    prompts = Prompts()
    request = prompts.render("paper", Paper(title="t", abstract="a"))
    assert request.schema is not None
    for name, terms in (
        ("domain", prompts.vocabulary.domain),
        ("contribution", prompts.vocabulary.contribution),
    ):
        assert request.schema["properties"][name]["enum"] == [term.name for term in terms]
        assert all(f"- {term.name}: " in request.messages[0]["content"] for term in terms)


def test_the_contract_s_vocabulary_is_shipped_in_its_order() -> None:
    vocabulary = Prompts().vocabulary
    assert [term.name for term in vocabulary.domain] == [
        "reinforcement learning", "robotics", "natural language processing", "large language models",
        "computer vision", "multimodal learning", "speech and audio", "learning theory", "optimization", "statistics",
        "graph learning", "generative models", "AI for science", "AI for code", "AI safety and alignment",
        "data and benchmarks", "systems and efficiency", "other",
    ]  # fmt: skip
    assert [term.name for term in vocabulary.contribution] == [
        "method", "theory", "benchmark", "dataset", "system", "analysis", "survey", "challenge report",
    ]  # fmt: skip


@pytest.mark.parametrize("text", ["$title", "${abstract}", "{{ title }}", "%(title)s", "$$", "\\1"])
def test_a_paper_s_text_is_never_a_template(text: str) -> None:
    request = Prompts().render("tldr", Paper(title=text, abstract="the abstract"))
    assert f"Title: {text}\n" in request.messages[-1]["content"]


def test_asking_again_shows_the_last_answer_only() -> None:
    request = Prompts().render("tldr", Paper(title="t", abstract="a"))
    again = request.again("first answer", "too long").again("second answer", "still too long")
    assert [message["role"] for message in again.messages] == ["system", "user", "assistant", "user"]
    assert again.messages[2]["content"] == "second answer"
    assert "still too long" in again.messages[3]["content"]


def test_what_is_drawn_anew_is_the_same_question_and_another_request() -> None:
    first = Prompts().render("tldr-excerpt", Paper(title="t", abstract="a"))
    second = first.again("first answer", "too long")
    third = second.again("second answer", "too long")
    assert first.messages == second.messages == third.messages
    assert (first.temperature, second.temperature, third.temperature) == (0.0, 0.4, 0.4)
    freer = replace(second, template=second.template.model_copy(update={"draws_at": 0.9}))
    assert len({str(request.identity()) for request in (first, second, third, freer)}) == 4


@pytest.mark.parametrize(
    ("model", "profile"),
    [
        ("SmolLM2-135M-Instruct", "embedded"), ("HuggingFaceTB/SmolLM2-135M-Instruct", "embedded"),
        ("qwen2.5-coder-1.5b-instruct", "small"), ("llama3.2:3b", "small"), ("Qwen3-0.6B-Q8_0", "small"),
        ("gpt-4.1-mini", "default"), ("qwen2.5-72b-instruct", "default"), ("llama-3.3-70b", "default"),
    ],
)  # fmt: skip
def test_a_model_is_asked_as_its_profile_says(model: str, profile: str) -> None:
    assert Prompts().profile(model).name == profile


def test_the_version_changes_with_what_is_sent(folder: Path) -> None:
    before = Prompts(folder)
    edit(folder / "tldr-excerpt.toml", "TL;DR in one", "A TL;DR in one")
    after = Prompts(folder)
    versions = [
        library.version(library.profile(model))
        for library in (before, after)
        for model in ("SmolLM2-135M-Instruct", "gpt")
    ]
    assert versions[0] != versions[2]
    assert versions[1] == versions[3]
