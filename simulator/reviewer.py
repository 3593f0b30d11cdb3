"""The reviewer: what a reader of the messages would object to although the API takes them."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

from .facts import Facts
from .grounds.tags import tag_of
from .known import PersonFacts, Subscription, Token, UtilityTemplate
from .shape import COMMENTS, Call


@dataclass(frozen=True)
class Objection:
    """Something the policy forbids although the API takes it."""

    rule: str
    sentence: str


@dataclass(frozen=True)
class Reviewed:
    """A message that the API took, with all that a reviewer sees of it.

    `topic` and `purpose` are what its author declares, None where nothing is declared.
    """

    call: Call
    person: PersonFacts
    human_wrote: bool
    topic: str | None
    purpose: str | None
    paid_with: Token | Subscription | None
    template: UtilityTemplate | None


def objections(message: Reviewed, facts: Facts) -> tuple[Objection, ...]:
    """Return what a reviewer objects to."""
    return tuple(_objections(message, facts))


def _objections(message: Reviewed, facts: Facts) -> Iterator[Objection]:
    call, tag = message.call, tag_of(message.call, facts)
    if tag is not None:
        yield from _under_a_tag(message, tag, facts)
    if message.template is not None:
        yield from _in_a_template(message, message.template, facts)
    if message.paid_with is not None:
        yield from _on_a_consent(message, message.paid_with)
    if message.person.stopped_at is not None and not _answers_after_stop(message):
        yield Objection("sent_after_stop", "the person wrote STOP and this is no answer to them")
    if call.tag == "HUMAN_AGENT" and not message.human_wrote:
        yield Objection("human_agent_by_a_bot", "HUMAN_AGENT is for what a person has written")


def _under_a_tag(message: Reviewed, tag: str, facts: Facts) -> Iterator[Objection]:
    if phrase := promotional_phrase(message.call.words, facts):
        yield Objection("promotion_under_a_tag", f"`{phrase}` is promotion and {tag} forbids it")
    purpose, carries = message.purpose, facts.tags[tag].carries
    if purpose == "promotion" or (
        purpose is not None and carries is not None and purpose not in carries
    ):
        yield Objection("other_purpose_than_the_tags", f"{tag} is not for `{purpose}`")


def _in_a_template(
    message: Reviewed, template: UtilityTemplate, facts: Facts
) -> Iterator[Objection]:
    if phrase := promotional_phrase(message.call.words, facts):
        yield Objection(
            "promotion_in_a_utility_parameter", f"`{phrase}` is promotion put into a parameter"
        )
    if phrase := promotional_phrase(template.words, facts):
        yield Objection(
            "promotion_in_a_utility_message", f"`{phrase}` is promotion in a utility template"
        )
    purpose = message.purpose
    if purpose is not None and purpose not in facts.utility.carries:
        yield Objection("other_purpose_than_utility", f"a utility message is not for `{purpose}`")


def _on_a_consent(message: Reviewed, consent: Token | Subscription) -> Iterator[Objection]:
    if message.topic is not None and message.topic != consent.topic:
        yield Objection(
            "other_topic_than_agreed",
            f"the person agreed to hear of `{consent.topic}` and this is `{message.topic}`",
        )
    if isinstance(consent, Token) and consent.fulfilled:
        yield Objection(
            "several_messages_for_one_consent",
            f"the person has had the one message on `{consent.topic}` already",
        )


def _answers_after_stop(message: Reviewed) -> bool:
    call, last, stopped = message.call, message.person.last_message_at, message.person.stopped_at
    if last is None or stopped is None or last < stopped:
        return False
    if message.paid_with is not None:
        return False
    if message.human_wrote and (call.tag == "HUMAN_AGENT" or message.purpose == "human_agent"):
        return True
    if call.recipient in COMMENTS and call.messaging_type is None:
        return message.purpose == "reply"
    return call.messaging_type == "RESPONSE"


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
    if text.isascii():
        return text.casefold()
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    return "".join(c for c in decomposed if not unicodedata.combining(c))
