"""Cubes and API keys in SQL: SQLite today, written so that PostgreSQL can be next."""

from memory_os_stores.sql.keys import SqlKeyStore
from memory_os_stores.sql.store import SqlCubeStore

__all__ = ["SqlCubeStore", "SqlKeyStore"]
