"""The handover protocol: who has a thread, who is told, and what the bot may then send."""

from __future__ import annotations

from typing import Any

import pytest

from simulator.testing import GraphAnswer, Simulator
from tests.simulator.test_ads import post

Json = dict[str, Any]
INBOX = "263902037430900"


def control(messenger: Simulator, do: str, psid: str, **fields: Any) -> GraphAnswer:
    return post(messenger, f"me/{do}_thread_control", {"recipient": {"id": psid}, **fields})


def owner(messenger: Simulator, psid: str) -> str:
    return str(messenger.thread(psid)["thread_owner"])


def test_a_thread_is_passed_to_the_inbox_and_no_longer_ours(messenger: Simulator) -> None:
    psid = messenger.person()
    messenger.say(psid, "hello")
    answer = control(messenger, "pass", psid, target_app_id=INBOX, metadata="a question")
    assert (answer.status, answer.body) == (200, {"success": True})
    assert owner(messenger, psid) == INBOX
    again = control(messenger, "pass", psid, target_app_id=INBOX)
    assert (again.status, again.body["error"]["error_subcode"]) == (400, 2534037)


def test_the_primary_receiver_takes_a_thread_back(messenger: Simulator) -> None:
    psid = messenger.person()
    control(messenger, "pass", psid, target_app_id=INBOX)
    assert control(messenger, "take", psid).status == 200
    assert owner(messenger, psid) == "us"


def test_asking_for_a_thread_changes_nothing(messenger: Simulator) -> None:
    psid = messenger.person()
    control(messenger, "pass", psid, target_app_id=INBOX)
    assert control(messenger, "request", psid, metadata="may I").status == 200
    assert owner(messenger, psid) == INBOX


@pytest.mark.parametrize(
    "fields", [{"target_app_id": "inbox"}, {}, {"target_app_id": INBOX, "message": "x"}]
)
def test_an_order_that_names_no_app_is_refused(messenger: Simulator, fields: Json) -> None:
    psid = messenger.person()
    assert control(messenger, "pass", psid, **fields).status == 400
    assert owner(messenger, psid) == "us"


def test_nobody_is_no_person(messenger: Simulator) -> None:
    answer = control(messenger, "take", "12345")
    assert answer.body["error"]["error_subcode"] == 2018001


def test_a_reply_from_the_inbox_is_an_echo_of_another_app(messenger: Simulator) -> None:
    psid = messenger.person()
    done = messenger.act(psid, "inbox_replies", text="Ann here")
    message = done["event"]["message"]
    assert message["is_echo"] is True
    assert (message["app_id"], message["text"]) == (int(INBOX), "Ann here")
    assert "metadata" not in message
    assert done["event"]["recipient"] == {"id": psid}


def test_the_inbox_takes_a_thread_and_gives_it_back(messenger: Simulator) -> None:
    psid = messenger.person()
    taken = messenger.act(psid, "inbox_takes")["event"]["take_thread_control"]
    assert taken == {"previous_owner_app_id": "1", "new_owner_app_id": INBOX}
    assert owner(messenger, psid) == INBOX
    given = messenger.act(psid, "inbox_passes_back")["event"]["pass_thread_control"]
    assert given == {"previous_owner_app_id": INBOX, "new_owner_app_id": "1"}
    assert owner(messenger, psid) == "us"
