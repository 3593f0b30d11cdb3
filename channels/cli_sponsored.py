"""The command `sponsored`: promotion outside the window as an ad, planned and then submitted."""
# ruff: noqa: PLC0415 - the program starts without SQLAlchemy and without a client of the platform

from __future__ import annotations

import argparse
import json
import os
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from policy_guard import cli as guard_cli
from policy_guard import settings as guard_settings
from policy_guard.catalogue import load as load_catalogue
from policy_guard.cli_output import complain, print_json, say, say_all
from policy_guard.durations import clock_text, moment
from policy_guard.edition import known
from policy_guard.errors import SettingsError, StoreError
from policy_guard.regions import normal
from policy_guard.yaml_place import read_text

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.engine import Connection

    from policy_guard.campaign import Aim, Availability, Candidate, Creative, Plan
    from policy_guard.settings import Configuration

    from .sponsored import Part

_OURS_ONLY = 0o600


def add_sponsored(commands: guard_cli.Commands) -> None:
    """Add the command `sponsored` with what it can do."""
    says = "sponsored messages: plan a campaign, submit it to the Marketing API"
    group = commands.add_parser("sponsored", help=says, description=f"{says[0].upper()}{says[1:]}.")
    inner = group.add_subparsers(title="commands", metavar="COMMAND", required=True)

    plan = guard_cli.add_command(
        inner, "plan", _plan, "plan a campaign; 1 where the platform takes none any more"
    )
    plan.add_argument("--topic", required=True, help="the alert type that people chose")
    plan.add_argument("--response", required=True, help="the response of the domain to show")
    plan.add_argument("--language", metavar="CODE", help="only people of this language")
    plan.add_argument("--region", metavar="CODE", help="only people here: ISO 3166, EU or EEA")
    plan.add_argument("--budget", metavar="AMOUNT", help="for the whole campaign, such as 50")
    plan.add_argument("--currency", metavar="CODE", help="of the ad account, such as USD")
    plan.add_argument("--days", type=int, default=3, metavar="N", help="how long (default: 3)")
    plan.add_argument("--at", metavar="MOMENT", help="when it begins (default: now)")
    plan.add_argument("--out", type=Path, metavar="FILE", help="write the plan here, as JSON")
    plan.add_argument(
        "--with-people", action="store_true", help="also write the people's ids; for you alone"
    )
    plan.add_argument("--domain", type=Path, default=Path("domain.yml"), metavar="FILE")

    submit = guard_cli.add_command(
        inner, "submit", _submit, "make a planned campaign, paused; 1 where it is refused"
    )
    submit.add_argument("file", type=Path, metavar="FILE", help="what `plan --out` wrote")
    submit.add_argument("--ad-account", required=True, metavar="act_N")
    submit.add_argument("--credentials", type=Path, default=Path("credentials.yml"), metavar="FILE")


# -- plan -------------------------------------------------------------------------------------


def _plan(args: argparse.Namespace) -> int:
    from policy_guard import campaign_file

    if args.with_people and args.out is None:
        raise guard_cli.UsageError("`--with-people` needs `--out`: ids are never shown")
    made, people = _planned(args)
    document = campaign_file.as_dict(made)
    if args.out is not None:
        psids = {campaign_file.PSIDS: people} if args.with_people else {}
        _write(args.out, {**document, **psids}, alone=args.with_people)
    if args.json:
        print_json(document)
    else:
        say_all(_lines(made))
    return 0 if made.availability.offered else 1


def _planned(args: argparse.Namespace) -> tuple[Plan, dict[str, list[str]]]:
    """Return the plan, and the people of each language."""
    from policy_guard.campaign import Aim, Plan, audience, available_throughout, period, promoted

    from . import sponsored_fields
    from .cli_project import Responses

    config = guard_settings.load(args.endpoints)
    catalogue = load_catalogue(config.alerts)
    topic = promoted(args.topic, catalogue)
    money = _budget(args)
    wordings = Responses(args.domain, catalogue.languages[0]).by_language(args.response)
    if args.language is not None and args.language not in wordings:
        raise SettingsError(f"`{args.response}` has no text in `{args.language}`")
    aim = Aim(topic, tuple(wordings), args.language, _region(args.region))
    with _people(args) as there:
        starts_at, ends_at = period(_moment(args.at) or there.now, args.days)
        editions = known(config.switches)
        found = audience(
            there.candidates(config), aim, config.page, editions.at(starts_at), starts_at
        )
    made = Plan(
        page=there.page,
        response=args.response,
        aim=aim,
        starts_at=starts_at,
        ends_at=ends_at,
        availability=available_throughout(editions, (starts_at, ends_at), config.page, aim),
        left_out=found.left_out,
        budget=money,
        creatives=tuple(
            _creative(args.response, aim, code, wordings[code], len(found.speaking(code)))
            for code in aim.languages
        ),
    )
    for creative in made.spoken:
        sponsored_fields.targeting(made, creative.language)
    return made, {code: list(found.speaking(code)) for code in aim.languages}


def _creative(
    response: str, aim: Aim, language: str, wording: Mapping[str, Any], people: int
) -> Creative:
    from policy_guard.campaign import Creative

    from .sponsored_creative import message

    words, notes = message(response, language, wording, aim.topic)
    return Creative(language, people, words, notes)


def _budget(args: argparse.Namespace) -> Any:
    from policy_guard.campaign import budget

    if (args.budget is None) != (args.currency is None):
        raise guard_cli.UsageError("`--budget` and `--currency` go together")
    return None if args.budget is None else budget(args.budget, args.currency)


def _region(code: str | None) -> str | None:
    if code is None:
        return None
    try:
        return normal(code)
    except ValueError as problem:
        raise guard_cli.UsageError(str(problem)) from None


def _moment(text: str | None) -> datetime | None:
    if text is None:
        return None
    try:
        return moment(text)
    except ValueError as problem:
        raise guard_cli.UsageError(str(problem)) from None


@dataclass(frozen=True)
class _Store:
    """The people of the store, and its Page and moment (UTC)."""

    tx: Connection
    page: str
    now: datetime

    def candidates(self, config: Configuration) -> Iterator[Candidate]:
        """Give everybody; who cannot be read is given without facts."""
        from sqlalchemy import select

        from policy_guard import people_rows, schema
        from policy_guard.campaign import Candidate

        table = schema.person
        query = select(table.c.psid, table.c.language).where(table.c.page == self.page)
        for row in self.tx.execute(query.order_by(table.c.psid)).all():
            who = people_rows.Who(self.page, row.psid)
            try:
                person = people_rows.read(self.tx, who, self.now, config.page.time_zone)
            except ValueError:
                person = None
            yield Candidate(row.psid, person, row.language)


@contextmanager
def _people(args: argparse.Namespace) -> Iterator[_Store]:
    from policy_guard.cli_reading import reading
    from policy_guard.people import PAGE_ID
    from policy_guard.sql_store import clock_in, get_meta

    with reading(args.endpoints) as tx:
        page = get_meta(tx, PAGE_ID)
        if page is None:
            raise StoreError("the store knows no Page yet: the channel tells it when it starts")
        yield _Store(tx, page, clock_in(tx).now())


def _write(file: Path, document: Mapping[str, Any], *, alone: bool) -> None:
    """Write a file at once or not at all; where it holds people, nobody else may read it."""
    text = json.dumps(document, indent=2, ensure_ascii=False) + "\n"
    try:
        handle, name = tempfile.mkstemp(dir=file.parent, prefix=f".{file.name}.")
        try:
            with os.fdopen(handle, "w", encoding="utf-8") as out:
                out.write(text)
            Path(name).chmod(_OURS_ONLY if alone else 0o666 & ~_umask())
            Path(name).replace(file)
        except BaseException:
            Path(name).unlink()
            raise
    except OSError as problem:
        raise SettingsError(f"{file}: cannot be written: {problem.strerror or problem}") from None


def _umask() -> int:
    """Return which rights new files do not get: it can only be asked by setting it."""
    mask = os.umask(0o077)
    os.umask(mask)
    return mask


# -- submit -----------------------------------------------------------------------------------


def _submit(args: argparse.Namespace) -> int:
    from policy_guard import campaign_file
    from policy_guard.campaign import PlanError

    from .cli_project import credentials
    from .sponsored import AdAccount, AdsRefusedError, submit

    try:
        document = json.loads(read_text(args.file, PlanError))
    except (json.JSONDecodeError, RecursionError):
        raise PlanError(f"{args.file}: is not JSON") from None
    plan = campaign_file.read(document, str(args.file))
    why_not = _why_not(args, plan)
    if why_not is not None:
        complain(why_not)
        return 1
    account = AdAccount(credentials(args.credentials), args.ad_account)
    parts: list[Part] = []
    try:
        for part in submit(account, plan):
            parts.append(part)
            if not args.json:
                say(f"{part.kind}  {part.id}  {'made' if part.new else 'found'}  {part.name}")
    except AdsRefusedError as problem:
        complain(str(problem))
        return 1
    finally:
        account.close()
        if args.json:
            print_json([vars(part) for part in parts])
    if not args.json:
        say("everything that was made is paused: look at it in the ads manager, switch it on there")
        say(_warning(plan))
    return 0


def _why_not(args: argparse.Namespace, plan: Plan) -> str | None:
    """Return why a plan may not be submitted now: it is judged again, whatever its file says."""
    from policy_guard.campaign import PlanError

    config = guard_settings.load(args.endpoints)
    with _people(args) as there:
        page, now = there.page, there.now
    if plan.page != page:
        raise PlanError(f"the plan is for the Page `{plan.page}`, the store is of `{page}`")
    for verdict in _availability(config, plan, now):
        if not verdict.offered:
            return "; ".join([str(verdict), *(f"instead: {way}" for way in verdict.instead)])
    if plan.ends_at <= now:
        return f"the campaign would have ended on {clock_text(plan.ends_at)}: plan it again"
    if not plan.people:
        return "nobody is meant by the plan, and the platform would show the ad all the same"
    return None


def _availability(config: Configuration, plan: Plan, now: datetime) -> Iterator[Availability]:
    """Give whether sponsored messages are taken throughout the campaign, and now."""
    from policy_guard.campaign import availability, available_throughout

    editions, page, aim = known(config.switches), config.page, plan.aim
    yield available_throughout(editions, (plan.starts_at, plan.ends_at), page, aim)
    yield availability(editions, now, page, aim.topic, aim.region)


# -- what a person reads ----------------------------------------------------------------------


def _lines(plan: Plan) -> list[str]:
    told = [str(plan.availability)]
    told += [f"instead: {way}" for way in plan.availability.instead]
    where = f" in {plan.aim.region}" if plan.aim.region else ""
    told.append(f"`{plan.response}` on `{plan.aim.topic}`{where} is meant for {plan.people}")
    for creative in plan.creatives:
        told.append(f"    in {creative.language}: {creative.people}")
        told += [f"        {note}" for note in creative.notes]
    told += [f"    left out as {why.value}: {n}" for why, n in plan.left_out.items() if n]
    cost = "without a budget" if plan.budget is None else f"for {plan.budget} in all"
    told.append(f"from {clock_text(plan.starts_at)} to {clock_text(plan.ends_at)}, {cost}")
    told.append(_warning(plan))
    told.append(f"campaign `{plan.name}`")
    return told


def _warning(plan: Plan) -> str:
    """Return what a person has to know before the ad is switched on."""
    left_out = ", ".join(f"{why.value} {n}" for why, n in plan.still_reached.items())
    known_of = f", and may reach people who are left out: {left_out}" if left_out else ""
    return (
        "warning: the platform shows the ad in every conversation with the Page that fits its "
        f"place and language{known_of}"
    )
