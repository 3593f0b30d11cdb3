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
from .turn import Turn, read_turn

SWITCH = "switch_language"
#: What answers these is a name, which tells nothing of the language.
_NAMES_THINGS = frozenset({"product"})

#: The model is asked only about this many letters and more, and believed only above this.
FEWEST_LETTERS = 12
CONFIDENT = 0.97
#: Telling words needed to leave a language that a conversation is already in.
ENOUGH_TO_SWITCH = 2

_WORD = re.compile(r"[^\W\d_]+(?:['-][^\W\d_]+)*")


@lru_cache(maxsize=4)
def _identifier(languages: tuple[str, ...]) -> LanguageIdentifier:
    """Return a model of these languages; never changed after, so threads may share it."""
    identifier = LanguageIdentifier.from_pickled_model(MODEL_FILE, norm_probs=True)
    identifier.set_languages(list(languages))
    return identifier


def detect(text: str, spoken: Languages, current: str | None) -> str | None:
    """Return the language of *text* where it is plain enough, else None.

    A conversation without a language takes the first telling word; one that has a language
    leaves it only for a sentence, not for a word in passing.
    """
    languages = spoken.codes
    tokens = {fold(word) for word in _WORD.findall(text.replace("\u2019", "'"))}
    hits = {code: len(tokens & spoken.telling(code)) for code in languages}
    best = max(languages, key=lambda code: hits[code])
    others = max((hits[code] for code in languages if code != best), default=0)
    needed = 1 if current in (None, best) else ENOUGH_TO_SWITCH
    if hits[best] - others >= needed:
        return best
    return _by_model(text, languages) if others == 0 and hits[best] == 0 else None


def _by_model(text: str, languages: tuple[str, ...]) -> str | None:
    if sum(c.isalpha() for c in text) < FEWEST_LETTERS:
        return None
    code, probability = _identifier(languages).rank(text)[0]
    return str(code) if probability >= CONFIDENT else None


def asked_for(turn: Turn, spoken: Languages) -> str | None:
    """Return the language a person asks for: the one they name, else the next of the list."""
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


def _language_of(turn: Turn, tracker: Tracker, people: People, known: str | None) -> str | None:
    languages = people.languages
    if turn.intent == SWITCH:
        return asked_for(turn, languages)
    if not turn.typed or tracker.slots.get("requested_slot") in _NAMES_THINGS:
        return known  # a tap says nothing about language, and a product's name is often English
    return detect(turn.typed, languages, known) or known
