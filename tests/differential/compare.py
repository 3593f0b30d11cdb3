"""The guard's decision and rendered body against the simulator's judge, both ways.

What the guard sends the judge has to take, without an objection. What the guard refuses or holds
for the platform's sake has to have no other way out: every body that could carry the message is put
before the judge. Where the guard is stricter on purpose, the reason is written down here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import Any

from channels.render import Part, recipient_of, wire
from policy_guard.decide import decide
from policy_guard.decisions import Decision, Send, Whose, bodies_on, findings_of
from policy_guard.vocabulary import Author, Feature, Purpose, TokenKind
from simulator.judge import Verdict, judge
from simulator.reading import PlatformError

from .worlds import PSID, World

#: Ways out that the guard does not take, by ground and purpose: why.
NEVER_TAKEN: Mapping[tuple[str, Purpose], str] = {
    ("one_time_notification", Purpose.PROMOTION): (
        "a promotion that somebody asked for once is declared `alert`"
    ),
    ("one_time_notification", Purpose.REPLY): "an answer never spends what a person asked for once",
    ("one_time_notification", Purpose.HUMAN_AGENT): "a person's answer is no notification",
    ("recurring_notification", Purpose.REPLY): "an answer uses no standing agreement",
    ("recurring_notification", Purpose.HUMAN_AGENT): "a person's answer is no notification",
    ("recurring_notification", Purpose.FEEDBACK): "a question about a visit is no notification",
    ("private_reply", Purpose.ALERT): "a comment is answered, it is no occasion to tell something",
    ("private_reply", Purpose.NEWS): "a comment is answered, it is no occasion to tell something",
    ("private_reply", Purpose.FEEDBACK): "a comment is answered, nothing is asked of its author",
    ("private_reply", Purpose.HUMAN_AGENT): "a person answers a comment with the purpose `reply`",
    ("private_reply", Purpose.ACCOUNT_UPDATE): "an update is no answer to a comment",
    ("private_reply", Purpose.POST_PURCHASE_UPDATE): "an update is no answer to a comment",
    ("private_reply", Purpose.CONFIRMED_EVENT_UPDATE): "an update is no answer to a comment",
}
#: Rules by which the guard says no whatever the platform would take, and why.
STRICTER = {
    "nothing_from_the_future": "ours: a fact from the future shows a wrong clock",
    "person_stopped": "ours: who stopped hears nothing but answers to what they wrote since",
    "alert_chosen": "ours: an alert goes to those who chose it",
    "asked_once_told_once": "ours: what was asked for once is told once",
    "person_answers": "ours: while a person answers for the Page the bot is silent",
    "thread_is_ours": "ours: while somebody else has the thread we wait",
    "reply_needs_its_turn": "ours: an answer needs the turn that it answers",
    "person_paused": "ours: who paused hears nothing before the moment they named",
    "notification_complete": "a turn that a single-use permission paid says nothing more",
}
#: Code and subcode of the answer while the platform restricts the Page.
RESTRICTED = (10, 1893063)
#: Between these days the judge counts features as restored in Europe and Japan, the guard does not:
#: nobody says when audio, video and files came back.
RESTORED = (
    datetime(2021, 9, 14, tzinfo=timezone.utc),
    datetime(2022, 6, 30, tzinfo=timezone.utc),
)
TAGS = (
    "CONFIRMED_EVENT_UPDATE",
    "POST_PURCHASE_UPDATE",
    "ACCOUNT_UPDATE",
    "HUMAN_AGENT",
    "CUSTOMER_FEEDBACK",
    "NON_PROMOTIONAL_SUBSCRIPTION",
    "CONFIRMED_EVENT_REMINDER",
    "SHIPPING_UPDATE",
    "ISSUE_RESOLUTION",
    "PAIRING_UPDATE",
)


@dataclass(frozen=True)
class Outcome:
    """What came of one world; *wrong* is a sentence where the two sides cannot both be right."""

    decision: Decision
    wrong: str | None = None
    explained: str | None = None  # why the guard is stricter


def compare(world: World) -> Outcome:
    """Return what the guard decided and whether the judge agrees."""
    decision = decide(world.question)
    if isinstance(decision, Send):
        return _sent(world, decision)
    if decision.reason.rule in STRICTER:
        return Outcome(decision, explained=STRICTER[decision.reason.rule])
    return _not_sent(world, decision)


def _sent(world: World, decision: Send) -> Outcome:
    for body in bodies(world, decision):
        verdict = judged(world, body)
        if not verdict.accepted:
            if _is_restriction(verdict) and not world.question.message.proactive:
                why = "answers are tried while the Page is restricted"
                return Outcome(decision, explained=why)
            said = f"the guard sends on {decision.ground}, the judge refuses: {verdict.api}"
            return Outcome(decision, wrong=said)
        if verdict.reviewer:
            said = f"the guard sends on {decision.ground}, a reviewer objects: {verdict.reviewer}"
            return Outcome(decision, wrong=said)
    return Outcome(decision)


def _not_sent(world: World, decision: Decision) -> Outcome:
    explained = None
    for ground, body in ways_out(world):
        verdict = judged(world, body)
        if not verdict.accepted or verdict.reviewer:
            continue
        why = _why_not(world, decision, ground)
        if why is None:
            said = f"the guard says no ({decision.reason.says}), the judge takes it on {ground}"
            return Outcome(decision, wrong=said)
        explained = why
    return Outcome(decision, explained=explained)


def _why_not(world: World, decision: Decision, ground: str) -> str | None:
    """Return why the guard does not take a way out that the judge would."""
    m = world.question.message
    if decision.reason.rule == "features_are_open" and Feature.MEDIA in m.features:
        first, end = RESTORED
        return "media in Europe and Japan, read carefully" if first <= world.at < end else None
    never = NEVER_TAKEN.get((ground, m.purpose))
    if never is not None:
        return never
    if ground == "private_reply" and not m.in_turn:
        return "only the turn that a comment starts answers it"
    if ground == "one_time_notification" and m.template == "one_time_notif_req":
        return "no permission is spent on asking for another"
    if ground in {"one_time_notification", "recurring_notification"} and m.topic is None:
        return "what was agreed to has a topic, and the message names none"
    if ground == "utility_template" and (m.utility_template is None or m.unfilled):
        return "no template is named, or it cannot be filled"
    # a request to notify rests on the window, whoever it is addressed to
    on_the_window = ground == "standard_window" or m.governed is not None
    if on_the_window and _in_our_margin(decision):
        return "within our own margin"
    return None


def _in_our_margin(decision: Decision) -> bool:
    found = findings_of(decision)
    return any(f.rule == "window_open" and f.whose is Whose.OURS for f in found)


def _is_restriction(verdict: Verdict) -> bool:
    api = verdict.api
    return isinstance(api, PlatformError) and (api.code, api.subcode) == RESTRICTED


def bodies(world: World, decision: Send) -> list[dict[str, Any]]:
    """Return what goes on the wire for a decision, as the channel writes it."""
    parts = [p.body for p in world.envelope.parts if p.kind == "message"]
    single = world.envelope.single
    chosen = bodies_on(
        decision.ground, parts, None if single is None else single.body, world.template
    )
    recipient = recipient_of(decision.ground, "comment_id", decision.token_id, PSID)
    return [
        wire(
            Part("message", body),
            recipient=recipient,
            messaging_type=decision.messaging_type,
            tag=decision.tag,
            notification_type=decision.notification_type,
            metadata="snd_1.0",
        )
        for body in chosen
    ]


def ways_out(world: World) -> Iterator[tuple[str, dict[str, Any]]]:
    """Give every body that could carry the message in one piece, whatever the guard thinks."""
    m, single = world.question.message, world.envelope.single
    person = {"id": PSID}
    if single is not None:
        part = Part("message", single.body)
        for kind in ("RESPONSE", "UPDATE"):
            yield "standard_window", wire(part, recipient=person, messaging_type=kind)
        for tag in TAGS:
            # a person's words may go under the human tag only where they declare it
            if tag != "HUMAN_AGENT" or m.purpose is Purpose.HUMAN_AGENT:
                body = wire(part, recipient=person, messaging_type="MESSAGE_TAG", tag=tag)
                yield f"tag:{tag}", body
        for token in world.question.person.tokens:
            if token.kind is TokenKind.ONE_TIME:
                recipient = {"one_time_notif_token": token.id}
                yield "one_time_notification", wire(part, recipient=recipient)
            else:
                recipient = {"notification_messages_token": token.id}
                yield "recurring_notification", wire(part, recipient=recipient)
        for comment in world.person.comments:
            yield "private_reply", wire(part, recipient={"comment_id": comment.id})
        template = Part("message", world.template)
        yield "utility_template", wire(template, recipient=person, messaging_type="UTILITY")


def judged(world: World, body: Mapping[str, Any]) -> Verdict:
    """Return the judge's verdict on a body in a world."""
    m = world.question.message
    return judge(
        body,
        world.person,
        world.page,
        world.at,
        human_wrote=m.author is Author.HUMAN,
        topic=m.topic,
        purpose=m.purpose.value,
    )
