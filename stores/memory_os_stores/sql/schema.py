"""The schema's revision: read at every open, upgraded by Alembic when it is behind."""

import sqlite3

from memory_os.errors import ConfigurationError, SchemaTooNew, StoreReadOnly
from memory_os_stores.sql.database import Database, Lane

REVISIONS = (
    "0001",
    "0002",
    "0003",
    "0004",
    "0005",
    "0006",
    "0009",
    "0010",
    "0008",
    "0007",
    "0011",
    "0012",
)
"""Every revision this release knows, oldest first."""

_OURS = frozenset({"tenants", "cubes", "versions", "journal"})
"""Tables of every release; other applications of Alembic lack them."""


def prepare(database: Database) -> None:
    """Bring the database to this release's schema; two processes may do so at once.

    Raises:
        SchemaTooNew: a newer release made it.
        ConfigurationError: it holds tables of something else.
        StoreReadOnly: it would have to be upgraded but is open for reading only.
    """
    with database.reading() as lane:
        found = revision(lane, database.url)
    if found != REVISIONS[-1]:
        if database.read_only:
            raise StoreReadOnly(
                f"{database.url!r} has schema {found or 'none'}, this release needs "
                f"{REVISIONS[-1]}; open it once without mode=ro"
            )
        database.log_ahead()
        with database.writing() as lane:
            if revision(lane, database.url) != REVISIONS[-1]:
                _upgrade(lane)
    else:
        database.log_ahead()


def revision(lane: Lane, url: str) -> str | None:
    """Return the database's revision, nothing for an empty one."""
    try:
        rows = lane.rows("SELECT version_num FROM alembic_version")
    except sqlite3.OperationalError as error:
        if error.sqlite_errorcode != sqlite3.SQLITE_ERROR:
            raise
        rows = []
    found = str(rows[0][0]) if rows else None
    tables = {row[0] for row in lane.rows("SELECT name FROM sqlite_master WHERE type = 'table'")}
    if found not in REVISIONS and tables and not (found and tables >= _OURS):
        raise ConfigurationError(
            f"{url!r} holds tables that Memory OS did not make; give it a file of its own"
        )
    if found is not None and found not in REVISIONS:
        raise SchemaTooNew(
            f"{url!r} has schema {found!r}, newer than {REVISIONS[-1]!r} of this release; "
            "upgrade the package: pip install --upgrade memory-os-cubes",
            found=found,
            known=REVISIONS[-1],
        )
    return found


def _upgrade(lane: Lane) -> None:
    from memory_os_stores.sql.migrations.upgrade import upgrade  # noqa: PLC0415

    upgrade(lane.connection)
