"""The dialogue of a world: answers that can be told from the question, a tracker saved once a turn.

`e7 x2` has the answers `e7 #0` and `e7 #1`. What a person writes is new every time, so that an
answer that comes twice shows.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol

from channels.broadcast import Remembered
from channels.service import APOLOGY
from channels.turns import COMMENT, OPTIN, START, STOP, Heard, Turn

ALERT = "utter_alert"
CHOSEN = "utter_update"
SHOP = "EXTERNAL_shop"
Response = dict[str, Any]


class Memory:
    """The tracker database: it outlives every process."""

    def __init__(self) -> None:
        self.saved: dict[str, set[str]] = {}
        self.failed: set[str] = set()


class Life(Protocol):
    """The process that a dialogue runs in."""

    def boundary(self, point: str) -> None: ...


class Dialogue:
    """What the service asks of Rasa, answered by a script."""

    intents = frozenset({"greet", SHOP})
    entities: frozenset[str] = frozenset()
    session_length = None
    channel = "messenger"
    slot_defaults: Mapping[str, Any] = {}

    def __init__(
        self,
        life: Life,
        memory: Memory,
        fails: Callable[[str], bool],
        choose: Callable[[str, str, datetime], None],
    ) -> None:
        self._life = life
        self._memory = memory
        self._fails = fails
        self._choose = choose
        self._locks: dict[str, asyncio.Lock] = {}

    def has_response(self, name: str) -> bool:
        """Tell whether there are words for it."""
        return name in {ALERT, CHOSEN, APOLOGY}

    def declared(self, name: object) -> Mapping[str, Any] | None:
        """Return what the domain would declare."""
        purposes = {ALERT: "alert", CHOSEN: "post_purchase_update"}
        return {"purpose": purposes[str(name)]} if name in purposes else None

    def variations_of(self, name: str | None) -> list[Mapping[str, Any]]:
        """Return what the domain would have of a response."""
        return [{"text": "alert {request}"}] if name in {ALERT, CHOSEN} else []

    async def holds(self, psid: str, key: str) -> bool:
        """Tell whether the saved tracker holds the event."""
        return key in self._memory.saved.get(psid, ())

    async def run_turn(self, psid: str, heard: Heard, output: Any) -> None:
        """Answer, and save the tracker at the end."""
        key = str(heard.metadata["messenger"]["key"])
        for response in self._script(psid, heard, key):
            await self._step("in mid-turn")
            await output.send_response(psid, response)
            if self._fails(heard.text):
                raise RuntimeError("the dialogue broke")
        await self._step("before the tracker is saved")
        self._save(psid, key)
        await self._step("after the tracker is saved")

    async def start_session(self, psid: str, output: Any) -> None:
        """Begin a session, of which nothing is kept."""

    async def words(
        self, psid: str, response: str, slots: Mapping[str, Any], language: str | None, output: Any
    ) -> Response:
        """Return words that no other event has."""
        await self._step("in mid-turn")
        turn: Turn = output.turn
        return {"text": f"sorry {turn.key}", "utter_action": response}

    async def remember(self, psid: str, told: Sequence[Remembered], output: Any) -> None:
        """Keep what was told outside a turn."""
        await self._step("before the tracker is saved")
        for each in told:
            self._save(psid, each.key)

    async def forget(self, psid: str) -> None:
        """Forget a conversation."""
        self._memory.saved.pop(psid, None)

    async def forget_before(self, moment: datetime) -> int:
        """Forget nothing for its age."""
        return 0

    def lock(self, psid: str) -> asyncio.Lock:
        """Return the lock of a conversation."""
        return self._locks.setdefault(psid, asyncio.Lock())

    def _script(self, psid: str, heard: Heard, key: str) -> list[Response]:
        about = heard.metadata["messenger"]
        machine = heard.text.removeprefix("EXTERNAL: ")
        if machine == OPTIN:
            return [{"text": f"noted {about['topic']}"}]
        if machine in {STOP, START}:
            return [{"text": f"{'bye' if machine == STOP else 'welcome'} {key}"}]
        if machine == COMMENT:
            return [{"text": f"private {about['comment']}"}]
        if machine == SHOP:
            return [{"text": f"shop {key}"}]
        if heard.text.startswith("choose "):
            self._choose(psid, key, datetime.fromtimestamp(about["at_ms"] / 1000).astimezone())
        name, _, times = heard.text.partition(" x")
        return [{"text": f"{name} #{n}"} for n in range(int(times or 1))]

    def _save(self, psid: str, key: str) -> None:
        self._memory.saved.setdefault(psid, set()).add(key)

    async def _step(self, point: str) -> None:
        self._life.boundary(point)
        await asyncio.sleep(0.01)
        self._life.boundary(point)
