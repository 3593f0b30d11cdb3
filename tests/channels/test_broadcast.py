"""A job that sends broadcasts, over a real store and a platform of the test's own."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from typing import Any, cast

import pytest

from channels.broadcast import BroadcastJob, BroadcastLoop, Memory, Size
from channels.compose import BroadcastWords
from channels.dispatch import Dispatcher
from channels.errors import GraphError, MayHaveLeft, NeverLeft
from channels.graph import Graph, Sent
from policy_guard import people_rows
from policy_guard.broadcast_rows import CANCELLED, DONE, PAUSED, RUNNING, Broadcast
from policy_guard.bulk import Words
from tests.conftest import SKU, Bench
from tests.policy_guard.crowds import Crowd

SOON = 10.0  # seconds for something to happen, on a slow machine
FR = [{"type": "slot", "name": "language", "value": "fr"}]
SAID = (
    {"text": "Hello, {thing}.", "metadata": {"messenger": {"hold_for": "1d"}}},
    {"text": "Bonjour, {thing}.", "condition": FR},
)
SLOTS = {"thing": "boots"}
SMALL = Size(2, 4)


class Platform:
    """Takes what it is sent, or does what a test says, and counts what is on the wire at once."""

    def __init__(self) -> None:
        self.bodies: list[Mapping[str, Any]] = []
        self.deeds: list[Exception] = []
        self.at_once = self.most = 0
        self.open = asyncio.Event()
        self.open.set()

    async def send(self, body: Mapping[str, Any]) -> Sent:
        self.bodies.append(body)
        self.at_once += 1
        self.most = max(self.most, self.at_once)
        try:
            await asyncio.sleep(0)
            await self.open.wait()
            if self.deeds:
                raise self.deeds.pop(0)
        finally:
            self.at_once -= 1
        return Sent(f"m_{len(self.bodies)}", None)

    @property
    def told(self) -> list[str]:
        """Return to whom something was sent."""
        return [str(body["recipient"].get("id")) for body in self.bodies]

    @property
    def texts(self) -> list[str]:
        """Return what was said."""
        return [str(body["message"]["text"]) for body in self.bodies]


@pytest.fixture
def crowd(bench: Bench) -> Crowd:
    """Give people of one Page."""
    return Crowd(bench)


@pytest.fixture
async def platform() -> Platform:
    """Give a platform that takes everything."""
    return Platform()


def a_job(crowd: Crowd, platform: Platform, size: Size = SMALL) -> BroadcastJob:
    """Return a job as one process has it."""
    graph = cast(Graph, platform)
    guard = crowd.bench.another_guard()
    return BroadcastJob(guard, Dispatcher(guard, graph), crowd.page, size)


async def run(job: BroadcastJob) -> None:
    """Let a job work until there is nothing to do."""

    async def work() -> None:
        while await job.run_once():
            pass

    await asyncio.wait_for(work(), SOON)


def ordered(crowd: Crowd, topic: str = "delivery", **more: Any) -> Broadcast:
    """Give an order in the words of these tests."""
    given = {"fill": False, "slots": SLOTS, **more}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("tests.policy_guard.crowds.NEWS", given.pop("said", SAID))
        return crowd.ordered(topic, **given)


async def test_everybody_is_entered_told_and_the_broadcast_done(
    crowd: Crowd, platform: Platform
) -> None:
    people = [f"p{n}" for n in range(9)]
    crowd.join(*people)
    made = ordered(crowd)
    job = a_job(crowd, platform)
    await run(job)
    assert sorted(platform.told) == people
    assert crowd.counts(made) == {"sent": 9}
    assert crowd.now(made).state == DONE
    assert job.in_flight == 0
    assert 2 <= platform.most <= 4, "several at once, and never more than allowed"


async def test_each_is_told_in_their_language(crowd: Crowd, platform: Platform) -> None:
    crowd.join("a", "b")
    with crowd.bench.store.write() as tx:
        people_rows.set_language(tx, crowd.who("a"), "fr")
    ordered(crowd)
    await run(a_job(crowd, platform))
    assert dict(zip(platform.told, platform.texts, strict=True)) == {
        "a": "Bonjour, boots.",
        "b": "Hello, boots.",
    }
    assert crowd.bench.told(psid="b", what="decided")[0].data["ground"] == "standard_window"


async def test_two_processes_share_one_and_tell_nobody_twice(
    crowd: Crowd, platform: Platform
) -> None:
    people = [f"p{n:02}" for n in range(30)]
    crowd.join(*people)
    made = ordered(crowd)
    jobs = [a_job(crowd, platform), a_job(crowd, platform)]
    await asyncio.gather(*map(run, jobs))
    assert sorted(platform.told) == people
    assert crowd.counts(made) == {"sent": 30}
    assert crowd.now(made).state == DONE


async def test_a_small_one_does_not_wait_behind_a_large_one(
    crowd: Crowd, platform: Platform
) -> None:
    crowd.join(*[f"p{n:02}" for n in range(40)])
    crowd.join("x", topic=SKU)
    ordered(crowd)
    ordered(crowd, SKU, key="k2")
    await run(a_job(crowd, platform))
    assert platform.told.index("x") < 12
    assert len(platform.told) == 41


async def test_a_pause_holds_within_a_second_and_a_resume_goes_on(
    crowd: Crowd, platform: Platform
) -> None:
    crowd.join(*[f"p{n:02}" for n in range(30)])
    made = ordered(crowd)
    loop = BroadcastLoop(a_job(crowd, platform))
    loop.start()
    await _until(lambda: len(platform.told) >= 4)
    crowd.move(made, PAUSED)
    at_the_pause = len(platform.told)
    await asyncio.sleep(1.0)
    after = len(platform.told)
    assert after - at_the_pause <= 4, "at most what was on the wire already"
    assert after < 30
    crowd.move(made, RUNNING)
    loop.wake()
    await _until(lambda: crowd.now(made).state == DONE)
    await loop.stop(1.0)
    assert len(platform.told) == 30


async def test_a_cancelled_one_ends_and_every_recipient_is_counted(
    crowd: Crowd, platform: Platform
) -> None:
    crowd.join(*[f"p{n:02}" for n in range(30)])
    made = ordered(crowd)
    job = a_job(crowd, platform)
    while len(platform.told) < 4:
        await job.run_once()
    crowd.move(made, CANCELLED)
    await run(job)
    counts = crowd.counts(made)
    assert set(counts) == {"sent", "cancelled"}
    assert sum(counts.values()) == 30
    assert counts["sent"] == len(platform.told)


async def test_a_process_that_stops_writes_down_what_arrived(
    crowd: Crowd, platform: Platform
) -> None:
    crowd.join("a", "b", "c")
    made = ordered(crowd)
    job = a_job(crowd, platform, Size(2, 2))
    platform.open.clear()
    while len(platform.told) < 2:
        await job.run_once()
    asyncio.get_running_loop().call_later(0.05, platform.open.set)
    await job.stop(SOON)
    assert sorted(crowd.states(made).values()) == ["sent", "sent", "waiting"]


async def test_a_process_that_is_cut_off_leaves_doubts_and_the_next_goes_on(
    crowd: Crowd, platform: Platform
) -> None:
    crowd.join("a", "b", "c")
    made = ordered(crowd)
    job = a_job(crowd, platform, Size(2, 2))
    platform.open.clear()
    while len(platform.told) < 2:
        await job.run_once()
    await job.stop(0.01)
    assert sorted(crowd.states(made).values()) == ["unknown", "unknown", "waiting"]
    platform.open.set()
    await run(a_job(crowd, platform))
    assert sorted(platform.told) == ["a", "b", "c"]
    assert crowd.now(made).state == DONE


async def test_what_the_platform_refuses_is_counted_and_the_rest_goes_on(
    crowd: Crowd, platform: Platform
) -> None:
    crowd.join("a", "b", "c")
    made = ordered(crowd)
    platform.deeds = [GraphError(status=400, code=551, subcode=None, message="gone")]
    await run(a_job(crowd, platform))
    assert sorted(crowd.states(made).values()) == ["rejected", "sent", "sent"]


@pytest.mark.parametrize("trouble", [NeverLeft("no connection"), MayHaveLeft("broke off")])
async def test_while_the_platform_is_away_hardly_anything_is_tried(
    crowd: Crowd, platform: Platform, trouble: Exception
) -> None:
    crowd.join(*[f"p{n:02}" for n in range(30)])
    made = ordered(crowd)
    platform.deeds = [trouble] * 1000
    job = a_job(crowd, platform)
    until = time.monotonic() + 1.5
    while time.monotonic() < until:
        if not await job.run_once():
            await asyncio.sleep(0.02)
    await job.stop(1.0)
    assert len(platform.told) <= 6, "what was on the wire, and one to see"
    assert crowd.counts(made)["waiting"] >= 24


async def test_two_of_which_neither_can_go_on_let_the_process_rest(
    crowd: Crowd, platform: Platform
) -> None:
    """Else each would be looked at for the sake of the other, for ever and without a pause."""
    crowd.join(*[f"p{n}" for n in range(9)])
    crowd.join(*[f"x{n}" for n in range(9)], topic=SKU)
    ordered(crowd)
    ordered(crowd, SKU, key="k2")
    platform.deeds = [NeverLeft("nobody is there")] * 1_000
    job = a_job(crowd, platform)
    for _looks in range(3):
        steps = 0
        while await job.run_once():
            steps += 1
            assert steps < 300
    assert len(platform.bodies) < 12


async def test_a_response_of_several_messages_arrives_whole_and_in_order(
    crowd: Crowd, platform: Platform
) -> None:
    crowd.join("a", "b")
    said = ({"text": "One.", "image": "https://example.org/two.png"},)
    made = ordered(crowd, said=said)
    await run(a_job(crowd, platform))
    await _until(lambda: crowd.counts(made) == {"sent": 2})
    for psid in ("a", "b"):
        mine = [b["message"] for b in platform.bodies if b["recipient"]["id"] == psid]
        assert ["text" in message for message in mine] == [True, False]


async def test_what_was_told_is_there_for_the_conversation_until_it_holds_it(
    crowd: Crowd, platform: Platform
) -> None:
    crowd.join("a")
    made = ordered(crowd)
    await run(a_job(crowd, platform))
    memory = Memory(crowd.bench.guard)
    ((send_id, told),) = memory.told(crowd.who("a"))
    assert told.key == made.turn_key("a")
    assert told.message["text"] == "Hello, boots."
    assert told.message["utter_action"] == "utter_news"
    memory.mark([send_id])
    assert memory.told(crowd.who("a")) == []


# -- words -----------------------------------------------------------------------------------------


def test_the_thing_asked_for_is_named_after_its_topic_and_the_type_gives_the_purpose(
    crowd: Crowd,
) -> None:
    made = ordered(crowd, SKU, said=({"text": "It is back."},))
    words = BroadcastWords(crowd.bench.guard, made)("en")
    assert isinstance(words, Words)
    assert (words.message.purpose.value, words.message.topic) == ("alert", SKU)
    assert not words.message.in_turn


@pytest.mark.parametrize(
    ("said", "why"),
    [
        (({"text": "x", "condition": FR},), "no variation of the response `utter_news` fits"),
        (({"custom": {"sender_action": "typing_on"}},), "`utter_news` says nothing"),
        (
            ({"text": "x", "metadata": {"messenger": {"purpose": "fun"}}},),
            "purpose `fun` of response `utter_news` is not one of",
        ),
    ],
)
def test_what_cannot_be_said_is_told_in_a_sentence(
    crowd: Crowd, said: tuple[Any, ...], why: str
) -> None:
    words = BroadcastWords(crowd.bench.guard, ordered(crowd, said=said))("en")
    assert isinstance(words, str)
    assert why in words


def test_words_are_made_once_for_all_who_speak_a_language(crowd: Crowd) -> None:
    words = BroadcastWords(crowd.bench.guard, ordered(crowd))
    assert words("en") is words("en")
    assert words("fr") is not words("en")


async def _until(condition: Any) -> None:
    async def look() -> None:
        while not condition():
            await asyncio.sleep(0.01)

    await asyncio.wait_for(look(), SOON)
