"""The page `docs/policy.md`, written from the rules and the editions themselves."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from .durations import span_text
from .edition import Edition, Editions, Source
from .policy_facts import Fact, about_text, by_subject, clauses, facts
from .policy_text import differ
from .regions import EEA, EU, WORLD
from .rules import FORBIDS, GROUNDS, LAST, POSTPONES
from .vocabulary import Author, Feature, Purpose

#: Rules that are our own caution or the person's choice; the others are the platform's.
OURS = frozenset(
    {
        "facts_are_readable",
        "nothing_from_the_future",
        "person_stopped",
        "alert_chosen",
        "asked_once_told_once",
        "thread_is_ours",
        "person_answers",
        "wording_reads_as_promotion",
        "person_paused",
        "quiet_hours",
        "daily_cap",
        "reply_needs_its_turn",
    }
)
#: Rules of the platform to which our own caution may add: a margin, or why no ground is open.
BOTH = frozenset({"window_open", "may_wait"})

#: The ground that each rule gives, as decisions name it; an ad is planned, never sent.
GIVES = {
    "window_open": "standard_window",
    "tag_covers_purpose": "tag:NAME",
    "template_approved": "utility_template",
    "recurring_agreed": "recurring_notification",
    "private_reply_owed": "private_reply",
    "plus_one_left": "plus_one",
    "token_held": "one_time_notification",
    "sponsored_message": "none: it only names the ad",
}

_TOP = """\
# The platform's rules, as the guard knows them

This page is written by `policy-guard policy document > docs/policy.md` from the rules in
`policy_guard/rules/` and the dated editions in `policy_guard/editions/`; a test compares it with
them. The editions were last checked against the platform's pages on {checked_on}. What they change
for your own bot tells `policy-guard forecast`; what was decided about one message, and why, tells
`policy-guard explain ID`. The numbers lead to the sources at the end.

## How a message is decided

A message says why it is written (its purpose), never how it gets out. Four groups of rules look at
it, each in the order given here: the first that forbids it ends the matter; then the first ground
that carries it is taken, free grounds before those that are used up; a message that has its ground
may still be put off; and one without a ground waits for the person, or is refused. *Whose* tells
the platform's rules from our own caution and the person's choices.
"""
_PURPOSES = """\
## What may carry what you want to say

Under the edition {edition}, for a message that the person did not just ask for. Inside the standard
messaging window everything may be said; the table is about the time after it.
"""
_TERMS = """\
## What each of them may carry

In the platform's terms, under the edition {edition} (for a tag that has ended: under the last one
that took it). A purpose says that a message is of that kind; whether its words keep to it is for
whoever writes them, and for `policy-guard lint`.
"""
_TIMELINE = """\
## What changed, and when

An edition holds from its day, midnight UTC, until the next. `policy-guard policy show --at DAY`
prints the rules of one day, `policy-guard policy diff A B` what differs between two.
"""
_GROUNDS = """\
## The grounds through the years

*yes*: the ground is there; *not*: everywhere but; *only*: nowhere else; an empty cell: it is not
there. A Page's permission, an approval or a person's agreement may be needed besides. The window
itself is always there; it lasts {window} from the person's last opening action.
"""
#: What is not established and is no switch of the editions: what is assumed, and what settles it.
_ELSEWHERE = (
    (
        "which conversations have the longer window after a click on an ad (2026-09-28)",
        "none: every window lasts 24 hours",
        "`settings.ad_click_window` in endpoints.yml; the platform's error about a closed window",
    ),
    (
        "how many requests for a one-time notification a person may get",
        "as many as are made inside the window",
        "the permission itself, which too much negative feedback ends",
    ),
    (
        "whether something of worth may be promised for agreeing to a notification",
        "no: the copies of the page differ, so it is forbidden",
        "the lint rule P212",
    ),
    (
        'what the section "Restrictions and Limitations" on one-time notifications says',
        "nothing beyond the rest of the page: no copy of it could be read",
        "the page itself, once it can be read",
    ),
    (
        "what the fields of a sponsored message are called in the Marketing API",
        "as docs/sponsored.md lists them",
        "`channels/sponsored_fields.py`; everything is made paused",
    ),
)

_REGIONS = """\
## Regions

A rule of a region counts where the Page **or** the person may be in it; what is open in some
countries only needs **both** to be there. The Page's region is `policy_guard.page.region` in
endpoints.yml; a person's is what they said, else `page.default_person_region`, else the Page's.
`EU` and `EEA` stand for their members where no more is known, and then caution decides.

- `EU`: {eu}
- `EEA`: the same with {more}

What is not a ground but closed in places:
"""
_SWITCHES = """\
## What is not established

Where the platform's pages contradict each other or say nothing, the guard assumes the careful
reading. An operator who knows better turns it in endpoints.yml:

```yaml
policy_guard:
  switches: [{example}]
```
"""

_OPEN = """\
What no edition decides is settled elsewhere:
"""


def document(editions: Editions) -> str:
    """Return the page in Markdown; its tables follow the rules and editions."""
    newest = editions.all[-1]
    checked_on = max(edition.checked_on for edition in editions.all)
    cited = _Sources(editions)
    parts = [
        _TOP.format(checked_on=checked_on),
        *_rules(),
        _PURPOSES.format(edition=newest.id),
        _table(("purpose", "after the window"), _by_purpose(newest)),
        _TERMS.format(edition=newest.id),
        _table(("", "may carry", "may not carry", "source"), _terms(editions, cited)),
        _TIMELINE,
        _table(("from", "what changed", "source"), _timeline(editions, cited)),
        _GROUNDS.format(window=f"{int(newest.window.total_seconds() // 3600)} hours"),
        _ground_table(editions),
        _REGIONS.format(eu=_codes(EU), more=_codes(EEA - EU)),
        _feature_table(editions),
        _SWITCHES.format(example=next(iter(newest.switches))),
        _table(("switch", "off, as it is", "on", "matters", "source"), _switches(editions, cited)),
        _OPEN,
        _table(("what", "assumed", "what settles it"), _ELSEWHERE),
        "## Notes\n\nThings of a day that move no rule of the guard.\n",
        "\n".join(_notes(editions, cited)) + "\n",
        f"## The rules of {newest.id} in full\n",
        "\n".join(_in_full(newest, cited)) + "\n",
        "## Sources\n",
        "\n".join(cited.listed()) + "\n",
    ]
    return "\n".join(parts)


class _Sources:
    """Every source of every edition once, by the number under which the page lists it."""

    def __init__(self, editions: Editions) -> None:
        every = (source for edition in editions.all for source in edition.sources.values())
        self._numbers = {source: n for n, source in enumerate(dict.fromkeys(every), 1)}

    def cite(self, *sources: Source) -> str:
        """Return links to sources in the list, each once."""
        once = dict.fromkeys(sources)
        return ", ".join(f"[{self._numbers[source]}](#sources)" for source in once)

    def listed(self) -> Iterator[str]:
        """Give the list."""
        for source, number in self._numbers.items():
            yield f"{number}. [{source.title}]({source.address}), read {source.read_on}"


# -- the rules ------------------------------------------------------------------------------------


def _rules() -> Iterator[str]:
    groups: tuple[tuple[str, Sequence[Callable[..., Any]]], ...] = (
        ("First: what forbids it, whatever ground there may be", FORBIDS),
        ("Then: the grounds", GROUNDS),
        ("With a ground: what puts it off", POSTPONES),
        ("Without a ground", LAST),
    )
    for title, rules in groups:
        columns = ["", "rule", "what it says", "whose"]
        if rules is GROUNDS:
            columns.insert(2, "gives the ground")
        rows = (_rule(number, rule, len(columns)) for number, rule in enumerate(rules, 1))
        yield f"### {title}\n"
        yield _table(columns, rows)


def _rule(number: int, rule: Callable[..., Any], width: int) -> list[str]:
    name = rule.__name__
    says = " ".join((inspect.getdoc(rule) or "").split())
    row = [str(number), f"`{name}`", says, whose(name)]
    if width > len(row):
        gives = GIVES[name]
        row.insert(2, gives if gives.startswith("none") else f"`{gives}`")
    return row


def whose(rule: str) -> str:
    """Return whose rule it is, in words."""
    if rule in BOTH:
        return "the platform's, and our caution"
    return "ours" if rule in OURS else "the platform's"


# -- purposes -------------------------------------------------------------------------------------


def _by_purpose(edition: Edition) -> Iterator[list[str]]:
    for purpose in Purpose:
        ways = list(_ways(edition, purpose))
        yield [f"`{purpose.value}`", "; ".join(ways) or "nothing: it waits, or is refused"]


def _ways(e: Edition, purpose: Purpose) -> Iterator[str]:
    tag = e.tag_for(purpose)
    if tag is not None:
        if tag.accepted:
            within = f", until {span_text(tag.within)} after they wrote" if tag.within else ""
            whose_words = "" if Author.BOT in tag.authors else ", for a person's own words"
            yield f"the tag `{tag.name}`{within}{whose_words}"
        elif tag.taken_before:
            yield f"no longer the tag `{tag.name}`, refused since {tag.since}"
    if e.utility.offered and purpose in e.utility.serves:
        yield f"an approved utility template{_only(e.utility.open_in)}"
    if e.recurring.offered and purpose in e.recurring.serves:
        yield f"a recurring notification that the person agreed to{_only(e.recurring.open_in)}"
    if purpose in e.private_reply.serves:
        yield "once, the private reply to a comment, in its turn"
    if e.one_time.offered and purpose in e.one_time.serves:
        yield f"a one-time notification that the person asked for{_not(e.one_time.closed_in)}"
    if purpose is Purpose.PROMOTION and e.sponsored.offered:
        yield "a sponsored message, which is an ad"
    if purpose is Purpose.PROMOTION and e.marketing.offered:
        where = _only(e.marketing.business_in)
        yield f"outside the Send API, the paid Marketing Message API{where}"


def _terms(editions: Editions, cited: _Sources) -> Iterator[list[str]]:
    """Give what each ground may carry, by the last edition in which there was such a ground."""
    last: dict[str, list[Fact]] = {}
    for edition in editions.all:
        subjects = by_subject(edition)
        last |= {about: found for about, found in subjects.items() if about.startswith("terms:")}
    for about, found in last.items():
        source = cited.cite(*(fact.source for fact in found))
        yield [about_text(about, "en"), _said(found, "may"), _said(found, "may_not"), source]


def _said(found: Iterable[Fact], key: str) -> str:
    listed = [fact.values["what"] for fact in found if fact.key == key]
    return "; ".join(str(text) for what in listed if isinstance(what, tuple) for text in what)


def _only(areas: Sequence[str]) -> str:
    return "" if WORLD in areas else f", only in {', '.join(areas)}"


def _not(areas: Sequence[str]) -> str:
    return f", not in {', '.join(areas)}" if areas else ""


# -- through the years ----------------------------------------------------------------------------


def _timeline(editions: Editions, cited: _Sources) -> Iterator[list[str]]:
    before: Edition | None = None
    for edition in editions.all:
        sources = _sources_of(editions, before, edition)
        yield [edition.id, edition.says, cited.cite(*sources)]
        before = edition


def _sources_of(editions: Editions, before: Edition | None, edition: Edition) -> Iterator[Source]:
    """Give the sources of what an edition changed: rules, then switches, then notes."""
    if before is None:
        yield from (fact.source for fact in facts(edition))
        return
    found = differ(editions, before.valid_from, edition.valid_from)
    told = [change.after for change in found.changes if change.after is not None]
    yield from (fact.source for fact in told)
    for name, switch in edition.switches.items():
        if name not in before.switches:
            yield edition.sources[switch.source]
    if not told:
        yield from (edition.sources[note.source] for note in edition.notes)


def _ground_table(editions: Editions) -> str:
    tags = [f"tag:{name}" for name in editions.all[-1].tags]
    columns = {
        "plus_one": "one more message",
        **{about: f"`{about.partition(':')[2]}`" for about in tags},
        "utility": "utility template",
        "recurring": "recurring",
        "private_reply": "private reply",
        "one_time": "one-time",
        "sponsored": "sponsored ad",
    }
    rows = []
    for edition in editions.all:
        subjects = by_subject(edition)
        rows.append([edition.id, *(_cell(subjects, about) for about in columns)])
    return _table(("from", *columns.values()), rows)


def _cell(subjects: dict[str, list[Any]], about: str) -> str:
    """Return whether a ground is there in a word, from what its edition says of it."""
    keys = {fact.key: fact.values for fact in subjects.get(about, ())}
    if not keys or keys.keys() & {"not_offered", "refused", "not_yet", "not_allowed"}:
        return ""
    if "closed_in" in keys:
        return f"not {keys['closed_in']['areas']}"
    return f"only {keys['open_in']['areas']}" if "open_in" in keys else "yes"


def _feature_table(editions: Editions) -> str:
    names = {f"feature:{feature.value}": feature for feature in Feature}
    rows: list[list[str]] = []
    for edition in editions.all:
        subjects = by_subject(edition)
        row = [_where(subjects, about) for about in names]
        if not rows or row != rows[-1][1:]:
            rows.append([edition.id, *row])
    titles = [about_text(about, "en") for about in names]
    return _table(("from", *titles), rows)


def _where(subjects: dict[str, list[Any]], about: str) -> str:
    found = subjects.get(about)
    return clauses(found, "en") if found else ""


def _switches(editions: Editions, cited: _Sources) -> Iterator[list[str]]:
    names = dict.fromkeys(name for edition in editions.all for name in edition.switches)
    for name in names:
        there = [edition for edition in editions.all if name in edition.switches]
        switch = there[-1].switches[name]
        after = [e.id for e in editions.all if e.valid_from > there[-1].valid_from]
        until = f", until {after[0]}" if after else ""
        source = cited.cite(there[-1].sources[switch.source])
        when = f"from {there[0].id}{until}"
        yield [f"`{name}`", switch.assumes, switch.turned_on, when, source]


def _notes(editions: Editions, cited: _Sources) -> Iterator[str]:
    for edition in editions.all:
        for note in edition.notes:
            yield f"- {edition.id}: {note.says} {cited.cite(edition.sources[note.source])}"


def _in_full(edition: Edition, cited: _Sources) -> Iterator[str]:
    for about, found in by_subject(edition).items():
        if about.startswith("terms:"):
            continue  # they have a table of their own
        sources = cited.cite(*(fact.source for fact in found))
        yield f"- **{about_text(about, 'en')}**: {clauses(found, 'en')} {sources}"


# -- Markdown -------------------------------------------------------------------------------------


def _codes(countries: Iterable[str]) -> str:
    return " ".join(sorted(countries))


def _table(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [columns, ["---"] * len(columns), *rows]
    return "".join(f"| {' | '.join(_escaped(cell) for cell in line)} |\n" for line in lines)


def _escaped(cell: str) -> str:
    return cell.replace("|", "\\|")
