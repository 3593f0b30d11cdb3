"""The control plane under `/_sim/`: JSON over HTTP, for tests and for the chat page."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import asdict
from typing import Any

from aiohttp import web

from .core import FIRST_ATTEMPT_WITHIN, Platform
from .delivery import Job
from .facts import parse_moment
from .graph import PLATFORM
from .settings import SettingsError, check_choices, check_webhook
from .webhooks import encode
from .world import Message, Person, WorldError, rfc3339

Json = dict[str, Any]
Action = Callable[[Platform, web.Request, Json], Awaitable[object]]
PAGE_SETTINGS = {
    **dict.fromkeys(("human_agent", "one_time_notification", "restricted"), bool),
    **dict.fromkeys(("recurring_notifications", "news_page_index", "utility_everywhere"), bool),
    **dict.fromkeys(("sponsored_messages", "delivery_receipts"), bool),
    **dict.fromkeys(("ad_click_window_hours",), int),
    **dict.fromkeys(("region", "webhook", "template_review", "template_status_field"), str),
}
PERSON_SETTINGS = {
    **dict.fromkeys(("blocked", "human_writing"), bool),
    **dict.fromkeys(("name", "region", "thread_owner"), str),
}


def add_routes(app: web.Application) -> None:
    """Add the control plane's addresses to `app`."""
    person = "/_sim/people/{psid}"
    for method, path, action in (
        ("GET", "/_sim/health", health),
        ("GET", "/_sim/clock", clock),
        ("POST", "/_sim/clock", move_clock),
        ("GET", "/_sim/people", people),
        ("POST", "/_sim/people", add_person),
        ("PATCH", person, change_person),
        ("GET", person + "/thread", thread),
        ("POST", person + "/acts", act),
        ("POST", "/_sim/batch", batch),
        ("POST", "/_sim/release", release),
        ("POST", "/_sim/redeliver", redeliver),
        ("POST", "/_sim/webhook", webhook),
        ("POST", "/_sim/idle", idle),
        ("GET", "/_sim/requests", requests),
        ("GET", "/_sim/deliveries", deliveries),
        ("GET", "/_sim/faults", faults),
        ("POST", "/_sim/faults", set_fault),
        ("DELETE", "/_sim/faults", clear_faults),
        ("DELETE", "/_sim/faults/{id}", clear_faults),
        ("GET", "/_sim/page", page),
        ("PATCH", "/_sim/page", change_page),
        ("GET", "/_sim/templates", templates),
        ("POST", "/_sim/templates/{id}", review_template),
        ("GET", "/_sim/ads", ads),
        ("POST", "/_sim/reset", reset),
    ):
        app.router.add_route(method, path, _handler(action))


def _handler(action: Action) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
    async def handle(request: web.Request) -> web.StreamResponse:
        try:
            return web.json_response(
                await action(request.app[PLATFORM], request, await _body(request))
            )
        except (WorldError, SettingsError) as error:
            return web.json_response({"error": str(error)}, status=400)

    return handle


async def _body(request: web.Request) -> Json:
    if request.method not in ("POST", "PATCH"):
        return {}
    raw = await request.read()
    if raw and request.content_type != "application/json":
        # A page of another site can post text without asking; JSON it cannot.
        raise WorldError("the control plane takes `application/json` only")
    try:
        body = json.loads(raw or b"{}")
    except (ValueError, RecursionError) as error:
        raise WorldError("the body is not valid JSON") from error
    if not isinstance(body, dict):
        raise WorldError("the body is not a JSON object")
    return body


def _fields(body: Mapping[str, Any], allowed: Mapping[str, type]) -> Json:
    for name, value in body.items():
        if name not in allowed:
            raise WorldError(f"there is no field `{name}`, only {', '.join(allowed)}")
        if value is not None and type(value) is not allowed[name]:
            raise WorldError(f"`{name}` is `{value}`, which is no {allowed[name].__name__}")
    return dict(body)


async def health(platform: Platform, _request: web.Request, _body: Json) -> Json:
    """Say that the simulator works, and for which Page."""
    settings = platform.settings
    return {
        "status": "ok",
        "page_id": settings.page_id,
        "page_name": settings.page_name,
        "webhook": settings.webhook,
        "facts_checked_on": platform.facts.checked_on,
    }


# -- the clock --------------------------------------------------------------------------------


async def clock(platform: Platform, _request: web.Request, _body: Json) -> Json:
    """Say the simulated time."""
    return _clock(platform)


async def move_clock(platform: Platform, _request: web.Request, body: Json) -> Json:
    """Move the clock, and tell the bot with a webhook that has no events."""
    before, moving = platform.world.clock.now(), platform.world.clock
    if len(body) != 1:
        raise WorldError("the clock takes one of advance_seconds, now, offset_ms")
    ((name, value),) = body.items()
    number = not isinstance(value, bool) and isinstance(value, (int, float))
    if name == "advance_seconds" and number:
        moving.advance(value)
    elif name == "offset_ms" and number:
        moving.set_offset(int(value))
    elif name == "now" and isinstance(value, str):
        try:
            moving.set_now(parse_moment(value))
        except ValueError as error:
            raise WorldError(f"`{value}` is not a moment as in 2026-04-27T00:00:00Z") from error
    else:
        raise WorldError(f"the clock cannot be moved by `{name}`: `{value}`")
    platform.moved(before)
    if platform.settings.webhook:
        await platform.tell_the_time()
    return _clock(platform)


def _clock(platform: Platform) -> Json:
    moving = platform.world.clock
    return {"now": rfc3339(moving.now()), "offset_ms": moving.offset_ms}


# -- people -----------------------------------------------------------------------------------


async def people(platform: Platform, _request: web.Request, _body: Json) -> list[Json]:
    """List everybody, in the order they came."""
    return [_person(platform, person) for person in platform.world.people.values()]


async def add_person(platform: Platform, _request: web.Request, body: Json) -> Json:
    """Add somebody who may talk to the Page."""
    wish = _fields(body, {"psid": str, "name": str, "region": str})
    person = platform.world.add_person(wish.get("psid"), wish.get("name"), wish.get("region"))
    return _person(platform, person)


async def change_person(platform: Platform, request: web.Request, body: Json) -> Json:
    """Change what is true of a person."""
    person = _who(platform, request)
    for name, value in _fields(body, PERSON_SETTINGS).items():
        if value is None and name != "region":
            raise WorldError(f"`{name}` cannot be null")
        setattr(person, name, value)
    return _person(platform, person)


def _who(platform: Platform, request: web.Request) -> Person:
    return platform.world.person(request.match_info["psid"])


def _person(platform: Platform, person: Person) -> Json:
    return {
        "psid": person.psid,
        "name": person.name,
        "region": person.region or platform.settings.region,
        "blocked": person.blocked,
        "thread_owner": person.thread_owner,
        "human_writing": person.human_writing,
        "stopped": person.stopped_at is not None,
        "window_until": rfc3339(platform.window_until(person)),
        "messages": len(person.messages),
    }


async def thread(platform: Platform, request: web.Request, _body: Json) -> Json:
    """Show a person's thread, and what the platform knows about the person."""
    person = _who(platform, request)
    return {
        **_person(platform, person),
        "messages": [_message(message) for message in person.messages],
        "notes": [{**vars(note), "at": rfc3339(note.at)} for note in person.notes],
        "tokens": [
            {
                "topic": token.topic,
                "granted_at": rfc3339(token.granted_at),
                "expires_at": rfc3339(token.granted_at + platform.facts.token_valid),
                "used_at": rfc3339(token.used_at),
            }
            for token in person.tokens
        ],
        "subscriptions": [
            {
                "title": one.title,
                "topic": one.topic,
                "granted_at": rfc3339(one.granted_at),
                "last_sent_at": rfc3339(one.last_sent_at),
                "expires_at": rfc3339(one.expires_at),
                "stopped": one.stopped,
            }
            for one in person.subscriptions
        ],
        "comments": [
            {
                "id": comment.id,
                "is_post": comment.is_post,
                "at": rfc3339(comment.at),
                "replied_at": rfc3339(comment.replied_at),
            }
            for comment in person.comments
        ],
        "typing": person.is_typing(platform.world.clock.now()),
        "seen_at": rfc3339(person.seen_at),
        "read_at": rfc3339(person.read_at),
        "clock": _clock(platform),
    }


def _message(message: Message) -> Json:
    shown = {name: value for name, value in vars(message).items() if name not in ("sender", "said")}
    return {
        **shown,
        "from": message.sender,
        "at": rfc3339(message.at),
        "message": message.said,
    }


# -- what people do ---------------------------------------------------------------------------


async def act(platform: Platform, request: web.Request, body: Json) -> Json:
    """Let a person do something, and answer after the first delivery."""
    done, job = await platform.act(_who(platform, request).psid, body)
    return {"event": done.event, "mid": done.mid, "delivery": _delivery(job)}


async def batch(platform: Platform, _request: web.Request, body: Json) -> Json:
    """Let people do several things that arrive in one POST."""
    wish = _fields(body, {"acts": list, "entries": str})
    acts, entries = wish.get("acts") or [], wish.get("entries", "one")
    if not acts or not all(isinstance(one, dict) for one in acts):
        raise WorldError("`acts` is not a list of acts")
    if entries not in ("one", "each"):
        raise WorldError(f"`entries` is `{entries}`, not one or each")
    done, job = await platform.batch(acts, one_entry=entries == "one")
    return {
        "events": [one.event for one in done],
        "mids": [one.mid for one in done],
        "delivery": _delivery(job),
    }


async def release(platform: Platform, _request: web.Request, body: Json) -> list[Json]:
    """Deliver what was held back."""
    wish = _fields(body, {"psid": str, "reverse": bool})
    jobs = await platform.release(wish.get("psid"), reverse=bool(wish.get("reverse")))
    return [_delivery(job) for job in jobs]


async def redeliver(platform: Platform, _request: web.Request, body: Json) -> list[Json]:
    """Deliver the newest acts again, the same bytes."""
    jobs = await platform.redeliver(int(_fields(body, {"last": int}).get("last") or 1))
    return [_delivery(job) for job in jobs]


async def webhook(platform: Platform, _request: web.Request, body: Json) -> Json:
    """Send the bot any body at all, signed well, badly or not."""
    wish = _fields(body, {"payload": dict, "raw": str, "signature": str})
    if ("payload" in wish) == ("raw" in wish):
        raise WorldError("a webhook is given as `payload` or as `raw`")
    signatures = {"good": "", "bad": "sha256=" + "0" * 64, "none": None}
    chosen = wish.get("signature") or "good"
    if chosen not in signatures:
        raise WorldError(f"`signature` is `{chosen}`, not good, bad or none")
    # Half a surrogate pair has no bytes in UTF-8, but a hostile sender has bytes for it.
    raw = (
        encode(wish["payload"])
        if "payload" in wish
        else wish["raw"].encode("utf-8", "surrogatepass")
    )
    job = await platform.deliverer.once(raw, "raw", signature=signatures[chosen])
    return {"status": job.status, "body": job.attempts[-1].answer, "error": job.attempts[-1].error}


async def idle(platform: Platform, _request: web.Request, body: Json) -> Json:
    """Wait until no webhook is on its way any more."""
    seconds = _fields(body, {"seconds": int}).get("seconds") or int(FIRST_ATTEMPT_WITHIN)
    return {"idle": await platform.deliverer.idle(float(seconds))}


def _delivery(job: Job | None) -> Json:
    if job is None:
        return {"status": None, "attempts": 0}
    return {"status": job.status, "attempts": len(job.attempts)}


# -- records, faults, the Page ----------------------------------------------------------------


async def requests(platform: Platform, request: web.Request, _body: Json) -> list[Json]:
    """List the Send API calls, oldest first."""
    psid = request.query.get("psid")
    return [
        {**vars(one), "at": rfc3339(one.at)}
        for one in platform.requests
        if psid in (None, one.psid)
    ]


async def deliveries(platform: Platform, _request: web.Request, _body: Json) -> list[Json]:
    """List the webhooks with every attempt, oldest first."""
    return [
        {
            "kind": job.kind,
            "psids": list(job.psids),
            "state": job.state,
            "body": job.body.decode("utf-8", "replace"),
            "attempts": [{**asdict(one), "at": rfc3339(one.at)} for one in job.attempts],
        }
        for job in platform.deliverer.jobs
    ]


async def faults(platform: Platform, _request: web.Request, _body: Json) -> list[Json]:
    """List the faults that are set."""
    return [fault.as_json() for fault in platform.faults.all()]


async def set_fault(platform: Platform, _request: web.Request, body: Json) -> Json:
    """Set a fault."""
    return {"id": platform.faults.set(body).id}


async def clear_faults(platform: Platform, request: web.Request, _body: Json) -> Json:
    """Take one fault away, or all."""
    wanted = request.match_info.get("id")
    if wanted is not None and not wanted.isdecimal():
        raise WorldError(f"there is no fault `{wanted}`")
    platform.faults.remove(None if wanted is None else int(wanted))
    return {}


async def page(platform: Platform, _request: web.Request, _body: Json) -> Json:
    """Show how the Page is set up."""
    return {name: getattr(platform.settings, name) for name in PAGE_SETTINGS}


async def change_page(platform: Platform, request: web.Request, body: Json) -> Json:
    """Change how the Page is set up."""
    wish = _fields(body, PAGE_SETTINGS)
    if None in wish.values() or wish.get("region") == "":
        raise WorldError("a setting of the Page cannot be empty")
    check_webhook(wish.get("webhook", ""))
    check_choices(wish)
    for name, value in wish.items():
        setattr(platform.settings, name, value)
    return await page(platform, request, body)


# -- templates and ads ------------------------------------------------------------------------


async def templates(platform: Platform, _request: web.Request, _body: Json) -> list[Json]:
    """List the Page's utility templates."""
    return [stored.as_json() for stored in platform.world.templates.all()]


async def review_template(platform: Platform, request: web.Request, body: Json) -> Json:
    """Approve, reject or pause a template, and tell the bot."""
    wish = _fields(body, {"status": str, "reason": str})
    known_as, status = request.match_info["id"], str(wish.get("status"))
    return platform.review_template(known_as, status, wish.get("reason")).as_json()


async def ads(platform: Platform, _request: web.Request, _body: Json) -> list[Json]:
    """List what was advertised, oldest first."""
    return [
        {
            "id": one.id,
            "edge": one.edge,
            "created_at": rfc3339(one.created_at),
            "fields": one.fields,
        }
        for one in platform.world.ads.all()
    ]


async def reset(platform: Platform, _request: web.Request, _body: Json) -> Json:
    """Begin again."""
    await platform.reset()
    return {}
