"""The console script `policy-guard`: the guard's own commands, and those that send."""
# ruff: noqa: PLC0415 - the linter and its like start without SQLAlchemy and requests

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from policy_guard import cli as guard_cli
from policy_guard.errors import GuardError, SettingsError

from .cli_profile import add_profile
from .cli_sponsored import add_sponsored
from .cli_templates import add_templates
from .cli_worker import add_worker

_ANSWER_WITHIN = 300  # seconds: an alert to many people takes its time
_TOKEN = "MESSENGER_API_TOKEN"  # noqa: S105 - the name of a variable, not a secret


class SendingError(GuardError):
    """The running channel could not be asked, or said no."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code."""
    return guard_cli.main(argv, _extend)


def _extend(commands: guard_cli.Commands) -> None:
    _add_notify(commands)
    add_templates(commands)
    add_sponsored(commands)
    add_profile(commands)
    add_worker(commands)


def _add_notify(commands: guard_cli.Commands) -> None:
    parser = guard_cli.add_command(
        commands, "notify", _notify, "tell everybody who asked for a topic, once"
    )
    parser.add_argument("--topic", required=True, help="such as `back_in_stock:sku-42`, or `news`")
    parser.add_argument("--response", required=True, help="the response of the domain to say")
    parser.add_argument(
        "--slot",
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help="a word for the response, such as product=Boots; may be repeated",
    )
    parser.add_argument("--request-id", help="the same id again tells nobody twice")
    parser.add_argument("--credentials", type=Path, default=Path("credentials.yml"), metavar="FILE")


def _notify(args: argparse.Namespace) -> int:
    """Ask the running channel, and show a line per person with the decision and its reason."""
    from policy_guard import settings as guard_settings

    body = {
        "topic": args.topic,
        "response": args.response,
        "slots": dict(_slot(text) for text in args.slot),
        **({"request_id": args.request_id} if args.request_id else {}),
    }
    channel = guard_settings.load(args.endpoints).channel
    said = _ask(f"{channel}/notify", body, _token(args.credentials, os.environ))
    if args.json:
        print(json.dumps(said, ensure_ascii=False, indent=2))
        return 0
    results = said["results"]
    if not results:
        print(f"nobody is waiting to be told of `{args.topic}`")
    for row in results:
        how = f" on {row['ground']}" if row.get("ground") else ""
        print(f"{row['psid']}: {row['decision']}{how}, {row['state']}: {row['reason']}")
        if row.get("send"):
            print(f"    policy-guard explain {row['send']}")
    return 0


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


def _slot(text: str) -> tuple[str, str]:
    name, sign, value = text.partition("=")
    if not sign or not name:
        raise SettingsError(f"`{text}` is not NAME=VALUE")
    return name, value


if __name__ == "__main__":
    sys.exit(main())
