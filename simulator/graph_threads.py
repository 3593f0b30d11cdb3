"""The handover protocol over HTTP: a person's thread is passed, taken or asked for.

The app that has a token of the Page counts as the primary receiver, which alone may take a thread.
"""

from __future__ import annotations

from typing import Any

from aiohttp import web

from .core import Platform
from .graph_call import Envelope, check_page
from .handover import OUR_APP, US
from .reading import refusal
from .world import Person

Json = dict[str, Any]
_FIELDS = {"recipient", "target_app_id", "metadata"}
_METADATA = 1000


def control(request: web.Request, envelope: Envelope, platform: Platform) -> Json:
    """Pass, take or ask for a person's thread."""
    check_page(request, platform)
    do, body = request.match_info["do"], envelope.body
    if not isinstance(body, dict) or not set(body) <= _FIELDS:
        raise refusal(platform.facts, "bad_parameter", "the body has fields of no such call")
    person = platform.recipient_of(body)
    if person is None:
        raise refusal(platform.facts, "unknown_person")
    metadata = body.get("metadata", "")
    if not isinstance(metadata, str) or len(metadata) >= _METADATA:
        raise refusal(platform.facts, "bad_parameter", "`metadata` is not a short text")
    if do == "pass":
        _pass(person, body.get("target_app_id"), platform)
    elif do == "take":
        person.thread_owner = US
    platform.world.note(person, "handover", f"{do}|{metadata}")
    return {"success": True}


def _pass(person: Person, target: object, platform: Platform) -> None:
    app = str(target) if isinstance(target, (str, int)) else ""
    if not app.isdecimal():
        raise refusal(platform.facts, "bad_parameter", "`target_app_id` is not an app's id")
    if person.thread_owner != US:
        raise refusal(platform.facts, "other_owner")
    person.thread_owner = US if app == OUR_APP else app
