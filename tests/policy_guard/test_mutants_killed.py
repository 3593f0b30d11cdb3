"""What `python -m tests.mutants` found that nothing noticed, noticed.

The first half asks of every finding of every case row that it names the right source and what would
change it; the rest are single questions at edges that no row had.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime, time, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any

import pytest

from policy_guard import cases
from policy_guard.decide import decide
from policy_guard.decisions import (
    Decision,
    Finding,
    Hold,
    Refuse,
    Send,
    Whose,
    findings_of,
    name_of,
)
from policy_guard.durations import moment
from policy_guard.edition import Edition, known
from policy_guard.rules.grounds import window_open
from policy_guard.sentences import Said
from policy_guard.vocabulary import (
    Author,
    Feature,
    Message,
    Opener,
    OpenerKind,
    Page,
    Person,
    Purpose,
    Question,
    QuietHours,
    Settings,
    Token,
    TokenKind,
)

NOON = moment("2022-07-01T12:00:00Z")
SECOND, HOUR, DAY = timedelta(seconds=1), timedelta(hours=1), timedelta(days=1)
SKU, ALERT = "back_in_stock:sku-42", "delivery"
RECURRING = TokenKind.RECURRING
PAGE = Page(human_agent=True, one_time_notification=True, recurring_notifications=True)
TABLES = sorted((Path(__file__).parents[1] / "cases").glob("*.yaml"))


def wrote(ago: timedelta, **facts: Any) -> Person:
    at = NOON - ago
    facts.setdefault("last_message_at", at)
    return Person(openers=(Opener(OpenerKind.MESSAGE, at),), **facts)


IN_WINDOW, LONG_AGO = wrote(HOUR), wrote(timedelta(days=30))


def ask(person: Person, **more: Any) -> Question:
    settings, page = more.pop("settings", Settings()), more.pop("page", PAGE)
    at, unreadable = more.pop("at", NOON), more.pop("unreadable", ())
    return Question(at, Message(**more), person, page, known().at(at), settings, unreadable)


def found(decision: Decision, rule: str) -> Finding:
    """Return what one rule saw."""
    seen = (decision.reason, *findings_of(decision))
    (finding,) = (f for f in seen if f.rule == rule)
    return finding


# --- every finding of every row ------------------------------------------------------------------


def tag_source(q: Question) -> str | None:
    tag = q.edition.tag_for(q.message.purpose)
    return None if tag is None else tag.source


def promotes(q: Question) -> bool:
    return q.message.purpose is Purpose.PROMOTION


def window_source(q: Question) -> str | None:
    """Return the source of what holds the window open longest, or of the window itself."""
    ends: list[tuple[datetime, str]] = []
    for opener in q.person.openers:
        rule = q.edition.openers.get(opener.kind)
        if rule is None or (rule.needs_ref and not opener.ref):
            continue
        ends.append((min(opener.at, q.at) + q.edition.window, rule.source))
        counted = min(q.settings.ad_click_window, q.edition.ad_click_longest)
        after_ad = opener.kind is OpenerKind.AD_CLICK_MESSAGE
        if after_ad and opener.at >= q.edition.ad_click_since and counted > q.edition.window:
            ends.append((min(opener.at, q.at) + counted, q.edition.ad_click_source))
    return max(ends)[1] if ends else q.edition.window_source


def decisive_source(q: Question) -> str | None:
    """Return the source of the ground that is made for the purpose, or else the window's."""
    own = {Purpose.PROMOTION: "sponsored_message", Purpose.ALERT: "token_held"}
    rule = own.get(q.message.purpose, "tag_covers_purpose")
    (finding,) = (f for f in findings_of(decide(q)) if f.rule == rule)
    return expected_source(q, finding) or window_source(q)


def expected_source(q: Question, finding: Finding) -> str | None:
    """Return the source of the value that a finding is about, or else of its rule."""
    if finding.said.key == "otn_closed":
        return q.edition.one_time.closed_source
    return _its_own(q, finding) if finding.said.key in ABOUT else SOURCES[finding.rule](q)


SOURCES: dict[str, Callable[[Question], str | None]] = {
    "window_open": window_source,
    "tag_covers_purpose": tag_source,
    "template_approved": lambda q: q.edition.utility.source,
    "recurring_agreed": lambda q: q.edition.recurring.source,
    "private_reply_owed": lambda q: q.edition.private_reply.source,
    "plus_one_left": lambda q: q.edition.plus_one_source,
    "token_held": lambda q: q.edition.one_time.source,
    "sponsored_message": lambda q: q.edition.sponsored.source if promotes(q) else None,
    "notification_complete": lambda q: q.edition.one_time.source,
    "no_ground": decisive_source,
}
#: The value of a rule that each sentence is about, where it has a source of its own.
ABOUT = {
    "tag_needs_template": "template",
    "tag_parts": "template",
    "tag_closed": "closed_in",
    "tag_not_the_bots": "authors",
    "tag_not_approved": "needs",
    "tag_never_wrote": "within",
    "tag_too_late": "within",
    "otn_not_offered": "offered",
    "recurring_not_offered": "offered",
    "recurring_closed": "open_in",
    "recurring_not_begun": "new_businesses",
    "recurring_gap": "gap",
    "request_repeated": "same_title",
    "request_agreed": "same_title",
}
#: What would change each answer; a sentence that is not here has nothing to offer.
CHANGES = {
    **dict.fromkeys(("window_never", "window_closed", "window_margin"), "if_writes_or_taps"),
    **dict.fromkeys(("plus_one_never", "plus_one_used"), "if_writes_or_taps"),
    **dict.fromkeys(("tag_never_wrote", "tag_no_conversation"), "if_writes"),
    **dict.fromkeys(
        ("tag_parts", "plus_one_parts", "private_parts", "otn_parts"), "if_one_message"
    ),
    **dict.fromkeys(("recurring_parts", "utility_parts"), "if_one_message"),
    **dict.fromkeys(("private_used", "private_too_late"), "if_comments"),
    **dict.fromkeys(("otn_no_token", "otn_spent", "otn_expired"), "if_asks"),
    **dict.fromkeys(("recurring_no_token", "recurring_expired"), "if_agrees"),
    **dict.fromkeys(("stopped", "stopped_silent"), "if_start"),
    **dict.fromkeys(("cannot_be_reached", "waits", "waits_until"), "if_writes_again"),
    "tag_too_late": "if_writes_again",
    "tag_needs_template": "if_feedback_template",
    **dict.fromkeys(("tag_not_approved", "otn_not_permitted"), "if_approved"),
    "recurring_not_permitted": "if_approved",
    "utility_none_named": "if_template_named",
    "utility_closed": "if_utility_everywhere",
    "utility_not_approved": "if_template_approved",
    "utility_no_conversation": "if_writes",
    **dict.fromkeys(("recurring_gap", "request_repeated"), "if_later"),
    "ad_carries": "if_sponsored",
    "ad_gone": "if_marketing_api",
    "not_chosen": "if_chooses",
    "told_once": "if_asks_again",
    **dict.fromkeys(("page_restricted", "lane_stopped"), "if_lifted"),
    "paused": "if_resumes",
    "reads_as_promotion": "if_approves",
    "owned_by_other": "if_thread_back",
    "person_answers": "if_person_is_done",
}


def ad_would_open(q: Question) -> bool:
    """Tell whether the setting for clicks on ads alone keeps the window closed."""
    longest = replace(q.settings, ad_click_window=q.edition.ad_click_longest)
    return isinstance(window_open(replace(q, settings=longest)), Send)


PERMITTED = frozenset({"otn_not_permitted", "recurring_not_permitted"})


@lru_cache(maxsize=1)
def answered() -> tuple[tuple[cases.Row, Question, Decision], ...]:
    """Return every row with its question and its answer."""
    rows = (row for table in TABLES for row in cases.read_file(table))
    first = known().all[0].valid_from
    asked = ((row, cases.question_of(row, known())) for row in rows if row.at >= first)
    return tuple((row, question, decide(question)) for row, question in asked)


def findings() -> Iterator[tuple[cases.Row, Question, Finding]]:
    for row, question, decision in answered():
        for finding in (decision.reason, *findings_of(decision)):
            yield row, question, finding


def test_every_finding_of_every_row_names_the_source_of_its_rule() -> None:
    for row, question, finding in findings():
        if finding.rule in SOURCES:
            source = expected_source(question, finding)
            assert finding.source == source, (row.name, finding.rule)


def _its_own(q: Question, finding: Finding) -> str:
    """Return the source of the very value that a finding is about."""
    about = ABOUT[finding.said.key]
    if finding.rule == "tag_covers_purpose":
        tag = q.edition.tag_for(q.message.purpose)
        assert tag is not None
        return tag.source_of(about)
    once = finding.said.key.startswith("otn_")
    rule = q.edition.one_time if once else q.edition.recurring
    return rule.source_of(about)


def test_a_refused_request_and_a_closed_feature_name_the_source_of_their_rule() -> None:
    seen = set()
    for row, question, finding in findings():
        edition: Edition = question.edition
        if finding.rule == "request_allowed":
            is_once = question.message.template == "one_time_notif_req"
            expected = edition.one_time.source if is_once else edition.recurring.source
            if finding.said.key == "otn_closed":
                expected = edition.one_time.closed_source
            elif finding.said.key in ABOUT:
                expected = _its_own(question, finding)
            assert finding.source == expected, row.name
            seen.add(finding.rule)
        if finding.rule == "features_are_open":
            assert finding.source == edition.features[Feature.CUSTOMER_FEEDBACK].source, row.name
            seen.add(finding.rule)
    assert seen == {"request_allowed", "features_are_open"}


def test_every_finding_of_every_row_says_what_would_change_it() -> None:
    for row, question, finding in findings():
        change, expected = finding.change, CHANGES.get(finding.said.key)
        if finding.said.key in {"window_closed", "window_margin"} and ad_would_open(question):
            expected = "if_ad_click_window"
        if finding.said.key == "ad_gone" and not _marketing_open(question):
            expected = None  # what is not open there is not advised
        if expected == "if_asks" and not question.message.asked_once:
            expected = None  # a standing choice is not asked for
        if finding.said.key in PERMITTED and finding.rule != "request_allowed":
            expected = None  # a permission alone would not do: the person would have to ask
        assert (change.key if change else None) == expected, (row.name, finding.said.key)


def _marketing_open(q: Question) -> bool:
    rule = q.edition.marketing
    return rule.takes(q.page.region, q.person_region)


def test_every_answer_of_every_row_tells_what_each_ground_before_it_lacked() -> None:
    seen = 0
    for row, question, decision in answered():
        found_missing = [f.rule for f in findings_of(decision)]
        if decision.reason.rule in {"may_wait", "reply_needs_its_turn", "no_ground"}:
            assert len(found_missing) == 8, row.name
            seen += 1
        elif isinstance(decision, Send):
            place = [r.rule for r in findings_of(decide(_without_grounds(question)))]
            before = place[: place.index(decision.reason.rule)]
            told = zip(found_missing, before, strict=True)
            assert all(rule in {one, "lane_stopped"} for rule, one in told), row.name
            assert question.page.stopped or found_missing == before, row.name
    assert seen


def _without_grounds(q: Question) -> Question:
    """Return the question of somebody who never did anything."""
    person = Person(alerts=q.person.alerts, region=q.person.region)
    page = Page(region=q.page.region)
    message = replace(q.message, purpose=Purpose.PROMOTION, topic=None, template=None)
    return replace(q, person=person, page=page, message=message)


# --- single questions ----------------------------------------------------------------------------


def test_what_waits_ends_after_the_time_its_author_gave_counted_from_now_or_from_its_moment() -> (
    None
):
    waits = decide(ask(LONG_AGO, hold_for=3 * DAY))
    assert isinstance(waits, Hold)
    assert (waits.until, waits.expires_at) == (None, NOON + 3 * DAY)
    paused = decide(
        ask(replace(IN_WINDOW, paused_until=NOON + DAY), purpose=Purpose.PROMOTION, hold_for=HOUR)
    )
    assert isinstance(paused, Hold)
    assert (paused.until, paused.expires_at) == (NOON + DAY, NOON + DAY + HOUR)


def test_what_is_worth_nothing_later_is_refused_where_it_would_be_held_and_only_then() -> None:
    page = replace(PAGE, restricted=True)
    held = ask(IN_WINDOW, purpose=Purpose.PROMOTION, page=page, hold_for=SECOND)
    assert isinstance(decide(held), Hold)
    refused = decide(replace(held, message=replace(held.message, hold_for=timedelta(0))))
    assert isinstance(refused, Refuse)
    assert refused.reason.rule == "page_restricted"
    assert refused.reason.change is not None


def test_a_postponed_message_tells_what_the_grounds_before_its_own_lacked() -> None:
    token = Token("t1", SKU, NOON - DAY)
    person = replace(LONG_AGO, tokens=(token,), paused_until=NOON + DAY)
    decision = decide(ask(person, purpose=Purpose.ALERT, topic=SKU))
    assert isinstance(decision, Hold)
    assert [f.rule for f in decision.passed][:2] == ["window_open", "tag_covers_purpose"]
    assert "token_held" not in [f.rule for f in decision.passed]


# --- stops, alerts, things asked for once --------------------------------------------------------


def stopped(**more: Any) -> Decision:
    person = replace(IN_WINDOW, stopped=True, stopped_at=NOON - 2 * HOUR)
    return decide(ask(person, **more))


def test_who_stopped_and_wrote_again_is_answered_in_the_turn_and_not_beside_it() -> None:
    assert isinstance(stopped(), Send)
    beside = stopped(in_turn=False)
    assert isinstance(beside, Refuse)
    assert beside.reason.rule == "person_stopped"


def test_the_one_confirmation_of_a_stop_goes_although_nothing_was_written_since() -> None:
    person = replace(IN_WINDOW, stopped=True, stopped_at=NOON - HOUR)
    assert isinstance(decide(ask(person, confirms_stop=True)), Send)
    assert decide(ask(person)).reason.said.key == "stopped_silent"


def test_a_human_agent_answers_by_a_bots_hand_need_no_alert_but_other_topics_do() -> None:
    topical = ask(IN_WINDOW, purpose=Purpose.HUMAN_AGENT, topic=ALERT, author=Author.BOT)
    assert isinstance(decide(topical), Send)
    alert = replace(topical, message=replace(topical.message, purpose=Purpose.ALERT))
    assert decide(alert).reason.rule == "alert_chosen"


@pytest.mark.parametrize(
    ("more", "told"),
    [
        ({"purpose": Purpose.ALERT, "topic": SKU}, True),
        ({"purpose": Purpose.REPLY, "topic": SKU}, False),
        ({"purpose": Purpose.FEEDBACK, "topic": SKU}, False),
        ({"purpose": Purpose.NEWS, "topic": SKU}, True),
        ({"purpose": Purpose.ALERT, "topic": ALERT}, False),
    ],
)
def test_told_once_is_for_alerts_on_a_single_thing(more: dict[str, Any], told: bool) -> None:
    tokens = tuple(
        Token(f"t{n}", topic, NOON - DAY, fulfilled=True) for n, topic in enumerate((SKU, ALERT))
    )
    person = replace(IN_WINDOW, tokens=tokens, alerts=frozenset({ALERT}))
    rule = decide(ask(person, **more)).reason.rule
    assert (rule == "asked_once_told_once") is told


def test_a_standing_agreement_that_is_fulfilled_is_nothing_asked_for_once() -> None:
    standing = Token("r1", SKU, NOON - DAY, RECURRING, fulfilled=True)
    live = Token("t1", SKU, NOON - DAY)
    for tokens in ((standing,), (standing, live)):
        person = replace(IN_WINDOW, tokens=tokens)
        assert isinstance(decide(ask(person, purpose=Purpose.ALERT, topic=SKU)), Send)
    done = replace(live, fulfilled=True)
    agreed = replace(standing, fulfilled=False)
    person = replace(IN_WINDOW, tokens=(done, agreed))
    refused = decide(ask(person, purpose=Purpose.ALERT, topic=SKU))
    assert refused.reason.rule == "asked_once_told_once"


# --- while a person answers ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("more", "silent"),
    [
        ({}, True),
        ({"confirms_stop": True}, False),
        ({"confirms_order": True}, False),
        ({"confirms_stop": True, "in_turn": False}, True),
        ({"confirms_order": True, "in_turn": False}, True),
        ({"author": Author.HUMAN}, False),
    ],
)
def test_while_a_person_answers_the_bot_only_confirms_stop_and_start_in_their_turn(
    more: dict[str, Any], silent: bool
) -> None:
    person = replace(IN_WINDOW, human_until=NOON + SECOND)
    decision = decide(ask(person, **more))
    assert isinstance(decision, Hold if silent else Send)
    assert (decision.reason.rule == "person_answers") is silent
    assert isinstance(decide(ask(replace(person, human_until=NOON), **more)), Send)


# --- facts from the future, by name --------------------------------------------------------------


@pytest.mark.parametrize(
    ("facts", "named"),
    [
        ({"last_message_at": NOON + HOUR}, "person's last message"),
        ({"stopped_at": NOON + HOUR}, "person's STOP"),
        ({"openers": (Opener(OpenerKind.REACTION, NOON + HOUR),)}, "person's action (a reaction)"),
        ({"tokens": (Token("t1", SKU, NOON + HOUR),)}, f"token for `{SKU}`"),
        (
            {"tokens": (Token("t1", ALERT, NOON), Token("t2", SKU, NOON + HOUR))},
            f"token for `{SKU}`",
        ),
    ],
)
def test_a_fact_from_the_future_is_named(facts: dict[str, Any], named: str) -> None:
    person = replace(wrote(HOUR), **facts)
    reason = decide(ask(person)).reason
    assert (reason.rule, reason.whose) == ("nothing_from_the_future", Whose.OURS)
    assert named in reason.says
    what = dict(reason.said.values)["what"]
    assert isinstance(what, Said)
    assert what.text() == named
    assert f"un fait ({what.text('fr')}) est daté du" in reason.said.text("fr")


# --- templates and features ----------------------------------------------------------------------


def test_a_template_of_no_rules_of_its_own_asks_for_nothing() -> None:
    page = Page()
    assert isinstance(decide(ask(IN_WINDOW, page=page, template="generic")), Send)


def test_a_feedback_template_with_a_film_needs_both_features() -> None:
    page, at = Page(region="DE"), moment("2021-07-01T12:00:00Z")
    person = Person(openers=(Opener(OpenerKind.MESSAGE, at - HOUR),), last_message_at=at - HOUR)
    decision = decide(
        ask(
            person,
            at=at,
            page=page,
            purpose=Purpose.FEEDBACK,
            template="customer_feedback",
            features=frozenset({Feature.MEDIA}),
        )
    )
    assert decision.reason.rule == "features_are_open"
    assert dict(decision.reason.said.values)["feature"] is Feature.CUSTOMER_FEEDBACK
    later = moment("2021-10-01T12:00:00Z")
    person = Person(openers=(Opener(OpenerKind.MESSAGE, later - HOUR),), last_message_at=later)
    media = ask(
        person,
        at=later,
        page=page,
        purpose=Purpose.FEEDBACK,
        template="customer_feedback",
        features=frozenset({Feature.MEDIA}),
    )
    reason = decide(media).reason
    assert reason.rule == "features_are_open"
    assert dict(reason.said.values)["feature"] is Feature.MEDIA
    assert reason.source == media.edition.features[Feature.MEDIA].source


# --- grounds -------------------------------------------------------------------------------------


def test_the_tag_needs_its_template_only_where_it_has_one() -> None:
    buttons = ask(LONG_AGO, purpose=Purpose.ACCOUNT_UPDATE, template="generic")
    assert decide(buttons).reason.rule == "tag_covers_purpose"


def test_the_switch_that_closes_tags_in_europe_closes_them() -> None:
    at = moment("2021-01-15T12:00:00Z")
    person = Person(openers=(Opener(OpenerKind.MESSAGE, at - 3 * DAY),))
    page = Page(region="DE")
    question = ask(person, at=at, page=page, purpose=Purpose.ACCOUNT_UPDATE)
    assert isinstance(decide(question), Send)
    closed = replace(question, edition=known(frozenset({"europe_cuts_tags"})).at(at))
    lacking = found(decide(closed), "tag_covers_purpose")
    assert (lacking.said.key, lacking.change) == ("tag_closed", None)


#: A value of a tag's rule, a rule in which it decides, a question, and what is then said.
VALUES_OF_A_TAG: tuple[tuple[str, dict[str, Any], dict[str, Any], str], ...] = (
    ("accepted", {"accepted": False, "taken_before": True}, {}, "tag_refused"),
    ("accepted", {"accepted": False}, {}, "tag_not_yet"),
    ("template", {"template": "customer_feedback"}, {}, "tag_needs_template"),
    ("template", {"template": "generic"}, {"template": "generic", "parts": 2}, "tag_parts"),
    ("accepted", {}, {"template": "customer_feedback"}, "tag_wrong_template"),
    ("closed_in", {"closed_in": ("US",)}, {}, "tag_closed"),
    ("authors", {"authors": frozenset({Author.HUMAN})}, {}, "tag_not_the_bots"),
    ("needs", {"needs": "news_page_index"}, {}, "tag_not_approved"),
    ("within", {"within": 7 * DAY}, {}, "tag_too_late"),
    ("carries", {}, {}, "tag_carries"),
)


@pytest.mark.parametrize(
    ("value", "rule", "message", "key"), VALUES_OF_A_TAG, ids=[v[-1] for v in VALUES_OF_A_TAG]
)
def test_what_is_said_of_a_tag_names_the_source_of_the_value_it_is_about(
    value: str, rule: dict[str, Any], message: dict[str, Any], key: str
) -> None:
    question = ask(LONG_AGO, purpose=Purpose.ACCOUNT_UPDATE, **message)
    every = ("accepted", "template", "closed_in", "authors", "needs", "within", "carries")
    cites = {one: f"on_{one}" for one in every}
    tag = question.edition.carriers[Purpose.ACCOUNT_UPDATE]
    cited = replace(tag, taken_before=False, cites=cites)
    changed = replace(cited, **rule)
    edition = replace(question.edition, carriers={Purpose.ACCOUNT_UPDATE: changed})
    finding = found(decide(replace(question, edition=edition)), "tag_covers_purpose")
    assert (finding.said.key, finding.source) == (key, f"on_{value}")


def test_who_never_wrote_is_told_of_with_the_source_of_the_tags_time() -> None:
    tapped = Person(openers=(Opener(OpenerKind.POSTBACK, NOON - 30 * DAY),))
    question = ask(tapped, purpose=Purpose.ACCOUNT_UPDATE)
    tag = question.edition.carriers[Purpose.ACCOUNT_UPDATE]
    timed = replace(tag, within=7 * DAY, cites={"within": "on_within"})
    edition = replace(question.edition, carriers={Purpose.ACCOUNT_UPDATE: timed})
    finding = found(decide(replace(question, edition=edition)), "tag_covers_purpose")
    assert (finding.said.key, finding.source) == ("tag_never_wrote", "on_within")


def commented(ago: timedelta, **facts: Any) -> Person:
    return Person(openers=(Opener(OpenerKind.COMMENT, NOON - ago),), private_reply_id="c1", **facts)


def test_a_comment_is_answered_with_the_permission_it_gave_and_in_its_own_turn_only() -> None:
    answer = decide(ask(commented(DAY), in_turn=True))
    assert isinstance(answer, Send)
    assert (answer.ground, answer.token_id) == ("private_reply", "c1")
    assert answer.reason.source == known().at(NOON).private_reply.source
    beside = found(decide(ask(commented(DAY), in_turn=False)), "private_reply_owed")
    assert beside.said.key == "not_an_answer"
    assert beside.change is not None
    assert beside.change.key == "if_comments"


def test_a_token_pays_with_the_one_that_ends_first() -> None:
    older, newer = Token("t2", SKU, NOON - 3 * DAY), Token("t1", SKU, NOON - DAY)
    for tokens in ((older, newer), (newer, older)):
        person = replace(LONG_AGO, tokens=tokens)
        answer = decide(ask(person, purpose=Purpose.ALERT, topic=SKU))
        assert isinstance(answer, Send)
        assert (answer.ground, answer.token_id) == ("one_time_notification", "t2")


@pytest.mark.parametrize(
    ("tokens", "key"),
    [
        ((), "otn_no_token"),
        ((Token("t1", "back_in_stock:sku-7", NOON - DAY),), "otn_no_token"),
        ((Token("r1", SKU, NOON - DAY, RECURRING),), "otn_no_token"),
        ((Token("t1", SKU, NOON - DAY, spent=True),), "otn_spent"),
        ((Token("t1", SKU, NOON - 366 * DAY),), "otn_expired"),
        (
            (Token("t1", SKU, NOON - 366 * DAY), Token("t2", SKU, NOON - DAY, spent=True)),
            "otn_expired",
        ),
        (
            (
                Token("t1", SKU, NOON - DAY, spent=True),
                Token("t2", SKU, NOON - DAY, fulfilled=True),
            ),
            "otn_spent",
        ),
    ],
)
def test_why_there_is_no_token_is_told_exactly(tokens: tuple[Token, ...], key: str) -> None:
    person = replace(LONG_AGO, tokens=tokens)
    # a question about a visit, which no standing agreement carries
    decision = decide(ask(person, purpose=Purpose.FEEDBACK, topic=SKU))
    assert found(decision, "token_held").said.key == key


def test_an_expired_token_tells_the_last_day_of_all() -> None:
    tokens = tuple(Token(f"t{n}", SKU, NOON - n * DAY) for n in (366, 400))
    decision = decide(ask(replace(LONG_AGO, tokens=tokens), purpose=Purpose.ALERT, topic=SKU))
    assert dict(found(decision, "token_held").said.values)["at"] == NOON - DAY


def agreed(**facts: Any) -> Token:
    return Token("r1", ALERT, NOON - 30 * DAY, RECURRING, **facts)


def news(*tokens: Token, **more: Any) -> Decision:
    person = replace(LONG_AGO, tokens=tokens, alerts=frozenset({ALERT}))
    return decide(ask(person, purpose=Purpose.ALERT, topic=ALERT, **more))


def test_the_oldest_agreement_carries_and_is_named_on_the_wire() -> None:
    newer = Token("r0", ALERT, NOON - 2 * DAY, RECURRING)
    for tokens in ((agreed(), newer), (newer, agreed())):
        answer = news(*tokens)
        assert isinstance(answer, Send)
        assert (answer.ground, answer.token_id) == ("recurring_notification", "r1")


@pytest.mark.parametrize("used", ["spent", "fulfilled"])
def test_an_agreement_that_is_used_up_carries_nothing(used: str) -> None:
    lacking = found(news(agreed(**{used: True})), "recurring_agreed")
    assert lacking.said.key == "recurring_no_token"


def test_the_gap_is_counted_from_the_last_of_all_and_the_ground_opens_after_it() -> None:
    early, late = NOON - 20 * HOUR, NOON - 5 * HOUR
    first = agreed(last_used_at=early)
    second = Token("r2", ALERT, NOON - 9 * DAY, RECURRING, last_used_at=late)
    for tokens in ((first, second), (second, first)):
        lacking = found(news(*tokens), "recurring_agreed")
        assert (lacking.said.key, lacking.opens_at) == ("recurring_gap", late + DAY)
        assert dict(lacking.said.values)["at"] == late + DAY


def test_a_permission_for_one_message_has_no_gap_to_be_counted_from() -> None:
    once = Token("t1", SKU, NOON - DAY, last_used_at=NOON - HOUR)
    answer = news(agreed(), once)
    assert isinstance(answer, Send)
    assert (answer.ground, answer.token_id) == ("recurring_notification", "r1")


#: A value of the rule of a notification, a rule and a Page in which it decides, and what is said.
VALUES_OF_A_NOTIFICATION: tuple[tuple[str, str, dict[str, Any], bool, str], ...] = (
    ("one_time", "offered", {"offered": False}, True, "otn_not_offered"),
    ("recurring", "offered", {"offered": False}, True, "recurring_not_offered"),
    ("recurring", "open_in", {"open_in": ("JP",)}, True, "recurring_closed"),
    ("recurring", "new_businesses", {"new_businesses": False}, False, "recurring_not_begun"),
    ("recurring", "gap", {}, True, "recurring_gap"),
)


@pytest.mark.parametrize(
    ("kind", "value", "rule", "permitted", "key"),
    VALUES_OF_A_NOTIFICATION,
    ids=[v[-1] for v in VALUES_OF_A_NOTIFICATION],
)
def test_what_is_said_of_a_notification_names_the_source_of_the_value_it_is_about(
    kind: str, value: str, rule: dict[str, Any], permitted: bool, key: str
) -> None:
    edition = known().at(NOON)
    cites = {one: f"on_{one}" for one in ("offered", "open_in", "new_businesses", "gap")}
    changed = replace(getattr(edition, kind), cites=cites, **rule)
    person = replace(
        LONG_AGO, tokens=(agreed(last_used_at=NOON - HOUR),), alerts=frozenset({ALERT})
    )
    page = replace(PAGE, recurring_notifications=permitted)
    question = ask(person, page=page, purpose=Purpose.ALERT, topic=ALERT)
    decision = decide(replace(question, edition=replace(edition, **{kind: changed})))
    ground = "token_held" if kind == "one_time" else "recurring_agreed"
    finding = found(decision, ground)
    assert (finding.said.key, finding.source) == (key, f"on_{value}")


def test_an_ended_agreement_tells_the_last_end_of_all() -> None:
    ended = [agreed(expires_at=NOON - n * DAY) for n in (3, 1, 2)]
    lacking = found(news(*ended), "recurring_agreed")
    assert dict(lacking.said.values)["at"] == NOON - DAY


def test_without_a_topic_nothing_that_was_agreed_to_carries() -> None:
    person = replace(LONG_AGO, tokens=(agreed(), Token("t1", SKU, NOON - DAY)))
    decision = decide(ask(person, purpose=Purpose.ALERT))
    assert found(decision, "recurring_agreed").said.key == "recurring_no_topic"
    assert found(decision, "token_held").said.key == "otn_no_topic"


def test_who_only_agreed_to_something_has_a_conversation_for_a_tag() -> None:
    person = Person(tokens=(agreed(),))
    answer = decide(ask(person, purpose=Purpose.ACCOUNT_UPDATE))
    assert isinstance(answer, Send)
    assert answer.ground == "tag:ACCOUNT_UPDATE"


# --- waiting until a ground opens ----------------------------------------------------------------


def waiting(used_ago: timedelta, hold_for: timedelta | None, **more: Any) -> Decision:
    return news(agreed(last_used_at=NOON - used_ago), hold_for=hold_for, **more)


def test_what_may_wait_waits_for_the_moment_at_which_a_ground_opens() -> None:
    decision = waiting(20 * HOUR, DAY)
    assert isinstance(decision, Hold)
    assert decision.reason.said.key == "waits_until"
    assert (decision.reason.rule, decision.reason.whose) == ("may_wait", Whose.PLATFORM)
    assert decision.reason.change is not None
    assert decision.until == NOON + 4 * HOUR
    assert decision.expires_at == NOON + 4 * HOUR + DAY


@pytest.mark.parametrize(
    ("keep", "until"),
    [(4 * HOUR - SECOND, None), (4 * HOUR, None), (4 * HOUR + SECOND, NOON + 4 * HOUR)],
)
def test_it_waits_for_that_moment_only_where_it_is_kept_longer(
    keep: timedelta, until: datetime | None
) -> None:
    decision = waiting(20 * HOUR, keep, settings=Settings(hold_for=9 * DAY))
    assert isinstance(decision, Hold)
    assert decision.until == until


def test_an_answer_too_waits_for_that_moment_as_long_as_the_settings_say() -> None:
    person = replace(LONG_AGO, tokens=(agreed(last_used_at=NOON - 20 * HOUR),))
    question = ask(person, topic=ALERT, settings=Settings(hold_for=4 * HOUR + SECOND))
    rule = replace(question.edition.recurring, serves=frozenset({Purpose.REPLY}))
    decision = decide(replace(question, edition=replace(question.edition, recurring=rule)))
    assert isinstance(decision, Hold)
    assert (decision.reason.said.key, decision.until) == ("waits_until", NOON + 4 * HOUR)


def test_what_may_not_wait_is_refused_although_a_ground_opens_later() -> None:
    for hold_for in (None, timedelta(0)):
        assert isinstance(waiting(20 * HOUR, hold_for), Refuse)
    assert isinstance(waiting(20 * HOUR, SECOND), Hold)


def test_an_answer_waits_unless_its_author_says_that_it_is_worth_nothing_later() -> None:
    assert isinstance(decide(ask(LONG_AGO)), Hold)
    assert isinstance(decide(ask(LONG_AGO, hold_for=timedelta(0))), Refuse)


def test_only_an_answer_needs_the_turn_that_it_answers() -> None:
    person = replace(LONG_AGO, alerts=frozenset({ALERT}))
    update = ask(person, purpose=Purpose.ALERT, topic=ALERT, in_turn=False, hold_for=DAY)
    assert decide(update).reason.rule == "may_wait"
    kept_for_nothing = replace(update, message=replace(update.message, hold_for=None))
    assert decide(kept_for_nothing).reason.rule == "no_ground"


def test_what_is_no_answer_is_told_how_to_be_declared() -> None:
    refused = decide(ask(LONG_AGO, in_turn=False))
    assert (name_of(refused), refused.reason.rule) == ("refuse", "reply_needs_its_turn")
    assert refused.reason.change is not None
    assert refused.reason.change.key == "if_purpose"


@pytest.mark.parametrize(
    ("hold_for", "decided"), [(None, "hold"), (SECOND, "hold"), (timedelta(0), "refuse")]
)
def test_what_is_worth_nothing_later_does_not_wait_for_a_stopped_lane(
    hold_for: timedelta | None, decided: str
) -> None:
    page = replace(PAGE, stopped=frozenset({"tag:ACCOUNT_UPDATE"}))
    answer = decide(ask(LONG_AGO, page=page, purpose=Purpose.ACCOUNT_UPDATE, hold_for=hold_for))
    assert (name_of(answer), answer.reason.rule) == (decided, "lane_stopped")


# --- utility -------------------------------------------------------------------------------------

LATE = moment("2026-05-01T12:00:00Z")


def update(**more: Any) -> Decision:
    wrote_at = LATE - 3 * DAY
    person = Person(openers=(Opener(OpenerKind.MESSAGE, wrote_at),), last_message_at=wrote_at)
    more.setdefault("utility_template", "shipped")
    page = Page(utility_templates=("shipped",))
    more.setdefault("at", LATE)
    return decide(ask(person, page=page, purpose=Purpose.POST_PURCHASE_UPDATE, **more))


def test_a_template_with_an_empty_parameter_names_the_first_and_does_not_go() -> None:
    assert isinstance(update(), Send)
    lacking = found(update(unfilled=("order_id", "day")), "template_approved")
    assert (lacking.said.key, dict(lacking.said.values)["missing"]) == (
        "utility_unfilled",
        "order_id",
    )
    assert lacking.change is not None
    assert lacking.change.key == "if_filled"
    assert found(update(unfilled=("day",)), "template_approved").said.key == "utility_unfilled"


def test_a_template_has_to_be_named() -> None:
    lacking = found(update(utility_template=None), "template_approved")
    assert lacking.said.key == "utility_none_named"


# --- quiet hours ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("hours", "at", "until"),
    [
        (("12:00", "14:00"), "11:59:59", None),
        (("12:00", "14:00"), "12:00:00", "14:00:00"),
        (("12:00", "14:00"), "13:59:59", "14:00:00"),
        (("12:00", "14:00"), "14:00:00", None),
        (("12:00", "12:00"), "12:00:00", None),
        (("12:00", "12:00"), "18:00:00", None),
    ],
)
def test_quiet_hours_include_their_start_and_exclude_their_end(
    hours: tuple[str, str], at: str, until: str | None
) -> None:
    quiet = QuietHours(*(time.fromisoformat(h) for h in hours))
    now = moment(f"2022-07-01T{at}Z")
    opened = Opener(OpenerKind.MESSAGE, now - HOUR)
    person = Person(openers=(opened,), last_message_at=opened.at)
    settings = Settings(quiet_hours=quiet)
    decision = decide(ask(person, at=now, purpose=Purpose.PROMOTION, settings=settings))
    if until is None:
        assert isinstance(decision, Send)
    else:
        assert isinstance(decision, Hold)
        assert decision.until == moment(f"2022-07-01T{until}Z")


# --- the window ----------------------------------------------------------------------------------


def test_a_message_after_an_ad_before_the_first_day_has_the_standard_window_later_too() -> None:
    first = moment("2026-09-28T00:00:00Z")
    settings = Settings(window_margin=timedelta(0), ad_click_window=7 * DAY)
    for clicked, goes in ((first - SECOND, False), (first, True)):
        person = Person(openers=(Opener(OpenerKind.AD_CLICK_MESSAGE, clicked),))
        at = first + 2 * DAY
        decision = decide(ask(person, at=at, purpose=Purpose.PROMOTION, settings=settings))
        assert isinstance(decision, Send) is goes


@pytest.mark.parametrize(
    ("before_its_end", "advised"),
    [(301 * SECOND, True), (300 * SECOND, False), (299 * SECOND, False), (-SECOND, False)],
)
@pytest.mark.parametrize("beside", [(), (Opener(OpenerKind.POSTBACK, NOON),)])
def test_the_setting_for_clicks_on_ads_is_advised_until_our_margin_before_the_seven_days_end(
    before_its_end: timedelta, advised: bool, beside: tuple[Opener, ...]
) -> None:
    clicked = moment("2026-10-01T12:00:00Z")
    person = Person(openers=(*beside, Opener(OpenerKind.AD_CLICK_MESSAGE, clicked)))
    at = clicked + 7 * DAY - before_its_end
    decision = decide(ask(person, at=at, purpose=Purpose.PROMOTION))
    change = found(decision, "window_open").change
    assert change is not None
    assert change.key == ("if_ad_click_window" if advised else "if_writes_or_taps")


def test_an_answer_that_cannot_wait_is_refused_with_the_source_of_the_window() -> None:
    never, closed = Person(), Person(openers=(Opener(OpenerKind.REACTION, NOON - 9 * DAY),))
    for person in (never, closed):
        q = ask(person, hold_for=timedelta(0))
        refused = decide(q)
        assert refused.reason.rule == "no_ground"
        assert refused.reason.source == window_source(q)
    assert window_source(ask(never)) != window_source(ask(closed))


def test_of_two_actions_at_one_moment_the_first_that_is_listed_is_named() -> None:
    at = NOON - HOUR
    kinds = (OpenerKind.MESSAGE, OpenerKind.POSTBACK)
    named = set()
    for order in (kinds, kinds[::-1]):
        person = Person(openers=tuple(Opener(kind, at) for kind in order))
        named.add(str(dict(decide(ask(person)).reason.said.values)["opener"]))
    assert len(named) == 1


def test_who_is_outside_is_told_in_both_languages() -> None:
    at = LATE
    opened = (Opener(OpenerKind.MESSAGE, at - 3 * DAY),)
    for page, region, english, french in (
        ("DE", "US", "the Page", "la Page"),
        ("US", "DE", "the person", "la personne"),
    ):
        person = Person(openers=opened, region=region)
        there = Page(region=page, utility_templates=("shipped",))
        question = ask(
            person,
            at=at,
            page=there,
            purpose=Purpose.POST_PURCHASE_UPDATE,
            utility_template="shipped",
        )
        said = found(decide(question), "template_approved").said
        assert f"{english} " in said.text()
        assert f"{french} " in said.text("fr")
