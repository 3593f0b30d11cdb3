"""A Rasa project as the rules see it; all frozen, all with places."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cached_property
from typing import Protocol

from .source import Source
from .tree import Branch, Leaf, Row, Tree
from .words import language

EXTERNAL = "EXTERNAL_"
#: Rasa's own channel to the same platform.
MESSENGER_CHANNELS = ("facebook",)


class Verdict(Protocol):
    """What a judge of promotional wording says of a text."""

    @property
    def promotional(self) -> bool:
        """Whether the text sells."""

    @property
    def reasons(self) -> tuple[str, ...]:
        """Sentences that name the words that spoke."""

    @property
    def words(self) -> tuple[str, ...]:
        """Those words alone."""


Judge = Callable[[str, "str | None"], Verdict]


@dataclass(frozen=True)
class Options:
    """What a project may set; lengths in characters as people count them.

    *preview_width* is ours, as no number is published by the platform: about what two lines of a
    phone's notification hold.
    """

    preview_width: int = 80
    longest_text: int = 320
    longest_paragraph: int = 50  # words
    easiest: int = 50  # the lowest reading ease, of 100, that is not worth a word
    channel: str = "messenger"
    judge: Judge | None = None
    at: datetime | None = (
        None  # when the rules are asked; None: when every known change is in force
    )


@dataclass(frozen=True)
class Said:
    """A text and what is known of it; *name* is the response's, where there is one."""

    text: str
    options: Options
    purpose: str = "reply"
    name: str = ""
    language: str | None = None
    not_promotional: bool = False  # its author says so, and why

    @property
    def proactive(self) -> bool:
        """Tell whether it is anything but an answer."""
        return self.purpose != "reply"

    @cached_property
    def tongue(self) -> str | None:
        """Return the language it is declared in, or looks to be in."""
        return self.language or language(self.text)


@dataclass(frozen=True, eq=False)
class Choice:
    """A button or a quick reply as it was written; *kind* is `button` or `quick reply`."""

    kind: str
    body: Tree

    def leaf(self, *names: str) -> Leaf | None:
        """Return the first of these keys that holds a scalar."""
        if not isinstance(self.body, Branch):
            return None
        return next((leaf for name in names if (leaf := self.body.leaf(name)) is not None), None)

    @cached_property
    def title(self) -> Leaf | None:
        """Return what a person reads on it."""
        return self.leaf("title")

    @cached_property
    def payload(self) -> Leaf | None:
        """Return what comes back when it is tapped."""
        return self.leaf("payload")

    @cached_property
    def type(self) -> str:
        """Return the platform's type; a postback where none is named and it is no link."""
        named = self.leaf("type", "button_type", "content_type")
        if named is not None:
            return named.value
        is_link = self.leaf("url") is not None and self.payload is None
        return "web_url" if is_link else "postback"


@dataclass(frozen=True)
class Template:
    """A template of the platform inside a message: its type and its payload."""

    kind: Leaf
    payload: Branch


@dataclass(frozen=True, eq=False)
class Declared:
    """What a message declares in `messenger:`; None where a key is not there."""

    body: Tree | None = None

    def leaf(self, name: str) -> Leaf | None:
        """Return the value of one key."""
        return self.body.leaf(name) if isinstance(self.body, Branch) else None

    @cached_property
    def purpose(self) -> str:
        """Return the declared purpose, `reply` where none is."""
        leaf = self.leaf("purpose")
        return leaf.value if leaf is not None else "reply"

    @cached_property
    def topic(self) -> str | None:
        """Return the declared topic."""
        leaf = self.leaf("topic")
        return leaf.value if leaf is not None else None


@dataclass(frozen=True)
class Condition:
    """A condition of a variation: a slot has a value."""

    slot: str
    value: Leaf


@dataclass(frozen=True, eq=False)
class Message:
    """One variation of a response, or one message that an action writes itself.

    *name* is the response's name, or the action's; *heads* are the offsets of the lines that stand
    for the whole of it.
    """

    name: str
    at: Tree
    heads: tuple[int, ...]
    body: Branch
    text: Leaf | None = None
    texts: tuple[Leaf, ...] = ()
    buttons: tuple[Choice, ...] = ()
    quick_replies: tuple[Choice, ...] = ()
    inner_buttons: tuple[tuple[Choice, ...], ...] = ()  # of templates, a row each
    elements: tuple[tuple[Tree, ...], ...] = ()  # carousels, each a row of elements
    templates: tuple[Template, ...] = ()
    customs: tuple[Branch, ...] = ()
    channel: Leaf | None = None
    conditions: tuple[Condition, ...] = ()
    declared: Declared = field(default_factory=Declared)
    language: str | None = None  # asked for by a condition
    in_action: bool = False

    @cached_property
    def titles(self) -> tuple[Leaf, ...]:
        """Return every title that a person reads: of choices, of elements, of cards."""
        found = [choice.title for choice in self.choices]
        for row in self.elements:
            for element in row:
                if isinstance(element, Branch):
                    found += [element.leaf("title"), element.leaf("subtitle")]
        found += [template.payload.leaf("title") for template in self.templates]
        return tuple(leaf for leaf in found if leaf is not None)

    @cached_property
    def choices(self) -> tuple[Choice, ...]:
        """Return every button and quick reply, in the order written."""
        inner = tuple(choice for row in self.inner_buttons for choice in row)
        return (*self.buttons, *self.quick_replies, *inner)

    @property
    def proactive(self) -> bool:
        """Tell whether it declares to be anything but an answer."""
        return self.declared.purpose != "reply"

    def asks_to_notify(self) -> bool:
        """Tell whether it holds a request for a one-time notification."""
        return any(template.kind.value == "one_time_notif_req" for template in self.templates)


@dataclass(frozen=True, eq=False)
class Response:
    """A response of the domain and its variations."""

    name: Leaf
    messages: tuple[Message, ...]


@dataclass(frozen=True, eq=False)
class Call:
    """A call of `utter_message` in an action.

    *response* is the response it names; *message* what it says itself; *open* tells that names or
    keywords are only known when it runs; *path* names the blocks of its function that it is in,
    each with its place, its arm and whether it ends by leaving; *goes_on* tells that the function
    itself says what comes next, or that choices are only known when it runs.
    """

    action: str | None
    at: Leaf
    response: Leaf | None
    message: Message | None
    keywords: tuple[Leaf, ...] = ()
    open: bool = False
    declared: Declared = field(default_factory=Declared)
    path: tuple[tuple[int, str, bool], ...] = ()
    goes_on: bool = False

    def excludes(self, other: Call) -> bool:
        """Tell whether only one of two calls of a function runs: each is in an arm of its own."""
        for mine, its in zip(self.path, other.path, strict=False):
            if mine != its:
                return mine[0] == its[0] and mine[1] != its[1]
        return False

    def follows(self, other: Call) -> bool:
        """Tell whether this is said after another call whenever, or wherever, that is said."""
        if other.at.start >= self.at.start or not self.path or self.path[:1] != other.path[:1]:
            return False
        mine, its = self.path, other.path
        shared = min(len(mine), len(its))
        if mine[:shared] != its[:shared]:
            return False
        return not any(leaves for _, _, leaves in its[shared:])


@dataclass(frozen=True, eq=False)
class Mapping:
    """One way in which a slot is filled."""

    type: str
    body: Branch
    entity: str | None
    intents: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class Slot:
    """A slot of the domain."""

    name: Leaf
    initial: bool  # it has a value from the beginning
    mappings: tuple[Mapping, ...]


@dataclass(frozen=True, eq=False)
class Form:
    """A form and the slots that it asks for."""

    name: Leaf
    required: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class Step:
    """One step of a rule or story: `intent`, `user`, `action`, `slot`, `loop` or `other`.

    *value* of a loop is its form, None where it ends; of a slot whether it is set to something.
    """

    kind: str
    name: Leaf
    value: str | None = None
    entities: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class Story:
    """A rule or a story."""

    kind: str
    name: Leaf
    loop: str | None  # the form that a rule's condition wants active
    steps: tuple[Step, ...]
    conditions: tuple[Step, ...] = ()


@dataclass(frozen=True, eq=False)
class Turn:
    """What happens between two words of the person; *before* are the story's earlier steps."""

    story: Story
    intents: tuple[Step, ...]
    before: tuple[Step, ...]
    steps: tuple[Step, ...]
    last: bool  # nothing of the story follows

    @property
    def actions(self) -> tuple[Leaf, ...]:
        """Return the names of its actions in order."""
        return tuple(step.name for step in self.steps if step.kind == "action")


@dataclass(frozen=True, eq=False)
class Examples:
    """The training examples of one intent, as one block."""

    intent: Leaf
    block: Tree | None


@dataclass(frozen=True, eq=False)
class Project:
    """Everything that was read; *kinds* tells what kinds of file were there."""

    options: Options = field(default_factory=Options)
    sources: tuple[Source, ...] = ()
    kinds: frozenset[str] = frozenset()
    responses: tuple[Response, ...] = ()
    intents: tuple[Leaf, ...] = ()
    slots: tuple[Slot, ...] = ()
    forms: tuple[Form, ...] = ()
    actions: tuple[Leaf, ...] = ()
    stories: tuple[Story, ...] = ()
    nlu: tuple[Examples, ...] = ()
    calls: tuple[Call, ...] = ()
    config: Branch | None = None
    channels: tuple[tuple[Leaf, Tree], ...] = ()
    alerts: Row | None = None
    alerts_file: str | None = None  # on disk
    guard: Branch | None = None  # `policy_guard` of endpoints.yml
    alerts_problem: tuple[Source, int, str] | None = None  # file, line, sentence
    sets: frozenset[str] = frozenset()  # slots that the code of actions names
    paths: tuple[tuple[str, str], ...] = ()  # shown path, path on disk
    whole: bool = False  # all of its files were read, not a part that somebody named

    @cached_property
    def messages(self) -> tuple[Message, ...]:
        """Return every message that a person may read, of responses and of actions."""
        said = tuple(message for response in self.responses for message in response.messages)
        return said + tuple(call.message for call in self.calls if call.message is not None)

    @cached_property
    def on_messenger(self) -> Project:
        """Return the project without the variations that only another channel says."""
        ours = {None, self.options.channel, *MESSENGER_CHANNELS}

        def is_ours(message: Message) -> bool:
            return (message.channel.value if message.channel is not None else None) in ours

        if all(is_ours(message) for response in self.responses for message in response.messages):
            return self
        responses = tuple(
            replace(response, messages=tuple(filter(is_ours, response.messages)))
            for response in self.responses
        )
        return replace(self, responses=responses)

    @cached_property
    def said(self) -> tuple[tuple[Message, Leaf, Said], ...]:
        """Return every running text with its message."""
        return tuple(
            (message, leaf, self.words_of(message, leaf))
            for message in self.messages
            for leaf in message.texts
        )

    @cached_property
    def said_in_titles(self) -> tuple[tuple[Message, Leaf, Said], ...]:
        """Return every title with its message."""
        return tuple(
            (message, leaf, self.words_of(message, leaf))
            for message in self.messages
            for leaf in message.titles
        )

    @cached_property
    def said_of_alerts(self) -> tuple[tuple[str, tuple[int, ...], Leaf, Said], ...]:
        """Return every title and description of the alert types: id, heads, scalar and words."""
        rows = self.alerts.items if self.alerts is not None else ()
        return tuple(
            (kind, (item.start,), leaf, Said(leaf.value, self.options, purpose, kind, code))
            for item in rows
            if isinstance(item, Branch)
            for kind, purpose in [(_word(item, "id"), _word(item, "purpose"))]
            for key in ("titles", "descriptions")
            for code, leaf in _by_language(item.branch(key))
        )

    def words_of(self, message: Message, leaf: Leaf) -> Said:
        """Return a text with what its message tells of it."""
        declared, reason = message.declared, message.declared.leaf("not_promotional")
        return Said(
            leaf.value,
            self.options,
            declared.purpose,
            message.name,
            message.language,
            not_promotional=reason is not None and not reason.is_null,
        )

    @cached_property
    def turns(self) -> tuple[Turn, ...]:
        """Return every turn of every rule and story."""
        return tuple(turn for story in self.stories for turn in _turns(story))

    @cached_property
    def by_name(self) -> dict[str, Response]:
        """Return the responses by name; of two with one name the later, as Rasa does."""
        return {response.name.value: response for response in self.responses}

    @cached_property
    def slot_names(self) -> frozenset[str]:
        """Return the names of all slots, Rasa's own included."""
        own = {"requested_slot", "session_started_metadata"}
        return frozenset({slot.name.value for slot in self.slots} | own)

    @cached_property
    def intent_names(self) -> frozenset[str]:
        """Return the names of all intents."""
        return frozenset(leaf.value for leaf in self.intents)

    @cached_property
    def uttered_in(self) -> dict[str, tuple[Turn, ...]]:
        """Return the turns in which each response is said, by a step or by an action's code."""
        by_action: dict[str, set[str]] = {}
        for call in self.calls:
            if call.action and call.response is not None:
                by_action.setdefault(call.action, set()).add(call.response.value)
        found: dict[str, list[Turn]] = {}
        for turn in self.turns:
            said = {name.value for name in turn.actions}
            for action in tuple(said):
                said |= by_action.get(action, set())
            for name in said:
                found.setdefault(name, []).append(turn)
        return {name: tuple(turns) for name, turns in found.items()}

    @cached_property
    def calls_of(self) -> dict[str, tuple[Call, ...]]:
        """Return the calls of `utter_message` by action, in the order written."""
        found: dict[str, list[Call]] = {}
        for call in self.calls:
            if call.action:
                found.setdefault(call.action, []).append(call)
        return {name: tuple(calls) for name, calls in found.items()}

    @cached_property
    def languages(self) -> tuple[str, ...]:
        """Return the languages that variations ask for by a condition, in order of appearance."""
        asked = (m.language for r in self.responses for m in r.messages if m.language)
        return tuple(dict.fromkeys(asked))


def _word(branch: Branch, key: str) -> str:
    leaf = branch.leaf(key)
    return leaf.value if leaf is not None else ""


def _by_language(words: Branch | None) -> Iterator[tuple[str, Leaf]]:
    for code, leaf in words.pairs if words is not None else ():
        if isinstance(leaf, Leaf) and not leaf.is_null:
            yield code.value, leaf


def _turns(story: Story) -> Iterator[Turn]:
    steps, begin = story.steps, 0
    while begin < len(steps):
        end = begin
        while end < len(steps) and steps[end].kind in ("intent", "user"):
            end += 1
        heads = steps[begin:end]
        begin_of_work = end
        while end < len(steps) and steps[end].kind not in ("intent", "user"):
            end += 1
        yield Turn(
            story,
            heads,
            story.conditions + steps[:begin],
            steps[begin_of_work:end],
            last=end == len(steps),
        )
        begin = end
