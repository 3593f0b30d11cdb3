"""`python -m simulator` as a process: it starts, says where, stops, and refuses in one sentence."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

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


def refused(*options: str) -> str:
    """Return the one sentence of a start that fails with exit status 1."""
    command = [sys.executable, "-m", "simulator", *options]
    done = subprocess.run(command, capture_output=True, text=True, timeout=20, check=False)
    assert done.returncode == 1
    assert done.stdout == ""
    (line,) = done.stderr.splitlines()
    return line


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_serves_and_stops_within_two_seconds_even_with_a_call_that_hangs(
    number: signal.Signals, bot: Bot
) -> None:
    options = ("--webhook", bot.url, "--verify", "--start-at", "2026-04-20T00:00:00Z")
    with running(*options, "--human-agent", "--page-region", "FR") as (process, url):
        client = SimulatorClient(url)
        assert client.now().isoformat().startswith("2026-04-20T00:00")
        page = client.page()
        assert (page["human_agent"], page["region"]) == (True, "FR")
        alex = client.person()
        assert client.say(alex, "hello")["delivery"]["status"] == 200
        client.fault("hang_before", seconds=60)
        hanging = subprocess.Popen(
            [
                sys.executable,
                "-c",
                "import sys; from simulator.testing import SimulatorClient;"
                "SimulatorClient(sys.argv[1]).send({})",
                url,
            ],
            stderr=subprocess.DEVNULL,
        )
        client.wait_for(lambda: client.requests() or None)
        began = time.monotonic()
        process.send_signal(number)
        assert process.wait(5) == 0
        assert time.monotonic() - began < 2
        hanging.wait(5)


def test_a_taken_port_is_one_sentence(messenger: Simulator) -> None:
    port = messenger.url.rsplit(":", 1)[1]
    assert f"the port `{port}` is taken" in refused("--port", port)


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (("--page-token", "EAAB1"), "looks real"),
        (("--webhook", "https://bot.example/webhook"), "not an http address of this machine"),
        (("--start-at", "yesterday"), "`yesterday` is not a moment"),
        (("--app-secret", ""), "`app_secret` is empty"),
        (("--port", "99999"), "cannot be used"),
        (("--port", "0", "--webhook", "http://127.0.0.1:9/", "--verify"), "does not answer"),
    ],
)
def test_bad_options_are_one_sentence(options: tuple[str, ...], sentence: str) -> None:
    assert sentence in refused(*options)


def test_a_webhook_that_refuses_the_verify_token_stops_the_start(bot: Bot) -> None:
    options = ("--port", "0", "--webhook", bot.url, "--verify", "--verify-token", "other")
    assert "refuses the verify token" in refused(*options)
