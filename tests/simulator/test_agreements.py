"""Over HTTP: recurring notifications, comments, feedback, the further message, ads' messages."""

from __future__ import annotations

import json
from typing import Any

import pytest

from simulator.testing import Simulator, SimulatorError

from .conftest import Bot

Json = dict[str, Any]
OUTSIDE = (10, 2018278)


def to(psid: str, **message: Any) -> Json:
    return {"recipient": {"id": psid}, "messaging_type": "RESPONSE", "message": message}


def template(**payload: Any) -> Json:
    return {"attachment": {"type": "template", "payload": payload}}


def opt_in(psid: str, title: str = "Our sales", **more: Any) -> Json:
    asked = {"template_type": "notification_messages", "title": title, "payload": "sales"}
    return to(psid, **template(**asked, **more))


def notify(token: str) -> Json:
    return {"recipient": {"notification_messages_token": token}, "message": {"text": "News!"}}


def talking(messenger: Simulator, at: str, word: str = "hi") -> str:
    """Return somebody who has just written, at a moment."""
    messenger.set_now(at)
    psid = messenger.person()
    messenger.say(psid, word)
    return psid


# -- recurring notifications ------------------------------------------------------------------


@pytest.fixture
def asked(joined: Simulator) -> tuple[Simulator, str]:
    """Give a simulator and somebody who was asked to allow notifications, in 2024."""
    joined.change_page(recurring_notifications=True)
    alex = talking(joined, "2024-05-01T00:00:00Z")
    assert joined.send(opt_in(alex)).status == 200
    return joined, alex


def test_opting_in_gives_a_token_that_pays_every_day(asked: tuple[Simulator, str]) -> None:
    messenger, alex = asked
    optin = messenger.opt_in(alex)["event"]["optin"]
    token = optin["notification_messages_token"]
    assert (optin["type"], optin["payload"]) == ("notification_messages", "sales")
    assert (optin["title"], optin["user_token_status"]) == ("Our sales", "NOT_REFRESHED")
    assert "notification_messages_frequency" not in optin
    messenger.advance(days=3)
    assert messenger.send(notify(token)).body["recipient_id"] == alex
    assert messenger.send(notify(token)).error == (4, 2018354)
    messenger.advance(days=1)
    assert messenger.send(notify(token)).status == 200
    thread = messenger.thread(alex)
    assert thread["messages"][-1]["ground"] == "recurring_notification"
    assert thread["subscriptions"][0]["last_sent_at"] is not None
    assert token not in json.dumps(thread)


def test_opting_in_opens_no_window_and_is_done_once(asked: tuple[Simulator, str]) -> None:
    messenger, alex = asked
    messenger.advance(days=2)
    messenger.opt_in(alex)
    assert messenger.send(to(alex, text="hello")).error == OUTSIDE
    with pytest.raises(SimulatorError, match="tapped before"):
        messenger.opt_in(alex)


def test_a_person_stops_and_resumes_and_the_webhooks_say_so(asked: tuple[Simulator, str]) -> None:
    messenger, alex = asked
    token = messenger.opt_in(alex)["event"]["optin"]["notification_messages_token"]
    stopped = messenger.act(alex, "stop_notifications", title="Our sales")["event"]["optin"]
    assert stopped["notification_messages_status"] == "STOP NOTIFICATIONS"
    assert stopped["notification_messages_token"] == token
    assert messenger.send(notify(token)).error == (10, 1893015)
    with pytest.raises(SimulatorError, match="no such notifications to stop"):
        messenger.act(alex, "stop_notifications")
    resumed = messenger.act(alex, "resume_notifications")["event"]["optin"]
    assert resumed["notification_messages_status"] == "RESUME NOTIFICATIONS"
    assert messenger.send(notify(token)).status == 200


def test_the_same_request_is_not_sent_twice_in_a_week(asked: tuple[Simulator, str]) -> None:
    messenger, alex = asked
    assert messenger.send(opt_in(alex)).error == (613, 1893016)
    assert messenger.send(opt_in(alex, "Our news")).status == 200
    messenger.advance(days=7)
    messenger.say(alex, "hi again")
    assert messenger.send(opt_in(alex)).status == 200


def test_the_frequency_of_2022_is_told_and_kept(joined: Simulator) -> None:
    joined.change_page(recurring_notifications=True)
    alex = talking(joined, "2022-06-01T00:00:00Z")
    joined.send(opt_in(alex, notification_messages_frequency="WEEKLY"))
    optin = joined.opt_in(alex)["event"]["optin"]
    assert optin["notification_messages_frequency"] == "WEEKLY"
    token = optin["notification_messages_token"]
    assert joined.send(notify(token)).status == 200
    joined.advance(days=6)
    assert joined.send(notify(token)).error == (4, 2018354)
    joined.advance(days=1)
    assert joined.send(notify(token)).status == 200
    joined.advance(days=263)
    assert joined.send(notify(token)).error == (100, None)


@pytest.mark.parametrize(
    ("at", "frequency", "days"),
    [
        ("2022-06-01T00:00:00Z", "DAILY", 180),
        ("2022-06-01T00:00:00Z", "WEEKLY", 270),
        ("2022-06-01T00:00:00Z", "MONTHLY", 365),
        ("2023-02-01T23:59:59Z", "DAILY", 180),
        ("2023-02-02T00:00:00Z", "DAILY", 365),
    ],
)
def test_a_new_tokens_life_is_told(joined: Simulator, at: str, frequency: str, days: int) -> None:
    joined.change_page(recurring_notifications=True)
    alex = talking(joined, at)
    joined.send(opt_in(alex, notification_messages_frequency=frequency))
    event = joined.opt_in(alex)["event"]
    lives = event["optin"]["token_expiry_timestamp"] - event["timestamp"]
    assert lives == days * 24 * 3600 * 1000


# -- comments ---------------------------------------------------------------------------------


def test_a_comment_arrives_as_a_change_of_the_feed(joined: Simulator, bot: Bot) -> None:
    alex = joined.person("Alex")
    change = joined.comment(alex, "How much is it?", post_id="1234567890_7")["event"]
    (entry,) = json.loads(bot.received[-1][0])["entry"]
    assert entry["changes"] == [change]
    assert "messaging" not in entry
    assert change["field"] == "feed"
    value = change["value"]
    assert (value["item"], value["verb"]) == ("comment", "add")
    assert value["from"] == {"id": alex, "name": "Alex"}
    assert (value["post_id"], value["message"]) == ("1234567890_7", "How much is it?")
    assert abs(value["created_time"] - joined.now().timestamp()) < 5


def test_a_comment_gets_one_private_reply_within_a_week(joined: Simulator) -> None:
    alex = joined.person()
    known_as = joined.comment(alex, "How much is it?")["event"]["value"]["comment_id"]
    assert joined.send(to(alex, text="hello")).error == OUTSIDE
    joined.advance(days=6)
    reply = {"recipient": {"comment_id": known_as}, "message": {"text": "Ten euros"}}
    assert joined.send(reply).body["recipient_id"] == alex
    assert joined.send(reply).error == (100, 2534025)
    assert joined.send(to(alex, text="hello")).error == OUTSIDE
    thread = joined.thread(alex)
    assert thread["messages"][-1]["ground"] == "private_reply"
    assert thread["comments"][0]["replied_at"] is not None
    joined.say(alex, "thanks")
    assert joined.send(to(alex, text="You are welcome")).status == 200


def test_a_visitors_post_is_answered_by_its_own_id(joined: Simulator) -> None:
    alex = joined.person()
    change = joined.act(alex, "visitor_post", text="Are you open?")["event"]
    assert change["value"]["item"] == "post"
    reply = {"recipient": {"post_id": change["value"]["post_id"]}, "message": {"text": "Yes"}}
    assert joined.send(reply).status == 200


def test_a_comment_is_no_standby_event_and_has_an_id_of_its_own(
    joined: Simulator, bot: Bot
) -> None:
    alex = joined.person()
    joined.change_person(alex, thread_owner="other")
    joined.comment(alex, "one", comment_id="7_1")
    (entry,) = json.loads(bot.received[-1][0])["entry"]
    assert "standby" not in entry
    with pytest.raises(SimulatorError, match="the comment `7_1` exists already"):
        joined.comment(alex, "two", comment_id="7_1")


# -- feedback ---------------------------------------------------------------------------------


def form(**question: Any) -> Json:
    asked = {"id": "visit", "type": "csat", "follow_up": {"type": "free_form"}, **question}
    return template(
        template_type="customer_feedback",
        title="Rate your visit",
        subtitle="It takes a minute",
        button_title="Rate",
        feedback_screens=[{"questions": [asked]}],
        business_privacy={"url": "https://shop.example/privacy"},
    )


def test_feedback_arrives_as_the_page_on_it_shows(joined: Simulator) -> None:
    alex = talking(joined, "2024-05-01T00:00:00Z")
    assert joined.send(to(alex, **form())).status == 200
    event = joined.act(alex, "give_feedback", score="5", text="Lovely")["event"]
    assert "timestamp" not in event
    (screen,) = event["messaging_feedback"]["feedback_screens"]
    follow_up = {"type": "free_form", "payload": "Lovely"}
    answer = {"type": "csat", "payload": "5", "follow_up": follow_up}
    assert screen == {"screen_id": 0, "questions": {"visit": answer}}


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"score": "6"}, "the score `6` is not 1 to 5"),
        ({}, "needs the text `score`"),
        ({"score": "5", "text": "x" * 401}, "401 characters"),
    ],
)
def test_feedback_that_cannot_be_given_gets_one_sentence(
    joined: Simulator, fields: Json, sentence: str
) -> None:
    alex = talking(joined, "2024-05-01T00:00:00Z")
    joined.send(to(alex, **form()))
    with pytest.raises(SimulatorError, match=sentence):
        joined.act(alex, "give_feedback", **fields)


def test_a_form_is_there_for_a_day_unless_it_says_more(joined: Simulator) -> None:
    alex = talking(joined, "2024-05-01T00:00:00Z")
    with pytest.raises(SimulatorError, match="no message of the Page asks for feedback"):
        joined.act(alex, "give_feedback", score="5")
    joined.send(to(alex, **form()))
    joined.advance(days=1)
    with pytest.raises(SimulatorError, match="has expired"):
        joined.act(alex, "give_feedback", score="5")


# -- the window -------------------------------------------------------------------------------


def test_one_further_message_is_used_up_and_renewed_by_the_next_opening(joined: Simulator) -> None:
    alex = talking(joined, "2019-05-01T00:00:00Z")
    joined.advance(days=2)
    body = to(alex, text="Are you still there?")
    assert joined.send(body).status == 200
    assert joined.messages(alex, "page")[-1]["ground"] == "plus_one"
    assert joined.send(body).error == OUTSIDE
    joined.read(alex)
    assert joined.send(body).error == OUTSIDE
    joined.say(alex, "yes")
    joined.advance(days=2)
    assert joined.send(body).status == 200
    assert joined.send(body).error == OUTSIDE


def test_the_pages_own_setting_makes_the_window_after_an_ad_longer(joined: Simulator) -> None:
    joined.set_now("2026-10-01T00:00:00Z")
    alex = joined.person()
    joined.act(alex, "ad_message", text="hi")
    joined.advance(days=3)
    assert joined.send(to(alex, text="hello")).error == OUTSIDE
    joined.change_page(ad_click_window_hours=168)
    assert joined.send(to(alex, text="hello")).status == 200
    assert joined.thread(alex)["window_until"].startswith("2026-10-08T00:00")
    with pytest.raises(SimulatorError, match="`ad_click_window_hours` is not 0 to 168"):
        joined.change_page(ad_click_window_hours=169)


def test_a_click_on_an_ad_without_a_message_opens_nothing(joined: Simulator) -> None:
    alex = joined.person()
    joined.referral(alex, "autumn", source="ADS")
    assert joined.send(to(alex, text="hello")).error == OUTSIDE


def test_notify_me_tapped_twice_by_force_is_still_one_consent(joined: Simulator) -> None:
    alex = talking(joined, "2021-06-02T00:00:00Z")
    request = template(template_type="one_time_notif_req", title="Tell me", payload="shoes")
    joined.send(to(alex, **request))
    taps = [joined.notify_me(alex, force=True)["event"]["optin"] for _ in range(2)]
    bodies = [
        {
            "recipient": {"one_time_notif_token": tap["one_time_notif_token"]},
            "message": {"text": "x"},
        }
        for tap in taps
    ]
    assert [joined.send(body).status for body in bodies] == [200, 200]
    assert joined.objections() == ["several_messages_for_one_consent"]
