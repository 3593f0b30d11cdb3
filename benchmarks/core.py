"""What a decision costs, and what loading the editions costs."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

from policy_guard.decide import decide
from policy_guard.edition import FOLDER, known, load
from policy_guard.vocabulary import (
    Message,
    Opener,
    OpenerKind,
    Page,
    Person,
    Purpose,
    Question,
    Token,
)

from .figures import Figure, best_of

AT = datetime(2026, 5, 4, 12, tzinfo=timezone.utc)
DECIDE_AIM, LOAD_AIM = 50.0, 100.0  # microseconds, milliseconds
_US, _MS = 1e6, 1e3


def figures(*, full: bool = False) -> list[Figure]:
    """Measure a decision for somebody with ten tokens, and loading all editions."""
    cases = {
        "decide: window open": _question(Purpose.REPLY, hours=1),
        "decide: ten tokens, the last one pays": _question(Purpose.ALERT, hours=72),
        "decide: ten tokens, none pays": _question(Purpose.ALERT, hours=72, topic="b:none"),
        "decide: refused after every ground": _question(Purpose.PROMOTION, hours=72),
    }
    found = [
        Figure(name, best_of(7, 2_000, lambda q=q: decide(q)) * _US, "µs", DECIDE_AIM)  # type: ignore[misc]  # mypy cannot type a default of a lambda
        for name, q in cases.items()
    ]
    loaded = best_of(5, 3, lambda: load(FOLDER)) * _MS
    return [*found, Figure(f"load {len(known().all)} editions", loaded, "ms", LOAD_AIM)]


def _question(purpose: Purpose, *, hours: int, topic: str = "b:9") -> Question:
    opened = Opener(OpenerKind.MESSAGE, AT - timedelta(hours=hours))
    tokens = tuple(Token(f"t{n}", f"b:{n}", AT - timedelta(days=n + 1)) for n in range(10))
    person = Person(openers=(opened,), last_message_at=opened.at, tokens=tokens)
    page = Page(one_time_notification=True, human_agent=True, recurring_notifications=True)
    return Question(AT, Message(purpose, topic), person, page, known().at(AT))
