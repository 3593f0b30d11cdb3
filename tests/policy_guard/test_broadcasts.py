"""Broadcasts in the store: who is entered, what becomes of each, and who may stop it when."""

from __future__ import annotations

from dataclasses import replace
from datetime import time, timedelta

import pytest

from policy_guard import breaker_rows, broadcast_rows, bulk, journal, people_rows, privacy
from policy_guard.broadcast_rows import CANCELLED, DONE, PAUSED, RUNNING
from policy_guard.bulk import NOT_ASKED
from policy_guard.delivery import Delivery
from policy_guard.errors import BroadcastError
from policy_guard.guard import Later, Wire
from policy_guard.pace import Pace
from policy_guard.retention import Retention
from policy_guard.send_states import BULK, COMMITTED, HELD, READY
from policy_guard.send_states import SENT as ARRIVED
from policy_guard.vocabulary import Message, Purpose, Push, QuietHours, Settings
from tests.conftest import SKU, Bench

from .crowds import Crowd


@pytest.fixture
def crowd(bench: Bench) -> Crowd:
    """Give people of one Page."""
    return Crowd(bench)


# -- who it is for ---------------------------------------------------------------------------------


def test_everybody_who_chose_is_entered_once_in_chunks(crowd: Crowd) -> None:
    crowd.join("a", "b", "c", "d", "e")
    crowd.join("x", topic="account")
    made = crowd.ordered(fill=False)
    assert [crowd.fill(made, 2) for _ in range(4)] == [2, 2, 1, 0]
    assert crowd.now(made).total == 5
    assert crowd.now(made).filled
    assert list(crowd.states(made)) == ["a", "b", "c", "d", "e"]


def test_entering_goes_on_where_another_process_left_it(crowd: Crowd) -> None:
    crowd.join("a", "b", "c")
    made = crowd.ordered(fill=False)
    crowd.fill(made, 2)
    other = Crowd(crowd.bench)
    assert other.fill(made, 2) == 1  # the row is read anew, whatever the caller last saw of it
    assert crowd.now(made).total == 3


def test_who_joins_later_is_not_added_and_who_left_is_not_entered(crowd: Crowd) -> None:
    crowd.join("a", "b", "m")
    made = crowd.ordered(fill=False)
    crowd.bench.clock.move(seconds=1)
    crowd.join("c")
    crowd.drop("m")
    while crowd.fill(made):
        pass
    assert list(crowd.states(made)) == ["a", "b"]


def test_who_chooses_again_what_they_have_chosen_stays_a_recipient(crowd: Crowd) -> None:
    crowd.join("a", "b", "c")
    made = crowd.ordered(fill=False)
    crowd.bench.clock.move(seconds=1)
    crowd.join("a", "b")
    crowd.drop("c")
    crowd.bench.clock.move(seconds=1)
    crowd.join("c")
    while crowd.fill(made):
        pass
    assert crowd.send(made) == ["a", "b"], "who dropped it has chosen only after the order"


def test_two_wishes_of_one_person_are_one_recipient(crowd: Crowd) -> None:
    crowd.join("a", topic=SKU)
    with crowd.bench.store.write() as tx:
        people_rows.record_wish(tx, crowd.who("a"), SKU, crowd.bench.clock.now())
    assert crowd.ordered(SKU).total == 1


def test_the_same_key_is_the_same_broadcast(crowd: Crowd) -> None:
    first = crowd.ordered()
    assert crowd.ordered().id == first.id
    with pytest.raises(BroadcastError, match="the key `k1` is that of broadcast"):
        crowd.ordered("account")
    assert crowd.ordered("account", key="k2").id != first.id


# -- what becomes of each --------------------------------------------------------------------------


def test_everybody_is_told_once_and_the_broadcast_is_done(crowd: Crowd) -> None:
    crowd.join("a", "b", "c", "d")
    made = crowd.ordered()
    assert crowd.send(made) == ["a", "b", "c", "d"]
    assert crowd.send(made) == []
    assert crowd.counts(made) == {"sent": 4}
    assert crowd.end(made)
    assert crowd.now(made).state == DONE
    done = crowd.bench.told(what="broadcast_done")[0]
    assert dict(done.data) == {"broadcast": made.id, "sent": 4}


def test_a_message_is_committed_before_it_is_handed_out(crowd: Crowd) -> None:
    crowd.join("a")
    made = crowd.ordered()
    (wire,) = crowd.take(made).wires
    assert crowd.row(made, "a").state == COMMITTED
    assert crowd.bench.parts(wire.part.send_id)[0].state == COMMITTED
    assert not crowd.end(made), "one is on the wire"


def test_a_decision_is_the_same_as_one_made_alone(crowd: Crowd) -> None:
    for psid in ("a", "b", "c"):
        crowd.join(psid, topic=SKU)
    crowd.stop("b")
    crowd.bench.clock.move(days=7)
    made = crowd.ordered(SKU)
    message = Message(Purpose.ALERT, SKU, text="hello", in_turn=False)
    message = crowd.bench.guard.as_its_type(message, has_template=False)
    alone = {p: crowd.bench.guard.ask(crowd.who(p), message) for p in ("a", "b", "c")}
    crowd.send(made)
    for psid, decision in alone.items():
        row = crowd.row(made, psid)
        assert row.decision["rule"] == decision.reason.rule
        assert row.decision["reason"] == decision.reason.says
    assert crowd.counts(made) == {"sent": 2, "refused": 1}
    (line,) = crowd.bench.told(psid="a", what="decided")
    assert line.data["ground"] == "one_time_notification"
    assert line.data["broadcast"] == made.id


def test_what_its_alert_type_says_of_a_message_is_kept_with_it(crowd: Crowd) -> None:
    crowd.join("a")
    made = crowd.ordered()
    (wire,) = crowd.take(made).wires
    assert crowd.row(made, "a").message.push is Push.SILENT
    assert wire.notification_type == "SILENT_PUSH"


def test_a_token_pays_for_it_and_the_wish_is_fulfilled(crowd: Crowd) -> None:
    crowd.join("a", topic=SKU)
    crowd.bench.clock.move(days=7)
    made = crowd.ordered(SKU)
    (wire,) = crowd.take(made).wires
    assert (wire.ground, wire.token) == ("one_time_notification", f"otn-{SKU}-a")
    assert wire.topic == SKU
    crowd.arrive([wire])
    assert crowd.bench.wishes() == []
    assert crowd.ordered(SKU, key="k2").total == 0


def test_two_broadcasts_on_one_thing_tell_nobody_twice(crowd: Crowd) -> None:
    crowd.join("a", topic=SKU)
    first, second = crowd.ordered(SKU), crowd.ordered(SKU, key="k2")
    assert crowd.send(first) == ["a"]
    assert crowd.send(second) == []
    with crowd.bench.store.read() as tx:
        (row,) = broadcast_rows.recipients(tx, second.id, 10)
    assert (row["state"], row["reason"]) == ("skipped", NOT_ASKED)


def test_who_stopped_since_is_refused_and_who_dropped_the_type_too(crowd: Crowd) -> None:
    crowd.join("a", "b", "c")
    made = crowd.ordered()
    crowd.stop("a")
    crowd.drop("b")
    assert crowd.send(made) == ["c"]
    assert crowd.row(made, "a").decision["rule"] == "person_stopped"
    assert crowd.row(made, "b").state == "refused"


def test_who_took_the_request_back_is_skipped(crowd: Crowd) -> None:
    crowd.join("a", "b", topic=SKU)
    made = crowd.ordered(SKU)
    crowd.drop("a", SKU)
    assert crowd.send(made) == ["b"]
    assert crowd.states(made) == {"a": "skipped", "b": "sent"}


def test_who_speaks_a_language_that_nothing_fits_is_listed_with_the_reason(crowd: Crowd) -> None:
    crowd.join("a", "b")
    with crowd.bench.store.write() as tx:
        people_rows.set_language(tx, crowd.who("a"), "xx")
    made = crowd.ordered()
    assert crowd.send(made) == ["b"]
    with crowd.bench.store.read() as tx:
        row = broadcast_rows.recipients(tx, made.id, 10)[0]
    assert (row["state"], row["reason"]) == ("failed", "nothing fits")


def test_who_has_a_message_on_its_way_is_told_after_it(crowd: Crowd) -> None:
    crowd.join("person-1", "b")
    waits = crowd.bench.decided(crowd.bench.out("turn-9"))
    made = crowd.ordered()
    assert [wire.psid for wire in crowd.take(made).wires] == ["b"]
    assert crowd.row(made, "person-1").state == "ready"
    crowd.bench.deliver(waits)
    assert crowd.bench.guard.begin(crowd.row(made, "person-1").id) is not None


def test_an_echo_that_was_quicker_than_the_answer_is_written_down_once(crowd: Crowd) -> None:
    crowd.join("a")
    made = crowd.ordered()
    (wire,) = crowd.take(made).wires
    crowd.bench.guard.sent(wire.part, "mid-1", how="echo")
    crowd.arrive([wire])
    assert [line.data["told_by"] for line in crowd.bench.told(what="sent")] == ["echo"]
    assert crowd.counts(made) == {"sent": 1}


def test_a_crash_leaves_what_was_on_the_wire_in_doubt_and_the_rest_untouched(crowd: Crowd) -> None:
    crowd.join("a", "b", "c")
    made = crowd.ordered()
    crowd.take(made, 2)
    assert crowd.bench.another_guard().recover() == 0, "its lease lasts"
    crowd.bench.clock.move(seconds=31)
    crowd.bench.guard.recover()
    assert crowd.send(made) == ["c"]
    assert crowd.states(made) == {"a": "unknown", "b": "unknown", "c": "sent"}
    assert crowd.end(made)


# -- held ------------------------------------------------------------------------------------------


@pytest.fixture
def night(crowd: Crowd) -> Crowd:
    """Give a crowd whose quiet hours are now, from noon to one."""
    quiet = QuietHours(time(11), time(13))
    crowd.bench.under(settings=Settings(quiet_hours=quiet))
    crowd.bulk = bulk.Bulk(crowd.bench.guard)
    crowd.join("a", "b")
    return crowd


def test_what_is_held_goes_out_when_its_moment_comes(night: Crowd) -> None:
    made = night.ordered()
    assert night.send(made) == []
    assert night.counts(made) == {"held": 2}
    assert night.end(made), "held with an expiry is as done as it can be"
    with night.bench.store.read() as tx:
        assert broadcast_rows.held_until(tx, made.id) is not None
        assert broadcast_rows.at_work(tx, night.page) == []
    night.bench.clock.move(hours=1, minutes=1)
    due = night.bench.guard.due()
    assert {row.who.psid for row in due} == {"a", "b"}
    for row in due:
        night.bench.deliver(night.bench.guard.reconsider(row.id, "its moment came"))
    assert night.counts(made) == {"sent": 2}


def test_what_is_held_of_a_paused_broadcast_waits_and_of_a_cancelled_one_is_cancelled(
    night: Crowd,
) -> None:
    made = night.ordered()
    night.send(made)
    night.end(made)
    night.move(made, PAUSED)
    night.bench.clock.move(hours=2)
    assert night.take(made).stopped
    assert night.bench.guard.due() == []
    row = night.row(made, "a")
    assert night.bench.guard.reconsider(row.id, "the person wrote").state == HELD
    night.move(made, CANCELLED)
    while night.bulk.sweep(night.now(made)):
        pass
    assert night.counts(made) == {"cancelled": 2}
    assert night.bench.guard.reconsider(row.id, "the person wrote").state == "cancelled"


def test_a_done_broadcast_without_anything_held_cannot_be_paused(crowd: Crowd) -> None:
    made = crowd.ordered()
    crowd.end(made)
    with pytest.raises(BroadcastError, match="is done and nothing of it is held"):
        crowd.move(made, PAUSED)


# -- pause, resume, cancel -------------------------------------------------------------------------


def test_nothing_more_is_taken_of_what_is_paused_until_it_is_resumed(crowd: Crowd) -> None:
    crowd.join("a", "b", "c")
    made = crowd.ordered()
    taken = crowd.take(made, 1)
    crowd.move(made, PAUSED)
    crowd.arrive(taken.wires)
    assert crowd.take(made).stopped
    assert crowd.states(made) == {"a": "sent", "b": "waiting", "c": "waiting"}
    crowd.move(made, RUNNING)
    assert crowd.send(made) == ["b", "c"]
    assert [e.what for e in crowd.bench.told() if e.psid is None] == [
        "broadcast_created",
        "broadcast_paused",
        "broadcast_resumed",
    ]


def test_a_cancelled_broadcast_tells_nobody_more_and_counts_everybody(crowd: Crowd) -> None:
    crowd.join("a", "b", "c")
    made = crowd.ordered()
    crowd.arrive(crowd.take(made, 1).wires)
    crowd.move(made, CANCELLED)
    assert crowd.take(made).stopped
    while crowd.bulk.sweep(crowd.now(made)):
        pass
    assert crowd.counts(made) == {"sent": 1, "cancelled": 2}
    with pytest.raises(BroadcastError, match="is cancelled, so it cannot become running"):
        crowd.move(made, RUNNING)


def test_a_message_put_off_is_cancelled_with_its_broadcast_and_its_token_is_free_again(
    crowd: Crowd,
) -> None:
    crowd.join("a", topic=SKU)
    crowd.bench.clock.move(days=7)
    made = crowd.ordered(SKU)
    (wire,) = crowd.take(made).wires
    later = crowd.bench.clock.now() + timedelta(minutes=1)
    crowd.bench.guard.never_left(wire.part, "refused", later)
    crowd.move(made, CANCELLED)
    while crowd.bulk.sweep(crowd.now(made)):
        pass
    assert crowd.counts(made) == {"cancelled": 1}
    assert crowd.ordered(SKU, key="k2").total == 1
    with crowd.bench.store.read() as tx:
        person = people_rows.read(tx, crowd.who("a"), crowd.bench.clock.now(), "UTC")
    assert [(t.spent, t.fulfilled) for t in person.tokens] == [(False, False)]


def test_a_message_put_off_is_tried_again_unless_the_broadcast_is_paused(crowd: Crowd) -> None:
    crowd.join("a")
    made = crowd.ordered()
    (wire,) = crowd.take(made).wires
    later = crowd.bench.clock.now() + timedelta(seconds=5)
    crowd.bench.guard.never_left(wire.part, "refused", later)
    assert crowd.take(made).looked == 0
    assert not crowd.end(made)
    crowd.bench.clock.move(seconds=6)
    crowd.move(made, PAUSED)
    assert crowd.bench.guard.claim_due("w", 10) == []
    crowd.move(made, RUNNING)
    (row,) = crowd.bench.guard.claim_due(crowd.bench.guard.worker, 10)
    crowd.bench.deliver(row)
    assert crowd.counts(made) == {"sent": 1}


def test_what_was_claimed_is_let_go_of_when_its_broadcast_is_paused(crowd: Crowd) -> None:
    crowd.join("person-1")
    waits = crowd.bench.decided(crowd.bench.out("turn-9"))
    made = crowd.ordered()
    crowd.take(made)
    crowd.bench.deliver(waits)
    (row,) = crowd.bench.guard.claim_due(crowd.bench.guard.worker, 10)
    crowd.move(made, PAUSED)
    assert crowd.bench.guard.begin(row.id) is None
    assert crowd.row(made, "person-1").state == "ready"


def waits_of_a_paused_one(crowd: Crowd) -> str:
    """Let a message wait whose broadcast is paused; returns its id."""
    crowd.join("a")
    made = crowd.ordered()
    (wire,) = crowd.take(made).wires
    crowd.bench.guard.never_left(wire.part, "no connection", crowd.bench.clock.now())
    crowd.move(made, PAUSED)
    assert crowd.row(made, "a").state == READY
    return wire.part.send_id


def test_another_broadcast_does_not_wait_for_one_that_is_paused(crowd: Crowd) -> None:
    waits_of_a_paused_one(crowd)
    crowd.bench.clock.move(seconds=1)
    second = crowd.ordered(key="k2")
    assert crowd.send(second) == ["a"]
    assert crowd.counts(second) == {"sent": 1}


def test_what_is_taken_up_later_does_not_wait_for_a_paused_broadcast(crowd: Crowd) -> None:
    """An alert that stands in line as any other message does, and that another worker takes."""
    waits_of_a_paused_one(crowd)
    bench = crowd.bench
    bench.who = crowd.who("a")
    alert = replace(bench.out(purpose=Purpose.POST_PURCHASE_UPDATE, topic="delivery"), lane=BULK)
    row = bench.decided(alert)
    wire = bench.guard.begin(row.id)
    assert isinstance(wire, Wire), "the one that has it"
    bench.guard.sent(wire.part, "mid-1")
    other = bench.decided(replace(alert, turn_key="turn-2"))
    bench.guard.release()
    assert [one.id for one in bench.guard.claim_due("another", 5)] == [other.id]


def test_what_a_paused_broadcast_has_on_the_wire_still_goes_first(crowd: Crowd) -> None:
    crowd.join("a")
    made = crowd.ordered()
    (wire,) = crowd.take(made).wires
    crowd.move(made, PAUSED)
    crowd.bench.who = crowd.who("a")
    later = crowd.bench.guard.begin(crowd.bench.decided(crowd.bench.out()).id)
    assert isinstance(later, Later)
    assert later.why == "earlier"
    crowd.arrive([wire])


def test_the_pace_lets_as_many_leave_as_it_does_alone(crowd: Crowd) -> None:
    guard = crowd.bench.another_guard(delivery=Delivery(Pace()))
    crowd.bulk = bulk.Bulk(guard)
    crowd.join("a", "b", "c")
    crowd.stop("b")
    made = crowd.ordered()
    first = crowd.take(made)
    assert [wire.psid for wire in first.wires] == ["a"]
    assert first.last == "b", "who is refused takes nothing of the pace"
    assert first.wait_until is not None
    assert crowd.take(made, after=first.last).wires == ()
    crowd.bench.clock.at = first.wait_until
    again = crowd.take(made, after=first.last)
    assert [wire.psid for wire in again.wires] == ["c"]


def test_while_the_platform_is_silent_one_message_at_a_time_stands_in_line(crowd: Crowd) -> None:
    crowd.join("a", "b", "c")
    made = crowd.ordered()
    with crowd.bench.store.write() as tx:
        now = crowd.bench.clock.now()
        breaker_rows.trip(tx, crowd.page, breaker_rows.PLATFORM, now, "no answer")
    assert crowd.take(made).looked == 0
    crowd.bench.clock.move(minutes=30)
    assert crowd.take(made).wires == ()
    assert crowd.states(made) == {"a": "ready", "b": "waiting", "c": "waiting"}
    assert crowd.take(made).looked == 0, "it is seen first what comes of that one"


def test_while_the_page_is_stopped_everybody_is_held_for_it(crowd: Crowd) -> None:
    crowd.join("a", "b")
    made = crowd.ordered()
    with crowd.bench.store.write() as tx:
        breaker_rows.trip(tx, crowd.page, breaker_rows.PAGE, crowd.bench.clock.now(), "blocked")
    assert crowd.send(made) == []
    assert crowd.counts(made) == {"held": 2}


def test_doing_the_same_again_changes_nothing(crowd: Crowd) -> None:
    made = crowd.ordered()
    crowd.move(made, PAUSED)
    crowd.move(made, PAUSED)
    assert len(crowd.bench.told(what="broadcast_paused")) == 1


# -- forgetting, memory, age -----------------------------------------------------------------------


def test_who_is_forgotten_is_told_nothing_and_named_nowhere(crowd: Crowd) -> None:
    crowd.join("a", "b")
    made = crowd.ordered()
    with crowd.bench.store.write() as tx:
        now = crowd.bench.clock.now()
        privacy.carry_out(tx, crowd.who("a"), now, now, "operator")
    assert crowd.send(made) == ["b"]
    assert sorted(crowd.states(made).values()) == ["sent", "skipped"]
    assert "a" not in crowd.states(made)


def test_what_was_told_is_remembered_later_in_order_and_once(crowd: Crowd) -> None:
    crowd.join("a")
    first = crowd.ordered()
    crowd.send(first)
    crowd.bench.clock.move(minutes=1)
    second = crowd.ordered(key="k2")
    crowd.send(second)
    with crowd.bench.store.write() as tx:
        rows = bulk.remembered_later(tx, crowd.who("a"))
        assert [(row.broadcast, row.state) for row in rows] == [
            (first.id, ARRIVED),
            (second.id, ARRIVED),
        ]
        bulk.mark_remembered(tx, [row.id for row in rows])
        assert bulk.remembered_later(tx, crowd.who("a")) == []


def test_what_was_refused_is_not_remembered(crowd: Crowd) -> None:
    crowd.join("a")
    made = crowd.ordered()
    crowd.stop("a")
    crowd.send(made)
    with crowd.bench.store.read() as tx:
        assert bulk.remembered_later(tx, crowd.who("a")) == []


def test_an_old_broadcast_goes_with_its_messages(crowd: Crowd) -> None:
    crowd.join("a")
    made = crowd.ordered()
    crowd.send(made)
    crowd.end(made)
    crowd.bench.clock.move(days=400)

    kept = Retention(timedelta(days=90), timedelta(days=365))
    with crowd.bench.store.write() as tx:
        privacy.age(tx, kept, crowd.bench.clock.now())
        assert broadcast_rows.listed(tx) == []
        assert journal.entries(tx, what="broadcast_created") == []


def test_an_old_broadcast_of_many_goes_some_at_a_time(crowd: Crowd) -> None:
    people = [f"p{n}" for n in range(5)]
    crowd.join(*people)
    made = crowd.ordered()
    for psid in people:
        crowd.stop(psid)
    crowd.send(made)
    crowd.end(made)
    crowd.bench.clock.move(days=400)
    day = timedelta(days=1)
    now, left = crowd.bench.clock.now(), []
    while True:
        with crowd.bench.store.write() as tx:
            if not privacy.age(tx, Retention(day, day), now, most=2):
                break
        left.append(crowd.bench.sql("select count(*) from recipient")[0][0])
    assert sorted({*left}, reverse=True) == [5, 3, 1, 0]
    assert crowd.bench.sql("select count(*) from broadcast") == [(0,)]


def test_the_dry_run_decides_for_everybody_and_writes_nothing(crowd: Crowd) -> None:
    crowd.join("a", "b", "c", topic=SKU)
    crowd.stop("b")
    made = crowd.ordered(SKU, fill=False)
    after, rules = "", []
    while True:
        answers, after = crowd.bulk.forecast(made, crowd.words(made), after, 2)
        if not answers:
            break
        rules += [answer if isinstance(answer, str) else answer.reason.rule for answer in answers]
    assert rules == ["window_open", "person_stopped", "window_open"]
    assert crowd.states(made) == {}
    assert len(crowd.bench.told(what="decided")) == 0
