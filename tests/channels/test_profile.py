"""`policy-guard profile`: the file checked, compared with the platform's profile, and applied."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import requests

from channels.cli import main
from channels.cli_profile import closed
from channels.profile import difference, read
from policy_guard.errors import SettingsError
from simulator.pytest_plugin import messenger
from simulator.testing import Simulator

__all__ = ["messenger"]

ROOT = Path(__file__).parents[2]
MENU = [{"title": "Alerts", "payload": "/choose_alerts"}]
CREDENTIALS = """
channels.messenger.MessengerInput:
  verify: verify-me
  secret: sim-app-secret
  page-access-token: sim-page-token
  graph_url: %s
"""
PROFILE: dict[str, Any] = {
    "get_started": "GET_STARTED",
    "greeting": {"default": "Hi!", "fr_FR": "Bonjour !"},
    "persistent_menu": {"default": MENU},
}


def passes(payload: str) -> bool:
    return payload in {"GET_STARTED", "/choose_alerts"}


@pytest.fixture
def wrote(tmp_path: Path) -> Callable[[dict[str, Any]], Path]:
    def write(profile: dict[str, Any]) -> Path:
        file = tmp_path / "profile.yml"
        file.write_text(json.dumps(profile, ensure_ascii=False))
        return file

    return write


# -- read -------------------------------------------------------------------------------------


def test_the_file_becomes_the_platforms_words(wrote: Callable[..., Path]) -> None:
    item = {"title": "Shop", "url": "https://shop.example/"}
    profile = read(wrote({**PROFILE, "persistent_menu": {"default": [*MENU, item]}}), passes)
    assert profile.notes == ()
    assert profile.wanted == {
        "get_started": {"payload": "GET_STARTED"},
        "greeting": [
            {"locale": "default", "text": "Hi!"},
            {"locale": "fr_FR", "text": "Bonjour !"},
        ],
        "persistent_menu": [
            {
                "locale": "default",
                "composer_input_disabled": False,
                "call_to_actions": [
                    {"type": "postback", "title": "Alerts", "payload": "/choose_alerts"},
                    {"type": "web_url", "title": "Shop", "url": "https://shop.example/"},
                ],
            }
        ],
    }


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"menu": {}}, "unknown key `menu`"),
        ({"greeting": "Hi!"}, "`greeting` is by locale"),
        ({"greeting": {"fr_FR": "Bonjour"}}, "one of them `default`"),
        ({"greeting": {"default": "x" * 161}}, "161 characters; the platform takes 160"),
        ({"greeting": {"default": " "}}, "a greeting is missing"),
        ({"get_started": None}, "a persistent menu needs `get_started`"),
        ({"persistent_menu": {"default": MENU * 21}}, "21 entries; the platform takes 20"),
        ({"persistent_menu": {"default": []}}, "is not a list"),
        ({"persistent_menu": {"default": ["x"]}}, "is not a map"),
        ({"persistent_menu": {"default": [{**MENU[0], "title": "x" * 31}]}}, "31 characters"),
        ({"persistent_menu": {"default": [{**MENU[0], "url": "https://a.b"}]}}, "either"),
        ({"persistent_menu": {"default": [{"title": "x"}]}}, "either a `payload` or a `url`"),
        ({"persistent_menu": {"default": [{"title": "x", "url": "http://a.b"}]}}, "not an https"),
        ({"persistent_menu": {"default": [{**MENU[0], "icon": "x"}]}}, "unknown key `icon`"),
        ({"get_started": "/gibberish"}, "names no intent that the channel lets through"),
        ({"get_started": "/" + "x" * 1000}, "1001 characters; the platform takes 1000"),
        ({"ice_breakers": {"default": [{"question": "?", "payload": "/choose_alerts"}] * 5}}, "5 "),
        ({"ice_breakers": {"default": [{"payload": "/choose_alerts"}]}}, "a question is missing"),
        ({"commands": {"default": [{"name": "alerts"}]}}, "a description is missing"),
    ],
)
def test_what_the_platform_would_refuse_is_said_with_its_line(
    wrote: Callable[..., Path], change: dict[str, Any], says: str
) -> None:
    with pytest.raises(SettingsError, match=says) as problem:
        read(wrote({**PROFILE, **change}), passes)
    assert "profile.yml:1: " in str(problem.value)


def test_what_hides_something_else_is_noted(wrote: Callable[..., Path]) -> None:
    more = {
        "ice_breakers": {"default": [{"question": "Alerts?", "payload": "/choose_alerts"}]},
        "commands": {"default": [{"name": "alerts", "description": "What you hear"}]},
    }
    menu, started = read(wrote({**PROFILE, **more}), passes).notes
    assert "instead of the persistent menu" in menu
    assert "instead of Get Started" in started


# -- compared ---------------------------------------------------------------------------------


def test_what_the_platform_adds_is_no_difference(wrote: Callable[..., Path]) -> None:
    wanted = read(wrote(PROFILE), passes).wanted
    there = json.loads(json.dumps(wanted))
    there["greeting"].reverse()
    there["persistent_menu"][0]["disabled_surfaces"] = []
    assert not difference(wanted, there)


def test_a_change_and_a_leftover_are_differences(wrote: Callable[..., Path]) -> None:
    wanted = read(wrote(PROFILE), passes).wanted
    there = {**wanted, "greeting": [{"locale": "default", "text": "Hey"}], "commands": []}
    found = difference(wanted, there)
    assert (set(found.set), found.delete) == ({"greeting"}, ("commands",))


def test_a_menu_is_set_together_with_its_button(wrote: Callable[..., Path]) -> None:
    wanted = read(wrote(PROFILE), passes).wanted
    found = difference(wanted, {**wanted, "persistent_menu": []})
    assert list(found.set) == ["get_started", "persistent_menu"]


# -- applied, against the simulator -----------------------------------------------------------


@pytest.fixture
def project(tmp_path: Path, messenger: Simulator, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project whose Page is the simulator's and whose profile and domain are our own."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "endpoints.yml").write_text("policy_guard:\n  page: {region: US}\n")
    (tmp_path / "credentials.yml").write_text(CREDENTIALS % messenger.url)
    for name in ("domain.yml", "profile.yml"):
        (tmp_path / name).write_text((ROOT / name).read_text("utf-8"), "utf-8")
    return tmp_path


def there(messenger: Simulator) -> dict[str, Any]:
    answer = requests.get(
        f"{messenger.url}/v26.0/me/messenger_profile",
        params={"fields": "get_started,greeting,persistent_menu,ice_breakers,commands"},
        headers={"Authorization": "Bearer sim-page-token"},
        timeout=10,
    )
    (row,) = answer.json()["data"] or [{}]
    found: dict[str, Any] = row
    return found


def test_our_own_profile_is_applied_and_then_the_same(
    project: Path, messenger: Simulator, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["profile", "apply"]) == 0
    assert set(there(messenger)) == {"get_started", "greeting", "persistent_menu"}
    assert [row["locale"] for row in there(messenger)["persistent_menu"]] == [
        "default",
        "fr_FR",
        "fr_CA",
    ]
    assert "set persistent_menu" in capsys.readouterr().out
    assert main(["profile", "show"]) == 0
    assert capsys.readouterr().out == "the platform's profile is what the file says\n"


def test_a_dry_run_changes_nothing(
    project: Path, messenger: Simulator, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["profile", "apply", "--dry-run"]) == 0
    assert "would set greeting" in capsys.readouterr().out
    assert there(messenger) == {}


def test_what_the_file_no_longer_has_is_deleted(
    project: Path, messenger: Simulator, capsys: pytest.CaptureFixture[str]
) -> None:
    main(["profile", "apply"])
    (project / "profile.yml").write_text("greeting: {default: Hello}\n")
    assert main(["profile", "apply"]) == 0
    assert there(messenger) == {"greeting": [{"locale": "default", "text": "Hello"}]}
    assert "deleted persistent_menu" in capsys.readouterr().out


def test_a_payload_that_the_bot_does_not_know_is_not_applied(
    project: Path, messenger: Simulator, capsys: pytest.CaptureFixture[str]
) -> None:
    for dead in ("/EXTERNAL_stop", "/nothing_of_the_kind", "hello"):
        (project / "profile.yml").write_text(f"get_started: {dead}\n")
        assert main(["profile", "apply"]) == 2
        assert f"profile.yml:1: the payload `{dead}`" in capsys.readouterr().err
    assert there(messenger) == {}


def test_a_platform_that_refuses_is_one_sentence(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = (project / "credentials.yml").read_text()
    (project / "credentials.yml").write_text(text.replace("sim-page-token", "wrong-token"))
    assert main(["profile", "apply"]) == 2
    said = capsys.readouterr().err
    assert "the platform refused with code `190`" in said
    assert "wrong-token" not in said


@pytest.mark.parametrize(
    ("region", "day", "where"),
    [
        ("FR", "2021-01-10", "EEA"),
        ("JP", "2021-04-01", "JP"),
        ("FR", "2026-05-10", None),
        ("US", "2021-01-10", None),
    ],
)
def test_where_the_platform_has_closed_the_menu_it_is_said(
    project: Path, wrote: Callable[..., Path], region: str, day: str, where: str | None
) -> None:
    (project / "endpoints.yml").write_text(f"policy_guard:\n  page: {{region: {region}}}\n")
    args = SimpleNamespace(endpoints=project / "endpoints.yml")
    profile = read(wrote(PROFILE), passes)
    now = datetime.fromisoformat(f"{day}T12:00:00+00:00")
    notes = closed(args, profile, now)
    assert [note for note in notes if where and f"closed in `{where}`" in note] == notes
    assert bool(notes) == bool(where)
