"""The judge: what the platform would answer to one Send API body, and what a reviewer would say.

It is pure: the body, what is true of the person and the Page, and the moment go in; a verdict comes
out. Two verdicts in fact, because the API does not see everything the policy forbids.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from .facts import Facts, load_facts
from .reading import PlatformError, RefusedError, refusal
from .shape import Call, read_call


@dataclass(frozen=True)
class Opening:
    """Something the person did at a UTC moment, by its kind (`message`, `reaction`, `read`...)."""

    kind: str
    at: datetime
    ref: str | None = None


@dataclass(frozen=True)
class Token:
    """A one-time notification token the person granted; moments are UTC."""

    value: str
    topic: str
    granted_at: datetime
    used_at: datetime | None = None


@dataclass(frozen=True)
class PersonFacts:
    """What is true of one person towards the Page; `region` None means the Page's."""

    psid: str
    openings: tuple[Opening, ...] = ()
    last_message_at: datetime | None = None
    tokens: tuple[Token, ...] = ()
    region: str | None = None
    stopped_at: datetime | None = None
    blocked: bool = False
    thread_owner: str = "us"
    mids: frozenset[str] = frozenset()  # messages of the thread that a react or reply may name


@dataclass(frozen=True)
class PageFacts:
    """What is true of the Page."""

    region: str = "US"
    human_agent: bool = False
    one_time_notification: bool = True
    restricted: bool = False


@dataclass(frozen=True)
class Accepted:
    """The API takes the call; `token` is the one it spends."""

    call: Call
    token: Token | None


@dataclass(frozen=True)
class Objection:
    """Something the policy forbids although the API takes it."""

    rule: str
    sentence: str


@dataclass(frozen=True)
class Verdict:
    """What the API answers, and what a reviewer objects to in what the API took."""

    api: Accepted | PlatformError
    reviewer: tuple[Objection, ...] = ()

    @property
    def accepted(self) -> bool:
        """Whether the API took the call."""
        return isinstance(self.api, Accepted)


def judge(
    body: object,
    person: PersonFacts | None,
    page: PageFacts,
    moment: datetime,
    *,
    human_wrote: bool = False,
    facts: Facts | None = None,
) -> Verdict:
    """Return the verdict on `body` sent at `moment` (UTC) to `person`, None meaning a stranger."""
    book = facts or load_facts()
    try:
        if moment < book.history_starts:
            raise refusal(book, "before_history")
        call = read_call(body, moment, book)
        token = _admit(call, person, page, moment, book)
    except RefusedError as refused:
        return Verdict(refused.error)
    return Verdict(Accepted(call, token), _objections(call, person, human_wrote, book))


def window_until(openings: Iterable[Opening], moment: datetime, facts: Facts) -> datetime | None:
    """Return when the standard window ends (UTC, excluded); None when nothing ever opened it."""
    opened = [o.at for o in openings if o.at <= moment and _opens(o, facts)]
    return max(opened) + facts.window if opened else None


def _opens(opening: Opening, facts: Facts) -> bool:
    if opening.kind == "referral" and not opening.ref:
        return False
    return opening.kind in facts.openers


def _admit(
    call: Call, person: PersonFacts | None, page: PageFacts, moment: datetime, facts: Facts
) -> Token | None:
    """Return the token that pays for the call, if one does; raises RefusedError."""
    if page.restricted:
        raise refusal(facts, "page_restricted")
    token = _token(call, person, moment, facts)
    if person is None or (call.psid is not None and call.psid != person.psid):
        raise refusal(facts, "unknown_person")
    if person.blocked:
        raise refusal(facts, "person_unavailable")
    if person.thread_owner != "us":
        raise refusal(facts, "other_owner")
    regions = {page.region, person.region or page.region}
    if token is not None or call.one_time is not None:
        _check_one_time(page, regions, moment, facts)
    until = window_until(person.openings, moment, facts)
    is_open = until is not None and moment < until
    if call.tag is not None:
        _check_tag(call.tag, person, page, moment, until, facts)
        is_open = is_open or call.one_time is None
    if token is None and not is_open:
        raise refusal(facts, "outside_window")
    _check_named_message(call, person, moment, facts)
    return token


def _token(call: Call, person: PersonFacts | None, moment: datetime, facts: Facts) -> Token | None:
    if call.token is None:
        return None
    found = [t for t in (person.tokens if person else ()) if t.value == call.token]
    if not found or found[0].granted_at > moment:
        raise refusal(facts, "token_refused", "the one_time_notif_token is unknown")
    if found[0].used_at is not None:
        raise refusal(facts, "token_refused", "the one_time_notif_token was used before")
    if moment >= found[0].granted_at + facts.token_valid:
        raise refusal(facts, "token_refused", "the one_time_notif_token has expired")
    return found[0]


def _check_one_time(
    page: PageFacts, regions: Iterable[str], moment: datetime, facts: Facts
) -> None:
    if not page.one_time_notification:
        raise refusal(facts, "one_time_missing")
    for cut in facts.cuts:
        if cut.start <= moment < cut.end and not cut.regions.isdisjoint(regions):
            raise refusal(facts, "region_limits")


def _check_tag(
    tag: str,
    person: PersonFacts,
    page: PageFacts,
    moment: datetime,
    until: datetime | None,
    facts: Facts,
) -> None:
    fact = facts.tags[tag]
    if fact.until is not None and moment >= fact.until:
        raise refusal(facts, "retired_tag")
    if fact.needs == "human_agent" and not page.human_agent:
        raise refusal(facts, "human_agent_missing")
    if fact.needs == "news_page":
        raise refusal(facts, "news_page_missing")
    if until is None and not person.tokens:
        # A tag continues a conversation: somebody who never began one has no thread.
        raise refusal(facts, "outside_window")
    if fact.days_since_message is not None:
        last = person.last_message_at
        if last is None or not last <= moment < last + timedelta(days=fact.days_since_message):
            raise refusal(facts, "outside_window")


def _check_named_message(call: Call, person: PersonFacts, moment: datetime, facts: Facts) -> None:
    named = [call.reply_to] if call.reply_to is not None else []
    if call.reaction_to is not None:
        named.append(call.reaction_to)
    for mid in named:
        if mid not in person.mids:
            raise refusal(facts, "bad_parameter", f"the thread has no message `{mid}`")
    last = person.last_message_at
    if call.reply_to is not None and (last is None or moment >= last + facts.window):
        # Changelog of 2025-07-15: a reply needs a message of the person's in the last 24 hours.
        raise refusal(facts, "outside_window")


def _objections(
    call: Call, person: PersonFacts | None, human_wrote: bool, facts: Facts
) -> tuple[Objection, ...]:
    if call.kind != "message" or person is None:
        return ()
    found = []
    if call.tag is not None and (phrase := promotional_phrase(call.words, facts)):
        found.append(
            Objection("promotion_under_a_tag", f"`{phrase}` is promotion and {call.tag} forbids it")
        )
    if call.tag == "HUMAN_AGENT" and not human_wrote:
        found.append(
            Objection("human_agent_by_a_bot", "HUMAN_AGENT is for what a person has written")
        )
    if person.stopped_at is not None and not _answers_after_stop(call, person, human_wrote):
        found.append(
            Objection("sent_after_stop", "the person wrote STOP and this is no answer to them")
        )
    return tuple(found)


def _answers_after_stop(call: Call, person: PersonFacts, human_wrote: bool) -> bool:
    last, stopped = person.last_message_at, person.stopped_at
    if last is None or stopped is None or last < stopped:
        return False
    by_hand = call.tag == "HUMAN_AGENT" and human_wrote
    return call.token is None and (call.messaging_type == "RESPONSE" or by_hand)


def promotional_phrase(words: str, facts: Facts) -> str | None:
    """Return the first promotional phrase in `words`, or None."""
    folded = fold(words)
    for pattern in facts.promotional:
        if match := pattern.search(folded):
            return match.group().strip()
    return None


def keyword(text: str, facts: Facts) -> str | None:
    """Return `stop` or `start` when the whole message is such a word, else None."""
    word = fold(text).strip(" \t\r\n.!?,;:\"'")
    if word in facts.stop_words:
        return "stop"
    return "start" if word in facts.start_words else None


def fold(text: str) -> str:
    """Return `text` without case and accents."""
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    return "".join(c for c in decomposed if not unicodedata.combining(c))
