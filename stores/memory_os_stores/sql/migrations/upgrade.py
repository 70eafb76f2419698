"""Run Alembic on a connection that is already in a transaction."""

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection


def upgrade(connection: Connection, target: str = "head") -> None:
    """Apply every revision that is missing up to ``target``; the caller commits.

    Alembic leaves a transaction alone that SQLAlchemy knows of, so it is told of this one.
    """
    if not connection.in_transaction():
        connection.begin()
    config = Config()
    config.set_main_option("script_location", "memory_os_stores.sql:migrations")
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    command.upgrade(config, target)
