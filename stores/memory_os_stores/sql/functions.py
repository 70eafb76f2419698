"""What SQLite cannot say by itself: functions of Python that queries call."""

import sqlite3
from datetime import datetime

from pydantic_core import from_json

from memory_os.clock import to_micros
from memory_os.domain.filter_matching import compare
from memory_os.domain.filters import Condition


def register(driver: sqlite3.Connection) -> None:
    """Teach a connection the functions."""
    driver.create_function("memory_lower", 1, _lower, deterministic=True)
    driver.create_function("memory_micros", 1, _micros, deterministic=True)
    driver.create_function("memory_compare", 3, _compare, deterministic=True)


def _lower(text: object) -> str | None:
    return text.lower() if isinstance(text, str) else None


def _micros(text: str | None) -> int | None:
    return None if text is None else to_micros(datetime.fromisoformat(text))


def _compare(op: str, value: str | None, operand: str) -> bool:
    """Apply a filter's operator to two JSON texts, by the reference itself."""
    found = None if value is None else from_json(value)
    return compare(Condition("metadata", op, from_json(operand)), found)
