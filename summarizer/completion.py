"""What a model gave back for one request: as servers say it, as the cache keeps it."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

_MOST_TOKENS = 2**31


@dataclass(frozen=True)
class Completion:
    """What came back for one request. ``finish`` is the server's ``finish_reason``; tokens are its counts.

    ``share`` of the price was paid: less than the whole for what came in a batch. ``logprob`` is the mean of its
    tokens' natural log-probabilities, where they were asked for.
    """

    content: str
    finish: str
    prompt_tokens: int
    completion_tokens: int
    cached_tokens: int = 0
    share: float = 1.0
    logprob: float | None = None

    def as_json(self) -> dict[str, Any]:
        """Return plain data for the cache."""
        return {name: value for name, value in asdict(self).items() if value is not None}

    @classmethod
    def restored(cls, kept: object) -> Completion | None:
        """Return what ``as_json`` made, or ``None``: a cache may come from elsewhere, and hold anything."""
        try:
            completion = cls(**kept) if isinstance(kept, dict) else None
        except TypeError:
            return None
        if completion is None:
            return None
        words = (completion.content, completion.finish)
        counts = (completion.prompt_tokens, completion.completion_tokens, completion.cached_tokens)
        if not all(isinstance(text, str) and _encodes(text) for text in words):
            return None
        if not all(type(count) is int and 0 <= count < _MOST_TOKENS for count in counts):
            return None
        share, logprob = completion.share, completion.logprob
        if logprob is not None and not (type(logprob) in {int, float} and logprob <= 0):
            return None
        return completion if type(share) in {int, float} and 0 <= share <= 1 else None


def read_completion(answer: Any) -> Completion:
    """Return the completion in a server's ``answer``, fit to be kept; raise ``GarbledError`` where there is none."""
    from summarizer.wire import GarbledError

    try:
        choice, usage = answer["choices"][0], answer.get("usage") or {}
        message = choice["message"]
        refusal = message.get("refusal")
        likely = [float(token["logprob"]) for token in (choice.get("logprobs") or {}).get("content") or ()]
        said = {
            # Half of a surrogate pair, which JSON can spell and a model may end with, can be kept nowhere.
            "content": (message.get("content") or refusal or "").encode("utf-8", "replace").decode(),
            "finish": "refusal" if refusal else str(choice.get("finish_reason")),
            "prompt_tokens": int(usage.get("prompt_tokens") or 0),
            "completion_tokens": int(usage.get("completion_tokens") or 0),
            "cached_tokens": int((usage.get("prompt_tokens_details") or {}).get("cached_tokens") or 0),
            "logprob": min(sum(likely) / len(likely), 0.0) if likely else None,
        }
    except (AttributeError, LookupError, TypeError, ValueError):
        said = {}
    completion = Completion.restored(said)
    if completion is None:
        raise GarbledError("no completion in it")
    return completion


def _encodes(text: str) -> bool:
    """Tell whether ``text`` can be stored: half of a surrogate pair cannot."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
