"""Every flow of the dialogue with a real Rasa, in both languages, interruptions included."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

import pytest

from policy_guard.catalogue import load
from scripts.stack import ROOT

from .conftest import Bot, Someone, card_of, offered, text_of

pytestmark = [pytest.mark.rasa, pytest.mark.timeout(300)]

CATALOGUE = load(ROOT / "alerts.yml")
THREE_WEEKS_LATER = "2026-05-31T10:00:00Z"


@dataclass(frozen=True)
class Language:
    """What a person says in a language, and a few words by which the answers are known."""

    code: str
    says: Mapping[str, str]
    hears: Mapping[str, str]


ENGLISH = Language(
    "en",
    {
        "hello": "hello",
        "choose": "I want to choose my alerts",
        "types": "just deliveries and account stuff",
        "why": "why do you ask?",
        "help": "help",
        "no": "no thanks",
        "yes": "yes please",
        "drop": "actually no deliveries",
        "stop one": "stop the delivery alerts",
        "list": "what are my alerts?",
        "pause": "pause for 2 weeks",
        "resume": "resume my alerts",
        "start": "START",
        "stop": "STOP",
        "notify": "tell me when it is back in stock",
        "cancel": "cancel my request",
        "order": "where is my order?",
        "other": "en français svp",
        "place": "I live in France",
        "nowhere": "I live in Paris",
        "privacy": "what do you know about me?",
        "human": "I want to talk to a human please",
        "bye": "bye",
    },
    {
        "question": "What would you like",
        "done": "Done!",
        "already": "already get",
        "explained": "only what you choose",
        "denied": "nothing changes",
        "stopped one": "Stopped: Deliveries",
        "paused": "no alerts until",
        "is paused": "Paused until",
        "resumed": "come again",
        "not paused": "Nothing is paused",
        "welcome": "Welcome back",
        "product": "Which product",
        "why product": "watch one product",
        "dropped": "won't watch",
        "card": "tap the button",
        "waiting": "Already on it",
        "cancelled": "Cancelled",
        "nothing": "nothing to cancel",
        "not possible": "not allowed here",
        "order": "can't see orders",
        "other": "français",
        "place": "noted: France",
        "nowhere": "Which country",
        "kept": "We keep",
        "handed": "handing you over",
    },
)
FRENCH = Language(
    "fr",
    {
        "hello": "bonjour",
        "choose": "je veux choisir mes alertes",
        "types": "seulement les livraisons et le compte",
        "why": "pourquoi vous demandez ça ?",
        "help": "aide",
        "no": "non merci",
        "yes": "oui svp",
        "drop": "finalement pas les livraisons",
        "stop one": "arrête les alertes livraison",
        "list": "quelles sont mes alertes ?",
        "pause": "pause pendant 2 semaines",
        "resume": "reprenez mes alertes",
        "start": "REPRENDRE",
        "stop": "ARRÊT",
        "notify": "préviens-moi d'un retour en stock",
        "cancel": "annulez ma demande",
        "order": "où est ma commande ?",
        "other": "in English please",
        "place": "j'habite en France",
        "nowhere": "j'habite à Paris",
        "privacy": "que savez-vous sur moi ?",
        "human": "je veux parler à une vraie personne",
        "bye": "au revoir",
    },
    {
        "question": "De quoi voulez-vous",
        "done": "C'est fait",
        "already": "déjà en place",
        "explained": "que ce que vous choisissez",
        "denied": "rien ne change",
        "stopped one": "Arrêté : Livraisons",
        "paused": "aucune alerte jusqu'au",
        "is paused": "En pause jusqu'au",
        "resumed": "reprennent",
        "not paused": "Rien n'est en pause",
        "welcome": "vous revoir",
        "product": "Quel produit",
        "why product": "surveille un produit",
        "dropped": "ne surveille rien",
        "card": "touchez le bouton",
        "waiting": "déjà prévu",
        "cancelled": "Annulé",
        "nothing": "rien à annuler",
        "not possible": "pas permis ici",
        "order": "ne vois pas les commandes",
        "other": "English",
        "place": "noté : France",
        "nowhere": "quel pays",
        "kept": "Nous gardons",
        "handed": "passe l'équipe",
    },
)


@pytest.fixture(params=[ENGLISH, FRENCH], ids=lambda language: language.code)
def spoken(request: pytest.FixtureRequest) -> Language:
    """Give each language in turn."""
    language: Language = request.param
    return language


class Talk:
    """One person's conversation in one language."""

    def __init__(self, bot: Bot, spoken: Language) -> None:
        self.person: Someone = bot.stranger()
        self.spoken = spoken
        self.says("hello")

    def says(self, what: str) -> list[str]:
        """Say something and return the texts of what the Page then says."""
        return [text_of(m) for m in self.person.say(self.spoken.says[what])]

    def hears(self, texts: list[str], *what: str) -> None:
        """Check that the Page said just these things, in order."""
        words = [self.spoken.hears[one] for one in what]
        assert len(texts) == len(words), texts
        for text, word in zip(texts, words, strict=True):
            assert word in text

    def taps(self, payload: str) -> list[str]:
        """Tap a quick reply that is on offer, and return what the Page then says."""
        return [text_of(m) for m in self.person.tap(payload)]


@pytest.fixture
def talk(bot: Bot, spoken: Language) -> Talk:
    """Give a person who has said hello."""
    return Talk(bot, spoken)


# -- the preference centre -----------------------------------------------------------------------


def test_the_question_is_answered_in_words_after_being_explained(talk: Talk) -> None:
    talk.hears(talk.says("choose"), "question")
    explained, question = talk.says("why")
    assert talk.spoken.hears["explained"] in explained
    for kind in CATALOGUE.types:
        title = kind.title(talk.spoken.code)
        assert re.search(rf"^{re.escape(title)} ?: \w", explained, re.MULTILINE), title
    assert talk.spoken.hears["question"] in question
    talk.hears(talk.says("types"), "done")
    assert talk.person.chosen() == {"delivery", "account"}
    assert talk.person.language() == talk.spoken.code


def test_the_question_is_answered_by_a_tap_and_every_title_is_on_offer(talk: Talk) -> None:
    (asked,) = talk.person.say(talk.spoken.says["choose"])
    titles = [reply["title"] for reply in asked["message"]["quick_replies"]]
    assert titles[:-1] == [kind.title(talk.spoken.code) for kind in CATALOGUE.types]
    assert len(titles) <= 13
    assert all(len(title) <= 20 for title in titles)
    talk.hears(talk.taps('/choose_alerts{"alert_type": "delivery"}'), "done")
    talk.hears(talk.says("choose"), "question")
    talk.hears(talk.taps('/choose_alerts{"alert_type": "delivery"}'), "already")
    assert talk.person.chosen() == {"delivery"}


def test_the_question_survives_another_question_and_ends_with_a_no(talk: Talk) -> None:
    talk.says("choose")
    answer, question = talk.says("order")
    assert talk.spoken.hears["order"] in answer
    assert talk.spoken.hears["question"] in question
    talk.hears(talk.says("no"), "denied")
    assert talk.person.chosen() == set()
    assert len(talk.says("list")) == 1, "the question is no longer open"


def test_who_changes_their_mind_loses_only_what_they_name(talk: Talk) -> None:
    talk.says("types")
    talk.says("choose")
    talk.hears(talk.says("drop"), "stopped one")
    assert talk.person.chosen() == {"account"}


def test_the_word_stop_in_the_middle_of_the_question_has_one_answer(talk: Talk) -> None:
    talk.says("choose")
    (confirmation,) = talk.says("stop")
    assert "START" in confirmation
    assert talk.person.facts().stopped


def test_who_asks_for_a_person_in_the_middle_is_not_asked_again(talk: Talk) -> None:
    talk.says("choose")
    talk.hears(talk.says("human"), "handed")


def test_goodbye_ends_the_question(talk: Talk) -> None:
    talk.says("choose")
    assert len(talk.says("bye")) == 1
    assert len(talk.says("list")) == 1


# -- seeing, stopping, pausing, starting ---------------------------------------------------------


def test_one_alert_is_stopped_and_the_list_shows_the_rest(talk: Talk) -> None:
    talk.says("types")
    talk.hears(talk.says("stop one"), "stopped one")
    (listed,) = talk.says("list")
    account = CATALOGUE.get("account")
    assert account is not None
    assert account.title(talk.spoken.code) in listed
    assert talk.person.chosen() == {"account"}


def test_everything_is_stopped_by_a_tap_and_started_again_by_a_word(talk: Talk) -> None:
    talk.says("types")
    talk.says("list")
    (stopped,) = talk.taps("/stop_alerts")
    assert "START" in stopped
    assert talk.person.meets("EXTERNAL_order_shipped", order_id="F-1") == []
    talk.hears(talk.says("start"), "welcome")
    (told,) = talk.person.meets("EXTERNAL_order_shipped", order_id="F-2")
    assert "F-2" in text_of(told)


def test_a_pause_holds_everything_until_it_is_resumed(talk: Talk) -> None:
    talk.hears(talk.says("resume"), "not paused")
    talk.says("types")
    talk.hears(talk.says("pause"), "paused")
    talk.hears(talk.says("list"), "is paused")
    assert talk.person.meets("EXTERNAL_order_shipped", order_id="F-3") == []
    row = talk.person.only("utter_order_shipped")
    assert (row.state, row.decision["rule"]) == ("held", "person_paused")
    talk.hears(talk.says("resume"), "resumed")
    (told,) = talk.person.meets("EXTERNAL_order_shipped", order_id="F-4")
    assert "F-4" in text_of(told)


def test_a_pause_that_is_over_holds_nothing(bot: Bot, talk: Talk) -> None:
    talk.says("types")
    talk.says("pause")
    bot.at(THREE_WEEKS_LATER)
    talk.says("hello")
    (told,) = talk.person.meets("EXTERNAL_order_shipped", order_id="F-5")
    assert "F-5" in text_of(told)


def test_nothing_that_was_chosen_is_lost_with_the_conversation(bot: Bot, talk: Talk) -> None:
    talk.says("types")
    topic = talk.person.ask_and_tap(bot.product(), french=talk.spoken.code == "fr")
    path = f"conversations/{talk.person.psid}/tracker/events"
    bot.rasa(path, {"event": "restart"})
    assert talk.person.slot("language") is None
    (listed,) = talk.says("list")
    delivery = CATALOGUE.get("delivery")
    assert delivery is not None
    assert delivery.title(talk.spoken.code) in listed
    assert talk.person.chosen() == {"delivery", "account"}
    assert talk.person.wishes() == [topic]


# -- being told once -----------------------------------------------------------------------------


def test_the_question_which_product_is_explained_and_left(talk: Talk) -> None:
    talk.hears(talk.says("notify"), "product")
    talk.hears(talk.says("why"), "why product", "product")
    talk.hears(talk.says("yes"), "product")
    talk.hears(talk.says("no"), "dropped")
    assert talk.person.wishes() == []


def test_one_thing_is_asked_for_once_and_others_beside_it(bot: Bot, talk: Talk) -> None:
    french = talk.spoken.code == "fr"
    first, second = bot.product(), bot.product()
    topic = talk.person.ask_for(first, french=french)
    talk.hears(talk.says("yes"), "card")  # words are no tap
    talk.says("notify")
    talk.hears([text_of(m) for m in talk.person.say(first)], "card")  # and no second card
    talk.person.act("notify_me")
    talk.says("notify")
    talk.hears([text_of(m) for m in talk.person.say(first)], "waiting")
    other = talk.person.ask_for(second, french=french)
    assert talk.person.wishes() == [topic]
    talk.person.act("notify_me")
    assert talk.person.wishes() == [topic, other]
    (listed,) = talk.says("list")
    assert all(one in listed for one in (first, second)), "in the words of who asked"
    cards = [card for message in talk.person.told() if (card := card_of(message))]
    assert [card["payload"] for card in cards] == [topic, other]
    assert all(len(card["title"]) <= 65 for card in cards)
    assert talk.person.objections() == []


def test_what_was_declined_is_not_asked_a_second_time(bot: Bot, talk: Talk) -> None:
    product = bot.product()
    talk.person.ask_for(product, french=talk.spoken.code == "fr")
    talk.hears(talk.says("no"), "denied")
    talk.says("notify")
    talk.hears([text_of(m) for m in talk.person.say(product)], "card")
    assert talk.person.wishes() == []


def test_what_was_asked_for_is_cancelled(bot: Bot, talk: Talk) -> None:
    talk.hears(talk.says("cancel"), "nothing")
    topic = talk.person.ask_and_tap(bot.product(), french=talk.spoken.code == "fr")
    talk.hears(talk.says("cancel"), "cancelled")
    assert talk.person.wishes() == []
    assert bot.notify(topic) == {}


def test_where_it_is_not_allowed_an_honest_alternative_is_offered(
    bot: Bot, spoken: Language
) -> None:
    """In 2021 the platform had closed one-time notifications to Europe."""
    bot.at("2021-06-10T10:00:00Z")
    talk = Talk(bot, spoken)
    talk.hears(talk.says("place"), "place")
    assert talk.person.facts().region == "FR"
    talk.says("notify")
    (answer,) = talk.person.say(bot.product())
    assert talk.spoken.hears["not possible"] in text_of(answer)
    assert "/human_handoff" in offered(answer)
    assert talk.person.decided("utter_ask_notification") == []
    assert talk.person.refusals() == []


# -- all the rest --------------------------------------------------------------------------------


def test_where_nobody_knows_the_place_it_is_asked_for(talk: Talk) -> None:
    talk.hears(talk.says("nowhere"), "nowhere")
    talk.hears(talk.says("place"), "place")
    assert talk.person.facts().time_zone == "Europe/Paris"


def test_an_order_is_for_a_person_to_look_up(talk: Talk) -> None:
    (answer,) = talk.person.say(talk.spoken.says["order"])
    assert talk.spoken.hears["order"] in text_of(answer)
    assert "/human_handoff" in offered(answer)


def test_the_language_is_changed_on_demand_and_stays(talk: Talk) -> None:
    talk.hears(talk.says("other"), "other")
    other = "en" if talk.spoken.code == "fr" else "fr"
    assert talk.person.language() == other
    (short,) = talk.person.say("ok")
    assert talk.person.language() == other
    assert text_of(short)


def test_a_stranger_who_taps_the_menu_is_answered_in_the_language_it_is_in(bot: Bot) -> None:
    person = bot.stranger()
    (answer,) = person.act("postback", title="Mes alertes", payload="/list_alerts", force=True)
    assert text_of(answer).startswith("Vous n'avez pas encore d'alerte")
    assert person.language() == "fr"


def test_what_is_kept_is_said_and_kept_where_the_person_says_no(talk: Talk) -> None:
    talk.says("types")
    (kept,) = talk.person.say(talk.spoken.says["privacy"])
    assert talk.spoken.hears["kept"] in text_of(kept)
    (asked,) = talk.person.tap('/privacy{"data_request": "delete"}')
    assert offered(asked) == ["/affirm", "/deny"]
    talk.hears(talk.says("no"), "denied")
    assert talk.says("yes") != []
    assert talk.person.chosen() == {"delivery", "account"}, "a later yes deletes nothing"


def test_a_picture_is_answered_in_the_persons_language(talk: Talk) -> None:
    (answer,) = talk.person.act("attachment", type="image", url="https://cdn.example/thing")
    assert ("texte" if talk.spoken.code == "fr" else "text,") in text_of(answer)


# -- a part of the bot that is away --------------------------------------------------------------


def test_an_action_server_that_is_away_is_said_once_and_the_message_is_tried_again(
    bot: Bot, spoken: Language
) -> None:
    talk = Talk(bot, spoken)
    before = len(talk.person.told())
    bot.stack.kill("actions")
    try:
        bot.sim.say(talk.person.psid, spoken.says["list"])
        bot.wait(lambda: len(talk.person.told()) > before, "the honest sentence", 25)
        bot.sim.say(talk.person.psid, spoken.says["hello"])  # what needs no action is answered
    finally:
        bot.stack.start_actions()
        bot.stack.wait("actions", f"http://127.0.0.1:{bot.stack.ports.actions}/health")
    talk.person.settle()
    said = talk.person.decided("utter_trying_again")
    assert [row.state for row in said] == ["sent"]
    answered = [r for r in talk.person.decided("utter_no_alerts") if r.state == "sent"]
    gave_up = talk.person.decided("utter_turn_failed")
    assert (len(answered), gave_up) == (1, [])
    assert talk.person.decided("utter_unavailable") == []
