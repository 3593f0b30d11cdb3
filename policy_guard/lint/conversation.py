"""Rules of the family *conversation*: a person always finds a way on, out, or to a person."""

from __future__ import annotations

import re
from collections.abc import Iterator

from .findings import Finding, Rule, Severity, spot, within
from .model import EXTERNAL, Call, Choice, Message, Project, Response, Turn
from .tree import Branch, Leaf
from .words import filled, language, sentences

_QUESTION = re.compile(r"\?[\s\"'”’»)\]]*(?:[^\w\s]\s*)*$")  # noqa: RUF001 - closing quotes
_HAND_OVER = re.compile(
    r"human|agent|hand_?-?(?:off|over)|operator|representative|advisor|adviser|support|conseill|"
    r"(?:speak|talk)_(?:to|with)|contact|humain|personne|call_?me|callback|escalat",
    re.IGNORECASE,
)
_A_BOT = re.compile(
    r"\b(?:(?:chat)?bots?|"
    r"robots?(?![- ](?:arms?|cuiseur|de cuisine|kits?|mowers?|tondeuse|vacuums?))|"
    r"(?:virtual|digital|automat(?:ed|ic)) (?:assistant|agent|helper|service)|"
    r"(?:am|are|fully|is|'m) automated|automated (?:answers?|chat|messages?|repl(?:y|ies)|system)|"
    # a program of courses and a vending machine are no bot
    r"(?:am|is|just|only|to|with|'m) a (?:machine|program)|computer program|"
    r"artificial (?:agent|assistant|intelligence)|"
    r"assistante? (?:virtuel(?:le)?|automatique|numérique)|"
    r"(?:message|réponse|service)s? automatiques?|"
    r"(?:(?:à|avec|par|suis) |qu')(?:un (?:automate|programme)|une machine)|"
    r"intelligence artificielle|asistente (?:virtual|automático)|assistente virtuale?|"
    r"virtuelle[rn]? assistent\w*)\b",
    re.IGNORECASE,
)
_PHONE_APOSTROPHE = "\u2019"
_INTENT = re.compile(r"\s*/(?P<name>[^\s{@]+)")
_RASA_OWN = frozenset({"restart", "back", "session_start"})


def _unanswerable(project: Project) -> Iterator[Finding]:
    for response in project.responses:
        name = response.name.value
        turns = project.uttered_in.get(name, ())
        if name.startswith("utter_ask_") or not turns:
            continue  # a form listens for the answer, or nobody says it
        if any(_goes_on(project, turn, name) for turn in turns):
            continue
        for message in response.messages:
            yield from _question(message)
    for call in project.calls:
        turns = project.uttered_in.get(call.action or "", ())
        if call.message is None or call.open or call.goes_on or not turns:
            continue
        name = call.action or ""
        more = any(_may_follow(other, call) for other in project.calls_of[name])
        if not more and not any(_goes_on(project, turn, name) for turn in turns):
            yield from _question(call.message)


def _question(message: Message) -> Iterator[Finding]:
    text = message.texts[-1] if message.texts else None
    if text is None or message.choices or message.elements:
        return
    # a smile behind the question is no sentence
    said = [s for s in sentences(text.value) if re.search(r"\w", s.text)]
    last = said[-1] if said else None
    if last is not None and _QUESTION.search(last.text):
        where = within(text, last.start, last.end, message.heads)
        says = "this asks, and nothing shows how to answer: offer quick replies"
        yield Finding(where, says, message.name)


def _may_follow(other: Call, call: Call) -> bool:
    """Tell whether an action may say more behind a call, which may show how to answer."""
    return other.at.start > call.at.start and not other.excludes(call)


def _goes_on(project: Project, turn: Turn, name: str) -> bool:
    """Tell whether a turn or its story shows what comes after a response."""
    if turn.story.kind == "story" and not turn.last:
        return True
    names = [action.value for action in turn.actions]
    if name not in names:
        return True  # said by an action's code, which may say more
    for following in names[names.index(name) + 1 :]:
        response = project.by_name.get(following)
        if response is None or any(message.choices for message in response.messages):
            return True
    return turn.story.loop is not None


def _forms_without_way_out(project: Project) -> Iterator[Finding]:
    if not project.kinds & {"rules", "stories"}:
        return
    for form in project.forms:
        if not form.required:
            continue
        if not any(_leaves(turn, form.name.value) for turn in project.turns):
            says = f"no rule or story lets a person leave `{form.name.value}` in the middle"
            yield Finding(spot(form.name), says, form.name.value)


def _leaves(turn: Turn, form: str) -> bool:
    """Tell whether in this turn a word of the person ends a form that was active before."""
    active = turn.story.loop == form
    for step in turn.before:
        if step.kind == "loop":
            active = step.value == form
    ends = any(
        (step.kind == "loop" and step.value is None) or step.name.value == "action_deactivate_loop"
        for step in turn.steps
    )
    return active and ends and bool(turn.intents)


def _no_fallback(project: Project) -> Iterator[Finding]:
    place = project.responses[0].name if project.responses else None
    if not project.kinds & {"rules", "stories"} or place is None:
        return
    said = {"utter_default", "utter_please_rephrase"} & set(project.by_name)
    caught = any(step.name.value == "nlu_fallback" for t in project.turns for step in t.intents)
    if not said and not caught:
        says = "nothing is said when the bot does not understand: there is no `utter_default`"
        yield Finding(spot(place), says, "utter_default")
    pipeline = project.config.key("pipeline") if project.config is not None else None
    if pipeline is None or project.config is None:
        return
    parts = {
        name.value
        for item in project.config.row("pipeline")
        if isinstance(item, Branch) and (name := item.leaf("name")) is not None
    }
    if parts and not any(part.endswith("FallbackClassifier") for part in parts):
        says = "no `FallbackClassifier`: what is not understood is taken for something else"
        yield Finding(spot(pipeline), says, "pipeline")


def _no_hand_over(project: Project) -> Iterator[Finding]:
    if not project.kinds & {"rules", "stories"} or not project.intents or not project.responses:
        return
    begun = {step.name.value for turn in project.turns for step in turn.intents if turn.steps}
    if not any(_HAND_OVER.search(name) for name in begun):
        says = "no rule or story answers a person who wants to talk to a person"
        yield Finding(spot(project.intents[0]), says, "intents")


def _never_says_bot(project: Project) -> Iterator[Finding]:
    said: dict[str, list[Message]] = {}
    for message in project.messages:
        if message.texts:
            code = message.language or "the default language"
            said.setdefault(code, []).append(message)
    for code, messages in said.items():
        if len(messages) < 2:  # noqa: PLR2004 - one sentence is no conversation
            continue
        texts = [
            text.value.replace(_PHONE_APOSTROPHE, "'")
            for message in messages
            for text in message.texts
        ]
        if not any(map(_A_BOT.search, texts)) and _readable(code, texts):
            where = "" if len(said) == 1 else f" in {_named(code)}"
            says = f"nothing that is said{where} tells people that they talk to a bot"
            yield Finding(spot(messages[0].at, messages[0].heads), says, messages[0].name)


def _readable(code: str, texts: list[str]) -> bool:
    """Tell whether texts are in a language whose words for a bot are known here."""
    return code[:2] in ("en", "fr") or any(map(language, texts))


def _named(code: str) -> str:
    return code if code.startswith("the ") else f"`{code}`"


def _missing_languages(project: Project) -> Iterator[Finding]:
    for response in project.responses:
        if not any(message.texts or message.templates for message in response.messages):
            continue
        if not any(m.language is None and _has_words(m) for m in response.messages):
            continue  # said by another rule, or nothing to translate
        has = {message.language for message in response.messages}
        for code in project.languages:
            if code not in has:
                says = f"there is no variation for people whose language is `{code}`"
                yield Finding(spot(response.name), says, response.name.value)


def _has_words(message: Message) -> bool:
    texts = (*message.texts, *(t for c in message.choices if (t := c.title) is not None))
    return any(re.search(r"[^\W\d_]{2}", text.value) for text in texts) or bool(message.templates)


def _nothing_to_say(project: Project) -> Iterator[Finding]:
    ours = project.options.channel
    for response in project.responses:
        usable = [m for m in response.messages if m.channel is None or m.channel.value == ours]
        if response.messages and not usable:
            named = ", ".join(
                dict.fromkeys(f"`{m.channel.value}`" for m in response.messages if m.channel)
            )
            says = f"every variation is for {named}: on `{ours}` nothing is said"
        elif response.messages and all(message.conditions for message in usable):
            says = "every variation has a condition: where none holds, nothing is said"
        elif not response.messages and not filled(response.name.value):
            says = "the response has no variation, so nothing is said"
        else:
            continue
        yield Finding(spot(response.name), says, response.name.value)


def _differing_choices(project: Project) -> Iterator[Finding]:
    for response in project.responses:
        first = next((m for m in response.messages if m.language is None and not m.channel), None)
        if first is None:
            continue
        wanted = _targets(first)
        for message in response.messages:
            if message.language is None or message.channel is not None:
                continue
            missing = [target for target in wanted if target not in _targets(message)]
            if missing:
                says = (
                    f"people whose language is `{message.language}` are not offered "
                    f"`{missing[0]}`, which others are"
                )
                place = message.text or message.at
                yield Finding(spot(place, message.heads), says, message.name)


def _targets(message: Message) -> list[str]:
    found = [_target(choice) for choice in message.choices]
    return list(dict.fromkeys(target for target in found if target))


def _target(choice: Choice) -> str | None:
    payload = choice.payload
    named = _INTENT.match(payload.value) if payload is not None else None
    return f"/{named['name']}" if named else None


def _dead_choices(project: Project) -> Iterator[Finding]:
    if "intents" not in project.kinds:
        return
    known = project.intent_names
    for message in project.messages:
        for choice in message.choices:
            payload = choice.payload
            named = _INTENT.match(payload.value) if payload is not None else None
            if named is None or payload is None:
                continue
            name = named["name"]
            if name.startswith(EXTERNAL) or name in _RASA_OWN:
                says = f"nobody may start `{name}` by a tap: the channel does not pass it on"
            elif name not in known and name.split("/", 1)[0] not in known:
                says = f"the domain has no intent `{name}`: the tap leads nowhere"
            else:
                continue
            yield Finding(spot(payload, message.heads), says, message.name)


def _unknown_responses(project: Project) -> Iterator[Finding]:
    if "responses" not in project.kinds:
        return
    known = set(project.by_name)
    bases = {name.split("/", 1)[0] for name in known}
    own = {leaf.value for leaf in project.actions if not leaf.value.startswith("utter_")}
    for story in project.stories:
        for step in story.steps:
            name = step.name.value
            if step.kind == "action" and name.startswith("utter_") and name not in known | bases:
                says = f"the response `{name}` is not in the domain: nothing is said"
                yield Finding(spot(step.name, (story.name.start,)), says, name)
    for call in project.calls:
        leaf = call.response
        if leaf is not None and leaf.value not in known | bases and not filled(leaf.value):
            says = f"the response `{leaf.value}` is not in the domain: nothing is said"
            yield Finding(spot(leaf, (call.at.start,)), says, leaf.value)
    for form in project.forms:
        for slot in form.required:
            asks = {
                f"{kind}_ask_{middle}{slot}"
                for kind in ("utter", "action")
                for middle in ("", f"{form.name.value}_")
            }
            if not asks & (known | own):
                says = f"nothing asks for `{slot}`: there is no `utter_ask_{slot}`"
                yield Finding(spot(form.name), says, form.name.value)


def _same_titles(project: Project) -> Iterator[Finding]:
    for message in project.messages:
        for row in (message.buttons, message.quick_replies, *message.inner_buttons):
            seen: dict[str, Leaf] = {}
            for choice in row:
                title = choice.title
                if title is None:
                    continue
                word = " ".join(title.value.split()).casefold()
                if word in seen:
                    says = f"two choices are called `{title.value}`"
                    yield Finding(spot(title, message.heads), says, message.name)
                seen[word] = title


def _twice(project: Project) -> Iterator[Finding]:
    seen: dict[str, Response] = {}
    for response in project.responses:
        name = response.name.value
        if name in seen:
            earlier = seen[name].name
            line, _ = earlier.source.place(earlier.start)
            says = (
                f"`{name}` is also in {earlier.source.path}:{line}: "
                "Rasa keeps one of the two and says nothing"
            )
            yield Finding(spot(response.name), says, name)
        seen[name] = response


_W = Severity.WARNING
RULES = (
    Rule("C301", "question-without-answer", _W, _unanswerable),
    Rule("C302", "form-without-way-out", _W, _forms_without_way_out),
    Rule("C303", "no-fallback", _W, _no_fallback),
    Rule("C304", "no-hand-over", _W, _no_hand_over),
    Rule("C305", "never-says-bot", _W, _never_says_bot),
    Rule("C306", "language-missing", _W, _missing_languages),
    Rule("C307", "nothing-to-say", _W, _nothing_to_say),
    Rule("C308", "choices-differ", _W, _differing_choices),
    Rule("C309", "dead-choice", Severity.ERROR, _dead_choices),
    Rule("C310", "response-unknown", Severity.ERROR, _unknown_responses),
    Rule("C311", "same-title-twice", _W, _same_titles),
    Rule("C312", "response-twice", Severity.ERROR, _twice),
)
