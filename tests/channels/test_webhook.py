"""Webhook bodies: what is signed, what each kind becomes, and what a hostile body cannot do."""

from __future__ import annotations

import copy
import hashlib
import hmac
import json
import subprocess
import sys
from pathlib import Path
from time import process_time
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from channels.events import KINDS, Optin, Unknown, from_dict, to_dict, to_json
from channels.webhook import MOST_ITEMS, Parsed, main, parse, verify
from channels.wire_json import LAST_MS

ROOT = Path(__file__).parents[2]
PAYLOADS = Path(__file__).parent / "payloads"
PAGE, PSID, T = "1234567890", "9001", 1458692752478
ENTRY_T = T + 500
CDN = "https://cdn.example/"
SECRET = "a-secret-of-a-test"

MESSAGE = {"kind": "message", "psid": PSID, "at_ms": T, "mid": "m_1", "opener": "message"}
MESSAGE["key"] = "message:m_1"
POSTBACK = {"kind": "postback", "psid": PSID, "at_ms": T, "mid": "m_3", "opener": "postback"}
POSTBACK |= {"key": "postback:m_3", "title": "Get Started", "payload": "GET_STARTED"}
ECHO = {"kind": "echo", "psid": PSID, "at_ms": T, "mid": "m_2", "opener": "echo"}
ECHO["key"] = "echo:m_2"
COMMENT = {"kind": "comment", "psid": PSID, "at_ms": 1458692700000, "opener": "comment"}
COMMENT |= {"key": "comment:p_1_c_1", "text": "is it in blue too?"}
COMMENT |= {"object_id": "p_1_c_1", "object_kind": "comment_id"}
LINK = {"ref": "autumn", "ref_source": "SHORTLINK", "ref_type": "OPEN_THREAD"}
RECURRING = {
    "psid": PSID,
    "at_ms": T,
    "token": "recurring-token-1",
    "payload": "news",
    "title": "News",
    "time_zone": "Europe/Paris",
    "token_expiry": "1490228752478",
    "token_status": "NOT_REFRESHED",
}
CONTROL = {"psid": PSID, "at_ms": T, "metadata": "asks for a person"}
CONTROL |= {"previous_owner": "1517776481860111", "new_owner": "263902037430900"}


def _person(kind: str, **more: object) -> dict[str, object]:
    return {"kind": kind, "psid": PSID, "at_ms": T, **more}


def _with(kind: str, name: str) -> dict[str, object]:
    return MESSAGE | {"attachments": [{"type": kind, "url": CDN + name}]}


STICKER = {"url": CDN + "thumb.png", "sticker_id": "369239263222822"}
PIN: dict[str, object] = {"type": "location", "title": "Pinned location", "url": CDN + "map"}
PIN |= {"latitude": 48.8566, "longitude": 2.3522}
LAMP = "https://shop.example/lamp"

# What each file becomes: every field that is not empty, but the Page, a hashed key and raw JSON.
EXPECTED: dict[str, list[dict[str, object]]] = {
    "account_linked": [
        _person(
            "account_linking",
            opener="account_linking",
            status="linked",
            authorization_code="auth-code-1",
        )
    ],
    "account_unlinked": [_person("account_linking", opener="account_linking", status="unlinked")],
    "batch_of_three_messages": [
        MESSAGE | {"text": "one"},
        MESSAGE | {"text": "two", "mid": "m_2", "key": "message:m_2", "at_ms": T + 1},
        MESSAGE | {"text": "three", "mid": "m_3", "key": "message:m_3", "at_ms": T + 2},
    ],
    "changes": [
        {
            "kind": "unknown",
            "at_ms": 1458692752000,
            "reason": "the field `leadgen` is not read",
        }
    ],
    "comment": [COMMENT],
    "comment_by_the_page": [
        {
            "kind": "unknown",
            "at_ms": 1458692752000,
            "reason": "its author is the Page itself",
        }
    ],
    "comment_edited": [
        {
            "kind": "unknown",
            "at_ms": 1458692752000,
            "reason": "a `comment` of the feed with the verb `edited`",
        }
    ],
    "delivery": [
        {"kind": "delivery", "psid": PSID, "at_ms": ENTRY_T, "opener": "delivery"}
        | {"mids": ["m_2", "m_4"], "watermark_ms": T - 1000}
    ],
    "delivery_without_mids": [_person("delivery", opener="delivery", watermark_ms=T - 1000)],
    "feedback_form": [
        {
            "kind": "messaging_feedback",
            "psid": PSID,
            "at_ms": ENTRY_T,
            "opener": "messaging_feedback",
        }
        | {
            "answers": [
                {"question": "support", "type": "csat", "payload": "5", "follow_up": "Kind people"}
            ]
        }
    ],
    "feedback_on_a_response": [
        _person(
            "response_feedback", opener="response_feedback", mid="m_2", feedback="Good response"
        )
    ],
    "handover_app_roles": [
        {"kind": "app_roles", "at_ms": T}
        | {
            "roles": [
                {"app_id": "1517776481860111", "roles": ["primary_receiver"]},
                {"app_id": "2", "roles": ["secondary_receiver"]},
            ]
        }
    ],
    "handover_pass_thread_control": [CONTROL | {"kind": "pass_thread_control"}],
    "handover_request_thread_control": [
        _person("request_thread_control", requested_owner="263902037430900", metadata="may I")
    ],
    "handover_take_thread_control": [CONTROL | {"kind": "take_thread_control"}],
    "instagram": [_person("unknown", reason="`object` is `instagram` and not `page`")],
    "message_audio": [_with("audio", "a.mp3")],
    "message_command": [MESSAGE | {"text": "/lamp", "commands": ["lamp"]}],
    "message_deleted": [_person("message_deleted", mid="m_1", key="message_deleted:m_1")],
    "message_echo": [
        ECHO | {"text": "It is on its way.", "app_id": "1517776481860111", "metadata": "send-42"}
    ],
    "message_echo_from_the_inbox": [
        ECHO
        | {"app_id": "263902037430900", "attachments": [{"type": "image", "url": CDN + "a.jpg"}]}
    ],
    "message_edit": [
        _person("message_edit", opener="message_edit", mid="m_1", num_edit=1)
        | {"text": "Where is my order?"}
    ],
    "message_fallback": [
        MESSAGE
        | {"text": LAMP, "attachments": [{"type": "fallback", "url": LAMP, "title": "A lamp"}]}
    ],
    "message_file": [_with("file", "a.pdf")],
    "message_from_ad": [
        MESSAGE
        | LINK
        | {"opener": "ad_click_message", "ref_source": "ADS", "ad_id": "6045246247433"}
        | {"text": "hi"}
    ],
    "message_image": [_with("image", "a.jpg")],
    "message_location": [MESSAGE | {"attachments": [PIN]}],
    "message_quick_reply": [
        MESSAGE | {"text": "Deliveries", "quick_reply": '/choose_alerts{"alert_type": "delivery"}'}
    ],
    "message_referral": [MESSAGE | LINK | {"text": "hi"}],
    "message_reply": [MESSAGE | {"text": "This one", "reply_to": "m_0"}],
    "message_sticker": [MESSAGE | {"attachments": [{"type": "sticker"} | STICKER]}],
    "message_sticker_as_image": [MESSAGE | {"attachments": [{"type": "image"} | STICKER]}],
    "message_template": [MESSAGE | {"attachments": [{"type": "template"}]}],
    "message_text": [MESSAGE | {"text": "Où est ma commande ? 📦"}],
    "message_two_images": [
        MESSAGE
        | {
            "attachments": [
                {"type": "image", "url": CDN + "1.jpg"},
                {"type": "image", "url": CDN + "2.jpg"},
            ]
        }
    ],
    "message_video": [_with("video", "a.mp4")],
    "message_without_text": [MESSAGE],
    "optin_checkbox": [
        {"kind": "checkbox_optin", "at_ms": T, "ref": "basket-7", "user_ref": "visitor-7"}
    ],
    "optin_one_time_notification": [
        _person("one_time_notification_optin", opener="one_time_notification_optin")
        | {"token": "one-time-token-1", "payload": "back_in_stock:sku-42"}
    ],
    "optin_recurring_notification": [
        RECURRING
        | {"kind": "recurring_notification_optin", "opener": "recurring_notification_optin"}
        | {"frequency": "WEEKLY"}
    ],
    "optin_recurring_notification_resume": [
        RECURRING | {"kind": "recurring_notification_resume", "status": "RESUME NOTIFICATIONS"}
    ],
    "optin_recurring_notification_stop": [
        RECURRING | {"kind": "recurring_notification_stop", "status": "STOP NOTIFICATIONS"}
    ],
    "optin_send_to_messenger": [
        _person("send_to_messenger", opener="send_to_messenger", ref="basket-7")
    ],
    "policy_enforcement": [
        {"kind": "policy_enforcement", "at_ms": T}
        | {"action": "block", "reason": "The Page broke a rule."}
    ],
    "policy_enforcement_old_spelling": [
        {"kind": "policy_enforcement", "at_ms": T, "action": "unblock"}
    ],
    "postback": [POSTBACK],
    "postback_referral": [POSTBACK | LINK],
    "postback_without_mid": [_person("postback", opener="postback", title="Help", payload="/help")],
    "reaction": [
        _person("reaction", opener="reaction", mid="m_2", reaction="love", emoji="\u2764")
    ],
    "reaction_removed": [_person("unreact", opener="unreact", mid="m_2")],
    "read": [_person("read", opener="read", watermark_ms=T - 1000)],
    "referral": [_person("referral", opener="referral") | LINK | {"ref": "/restart"}],
    "referral_from_ad": [
        _person("referral", opener="ad_click_without_message", ad_id="6045246247433")
        | LINK
        | {"ref_source": "ADS"}
    ],
    "standby": [
        MESSAGE | {"text": "hello", "standby": True},
        _person("postback", opener="postback", mid="m_3", key="postback:m_3", title="Help")
        | {"standby": True},
        _person("read", opener="read", watermark_ms=T, standby=True),
    ],
    "template_status": [
        {"kind": "template_status", "at_ms": 1458692752000, "name": "order_shipped"}
        | {"language": "en_US", "status": "APPROVED", "template_id": "77"}
        | {"key": "template_status:order_shipped:en_US:APPROVED:1458692752000"}
    ],
    "template_status_other_name": [
        {"kind": "template_status", "at_ms": 1458692752000, "name": "order_shipped"}
        | {"language": "fr", "status": "REJECTED", "template_id": "78"}
        | {"reason": "TAG_SHOULD_BE_MARKETING"}
        | {"key": "template_status:order_shipped:fr:REJECTED:1458692752000"}
    ],
    "visitor_post": [
        COMMENT
        | {"kind": "visitor_post", "key": "visitor_post:p_2", "text": "lovely shop"}
        | {"object_id": "p_2", "object_kind": "post_id"}
    ],
    "unknown_kind": [_person("unknown", reason="`game_play` is no known kind")],
}


def _payload(name: str) -> Any:
    return json.loads((PAYLOADS / f"{name}.json").read_text())


def _raw(body: object) -> bytes:
    return json.dumps(body).encode()


def _parse(body: object, page_id: str | None = PAGE) -> Parsed:
    return parse(_raw(body), page_id=page_id)


def _one(item: object, page_id: str | None = PAGE) -> Any:
    """The one event of a body with one item."""
    envelope = {"object": "page", "entry": [{"id": PAGE, "time": ENTRY_T, "messaging": [item]}]}
    (event,) = _parse(envelope, page_id).events
    return event


def _said(**message: object) -> dict[str, Any]:
    ends = {"sender": {"id": PSID}, "recipient": {"id": PAGE}, "timestamp": T}
    return ends | {"message": {"mid": "m_1", "text": "hi"} | message}


def _unknown(item: object) -> tuple[str, str]:
    event = _one(item)
    return event.kind, event.reason


def _telling(event: dict[str, Any]) -> dict[str, Any]:
    told: dict[str, Any] = {}
    for name, value in event.items():
        if name in {"page_id", "raw"} or value in (None, [], False, ""):
            continue
        if name == "key" and len(value.rpartition(":")[2]) == 64:
            continue
        parts = isinstance(value, list) and isinstance(value[0], dict)
        told[name] = [_telling(part) for part in value] if parts else value
    return told


# --- one file for each kind ---------------------------------------------------------------------


def test_every_payload_file_has_an_expectation_and_every_kind_a_file() -> None:
    assert {path.stem for path in PAYLOADS.glob("*.json")} == set(EXPECTED)
    assert {event["kind"] for events in EXPECTED.values() for event in events} == set(KINDS)


@pytest.mark.parametrize("name", sorted(EXPECTED))
def test_a_payload_file_becomes_the_events_it_should(name: str) -> None:
    parsed = parse((PAYLOADS / f"{name}.json").read_bytes(), page_id=PAGE)
    assert parsed.problem is None
    assert parsed.foreign == 0
    assert [_telling(to_dict(event)) for event in parsed.events] == EXPECTED[name]
    assert {event.page_id for event in parsed.events} == {PAGE}


@pytest.mark.parametrize("name", sorted(EXPECTED))
def test_an_event_survives_a_database_column(name: str) -> None:
    for event in parse((PAYLOADS / f"{name}.json").read_bytes(), page_id=PAGE).events:
        assert from_dict(json.loads(json.dumps(to_dict(event)))) == event


@pytest.mark.parametrize(
    "values", [{}, {"kind": "nonsense"}, {"kind": "read"}, {"kind": "read", "colour": "red"}]
)
def test_what_is_no_stored_event_is_refused_in_a_sentence(values: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"no kind of event|not the fields of a `Read`"):
        from_dict(values)


def test_keys_of_the_printed_form_are_the_same_and_in_the_same_order_for_one_kind() -> None:
    full, bare = _one(_said(reply_to={"mid": "m_0"})), _one(_said())
    assert list(to_json(full)) == list(to_json(bare))
    assert next(iter(to_json(bare))) == "kind"


# --- secrets ------------------------------------------------------------------------------------


def test_a_token_is_in_the_event_but_not_in_its_printed_form_nor_its_repr() -> None:
    (event,) = _parse(_payload("optin_one_time_notification")).events
    assert isinstance(event, Optin)
    assert event.token == "one-time-token-1"
    digest = hashlib.sha256(b"one-time-token-1").hexdigest()
    assert to_json(event)["token"] == f"sha256:{digest[:8]}…"
    assert "one-time-token-1" not in repr(event) + json.dumps(to_json(event)) + event.key


def test_an_authorization_code_is_not_in_the_printed_form_nor_the_repr() -> None:
    (event,) = _parse(_payload("account_linked")).events
    assert "auth-code-1" not in repr(event) + json.dumps(to_json(event))


@pytest.mark.parametrize("name", ["one_time_notif_token", "notification_messages_token", "Secret"])
def test_a_token_in_an_item_that_is_not_understood_is_masked_too(name: str) -> None:
    item = _said() | {"message": 5, "deep": [{name: "one-time-token-1"}, {name: ["tok-2"]}]}
    event = _one(item)
    assert isinstance(event, Unknown)
    assert "one-time-token-1" in event.raw
    shown = repr(event) + json.dumps(to_json(event))
    assert "one-time-token-1" not in shown
    assert "tok-2" not in shown


# --- keys ---------------------------------------------------------------------------------------


def test_events_that_mention_the_same_mid_are_different_events() -> None:
    ends = {"sender": {"id": PSID}, "recipient": {"id": PAGE}, "timestamp": T}
    items = [
        _said(),
        ends | {"message_edit": {"mid": "m_1", "text": "a", "num_edit": 1}},
        ends | {"message_edit": {"mid": "m_1", "text": "b", "num_edit": 2}},
        ends | {"reaction": {"mid": "m_1", "action": "react"}},
        ends | {"reaction": {"mid": "m_1", "action": "unreact"}},
        ends | {"delivery": {"mids": ["m_1"], "watermark": T}},
        ends | {"response_feedback": {"mid": "m_1", "feedback": "Good response"}},
        _said(is_deleted=True),
        {"sender": {"id": PAGE}, "recipient": {"id": PSID}}
        | {"message": {"mid": "m_1", "is_echo": True}},
    ]
    assert len({_one(item).key for item in items}) == len(items)


def test_an_event_without_a_mid_has_the_same_key_when_it_is_delivered_again() -> None:
    body = _payload("optin_one_time_notification")
    again = copy.deepcopy(body)
    again["entry"][0]["time"] += 60_000
    again["entry"][0]["messaging"][0] = dict(
        reversed(list(again["entry"][0]["messaging"][0].items()))
    )
    assert [e.key for e in _parse(again).events] == [e.key for e in _parse(body).events]


@pytest.mark.parametrize("change", ["timestamp", "sender", "payload"])
def test_an_event_without_a_mid_that_differs_anywhere_has_another_key(change: str) -> None:
    item = _payload("optin_one_time_notification")["entry"][0]["messaging"][0]
    other = copy.deepcopy(item)
    if change == "timestamp":
        other["timestamp"] += 1
    elif change == "sender":
        other["sender"]["id"] = "9002"
    else:
        other["optin"]["payload"] = "back_in_stock:sku-43"
    assert _one(item).key != _one(other).key


def test_a_message_first_seen_in_standby_is_the_same_message_later() -> None:
    standby = {"object": "page", "entry": [{"id": PAGE, "standby": [_said()]}]}
    (seen,) = _parse(standby).events
    assert seen.standby
    assert seen.key == _one(_said()).key


def test_a_mid_too_long_for_an_index_is_hashed_into_the_key_and_kept_whole() -> None:
    long = "m_" + "x" * 5000
    event = _one(_said(mid=long))
    assert event.mid == long
    assert len(event.key) < 100
    assert event.key != _one(_said(mid=long + "x")).key
    assert event.key == _one(_said(mid=long, text="again")).key


# --- whose event it is --------------------------------------------------------------------------


def test_events_for_another_page_are_left_out_and_counted() -> None:
    body = _payload("batch_of_three_messages")
    body["entry"][0]["id"] = "555"
    parsed = _parse(body)
    assert parsed.foreign == 2
    assert [event.mid for event in parsed.events] == ["m_3"]


def test_without_a_page_id_any_page_is_accepted() -> None:
    body = _payload("batch_of_three_messages")
    body["entry"][0]["id"] = 555
    parsed = _parse(body, page_id=None)
    assert parsed.foreign == 0
    assert [event.page_id for event in parsed.events] == ["555", "555", PAGE]


def test_an_entry_without_an_id_takes_the_page_from_its_items() -> None:
    entry = {"messaging": [_said()]}
    (event,) = _parse({"object": "page", "entry": [entry]}, page_id=None).events
    assert (event.kind, event.page_id) == ("message", PAGE)


def test_an_item_between_two_strangers_is_not_taken_for_ours() -> None:
    item = _said() | {"recipient": {"id": "555"}}
    assert _unknown(item) == ("unknown", "neither its sender nor its recipient is the Page")


def test_what_the_page_wrote_is_an_echo_even_when_nothing_says_so() -> None:
    event = _one({"sender": {"id": PAGE}, "recipient": {"id": PSID}, "message": {"mid": "m_9"}})
    assert (event.kind, event.psid, event.opener) == ("echo", PSID, "echo")


def test_what_the_page_takes_back_is_told_from_what_a_person_takes_back() -> None:
    message = {"mid": "m_9", "is_echo": True, "is_deleted": True}
    event = _one({"sender": {"id": PAGE}, "recipient": {"id": PSID}, "message": message})
    assert (event.kind, event.psid, event.by_page) == ("message_deleted", PSID, True)
    assert not _one(_said(is_deleted=True)).by_page


def test_a_tap_by_the_page_itself_is_nobodys_opener() -> None:
    item = {"sender": {"id": PAGE}, "recipient": {"id": PSID}, "postback": {"payload": "P"}}
    event = _one(item)
    assert (event.kind, event.opener) == ("unknown", None)
    assert event.reason == "its sender is the Page itself"


def test_a_checkbox_with_a_known_person_is_a_started_conversation() -> None:
    item = _said() | {"optin": {"ref": "R", "user_ref": "U"}}
    del item["message"]
    event = _one(item)
    assert (event.kind, event.psid, event.opener) == ("checkbox_optin", PSID, "send_to_messenger")


def test_ids_written_as_numbers_are_ids() -> None:
    item = _said() | {"sender": {"id": 9001}, "recipient": {"id": int(PAGE)}}
    assert _one(item).psid == PSID


# --- times --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("timestamp", "at_ms"),
    [
        (str(T), T),
        (f"{T}.0", T),
        ("null", ENTRY_T),
        ("0", 0),
        (str(LAST_MS), LAST_MS),
        (str(LAST_MS + 1), None),
        ("-1", None),
        ("true", None),
        ("1.5", None),
        ("NaN", None),
        ("1e999", None),
        ("1" * 5000, None),
        (f'"{T}"', None),
        ("[]", None),
        ("{}", None),
    ],
    ids=lambda value: str(value)[:20],
)
def test_a_timestamp_is_a_moment_or_nothing(timestamp: str, at_ms: int | None) -> None:
    """A missing one is the entry's; a wrong one is never replaced by a later moment."""
    item = json.dumps(_said() | {"timestamp": "HERE"}).replace('"HERE"', timestamp)
    body = f'{{"object":"page","entry":[{{"id":"{PAGE}","time":{ENTRY_T},"messaging":[{item}]}}]}}'
    (event,) = parse(body.encode(), page_id=PAGE).events
    assert (event.kind, event.at_ms) == ("message", at_ms)


def test_without_any_time_there_is_none() -> None:
    item = {name: value for name, value in _said().items() if name != "timestamp"}
    for entry in ({"messaging": [item]}, {"time": "soon", "messaging": [item]}):
        (event,) = _parse({"object": "page", "entry": [entry]}).events
        assert event.at_ms is None


# --- strange items, kept with their reason ------------------------------------------------------


ENDS = {"sender": {"id": PSID}, "recipient": {"id": PAGE}, "timestamp": T}


@pytest.mark.parametrize(
    ("item", "reason"),
    [
        (5, "the item is not an object"),
        (None, "the item is not an object"),
        ([[]], "the item is not an object"),
        ({}, "it says nothing"),
        (ENDS, "it says nothing"),
        (ENDS | {"": 1}, "`` is no known kind"),
        (ENDS | {"x" * 99: 1}, f"`{'x' * 40}…` is no known kind"),
        (_said() | {"read": {}}, "it is of several kinds: `message`, `read`"),
        (ENDS | {"message": 5}, "`message` is not an object"),
        (ENDS | {"message": {}}, "`message` has neither `mid`, `text` nor `attachments`"),
        (_said(text=5), "`message.text` is not a text"),
        (_said(is_echo="yes"), "`message.is_echo` is neither true nor false"),
        (_said(attachments={}), "`message.attachments` is not a list"),
        (_said(attachments=[5]), "`message.attachments` is not a list of objects"),
        (_said(attachments=[{"payload": {}}]), "`message.attachments.type` is missing"),
        (_said(quick_reply=[]), "`message.quick_reply` is not an object"),
        (_said(referral={"ref": 5}), "`message.referral.ref` is not a text"),
        (_said() | {"sender": {}}, "it does not say which person it is about"),
        (_said() | {"sender": {"id": ""}}, "it does not say which person it is about"),
        (_said() | {"sender": {"user_ref": "U"}}, "it does not say which person it is about"),
        (_said() | {"sender": {"id": True}}, "`sender.id` is not an id"),
        (_said() | {"sender": {"id": 1.5}}, "`sender.id` is not an id"),
        (_said() | {"sender": {"id": 10**400}}, "`sender.id` is not an id"),
        (_said() | {"sender": {"id": "9" * 129}}, "`sender.id` is longer than 128 characters"),
        (_said() | {"sender": "9001"}, "`sender` is not an object"),
        (ENDS | {"postback": []}, "`postback` is not an object"),
        (ENDS | {"optin": {}}, "`optin` has neither `type`, `ref` nor `user_ref`"),
        (
            ENDS | {"optin": {"type": "one_time_notif_req"}},
            "`optin.one_time_notif_token` is missing",
        ),
        (
            ENDS | {"optin": {"type": "notification_messages"}},
            "`optin.notification_messages_token` is missing",
        ),
        (
            ENDS
            | {
                "optin": {
                    "type": "notification_messages",
                    "notification_messages_status": "PAUSE",
                }
            },
            "`optin.notification_messages_status` is `PAUSE`",
        ),
        (ENDS | {"optin": {"type": "new"}}, "`optin.type` is `new`, which is not known"),
        (ENDS | {"reaction": {"action": "shrug"}}, "`reaction.action` is `shrug`"),
        (ENDS | {"reaction": {}}, "`reaction.action` is missing"),
        (ENDS | {"delivery": {"mids": [1]}}, "`delivery.mids` is not a list of texts"),
        (ENDS | {"message_edit": {"text": "x"}}, "`message_edit.mid` is missing"),
        (
            ENDS | {"message_edit": {"mid": "m", "num_edit": "1"}},
            "`message_edit.num_edit` is not a whole number",
        ),
        (ENDS | {"account_linking": {}}, "`account_linking.status` is missing"),
        (
            ENDS | {"messaging_feedback": {"feedback_screens": [{"questions": {"q": 5}}]}},
            "`messaging_feedback.feedback_screens.questions.q` is not an object",
        ),
        (
            _said(attachments=[{"type": "location", "payload": {"coordinates": {"lat": "N"}}}]),
            "`message.attachments.payload.coordinates.lat` is not a number",
        ),
        (_said(text="\ud800" * 3) | {"x\0": {}, "x": {}}, "a key is there twice"),
    ],
)
def test_a_strange_item_is_kept_with_its_reason(item: object, reason: str) -> None:
    assert _unknown(item) == ("unknown", reason)


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ({}, "`object` is `NoneType` and not `page`"),
        ({"object": 5, "entry": [{"messaging": [_said()]}]}, "`object` is `int` and not `page`"),
        ({"object": "page"}, "`entry` is not a list"),
        ({"object": "page", "entry": {"id": PAGE}}, "`entry` is not a list"),
        ({"object": "page", "entry": [7]}, "the entry is not an object"),
        ({"object": "page", "entry": [{"messaging": {}}]}, "`messaging` is not a list"),
        ({"object": "page", "entry": [{"id": PAGE, "x": 1}]}, "`x` of an entry is not read"),
        (
            {"object": "page", "entry": [{"id": [], "standby": [_said()]}]},
            "`entry.id` is not an id",
        ),
    ],
)
def test_a_strange_envelope_is_kept_with_its_reason(body: object, reason: str) -> None:
    parsed = _parse(body)
    assert parsed.problem is None
    assert [_telling(to_dict(event))["reason"] for event in parsed.events] == [reason]


def test_the_neighbours_of_a_strange_item_do_not_suffer() -> None:
    deep: Any = "bottom"
    for _ in range(100):
        deep = [deep]
    items = [_said(mid="m_1"), _said(mid="m_2", attachments=deep), 5, _said(mid="m_3")]
    body = {"object": "page", "entry": [{"id": PAGE, "messaging": items}]}
    events = _parse(body).events
    assert [event.kind for event in events] == ["message", "unknown", "unknown", "message"]
    assert _telling(to_dict(events[1]))["reason"] == "it is nested deeper than `32` levels"


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b" ",
        b"{",
        b"null",
        b"[]",
        b"5",
        b'"page"',
        b"NaN",
        b"9" * 5000,
        b"\xff\xfe{",
        b"\x00",
        b'{"object": "page",}',
        b"[" * 100_000,
        b'{"a":' * 100_000,
    ],
    ids=lambda raw: repr(raw[:20]),
)
def test_a_body_that_is_no_json_object_is_a_problem_and_no_event(raw: bytes) -> None:
    parsed = parse(raw, page_id=None)
    assert parsed.events == ()
    assert parsed.problem in {
        "the body is not JSON",
        "the body is not a JSON object",
        "the body is nested too deeply to be read",
    }


def test_a_key_that_is_there_twice_makes_an_item_unknown_and_loses_no_list() -> None:
    said = json.dumps(_said())
    twice = said.replace('"mid": "m_1"', '"mid": "m_1", "mid": "m_2"')
    one = f'{{"object":"page","entry":[{{"id":"{PAGE}","messaging":[{twice},{said}]}}]}}'
    assert [e.kind for e in parse(one.encode(), page_id=PAGE).events] == ["unknown", "message"]
    lists = f'{{"object":"page","entry":[{{"messaging":[{said}],"messaging":[{said},{said}]}}]}}'
    reasons = [to_dict(event)["reason"] for event in parse(lists.encode(), page_id=PAGE).events]
    assert reasons == ["a key of the entry is there twice"] * 3
    whole = f'{{"object":"page","object":"page","entry":[{{"messaging":[{said}]}}]}}'
    (event,) = parse(whole.encode(), page_id=PAGE).events
    assert to_dict(event)["reason"] == "a key of the body is there twice"


@pytest.mark.parametrize(
    "number", ["NaN", "Infinity", "-1e999", "1" * 5000, str(2**63)], ids=lambda text: text[:20]
)
def test_a_number_that_no_column_holds_is_no_text_and_harms_no_neighbour(number: str) -> None:
    said = json.dumps(_said())
    odd = said.replace('"hi"', number)
    body = f'{{"object":"page","entry":[{{"id":"{PAGE}","messaging":[{odd},{said}]}}]}}'
    first, second = parse(body.encode(), page_id=PAGE).events
    assert isinstance(first, Unknown)
    assert first.reason == "`message.text` is not a text"
    assert number in first.raw
    assert second.kind == "message"


def test_texts_are_fit_for_any_database() -> None:
    event = _one(_said(text="a\0b\ud800c😀", mid="m\0_1"))
    assert (event.text, event.mid) == ("ab\ufffdc😀", "m_1")


# --- hostile bodies -----------------------------------------------------------------------------


def _items_of(body: dict[str, Any]) -> int:
    """How many items a body has, counted another way than the code does."""
    entries = body.get("entry")
    if not isinstance(entries, list):
        return 1
    count = 0
    for entry in entries:
        if not isinstance(entry, dict):
            count += 1
            continue
        lists = [value for name, value in entry.items() if name not in ("id", "time")]
        count += sum(len(value) if isinstance(value, list) else 1 for value in lists)
    return count


def _holds(raw: bytes, page_id: str | None) -> None:
    parsed = parse(raw, page_id=page_id)
    if parsed.problem is not None:
        assert parsed.events == ()
        return
    assert len(parsed.events) + parsed.foreign == _items_of(json.loads(raw))
    for event in parsed.events:
        stored = json.dumps(to_dict(event), ensure_ascii=False, allow_nan=False)
        stored.encode()
        assert "\0" not in stored
        assert "\\u0000" not in stored
        assert from_dict(json.loads(stored)) == event
        json.dumps(to_json(event), allow_nan=False)
        assert len(event.key) <= 250
        assert event.at_ms is None or 0 <= event.at_ms <= LAST_MS


WORDS = st.sampled_from(
    "object page entry id time messaging standby changes sender recipient timestamp message mid "
    "text is_echo is_deleted attachments type payload url quick_reply reply_to referral ref source "
    "ADS postback optin one_time_notif_req one_time_notif_token notification_messages reaction "
    "action react read delivery mids watermark app_roles policy-enforcement messaging_feedback "
    "feedback_screens questions react commands name".split()
)
LEAVES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(st.characters(), max_size=8),
    WORDS,
    st.sampled_from([PAGE, PSID, T, "\0", "\ud800", 10**30, -1, 0]),
)
VALUES = st.recursive(
    LEAVES,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(st.one_of(WORDS, st.text(max_size=4)), inner, max_size=4),
    ),
    max_leaves=8,
)


@given(st.binary(max_size=300), st.sampled_from([None, PAGE]))
@settings(max_examples=300, deadline=None)
def test_any_bytes_are_read_without_raising(raw: bytes, page_id: str | None) -> None:
    parse(raw, page_id=page_id)


@given(VALUES, st.sampled_from([None, PAGE]))
@settings(max_examples=400, deadline=None)
def test_any_json_loses_nothing(value: object, page_id: str | None) -> None:
    if isinstance(value, dict):
        _holds(_raw(value), page_id)
    else:
        assert parse(_raw(value), page_id=page_id).problem == "the body is not a JSON object"


@given(
    st.lists(st.dictionaries(WORDS, VALUES, max_size=5) | VALUES, max_size=3),
    st.sampled_from([None, PAGE]),
)
@settings(max_examples=400, deadline=None)
def test_any_items_in_a_good_envelope_lose_nothing(
    items: list[object], page_id: str | None
) -> None:
    entry = {"id": PAGE, "time": T, "messaging": items, "standby": items}
    _holds(_raw({"object": "page", "entry": [entry]}), page_id)


def _places(value: Any) -> list[tuple[Any, Any]]:
    """Every container and key of a JSON value, so that one of them can be changed."""
    found: list[tuple[Any, Any]] = []
    pairs = value.items() if isinstance(value, dict) else enumerate(value)
    for key, inner in pairs:
        found.append((value, key))
        if isinstance(inner, dict | list):
            found += _places(inner)
    return found


@given(st.data())
@settings(max_examples=600, deadline=None)
def test_a_good_payload_with_one_thing_changed_loses_nothing(data: st.DataObject) -> None:
    body = _payload(data.draw(st.sampled_from(sorted(EXPECTED))))
    container, key = data.draw(st.sampled_from(_places(body)))
    what = data.draw(st.sampled_from(["replace", "delete", "repeat", "rename"]))
    if what == "delete":
        del container[key]
    elif what == "repeat" and isinstance(container, list):
        container.append(copy.deepcopy(container[key]))
    elif what == "rename" and isinstance(container, dict):
        container[data.draw(WORDS)] = container.pop(key)
    else:
        container[key] = data.draw(VALUES)
    _holds(_raw(body), data.draw(st.sampled_from([None, PAGE])))


@given(st.data())
@settings(max_examples=200, deadline=None)
def test_a_good_payload_with_bytes_changed_never_raises(data: st.DataObject) -> None:
    raw = bytearray(_raw(_payload(data.draw(st.sampled_from(sorted(EXPECTED))))))
    for at in data.draw(st.lists(st.integers(0, len(raw) - 1), min_size=1, max_size=4)):
        raw[at] = data.draw(st.integers(0, 255))
    parse(bytes(raw), page_id=PAGE)


# --- signatures ---------------------------------------------------------------------------------

BODY = b'{"object":"page","entry":[],"text":"\\u00e4"}'


def _hex(secret: str = SECRET, raw: bytes = BODY, algorithm: str = "sha256") -> str:
    return hmac.new(secret.encode(), raw, algorithm).hexdigest()


GOOD = {"x-hub-signature-256": f"sha256={_hex()}"}
OLD = {"x-hub-signature": f"sha1={_hex(algorithm='sha1')}"}


def test_a_body_signed_with_the_secret_is_accepted() -> None:
    assert verify(BODY, GOOD, [SECRET])


def test_a_known_signature_is_accepted() -> None:
    """The second test case of RFC 4231, so that the test does not only agree with itself."""
    digest = "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
    raw = b"what do ya want for nothing?"
    assert verify(raw, {"x-hub-signature-256": f"sha256={digest}"}, ["Jefe"])


@pytest.mark.parametrize("secrets", [[SECRET, "newer"], ["older", SECRET], ["a", SECRET, "b"]])
def test_any_of_several_secrets_may_have_signed(secrets: list[str]) -> None:
    assert verify(BODY, GOOD, secrets)


@pytest.mark.parametrize(
    ("why", "raw", "headers", "secrets"),
    [
        ("no header", BODY, {}, [SECRET]),
        ("empty header", BODY, {"x-hub-signature-256": ""}, [SECRET]),
        ("another body", BODY + b" ", GOOD, [SECRET]),
        ("another secret", BODY, GOOD, ["another"]),
        ("no secret", BODY, GOOD, []),
        (
            "an empty secret",
            BODY,
            {"x-hub-signature-256": f"sha256={hmac.new(b'', BODY, 'sha256').hexdigest()}"},
            [""],
        ),
        ("an empty secret beside a good one", BODY, GOOD, [SECRET, ""]),
        ("a blank secret", BODY, GOOD, [SECRET, "  "]),
        ("one string instead of a list", BODY, GOOD, SECRET),
        ("only hex", BODY, {"x-hub-signature-256": _hex()}, [SECRET]),
        ("upper case", BODY, {"x-hub-signature-256": f"sha256={_hex().upper()}"}, [SECRET]),
        ("short", BODY, {"x-hub-signature-256": f"sha256={_hex()[:-1]}"}, [SECRET]),
        ("a newline after", BODY, {"x-hub-signature-256": f"sha256={_hex()}\n"}, [SECRET]),
        ("a space before", BODY, {"x-hub-signature-256": f" sha256={_hex()}"}, [SECRET]),
        ("not ASCII", BODY, {"x-hub-signature-256": "sha256=" + "é" * 64}, [SECRET]),
        ("other digits", BODY, {"x-hub-signature-256": "sha256=" + "\u0661" * 64}, [SECRET]),
        ("md5", BODY, {"x-hub-signature-256": f"md5={_hex(algorithm='md5')}"}, [SECRET]),
        ("sha512", BODY, {"x-hub-signature-256": f"sha512={_hex(algorithm='sha512')}"}, [SECRET]),
        ("no algorithm", BODY, {"x-hub-signature-256": f"nope={_hex()}"}, [SECRET]),
        ("sha1 in the new header", BODY, {"x-hub-signature-256": OLD["x-hub-signature"]}, [SECRET]),
        ("sha1 not allowed", BODY, OLD, [SECRET]),
        ("a secret that is no text", BODY, GOOD, ["\ud800"]),
    ],
)
def test_anything_odd_is_refused(
    why: str, raw: bytes, headers: dict[str, str], secrets: list[str]
) -> None:
    assert verify(raw, headers, secrets) is False, why


def test_sha1_counts_only_when_allowed_and_alone() -> None:
    assert verify(BODY, OLD, [SECRET], allow_sha1=True)
    assert not verify(BODY + b" ", OLD, [SECRET], allow_sha1=True)
    worse = {"x-hub-signature-256": "sha256=" + "0" * 64}
    assert not verify(BODY, OLD | worse, [SECRET], allow_sha1=True)
    md5 = {"x-hub-signature": f"md5={_hex(algorithm='md5')}"}
    assert not verify(BODY, md5, [SECRET], allow_sha1=True)


@given(st.text(st.characters(), max_size=90), st.binary(max_size=20), st.booleans())
@settings(max_examples=200, deadline=None)
def test_no_header_makes_verify_raise(header: str, raw: bytes, allow_sha1: bool) -> None:
    headers = {"x-hub-signature-256": header, "x-hub-signature": header}
    assert verify(raw, headers, [SECRET], allow_sha1) is False
    del headers["x-hub-signature-256"]
    assert verify(raw, headers, [SECRET], allow_sha1) is False


# --- the command line ---------------------------------------------------------------------------


def _run(raw: bytes, *arguments: str) -> subprocess.CompletedProcess[bytes]:
    command = [sys.executable, "-m", "channels.webhook", *arguments]
    return subprocess.run(command, input=raw, capture_output=True, cwd=ROOT, check=False)


def test_the_module_prints_one_event_a_line_with_secrets_masked() -> None:
    batch = _payload("batch_of_three_messages")
    batch["entry"][1]["messaging"] += _payload("optin_one_time_notification")["entry"][0][
        "messaging"
    ]
    done = _run(_raw(batch))
    lines = [json.loads(line) for line in done.stdout.decode("ascii").splitlines()]
    assert done.returncode == 0
    kinds = ["message", "message", "message", "one_time_notification_optin"]
    assert [line["kind"] for line in lines] == kinds
    assert b"one-time-token-1" not in done.stdout + done.stderr


def test_the_module_leaves_out_another_page_and_says_how_many() -> None:
    done = _run(_raw(_payload("batch_of_three_messages")), "--page-id", "555")
    assert (done.returncode, done.stdout) == (0, b"")
    assert done.stderr == b"events for another Page, left out: 3\n"


@pytest.mark.parametrize(
    "raw", [b"", b"\xff\x00", b"[" * 1_000_000, b"[]"], ids=["empty", "binary", "deep", "list"]
)
def test_the_module_makes_one_line_of_a_body_that_is_no_json_object(raw: bytes) -> None:
    done = _run(raw)
    (line,) = done.stdout.splitlines()
    assert (done.returncode, done.stderr) == (0, b"")
    assert json.loads(line)["kind"] == "problem"


def test_the_module_reads_a_huge_body_to_its_end() -> None:
    items = [_said(mid=f"m_{n}", text="\u2028\ud800\0" * 3000) for n in range(500)]
    raw = _raw({"object": "page", "entry": [{"id": PAGE, "messaging": items}]})
    assert len(raw) > 10_000_000
    done = _run(raw)
    assert done.returncode == 0
    assert len(done.stdout.decode().splitlines()) == 500


def test_the_module_ends_quietly_when_nobody_reads_on() -> None:
    items = [_said(mid=f"m_{n}") for n in range(20_000)]
    raw = _raw({"object": "page", "entry": [{"id": PAGE, "messaging": items}]})
    command = [sys.executable, "-m", "channels.webhook"]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=pipe, cwd=ROOT) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdin.write(raw)
        process.stdin.close()
        process.stdout.readline()
        process.stdout.close()
        errors = process.stderr.read()
        assert (process.wait(), errors) == (0, b"")


def test_main_can_be_called_in_process(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    class Input:
        buffer = (PAYLOADS / "read.json").open("rb")

    with Input.buffer:
        monkeypatch.setattr(sys, "stdin", Input)
        assert main(["--page-id", PAGE]) == 0
    assert json.loads(capsys.readouterr().out)["kind"] == "read"


def _crowd(number: int) -> bytes:
    items = [_said(mid=f"m_{n}") for n in range(number)]
    return _raw({"object": "page", "entry": [{"id": PAGE, "messaging": items}]})


def test_the_door_takes_as_many_items_as_the_platform_ever_sends_in_one_body() -> None:
    assert len(parse(_crowd(MOST_ITEMS), page_id=PAGE, bounded=True).events) == MOST_ITEMS


def test_the_door_refuses_a_body_of_more_items_and_keeps_none_of_it() -> None:
    parsed = parse(_crowd(MOST_ITEMS + 1), page_id=PAGE, bounded=True)
    assert parsed == Parsed(problem="the body holds more than 1,000 items")
    assert len(parse(_crowd(MOST_ITEMS + 1), page_id=PAGE).events) == MOST_ITEMS + 1


def test_what_was_parsed_is_taken_in_slices_without_losing_anything() -> None:
    other = {**_said(mid="m_x"), "recipient": {"id": "555"}, "sender": {"id": "7"}}
    body = json.loads(_crowd(25))
    body["entry"].append({"id": "555", "messaging": [other]})
    parsed = parse(_raw(body), page_id=PAGE)
    slices = list(parsed.slices(10))
    assert [len(some.events) for some in slices] == [10, 10, 5]
    assert tuple(event for some in slices for event in some.events) == parsed.events
    assert sum(some.foreign for some in slices) == parsed.foreign == 1
    assert list(Parsed(foreign=3).slices(10)) == [Parsed(foreign=3)]


def test_an_event_that_stands_in_a_body_many_times_is_taken_once() -> None:
    raw = _raw({"object": "page", "entry": [{"id": PAGE, "messaging": [_said(), {}] * 500}]})
    (only,) = parse(raw, page_id=PAGE).slices(10)
    assert [event.kind for event in only.events] == ["message", "unknown"]


_EMPTY = b",".join([b"{}"] * 333_000)
_ENTRY = b'{"object":"page","entry":[{"id":"1234567890",'


@pytest.mark.parametrize(
    "raw",
    [
        _ENTRY + b'"messaging":[' + _EMPTY + b"]}]}",
        b'{"object":"page","entry":[' + _EMPTY + b"]}",
        _ENTRY
        + b'"messaging":[{"sender":{"id":"1"},"message":{"attachments":['
        + _EMPTY
        + b"]}}]}]}",
        _ENTRY + b",".join(b'"k%d":1' % n for n in range(80_000)) + b"}]}",
        _ENTRY + b'"messaging":[{' + b",".join(b'"k%d":1' % n for n in range(80_000)) + b"}]}]}",
        _ENTRY + b",".join([b'"messaging":[{}]'] * 60_000) + b"}]}",
    ],
    ids=["items", "entries", "attachments", "keys of an entry", "keys of an item", "lists"],
)
def test_a_megabyte_of_next_to_nothing_does_not_hold_up_the_door(raw: bytes) -> None:
    """Reading it all took 25 seconds, in which nobody else was acknowledged."""
    began = process_time()
    parsed = parse(raw, page_id=PAGE, bounded=True)
    assert process_time() - began < 2.0
    assert parsed.events == ()
    assert parsed.problem in {
        "the body holds more than 1,000 items",
        "the body holds more than 30,000 values",
    }


@pytest.mark.parametrize("time", [1458692752, 1458692752000])
def test_the_time_of_an_entry_about_the_page_is_in_seconds_or_in_milliseconds(time: int) -> None:
    status = {"event": "PAUSED", "message_template_name": "a", "message_template_language": "en"}
    change = {"field": "messenger_template_status_update", "value": status}
    body = {"object": "page", "entry": [{"id": PAGE, "time": time, "changes": [change]}]}
    (event,) = parse(json.dumps(body).encode(), page_id=PAGE).events
    assert event.at_ms == 1458692752000


def test_the_same_status_told_again_at_another_time_is_another_event() -> None:
    status = {"event": "PAUSED", "message_template_name": "a", "message_template_language": "en"}
    change = {"field": "messenger_template_status_update", "value": status}
    keys = set()
    for time in (1458692752, 1458692753):
        body = {"object": "page", "entry": [{"id": PAGE, "time": time, "changes": [change]}]}
        keys |= {event.key for event in parse(json.dumps(body).encode(), page_id=PAGE).events}
    assert len(keys) == 2
