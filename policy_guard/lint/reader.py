"""Reads a Rasa project: finds its files, and takes each section wherever it stands."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from fnmatch import fnmatch
from pathlib import Path

from .messages import message_of
from .model import (
    Call,
    Examples,
    Form,
    Mapping,
    Options,
    Project,
    Response,
    Slot,
    Step,
    Story,
)
from .source import BrokenError, Problem, Source, of_text, read
from .tree import Branch, Leaf, Row, Tree, parse

#: Where a Rasa project keeps its files; alerts.yml is this project's own.
USUAL = (
    "domain*.yml",
    "domain*.yaml",
    "domain/**/*.yml",
    "domain/**/*.yaml",
    "data/**/*.yml",
    "data/**/*.yaml",
    "config.yml",
    "config.yaml",
    "credentials.yml",
    "credentials.yaml",
    "endpoints.yml",
    "endpoints.yaml",
    "alerts.yml",
    "alerts.yaml",
    "actions.py",
    "actions/**/*.py",
)
YAML = frozenset({".yml", ".yaml"})
#: What a Rasa project has at its root; a folder of it may hold a file of the second kind too.
_AT_A_ROOT = (
    "config.yml",
    "config.yaml",
    "credentials.yml",
    "credentials.yaml",
    "endpoints.yml",
    "endpoints.yaml",
    "pyproject.toml",
)
_AT_A_SMALL_ROOT = ("domain.yml", "domain.yaml", "alerts.yml", "alerts.yaml", "actions.py")
_FOLDERS = ("domain", "data", "actions")
_NOT_OURS = frozenset({"__pycache__", "node_modules", "venv", "site-packages"})
_CONFIG = ("pipeline", "policies", "recipe")
_GUARD_CHANNEL = "channels.messenger.MessengerInput"
_BUILT_IN_CHANNEL = "facebook"


@dataclass(frozen=True)
class File:
    """A file to read: where it is, how it is called in front of people, and in the project."""

    path: Path
    shown: str
    key: str = ""


def find(
    paths: Sequence[Path], patterns: Sequence[str], exclude: Sequence[str], home: Path | None = None
) -> list[File]:
    """Return the files of a project in a stable order: of folders by pattern, else as named.

    Of a part of a project everything is read. *home* is the folder of the project's settings,
    from which what is excluded is counted, and patterns of its own.
    """
    found: dict[str, File] = {}
    base = os.path.realpath(home or Path())
    for path in paths:
        for file in _files_of(path, patterns, home) if path.is_dir() else [path]:
            shown = file.as_posix()
            key = _key(file, base)
            if not any(fnmatch(key, pattern) for pattern in exclude):
                found.setdefault(os.path.realpath(file), File(file, shown, key))
    return sorted(found.values(), key=lambda file: file.shown)


def is_whole(paths: Sequence[Path]) -> bool:
    """Tell whether one of the paths is a whole project, not a file or a folder of it."""
    return any(path.is_dir() and is_root(path) for path in paths)


def is_root(folder: Path) -> bool:
    """Tell whether a folder looks like the root of a project, not like a part of one."""
    if any((folder / name).is_file() for name in _AT_A_ROOT):
        return True
    if folder.resolve().name in _FOLDERS:
        return False
    return any((folder / name).is_file() for name in _AT_A_SMALL_ROOT) or any(
        (folder / name).is_dir() for name in _FOLDERS
    )


def _files_of(folder: Path, patterns: Sequence[str], home: Path | None) -> list[Path]:
    """Return the files to read of a folder: of a project's root those of the patterns, else all."""
    as_root = folder == Path() or is_root(folder)  # where nobody named a part, the usual places
    if home is not None and patterns != USUAL and folder.resolve().is_relative_to(home.resolve()):
        # patterns of the settings, counted from there
        base = folder.resolve()
        places = (_placed(item) for pattern in patterns for item in home.glob(pattern))
        found = [folder / item.relative_to(base) for item in places if item.is_relative_to(base)]
    elif as_root:
        found = [item for pattern in patterns for item in folder.glob(pattern)]
    else:
        found = []
    files = [item for item in found if _is_file(item) and _ours(item.relative_to(folder))]
    if files or as_root:
        return files
    return [
        item
        for item in folder.rglob("*")
        if item.suffix in {*YAML, ".py"} and _is_file(item) and _ours(item.relative_to(folder))
    ]


def _placed(file: Path) -> Path:
    """Return where a file stands, not what it links to."""
    return file.parent.resolve() / file.name


def _key(file: Path, base: str) -> str:
    """Return the path of a file within a project, or as it was named where it is not inside."""
    inside = os.path.relpath(_placed(file), base)
    return file.as_posix() if inside.startswith("..") else Path(inside).as_posix()


def _is_file(path: Path) -> bool:
    """Tell whether a path is to be read; a link that leads nowhere is, so that it is told of."""
    return path.is_file() or (path.is_symlink() and not path.exists())


def _ours(path: Path) -> bool:
    return not any(part.startswith(".") or part in _NOT_OURS for part in path.parts)


def load(
    files: Iterable[File], options: Options, *, whole: bool = False
) -> tuple[Project, tuple[Problem, ...]]:
    """Read files into a project; problems are files that could not be used."""
    sources: list[Source] = []
    problems: list[Problem] = []
    paths: list[tuple[str, str]] = []
    for file in files:
        try:
            sources.append(read(file.path, file.shown, file.key))
            paths.append((file.shown, str(file.path)))
        except BrokenError as error:
            problems.append(error.problem)
    project, broken = assemble(sources, options)
    on_disk = dict(paths)
    named = _alerts_named(project, on_disk)
    if named is not None:
        if named.shown not in on_disk:
            try:
                sources.append(read(named.path, named.shown, named.key))
                paths.append((named.shown, str(named.path)))
            except BrokenError as error:
                problems.append(error.problem)
        project, broken = assemble(sources, options, alerts=named.shown)
        on_disk = dict(paths)
    wrong = _alerts_problem(project, on_disk)
    alerts = on_disk[project.alerts.source.path] if project.alerts is not None else None
    project = replace(
        project, paths=tuple(paths), alerts_file=alerts, alerts_problem=wrong, whole=whole
    )
    return project, (*problems, *broken)


def _alerts_named(project: Project, paths: dict[str, str]) -> File | None:
    """Return the catalogue of alerts that endpoints.yml names, where it is not read as such yet."""
    named = project.guard.leaf("alerts") if project.guard is not None else None
    if project.guard is None or named is None:
        return None
    endpoints = project.guard.source
    file = Path(paths[endpoints.path]).parent / named.value
    known = project.alerts.source.path if project.alerts is not None else None
    is_known = known is not None and os.path.realpath(paths[known]) == os.path.realpath(file)
    if is_known or not file.is_file():
        return None
    for shown, place in paths.items():
        if os.path.realpath(place) == os.path.realpath(file):
            return File(file, shown)
    shown = (Path(endpoints.path).parent / named.value).as_posix()
    return File(file, shown, (Path(endpoints.key).parent / named.value).as_posix())


def _alerts_problem(project: Project, paths: dict[str, str]) -> tuple[Source, int, str] | None:
    """Return what the catalogue itself finds wrong in alerts.yml: file, line and sentence."""
    if project.alerts is None:
        return None
    from policy_guard import catalogue  # noqa: PLC0415 - only projects with alerts pay for it

    source = project.alerts.source
    try:
        catalogue.load(paths[source.path])
    except catalogue.CatalogueError as problem:
        said = str(problem).removeprefix(f"{paths[source.path]}:")
        number, _, says = said.partition(": ")
        return (source, int(number), says) if number.isdigit() else (source, 1, said)
    return None


def load_text(text: str, name: str = "domain.yml", options: Options | None = None) -> Project:
    """Read one file's text into a project; raises BrokenError."""
    project, problems = assemble([of_text(text, name)], options or Options())
    if problems:
        raise BrokenError(problems[0])
    return project


def assemble(
    sources: Sequence[Source], options: Options, *, alerts: str | None = None
) -> tuple[Project, tuple[Problem, ...]]:
    """Put the sections of all sources together; *alerts* is the path of a catalogue by any name."""
    parts = _Parts(alerts)
    usable: list[Source] = []
    problems: list[Problem] = []
    for source in sources:
        try:
            if source.path.endswith(".py"):
                parts.code(source)
            else:
                parts.yaml(source, parse(source))
            usable.append(source)
        except BrokenError as error:
            problems.append(error.problem)
    return parts.project(tuple(usable), options), tuple(problems)


class _Parts:
    """Collects the sections of all files."""

    def __init__(self, alerts_path: str | None = None) -> None:
        self._alerts_path = alerts_path
        self.kinds: set[str] = set()
        self.responses: list[Response] = []
        self.intents: list[Leaf] = []
        self.slots: list[Slot] = []
        self.forms: list[Form] = []
        self.actions: list[Leaf] = []
        self.stories: list[Story] = []
        self.nlu: list[Examples] = []
        self.calls: list[Call] = []
        self.channels: list[tuple[Leaf, Tree]] = []
        self.config: Branch | None = None
        self.alerts: Row | None = None
        self.guard: Branch | None = None
        self.words: set[str] = set()

    def project(self, sources: tuple[Source, ...], options: Options) -> Project:
        """Return what was collected."""
        return Project(
            options=replace(options, channel=self._channel(options.channel)),
            sources=sources,
            kinds=frozenset(self.kinds),
            responses=tuple(self.responses),
            intents=tuple(self.intents),
            slots=tuple(self.slots),
            forms=tuple(self.forms),
            actions=tuple(self.actions),
            stories=tuple(self.stories),
            nlu=tuple(self.nlu),
            calls=tuple(self.calls),
            config=self.config,
            channels=tuple(self.channels),
            alerts=self.alerts,
            guard=self.guard,
            sets=frozenset(slot.name.value for slot in self.slots) & self.words,
        )

    def _channel(self, usual: str) -> str:
        """Return the name of the Messenger channel, which credentials may change."""
        for name, body in self.channels:
            if name.value == _GUARD_CHANNEL and isinstance(body, Branch):
                named = body.leaf("name")
                return named.value if named is not None else usual
        return usual

    def code(self, source: Source) -> None:
        """Take out of a Python file what it says, and which slots it may set."""
        from .python_calls import read_code  # noqa: PLC0415 - `ast` is not needed for YAML alone

        self.kinds.add("actions")
        found = read_code(source)
        self.calls += found.calls
        self.words |= found.words

    def yaml(self, source: Source, tree: Tree | None) -> None:
        """Take every section of a YAML file."""
        name = source.path.rsplit("/", 1)[-1]
        if isinstance(tree, Row):
            named = self._alerts_path
            if source.path == named or (named is None and name.startswith("alerts")):
                self.alerts = tree
                self.kinds.add("alerts")
            return
        if not isinstance(tree, Branch):
            return
        if name.startswith("credentials"):
            self.channels += tree.pairs
            self.kinds.add("credentials")
            return
        if name.startswith("endpoints"):
            self.guard = tree.branch("policy_guard")
            return
        self._domain(tree)
        self._training(tree)
        if any(tree.get(key) is not None for key in _CONFIG):
            self.config = tree
            self.kinds.add("config")

    # -- the domain ------------------------------------------------------------------------------

    def _domain(self, tree: Branch) -> None:
        for key in ("responses", "templates"):
            body = tree.get(key)
            if isinstance(body, Branch):
                self.kinds.add("responses")
                self.responses += [_response(name, value) for name, value in body.pairs]
        if tree.get("intents") is not None:
            self.kinds.add("intents")
        self.intents += _names(tree.row("intents"))
        self.actions += _names(tree.row("actions"))
        slots = tree.get("slots")
        if isinstance(slots, Branch):
            self.slots += [_slot(name, value) for name, value in slots.pairs]
            self.kinds.add("slots")
        forms = tree.get("forms")
        if isinstance(forms, Branch):
            self.forms += [_form(name, value) for name, value in forms.pairs]
        elif isinstance(forms, Row):
            self.forms += [Form(name, ()) for name in _names(forms.items)]

    # -- training data ---------------------------------------------------------------------------

    def _training(self, tree: Branch) -> None:
        for section, kind in (("rules", "rule"), ("stories", "story")):
            items = tree.row(section)
            if tree.get(section) is not None:
                self.kinds.add(section)
            self.stories += [
                story
                for item in items
                if isinstance(item, Branch) and (story := _story(kind, item)) is not None
            ]
        if tree.get("nlu") is not None:
            self.kinds.add("nlu")
        for item in tree.row("nlu"):
            intent = item.leaf("intent") if isinstance(item, Branch) else None
            if intent is not None and isinstance(item, Branch):
                self.nlu.append(Examples(intent, item.get("examples")))


def _names(items: Iterable[Tree]) -> Iterator[Leaf]:
    """Give the names in a list of words and of maps with one word."""
    for item in items:
        if isinstance(item, Leaf):
            yield item
        elif isinstance(item, Branch) and item.pairs:
            yield item.pairs[0][0]


def _response(name: Leaf, value: Tree) -> Response:
    items = value.items if isinstance(value, Row) else ()
    return Response(
        name,
        tuple(
            message_of(name.value, item, (name.start,))
            for item in items
            if isinstance(item, Branch)
        ),
    )


def _slot(name: Leaf, value: Tree) -> Slot:
    if not isinstance(value, Branch):
        return Slot(name, False, ())
    initial = value.get("initial_value")
    return Slot(
        name,
        initial is not None and not (isinstance(initial, Leaf) and initial.is_null),
        tuple(_mapping(item) for item in value.row("mappings") if isinstance(item, Branch)),
    )


def _mapping(body: Branch) -> Mapping:
    kind, entity = body.leaf("type"), body.leaf("entity")
    return Mapping(
        kind.value if kind else "",
        body,
        entity.value if entity else None,
        tuple(leaf.value for leaf in _names(_items(body.get("intent")))),
    )


def _items(tree: Tree | None) -> tuple[Tree, ...]:
    if tree is None:
        return ()
    return tree.items if isinstance(tree, Row) else (tree,)


def _form(name: Leaf, value: Tree) -> Form:
    if not isinstance(value, Branch):
        return Form(name, ())
    required = value.get("required_slots")
    if isinstance(required, Row):
        return Form(name, tuple(leaf.value for leaf in _names(required.items)))
    older = required if isinstance(required, Branch) else value  # Rasa 2 names slots as keys
    skipped = ("ignored_intents", "required_slots")
    return Form(name, tuple(key.value for key, _ in older.pairs if key.value not in skipped))


def _story(kind: str, item: Branch) -> Story | None:
    name = item.leaf(kind) or (item.pairs[0][0] if item.pairs else None)
    if name is None:
        return None
    conditions = tuple(step for part in item.row("condition") for step in _steps(part))
    loop = next((step.value for step in conditions if step.kind == "loop" and step.value), None)
    steps = tuple(step for part in item.row("steps") for step in _steps(part))
    return Story(kind, name, loop, steps, conditions)


def _steps(item: Tree) -> Iterator[Step]:
    if not isinstance(item, Branch) or not item.pairs:
        return
    for key in ("intent", "user", "action", "bot", "active_loop", "slot_was_set", "or"):
        value = item.get(key)
        if value is None:
            continue
        if key in ("intent", "user", "action"):
            if isinstance(value, Leaf):
                yield Step(key, value, value.value, _entities(item) if key == "intent" else ())
        elif key == "active_loop" and isinstance(value, Leaf):
            yield Step("loop", value, None if value.is_null else value.value)
        elif key == "slot_was_set":
            yield from _slots_set(value)
        elif key == "or":
            for part in _items(value):
                yield from _steps(part)
        elif isinstance(value, Leaf):
            yield Step("other", value, value.value)
        return


def _entities(item: Branch) -> tuple[str, ...]:
    return tuple(leaf.value for leaf in _names(item.row("entities")))


def _slots_set(value: Tree) -> Iterator[Step]:
    for part in _items(value):
        if isinstance(part, Leaf):
            yield Step("slot", part, part.value)
        elif isinstance(part, Branch):
            for name, given in part.pairs:
                is_null = isinstance(given, Leaf) and given.is_null
                yield Step("slot", name, None if is_null else name.value)
