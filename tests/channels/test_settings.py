"""The channel's settings: what a start needs, and one sentence for what is wrong with it."""

from __future__ import annotations

from typing import Any

import pytest

from channels.settings import read
from policy_guard.errors import SettingsError

GOOD: dict[str, Any] = {"verify": "v-token", "secret": "s3cret", "page-access-token": "p-token"}


def refused(**changes: Any) -> str:
    """Return the sentence with which the settings are refused."""
    with pytest.raises(SettingsError) as caught:
        read({**GOOD, **changes}, env={"KNOWN": "filled"})
    return str(caught.value)


def test_the_keys_of_rasas_own_facebook_channel_are_enough() -> None:
    settings = read(GOOD, env={})
    assert (settings.verify_token, settings.secrets) == ("v-token", ("s3cret",))
    assert (settings.name, settings.graph_version) == ("messenger", "v26.0")
    assert settings.graph_url == "https://graph.facebook.com"
    assert settings.page_id is None
    assert settings.api_token is None


def test_a_list_of_secrets_is_taken_while_one_is_rotated() -> None:
    assert read({**GOOD, "secret": ["new", "old"]}, env={}).secrets == ("new", "old")


def test_a_reference_left_by_a_quoted_value_is_filled_from_the_environment() -> None:
    assert read({**GOOD, "secret": "${KNOWN}"}, env={"KNOWN": "filled"}).secrets == ("filled",)


@pytest.mark.parametrize("key", ["verify", "secret", "page-access-token"])
def test_a_reference_that_nothing_fills_stops_the_start(key: str) -> None:
    said = refused(**{key: "${MISSING}"})
    assert f"`{key}`" in said
    assert "`MISSING` is not set" in said


@pytest.mark.parametrize("key", ["verify", "secret", "page-access-token"])
@pytest.mark.parametrize("value", [None, "", "  "])
def test_a_missing_value_stops_the_start(key: str, value: str | None) -> None:
    assert f"`{key}` of the Messenger channel is missing" in refused(**{key: value})


@pytest.mark.parametrize("value", ["<app secret>", "changeme", "your-app-secret", "xxxx"])
def test_a_placeholder_stops_the_start_and_is_named(value: str) -> None:
    assert refused(secret=value) == f"`secret` still has the placeholder `{value}`"


@pytest.mark.parametrize(
    "url",
    [
        "http://graph.facebook.com",
        "https://graph.facebook.com.example.org",
        "https://example.org",
        "http://10.0.0.1",
        "graph.facebook.com",
    ],
)
def test_a_token_is_shown_to_facebook_and_this_machine_only(url: str) -> None:
    assert f"`graph_url` is `{url}`" in refused(graph_url=url)


@pytest.mark.parametrize("url", ["http://127.0.0.1:8088", "http://localhost:1", "http://[::1]:2"])
def test_a_simulator_on_this_machine_is_taken(url: str) -> None:
    assert read({**GOOD, "graph_url": url}, env={}).graph_url == url


@pytest.mark.parametrize(
    ("key", "value", "said"),
    [
        ("sercet", "x", "unknown key `sercet`"),
        ("allow_sha1", "yes", "`allow_sha1` is `yes`, not true or false"),
        ("max_turns", 0, "`max_turns` is `0`"),
        ("max_turns", True, "`max_turns` is `True`"),
        ("payload_intents", "greet", "`payload_intents` is not a list"),
    ],
)
def test_a_wrong_value_is_named(key: str, value: object, said: str) -> None:
    assert said in refused(**{key: value})


def test_no_secret_is_shown_by_the_settings_themselves() -> None:
    shown = repr(read({**GOOD, "api_token": "api-token"}, env={}))
    assert not any(secret in shown for secret in ("v-token", "s3cret", "p-token", "api-token"))
