"""The guard over a real database: what is decided, claimed, given back, held and journalled."""

from __future__ import annotations

import json
import multiprocessing
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

import pytest

from policy_guard import breaker_rows, people_rows, sends
from policy_guard.delivery import Delivery, OnUnknown
from policy_guard.edition import known
from policy_guard.guard import Later, Refusal, Wire
from policy_guard.pace import UNLIMITED, Pace
from policy_guard.people import Origin
from policy_guard.send_states import UNKNOWN
from policy_guard.sends import SendRow
from policy_guard.vocabulary import (
    RECURRING_REQUEST,
    Author,
    Frequency,
    Message,
    OpenerKind,
    Page,
    Purpose,
    Push,
    QuietHours,
    Settings,
    TokenKind,
)

if TYPE_CHECKING:
    from tests.conftest import Bench, FakeClock

SKU = "back_in_stock:sku-42"
LATER = timedelta(minutes=2)
NO = {"code": 551, "message": "This person isn't available right now."}


# --- one transaction ---


def test_a_token_send_writes_row_part_spend_and_journal(bench: Bench) -> None:
    bench.asked_a_week_ago()
    row, new = bench.guard.authorize(bench.alert())
    assert new
    assert (row.state, row.ground) == ("claimed", "one_time_notification")
    assert bench.tokens() == [(True, True)]
    assert bench.wishes() == []
    (part,) = bench.parts(row.id)
    assert (part.state, part.body) == ("ready", {"text": "It is back."})
    (line,) = bench.told(send_id=row.id)
    assert (line.what, line.data["decision"], line.data["rule"]) == (
        "decided",
        "send",
        "token_held",
    )
    assert (line.at, line.psid) == (bench.clock.now(), "person-1")


@contextmanager
def full_disk_at(monkeypatch: pytest.MonkeyPatch, name: str) -> Iterator[None]:
    """Let a call of ours fail as on a full disk, and see that whoever asked is told."""

    def broken(*_: object, **__: object) -> None:
        raise OSError("the disk is full")

    with monkeypatch.context() as patch:
        patch.setattr(name, broken)
        with pytest.raises(OSError, match="the disk is full"):
            yield


def assert_nothing_is_left(bench: Bench) -> None:
    """See that the alert left no row, no message and no spend, and its wish."""
    assert bench.sql("select count(*) from send") == [(0,)]
    assert bench.sql("select count(*) from part") == [(0,)]
    assert bench.tokens() == [(False, False)]
    assert bench.wishes() == [SKU]


def test_a_crash_inside_the_transaction_leaves_nothing(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The journal line is written last; failing there must undo the row, the parts, the spend."""
    bench.asked_a_week_ago()
    with full_disk_at(monkeypatch, "policy_guard.journal.write"):
        bench.guard.authorize(bench.alert())
    assert_nothing_is_left(bench)


def test_the_same_turn_and_ordinal_decides_nothing_twice(bench: Bench) -> None:
    bench.wrote()
    first = bench.decided(bench.out("turn-1", 0, text="one"))
    again, new = bench.guard.authorize(bench.out("turn-1", 0, text="two"))
    assert not new
    assert again == first
    assert len(bench.told(what="decided")) == 1
    assert len(bench.parts(first.id)) == 1


def test_another_ordinal_of_a_turn_is_another_response(bench: Bench) -> None:
    bench.wrote()
    one, two = (bench.decided(bench.out("turn-1", n)) for n in (0, 1))
    assert one.id != two.id


def test_an_echo_key_is_never_used_twice(bench: Bench) -> None:
    bench.wrote()
    rows = [bench.decided(bench.out("t", n, parts=({"text": "a"}, {"text": "b"}))) for n in (0, 1)]
    keys = [p.echo_key for row in rows for p in bench.parts(row.id)]
    assert len(set(keys)) == 4


def test_asking_writes_nothing(bench: Bench) -> None:
    bench.asked_a_week_ago()
    answer = bench.guard.ask(bench.who, Message(Purpose.ALERT, SKU))
    assert answer.reason.rule == "token_held"
    assert bench.tokens() == [(False, False)]
    assert bench.told() == []
    assert bench.sql("select count(*) from send") == [(0,)]


def test_asking_about_another_moment_uses_the_edition_of_that_moment(bench: Bench) -> None:
    bench.wrote()
    update = Message(Purpose.ACCOUNT_UPDATE)
    day = timedelta(days=30)
    assert bench.guard.ask(bench.who, update, bench.clock.now() + day).edition == "2021-06-02"
    late = datetime(2026, 4, 27, tzinfo=timezone.utc)
    assert bench.guard.ask(bench.who, update, late).reason.rule == "no_ground"
    second = timedelta(seconds=1)
    assert bench.guard.ask(bench.who, update, late - second).reason.rule == "tag_covers_purpose"


def test_a_moment_before_the_first_edition_is_refused(bench: Bench) -> None:
    bench.clock.at = datetime(2017, 12, 31, tzinfo=timezone.utc)
    row = bench.decided(bench.out())
    assert (row.state, row.decision["rule"]) == ("refused", "edition_in_force")


def test_a_response_that_cannot_be_asked_about_is_written_down_once(bench: Bench) -> None:
    out = bench.out()
    first = bench.guard.refuse(out, "declaration", "unknown purpose `promotoin`")
    assert bench.guard.refuse(out, "declaration", "again") == first
    assert (first.state, first.decision["rule"]) == ("refused", "declaration")
    assert first.decision["reason"] == "unknown purpose `promotoin`"
    assert [line.what for line in bench.told(send_id=first.id)] == ["decided"]
    assert bench.guard.begin(first.id) is None


# --- what cannot be read, or is not known ---


def test_a_topic_that_is_not_in_the_catalogue_is_refused(bench: Bench) -> None:
    bench.wrote()
    row = bench.decided(bench.out(purpose=Purpose.ALERT, topic="weather:paris"))
    assert (row.state, row.decision["rule"]) == ("refused", "facts_are_readable")
    assert row.decision["reason"] == (
        "a fact cannot be read: the topic `weather:paris` is not in alerts.yml"
    )


@pytest.mark.parametrize(
    "spoil",
    [
        "update opener set kind = 'wink'",
        "update token set kind = 'forever'",
        "update person set time_zone = 'Mars/Olympus'",
        "update opener set at = 99999999999999999",
    ],
)
def test_a_stored_fact_that_cannot_be_read_refuses_everything(bench: Bench, spoil: str) -> None:
    bench.wrote()
    bench.granted()
    bench.sql(spoil)
    for n, purpose in enumerate((Purpose.REPLY, Purpose.ALERT)):
        row = bench.decided(bench.out("turn-1", n, purpose=purpose))
        assert (row.state, row.decision["rule"]) == ("refused", "facts_are_readable")


def test_a_fact_spoilt_after_the_decision_refuses_what_has_not_left(bench: Bench) -> None:
    """Not an exception: the sender has to be able to go on with other people's messages."""
    bench.asked_a_week_ago()
    row = bench.decided(bench.alert())
    bench.sql("update opener set kind = 'wink'")
    assert bench.guard.begin(row.id) is None
    assert bench.row(row.id).state == "refused"
    assert bench.row(row.id).decision["rule"] == "facts_are_readable"


def test_a_person_of_whom_nothing_is_known_hears_nothing_proactive(bench: Bench) -> None:
    bench.who = replace(bench.who, psid="a-stranger")
    row = bench.decided(bench.out(purpose=Purpose.PROMOTION))
    assert (row.state, row.decision["rule"]) == ("refused", "no_ground")


def test_one_page_knows_nothing_of_what_was_said_to_another(bench: Bench) -> None:
    bench.asked_a_week_ago()
    bench.wrote()
    bench.who = replace(bench.who, page="page-2")
    row = bench.decided(bench.alert())
    assert (row.state, row.decision["rule"]) == ("refused", "no_ground")


# --- on the wire ---


def test_a_reply_is_a_response_to_the_person(bench: Bench) -> None:
    bench.wrote()
    wire = bench.began(bench.decided(bench.out()).id)
    assert (wire.psid, wire.token, wire.tag) == ("person-1", None, None)
    assert (wire.messaging_type, wire.notification_type) == ("RESPONSE", "REGULAR")


def test_an_order_update_outside_the_window_carries_its_tag(bench: Bench) -> None:
    bench.wrote()
    bench.write(people_rows.record_choice, ["delivery"], True, bench.clock.now())
    bench.clock.move(days=3)
    out = bench.out(purpose=Purpose.POST_PURCHASE_UPDATE, topic="delivery", in_turn=False)
    wire = bench.began(bench.decided(out).id)
    assert (wire.messaging_type, wire.tag) == ("MESSAGE_TAG", "POST_PURCHASE_UPDATE")


def test_the_catalogue_says_how_loudly_where_the_message_does_not(bench: Bench) -> None:
    bench.wrote()
    bench.write(people_rows.record_choice, ["delivery"], True, bench.clock.now())
    words = {"purpose": Purpose.POST_PURCHASE_UPDATE, "topic": "delivery"}
    by_default = bench.decided(bench.out("t", 0, **words))
    by_author = bench.decided(bench.out("t", 1, push=Push.REGULAR, **words))
    assert by_default.decision["notification_type"] == "SILENT_PUSH"
    assert by_author.decision["notification_type"] == "REGULAR"


def test_a_token_send_goes_to_the_token_and_shows_it_nowhere(bench: Bench) -> None:
    bench.wrote()
    bench.granted(value="tok-value-secret")
    bench.clock.move(days=7)
    row = bench.decided(bench.alert())
    wire = bench.began(row.id)
    assert wire.token == "tok-value-secret"
    assert (wire.messaging_type, wire.tag) == (None, None)
    shown = repr(wire) + repr(row) + json.dumps([line.as_dict() for line in bench.told()])
    assert "tok-value-secret" not in shown


def test_a_response_of_several_messages_leaves_in_order_one_at_a_time(bench: Bench) -> None:
    bench.wrote()
    row = bench.decided(bench.out(parts=({"text": "a"}, {"text": "b"})))
    first = bench.began(row.id)
    assert first.part.body == {"text": "a"}
    assert bench.guard.begin(row.id) is None  # the first is still on its way
    bench.guard.sent(first.part, "mid-a")
    second = bench.began(row.id)
    assert second.part.body == {"text": "b"}
    bench.guard.sent(second.part, "mid-b")
    assert bench.row(row.id).state == "sent"
    assert bench.guard.begin(row.id) is None
    assert [p.mid for p in bench.parts(row.id)] == ["mid-a", "mid-b"]


def test_on_a_token_several_messages_leave_as_the_one_they_were_merged_into(bench: Bench) -> None:
    bench.asked_a_week_ago()
    merged = {"text": "a\n\nb"}
    row = bench.decided(bench.alert(parts=({"text": "a"}, {"text": "b"}), single=merged))
    assert row.ground == "one_time_notification"
    assert [p.body for p in bench.parts(row.id)] == [merged]


def test_in_the_window_the_same_messages_leave_as_they_were_written(bench: Bench) -> None:
    bench.wrote()
    row = bench.decided(
        bench.alert(parts=({"text": "a"}, {"text": "b"}), single={"text": "a\n\nb"})
    )
    assert [p.body for p in bench.parts(row.id)] == [{"text": "a"}, {"text": "b"}]


def test_what_cannot_be_merged_is_refused_on_a_token_and_spends_nothing(bench: Bench) -> None:
    bench.asked_a_week_ago()
    row = bench.decided(bench.alert(parts=({"text": "a"}, {"text": "b"})))
    assert (row.state, row.decision["rule"]) == ("refused", "no_ground")
    assert bench.tokens() == [(False, False)]


# --- who asked once is told once ---


def test_in_the_window_the_alert_is_free_and_its_token_is_retired(bench: Bench) -> None:
    bench.wrote()
    bench.granted()
    row = bench.decided(bench.alert("notify-1"))
    assert (row.ground, row.token_id) == ("standard_window", None)
    bench.deliver(row)
    assert bench.tokens() == [(False, True)]
    assert bench.wishes() == []
    bench.clock.move(days=7)
    again = bench.decided(bench.alert("notify-2"))
    assert (again.state, again.decision["rule"]) == ("refused", "asked_once_told_once")


def test_paid_once_it_is_not_told_again_in_the_window_either(bench: Bench) -> None:
    bench.asked_a_week_ago()
    bench.deliver(bench.decided(bench.alert("notify-1")))
    bench.wrote()
    again = bench.decided(bench.alert("notify-2"))
    assert (again.state, again.decision["rule"]) == ("refused", "asked_once_told_once")


def test_while_the_first_alert_is_on_its_way_a_second_is_refused(bench: Bench) -> None:
    bench.wrote()
    bench.granted()
    bench.decided(bench.alert("notify-1"))
    second = bench.decided(bench.alert("notify-2"))
    assert (second.state, second.decision["rule"]) == ("refused", "asked_once_told_once")


def test_an_alert_of_two_messages_fulfils_the_wish_when_both_have_arrived(bench: Bench) -> None:
    bench.wrote()
    bench.granted()
    row = bench.decided(bench.alert(parts=({"text": "a"}, {"text": "b"})))
    bench.guard.sent(bench.began(row.id).part, "mid-a")
    assert bench.sql("select closed_as from wish") == [(None,)]
    bench.guard.sent(bench.began(row.id).part, "mid-b")
    assert bench.sql("select closed_as from wish") == [("fulfilled",)]


def test_who_asks_again_after_being_told_is_told_again(bench: Bench) -> None:
    bench.asked_a_week_ago()
    bench.deliver(bench.decided(bench.alert("notify-1")))
    bench.clock.move(days=1)
    bench.granted(value="a second token")
    bench.clock.move(days=7)
    assert bench.wishes() == [SKU]
    assert bench.decided(bench.alert("notify-2")).ground == "one_time_notification"


def test_two_tokens_for_one_thing_are_one_wish_and_one_alert(bench: Bench) -> None:
    bench.wrote()
    bench.granted(value="one")
    bench.granted(value="two")
    bench.clock.move(days=7)
    assert bench.wishes() == [SKU]
    bench.deliver(bench.decided(bench.alert("notify-1")))
    assert [used for _, used in bench.tokens()] == [True, True]
    assert sum(spent for spent, _ in bench.tokens()) == 1
    assert bench.decided(bench.alert("notify-2")).state == "refused"


def test_a_token_for_another_thing_stays(bench: Bench) -> None:
    bench.wrote()
    bench.granted()
    bench.asked_a_week_ago("back_in_stock:sku-7")
    bench.deliver(bench.decided(bench.alert()))
    assert sorted(bench.tokens()) == [(False, False), (True, True)]
    assert bench.wishes() == ["back_in_stock:sku-7"]


def test_the_same_token_value_is_one_row_however_often_it_comes(bench: Bench) -> None:
    bench.wrote()
    assert [bench.granted(value="v") for _ in range(3)] == [True, False, False]
    assert len(bench.tokens()) == 1
    assert bench.wishes() == [SKU]


def test_a_token_that_comes_again_after_it_was_used_brings_nothing_back(bench: Bench) -> None:
    bench.wrote()
    bench.granted(value="v")
    bench.clock.move(days=7)
    bench.deliver(bench.decided(bench.alert()))
    assert not bench.granted(value="v")
    assert bench.wishes() == []
    assert bench.tokens() == [(True, True)]


def test_a_second_response_of_a_turn_that_a_token_paid_is_refused(bench: Bench) -> None:
    bench.asked_a_week_ago()
    bench.decided(bench.alert("turn-1", 0))
    second = bench.decided(bench.out("turn-1", 1))
    assert (second.state, second.decision["rule"]) == ("refused", "notification_complete")


def test_a_second_response_that_waited_with_the_first_is_refused_once_that_is_paid(
    bench: Bench,
) -> None:
    """Held for the night together; asked again in the morning, one token pays for one response."""
    other = "back_in_stock:sku-7"
    bench.wrote()
    bench.granted()
    bench.granted(other)
    bench.clock.move(days=7, hours=11)  # 23:00
    night = QuietHours(datetime(2021, 1, 1, 22).time(), datetime(2021, 1, 1, 8).time())  # noqa: DTZ001 - times of day
    bench.under(settings=Settings(quiet_hours=night))
    rows = [bench.decided(bench.alert("t", n, topic=t)) for n, t in enumerate((SKU, other))]
    assert [r.decision["rule"] for r in rows] == ["quiet_hours", "quiet_hours"]
    bench.clock.move(hours=10)
    one, two = (bench.guard.reconsider(r.id, "the night is over") for r in rows)
    assert (one.state, one.ground) == ("claimed", "one_time_notification")
    assert (two.state, two.decision["rule"]) == ("refused", "notification_complete")


# --- a race for one token ---


def test_of_eight_processes_racing_for_one_token_one_sends(bench: Bench) -> None:
    bench.asked_a_week_ago()
    bench.close()  # a database connection must not cross a fork
    fork = multiprocessing.get_context("fork")
    start, said = fork.Barrier(8), fork.SimpleQueue()

    def race(number: int) -> None:
        guard = bench.another_guard()
        start.wait(60)
        row, _ = guard.authorize(bench.alert(f"racer-{number}"))
        said.put((row.state, row.ground, row.decision["rule"]))

    racers = [fork.Process(target=race, args=(n,)) for n in range(8)]
    for racer in racers:
        racer.start()
    for racer in racers:
        racer.join(60)
    assert [racer.exitcode for racer in racers] == [0] * 8
    answers = sorted(said.get() for _ in racers)
    paid = ("claimed", "one_time_notification", "token_held")
    assert answers == [paid] + [("refused", None, "asked_once_told_once")] * 7
    assert bench.tokens() == [(True, True)]


def test_of_eight_threads_with_stores_of_their_own_one_sends(bench: Bench) -> None:
    bench.asked_a_week_ago()
    guards = [bench.another_guard() for _ in range(8)]
    start = threading.Barrier(8)
    states: list[str] = []

    def race(number: int) -> None:
        start.wait()
        states.append(guards[number].authorize(bench.alert(f"racer-{number}"))[0].state)

    threads = [threading.Thread(target=race, args=(n,)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(states) == ["claimed"] + ["refused"] * 7


def test_one_turn_run_by_two_processes_at_once_is_decided_once(bench: Bench) -> None:
    bench.asked_a_week_ago()
    guards = [bench.another_guard() for _ in range(2)]
    answers = [guard.authorize(bench.alert("the same turn")) for guard in guards]
    assert [new for _, new in answers] == [True, False]
    assert answers[0][0].id == answers[1][0].id


def test_two_senders_take_a_message_once(bench: Bench) -> None:
    bench.wrote()
    row = bench.decided(bench.out())
    taken = [guard.begin(row.id) for guard in (bench.guard, bench.another_guard())]
    assert [wire is not None for wire in taken] == [True, False]


# --- decided on and begun in one transaction ---


def test_what_nothing_stands_before_is_decided_on_and_begun_at_once(bench: Bench) -> None:
    bench.asked_a_week_ago()
    row, new, wire = bench.guard.authorize_and_begin(bench.alert())
    assert new
    assert wire is not None
    assert (row.state, row.ground) == ("committed", "one_time_notification")
    assert bench.row(row.id) == row, "it is written as it is told"
    assert (wire.ground, wire.topic, wire.attempts) == ("one_time_notification", SKU, 0)
    assert wire.token, "what the person gave pays for it"
    (part,) = bench.parts(row.id)
    assert part == wire.part
    assert (part.state, part.attempts, part.committed_at) == ("committed", 1, bench.clock.now())
    assert bench.tokens() == [(True, True)]
    assert [line.data["rule"] for line in bench.told(what="decided")] == ["token_held"]
    assert bench.guard.begin(row.id) is None, "it is on its way"
    bench.guard.sent(wire.part, "m_1")
    assert bench.row(row.id).state == "sent"


@pytest.mark.parametrize(
    "words",
    [
        {},
        {"parts": ({"text": "one"}, {"text": "two"})},
        {"author": Author.HUMAN, "purpose": Purpose.HUMAN_AGENT},
        {"text": "It is back.", "response": "utter_back", "push": Push.SILENT},
    ],
)
def test_it_is_written_as_by_two_transactions(bench: Bench, words: dict[str, Any]) -> None:
    other = replace(bench, who=replace(bench.who, psid="person-2"))
    for each in (bench, other):
        each.wrote()
    at_once, _, wire = bench.guard.authorize_and_begin(bench.out("turn-1", **words))
    after_another = other.decided(other.out("turn-2", **words))
    assert wire is not None

    def lines(made: SendRow) -> list[Any]:
        same = {"id": "", "who": bench.who, "turn_key": "", "claimed_by": "a worker"}
        return [
            replace(bench.row(made.id), **same),
            [replace(part, send_id="", echo_key="") for part in bench.parts(made.id)],
            [(line.what, line.data) for line in bench.told(send_id=made.id)],
        ]

    two = other.began(after_another.id)
    assert lines(at_once) == lines(after_another)
    same = {"part": wire.part, "psid": wire.psid}
    assert replace(two, **same) == wire


def test_of_several_messages_the_first_is_begun_and_the_rest_is_this_workers(bench: Bench) -> None:
    bench.wrote()
    bodies = ({"text": "one"}, {"text": "two"})
    row, _, wire = bench.guard.authorize_and_begin(bench.out(parts=bodies))
    assert wire is not None
    assert [part.state for part in bench.parts(row.id)] == ["committed", "ready"]
    assert not bench.guard.sent(wire.part, "m_1")
    assert bench.began(row.id).part.body == {"text": "two"}


def test_a_turn_that_runs_again_begins_nothing_that_was_begun(bench: Bench) -> None:
    bench.wrote()
    row, _, _ = bench.guard.authorize_and_begin(bench.out("turn-1", 0, text="one"))
    for guard in (bench.guard, bench.another_guard()):
        assert guard.authorize_and_begin(bench.out("turn-1", 0, text="two")) == (row, False, None)
    assert len(bench.parts(row.id)) == 1


def test_what_is_refused_or_held_is_not_begun(bench: Bench) -> None:
    held, _, nothing = bench.guard.authorize_and_begin(bench.out("turn-1"))
    assert (held.state, nothing) == ("held", None)
    refused, _, nothing = bench.guard.authorize_and_begin(bench.alert("turn-2"))
    assert (refused.state, nothing) == ("refused", None)


def test_behind_an_earlier_message_a_response_is_only_decided_on(bench: Bench) -> None:
    bench.wrote()
    _, _, wire = bench.guard.authorize_and_begin(bench.out("turn-1"))
    assert wire is not None
    second, new, nothing = bench.guard.authorize_and_begin(bench.out("turn-2"))
    assert (second.state, new, nothing) == ("claimed", True, None)
    assert isinstance(bench.guard.begin(second.id), Later), "the first goes first"
    bench.guard.sent(wire.part, "m_1")
    assert bench.began(second.id).part.send_id == second.id


def test_while_anything_is_stopped_a_response_is_only_decided_on(bench: Bench) -> None:
    """Who tries what is stopped, and what waits for it, is the business of `begin`."""
    bench.wrote()
    with bench.store.write() as tx:
        breaker_rows.open_by(tx, bench.who.page, "token", bench.clock.now(), "ann", "a look", None)
    row, _, nothing = bench.guard.authorize_and_begin(bench.out())
    assert (row.state, nothing) == ("claimed", None)
    assert isinstance(bench.guard.begin(row.id), Later)
    assert [part.attempts for part in bench.parts(row.id)] == [0]


def test_where_the_pace_has_no_room_a_response_is_only_decided_on(bench: Bench) -> None:
    bench.wrote()
    bench.guard.delivery = Delivery(pace=Pace(1, 1, 0.25, None))
    for n in range(20):  # until the bucket is empty
        row, new, wire = bench.guard.authorize_and_begin(bench.out(f"turn-{n}"))
        if wire is None:
            break
        bench.guard.sent(wire.part, None)
    assert 0 < n < 19
    assert (row.state, new) == ("claimed", True)
    assert [part.attempts for part in bench.parts(row.id)] == [0]
    assert len(bench.told(what="decided", send_id=row.id)) == 1, "and decided on once"
    assert isinstance(bench.guard.begin(row.id), Later)


def test_a_crash_before_the_commit_leaves_nothing_of_what_was_begun(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    bench.asked_a_week_ago()
    with full_disk_at(monkeypatch, "policy_guard.pace_rows.debit_page"):  # the last of all
        bench.guard.authorize_and_begin(bench.alert())
    assert_nothing_is_left(bench)


def test_a_worker_that_dies_with_what_it_has_begun_leaves_a_doubt(bench: Bench) -> None:
    bench.asked_a_week_ago()
    row, _, _ = bench.guard.authorize_and_begin(bench.alert())
    bench.clock.move(seconds=11)
    assert bench.another_guard().recover() == 1
    assert bench.row(row.id).state == "unknown"
    assert bench.tokens() == [(True, True)], "a permission may have been used"


# --- never left, rejected, unknown ---


def test_what_never_left_is_tried_again_from_the_moment_given(bench: Bench) -> None:
    bench.asked_a_week_ago()
    row = bench.decided(bench.alert())
    wire = bench.began(row.id)
    retry_at = bench.clock.now() + timedelta(seconds=30)
    bench.guard.never_left(wire.part, "connection refused", retry_at)
    after = bench.row(row.id)
    assert (after.state, after.claimed_by, after.not_before) == ("ready", None, retry_at)
    assert [p.attempts for p in bench.parts(row.id)] == [1]
    assert bench.tokens() == [(True, True)]  # kept for the next try
    assert bench.guard.begin(row.id) == Later(retry_at, "put_off", "live")
    assert bench.guard.claim_due("another", 10) == []
    bench.clock.move(seconds=30)
    assert bench.began(row.id).token == wire.token
    assert bench.told(what="never_left")[0].data == {"part": 0, "why": "connection refused"}


def test_what_never_left_is_free_if_the_person_wrote_meanwhile(bench: Bench) -> None:
    bench.asked_a_week_ago()
    row = bench.decided(bench.alert())
    bench.guard.never_left(bench.began(row.id).part, "no route", bench.clock.now() + LATER)
    bench.clock.move(minutes=3)
    bench.wrote()
    wire = bench.began(row.id)
    assert (wire.token, wire.messaging_type) == (None, "UPDATE")
    assert bench.tokens() == [(False, True)]  # given back, and claimed by the alert that goes
    bench.guard.sent(wire.part, "mid-1")
    assert bench.wishes() == []
    assert bench.sql("select spent_at, retired_at is not null from token") == [(None, 1)]


def test_what_never_left_gives_its_token_back_when_it_may_no_longer_go(bench: Bench) -> None:
    bench.asked_a_week_ago()
    row = bench.decided(bench.alert())
    bench.guard.never_left(bench.began(row.id).part, "no route", bench.clock.now() + LATER)
    bench.write(people_rows.record_stop, bench.clock.now())
    bench.clock.move(minutes=3)
    assert bench.guard.begin(row.id) is None
    assert bench.row(row.id).decision["rule"] == "person_stopped"
    assert bench.tokens() == [(False, False)]
    assert bench.wishes() == [SKU]


def test_a_refusal_that_says_the_token_is_unused_gives_it_back(bench: Bench) -> None:
    bench.asked_a_week_ago()
    row = bench.decided(bench.alert())
    bench.guard.rejected(bench.began(row.id).part, Refusal(NO, token_unused=True))
    assert bench.row(row.id).state == "rejected"
    assert bench.tokens() == [(False, False)]
    assert bench.wishes() == [SKU]
    assert bench.decided(bench.alert("notify-2")).ground == "one_time_notification"


def test_any_other_refusal_leaves_the_token_spent(bench: Bench) -> None:
    bench.asked_a_week_ago()
    row = bench.decided(bench.alert())
    bench.guard.rejected(bench.began(row.id).part, Refusal(NO))
    assert [spent for spent, _ in bench.tokens()] == [True]
    assert bench.wishes() == [SKU]  # nobody was told
    assert bench.decided(bench.alert("notify-2")).decision["rule"] == "no_ground"


def test_a_refusal_that_may_pass_is_tried_later_with_the_same_token(bench: Bench) -> None:
    bench.asked_a_week_ago()
    row = bench.decided(bench.alert())
    wire = bench.began(row.id)
    retry_at = bench.clock.now() + timedelta(seconds=20)
    bench.guard.rejected(wire.part, Refusal({"code": 613}, retry_at=retry_at))
    assert (bench.row(row.id).state, wire.attempts) == ("ready", 0)
    assert [line.what for line in bench.told(send_id=row.id)] == ["decided", "put_off"]
    bench.clock.move(seconds=20)
    assert bench.began(row.id).token == wire.token


def test_a_refused_message_takes_the_rest_of_its_response_with_it(bench: Bench) -> None:
    bench.wrote()
    row = bench.decided(bench.out(parts=({"text": "a"}, {"text": "b"}, {"text": "c"})))
    bench.guard.sent(bench.began(row.id).part, "mid-a")
    bench.guard.rejected(bench.began(row.id).part, Refusal(NO))
    assert [p.state for p in bench.parts(row.id)] == ["sent", "rejected", "cancelled"]
    assert bench.row(row.id).state == "rejected"
    assert bench.guard.begin(row.id) is None


def test_a_person_who_is_gone_is_not_written_to_again_until_they_write(bench: Bench) -> None:
    bench.wrote()
    row = bench.decided(bench.out("t", 0))
    bench.guard.rejected(bench.began(row.id).part, Refusal(NO, person_gone=True))
    bench.clock.move(minutes=1)
    blocked = bench.decided(bench.out("t", 1))
    assert blocked.decision["rule"] == "person_can_be_reached"
    bench.clock.move(minutes=1)
    bench.wrote()
    assert bench.decided(bench.out("t", 2)).state == "claimed"


def test_a_no_that_contradicts_our_yes_is_journalled_as_a_disagreement(bench: Bench) -> None:
    bench.asked_a_week_ago()
    row = bench.decided(bench.alert())
    said = {"code": 100, "error_subcode": 1893061}
    bench.guard.rejected(bench.began(row.id).part, Refusal(said, unlawful=True))
    (line,) = bench.told(what="disagreement")
    assert line.send_id == row.id
    assert line.data["ground"] == "one_time_notification"
    assert line.data["edition"] == "2021-06-02"
    assert line.data["platform"] == said
    assert line.data["guard"].startswith("the person asked once to be told of")


def test_a_no_that_does_not_contradict_us_is_no_disagreement(bench: Bench) -> None:
    bench.wrote()
    bench.guard.rejected(bench.began(bench.decided(bench.out()).id).part, Refusal(NO))
    assert bench.told(what="disagreement") == []


def test_an_answer_the_platform_calls_late_waits_until_the_person_writes(bench: Bench) -> None:
    bench.wrote()
    row = bench.decided(bench.out())
    bench.guard.rejected(bench.began(row.id).part, Refusal({"code": 10}, outside_window=True))
    after = bench.row(row.id)
    assert (after.state, after.not_before) == ("held", None)
    assert after.expires_at == bench.clock.now() + timedelta(days=2)
    assert [line.what for line in bench.told(send_id=row.id)][1:] == [
        "rejected",
        "disagreement",
        "held",
    ]
    assert [r.id for r in bench.guard.waiting_for(bench.who)] == [row.id]
    assert bench.guard.due() == []


def test_a_proactive_message_the_platform_calls_late_does_not_wait(bench: Bench) -> None:
    bench.wrote()
    row = bench.decided(bench.alert())
    bench.guard.rejected(bench.began(row.id).part, Refusal({"code": 10}, outside_window=True))
    assert bench.row(row.id).state == "rejected"
    assert len(bench.told(what="disagreement")) == 1


def test_an_unknown_outcome_leaves_the_token_spent_and_is_never_sent_again(bench: Bench) -> None:
    bench.asked_a_week_ago()
    row = bench.decided(bench.alert())
    wire = bench.began(row.id)
    bench.guard.unknown(wire.part, "no answer within 10 s")
    assert bench.row(row.id).state == "unknown"
    assert bench.tokens() == [(True, True)]
    assert bench.wishes() == []
    bench.clock.move(days=1)
    assert bench.guard.begin(row.id) is None
    assert bench.guard.due() == []
    assert bench.guard.reconsider(row.id, "curiosity").state == "unknown"
    assert bench.decided(bench.alert("notify-2")).decision["rule"] == "asked_once_told_once"
    assert bench.told(what="unknown")[0].data["why"] == "no answer within 10 s"


@pytest.mark.parametrize("never_left", [False, True])
def test_an_answer_that_was_to_go_once_more_stays_a_doubt_where_it_is_too_late(
    bench: Bench, never_left: bool
) -> None:
    """It went once, and may have arrived then: expired, or cancelled, would be a lie."""
    bench.under(delivery=Delivery(UNLIMITED, OnUnknown.RESEND_ONCE))
    bench.wrote()
    keep = timedelta(seconds=70 if never_left else 0)
    row = bench.decided(bench.out(in_turn=True, hold_for=keep))
    wire = bench.began(row.id)
    bench.clock.move(seconds=50)
    bench.guard.unknown(wire.part, "no answer")
    if never_left:
        bench.clock.move(seconds=15)
        bench.guard.claim_due(bench.guard.worker, 1)
        again = bench.began(row.id)
        later = bench.clock.now() + timedelta(seconds=10)
        bench.guard.never_left(again.part, "no connection", later)
    assert bench.row(row.id).state == UNKNOWN
    assert [part.state for part in bench.parts(row.id)] == [UNKNOWN]
    last = bench.told(send_id=row.id, what="unknown")[-1]
    assert last.data["why"] == "its last useful moment passed"


def test_an_echo_settles_an_unknown_outcome(bench: Bench) -> None:
    bench.asked_a_week_ago()
    row = bench.decided(bench.alert())
    wire = bench.began(row.id)
    bench.guard.unknown(wire.part, "reset")
    with bench.store.read() as tx:
        part = sends.part_of_echo(tx, wire.part.echo_key)
    assert part is not None
    bench.guard.sent(part, "mid-from-echo", "echo")
    assert bench.row(row.id).state == "sent"
    assert bench.parts(row.id)[0].mid == "mid-from-echo"
    assert bench.told(what="sent")[0].data == {"mid": "mid-from-echo", "part": 0, "told_by": "echo"}
    assert bench.sql("select closed_as from wish") == [("fulfilled",)]


def test_an_echo_before_the_answer_settles_once(bench: Bench) -> None:
    bench.wrote()
    row = bench.decided(bench.out())
    part = bench.began(row.id).part
    bench.guard.sent(part, "mid-1", "echo")
    bench.guard.sent(part, "mid-1")
    bench.guard.unknown(part, "the answer never came")
    assert bench.row(row.id).state == "sent"
    assert [line.what for line in bench.told(send_id=row.id)] == ["decided", "sent"]


def test_an_echo_of_a_message_that_was_decided_anew_settles_nothing(bench: Bench) -> None:
    bench.wrote()
    row = bench.decided(bench.out())
    old = bench.parts(row.id)[0]
    bench.clock.move(minutes=2)
    assert bench.began(row.id).part.echo_key != old.echo_key  # asked again: new messages
    bench.guard.sent(old, "mid-old", "echo")
    assert bench.row(row.id).state == "committed"


def test_after_a_crash_what_was_on_its_way_is_in_doubt_and_nothing_else(bench: Bench) -> None:
    bench.wrote()
    arrived, on_its_way, waiting = (bench.decided(bench.out("t", n)) for n in range(3))
    bench.deliver(arrived)
    bench.began(on_its_way.id)
    bench.clock.move(days=3)
    held = bench.decided(bench.out("u", 0))
    after = bench.another_guard()
    assert after.recover() == 1
    states = [bench.row(r.id).state for r in (arrived, on_its_way, waiting, held)]
    assert states == ["sent", "unknown", "claimed", "held"]
    assert after.recover() == 0
    (line,) = bench.told(what="unknown")
    assert line.send_id == on_its_way.id


def test_after_a_crash_in_a_token_send_the_token_stays_spent(bench: Bench) -> None:
    bench.asked_a_week_ago()
    row = bench.decided(bench.alert())
    bench.began(row.id)
    after = bench.another_guard()
    bench.clock.move(seconds=11)
    assert after.recover() == 1
    assert bench.tokens() == [(True, True)]
    assert after.begin(row.id) is None


def test_after_a_crash_before_the_first_byte_the_message_still_goes(bench: Bench) -> None:
    bench.asked_a_week_ago()
    row = bench.decided(bench.alert())
    after = bench.another_guard()
    assert after.claim_due(after.worker, 10) == [], "its worker may live"
    bench.clock.move(seconds=11)
    assert after.recover() == 0
    assert [r.id for r in after.claim_due(after.worker, 10)] == [row.id]
    assert isinstance(after.begin(row.id), Wire)
    assert bench.guard.begin(row.id) is None, "the first worker lives after all, and lost it"


# --- between the decision and the first byte ---


def test_a_stop_in_between_silences_the_alert_and_gives_its_token_back(bench: Bench) -> None:
    bench.asked_a_week_ago()
    row = bench.decided(bench.alert())
    bench.clock.move(seconds=1)
    bench.write(people_rows.record_stop, bench.clock.now())
    assert bench.guard.begin(row.id) is None
    after = bench.row(row.id)
    assert (after.state, after.decision["rule"]) == ("refused", "person_stopped")
    assert bench.tokens() == [(False, False)]
    assert bench.wishes() == [SKU]
    assert bench.parts(row.id) == []
    assert [line.what for line in bench.told(send_id=row.id)] == ["decided", "asked_again"]


def test_a_stop_in_between_does_not_silence_the_answer_that_confirms_it(bench: Bench) -> None:
    bench.wrote()
    bench.write(people_rows.record_stop, bench.clock.now())
    row = bench.decided(bench.out(confirms_stop=True))
    assert bench.guard.begin(row.id) is not None


def test_an_old_decision_is_asked_again_before_the_first_byte(bench: Bench) -> None:
    bench.wrote()
    bench.clock.move(hours=23, minutes=54)
    row = bench.decided(bench.out())
    assert row.state == "claimed"
    bench.clock.move(minutes=2)
    assert bench.guard.begin(row.id) is None
    assert (bench.row(row.id).state, bench.row(row.id).decision["rule"]) == ("held", "may_wait")


def test_a_fresh_decision_is_not_asked_again(bench: Bench) -> None:
    bench.wrote()
    row = bench.decided(bench.out())
    bench.clock.move(seconds=60)
    bench.began(row.id)
    assert bench.told(what="asked_again") == []


def test_a_begun_response_is_finished_and_not_asked_again_in_the_middle(bench: Bench) -> None:
    bench.wrote()
    row = bench.decided(bench.out(parts=({"text": "a"}, {"text": "b"})))
    bench.guard.sent(bench.began(row.id).part, "mid-a")
    bench.clock.move(minutes=5)
    assert bench.began(row.id).part.body == {"text": "b"}
    assert bench.told(what="asked_again") == []


def test_a_message_asked_again_does_not_count_itself_against_the_daily_cap(bench: Bench) -> None:
    """With a cap of one a day, a first message that left a little late would never leave."""
    bench.under(settings=Settings(proactive_per_day=1))
    bench.wrote()
    row = bench.decided(bench.out(purpose=Purpose.PROMOTION))
    assert row.state == "claimed"
    bench.clock.move(minutes=2)
    assert bench.guard.begin(row.id) is not None


def test_the_daily_cap_counts_what_left_today_and_not_answers(bench: Bench) -> None:
    bench.under(settings=Settings(proactive_per_day=1))
    bench.wrote()
    bench.deliver(bench.decided(bench.out("t", 0)))
    bench.deliver(bench.decided(bench.out("t", 1, purpose=Purpose.PROMOTION)))
    second = bench.decided(bench.out("t", 2, purpose=Purpose.PROMOTION))
    assert (second.state, second.decision["rule"]) == ("held", "daily_cap")
    assert second.not_before == datetime(2021, 7, 2, tzinfo=timezone.utc)
    bench.clock.move(hours=12)
    assert bench.decided(bench.out("t", 3, purpose=Purpose.PROMOTION)).state == "claimed"


# --- held ---


def test_a_held_answer_is_asked_again_when_the_person_writes(bench: Bench) -> None:
    bench.wrote()
    bench.clock.move(days=1)
    row = bench.decided(bench.out())
    assert (row.state, row.not_before) == ("held", None)
    assert row.expires_at == bench.clock.now() + timedelta(days=2)
    assert bench.parts(row.id) == []
    bench.clock.move(hours=1)
    bench.wrote()
    assert [r.id for r in bench.guard.waiting_for(bench.who)] == [row.id]
    again = bench.guard.reconsider(row.id, "the person wrote")
    assert (again.state, again.ground) == ("claimed", "standard_window")
    assert len(bench.parts(row.id)) == 1
    assert bench.told(what="asked_again")[0].data["why"] == "the person wrote"


def test_asked_again_in_vain_it_waits_on_and_its_end_does_not_move(bench: Bench) -> None:
    bench.wrote()
    bench.clock.move(days=1)
    row = bench.decided(bench.out())
    bench.clock.move(hours=5)
    again = bench.guard.reconsider(row.id, "just so")
    assert (again.state, again.expires_at) == ("held", row.expires_at)


def test_an_alert_that_was_dropped_or_paused_in_between_does_not_leave(bench: Bench) -> None:
    origin = Origin("m-1", bench.clock.now())
    bench.wrote()
    bench.people.choose(bench.who.psid, ["delivery"], origin)
    message = {"purpose": Purpose.POST_PURCHASE_UPDATE, "topic": "delivery", "in_turn": False}
    dropped = bench.decided(bench.out("shipped-1", **message))
    bench.people.drop(bench.who.psid, ["delivery"], replace(origin, key="m-2"))
    assert bench.guard.begin(dropped.id) is None
    assert bench.row(dropped.id).decision["rule"] == "alert_chosen"

    bench.people.choose(bench.who.psid, ["delivery"], replace(origin, key="m-3"))
    paused = bench.decided(bench.out("shipped-2", **message))
    until = bench.clock.now() + timedelta(days=3)
    bench.people.pause(bench.who.psid, until, replace(origin, key="m-4"))
    assert bench.guard.begin(paused.id) is None
    after = bench.row(paused.id)
    assert (after.state, after.not_before) == ("held", until)


def test_a_held_answer_is_never_released_by_a_stop(bench: Bench) -> None:
    bench.wrote()
    bench.clock.move(days=1)
    row = bench.decided(bench.out())
    bench.clock.move(hours=1)
    bench.wrote()
    bench.write(people_rows.record_stop, bench.clock.now())
    again = bench.guard.reconsider(row.id, "the person wrote STOP")
    assert (again.state, again.decision["rule"]) == ("refused", "person_stopped")


def test_a_held_answer_is_dropped_where_the_same_response_has_gone_out_since(bench: Bench) -> None:
    bench.wrote()
    bench.clock.move(days=1)
    row = bench.decided(bench.out("t", 0, response="utter_hours"))
    bench.clock.move(hours=1)
    bench.wrote()
    bench.deliver(bench.decided(bench.out("u", 0, response="utter_hours")))
    assert bench.guard.reconsider(row.id, "the person wrote").why == "superseded"
    assert bench.told(what="cancelled")[0].send_id == row.id


@pytest.mark.parametrize(
    "other",
    [
        {"response": "utter_greet"},
        {"response": "utter_hours", "topic": "delivery"},
        {"response": None, "text": "Open till six."},
    ],
)
def test_a_held_answer_is_kept_where_another_response_has_gone_out(
    bench: Bench, other: dict[str, str | None]
) -> None:
    bench.wrote()
    bench.clock.move(days=1)
    row = bench.decided(bench.out("t", 0, response="utter_hours", text="Open till six."))
    bench.clock.move(hours=1)
    bench.wrote()
    bench.deliver(bench.decided(bench.out("u", 0, **other)))
    assert bench.guard.reconsider(row.id, "the person wrote").state == "claimed"


def test_of_two_held_answers_with_the_same_response_one_goes(bench: Bench) -> None:
    bench.wrote()
    bench.clock.move(days=1)
    rows = [bench.decided(bench.out("t", n, response="utter_hours")) for n in (0, 1)]
    bench.clock.move(hours=1)
    bench.wrote()
    states = [bench.guard.reconsider(r.id, "the person wrote").state for r in rows]
    assert states == ["claimed", "cancelled"]


def test_what_the_same_response_did_before_the_hold_supersedes_nothing(bench: Bench) -> None:
    bench.wrote()
    bench.deliver(bench.decided(bench.out("t", 0, response="utter_hours")))
    bench.clock.move(days=1)
    row = bench.decided(bench.out("u", 0, response="utter_hours"))
    bench.clock.move(hours=1)
    bench.wrote()
    assert bench.guard.reconsider(row.id, "the person wrote").state == "claimed"


def test_held_answers_wait_in_the_order_in_which_they_were_held(bench: Bench) -> None:
    bench.wrote()
    bench.clock.move(days=1)
    rows = [bench.decided(bench.out("t", n)) for n in (0, 1)]
    bench.clock.move(minutes=1)
    rows.append(bench.decided(bench.out("a-turn", 0)))
    assert [r.id for r in bench.guard.waiting_for(bench.who)] == [r.id for r in rows]
    stranger = replace(bench.who, psid="another")
    assert bench.guard.waiting_for(stranger) == []


def test_a_held_answer_expires_after_two_days_and_not_a_second_sooner(bench: Bench) -> None:
    bench.wrote()
    bench.clock.move(days=1)
    row = bench.decided(bench.out())
    bench.clock.move(days=2, seconds=-1)
    assert bench.guard.expire() == 0
    bench.clock.move(seconds=1)
    assert bench.guard.expire() == 1
    assert bench.row(row.id).state == "expired"
    assert bench.told(what="expired")[0].send_id == row.id
    assert bench.guard.expire() == 0


def test_a_held_message_expires_after_what_its_author_said(bench: Bench) -> None:
    bench.wrote()
    bench.clock.move(days=1)
    bench.decided(bench.out(purpose=Purpose.PROMOTION, hold_for=timedelta(hours=3)))
    bench.clock.move(hours=3)
    assert bench.guard.expire() == 1


def test_a_person_who_writes_too_late_does_not_get_what_expired(bench: Bench) -> None:
    bench.wrote()
    bench.clock.move(days=1)
    row = bench.decided(bench.out())
    bench.clock.move(days=2)
    bench.wrote()
    assert bench.guard.reconsider(row.id, "the person wrote").state == "expired"


def test_a_message_held_for_the_night_is_due_in_the_morning(bench: Bench) -> None:
    night = QuietHours(datetime(2021, 1, 1, 22).time(), datetime(2021, 1, 1, 8).time())  # noqa: DTZ001 - times of day
    bench.under(settings=Settings(quiet_hours=night))
    bench.wrote()
    bench.clock.move(hours=10)
    row = bench.decided(bench.out(purpose=Purpose.PROMOTION))
    assert (row.state, row.decision["rule"]) == ("held", "quiet_hours")
    assert bench.guard.waiting_for(bench.who) == []
    bench.clock.move(hours=10, seconds=-1)
    assert bench.guard.due() == []
    bench.clock.move(seconds=1)
    assert [r.id for r in bench.guard.due()] == [row.id]
    assert bench.guard.reconsider(row.id, "the night is over").state == "claimed"


def test_a_hold_claims_neither_wish_nor_token(bench: Bench) -> None:
    bench.asked_a_week_ago()
    bench.under(page=replace(bench.page, restricted=True))
    row = bench.decided(bench.alert())
    assert (row.state, row.decision["rule"]) == ("held", "page_restricted")
    assert bench.tokens() == [(False, False)]
    assert bench.wishes() == [SKU]


@pytest.mark.parametrize("message", [Message(), Message(Purpose.ALERT, SKU, hold_for=LATER * 90)])
def test_a_declaration_survives_being_kept(bench: Bench, message: Message) -> None:
    full = replace(
        message, text="It is back.", push=Push.NONE, template="generic", utility_template="order",
        author=Author.HUMAN, in_turn=False, confirms_stop=True, parts=2,
    )  # fmt: skip
    kept = sends.message_from_json(json.loads(json.dumps(sends.message_to_json(full))), full.text)
    assert kept == full
    assert bench.row(bench.decided(bench.out()).id).message.in_turn


# --- events come late, twice and in any order ---


def test_a_later_start_ends_a_stop(bench: Bench, clock: FakeClock) -> None:
    now = clock.now()
    bench.write(people_rows.record_stop, now - 2 * LATER)
    bench.write(people_rows.record_start, now - LATER)
    assert not stopped(bench)


def test_an_older_stop_does_not_undo_a_newer_start(bench: Bench, clock: FakeClock) -> None:
    now = clock.now()
    bench.write(people_rows.record_start, now - LATER)
    bench.write(people_rows.record_stop, now - 2 * LATER)
    assert not stopped(bench)


def test_an_older_start_does_not_undo_a_newer_stop(bench: Bench, clock: FakeClock) -> None:
    now = clock.now()
    bench.write(people_rows.record_stop, now - LATER)
    bench.write(people_rows.record_start, now - 2 * LATER)
    assert stopped(bench)


def test_a_stop_in_the_same_instant_as_a_start_is_obeyed(bench: Bench, clock: FakeClock) -> None:
    bench.write(people_rows.record_stop, clock.now())
    bench.write(people_rows.record_start, clock.now())
    assert stopped(bench)


def test_a_stop_that_comes_again_late_does_not_move_back(bench: Bench, clock: FakeClock) -> None:
    now = clock.now()
    for at in (now - 3 * LATER, now - LATER, now - 3 * LATER):
        bench.write(people_rows.record_stop, at)
    bench.write(people_rows.record_start, now - 2 * LATER)
    assert stopped(bench)


def stopped(bench: Bench) -> bool:
    with bench.store.read() as tx:
        return people_rows.read(tx, bench.who, bench.clock.now(), "UTC").stopped


def test_an_opener_never_moves_backwards(bench: Bench, clock: FakeClock) -> None:
    noon = clock.now()
    for at in (noon - 2 * LATER, noon, noon - LATER):
        bench.wrote(at)
    with bench.store.read() as tx:
        person = people_rows.read(tx, bench.who, noon, "UTC")
    assert [o.at for o in person.openers] == [noon]
    assert person.last_message_at == noon


def test_each_kind_of_opener_is_kept_apart(bench: Bench, clock: FakeClock) -> None:
    bench.wrote(clock.now() - LATER)
    bench.wrote(clock.now(), OpenerKind.REACTION)
    with bench.store.read() as tx:
        person = people_rows.read(tx, bench.who, clock.now(), "UTC")
    assert {(o.kind.value, o.at) for o in person.openers} == {
        ("message", clock.now() - LATER),
        ("reaction", clock.now()),
    }
    assert person.last_message_at == clock.now() - LATER  # a reaction is not speech


def test_an_old_message_that_comes_late_does_not_undo_a_block(bench: Bench) -> None:
    bench.write(people_rows.record_blocked, bench.clock.now())
    bench.wrote(bench.clock.now() - LATER)
    assert bench.decided(bench.out("t", 0)).decision["rule"] == "person_can_be_reached"
    bench.clock.move(seconds=1)
    bench.wrote()
    assert bench.decided(bench.out("t", 1)).state == "claimed"


# --- the page ---


def test_a_page_without_the_permission_spends_no_token(bench: Bench) -> None:
    bench.asked_a_week_ago()
    bench.under(page=replace(bench.page, one_time_notification=False))
    row = bench.decided(bench.alert())
    assert (row.state, row.decision["rule"]) == ("refused", "no_ground")
    assert bench.tokens() == [(False, False)]


def test_a_page_in_a_closed_region_spends_no_token(
    bench: Bench, elsewhere: Callable[[str], Page]
) -> None:
    bench.asked_a_week_ago()
    bench.under(page=elsewhere("FR"))
    assert bench.decided(bench.alert()).state == "refused"
    assert bench.tokens() == [(False, False)]


def test_a_person_known_to_be_in_a_closed_region_is_not_sent_to(bench: Bench) -> None:
    bench.asked_a_week_ago()
    bench.sql("update person set region = 'DE'")
    assert bench.decided(bench.alert()).decision["rule"] == "no_ground"


def test_a_region_that_cannot_be_read_is_a_refusal(bench: Bench) -> None:
    """An unknown region would lie in no closed area, and so open what may be closed."""
    bench.asked_a_week_ago()
    bench.sql("update person set region = 'Europe'")
    assert bench.decided(bench.alert()).decision["rule"] == "facts_are_readable"


def test_the_guard_knows_the_editions_that_ship(bench: Bench) -> None:
    assert bench.guard.editions is known()


# --- requests for recurring notifications --------------------------------------------------------


def asking(bench: Bench, turn: str, title: str | None = None, topic: str = "news") -> SendRow:
    """Let the guard decide on a request for recurring notifications."""
    out = bench.out(turn, template=RECURRING_REQUEST, request_title=title, request_topic=topic)
    return bench.decided(out)


@pytest.fixture
def asks(bench: Bench) -> Bench:
    """Give a guard in a spring in which recurring notifications are permitted to the Page."""
    bench.clock.at = datetime(2024, 3, 1, 12, tzinfo=timezone.utc)
    bench.wrote()
    return bench.under(page=replace(bench.page, recurring_notifications=True))


def test_the_same_title_is_asked_for_once_a_week(asks: Bench) -> None:
    first = asking(asks, "turn-1", "Our sales")
    asks.deliver(first)
    asks.clock.move(days=6, hours=23, minutes=59, seconds=59)
    asks.wrote()
    second = asking(asks, "turn-2", "Our sales", "sales")
    assert (second.state, second.decision["rule"]) == ("refused", "request_allowed")
    assert second.decision["reason"] == (
        "a request with the title `Our sales` may go again at 2024-03-08 12:00:00 UTC, a week "
        "after the last"
    )
    assert asking(asks, "turn-3", "Our news").decision["rule"] == "window_open"
    asks.clock.move(seconds=1)
    assert asking(asks, "turn-4", "Our sales", "sales").decision["rule"] == "window_open"


def test_a_request_that_was_refused_does_not_count(asks: Bench) -> None:
    asks.clock.move(days=2)
    refused = asking(asks, "turn-1")
    assert refused.state != "ready"
    asks.wrote()
    assert asking(asks, "turn-2").decision["rule"] == "window_open"
    assert asking(asks, "turn-3").decision["rule"] == "request_allowed"


def test_what_was_agreed_to_is_kept_with_its_frequency_and_title(asks: Bench) -> None:
    asks.write(
        people_rows.record_grant,
        topic="news",
        value="rn",
        at=asks.clock.now(),
        kind=TokenKind.RECURRING,
        frequency=Frequency.WEEKLY,
        title="Our news",
    )
    with asks.store.read() as tx:
        (token,) = people_rows.read(tx, asks.who, asks.clock.now(), "UTC").tokens
    assert (token.frequency, token.title) == (Frequency.WEEKLY, "Our news")
    assert asking(asks, "turn-1", "Our sales", "news").decision["rule"] == "request_allowed"
    assert asking(asks, "turn-2", "Our news", "sales").decision["rule"] == "request_allowed"
    assert asking(asks, "turn-3", "Our sales", "sales").decision["rule"] == "window_open"


def test_a_broadcast_that_asks_again_reaches_only_whom_it_may(asks: Bench) -> None:
    asks.deliver(asking(asks, "turn-1", "Our sales"))
    again = Message(template=RECURRING_REQUEST, request_title="Our sales", in_turn=True)
    other = replace(again, request_title="Our news")
    with asks.store.read() as tx:
        for message, rule in ((again, "request_allowed"), (other, "window_open")):
            weighed = asks.guard.weigh_many(
                tx, asks.who.page, {asks.who.psid: message}, asks.clock.now()
            )
            assert weighed[asks.who.psid].decision.reason.rule == rule
