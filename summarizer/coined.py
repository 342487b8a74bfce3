"""Words that are spelt as only names are, and the places of a sentence where authors give such a name."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from summarizer.phrases import BARE, EDGE, EMPTY, STOP, words_of

# A spelling that only names have, as in FoldNet, GRIP, rFold, R-Fold, Crease2, Fold-π or R^2fold.
_COINED = re.compile(
    r"\w*[^\W\dA-ZÀ-Þ_][A-ZÀ-Þ]|[\w-]*[A-ZÀ-Þ]{2}|[A-Z]-[^\W_]|[^\W\d_]+-?\^?\d|[A-Z][\w-]*[α-ωΑ-Ω]|\d+[A-Z]\w"
)
# Short forms that the field shares: spelt like names, but nobody's own.
_TERMS = words_of(
    """
    2D 3D 4D AGI AI AIGC API APIs AR ASR AUC AUROC BC BERTScore BLEU CFG CLI CNN CNNs CoT COVID CPU CPUs
    CSV CT CUDA DiT DL DNN DPO ECE EEG F1 FFT FID FLOP FLOPs FPS FSQ GAN GANs GCN GNN GNNs GPU GPUs GRPO
    GT GUI GUIs HTML HTTP ICL ID IID IoT IoU IR JSON KD KL KV LaTeX LLM LLMs LM LMM LMMs LMs LoRA LSTM
    LVLM LVLMs MAE MCMC MCP MCTS MDP MDPs MIMO ML MLE MLLM MLLMs MLM MLP MLPs MoE MRI MSE NeRF NeRFs NLG
    NLI NLP NLU NMT OCR ODE OOD PCA PDE PDEs PEFT PhD POMDP PPO PSNR PyPI QA R1 RAG RGB RGB-D RL RLHF
    RLVR RNN RNNs ROI RoPE ROUGE SDE SDK SFT SGD SLAM SLM SLMs SOTA SQL SSIM SSM STEM SVD SVM T2I T2V
    TTS TV U-Net UAV UAVs UI UK UNet URL US USA VAE VAEs VFX ViT ViTs VLA VLAs VLM VLMs VQ VQA VR X-ray
    XAI XML
    """
)
# Models, data and places that papers compare with or build on; a version or a size may follow.
_FAMILIES = words_of(
    """
    A100 AdamW ADE AIME ALBERT AlexNet AlphaFold AlphaGo AudioSet BART BERT BLIP BLOOM ChatGPT CIFAR
    CIFAR-10 CIFAR-100 Claude CLIP CNN COCO CodeLlama CommonCrawl ConceptNet CVPR DALL DALL-E DDIM DDPM
    DeBERTa DeepMind DeepSeek DeiT DenseNet DINO DINOv2 DQN EfficientNet ELECTRA ELMo EMNLP FLAN FLUX
    Gemini Gemma GitHub GLM GloVe GLUE GoogleNet GPT GPTs GSM GSM8K H100 HellaSwag HotpotQA HuggingFace
    HumanEval ICCV ICLR ICML ImageNet InstructGPT InternLM InternVL JAX KITTI KITTI-360 LAION LaMDA
    LibriSpeech LinkedIn LiveCodeBench LLaMA Llama LLaVA MATH MBPP MedMNIST MIMIC Minecraft Mistral
    MLPerf MMLU MNIST MNLI MobileNet MSCOCO MultiWOZ NeurIPS NTIRE NumPy NVIDIA o1 o3 OpenAI
    OpenStreetMap OPT PaLM Pythia PyTorch QLoRA Qwen Qwen-VL R1 ResNet RoBERTa RTX SA-1B SAM ScanNet
    SDXL ShapeNet SigLIP SmolLM SQuAD StableDiffusion StarCraft SUN397 SuperGLUE SWE SWE-Bench T5
    TensorFlow TikTok TinyImageNet TriviaQA UMAP VGG VisDrone wav2vec WebText WikiText WMT word2vec
    WordNet XGBoost XLNet XNLI YOLO YouTube
    """
)
# "LLM-augmented", "FoldNet-based": an adjective, whatever stands before the hyphen.
_ADJECTIVE = re.compile(r".*-[A-Za-z]*(?:[a-z]ed|aware|free|driven|centric|specific|like|level|style)$")
_BRACKET = re.compile(r"\(([^()]{2,60})\)")
_WORDS_KEPT = 50_000
"""Texts share most of their words: what was said of one is remembered."""
# What a name does not go on after.
_NAME_ENDS = (",", ".", ";", ":", ")", "'s", "’s", '"', "”")


def bare(word: str) -> str:
    """Return ``word`` without quotation marks, punctuation, a bracket that follows, or a possessive 's."""
    word = word.strip(EDGE).partition("(")[0]
    return word.removesuffix("'s").removesuffix("’s").strip(EDGE)


def is_coined(word: str) -> bool:
    """Tell whether ``word`` is spelt like a name and is no term of the field, nor made up of such terms."""
    if len(word) < 2 or not _COINED.match(word) or _ADJECTIVE.match(word):
        return False
    parts = re.split("[-/]", word)
    return word not in _TERMS and not all(
        part in _TERMS or (part.isalpha() and part.islower()) or part.isdigit() for part in parts
    )


@lru_cache(_WORDS_KEPT)
def coined(word: str) -> str:
    """Return the name that ``word`` of a text is, bare; empty where it is none."""
    name = bare(word)
    return name if is_coined(name) else ""


def is_well_known(word: str) -> bool:
    """Tell whether ``word`` names a model or data that many papers use, a version or size aside."""
    first = re.split("[-/]", word)[0]
    return bool({word, first, first.rstrip(".0123456789")} & _FAMILIES)


def is_capitalised(words: list[str]) -> bool:
    """Tell whether ``words`` are spelt as a name of several words is."""
    small = ("of", "and", "for", "the")
    if re.fullmatch(r"[vV]?\d[\d.]*", words[-1]):
        words = words[:-1]  # a version
    return all(word[:1].isupper() or is_coined(word) or word in small for word in words)


def leading_name(rest: str) -> str | None:
    """Return the name that ``rest`` begins with, once articles and praise are off, or ``None``.

    It is empty where a short form in brackets follows, which ``expansions`` finds with the long one.
    """
    name: list[str] = []
    following = ""
    for raw in rest.split()[:14]:
        word = bare(raw)
        if not name and (word.casefold() in EMPTY or word.casefold() in BARE):
            continue
        if name and raw.startswith("("):
            # Its long form follows, or the short form that the authors go on with: then that one tells.
            return "" if is_coined(word) and not is_coined(name[0]) else " ".join(name)
        if not word or not (word[0].isupper() or is_coined(word)):
            following = word
            break
        name.append(word)
        if raw.endswith(_NAME_ENDS):
            break
    if not name:
        return None
    if not any(map(is_coined, name)) and following.casefold() not in {"", *STOP}:
        return None  # "a Pareto frontier", "an English corpus": the name only qualifies what follows
    if len(name) > 1 and name[-1].casefold() in BARE and is_coined(name[0]):
        name.pop()  # "the FoldNet Framework" is FoldNet
    return " ".join(name)


def expansions(sentence: str) -> Iterator[tuple[str, str | None, int]]:
    """Yield each short form, its long form where that is clear, and its place.

    Both "Group Robust Tuning (GRT)" and "GRT (Group Robust Tuning)" count.
    """
    for bracket in _BRACKET.finditer(sentence):
        inside, before = (
            bracket.group(1).strip(EDGE),
            sentence[max(0, bracket.start() - 200) : bracket.start()].split()[-10:],
        )
        if " " not in inside and is_coined(inside) and not is_well_known(inside):
            phrases = (_long_form(inside, before[-count:]) for count in range(1, len(before) + 1))
            yield inside, next(filter(None, phrases), None), bracket.start()
        elif before and " " in inside:
            short = bare(before[-1])
            if is_coined(short) and (long := _long_form(short, inside.split())):
                yield short, long, bracket.start()


def _long_form(short: str, words: list[str]) -> str | None:
    """Return ``words`` as one phrase where the letters of ``short`` begin most of its parts, in order."""
    letters = [letter.casefold() for letter in short.removesuffix("s") if letter.isalpha()]
    starts = [part[0].casefold() for word in words for part in re.split(r"[-–/]", word) if part[:1].isalpha()]
    if not letters or not starts or letters[0] not in [word[0].casefold() for word in words[:1]] + starts[:2]:
        return None
    rest = iter("".join(words).casefold())
    if not all(letter in rest for letter in letters):
        return None
    fitting = sum(start in letters for start in starts)
    return " ".join(words) if fitting * 2 >= len(starts) and len(letters) <= 2 * len(starts) + 1 else None
