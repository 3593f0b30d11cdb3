"""Being forgotten: nothing of the person is left, and nothing starts again by itself."""

from __future__ import annotations

import json
from dataclasses import astuple
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import select

from policy_guard import inbox_rows, journal, people_rows, privacy, privacy_rows, schema, sends
from policy_guard.errors import CaseError
from policy_guard.people import Origin
from policy_guard.people_rows import Who
from policy_guard.retention import Retention
from policy_guard.retention import read as read_retention
from policy_guard.vocabulary import Purpose, TokenKind

if TYPE_CHECKING:
    from tests.conftest import Bench

SKU = "back_in_stock:sku-42"
SAID = "my cat ate the invoice"
ALERT = {"purpose": Purpose.ACCOUNT_UPDATE, "topic": "account", "in_turn": False}


def kept_event(bench: Bench, key: str, *, state: str = "done", kind: str = "message") -> None:
    now = bench.clock.now()
    with bench.store.write() as tx:
        inbox_rows.add(
            tx,
            page=bench.who.page,
            psid=bench.who.psid,
            key=key,
            kind=kind,
            at=now,
            received_at=now,
            body={"text": SAID, "token": "secret-token-value"},
            state=state,
        )


def lived(bench: Bench) -> None:
    """Let the person have done a bit of everything."""
    bench.wrote()
    kept_event(bench, "message:m-1")
    bench.people.choose(
        "person-1", ["account", "delivery"], Origin("message:m-1", bench.clock.now())
    )
    bench.people.before("person-1", Origin("message:m-1", bench.clock.now()))
    bench.people.remember_language("person-1", "fr")
    bench.granted(SKU, "secret-token-value")
    bench.deliver(bench.decided(bench.out("turn-1", text=SAID, parts=({"text": SAID},))))
    bench.decided(bench.out("notify:r1:person-1", text=SAID, parts=({"text": SAID},), **ALERT))
    with bench.store.write() as tx:
        journal.write(tx, bench.clock.now(), bench.who, "noted", text=SAID, topic=SKU)


def forget(bench: Bench, at: datetime | None = None) -> str:
    with bench.store.write() as tx:
        code = privacy.carry_out(
            tx, bench.who, at or bench.clock.now(), bench.clock.now(), "operator"
        )
    assert code is not None
    return code


def everything(bench: Bench) -> str:
    """Return every cell of every table but the meta rows, as one text."""
    with bench.store.read() as tx:
        cells = [
            str(value)
            for table in schema.metadata.sorted_tables
            for row in tx.execute(select(table))
            for value in row
        ]
    return "\n".join(cells)


def in_files(bench: Bench, word: str) -> bool:
    """Tell whether a word stands anywhere in the database's files, used or free."""
    file = Path(bench.url.removeprefix("sqlite:///"))
    files = [file, file.with_name(file.name + "-wal")]
    return any(word.encode() in each.read_bytes() for each in files if each.exists())


def test_what_is_erased_is_overwritten_in_the_file(bench: Bench) -> None:
    if not bench.url.startswith("sqlite"):
        pytest.skip("PostgreSQL's vacuum looks after its files")
    lived(bench)
    assert in_files(bench, SAID)
    with bench.store.write() as tx:
        privacy.carry_out(tx, bench.who, bench.clock.now(), bench.clock.now(), "operator")
    bench.store.sweep()
    assert [
        word for word in (SAID, "person-1", "secret-token-value") if in_files(bench, word)
    ] == []


def test_nothing_of_the_person_is_left_in_any_table(bench: Bench) -> None:
    lived(bench)
    assert all(word in everything(bench) for word in ("person-1", SAID, "sku-42", "secret-token"))
    forget(bench)
    left = everything(bench)
    for word in ("person-1", SAID, "sku-42", "secret-token"):
        assert word not in left, word


def test_everybody_else_is_left_alone(bench: Bench) -> None:
    lived(bench)
    other = bench.who.__class__(bench.who.page, "person-2")
    with bench.store.write() as tx:
        people_rows.ensure(tx, other)
        people_rows.record_choice(tx, other, ["account"], True, bench.clock.now())
        people_rows.record_grant(tx, other, topic=SKU, value="value-2", at=bench.clock.now())
    forget(bench)
    assert bench.people.choices("person-2").alerts == ("account",)
    assert [wish.topic for wish in bench.people.choices("person-2").wishes] == [SKU]


def test_the_decisions_stay_for_the_audit(bench: Bench) -> None:
    lived(bench)
    with bench.store.read() as tx:
        before = [e.what for e in journal.entries(tx)]
        rules = [r.decision["rule"] for r in sends.listed(tx)]
    forget(bench)
    with bench.store.read() as tx:
        after = journal.entries(tx)
        assert [e.what for e in after] == [*before, "forgotten"]
        rows = sends.listed(tx)
    assert [r.decision["rule"] for r in rows] == rules
    (who,) = {r.who.psid for r in rows}
    assert who.startswith("forgotten:")
    assert {e.psid for e in after} == {who}


def test_what_waited_to_be_sent_is_dropped(bench: Bench) -> None:
    bench.wrote()
    ready = bench.decided(bench.out("turn-1"))
    bench.clock.move(days=2)
    held = bench.decided(bench.out("turn-2"))
    assert (ready.state, held.state) == ("claimed", "held")
    forget(bench)
    assert [bench.row(r.id).state for r in (ready, held)] == ["cancelled", "cancelled"]
    assert bench.guard.begin(ready.id) is None
    assert bench.guard.due() == []


def test_a_message_on_its_way_is_still_settled(bench: Bench) -> None:
    bench.wrote()
    row = bench.decided(bench.out("turn-1"))
    wire = bench.began(row.id)
    forget(bench)
    bench.guard.sent(wire.part, "mid-1")
    assert bench.row(row.id).state == "sent"
    assert "person-1" not in everything(bench)


# --- nothing starts again by itself ---


def test_who_comes_back_begins_as_somebody_who_stopped(bench: Bench) -> None:
    lived(bench)
    forget(bench)
    bench.clock.move(minutes=1)
    bench.write(people_rows.ensure)
    bench.wrote()
    refused = bench.decided(bench.out("n", 0, **ALERT))
    assert (refused.state, refused.decision["rule"]) == ("refused", "person_stopped")


def test_what_deletion_stops_is_told_from_what_the_person_stopped(bench: Bench) -> None:
    lived(bench)
    forget(bench)
    gone = bench.people.choices("person-1")
    assert (gone.stopped, gone.forgotten) == (True, True), "nothing is kept of them"
    bench.clock.move(hours=1)
    back = Origin("message:m-2", bench.clock.now())
    bench.people.before("person-1", back)
    assert bench.people.before("person-1", back).forgotten, "a turn that runs again knows it too"
    bench.people.stop_all("person-1", back)
    stopped = bench.people.choices("person-1")
    assert (stopped.stopped, stopped.forgotten) == (True, False), "now it is their own word"


def test_a_person_of_whom_no_row_is_left_is_told_nothing(bench: Bench) -> None:
    lived(bench)
    forget(bench)
    refused = bench.decided(bench.out("n", 0, **ALERT))
    assert (refused.state, refused.decision["rule"]) == ("refused", "person_stopped")


def test_who_comes_back_is_still_answered(bench: Bench) -> None:
    lived(bench)
    forget(bench)
    bench.clock.move(minutes=1)
    bench.write(people_rows.ensure)
    bench.wrote()
    assert bench.decided(bench.out("t", 0)).state == "claimed"


def test_start_is_the_persons_word_again(bench: Bench) -> None:
    forget(bench)
    bench.clock.move(minutes=1)
    bench.write(people_rows.record_start, bench.clock.now())
    assert not bench.people.choices("person-1").stopped


def test_choosing_alerts_again_is_the_persons_word_too(bench: Bench) -> None:
    lived(bench)
    forget(bench)
    bench.clock.move(minutes=1)
    bench.wrote()
    after = bench.people.choose("person-1", ["account"], Origin("m-9", bench.clock.now()))
    assert (after.stopped, after.alerts) == (False, ("account",))
    assert bench.decided(bench.out("n", 0, **ALERT)).state == "claimed"


def test_asking_to_be_told_once_again_is_the_persons_word_too(bench: Bench) -> None:
    lived(bench)
    forget(bench)
    bench.clock.move(minutes=1)
    bench.write(people_rows.ensure)
    assert bench.granted(SKU, "value-new")
    bench.clock.move(days=3)
    assert bench.decided(bench.alert()).state == "claimed"


@pytest.mark.parametrize("late", ["choice", "start", "token"])
def test_a_word_from_before_that_comes_late_counts_no_more(bench: Bench, late: str) -> None:
    before = bench.clock.now()
    bench.clock.move(minutes=5)
    forget(bench)
    bench.clock.move(minutes=5)
    bench.write(people_rows.ensure)
    if late == "choice":
        bench.write(people_rows.record_choice, ["account"], True, before)
    if late == "start":
        bench.write(people_rows.record_start, before)
    if late == "token":
        assert not bench.granted(SKU, "value-late", before)
    choices = bench.people.choices("person-1")
    assert (choices.stopped, choices.alerts, choices.wishes) == (True, (), ())


def test_a_stop_said_after_it_is_not_taken_back_by_a_choice(bench: Bench) -> None:
    forget(bench)
    bench.clock.move(minutes=1)
    bench.write(people_rows.ensure)
    bench.write(people_rows.record_stop, bench.clock.now())
    bench.clock.move(minutes=1)
    assert bench.people.choose("person-1", ["account"], Origin("m-9", bench.clock.now())).stopped


def test_a_comment_may_be_answered_once_and_ends_no_caution(bench: Bench) -> None:
    forget(bench)
    bench.clock.move(minutes=1)
    bench.write(people_rows.ensure)
    bench.write(
        people_rows.record_grant,
        topic="comment_id",
        value="c-1",
        at=bench.clock.now(),
        kind=TokenKind.PRIVATE_REPLY,
    )
    assert bench.people.choices("person-1").stopped


# --- the request ---


def test_a_request_waits_as_an_event_and_is_kept_once(bench: Bench) -> None:
    origin = Origin("message:m-5", bench.clock.now())
    code = bench.people.forget("person-1", origin)
    assert bench.people.forget("person-1", origin) == code
    with bench.store.read() as tx:
        (row,) = inbox_rows.unfinished(tx, bench.who.page)
        found = privacy_rows.by_code(tx, code)
    assert (row.key, row.at) == ("forget:message:m-5", bench.clock.now())
    assert found is not None
    assert found.done_at is None


def test_the_code_tells_when_it_was_done(bench: Bench) -> None:
    code = bench.people.forget("person-1", Origin("m", bench.clock.now()))
    bench.clock.move(seconds=3)
    assert forget(bench) == code
    with bench.store.read() as tx:
        found = privacy_rows.by_code(tx, code)
        assert privacy_rows.by_code(tx, "another") is None
    assert found is not None
    assert found.done_at == bench.clock.now()


def test_what_the_person_wrote_since_is_still_answered(bench: Bench) -> None:
    """Only the answer's event waits; what the request was about is empty."""
    kept_event(bench, "message:old")
    bench.people.forget("person-1", Origin("message:old", bench.clock.now()))
    kept_event(bench, "message:new", state="pending")
    kept_event(bench, f"external:r:{bench.who.psid}", state="pending", kind="external")
    forget(bench)
    with bench.store.read() as tx:
        (waiting,) = inbox_rows.unfinished(tx, bench.who.page)
        old = inbox_rows.get(tx, bench.who.page, "message:old")
    assert (waiting.key, waiting.who) == ("message:new", bench.who)
    assert old is not None  # its key stays: delivered again, it is not answered again
    assert old.body == {}


def test_forgetting_twice_changes_nothing_more(bench: Bench) -> None:
    lived(bench)
    forget(bench)
    left = everything(bench)
    with bench.store.write() as tx:
        gone = Who(bench.who.page, privacy_rows.stand_in(tx, bench.who))
        now = bench.clock.now()
        assert privacy.carry_out(tx, gone, now, now, "operator") is None
    assert everything(bench) == left


def test_two_stores_give_the_same_person_different_hashes(bench: Bench) -> None:
    with bench.store.write() as tx:
        mine = privacy_rows.stand_in(tx, bench.who)
        other = privacy_rows.stand_in(tx, Who("page-2", bench.who.psid))
        tx.execute(schema.meta.delete().where(schema.meta.c.key == privacy_rows.KEY))
        another_key = privacy_rows.stand_in(tx, bench.who)
    assert len({mine, other, another_key}) == 3


# --- what is kept ---


def test_the_export_shows_everything_and_masks_what_pays(bench: Bench) -> None:
    lived(bench)
    with bench.store.read() as tx:
        kept = privacy.export(tx, bench.who)
    text = json.dumps(kept)
    assert SAID in text
    assert SKU in text
    assert "secret-token-value" not in text
    assert kept["token"][0]["value"] == "***"
    assert kept["person"][0]["language"] == "fr"
    assert {row["alert_type"] for row in kept["preference"]} == {"account", "delivery"}
    assert kept["preference"][0]["at"] == bench.clock.now().isoformat()


def test_of_a_stranger_there_is_nothing_to_show(bench: Bench) -> None:
    with bench.store.read() as tx:
        assert not privacy.knows(tx, Who(bench.who.page, "a-stranger"))
        assert privacy.knows(tx, bench.who)


# --- age ---

DAYS = timedelta(days=1)
YEAR = Retention(messages=90 * DAYS, journal=365 * DAYS)


def aged(bench: Bench, retention: Retention = YEAR, most: int = privacy.STEP) -> privacy.Aged:
    """Let everything go that is old, in steps; returns how much that was."""
    gone, more = privacy.Aged(), True
    while more:
        with bench.store.write() as tx:
            step = privacy.age(tx, retention, bench.clock.now(), most)
        assert max(astuple(step)) <= 2 * most
        gone, more = gone + step, bool(step)
    return gone


def test_messages_go_at_their_age_and_consents_stay(bench: Bench) -> None:
    lived(bench)
    for row in listed(bench):
        bench.deliver(row)
    bench.clock.move(days=90)
    assert not aged(bench)
    bench.clock.move(seconds=1)
    assert aged(bench).events == 1
    assert SAID not in everything(bench)
    after = bench.people.choices("person-1")
    assert (set(after.alerts), [w.topic for w in after.wishes]) == ({"account", "delivery"}, [SKU])
    assert len(bench.tokens()) == 1


def listed(bench: Bench) -> list[sends.SendRow]:
    with bench.store.read() as tx:
        return sends.listed(tx)


def test_the_journal_goes_at_its_own_age(bench: Bench) -> None:
    lived(bench)
    for row in listed(bench):
        bench.deliver(row)
    bench.clock.move(days=365, seconds=1)
    found = aged(bench)
    assert (found.sends, found.journal > 0) == (2, True)
    assert listed(bench) == []
    assert set(bench.people.choices("person-1").alerts) == {"account", "delivery"}


def test_what_still_waits_is_not_too_old(bench: Bench) -> None:
    bench.wrote()
    kept_event(bench, "message:m-1", state="pending")
    row = bench.decided(bench.out("turn-1"))
    bench.clock.move(days=1000)
    assert aged(bench).events == 0
    assert bench.row(row.id).parts


def test_without_a_setting_nothing_ages(bench: Bench) -> None:
    lived(bench)
    bench.clock.move(days=10_000)
    assert not aged(bench, Retention())


@pytest.mark.parametrize("most", [1, 3])
def test_what_is_old_goes_in_steps(bench: Bench, most: int) -> None:
    lived(bench)
    for row in listed(bench):
        bench.deliver(row)
    bench.clock.move(days=366)
    found = aged(bench, YEAR, most)
    assert (found.events, found.texts, found.sends) == (1, 2, 2)
    assert listed(bench) == []
    assert bench.told() == []
    assert SAID not in everything(bench)


def test_a_send_that_waits_keeps_the_line_of_its_decision(bench: Bench) -> None:
    bench.wrote()
    row = bench.decided(bench.out("turn-1"))
    bench.clock.move(days=366)
    aged(bench)
    assert [entry.what for entry in bench.told(send_id=row.id)] == ["decided"]
    bench.sql("UPDATE send SET state = 'sent'")
    assert aged(bench).sends == 1
    assert bench.told() == []


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ("90d", "not a map"),
        ({"message": "90d"}, "unknown key `policy_guard.retention.message`"),
        ({"messages": 90}, "`90` is not a duration"),
        ({"messages": "6d"}, "`6d` is shorter than `7d`"),
        ({"messages": "90d", "journal": "30d"}, "at least as long"),
        ({"journal": "30d"}, "at least as long"),
    ],
)
def test_a_wrong_setting_is_said(given: Any, says: str) -> None:
    with pytest.raises(CaseError, match=says):
        read_retention(given)


def test_the_settings_are_read() -> None:
    assert read_retention({"messages": "90d", "journal": "365d"}) == YEAR
    assert read_retention(None) == Retention()


def test_a_table_of_people_is_one_of_a_pages_people() -> None:
    """Forgetting empties every table that has both columns, also those that are still to come."""
    tables = schema.metadata.sorted_tables
    assert [t.name for t in tables if "psid" in t.c and "page" not in t.c] == []
