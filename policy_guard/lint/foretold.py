"""What `policy-guard forecast` knows of a project's messages, as findings with their places."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from policy_guard.errors import GuardError
from policy_guard.vocabulary import NON_PROMOTIONAL, Purpose

from .findings import Finding, Rule, Severity, Spot, spot
from .model import Project
from .tree import Branch, Leaf, plain

if TYPE_CHECKING:  # the editions are only read for a project whose Page is known
    from policy_guard.forecast import Standing
    from policy_guard.forecast_project import Subject

#: Purposes that may be carried outside the window: `human_agent` is P213's, and promotion goes as
#: an ad or not at all.
_CARRIED = (NON_PROMOTIONAL | {Purpose.ALERT}) - {Purpose.HUMAN_AGENT}


def _lost(project: Project) -> Iterator[Finding]:
    for subject, where, standing in _standings(project):
        purpose = subject.message.purpose
        if standing.sent or purpose not in _CARRIED:
            continue
        if purpose is Purpose.FEEDBACK and subject.message.template is None:
            continue  # P214 says it
        since = f"since {standing.since}, " if standing.since else ""
        yield Finding(where, f"{since}{standing.case}, this {standing.says}", subject.name)


def _ending(project: Project) -> Iterator[Finding]:
    for subject, where, standing in _standings(project):
        for day, says in standing.announced:
            yield Finding(where, f"from {day} on, {standing.case}, this {says}", subject.name)


def _standings(project: Project) -> Iterator[tuple[Subject, Spot, Standing]]:
    """Give how each message that is no answer stands outside the window.

    What cannot be read is told by the channel when it starts, and by P209 and P218.
    """
    if project.guard is None or not _proactive(project):
        return
    from policy_guard import cases, catalogue, edition, forecast  # noqa: PLC0415 - see above
    from policy_guard.forecast_project import Place, alert_subject, subjects  # noqa: PLC0415

    try:
        page = cases.read_page(plain(project.guard.get("page")))
        settings = cases.read_settings(plain(project.guard.get("settings")))
        switches = [item.value for item in project.guard.row("switches") if isinstance(item, Leaf)]
        editions = edition.known(frozenset(switches))
        file = project.alerts_file
        types = catalogue.load(Path(file)) if file else catalogue.Catalogue((), ())
        found = list(subjects(project, types, editions))
    except GuardError:
        return
    ask = forecast.Standings(editions, page, settings, project.options.at)
    ids = _alert_ids(project)
    for kind in types.types:
        leaf = ids[kind.id]
        place = Place(leaf.source.path, leaf.source.place(leaf.start)[0])
        found.append(replace(alert_subject(kind, place), at=leaf))
    for subject in found:
        if subject.at is not None and subject.message.proactive:
            yield subject, spot(subject.at, subject.heads), ask.of(subject)


def _proactive(project: Project) -> bool:
    return project.alerts is not None or any(m.proactive for m in project.messages)


def _alert_ids(project: Project) -> dict[str, Leaf]:
    rows = project.alerts.items if project.alerts is not None else ()
    leaves = (item.leaf("id") for item in rows if isinstance(item, Branch))
    return {leaf.value: leaf for leaf in leaves if leaf is not None}


RULES = (
    Rule("P219", "no-ground-outside-window", Severity.WARNING, _lost),
    Rule("P220", "ground-ends", Severity.WARNING, _ending),
)
