"""Turns that compute give the loop back between their stretches, and stay what they were."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from contextvars import ContextVar
from types import SimpleNamespace

import pytest

from channels import steps
from channels.steps import Steps


class Clock:
    """A clock that goes on only where a stretch computes."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now = 0.0
        monkeypatch.setattr(steps, "time", SimpleNamespace(perf_counter=lambda: self.now))

    def compute(self, seconds: float) -> None:
        self.now += seconds


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """Give a clock that only computing moves."""
    return Clock(monkeypatch)


async def _rounds(seen: list[str], *turns: Awaitable[None]) -> None:
    """Run turns at once, and note between what they do when each round of the loop begins."""

    async def all_of_them() -> None:
        await asyncio.gather(*turns)

    task = asyncio.create_task(all_of_them())
    while not task.done():
        seen.append("round")
        await asyncio.sleep(0)


async def test_one_round_of_the_loop_does_one_long_stretch(clock: Clock) -> None:
    seen: list[str] = []
    doing = Steps(a_round=0.004)

    async def turn(name: str) -> None:
        for _ in range(2):
            seen.append(name)
            clock.compute(0.020)
            await asyncio.sleep(0)

    await _rounds(seen, *(doing.through(turn(name)) for name in "abc"))
    told = " ".join(seen).split("round")
    assert max(len(one.split()) for one in told) == 1
    assert [name for name in seen if name != "round"] == ["a", "b", "c", "a", "b", "c"]


async def test_short_stretches_share_a_round(clock: Clock) -> None:
    seen: list[str] = []
    doing = Steps(a_round=0.004)

    async def turn(name: str) -> None:
        seen.append(name)
        clock.compute(0.001)
        await asyncio.sleep(0)

    await _rounds(seen, *(doing.through(turn(name)) for name in "abc"))
    assert "abc" in "".join(seen)


async def test_what_is_returned_or_raised_is_what_the_work_returns_or_raises() -> None:
    async def returns() -> int:
        await asyncio.sleep(0)
        return 7

    async def raises() -> int:
        await asyncio.sleep(0)
        raise LookupError("nothing there")

    doing = Steps()
    assert await doing.through(returns()) == 7
    with pytest.raises(LookupError, match="nothing there"):
        await doing.through(raises())


async def test_the_work_hears_that_it_is_cut_short_and_others_go_on(clock: Clock) -> None:
    heard: list[str] = []
    doing = Steps()

    async def waits() -> None:
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            heard.append("cancelled")
            await asyncio.sleep(0)  # it may still clean up
            heard.append("cleaned")
            raise

    async def computes() -> None:
        for _ in range(3):
            clock.compute(0.020)
            await asyncio.sleep(0)
        heard.append("computed")

    cut = asyncio.create_task(_awaited(doing, waits()))
    other = asyncio.create_task(_awaited(doing, computes()))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    cut.cancel()
    await other
    with pytest.raises(asyncio.CancelledError):
        await cut
    assert sorted(heard) == ["cancelled", "cleaned", "computed"]


async def test_one_that_is_cut_short_while_it_waits_for_its_place_blocks_nobody(
    clock: Clock,
) -> None:
    ran: list[str] = []
    doing = Steps()

    async def turn(name: str) -> None:
        ran.append(name)
        clock.compute(0.020)
        await asyncio.sleep(0)
        clock.compute(0.020)

    tasks = [asyncio.create_task(_awaited(doing, turn(name))) for name in "abcd"]
    await asyncio.sleep(0)
    assert ran == ["a"]
    tasks[1].cancel()
    await asyncio.wait_for(asyncio.gather(*tasks, return_exceptions=True), 5)
    assert tasks[1].cancelled()
    assert ran == ["a", "c", "d"]


async def test_one_that_is_cut_short_hears_that_and_not_what_failed_just_before(
    clock: Clock,
) -> None:
    heard: list[str] = []
    doing = Steps()
    failing: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    async def waits() -> None:
        try:
            await failing
        except BaseException as problem:
            heard.append(type(problem).__name__)
            raise

    async def computes() -> None:
        await asyncio.sleep(0)
        clock.compute(1.0)
        await asyncio.sleep(0)

    one = asyncio.create_task(_awaited(doing, waits()))
    other = asyncio.create_task(_awaited(doing, computes()))
    await asyncio.sleep(0)
    failing.set_exception(LookupError("gone"))
    while clock.now < 1.0:
        await asyncio.sleep(0)
    assert heard == [], "it waits for its place, with the news of what failed"
    one.cancel()
    await asyncio.gather(one, other, return_exceptions=True)
    assert heard == ["CancelledError"]
    assert one.cancelled()


async def test_work_that_was_never_begun_and_is_cut_short_does_not_begin(clock: Clock) -> None:
    began: list[str] = []
    doing = Steps()

    async def first() -> None:
        clock.compute(1.0)
        await asyncio.sleep(0)

    async def second() -> None:
        began.append("second")

    one = asyncio.create_task(_awaited(doing, first()))
    two = asyncio.create_task(_awaited(doing, second()))
    await asyncio.sleep(0)
    two.cancel()
    await one
    with pytest.raises(asyncio.CancelledError):
        await two
    assert began == []


_whose: ContextVar[str] = ContextVar("whose", default="nobody")


async def test_each_keeps_its_own_context(clock: Clock) -> None:
    doing = Steps()

    async def turn(name: str) -> str:
        _whose.set(name)
        clock.compute(0.020)
        await asyncio.sleep(0)
        return _whose.get()

    async def alone(name: str) -> str:
        return await doing.through(turn(name))

    assert await asyncio.gather(*(asyncio.create_task(alone(n)) for n in "abc")) == ["a", "b", "c"]


async def _awaited(doing: Steps, work: object) -> None:
    await doing.through(work)  # type: ignore[arg-type]  # a coroutine of a test above
