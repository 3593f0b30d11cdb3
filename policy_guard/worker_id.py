"""Who a worker is: an id that no two share, and that tells on its own machine whether it has ended.

On Linux the id names the running system, its process namespace, the process and the moment it
began; so a process that was killed is known for dead at once by those beside it. Elsewhere, and of
a worker on another machine, nothing can be told: its lease has to run out.
"""

from __future__ import annotations

import os
import uuid
from hashlib import blake2b
from pathlib import Path

_STATE, _BEGAN = 0, 19  # fields of /proc/PID/stat, counted from after the program's name
_NOWHERE = "-"


def new_id() -> str:
    """Return an id for a worker in this process."""
    pid = os.getpid()
    return ".".join((_place(), str(pid), _began(pid) or "0", uuid.uuid4().hex[:8]))


def has_ended(worker: str) -> bool:
    """Tell whether a worker is known to have ended; False where nothing can be told."""
    place, _, rest = worker.partition(".")
    pid, _, rest = rest.partition(".")
    began, _, _ = rest.partition(".")
    if place == _NOWHERE or place != _place() or not pid.isdigit():
        return False
    return _began(int(pid)) != began


def _place() -> str:
    """Return what stands for this running system and its process namespace."""
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text("ascii").strip()
        space = Path("/proc/self/ns/pid").readlink().name
    except OSError:
        return _NOWHERE
    return blake2b(f"{boot} {space}".encode(), digest_size=5).hexdigest()


def _began(pid: int) -> str | None:
    """Return the moment (clock ticks) a process began, None where there is none that runs."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text("utf-8", "replace").rpartition(")")[2].split()
    except OSError:
        return None
    return None if fields[_STATE] in "ZX" else fields[_BEGAN]
