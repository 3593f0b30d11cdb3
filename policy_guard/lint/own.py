"""Comments that silence a finding, and the rules about them.

`# lint: ignore[ID] reason` speaks of its own line, or alone on a line of the next one that holds
anything; on the line of a response or of a variation it speaks of all of it. With `ignore-file`
it speaks of the whole file. Ids are separated by commas.
"""

from __future__ import annotations

import io
import re
import tokenize
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import yaml

from .findings import Edit, Finding, Fix, Report, Rule, Severity, Spot
from .model import Project
from .source import Source

_COMMENT = re.compile(
    r"#[^\S\n]*lint:[^\S\n]*ignore(?P<file>-file)?\[(?P<ids>[^\]\n]*)\]"
    r"[^\S\r\n]*(?P<reason>[^\r\n]*)"
)
_SIGN = "lint:"


@dataclass(frozen=True)
class Silence:
    """One comment that silences: which rules, on which line (None: the whole file), and why."""

    source: Source
    start: int
    end: int
    ids: tuple[str, ...]
    line: int | None
    reason: str

    def covers(self, report: Report) -> bool:
        """Tell whether it speaks of a report."""
        spot = report.finding.spot
        if spot.source is not self.source or report.rule.id not in self.ids:
            return False
        lines = {spot.source.place(at)[0] for at in (spot.start, *spot.heads)}
        return self.line is None or self.line in lines


def silences(sources: Sequence[Source]) -> list[Silence]:
    """Return every comment that silences."""
    return [one for source in sources if _SIGN in source.text for one in _of(source)]


def _of(source: Source) -> Iterator[Silence]:
    found = list(_COMMENT.finditer(source.text))
    if not found:
        return
    spans = _texts(source)
    for match in found:
        if any(start <= match.start() < end for start, end in spans):
            continue  # words in a text, no comment
        line, column = source.place(match.start())
        alone = not source.line(line)[: column - 1].strip()
        yield Silence(
            source,
            match.start(),
            match.end(),
            tuple(word.strip() for word in match["ids"].split(",") if word.strip()),
            None if match["file"] else (_next(source, line) if alone else line),
            match["reason"].strip(),
        )


def _texts(source: Source) -> list[tuple[int, int]]:
    """Return the spans of texts, in which a sign of a comment is none."""
    if source.path.endswith(".py"):
        tokens = tokenize.generate_tokens(io.StringIO(source.text).readline)
        return [
            (
                source.start_of(token.start[0]) + token.start[1],
                source.start_of(token.end[0]) + token.end[1],
            )
            for token in tokens
            if token.type == tokenize.STRING
        ]
    return [
        (_behind_header(source, event), event.end_mark.index)
        for event in yaml.parse(source.text, Loader=yaml.CSafeLoader)
        if isinstance(event, yaml.ScalarEvent) and event.start_mark and event.end_mark
    ]


def _behind_header(source: Source, event: Any) -> int:
    """Return where a scalar's words begin: a block's header may end in a comment."""
    start: int = event.start_mark.index
    return source.text.find("\n", start) + 1 or start if event.style in ("|", ">") else start


def _next(source: Source, line: int) -> int:
    """Return the next line that holds more than a comment."""
    last = source.place(len(source.text))[0]
    for number in range(line + 1, last + 1):
        text = source.line(number).strip()
        if text and not text.startswith("#"):
            return number
    return line


def unused(
    silence: Silence, used: set[str], run: Sequence[Rule], known: set[str]
) -> Finding | None:
    """Return the finding about ids that silenced nothing, of rules that saw all they need."""
    were_run = {rule.id for rule in run}
    strange = [word for word in silence.ids if word not in known]
    idle = [word for word in silence.ids if word in were_run and word not in used]
    left = [word for word in silence.ids if word not in {*strange, *idle}]
    if not strange and not idle and silence.ids:
        return None
    if strange:
        says = f"no rule is called `{strange[0]}`"
    elif idle:
        says = f"this silences nothing: `{idle[0]}` finds nothing here"
    else:
        says = "this names no rule, and silences nothing"
    spot = Spot(silence.source, silence.start, silence.end)
    return Finding(spot, says, "", _without(silence, left))


def _without(silence: Silence, left: list[str]) -> Fix | None:
    source = silence.source
    if not source.exact:
        return None
    if left:
        start = source.text.index("[", silence.start) + 1
        edit = Edit(source, start, source.text.index("]", start), ", ".join(left))
        return Fix("take the id out", (edit,), safe=True)
    line, column = source.place(silence.start)
    before = source.line(line)[: column - 1]
    start = silence.start - (len(before) - len(before.rstrip()))
    end = silence.end
    if not before.strip():
        start = source.start_of(line)
        end = source.start_of(line + 1)
    return Fix("take the comment out", (Edit(source, start, end, ""),), safe=True)


def without_reason(silence: Silence) -> Finding | None:
    """Return the finding about a comment that gives no reason."""
    if silence.reason:
        return None
    says = "this gives no reason: say in words why the finding does not count here"
    return Finding(Spot(silence.source, silence.start, silence.end), says)


def _by_engine(project: Project) -> Iterator[Finding]:
    """Find nothing: what these rules see depends on all other findings."""
    return iter(())


UNUSED = Rule("X901", "unused-ignore", Severity.WARNING, _by_engine)
REASONLESS = Rule("X902", "ignore-without-reason", Severity.WARNING, _by_engine)
RULES = (UNUSED, REASONLESS)
