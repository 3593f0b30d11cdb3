"""docker-compose.yml: of the right form, complete, and about files and commands that exist."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from compose_spec import PyCompose

from channels import cli
from policy_guard import cli as guard_cli
from tests import compose

ROOT = Path(__file__).parents[2]
GIVEN = {
    "MESSENGER_VERIFY_TOKEN": "verify",
    "MESSENGER_APP_SECRET": "secret",
    "MESSENGER_PAGE_TOKEN": "token",
    "MESSENGER_API_TOKEN": "api",
    "POSTGRES_PASSWORD": "password",
}


def test_it_is_what_compose_takes() -> None:
    read = PyCompose.from_yaml(json.dumps(compose.document()))
    assert sorted(read.service_names()) == ["actions", "postgres", "rasa", "redis", "worker"]


def test_the_check_of_the_form_notices_a_mistake() -> None:
    wrong = json.loads(json.dumps(compose.document()))
    wrong["services"]["rasa"]["comand"] = wrong["services"]["rasa"].pop("command")
    with pytest.raises(ValueError, match="comand"):
        PyCompose.from_yaml(json.dumps(wrong))


def test_what_has_to_be_given_is_in_the_example_and_nothing_else() -> None:
    asked = set(re.findall(r"\$\{(\w+):\?", compose.FILE.read_text("utf-8")))
    lines = (ROOT / ".env.example").read_text("utf-8").splitlines()
    shown = {line.partition("=")[0] for line in lines if "=" in line and not line.startswith("#")}
    assert asked == shown == set(GIVEN)


@pytest.mark.parametrize("left_out", sorted(GIVEN))
def test_nothing_starts_with_a_secret_left_out(left_out: str) -> None:
    given = {**GIVEN, left_out: ""}
    with pytest.raises(KeyError, match=left_out):
        compose.environment("rasa", given)


@pytest.mark.parametrize("name", ["rasa", "actions", "worker"])
def test_every_value_that_the_settings_take_from_the_environment_is_there(name: str) -> None:
    told = compose.environment(name, GIVEN)
    for file in ("credentials.yml", "deploy/endpoints.yml"):
        wanted = set(re.findall(r"\$\{(\w+)\}", (ROOT / file).read_text("utf-8")))
        assert wanted - set(told) == set(), file
    assert told["GUARD_URL"] == told["POLICY_GUARD_DB"]
    assert told["MESSENGER_GRAPH_URL"] == "https://graph.facebook.com"


def test_every_file_that_a_command_names_is_there_or_is_made() -> None:
    for name in ("rasa", "actions", "worker"):
        for word in compose.command(name):
            if word.endswith((".yml", ".tar.gz")):
                assert (ROOT / word).exists() or word == "models/bot.tar.gz", word


def test_the_workers_command_is_one_of_ours() -> None:
    program, *words = compose.command("worker")
    assert program == "policy-guard"
    parsed = guard_cli.build_parser(cli._extend).parse_args(words)
    assert str(parsed.endpoints) == "deploy/endpoints.yml"


def test_the_image_has_all_that_the_services_need() -> None:
    ignored = (ROOT / ".dockerignore").read_text("utf-8").split()
    needed = ("actions", "channels", "policy_guard", "deploy", "data", "requirements", "simulator")
    assert not set(needed) & set(ignored)
    for line in (ROOT / "Dockerfile").read_text("utf-8").splitlines():
        if line.startswith("COPY requirements"):
            assert (ROOT / line.split()[1]).exists()
