"""What people do: each act changes the world and becomes one webhook event."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from . import webhooks
from .act import Act, Done
from .agreements import (
    comment,
    give_feedback,
    notify_me,
    opt_in,
    resume_notifications,
    stop_notifications,
    visitor_post,
)
from .handover import inbox_passes_back, inbox_replies, inbox_takes
from .world import Person, World, WorldError, from_milliseconds, milliseconds

GET_STARTED = "GET_STARTED"
COMMON = frozenset({"act", "timestamp_ms", "deliver"})
REACTIONS = {
    "\u2764": "love",
    "\u2764\ufe0f": "love",
    "\U0001f606": "smile",
    "\U0001f62e": "wow",
    "\U0001f622": "sad",
    "\U0001f620": "angry",
    "\U0001f44d": "like",
    "\U0001f44e": "dislike",
}
STICKER_ID = 369239263222822
STICKER_URL = "https://scontent.example/sticker.png"


def say(act: Act) -> dict[str, Any]:
    """The person types something."""
    text = act.text("text")
    act.person.wrote(text, act.at, act.world.facts)
    return act.send("message", {"text": text})


def ad_message(act: Act) -> dict[str, Any]:
    """The person's first message after a click on an ad."""
    click = {"ref": act.text("ref", "ad"), "ad_id": act.text("ad_id", "1")}
    click |= {"source": "ADS", "type": "OPEN_THREAD"}
    text = act.text("text")
    act.person.wrote(text, act.at, act.world.facts)
    return act.send("message", {"text": text, "referral": click}, "ad_click_message")


def quick_reply(act: Act) -> dict[str, Any]:
    """The person taps a quick reply of the newest message that has any."""
    title, payload = act.maybe("title"), act.maybe("payload")
    if not act.forced():
        title, payload = _chosen(_offered_replies(act), title, payload, "quick reply")
    elif title is None and payload is None:
        raise WorldError("the act `quick_reply` needs `title` or `payload`")
    title = title if title is not None else payload
    payload = payload if payload is not None else title
    return act.send("quick_reply", {"text": title, "quick_reply": {"payload": payload}})


def postback(act: Act) -> dict[str, Any]:
    """The person taps a postback button of any earlier message, the newest that fits."""
    title, payload = act.maybe("title"), act.maybe("payload")
    if not act.forced():
        title, payload = _chosen(_offered_buttons(act), title, payload, "postback button")
    elif payload is None:
        raise WorldError("a forced `postback` needs `payload`")
    return _postback(act, title if title is not None else payload, payload)


def get_started(act: Act) -> dict[str, Any]:
    """The person taps the Get Started button."""
    return _postback(act, "Get Started", GET_STARTED)


def react(act: Act) -> dict[str, Any]:
    """The person reacts to a message."""
    message = act.person.message(act.text("mid"))
    emoji = act.text("emoji", "\u2764")
    message.reaction = emoji
    act.person.did("reaction", act.at)
    named = REACTIONS.get(emoji, "other")
    return act.event(
        reaction={"reaction": named, "emoji": emoji, "action": "react", "mid": message.mid}
    )


def unreact(act: Act) -> dict[str, Any]:
    """The person takes a reaction back, which opens nothing."""
    message = act.person.message(act.text("mid"))
    message.reaction = None
    act.person.did("unreact", act.at)
    return act.event(reaction={"action": "unreact", "mid": message.mid})


def referral(act: Act) -> dict[str, Any]:
    """The person follows an m.me link into the thread; without a ref it opens nothing."""
    ref = act.maybe("ref")
    source = act.text("source", "SHORTLINK")
    # A click on an ad opens nothing by itself; the message after it does.
    kind = "ad_click_without_message" if source == "ADS" else "referral"
    act.person.did(kind, act.at, ref)
    content = {"source": source, "type": "OPEN_THREAD"}
    act.write("referral", {"text": "followed a link", "referral": ref})
    return act.event(referral={"ref": ref, **content} if ref is not None else content)


def send_to_messenger(act: Act) -> dict[str, Any]:
    """The person taps the Send to Messenger plugin."""
    ref = act.text("ref", "plugin")
    act.person.did("send_to_messenger", act.at, ref)
    act.write("optin", {"text": "Send to Messenger", "optin": ref})
    return act.event(optin={"ref": ref})


def read(act: Act) -> dict[str, Any]:
    """The person reads what was sent, which opens nothing."""
    act.person.read_at = act.at
    act.person.did("read", act.at)
    return act.event(read={"watermark": milliseconds(act.own)})


def attachment(act: Act) -> dict[str, Any]:
    """The person sends a picture, a sound, a film or a file."""
    kind = act.text("type", "image")
    if kind not in ("image", "audio", "video", "file"):
        raise WorldError(f"an attachment cannot be `{kind}`")
    return act.send(
        "attachment", {"attachments": [{"type": kind, "payload": {"url": act.text("url")}}]}
    )


def sticker(act: Act) -> dict[str, Any]:
    """The person sends the thumb; its form changed on 2026-08-30 (changelog)."""
    payload: dict[str, Any] = {"url": STICKER_URL, "sticker_id": STICKER_ID}
    kind = "sticker" if act.at >= act.world.facts.since["sticker_attachment"] else "image"
    return act.send("attachment", {"attachments": [{"type": kind, "payload": payload}]})


def location(act: Act) -> dict[str, Any]:
    """The person shares a place."""
    place = {"lat": act.wish.get("lat", 48.8566), "long": act.wish.get("long", 2.3522)}
    payload = {"coordinates": place}
    return act.send("attachment", {"attachments": [{"type": "location", "payload": payload}]})


ACTS: Mapping[str, tuple[Callable[[Act], dict[str, Any]], frozenset[str]]] = {
    "say": (say, frozenset({"text"})),
    "ad_message": (ad_message, frozenset({"text", "ref", "ad_id"})),
    "quick_reply": (quick_reply, frozenset({"title", "payload", "mid", "force"})),
    "postback": (postback, frozenset({"title", "payload", "mid", "force"})),
    "get_started": (get_started, frozenset()),
    "notify_me": (notify_me, frozenset({"mid", "force"})),
    "opt_in": (opt_in, frozenset({"mid", "force"})),
    "stop_notifications": (stop_notifications, frozenset({"title"})),
    "resume_notifications": (resume_notifications, frozenset({"title"})),
    "comment": (comment, frozenset({"text", "post_id", "comment_id"})),
    "visitor_post": (visitor_post, frozenset({"text", "post_id"})),
    "give_feedback": (give_feedback, frozenset({"mid", "score", "text"})),
    "react": (react, frozenset({"mid", "emoji"})),
    "unreact": (unreact, frozenset({"mid"})),
    "referral": (referral, frozenset({"ref", "source"})),
    "send_to_messenger": (send_to_messenger, frozenset({"ref"})),
    "read": (read, frozenset()),
    "attachment": (attachment, frozenset({"type", "url"})),
    "sticker": (sticker, frozenset()),
    "location": (location, frozenset({"lat", "long"})),
    "inbox_replies": (inbox_replies, frozenset({"text"})),
    "inbox_passes_back": (inbox_passes_back, frozenset({"metadata"})),
    "inbox_takes": (inbox_takes, frozenset({"metadata"})),
}


def perform(world: World, page_id: str, person: Person, wish: Mapping[str, Any]) -> Done:
    """Return what came of an act of the person's; raises WorldError, changing nothing."""
    name = str(wish.get("act"))
    if name not in ACTS:
        raise WorldError(f"there is no act `{name}`, only {', '.join(ACTS)}")
    run, fields = ACTS[name]
    unknown = set(wish) - fields - COMMON
    if unknown:
        raise WorldError(f"the act `{name}` has no field `{min(unknown)}`")
    stamp = wish.get("timestamp_ms")
    if stamp is not None and (isinstance(stamp, bool) or not isinstance(stamp, int)):
        raise WorldError(f"`timestamp_ms` is `{stamp}`, which is not a whole number")
    own = world.clock.now() if stamp is None else from_milliseconds(stamp)
    event = run(Act(world, page_id, person, wish, own))
    # A comment is no part of the thread, whoever owns that; who gets or loses it is told plainly.
    apart = "field" in event or any(name in event for name in webhooks.HANDOVER)
    standby = person.thread_owner != "us" and not apart
    carrier = event.get("message") or {}
    return Done(
        psid=person.psid,
        event=webhooks.on_standby(event) if standby else event,
        mid=carrier.get("mid") or event.get("postback", {}).get("mid"),
        standby=standby,
        deliver=wish.get("deliver", True) is not False,
    )


def _postback(act: Act, title: str, payload: str) -> dict[str, Any]:
    message = act.write("postback", {"text": title, "payload": payload})
    act.person.did("postback", act.at)
    return act.event(postback={"mid": message.mid, "title": title, "payload": payload})


def _offered_replies(act: Act) -> list[Mapping[str, Any]]:
    for message in act.person.from_page(act.maybe("mid")):
        if "quick_replies" in message.said:
            return [q for q in message.said["quick_replies"] if q["content_type"] == "text"]
    return []


def _offered_buttons(act: Act) -> list[Mapping[str, Any]]:
    found: list[Mapping[str, Any]] = []
    for message in act.person.from_page(act.maybe("mid")):
        payload = message.said.get("attachment", {}).get("payload", {})
        for holder in (payload, *payload.get("elements", [])):
            found += [b for b in holder.get("buttons", []) if b["type"] == "postback"]
    return found


def _chosen(
    offered: list[Mapping[str, Any]], title: str | None, payload: str | None, what: str
) -> tuple[str, str]:
    if title is None and payload is None:
        raise WorldError(f"a {what} is chosen by `title` or `payload`")
    for one in offered:
        if title in (None, one["title"]) and payload in (None, one["payload"]):
            return one["title"], one["payload"]
    there = ", ".join(_titles(offered)) or "none"
    raise WorldError(f"there is no {what} `{title or payload}`; on offer: {there}")


def _titles(offered: list[Mapping[str, Any]]) -> Iterator[str]:
    for one in offered:
        yield f"`{one['title']}`"
