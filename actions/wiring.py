"""The one place where the actions get the store: opened at the first turn, then kept."""

from __future__ import annotations

from threading import Lock

from policy_guard.errors import SettingsError
from policy_guard.people import People

_lock = Lock()
_people: People | None = None
_checked: str | None = None


def people(channels: str | None = None) -> People:
    """Return the store of people's choices; *channels* is the id of the channel's store.

    Raises GuardError when it cannot be opened, or is another store than the channel's: what a
    person chooses there would never be heard of here.
    """
    global _people, _checked  # noqa: PLW0603 - one store per process, opened late and only once
    with _lock:
        if _people is None:
            _people = People.open()
        if channels and channels != _checked and isinstance(_people, People):
            if _people.store_id != channels:
                raise SettingsError(
                    f"the action server's store `{_people.store_id}` is not the channel's "
                    f"`{channels}`: both read `policy_guard.url` and POLICY_GUARD_DB"
                )
            _checked = channels
        return _people


def use(store: People | None) -> None:
    """Make the actions use *store*; None has it opened again at the next turn."""
    global _people, _checked
    with _lock:
        _people, _checked = store, None
