"""What this process logs: one JSON object a line or plain text, and never whom or what it is about.

Every line passes one place before it is written. Secrets become `***`, a person's id becomes a
pseudonym under the store's own key, and what people or the bot said is dropped where Rasa's own
log lines name it. `policy-guard pseudonym PSID` tells which lines are about a person.
"""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Callable, Iterable, Mapping, MutableMapping
from typing import Any

import structlog

from policy_guard.clock import SystemClock
from policy_guard.privacy_rows import pseudonym

MASK = "***"
JSON, TEXT = "json", "text"
FORMATS = (TEXT, JSON)
#: Ids of persons are long numbers. In a longer word they are part of something else (a hash).
_LONG_NUMBER = re.compile(r"(?<![0-9A-Za-z])[0-9]{14,20}(?![0-9A-Za-z])")
_TOKENS = re.compile(
    r"(?P<before>\bBearer\s+|appsecret_proof[\"']?\s*[=:]\s*[\"']?|access_token[\"']?\s*[=:]\s*[\"']?)"
    r"[^\s\"'&,}]+|\bEA[A-Za-z0-9]{20,}"
)
#: Keys of Rasa's structured lines that hold what was said, or a whole tracker with it. Rasa names
#: them itself for its own anonymizer (rasa.utils.log_utils, 3.6.21).
WORDS = frozenset(
    "text response_text user_text slot_values parse_data_text parse_data_entities "
    "prediction_events tracker_latest_message prefilled_slots message response slot_candidates "
    "rasa_event rasa_events tracker_states current_states old_states successes current_entity "
    "next_entity states entity token_text user_message json_message".split()
)
#: Loggers whose lines do not go through the root's handlers.
_APART = ("sanic.root", "sanic.error", "sanic.access")
_OWN = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}


class Redaction:
    """Takes secrets and persons out of a line that is about to be written."""

    def __init__(self, secrets: Iterable[str], key: str, spared: Iterable[str] = ()) -> None:
        found = sorted({s for s in secrets if s}, key=len, reverse=True)
        self._secrets = re.compile("|".join(map(re.escape, found))) if found else None
        self._key = key
        self._spared = frozenset(spared)

    def spare(self, number: str) -> None:
        """Let an id that stands for no person be read: the Page's, an app's."""
        self._spared |= {number}

    def __call__(self, line: str) -> str:
        """Return the line as it may be written."""
        if self._secrets is not None:
            line = self._secrets.sub(MASK, line)
        line = _TOKENS.sub(lambda found: (found["before"] or "") + MASK, line)
        return _LONG_NUMBER.sub(self._named, line)

    def _named(self, found: re.Match[str]) -> str:
        number = found[0]
        return number if number in self._spared else pseudonym(self._key, number)


class Formatter(logging.Formatter):
    """Writes a record as one line of JSON, or as *plain* would; redacted either way."""

    def __init__(self, redact: Redaction, plain: logging.Formatter | None) -> None:
        super().__init__()
        self._redact = redact
        self._plain = plain

    def format(self, record: logging.LogRecord) -> str:
        """Return the line, exceptions included."""
        if self._plain is not None:
            return self._redact(self._plain.format(record))
        return self._redact(json.dumps(self._fields(record), ensure_ascii=False, default=str))

    def _fields(self, record: logging.LogRecord) -> dict[str, Any]:
        at = SystemClock().now().isoformat(timespec="milliseconds")
        said = record.getMessage()
        structured = _object(said)
        fields: dict[str, Any] = {"at": at, "level": record.levelname, "logger": record.name}
        fields |= structured if structured is not None else {"event": said}
        fields |= {k: v for k, v in vars(record).items() if k not in _OWN and k not in fields}
        if record.exc_info:
            fields["exception"] = self.formatException(record.exc_info)
        return fields


def install(
    redact: Redaction, log_format: str, loggers: Iterable[str] = ("", *_APART)
) -> Callable[[], None]:
    """Have every handler of these loggers write redacted lines; returns what undoes it.

    Called again it takes the place of itself.
    """
    undo: list[tuple[logging.Handler, logging.Formatter | None]] = []
    for name in loggers:
        for handler in logging.getLogger(name).handlers:
            before = handler.formatter
            if isinstance(before, Formatter):
                before = before._plain
            plain = None if log_format == JSON else before or logging.Formatter()
            undo.append((handler, handler.formatter))
            handler.setFormatter(Formatter(redact, plain))
    processors = structlog.get_config()["processors"]
    if without_words not in processors:
        # in place: loggers that were used already keep the list itself
        processors.insert(0, without_words)

    def restore() -> None:
        for handler, formatter in undo:
            handler.setFormatter(formatter)
        if without_words in processors:
            processors.remove(without_words)

    return restore


def without_words(
    _logger: object, _method: str, event: MutableMapping[str, Any]
) -> MutableMapping[str, Any]:
    """Drop what was said from a structured line, as a processor of structlog."""
    for name in WORDS & event.keys():
        event[name] = MASK
    return event


def _object(said: str) -> Mapping[str, Any] | None:
    """Return what structlog has written as JSON already."""
    if not said.startswith("{"):
        return None
    try:
        found = json.loads(said)
    except ValueError:
        return None
    return found if isinstance(found, dict) else None
