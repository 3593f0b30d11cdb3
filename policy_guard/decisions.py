"""The three decisions and the findings they rest on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import Any

from .sentences import Said, as_json

#: Grounds that pay for one message and are then used up.
SINGLE_USE = ("one_time_notification", "private_reply", "plus_one")
#: Grounds on which everything has to go as one message.
ONE_MESSAGE = (*SINGLE_USE, "recurring_notification")


class Whose(str, Enum):
    """Whose rule it is: the platform's, or our own caution and the person's choice."""

    PLATFORM = "platform"
    OURS = "ours"


@dataclass(frozen=True)
class Assumption:
    """A fact that is not established: the switch of the edition that says what is taken for it."""

    switch: str
    on: bool


@dataclass(frozen=True)
class Finding:
    """What one rule saw: a sentence, whose rule, its source, and what would change the answer.

    *opens_at* (UTC) is the moment from which this very ground would carry the message.
    """

    rule: str
    said: Said
    whose: Whose = Whose.PLATFORM
    source: str | None = None
    change: Said | None = None
    opens_at: datetime | None = None

    @property
    def says(self) -> str:
        """Return the sentence in English."""
        return self.said.text()


@dataclass(frozen=True)
class Accounted(Finding):
    """A finding that is accounted for: only who asks why makes one, as deciding has to be quick.

    *assumes* are the facts without which the rule would see something else; *carries* marks, of a
    ground that was not asked, that it would have carried the message.
    """

    assumes: tuple[Assumption, ...] = ()
    carries: bool = False


@dataclass(frozen=True)
class Send:
    """The message may leave on *ground*, with these fields on the wire."""

    ground: str
    reason: Finding
    edition: str
    messaging_type: str | None = None
    tag: str | None = None
    notification_type: str | None = None
    token_id: str | None = None
    passed: tuple[Finding, ...] = ()  # what the grounds before this one lacked
    unasked: tuple[Finding, ...] = ()  # what the other grounds would have said


@dataclass(frozen=True)
class Hold:
    """The message waits: until a moment (UTC), or, with *until* None, until the person writes."""

    reason: Finding
    edition: str
    until: datetime | None
    expires_at: datetime
    passed: tuple[Finding, ...] = ()
    unasked: tuple[Finding, ...] = ()


@dataclass(frozen=True)
class Refuse:
    """The message does not leave; *lacking* says what every ground found missing."""

    reason: Finding
    edition: str
    lacking: tuple[Finding, ...] = ()
    unasked: tuple[Finding, ...] = ()


Decision = Send | Hold | Refuse


def name_of(decision: Decision) -> str:
    """Return `send`, `hold` or `refuse`."""
    return type(decision).__name__.lower()


def bodies_on(
    ground: str | None,
    parts: Sequence[Mapping[str, Any]],
    single: Mapping[str, Any] | None,
    utility: Mapping[str, Any] | None,
) -> Sequence[Mapping[str, Any]]:
    """Return the messages of a response on a ground, in order."""
    if ground in ONE_MESSAGE and single is not None:
        return (single,)
    if ground == "utility_template" and utility is not None:
        return (utility,)
    return parts


def findings_of(decision: Decision) -> tuple[Finding, ...]:
    """Return what every ground that was looked at found missing."""
    return decision.lacking if isinstance(decision, Refuse) else decision.passed


def changes_of(decision: Decision) -> tuple[str, ...]:
    """Return, in order and once each, what would change the answer, in English."""
    seen = [decision.reason, *findings_of(decision)]
    return tuple(dict.fromkeys(f.change.text() for f in seen if f.change))


def as_dict(decision: Decision) -> dict[str, object]:
    """Return the decision as JSON-ready values; the same keys whatever was decided."""
    send = decision if isinstance(decision, Send) else None
    hold = decision if isinstance(decision, Hold) else None
    return {
        "decision": name_of(decision),
        "ground": send.ground if send else None,
        "messaging_type": send.messaging_type if send else None,
        "tag": send.tag if send else None,
        "notification_type": send.notification_type if send else None,
        "token": send.token_id if send else None,
        "until": hold.until.isoformat() if hold and hold.until else None,
        "expires_at": hold.expires_at.isoformat() if hold else None,
        "rule": decision.reason.rule,
        "whose": decision.reason.whose.value,
        "reason": decision.reason.says,
        "said": as_json(decision.reason.said),
        "source": decision.reason.source,
        "edition": decision.edition,
        "assumes": _assumptions(decision.reason),
        "findings": [_finding(f) for f in findings_of(decision)],
        "unasked": [{**_finding(f), "carries": _carries(f)} for f in decision.unasked],
        "would_change": list(changes_of(decision)),
        "changes": list(_changes(decision)),
    }


def to_keep(decision: Decision) -> dict[str, object]:
    """Return what a store keeps: `as_dict`, with no more of the grounds not asked than is needed.

    Every message keeps these, and few are ever asked about.
    """
    usual: dict[str, object] = {
        "whose": Whose.PLATFORM.value,
        "source": None,
        "assumes": [],
        "carries": False,
    }
    kept = as_dict(decision)
    kept["unasked"] = [
        {
            key: value
            for key, value in {**_finding(f), "carries": _carries(f)}.items()
            if key != "says" and (key not in usual or value != usual[key])
        }
        for f in decision.unasked
    ]
    return kept


def _finding(f: Finding) -> dict[str, object]:
    return {
        "rule": f.rule,
        "says": f.says,
        "said": as_json(f.said),
        "whose": f.whose.value,
        "source": f.source,
        "assumes": _assumptions(f),
    }


def _assumptions(f: Finding) -> list[object]:
    assumed = f.assumes if isinstance(f, Accounted) else ()
    return [{"switch": a.switch, "on": a.on} for a in assumed]


def _carries(f: Finding) -> bool:
    return isinstance(f, Accounted) and f.carries


def _changes(decision: Decision) -> list[object]:
    seen = [decision.reason, *findings_of(decision)]
    once = {f.change.text(): as_json(f.change) for f in seen if f.change}
    return list(once.values())
