"""What happened to a message and why, in sentences with sources: rows in, sentences out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from .durations import clock_text
from .edition import Edition, Editions
from .rules import POSTPONES

if TYPE_CHECKING:  # these know the store; what is explained needs only their shape
    from .journal import Entry
    from .sends import PartRow, SendRow

JSON = Mapping[str, Any]

_LONGEST_QUOTE = 200
_WHOSE = {"platform": "a rule of the platform", "ours": "our own caution or the person's choice"}
_DECIDED = {"send": "to send it", "hold": "to hold it", "refuse": "to refuse it"}
#: Lines of the journal that carry a whole decision.
_DECISIONS = ("decided", "asked_again")
#: These rules speak only after a ground was found.
_POSTPONING = frozenset(rule.__name__ for rule in POSTPONES)
_TOLD_BY = {"answered": "the platform's answer", "echo": "the platform's echo"}
#: What each state of a response means for the person who asks.
_STATES = {
    "ready": "it is ready to leave",
    "sending": "it is on its way",
    "sent": "it has arrived",
    "rejected": "the platform refused it",
    "unknown": "it may have arrived: nothing tells, and it is never sent again on its own",
    "held": "it is held",
    "refused": "it was refused, and nothing of it has left",
    "expired": "it was let go, because its last useful moment passed",
    "superseded": "it was let go, because the same response has gone out since",
    "dropped": "it was dropped, and nothing of it will leave",
}


@dataclass(frozen=True)
class Story:
    """A response, its messages, its lines of the journal, and the decision to be explained."""

    send: SendRow
    parts: Sequence[PartRow]
    entries: Sequence[Entry]
    decision: JSON
    decided_at: datetime


def story_of(
    send: SendRow, parts: Sequence[PartRow], entries: Sequence[Entry], asked: Entry | None = None
) -> Story:
    """Return the story of *send*; *asked* names the line whose decision is meant, else the last."""
    if asked is not None and asked.what in _DECISIONS:
        return Story(send, parts, entries, asked.data, asked.at)
    return Story(send, parts, entries, send.decision, send.decided_at)


def sentences(story: Story, editions: Editions) -> list[str]:
    """Return the whole story, a sentence or a list item a line."""
    edition = _edition(editions, story.decision["edition"])
    return [
        *_what_was_to_be_said(story.send),
        *_decision(story, edition),
        *_lacked(story.decision, edition),
        *_change(story.decision),
        *_aftermath(story),
    ]


def as_dict(story: Story, editions: Editions) -> dict[str, Any]:
    """Return the story as JSON-ready values, with the sentences."""
    send, edition = story.send, _edition(editions, story.decision["edition"])
    return {
        "id": send.id,
        "page": send.who.page,
        "psid": send.who.psid,
        "response": send.response,
        "purpose": send.message.purpose.value,
        "topic": send.message.topic,
        "text": send.text,
        "state": send.state,
        "created_at": send.created_at.isoformat(),
        "decided_at": story.decided_at.isoformat(),
        "decision": dict(story.decision),
        "edition": None if edition is None else _edition_dict(edition),
        "source": _source_dict(story.decision["source"], edition),
        "parts": [
            {"n": p.n, "state": p.state, "mid": p.mid, "error": p.error} for p in story.parts
        ],
        "journal": [entry.as_dict() for entry in story.entries],
        "sentences": sentences(story, editions),
    }


def happened(entry: Entry) -> str:
    """Return what one line of the journal says, as a part of a sentence."""
    data = dict(entry.data)
    if entry.what in _DECISIONS:
        first = "decided" if entry.what == "decided" else f"asked again ({data.get('why')}):"
        ground = f" on the ground `{data['ground']}`" if data.get("ground") else ""
        said = f"{data.get('reason')} (rule `{data.get('rule')}`)"
        return f"{first} {_DECIDED.get(str(data.get('decision')), 'nothing')}{ground}: {said}"
    number = f"message {data.pop('part') + 1}" if isinstance(data.get("part"), int) else "it"
    why = data.pop("why", None)
    if entry.what == "sent":
        told = _TOLD_BY.get(str(data["told_by"]), f"`{data['told_by']}`")
        return f"{number} arrived as `{data['mid']}`, told by {told}"
    if entry.what == "disagreement":
        allowed = f"the guard allowed {number} on the ground `{data.get('ground')}`"
        under = f"under the edition {data.get('edition')} ({data.get('guard')})"
        return f"{allowed} {under}, and the platform refused: {_pairs(data.get('platform') or {})}"
    fixed = {
        "unknown": f"{number} may have arrived",
        "never_left": f"{number} never left",
        "put_off": f"the platform put {number} off",
        "rejected": f"the platform refused {number}",
        "held": f"{number} is held",
        "expired": f"{number} was let go",
        "superseded": f"{number} was let go",
    }
    said = fixed.get(entry.what, f"`{entry.what}`")
    details = "; ".join(str(d) for d in (why, _pairs(data)) if d)
    return f"{said}: {details}" if details else said


def _what_was_to_be_said(send: SendRow) -> list[str]:
    message = send.message
    name = f"The response `{send.response}`" if send.response else "A message without a name"
    topic = f"the topic `{message.topic}`" if message.topic else "no topic"
    whom = f"the person `{send.who.psid}`"
    lines = [f"{name}, with the purpose `{message.purpose.value}` and {topic}, was for {whom}."]
    if send.text:
        quote = send.text if len(send.text) <= _LONGEST_QUOTE else send.text[:_LONGEST_QUOTE] + "…"
        lines.append(f'It says: "{quote}"')
    return lines


def _decision(story: Story, edition: Edition | None) -> list[str]:
    said, name = story.decision, story.decision["edition"]
    ground = f" on the ground `{said['ground']}`" if said["ground"] else ""
    if edition is not None:
        under = f"under the edition {name}, last checked on {edition.checked_on}"
    elif name == "none":
        under = "under no edition of the platform's rules"
    else:
        under = f"under the edition {name}, which this program does not have"
    lines = [
        f"At {clock_text(story.decided_at)} it was decided {_DECIDED[said['decision']]}{ground}, "
        f"{under}.",
        f"The rule `{said['rule']}`, {_WHOSE[said['whose']]}, gave the reason: {_reason(said)}.",
    ]
    if said["token"]:
        lines.append(f"It is paid with the single-use permission `{said['token']}`.")
    if said["decision"] == "hold":
        lines.append(_held_until(_moment(said["until"]), _moment(said["expires_at"])))
    if said["source"]:
        lines.append(f"Source: {_source(said['source'], edition)}.")
    return lines


def _reason(decision: JSON) -> str:
    """Return the reason without the findings that are listed right below it."""
    reason = str(decision["reason"])
    if decision["rule"] == "no_ground" and decision["findings"]:
        return reason.partition(": ")[0]
    return reason


def _lacked(decision: JSON, edition: Edition | None) -> list[str]:
    findings = decision["findings"]
    found_one = decision["decision"] == "send" or decision["rule"] in _POSTPONING
    if not findings:
        unasked = "No ground was asked for: this rule comes before all of them."
        return [] if found_one else [unasked]
    title = "What every ground lacked:"
    if found_one:
        title = "What the grounds asked before it lacked (those after it were not asked):"
    lines = [title]
    for found in findings:
        source = f" [{_source(found['source'], edition)}]" if found["source"] else ""
        lines.append(f"- `{found['rule']}`, {_WHOSE[found['whose']]}: {found['says']}{source}")
    return lines


def _change(decision: JSON) -> list[str]:
    changes = decision["would_change"]
    if changes:
        return ["What would change the answer:", *(f"- {change}" for change in changes)]
    if decision["decision"] == "send":
        return []
    return ["The rules name nothing that would change the answer."]


def _aftermath(story: Story) -> list[str]:
    lines = ["What came of it:"]
    lines += [f"- {clock_text(entry.at)}: {happened(entry)}" for entry in story.entries]
    send = story.send
    now = _STATES.get(send.state, f"its state is `{send.state}`")
    if send.state == "ready" and send.not_before is not None:
        now += f", not before {clock_text(send.not_before)}"
    if send.state == "held":
        wait = _held_until(send.not_before, send.expires_at)
        now += wait.removeprefix("It waits").removesuffix(".")
    mids = [f"`{part.mid}`" for part in story.parts if part.mid]
    if mids:
        now += f" ({', '.join(mids)})"
    return [*lines, f"Now {now}."]


def _held_until(until: datetime | None, expires_at: datetime | None) -> str:
    first = f"until {clock_text(until)}" if until else "until the person writes"
    last = f", at the latest until {clock_text(expires_at)}" if expires_at else ""
    return f"It waits {first}{last}."


def _edition(editions: Editions, name: str) -> Edition | None:
    return next((edition for edition in editions.all if edition.id == name), None)


def _edition_dict(edition: Edition) -> dict[str, str]:
    return {
        "id": edition.id,
        "says": edition.says,
        "checked_on": edition.checked_on.isoformat(),
    }


def _source(name: str, edition: Edition | None) -> str:
    found = edition.sources.get(name) if edition else None
    return str(found) if found else f"`{name}`, which this program does not describe"


def _source_dict(name: str | None, edition: Edition | None) -> dict[str, str] | None:
    found = edition.sources.get(name) if edition and name else None
    if found is None:
        return None
    return {
        "title": found.title,
        "address": found.address,
        "read_on": found.read_on.isoformat(),
    }


def _moment(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)


def _pairs(data: JSON) -> str:
    return ", ".join(f"{key} `{value}`" for key, value in data.items() if value is not None)
