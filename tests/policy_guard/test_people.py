"""What the dialogue may change of a person's choices: once for each event, the later event wins."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from policy_guard import people_rows
from policy_guard.errors import GuardError, SettingsError
from policy_guard.people import Choices, Origin, People
from policy_guard.sql_store import OFFSET, set_meta
from policy_guard.vocabulary import Page, Purpose

if TYPE_CHECKING:
    from tests.conftest import Bench

SKU, OTHER = "back_in_stock:sku-42", "back_in_stock:sku-7"
WHO = "person-1"
MINUTE = timedelta(minutes=1)
NOTHING = Choices((), stopped=False, paused_until=None, wishes=(), language=None)


def event(bench: Bench, key: str = "m-1", ago: timedelta = timedelta(0)) -> Origin:
    return Origin(key, bench.clock.now() - ago)


def test_of_a_stranger_nothing_is_known(bench: Bench) -> None:
    assert bench.people.choices("a-stranger") == NOTHING


def test_the_clock_of_the_guard_is_the_clock_of_the_dialogue(bench: Bench) -> None:
    assert bench.people.now() == bench.clock.now()


# --- choosing ---


def test_what_is_chosen_is_kept_in_the_order_of_choosing(bench: Bench) -> None:
    bench.people.choose(WHO, ["news"], event(bench, "m-1"))
    bench.clock.move(minutes=1)
    after = bench.people.choose(WHO, ["account", "delivery"], event(bench, "m-2"))
    assert after.alerts == ("news", "account", "delivery")
    assert bench.people.choices(WHO) == after


def test_what_is_dropped_is_gone_and_the_rest_stays(bench: Bench) -> None:
    bench.people.choose(WHO, ["news", "delivery"], event(bench, "m-1"))
    after = bench.people.drop(WHO, ["news"], event(bench, "m-2"))
    assert after.alerts == ("delivery",)


def test_dropping_what_was_never_chosen_is_no_fault(bench: Bench) -> None:
    assert bench.people.drop(WHO, ["news"], event(bench)) == NOTHING


def test_a_choice_is_what_the_guard_goes_by(bench: Bench) -> None:
    bench.wrote()
    update = {"purpose": Purpose.ACCOUNT_UPDATE, "topic": "account"}
    assert bench.decided(bench.out("t", 0, **update)).decision["rule"] == "alert_chosen"
    bench.people.choose(WHO, ["account"], event(bench))
    assert bench.decided(bench.out("t", 1, **update)).state == "claimed"


def test_the_same_event_chooses_once(bench: Bench) -> None:
    """A turn that runs again after a crash must not undo what the person did since."""
    chose = event(bench, "m-1")
    bench.people.choose(WHO, ["news"], chose)
    bench.people.drop(WHO, ["news"], event(bench, "m-2"))
    again = bench.people.choose(WHO, ["news"], chose)
    assert again.alerts == ()


def test_one_event_may_do_several_different_things(bench: Bench) -> None:
    both = event(bench, "m-1")
    bench.people.choose(WHO, ["news"], both)
    bench.people.choose(WHO, ["delivery"], both)
    after = bench.people.drop(WHO, ["account"], both)
    assert after.alerts == ("delivery", "news")


def test_an_older_event_never_undoes_a_newer_choice(bench: Bench) -> None:
    bench.people.choose(WHO, ["news"], event(bench, "m-2"))
    after = bench.people.drop(WHO, ["news"], event(bench, "m-1", ago=MINUTE))
    assert after.alerts == ("news",)


def test_an_older_event_never_brings_back_what_was_dropped(bench: Bench) -> None:
    bench.people.drop(WHO, ["news"], event(bench, "m-2"))
    after = bench.people.choose(WHO, ["news"], event(bench, "m-1", ago=MINUTE))
    assert after.alerts == ()


def test_one_persons_event_is_not_anothers(bench: Bench) -> None:
    bench.people.choose(WHO, ["news"], event(bench, "m-1"))
    bench.people.choose("person-2", ["delivery"], event(bench, "m-2"))
    assert bench.people.choices(WHO).alerts == ("news",)
    assert bench.people.choices("person-2").alerts == ("delivery",)


# --- STOP ---


def test_stop_all_is_the_word_stop(bench: Bench) -> None:
    bench.wrote()
    after = bench.people.stop_all(WHO, event(bench))
    assert after.stopped
    row = bench.decided(bench.out(purpose=Purpose.PROMOTION))
    assert row.decision["rule"] == "person_stopped"


def test_choosing_remembers_and_does_not_clear_a_stop(bench: Bench) -> None:
    bench.people.stop_all(WHO, event(bench, "m-1"))
    bench.clock.move(minutes=1)
    after = bench.people.choose(WHO, ["news"], event(bench, "m-2"))
    assert (after.alerts, after.stopped) == (("news",), True)


def test_a_stop_run_again_does_not_undo_a_start_since(bench: Bench) -> None:
    stop = event(bench, "m-1")
    bench.people.stop_all(WHO, stop)
    bench.clock.move(minutes=1)
    bench.write(people_rows.record_start, bench.clock.now())
    assert not bench.people.stop_all(WHO, stop).stopped
    late = Origin("m-1-delivered-again", stop.at)
    assert not bench.people.stop_all(WHO, late).stopped


# --- pausing ---


def test_a_pause_holds_until_its_moment_and_is_then_over(bench: Bench) -> None:
    until = bench.clock.now() + timedelta(days=7)
    assert bench.people.pause(WHO, until, event(bench)).paused_until == until
    bench.clock.at = until - timedelta(seconds=1)
    assert bench.people.choices(WHO).paused_until == until
    bench.clock.at = until
    assert bench.people.choices(WHO).paused_until is None


def test_resuming_ends_a_pause(bench: Bench) -> None:
    until = bench.clock.now() + timedelta(days=7)
    bench.people.pause(WHO, until, event(bench, "m-1"))
    bench.clock.move(minutes=1)
    assert bench.people.resume(WHO, event(bench, "m-2")).paused_until is None


def test_an_older_pause_does_not_undo_a_newer_resume(bench: Bench) -> None:
    until = bench.clock.now() + timedelta(days=7)
    bench.people.resume(WHO, event(bench, "m-2"))
    after = bench.people.pause(WHO, until, event(bench, "m-1", ago=MINUTE))
    assert after.paused_until is None


def test_a_pause_run_again_does_not_undo_a_resume_since(bench: Bench) -> None:
    until = bench.clock.now() + timedelta(days=7)
    pause = event(bench, "m-1")
    bench.people.pause(WHO, until, pause)
    bench.people.resume(WHO, event(bench, "m-2"))
    assert bench.people.pause(WHO, until, pause).paused_until is None


def test_the_later_of_two_pauses_counts(bench: Bench) -> None:
    week, day = (bench.clock.now() + timedelta(days=n) for n in (7, 1))
    bench.people.pause(WHO, week, event(bench, "m-1", ago=MINUTE))
    assert bench.people.pause(WHO, day, event(bench, "m-2")).paused_until == day


# --- wishes ---


def test_a_wish_is_listed_until_the_person_is_told(bench: Bench) -> None:
    bench.wrote()
    bench.granted()
    asked_at = bench.clock.now()
    (wish,) = bench.people.choices(WHO).wishes
    assert (wish.topic, wish.asked_at) == (SKU, asked_at)
    bench.deliver(bench.decided(bench.alert()))
    assert bench.people.choices(WHO).wishes == ()


def test_cancelling_closes_the_wish_and_retires_its_token(bench: Bench) -> None:
    bench.asked_a_week_ago()
    after = bench.people.cancel_wishes(WHO, [SKU], event(bench))
    assert after.wishes == ()
    assert bench.tokens() == [(False, True)]
    row = bench.decided(bench.alert())
    assert row.state == "refused"
    bench.wrote()
    assert bench.decided(bench.alert("notify-2")).state == "refused"


def test_what_was_cancelled_is_not_said_to_have_been_told(bench: Bench) -> None:
    bench.asked_a_week_ago()
    bench.people.cancel_wishes(WHO, [SKU], event(bench))
    assert "has been told" not in bench.decided(bench.alert()).decision["reason"]


def test_cancelling_one_wish_leaves_the_others(bench: Bench) -> None:
    bench.wrote()
    bench.granted(SKU)
    bench.granted(OTHER)
    after = bench.people.cancel_wishes(WHO, [SKU], event(bench))
    assert [w.topic for w in after.wishes] == [OTHER]
    assert sorted(bench.tokens()) == [(False, False), (False, True)]


def test_cancelling_nothing_named_cancels_all(bench: Bench) -> None:
    bench.wrote()
    bench.granted(SKU)
    bench.granted(OTHER)
    assert bench.people.cancel_wishes(WHO, None, event(bench)).wishes == ()
    assert bench.tokens() == [(False, True), (False, True)]


def test_cancelling_an_empty_list_cancels_nothing(bench: Bench) -> None:
    bench.wrote()
    bench.granted()
    after = bench.people.cancel_wishes(WHO, [], event(bench))
    assert [w.topic for w in after.wishes] == [SKU]


def test_cancelling_does_not_reach_a_wish_made_later(bench: Bench) -> None:
    bench.wrote()
    bench.granted()
    after = bench.people.cancel_wishes(WHO, None, event(bench, ago=MINUTE))
    assert [w.topic for w in after.wishes] == [SKU]
    assert bench.tokens() == [(False, False)]


def test_who_cancels_and_asks_again_is_told(bench: Bench) -> None:
    bench.wrote()
    bench.granted(value="first")
    bench.people.cancel_wishes(WHO, [SKU], event(bench))
    bench.clock.move(minutes=1)
    bench.granted(value="second")
    bench.clock.move(days=7)
    assert bench.decided(bench.alert()).ground == "one_time_notification"


# --- language ---


def test_the_language_is_remembered_for_alerts_to_come(bench: Bench) -> None:
    bench.people.remember_language("somebody-new", "fr")
    assert bench.people.choices("somebody-new").language == "fr"
    bench.people.remember_language("somebody-new", "en")
    assert bench.people.choices("somebody-new").language == "en"


# --- asking for a notification ---


def test_a_notification_may_be_asked_for_where_page_and_region_allow(bench: Bench) -> None:
    bench.wrote()
    assert bench.people.may_ask_to_notify(WHO, SKU)[0]


def test_a_notification_may_not_be_asked_for_without_the_pages_permission(bench: Bench) -> None:
    bench.wrote()
    bench.under(page=replace(bench.page, one_time_notification=False))
    assert bench.people.may_ask_to_notify(WHO, SKU) == (
        False,
        "the Page is not permitted one-time notifications",
    )


@pytest.mark.parametrize(("region", "area"), [("FR", "EEA"), ("GB", "GB"), ("JP", "JP")])
def test_a_notification_may_not_be_asked_for_in_a_closed_region(
    bench: Bench, elsewhere: Callable[[str], Page], region: str, area: str
) -> None:
    bench.wrote()
    bench.under(page=elsewhere(region))
    assert bench.people.may_ask_to_notify(WHO, SKU) == (
        False,
        f"one-time notifications are closed in {area}, where the Page is",
    )


def test_a_notification_may_be_asked_for_in_europe_once_it_is_restored(
    bench: Bench, elsewhere: Callable[[str], Page]
) -> None:
    bench.under(page=elsewhere("FR"))
    bench.clock.at = datetime(2022, 5, 18, 23, 59, 59, tzinfo=timezone.utc)
    bench.wrote()
    assert not bench.people.may_ask_to_notify(WHO, SKU)[0]
    bench.clock.move(seconds=1)
    assert bench.people.may_ask_to_notify(WHO, SKU)[0]


def test_a_notification_on_something_not_in_the_catalogue_may_not_be_asked_for(
    bench: Bench,
) -> None:
    """The request itself would be refused, so the dialogue must not promise it."""
    bench.wrote()
    allowed, why = bench.people.may_ask_to_notify(WHO, "weather:paris")
    assert not allowed
    assert "`weather:paris` is not in alerts.yml" in why


# --- opening ---

ENDPOINTS = """\
policy_guard:
  url: sqlite:///guard.db
  page: {region: US, one_time_notification: true}
"""


def files(folder: Path, endpoints: str = ENDPOINTS, *, catalogue: bool = True) -> Path:
    """Write the files the guard is opened from."""
    shipped = Path(__file__).parents[2]
    for name in ("alerts.yml", "languages.yml") if catalogue else ():
        (folder / name).write_text((shipped / name).read_text("utf-8"), "utf-8")
    (folder / "endpoints.yml").write_text(endpoints, "utf-8")
    return folder / "endpoints.yml"


def test_what_endpoints_names_is_opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("POLICY_GUARD_DB", raising=False)
    people = People.open(files(tmp_path))
    assert (tmp_path / "guard.db").exists()
    assert people.catalogue.get("back_in_stock") is not None
    assert people.now().tzinfo is timezone.utc


def test_two_openings_share_one_store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("POLICY_GUARD_DB", raising=False)
    one, two = (People.open(str(files(tmp_path))) for _ in range(2))
    one.choose("p", ["news"], Origin("m-1", one.now()))
    assert two.choices("p").alerts == ("news",)


def test_the_offset_in_the_store_moves_the_clock(bench: Bench, tmp_path: Path) -> None:
    people = People.open(files(tmp_path, ENDPOINTS.replace("sqlite:///guard.db", bench.url)))
    before = people.now()
    with bench.store.write() as tx:
        set_meta(tx, OFFSET, str(8 * 24 * 3600 * 1000))
    moved = people.now() - before
    assert timedelta(days=8) <= moved < timedelta(days=8, minutes=5)


def test_a_missing_catalogue_is_one_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("POLICY_GUARD_DB", raising=False)
    with pytest.raises(SettingsError, match="the catalogue of alert types is missing"):
        People.open(files(tmp_path, catalogue=False))
    assert not (tmp_path / "guard.db").exists()


@pytest.mark.parametrize(
    ("endpoints", "said"),
    [
        ("policy_guard: {page: {region: US}, url: 'sqlite:////dev/null/guard.db'}\n", "/dev/null"),
        ("policy_guard: {page: {region: US}, url: nonsense}\n", "`nonsense`"),
        ("action_endpoint: {}\n", "has no `policy_guard:` section"),
    ],
)
def test_what_cannot_be_opened_is_a_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, endpoints: str, said: str
) -> None:
    monkeypatch.delenv("POLICY_GUARD_DB", raising=False)
    with pytest.raises(GuardError) as caught:
        People.open(files(tmp_path, endpoints))
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)


# --- asking once ---

PAYLOAD = {"template_type": "one_time_notif_req", "title": "Tell me", "payload": SKU}
CARD = {"message": {"attachment": {"type": "template", "payload": PAYLOAD}}}


def asked(bench: Bench, turn: str = "turn-1") -> None:
    """Let the card go out to the person."""
    message = bench.out(turn, template="one_time_notif_req", parts=(CARD,))
    row = bench.decided(message)
    assert row.state == "claimed", row.decision


def stands(bench: Bench, turn: str = "another", topic: str = SKU) -> bool:
    return bench.people.asked_to_notify(WHO, topic, Origin(turn, bench.clock.now()))


def test_what_was_asked_stands_while_it_can_be_answered(bench: Bench) -> None:
    bench.wrote()
    assert not stands(bench)
    asked(bench)
    assert stands(bench)
    assert not stands(bench, topic="back_in_stock:sku-43"), "another thing is another request"
    assert not stands(bench, turn="turn-1"), "the same turn, run again, says what it said"
    bench.clock.move(hours=24)
    assert not stands(bench), "who asks a day later is asked anew"


def test_what_was_answered_with_a_tap_no_longer_stands(bench: Bench) -> None:
    bench.wrote()
    asked(bench)
    bench.clock.move(minutes=1)
    bench.granted()
    bench.people.cancel_wishes(WHO, None, Origin("m", bench.clock.now()))
    assert not stands(bench), "who took it back may ask again"


def test_where_a_person_is_sets_region_and_time_zone(bench: Bench) -> None:
    bench.people.remember_region(WHO, "FR")
    noon = datetime(2026, 7, 1, 12, tzinfo=timezone.utc)
    assert bench.people.wall_time(WHO, noon).hour == 14
    bench.people.remember_region(WHO, "US")
    assert bench.people.wall_time(WHO, noon).hour == 12, "the Page's clock, which is UTC here"
