"""What a rule is about, in words: for `--explain`, for docs/rules/, for SARIF."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from . import registry
from .findings import Rule

PAGES = Path(__file__).parent / "pages"
_MANY = re.compile(r'"@@(\d+)( items)?"')
_FILES = {
    "L": "limits",
    "P": "policy",
    "C": "conversation",
    "W": "wording",
    "S": "safety",
    "X": "own",
}
_USUAL = "domain.yml"


@dataclass(frozen=True)
class Page:
    """The words on one rule; examples are files by name."""

    rule: Rule
    what: str
    why: str
    bad: Mapping[str, str]
    good: Mapping[str, str]
    source: str
    checked: str
    fix: str
    known: str | None


@cache
def _family(letter: str) -> Mapping[str, Any]:
    file = PAGES / f"{_FILES[letter]}.yaml"
    data: Mapping[str, Any] = yaml.load(file.read_text("utf-8"), Loader=yaml.CSafeLoader)
    return data


def page(rule: Rule) -> Page:
    """Return the words on a rule."""
    said = _family(rule.id[0])[rule.id]
    return Page(
        rule=rule,
        what=said["what"],
        why=said["why"],
        bad=_files(said["bad"]),
        good=_files(said["good"]),
        source=said["source"],
        checked=str(said["checked"]),
        fix=said["fix"],
        known=said.get("known"),
    )


def title(rule_id: str) -> str:
    """Return what a rule is about in one sentence."""
    what: str = _family(rule_id[0])[rule_id]["what"]
    return what


def _files(example: str | Mapping[str, str]) -> Mapping[str, str]:
    return {_USUAL: example} if isinstance(example, str) else dict(example)


def example(text: str) -> str:
    """Return an example as a file: `"@@2000"` stands for a text of 2000 characters."""
    return _MANY.sub(
        lambda found: (
            ", ".join(["item"] * int(found[1])) if found[2] else f'"{"x" * int(found[1])}"'
        ),
        text,
    )


def as_text(page: Page) -> str:
    """Return a page for a terminal."""
    return markdown(page)


def markdown(page: Page) -> str:
    """Return a page as it stands in docs/rules/."""
    rule = page.rule
    family = registry.FAMILIES[rule.id[0]]
    parts = [
        f"# {rule.id} {rule.name}",
        f"{page.what}",
        f"Family: {family}. Severity: {rule.severity.value}.",
        "## Why",
        page.why,
        "## Bad",
        _blocks(page.bad),
        "## Good",
        _blocks(page.good),
        "## Fix",
        page.fix,
        *(("## Known limits", page.known) if page.known else ()),
        "## Source",
        f"{page.source[0].upper()}{page.source[1:]}. Read on {page.checked}.",
        "## To silence it",
        f"`# lint: ignore[{rule.id}] reason` on the line, or on the line of the response.",
    ]
    return "\n\n".join(part.strip() for part in parts) + "\n"


def _blocks(files: Mapping[str, str]) -> str:
    blocks = []
    for name, text in files.items():
        shown = _MANY.sub(_in_words, text.rstrip("\n"))
        kind = "python" if name.endswith(".py") else "yaml"
        named = f"`{name}`:\n\n" if len(files) > 1 or name != _USUAL else ""
        blocks.append(f"{named}```{kind}\n{shown}\n```")
    return "\n\n".join(blocks)


def _in_words(found: re.Match[str]) -> str:
    return f"... {found[1]} elements ..." if found[2] else f'"... {found[1]} characters ..."'


def index() -> str:
    """Return the list of all rules, as it stands in docs/rules/README.md."""
    lines = [
        "# The rules of `policy-guard lint`",
        "",
        "Written from `policy_guard/lint/pages/` by `python -m policy_guard.lint.explain`; "
        "`policy-guard lint --explain ID` shows the same.",
    ]
    for letter, family in registry.FAMILIES.items():
        lines += ["", f"## {family[0].upper()}{family[1:]}", "", "| id | name | severity | what |"]
        lines.append("|---|---|---|---|")
        for rule in registry.RULES:
            if rule.id[0] == letter:
                named = f"[{rule.id}]({rule.id}.md) | {rule.name} | {rule.severity.value}"
                lines.append(f"| {named} | {title(rule.id)} |")
    return "\n".join(lines) + "\n"


def write(folder: Path) -> None:
    """Write every page and the list into a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for rule in registry.RULES:
        (folder / f"{rule.id}.md").write_text(markdown(page(rule)), "utf-8")
    (folder / "README.md").write_text(index(), "utf-8")


if __name__ == "__main__":
    write(Path("docs/rules"))
