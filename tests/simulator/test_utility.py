"""Utility messages: a template of the Page, from 2025-07-29, in the countries of the beta."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest

from simulator.judge import (
    PageFacts,
    PersonFacts,
    Subscription,
    Token,
    UtilityTemplate,
    judge,
)

from .words import (
    DAY,
    OUTSIDE,
    SECOND,
    TAKEN,
    US,
    WRONG,
    Error,
    Json,
    day,
    ground,
    rules,
    said,
    sentence,
    text,
    wrote,
)

START = day("2025-07-29")
NOW = day("2026-05-01")
SHIPPED = UtilityTemplate("shipped", "en", body=1, words="Your order has shipped.")
CARD = UtilityTemplate("card", "en", header=1, body=2, buttons=1, image=True)
NAMED = UtilityTemplate("named", "en", body=2, names=frozenset({"order", "day"}))
PAGE = replace(US, utility_templates=(SHIPPED, CARD, NAMED))
AWAY = wrote(NOW - 30 * DAY)


def words(*texts: str) -> list[Json]:
    return [{"type": "text", "text": one} for one in texts]


def part(kind: str, *parameters: Json) -> Json:
    return {"type": kind, "parameters": list(parameters)}


def filled(name: str = "shipped", *parts: Json, language: str = "en", **more: Any) -> Json:
    """Return a utility message, the order's number in its body when no part is given."""
    components = list(parts) or [part("body", *words("4711"))]
    template = {"name": name, "language": {"code": language}, "components": components}
    return text(messaging_type="UTILITY", message={"template": template, **more})


def test_a_filled_template_goes_out_of_the_window() -> None:
    verdict = judge(filled(metadata="k"), AWAY, PAGE, NOW, purpose="post_purchase_update")
    assert ground(verdict) == "utility_template"
    assert rules(verdict) == []


@pytest.mark.parametrize(("at", "answer"), [(START - SECOND, WRONG), (START, TAKEN)])
def test_utility_messages_came_on_2025_07_29(at: datetime, answer: Error) -> None:
    verdict = judge(filled(), wrote(at - 30 * DAY), PAGE, at)
    assert said(verdict) == answer
    if answer == WRONG:
        assert "came only on 2025-07-29" in sentence(verdict)


@pytest.mark.parametrize("at", [START, NOW, day("2026-11-01")])
@pytest.mark.parametrize(
    ("page_region", "region", "answer"),
    [
        ("US", "US", TAKEN),
        ("VN", "TH", TAKEN),
        ("PH", None, TAKEN),
        ("US", "FR", (10, None)),
        ("FR", "US", (10, None)),
        ("GB", None, (10, None)),
    ],
)
def test_page_and_person_are_both_in_the_countries_of_the_beta(
    at: datetime, page_region: str, region: str | None, answer: Error
) -> None:
    page = replace(PAGE, region=page_region)
    person = replace(wrote(at - 30 * DAY), region=region)
    assert said(judge(filled(), person, page, at)) == answer
    everywhere = replace(page, utility_everywhere=True)
    assert said(judge(filled(), person, everywhere, at)) == TAKEN


@pytest.mark.parametrize("status", ["PENDING", "REJECTED", "PAUSED"])
def test_a_template_that_is_not_approved_is_refused(status: str) -> None:
    page = replace(US, utility_templates=(replace(SHIPPED, status=status),))
    verdict = judge(filled(), AWAY, page, NOW)
    assert said(verdict) == WRONG
    assert status in sentence(verdict)


@pytest.mark.parametrize(
    ("body", "names"),
    [
        (filled("other"), "`other`"),
        (filled(language="fr"), "`fr`"),
        (filled("shipped", part("body")), "takes 1 parameters, not 0"),
        (filled("shipped", part("body", *words("1", "2"))), "takes 1 parameters, not 2"),
        (
            filled("shipped", part("body", *words("1")), part("header", *words("2"))),
            "the header of `shipped` takes 0",
        ),
        (filled("shipped", part("body", *words(""))), "characters"),
        (filled("shipped", part("body", *words("  "))), "is empty"),
        (filled("shipped", part("body", *words("1")), part("body", *words("1"))), "second body"),
        (filled("shipped", part("footer", *words("1"))), "type"),
        (filled("shipped", part("body", {"type": "currency", "text": "1"})), "type"),
    ],
)
def test_a_template_is_filled_in_as_it_was_approved(body: Json, names: str) -> None:
    verdict = judge(body, AWAY, PAGE, NOW)
    assert said(verdict) == WRONG
    assert names in sentence(verdict)


def test_a_header_a_picture_and_a_button_are_filled_in_too() -> None:
    picture = {"type": "image", "image": {"link": "https://shop.example/a.png"}}
    body = part("body", *words("a", "b"))
    button = part("buttons", {"type": "URL", "url": "4711"})
    header = part("header", picture, *words("h"))
    assert said(judge(filled("card", header, body, button), AWAY, PAGE, NOW)) == TAKEN
    assert said(judge(filled("card", header, body), AWAY, PAGE, NOW)) == WRONG
    plain = filled("shipped", part("header", picture), part("body", *words("1")))
    assert "is no picture" in sentence(judge(plain, AWAY, PAGE, NOW))
    start = day("2025-09-29")
    assert said(judge(filled("card", header, body, button), wrote(start - DAY), PAGE, start)) == (
        TAKEN
    )
    before = start - SECOND
    early = judge(filled("card", header, body, button), wrote(before - DAY), PAGE, before)
    assert "came only on 2025-09-29" in sentence(early)


def test_named_parameters_are_named_from_2026_03_06() -> None:
    def named(*names: str) -> Json:
        parameters = [{"type": "text", "text": "x", "parameter_name": n} for n in names]
        return filled("named", part("body", *parameters))

    assert said(judge(named("order", "day"), AWAY, PAGE, NOW)) == TAKEN
    assert said(judge(named("order", "order"), AWAY, PAGE, NOW)) == WRONG
    assert said(judge(named("order", "hour"), AWAY, PAGE, NOW)) == WRONG
    assert said(judge(filled("named", part("body", *words("1", "2"))), AWAY, PAGE, NOW)) == WRONG
    start = day("2026-03-06")
    person = wrote(start - DAY)
    assert said(judge(named("order", "day"), person, PAGE, start)) == TAKEN
    assert said(judge(named("order", "day"), person, PAGE, start - SECOND)) == WRONG


def test_a_templates_name_has_512_characters_at_most() -> None:
    page = replace(US, utility_templates=(replace(SHIPPED, name="n" * 512),))
    assert said(judge(filled("n" * 512), AWAY, page, NOW)) == TAKEN
    longer = judge(filled("n" * 513), AWAY, page, NOW)
    assert "513 characters" in sentence(longer)


@pytest.mark.parametrize(
    "body",
    [
        {**filled(), "messaging_type": "RESPONSE"},
        {**filled(), "messaging_type": "MESSAGE_TAG", "tag": "HUMAN_AGENT"},
        {**filled(), "recipient": {"comment_id": "c"}},
        text(messaging_type="UTILITY"),
        {k: v for k, v in filled().items() if k != "messaging_type"},
    ],
)
def test_the_type_the_template_and_the_person_go_together(body: Json) -> None:
    assert said(judge(body, AWAY, PAGE, NOW)) == WRONG


def test_a_template_does_not_begin_a_conversation_but_a_consent_is_one() -> None:
    assert said(judge(filled(), PersonFacts("1"), PAGE, NOW)) == OUTSIDE
    token = Token("tok", "t", NOW - DAY)
    assert said(judge(filled(), PersonFacts("1", tokens=(token,)), PAGE, NOW)) == TAKEN
    one = Subscription("sub", "t", NOW - DAY)
    assert said(judge(filled(), PersonFacts("1", subscriptions=(one,)), PAGE, NOW)) == TAKEN


@pytest.mark.parametrize(
    ("page", "body", "purpose", "objections"),
    [
        (PAGE, filled(), "account_update", []),
        (PAGE, filled(), "confirmed_event_update", []),
        (PAGE, filled(), None, []),
        (PAGE, filled(), "promotion", ["other_purpose_than_utility"]),
        (PAGE, filled(), "alert", ["other_purpose_than_utility"]),
        (
            PAGE,
            filled("shipped", part("body", *words("4711. Get 20% off your next one!"))),
            None,
            ["promotion_in_a_utility_parameter"],
        ),
        (
            replace(US, utility_templates=(replace(SHIPPED, words="Buy now, {{1}}"),)),
            filled(),
            None,
            ["promotion_in_a_utility_message"],
        ),
    ],
)
def test_a_reviewer_objects_to_promotion_in_a_template_or_put_into_it(
    page: PageFacts, body: Json, purpose: str | None, objections: list[str]
) -> None:
    verdict = judge(body, AWAY, page, NOW, purpose=purpose)
    assert verdict.accepted
    assert rules(verdict) == objections
