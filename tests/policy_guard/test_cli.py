"""The commands, in process and as a program, on a project in a temporary folder."""

from __future__ import annotations

import argparse
import io
import json
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest

from policy_guard import cases, cli, decisions, journal, people_rows, settings
from policy_guard.catalogue import load as load_catalogue
from policy_guard.clock import SystemClock
from policy_guard.edition import known
from policy_guard.errors import GuardError
from policy_guard.guard import Guard, Refusal, Wire
from policy_guard.people import PAGE_ID
from policy_guard.people_rows import Who
from policy_guard.sends import Outgoing, SendRow
from policy_guard.sql_store import OFFSET, SqlStore, set_meta
from policy_guard.vocabulary import Message, Opener, OpenerKind, Purpose

ROOT = Path(__file__).parents[2]
TOPIC = "back_in_stock:sku-42"
VALUE = "value-that-must-never-be-shown"
ASKED = datetime(2026, 5, 1, 12, tzinfo=timezone.utc)

ENDPOINTS = """\
policy_guard:
  url: sqlite:///var/guard.db
  page:
    region: US
    one_time_notification: true
  settings:
    window_margin: 5m
"""
ALERTS = """\
- id: delivery
  titles: {en: Deliveries, fr: Livraisons}
  descriptions: {en: when your parcel leaves, fr: quand votre colis part}
  purpose: post_purchase_update
  consent: preference
  push: silent
- id: back_in_stock
  titles: {en: Back in stock, fr: De retour}
  descriptions: {en: when a product is back, fr: quand un produit revient}
  purpose: alert
  consent: one_time
  push: regular
"""


class StillClock:
    """A clock that stands where it is put."""

    def __init__(self, at: datetime) -> None:
        self.at = at

    def now(self) -> datetime:
        return self.at


@dataclass
class Project:
    """A project's folder with a filled store, and the guard that fills it."""

    folder: Path
    guard: Guard
    clock: StillClock

    @property
    def endpoints(self) -> str:
        return str(self.folder / "endpoints.yml")

    def wrote(self, psid: str, at: datetime) -> None:
        who = Who("page-1", psid)
        with self.guard.store.write() as tx:
            people_rows.ensure(tx, who)
            people_rows.record_opener(tx, who, Opener(OpenerKind.MESSAGE, at))

    def granted(self, psid: str, topic: str, value: str, at: datetime = ASKED) -> None:
        who = Who("page-1", psid)
        with self.guard.store.write() as tx:
            people_rows.ensure(tx, who)
            people_rows.record_grant(tx, who, topic=topic, value=value, at=at)

    def decided(self, psid: str, text: str = "It is back.", **message: Any) -> SendRow:
        row, _ = self.guard.authorize(
            Outgoing(
                Who("page-1", psid),
                turn_key=f"turn-{psid}-{text}",
                ordinal=0,
                message=Message(**message),
                parts=({"text": text},),
                text=text,
                response=f"utter_{message.get('purpose', Purpose.REPLY).value}",
            )
        )
        return row

    def sent(self, row: SendRow, mid: str) -> None:
        wire = self.guard.begin(row.id)
        assert isinstance(wire, Wire)
        self.guard.sent(wire.part, mid)


@pytest.fixture(autouse=True)
def no_other_store(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let nothing outside a test say where the store is."""
    monkeypatch.delenv("POLICY_GUARD_DB", raising=False)


def lay_out(folder: Path) -> Path:
    """Write a project's files into *folder*."""
    (folder / "endpoints.yml").write_text(ENDPOINTS, "utf-8")
    (folder / "alerts.yml").write_text(ALERTS, "utf-8")
    return folder


def open_project(folder: Path) -> Project:
    """Make the empty store of a project; its clock stands eight days after ASKED."""
    config = settings.load(folder / "endpoints.yml", env={})
    store = SqlStore(config.url)
    with store.write() as tx:
        set_meta(tx, PAGE_ID, "page-1")
    clock = StillClock(ASKED + timedelta(days=8))
    guard = Guard(store, clock, config.page, config.settings, load_catalogue(config.alerts))
    return Project(folder, guard, clock)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Give a project's folder without a store."""
    return lay_out(tmp_path)


@pytest.fixture
def project(folder: Path) -> Iterator[Project]:
    """Give a project whose store is there and empty."""
    made = open_project(folder)
    yield made
    made.guard.store.close()


@dataclass
class Lived:
    """A project in whose store something has happened to six people."""

    project: Project
    alert: SendRow  # anna asked, and was told on her token
    refused: SendRow  # ben chose deliveries, but no ground carries the update
    held: SendRow  # carla gets her answer when she writes again
    unknown: SendRow  # dora's alert may have arrived
    rejected: SendRow  # emil's window was closed, said the platform
    open: SendRow  # fay's answer has not left yet

    @property
    def endpoints(self) -> str:
        return self.project.endpoints


@pytest.fixture(scope="module")
def lived(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lived]:
    """Give a project with one send of every kind, shared by the tests that only read it."""
    project = open_project(lay_out(tmp_path_factory.mktemp("lived")))
    yield live(project)
    project.guard.store.close()


def live(project: Project) -> Lived:
    """Let one send of every kind happen."""
    now = project.clock.now()
    for psid in ("anna", "dora"):
        project.wrote(psid, ASKED)
        project.granted(psid, TOPIC, f"{VALUE}-{psid}")
    for psid in ("emil", "fay"):
        project.wrote(psid, now - timedelta(hours=1))
    for psid in ("ben", "carla"):
        project.wrote(psid, ASKED)
    with project.guard.store.write() as tx:
        people_rows.record_choice(tx, Who("page-1", "ben"), ["delivery"], True, ASKED)

    alert = project.decided("anna", purpose=Purpose.ALERT, topic=TOPIC)
    project.sent(alert, "m_anna")
    refused = project.decided("ben", purpose=Purpose.POST_PURCHASE_UPDATE, topic="delivery")
    held = project.decided("carla", text="Your answer.")
    unknown = project.decided("dora", purpose=Purpose.ALERT, topic=TOPIC)
    wire = project.guard.begin(unknown.id)
    assert isinstance(wire, Wire)
    project.guard.unknown(wire.part, "no answer in 10 s")
    rejected = project.decided("emil", purpose=Purpose.PROMOTION)
    wire = project.guard.begin(rejected.id)
    assert isinstance(wire, Wire)
    project.guard.rejected(wire.part, Refusal({"code": 10, "subcode": 2018278}, unlawful=True))
    last = project.decided("fay", text="Hello.")
    return Lived(project, alert, refused, held, unknown, rejected, last)


@dataclass(frozen=True)
class Said:
    """What a command wrote and how it ended."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


@dataclass
class Terminal:
    """Runs commands in process."""

    capture: pytest.CaptureFixture[str]
    patch: pytest.MonkeyPatch

    def __call__(self, *argv: str, stdin: str | None = None) -> Said:
        keyboard: Any = io.StringIO(stdin or "")
        if stdin is None:
            keyboard.isatty = lambda: True
        self.patch.setattr(sys, "stdin", keyboard)
        self.capture.readouterr()
        code = cli.main(argv)
        captured = self.capture.readouterr()
        return Said(code, captured.out, captured.err)


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Terminal:
    """Give something that runs commands in process."""
    return Terminal(capsys, monkeypatch)


def program(
    *argv: str, module: str = "policy_guard.cli", stdin: str = "", **env: str
) -> subprocess.CompletedProcess[str]:
    """Run a command as a program of its own."""
    return subprocess.run(
        [sys.executable, "-m", module, *argv],
        check=False,
        cwd=ROOT,
        env={**os.environ, **env},
        input=stdin,
        capture_output=True,
        encoding="utf-8",
        timeout=60,
    )


# --- ask: options --------------------------------------------------------------------------------

OPEN = ("--at", "2026-05-09T12:00:00Z", "--opened-at", "2026-05-09T11:00:00Z")
CLOSED = ("--at", "2026-05-09T12:00:00Z", "--opened-at", "2026-05-01T12:00:00Z")
ALERT = ("--purpose", "alert", "--topic", TOPIC)
PAID = (*ALERT, "--token", f"{TOPIC}@2026-05-01T12:00:00Z", "--one-time-notification")
#: A year in which one-time notifications were closed in Europe.
PAID_2021 = (
    *("--at", "2021-06-02T12:00:00Z", "--opened-at", "2021-05-20T12:00:00Z"),
    *(*ALERT, "--token", f"{TOPIC}@2021-05-20T12:00:00Z", "--one-time-notification"),
)


def test_an_answer_inside_the_window_is_sent(run: Terminal) -> None:
    said = run("ask", *OPEN)

    assert (said.code, said.err) == (0, "")
    assert said.json["decision"] == "send"
    assert (said.json["ground"], said.json["rule"]) == ("standard_window", "window_open")


def test_a_refusal_is_an_answer_and_no_failure(run: Terminal) -> None:
    said = run("ask", *CLOSED, "--purpose", "promotion")

    assert said.code == 0
    assert (said.json["decision"], said.json["rule"]) == ("refuse", "no_ground")


@pytest.mark.parametrize(
    ("options", "decision", "rule"),
    [
        ((*OPEN,), "send", "window_open"),
        ((*OPEN, "--purpose", "promotion"), "send", "window_open"),
        ((*CLOSED,), "hold", "may_wait"),
        ((*CLOSED, *PAID), "send", "token_held"),
        ((*CLOSED, *ALERT, "--one-time-notification"), "refuse", "no_ground"),
        ((*CLOSED, *PAID[:-1]), "refuse", "no_ground"),
        ((*CLOSED, *PAID, "--parts", "2"), "refuse", "no_ground"),
        ((*PAID_2021, "--region", "CA"), "send", "token_held"),
        ((*PAID_2021, "--region", "UK"), "refuse", "no_ground"),
        ((*PAID_2021, "--region", "US", "--page-region", "FR"), "refuse", "no_ground"),
        ((*CLOSED, *PAID, "--restricted"), "hold", "page_restricted"),
        ((*CLOSED, *PAID, "--paused-until", "2026-06-01T00:00:00Z"), "hold", "person_paused"),
        ((*CLOSED, *PAID, "--quiet-hours", "11:00-13:00"), "hold", "quiet_hours"),
        (
            (*CLOSED, *PAID, "--quiet-hours", "11:00-13:00", "--time-zone", "Asia/Tokyo"),
            "send",
            "token_held",
        ),
        (
            (*CLOSED, *PAID, "--quiet-hours", "11:00-13:00", "--page-time-zone", "Asia/Tokyo"),
            "send",
            "token_held",
        ),
        ((*CLOSED, *PAID, "--proactive-per-day", "0"), "hold", "daily_cap"),
        ((*OPEN, *ALERT, "--stopped"), "refuse", "person_stopped"),
        ((*OPEN, "--stopped-at", "2026-05-09T11:30:00Z"), "refuse", "person_stopped"),
        ((*OPEN, "--stopped-at", "2026-05-09T10:30:00Z"), "send", "window_open"),
        ((*OPEN, "--purpose", "promotion", "--topic", "news"), "refuse", "alert_chosen"),
        (
            (*OPEN, "--purpose", "promotion", "--topic", "news", "--alert", "a", "--alert", "news"),
            "send",
            "window_open",
        ),
        ((*OPEN, "--blocked"), "refuse", "person_can_be_reached"),
        ((*OPEN, "--thread-owner", "other"), "hold", "thread_is_ours"),
        ((*OPEN, "--thread-owner", "us"), "send", "window_open"),
        ((*OPEN, "--template", "one_time_notif_req"), "refuse", "request_allowed"),
        ((*OPEN, "--opened-by", "read"), "hold", "may_wait"),
        ((*OPEN, "--opened-by", "referral"), "hold", "may_wait"),
        ((*OPEN, "--opened-by", "referral", "--ref", "autumn"), "send", "window_open"),
        ((*OPEN, "--window-margin", "22h"), "send", "window_open"),
        ((*OPEN, "--window-margin", "23h"), "hold", "may_wait"),
        ((*CLOSED, "--purpose", "human_agent", "--author", "human"), "refuse", "no_ground"),
        (
            (*CLOSED, "--purpose", "human_agent", "--author", "human", "--human-agent"),
            "refuse",
            "no_ground",
        ),
        (
            (
                *(*CLOSED, "--purpose", "human_agent", "--author", "human", "--human-agent"),
                *("--last-message-at", "2026-05-03T12:00:00Z"),
            ),
            "send",
            "tag_covers_purpose",
        ),
        ((*OPEN, "--set", "person.blocked=true"), "refuse", "person_can_be_reached"),
        ((*OPEN, "--set", "person.opened=never"), "hold", "may_wait"),
        (
            (
                *("--at", "2026-05-09T12:00:00Z", "--set"),
                "person.opened=[{by: read, at: 2026-05-09T11:00:00Z},"
                " {by: postback, at: 2026-05-09T10:00:00Z}]",
            ),
            "send",
            "window_open",
        ),
    ],
)
def test_each_option_moves_the_answer_as_its_key_of_a_case_row_does(
    run: Terminal, options: Sequence[str], decision: str, rule: str
) -> None:
    said = run("ask", *options)

    assert (said.code, said.err) == (0, "")
    assert (said.json["decision"], said.json["rule"]) == (decision, rule)


def test_the_push_that_is_asked_for_reaches_the_wire(run: Terminal) -> None:
    assert run("ask", *OPEN, "--push", "silent").json["notification_type"] == "SILENT_PUSH"


def test_what_has_no_option_of_its_own_is_set_by_its_key(run: Terminal) -> None:
    """A key of a list and a key of a folder both reach the row."""
    said = run(
        *("ask", *CLOSED, *ALERT, "--one-time-notification", "--set"),
        f"person.tokens=[{{topic: '{TOPIC}', granted_at: 2026-05-01T12:00:00Z, spent: true}}]",
    )

    assert said.json["decision"] == "refuse"
    assert f"the token for `{TOPIC}` is spent" in said.json["reason"]


def test_a_question_without_a_moment_is_about_now(run: Terminal) -> None:
    said = run("ask", "--purpose", "promotion")

    assert said.json["edition"] == known().at(SystemClock().now()).id


def test_a_moment_before_the_first_edition_is_refused_with_the_sentence(run: Terminal) -> None:
    said = run("ask", "--at", "2017-12-31T23:59:59Z")

    assert said.code == 0
    assert (said.json["decision"], said.json["rule"]) == ("refuse", "edition_in_force")
    assert said.json["reason"].startswith("no edition covers `2017-12-31 23:59:59 UTC`")


@pytest.mark.parametrize(
    ("argv", "sentence"),
    [
        (("ask",), "no question: give options such as `--purpose`, or JSON on standard input"),
        (("ask", "--at", "yesterday"), "`at`: `yesterday` is not a moment"),
        (("ask", "--at", "2026-05-09T12:00:00"), "is not a moment such as"),
        (("ask", "--purpose", "advert"), "`message.purpose`: `advert` is not one of reply"),
        (("ask", "--author", "ghost"), "`author`: `ghost` is not one of bot, human"),
        (("ask", "--push", "loud"), "`message.push`: `loud` is not one of"),
        (("ask", "--parts", "many"), "`message.parts`: `many` is not a whole number"),
        (("ask", "--opened-by", "knock"), "`person.opened.by`: `knock` is not one of"),
        (("ask", "--opened-by", "message"), "`person.opened.at` is missing"),
        (("ask", "--token", "no-moment"), "`--token no-moment` is not of the form `topic@moment`"),
        (("ask", "--token", "a:b@soon"), "`person.tokens.granted_at`: `soon` is not a moment"),
        (("ask", "--region", "EL"), "`person.region`: `EL` is not an ISO 3166 country code"),
        (("ask", "--page-region", "XX"), "`page.region`: `XX` is not an ISO 3166 country code"),
        (("ask", "--region", "Mars"), "`person.region`: `Mars` is not an ISO 3166"),
        (("ask", "--window-margin", "5"), "`settings.window_margin`: `5` is not a duration"),
        (("ask", "--proactive-per-day", "x"), "`settings.proactive_per_day`: `x` is not"),
        (("ask", "--thread-owner", "them"), "`page.thread_owner`: `them` is not us or other"),
        (("ask", "--set", "blocked"), "`--set blocked` is not of the form `key=value`"),
        (("ask", "--set", "person..x=1"), "is not of the form `key=value`"),
        (("ask", "--set", "person.blokced=true"), "unknown key `person.blokced`"),
        (("ask", "--set", "at.hour=1", "--at", "x"), "`at.hour` goes through `at`"),
        (("ask", "--set", "message=[unclosed"), "`--set message`:2: is not valid YAML"),
        (("ask", "yes"), "`yes` is not `-`"),
        (("ask", "--stoped"), "unrecognized arguments: --stoped"),
        (("ask", "--purp", "reply"), "unrecognized arguments: --purp; "),
        ((), "the following arguments are required: COMMAND; `policy-guard --help` tells more"),
        (("aks",), "argument COMMAND: invalid choice: `aks`"),
        (("cases",), "the following arguments are required: FILE"),
        (("journal", "--last", "0"), "`0` is not a whole number from 1 to 1000000"),
        (("journal", "--last", "9" * 30), "is not a whole number from 1 to 1000000"),
        (("disagreements", "--last", "-1"), "argument --last"),
        (("outbox", "--state", "lost"), "argument --state: invalid choice: `lost`"),
        (
            ("explain", "1", "--lang", "de"),
            "argument --lang: invalid choice: `de` (choose from `en`, `fr`); ",
        ),
        (("explain",), "the following arguments are required: ID"),
    ],
)
def test_bad_input_is_one_sentence_and_nothing_else(
    run: Terminal, argv: Sequence[str], sentence: str
) -> None:
    said = run(*argv)

    assert (said.code, said.out) == (2, "")
    assert sentence in said.err
    assert said.err.count("\n") == 1


# --- ask: the project's switches ---


def test_a_question_is_answered_with_the_switches_of_the_project(
    run: Terminal, tmp_path: Path
) -> None:
    text = "policy_guard:\n  url: ${NOT_SET}\n  page: {region: US}\n  switches: [one_time_ended]\n"
    (tmp_path / "endpoints.yml").write_text(text, "utf-8")
    ended = run("--endpoints", str(tmp_path / "endpoints.yml"), "ask", *CLOSED, *PAID).json

    assert run("ask", *CLOSED, *PAID).json["ground"] == "one_time_notification"
    assert (ended["decision"], ended["rule"]) == ("refuse", "no_ground")
    assert {"switch": "one_time_ended", "on": True} in [
        one for found in ended["findings"] for one in found["assumes"]
    ]


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("policy_guard: {switches: [otn_ended]}\n", ":1: the switch `otn_ended` is not one of `ac"),
        ("policy_guard:\n  switches: on\n", ":2: `on` is not a list of switches"),
    ],
)
def test_a_question_names_a_switch_that_is_none(
    run: Terminal, tmp_path: Path, text: str, sentence: str
) -> None:
    (tmp_path / "endpoints.yml").write_text(text, "utf-8")
    said = run("--endpoints", str(tmp_path / "endpoints.yml"), "ask", *CLOSED, *PAID)

    assert (said.code, said.out) == (2, "")
    assert f"endpoints.yml{sentence}" in said.err


def test_a_question_of_a_project_that_is_not_there_is_not_answered(
    run: Terminal, tmp_path: Path
) -> None:
    said = run("--endpoints", str(tmp_path / "none.yml"), "ask", *CLOSED, *PAID)

    assert (said.code, said.out) == (2, "")
    assert "none.yml" in said.err


def test_a_project_without_settings_of_the_guard_has_no_switch_on(
    run: Terminal, tmp_path: Path
) -> None:
    (tmp_path / "endpoints.yml").write_text("action_endpoint: {url: x}\n", "utf-8")
    said = run("--endpoints", str(tmp_path / "endpoints.yml"), "ask", *CLOSED, *PAID)

    assert said.json["ground"] == "one_time_notification"


# --- ask: standard input -------------------------------------------------------------------------

QUESTION = {
    "at": "2026-05-09T12:00:00Z",
    "message": {"purpose": "alert", "topic": TOPIC},
    "person": {
        "opened": {"by": "message", "at": "2026-05-01T12:00:00Z"},
        "tokens": [{"topic": TOPIC, "granted_at": "2026-05-01T12:00:00Z"}],
    },
    "page": {"one_time_notification": True},
}


@pytest.mark.parametrize("argv", [("ask",), ("ask", "-"), ("ask", "--json")])
def test_a_question_on_standard_input_has_the_answer_of_the_same_row(
    run: Terminal, argv: Sequence[str]
) -> None:
    said = run(*argv, stdin=json.dumps(QUESTION))
    row = cases.read_row(QUESTION, question_only=True)

    assert said.json == decisions.as_dict(cases.answer(row))
    assert said.json["ground"] == "one_time_notification"


@pytest.mark.parametrize(
    ("text", "key"),
    [
        (
            '{"at": "2026-05-09T12:00:00Z", "message": {}, "message": {"purpose": "news"}}',
            "message",
        ),
        ('{"message": {}, "person": {"stopped": true, "stopped": false}}', "stopped"),
    ],
)
def test_a_key_that_is_there_twice_is_not_settled_by_chance(
    run: Terminal, text: str, key: str
) -> None:
    said = run("ask", stdin=text)

    assert (said.code, said.out) == (2, "")
    assert said.err == f"standard input: the key `{key}` is there twice\n"


def test_options_and_standard_input_ask_the_same_question(run: Terminal) -> None:
    assert run("ask", *CLOSED, *PAID).json == run("ask", stdin=json.dumps(QUESTION)).json


def test_options_win_where_standard_input_is_merely_not_a_terminal(run: Terminal) -> None:
    """A script's standard input is seldom a terminal: it is read only where nothing else asks."""
    assert run("ask", *OPEN, stdin="this is not read").json["decision"] == "send"


@pytest.mark.parametrize(
    ("stdin", "sentence"),
    [
        ("", "standard input, line 1, column 1: is not JSON"),
        ('{"at":\n nonsense}', "standard input, line 2, column 2: is not JSON"),
        ("[" * 100_000, "standard input: is nested too deeply"),
        ("[1]", "`row` must be a mapping"),
        ("null", "`at` is missing"),
        ('{"message": {}}', "`at` is missing"),
        ('{"at": "2026-05-09T12:00:00Z"}', "`message` is missing"),
        ('{"at": "2026-05-09T12:00:00Z", "message": {}, "persn": {}}', "unknown key `persn`"),
        ('{"at": "2026-05-09T12:00:00Z", "message": {"purpose": 5}}', "`message.purpose`: `5`"),
    ],
)
def test_a_question_that_cannot_be_read_is_one_sentence(
    run: Terminal, stdin: str, sentence: str
) -> None:
    said = run("ask", stdin=stdin)

    assert (said.code, said.out) == (2, "")
    assert sentence in said.err
    assert said.err.count("\n") == 1


def test_standard_input_that_is_not_text_is_one_sentence(
    run: Terminal, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    binary = io.TextIOWrapper(io.BytesIO(b"\xff\xfe{}"), encoding="utf-8")
    monkeypatch.setattr(sys, "stdin", binary)

    assert cli.main(["ask"]) == 2
    assert capsys.readouterr().err == "standard input: is not UTF-8 text\n"


def test_a_question_from_both_ways_at_once_is_refused(run: Terminal) -> None:
    said = run("ask", "-", *OPEN, stdin=json.dumps(QUESTION))

    assert said.code == 2
    assert "from options or from standard input, not from both" in said.err


# --- ask: a person of the store ------------------------------------------------------------------


def test_a_person_of_the_store_is_asked_about_with_what_is_known_of_them(
    run: Terminal, lived: Lived
) -> None:
    """`fay` wrote within the day and `carla` did not; asking writes nothing."""
    at = lived.project.clock.now().isoformat()
    ask = ("ask", "--endpoints", lived.endpoints, "--at", at, "--psid")
    before = lines_of(lived)
    fay, carla = run(*ask, "fay").json, json.loads(program(*ask, "carla").stdout)

    assert (fay["decision"], fay["rule"]) == ("send", "window_open")
    assert (carla["decision"], carla["rule"]) == ("hold", "may_wait")
    assert lines_of(lived) == before


def test_the_page_and_the_settings_come_from_the_endpoints_file(
    run: Terminal, project: Project
) -> None:
    now = project.clock.now()
    project.wrote("fay", now - timedelta(hours=23))
    ask = ("ask", "--endpoints", project.endpoints, "--psid", "fay", "--at", now.isoformat())
    before = run(*ask).json
    (project.folder / "endpoints.yml").write_text(ENDPOINTS.replace("5m", "90m"), "utf-8")
    after = run(*ask).json

    assert (before["decision"], before["rule"]) == ("send", "window_open")
    assert (after["decision"], after["whose"]) == ("hold", "ours")


def test_a_person_is_asked_about_by_the_clock_of_the_store(run: Terminal, project: Project) -> None:
    """In a simulated store now is the simulated moment: two days on, the window is closed."""
    project.wrote("fay", project.clock.now())
    answers = []
    for hours in (1, 48):
        moment = project.clock.now() + timedelta(hours=hours)
        offset = (moment - SystemClock().now()) // timedelta(milliseconds=1)
        with project.guard.store.write() as tx:
            set_meta(tx, OFFSET, str(offset))
        answers.append(run("ask", "--endpoints", project.endpoints, "--psid", "fay").json["rule"])

    assert answers == ["window_open", "may_wait"]


def test_a_topic_that_the_catalogue_does_not_have_is_refused(run: Terminal, lived: Lived) -> None:
    at = lived.project.clock.now().isoformat()
    said = run(
        *("ask", "--endpoints", lived.endpoints, "--psid", "fay", "--at", at),
        *("--purpose", "promotion", "--topic", "weather"),
    )

    assert (said.json["decision"], said.json["rule"]) == ("refuse", "facts_are_readable")
    assert "`weather`" in said.json["reason"]


@pytest.mark.parametrize(
    ("options", "key"),
    [
        (("--stopped",), "person"),
        (("--page-region", "US"), "page"),
        (("--window-margin", "0s"), "settings"),
        (("--token", f"{TOPIC}@2026-05-01T12:00:00Z"), "person"),
        (("-",), "standard input"),
    ],
)
def test_a_stored_person_is_not_asked_about_with_made_up_facts(
    run: Terminal, lived: Lived, options: Sequence[str], key: str
) -> None:
    said = run("ask", "--endpoints", lived.endpoints, "--psid", "fay", *options, stdin="{}")

    assert said.code == 2
    assert f"with `--psid` what `{key}` says is read from the store and settings" in said.err


# --- the project's files -------------------------------------------------------------------------

READERS = (
    ("ask", "--psid", "anna"),
    ("explain", "snd_1"),
    ("journal",),
    ("tokens",),
    ("outbox",),
    ("disagreements",),
)


@pytest.mark.parametrize("argv", READERS, ids=lambda argv: argv[0])
def test_a_store_that_is_not_there_is_said_and_not_made(
    run: Terminal, folder: Path, argv: Sequence[str]
) -> None:
    """A mistyped address must not look like an empty journal."""
    said = run(*argv, "--endpoints", str(folder / "endpoints.yml"))

    assert (said.code, said.out) == (2, "")
    file = (folder / "var" / "guard.db").resolve()
    assert said.err == f"the store `{file}` does not exist: the channel makes it when it starts\n"
    assert not file.parent.exists()


@pytest.mark.parametrize("argv", READERS, ids=lambda argv: argv[0])
def test_a_file_that_is_no_database_is_one_sentence(
    run: Terminal, folder: Path, argv: Sequence[str]
) -> None:
    file = folder / "var" / "guard.db"
    file.parent.mkdir()
    file.write_bytes(b"not a database at all\n" * 100)
    said = run(*argv, "--endpoints", str(folder / "endpoints.yml"))

    assert (said.code, said.out) == (2, "")
    assert said.err.startswith("the store `sqlite:///")
    assert said.err.count("\n") == 1
    assert file.read_bytes() == b"not a database at all\n" * 100


@pytest.mark.parametrize(
    ("endpoints", "sentence"),
    [
        (None, "endpoints.yml: cannot be read: No such file or directory"),
        ("tracker_store: {}\n", "endpoints.yml: has no `policy_guard:` section"),
        ("policy_guard:\n  page: {}\n", "endpoints.yml:2: `policy_guard.page.region` is required"),
        ("policy_guard:\n  page: {region: US}\n  urll: x\n", ":3: unknown key `policy_guard.urll`"),
        ("policy_guard: [\n", "is not valid YAML"),
        ("policy_guard:\n  page: {region: US}\n  url: nowhere\n", "`nowhere` is not a database"),
    ],
)
def test_an_endpoints_file_that_cannot_be_used_is_one_sentence(
    run: Terminal, folder: Path, endpoints: str | None, sentence: str
) -> None:
    file = folder / "endpoints.yml"
    file.unlink() if endpoints is None else file.write_text(endpoints, "utf-8")
    said = run("journal", "--endpoints", str(file))

    assert (said.code, said.out) == (2, "")
    assert sentence in said.err
    assert said.err.count("\n") == 1


def test_a_broken_catalogue_is_one_sentence(run: Terminal, project: Project) -> None:
    (project.folder / "alerts.yml").write_text("- idd: delivery\n", "utf-8")
    said = run("ask", "--endpoints", project.endpoints, "--psid", "anna")

    assert (said.code, said.out) == (2, "")
    assert "alerts.yml:1" in said.err
    assert said.err.count("\n") == 1


@pytest.mark.parametrize("first", [True, False], ids=["before the command", "after it"])
def test_the_endpoints_file_may_be_named_before_or_after_the_command(
    run: Terminal, lived: Lived, first: bool
) -> None:
    option = ("--endpoints", lived.endpoints)
    said = run(*option, "outbox") if first else run("outbox", *option)

    assert said.code == 0
    assert lived.held.id in said.out


def test_the_environment_names_another_store(
    run: Terminal, project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("POLICY_GUARD_DB", "sqlite:///elsewhere.db")
    said = run("journal", "--endpoints", project.endpoints)

    assert said.code == 2
    assert "elsewhere.db` does not exist" in said.err


# --- cases ---------------------------------------------------------------------------------------

RIGHT = """\
- name: an answer inside the window is sent
  at: 2026-05-09T12:00:00Z
  message: {purpose: reply}
  person: {opened: {by: message, at: 2026-05-09T11:00:00Z}}
  expect: {decision: send, ground: standard_window}
"""
WRONG = """\

- name: a promotion outside the window is sent
  at: 2026-05-09T12:00:00Z
  message: {purpose: promotion}
  person: {opened: {by: message, at: 2026-05-01T11:00:00Z}}
  expect: {decision: [send, hold], rule: no_ground, ground: standard_window}
"""


def test_a_table_that_is_met_says_how_many_rows_it_has(run: Terminal, tmp_path: Path) -> None:
    file = tmp_path / "table.yaml"
    file.write_text(RIGHT, "utf-8")

    assert run("cases", str(file)) == Said(0, "1 rows, 0 wrong\n", "")


def test_a_mismatch_names_the_place_the_row_each_difference_and_the_reason(
    run: Terminal, tmp_path: Path
) -> None:
    file = tmp_path / "table.yaml"
    file.write_text(RIGHT + WRONG, "utf-8")
    said = run("cases", str(file))

    assert said.code == 1
    lines = said.out.splitlines()
    assert lines[0] == f"{file}:7: a promotion outside the window is sent"
    assert lines[1] == "  decision: expected `send` or `hold`, got `refuse`"
    assert lines[2] == "  ground: expected `standard_window`, got nothing"
    assert lines[3].startswith("  reason given: no ground is open: ")
    assert lines[3].endswith("(rule `no_ground`, platform)")
    assert lines[4:] == ["2 rows, 1 wrong"]


def test_a_mismatch_as_json_has_what_was_expected_and_the_whole_decision(
    run: Terminal, tmp_path: Path
) -> None:
    file = tmp_path / "table.yaml"
    file.write_text(RIGHT + WRONG, "utf-8")
    said = run("cases", "--json", str(file))

    assert said.code == 1
    assert (said.json["rows"], said.json["wrong"]) == (2, 1)
    (mismatch,) = said.json["mismatches"]
    assert (mismatch["file"], mismatch["line"]) == (str(file), 7)
    assert mismatch["expect"]["decision"] == ["send", "hold"]
    assert (mismatch["got"]["decision"], mismatch["got"]["rule"]) == ("refuse", "no_ground")
    assert [w.split(":")[0] for w in mismatch["wrong"]] == ["decision", "ground"]


def test_a_moment_that_is_expected_is_shown_in_json(run: Terminal, tmp_path: Path) -> None:
    file = tmp_path / "table.yaml"
    file.write_text(
        RIGHT.replace("ground: standard_window", "until: 2026-05-10T00:00:00Z"), "utf-8"
    )
    said = run("cases", "--json", str(file))

    assert said.json["mismatches"][0]["expect"]["until"] == ["2026-05-10T00:00:00+00:00"]


def test_a_file_that_cannot_be_read_lets_no_table_run(run: Terminal, tmp_path: Path) -> None:
    """Every bad file is named at once, and half a run is not shown as a run."""
    good, bad, missing = tmp_path / "good.yaml", tmp_path / "bad.yaml", tmp_path / "missing.yaml"
    good.write_text(RIGHT, "utf-8")
    bad.write_text(RIGHT + WRONG.replace("purpose:", "puprose:"), "utf-8")
    said = run("cases", str(good), str(bad), str(missing))

    assert (said.code, said.out) == (2, "")
    first, second = said.err.splitlines()
    name = "a promotion outside the window is sent"
    assert first == f"{bad}:7: row `{name}`: unknown key `message.puprose`"
    assert second == f"{missing}: cannot be read: No such file or directory"


def test_a_folder_stands_for_its_tables(run: Terminal, tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(RIGHT, "utf-8")
    (tmp_path / "b.yml").write_text(RIGHT, "utf-8")
    (tmp_path / "notes.txt").write_text("not a table", "utf-8")

    assert run("cases", str(tmp_path)).out == "2 rows, 0 wrong\n"


def test_a_folder_without_tables_is_bad_input(run: Terminal, tmp_path: Path) -> None:
    assert run("cases", str(tmp_path)) == Said(2, "", f"{tmp_path}: holds no case table\n")


# --- explain -------------------------------------------------------------------------------------


def lines_of(lived: Lived, **where: Any) -> list[journal.Entry]:
    with lived.project.guard.store.read() as tx:
        return journal.entries(tx, **where)


def test_a_send_its_mid_its_echo_and_its_line_of_the_journal_tell_one_story(
    run: Terminal, lived: Lived
) -> None:
    with lived.project.guard.store.read() as tx:
        echo = tx.exec_driver_sql("SELECT echo_key FROM part WHERE mid = 'm_anna'").scalar_one()
    line = lines_of(lived, send_id=lived.alert.id)[0].id
    stories = {
        run("explain", "--endpoints", lived.endpoints, name).out
        for name in (lived.alert.id, "m_anna", echo, str(line))
    }

    (story,) = stories
    assert "`utter_alert`" in story
    assert "on the ground `one_time_notification`, under the edition 2026-04-27" in story
    assert "Now it has arrived (`m_anna`)." in story


def test_a_refusal_is_explained_with_every_ground_and_its_source(
    run: Terminal, lived: Lived
) -> None:
    said = run("explain", "--endpoints", lived.endpoints, lived.refused.id)

    assert said.code == 0
    assert "What every ground lacked:" in said.out
    assert "the platform refuses the tag POST_PURCHASE_UPDATE since 2026-04-27" in said.out
    assert "<https://developers.facebook.com/" in said.out


def test_a_story_as_json_is_one_document(run: Terminal, lived: Lived) -> None:
    said = run("explain", "--endpoints", lived.endpoints, "--json", lived.unknown.id).json

    assert (said["id"], said["state"]) == (lived.unknown.id, "unknown")
    assert said["decision"]["ground"] == "one_time_notification"
    assert [entry["what"] for entry in said["journal"]] == ["decided", "unknown"]


def test_a_line_without_a_send_is_told_by_itself(run: Terminal, project: Project) -> None:
    with project.guard.store.write() as tx:
        now = project.clock.now()
        journal.write(tx, now, Who("page-1", "anna"), "token_granted", topic=TOPIC)
    said = run("explain", "--endpoints", project.endpoints, "1")

    assert said.code == 0
    told = "the person gave a permission to write: topic `back_in_stock:sku-42`"
    assert f"person anna  {told}" in said.out


@pytest.mark.parametrize(
    "name",
    ["snd_none", "m_none", "0", "999999", "9" * 19, "9" * 5000, "", "٣"],
    ids=lambda name: name[:20],
)
def test_what_nobody_knows_is_one_sentence(run: Terminal, lived: Lived, name: str) -> None:
    said = run("explain", "--endpoints", lived.endpoints, name)

    assert (said.code, said.out) == (2, "")
    assert said.err == (
        f"nothing is known of `{name}`: it is no send, no line of the journal and no mid\n"
    )


def test_control_characters_of_a_text_reach_no_terminal(run: Terminal, project: Project) -> None:
    """What a person typed may come back inside a text of ours."""
    project.wrote("anna", project.clock.now())
    row = project.decided("anna", text="red \x1b[31m and\na new line")
    said = run("explain", "--endpoints", project.endpoints, row.id)

    assert "\x1b" not in said.out
    assert r"red \x1b[31m and\na new line" in said.out


# --- journal and disagreements -------------------------------------------------------------------


def test_the_journal_is_listed_oldest_first_in_utc(run: Terminal, lived: Lived) -> None:
    said = run("journal", "--endpoints", lived.endpoints)
    lines = said.out.splitlines()

    assert len(lines) == len(lines_of(lived))
    assert lines[0].startswith("1  2026-05-09 12:00:00 UTC  person anna, snd_")
    assert "decided to send it on the ground `one_time_notification`" in lines[0]
    assert lines[-1].split()[5].strip(",") == "fay"


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        (("--psid", "anna"), ["decided", "sent"]),
        (("--what", "unknown"), ["unknown"]),
        (("--psid", "dora", "--what", "decided"), ["decided"]),
        (("--last", "1"), ["decided"]),
        (("--psid", "emil"), ["decided", "rejected", "disagreement"]),
        (("--psid", "emil", "--last", "2"), ["rejected", "disagreement"]),
        (("--psid", "nobody"), []),
    ],
)
def test_the_journal_is_narrowed_by_person_kind_and_number(
    run: Terminal, lived: Lived, options: Sequence[str], expected: list[str]
) -> None:
    said = run("journal", "--endpoints", lived.endpoints, "--json", *options)

    assert [entry["what"] for entry in said.json] == expected


def test_the_journal_shows_fifty_lines_unless_told_otherwise(
    run: Terminal, project: Project
) -> None:
    with project.guard.store.write() as tx:
        for number in range(60):
            who = Who("page-1", "anna")
            journal.write(tx, project.clock.now(), who, "noted", number=number)
    said = run("journal", "--endpoints", project.endpoints, "--json").json

    assert [entry["data"]["number"] for entry in said] == list(range(10, 60))


def test_a_disagreement_says_what_was_allowed_and_what_was_answered(
    run: Terminal, lived: Lived
) -> None:
    said = run("disagreements", "--endpoints", lived.endpoints)

    assert said.code == 0
    assert len(said.out.splitlines()) == 1
    assert "the guard allowed message 1 on the ground `standard_window`" in said.out
    assert "the platform refused: code `10`, subcode `2018278`" in said.out
    assert run("disagreements", "--endpoints", lived.endpoints, "--json").json[0]["psid"] == "emil"


# --- tokens --------------------------------------------------------------------------------------


@pytest.fixture
def today(monkeypatch: pytest.MonkeyPatch) -> StillClock:
    """Let the listing of tokens stand at a moment that a test may move."""
    clock = StillClock(ASKED + timedelta(days=8))
    monkeypatch.setattr(cli, "_clock", lambda _tx: clock)
    return clock


def states(run: Terminal, project: Project, *options: str) -> dict[str, str]:
    rows = run("tokens", "--endpoints", project.endpoints, "--json", *options).json
    return {row["psid"]: row["state"] for row in rows}


@pytest.mark.usefixtures("today")
def test_a_token_is_unspent_claimed_spent_or_retired(run: Terminal, project: Project) -> None:
    """Claimed: a free alert is on its way. Retired: told for free, or taken back."""
    now = project.clock.now()
    for psid in ("unspent", "claimed", "spent", "told", "cancelled"):
        project.wrote(psid, now if psid in {"claimed", "told"} else ASKED)
        project.granted(psid, TOPIC, f"{VALUE}-{psid}")
    for psid in ("claimed", "spent", "told"):
        row = project.decided(psid, purpose=Purpose.ALERT, topic=TOPIC)
        if psid == "told":
            project.sent(row, "m_told")
    with project.guard.store.write() as tx:
        people_rows.cancel_wishes(tx, Who("page-1", "cancelled"), None, now)

    usable = {"unspent": "unspent", "claimed": "claimed"}
    rest = {"spent": "spent", "told": "retired", "cancelled": "retired"}
    assert states(run, project) == usable
    assert states(run, project, "--all") == {**usable, **rest}


def test_a_token_is_expired_from_the_second_at_which_it_ends(
    run: Terminal, project: Project, today: StillClock
) -> None:
    project.granted("anna", TOPIC, VALUE)
    life = known().at(ASKED).one_time.life

    today.at = ASKED + life - timedelta(seconds=1)
    assert states(run, project) == {"anna": "unspent"}
    today.at = ASKED + life
    assert states(run, project) == {}
    assert states(run, project, "--all") == {"anna": "expired"}


def test_a_shown_expiry_is_the_earlier_of_a_token_s_own_and_the_edition_s(
    run: Terminal, project: Project, today: StillClock
) -> None:
    own = ASKED + timedelta(days=30)
    who = Who("page-1", "anna")
    with project.guard.store.write() as tx:
        people_rows.record_grant(tx, who, topic=TOPIC, value=VALUE, at=ASKED, expires_at=own)
    (row,) = run("tokens", "--endpoints", project.endpoints, "--json").json

    assert row["expires_at"] == own.isoformat()
    assert row["granted_at"] == ASKED.isoformat()


@pytest.mark.usefixtures("today")
def test_tokens_are_narrowed_by_person_and_topic(run: Terminal, project: Project) -> None:
    project.granted("anna", TOPIC, "v1")
    project.granted("anna", "back_in_stock:sku-7", "v2")
    project.granted("ben", TOPIC, "v3")
    tokens = ("tokens", "--endpoints", project.endpoints, "--json")

    def found(*options: str) -> list[tuple[str, str]]:
        return [(row["psid"], row["topic"]) for row in run(*tokens, *options).json]

    assert found("--psid", "ben") == [("ben", TOPIC)]
    assert found("--topic", "back_in_stock:sku-7") == [("anna", "back_in_stock:sku-7")]
    assert found("--psid", "ben", "--topic", "back_in_stock:sku-7") == []


@pytest.mark.usefixtures("today")
def test_a_token_is_a_line_with_its_moments_in_utc(run: Terminal, project: Project) -> None:
    project.granted("anna", TOPIC, VALUE)
    said = run("tokens", "--endpoints", project.endpoints)

    assert said.out.startswith("tok_")
    assert f"unspent  person anna  {TOPIC}  granted 2026-05-01 12:00:00 UTC  expires" in said.out


def test_no_command_shows_the_value_of_a_token(run: Terminal, lived: Lived) -> None:
    """Every listing of a store in which two tokens were granted, one spent, one in doubt."""
    shown = ""
    for form in ((), ("--json",)):
        option = ("--endpoints", lived.endpoints, *form)
        for argv in (
            ("tokens", "--all"),
            ("journal", "--last", "1000"),
            ("outbox", "--all"),
            ("disagreements",),
            ("explain", lived.alert.id),
            ("explain", lived.unknown.id),
            ("ask", "--psid", "anna", *ALERT),
        ):
            said = run(*argv, *option)
            assert said.code == 0
            shown += said.out + said.err

    with lived.project.guard.store.read() as tx:
        stored = tx.exec_driver_sql("SELECT value FROM token").scalars().all()
    assert sorted(stored) == [f"{VALUE}-anna", f"{VALUE}-dora"]
    assert TOPIC in shown
    assert VALUE not in shown


# --- outbox --------------------------------------------------------------------------------------


def test_the_outbox_lists_what_waits_is_on_its_way_or_in_doubt(run: Terminal, lived: Lived) -> None:
    said = run("outbox", "--endpoints", lived.endpoints, "--json").json

    assert {row["id"]: row["state"] for row in said} == {
        lived.held.id: "held",
        lived.unknown.id: "unknown",
        lived.open.id: "claimed",
    }


@pytest.mark.parametrize(
    ("options", "people"),
    [
        (("--state", "held"), ["carla"]),
        (("--state", "held", "--state", "sent"), ["anna", "carla"]),
        (("--state", "rejected"), ["emil"]),
        (("--all",), ["anna", "ben", "carla", "dora", "emil", "fay"]),
    ],
)
def test_the_outbox_is_narrowed_by_state(
    run: Terminal, lived: Lived, options: Sequence[str], people: list[str]
) -> None:
    said = run("outbox", "--endpoints", lived.endpoints, "--json", *options)

    assert sorted(row["psid"] for row in said.json) == people


def test_a_held_message_is_a_line_with_its_reason_and_its_end(run: Terminal, lived: Lived) -> None:
    said = run("outbox", "--endpoints", lived.endpoints, "--state", "held")

    assert said.out == (
        f"{lived.held.id}  held  person carla  utter_reply, reply  decided 2026-05-09 12:00:00 UTC"
        "  expires 2026-05-11 12:00:00 UTC  no ground is open now; it is kept until the person "
        "writes (rule `may_wait`)\n"
    )


# --- all of them ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("argv", "sentence"),
    [
        (("journal",), "the journal holds nothing"),
        (
            ("journal", "--psid", "anna", "--what", "sent"),
            "the journal holds nothing of the kind `sent` of the person `anna`",
        ),
        (("tokens",), "there is no token that can still be used"),
        (
            ("tokens", "--all", "--topic", "a:b", "--psid", "anna"),
            "there is no token for `a:b` of the person `anna`",
        ),
        (
            ("outbox",),
            "the outbox holds no message that is ready or claimed or committed or unknown or held",
        ),
        (("outbox", "--state", "held"), "the outbox holds no message that is held"),
        (("disagreements",), "the platform has refused nothing that the guard allowed"),
    ],
)
def test_an_empty_list_is_a_sentence_or_an_empty_array(
    run: Terminal, project: Project, argv: Sequence[str], sentence: str
) -> None:
    option = ("--endpoints", project.endpoints)

    assert run(*argv, *option) == Said(0, f"{sentence}\n", "")
    assert run(*argv, *option, "--json").json == []


@pytest.mark.parametrize(
    "argv", [["ask", *OPEN], ["cases", str(ROOT / "tests" / "cases" / "holds.yaml")]]
)
def test_asking_and_checking_start_without_sqlalchemy(argv: list[str]) -> None:
    check = (
        "import sys; from policy_guard.cli import main; "
        f"code = main({argv!r}); sys.exit(code or 10 * ('sqlalchemy' in sys.modules))"
    )
    done = subprocess.run(
        [sys.executable, "-c", check], check=False, cwd=ROOT, capture_output=True, text=True
    )

    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("module", ["policy_guard", "policy_guard.cli"])
def test_the_package_is_a_program(module: str) -> None:
    asked = program("ask", module=module, stdin=json.dumps(QUESTION))
    wrong = program("ask", "--purpose", "advert", module=module)

    assert (asked.returncode, asked.stderr) == (0, "")
    assert json.loads(asked.stdout)["ground"] == "one_time_notification"
    assert (wrong.returncode, wrong.stdout) == (2, "")
    assert wrong.stderr.startswith("`message.purpose`: `advert` is not one of reply, ")


def test_a_reader_that_goes_away_is_no_error() -> None:
    """As in `policy-guard journal | head`: no traceback, and an exit code of its own."""
    child = subprocess.Popen(
        [sys.executable, "-m", "policy_guard", "ask", *OPEN],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert child.stdout is not None
    assert child.stderr is not None
    child.stdout.close()
    said = child.stderr.read()
    child.stderr.close()

    assert (child.wait(60), said) == (141, b"")


def test_a_terminal_with_a_narrow_character_set_shows_what_it_can(project: Project) -> None:
    project.wrote("anna", project.clock.now())
    row = project.decided("anna", text="Déjà là 🎉")
    said = program("explain", "--endpoints", project.endpoints, row.id, PYTHONIOENCODING="ascii")

    assert said.returncode == 0
    assert r"D\xe9j\xe0 l\xe0 \U0001f389" in said.stdout


def test_help_is_no_failure(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        cli.main(["ask", "--help"])

    assert ended.value.code == 0
    assert "--quiet-hours" in capsys.readouterr().out


def ring(args: argparse.Namespace) -> int:
    if args.badly:
        raise GuardError("the bell is broken")
    sys.stdout.write(f"rings at {args.endpoints}, json {args.json}\n")
    return 3


def test_another_package_adds_commands_with_the_same_options_and_errors(
    capsys: pytest.CaptureFixture[str],
) -> None:
    def extend(commands: cli.Commands) -> None:
        parser = cli.add_command(commands, "ring", ring, "ring a bell")
        parser.add_argument("--badly", action="store_true")

    assert cli.main(["ring", "--json", "--endpoints", "e.yml"], extend) == 3
    assert capsys.readouterr().out == "rings at e.yml, json True\n"
    assert cli.main(["ring", "--badly"], extend) == 2
    assert capsys.readouterr().err == "the bell is broken\n"
    assert cli.main(["ask", *OPEN], extend) == 0


def test_an_error_that_nobody_expected_is_not_swallowed() -> None:
    """Only what a person can set right is a sentence; a fault of ours keeps its traceback."""

    def fail(_args: argparse.Namespace) -> int:
        raise ZeroDivisionError

    def extend(commands: cli.Commands) -> None:
        cli.add_command(commands, "fail", fail, "fail")

    with pytest.raises(ZeroDivisionError):
        cli.main(["fail"], extend)
