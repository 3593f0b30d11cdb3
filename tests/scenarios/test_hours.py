"""Opening hours in the conversation: told when asked, and once where nobody is there."""

from __future__ import annotations

import pytest

from .conftest import Bot, text_of

pytestmark = [pytest.mark.rasa, pytest.mark.timeout(300)]

# tests/hours.yml: always open, but closed on 13 July and after noon of 15 July 2026, in UTC.
OPEN, CLOSED = "2026-07-12T10:00:00Z", "2026-07-13T10:00:00Z"
CLOSED_AGAIN = "2026-07-15T15:00:00Z"


def test_who_asks_in_english_is_told_the_hours_and_the_promise(bot: Bot) -> None:
    bot.at(OPEN)
    (answer,) = bot.someone().say("are you open today?")
    assert text_of(answer) == ("We're open now. Today: all day. A person answers within 2 hours.")


@pytest.mark.parametrize(
    ("french", "asked", "told"),
    [
        (False, "are you open on Monday?", "Our hours on Monday: closed (Stocktaking)."),
        (True, "vous ouvrez lundi ?", "Nos horaires lundi : fermé (Inventaire)."),
    ],
)
def test_who_asks_for_a_day_is_told_the_hours_of_that_day(
    bot: Bot, french: bool, asked: str, told: str
) -> None:
    bot.at("2026-07-10T09:00:00Z")  # a Friday; 13 July, a Monday, is closed
    (answer,) = bot.someone(french=french).say(asked)
    assert text_of(answer).startswith(told)


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ("are you open on 13 July?", "Our hours on Monday: closed (Stocktaking)."),
        ("are you open on Sundays?", "Our hours on Sundays: all day."),
        ("vous ouvrez le 14 juillet ?", "Nos horaires mardi : toute la journée."),
        ("are you open on 3 May?", "Usually on 3 May: all day."),
        ("open on bank holidays?", "Holidays I know of: Stocktaking on 13 July (closed)"),
        ("vous êtes ouverts à la pentecôte ?", "Je connais : Inventaire le 13 juillet (fermé)"),
        ("are you open on April 31st?", "I don't know our hours for that day."),
    ],
)
def test_dates_and_holidays_are_told_and_what_is_not_known_is_said(
    bot: Bot, asked: str, told: str
) -> None:
    bot.at("2026-07-10T09:00:00Z")
    (answer,) = bot.stranger().say(asked)
    assert text_of(answer).startswith(told)


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ("do you speak spanish?", "Sorry, I don't speak that one. I speak English and Français."),
        ("parlez-vous espagnol ?", "Désolé, je ne parle pas cette langue."),
    ],
)
def test_a_language_that_is_not_spoken_is_said_not_to_be(bot: Bot, asked: str, told: str) -> None:
    bot.at(OPEN)
    (answer,) = bot.stranger().say(asked)
    assert text_of(answer).startswith(told)


def test_who_asks_in_french_while_it_is_closed_is_told_the_holiday_and_the_next_opening(
    bot: Bot,
) -> None:
    bot.at(CLOSED)
    person = bot.someone(french=True)
    (answer,) = person.say("vous êtes ouverts aujourd'hui ?")
    assert text_of(answer) == (
        "C'est fermé. Aujourd'hui : fermé (Inventaire). Une personne revient demain à partir de "
        "0 h ; moi, je réponds à toute heure."
    )


@pytest.mark.parametrize(
    ("hello", "says"),
    [
        ("hello", "The team is away; a person is back tomorrow from 0:00."),
        ("bonjour", "L'équipe est absente ; une personne revient demain à partir de 0 h."),
    ],
)
def test_the_first_message_of_a_closed_time_hears_it_and_is_answered_all_the_same(
    bot: Bot, hello: str, says: str
) -> None:
    bot.at(CLOSED)
    person = bot.stranger()
    away, greeting = person.say(hello)
    assert text_of(away).startswith(says)
    assert text_of(greeting)
    assert {away["messaging_type"], greeting["messaging_type"]} == {"RESPONSE"}
    assert len(person.say("merci" if hello == "bonjour" else "help")) == 1
    bot.at(CLOSED_AGAIN)
    assert len(person.say(hello)) == 2  # another closed time
    assert len(person.say(hello)) == 1


def test_it_is_not_forgotten_when_the_conversation_is_wiped(bot: Bot) -> None:
    bot.at(CLOSED)
    person = bot.stranger()
    assert len(person.say("hello")) == 2
    bot.rasa(f"conversations/{person.psid}/tracker/events", {"event": "restart"})
    assert len(person.say("hello")) == 1


def test_who_writes_stop_first_is_told_nothing_else(bot: Bot) -> None:
    bot.at(CLOSED)
    (answer,) = bot.stranger().say("STOP")
    assert "START" in text_of(answer)
