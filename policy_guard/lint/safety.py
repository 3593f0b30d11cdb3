"""Rules of the family *safety*: what a stranger could start, read or take."""

from __future__ import annotations

import re
from collections.abc import Iterator

from . import table
from .findings import Finding, Rule, Severity, Spot, spot, within
from .model import EXTERNAL, Mapping, Message, Project
from .secrets import is_for_keys, personal, secrets
from .tree import Branch, Leaf, Row, walk
from .words import PLACEHOLDER
from .writing import without_key

#: Names of what decides; a `price_range` or a `job_role` is only told.
_PRIVILEGED = re.compile(
    r"(?:^|_)(?:admin|superuser|moderator|verified|authenticated|authorised|authorized|logged_in|"
    r"login|balance|credit_limit|discount|user_id|customer_id|account_id|psid|sender_id|"
    r"permissions?|consent|opted_in|age_verified)(?:_|$)|"
    r"^(?:is_)?(?:staff|employee|premium|vip|paid)$|^(?:is|has)_(?:been_)?paid$|^paid_(?:up|order)$|"
    r"(?:^|_)(?:order|invoice)_(?:is_)?paid$|_(?:premium|staff)_(?:user|member|account)$|"
    r"^(?:premium|staff)_(?:user|member|account)$|^(?:user_|account_|access_)?role$|"
    r"^(?:unit|item|order|total|final)_price$|"
    r"^can_(?:access|administer|approve|cancel_any|delete|edit|manage|refund|see_all|write)(?:_|$)",
    re.IGNORECASE,
)
_TYPED = frozenset({"from_entity", "from_text", "from_intent"})
_PRIVATE = re.compile(
    r"(?:^|_)(?:password|passwd|pwd|pin|pin_code|cvv|cvc|card_number|credit_card_number|iban|"
    r"account_number|ssn|social_security(?:_number)?|passport(?:_number)?|secret|token|diagnosis|"
    r"mot_de_passe|numero_carte|nir|securite_sociale)$",
    re.IGNORECASE,
)
_OWN_ACTIONS = ("utter_", "action_listen", "action_unlikely_intent", "action_default")
_GUARDED = re.compile(r"messenger", re.IGNORECASE)
_SHOWN = 4  # names in a sentence


def _typable_machine_intents(project: Project) -> Iterator[Finding]:
    for examples in project.nlu:
        if examples.intent.value.startswith(EXTERNAL) and examples.block is not None:
            says = (
                f"`{examples.intent.value}` is a machine's intent and has training examples: "
                "people can start it by writing"
            )
            yield Finding(spot(examples.intent), says, examples.intent.value)


def _privileged_slots(project: Project) -> Iterator[Finding]:
    for slot in project.slots:
        name = slot.name.value
        mapping = next((m for m in slot.mappings if _anybody_fills(m)), None)
        if mapping is not None and _PRIVILEGED.search(name):
            says = f"by its name `{name}` decides what people may do, and what they write sets it"
            yield Finding(spot(slot.name), says, name)


def _anybody_fills(mapping: Mapping) -> bool:
    return mapping.type in _TYPED and not any(
        intent.startswith(EXTERNAL) for intent in mapping.intents
    )


def _typed_orders(project: Project) -> Iterator[Finding]:
    """Find channels in which a typed `/intent` is obeyed, and intents that only it can start."""
    changing = _changing_intents(project)
    for name, _ in project.channels:
        if changing and not _GUARDED.search(name.value):
            listed = ", ".join(f"`{intent}`" for intent in changing[:_SHOWN])
            more = len(changing) - _SHOWN
            says = (
                f"on `{name.value}` a typed `/intent` is obeyed, and {listed}"
                f"{f' and {more} more' if more > 0 else ''} change what the bot knows"
            )
            yield Finding(spot(name), says, name.value)
    if "nlu" not in project.kinds:
        return
    taught = {e.intent.value.split("/", 1)[0] for e in project.nlu}
    tapped = {t for m in project.messages for c in m.choices if (t := _tapped(c.payload))}
    for intent in project.intents:
        called = intent.value
        reachable = called in taught | tapped or called.startswith(EXTERNAL)
        if called in changing and not reachable:
            says = f"`{called}` has no examples and no button: only who types it starts it"
            yield Finding(spot(intent), says, called)


def _tapped(payload: Leaf | None) -> str | None:
    found = re.match(r"\s*/([^\s{@]+)", payload.value) if payload is not None else None
    return found[1] if found else None


def _changing_intents(project: Project) -> list[str]:
    """Return the intents that run code of the project's own, or set a slot, in order of name."""
    forms = {form.name.value for form in project.forms}
    found = {
        step.name.value
        for turn in project.turns
        for step in turn.intents
        if any(
            not action.value.startswith(_OWN_ACTIONS) and action.value not in forms
            for action in turn.actions
        )
    }
    for slot in project.slots:
        for mapping in slot.mappings:
            if mapping.type == "from_intent":
                found |= set(mapping.intents)
    return sorted(name for name in found & project.intent_names if not name.startswith(EXTERNAL))


def _secrets(project: Project) -> Iterator[Finding]:
    for source in project.sources:
        for hit in secrets(source.text, keys=is_for_keys(source.path)):
            line, _ = source.place(hit.start)
            heads = (source.start_of(line),)
            says = f"{hit.what} stands here: keep it in the environment, and change it now"
            yield Finding(Spot(source, hit.start, hit.end, heads), says)


def _personal_data(project: Project) -> Iterator[Finding]:
    for message in project.messages:
        for leaf in (*message.texts, *message.titles):
            for hit in personal(leaf.value):
                where = within(leaf, hit.start, hit.end, message.heads)
                yield Finding(
                    where, f"{hit.what} stands in a text that everybody gets", message.name
                )
    for examples in project.nlu:
        for leaf in _blocks(examples.block):
            for hit in personal(leaf.value):
                where = within(leaf, hit.start, hit.end, (examples.intent.start,))
                says = f"{hit.what} stands in training data, and stays in the model"
                yield Finding(where, says, examples.intent.value)


def _blocks(tree: object) -> Iterator[Leaf]:
    if isinstance(tree, Leaf | Branch | Row):
        for _, value in walk(tree):
            if isinstance(value, Leaf):
                yield value


def _private_placeholders(project: Project) -> Iterator[Finding]:
    for message in project.messages:
        for leaf in (*message.texts, *message.titles):
            for found in PLACEHOLDER.finditer(leaf.value):
                if _PRIVATE.search(found[1].strip()):
                    where = within(leaf, found.start(), found.end(), message.heads)
                    says = f"`{found[0]}` shows on a locked phone, in the preview of the message"
                    yield Finding(where, says, message.name)


def _recipients(project: Project) -> Iterator[Finding]:
    for message in project.messages:
        for branch, key in _recipient_keys(message):
            says = (
                f"`{key.value}` in custom JSON names another recipient: "
                "Rasa's own channel would send it there"
            )
            fix = without_key(branch, key.value, f"take `{key.value}` out", safe=True)
            yield Finding(spot(key, message.heads), says, message.name, fix)


def _recipient_keys(message: Message) -> Iterator[tuple[Branch, Leaf]]:
    for custom in message.customs:
        for key, _ in custom.pairs:
            if key.value in table.RECIPIENT:
                yield custom, key


_E, _W = Severity.ERROR, Severity.WARNING
RULES = (
    Rule("S501", "machine-intent-typable", _E, _typable_machine_intents),
    Rule("S502", "privileged-slot", _W, _privileged_slots),
    Rule("S503", "typed-order", Severity.NOTE, _typed_orders),
    Rule("S504", "secret-in-file", _E, _secrets),
    Rule("S505", "personal-data", _W, _personal_data),
    Rule("S506", "private-placeholder", _W, _private_placeholders),
    Rule("S507", "recipient-in-custom", _E, _recipients),
)
