"""Run Alembic on a connection that is already in a transaction."""

from alembic import command
from alembic.config import Config
from alembic.util import CommandError
from sqlalchemy import Connection

from memory_os.errors import StoreError


def configuration() -> Config:
    """Return Alembic's configuration: where the revisions are."""
    config = Config()
    config.set_main_option("script_location", "memory_os_stores.sql:migrations")
    config.set_main_option("path_separator", "os")
    return config


def upgrade(connection: Connection, target: str = "head") -> None:
    """Apply every revision that is missing up to ``target``; the caller commits.

    Alembic leaves a transaction alone that SQLAlchemy knows of, so it is told of this one.
    """
    if not connection.in_transaction():
        connection.begin()
    config = configuration()
    config.attributes["connection"] = connection
    try:
        command.upgrade(config, target)
    except CommandError as error:
        raise StoreError(
            f"the schema cannot be upgraded to {target!r}: {error}; nothing was changed"
        ) from error
