"""One item of a webhook into one typed event: a reader for each kind the platform documents.

Kinds, fields and what a person's action opens: developers.facebook.com, Messenger Platform, webhook
event reference (read 2026-11-22) and "Policy" (2026-09-11). An item that is not what its reader
expects becomes `Unknown`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from . import events
from .events import Event
from .page_changes import read_change
from .wire_json import Fields, StrangeError, millis, shown

_AD = "ADS"  # `referral.source` of a Click-to-Messenger ad
_LONGEST_KEY_MID = 200  # characters; keys are indexed, and a real mid has under 120

# Kinds that concern the Page, or somebody without a PSID yet.
_NOBODYS = frozenset({"app_roles", "policy_enforcement", "checkbox_optin"})
# Kinds of which the Page itself can be the sender.
_PAGES_OWN = frozenset({"echo", "message_deleted"})


@dataclass(frozen=True)
class Item:
    """One item of one entry, with what the envelope says about it.

    `data` is storable; `page_id` is "" when the entry names none; `strange` is why the item is not
    to be read at all.
    """

    data: Any
    page_id: str
    standby: bool
    entry_ms: int | None
    strange: str | None
    change: bool = False  # of the Page, not of a conversation

    @property
    def fields(self) -> Fields:
        """The item as fields; something other than an object has none."""
        return Fields(self.data if isinstance(self.data, dict) else {})


def read(item: Item, page_id: str | None) -> Event:
    """Return the event an item is, for one Page or, without a `page_id`, for any."""
    try:
        return _known(item, page_id)
    except StrangeError as reason:
        common = _Common(item, _Ends.lenient(item, page_id))
        return events.Unknown(
            **common.values("unknown"), reason=str(reason), raw=events.canonical(item.data)
        )


def _known(item: Item, page_id: str | None) -> Event:
    if item.strange is not None:
        raise StrangeError(item.strange)
    if item.change:
        page = item.page_id or page_id or ""
        return read_change(item.fields.data, page, item.entry_ms)
    ends = _Ends.of(item, page_id)
    names = [name for name in _READERS if name in item.data]
    if len(names) != 1:
        raise StrangeError(_not_one(names, item.data))
    event = _READERS[names[0]](_Common(item, ends), item.fields.sub(names[0]))
    if event.psid is None and event.kind not in _NOBODYS:
        raise StrangeError("it does not say which person it is about")
    if ends.by_page and event.kind not in _PAGES_OWN:
        raise StrangeError("its sender is the Page itself")
    return event


def _not_one(names: list[str], data: dict[str, Any]) -> str:
    if names:
        return "it is of several kinds: " + ", ".join(f"`{name}`" for name in names)
    others = [name for name in data if name not in {"sender", "recipient", "timestamp"}]
    return f"{shown(others[0])} is no known kind" if others else "it says nothing"


@dataclass(frozen=True)
class _Ends:
    """Whose thread an item is about: its Page, its person, and whether the Page acted."""

    page_id: str
    person: str | None
    by_page: bool

    @classmethod
    def of(cls, item: Item, page_id: str | None) -> _Ends:
        sender = item.fields.sub("sender").id("id")
        recipient = item.fields.sub("recipient").id("id")
        message = item.fields.data.get("message")
        echo = isinstance(message, dict) and message.get("is_echo") is True
        named = sender if echo else recipient
        page = item.page_id or page_id or named or ""
        by_page = echo or (sender is not None and sender == page)
        if page_id is not None and sender and recipient and page_id not in {sender, recipient}:
            raise StrangeError("neither its sender nor its recipient is the Page")
        return cls(page, recipient if by_page else sender, by_page)

    @classmethod
    def lenient(cls, item: Item, page_id: str | None) -> _Ends:
        try:
            return cls.of(item, page_id)
        except StrangeError:
            return cls(item.page_id or page_id or "", None, False)


@dataclass(frozen=True)
class _Common:
    """Makes the fields that every event has."""

    item: Item
    ends: _Ends

    def values(
        self, kind: str, *, opener: str | None = None, mid: str | None = None, by_mid: bool = False
    ) -> dict[str, Any]:
        """Return the common fields; `by_mid` if the mid is this event's own and so its key."""
        return {
            "kind": kind,
            "page_id": self.ends.page_id,
            "psid": self.ends.person,
            "at_ms": self._at_ms(),
            "mid": mid,
            "standby": self.item.standby,
            "key": self._key(kind, mid if by_mid else None),
            "opener": opener,
        }

    def _at_ms(self) -> int | None:
        own = self.item.fields.data.get("timestamp")
        return self.item.entry_ms if own is None else millis(own)

    def _key(self, kind: str, mid: str | None) -> str:
        if mid is not None and len(mid) <= _LONGEST_KEY_MID:
            return f"{kind}:{mid}"
        # The item's own timestamp is in its JSON. The entry's is left out: nothing promises that a
        # redelivery repeats it.
        what = [kind, self.ends.page_id, self.ends.person, mid or self.item.data]
        return f"{kind}:{hashlib.sha256(events.canonical(what).encode()).hexdigest()}"


def _message(common: _Common, body: Fields) -> Event:
    mid = body.text("mid") or None
    body.flag("is_echo")
    if body.flag("is_deleted"):
        values = common.values("message_deleted", mid=mid, by_mid=True)
        return events.MessageDeleted(**values, by_page=common.ends.by_page)
    text, attachments = body.text("text"), _attachments(body)
    quick_reply = body.sub("quick_reply").text("payload")
    reply_to = body.sub("reply_to").text("mid")
    if mid is None and text is None and not attachments:
        raise StrangeError("`message` has neither `mid`, `text` nor `attachments`")
    # Without `is_echo` but from the Page it is an echo as well: a bot must not answer itself.
    if common.ends.by_page:
        return events.Echo(
            **common.values("echo", opener="echo", mid=mid, by_mid=True),
            text=text,
            quick_reply=quick_reply,
            attachments=attachments,
            reply_to=reply_to,
            app_id=body.id("app_id"),
            metadata=body.text("metadata"),
        )
    referred = _referred(body.sub("referral"))
    opener = "ad_click_message" if referred["ref_source"] == _AD else "message"
    return events.Message(
        **common.values("message", opener=opener, mid=mid, by_mid=True),
        **referred,
        text=text,
        quick_reply=quick_reply,
        attachments=attachments,
        reply_to=reply_to,
        commands=tuple(command.required("name") for command in body.subs("commands")),
    )


def _attachments(body: Fields) -> tuple[events.Attachment, ...]:
    found = [_attachment(one) for one in body.subs("attachments")]
    sticker = body.id("sticker_id")  # older bodies have it beside the attachment
    if sticker is not None and found and found[0].sticker_id is None:
        found[0] = replace(found[0], sticker_id=sticker)
    return tuple(found)


def _attachment(one: Fields) -> events.Attachment:
    payload = one.sub("payload")
    coordinates = payload.sub("coordinates")
    return events.Attachment(
        type=one.required("type"),
        url=payload.text("url") or one.text("url"),
        title=payload.text("title") or one.text("title"),
        sticker_id=payload.id("sticker_id"),
        latitude=coordinates.number("lat"),
        longitude=coordinates.number("long"),
        raw=events.canonical(one.data),
    )


def _referred(referral: Fields) -> dict[str, Any]:
    return {
        "ref": referral.text("ref"),
        "ref_source": referral.text("source"),
        "ref_type": referral.text("type"),
        "ad_id": referral.id("ad_id"),
    }


def _message_edit(common: _Common, body: Fields) -> Event:
    values = common.values("message_edit", opener="message_edit", mid=body.required("mid"))
    return events.MessageEdit(**values, text=body.text("text"), num_edit=body.whole("num_edit"))


def _postback(common: _Common, body: Fields) -> Event:
    mid = body.text("mid") or None
    return events.Postback(
        **common.values("postback", opener="postback", mid=mid, by_mid=True),
        **_referred(body.sub("referral")),
        title=body.text("title"),
        payload=body.text("payload"),
    )


def _referral(common: _Common, body: Fields) -> Event:
    referred = _referred(body)
    # The click on an ad alone opens nothing ("Policy", 2026-09-11); the message after it does.
    opener = "ad_click_without_message" if referred["ref_source"] == _AD else "referral"
    return events.Referral(**common.values("referral", opener=opener), **referred)


def _optin(common: _Common, body: Fields) -> Event:
    kind = body.text("type")
    if kind == "one_time_notif_req":
        name = "one_time_notification_optin"
        return events.Optin(
            **common.values(name, opener=name),
            token=body.required("one_time_notif_token"),
            payload=body.text("payload"),
            title=body.text("title"),
        )
    if kind == "notification_messages":
        return _recurring(common, body)
    if kind is not None:
        raise StrangeError(f"`optin.type` is {shown(kind)}, which is not known")
    return _plugin(common, body)


def _recurring(common: _Common, body: Fields) -> Event:
    status = body.text("notification_messages_status")
    statuses = {"STOP NOTIFICATIONS": "stop", "RESUME NOTIFICATIONS": "resume"}
    if status is None:
        name = "recurring_notification_optin"
        token: str | None = body.required("notification_messages_token")
        values = common.values(name, opener=name)
    elif status in statuses:
        token = body.text("notification_messages_token")
        values = common.values(f"recurring_notification_{statuses[status]}")
    else:
        raise StrangeError(f"`optin.notification_messages_status` is {shown(status)}")
    return events.Optin(
        **values,
        token=token,
        payload=body.text("payload"),
        title=body.text("title"),
        time_zone=body.text("notification_messages_timezone"),
        frequency=body.text("notification_messages_frequency"),
        token_expiry=body.id("token_expiry_timestamp"),
        token_status=body.text("user_token_status"),
        status=status,
    )


def _plugin(common: _Common, body: Fields) -> Event:
    ref, user_ref = body.text("ref"), body.id("user_ref")
    if ref is None and user_ref is None:
        raise StrangeError("`optin` has neither `type`, `ref` nor `user_ref`")
    # A plugin starts a conversation ("Policy", 2026-09-11), but a checkbox mostly names nobody
    # whose window that could open.
    opener = None if common.ends.person is None else "send_to_messenger"
    kind = "send_to_messenger" if user_ref is None else "checkbox_optin"
    return events.Optin(**common.values(kind, opener=opener), ref=ref, user_ref=user_ref)


def _reaction(common: _Common, body: Fields) -> Event:
    action = body.required("action")
    kind = {"react": "reaction", "unreact": "unreact"}.get(action)
    if kind is None:
        raise StrangeError(f"`reaction.action` is {shown(action)}")
    values = common.values(kind, opener=kind, mid=body.text("mid"))
    return events.Reaction(**values, reaction=body.text("reaction"), emoji=body.text("emoji"))


def _read(common: _Common, body: Fields) -> Event:
    values = common.values("read", opener="read")
    return events.Read(**values, watermark_ms=millis(body.data.get("watermark")))


def _delivery(common: _Common, body: Fields) -> Event:
    return events.Delivery(
        **common.values("delivery", opener="delivery"),
        mids=body.texts("mids"),
        watermark_ms=millis(body.data.get("watermark")),
    )


def _account_linking(common: _Common, body: Fields) -> Event:
    return events.AccountLinking(
        **common.values("account_linking", opener="account_linking"),
        status=body.required("status"),
        authorization_code=body.text("authorization_code"),
    )


def _thread_control(kind: str) -> Callable[[_Common, Fields], Event]:
    def read(common: _Common, body: Fields) -> Event:
        return events.ThreadControl(
            **common.values(kind),
            previous_owner=body.id("previous_owner_app_id"),
            new_owner=body.id("new_owner_app_id"),
            requested_owner=body.id("requested_owner_app_id"),
            metadata=body.text("metadata"),
        )

    return read


def _app_roles(common: _Common, body: Fields) -> Event:
    roles = tuple(events.AppRole(app_id=app, roles=body.texts(app)) for app in body.data)
    return events.AppRoles(**common.values("app_roles"), roles=roles)


def _policy_enforcement(common: _Common, body: Fields) -> Event:
    return events.PolicyEnforcement(
        **common.values("policy_enforcement"),
        action=body.required("action"),
        reason=body.text("reason"),
    )


def _messaging_feedback(common: _Common, body: Fields) -> Event:
    answers = [
        _answer(questions.sub(name), name)
        for screen in body.subs("feedback_screens")
        for questions in [screen.sub("questions")]
        for name in questions.data
    ]
    values = common.values("messaging_feedback", opener="messaging_feedback")
    return events.MessagingFeedback(**values, answers=tuple(answers))


def _answer(one: Fields, question: str) -> events.Answer:
    return events.Answer(
        question=question,
        type=one.text("type"),
        payload=one.id("payload"),
        follow_up=one.sub("follow_up").text("payload"),
    )


def _response_feedback(common: _Common, body: Fields) -> Event:
    kind = "response_feedback"
    values = common.values(kind, opener=kind, mid=body.text("mid"))
    return events.ResponseFeedback(**values, feedback=body.text("feedback"))


_READERS: dict[str, Callable[[_Common, Fields], Event]] = {
    "message": _message,
    "message_edit": _message_edit,
    "postback": _postback,
    "referral": _referral,
    "optin": _optin,
    "reaction": _reaction,
    "read": _read,
    "delivery": _delivery,
    "account_linking": _account_linking,
    "pass_thread_control": _thread_control("pass_thread_control"),
    "take_thread_control": _thread_control("take_thread_control"),
    "request_thread_control": _thread_control("request_thread_control"),
    "app_roles": _app_roles,
    "policy_enforcement": _policy_enforcement,
    "policy-enforcement": _policy_enforcement,  # as older libraries write it
    "messaging_feedback": _messaging_feedback,
    "response_feedback": _response_feedback,
}
