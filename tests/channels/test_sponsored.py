"""`policy-guard sponsored`: a campaign planned from the store, and made at the platform, paused."""

from __future__ import annotations

import builtins
import json
import stat
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest

from channels import sponsored_fields
from channels.cli import main
from channels.sponsored_creative import message
from policy_guard import people_rows
from policy_guard.campaign import (
    Aim,
    Availability,
    Budget,
    Creative,
    LeftOut,
    Plan,
    PlanError,
)
from policy_guard.clock import SystemClock
from policy_guard.people import PAGE_ID
from policy_guard.people_rows import Who
from policy_guard.sql_store import OFFSET, SqlStore, set_meta
from policy_guard.vocabulary import Opener, OpenerKind
from simulator.testing import Simulator

from .platforms import Call, FakePlatform, serving

UTC = timezone.utc
AT = datetime(2023, 3, 1, 12, tzinfo=UTC)
PAGE = "1234567890"
ACCOUNT = ("--ad-account", "act_1000000001")
LOOKING = "looking for the campaign in `act_1000000001`:"

# -- what an ad says --------------------------------------------------------------------------


def said(**content: Any) -> dict[str, Any]:
    words, _ = message("utter_sale", "en", content, "news")
    return dict(words)


def test_words_links_and_buttons_are_kept() -> None:
    button = {"title": "See it", "type": "web_url", "url": "https://shop.example/new"}
    words = said(text="New boots: https://shop.example", buttons=[button])
    payload = words["attachment"]["payload"]
    assert payload["text"] == "New boots: https://shop.example"
    assert payload["buttons"] == [button]


def test_quick_replies_and_an_image_are_kept() -> None:
    words = said(text="New boots!", quick_replies=[{"title": "More", "payload": "/greet"}])
    assert words["text"] == "New boots!"
    assert words["quick_replies"][0]["payload"] == "/greet"
    picture = said(image="https://shop.example/boots.png")
    assert picture["attachment"]["type"] == "image"


def test_what_was_changed_to_fit_is_told() -> None:
    button = {"title": "A title that is much too long", "payload": "/greet"}
    _, notes = message("utter_sale", "en", {"text": "New boots!", "buttons": [button]}, "news")
    assert "was shortened" in notes[0]


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ({}, "is 0 messages, and an ad is one"),
        ({"text": "word " * 500}, "is 2 messages"),
        ({"text": "Look!", "image": "https://shop.example/boots.png"}, "is 2 messages"),
        ({"custom": {"sender_action": "typing_on"}}, "is 1 messages, and an ad is one"),
        ({"attachment": "https://shop.example/boots.mp4"}, "is neither words nor an image"),
        ({"custom": {"template": {"name": "order_shipped"}}}, "is neither words nor an image"),
        ({"text": "Hello {name}, new boots!"}, "has `{name}`, which nobody fills in"),
        (
            {"text": "Boots!", "buttons": [{"title": "See", "url": "https://shop.example/{sku}"}]},
            "has `{sku}`",
        ),
        (
            {"text": "Boots!", "metadata": {"messenger": {"purpose": "account_update"}}},
            "is declared as `account_update`",
        ),
        (
            {"text": "Boots!", "metadata": {"messenger": {"topic": "delivery"}}},
            "is declared to be about `delivery`, not about `news`",
        ),
        ({"text": "Boots!", "metadata": {"messenger": {"tag": "x"}}}, "`tag` of response"),
    ],
)
def test_what_no_ad_can_say_is_named(content: dict[str, Any], says: str) -> None:
    with pytest.raises(PlanError) as refused:
        said(**content)
    assert says in str(refused.value)


# -- the fields of the ad ---------------------------------------------------------------------

SALE = Creative("en", 2, {"text": "Sale!"})
SOLDES = Creative("fr", 1, {"text": "Soldes !"})
PLAN = Plan(
    page=PAGE,
    response="utter_sale",
    aim=Aim("news", ("en", "fr")),
    starts_at=AT,
    ends_at=AT + timedelta(days=3),
    availability=Availability(True, "2022-06-30", "the policy"),
    left_out=dict.fromkeys(LeftOut, 0),
    budget=Budget(5000, "USD"),
    creatives=(SALE,),
)


def test_whatever_can_be_paused_is_paused() -> None:
    for given in (
        sponsored_fields.campaign(PLAN),
        sponsored_fields.ad_set(PLAN, SALE, "1"),
        sponsored_fields.ad("2", "3"),
    ):
        assert given["status"] == "PAUSED"


def test_an_ad_is_aimed_by_place_and_language_and_never_by_a_list_of_people() -> None:
    europe = replace(PLAN, aim=replace(PLAN.aim, region="EU"), creatives=(SALE, SOLDES))
    aimed = sponsored_fields.targeting(europe, "fr")
    assert len(aimed["geo_locations"]["countries"]) == 27
    assert aimed["locales"] == [sponsored_fields.LOCALES["fr"]]
    assert not any("audience" in name for name in aimed)


def test_one_text_for_everybody_is_aimed_at_no_language() -> None:
    assert "locales" not in sponsored_fields.targeting(PLAN, "en")
    only_english = replace(PLAN, aim=replace(PLAN.aim, language="en"))
    assert "locales" in sponsored_fields.targeting(only_english, "en")


def test_a_language_without_a_number_cannot_be_told_from_others() -> None:
    german = replace(PLAN, creatives=(SALE, Creative("de", 1, {"text": "Neu!"})))
    with pytest.raises(PlanError, match="cannot be aimed at the language `de`, only at `en`, `fr`"):
        sponsored_fields.targeting(german, "de")


def test_a_plan_without_a_budget_is_no_campaign() -> None:
    with pytest.raises(PlanError, match="has no budget"):
        sponsored_fields.campaign(replace(PLAN, budget=None))


# -- the commands, against the simulator ------------------------------------------------------

DOMAIN = """
responses:
  utter_sale:
    - text: "New boots from today: https://shop.example/boots"
      buttons: [{title: "See them", type: web_url, url: "https://shop.example/boots"}]
      metadata: {messenger: {purpose: promotion, topic: news}}
    - text: "Nouvelles bottes : https://shop.example/bottes"
      condition: [{type: slot, name: language, value: fr}]
      metadata: {messenger: {purpose: promotion, topic: news}}
  utter_order_shipped:
    - text: "Your order {order_id} has shipped today."
      metadata: {messenger: {purpose: post_purchase_update, topic: delivery}}
"""
ALERTS = """
- id: news
  titles: {en: News, fr: Actualités}
  descriptions: {en: what is new, fr: ce qui est nouveau}
  purpose: promotion
  consent: preference
  push: none
- id: delivery
  titles: {en: Deliveries, fr: Livraisons}
  descriptions: {en: your parcel, fr: votre colis}
  purpose: post_purchase_update
  consent: preference
  push: silent
"""
CREDENTIALS = """
channels.messenger.MessengerInput:
  verify: sim-verify-token
  secret: sim-app-secret
  page-access-token: %s
  graph_url: %s
"""


class Project:
    """A project folder with a store, its clock at noon of a day in 2023 unless it is moved."""

    def __init__(self, folder: Path, url: str, token: str, at: datetime = AT) -> None:
        self.folder, self.at = folder, at
        self.store = SqlStore(f"sqlite:///{folder / 'guard.db'}")
        self.write("endpoints.yml", "policy_guard: {url: 'sqlite:///guard.db', page: {region: US}}")
        self.write("alerts.yml", ALERTS)
        self.write("domain.yml", DOMAIN)
        self.write("credentials.yml", CREDENTIALS % (token, url))
        with self.store.write() as tx:
            set_meta(tx, PAGE_ID, PAGE)
        self.move_to(at)

    def write(self, file: str, text: str) -> None:
        (self.folder / file).write_text(text)

    def move_to(self, at: datetime) -> None:
        """Let the clock that the store goes by stand at a moment."""
        offset = (at - SystemClock().now()) // timedelta(milliseconds=1)
        with self.store.write() as tx:
            set_meta(tx, OFFSET, str(offset))

    def person(self, psid: str, language: str | None = "en", **how: Any) -> None:
        """Add a person who wrote half a year ago and chose news, unless told otherwise."""
        who = Who(PAGE, psid)
        ago = AT - timedelta(days=180)
        with self.store.write() as tx:
            people_rows.ensure(tx, who)
            if how.get("wrote", True):
                people_rows.record_opener(tx, who, Opener(OpenerKind.MESSAGE, ago))
            if language:
                people_rows.set_language(tx, who, language)
            people_rows.record_choice(tx, who, [how.get("chose", "news")], True, ago)
            if "region" in how:
                people_rows.set_region(tx, who, how["region"])
            if how.get("stopped"):
                people_rows.record_stop(tx, who, ago)
            if how.get("blocked"):
                people_rows.record_blocked(tx, who, ago)
            if how.get("paused"):
                people_rows.record_pause(tx, who, AT + timedelta(days=1), ago)

    def everybody(self) -> None:
        """Add three people who are meant and one for each reason to be left out."""
        self.person("ana")
        self.person("bob", None)
        self.person("chloe", "fr", region="FR")
        self.person("silent", wrote=False)
        self.person("stopped", stopped=True)
        self.person("blocked", blocked=True)
        self.person("paused", paused=True)
        self.person("parcels", chose="delivery")


@pytest.fixture
def simulator() -> Iterator[Simulator]:
    with Simulator(start_at=AT) as running:
        yield running


@pytest.fixture
def project(
    tmp_path: Path, simulator: Simulator, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Project]:
    monkeypatch.chdir(tmp_path)
    made = Project(tmp_path, simulator.url, "sim-page-token")
    yield made
    made.store.close()


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, str, str]]:
    """Give a function that runs a `sponsored` command: exit code, what it said, what it wailed."""

    def run(*args: str) -> tuple[int, str, str]:
        code = main(["sponsored", *args])
        told = capsys.readouterr()
        return code, told.out, told.err

    return run


Run = Callable[..., tuple[int, str, str]]
PLANNED = ("plan", "--topic", "news", "--response", "utter_sale")
PAID = ("--budget", "50", "--currency", "USD")
OUT = ("--out", "plan.json")


def written(project: Project) -> dict[str, Any]:
    data: dict[str, Any] = json.loads((project.folder / "plan.json").read_text())
    return data


def test_a_plan_counts_who_is_meant_and_why_the_others_are_not(project: Project, run: Run) -> None:
    project.everybody()
    code, out, err = run(*PLANNED, *PAID)
    assert (code, err) == (0, "")
    assert "sponsored messages are taken (edition 2023-02-02;" in out
    assert "`utter_sale` on `news` is meant for 3" in out
    assert "    in en: 2\n    in fr: 1\n" in out
    for why in ("no_conversation", "blocked", "stopped", "paused", "not_chosen"):
        assert f"    left out as {why}: 1\n" in out
    assert "from 2023-03-01 12:00:0" in out
    assert "for 50.00 USD in all" in out
    assert "may reach people who are left out: stopped 1, paused 1, not_chosen 1" in out


def test_the_file_holds_the_plan_and_nobodys_id(project: Project, run: Run) -> None:
    project.everybody()
    _, out, _ = run(*PLANNED, *PAID, *OUT, "--days", "5", "--at", "2023-03-02T00:00:00Z")
    plan = written(project)
    assert plan["people"] == 3
    assert plan["left_out"]["stopped"] == 1
    assert plan["starts_at"] == "2023-03-02T00:00:00+00:00"
    assert plan["ends_at"] == "2023-03-07T00:00:00+00:00"
    assert [c["language"] for c in plan["creatives"]] == ["en", "fr"]
    assert plan["creatives"][1]["message"] == {
        "text": "Nouvelles bottes : https://shop.example/bottes"
    }
    for psid in ("ana", "bob", "chloe"):
        assert psid not in json.dumps(plan)
        assert psid not in out


def test_ids_are_written_only_when_asked_for_and_for_the_owner_alone(
    project: Project, run: Run
) -> None:
    project.everybody()
    file = project.folder / "plan.json"
    file.write_text("an older file that everybody may read")
    file.chmod(0o644)
    _, out, _ = run(*PLANNED, *OUT, "--with-people")
    assert written(project)["psids"] == {"en": ["ana", "bob"], "fr": ["chloe"]}
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert "chloe" not in out
    code, _, err = run(*PLANNED, "--with-people")
    assert (code, err) == (2, "`--with-people` needs `--out`: ids are never shown\n")


def test_a_plan_may_be_for_one_language_and_one_region(project: Project, run: Run) -> None:
    project.everybody()
    _, out, _ = run(*PLANNED, "--language", "fr", "--region", "eu", "--json")
    plan = json.loads(out)
    assert (plan["people"], plan["region"]) == (1, "EU")
    assert [c["language"] for c in plan["creatives"]] == ["fr"]
    assert plan["left_out"]["other_region"] == 6
    assert plan["still_reached"] == {}


def test_a_person_who_cannot_be_read_is_left_out(project: Project, run: Run) -> None:
    project.person("ana")
    project.person("odd")
    with project.store.write() as tx:
        tx.exec_driver_sql("UPDATE person SET region = '??' WHERE psid = 'odd'")
    _, out, _ = run(*PLANNED, "--json")
    plan = json.loads(out)
    assert (plan["people"], plan["left_out"]["unreadable"]) == (1, 1)


def test_where_they_have_ended_the_plan_says_since_when_and_what_there_is_instead(
    project: Project, run: Run
) -> None:
    project.everybody()
    code, out, _ = run(*PLANNED, *PAID, *OUT, "--at", "2026-11-22T12:00:00Z")
    assert code == 1
    first, *rest = out.splitlines()
    assert first.startswith("sponsored messages are not taken any more since 2024-05-01 (")
    assert "docs.chatbotbuilder.ai" in first
    assert rest[0].startswith("instead: the paid Marketing Message API")
    assert written(project)["sponsored_messages"]["offered"] is False


@pytest.mark.parametrize(("days", "code"), [("2", 0), ("3", 1)])
def test_a_campaign_that_runs_beyond_their_end_is_not_planned_as_if_it_did_not(
    project: Project, run: Run, days: str, code: int
) -> None:
    project.everybody()
    done, out, _ = run(*PLANNED, *PAID, "--days", days, "--at", "2024-04-29T00:00:00Z")
    assert done == code
    assert ("not taken any more since 2024-05-01" in out) is bool(code)


@pytest.mark.parametrize(("region", "advised"), [("US", True), ("FR", False), ("JP", False)])
def test_for_people_of_a_region_only_what_is_open_there_is_named(
    project: Project, run: Run, region: str, advised: bool
) -> None:
    _, out, _ = run(*PLANNED, "--region", region, "--at", "2026-11-22T12:00:00Z")
    assert ("instead: the paid Marketing Message API" in out) is advised


def test_the_switch_counts_on_them(project: Project, run: Run) -> None:
    project.write(
        "endpoints.yml",
        "policy_guard: {url: 'sqlite:///guard.db', page: {region: US},"
        " switches: [sponsored_messages_remain]}",
    )
    code, out, _ = run(*PLANNED, "--at", "2026-11-22T12:00:00Z")
    assert code == 0
    assert "because the switch `sponsored_messages_remain` is on" in out


@pytest.mark.parametrize(
    ("args", "says"),
    [
        (["--topic", "weather"], "`weather` is no alert type"),
        (["--topic", "delivery"], "`delivery` is for `post_purchase_update`"),
        (["--response", "utter_none"], "has no response `utter_none`"),
        (["--response", "utter_order_shipped"], "is declared as `post_purchase_update`"),
        (["--language", "de"], "`utter_sale` has no text in `de`"),
        (["--region", "Mars"], "`Mars` is not an ISO 3166 country code"),
        (["--budget", "50"], "`--budget` and `--currency` go together"),
        (["--budget", "5O", "--currency", "USD"], "`5O` is not an amount"),
        (["--days", "0"], "`0` days"),
        (["--at", "tomorrow"], "`tomorrow` is not a moment"),
        (["--out", "no/such/folder.json"], "cannot be written: No such file or directory"),
    ],
)
def test_what_cannot_be_planned_is_one_sentence(
    project: Project, run: Run, args: list[str], says: str
) -> None:
    code, out, err = run(*PLANNED, *args)
    assert (code, out) == (2, "")
    assert says in err
    assert err.count("\n") == 1


def test_a_store_without_a_page_has_nobody_to_plan_for(project: Project, run: Run) -> None:
    with project.store.write() as tx:
        tx.exec_driver_sql("DELETE FROM meta WHERE key = 'page_id'")
    code, _, err = run(*PLANNED)
    assert code == 2
    assert "knows no Page yet" in err


# -- submit -----------------------------------------------------------------------------------


@pytest.fixture
def planned(project: Project, run: Run) -> Project:
    """A project whose `plan.json` is for three people in two languages."""
    project.everybody()
    assert run(*PLANNED, *PAID, *OUT)[0] == 0
    return project


SUBMIT = ("submit", "plan.json", *ACCOUNT)


def test_a_plan_becomes_a_campaign_with_an_ad_in_each_language_all_paused(
    planned: Project, simulator: Simulator, run: Run
) -> None:
    code, out, err = run(*SUBMIT)
    assert (code, err) == (0, "")
    made = [line.split("  ") for line in out.splitlines()[:7]]
    assert [(kind, how) for kind, _, how, _ in made] == [
        ("campaign", "made"),
        *[("ad set", "made"), ("creative", "made"), ("ad", "made")] * 2,
    ]
    name = written(planned)["campaign"]
    (campaign,) = simulator.ads("campaigns")
    assert campaign["fields"]["name"] == name
    assert campaign["fields"]["lifetime_budget"] == "5000"
    english, french = simulator.ads("adsets")
    assert english["fields"]["campaign_id"] == campaign["id"]
    assert english["fields"]["targeting"]["messenger_positions"] == ["sponsored_messages"]
    assert french["fields"]["name"] == f"{name} fr"
    said_in = [c["fields"]["messenger_sponsored_message"] for c in simulator.ads("adcreatives")]
    assert "New boots" in json.dumps(said_in[0])
    assert said_in[1] == {"message": {"text": "Nouvelles bottes : https://shop.example/bottes"}}
    first, second = simulator.ads("ads")
    assert first["fields"]["adset_id"] == english["id"]
    assert second["fields"]["adset_id"] == french["id"]
    for edge in ("campaigns", "adsets", "ads"):
        assert {one["fields"]["status"] for one in simulator.ads(edge)} == {"PAUSED"}
    assert "everything that was made is paused" in out
    assert "warning: the platform shows the ad in every conversation" in out


def test_no_person_is_told_to_the_platform(
    planned: Project, simulator: Simulator, run: Run
) -> None:
    run(*PLANNED, *PAID, *OUT, "--with-people")
    assert run(*SUBMIT)[0] == 0
    for psid in ("ana", "bob", "chloe", "stopped"):
        assert f'"{psid}"' not in json.dumps(simulator.ads())
    assert "audience" not in json.dumps(simulator.ads())


def test_a_second_submit_finds_the_first_and_makes_nothing(
    planned: Project, simulator: Simulator, run: Run
) -> None:
    _, before, _ = run(*SUBMIT)
    code, after, _ = run(*SUBMIT, "--json")
    assert code == 0
    parts = json.loads(after)
    assert not any(part["new"] for part in parts)
    assert [part["id"] for part in parts] == [
        line.split("  ")[1] for line in before.splitlines()[:7]
    ]
    assert len(simulator.ads()) == 7


def test_another_plan_is_another_campaign(planned: Project, simulator: Simulator, run: Run) -> None:
    run(*SUBMIT)
    run(*PLANNED, "--budget", "60", "--currency", "USD", *OUT)
    assert run(*SUBMIT)[0] == 0
    assert len(simulator.ads("campaigns")) == 2


def test_only_texts_that_somebody_is_meant_to_get_become_ads(
    project: Project, simulator: Simulator, run: Run
) -> None:
    project.person("ana")
    run(*PLANNED, *PAID, *OUT)
    assert run(*SUBMIT)[0] == 0
    (ad_set,) = simulator.ads("adsets")
    assert "locales" not in ad_set["fields"]["targeting"]


def test_a_plan_whose_end_has_come_is_not_submitted(
    planned: Project, simulator: Simulator, run: Run
) -> None:
    planned.move_to(AT + timedelta(days=4))
    code, out, err = run(*SUBMIT)
    assert (code, out) == (1, "")
    assert "would have ended on 2023-03-04 12:00:0" in err
    assert simulator.ads() == []


@pytest.mark.parametrize("claimed", [True, False])
def test_whether_they_are_taken_is_judged_again_whatever_the_file_says(
    project: Project, simulator: Simulator, run: Run, claimed: bool
) -> None:
    project.person("ana")
    run(*PLANNED, *PAID, *OUT, "--at", "2026-11-22T12:00:00Z")
    plan = written(project)
    plan["sponsored_messages"]["offered"] = claimed
    project.write("plan.json", json.dumps(plan))
    code, _, err = run(*SUBMIT)
    assert code == 1
    assert err.startswith("sponsored messages are not taken any more since 2024-05-01")
    assert "instead: " in err
    assert simulator.ads() == []


def test_a_plan_that_runs_beyond_their_end_is_not_submitted(
    project: Project, simulator: Simulator, run: Run
) -> None:
    project.move_to(datetime(2024, 4, 29, tzinfo=UTC))
    project.person("ana")
    run(*PLANNED, *PAID, *OUT, "--days", "3")
    code, _, err = run(*SUBMIT)
    assert code == 1
    assert err.startswith("sponsored messages are not taken any more since 2024-05-01")
    assert simulator.ads() == []


def test_a_plan_of_yesterday_is_not_submitted_once_they_have_ended(
    planned: Project, simulator: Simulator, run: Run
) -> None:
    planned.move_to(datetime(2026, 11, 22, tzinfo=UTC))
    code, _, err = run(*SUBMIT)
    assert code == 1
    assert "not taken any more since 2024-05-01" in err


def test_a_plan_for_nobody_is_not_submitted(
    project: Project, simulator: Simulator, run: Run
) -> None:
    project.person("stopped", stopped=True)
    assert run(*PLANNED, *PAID, *OUT)[0] == 0
    code, _, err = run(*SUBMIT)
    assert code == 1
    assert "nobody is meant by the plan" in err
    assert simulator.ads() == []


def test_a_plan_without_a_budget_is_not_submitted(
    project: Project, simulator: Simulator, run: Run
) -> None:
    project.person("ana")
    run(*PLANNED, *OUT)
    code, _, err = run(*SUBMIT)
    assert code == 2
    assert "the plan has no budget" in err
    assert simulator.ads() == []


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("{", "plan.json: is not JSON"),
        ("[]", "plan.json: is not a JSON object"),
        ("{}", "plan.json: `format` is missing"),
    ],
)
def test_what_is_no_plan_is_one_sentence(project: Project, run: Run, text: str, says: str) -> None:
    project.write("plan.json", text)
    code, _, err = run(*SUBMIT)
    assert code == 2
    assert err.startswith(says)


def test_the_plan_of_another_page_is_not_submitted(
    planned: Project, simulator: Simulator, run: Run
) -> None:
    plan = written(planned) | {"page": "another"}
    planned.write("plan.json", json.dumps(plan))
    code, _, err = run(*SUBMIT)
    assert (code, err) == (2, f"the plan is for the Page `another`, the store is of `{PAGE}`\n")


@pytest.mark.parametrize(
    ("account", "code", "says"),
    [
        ("1000000001", 2, "`1000000001` is not an ad account"),
        ("act_1/../me", 2, "is not an ad account"),
        ("act_5", 1, "looking for the campaign in `act_5`: the platform refused with code `100`"),
    ],
)
def test_an_ad_account_that_is_none_is_one_sentence(
    planned: Project, run: Run, account: str, code: int, says: str
) -> None:
    ended, _, err = run("submit", "plan.json", "--ad-account", account)
    assert ended == code
    assert says in err
    assert err.count("\n") == 1


def test_what_the_platform_refuses_leaves_a_clear_state_and_is_gone_on_from(
    planned: Project, simulator: Simulator, run: Run
) -> None:
    # the platform's own day is over, while the guard's switch still counts on sponsored messages
    planned.write(
        "endpoints.yml",
        "policy_guard: {url: 'sqlite:///guard.db', page: {region: US},"
        " switches: [sponsored_messages_remain]}",
    )
    later = datetime(2026, 11, 22, 12, tzinfo=UTC)
    planned.move_to(later)
    simulator.set_now(later)
    run(*PLANNED, *PAID, *OUT)
    code, out, err = run(*SUBMIT)
    assert code == 1
    assert [line.split("  ")[0] for line in out.splitlines()] == ["campaign"]
    assert err.startswith("making the ad set: the platform refused with code `100`")
    assert "everything that is there is paused, and the same command goes on from it" in err
    simulator.change_page(sponsored_messages=True)
    code, out, _ = run(*SUBMIT)
    assert code == 0
    assert [line.split("  ")[2] for line in out.splitlines()[:7]] == ["found", *["made"] * 6]
    assert len(simulator.ads("campaigns")) == 1


def test_without_the_sdk_it_says_what_to_install(
    planned: Project, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = builtins.__import__

    def without(name: str, *args: Any, **words: Any) -> Any:
        if name.startswith("facebook_business"):
            raise ImportError(name)
        return real(name, *args, **words)

    monkeypatch.setattr(builtins, "__import__", without)
    code, _, err = run(*SUBMIT)
    assert code == 2
    assert err == (
        "the SDK of the Marketing API is not installed: "
        'pip install "rasa-messenger-guard[sponsored]"\n'
    )


# -- when the platform does not answer well ---------------------------------------------------


class Platform(FakePlatform):
    """A platform that gives ids until it is told to answer something else."""

    spoiled: dict[int, tuple[int, bytes]]  # number of the call: its answer

    def answer(self, call: Call) -> tuple[int, bytes]:
        number = len(self.asked) - 1
        well = {"data": []} if call.method == "GET" else {"id": str(number)}
        return self.spoiled.get(number, (200, json.dumps(well).encode()))


@pytest.fixture
def platform() -> Iterator[Platform]:
    server = Platform()
    server.spoiled = {}
    with serving(server):
        yield server


@pytest.fixture
def strange(
    tmp_path: Path, platform: Platform, monkeypatch: pytest.MonkeyPatch, run: Run
) -> Iterator[Project]:
    """A planned project whose platform is the test's own."""
    monkeypatch.chdir(tmp_path)
    made = Project(tmp_path, f"http://127.0.0.1:{platform.server_port}", "page-token-secret")
    made.person("ana")
    assert run(*PLANNED, *PAID, *OUT)[0] == 0
    yield made
    made.store.close()


def test_the_token_stands_in_the_header_and_in_no_address(
    strange: Project, platform: Platform, run: Run
) -> None:
    assert run(*SUBMIT)[0] == 0
    assert len(platform.asked) == 5
    for call in platform.asked:
        assert call.token == "Bearer page-token-secret"
        assert "page-token-secret" not in call.path
        assert "appsecret_proof=" in call.path
        assert call.path.startswith("/v26.0/act_1000000001/")


@pytest.mark.parametrize(
    ("status", "data"),
    [
        (502, b"<html>Bad Gateway, an error</html>"),
        (503, b"Service Unavailable"),
        (500, b""),
        (200, b"[]"),
        (200, b"{}"),
        (200, b'{"id": "../me"}'),
        (302, b""),
    ],
)
@pytest.mark.parametrize("call", [1, 2, 3])
def test_an_answer_that_cannot_be_used_is_one_sentence_and_nothing_goes_on(
    strange: Project, platform: Platform, run: Run, status: int, data: bytes, call: int
) -> None:
    platform.spoiled = {call: (status, data)}
    code, _, err = run(*SUBMIT)
    assert code == 2
    assert err.startswith(f"making the {('campaign', 'ad set', 'creative')[call - 1]}")
    assert "the same command goes on from it" in err
    assert err.count("\n") == 1
    assert len(platform.asked) == call + 1


def test_a_refusal_is_told_without_the_secrets_that_it_repeats(
    strange: Project, platform: Platform, run: Run
) -> None:
    error = {"error": {"code": 190, "message": "bad token page-token-secret"}}
    platform.spoiled = {0: (400, json.dumps(error).encode())}
    code, _, err = run(*SUBMIT)
    assert code == 1
    assert "the platform refused with code `190`: bad token ***" in err
    assert "page-token-secret" not in err


def test_a_refusal_that_the_sdk_stumbles_over_is_one_sentence_too(
    strange: Project, platform: Platform, run: Run
) -> None:
    error = {"error": {"code": 100, "message": "no", "error_data": "page-token-secret"}}
    platform.spoiled = {0: (400, json.dumps(error).encode())}
    code, _, err = run(*SUBMIT)
    assert code == 2
    assert err.startswith(
        "looking for the campaign in `act_1000000001`: the platform's answer is no answer"
    )
    assert "page-token-secret" not in err


def test_a_platform_that_is_not_there_is_one_sentence(strange: Project, run: Run) -> None:
    strange.write("credentials.yml", CREDENTIALS % ("page-token-secret", "http://127.0.0.1:9"))
    code, _, err = run(*SUBMIT)
    assert code == 2
    assert err.startswith(
        "looking for the campaign in `act_1000000001`: the platform does not answer: `Connection"
    )
