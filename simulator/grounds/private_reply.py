"""Private replies: one message to whoever commented, within a week."""

from __future__ import annotations

from datetime import datetime

from ..facts import Facts
from ..known import Comment, PersonFacts
from ..reading import refusal
from ..shape import Call


def find_comment(call: Call, person: PersonFacts | None, moment: datetime, facts: Facts) -> Comment:
    """Return the comment that is answered; raises RefusedError where it cannot be."""
    for comment in person.comments if person else ():
        if comment.id == call.known_as and comment.is_post == (call.recipient == "post_id"):
            if not comment.at <= moment < comment.at + facts.private_reply:
                raise refusal(facts, "comment_refused", "the comment is too old for a reply")
            if comment.replied_at is not None:
                raise refusal(facts, "comment_refused", "the comment has had its reply")
            return comment
    raise refusal(facts, "comment_refused", "the comment is unknown")
