"""`policy-guard notify`: tell everybody who asked for a topic, and see how far it is."""
# ruff: noqa: PLC0415 - the linter and its like start without SQLAlchemy and requests

from __future__ import annotations

import argparse
import json
import os
import re
import sys
import time
from collections import Counter, deque
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from policy_guard import cli as guard_cli
from policy_guard.cli_broadcasts import counted, line, operator, recipient_lines
from policy_guard.cli_output import print_json, say, say_all
from policy_guard.errors import BroadcastError, GuardError, SettingsError

if TYPE_CHECKING:
    from policy_guard.broadcast_rows import Broadcast
    from policy_guard.guard import Guard

_ANSWER_WITHIN = 60  # seconds: an order to few people is answered when they were told
_TOKEN = "MESSENGER_API_TOKEN"  # noqa: S105 - the name of a variable, not a secret
_LOOK_EVERY = 0.5  # seconds between looks, and of a bar
_TELL_EVERY = 5.0  # seconds between lines where there is no terminal
_RATE_OVER = 10.0  # seconds
_BAR = 30  # characters
_SMALL = 100  # seconds or minutes that are still told as such
_CHUNK = 500  # people that a dry run decides for in one transaction
#: What of a broadcast is not over: a held message waits for its own moment, which may be far.
_OPEN = ("waiting", "ready", "sending", "claimed", "committed")
_ENDED = ("done", "cancelled")
#: What differs in a reason from person to person.
_MOMENT = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d)?(Z|\+00:00)?")


class SendingError(GuardError):
    """The running channel could not be asked, or said no."""


def add_notify(commands: guard_cli.Commands) -> None:
    """Add the command `notify`."""
    parser = guard_cli.add_command(
        commands, "notify", _notify, "tell everybody who asked for a topic, once"
    )
    parser.add_argument("--topic", required=True, help="such as `back_in_stock:sku-42`, or `news`")
    parser.add_argument("--response", required=True, help="the response of the domain to say")
    parser.add_argument("--slots", metavar="JSON", help='words for the response: {"order": "A-1"}')
    parser.add_argument(
        "--slot",
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help="one word for the response, such as product=Boots; may be repeated",
    )
    parser.add_argument("--key", metavar="K", help="the same key again is the same broadcast")
    parser.add_argument("--by", metavar="NAME", help="who gives the order (default: you)")
    how = parser.add_mutually_exclusive_group()
    how.add_argument(
        "--dry-run", action="store_true", help="decide for everybody, send and write nothing"
    )
    how.add_argument("--wait", action="store_true", help="until it is done (the default)")
    how.add_argument("--detach", action="store_true", help="give the order and end")
    parser.add_argument("--credentials", type=Path, default=Path("credentials.yml"), metavar="FILE")
    parser.add_argument("--domain", type=Path, default=Path("domain.yml"), metavar="FILE")


def _notify(args: argparse.Namespace) -> int:
    slots = _slots(args.slots, args.slot)
    if args.dry_run:
        return _dry_run(args, slots)
    from policy_guard import settings as guard_settings

    body = {"topic": args.topic, "response": args.response, "slots": slots}
    body["by"] = operator(args.by)
    if args.key:
        body["key"] = args.key
    channel = guard_settings.load(args.endpoints).channel
    said = _ask(f"{channel}/notify", body, _token(args.credentials, os.environ))
    told = said.get("broadcast") or {}
    if said.get("results") is None and told and not args.detach:
        return _follow(args, int(told["id"]))
    if args.json:
        print_json(said)
        return 0
    results = said.get("results")
    if results is None:
        say(f"broadcast {told.get('id')} is {told.get('state')}: it goes on by itself")
        say(f"    policy-guard broadcasts show {told.get('id')}")
        return 0
    if not results:
        say(f"nobody is waiting to be told of `{args.topic}`")
    for row in results:
        say_all(recipient_lines(row))
    return 0


# -- how far it is ---------------------------------------------------------------------------------


def _follow(args: argparse.Namespace, number: int) -> int:
    """Show how far a broadcast is until it is done, or somebody has had enough of watching."""
    from policy_guard import broadcast_rows
    from policy_guard.cli_broadcasts import as_dict
    from policy_guard.cli_reading import opened

    progress = Progress(bar=sys.stderr.isatty() and not args.json)
    try:
        with opened(args.endpoints) as store:
            while True:
                with store.read() as tx:
                    told = as_dict(tx, broadcast_rows.get(tx, number))
                if told["state"] in _ENDED:
                    break
                progress.show(told, time.monotonic())
                time.sleep(_LOOK_EVERY)
    except KeyboardInterrupt:
        progress.close()
        say(f"broadcast {number} goes on by itself: policy-guard broadcasts pause {number}")
        return 130
    progress.close()
    if args.json:
        print_json(told)
    else:
        say(line(told))
    return 0


class Progress:
    """A bar on a terminal, else a line now and then; on standard error, so that results stay."""

    def __init__(self, *, bar: bool) -> None:
        self._bar = bar
        self._seen: deque[tuple[float, int]] = deque()
        self._said_at = float("-inf")

    def show(self, told: Mapping[str, Any], now: float) -> None:
        """Tell how far a broadcast is at a moment (seconds of any clock)."""
        counts, total = told["counts"], told["total"]
        over = total - sum(counts.get(state, 0) for state in _OPEN)
        self._seen.append((now, over))
        while now - self._seen[0][0] > _RATE_OVER:
            self._seen.popleft()
        if self._bar:
            done = _BAR * over // total if total else 0
            text = f"[{'#' * done}{'.' * (_BAR - done)}] {self._words(told, over)}"
            sys.stderr.write(f"\r\x1b[K{text}")
            sys.stderr.flush()
        elif now - self._said_at >= _TELL_EVERY:
            self._said_at = now
            sys.stderr.write(f"{self._words(told, over)}\n")

    def close(self) -> None:
        """Leave the bar's line."""
        if self._bar and self._seen:
            sys.stderr.write("\r\x1b[K")
            sys.stderr.flush()

    def _words(self, told: Mapping[str, Any], over: int) -> str:
        total = told["total"]
        if not told["entered"]:
            return f"broadcast {told['id']}: {total:,} recipients entered so far"
        said = f"broadcast {told['id']}: {over:,} of {total:,}"
        states = {k: n for k, n in told["counts"].items() if k not in _OPEN}
        if states:
            said += f" ({counted(states)})"
        if told["state"] == "paused":
            return f"{said}, paused"
        rate = self._rate()
        if rate:
            said += f", {rate:,.0f} a second, {_span((total - over) / rate)} left"
        return said

    def _rate(self) -> float:
        (first, before), (last, over) = self._seen[0], self._seen[-1]
        return (over - before) / (last - first) if last > first else 0.0


def _span(seconds: float) -> str:
    """Return a time in words: `40 s`, `12 min`, `3 h 20 min`."""
    minutes = round(seconds / 60)
    if seconds < _SMALL:
        return f"{seconds:.0f} s"
    return f"{minutes} min" if minutes < _SMALL else f"{minutes // 60} h {minutes % 60} min"


# -- the dry run -----------------------------------------------------------------------------------


def _dry_run(args: argparse.Namespace, slots: Mapping[str, Any]) -> int:
    """Decide for everybody as of now, in the words of the domain file, and count the answers."""
    from policy_guard.bulk import Bulk
    from policy_guard.cli_reading import opened
    from policy_guard.people import open_guard

    from .compose import BroadcastWords

    with opened(args.endpoints) as store:
        guard = open_guard(args.endpoints, store=store)
        broadcast = _imagined(args, guard, slots)
        words, bulk = BroadcastWords(guard, broadcast), Bulk(guard)
        found: Counter[tuple[str, str, str, str]] = Counter()
        after, total = "", 0
        while True:
            answers, after = bulk.forecast(broadcast, words, after, _CHUNK)
            if not answers:
                break
            found.update(map(_kind, answers))
            total += len(answers)
            if sys.stderr.isatty():
                sys.stderr.write(f"\r\x1b[K{total:,} decided")
                sys.stderr.flush()
    if total and sys.stderr.isatty():
        sys.stderr.write("\r\x1b[K")
    _tell_forecast(args, found, total)
    return 0


def _imagined(args: argparse.Namespace, guard: Guard, slots: Mapping[str, Any]) -> Broadcast:
    """Return the broadcast that an order would become, kept nowhere; raises as the channel does."""
    from policy_guard.broadcast_rows import RUNNING, Broadcast
    from policy_guard.people import PAGE_ID
    from policy_guard.sql_store import get_meta

    from .cli_project import Responses, channel_section
    from .compose import lacking

    if guard.catalogue.type_of(args.topic) is None:
        raise SettingsError(f"the topic `{args.topic}` is not in alerts.yml")
    listed = Responses(args.domain, guard.catalogue.languages[0]).variations(args.response)
    variations = tuple(one.content for one in listed)
    section = channel_section(args.credentials) if args.credentials.exists() else None
    channel = str((section or {}).get("name") or "messenger")
    missing = lacking(guard.catalogue, args.topic, args.response, variations, channel, slots)
    if missing:
        raise BroadcastError(missing)
    with guard.store.read() as tx:
        page = get_meta(tx, PAGE_ID) or ""
    now = guard.clock.now()
    return Broadcast(
        0, page, "", args.topic, args.response, slots, variations, channel, "", now, RUNNING,
        "", None, 0,
    )  # fmt: skip


def _kind(answer: Any) -> tuple[str, str, str, str]:
    """Return of which kind an answer is: its decision, ground, rule and reason."""
    from policy_guard.decisions import name_of

    if isinstance(answer, str):
        return ("fail", "", "", answer)
    ground = getattr(answer, "ground", "")
    return (name_of(answer), ground, answer.reason.rule, _general(answer.reason.says))


def _general(reason: str) -> str:
    """Return a reason without the moments and numbers that differ from person to person."""
    return _MOMENT.sub("...", reason)


def _tell_forecast(
    args: argparse.Namespace, found: Mapping[tuple[str, str, str, str], int], total: int
) -> None:
    ordered = sorted(found.items(), key=lambda pair: -pair[1])
    names = ("decision", "ground", "rule", "reason")
    if args.json:
        rows = [{**dict(zip(names, kind, strict=True)), "people": n} for kind, n in ordered]
        print_json({"topic": args.topic, "response": args.response, "total": total, "would": rows})
        return
    for (decision, ground, rule, reason), number in ordered:
        how = f" on {ground}" if ground else ""
        by = f" (rule `{rule}`)" if rule else ""
        say(f"{number:>9,}  {decision}{how}: {reason}{by}")
    say(f"{total:>9,}  in all; nothing was sent and nothing written")


# -- asking the channel ----------------------------------------------------------------------------


def _ask(url: str, body: Mapping[str, Any], token: str) -> dict[str, Any]:
    import requests

    try:
        answer = requests.post(
            url,
            json=dict(body),
            headers={"Authorization": f"Bearer {token}"},
            timeout=_ANSWER_WITHIN,
            allow_redirects=False,
        )
        said = answer.json()
    except requests.JSONDecodeError:
        raise SendingError(f"`{url}` is not the Messenger channel: it speaks no JSON") from None
    except requests.RequestException:
        raise SendingError(f"the channel does not answer at `{url}`: is Rasa running?") from None
    if not isinstance(said, dict) or not answer.ok:
        why = said.get("error") if isinstance(said, dict) else said
        raise SendingError(f"the channel answered `{answer.status_code}`: {why}")
    return said


def _token(credentials: Path, env: Mapping[str, str]) -> str:
    """Return the operators' token, from the environment or from credentials.yml."""
    from policy_guard.settings import filled

    from .cli_project import channel_section

    if env.get(_TOKEN):
        return env[_TOKEN]
    value = (channel_section(credentials) or {}).get("api_token")
    if not value:
        raise SettingsError(f"{credentials}: `api_token` of the Messenger channel is missing")
    return filled(str(value), "api_token", env)


def _slots(text: str | None, named: list[str]) -> dict[str, Any]:
    """Return the words for the response; one that is named comes before the JSON's."""
    try:
        given = json.loads(text) if text else {}
    except ValueError:
        given = None
    if not isinstance(given, dict):
        raise SettingsError(f'`{text}` is not a JSON object such as {{"product": "Boots"}}')
    return {**given, **dict(_slot(one) for one in named)}


def _slot(text: str) -> tuple[str, str]:
    name, sign, value = text.partition("=")
    if not sign or not name:
        raise SettingsError(f"`{text}` is not NAME=VALUE")
    return name, value
