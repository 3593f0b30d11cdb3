"""The modules whose tests take longest begin first, so that no process works alone at the end."""

from __future__ import annotations

import pytest

#: The longest first, by what they took on two cores.
LONGEST = (
    "tests/simulation/test_simulation.py",
    "tests/scenarios/test_recipes.py",
    "tests/crashes/test_rasa_killed.py",
    "tests/crashes/test_random_kills.py",
    "tests/running/test_bad_starts.py",
    "tests/differential/test_differential.py",
    "tests/scenarios/test_many_workers.py",
    "tests/channels/test_worker_command.py",
    "tests/scenarios/test_holding.py",
    "tests/crashes/test_lost_store.py",
    "tests/crashes/test_race.py",
    "tests/scenarios/test_flows.py",
    "tests/hostile/test_hostile.py",
    "tests/running/test_run.py",
)
_PLACES = {module: place for place, module in enumerate(LONGEST)}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the longest modules first; the rest stays in its order."""
    items.sort(key=lambda item: _PLACES.get(item.nodeid.partition("::")[0], len(LONGEST)))
