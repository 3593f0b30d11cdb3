"""kill -9 of a real Rasa at the worst moments: nothing is lost, nothing is sent twice.

Starting Rasa takes long, so that one kill serves several people, each caught at another step.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Any

import pytest

from scripts.stack import ROOT
from tests.crashes import ledger
from tests.crashes.conftest import Bot
from tests.crashes.gate import Hold

pytestmark = [pytest.mark.rasa, pytest.mark.timeout(300)]

LANGUAGE = "action_remember_language"  # every turn calls it first
NOWHERE = "http://127.0.0.1:9/webhook"  # nobody listens there
DELIVERED, LOST = "back_in_stock:sku-41", "back_in_stock:sku-42"


@pytest.fixture(autouse=True)
def alive(bot: Bot) -> None:
    """Start Rasa where a test that failed has left it killed."""
    if "rasa" not in bot.stack.processes:
        bot.start()


# -- a store that is locked, nobody killed yet ----------------------------------------------------


def test_a_store_locked_for_too_long_answers_503_and_the_event_comes_again(bot: Bot) -> None:
    psid = bot.messenger.person()
    with contextlib.closing(ledger.locked(bot.store)):
        done = bot.messenger.say(psid, "hello")
    assert done["delivery"]["status"] == 503
    bot.wait(lambda: bot.answered(psid), "the answer")
    bot.settle()
    assert bot.answered(psid) == [f"message:{done['mid']}"]
    (delivery,) = [d for d in bot.messenger.deliveries("act") if psid in d["psids"]]
    assert [attempt["status"] for attempt in delivery["attempts"]][-2:] == [503, 200]


# -- the first kill: six people, each at another step ---------------------------------------------


@dataclass
class Caught:
    """Who was caught where by the first kill, and what they had said until then."""

    waiting: str
    waiting_said: list[str]
    half_answered: str
    half_answered_said: str
    changed: str
    changed_said: str
    saved: str
    saved_said: str
    delivered: str
    lost: str
    left: dict[str, str]


def _asked_to_be_told(bot: Bot, topic: str) -> str:
    """Return a person who has tapped Notify me."""
    psid = bot.messenger.person()
    product = topic.partition(":")[2]
    bot.order(psid, f'/request_notification{{"product": "{product}"}}')
    bot.wait(lambda: bot.messenger.messages(psid, "page"), "the card")
    bot.messenger.notify_me(psid)
    bot.wait(lambda: len(bot.messenger.messages(psid, "page")) == 2, "the thanks")
    return psid


def _alerts_hang(bot: Bot, faults: dict[str, str]) -> list[Future[Any]]:
    """Send both alerts, whose answers will not come; returns when they are on the wire."""
    for psid, fault in faults.items():
        bot.messenger.fault(fault, "message", psid=psid, seconds=30)
    asked = [bot.pool.submit(bot.notify, topic) for topic in (DELIVERED, LOST)]
    bot.wait(lambda: all(_token_calls(bot, psid) for psid in faults), "the alerts on the wire")
    return asked


@contextlib.contextmanager
def _saved_and_not_done(bot: Bot, hold: Hold, psid: str, key: str) -> Iterator[None]:
    """Let a held turn answer and save its tracker and get no further: the store is locked then."""
    with contextlib.closing(ledger.locked(bot.tracker)) as tracker:
        hold.opened.set()
        bot.wait(lambda: bot.sends(psid), "the decision")
        with contextlib.closing(ledger.locked(bot.store)):
            tracker.rollback()
            bot.wait(lambda: bot.heard(psid, key), "the tracker to be saved")
            bot.wait(lambda: bot.answers(psid), "the answer, which nobody can write down")
            yield


@pytest.fixture(scope="module")
def caught(bot: Bot) -> Caught:
    """Kill Rasa with four turns at different steps and two alerts on the wire."""
    messenger = bot.messenger
    delivered, lost = _asked_to_be_told(bot, DELIVERED), _asked_to_be_told(bot, LOST)
    changed = messenger.person()
    bot.order(changed, '/choose_alerts{"alert_type": "delivery"}')
    bot.wait(lambda: bot.answered(changed), "the choice to be confirmed")
    bot.settle()
    messenger.advance(days=8)

    waiting, half_answered = messenger.person(), messenger.person()
    bot.order(half_answered, "/choose_alerts")
    bot.wait(lambda: bot.answered(half_answered), "the question")
    bot.settle()
    first = bot.gate.hold(LANGUAGE, waiting)
    waiting_said = [bot.say(waiting, text) for text in ("hello", "thanks", "bye")]
    # explained, then asked again: two messages with an action between them
    second = bot.gate.hold("action_ask_alert_choice", half_answered)
    half_answered_said = bot.order(half_answered, "/explain")
    third = bot.gate.hold("action_stop_alerts", changed, answered=True)
    changed_said = bot.order(changed, '/stop_alerts{"alert_type": "delivery"}')
    saved = messenger.person()
    fourth = bot.gate.hold(LANGUAGE, saved)
    saved_said = bot.say(saved, "hello")
    for hold in (first, second, third, fourth):
        hold.wait_reached()
    explained = half_answered_said
    bot.wait(lambda: explained in bot.answered(half_answered), "the first half of an answer")

    messenger.webhook_url = NOWHERE  # the echo must find nobody
    asked = _alerts_hang(bot, {delivered: "hang_after", lost: "hang_before"})
    with _saved_and_not_done(bot, fourth, saved, saved_said):
        bot.kill()
    for one in asked:
        assert one.exception(30) is not None, "the alert was answered before the kill"
    left = {psid: bot.sends(psid, "alert")[0]["state"] for psid in (delivered, lost)}
    left |= {saved: bot.sends(saved)[0]["state"], saved_said: bot.event(saved_said)["state"]}
    messenger.webhook_url = f"{bot.stack.channel_url}/webhook"
    bot.start()
    for psid in (delivered, saved):
        _repeat_echoes(bot, psid)
    bot.settle()
    return Caught(
        waiting,
        waiting_said,
        half_answered,
        half_answered_said,
        changed,
        changed_said,
        saved,
        saved_said,
        delivered,
        lost,
        left,
    )


def _repeat_echoes(bot: Bot, psid: str) -> None:
    """Let the platform deliver a person's echoes again, as it does when nobody answered."""
    for delivery in bot.messenger.deliveries("echo"):
        if psid in delivery["psids"]:
            assert bot.messenger.webhook(json.loads(delivery["body"]))["status"] == 200


def test_events_acknowledged_before_the_kill_are_answered_once_each_in_order(
    bot: Bot, caught: Caught
) -> None:
    """The kill fell between the acknowledgement and the turn."""
    assert bot.answered(caught.waiting) == caught.waiting_said
    assert [bot.event(key)["state"] for key in caught.waiting_said] == ["done"] * 3
    assert [bot.heard(caught.waiting, key) for key in caught.waiting_said] == [1, 1, 1]


def test_a_turn_killed_between_two_messages_sends_only_the_second(bot: Bot, caught: Caught) -> None:
    key = caught.half_answered_said
    answers = [a for a in bot.answers(caught.half_answered) if a.key == key]
    sent = [(a.key, a.ordinal, a.taken) for a in answers]
    assert sent == [(key, 0, True), (key, 1, True)]
    assert bot.event(key)["state"] == "done"
    assert bot.event(key)["runs"] == 2
    assert bot.heard(caught.half_answered, key) == 1


def test_a_change_made_before_the_kill_is_confirmed_as_if_made_now(
    bot: Bot, caught: Caught
) -> None:
    """The action had dropped the alert, the words for it were still to come."""
    said = [a.response for a in bot.answers(caught.changed) if a.key == caught.changed_said]
    assert said == ["utter_alerts_dropped"]


def test_a_turn_killed_after_its_tracker_was_saved_is_not_run_again(
    bot: Bot, caught: Caught
) -> None:
    """Its answer had left and nobody had written down so: its echo tells, and it does not again."""
    psid, key = caught.saved, caught.saved_said
    assert (caught.left[psid], caught.left[key]) == ("committed", "running")
    assert [(a.key, a.ordinal, a.taken) for a in bot.answers(psid)] == [(key, 0, True)]
    assert [send["state"] for send in bot.sends(psid)] == ["sent"]
    assert bot.event(key)["state"] == "done"
    assert bot.heard(psid, key) == 1, "the turn was run again"


def test_an_alert_that_was_delivered_is_settled_by_its_echo_and_not_sent_again(
    bot: Bot, caught: Caught
) -> None:
    assert caught.left[caught.delivered] == "committed"
    (send,) = bot.sends(caught.delivered, "alert")
    assert (send["state"], send["ground"]) == ("sent", "one_time_notification")
    assert _token_calls(bot, caught.delivered) == 1
    told = [m for m in bot.messenger.messages(caught.delivered, "page") if m["paid_with"]]
    assert [m["paid_with"] for m in told] == ["token"]
    assert _token(bot, caught.delivered) == {"spent": True, "retired": True}
    assert bot.notify(DELIVERED) == [], "who was told once is not told again"


def test_an_alert_that_may_have_left_stays_unknown_and_its_token_spent(
    bot: Bot, caught: Caught
) -> None:
    assert caught.left[caught.lost] == "committed"
    (send,) = bot.sends(caught.lost, "alert")
    assert (send["state"], send["ground"]) == ("unknown", "one_time_notification")
    query = "SELECT data FROM journal WHERE send_id = ? AND what = 'unknown'"
    (doubt,) = ledger.rows(bot.store, query, send["id"])
    why = "the process ended while the message was on its way"
    assert json.loads(doubt["data"]) == {"part": 0, "why": why, "resend": False}
    assert _token_calls(bot, caught.lost) == 1
    assert _token(bot, caught.lost) == {"spent": True, "retired": False}
    assert bot.notify(LOST) == [], "a doubt is never sent again by itself"
    assert send["id"] in _outbox(bot), "an operator must find it without knowing that it is there"


def _outbox(bot: Bot) -> str:
    """Return what the command line lists of messages that are not settled."""
    done = subprocess.run(
        [sys.executable, "-m", "policy_guard", "outbox", "--json"],
        cwd=ROOT,
        env=bot.stack.environment,
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout


def _token_calls(bot: Bot, psid: str) -> int:
    bodies = [request["body"] for request in bot.messenger.requests(psid)]
    return sum("one_time_notif_token" in body.get("recipient", {}) for body in bodies)


def _token(bot: Bot, psid: str) -> dict[str, bool]:
    (row,) = ledger.rows(bot.store, "SELECT * FROM token WHERE psid = ?", psid)
    return {"spent": row["spent_at"] is not None, "retired": row["retired_at"] is not None}


# -- the second kill: after the last message, before the tracker is saved -------------------------


def test_a_turn_killed_after_its_last_message_runs_again_and_says_nothing_twice(bot: Bot) -> None:
    """Rasa waits in vain to save its tracker; the answer has arrived by then."""
    psid = bot.messenger.person()
    with contextlib.closing(ledger.locked(bot.tracker)):
        key = bot.say(psid, "hello")
        bot.wait(lambda: bot.answered(psid), "the answer")
        bot.kill()
    assert bot.heard(psid, key) == 0
    assert bot.event(key)["state"] in {"pending", "running"}
    bot.start()
    bot.settle()
    assert [(a.key, a.ordinal) for a in bot.answers(psid)] == [(key, 0)]
    assert bot.event(key)["state"] == "done"
    assert bot.event(key)["runs"] >= 2, "the event was not run again"
    assert bot.heard(psid, key) == 1


# -- the end that is asked for --------------------------------------------------------------------


def test_sigterm_lets_a_turn_finish_or_the_next_process_picks_it_up(bot: Bot) -> None:
    """One turn needs a second more, another longer than anybody waits."""
    quick, slow = bot.messenger.person(), bot.messenger.person()
    holds = [bot.gate.hold(LANGUAGE, psid) for psid in (quick, slow)]
    said = {psid: bot.say(psid, "hello") for psid in (quick, slow)}
    for hold in holds:
        hold.wait_reached()
    rasa = bot.stack.processes.pop("rasa")
    os.killpg(rasa.pid, signal.SIGTERM)
    time.sleep(1.0)
    holds[0].opened.set()
    rasa.wait(60)
    assert bot.answered(quick) == [said[quick]], "a turn that was nearly done was cut off"
    assert bot.answered(slow) == []
    bot.start()
    bot.settle()
    assert bot.answered(quick) == [said[quick]]
    assert bot.answered(slow) == [said[slow]]
    assert [bot.event(key)["state"] for key in said.values()] == ["done", "done"]


def test_after_all_of_it_nothing_was_lost_or_done_twice(bot: Bot) -> None:
    bot.settle()
    assert ledger.audit(bot.messenger, bot.store) == []
    assert bot.messenger.objections() == []
