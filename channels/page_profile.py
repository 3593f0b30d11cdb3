"""The Page's Messenger profile over HTTP: read, set and deleted; no message can leave from here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from .page_templates import PageTemplates, PlatformSilentError
from .profile import FIELDS

_PATH = "me/messenger_profile"


class PageProfile(PageTemplates):
    """The same client of one Page, for its profile."""

    def there(self) -> dict[str, Any]:
        """Return the properties that are set."""
        rows = self._get(_PATH, {"fields": ",".join(FIELDS)}).get("data")
        if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
            raise PlatformSilentError("the platform's answer has no profile")
        return {name: value for row in rows for name, value in row.items() if name in FIELDS}

    def set(self, properties: Mapping[str, Any]) -> None:
        """Set properties, each as a whole."""
        self._done(self._call("POST", _PATH, {}, {**properties, "appsecret_proof": self._proof}))

    def delete(self, names: Sequence[str]) -> None:
        """Delete properties."""
        body = {"fields": list(names), "appsecret_proof": self._proof}
        self._done(self._call("DELETE", _PATH, {}, body))

    def _done(self, answer: Mapping[str, Any]) -> None:
        if answer.get("result") != "success":
            raise PlatformSilentError("the platform does not say that the profile was changed")
