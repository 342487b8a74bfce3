"""What the program knows of a paper before, or without, a model: its domain, contribution and names."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from summarizer.candidates import rank_contributions, rank_domains
from summarizer.errors import SetupError
from summarizer.naming import methods
from summarizer.records import Paper
from summarizer.vocabulary import Vocabulary

DEFAULT = Path(__file__).parent.parent / "prompts" / "vocabulary.toml"
VOCABULARY = Vocabulary.load(DEFAULT)
DOMAINS = [
    "reinforcement learning",
    "robotics",
    "natural language processing",
    "large language models",
    "computer vision",
    "multimodal learning",
    "speech and audio",
    "learning theory",
    "optimization",
    "statistics",
    "graph learning",
    "generative models",
    "AI for science",
    "AI for code",
    "AI safety and alignment",
    "data and benchmarks",
    "systems and efficiency",
    "other",
]
CONTRIBUTIONS = [
    "method",
    "theory",
    "benchmark",
    "dataset",
    "system",
    "analysis",
    "survey",
    "challenge report",
]


def paper(title: str, abstract: str = "") -> Paper:
    return Paper(title=title, abstract=abstract)


# --- the vocabulary ---------------------------------------------------------------------------------------


def written(folder: Path, text: str) -> Path:
    path = folder / "vocabulary.toml"
    path.write_text(text, encoding="utf-8")
    return path


MEDICINE = """
[[domain]]
name = "cardiology"
description = "Heart and vessels"
cues.3 = ["heart failure", "arrhythm*"]

[[domain]]
name = "neurology"
description = "Brain and nerves"
cues = ["stroke"]

[[domain]]
name = "anything else"
description = "None of the others"

[[contribution]]
name = "trial"
description = "Patients were assigned to treatments"
cues.2 = ["randomised"]

[[contribution]]
name = "case report"
description = "Single patients"
"""


def test_the_default_vocabulary_has_the_names_that_results_promise_in_their_order() -> None:
    assert list(VOCABULARY.domains) == DOMAINS
    assert list(VOCABULARY.contributions) == CONTRIBUTIONS


def test_every_default_description_is_short() -> None:
    choices = VOCABULARY.domain + VOCABULARY.contribution
    assert not [choice.name for choice in choices if len(choice.description.split()) > 12]


def test_a_user_of_another_field_brings_their_own_words(tmp_path: Path) -> None:
    vocabulary = Vocabulary.load(written(tmp_path, MEDICINE))
    trial = paper("Arrhythmias after surgery", "We randomised patients with heart failure.")

    assert vocabulary.domains == ("cardiology", "neurology", "anything else")
    assert rank_domains(trial, vocabulary)[0][0] == "cardiology"
    assert rank_contributions(trial, vocabulary)[0][0] == "trial"


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        ('name = "neurology"\n', "", "domain 2, name: Field required"),
        ('name = "neurology"', 'name = "cardiology"', "the name 'cardiology' stands twice"),
        ("cues.2", "clues.2", "contribution 1, clues: Extra inputs"),
        ('"stroke"', '"st*"', "domain 2, cues: 'st*' is no cue"),
        ('"stroke"', '""', "domain 2, cues: '' is no cue"),
        ("cues.2", "cues.much", "contribution 1, cues: "),
        ('"Single patients"', '"""Single\npatients"""', "contribution 2, description: must be one line"),
        ("[[contribution]]", "[[kind]]", "contribution: Field required"),
        ("[[domain]]", "[[domain]", "not valid TOML"),
    ],
)
def test_a_mistake_in_a_vocabulary_is_told_with_file_and_field(
    tmp_path: Path, before: str, after: str, told: str
) -> None:
    path = written(tmp_path, MEDICINE.replace(before, after))
    with pytest.raises(SetupError) as caught:
        Vocabulary.load(path)
    assert str(caught.value).startswith(f"{path}: ")
    assert told in str(caught.value)


def test_a_missing_vocabulary_is_told_with_its_path(tmp_path: Path) -> None:
    with pytest.raises(SetupError, match=r"none\.toml: the vocabulary cannot be read"):
        Vocabulary.load(tmp_path / "none.toml")


# --- ranking ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("title", "abstract", "domain"),
    [
        ("Optimism pays", "We study exploration in Markov decision processes.", "reinforcement learning"),
        ("Folding towels", "We teach a robot arm to fold towels with two grippers.", "robotics"),
        ("Translating proverbs", "Machine translation fails on idioms.", "natural language processing"),
        (
            "Shorter thoughts",
            "LLMs with long chain-of-thought answers waste tokens.",
            "large language models",
        ),
        ("Finding small ships", "Object detection in aerial images is hard.", "computer vision"),
        ("What VLMs overlook", "Vision-language models ignore small objects.", "multimodal learning"),
        ("Whispered vowels", "Speech recognition of whispering speakers.", "speech and audio"),
        ("Tight bounds", "We prove minimax lower bounds on the sample complexity.", "learning theory"),
        ("A better step", "We compare Adam with SGD and other optimizers.", "optimization"),
        ("Sparse effects", "Linear regression and treatment effects under confounding.", "statistics"),
        ("Deeper networks", "Graph neural networks smooth node features.", "graph learning"),
        ("Sharper samples", "A diffusion model for text-to-image synthesis.", "generative models"),
        ("Stable folds", "We predict protein structures and molecular energies.", "AI for science"),
        ("Fixing bugs", "Program repair with unit tests on GitHub issues.", "AI for code"),
        ("Safer answers", "Jailbreaks make models give harmful answers.", "AI safety and alignment"),
        ("Four bits", "Quantization shrinks the KV cache and raises throughput.", "systems and efficiency"),
        ("What to watch next", "A recommender for an e-commerce site.", "other"),
        ("TinyBERT: a lighter student", "It keeps 97% of GLUE.", "natural language processing"),
        ("Smaller towels", "As accurate as AlexNet on ImageNet.", "computer vision"),
        (
            "Teachers of little knowledge",
            "We elicit labels for scalable oversight.",
            "AI safety and alignment",
        ),
        ("Breeding programs", "An LLM mutates the code: program evolution.", "AI for code"),
    ],
)
def test_the_domain_that_a_paper_speaks_of_ranks_first(title: str, abstract: str, domain: str) -> None:
    assert rank_domains(paper(title, abstract), VOCABULARY)[0][0] == domain


@pytest.mark.parametrize(
    ("title", "abstract", "contribution"),
    [
        ("Faster folding", "We propose a new algorithm for folding towels.", "method"),
        ("Tight bounds", "We prove minimax lower bounds on the sample complexity.", "theory"),
        ("TowelBench", "We introduce TowelBench, a benchmark for folding.", "benchmark"),
        ("Ten thousand towels", "We present a dataset of ten thousand annotated towels.", "dataset"),
        ("FoldKit: A Toolkit for Laundry", "We present an open-source library for folding.", "system"),
        ("Do robots fold well?", "We investigate folding robots. We find that they do not.", "analysis"),
        ("Improving folding", "We ask: is it hard? We introduce soft folds, a new mechanism.", "method"),
        ("Does linen fold?", "We study whether it does. We build upon old surveys.", "analysis"),
        (
            "Wide folds",
            "Wide folds are tried. We find that they are no faster, contrary to a claim.",
            "analysis",
        ),
        ("On linen", "We train 300 robots. We found no evidence that linen folds better.", "analysis"),
        ("Slow folding: A Negative Result", "In 40 runs no robot beat a towel. We report that.", "analysis"),
        ("Wide folds", "We find that folds are slow. We propose wide folds, a new method.", "method"),
        ("Folding: A Survey", "This survey reviews the literature on folding.", "survey"),
        (
            "Findings of the Third Folding Challenge",
            "Participants sent 31 submissions.",
            "challenge report",
        ),
    ],
)
def test_the_kind_of_contribution_that_authors_announce_ranks_first(
    title: str, abstract: str, contribution: str
) -> None:
    assert rank_contributions(paper(title, abstract), VOCABULARY)[0][0] == contribution


def share(of: str, ranked: list[tuple[str, float]]) -> float:
    return dict(ranked)[of]


def test_the_title_counts_more_than_the_abstract() -> None:
    in_title = rank_domains(paper("Robots that fold", "Speech is hard."), VOCABULARY)
    in_abstract = rank_domains(paper("Speech is hard", "Robots that fold."), VOCABULARY)
    assert share("robotics", in_title) > share("robotics", in_abstract)


def test_a_word_that_is_said_again_counts_less_each_time() -> None:
    shares = [
        share("robotics", rank_domains(paper("Towels", "Speech. " * 3 + "Robots. " * times), VOCABULARY))
        for times in (0, 1, 6, 7)
    ]
    assert shares == sorted(shares)
    assert shares[1] - shares[0] > shares[3] - shares[2]


def test_what_the_authors_did_counts_more_than_the_background() -> None:
    own = rank_contributions(paper("Towels", "We build a benchmark of towels."), VOCABULARY)
    others = rank_contributions(paper("Towels", "Others have built a benchmark of towels."), VOCABULARY)
    assert share("benchmark", own) > share("benchmark", others)


@pytest.mark.parametrize("text", ["airborne towels", "graphite", "robotlessly", "policyholder"])
def test_a_cue_is_a_whole_word_unless_it_says_otherwise(tmp_path: Path, text: str) -> None:
    cues = 'cues.3 = ["air", "graph", "*robot", "policy"]'
    vocabulary = Vocabulary.load(written(tmp_path, MEDICINE.replace('cues = ["stroke"]', cues)))
    assert len({score for _, score in rank_domains(paper(text), vocabulary)}) == 1


@given(title=st.text(max_size=80), abstract=st.text(max_size=300))
def test_every_choice_is_ranked_with_shares_that_sum_to_one(title: str, abstract: str) -> None:
    for rank, names in ((rank_domains, DOMAINS), (rank_contributions, CONTRIBUTIONS)):
        ranked = rank(paper(title, abstract), VOCABULARY)
        shares = [score for _, score in ranked]
        assert sorted(name for name, _ in ranked) == sorted(names)
        assert sum(shares) == pytest.approx(1)
        assert shares == sorted(shares, reverse=True)


def test_a_paper_without_an_abstract_is_ranked_by_its_title() -> None:
    assert rank_domains(Paper(title="Robots that fold"), VOCABULARY)[0][0] == "robotics"


# --- names ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("title", "abstract", "name"),
    [
        ("FoldNet: Faster Towel Folding", "We fold towels.", "FoldNet"),
        ("GRIP -- Gentle Robot Picking", "We present GRIP.", "GRIP"),
        ("Careful Folding (CaFo): Gentle Towels", "CaFo is gentle.", "CaFo"),
        ("Tidy Hands: Folding at Home", "We present Tidy Hands, a system that folds.", "Tidy Hands"),
        ("Look Before You Fold: Safer Towels", "We propose SafeFold, a careful method.", "SafeFold"),
        ("Towels without tears", "Towels tear. We introduce a new method called TearLess.", "TearLess"),
        ("Towels without tears", "We propose a gentle folding method, dubbed Softly.", "Softly"),
        ("Folding", "We propose Gentle Towel Alignment (GTA), which is gentle.", "GTA"),
        ("Folding", "We propose GTA (Gentle Towel Alignment), which is gentle.", "GTA"),
        ("Folding", "Towel folding models (TFMs) fail. We propose Crease-2 for TFMs.", "Crease-2"),
        ("Folding", "This paper presents R-Fold, an algorithm for linen.", "R-Fold"),
        ("Folding", "We present a system. The system, LaundryOS, is fast. LaundryOS folds.", "LaundryOS"),
        (
            "Folding linen",
            "We propose a novel edge-aware folding planner that is fast.",
            "edge-aware folding planner",
        ),
        ("Safer laundry via Edge-Aware Folding", "Laundry is dangerous.", "Edge-Aware Folding"),
        ("Understanding Crease Formation in Linen", "Linen creases.", "Crease Formation"),
        ("FoldNet, a light version of GRIP: smaller, faster", "We fold towels.", "FoldNet"),
        ("Mastering Laundry with Planning", "Towels are hard. FoldZero plans with its hands.", "FoldZero"),
        ("Folding with Steps", "We compare old objectives and FLD-U, an objective for folds.", "FLD-U"),
        ("Careful Folding", "We present Gentle-Bench (Gentle Folds at Home), a test.", "Gentle-Bench"),
        ("Folding", "Our method, GentleHands, folds towels.", "GentleHands"),
        (
            "Look Twice: A FLD-Critic-R1 Model for Linen",
            "We propose Safe Fold Tuning (SF-T) for FLD-Critic-R1. FLD-Critic-R1 folds linen.",
            "FLD-Critic-R1",
        ),
        ("Is Linen Easy for Robots?", "We propose using a novel soft gripper.", "soft gripper"),
        ("A Comprehensive Survey on Towel Networks", "We review towels.", "Survey on Towel Networks"),
        ("Cotton and Linen: A Survey of Fabrics and Uses", "We review.", "Cotton and Linen"),
        ("Findings of the Third FoldLM Challenge: Linen", "31 teams took part.", "FoldLM Challenge"),
        ("A Study of Folding Planners in Hotels", "Towels.", "Folding Planners"),
        ("Careful Hands Unlock Linen", "We propose a suite of gentle folding tests.", "gentle folding tests"),
    ],
)
def test_the_likeliest_name_is_the_one_the_authors_give(title: str, abstract: str, name: str) -> None:
    assert methods(paper(title, abstract))[0] == name


@pytest.mark.parametrize(
    ("title", "abstract", "background"),
    [
        ("Folding", "Large folding models (LFMs) are slow. We propose QuickFold for LFMs.", "LFMs"),
        ("Folding", "We propose QuickFold. It beats GPT-4 and BERT by far.", "GPT-4"),
        ("Faster Laundry through Planning", "GPT-3 writes 3x faster with it than BERT-large.", "GPT-3"),
        ("Soft Folding", "FoldNet folds. However, it tears linen. We fold softly.", "FoldNet"),
        ("Soft Folding", "It is better than FoldNet. FoldNet tears linen.", "FoldNet"),
        ("Soft Folding", "We propose a planner with a Large Language Model (LLM).", "LLM"),
        ("An Honest Title: An Empirical Study", "We propose QuickFold.", "An Honest Title"),
    ],
)
def test_what_others_made_does_not_come_first(title: str, abstract: str, background: str) -> None:
    assert background not in methods(paper(title, abstract))[:1]


@pytest.mark.parametrize("abstract", [None, "", "  "])
def test_a_name_in_the_title_needs_no_abstract(abstract: str | None) -> None:
    assert methods(Paper(title="FoldNet: Faster Folding", abstract=abstract))[0] == "FoldNet"


def test_a_paper_that_names_nothing_gets_no_name() -> None:
    assert methods(paper("Towels", "It rains. Towels are wet.")) == []


@given(title=st.text(max_size=80), abstract=st.text(max_size=300))
def test_every_name_stands_in_the_paper_and_only_once_in_the_list(title: str, abstract: str) -> None:
    for beginning in ("", "We propose "):
        given_paper = paper(title, beginning + abstract)
        names = methods(given_paper)
        assert all(name in given_paper.text for name in names)
        assert len({name.casefold() for name in names}) == len(names)
