"""The command `profile`: the Page's greeting, menu and first button, as `profile.yml` has them."""
# ruff: noqa: PLC0415 - the program starts without a client of the platform

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from policy_guard import cli as guard_cli
from policy_guard import settings as guard_settings
from policy_guard.cli_output import complain, print_json, say
from policy_guard.clock import SystemClock
from policy_guard.edition import known
from policy_guard.errors import SettingsError
from policy_guard.regions import inside
from policy_guard.vocabulary import Feature
from policy_guard.yaml_place import load, read_text

if TYPE_CHECKING:
    from datetime import datetime

    from .page_profile import PageProfile
    from .profile import Difference, Profile


def add_profile(commands: guard_cli.Commands) -> None:
    """Add the command `profile` with what it can do."""
    says = "the Page's greeting, Get Started button, ice breakers, menu and commands"
    group = commands.add_parser("profile", help=says, description=f"{says[0].upper()}{says[1:]}.")
    inner = group.add_subparsers(title="commands", metavar="COMMAND", required=True)
    show = guard_cli.add_command(
        inner, "show", _show, "tell how the platform's profile differs from the file"
    )
    apply = guard_cli.add_command(
        inner, "apply", _apply, "make the platform's profile what the file says"
    )
    apply.add_argument("--dry-run", action="store_true", help="tell, and change nothing")
    for parser in (show, apply):
        for name, file in (("profile", "profile.yml"), ("domain", "domain.yml")):
            parser.add_argument(f"--{name}", type=Path, default=Path(file), metavar="FILE")
        credentials = Path("credentials.yml")
        parser.add_argument("--credentials", type=Path, default=credentials, metavar="FILE")


def _show(args: argparse.Namespace) -> int:
    return _compare(args, change=False)


def _apply(args: argparse.Namespace) -> int:
    return _compare(args, change=not args.dry_run)


def _compare(args: argparse.Namespace, *, change: bool) -> int:
    from .profile import difference
    from .profile import read as read_profile

    profile = read_profile(args.profile, _passing(args))
    notes = [*profile.notes, *closed(args, profile, SystemClock().now())]
    with _client(args) as page:
        found = difference(profile.wanted, page.there())
        if change and found:
            if found.set:
                page.set(found.set)
            if found.delete:
                page.delete(found.delete)
    _tell(args, found, notes, changed=change)
    return 0


def _tell(args: argparse.Namespace, found: Difference, notes: list[str], *, changed: bool) -> None:
    if args.json:
        print_json(
            {
                "set": dict(found.set),
                "delete": list(found.delete),
                "changed": changed and bool(found),
                "notes": notes,
            }
        )
        return
    for name, value in found.set.items():
        say(f"{'set' if changed else 'would set'} {name}: {json.dumps(value, ensure_ascii=False)}")
    for name in found.delete:
        say(f"{'deleted' if changed else 'would delete'} {name}")
    if not found:
        say("the platform's profile is what the file says")
    for note in notes:
        complain(note)


def closed(args: argparse.Namespace, profile: Profile, now: datetime) -> list[str]:
    """Return the sentence that the menu is closed where the Page is, by the edition in force."""
    page = guard_settings.load(args.endpoints).page
    edition = known().at(now)
    rule = edition.features.get(Feature.PERSISTENT_MENU)
    where = inside(page.region, rule.closed_in) if rule else None
    if "persistent_menu" not in profile.wanted or where is None:
        return []
    return [f"the persistent menu is closed in `{where}` by the edition `{edition.id}`"]


def _passing(args: argparse.Namespace) -> Callable[[str], bool]:
    """Return what tells whether the channel lets a payload through: its own allow-list."""
    from .cli_project import credentials
    from .turns import Payloads

    data = load(read_text(args.domain, SettingsError), str(args.domain), SettingsError).data
    domain: Mapping[str, Any] = data if isinstance(data, Mapping) else {}
    intents = frozenset(_names(domain.get("intents")))
    allowed = credentials(args.credentials).payload_intents
    payloads = Payloads(
        intents if allowed is None else allowed, frozenset(_names(domain.get("entities")))
    )
    return lambda payload: payloads.passed(payload) is not None


def _names(listed: Any) -> Iterator[str]:
    for one in listed or ():
        yield str(next(iter(one))) if isinstance(one, Mapping) else str(one)


@contextmanager
def _client(args: argparse.Namespace) -> Iterator[PageProfile]:
    from .cli_project import credentials
    from .page_profile import PageProfile

    page = PageProfile(credentials(args.credentials))
    try:
        yield page
    finally:
        page.close()
