"""The model that answers later: what it is asked goes into batches, and the papers wait."""

from __future__ import annotations

import asyncio
import json
import os
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, BinaryIO

from summarizer import tokens
from summarizer.batch.journal import Batch, Journal
from summarizer.batch.service import ENDPOINT, Service
from summarizer.batch.waiting import UNDER_WAY, Waiting
from summarizer.completion import Completion
from summarizer.costs import MaxCostReachedError, cost
from summarizer.errors import DeferredError, PaperError, ServiceError, SetupError
from summarizer.model import Endpoint, Model, key_of
from summarizer.text import count

if TYPE_CHECKING:
    from pathlib import Path

    from summarizer.batch.limits import Limits
    from summarizer.cache import Shelf
    from summarizer.pace import Patience
    from summarizer.prompts import Request
    from summarizer.settings import Price

_FIRST_TRIES = 3


@dataclass
class Part:
    """The requests of the batch that is being filled."""

    name: str
    file: BinaryIO
    keys: dict[str, None] = field(default_factory=dict)
    bytes: int = 0
    tokens: int = 0
    at_most: float = 0.0


class Later(Waiting):
    """Puts requests into batches, each sent as soon as it is full; ``finish`` sends the last.

    The first request is asked at once: so a model that wants to be asked in another way, a key that is
    refused or a name that is wrong is found out now and not tomorrow.

    ``max_cost`` in US dollars bounds what all batches of this run can cost at most.
    """

    def __init__(
        self,
        endpoint: Endpoint,
        facts: Shelf,
        patience: Patience | None = None,
        *,
        journal: Journal,
        service: Service,
        limits: Limits,
        price: Price | None,
        max_cost: float | None,
        command: str,
        note: Callable[[str], None],
    ) -> None:
        super().__init__(endpoint, facts, patience, journal=journal)
        self._service, self._limits, self._price = service, limits, price
        self._max_cost, self._command, self._note = max_cost, command, note
        self._part: Part | None = None
        self._lock = asyncio.Lock()
        self._first_tries, self._tried = 0, False
        self._spent = 0.0
        self._queued = sum(batch.tokens for batch in journal.open() if batch.model == endpoint.model)
        self._counts: dict[str, int] = {}

    async def ask(self, request: Request) -> Completion:
        """Put ``request`` into a batch.

        Raises:
            DeferredError: always, unless it is the first request, which is asked at once.
            MaxCostReachedError: it could cost more than is left.
            ServiceError: the service cannot be reached or refuses.
            SetupError: the request cannot be kept.
        """
        async with self._lock:  # one after the other: a batch is a file
            key = key_of(request, self.endpoint)
            if self.journal.holds(key) or (self._part and key in self._part.keys):
                raise DeferredError(UNDER_WAY)
            if not self._tried:
                return await self._at_once(request)
            body = self._manner.body(request, self.name)
            count = self._count(body)
            if self._limits.queued_tokens and self._queued + count > self._limits.queued_tokens:
                raise DeferredError(
                    "the service's queue has no room for it yet ([batch] queued_tokens in config.toml)"
                )
            at_most = self._at_most(body, count)
            if self._max_cost is not None and self._spent + at_most > self._max_cost:
                raise MaxCostReachedError(
                    f"--max-cost {self._max_cost:g} is reached; the same command with more goes on from here"
                )
            asked = {"custom_id": custom_id(key), "method": "POST", "url": ENDPOINT, "body": body}
            line = json.dumps(asked, ensure_ascii=False).encode("utf-8", "replace") + b"\n"
            if self._part and not self._fits(self._part, len(line)):
                await asyncio.to_thread(self._send, self._part)
            self._put(key, line, count, at_most)
        raise DeferredError(UNDER_WAY)

    async def _at_once(self, request: Request) -> Completion:
        self._first_tries += 1
        try:
            completion = await Model.ask(self, request)
        except PaperError as error:
            if self._first_tries < _FIRST_TRIES:
                raise
            raise ServiceError(f"{error}; so were those before it, and no batch is sent") from None
        self._tried = True
        if self._price:
            self._spent += cost(completion, self._price)
        return completion

    def _count(self, body: dict[str, Any]) -> int:
        """Return the tokens of the messages of ``body``; what is the same in all of them is counted once."""
        total = 0
        for message in body["messages"]:
            text = message["content"]
            known = self._counts.get(text)
            if known is None:
                known, _ = tokens.count(text, self.journal.folder.parent / "tiktoken")
                if message["role"] == "system":
                    self._counts[text] = known
            total += known
        return total

    def _at_most(self, body: dict[str, Any], count: int) -> float:
        if self._price is None:
            return 0.0
        room = body.get("max_tokens") or body.get("max_completion_tokens") or 0
        return cost(Completion("", "", count, room, share=self._price.batch), self._price)

    def _fits(self, part: Part, size: int) -> bool:
        return len(part.keys) < self._limits.requests and part.bytes + size <= self._limits.bytes

    def _put(self, key: str, line: bytes, count: int, at_most: float) -> None:
        part = self._part
        if part is None:
            name = uuid.uuid4().hex
            path = self.journal.path(name).with_suffix(".part")
            with _told(path):
                part = self._part = Part(name, path.open("wb"))
        with _told(part.file.name):
            part.file.write(line)
        part.keys[key] = None
        part.bytes += len(line)
        part.tokens += count
        part.at_most += at_most
        self._queued += count
        self._spent += at_most

    def finish(self) -> None:
        """Send the batch that is not full."""
        if self._part:
            self._send(self._part)

    def discard(self) -> None:
        """Drop the batch that is not full: the run was stopped, and the next one writes it again."""
        if self._part:
            self._part.file.close()
            self.journal.path(self._part.name).with_suffix(".part").unlink(missing_ok=True)
            self._part = None

    async def close(self) -> None:
        """Close the connections; the journal is still needed."""
        await Model.close(self)

    def _send(self, part: Part) -> None:
        self._part = None
        path = self.journal.path(part.name)
        with _told(path), part.file as file:
            file.flush()
            os.fsync(file.fileno())
        with _told(path):
            path.with_suffix(".part").replace(path)
        batch = Batch(
            name=part.name,
            place=self.endpoint.place,
            model=self.name,
            made_at=time.time(),
            command=self._command,
            requests=len(part.keys),
            tokens=part.tokens,
            at_most=part.at_most if self._price else None,
            share=self._price.batch if self._price else 1.0,
        )
        self.journal.add(batch, part.keys)
        send(batch, self.journal, self._service, self._note)


@contextmanager
def _told(path: Path | str) -> Iterator[None]:
    """Tell of a full disk in a line."""
    try:
        yield
    except OSError as error:
        raise SetupError(f"{path} cannot be written ({error.strerror or error}); make room") from None


def custom_id(key: str) -> str:
    """Return what a request under ``key`` is called in a batch: its 64 digits, the most that all providers take."""
    return key[-64:]


def send(batch: Batch, journal: Journal, service: Service, note: Callable[[str], None]) -> None:
    """Bring ``batch`` to the service, or find that it is there, and note each step once it is done.

    Raises:
        ServiceError: the service cannot be reached or refuses; the next run goes on from there.
        SetupError: its requests are gone.
    """
    path = journal.path(batch.name)
    if not path.is_file():
        raise SetupError(f"{path} is gone; `summarize batch cancel {batch.name}` gives that batch up")
    journal.trying(batch.name)
    file = batch.file or service.upload(batch.name, path, batch.tried_at)
    journal.uploaded(batch.name, file)
    identifier = service.create(batch.name, file, batch.tried_at)
    journal.sent(batch.name, identifier)
    price = f", at most ${batch.at_most:.2f}" if batch.at_most is not None else ""
    sent = f"{count(batch.requests, 'request')} sent to {batch.model}{price}"
    note(f"batch {identifier}: {sent}; answers come within a day")
