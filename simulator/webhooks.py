"""Webhook bodies: events, envelopes, bytes and their signature. Pure.

Shapes follow the webhook event references (2024-2026), the signature the webhooks page
(2026-05-05): HMAC-SHA256 with the app secret over the raw bytes, whose unicode is escaped with
lower-case hex.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Mapping, Sequence
from typing import Any

Json = dict[str, Any]
OUR_APP = 1
PAGE_INBOX = 263902037430900  # Messenger Platform, handover protocol
HANDOVER = ("pass_thread_control", "take_thread_control")


def encode(payload: object) -> bytes:
    """Return the bytes the platform sends for `payload`."""
    return json.dumps(payload, ensure_ascii=True, separators=(",", ":")).encode("ascii")


def sign(secret: str, raw: bytes) -> str:
    """Return the value of `X-Hub-Signature-256` for `raw`."""
    return "sha256=" + hmac.new(secret.encode(), raw, hashlib.sha256).hexdigest()


def envelope(
    page_id: str, at_ms: int, events: Sequence[tuple[Json, bool]], *, one_entry: bool = True
) -> Json:
    """Return one webhook body with all `events`, each beside whether it is a standby event."""
    groups = [list(events)] if one_entry else [[event] for event in events]
    return {"object": "page", "entry": [_entry(page_id, at_ms, group) for group in groups]}


def _entry(page_id: str, at_ms: int, events: Sequence[tuple[Json, bool]]) -> Json:
    entry: Json = {"id": page_id, "time": at_ms}
    for event, standby in events:
        key = "changes" if "field" in event else "standby" if standby else "messaging"
        entry.setdefault(key, []).append(event)
    return entry


def event(page_id: str, psid: str, at_ms: int, **content: Any) -> Json:
    """Return an event that comes from a person."""
    base: Json = {"sender": {"id": psid}, "recipient": {"id": page_id}, "timestamp": at_ms}
    return {**base, **content}


def feed(psid: str, name: str, at_ms: int, **content: Any) -> Json:
    """Return the change of the Page's feed that a person's comment or post is."""
    value = {"from": {"id": psid, "name": name}, "verb": "add", "created_time": at_ms // 1000}
    return {"field": "feed", "value": {**value, **content}}


def template_status(field: str, template: Mapping[str, Any], reason: str | None) -> Json:
    """Return the change that tells of a template's review.

    The page on it shows no sample; the keys are those of the sister platform's page (2026-04-13).
    """
    value = {
        "event": template["status"],
        "message_template_id": template["id"],
        "message_template_name": template["name"],
        "message_template_language": template["language"],
        "reason": reason or "NONE",
    }
    return {"field": field, "value": value}


def echo(
    page_id: str,
    psid: str,
    at_ms: int,
    mid: str,
    message: Mapping[str, Any],
    *,
    app_id: int = OUR_APP,
) -> Json:
    """Return the `message_echoes` event of a message that one of the Page's apps sent."""
    content: Json = {"is_echo": True, "app_id": app_id, "mid": mid}
    for key in ("metadata", "text"):
        if key in message:
            content[key] = message[key]
    attachments = [message["attachment"]] if "attachment" in message else message.get("attachments")
    if attachments:
        content["attachments"] = attachments
    return {
        "sender": {"id": page_id},
        "recipient": {"id": psid},
        "timestamp": at_ms,
        "message": content,
    }


def delivered(page_id: str, psid: str, at_ms: int, mid: str) -> Json:
    """Return the `message_deliveries` event that follows a message."""
    return event(page_id, psid, at_ms, delivery={"mids": [mid], "watermark": at_ms})


def on_standby(content: Json) -> Json:
    """Return an event as an app sees it whose thread another app owns: no postback payload."""
    if "postback" not in content:
        return content
    postback = {key: value for key, value in content["postback"].items() if key != "payload"}
    return {**content, "postback": postback}
