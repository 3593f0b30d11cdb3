"""What every test stands on: no traffic beyond this machine, and a guard over a real database."""

from __future__ import annotations

import asyncio
import ipaddress
import socket
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
import sanic.server  # noqa: F401 - see the event loop policy below

from policy_guard import journal, people_rows, sends
from policy_guard.catalogue import AlertType, Catalogue, Consent
from policy_guard.delivery import Delivery
from policy_guard.guard import Guard, Wire
from policy_guard.languages import load as load_languages
from policy_guard.pace import UNLIMITED
from policy_guard.people import PAGE_ID, People
from policy_guard.people_rows import Who
from policy_guard.sends import Outgoing, PartRow, SendRow
from policy_guard.sql_store import SqlStore, set_meta
from policy_guard.vocabulary import Message, Opener, OpenerKind, Page, Purpose, Push, Settings
from tests import backends
from tests.backends import PostgresServer
from tests.budgets import (  # noqa: F401 - pytest finds its hooks here
    FIGURE,
    pytest_runtest_logreport,
    pytest_sessionfinish,
    pytest_terminal_summary,
)
from tests.order import pytest_collection_modifyitems  # noqa: F401 - pytest finds its hook here

# Sanic puts uvloop in place when it is imported, whose connections are made in C, past our fence.
asyncio.set_event_loop_policy(None)

UTC = timezone.utc
SKU = "back_in_stock:sku-42"
LANGUAGES = load_languages(Path(__file__).resolve().parents[1] / "languages.yml")


class TrafficRefused(AssertionError):  # noqa: N818 - it is a verdict on a test, not a fault
    """A test tried to reach another machine."""


def refuse_strangers(address: object) -> None:
    """Raise TrafficRefused where *address* is not on this machine."""
    if not isinstance(address, tuple):
        return  # a local socket file
    host = str(address[0])
    try:
        ours = ipaddress.ip_address(host.split("%", maxsplit=1)[0]).is_loopback
    except ValueError:
        ours = host == "localhost"
    if not ours:
        raise TrafficRefused(
            f"a test tried to connect to `{host}`: tests talk to 127.0.0.1 only, so that no run "
            "depends on, or writes to, the outside world"
        )


@pytest.fixture(autouse=True, scope="session")
def fence() -> Iterator[None]:
    """Refuse every connection to another machine, in every test and fixture."""
    connect, connect_ex = socket.socket.connect, socket.socket.connect_ex

    def guarded(self: socket.socket, address: Any) -> None:
        refuse_strangers(address)
        connect(self, address)

    def guarded_ex(self: socket.socket, address: Any) -> int:
        refuse_strangers(address)
        return connect_ex(self, address)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket.socket, "connect", guarded)
        patch.setattr(socket.socket, "connect_ex", guarded_ex)
        yield


@pytest.fixture
def tell(request: pytest.FixtureRequest) -> Callable[[str], None]:
    """Give what has a figure printed at the end of the run, whichever process the test ran in."""
    return lambda text: request.node.user_properties.append((FIGURE, text))


class FakeClock:
    """A clock that stands still until a test moves it."""

    def __init__(self, at: datetime) -> None:
        self.at = at

    def now(self) -> datetime:
        """Return the moment the test has set, UTC."""
        return self.at

    def move(self, **span: float) -> None:
        """Go forward by days, hours, minutes or seconds."""
        self.at += timedelta(**span)


def _kind(name: str, purpose: Purpose, consent: Consent, push: Push = Push.REGULAR) -> AlertType:
    words = (("en", name), ("fr", name))
    return AlertType(name, words, words, purpose, consent, push)


CATALOGUE = Catalogue(
    (
        _kind("delivery", Purpose.POST_PURCHASE_UPDATE, Consent.PREFERENCE, Push.SILENT),
        _kind("account", Purpose.ACCOUNT_UPDATE, Consent.PREFERENCE),
        _kind("news", Purpose.PROMOTION, Consent.PREFERENCE, Push.NONE),
        _kind("back_in_stock", Purpose.ALERT, Consent.ONE_TIME),
    ),
    ("en", "fr"),
)

#: A clock that stands still would never let a pace go on.
UNPACED = Delivery(UNLIMITED)
PERMITTED = Page(human_agent=True, one_time_notification=True, region="US", time_zone="UTC")


@dataclass
class Bench:
    """A guard over a database file and a still clock, with short words for what happens to it."""

    url: str
    clock: FakeClock
    page: Page = PERMITTED
    settings: Settings = field(default_factory=Settings)
    who: Who = field(default_factory=lambda: Who("page-1", "person-1"))

    def __post_init__(self) -> None:
        self.store = SqlStore(self.url, clock=self.clock)
        with self.store.write() as tx:
            set_meta(tx, PAGE_ID, self.who.page)
            people_rows.ensure(tx, self.who)
        self.guard = self.another_guard()

    def another_guard(self, **changes: Any) -> Guard:
        """Return a guard with a store object of its own, as another process would have."""
        page = changes.get("page", self.page)
        settings = changes.get("settings", self.settings)
        delivery = changes.get("delivery", UNPACED)
        store = SqlStore(self.url, clock=self.clock)
        clock = changes.get("clock", self.clock)
        return Guard(store, clock, page, settings, CATALOGUE, delivery=delivery)

    def under(self, **changes: Any) -> Bench:
        """Let the guard work with other settings, or for a page with other permissions."""
        self.guard = self.another_guard(**changes)
        return self

    @property
    def people(self) -> People:
        """Return what the dialogue works with."""
        return People(self.guard, LANGUAGES)

    def write(self, change: Callable[..., Any], *args: Any, **words: Any) -> Any:
        """Let *change* of `people_rows` happen to the person in a transaction."""
        with self.store.write() as tx:
            return change(tx, self.who, *args, **words)

    def wrote(self, at: datetime | None = None, kind: OpenerKind = OpenerKind.MESSAGE) -> None:
        """Let the person write, now or at a moment."""
        self.write(people_rows.record_opener, Opener(kind, at or self.clock.now()))

    def granted(self, topic: str = SKU, value: str = "", at: datetime | None = None) -> bool:
        """Let the person tap Notify me."""
        moment = at or self.clock.now()
        value = value or f"value-{topic}-{moment.isoformat()}"
        return bool(
            self.write(people_rows.record_grant, topic=topic, value=value, at=moment),
        )

    def asked_a_week_ago(self, topic: str = SKU) -> None:
        """Let the person write and tap Notify me, and a week pass: only the token is left."""
        self.wrote()
        self.granted(topic)
        self.clock.move(days=7)

    def out(self, turn: str = "turn-1", ordinal: int = 0, **words: Any) -> Outgoing:
        """Return a response on its way to the guard; message fields by name."""
        ours = ("parts", "single", "text", "response")
        given: dict[str, Any] = {k: words.pop(k) for k in ours if k in words}
        given.setdefault("parts", ({"text": "It is back."},))
        return Outgoing(self.who, turn, ordinal, Message(**words), **given)

    def alert(self, turn: str = "notify-1", ordinal: int = 0, **words: Any) -> Outgoing:
        """Return the alert the person asked for."""
        words = {"purpose": Purpose.ALERT, "topic": SKU, "in_turn": False, **words}
        return self.out(turn, ordinal, **words)

    def decided(self, out: Outgoing) -> SendRow:
        """Let the guard decide on a response for the first time."""
        row, new = self.guard.authorize(out)
        assert new
        return row

    def row(self, send_id: str) -> SendRow:
        """Return a row as it stands now."""
        with self.store.read() as tx:
            return sends.get(tx, send_id)

    def parts(self, send_id: str) -> list[PartRow]:
        """Return the messages of a row as they stand now."""
        with self.store.read() as tx:
            return sends.parts(tx, send_id)

    def began(self, send_id: str) -> Wire:
        """Take the next message of a row for sending."""
        wire = self.guard.begin(send_id)
        assert isinstance(wire, Wire)
        return wire

    def deliver(self, row: SendRow) -> None:
        """Let every message of a row arrive."""
        while isinstance(wire := self.guard.begin(row.id), Wire):
            self.guard.sent(wire.part, f"mid-{wire.part.echo_key}")

    def tokens(self) -> list[tuple[bool, bool]]:
        """Return, for each token of the person, whether it is spent and whether it is used up."""
        with self.store.read() as tx:
            person = people_rows.read(tx, self.who, self.clock.now(), "UTC")
        return [(t.spent, t.fulfilled) for t in person.tokens]

    def wishes(self) -> list[str]:
        """Return the topics of the person's open wishes."""
        with self.store.read() as tx:
            return [w.topic for w in people_rows.open_wishes(tx, self.who.page)]

    def told(self, **where: Any) -> list[journal.Entry]:
        """Return lines of the journal."""
        with self.store.read() as tx:
            return journal.entries(tx, **where)

    def sql(self, statement: str, *values: Any) -> list[Any]:
        """Run one statement on the database file, past everything of ours."""
        with self.store.write() as tx:
            done = tx.exec_driver_sql(statement, values)
            return list(done) if done.returns_rows else []

    def close(self) -> None:
        """Close what the bench opened."""
        self.store.close()
        self.guard.store.close()


@pytest.fixture
def clock() -> FakeClock:
    """Give a clock that stands at noon of a day in 2021, when four tags and OTN exist."""
    return FakeClock(datetime(2021, 7, 1, 12, tzinfo=UTC))


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    """Give a PostgreSQL server for the whole session, with a store to copy: `guard_template`."""
    with backends.postgres_server() as server:
        server.sql("CREATE DATABASE guard_template")
        SqlStore(server.url("guard_template")).close()
        yield server


@pytest.fixture(params=backends.ALL)
def store_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """Give the address of a new store, once for each database that a store may be in."""
    if request.param == backends.SQLITE:
        yield f"sqlite:///{tmp_path / 'guard.db'}"
        return
    server: PostgresServer = request.getfixturevalue("postgres")
    database = server.new_database("guard_template")
    yield server.url(database)
    server.drop(database)


@pytest.fixture
def bench(store_url: str, clock: FakeClock) -> Iterator[Bench]:
    """Give a guard over a new store."""
    made = Bench(store_url, clock)
    yield made
    made.close()


@pytest.fixture
def elsewhere(bench: Bench) -> Callable[[str], Page]:
    """Give the permitted page as it would be in another region."""
    return lambda region: replace(bench.page, region=region)
