"""The Page's Messenger profile, as the platform keeps it."""

from __future__ import annotations

from typing import Any

import pytest
import requests

from simulator.testing import Simulator

STARTED = {"get_started": {"payload": "GET_STARTED"}}
MENU = {"persistent_menu": [{"locale": "default", "call_to_actions": []}]}


def call(messenger: Simulator, method: str, body: Any = None, fields: str = "") -> Any:
    """Return the status and the answer of a call for the profile."""
    answer = requests.request(
        method,
        f"{messenger.url}/v26.0/me/messenger_profile",
        params={"fields": fields} if fields else {},
        json=body,
        headers={"Authorization": "Bearer sim-page-token"},
        timeout=10,
    )
    return answer.status_code, answer.json()


def test_what_is_set_is_shown_where_it_is_asked_for(messenger: Simulator) -> None:
    assert call(messenger, "POST", STARTED) == (200, {"result": "success"})
    assert call(messenger, "GET", fields="get_started") == (200, {"data": [STARTED]})
    assert call(messenger, "GET", fields="greeting") == (200, {"data": []})


def test_what_is_deleted_is_gone(messenger: Simulator) -> None:
    call(messenger, "POST", {**STARTED, **MENU})
    assert call(messenger, "DELETE", {"fields": ["persistent_menu"]})[0] == 200
    assert call(messenger, "GET", fields="get_started,persistent_menu")[1] == {"data": [STARTED]}


@pytest.mark.parametrize(
    ("body", "says"),
    [
        (MENU, "needs a Get Started button"),
        ({"greetings": []}, "no property `greetings`"),
        ({}, "no property is given"),
        ({"greeting": [{"locale": "fr_FR", "text": "x"}]}, "no locale `default`"),
        ({"greeting": [{"locale": "default", "text": "x" * 161}]}, "160 characters"),
        (
            {**STARTED, "persistent_menu": [{"locale": "default", "call_to_actions": [{}] * 21}]},
            "20 items",
        ),
    ],
)
def test_a_profile_that_the_platform_would_not_have_is_refused_whole(
    messenger: Simulator, body: dict[str, Any], says: str
) -> None:
    status, answer = call(messenger, "POST", body)
    assert (status, answer["error"]["code"]) == (400, 100)
    assert says in answer["error"]["message"]
    assert call(messenger, "GET", fields="get_started,greeting")[1] == {"data": []}


def test_the_button_stays_while_a_menu_needs_it(messenger: Simulator) -> None:
    call(messenger, "POST", {**STARTED, **MENU})
    assert call(messenger, "DELETE", {"fields": ["get_started"]})[0] == 400
    assert call(messenger, "DELETE", {"fields": ["get_started", "persistent_menu"]})[0] == 200
