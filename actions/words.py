"""What people write, made comparable: alert types, products, orders to stop."""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import zip_longest

from policy_guard.catalogue import AlertType, Catalogue, Consent
from policy_guard.languages import Languages, fold
from policy_guard.topics import thing_of

from .patterns import any_of, whole
from .turn import Entity

ALERT_TYPE = "alert_type"
BACK_IN_STOCK = "back_in_stock"

_CLOSE_ENOUGH = 0.8  # one or two letters wrong in a word of this kind
_SHORTEST_WORD = 4  # shorter words are too easily alike

_SKU = re.compile(r"\bsku[\s_-]?(\d+)\b", re.IGNORECASE)
_NOT_A_NAME = " \t\r\n.,;:!?\"'«»“”()[]{}<>"
LONGEST_SLUG = 80
#: The title of a one-time notification request has at most 65 characters (Meta, Messenger Platform,
#: "One-Time Notification", undated); the longest of our titles spends 25 on its own words.
LONGEST_NAME = 40

#: A name that the model does not know for one has few words.
LONGEST_ANSWER = 4
#: The rows of letters on the keyboards of phones.
_ROWS = ("qwertyuiop", "asdfghjkl", "zxcvbnm", "azertyuiop", "qsdfghjklm", "wxcvbn")
_SHORTEST_RUN = 3


@dataclass(frozen=True)
class _Patterns:
    """What is looked for in a text, in every language at once: people mix them."""

    everything: re.Pattern[str]
    refused_before: re.Pattern[str]
    refused_after: re.Pattern[str]
    sparing: re.Pattern[str]
    narrowing: re.Pattern[str]
    adding: re.Pattern[str]
    link: re.Pattern[str]
    article: re.Pattern[str]
    deleting: re.Pattern[str]
    cancelling: re.Pattern[str]
    stopping: re.Pattern[str]
    not_stopping: re.Pattern[str]
    asking: re.Pattern[str]


@lru_cache(maxsize=4)
def _patterns(languages: Languages) -> _Patterns:
    heard = languages.heard
    ended = rf"(?:{any_of(heard('articles'))})(?:\b|(?<='))"
    unless = rf"(?!\s+(?:{any_of(heard('not_refusing_after'))})\b)"
    links = rf"(?:[,&+/]|\b(?:{any_of(heard('links'))})\b)"
    return _Patterns(
        everything=whole(heard("everything")),
        refused_before=whole(heard("refusing")),
        refused_after=re.compile(rf"\W*(?:{any_of(heard('refusing_after'))})\b{unless}"),
        sparing=whole(heard("sparing")),
        narrowing=whole(heard("narrowing")),
        adding=whole(heard("adding")),
        link=re.compile(rf"\s*(?:{links}\s*)*(?:{ended}\s*)?"),
        article=re.compile(rf"^{ended}\s*"),
        deleting=re.compile(rf"\b(?:{any_of(heard('deleting'))})"),
        cancelling=re.compile(rf"\b(?:{any_of(heard('cancelling'))})"),
        stopping=re.compile(rf"(?<!\w)(?:{any_of(heard('stopping'))})"),
        not_stopping=re.compile(rf"\b(?:{any_of(heard('not_stopping'))})"),
        asking=whole(heard("asking")),
    )


@dataclass(frozen=True)
class _Place:
    """An alert type, and where in the text it is named."""

    kind: AlertType
    start: int
    end: int


def wanted_types(
    text: str, entities: Sequence[Entity], catalogue: Catalogue, languages: Languages
) -> tuple[str, ...]:
    """Return the ids of the alert types the person wants: named ones, without those they refuse.

    "All" means every standing choice, never a one-time one. Nothing understood is an empty tuple.
    """
    places = _named(text, entities, catalogue)
    refused = _refused(text, places, languages)
    kept = {place.kind.id for place in places if place not in refused}
    if _patterns(languages).everything.search(fold(text)) and not kept:
        kept = {kind.id for kind in catalogue.types if kind.consent is Consent.PREFERENCE}
    return _in_order(kept - {place.kind.id for place in refused}, catalogue)


def refused_types(
    text: str, entities: Sequence[Entity], catalogue: Catalogue, languages: Languages
) -> tuple[str, ...]:
    """Return the ids of the alert types that are named only to be refused."""
    places = _named(text, entities, catalogue)
    refused = _refused(text, places, languages)
    return _in_order({place.kind.id for place in refused}, catalogue)


def spared_types(
    text: str, entities: Sequence[Entity], catalogue: Catalogue, languages: Languages
) -> tuple[str, ...]:
    """Return the ids of the alert types that "everything" leaves out: "all but events"."""
    heard = _patterns(languages)
    if not heard.everything.search(fold(text)):
        return ()
    places = _named(text, entities, catalogue)
    spared = {p.kind.id for p in places if heard.sparing.search(fold(text[: p.start]))}
    return _in_order(spared, catalogue)


def narrows(text: str, languages: Languages) -> bool:
    """Tell whether what is named is wanted and nothing beside it: "only account from now on"."""
    words, heard = fold(text), _patterns(languages)
    return bool(heard.narrowing.search(words)) and not heard.adding.search(words)


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


def _refused(text: str, places: Sequence[_Place], languages: Languages) -> set[_Place]:
    """Return the places that stand under a "no": a choice must never be read out of a refusal."""
    no, refused = _patterns(languages), set[_Place]()
    previous: _Place | None = None
    for place, following in zip_longest(places, places[1:]):
        before = fold(text[previous.end if previous else 0 : place.start])
        after = fold(text[place.end : following.start if following else len(text)])
        carried = previous in refused and no.link.fullmatch(before) is not None
        last_clause = re.split(r"[,;.]", before)[-1]
        if carried or no.refused_before.search(last_clause) or no.refused_after.match(after):
            refused.add(place)
        previous = place
    return refused


def speaks_of_cancelling(text: str, languages: Languages) -> bool:
    """Tell whether a text has a word for cancelling in it."""
    return _patterns(languages).cancelling.search(fold(text)) is not None


def speaks_of_deleting(text: str, languages: Languages) -> bool:
    """Tell whether a text has a word for deleting in it."""
    return _patterns(languages).deleting.search(fold(text)) is not None


def orders_stop(text: str, languages: Languages) -> bool:
    """Tell whether a text tells us to stop, and is no complaint or question of how to do it."""
    heard = _patterns(languages)
    words = re.sub(r"(.)\1{2,}", r"\1", fold(text))  # "stooop"
    words = heard.not_stopping.sub(" ", words)
    order = heard.stopping.search(words)
    return order is not None and heard.asking.search(words[: order.start()]) is None


def is_name(said: str, languages: Languages) -> bool:
    """Tell whether an answer without a known product in it may all the same be a product's name.

    A question, a sentence, a laugh and letters hit at random are none.
    """
    words = re.findall(r"[^\W_]+(?:'[^\W_]+)*", fold(said))
    bare = [word for word in words if word not in languages.heard("articles")]
    if "?" in said or not 0 < len(bare) <= LONGEST_ANSWER:
        return False
    if any(word in languages.heard("no_name") for word in bare):
        return False
    return not all(_is_noise(word) for word in bare)


def _is_noise(word: str) -> bool:
    """Tell whether nobody would call a thing so: `asdf`, `aaaa`, `bcdfg`; `TV` is one."""
    if any(char.isdigit() for char in word) or not word.isascii():
        return False
    if re.search(r"(.)\1{2}", word) or len(word) == 1:
        return True
    if len(word) <= _SHORTEST_RUN:
        return False
    return any(word in row for row in _ROWS) or not re.search(r"[aeiouy]", word)


def clean_product(said: str, languages: Languages) -> str | None:
    """Return a product's name out of what was said, or None where there is no name in it."""
    reference = _SKU.search(said)
    if reference:
        return reference[0]
    name = " ".join(said.split()).strip(_NOT_A_NAME)
    return name if slug(name, languages) else None


def slug(product: str, languages: Languages) -> str:
    """Return the product as it stands in a topic: `The Blue Jacket` is `blue-jacket`."""
    reference = _SKU.search(product)
    if reference:
        return f"sku-{reference[1]}"
    bare = _patterns(languages).article.sub("", fold(product).strip())
    return re.sub(r"[^a-z0-9]+", "-", bare).strip("-")[:LONGEST_SLUG].strip("-")


def topic_of(product: str, languages: Languages, type_id: str = BACK_IN_STOCK) -> str:
    """Return the topic of a one-time notification about *product*."""
    return f"{type_id}:{slug(product, languages)}"


def product_of(topic: str, names: Mapping[str, str]) -> str:
    """Return a topic's product in the words that the person used, else in the topic's own."""
    return names.get(topic) or thing_of(topic)


def short_name(product: str) -> str:
    """Return the product cut at a word so that it fits the notification request's title."""
    if len(product) <= LONGEST_NAME:
        return product
    cut = product[:LONGEST_NAME]
    head = cut[: cut.rfind(" ")] if " " in cut else cut[:-1]
    return head.rstrip(_NOT_A_NAME) + "…"
