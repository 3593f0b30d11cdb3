"""What a JSON schema finds wrong with a value, in words of ours."""

from __future__ import annotations

from typing import Any

import jsonschema

_LONGEST_QUOTE = 60
#: The types of JSON, in words.
_KINDS = {
    "object": "a mapping",
    "array": "a list",
    "string": "a text",
    "boolean": "true or false",
    "null": "nothing",
}


def out_of_form(problem: jsonschema.ValidationError) -> str:
    """Return in words of ours what the schema finds wrong with a value."""
    value: Any = problem.instance
    wanted: Any = problem.validator_value
    schema: Any = problem.schema
    text = " ".join(str(value).split())[:_LONGEST_QUOTE]
    shown = "nothing" if value is None else f"`{text}`"
    if problem.validator == "required":
        missing = next(key for key in wanted if key not in value)
        return f"`{missing}` is missing"
    if problem.validator == "type":
        kinds = [wanted] if isinstance(wanted, str) else wanted
        return f"{shown} is not {' or '.join(_KINDS[kind] for kind in kinds)}"
    if problem.validator == "enum":
        return f"{shown} is not one of {', '.join(f'`{one}`' for one in wanted)}"
    if problem.validator in {"minItems", "minLength"}:
        return "it is empty"
    return f"{shown} is not {schema.get('description', 'of this form')}"
