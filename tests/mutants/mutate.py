"""Small wrong changes to the rules, one at a time: what the cases and tests have to notice.

A change is made in the text of a module, where the syntax tree says that an operator, a condition,
a constant or a statement stands; everything else of the file stays letter by letter.
"""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
#: What decides: every rule, their order, and how the editions are read.
SOURCES = (
    *sorted(f"policy_guard/rules/{p.name}" for p in (ROOT / "policy_guard/rules").glob("*.py")),
    "policy_guard/decide.py",
    "policy_guard/edition.py",
)
_COMPARED: dict[type[ast.cmpop], tuple[type[ast.cmpop], ...]] = {
    ast.Lt: (ast.LtE, ast.GtE),
    ast.LtE: (ast.Lt, ast.Gt),
    ast.Gt: (ast.GtE, ast.LtE),
    ast.GtE: (ast.Gt, ast.Lt),
    ast.Eq: (ast.NotEq,),
    ast.NotEq: (ast.Eq,),
    ast.Is: (ast.IsNot,),
    ast.IsNot: (ast.Is,),
    ast.In: (ast.NotIn,),
    ast.NotIn: (ast.In,),
}
_NAMES = {"min": "max", "max": "min", "any": "all", "all": "any"}
_ATTRIBUTES = {
    ("Whose", "OURS"): "PLATFORM",
    ("Whose", "PLATFORM"): "OURS",
    ("TokenKind", "ONE_TIME"): "RECURRING",
    ("TokenKind", "RECURRING"): "ONE_TIME",
    ("Purpose", "REPLY"): "ALERT",
    ("Purpose", "FEEDBACK"): "NEWS",
    ("Purpose", "PROMOTION"): "ALERT",
    ("Purpose", "HUMAN_AGENT"): "REPLY",
    ("Push", "REGULAR"): "SILENT",
    ("OpenerKind", "COMMENT"): "READ",
    ("OpenerKind", "AD_CLICK_MESSAGE"): "MESSAGE",
}
#: Calls whose named arguments may be left out one by one and still make sense.
_OPTIONAL = frozenset({"send", "hold", "refuse", "lacks", "Finding", "replace"})
#: Calls that change nothing that a decision rests on when they are left out of a test's view.
_WORDS = frozenset({"said", "plain"})


@dataclass(frozen=True)
class Mutant:
    """One change: in which function of which file, what stood there and what stands there now.

    *nth* tells changes of the same words in the same function apart.
    """

    file: str
    line: int
    function: str
    change: str
    nth: int
    text: str  # the whole module with the change made

    @property
    def module(self) -> str:
        """Return the module's dotted name."""
        name = self.file.removesuffix(".py").replace("/", ".")
        return name.removesuffix(".__init__")

    @property
    def key(self) -> str:
        """Return what names the change as long as its function stays as it is."""
        return f"{self.file}: {self.function}: {self.change} ({self.nth})"

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.function}: {self.change}"


def mutants(root: Path = ROOT) -> list[Mutant]:
    """Return every change of every source, in the order of the text."""
    return [m for file in SOURCES for m in of_file(root, file)]


def of_file(root: Path, file: str) -> list[Mutant]:
    """Return every change of one file."""
    return of_text((root / file).read_text("utf-8"), file)


def of_text(text: str, file: str) -> list[Mutant]:
    """Return every change of a module's text."""
    seen: Counter[tuple[str, str]] = Counter()
    found = []
    for node, function, new in _changes(ast.parse(text), "module"):
        old, changed = _replaced(text, node, new)
        change = f"`{_short(old)}` -> `{_short(new)}`"
        seen[function, change] += 1
        found.append(Mutant(file, node.lineno, function, change, seen[function, change], changed))
    return found


def _replaced(text: str, node: ast.expr | ast.stmt, new: str) -> tuple[str, str]:
    lines = [line.encode() for line in text.splitlines(keepends=True)]
    end_line, end_column = node.end_lineno, node.end_col_offset
    assert end_line is not None
    assert end_column is not None
    begin = sum(map(len, lines[: node.lineno - 1])) + node.col_offset
    end = sum(map(len, lines[: end_line - 1])) + end_column
    whole = b"".join(lines)
    changed = whole[:begin] + new.encode() + whole[end:]
    return whole[begin:end].decode(), changed.decode()


def _short(code: str) -> str:
    return " ".join(code.split())


Change = tuple["ast.expr | ast.stmt", str, str]


def _changes(node: ast.AST, function: str) -> Iterator[Change]:
    if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
        function = node.name
    if isinstance(node, ast.stmt):
        yield from ((node, function, new) for new in _statement(node))
    if isinstance(node, ast.expr):
        yield from ((node, function, f"({new})") for new in _expression(node))
    for child in _children(node):
        yield from _changes(child, function)


def _children(node: ast.AST) -> Iterator[ast.AST]:
    """Give what may be changed below *node*: no annotations, decorators, words for a reader."""
    if isinstance(node, (ast.JoinedStr, ast.Import, ast.ImportFrom)):
        return
    if isinstance(node, ast.FunctionDef):
        yield from node.args.defaults
        yield from (d for d in node.args.kw_defaults if d is not None)
        yield from _without_docstring(node.body)
    elif isinstance(node, (ast.ClassDef, ast.Module)):
        yield from _without_docstring(node.body)
    elif isinstance(node, ast.AnnAssign):
        yield from () if node.value is None else (node.value,)
    elif isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
        return
    elif isinstance(node, ast.Call) and _called(node) in _WORDS:
        yield from (a for a in node.args if not isinstance(a, ast.Constant))
    elif isinstance(node, ast.Assign) and _is_private_words(node):
        return
    else:
        yield from ast.iter_child_nodes(node)


def _without_docstring(body: list[ast.stmt]) -> list[ast.stmt]:
    first = body[0]
    is_words = isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant)
    return body[1:] if is_words else body


def _is_private_words(node: ast.Assign) -> bool:
    """Tell aliases of types, `__all__` and keys of sentences: no test has to notice those."""
    target = node.targets[0]
    names_type = isinstance(node.value, ast.Subscript) and isinstance(target, ast.Name)
    alias = names_type and ast.unparse(node.value).startswith(("Callable[", "tuple["))
    key = isinstance(target, ast.Name) and target.id in {"__all__", "key"}
    return alias or key


def _called(node: ast.Call) -> str:
    return node.func.id if isinstance(node.func, ast.Name) else ""


def _statement(node: ast.stmt) -> Iterator[str]:
    if _may_go(node):
        yield "pass"
    elif isinstance(node, ast.Return) and node.value is not None:
        if ast.unparse(node.value) != "None":
            yield "return None"
    elif isinstance(node, ast.AnnAssign) and isinstance(node.value, ast.Tuple):
        yield from _shorter(node, node.value)


def _may_go(node: ast.stmt) -> bool:
    if isinstance(node, ast.If):
        return not node.orelse and ast.unparse(node.test) != "TYPE_CHECKING"
    called = isinstance(node, ast.Expr) and isinstance(node.value, ast.Call)
    return called or isinstance(node, (ast.Continue, ast.AugAssign))


def _shorter(node: ast.AnnAssign, members: ast.Tuple) -> Iterator[str]:
    """Give a list of rules without one of them, each in turn."""
    for n in range(len(members.elts)):
        left = [ast.unparse(e) for e in members.elts[:n] + members.elts[n + 1 :]]
        inside = ", ".join(left) + ("," if len(left) == 1 else "")
        yield f"{ast.unparse(node.target)} = ({inside})"


def _expression(node: ast.expr) -> Iterator[str]:
    if isinstance(node, (ast.Compare, ast.BoolOp, ast.UnaryOp, ast.BinOp)):
        yield from _operation(node)
    elif isinstance(node, ast.IfExp):
        yield ast.unparse(ast.IfExp(node.test, node.orelse, node.body))
    elif isinstance(node, ast.Constant):
        yield from _constant(node)
    elif isinstance(node, ast.Attribute):
        other_name = _ATTRIBUTES.get((ast.unparse(node.value), node.attr))
        if other_name:
            yield f"{ast.unparse(node.value)}.{other_name}"
    elif isinstance(node, ast.Call):
        yield from _call(node)
    elif isinstance(node, (ast.ListComp, ast.GeneratorExp, ast.DictComp, ast.SetComp)):
        yield from _comprehension(node)


def _operation(node: ast.Compare | ast.BoolOp | ast.UnaryOp | ast.BinOp) -> Iterator[str]:
    if isinstance(node, ast.Compare):
        yield from _compared(node)
    elif isinstance(node, ast.BoolOp):
        other = ast.Or() if isinstance(node.op, ast.And) else ast.And()
        yield ast.unparse(ast.BoolOp(other, node.values))
        for n in range(len(node.values)):
            left = node.values[:n] + node.values[n + 1 :]
            yield ast.unparse(left[0] if len(left) == 1 else ast.BoolOp(node.op, left))
    elif isinstance(node, ast.BinOp):
        yield from _arithmetic(node)
    elif isinstance(node.op, ast.Not):
        yield ast.unparse(node.operand)


def _compared(node: ast.Compare) -> Iterator[str]:
    for n, op in enumerate(node.ops):
        for other in _COMPARED[type(op)]:
            ops = [*node.ops[:n], other(), *node.ops[n + 1 :]]
            yield ast.unparse(ast.Compare(node.left, ops, node.comparators))


def _arithmetic(node: ast.BinOp) -> Iterator[str]:
    if isinstance(node.op, ast.Add):
        yield ast.unparse(ast.BinOp(node.left, ast.Sub(), node.right))
    elif isinstance(node.op, ast.Sub):
        yield ast.unparse(ast.BinOp(node.left, ast.Add(), node.right))
    elif isinstance(node.op, ast.BitOr):
        yield ast.unparse(node.left)
        yield ast.unparse(node.right)


def _constant(node: ast.Constant) -> Iterator[str]:
    if isinstance(node.value, bool):
        yield repr(not node.value)
    elif isinstance(node.value, int):
        yield repr(node.value + 1)
    elif isinstance(node.value, str):
        yield repr(f"{node.value}x")


def _call(node: ast.Call) -> Iterator[str]:
    name = _called(node)
    if name in _NAMES:
        keywords = [k for k in node.keywords if k.arg != "default"]
        if len(keywords) == len(node.keywords) or _NAMES[name] in {"min", "max"}:
            yield ast.unparse(
                ast.Call(ast.Name(_NAMES[name], ast.Load()), node.args, node.keywords)
            )
    if name in {"reversed", "sorted", "frozenset"} and node.args:
        yield f"list({ast.unparse(node.args[0])})"
    if name == "replace":
        yield ast.unparse(node.args[0])
    if name in _OPTIONAL:
        for n in range(len(node.keywords)):
            keywords = node.keywords[:n] + node.keywords[n + 1 :]
            if keywords or name != "replace":
                yield ast.unparse(ast.Call(node.func, node.args, keywords))


def _comprehension(
    node: ast.ListComp | ast.GeneratorExp | ast.DictComp | ast.SetComp,
) -> Iterator[str]:
    """Give the comprehension without its condition."""
    if any(g.ifs for g in node.generators):
        bare = [ast.comprehension(g.target, g.iter, [], g.is_async) for g in node.generators]
        if isinstance(node, ast.DictComp):
            yield ast.unparse(ast.DictComp(node.key, node.value, bare))
        else:
            yield ast.unparse(type(node)(node.elt, bare))
