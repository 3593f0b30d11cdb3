"""What the linter has to say of one message when it is sent, with everything filled in."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from . import checks, table
from .checks import Seen, TextCheck, cut
from .model import Judge, Options, Said
from .secrets import ADDRESS, hidden, personal, secrets
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


#: Every rule that may speak when a message is sent.
RULES = (*dict(_OF_TEXTS), "P205", "L101", "L104", "L105", "S504", "S505")


@dataclass(frozen=True)
class SentFinding:
    """What one rule saw in the characters *start* to *end* of a text or title that is sent.

    *words* are those that it is about, empty where it is about all of them or they are better not
    repeated; neither they nor *says* quote what looks like a secret or like a person's data.
    """

    rule: str
    says: str
    start: int
    end: int
    words: str = ""


def findings(
    *texts: str,
    purpose: str = "reply",
    buttons: Sequence[str] = (),
    quick_replies: Sequence[str] = (),
    titles: Sequence[str] = (),
    parts: int = 1,
    language: str | None = None,
    response: str | None = None,
    options: Options = _USUAL,
    judge: Judge | None = None,
) -> tuple[SentFinding, ...]:
    """Return what the rules see in a final message; pure, and in the order of the rules' ids.

    *texts* are its running texts, *buttons*, *quick_replies* and *titles* (of cards) what stands
    around them, *parts* the messages that it becomes on the wire, *language* the person's, *judge*
    that of promotional wording (else the one of *options*).
    """
    if judge is not None:
        options = replace(options, judge=judge)
    seen: list[SentFinding] = []
    for text in texts:
        said = Said(text, options, purpose, response or "", language)
        seen += [*_of(said, _OF_TEXTS), *_too_long(text), *_private(text)]
    for title in (*buttons, *quick_replies, *titles):
        said = Said(title, options, purpose, response or "", language)
        seen += [*_of(said, _OF_TITLES), *_private(title)]
    seen += [*_cut_off("L104", buttons), *_cut_off("L105", quick_replies)]
    if purpose == "alert" and parts > 1:
        says = f"it is {parts} messages, and a one-time token pays for one"
        seen.append(SentFinding("P205", says, 0, 0))
    return tuple(sorted(dict.fromkeys(seen), key=lambda one: (one.rule, one.start, one.says)))


def _of(said: Said, table_of_checks: Sequence[tuple[str, TextCheck]]) -> Iterator[SentFinding]:
    if said.text.strip():
        for rule, check in table_of_checks:
            for seen in check(said):
                words = _quoted(seen, said.text)
                yield SentFinding(rule, hidden(seen.says), seen.start, seen.end, words)


def _quoted(seen: Seen, text: str) -> str:
    whole = seen.end - seen.start >= len(text.strip())
    words = seen.words or ("" if whole else text[seen.start : seen.end])
    return hidden(cut(words))


def _too_long(text: str) -> Iterator[SentFinding]:
    if units(text) > table.TEXT:
        says = f"the text has {units(text)} characters, and a message holds {table.TEXT}"
        yield SentFinding("L101", says, 0, len(text))


def _cut_off(rule: str, titles: Sequence[str]) -> Iterator[SentFinding]:
    for title in titles:
        if units(title) > table.TITLE:
            says = f"`{title}` has {units(title)} characters, and {table.TITLE} are shown"
            yield SentFinding(rule, hidden(says), 0, len(title), hidden(cut(title)))


def _private(text: str) -> Iterator[SentFinding]:
    """Give what should not stand in a chat; people's own addresses do, in what is told to them."""
    for hit in secrets(text):
        yield SentFinding("S504", f"{hit.what} stands in the text", hit.start, hit.end)
    for hit in personal(text):
        if hit.what != ADDRESS:
            yield SentFinding("S505", f"{hit.what} stands in the text", hit.start, hit.end)
