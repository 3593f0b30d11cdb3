"""What the platform has stopped of this Page: a ground that would carry, and may not for now."""

from __future__ import annotations

from ..decisions import Finding, Send
from ..sentences import said
from ..vocabulary import Question

LANE_STOPPED = "lane_stopped"


def lane_open(q: Question, send: Send) -> Finding | None:
    """A way of sending that the platform has stopped for this Page carries nothing for now.

    A way is a ground, or a template that the platform has rules for, on whatever ground (Messenger
    Platform error codes: 10/1404170, 100/2018276, 9/2018352, 2022).
    """
    template = q.message.template
    ways = (send.ground, *([] if template is None else [f"template:{template}"]))
    for lane in ways:
        if lane in q.page.stopped:
            return Finding(LANE_STOPPED, said("lane_stopped", lane=lane), change=said("if_lifted"))
    return None
