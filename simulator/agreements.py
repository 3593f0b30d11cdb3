"""What people agree to, and what they say elsewhere than in the thread."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from .act import Act
from .known import Comment, Subscription
from .message_shape import OptIn
from .world import WorldError, milliseconds


def notify_me(act: Act) -> dict[str, Any]:
    """The person taps Notify me, which grants one token."""
    message, payload = act.tapped("one_time_notif_req", "Notify me")
    token = act.world.grant(act.person, payload["payload"], act.at, message.mid)
    act.write("optin", {"text": "Notify me", "optin": payload["payload"]})
    return act.event(
        optin={
            "type": "one_time_notif_req",
            "payload": payload["payload"],
            "one_time_notif_token": token.value,
        }
    )


def opt_in(act: Act) -> dict[str, Any]:
    """The person agrees to recurring notifications, which opens no window."""
    _, payload = act.tapped("notification_messages", "Get messages")
    rules = act.world.facts.recurring
    frequency = payload.get("notification_messages_frequency")
    asked = OptIn(
        title=payload.get("title", rules.default_title),
        payload=payload["payload"],
        frequency=frequency if act.at < rules.frequencies_until else None,
    )
    one = act.world.subscribe(act.person, asked, act.at)
    act.person.did("recurring_notification_optin", act.at)
    act.write("optin", {"text": f"Get messages: {one.title}", "optin": one.topic})
    return act.event(optin=_subscription(one))


def stop_notifications(act: Act) -> dict[str, Any]:
    """The person stops the recurring notifications of one title, or the newest."""
    return _change_notifications(act, stopped=True)


def resume_notifications(act: Act) -> dict[str, Any]:
    """The person takes them up again."""
    return _change_notifications(act, stopped=False)


def _change_notifications(act: Act, *, stopped: bool) -> dict[str, Any]:
    title = act.maybe("title")
    for one in reversed(act.person.subscriptions):
        if one.stopped is not stopped and title in (None, one.title):
            changed = act.world.change_subscription(act.person, one, stopped=stopped)
            word = "STOP" if stopped else "RESUME"
            act.write("optin", {"text": f"{word.title()} messages: {one.title}"})
            return act.event(
                optin={
                    **_subscription(changed),
                    "notification_messages_status": f"{word} NOTIFICATIONS",
                }
            )
    raise WorldError("the person has no such notifications to " + ("stop" if stopped else "resume"))


def _subscription(one: Subscription) -> dict[str, Any]:
    shown: dict[str, Any] = {
        "type": "notification_messages",
        "payload": one.topic,
        "notification_messages_token": one.value,
        "notification_messages_timezone": "UTC",
        "user_token_status": "NOT_REFRESHED",
        "title": one.title,
    }
    if one.expires_at is not None:
        shown["token_expiry_timestamp"] = milliseconds(one.expires_at)
    if one.frequency is not None:
        shown["notification_messages_frequency"] = one.frequency
    return shown


def comment(act: Act) -> dict[str, Any]:
    """The person comments on a post of the Page, which grants one private reply."""
    post = act.text("post_id", f"{act.page_id}_1")
    known_as = act.text("comment_id", f"{post.partition('_')[2] or post}_{act.world.next_seq()}")
    text = act.text("text")
    act.world.add_comment(act.person, Comment(known_as, act.at))
    act.person.did("comment", act.at)
    act.world.note(act.person, "comment", text)
    return act.feed(item="comment", comment_id=known_as, post_id=post, parent_id=post, message=text)


def visitor_post(act: Act) -> dict[str, Any]:
    """The person writes a post of their own on the Page."""
    post = act.text("post_id", f"{act.page_id}_{act.world.next_seq()}")
    text = act.text("text")
    act.world.add_comment(act.person, Comment(post, act.at, is_post=True))
    act.person.did("comment", act.at)
    act.world.note(act.person, "comment", text)
    return act.feed(item="post", post_id=post, message=text)


def give_feedback(act: Act) -> dict[str, Any]:
    """The person answers the one question of a feedback template, which opens nothing."""
    for message in act.person.from_page(act.maybe("mid")):
        payload = message.said.get("attachment", {}).get("payload", {})
        if payload.get("template_type") != "customer_feedback":
            continue
        if act.at >= message.at + timedelta(days=payload.get("expires_in_days", 1)):
            raise WorldError("the form of this message has expired")
        question = payload["feedback_screens"][0]["questions"][0]
        answer = {"type": question["type"], "payload": act.answer(question["type"])}
        words = act.maybe("text")
        if words is not None and "follow_up" in question:
            answer["follow_up"] = {"type": "free_form", "payload": act.within_limit(words)}
        act.write("feedback", {"text": f"Rated {answer['payload']}"})
        screen = {"screen_id": 0, "questions": {question["id"]: answer}}
        event = act.event(messaging_feedback={"feedback_screens": [screen]})
        del event["timestamp"]  # the platform's sample has none
        return event
    raise WorldError("no message of the Page asks for feedback")
