"""How the simulated Page and app are set up, and which settings are refused."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from .facts import load_facts

REQUIRED = ("page_id", "page_token", "app_secret", "verify_token", "region", "ad_account_id")
REVIEWS = ("approve", "wait")
LONGEST_AD_CLICK_WINDOW = 168  # hours


class SettingsError(ValueError):
    """A setting the simulator refuses to start with, in one sentence."""


@dataclass
class Settings:
    """How the simulated Page and app are set up; `start_at` is UTC, None means the real clock."""

    webhook: str = ""
    page_id: str = "1234567890"
    page_name: str = "Test Page"
    page_token: str = field(default="sim-page-token", repr=False)
    app_secret: str = field(default="sim-app-secret", repr=False)
    verify_token: str = field(default="sim-verify-token", repr=False)
    region: str = "US"
    human_agent: bool = False
    one_time_notification: bool = True
    restricted: bool = False
    recurring_notifications: bool = False
    news_page_index: bool = False
    utility_everywhere: bool = False
    sponsored_messages: bool = False
    ad_click_window_hours: int = 24
    template_review: str = "approve"  # or "wait": a control act decides
    template_status_field: str = ""  # "" means the spelling that the facts prefer
    ad_account_id: str = "1000000001"
    delivery_receipts: bool = True
    start_at: datetime | None = None

    def __post_init__(self) -> None:
        check_webhook(self.webhook)
        if self.page_token.startswith("EAA"):
            raise SettingsError(
                "the page token begins with `EAA` and looks real: use a made-up one"
            )
        for name in REQUIRED:
            if not getattr(self, name):
                raise SettingsError(f"the setting `{name}` is empty")
        check_choices(vars(self))


def check_choices(settings: Mapping[str, Any]) -> None:
    """Raise SettingsError unless those of `settings` that are chosen from a list are on it."""
    known = {"template_review": REVIEWS, "template_status_field": ("", *status_fields())}
    for name, allowed in known.items():
        if settings.get(name, allowed[0]) not in allowed:
            there = ", ".join(one for one in allowed if one)
            raise SettingsError(f"`{name}` is `{settings[name]}`, not one of {there}")
    if not 0 <= settings.get("ad_click_window_hours", 0) <= LONGEST_AD_CLICK_WINDOW:
        raise SettingsError(
            f"`ad_click_window_hours` is not 0 to {LONGEST_AD_CLICK_WINDOW}: the platform's week"
        )


def status_fields() -> tuple[str, ...]:
    """Return both spellings of the webhook field that tells of a template's review."""
    return load_facts().utility.status_fields


def check_webhook(address: str) -> None:
    """Raise SettingsError unless `address` is empty or an http address of this machine."""
    parts = urlsplit(address)
    if address and (parts.scheme != "http" or not is_loopback(parts.hostname or "")):
        raise SettingsError(f"the webhook `{address}` is not an http address of this machine")


def is_loopback(host: str) -> bool:
    """Whether `host` can only be this machine."""
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
