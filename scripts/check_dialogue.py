"""Checks the dialogue as its designers would: `rasa data validate`, then `rasa test`.

Rasa's validator ends well in spite of warnings, so they are read: only the intents that no person
can type, listed in tests/dialogue/machine_only_intents.txt, may lack examples.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LIST = ROOT / "tests/dialogue/machine_only_intents.txt"
_COLOURS = re.compile(r"\x1b\[[0-9;]*m")
_WARNING = re.compile(r"UserWarning: (.*)")
_NO_EXAMPLES = re.compile(
    r"The intent '(\w+)' is listed in the domain file, but is not found in the NLU training data\."
)
_ENV = {
    "TF_CPP_MIN_LOG_LEVEL": "3",
    "RASA_TELEMETRY_ENABLED": "false",
    "SQLALCHEMY_SILENCE_UBER_WARNING": "1",
    "COLUMNS": "1000",
}


def main() -> int:
    """Run both checks; returns 1 with what is wrong."""
    problems = [*_validated(), *_tested()]
    for problem in problems:
        print(problem, file=sys.stderr)
    if not problems:
        print("the dialogue is valid and its test stories pass")
    return 1 if problems else 0


def _validated() -> list[str]:
    code, text = _rasa("data", "validate")
    if code != 0:
        return [text, f"rasa data validate ended with `{code}`"]
    allowed = {line.strip() for line in LIST.read_text("utf-8").splitlines()} - {""}
    allowed = {line for line in allowed if not line.startswith("#")}
    warned = _WARNING.findall(text)
    wrong = []
    silent = set()
    for warning in warned:
        found = _NO_EXAMPLES.match(warning)
        if found and found[1] in allowed:
            silent.add(found[1])
        else:
            wrong.append(f"rasa data validate: {warning}")
    wrong += [
        f"{LIST.relative_to(ROOT)}: `{name}` is listed, but the domain has no such silent intent"
        for name in sorted(allowed - silent)
    ]
    return wrong


def _tested() -> list[str]:
    code, text = _rasa(
        *("test", "core", "--model", "models/bot.tar.gz", "--stories", "tests/dialogue"),
        *("--out", "var/dialogue", "--fail-on-prediction-errors", "--no-plot", "--e2e"),
    )
    stories = re.search(r"Finished collecting predictions", text)
    return [] if code == 0 and stories else [text, f"rasa test ended with `{code}`"]


def _rasa(*arguments: str) -> tuple[int, str]:
    started = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-m", "rasa", *arguments],
        cwd=ROOT,
        env={**os.environ, **_ENV},
        capture_output=True,
        text=True,
        check=False,
    )
    print(f"rasa {' '.join(arguments[:2])}: {time.monotonic() - started:.0f} s", flush=True)
    return done.returncode, _COLOURS.sub("", done.stdout + done.stderr)


if __name__ == "__main__":
    sys.exit(main())
