"""An action server that is away is noticed, where Rasa would only log it and go on."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import Any

import aiohttp
import pytest

from channels.rasa_host import RasaHost
from channels.turns import ActionsAwayError, Heard


class Endpoint:
    """An action server that nobody reaches."""

    def __init__(self, problem: BaseException | None) -> None:
        self.problem = problem
        self.asked: list[str] = []

    async def request(self, **call: Any) -> dict[str, Any]:
        self.asked.append(call["json"]["next_action"])
        if self.problem is not None:
            raise self.problem
        return {"events": [], "responses": []}


class Agent:
    """What the host needs of Rasa's agent; a turn asks its actions and swallows what goes wrong."""

    def __init__(self, endpoint: Endpoint, *actions: str) -> None:
        self.tracker_store = object()
        self.action_endpoint = endpoint
        self.actions = actions
        language = SimpleNamespace(
            name="language", mappings=[{"type": "custom", "action": "action_remember_language"}]
        )
        self.domain = SimpleNamespace(slots=[language, SimpleNamespace(name="x", mappings=[])])
        self.swallowed: list[Exception] = []

    async def handle_message(self, message: Any) -> None:
        for name in self.actions:
            try:
                await self.action_endpoint.request(json={"next_action": name})
            except Exception as problem:  # as Rasa does, which then goes on without the action
                self.swallowed.append(problem)


HEARD = Heard("hello", None, {})


def turn(agent: Agent) -> None:
    asyncio.run(RasaHost(agent, "messenger").run_turn("ann", HEARD, output=None))


@pytest.mark.parametrize(
    "problem", [aiohttp.ClientConnectionError("refused"), asyncio.TimeoutError()]
)
def test_a_turn_whose_action_cannot_be_reached_is_broken_off(problem: BaseException) -> None:
    agent = Agent(Endpoint(problem), "action_list_alerts", "action_never")
    with pytest.raises(ActionsAwayError, match="`action_list_alerts` could not be reached"):
        turn(agent)
    assert agent.action_endpoint.asked == ["action_list_alerts"]


@pytest.mark.parametrize("beside", ["action_remember_language", "action_validate_slot_mappings"])
def test_what_only_runs_beside_every_turn_is_done_without(beside: str) -> None:
    agent = Agent(Endpoint(aiohttp.ClientConnectionError("refused")), beside)
    turn(agent)
    assert len(agent.swallowed) == 1


def test_an_action_server_that_answers_is_left_alone() -> None:
    agent = Agent(Endpoint(None), "action_list_alerts")
    turn(agent)
    assert agent.swallowed == []


def test_outside_a_turn_of_ours_rasa_goes_on_as_it_always_did() -> None:
    agent = Agent(Endpoint(aiohttp.ClientConnectionError("refused")), "action_list_alerts")
    RasaHost(agent, "messenger")
    asyncio.run(agent.handle_message(None))
    assert len(agent.swallowed) == 1


def test_what_else_goes_wrong_in_an_action_server_is_rasas_to_tell() -> None:
    agent = Agent(Endpoint(RuntimeError("500")), "action_list_alerts")
    turn(agent)
    assert len(agent.swallowed) == 1
