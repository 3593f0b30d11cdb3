"""Pytest fixture: `messenger`, a simulator of its own for every test that asks for one."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from .testing import Simulator


@pytest.fixture
def messenger() -> Iterator[Simulator]:
    """Give a running simulator without people, whose webhook is not set yet."""
    with Simulator() as simulator:
        yield simulator
