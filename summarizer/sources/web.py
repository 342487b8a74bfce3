"""One GET request, asked again where that may help. The boundary to httpx2: its errors end here."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, NoReturn, TypeVar
from urllib.parse import urlsplit

from summarizer.errors import InputError, ServiceError

if TYPE_CHECKING:
    from httpx2 import Response
    from tenacity import RetryCallState

T = TypeVar("T")
sleep: Callable[[float], None] = time.sleep
"""What waiting is; tests put their own in its place."""
_ATTEMPTS = 5
_TIMEOUT = 30.0  # seconds
_LONGEST_WAIT = 300.0  # seconds; who asks for more means "come back another day"
_BUSY = frozenset({408, 425, 429, 500, 502, 503, 504})


class Refused(ServiceError):  # noqa: N818 (it reads as the fact that it is)
    """The server has understood and says no; ``status`` is HTTP's, ``body`` what it says."""

    def __init__(self, message: str, status: int, body: str) -> None:
        super().__init__(message)
        self.status = status
        self.body = body


class _Again(Exception):  # noqa: N818
    """Something that may be over soon; ``after`` is how many seconds the server asks to be left alone."""

    def __init__(self, reason: str, after: float | None = None) -> None:
        super().__init__(reason)
        self.after = after


def get(
    url: str,
    params: Mapping[str, str],
    accept: Callable[[str], T],
    *,
    name: str,
    headers: Mapping[str, str] | None = None,
    turn: Callable[[], None] = lambda: None,
) -> tuple[T, Mapping[str, str]]:
    """Return what ``accept`` makes of the body, and the headers of the answer.

    ``name`` is the server's for messages; ``turn`` is called before every attempt. An answer is asked for
    again where the server is busy (429, 500 to 504), the connection fails, or ``accept`` raises InputError
    because the body is damaged. Raises ServiceError when that does not help, and Refused for other statuses.
    """
    from tenacity import Retrying, retry_if_exception_type, stop_after_attempt, wait_random_exponential

    grows = wait_random_exponential(multiplier=1, min=1, max=30)

    def pause(state: RetryCallState) -> float:
        after = getattr(state.outcome and state.outcome.exception(), "after", None)
        return grows(state) if after is None else float(after)

    def once() -> tuple[T, Mapping[str, str]]:
        turn()
        response = _ask(url, params, headers or {}, f"{name} ({urlsplit(url).hostname})")
        try:
            return accept(response.text), response.headers
        except InputError as error:
            raise _Again(f"sent a damaged answer ({error})") from None

    retrying = Retrying(
        stop=stop_after_attempt(_ATTEMPTS), wait=pause, retry=retry_if_exception_type(_Again),
        sleep=lambda seconds: sleep(seconds), reraise=True,  # noqa: PLW0108 (looked up when it is called)
    )  # fmt: skip
    try:
        return retrying(once)
    except _Again as error:
        raise ServiceError(
            f"{name} ({urlsplit(url).hostname}) {error}, {_ATTEMPTS} times in a row: try again later"
        ) from None


def _ask(url: str, params: Mapping[str, str], headers: Mapping[str, str], who: str) -> Response:
    import httpx2

    from summarizer.pace import retry_after  # a digest starts without asyncio

    agent = {"user-agent": "summarize-papers", **headers}
    try:
        response = httpx2.get(
            url, params=dict(params), headers=agent, timeout=_TIMEOUT, follow_redirects=True
        )
    except httpx2.TimeoutException:
        raise _Again(f"did not answer within {_TIMEOUT:.0f} s") from None
    except httpx2.ConnectError as error:
        raise _Again(f"cannot be reached ({str(error) or 'no connection'})") from None
    except httpx2.TransportError:  # what it says may quote a header
        raise _Again("broke the connection off") from None
    except (httpx2.HTTPError, httpx2.InvalidURL, ValueError):
        raise ServiceError(
            f"{who}: no proper answer: look at the address, and at proxies on the way"
        ) from None
    if response.status_code in _BUSY:
        after = retry_after(response.headers)
        if after is not None and after > _LONGEST_WAIT:
            raise ServiceError(f"{who} asks to be left alone for {after / 60:.0f} minutes: try again then")
        raise _Again(f"is busy or out of order (status {response.status_code})", after)
    if response.status_code != httpx2.codes.OK:
        _refuse(response, who)
    return response


def _refuse(response: Response, who: str) -> NoReturn:
    status = response.status_code
    hint = {
        401: "the token is wrong: look at HF_TOKEN",
        403: "access is refused: look at HF_TOKEN, or at proxies on the way",
        404: "there is no such page: look at HF_ENDPOINT",
    }.get(status, "the request is refused")
    raise Refused(f"{who}: {hint} (status {status})", status, response.text)
