"""What the linter has to say of one message when it is sent, with everything filled in."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from . import checks, table
from .checks import TextCheck
from .model import Judge, Options, Said
from .secrets import personal, secrets
from .words import units

_USUAL = Options()

#: The checks of a text, by the id of the rule that they belong to.
_OF_TEXTS: tuple[tuple[str, TextCheck], ...] = (
    ("P203", checks.promotional),
    ("P215", checks.survey_under_update),
    ("P216", checks.recurring_account),
    ("W401", checks.long_text),
    ("W402", checks.key_point_late),
    ("W403", checks.greeting_first),
    ("W404", checks.value_unclear),
    ("W405", checks.shouting),
    ("W406", checks.wall_of_text),
    ("W407", checks.hard_to_read),
    ("W408", checks.unfilled),
    ("W412", checks.many_marks),
)
_OF_TITLES: tuple[tuple[str, TextCheck], ...] = (
    ("P203", checks.promotional),
    ("P215", checks.survey_under_update),
    ("W405", checks.shouting),
    ("W408", checks.unfilled),
    ("W412", checks.many_marks),
)


@dataclass(frozen=True)
class SentFinding:
    """What one rule saw in the characters *start* to *end* of a text or title that is sent.

    *says* never quotes what looks like a secret or like a person's data.
    """

    rule: str
    says: str
    start: int
    end: int


def findings(
    text: str,
    *,
    purpose: str = "reply",
    buttons: Sequence[str] = (),
    quick_replies: Sequence[str] = (),
    parts: int = 1,
    language: str | None = None,
    response: str | None = None,
    options: Options = _USUAL,
    judge: Judge | None = None,
) -> tuple[SentFinding, ...]:
    """Return what the rules see in a final message; pure, and in the order of the rules' ids.

    *buttons* and *quick_replies* are their titles, *parts* the messages that it becomes on the
    wire, *language* the person's, *judge* that of promotional wording (else the one of *options*).
    """
    given = Options(
        preview_width=options.preview_width,
        longest_text=options.longest_text,
        longest_paragraph=options.longest_paragraph,
        easiest=options.easiest,
        channel=options.channel,
        judge=judge or options.judge,
    )
    said = Said(text, given, purpose, response or "", language)
    seen = [*_of(said, _OF_TEXTS), *_of_limits(text, buttons, quick_replies), *_private(text)]
    for title in (*buttons, *quick_replies):
        seen += _of(Said(title, given, purpose, response or "", language), _OF_TITLES)
    if purpose == "alert" and parts > 1:
        says = f"it is {parts} messages, and a one-time token pays for one"
        seen.append(SentFinding("P205", says, 0, len(text)))
    return tuple(sorted(dict.fromkeys(seen), key=lambda one: (one.rule, one.start, one.says)))


def _of(said: Said, table_of_checks: Sequence[tuple[str, TextCheck]]) -> Iterator[SentFinding]:
    if said.text.strip():
        for rule, check in table_of_checks:
            for seen in check(said):
                yield SentFinding(rule, seen.says, seen.start, seen.end)


def _of_limits(
    text: str, buttons: Sequence[str], quick_replies: Sequence[str]
) -> Iterator[SentFinding]:
    if units(text) > table.TEXT:
        says = f"the text has {units(text)} characters, and a message holds {table.TEXT}"
        yield SentFinding("L101", says, 0, len(text))
    for rule, titles in (("L104", buttons), ("L105", quick_replies)):
        for title in titles:
            if units(title) > table.TITLE:
                says = f"`{title}` has {units(title)} characters, and {table.TITLE} are shown"
                yield SentFinding(rule, says, 0, len(title))


def _private(text: str) -> Iterator[SentFinding]:
    for hit in secrets(text):
        yield SentFinding("S504", f"{hit.what} stands in the text", hit.start, hit.end)
    for hit in personal(text):
        yield SentFinding("S505", f"{hit.what} stands in the text", hit.start, hit.end)
