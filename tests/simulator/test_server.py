"""The simulator over HTTP: the Send API, people, faults, the clock and the page."""

from __future__ import annotations

import hashlib
import hmac
import http.client
import json
import time
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

import pytest

from simulator.core import Settings, SettingsError
from simulator.testing import Simulator, SimulatorClient, SimulatorError

from .conftest import Bot

Json = dict[str, Any]
PATH = "/v26.0/me/messages"
BEARER = {"Authorization": "Bearer sim-page-token"}


def answer_to(psid: str, text: str = "hello", **more: Any) -> Json:
    message = {"text": text, **more.pop("message", {})}
    return {"recipient": {"id": psid}, "messaging_type": "RESPONSE", "message": message, **more}


def asking(psid: str) -> Json:
    payload = {"template_type": "one_time_notif_req", "title": "Tell me", "payload": "shoes"}
    attachment = {"type": "template", "payload": payload}
    return {**answer_to(psid), "message": {"attachment": attachment}}


def talking(messenger: Simulator, word: str = "hi") -> str:
    """Return somebody who has just written."""
    psid = messenger.person()
    messenger.say(psid, word)
    return psid


# -- authentication and form ------------------------------------------------------------------


@pytest.mark.parametrize("place", ["header", "query", "body"])
def test_the_token_may_come_in_three_places_and_the_record_says_where(
    messenger: Simulator, place: str
) -> None:
    alex = talking(messenger)
    path = PATH + ("?access_token=sim-page-token" if place == "query" else "")
    body = answer_to(alex) | ({"access_token": "sim-page-token"} if place == "body" else {})
    status, raw = messenger.call("POST", path, body, BEARER if place == "header" else {})
    assert status == 200
    assert json.loads(raw)["recipient_id"] == alex
    (request,) = messenger.requests(alex)
    assert request["token_in"] == place
    assert request["body"] == answer_to(alex)
    assert request["proof"] is False


@pytest.mark.parametrize("headers", [{}, {"Authorization": "Bearer wrong"}])
def test_a_missing_or_wrong_token_is_error_190(messenger: Simulator, headers: Any) -> None:
    alex = talking(messenger)
    status, raw = messenger.call("POST", PATH, answer_to(alex), headers)
    error = json.loads(raw)["error"]
    assert (status, error["code"], error["type"]) == (400, 190, "OAuthException")
    assert error["fbtrace_id"]
    assert messenger.requests()[0]["response"]["error"]["code"] == 190


def test_a_proof_must_belong_to_the_token(messenger: Simulator) -> None:
    alex = talking(messenger)
    proof = hmac.new(b"sim-app-secret", b"sim-page-token", hashlib.sha256).hexdigest()
    body = answer_to(alex)
    assert messenger.send({**body, "appsecret_proof": proof}).status == 200
    assert messenger.call("POST", f"{PATH}?appsecret_proof={proof}", body, BEARER)[0] == 200
    assert messenger.send({**body, "appsecret_proof": proof[:-1] + "x"}).error == (100, None)
    assert [r["proof"] for r in messenger.requests()] == [True, True, True]


def test_a_form_with_json_in_it_is_understood(messenger: Simulator) -> None:
    alex = talking(messenger)
    form = {
        "recipient": json.dumps({"id": alex}),
        "messaging_type": "RESPONSE",
        "message": json.dumps({"text": "hello"}),
    }
    line = http.client.HTTPConnection(messenger.url.removeprefix("http://"))
    kind = {"Content-Type": "application/x-www-form-urlencoded", **BEARER}
    line.request("POST", PATH, urlencode(form), kind)
    assert line.getresponse().status == 200
    line.close()


@pytest.mark.parametrize("raw", [b"{", b"[" * 100_000, b'{"a":1,"a":2}', b'{"a":NaN}', b"\xff"])
def test_what_is_not_json_is_error_100(messenger: Simulator, raw: bytes) -> None:
    line = http.client.HTTPConnection(messenger.url.removeprefix("http://"))
    line.request("POST", PATH, raw, {"Content-Type": "application/json", **BEARER})
    response = line.getresponse()
    assert response.status == 400
    assert json.loads(response.read())["error"]["code"] == 100
    line.close()


def test_the_page_is_known_by_its_id_or_as_me_and_no_other_page_is(messenger: Simulator) -> None:
    for node, status in (("me", 200), ("1234567890", 200), ("99", 400)):
        answer, raw = messenger.call("GET", f"/v26.0/{node}?fields=id,name", None, BEARER)
        assert answer == status
    assert json.loads(raw)["error"]["error_subcode"] == 33
    assert json.loads(messenger.call("GET", "/v19.0/me", None, BEARER)[1]) == {
        "id": "1234567890",
        "name": "Test Page",
    }
    alex = talking(messenger)
    sent = messenger.call("POST", "/v26.0/1234567890/messages", answer_to(alex), BEARER)
    assert sent[0] == 200


def test_an_unknown_query_parameter_is_refused(messenger: Simulator) -> None:
    alex = talking(messenger)
    assert messenger.call("POST", PATH + "?colour=red", answer_to(alex), BEARER)[0] == 400


# -- from asking to the paid alert ------------------------------------------------------------


def test_a_token_pays_once_8_days_later_and_never_again(joined: Simulator, bot: Bot) -> None:
    alex = talking(joined)
    assert joined.send(asking(alex)).status == 200
    answer = joined.notify_me(alex)
    value = answer["event"]["optin"]["one_time_notif_token"]
    assert answer["event"]["optin"]["payload"] == "shoes"
    with pytest.raises(SimulatorError, match="tapped before"):
        joined.notify_me(alex)
    joined.advance(days=8)
    assert joined.send(answer_to(alex)).error == (10, 2018278)
    alert = {"recipient": {"one_time_notif_token": value}, "message": {"text": "They are back."}}
    taken = joined.send(alert)
    assert taken.body["recipient_id"] == alex
    assert joined.send(alert).error == (100, None)
    thread = joined.thread(alex)
    assert thread["messages"][-1]["paid_with"] == "token"
    assert thread["tokens"][0]["topic"] == "shoes"
    assert thread["tokens"][0]["used_at"] is not None
    assert value not in json.dumps(thread)
    kinds = [note["kind"] for note in thread["notes"]]
    assert kinds == ["clock", "refused", "refused"]


def test_the_tap_on_notify_me_does_not_open_the_window(joined: Simulator) -> None:
    alex = talking(joined)
    joined.send(asking(alex))
    joined.advance(days=2)
    joined.notify_me(alex)
    assert joined.send(answer_to(alex)).error == (10, 2018278)


def test_a_refused_call_spends_no_token(joined: Simulator) -> None:
    alex = talking(joined)
    joined.send(asking(alex))
    token = joined.notify_me(alex)["event"]["optin"]["one_time_notif_token"]
    alert = {"recipient": {"one_time_notif_token": token}, "message": {"text": "Back."}}
    joined.change_person(alex, blocked=True)
    assert joined.send(alert).error == (551, 1545041)
    joined.change_person(alex, blocked=False)
    assert joined.send(alert).status == 200


# -- people and what they do ------------------------------------------------------------------


def test_a_person_taps_only_what_is_on_offer(joined: Simulator) -> None:
    alex = talking(joined)
    reply = {"content_type": "text", "title": "Yes", "payload": "/affirm"}
    joined.send(answer_to(alex, message={"quick_replies": [reply]}))
    event = joined.quick_reply(alex, "Yes")["event"]
    assert event["message"]["quick_reply"] == {"payload": "/affirm"}
    assert event["message"]["text"] == "Yes"
    with pytest.raises(SimulatorError, match="there is no quick reply `No`; on offer: `Yes`"):
        joined.quick_reply(alex, "No")
    forced = joined.quick_reply(alex, "No", payload="/deny", force=True)
    assert forced["event"]["message"]["quick_reply"] == {"payload": "/deny"}


def test_a_button_of_an_older_message_can_still_be_tapped(joined: Simulator) -> None:
    alex = talking(joined)
    button = {"type": "postback", "title": "Where?", "payload": "/where"}
    payload = {"template_type": "button", "text": "Shipped", "buttons": [button]}
    message = {"attachment": {"type": "template", "payload": payload}}
    joined.send({**answer_to(alex), "message": message})
    joined.send(answer_to(alex))
    postback = joined.tap(alex, "Where?")["event"]["postback"]
    assert (postback["title"], postback["payload"]) == ("Where?", "/where")
    with pytest.raises(SimulatorError, match="no postback button"):
        joined.tap(alex, payload="/other")


@pytest.mark.parametrize(
    ("act", "fields", "opens"),
    [
        ("get_started", {}, True),
        ("referral", {"ref": "autumn"}, True),
        ("referral", {}, False),
        ("send_to_messenger", {"ref": "plugin"}, True),
        ("ad_message", {"text": "hi"}, True),
        ("attachment", {"type": "image", "url": "https://x.example/a.png"}, True),
        ("sticker", {}, True),
        ("location", {}, True),
        ("read", {}, False),
    ],
)
def test_acts_open_the_window_or_do_not(
    joined: Simulator, act: str, fields: Json, opens: bool
) -> None:
    alex = joined.person()
    joined.act(alex, act, **fields)
    assert (joined.thread(alex)["window_until"] is not None) is opens
    assert (joined.send(answer_to(alex)).status == 200) is opens


def test_a_reaction_opens_the_window_and_taking_it_back_does_not(joined: Simulator) -> None:
    alex = talking(joined)
    mid = joined.send(answer_to(alex)).body["message_id"]
    joined.advance(days=2)
    joined.unreact(alex, mid)
    assert joined.send(answer_to(alex)).error == (10, 2018278)
    assert joined.react(alex, mid)["event"]["reaction"]["reaction"] == "love"
    assert joined.send(answer_to(alex)).status == 200


def test_a_sticker_has_its_own_type_since_2026_08_30(joined: Simulator) -> None:
    alex = joined.person()
    for moment, kind in (("2026-08-29T23:59:00Z", "image"), ("2026-08-30T00:00:00Z", "sticker")):
        joined.set_now(moment)
        attachment = joined.act(alex, "sticker")["event"]["message"]["attachments"][0]
        assert attachment["type"] == kind
        assert attachment["payload"]["sticker_id"]


def test_an_event_may_have_happened_earlier_but_not_later(joined: Simulator) -> None:
    alex, sam = joined.person(), joined.person()
    now = joined.now()
    long_ago = int((now - timedelta(days=2)).timestamp() * 1000)
    assert joined.say(alex, "late", timestamp_ms=long_ago)["event"]["timestamp"] == long_ago
    assert joined.send(answer_to(alex)).error == (10, 2018278)
    joined.say(sam, "early", timestamp_ms=int((now + timedelta(days=9)).timestamp() * 1000))
    joined.advance(days=2)
    assert joined.send(answer_to(sam)).error == (10, 2018278)


@pytest.mark.parametrize(
    ("act", "sentence"),
    [
        ({"act": "dance"}, "there is no act `dance`"),
        ({"act": "say"}, "needs the text `text`"),
        ({"act": "say", "text": "x", "colour": "red"}, "no field `colour`"),
        ({"act": "say", "text": "x", "timestamp_ms": "soon"}, "`timestamp_ms` is `soon`"),
        ({"act": "notify_me"}, "no message of the Page asks to notify"),
        ({"act": "react", "mid": "m_9"}, "no message `m_9`"),
    ],
)
def test_an_act_that_cannot_be_done_gets_one_sentence(
    joined: Simulator, act: Json, sentence: str
) -> None:
    alex = joined.person()
    with pytest.raises(SimulatorError, match=sentence):
        joined.act(alex, **act)
    assert joined.thread(alex)["messages"] == []
    assert joined.deliveries() == []


def test_stop_and_start_are_noticed_and_what_is_sent_between_is_objected_to(
    joined: Simulator,
) -> None:
    alex = talking(joined, "STOP")
    assert joined.thread(alex)["stopped"] is True
    joined.send(answer_to(alex, "You will hear nothing more."))
    joined.send({**answer_to(alex), "messaging_type": "UPDATE"})
    assert joined.objections() == ["sent_after_stop"]
    joined.say(alex, "START")
    joined.send({**answer_to(alex), "messaging_type": "UPDATE"})
    assert joined.objections() == ["sent_after_stop"]


def test_human_agent_is_unobjectionable_once_a_person_writes(joined: Simulator) -> None:
    joined.change_page(human_agent=True)
    alex = talking(joined)
    joined.advance(days=3)
    body = {**answer_to(alex), "messaging_type": "MESSAGE_TAG", "tag": "HUMAN_AGENT"}
    joined.send(body)
    joined.change_person(alex, human_writing=True)
    joined.send(body)
    assert [r["objections"] for r in joined.requests()] == [["human_agent_by_a_bot"], []]


def test_typing_and_seen_show_in_the_thread(joined: Simulator) -> None:
    alex = talking(joined)
    for action in ("mark_seen", "typing_on"):
        taken = joined.send({"recipient": {"id": alex}, "sender_action": action})
        assert taken.body == {"recipient_id": alex}
    thread = joined.thread(alex)
    assert thread["typing"] is True
    assert thread["seen_at"] is not None
    joined.send(answer_to(alex))
    assert joined.thread(alex)["typing"] is False


# -- the clock --------------------------------------------------------------------------------


def test_the_clock_moves_by_seconds_to_a_moment_or_to_an_offset(messenger: Simulator) -> None:
    start = messenger.now()
    assert messenger.advance(hours=1) - start >= timedelta(hours=1)
    moved = messenger.set_now("2026-04-26T23:59:00Z")
    assert timedelta(0) <= messenger.now() - moved < timedelta(seconds=5)
    assert messenger.advance(-60) < moved
    status, raw = messenger.call("POST", "/_sim/clock", {"offset_ms": 5000})
    assert (status, json.loads(raw)["offset_ms"]) == (200, 5000)
    assert messenger.offset_ms == 5000


@pytest.mark.parametrize(
    "wish", [{}, {"now": "noon"}, {"advance_seconds": True}, {"advance_seconds": 1e15}, {"x": 1}]
)
def test_a_clock_that_cannot_be_moved_so_stays_where_it_is(
    messenger: Simulator, wish: Json
) -> None:
    status, raw = messenger.call("POST", "/_sim/clock", wish)
    assert status == 400
    assert json.loads(raw)["error"]
    assert messenger.offset_ms == 0


def test_a_simulation_can_begin_at_a_moment_and_goes_back_to_it() -> None:
    from simulator.facts import parse_moment  # noqa: PLC0415 # used in this test only

    start = parse_moment("2026-04-20T00:00:00Z")
    with Simulator(start_at=start) as messenger:
        messenger.advance(days=5)
        messenger.person()
        messenger.reset()
        assert timedelta(0) <= messenger.now() - start < timedelta(seconds=5)
        assert messenger.people() == []


# -- faults -----------------------------------------------------------------------------------


def test_an_error_can_be_injected_for_the_second_and_third_message(joined: Simulator) -> None:
    alex = talking(joined)
    error = {"code": 613, "subcode": 2534040}
    number = joined.fault("error", "message", after=1, times=2, error=error)
    answers = [joined.send(answer_to(alex)).error for _ in range(4)]
    assert answers == [None, (613, 2534040), (613, 2534040), None]
    assert [r["fault"] for r in joined.requests()] == [None, number, number, None]
    assert len(joined.messages(alex, "page")) == 2


@pytest.mark.parametrize(("code", "status"), [(190, 400), (4, 400), (2, 500), (1200, 500)])
def test_an_injected_error_has_the_platforms_http_status(
    joined: Simulator, code: int, status: int
) -> None:
    alex = talking(joined)
    joined.fault("error", error={"code": code})
    assert joined.send(answer_to(alex)).status == status


def test_a_fault_is_for_one_kind_of_call_and_one_person(joined: Simulator) -> None:
    alex, sam = talking(joined), talking(joined)
    joined.fault("status", "sender_action", psid=alex, status=502)
    for psid, status in ((alex, 502), (sam, 200)):
        body = {"recipient": {"id": psid}, "sender_action": "typing_on"}
        assert joined.call("POST", PATH, body, BEARER)[0] == status
    assert joined.send(answer_to(alex)).status == 200
    joined.clear_faults()
    assert joined.faults() == []


@pytest.mark.parametrize(("do", "arrives"), [("reset_before", False), ("reset_after", True)])
def test_a_reset_loses_the_message_or_only_the_answer(
    joined: Simulator, bot: Bot, do: str, arrives: bool
) -> None:
    alex = talking(joined)
    joined.fault(do, times=1)
    with pytest.raises(ConnectionError):
        joined.send(answer_to(alex))
    joined.wait_idle()
    assert len(joined.messages(alex, "page")) == (1 if arrives else 0)
    assert any("is_echo" in e["message"] for e in bot.events("message")) is arrives
    assert joined.send(answer_to(alex)).status == 200


@pytest.mark.parametrize(("do", "arrives"), [("hang_before", False), ("hang_after", True)])
def test_a_call_can_hang_before_or_after_the_message_went(
    joined: Simulator, do: str, arrives: bool
) -> None:
    alex = talking(joined)
    joined.fault(do, times=1, seconds=0.2)
    began = time.monotonic()
    if arrives:
        assert joined.send(answer_to(alex)).status == 200
    else:
        with pytest.raises(ConnectionError):
            joined.send(answer_to(alex))
    assert time.monotonic() - began >= 0.2
    assert len(joined.messages(alex, "page")) == (1 if arrives else 0)


@pytest.mark.parametrize(
    ("wish", "sentence"),
    [
        ({"do": "explode"}, "cannot do `explode`"),
        ({"do": "status", "on": "monday"}, "cannot be on `monday`"),
        ({"do": "error"}, "names `error.code`"),
        ({"do": "status", "times": -1}, "not a number"),
        ({"do": "status", "colour": "red"}, "no field `colour`"),
    ],
)
def test_a_fault_that_makes_no_sense_gets_one_sentence(
    messenger: Simulator, wish: Json, sentence: str
) -> None:
    with pytest.raises(SimulatorError, match=sentence):
        messenger.fault(**{"on": "any", **wish})
    assert messenger.faults() == []


# -- the Page, the page and the fence ---------------------------------------------------------


def test_what_the_page_may_do_can_be_changed(joined: Simulator) -> None:
    alex = talking(joined)
    joined.change_page(restricted=True)
    assert joined.send(answer_to(alex)).error == (10, 1893063)
    joined.change_page(restricted=False, one_time_notification=False)
    assert joined.send(asking(alex)).error == (10, None)
    with pytest.raises(SimulatorError, match="no field `colour`"):
        joined.change_page(colour="red")
    with pytest.raises(SimulatorError, match="`restricted` is `yes`"):
        joined.change_page(restricted="yes")


def test_the_chat_page_is_served_without_inline_script_or_style(messenger: Simulator) -> None:
    line = http.client.HTTPConnection(messenger.url.removeprefix("http://"))
    for path, kind in (("/", "text/html"), ("/chat.js", "javascript"), ("/chat.css", "text/css")):
        line.request("GET", path)
        response = line.getresponse()
        text = response.read().decode()
        assert response.status == 200
        assert kind in response.headers["Content-Type"]
        policy = response.headers["Content-Security-Policy"]
        assert policy.startswith("default-src 'self';")
        assert "unsafe" not in policy
        if path == "/":
            assert "<style" not in text
            assert " style=" not in text
            assert "<script>" not in text
            assert " onclick=" not in text
        assert "innerHTML" not in text
    line.close()


def test_another_host_name_and_another_content_type_are_turned_away(messenger: Simulator) -> None:
    status, _ = messenger.call("GET", "/_sim/people", None, {"Host": "evil.example"})
    assert status == 403
    plain = {"Content-Type": "text/plain"}
    status, raw = messenger.call("POST", "/_sim/people", {"name": "Mallory"}, plain)
    assert (status, messenger.people()) == (400, [])
    assert b"application/json" in raw


def test_a_real_looking_token_and_a_taken_port_stop_the_start(messenger: Simulator) -> None:
    with pytest.raises(SettingsError, match="looks real"):
        Settings(page_token="EAAB123")
    port = int(messenger.url.rsplit(":", 1)[1])
    with pytest.raises(SettingsError, match=f"the port `{port}` is taken"):
        Simulator(port=port).start()


def test_a_client_can_join_a_simulator_that_runs_elsewhere(messenger: Simulator) -> None:
    client = SimulatorClient(messenger.url)
    alex = client.person("Alex")
    assert [p["psid"] for p in messenger.people()] == [alex]
    assert client.health()["status"] == "ok"
    with pytest.raises(SimulatorError, match="in vain"):
        client.wait_for(lambda: False, timeout=0.05)
