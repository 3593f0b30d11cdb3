"""How an outcome is shown: to people, to programs, to GitHub, to test reporters."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from .baseline import fingerprint
from .engine import Outcome
from .findings import Report, Rule, Severity
from .secrets import hidden, is_for_keys
from .source import Problem

SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
NAME = "policy-guard lint"
_TAB = "    "
_WIDEST = 110  # columns of a source line that are shown
_NO_XML = re.compile(r"[^\t\n\r -\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_BEFORE = 30  # of them in front of a finding far to the right
_ELLIPSIS = "…"
#: What would turn the direction of writing for all that follows.
_TURNS = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


@dataclass(frozen=True)
class Shown:
    """Everything that an output may tell of."""

    outcome: Outcome
    problems: tuple[Problem, ...]
    rules: Sequence[Rule]
    files: int
    titles: Callable[[str], str]  # what a rule is about in one sentence, by its id


Format = Callable[[Shown], str]


def as_text(shown: Shown) -> str:
    """Return findings with their source lines, and a last line that counts."""
    blocks = [_block(report) for report in shown.outcome.reports]
    return "\n".join([*blocks, _summary(shown)]) + "\n"


def _block(report: Report) -> str:
    path, line, column = report.place
    finding, rule = report.finding, report.rule
    head = f"{path}:{line}:{column}: {rule.id} {rule.severity.value}: {finding.says}"
    source = finding.spot.source
    text = hidden(source.line(line), keys=is_for_keys(source.path))
    last, end = source.place(max(finding.spot.end - 1, finding.spot.start))
    width = (end if last == line else len(text)) - column + 1
    shown, at, marks = _window(text, column - 1, max(width, 1))
    number = str(line)
    margin = " " * len(number)
    lines = [f"{margin} |", f"{number} | {shown}", f"{margin} | {' ' * at}{'^' * marks}"]
    if finding.fix is not None:
        option = "--fix" if finding.fix.safe else "--unsafe-fixes"
        lines.append(f"{margin} = {finding.fix.says} ({option})")
    return "\n".join([_plain(head), *map(_plain, lines), ""])


def _window(text: str, start: int, width: int) -> tuple[str, int, int]:
    """Return a part of a line that holds the span, with its column and width as displayed."""
    cut = 0
    if len(text) > _WIDEST and start > _WIDEST - _BEFORE:
        cut = max(start - _BEFORE, 0)
    end = cut + _WIDEST
    before, inside = (
        _expanded(text[cut:start]),
        _expanded(text[start : start + width][: end - start]),
    )
    after = _expanded(text[start + width : end])
    lead = _ELLIPSIS if cut else ""
    tail = _ELLIPSIS if len(text) > end else ""
    at = len(lead) + display_width(before)
    return f"{lead}{before}{inside}{after}{tail}", at, max(display_width(inside), 1)


def _expanded(text: str) -> str:
    return text.replace("\t", _TAB)


def display_width(text: str) -> int:
    """Return how many columns a text takes on a terminal."""
    return sum(
        0
        if unicodedata.combining(c) or unicodedata.category(c) == "Cf"
        else 2
        if unicodedata.east_asian_width(c) in "WF"
        else 1
        for c in text
    )


def _plain(text: str) -> str:
    """Return a text with what would move the cursor written out."""
    return "".join(
        c.encode("unicode_escape").decode()
        if unicodedata.category(c) in ("Cc", "Cs") or c in _TURNS
        else c
        for c in text
    )


def _summary(shown: Shown) -> str:
    reports = shown.outcome.reports
    if not reports:
        said = f"nothing found in {_count(shown.files, 'file')}"
    else:
        counts = [
            _count(sum(r.rule.severity is level for r in reports), level.value)
            for level in Severity
            if any(r.rule.severity is level for r in reports)
        ]
        said = f"{_count(len(reports), 'finding')}: {', '.join(counts)}"
    fixable = [r.finding.fix for r in reports if r.finding.fix is not None]
    safe = sum(fix.safe for fix in fixable)
    extra = []
    if safe:
        extra.append(f"--fix mends {safe}")
    if len(fixable) > safe:
        extra.append(f"--unsafe-fixes {'another ' if safe else 'mends '}{len(fixable) - safe}")
    for number, what in (
        (shown.outcome.silenced, "silenced by comments"),
        (shown.outcome.known, "in the baseline"),
    ):
        if number:
            extra.append(f"{number} {what}")
    if shown.outcome.stale:
        extra.append(f"{shown.outcome.stale} of the baseline no longer found: write it again")
    return "; ".join([said, *extra])


def _count(number: int, word: str) -> str:
    return f"{number} {word}{'' if number == 1 else 's'}"


def as_json(shown: Shown) -> str:
    """Return one JSON document with every finding, its place and its fix."""
    return _json(
        {
            "version": 1,
            "findings": [_finding(report) for report in shown.outcome.reports],
            "problems": [
                {"file": p.path, "line": p.line, "column": p.column, "message": p.says}
                for p in shown.problems
            ],
            "silenced": shown.outcome.silenced,
            "in_baseline": shown.outcome.known,
        }
    )


def _finding(report: Report) -> dict[str, Any]:
    path, line, column = report.place
    end_line, end_column = _end(report)
    fix = report.finding.fix
    return {
        "rule": report.rule.id,
        "name": report.rule.name,
        "severity": report.rule.severity.value,
        "file": path,
        "line": line,
        "column": column,
        "end_line": end_line,
        "end_column": end_column,
        "subject": report.finding.subject,
        "message": report.finding.says,
        "fingerprint": fingerprint(report),
        "fix": None if fix is None else {"message": fix.says, "safe": fix.safe},
    }


def _end(report: Report) -> tuple[int, int]:
    """Return the place behind the last character of a finding."""
    spot = report.finding.spot
    line, column = spot.source.place(max(spot.end - 1, spot.start))
    return line, column + 1


_LEVELS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.NOTE: "note"}


def as_sarif(shown: Shown) -> str:
    """Return a SARIF 2.1.0 log: every rule is declared, so that what was mended is closed."""
    index = {rule.id: number for number, rule in enumerate(shown.rules)}
    run: dict[str, Any] = {
        "tool": {
            "driver": {
                "name": NAME,
                "rules": [_descriptor(rule, shown.titles(rule.id)) for rule in shown.rules],
            }
        },
        "columnKind": "unicodeCodePoints",
        "results": [_result(report, index[report.rule.id]) for report in shown.outcome.reports],
        "invocations": [
            {
                "executionSuccessful": not shown.problems,
                "toolExecutionNotifications": [_notification(p) for p in shown.problems],
            }
        ],
    }
    return _json({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]})


def _descriptor(rule: Rule, title: str) -> dict[str, Any]:
    return {
        "id": rule.id,
        "name": "".join(word.capitalize() for word in rule.name.split("-")),
        "shortDescription": {"text": title},
        "help": {"text": f"`policy-guard lint --explain {rule.id}` tells more."},
        "defaultConfiguration": {"level": _LEVELS[rule.severity]},
    }


def _result(report: Report, index: int) -> dict[str, Any]:
    path, line, column = report.place
    end_line, end_column = _end(report)
    region = {
        "startLine": line,
        "startColumn": column,
        "endLine": end_line,
        "endColumn": end_column,
    }
    return {
        "ruleId": report.rule.id,
        "ruleIndex": index,
        "level": _LEVELS[report.rule.severity],
        "message": {"text": report.finding.says},
        "locations": [
            {"physicalLocation": {"artifactLocation": {"uri": _uri(path)}, "region": region}}
        ],
        "partialFingerprints": {"policyGuardLint/v1": fingerprint(report)},
    }


def _notification(problem: Problem) -> dict[str, Any]:
    location: dict[str, Any] = {"artifactLocation": {"uri": _uri(problem.path)}}
    if problem.line:
        location["region"] = {
            "startLine": problem.line,
            "startColumn": max(problem.column, 1),
        }
    return {
        "level": "error",
        "message": {"text": problem.says},
        "locations": [{"physicalLocation": location}],
    }


def _uri(path: str) -> str:
    from urllib.parse import quote  # noqa: PLC0415 - only this output needs it

    return quote(path, safe="/", errors="surrogateescape")


def as_github(shown: Shown) -> str:
    """Return one workflow command a line, which GitHub shows beside the source."""
    levels = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.NOTE: "notice"}
    lines = []
    for report in shown.outcome.reports:
        path, line, column = report.place
        end_line, end_column = _end(report)
        lines.append(
            _command(
                levels[report.rule.severity],
                report.finding.says,
                file=path,
                line=line,
                endLine=end_line,
                col=column,
                endColumn=end_column,
                title=f"{report.rule.id} {report.rule.name}",
            )
        )
    for problem in shown.problems:
        where = {"line": problem.line, "col": problem.column} if problem.line else {}
        lines.append(_command("error", problem.says, file=problem.path, **where, title=NAME))
    return "".join(f"{line}\n" for line in lines)


def _command(level: str, says: str, **properties: str | int) -> str:
    """Return one command, with what would end it or its properties written out."""
    given = ",".join(
        f"{name}={_escaped(str(value)).replace(':', '%3A').replace(',', '%2C')}"
        for name, value in properties.items()
    )
    return f"::{level} {given}::{_escaped(says)}"


def _escaped(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def as_junit(shown: Shown) -> str:
    """Return a JUnit report: a suite per file, a failed case per finding, a passed one if none."""
    from xml.etree.ElementTree import Element, SubElement, tostring  # noqa: PLC0415 - written, never read

    root = Element("testsuites", name=NAME)
    by_file: dict[str, list[Report]] = {}
    for report in shown.outcome.reports:
        by_file.setdefault(report.place[0], []).append(report)
    for path, reports in by_file.items():
        suite = SubElement(
            root,
            "testsuite",
            name=path,
            tests=str(len(reports)),
            failures=str(len(reports)),
            errors="0",
        )
        for report in reports:
            _, line, column = report.place
            case = SubElement(
                suite,
                "testcase",
                name=f"{report.rule.id} {report.rule.name} {line}:{column}",
                classname=path,
                file=path,
                line=str(line),
            )
            failure = SubElement(
                case, "failure", type=report.rule.severity.value, message=_xml(report.finding.says)
            )
            failure.text = _xml(f"{path}:{line}:{column}: {report.finding.says}")
    for problem in shown.problems:
        suite = SubElement(
            root, "testsuite", name=problem.path, tests="1", failures="0", errors="1"
        )
        case = SubElement(suite, "testcase", name="readable", classname=problem.path)
        SubElement(case, "error", message=_xml(str(problem)))
    if not by_file and not shown.problems:
        suite = SubElement(root, "testsuite", name=NAME, tests="1", failures="0", errors="0")
        SubElement(suite, "testcase", name="nothing found", classname=NAME)
    return "<?xml version='1.0' encoding='utf-8'?>\n" + tostring(root, encoding="unicode") + "\n"


def _xml(text: str) -> str:
    """Return a text without what XML cannot hold."""
    return _NO_XML.sub("?", text)


def _json(value: object) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False) + "\n"


FORMATS: dict[str, Format] = {
    "text": as_text,
    "json": as_json,
    "sarif": as_sarif,
    "github": as_github,
    "junit": as_junit,
}
