"""What the linter's rules see in a response once every placeholder is filled; reads no store.

It is a second pair of eyes: what it sees is written down, and the message goes its way.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .lint import config, registry
from .lint.model import Options
from .lint.send_time import RULES, SentFinding, findings
from .promotion import judge_text
from .vocabulary import Author

if TYPE_CHECKING:  # it knows the store; what is read needs only its shape
    from .sends import Outgoing

logger = logging.getLogger(__name__)

PROMOTIONAL = "P203"
#: What is said of a bot's style is not said of a person who answers.
_OF_STYLE = "W"
_USUAL = config.Config()


class Proofreader:
    """Reads what is about to be decided on; *rules* are the ids of those that may speak."""

    def __init__(self, options: Options = _USUAL.options, rules: Iterable[str] = RULES) -> None:
        self._options = options
        self._rules = frozenset(rules)

    def read(self, out: Outgoing) -> tuple[SentFinding, ...]:
        """Return what the rules see in a response; never raises, for nothing waits for it."""
        try:
            return tuple(one for one in self._read(out) if self._counts(one, out))
        except Exception:  # a slip of a rule must not keep a message from people
            logger.exception("the words of `%s` could not be looked at", out.response)
            return ()

    def warm(self) -> Proofreader:
        """Load what judging needs, so that the first message does not wait for it."""
        for language in ("en", "fr"):
            judge_text("", language)
        return self

    def _read(self, out: Outgoing) -> Sequence[SentFinding]:
        message = out.message
        bodies = [body for part in out.parts if isinstance(body := part.get("message"), Mapping)]
        return findings(
            *(text for body in bodies for text in _texts(body)),
            purpose=message.purpose.value,
            buttons=[title for body in bodies for title in _buttons(body)],
            quick_replies=[title for body in bodies for title in _titles(body, "quick_replies")],
            titles=[title for body in bodies for title in _card_titles(body)],
            parts=1 if out.single is not None else len(out.parts),
            language=message.language,
            response=out.response,
            options=self._options,
            judge=judge_text,
        )

    def _counts(self, one: SentFinding, out: Outgoing) -> bool:
        if out.message.author is Author.HUMAN and one.rule.startswith(_OF_STYLE):
            return False
        if out.message.not_promotional and one.rule == PROMOTIONAL:
            return False
        return one.rule in self._rules


def configured(folder: Path) -> Proofreader:
    """Return the reader that a project's pyproject.toml selects; raises ConfigError."""
    said = config.load(folder / "pyproject.toml")
    chosen = registry.chosen(said.select, said.ignore)
    return Proofreader(said.options, (rule.id for rule in chosen)).warm()


def promotional(seen: Iterable[SentFinding]) -> bool:
    """Tell whether what was seen is wording that the purpose may not carry."""
    return any(one.rule == PROMOTIONAL for one in seen)


def as_data(seen: Iterable[SentFinding]) -> list[dict[str, str]]:
    """Return findings for the journal; *text* goes when the person's words are forgotten."""
    return [
        {"rule": one.rule, "text": one.words} if one.words else {"rule": one.rule} for one in seen
    ]


def _payload(body: Mapping[str, Any]) -> Mapping[str, Any]:
    attachment = body.get("attachment")
    payload = attachment.get("payload") if isinstance(attachment, Mapping) else None
    return payload if isinstance(payload, Mapping) else {}


def _texts(body: Mapping[str, Any]) -> Iterator[str]:
    for text in (body.get("text"), _payload(body).get("text")):
        if isinstance(text, str):
            yield text


def _titles(holder: Mapping[str, Any], key: str) -> Iterator[str]:
    for item in _rows(holder.get(key)):
        if isinstance(title := item.get("title"), str):
            yield title


def _buttons(body: Mapping[str, Any]) -> Iterator[str]:
    payload = _payload(body)
    for holder in (payload, *_rows(payload.get("elements"))):
        yield from _titles(holder, "buttons")


def _card_titles(body: Mapping[str, Any]) -> Iterator[str]:
    payload = _payload(body)
    for holder in (payload, *_rows(payload.get("elements"))):
        for key in ("title", "subtitle"):
            if isinstance(words := holder.get(key), str):
                yield words


def _rows(value: object) -> list[Mapping[str, Any]]:
    if not isinstance(value, list):
        return []
    return [row for row in value if isinstance(row, Mapping)]
