"""What the event loop of a running channel does: who holds it, how late it is, the longest calls.

A sampler thread looks at the loop's stack every few milliseconds, which costs the loop nearly
nothing; each of our calls into the store and each of our pure steps is timed as it happens.
"""

from __future__ import annotations

import asyncio
import json
import sys
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Any

from policy_guard import guard
from policy_guard.sql_store import SqlStore

SAMPLE_EVERY = 0.003  # seconds
BEAT_EVERY = 0.01  # seconds
LONG = 0.020  # seconds: nothing of ours may hold the loop longer

#: Whose time a sample is: the first of these that is found from the innermost frame outwards.
#: What stands below one of these and is in none (SQLAlchemy, json) belongs to it.
_OWNERS = (
    ("/policy_guard/sql_store", "our store"),
    ("/policy_guard/decide", "our decision"),
    ("/policy_guard/rules/", "our decision"),
    ("/policy_guard/", "our store"),  # the rows, the journal: reading and writing
    ("/channels/graph", "our HTTP out"),
    ("/channels/", "our channel"),
    ("/rasa/nlu/", "Rasa: reading the text"),
    ("/rasa/core/policies/", "Rasa: policies"),
    ("/rasa/core/featurizers/", "Rasa: policies"),
    ("/rasa/core/tracker_store", "Rasa: tracker store"),
    ("/rasa/core/lock", "Rasa: lock"),
    ("/rasa/core/actions", "Rasa: actions"),
    ("/rasa/utils/endpoints", "Rasa: actions"),
    ("/rasa/", "Rasa: the rest"),
    ("/sanic/server/", "HTTP in"),
    ("/sanic/app", "HTTP in"),
    ("/aiohttp/", "HTTP out"),
)
#: Frames of these alone are the loop at rest, or the program around it.
_REST = "at rest"


class Watch:
    """Figures of one event loop, gathered until `take` is called."""

    def __init__(self) -> None:
        self._loop_thread = 0
        self._lock = threading.Lock()
        self._clear()

    def _clear(self) -> None:
        self._owners: Counter[str] = Counter()
        self._lateness: list[float] = []
        self._calls: defaultdict[str, list[float]] = defaultdict(list)

    def start(self) -> None:
        """Begin to watch the running loop; its thread is the one that calls."""
        self._loop_thread = threading.get_ident()
        self._beat = asyncio.get_running_loop().create_task(self._beats())
        threading.Thread(target=self._sample, name="watch", daemon=True).start()

    def take(self) -> dict[str, Any]:
        """Return what was gathered since the last time, JSON-ready; times in milliseconds."""
        with self._lock:
            owners, lateness, calls = self._owners, self._lateness, self._calls
            self._clear()
        late = sorted(lateness)
        longest = sorted(((max(t), name) for name, t in calls.items()), reverse=True)
        return {
            "samples": dict(owners),
            "late_ms": {
                "p50": _at(late, 0.50),
                "p99": _at(late, 0.99),
                "max": _at(late, 1.0),
            },
            "calls": {
                name: {
                    "times": len(times),
                    "p50": _at(sorted(times), 0.5),
                    "p99": _at(sorted(times), 0.99),
                    "max": _at(sorted(times), 1.0),
                    "total": sum(times) * 1e3,
                    "over_20ms": sum(t > LONG for t in times),
                }
                for name, times in calls.items()
            },
            "longest": [{"call": name, "ms": seconds * 1e3} for seconds, name in longest[:8]],
        }

    @contextmanager
    def timed(self, name: str) -> Iterator[None]:
        """Time one stretch of our code that does not give the loop back."""
        begun = time.perf_counter()
        try:
            yield
        finally:
            self._calls[name].append(time.perf_counter() - begun)

    def wrapped(self, name: str, call: Callable[..., Any]) -> Callable[..., Any]:
        """Return a plain function that is timed at every call."""

        def timed(*args: Any, **named: Any) -> Any:
            with self.timed(name):
                return call(*args, **named)

        return timed

    async def _beats(self) -> None:
        while True:
            begun = time.perf_counter()
            await asyncio.sleep(BEAT_EVERY)
            self._lateness.append(max(0.0, time.perf_counter() - begun - BEAT_EVERY))

    def _sample(self) -> None:
        while True:
            time.sleep(SAMPLE_EVERY)
            frame = sys._current_frames().get(self._loop_thread)
            if frame is not None:
                self._owners[_owner(frame)] += 1


def install(watch: Watch) -> None:
    """Time the channel's transactions by who calls them, and its pure steps."""
    from channels import messenger, service  # noqa: PLC0415 - it imports Rasa, which not all have

    for method in ("write", "read"):
        setattr(SqlStore, method, transaction(watch, method, getattr(SqlStore, method)))
    messenger.parse = watch.wrapped("webhook.parse", messenger.parse)  # type: ignore[attr-defined]
    messenger.verify = watch.wrapped("webhook.verify", messenger.verify)  # type: ignore[attr-defined]
    service.render = watch.wrapped("render", service.render)  # type: ignore[attr-defined]
    guard.decide = watch.wrapped("decide", guard.decide)


def transaction(watch: Watch, method: str, plain: Callable[..., Any]) -> Callable[..., Any]:
    """Return `SqlStore.write` or `read` that is timed, by the name of who calls it."""

    @contextmanager
    def timed(self: Any, *who: Any) -> Iterator[Any]:
        if self._shared is not None:  # its time is that of the transaction it shares
            with plain(self, *who) as tx:
                yield tx
            return
        caller = sys._getframe(2).f_code
        name = f"{method}: {Path(caller.co_filename).stem}.{caller.co_name}"
        with watch.timed(name), plain(self, *who) as tx:
            yield tx

    return timed


def dump(watch: Watch, path: Path) -> None:
    """Write what was gathered, whole or not at all."""
    draft = path.with_suffix(".draft")
    draft.write_text(json.dumps(watch.take()), "utf-8")
    draft.replace(path)


def _owner(frame: FrameType | None) -> str:
    if frame is not None and "/sanic/server/runners" in frame.f_code.co_filename:
        return _REST  # inside the loop, and nothing to do
    while frame is not None:
        file = frame.f_code.co_filename
        for part, owner in _OWNERS:
            if part in file:
                return owner
        frame = frame.f_back
    return _REST


def _at(ordered: list[float], share: float) -> float:
    """Return a quantile in milliseconds."""
    if not ordered:
        return 0.0
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))] * 1e3
