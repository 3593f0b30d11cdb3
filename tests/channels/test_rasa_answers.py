"""What an action server answers is checked as Rasa checks it, with its schema checked once."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import jsonschema
import pytest
from rasa.core.actions.action import RemoteAction

from channels.rasa_answers import check_schema_always, check_schema_once

GOOD: list[dict[str, Any]] = [
    {},
    {"events": [], "responses": []},
    {"events": [{"event": "slot", "name": "language", "value": "fr"}], "responses": []},
    {"responses": [{"response": "utter_greet", "text": None}]},
    {"events": [{"event": "action", "name": "action_listen"}]},
]
BAD: list[Any] = [
    [],
    {"events": "none"},
    {"responses": ["hello"]},
    {"events": [{"event": "slot"}]},
    {"events": [{"event": "nobody_knows"}]},
    {"events": [{"name": "language"}]},
]


@pytest.fixture(autouse=True)
def rasa_as_it_is() -> Iterator[None]:
    """Leave Rasa as it was."""
    check_schema_always()
    yield
    check_schema_always()


def said_of(result: Any) -> str | None:
    """Return what is said of an answer that is refused, None where it is taken."""
    action = RemoteAction("action_of_a_test", None)
    try:
        assert action._validate_action_result(result)
    except jsonschema.ValidationError as problem:
        return problem.message
    return None


@pytest.mark.parametrize("answer", [*GOOD, *BAD])
def test_what_rasa_takes_is_taken_and_what_it_refuses_is_refused_in_its_words(answer: Any) -> None:
    alone = said_of(answer)
    check_schema_once()
    assert said_of(answer) == alone


def test_some_answers_are_taken_and_some_are_refused() -> None:
    check_schema_once()
    assert [said_of(answer) for answer in GOOD] == [None] * len(GOOD)
    assert all("Failed to validate Action server response" in (said_of(a) or "") for a in BAD)


def test_the_schema_itself_is_checked_once(monkeypatch: pytest.MonkeyPatch) -> None:
    checked: list[object] = []
    kind = jsonschema.validators.validator_for(RemoteAction.action_response_format_spec())
    plain = kind.check_schema
    monkeypatch.setattr(kind, "check_schema", lambda schema: checked.append(plain(schema)))
    said_of(GOOD[1])
    said_of(GOOD[1])
    assert len(checked) == 2
    check_schema_once()
    for answer in GOOD:
        said_of(answer)
    assert len(checked) == 3


def test_checking_once_twice_is_checking_once() -> None:
    check_schema_once()
    check_schema_once()
    assert said_of({"events": "none"}) is not None
    check_schema_always()
    assert said_of({"events": "none"}) is not None
