"""The rules in force and what differs between two days, as data, in sentences, and as a page."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import date, datetime, timedelta, timezone
from itertools import pairwise
from pathlib import Path
from string import Formatter

import pytest

from policy_guard import cases, policy_text
from policy_guard.decisions import Send, findings_of
from policy_guard.edition import Edition, known
from policy_guard.edition_french import FRENCH
from policy_guard.errors import EditionError
from policy_guard.policy_document import BOTH, GIVES, OURS, document, whose
from policy_guard.policy_facts import Fact, about_text, by_subject, clauses, fact_data, facts
from policy_guard.policy_words import WORDS
from policy_guard.rules import FORBIDS, GROUNDS, LAST, POSTPONES

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "policy.md"
EDITIONS = known()
EVERY = [pytest.param(edition, id=edition.id) for edition in EDITIONS.all]
TABLES = sorted((ROOT / "tests" / "cases").glob("*.yaml"))
ENGLISH = re.compile(r"\b(the|is|are|and|not|of)\b")
TAGS_END = "2026-04-27"


def at(day: str) -> datetime:
    return datetime.fromisoformat(day).replace(tzinfo=timezone.utc)


def on(day: str, *switches: str) -> Edition:
    return known(frozenset(switches)).at(at(day))


def shown(day: str, *switches: str, language: str = "en") -> str:
    editions = known(frozenset(switches))
    return "\n".join(policy_text.show(editions, editions.at(at(day)), at(day).date(), language))


def differs(first: str, second: str, language: str = "en") -> str:
    found = policy_text.differ(EDITIONS, at(first), at(second))
    return "\n".join(policy_text.diff(found, language))


def says(edition: Edition, about: str, language: str = "en") -> str:
    return clauses(by_subject(edition)[about], language)


def prose_of(edition: Edition) -> Iterator[str]:
    yield edition.says
    yield from (note.says for note in edition.notes)
    for switch in edition.switches.values():
        yield from (switch.assumes, switch.turned_on)
    for terms in edition.terms.values():
        yield from (*terms.may, *terms.may_not)


# -- words ----------------------------------------------------------------------------------------


def test_both_languages_name_the_same_values() -> None:
    for key, (english, french) in WORDS.table.items():
        assert fields(english) == fields(french), key
        assert french.strip(), key


def fields(form: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(form) if name}


def test_everything_that_the_editions_say_is_known_in_french() -> None:
    """A sentence that is changed or added in an edition needs its French in edition_french.py."""
    said = {text for edition in EDITIONS.all for text in prose_of(edition)}

    assert sorted(said - FRENCH.keys()) == []
    assert sorted(FRENCH.keys() - said) == [], "the French of what no edition says any more"


@pytest.mark.parametrize("edition", EVERY)
def test_every_fact_of_every_edition_has_words_in_both_languages(edition: Edition) -> None:
    for about, found in by_subject(edition).items():
        assert about_text(about, "en") != about_text(about, "fr") or "personas" in about
        english, french = clauses(found, "en"), clauses(found, "fr")
        assert english != french
        assert not ENGLISH.search(re.sub("`[^`]*`|« [^»]* »|Send to Messenger", "", french)), french


def test_every_fact_is_there_once() -> None:
    for edition in EDITIONS.all:
        names = [fact.id for fact in facts(edition)]
        assert len(names) == len(set(names))


# -- facts ----------------------------------------------------------------------------------------


def test_the_window_lists_what_opens_it_in_one_breath() -> None:
    said = says(on("2026-01-01"), "window")

    assert said.startswith("lasts 24 hours from the person's last opening action; is opened by a m")
    assert "an m.me link that carries a `ref`" in said
    assert said.count("is opened by") == 1
    assert "an m.me link, a reaction" in says(
        on("2026-01-01", "referral_without_ref_opens"), "window"
    )


def test_a_longer_window_after_an_ad_is_told_from_its_day_on() -> None:
    assert "click on an ad, as far as" not in says(on("2026-09-27"), "window")
    assert "may last up to 7 days after a click on an ad" in says(on("2026-09-28"), "window")


def test_a_refused_tag_says_nothing_of_what_it_used_to_carry() -> None:
    about = "tag:ACCOUNT_UPDATE"

    assert "carries the purpose `account_update`" in says(on("2026-04-26"), about)
    assert says(on(TAGS_END), about) == "is refused by the platform"


def test_a_tag_that_is_not_there_yet_is_not_called_refused() -> None:
    about = "tag:CUSTOMER_FEEDBACK"

    assert says(on("2020-01-01"), about) == "is not taken by the platform yet"
    assert says(on("2026-05-01", "feedback_ended"), about) == "is refused by the platform"


def test_what_a_tag_asks_of_its_sender_is_told() -> None:
    said = says(on("2026-05-01"), "tag:HUMAN_AGENT")

    assert "for the words of a person of the business, not for the bot's" in said
    assert "until 7 days after the person's last message" in said
    assert "needs the approval `page.human_agent` of the Page" in said


def test_what_is_not_offered_is_not_described() -> None:
    assert says(on("2025-01-01"), "utility") == "the platform does not offer them"
    assert says(on("2025-07-29"), "utility").endswith("open only in US, VN, TH, PH")
    assert says(on("2026-05-01", "utility_everywhere"), "utility").endswith("open everywhere")


def test_regions_are_told_as_closed_or_as_open() -> None:
    assert says(on("2021-01-01"), "feature:media") == "closed in EEA, GB"
    assert says(on("2022-07-01"), "feature:media") == "open everywhere"
    assert says(on("2018-06-01"), "feature:customer_feedback") == "open nowhere"


def test_a_fact_is_json_with_its_source() -> None:
    gap = next(fact for fact in facts(on("2026-01-01")) if fact.id == ("recurring", "gap"))
    data = fact_data(gap)

    assert json.loads(json.dumps(data)) == data
    assert data["values"] == {"span": "172800s"}
    assert data["says"] == (
        "recurring notifications: two to one person lie at least 48 hours apart"
    )
    assert data["source"]["address"].startswith("https://")
    assert data["source"]["read_on"] == gap.source.read_on.isoformat()


# -- show -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("language", ["en", "fr"])
@pytest.mark.parametrize("edition", EVERY)
def test_every_rule_shown_cites_a_source_that_is_listed(edition: Edition, language: str) -> None:
    lines = policy_text.show(EDITIONS, edition, edition.valid_from.date(), language)
    rules = [line for line in lines if line.startswith("- ")]
    listed = {line.partition("]")[0] + "]" for line in lines if line.startswith("[")}
    cited = {number for line in rules for number in re.findall(r"\[\d+\]", line)}

    assert all(re.search(r"\[\d+\]$", line) for line in rules)
    assert cited == listed
    assert len(rules) == len(by_subject(edition)) + len(edition.switches) + len(edition.notes)


def test_the_rules_of_a_day_are_headed_by_their_edition_and_its_last_check() -> None:
    first, second, *_ = shown("2026-05-01").splitlines()

    assert first == (
        "The platform's rules of 2026-05-01: the edition 2026-04-27, last checked on "
        f"{on(TAGS_END).checked_on}."
    )
    assert second.startswith("What changed on 2026-04-27: the platform refuses CONFIRMED_EVENT")


def test_the_next_known_change_is_named_while_there_is_one() -> None:
    last = EDITIONS.all[-1].id

    assert f"The next known change comes on {last}." in shown(TAGS_END)
    assert "The next known change" not in shown(last)


def test_a_switch_is_shown_as_assumed_or_as_turned_on() -> None:
    off, turned = shown("2026-05-01"), shown("2026-05-01", "one_time_ended")

    assert "- `one_time_ended`, off: one-time notifications are still offered" in off
    assert "- one-time notifications: the platform offers them" in off
    assert "- `one_time_ended`, turned on: they are not offered any more" in turned
    assert "- one-time notifications: the platform does not offer them" in turned


def test_the_source_of_a_rule_has_title_address_and_the_day_it_was_read() -> None:
    source = on(TAGS_END).sources[on(TAGS_END).tags["ACCOUNT_UPDATE"].source]

    assert f"{source.title} <{source.address}>, read {source.read_on}" in shown(TAGS_END)
    assert f"{source.title} <{source.address}>, lu le {source.read_on}" in shown(
        TAGS_END, language="fr"
    )


def test_groups_of_countries_have_their_names_in_each_language() -> None:
    assert "open only in AU, EU, JP, KR, GB" in shown(TAGS_END)
    assert "seulement dans : AU, UE, JP, KR, GB" in shown(TAGS_END, language="fr")
    assert "pas dans : EEE, GB" in shown("2021-01-01", language="fr")


@pytest.mark.parametrize(("days", "stale"), [(0, False), (180, False), (181, True), (400, True)])
def test_an_edition_unchecked_for_more_than_180_days_says_so(days: int, stale: bool) -> None:
    edition = EDITIONS.all[-1]
    day = edition.checked_on + timedelta(days=days)
    said = "\n".join(policy_text.show(EDITIONS, edition, day))
    in_french = "\n".join(policy_text.show(EDITIONS, edition, day, "fr"))
    data = policy_text.show_data(edition, day)

    sentence = f"platform's pages for {days} days, more than 180: read its sources again."
    assert (sentence in said) is stale
    assert (f"depuis {days} jours, plus de 180 : relisez ses sources." in in_french) is stale
    assert (data["stale"], data["unchecked_days"]) == (stale, days)


def test_a_day_before_the_last_check_is_not_stale() -> None:
    data = policy_text.show_data(EDITIONS.all[0], date(2018, 1, 1))

    assert (data["stale"], data["unchecked_days"]) == (False, 0)


def test_the_rules_as_data_hold_every_fact_switch_and_note() -> None:
    edition = on("2026-05-01", "one_time_ended")
    data = policy_text.show_data(edition, date(2026, 5, 1))

    assert json.loads(json.dumps(data)) == data
    assert [(f["about"], f["name"]) for f in data["facts"]] == [f.id for f in facts(edition)]
    assert {s["name"]: s["on"] for s in data["switches"]} == {
        name: name == "one_time_ended" for name in edition.switches
    }
    assert len(data["notes"]) == len(edition.notes)


# -- diff -----------------------------------------------------------------------------------------


def test_two_days_of_one_edition_do_not_differ() -> None:
    assert differs("2026-05-01", "2026-06-01") == (
        "Nothing differs between 2026-05-01 and 2026-06-01: the edition 2026-04-27 was in force "
        "on both days."
    )


def test_the_end_of_a_tag_is_told_with_its_day_and_what_held_before() -> None:
    said = differs("2026-04-26", "2026-05-01").splitlines()

    assert said[0] == "From 2026-04-26 (edition 2026-02-10) to 2026-05-01 (edition 2026-04-27):"
    assert next(line for line in said if "`ACCOUNT_UPDATE`" in line).startswith(
        "- since 2026-04-27, the message tag `ACCOUNT_UPDATE`: is refused by the platform; "
        "before: is accepted by the platform [Messenger Platform changelog of 2026-03-27"
    )


def test_backwards_the_same_is_told_from_the_other_side() -> None:
    said = differs("2026-05-01", "2026-04-26").splitlines()

    assert (
        said[0] == "Back from 2026-05-01 (edition 2026-04-27) to 2026-04-26 (edition 2026-02-10):"
    )
    line = next(line for line in said if "`ACCOUNT_UPDATE`" in line)
    assert line.startswith(
        "- until 2026-04-27, the message tag `ACCOUNT_UPDATE`: is accepted by the platform; "
    )
    assert "; from then on: is refused by the platform [" in line


def test_what_begins_is_told_with_all_that_belongs_to_it() -> None:
    said = differs("2025-01-01", "2025-08-01")

    assert (
        "- since 2025-07-29, utility templates: the platform offers them; purposes: "
        "`account_update`, `post_purchase_update`, `confirmed_event_update`; open only in US, VN, "
        "TH, PH; before: the platform does not offer them [" in said
    )


def test_what_begins_says_what_it_may_carry_and_what_ends_only_that_it_ends() -> None:
    begins = differs("2025-01-01", "2025-08-01")
    ends = differs("2026-04-01", "2026-05-01")

    assert "- since 2025-07-29, utility templates: may carry: an update in a template" in begins
    assert "the message tag `ACCOUNT_UPDATE`: is refused by the platform" in ends
    assert "may carry" not in ends


def test_what_happened_in_between_is_listed_with_its_notes() -> None:
    said = differs("2026-01-01", "2026-05-01")

    assert "- 2026-02-10: recurring notifications end except in Australia" in said
    assert "  note: the end had been planned for 2026-01-12 at first" in said
    assert "- 2026-04-27: the platform refuses CONFIRMED_EVENT_UPDATE" in said


def test_editions_that_move_no_rule_say_so() -> None:
    assert "No rule differs: these editions only tell of things beside the rules." in differs(
        "2021-04-12", "2021-04-13"
    )


def test_what_is_assumed_on_one_day_only_is_told() -> None:
    said = differs("2026-03-01", "2026-05-01")

    assert "- on 2026-03-01 only, `tags_end_2026_02_10`: the three update tags" in said
    assert "- on 2026-05-01 only, `one_time_ended`: one-time notifications" in said


def test_a_difference_is_told_in_french() -> None:
    forth = differs("2026-04-26", "2026-05-01", "fr")
    back = differs("2026-05-01", "2026-04-26", "fr")

    assert (
        "- depuis le 2026-04-27, l'étiquette de message `ACCOUNT_UPDATE` : est refusée par la "
        "plateforme ; avant : est acceptée par la plateforme [" in forth
    )
    assert "- jusqu'au 2026-04-27, l'étiquette de message `ACCOUNT_UPDATE` : est acceptée" in back


def test_a_day_before_the_first_edition_is_an_error() -> None:
    with pytest.raises(EditionError, match="no edition covers `2010-01-01 00:00:00 UTC`"):
        policy_text.differ(EDITIONS, at("2010-01-01"), at("2026-01-01"))


@pytest.mark.parametrize(
    ("before", "after"),
    [pytest.param(a, b, id=f"{a.id}-{b.id}") for a, b in pairwise(EDITIONS.all)],
)
def test_what_differs_is_what_the_facts_tell_in_both_directions(
    before: Edition, after: Edition
) -> None:
    old, new = of(before), of(after)
    expected = {name for name in old.keys() | new.keys() if old.get(name) != new.get(name)}
    forth = policy_text.differ(EDITIONS, before.valid_from, after.valid_from)
    back = policy_text.differ(EDITIONS, after.valid_from, before.valid_from)

    assert {name_of(change) for change in forth.changes} == expected
    assert {name_of(change) for change in back.changes} == expected
    assert {change.edition.id for change in (*forth.changes, *back.changes)} <= {after.id}
    assert all(
        (change.before and words(change.before)) == old.get(name_of(change))
        and (change.after and words(change.after)) == new.get(name_of(change))
        for change in forth.changes
    )


def test_over_many_editions_each_change_has_the_day_of_the_last_one_that_made_it_so() -> None:
    found = policy_text.differ(EDITIONS, EDITIONS.all[0].valid_from, EDITIONS.all[-1].valid_from)
    every = [of(edition) for edition in EDITIONS.all]
    days = [edition.id for edition in EDITIONS.all]

    for change in found.changes:
        since, name = days.index(change.edition.id), name_of(change)
        assert all(each.get(name) == every[-1].get(name) for each in every[since:])
        assert every[since - 1].get(name) != every[-1].get(name)


def of(edition: Edition) -> dict[tuple[str, str], str]:
    return {fact.id: words(fact) for fact in facts(edition)}


def words(fact: Fact) -> str:
    return clauses([fact], "en")


def name_of(change: policy_text.Change) -> tuple[str, str]:
    fact = change.after or change.before
    assert fact is not None
    return fact.id


@pytest.mark.parametrize("language", ["en", "fr"])
def test_a_difference_as_data_holds_both_sides_and_the_sentences(language: str) -> None:
    found = policy_text.differ(EDITIONS, at("2026-05-01"), at("2026-01-01"))
    data = policy_text.diff_data(found, language)

    assert json.loads(json.dumps(data)) == data
    assert (data["backwards"], data["before"], data["after"]) == (True, TAGS_END, "2025-09-01")
    assert [e["edition"] for e in data["editions"]] == [TAGS_END, "2026-02-10"]
    ended = next(c for c in data["changes"] if c["about"] == "tag:ACCOUNT_UPDATE")
    assert (ended["day"], ended["name"]) == (TAGS_END, "accepted")
    assert (ended["before"]["holds"], ended["after"]["holds"]) == ("refused", "accepted")
    assert data["switches_only_after"] == []
    assert data["sentences"] == policy_text.diff(found, language)


# -- the page -------------------------------------------------------------------------------------


def test_the_page_is_what_the_rules_and_editions_say() -> None:
    """Write it again with `policy-guard policy document > docs/policy.md`."""
    assert PAGE.read_text("utf-8") == document(EDITIONS)


def test_every_rule_is_on_the_page_in_its_order_with_whose_it_is() -> None:
    rows = re.findall(r"^\| (\d+) \| `(\w+)` \|.*\| ([^|]+) \|$", document(EDITIONS), re.MULTILINE)
    rules = [rule.__name__ for group in (FORBIDS, GROUNDS, POSTPONES, LAST) for rule in group]

    assert [name for _, name, _ in rows] == rules
    assert [owner for _, _, owner in rows] == [whose(rule) for rule in rules]
    assert set(rules) >= OURS | BOTH


def test_whose_each_rule_is_agrees_with_every_case_row() -> None:
    """What the page says of a rule is what its findings say when the rules are run."""
    owners = {True: {"ours"}, False: {"platform"}}
    rules = {rule.__name__ for group in (FORBIDS, GROUNDS, POSTPONES, LAST) for rule in group}
    seen: dict[str, set[str]] = {}
    for table in TABLES:
        for row in cases.read_file(table):
            decision = cases.answer(row)
            for finding in (decision.reason, *findings_of(decision)):
                seen.setdefault(finding.rule, set()).add(finding.whose.value)
            if isinstance(decision, Send):
                ground = GIVES[decision.reason.rule].replace("NAME", "")
                assert decision.ground.startswith(ground)

    assert len(rules & seen.keys()) > len(rules) / 2
    for rule in rules & seen.keys():
        allowed = {"ours", "platform"} if rule in BOTH else owners[rule in OURS]
        assert seen[rule] <= allowed, rule


def test_the_page_tells_which_ground_there_was_when() -> None:
    after = document(EDITIONS).partition("## The grounds through the years")[2]
    table = after.partition("## Regions")[0]
    lines = [line.strip("| ").split(" | ") for line in table.splitlines() if line.startswith("|")]
    columns, rows = lines[0], {line[0]: line for line in lines[2:]}

    def cell(day: str, column: str) -> str:
        return rows[day][columns.index(column)].strip()

    assert cell("2020-03-04", "`POST_PURCHASE_UPDATE`") == "yes"
    assert cell(TAGS_END, "`POST_PURCHASE_UPDATE`") == ""
    assert cell("2018-01-01", "one more message") == "yes"
    assert cell("2020-03-04", "one more message") == ""
    assert cell("2020-12-16", "one-time") == "not EEA, GB"
    assert cell("2025-07-29", "utility template") == "only US, VN, TH, PH"


def test_the_page_has_every_edition_switch_note_and_source() -> None:
    page = document(EDITIONS)

    for edition in EDITIONS.all:
        assert f"| {edition.id} | {edition.says} |" in page
        assert all(note.says in page for note in edition.notes)
        assert all(f"| `{name}` | " in page for name in edition.switches)
        assert all(source.address in page for source in edition.sources.values())
    for number in set(re.findall(r"\[(\d+)\]\(#sources\)", page)):
        assert re.search(rf"^{number}\. \[", page, re.MULTILINE)


# --- a source for each value ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("about", "name", "title"),
    [
        ("recurring", "offered", "Messenger Platform changelog"),
        ("recurring", "gap", "Marketing messages, formerly recurring notifications"),
        ("recurring", "agreement", "Marketing messages, formerly recurring notifications"),
        ("recurring", "regions", "Frequently asked questions on marketing messages on Messenger"),
        ("one_time", "offered", "Reminder: new Messenger Platform policy changes"),
        ("one_time", "life", "Messenger Platform FAQ"),
        ("tag:HUMAN_AGENT", "accepted", "Messenger Platform changelog"),
        ("tag:HUMAN_AGENT", "within", "Send API reference"),
        ("tag:HUMAN_AGENT", "needs", "Send API reference"),
        ("tag:CUSTOMER_FEEDBACK", "accepted", "Messenger Platform changelog"),
        ("tag:CUSTOMER_FEEDBACK", "template", "Customer feedback template"),
    ],
)
def test_each_value_of_a_rule_cites_the_page_that_says_it(
    about: str, name: str, title: str
) -> None:
    found = policy_text.differ(EDITIONS, at("2018-01-01"), at("2026-11-27"))
    (change,) = [c for c in found.changes if c.after and c.after.id == (about, name)]
    assert change.after is not None
    assert change.after.source.title == title


def test_the_page_of_2026_is_not_cited_for_what_came_before_it() -> None:
    earlier = {
        fact.source.title
        for edition in EDITIONS.all
        for fact in facts(edition)
        if fact.about == "recurring" and (edition.id < "2026-02-10" or fact.name != "regions")
    }
    assert earlier == {
        "Messenger Platform changelog",
        "Marketing messages, formerly recurring notifications",
    }
