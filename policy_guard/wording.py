"""Tables of sentences in English and in French, for what is said beside the rules' own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from .sentences import LANGUAGES, said


@dataclass(frozen=True)
class Wording:
    """Sentences by key: (English, French); both name the same values."""

    table: Mapping[str, tuple[str, str]]

    def say(self, key: str, language: str, /, **values: object) -> str:
        """Return the sentence in `en` or `fr`; raises KeyError for a key that is not there."""
        form = self.table[key][LANGUAGES.index(language)]
        return form.format_map({name: shown(value, language) for name, value in values.items()})

    def get(self, key: str, language: str, other: str) -> str:
        """Return a sentence without values, or *other* where the table has none."""
        return self.say(key, language) if key in self.table else other


def shown(value: object, language: str) -> str:
    """Return a value as a sentence of this language shows it: a moment, a span, a sentence."""
    return said("plain", text=value).text(language)
