"""Which of a project's messages each known change of the platform's rules touches.

Every message is asked about under every edition with the guard's own `decide`, for the people that
matter to it; where the answer differs from that of the edition before, the change touches it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from .decide import decide
from .decisions import Decision, Hold, Refuse, Send, findings_of, name_of
from .edition import Edition, Editions
from .forecast_project import Sayer, Subject
from .policy_facts import prose, source_data
from .policy_words import WORDS
from .sentences import Said
from .vocabulary import (
    Message,
    Opener,
    OpenerKind,
    Page,
    Person,
    Question,
    Settings,
    Token,
    TokenKind,
)

#: When the person last wrote: surely inside the standard messaging window, and surely after it.
_RECENTLY, _EARLIER = timedelta(hours=1), timedelta(days=2)
#: What only the person, or time, can do; what an author can do is told before it.
_NOT_THE_AUTHORS = frozenset(
    {
        "if_writes",
        "if_writes_again",
        "if_writes_or_taps",
        "if_start",
        "if_chooses",
        "if_asks",
        "if_asks_again",
        "if_agrees",
        "if_comments",
        "if_later",
        "if_resumes",
    }
)
_WRITING = frozenset({"if_writes", "if_writes_again", "if_writes_or_taps"})


@dataclass(frozen=True)
class Case:
    """A person to whom a message may be said: what they did, how long ago, what they agreed to."""

    key: str
    ago: timedelta
    opener: OpenerKind = OpenerKind.MESSAGE
    tokens: tuple[TokenKind, ...] = ()


@dataclass(frozen=True)
class Touch:
    """A change of the answer: under *edition* it is *after*, under the one before it *before*."""

    edition: Edition
    announced: bool
    subject: Subject
    case: Case
    before: Decision
    after: Decision


@dataclass(frozen=True)
class Forecast:
    """Every touch, oldest first, and how many different messages were asked about."""

    touches: tuple[Touch, ...]
    asked: int


def forecast(
    subjects: Sequence[Subject],
    editions: Editions,
    page: Page,
    settings: Settings,
    now: datetime,
    since: datetime | None = None,
) -> Forecast:
    """Return what each known change touches; *since* leaves out what took force before it.

    Our own caution is not asked: quiet hours and daily caps are no change of the platform's.
    """
    plain = replace(settings, quiet_hours=None, proactive_per_day=None)
    touches = [
        touch
        for subject in subjects
        for case in _cases(subject, page)
        for touch in _touches(subject, case, editions, page, plain, now)
        if since is None or touch.edition.valid_from >= since
    ]
    touches.sort(key=lambda touch: touch.edition.valid_from)
    asked = {(subject.kind, subject.name, subject.response) for subject in subjects}
    return Forecast(tuple(touches), len(asked))


def _cases(subject: Subject, page: Page) -> Iterator[Case]:
    message = subject.message
    if not message.proactive:
        yield Case("case_turn", timedelta(0))
        if subject.after_comment:
            yield Case("case_comment", _RECENTLY, OpenerKind.COMMENT)
        return
    topic = message.topic is not None
    tokens = (TokenKind.ONE_TIME,) if message.asked_once else ()
    key = "case_asked_once" if message.asked_once else "case_chosen" if topic else "case_wrote"
    for ago in (_RECENTLY, _EARLIER):
        yield Case(key, ago, tokens=tokens)
    if topic and page.recurring_notifications:
        yield Case("case_agreed", _EARLIER, tokens=(TokenKind.RECURRING,))


def _touches(
    subject: Subject,
    case: Case,
    editions: Editions,
    page: Page,
    settings: Settings,
    now: datetime,
) -> Iterator[Touch]:
    before: Decision | None = None
    for edition in editions.all:
        after = decide(_question(subject, case, edition, page, settings))
        if before is not None and _answer(before) != _answer(after):
            yield Touch(edition, edition.valid_from > now, subject, case, before, after)
        before = after


def _answer(decision: Decision) -> tuple[str, str | None]:
    return name_of(decision), decision.ground if isinstance(decision, Send) else None


def _question(
    subject: Subject, case: Case, edition: Edition, page: Page, settings: Settings
) -> Question:
    """Return the question at the first moment of an edition."""
    at = edition.valid_from
    then, message = at - case.ago, subject.message
    topic = message.topic or ""
    person = Person(
        openers=(Opener(case.opener, then),),
        last_message_at=then if case.opener is OpenerKind.MESSAGE else None,
        tokens=tuple(Token(kind.value, topic, then, kind) for kind in case.tokens),
        alerts=frozenset({topic.split(":", 1)[0], topic}),
    )
    return Question(at, message, person, page, edition, settings)


# -- where a message stands -----------------------------------------------------------------------


@dataclass(frozen=True)
class Standing:
    """How a message stands outside the window at a moment, in words.

    *case* says to whom; *sent* whether it goes; *says* what becomes of it; *since* the day from
    which it goes no more, None where it never went; *announced* the days on which that changes for
    the worse, each with what becomes of it then.
    """

    case: str
    sent: bool
    says: str
    since: str | None
    announced: tuple[tuple[str, str], ...]


class Standings:
    """Tells how messages stand at a moment (without one: when every known change is in force).

    A template that a message names is taken for approved: whether it is, only the platform knows.
    """

    def __init__(
        self, editions: Editions, page: Page, settings: Settings, at: datetime | None
    ) -> None:
        self._editions = editions
        self._page = page
        self._settings = replace(settings, quiet_hours=None, proactive_per_day=None)
        self._now = editions.all.index(editions.at(at)) if at else len(editions.all) - 1
        self._known: dict[tuple[Message, bool], Standing] = {}

    def of(self, subject: Subject) -> Standing:
        """Return how a message that is no answer stands for who it is meant for."""
        key = (subject.message, subject.after_comment)
        if key not in self._known:
            self._known[key] = self._asked(subject)
        return self._known[key]

    def _asked(self, subject: Subject) -> Standing:
        page = self._page
        if subject.message.utility_template is not None:
            page = replace(page, utility_templates=(subject.message.utility_template,))
        case = next(c for c in _cases(subject, page) if c.ago == _EARLIER)
        answers = [
            decide(_question(subject, case, edition, page, self._settings))
            for edition in self._editions.all
        ]
        touches = [
            Touch(edition, False, subject, case, before, after)
            for edition, before, after in zip(
                self._editions.all, [answers[0], *answers], answers, strict=False
            )
        ]
        here = touches[self._now]
        since = None
        for touch in touches[: self._now + 1]:
            if isinstance(touch.after, Send):
                since = None
            elif isinstance(touch.before, Send):
                since = touch.edition.id
        later = [
            touch
            for touch in touches[self._now + 1 :]
            if isinstance(touch.before, Send) and not isinstance(touch.after, Send)
        ]
        return Standing(
            case=_case(here, "en"),
            sent=isinstance(here.after, Send),
            says=says_answer(here),
            since=since,
            announced=tuple((touch.edition.id, says_answer(touch)) for touch in later),
        )


# -- sentences ------------------------------------------------------------------------------------


def sentences(found: Forecast, language: str = "en") -> list[str]:
    """Return the forecast by day, a sentence for each message that a change touches."""
    by_day: dict[str, list[Touch]] = {}
    for touch in found.touches:
        by_day.setdefault(touch.edition.id, []).append(touch)
    if not by_day:
        return [WORDS.say("forecast_none", language, asked=found.asked)]
    title = "forecast_one" if len(by_day) == 1 else "forecast_title"
    lines = [WORDS.say(title, language, many=len(by_day), asked=found.asked)]
    for day, touches in by_day.items():
        first = touches[0]
        says = prose(first.edition.says, language)
        key = "day_announced" if first.announced else "day_past"
        lines += ["", WORDS.say(key, language, day=day, says=says)]
        lines += [f"- {line}" for line in _merged(touches, language)]
    return lines


def _merged(touches: Iterable[Touch], language: str) -> Iterator[str]:
    """Give one sentence for touches that differ in the variation or the person only."""
    groups: dict[tuple[str, ...], list[Touch]] = {}
    for touch in touches:
        subject = touch.subject
        name = (subject.kind, subject.name, subject.response or "")
        key = (*name, says_answer(touch, language), _instead(touch.before, language))
        groups.setdefault(key, []).append(touch)
    for group in groups.values():
        yield sentence(group, language)


def sentence(group: Sequence[Touch], language: str = "en") -> str:
    """Return what touches with one subject and one answer say, with every place and case once."""
    first = group[0]
    cases = dict.fromkeys(_case(touch, language) for touch in group)
    text = WORDS.say(
        "touch",
        language,
        day=first.edition.id,
        subject=_subject(first.subject, language),
        places=", ".join(dict.fromkeys(str(touch.subject.place) for touch in group)),
        answer=says_answer(first, language),
        instead=_instead(first.before, language),
        case=" ; ".join(cases) if language == "fr" else "; ".join(cases),
    )
    sayers = dict.fromkeys(sayer for touch in group for sayer in touch.subject.sayers)
    if not sayers or not first.subject.message.proactive:
        return text
    places = ", ".join(_sayer(sayer, language) for sayer in sayers)
    return text + WORDS.say("said_by", language, places=places)


def says_answer(touch: Touch, language: str = "en") -> str:
    """Return what becomes of the message from then on, and what would change that."""
    after = touch.after
    if isinstance(after, Send):
        return WORDS.say("goes", language, ground=_ground(after.ground, language))
    answer = WORDS.say("is_refused", language)
    if isinstance(after, Hold) and after.until is not None:
        answer = WORDS.say("is_held_until", language, until=after.until)
    elif isinstance(after, Hold):
        keep = after.expires_at - touch.edition.valid_from
        answer = WORDS.say("is_held", language, span=keep)
    waits = isinstance(after, Hold)  # for the person to write, which is said already
    others = [c for c in changes_of(after) if not waits or c.key not in _WRITING]
    changes = WORDS.say("or", language).join(change.text(language) for change in others)
    if not changes:
        return answer + WORDS.say("because", language, reason=_why(after).text(language))
    return answer + WORDS.say("unless", language, changes=changes)


def changes_of(decision: Decision) -> tuple[Said, ...]:
    """Return what would change an answer, what the author can do first."""
    found = (decision.reason, *findings_of(decision))
    once = {f.change.text(): f.change for f in found if f.change is not None}
    return tuple(sorted(once.values(), key=lambda change: change.key in _NOT_THE_AUTHORS))


def _why(decision: Decision) -> Said:
    """Return the first sentence of the reason: of what every ground lacked, that of the tags."""
    findings = findings_of(decision)
    if isinstance(decision, Refuse) and findings and decision.reason.rule == "no_ground":
        return next((f.said for f in findings if f.rule == "tag_covers_purpose"), findings[0].said)
    return decision.reason.said


def _instead(before: Decision, language: str) -> str:
    if isinstance(before, Send):
        return WORDS.say("instead_of_going", language, ground=_ground(before.ground, language))
    return WORDS.say(f"instead_of_{name_of(before)}", language)


def _ground(ground: str, language: str) -> str:
    kind, _, name = ground.partition(":")
    key = f"ground_{kind}" if f"ground_{kind}" in WORDS.table else "ground_other"
    return WORDS.say(key, language, name=name or kind)


def _subject(subject: Subject, language: str) -> str:
    if subject.kind == "action":
        key = "subject_action" if subject.response else "subject_own_words"
        return WORDS.say(key, language, name=subject.name, response=subject.response)
    return WORDS.say(f"subject_{subject.kind}", language, name=subject.name)


def _case(touch: Touch, language: str) -> str:
    topic = touch.subject.message.topic
    return WORDS.say(touch.case.key, language, span=touch.case.ago, topic=topic)


def _sayer(sayer: Sayer, language: str) -> str:
    return WORDS.say(f"sayer_{sayer.kind}", language, name=sayer.name, place=sayer.place)


# -- data -----------------------------------------------------------------------------------------


def as_data(found: Forecast, language: str = "en") -> dict[str, Any]:
    """Return the forecast as JSON-ready values, one change for each message and person."""
    return {
        "asked": found.asked,
        "changes": [_touch_data(touch, language) for touch in found.touches],
    }


def _touch_data(touch: Touch, language: str) -> dict[str, Any]:
    subject, after = touch.subject, touch.after
    source = after.reason.source
    return {
        "day": touch.edition.id,
        "announced": touch.announced,
        "kind": subject.kind,
        "name": subject.name,
        "response": subject.name if subject.kind == "response" else subject.response,
        "file": subject.place.file,
        "line": subject.place.line,
        "purpose": subject.message.purpose.value,
        "topic": subject.message.topic,
        "case": _case(touch, language),
        "before": _answer_data(touch.before),
        "after": _answer_data(after),
        "rule": after.reason.rule,
        "reason": after.reason.said.text(language),
        "source": source_data(touch.edition.sources[source]) if source else None,
        "unless": [change.text(language) for change in changes_of(after)],
        "said_by": [
            {"kind": s.kind, "name": s.name, "file": s.place.file, "line": s.place.line}
            for s in subject.sayers
        ],
        "says": sentence([touch], language),
    }


def _answer_data(decision: Decision) -> dict[str, str | None]:
    name, ground = _answer(decision)
    return {"decision": name, "ground": ground}
