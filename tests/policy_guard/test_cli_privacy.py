"""`policy-guard forget`, `export` and `retain` on a project with a store and conversations."""

from __future__ import annotations

import json
import sqlite3
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest

from policy_guard import inbox_rows, tracker_rows
from policy_guard.cli import main
from policy_guard.errors import SettingsError
from policy_guard.people import Origin
from tests.conftest import Bench

TABLE = (
    "CREATE TABLE events (id INTEGER PRIMARY KEY, sender_id VARCHAR(255), type_name VARCHAR(255), "
    "timestamp FLOAT, intent_name VARCHAR(255), action_name VARCHAR(255), data TEXT)"
)


def remember(file: Path, *events: tuple[str, str, float]) -> None:
    """Write conversation events as Rasa does: person, kind, seconds since 1970."""
    with sqlite3.connect(file) as line:
        line.execute(TABLE) if not file.stat().st_size else None
        for psid, kind, at in events:
            row = (psid, kind, at, json.dumps({"event": kind, "text": f"words of {psid}"}))
            line.execute(
                "INSERT INTO events (sender_id, type_name, timestamp, data) VALUES (?, ?, ?, ?)",
                row,
            )
    line.close()


def talked(file: Path) -> list[tuple[str, str]]:
    """Return whose events are left."""
    line = sqlite3.connect(file)
    try:
        return list(line.execute("SELECT sender_id, type_name FROM events ORDER BY id"))
    finally:
        line.close()


@pytest.fixture
def project(tmp_path: Path, bench: Bench) -> Path:
    (tmp_path / "endpoints.yml").write_text(
        f"policy_guard:\n  url: {bench.url}\n  page: {{region: US}}\n"
        "  retention: {messages: 90d, journal: 365d}\n"
        "tracker_store: {type: SQL, dialect: sqlite, db: tracker.db}\n"
    )
    remember(tmp_path / "tracker.db", ("person-1", "user", 1.0), ("person-2", "user", 2.0))
    bench.people.choose("person-1", ["account"], Origin("m-1", bench.clock.now()))
    return tmp_path / "endpoints.yml"


def test_forgetting_takes_the_store_and_the_conversation(
    project: Path, bench: Bench, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["--endpoints", str(project), "forget", "person-1", "--json"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert (said["done"], said["conversation_events"], len(said["code"])) == (True, 1, 16)
    assert talked(project.parent / "tracker.db") == [("person-2", "user")]
    choices = bench.people.choices("person-1")
    assert (choices.alerts, choices.stopped) == ((), True)


def test_while_a_turn_runs_it_is_left_to_the_channel(
    project: Path, bench: Bench, capsys: pytest.CaptureFixture[str]
) -> None:
    now = bench.clock.now()
    with bench.store.write() as tx:
        inbox_rows.add(
            tx,
            page=bench.who.page,
            psid=bench.who.psid,
            key="message:m-2",
            kind="message",
            at=now,
            received_at=now,
            body={},
        )
    assert main(["--endpoints", str(project), "forget", "person-1"]) == 0
    assert "the channel deletes everything after it" in capsys.readouterr().out
    assert len(talked(project.parent / "tracker.db")) == 2
    with bench.store.read() as tx:
        assert [row.key for row in inbox_rows.unfinished(tx, bench.who.page)][-1:] == [
            "forget:operator:person-1"
        ]


@pytest.mark.parametrize("command", ["forget", "export"])
def test_of_a_stranger_it_says_that_nothing_is_kept(
    project: Path, capsys: pytest.CaptureFixture[str], command: str
) -> None:
    assert main(["--endpoints", str(project), command, "a-stranger"]) == 2
    assert capsys.readouterr().err == "nothing is kept of the person `a-stranger`\n"


def test_the_export_holds_the_conversation_too(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["--endpoints", str(project), "export", "person-1"]) == 0
    kept = json.loads(capsys.readouterr().out)
    assert kept["conversation"] == [{"event": "user", "text": "words of person-1"}]
    assert kept["preference"][0]["alert_type"] == "account"


def test_after_forgetting_there_is_nothing_to_export(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["--endpoints", str(project), "forget", "person-1"]) == 0
    capsys.readouterr()
    assert main(["--endpoints", str(project), "export", "person-1"]) == 2


def test_without_a_database_of_conversations_it_says_so(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = project.read_text().replace("type: SQL", "type: mongod")
    project.write_text(text)
    assert main(["--endpoints", str(project), "forget", "person-1"]) == 2
    assert "`tracker_store` is not of the type `SQL`" in capsys.readouterr().err


def test_retain_tells_what_it_let_go_of(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--endpoints", str(project), "retain", "--json"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert said["conversation_events"] == 2
    assert talked(project.parent / "tracker.db") == []


def test_a_session_is_never_cut(tmp_path: Path) -> None:
    """What a session began with goes only with all of it; an earlier session goes by itself."""
    file = tmp_path / "tracker.db"
    remember(
        file,
        ("a", "session_started", 10.0),
        ("a", "user", 11.0),
        ("a", "session_started", 20.0),
        ("a", "user", 30.0),
        ("b", "session_started", 10.0),
        ("b", "user", 24.0),
    )
    url = tracker_rows.URL.create("sqlite", database=str(file))
    with tracker_rows.opened(url) as tx:
        assert tx is not None
        assert tracker_rows.erase_before(tx, 25.0) == 4
    assert talked(file) == [("a", "session_started"), ("a", "user")]


def test_where_no_conversation_was_ever_kept_there_is_nothing_to_open(tmp_path: Path) -> None:
    url = tracker_rows.URL.create("sqlite", database=str(tmp_path / "none.db"))
    with tracker_rows.opened(url) as tx:
        assert tx is None
    assert not (tmp_path / "none.db").exists()


def test_the_address_is_read_as_rasa_reads_it(tmp_path: Path) -> None:
    file = tmp_path / "endpoints.yml"
    file.write_text(
        "tracker_store:\n  type: sql\n  dialect: postgresql\n  url: db.local:5433\n"
        "  db: rasa\n  username: bot\n  password: ${TRACKER_PASSWORD}\n"
    )
    url = tracker_rows.address(file, {"TRACKER_PASSWORD": "p4"})
    assert url.render_as_string(hide_password=False) == "postgresql://bot:p4@db.local:5433/rasa"
    with pytest.raises(SettingsError, match="TRACKER_PASSWORD"):
        tracker_rows.address(file, {})


def test_the_age_of_conversations_goes_by_the_machines_time(project: Path, bench: Bench) -> None:
    now = datetime.now(timezone.utc)
    young = (now - timedelta(days=89)).timestamp()
    remember(project.parent / "tracker.db", ("person-3", "user", young))
    assert main(["--endpoints", str(project), "retain"]) == 0
    assert talked(project.parent / "tracker.db") == [("person-3", "user")]
