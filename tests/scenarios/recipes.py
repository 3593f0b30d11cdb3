"""A copy of the project in which the recipes of docs/designers.md are followed, as data alone."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from copy import deepcopy
from pathlib import Path
from textwrap import indent
from typing import Any

import yaml

from scripts.stack import ROOT
from tests import guide

SPANISH = Path(__file__).parent / "spanish"
#: What designers edit, and the settings beside it.
FILES = (
    *("domain.yml", "config.yml", "alerts.yml", "languages.yml", "hours.yml", "profile.yml"),
    *("endpoints.yml", "credentials.yml"),
)
Json = dict[str, Any]
_QUIET = {
    "TF_CPP_MIN_LOG_LEVEL": "3",
    "RASA_TELEMETRY_ENABLED": "false",
    "SQLALCHEMY_SILENCE_UBER_WARNING": "1",
    "COLUMNS": "1000",
}


def read(path: Path) -> Any:
    """Return what a YAML file holds."""
    return yaml.safe_load(path.read_text("utf-8"))


def write(path: Path, data: Any) -> None:
    """Write a YAML file anew, one value a line and in the order of the data."""
    text = yaml.safe_dump(data, sort_keys=False, allow_unicode=True, width=10_000)
    path.write_text(text, "utf-8")


class Project:
    """A copy of the project's data; the code is where it is."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        for name in FILES:
            shutil.copy(ROOT / name, folder / name)
        shutil.copytree(ROOT / "data", folder / "data")
        shutil.copytree(ROOT / "tests" / "dialogue", folder / "tests" / "dialogue")

    def path(self, name: str) -> Path:
        """Return the path of a file."""
        return self.folder / name

    def train(self) -> None:
        """Train the copy's model, as `make model` does; the validator would double the time."""
        words = ("--quiet", "--skip-validation", "--fixed-model-name", "bot")
        self.run("rasa", "train", *words)

    # -- a third language ----------------------------------------------------------------------

    def add_spanish(self) -> None:
        """Follow the recipe "add a language": data in five places and nothing else."""
        words = read(SPANISH / "words.yml")
        with self.path("languages.yml").open("a", encoding="utf-8") as file:
            file.write("\n" + (SPANISH / "languages.yml").read_text("utf-8"))
        self._title_alerts(words["alerts"])
        hours = read(self.path("hours.yml"))
        for holiday in hours["holidays"]:
            holiday["name"]["es"] = words["holiday"]
        write(self.path("hours.yml"), hours)
        domain = read(self.path("domain.yml"))
        for name, variations in domain["responses"].items():
            variations.append(_in_spanish(variations[0], name, words))
        write(self.path("domain.yml"), domain)
        shutil.copy(SPANISH / "nlu.yml", self.folder / "data" / "nlu" / "es.yml")

    def _title_alerts(self, words: Json) -> None:
        alerts = read(self.path("alerts.yml"))
        for kind in alerts:
            kind["titles"]["es"] = words[kind["id"]]["title"]
            kind["descriptions"]["es"] = words[kind["id"]]["description"]
        write(self.path("alerts.yml"), alerts)

    # -- the recipes that the guide gives in full ----------------------------------------------

    def follow(self, recipe: str) -> None:
        """Put every block of a recipe of docs/designers.md where it says that it goes."""
        for block in guide.blocks(recipe):
            path = self.path(block.file)
            if block.how == "a new file":
                assert not path.exists()
                path.write_text(block.text, "utf-8")
            elif block.how == "at the end":
                path.write_text(f"{path.read_text('utf-8').rstrip()}\n\n{block.text}", "utf-8")
            elif block.how.startswith("more steps of the rule "):
                self._add_steps(path, block.how.split('"')[1], block.text)
            else:
                assert not block.how
                path.write_text(_merged(path.read_text("utf-8"), block.text), "utf-8")

    def keep_unsayable(self, intent: str, after: str) -> None:
        """Name a machine's intent beside another one: in the list, and where no slot hears it."""
        listed = self.path("tests/dialogue/machine_only_intents.txt")
        domain = self.path("domain.yml")
        for path, line, times in ((listed, "", 1), (domain, " " * 10 + "- ", 2)):
            text = path.read_text("utf-8")
            stands = f"\n{line}{after}\n"
            assert text.count(stands) == times
            path.write_text(text.replace(stands, f"{stands}{line}{intent}\n"), "utf-8")

    def _add_steps(self, path: Path, rule: str, steps: str) -> None:
        lines = path.read_text("utf-8").splitlines(keepends=True)
        at = lines.index(f"- rule: {rule}\n")
        end = next(n for n in range(at + 1, len(lines)) if lines[n].startswith("- rule:"))
        path.write_text("".join([*lines[:end], indent(steps, "  "), *lines[end:]]), "utf-8")

    def run(self, *command: str) -> str:
        """Run a command in the copy, with the project's code; returns what it says."""
        done = subprocess.run(
            [sys.executable, "-m", *command],
            cwd=self.folder,
            env={**os.environ, **_QUIET, "PYTHONPATH": str(ROOT)},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout + done.stderr


def _merged(text: str, more: str) -> str:
    """Return a YAML file with the sections of a block put at the ends of its own."""
    for section in re.split(r"(?m)^(?=\w)", more):
        head, _, body = section.partition("\n")
        if not body:
            continue
        found = re.search(rf"(?m)^{re.escape(head)}\n(?:[ #-].*\n|\n)*", text)
        assert found, f"the file has no section {head}"
        text = f"{text[: found.end()].rstrip()}\n{body.rstrip()}\n\n{text[found.end() :]}"
    return text


def _in_spanish(english: Json, name: str, words: Json) -> Json:
    """Return the Spanish variation of a response; where it leads to is the English one's."""
    condition = [{"type": "slot", "name": "language", "value": "es"}]
    said: Json = {"condition": condition}
    if "text" in english:
        said["text"] = words["responses"][name]
    if "custom" in english:
        said["custom"] = deepcopy(english["custom"])
        if "attachment" in said["custom"]:
            said["custom"]["attachment"]["payload"]["title"] = words["responses"][name]
    if "metadata" in english:
        said["metadata"] = deepcopy(english["metadata"])
    if "quick_replies" in english:
        titles = words["quick_replies"]
        said["quick_replies"] = [
            {"title": titles[str(each["title"])], "payload": str(each["payload"])}
            for each in english["quick_replies"]
        ]
    return said
