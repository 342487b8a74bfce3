"""Addresses and commands that came from elsewhere, as a digest may hold them."""

from __future__ import annotations

import re
import unicodedata
from urllib.parse import quote, urlsplit

# Nearly every address there is, found fit for every format at a tenth of what taking it apart costs.
_PLAIN_ADDRESS = re.compile(r"https?://[a-z0-9.-]+/[A-Za-z0-9._/-]*")


def link(url: str | None, safe: str = "/:?#[]@!$&'()*+,;=%~") -> str | None:
    """Return ``url`` as an attribute may hold it, or ``None`` where it is no address of the web.

    What is neither a letter, a digit nor in ``safe`` is escaped.
    """
    if url and _PLAIN_ADDRESS.fullmatch(url):
        return url
    try:
        parts = urlsplit((url or "").strip())
    except ValueError:
        return None
    if parts.scheme not in {"http", "https"} or not parts.netloc:
        return None
    return quote(parts.geturl(), safe=safe)


def to_the_letter(command: str) -> str:
    """Return ``command`` as it was, its spaces included, without what is not seen and could mislead."""
    return "".join(
        char for char in command if char == "\n" or unicodedata.category(char) not in {"Cc", "Cf", "Zl", "Zp"}
    )
