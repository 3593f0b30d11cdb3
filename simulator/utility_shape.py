"""Strict reading of a utility message: a template of the Page and what fills it in.

Its shape follows the page on utility messages (2026-03-13).
"""

from __future__ import annotations

from dataclasses import dataclass

from .reading import Reader

COMPONENTS = ("header", "body", "buttons")


@dataclass(frozen=True)
class UtilityCall:
    """A template and what fills it in; `names` are the parameters' names where they have any."""

    name: str
    language: str
    header: tuple[str, ...] = ()
    body: tuple[str, ...] = ()
    buttons: tuple[str, ...] = ()
    names: tuple[str | None, ...] = ()
    image: bool = False

    @property
    def texts(self) -> tuple[str, ...]:
        """Return the parameters that a person reads, the header's first."""
        return self.header + self.body


class UtilityReader(Reader):
    """Reads a utility message; every method raises RefusedError."""

    def utility_template(self, value: object, path: str) -> UtilityCall:
        """Return which template is filled in with what."""
        fields = self.fields(value, path, ("name", "language"), ("components",))
        name = self.text(fields["name"], f"{path}.name", self.limits["template_name"])
        language = self.fields(fields["language"], f"{path}.language", ("code",), ())
        code = self.text(language["code"], f"{path}.language.code", self.limits["template_name"])
        found: dict[str, list[str]] = {}
        names: list[str | None] = []
        image = False
        components = fields.get("components", [])
        for where, component in self.items(
            components, f"{path}.components", len(COMPONENTS), least=0
        ):
            part = self.fields(component, where, ("type",), ("parameters",))
            kind = self.choice(part["type"], f"{where}.type", COMPONENTS)
            if kind in found:
                raise self.wrong(f"`{where}` is a second {kind}")
            found[kind] = []
            for place, parameter in self.items(
                part.get("parameters", []), f"{where}.parameters", self.limits["payload"], least=0
            ):
                if kind == "buttons":
                    found[kind].append(self.button_parameter(parameter, place))
                elif kind == "header" and _is_image(parameter):
                    image = self.image_parameter(parameter, place)
                else:
                    text, known_as = self.text_parameter(parameter, place)
                    found[kind].append(text)
                    names.append(known_as)
        return UtilityCall(
            name=name,
            language=code,
            header=tuple(found.get("header", ())),
            body=tuple(found.get("body", ())),
            buttons=tuple(found.get("buttons", ())),
            names=tuple(names),
            image=image,
        )

    def text_parameter(self, value: object, path: str) -> tuple[str, str | None]:
        """Return the words and the name of one parameter."""
        fields = self.fields(value, path, ("type", "text"), ("parameter_name",))
        self.choice(fields["type"], f"{path}.type", ("text",))
        text = self.text(fields["text"], f"{path}.text", self.limits["template_text"], read=True)
        if not text.strip():
            raise self.wrong(f"`{path}.text` is empty")
        if "parameter_name" not in fields:
            return text, None
        self.since("utility_names", f"{path}.parameter_name")
        most = self.limits["template_name"]
        return text, self.text(fields["parameter_name"], f"{path}.parameter_name", most)

    def image_parameter(self, value: object, path: str) -> bool:
        """Check the picture of a header; return that there is one."""
        self.since("utility_image", f"{path}.image")
        fields = self.fields(value, path, ("type", "image"), ())
        image = self.fields(fields["image"], f"{path}.image", ("link",), ())
        self.link(image["link"], f"{path}.image.link")
        return True

    def button_parameter(self, value: object, path: str) -> str:
        """Return what fills in one button."""
        kind = value.get("type") if isinstance(value, dict) else None
        chosen = self.choice(kind, f"{path}.type", ("POSTBACK", "URL"))
        inner = "payload" if chosen == "POSTBACK" else "url"
        fields = self.fields(value, path, ("type", inner), ())
        return self.text(fields[inner], f"{path}.{inner}", self.limits["payload"])


def _is_image(parameter: object) -> bool:
    return isinstance(parameter, dict) and parameter.get("type") == "image"
