"""Lets a check of one text run over every text of a project."""

from __future__ import annotations

from collections.abc import Iterator

from .checks import Seen, TextCheck
from .findings import Check, Finding, Fix, within
from .model import Message, Project
from .tree import Leaf
from .writing import edited


def of_texts(check: TextCheck, *, titles: bool = False, alerts: bool = False) -> Check:
    """Return the rule that runs *check* over every text.

    With *titles* over titles of choices too, with *alerts* over what people read of alert types.
    """

    def run(project: Project) -> Iterator[Finding]:
        for message, leaf, said in project.said:
            for seen in check(said):
                yield finding(seen, leaf, message)
        for message, leaf, said in project.said_in_titles if titles else ():
            for seen in check(said):
                yield finding(seen, leaf, message)
        for kind, heads, leaf, said in project.said_of_alerts if alerts else ():
            for seen in check(said):
                yield finding_at(seen, leaf, kind, heads)

    return run


def finding(seen: Seen, leaf: Leaf, message: Message) -> Finding:
    """Return what a check saw as a finding at its place in the file."""
    return finding_at(seen, leaf, message.name, message.heads)


def finding_at(seen: Seen, leaf: Leaf, subject: str, heads: tuple[int, ...]) -> Finding:
    """Return what a check saw in a text of *subject*; a comment at one of *heads* speaks of it."""
    where = within(leaf, seen.start, seen.end, heads)
    edits = [edited(leaf, change.start, change.end, change.text) for change in seen.changes]
    made = tuple(edit for edit in edits if edit is not None)
    fix = Fix(seen.mends, made, seen.safe) if made and len(made) == len(edits) else None
    return Finding(where, seen.says, subject, fix)
