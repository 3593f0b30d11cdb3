"""What people write, made comparable: alert types, products and stretches of time."""

from __future__ import annotations

import difflib
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from itertools import zip_longest

from policy_guard.catalogue import AlertType, Catalogue, Consent
from policy_guard.topics import thing_of

from .turn import Entity

ALERT_TYPE = "alert_type"
BACK_IN_STOCK = "back_in_stock"

_CLOSE_ENOUGH = 0.8  # one or two letters wrong in a word of this kind
_SHORTEST_WORD = 4  # shorter words are too easily alike

_ALL = re.compile(r"\b(all|everything|any|tout|tous|toutes?)\b")
_REFUSED_BEFORE = re.compile(
    r"\b(no|not|non|pas|sans|sauf|hors|except|excepte|without|never|dont|don't|aucune?|ni|jamais"
    r"|(?:everything|all|tout) but)\b"
)
_REFUSED_AFTER = re.compile(r"\W*(no|non)\b(?! (more|plus))")
_LINK = re.compile(
    r"\s*([,&+/]|\bor\b|\bnor\b|\band\b|\bni\b|\bou\b|\bet\b)*\s*(the|les?|la|de|des|d'|l')?\s*"
)

_SKU = re.compile(r"\bsku[\s_-]?(\d+)\b", re.IGNORECASE)
_ARTICLE = re.compile(r"^(the|a|an|my|some|le|la|les|un|une|des|du|mon|ma|mes|l'|d')\s*\b")
_NOT_A_NAME = " \t\r\n.,;:!?\"'«»“”()[]{}<>"
LONGEST_SLUG = 80
#: The title of a one-time notification request has at most 65 characters (Meta, Messenger Platform,
#: "One-Time Notification", undated); the longest of our titles spends 25 on its own words.
LONGEST_NAME = 40

_NUMBER_WORDS = {
    "a": 1, "an": 1, "one": 1, "un": 1, "une": 1, "two": 2, "deux": 2, "three": 3, "trois": 3,
    "four": 4, "quatre": 4, "five": 5, "cinq": 5, "six": 6, "seven": 7, "sept": 7, "eight": 8,
    "huit": 8, "ten": 10, "dix": 10, "few": 3, "quelques": 3, "couple": 2,
}  # fmt: skip
_UNITS = {
    "h": timedelta(hours=1),
    "d": timedelta(days=1),
    "w": timedelta(days=7),
    "m": timedelta(days=30),
}
_SPAN = re.compile(
    r"\b(\d{1,3}|" + "|".join(_NUMBER_WORDS) + r")\s*(?:of\s+)?"
    r"(h|hours?|hrs?|heures?|d|days?|jours?|j|w|weeks?|wks?|semaines?|sem|months?|mois)\b"
)
_UNIT_OF_LETTER = {"h": "h", "d": "d", "j": "d", "w": "w", "s": "w", "m": "m"}
_TOMORROW = re.compile(r"\b(tomorrow|tmrw|demain)\b")
_WEEKDAYS = (
    ("monday", "lundi"),
    ("tuesday", "mardi"),
    ("wednesday", "mercredi"),
    ("thursday", "jeudi"),
    ("friday", "vendredi"),
    ("saturday", "samedi"),
    ("sunday", "dimanche"),
)
USUAL_PAUSE = timedelta(days=7)
LONGEST_PAUSE = timedelta(days=365)
_MONTHS = {
    "en": "January February March April May June July August September October November December",
    "fr": "janvier février mars avril mai juin juillet août septembre octobre novembre décembre",
}


def fold(text: str) -> str:
    """Return *text* in lower case without accents, as most phones write it."""
    bare = unicodedata.normalize("NFKD", text.casefold())
    return "".join(c for c in bare if not unicodedata.combining(c)).replace("\u2019", "'")


@dataclass(frozen=True)
class _Place:
    """An alert type, and where in the text it is named."""

    kind: AlertType
    start: int
    end: int


def wanted_types(text: str, entities: Sequence[Entity], catalogue: Catalogue) -> tuple[str, ...]:
    """Return the ids of the alert types the person wants: named ones, without those they refuse.

    "All" means every standing choice, never a one-time one. Nothing understood is an empty tuple.
    """
    places = _named(text, entities, catalogue)
    refused = _refused(text, places)
    kept = {place.kind.id for place in places if place not in refused}
    if _ALL.search(fold(text)) and not kept:
        kept = {kind.id for kind in catalogue.types if kind.consent is Consent.PREFERENCE}
    return _in_order(kept - {place.kind.id for place in refused}, catalogue)


def named_types(text: str, entities: Sequence[Entity], catalogue: Catalogue) -> tuple[str, ...]:
    """Return the ids of all alert types that are named, wanted or not."""
    return _in_order({place.kind.id for place in _named(text, entities, catalogue)}, catalogue)


def _in_order(ids: set[str], catalogue: Catalogue) -> tuple[str, ...]:
    return tuple(kind.id for kind in catalogue.types if kind.id in ids)


def _named(text: str, entities: Sequence[Entity], catalogue: Catalogue) -> list[_Place]:
    """Return types with their places: entities, then titles as written, else words alike."""
    found = [
        _Place(kind, each.start, each.end)
        for each in entities
        if each.name == ALERT_TYPE and (kind := _type_called(each.value, catalogue)) is not None
    ]
    for kind in catalogue.types:
        for _, title in kind.titles:
            for match in re.finditer(rf"\b{re.escape(title)}\b", text, re.IGNORECASE):
                if not any(
                    place.start < match.end() and match.start() < place.end for place in found
                ):
                    found.append(_Place(kind, *match.span()))
    if found or not text:
        return sorted(found, key=lambda place: place.start)
    return [
        _Place(kind, *word.span())
        for word in re.finditer(r"[^\W\d_]+", text)
        if len(word[0]) >= _SHORTEST_WORD and (kind := _type_called(word[0], catalogue)) is not None
    ]


def _type_called(words: str, catalogue: Catalogue) -> AlertType | None:
    names = {fold(kind.id): kind for kind in catalogue.types}
    for kind in catalogue.types:
        names.update({fold(title): kind for _, title in kind.titles})
    close = difflib.get_close_matches(fold(words), names, n=1, cutoff=_CLOSE_ENOUGH)
    return names[close[0]] if close else None


def _refused(text: str, places: Sequence[_Place]) -> set[_Place]:
    """Return the places that stand under a "no": a choice must never be read out of a refusal."""
    refused: set[_Place] = set()
    previous: _Place | None = None
    for place, following in zip_longest(places, places[1:]):
        before = fold(text[previous.end if previous else 0 : place.start])
        after = fold(text[place.end : following.start if following else len(text)])
        carried = previous in refused and _LINK.fullmatch(before) is not None
        last_clause = re.split(r"[,;.]", before)[-1]
        if carried or _REFUSED_BEFORE.search(last_clause) or _REFUSED_AFTER.match(after):
            refused.add(place)
        previous = place
    return refused


def clean_product(said: str) -> str | None:
    """Return a product's name out of what was said, or None where there is no name in it."""
    reference = _SKU.search(said)
    if reference:
        return reference[0]
    name = " ".join(said.split()).strip(_NOT_A_NAME)
    return name if slug(name) else None


def slug(product: str) -> str:
    """Return the product as it stands in a topic: `The Blue Jacket` is `blue-jacket`."""
    reference = _SKU.search(product)
    if reference:
        return f"sku-{reference[1]}"
    bare = _ARTICLE.sub("", fold(product).strip())
    return re.sub(r"[^a-z0-9]+", "-", bare).strip("-")[:LONGEST_SLUG].strip("-")


def topic_of(product: str) -> str:
    """Return the topic of a one-time notification about *product*."""
    return f"{BACK_IN_STOCK}:{slug(product)}"


def product_of(topic: str) -> str:
    """Return a topic's product in words again."""
    return thing_of(topic)


def short_name(product: str) -> str:
    """Return the product cut at a word so that it fits the notification request's title."""
    if len(product) <= LONGEST_NAME:
        return product
    cut = product[:LONGEST_NAME]
    head = cut[: cut.rfind(" ")] if " " in cut else cut[:-1]
    return head.rstrip(_NOT_A_NAME) + "…"


def pause_end(said: str, now: datetime) -> datetime:
    """Return when a pause ends (UTC): as said, else after a week; a year at most."""
    words = fold(said)
    span = _SPAN.search(words)
    if span:
        count = int(span[1]) if span[1].isdigit() else _NUMBER_WORDS[span[1]]
        return now + min(max(count, 1) * _UNITS[_UNIT_OF_LETTER[span[2][0]]], LONGEST_PAUSE)
    if _TOMORROW.search(words):
        return _midnight(now + timedelta(days=1))
    for weekday, names in enumerate(_WEEKDAYS):
        if re.search(rf"\b({'|'.join(names)})\b", words):
            ahead = (weekday - now.weekday() - 1) % 7 + 1
            return _midnight(now + timedelta(days=ahead))
    return now + USUAL_PAUSE


def _midnight(day: datetime) -> datetime:
    return datetime.combine(day.date(), time(), tzinfo=day.tzinfo)


def moment_in_words(at: datetime, language: str | None) -> str:
    """Return a moment (UTC) as a person reads it: `29 November, 16:40 UTC`."""
    months = _MONTHS.get(language or "en", _MONTHS["en"]).split()
    return f"{at.day} {months[at.month - 1]}, {at:%H:%M} UTC"
