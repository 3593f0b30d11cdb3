"""What is loaded for good costs no collection any more, and what is garbage is still collected."""

from __future__ import annotations

import gc
import time
import weakref
from collections.abc import Iterator

import pytest

from channels import heap


class Node:
    """An object that refers to itself, as what only the collector finds does."""

    def __init__(self) -> None:
        self.me = self


@pytest.fixture(autouse=True)
def _as_before() -> Iterator[None]:
    yield
    gc.unfreeze()


def _collection() -> float:
    """Return the seconds of the quickest of three full collections."""
    took = []
    for _ in range(3):
        begun = time.perf_counter()
        gc.collect()
        took.append(time.perf_counter() - begun)
    return min(took)


def test_what_is_set_aside_is_not_walked_through_again() -> None:
    loaded = [[n] for n in range(500_000)]
    before = _collection()
    heap.set_aside()
    assert gc.get_freeze_count() >= len(loaded)
    assert _collection() < before / 5


def test_garbage_of_before_and_of_after_is_collected() -> None:
    before = weakref.ref(Node())
    heap.set_aside()
    assert before() is None
    after = weakref.ref(Node())
    gc.collect()
    assert after() is None


def test_what_was_set_aside_and_is_used_no_more_goes_the_next_time() -> None:
    loaded = Node()
    seen = weakref.ref(loaded)
    heap.set_aside()
    del loaded
    gc.collect()
    assert seen() is not None, "nobody looks at it"
    heap.set_aside()
    assert seen() is None
