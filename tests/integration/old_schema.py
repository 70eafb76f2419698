"""A database as an earlier release would have it: its schema, today's rows."""

import sqlite3
from pathlib import Path

from sqlalchemy import create_engine

from memory_os_stores.sql.migrations.upgrade import upgrade


def at_revision(path: Path, revision: str) -> None:
    """Bring the closed database at ``path`` back to a revision and what that has a place for."""
    newer = path.rename(path.with_suffix(".newer"))
    engine = create_engine(f"sqlite:///{path}")
    with engine.begin() as connection:
        upgrade(connection, revision)
    engine.dispose()
    with sqlite3.connect(path, isolation_level=None) as database:
        database.execute("ATTACH ? AS newer", (str(newer),))
        database.execute("BEGIN")
        tables = database.execute("SELECT name FROM main.sqlite_master WHERE type = 'table'")
        for (table,) in tables.fetchall():
            if table != "alembic_version":
                columns = ", ".join(
                    f'"{row[1]}"' for row in database.execute(f"PRAGMA main.table_info({table})")
                )
                database.execute(
                    f"INSERT OR REPLACE INTO main.{table} ({columns}) "
                    f"SELECT {columns} FROM newer.{table}"
                )
        database.execute("COMMIT")
