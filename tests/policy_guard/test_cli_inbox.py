"""`policy-guard inbox`: what was acknowledged and is not finished, or failed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from policy_guard import inbox_rows
from policy_guard.cli import main
from tests.conftest import Bench


@pytest.fixture
def project(tmp_path: Path, bench: Bench) -> Path:
    """A project with one finished, one waiting and one failed event in its store."""
    (tmp_path / "endpoints.yml").write_text(
        f"policy_guard:\n  url: {bench.url}\n  page: {{region: US}}\n"
    )
    now = bench.clock.now()
    with bench.store.write() as tx:
        for key in ("m_done", "m_waiting", "m_failed"):
            inbox_rows.add(
                tx,
                page=bench.who.page,
                psid=bench.who.psid,
                key=key,
                kind="message",
                at=now,
                received_at=now,
                body={"text": "a private word"},
            )
        for key, state, why in (
            ("m_done", inbox_rows.DONE, None),
            ("m_failed", inbox_rows.FAILED, "OSError: the disk is full"),
        ):
            row = inbox_rows.get(tx, bench.who.page, key)
            assert row is not None
            inbox_rows.start_run(tx, row)
            inbox_rows.finish(tx, row, state, why)
    return tmp_path / "endpoints.yml"


def test_it_lists_what_waits_and_what_failed_with_its_reason(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["--endpoints", str(project), "inbox"]) == 0
    said = capsys.readouterr().out
    assert "pending  person person-1  message of 2021-07-01 12:00:00 UTC, run 0" in said
    assert "failed  person person-1  message of 2021-07-01 12:00:00 UTC, run 1" in said
    assert "OSError: the disk is full" in said
    assert len(said.splitlines()) == 2
    assert "private" not in said


def test_json_holds_the_state_asked_for(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--endpoints", str(project), "inbox", "--state", "failed", "--json"]) == 0
    (row,) = json.loads(capsys.readouterr().out)
    assert (row["key"], row["runs"]) == ("m_failed", 1)
    assert "body" not in row


def test_an_empty_inbox_says_so(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--endpoints", str(project), "inbox", "--state", "running"]) == 0
    assert capsys.readouterr().out == "the inbox holds no event that is running\n"
