"""The migrations make exactly the tables that the code is written against."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from alembic.script import ScriptDirectory
from sqlalchemy import Table, create_engine
from sqlalchemy.dialects import postgresql
from sqlalchemy.schema import CreateIndex, CreateTable

from memory_os_stores.sql import SqlCubeStore
from memory_os_stores.sql.migrations.upgrade import configuration
from memory_os_stores.sql.schema import REVISIONS
from memory_os_stores.sql.tables import metadata

Described = dict[tuple[str, str], str]


def described(path: Path) -> Described:
    with closing(sqlite3.connect(path)) as driver:
        rows = driver.execute(
            "SELECT type, name, sql FROM sqlite_master WHERE name NOT LIKE 'sqlite_%' "
            "AND name <> 'alembic_version'"
        ).fetchall()
    return {(kind, name): " ".join(sql.split()) for kind, name, sql in rows}


@pytest.fixture
def migrated(tmp_path: Path) -> Path:
    path = tmp_path / "migrated.db"
    SqlCubeStore.open(f"sqlite:///{path}").close()
    return path


def test_migrating_and_creating_give_the_same_schema(tmp_path: Path, migrated: Path) -> None:
    created = tmp_path / "created.db"
    engine = create_engine(f"sqlite:///{created}")
    metadata.create_all(engine)
    engine.dispose()
    assert described(migrated) == described(created)


def test_the_known_revisions_are_those_of_the_scripts_in_order() -> None:
    scripts = ScriptDirectory.from_config(configuration())
    found = [script.revision for script in scripts.walk_revisions()]
    assert tuple(reversed(found)) == REVISIONS


def test_every_primary_key_of_a_tenants_rows_leads_with_the_tenant() -> None:
    for table in metadata.tables.values():
        if table.name != "facts":
            assert next(iter(table.primary_key)).name == "tenant_id", table.name


def test_the_files_settings_are_the_durable_ones(migrated: Path) -> None:
    store = SqlCubeStore.open(f"sqlite:///{migrated}")
    with store._database.reading() as lane:
        pragmas = ("journal_mode", "synchronous", "foreign_keys", "secure_delete")
        found = [lane.rows(f"PRAGMA {pragma}")[0][0] for pragma in pragmas]
    store.close()
    assert found == ["wal", 2, 1, 1]


def test_an_interrupted_upgrade_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "memory.db"

    def torn(connection: object) -> None:
        upgrade(connection)
        raise RuntimeError("the light went out")

    from memory_os_stores.sql.migrations import upgrade as module

    upgrade = module.upgrade
    monkeypatch.setattr(module, "upgrade", torn)
    with pytest.raises(RuntimeError):
        SqlCubeStore.open(f"sqlite:///{path}")
    assert described(path) == {}
    monkeypatch.undo()
    store = SqlCubeStore.open(f"sqlite:///{path}")
    assert store.verify() == []
    store.close()


@pytest.mark.parametrize("table", metadata.sorted_tables, ids=lambda table: table.name)
def test_the_tables_can_be_written_for_postgresql(table: Table) -> None:
    dialect = postgresql.dialect()  # type: ignore[no-untyped-call]
    assert "PRIMARY KEY" in str(CreateTable(table).compile(dialect=dialect))
    for index in table.indexes:
        assert index.name in str(CreateIndex(index).compile(dialect=dialect))
