"""Saying what is kept, and asking for it to be deleted."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

import pytest

from actions.privacy import DeleteData, ExplainPrivacy
from policy_guard.people import Origin
from policy_guard.retention import Retention

SENT = datetime(2026, 11, 22, 16, 39, tzinfo=timezone.utc)
EVENT = {"key": "m_7", "at_ms": int(SENT.timestamp() * 1000), "psid": "psid-7", "kind": "message"}
KEPT = Retention(messages=timedelta(days=90))


def test_how_long_messages_are_kept_is_said_in_the_persons_language(people, run):
    people.retention = KEPT
    said = {"outcome": "explained", "open_question": "none", "kept_for": "90 jours"}
    assert run(ExplainPrivacy(), "mes données ?", "privacy", language="fr") == said
    assert run(ExplainPrivacy(), "my data?", "privacy")["kept_for"] == "90 days"


def test_without_a_limit_no_number_is_made_up(people, run):
    people.retention = Retention()
    assert run(ExplainPrivacy(), "my data?", "privacy") == {
        "outcome": "unlimited",
        "open_question": "none",
    }


@pytest.mark.parametrize(
    "said",
    ["delete everything you have on me", "Effacez mes infos svp", "supprimer mon historique ?"],
)
def test_who_speaks_of_deleting_is_asked_at_once(people, run, said):
    asked = {"outcome": "confirm", "open_question": "delete"}
    assert run(ExplainPrivacy(), said, "privacy") == asked
    assert people.calls == []


def test_who_taps_deleting_is_asked_too(people, run):
    tapped = [{"entity": "data_request", "value": "delete"}]
    slots = run(ExplainPrivacy(), '/privacy{"data_request": "delete"}', "privacy", tapped)
    assert slots["outcome"] == "confirm"


def test_a_yes_leaves_a_request_at_the_events_own_time(people, run):
    slots = run(DeleteData(), "/affirm", "affirm", messenger=EVENT)
    assert slots == {"outcome": "deleting", "open_question": "none"}
    assert people.calls == [("forget", "psid-7", Origin("m_7", SENT))]


def test_a_turn_that_runs_again_asks_once(people, run):
    for _ in range(2):
        run(DeleteData(), "yes", "affirm", messenger=EVENT)
    assert len(people.calls) == 1


def test_where_the_store_cannot_be_used_nothing_is_promised(people, run):
    people.broken = True
    assert run(DeleteData(), "yes", "affirm", messenger=EVENT) == {"outcome": "unavailable"}
