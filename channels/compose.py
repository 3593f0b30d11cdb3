"""What the channel adds to a response before the guard is asked: purpose, template, topic."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from policy_guard import template_rows
from policy_guard.broadcast_rows import Broadcast
from policy_guard.bulk import Words
from policy_guard.catalogue import Catalogue
from policy_guard.guard import Guard
from policy_guard.topics import thing_of
from policy_guard.vocabulary import Purpose

from . import utility, worded
from .dispatch import Utility, message_of
from .render import DeclarationError, Envelope, render

#: What Rasa itself puts into a response beside the words that an action passes.
_RASAS_OWN = frozenset({"text", "image", "attachment", "utter_action", "template_name", "id"})


class Composer:
    """Completes responses for one Page."""

    def __init__(self, guard: Guard, page_id: str) -> None:
        self._guard = guard
        self._page_id = page_id

    def purposed(self, envelope: Envelope) -> Envelope:
        """Give a response that declares no purpose the one its message tag stands for.

        Raises DeclarationError for a tag that no purpose stands behind.
        """
        if envelope.tag is None or envelope.declaration.purpose is not None:
            return envelope
        tag = self._guard.editions.all[0].tag_named(envelope.tag)
        if tag is not None and tag.carries is Purpose.HUMAN_AGENT:
            raise DeclarationError(f"the tag `{envelope.tag}` is for what a person writes")
        if tag is None:
            raise DeclarationError(
                f"the tag `{envelope.tag}` says of no purpose why the message is written; "
                "declare `purpose`"
            )
        purposed = replace(envelope.declaration, purpose=tag.carries.value)
        return replace(envelope, declaration=purposed)

    def as_utility(
        self,
        envelope: Envelope,
        variations: Sequence[Mapping[str, Any]],
        message: Mapping[str, Any],
        given: Mapping[str, Any] | None = None,
    ) -> Utility | None:
        """Return the response as the utility template that it, or its alert type, names.

        *given* are words beside those that *message* itself carries.
        """
        said = envelope.declaration
        kind = self._guard.catalogue.type_of(said.topic) if said.topic else None
        name = said.utility_template or (kind.utility_template if kind else None)
        if name is None:
            return None
        default = self._guard.catalogue.languages[0]
        words = {**_words_given(message), **(given or {}), **said.parameters}
        found = utility.fill(envelope.text, variations, words, default)
        if found is None:
            return Utility(name, unfilled=("text",))
        if found.unfilled:
            return Utility(name, unfilled=found.unfilled, language=found.language)
        with self._guard.store.read() as tx:
            code = template_rows.wire_language(tx, self._page_id, name, found.language)
        body = utility.body(name, code or found.language, found.values)
        return Utility(name, body, (), found.language)


class BroadcastWords:
    """The words of one broadcast, each of them made once: a function of a person's language."""

    def __init__(self, guard: Guard, broadcast: Broadcast) -> None:
        self._guard = guard
        self._broadcast = broadcast
        self._given = given_slots(guard.catalogue, broadcast.topic, broadcast.slots)
        self._composer = Composer(guard, broadcast.page)
        self._choices: dict[str | None, tuple[int, ...]] = {}
        self._made: dict[tuple[int, str | None], Words | str] = {}

    def __call__(self, language: str | None) -> Words | str:
        """Return what is said to who speaks a language, or a sentence why nothing can be."""
        among = self._choices.get(language)
        if among is None:
            slots = worded.slots_of(language, self._given)
            variations, channel = self._broadcast.variations, self._broadcast.channel
            among = self._choices[language] = worded.choices(variations, channel, slots)
        if not among:
            spoken = f"the language `{language}`" if language else "an unknown language"
            return f"no variation of the response `{self._broadcast.response}` fits {spoken}"
        here = (worded.choose(among), language)
        if here not in self._made:
            self._made[here] = self._make(*here)
        return self._made[here]

    def message(self, wording: int, language: str | None) -> dict[str, Any]:
        """Return a variation as Rasa would hand it to the channel."""
        slots = worded.slots_of(language, self._given)
        message = worded.filled(self._broadcast.variations[wording], slots)
        return {**message, "utter_action": self._broadcast.response}

    def _make(self, wording: int, language: str | None) -> Words | str:
        message = self.message(wording, language)
        topic = self._broadcast.topic
        declared = declared_of(self._guard.catalogue, message, topic)
        try:
            envelope = self._composer.purposed(render({**message, "messenger": declared}))
        except DeclarationError as problem:
            return str(problem)
        parts = [part for part in envelope.parts if part.kind == "message"]
        if not parts:
            return f"the response `{self._broadcast.response}` says nothing"
        variations = self._broadcast.variations
        template = self._composer.as_utility(envelope, variations, message, self._given)
        said = message_of(envelope, template)
        return Words(
            wording,
            replace(
                said,
                text=envelope.text,
                parts=1 if envelope.single is not None else len(parts),
            ),
            tuple(part.body for part in parts),
            None if envelope.single is None else envelope.single.body,
            None if template is None else template.body,
            envelope.text,
        )


def declared_of(catalogue: Catalogue, message: Mapping[str, Any], topic: str) -> dict[str, Any]:
    """Return what an alert declares: its topic, and its type's purpose unless it has one."""
    metadata = message.get("metadata")
    own = metadata.get("messenger") if isinstance(metadata, Mapping) else None
    kind = catalogue.type_of(topic)
    declared = {"topic": topic}
    if kind is not None and not (isinstance(own, Mapping) and own.get("purpose")):
        declared["purpose"] = kind.purpose.value
    return declared


def lacking(
    catalogue: Catalogue,
    topic: str,
    response: str,
    variations: Sequence[Mapping[str, Any]],
    channel: str,
    given: Mapping[str, Any],
) -> str | None:
    """Return a sentence on the words that a response still needs, None where it has all."""
    words = given_slots(catalogue, topic, given)
    missing = worded.unfilled(variations, channel, words)
    if not missing:
        return None
    names = ", ".join(f"`{name}`" for name in missing)
    return f"the response `{response}` needs {names}: give a value with `--slots`"


def given_slots(catalogue: Catalogue, topic: str, given: Mapping[str, Any]) -> dict[str, Any]:
    """Return the words for the thing asked for: what was given, else its own short name.

    A person's slot may hold another thing by now than the one they asked to be told of.
    """
    kind = catalogue.type_of(topic)
    named = kind.slot if kind is not None else None
    if named is None or ":" not in topic or named in given:
        return dict(given)
    return {named: thing_of(topic), **given}


def _words_given(message: Mapping[str, Any]) -> dict[str, Any]:
    """Return what an action passed beside its response: texts and numbers, by their names."""
    metadata = message.get("metadata")
    layers = (metadata if isinstance(metadata, Mapping) else {}, message)
    return {
        name: value
        for layer in layers
        for name, value in layer.items()
        if isinstance(value, str | int | float) and name not in _RASAS_OWN
    }
