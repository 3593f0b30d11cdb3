"""Which messages of a project each change of the rules touches, with file and line."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import pytest

from policy_guard import cases, forecast
from policy_guard.decisions import Send, name_of
from policy_guard.edition import FOLDER, Editions, known, load
from policy_guard.errors import GuardError
from policy_guard.forecast import Forecast, Touch
from policy_guard.forecast_project import read
from policy_guard.vocabulary import Page, Settings

NOW = datetime(2026, 11, 23, tzinfo=timezone.utc)
TAGS_END = "2026-04-27"
DOMAIN = """\
version: "3.1"
responses:
  utter_shipped:
    - text: "It has shipped."
      metadata: {messenger: {purpose: post_purchase_update, topic: delivery}}
    - text: "C'est parti."
      condition: [{type: slot, name: language, value: fr}]
      metadata: {messenger: {purpose: post_purchase_update, topic: delivery}}
  utter_hello:
    - text: "Hello."
"""
ALERTS = """\
- id: delivery
  titles: {en: Deliveries, fr: Livraisons}
  descriptions: {en: when your parcel leaves, fr: quand votre colis part}
  purpose: post_purchase_update
  consent: preference
  push: silent
"""
ONE_TIME = """\
- id: back_in_stock
  titles: {en: Back in stock, fr: De retour}
  descriptions: {en: when a product is back, fr: quand un produit revient}
  purpose: alert
  consent: one_time
  slot: product
  push: regular
"""
OFFERS = """\
- id: offers
  titles: {en: Offers, fr: Promotions}
  descriptions: {en: when there is one, fr: quand il y en a}
  purpose: promotion
  consent: preference
  push: none
"""
RULES = """\
version: "3.1"
rules:
- rule: an order has shipped
  steps:
  - intent: EXTERNAL_order_shipped
  - action: utter_shipped
stories:
- story: shipped, and thanked
  steps:
  - intent: EXTERNAL_order_shipped
  - action: utter_shipped
  - intent: thank
  - action: utter_hello
"""

Make = Callable[..., Path]


@pytest.fixture
def project(tmp_path: Path) -> Make:
    """Return what writes a project's files by their path."""

    def make(domain: str = DOMAIN, alerts: str = ALERTS, **files: str) -> Path:
        texts = {"domain.yml": domain, "alerts.yml": alerts}
        texts |= {name.replace("__", "/") + suffix(name): text for name, text in files.items()}
        for name, text in texts.items():
            (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / name).write_text(text, "utf-8")
        return tmp_path

    return make


def suffix(name: str) -> str:
    return ".py" if name.startswith("actions") else ".yml"


def foretold(
    folder: Path,
    page: Page | None = None,
    *,
    switches: tuple[str, ...] = (),
    editions: Editions | None = None,
    settings: Settings | None = None,
    now: datetime = NOW,
    since: datetime | None = None,
) -> Forecast:
    every = editions or known(frozenset(switches))
    subjects = read(folder, folder / "alerts.yml", every)
    return forecast.forecast(subjects, every, page or Page(), settings or Settings(), now, since)


def touches(found: Forecast, day: str, name: str) -> list[Touch]:
    return [t for t in found.touches if (t.edition.id, t.subject.name) == (day, name)]


def lines(found: Forecast, folder: Path, language: str = "en") -> list[str]:
    """Return the sentences, paths as if the project stood here."""
    return [line.replace(f"{folder}/", "") for line in forecast.sentences(found, language)]


def line(found: Forecast, folder: Path, start: str, language: str = "en") -> str:
    return next(said for said in lines(found, folder, language) if said.startswith(start))


def days(found: Forecast, name: str) -> list[str]:
    return list(dict.fromkeys(t.edition.id for t in found.touches if t.subject.name == name))


# -- the end of the tags --------------------------------------------------------------------------


def test_a_response_is_refused_from_the_day_on_unless_a_template_is_named(project: Make) -> None:
    folder = project()

    assert line(foretold(folder), folder, f"- from {TAGS_END} `utter_shipped`") == (
        "- from 2026-04-27 `utter_shipped` (domain.yml:4, domain.yml:6) is refused unless "
        "alerts.yml or the response names an approved utility template, or the person writes or "
        "taps something (instead of going with the tag `POST_PURCHASE_UPDATE`, where the person "
        "chose `delivery` and wrote 2 days ago)"
    )


def test_an_alert_type_is_named_with_its_line(project: Make) -> None:
    folder = project(alerts=OFFERS + ALERTS)

    said = line(foretold(folder), folder, f"- from {TAGS_END} the alert type `delivery`")
    assert said.startswith("- from 2026-04-27 the alert type `delivery` (alerts.yml:7) is refused")


@pytest.mark.parametrize("where", ["alerts.yml", "the response"])
def test_a_named_template_that_is_not_approved_has_to_be_approved(
    project: Make, where: str
) -> None:
    if where == "alerts.yml":
        folder = project(alerts=ALERTS + "  utility_template: shipped_v1\n")
    else:
        folder = project(DOMAIN.replace("delivery}", "delivery, utility_template: shipped_v1}"))

    said = line(foretold(folder), folder, f"- from {TAGS_END} `utter_shipped`")
    assert "is refused unless the platform approves the template `shipped_v1` for" in said
    assert "names an approved utility template" not in said


def test_a_template_that_endpoints_lists_as_approved_carries_it(project: Make) -> None:
    folder = project(alerts=ALERTS + "  utility_template: shipped_v1\n")
    found = foretold(folder, Page(utility_templates=("shipped_v1",)))

    assert "utter_shipped` (domain.yml:4, domain.yml:6) goes as an approved utility template (" in (
        line(found, folder, f"- from {TAGS_END} `utter_shipped`")
    )


def test_a_template_carries_nothing_where_templates_are_not_open(project: Make) -> None:
    folder = project(alerts=ALERTS + "  utility_template: shipped_v1\n")
    page = Page(utility_templates=("shipped_v1",), region="FR")

    assert [name_of(t.after) for t in touches(foretold(folder, page), TAGS_END, "delivery")] == [
        "refuse"
    ]
    everywhere = foretold(folder, page, switches=("utility_everywhere",))
    assert [name_of(t.after) for t in touches(everywhere, TAGS_END, "delivery")] == ["send"]


@pytest.mark.parametrize(("region", "advised"), [("US", True), ("PH", True), ("FR", False)])
def test_a_template_is_advised_only_where_templates_are_open(
    project: Make, region: str, advised: bool
) -> None:
    folder = project(alerts=ALERTS)
    said = line(foretold(folder, Page(region=region)), folder, f"- from {TAGS_END} `utter_shipped`")
    assert ("names an approved utility template" in said) is advised
    assert ("the switch `utility_everywhere`" in said) is not advised


def test_a_response_that_may_wait_is_held_not_refused(project: Make) -> None:
    folder = project(DOMAIN.replace("delivery}", "delivery, hold_for: 2d}"))

    said = line(foretold(folder), folder, f"- from {TAGS_END} `utter_shipped`")
    assert " waits at most 2 days for the person to write and is then let go unless alerts" in said
    assert "or the person writes" not in said


def test_inside_the_window_the_end_of_the_tags_changes_nothing(project: Make) -> None:
    cases_touched = {t.case.ago for t in touches(foretold(project()), TAGS_END, "utter_shipped")}

    assert [ago.days for ago in cases_touched] == [2]


def test_the_day_is_the_one_that_the_projects_switches_name(project: Make) -> None:
    folder = project()

    assert TAGS_END in days(foretold(folder), "utter_shipped")
    early = foretold(folder, switches=("tags_end_2026_02_10",))
    assert TAGS_END not in days(early, "utter_shipped")
    assert "2026-02-10" in days(early, "utter_shipped")


@pytest.mark.parametrize("day", ["2026-04-26", "2026-04-27"])
def test_the_forecast_is_what_the_guard_decides_on_the_two_days(project: Make, day: str) -> None:
    """The same question, asked as a case row, has the answer that was foretold."""
    touch = touches(foretold(project()), TAGS_END, "utter_shipped")[0]
    row: dict[str, Any] = {
        "at": f"{day}T12:00:00Z",
        "message": {"purpose": "post_purchase_update", "topic": "delivery"},
        "person": {
            "opened": {"by": "message", "at": "2026-04-24T12:00:00Z"},
            "alerts": ["delivery"],
        },
    }
    decision = cases.answer(cases.read_row(row, question_only=True))
    expected = touch.after if day == TAGS_END else touch.before

    assert name_of(decision) == name_of(expected)
    assert getattr(decision, "ground", None) == getattr(expected, "ground", None)


# -- other changes --------------------------------------------------------------------------------


def test_an_answer_is_touched_by_nothing(project: Make) -> None:
    assert days(foretold(project()), "utter_hello") == []


def test_a_thing_asked_for_once_goes_with_its_token(project: Make) -> None:
    folder = project(alerts=ALERTS + ONE_TIME)
    page = Page(one_time_notification=True)
    found = foretold(folder, page)

    assert line(found, folder, "- from 2020-03-04 the alert type `back_in_stock`") == (
        "- from 2020-03-04 the alert type `back_in_stock` (alerts.yml:7) goes as a one-time "
        "notification (instead of going as the one further message after the window, where the "
        "person asked once for `back_in_stock:product` and wrote 2 days ago)"
    )
    assert days(foretold(folder, page, switches=("one_time_ended",)), "back_in_stock") == [
        "2020-03-04",
        TAGS_END,
    ]


def test_the_page_decides_whether_there_are_one_time_notifications(project: Make) -> None:
    folder = project(alerts=ALERTS + ONE_TIME)
    touch = touches(foretold(folder), "2020-03-04", "back_in_stock")[0]

    assert name_of(touch.after) == "refuse"


def test_a_response_without_a_topic_is_asked_about_as_an_alert_of_its_purpose(
    project: Make,
) -> None:
    domain = DOMAIN + "  utter_back: [{text: Back., metadata: {messenger: {purpose: alert}}}]\n"
    folder = project(domain, ALERTS + ONE_TIME)
    touch = touches(foretold(folder, Page(one_time_notification=True)), "2020-03-04", "utter_back")

    assert touch[0].subject.message.topic == "back_in_stock:product"
    assert isinstance(touch[0].after, Send)


def test_a_response_for_no_alert_type_is_still_asked_about(project: Make) -> None:
    domain = (
        DOMAIN + "  utter_acct: [{text: A., metadata: {messenger: {purpose: account_update}}}]\n"
    )
    folder = project(domain)

    said = line(foretold(folder), folder, f"- from {TAGS_END} `utter_acct`")
    assert "where the person wrote 2 days ago)" in said


def test_promotion_is_told_what_may_carry_it(project: Make) -> None:
    folder = project(alerts=OFFERS)
    said = line(foretold(folder), folder, "- from 2020-03-04 the alert type `offers`")

    assert "is refused unless it is planned as an ad with `policy-guard sponsored plan`" in said


def test_recurring_notifications_are_asked_about_where_the_page_has_them(project: Make) -> None:
    folder = project(alerts=OFFERS)
    found = foretold(folder, Page(recurring_notifications=True))

    assert days(foretold(folder), "offers") == ["2020-03-04"]
    assert days(found, "offers") == ["2020-03-04", "2022-05-19", "2026-02-10"]
    said = line(found, folder, "- from 2022-05-19 the alert type `offers`")
    assert "goes as a recurring notification (instead of being refused, where the person " in said


def test_the_request_card_is_touched_when_requests_begin_and_end(project: Make) -> None:
    card = (
        "  utter_ask:\n    - custom: {attachment: {type: template, payload: "
        "{template_type: one_time_notif_req, title: T, payload: p}}}\n"
    )
    folder = project(DOMAIN + card)
    found = foretold(folder, Page(one_time_notification=True, region="FR"))

    assert days(found, "utter_ask") == ["2020-02-04", "2020-12-16", "2022-05-19"]
    said = line(found, folder, "- from 2020-12-16 `utter_ask`")
    assert "is refused because one-time notifications are closed in EEA, where the Page is" in said
    assert "in answer to the person" in said


def test_a_message_with_a_file_is_touched_where_files_were_closed(project: Make) -> None:
    media = "  utter_file: [{attachment: {type: file, payload: {url: 'https://example.org/a'}}}]\n"
    folder = project(DOMAIN + media)

    assert days(foretold(folder), "utter_file") == []
    assert days(foretold(folder, Page(region="DE")), "utter_file") == ["2020-12-16", "2022-06-30"]


def test_an_answer_to_a_comment_is_asked_about_as_one(project: Make) -> None:
    rule = (
        "rules:\n- rule: a comment\n  steps:\n  - intent: EXTERNAL_comment\n"
        "  - action: utter_hello\n"
    )
    folder = project(data__rules=rule)
    editions = known()
    subjects = read(folder, folder / "alerts.yml", editions)

    assert {s.name for s in subjects if s.after_comment} == {"utter_hello"}


def test_a_tag_in_custom_json_declares_the_purpose(project: Make) -> None:
    custom = "  utter_tagged: [{custom: {text: T., tag: SHIPPING_UPDATE}}]\n"

    assert TAGS_END in days(foretold(project(DOMAIN + custom)), "utter_tagged")


def test_a_response_in_two_messages_cannot_be_paid_with_a_token(project: Make) -> None:
    two = (
        "  utter_two: [{text: T., image: 'https://example.org/a.png', "
        "metadata: {messenger: {purpose: alert}}}]\n"
    )
    folder = project(DOMAIN + two, ALERTS + ONE_TIME)
    found = foretold(folder, Page(one_time_notification=True))

    assert days(found, "utter_two") == []


def test_our_own_quiet_hours_and_caps_are_no_change_of_the_platform(project: Make) -> None:
    folder = project()
    careful = Settings(quiet_hours=cases.read_settings({"quiet_hours": "00:00-23:59"}).quiet_hours)

    found = foretold(folder, settings=Settings(proactive_per_day=0))
    assert found.touches == foretold(folder).touches
    assert foretold(folder, settings=careful).touches == foretold(folder).touches


# -- who says it ----------------------------------------------------------------------------------


def test_the_rules_and_stories_that_say_it_are_named_with_their_lines(project: Make) -> None:
    folder = project(data__rules=RULES)
    said = line(foretold(folder), folder, f"- from {TAGS_END} `utter_shipped`")

    assert said.endswith(
        "; said by the rule `an order has shipped` (data/rules.yml:6), the story `shipped, and "
        "thanked` (data/rules.yml:11)"
    )


ACTION = """\
class ActionTell(Action):
    def name(self):
        return "action_tell"

    def run(self, dispatcher, tracker, domain):
        dispatcher.utter_message(response="utter_shipped")
        dispatcher.utter_message(response="utter_hello", messenger={"purpose": "account_update"})
        dispatcher.utter_message(text="Bye", messenger={"purpose": "confirmed_event_update"})
        dispatcher.utter_message(text="Just an answer")
"""


def test_what_actions_say_in_their_own_way_is_asked_about_too(project: Make) -> None:
    folder = project(actions__tell=ACTION)
    found = foretold(folder)

    assert line(
        found, folder, f"- from {TAGS_END} `utter_hello`, as `action_tell` says"
    ).startswith(
        "- from 2026-04-27 `utter_hello`, as `action_tell` says it, (actions/tell.py:7) is refused"
    )
    assert "(actions/tell.py:8) is refused unless" in line(
        found, folder, f"- from {TAGS_END} what `action_tell` says itself"
    )
    assert "said by the action `action_tell` (actions/tell.py:6)" in line(
        found, folder, f"- from {TAGS_END} `utter_shipped`"
    )
    assert "tell.py:9" not in "\n".join(lines(found, folder))


def test_a_domain_in_a_folder_is_read(project: Make, tmp_path: Path) -> None:
    folder = project(domain__more=DOMAIN)
    (tmp_path / "domain.yml").unlink()

    assert "(domain/more.yml:4, domain/more.yml:6)" in line(
        foretold(folder), folder, f"- from {TAGS_END} `utter_shipped`"
    )


def test_a_variation_for_another_channel_is_not_asked_about(project: Make) -> None:
    domain = DOMAIN.replace('- text: "It has shipped."', '- channel: slack\n      text: "Shipped."')

    assert "(domain.yml:7)" in line(
        foretold(folder := project(domain)), folder, f"- from {TAGS_END} `utter_shipped`"
    )


# -- past and announced ---------------------------------------------------------------------------


def test_a_change_after_now_is_announced_and_one_before_is_past(project: Make) -> None:
    folder = project(alerts=ALERTS + OFFERS)
    early = datetime(2026, 4, 1, tzinfo=timezone.utc)

    assert f"{TAGS_END}: the platform refuses CONFIRMED_EVENT_UPDATE" in "\n".join(
        lines(foretold(folder), folder)
    )
    said = "\n".join(lines(foretold(folder, now=early), folder))
    assert f"{TAGS_END}, announced: the platform refuses CONFIRMED_EVENT_UPDATE" in said
    assert "2020-03-04: only the 24-hour" in said


def test_an_edition_of_tomorrow_is_forecast_without_a_word_of_it_in_the_program(
    project: Make, tmp_path: Path
) -> None:
    folder, rules = project(), tmp_path / "editions"
    rules.mkdir()
    for file in FOLDER.glob("*.yaml"):
        (rules / file.name).write_text(file.read_text("utf-8"), "utf-8")
    (rules / "2031-05-06.yaml").write_text(
        "edition: 2031-05-06\nchecked_on: 2026-11-22\nsays: the tags come back\n"
        "tags: {POST_PURCHASE_UPDATE: {accepted: true}}\n",
        "utf-8",
    )
    found = foretold(folder, editions=load(rules))

    assert lines(found, folder)[-3:] == [
        "2031-05-06, announced: the tags come back",
        "- from 2031-05-06 `utter_shipped` (domain.yml:4, domain.yml:6) goes with the tag "
        "`POST_PURCHASE_UPDATE` (instead of being refused, where the person chose `delivery` and "
        "wrote 2 days ago)",
        "- from 2031-05-06 the alert type `delivery` (alerts.yml:1) goes with the tag "
        "`POST_PURCHASE_UPDATE` (instead of being refused, where the person chose `delivery` and "
        "wrote 2 days ago)",
    ]


def test_changes_before_a_day_can_be_left_out(project: Make) -> None:
    folder = project()
    day = datetime(2026, 4, 27, tzinfo=timezone.utc)
    found = foretold(folder, since=day)

    assert {t.edition.id for t in found.touches} == {TAGS_END}
    assert lines(found, folder)[0].startswith("One known change of the platform's rules touches")
    later = foretold(folder, since=day.replace(day=28))
    assert later.touches == ()
    assert lines(later, folder) == [
        "No known change of the platform's rules touches this project; its 3 responses, alert "
        "types and words of actions were asked about."
    ]


# -- French and data ------------------------------------------------------------------------------


def test_the_forecast_is_told_in_french(project: Make) -> None:
    folder = project(data__rules=RULES)

    assert line(foretold(folder), folder, f"- à partir du {TAGS_END} `utter_shipped`", "fr") == (
        "- à partir du 2026-04-27 `utter_shipped` (domain.yml:4, domain.yml:6) est refusé sauf si "
        "alerts.yml ou la réponse nomme un modèle utilitaire approuvé, ou si la personne écrit ou "
        "touche un bouton (au lieu de partir avec l'étiquette `POST_PURCHASE_UPDATE`, si la "
        "personne a choisi `delivery` et écrit il y a 2 jours) ; dit par la règle `an order has "
        "shipped` (data/rules.yml:6), l'histoire `shipped, "
        "and thanked` (data/rules.yml:11)"
    )


def test_no_english_is_left_in_a_french_forecast(project: Make) -> None:
    folder = project(alerts=ALERTS + ONE_TIME + OFFERS, actions__tell=ACTION, data__rules=RULES)
    page = Page(one_time_notification=True, recurring_notifications=True)
    said = "\n".join(lines(foretold(folder, page), folder, "fr"))

    assert not re.search(r"\b(the|from|is|person|where|goes)\b", re.sub("`[^`]*`", "", said)), said


def test_the_forecast_as_data_has_one_change_for_each_message_and_person(project: Make) -> None:
    folder = project(data__rules=RULES)
    found = foretold(folder)
    data = forecast.as_data(found)

    assert json.loads(json.dumps(data)) == data
    assert len(data["changes"]) == len(found.touches)
    change = next(
        c for c in data["changes"] if (c["day"], c["name"]) == (TAGS_END, "utter_shipped")
    )
    assert (change["kind"], change["response"], change["line"]) == ("response", "utter_shipped", 4)
    assert change["file"] == f"{folder}/domain.yml"
    assert change["before"] == {"decision": "send", "ground": "tag:POST_PURCHASE_UPDATE"}
    assert change["after"] == {"decision": "refuse", "ground": None}
    assert change["unless"][0] == "alerts.yml or the response names an approved utility template"
    assert change["announced"] is False
    assert [(s["kind"], s["line"]) for s in change["said_by"]] == [("rule", 6), ("story", 11)]
    assert change["says"].startswith(f"from {TAGS_END} `utter_shipped`")


# -- what cannot be read --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("domain", "said"),
    [
        (
            DOMAIN.replace("post_purchase_update,", "sale,"),
            "domain.yml:5: purpose `sale` is not one",
        ),
        (DOMAIN.replace("delivery}", "delivery, push: loud}"), "domain.yml:5: push `loud` is not"),
        (DOMAIN.replace("delivery}", "delivery, hold_for: 2}"), "domain.yml:5: `2` is not a dur"),
        ("responses: [", "domain.yml:1:13: is not valid YAML"),
        ("version: '3.1'\n", "holds no domain with responses"),
    ],
    ids=["purpose", "push", "hold_for", "yaml", "no responses"],
)
def test_a_project_that_cannot_be_read_is_told_with_its_line(
    project: Make, domain: str, said: str
) -> None:
    with pytest.raises(GuardError, match=re.escape(said)):
        foretold(project(domain))


def test_alert_types_that_cannot_be_read_are_told_with_their_line(project: Make) -> None:
    with pytest.raises(GuardError, match=r"alerts\.yml:4: unknown purpose `sale`"):
        foretold(project(alerts=ALERTS.replace("post_purchase_update", "sale")))


def test_this_projects_own_messages_are_all_asked_about() -> None:
    """Every response that is no answer, and every alert type, of the domain that ships here."""
    root = Path(__file__).parents[2]
    subjects = read(root, root / "alerts.yml", known())
    names = {(subject.kind, subject.name) for subject in subjects}

    assert {("response", "utter_order_shipped"), ("response", "utter_back_in_stock")} <= names
    assert {("alert", "delivery"), ("alert", "back_in_stock")} <= names
    assert TAGS_END in {touch.edition.id for touch in foretold(root).touches}
