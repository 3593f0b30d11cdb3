"""The states of an intended send and of its messages; `sends` moves them by compare-and-set only.

ready -> claimed -> committed -> sent | rejected | unknown; held, expired, cancelled and refused are
what becomes of the rest. Nothing that is committed ever becomes ready by the mere passing of time.
"""

from __future__ import annotations

READY = "ready"  # may leave; nobody has taken it
CLAIMED = "claimed"  # a worker has taken it, until its lease ends
COMMITTED = "committed"  # written down as on its way: from here on a byte may have left
SENT = "sent"
REJECTED = "rejected"  # the platform said no
UNKNOWN = "unknown"  # it may have left; evidence or an operator settles it
HELD = "held"
EXPIRED = "expired"
CANCELLED = "cancelled"  # its row says why
REFUSED = "refused"  # the guard never let it go

ALL = (
    *(READY, CLAIMED, COMMITTED, UNKNOWN, HELD),
    *(SENT, REJECTED, REFUSED, EXPIRED, CANCELLED),
)
#: What is on its way out: a person's later message waits for it.
OPEN = (READY, CLAIMED, COMMITTED)
#: What will still leave of itself, or may have.
UNSETTLED = (*OPEN, HELD)
#: What an operator may have to look at.
LISTED = (*OPEN, UNKNOWN, HELD)
#: What left, leaves, or may have left.
LEFT = (*OPEN, SENT, UNKNOWN)

#: Why a row was cancelled.
SUPERSEDED, DROPPED, STOPPED, OPERATOR = "superseded", "dropped", "stopped", "operator"

#: The two lanes out: answers and agents, and broadcasts; the first never waits behind the second.
LIVE, BULK = "live", "bulk"
