"""The people in the Page's inbox: they answer, take a conversation, and give it back.

Shapes follow the webhook event references for `messaging_handovers` (2024-2026).
"""

from __future__ import annotations

from typing import Any

from . import webhooks
from .act import Act
from .world import milliseconds

Json = dict[str, Any]
US = "us"
OUR_APP = str(webhooks.OUR_APP)
INBOX = str(webhooks.PAGE_INBOX)


def inbox_replies(act: Act) -> Json:
    """Somebody answers the person in the Page's inbox; the bot sees it as an echo."""
    said = {"text": act.text("text")}
    line = act.world.said(act.person, "page", act.at, said, kind="inbox")
    at_ms = milliseconds(act.own)
    inbox = webhooks.PAGE_INBOX
    return webhooks.echo(act.page_id, act.person.psid, at_ms, line.mid, said, app_id=inbox)


def inbox_passes_back(act: Act) -> Json:
    """Whoever has the thread gives it back to the bot."""
    before = act.person.thread_owner
    act.person.thread_owner = US
    return _changed(act, "pass_thread_control", before, OUR_APP)


def inbox_takes(act: Act) -> Json:
    """Somebody in the Page's inbox takes the thread from the bot."""
    act.person.thread_owner = INBOX
    return _changed(act, "take_thread_control", OUR_APP, INBOX)


def _changed(act: Act, event: str, before: str, after: str) -> Json:
    content: Json = {"new_owner_app_id": after}
    if before.isdecimal():
        content["previous_owner_app_id"] = before
    if act.maybe("metadata"):
        content["metadata"] = act.text("metadata")
    return act.event(**{event: content})
