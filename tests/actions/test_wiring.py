"""The actions' store: opened once, and the channel's."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from actions import wiring
from policy_guard.errors import SettingsError
from policy_guard.people import People
from tests.conftest import Bench


@pytest.fixture
def people(bench: Bench) -> Iterator[People]:
    """Give the actions the bench's store."""
    wiring.use(bench.people)
    yield bench.people
    wiring.use(None)


def test_the_channels_own_store_is_taken(people: People) -> None:
    assert wiring.people(people.store_id).store_id == people.store_id


def test_another_store_than_the_channels_is_refused_with_both_ids(people: People) -> None:
    with pytest.raises(SettingsError) as caught:
        wiring.people("another")
    assert f"`{people.store_id}` is not the channel's `another`" in str(caught.value)


def test_a_channel_that_says_nothing_of_its_store_is_not_checked(people: People) -> None:
    assert wiring.people(None) is wiring.people()
