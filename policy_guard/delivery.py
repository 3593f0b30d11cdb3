"""How messages are delivered, beside whether they may leave: our pace, and what a doubt means."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum

from .errors import CaseError
from .pace import Pace


class OnUnknown(str, Enum):
    """What becomes of an answer that may have left: it stays a doubt, or is sent once more.

    What is paid with a single-use permission is never sent again, whatever is set here.
    """

    HOLD = "hold"
    RESEND_ONCE = "resend_once"


@dataclass(frozen=True)
class Delivery:
    """The operator's settings of delivery."""

    pace: Pace = field(default_factory=Pace)
    on_unknown: OnUnknown = OnUnknown.HOLD


def read_on_unknown(value: object) -> OnUnknown:
    """Return what `policy_guard.on_unknown` says; raises CaseError."""
    if value is None:
        return OnUnknown.HOLD
    try:
        return OnUnknown(value)
    except ValueError:
        said = f"`policy_guard.on_unknown` is `{value}`, neither `hold` nor `resend_once`"
        raise CaseError(said, "on_unknown") from None
