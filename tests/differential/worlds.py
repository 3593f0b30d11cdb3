"""Random worlds around the edges, as the guard is asked about them and as the judge is told.

One seeded generator draws a moment near a change of the rules or anywhere, a person, a Page and a
message; both sides get the same facts in their own words. What counts is drawn from both sides of
every edge: a second before, the second itself, a second after.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta, timezone
from functools import lru_cache
from random import Random
from typing import Any

from channels import utility
from channels.render import Envelope, render
from policy_guard.edition import known
from policy_guard.vocabulary import (
    SPEECH,
    Author,
    Feature,
    Frequency,
    Message,
    Opener,
    OpenerKind,
    Page,
    Person,
    Purpose,
    Push,
    Question,
    Request,
    Settings,
    Token,
    TokenKind,
)
from simulator import judge as sim

PSID = "9001"
ALERT, ONCE, OTHER = "delivery", "back_in_stock:sku-42", "back_in_stock:sku-7"
TEMPLATE = "order_shipped"
SECOND, HOUR, DAY = timedelta(seconds=1), timedelta(hours=1), timedelta(days=1)
FIRST = datetime(2018, 1, 1, tzinfo=timezone.utc)
BEFORE_ALL = datetime(1971, 1, 1, tzinfo=timezone.utc)
LAST = datetime(2027, 1, 1, tzinfo=timezone.utc)
LATE = datetime(2025, 7, 29, tzinfo=timezone.utc)
EDITION_DAYS = tuple(edition.valid_from for edition in known().all)
REGIONS = (
    *("US", "US", "US", "VN", "TH", "PH", "BR", "DE", "FR", "NO", "GB", "JP", "KR", "AU"),
    *("EU", "EEA"),  # of some it is known only that they are somewhere there
)
#: The titles of requests for recurring notifications: that of `SAID`, another, and the usual one.
TITLES = ("News of your deliveries", "Our sales", "Updates and promotions")
#: How long ago something happened: around every edge that a rule has, and far from all of them.
SPANS = (
    *(timedelta(0), SECOND, 10 * timedelta(minutes=1), 3 * HOUR),
    *(DAY - timedelta(minutes=5) - SECOND, DAY - timedelta(minutes=5), DAY - timedelta(minutes=3)),
    DAY - timedelta(minutes=5) + SECOND,
    *(DAY - SECOND, DAY, DAY + SECOND, 2 * DAY - SECOND, 2 * DAY, 2 * DAY + SECOND, 3 * DAY),
    *(7 * DAY - timedelta(minutes=5), 7 * DAY - SECOND, 7 * DAY, 7 * DAY + SECOND, 30 * DAY),
    *(30 * DAY - SECOND, 30 * DAY + SECOND),
    *(365 * DAY - SECOND, 365 * DAY, 365 * DAY + SECOND, 500 * DAY),
)
#: What is said, by kind: as Rasa hands it to the channel.
SAID: Mapping[str, Mapping[str, Any]] = {
    "text": {"text": "Your order A-17 has shipped."},
    "two texts": {"custom": [{"text": "Your order A-17 has shipped."}, {"text": "It is blue."}]},
    "text and picture": {"text": "Your order A-17.", "image": "https://shop.example/a.png"},
    "promotion": {"text": "20% off all sneakers today!"},
    "video": {
        "custom": {
            "attachment": {"type": "video", "payload": {"url": "https://shop.example/a.mp4"}}
        }
    },
    "request": {
        "custom": {
            "attachment": {
                "type": "template",
                "payload": {
                    "template_type": "one_time_notif_req",
                    "title": "When the red sneakers are back",
                    "payload": ONCE,
                },
            }
        }
    },
    "standing request": {
        "custom": {
            "attachment": {
                "type": "template",
                "payload": {
                    "template_type": "notification_messages",
                    "title": "News of your deliveries",
                    "notification_messages_frequency": "WEEKLY",
                    "payload": ALERT,
                },
            }
        }
    },
    "untitled request": {
        "custom": {
            "attachment": {
                "type": "template",
                "payload": {
                    "template_type": "notification_messages",
                    "notification_messages_frequency": "DAILY",
                    "payload": "sales",
                },
            }
        }
    },
    "feedback": {
        "custom": {
            "attachment": {
                "type": "template",
                "payload": {
                    "template_type": "customer_feedback",
                    "title": "Rate your visit",
                    "subtitle": "It takes one tap",
                    "button_title": "Rate",
                    "feedback_screens": [
                        {"questions": [{"id": "q1", "type": "csat", "title": "How was it?"}]}
                    ],
                    "business_privacy": {"url": "https://shop.example/privacy"},
                },
            }
        }
    },
    "buttons": {
        "text": "Your order A-17 has shipped.",
        "buttons": [{"title": "Follow it", "url": "https://shop.example/a", "type": "web_url"}],
    },
}
_ORDINARY = ("text", "two texts", "text and picture", "video", "buttons")


@dataclass(frozen=True)
class World:
    """One drawn case: the guard's question, the judge's facts, and the message in all its forms."""

    question: Question
    person: sim.PersonFacts
    page: sim.PageFacts
    envelope: Envelope
    template: Mapping[str, Any]  # the message as a utility template

    @property
    def at(self) -> datetime:
        """Return the moment."""
        return self.question.at


@lru_cache(maxsize=64)
def shaped(kind: str) -> Envelope:
    """Return what a kind of message becomes on the wire."""
    return render(SAID[kind])


@lru_cache(maxsize=4)
def as_template(name: str) -> Mapping[str, Any]:
    """Return the message as a utility template."""
    return utility.body(name, "en", ["A-17"])


def draw(random: Random) -> World:
    """Return the next world of a seeded generator."""
    at = _moment(random)
    message, envelope, template = _message(random)
    openers, comment = _openers(random, at)
    spoken = [o.at for o in openers if o.kind in SPEECH]
    last = max(spoken, default=None)
    if random.random() < 0.1:
        last = at - random.choice(SPANS)
    tokens, sim_tokens, subscriptions = _agreements(random, at)
    requests = _requests(random, at)
    stopped = random.random() < 0.12
    stopped_at = at - random.choice(SPANS) if stopped and random.random() < 0.8 else None
    region = random.choice(REGIONS) if random.random() < 0.5 else None
    replied = random.random() < 0.3
    plus_one_used = random.random() < 0.4
    person = Person(
        openers=openers,
        last_message_at=last,
        tokens=tokens,
        requests=requests,
        alerts=frozenset({ALERT} if random.random() < 0.8 else ()),
        stopped=stopped,
        stopped_at=stopped_at,
        paused_until=at + random.choice((-DAY, -SECOND, timedelta(0), SECOND, DAY))
        if random.random() < 0.08
        else None,
        human_until=at + random.choice((-SECOND, timedelta(0), SECOND, HOUR))
        if random.random() < 0.06
        else None,
        region=region,
        blocked=random.random() < 0.03,
        private_reply_used=replied,
        private_reply_id="c_1" if comment is not None else None,
        plus_one_used=plus_one_used,
    )
    approved = random.random() < 0.7
    ad_window = random.choice((DAY, DAY, 3 * DAY, 7 * DAY, 9 * DAY))
    page = Page(
        human_agent=random.random() < 0.6,
        one_time_notification=random.random() < 0.8,
        recurring_notifications=random.random() < 0.7,
        utility_templates=(TEMPLATE,) if approved else (),
        news_page_index=random.random() < 0.5,
        ours=random.random() >= 0.04,
        region=random.choice(REGIONS),
        restricted=random.random() < 0.03,
    )
    margin = random.choice((timedelta(0), timedelta(0), timedelta(minutes=5)))
    settings = Settings(window_margin=margin, ad_click_window=ad_window)
    question = Question(at, message, person, page, known().at(at), settings)
    sim_person = sim.PersonFacts(
        psid=PSID,
        openings=tuple(sim.Opening(o.kind.value, o.at, o.ref) for o in openers),
        last_message_at=last,
        tokens=sim_tokens,
        region=region,
        stopped_at=(stopped_at or BEFORE_ALL) if stopped else None,
        blocked=person.blocked,
        thread_owner="us" if page.ours else "other",
        plus_one_used=plus_one_used,
        subscriptions=subscriptions,
        opt_in_requests=tuple(sim.OptInRequest(r.title, r.at) for r in requests),
        comments=()
        if comment is None
        else (sim.Comment("c_1", comment, comment if replied else None),),
    )
    sim_page = sim.PageFacts(
        region=page.region,
        human_agent=page.human_agent,
        one_time_notification=page.one_time_notification,
        restricted=page.restricted,
        recurring_notifications=page.recurring_notifications,
        news_page_index=page.news_page_index,
        utility_templates=(sim.UtilityTemplate(TEMPLATE, "en", body=1),) if approved else (),
        ad_click_window=ad_window,
    )
    return World(question, sim_person, sim_page, envelope, template)


def _moment(random: Random) -> datetime:
    which = random.random()
    if which < 0.2:  # where most grounds exist side by side
        return LATE + timedelta(seconds=random.randrange(int((LAST - LATE).total_seconds())))
    if which < 0.6:
        near = random.choice((-DAY, -SECOND, timedelta(0), SECOND, DAY, 5 * DAY))
        return max(FIRST, random.choice(EDITION_DAYS) + near)
    return FIRST + timedelta(seconds=random.randrange(int((LAST - FIRST).total_seconds())))


def _message(random: Random) -> tuple[Message, Envelope, Mapping[str, Any]]:
    purpose = random.choice(tuple(Purpose))
    kind = "promotion" if purpose is Purpose.PROMOTION else random.choice(_ORDINARY)
    if purpose is Purpose.FEEDBACK and random.random() < 0.7:
        kind = "feedback"
    if purpose is Purpose.REPLY and random.random() < 0.1:
        kind = random.choice(("request", "standing request", "untitled request"))
    envelope = shaped(kind)
    messages = [part for part in envelope.parts if part.kind == "message"]
    human = random.random() < (0.7 if purpose is Purpose.HUMAN_AGENT else 0.1)
    message = Message(
        purpose=purpose,
        topic=random.choice((None, ALERT, ALERT, ONCE, ONCE)),
        text=envelope.text,
        parts=1 if envelope.single is not None else len(messages),
        push=random.choice((None, *Push)),
        template=envelope.declaration.template,
        request_title=envelope.declaration.request_title,
        request_topic=envelope.declaration.request_topic,
        utility_template=random.choice((None, TEMPLATE, TEMPLATE, "unknown_template")),
        unfilled=("order_id",) if random.random() < 0.08 else (),
        features=frozenset({Feature.MEDIA} if envelope.media else ()),
        author=Author.HUMAN if human else Author.BOT,
        in_turn=random.random() < 0.8,
        turn_paid=random.random() < 0.02,
    )
    return message, envelope, as_template(message.utility_template or TEMPLATE)


def _openers(random: Random, at: datetime) -> tuple[tuple[Opener, ...], datetime | None]:
    """Return what the person did, and when they commented."""
    found = []
    for kind in random.sample(tuple(OpenerKind), random.choice((0, 1, 1, 1, 2, 3))):
        ref = "autumn" if kind is OpenerKind.REFERRAL and random.random() < 0.7 else None
        found.append(Opener(kind, at - random.choice(SPANS), ref))
    if random.random() < 0.15:
        ahead = at + timedelta(minutes=5) + random.choice((SECOND, HOUR))
        found = [replace(o, at=ahead) if n == 0 else o for n, o in enumerate(found)]
    comment = next((o.at for o in found if o.kind is OpenerKind.COMMENT), None)
    return tuple(found), comment


def _requests(random: Random, at: datetime) -> tuple[Request, ...]:
    """Return which requests for recurring notifications the person got."""
    times = random.choice((0, 0, 1, 2))
    return tuple(Request(random.choice(TITLES), at - random.choice(SPANS)) for _ in range(times))


def _agreements(
    random: Random, at: datetime
) -> tuple[tuple[Token, ...], tuple[sim.Token, ...], tuple[sim.Subscription, ...]]:
    tokens, told, subscriptions = [], [], []
    for n in range(random.choice((0, 0, 1, 1, 2))):
        topic, granted = random.choice((ONCE, ONCE, ONCE, OTHER)), at - random.choice(SPANS)
        spent, fulfilled = random.random() < 0.15, random.random() < 0.1
        tokens.append(Token(f"t{n}", topic, granted, spent=spent, fulfilled=fulfilled))
        used = granted if spent else None
        told.append(sim.Token(f"t{n}", topic, granted, used, fulfilled))
    for n in range(random.choice((0, 0, 0, 1, 1, 2))):
        granted = at - random.choice(SPANS) - DAY
        used = at - random.choice(SPANS) if random.random() < 0.6 else None
        ends = at + random.choice((-DAY, -SECOND, timedelta(0), SECOND, 200 * DAY))
        if random.random() < 0.3:
            ends = datetime(2023, 8, 10, tzinfo=timezone.utc) + random.choice(
                (-SECOND, timedelta(0), SECOND)
            )
        expires = ends if random.random() < 0.6 else None
        topic = random.choice((ALERT, ALERT, ONCE))
        often = random.choice((None, *Frequency))
        title = random.choice(TITLES)
        kind, told_often = TokenKind.RECURRING, None if often is None else often.name
        token = Token(f"r{n}", topic, granted, kind, last_used_at=used, expires_at=expires)
        tokens.append(replace(token, frequency=often, title=title))
        subscription = sim.Subscription(f"r{n}", topic, granted, used, expires)
        subscriptions.append(replace(subscription, title=title, frequency=told_often))
    return tuple(tokens), tuple(told), tuple(subscriptions)
