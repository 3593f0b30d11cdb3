"""Editions: every shipped file loads, the right one is in force, and a wrong file is named."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta, timezone
from pathlib import Path

import pytest

from policy_guard import edition
from policy_guard.edition import Edition, Editions
from policy_guard.errors import EditionError
from policy_guard.vocabulary import Author, OpenerKind, Purpose

SHIPPED = edition.known().all
IDS = [e.id for e in SHIPPED]
SECOND = timedelta(seconds=1)
DAY = "2021-01-01"
HEAD = f"edition: {DAY}\nchecked_on: 2026-11-22\nsays: something changed\n"


# --- what ships ---


def test_every_file_in_the_folder_is_an_edition_in_order_of_time() -> None:
    files = sorted(f.stem for f in edition.FOLDER.glob("*.yaml"))
    assert files == IDS
    assert [e.valid_from for e in SHIPPED] == sorted({e.valid_from for e in SHIPPED})


@pytest.mark.parametrize("day", ["2020-03-04", "2020-12-16", "2021-06-02", "2026-04-27"])
def test_the_days_on_which_the_platform_changed_its_rules_are_covered(day: str) -> None:
    assert day in IDS


@pytest.mark.parametrize("shipped", SHIPPED, ids=IDS)
def test_an_edition_starts_at_midnight_utc_of_its_day(shipped: Edition) -> None:
    assert shipped.valid_from.isoformat() == f"{shipped.id}T00:00:00+00:00"


@pytest.mark.parametrize("shipped", SHIPPED, ids=IDS)
def test_the_source_of_every_rule_is_described_and_was_read(shipped: Edition) -> None:
    named = {shipped.window_source, shipped.one_time.source}
    named |= {rule.source for rule in shipped.openers.values()}
    named |= {rule.source for rule in shipped.tags.values()}
    for name in named:
        source = shipped.sources[name]
        assert source.address.startswith("https://developers.facebook.com/"), name
        assert source.title
        assert source.read_on <= shipped.checked_on


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


def test_the_tag_of_human_agents_is_accepted_throughout() -> None:
    assert all(shipped.tags["HUMAN_AGENT"].accepted for shipped in SHIPPED)


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
    noon = datetime.fromisoformat(f"{day}T12:00:00+00:00")
    assert edition.known().at(noon).one_time.closed_in == closed


# --- which is in force ---


@pytest.mark.parametrize("index", range(1, len(SHIPPED)), ids=IDS[1:])
def test_the_second_before_midnight_belongs_to_the_edition_before(index: int) -> None:
    start = SHIPPED[index].valid_from
    at = edition.known().at
    assert at(start - SECOND) is SHIPPED[index - 1]
    assert at(start) is SHIPPED[index]
    assert at(start + SECOND) is SHIPPED[index]


def test_an_instant_counts_and_not_how_it_is_written() -> None:
    berlin = timezone(timedelta(hours=2))
    at = edition.known().at
    assert at(datetime(2026, 4, 27, 1, 59, 59, tzinfo=berlin)).id == "2022-05-19"
    assert at(datetime(2026, 4, 27, 2, 0, 0, tzinfo=berlin)).id == "2026-04-27"


def test_before_the_first_edition_there_is_no_answer() -> None:
    with pytest.raises(EditionError) as caught:
        edition.known().at(SHIPPED[0].valid_from - SECOND)
    assert str(caught.value) == (
        "no edition covers `2020-03-03 23:59:59 UTC`: the first is 2020-03-04"
    )


def test_a_moment_far_ahead_has_the_last_edition() -> None:
    assert edition.known().at(datetime(2099, 1, 1, tzinfo=timezone.utc)) is SHIPPED[-1]


# --- files that say only what changed ---


def load(folder: Path, text: str, name: str = DAY, *, first: bool = True) -> Editions:
    """Load *text* as an edition after the first one that ships."""
    if first:
        shipped = (edition.FOLDER / "2020-03-04.yaml").read_text("utf-8")
        (folder / "2020-03-04.yaml").write_text(shipped, "utf-8")
    (folder / f"{name}.yaml").write_text(text, "utf-8")
    return edition.load(folder)


def test_an_edition_that_changes_nothing_keeps_every_rule(tmp_path: Path) -> None:
    before, after = load(tmp_path, HEAD).all
    same = replace(after, id=before.id, valid_from=before.valid_from, says=before.says)
    assert same == before


def test_an_edition_changes_what_it_names_and_keeps_the_rest_of_it(tmp_path: Path) -> None:
    text = f"{HEAD}tags:\n  HUMAN_AGENT: {{within: 3d}}\n"
    before, after = (e.tags["HUMAN_AGENT"] for e in load(tmp_path, text).all)
    assert after == replace(before, within=timedelta(days=3))
    assert before.within == timedelta(days=7)


def test_a_null_ends_an_opener(tmp_path: Path) -> None:
    before, after = load(tmp_path, f"{HEAD}window:\n  openers:\n    reaction: null\n").all
    assert set(before.openers) - set(after.openers) == {OpenerKind.REACTION}


def test_a_null_ends_a_tag(tmp_path: Path) -> None:
    _, after = load(tmp_path, f"{HEAD}tags:\n  HUMAN_AGENT: null\n").all
    assert after.tag_for(Purpose.HUMAN_AGENT) is None


def test_a_later_edition_is_one_more_file(tmp_path: Path) -> None:
    editions = load(tmp_path, HEAD)
    assert editions.at(datetime(2021, 1, 1, tzinfo=timezone.utc)).id == DAY


# --- wrong files ---

WRONG = [
    ("an unknown key at the top", "windw: {}\n", 4, "unknown key `windw`"),
    ("an unknown key of a tag", "tags:\n  HUMAN_AGENT:\n    acepted: true\n", 6, "`acepted`"),
    ("an unknown key of an opener", "window:\n  openers:\n    message: {surce: x}\n", 6, "`surce`"),
    ("an unknown key of a source", "sources:\n  policy:\n    titel: x\n", 6, "`titel`"),
    ("a word for a flag", "tags:\n  HUMAN_AGENT:\n    accepted: maybe\n", 6, "maybe"),
    ("a number for a span", "window:\n  length: 24\n", 5, "24"),
    ("words for a span", "one_time_notification:\n  life: a year\n", 5, "a year"),
    ("a name for a region", "one_time_notification:\n  closed_in: [Europe]\n", 5, "Europe"),
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
    with pytest.raises(EditionError, match=rf"^{DAY}\.yaml:1: .* is not of type 'object'"):
        load(tmp_path, text)


@pytest.mark.parametrize("key", ["edition", "checked_on", "says"])
def test_an_edition_without_a_required_key_is_named(tmp_path: Path, key: str) -> None:
    text = "".join(own for own in HEAD.splitlines(keepends=True) if not own.startswith(key))
    with pytest.raises(EditionError, match=rf"^{DAY}\.yaml:1: '{key}' is a required property"):
        load(tmp_path, text)


def test_a_file_named_for_another_day_is_named(tmp_path: Path) -> None:
    with pytest.raises(EditionError) as caught:
        load(tmp_path, HEAD, "2021-01-02")
    assert str(caught.value) == f"2021-01-02.yaml:1: is named for another day than `{DAY}`"


def test_a_first_edition_has_to_say_everything(tmp_path: Path) -> None:
    with pytest.raises(EditionError, match=rf"^{DAY}\.yaml: neither it nor an earlier edition"):
        load(tmp_path, HEAD, first=False)


def test_a_new_tag_has_to_say_everything(tmp_path: Path) -> None:
    with pytest.raises(EditionError, match=rf"^{DAY}\.yaml.* says 'carries'"):
        load(tmp_path, f"{HEAD}tags:\n  NEW_TAG: {{accepted: true}}\n")


def test_a_folder_without_editions_is_said(tmp_path: Path) -> None:
    with pytest.raises(EditionError, match="holds no edition"):
        edition.load(tmp_path)


def test_nothing_is_loaded_of_a_folder_with_one_wrong_file(tmp_path: Path) -> None:
    load(tmp_path, HEAD)
    with pytest.raises(EditionError):
        load(tmp_path, f"{HEAD}x: 1\n".replace(DAY, "2021-05-05"), "2021-05-05")
