"""SQL text from SQLAlchemy expressions, for the driver to run directly.

Binding by position on the driver skips SQLAlchemy's execution layer, which would cost more than
SQLite does on the hot paths. Lists are bound as one JSON text.
"""

from collections.abc import Callable, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Dialect, and_, bindparam, func, literal_column, make_url
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.expression import ClauseElement, TableValuedAlias


def dialect_named(name: str) -> Dialect:
    """Return the dialect of this name, set to bind by position."""
    kind: Callable[..., Dialect] = make_url(f"{name}://").get_dialect()
    return kind(paramstyle="qmark" if name == "sqlite" else "format")


def sql_text(statement: ClauseElement, dialect: Dialect, *binds: str) -> str:
    """Return the statement's text, sure that it binds ``binds`` in this order."""
    compiled = statement.compile(dialect=dialect)
    if not isinstance(compiled, SQLCompiler):
        raise TypeError(f"{statement!r} is no query")
    order = tuple(compiled.positiontup or ())
    if order != binds:
        raise ValueError(f"{compiled} binds {order}, not {binds}")
    return str(compiled)


def key(*columns: ColumnElement[Any], prefix: str = "key") -> ColumnElement[bool]:
    """Match each column with a bound value named after it."""
    return and_(*(column == bindparam(f"{prefix}_{_name(column)}") for column in columns))


def listed(name: str) -> TableValuedAlias:
    """Return the JSON array bound as ``name`` as a table with a column ``value``."""
    return func.json_each(bindparam(name)).table_valued("value", name=f"{name}_list")


def part(items: TableValuedAlias, place: int) -> ColumnElement[Any]:
    """Return one part of each item of a listed array of arrays."""
    return func.json_extract(items.c.value, literal_column(f"'$[{place}]'"))


def names(columns: Sequence[ColumnElement[Any]], prefix: str) -> list[str]:
    """Return the names that ``key`` gives to the values of these columns."""
    return [f"{prefix}_{_name(column)}" for column in columns]


def _name(column: ColumnElement[Any]) -> str:
    return str(getattr(column, "name", ""))
