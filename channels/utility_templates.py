"""Utility templates as the platform takes them, built from a response and checked before sending.

Pure. Shapes and reasons for rejection: Utility messages (2026-03-13). That page forbids too many
parameters for a text's length and names no number; one parameter to three words is our reading.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from .measure import units
from .shapes import BUTTONS, TEXT, Shaper
from .utility import template_text
from .values import JSON

CATEGORY = "UTILITY"
WORDS_PER_PARAMETER = 3

_NAME = re.compile(r"[a-z0-9_]{1,128}")
_LANGUAGE = re.compile(r"[a-z]{2,3}(_[A-Z]{2})?")
_PARAMETER = re.compile(r"\{\{\d+\}\}")
_BUTTON_TYPES = {"postback": ("POSTBACK", "payload"), "web_url": ("URL", "url")}
#: What a response may have beside text and buttons: quick replies are left out of the template.
_MAY_HAVE = ("text", "buttons", "quick_replies", "condition", "metadata", "channel", "id")

Judge = Callable[[str, str], "str | None"]


class TemplateError(ValueError):
    """A response that no utility template can say; the sentence tells why."""


@dataclass(frozen=True)
class Button:
    """A button of a template, with the words of the platform: POSTBACK or URL, and its target."""

    kind: str
    title: str
    target: str

    def as_json(self) -> dict[str, JSON]:
        """Return the button as the platform takes it."""
        key = "payload" if self.kind == "POSTBACK" else "url"
        return {"type": self.kind, "text": self.title, key: self.target}


@dataclass(frozen=True)
class Template:
    """A template of the Page in one language; *parameters* are the response's own names."""

    name: str
    language: str
    text: str
    parameters: tuple[str, ...] = ()
    buttons: tuple[Button, ...] = ()

    def as_json(self) -> dict[str, JSON]:
        """Return the body of the call that creates the template."""
        components: list[JSON] = [{"type": "BODY", "text": self.text}]
        if self.buttons:
            components.append({"type": "BUTTONS", "buttons": [b.as_json() for b in self.buttons]})
        return {
            "name": self.name,
            "language": self.language,
            "category": CATEGORY,
            "components": components,
        }

    def same_words(self, components: object) -> bool:
        """Tell whether components that the platform lists say what this template says."""
        body, buttons = "", []
        for one in components if isinstance(components, list) else ():
            if not isinstance(one, Mapping):
                continue
            if one.get("type") == "BODY":
                body = str(one.get("text", ""))
            elif one.get("type") == "BUTTONS" and isinstance(one.get("buttons"), list):
                buttons = [_told(b) for b in one["buttons"] if isinstance(b, Mapping)]
        return body == self.text and buttons == [_told(b.as_json()) for b in self.buttons]


def from_text(name: str, language: str, text: str) -> Template:
    """Return the template of plain words with `{placeholders}`."""
    body, parameters = template_text(text.strip())
    return Template(name, language, body, parameters)


def from_variation(
    name: str, language: str, variation: Mapping[str, object], response: str
) -> Template:
    """Return the template of a response's wording; raises TemplateError with a sentence."""
    for key in variation:
        if key not in _MAY_HAVE and variation[key]:
            raise TemplateError(f"`{response}` has `{key}`, which no template of words can carry")
    text = variation.get("text")
    words = from_text(name, language, text if isinstance(text, str) else "")
    return Template(
        name, language, words.text, words.parameters, tuple(_buttons(variation, response))
    )


def problems(template: Template, promotional: Judge | None = None) -> list[str]:
    """Return what the platform would reject a template for, in sentences; none where it may pass.

    *promotional* tells what sounds like promotion in a text of a language, None for nothing.
    """
    return list(_problems(template, promotional))


def ill_called(name: str | None = None, language: str | None = None) -> Iterator[str]:
    """Give what the platform would not take as the name or the language of a template."""
    if name is not None and not _NAME.fullmatch(name):
        yield f"the name `{name}` may only have a-z, digits and underscores"
    if language is not None and not _LANGUAGE.fullmatch(language):
        yield f"`{language}` is not a language such as `en` or `en_US`"


def _problems(template: Template, promotional: Judge | None) -> Iterator[str]:
    text, parameters = template.text, _PARAMETER.findall(template.text)
    yield from ill_called(template.name, template.language)
    if not text:
        yield "there are no words"
        return
    if units(text) > TEXT:
        yield f"the text has {units(text)} characters, and a message holds {TEXT}"
    if _PARAMETER.match(text):
        yield f"the text begins with the parameter `{{{template.parameters[0]}}}`"
    if parameters and text.endswith(parameters[-1]):
        yield f"the text ends with the parameter `{{{_last(template)}}}`"
    if re.search(r"[{}]", _PARAMETER.sub("", text)):
        yield "the text has a brace that belongs to no parameter"
    words = len(re.findall(r"\w+", _PARAMETER.sub(" ", text)))
    if len(parameters) * WORDS_PER_PARAMETER > words:
        yield (
            f"{len(parameters)} parameters among {words} words: at most one to "
            f"{WORDS_PER_PARAMETER} words"
        )
    said = "\n".join([text, *(button.title for button in template.buttons)])
    phrase = promotional(said, template.language) if promotional else None
    if phrase is not None:
        yield f"it sounds like promotion, which no utility template may be: {phrase}"


def _last(template: Template) -> str:
    number = int(_PARAMETER.findall(template.text)[-1].strip("{}"))
    return template.parameters[number - 1]


def _buttons(variation: Mapping[str, object], response: str) -> Iterator[Button]:
    """Give a response's buttons as they would be sent, so that the template shows the same."""
    shaper = Shaper()
    shown = shaper.buttons(variation.get("buttons"))
    if shaper.notes:
        raise TemplateError(f"`{response}`: {shaper.notes[0]}")
    if len(shown) > BUTTONS:
        raise TemplateError(f"`{response}` has {len(shown)} buttons, and a template {BUTTONS}")
    for button in shown:
        of_type = str(button["type"])
        if of_type not in _BUTTON_TYPES:
            raise TemplateError(
                f"`{response}` has a button of the type `{of_type}`, which no template has"
            )
        kind, key = _BUTTON_TYPES[of_type]
        title, target = str(button["title"]), str(button[key])
        if "{" in title + target:
            raise TemplateError(
                f"the button `{title}` of `{response}` has a brace: only the text is filled in"
            )
        yield Button(kind, title, target)


def _told(button: Mapping[str, object]) -> tuple[str, str, str]:
    kind = str(button.get("type"))
    target = button.get("payload") if kind == "POSTBACK" else button.get("url")
    return kind, str(button.get("text")), str(target)
