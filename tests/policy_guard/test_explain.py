"""What the sentences of `explain` say, from rows made by hand: no store, no clock."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import pytest

from policy_guard import decisions, explain
from policy_guard.cases import answer, read_row
from policy_guard.edition import known
from policy_guard.journal import Entry
from policy_guard.people_rows import Who
from policy_guard.sends import PartRow, SendRow
from policy_guard.vocabulary import Message, Purpose

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
        text="It is back.",
        response="utter_back_in_stock",
        decision=decision,
        ground=decision["ground"],
        token_id=decision["token"],
        created_at=AT,
        decided_at=AT,
        not_before=None,
        expires_at=None,
        attempts=0,
    )
    return replace(plain, **changes)


def line(what: str, number: int = 1, **data: Any) -> Entry:
    return Entry(number, AT, "page-1", "anna", "snd_1", what, data)


def told(send: SendRow, *entries: Entry, parts: tuple[PartRow, ...] = ()) -> str:
    return "\n".join(explain.sentences(explain.story_of(send, parts, entries), known()))


def test_a_paid_alert_is_told_from_declaration_to_arrival() -> None:
    """One story has what, to whom, when, by which rules, why, at what price, and the outcome."""
    part = PartRow("snd_1", 0, {}, "sent", "snd_1.0.x", "m_1", None)
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


def test_a_send_names_only_the_grounds_asked_before_its_own() -> None:
    said = told(row(paid_by_token()))

    assert "What the grounds asked before it lacked (those after it were not asked):" in said
    assert "What every ground lacked:" not in said


def test_a_moment_before_the_first_edition_is_told_as_such() -> None:
    refused = decided(at="2019-01-01T00:00:00Z")
    said = told(row(refused, "refused"))

    assert "under no edition of the platform's rules." in said
    assert "no edition covers `2019-01-01 00:00:00 UTC`" in said
    assert "The rules name nothing that would change the answer." in said


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
        (line("superseded", why="it went out"), "it was let go: it went out"),
        (
            line("token_granted", topic=TOPIC, kind="one_time_notification"),
            f"`token_granted`: topic `{TOPIC}`, kind `one_time_notification`",
        ),
        (line("person_wrote_stop"), "`person_wrote_stop`"),
    ],
    ids=lambda value: value.what if isinstance(value, Entry) else "",
)
def test_each_kind_of_line_is_a_sentence(entry: Entry, said: str) -> None:
    assert explain.happened(entry) == said


@pytest.mark.parametrize(
    ("state", "said"),
    [
        ("ready", "Now it is ready to leave."),
        ("sending", "Now it is on its way."),
        ("rejected", "Now the platform refused it."),
        ("unknown", "Now it may have arrived: nothing tells, and it is never sent again"),
        ("expired", "Now it was let go, because its last useful moment passed."),
        ("superseded", "Now it was let go, because the same response has gone out since."),
        ("dropped", "Now it was dropped, and nothing of it will leave."),
        ("invented", "Now its state is `invented`."),
    ],
)
def test_the_story_ends_with_the_state(state: str, said: str) -> None:
    assert said in told(row(paid_by_token(), state)).splitlines()[-1]


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
    part = PartRow("snd_1", 0, {}, "sent", "snd_1.0.x", "m_1", None)
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
