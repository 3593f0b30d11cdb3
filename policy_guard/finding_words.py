"""What was seen in the words of a message that was sent, in English and in French.

A rule's page (`policy-guard lint --explain ID`) says more.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from .wording import Wording

#: By the id of a rule.
WORDS = Wording(
    {
        "P203": (
            "{words} reads as promotion, which the declared purpose may not carry",
            "{words} ressemble à une promotion, que le but déclaré ne porte pas",
        ),
        "P205": (
            "several messages are sent where a one-time token pays for one",
            "plusieurs messages partent là où un jeton unique en paie un seul",
        ),
        "P215": (
            "{words} asks for an opinion, which an update may not",
            "{words} demande un avis, ce qu'une mise à jour ne peut pas faire",
        ),
        "P216": (
            "{words} comes again and again, which an account update may not",
            "{words} revient sans cesse, ce qu'une mise à jour de compte ne peut pas faire",
        ),
        "L101": (
            "it is longer than one message may be",
            "il est plus long qu'un message ne peut l'être",
        ),
        "L104": ("the button {words} is cut off", "le bouton {words} est coupé"),
        "L105": (
            "the quick reply {words} is cut off",
            "la réponse rapide {words} est coupée",
        ),
        "W401": (
            "it is longer than people read on a phone",
            "il est plus long que ce qu'on lit sur un téléphone",
        ),
        "W402": (
            "{words} keeps the point out of the preview",
            "{words} chasse l'essentiel de l'aperçu",
        ),
        "W403": ("{words} comes before the point", "{words} vient avant l'essentiel"),
        "W404": (
            "{words} does not say what it is about",
            "{words} ne dit pas de quoi il s'agit",
        ),
        "W405": ("{words} shouts", "{words} crie"),
        "W406": (
            "{words} is a wall of text",
            "{words} est un bloc de texte sans pause",
        ),
        "W407": ("it is hard to read", "il est difficile à lire"),
        "W408": ("{words} is not filled in", "{words} n'est pas rempli"),
        "W412": ("{words} is louder than it is clear", "{words} est plus fort que clair"),
        "S504": ("it holds what looks like a secret", "il contient ce qui ressemble à un secret"),
        "S505": (
            "it holds what looks like a card, an account or a national number",
            "il contient ce qui ressemble à un numéro de carte, de compte ou d'identité",
        ),
        "something": ("something", "quelque chose"),
        "other": ("the rule has something to say", "la règle a une remarque"),
    }
)


def told(found: Iterable[Mapping[str, Any]], language: str = "en") -> Iterator[str]:
    """Give what findings of the journal say, each with its rule's id."""
    for one in found:
        rule, words = str(one.get("rule")), one.get("text")
        quoted = f"`{words}`" if words else WORDS.say("something", language)
        key = rule if rule in WORDS.table else "other"
        yield f"{WORDS.say(key, language, words=quoted)} ({rule})"
