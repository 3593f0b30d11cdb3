"""What an edition says of the rules, a fact at a time, in English and in French."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from .edition import (
    Edition,
    MarketingRule,
    OneTimeRule,
    RecurringRule,
    Source,
    TagRule,
    Terms,
    UtilityRule,
)
from .edition_french import in_french
from .policy_words import WORDS
from .regions import WORLD
from .sentences import area_in_french
from .vocabulary import Author, Purpose

_IN_HOURS = timedelta(hours=48)  # shorter spans read better in hours than in days


@dataclass(frozen=True)
class Fact:
    """One thing that an edition says: of what, and in which words of `policy_words`.

    *about* is the subject, such as `tag:HUMAN_AGENT`; *name* tells the fact from others about it.
    """

    about: str
    name: str
    key: str
    source: Source
    values: Mapping[str, object] = field(default_factory=dict)

    @property
    def id(self) -> tuple[str, str]:
        """Return what the fact is about and which of its facts it is."""
        return self.about, self.name

    def same(self, other: Fact | None) -> bool:
        """Tell whether another fact says the same, on whatever source."""
        return other is not None and (self.key, self.values) == (other.key, other.values)


# -- facts -----------------------------------------------------------------------------------------


def facts(edition: Edition) -> tuple[Fact, ...]:
    """Return everything an edition says of the rules, a fact at a time, in the order of reading."""
    return tuple(_facts(edition))


def _facts(e: Edition) -> Iterator[Fact]:
    source = e.sources
    yield Fact("window", "length", "length", source[e.window_source], {"length": e.window})
    for kind, rule in e.openers.items():
        needs_ref = "_with_ref" if rule.needs_ref else ""
        what = {"what": f"by_{kind.value}{needs_ref}"}
        yield Fact("window", f"opener.{kind.value}", "opened_by", source[rule.source], what)
    if e.ad_click_longest > e.window:
        longest = {"longest": e.ad_click_longest}
        yield Fact("window", "ad_click", "ad_click", source[e.ad_click_source], longest)
    allowed = "allowed" if e.plus_one else "not_allowed"
    yield Fact("plus_one", "offered", allowed, source[e.plus_one_source])
    for tag in e.tags.values():
        yield from _of_tag(tag, source)
    yield from _of_utility(e.utility, source[e.utility.source])
    yield from _of_recurring(e.recurring, source)
    yield from _of_one_time(e.one_time, source)
    reply = e.private_reply
    within = {"span": reply.within}
    yield Fact("private_reply", "within", "reply_within", source[reply.source], within)
    yield _serves("private_reply", reply.serves, source[reply.source])
    yield _offered("sponsored", e.sponsored.offered, source[e.sponsored.source])
    yield from _of_marketing(e.marketing, source[e.marketing.source])
    for feature, closed in e.features.items():
        yield _closed(f"feature:{feature.value}", closed.closed_in, source[closed.source])
    for about, terms in e.terms.items():
        if about not in _gone(e):
            yield from _of_terms(about, terms, source[terms.source])


def _of_tag(tag: TagRule, sources: Mapping[str, Source]) -> Iterator[Fact]:
    about = f"tag:{tag.name}"

    def fact(name: str, key: str, **values: object) -> Fact:
        return Fact(about, name, key, sources[tag.source_of(name)], values)

    refused = "refused" if tag.taken_before else "not_yet"
    yield fact("accepted", "accepted" if tag.accepted else refused)
    if not tag.accepted:
        return
    yield fact("carries", "carries", purpose=tag.carries)
    authors = "bot_and_human" if len(tag.authors) > 1 else "human_only"
    if tag.authors == {Author.BOT}:
        authors = "bot_only"
    yield fact("authors", authors)
    if tag.within is not None:
        yield fact("within", "within", span=tag.within)
    if tag.needs is not None:
        yield fact("needs", "needs", needs=tag.needs)
    if tag.template is not None:
        yield fact("template", "template", template=tag.template)
    if tag.closed_in:
        yield _closed(about, tag.closed_in, sources[tag.source_of("closed_in")])
    if tag.wire != tag.name:
        yield fact("wire", "wire", wire=tag.wire)
    if tag.formerly:
        yield fact("formerly", "formerly", what=_ticked(tag.formerly))
    yield fact("enforced_by", f"by_{tag.enforced_by}")


def _of_utility(rule: UtilityRule, source: Source) -> Iterator[Fact]:
    yield _offered("utility", rule.offered, source)
    if rule.offered:
        yield _serves("utility", rule.serves, source)
        yield _open("utility", rule.open_in, source)


def _of_recurring(rule: RecurringRule, sources: Mapping[str, Source]) -> Iterator[Fact]:
    about = "recurring"

    def source(value: str) -> Source:
        return sources[rule.source_of(value)]

    yield _offered(about, rule.offered, source("offered"))
    if not rule.offered:
        return
    yield _serves(about, rule.serves, source("serves"))
    yield _open(about, rule.open_in, source("open_in"))
    begin = "may_begin" if rule.new_businesses else "may_not_begin"
    yield Fact(about, "new_businesses", begin, source("new_businesses"))
    yield Fact(about, "gap", "gap", source("gap"), {"span": rule.gap})
    for frequency, span in rule.frequencies.items():
        often = f"often_{frequency.value}"
        yield Fact(about, often, often, source("frequencies"), {"span": span})
    yield Fact(about, "same_title", "same_title", source("same_title"), {"span": rule.same_title})
    if rule.live_on_from is None:
        yield Fact(about, "agreement", "agreement_ends", source("live_on_from"))
    else:
        day = {"day": rule.live_on_from.date()}
        yield Fact(about, "agreement", "agreement_lasts", source("live_on_from"), day)


def _of_marketing(rule: MarketingRule, source: Source) -> Iterator[Fact]:
    about = "marketing"
    yield Fact(about, "offered", "is_open" if rule.offered else "is_not_open", source)
    if rule.offered:
        businesses = {"areas": ", ".join(rule.business_in)}
        yield Fact(about, "business_in", "business_in", source, businesses)
        people = {"areas": ", ".join(rule.people_not_in)}
        yield Fact(about, "people_not_in", "people_not_in", source, people)


def _of_one_time(rule: OneTimeRule, sources: Mapping[str, Source]) -> Iterator[Fact]:
    about = "one_time"

    def source(value: str) -> Source:
        return sources[rule.source_of(value)]

    yield _offered(about, rule.offered, source("offered"))
    if rule.offered:
        yield _serves(about, rule.serves, source("serves"))
        yield _closed(about, rule.closed_in, sources[rule.closed_source])
        yield Fact(about, "life", "life", source("life"), {"span": rule.life})


def _of_terms(about: str, terms: Terms, source: Source) -> Iterator[Fact]:
    for key, said in (("may", terms.may), ("may_not", terms.may_not)):
        if said:
            yield Fact(f"terms:{about}", key, key, source, {"what": said})


def _gone(e: Edition) -> set[str]:
    """Return what carries nothing in an edition, so that nobody asks what it may carry."""
    there = {
        "utility": e.utility.offered,
        "recurring": e.recurring.offered,
        "one_time": e.one_time.offered,
        "sponsored": e.sponsored.offered,
    }
    refused = {name for name, tag in e.tags.items() if not tag.accepted}
    return refused | {about for about, offered in there.items() if not offered}


def _offered(about: str, offered: bool, source: Source) -> Fact:
    return Fact(about, "offered", "offered" if offered else "not_offered", source)


def _serves(about: str, purposes: Iterable[Purpose], source: Source) -> Fact:
    named = [purpose.value for purpose in Purpose if purpose in set(purposes)]
    return Fact(about, "serves", "serves", source, {"what": _ticked(named)})


def _closed(about: str, areas: Sequence[str], source: Source) -> Fact:
    if not areas:
        return Fact(about, "regions", "open_everywhere", source)
    if WORLD in areas:
        return Fact(about, "regions", "open_nowhere", source)
    return Fact(about, "regions", "closed_in", source, {"areas": ", ".join(areas)})


def _open(about: str, areas: Sequence[str], source: Source) -> Fact:
    if WORLD in areas:
        return Fact(about, "regions", "open_everywhere", source)
    if not areas:
        return Fact(about, "regions", "open_nowhere", source)
    return Fact(about, "regions", "open_in", source, {"areas": ", ".join(areas)})


def _ticked(names: Iterable[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)


# -- words -----------------------------------------------------------------------------------------


def about_text(about: str, language: str) -> str:
    """Return the words for what a fact is about."""
    kind, _, name = about.partition(":")
    if kind == "terms":
        return about_text(name if f"about_{name}" in WORDS.table else f"tag:{name}", language)
    what = WORDS.get(f"feature_{name}", language, name)
    return WORDS.say(f"about_{kind}", language, name=name, what=what)


def clauses(found: Sequence[Fact], language: str) -> str:
    """Return facts about one thing in one breath; what opens the window is listed once."""
    said: list[str] = []
    openers = [fact for fact in found if fact.key == "opened_by"]
    for fact in found:
        if fact.key != "opened_by":
            said.append(_clause(fact, language))
        elif fact is openers[0]:
            what = ", ".join(_opener(opener, language) for opener in openers)
            said.append(WORDS.say("opened_by", language, what=what))
    return "; ".join(said) if language == "en" else " ; ".join(said)


def _clause(fact: Fact, language: str) -> str:
    values = {name: _span(value, language) for name, value in fact.values.items()}
    if language == "fr" and "areas" in values:
        areas = str(values["areas"]).split(", ")
        values["areas"] = ", ".join(area_in_french(area) for area in areas)
    return WORDS.say(fact.key, language, **values)


def _opener(fact: Fact, language: str) -> str:
    key = str(fact.values["what"])
    return WORDS.get(key, language, f"`{key.removeprefix('by_')}`")


def _span(value: object, language: str) -> object:
    if isinstance(value, tuple):
        return " · ".join(prose(text, language) for text in value)
    if isinstance(value, timedelta) and value <= _IN_HOURS:
        hours = value / timedelta(hours=1)
        if hours == int(hours):
            return WORDS.say("hours", language, n=int(hours))
    return value


def prose(text: str, language: str) -> str:
    """Return what an edition says in its own words, in the language where it is known there."""
    return in_french(text) if language == "fr" else text


def by_subject(edition: Edition) -> dict[str, list[Fact]]:
    """Return the facts of an edition by what they are about."""
    found: dict[str, list[Fact]] = {}
    for fact in facts(edition):
        found.setdefault(fact.about, []).append(fact)
    return found


def fact_data(fact: Fact, language: str = "en") -> dict[str, Any]:
    """Return a fact as JSON-ready values."""
    return {
        "about": fact.about,
        "name": fact.name,
        "holds": fact.key,
        "values": {name: _json(value) for name, value in fact.values.items()},
        "says": f"{about_text(fact.about, language)}: {clauses([fact], language)}",
        "source": source_data(fact.source),
    }


def source_data(source: Source) -> dict[str, str]:
    """Return a source as JSON-ready values."""
    return {
        "title": source.title,
        "address": source.address,
        "read_on": source.read_on.isoformat(),
    }


def _json(value: object) -> object:
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, timedelta):
        return f"{int(value.total_seconds())}s"
    if isinstance(value, tuple):
        return list(value)
    return value.value if isinstance(value, Purpose) else value
