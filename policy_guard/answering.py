"""When a person answers, as the dialogue may ask: opening hours, measured times and the clock."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from threading import Lock

from sqlalchemy.engine import Connection

from . import hours_file, languages, response_rows, settings
from .clock import Clock, to_ms
from .hours import Hours, Measured
from .languages import Languages
from .people import PAGE_ID
from .people_rows import Who
from .responsiveness import measured
from .sql_store import SqlStore, clock_of, get_meta, hold

#: Hand-overs that are older tell of another team.
MEASURED_OVER = timedelta(days=90)
_MEASURED_FOR = timedelta(minutes=5)  # how long a measured time is kept before it is looked up anew


@dataclass(frozen=True)
class Standing:
    """How things stand at a moment, in words of one language for a sentence's place."""

    is_open: bool
    hours_today: str  # `9:00 to 17:30`
    next_opening: str | None  # `tomorrow from 9:00`; None where no opening is known
    answer_time: str  # when a person answers: `usually within 40 minutes`, `tomorrow from 9:00`


class Answering:
    """One store's opening hours and what its hand-overs took; may be shared by threads."""

    def __init__(self, store: SqlStore, clock: Clock, hours: Hours, languages: Languages) -> None:
        self._store = store
        self._clock = clock
        self.hours = hours
        self.languages = languages
        self._lock = Lock()
        self._measured: tuple[datetime, Measured] | None = None

    @classmethod
    def open(cls, endpoints: str | Path = "endpoints.yml") -> Answering | None:
        """Open what `endpoints.yml` names, None where no file of opening hours is there.

        Raises GuardError with a sentence.
        """
        config = settings.load(Path(endpoints))
        if config.hours is None:
            return None
        spoken = languages.load(config.languages)
        hours = hours_file.load(config.hours, spoken.codes)
        store = SqlStore(config.url, migrate=config.migrate)
        return cls(store, clock_of(store), hours, spoken)

    def now(self) -> datetime:
        """Return the moment by the clock in use, UTC."""
        return self._clock.now()

    def standing(self, language: str | None) -> Standing:
        """Return how things stand now; raises GuardError where the store cannot be used."""
        now, spoken = self.now(), self.languages.get(language)
        return Standing(
            is_open=self.hours.open_at(now),
            hours_today=self.hours.today_in_words(now, spoken),
            next_opening=self.hours.next_opening_in_words(now, spoken),
            answer_time=self.hours.answer_promise(self.measured(now), now, spoken),
        )

    def today(self) -> date:
        """Return the day that it is at the shop."""
        return self.hours.today(self.now())

    def on_days(self, days: Sequence[date], language: str | None) -> tuple[str, str]:
        """Return what days are called now, `on Sunday`, and their opening hours in words."""
        return self.hours.days_in_words(days, self.now(), self.languages.get(language))

    def on_weekdays(self, weekdays: Sequence[int], language: str | None) -> tuple[str, str]:
        """Return what days of every week are called, `on Sundays`, and their usual hours."""
        return self.hours.weekdays_in_words(weekdays, self.languages.get(language))

    def holidays(self, language: str | None) -> str | None:
        """Return the next holidays with their hours in words, None where none is known."""
        return self.hours.holidays_in_words(self.now(), self.languages.get(language))

    def foretold(self, day: date) -> bool:
        """Tell whether the holidays around a day are known."""
        return self.hours.foretold(day, self.now())

    def measured(self, now: datetime) -> Measured:
        """Return what the hand-overs of the last 90 days took, looked up every 5 minutes."""
        with self._lock:
            known = self._measured
            if known is None or not timedelta(0) <= now - known[0] < _MEASURED_FOR:
                with self._store.read() as tx:
                    known = now, measured_from(tx, self.hours, now)
                self._measured = known
            return known[1]

    def tells_closed(self, psid: str, event: str) -> bool:
        """Tell whether the event with this key is the one to say that nobody is there now.

        That is the person's first in a closed time, in every run of it; the store remembers.
        """
        now = self.now()
        since = self.hours.closed_since(now)
        if since is None:
            return False
        with self._store.write() as tx:
            page = get_meta(tx, PAGE_ID) or ""
            hold(tx, Who(page, psid))
            key = f"closed:{page}:{psid}:{to_ms(since)}"
            return response_rows.said_outside(tx, key, event, now)


def measured_from(tx: Connection, hours: Hours, now: datetime) -> Measured:
    """Return what the hand-overs of the last 90 days before *now* took."""
    return measured(list(response_rows.hand_overs(tx, now - MEASURED_OVER)), hours, now)
