"""A sponsored message as a plan: who is meant, what it costs, whether there still are any."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policy_guard import campaign_file
from policy_guard.campaign import (
    SWITCH,
    Aim,
    Audience,
    Budget,
    Candidate,
    Creative,
    LeftOut,
    Plan,
    PlanError,
    audience,
    availability,
    available_throughout,
    budget,
    countries,
    period,
    promoted,
)
from policy_guard.catalogue import Catalogue, Consent
from policy_guard.edition import known
from policy_guard.vocabulary import Opener, OpenerKind, Page, Person, Token
from tests.conftest import CATALOGUE

UTC = timezone.utc
AT = datetime(2023, 3, 1, 12, tzinfo=UTC)
EDITION = known().at(AT)
PAGE = Page(region="US")
AIM = Aim("news", ("en", "fr"))
WROTE = (Opener(OpenerKind.MESSAGE, AT - timedelta(days=200)),)
FAN = Person(openers=WROTE, alerts=frozenset({"news"}))


def meant(*people: Candidate, aim: Aim = AIM, page: Page = PAGE) -> Audience:
    return audience(people, aim, page, EDITION, AT)


def one(person: Person | None = FAN, language: str | None = "en", psid: str = "p1") -> Candidate:
    return Candidate(psid, person, language)


def why(person: Person | None, *, aim: Aim = AIM, language: str | None = "en") -> LeftOut | None:
    """Return why a single person is left out, None where they are meant."""
    found = meant(one(person, language), aim=aim)
    reasons = [reason for reason, n in found.left_out.items() if n]
    assert len(reasons) + len(found.people) == 1
    return reasons[0] if reasons else None


# -- who is meant -----------------------------------------------------------------------------


def test_who_once_wrote_and_chose_the_topic_is_meant_however_long_ago() -> None:
    assert why(FAN) is None


@pytest.mark.parametrize(
    ("person", "reason"),
    [
        (None, LeftOut.UNREADABLE),
        (replace(FAN, openers=()), LeftOut.NO_CONVERSATION),
        (
            replace(FAN, openers=(Opener(OpenerKind.READ, AT - timedelta(days=1)),)),
            LeftOut.NO_CONVERSATION,
        ),
        (replace(FAN, blocked=True), LeftOut.BLOCKED),
        (replace(FAN, stopped=True), LeftOut.STOPPED),
        (replace(FAN, paused_until=AT + timedelta(seconds=1)), LeftOut.PAUSED),
        (replace(FAN, alerts=frozenset()), LeftOut.NOT_CHOSEN),
        (replace(FAN, alerts=frozenset({"delivery"})), LeftOut.NOT_CHOSEN),
    ],
)
def test_a_person_is_left_out_for_a_reason(person: Person | None, reason: LeftOut) -> None:
    assert why(person) is reason


def test_a_pause_that_is_over_when_the_campaign_begins_leaves_nobody_out() -> None:
    assert why(replace(FAN, paused_until=AT)) is None


def test_who_agreed_to_something_in_a_conversation_has_one() -> None:
    token = Token("tok_1", "back_in_stock:sku-42", AT - timedelta(days=3))
    assert why(replace(FAN, openers=(), tokens=(token,))) is None


def test_a_language_without_a_text_of_its_own_gets_the_first() -> None:
    found = meant(one(language="de"), one(language=None, psid="p2"), one(language="fr", psid="p3"))
    assert found.people == (("p1", "en"), ("p2", "en"), ("p3", "fr"))
    assert found.speaking("en") == ("p1", "p2")


def test_an_aimed_language_leaves_the_others_out() -> None:
    french = replace(AIM, language="fr")
    assert why(FAN, aim=french, language="fr") is None
    assert why(FAN, aim=french, language="en") is LeftOut.OTHER_LANGUAGE
    assert why(FAN, aim=french, language=None) is LeftOut.OTHER_LANGUAGE


def test_an_aimed_region_takes_who_is_surely_inside() -> None:
    europe = replace(AIM, region="EU")
    assert why(replace(FAN, region="FR"), aim=europe) is None
    assert why(replace(FAN, region="NO"), aim=europe) is LeftOut.OTHER_REGION
    assert why(replace(FAN, region="EEA"), aim=europe) is LeftOut.OTHER_REGION


def test_a_person_of_unknown_region_is_where_the_page_is() -> None:
    assert why(FAN, aim=replace(AIM, region="US")) is None
    assert why(FAN, aim=replace(AIM, region="FR")) is LeftOut.OTHER_REGION


def test_who_is_out_of_reach_anyhow_is_not_counted_as_stopped() -> None:
    elsewhere = replace(FAN, stopped=True, region="FR")
    assert why(elsewhere, aim=replace(AIM, region="US")) is LeftOut.OTHER_REGION


@given(
    st.lists(
        st.builds(
            Candidate,
            psid=st.uuids().map(str),
            person=st.none()
            | st.builds(
                Person,
                openers=st.sampled_from([(), WROTE]),
                alerts=st.sampled_from([frozenset(), frozenset({"news"})]),
                stopped=st.booleans(),
                blocked=st.booleans(),
                region=st.sampled_from([None, "US", "FR", "EEA"]),
                paused_until=st.sampled_from([None, AT + timedelta(days=1)]),
            ),
            language=st.sampled_from([None, "en", "fr", "de"]),
        )
    ),
    st.sampled_from([AIM, replace(AIM, language="fr"), replace(AIM, region="EU")]),
)
def test_everybody_is_either_meant_or_left_out_once(people: list[Candidate], aim: Aim) -> None:
    found = meant(*people, aim=aim)
    assert len(found.people) + sum(found.left_out.values()) == len(people)
    facts = {candidate.psid: candidate.person for candidate in people}
    for psid, language in found.people:
        person = facts[psid]
        assert person is not None
        assert not person.stopped
        assert not person.blocked
        assert person.paused_until is None
        assert "news" in person.alerts
        assert language in aim.languages


# -- whether there are any --------------------------------------------------------------------


def test_while_the_edition_offers_them_they_are_taken() -> None:
    there = availability(known(), AT, PAGE, "news")
    assert there.offered
    assert there.ended is None
    assert there.instead == ()
    assert "Messenger Platform policy, sponsored messages" in str(there)


def test_the_first_edition_that_ends_them_is_named_with_its_source() -> None:
    there = availability(known(), datetime(2026, 11, 22, tzinfo=UTC), PAGE, "news")
    assert not there.offered
    assert there.ended == datetime(2024, 5, 1, tzinfo=UTC)
    assert "docs.chatbotbuilder.ai" in there.source
    assert "since 2024-05-01" in str(there)
    assert there.edition == known().all[-1].id


def test_the_day_before_they_end_they_are_taken() -> None:
    last = datetime(2024, 4, 30, 23, 59, 59, tzinfo=UTC)
    assert availability(known(), last, PAGE, "news").offered
    assert not availability(known(), last + timedelta(seconds=1), PAGE, "news").offered


@pytest.mark.parametrize(
    ("starts", "days", "offered"),
    [
        ("2024-04-30T00:00:00", 1, True),  # it ends as they end
        ("2024-04-30T00:00:01", 1, False),
        ("2024-04-30T00:00:00", 3, False),
        ("2024-05-01T00:00:00", 1, False),
    ],
)
def test_a_campaign_across_the_end_is_not_taken(starts: str, days: int, offered: bool) -> None:
    span = period(datetime.fromisoformat(starts).replace(tzinfo=UTC), days)
    there = available_throughout(known(), span, PAGE, AIM)
    assert there.offered is offered
    assert there.ended == (None if offered else datetime(2024, 5, 1, tzinfo=UTC))
    assert available_throughout(known(frozenset({SWITCH})), span, PAGE, AIM).offered


def test_the_switch_counts_on_them_and_says_so() -> None:
    editions = known(frozenset({SWITCH}))
    there = availability(editions, datetime(2026, 11, 22, tzinfo=UTC), PAGE, "news")
    assert there.offered
    assert there.assumed == SWITCH
    assert f"because the switch `{SWITCH}` is on" in str(there)


@pytest.mark.parametrize(
    ("day", "region", "marketing", "recurring"),
    [
        ("2024-09-01", "US", False, True),
        ("2025-06-30", "US", False, True),
        ("2025-07-01", "US", True, True),
        ("2025-07-01", "FR", False, True),
        ("2026-11-22", "US", True, False),
        ("2026-11-22", "FR", False, True),
        ("2026-11-22", "GB", False, True),
    ],
)
def test_what_takes_their_place_depends_on_day_and_region(
    day: str, region: str, marketing: bool, recurring: bool
) -> None:
    at = datetime.fromisoformat(day).replace(tzinfo=UTC)
    page = Page(region=region, recurring_notifications=True)
    ways = availability(known(), at, page, "news").instead
    assert any("Marketing Message API" in way for way in ways) is marketing
    assert any("recurring notification" in way for way in ways) is recurring


@pytest.mark.parametrize(
    ("people", "marketing", "recurring"),
    [
        ("US", True, False),
        ("FR", False, True),
        ("EU", False, True),
        ("EEA", False, False),  # some of it is in the Union, some is not
        ("NO", True, False),
        ("JP", False, True),
        ("AU", False, True),
    ],
)
def test_what_takes_their_place_depends_on_where_the_people_are(
    people: str, marketing: bool, recurring: bool
) -> None:
    at = datetime(2026, 11, 22, tzinfo=UTC)
    page = Page(region="AU", recurring_notifications=True)  # where a business may have both
    ways = availability(known(), at, page, "news", people).instead
    assert any("Marketing Message API" in way for way in ways) is marketing
    assert any("recurring notification" in way for way in ways) is recurring


def test_for_people_of_every_place_the_way_says_whom_it_does_not_reach() -> None:
    at = datetime(2026, 11, 22, tzinfo=UTC)
    everybody = availability(known(), at, PAGE, "news").instead[0]
    assert everybody.endswith(", for people outside EU, JP, KR, AU, GB")
    assert "outside" not in availability(known(), at, PAGE, "news", "US").instead[0]


@pytest.mark.parametrize(("day", "may_begin"), [("2025-08-31", True), ("2025-09-01", False)])
def test_a_page_without_recurring_notifications_is_pointed_to_them_while_it_may_begin(
    day: str, may_begin: bool
) -> None:
    at = datetime.fromisoformat(day).replace(tzinfo=UTC)
    ways = availability(known(), at, Page(region="US"), "news").instead
    assert any("where the Page is permitted them" in way for way in ways) is may_begin


# -- what may be promoted ---------------------------------------------------------------------


def test_a_standing_choice_of_promotion_may_be_promoted() -> None:
    assert promoted("news", CATALOGUE) == "news"


@pytest.mark.parametrize(
    ("topic", "says"),
    [
        ("weather", "`weather` is no alert type"),
        ("back_in_stock:sku-42", "is no alert type"),
        ("delivery", "`delivery` is for `post_purchase_update`"),
        ("back_in_stock", "is for `alert`"),
    ],
)
def test_nothing_else_may(topic: str, says: str) -> None:
    with pytest.raises(PlanError, match=says):
        promoted(topic, CATALOGUE)


def test_promotion_that_is_asked_for_once_is_no_standing_choice() -> None:
    news = CATALOGUE.get("news")
    assert news is not None
    once = Catalogue((replace(news, consent=Consent.ONE_TIME),), ("en", "fr"))
    with pytest.raises(PlanError, match="asked for once"):
        promoted("news", once)


# -- money and time ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("amount", "currency", "units", "shown"),
    [
        ("50", "USD", 5000, "50.00 USD"),
        ("12.50", "EUR", 1250, "12.50 EUR"),
        ("0.01", "GBP", 1, "0.01 GBP"),
        ("5000", "JPY", 5000, "5000 JPY"),
    ],
)
def test_a_budget_is_counted_in_the_smallest_unit(
    amount: str, currency: str, units: int, shown: str
) -> None:
    money = budget(amount, currency)
    assert (money.units, str(money)) == (units, shown)


@pytest.mark.parametrize(
    ("amount", "currency", "says"),
    [
        ("0", "USD", "is no budget"),
        ("0.00", "USD", "is no budget"),
        ("-5", "USD", "is not an amount"),
        ("12.5", "USD", "is not an amount"),
        ("1e3", "USD", "is not an amount"),
        ("1,000", "USD", "is not an amount"),
        ("12.50", "JPY", "no smaller unit"),
        ("50", "usd", "is not a currency code"),
        ("50", "$", "is not a currency code"),
    ],
)
def test_what_is_no_budget_is_refused(amount: str, currency: str, says: str) -> None:
    with pytest.raises(PlanError, match=says):
        budget(amount, currency)


def test_a_campaign_runs_for_whole_days_from_a_whole_second() -> None:
    begins, ends = period(AT.replace(microsecond=123456), 3)
    assert begins == AT
    assert ends - begins == timedelta(days=3)


@pytest.mark.parametrize("days", [0, -1, 366])
def test_a_campaign_lasts_from_a_day_to_a_year(days: int) -> None:
    with pytest.raises(PlanError, match=f"`{days}` days"):
        period(AT, days)


def test_a_group_of_countries_is_spelled_out_for_the_ad() -> None:
    assert countries("FR") == ("FR",)
    assert len(countries("EU")) == 27
    assert "NO" in countries("EEA")


# -- the plan and its name --------------------------------------------------------------------


def plan(**changes: Any) -> Plan:
    begins, ends = period(AT, 3)
    made = Plan(
        page="page-1",
        response="utter_sale",
        aim=AIM,
        starts_at=begins,
        ends_at=ends,
        availability=availability(known(), AT, PAGE, "news"),
        left_out={**dict.fromkeys(LeftOut, 0), LeftOut.STOPPED: 2, LeftOut.BLOCKED: 1},
        budget=Budget(5000, "USD"),
        creatives=(
            Creative("en", 2, {"text": "Sale!"}, ("a note",)),
            Creative("fr", 0, {"text": "Soldes !"}),
        ),
    )
    return replace(made, **changes)


def test_the_people_of_a_plan_are_those_of_its_creatives() -> None:
    assert plan().people == 2
    assert [creative.language for creative in plan().spoken] == ["en"]


def test_those_who_stopped_may_still_be_reached_and_the_blocked_may_not() -> None:
    assert plan().still_reached == {LeftOut.STOPPED: 2}


def test_the_same_campaign_has_the_same_name() -> None:
    again = plan(left_out=dict.fromkeys(LeftOut, 9))
    assert again.name == plan().name
    assert plan().name.startswith("policy-guard news ")


@pytest.mark.parametrize(
    "change",
    [
        {"page": "page-2"},
        {"response": "utter_other"},
        {"budget": Budget(5001, "USD")},
        {"budget": Budget(5000, "EUR")},
        {"budget": None},
        {"ends_at": AT + timedelta(days=4)},
        {"starts_at": AT + timedelta(seconds=1)},
        {"aim": replace(AIM, region="FR")},
        {"aim": replace(AIM, language="en")},
        {"creatives": (Creative("en", 2, {"text": "Sale?"}),)},
        {"creatives": (Creative("fr", 2, {"text": "Sale!"}),)},
    ],
)
def test_another_campaign_has_another_name(change: Mapping[str, Any]) -> None:
    assert plan(**change).name != plan().name


# -- the file ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "change",
    [
        {},
        {"budget": None},
        {"aim": replace(AIM, language="fr", region="EU")},
        {
            "availability": availability(
                known(), datetime(2026, 11, 22, tzinfo=UTC), Page(region="FR"), "news"
            )
        },
    ],
)
def test_a_plan_is_read_from_its_file_as_it_was(change: Mapping[str, Any]) -> None:
    written = json.loads(json.dumps(campaign_file.as_dict(plan(**change))))
    assert campaign_file.read(written, "plan.json") == plan(**change)


def test_the_file_holds_no_person() -> None:
    assert campaign_file.PSIDS not in campaign_file.as_dict(plan())


def broken(path: str, value: Any) -> dict[str, Any]:
    """Return a plan's document with one value put wrong."""
    data: Any = campaign_file.as_dict(plan())
    here: Any = data
    *way, last = path.split(".")
    for step in way:
        here = here[int(step)] if isinstance(here, list) else here[step]
    if value is KeyError:
        del here[last]
    else:
        here[last] = value
    return dict(data)


@pytest.mark.parametrize(
    ("path", "value", "says"),
    [
        ("format", 2, "`format` is not 1"),
        ("page", KeyError, "`page` is missing"),
        ("page", "", "`page` is empty"),
        ("response", 5, "`response` is not of the kind `str`"),
        ("starts_at", "yesterday", "`starts_at` is wrong"),
        ("creatives", {}, "`creatives` is not of the kind `list`"),
        ("creatives.0.people", -1, r"`creatives\.0\.people` is `-1`"),
        ("creatives.0.people", True, r"`creatives\.0\.people` is not of the kind `int`"),
        ("creatives.0.message", "Sale!", r"`creatives\.0\.message` is not of the kind `dict`"),
        ("creatives.0.notes", [1], r"`creatives\.0\.notes` is not a list of texts"),
        ("budget", {"units": 0, "currency": "USD"}, r"`budget\.units` is `0`"),
        ("left_out.stopped", KeyError, r"`left_out\.stopped` is missing"),
        ("sponsored_messages", None, "`sponsored_messages` is not of the kind"),
    ],
)
def test_a_broken_file_names_the_key(path: str, value: Any, says: str) -> None:
    with pytest.raises(PlanError, match=rf"^plan\.json: {says}"):
        campaign_file.read(broken(path, value), "plan.json")


@pytest.mark.parametrize("data", [[], "plan", None, 5])
def test_what_is_no_object_is_no_plan(data: object) -> None:
    with pytest.raises(PlanError, match=r"^plan\.json: is not a JSON object"):
        campaign_file.read(data, "plan.json")
