"""Rasa as the host of the dialogue: a turn run once, an alert spoken with Rasa's own words.

What is relied on of Rasa 3.6.21: a turn saves its tracker once, at its end, so a tracker that holds
an event's key has finished that event's turn.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterator, Mapping, Sequence
from contextvars import ContextVar
from datetime import datetime, timedelta
from typing import Any

import aiohttp
from rasa.core.actions.action import create_bot_utterance
from rasa.core.channels.channel import UserMessage
from rasa.core.tracker_store import FailSafeTrackerStore, InMemoryTrackerStore, SQLTrackerStore
from rasa.shared.core.events import ActionExecuted, BotUttered, SlotSet, UserUttered

from policy_guard import tracker_rows
from policy_guard.clock import to_ms

from .broadcast import Remembered
from .rasa_answers import check_schema_once
from .steps import Steps
from .turns import ActionsAwayError, Heard

logger = logging.getLogger(__name__)

LANGUAGE = "language"
LISTEN = "action_listen"
#: Rasa's own name for the action that is asked at every turn, whatever was said.
EVERY_TURN = "action_validate_slot_mappings"
#: Whether a turn of ours runs, which is tried again where an action cannot be reached.
_in_turn: ContextVar[bool] = ContextVar("in_turn", default=False)


class _Away(BaseException):
    """The action server is away; Rasa would swallow an Exception and go on without the action."""


class RasaHost:
    """One loaded Rasa agent, spoken to through what its processor offers."""

    def __init__(self, agent: Any, channel: str) -> None:
        self._agent = agent
        self._channel = channel
        self._steps = Steps()
        if isinstance(agent.tracker_store, FailSafeTrackerStore):
            # else memory takes the place of a database that fails, and the turn counts as done
            agent.tracker_store._on_tracker_store_error = _raised
        self._watch_actions()
        check_schema_once()

    @property
    def _processor(self) -> Any:
        return self._agent.processor

    @property
    def _store(self) -> Any:
        store = self._agent.tracker_store
        while hasattr(store, "_tracker_store"):  # what Rasa wraps around the real one
            store = store._tracker_store
        return store

    @property
    def intents(self) -> frozenset[str]:
        """Return every intent of the loaded model's domain."""
        return frozenset(self._agent.domain.intents)

    @property
    def entities(self) -> frozenset[str]:
        """Return every entity of the loaded model's domain."""
        return frozenset(self._agent.domain.entities)

    @property
    def session_length(self) -> timedelta | None:
        """Return how long a session lasts without the person, None for ever."""
        minutes = self._agent.domain.session_config.session_expiration_time
        return timedelta(minutes=minutes) if minutes > 0 else None

    @property
    def channel(self) -> str:
        """Return the channel whose variations of responses are said."""
        return self._channel

    @property
    def slot_defaults(self) -> Mapping[str, Any]:
        """Return what slots hold before a person has said anything."""
        slots = self._agent.domain.slots
        return {slot.name: slot.initial_value for slot in slots if slot.initial_value is not None}

    @property
    def forgets(self) -> bool:
        """Tell whether conversations live in memory only, where a crash loses them."""
        return isinstance(self._store, InMemoryTrackerStore)

    def has_response(self, name: str) -> bool:
        """Tell whether the domain has a response of this name."""
        return name in self._agent.domain.responses

    def variations(self) -> Iterator[Mapping[str, Any]]:
        """Give every variation of every response of the domain, with the response's name."""
        for name, variations in self._agent.domain.responses.items():
            for variation in variations:
                yield {**variation, "utter_action": name}

    def variations_of(self, name: str | None) -> list[Mapping[str, Any]]:
        """Return the variations of one response, none for a name the domain does not have."""
        return list(self._agent.domain.responses.get(name, ()))

    def declared(self, name: object) -> Mapping[str, Any] | None:
        """Return what the domain declares of a response, which an action's metadata may replace."""
        for variation in self._agent.domain.responses.get(name, []):
            metadata = variation.get("metadata")
            if isinstance(metadata, Mapping) and isinstance(metadata.get("messenger"), Mapping):
                return dict(metadata["messenger"])
        return None

    async def holds(self, psid: str, key: str) -> bool:
        """Tell whether the saved tracker holds the event: its turn was finished."""
        tracker = await self._agent.tracker_store.retrieve_full_tracker(psid)
        if tracker is None:
            return False
        return any(
            isinstance(event, (UserUttered, BotUttered)) and _key(event.metadata) == key
            for event in tracker.events
        )

    async def run_turn(self, psid: str, heard: Heard, output: Any) -> None:
        """Run one turn; raises what Rasa raises, with nothing of the turn saved then."""
        message = UserMessage(
            heard.text,
            output,
            psid,
            parse_data=None if heard.parse_data is None else dict(heard.parse_data),
            input_channel=self._channel,
            metadata=dict(heard.metadata),
        )
        running = _in_turn.set(True)
        try:
            await self._steps.through(self._agent.handle_message(message))
        except _Away as problem:
            raise ActionsAwayError(str(problem)) from problem.__cause__
        finally:
            _in_turn.reset(running)

    async def start_session(self, psid: str, output: Any) -> None:
        """Start a new session, as Rasa does by itself when its own clock says so."""
        message = UserMessage("/session_start", output, psid, input_channel=self._channel)
        await self._agent.handle_message(message)

    async def words(
        self, psid: str, response: str, slots: Mapping[str, Any], language: str | None, output: Any
    ) -> dict[str, Any]:
        """Return a response in a person's language and with their slots.

        Raises LookupError where no variation of the response fits.
        """
        tracker = await self._processor.fetch_tracker_and_update_session(psid, output)
        domain = self._agent.domain
        known = {slot.name for slot in domain.slots}
        if language and LANGUAGE in known and tracker.get_slot(LANGUAGE) is None:
            tracker.update(SlotSet(LANGUAGE, language), domain)
        message = await self._processor.nlg.generate(
            response, tracker, self._channel, domain_responses=domain.responses, **slots
        )
        if message is None:
            raise LookupError(f"no variation of the response `{response}` fits")
        said: dict[str, Any] = {**message, "utter_action": response}
        return said

    async def remember(self, psid: str, told: Sequence[Remembered], output: Any) -> None:
        """Append what a person was told outside any turn, in order, so that answers are understood.

        What the session holds already is not added again. The moment of an event orders Rasa's
        tracker, so it is now; when the person was told stands in the metadata.
        """
        domain = self._agent.domain
        async with self.lock(psid):
            tracker = await self._processor.fetch_tracker_and_update_session(psid, output)
            held = {_key(e.metadata) for e in tracker.events if isinstance(e, BotUttered)}
            for each in told:
                if each.key in held:
                    continue
                spoken = create_bot_utterance(dict(each.message))
                about = {"key": each.key, "at_ms": to_ms(each.at)}
                spoken.metadata = {**spoken.metadata, "messenger": about}
                named = ActionExecuted(each.message["utter_action"])
                for event in (named, spoken, ActionExecuted(LISTEN)):
                    tracker.update(event, domain)
            await self._processor.save_tracker(tracker)

    async def forget(self, psid: str) -> None:
        """Delete a conversation; raises LookupError where the tracker store is not Rasa's SQL one.

        Whoever calls holds the conversation's lock: a turn that runs would write it anew.
        """
        store = self._store
        if not isinstance(store, SQLTrackerStore):
            raise LookupError(f"conversations in `{type(store).__name__}` cannot be deleted here")
        with store.session_scope() as session:
            tracker_rows.erase(session.connection(), psid)
            session.commit()

    async def forget_before(self, moment: datetime) -> int:
        """Delete sessions that ended before *moment*; returns how many events they had."""
        store = self._store
        if not isinstance(store, SQLTrackerStore):
            return 0

        def delete() -> int:
            with store.session_scope() as session:
                gone = tracker_rows.erase_before(session.connection(), moment.timestamp())
                session.commit()
                return gone

        return await asyncio.to_thread(delete)  # it may have years to go through

    def lock(self, psid: str) -> Any:
        """Return Rasa's own lock of a conversation, for work outside `handle_message`."""
        return self._agent.lock_store.lock(psid)

    def _watch_actions(self) -> None:
        """Notice an action server that is away: Rasa logs it, and says the wrong thing or nothing.

        Actions that only fill slots at every turn are done without.
        """
        endpoint = getattr(self._agent, "action_endpoint", None)
        if endpoint is None:
            return
        asked = endpoint.request

        async def request(*args: Any, **kwargs: Any) -> Any:
            try:
                return await asked(*args, **kwargs)
            except (aiohttp.ClientConnectionError, asyncio.TimeoutError) as problem:
                name = (kwargs.get("json") or {}).get("next_action")
                if not _in_turn.get() or name in self._beside():
                    raise
                raise _Away(f"the action `{name}` could not be reached: {problem}") from problem

        endpoint.request = request

    def _beside(self) -> frozenset[str]:
        """Return the actions that run beside every turn: its answer does not rest on them."""
        mappings = (one for slot in self._agent.domain.slots for one in slot.mappings)
        return frozenset({str(one.get("action")) for one in mappings} | {EVERY_TURN})


def _raised(error: Exception) -> None:
    raise error


def _key(metadata: Any) -> str | None:
    about = metadata.get("messenger") if isinstance(metadata, Mapping) else None
    key = about.get("key") if isinstance(about, Mapping) else None
    return str(key) if key is not None else None
