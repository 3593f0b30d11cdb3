"""The Page's utility templates over HTTP: list them, create one; no message can leave from here.

Shapes: Utility messages (2026-03-13); the name of the field that tells why one was rejected is that
of the platform's own SDK (`MessengerBusinessTemplate`, facebook-business 26.0.3).
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import requests

from policy_guard.errors import GuardError

from .cli_project import masked
from .settings import ChannelSettings
from .utility_templates import CATEGORY, Template

TIMEOUTS = (3.0, 20.0)  # seconds to connect, and between two bytes of the answer
FIELDS = "name,language,status,category,rejected_reason,components"
_AT_ONCE = 100
_MOST_PAGES = 100
_SAYS_NOTHING = {"", "NONE"}  # a reason that is none
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


@dataclass(frozen=True)
class Listed:
    """A template as the platform tells of it."""

    id: str
    name: str
    language: str
    status: str
    reason: str | None
    components: object = None


class PageTemplates:
    """A synchronous client of one Page's templates; use it in one thread and close it."""

    def __init__(self, settings: ChannelSettings) -> None:
        self._base = f"{settings.graph_url.rstrip('/')}/{settings.graph_version}"
        token, secret = settings.page_token, settings.secrets[0]
        self._proof = hmac.new(secret.encode(), token.encode(), hashlib.sha256).hexdigest()
        self._secrets = (token, *settings.secrets, self._proof)
        self._session = requests.Session()
        self._session.trust_env = False  # a proxy or a .netrc would see, or change, who we are
        self._session.headers["Authorization"] = f"Bearer {token}"

    def close(self) -> None:
        """Close the connections."""
        self._session.close()

    def page_id(self) -> str:
        """Return the id of the Page that the token belongs to."""
        return _text(self._get("me", {"fields": "id"}), "id")

    def all(self, page: str) -> list[Listed]:
        """Return every utility template of a Page."""
        found: list[Listed] = []
        question = {"fields": FIELDS, "limit": str(_AT_ONCE)}
        for _ in range(_MOST_PAGES):
            answer = self._get(f"{page}/message_templates", question)
            rows = answer.get("data")
            if not isinstance(rows, list):
                raise PlatformSilentError("the platform's list of templates is no list")
            found += [_listed(row) for row in rows if _is_utility(row)]
            after = _next(answer)
            if after is None:
                return found
            question = {**question, "after": after}
        raise PlatformSilentError("the platform's list of templates has no end")

    def create(self, page: str, template: Template) -> Listed:
        """Create a template and return what the review said of it at once."""
        body = {**template.as_json(), "appsecret_proof": self._proof}
        try:
            answer = self._call("POST", f"{page}/message_templates", {}, body)
        except PlatformSilentError as problem:
            raise PlatformSilentError(
                f"{problem}, so it is not known whether the template was created: "
                "`policy-guard templates list` tells"
            ) from None
        known_as, status = _text(answer, "id"), _text(answer, "status").upper()
        reason = None
        if status == "REJECTED":
            told = self._get(known_as, {"fields": "status,rejected_reason"})
            reason = _reason(told)
        return Listed(known_as, template.name, template.language, status, reason)

    def _get(self, path: str, question: Mapping[str, str]) -> dict[str, Any]:
        # a GET has no body: the proof stands in the address, worth nothing without the token
        return self._call("GET", path, {**question, "appsecret_proof": self._proof}, None)

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


def _is_utility(row: object) -> bool:
    return isinstance(row, dict) and row.get("category", CATEGORY) == CATEGORY


def _listed(row: Mapping[str, Any]) -> Listed:
    return Listed(
        id=_text(row, "id"),
        name=_text(row, "name"),
        language=_text(row, "language"),
        status=_text(row, "status").upper(),
        reason=_reason(row),
        components=row.get("components"),
    )


def _reason(row: Mapping[str, Any]) -> str | None:
    reason = row.get("rejected_reason")
    return reason if isinstance(reason, str) and reason not in _SAYS_NOTHING else None


def _next(answer: Mapping[str, Any]) -> str | None:
    """Return the mark after which the next page of a list begins, None on the last."""
    paging = answer.get("paging")
    if not isinstance(paging, dict) or not paging.get("next"):
        return None
    cursors = paging.get("cursors")
    after = cursors.get("after") if isinstance(cursors, dict) else None
    return after if isinstance(after, str) and after else None


def _text(answer: Mapping[str, Any], key: str) -> str:
    found = answer.get(key)
    if not isinstance(found, str) or not found:
        raise PlatformSilentError(f"the platform's answer has no `{key}`")
    return found
