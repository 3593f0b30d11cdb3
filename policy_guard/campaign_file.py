"""The plan of a campaign as a JSON document, written and read again."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from .campaign import Aim, Availability, Budget, Creative, LeftOut, Plan, PlanError
from .durations import moment

FORMAT = 1
PSIDS = "psids"  # language: the people, only in a file that was asked to hold them


def as_dict(plan: Plan) -> dict[str, Any]:
    """Return a plan as JSON-ready values, from which `read` makes it again."""
    there, money = plan.availability, plan.budget
    return {
        "format": FORMAT,
        "campaign": plan.name,
        "page": plan.page,
        "topic": plan.aim.topic,
        "response": plan.response,
        "spoken": list(plan.aim.spoken),
        "language": plan.aim.language,
        "region": plan.aim.region,
        "starts_at": plan.starts_at.isoformat(),
        "ends_at": plan.ends_at.isoformat(),
        "sponsored_messages": {
            "offered": there.offered,
            "edition": there.edition,
            "source": there.source,
            "switch": there.assumed,
            "ended": None if there.ended is None else there.ended.isoformat(),
            "instead": list(there.instead),
        },
        "people": plan.people,
        "left_out": {why.value: n for why, n in plan.left_out.items()},
        "still_reached": {why.value: n for why, n in plan.still_reached.items()},
        "budget": None if money is None else {"units": money.units, "currency": money.currency},
        "creatives": [
            {
                "language": creative.language,
                "people": creative.people,
                "message": creative.message,
                "notes": list(creative.notes),
            }
            for creative in plan.creatives
        ],
    }


def read(data: object, where: str) -> Plan:
    """Return the plan of a document; raises PlanError that names the file *where* and the key.

    What is computed from the rest (the campaign's name, sums) is not read.
    """
    plan = _Map(data, where, "")
    if plan.value("format", int) != FORMAT:
        raise plan.wrong("format", f"is not {FORMAT}: the file is no plan of this program")
    there, money = plan.map("sponsored_messages"), plan.value("budget", dict, optional=True)
    return Plan(
        page=plan.text("page"),
        response=plan.text("response"),
        aim=Aim(
            topic=plan.text("topic"),
            spoken=plan.texts("spoken"),
            language=plan.value("language", str, optional=True),
            region=plan.value("region", str, optional=True),
        ),
        starts_at=plan.moment("starts_at"),
        ends_at=plan.moment("ends_at"),
        availability=Availability(
            offered=there.value("offered", bool),
            edition=there.text("edition"),
            source=there.text("source"),
            assumed=there.value("switch", str, optional=True),
            ended=None
            if there.value("ended", str, optional=True) is None
            else there.moment("ended"),
            instead=there.texts("instead"),
        ),
        left_out=_left_out(plan.map("left_out")),
        budget=None if money is None else _budget(_Map(money, where, "budget.")),
        creatives=tuple(
            _creative(_Map(one, where, f"creatives.{n}."))
            for n, one in enumerate(plan.value("creatives", list))
        ),
    )


def _budget(money: _Map) -> Budget:
    return Budget(money.count("units", least=1), money.text("currency"))


def _creative(one: _Map) -> Creative:
    return Creative(
        language=one.text("language"),
        people=one.count("people"),
        message=one.value("message", dict),
        notes=one.texts("notes"),
    )


def _left_out(counts: _Map) -> dict[LeftOut, int]:
    return {why: counts.count(why.value) for why in LeftOut}


class _Map:
    """A JSON object whose every complaint names the file and the key."""

    def __init__(self, data: object, where: str, path: str) -> None:
        self._where, self._path = where, path
        if not isinstance(data, Mapping):
            name = f"`{path.rstrip('.')}` is" if path else "is"
            raise PlanError(f"{where}: {name} not a JSON object: no plan of this program")
        self._data = data

    def wrong(self, key: str, says: str) -> PlanError:
        return PlanError(f"{self._where}: `{self._path}{key}` {says}")

    def value(self, key: str, kind: type, *, optional: bool = False) -> Any:
        if key not in self._data:
            raise self.wrong(key, "is missing")
        found = self._data[key]
        if (found is None and optional) or type(found) is kind:
            return found
        raise self.wrong(key, f"is not of the kind `{kind.__name__}`")

    def text(self, key: str) -> str:
        found: str = self.value(key, str)
        if not found:
            raise self.wrong(key, "is empty")
        return found

    def texts(self, key: str) -> tuple[str, ...]:
        found = self.value(key, list)
        if not all(isinstance(one, str) for one in found):
            raise self.wrong(key, "is not a list of texts")
        return tuple(found)

    def count(self, key: str, least: int = 0) -> int:
        found: int = self.value(key, int)
        if found < least:
            raise self.wrong(key, f"is `{found}`, less than {least}")
        return found

    def moment(self, key: str) -> datetime:
        try:
            return moment(self.text(key))
        except ValueError as problem:
            raise self.wrong(key, f"is wrong: {problem}") from None

    def map(self, key: str) -> _Map:
        return _Map(self.value(key, dict), self._where, f"{self._path}{key}.")
