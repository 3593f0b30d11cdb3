"""What `credentials.yml` says of the channel, checked before anything starts."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from policy_guard.durations import duration
from policy_guard.errors import SettingsError
from policy_guard.settings import filled

FACEBOOK = "graph.facebook.com"
_LOOPBACK = {"localhost", "::1"}
_KEYS = frozenset(
    {
        "verify",
        "secret",
        "page-access-token",
        "name",
        "page_id",
        "graph_url",
        "graph_version",
        "api_token",
        "endpoints",
        "allow_sha1",
        "max_turns",
        "payload_intents",
        "app_id",
        "inbox_app_id",
        "human_silence",
        "hold_on_after",
        "log_format",
    }
)
_MOST_TURNS = 1000
#: The app that is the Page's inbox (Messenger Platform, handover protocol, read 2026-11; the page
#: on echoes prints it with one digit less).
PAGE_INBOX = "263902037430900"
#: An answer is due within 30 seconds (Messenger Platform policy): the one moment comes well before.
_LATEST_HOLD_ON = timedelta(seconds=25)


@dataclass(frozen=True)
class ChannelSettings:
    """The channel's settings; what is secret is never shown."""

    verify_token: str = field(repr=False)
    secrets: tuple[str, ...] = field(repr=False)
    page_token: str = field(repr=False)
    name: str
    page_id: str | None
    graph_url: str
    graph_version: str
    api_token: str | None = field(repr=False)
    endpoints: Path
    allow_sha1: bool
    max_turns: int
    payload_intents: frozenset[str] | None
    app_id: str | None = None  # ours, in the handover protocol
    inbox_app_id: str = PAGE_INBOX
    human_silence: timedelta = timedelta(hours=1)  # after a person has written for the Page
    hold_on_after: timedelta = timedelta(seconds=12)  # without an answer
    log_format: str = "text"  # or `json`: one object a line


def read(
    credentials: Mapping[str, Any] | None, env: Mapping[str, str] | None = None
) -> ChannelSettings:
    """Return the channel's settings; raises SettingsError with a sentence that names the value.

    The keys of Rasa's built-in `facebook` channel (`verify`, `secret`, `page-access-token`) are
    taken as they are; `secret` may be a list while a secret is being rotated.
    """
    env = os.environ if env is None else env
    given = dict(credentials or {})
    for key in given:
        if key not in _KEYS:
            raise SettingsError(f"credentials.yml: unknown key `{key}` of the Messenger channel")

    def text(key: str, default: str | None = None) -> str:
        value = given.get(key, default)
        if value is None or not str(value).strip():
            raise SettingsError(f"credentials.yml: `{key}` of the Messenger channel is missing")
        return filled(str(value), key, env)

    api_token = given.get("api_token")
    page_id = given.get("page_id")
    return ChannelSettings(
        verify_token=text("verify"),
        secrets=_secrets(given.get("secret"), env),
        page_token=text("page-access-token"),
        name=text("name", "messenger"),
        page_id=None if page_id in {None, ""} else text("page_id"),
        graph_url=_graph_url(text("graph_url", f"https://{FACEBOOK}")),
        graph_version=text("graph_version", "v26.0"),
        api_token=None if api_token in {None, ""} else text("api_token"),
        endpoints=Path(text("endpoints", "endpoints.yml")),
        allow_sha1=_flag(given.get("allow_sha1", False), "allow_sha1"),
        max_turns=_count(given.get("max_turns", 32), "max_turns"),
        payload_intents=_names(given.get("payload_intents")),
        app_id=None if given.get("app_id") in {None, ""} else _app(text("app_id"), "app_id"),
        inbox_app_id=_app(text("inbox_app_id", PAGE_INBOX), "inbox_app_id"),
        human_silence=_span(text("human_silence", "1h"), "human_silence"),
        hold_on_after=_hold_on(text("hold_on_after", "12s")),
        log_format=_one_of(text("log_format", "text"), "log_format", ("text", "json")),
    )


def _app(value: str, key: str) -> str:
    if not (value.isascii() and value.isdigit()):
        raise SettingsError(f"credentials.yml: `{key}` is `{value}`, not the number of an app")
    return value


def _span(value: str, key: str) -> timedelta:
    try:
        return duration(value)
    except ValueError as problem:
        raise SettingsError(f"credentials.yml: `{key}`: {problem}") from None


def _hold_on(value: str) -> timedelta:
    span = _span(value, "hold_on_after")
    if not timedelta(0) < span <= _LATEST_HOLD_ON:
        raise SettingsError(
            f"credentials.yml: `hold_on_after` is `{value}`, not a time from `1s` to `25s`"
        )
    return span


def _one_of(value: str, key: str, known: Sequence[str]) -> str:
    if value not in known:
        wanted = " or ".join(f"`{each}`" for each in known)
        raise SettingsError(f"credentials.yml: `{key}` is `{value}`, not {wanted}")
    return value


def _secrets(value: Any, env: Mapping[str, str]) -> tuple[str, ...]:
    listed: Sequence[Any] = value if isinstance(value, list) else [value]
    secrets = tuple(filled(str(s), "secret", env) for s in listed if s is not None)
    if not secrets or not all(s.strip() for s in secrets):
        raise SettingsError("credentials.yml: `secret` of the Messenger channel is missing")
    return secrets


def _graph_url(url: str) -> str:
    """Take the platform's own address or this machine's: a token is shown to nobody else."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    if host in _LOOPBACK or host.startswith("127."):
        return url
    if parts.scheme == "https" and (host == FACEBOOK or host.endswith(".facebook.com")):
        return url
    raise SettingsError(
        f"credentials.yml: `graph_url` is `{url}`, neither Facebook's nor this machine's address"
    )


def _flag(value: Any, key: str) -> bool:
    if not isinstance(value, bool):
        raise SettingsError(f"credentials.yml: `{key}` is `{value}`, not true or false")
    return value


def _count(value: Any, key: str) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= _MOST_TURNS:
        raise SettingsError(f"credentials.yml: `{key}` is `{value}`, not a number from 1 to 1000")
    return value


def _names(value: Any) -> frozenset[str] | None:
    if value is None:
        return None
    if not isinstance(value, list) or not all(isinstance(name, str) for name in value):
        raise SettingsError("credentials.yml: `payload_intents` is not a list of intents")
    return frozenset(value)
