"""One act of a person: what it was asked to be, and what it does to the world."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from . import webhooks
from .world import Message, Person, World, WorldError, milliseconds

SCORES = {"csat": (1, 5), "nps": (0, 10), "ces": (1, 7)}


@dataclass(frozen=True)
class Done:
    """An act that was done: its event, its mid when it has one, and whether to deliver it now."""

    psid: str
    event: dict[str, Any]
    mid: str | None
    standby: bool
    deliver: bool


class Act:
    """One act on its way: reads its fields, raises WorldError, and writes the event."""

    def __init__(
        self, world: World, page_id: str, person: Person, wish: Mapping[str, Any], own: datetime
    ) -> None:
        self.world = world
        self.page_id = page_id
        self.person = person
        self.wish = wish
        self.own = own  # the event's own moment
        self.at = min(own, world.clock.now())  # nobody does anything in the future

    def text(self, name: str, default: str | None = None) -> str:
        """Return a field that has to be there."""
        value = self.wish.get(name, default)
        if not isinstance(value, str) or not value:
            raise WorldError(f"the act `{self.wish['act']}` needs the text `{name}`")
        return value

    def maybe(self, name: str) -> str | None:
        """Return a field that may be there."""
        return self.text(name) if self.wish.get(name) is not None else None

    def forced(self) -> bool:
        """Whether the act is done although nothing offers it."""
        return self.wish.get("force") is True

    def write(self, kind: str, said: Mapping[str, Any]) -> Message:
        """Return the new line of the thread."""
        return self.world.said(self.person, "person", self.at, said, kind=kind)

    def event(self, **content: Any) -> dict[str, Any]:
        """Return the event of the act."""
        return webhooks.event(self.page_id, self.person.psid, milliseconds(self.own), **content)

    def feed(self, **content: Any) -> dict[str, Any]:
        """Return the change of the feed that the act is."""
        at_ms = milliseconds(self.own)
        return webhooks.feed(self.person.psid, self.person.name, at_ms, **content)

    def tapped(self, template: str, button: str) -> tuple[Message, dict[str, Any]]:
        """Return the newest message with such a template, and its payload, as tapped."""
        for message in self.person.from_page(self.maybe("mid")):
            payload: dict[str, Any] = message.said.get("attachment", {}).get("payload", {})
            if payload.get("template_type") != template:
                continue
            if message.notify_tapped and not self.forced():
                raise WorldError(f"{button} of this message was tapped before")
            message.notify_tapped = True
            return message, payload
        raise WorldError("no message of the Page asks to notify")

    def answer(self, kind: str) -> str:
        """Return the answer to a feedback question."""
        if kind == "free_form":
            return self.within_limit(self.text("text"))
        score = self.text("score")
        least, most = SCORES[kind]
        if not score.isdecimal() or not least <= int(score) <= most:
            raise WorldError(f"the score `{score}` is not {least} to {most}")
        return score

    def within_limit(self, words: str) -> str:
        """Return the words of an answer, which may not be too many."""
        most = self.world.facts.limits["feedback_answer"]
        if len(words) > most:
            raise WorldError(f"the answer has {len(words)} characters, allowed are {most}")
        return words

    def send(self, kind: str, said: dict[str, Any], opener: str = "message") -> dict[str, Any]:
        """Return the event of a message the person sends."""
        message = self.write(kind, said)
        referral = said.get("referral", {})
        self.person.did(opener, self.at, referral.get("ref"))
        return self.event(message={"mid": message.mid, **said})
