"""What was chosen is what the guard enforces: every alert type against every combination.

Every combination is made as people make it, through the dialogue's own calls and the words STOP and
START, in a real store; then the guard is asked to let one message of each alert type go. The day is
one on which the message tags still exist, so that outside the window too the platform would allow
most of it: what holds a message back here is what the person said.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, time, timedelta, timezone
from pathlib import Path

import pytest

from policy_guard import people_rows
from policy_guard.catalogue import AlertType, Consent, load
from policy_guard.guard import Guard
from policy_guard.people import PAGE_ID, Origin, People
from policy_guard.people_rows import Who
from policy_guard.sends import Outgoing, SendRow
from policy_guard.sql_store import SqlStore, set_meta
from policy_guard.vocabulary import (
    Message,
    Opener,
    OpenerKind,
    Page,
    Purpose,
    Push,
    QuietHours,
    Settings,
)
from tests.conftest import LANGUAGES, FakeClock

CATALOGUE = load(Path(__file__).parents[2] / "alerts.yml")
NOW = datetime(2026, 3, 10, 15, 0, tzinfo=timezone.utc)
PAGE = Page(one_time_notification=True, region="US", time_zone="America/New_York")
THING = "sku-42"

CHOICES = ("never", "chosen", "chosen, then dropped", "dropped, then chosen", "others chosen")
STOPS = ("no", "STOP", "STOP, then START", "START, then STOP", "stopped in the dialogue")
PAUSES = ("no", "running", "over", "resumed")
WINDOWS = ("open", "closed")
#: What carries each purpose after the window on that day.
AFTERWARDS = {
    Purpose.POST_PURCHASE_UPDATE: "tag:POST_PURCHASE_UPDATE",
    Purpose.ACCOUNT_UPDATE: "tag:ACCOUNT_UPDATE",
    Purpose.CONFIRMED_EVENT_UPDATE: "tag:CONFIRMED_EVENT_UPDATE",
    Purpose.ALERT: "one_time_notification",
    Purpose.PROMOTION: None,
}


@dataclass(frozen=True)
class Case:
    """One combination of what a person said, for one alert type."""

    kind: AlertType
    choice: str
    stop: str
    pause: str
    window: str

    @property
    def once(self) -> bool:
        return self.kind.consent is Consent.ONE_TIME

    @property
    def topic(self) -> str:
        return f"{self.kind.id}:{THING}" if self.once else self.kind.id

    @property
    def wants_it(self) -> bool:
        return self.choice in {"chosen", "dropped, then chosen"}

    @property
    def stopped(self) -> bool:
        return self.stop not in {"no", "STOP, then START"}


def cases() -> Iterator[Case]:
    for kind in CATALOGUE.types:
        for combination in itertools.product(CHOICES, STOPS, PAUSES, WINDOWS):
            yield Case(kind, *combination)


@dataclass
class Shop:
    """One guard over one store in which every combination is a person of its own."""

    store: SqlStore
    guard: Guard
    clock: FakeClock

    def __post_init__(self) -> None:
        self.people = People(self.guard, LANGUAGES)
        with self.store.write() as tx:
            set_meta(tx, PAGE_ID, "page-1")

    def person(self, name: str, window: str = "open") -> Who:
        """Return a new person who wrote an hour or two days ago."""
        who = Who("page-1", name)
        ago = timedelta(hours=1) if window == "open" else timedelta(days=2)
        with self.store.write() as tx:
            people_rows.ensure(tx, who)
            people_rows.record_opener(tx, who, Opener(OpenerKind.MESSAGE, NOW - ago))
        return who

    def sends(
        self, who: Who, kind: AlertType, topic: str, turn: str = "t", **more: object
    ) -> SendRow:
        message = Message(purpose=kind.purpose, topic=topic, in_turn=False, **more)
        parts = ({"text": "It is so."},)
        row, new = self.guard.authorize(Outgoing(who, f"{who.psid}:{turn}", 0, message, parts))
        assert new
        return row


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    opened = open_shop(tmp_path, Settings())
    yield opened
    opened.store.close()


def open_shop(folder: Path, settings: Settings) -> Shop:
    store, clock = SqlStore(f"sqlite:///{folder / 'guard.db'}"), FakeClock(NOW)
    return Shop(store, Guard(store, clock, PAGE, settings, CATALOGUE), clock)


def say_it_all(shop: Shop, case: Case, who: Who) -> None:
    """Let the person say everything of the case, a minute apart, the last of it an hour ago."""
    moments = (NOW - timedelta(hours=1) - timedelta(minutes=n) for n in itertools.count(20, -1))
    numbers = itertools.count()

    def origin() -> Origin:
        return Origin(f"{who.psid}:{next(numbers)}", next(moments))

    others = [k.id for k in CATALOGUE.types if k.consent is Consent.PREFERENCE and k != case.kind]
    if case.choice == "others chosen":
        shop.people.choose(who.psid, others, origin())
    elif case.choice != "never":
        want = [True, False] if case.choice == "chosen, then dropped" else [False, True]
        for wanted in want[1:] if case.choice == "chosen" else want:
            choose(shop, case, who, origin(), wanted=wanted)
    for word in case.stop.replace("stopped in the dialogue", "dialogue").split(", then "):
        at = origin()
        with shop.store.write() as tx:
            if word == "STOP":
                people_rows.record_stop(tx, who, at.at)
            if word == "START":
                people_rows.record_start(tx, who, at.at)
        if word == "dialogue":
            shop.people.stop_all(who.psid, at)
    if case.pause != "no":
        until = NOW + timedelta(days=3) if case.pause != "over" else NOW - timedelta(minutes=1)
        shop.people.pause(who.psid, until, origin())
    if case.pause == "resumed":
        shop.people.resume(who.psid, origin())


def choose(shop: Shop, case: Case, who: Who, origin: Origin, *, wanted: bool) -> None:
    if case.once and wanted:
        with shop.store.write() as tx:
            people_rows.record_grant(tx, who, topic=case.topic, value=origin.key, at=origin.at)
    elif case.once:
        shop.people.cancel_wishes(who.psid, [case.topic], origin)
    elif wanted:
        shop.people.choose(who.psid, [case.kind.id], origin)
    else:
        shop.people.drop(who.psid, [case.kind.id], origin)


def expected(case: Case) -> tuple[str, str]:
    """Return what has to be decided, and by which rule, out of the words of the case alone."""
    if case.stopped:
        return "refuse", "person_stopped"
    if not case.once and not case.wants_it:
        return "refuse", "alert_chosen"
    if case.once and case.choice == "chosen, then dropped":
        return "refuse", "asked_once_told_once"  # what was taken back counts as told
    if case.window == "closed":
        if AFTERWARDS[case.kind.purpose] is None or not case.wants_it:
            return "refuse", "no_ground"
        if case.pause == "running":
            return "hold", "person_paused"
        return "send", "token_held" if case.once else "tag_covers_purpose"
    if case.pause == "running":
        return "hold", "person_paused"
    return "send", "window_open"


def test_what_was_chosen_is_what_the_guard_enforces(shop: Shop) -> None:
    wrong, counted = [], 0
    for number, case in enumerate(cases()):
        who = shop.person(f"person-{number}", case.window)
        say_it_all(shop, case, who)
        row = shop.sends(who, case.kind, case.topic)
        decided = (row.decision["decision"], row.decision["rule"])
        counted += 1
        if decided != expected(case):
            wrong.append((case.kind.id, case, decided, row.decision["reason"]))
        if decided[0] == "send":
            window = case.window == "open"
            ground = "standard_window" if window else AFTERWARDS[case.kind.purpose]
            assert row.ground == ground
        else:
            assert row.token_id is None, "what is not sent costs nothing"
            assert row.decision["whose"] == ("platform" if decided[1] == "no_ground" else "ours")
    assert wrong == []
    assert counted == len(CATALOGUE.types) * 5 * 5 * 4 * 2


def test_who_never_asked_for_a_thing_is_on_nobodys_list_of_people_to_tell(shop: Shop) -> None:
    """Inside the window the platform asks for no permission, so it is the list that keeps it."""
    kind = next(k for k in CATALOGUE.types if k.consent is Consent.ONE_TIME)
    asked, stranger = shop.person("asked"), shop.person("stranger")
    with shop.store.write() as tx:
        people_rows.record_grant(tx, asked, topic=f"{kind.id}:{THING}", value="v", at=NOW)
        wishes = people_rows.open_wishes(tx, "page-1", topic=f"{kind.id}:{THING}")
    assert [wish.psid for wish in wishes] == [asked.psid]
    assert stranger.psid not in {wish.psid for wish in wishes}


def test_who_was_told_is_told_no_second_time(shop: Shop) -> None:
    kind = next(k for k in CATALOGUE.types if k.consent is Consent.ONE_TIME)
    who, topic = shop.person("told", "closed"), f"{kind.id}:{THING}"
    with shop.store.write() as tx:
        people_rows.record_grant(tx, who, topic=topic, value="v", at=NOW)
    first = shop.sends(who, kind, topic, "1")
    wire = shop.guard.begin(first.id)
    assert wire is not None
    shop.guard.sent(wire.part, "mid-1")
    second = shop.sends(who, kind, topic, "2")
    assert (second.decision["decision"], second.decision["rule"]) == (
        "refuse",
        "asked_once_told_once",
    )


# -- push, quiet hours and the cap -----------------------------------------------------------------


@pytest.mark.parametrize("kind", CATALOGUE.types, ids=lambda kind: kind.id)
def test_how_urgent_an_alert_type_is_sets_how_loudly_the_phone_tells(
    shop: Shop, kind: AlertType
) -> None:
    who = shop.person("loud")
    shop.people.choose(who.psid, [kind.id], Origin("m", NOW))
    topic = f"{kind.id}:{THING}" if kind.consent is Consent.ONE_TIME else kind.id
    wire = {Push.REGULAR: "REGULAR", Push.SILENT: "SILENT_PUSH", Push.NONE: "NO_PUSH"}
    row = shop.sends(who, kind, topic)
    assert row.decision["notification_type"] == wire[kind.push]
    louder = shop.sends(who, kind, topic, "one message that is urgent", push=Push.REGULAR)
    assert louder.decision["notification_type"] == "REGULAR"


QUIET = Settings(quiet_hours=QuietHours(time(22), time(7)))


@pytest.mark.parametrize(
    ("region", "moment", "until"),
    [
        # 20:00 in New York is 1:00 in Paris and 9:00 in Tokyo
        (None, "2026-03-12T00:00:00+00:00", None),
        ("FR", "2026-03-12T00:00:00+00:00", "2026-03-12T06:00:00+00:00"),
        ("JP", "2026-03-12T00:00:00+00:00", None),
        # midnight in New York is 5:00 in Paris and 13:00 in Tokyo
        (None, "2026-03-12T04:00:00+00:00", "2026-03-12T11:00:00+00:00"),
        ("FR", "2026-03-12T04:00:00+00:00", "2026-03-12T06:00:00+00:00"),
        ("JP", "2026-03-12T04:00:00+00:00", None),
        # a country over several time zones: the Page's own night counts
        ("CA", "2026-03-12T04:00:00+00:00", "2026-03-12T11:00:00+00:00"),
    ],
)
def test_nothing_comes_in_the_night_of_the_place_that_the_person_named(
    tmp_path: Path, region: str | None, moment: str, until: str | None
) -> None:
    shop = open_shop(tmp_path, QUIET)
    shop.clock.at = datetime.fromisoformat(moment)
    who = shop.person("sleeper")
    with shop.store.write() as tx:
        opener = Opener(OpenerKind.MESSAGE, shop.clock.now() - timedelta(hours=1))
        people_rows.record_opener(tx, who, opener)
    if region is not None:
        shop.people.remember_region(who.psid, region)
    shop.people.choose(who.psid, ["delivery"], Origin("m", shop.clock.now()))
    kind = CATALOGUE.get("delivery")
    assert kind is not None
    row = shop.sends(who, kind, "delivery")
    if until is None:
        assert row.decision["decision"] == "send"
    else:
        assert (row.decision["decision"], row.decision["rule"]) == ("hold", "quiet_hours")
        assert row.not_before == datetime.fromisoformat(until)


def test_so_many_proactive_messages_a_day_and_no_more(tmp_path: Path) -> None:
    shop = open_shop(tmp_path, Settings(proactive_per_day=2))
    who, other = shop.person("busy"), shop.person("other")
    types = [k for k in CATALOGUE.types if k.consent is Consent.PREFERENCE][:3]
    for one in (who, other):
        shop.people.choose(one.psid, [k.id for k in types], Origin(f"{one.psid}:m", NOW))
    rows = [shop.sends(who, kind, kind.id, kind.id) for kind in types]
    assert [row.decision["decision"] for row in rows] == ["send", "send", "hold"]
    assert rows[2].decision["rule"] == "daily_cap"
    # it goes after midnight where the person is, which is the Page's own where nothing is known
    assert rows[2].not_before == datetime(2026, 3, 11, 4, 0, tzinfo=timezone.utc)
    assert shop.sends(other, types[2], types[2].id).decision["decision"] == "send"
    answer = Outgoing(who, "answer", 0, Message(), ({"text": "Yes."},))
    assert shop.guard.authorize(answer)[0].decision["decision"] == "send", "answers do not count"
    shop.clock.move(hours=13, minutes=1)
    assert shop.guard.reconsider(rows[2].id, "its moment came").state == "claimed"
