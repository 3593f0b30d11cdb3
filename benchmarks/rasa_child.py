"""One Rasa process to measure: `messenger`, `facebook` or `collecting` as its first argument.

`messenger` and `facebook` are `rasa run` with that channel. `collecting` answers lines on standard
input without any HTTP: what Rasa itself costs, and so the most that a channel can reach.
"""
# ruff: noqa: PLC0415 - Rasa takes ten seconds to import, and what is patched has to come first

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
import time
from pathlib import Path
from typing import Any

from . import watch as watching


def main() -> None:
    """Become the process that the first argument names; the rest are `rasa run`'s own options."""
    kind, *options = sys.argv[1:]
    if kind == "collecting":
        asyncio.run(_collecting(*options))
        return
    if kind == "facebook":
        _point_facebook_to(os.environ["MESSENGER_GRAPH_URL"])
    else:
        _watch_messenger(Path(os.environ["BENCH_WATCH"]))
    from rasa.__main__ import main as rasa

    sys.argv = ["rasa", "run", *options]
    rasa()


def _point_facebook_to(url: str) -> None:
    """Send what the built-in channel sends to this machine; nothing else of it is changed."""
    from fbmessenger import MessengerClient

    plain = MessengerClient.__init__

    def init(self: Any, *args: Any, **named: Any) -> None:
        plain(self, *args, **named)
        self.graph_url = f"{url}/v{self.api_version}"

    MessengerClient.__init__ = init


def _watch_messenger(path: Path) -> None:
    """Watch the channel's loop; SIGUSR1 has what was seen written to *path*."""
    from channels.messenger import MessengerInput

    seen = watching.Watch()
    watching.install(seen)
    plain = MessengerInput._open

    async def opened(self: Any, app: Any) -> None:
        await plain(self, app)
        seen.start()
        loop = asyncio.get_running_loop()
        loop.add_signal_handler(signal.SIGUSR1, watching.dump, seen, path)

    MessengerInput._open = opened  # type: ignore[method-assign]


async def _collecting(model: str, endpoints: str) -> None:
    """Answer each line `{"conversations": n, "texts": [...], "once": ...}` with how long it took.

    With `once` the answers of actions are checked as our channel has it done, else as Rasa does.
    """
    from rasa.core.agent import load_agent
    from rasa.core.channels.channel import CollectingOutputChannel, UserMessage
    from rasa.core.utils import AvailableEndpoints

    from channels.rasa_answers import check_schema_always, check_schema_once

    loop = asyncio.get_running_loop()
    agent = await load_agent(
        model_path=model, endpoints=AvailableEndpoints.read_endpoints(endpoints), loop=loop
    )
    _say({"ready": True})

    async def conversation(name: str, texts: list[str]) -> list[float]:
        took = []
        for text in texts:
            begun, output = time.perf_counter(), CollectingOutputChannel()
            await agent.handle_message(UserMessage(text, output, name, input_channel="messenger"))
            took.append(time.perf_counter() - begun)
            if not output.messages:
                raise RuntimeError(f"`{text}` was not answered")
        return took

    for number, line in enumerate(iter(sys.stdin.readline, "")):
        asked = json.loads(line)
        (check_schema_once if asked.get("once") else check_schema_always)()
        begun = time.perf_counter()
        took = await asyncio.gather(
            *(
                conversation(f"c{number}-{n}", asked["texts"])
                for n in range(int(asked["conversations"]))
            )
        )
        _say({"seconds": time.perf_counter() - begun, "took": [t for one in took for t in one]})


def _say(said: object) -> None:
    sys.stdout.write("\x1e" + json.dumps(said) + "\n")  # told apart from what Rasa prints
    sys.stdout.flush()


if __name__ == "__main__":
    main()
