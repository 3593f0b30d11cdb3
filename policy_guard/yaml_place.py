"""YAML files read once, as plain data that remembers on which line each value stands.

Scalars follow YAML 1.2: `off`, `no` and `22:00` are texts, and a moment stays the text it was, so
that one without an offset can be told from one with. libyaml does the reading: it is some sixty
times as quick as reading in Python.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

_NULL = {"", "~", "null", "Null", "NULL"}
_TRUE = {"true", "True", "TRUE"}
_FALSE = {"false", "False", "FALSE"}
_INT = re.compile(r"[-+]?[0-9]{1,18}")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]{1,3})?")
_OURS = "tag:yaml.org,2002:"
_DEEPEST = 50


@dataclass(frozen=True)
class Document:
    """One YAML document."""

    data: Any
    node: Node | None

    def line(self, path: Sequence[object]) -> int:
        """Return the line (from 1) of the value at *path*, or of what is nearest to it.

        A key that is a map's key points at the key itself.
        """
        here, line = self.node, 1
        for step in path:
            if isinstance(here, MappingNode):
                found = next((pair for pair in here.value if pair[0].value == str(step)), None)
                if found is None:
                    break
                line, here = found[0].start_mark.line + 1, found[1]
            elif isinstance(here, SequenceNode) and isinstance(step, int):
                if step >= len(here.value):
                    break
                here = here.value[step]
                line = here.start_mark.line + 1
            else:
                break
        return line


def load(text: str, name: str, error: type[Exception]) -> Document:
    """Read a document; raises *error* with a sentence that names the file *name* and the line."""
    try:
        _check_depth(text, name, error)
        node = yaml.compose(text, Loader=yaml.CSafeLoader)
    except yaml.MarkedYAMLError as problem:
        mark = problem.problem_mark or problem.context_mark
        line = f":{mark.line + 1}" if mark else ""
        said = " ".join(str(problem.problem or problem.context or "cannot be read").split())
        raise error(f"{name}{line}: is not valid YAML: {said}") from None
    except (yaml.YAMLError, RecursionError) as problem:
        raise error(f"{name}: is not valid YAML: {' '.join(str(problem).split())}") from None
    try:
        return Document(None if node is None else _value(node, ()), node)
    except _StrangeError as problem:
        raise error(f"{name}:{problem.line}: {problem}") from None


def _check_depth(text: str, name: str, error: type[Exception]) -> None:
    """Refuse what is nested far too deep: libyaml would end the whole process over it."""
    depth = 0
    for event in yaml.parse(text, Loader=yaml.CSafeLoader):
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
            if depth > 2 * _DEEPEST:
                line = f":{event.start_mark.line + 1}" if event.start_mark else ""
                raise error(f"{name}{line}: is nested more than {2 * _DEEPEST} levels deep")
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1


def read_text(path: Path, error: type[Exception]) -> str:
    """Return the file's text; raises *error* with a sentence where it cannot be read."""
    try:
        return path.read_text("utf-8")
    except UnicodeDecodeError:
        raise error(f"{path}: is not UTF-8 text") from None
    except OSError as problem:
        raise error(f"{path}: cannot be read: {problem.strerror or problem}") from None


class _StrangeError(Exception):
    """Valid YAML that no file of ours has a use for."""

    def __init__(self, node: Node, said: str) -> None:
        super().__init__(said)
        self.line = node.start_mark.line + 1


def _value(node: Node, above: tuple[Node, ...]) -> Any:
    if any(node is one for one in above) or len(above) > _DEEPEST:
        raise _StrangeError(node, "is nested too deeply, or in itself")
    if isinstance(node, ScalarNode):
        return _scalar(node)
    inside = (*above, node)
    if isinstance(node, SequenceNode):
        return [_value(item, inside) for item in node.value]
    values: dict[Any, Any] = {}
    for key_node, value_node in node.value:
        key = _scalar(key_node) if isinstance(key_node, ScalarNode) else None
        if key is None:
            raise _StrangeError(key_node, "a key is not a word")
        if key in values:
            raise _StrangeError(key_node, f"the key `{key}` is there twice")
        values[key] = _value(value_node, inside)
    return values


def _scalar(node: ScalarNode) -> Any:
    text = node.value
    if not node.tag.startswith(_OURS):
        raise _StrangeError(node, f"the tag `{node.tag}` is not read")
    if node.tag == f"{_OURS}str" and (node.style or text not in _NULL):
        return text
    for words, value in ((_NULL, None), (_TRUE, True), (_FALSE, False)):
        if text in words:
            return value
    if _INT.fullmatch(text):
        return int(text)
    return float(text) if _FLOAT.fullmatch(text) else text
