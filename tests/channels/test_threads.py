"""Whose conversation it is: what events and echoes tell, and when the bot is silent."""

from __future__ import annotations

import asyncio
import json
from datetime import datetime, timedelta
from typing import Any, cast

import pytest

from channels import threads
from channels.dispatch import Dispatcher
from channels.errors import GraphError, NeverLeft, SendError
from channels.graph import Graph
from channels.intake import Intake
from channels.render import render
from channels.settings import PAGE_INBOX
from channels.threads import Apps, Control, Reply, read_control
from channels.webhook import parse
from policy_guard import inbox_rows, people_rows, thread_rows
from policy_guard.clock import to_ms
from policy_guard.inbox_rows import NOTED, PENDING, InboxRow
from policy_guard.people import Origin
from policy_guard.thread_rows import Thread
from policy_guard.vocabulary import Author, Page, Purpose
from tests.conftest import LANGUAGES, PERMITTED, Bench

OURS, OTHER = "111", "222"
HOUR = timedelta(hours=1)
APPS = Apps(OURS, PAGE_INBOX, HOUR)
UNKNOWN = Apps(None, PAGE_INBOX, HOUR)


class Hook:
    """The webhooks of one Page, with short words for what they bring."""

    def __init__(self, bench: Bench, apps: Apps = APPS) -> None:
        self.bench = bench
        self.intake = Intake(bench.guard, bench.who.page, apps, LANGUAGES)
        self._number = 0

    def brings(
        self, content: dict[str, Any], at: datetime | None = None, *, standby: bool = False
    ) -> list[InboxRow]:
        """Deliver one event and return what the dialogue is to answer of it."""
        page, psid = self.bench.who.page, self.bench.who.psid
        sides = (page, psid) if content.get("message", {}).get("is_echo") else (psid, page)
        event = {
            "sender": {"id": sides[0]},
            "recipient": {"id": sides[1]},
            "timestamp": to_ms(at or self.bench.clock.now()),
            **content,
        }
        entry = {"id": page, "time": 1, "standby" if standby else "messaging": [event]}
        raw = json.dumps({"object": "page", "entry": [entry]}).encode()
        return self.intake.receive(parse(raw, page_id=page))

    def mid(self) -> str:
        self._number += 1
        return f"m_{self._number}"

    def says(self, text: str, **more: Any) -> list[InboxRow]:
        """Let the person write."""
        return self.brings({"message": {"mid": self.mid(), "text": text}}, **more)

    def taps(self, payload: str) -> list[InboxRow]:
        """Let the person tap a quick reply."""
        reply = {"mid": self.mid(), "text": "x", "quick_reply": {"payload": payload}}
        return self.brings({"message": reply})

    def echoes(self, at: datetime | None = None, **message: Any) -> None:
        """Let the Page's own message come back."""
        said = {"is_echo": True, "mid": self.mid(), "text": "Hello, this is Ann.", **message}
        assert self.brings({"message": said}, at) == []

    def passes(self, new: str, kind: str = "pass", at: datetime | None = None) -> list[InboxRow]:
        """Let the thread change hands."""
        who = {"previous_owner_app_id": "9", "new_owner_app_id": new}
        return self.brings({f"{kind}_thread_control": who}, at)

    def thread(self) -> Thread:
        with self.bench.store.read() as tx:
            return thread_rows.read(tx, self.bench.who)

    def decision(self, turn: str = "t", **words: Any) -> tuple[str, str]:
        row = self.bench.decided(self.bench.out(turn, **words))
        return str(row.decision["decision"]), str(row.decision["rule"])


@pytest.fixture
def hook(bench: Bench) -> Hook:
    """Give the webhooks of a Page whose app is known."""
    return Hook(bench)


# --- a person's own words, seen as echoes ---


def test_a_persons_reply_is_written_down_and_silences_the_bot(hook: Hook, bench: Bench) -> None:
    assert hook.says("hello") != []
    hook.echoes(app_id=int(PAGE_INBOX))
    (line,) = bench.told(what="human_wrote")
    assert line.data["text"] == "Hello, this is Ann."
    assert line.data["app_id"] == PAGE_INBOX
    assert hook.thread().human_until == bench.clock.now() + HOUR
    assert hook.decision() == ("hold", "person_answers")


def test_an_echo_without_any_app_is_a_persons_too(hook: Hook) -> None:
    hook.echoes()
    assert hook.thread().human_until is not None


def test_our_own_echo_silences_nobody(hook: Hook, bench: Bench) -> None:
    hook.says("hello")
    row = bench.decided(bench.out())
    wire = bench.began(row.id)
    hook.echoes(app_id=int(OURS), metadata=wire.part.echo_key)
    assert hook.thread().human_until is None
    assert bench.row(row.id).state == "sent"


def test_an_echo_of_ours_whose_row_was_decided_anew_is_still_ours(bench: Bench) -> None:
    hook = Hook(bench, UNKNOWN)
    hook.echoes(app_id=5, metadata=f"snd_{'a' * 20}.0.{'b' * 8}")
    assert hook.thread().human_until is None


def test_metadata_of_another_tool_does_not_pass_for_ours(hook: Hook) -> None:
    hook.echoes(app_id=int(OTHER), metadata="snd_of_another_kind")
    assert hook.thread().human_until is not None


def test_our_app_is_learned_from_an_echo_where_it_is_not_configured(bench: Bench) -> None:
    hook = Hook(bench, UNKNOWN)
    hook.says("hello")
    wire = bench.began(bench.decided(bench.out()).id)
    hook.echoes(app_id=int(OURS), metadata=wire.part.echo_key)
    hook.echoes(app_id=int(OURS))
    assert hook.thread().human_until is None
    hook.echoes(app_id=int(OTHER))
    assert hook.thread().human_until is not None


def test_an_old_echo_that_comes_late_silences_nobody(hook: Hook, bench: Bench) -> None:
    hook.says("hello")
    hook.echoes(at=bench.clock.now() - 2 * HOUR)
    assert hook.decision() == ("send", "window_open")


def test_an_earlier_echo_never_shortens_the_silence(hook: Hook, bench: Bench) -> None:
    hook.echoes()
    until = hook.thread().human_until
    hook.echoes(at=bench.clock.now() - HOUR / 2)
    assert hook.thread().human_until == until


def test_the_same_echo_twice_is_one_line(hook: Hook, bench: Bench) -> None:
    for _ in range(2):
        hook.echoes(mid="m_same")
    assert len(bench.told(what="human_wrote")) == 1


# --- while somebody else answers ---


def test_a_message_is_left_to_the_person_who_answers(hook: Hook, bench: Bench) -> None:
    hook.echoes()
    bench.clock.move(minutes=59)
    assert hook.says("and my size?") == []
    with bench.store.read() as tx:
        states = [row.state for row in inbox_rows.listed(tx, [NOTED, PENDING])]
    assert states == [NOTED, NOTED]
    (line,) = bench.told(what="left_to_a_person")
    assert line.data["key"]
    bench.clock.move(minutes=1)
    assert hook.says("hello?") != []


def test_what_is_left_to_a_person_opens_the_window_all_the_same(hook: Hook, bench: Bench) -> None:
    hook.passes(PAGE_INBOX)
    hook.says("hello", standby=True)
    bench.clock.move(hours=1)
    hook.passes(OURS)
    assert hook.decision() == ("send", "window_open")


@pytest.mark.parametrize("word", ["STOP", "start", "arrêt"])
def test_stop_and_start_are_heeded_while_a_person_answers(hook: Hook, word: str) -> None:
    hook.echoes()
    assert hook.says(word) != []


def test_a_tap_on_stop_everything_is_heeded_while_a_person_answers(hook: Hook) -> None:
    hook.echoes()
    assert hook.taps("/list_alerts") == []
    assert hook.taps("/stop_alerts") != []


def test_the_confirmation_of_a_stop_leaves_while_a_person_answers(hook: Hook) -> None:
    hook.echoes()
    hook.says("STOP")
    assert hook.decision("a", confirms_stop=True) == ("send", "window_open")
    assert hook.decision("b") == ("refuse", "person_stopped")


def test_the_confirmation_of_a_start_leaves_while_a_person_answers(hook: Hook) -> None:
    hook.echoes()
    hook.says("START")
    assert hook.decision("a", confirms_order=True) == ("send", "window_open")
    assert hook.decision("b") == ("hold", "person_answers")


def test_a_stop_in_a_thread_of_another_is_kept_and_not_confirmed(hook: Hook, bench: Bench) -> None:
    hook.passes(PAGE_INBOX)
    hook.says("STOP", standby=True)
    assert bench.people.choices(bench.who.psid).stopped
    assert hook.decision(confirms_stop=True) == ("hold", "thread_is_ours")


def confirmed(bench: Bench, key: str) -> bool:
    with bench.store.read() as tx:
        return threads.stop_was_confirmed(tx, bench.who, key)


def test_a_stop_is_confirmed_once_and_again_only_after_a_start(hook: Hook, bench: Bench) -> None:
    (first,) = hook.says("STOP")
    assert not confirmed(bench, first.key)
    assert hook.decision(first.key, confirms_stop=True) == ("send", "window_open")
    assert not confirmed(bench, first.key), "a turn that runs again still says it"
    bench.clock.move(minutes=1)
    (second,) = hook.says("STOP")
    assert confirmed(bench, second.key)
    bench.clock.move(minutes=1)
    hook.says("START")
    bench.clock.move(minutes=1)
    (third,) = hook.says("STOP")
    assert not confirmed(bench, third.key)


def test_a_stop_whose_confirmation_never_left_is_confirmed_by_the_next(
    hook: Hook, bench: Bench
) -> None:
    hook.passes(PAGE_INBOX)
    hook.says("STOP", standby=True)
    assert hook.decision("m_1", confirms_stop=True) == ("hold", "thread_is_ours")
    assert not confirmed(bench, "m_2")


def test_a_stop_in_words_is_confirmed_for_the_word_as_well(hook: Hook, bench: Bench) -> None:
    (row,) = hook.says("please leave me alone")
    bench.people.stop_all(bench.who.psid, Origin(row.key, bench.clock.now()))
    assert hook.decision(row.key) == ("send", "window_open")
    assert confirmed(bench, "m_2")


def test_what_is_ready_is_asked_again_when_a_person_was_quicker(hook: Hook, bench: Bench) -> None:
    hook.says("hello")
    row = bench.decided(bench.out())
    hook.echoes()
    assert bench.guard.begin(row.id) is None
    held = bench.row(row.id)
    assert (held.state, held.not_before) == ("held", bench.clock.now() + HOUR)


def test_an_alert_waits_until_the_person_is_done(hook: Hook, bench: Bench) -> None:
    hook.says("hello")
    hook.echoes()
    held = bench.decided(bench.out("n", purpose=Purpose.ACCOUNT_UPDATE, in_turn=False))
    assert held.not_before == bench.clock.now() + HOUR
    bench.clock.move(hours=1)
    assert bench.guard.reconsider(held.id, "its moment came").state == "claimed"


# --- the handover protocol ---


def test_a_thread_that_is_passed_to_the_inbox_is_not_ours(hook: Hook, bench: Bench) -> None:
    hook.says("hello")
    assert hook.passes(PAGE_INBOX) == []
    assert hook.thread().owner == PAGE_INBOX
    assert hook.decision() == ("hold", "thread_is_ours")
    assert hook.says("are you there?") == []
    assert len(bench.told(what="thread_left")) == 1


def test_a_thread_that_comes_back_has_what_waited_asked_again(hook: Hook) -> None:
    hook.passes(PAGE_INBOX)
    (row,) = hook.passes(OURS)
    assert (row.kind, row.state) == ("pass_thread_control", PENDING)
    assert hook.thread().owner is None


def test_who_passes_the_thread_back_has_finished(hook: Hook, bench: Bench) -> None:
    hook.passes(PAGE_INBOX)
    hook.echoes(app_id=int(PAGE_INBOX))
    bench.clock.move(minutes=5)
    hook.passes(OURS)
    assert hook.thread().is_the_bots(bench.clock.now())
    hook.echoes(at=bench.clock.now() - timedelta(minutes=1))
    assert hook.thread().is_the_bots(bench.clock.now()), "an echo of before came late"


def test_an_earlier_event_never_undoes_a_later_one(hook: Hook, bench: Bench) -> None:
    now = bench.clock.now()
    hook.passes(OURS, at=now)
    hook.passes(PAGE_INBOX, at=now - HOUR)
    assert hook.thread().owner is None


def test_a_thread_that_is_taken_by_another_app_is_not_ours(hook: Hook) -> None:
    hook.passes(OTHER, "take")
    assert hook.thread().owner == OTHER


@pytest.mark.parametrize(
    ("kind", "new", "owner"),
    [("pass", "777", None), ("take", "777", "777"), ("pass", PAGE_INBOX, PAGE_INBOX)],
)
def test_where_our_app_is_not_known_the_kind_of_event_tells(
    bench: Bench, kind: str, new: str, owner: str | None
) -> None:
    """A pass is told to who gets the thread, a take to who loses it."""
    hook = Hook(bench, UNKNOWN)
    hook.passes(PAGE_INBOX)
    bench.clock.move(seconds=1)
    hook.passes(new, kind)
    assert hook.thread().owner == owner


def test_standby_shows_that_the_thread_is_not_ours_until_it_comes_to_us(
    hook: Hook, bench: Bench
) -> None:
    assert hook.says("hello", standby=True) == []
    assert hook.thread().owner == "somebody"
    bench.clock.move(seconds=1)
    assert hook.says("hello again") != []
    assert hook.thread().owner is None


def test_a_request_for_the_thread_is_written_down_and_changes_nothing(
    hook: Hook, bench: Bench
) -> None:
    hook.brings({"request_thread_control": {"requested_owner_app_id": 2, "metadata": "please"}})
    assert hook.thread() == Thread()
    (line,) = bench.told(what="thread_requested")
    assert line.data == {"by": "2", "metadata": "please"}


# --- telling that the bot answers again ---


def test_it_is_owed_once_that_the_bot_answers_again(hook: Hook, bench: Bench) -> None:
    assert not hook.thread().owes_disclosure
    hook.echoes()
    assert hook.thread().owes_disclosure
    bench.clock.move(hours=2)
    with bench.store.write() as tx:
        thread_rows.record_back(tx, bench.who, bench.clock.now())
    assert not hook.thread().owes_disclosure
    bench.clock.move(minutes=1)
    hook.passes(PAGE_INBOX)
    bench.clock.move(hours=1)
    hook.passes(OURS)
    assert hook.thread().owes_disclosure


# --- orders about the thread ---


def test_the_inbox_is_the_app_that_a_thread_is_passed_to() -> None:
    said = {"do": "pass", "to": "inbox", "metadata": "a question"}
    assert read_control(said, PAGE_INBOX) == Control("pass", PAGE_INBOX, "a question")
    assert read_control({"do": "pass", "to": 42}, PAGE_INBOX) == Control("pass", "42", None)
    assert read_control({"do": "take"}, PAGE_INBOX) == Control("take", None, None)


@pytest.mark.parametrize(
    "said",
    [None, "pass", {"do": "give"}, {"do": "pass", "to": "sales"}, {"do": "take", "metadata": 1}],
)
def test_an_order_that_cannot_be_read_is_refused_with_a_sentence(said: object) -> None:
    with pytest.raises(ValueError, match="thread_control"):
        read_control(said, PAGE_INBOX)


def test_a_thread_we_passed_is_another_apps_at_once(hook: Hook, bench: Bench) -> None:
    with bench.store.write() as tx:
        order = Control("pass", PAGE_INBOX, None)
        threads.carried_out(tx, bench.who, order, bench.clock.now())
    assert hook.thread().owner == PAGE_INBOX
    assert [line.what for line in bench.told()] == ["handed_over"]


class Refusing:
    """A platform on which every order about a thread ends in one way."""

    def __init__(self, problem: SendError | None) -> None:
        self.problem = problem
        self.orders: list[tuple[str, str, str | None, str | None]] = []

    async def thread_control(self, *order: Any) -> None:
        self.orders.append(order)
        if self.problem is not None:
            raise self.problem


def ordered(bench: Bench, problem: SendError | None) -> Refusing:
    """Carry out an order to pass the thread to the inbox."""
    graph = Refusing(problem)
    door = Dispatcher(bench.guard, cast(Graph, graph))
    asyncio.run(door.control(bench.who, Control("pass", PAGE_INBOX, "a question")))
    return graph


def test_an_order_that_is_carried_out_is_written_down(hook: Hook, bench: Bench) -> None:
    graph = ordered(bench, None)
    assert graph.orders == [("pass", bench.who.psid, PAGE_INBOX, "a question")]
    assert hook.thread().owner == PAGE_INBOX


def test_a_thread_that_cannot_be_passed_stays_ours_with_a_sentence(
    hook: Hook, bench: Bench
) -> None:
    ordered(bench, GraphError(status=400, code=100, subcode=2534037, fbtrace_id=None, message="no"))
    assert hook.thread() == Thread()
    (line,) = bench.told()
    assert (line.what, line.data["do"]) == ("thread_order_failed", "pass")
    assert line.data["why"]


def test_an_order_that_never_left_is_left_to_the_runner_to_try_again(bench: Bench) -> None:
    with pytest.raises(NeverLeft):
        ordered(bench, NeverLeft("no connection"))
    assert [line.what for line in bench.told()] == ["thread_order_failed"]


def test_custom_json_may_hold_an_order_beside_a_message() -> None:
    order = {"do": "pass", "to": "inbox"}
    envelope = render({"custom": {"text": "One moment.", "thread_control": order}})
    assert [part.kind for part in envelope.parts] == ["thread_control", "message"]
    assert envelope.parts[0].body == {"thread_control": order}
    assert envelope.notes == ()


# --- the ground of human agents ---


def agents(bench: Bench) -> tuple[str, str | None, str]:
    """Return the decision on an agent's reply, its ground, and the rule."""
    row = bench.decided(threads.outgoing(bench.who, Reply(bench.who.psid, "Hi, Ann here", "k1")))
    return str(row.decision["decision"]), row.ground, str(row.decision["rule"])


def test_inside_the_window_an_agents_reply_needs_no_tag(bench: Bench) -> None:
    bench.wrote()
    row = bench.decided(threads.outgoing(bench.who, Reply(bench.who.psid, "Hi", "k1")))
    assert (row.ground, row.decision["messaging_type"]) == ("standard_window", "UPDATE")
    assert (row.message.author, row.turn_key) == (Author.HUMAN, f"agent:{bench.who.psid}:k1")


@pytest.mark.parametrize(
    ("after", "decision"),
    [
        (timedelta(days=7) - timedelta(seconds=1), ("send", "tag:HUMAN_AGENT")),
        (timedelta(days=7), ("refuse", None)),
    ],
)
def test_an_approved_page_has_seven_days_to_answer(
    bench: Bench, after: timedelta, decision: tuple[str, str | None]
) -> None:
    bench.wrote()
    bench.clock.at += after
    assert agents(bench)[:2] == decision


def test_a_page_that_is_not_approved_is_refused_not_held(bench: Bench) -> None:
    bench.under(page=Page(region="US"))
    bench.wrote()
    bench.clock.move(days=2)
    assert agents(bench)[0] == "refuse"


def test_an_agent_may_write_while_a_person_answers_and_not_in_anothers_thread(
    hook: Hook, bench: Bench
) -> None:
    hook.says("hello")
    hook.echoes()
    assert agents(bench)[0] == "send"
    hook.passes(PAGE_INBOX)
    row = bench.decided(threads.outgoing(bench.who, Reply(bench.who.psid, "Hi again", "k2")))
    assert (row.decision["decision"], row.decision["rule"]) == ("refuse", "thread_is_ours")


def test_the_bot_never_goes_on_the_ground_of_human_agents(bench: Bench) -> None:
    assert PERMITTED.human_agent
    bench.wrote()
    bench.clock.move(days=2)
    row = bench.decided(bench.out(purpose=Purpose.HUMAN_AGENT))
    assert row.decision["decision"] == "refuse"
    assert any("not for the bot's" in f["says"] for f in row.decision["findings"])


def test_a_reply_that_says_nothing_is_no_reply(bench: Bench) -> None:
    with pytest.raises(ValueError, match="says nothing"):
        threads.outgoing(bench.who, Reply(bench.who.psid, " ", "k1"))


# --- what the bot would have said while a person had the thread ---


def held(hook: Hook, bench: Bench, **words: Any) -> str:
    row = bench.decided(bench.out("held", **words))
    assert row.state == "held", row.decision
    return row.id


def test_an_answer_that_was_held_is_let_go_where_a_person_has_answered_since(
    hook: Hook, bench: Bench
) -> None:
    hook.says("where is my parcel?")
    hook.passes(PAGE_INBOX, "take")
    waits = held(hook, bench)
    bench.clock.move(minutes=5)
    hook.echoes(app_id=int(PAGE_INBOX))
    bench.clock.move(minutes=5)
    hook.passes(OURS)
    row = bench.guard.reconsider(waits, "the person wrote")
    assert (row.state, row.why) == ("cancelled", "dropped")
    (line,) = bench.told(what="cancelled")
    assert line.data["why"] == "a person has answered for the Page since"


def test_an_answer_that_was_held_goes_out_where_nobody_has_answered(
    hook: Hook, bench: Bench
) -> None:
    hook.says("where is my parcel?")
    hook.passes(PAGE_INBOX, "take")
    waits = held(hook, bench)
    bench.clock.move(minutes=5)
    hook.passes(OURS)
    assert bench.guard.reconsider(waits, "the person wrote").state == "claimed"


def test_an_answer_that_a_persons_words_overtook_is_let_go_when_they_are_done(
    hook: Hook, bench: Bench
) -> None:
    hook.says("where is my parcel?")
    hook.echoes(app_id=int(PAGE_INBOX))
    waits = held(hook, bench)
    bench.clock.move(hours=1, minutes=1)
    row = bench.guard.reconsider(waits, "its moment came")
    assert (row.state, row.why) == ("cancelled", "dropped")


def test_an_alert_that_was_held_while_a_person_answered_is_still_wanted(
    hook: Hook, bench: Bench
) -> None:
    hook.says("hello")
    bench.write(people_rows.record_choice, ["delivery"], True, bench.clock.now())
    hook.echoes(app_id=int(PAGE_INBOX))
    waits = held(hook, bench, purpose=Purpose.POST_PURCHASE_UPDATE, topic="delivery")
    bench.clock.move(hours=1, minutes=1)
    assert bench.guard.reconsider(waits, "its moment came").state == "claimed"


# --- STOP where another app has the thread ---


def test_a_stop_that_nobody_could_confirm_is_answered_when_the_thread_is_ours_again(
    hook: Hook, bench: Bench
) -> None:
    hook.says("hello")
    hook.passes(PAGE_INBOX, "take")
    assert hook.says("STOP", standby=True) == []
    assert bench.people.choices(bench.who.psid).stopped
    bench.clock.move(minutes=5)
    owed, back = hook.passes(OURS)
    assert (owed.kind, back.kind) == ("message", "pass_thread_control")
    assert owed.body["text"] == "STOP"
    bench.clock.move(minutes=5)
    hook.passes(PAGE_INBOX, "take")
    bench.clock.move(minutes=5)
    assert len(hook.passes(OURS)) == 1, "it is confirmed once"


def test_a_stop_that_was_taken_back_meanwhile_is_not_confirmed(hook: Hook, bench: Bench) -> None:
    hook.says("hello")
    hook.passes(PAGE_INBOX, "take")
    hook.says("STOP", standby=True)
    bench.clock.move(minutes=1)
    hook.says("START", standby=True)
    bench.clock.move(minutes=1)
    assert [row.kind for row in hook.passes(OURS)] == ["pass_thread_control"]
