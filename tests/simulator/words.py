"""Short words for bodies, people and verdicts that the judge's tests share."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta, timezone
from typing import Any

from simulator.facts import parse_moment
from simulator.judge import Opening, PageFacts, PersonFacts, Token, Verdict
from simulator.reading import PlatformError

Json = dict[str, Any]
Error = tuple[int, int | None]
TAKEN: Error = (0, None)
WRONG: Error = (100, None)
OUTSIDE: Error = (10, 2018278)
RETIRED: Error = (100, 1893061)
REGION: Error = (10, 2018336)
SECOND = timedelta(seconds=1)
DAY = timedelta(days=1)
NOON = datetime(2021, 6, 2, 12, tzinfo=timezone.utc)
US = PageFacts(region="US", human_agent=True)


def day(text: str) -> datetime:
    """Return the first second of a day, UTC."""
    return parse_moment(f"{text}T00:00:00Z")


def wrote(at: datetime, **more: Any) -> PersonFacts:
    """Return somebody whose last message came at `at`."""
    return PersonFacts("1", (Opening("message", at),), last_message_at=at, **more)


def text(words: str = "hello", **more: Any) -> Json:
    """Return an ordinary answer."""
    body = {"recipient": {"id": "1"}, "messaging_type": "RESPONSE", "message": {"text": words}}
    return {**body, **more}


def tagged(tag: str, words: str = "hello", **more: Any) -> Json:
    """Return a message under a tag."""
    return text(words, messaging_type="MESSAGE_TAG", tag=tag, **more)


def template(**payload: Any) -> Json:
    """Return a message that is a template."""
    return {"attachment": {"type": "template", "payload": payload}}


def paid(value: str = "tok", words: str = "It is back.") -> Json:
    """Return a message that a one-time token pays for."""
    return {"recipient": {"one_time_notif_token": value}, "message": {"text": words}}


def asking() -> Json:
    """Return a request to notify once."""
    return text(message=template(template_type="one_time_notif_req", title="Tell me", payload="t"))


def granted(at: datetime, **more: Any) -> PersonFacts:
    """Return somebody whose window closed long ago and who granted a token at `at`."""
    person = wrote(at - timedelta(days=400))
    return replace(person, tokens=(Token("tok", "t", at, **more),))


def said(verdict: Verdict) -> Error:
    """Return code and subcode, TAKEN when the API took it."""
    if isinstance(verdict.api, PlatformError):
        return verdict.api.code, verdict.api.subcode
    return TAKEN


def sentence(verdict: Verdict) -> str:
    """Return what the API's refusal says."""
    assert isinstance(verdict.api, PlatformError)
    return verdict.api.message


def ground(verdict: Verdict) -> str:
    """Return what made the call lawful."""
    assert not isinstance(verdict.api, PlatformError), verdict.api
    return verdict.api.ground


def rules(verdict: Verdict) -> list[str]:
    """Return what the reviewer objects to."""
    return [objection.rule for objection in verdict.reviewer]
