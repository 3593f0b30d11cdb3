"""What the author of a response declares about it: purpose, topic, push, how long it may wait."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from policy_guard.catalogue import Catalogue
from policy_guard.durations import duration
from policy_guard.errors import SettingsError
from policy_guard.vocabulary import DECLARED, IN_WORDS, LONGEST_TOPIC, TEMPLATE_NAME, Purpose, Push

#: What a person writes for the Page goes through the agents' route; no response of the bot's may
#: pass for it (HUMAN_AGENT: "automated messages" are what it may not carry).
PURPOSES = tuple(purpose.value for purpose in Purpose if purpose is not Purpose.HUMAN_AGENT)
PUSHES = tuple(push.value for push in Push)
_LINE = 80  # characters of a value that an error shows
_LARGE = 64  # bits
_PLACEHOLDER = re.compile(r"\{[^{}]*\}")


class DeclarationError(ValueError):
    """A declaration that cannot be understood; the sentence names the value and the response."""


@dataclass(frozen=True)
class Declaration:
    """What the author declared; None is not declared.

    `template` is no declaration of the author's but the response's own nature: the template type
    (`one_time_notif_req`, `customer_feedback`, `notification_messages`) that the platform's policy
    has rules of its own for. So are the title of a request for recurring notifications and what it
    asks for. `not_promotional` is why the words sell nothing, however they read.
    """

    purpose: str | None = None
    topic: str | None = None
    push: str | None = None
    hold_for: timedelta | None = None
    template: str | None = None
    request_title: str | None = None
    request_topic: str | None = None
    utility_template: str | None = None
    parameters: Mapping[str, str] = field(default_factory=dict)
    not_promotional: str | None = None


def read_declaration(
    message: Mapping[str, object], domain: Mapping[str, object] | None = None
) -> Declaration:
    """Return what a Rasa response declares; raises DeclarationError.

    Three places, the later overriding the earlier key by key: `domain` (the response's `messenger`
    map in the domain, for when an action's own metadata has replaced it), `metadata.messenger`, and
    `messenger`, which an action passes to `utter_message`. A key set to null there is undeclared.
    """
    where = _where(message)
    metadata = message.get("metadata")
    in_metadata = metadata.get("messenger") if isinstance(metadata, Mapping) else None
    said: dict[str, object] = {}
    for layer in (domain, in_metadata, message.get("messenger")):
        said.update(_layer(layer, where))
    return Declaration(
        purpose=_one_of(said.get("purpose"), "purpose", PURPOSES, where),
        topic=_topic(said.get("topic"), where),
        push=_one_of(said.get("push"), "push", PUSHES, where),
        hold_for=_hold_for(said.get("hold_for"), where),
        utility_template=_template(said.get("utility_template"), where),
        parameters=_parameters(said.get("parameters"), where),
        not_promotional=_reason(said.get("not_promotional"), where),
    )


def check_domain(variations: Iterable[Mapping[str, object]], catalogue: Catalogue) -> None:
    """Check what every response of the domain declares, before a person is waiting for one.

    Raises SettingsError with the first declaration that cannot be understood, or that names a topic
    which is not in the catalogue.
    """
    for variation in variations:
        try:
            topic = read_declaration(variation).topic
        except DeclarationError as problem:
            raise SettingsError(f"the domain: {problem}") from None
        if topic is not None and catalogue.type_of(topic) is None:
            where = _where(variation)
            raise SettingsError(f"the domain: topic `{topic}` of {where} is not in alerts.yml")


def _where(message: Mapping[str, object]) -> str:
    name = message.get("utter_action")
    return f"response `{name}`" if isinstance(name, str) and name else "a response without a name"


def _layer(layer: object, where: str) -> Mapping[str, object]:
    if layer is None:
        return {}
    if not isinstance(layer, Mapping):
        raise DeclarationError(f"`messenger` of {where} is `{_shown(layer)}`, not a map")
    for key in layer:
        if key not in DECLARED:
            known = ", ".join(f"`{name}`" for name in DECLARED)
            raise DeclarationError(f"`{_shown(key)}` of {where} is not one of {known}")
    return layer


def _one_of(value: object, key: str, known: tuple[str, ...], where: str) -> str | None:
    if value is None:
        return None
    if isinstance(value, str) and value in known:
        return str(value)
    words = ", ".join(f"`{word}`" for word in known)
    raise DeclarationError(f"{key} `{_shown(value)}` of {where} is not one of {words}")


def _topic(value: object, where: str) -> str | None:
    if value is None:
        return None
    if not isinstance(value, str) or not value.strip():
        raise DeclarationError(f"topic `{_shown(value)}` of {where} is not a text")
    if len(value) > LONGEST_TOPIC:
        raise DeclarationError(
            f"topic `{_shown(value)}` of {where} is longer than {LONGEST_TOPIC} characters"
        )
    if any(unicodedata.category(character) in ("Cc", "Cs") for character in value):
        raise DeclarationError(f"topic `{_shown(value)}` of {where} holds a control character")
    if _PLACEHOLDER.search(value):  # Rasa fills placeholders in texts, not in metadata
        raise DeclarationError(
            f"topic `{value}` of {where} is not filled in: pass the topic from an action"
        )
    return value


def _template(value: object, where: str) -> str | None:
    if value is None:
        return None
    if not isinstance(value, str) or not TEMPLATE_NAME.fullmatch(value):
        raise DeclarationError(
            f"utility_template `{_shown(value)}` of {where} may only have a-z, digits and "
            "underscores"
        )
    return value


def _reason(value: object, where: str) -> str | None:
    if value is None:
        return None
    if not isinstance(value, str) or not IN_WORDS.match(value):
        raise DeclarationError(
            f"not_promotional `{_shown(value)}` of {where} is not a reason in words"
        )
    return value


def _parameters(value: object, where: str) -> Mapping[str, str]:
    if value is None:
        return {}
    if not isinstance(value, Mapping):
        raise DeclarationError(f"parameters of {where} are `{_shown(value)}`, not a map")
    for name, word in value.items():
        if not isinstance(name, str) or not isinstance(word, str | int | float):
            raise DeclarationError(
                f"parameters of {where}: `{_shown(name)}` is `{_shown(word)}`, not a text"
            )
    return {name: str(word) for name, word in value.items()}


def _hold_for(value: object, where: str) -> timedelta | None:
    if value is None:
        return None
    try:
        return duration(value)
    except ValueError:
        raise DeclarationError(
            f"hold_for `{_shown(value)}` of {where} is not a duration such as `10m`, `3h` or `2d`"
        ) from None


def _shown(value: object) -> str:
    """Return a value as one short line; of what is no scalar only the kind."""
    if isinstance(value, bool | float):
        return str(value)
    if isinstance(value, int):
        return str(value) if value.bit_length() < _LARGE else "a very large number"
    if not isinstance(value, str):
        return type(value).__name__
    line = "".join(c if c.isprintable() else "\ufffd" for c in value[:_LINE])
    return line if len(value) <= _LINE else line + "…"
