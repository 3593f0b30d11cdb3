"""The processes of a running bot: simulator, action server and Rasa."""

from __future__ import annotations

import contextlib
import ctypes
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

HOST = "127.0.0.1"
ROOT = Path(__file__).resolve().parent.parent
START_WITHIN = 300.0  # seconds until Rasa answers, on a slow machine
STOP_WITHIN = 20.0  # seconds for a process to end by itself
_LOG_TAIL = 15  # lines shown of the log of a process that failed
_PR_SET_PDEATHSIG = 1

#: Good for the simulator only: nothing on the real platform knows them.
DEVELOPMENT = {
    "MESSENGER_VERIFY_TOKEN": "local-verify-token",
    "MESSENGER_APP_SECRET": "local-app-secret",
    "MESSENGER_PAGE_TOKEN": "local-page-token",
    "MESSENGER_API_TOKEN": "local-api-token",
}


class StackError(Exception):
    """The bot cannot run; the text is one sentence for a person."""


@dataclass(frozen=True)
class Ports:
    """Where each process listens, all on the loopback address."""

    simulator: int = 8088
    actions: int = 5055
    rasa: int = 5005

    @classmethod
    def from_environment(cls) -> Ports:
        """Return the ports that the environment names, else the usual ones; raises StackError."""
        plain = cls()
        return cls(
            _port("SIMULATOR_PORT", plain.simulator),
            _port("ACTION_PORT", plain.actions),
            _port("RASA_PORT", plain.rasa),
        )


@dataclass
class Stack:
    """One running bot; *folder* holds its databases and logs, *project* what designers edit."""

    ports: Ports
    folder: Path
    extra: Mapping[str, str] = field(default_factory=dict)
    rasa_options: Sequence[str] = ()
    simulator_options: Sequence[str] = ()
    project: Path = ROOT
    processes: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    @property
    def environment(self) -> dict[str, str]:
        """Return the environment of every process."""
        here = {
            "MESSENGER_GRAPH_URL": f"http://{HOST}:{self.ports.simulator}",
            "ACTION_URL": f"http://{HOST}:{self.ports.actions}/webhook",
            "TRACKER_DB": str(self.folder / "tracker.db"),
            "POLICY_GUARD_DB": f"sqlite:///{self.folder / 'guard.db'}",
            "SANIC_HOST": HOST,  # the action server would listen everywhere
            "TF_CPP_MIN_LOG_LEVEL": "3",
            "RASA_TELEMETRY_ENABLED": "false",
            "SQLALCHEMY_SILENCE_UBER_WARNING": "1",
            "PYTHONWARNINGS": "ignore",
            **({} if self.project == ROOT else {"PYTHONPATH": str(ROOT)}),
        }
        chosen = {key: value for key, value in os.environ.items() if key not in here}
        return {**DEVELOPMENT, **chosen, **here, **self.extra}

    @property
    def channel_url(self) -> str:
        """Return the address of the channel's routes."""
        return f"http://{HOST}:{self.ports.rasa}/webhooks/messenger"

    @property
    def page_url(self) -> str:
        """Return the address of the chat page."""
        return f"http://{HOST}:{self.ports.simulator}/"

    def start(self) -> None:
        """Start everything and wait until it answers; raises StackError, leaving nothing."""
        try:
            self.check_ports()
            self.start_simulator()
            self.start_actions()
            self.start_rasa()
            self.wait("simulator", f"{self.page_url}_sim/health")
            self.wait("actions", f"http://{HOST}:{self.ports.actions}/health")
            self.wait("rasa", f"{self.channel_url}/")
        except BaseException:
            self.stop()
            raise

    def put_aside(self) -> None:
        """Move the databases of an earlier run to `previous/`: the simulator's world is a new one.

        Its people, tokens and clock live in memory, so facts kept of them would be of strangers.
        """
        old = [*self.folder.glob("guard.db*"), *self.folder.glob("tracker.db*")]
        aside = self.folder / "previous"
        if old:
            shutil.rmtree(aside, ignore_errors=True)
            aside.mkdir(parents=True)
        for path in old:
            path.rename(aside / path.name)

    def check_ports(self) -> None:
        """Raise StackError where a port is taken."""
        names = {
            "SIMULATOR_PORT": self.ports.simulator,
            "ACTION_PORT": self.ports.actions,
            "RASA_PORT": self.ports.rasa,
        }
        for name, port in names.items():
            with socket.socket() as probe:
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                try:
                    probe.bind((HOST, port))
                except OSError:
                    raise StackError(
                        f"the port `{port}` is taken: name another with {name}"
                    ) from None

    def start_simulator(self) -> None:
        """Start the simulator."""
        env = self.environment
        self.launch(
            "simulator",
            "simulator",
            *("--port", str(self.ports.simulator)),
            *("--webhook", f"{self.channel_url}/webhook"),
            *("--page-id", "1234567890"),
            *("--page-token", env["MESSENGER_PAGE_TOKEN"]),
            *("--app-secret", env["MESSENGER_APP_SECRET"]),
            *("--verify-token", env["MESSENGER_VERIFY_TOKEN"]),
            *self.simulator_options,
        )

    def start_actions(self) -> None:
        """Start the action server."""
        self.launch("actions", "rasa_sdk", "--actions", "actions", "-p", str(self.ports.actions))

    def start_rasa(self, name: str = "rasa", port: int | None = None) -> None:
        """Start Rasa with the channel; another one beside it has a name and a port of its own."""
        self.launch(
            name,
            "rasa",
            "run",
            *("--model", "models/bot.tar.gz"),
            *("--interface", HOST),
            *("--port", str(port or self.ports.rasa)),
            *self.rasa_options,
        )

    def wait(self, name: str, url: str) -> None:
        """Wait until a process answers; raises StackError where it ends or stays silent."""
        until = time.monotonic() + START_WITHIN
        while time.monotonic() < until:
            process = self.processes[name]
            if process.poll() is not None:
                raise StackError(f"{name} ended while starting:\n{self.log_tail(name)}")
            with contextlib.suppress(OSError), urllib.request.urlopen(url, timeout=2) as answer:  # noqa: S310 - a loopback address of ours
                if answer.status == 200:  # noqa: PLR2004 - HTTP OK
                    return
            time.sleep(0.2)
        raise StackError(f"{name} does not answer at {url}:\n{self.log_tail(name)}")

    def log(self, name: str) -> Path:
        """Return where a process writes what it has to say."""
        return self.folder / f"{name}.log"

    def log_tail(self, name: str) -> str:
        """Return the last lines of a log."""
        path = self.log(name)
        lines = path.read_text("utf-8", "replace").splitlines() if path.exists() else []
        return "\n".join(lines[-_LOG_TAIL:])

    def kill(self, name: str) -> None:
        """End a process at once, as a crash would."""
        process = self.processes.pop(name)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()

    def stop(self) -> None:
        """End everything, Rasa first so that it can still say goodbye to the others."""
        for name in sorted(self.processes, key=lambda name: not name.startswith("rasa")):
            process = self.processes.pop(name)
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGTERM)
            try:
                process.wait(STOP_WITHIN)
            except subprocess.TimeoutExpired:
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(process.pid, signal.SIGKILL)
                process.wait()

    def launch(self, name: str, module: str, *arguments: str) -> None:
        """Start a module of Python as a process of this name."""
        self.folder.mkdir(parents=True, exist_ok=True)
        with self.log(name).open("ab") as log:
            self.processes[name] = subprocess.Popen(
                [sys.executable, "-m", module, *arguments],
                cwd=self.project,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                preexec_fn=die_with_parent,  # noqa: PLW1509 - no threads here, and it must not outlive us
            )


def die_with_parent() -> None:
    """Ask the kernel to end this process when its parent ends, however that ends (Linux)."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


def _port(name: str, usual: int) -> int:
    value = os.environ.get(name, str(usual))
    if not value.isdigit() or not 0 < int(value) < 65536:  # noqa: PLR2004 - the range of ports
        raise StackError(f"`{name}` is `{value}`, not a port")
    return int(value)


def free_ports() -> Ports:
    """Return three ports that nobody listens on."""
    probes = [socket.socket() for _ in range(3)]
    try:
        for probe in probes:
            probe.bind((HOST, 0))
        return Ports(*(probe.getsockname()[1] for probe in probes))
    finally:
        for probe in probes:
            probe.close()
