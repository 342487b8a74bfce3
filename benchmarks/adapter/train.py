"""Train the adapter with which the embedded model writes TL;DRs, and write it as GGUF.

    python train.py --base SmolLM2-135M-Instruct.Q4_1.gguf --scitldr train.jsonl --papers 'daily/*.json' arxiv.ids \
        --written tldrs.jsonl --without gold.jsonl --out tldr.gguf

A LoRA (Hu et al., 2021, https://arxiv.org/abs/2106.09685) of rank 16 on all linear layers, the loss on the answer
alone. It learns the TL;DRs that we wrote (`tldrs.jsonl`) of papers in SciTLDR's training part (Cachola et al., 2020)
and in `--papers`, and, with `--count`, SciTLDR's own; only those that keep a TL;DR's promises: one sentence of at most
30 words, no number and no name that the paper has not, not the title again. A step of eight examples takes five
seconds on two idle cores. What it has learnt is written to `--out` every few steps, so a stopped training is usable.
"""

from __future__ import annotations

import argparse
import json
import math
import random
import re
import tempfile
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import gguf
import numpy as np
import torch
from peft import LoraConfig, get_peft_model
from safetensors.numpy import load_file
from transformers import AutoModelForCausalLM, AutoTokenizer

from summarizer.checks import tldr
from summarizer.prompts import Prompts
from summarizer.records import Paper
from summarizer.sources import read
from summarizer.text import clean, words

RANK, ALPHA, BATCH = 16, 32, 8
SHORTEST = 15
LAYERS = {
    "self_attn.q_proj": "attn_q",
    "self_attn.k_proj": "attn_k",
    "self_attn.v_proj": "attn_v",
    "self_attn.o_proj": "attn_output",
    "mlp.gate_proj": "ffn_gate",
    "mlp.up_proj": "ffn_up",
    "mlp.down_proj": "ffn_down",
}
"""The linear layers of a Llama as transformers and llama.cpp call them."""
RATE, AGAIN = 6e-4, 3e-4
"""Learning rates from nothing and from an adapter."""
HEADS = {"attn_q": 9, "attn_k": 3}
Example = tuple[Paper, str]


def kept(paper: Paper, text: str) -> str | None:
    """Return ``text`` as a TL;DR of ``paper``, or ``None`` where it does not keep a TL;DR's promises."""
    text = clean(text)
    try:
        sentence = tldr(text[:1].upper() + text[1:], paper)
    except ValueError:
        return None
    return sentence if len(words(sentence)) >= SHORTEST else None


def scitldr(path: Path) -> dict[str, tuple[Paper, list[str]]]:
    """Return the papers of a part of SciTLDR with its TL;DRs of them, by their ids."""
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    return {
        row["paper_id"]: (
            Paper(id=row["paper_id"], title=clean(row["title"]), abstract=clean(" ".join(row["source"]))),
            row["target"],
        )
        for row in rows
    }


def authors(papers: Iterable[tuple[Paper, list[str]]]) -> Iterator[Example]:
    """Yield each of ``papers`` with that of its TL;DRs whose words are most its own."""
    for paper, targets in papers:
        own = set(re.findall(r"\w+", paper.text.lower()))
        fit = [sentence for text in targets if (sentence := kept(paper, text))]
        if fit:
            yield paper, max(fit, key=lambda text: _share(text, own))


def _share(text: str, own: set[str]) -> float:
    said = set(re.findall(r"\w+", text.lower()))
    return len(said & own) / len(said)


def written(path: Path, papers: dict[str, Paper], without: set[str]) -> Iterator[Example]:
    """Yield those of ``papers`` for which ``path`` has a TL;DR, in the order of ``path``."""
    for line in path.read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        paper = papers.get(row["id"])
        if paper and row["id"] not in without and (sentence := kept(paper, row["tldr"])):
            yield paper, sentence


def train(base: Path, start: Path | None, passes: list[list[Example]], out: Path, rank: int) -> None:
    """Train on each of ``passes`` in turn, from the adapter ``start`` if there is one; write it to ``out``."""
    tokenizer = AutoTokenizer.from_pretrained(base.parent, gguf_file=base.name)
    model = AutoModelForCausalLM.from_pretrained(base.parent, gguf_file=base.name, dtype=torch.float32)
    model = get_peft_model(
        model,
        LoraConfig(
            r=RANK, lora_alpha=ALPHA, lora_dropout=0.05, target_modules=[n.split(".")[1] for n in LAYERS]
        ),
    )
    if start:
        read_gguf(start, model)
    model.train()
    prompts = Prompts()

    def encoded(paper: Paper, sentence: str) -> tuple[list[int], list[int]]:
        messages = prompts.render("tldr-excerpt", paper).messages
        asked = tokenizer.apply_chat_template(messages, tokenize=False, add_generation_prompt=True)
        return tuple(  # type: ignore[return-value]
            tokenizer(text, add_special_tokens=False)["input_ids"]
            for text in (asked, f"{sentence}<|im_end|>")
        )

    batches = []
    for examples in passes:
        rows = sorted((encoded(*example) for example in examples), key=lambda row: len(row[0]) + len(row[1]))
        part = [rows[at : at + BATCH] for at in range(0, len(rows), BATCH)]  # of like length: little padding
        random.shuffle(part)
        batches += part
    weights = [weight for weight in model.parameters() if weight.requires_grad]
    optimizer = torch.optim.AdamW(weights, weight_decay=0.0)
    began, loss_so_far = time.monotonic(), 0.0
    for step, batch in enumerate(batches):
        for group in optimizer.param_groups:
            group["lr"] = (AGAIN if start else RATE) * min(1, (step + 1) / 10) * (
                0.5 + 0.5 * math.cos(math.pi * step / len(batches))
            ) + 1e-5
        width = max(len(asked) + len(answer) for asked, answer in batch)
        ids = torch.zeros(len(batch), width, dtype=torch.long)
        mask, labels = torch.zeros_like(ids), torch.full_like(ids, -100)
        for place, (asked, answer) in enumerate(batch):
            end = len(asked) + len(answer)
            ids[place, :end] = torch.tensor([*asked, *answer])
            mask[place, :end] = 1
            labels[place, len(asked) : end] = torch.tensor(answer)
        with torch.autocast("cpu", dtype=torch.bfloat16):
            llama = model.base_model.model
            hidden = llama.model(input_ids=ids, attention_mask=mask).last_hidden_state
            answers = labels[:, 1:] != -100  # only they need the widest layer, the vocabulary
            logits = llama.lm_head(hidden[:, :-1][answers])
        loss = torch.nn.functional.cross_entropy(logits.float(), labels[:, 1:][answers])
        loss.backward()
        torch.nn.utils.clip_grad_norm_(weights, 1.0)
        optimizer.step()
        optimizer.zero_grad()
        loss_so_far = 0.95 * loss_so_far + 0.05 * loss.item() if step else loss.item()
        if step % 10 == 0:
            print(
                f"{step}/{len(batches)}  loss {loss_so_far:.3f}  {time.monotonic() - began:.0f} s", flush=True
            )
        if step % 25 == 24 or step == len(batches) - 1:
            with tempfile.TemporaryDirectory() as folder:
                model.save_pretrained(folder)
                write_gguf(Path(folder), out, rank)


def read_gguf(path: Path, model: Any) -> None:
    """Put the adapter at ``path``, as ``write_gguf`` writes it at full rank, into ``model``."""
    reader = gguf.GGUFReader(path)
    found = {tensor.name: torch.tensor(tensor.data.astype(np.float32)) for tensor in reader.tensors}
    for name, weight in model.named_parameters():
        if not (part := re.search(r"layers\.(\d+)\.(.+)\.lora_([AB])\.", name)):
            continue
        layer, module, side = part.groups()
        value = found[f"blk.{layer}.{LAYERS[module]}.weight.lora_{side.lower()}"]
        if side == "B" and (heads := HEADS.get(LAYERS[module])):
            value = value.reshape(heads, -1, 2, value.shape[1]).swapaxes(1, 2).reshape(value.shape)
        with torch.no_grad():
            weight.copy_(value)


def write_gguf(folder: Path, out: Path, rank: int) -> None:
    """Write the adapter in ``folder`` as GGUF, brought to ``rank`` (the nearest: Eckart and Young, 1936)."""
    config = json.loads((folder / "adapter_config.json").read_text(encoding="utf-8"))
    tensors = load_file(folder / "adapter_model.safetensors")
    writer = gguf.GGUFWriter(out, "llama")
    writer.add_type("adapter")
    writer.add_string("adapter.type", "lora")
    writer.add_float32("adapter.lora.alpha", config["lora_alpha"] * rank / config["r"])
    for name in sorted(name for name in tensors if "lora_A" in name):
        layer, module = re.search(r"layers\.(\d+)\.(.+)\.lora_A", name).groups()  # type: ignore[union-attr]
        a = tensors[name].astype(np.float32)
        b = tensors[name.replace("lora_A", "lora_B")].astype(np.float32)
        if heads := HEADS.get(LAYERS[module]):
            # llama.cpp keeps the rotated halves of a head interleaved; transformers keeps them apart
            b = b.reshape(heads, 2, b.shape[0] // heads // 2, b.shape[1]).swapaxes(1, 2).reshape(b.shape)
        if rank < config["r"]:
            qb, rb = np.linalg.qr(b)
            qa, ra = np.linalg.qr(a.T)
            u, s, v = np.linalg.svd(rb @ ra.T)
            root = np.sqrt(s[:rank])
            a, b = (root[:, None] * v[:rank]) @ qa.T, (qb @ u[:, :rank]) * root
        for side, matrix in (("lora_a", a), ("lora_b", b)):
            writer.add_tensor(
                f"blk.{layer}.{LAYERS[module]}.weight.{side}", np.ascontiguousarray(matrix, np.float16)
            )
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def main() -> None:
    """Read the examples, train, write."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--base", type=Path, required=True)
    parser.add_argument("--scitldr", type=Path, required=True)
    parser.add_argument(
        "--papers", nargs="+", required=True, help="sources, as for summarize backlog, of our other papers"
    )
    parser.add_argument("--written", type=Path, required=True, help="our TL;DRs, by id")
    parser.add_argument(
        "--without", type=Path, nargs="+", required=True, help="papers that must not be learnt from, by id"
    )
    parser.add_argument("--keep-back", type=int, default=48, help="the last of our TL;DRs, for measuring")
    parser.add_argument("--start", type=Path, help="an adapter to go on from")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--count", type=int, default=0, help="TL;DRs of SciTLDR's own")
    parser.add_argument("--repeat", type=int, default=3, help="how often each of our TL;DRs is seen")
    parser.add_argument("--rank", type=int, default=RANK)
    arguments = parser.parse_args()
    random.seed(0)
    torch.manual_seed(0)
    without = {
        json.loads(line)["id"]
        for path in arguments.without
        for line in path.read_text(encoding="utf-8").splitlines()
    }
    of_scitldr = scitldr(arguments.scitldr)
    papers = {paper.id: paper for paper, _ in of_scitldr.values() if paper.id} | {
        paper.id: paper for paper in read(arguments.papers, notice=print) if paper.id
    }
    ours = list(written(arguments.written, papers, without))
    ours = ours[: len(ours) - arguments.keep_back]
    theirs = list(authors(of_scitldr.values()))
    random.shuffle(theirs)
    theirs = theirs[: arguments.count]
    passes = [theirs[turn :: arguments.repeat] + ours for turn in range(arguments.repeat)]
    print(f"{len(theirs)} TL;DRs of SciTLDR once, {len(ours)} of ours {arguments.repeat} times")
    train(arguments.base, arguments.start, passes, arguments.out, arguments.rank)


if __name__ == "__main__":
    main()
