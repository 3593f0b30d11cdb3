"""Statements that every message runs, each made once: making one costs more than running it.

A value's name in a condition begins with `is_`, so that it is told apart from what is written.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

from sqlalchemy import and_, bindparam, insert, literal_column, select, update


def where(table: Any, *names: str) -> Any:
    """Return the condition that columns have the values `is_NAME`."""
    return and_(*(table.c[name] == bindparam(f"is_{name}") for name in names))


def given(**values: Any) -> dict[str, Any]:
    """Return values for a condition of `where`."""
    return {f"is_{name}": value for name, value in values.items()}


def words(*names: str) -> list[Any]:
    """Return words of ours as they stand in a statement; as values they are put in each time."""
    return [literal_column(f"'{name}'") for name in names]


@cache
def rows_of(table: Any, *names: str) -> Any:
    """Return the query for whole rows by these columns."""
    return select(table).where(where(table, *names))


@cache
def new_row(table: Any) -> Any:
    """Return the statement that writes one row, whose number nobody asks for."""
    return insert(table).inline()


@cache
def change(table: Any, condition: Callable[[], Any], names: tuple[str, ...]) -> Any:
    """Return the statement that writes these columns where a condition holds."""
    return update(table).where(condition()).values({n: bindparam(f"to_{n}") for n in names})


def written(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return values for a statement of `change`."""
    return {f"to_{name}": value for name, value in values.items()}
