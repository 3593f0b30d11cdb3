"""Rules of the family *wording*: short, the point first, plain to everybody."""

from __future__ import annotations

import re
from collections.abc import Iterator

from . import checks
from .adapt import of_texts
from .findings import Finding, Rule, Severity, spot, within
from .model import EXTERNAL, Message, Project, Response, Step, Turn
from .tree import Leaf, walk
from .words import PLACEHOLDER, language

_BRACE = re.compile(r"[{}]")
_PAIRED = re.compile(rf"{PLACEHOLDER.pattern}|\{{\{{|\}}\}}")
_INTERPOLATED = frozenset(
    {"text", "image", "custom", "buttons", "attachment", "quick_replies"}
)  # what Rasa 3.6 fills in; metadata and elements stay as they are


def _placeholders(message: Message) -> Iterator[tuple[Leaf, str, int, int]]:
    """Give every placeholder of a response that Rasa fills: its scalar, name and span."""
    for key, value in message.body.pairs:
        if key.value not in _INTERPOLATED:
            continue
        for _, leaf in walk(value):
            if isinstance(leaf, Leaf) and "{" in leaf.value:
                for found in PLACEHOLDER.finditer(leaf.value):
                    if not _is_json(found[1]):
                        yield leaf, found[1], found.start(), found.end()


def _is_json(inside: str) -> bool:
    return inside.lstrip()[:1] in ('"', "'") or ":" in inside


def _braces(project: Project) -> Iterator[Finding]:
    """Find texts that Rasa cannot fill in: it stops, or sends them with their braces."""
    for response in project.responses:
        for message in response.messages:
            for key, value in message.body.pairs:
                if key.value not in _INTERPOLATED:
                    continue
                for _, leaf in walk(value):
                    if isinstance(leaf, Leaf) and (found := _unfillable(leaf.value)):
                        says, start, end = found
                        where = within(leaf, start, end, message.heads)
                        yield Finding(where, says, message.name)


def _unfillable(text: str) -> tuple[str, int, int] | None:
    """Return what goes wrong when Rasa fills this text in, and the characters that cause it."""
    if "{" not in text and "}" not in text:
        return None
    plain = text.replace("{{}}", "    ")
    if "{}" in plain:
        at = plain.index("{}")
        return "`{}` is filled with all that the bot knows of the person", at, at + 2
    names = {m[1] for m in PLACEHOLDER.finditer(text) if not _is_json(m[1])}
    try:
        said = _as_rasa_fills(text, dict.fromkeys(names, ""))
    except (ValueError, IndexError, AttributeError, TypeError):
        says = "a brace that is no placeholder: Rasa fails here, and the person gets no answer"
        at = _odd_brace(text)
        return says, at, at + 1
    left = next((name for name in sorted(names) if f"{{{name}}}" in said), None)
    if left is None:
        return None
    at = text.index(f"{{{left}}}")
    says = f"`{{{left}}}` stays as it is: Rasa fills nothing in where JSON has these braces"
    return says, at, at + len(left) + 2


def _odd_brace(text: str) -> int:
    """Return where the first brace stands that is neither a placeholder's nor doubled."""
    blank = _PAIRED.sub(lambda found: " " * len(found[0]), text)
    odd = _BRACE.search(blank) or _BRACE.search(text)
    return odd.start() if odd is not None else 0


def _as_rasa_fills(text: str, values: dict[str, str]) -> str:
    """Return a text as Rasa 3.6 fills it in: all of it, or nothing where a name is not known."""
    try:
        said = PLACEHOLDER.sub(r"{0[\1]}", text).format(values)
        return text.format({}) if "0[" in said else said
    except KeyError:
        return text


def _unknown_placeholders(project: Project) -> Iterator[Finding]:
    """Find placeholders that nothing fills: people read the braces."""
    if "slots" not in project.kinds and "intents" not in project.kinds:
        return
    for response in project.responses:
        given = _keywords(project, response)
        if given is None:
            continue
        for message in response.messages:
            for leaf, name, start, end in _placeholders(message):
                if name not in project.slot_names and name not in given:
                    says = f"no slot is called `{name}`: people read the braces, of the whole text"
                    yield Finding(within(leaf, start, end, message.heads), says, message.name)


def _keywords(project: Project, response: Response) -> frozenset[str] | None:
    """Return the words that actions pass to a response; None where that cannot be known."""
    name = response.name.value
    steps = {action.value for turn in project.turns for action in turn.actions}
    said_by_rasa = name in steps or name.startswith("utter_ask_")
    calls = [call for call in project.calls if call.response and call.response.value == name]
    if not said_by_rasa:
        if "actions" not in project.kinds or any(c.open for c in (*calls, *project.calls)):
            return None
        if not calls:
            return None
    return frozenset(leaf.value for call in calls for leaf in call.keywords)


def _empty_placeholders(project: Project) -> Iterator[Finding]:
    """Find placeholders whose slot may be empty when the response is said."""
    slots = {slot.name.value: slot for slot in project.slots}
    for response in project.responses:
        turns = project.uttered_in.get(response.name.value, ())
        for message in response.messages:
            seen: set[str] = set()
            for leaf, name, start, end in _placeholders(message):
                slot = slots.get(name)
                if slot is None or slot.initial or name in seen:
                    continue
                seen.add(name)
                if any(c.slot == name and not c.value.is_null for c in message.conditions):
                    continue
                turn = next((t for t in turns if not _is_set(project, t, response, name)), None)
                if turn is not None:
                    where = f"in the {turn.story.kind} `{turn.story.name.value}`"
                    says = f"`{{{name}}}` may be empty {where}: people then read `None`"
                    yield Finding(within(leaf, start, end, message.heads), says, message.name)


def _is_set(project: Project, turn: Turn, response: Response, slot: str) -> bool:
    """Tell whether a slot has a value in a turn by the time the response is said."""
    story = turn.story
    forms = {form.name.value: form for form in project.forms}
    by_code = slot in project.sets or "actions" not in project.kinds
    asked = [forms[story.loop]] if story.loop in forms else []
    for step in turn.before:
        if step.kind == "slot" and step.value == slot:
            return True
        if step.kind == "action" and step.name.value in forms:
            asked.append(forms[step.name.value])
    if any(slot in step.entities or _brings(project, step, slot) for step in turn.intents):
        return True
    for step in turn.steps:
        if step.kind == "action" and step.name.value == response.name.value:
            break
        if step.kind == "slot" and step.value == slot:
            return True
        if step.kind == "action" and step.name.value in forms:
            asked.append(forms[step.name.value])
        elif step.kind == "action" and not step.name.value.startswith("utter_") and by_code:
            return True
    else:  # the response is said by an action's code, which may have looked first
        return True
    return any(slot in form.required for form in asked)


def _brings(project: Project, step: Step, slot: str) -> bool:
    """Tell whether a slot is declared to come with this event of a machine."""
    event = step.name.value
    return event.startswith(EXTERNAL) and any(
        event in mapping.intents
        for one in project.slots
        if one.name.value == slot
        for mapping in one.mappings
    )


def _wrong_language(project: Project) -> Iterator[Finding]:
    for message in project.messages:
        for leaf in message.texts:
            asked = (message.language or "").lower()[:2]
            looks = language(leaf.value) if asked in ("en", "fr") else None
            if looks and looks != asked:
                says = (
                    f"this is said to people whose language is `{asked}`, and looks like `{looks}`"
                )
                yield Finding(spot(leaf, message.heads), says, message.name)


_W = Severity.WARNING
RULES = (
    Rule("W401", "text-long", _W, of_texts(checks.long_text)),
    Rule("W402", "key-point-late", _W, of_texts(checks.key_point_late)),
    Rule("W403", "greeting-first", _W, of_texts(checks.greeting_first)),
    Rule("W404", "value-unclear", _W, of_texts(checks.value_unclear)),
    Rule("W405", "shouting", _W, of_texts(checks.shouting, titles=True, alerts=True)),
    Rule("W406", "wall-of-text", _W, of_texts(checks.wall_of_text)),
    Rule("W407", "hard-to-read", _W, of_texts(checks.hard_to_read)),
    Rule("W408", "placeholder-may-be-empty", _W, _empty_placeholders),
    Rule("W409", "placeholder-unknown", Severity.ERROR, _unknown_placeholders),
    Rule("W410", "wrong-language", _W, _wrong_language),
    Rule("W411", "stray-space", _W, of_texts(checks.stray_space, titles=True, alerts=True)),
    Rule("W412", "repeated-marks", _W, of_texts(checks.many_marks, titles=True, alerts=True)),
    Rule("W413", "braces-not-filled", Severity.ERROR, _braces),
)
