"""The other objects of the Graph API over HTTP: the Page, its templates, its ads."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from aiohttp import web

from .ads import AdObject
from .core import Platform
from .graph_call import (
    PLATFORM,
    Envelope,
    authenticate,
    check_page,
    error_response,
    open_call,
)
from .reading import RefusedError, refusal
from .templates import matching

Json = dict[str, Any]
Answer = Callable[[web.Request, Envelope, Platform], Json]
SEARCH = ("name", "status", "language", "category", "limit", "after")
PAGING = ("limit", "after", "before", "summary")


def handler(
    answer: Answer, query_fields: tuple[str, ...] = ()
) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
    """Return the request handler that gives `answer` to who may ask."""

    async def handle(request: web.Request) -> web.StreamResponse:
        platform = request.app[PLATFORM]
        try:
            raw = await request.read()
            envelope = open_call(request, raw, platform, query_fields=query_fields)
            authenticate(envelope, platform)
            return web.json_response(answer(request, envelope, platform))
        except RefusedError as refused:
            return error_response(refused.error, platform)

    return handle


# -- one object -------------------------------------------------------------------------------


def show(request: web.Request, _envelope: Envelope, platform: Platform) -> Json:
    """Show the Page, a template or an ad object."""
    node = request.match_info["node"]
    template, ad = platform.world.templates.get(node), platform.world.ads.get(node)
    if template is not None:
        return _chosen(template.as_json(), request)
    if ad is not None:
        return _chosen(_ad(ad), request)
    check_page(request, platform)
    return {"id": platform.settings.page_id, "name": platform.settings.page_name}


def change(request: web.Request, envelope: Envelope, platform: Platform) -> Json:
    """Change an ad object, for instance its status."""
    ad = platform.world.ads.get(request.match_info["node"])
    if ad is None:
        raise refusal(platform.facts, "no_such_object")
    platform.world.ads.change(ad, _object(envelope, platform))
    return {"success": True}


def nothing(_request: web.Request, _envelope: Envelope, platform: Platform) -> Json:
    """Refuse an address that means nothing here."""
    raise refusal(platform.facts, "unknown_path")


# -- templates --------------------------------------------------------------------------------


def create_template(request: web.Request, envelope: Envelope, platform: Platform) -> Json:
    """Create a utility template of the Page."""
    check_page(request, platform)
    stored = platform.create_template(envelope.body)
    return {"id": stored.id, "status": stored.status, "category": "UTILITY"}


def list_templates(request: web.Request, _envelope: Envelope, platform: Platform) -> Json:
    """List the Page's utility templates."""
    check_page(request, platform)
    found = matching(platform.world.templates.all(), request.query)
    return _page_of([_chosen(one.as_json(), request) for one in found], request, platform)


# -- ads --------------------------------------------------------------------------------------


def create_ad(request: web.Request, envelope: Envelope, platform: Platform) -> Json:
    """Create a campaign, an ad set, a creative or an ad."""
    _check_account(request, platform)
    made = platform.world.ads.create(
        request.match_info["edge"],
        _object(envelope, platform),
        platform.world.clock.now(),
        reopened=platform.settings.sponsored_messages,
    )
    return {"id": made.id}


def list_ads(request: web.Request, _envelope: Envelope, platform: Platform) -> Json:
    """List the objects of one kind."""
    _check_account(request, platform)
    found = platform.world.ads.all(request.match_info["edge"])
    return _page_of([_chosen(_ad(one), request) for one in found], request, platform)


def _check_account(request: web.Request, platform: Platform) -> None:
    if request.match_info["account"] != platform.settings.ad_account_id:
        raise refusal(platform.facts, "no_such_object")


def _ad(one: AdObject) -> Json:
    shown = {"id": one.id, **one.fields}
    if one.edge == "ads":
        # Given by `creative_id`, an ad's creative is shown by its id.
        shown["creative"] = {"id": shown["creative"]["creative_id"]}
    return shown


# -- what they share --------------------------------------------------------------------------


def _object(envelope: Envelope, platform: Platform) -> Json:
    if not isinstance(envelope.body, dict):
        raise refusal(platform.facts, "bad_parameter", "the body is not an object")
    return envelope.body


def _chosen(shown: Json, request: web.Request) -> Json:
    """Return the fields that were asked for, all of them when none were."""
    asked = [name for name in request.query.get("fields", "").split(",") if name]
    return {name: shown[name] for name in ("id", *asked) if name in shown} if asked else shown


def _page_of(rows: list[Json], request: web.Request, platform: Platform) -> Json:
    limit = request.query.get("limit", str(len(rows)))
    if not limit.isdecimal():
        raise refusal(platform.facts, "bad_parameter", "`limit` is not a number")
    return {"data": rows[: int(limit)]}
