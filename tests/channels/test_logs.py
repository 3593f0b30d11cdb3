"""No line of a log holds a secret, a person's id or what was said, in either format."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest
import structlog

from channels import logs
from channels.logs import JSON, TEXT, Redaction
from policy_guard.privacy_rows import pseudonym

SECRET, PSID, PAGE = "s3cr3t-app-secret", "2468013579246801", "1122334455667788"
KEY = "a" * 64


@pytest.fixture
def redact() -> Redaction:
    """Give what takes a secret and persons out, but lets the Page be read."""
    return Redaction([SECRET, ""], KEY, [PAGE])


@pytest.fixture
def written(redact: Redaction, request: pytest.FixtureRequest) -> Iterator[io.StringIO]:
    """Give what the root logger writes, at its most talkative."""
    out, root = io.StringIO(), logging.getLogger()
    handler, level = logging.StreamHandler(out), root.level
    handler.setFormatter(logging.Formatter("%(levelname)s %(message)s"))
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    restore = logs.install(redact, getattr(request, "param", TEXT))
    yield out
    restore()
    root.setLevel(level)
    root.removeHandler(handler)


@pytest.mark.parametrize("written", [TEXT, JSON], indirect=True)
@pytest.mark.parametrize(
    "line",
    [
        f"the secret {SECRET} in a sentence",
        f"Issuing ticket for conversation '{PSID}'",
        f"event notify:abc:{PSID} ended",
        f"POST /v26.0/me/messages?access_token={SECRET}x&a=1",
        "Authorization: Bearer abc.def-123",
        '{"appsecret_proof": "0123abcd"}',
        "EAABsbCS1iHgBAKZCzZCq0123456789 is a token",
    ],
)
def test_a_secret_or_a_person_is_not_written(written: io.StringIO, line: str) -> None:
    logging.getLogger("rasa.core").debug(line)
    said = written.getvalue()
    assert said
    for canary in (SECRET, PSID, "abc.def-123", "0123abcd", "EAABsb"):
        assert canary not in said


@pytest.mark.parametrize("written", [TEXT, JSON], indirect=True)
def test_an_exception_is_written_without_them(written: io.StringIO) -> None:
    try:
        int(f"{PSID} has {SECRET}")
    except ValueError:
        logging.getLogger("channels").exception("event of %s failed", PSID)
    said = written.getvalue()
    assert "ValueError" in said
    assert SECRET not in said
    assert PSID not in said


def test_a_person_has_one_pseudonym_that_tells_nobody_who(redact: Redaction) -> None:
    name = pseudonym(KEY, PSID)
    assert redact(f"a {PSID} b {PSID}") == f"a {name} b {name}"
    assert pseudonym("b" * 64, PSID) != name
    assert PSID not in name


@pytest.mark.parametrize("spared", [PAGE, "1790000000000", "snd_1234567890123456789a", "v26.0"])
def test_what_stands_for_no_person_stays(redact: Redaction, spared: str) -> None:
    assert redact(f"id {spared}.") == f"id {spared}."


@pytest.mark.parametrize("written", [JSON], indirect=True)
def test_a_line_is_one_json_object(written: io.StringIO) -> None:
    logging.getLogger("channels").warning("two\nlines of %s", PSID, extra={"event_id": 7})
    (line,) = written.getvalue().splitlines()
    said = json.loads(line)
    assert said["level"] == "WARNING"
    assert said["logger"] == "channels"
    assert said["event"] == f"two\nlines of {pseudonym(KEY, PSID)}"
    assert said["event_id"] == 7
    assert said["at"].endswith("+00:00")


@pytest.mark.parametrize("written", [JSON], indirect=True)
def test_a_structured_line_of_rasa_keeps_its_fields(written: io.StringIO) -> None:
    logging.getLogger("rasa.core.processor").debug(
        json.dumps({"event": "processor.message.parse", "level": "debug", "n": 3})
    )
    said = json.loads(written.getvalue())
    assert (said["event"], said["n"]) == ("processor.message.parse", 3)


def test_what_was_said_is_dropped_from_structured_lines() -> None:
    said: dict[str, Any] = {"event": "e", "text": "my secret wish", "rasa_events": ["x"], "n": 1}
    assert logs.without_words(None, "debug", said) == {
        "event": "e",
        "text": "***",
        "rasa_events": "***",
        "n": 1,
    }


def test_loggers_that_were_used_before_drop_it_too(written: io.StringIO) -> None:
    assert logs.without_words in structlog.get_config()["processors"]


def test_installing_twice_redacts_once(redact: Redaction, written: io.StringIO) -> None:
    undo = logs.install(redact, TEXT)
    logging.getLogger("channels").warning("of %s", PSID)
    undo()
    assert written.getvalue() == f"WARNING of {pseudonym(KEY, PSID)}\n"
