"""Which file systems a cache must not lie on: SQLite loses data where several machines share one folder."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

from summarizer.errors import SetupError

ALLOW = "SUMMARIZE_NETWORK_CACHE"
"""The environment variable of those who know that one machine alone uses their network folder."""

_NETWORK = re.compile(
    r"(?:fuse\.)?(?:nfs\d?|cifs|smb\w*|afpfs|9p|sshfs|ceph(?:-fuse)?|glusterfs|lustre|gpfs|beegfs|afs|davfs2?|webdav|ncpfs"
    r"|rclone|s3fs|gcsfuse|goofys|mount-s3|juicefs\w*|curlftpfs)",
    re.IGNORECASE,
)
_MOUNTINFO = Path("/proc/self/mountinfo")


def refuse_network(folder: Path) -> None:
    """Raise ``SetupError`` where ``folder`` lies on a network file system.

    SQLite's write-ahead log needs memory that all its users share, and its locks are broken on many such
    file systems: https://sqlite.org/wal.html and https://sqlite.org/howtocorrupt.html (section 2).
    """
    if os.environ.get(ALLOW, "").strip():
        return
    kind = kind_of(folder)
    if kind:
        raise SetupError(
            f"the cache folder {folder} is on a network file system ({kind}), where a database loses data; keep "
            "the cache on a disk of this machine (--cache-dir, SUMMARIZE_CACHE_DIR) and share answers with "
            f"`summarize cache export` and `import`; {ALLOW}=1 if no other machine ever uses this folder"
        )


def kind_of(folder: Path) -> str | None:
    """Return the name of the network file system that ``folder`` is or would be on, or ``None``."""
    path = folder.expanduser().absolute()
    while not path.exists() and path != path.parent:
        path = path.parent
    try:
        path = path.resolve()
        if sys.platform == "win32":
            return _windows(path)
        if sys.platform == "darwin":
            said = subprocess.run(["/sbin/mount"], capture_output=True, text=True, check=True).stdout
            mounts = mac(said.splitlines())
        else:
            mounts = linux(_MOUNTINFO.read_text(encoding="utf-8", errors="surrogateescape").splitlines())
    except (OSError, subprocess.SubprocessError):
        return None  # what cannot be told is not refused
    kind = ""
    longest = -1
    for where, its in mounts:
        # The root of a container may be anything, and is no share; of two mounts in one place the later one is seen.
        if where != Path("/") and path.is_relative_to(where) and len(where.parts) >= longest:
            longest, kind = len(where.parts), its
    return kind if _NETWORK.fullmatch(kind) else None


def linux(lines: Iterable[str]) -> list[tuple[Path, str]]:
    """Return (where, kind) of each mount of ``/proc/self/mountinfo`` (proc_pid_mountinfo(5))."""
    mounts = []
    for line in lines:
        place, _, about = line.partition(" - ")
        if len(place.split(" ")) > 4 and about:
            where = re.sub(r"\\([0-7]{3})", lambda octal: chr(int(octal[1], 8)), place.split(" ")[4])
            mounts.append((Path(where), about.split(" ")[0]))
    return mounts


def mac(lines: Iterable[str]) -> list[tuple[Path, str]]:
    """Return (where, kind) of each line that ``mount`` prints on macOS: ``what on WHERE (KIND, …)``."""
    found = (re.fullmatch(r".+? on (/.*) \((\w+)[,)].*", line) for line in lines)
    return [(Path(match[1]), match[2]) for match in found if match]


def _windows(path: Path) -> str | None:
    if sys.platform != "win32":
        return None
    import ctypes

    remote = 4  # DRIVE_REMOTE: GetDriveTypeW, fileapi.h
    return "network drive" if ctypes.windll.kernel32.GetDriveTypeW(path.anchor) == remote else None
