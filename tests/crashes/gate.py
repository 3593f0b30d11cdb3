"""A gate before the action server: a call can be stopped there, or its answer, and let go later."""

from __future__ import annotations

import contextlib
import http.client
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

FORWARD_WITHIN = 30.0  # seconds for the action server to answer
HELD_FOR = 120.0  # seconds after which a call that nobody let go goes on by itself


@dataclass
class Hold:
    """One stopped call; *answered* stops the answer, when the action has done its work."""

    action: str
    psid: str
    answered: bool
    reached: threading.Event = field(default_factory=threading.Event)
    opened: threading.Event = field(default_factory=threading.Event)

    def stop_here(self) -> None:
        """Say that the call has come, and wait until it is let go."""
        self.reached.set()
        self.opened.wait(HELD_FOR)

    def wait_reached(self) -> None:
        """Wait until the call is stopped; raises AssertionError when it never comes."""
        assert self.reached.wait(30), f"`{self.action}` of {self.psid} was never called"


class Gate:
    """Stands where Rasa looks for the action server; lets everything through that is not held."""

    def __init__(self, behind: int) -> None:
        self.behind = behind
        self._holds: list[Hold] = []
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)

    @property
    def url(self) -> str:
        """Return the address for Rasa."""
        return f"http://127.0.0.1:{self._server.server_address[1]}/webhook"

    def hold(self, action: str, psid: str, *, answered: bool = False) -> Hold:
        """Stop the next calls of an action for a person, before or after the action's work."""
        made = Hold(action, psid, answered)
        self._holds.append(made)
        return made

    def open(self) -> None:
        """Let everything go, and stop nothing any more."""
        holds, self._holds = self._holds, []
        for hold in holds:
            hold.opened.set()

    def pass_through(self, action: str, psid: str, *, answered: bool) -> None:
        """Stop here where somebody asked for it."""
        for hold in list(self._holds):
            if (hold.action, hold.psid, hold.answered) == (action, psid, answered):
                hold.stop_here()

    @contextmanager
    def serving(self) -> Iterator[Gate]:
        """Serve until the end."""
        self._thread.start()
        try:
            yield self
        finally:
            self.open()
            self._server.shutdown()
            self._server.server_close()
            self._thread.join(10)


def _handler(gate: Gate) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            raw = self.rfile.read(int(self.headers["Content-Length"]))
            call = json.loads(raw)
            action, psid = call["next_action"], call["sender_id"]
            gate.pass_through(action, psid, answered=False)
            status, body = self._forward(raw)
            gate.pass_through(action, psid, answered=True)
            with contextlib.suppress(OSError):  # who asked may have been killed
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

        def _forward(self, raw: bytes) -> tuple[int, bytes]:
            line = http.client.HTTPConnection("127.0.0.1", gate.behind, timeout=FORWARD_WITHIN)
            with contextlib.closing(line):
                line.request("POST", "/webhook", raw, {"Content-Type": "application/json"})
                response = line.getresponse()
                return response.status, response.read()

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

    return Handler
