"""Runs rules over a project, and takes out what a comment, a setting or a baseline answers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from fnmatch import fnmatch

from . import own, registry
from .baseline import fingerprint
from .findings import Finding, Report, Rule
from .model import Project
from .secrets import hidden


@dataclass(frozen=True)
class Outcome:
    """What is left to say, in the order of files and lines, and how much was answered before."""

    reports: tuple[Report, ...]
    silenced: int = 0
    known: int = 0
    stale: int = 0  # entries of the baseline that no finding needed


@dataclass(frozen=True)
class Plan:
    """What to run: rules, what is not said of some files, and what is known already."""

    rules: tuple[Rule, ...] = registry.RULES
    per_file: tuple[tuple[str, tuple[str, ...]], ...] = ()
    baseline: Mapping[str, int] = field(default_factory=dict)


def run(project: Project, plan: Plan) -> Outcome:
    """Return what the rules of a plan have to say of a project."""
    everything = sorted(
        (
            Report(rule, _discreet(finding))
            for rule in plan.rules
            for finding in rule.check(_seen_by(rule, project))
            if not _left_out(rule, finding, plan.per_file)
        ),
        key=lambda report: report.order,
    )
    reports, silenced = _after_comments(everything, project, plan)
    reports.sort(key=lambda report: report.order)
    left, known, stale = _after_baseline(_once(reports), plan.baseline)
    return Outcome(tuple(left), silenced, known, stale)


def _seen_by(rule: Rule, project: Project) -> Project:
    return project.on_messenger if rule.id.startswith(registry.OF_MESSENGER) else project


def _discreet(finding: Finding) -> Finding:
    """Return a finding whose sentence quotes no secret."""
    says = hidden(finding.says)
    return finding if says == finding.says else replace(finding, says=says)


def _left_out(
    rule: Rule, finding: Finding, per_file: Sequence[tuple[str, tuple[str, ...]]]
) -> bool:
    path = finding.spot.source.key
    return any(
        fnmatch(path, pattern) and any(registry.matches(rule, word) for word in words)
        for pattern, words in per_file
    )


def _once(reports: Sequence[Report]) -> list[Report]:
    """Return reports without repetitions: an anchor's value is read wherever it is used."""
    seen: dict[object, Report] = {}
    for report in reports:
        spot = report.finding.spot
        key = (report.rule.id, spot.source.path, spot.start, spot.end, report.finding.says)
        seen.setdefault(key, report)
    return list(seen.values())


def _after_comments(
    reports: Sequence[Report], project: Project, plan: Plan
) -> tuple[list[Report], int]:
    comments = own.silences(project.sources)
    if not comments:
        return list(reports), 0
    used: list[set[str]] = [set() for _ in comments]
    left: list[Report] = []
    for report in reports:
        covering = [n for n, comment in enumerate(comments) if comment.covers(report)]
        for number in covering:
            used[number].add(report.rule.id)
        if not covering:
            left.append(report)
    silenced = len(reports) - len(left)
    known = {rule.id for rule in registry.RULES}
    judged = [rule for rule in plan.rules if project.whole or rule.id not in registry.ACROSS]
    for comment, ids in zip(comments, used, strict=True):
        for rule, finding in (
            (own.UNUSED, own.unused(comment, ids, judged, known)),
            (own.REASONLESS, own.without_reason(comment)),
        ):
            if rule in plan.rules and finding is not None:
                report = Report(rule, finding)
                if not _left_out(rule, finding, plan.per_file):
                    left.append(report)
    return left, silenced


def _after_baseline(
    reports: Sequence[Report], baseline: Mapping[str, int]
) -> tuple[list[Report], int, int]:
    room = Counter(dict(baseline))
    left = []
    for report in reports:
        key = fingerprint(report)
        if room[key] > 0:
            room[key] -= 1
        else:
            left.append(report)
    return left, len(reports) - len(left), sum(room.values())
