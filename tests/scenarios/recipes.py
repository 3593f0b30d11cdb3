"""A copy of the project in which the recipes of docs/designers.md are followed, as data alone."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterable
from copy import deepcopy
from pathlib import Path
from typing import Any

import yaml

from scripts.stack import ROOT

SPANISH = Path(__file__).parent / "spanish"
#: What designers edit, and the settings beside it.
FILES = (
    *("domain.yml", "config.yml", "alerts.yml", "languages.yml", "hours.yml"),
    *("endpoints.yml", "credentials.yml"),
)
Json = dict[str, Any]


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

    def path(self, name: str) -> Path:
        """Return the path of a file."""
        return self.folder / name

    def train(self) -> None:
        """Train the copy's model, as `make model` does; the validator would double the time."""
        done = subprocess.run(
            [
                sys.executable,
                "-m",
                "rasa",
                "train",
                "--quiet",
                "--skip-validation",
                "--fixed-model-name",
                "bot",
            ],
            cwd=self.folder,
            env={
                **os.environ,
                "PYTHONPATH": str(ROOT),
                "TF_CPP_MIN_LOG_LEVEL": "3",
                "RASA_TELEMETRY_ENABLED": "false",
                "SQLALCHEMY_SILENCE_UBER_WARNING": "1",
            },
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr

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

    # -- an alert type, a one-time notification ------------------------------------------------

    def add_alert_type(self, entry: Json) -> None:
        """Follow the recipe "add an alert type": an entry of the catalogue."""
        alerts = read(self.path("alerts.yml"))
        alerts.append(entry)
        write(self.path("alerts.yml"), alerts)

    def add_words(self, examples: dict[str, list[str]], synonyms: dict[str, list[str]]) -> None:
        """Add examples of intents, and the words that mean an alert type."""
        blocks: list[Json] = [
            {"intent": intent, "examples": _listed(said)} for intent, said in examples.items()
        ]
        blocks += [{"synonym": of, "examples": _listed(all_)} for of, all_ in synonyms.items()]
        write(self.path("data/nlu/more.yml"), {"version": "3.1", "nlu": blocks})

    def add_responses(self, responses: Json, *, rules: Iterable[Json] = ()) -> None:
        """Add responses, or further variations of those there are, and the rules that say them."""
        domain = read(self.path("domain.yml"))
        for name, variations in responses.items():
            domain["responses"].setdefault(name, []).extend(variations)
        write(self.path("domain.yml"), domain)
        if rules:
            file = self.path("data/rules.yml")
            data = read(file)
            data["rules"].extend(rules)
            write(file, data)


def _listed(examples: Iterable[str]) -> str:
    return "".join(f"- {one}\n" for one in examples)


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
