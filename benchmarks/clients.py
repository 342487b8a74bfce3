"""The peers of ``throughput.py``: each sends the same questions and takes the answers apart in its own way.

``python clients.py NAME URL BODIES IN_FLIGHT`` sends every line of the file BODIES, a request as ``summarize`` would
make it, and keeps nothing. Each client is written as its own documentation has it.
"""

from __future__ import annotations

import asyncio
import importlib.util
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Awaitable, Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

Body = dict[str, Any]


async def _each(bodies: list[Body], in_flight: int, ask: Callable[[Body], Awaitable[object]]) -> None:
    """Call ``ask`` with each of ``bodies``, ``in_flight`` at once."""
    left = iter(bodies)

    async def worker() -> None:
        for body in left:
            await ask(body)

    await asyncio.gather(*(worker() for _ in range(in_flight)))


async def aiohttp(url: str, bodies: list[Body], in_flight: int) -> None:
    """Send and receive bytes that nobody looks at: the floor."""
    import aiohttp

    head = {"content-type": "application/json"}
    packed = [json.dumps(body).encode() for body in bodies]
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=in_flight)) as session:

        async def ask(data: Any) -> None:
            async with session.post(f"{url}/chat/completions", data=data, headers=head) as response:
                await response.read()

        await _each(packed, in_flight, ask)  # type: ignore[arg-type]


async def httpx2(url: str, bodies: list[Body], in_flight: int) -> None:
    """Parse nothing, over the client that openai uses by default."""
    import httpx2

    limits = httpx2.Limits(max_connections=in_flight, max_keepalive_connections=in_flight)
    async with httpx2.AsyncClient(limits=limits, timeout=60) as client:
        await _each(bodies, in_flight, lambda body: client.post(f"{url}/chat/completions", json=body))


async def openai(url: str, bodies: list[Body], in_flight: int) -> None:
    """Ask with the SDK as it comes."""
    from openai import AsyncOpenAI

    client = AsyncOpenAI(base_url=url, api_key="none", max_retries=0)
    await _each(bodies, in_flight, lambda body: client.chat.completions.create(**body))


async def openai_aiohttp(url: str, bodies: list[Body], in_flight: int) -> None:
    """Ask with the SDK over its fastest transport."""
    from openai import AsyncOpenAI, DefaultAioHttpClient

    async with DefaultAioHttpClient() as transport:
        client = AsyncOpenAI(base_url=url, api_key="none", max_retries=0, http_client=transport)
        await _each(bodies, in_flight, lambda body: client.chat.completions.create(**body))


async def openai_parse(url: str, bodies: list[Body], in_flight: int) -> None:
    """Let the SDK check the answer against a pydantic model."""
    from openai import AsyncOpenAI

    client = AsyncOpenAI(base_url=url, api_key="none", max_retries=0)
    answer = _answer()

    async def ask(body: Body) -> None:
        await client.chat.completions.parse(**{**body, "response_format": answer})

    await _each(bodies, in_flight, ask)


async def instructor(url: str, bodies: list[Body], in_flight: int) -> None:
    """Let instructor do so, as it does by default: through a tool's call."""
    import instructor
    from openai import AsyncOpenAI

    client = instructor.from_openai(AsyncOpenAI(base_url=url, api_key="none", max_retries=0))
    answer = _answer()

    async def ask(body: Body) -> None:
        plain = {name: value for name, value in body.items() if name != "response_format"}
        await client.chat.completions.create(**plain, response_model=answer)

    await _each(bodies, in_flight, ask)


async def curator(url: str, bodies: list[Body], in_flight: int) -> None:
    """Ask through curator, which keeps every answer on disk, as we do; here in a folder that goes afterwards."""
    with tempfile.TemporaryDirectory() as folder:
        # It reads its settings when it is imported, would report its use to its makers, and counts tokens with a
        # vocabulary that it would download; litellm, which it needs, has brought that one along.
        spec = importlib.util.find_spec("litellm")
        tokens = Path(spec.origin).parent / "litellm_core_utils" / "tokenizers"  # type: ignore[union-attr, arg-type]
        os.environ |= {
            "HF_HOME": folder,
            "HF_HUB_OFFLINE": "1",
            "TELEMETRY_ENABLED": "0",
            "CURATOR_VIEWER": "0",
        }
        os.environ |= {"TIKTOKEN_CACHE_DIR": str(tokens), "LITELLM_LOCAL_MODEL_COST_MAP": "True"}
        from bespokelabs import curator
        from datasets import Dataset

        class Tagger(curator.LLM):
            response_format = _answer()

            def prompt(self, row: dict[str, Any]) -> Any:
                return row["messages"]

            def parse(self, row: dict[str, Any], response: Any) -> dict[str, Any]:  # noqa: ARG002
                return {"tldr": response.tldr}

        limits = {"max_concurrent_requests": in_flight, "max_requests_per_minute": 10**6}
        limits |= {"max_tokens_per_minute": 10**9, "max_retries": 0}
        tagger = Tagger(
            model_name=bodies[0]["model"],
            backend="openai",
            backend_params={"base_url": url, "api_key": "none", **limits},
        )
        rows = Dataset.from_list([{"messages": body["messages"]} for body in bodies])
        await asyncio.to_thread(tagger, rows, working_dir=folder)


async def llm(url: str, bodies: list[Body], in_flight: int) -> None:
    """Call ``llm`` once a paper, from as many threads as there are cores: more would only wait for them."""
    with tempfile.TemporaryDirectory() as folder:
        model = {
            "model_id": "made",
            "model_name": bodies[0]["model"],
            "api_base": url,
            "supports_schema": True,
        }
        # YAML holds JSON.
        Path(folder, "extra-openai-models.yaml").write_text(json.dumps([model]), encoding="utf-8")
        schema = json.dumps(bodies[0]["response_format"]["json_schema"]["schema"])
        program = str(Path(sys.executable).with_name("llm"))
        env = {**os.environ, "LLM_USER_PATH": folder, "OPENAI_API_KEY": "none"}

        def ask(body: Body) -> None:
            system, user = (message["content"] for message in body["messages"])
            command = [program, "-m", "made", "--no-stream", "--schema", schema, "-s", system]
            subprocess.run(command, input=user, text=True, env=env, check=True, stdout=subprocess.DEVNULL)

        ask(bodies[0])  # makes its database, over which two would quarrel
        with ThreadPoolExecutor(min(in_flight, os.cpu_count() or 1)) as threads:
            list(threads.map(ask, bodies[1:]))


def _answer() -> Any:
    """Return the answer as a pydantic model, for the clients that want one."""
    from pydantic import BaseModel

    class Gain(BaseModel):
        quote: str
        resource: str
        baseline: str | None

    class Answer(BaseModel):
        tldr: str
        domain: str
        contribution: str
        method: str | None
        efficiency_gains: list[Gain]

    Answer.model_rebuild(_types_namespace={"Gain": Gain})
    return Answer


CLIENTS: dict[str, Callable[[str, list[Body], int], Coroutine[Any, Any, None]]] = {
    "raw aiohttp, nothing parsed": aiohttp,
    "raw httpx2": httpx2,
    "openai, default transport": openai,
    "openai over aiohttp": openai_aiohttp,
    "openai `.parse`": openai_parse,
    "instructor": instructor,
    "curator": curator,
    "`llm`, called per paper": llm,
}

if __name__ == "__main__":
    name, url, path, in_flight = sys.argv[1:]
    with Path(path).open(encoding="utf-8") as file:
        bodies = [json.loads(line) for line in file]
    asyncio.run(CLIENTS[name](url, bodies, int(in_flight)))
