"""The Page's utility templates: created, reviewed at once by rules, and filled in.

Shapes and reasons for rejection follow the page on utility messages (2026-03-13). It says that no
text begins or ends with a parameter, yet its own sample of a header does: the rule is kept for
bodies only.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from .facts import Facts
from .known import UtilityTemplate
from .reading import Reader, refusal
from .reviewer import promotional_phrase
from .utility_shape import UtilityCall

Json = dict[str, Any]
STATUSES = ("APPROVED", "PENDING", "REJECTED", "PAUSED")
INCORRECT = "INCORRECT_PARAMS"
TOO_MANY = "PARAMS_TO_WORD_RATIO_EXCEED_LIMIT"
MARKETING = "TAG_SHOULD_BE_MARKETING"
_PLACEHOLDER = re.compile(r"\{\{([^{}]*)\}\}")


@dataclass(frozen=True)
class StoredTemplate:
    """A template of the Page as the platform keeps it."""

    id: str
    name: str
    language: str
    named: bool
    header: str | None
    image: bool
    body: str
    buttons: tuple[Mapping[str, Any], ...]
    components: list[Json]
    status: str
    reason: str | None

    @property
    def known(self) -> UtilityTemplate:
        """Return what the judge needs to know."""
        header, body = _placeholders(self.header or ""), _placeholders(self.body)
        targets = [str(b.get("payload") or b.get("url") or "") for b in self.buttons]
        return UtilityTemplate(
            name=self.name,
            language=self.language,
            status=self.status,
            header=len(set(header)),
            body=len(set(body)),
            buttons=sum(bool(_placeholders(target)) for target in targets),
            names=frozenset(header + body) if self.named else frozenset(),
            words=f"{self.header or ''}\n{self.body}",
            image=self.image,
        )

    def as_json(self) -> Json:
        """Return the template as the Graph API lists it."""
        shown: Json = {
            "id": self.id,
            "name": self.name,
            "language": self.language,
            "category": "UTILITY",
            "status": self.status,
            "parameter_format": "NAMED" if self.named else "POSITIONAL",
            "components": self.components,
        }
        return shown if self.reason is None else {**shown, "rejected_reason": self.reason}

    def filled(self, call: UtilityCall) -> Json:
        """Return the message a person sees: plain text, or a card when it has more than a body."""
        names = [n for n in call.names if n is not None]
        values = dict(zip(names, call.texts, strict=False)) if names else {}
        header = _fill(self.header or "", values or _numbered(call.header))
        body = _fill(self.body, values or _numbered(call.body))
        if not (header or self.buttons):
            return {"text": body}
        element: Json = {"title": header or self.name, "subtitle": body}
        if self.buttons:
            targets = iter(call.buttons)
            element["buttons"] = [_button(button, targets) for button in self.buttons]
        payload = {"template_type": "generic", "elements": [element]}
        return {"attachment": {"type": "template", "payload": payload}}


class Templates:
    """All templates of the Page, oldest first."""

    def __init__(self, facts: Facts) -> None:
        self._facts = facts
        self._all: dict[str, StoredTemplate] = {}

    def clear(self) -> None:
        """Forget them."""
        self._all.clear()

    def all(self) -> list[StoredTemplate]:
        """Return every template."""
        return list(self._all.values())

    def get(self, known_as: str) -> StoredTemplate | None:
        """Return the template with this id."""
        return self._all.get(known_as)

    def named(self, name: str, language: str) -> StoredTemplate | None:
        """Return the template with this name in this language."""
        for template in self._all.values():
            if (template.name, template.language) == (name, language):
                return template
        return None

    def known(self) -> tuple[UtilityTemplate, ...]:
        """Return what the judge needs to know of them."""
        return tuple(template.known for template in self._all.values())

    def create(self, body: object, moment: datetime, *, review: str) -> StoredTemplate:
        """Return a new template, reviewed unless `review` is "wait"; raises RefusedError."""
        template = _TemplateReader(moment, self._facts).template(body)
        if self.named(template.name, template.language) is not None:
            what = f"the template `{template.name}` exists in `{template.language}`"
            raise refusal(self._facts, "bad_parameter", what)
        reason = _rejection(template, self._facts)
        status = "REJECTED" if reason else "APPROVED" if review == "approve" else "PENDING"
        stored = replace(template, status=status, reason=reason)
        self._all[stored.id] = stored
        return stored

    def decide(self, known_as: str, status: str, reason: str | None) -> StoredTemplate:
        """Return the template with a new status; raises KeyError for an unknown id."""
        stored = replace(self._all[known_as], status=status, reason=reason)
        self._all[known_as] = stored
        return stored


class _TemplateReader(Reader):
    def template(self, value: object) -> StoredTemplate:
        if isinstance(value, dict) and "library_template_name" in value:
            raise self.not_imitated("library_template_name")
        fields = self.fields(
            value, "", ("name", "language", "category", "components"), ("parameter_format",)
        )
        self.not_before(self.facts.utility.start, "message_templates")
        most = self.limits["template_name"]
        name = self.text(fields["name"], "name", most)
        if not re.fullmatch(r"[a-z0-9_]+", name):
            raise self.wrong("`name` holds more than small letters, digits and underscores")
        language = self.text(fields["language"], "language", most)
        self.choice(fields["category"], "category", ("UTILITY",))
        named = False
        if "parameter_format" in fields:
            formats = ("NAMED", "POSITIONAL")
            named = self.choice(fields["parameter_format"], "parameter_format", formats) == "NAMED"
            if named:
                self.since("utility_names", "parameter_format NAMED")
        parts: dict[str, Json] = {}
        for where, component in self.items(fields["components"], "components", 3):
            kind = component.get("type") if isinstance(component, dict) else None
            chosen = self.choice(kind, f"{where}.type", ("HEADER", "BODY", "BUTTONS"))
            if chosen in parts:
                raise self.wrong(f"`{where}` is a second {chosen}")
            parts[chosen] = self.component(chosen, component, where)
        if "BODY" not in parts:
            raise self.wrong("`components` has no BODY")
        header = parts.get("HEADER", {})
        return StoredTemplate(
            id=str(secrets.randbelow(9 * 10**14) + 10**14),
            name=name,
            language=language,
            named=named,
            header=header.get("text"),
            image=header.get("format") == "IMAGE",
            body=parts["BODY"]["text"],
            buttons=tuple(parts.get("BUTTONS", {}).get("buttons", ())),
            components=list(fields["components"]),
            status="PENDING",
            reason=None,
        )

    def component(self, kind: str, value: object, where: str) -> Json:
        if kind == "BODY":
            fields = self.fields(value, where, ("type", "text"), ("example",))
        elif kind == "HEADER":
            fields = self.fields(value, where, ("type", "format"), ("text", "example"))
            formats = ("TEXT", "IMAGE")
            if self.choice(fields["format"], f"{where}.format", formats) == "IMAGE":
                self.since("utility_image", f"{where}.format IMAGE")
            elif "text" not in fields:
                raise self.wrong(f"`{where}.text` is missing")
        else:
            fields = self.fields(value, where, ("type", "buttons"), ())
            for place, button in self.items(
                fields["buttons"], f"{where}.buttons", self.limits["buttons"]
            ):
                self.button(button, place)
        if "text" in fields:
            self.text(fields["text"], f"{where}.text", self.limits["template_text"])
        return fields

    def button(self, value: object, where: str) -> None:
        kind = value.get("type") if isinstance(value, dict) else None
        if self.choice(kind, f"{where}.type", ("POSTBACK", "URL")) == "POSTBACK":
            fields = self.fields(value, where, ("type", "text", "payload"), ())
            self.text(fields["payload"], f"{where}.payload", self.limits["payload"])
        else:
            fields = self.fields(value, where, ("type", "text", "url"), ("example",))
            self.link(fields["url"], f"{where}.url")
        self.text(fields["text"], f"{where}.text", self.limits["button_title"])


def _rejection(template: StoredTemplate, facts: Facts) -> str | None:
    """Return why the review rejects a template, None when it approves."""
    texts = [text for text in (template.header, template.body) if text]
    if not all(_well_written(text, named=template.named) for text in texts):
        return INCORRECT
    if _PLACEHOLDER.match(template.body.strip()) or template.body.rstrip().endswith("}}"):
        return INCORRECT
    parameters = len(_placeholders(template.body))
    words = len(re.findall(r"\w+", _PLACEHOLDER.sub(" ", template.body)))
    if parameters > facts.utility.most_parameters_per_word * words:
        return TOO_MANY
    shown = [*texts, *(str(button["text"]) for button in template.buttons)]
    return MARKETING if promotional_phrase("\n".join(shown), facts) else None


def _well_written(text: str, *, named: bool) -> bool:
    if re.search(r"[{}]", _PLACEHOLDER.sub("", text)):
        return False
    found = list(dict.fromkeys(_placeholders(text)))
    if named:
        return all(re.fullmatch(r"[a-z][a-z0-9_]*", name) for name in found)
    return found == [str(number) for number in range(1, len(found) + 1)]


def _placeholders(text: str) -> list[str]:
    return [name.strip() for name in _PLACEHOLDER.findall(text)]


def _numbered(values: tuple[str, ...]) -> dict[str, str]:
    return {str(number): value for number, value in enumerate(values, start=1)}


def _fill(text: str, values: Mapping[str, str]) -> str:
    return _PLACEHOLDER.sub(lambda found: values.get(found.group(1).strip(), ""), text)


def _button(button: Mapping[str, Any], targets: Iterator[str]) -> Json:
    kind, key = ("web_url", "url") if button["type"] == "URL" else ("postback", "payload")
    target = str(button[key])
    if _PLACEHOLDER.search(target):
        target = _PLACEHOLDER.sub(next(targets, "").replace("\\", "\\\\"), target)
    return {"type": kind, "title": button["text"], key: target}


def matching(
    templates: list[StoredTemplate], wanted: Mapping[str, str]
) -> Iterator[StoredTemplate]:
    """Yield the templates that a search by name (any part of it), status or language finds."""
    for template in templates:
        if (
            wanted.get("name", "") in template.name
            and wanted.get("status", template.status) == template.status
            and wanted.get("language", template.language) == template.language
        ):
            yield template
