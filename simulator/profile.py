"""The Page's Messenger profile: set, shown and deleted as a whole, one property at a time."""

from __future__ import annotations

from typing import Any

from aiohttp import web

from .core import Platform
from .graph_call import Envelope, check_page
from .reading import refusal

Json = dict[str, Any]

PROPERTIES = (
    "get_started",
    "greeting",
    "ice_breakers",
    "persistent_menu",
    "commands",
    "whitelisted_domains",
    "account_linking_url",
)
_MOST_ITEMS, _LONGEST_GREETING, _LONGEST_TITLE = 20, 160, 30


def show(request: web.Request, _envelope: Envelope, platform: Platform) -> Json:
    """Show the properties that were asked for and are set."""
    check_page(request, platform)
    asked = [name for name in request.query.get("fields", "").split(",") if name]
    for name in asked:
        _check_name(name, platform)
    there = platform.world.profile
    shown = {name: there[name] for name in asked if name in there}
    return {"data": [shown] if shown else []}


def change(request: web.Request, envelope: Envelope, platform: Platform) -> Json:
    """Set properties, each as a whole; nothing is set where one is refused."""
    check_page(request, platform)
    body = _object(envelope, platform)
    if not body:
        raise refusal(platform.facts, "bad_parameter", "no property is given")
    for name in body:
        _check_name(name, platform)
    after = {**platform.world.profile, **body}
    _check(after, platform)
    platform.world.profile.update(body)
    return {"result": "success"}


def delete(request: web.Request, envelope: Envelope, platform: Platform) -> Json:
    """Delete properties."""
    check_page(request, platform)
    fields = _object(envelope, platform).get("fields")
    if not isinstance(fields, list) or not fields:
        raise refusal(platform.facts, "bad_parameter", "`fields` is not a list")
    for name in fields:
        _check_name(name, platform)
    after = {k: v for k, v in platform.world.profile.items() if k not in fields}
    _check(after, platform)
    platform.world.profile.clear()
    platform.world.profile.update(after)
    return {"result": "success"}


def _check(profile: Json, platform: Platform) -> None:
    """Refuse a profile that the platform would not have."""
    facts = platform.facts
    if "persistent_menu" in profile and "get_started" not in profile:
        raise refusal(facts, "bad_parameter", "a persistent menu needs a Get Started button")
    for name in ("greeting", "persistent_menu", "ice_breakers", "commands"):
        rows = profile.get(name, [{"locale": "default"}])
        located = isinstance(rows, list) and all(isinstance(row, dict) for row in rows)
        if not located or "default" not in [row.get("locale") for row in rows]:
            raise refusal(facts, "bad_parameter", f"`{name}` has no locale `default`")
    for row in profile.get("greeting", []):
        if len(str(row.get("text", ""))) > _LONGEST_GREETING:
            raise refusal(facts, "bad_parameter", "the greeting is longer than 160 characters")
    for row in profile.get("persistent_menu", []):
        items = row.get("call_to_actions", [])
        if not isinstance(items, list) or len(items) > _MOST_ITEMS:
            raise refusal(facts, "bad_parameter", "the menu has more than 20 items")
        for item in items:
            if len(str(item.get("title", ""))) > _LONGEST_TITLE:
                raise refusal(facts, "bad_parameter", "a title is longer than 30 characters")


def _check_name(name: object, platform: Platform) -> None:
    if name not in PROPERTIES:
        raise refusal(platform.facts, "bad_parameter", f"the profile has no property `{name}`")


def _object(envelope: Envelope, platform: Platform) -> Json:
    if not isinstance(envelope.body, dict):
        raise refusal(platform.facts, "bad_parameter", "the body is not an object")
    return envelope.body
