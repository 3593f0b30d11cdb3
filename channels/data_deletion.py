"""The platform's data-deletion callback: its signed request, our answer and the status page.

The request's `user_id` is app-scoped (a person's id towards the app, not towards the Page):
developers.facebook.com/docs/development/create-an-app/app-dashboard/data-deletion-callback.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import html
import json
import re
from collections.abc import Sequence

from policy_guard.durations import clock_text
from policy_guard.languages import Languages
from policy_guard.privacy_rows import Forgotten

PATH = "data_deletion"
_MOST = 4096  # characters of a signed request
_ALGORITHM = "HMAC-SHA256"
_CODE = re.compile(r"[0-9a-f]{16}")
_HOST = re.compile(r"[A-Za-z0-9.-]{1,253}(:[0-9]{1,5})?|\[[0-9a-fA-F:]{2,45}\](:[0-9]{1,5})?")
_LOOPBACK = re.compile(r"(localhost|127\.[0-9.]+|\[::1\])(:[0-9]+)?")


def user_of(signed: str, secrets: Sequence[str]) -> str | None:
    """Return whose data is to be deleted; None where the request is not the platform's."""
    signature, dot, payload = signed.partition(".")
    if not dot or len(signed) > _MOST:
        return None
    given, body = _decoded(signature), _decoded(payload)
    if given is None or body is None:
        return None
    right = (
        hmac.new(secret.encode(), payload.encode(), hashlib.sha256).digest() for secret in secrets
    )
    if not any(hmac.compare_digest(given, one) for one in right):
        return None
    try:
        data = json.loads(body)
    except (ValueError, RecursionError):
        return None
    if not isinstance(data, dict) or str(data.get("algorithm")).upper() != _ALGORITHM:
        return None
    user = data.get("user_id")
    known = isinstance(user, str | int) and not isinstance(user, bool) and str(user).isalnum()
    return str(user) if known and len(str(user)) <= 64 else None  # noqa: PLR2004 - no id is longer


def page_address(host: str, path: str, code: str) -> str | None:
    """Return the public address of a request's page; None where *host* is no host's name.

    The platform calls us by the public name, so what it called is what a person can open.
    """
    if not _HOST.fullmatch(host):
        return None
    scheme = "http" if _LOOPBACK.fullmatch(host) else "https"
    return f"{scheme}://{host}{path.rstrip('/')}/{code}"


def is_code(text: str) -> bool:
    """Tell whether a text can be a code at all."""
    return _CODE.fullmatch(text) is not None


def page(code: str, found: Forgotten | None, accepts: str, languages: Languages) -> str:
    """Return the page for a person, in the language that the browser asks for first."""
    language = languages.get(accepts.strip().lower()[:2])
    if found is None:
        said, more = language.say("deletion_unknown"), ""
    else:
        at = clock_text(found.done_at or found.at)
        said = language.say("deletion_done" if found.done_at else "deletion_waits", at=at)
        more = f"<p>{html.escape(language.say('deletion_more', code=code))}</p>"
    title = html.escape(language.say("deletion_title"))
    return (
        f'<!doctype html><html lang="{language.code}"><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width">'
        f'<meta name="robots" content="noindex"><title>{title}</title>'
        f"<main><h1>{title}</h1><p>{html.escape(said)}</p>{more}</main></html>"
    )


def _decoded(text: str) -> bytes | None:
    try:
        return base64.urlsafe_b64decode(text.encode("ascii") + b"=" * (-len(text) % 4))
    except (binascii.Error, ValueError):
        return None
