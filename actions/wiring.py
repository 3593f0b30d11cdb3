"""The one place where the actions get the store: opened at the first turn, then kept."""

from __future__ import annotations

from threading import Lock

from policy_guard.people import People

_lock = Lock()
_people: People | None = None


def people() -> People:
    """Return the store of people's choices; raises GuardError when it cannot be opened."""
    global _people  # noqa: PLW0603 - one store per process, opened late and only once
    with _lock:
        if _people is None:
            _people = People.open()
        return _people


def use(store: People | None) -> None:
    """Make the actions use *store*; None has it opened again at the next turn."""
    global _people  # noqa: PLW0603 - the other half of `people`
    with _lock:
        _people = store
