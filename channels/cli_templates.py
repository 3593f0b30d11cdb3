"""The command `templates`: the Page's utility templates, listed, looked at and created."""
# ruff: noqa: PLC0415 - the program starts without SQLAlchemy and without a client of the platform

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from policy_guard import cli as guard_cli
from policy_guard import settings as guard_settings
from policy_guard.catalogue import Catalogue
from policy_guard.catalogue import load as load_catalogue
from policy_guard.cli_output import complain, print_json, say, say_all
from policy_guard.durations import clock_text

if TYPE_CHECKING:
    from datetime import datetime

    from policy_guard.sql_store import SqlStore
    from policy_guard.template_rows import TemplateRow

    from .cli_project import Responses
    from .page_templates import Listed, PageTemplates
    from .utility_templates import Judge, Template

_REJECTED = "REJECTED"


def add_templates(commands: guard_cli.Commands) -> None:
    """Add the command `templates` with what it can do."""
    says = "the Page's utility templates: list them, look one up, create them"
    group = commands.add_parser("templates", help=says, description=f"{says[0].upper()}{says[1:]}.")
    inner = group.add_subparsers(title="commands", metavar="COMMAND", required=True)

    listing = guard_cli.add_command(
        inner, "list", _list, "ask the platform for every template and keep what it says"
    )
    status = guard_cli.add_command(
        inner, "status", _status, "tell what the platform says of one template; 1 where rejected"
    )
    status.add_argument("name", metavar="NAME")
    for parser in (listing, status):
        parser.add_argument("--offline", action="store_true", help="read the store only")
        _add_credentials(parser)

    create = guard_cli.add_command(
        inner, "create", _create, "create a template from a response; 1 where it is refused"
    )
    create.add_argument("name", nargs="?", metavar="NAME", help="the template's name")
    create.add_argument("--response", help="the response of the domain that it says")
    create.add_argument("--text", help="its words, with {placeholders}, instead of a response")
    create.add_argument("--all", action="store_true", help="every one that responses name")
    create.add_argument(
        "--language", action="append", metavar="CODE", help="such as en or en_US; may be repeated"
    )
    create.add_argument("--dry-run", action="store_true", help="check and show, create nothing")
    create.add_argument("--domain", type=Path, default=Path("domain.yml"), metavar="FILE")
    _add_credentials(create)


def _add_credentials(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--credentials", type=Path, default=Path("credentials.yml"), metavar="FILE")


# -- list and status --------------------------------------------------------------------------


def _list(args: argparse.Namespace) -> int:
    rows = _known(args)
    _show(args, rows, "the Page has no utility template")
    return 0


def _status(args: argparse.Namespace) -> int:
    rows = [row for row in _known(args) if row.name == args.name]
    _show(args, rows, f"the Page has no utility template `{args.name}`")
    return 1 if not rows or any(row.status == _REJECTED for row in rows) else 0


def _known(args: argparse.Namespace) -> Sequence[TemplateRow]:
    """Return the Page's templates as the platform tells of them now, or as the store knows them."""
    from policy_guard import template_rows
    from policy_guard.cli_reading import reading
    from policy_guard.people import PAGE_ID
    from policy_guard.sql_store import get_meta

    if args.offline:
        with reading(args.endpoints) as tx:
            return template_rows.listed(tx, get_meta(tx, PAGE_ID) or "")
    with _page(args) as page:
        page.fetch()
        with page.store.read() as tx:
            return template_rows.listed(tx, page.id)


def _show(args: argparse.Namespace, rows: Sequence[TemplateRow], nothing: str) -> None:
    if args.json:
        print_json([_row_dict(row) for row in rows])
        return
    say_all(map(_row_line, rows))
    if not rows:
        say(nothing)


def _row_dict(row: TemplateRow) -> dict[str, Any]:
    return {
        "name": row.name,
        "language": row.language,
        "status": row.status,
        "reason": row.reason,
        "id": row.platform_id,
        "told_at": row.told_at.isoformat(),
    }


def _row_line(row: TemplateRow) -> str:
    why = f": {row.reason}" if row.reason else ""
    return f"{row.name}  {row.language}  {row.status}{why}  told {clock_text(row.told_at)}"


# -- create -----------------------------------------------------------------------------------


def _create(args: argparse.Namespace) -> int:
    from .utility_templates import ill_called, problems

    for given in ((args.name, None), *((None, code) for code in args.language or ())):
        for says in ill_called(*given):
            raise guard_cli.UsageError(says)
    catalogue = load_catalogue(guard_settings.load(args.endpoints).alerts)
    wanted = _wanted(args, catalogue)
    judge = _judge()
    wrong = [
        *wanted.wrong,
        *(f"{_named(t)}: {says}" for t in wanted.templates for says in problems(t, judge)),
    ]
    if wrong:
        for sentence in wrong:
            complain(sentence)
        return 1
    if not wanted.templates:
        say("no response names a utility template")
        return 0
    if args.dry_run:
        return _rehearse(args, wanted.templates)
    with _page(args) as page:
        outcomes = list(page.create(wanted.templates))
    if args.json:
        print_json([outcome.as_dict() for outcome in outcomes])
    return 1 if any(outcome.refused for outcome in outcomes) else 0


def _rehearse(args: argparse.Namespace, templates: Sequence[Template]) -> int:
    if args.json:
        print_json([template.as_json() for template in templates])
        return 0
    for template in templates:
        say(f"{_named(template)} would be created: {template.text}")
        for button in template.buttons:
            say(f"    button `{button.title}`: {button.target}")
    return 0


@dataclass(frozen=True)
class _Wanted:
    """The templates that were asked for, and sentences on those that cannot be built."""

    templates: tuple[Template, ...]
    wrong: tuple[str, ...] = ()


def _wanted(args: argparse.Namespace, catalogue: Catalogue) -> _Wanted:
    from .cli_project import Responses
    from .utility_templates import from_text

    given = [args.response is not None, args.text is not None, args.all]
    if given.count(True) != 1:
        raise guard_cli.UsageError("give one of `--response`, `--text` and `--all`")
    if (args.name is None) != args.all:
        says = "`--all` takes no name" if args.all else "the template's name is missing"
        raise guard_cli.UsageError(says)
    languages: list[str] | None = args.language
    if args.text is not None:
        if len(languages or ()) > 1:
            raise guard_cli.UsageError("one `--text` has one `--language`")
        language = languages[0] if languages else catalogue.languages[0]
        return _Wanted((from_text(args.name, language, args.text),))
    responses = Responses(args.domain, catalogue.languages[0])
    if args.all:
        return _all(responses, catalogue, languages)
    return _of_response(responses, args.name, args.response, languages)


def _all(responses: Responses, catalogue: Catalogue, languages: Sequence[str] | None) -> _Wanted:
    """Return the templates that responses, or the alert types of their topics, name."""
    from .declaration import DeclarationError, read_declaration

    named: dict[str, list[str]] = {}
    for response in responses.names:
        for variation in responses.variations(response):
            try:
                said = read_declaration({**variation.content, "utter_action": response})
            except DeclarationError as problem:
                return _Wanted((), (str(problem),))
            kind = catalogue.type_of(said.topic) if said.topic else None
            name = said.utility_template or (kind.utility_template if kind else None)
            if name is not None and response not in named.setdefault(name, []):
                named[name].append(response)
    templates: list[Template] = []
    wrong = [
        f"`{kind.utility_template}` of the alert type `{kind.id}` is said by no response"
        for kind in catalogue.types
        if kind.utility_template is not None and kind.utility_template not in named
    ]
    for name, sayers in named.items():
        if len(sayers) > 1:
            listed = ", ".join(f"`{sayer}`" for sayer in sayers)
            wrong.append(f"`{name}` is named by {listed}, and a template says one thing")
            continue
        found = _of_response(responses, name, sayers[0], languages, some=True)
        templates += found.templates
        wrong += found.wrong
    return _Wanted(tuple(templates), tuple(wrong))


def _of_response(
    responses: Responses,
    name: str,
    response: str,
    languages: Sequence[str] | None,
    *,
    some: bool = False,
) -> _Wanted:
    """Return a response's template in each language asked for, or in all that it has.

    A code such as `en_US` takes the wording in `en`. With *some*, a language that the response does
    not have is no mistake.
    """
    from .utility_templates import TemplateError, from_variation

    wordings = responses.by_language(response)
    templates: list[Template] = []
    wrong: list[str] = []
    for code in languages if languages is not None else tuple(wordings):
        wording = wordings.get(code.split("_")[0])
        if wording is None:
            if not some:
                wrong.append(f"`{response}` has no text in `{code}`")
            continue
        try:
            templates.append(from_variation(name, code, wording, response))
        except TemplateError as problem:
            wrong.append(f"`{name}` in `{code}`: {problem}")
    return _Wanted(tuple(templates), tuple(wrong))


def _judge() -> Judge:
    """Return what tells promotional wording."""
    from policy_guard.promotion import judge_text

    def judge(text: str, language: str) -> str | None:
        verdict = judge_text(text, language.split("_", maxsplit=1)[0])
        if not verdict.promotional:
            return None
        return "; ".join(str(reason) for reason in verdict.reasons) or "its wording as a whole"

    return judge


def _named(template: Template) -> str:
    return f"`{template.name}` in `{template.language}`"


# -- the Page ---------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Outcome:
    """What became of one template: the platform's word, and whether that is a refusal."""

    template: Template
    status: str
    reason: str | None
    refused: bool

    def as_dict(self) -> dict[str, Any]:
        return {
            "name": self.template.name,
            "language": self.template.language,
            "status": self.status,
            "reason": self.reason,
            "refused": self.refused,
        }


class _Page:
    """The Page at the platform and in the store: what one tells, the other keeps."""

    def __init__(
        self, store: SqlStore, client: PageTemplates, page_id: str, *, quiet: bool
    ) -> None:
        self.store, self.id = store, page_id
        self._client, self._quiet = client, quiet

    def fetch(self) -> list[Listed]:
        """Ask for every template, keep the whole list, and return it."""
        from policy_guard import template_rows
        from policy_guard.sql_store import clock_in

        listed = self._client.all(self.id)
        with self.store.write() as tx:
            now = clock_in(tx).now()
            template_rows.replace_all(tx, self.id, [_row(one, now) for one in listed])
        return listed

    def create(self, templates: Sequence[Template]) -> Iterator[_Outcome]:
        """Create those that are not there yet, keep and say what became of each."""
        there = {(one.name, one.language): one for one in self.fetch()}
        for template in templates:
            before = there.get((template.name, template.language))
            outcome = self._create(template) if before is None else _existing(template, before)
            if not self._quiet:
                why = f": {outcome.reason}" if outcome.reason else ""
                say(f"{template.name}  {template.language}  {outcome.status}{why}")
            yield outcome

    def _create(self, template: Template) -> _Outcome:
        from policy_guard import template_rows
        from policy_guard.sql_store import clock_in

        from .page_client import PlatformRefusedError

        try:
            made = self._client.create(self.id, template)
        except PlatformRefusedError as problem:
            if not problem.about_template:
                raise
            return _Outcome(template, "not created", str(problem), refused=True)
        with self.store.write() as tx:
            template_rows.record(tx, self.id, _row(made, clock_in(tx).now()))
        return _Outcome(template, made.status, made.reason, refused=made.status == _REJECTED)


def _existing(template: Template, there: Listed) -> _Outcome:
    if not template.same_words(there.components):
        reason = "exists with other words: give this one another name"
        return _Outcome(template, there.status, reason, refused=True)
    return _Outcome(
        template, there.status, there.reason or "exists", refused=there.status == _REJECTED
    )


@contextmanager
def _page(args: argparse.Namespace) -> Iterator[_Page]:
    from policy_guard.cli_reading import opened

    from .cli_project import credentials, page_of
    from .page_templates import PageTemplates

    settings = credentials(args.credentials)
    with opened(args.endpoints) as store:
        client = PageTemplates(settings)
        try:
            page_id = page_of(store, settings.page_id or client.page_id())
            yield _Page(store, client, page_id, quiet=args.json)
        finally:
            client.close()


def _row(one: Listed, told_at: datetime) -> TemplateRow:
    from policy_guard.template_rows import TemplateRow

    return TemplateRow(one.name, one.language, one.status, one.reason, one.id, told_at)
