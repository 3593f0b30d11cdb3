"""What an older project has already: findings that are not said again until they change."""

from __future__ import annotations

import hashlib
import json
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path

from policy_guard.errors import GuardError

from .findings import Report

_NUMBER = re.compile(r"\d+")
_VERSION = 1


class BaselineError(GuardError):
    """A baseline that cannot be read."""


def fingerprint(report: Report) -> str:
    """Return what stays the same of a finding while lines move: rule, file, subject, words."""
    finding = report.finding
    words = _NUMBER.sub("#", finding.says)
    parts = (report.rule.id, finding.spot.source.key, finding.subject, words)
    return hashlib.sha256("\0".join(parts).encode("utf-8", "replace")).hexdigest()[:24]


def load(path: Path) -> Mapping[str, int]:
    """Read a baseline; raises BaselineError."""
    try:
        data = json.loads(path.read_text("utf-8"))
        entries = data["findings"]
        if data["version"] != _VERSION or not isinstance(entries, list):
            raise BaselineError(f"{path}: is a baseline of another version")
        return {str(entry["fingerprint"]): int(entry["count"]) for entry in entries}
    except OSError as problem:
        raise BaselineError(f"{path}: cannot be read: {problem.strerror or problem}") from None
    except (ValueError, KeyError, TypeError):
        raise BaselineError(f"{path}: is no baseline that this program wrote") from None


def text(reports: Iterable[Report]) -> str:
    """Return a baseline of these findings, readable and in a stable order."""
    counts: Counter[str] = Counter()
    first: dict[str, Report] = {}
    for report in reports:
        key = fingerprint(report)
        counts[key] += 1
        first.setdefault(key, report)
    entries = [
        {
            "rule": report.rule.id,
            "file": report.finding.spot.source.key,
            "subject": report.finding.subject,
            "fingerprint": key,
            "count": counts[key],
        }
        for key, report in sorted(
            first.items(), key=lambda item: (item[1].finding.spot.source.key, item[1].order)
        )
    ]
    return (
        json.dumps({"version": _VERSION, "findings": entries}, indent=2, ensure_ascii=False) + "\n"
    )
