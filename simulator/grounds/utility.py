"""Utility messages: an approved template of the Page, filled in."""

from __future__ import annotations

from ..facts import Facts
from ..known import PageFacts, PersonFacts, UtilityTemplate
from ..reading import RefusedError, refusal
from ..utility_shape import UtilityCall
from .regions import regions_of
from .window import Window


def check_utility(
    call: UtilityCall, person: PersonFacts, page: PageFacts, window: Window, facts: Facts
) -> UtilityTemplate:
    """Return the template that the call fills in; raises RefusedError where it cannot."""
    if not page.utility_everywhere and not regions_of(person, page) <= facts.utility.regions:
        raise refusal(facts, "utility_region")
    template = _template(call, page, facts)
    _check_parameters(call, template, facts)
    if not (window.has_thread or person.tokens or person.subscriptions):
        raise refusal(facts, "outside_window")
    return template


def _template(call: UtilityCall, page: PageFacts, facts: Facts) -> UtilityTemplate:
    found = [t for t in page.utility_templates if t.name == call.name]
    for template in found:
        if template.language == call.language:
            if template.status != "APPROVED":
                what = f"the template `{call.name}` is {template.status} and not APPROVED"
                raise refusal(facts, "utility_template", what)
            return template
    what = f"in the language `{call.language}`" if found else "of this Page"
    raise refusal(facts, "utility_template", f"there is no template `{call.name}` {what}")


def _check_parameters(call: UtilityCall, template: UtilityTemplate, facts: Facts) -> None:
    for part, given, wanted in (
        ("header", len(call.header), template.header),
        ("body", len(call.body), template.body),
        ("buttons", len(call.buttons), template.buttons),
    ):
        if given != wanted:
            raise _wrong(
                facts, f"the {part} of `{call.name}` takes {wanted} parameters, not {given}"
            )
    if call.image and not template.image:
        raise _wrong(facts, f"the header of `{call.name}` is no picture")
    named = {name for name in call.names if name is not None}
    if named != template.names or (named and len(named) != len(call.names)):
        names = ", ".join(sorted(template.names)) or "none"
        raise _wrong(facts, f"the parameters of `{call.name}` are named: {names}")


def _wrong(facts: Facts, sentence: str) -> RefusedError:
    return refusal(facts, "utility_template", sentence)
