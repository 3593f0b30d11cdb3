"""What the linter costs: a start, a thousand responses, and a message that is about to be sent.

Seconds are of the processor: the work is one thread's, so on an idle machine they are those of a
clock, and on a busy one they stay what they are.
"""

from __future__ import annotations

import contextlib
import io
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from policy_guard.lint import cli
from policy_guard.people_rows import Who
from policy_guard.promotion import lookup
from policy_guard.promotion.judge import learned_model
from policy_guard.proofread import Proofreader
from policy_guard.sends import Outgoing
from policy_guard.vocabulary import Message, Purpose

from .figures import Figure, best_of

START_AIM, THOUSAND_AIM, SEND_AIM = 0.5, 1.0, 1.0  # seconds, seconds, milliseconds
_MANY = 1_000
_MS = 1e3
_HEAVY = ("rasa", "rasa_sdk", "tensorflow", "sqlalchemy", "sanic")

_ANSWERS = """\
  utter_answer_{n}:
    - text: "We are open from Monday to Saturday, from 9 to {n}. Which day suits you?"
      buttons:
        - {{title: "Monday", payload: /choose_day}}
        - {{title: "Another day", payload: /choose_day}}
"""
#: The dearest there is: every text is judged for promotion, and no two are the same.
_UPDATES = """\
  utter_update_{n}:
    - text: "Your order {{order_id}} has shipped from hall {n} and arrives on Tuesday between 9 and
        12. Track it in the app. Please keep this message until the parcel is in your hands."
      metadata: {{messenger: {{purpose: post_purchase_update, topic: delivery}}}}
      buttons:
        - {{title: "Track it", payload: /track}}
        - {{title: "Stop", payload: /stop_alerts}}
"""


def figures(*, full: bool = False) -> list[Figure]:
    """Measure the command in processes of its own, and a reading in this one."""
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        found = [_start(folder / "empty"), _heavy(folder / "empty")]
        for name, form in (("answers", _ANSWERS), ("tagged updates", _UPDATES)):
            lines = "".join(form.format(n=n) for n in range(_MANY))
            seconds = _after_start(_project(folder / name, lines))
            found.append(Figure(f"lint: {_MANY:,} {name}, after start", seconds, "s", THOUSAND_AIM))
    return [*found, *_sends()]


def _project(folder: Path, responses: str) -> Path:
    folder.mkdir()
    (folder / "domain.yml").write_text(f"responses:\n{responses or '  {}'}\n", "utf-8")
    return folder


def _start(folder: Path) -> Figure:
    _project(folder, "")
    command = [sys.executable, "-m", "policy_guard", "lint", str(folder)]
    return Figure("lint: start to end, an empty domain", _process(command), "s", START_AIM)


def _process(command: list[str]) -> float:
    """Return the seconds that a process takes, the quickest of five."""

    def spent() -> float:
        used = resource.getrusage(resource.RUSAGE_CHILDREN)
        return used.ru_utime + used.ru_stime

    quickest = float("inf")
    for _ in range(5):
        before = spent()
        subprocess.run(command, stdout=subprocess.DEVNULL, check=False)  # noqa: S603 - our own
        quickest = min(quickest, spent() - before)
    return quickest


def _heavy(folder: Path) -> Figure:
    """Count the packages that a run of the linter must not import."""
    names = ", ".join(f"{name!r}" for name in _HEAVY)
    code = (
        "import sys; from policy_guard import cli; cli.main(['lint', sys.argv[1]]); "
        f"print(sum(name in sys.modules for name in ({names},)), file=sys.stderr)"
    )
    command = [sys.executable, "-c", code, str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)  # noqa: S603 - our own
    says = "lint: Rasa, TensorFlow, SQLAlchemy, Sanic imported"
    return Figure(says, float(done.stderr), "packages", 0)


def _after_start(folder: Path) -> float:
    """Return the seconds of a run in a process that has everything imported."""

    def run() -> None:
        with contextlib.redirect_stdout(io.StringIO()):
            cli.main([str(folder)])

    run()
    return best_of(5, 1, run, time.process_time)


def _sends() -> list[Figure]:
    learned_model.cache_clear()
    lookup.index.cache_clear()
    started = time.process_time()
    reader = Proofreader().warm()
    warm = (time.process_time() - started) * _MS
    texts = {
        "a short answer": ("It is open until six.", Purpose.REPLY),
        "a usual update": (
            "Your order 12345 has shipped and arrives on Tuesday between 9:00 and 12:00.",
            Purpose.POST_PURCHASE_UPDATE,
        ),
        "a pitch": (
            "Your order has shipped. Take 10% off your next pair of shoes, today only!",
            Purpose.POST_PURCHASE_UPDATE,
        ),
    }
    found = [
        Figure(
            f"proofread: {name}",
            best_of(7, 50, _reading(reader, *text), time.process_time) * _MS,
            "ms",
            SEND_AIM,
        )
        for name, text in texts.items()
    ]
    long = "Your order 12345 has shipped and arrives on Tuesday. " * 37
    seconds = best_of(5, 3, _reading(reader, long, Purpose.POST_PURCHASE_UPDATE), time.process_time)
    return [
        *found,
        Figure("proofread: the longest message", seconds * _MS, "ms"),
        Figure("proofread: loading, once at start", warm, "ms"),
    ]


def _reading(reader: Proofreader, text: str, purpose: Purpose) -> Callable[[], object]:
    body = {"message": {"text": text, "quick_replies": [{"title": "Track it"}]}}
    out = Outgoing(Who("page", "person"), "turn", 0, Message(purpose), (body,), text=text)
    return lambda: reader.read(out)
