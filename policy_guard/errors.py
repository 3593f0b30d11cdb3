"""The errors that a person may have to read, each one sentence."""

from __future__ import annotations


class GuardError(Exception):
    """Something the guard was given cannot be used; the text is one sentence for a person."""


class EditionError(GuardError):
    """An edition file is wrong, or no edition covers the moment that was asked about."""


class CaseError(GuardError):
    """A case row is not in the format; names the file, the row and the key.

    *path* is where the value stands, such as `page.region`, for who knows the line.
    """

    def __init__(self, sentence: str, path: str = "") -> None:
        super().__init__(sentence)
        self.path = path


class SettingsError(GuardError):
    """A setting is missing, left as a placeholder, or has a value that cannot be used."""


class StoreError(GuardError):
    """The store cannot be opened or does not belong to this use."""


class StoreBusy(GuardError):  # noqa: N818 - a state of the store that passes, not a fault
    """The store is locked, full or away; the same call may go through when that is over."""


class BroadcastError(GuardError):
    """A broadcast is not there, or cannot be what it is asked to become."""


class SharedLost(StoreBusy):
    """A transaction that several calls share is gone as a whole: each call has to be made again."""
