"""What names stand for in a Python file, as far as its text alone tells."""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

_DEEPEST = 8  # names that stand for names
_MOST = 8  # things that one expression may stand for
_CHANGES = frozenset(
    "append extend insert update pop remove clear setdefault sort reverse popitem".split()
)
_Function = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda


@dataclass(frozen=True)
class Scope:
    """Where an expression stands: the functions around it, innermost first, and its class."""

    functions: tuple[_Function, ...] = ()
    owner: ast.ClassDef | None = None


@dataclass(frozen=True)
class _Bound:
    """The names that a block binds; *known* are those that only stand for what is written there."""

    names: frozenset[str]
    known: dict[str, tuple[ast.expr, ...]]


class Names:
    """The names of one file."""

    def __init__(self, module: ast.Module) -> None:
        self._module = module
        self._bound: dict[ast.AST, _Bound] = {}
        self._attributes_set = {
            node.attr
            for node in ast.walk(module)
            if isinstance(node, ast.Attribute) and not isinstance(node.ctx, ast.Load)
        }

    def meanings(self, node: ast.expr, scope: Scope, depth: int = 0) -> list[ast.expr]:
        """Return what an expression may stand for; the expression itself where that is not told."""
        found = self._next(node, scope) if depth < _DEEPEST else None
        if found is None:
            return [node]
        return [meaning for one in found for meaning in self.meanings(one, scope, depth + 1)][
            :_MOST
        ]

    def _next(self, node: ast.expr, scope: Scope) -> Iterable[ast.expr] | None:
        if isinstance(node, ast.Name):
            return self._of_name(node.id, scope)
        if isinstance(node, ast.Attribute):
            return self._of_attribute(node, scope)
        if isinstance(node, ast.IfExp):
            return (node.body, node.orelse)
        if isinstance(node, ast.BoolOp) and isinstance(node.op, ast.Or):
            return node.values
        if isinstance(node, ast.Subscript):
            return self._of_subscript(node, scope)
        return None

    def _of_name(self, name: str, scope: Scope) -> Iterable[ast.expr] | None:
        for block in (*scope.functions, self._module):
            bound = self._of_block(block)
            if name in bound.names:
                return bound.known.get(name)
        return None

    def _of_attribute(self, node: ast.Attribute, scope: Scope) -> Iterable[ast.expr] | None:
        """Follow what a class says of itself, where nothing else is set under that name."""
        owner, holder = scope.owner, node.value
        if owner is None or not isinstance(holder, ast.Name) or node.attr in self._attributes_set:
            return None
        if holder.id not in ("self", "cls", owner.name):
            return None
        return self._of_block(owner).known.get(node.attr)

    def _of_subscript(self, node: ast.Subscript, scope: Scope) -> Iterable[ast.expr] | None:
        found: list[ast.expr] = []
        for holder in self.meanings(node.value, scope, depth=_DEEPEST - 2):
            if not isinstance(holder, ast.Dict):
                return None
            key = node.slice.value if isinstance(node.slice, ast.Constant) else None
            found += [
                value
                for name, value in zip(holder.keys, holder.values, strict=True)
                if key is None or (isinstance(name, ast.Constant) and name.value == key)
            ]
        return found or None

    def _of_block(self, block: ast.AST) -> _Bound:
        if block not in self._bound:
            self._bound[block] = _bindings(block)
        return self._bound[block]


def _bindings(block: ast.AST) -> _Bound:
    is_function = isinstance(block, _Function)
    given: dict[str, list[ast.expr]] = {}
    stores: Counter[str] = Counter()
    unclear: set[str] = set()
    for node in ast.walk(block) if is_function else _own_nodes(block):
        if isinstance(node, ast.Assign | ast.AnnAssign) and node.value is not None:
            for target in node.targets if isinstance(node, ast.Assign) else [node.target]:
                if isinstance(target, ast.Name):
                    given.setdefault(target.id, []).append(node.value)
        if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load):
            stores[node.id] += 1
        unclear |= set(_otherwise_bound(node, block))
    known = {
        name: tuple(values)
        for name, values in given.items()
        if len(values) == stores[name] and name not in unclear
    }
    return _Bound(frozenset({*stores, *unclear}), known)


def _own_nodes(block: ast.AST) -> Iterator[ast.AST]:
    """Give what stands in a module or class, and not in the functions and classes inside."""
    waiting = list(ast.iter_child_nodes(block))
    while waiting:
        node = waiting.pop()
        yield node
        if not isinstance(node, ast.ClassDef | _Function):
            waiting.extend(ast.iter_child_nodes(node))


def _otherwise_bound(node: ast.AST, block: ast.AST) -> Iterator[str]:
    """Give names that a node binds or changes to something that is not written there."""
    if isinstance(node, ast.arg):
        yield node.arg
    elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        if node is not block:
            yield node.name
    elif isinstance(node, ast.Global | ast.Nonlocal):
        yield from node.names
    elif isinstance(node, ast.alias):
        yield (node.asname or node.name).split(".")[0]
    elif isinstance(node, ast.ExceptHandler) and node.name:
        yield node.name
    else:
        changes = (isinstance(node, ast.Attribute) and node.attr in _CHANGES) or (
            isinstance(node, ast.Subscript) and not isinstance(node.ctx, ast.Load)
        )
        if changes and isinstance(node, ast.Attribute | ast.Subscript):
            yield from [node.value.id] if isinstance(node.value, ast.Name) else []
