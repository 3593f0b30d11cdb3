"""A response as an approved utility template: its words taken apart into the template's parameters.

Pure. The designer writes one text with placeholders; the template that the platform approves has
the same words with `{{1}}`, `{{2}}` in their place (Utility messages, 2026-03-13), so what Rasa has
filled in is found again by laying the text over the variation that it came from.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from .values import JSON

_PLACEHOLDER = re.compile(r"\{(\w+)\}")
LANGUAGE_SLOT = "language"


@dataclass(frozen=True)
class Filled:
    """The parameters of a text in order, those without a value, and the language of its words."""

    values: tuple[str, ...]
    unfilled: tuple[str, ...]
    language: str


def template_text(text: str) -> tuple[str, tuple[str, ...]]:
    """Return a response's text as the platform writes templates, and its parameters in order.

    A placeholder that comes twice is one parameter.
    """
    names: list[str] = []

    def number(found: re.Match[str]) -> str:
        if found[1] not in names:
            names.append(found[1])
        return "{{" + str(names.index(found[1]) + 1) + "}}"

    return _PLACEHOLDER.sub(number, text), tuple(names)


def language_of(variation: Mapping[str, object], default: str) -> str:
    """Return the language that a variation of a response asks for in its condition."""
    conditions = variation.get("condition")
    for condition in conditions if isinstance(conditions, list) else ():
        if isinstance(condition, Mapping) and condition.get("name") == LANGUAGE_SLOT:
            return str(condition.get("value"))
    return default


def fill(
    text: str,
    variations: Iterable[Mapping[str, object]],
    given: Mapping[str, object],
    default_language: str,
) -> Filled | None:
    """Return the parameters of *text*, None where it comes from no variation.

    A value in *given* comes before what the text shows.
    """
    for variation in variations:
        form = variation.get("text")
        if not isinstance(form, str):
            continue
        shown = _laid_over(form, text)
        if shown is None:
            continue
        _, names = template_text(form)
        values = {**shown, **{k: str(v) for k, v in given.items() if v is not None}}
        unfilled = tuple(name for name in names if not _worth_saying(values.get(name, "")))
        language = language_of(variation, default_language)
        return Filled(tuple(values.get(name, "") for name in names), unfilled, language)
    return None


def body(name: str, language: str, values: Sequence[str]) -> dict[str, JSON]:
    """Return the message of a utility template filled with its parameters."""
    template: dict[str, JSON] = {"name": name, "language": {"code": language}}
    if values:
        parameters: list[JSON] = [{"type": "text", "text": value} for value in values]
        template["components"] = [{"type": "body", "parameters": parameters}]
    return {"message": {"template": template}}


def _laid_over(form: str, text: str) -> dict[str, str] | None:
    """Return what stands in *text* where *form* has placeholders, None where it does not fit."""
    pattern, end, seen = "", 0, set()
    for found in _PLACEHOLDER.finditer(form):
        pattern += re.escape(form[end : found.start()])
        name = found[1]
        pattern += f"(?P={name})" if name in seen else f"(?P<{name}>.*?)"
        seen.add(name)
        end = found.end()
    fits = re.fullmatch(pattern + re.escape(form[end:]), text, re.DOTALL)
    return None if fits is None else fits.groupdict()


def _worth_saying(value: str) -> bool:
    """Tell whether a value says something: Rasa fills a slot without a value with `None`."""
    return bool(value.strip()) and value != "None" and not _PLACEHOLDER.fullmatch(value)
