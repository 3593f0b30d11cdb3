"""The channel's own routes in a process of their own; the agent in Rasa's place says nothing.

python -m tests.hostile.door FOLDER PORT serves until it is ended.
"""

from __future__ import annotations

import asyncio
import logging
import sys
from collections.abc import Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from rasa.core.channels.channel import UserMessage, register
from sanic import Sanic

from channels.messenger import MessengerInput

from .bodies import SECRET

ROOT = Path(__file__).resolve().parents[2]
PAGE = "1234567890"
WEBHOOK = "/webhooks/messenger/webhook"
_ENDPOINTS = """\
policy_guard:
  url: sqlite:///{folder}/guard.db
  alerts: {root}/alerts.yml
  languages: {root}/languages.yml
  page: {{region: US, time_zone: UTC, one_time_notification: true}}
"""


class Silence:
    """An agent that hears everything and says nothing; what it heard is not kept."""

    def __init__(self) -> None:
        self.heard = 0
        session = SimpleNamespace(session_expiration_time=60)
        self.domain = SimpleNamespace(
            intents=["greet"], entities=[], responses={}, session_config=session
        )
        self.tracker_store = self

    async def handle_message(self, _message: UserMessage) -> None:
        """Hear a message."""
        self.heard += 1

    async def retrieve_full_tracker(self, _psid: str) -> None:
        """Know nobody."""


def credentials(folder: Path) -> Mapping[str, Any]:
    """Return the channel's settings; nobody listens where the platform would be."""
    endpoints = folder / "endpoints.yml"
    endpoints.write_text(_ENDPOINTS.format(folder=folder, root=ROOT))
    return {
        "verify": "verify",
        "secret": SECRET,
        "page-access-token": "token",
        "page_id": PAGE,
        "graph_url": "http://127.0.0.1:9",
        "endpoints": str(endpoints),
    }


async def serve(folder: Path, port: int) -> None:
    """Serve the routes as Rasa registers them."""
    app = Sanic("hostile", configure_logging=False)
    app.ctx.agent = Silence()
    channel = MessengerInput.from_credentials(dict(credentials(folder)))
    register([channel], app, route="/webhooks/")
    server = await app.create_server(
        "127.0.0.1", port, return_asyncio_server=True, access_log=False
    )
    assert server is not None
    await server.startup()
    await server.after_start()
    sys.stdout.write("serves\n")
    sys.stdout.flush()
    await asyncio.Event().wait()


def main(arguments: list[str]) -> None:
    """Serve until the process is ended."""
    logging.basicConfig(level=logging.CRITICAL, filename=Path(arguments[0]) / "door.log")
    asyncio.run(serve(Path(arguments[0]), int(arguments[1])))


if __name__ == "__main__":
    main(sys.argv[1:])
