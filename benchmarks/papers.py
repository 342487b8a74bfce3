"""Made-up papers for the benchmarks: the same number of them is the same text everywhere, and no two are alike."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from pathlib import Path

_NAMES = "Kestrel Marlin Osprey Tamarin Lynx Heron Badger Ibis Caracal Plover Gannet Stoat".split()
_THINGS = (
    "language models|vision transformers|policies of walking robots|graph networks|diffusion models|speech recognisers"
    "|protein encoders|recommenders|planners|weather models|retrieval systems|small reward models"
).split("|")
_PROBLEMS = (
    "forget what they learnt first|need far more labels than there are|are slow at long inputs|copy the noise of their "
    "data|fail where the light changes|cost more to train than most laboratories have|answer with too much confidence"
    "|are tuned by hand for every task|cannot say where an answer comes from|treat rare words as if they were errors"
).split("|")
_IDEAS = (
    "replays old gradients|keeps a short list of hard examples|shares one encoder between all tasks|bounds the step by "
    "the curvature|learns from pairs in place of labels|splits the memory into slow and fast parts|drops the layers "
    "that change nothing|asks a smaller model first|weighs examples by their age|draws plans before it acts"
).split("|")
_PLACES = (
    "translation|navigation|question answering|image captioning|drug discovery|code repair|forecasting|dialogue"
    "|segmentation|theorem proving|retrieval|speech"
).split("|")
_SENTENCES = (
    "{things} {problem}, and work on {place} has so far met this with more data.",
    "We present {name}, a method that {idea} and, where that is not enough, {idea2}.",
    "Unlike earlier approaches to {place}, it makes no assumption about how {things} were trained.",
    "On {count} benchmarks of {place} and {place2} it raises the mean score by {points} points over strong baselines.",
    "{name} needs {factor}x fewer samples than training from scratch, and its memory does not grow with the input.",
    "An ablation shows that most of the gain comes from the part that {idea3}.",
    "We also find that {things} which were tuned for {place2} {problem2} as soon as the domain shifts.",
    "Theory explains when this holds: the error falls with the square root of the number of {place} tasks.",
    "A study with {people} people confirms that the answers are preferred in {percent}% of the cases.",
    "Code, data and the weights of all {count} models are released for further study.",
    "Limits remain in {place2}, where {things2} {problem3} and the method helps little.",
)
"""Eleven sentences make about 1,300 characters, the length of an abstract on arXiv."""


def made(count: int) -> Iterator[dict[str, str]]:
    """Yield ``count`` papers as lines of a JSONL backlog have them: id, title, abstract, published."""
    for number in range(count):
        draw = random.Random(number)
        things, things2 = draw.sample(_THINGS, 2)
        problems, ideas, places = draw.sample(_PROBLEMS, 3), draw.sample(_IDEAS, 3), draw.sample(_PLACES, 2)
        words = {"name": f"{draw.choice(_NAMES)}-{number}", "things": things, "things2": things2}
        words |= {"problem": problems[0], "problem2": problems[1], "problem3": problems[2]}
        words |= {"idea": ideas[0], "idea2": ideas[1], "idea3": ideas[2]}
        words |= {"place": places[0], "place2": places[1]}
        words |= {"count": str(draw.randint(3, 40)), "points": f"{draw.uniform(0.5, 9):.1f}"}
        words |= {"factor": str(draw.randint(2, 30)), "people": str(draw.randint(20, 400))}
        words |= {"percent": str(draw.randint(51, 97))}
        said = [sentence.format(**words) for sentence in _SENTENCES]
        middle = said[2:-2]
        draw.shuffle(middle)
        text = [sentence[0].upper() + sentence[1:] for sentence in [*said[:2], *middle, *said[-2:]]]
        yield {
            "id": f"made-{number}",
            "title": f"{words['name']}: {words['idea'].capitalize()} for {words['place']} with {things}",
            "abstract": " ".join(text),
            "published": f"2026-{1 + number % 9:02}-{1 + number % 28:02}",
        }


def write(path: Path, count: int) -> None:
    """Write ``count`` made-up papers to ``path``, one JSON object a line."""
    with path.open("w", encoding="utf-8") as file:
        for paper in made(count):
            file.write(json.dumps(paper) + "\n")
