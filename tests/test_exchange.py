"""A cache that is shared: by files that are checked line by line, and never by a network folder."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from summarizer import mounts
from summarizer.batch.journal import Journal
from summarizer.cache import Cache, digest
from summarizer.completion import Completion
from summarizer.errors import SetupError
from summarizer.exchange import export, take
from tests.conftest import Ran

ANSWER: dict[str, Any] = Completion("{}", "stop", 100, 20).as_json()
KEY = digest({"model": "m", "messages": []})


def line(key: object = KEY, **answer: object) -> str:
    return json.dumps({"key": key, "answer": {**ANSWER, **answer}})


def imported(cache: Cache, *lines: str | bytes) -> tuple[tuple[int, int, int], list[tuple[int, str]]]:
    refused: list[tuple[int, str]] = []
    raw = [text if isinstance(text, bytes) else text.encode() for text in lines]
    said = take(raw, cache.answers, lambda number, reason: refused.append((number, reason)))
    return (said.new, said.known, said.refused), refused


def test_what_one_cache_exports_another_imports(cache: Cache, tmp_path: Path) -> None:
    for number in range(10):
        cache.answers.put(digest({"number": number}), {**ANSWER, "content": f"answer {number} – é"})
    lines = list(export(cache.answers))
    other = Cache(tmp_path / "other")
    assert imported(other, *lines) == ((10, 0, 0), [])
    assert dict(other.answers.items()) == dict(cache.answers.items())
    assert imported(other, *lines) == ((0, 10, 0), [])
    other.close()


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("nonsense", "no JSON"),
        (b"\xff\xfe", "no JSON"),
        ("[" * 100_000, "no JSON"),
        ("[1]", 'not {"key"'),
        (json.dumps({"key": KEY, "answer": ANSWER, "more": 1}), 'not {"key"'),
        (line(KEY[:-1]), "key is none of ours"),
        (line("ask1-" + "0" * 64), "key is none of ours"),
        (line(7), "key is none of ours"),
        (line(content=None), "none that a model gives"),
        (line(content="\ud800"), "none that a model gives"),
        (line(prompt_tokens=-1), "none that a model gives"),
        (line(prompt_tokens=True), "none that a model gives"),
        (line(prompt_tokens=1e300), "none that a model gives"),
        (line(share=-1), "none that a model gives"),
        (line(share=float("nan")), "none that a model gives"),
        (line(more=1), "none that a model gives"),
        (line(content="x" * 5_000_000), "longer than any answer"),
    ],
)
def test_a_foreign_line_is_named_and_the_rest_goes_on(text: str | bytes, reason: str, cache: Cache) -> None:
    counts, [(number, said)] = imported(cache, "", text, line())
    assert (counts, number) == ((1, 0, 1), 2)
    assert reason in said


def test_nothing_that_is_kept_is_replaced(cache: Cache) -> None:
    cache.answers.put(KEY, ANSWER)
    counts, [(_, said)] = imported(cache, line(content="another"))
    assert counts == (0, 0, 1)
    assert "stays" in said
    assert cache.answers.get(KEY) == ANSWER


@given(
    kept=st.recursive(
        st.none() | st.text() | st.integers() | st.floats(),
        lambda one: st.dictionaries(st.sampled_from(list(ANSWER)), one),
    )
)
def test_whatever_a_cache_holds_it_is_a_completion_or_absent(kept: object) -> None:
    completion = Completion.restored(kept)
    assert completion is None or completion.as_json() == {**ANSWER, **kept}  # type: ignore[dict-item]


def test_the_command_says_what_became_of_each_line(
    summarize: Callable[..., Ran], cache: Cache, tmp_path: Path
) -> None:
    file = tmp_path / "answers.jsonl"
    file.write_text("\n".join([line(), *["nonsense"] * 30]))
    ran = summarize("cache", "import", file)
    assert (ran.code, "1 new answer, 0 kept already, 30 lines passed over" in ran.out) == (1, True)
    assert f"{file}, line 2: no JSON; passed over" in ran.err
    assert "10 more lines passed over" in ran.err
    exported = summarize("cache", "export").out
    assert summarize("cache", "import", "-", stdin=exported).code == 0
    assert summarize("cache", "import", tmp_path / "absent").code == 3


MOUNTINFO = r"""
21 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw
30 21 0:40 / /home rw - nfs4 server:/home rw,vers=4.2
31 30 8:2 / /home/me/disk rw - xfs /dev/sdb rw
32 21 0:41 / /mnt/team\040share rw,relatime - cifs //server/share rw
33 21 0:42 / /mnt/ssh rw - fuse.sshfs me@there:/ rw
34 21 0:43 / /mnt/usb rw - fuseblk /dev/sdc1 rw
35 21 0:44 / /mnt/host rw - 9p host rw
36 35 8:3 / /mnt/host rw - btrfs /dev/sdd rw
37 21 0:45 / /mnt/wsl rw - 9p drvfs rw
"""


@pytest.mark.parametrize(
    ("folder", "kind"),
    [
        ("/home/me/.cache/summarize", "nfs4"),
        ("/home/me/disk/cache", None),
        ("/homeless/cache", None),
        ("/mnt/team share/cache", "cifs"),
        ("/mnt/ssh", "fuse.sshfs"),
        ("/mnt/usb/cache", None),
        ("/mnt/host/cache", None),  # mounted over
        ("/mnt/wsl/cache", "9p"),
        ("/var/cache", None),
    ],
)
def test_a_cache_on_a_network_file_system_is_refused(
    folder: str, kind: str | None, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    table = tmp_path / "mountinfo"
    table.write_text(MOUNTINFO)
    monkeypatch.setattr(mounts, "_MOUNTINFO", table)
    monkeypatch.setattr(Path, "resolve", lambda self: Path(folder))
    assert mounts.kind_of(Path(folder)) == kind
    if kind:
        with pytest.raises(
            SetupError, match=r"network file system .*export.*import.*SUMMARIZE_NETWORK_CACHE=1"
        ):
            Cache(Path(folder))
        with pytest.raises(SetupError, match="network file system"):
            Journal(Path(folder))
        monkeypatch.setenv(mounts.ALLOW, "1")
        mounts.refuse_network(Path(folder))


def test_mac_s_mounts_are_understood() -> None:
    said = [
        "/dev/disk3s1 on / (apfs, local)",
        "//me@nas/team share on /Volumes/team share (smbfs, nodev)",
        "junk",
    ]
    assert mounts.mac(said) == [(Path("/"), "apfs"), (Path("/Volumes/team share"), "smbfs")]


def test_where_mounts_cannot_be_read_nothing_is_refused(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(mounts, "_MOUNTINFO", tmp_path / "absent")
    assert mounts.kind_of(tmp_path) is None
