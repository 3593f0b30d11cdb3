"""The commands `policy show`, `diff`, `forecast` and `document`, and the short `forecast`."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest

from policy_guard import cli_policy
from policy_guard.cli import main
from policy_guard.edition import known
from policy_guard.policy_document import document

ROOT = Path(__file__).parents[2]
TAGS_END = "2026-04-27"
ENDPOINTS = "policy_guard:\n  page: {region: US}\n"
DOMAIN = """\
responses:
  utter_shipped:
    - text: "It has shipped."
      metadata: {messenger: {purpose: post_purchase_update, topic: delivery}}
"""
ALERTS = """\
- id: delivery
  titles: {en: Deliveries}
  descriptions: {en: when your parcel leaves}
  purpose: post_purchase_update
  consent: preference
  push: silent
"""


@dataclass
class Ran:
    """What a command did."""

    code: int
    out: str
    err: str

    @property
    def data(self) -> Any:
        return json.loads(self.out)


class Runner:
    """Runs commands in a folder and keeps what they print."""

    def __init__(self, capsys: pytest.CaptureFixture[str]) -> None:
        self._capsys = capsys

    def __call__(self, *argv: str) -> Ran:
        code = main(argv)
        said = self._capsys.readouterr()
        return Ran(code, said.out, said.err)


@pytest.fixture
def run(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Runner:
    """Return what runs a command in an empty folder."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("POLICY_GUARD_DB", raising=False)
    return Runner(capsys)


def lay_out(folder: Path, endpoints: str = ENDPOINTS) -> Path:
    folder.mkdir(exist_ok=True)
    for name, text in {
        "endpoints.yml": endpoints,
        "domain.yml": DOMAIN,
        "alerts.yml": ALERTS,
    }.items():
        (folder / name).write_text(text, "utf-8")
    return folder


def one_sentence(ran: Ran) -> str:
    assert (ran.code, ran.out) == (2, "")
    assert ran.err.count("\n") == 1
    return ran.err


# -- show -----------------------------------------------------------------------------------------


def test_the_rules_of_a_day_are_shown(run: Runner) -> None:
    ran = run("policy", "show", "--at", "2026-05-01")

    assert (ran.code, ran.err) == (0, "")
    assert ran.out.startswith("The platform's rules of 2026-05-01: the edition 2026-04-27")
    assert "- the message tag `ACCOUNT_UPDATE`: is refused by the platform [" in ran.out


def test_the_rules_are_shown_in_french(run: Runner) -> None:
    ran = run("policy", "show", "--at", "2026-05-01", "--lang", "fr")

    assert ran.out.startswith("Les règles de la plateforme du 2026-05-01 : l'édition 2026-04-27")


def test_the_rules_are_shown_as_json(run: Runner) -> None:
    data = run("policy", "show", "--at", TAGS_END, "--json").data

    assert (data["day"], data["edition"]) == (TAGS_END, TAGS_END)
    assert {"facts", "switches", "notes", "stale", "checked_on", "says"} <= data.keys()


def test_without_a_day_the_rules_are_those_of_the_clock(
    run: Runner, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cli_policy, "SystemClock", lambda: StillClock(2026, 5, 1))

    assert run("policy", "show", "--json").data["day"] == "2026-05-01"


class StillClock:
    """A clock that stands on a day."""

    def __init__(self, year: int, month: int, day: int) -> None:
        self._at = datetime(year, month, day, tzinfo=timezone.utc)

    def now(self) -> datetime:
        return self._at


def test_rules_that_nobody_checked_for_long_say_so(run: Runner) -> None:
    checked_on = known().all[-1].checked_on
    late = checked_on + timedelta(days=181)

    assert "for 181 days, more than 180" in run("policy", "show", "--at", f"{late}").out
    assert "more than 180" not in run("policy", "show", "--at", f"{checked_on}").out


def test_the_projects_switches_are_shown_as_turned_on(run: Runner, tmp_path: Path) -> None:
    assumed = run("policy", "show", "--at", "2026-05-01")
    lay_out(tmp_path, ENDPOINTS + "  switches: [one_time_ended]\n")
    turned = run("policy", "show", "--at", "2026-05-01")

    assert "- `one_time_ended`, off:" in assumed.out
    assert "- `one_time_ended`, turned on:" in turned.out
    assert "- one-time notifications: the platform does not offer them" in turned.out


def test_an_endpoints_file_that_was_named_has_to_be_there(run: Runner) -> None:
    said = one_sentence(run("policy", "show", "--endpoints", "other.yml"))

    assert said.startswith("other.yml: cannot be read")


@pytest.mark.parametrize("day", ["yesterday", "2026-13-01", "2026-04-27T00:00:00Z", ""])
def test_what_is_no_day_is_told_in_one_sentence(run: Runner, day: str) -> None:
    said = one_sentence(run("policy", "show", "--at", day))

    assert f"`{day}` is not a day such as 2026-04-27" in said


def test_a_day_before_the_first_edition_is_told_in_one_sentence(run: Runner) -> None:
    first = known().all[0].id
    expected = f"no edition covers `2010-01-01 00:00:00 UTC`: the first is {first}\n"

    assert one_sentence(run("policy", "show", "--at", "2010-01-01")) == expected
    assert one_sentence(run("policy", "diff", "2010-01-01", "2026-01-01")) == expected
    assert one_sentence(run("policy", "diff", "2026-01-01", "2010-01-01")) == expected


# -- diff -----------------------------------------------------------------------------------------


def test_two_days_are_compared_in_both_directions(run: Runner) -> None:
    forth = run("policy", "diff", "2026-04-26", "2026-04-27")
    back = run("policy", "diff", "2026-04-27", "2026-04-26")

    assert (forth.code, back.code) == (0, 0)
    assert "- since 2026-04-27, the message tag `ACCOUNT_UPDATE`: is refused" in forth.out
    assert "- until 2026-04-27, the message tag `ACCOUNT_UPDATE`: is accepted" in back.out


def test_two_days_are_compared_as_json_and_in_french(run: Runner) -> None:
    data = run("policy", "diff", "2026-04-26", "2026-04-27", "--json", "--lang", "fr").data

    assert (data["before"], data["after"], data["backwards"]) == ("2026-02-10", TAGS_END, False)
    assert data["sentences"][0].startswith("Du 2026-04-26 (édition 2026-02-10) au 2026-04-27")


def test_the_projects_switches_are_compared(run: Runner, tmp_path: Path) -> None:
    lay_out(tmp_path, ENDPOINTS + "  switches: [tags_end_2026_02_10]\n")

    assert "- since 2026-02-10, the message tag `ACCOUNT_UPDATE`: is refused" in (
        run("policy", "diff", "2026-01-01", "2026-05-01").out
    )


# -- forecast -------------------------------------------------------------------------------------


def test_the_forecast_of_a_project_names_response_file_and_line(
    run: Runner, tmp_path: Path
) -> None:
    lay_out(tmp_path / "shop")
    ran = run("policy", "forecast", "--project", "shop")

    assert (ran.code, ran.err) == (0, "")
    assert "- from 2026-04-27 `utter_shipped` (shop/domain.yml:3) is refused unless" in ran.out
    assert "the alert type `delivery` (shop/alerts.yml:1) is refused unless" in ran.out


def test_the_short_command_says_the_same(run: Runner, tmp_path: Path) -> None:
    lay_out(tmp_path)

    assert run("forecast", "--lang", "fr").out == run("policy", "forecast", "--lang", "fr").out
    assert "(domain.yml:3) is refused unless" in run("forecast").out


def test_the_forecast_goes_by_the_projects_page_and_switches(run: Runner, tmp_path: Path) -> None:
    lay_out(tmp_path)
    (tmp_path / "alerts.yml").write_text(ALERTS + "  utility_template: shipped\n", "utf-8")
    page = "policy_guard:\n  page: {region: US, utility_templates: [shipped]}\n"

    assert "unless the platform approves the template `shipped`" in run("forecast").out
    (tmp_path / "endpoints.yml").write_text(page, "utf-8")
    assert "(domain.yml:3) goes as an approved utility template" in run("forecast").out
    text = ENDPOINTS + "  switches: [tags_end_2026_02_10]\n"
    (tmp_path / "endpoints.yml").write_text(text, "utf-8")
    data = run("forecast", "--json").data
    assert data["switches"] == ["tags_end_2026_02_10"]
    assert {change["day"] for change in data["changes"]} == {"2026-02-10"}


def test_another_endpoints_file_and_alert_types_elsewhere_are_used(
    run: Runner, tmp_path: Path
) -> None:
    shop = lay_out(tmp_path / "shop")
    (tmp_path / "types.yml").write_text(ALERTS.replace("delivery", "parcels"), "utf-8")
    (tmp_path / "live.yml").write_text(ENDPOINTS + "  alerts: types.yml\n", "utf-8")
    ran = run("--endpoints", "live.yml", "forecast", "--project", str(shop))

    assert f"the alert type `parcels` ({tmp_path}/types.yml:1) is refused" in ran.out


def test_the_forecast_can_begin_on_a_day(run: Runner, tmp_path: Path) -> None:
    lay_out(tmp_path)

    assert "2026-04-27" in run("forecast", "--from", TAGS_END).out
    assert run("forecast", "--from", "2026-04-28").out.startswith("No known change of the")
    assert "no edition covers" in one_sentence(run("forecast", "--from", "2010-01-01"))


def test_what_is_to_come_is_announced(
    run: Runner, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lay_out(tmp_path)
    monkeypatch.setattr(cli_policy, "SystemClock", lambda: StillClock(2026, 4, 1))
    data = run("forecast", "--json").data

    assert data["now"] == "2026-04-01T00:00:00+00:00"
    assert {change["announced"] for change in data["changes"]} == {True}
    assert f"{TAGS_END}, annoncé : la plateforme refuse" in run("forecast", "--lang", "fr").out


@pytest.mark.parametrize(
    ("spoiled", "said"),
    [
        ("domain.yml", "holds no domain with responses"),
        ("alerts.yml", "alerts.yml: cannot be read"),
        ("endpoints.yml", "endpoints.yml: cannot be read"),
    ],
)
def test_a_project_with_a_file_missing_is_told_in_one_sentence(
    run: Runner, tmp_path: Path, spoiled: str, said: str
) -> None:
    (lay_out(tmp_path) / spoiled).unlink()

    assert said in one_sentence(run("forecast"))


def test_a_project_that_is_no_folder_is_told_in_one_sentence(run: Runner) -> None:
    assert one_sentence(run("forecast", "--project", "nowhere")) == "`nowhere` is not a folder\n"


# -- the page, and the start ----------------------------------------------------------------------


def test_the_page_is_printed_whole(run: Runner) -> None:
    assert run("policy", "document").out == document(known())
    assert run("policy", "document", "--json").data == {"document": document(known())}


def test_policy_alone_asks_which_command(run: Runner) -> None:
    assert "`policy-guard policy --help` tells more" in one_sentence(run("policy"))


@pytest.mark.parametrize(
    "argv",
    [
        ["policy", "show", "--at", "2026-05-01"],
        ["policy", "diff", "2026-01-01", "2026-05-01"],
        ["policy", "document"],
    ],
    ids=lambda argv: argv[1],
)
def test_the_rules_alone_are_told_without_sqlalchemy(argv: list[str], tmp_path: Path) -> None:
    """Only a project's own settings know of the store."""
    check = (
        "import sys; from policy_guard.cli import main; code = main(sys.argv[1:]); "
        "sys.exit(code or 'sqlalchemy' in sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", check, *argv],
        check=False,
        cwd=tmp_path,
        env={"PYTHONPATH": str(ROOT)},
        capture_output=True,
    )

    assert done.returncode == 0
