"""One `changes` item of a webhook, which is about the Page and not a conversation.

Comments and visitors' posts come in the field `feed` (Page webhooks), and may be answered in
private once ("Private replies", 2026-04-16). What became of a utility template comes under two
names, as the platform's own pages differ ("Utility messages", 2026-03-13; "Webhooks", 2026-05-05).
"""

from __future__ import annotations

from typing import Any

from . import events
from .events import Event
from .wire_json import Fields, StrangeError, millis, shown

TEMPLATE_FIELDS = frozenset({"message_template_status_update", "messenger_template_status_update"})
_POSTS = frozenset({"post", "status", "photo", "video", "share"})
_MS = 1000


def read_change(data: dict[str, Any], page_id: str, entry_ms: int | None) -> Event:
    """Return the event a change is; raises StrangeError for one that is not known."""
    change = Fields(data)
    field, value = change.text("field"), change.sub("value")
    if field == "feed":
        return _feed(value, page_id)
    if field in TEMPLATE_FIELDS:
        return _template(value, page_id, entry_ms)
    raise StrangeError(f"the field {shown(field)} is not read")


def _feed(value: Fields, page_id: str) -> Event:
    item, verb = value.text("item"), value.text("verb")
    author = value.sub("from").id("id")
    if verb != "add":
        raise StrangeError(f"a {shown(item)} of the feed with the verb {shown(verb)}")
    if author is None:
        raise StrangeError("it does not say which person it is about")
    if author == page_id:
        raise StrangeError("its author is the Page itself")
    if item == "comment":
        kind, name, found = "comment", "comment_id", value.required("comment_id")
    elif item in _POSTS:
        kind, name, found = "visitor_post", "post_id", value.required("post_id")
    else:
        raise StrangeError(f"a {shown(item)} of the feed is not read")
    seconds = value.whole("created_time")
    return events.Comment(
        kind=kind,
        page_id=page_id,
        psid=author,
        at_ms=None if seconds is None else millis(seconds * _MS),
        mid=None,
        standby=False,
        key=f"{kind}:{found}",
        opener="comment",
        text=value.text("message"),
        object_id=found,
        object_kind=name,
    )


def _template(value: Fields, page_id: str, entry_ms: int | None) -> Event:
    name = value.text("message_template_name") or value.required("name")
    language = value.text("message_template_language") or value.required("language")
    status = value.text("event") or value.required("status")
    told = f"{entry_ms or 0}"
    return events.TemplateStatus(
        kind="template_status",
        page_id=page_id,
        psid=None,
        at_ms=entry_ms,
        mid=None,
        standby=False,
        key=f"template_status:{name}:{language}:{status}:{told}"[:250],
        opener=None,
        name=name,
        language=language,
        status=status,
        reason=value.text("reason"),
        template_id=value.id("message_template_id") or value.id("id"),
    )
