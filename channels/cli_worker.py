"""The command `worker`: a process that sends what is due, beside the channel and without Rasa."""
# ruff: noqa: PLC0415 - the console script starts without SQLAlchemy and aiohttp

from __future__ import annotations

import argparse
import asyncio
import logging
import signal
from pathlib import Path

from policy_guard.cli_output import Commands, add_command

#: Seconds that a transaction of a worker waits for another's lock before it lets its loop go on.
_STORE_PATIENCE = 0.002
_JOBS_END_WITHIN, _LINES_END_WITHIN = 10.0, 4.0  # seconds


def add_worker(commands: Commands) -> None:
    """Add the command."""
    says = "send what is ready and due, beside the channel and without Rasa, until it is stopped"
    parser = add_command(commands, "worker", _worker, says)
    parser.add_argument("--credentials", type=Path, default=Path("credentials.yml"), metavar="FILE")


def _worker(args: argparse.Namespace) -> int:
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    asyncio.run(work(args.endpoints, args.credentials))
    return 0


async def work(endpoints: Path, credentials: Path) -> None:
    """Work until the process is asked to end; raises GuardError where it cannot begin."""
    from policy_guard import settings as guard_settings
    from policy_guard.catalogue import load as load_catalogue
    from policy_guard.edition import known
    from policy_guard.guard import Guard
    from policy_guard.sql_store import SqlStore

    from .broadcast import BroadcastJob
    from .cli_project import credentials as read_credentials
    from .cli_project import page_of
    from .dispatch import Dispatcher
    from .graph import Graph
    from .inbox import Life
    from .simulated_clock import FollowedClock
    from .worker import Jobs

    logger = logging.getLogger(__name__)
    given = read_credentials(credentials)
    config = guard_settings.load(endpoints)
    store = SqlStore(config.url, patience=_STORE_PATIENCE, migrate=config.migrate)
    graph = Graph(given.graph_url, given.graph_version, given.page_token, given.secrets[0])
    clock = FollowedClock(store)
    asked_to_end = _asked_to_end()
    try:
        await clock.start(graph)
        page_id = page_of(store, given.page_id or await graph.me())
        editions = known(config.switches)
        catalogue = load_catalogue(config.alerts)
        life = Life(store)
        guard = Guard(
            store,
            clock,
            config.page,
            config.settings,
            catalogue,
            editions,
            config.delivery,
            life.worker.id,
        )
        dispatcher = Dispatcher(guard, graph)
        broadcasts = BroadcastJob(guard, dispatcher, page_id)
        jobs = Jobs(life, clock, [broadcasts])
        jobs.start()
        dispatcher.start()
        logger.info("the worker serves the Page %s", page_id)
        await asked_to_end.wait()
        logger.info("the worker ends")
        await jobs.stop(_JOBS_END_WITHIN)
        await broadcasts.stop(_LINES_END_WITHIN)
        await dispatcher.stop(_LINES_END_WITHIN)
    finally:
        clock.stop()
        await graph.close()
        store.close()


def _asked_to_end() -> asyncio.Event:
    """Return what is set when somebody asks the process to end."""
    asked = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, asked.set)
    return asked
