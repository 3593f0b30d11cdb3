"""A channel that cannot start: one sentence, and an exit that a supervisor notices."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
CHANNEL = "channels.messenger.MessengerInput"


def started(tmp_path: Path, credentials: str) -> subprocess.CompletedProcess[str]:
    """Return how Rasa ended with these credentials and nobody at the platform's address."""
    (tmp_path / "credentials.yml").write_text(f"{CHANNEL}:\n{credentials}")
    env = {
        **os.environ,
        "ACTION_URL": "http://127.0.0.1:9/webhook",
        "TRACKER_DB": str(tmp_path / "tracker.db"),
        "POLICY_GUARD_DB": f"sqlite:///{tmp_path / 'guard.db'}",
        "RASA_TELEMETRY_ENABLED": "false",
        "TF_CPP_MIN_LOG_LEVEL": "3",
    }
    env.pop("NOT_SET", None)
    command = [sys.executable, "-m", "rasa", "run", "--interface", "127.0.0.1", "--port", "0"]
    return subprocess.run(
        [
            *command,
            *("--model", "models/bot.tar.gz"),
            *("--credentials", str(tmp_path / "credentials.yml")),
        ],
        cwd=ROOT,
        env=env,
        capture_output=True,
        text=True,
        timeout=150,
        check=False,
    )


@pytest.mark.rasa
@pytest.mark.timeout(200)
def test_a_placeholder_left_in_the_credentials_stops_the_start_and_is_named(
    tmp_path: Path,
) -> None:
    done = started(tmp_path, '  verify: v\n  secret: "${NOT_SET}"\n  page-access-token: t\n')
    assert done.returncode == 1
    assert "`secret` is `${NOT_SET}`, but `NOT_SET` is not set" in done.stdout + done.stderr
    assert "Traceback" not in done.stdout + done.stderr
    assert not (tmp_path / "guard.db").exists(), "nothing is half written"


@pytest.mark.rasa
@pytest.mark.timeout(200)
def test_a_platform_that_cannot_be_reached_at_the_start_is_named(tmp_path: Path) -> None:
    """Without `page_id` the channel asks the platform which Page it serves."""
    done = started(
        tmp_path,
        "  verify: a-verify-token\n  secret: an-app-secret\n  page-access-token: a-page-token\n"
        "  graph_url: http://127.0.0.1:9\n",
    )
    said = done.stdout + done.stderr
    assert done.returncode == 1
    assert "the Messenger channel cannot start: no connection to `http://127.0.0.1:9`" in said
