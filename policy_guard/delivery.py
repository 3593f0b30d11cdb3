"""How messages are delivered, beside whether they may leave: pace, doubts, refusals of many."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum

from .errors import CaseError
from .pace import Pace, read_share


class OnUnknown(str, Enum):
    """What becomes of an answer that may have left: it stays a doubt, or is sent once more.

    What is paid with a single-use permission is never sent again, whatever is set here.
    """

    HOLD = "hold"
    RESEND_ONCE = "resend_once"


@dataclass(frozen=True)
class Brake:
    """When a broadcast pauses by itself: the platform refused too many of its latest messages.

    Of the last *of_last* that were answered, more than *share* (from 0 to below 1) were refused.
    """

    share: float = 0.25
    of_last: int = 100

    def stops(self, refused: int) -> bool:
        """Tell whether so many refusals are too many."""
        return refused > self.share * self.of_last


@dataclass(frozen=True)
class Delivery:
    """The operator's settings of delivery; without a *brake* no broadcast pauses by itself."""

    pace: Pace = field(default_factory=Pace)
    on_unknown: OnUnknown = OnUnknown.HOLD
    brake: Brake | None = field(default_factory=Brake)


_BRAKE_KEYS = frozenset({"share", "of_last"})
_LEAST, _MOST = 10, 1000  # messages that a brake looks at


def read_brake(value: object, path: str = "pause_broadcast_at_refusals") -> Brake | None:
    """Return what `policy_guard.pause_broadcast_at_refusals` says; `none` is no brake.

    Raises CaseError.
    """
    name = f"policy_guard.{path}"
    if value is None:
        return Brake()
    if value == "none":
        return None
    if not isinstance(value, Mapping):
        raise CaseError(f"`{name}` is `{value}`, neither a mapping nor `none`", path)
    for key in value:
        if key not in _BRAKE_KEYS:
            raise CaseError(f"unknown key `{name}.{key}`", f"{path}.{key}")
    usual = Brake()
    most = value.get("of_last", usual.of_last)
    if isinstance(most, bool) or not isinstance(most, int) or not _LEAST <= most <= _MOST:
        said = f"`{name}.of_last` is `{most}`, not a number from {_LEAST} to {_MOST}"
        raise CaseError(said, f"{path}.of_last")
    share = read_share(value.get("share", usual.share))
    if share is None or not 0 <= share < 1:
        said = f"`{name}.share` is `{value['share']}`, not a share from `0%` to `99%`"
        raise CaseError(said, f"{path}.share")
    return Brake(share, most)


def read_on_unknown(value: object) -> OnUnknown:
    """Return what `policy_guard.on_unknown` says; raises CaseError."""
    if value is None:
        return OnUnknown.HOLD
    try:
        return OnUnknown(value)
    except ValueError:
        said = f"`policy_guard.on_unknown` is `{value}`, neither `hold` nor `resend_once`"
        raise CaseError(said, "on_unknown") from None
