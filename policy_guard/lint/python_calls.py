"""What the code of actions says to people: calls of `utter_message`, read without running them."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace

from .messages import message_of
from .model import Call
from .python_names import Names, Scope
from .source import Source
from .tree import Branch, Leaf, Row, Tree

#: The order of `utter_message`'s parameters (rasa_sdk 3.6.2).
_POSITIONS = (
    "text",
    "image",
    "json_message",
    "template",
    "response",
    "attachment",
    "buttons",
    "elements",
)
#: Parameters whose content is read as in a response of the domain, by the domain's key.
_CONTENT = {
    "text": "text",
    "image": "image",
    "json_message": "custom",
    "attachment": "attachment",
    "buttons": "buttons",
    "quick_replies": "quick_replies",
    "elements": "elements",
    "messenger": "messenger",
    "metadata": "metadata",
}
#: Statements of which one arm or another runs, or none; what leaves an arm; events that go on.
_FORKS = (ast.If, ast.IfExp, ast.For, ast.AsyncFor, ast.While, ast.Try, ast.Match)
_ARMS = frozenset({"body", "orelse", "handlers", "cases"})
_LEAVING = (ast.Return, ast.Raise, ast.Continue, ast.Break)
_NEXT = frozenset({"FollowupAction", "ActiveLoop", "Form", "ActionExecutionRejected"})
#: Of those what shows people how to go on.
_SHOWN = frozenset({"json_message", "attachment", "buttons", "quick_replies", "elements"})
_NAMES_RESPONSE = ("response", "template")
_PERCENT = re.compile(r"%(?:\((\w+)\))?[-#0 +]*\d*(?:\.\d+)?[sdrfgi]")


@dataclass(frozen=True)
class Code:
    """What one Python file has for the linter."""

    calls: tuple[Call, ...]
    words: frozenset[str]  # every text constant, among them the names of slots


def read_code(source: Source) -> Code:
    """Read a Python file; raises BrokenError where it is not Python."""
    try:
        module = ast.parse(source.text)
    except SyntaxError as problem:
        line = source.text.count("\n") + 1 if problem.lineno is None else problem.lineno
        at = source.start_of(min(line, source.text.count("\n") + 1))
        offset = at + max((problem.offset or 1) - 1, 0)
        raise source.broken(offset, f"is not valid Python: {problem.msg.lower()}") from None
    except (ValueError, RecursionError, MemoryError) as problem:
        said = "is nested too deeply" if not isinstance(problem, ValueError) else str(problem)
        raise source.broken(0, f"is not valid Python: {said}") from None
    try:
        return _Reader(source, module).code()
    except RecursionError:
        raise source.broken(0, "is not valid Python: is nested too deeply") from None


class _Reader:
    def __init__(self, source: Source, module: ast.Module) -> None:
        self._source = source
        self._module = module
        self._names = Names(module)
        self._scope = Scope()
        self._followed: set[ast.expr] = set()  # what is being read because a name stands for it
        self._lines: dict[int, bytes] = {}

    def code(self) -> Code:
        calls = [call for found in _utterances(self._module) for call in self._calls(*found)]
        words = frozenset(
            node.value
            for node in ast.walk(self._module)
            if isinstance(node, ast.Constant) and isinstance(node.value, str)
        )
        return Code(tuple(calls), words)

    def _calls(self, node: ast.Call, around: _Around) -> Iterator[Call]:
        """Give one call for everything that its arguments may stand for."""
        self._scope = around.scope
        given, is_open, keywords = self._arguments(node)
        meant = {name: self._names.meanings(value, around.scope) for name, value in given.items()}
        for number in range(max(map(len, meant.values()), default=1)):
            one = {name: values[min(number, len(values) - 1)] for name, values in meant.items()}
            yield self._call(node, around, one, keywords, is_open=is_open)

    def _arguments(self, node: ast.Call) -> tuple[dict[str, ast.expr], bool, list[Leaf]]:
        """Return what a call is given by parameter, whether there is more, and its own keywords."""
        given: dict[str, ast.expr] = dict(zip(_POSITIONS, node.args, strict=False))
        is_open = any(isinstance(argument, ast.Starred) for argument in node.args)
        keywords: list[Leaf] = []
        for keyword in node.keywords:
            if keyword.arg is None:
                is_open = True
            elif keyword.arg in _CONTENT or keyword.arg in _NAMES_RESPONSE:
                given[keyword.arg] = keyword.value
            else:
                keywords.append(self._leaf(keyword.arg, keyword))
        return given, is_open, keywords

    def _call(
        self,
        node: ast.Call,
        around: _Around,
        given: Mapping[str, ast.expr],
        keywords: Sequence[Leaf],
        *,
        is_open: bool,
    ) -> Call:
        action = around.action
        named = next((given[name] for name in _NAMES_RESPONSE if name in given), None)
        response = self._tree(named) if named is not None else None
        body = self._body(node, given)
        read = {key.value for key, _ in body.pairs}
        where = self._leaf("utter_message", node.func)
        says = any(name.value not in ("messenger", "metadata") for name, _ in body.pairs)
        message = message_of(action or "an action", body, (where.start,), in_action=True)
        return Call(
            action=action,
            at=where,
            response=response if isinstance(response, Leaf) else None,
            message=message if says else None,
            keywords=(
                *keywords,
                *(name for name, _ in body.pairs if name.value in ("metadata", "messenger")),
            ),
            open=is_open or (named is not None and not isinstance(response, Leaf)),
            declared=message.declared,
            path=tuple((self._offset(line, 0), arm, ends) for line, arm, ends in around.path),
            goes_on=around.goes_on
            or any(_CONTENT[name] not in read for name in _SHOWN & set(given)),
        )

    def _body(self, node: ast.Call, given: Mapping[str, ast.expr]) -> Branch:
        pairs = []
        for name, value in given.items():
            tree = self._tree(value) if name in _CONTENT else None
            if tree is not None:
                pairs.append((self._leaf(_CONTENT[name], value), tree))
            elif name in ("metadata", "messenger"):  # that it is there says something
                empty = Branch((), self._source, *self._span(value), flow=True)
                pairs.append((self._leaf(name, value), empty))
        return Branch(tuple(pairs), self._source, *self._span(node), flow=True)

    # -- expressions as trees --------------------------------------------------------------------

    def _tree(self, node: ast.expr) -> Tree | None:
        """Return an expression as what it would be in YAML; None where it is not known."""
        with self._meaning(node) as meant:
            return None if meant is None else self._tree_of(meant)

    def _tree_of(self, node: ast.expr) -> Tree | None:
        if isinstance(node, ast.Dict):
            return self._branch(node)
        if isinstance(node, ast.List | ast.Tuple):
            found = tuple(tree for item in node.elts if (tree := self._tree(item)) is not None)
            return Row(found, self._source, *self._span(node))
        if isinstance(node, ast.Constant):
            value = node.value
            if isinstance(value, bool | int | float) or value is None:
                return Leaf(_yaml_word(value), self._source, *self._span(node))
        text = self._text(node)
        return None if text is None else self._leaf(text, _words_of(node))

    @contextmanager
    def _meaning(self, node: ast.expr) -> Iterator[ast.expr | None]:
        """Give what an expression stands for, None within itself: `x = x + "more"`."""
        meanings = self._names.meanings(node, self._scope)
        meant = meanings[0] if isinstance(node, ast.IfExp) or len(meanings) == 1 else node
        if meant is node:
            yield node
        elif meant in self._followed:
            yield None
        else:
            self._followed.add(meant)
            yield meant
            self._followed.discard(meant)

    def _branch(self, node: ast.Dict) -> Branch:
        pairs = []
        for key, value in zip(node.keys, node.values, strict=True):
            name = self._text(key) if key is not None else None
            tree = self._tree(value)
            if key is not None and name is not None and tree is not None:
                pairs.append((self._leaf(name, key), tree))
        return Branch(tuple(pairs), self._source, *self._span(node), flow=True)

    def _text(self, node: ast.expr) -> str | None:
        """Return a text with `{name}` for what is filled in when it runs."""
        pieces: list[str | None] = []
        while isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
            pieces.append(self._one_text(node.right))  # many in a row nest to the left
            node = node.left
        pieces.append(self._one_text(node))
        known = [piece for piece in reversed(pieces) if piece is not None]
        return "".join(known) if len(known) == len(pieces) else None

    def _one_text(self, node: ast.expr) -> str | None:
        with self._meaning(node) as meant:
            if meant is None:
                return None
            return self._text(meant) if meant is not node else self._literal(node)

    def _literal(self, node: ast.expr) -> str | None:
        if isinstance(node, ast.Constant):
            return node.value if isinstance(node.value, str) else None
        if isinstance(node, ast.JoinedStr):
            return "".join(self._piece(part) for part in node.values)
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
            return self._text(node)
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mod):
            text = self._text(node.left)
            return _PERCENT.sub(lambda f: f"{{{f[1] or '...'}}}", text) if text else None
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            return self._text(node.func.value) if node.func.attr == "format" else None
        return None

    def _piece(self, part: ast.expr) -> str:
        if isinstance(part, ast.Constant):
            return str(part.value)
        inner = part.value if isinstance(part, ast.FormattedValue) else part
        return f"{{{inner.id if isinstance(inner, ast.Name) else '...'}}}"

    # -- places ----------------------------------------------------------------------------------

    def _leaf(self, value: str, node: ast.expr | ast.keyword) -> Leaf:
        return Leaf(value, self._source, *self._span(node), style="py")

    def _span(self, node: ast.expr | ast.keyword) -> tuple[int, int]:
        last, column = node.end_lineno or node.lineno, node.end_col_offset or 0
        return self._offset(node.lineno, node.col_offset), self._offset(last, column)

    def _offset(self, line: int, column: int) -> int:
        """Return the offset of a place that Python counts in bytes of UTF-8."""
        if line not in self._lines:
            self._lines[line] = self._source.line(line).encode("utf-8", "surrogatepass")
        before = self._lines[line][:column].decode("utf-8", "replace")
        return self._source.start_of(line) + len(before)


def _words_of(node: ast.expr) -> ast.expr:
    """Return the literal that a call of `format`, or `%`, fills in."""
    while True:
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            node = node.func.value
        elif isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mod):
            node = node.left
        else:
            return node


@dataclass(frozen=True)
class _Around:
    """What stands around a call of `utter_message`.

    *path* names the blocks that it is in within its function, outermost first: the line and the
    arm of the statement, and whether the block ends by leaving.
    """

    action: str | None = None
    scope: Scope = field(default_factory=Scope)
    path: tuple[tuple[int, str, bool], ...] = ()
    goes_on: bool = False


def _utterances(module: ast.Module) -> Iterator[tuple[ast.Call, _Around]]:
    """Give every call of `utter_message` with what stands around it."""
    waiting: list[tuple[ast.AST, _Around]] = [(module, _Around())]
    while waiting:
        here, around = waiting.pop()
        if isinstance(here, ast.ClassDef):
            name = _name_of(here) or here.name
            around = replace(around, action=name, scope=Scope(owner=here), path=())
        elif isinstance(here, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            functions = (here, *around.scope.functions)
            around = replace(
                around,
                scope=Scope(functions, around.scope.owner),
                path=((here.lineno, "", False),),
                goes_on=_goes_on(here),
            )
        if (
            isinstance(here, ast.Call)
            and isinstance(here.func, ast.Attribute)
            and here.func.attr == "utter_message"
        ):
            yield here, around
        parts = list(_inside(here, around.path))
        waiting.extend(
            (child, around if path is around.path else replace(around, path=path))
            for child, path in reversed(parts)
        )


def _inside(
    node: ast.AST, path: tuple[tuple[int, str, bool], ...]
) -> Iterator[tuple[ast.AST, tuple[tuple[int, str, bool], ...]]]:
    """Give the parts of a statement or expression, each with the blocks that it is in."""
    for name, value in ast.iter_fields(node):
        for number, child in enumerate(value if isinstance(value, list) else [value]):
            if not isinstance(child, ast.AST):
                continue
            if isinstance(node, _FORKS) and name in _ARMS:
                arm = name if isinstance(child, ast.stmt) else f"{name} {number}"
                block = getattr(child, "body", None) if not isinstance(child, ast.stmt) else value
                leaves = isinstance(block, list) and isinstance(block[-1], _LEAVING)
                yield child, (*path, (node.lineno, arm, leaves))
            else:
                yield child, path


def _goes_on(function: ast.AST) -> bool:
    """Tell whether a function itself says what comes next, so that the story does not tell it."""
    words = (getattr(node, "id", getattr(node, "attr", "")) for node in ast.walk(function))
    return not _NEXT.isdisjoint(words)


def _name_of(action: ast.ClassDef) -> str | None:
    """Return what the method `name` of an action returns."""
    for item in action.body:
        if isinstance(item, ast.FunctionDef) and item.name == "name":
            for node in ast.walk(item):
                value = node.value if isinstance(node, ast.Return) else None
                if isinstance(value, ast.Constant) and isinstance(value.value, str):
                    return value.value
    return None


def _yaml_word(value: object) -> str:
    if value is None:
        return "null"
    return str(value).lower() if isinstance(value, bool) else str(value)
