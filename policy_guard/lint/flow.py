"""Which turns a person starts, and which a machine starts."""

from __future__ import annotations

import re

from .model import EXTERNAL, Project, Turn

#: External events that carry what a person has just done in the thread.
_PERSON_DID = re.compile(
    r"attachment|referral|start|stop|reaction|postback|message|sticker|location|comment|optin|failed",
    re.IGNORECASE,
)
#: Of those, the ones that leave the window as it is: agreeing to a notification opens none.
_OPENS_NOTHING = re.compile(r"optin|failed|comment", re.IGNORECASE)


def machine_started(turn: Turn) -> bool:
    """Tell whether a turn is started by a machine: an event of the shop's, a reminder."""
    return any(
        step.name.value.startswith(EXTERNAL) and not _PERSON_DID.search(step.name.value)
        for step in turn.intents
    )


def outside_window(turn: Turn) -> bool:
    """Tell whether a turn may run while the standard messaging window is closed."""
    return any(
        step.name.value.startswith(EXTERNAL)
        and (not _PERSON_DID.search(step.name.value) or _OPENS_NOTHING.search(step.name.value))
        for step in turn.intents
    )


def said_unasked(project: Project, response: str) -> tuple[Turn, ...]:
    """Return the turns of a response that is only ever said unasked, else nothing."""
    turns = project.uttered_in.get(response, ())
    return turns if all(machine_started(turn) for turn in turns) else ()
