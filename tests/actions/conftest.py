"""A store of choices in memory, and trackers as Rasa sends them to the action server."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timezone, tzinfo
from pathlib import Path
from typing import Any

import pytest
from rasa_sdk import Tracker
from rasa_sdk.executor import CollectingDispatcher

from actions import wiring
from policy_guard.catalogue import Catalogue, load
from policy_guard.errors import GuardError
from policy_guard.languages import load as load_languages
from policy_guard.people import Choices, Origin, Wish
from policy_guard.retention import Retention

ROOT = Path(__file__).parents[2]
NOW = datetime(2026, 11, 22, 16, 40, tzinfo=timezone.utc)  # a Sunday
LANGUAGES = load_languages(ROOT / "languages.yml")
NOBODY = Choices(alerts=(), stopped=False, paused_until=None, wishes=(), language=None)


class FakePeople:
    """The same shape as the store's, and the same promise: one event changes things once."""

    def __init__(self, catalogue: Catalogue) -> None:
        self.catalogue = catalogue
        self.languages = LANGUAGES
        self.zone: tzinfo = timezone.utc
        self.asked: set[str] = set()
        self.state = NOBODY
        self.calls: list[tuple[Any, ...]] = []
        self.allowed = (True, "the window is open")
        self.broken = False
        self.retention = Retention()
        self._done: set[tuple[str, str]] = set()
        self._before: dict[str, Choices] = {}

    def now(self) -> datetime:
        return NOW

    def wall_time(self, psid: str, at: datetime) -> datetime:
        self._check()
        return at.astimezone(self.zone)

    def choices(self, psid: str) -> Choices:
        self._check()
        return self.state

    def before(self, psid: str, origin: Origin) -> Choices:
        self._check()
        return self._before.setdefault(origin.key, self.state)

    def choose(self, psid: str, alert_types: Sequence[str], origin: Origin) -> Choices:
        alerts = dict.fromkeys((*self.state.alerts, *alert_types))
        return self._once("choose", tuple(alert_types), origin, alerts=tuple(alerts))

    def drop(self, psid: str, alert_types: Sequence[str], origin: Origin) -> Choices:
        kept = tuple(a for a in self.state.alerts if a not in alert_types)
        return self._once("drop", tuple(alert_types), origin, alerts=kept)

    def stop_all(self, psid: str, origin: Origin) -> Choices:
        return self._once("stop_all", psid, origin, stopped=True)

    def pause(self, psid: str, until: datetime, origin: Origin) -> Choices:
        return self._once("pause", until, origin, paused_until=until)

    def resume(self, psid: str, origin: Origin) -> Choices:
        return self._once("resume", psid, origin, paused_until=None)

    def cancel_wishes(self, psid: str, topics: Sequence[str] | None, origin: Origin) -> Choices:
        kept = tuple(w for w in self.state.wishes if topics is not None and w.topic not in topics)
        named = None if topics is None else tuple(topics)
        return self._once("cancel_wishes", named, origin, wishes=kept)

    def forget(self, psid: str, origin: Origin) -> str:
        self._once("forget", psid, origin)
        return "0123456789abcdef"

    def remember_language(self, psid: str, language: str) -> None:
        self._check()
        self.calls.append(("remember_language", language))
        self.state = replace(self.state, language=language)

    def remember_region(self, psid: str, region: str) -> None:
        self._check()
        self.calls.append(("remember_region", region))

    def asked_to_notify(self, psid: str, topic: str, origin: Origin) -> bool:
        return topic in self.asked

    def may_ask_to_notify(self, psid: str, topic: str) -> tuple[bool, str]:
        self._check()
        self.calls.append(("may_ask_to_notify", topic))
        return self.allowed

    def wish(self, *topics: str) -> None:
        """Have the person wait for these topics."""
        self.state = replace(self.state, wishes=tuple(Wish(t, NOW) for t in topics))

    def _check(self) -> None:
        if self.broken:
            raise GuardError("the store `sqlite:///nowhere/x.db` cannot be opened")

    def _once(self, name: str, what: object, origin: Origin, **changes: Any) -> Choices:
        self._check()
        if (origin.key, name) not in self._done:
            self._done.add((origin.key, name))
            self.calls.append((name, what, origin))
            self.state = replace(self.state, **changes)
        return self.state


@pytest.fixture
def people() -> Iterator[FakePeople]:
    """The store that the actions use during a test."""
    fake = FakePeople(load(ROOT / "alerts.yml"))
    wiring.use(fake)
    yield fake
    wiring.use(None)


def entity(name: str, value: str, text: str = "", said: str | None = None) -> dict[str, Any]:
    """Return an entity as the model finds it: *said* in *text*, meaning *value*."""
    start = text.find(said or value) if text else 0
    return {"entity": name, "value": value, "start": start, "end": start + len(said or value)}


def make_tracker(
    text: str = "",
    intent: str = "choose_alerts",
    entities: Sequence[dict[str, Any]] = (),
    *,
    confidence: float = 0.95,
    messenger: dict[str, Any] | None = None,
    active_loop: str | None = None,
    lately: Sequence[str] = (),
    said: Sequence[dict[str, Any]] = (),
    **slots: Any,
) -> Tracker:
    """Return the tracker of a turn; without *messenger* it came from a shell.

    The bot did *lately* in the turns before, one thing in each, the latest first; in this turn it
    has *said* messages already.
    """
    latest = {
        "text": text,
        "message_id": "m-shell",
        "intent": {"name": intent, "confidence": confidence},
        "entities": list(entities),
        "metadata": {"messenger": messenger} if messenger else {},
    }
    loop = {"name": active_loop} if active_loop else {}
    events: list[dict[str, Any]] = []
    for name in reversed(lately):
        events += [{"event": "user"}, {"event": "slot"}, {"event": "action", "name": name}]
    events += [{"event": "user"}, *({"event": "bot", "data": message} for message in said)]
    return Tracker("sender", slots, latest, events, False, None, loop, "action_listen")


@pytest.fixture
def run() -> Callable[..., dict[str, Any]]:
    """Run an action on a turn and return the slots it set."""

    def go(action: Any, *args: Any, **kwargs: Any) -> dict[str, Any]:
        events = action.run(CollectingDispatcher(), make_tracker(*args, **kwargs), {})
        return {e["name"]: e["value"] for e in events if e["event"] == "slot"}

    return go


@pytest.fixture
def make_turn() -> Callable[..., Tracker]:
    """Make the tracker of a turn."""
    return make_tracker
