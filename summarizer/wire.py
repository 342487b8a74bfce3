"""Requests to an OpenAI-compatible server: JSON there and back over aiohttp, and what can go wrong on the way.

The ``openai`` client costs a second to import and walks every message and every schema on every call; for a
backlog that is more work than all the rest (``benchmarks/throughput.py``). What chat needs of it is this little;
the rare calls of the batch service go through it.
"""

from __future__ import annotations

import asyncio
import json
import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

import aiohttp


class WireError(Exception):
    """No usable answer to one request."""


@dataclass
class RefusedError(WireError):
    """The server answered with an error. ``code``, ``type``, ``param`` and ``message`` are its own words."""

    status: int
    message: str
    code: str = ""
    type: str = ""
    param: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)


class LostError(WireError):
    """The connection could not be made, or broke."""


class OverdueError(WireError):
    """No answer came in time."""


class GarbledError(WireError):
    """What came is not what was asked for: a web page, or JSON of another kind."""


class Wire:
    """Connections to the server at ``url``. They are made when they are needed, and kept until ``close``.

    ``local`` servers are reached past any proxy that the environment names.
    """

    def __init__(self, url: str, key: str, *, local: bool = False) -> None:
        self._url = url.rstrip("/")
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=0, ssl=trust() if url.startswith("https:") else True),
            headers={"authorization": f"Bearer {key}"} if key else {},
            cookie_jar=aiohttp.DummyCookieJar(),
            timeout=aiohttp.ClientTimeout(total=None),  # who asks sets the time
            proxy=None if local else proxy(url),
        )

    async def post(self, path: str, body: Mapping[str, Any]) -> tuple[Any, Mapping[str, str]]:
        """Send ``body`` as JSON and return the JSON that comes back, and the headers.

        Raises:
            WireError: one of the kinds above.
        """
        text = json.dumps(body, ensure_ascii=False, separators=(",", ":"))
        return await self._send("POST", path, text.encode("utf-8", "replace"))

    async def get(self, path: str) -> tuple[Any, Mapping[str, str]]:
        """Return the JSON at ``path``, and the headers. Raises ``WireError``."""
        return await self._send("GET", path, None)

    async def close(self) -> None:
        """Close the connections."""
        await self._session.close()

    async def _send(self, verb: str, path: str, data: bytes | None) -> tuple[Any, Mapping[str, str]]:
        headers = {"content-type": "application/json"} if data else None
        try:
            async with self._session.request(
                verb, f"{self._url}{path}", data=data, headers=headers, allow_redirects=False
            ) as response:
                raw = await response.read()
        except TimeoutError:
            raise OverdueError from None
        except (aiohttp.ClientError, OSError, asyncio.IncompleteReadError) as error:
            raise LostError(str(error)) from None
        if response.status >= 300:
            raise _refusal(response, raw)
        try:
            return json.loads(raw), response.headers
        except (ValueError, RecursionError):
            raise GarbledError("no JSON") from None


def _refusal(response: aiohttp.ClientResponse, raw: bytes) -> RefusedError:
    """Read an error as OpenAI words it, or as far as it is worded so."""
    try:
        said = json.loads(raw)
    except (ValueError, RecursionError):
        said = None
    error = said.get("error", said) if isinstance(said, dict) else said
    if not isinstance(error, dict):
        error = {
            "message": error or raw[:300].decode("utf-8", "replace") or response.reason or "no reason given"
        }
    words = {name: str(error.get(name) or "") for name in ("code", "type", "param", "message")}
    words["message"] = words["message"] or str(error.get("detail") or said)
    return RefusedError(status=response.status, headers=response.headers, **words)


def proxy(url: str) -> str | None:
    """Return the proxy that the environment names for ``url``. aiohttp would look for it at every request."""
    parts = urlsplit(url)
    return None if proxy_bypass(parts.hostname or "") else getproxies().get(parts.scheme)


def trust() -> ssl.SSLContext:
    """Trust what the system trusts, and what certifi does: some systems come with no certificates."""
    import certifi

    context = ssl.create_default_context()
    context.load_verify_locations(certifi.where())
    return context
