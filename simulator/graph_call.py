"""One call of the Graph API over HTTP: taken apart, authenticated, refused."""

from __future__ import annotations

import hmac
import json
import re
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any, NoReturn
from urllib.parse import parse_qsl

from aiohttp import web

from .core import Platform, trace_id
from .reading import PlatformError, RefusedError, refusal

PLATFORM: web.AppKey[Platform] = web.AppKey("platform", Platform)
SECRET_FIELDS = ("access_token", "appsecret_proof")
# In a form's values these are JSON, whatever they hold; others only when they can be read as it.
JSON_FIELDS = frozenset({"recipient", "message", "reply_to", "payload", "components"})


@dataclass(frozen=True)
class Envelope:
    """A call taken apart: the body without secrets, and the secrets with where they were."""

    body: object
    token: str | None
    token_in: str | None
    proof: str | None


def error_response(error: PlatformError, platform: Platform) -> web.Response:
    """Return the HTTP answer that carries the error."""
    content: dict[str, Any] = {
        "message": error.message,
        "type": "OAuthException",
        "code": error.code,
    }
    if error.subcode is not None:
        content["error_subcode"] = error.subcode
    content["fbtrace_id"] = trace_id()
    return web.json_response({"error": content}, status=platform.facts.status_of(error.code))


def authenticate(envelope: Envelope, platform: Platform) -> None:
    """Raise RefusedError unless the token, and the proof where there is one, are the Page's."""
    token = envelope.token
    if token is None or not hmac.compare_digest(
        token.encode("utf-8", "replace"), platform.settings.page_token.encode()
    ):
        raise refusal(platform.facts, "bad_token")
    proof = envelope.proof
    if proof is not None and not hmac.compare_digest(
        proof.encode("utf-8", "replace"), platform.proof_of(token).encode()
    ):
        raise refusal(platform.facts, "bad_proof")


def check_page(request: web.Request, platform: Platform) -> None:
    """Raise RefusedError unless the address names the Page."""
    if request.match_info["node"] not in ("me", platform.settings.page_id):
        raise refusal(platform.facts, "no_such_object")


def open_call(
    request: web.Request, raw: bytes, platform: Platform, *, query_fields: Collection[str] = ()
) -> Envelope:
    """Return the call taken apart; raises RefusedError for what is not a call at all.

    `query_fields` may stand in the address besides the secrets and `fields`.
    """
    query = dict(request.query)
    unknown = set(query) - {*SECRET_FIELDS, "fields", *query_fields}
    if unknown:
        sentence = f"`{min(unknown)}` is not a query parameter the platform knows"
        raise refusal(platform.facts, "bad_parameter", sentence)
    told = request.method == "POST" or (request.method == "DELETE" and raw)
    body = _body(request, raw, platform) if told else {}
    secrets: dict[str, object] = {}
    if isinstance(body, dict):
        secrets = {name: body.pop(name) for name in SECRET_FIELDS if name in body}
    header = re.fullmatch(r"Bearer (\S+)", request.headers.get("Authorization", ""))
    token_places = {
        "header": header.group(1) if header else None,
        "query": query.get("access_token"),
        "body": secrets.get("access_token"),
    }
    place = next((name for name, value in token_places.items() if value is not None), None)
    token = token_places[place] if place else None
    proof = secrets.get("appsecret_proof", query.get("appsecret_proof"))
    return Envelope(
        body=body,
        token=None if token is None else str(token),
        token_in=place,
        proof=None if proof is None else str(proof),
    )


def _body(request: web.Request, raw: bytes, platform: Platform) -> object:
    facts = platform.facts
    if request.content_type == "application/x-www-form-urlencoded":
        return _form(raw, platform)
    if request.content_type != "application/json":
        sentence = f"the content type `{request.content_type}` is not understood"
        raise refusal(facts, "bad_parameter", sentence)
    return _json(raw, "the body", platform)


def _form(raw: bytes, platform: Platform) -> dict[str, object]:
    body: dict[str, object] = {}
    for name, value in parse_qsl(raw.decode("utf-8", "replace"), keep_blank_values=True):
        if name in body:
            raise refusal(platform.facts, "bad_parameter", f"`{name}` is given twice")
        body[name] = value
        if name in JSON_FIELDS or value[:1] in ("{", "["):
            try:
                body[name] = _json(value, f"`{name}`", platform)
            except RefusedError:
                if name in JSON_FIELDS:
                    raise
    return body


def _json(text: str | bytes, what: str, platform: Platform) -> object:
    def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found = dict(pairs)
        if len(found) != len(pairs):
            raise ValueError("a name is given twice")
        return found

    def no_constant(name: str) -> NoReturn:
        raise ValueError(f"{name} is not JSON")

    try:
        parsed: object = json.loads(text, object_pairs_hook=once, parse_constant=no_constant)
    except (ValueError, RecursionError) as error:
        raise refusal(platform.facts, "bad_parameter", f"{what} is not valid JSON") from error
    return parsed
