"""Switches for facts that are not established: what each changes, and what none ever does."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policy_guard import edition
from policy_guard.cases import answer, read_row
from policy_guard.decide import decide
from policy_guard.decisions import Refuse, Send, as_dict
from policy_guard.edition import Edition, Editions, known
from policy_guard.errors import EditionError
from policy_guard.vocabulary import Feature, Message, OpenerKind, Page, Person, Purpose, Question
from tests.policy_guard.worlds import law, questions, well_grounded

SHIPPED = known()
NAMES = frozenset(name for e in SHIPPED.all for name in e.switches)
DAY = timedelta(days=1)

#: What each assumes when it is on gives people or the Page more, or leaves them less.
OPENS = {
    "referral_without_ref_opens",
    "comment_opens",
    "edit_opens",
    "unreact_opens",
    "account_linking_opens",
    "feedback_opens",
    "notify_me_opens",
    "europe_features_back_early",
    "one_time_back_in_europe_2021",
    "sponsored_messages_remain",
    "utility_everywhere",
}
CLOSES = {
    "europe_cuts_tags",
    "feedback_beta_closed",
    "tags_end_2026_02_10",
    "one_time_ended",
    "feedback_ended",
    "news_ended",
    "recurring_ended",
}


@cache  # there are more switches than the guard keeps editions for
def on(*names: str) -> Editions:
    return known(frozenset(names))


# --- what ships ----------------------------------------------------------------------------------


def test_every_switch_either_opens_or_closes_something() -> None:
    assert OPENS | CLOSES == NAMES
    assert not OPENS & CLOSES


def test_no_switch_is_on_by_itself() -> None:
    assert all(e.switched_on == () for e in SHIPPED.all)


@pytest.mark.parametrize("name", sorted(NAMES))
def test_a_switch_says_what_is_assumed_and_what_it_assumes_instead(name: str) -> None:
    for shipped in SHIPPED.all:
        switch = shipped.switches.get(name)
        if switch is not None:
            assert switch.assumes
            assert switch.turned_on
            assert switch.changes
            assert switch.source in shipped.sources


def rules_of(e: Edition) -> Edition:
    """Return the edition without its history: its switches, and since when things are as they are.

    A tag that counts as refused earlier is refused since then in later editions too.
    """
    tags = {name: replace(tag, since="", taken_before=False) for name, tag in e.tags.items()}
    return replace(
        e,
        tags=tags,
        carriers={purpose: tags[tag.name] for purpose, tag in e.carriers.items()},
        sponsored=replace(e.sponsored, since=""),
        plus_one_since="",
        switched_on=(),
    )


@pytest.mark.parametrize("name", sorted(NAMES))
def test_a_switch_changes_the_editions_that_have_it_and_no_other(name: str) -> None:
    for off, turned in zip(SHIPPED.all, on(name).all, strict=True):
        has_it = name in off.switches
        assert turned.switched_on == ((name,) if has_it else ())
        assert (rules_of(turned) != rules_of(off)) is has_it, off.id


def test_a_tag_that_counts_as_refused_earlier_says_so_ever_after() -> None:
    early = on("tags_end_2026_02_10").all[-1].tags["ACCOUNT_UPDATE"]
    assert (early.accepted, early.since) == (False, "2026-02-10")
    assert SHIPPED.all[-1].tags["ACCOUNT_UPDATE"].since == "2026-04-27"


@pytest.mark.parametrize(
    ("name", "since", "until"),
    [
        ("referral_without_ref_opens", "2018-01-01", None),
        ("comment_opens", "2018-01-01", None),
        ("edit_opens", "2018-01-01", None),
        ("unreact_opens", "2018-01-01", None),
        ("notify_me_opens", "2020-02-04", None),
        ("europe_cuts_tags", "2020-12-16", "2022-06-30"),
        ("europe_features_back_early", "2021-04-13", "2022-06-30"),
        ("feedback_beta_closed", "2021-06-02", "2022-05-19"),
        ("one_time_back_in_europe_2021", "2021-06-02", "2022-05-19"),
        ("sponsored_messages_remain", "2024-05-01", None),
        ("utility_everywhere", "2025-07-29", None),
        ("tags_end_2026_02_10", "2026-02-10", "2026-04-27"),
        ("one_time_ended", "2026-04-27", None),
        ("feedback_ended", "2026-04-27", None),
    ],
)
def test_a_switch_is_there_from_its_first_day_until_its_question_is_settled(
    name: str, since: str, until: str | None
) -> None:
    has_it = [e.id for e in SHIPPED.all if name in e.switches]
    assert has_it == [e.id for e in SHIPPED.all if since <= e.id and (not until or e.id < until)]


def test_all_switches_may_be_on_together() -> None:
    for off, turned in zip(SHIPPED.all, on(*NAMES).all, strict=True):
        assert set(turned.switched_on) == set(off.switches)


def test_a_switch_that_no_edition_has_is_named_with_those_there_are() -> None:
    with pytest.raises(EditionError) as caught:
        on("comment_opens", "comments_open")
    said = str(caught.value)
    assert said.startswith(
        "the switch `comments_open` is not one of `account_linking_opens`, `comment_opens`"
    )
    assert all(f"`{name}`" in said for name in NAMES)


def test_the_same_switches_are_read_once() -> None:
    assert on("comment_opens", "edit_opens") is on("edit_opens", "comment_opens")


# --- one question each ---------------------------------------------------------------------------

RECENT = "2021-06-30T12:00:00Z"
TOKEN = [{"topic": "stock:a", "granted_at": "2021-08-01T00:00:00Z"}]
UTILITY = {"purpose": "account_update", "utility_template": "shipped"}

#: What is asked, and the grounds that carry it while the switch is off and on.
ASKED: list[tuple[str, dict[str, Any], str | None, str | None]] = [
    (
        "referral_without_ref_opens",
        {"at": "2021-07-01T11:00:00Z", "person": {"opened": {"by": "referral", "at": RECENT}}},
        None,
        "standard_window",
    ),
    (
        "comment_opens",
        {"at": "2021-07-01T11:00:00Z", "person": {"opened": {"by": "comment", "at": RECENT}}},
        "private_reply",
        "standard_window",
    ),
    (
        "edit_opens",
        {"at": "2021-07-01T11:00:00Z", "person": {"opened": {"by": "message_edit", "at": RECENT}}},
        None,
        "standard_window",
    ),
    (
        "unreact_opens",
        {"at": "2021-07-01T11:00:00Z", "person": {"opened": {"by": "unreact", "at": RECENT}}},
        None,
        "standard_window",
    ),
    (
        "account_linking_opens",
        {
            "at": "2021-07-01T11:00:00Z",
            "person": {"opened": {"by": "account_linking", "at": RECENT}},
        },
        None,
        "standard_window",
    ),
    (
        "feedback_opens",
        {
            "at": "2021-07-01T11:00:00Z",
            "person": {"opened": {"by": "messaging_feedback", "at": RECENT}},
        },
        None,
        "standard_window",
    ),
    (
        "feedback_opens",
        {
            "at": "2021-07-01T11:00:00Z",
            "person": {"opened": {"by": "response_feedback", "at": RECENT}},
        },
        None,
        "standard_window",
    ),
    (
        "notify_me_opens",
        {
            "at": "2021-07-01T11:00:00Z",
            "person": {"opened": {"by": "one_time_notification_optin", "at": RECENT}},
        },
        None,
        "standard_window",
    ),
    (
        "europe_cuts_tags",
        {
            "at": "2021-09-14T12:00:00Z",
            "message": {"purpose": "account_update"},
            "person": {"opened": {"by": "message", "at": RECENT}, "region": "JP"},
        },
        "tag:ACCOUNT_UPDATE",
        None,
    ),
    (
        "europe_cuts_tags",
        {
            "at": "2021-01-14T12:00:00Z",
            "message": {"purpose": "news", "topic": "news"},
            "person": {"opened": {"by": "message", "at": "2021-01-01T12:00:00Z"}, "region": "FR"}
            | {"alerts": ["news"]},
            "page": {"news_page_index": True},
        },
        "tag:NON_PROMOTIONAL_SUBSCRIPTION",
        None,
    ),
    (
        "europe_cuts_tags",
        {
            "at": "2022-06-29T12:00:00Z",
            "message": {"purpose": "feedback", "template": "customer_feedback"},
            "person": {"opened": {"by": "message", "at": "2022-06-27T12:00:00Z"}, "region": "GB"},
        },
        "tag:CUSTOMER_FEEDBACK",
        None,
    ),
    (
        "feedback_beta_closed",
        {
            "at": "2021-06-02T00:00:00Z",
            "message": {"purpose": "feedback", "template": "customer_feedback"},
            "person": {"opened": {"by": "message", "at": "2021-06-01T00:00:00Z"}},
        },
        "tag:CUSTOMER_FEEDBACK",
        None,
    ),
    (
        "one_time_back_in_europe_2021",
        {
            "at": "2021-09-14T12:00:00Z",
            "message": {"purpose": "alert", "topic": "stock:a"},
            "person": {"tokens": TOKEN, "region": "FR"},
            "page": {"one_time_notification": True},
        },
        None,
        "one_time_notification",
    ),
    (
        "utility_everywhere",
        {
            "at": "2026-05-01T12:00:00Z",
            "message": UTILITY,
            "person": {"opened": {"by": "message", "at": RECENT}},
            "page": {"utility_templates": ["shipped"], "region": "FR"},
        },
        None,
        "utility_template",
    ),
    (
        "tags_end_2026_02_10",
        {
            "at": "2026-02-10T00:00:00Z",
            "message": {"purpose": "post_purchase_update"},
            "person": {"opened": {"by": "message", "at": RECENT}},
        },
        "tag:POST_PURCHASE_UPDATE",
        None,
    ),
    (
        "one_time_ended",
        {
            "at": "2026-05-01T12:00:00Z",
            "message": {"purpose": "alert", "topic": "stock:a"},
            "person": {"tokens": [{"topic": "stock:a", "granted_at": "2026-04-01T00:00:00Z"}]},
            "page": {"one_time_notification": True},
        },
        "one_time_notification",
        None,
    ),
    (
        "feedback_ended",
        {
            "at": "2026-05-01T12:00:00Z",
            "message": {"purpose": "feedback", "template": "customer_feedback"},
            "person": {"opened": {"by": "message", "at": "2026-04-28T12:00:00Z"}},
        },
        "tag:CUSTOMER_FEEDBACK",
        None,
    ),
    (
        "news_ended",
        {
            "at": "2026-09-28T12:00:00Z",
            "message": {"purpose": "news", "topic": "news"},
            "person": {"opened": {"by": "message", "at": RECENT}, "alerts": ["news"]},
            "page": {"news_page_index": True},
        },
        "tag:NON_PROMOTIONAL_SUBSCRIPTION",
        None,
    ),
    (
        "recurring_ended",
        {
            "at": "2026-09-28T12:00:00Z",
            "message": {"purpose": "news", "topic": "news"},
            "person": {
                "opened": {"by": "message", "at": RECENT},
                "alerts": ["news"],
                "tokens": [
                    {
                        "topic": "news",
                        "granted_at": "2026-01-01T00:00:00Z",
                        "kind": "recurring_notification",
                    }
                ],
            },
            "page": {"recurring_notifications": True, "region": "JP"},
        },
        "recurring_notification",
        None,
    ),
]


@pytest.mark.parametrize(
    ("name", "asked", "off", "turned"), ASKED, ids=[f"{n}-{a[0]}" for n, a in enumerate(ASKED)]
)
def test_a_switch_changes_the_ground_of_what_it_is_about(
    name: str, asked: dict[str, Any], off: str | None, turned: str | None
) -> None:
    row = read_row({"message": {}, **asked}, question_only=True)
    assert as_dict(answer(row))["ground"] == off
    assert as_dict(answer(row, on(name)))["ground"] == turned
    others = sorted(NAMES - {name})
    assert [as_dict(answer(row, on(other)))["ground"] for other in others] == [off] * len(others)


def test_features_may_be_counted_as_back_in_europe_and_japan_early() -> None:
    at = datetime(2021, 5, 1, tzinfo=timezone.utc)
    page = Page(region="GB")

    def refused(feature: Feature, editions: Editions) -> bool:
        message = Message(features=frozenset({feature}))
        decision = decide(Question(at, message, Person(), page, editions.at(at)))
        return isinstance(decision, Refuse) and decision.reason.rule == "features_are_open"

    assert all(refused(feature, SHIPPED) for feature in Feature)
    early = on("europe_features_back_early")
    assert [f for f in Feature if refused(f, early)] == [
        Feature.PERSONAS,
        Feature.CUSTOMER_FEEDBACK,
    ]


def test_promotion_may_be_told_that_an_ad_still_carries_it() -> None:
    at = datetime(2025, 1, 1, tzinfo=timezone.utc)
    promotion = Message(purpose=Purpose.PROMOTION)

    def told(editions: Editions) -> str:
        decision = decide(Question(at, promotion, Person(), Page(), editions.at(at)))
        assert isinstance(decision, Refuse)
        return next(f.said.key for f in decision.lacking if f.rule == "sponsored_message")

    assert (told(SHIPPED), told(on("sponsored_messages_remain"))) == ("ad_gone", "ad_carries")


# --- laws ----------------------------------------------------------------------------------------


@law
@given(questions() | well_grounded(), st.sets(st.sampled_from(sorted(OPENS)), min_size=1))
def test_assuming_that_more_is_open_never_turns_a_send_into_something_else(
    q: Question, names: set[str]
) -> None:
    if isinstance(decide(q), Send):
        opened = replace(q, edition=on(*names).at(q.at))
        assert isinstance(decide(opened), Send)


@law
@given(questions() | well_grounded(), st.sets(st.sampled_from(sorted(CLOSES)), min_size=1))
def test_assuming_that_less_is_open_never_turns_a_no_into_a_send(
    q: Question, names: set[str]
) -> None:
    closed = replace(q, edition=on(*names).at(q.at))
    if isinstance(decide(closed), Send):
        assert isinstance(decide(q), Send)


# --- how a switch is read ------------------------------------------------------------------------

FIRST = "2018-01-01"
OPENER = (
    "{changes: {window: {openers: {read: {source: policy}}}}, assumes: a, 'on': b, source: faq}"
)


def edited(folder: Path, bodies: dict[str, str], turned: Iterable[str] = ()) -> Editions:
    """Load the first edition that ships with one edition a day of these after it."""
    shipped = (edition.FOLDER / f"{FIRST}.yaml").read_text("utf-8")
    (folder / f"{FIRST}.yaml").write_text(shipped, "utf-8")
    for day, body in bodies.items():
        text = f"edition: {day}\nchecked_on: 2026-11-22\nsays: x\n{body}\n"
        (folder / f"{day}.yaml").write_text(text, "utf-8")
    return edition.load(folder, frozenset(turned))


def opening(editions: Editions, kind: OpenerKind) -> list[bool]:
    return [kind in e.openers for e in editions.all]


def test_what_a_switch_changes_is_laid_over_while_it_is_on(tmp_path: Path) -> None:
    bodies = {"2019-01-01": f"switches:\n  reading: {OPENER}", "2020-01-01": ""}
    assert opening(edited(tmp_path, bodies), OpenerKind.READ) == [False, False, False]
    turned = edited(tmp_path, bodies, ["reading"])
    assert opening(turned, OpenerKind.READ) == [False, True, True]
    assert [e.switched_on for e in turned.all] == [(), ("reading",), ("reading",)]


def test_a_null_ends_a_switch_and_what_it_changed(tmp_path: Path) -> None:
    bodies = {
        "2019-01-01": f"switches:\n  reading: {OPENER}",
        "2020-01-01": "switches: {reading: null}",
    }
    turned = edited(tmp_path, bodies, ["reading"])
    assert opening(turned, OpenerKind.READ) == [False, True, False]
    assert ["reading" in e.switches for e in turned.all] == [False, True, False]


def test_a_null_among_its_changes_takes_something_away(tmp_path: Path) -> None:
    bodies = {
        "2019-01-01": "switches:\n  x: {changes: {window: {openers: {reaction: null}}, "
        "tags: {HUMAN_AGENT: null}}, assumes: a, 'on': b, source: faq}"
    }
    before, after = edited(tmp_path, bodies, ["x"]).all
    assert set(before.openers) - set(after.openers) == {OpenerKind.REACTION}
    assert set(before.tags) - set(after.tags) == {"HUMAN_AGENT"}
    assert after.tag_for(Purpose.HUMAN_AGENT) is None


def test_a_later_edition_may_change_what_a_switch_changes(tmp_path: Path) -> None:
    bodies = {
        "2019-01-01": f"switches:\n  reading: {OPENER}",
        "2020-01-01": "switches: {reading: {changes: {plus_one: {offered: false}}}}",
    }
    turned = edited(tmp_path, bodies, ["reading"])
    assert opening(turned, OpenerKind.READ) == [False, True, True]
    assert [e.plus_one for e in turned.all] == [True, True, False]
    assert [e.plus_one for e in edited(tmp_path, bodies).all] == [True, True, True]


def test_a_switch_that_does_not_say_what_is_assumed_is_named(tmp_path: Path) -> None:
    with pytest.raises(EditionError, match=r"^2019-01-01\.yaml: neither it .* says `assumes`$"):
        edited(tmp_path, {"2019-01-01": "switches: {x: {changes: {}, 'on': b, source: faq}}"})


def test_of_many_switches_that_no_edition_has_the_first_by_name_is_named() -> None:
    with pytest.raises(EditionError, match=r"^the switch `a_nothing` is not one of "):
        known(frozenset(f"{letter}_nothing" for letter in "qwertyuiopasdfghjklzxcvbnm"))


def test_a_switch_of_no_edition_in_the_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(
        EditionError, match=r"^the switch `reading` is not one of `account_linking_opens`"
    ):
        edited(tmp_path, {"2019-01-01": ""}, ["reading"])
