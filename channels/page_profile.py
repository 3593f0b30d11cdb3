"""The Page's Messenger profile over HTTP: read, set and deleted; no message can leave from here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from .page_client import PageClient, PlatformSilentError
from .profile import FIELDS

_PATH = "me/messenger_profile"


class PageProfile(PageClient):
    """The same client of one Page, for its profile."""

    def there(self) -> dict[str, Any]:
        """Return the properties that are set."""
        rows = self.get(_PATH, {"fields": ",".join(FIELDS)}).get("data")
        if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
            raise PlatformSilentError("the platform's answer has no profile")
        return {name: value for row in rows for name, value in row.items() if name in FIELDS}

    def set(self, properties: Mapping[str, Any]) -> None:
        """Set properties, each as a whole."""
        self._done(self.change("POST", _PATH, properties))

    def delete(self, names: Sequence[str]) -> None:
        """Delete properties."""
        self._done(self.change("DELETE", _PATH, {"fields": list(names)}))

    def _done(self, answer: Mapping[str, Any]) -> None:
        if answer.get("result") != "success":
            raise PlatformSilentError("the platform does not say that the profile was changed")
