"""The checker itself: a sound history passes, and each rule tells of what it is there for."""

from __future__ import annotations

import ast
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from . import checker
from .checker import DAY, RULES, Case, Row, judge
from .history import FAIL, INFO, INVOKE, OK, History

NOW = 1_793_534_400_000
ANN = "9000"
TOPIC = "back_in_stock:sku-1"


@dataclass
class Told:
    """A history and the tables it left, in short words."""

    at: int = NOW
    skipped: int = 0
    tables: dict[str, list[Row]] = field(
        default_factory=lambda: {"inbox": [], "send": [], "part": [], "journal": []}
    )

    def __post_init__(self) -> None:
        self.history = History(lambda: self.at, ticks=lambda: (self.at - self.skipped) / 1000)

    def skip(self, ms: int) -> None:
        """Let time pass in which nothing runs."""
        self.at += ms
        self.skipped += ms

    def event(self, id: str, what: str = "said", *, expects: str = "", **more: Any) -> None:
        """Let the person do something and have it acknowledged."""
        self.did(id, what, expects=expects, **more)
        self.delivered(id)

    def did(self, id: str, what: str = "said", *, expects: str = "", **more: Any) -> None:
        """Let the person do something that nobody has been told of yet."""
        value = {"what": what, "psid": ANN, "event_at": self.at, "expects": expects.split("|")}
        value["expects"] = [text for text in value["expects"] if text]
        self.history.add(INVOKE, "event", id, **value, **more)

    def delivered(self, id: str, *, state: str = "done", key: str | None = None) -> None:
        """Let the platform deliver it, and the store keep it."""
        self.history.add(INVOKE, "webhook", f"w-{id}", events=[id])
        self.history.add(OK, "webhook", f"w-{id}", events=[id], status=200)
        row = {"key": key or f"message:{id}", "kind": "message", "state": state, "psid": ANN}
        self.tables["inbox"].append({**row, "body": json.dumps({"mid": id}), "error": None})

    def sent(self, text: str, turn: str, **words: Any) -> None:
        """Let a message go out, arrive and be written down."""
        mark = self.row(text, turn, **{k: words.pop(k) for k in ("state",) if k in words})
        self.call(text, mark, **words)

    def row(
        self, text: str, turn: str, state: str = "sent", part: str | None = None, attempts: int = 1
    ) -> str:
        """Write a row and its part; returns the value that names the message."""
        n = len(self.tables["send"])
        alert = text.startswith("alert ")
        row = {"id": f"s{n}", "psid": ANN, "text": text, "turn_key": turn, "state": state}
        row |= {"purpose": "alert" if alert else "reply", "topic": TOPIC if alert else None}
        row |= {
            "created_at": self.at,
            "decided_at": self.at,
            "decision": json.dumps({"reason": "because"}),
        }
        self.tables["send"].append(row)
        mark = f"s{n}.0.x"
        one = {"send_id": f"s{n}", "echo_key": mark, "state": part or state}
        self.tables["part"].append({**one, "committed_at": self.at, "attempts": attempts})
        return mark

    def call(
        self, text: str, mark: str, *, token: str | None = None, ends: str = OK, taken: bool = True
    ) -> None:
        """Let a call go out, be taken and end."""
        id = f"c{len(self.history.ops)}"
        value = {"metadata": mark, "text": text, "psid": None if token else ANN, "token": token}
        self.history.add(INVOKE, "send", id, **value, tag=None, clock=self.at, process="p1")
        if taken:
            self.history.add(OK, "taken", id, psid=ANN, text=text, metadata=mark, mid=f"mid-{id}")
        if ends:
            self.history.add(ends, "send", id, why="so it was")

    def settings(self, *, quiet: bool = False, resends: bool = False) -> None:
        """Say what the operator has set."""
        self.history.add(INFO, "world", "settings", quiet=quiet, resends=resends)

    def blocked(self, what: str = "block") -> None:
        """Let the platform block the Page, or end that, and have it acknowledged."""
        self.history.add(INFO, "page", f"{what}1", what=what)
        self.history.add(INVOKE, "webhook", f"w-{what}", events=[f"{what}1"])
        self.history.add(OK, "webhook", f"w-{what}", events=[f"{what}1"], status=200)

    def wrong(self) -> list[str]:
        """Return what the checker says."""
        return judge(Case(self.history.ops, self.tables))


def sound() -> Told:
    """Return a history in which everything goes well, an alert paid with a token included."""
    told = Told()
    told.event("m1", expects="e1 #0|e1 #1")
    told.sent("e1 #0", "message:m1")
    told.sent("e1 #1", "message:m1")
    told.did("token-1", "optin", topic=TOPIC)
    told.delivered("token-1", key="optin:hash")
    told.at += 8 * DAY
    told.history.add(INVOKE, "alert", "r1", topic=TOPIC)
    told.sent("alert r1", f"notify:r1:{ANN}", token="token-1")
    told.history.add(OK, "alert", "r1", psids=[ANN])
    return told


def test_a_sound_history_passes() -> None:
    assert sound().wrong() == []


def _said_twice(told: Told) -> None:
    told.call("e1 #0", "s0.0.x", taken=True)


def _token_again_after_a_timeout(told: Told) -> None:
    told.call("alert r1", "s2.0.x", token="token-1", ends=INFO, taken=False)
    told.call("alert r1", "s2.0.x", token="token-1", ends=FAIL, taken=False)


def _in_doubt_twice_and_once_more(told: Told) -> None:
    """It was in doubt, went once more and arrived; nothing allows a third time."""
    told.settings(resends=True)
    mark = told.row("e2 #0", "message:m1")
    told.call("e2 #0", mark, ends=INFO)
    told.call("e2 #0", mark, ends=INFO)
    told.call("e2 #0", mark)


def _once_more_without_a_doubt(told: Told) -> None:
    told.settings(resends=True)
    told.call("e1 #0", "s0.0.x")


def _after_it_was_paused(told: Told) -> None:
    told.history.add(OK, "operator", "r1", what="paused")
    told.at += 1000
    told.call("alert r1", told.row("alert r1", "notify:r1:other"))


def _at_night(told: Told) -> None:
    told.settings(quiet=True)
    told.at += 11 * 3_600_000
    told.sent("alert r2", f"notify:r2:{ANN}")


def _while_blocked(told: Told) -> None:
    told.blocked()
    told.at += 60_000
    told.sent("alert r2", f"notify:r2:{ANN}")


def _alert_after_stop(told: Told) -> None:
    told.event("m2", "stop", expects="bye")
    told.sent("bye", "message:m2")
    told.sent("alert r2", f"notify:r2:{ANN}")


def _alert_after_an_older_start(told: Told) -> None:
    """The START is delivered late: it is older than the STOP and undoes nothing."""
    told.did("m3", "start")
    told.at += 1000
    told.event("m2", "stop", expects="bye")
    told.sent("bye", "message:m2")
    told.delivered("m3")
    told.sent("alert r2", f"notify:r2:{ANN}")


def _never_kept(told: Told) -> None:
    told.history.add(OK, "webhook", "w9", events=["m9"], status=200)
    told.did("m9", expects="e9 #0")


def _never_answered(told: Told) -> None:
    told.event("m2", expects="e2 #0")


def _failed_and_not_said(told: Told) -> None:
    told.did("m2", expects="e2 #0")
    told.delivered("m2", state="failed")


def _refused_for_nothing(told: Told) -> None:
    told.event("m2", expects="e2 #0")
    told.at += 1
    told.row("e2 #0", "message:m2", "refused")


def _rejected_by_nobody(told: Told) -> None:
    told.event("m2", expects="e2 #0")
    told.row("e2 #0", "message:m2", "rejected")


def _unknown_though_refused(told: Told) -> None:
    told.event("m2", expects="e2 #0")
    mark = told.row("e2 #0", "message:m2", "unknown")
    told.call("e2 #0", mark, ends=FAIL, taken=False)


def _answered_backwards(told: Told) -> None:
    told.event("m2", expects="e2 #0")
    told.at += 1
    told.event("m3", expects="e3 #0")
    told.sent("e3 #0", "message:m3")
    told.sent("e2 #0", "message:m2")


def _parts_backwards(told: Told) -> None:
    told.event("m2", expects="e2 #0|e2 #1")
    told.sent("e2 #1", "message:m2")
    told.sent("e2 #0", "message:m2")


def _after_the_window(told: Told) -> None:
    told.sent("by the way", "loose:1")


def _paid_with_nothing(told: Told) -> None:
    told.sent("by the way", "loose:1", token="token-of-nobody")


def _doubt_made_certain(told: Told) -> None:
    told.event("m2", expects="e2 #0")
    mark = told.row("e2 #0", "message:m2", "rejected")
    told.call("e2 #0", mark, ends=INFO, taken=False)


def _doubts_from_nowhere(told: Told) -> None:
    told.event("m2", expects="e2 #0")
    told.row("e2 #0", "message:m2", "unknown")


def _sent_and_never_arrived(told: Told) -> None:
    told.event("m2", expects="e2 #0")
    told.sent("e2 #0", "message:m2", taken=False)


def _arrived_and_unsaid(told: Told) -> None:
    told.event("m2", expects="e2 #0")
    told.sent("e2 #0", "message:m2", state="dropped")


def _left_half_done(told: Told) -> None:
    told.event("m2", expects="e2 #0")
    told.row("e2 #0", "message:m2", "ready")


def _told_twice_of_one_wish(told: Told) -> None:
    told.event("m2")
    told.history.add(INVOKE, "alert", "r2", topic=TOPIC)
    told.sent("alert r2", f"notify:r2:{ANN}")


def _recipient_left_waiting(told: Told) -> None:
    row = {"broadcast": 1, "psid": ANN, "state": "waiting", "send_id": None}
    told.tables["recipient"] = [row]


def _passed_over(told: Told) -> None:
    told.did("token-2", "optin", topic="back_in_stock:sku-2")
    told.delivered("token-2", key="optin:other")
    told.history.add(INVOKE, "alert", "r2", topic="back_in_stock:sku-2")
    told.history.add(OK, "alert", "r2", psids=[])


@pytest.mark.parametrize(
    ("violate", "rule"),
    [
        (_said_twice, checker.no_message_twice),
        (_in_doubt_twice_and_once_more, checker.no_message_twice),
        (_once_more_without_a_doubt, checker.no_message_twice),
        (_token_again_after_a_timeout, checker.no_token_twice),
        (_after_it_was_paused, checker.nothing_of_what_is_stopped),
        (_at_night, checker.nothing_unasked_at_night),
        (_while_blocked, checker.nothing_unasked_while_blocked),
        (_alert_after_stop, checker.nothing_proactive_after_stop),
        (_alert_after_an_older_start, checker.nothing_proactive_after_stop),
        (_never_kept, checker.every_event_answered),
        (_never_answered, checker.every_event_answered),
        (_failed_and_not_said, checker.every_event_answered),
        (_refused_for_nothing, checker.every_event_answered),
        (_rejected_by_nobody, checker.every_event_answered),
        (_unknown_though_refused, checker.every_event_answered),
        (_answered_backwards, checker.order_kept),
        (_parts_backwards, checker.order_kept),
        (_after_the_window, checker.nothing_outside_the_window),
        (_paid_with_nothing, checker.nothing_outside_the_window),
        (_doubt_made_certain, checker.every_doubt_listed),
        (_doubts_from_nowhere, checker.no_more_doubts_than_deaths),
        (_sent_and_never_arrived, checker.the_store_tells_the_truth),
        (_arrived_and_unsaid, checker.the_store_tells_the_truth),
        (_left_half_done, checker.everything_comes_to_an_end),
        (_told_twice_of_one_wish, checker.every_recipient_in_one_state),
        (_recipient_left_waiting, checker.every_recipient_in_one_state),
        (_passed_over, checker.every_recipient_in_one_state),
    ],
)
def test_a_rule_tells_of_its_violation(
    violate: Callable[[Told], None], rule: Callable[..., Any]
) -> None:
    told = sound()
    violate(told)
    assert rule.__name__ in {said.partition(":")[0] for said in told.wrong()}


def test_every_rule_has_a_violation_here() -> None:
    (mark,) = test_a_rule_tells_of_its_violation.pytestmark  # type: ignore[attr-defined]  # pytest sets it
    assert {rule for _, rule in mark.args[1]} == set(RULES)


def test_a_refused_call_lets_a_token_go_again() -> None:
    told = Told()
    told.did("token-1", "optin", topic=TOPIC)
    told.delivered("token-1", key="optin:hash")
    mark = told.row("alert r1", f"notify:r1:{ANN}")
    told.call("alert r1", mark, token="token-1", ends=FAIL, taken=False)
    told.call("alert r1", mark, token="token-1")
    assert told.wrong() == []


def test_an_answer_in_doubt_may_go_once_more_where_the_operator_says_so() -> None:
    for resends in (True, False):
        told = Told()
        told.settings(resends=resends)
        told.event("m1", expects="e1 #0")
        mark = told.row("e1 #0", "message:m1")
        told.call("e1 #0", mark, ends=INFO)
        told.call("e1 #0", mark)
        assert (told.wrong() == []) == resends


@pytest.mark.parametrize("skipped", [True, False])
def test_an_answer_may_go_once_more_where_time_was_skipped_under_its_lease(skipped: bool) -> None:
    """Its sender lives and could not renew: to everybody else it was in doubt."""
    told = Told()
    told.settings(resends=True)
    told.event("m1", expects="e1 #0")
    mark = told.row("e1 #0", "message:m1")
    told.call("e1 #0", mark)
    if skipped:
        told.skip(61_000)
    else:
        told.at += 61_000
    told.call("e1 #0", mark)
    assert (told.wrong() == []) == skipped


@pytest.mark.parametrize("skipped", [DAY, 0])
def test_a_pause_may_count_from_when_a_webhook_began_to_be_kept(skipped: int) -> None:
    told = sound()
    told.history.add(INFO, "page", "block1", what="block")
    told.history.add(INVOKE, "webhook", "w-block", events=["block1"])
    told.skip(skipped)
    told.history.add(OK, "webhook", "w-block", events=["block1"], status=200)
    told.at += 1000
    told.sent("alert r2", f"notify:r2:{ANN}")
    said = {each.partition(":")[0] for each in told.wrong()}
    assert ("nothing_unasked_while_blocked" in said) == (skipped == 0)


def test_what_is_refused_after_a_try_that_nobody_saw_stays_in_doubt() -> None:
    """A process was killed between the commit and the first byte; the second try was refused."""
    for attempts in (2, 1):
        told = Told()
        told.settings(resends=True)
        told.event("m1", expects="e1 #0")
        mark = told.row("e1 #0", "message:m1", "unknown", attempts=attempts)
        told.history.add(INFO, "process", "p0", what="killed")
        told.call("e1 #0", mark, ends=FAIL, taken=False)
        assert (told.wrong() == []) == (attempts == 2)


def test_what_is_resumed_or_unblocked_goes_on() -> None:
    told = sound()
    told.history.add(OK, "operator", "r2", what="paused")
    told.blocked()
    told.at += 60_000
    told.history.add(INVOKE, "operator", "r2", what="running")
    told.blocked("unblock")
    told.event("m2")
    told.sent("alert r2", f"notify:r2:{ANN}")
    assert told.wrong() == []


def test_the_checker_shares_no_code_with_what_it_judges() -> None:
    for name in ("checker.py", "history.py"):
        tree = ast.parse((Path(__file__).parent / name).read_text())
        nodes = [node for node in ast.walk(tree) if isinstance(node, ast.Import | ast.ImportFrom)]
        named = {
            alias.name.split(".")[0] if isinstance(node, ast.Import) else (node.module or "")
            for node in nodes
            for alias in node.names
        }
        assert not {name.split(".")[0] for name in named} & {
            "channels",
            "policy_guard",
            "simulator",
        }
