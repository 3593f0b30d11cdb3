"""The Page's utility templates over HTTP: list them, create one; no message can leave from here.

Shapes: Utility messages (2026-03-13); the name of the field that tells why one was rejected is that
of the platform's own SDK (`MessengerBusinessTemplate`, facebook-business 26.0.3).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from .page_client import PageClient, PlatformSilentError, text_of
from .utility_templates import CATEGORY, Template

FIELDS = "name,language,status,category,rejected_reason,components"
_AT_ONCE = 100
_MOST_PAGES = 100
_SAYS_NOTHING = {"", "NONE"}  # a reason that is none


@dataclass(frozen=True)
class Listed:
    """A template as the platform tells of it."""

    id: str
    name: str
    language: str
    status: str
    reason: str | None
    components: object = None


class PageTemplates(PageClient):
    """The same client of one Page, for its utility templates."""

    def all(self, page: str) -> list[Listed]:
        """Return every utility template of a Page."""
        found: list[Listed] = []
        question = {"fields": FIELDS, "limit": str(_AT_ONCE)}
        for _ in range(_MOST_PAGES):
            answer = self.get(f"{page}/message_templates", question)
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
        try:
            answer = self.change("POST", f"{page}/message_templates", template.as_json())
        except PlatformSilentError as problem:
            raise PlatformSilentError(
                f"{problem}, so it is not known whether the template was created: "
                "`policy-guard templates list` tells"
            ) from None
        known_as, status = text_of(answer, "id"), text_of(answer, "status").upper()
        reason = None
        if status == "REJECTED":
            told = self.get(known_as, {"fields": "status,rejected_reason"})
            reason = _reason(told)
        return Listed(known_as, template.name, template.language, status, reason)


def _is_utility(row: object) -> bool:
    return isinstance(row, dict) and row.get("category", CATEGORY) == CATEGORY


def _listed(row: Mapping[str, Any]) -> Listed:
    return Listed(
        id=text_of(row, "id"),
        name=text_of(row, "name"),
        language=text_of(row, "language"),
        status=text_of(row, "status").upper(),
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
