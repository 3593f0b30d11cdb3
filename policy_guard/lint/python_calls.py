"""What the code of actions says to people: calls of `utter_message`, read without running them."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from .messages import message_of
from .model import Call
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
    return _Reader(source, module).code()


class _Reader:
    def __init__(self, source: Source, module: ast.Module) -> None:
        self._source = source
        self._module = module
        self._constants = dict(_constants(module))
        self._lines: dict[int, bytes] = {}

    def code(self) -> Code:
        calls = [self._call(name, node) for name, node in _utterances(self._module, None)]
        words = frozenset(
            node.value
            for node in ast.walk(self._module)
            if isinstance(node, ast.Constant) and isinstance(node.value, str)
        )
        return Code(tuple(calls), words)

    def _call(self, action: str | None, node: ast.Call) -> Call:
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
        named = next((given[name] for name in _NAMES_RESPONSE if name in given), None)
        response = self._tree(named) if named is not None else None
        body = self._body(node, given)
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
        if isinstance(node, ast.Dict):
            return self._branch(node)
        if isinstance(node, ast.List | ast.Tuple):
            found = tuple(tree for item in node.elts if (tree := self._tree(item)) is not None)
            return Row(found, self._source, *self._span(node))
        if isinstance(node, ast.Name) and node.id in self._constants:
            return self._leaf(self._constants[node.id], node)
        if isinstance(node, ast.Constant):
            value = node.value
            if isinstance(value, bool | int | float) or value is None:
                return Leaf(_yaml_word(value), self._source, *self._span(node))
        text = self._text(node)
        return None if text is None else self._leaf(text, node)

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
        if isinstance(node, ast.Constant):
            return node.value if isinstance(node.value, str) else None
        if isinstance(node, ast.Name):
            return self._constants.get(node.id)
        if isinstance(node, ast.JoinedStr):
            return "".join(self._piece(part) for part in node.values)
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
            left, right = self._text(node.left), self._text(node.right)
            return None if left is None or right is None else left + right
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


def _constants(module: ast.Module) -> Iterator[tuple[str, str]]:
    for node in module.body:
        value = getattr(node, "value", None)
        if isinstance(value, ast.Constant) and isinstance(value.value, str):
            targets = node.targets if isinstance(node, ast.Assign) else []
            if isinstance(node, ast.AnnAssign):
                targets = [node.target]
            for target in targets:
                if isinstance(target, ast.Name):
                    yield target.id, value.value


def _utterances(node: ast.AST, action: str | None) -> Iterator[tuple[str | None, ast.Call]]:
    """Give every call of `utter_message` with the name of the action around it."""
    waiting: list[tuple[ast.AST, str | None]] = [(node, action)]
    while waiting:
        here, name = waiting.pop()
        if isinstance(here, ast.ClassDef):
            name = _name_of(here) or here.name
        if (
            isinstance(here, ast.Call)
            and isinstance(here.func, ast.Attribute)
            and here.func.attr == "utter_message"
        ):
            yield name, here
        waiting.extend((child, name) for child in reversed(list(ast.iter_child_nodes(here))))


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
