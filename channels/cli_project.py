"""What the commands that ask the platform read of a project: its credentials and its responses."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from policy_guard.errors import SettingsError, StoreError
from policy_guard.people import settle_page
from policy_guard.sql_store import SqlStore
from policy_guard.yaml_place import load, read_text

from .settings import ChannelSettings, read
from .utility import language_of

CHANNEL = "channels.messenger.MessengerInput"


@dataclass(frozen=True)
class Variation:
    """One wording of a response as its designer wrote it, in its language."""

    language: str
    content: Mapping[str, Any]


class Responses:
    """The responses of a domain file; every complaint names the file."""

    def __init__(self, file: Path, default_language: str) -> None:
        data = load(read_text(file, SettingsError), str(file), SettingsError).data
        responses = data.get("responses") if isinstance(data, Mapping) else None
        if not isinstance(responses, Mapping):
            raise SettingsError(f"{file}: has no `responses:`")
        self._file, self._default = file, default_language
        self._responses = responses

    @property
    def names(self) -> tuple[str, ...]:
        """Return the names of all responses, in the order of the file."""
        return tuple(str(name) for name in self._responses)

    def variations(self, name: str) -> tuple[Variation, ...]:
        """Return the wordings of a response; raises SettingsError where there are none."""
        listed = self._responses.get(name)
        if not isinstance(listed, list) or not listed:
            raise SettingsError(f"{self._file}: has no response `{name}`")
        for one in listed:
            if not isinstance(one, Mapping):
                raise SettingsError(f"{self._file}: a variation of `{name}` is not a map")
        return tuple(Variation(language_of(one, self._default), one) for one in listed)

    def by_language(self, name: str) -> dict[str, Mapping[str, Any]]:
        """Return the one wording of a response in each language, the default language first.

        Raises SettingsError where a language has several: what is approved or paid for is one text.
        """
        found: dict[str, Mapping[str, Any]] = {}
        for one in self.variations(name):
            if one.language in found:
                raise SettingsError(
                    f"{self._file}: `{name}` has several texts in `{one.language}`, and only one "
                    "of them could be used"
                )
            found[one.language] = one.content
        return dict(sorted(found.items(), key=lambda pair: pair[0] != self._default))


def credentials(file: Path, env: Mapping[str, str] | None = None) -> ChannelSettings:
    """Return the channel's settings from `credentials.yml`; raises SettingsError."""
    section = channel_section(file)
    if section is None:
        raise SettingsError(f"{file}: has no `{CHANNEL}:`")
    return read(section, os.environ if env is None else env)


def channel_section(file: Path) -> Mapping[str, Any] | None:
    """Return what `credentials.yml` says of the channel, None where it names none."""
    data = load(read_text(file, SettingsError), str(file), SettingsError).data
    section = data.get(CHANNEL) if isinstance(data, Mapping) else None
    return section if isinstance(section, Mapping) else None


def page_of(store: SqlStore, page_id: str) -> str:
    """Return the Page's id, now the store's; raises StoreError where the store has another."""
    with store.write() as tx:
        known = settle_page(tx, page_id)
    if known is not None:
        raise StoreError(
            f"the store `{store.shown}` belongs to the Page `{known}`, the token to `{page_id}`"
        )
    return page_id


def masked(text: object, secrets: Sequence[str]) -> str:
    """Return the platform's words without our secrets: it repeats a bad token in full."""
    words = text if isinstance(text, str) else ""
    for secret in secrets:
        words = words.replace(secret, "***")
    return words[:500]
