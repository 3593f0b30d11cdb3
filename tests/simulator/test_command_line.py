"""`python -m simulator` as a process: it starts, says where, stops, and refuses in one sentence."""

from __future__ import annotations

import http.client
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import pytest

from simulator.__main__ import main
from simulator.testing import Simulator, SimulatorClient

from .conftest import Bot


@contextmanager
def running(*options: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """Give a simulator process and its address."""
    command = [sys.executable, "-m", "simulator", "--port", "0", *options]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            yield process, process.stdout.readline().split()[-1]
        finally:
            process.kill()


def refused(capsys: pytest.CaptureFixture[str], *options: str) -> str:
    """Return the one sentence of a start that fails with exit status 1."""
    assert main(options) == 1
    captured = capsys.readouterr()
    assert captured.out == ""
    (line,) = captured.err.splitlines()
    return line


def hang(client: SimulatorClient) -> None:
    """Make a call whose answer never comes."""
    with suppress(OSError, http.client.HTTPException):
        client.send({})


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_serves_and_stops_within_two_seconds_even_with_a_call_that_hangs(
    number: signal.Signals, bot: Bot
) -> None:
    options = ("--webhook", bot.url, "--verify", "--start-at", "2026-04-20T00:00:00Z")
    options += ("--recurring-notifications", "--ad-click-window-hours", "168")
    with running(*options, "--human-agent", "--page-region", "FR") as (process, url):
        client = SimulatorClient(url)
        assert client.now().isoformat().startswith("2026-04-20T00:00")
        page = client.page()
        assert (page["human_agent"], page["region"]) == (True, "FR")
        assert (page["recurring_notifications"], page["ad_click_window_hours"]) == (True, 168)
        alex = client.person()
        assert client.say(alex, "hello")["delivery"]["status"] == 200
        client.fault("hang_before", seconds=60)
        hanging = threading.Thread(target=hang, args=(client,))
        hanging.start()
        client.wait_for(lambda: client.requests() or None)
        began = time.monotonic()
        process.send_signal(number)
        assert process.wait(5) == 0
        assert time.monotonic() - began < 2
        hanging.join(5)
        assert not hanging.is_alive()


def test_secrets_come_from_the_environment_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SIM_PAGE_TOKEN", "from-environment")
    with running() as (_, url):
        assert SimulatorClient(url).send({}).error == (190, None)
        assert SimulatorClient(url, "from-environment").send({}).error == (100, None)


def test_a_taken_port_is_one_sentence(
    messenger: Simulator, capsys: pytest.CaptureFixture[str]
) -> None:
    port = messenger.url.rsplit(":", 1)[1]
    assert f"the port `{port}` is taken" in refused(capsys, "--port", port)


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (("--page-token", "EAAB1"), "looks real"),
        (("--webhook", "https://bot.example/webhook"), "not an http address of this machine"),
        (("--start-at", "yesterday"), "`yesterday` is not a moment"),
        (("--app-secret", ""), "`app_secret` is empty"),
        (("--ad-click-window-hours", "169"), "`ad_click_window_hours` is not 0 to 168"),
        (("--port", "99999"), "cannot be used"),
        (("--port", "0", "--webhook", "http://127.0.0.1:9/", "--verify"), "does not answer"),
    ],
)
def test_bad_options_are_one_sentence(
    options: tuple[str, ...], sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert sentence in refused(capsys, *options)


def test_a_webhook_that_refuses_the_verify_token_stops_the_start(
    bot: Bot, capsys: pytest.CaptureFixture[str]
) -> None:
    options = ("--port", "0", "--webhook", bot.url, "--verify", "--verify-token", "other")
    assert "refuses the verify token" in refused(capsys, *options)
