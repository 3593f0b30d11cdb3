"""Asked once, told once: the one-time notification from the wish to the alert."""

from __future__ import annotations

import pytest

from .conftest import Bot, card_of, offered, text_of

pytestmark = [pytest.mark.rasa, pytest.mark.timeout(300)]

EIGHT_DAYS_LATER = "2026-05-18T10:00:00Z"


def test_a_wish_can_be_said_in_one_sentence(bot: Bot) -> None:
    person = bot.someone()
    (card,) = person.say("tell me when sku-77 is back in stock")
    asked = card_of(card)
    assert asked is not None
    assert asked["payload"] == "back_in_stock:sku-77"
    assert "77" in asked["title"]
    assert person.wishes() == []  # asked for only with the tap
    (thanks,) = person.act("notify_me")
    assert person.wishes() == ["back_in_stock:sku-77"]
    assert thanks["messaging_type"] == "RESPONSE"


def test_the_alert_arrives_eight_days_later_paid_with_the_token(bot: Bot) -> None:
    person = bot.someone()
    topic = person.ask_and_tap(bot.product())
    assert person.wishes() == [topic]
    bot.at(EIGHT_DAYS_LATER)
    before = len(person.told())

    row = bot.notify(topic)[person.psid]
    assert (row["decision"], row["ground"]) == ("send", "one_time_notification")
    assert (row["rule"], row["state"]) == ("token_held", "sent")
    assert topic in row["reason"]

    (alert,) = person.told()[before:]
    assert alert["paid_with"] == "token"
    assert alert["messaging_type"] is None
    assert [token["used_at"] is not None for token in person.tokens()] == [True]
    assert person.wishes() == []
    assert person.objections() == []


def test_a_second_restock_tells_nobody_who_was_told(bot: Bot) -> None:
    person = bot.someone()
    topic = person.ask_and_tap(bot.product())
    bot.at(EIGHT_DAYS_LATER)
    bot.notify(topic)
    before = person.told()
    assert bot.notify(topic) == {}
    assert person.told() == before


def test_the_same_order_to_notify_given_twice_is_one_alert(bot: Bot) -> None:
    person = bot.someone()
    topic = person.ask_and_tap(bot.product())
    bot.at(EIGHT_DAYS_LATER)
    before = len(person.told())
    first = bot.notify(topic, key=f"restock-{topic}")
    assert bot.notify(topic, key=f"restock-{topic}") == first
    assert len(person.told()) == before + 1
    other = {"topic": topic, "response": "utter_greet", "key": f"restock-{topic}"}
    answer = bot.operator("notify", other)
    assert answer.status == 400
    assert f"`restock-{topic}` is that of broadcast" in answer.json["error"]


def test_the_answer_to_the_alert_is_understood_and_opens_the_window(bot: Bot) -> None:
    person = bot.someone()
    topic = person.ask_and_tap(bot.product())
    bot.at(EIGHT_DAYS_LATER)
    bot.notify(topic)
    (alert,) = person.told()[-1:]
    assert "/thank" in offered(alert)

    (answer,) = person.say("thanks")
    assert answer["messaging_type"] == "RESPONSE"
    assert answer["paid_with"] is None
    assert person.heard()[-1]["parse_data"]["intent"]["name"] == "thank"
    assert person.only("utter_youre_welcome").ground == "standard_window"
    assert bot.sim.thread(person.psid)["window_until"] > EIGHT_DAYS_LATER


def test_a_tap_on_the_alert_is_understood(bot: Bot) -> None:
    person = bot.someone()
    topic = person.ask_and_tap(bot.product())
    bot.at(EIGHT_DAYS_LATER)
    bot.notify(topic)
    (answer,) = person.tap("/thank")
    assert answer["messaging_type"] == "RESPONSE"
    assert person.only("utter_youre_welcome").state == "sent"


def test_the_conversation_holds_the_alert_from_its_next_turn_on_in_a_new_session(
    bot: Bot,
) -> None:
    person = bot.someone()
    topic = person.ask_and_tap(bot.product())
    before = person.tracker()
    assert [event["event"] for event in before].count("session_started") == 1
    bot.at(EIGHT_DAYS_LATER)
    row = bot.notify(topic)[person.psid]
    alert = text_of(person.told()[-1])
    assert person.tracker() == before, "nothing is written while nobody talks"

    person.say("thanks")
    events = person.tracker()
    names = [event["event"] for event in events]
    assert names.count("session_started") == 2
    sessions = [event for event in events if event.get("name") == "action_session_start"]
    assert len(sessions) == 2
    last_session = len(names) - names[::-1].index("session_started")
    said = [event for event in events[last_session:] if event["event"] in {"bot", "user"}]
    assert said[0]["text"] == alert
    assert said[1]["event"] == "user", "the alert comes before the answer to it"
    assert said[0]["metadata"]["messenger"]["key"].startswith("notify:")
    assert person.only("utter_back_in_stock").id == row["send"]

    person.say("thanks")
    told = [event for event in person.tracker() if event.get("text") == alert]
    assert len(told) == 1, "once is enough"


def test_two_alerts_are_remembered_in_the_order_in_which_they_came(bot: Bot) -> None:
    person = bot.someone()
    topics = [person.ask_and_tap(bot.product()) for _ in range(2)]
    bot.at(EIGHT_DAYS_LATER)
    for topic in reversed(topics):
        bot.notify(topic)
    alerts = [text_of(message) for message in person.told()[-2:]]
    person.say("thanks")
    spoken = [event["text"] for event in person.tracker() if event["event"] == "bot"]
    assert spoken[-3:-1] == alerts


def test_the_alert_speaks_the_language_of_the_person(bot: Bot) -> None:
    person = bot.someone(french=True)
    topic = person.ask_and_tap(bot.product(), french=True)
    assert person.language() == "fr"
    bot.at(EIGHT_DAYS_LATER)
    bot.notify(topic)
    alert = person.told()[-1]
    assert alert["paid_with"] == "token"
    assert "retour" in text_of(alert).lower()


def test_the_alert_names_the_thing_asked_for_and_not_the_last_one(bot: Bot) -> None:
    person = bot.someone()
    first = person.ask_and_tap(bot.product())
    person.ask_and_tap(bot.product())
    bot.notify(first)
    number = first.rpartition("-")[2]
    assert number in text_of(person.told()[-1])


def test_who_is_still_inside_the_window_is_told_for_free(bot: Bot) -> None:
    person = bot.someone()
    topic = person.ask_and_tap(bot.product())
    row = bot.notify(topic)[person.psid]
    assert (row["decision"], row["ground"]) == ("send", "standard_window")
    assert row["rule"] == "window_open"
    alert = person.told()[-1]
    assert alert["messaging_type"] == "UPDATE"
    assert alert["paid_with"] is None
    assert [token["used_at"] for token in person.tokens()] == [None]


def test_who_was_told_for_free_is_told_nothing_at_the_next_restock(bot: Bot) -> None:
    person = bot.someone()
    topic = person.ask_and_tap(bot.product())
    bot.notify(topic)
    before = person.told()
    assert bot.notify(topic) == {}
    bot.at(EIGHT_DAYS_LATER)
    assert bot.notify(topic) == {}
    assert person.told() == before
    assert [token["used_at"] for token in person.tokens()] == [None]


def test_who_asks_again_is_told_again(bot: Bot) -> None:
    person = bot.someone()
    product = bot.product()
    topic = person.ask_and_tap(product)
    bot.notify(topic)
    assert person.ask_and_tap(product) == topic
    bot.at(EIGHT_DAYS_LATER)
    row = bot.notify(topic)[person.psid]
    assert (row["decision"], row["ground"]) == ("send", "one_time_notification")


def test_each_of_two_people_gets_a_row_with_decision_and_reason(bot: Bot) -> None:
    product = bot.product()
    waiting, stopped = bot.someone(), bot.someone()
    topic = waiting.ask_and_tap(product)
    assert stopped.ask_and_tap(product) == topic
    stopped.say("STOP")
    bot.at(EIGHT_DAYS_LATER)
    before = stopped.told()

    rows = bot.notify(topic)
    assert set(rows) == {waiting.psid, stopped.psid}
    assert rows[waiting.psid]["decision"] == "send"
    assert topic in rows[waiting.psid]["reason"]
    refused = rows[stopped.psid]
    assert (refused["decision"], refused["state"]) == ("refuse", "refused")
    assert (refused["rule"], refused["whose"]) == ("person_stopped", "ours")
    assert "stopped" in refused["reason"]
    assert stopped.told() == before
    assert [token["used_at"] for token in stopped.tokens()] == [None]


def test_an_alert_that_was_not_sent_is_not_in_the_tracker(bot: Bot) -> None:
    person = bot.someone()
    topic = person.ask_and_tap(bot.product())
    person.say("STOP")
    spoken = [event for event in person.tracker() if event["event"] == "bot"]
    bot.notify(topic)
    assert [event for event in person.tracker() if event["event"] == "bot"] == spoken


def test_a_request_taken_back_is_not_answered(bot: Bot) -> None:
    person = bot.someone()
    topic = person.ask_and_tap(bot.product())
    person.say("what are my alerts?")
    person.tap("/cancel_notification")
    assert person.wishes() == []
    assert bot.notify(topic) == {}


def test_an_alert_type_is_told_to_those_who_chose_it(bot: Bot) -> None:
    chose, did_not = bot.someone(), bot.someone()
    chose.choose_delivery()
    rows = bot.notify("delivery", "utter_order_shipped", slots={"order_id": "A-17"})
    row = rows[chose.psid]
    assert (row["decision"], row["ground"]) == ("send", "standard_window")
    assert did_not.psid not in rows
    assert "A-17" in text_of(chose.told()[-1])
    assert chose.told()[-1]["messaging_type"] == "UPDATE"


@pytest.mark.parametrize("token", ["", "wrong", "local-api-toke"])
def test_an_operator_without_the_token_is_refused(bot: Bot, token: str) -> None:
    wish = {"topic": "back_in_stock:sku-1", "response": "utter_back_in_stock"}
    assert bot.operator("notify", wish, token).status == 403
    wish = {"psid": "1", "intent": "EXTERNAL_order_shipped"}
    assert bot.operator("events", wish, token).status == 403


@pytest.mark.parametrize(
    ("route", "wish", "named"),
    [
        ("notify", {"topic": "weather", "response": "utter_back_in_stock"}, "`weather`"),
        ("notify", {"topic": "delivery", "response": "utter_nothing"}, "`utter_nothing`"),
        ("notify", {"topic": "delivery", "response": "utter_greet", "slots": ["x"]}, "`slots`"),
        ("notify", {"topic": 7, "response": "utter_greet"}, "`7`"),
        ("notify", [], "`None`"),
        ("notify", {"topic": "delivery", "response": "utter_order_shipped"}, "`order_id`"),
        (
            "notify",
            {"topic": "delivery", "response": "utter_greet", "key": "k" * 101},
            "`key`",
        ),
        ("events", {"intent": "EXTERNAL_order_shipped"}, "`psid`"),
        ("events", {"psid": "1", "intent": "EXTERNAL_nothing"}, "`EXTERNAL_nothing`"),
        (
            "events",
            {"psid": "1", "intent": "EXTERNAL_order_shipped", "entities": 7},
            "`entities`",
        ),
    ],
)
def test_a_wrong_wish_of_an_operator_names_the_value(
    bot: Bot, route: str, wish: object, named: str
) -> None:
    answer = bot.operator(route, wish)
    assert answer.status == 400
    assert named in answer.json["error"]
