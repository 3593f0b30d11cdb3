"""`make run`, as a person starts and stops it."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
RUN = [sys.executable, str(ROOT / "scripts/run.py")]


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _ports() -> dict[str, str]:
    names = ("SIMULATOR_PORT", "ACTION_PORT", "RASA_PORT")
    return {name: str(_free_port()) for name in names}


def _children(pid: int) -> set[int]:
    """Return the processes that a process started (Linux)."""
    found = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return {int(child) for child in found}


def _alive(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"


@pytest.mark.rasa
@pytest.mark.timeout(240)
def test_it_says_where_the_page_is_and_ctrl_c_leaves_nothing_behind(tmp_path: Path) -> None:
    env = {**os.environ, **_ports(), "BOT_FOLDER": str(tmp_path)}
    with subprocess.Popen(RUN, cwd=ROOT, env=env, stdout=subprocess.PIPE, text=True) as bot:
        try:
            assert bot.stdout is not None
            said = ""
            while "Ctrl-C" not in said:
                line = bot.stdout.readline()
                assert line, f"it ended instead of running: {said}"
                said += line
            page = f"http://127.0.0.1:{env['SIMULATOR_PORT']}/"
            assert page in said
            with urllib.request.urlopen(page, timeout=5) as answer:
                assert b"<title>" in answer.read()
            children = _children(bot.pid)
            assert len(children) == 3
            bot.send_signal(signal.SIGINT)
            assert bot.wait(60) == 0
            assert not any(_alive(child) for child in children)
        finally:
            bot.kill()


def test_a_port_that_is_taken_is_named_and_nothing_is_started(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        env = {**os.environ, **_ports(), "RASA_PORT": str(port), "BOT_FOLDER": str(tmp_path)}
        done = subprocess.run(
            RUN, cwd=ROOT, env=env, capture_output=True, text=True, timeout=30, check=False
        )
    assert done.returncode == 1
    assert done.stderr == f"the port `{port}` is taken: name another with RASA_PORT\n"
    assert list(tmp_path.iterdir()) == []


def test_a_port_that_is_none_is_named(tmp_path: Path) -> None:
    env = {**os.environ, "ACTION_PORT": "many", "BOT_FOLDER": str(tmp_path)}
    done = subprocess.run(
        RUN, cwd=ROOT, env=env, capture_output=True, text=True, timeout=30, check=False
    )
    assert (done.returncode, done.stderr) == (1, "`ACTION_PORT` is `many`, not a port\n")
