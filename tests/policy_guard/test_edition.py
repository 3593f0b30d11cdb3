"""Editions: every shipped file loads, the right one is in force, and a wrong file is named."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import replace
from datetime import date, datetime, timedelta, timezone
from itertools import chain, pairwise
from operator import attrgetter
from pathlib import Path
from typing import Any

import pytest

from policy_guard import edition, yaml_place
from policy_guard.edition import Edition, Editions, MarketingRule, Note, Source, Terms
from policy_guard.errors import EditionError
from policy_guard.regions import COUNTRIES, EEA, WORLD, ZONES, inside, normal
from policy_guard.vocabulary import Author, Feature, OpenerKind, Purpose

KNOWN = edition.known()  # the very ones: others may load them again
SHIPPED = KNOWN.all
IDS = [e.id for e in SHIPPED]
FIRST = "2018-01-01"
SECOND = timedelta(seconds=1)
DAY = "2021-01-01"
HEAD = f"edition: {DAY}\nchecked_on: 2026-11-23\nsays: something changed\n"


# --- what ships ---


def test_every_file_in_the_folder_is_an_edition_in_order_of_time() -> None:
    files = sorted(f.stem for f in edition.FOLDER.glob("*.yaml"))
    assert files == IDS
    assert [e.valid_from for e in SHIPPED] == sorted({e.valid_from for e in SHIPPED})


CHANGES = (
    "2019-08-29 2020-02-04 2020-03-04 2020-12-16 2021-03-30 2021-04-13 2021-06-02 2021-09-14 "
    "2022-05-19 2022-06-30 2023-02-02 2023-05-10 2023-08-10 2023-10-17 2024-05-01 2024-08-01 "
    "2025-07-01 2025-07-29 2025-09-01 2026-02-10 2026-04-27 2026-09-28"
).split()


def test_the_days_on_which_the_platform_changed_its_rules_are_covered() -> None:
    assert [FIRST, *CHANGES] == IDS


@pytest.mark.parametrize("shipped", SHIPPED, ids=IDS)
def test_an_edition_starts_at_midnight_utc_of_its_day(shipped: Edition) -> None:
    assert shipped.valid_from.isoformat() == f"{shipped.id}T00:00:00+00:00"


#: What the platform's own pages do not tell; each is somebody else's word.
NOT_THE_PLATFORMS = {
    "old_rules": "https://github.com/",
    "tag_successors": "https://docs.amio.io/",
    "sponsored_end": "https://docs.chatbotbuilder.ai/",
    "utility_beta": "https://ppc.land/",
}


def sources_of(shipped: Edition) -> set[str]:
    """Return the name of every source that anything in the edition rests on."""
    single = (
        shipped.one_time,
        shipped.recurring,
        shipped.utility,
        shipped.private_reply,
        shipped.sponsored,
        shipped.marketing,
    )
    named = {shipped.window_source, shipped.ad_click_source, shipped.plus_one_source}
    named |= {shipped.one_time.closed_source} | {rule.source for rule in single}
    for rules in (shipped.openers, shipped.tags, shipped.features, shipped.switches):
        named |= {rule.source for rule in rules.values()}
    citing = (shipped.one_time, shipped.recurring, *shipped.tags.values())
    named |= {source for rule in citing for source in rule.cites.values()}
    return named | {note.source for note in shipped.notes}


@pytest.mark.parametrize("shipped", SHIPPED, ids=IDS)
def test_the_source_of_every_rule_is_described_and_was_read(shipped: Edition) -> None:
    for name in sources_of(shipped):
        source = shipped.sources[name]
        platform = "https://developers.facebook.com/"
        assert source.address.startswith(NOT_THE_PLATFORMS.get(name, platform)), name
        assert source.title
        assert source.read_on <= shipped.checked_on, name


def test_every_source_that_is_described_is_named_by_something() -> None:
    described = {name for shipped in SHIPPED for name in shipped.sources}
    assert described == {name for shipped in SHIPPED for name in sources_of(shipped)}


@pytest.mark.parametrize("shipped", SHIPPED, ids=IDS)
def test_every_edition_says_what_changed_and_when_it_was_checked(shipped: Edition) -> None:
    assert shipped.says[0].islower() or shipped.says.startswith("HUMAN_AGENT")
    assert date(2026, 1, 1) < shipped.checked_on


@pytest.mark.parametrize("shipped", SHIPPED, ids=IDS)
def test_every_tag_says_who_enforces_it(shipped: Edition) -> None:
    assert {t.enforced_by for t in shipped.tags.values()} <= {"api", "review"}
    assert shipped.tags["HUMAN_AGENT"].authors == {Author.HUMAN}
    assert shipped.tags["HUMAN_AGENT"].needs == "human_agent"


@pytest.mark.parametrize(
    "purpose",
    [Purpose.CONFIRMED_EVENT_UPDATE, Purpose.POST_PURCHASE_UPDATE, Purpose.ACCOUNT_UPDATE],
)
def test_an_update_tag_is_accepted_until_2026_04_27_and_never_after(purpose: Purpose) -> None:
    for shipped in SHIPPED:
        tag = shipped.tag_for(purpose)
        assert tag is not None
        assert tag.accepted is (shipped.id < "2026-04-27")


@pytest.mark.parametrize(
    ("tag", "since"),
    [
        ("HUMAN_AGENT", "2019-08-29"),
        ("CUSTOMER_FEEDBACK", "2021-06-02"),
        ("NON_PROMOTIONAL_SUBSCRIPTION", FIRST),
    ],
)
def test_a_tag_that_stays_is_accepted_from_its_first_day_on_and_never_before(
    tag: str, since: str
) -> None:
    assert [s.tags[tag].accepted for s in SHIPPED] == [s.id >= since for s in SHIPPED]


@pytest.mark.parametrize(
    ("tag", "old"),
    [
        ("CONFIRMED_EVENT_UPDATE", "CONFIRMED_EVENT_REMINDER"),
        ("POST_PURCHASE_UPDATE", "SHIPPING_UPDATE"),
        ("ACCOUNT_UPDATE", "ACCOUNT_UPDATE"),
    ],
)
def test_an_update_tag_goes_out_under_its_old_name_until_2019_08_29(tag: str, old: str) -> None:
    for shipped in SHIPPED:
        assert shipped.tags[tag].wire == (old if shipped.id < "2019-08-29" else tag)


OLD_TAGS = {
    "CONFIRMED_EVENT_REMINDER": "CONFIRMED_EVENT_UPDATE",
    "APPOINTMENT_UPDATE": "CONFIRMED_EVENT_UPDATE",
    "TICKET_UPDATE": "CONFIRMED_EVENT_UPDATE",
    "TRANSPORTATION_UPDATE": "CONFIRMED_EVENT_UPDATE",
    "SHIPPING_UPDATE": "POST_PURCHASE_UPDATE",
    "PAYMENT_UPDATE": "POST_PURCHASE_UPDATE",
    "RESERVATION_UPDATE": "POST_PURCHASE_UPDATE",
    "APPLICATION_UPDATE": "ACCOUNT_UPDATE",
    "ISSUE_RESOLUTION": "ACCOUNT_UPDATE",
    "PERSONAL_FINANCE_UPDATE": "ACCOUNT_UPDATE",
}
WITHOUT_SUCCESSOR = (
    "BUSINESS_PRODUCTIVITY",
    "COMMUNITY_ALERT",
    "FEATURE_FUNCTIONALITY_UPDATE",
    "GAME_EVENT",
    "PAIRING_UPDATE",
)


@pytest.mark.parametrize("old", OLD_TAGS)
@pytest.mark.parametrize("shipped", SHIPPED, ids=IDS)
def test_an_old_tag_is_known_by_the_tag_that_took_its_place(shipped: Edition, old: str) -> None:
    found = shipped.tag_named(old)
    assert found is not None
    assert found.name == OLD_TAGS[old]


@pytest.mark.parametrize("shipped", SHIPPED, ids=IDS)
def test_a_tag_is_known_by_its_own_name_and_one_without_successor_not_at_all(
    shipped: Edition,
) -> None:
    assert all(shipped.tag_named(name) is tag for name, tag in shipped.tags.items())
    assert {name for tag in shipped.tags.values() for name in tag.formerly} == set(OLD_TAGS)
    assert [shipped.tag_named(name) for name in WITHOUT_SUCCESSOR] == [None] * 5
    assert all(name in SHIPPED[0].notes[0].says for name in WITHOUT_SUCCESSOR)


def test_no_tag_carries_an_answer_or_a_promotion() -> None:
    for shipped in SHIPPED:
        assert shipped.tag_for(Purpose.REPLY) is None
        assert shipped.tag_for(Purpose.PROMOTION) is None


@pytest.mark.parametrize(
    "kind",
    [
        OpenerKind.COMMENT,
        OpenerKind.UNREACT,
        OpenerKind.READ,
        OpenerKind.DELIVERY,
        OpenerKind.ECHO,
        OpenerKind.MESSAGE_EDIT,
        OpenerKind.AD_CLICK_WITHOUT_MESSAGE,
        OpenerKind.ONE_TIME_NOTIFICATION_OPTIN,
        OpenerKind.RECURRING_NOTIFICATION_OPTIN,
    ],
)
def test_these_open_no_window_in_any_edition(kind: OpenerKind) -> None:
    assert not any(kind in shipped.openers for shipped in SHIPPED)


@pytest.mark.parametrize(
    ("day", "closed"),
    [
        ("2018-01-01", ()),
        ("2020-12-15", ()),
        ("2020-12-16", ("EEA", "GB")),
        ("2021-03-29", ("EEA", "GB")),
        ("2021-03-30", ("EEA", "GB", "JP")),
        ("2022-05-18", ("EEA", "GB", "JP")),
        ("2022-05-19", ()),
    ],
)
def test_where_one_time_notifications_are_closed_on_a_day(
    day: str, closed: tuple[str, ...]
) -> None:
    assert on(day).one_time.closed_in == closed


EUROPE, WITH_JAPAN, NOT_YET = ("EEA", "GB"), ("EEA", "GB", "JP"), (WORLD,)


@pytest.mark.parametrize(
    ("day", "most", "personas", "feedback"),
    [
        ("2018-01-01", (), (), NOT_YET),
        ("2020-12-15", (), (), NOT_YET),
        ("2020-12-16", EUROPE, EUROPE, NOT_YET),
        ("2021-03-29", EUROPE, EUROPE, NOT_YET),
        ("2021-03-30", WITH_JAPAN, WITH_JAPAN, NOT_YET),
        ("2021-06-01", WITH_JAPAN, WITH_JAPAN, NOT_YET),
        ("2021-06-02", WITH_JAPAN, WITH_JAPAN, WITH_JAPAN),
        ("2021-09-13", WITH_JAPAN, WITH_JAPAN, WITH_JAPAN),
        ("2021-09-14", WITH_JAPAN, WITH_JAPAN, ()),
        ("2022-06-29", WITH_JAPAN, WITH_JAPAN, ()),
        ("2022-06-30", (), WITH_JAPAN, ()),
        ("2023-10-16", (), WITH_JAPAN, ()),
        ("2023-10-17", (), (), ()),
    ],
)
def test_where_features_are_closed_on_a_day(
    day: str, most: tuple[str, ...], personas: tuple[str, ...], feedback: tuple[str, ...]
) -> None:
    """Each feature has its rule in each edition: one without a rule would be open everywhere."""
    closed = {name: rule.closed_in for name, rule in on(day).features.items()}
    assert closed == {
        Feature.SENDER_ACTIONS: most,
        Feature.MEDIA: most,
        Feature.PERSISTENT_MENU: most,
        Feature.PERSONAS: personas,
        Feature.CUSTOMER_FEEDBACK: feedback,
    }


def test_every_edition_has_a_rule_for_every_feature() -> None:
    assert all(set(shipped.features) == set(Feature) for shipped in SHIPPED)


def test_no_tag_is_closed_in_a_part_of_the_world() -> None:
    assert not any(tag.closed_in for shipped in SHIPPED for tag in shipped.tags.values())


@pytest.mark.parametrize(
    ("day", "tag", "since", "taken_before"),
    [
        ("2018-01-01", "ACCOUNT_UPDATE", "2018-01-01", False),
        ("2026-04-26", "ACCOUNT_UPDATE", "2018-01-01", True),
        ("2026-04-27", "ACCOUNT_UPDATE", "2026-04-27", True),
        ("2026-11-22", "ACCOUNT_UPDATE", "2026-04-27", True),
        ("2019-08-28", "HUMAN_AGENT", "2018-01-01", False),
        ("2019-08-29", "HUMAN_AGENT", "2019-08-29", False),
        ("2026-11-22", "HUMAN_AGENT", "2019-08-29", True),
        ("2021-06-01", "CUSTOMER_FEEDBACK", "2018-01-01", False),
        ("2021-06-02", "CUSTOMER_FEEDBACK", "2021-06-02", False),
    ],
)
def test_a_tag_knows_since_when_it_is_taken_or_refused(
    day: str, tag: str, since: str, taken_before: bool
) -> None:
    known = on(day).tags[tag]
    assert (known.since, known.taken_before) == (since, taken_before)


@pytest.mark.parametrize(
    ("day", "plus_one", "sponsored"),
    [
        ("2020-03-03", "2018-01-01", "2018-01-01"),
        ("2020-03-04", "2020-03-04", "2018-01-01"),
        ("2024-04-30", "2020-03-04", "2018-01-01"),
        ("2024-05-01", "2020-03-04", "2024-05-01"),
        ("2026-11-22", "2020-03-04", "2024-05-01"),
    ],
)
def test_one_further_message_and_ads_know_since_when_they_are_as_they_are(
    day: str, plus_one: str, sponsored: str
) -> None:
    assert (on(day).plus_one_since, on(day).sponsored.since) == (plus_one, sponsored)


def test_one_further_message_ends_on_2020_03_04() -> None:
    assert [s.plus_one for s in SHIPPED] == [s.id < "2020-03-04" for s in SHIPPED]


def test_one_time_notifications_begin_on_2020_02_04_and_live_a_year() -> None:
    assert [s.one_time.offered for s in SHIPPED] == [s.id >= "2020-02-04" for s in SHIPPED]
    assert {s.one_time.life for s in SHIPPED} == {timedelta(days=365)}


ENDED_BUT_THERE = ("AU", "EU", "JP", "KR", "GB")


@pytest.mark.parametrize(
    ("day", "offered", "gap", "lives_on", "areas"),
    [
        ("2022-05-18", False, 24, False, (WORLD,)),
        ("2022-05-19", True, 24, False, (WORLD,)),
        ("2023-08-09", True, 24, False, (WORLD,)),
        ("2023-08-10", True, 24, True, (WORLD,)),
        ("2025-08-31", True, 24, True, (WORLD,)),
        ("2025-09-01", True, 48, True, (WORLD,)),
        ("2026-02-09", True, 48, True, (WORLD,)),
        ("2026-02-10", True, 48, True, ENDED_BUT_THERE),
    ],
)
def test_what_recurring_notifications_are_on_a_day(
    day: str, offered: bool, gap: int, lives_on: bool, areas: tuple[str, ...]
) -> None:
    rule = on(day).recurring
    no_end = datetime(2023, 8, 10, tzinfo=timezone.utc)
    assert (rule.offered, rule.gap) == (offered, timedelta(hours=gap))
    assert (rule.live_on_from, rule.open_in) == (no_end if lives_on else None, areas)


@pytest.mark.parametrize("shipped", SHIPPED, ids=IDS)
def test_utility_templates_begin_on_2025_07_29_in_four_countries(shipped: Edition) -> None:
    begun = shipped.id >= "2025-07-29"
    assert shipped.utility.offered is begun
    assert shipped.utility.open_in == (("US", "VN", "TH", "PH") if begun else ())


def test_a_utility_template_serves_the_three_updates_and_nothing_else() -> None:
    updates = {
        Purpose.ACCOUNT_UPDATE,
        Purpose.POST_PURCHASE_UPDATE,
        Purpose.CONFIRMED_EVENT_UPDATE,
    }
    assert {s.utility.serves for s in SHIPPED} == {frozenset(updates)}


def test_a_comment_may_be_answered_for_seven_days_throughout() -> None:
    assert {s.private_reply.within for s in SHIPPED} == {timedelta(days=7)}


def test_sponsored_messages_are_counted_as_ended_from_2024_05_01_on() -> None:
    assert [s.sponsored.offered for s in SHIPPED] == [s.id < "2024-05-01" for s in SHIPPED]


def test_the_marketing_message_api_is_open_from_2025_07_01_on() -> None:
    assert [s.marketing.offered for s in SHIPPED] == [s.id >= "2025-07-01" for s in SHIPPED]


def test_new_businesses_begin_with_recurring_notifications_until_2025_09_01() -> None:
    begin = [s.id < "2025-09-01" for s in SHIPPED]
    assert [s.recurring.new_businesses for s in SHIPPED] == begin


def test_a_click_on_an_ad_may_give_seven_days_from_2026_09_28_on_and_never_less_than_a_day() -> (
    None
):
    longest = [timedelta(days=7 if s.id >= "2026-09-28" else 1) for s in SHIPPED]
    assert [s.ad_click_longest for s in SHIPPED] == longest


def test_no_note_is_carried_over_to_another_day() -> None:
    for before, after in pairwise(SHIPPED):
        assert not set(before.notes) & set(after.notes), after.id
    assert on("2020-12-16").notes
    assert on("2023-08-10").notes == ()


@pytest.mark.parametrize("shipped", SHIPPED, ids=IDS)
def test_what_is_closed_somewhere_is_closed_to_somebody(shipped: Edition) -> None:
    """An area that `inside` does not know would close nothing."""
    anybody = {WORLD: "US"}
    closed = [shipped.one_time.closed_in, *(f.closed_in for f in shipped.features.values())]
    closed += [tag.closed_in for tag in shipped.tags.values()]
    for area in set(chain.from_iterable(closed)):
        assert inside(normal(anybody.get(area, area)), [area]) == area


def test_the_groups_are_made_of_countries_there_are() -> None:
    assert EEA < COUNTRIES
    assert len(COUNTRIES) == 249
    assert set(ZONES) < COUNTRIES


@pytest.mark.parametrize("code", ["EL", "XX", "ZZ", "AA", "EN", "SU"])
def test_two_letters_that_are_no_country_are_no_region(code: str) -> None:
    with pytest.raises(ValueError, match=rf"^`{code}` is not an ISO 3166 country code"):
        normal(code)


def on(day: str) -> Edition:
    """Return the edition in force at noon of a day."""
    return KNOWN.at(datetime.fromisoformat(f"{day}T12:00:00+00:00"))


# --- which is in force ---


@pytest.mark.parametrize("index", range(1, len(SHIPPED)), ids=IDS[1:])
def test_the_second_before_midnight_belongs_to_the_edition_before(index: int) -> None:
    start = SHIPPED[index].valid_from
    at = KNOWN.at
    assert at(start - SECOND) is SHIPPED[index - 1]
    assert at(start) is SHIPPED[index]
    assert at(start + SECOND) is SHIPPED[index]


def test_an_instant_counts_and_not_how_it_is_written() -> None:
    berlin = timezone(timedelta(hours=2))
    at = KNOWN.at
    assert at(datetime(2026, 4, 27, 1, 59, 59, tzinfo=berlin)).id == "2026-02-10"
    assert at(datetime(2026, 4, 27, 2, 0, 0, tzinfo=berlin)).id == "2026-04-27"


def test_before_the_first_edition_there_is_no_answer() -> None:
    with pytest.raises(EditionError) as caught:
        KNOWN.at(SHIPPED[0].valid_from - SECOND)
    assert str(caught.value) == (
        "no edition covers `2017-12-31 23:59:59 UTC`: the first is 2018-01-01"
    )


def test_a_moment_far_ahead_has_the_last_edition() -> None:
    assert KNOWN.at(datetime(2099, 1, 1, tzinfo=timezone.utc)) is SHIPPED[-1]


# --- files that say only what changed ---


def load(
    folder: Path, text: str, name: str = DAY, *, first: bool = True, on: Iterable[str] = ()
) -> Editions:
    """Load *text* as an edition after the first one that ships, with the switches *on*."""
    if first:
        shipped = (edition.FOLDER / f"{FIRST}.yaml").read_text("utf-8")
        (folder / f"{FIRST}.yaml").write_text(shipped, "utf-8")
    (folder / f"{name}.yaml").write_text(text, "utf-8")
    return edition.load(folder, frozenset(on))


def test_an_edition_that_changes_nothing_keeps_every_rule(tmp_path: Path) -> None:
    before, after = load(tmp_path, HEAD).all
    day, says, notes = before.valid_from, before.says, before.notes
    tags = {name: replace(tag, taken_before=False) for name, tag in after.tags.items()}
    carriers = {purpose: tags[tag.name] for purpose, tag in after.carriers.items()}
    same = replace(after, id=before.id, valid_from=day, says=says, notes=notes)
    same = replace(same, tags=tags, carriers=carriers, checked_on=before.checked_on)
    assert same == before
    assert {name for name, tag in after.tags.items() if tag.taken_before} == {
        name for name, tag in before.tags.items() if tag.accepted
    }


def test_an_edition_changes_what_it_names_and_keeps_the_rest_of_it(tmp_path: Path) -> None:
    text = f"{HEAD}tags:\n  HUMAN_AGENT: {{within: 3d}}\n"
    before, after = (e.tags["HUMAN_AGENT"] for e in load(tmp_path, text).all)
    assert after == replace(before, within=timedelta(days=3))
    assert after.since == before.since == FIRST
    assert before.within == timedelta(days=7)


def test_a_null_ends_an_opener(tmp_path: Path) -> None:
    before, after = load(tmp_path, f"{HEAD}window:\n  openers:\n    reaction: null\n").all
    assert set(before.openers) - set(after.openers) == {OpenerKind.REACTION}


def test_a_null_ends_a_tag(tmp_path: Path) -> None:
    _, after = load(tmp_path, f"{HEAD}tags:\n  HUMAN_AGENT: null\n").all
    assert after.tag_for(Purpose.HUMAN_AGENT) is None


def test_notes_belong_to_their_own_day_alone(tmp_path: Path) -> None:
    first, second = (
        "notes:\n  - {says: a, source: policy}\n",
        "notes:\n  - {says: b, source: faq}\n",
    )
    load(tmp_path, HEAD + first)
    load(tmp_path, (HEAD + second).replace(DAY, "2021-02-02"), "2021-02-02")
    _, one, two, three = load(tmp_path, HEAD.replace(DAY, "2021-03-03"), "2021-03-03").all
    assert one.notes == (Note("a", "policy"),)
    assert two.notes == (Note("b", "faq"),)
    assert three.notes == ()


def test_an_edition_closes_one_feature_and_keeps_the_others(tmp_path: Path) -> None:
    before, after = load(tmp_path, f"{HEAD}features:\n  media: {{closed_in: [EEA]}}\n").all
    media = replace(before.features[Feature.MEDIA], closed_in=("EEA",))
    assert after.features == {**before.features, Feature.MEDIA: media}


MAY = datetime(2020, 5, 5, tzinfo=timezone.utc)
SECTIONS = [
    ("plus_one: {offered: false}", "plus_one", False),
    ("recurring_notification: {gap: 3d}", "recurring.gap", timedelta(days=3)),
    ("recurring_notification: {live_on_from: 2020-05-05}", "recurring.live_on_from", MAY),
    ("recurring_notification: {open_in: [JP]}", "recurring.open_in", ("JP",)),
    ("recurring_notification: {serves: [news]}", "recurring.serves", {Purpose.NEWS}),
    ("utility_template: {offered: true}", "utility.offered", True),
    ("utility_template: {open_in: [US, EU]}", "utility.open_in", ("US", "EU")),
    ("utility_template: {serves: [alert]}", "utility.serves", {Purpose.ALERT}),
    ("private_reply: {within: 8d}", "private_reply.within", timedelta(days=8)),
    ("private_reply: {serves: [promotion]}", "private_reply.serves", {Purpose.PROMOTION}),
    ("sponsored: {offered: false}", "sponsored.offered", False),
    ("one_time_notification: {closed_in: [BR]}", "one_time.closed_in", ("BR",)),
    ("one_time_notification: {cites: {life: faq}}", "one_time.cites", {"life": "faq"}),
    ("recurring_notification: {cites: {gap: faq}}", "recurring.cites", {"gap": "faq"}),
    ("window: {ad_click: {longest: 2d}}", "ad_click_longest", timedelta(days=2)),
    ("window: {ad_click: {since: 2020-05-05}}", "ad_click_since", MAY),
]


@pytest.mark.parametrize(("body", "path", "value"), SECTIONS, ids=[s[0] for s in SECTIONS])
def test_a_section_is_changed_by_the_key_it_names(
    tmp_path: Path, body: str, path: str, value: object
) -> None:
    before, after = load(tmp_path, f"{HEAD}{body}\n").all
    assert attrgetter(path)(after) == value
    assert attrgetter(path)(before) != value


def test_a_tag_can_be_closed_bound_to_a_template_and_renamed_on_the_wire(tmp_path: Path) -> None:
    body = "tags:\n  ACCOUNT_UPDATE: {closed_in: [BR], template: receipt, wire: X, formerly: [Y]}\n"
    _, after = load(tmp_path, HEAD + body).all
    tag = after.tag_for(Purpose.ACCOUNT_UPDATE)
    assert tag is not None
    assert (tag.closed_in, tag.template, tag.wire) == (("BR",), "receipt", "X")
    assert after.tag_named("Y") is tag


def test_the_sources_of_a_tags_single_values_are_read(tmp_path: Path) -> None:
    _, after = load(tmp_path, f"{HEAD}tags:\n  HUMAN_AGENT: {{cites: {{needs: faq}}}}\n").all
    tag = after.tags["HUMAN_AGENT"]
    assert (tag.source_of("needs"), tag.source_of("formerly")) == ("faq", tag.source)


def test_the_terms_of_a_ground_are_read(tmp_path: Path) -> None:
    body = "terms:\n  one_time: {may: [one message], may_not: [money, bait], source: policy}\n"
    _, after = load(tmp_path, HEAD + body).all
    assert after.terms["one_time"] == Terms(("one message",), ("money", "bait"), "policy")


def test_a_source_is_told_with_its_address_and_the_day_it_was_read() -> None:
    source = Source("A page", "https://example.org/page", date(2026, 11, 22))
    assert str(source) == "A page <https://example.org/page>, read 2026-11-22"


def test_an_edition_is_shown_and_compared_by_its_rules_and_not_by_what_it_was_built_of(
    tmp_path: Path,
) -> None:
    hours, days = tmp_path / "hours", tmp_path / "days"
    for folder in (hours, days):
        folder.mkdir()
    body = "window:\n  length: {}\n"
    one = load(hours, HEAD + body.format("48h")).all[-1]
    other = load(days, HEAD + body.format("2d")).all[-1]
    assert one.data != other.data
    one.flipped(next(iter(one.switches)))
    assert one == other
    assert repr(one) == repr(other)


@pytest.mark.parametrize(
    ("offered", "business", "people", "open_there"),
    [
        (True, "US", "US", True),
        (True, "US", None, True),  # some people, wherever they are
        (True, "US", "JP", False),
        (True, "US", "EU", False),  # not known to be elsewhere
        (True, "BR", "US", False),
        (True, "EU", "US", False),
        (False, "US", "US", False),
    ],
)
def test_marketing_messages_are_taken_from_some_businesses_for_people_elsewhere(
    offered: bool, business: str, people: str | None, open_there: bool
) -> None:
    rule = MarketingRule(offered, ("US", "FR"), ("DE", "JP"), "source")
    assert rule.takes(business, people) is open_there


def test_a_later_edition_is_one_more_file(tmp_path: Path) -> None:
    editions = load(tmp_path, HEAD)
    assert editions.at(datetime(2021, 1, 1, tzinfo=timezone.utc)).id == DAY


# --- wrong files ---


@pytest.mark.parametrize(
    ("name", "text", "line"),
    [
        ("2021-02-30", HEAD.replace(DAY, "2021-02-30"), 1),
        (DAY, HEAD.replace("2026-11-23", "2026-02-30"), 2),
    ],
)
def test_a_day_that_no_calendar_has_is_named_with_its_line(
    tmp_path: Path, name: str, text: str, line: int
) -> None:
    wrong_day = "2021-02-30" if line == 1 else "2026-02-30"
    with pytest.raises(EditionError) as told:
        load(tmp_path, text, name)
    said = f"{name}.yaml:{line}: `{wrong_day}` is not a day: day is out of range for month"
    assert str(told.value) == said


WRONG = [
    ("an unknown key at the top", "windw: {}\n", 4, "unknown key `windw`"),
    ("an unknown key of a tag", "tags:\n  HUMAN_AGENT:\n    acepted: true\n", 6, "`acepted`"),
    ("an unknown key of an opener", "window:\n  openers:\n    message: {surce: x}\n", 6, "`surce`"),
    ("an unknown key of a source", "sources:\n  policy:\n    titel: x\n", 6, "`titel`"),
    ("a word for a flag", "tags:\n  HUMAN_AGENT:\n    accepted: maybe\n", 6, "maybe"),
    ("a number for a span", "window:\n  length: 24\n", 5, "`24` is not a text"),
    ("a word for a list", "one_time_notification:\n  serves: alert\n", 5, "`alert` is not a list"),
    ("a word for an opener", "window:\n  openers:\n    reaction: often\n", 6,
     "`often` is not a mapping or nothing"),
    ("a long text", f"plus_one: {{offered: {'x' * 70}}}\n", 4,
     f"`{'x' * 60}` is not true or false"),
    ("words for a span", "one_time_notification:\n  life: a year\n", 5, "a year"),
    ("a name for a region", "one_time_notification:\n  closed_in: [Europe]\n", 5, "Europe"),
    ("a window of no length", "window:\n  length: 0h\n", 5,
     "`0h` is not a span of some length, such as `24h`"),
    ("a permission of no life", "one_time_notification:\n  life: 000d\n", 5,
     "`000d` is not a span"),
    ("a number of things for a span", "window:\n  length: foo\n", 5,
     "`foo` is not a span of some length, such as `24h`"),
    ("a list for a flag", "plus_one: {offered: [true]}\n", 4, "`[True]` is not true or false"),
    ("an empty sentence", "notes:\n  - {says: '', source: policy}\n", 5, "it is empty"),
    ("nobody as an author", "tags:\n  HUMAN_AGENT:\n    authors: []\n", 6, "it is empty"),
    ("an enforcer that is none", "tags:\n  HUMAN_AGENT: {enforced_by: luck}\n", 5,
     "`luck` is not one of `api`, `review`"),
    ("a day in words", "window:\n  ad_click: {since: today}\n", 5,
     "`today` is not a day such as `2026-04-27`"),
    ("two tags for one purpose", "tags:\n  HUMAN_AGENT:\n    carries: feedback\n", 5,
     "the tags `HUMAN_AGENT` and `CUSTOMER_FEEDBACK` both carry `feedback`"),
    ("two tags for one purpose, the later one here", "tags:\n  CUSTOMER_FEEDBACK:\n"
     "    carries: human_agent\n", 5, "`HUMAN_AGENT` and `CUSTOMER_FEEDBACK` both carry"),
    ("an unknown author", "tags:\n  HUMAN_AGENT:\n    authors: [robot]\n", 6, "robot"),
    ("an unknown need", "tags:\n  HUMAN_AGENT:\n    needs: luck\n", 6, "luck"),
    ("an address without https", "sources:\n  a: {address: 'http://x', title: x, "
     "read_on: 2026-11-22}\n", 5, "http://x"),
    ("an unknown purpose of a tag", "tags:\n  HUMAN_AGENT:\n    carries: replay\n", 6, "replay"),
    ("an unknown purpose of a token", "one_time_notification:\n  serves: [alrt]\n", 5, "alrt"),
    ("an unknown opener", "window:\n  openers:\n    wink: {source: policy}\n", 6, "wink"),
    ("an unknown source", "window:\n  source: hearsay\n", 5, "`hearsay`"),
    ("an unknown source of a tag", "tags:\n  HUMAN_AGENT:\n    source: x\n", 6, "`x`"),
    ("a day that is none", "sources:\n  a: {address: 'https://x', title: x, "
     "read_on: 2026-02-30}\n", 5, "day is out of range"),
    ("an unknown feature", "features:\n  stickers: {closed_in: [], source: policy}\n", 5,
     "`stickers` is not a feature"),
    ("an unknown key of a feature", "features:\n  media: {open_in: []}\n", 5, "`open_in`"),
    ("an end to a feature", "features:\n  media: null\n", 5, "nothing is not a mapping"),
    ("a wrong area of a feature", "features:\n  media: {closed_in: [Europe]}\n", 5, "Europe"),
    ("a country that is none", "utility_template:\n  open_in: [US, XX]\n", 5,
     "`XX` is not an ISO 3166 country code"),
    ("a country of a tag that is none", "tags:\n  HUMAN_AGENT: {closed_in: [EL]}\n", 5,
     "`EL` is not an ISO 3166 country code"),
    ("a country a switch changes that is none", "switches:\n  s:\n    changes:\n"
     "      features: {media: {closed_in: [ZZ]}}\n", 7, "`ZZ` is not an ISO 3166 country code"),
    ("a wrong area of a tag", "tags:\n  HUMAN_AGENT: {closed_in: [eea]}\n", 5, "eea"),
    ("a wrong area of a template", "utility_template:\n  open_in: [USA]\n", 5, "USA"),
    ("a wrong area of an agreement", "recurring_notification:\n  open_in: [world]\n", 5, "world"),
    ("an unknown key of one further message", "plus_one: {ofered: true}\n", 4, "`ofered`"),
    ("an end of agreements that is no day", "recurring_notification:\n"
     "  live_on_from: 2023-02-30\n", 5, "day is out of range"),
    ("a click on an ad since no day", "window:\n  ad_click: {since: 2026-09-31}\n", 5,
     "day is out of range"),
    ("an unknown key of an agreement", "recurring_notification:\n  gape: 1d\n", 5, "`gape`"),
    ("an unknown key of a template", "utility_template:\n  closed_in: []\n", 5, "`closed_in`"),
    ("an unknown key of a private reply", "private_reply:\n  life: 7d\n", 5, "`life`"),
    ("an unknown key of an ad", "sponsored:\n  paid: true\n", 5, "`paid`"),
    ("an unknown key of an ad click", "window:\n  ad_click: {length: 7d}\n", 5, "`length`"),
    ("an unknown purpose of a template", "utility_template:\n  serves: [advert]\n", 5, "advert"),
    ("an unknown purpose of an agreement", "recurring_notification:\n  serves: [ad]\n", 5, "`ad`"),
    ("an unknown purpose of a private reply", "private_reply:\n  serves: [talk]\n", 5, "`talk`"),
    ("an unknown source of a closing", "one_time_notification:\n  closed_source: x\n", 5, "`x`"),
    ("an unknown source of a feature", "features:\n  media: {source: x}\n", 5, "`x`"),
    ("an unknown source of a note", "notes:\n  - {says: a, source: x}\n", 5, "`x`"),
    ("a note without a source", "notes:\n  - {says: a}\n", 5, "`source` is missing"),
    ("a note that is a word", "notes: [a]\n", 4, "`a` is not a mapping"),
    ("an unknown key of a switch", "switches:\n  s: {of: x}\n", 5, "unknown key `of`"),
    ("an unknown source of a switch", "switches:\n  s: {source: x}\n", 5, "`x`"),
    ("a section no switch may change", "switches:\n  s:\n    changes: {sources: {}}\n", 6,
     "unknown key `sources`"),
    ("an unknown key a switch changes", "switches:\n  s:\n    changes:\n      plus_one: {on: true}"
     "\n", 7, "unknown key `on`"),
    ("an unknown feature a switch changes", "switches:\n  s:\n    changes:\n      features:\n"
     "        stickers: {closed_in: []}\n", 8, "`stickers` is not a feature"),
    ("an unknown opener a switch changes", "switches:\n  s:\n    changes:\n      window:\n"
     "        openers: {wink: {source: policy}}\n", 8, "`wink` is not an action of a person"),
    ("an unknown purpose a switch changes", "switches:\n  s:\n    changes:\n"
     "      private_reply: {serves: [talk]}\n", 7, "`talk` is not a purpose"),
    ("an unknown source a switch changes", "switches:\n  s:\n    changes:\n"
     "      plus_one: {source: x}\n", 7, "the source `x` is named but not described"),
    ("a wrong area a switch changes", "switches:\n  s:\n    changes:\n"
     "      utility_template: {open_in: [Asia]}\n", 7, "Asia"),
    ("broken YAML", "tags: [a\n", 5, "is not valid YAML"),
    ("a key twice", "tags: {a: {}, a: {}}\n", 4, "is there twice"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("body", "line", "said"), [w[1:] for w in WRONG], ids=[w[0] for w in WRONG]
)
def test_a_wrong_file_is_named_with_its_line(
    tmp_path: Path, body: str, line: int, said: str
) -> None:
    with pytest.raises(EditionError) as caught:
        load(tmp_path, HEAD + body)
    assert str(caught.value).startswith(f"{DAY}.yaml:{line}: ")
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("text", ["", "[]\n", "a word\n"], ids=["empty", "a list", "a word"])
def test_a_file_that_is_no_mapping_is_named(tmp_path: Path, text: str) -> None:
    with pytest.raises(EditionError, match=rf"^{DAY}\.yaml:1: .* is not a mapping$"):
        load(tmp_path, text)


@pytest.mark.parametrize("key", ["edition", "checked_on", "says"])
def test_an_edition_without_a_required_key_is_named(tmp_path: Path, key: str) -> None:
    text = "".join(own for own in HEAD.splitlines(keepends=True) if not own.startswith(key))
    with pytest.raises(EditionError, match=rf"^{DAY}\.yaml:1: `{key}` is missing$"):
        load(tmp_path, text)


def test_a_file_named_for_another_day_is_named(tmp_path: Path) -> None:
    with pytest.raises(EditionError) as caught:
        load(tmp_path, HEAD, "2021-01-02")
    assert str(caught.value) == f"2021-01-02.yaml:1: is named for another day than `{DAY}`"


def test_a_first_edition_has_to_say_everything(tmp_path: Path) -> None:
    with pytest.raises(EditionError, match=rf"^{DAY}\.yaml: neither it nor an earlier edition"):
        load(tmp_path, HEAD, first=False)


def complete() -> dict[str, Any]:
    """Return the first edition that ships as plain data, free to be changed."""
    text = (edition.FOLDER / f"{FIRST}.yaml").read_text("utf-8")
    data = yaml_place.load(text, FIRST, EditionError).data
    assert isinstance(data, dict)
    return data


NEEDED = {
    "window": ("length", "source", "openers", "ad_click"),
    "plus_one": ("offered", "source"),
    "tags": (),
    "one_time_notification": (
        "offered",
        "life",
        "serves",
        "closed_in",
        "closed_source",
        "source",
    ),
    "recurring_notification": ("offered", "gap", "serves", "open_in", "source"),
    "utility_template": ("offered", "serves", "open_in", "source"),
    "private_reply": ("within", "serves", "source"),
    "sponsored": ("offered", "source"),
    "features": (),
    "sources": (),
}


@pytest.mark.parametrize(
    ("section", "key"),
    [(section, key) for section, keys in NEEDED.items() for key in (None, *keys)],
)
def test_a_first_edition_without_a_section_or_a_key_of_it_is_named(
    tmp_path: Path, section: str, key: str | None
) -> None:
    data = complete()
    del (data if key is None else data[section])[key or section]
    text = json.dumps(data).replace('"edition": "2018-01-01"', f'"edition": "{DAY}"')
    with pytest.raises(EditionError) as caught:
        load(tmp_path, text, first=False)
    where, _, said = str(caught.value).partition(" ")
    assert where.startswith(f"{DAY}.yaml:")
    if section == "sources":
        assert said.endswith("is named but not described")
    else:
        assert said == f"neither it nor an earlier edition says `{key or section}`"


@pytest.mark.parametrize("key", ["longest", "since", "source"])
def test_a_first_edition_has_to_say_everything_of_the_click_on_an_ad(
    tmp_path: Path, key: str
) -> None:
    data = complete()
    del data["window"]["ad_click"][key]
    text = json.dumps(data).replace('"edition": "2018-01-01"', f'"edition": "{DAY}"')
    with pytest.raises(EditionError, match=rf"^{DAY}\.yaml: neither it .* says `{key}`$"):
        load(tmp_path, text, first=False)


def test_a_first_edition_needs_neither_notes_nor_switches(tmp_path: Path) -> None:
    data = complete()
    del data["notes"], data["switches"]
    text = json.dumps(data).replace('"edition": "2018-01-01"', f'"edition": "{DAY}"')
    (only,) = load(tmp_path, text, first=False).all
    assert (only.notes, only.switches, only.switched_on) == ((), {}, ())


def test_a_new_tag_has_to_say_everything(tmp_path: Path) -> None:
    with pytest.raises(EditionError, match=rf"^{DAY}\.yaml.* says `carries`"):
        load(tmp_path, f"{HEAD}tags:\n  NEW_TAG: {{accepted: true}}\n")


@pytest.mark.parametrize("name", ["2026-12-01.yml", "2026-12-01.YAML"])
def test_an_edition_whose_name_ends_otherwise_is_not_passed_over(tmp_path: Path, name: str) -> None:
    load(tmp_path, HEAD)
    (tmp_path / name).write_text(HEAD, "utf-8")
    with pytest.raises(EditionError, match=rf"^{name}: the name of an edition ends in `\.yaml`$"):
        edition.load(tmp_path)


def test_a_folder_without_editions_is_said(tmp_path: Path) -> None:
    with pytest.raises(EditionError, match="holds no edition"):
        edition.load(tmp_path)


def test_nothing_is_loaded_of_a_folder_with_one_wrong_file(tmp_path: Path) -> None:
    load(tmp_path, HEAD)
    with pytest.raises(EditionError):
        load(tmp_path, f"{HEAD}x: 1\n".replace(DAY, "2021-05-05"), "2021-05-05")


def test_a_value_with_a_source_of_its_own_has_to_describe_it(tmp_path: Path) -> None:
    text = HEAD + "recurring_notification:\n  cites: {gap: nowhere}\n"
    with pytest.raises(EditionError, match="the source `nowhere` is named but not described"):
        load(tmp_path, text)


def test_a_value_that_no_rule_has_cites_nothing(tmp_path: Path) -> None:
    text = HEAD + "one_time_notification:\n  cites: {colour: faq}\n"
    with pytest.raises(EditionError, match="unknown key `colour`"):
        load(tmp_path, text)
