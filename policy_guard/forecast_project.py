"""What a Rasa project may say to people, as messages that can be asked about, with their places."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from enum import Enum
from pathlib import Path
from typing import TypeVar

from . import catalogue
from .catalogue import AlertType, Catalogue, Consent
from .durations import duration
from .edition import Editions
from .errors import GuardError
from .lint import model as rasa
from .lint.reader import find, load
from .lint.tree import Branch, Leaf, Tree
from .vocabulary import GOVERNED, Feature, Message, Purpose, Push
from .yaml_place import load as load_yaml
from .yaml_place import read_text

#: Where a Rasa project keeps what it says.
FILES = (
    "domain.yml",
    "domain.yaml",
    "domain/**/*.yml",
    "domain/**/*.yaml",
    "data/**/*.yml",
    "data/**/*.yaml",
    "actions.py",
    "actions/**/*.py",
)
#: The intent with which the channel begins the turn of a comment or a visitor's post.
COMMENT = "EXTERNAL_comment"
_MEDIA = ("audio", "video", "file")
_E = TypeVar("_E", bound=Enum)


class ProjectError(GuardError):
    """A project cannot be read, or declares what nobody can understand; names file and line."""


@dataclass(frozen=True)
class Place:
    """A line (from 1) of a file."""

    file: str
    line: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}"


@dataclass(frozen=True)
class Sayer:
    """Who says a response: a `rule`, a `story` or an `action`, and where."""

    kind: str
    name: str
    place: Place


@dataclass(frozen=True)
class Subject:
    """Something that may be said to a person, as its author declared it.

    *kind* is `response` (a variation of one), `alert` (an alert type) or `action` (what an action
    says in its own way); *response* is the response that an action words anew, None for its own
    text. *after_comment*: a rule or story says it in answer to a comment.
    """

    kind: str
    name: str
    place: Place
    message: Message
    response: str | None = None
    sayers: tuple[Sayer, ...] = ()
    after_comment: bool = False
    at: Tree | None = field(default=None, compare=False)  # what declares it, in the project's files
    heads: tuple[int, ...] = field(default=(), compare=False)  # offsets that stand for all of it


def read(folder: Path, alerts: Path, editions: Editions) -> tuple[Subject, ...]:
    """Read a project's domain, alert types, stories and actions; raises a GuardError."""
    files = find([folder], FILES, ())
    project, problems = load(files, rasa.Options())
    if problems:
        raise ProjectError(str(problems[0]))
    if not project.responses:
        raise ProjectError(f"{folder}: holds no domain with responses")
    types = catalogue.load(alerts)
    reader = _Reader(project, types, editions)
    return (*reader.responses(), *_alert_subjects(types, alerts), *reader.calls())


def subjects(project: rasa.Project, types: Catalogue, editions: Editions) -> Iterator[Subject]:
    """Give what the responses and actions of a project say; raises ProjectError."""
    reader = _Reader(project, types, editions)
    yield from reader.responses()
    yield from reader.calls()


def alert_subject(kind: AlertType, place: Place) -> Subject:
    """Return an alert type as the message that `policy-guard notify` would send for it."""
    message = of_type(Message(purpose=kind.purpose, in_turn=False), kind)
    return Subject("alert", kind.id, place, message)


def _alert_subjects(types: Catalogue, file: Path) -> Iterator[Subject]:
    """Give each alert type as the message that `policy-guard notify` would send for it."""
    document = load_yaml(read_text(file, ProjectError), str(file), ProjectError)
    for index, kind in enumerate(types.types):
        yield alert_subject(kind, Place(str(file), document.line([index])))


def of_type(message: Message, kind: AlertType) -> Message:
    """Return a message as one of an alert type, whose topic, push and template it takes over."""
    topic = message.topic
    if topic is None or (topic == kind.id and kind.consent is Consent.ONE_TIME):
        thing = f":{kind.slot or 'thing'}" if kind.consent is Consent.ONE_TIME else ""
        topic = f"{kind.id}{thing}"
    return replace(
        message,
        topic=topic,
        push=message.push or kind.push,
        utility_template=message.utility_template or kind.utility_template,
    )


class _Reader:
    """Turns what the project says into messages."""

    def __init__(self, project: rasa.Project, types: Catalogue, editions: Editions) -> None:
        self._project = project
        self._types = types
        self._editions = editions
        self._sayers: dict[str, list[Sayer]] = {}
        for story in project.stories:
            for step in story.steps:
                if step.kind == "action":
                    sayer = Sayer(story.kind, story.name.value, _place(step.name))
                    self._sayers.setdefault(step.name.value, []).append(sayer)
        for call in project.calls:
            if call.response is not None:
                sayer = Sayer("action", call.action or call.response.value, _place(call.at))
                self._sayers.setdefault(call.response.value, []).append(sayer)

    def responses(self) -> Iterator[Subject]:
        """Give every variation of every response, once for each alert type it may be said for."""
        for response in self._project.by_name.values():
            name = response.name.value
            for variation in self._ours(response):
                for message in self._messages(variation, {}):
                    yield Subject(
                        "response",
                        name,
                        _place(variation.at),
                        message,
                        sayers=tuple(self._sayers.get(name, ())),
                        after_comment=self._after_comment(name),
                        at=variation.declared.leaf("purpose") or variation.at,
                        heads=variation.heads,
                    )

    def calls(self) -> Iterator[Subject]:
        """Give what actions say in their own way: their own texts, and responses declared anew."""
        for call in self._project.calls:
            name = call.action or "utter_message"
            given = _entries(call.declared.body)
            if call.message is not None and call.response is None:
                for message in self._messages(call.message, {}):
                    yield Subject("action", name, _place(call.at), message, at=call.at)
            response = call.response and self._project.by_name.get(call.response.value)
            if not response or not given:
                continue
            for variation in self._ours(response):
                for message in self._messages(variation, given):
                    yield Subject(
                        "action",
                        name,
                        _place(call.at),
                        message,
                        response=response.name.value,
                        at=call.at,
                    )

    def _ours(self, response: rasa.Response) -> Iterator[rasa.Message]:
        """Give the variations that Messenger may get."""
        for variation in response.messages:
            channel = variation.channel
            if channel is None or channel.value == self._project.options.channel:
                yield variation

    def _after_comment(self, response: str) -> bool:
        turns = self._project.uttered_in.get(response, ())
        return any(step.name.value == COMMENT for turn in turns for step in turn.intents)

    def _messages(self, said: rasa.Message, given: Mapping[str, Leaf]) -> Iterator[Message]:
        """Give the message that a variation is, for each alert type it may be said for.

        One that is no answer and names no topic gets it from who asks for it to be said.
        """
        message = self._message(said, {**_entries(said.declared.body), **given})
        kind = self._types.type_of(message.topic) if message.topic else None
        if kind is not None:
            yield of_type(message, kind)
            return
        kinds = [k for k in self._types.types if k.purpose is message.purpose]
        if not message.proactive or message.topic is not None or not kinds:
            yield message
            return
        yield from (of_type(message, each) for each in kinds)

    def _message(self, said: rasa.Message, declared: Mapping[str, Leaf]) -> Message:
        purpose = _purpose(declared) or self._tagged(said) or Purpose.REPLY
        plain = Message(
            purpose=purpose,
            topic=_text(declared, "topic"),
            parts=_parts(said),
            push=_choice(declared, "push", Push),
            template=_template(said),
            utility_template=_text(declared, "utility_template"),
            features=frozenset({Feature.MEDIA} if _has_media(said.body) else ()),
            in_turn=purpose is Purpose.REPLY,
        )
        leaf = declared.get("hold_for")
        if leaf is None:
            return plain
        try:
            return replace(plain, hold_for=duration(leaf.value))
        except ValueError as problem:
            raise ProjectError(f"{_place(leaf)}: {problem}") from None

    def _tagged(self, said: rasa.Message) -> Purpose | None:
        """Return the purpose of a message tag that custom JSON names."""
        for custom in said.customs:
            leaf = custom.leaf("tag")
            tag = self._editions.all[0].tag_named(leaf.value) if leaf else None
            if tag is not None:
                return tag.carries
        return None


def _place(tree: Tree) -> Place:
    return Place(tree.source.path, tree.source.place(tree.start)[0])


def _entries(tree: Tree | None) -> dict[str, Leaf]:
    if not isinstance(tree, Branch):
        return {}
    return {key.value: value for key, value in tree.pairs if isinstance(value, Leaf)}


def _text(declared: Mapping[str, Leaf], key: str) -> str | None:
    leaf = declared.get(key)
    return None if leaf is None or leaf.is_null else leaf.value


def _purpose(declared: Mapping[str, Leaf]) -> Purpose | None:
    return _choice(declared, "purpose", Purpose)


def _choice(declared: Mapping[str, Leaf], key: str, kind: type[_E]) -> _E | None:
    word = _text(declared, key)
    if word is None:
        return None
    try:
        return kind(word)
    except ValueError:
        known = ", ".join(f"`{member.value}`" for member in kind)
        place = _place(declared[key])
        raise ProjectError(f"{place}: {key} `{word}` is not one of {known}") from None


def _template(said: rasa.Message) -> str | None:
    kinds = [template.kind.value for template in said.templates]
    return next((kind for kind in GOVERNED if kind in kinds), None)


def _parts(said: rasa.Message) -> int:
    """Return how many messages it becomes; a text with its buttons is one."""
    others = ("image", "attachment", "elements")
    spoken = 1 if said.text is not None or said.buttons else 0
    return max(
        1, spoken + len(said.customs) + sum(said.body.get(key) is not None for key in others)
    )


def _has_media(tree: Tree) -> bool:
    """Tell whether a message carries audio, video or a file."""
    bodies = [tree] if isinstance(tree, Branch) else []
    custom = bodies[0].branch("custom") if bodies else None
    bodies += [b for b in (custom, custom and custom.branch("message")) if b is not None]
    attached = (body.branch("attachment") for body in bodies)
    kinds = (holder.leaf("type") for holder in attached if holder is not None)
    return any(kind is not None and kind.value in _MEDIA for kind in kinds)
