"""Where lines wait for the pace: what one is told is waited once, live lines go first."""

from __future__ import annotations

import asyncio

from channels.turnstile import Turnstile
from policy_guard.send_states import BULK, LIVE

TOLD = 0.3  # seconds


async def test_what_one_line_was_told_is_not_waited_by_each_behind_it() -> None:
    turnstile, loop = Turnstile(), asyncio.get_running_loop()
    began = loop.time()
    first = turnstile.wait(LIVE, TOLD)
    others = [turnstile.wait(LIVE, 0) for _ in range(20)]
    await asyncio.wait_for(asyncio.gather(first, *others), 20 * TOLD)
    assert TOLD <= loop.time() - began < 3 * TOLD


async def test_a_line_that_is_told_to_wait_again_holds_the_others_up_again() -> None:
    turnstile, loop = Turnstile(), asyncio.get_running_loop()
    await turnstile.wait(LIVE, TOLD)
    began = loop.time()
    again, behind = turnstile.wait(LIVE, TOLD), turnstile.wait(LIVE, 0)
    await again
    assert loop.time() - began >= TOLD
    await behind
    assert loop.time() - began < 2 * TOLD


async def test_a_live_line_goes_before_one_of_a_broadcast_that_was_there_first() -> None:
    turnstile = Turnstile()
    bulk, live = turnstile.wait(BULK, TOLD), turnstile.wait(LIVE, 0)
    done, _ = await asyncio.wait({bulk, live}, return_when=asyncio.FIRST_COMPLETED)
    assert done == {live}
    await bulk
