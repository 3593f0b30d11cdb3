"""The processes that are measured: the action server, and Rasa in three forms, on loopback."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from scripts.stack import HOST, ROOT, die_with_parent

START_WITHIN = 180.0  # seconds, on a loaded machine
SECRET = "bench-app-secret"  # noqa: S105 - it opens nothing
SECRETS = {
    "MESSENGER_VERIFY_TOKEN": "bench-verify-token",
    "MESSENGER_APP_SECRET": SECRET,
    "MESSENGER_PAGE_TOKEN": "bench-page-token",
    "MESSENGER_API_TOKEN": "bench-api-token",
}
_TELLS_WITHIN = 90.0  # seconds: a flooded loop takes its time
_MODEL = "models/bot.tar.gz"
_FACEBOOK = """\
facebook:
  verify: ${MESSENGER_VERIFY_TOKEN}
  secret: ${MESSENGER_APP_SECRET}
  page-access-token: ${MESSENGER_PAGE_TOKEN}
"""
_MARK = "\x1e"


@dataclass
class Bot:
    """One process; *started* is how many seconds it took until it answered."""

    name: str
    process: subprocess.Popen[str]
    log: Path
    url: str = ""
    started: float = 0.0
    watch: Path = Path()

    def memory(self) -> dict[str, float]:
        """Return the process's resident memory in MB: now, and the most it ever was."""
        status = Path(f"/proc/{self.process.pid}/status").read_text("utf-8")
        rows = dict(line.split(":", 1) for line in status.splitlines())
        return {
            name: int(rows[key].split()[0]) / 1024
            for name, key in (("now", "VmRSS"), ("most", "VmHWM"))
        }

    async def seen(self) -> dict[str, Any]:
        """Return what the channel's loop did since the last time this was asked."""
        self.watch.unlink(missing_ok=True)
        os.kill(self.process.pid, signal.SIGUSR1)
        until = time.monotonic() + _TELLS_WITHIN
        while not self.watch.exists():
            if time.monotonic() > until:
                raise RuntimeError(f"`{self.name}` does not tell what its loop did")
            await asyncio.sleep(0.05)
        found: dict[str, Any] = json.loads(self.watch.read_text("utf-8"))
        return found

    @contextlib.contextmanager
    def paused(self) -> Iterator[None]:
        """Let the process stand still for a while."""
        self.process.send_signal(signal.SIGSTOP)
        try:
            yield
        finally:
            self.process.send_signal(signal.SIGCONT)

    async def asked(self, wish: object) -> dict[str, Any]:
        """Hand a line to the process and return its answer."""
        if self.process.stdin is not None:
            self.process.stdin.write(json.dumps(wish) + "\n")
            self.process.stdin.flush()
        return await asyncio.to_thread(self._answer)

    def _answer(self) -> dict[str, Any]:
        for line in self.process.stdout or ():
            if line.startswith(_MARK):
                said: dict[str, Any] = json.loads(line[1:])
                return said
        raise RuntimeError(f"`{self.name}` ended:\n{_tail(self.log)}")


@dataclass
class Bots:
    """Everything that runs for a set of figures; *folder* holds databases and logs."""

    folder: Path
    graph_url: str
    running: list[Bot] = field(default_factory=list)
    endpoints: Path = field(init=False)

    def __post_init__(self) -> None:
        """Write the project's endpoints without a pace: the Page's limit is not measured here."""
        given = (ROOT / "endpoints.yml").read_text("utf-8")
        given = given.replace("alerts: alerts.yml", f"alerts: {ROOT / 'alerts.yml'}")
        self.endpoints = self.folder / "endpoints.yml"
        self.endpoints.write_text(
            given.replace("policy_guard:\n", "policy_guard:\n  pace: none\n", 1), "utf-8"
        )

    async def actions(self) -> Bot:
        """Start the action server."""
        port = _free_port()
        self._action_url = f"http://{HOST}:{port}/webhook"
        arguments = ["rasa_sdk", "--actions", "actions", "-p", str(port)]
        bot = self._launch("actions", arguments)
        return await self._answers(bot, f"http://{HOST}:{port}/health")

    async def channel(self, name: str) -> Bot:
        """Start Rasa with `messenger` or with the built-in `facebook`."""
        port, credentials = _free_port(), self.folder / f"{name}.yml"
        ours = (ROOT / "credentials.yml").read_text("utf-8").rstrip()
        ours += f"\n  endpoints: {self.endpoints}\n"
        credentials.write_text(_FACEBOOK if name == "facebook" else ours, "utf-8")
        options = ["--model", _MODEL, "--credentials", str(credentials)]
        options += ["--endpoints", str(self.endpoints), "--interface", HOST, "--port", str(port)]
        bot = self._launch(name, ["benchmarks.rasa_child", name, *options])
        bot.url = f"http://{HOST}:{port}/webhooks/{name}"
        return await self._answers(bot, f"{bot.url}/")

    async def collecting(self) -> Bot:
        """Start Rasa without a channel."""
        arguments = ["benchmarks.rasa_child", "collecting", _MODEL, str(self.endpoints)]
        bot = self._launch("collecting", arguments, talks=True)
        begun = time.monotonic()
        await asyncio.to_thread(bot._answer)
        bot.started = time.monotonic() - begun
        return bot

    def stop(self) -> None:
        """End everything at once: nothing of it is kept."""
        for bot in self.running:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(bot.process.pid, signal.SIGKILL)
            bot.process.wait()
        self.running.clear()

    def end(self, bot: Bot) -> None:
        """End one process at once."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(bot.process.pid, signal.SIGKILL)
        bot.process.wait()
        self.running.remove(bot)

    def _launch(self, name: str, arguments: list[str], *, talks: bool = False) -> Bot:
        watch, log = self.folder / f"{name}.watch", self.folder / f"{name}.log"
        here = {
            **SECRETS,
            "MESSENGER_GRAPH_URL": self.graph_url,
            "ACTION_URL": getattr(self, "_action_url", ""),
            "TRACKER_DB": str(self.folder / f"tracker-{name}.db"),
            "POLICY_GUARD_DB": f"sqlite:///{self.folder / 'guard.db'}",
            "BENCH_WATCH": str(watch),
            "SANIC_HOST": HOST,
            "SANIC_BACKLOG": "1024",
            "TF_CPP_MIN_LOG_LEVEL": "3",
            "RASA_TELEMETRY_ENABLED": "false",
            "SQLALCHEMY_SILENCE_UBER_WARNING": "1",
            "PYTHONWARNINGS": "ignore",
        }
        with log.open("a", encoding="utf-8") as out:
            process = subprocess.Popen(  # noqa: S603 - programs of ours
                [sys.executable, "-m", *arguments],
                cwd=ROOT,
                env={**os.environ, **here},
                stdin=subprocess.PIPE if talks else subprocess.DEVNULL,
                stdout=subprocess.PIPE if talks else out,
                stderr=out,
                text=True,
                start_new_session=True,
                preexec_fn=die_with_parent,  # noqa: PLW1509 - one system call, and it must not outlive us
            )
        bot = Bot(name, process, log, watch=watch)
        self.running.append(bot)
        return bot

    async def _answers(self, bot: Bot, url: str) -> Bot:
        begun = time.monotonic()
        while time.monotonic() < begun + START_WITHIN:
            if bot.process.poll() is not None:
                raise RuntimeError(f"`{bot.name}` ended while starting:\n{_tail(bot.log)}")
            if await asyncio.to_thread(_is_up, url):
                bot.started = time.monotonic() - begun
                return bot
            await asyncio.sleep(0.1)
        raise RuntimeError(f"`{bot.name}` does not answer at {url}:\n{_tail(bot.log)}")


def _is_up(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=2) as answer:  # noqa: S310 - a loopback address of ours
            return bool(answer.status == 200)  # noqa: PLR2004 - HTTP OK
    except OSError:
        return False


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port: int = probe.getsockname()[1]
        return port


def _tail(log: Path) -> str:
    lines = log.read_text("utf-8", "replace").splitlines() if log.exists() else []
    return "\n".join(lines[-15:])
