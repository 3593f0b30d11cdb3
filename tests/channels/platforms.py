"""A platform of a test's own: it keeps what it was asked and answers what the test wants."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass(frozen=True)
class Call:
    """One request as it came."""

    method: str
    path: str
    headers: Mapping[str, str]
    raw: bytes

    @property
    def token(self) -> str | None:
        """Return what the request shows of who asks."""
        return self.headers.get("Authorization")

    @property
    def body(self) -> Any:
        """Return the body read as JSON, None where there is none."""
        return json.loads(self.raw or b"null")


class FakePlatform(ThreadingHTTPServer):
    """A server on a free port of this machine; what it answers is said by a subclass."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.asked: list[Call] = []

    def answer(self, call: Call) -> tuple[int, bytes]:
        """Return the status and the body of an answer; the call is the last one of `asked`."""
        raise NotImplementedError


class _Handler(BaseHTTPRequestHandler):
    server: FakePlatform

    def do_GET(self) -> None:
        raw = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        call = Call(self.command, self.path, dict(self.headers), raw)
        self.server.asked.append(call)
        status, data = self.server.answer(call)
        self.send_response(status)
        self.send_header("Content-Length", str(len(data)))
        if status == 302:
            self.send_header("Location", "/elsewhere")
        self.end_headers()
        self.wfile.write(data)

    def do_POST(self) -> None:
        self.do_GET()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextmanager
def serving(server: FakePlatform) -> Iterator[None]:
    """Let a platform answer until the end."""
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield
    server.shutdown()
    thread.join()
    server.server_close()
