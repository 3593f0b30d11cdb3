"""Imports run one way; what is pure stays pure; tests talk to nobody but this machine."""

from __future__ import annotations

import asyncio
import re
import socket
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import grimp
import pytest
from importlinter import api

ROOT = Path(__file__).parents[1]
PACKAGES = ("policy_guard", "channels", "actions", "nlu", "simulator")

#: The only modules that know the bot's framework or its web server.
RASA_EDGE = re.compile(r"channels\.(messenger|rasa_\w+)|nlu\.(entity_)?component")
FRAMEWORK = {"rasa", "sanic"}


@pytest.fixture(scope="module")
def graph() -> grimp.ImportGraph:
    return grimp.build_graph(
        *PACKAGES,
        include_external_packages=True,
        cache_dir=None,
        exclude_type_checking_imports=True,
    )


def test_every_import_contract_is_kept() -> None:
    done = subprocess.run(
        [sys.executable, "-c", "from importlinter.cli import lint_imports_command as run; run()",
         "--no-cache", "--config", str(ROOT / ".importlinter")],
        cwd=ROOT, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    assert f"Contracts: {len(contracts())} kept, 0 broken." in done.stdout


def contracts() -> list[dict[str, object]]:
    return list(api.read_configuration(str(ROOT / ".importlinter"))["contracts_options"])


def test_the_contracts_cover_every_package_of_ours(graph: grimp.ImportGraph) -> None:
    named = str(contracts())
    folders = {f.parent.name for f in ROOT.glob("*/__init__.py")} - {"tests"}
    assert folders == set(PACKAGES)
    for package in PACKAGES:
        assert package in named
        assert graph.find_descendants(package)


def test_every_module_a_contract_names_exists(graph: grimp.ImportGraph) -> None:
    """A contract about a module that was renamed would keep forever and forbid nothing."""
    packages = "|".join(PACKAGES)
    named = re.findall(rf"\b(?:{packages})(?:\.\w+)*", str(contracts()))
    assert named
    assert set(named) <= graph.modules


def test_rasa_and_sanic_are_imported_at_the_edge_only(graph: grimp.ImportGraph) -> None:
    importers = {
        importer
        for framework in FRAMEWORK & graph.modules
        for importer in graph.find_modules_that_directly_import(framework)
    }
    assert "channels.messenger" in importers
    assert {m for m in importers if not RASA_EDGE.fullmatch(m)} == set()


def test_the_actions_know_the_guard_by_its_api_for_people_only(graph: grimp.ImportGraph) -> None:
    """Through anything else an action could send, or change what only a webhook may change."""
    hidden = {"guard", "sends", "journal", "people_rows", "schema", "sql_store", "decide", "rules"}
    for module in {"actions", *graph.find_descendants("actions")}:
        imported = graph.find_modules_directly_imported_by(module)
        ours = {m.removeprefix("policy_guard.") for m in imported if m.startswith("policy_guard.")}
        assert ours.isdisjoint(hidden), module


def test_time_is_asked_for_in_two_places_only() -> None:
    """Everything else takes the moment as an argument, so that a simulated day moves it all."""
    asks = re.compile(r"\b(datetime\.(now|utcnow|today)|date\.today|time\.time(_ns)?)\(")
    found = {
        str(file.relative_to(ROOT))
        for package in PACKAGES
        for file in (ROOT / package).rglob("*.py")
        if asks.search(file.read_text("utf-8"))
    }
    assert found <= {"policy_guard/clock.py", "simulator/world.py"}


# --- what an import really loads, in an interpreter of its own ---


def loaded_by(module: str) -> set[str]:
    """Return the top-level names and our own modules that importing *module* loads."""
    code = (
        f"import sys; before = set(sys.modules); import {module}; "
        "print('\\n'.join(set(sys.modules) - before))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    names = set(done.stdout.split())
    return {n.split(".")[0] for n in names} | {n for n in names if n.startswith(PACKAGES)}


def test_a_decision_loads_no_store_no_clock_and_no_file_reader() -> None:
    loaded = loaded_by("policy_guard.decide")
    assert "policy_guard.rules" in loaded
    assert loaded.isdisjoint({"sqlalchemy", "jsonschema", "yaml", "asyncio", "socket", "logging"})
    assert loaded.isdisjoint({f"policy_guard.{m}" for m in ("clock", "edition", "sql_store")})


def test_editions_and_case_tables_load_no_store() -> None:
    loaded = loaded_by("policy_guard.cases")
    assert "policy_guard.edition" in loaded
    assert loaded.isdisjoint({"sqlalchemy", "policy_guard.clock", "policy_guard.sql_store"})


def test_the_guard_loads_no_bot_and_no_web() -> None:
    loaded = loaded_by("policy_guard.people")
    assert "sqlalchemy" in loaded
    assert loaded.isdisjoint({"rasa", "rasa_sdk", "sanic", "aiohttp", "tensorflow", "channels"})


def test_reading_a_webhook_loads_no_bot_and_no_web() -> None:
    loaded = loaded_by("channels.webhook")
    assert loaded.isdisjoint({"rasa", "sanic", "aiohttp", "tensorflow", "sqlalchemy"})


def test_the_console_script_starts_without_a_store_and_without_a_client() -> None:
    loaded = loaded_by("channels.cli")
    assert {"policy_guard.lint", "channels.cli_templates"} <= loaded
    assert loaded.isdisjoint({"sqlalchemy", "requests", "aiohttp", "rasa", "facebook_business"})


def test_the_simulator_loads_nothing_of_ours() -> None:
    loaded = loaded_by("simulator.judge")
    assert loaded.isdisjoint({"policy_guard", "channels", "actions", "sqlalchemy"})


# --- the fence around the tests ---


@pytest.mark.parametrize("host", ["192.0.2.1", "198.51.100.7", "example.com", "::ffff:192.0.2.1"])
def test_a_connection_to_another_machine_is_refused_and_says_why(host: str) -> None:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as caller:
        with pytest.raises(AssertionError, match=f"`{re.escape(host)}`: tests talk to"):
            caller.connect((host, 443))
        with pytest.raises(AssertionError, match=r"tests talk to 127\.0\.0\.1 only"):
            caller.connect_ex((host, 443))


def test_a_connection_to_this_machine_is_let_through() -> None:
    with socket.socket() as server, socket.socket() as caller:
        server.bind(("127.0.0.1", 0))
        server.listen(1)
        caller.connect(server.getsockname())
        assert caller.getpeername() == server.getsockname()


def test_the_fence_stands_for_asyncio_too() -> None:
    loop = asyncio.SelectorEventLoop()
    with closing(loop), pytest.raises(AssertionError, match=r"tests talk to 127\.0\.0\.1 only"):
        loop.run_until_complete(asyncio.open_connection("192.0.2.1", 443))
