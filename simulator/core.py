"""The simulated platform without its HTTP: settings, acts, accepted sends and their webhooks."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from . import webhooks
from .act import Done
from .acts import perform
from .delivery import LOG_LENGTH, Deliverer, Job
from .facts import Facts, load_facts
from .faults import Faults
from .judge import Accepted, OptInRequest, PageFacts, Verdict, judge, window_until
from .reading import PlatformError
from .settings import Settings, SettingsError
from .shape import COMMENTS, TOKENS
from .templates import STATUSES, StoredTemplate
from .world import Message, Person, World, WorldError, milliseconds, rfc3339

# An act is answered after its first delivery; behind a long queue it is answered anyway.
FIRST_ATTEMPT_WITHIN = 10.0


@dataclass(frozen=True)
class Request:
    """One Send API call as it was answered; without status the answer never left."""

    at: datetime
    psid: str | None
    body: object
    token_in: str | None
    proof: bool
    status: int | None
    response: object
    objections: tuple[str, ...]
    fault: int | None


class Platform:
    """Everything the simulator knows and does; used from one event loop only."""

    def __init__(self, settings: Settings, facts: Facts | None = None) -> None:
        self.facts = facts or load_facts()
        self.settings = settings
        self._first_settings = dict(vars(settings))
        self.world = World(self.facts, settings.start_at)
        self.faults = Faults()
        self.requests: deque[Request] = deque(maxlen=LOG_LENGTH)
        self.held: list[tuple[bytes, tuple[str, ...]]] = []
        self.deliverer = Deliverer(
            lambda: self.settings.webhook,
            settings.app_secret,
            self.world.clock.now,
            lambda: self.world.clock.offset_ms,
        )

    async def reset(self) -> None:
        """Forget people, threads, requests, faults and deliveries; first settings, first moment."""
        await self.deliverer.forget()
        webhook = self.settings.webhook
        vars(self.settings).update(self._first_settings)
        self.settings.webhook = webhook
        self.world.reset()
        self.faults.remove()
        self.requests.clear()
        self.held.clear()

    # -- the Send API -------------------------------------------------------------------------

    def page_facts(self) -> PageFacts:
        """Return what the judge needs to know of the Page."""
        page = self.settings
        return PageFacts(
            region=page.region,
            human_agent=page.human_agent,
            one_time_notification=page.one_time_notification,
            restricted=page.restricted,
            recurring_notifications=page.recurring_notifications,
            news_page_index=page.news_page_index,
            utility_everywhere=page.utility_everywhere,
            utility_templates=self.world.templates.known(),
            ad_click_window=timedelta(hours=page.ad_click_window_hours),
        )

    def recipient_of(self, body: object) -> Person | None:
        """Return whom a body is for, as far as can be told."""
        recipient = body.get("recipient") if isinstance(body, dict) else None
        if not isinstance(recipient, dict):
            return None
        psid = recipient.get("id")
        if isinstance(psid, str):
            return self.world.people.get(psid)
        named = (recipient.get(name) for name in (*TOKENS, *COMMENTS))
        found = (self.world.known_by(one) for one in named if isinstance(one, str))
        return next((person for person in found if person is not None), None)

    def judge(self, body: object, person: Person | None) -> Verdict:
        """Return the verdict on a body at this moment."""
        return judge(
            body,
            person.facts(self.facts) if person else None,
            self.page_facts(),
            self.world.clock.now(),
            human_wrote=person is not None and person.human_writing,
            facts=self.facts,
        )

    def carry_out(self, accepted: Accepted, person: Person) -> dict[str, Any]:
        """Return the answer to an accepted call, having delivered it to the person."""
        now = self.world.clock.now()
        call = accepted.call
        if call.kind == "sender_action":
            self._act_as_page(call.sender_action or "", call.reaction_to, person, now)
            return {"recipient_id": person.psid}
        said = self._use_up(accepted, person, now)
        message = self.world.said(
            person,
            "page",
            now,
            said,
            messaging_type=call.messaging_type,
            tag=call.tag,
            notification_type=call.notification_type,
            paid_with="token" if accepted.token else None,
            ground=accepted.ground,
            persona_id=call.persona_id,
            metadata=call.message.get("metadata"),
        )
        person.typing_since = None
        self._tell_about(message, person)
        return {"recipient_id": person.psid, "message_id": message.mid}

    def _use_up(self, accepted: Accepted, person: Person, now: datetime) -> dict[str, Any]:
        """Mark what the call uses, and return what the person sees of it."""
        call = accepted.call
        if accepted.token is not None:
            self.world.spend(person, accepted.token, now)
        if accepted.subscription is not None:
            self.world.change_subscription(person, accepted.subscription, last_sent_at=now)
        if accepted.comment is not None:
            self.world.answer_comment(person, accepted.comment, now)
        if accepted.ground == "plus_one":
            person.plus_one_at = now
        if call.opt_in is not None:
            person.opt_in_requests.append(OptInRequest(call.opt_in.title, now))
        if call.utility is None:
            return dict(call.message)
        stored = self.world.templates.named(call.utility.name, call.utility.language)
        shown = stored.filled(call.utility) if stored else {}
        return {**{k: v for k, v in call.message.items() if k != "template"}, **shown}

    def _act_as_page(self, action: str, mid: str | None, person: Person, now: datetime) -> None:
        if action == "mark_seen":
            person.seen_at = now
        elif action in ("typing_on", "typing_off"):
            person.typing_since = now if action == "typing_on" else None
        elif mid is not None:
            person.message(mid).reaction = "\u2764" if action == "react" else None

    def _tell_about(self, message: Message, person: Person) -> None:
        page, at_ms = self.settings.page_id, milliseconds(message.at)
        self._post(
            [(webhooks.echo(page, person.psid, at_ms, message.mid, message.said), False)],
            (person.psid,),
            "echo",
        )
        if self.settings.delivery_receipts:
            self._post(
                [(webhooks.delivered(page, person.psid, at_ms, message.mid), False)],
                (person.psid,),
                "delivery",
            )

    def note_refusal(self, person: Person | None, error: PlatformError) -> None:
        """Write a refused call into the thread it was for."""
        if person is not None:
            subcode = f"/{error.subcode}" if error.subcode else ""
            sentence = error.message.removeprefix(f"(#{error.code}) ")
            self.world.note(person, "refused", f"{error.code}{subcode}: {sentence}")

    def proof_of(self, token: str) -> str:
        """Return the `appsecret_proof` that belongs to a token, as lower-case hex."""
        return hmac.new(
            self.settings.app_secret.encode(), token.encode(), hashlib.sha256
        ).hexdigest()

    # -- templates ----------------------------------------------------------------------------

    def create_template(self, body: object) -> StoredTemplate:
        """Return a new template of the Page, and tell of its review; raises RefusedError."""
        review = self.settings.template_review
        stored = self.world.templates.create(body, self.world.clock.now(), review=review)
        if stored.status != "PENDING":
            self._tell_status(stored)
        return stored

    def review_template(self, known_as: str, status: str, reason: str | None) -> StoredTemplate:
        """Return the template with its new status, and tell of it; raises WorldError."""
        if status not in STATUSES:
            raise WorldError(f"a template cannot be `{status}`, only {', '.join(STATUSES)}")
        if self.world.templates.get(known_as) is None:
            raise WorldError(f"there is no template `{known_as}`")
        stored = self.world.templates.decide(known_as, status, reason)
        self._tell_status(stored)
        return stored

    def _tell_status(self, stored: StoredTemplate) -> None:
        field_name = self.settings.template_status_field or self.facts.utility.status_fields[0]
        change = webhooks.template_status(field_name, stored.as_json(), stored.reason)
        self._post([(change, False)], (), "template")

    # -- people -------------------------------------------------------------------------------

    async def act(self, psid: str, wish: Mapping[str, Any]) -> tuple[Done, Job | None]:
        """Return what a person did and its delivery once tried; raises WorldError."""
        done = perform(self.world, self.settings.page_id, self.world.person(psid), wish)
        return done, await self._send_acts([done], one_entry=True)

    async def batch(
        self, wishes: Sequence[Mapping[str, Any]], *, one_entry: bool
    ) -> tuple[list[Done], Job | None]:
        """Return what several people did, sent as one POST.

        Raises WorldError for the first act that cannot be done; those before it were done, unsent.
        """
        people = [self.world.person(str(wish.get("psid"))) for wish in wishes]
        page = self.settings.page_id
        done = [
            perform(self.world, page, person, {k: v for k, v in wish.items() if k != "psid"})
            for person, wish in zip(people, wishes, strict=True)
        ]
        return done, await self._send_acts(done, one_entry=one_entry)

    async def _send_acts(self, acts: Sequence[Done], *, one_entry: bool) -> Job | None:
        events = [(done.event, done.standby) for done in acts]
        psids = tuple(done.psid for done in acts)
        if not all(done.deliver for done in acts):
            self.held.append((self._body(events, one_entry=one_entry), psids))
            return None
        job = self._post(events, psids, "act", one_entry=one_entry, hurry=True)
        await self.deliverer.first_attempt(job, FIRST_ATTEMPT_WITHIN)
        return job

    async def release(self, psid: str | None, *, reverse: bool) -> list[Job]:
        """Send what was held back, in the order done or reversed, each after the other."""
        chosen = [one for one in self.held if psid is None or psid in one[1]]
        self.held = [one for one in self.held if one not in chosen]
        jobs = []
        for body, psids in reversed(chosen) if reverse else chosen:
            job = self.deliverer.post(body, psids, "act", hurry=True)
            await self.deliverer.first_attempt(job, FIRST_ATTEMPT_WITHIN)
            jobs.append(job)
        return jobs

    async def redeliver(self, last: int) -> list[Job]:
        """Send the newest `last` bodies of people's acts again, oldest first, the same bytes."""
        acts = [job for job in self.deliverer.jobs if job.kind == "act"]
        chosen = acts[-last:] if last > 0 else []
        return [
            await self.deliverer.once(job.body, "redelivery", psids=job.psids) for job in chosen
        ]

    async def tell_the_time(self) -> Job:
        """Send a webhook without events, whose header carries the clock's new offset."""
        return await self.deliverer.once(self._body([]), "clock")

    def moved(self, before: datetime) -> None:
        """Write a jump of the clock into every thread."""
        for person in self.world.people.values():
            self.world.note(person, "clock", f"{rfc3339(before)}|{rfc3339(self.world.clock.now())}")

    def _body(
        self, events: Sequence[tuple[dict[str, Any], bool]], *, one_entry: bool = True
    ) -> bytes:
        at_ms = milliseconds(self.world.clock.now())
        if not events:
            return webhooks.encode({"object": "page", "entry": []})
        return webhooks.encode(
            webhooks.envelope(self.settings.page_id, at_ms, events, one_entry=one_entry)
        )

    def _post(
        self,
        events: Sequence[tuple[dict[str, Any], bool]],
        psids: Sequence[str],
        kind: str,
        *,
        one_entry: bool = True,
        hurry: bool = False,
    ) -> Job:
        body = self._body(events, one_entry=one_entry)
        return self.deliverer.post(body, psids, kind, hurry=hurry)

    def window_until(self, person: Person) -> datetime | None:
        """Return when the person's standard window ends or ended (UTC)."""
        longer = timedelta(hours=self.settings.ad_click_window_hours)
        return window_until(person.openings, self.world.clock.now(), self.facts, longer)


def trace_id() -> str:
    """Return a value for `fbtrace_id`."""
    return "A" + secrets.token_urlsafe(16)


__all__ = ["Platform", "Request", "Settings", "SettingsError", "WorldError", "trace_id"]
