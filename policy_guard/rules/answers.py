"""How a rule answers: the shapes of the rules, and what every answer of theirs carries."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

from ..decisions import Finding, Hold, Refuse, Send, Whose
from ..sentences import Said
from ..vocabulary import Push, Question

Forbid = Callable[[Question], Refuse | Hold | None]
Ground = Callable[[Question], Send | Finding]
Postpone = Callable[[Question], Hold | None]
Last = Callable[[Question, Sequence[Finding]], Hold | Refuse | None]

#: What each push is called on the wire (Send API reference, `notification_type`).
NOTIFICATION_TYPES = {
    Push.REGULAR: "REGULAR",
    Push.SILENT: "SILENT_PUSH",
    Push.NONE: "NO_PUSH",
}


def refuse(
    q: Question,
    rule: str,
    said: Said,
    whose: Whose,
    *,
    source: str | None = None,
    change: Said | None = None,
) -> Refuse:
    """Return a refusal."""
    return Refuse(Finding(rule, said, whose, source, change), q.edition.id)


def hold(
    q: Question,
    rule: str,
    said: Said,
    whose: Whose,
    until: datetime | None,
    change: Said | None = None,
) -> Hold:
    """Return a hold until a moment (UTC), or until the person writes; it ends at its `hold_for`."""
    keep = q.message.hold_for or q.settings.hold_for
    return Hold(
        Finding(rule, said, whose, None, change),
        q.edition.id,
        until=until,
        expires_at=(until or q.at) + keep,
    )


def send(
    q: Question,
    ground: str,
    reason: Finding,
    *,
    messaging_type: str | None = None,
    tag: str | None = None,
    token_id: str | None = None,
) -> Send:
    """Return a send on *ground*, as loud as its author declared."""
    return Send(
        ground,
        reason,
        q.edition.id,
        messaging_type=messaging_type,
        tag=tag,
        notification_type=NOTIFICATION_TYPES[q.message.push or Push.REGULAR],
        token_id=token_id,
    )
