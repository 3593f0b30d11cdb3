"""A proxy before several channels, as an operator would have one: it hands on each call in turn."""

from __future__ import annotations

import contextlib
import http.client
import itertools
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

_WITHIN = 30.0  # seconds for a channel to answer
_OF_ONE_CONNECTION = {"host", "connection", "content-length", "transfer-encoding"}


@contextmanager
def balancer(doors: Sequence[str]) -> Iterator[str]:
    """Give the address of a proxy that hands on what is posted to it to these addresses in turn."""
    turns, lock = itertools.cycle(doors), threading.Lock()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            raw = self.rfile.read(int(self.headers["Content-Length"]))
            with lock:
                door = urlsplit(next(turns))
            headers = {k: v for k, v in self.headers.items() if k.lower() not in _OF_ONE_CONNECTION}
            line = http.client.HTTPConnection(door.netloc, timeout=_WITHIN)
            with contextlib.closing(line):
                line.request("POST", door.path, raw, headers)
                answer = line.getresponse()
                body = answer.read()
            with contextlib.suppress(OSError):  # who called may have lost patience
                self.send_response(answer.status)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/"
    finally:
        server.shutdown()
        server.server_close()
        thread.join(10)
