"""A file in a folder that nobody may write to can be read."""

import os
from pathlib import Path

import pytest

from memory_os_stores.sql.database import Database
from memory_os_stores.sql.store import SqlCubeStore


def test_a_frozen_folder_is_read_without_writing_beside_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = f"sqlite:///{tmp_path}/m.db"
    SqlCubeStore.open(url).close()
    monkeypatch.setattr(os, "access", lambda *_: False)
    store = SqlCubeStore.open(f"{url}?mode=ro")
    try:
        assert store.tenants() == []
        assert not list(tmp_path.glob("m.db-*"))
    finally:
        store.close()


def test_a_file_whose_log_is_still_there_is_not_called_frozen(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = f"sqlite:///{tmp_path}/m.db"
    SqlCubeStore.open(url).close()
    (tmp_path / "m.db-wal").touch()
    monkeypatch.setattr(os, "access", lambda *_: False)
    database = Database(f"{url}?mode=ro", 1.0)
    try:
        assert database._mode() == "?mode=ro"
    finally:
        database.close()
