"""The soak runs, so that it is there when somebody wants to know what a million costs."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.sources import ROOT


@pytest.mark.parametrize("having", ["window", "token"])
def test_a_small_soak_ends_with_every_recipient_sent(having: str, tmp_path: Path) -> None:
    report = tmp_path / "soak.json"
    asked = ["--recipients", "300", "--with", having, "--folder", str(tmp_path), "--out", report]
    ended = subprocess.run(
        [sys.executable, "-m", "benchmarks.soak", *asked],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr
    told = json.loads(report.read_text("utf-8"))
    assert (told["counts"], told["problems"]) == ({"sent": 300}, [])
