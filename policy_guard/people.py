"""What the dialogue may know and change of a person's choices; all of it lives in the store."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.engine import Connection

from . import languages, people_rows, privacy, privacy_rows, schema, sends, settings
from .catalogue import Catalogue
from .catalogue import load as load_catalogue
from .clock import from_ms, to_ms
from .decisions import Send
from .edition import known
from .errors import SettingsError
from .guard import Guard
from .languages import Languages
from .people_rows import Who
from .retention import Retention
from .rules import OTN_REQUEST
from .send_states import LEFT
from .settings import Configuration
from .sql_store import SqlStore, clock_of, get_meta, hold, insert_new
from .vocabulary import Message

PAGE_ID = "page_id"
_BEFORE = "before"
#: How long a request to be notified stands where the person can still answer it: as long as the
#: standard messaging window, in which it was asked.
_STANDS = timedelta(hours=24)


@dataclass(frozen=True)
class Origin:
    """The event that a change comes from: its key in the inbox and its own moment (UTC)."""

    key: str
    at: datetime


@dataclass(frozen=True)
class Wish:
    """Something the person asked to be told once and has not been told."""

    topic: str
    asked_at: datetime


@dataclass(frozen=True)
class Choices:
    """What the person chose to hear."""

    alerts: tuple[str, ...]
    stopped: bool
    paused_until: datetime | None
    wishes: tuple[Wish, ...]
    language: str | None
    #: Their data was deleted, which stops everything until they choose again; they did not stop it.
    forgotten: bool = False


class People:
    """The choices of people, as an action reads and changes them; idempotent by the event's key."""

    def __init__(
        self, guard: Guard, languages: Languages, retention: Retention | None = None
    ) -> None:
        self._guard = guard
        self.languages = languages
        self.retention = retention or Retention()
        self._store = guard.store

    @classmethod
    def open(cls, endpoints: str | Path = "endpoints.yml") -> People:
        """Open what `endpoints.yml` names; raises GuardError with a sentence."""
        config = settings.load(Path(endpoints))
        guard = guard_of(config)
        spoken = languages.load(config.languages, guard.catalogue.languages)
        return cls(guard, spoken, config.retention)

    @property
    def catalogue(self) -> Catalogue:
        """Return the alert types there are."""
        return self._guard.catalogue

    @property
    def store_id(self) -> str:
        """Return the id of the store, the same for every process that opened the same one."""
        with self._store.read() as tx:
            return get_meta(tx, "store_id") or ""

    def now(self) -> datetime:
        """Return the moment by the clock in use, UTC."""
        return self._guard.clock.now()

    def wall_time(self, psid: str, at: datetime) -> datetime:
        """Return a moment on the person's clock, or on the Page's where theirs is not known."""
        with self._store.read() as tx:
            person = people_rows.read(tx, self._who(tx, psid), at, self._guard.page.time_zone)
        return at.astimezone(ZoneInfo(person.time_zone or self._guard.page.time_zone))

    def choices(self, psid: str) -> Choices:
        """Return what the person chose."""
        with self._store.read() as tx:
            return self._choices(tx, self._who(tx, psid))

    def before(self, psid: str, origin: Origin) -> Choices:
        """Return what the person chose when the event was first acted on, however often it runs.

        A turn that is killed after its change runs again, and must say the same of it.
        """
        with self._writing(psid) as (tx, who):
            now = self._choices(tx, who)
            note = json.dumps(_to_json(now))
            table, at = schema.applied, to_ms(origin.at)
            if insert_new(tx, table, key=origin.key, operation=_BEFORE, at=at, note=note):
                return now
            mine = (table.c.key == origin.key) & (table.c.operation == _BEFORE)
            kept = tx.execute(select(table.c.note).where(mine)).scalar_one()
            return _from_json(json.loads(kept))

    def choose(self, psid: str, alert_types: Sequence[str], origin: Origin) -> Choices:
        """Keep that the person wants these alert types; it never clears a STOP."""

        def change(tx: Connection, who: Who) -> None:
            people_rows.record_choice(tx, who, alert_types, True, origin.at)

        return self._once(psid, origin, "choose", alert_types, change)

    def drop(self, psid: str, alert_types: Sequence[str], origin: Origin) -> Choices:
        """Keep that the person no longer wants these alert types."""

        def change(tx: Connection, who: Who) -> None:
            people_rows.record_choice(tx, who, alert_types, False, origin.at)

        return self._once(psid, origin, "drop", alert_types, change)

    def stop_all(self, psid: str, origin: Origin) -> Choices:
        """Keep that the person wants nothing proactive at all, like the word STOP."""

        def change(tx: Connection, who: Who) -> None:
            people_rows.record_stop(tx, who, origin.at)

        return self._once(psid, origin, "stop_all", (), change)

    def pause(self, psid: str, until: datetime, origin: Origin) -> Choices:
        """Keep that the person wants nothing proactive before *until* (UTC)."""

        def change(tx: Connection, who: Who) -> None:
            people_rows.record_pause(tx, who, until, origin.at)

        return self._once(psid, origin, "pause", (), change)

    def resume(self, psid: str, origin: Origin) -> Choices:
        """End a pause."""

        def change(tx: Connection, who: Who) -> None:
            people_rows.record_pause(tx, who, None, origin.at)

        return self._once(psid, origin, "resume", (), change)

    def cancel_wishes(self, psid: str, topics: Sequence[str] | None, origin: Origin) -> Choices:
        """Take back what the person asked to be told; None means all of it."""

        def change(tx: Connection, who: Who) -> None:
            people_rows.cancel_wishes(tx, who, topics, origin.at)

        return self._once(psid, origin, "cancel_wishes", topics or ("*",), change)

    def remember_language(self, psid: str, language: str) -> None:
        """Keep the language the person was last heard in."""
        with self._writing(psid) as (tx, who):
            people_rows.set_language(tx, who, language)

    def remember_region(self, psid: str, region: str) -> None:
        """Keep where the person said they are; raises ValueError for no region."""
        with self._writing(psid) as (tx, who):
            people_rows.set_region(tx, who, region)

    def forget(self, psid: str, origin: Origin) -> str:
        """Keep that the person wants everything of theirs deleted; returns the request's code.

        It is carried out once the turn is over and its last words have left.
        """
        with self._writing(psid) as (tx, who):
            now = self._guard.clock.now()
            return privacy.enter(tx, who, origin.key, origin.at, now, "person")

    def may_ask_to_notify(self, psid: str, topic: str) -> tuple[bool, str]:
        """Tell whether a one-time notification on *topic* may be asked for now, and why not."""
        with self._store.read() as tx:
            who = self._who(tx, psid)
        answer = self._guard.ask(who, Message(topic=topic, template=OTN_REQUEST))
        return isinstance(answer, Send), answer.reason.says

    def asked_to_notify(self, psid: str, topic: str, origin: Origin) -> bool:
        """Tell whether the person has been asked about *topic* lately and may still say yes to it.

        What was asked in the same turn, in an earlier run of it, does not count.
        """
        with self._store.read() as tx:
            who = self._who(tx, psid)
            asked = [
                row.decided_at
                for row in sends.listed(tx, states=LEFT, who=who)
                if row.message.template == OTN_REQUEST
                and row.turn_key != origin.key
                and any(_payload_of(part) == topic for part in row.parts)
            ]
            if not asked or self.now() - asked[-1] >= _STANDS:
                return False
            person = people_rows.read(tx, who, self.now(), self._guard.page.time_zone)
            granted = [token.granted_at for token in person.tokens if token.topic == topic]
            return all(at < asked[-1] for at in granted)

    def _once(
        self,
        psid: str,
        origin: Origin,
        name: str,
        words: Sequence[str],
        change: Callable[[Connection, Who], None],
    ) -> Choices:
        with self._writing(psid) as (tx, who):
            people_rows.ensure(tx, who)
            done = f"{name}:{','.join(words)}"[:200]
            if insert_new(tx, schema.applied, key=origin.key, operation=done, at=to_ms(origin.at)):
                change(tx, who)
            return self._choices(tx, who)

    def _choices(self, tx: Connection, who: Who) -> Choices:
        now = self._guard.clock.now()
        person = people_rows.read(tx, who, now, self._guard.page.time_zone)
        paused = person.paused_until
        gone = privacy_rows.forgotten_at(tx, who) if person.stopped else None
        return Choices(
            alerts=people_rows.chosen_alerts(tx, who),
            stopped=person.stopped,
            paused_until=paused if paused is not None and paused > now else None,
            wishes=tuple(
                Wish(w.topic, w.asked_at)
                for w in people_rows.open_wishes(tx, who.page, psid=who.psid)
            ),
            language=people_rows.language(tx, who),
            forgotten=gone is not None and person.stopped_at == gone,
        )

    @contextmanager
    def _writing(self, psid: str) -> Iterator[tuple[Connection, Who]]:
        """Give a transaction in which nobody else writes of the person."""
        with self._store.write() as tx:
            who = self._who(tx, psid)
            hold(tx, who)
            yield tx, who

    def _who(self, tx: Connection, psid: str) -> Who:
        return Who(get_meta(tx, PAGE_ID) or "", psid)


def settle_page(tx: Connection, page_id: str) -> str | None:
    """Keep which Page the store serves; return the other one that it serves already, if any."""
    insert_new(tx, schema.meta, key=PAGE_ID, value=page_id)  # two processes may start at once
    before = get_meta(tx, PAGE_ID)
    return None if before == page_id else before


def open_guard(endpoints: Path, *, patience: float = 5.0, store: SqlStore | None = None) -> Guard:
    """Open the guard that `endpoints.yml` describes; raises GuardError with a sentence."""
    return guard_of(settings.load(endpoints), patience=patience, store=store)


def guard_of(
    config: Configuration, *, patience: float = 5.0, store: SqlStore | None = None
) -> Guard:
    """Open the guard of a configuration; raises GuardError with a sentence."""
    if not config.alerts.exists():
        raise SettingsError(f"{config.alerts}: the catalogue of alert types is missing")
    opened = store or SqlStore(config.url, patience=patience, migrate=config.migrate)
    return Guard(
        opened,
        clock_of(opened),
        config.page,
        config.settings,
        load_catalogue(config.alerts),
        known(config.switches),
        config.delivery,
    )


def _payload_of(part: Mapping[str, Any]) -> object:
    """Return what a card's tap would come back with, None where the part is no card."""
    here: object = part
    for step in ("message", "attachment", "payload", "payload"):
        here = here.get(step) if isinstance(here, Mapping) else None
    return here


def _to_json(choices: Choices) -> dict[str, Any]:
    return {
        "alerts": choices.alerts,
        "stopped": choices.stopped,
        "paused_until": to_ms(choices.paused_until) if choices.paused_until else None,
        "wishes": [[wish.topic, to_ms(wish.asked_at)] for wish in choices.wishes],
        "language": choices.language,
        "forgotten": choices.forgotten,
    }


def _from_json(data: Mapping[str, Any]) -> Choices:
    paused = data["paused_until"]
    return Choices(
        alerts=tuple(data["alerts"]),
        stopped=data["stopped"],
        paused_until=None if paused is None else from_ms(paused),
        wishes=tuple(Wish(topic, from_ms(asked)) for topic, asked in data["wishes"]),
        language=data["language"],
        forgotten=data.get("forgotten", False),  # notes of an earlier version have none
    )
