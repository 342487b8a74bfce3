"""A server on loopback that plays Hugging Face Daily Papers or arXiv's API, with payloads made up here."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple
from urllib.parse import parse_qsl, urlsplit
from xml.sax.saxutils import escape

from tests.server import Reply


class Asked(NamedTuple):
    """One request: its path, its query and its headers in small letters."""

    path: str
    query: dict[str, str]
    headers: dict[str, str]


Answer = Callable[[Asked, int], Reply]
"""Called with a request and how many came before it; returns what to answer."""


def in_turn(*replies: Reply) -> Answer:
    """Give ``replies`` one after the other, then the last one for ever."""
    return lambda _, number: replies[min(number, len(replies) - 1)]


class PaperServer:
    """Answers on a free port of loopback and remembers what it was asked."""

    def __init__(self, answer: Answer) -> None:
        self.asked: list[Asked] = []
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                parts = urlsplit(self.path)
                headers = {name.lower(): value for name, value in self.headers.items()}
                asked = Asked(parts.path, dict(parse_qsl(parts.query)), headers)
                outer.asked.append(asked)
                reply = answer(asked, len(outer.asked) - 1)
                if reply.drop:
                    return
                data = reply.body if isinstance(reply.body, bytes) else json.dumps(reply.body).encode()
                self.send_response(reply.status)
                for name, value in reply.headers.items():
                    self.send_header(name, value)
                self.send_header("content-length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

            def log_message(self, *_: Any) -> None:
                """Say nothing."""

        self._http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._http.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._http.server_address[1]}"
        threading.Thread(target=self._http.serve_forever, args=(0.01,), daemon=True).start()

    def close(self) -> None:
        self._http.shutdown()
        self._http.server_close()


def daily_item(number: int, **changes: Any) -> dict[str, Any]:
    """An item of Daily Papers as it is now; its own date is hours early, as the real ones are."""
    paper = {
        "id": f"2608.{number:05}",
        "authors": [
            {"_id": "a1", "name": "Ada Ash", "hidden": False},
            {"_id": "a2", "user": {"fullname": "Bo B."}, "name": "Bo Birch"},
        ],
        "publishedAt": "2026-08-20T00:30:00.000Z",
        "submittedOnDailyAt": "2026-08-21T00:40:00.000Z",
        "title": f"Kettle Number {number} Learns\n  to Whistle",
        "summary": f"We teach kettle {number} to\nwhistle.",
        "upvotes": 0,
        "ai_summary": "A kettle whistles.",
        **changes,
    }
    return {
        "paper": paper,
        "publishedAt": "2026-08-19T20:30:00.000Z",
        "title": paper["title"],
        "summary": paper["summary"],
        "thumbnail": "https://example.org/t.png",
        "numComments": 2,
        "submittedBy": {"fullname": "Cy Cedar", "type": "user"},
        "organization": {"name": "kettles", "fullname": "Kettle Lab"},
    }


_SUMMARY = "  We teach kettles to whistle where $a<b$. They are sample-\nefficient."


def atom_entry(number: str, title: str = "Kettles Learn", day: str = "2026-08-20", **more: str) -> str:
    """An entry as arXiv's API writes it."""
    doi = f"<arxiv:doi>{more['doi']}</arxiv:doi>" if "doi" in more else ""
    return f"""<entry>
    <id>http://arxiv.org/abs/{number}v2</id>
    <title>{escape(title)}</title>
    <updated>2026-08-25T00:00:00Z</updated>
    <link href="https://arxiv.org/abs/{number}v2" rel="alternate" type="text/html"/>
    <link href="https://arxiv.org/pdf/{number}v2" rel="related" type="application/pdf" title="pdf"/>
    <summary>{escape(more.get("summary", _SUMMARY))}</summary>
    <category term="cs.RO" scheme="http://arxiv.org/schemas/atom"/>
    <published>{day}T17:59:37Z</published>
    <arxiv:primary_category term="cs.RO"/>{doi}
    <author><name>Ada Ash</name></author><author><name>Bo Birch</name></author>
  </entry>"""


def atom(entries: Sequence[str], total: int | None = None) -> bytes:
    """An answer of arXiv's API."""
    return f"""<?xml version='1.0' encoding='UTF-8'?>
<feed xmlns:opensearch="http://a9.com/-/spec/opensearch/1.1/" xmlns:arxiv="http://arxiv.org/schemas/atom" xmlns="http://www.w3.org/2005/Atom">
  <id>https://arxiv.org/api/x</id>
  <title>arXiv Query</title>
  <updated>2026-08-25T00:00:00Z</updated>
  <opensearch:itemsPerPage>100</opensearch:itemsPerPage>
  <opensearch:totalResults>{len(entries) if total is None else total}</opensearch:totalResults>
  <opensearch:startIndex>0</opensearch:startIndex>
  {"".join(entries)}
</feed>
""".encode()


def atom_error(reason: str) -> bytes:
    """What arXiv's API answers to a request that it does not take."""
    return atom([
        f"<entry><id>https://arxiv.org/api/errors#x</id><title>Error</title><summary>{reason}</summary></entry>"
    ])  # fmt: skip
