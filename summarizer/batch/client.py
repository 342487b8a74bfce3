"""The ``openai`` client as the batch service needs it, and all that can come instead of an answer.

This is the boundary to that client: what it raises is read here, and told as an error of ours.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from summarizer.errors import ServiceError
from summarizer.pace import retry_after
from summarizer.text import clean

if TYPE_CHECKING:
    from openai import OpenAI

_TIMEOUT = 600.0
"""Seconds that the service may be silent: an upload is large, and looked through before it is answered."""
_CONNECTS_WITHIN = 30.0


class UnknownError(ServiceError):
    """The service knows no such thing: a batch, a file, or batches at all."""


def connect(url: str, key: str) -> OpenAI:
    """Return a client of the service at ``url`` that repeats nothing by itself.

    It goes the way that chat goes: through the same proxy, trusting the same certificates, and never led elsewhere.
    """
    import openai

    from summarizer import wire

    return openai.OpenAI(
        base_url=url,
        api_key=key or "none",  # without one, the client would look for another
        max_retries=0,
        http_client=openai.DefaultHttpxClient(
            timeout=openai.Timeout(_TIMEOUT, connect=_CONNECTS_WITHIN),
            proxy=wire.proxy(url),
            verify=wire.trust(),
            trust_env=False,
            follow_redirects=False,
        ),
    )


def failures() -> tuple[type[Exception], ...]:
    """Return what a call may raise.

    That is the client's own errors; its transport's, where a download breaks off; and what reading an answer
    raises that is none: the client does not check what came, and builds of it what it can.
    """
    import httpx2
    import openai

    garbled = (AttributeError, LookupError, TypeError, ValueError, RecursionError)
    return (openai.OpenAIError, httpx2.HTTPError, *garbled)


@dataclass(frozen=True)
class Failed:
    """One call without an answer. ``status`` is ``None`` where nothing came, 0 where it made no sense.

    ``passes`` tells whether asking again may help, after ``wait`` seconds where the service says so.
    """

    status: int | None
    words: str = ""
    passes: bool = True
    wait: float | None = None

    @classmethod
    def read(cls, error: Exception) -> Failed:
        """Read one of ``failures``."""
        import httpx2
        import openai

        if not isinstance(error, openai.APIStatusError):
            lost = isinstance(error, openai.APIConnectionError | httpx2.HTTPError)
            return cls(None if lost else 0)
        said, status = error.body, error.status_code
        if isinstance(said, dict):
            said = said.get("message") or said.get("detail") or said
        words = clean(str(said or error.response.reason_phrase or "no reason given"))
        credit = "insufficient_quota" not in (error.code, error.type)
        passes = status >= 500 or status in {408, 409} or (status == 429 and credit)
        return cls(status, words, passes, retry_after(error.response.headers))

    @property
    def may_have_happened(self) -> bool:
        """Whether what was asked may be done all the same."""
        return not self.status or self.status >= 500

    def told(self, place: str, key: str) -> ServiceError:
        """Return the error that a user sees: one line, in which ``key`` is not shown."""
        status = self.status
        said = (self.words.replace(key, "…") if key else self.words)[:300]
        later = "run this again later: nothing is submitted twice"
        if not status:
            what = "cannot be reached" if status is None else "answers what is no batch service"
            return ServiceError(f"{place} {what}; {later}")
        if status in {401, 403}:
            return ServiceError(
                f"{place} refuses the key ({status}); set OPENAI_API_KEY to one that it knows"
            )
        if status == 404:
            return UnknownError(f"{place} has no batch service (404); leave --batch out")
        if status == 429:
            return ServiceError(f"{place} takes no batch now (429: {said}); run this again later")
        if status < 500:
            return ServiceError(f"{place} refuses the batch ({status}): {said}")
        return ServiceError(f"{place} keeps failing ({status}: {said}); {later}")
