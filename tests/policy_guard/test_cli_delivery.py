"""The commands `outbox` and `breaker`: doubts settled and sending stopped by an operator's word."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from policy_guard import breaker_rows, cli, journal, people_rows, sends
from policy_guard.guard import Guard, Wire
from policy_guard.people import PAGE_ID, open_guard
from policy_guard.people_rows import Who
from policy_guard.sends import Outgoing, SendRow
from policy_guard.sql_store import set_meta
from policy_guard.vocabulary import Message, Opener, OpenerKind, Purpose

ENDPOINTS = """\
policy_guard:
  url: sqlite:///guard.db
  pace: none
  page: {region: US, time_zone: UTC, one_time_notification: true}
"""
ALERTS = (Path(__file__).parents[2] / "alerts.yml").read_text("utf-8")
ANNA = Who("page-1", "anna")


@dataclass(frozen=True)
class Said:
    """What a command wrote and how it ended."""

    code: int
    out: str
    err: str


@dataclass
class Shop:
    """A project with one person, and the command line over it."""

    guard: Guard
    command: Callable[..., Said]
    turns: int = 0

    def decide(self, **message: Any) -> SendRow:
        """Decide on a response to the person, who has just written."""
        self.turns += 1
        text = f"hi {self.turns}"
        part = {"message": {"text": text}}
        out = Outgoing(ANNA, f"t{self.turns}", 0, Message(**message), (part,), text=text)
        return self.guard.authorize(out)[0]

    def doubt(self, **message: Any) -> SendRow:
        """Let a message be in doubt."""
        row = self.decide(**message)
        wire = self.guard.begin(row.id)
        assert isinstance(wire, Wire)
        self.guard.unknown(wire.part, "no answer in 10 s")
        return row

    def row(self, row: SendRow) -> SendRow:
        """Return a row as it stands now."""
        with self.guard.store.read() as tx:
            return sends.get(tx, row.id)

    def lines(self, what: str) -> list[Any]:
        """Return what lines of the journal hold."""
        with self.guard.store.read() as tx:
            return [line.data for line in journal.entries(tx, what=what)]


@pytest.fixture
def shop(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Shop:
    """Give a project whose person has just written."""
    monkeypatch.delenv("POLICY_GUARD_DB", raising=False)
    endpoints = tmp_path / "endpoints.yml"
    endpoints.write_text(ENDPOINTS, "utf-8")
    (tmp_path / "alerts.yml").write_text(ALERTS, "utf-8")
    guard = open_guard(endpoints)
    now = guard.clock.now()
    with guard.store.write() as tx:
        set_meta(tx, PAGE_ID, ANNA.page)
        people_rows.ensure(tx, ANNA)
        people_rows.record_opener(tx, ANNA, Opener(OpenerKind.MESSAGE, now))

    def command(*argv: str) -> Said:
        code = cli.main(["--endpoints", str(endpoints), *argv])
        out, err = capsys.readouterr()
        return Said(code, out, err)

    return Shop(guard, command)


def test_a_message_is_shown_with_each_part_on_the_wire(shop: Shop) -> None:
    row = shop.doubt()
    said = shop.command("outbox", "show", row.id)
    assert said.code == 0
    assert f"{row.id}  unknown  person anna" in said.out
    assert "message 1  unknown  tries 1  no answer in 10 s" in said.out
    assert f"policy-guard explain {row.id}" in said.out


@pytest.mark.parametrize("words", [["outbox"], ["outbox", "list"]])
def test_the_list_needs_no_further_word(shop: Shop, words: Sequence[str]) -> None:
    row = shop.doubt()
    assert row.id in shop.command(*words).out
    assert row.id in shop.command(*words, "--psid", "anna", "--lane", "live", "--json").out
    assert row.id not in shop.command(*words, "--lane", "bulk").out


def test_what_an_operator_saw_arrive_is_sent_and_the_journal_says_by_whom(shop: Shop) -> None:
    row = shop.doubt()
    said = shop.command("outbox", "resolve", row.id, "--as", "sent", "--by", "ann")
    assert (said.code, said.out) == (0, f"`{row.id}` was unknown and is sent\n")
    assert shop.lines("resolved") == [{"told": "sent", "by": "ann"}]
    assert shop.lines("sent") == [{"mid": None, "part": 0, "told_by": "operator"}]


def test_what_did_not_arrive_is_asked_again_and_left_to_the_channel(shop: Shop) -> None:
    row = shop.doubt()
    said = shop.command("outbox", "resolve", row.id, "--as", "not-sent", "--by", "ann")
    assert (said.code, said.out) == (0, f"`{row.id}` was unknown and is ready\n")
    assert [one.id for one in shop.guard.claim_due("channel", 5)] == [row.id]


def test_what_did_not_arrive_gives_its_token_back_before_it_is_asked_again(shop: Shop) -> None:
    sku = "back_in_stock:sku-42"
    with shop.guard.store.write() as tx:
        at = shop.guard.clock.now()
        people_rows.record_grant(tx, ANNA, topic=sku, value="otn", at=at)
        tx.exec_driver_sql("delete from opener")
        tx.exec_driver_sql("update person set last_message_at = null")
    row = shop.doubt(purpose=Purpose.ALERT, topic=sku, in_turn=False)
    assert row.ground == "one_time_notification"
    with shop.guard.store.write() as tx:
        people_rows.record_stop(tx, ANNA, shop.guard.clock.now())
    said = shop.command("outbox", "resolve", row.id, "--as", "not-sent")
    assert said.out == f"`{row.id}` was unknown and is refused\n"
    with shop.guard.store.read() as tx:
        assert tx.exec_driver_sql("select spent_at, claimed_by from token").one() == (None, None)


def test_what_is_cancelled_never_leaves(shop: Shop) -> None:
    row = shop.decide()
    said = shop.command("outbox", "resolve", row.id, "--as", "cancel", "--by", "ann")
    assert said.out == f"`{row.id}` was claimed and is cancelled\n"
    assert shop.row(row).why == "operator"
    assert shop.guard.begin(row.id) is None


@pytest.mark.parametrize("how", ["sent", "not-sent"])
def test_what_is_not_in_doubt_cannot_be_settled(shop: Shop, how: str) -> None:
    row = shop.decide()
    said = shop.command("outbox", "resolve", row.id, "--as", how)
    assert (said.code, said.err) == (2, f"`{row.id}` is claimed: nothing of it is in doubt\n")


def test_what_is_on_its_way_cannot_be_cancelled(shop: Shop) -> None:
    row = shop.decide()
    shop.guard.begin(row.id)
    said = shop.command("outbox", "resolve", row.id, "--as", "cancel")
    assert (said.code, said.err) == (2, f"`{row.id}` is committed: there is nothing to cancel\n")


def test_what_nobody_knows_is_a_sentence(shop: Shop) -> None:
    said = shop.command("outbox", "show", "snd_x")
    assert (said.code, said.err) == (
        2,
        "nothing is known of `snd_x`: it is no send and no mid\n",
    )


def test_an_operator_stops_what_is_proactive_and_takes_it_up_again(shop: Shop) -> None:
    assert shop.command("breaker").out == "nothing is stopped\n"
    said = shop.command("breaker", "open", "page", "--by", "ann", "--why", "a mistake in a text")
    assert said.out == "`page` is stopped until `policy-guard breaker close`\n"
    held = shop.decide(purpose=Purpose.PROMOTION)
    assert (held.state, held.halted_by) == ("held", "page")
    assert shop.decide().state == "claimed"
    shown = shop.command("breaker", "list").out
    assert "page  since" in shown
    assert "by ann  until an operator closes it  a mistake in a text" in shown

    said = shop.command("breaker", "close", "page", "--by", "bo")
    assert said.out == "`page` is taken up again\n"
    assert [row.id for row in shop.guard.due()] == [held.id]
    assert shop.guard.reconsider(held.id, "its moment came").state == "claimed"
    assert [line["by"] for line in shop.lines("breaker_opened")] == ["ann"]
    assert shop.lines("breaker_closed") == [{"by": "bo", "lane": "page"}]


def test_what_is_stopped_for_a_time_tries_again_by_itself(shop: Shop) -> None:
    said = shop.command("breaker", "open", "tag:HUMAN_AGENT", "--for", "2h", "--by", "ann")
    assert said.out == "`tag:HUMAN_AGENT` is stopped for `2h`\n"
    with shop.guard.store.read() as tx:
        stop = breaker_rows.opened(tx, "page-1")["tag:HUMAN_AGENT"]
    assert stop.probe_at is not None
    assert not stop.half_open(shop.guard.clock.now())
    assert stop.half_open(stop.probe_at)
    assert "tries again at" in shop.command("breaker").out


def test_what_is_not_stopped_cannot_be_taken_up(shop: Shop) -> None:
    said = shop.command("breaker", "close", "page")
    assert (said.code, said.err) == (
        2,
        "`page` is not stopped; `policy-guard breaker` shows what is\n",
    )
    said = shop.command("breaker", "open", "page", "--for", "a while")
    assert said.code == 2
    assert said.err.startswith("`--for`: ")
