"""What happened to a message and why, in sentences with sources: rows in, sentences out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from . import finding_words
from .edition import Edition, Editions
from .explain_words import WORDS
from .policy_facts import prose
from .rules import POSTPONES
from .sentences import Said, from_json

if TYPE_CHECKING:  # these know the store; what is explained needs only their shape
    from .journal import Entry
    from .sends import PartRow, SendRow

JSON = Mapping[str, Any]

_LONGEST_QUOTE = 200
#: What an edition calls the terms of a ground; a tag's are under its own name.
_TERMS_OF = {
    "utility_template": "utility",
    "recurring_notification": "recurring",
    "one_time_notification": "one_time",
}
#: Lines of the journal that carry a whole decision.
_DECISIONS = ("decided", "asked_again")
#: These rules speak only after a ground was found.
_POSTPONING = frozenset(rule.__name__ for rule in POSTPONES)
#: What the store says of where the person's region comes from, and how that is told.
_REGION_TOLD_BY = {
    "the person": "region_told",
    "the settings": "region_settings",
    "the Page": "region_page",
}


@dataclass(frozen=True)
class Story:
    """A response, its messages, its lines of the journal, and the decision to be explained.

    *regions* are those that the decision rests on and where the person's comes from; None in a
    store that was written before they were kept.
    """

    send: SendRow
    parts: Sequence[PartRow]
    entries: Sequence[Entry]
    decision: JSON
    decided_at: datetime
    regions: JSON | None = None


def story_of(
    send: SendRow, parts: Sequence[PartRow], entries: Sequence[Entry], asked: Entry | None = None
) -> Story:
    """Return the story of *send*; *asked* names the line whose decision is meant, else the last."""
    if asked is not None and asked.what in _DECISIONS:
        regions = asked.data.get("regions")
        return Story(send, parts, entries, asked.data, asked.at, regions)
    lines = [entry for entry in entries if entry.what in _DECISIONS]
    regions = lines[-1].data.get("regions") if lines else None
    return Story(send, parts, entries, send.decision, send.decided_at, regions)


def sentences(story: Story, editions: Editions, language: str = "en") -> list[str]:
    """Return the whole story in `en` or `fr`, a sentence or a list item a line."""
    return _Teller(story, editions, language).told()


def as_dict(story: Story, editions: Editions, language: str = "en") -> dict[str, Any]:
    """Return the story as JSON-ready values, with the sentences in `en` or `fr`."""
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
        "regions": None if story.regions is None else dict(story.regions),
        "edition": None if edition is None else _edition_dict(edition),
        "source": _source_dict(story.decision["source"], edition),
        "parts": [
            {"n": p.n, "state": p.state, "mid": p.mid, "error": p.error} for p in story.parts
        ],
        "journal": [entry.as_dict() for entry in story.entries],
        "sentences": sentences(story, editions, language),
    }


def happened(entry: Entry, language: str = "en", reasons: Mapping[str, Said] | None = None) -> str:
    """Return what one line of the journal says, as a part of a sentence.

    *reasons* are sentences that a line may quote by their English words.
    """
    return _Line(entry, language, reasons or {}).told()


class _Line:
    """One line of the journal in one language."""

    def __init__(self, entry: Entry, language: str, reasons: Mapping[str, Said]) -> None:
        self._entry = entry
        self._language = language
        self._reasons = reasons

    def told(self) -> str:
        what, data = self._entry.what, dict(self._entry.data)
        if what in _DECISIONS:
            return self._decision(what, data)
        part, why = data.pop("part", None), data.pop("why", None)
        it = self._say("message_n", n=part + 1) if isinstance(part, int) else self._say("it")
        if what == "sent":
            teller = f"`{data['told_by']}`"
            teller = WORDS.get(f"told_{data['told_by']}", self._language, teller)
            return self._say("line_sent", it=it, mid=data["mid"], teller=teller)
        if what == "disagreement":
            return self._disagreement(it, data)
        if what == "finding":
            found = finding_words.told(data.get("found") or (), self._language)
            return self._say("line_finding", list=_listed(found, self._language))
        if f"line_{what}" in WORDS.table:
            text = self._say(f"line_{what}", it=it)
        else:
            text = self._say("line_other", what=what)
        details = _listed(filter(None, (self._why(why), _pairs(data))), self._language)
        return self._say("details", said=text, details=details) if details else text

    def _decision(self, what: str, data: JSON) -> str:
        ground = self._say("on_ground", ground=data["ground"]) if data.get("ground") else ""
        decided = WORDS.get(str(data.get("decision")), self._language, self._say("nothing"))
        return self._say(
            f"line_{what}",
            what=decided,
            ground=ground,
            reason=_sentence(data, self._language),
            rule=data.get("rule"),
            why=self._why(data.get("why")),
        )

    def _disagreement(self, it: str, data: JSON) -> str:
        reason = str(data.get("guard"))
        words = self._reasons.get(reason)
        return self._say(
            "line_disagreement",
            it=it,
            ground=data.get("ground"),
            edition=data.get("edition"),
            guard=_text(words, self._language) or reason,
            platform=_pairs(data.get("platform") or {}),
        )

    def _why(self, why: object) -> str:
        return WORDS.get(str(why), self._language, str(why)) if why else ""

    def _say(self, key: str, **values: object) -> str:
        return WORDS.say(key, self._language, **values)


class _Teller:
    """Tells one story in one language."""

    def __init__(self, story: Story, editions: Editions, language: str) -> None:
        self._story = story
        self._editions = editions
        self._edition = _edition(editions, story.decision["edition"])
        self._language = language

    def told(self) -> list[str]:
        return [
            *self._what_was_to_be_said(),
            *self._decision(),
            *self._terms(),
            *self._regions(),
            *self._lacked(),
            *self._change(),
            *self._aftermath(),
        ]

    def _what_was_to_be_said(self) -> list[str]:
        send = self._story.send
        message, name = send.message, send.response
        lines = [
            self._say(
                "was_for",
                name=self._say("named", name=name) if name else self._say("unnamed"),
                purpose=message.purpose,
                topic=self._say("topic", topic=message.topic)
                if message.topic
                else self._say("no_topic"),
                psid=send.who.psid,
            )
        ]
        if send.text:
            text = send.text
            quote = text if len(text) <= _LONGEST_QUOTE else text[:_LONGEST_QUOTE] + "…"
            lines.append(self._say("it_says", text=quote))
        return lines

    def _decision(self) -> list[str]:
        decision = self._story.decision
        ground = decision["ground"]
        lines = [
            self._say(
                "decided",
                at=self._story.decided_at,
                what=self._say(decision["decision"]),
                ground=self._say("on_ground", ground=ground) if ground else "",
                under=self._under(),
            ),
            self._say(
                "gave_reason",
                rule=decision["rule"],
                whose=self._say(decision["whose"]),
                reason=self._reason(),
            ),
        ]
        assumed = _assumed(decision)
        lines += [self._assumption("assumed", one) for one in assumed]
        if decision["token"]:
            standing = ground == "recurring_notification"
            lines.append(self._say("agreed" if standing else "paid", token=decision["token"]))
        if decision["decision"] == "hold":
            until, expires_at = _moment(decision["until"]), _moment(decision["expires_at"])
            waits = self._held_until(decision["rule"], until, expires_at)
            lines.append(self._say("waits", **waits))
        if decision["source"] and not _says_otherwise(assumed):
            lines.append(self._say("source", source=self._source(decision["source"])))
        return lines

    def _terms(self) -> list[str]:
        """Say what the ground that carries the message may carry, in the platform's terms."""
        ground = str(self._story.decision["ground"] or "")
        about = [_TERMS_OF.get(ground, ground.removeprefix("tag:"))]
        if ground.startswith("tag:"):
            about.append("any_tag")  # what holds for all of them
        known_terms = self._edition.terms if self._edition else {}
        terms = [known_terms[one] for one in about if one in known_terms]
        listed = {
            "may_carry": [text for one in terms for text in one.may],
            "may_not_carry": [text for one in terms for text in one.may_not],
        }
        return [
            self._say(key, what=_listed(map(self._prose, said), self._language))
            for key, said in listed.items()
            if said
        ]

    def _prose(self, text: str) -> str:
        return prose(text, self._language)

    def _under(self) -> str:
        name = self._story.decision["edition"]
        if self._edition is not None:
            checked_on = self._edition.checked_on
            return self._say("under_edition", edition=name, checked_on=checked_on)
        return self._say("under_none" if name == "none" else "under_foreign", edition=name)

    def _reason(self) -> str:
        """Return the reason without the findings that are listed right below it."""
        decision = self._story.decision
        if decision["rule"] == "no_ground" and decision["findings"]:
            return self._say("no_ground")
        if decision["rule"] == "edition_in_force":
            first = self._editions.all[0].id
            return self._say("no_edition", at=self._story.decided_at, first=first)
        return _sentence(decision, self._language)

    def _regions(self) -> list[str]:
        regions = self._story.regions or {}
        key = _REGION_TOLD_BY.get(str(regions.get("told_by")))
        if key is None:
            return []
        return [self._say(key, person=regions.get("person"), page=regions.get("page"))]

    def _lacked(self) -> list[str]:
        decision = self._story.decision
        findings, unasked = decision["findings"], decision.get("unasked", ())
        found_one = decision["decision"] == "send" or decision["rule"] in _POSTPONING
        lines = []
        if findings:
            lines.append(self._say("before_lacked" if found_one else "every_lacked"))
        elif not found_one:
            lines.append(self._say("unasked"))
        lines += [self._finding("lacked", found) for found in findings]
        if unasked:
            lines.append(self._say("others"))
        for found in unasked:
            carries = found.get("carries", False)
            lines.append(self._finding("would_carry" if carries else "lacked", found))
        return lines

    def _finding(self, key: str, found: JSON) -> str:
        assumed = _assumed(found)
        notes = [self._assumption("assumed_short", one) for one in assumed]
        source = found.get("source")
        if source and not _says_otherwise(assumed):
            notes.insert(0, self._source(source))
        return self._say(
            key,
            rule=found["rule"],
            whose=self._say(found.get("whose", "platform")),
            says=_sentence(found, self._language),
            source=f" [{_listed(notes, self._language)}]" if notes else "",
        )

    def _assumption(self, key: str, one: JSON) -> str:
        """Say which switch a fact that is not established rests on, and what it stands for."""
        name, on = one["switch"], one["on"]
        switch = self._edition.switches.get(name) if self._edition else None
        what = (switch.turned_on if on else switch.assumes) if switch else ""
        what = f" ({prose(what, self._language)})" if what else ""
        return self._say(f"{key}_on" if on else f"{key}_off", name=name, what=what)

    def _change(self) -> list[str]:
        decision = self._story.decision
        words = [from_json(change) for change in decision.get("changes", ())]
        told = [_text(change, self._language) for change in words]
        changes = decision["would_change"] if None in told or not told else told
        if changes:
            return [self._say("would_change"), *(f"- {change}" for change in changes)]
        return [] if decision["decision"] == "send" else [self._say("no_change")]

    def _aftermath(self) -> list[str]:
        story, send = self._story, self._story.send
        reasons = _reasons([send.decision, *(e.data for e in story.entries)])
        lines = [self._say("came_of_it")]
        for entry in story.entries:
            what = happened(entry, self._language, reasons)
            lines.append(self._say("then", at=entry.at, what=what))
        state = self._state()
        mids = [f"`{part.mid}`" for part in story.parts if part.mid]
        if mids:
            state += f" ({', '.join(mids)})"
        return [*lines, self._say("now", state=state)]

    def _state(self) -> str:
        send = self._story.send
        if send.state == "held":
            waits = self._held_until(send.decision["rule"], send.not_before, send.expires_at)
            return self._say("state_held_how", **waits)
        if f"state_{send.state}" not in WORDS.table:
            return self._say("state_other", state=send.state)
        if send.state == "cancelled" and f"state_cancelled_{send.why}" in WORDS.table:
            return self._say(f"state_cancelled_{send.why}")
        now = self._say(f"state_{send.state}")
        if send.state == "ready" and send.not_before is not None:
            now += self._say("not_before", at=send.not_before)
        return now

    def _held_until(
        self, rule: str, until: datetime | None, expires_at: datetime | None
    ) -> dict[str, str]:
        own = f"until_{rule}" if f"until_{rule}" in WORDS.table else "until_writes"
        how = self._say("until", at=until) if until else self._say(own)
        last = self._say("at_the_latest", at=expires_at) if expires_at else ""
        return {"how": how, "last": last}

    def _source(self, name: str) -> str:
        found = self._edition.sources.get(name) if self._edition else None
        if found is None:
            return self._say("source_foreign", name=name)
        return self._say(
            "source_read", title=found.title, address=found.address, read_on=found.read_on
        )

    def _say(self, key: str, **values: object) -> str:
        return WORDS.say(key, self._language, **values)


def _listed(parts: Iterable[str], language: str) -> str:
    return WORDS.say("between", language).join(parts)


def _assumed(data: JSON) -> Sequence[JSON]:
    """Return the assumptions of a decision or a finding; an older store has kept none."""
    return data.get("assumes") or ()


def _says_otherwise(assumed: Sequence[JSON]) -> bool:
    """Tell whether a switch that is on decided, so that the rule's source does not say it."""
    return any(one["on"] for one in assumed)


def _sentence(data: JSON, language: str) -> str:
    """Return what a decision or a finding says; in English where only its text is of use."""
    key = (data.get("said") or {}).get("key")
    english = str(data.get("reason", data.get("says", f"`{key}`")))
    return _text(from_json(data.get("said")), language) or english


def _text(words: Said | None, language: str) -> str | None:
    """Return a sentence out of the store, None where another version of the program wrote it."""
    try:
        return words.text(language) if words is not None else None
    except KeyError:  # the sentence has a value now that was not kept then
        return None


def _reasons(decisions: Sequence[JSON]) -> dict[str, Said]:
    """Return the sentences of decisions by their English words."""
    found = {data.get("reason"): from_json(data.get("said")) for data in decisions}
    return {str(reason): words for reason, words in found.items() if words is not None}


def _edition(editions: Editions, name: str) -> Edition | None:
    return next((edition for edition in editions.all if edition.id == name), None)


def _edition_dict(edition: Edition) -> dict[str, str]:
    return {
        "id": edition.id,
        "says": edition.says,
        "checked_on": edition.checked_on.isoformat(),
    }


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
