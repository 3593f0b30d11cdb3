"""Which language a person writes: a few telling words first, then a model for whole sentences."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from py3langid.langid import MODEL_FILE, LanguageIdentifier
from rasa_sdk import Action, Tracker
from rasa_sdk.events import SlotSet
from rasa_sdk.executor import CollectingDispatcher

from policy_guard.errors import GuardError
from policy_guard.languages import Languages, fold
from policy_guard.people import People

from . import wiring
from .turn import ChoiceAction, Turn, read_turn

SWITCH = "switch_language"
#: What answers these is a name, which tells nothing of the language.
_NAMES_THINGS = frozenset({"product"})

#: Letters from which on the model is asked, and what it is believed from: measured on data/nlu,
#: where a first message is wrong seldom enough, and a change almost never.
SURE_AT_FIRST = (8, 0.9)
SURE_TO_CHANGE = (12, 0.99)
#: A text of fewer different letters is a key held down, or laughter.
FEWEST_DIFFERENT = 5
#: Words that other people use in passing and that together leave a conversation's language.
ENOUGH_IN_PASSING = 2
_WORD = re.compile(r"[^\W\d_]+(?:['-][^\W\d_]+)*")
#: A letter that is drawn out, as in "bonjouuur".
_STRETCHED = re.compile(r"([^\W\d_])\1{2,}")


@lru_cache(maxsize=4)
def _identifier(languages: tuple[str, ...]) -> LanguageIdentifier:
    """Return a model of these languages; never changed after, so threads may share it."""
    identifier = LanguageIdentifier.from_pickled_model(MODEL_FILE, norm_probs=True)
    identifier.set_languages(list(languages))
    return identifier


def detect(text: str, spoken: Languages, current: str | None) -> str | None:
    """Return the language of *text* where it is plain enough, else None.

    One telling word decides. Where none leads, words that people of other languages use in passing
    decide for a conversation without a language; one that has a language needs two of them.
    """
    said = _pieces(text)
    telling = {code: len(said & spoken.telling(code)) for code in spoken.codes}
    passing = {code: len(said & spoken.passing(code)) for code in spoken.codes}
    if not any(telling.values()) and not any(passing.values()):
        return _by_model(text, spoken.codes, current)
    if (best := _leading(telling)) is not None:
        return best
    best = _leading({code: telling[code] + passing[code] for code in spoken.codes})
    if best is None or current in (None, best):
        return best
    alone = not any(telling.values()) and passing[best] == sum(passing.values())
    return best if alone and passing[best] >= ENOUGH_IN_PASSING else None


def _pieces(text: str) -> set[str]:
    """Return the words of a text, folded; `j'ai` is also `j'` and `'ai`, `ouiiii` is `oui`."""
    plain = _STRETCHED.sub(r"\1", fold(text))
    words = set(_WORD.findall(plain))
    for word in [word for word in words if "'" in word]:
        words |= {word[: word.index("'") + 1], word[word.rindex("'") :]}
    return words


def _leading(counts: Mapping[str, int]) -> str | None:
    """Return the code with the highest count, None where several have it."""
    highest = max(counts.values())
    leading = [code for code, count in counts.items() if count == highest]
    return leading[0] if len(leading) == 1 else None


def _by_model(text: str, languages: tuple[str, ...], current: str | None) -> str | None:
    """Return what the model says of a text without a word that is known, where it is sure."""
    letters, confident = SURE_AT_FIRST if current is None else SURE_TO_CHANGE
    said = [c for c in fold(text) if c.isalpha()]
    if len(said) < letters or len(set(said)) < FEWEST_DIFFERENT:
        return None
    code, probability = _identifier(languages).rank(text)[0]
    return str(code) if probability >= confident else None


def asked_for(turn: Turn, spoken: Languages) -> str | None:
    """Return the language a person asks for: the one they name, else the next of the list.

    None where they name only languages that the bot does not speak.
    """
    languages, codes = spoken.codes, {each.value for each in turn.named("language")}
    tokens = {fold(word) for word in _WORD.findall(" ".join([*codes, turn.typed]))}
    named = [
        each.code
        for each in spoken.all
        if each.code in codes or tokens & each.hears.words["called"]
    ]
    current = turn.language or languages[0]
    if len(named) == 1:
        return named[0]
    if len(named) > 1:
        # "I don't speak French, English please": the one they do not have yet.
        return next((code for code in named if code != current), named[0])
    if tokens & spoken.heard("other_languages"):
        return None
    position = languages.index(current) if current in languages else -1
    return languages[(position + 1) % len(languages)]


class RememberLanguage(Action):
    """Runs at every turn, before anything is answered; keeps the language slot and the store."""

    def name(self) -> str:
        """Return the name the domain knows."""
        return "action_remember_language"

    def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: Mapping[str, Any]
    ) -> list[dict[str, Any]]:
        """Set the slot where it changes; a store that cannot be used changes nothing."""
        turn = read_turn(tracker)
        try:
            people = wiring.people()
            known = turn.language or people.choices(turn.psid).language
            language = _language_of(turn, tracker, people, known)
            if language is not None and language != known:
                people.remember_language(turn.psid, language)
        except GuardError:
            return []
        return [] if language == turn.language else [SlotSet("language", language)]


class SwitchLanguage(ChoiceAction):
    """Says whether the language that is asked for is spoken; the turn has changed to it before."""

    def name(self) -> str:
        """Return the name the domain knows."""
        return "action_switch_language"

    def act(self, turn: Turn, people: People) -> Mapping[str, str | bool | None]:
        """Leave `switched`, or `not_spoken` with the names of the languages that are."""
        spoken = people.languages
        if asked_for(turn, spoken) is not None:
            return {"outcome": "switched"}
        *names, last = [each.name for each in spoken.all]
        link = spoken.get(turn.language).say("and")
        listed = link.join([", ".join(names), last] if names else [last])
        return {"outcome": "not_spoken", "language_names": listed}


def _language_of(turn: Turn, tracker: Tracker, people: People, known: str | None) -> str | None:
    languages = people.languages
    if turn.intent == SWITCH and (wanted := asked_for(turn, languages)) is not None:
        return wanted
    if turn.ordered:
        return languages.ordered_in(turn.ordered) or known
    if known is None and turn.titled:
        # The platform shows the menu by the locale of the profile, so a stranger's tap tells it.
        return detect(turn.titled, languages, None)
    if not turn.typed or tracker.slots.get("requested_slot") in _NAMES_THINGS:
        return known  # a tap says nothing about language, and a product's name is often English
    return detect(turn.typed if known is None else _beside_names(turn), languages, known) or known


def _beside_names(turn: Turn) -> str:
    """Return what was typed without the products that it names, which are often English."""
    text = turn.typed
    for each in reversed(turn.named("product")):
        text = f"{text[: each.start]} {text[each.end :]}"
    return text
