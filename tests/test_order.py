"""The order of the tests names modules that there are."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from tests import order
from tests.sources import ROOT


def test_every_module_that_goes_first_is_there() -> None:
    assert [module for module in order.LONGEST if not (ROOT / module).is_file()] == []


def test_the_longest_go_first_and_the_rest_stays_as_it_was() -> None:
    names = ["tests/b.py::one", f"{order.LONGEST[1]}::two", "tests/a.py", f"{order.LONGEST[0]}::x"]
    items: list[Any] = [SimpleNamespace(nodeid=name) for name in names]
    order.pytest_collection_modifyitems(items)
    assert [item.nodeid for item in items] == [names[3], names[1], names[0], names[2]]
