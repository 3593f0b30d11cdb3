"""What the sentences of `explain` say, from rows made by hand: no store, no clock."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timezone
from pathlib import Path
from string import Formatter
from typing import Any

import pytest

from policy_guard import cli, decisions, explain, send_states, settings
from policy_guard.cases import answer, read_row
from policy_guard.catalogue import Catalogue
from policy_guard.edition import known
from policy_guard.explain_words import WORDS
from policy_guard.guard import Guard
from policy_guard.journal import Entry
from policy_guard.people import PAGE_ID
from policy_guard.people_rows import Who
from policy_guard.sends import Outgoing, PartRow, SendRow
from policy_guard.sql_store import SqlStore, set_meta
from policy_guard.vocabulary import Message, Page, Purpose, Settings

ROOT = Path(__file__).parents[2]
WHO = Who("page-1", "anna")
TOPIC = "back_in_stock:sku-42"
AT = datetime(2026, 5, 9, 12, tzinfo=timezone.utc)


def decided(**row: Any) -> dict[str, Any]:
    """Return the decision on a question at AT, as the store keeps it."""
    question = {"at": AT.isoformat(), "message": {}, **row}
    return decisions.as_dict(answer(read_row(question, question_only=True)))


def paid_by_token() -> dict[str, Any]:
    return decided(
        message={"purpose": "alert", "topic": TOPIC},
        person={
            "opened": {"by": "message", "at": "2026-05-01T12:00:00Z"},
            "tokens": [{"topic": TOPIC, "granted_at": "2026-05-01T12:00:00Z"}],
        },
        page={"one_time_notification": True},
    )


def row(decision: Mapping[str, Any], state: str = "sent", **changes: Any) -> SendRow:
    plain = SendRow(
        id="snd_1",
        who=WHO,
        turn_key="turn",
        ordinal=0,
        state=state,
        message=Message(purpose=Purpose.ALERT, topic=TOPIC),
        parts=({},),
        single=None,
        utility=None,
        text="It is back.",
        response="utter_back_in_stock",
        decision=decision,
        ground=decision["ground"],
        token_id=decision["token"],
        created_at=AT,
        decided_at=AT,
        not_before=None,
        expires_at=None,
        seq=1,
        lane="live",
        claimed_by=None,
        lease_until=None,
        why=None,
        halted_by=None,
        probes=(),
    )
    return replace(plain, **changes)


def line(what: str, number: int = 1, **data: Any) -> Entry:
    return Entry(number, AT, "page-1", "anna", "snd_1", what, data)


def told(
    send: SendRow, *entries: Entry, parts: tuple[PartRow, ...] = (), language: str = "en"
) -> str:
    story = explain.story_of(send, parts, entries)
    return "\n".join(explain.sentences(story, known(), language))


def told_in_french(send: SendRow, *entries: Entry, parts: tuple[PartRow, ...] = ()) -> str:
    return told(send, *entries, parts=parts, language="fr")


def test_a_paid_alert_is_told_from_declaration_to_arrival() -> None:
    """One story has what, to whom, when, by which rules, why, at what price, and the outcome."""
    part = PartRow("snd_1", 0, {}, "sent", "snd_1.0.x", "m_1", None, None, 1, False)
    said = told(
        row(paid_by_token()),
        line("decided", **paid_by_token()),
        line("sent", 2, part=0, mid="m_1", told_by="answered"),
        parts=(part,),
    )

    assert "The response `utter_back_in_stock`, with the purpose `alert` and the topic" in said
    assert f"the topic `{TOPIC}`, was for the person `anna`." in said
    assert 'It says: "It is back."' in said
    assert (
        "At 2026-05-09 12:00:00 UTC it was decided to send it on the ground "
        "`one_time_notification`, under the edition 2026-04-27, last checked on "
        f"{known().at(AT).checked_on}." in said
    )
    assert (
        "The rule `token_held`, a rule of the platform, gave the reason: the person asked" in said
    )
    assert "It is paid with the single-use permission `t1`." in said
    assert "- `window_open`, a rule of the platform: the standard messaging window closed" in said
    assert "message 1 arrived as `m_1`, told by the platform's answer" in said
    assert said.endswith("Now it has arrived (`m_1`).")


def test_what_the_ground_may_carry_is_told_in_the_platforms_terms() -> None:
    paid = explain.sentences(explain.story_of(row(paid_by_token()), (), ()), known())
    assert any(
        s.startswith("What goes on this ground may be: one message on the topic") for s in paid
    )
    assert any(s.startswith("It may not be: another topic than the one agreed to") for s in paid)


def test_inside_the_window_no_terms_of_a_ground_are_told() -> None:
    free = decided(person={"opened": {"by": "message", "at": AT.isoformat()}})
    told = explain.sentences(explain.story_of(row(free), (), ()), known())
    assert not any(s.startswith("What goes on this ground") for s in told)


def test_a_tags_terms_are_told_in_french_too() -> None:
    tagged = decided(
        message={"purpose": "human_agent"},
        author="human",
        person={"opened": {"by": "message", "at": "2026-05-06T12:00:00Z"}},
        page={"human_agent": True},
    )
    told = explain.sentences(explain.story_of(row(tagged), (), ()), known(), "fr")
    assert any("peut pas être : des messages automatiques ; ce dont la" in s for s in told)


def test_the_source_of_the_rule_has_title_address_and_date() -> None:
    source = known().at(AT).sources[str(paid_by_token()["source"])]

    assert (
        f"Source: {source.title} <{source.address}>, read {source.read_on.isoformat()}."
        in told(row(paid_by_token())).splitlines()
    )


def test_a_refusal_lists_what_every_ground_lacked_and_what_would_change_it() -> None:
    refused = decided(message={"purpose": "post_purchase_update"})
    said = told(row(refused, "refused"))

    assert refused["decision"] == "refuse"
    assert "it was decided to refuse it, under the edition 2026-04-27" in said
    assert "What every ground lacked:" in said
    assert "- `tag_covers_purpose`" in said
    assert "the platform refuses the tag POST_PURCHASE_UPDATE since 2026-04-27" in said
    assert "What would change the answer:\n- the person writes or taps something" in said
    assert said.endswith("Now it was refused, and nothing of it has left.")


def test_a_choice_of_the_person_is_not_called_a_rule_of_the_platform() -> None:
    refused = decided(message={"purpose": "promotion"}, person={"stopped": True})
    said = told(row(refused, "refused"))

    assert "`person_stopped`, our own caution or the person's choice, gave the reason" in said
    assert "No ground was asked for: this rule comes before all of them." in said
    assert "Source:" not in said


def test_a_refusal_before_all_grounds_tells_what_they_would_have_said() -> None:
    person = {"stopped": True, "opened": {"by": "message", "at": "2026-05-09T11:00:00Z"}}
    refused = decided(message={"purpose": "promotion"}, person=person)
    said = told(row(refused, "refused"))

    assert (refused["rule"], refused["findings"]) == ("person_stopped", [])
    assert (
        "What the other grounds would have said:\n- `window_open`, a rule of the platform: it "
        "would have carried the message, as the standard messaging window is open until" in said
    )
    assert "- `tag_covers_purpose`, a rule of the platform: no message tag carries" in said
    assert "il aurait porté le message, car la fenêtre" in told_in_french(row(refused, "refused"))


@pytest.mark.parametrize("language", ["en", "fr"])
def test_what_a_store_keeps_tells_the_same_as_the_whole(language: str) -> None:
    person = {"stopped": True, "opened": {"by": "message", "at": "2026-05-09T11:00:00Z"}}
    for question in (
        {"message": {"purpose": "promotion"}, "person": person},
        {"person": {"opened": person["opened"]}},
        {"page": {"restricted": True}, "message": {"purpose": "promotion"}, "person": person},
    ):
        data = read_row({"at": AT.isoformat(), "message": {}, **question}, question_only=True)
        whole, kept = decisions.as_dict(answer(data)), decisions.to_keep(answer(data))
        assert told(row(kept), language=language) == told(row(whole), language=language)
        assert len(json.dumps(kept)) < len(json.dumps(whole))


def test_a_ground_that_another_version_wrote_of_is_told_by_its_key() -> None:
    found = {"rule": "of_another_version", "said": {"key": "words_of_its_own"}}
    sent = {**paid_by_token(), "unasked": [found]}

    assert "- `of_another_version`, a rule of the platform: `words_of_its_own`" in told(row(sent))


def test_on_facts_that_cannot_be_read_no_ground_is_told_of() -> None:
    ahead = {"opened": {"by": "message", "at": "2026-05-10T12:00:00Z"}}
    refused = decided(person=ahead)

    assert (refused["rule"], refused["unasked"]) == ("nothing_from_the_future", [])
    assert "What the other grounds" not in told(row(refused, "refused"))


def test_a_hold_says_until_when_and_how_long_at_most() -> None:
    held = decided()
    send = row(held, "held", expires_at=datetime.fromisoformat(str(held["expires_at"])))
    said = told(send)

    assert "it was decided to hold it" in said
    assert "It waits until the person writes, at the latest until 2026-05-11 12:00:00 UTC." in said
    assert said.endswith(
        "Now it is held until the person writes, at the latest until 2026-05-11 12:00:00 UTC."
    )


def test_a_hold_for_quiet_hours_does_not_claim_that_no_ground_was_asked_for() -> None:
    """The window was open, the wait is ours: there is no list of lacks and no false sentence."""
    held = decided(
        message={"purpose": "alert", "topic": TOPIC},
        person={"opened": {"by": "message", "at": "2026-05-09T11:00:00Z"}},
        settings={"quiet_hours": "11:30-13:00"},
    )
    until = datetime.fromisoformat(str(held["until"]))
    said = told(row(held, "held", not_before=until))

    assert (held["rule"], held["findings"]) == ("quiet_hours", [])
    assert "It waits until 2026-05-09 13:00:00 UTC" in said
    assert "No ground" not in said
    assert "lacked" not in said
    assert "- `window_open`, a rule of the platform: it would have carried the message, as" in said


def test_a_send_names_the_grounds_asked_before_its_own_and_those_after_it() -> None:
    said = told(row(paid_by_token()))

    assert "What the grounds asked before it lacked:\n- `window_open`" in said
    assert "What the other grounds would have said:\n- `sponsored_message`" in said
    assert "What every ground lacked:" not in said


def agreed() -> dict[str, Any]:
    return decided(
        message={"purpose": "promotion", "topic": "news"},
        person={
            "alerts": ["news"],
            "opened": {"by": "message", "at": "2026-04-20T12:00:00Z"},
            "tokens": [
                {
                    "topic": "news",
                    "kind": "recurring_notification",
                    "granted_at": "2026-01-01T00:00:00Z",
                }
            ],
        },
        page={"recurring_notifications": True, "region": "FR"},
    )


def test_a_standing_agreement_is_not_called_single_use() -> None:
    assert agreed()["ground"] == "recurring_notification"
    said, french = told(row(agreed())), told_in_french(row(agreed()))

    assert "It rests on the standing agreement `t1`, which may serve again later." in said
    assert "single-use" not in said
    assert "Il repose sur l'accord durable `t1`, qui pourra servir de nouveau." in french
    assert "usage unique" not in french


UPDATE = {"purpose": "post_purchase_update", "topic": "delivery"}
CHOSE = {"alerts": ["delivery"], "opened": {"by": "message", "at": "2026-05-09T11:00:00Z"}}


@pytest.mark.parametrize(
    ("question", "rule", "english", "french"),
    [
        (
            {"message": UPDATE, "person": CHOSE, "page": {"restricted": True}},
            "page_restricted",
            "until the restriction is lifted",
            "que la restriction soit levée",
        ),
        (
            {"message": UPDATE, "person": CHOSE, "page": {"thread_owner": "other"}},
            "thread_is_ours",
            "until the conversation comes back to us",
            "que la conversation nous revienne",
        ),
        (
            {"message": UPDATE, "person": CHOSE, "page": {"stopped": ["standard_window"]}},
            "lane_stopped",
            "until the platform takes it again",
            "que la plateforme le prenne de nouveau",
        ),
        (
            {
                "at": "2026-03-09T12:00:00Z",
                "message": {**UPDATE, "promotional": True},
                "person": {
                    "alerts": ["delivery"],
                    "opened": {"by": "message", "at": "2026-03-01T12:00:00Z"},
                },
                "settings": {"promotional_wording": "hold"},
            },
            "wording_reads_as_promotion",
            "until the person writes, or somebody approves its words",
            "que la personne écrive, ou que quelqu'un approuve ses mots",
        ),
    ],
    ids=lambda value: value if isinstance(value, str) and "_" in value else "",
)
def test_a_hold_says_what_it_waits_for(
    question: dict[str, Any], rule: str, english: str, french: str
) -> None:
    held = decided(**question)
    send = row(held, "held", expires_at=datetime.fromisoformat(str(held["expires_at"])))

    assert (held["decision"], held["rule"], held["until"]) == ("hold", rule, None)
    assert f"It waits {english}, at the latest" in told(send)
    assert f"Now it is held {english}, at the latest" in told(send)
    assert f"Il attend {french}, au plus tard" in told_in_french(send)


def test_a_tags_terms_hold_the_ban_that_is_common_to_all_tags() -> None:
    tagged = decided(
        at="2026-03-09T12:00:00Z",
        message=UPDATE,
        person={"alerts": ["delivery"], "opened": {"by": "message", "at": "2026-03-01T12:00:00Z"}},
    )
    said = told(row(tagged))

    assert tagged["ground"] == "tag:POST_PURCHASE_UPDATE"
    assert "What goes on this ground may be: the confirmation of a purchase" in said
    assert "; deals, offers, coupons, discounts or any other promotion." in said
    assert "promotes nothing" in said


# -- sources --------------------------------------------------------------------------------------

AD = {"opened": {"by": "ad_click_message", "at": "2026-11-25T12:00:00Z"}}


def test_the_longer_window_after_an_ad_cites_the_page_that_gives_it() -> None:
    at = "2026-11-27T12:00:00Z"
    sent = decided(at=at, person=AD, settings={"ad_click_window": "7d"})
    said, french = (told(row(sent), language=one) for one in ("en", "fr"))

    assert (sent["ground"], sent["source"]) == ("standard_window", "policy_2026_09")
    assert "until 2026-12-02 12:00:00 UTC (the first message after a click on an ad)" in said
    assert "Source: Messenger Platform policy, as it stood on 2026-09-28" in said
    assert "(le premier message après un clic sur une publicité)" in french


def test_a_window_that_only_a_setting_keeps_closed_says_so() -> None:
    """Two days after the click: `settings.ad_click_window` alone would open it, until day seven."""
    held = decided(at="2026-11-27T12:00:00Z", person=AD)
    late = decided(at="2026-12-02T12:00:00Z", person=AD)
    change = (
        "the person writes or taps something, or `settings.ad_click_window` counts on the 7 days "
        "that may follow a click on an ad"
    )

    assert (held["decision"], held["source"]) == ("hold", None)
    assert change in held["would_change"]
    assert late["decision"] == "hold"
    assert change not in late["would_change"]


def test_an_open_window_cites_what_says_that_the_persons_action_opens_it() -> None:
    opened = {"by": "reaction", "at": "2026-05-09T11:00:00Z"}

    assert decided(person={"opened": opened})["source"] == "policy"


@pytest.mark.parametrize(
    ("message", "source"),
    [
        ({"purpose": "post_purchase_update"}, "changelog_tags"),
        ({"purpose": "promotion"}, "sponsored_end"),
        ({"purpose": "alert", "topic": TOPIC}, "faq"),
        ({"purpose": "human_agent"}, "send_api"),
        ({"purpose": "reply", "in_turn": False}, None),
    ],
    ids=lambda value: value["purpose"] if isinstance(value, dict) else "",
)
def test_a_refusal_cites_the_source_of_the_ground_made_for_its_purpose(
    message: dict[str, Any], source: str | None
) -> None:
    """Not that of the window, which was only the first to be asked."""
    in_turn = message.pop("in_turn", True)
    data = read_row({"at": AT.isoformat(), "message": message}, question_only=True)
    topic = {message["topic"]} if "topic" in message else set()
    asked = replace(
        data,
        message=replace(data.message, in_turn=in_turn),
        person=replace(data.person, alerts=frozenset(topic)),
    )
    refused = decisions.as_dict(answer(asked))

    assert refused["decision"] == "refuse"
    assert refused["source"] == source


def test_that_an_ad_is_not_for_something_is_nobodys_word() -> None:
    refused = decided(message={"purpose": "post_purchase_update"})
    (ad,) = [found for found in refused["findings"] if found["rule"] == "sponsored_message"]

    assert (ad["said"]["key"], ad["source"]) == ("ad_not_for_this", None)


# -- what is assumed ------------------------------------------------------------------------------


def under(*switches: str, **question: Any) -> dict[str, Any]:
    data = read_row({"at": AT.isoformat(), "message": {}, **question}, question_only=True)
    return decisions.as_dict(answer(data, known(frozenset(switches))))


TAGGED = {
    "at": "2026-03-09T12:00:00Z",
    "message": UPDATE,
    "person": {"alerts": ["delivery"], "opened": {"by": "message", "at": "2026-03-01T12:00:00Z"}},
}


def test_what_a_switch_lets_through_is_told_as_assumed() -> None:
    said, french = (told(row(under(**TAGGED)), language=one) for one in ("en", "fr"))

    assert (
        "This is assumed, because the switch `tags_end_2026_02_10` is off (the three update tags "
        "are accepted until the day the platform names, 2026-04-27)." in said
    )
    assert "Source: Send API reference" in said
    assert "C'est une hypothèse, parce que l'interrupteur `tags_end_2026_02_10` est é" in french
    assert not ENGLISH.search(words_of(french)), french


def test_a_switch_that_is_on_is_named_in_place_of_a_source_that_does_not_say_it() -> None:
    refused = under("tags_end_2026_02_10", **TAGGED)
    lines = told(row(refused, "refused")).splitlines()
    (tag,) = [one for one in lines if one.startswith("- `tag_covers_purpose`")]

    assert refused["decision"] == "refuse"
    assert tag.endswith(
        "refuses the tag POST_PURCHASE_UPDATE since 2026-02-10 [assumed, because the switch "
        "`tags_end_2026_02_10` is on (they are refused from 2026-02-10 on, when users saw them "
        "called deprecated)]"
    )
    assert "This is assumed, because the switch `tags_end_2026_02_10` is on" in "".join(lines)
    assert not any(one.startswith("Source:") for one in lines)


def test_a_reason_that_rests_on_a_switch_that_is_on_cites_no_source() -> None:
    opened = {"by": "comment", "at": "2026-05-09T11:00:00Z"}
    sent = under("comment_opens", person={"opened": opened})
    said = told(row(sent))

    assert (sent["ground"], sent["assumes"]) == (
        "standard_window",
        [{"switch": "comment_opens", "on": True}],
    )
    assert "This is assumed, because the switch `comment_opens` is on (it opens" in said
    assert "Source:" not in said


def test_what_rests_on_no_switch_is_not_called_assumed() -> None:
    sent = under(person={"opened": {"by": "message", "at": "2026-05-09T11:00:00Z"}})
    reason = told(row(sent)).split("What the other grounds")[0]

    assert sent["assumes"] == []
    assert "assumed" not in reason


def test_a_store_that_kept_no_assumptions_is_explained_without_them() -> None:
    kept = {k: v for k, v in under(**TAGGED).items() if k not in {"assumes", "unasked"}}
    bare = [{k: v for k, v in f.items() if k != "assumes"} for f in kept["findings"]]
    said = told(row({**kept, "findings": bare}))

    assert "assumed" not in said
    assert "What the other grounds" not in said


def test_a_moment_before_the_first_edition_is_told_as_such() -> None:
    before = datetime(2017, 12, 31, tzinfo=timezone.utc)
    refused = decided(at=before.isoformat())
    send = row(refused, "refused", decided_at=before)

    assert "under no edition of the platform's rules." in told(send)
    assert "reason: no edition covers `2017-12-31 00:00:00 UTC`: the first is 2018" in told(send)
    assert "The rules name nothing that would change the answer." in told(send)
    assert "raison : aucune édition ne couvre `2017-12-31 00:00:00 UTC`" in told_in_french(send)


def test_an_edition_that_this_program_does_not_have_is_named_and_nothing_is_invented() -> None:
    """A store may have been written by a newer program."""
    foreign = {**paid_by_token(), "edition": "2031-01-01"}
    said = told(row(foreign))

    assert "under the edition 2031-01-01, which this program does not have." in said
    assert f"Source: `{foreign['source']}`, which this program does not describe." in said
    assert explain.as_dict(explain.story_of(row(foreign), (), ()), known())["edition"] is None


def test_a_line_of_the_journal_with_a_decision_is_explained_by_that_decision() -> None:
    """What was decided first is not hidden by what was decided when it was asked again."""
    first = line("decided", **decided())
    send = row(paid_by_token(), decided_at=datetime(2026, 5, 10, tzinfo=timezone.utc))

    by_line = explain.story_of(send, (), (first,), first)
    by_send = explain.story_of(send, (), (first,))

    assert (by_line.decision["decision"], by_line.decided_at) == ("hold", AT)
    assert (by_send.decision["decision"], by_send.decided_at) == ("send", send.decided_at)


def test_a_line_about_an_outcome_is_explained_by_the_decision_in_force() -> None:
    outcome = line("sent", part=0, mid="m_1", told_by="echo")

    assert explain.story_of(row(paid_by_token()), (), (), outcome).decision["decision"] == "send"


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        (
            line("decided", **decided()),
            "decided to hold it: no ground is open now; it is kept until the person writes "
            "(rule `may_wait`)",
        ),
        (
            line("asked_again", why="the person wrote", **paid_by_token()),
            "asked again (the person wrote): to send it on the ground `one_time_notification`: "
            f"the person asked once to be told of `{TOPIC}` (rule `token_held`)",
        ),
        (
            line("sent", part=1, mid="m_2", told_by="echo"),
            "message 2 arrived as `m_2`, told by the platform's echo",
        ),
        (
            line("unknown", part=0, why="no answer in 10 s"),
            "message 1 may have arrived: no answer in 10 s",
        ),
        (
            line("never_left", part=0, why="connection refused"),
            "message 1 never left: connection refused",
        ),
        (line("put_off", part=0, code=613), "the platform put message 1 off: code `613`"),
        (
            line("rejected", part=0, code=10, subcode=2018278, trace=None),
            "the platform refused message 1: code `10`, subcode `2018278`",
        ),
        (
            line(
                "disagreement",
                part=0,
                ground="standard_window",
                edition="2026-04-27",
                guard="the window is open",
                platform={"code": 10},
            ),
            "the guard allowed message 1 on the ground `standard_window` under the edition "
            "2026-04-27 (the window is open), and the platform refused: code `10`",
        ),
        (line("held", why="kept"), "it is held: kept"),
        (line("expired", why="too late"), "it was let go: too late"),
        (line("cancelled", why="it went out"), "it was cancelled: it went out"),
        (
            line("token_granted", topic=TOPIC, kind="one_time_notification"),
            f"the person gave a permission to write: topic `{TOPIC}`, kind `one_time_notification`",
        ),
        (line("person_wrote_stop"), "the person wrote STOP"),
        (
            line("agreement_ended", topic="news"),
            "the person ended an agreement to be written to: topic `news`",
        ),
        (
            line("template_status", name="order_shipped", status="APPROVED", reason=None),
            "the platform told the state of a utility template: name `order_shipped`, status "
            "`APPROVED`",
        ),
        (
            line("handed_over", to="263902037430900"),
            "the thread was passed on: to `263902037430900`",
        ),
        (line("human_wrote", by="agent"), "a person wrote for the Page: by `agent`"),
        (
            line("left_to_a_person", key="m_1"),
            "what the person wrote is left to somebody else: key `m_1`",
        ),
        (
            line("thread_order_failed", do="pass", why="the platform is silent"),
            "the thread could not be passed, taken or asked for: the platform is silent; do `pass`",
        ),
        (line("forgotten", by="person"), "the person was forgotten: by `person`"),
        (line("invented", a=1), "`invented`: a `1`"),
    ],
    ids=lambda value: value.what if isinstance(value, Entry) else "",
)
def test_each_kind_of_line_is_a_sentence(entry: Entry, said: str) -> None:
    assert explain.happened(entry) == said


def test_everything_that_is_journalled_has_words_of_its_own() -> None:
    written = set()
    for package in ("policy_guard", "channels"):
        for file in (ROOT / package).rglob("*.py"):
            calls = re.findall(r"journal\.write\(([^)]*)", file.read_text("utf-8"), re.DOTALL)
            written |= {name for call in calls for name in re.findall(r'(?<!\[)"([a-z_]+)"', call)}
    kinds = {"handed_over", "human_wrote", "token_granted", "thread_left", "thread_ours"}
    assert kinds <= written
    assert {name for name in written if f"line_{name}" not in WORDS.table} == set()


@pytest.mark.parametrize(
    ("state", "said"),
    [
        ("ready", "Now it is ready to leave."),
        ("claimed", "Now it is about to leave."),
        ("committed", "Now it is on its way."),
        ("rejected", "Now the platform refused it."),
        ("unknown", "Now it may have arrived: nothing tells, and it is never sent again"),
        ("expired", "Now it was let go, because its last useful moment passed."),
        ("cancelled", "Now it was cancelled."),
        ("invented", "Now its state is `invented`."),
    ],
)
def test_the_story_ends_with_the_state(state: str, said: str) -> None:
    assert said in told(row(paid_by_token(), state)).splitlines()[-1]


@pytest.mark.parametrize(
    ("why", "said"),
    [
        ("superseded", "Now it was let go, because the same response has gone out since."),
        ("dropped", "Now it was dropped, and nothing of it will leave."),
        ("operator", "Now an operator cancelled it, and nothing more of it will leave."),
        ("invented", "Now it was cancelled."),
    ],
)
def test_a_story_that_was_cancelled_says_why(why: str, said: str) -> None:
    assert told(row(paid_by_token(), "cancelled", why=why)).endswith(said)


def test_a_message_that_is_put_off_says_from_when_on_it_may_leave() -> None:
    later = datetime(2026, 5, 9, 12, 0, 30, tzinfo=timezone.utc)

    assert told(row(paid_by_token(), "ready", not_before=later)).endswith(
        "Now it is ready to leave, not before 2026-05-09 12:00:30 UTC."
    )


def test_a_long_text_is_cut() -> None:
    said = told(row(paid_by_token(), text="a" * 500))

    assert f'"{"a" * 200}…"' in said
    assert "a" * 201 not in said


def test_a_message_without_name_or_topic_is_still_told() -> None:
    said = told(row(decided(), "held", response=None, text="", message=Message()))

    assert "A message without a name, with the purpose `reply` and no topic, was for" in said
    assert "It says" not in said


def test_the_dictionary_has_the_same_story() -> None:
    part = PartRow("snd_1", 0, {}, "sent", "snd_1.0.x", "m_1", None, None, 1, False)
    entry = line("decided", **paid_by_token())
    story = explain.story_of(row(paid_by_token()), (part,), (entry,))
    said = explain.as_dict(story, known())

    assert (said["id"], said["psid"], said["state"]) == ("snd_1", "anna", "sent")
    assert said["decision"] == paid_by_token()
    assert said["edition"]["checked_on"] == known().at(AT).checked_on.isoformat()
    assert said["source"]["address"].startswith("https://developers.facebook.com/")
    assert said["parts"] == [{"n": 0, "state": "sent", "mid": "m_1", "error": None}]
    assert said["journal"] == [entry.as_dict()]
    assert said["sentences"] == explain.sentences(story, known())


def test_explaining_needs_no_store() -> None:
    """The sentences are pure: in a fresh interpreter SQLAlchemy stays out."""
    check = "import sys, policy_guard.explain; sys.exit('sqlalchemy' in sys.modules)"

    assert subprocess.run([sys.executable, "-c", check], check=False, cwd=ROOT).returncode == 0


# -- in French ------------------------------------------------------------------------------------

STATES = send_states.ALL
LINES = (
    line("decided", **decided()),
    line("asked_again", why="the person wrote", **paid_by_token()),
    line("sent", part=1, mid="m_2", told_by="echo"),
    line("unknown", part=0, why="the process ended while the message was on its way"),
    line("expired", why="its last useful moment passed"),
    line("person_wrote_start"),
)
#: Words that an English sentence of ours cannot do without, and that no French one has.
ENGLISH = re.compile(r"\b(the|was|is|it|what|person|platform)\b", re.IGNORECASE)


def words_of(text: str) -> str:
    """Return a text without what stands as it is in every language: values, addresses, titles."""
    return re.sub(r"`[^`]*`|<[^>]*>|\[[^\]]*\]|Source : [^\n]*|« [^»]* »", "", text)


@pytest.mark.parametrize("decision", [decided(), paid_by_token()], ids=["hold", "send"])
def test_the_whole_story_is_told_in_french(decision: Mapping[str, Any]) -> None:
    part = PartRow("snd_1", 0, {}, "sent", "snd_1.0.x", "m_1", None, None, 1, False)
    said = told_in_french(row(decision), *LINES, parts=(part,))

    assert not ENGLISH.search(words_of(said)), said
    assert "La réponse `utter_back_in_stock`, dont le but est `alert` et le sujet" in said
    assert "Ce qui s'est passé :" in said
    assert said.endswith("Maintenant il est arrivé (`m_1`).")


def test_a_refusal_is_explained_in_french_with_every_lack_and_change() -> None:
    said = told_in_french(row(decided(message={"purpose": "post_purchase_update"}), "refused"))

    assert not ENGLISH.search(words_of(said)), said
    assert "il a été décidé de le refuser, selon l'édition 2026-04-27, vérifiée" in said
    assert "a donné la raison : aucun fondement n'est ouvert." in said
    assert "la plateforme refuse l'étiquette POST_PURCHASE_UPDATE depuis le 2026-04-27" in said
    assert "Ce qui changerait la réponse :\n- la personne écrit ou touche un bouton" in said


@pytest.mark.parametrize("state", STATES)
def test_every_state_has_a_french_sentence(state: str) -> None:
    said = told_in_french(row(paid_by_token(), state)).splitlines()[-1]

    assert not ENGLISH.search(words_of(said)), said
    assert said != told(row(paid_by_token(), state)).splitlines()[-1]


def test_a_disagreement_is_quoted_in_french() -> None:
    """The journal keeps the guard's reason as English words; the decision has it as a sentence."""
    decision = paid_by_token()
    entry = line(
        "disagreement",
        part=0,
        ground="one_time_notification",
        edition="2026-04-27",
        guard=decision["reason"],
        platform={"code": 10},
    )
    said = told_in_french(row(decision), entry)

    assert f"(la personne a demandé une fois à être prévenue de `{TOPIC}`)" in said
    assert "la plateforme a refusé : code `10`" in said


def test_both_languages_name_the_same_values() -> None:
    for key, (english, french) in WORDS.table.items():
        assert fields(english) == fields(french), key
        assert french.strip(), key


def fields(form: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(form) if name}


def test_what_another_version_wrote_is_told_in_its_own_english_words() -> None:
    """A store may hold decisions without sentences as data, or with values that are gone."""
    bare = {k: v for k, v in decided().items() if k not in {"said", "changes"}}
    lacking = {**decided(), "said": {"key": "a_sentence_that_this_program_does_not_have"}}
    changed = {**decided(), "said": {"key": "tag_refused"}, "changes": [{"key": "if_later"}]}

    for old in (bare, lacking, changed):
        said = told_in_french(row(old, "held"))
        assert f"a donné la raison : {old['reason']}." in said
    assert "- the person writes again" in told_in_french(row(bare, "held"))
    assert "- the person writes again" in told_in_french(row(changed, "held"))


def test_a_journal_line_before_the_first_edition_is_french() -> None:
    refused = decided(at="2017-12-31T00:00:00Z")
    said = explain.happened(line("decided", **refused), "fr")

    assert "aucune édition ne couvre `2017-12-31 00:00:00 UTC` : la première est 2018-01-01" in said
    assert (
        "no edition covers `2017-12-31 00:00:00 UTC`: the first is 2018-01-01"
        in explain.happened(line("decided", **refused))
    )


def test_a_message_without_a_topic_is_told_in_good_french() -> None:
    said = told_in_french(row(decided(), "held", message=Message()))

    assert "dont le but est `reply` et qui n'a pas de sujet, était pour la personne" in said


# -- regions --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("told_by", "english", "french"),
    [
        (
            "the person",
            "The person is in `FR`, as they said themselves; the Page is in `US`.",
            "La personne est dans `FR`, comme elle l'a dit ; la Page est dans `US`.",
        ),
        (
            "the settings",
            "The person has not said where they are, so `FR` was taken, from "
            "`default_person_region` in endpoints.yml; the Page is in `US`.",
            "La personne n'a pas dit où elle est ; `FR` a été pris, de `default_person_region` "
            "dans endpoints.yml ; la Page est dans `US`.",
        ),
    ],
)
def test_the_region_is_told_with_where_it_comes_from(
    told_by: str, english: str, french: str
) -> None:
    regions = {"page": "US", "person": "FR", "told_by": told_by}
    entry = line("decided", **paid_by_token(), regions=regions)

    assert english in told(row(paid_by_token()), entry).splitlines()
    assert french in told_in_french(row(paid_by_token()), entry).splitlines()


def test_where_nobody_told_it_the_region_is_the_pages() -> None:
    regions = {"page": "JP", "person": "JP", "told_by": "the Page"}
    entry = line("decided", **paid_by_token(), regions=regions)

    assert "so the Page's own region `JP` was taken" in told(row(paid_by_token()), entry)


def test_the_region_is_that_of_the_decision_that_is_explained() -> None:
    first = line("decided", **decided(), regions={"page": "US", "person": "US"})
    again = line("asked_again", 2, **paid_by_token(), regions={"page": "US", "person": "FR"})

    story = explain.story_of(row(paid_by_token()), (), (first, again))
    assert story.regions == {"page": "US", "person": "FR"}
    assert explain.story_of(story.send, (), (first, again), first).regions == first.data["regions"]
    assert explain.as_dict(story, known())["regions"] == {"page": "US", "person": "FR"}


def test_a_store_without_regions_is_explained_without_them() -> None:
    said = told(row(paid_by_token()), line("decided", **paid_by_token()))

    assert "The person is in" not in said
    assert "The person has not said where they are" not in said


# -- the command ----------------------------------------------------------------------------------


class FixedClock:
    def now(self) -> datetime:
        return AT


@pytest.fixture
def held_in_a_store(tmp_path: Path) -> tuple[Path, str]:
    """Return the endpoints of a project, and the id of a response that its store holds."""
    endpoints = tmp_path / "endpoints.yml"
    endpoints.write_text("policy_guard:\n  page: {region: US}\n", "utf-8")
    store = SqlStore(settings.load(endpoints, env={}).url)
    guard = Guard(store, FixedClock(), Page(), Settings(), Catalogue((), ("en",)))
    with store.write() as tx:
        set_meta(tx, PAGE_ID, "page-1")
    out = Outgoing(WHO, "turn", 0, Message(), ({"text": "Hello."},), text="Hello.")
    send, _ = guard.authorize(out)
    store.close()
    return endpoints, send.id


def test_explain_speaks_french_when_asked(
    held_in_a_store: tuple[Path, str],
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("POLICY_GUARD_DB", raising=False)
    endpoints, send = held_in_a_store

    def explained(*options: str) -> str:
        assert cli.main(["--endpoints", str(endpoints), "explain", *options]) == 0
        return capsys.readouterr().out

    said = explained(send, "--lang", "fr")
    assert not ENGLISH.search(words_of(said)), said
    assert "la région de la Page, `US`, a été prise" in said
    data = json.loads(explained(send, "--json", "--lang", "fr"))
    assert data["regions"] == {"page": "US", "person": "US", "told_by": "the Page"}
    assert data["sentences"] == said.splitlines()
    assert "il a été décidé de le retenir" in explained("1", "--lang", "fr")
    assert "it was decided to hold it" in explained(send)
    assert cli.main(["--endpoints", str(endpoints), "explain", send, "--lang", "de"]) == 2
