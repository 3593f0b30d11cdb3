"""Rules of the family *policy*: what the platform allows a business to say, when and how."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from policy_guard.durations import duration
from policy_guard.vocabulary import DECLARED, IN_WORDS, LONGEST_TOPIC, REASONS, TEMPLATE_NAME

from . import checks, table
from .adapt import finding, finding_at, of_texts
from .findings import Finding, Rule, Severity, Spot, spot
from .flow import machine_started, outside_window, said_unasked
from .model import EXTERNAL, Call, Declared, Message, Project, Turn
from .rewards import invites, reward
from .tree import Branch, Leaf, Row, Tree
from .words import PLACEHOLDER
from .writing import without_key

_STOP_INTENT = re.compile(
    r"(?:^|_)(?:stop|unsub\w*|opt_?out|cancel_(?:alerts?|subscription)|mute|désabon\w*|desabon\w*|"
    r"desinscri\w*|arret\w*)(?:_|$)",
    re.IGNORECASE,
)
#: Stops of a bus, and what is stopped that is no message.
_OTHER_STOP = re.compile(
    r"(?:^|_)(?:(?:bus|find|metro|nearest|next|prochain|train|tram|trouver|truck)_(?:arret|stop)s?|"
    r"stop_(?:card|che(?:ck|que)|id|list|location|name|number|over|payment|schedule|times?)|"
    r"arret_(?:bus|de|du|maladie|metro|tram|travail))(?:_|$)",
    re.IGNORECASE,
)
_OPT_IN_TEMPLATES = frozenset({"one_time_notif_req", "notification_messages"})


def _retired_tags(project: Project) -> Iterator[Finding]:
    for message in project.messages:
        for branch, _, leaf in _raw(message, ("tag",)):
            if isinstance(leaf, Leaf) and leaf.value in table.RETIRED_TAGS:
                says = f"the tag `{leaf.value}` is refused since 2026-04-27, inside the window too"
                fix = without_key(branch, "tag", "take the tag out", safe=True)
                yield Finding(spot(leaf, message.heads), says, message.name, fix)


def _raw_lawfulness(project: Project) -> Iterator[Finding]:
    for message in project.messages:
        for branch, key, value in _raw(message, table.LAWFULNESS):
            if isinstance(value, Leaf) and value.value in table.RETIRED_TAGS:
                continue  # said by the rule for retired tags
            says = (
                f"`{key.value}` in custom JSON is not sent: declare a purpose, "
                "and the guard chooses what is lawful"
            )
            fix = without_key(branch, key.value, f"take `{key.value}` out", safe=True)
            yield Finding(spot(key, message.heads), says, message.name, fix)


def _raw(message: Message, names: tuple[str, ...]) -> Iterator[tuple[Branch, Leaf, Tree]]:
    """Give the keys of these names at the top of custom JSON, where the platform has them."""
    for custom in message.customs:
        for branch in (custom, custom.branch("message")):
            for key, value in branch.pairs if branch is not None else ():
                if branch is not None and key.value in names:
                    yield branch, key, value


def _undeclared(project: Project) -> Iterator[Finding]:
    for response in project.responses:
        turns = said_unasked(project, response.name.value)
        silent = [message for message in response.messages if not message.proactive]
        if turns and silent and len(silent) == len(response.messages):
            intent = turns[0].intents[0].name.value
            says = (
                f"`{intent}` makes the bot say this unasked, and no purpose is declared: "
                "once the window is closed it is refused"
            )
            yield Finding(spot(response.name), says, response.name.value)
    for call in project.calls:
        action, message = call.action, call.message
        if action is None or message is None or call.response is not None or call.open:
            continue
        declares = any(word.value in ("messenger", "metadata") for word in call.keywords)
        turns = said_unasked(project, action)
        if turns and not declares:
            says = (
                f"`{turns[0].intents[0].name.value}` makes `{action}` say this unasked, and no "
                "purpose is declared: once the window is closed it is refused"
            )
            yield Finding(spot(message.text or call.at, message.heads), says, action)


def _several_parts(project: Project) -> Iterator[Finding]:
    for message in project.messages:
        parts = _parts(message)
        if _on_one_time(project, message) and len(parts) > 1:
            says = f"{_listed(parts)} are {len(parts)} messages, and a one-time token pays for one"
            yield Finding(spot(parts[1][1], message.heads), says, message.name)
    for turn in project.turns:
        if machine_started(turn):
            yield from _several_in(project, turn)


@dataclass(frozen=True)
class _Spoken:
    """What a turn says at one place: by a step, or by a call in the code of an action."""

    name: str
    place: Leaf
    says: str
    once: bool
    call: Call | None = None

    def with_(self, other: _Spoken) -> bool:
        """Tell whether both are said in one turn, as far as the code of actions tells."""
        if self.call is None or other.call is None or self.call.action != other.call.action:
            return all(one.call is None or len(one.call.path) <= 1 for one in (self, other))
        return self.call.follows(other.call) or other.call.follows(self.call)


def _several_in(project: Project, turn: Turn) -> Iterator[Finding]:
    spoken = list(_spoken(project, turn))
    for first in spoken:
        second = next((one for one in spoken if one is not first and one.with_(first)), None)
        if first.once and second is not None:
            says = (
                f"{second.says} follows {first.says} in one turn, "
                "and a one-time token pays for one message"
            )
            heads = (turn.story.name.start,) if second.call is None else (second.place.start,)
            yield Finding(spot(second.place, heads), says, second.name)
            return


def _spoken(project: Project, turn: Turn) -> Iterator[_Spoken]:
    """Give what a turn says, in order."""
    for step in turn.actions:
        name = step.value
        if name.startswith("utter_"):
            yield _Spoken(name, step, f"`{name}`", _is_once(project, name))
        for call in project.calls_of.get(name, ()):
            if call.response is not None:
                called = call.response.value
                once = call.declared.purpose == "alert" or _is_once(project, called)
                yield _Spoken(called, call.at, f"`{called}`", once, call)
            elif call.message is not None:
                once = _on_one_time(project, call.message)
                yield _Spoken(name, call.at, f"a message of `{name}`", once, call)


def _is_once(project: Project, name: str) -> bool:
    response = project.by_name.get(name)
    return response is not None and any(_on_one_time(project, m) for m in response.messages)


def _on_one_time(project: Project, message: Message) -> bool:
    topic = (message.declared.topic or "").split(":", 1)[0]
    return message.declared.purpose == "alert" or topic in _topics(project, once=True)


def _parts(message: Message) -> list[tuple[str, Tree]]:
    """Return what a message becomes on the wire, by key; texts in a row become one."""
    body = message.body
    found: list[tuple[str, Tree]] = []
    for name in ("text", "custom", "image", "attachment", "elements"):
        value = body.get(name)
        if isinstance(value, Row):
            found += [
                (f"`{name}`", item) for item in value.items[: None if name == "custom" else 1]
            ]
        elif value is not None and not (isinstance(value, Leaf) and value.is_null):
            found.append((f"`{name}`", value))
    joined = all(_plain_text(message, value) for _, value in found)
    return found[:1] if joined else found


def _plain_text(message: Message, part: Tree) -> bool:
    if isinstance(part, Branch):
        inner = part.branch("message") or part
        names = {key.value for key, _ in inner.pairs}
        return "text" in names and names <= {"text", "quick_replies", "metadata"}
    return part is message.body.get("text") and not message.buttons


def _listed(parts: list[tuple[str, Tree]]) -> str:
    names = [name for name, _ in parts]
    return ", ".join(names[:-1]) + " and " + names[-1]


def _requests_outside(project: Project) -> Iterator[Finding]:
    for message in project.messages:
        if not message.asks_to_notify():
            continue
        place = next(t.kind for t in message.templates if t.kind.value == "one_time_notif_req")
        turn = next(
            (t for t in project.uttered_in.get(message.name, ()) if outside_window(t)), None
        )
        if turn is not None:
            says = (
                f"`{turn.intents[0].name.value}` sends this request when the window may be closed: "
                "a request is only lawful inside of it"
            )
            yield Finding(spot(place, message.heads), says, message.name)
        elif message.proactive:
            says = (
                f"a request for a notification is an answer, not `{message.declared.purpose}`: "
                "it is only lawful inside the window"
            )
            yield Finding(spot(place, message.heads), says, message.name)


def _without_topic(project: Project) -> Iterator[Finding]:
    for message in project.messages:
        declared = message.declared
        purpose = declared.leaf("purpose")
        if purpose is None or declared.purpose not in table.CHOSEN or declared.topic:
            continue
        if declared.purpose == "alert" and (message.in_action or _topics(project, once=True)):
            continue  # its topic names the one thing asked for, and is only known when it is sent
        says = (
            f"`{declared.purpose}` without a topic: people can neither choose it nor stop it alone"
        )
        yield Finding(spot(purpose, message.heads), says, message.name)


def _topics(project: Project, *, once: bool | None = None) -> frozenset[str]:
    """Return the ids of alerts.yml, of those asked for *once* where that is asked."""
    found = set()
    for item in project.alerts.items if project.alerts is not None else ():
        name = item.leaf("id") if isinstance(item, Branch) else None
        consent = item.leaf("consent") if isinstance(item, Branch) else None
        is_once = consent is not None and consent.value == "one_time"
        if name is not None and once in (None, is_once):
            found.add(name.value)
    return frozenset(found)


def _unknown_topics(project: Project) -> Iterator[Finding]:
    if "alerts" not in project.kinds:
        return
    known = _topics(project)
    for name, heads, declared in _declarations(project):
        topic = declared.leaf("topic")
        if topic is None or PLACEHOLDER.search(topic.value):
            continue
        if topic.value.split(":", 1)[0] not in known:
            says = f"the topic `{topic.value}` is not in alerts.yml"
            yield Finding(spot(topic, heads), says, name)


def _declarations(project: Project) -> Iterator[tuple[str, tuple[int, ...], Declared]]:
    for message in project.messages:
        yield message.name, message.heads, message.declared
    for call in project.calls:
        if call.message is None:
            name = call.response.value if call.response is not None else call.action or ""
            yield name, (call.at.start,), call.declared


def _wrong_declarations(project: Project) -> Iterator[Finding]:
    for name, heads, declared in _declarations(project):
        for place, says in _faults(declared):
            yield Finding(spot(place, heads), says, name)
    for message in project.messages:
        metadata = message.body.branch("metadata")
        holders = [branch for branch in (message.body, metadata) if branch is not None]
        for branch in holders:
            for key, _ in branch.pairs:
                if key.value in DECLARED:
                    says = (
                        f"`{key.value}` declares nothing here: it belongs in `metadata.messenger`"
                    )
                    yield Finding(spot(key, message.heads), says, message.name)


def _faults(declared: Declared) -> Iterator[tuple[Tree, str]]:
    body = declared.body
    if body is None or (isinstance(body, Leaf) and body.is_null):
        return
    if not isinstance(body, Branch):
        yield body, "`messenger` is not a map of what is declared"
        return
    for key, value in body.pairs:
        if key.value not in DECLARED:
            known = ", ".join(f"`{name}`" for name in DECLARED)
            yield key, f"`{key.value}` is not one of {known}"
        elif key.value == "parameters":
            if not isinstance(value, Branch) and not (isinstance(value, Leaf) and value.is_null):
                yield value, "`parameters` are not a map of words"
        elif not isinstance(value, Leaf):
            yield value, f"`{key.value}` is not a word"
        elif not value.is_null:
            says = _fault(key.value, value.value)
            if says:
                yield value, says


def _fault(key: str, value: str) -> str | None:
    known = {"purpose": table.PURPOSES, "push": table.PUSHES}.get(key)
    if known is not None:
        words = ", ".join(f"`{word}`" for word in known)
        return None if value in known else f"{key} `{value}` is not one of {words}"
    if key == "hold_for":
        try:
            duration(value)
        except ValueError as problem:
            return f"hold_for {problem}"
        return None
    if key == "utility_template":
        if TEMPLATE_NAME.fullmatch(value):
            return None
        return f"utility_template `{value}` may only have a-z, digits and underscores"
    if key == "not_promotional":
        given = IN_WORDS.match(value)
        return None if given else f"not_promotional `{value}` is not a reason in words"
    if PLACEHOLDER.search(value):
        return f"topic `{value}` is never filled in: pass the topic from an action"
    return "the topic is longer than 200 characters" if len(value) > LONGEST_TOPIC else None


def _differing(project: Project) -> Iterator[Finding]:
    for response in project.responses:
        first, *others = response.messages or (None,)
        for message in others:
            if message is None or first is None:
                continue
            different = [k for k in REASONS if _word(message, k) != _word(first, k)]
            if different:
                key = different[0]
                ours, theirs = _word(message, key), _word(first, key)
                says = (
                    f"this variation's {key} is {_quoted(ours)}, and the first one's "
                    f"{_quoted(theirs)}: one response has one purpose in every language"
                )
                yield Finding(spot(_place(message), message.heads), says, message.name)


def _word(message: Message, key: str) -> str | None:
    leaf = message.declared.leaf(key)
    return leaf.value if leaf is not None else None


def _quoted(word: str | None) -> str:
    return "not declared" if word is None else f"`{word}`"


def _place(message: Message) -> Tree:
    return message.text or message.at


def _stops(intent: str) -> bool:
    return bool(
        _STOP_INTENT.search(intent)
        and not _OTHER_STOP.search(intent)
        and not intent.startswith(EXTERNAL)
    )


def _no_way_to_stop(project: Project) -> Iterator[Finding]:
    proactive = next((m for m in project.messages if m.proactive), None)
    if not project.kinds & {"rules", "stories"} or not project.intents:
        return
    if project.alerts is None and proactive is None:
        return
    begun = {step.name.value for turn in project.turns for step in turn.intents if turn.steps}
    if any(_stops(name) for name in begun):
        return
    says = "no rule or story answers a person who wants no more messages"
    if project.alerts is not None:
        yield Finding(spot(project.alerts), says, "alerts")
    elif proactive is not None:
        yield Finding(spot(_place(proactive), proactive.heads), says, proactive.name)


def _incentives(project: Project) -> Iterator[Finding]:
    asking = {m.name for m in project.messages if _opt_in(m)}
    beside = {
        name.value
        for turn in project.turns
        if any(action.value in asking for action in turn.actions)
        for name in turn.actions
    }
    for message in project.messages:
        leaves = (*message.texts, *message.titles)
        asks = message.name in asking or any(invites(leaf.value) for leaf in leaves)
        for leaf in leaves if asks or message.name in beside else ():
            found = reward(leaf.value, asks=asks)
            if found:
                says = f"`{found[0]}` rewards people for agreeing to messages"
                seen = checks.Seen(found.start(), found.end(), says)
                yield finding(seen, leaf, message)
    for kind, heads, leaf, said in project.said_of_alerts:
        # what a type of offers brings is its subject
        found = reward(leaf.value, asks=True) if said.purpose != "promotion" else None
        if found:
            says = f"`{found[0]}` rewards people for agreeing to messages"
            yield finding_at(checks.Seen(found.start(), found.end(), says), leaf, kind, heads)


def _opt_in(message: Message) -> bool:
    return any(template.kind.value in _OPT_IN_TEMPLATES for template in message.templates)


def _as_human(project: Project) -> Iterator[Finding]:
    for message in project.messages:
        purpose = message.declared.leaf("purpose")
        if purpose is not None and purpose.value == "human_agent":
            says = "`human_agent` is for what a person writes, and this is the bot's"
            yield Finding(spot(purpose, message.heads), says, message.name)


def _feedback(project: Project) -> Iterator[Finding]:
    for message in project.messages:
        purpose = message.declared.leaf("purpose")
        card = next((t for t in message.templates if t.kind.value == "customer_feedback"), None)
        if message.declared.purpose == "feedback" and card is None and purpose is not None:
            says = "`feedback` outside the window needs the template `customer_feedback`"
            yield Finding(spot(purpose, message.heads), says, message.name)
        elif card is not None and message.declared.purpose != "feedback":
            says = "the template `customer_feedback` goes with the purpose `feedback`"
            yield Finding(spot(card.kind, message.heads), says, message.name)


def _replaced_metadata(project: Project) -> Iterator[Finding]:
    for call in project.calls:
        given = next((leaf for leaf in call.keywords if leaf.value == "metadata"), None)
        response = project.by_name.get(call.response.value) if call.response else None
        if given is None or response is None:
            continue
        if any(message.declared.body is not None for message in response.messages):
            says = (
                f"`metadata=` takes the place of what `{response.name.value}` declares: "
                "pass `messenger=` for single keys"
            )
            yield Finding(spot(given, (call.at.start,)), says, response.name.value)


def _unusable_alerts(project: Project) -> Iterator[Finding]:
    if project.alerts_problem is None:
        return
    source, line, says = project.alerts_problem
    start = source.start_of(line)
    text = source.line(line)
    first = start + len(text) - len(text.lstrip())
    length = max(len(text.strip()), 1)
    quoted = (re.search(rf"(?<!\w){re.escape(q)}(?!\w)", text) for q in re.findall("`(.+?)`", says))
    named = next((found for found in quoted if found), None)
    if named is not None:
        first, length = start + named.start(), len(named[0])
    yield Finding(Spot(source, first, first + length, (first,)), says, "alerts")


_E, _W = Severity.ERROR, Severity.WARNING
RULES = (
    Rule("P201", "retired-tag", _E, _retired_tags),
    Rule("P202", "raw-lawfulness", _W, _raw_lawfulness),
    Rule("P203", "promotional-wording", _E, of_texts(checks.promotional, titles=True, alerts=True)),
    Rule("P204", "purpose-undeclared", _W, _undeclared),
    Rule("P205", "several-parts-on-one-token", _E, _several_parts),
    Rule("P206", "request-outside-window", _E, _requests_outside),
    Rule("P207", "alert-without-topic", _W, _without_topic),
    Rule("P208", "topic-unknown", _E, _unknown_topics),
    Rule("P209", "declaration-wrong", _E, _wrong_declarations),
    Rule("P210", "declarations-differ", _E, _differing),
    Rule("P211", "no-way-to-stop", _E, _no_way_to_stop),
    Rule("P212", "incentive-for-opt-in", _E, _incentives),
    Rule("P213", "bot-as-human-agent", _E, _as_human),
    Rule("P214", "feedback-without-template", _W, _feedback),
    Rule("P215", "survey-in-update", _E, of_texts(checks.survey_under_update, titles=True)),
    Rule("P216", "recurring-account-update", _E, of_texts(checks.recurring_account)),
    Rule("P217", "metadata-replaced", _W, _replaced_metadata),
    Rule("P218", "alerts-unusable", _E, _unusable_alerts),
)
