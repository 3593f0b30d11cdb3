"""The Page's own objects over HTTP, for the command line; no message can leave from here."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import requests

from policy_guard.errors import GuardError

from .cli_project import masked
from .proof import secret_proof
from .settings import ChannelSettings

TIMEOUTS = (3.0, 20.0)  # seconds to connect, and between two bytes of the answer
_WRONG_PARAMETER = 100
_WELL = range(200, 300)
_REFUSED = range(400, 500)


class PlatformSilentError(GuardError):
    """The platform could not be asked, or its answer is no answer."""


class PlatformRefusedError(GuardError):
    """The platform refused a call; *about_template* where it is this template that is wrong."""

    def __init__(self, sentence: str, *, about_template: bool) -> None:
        super().__init__(sentence)
        self.about_template = about_template


class PageClient:
    """A synchronous client of one Page; use it in one thread and close it."""

    def __init__(self, settings: ChannelSettings) -> None:
        self._base = f"{settings.graph_url.rstrip('/')}/{settings.graph_version}"
        token, secret = settings.page_token, settings.secrets[0]
        self._proof = secret_proof(secret, token)
        self._secrets = (token, *settings.secrets, self._proof)
        self._session = requests.Session()
        self._session.trust_env = False  # a proxy or a .netrc would see, or change, who we are
        self._session.headers["Authorization"] = f"Bearer {token}"

    def close(self) -> None:
        """Close the connections."""
        self._session.close()

    def page_id(self) -> str:
        """Return the id of the Page that the token belongs to."""
        return text_of(self.get("me", {"fields": "id"}), "id")

    def get(self, path: str, question: Mapping[str, str]) -> dict[str, Any]:
        """Return an object; raises PlatformSilentError or PlatformRefusedError."""
        # a GET has no body: the proof stands in the address, worth nothing without the token
        return self._call("GET", path, {**question, "appsecret_proof": self._proof}, None)

    def change(self, method: str, path: str, body: Mapping[str, Any]) -> dict[str, Any]:
        """Change an object and return the answer; raises as `get` does."""
        return self._call(method, path, {}, {**body, "appsecret_proof": self._proof})

    def _call(
        self, method: str, path: str, question: Mapping[str, str], body: Mapping[str, Any] | None
    ) -> dict[str, Any]:
        try:
            response = self._session.request(
                method,
                f"{self._base}/{path}",
                params=dict(question),
                json=None if body is None else dict(body),
                timeout=TIMEOUTS,
                allow_redirects=False,
            )
        except requests.RequestException as problem:
            # the cause is left out on purpose: it can carry the address with the proof
            kind = type(problem).__name__
            raise PlatformSilentError(f"`{self._base}` does not answer: `{kind}`") from None
        try:
            answer = response.json()
        except ValueError:
            answer = None
        error = answer.get("error") if isinstance(answer, dict) else None
        if isinstance(error, dict) and response.status_code in (*_WELL, *_REFUSED):
            raise self._refusal(error)
        if not isinstance(answer, dict) or error or response.status_code not in _WELL:
            raise PlatformSilentError(
                f"`{self._base}` answered `{response.status_code}`, which tells nothing"
            )
        return answer

    def _refusal(self, error: Mapping[str, Any]) -> PlatformRefusedError:
        code = error.get("code")
        says = masked(error.get("error_user_msg") or error.get("message"), self._secrets)
        return PlatformRefusedError(
            f"the platform refused with code `{code}`: {says or 'it does not say why'}",
            about_template=code == _WRONG_PARAMETER,
        )


def text_of(answer: Mapping[str, Any], key: str) -> str:
    """Return a text of an answer; raises PlatformSilentError where there is none."""
    found = answer.get(key)
    if not isinstance(found, str) or not found:
        raise PlatformSilentError(f"the platform's answer has no `{key}`")
    return found
