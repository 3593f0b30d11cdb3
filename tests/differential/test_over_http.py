"""The same worlds over HTTP: planted into the simulator, posted as the channel posts them.

The simulator runs as a server; a drawn world is put into its state, and the channel's own client
posts the guard's rendered bodies with the Page's token and the app secret proof.
"""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timedelta
from random import Random, SystemRandom
from typing import Any

import pytest

from channels.errors import GraphError, MayHaveLeft
from channels.graph import Graph
from policy_guard.decisions import Send
from simulator.core import Platform
from simulator.graph import PLATFORM
from simulator.reading import PlatformError
from simulator.testing import Simulator
from simulator.world import Clock, Person

from .compare import Outcome, bodies, compare, judged, ways_out
from .worlds import LAST, LATE, PSID, TEMPLATE, World, draw

WORLDS = 2_000
WAYS = 2  # of the other ways out, how many are posted where the guard does not send
Answer = tuple[int | None, int | None]
TAKEN: Answer = (0, None)


class StillClock(Clock):
    """A clock that stands at the moment of a world."""

    def __init__(self, moment: datetime) -> None:
        self.moment = moment
        super().__init__()

    def now(self) -> datetime:
        """Return the moment it was made for."""
        return self.moment


@pytest.fixture
def simulator() -> Iterator[Simulator]:
    """Give a simulator whose server is up."""
    with Simulator(delivery_receipts=False) as running:
        yield running


@pytest.mark.timeout(180)
async def test_2000_worlds_get_over_http_the_judges_own_answer(
    simulator: Simulator, tell: Callable[[str], None]
) -> None:
    seed = SystemRandom().randrange(10**9)
    random, started = Random(seed), time.monotonic()  # noqa: S311 - it draws tests
    seen: Counter[str] = Counter()
    graph = Graph(
        simulator.url, "v26.0", simulator.settings.page_token, simulator.settings.app_secret
    )
    try:
        for number in range(WORLDS):
            world = draw(random)
            where = f"seed {seed}, world {number}, {world.at.isoformat()}"
            outcome = compare(world)
            assert outcome.wrong is None, f"{where}: {outcome.wrong}"
            await _posted(graph, simulator, world, outcome, random, seen, where)
    finally:
        await graph.close()
    took = time.monotonic() - started
    tell(f"{WORLDS} worlds over HTTP in {took:.0f} s, seed {seed}: {dict(seen)}")
    assert seen["sent and taken"] > WORLDS // 10
    assert seen["not sent and refused"] > WORLDS // 10


async def _posted(
    graph: Graph,
    simulator: Simulator,
    world: World,
    outcome: Outcome,
    random: Random,
    seen: Counter[str],
    where: str,
) -> None:
    sends = isinstance(outcome.decision, Send)
    if isinstance(outcome.decision, Send):
        chosen: list[Mapping[str, Any]] = list(bodies(world, outcome.decision))
    else:
        every = [body for _, body in ways_out(world)]
        chosen = list(random.sample(every, min(WAYS, len(every))))
    for body in chosen:
        await _plant(simulator, world)
        answer = await _answer(graph, body)
        verdict = judged(world, body)
        api = verdict.api
        expected = (api.code, api.subcode) if isinstance(api, PlatformError) else TAKEN
        assert answer == expected, f"{where}: {body}"
        taken = answer == TAKEN and not verdict.reviewer
        if taken is not sends:
            assert outcome.explained, f"{where}: {outcome.decision.reason.says}"
            seen["otherwise, and told why"] += 1
        else:
            seen["sent and taken" if sends else "not sent and refused"] += 1


async def _answer(graph: Graph, body: Mapping[str, Any]) -> Answer:
    try:
        await graph.send(body)
    except GraphError as refused:
        return refused.code, refused.subcode
    except MayHaveLeft as unknown:
        said = unknown.error
        return (None, None) if said is None else (said.code, said.subcode)
    return TAKEN


async def _plant(simulator: Simulator, world: World) -> None:
    """Put the world into the server's state, in the server's own event loop."""

    async def plant() -> None:
        _into(_platform(simulator), world)

    await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(plant(), simulator._loop))


def _platform(simulator: Simulator) -> Platform:
    assert simulator._runner is not None
    app = simulator._runner.app
    assert app is not None
    platform: Platform = app[PLATFORM]
    return platform


def _into(platform: Platform, world: World) -> None:
    there, facts, page = platform.world, world.person, world.page
    there.reset()
    person = Person(
        facts.psid,
        "Somebody",
        region=facts.region,
        blocked=facts.blocked,
        thread_owner=facts.thread_owner,
        openings=list(facts.openings),
        last_message_at=facts.last_message_at,
        stopped_at=facts.stopped_at,
        tokens=list(facts.tokens),
        subscriptions=list(facts.subscriptions),
        opt_in_requests=list(facts.opt_in_requests),
        # after whatever the person did: they did nothing since that gives another one
        plus_one_at=LAST + timedelta(days=9) if facts.plus_one_used else None,
    )
    there.people[PSID] = person
    values = [t.value for t in facts.tokens] + [s.value for s in facts.subscriptions]
    there._known_by.update(dict.fromkeys(values, person))
    for comment in facts.comments:
        there.add_comment(person, comment)
    if page.utility_templates:
        text = "Your order {{1}} has shipped today."
        there.templates.create(
            {
                "name": TEMPLATE,
                "language": "en",
                "category": "UTILITY",
                "components": [{"type": "BODY", "text": text}],
            },
            LATE,
            review="approve",
        )
    there.clock = StillClock(world.at)
    platform.requests.clear()
    settings = platform.settings
    settings.region = page.region
    settings.human_agent = page.human_agent
    settings.one_time_notification = page.one_time_notification
    settings.restricted = page.restricted
    settings.recurring_notifications = page.recurring_notifications
    settings.news_page_index = page.news_page_index
    settings.ad_click_window_hours = page.ad_click_window // timedelta(hours=1)
