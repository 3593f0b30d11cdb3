"""Being passed to a person: what is promised, and what is offered where nothing was understood."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from rasa_sdk.executor import CollectingDispatcher

from actions import hours
from actions.handover import AskAffirmation, HandOver
from policy_guard.answering import Standing
from tests.actions.conftest import make_tracker

DOMAIN: dict[str, Any] = yaml.safe_load(
    (Path(__file__).parents[2] / "domain.yml").read_text("utf-8")
)


class Team:
    """People who answer within two hours, in the language asked for."""

    def standing(self, language: str | None) -> Standing:
        return Standing(True, "", "", {"fr": "sous 2 heures"}.get(language or "", "within 2 hours"))


def handed(monkeypatch: pytest.MonkeyPatch, team: object, **slots: Any) -> dict[str, Any]:
    monkeypatch.setattr(hours, "answering", lambda: team)
    tracker = make_tracker("a person", intent="human_handoff", **slots)
    events = HandOver().run(CollectingDispatcher(), tracker, {})
    return {event["name"]: event["value"] for event in events}


@pytest.mark.usefixtures("people")
@pytest.mark.parametrize(
    ("language", "promise"), [(None, "within 2 hours"), ("fr", "sous 2 heures")]
)
def test_it_is_promised_when_a_person_answers(
    monkeypatch: pytest.MonkeyPatch, language: str | None, promise: str
) -> None:
    slots = handed(monkeypatch, Team(), language=language)
    assert slots == {"outcome": "handed_over", "answer_promise": promise}


@pytest.mark.usefixtures("people")
def test_nothing_is_promised_where_no_hours_are_configured(monkeypatch: pytest.MonkeyPatch) -> None:
    slots = handed(monkeypatch, None)
    assert slots == {"outcome": "handed_over_unpromised", "answer_promise": None}


def asked(*guesses: str, language: str | None = None) -> dict[str, Any]:
    """Return the question that is asked where the model made these guesses."""
    tracker = make_tracker("mumble", intent="nlu_fallback", language=language)
    ranking = [{"name": "nlu_fallback"}, *({"name": guess} for guess in guesses)]
    tracker.latest_message["intent_ranking"] = ranking
    dispatcher = CollectingDispatcher()
    AskAffirmation().run(dispatcher, tracker, DOMAIN)
    (said,) = dispatcher.messages
    assert said["response"] == "utter_ask_affirmation"
    return dict(said)


@pytest.mark.parametrize(
    ("language", "last"), [(None, "None of these"), ("fr", "Rien de tout cela")]
)
def test_the_likeliest_things_are_offered_in_the_persons_language(
    language: str | None, last: str
) -> None:
    replies = asked("list_alerts", "thank", "privacy", language=language)["quick_replies"]
    payloads = [reply["payload"] for reply in replies]
    assert payloads == ["/list_alerts", "/privacy", "/out_of_scope"]
    assert replies[-1]["title"] == last


@pytest.mark.parametrize("guesses", [(), ("thank", "greet"), ("out_of_scope",)])
def test_everything_is_offered_where_no_guess_can_be(guesses: tuple[str, ...]) -> None:
    assert "quick_replies" not in asked(*guesses)
