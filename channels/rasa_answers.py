"""What an action server answers, checked as Rasa checks it, without checking Rasa's own schema too.

Rasa 3.6.21 hands its schema to `jsonschema.validate` at every answer, which first checks the schema
itself against the schema of schemas. That holds the event loop for about 20 ms each time, while the
answer takes well under one. The schema never changes, so it is checked once.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from jsonschema.validators import validator_for
from rasa.core.actions.action import RemoteAction

_plain: Callable[[RemoteAction, dict[str, Any]], bool] = RemoteAction._validate_action_result


def check_schema_once() -> None:
    """Have every answer of an action server checked with a schema that was checked before."""
    schema = RemoteAction.action_response_format_spec()
    kind = validator_for(schema)
    kind.check_schema(schema)
    valid = kind(schema).is_valid

    def validate(self: RemoteAction, result: dict[str, Any]) -> bool:
        # what is wrong is for Rasa to say, in its own words
        return valid(result) or _plain(self, result)

    RemoteAction._validate_action_result = validate


def check_schema_always() -> None:
    """Have answers checked as Rasa alone does, to compare."""
    RemoteAction._validate_action_result = _plain
