"""Faults one can set: they fire every time they match, never by chance."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from .world import WorldError

MATCHES = ("message", "sender_action", "any")
DEEDS = ("error", "status", "hang_before", "hang_after", "reset_before", "reset_after")
FIELDS = {"on", "psid", "after", "times", "do", "error", "status", "seconds"}


@dataclass
class Fault:
    """What goes wrong: skip `after` matching calls, then fire `times` times (None: always)."""

    id: int
    on: str
    psid: str | None
    after: int
    times: int | None
    do: str
    code: int | None
    subcode: int | None
    status: int
    seconds: float
    fired: int = 0

    def matches(self, kind: str, psid: str | None) -> bool:
        """Whether the fault is about this call at all."""
        return self.on in ("any", kind) and self.psid in (None, psid)

    def as_json(self) -> dict[str, Any]:
        """Return the fault as the control plane shows it."""
        return {**vars(self)}


class Faults:
    """The faults that are set, in the order of setting; the first that fires wins."""

    def __init__(self) -> None:
        self._faults: dict[int, Fault] = {}
        self._next = 1

    def set(self, wish: Mapping[str, Any]) -> Fault:
        """Return the new fault; raises WorldError for one that makes no sense."""
        fault = _fault(self._next, wish)
        self._faults[fault.id] = fault
        self._next += 1
        return fault

    def all(self) -> list[Fault]:
        """Return what is set."""
        return list(self._faults.values())

    def remove(self, number: int | None = None) -> None:
        """Remove one fault, or all of them; raises WorldError for an unknown one."""
        if number is None:
            self._faults.clear()
        elif self._faults.pop(number, None) is None:
            raise WorldError(f"there is no fault `{number}`")

    def firing(self, kind: str, psid: str | None) -> Fault | None:
        """Return the fault that this call runs into, counting it."""
        for fault in self._faults.values():
            if not fault.matches(kind, psid):
                continue
            if fault.after > 0:
                fault.after -= 1
                continue
            if fault.times is not None and fault.fired >= fault.times:
                continue
            fault.fired += 1
            return fault
        return None


def _fault(number: int, wish: Mapping[str, Any]) -> Fault:
    unknown = set(wish) - FIELDS
    if unknown:
        raise WorldError(f"a fault has no field `{min(unknown)}`")
    on, do = wish.get("on", "any"), wish.get("do")
    if on not in MATCHES:
        raise WorldError(f"a fault cannot be on `{on}`, only on {', '.join(MATCHES)}")
    if do not in DEEDS:
        raise WorldError(f"a fault cannot do `{do}`, only {', '.join(DEEDS)}")
    error = wish.get("error") or {}
    if not isinstance(error, Mapping) or (do == "error") != ("code" in error):
        raise WorldError("a fault that does `error` names `error.code`, and only such a fault")
    return Fault(
        id=number,
        on=on,
        psid=wish.get("psid"),
        after=int(_number(wish, "after", 0)),
        times=None if wish.get("times") is None else int(_number(wish, "times", 1)),
        do=do,
        code=error.get("code"),
        subcode=error.get("subcode"),
        status=int(_number(wish, "status", 503)),
        seconds=_number(wish, "seconds", 30),
    )


def _number(wish: Mapping[str, Any], name: str, default: float) -> float:
    value = wish.get(name, default)
    if isinstance(value, bool) or not isinstance(value, (int, float)) or value < 0:
        raise WorldError(f"`{name}` of a fault is `{value}`, which is not a number from 0 up")
    return float(value)
