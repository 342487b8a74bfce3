"""The model that answers, through the ``openai`` client: one way for OpenAI, any compatible server and ours.

This is the boundary to the SDK: its exceptions are mapped here to our own, and nothing of it leaves.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit, urlunsplit

from summarizer.errors import PaperError, ServiceError
from summarizer.pace import Gate, Patience, retry_after
from summarizer.text import clean

if TYPE_CHECKING:
    import openai
    from tenacity import RetryCallState

    from summarizer.cache import Shelf
    from summarizer.prompts import Request

FORMATS = ("json_schema", "json_object", "text")
"""How a JSON answer is asked for, the strictest first."""


@dataclass(frozen=True)
class Completion:
    """What came back for one request. ``finish`` is the server's ``finish_reason``; tokens are its counts."""

    content: str
    finish: str
    prompt_tokens: int
    completion_tokens: int
    cached_tokens: int = 0

    def as_json(self) -> dict[str, Any]:
        """Return plain data for the cache."""
        return asdict(self)


@dataclass(frozen=True)
class Endpoint:
    """Where a model answers.

    ``place`` names it in cache keys and messages and never holds a secret. ``connect`` returns the base
    URL and the key; it is called once, at the first request that the cache cannot answer, so that a run
    answered from disk starts no model. ``local`` is a model in this process.
    """

    model: str
    place: str
    connect: Callable[[], tuple[str, str]]
    local: bool = False
    concurrency: int = 16


@dataclass(frozen=True)
class _Manner:
    """What a server was found to accept; servers differ in more than their addresses."""

    format: str = FORMATS[0]
    limit: str = "max_tokens"
    without: tuple[str, ...] = ()


def without_secrets(url: str) -> str:
    """Return ``url`` without user, password and query, fit for keys and messages."""
    parts = urlsplit(url)
    host = parts.netloc.rsplit("@", 1)[-1]
    return urlunsplit((parts.scheme, host, parts.path.rstrip("/"), "", ""))


class Model:
    """Asks one model, again where that helps, at the pace the server allows."""

    def __init__(
        self,
        endpoint: Endpoint,
        facts: Shelf,
        patience: Patience | None = None,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self.endpoint = endpoint
        self.name = endpoint.model
        self.patience = patience or Patience()
        self._facts = facts
        self._fact_key = f"manner {endpoint.place} {endpoint.model}"
        self._manner = _remembered(facts.get(self._fact_key))
        self._gate = Gate(sleep)
        self._sleep = sleep
        self._client: openai.AsyncOpenAI | None = None
        self._connecting = asyncio.Lock()
        self._secret = ""
        self._answers = 0

    async def ask(self, request: Request) -> Completion:
        """Return the model's answer to ``request``.

        Rate limits, server errors, time-outs and lost connections are asked again with patience.

        Raises:
            PaperError: the server refuses this request, or keeps failing at it while it answers others.
            ServiceError: nobody answers, or the key or the model is refused; no other paper will fare better.
        """
        import openai  # costs a second, and a run answered from disk needs none of it
        import tenacity

        client = await self._connected()
        answers_before = self._answers
        failures: list[BaseException] = []

        def failed(error: BaseException) -> bool:
            failures.append(error)
            return _passing(error)

        def wait(_: RetryCallState) -> float:
            return 0.0 if self._pausing(failures[-1]) else self.patience.wait(min(len(failures), 16))

        def stop(_: RetryCallState) -> bool:
            refusals = sum(isinstance(failure, openai.RateLimitError) for failure in failures)
            allowed = self.patience.attempts if self._answers else self.patience.attempts_before_first_answer
            return refusals >= self.patience.refusals or len(failures) - refusals >= allowed

        try:
            # One object a call: a shared AsyncRetrying loses retries under concurrency.
            async for attempt in tenacity.AsyncRetrying(
                retry=tenacity.retry_if_exception(failed),
                wait=wait,
                stop=stop,
                sleep=self._sleep,
                reraise=True,
            ):
                with attempt:
                    await self._gate.wait()
                    completion = await self._once(client, request)
        except openai.APIError as error:
            raise self._mapped(error, alone=self._answers > answers_before) from None
        self._answers += 1
        return completion

    async def close(self) -> None:
        """Close the connections."""
        if self._client:
            await self._client.close()

    async def _connected(self) -> openai.AsyncOpenAI:
        async with self._connecting:
            if self._client is None:
                import openai

                url, self._secret = await asyncio.to_thread(self.endpoint.connect)
                self._client = openai.AsyncOpenAI(
                    base_url=url,
                    api_key=self._secret or "none",
                    max_retries=0,  # the SDK's own retries neither pace nor remember
                    timeout=self.patience.timeout,
                    http_client=openai.DefaultAioHttpClient(),
                )
            return self._client

    async def _once(self, client: openai.AsyncOpenAI, request: Request) -> Completion:
        """Send ``request``, stepping down where the server does not accept how it is asked."""
        import openai

        manner = self._manner
        while True:
            try:
                answer = await client.chat.completions.create(**self._arguments(request, manner))
            except (openai.BadRequestError, openai.UnprocessableEntityError) as error:
                lower = _stepped_down(manner, error, json=request.schema is not None)
                if lower is None:
                    raise
                manner = lower
                continue
            if manner != self._manner:  # it worked, so it is worth remembering
                self._manner = manner
                self._facts.put(self._fact_key, asdict(manner))
            return _completion(answer)

    def _arguments(self, request: Request, manner: _Manner) -> dict[str, Any]:
        template = request.template
        # A model that wants max_completion_tokens thinks aloud first, and its thoughts count.
        room = template.max_tokens * (8 if manner.limit == "max_completion_tokens" else 1)
        arguments: dict[str, Any] = {"model": self.name, "messages": request.messages, manner.limit: room}
        arguments["temperature"] = template.temperature
        if template.stop:
            arguments["stop"] = list(template.stop)
        if request.schema is not None and manner.format == "json_schema":
            schema = {"name": template.name, "strict": True, "schema": request.schema}
            arguments["response_format"] = {"type": "json_schema", "json_schema": schema}
        elif request.schema is not None and manner.format == "json_object":
            arguments["response_format"] = {"type": "json_object"}
        return {name: value for name, value in arguments.items() if name not in manner.without}

    def _pausing(self, error: BaseException) -> bool:
        """Close the gate for as long as a response asks, and tell whether it asked."""
        response = getattr(error, "response", None)
        seconds = retry_after(dict(response.headers)) if response is not None else None
        if seconds is None:
            return False
        self._gate.pause(min(seconds, self.patience.longest_pause))
        return True

    def _mapped(self, error: openai.APIError, *, alone: bool) -> Exception:
        """Return our error for the SDK's. ``alone``: other requests were answered in the meantime."""
        import openai

        place, said = self.endpoint.place, self._said(error)
        status = getattr(error, "status_code", None)
        if isinstance(error, openai.AuthenticationError | openai.PermissionDeniedError):
            return ServiceError(
                f"{place} refuses the key ({status}); set OPENAI_API_KEY to one that it knows"
            )
        if isinstance(error, openai.NotFoundError):
            return ServiceError(
                f"{place} does not know the model {self.name!r} (404); check --model and --base-url"
            )
        if isinstance(error, openai.RateLimitError):
            if _out_of_credit(error):
                return ServiceError(
                    f"{place}: the account has no credit left ({said}); add some, then run this again"
                )
            return ServiceError(
                f"{place} keeps limiting the rate (429); run this again later: what was answered is kept"
            )
        if isinstance(error, openai.APIStatusError) and status is not None and status < 500:
            kind = "too_long" if _overflow(error) else "rejected"
            return PaperError(kind, f"{place} rejects the request ({status}): {said}")
        if _timed_out(error):
            what = f"gives no answer within {self.patience.timeout:g} s"
        elif isinstance(error, openai.APIConnectionError):
            what = "cannot be reached"
        elif isinstance(error, openai.APIStatusError):
            what = f"keeps failing ({status}: {said})"
        else:
            what = f"answers what is no chat completion ({said})"
        if alone:
            return PaperError("unanswered", f"{place} {what} for this paper, though it answers others")
        return ServiceError(
            f"{place} {what}; check --base-url, or run this again later: what was answered is kept"
        )

    def _said(self, error: openai.APIError) -> str:
        """Return the server's own words on one line, without the key."""
        body = error.body
        message = body.get("message") if isinstance(body, dict) else None
        said = clean(str(message or error.message))[:300]
        return said.replace(self._secret, "…") if self._secret else said


def _remembered(known: Any) -> _Manner:
    try:
        manner = _Manner(known["format"], known["limit"], tuple(known["without"]))
    except (TypeError, KeyError):
        return _Manner()
    return manner if manner.format in FORMATS else _Manner()


def _completion(answer: Any) -> Completion:
    import openai

    try:
        choice = answer.choices[0]
        message, usage = choice.message, answer.usage
        finish = "refusal" if message.refusal else str(choice.finish_reason)
        details = usage.prompt_tokens_details if usage else None
        return Completion(
            content=message.content or message.refusal or "",
            finish=finish,
            prompt_tokens=usage.prompt_tokens if usage else 0,
            completion_tokens=usage.completion_tokens if usage else 0,
            cached_tokens=(details.cached_tokens or 0) if details else 0,
        )
    except (AttributeError, IndexError, TypeError):
        # Something answers at that address, and it is not a model.
        raise openai.APIError("no choices in it", request=None, body=None) from None  # type: ignore[arg-type]


def _passing(error: BaseException) -> bool:
    """Tell whether asking again may help."""
    import openai

    if isinstance(error, openai.RateLimitError):
        return not _out_of_credit(error)
    if isinstance(error, openai.APIStatusError):
        return error.status_code >= 500 or error.status_code in {408, 409}
    return isinstance(error, openai.APIConnectionError)


def _timed_out(error: BaseException | None) -> bool:
    """Tell a time-out from a refused or lost connection; the SDK calls some of those time-outs too."""
    while error is not None:
        if isinstance(error, TimeoutError):
            return True
        error = error.__cause__
    return False


def _out_of_credit(error: openai.APIError) -> bool:
    return error.code == "insufficient_quota"


def _overflow(error: openai.APIError) -> bool:
    words = f"{error.code} {error.type} {error.message}".lower()
    return "context" in words and re.search(r"length|size|exceed|window", words) is not None


def _stepped_down(manner: _Manner, error: openai.APIStatusError, *, json: bool) -> _Manner | None:
    """Return how to ask a server that refused ``manner``, or ``None`` where that is not what it refused."""
    if _overflow(error):
        return None
    words = f"{error.param} {error.message}".lower()
    if "max_completion_tokens" in words and manner.limit == "max_tokens":
        return replace(manner, limit="max_completion_tokens")
    for name in ("temperature", "stop"):
        if re.search(rf"\b{name}\b", words) and name not in manner.without:
            return replace(manner, without=(*manner.without, name))
    # Servers refuse response_format in many words, so a refusal in other words is tried once more below.
    if json and manner.format != FORMATS[-1]:
        return replace(manner, format=FORMATS[FORMATS.index(manner.format) + 1])
    return None
