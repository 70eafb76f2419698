"""Bad files, full and read-only disks, busy neighbours: a clear error, and nothing lost."""

import os
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from threading import Timer

import pytest

from memory_os.domain.access import DEFAULT_TENANT
from memory_os.errors import (
    ConfigurationError,
    SchemaTooNew,
    StoreBusy,
    StoreCorrupt,
    StoreFull,
    StoreReadOnly,
    StoreUnavailable,
)
from memory_os.testing.cubes import EVERYONE, create, cube, write
from memory_os_stores.sql import SqlCubeStore
from memory_os_stores.sql.schema import REVISIONS

NOBODY = 65534


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """The file of a store that holds twenty cubes and is closed."""
    made = tmp_path / "memory.db"
    store = SqlCubeStore.open(url(made))
    store.write(write(*(create(cube(n)) for n in range(1, 21))))
    store.close()
    return made


def url(path: Path) -> str:
    return f"sqlite:///{path}"


def assert_nothing_lost(path: Path, cubes: int = 20) -> None:
    store = SqlCubeStore.open(url(path))
    assert len(store.get(EVERYONE, [cube(n).id for n in range(1, cubes + 1)])) == cubes
    assert store.verify() == []
    store.close()


def test_a_file_of_anything_else_is_refused_and_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "notes.txt"
    path.write_bytes(b"Dear diary, " * 1_000)
    with pytest.raises(StoreCorrupt, match="restore it from a backup"):
        SqlCubeStore.open(url(path))
    assert path.read_bytes() == b"Dear diary, " * 1_000


def test_a_damaged_header_is_refused_and_left_alone(path: Path) -> None:
    whole = path.read_bytes()
    damaged = os.urandom(100) + whole[100:]
    path.write_bytes(damaged)
    with pytest.raises(StoreCorrupt):
        SqlCubeStore.open(url(path))
    assert path.read_bytes() == damaged
    path.write_bytes(whole)
    assert_nothing_lost(path)


@pytest.mark.parametrize("kept", [0.3, 0.6, 0.95])
def test_a_truncated_file_is_refused_and_left_alone(path: Path, kept: float) -> None:
    whole = path.read_bytes()
    path.write_bytes(whole[: int(len(whole) * kept)])
    with pytest.raises(StoreCorrupt):
        SqlCubeStore.open(url(path))
    assert path.stat().st_size == int(len(whole) * kept)
    path.write_bytes(whole)
    assert_nothing_lost(path)


def test_damage_inside_is_found_on_reading_and_by_verify(path: Path) -> None:
    whole = bytearray(path.read_bytes())
    payload = b'"I drink tea."'
    assert payload in whole
    whole[whole.index(payload)] = 0
    path.write_bytes(whole)
    store = SqlCubeStore.open(url(path))
    with pytest.raises(StoreCorrupt, match="cannot be read"):
        store.get(EVERYONE, [cube(n).id for n in range(1, 21)])
    store.close()


def test_damaged_pages_are_found_by_verify_or_refused(path: Path) -> None:
    whole = bytearray(path.read_bytes())
    for page in range(2, len(whole) // 4096):
        whole[page * 4096 : page * 4096 + 64] = b"\xff" * 64
    path.write_bytes(whole)
    with pytest.raises(StoreCorrupt):
        opened(path)


def opened(path: Path) -> None:
    store = SqlCubeStore.open(url(path))
    try:
        store.get(EVERYONE, [cube(n).id for n in range(1, 21)])
    finally:
        store.close()


def test_a_row_that_was_tampered_with_breaks_the_chain(path: Path) -> None:
    with closing(sqlite3.connect(path)) as driver:
        driver.execute("UPDATE journal SET actor = 'somebody else' WHERE seq = 7")
        driver.commit()
    store = SqlCubeStore.open(url(path))
    assert store.verify() == ["tenant 'default' has a journal that is broken at entry 7"]
    store.close()


def test_a_newer_schema_is_refused_naming_both(path: Path) -> None:
    with closing(sqlite3.connect(path)) as driver:
        driver.execute("UPDATE alembic_version SET version_num = '9999'")
        driver.commit()
    before = path.read_bytes()
    with pytest.raises(SchemaTooNew, match="upgrade the package") as caught:
        SqlCubeStore.open(url(path))
    assert "'9999'" in caught.value.message
    assert repr(REVISIONS[-1]) in caught.value.message
    assert path.read_bytes() == before
    with closing(sqlite3.connect(path)) as driver:
        driver.execute("UPDATE alembic_version SET version_num = ?", (REVISIONS[-1],))
        driver.commit()
    assert_nothing_lost(path)


def test_a_database_of_something_else_is_refused_and_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "other.db"
    with closing(sqlite3.connect(path)) as driver:
        driver.execute("CREATE TABLE customers (name TEXT)")
        driver.commit()
    before = path.read_bytes()
    with pytest.raises(ConfigurationError, match="give it a file of its own"):
        SqlCubeStore.open(url(path))
    assert path.read_bytes() == before


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    for wrong in (tmp_path / "missing" / "memory.db", tmp_path):
        with pytest.raises(StoreUnavailable, match=str(wrong)):
            SqlCubeStore.open(url(wrong))


@pytest.mark.parametrize(
    "wrong",
    ["", "memory.db", "postgresql://host/db", "sqlite://host/x.db", "sqlite:///x.db?cache=shared",
     "sqlite:///x.db?mode=rw"],
)  # fmt: skip
def test_a_url_that_is_not_understood_is_refused(wrong: str) -> None:
    with pytest.raises(ConfigurationError):
        SqlCubeStore.open(wrong)


@contextmanager
def unprivileged() -> Iterator[None]:
    """Run as a user whom file modes bind, as they do not bind root."""
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(NOBODY)
    try:
        yield
    finally:
        os.seteuid(0)


@contextmanager
def modes(folder: Path, file: int, around: int) -> Iterator[None]:
    """Set the modes of a folder and of the files in it, and open the way to it."""
    for parent in list(folder.parents)[:3]:
        parent.chmod(parent.stat().st_mode | 0o055)
    for inside in folder.iterdir():
        inside.chmod(file)
    folder.chmod(around)
    try:
        yield
    finally:
        folder.chmod(0o755)
        for inside in folder.iterdir():
            inside.chmod(0o644)


@pytest.mark.parametrize(("file", "around"), [(0o444, 0o555), (0o444, 0o777)])
def test_a_file_without_write_permission_is_read_only(path: Path, file: int, around: int) -> None:
    with modes(path.parent, file, around), unprivileged(), pytest.raises(StoreReadOnly):
        SqlCubeStore.open(url(path)).write(write(create(cube(99))))
    assert_nothing_lost(path)


def test_a_folder_without_write_permission_is_read_only(path: Path) -> None:
    with modes(path.parent, 0o666, 0o555), unprivileged(), pytest.raises(StoreReadOnly):
        SqlCubeStore.open(url(path)).write(write(create(cube(99))))
    assert_nothing_lost(path)


def test_a_file_opened_for_reading_only_is_read_and_not_written(path: Path) -> None:
    store = SqlCubeStore.open(f"{url(path)}?mode=ro")
    assert store.get(EVERYONE, [cube(1).id]) == [cube(1)]
    with pytest.raises(StoreReadOnly):
        store.write(write(create(cube(99))))
    assert store.verify() == []
    store.close()
    assert_nothing_lost(path)


def test_a_new_file_cannot_be_made_for_reading_only(tmp_path: Path) -> None:
    with pytest.raises(StoreUnavailable):
        SqlCubeStore.open(f"{url(tmp_path / 'new.db')}?mode=ro")
    (tmp_path / "empty.db").touch()
    with pytest.raises(StoreReadOnly):
        SqlCubeStore.open(f"{url(tmp_path / 'empty.db')}?mode=ro")


def test_a_full_disk_stops_the_write_and_loses_nothing(path: Path) -> None:
    store = SqlCubeStore.open(url(path))
    driver = store._database._writer.driver
    (pages,) = driver.execute("PRAGMA page_count").fetchone()
    driver.execute(f"PRAGMA max_page_count = {pages}")
    with pytest.raises(StoreFull, match="free some space"):
        store.write(write(*(create(cube(n, "long " * 500)) for n in range(100, 200))))
    assert store.get(EVERYONE, [cube(100).id]) == []
    assert store.head(DEFAULT_TENANT) == 20
    driver.execute(f"PRAGMA max_page_count = {pages + 10_000}")
    store.write(write(create(cube(21))))
    store.close()
    assert_nothing_lost(path, 21)


def test_a_busy_neighbour_is_waited_for_and_then_named(path: Path) -> None:
    store = SqlCubeStore.open(url(path), busy_timeout_s=0.2)
    with closing(sqlite3.connect(path, isolation_level=None)) as neighbour:
        neighbour.execute("BEGIN IMMEDIATE")
        began = time.monotonic()
        with pytest.raises(StoreBusy, match="try again"):
            store.write(write(create(cube(99))))
        assert 0.15 < time.monotonic() - began < 5
        assert store.get(EVERYONE, [cube(1).id]) == [cube(1)]
        neighbour.execute("ROLLBACK")
    store.write(write(create(cube(21))))
    store.close()
    assert_nothing_lost(path, 21)


def test_a_new_file_that_a_neighbour_holds_is_waited_for_and_then_named(tmp_path: Path) -> None:
    path = tmp_path / "new.db"
    with closing(sqlite3.connect(path, isolation_level=None, check_same_thread=False)) as neighbour:
        neighbour.execute("BEGIN EXCLUSIVE")
        with pytest.raises(StoreBusy):
            SqlCubeStore.open(url(path), busy_timeout_s=0.1)
        Timer(0.2, neighbour.execute, ["ROLLBACK"]).start()
        SqlCubeStore.open(url(path), busy_timeout_s=20).close()
    assert_nothing_lost(path, 0)


def test_many_readers_at_once_are_served_and_let_go(path: Path) -> None:
    store = SqlCubeStore.open(url(path))
    with ExitStack() as stack:
        lanes = [stack.enter_context(store._database.reading()) for _ in range(40)]
        assert len({id(lane.driver) for lane in lanes}) == 40
    with store._database.reading() as lane:
        store.close()
    with pytest.raises(sqlite3.ProgrammingError):
        lane.driver.execute("SELECT 1")


def test_a_python_with_an_old_sqlite_is_told_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sqlite3, "sqlite_version_info", (3, 37, 2))
    with pytest.raises(ConfigurationError, match=r"older than 3\.38"):
        SqlCubeStore.open("sqlite://")


def test_a_busy_thread_is_waited_for_and_then_named(path: Path) -> None:
    store = SqlCubeStore.open(url(path), busy_timeout_s=0.05)
    with store._database.writing(), ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(store.write, write(create(cube(99))))
        with pytest.raises(StoreBusy, match="another thread"):
            waiting.result()
    store.close()
    assert_nothing_lost(path)


def test_an_up_to_date_file_opens_without_alembic(path: Path) -> None:
    script = (
        "import sys\nfrom memory_os_stores.sql import SqlCubeStore\n"
        f"SqlCubeStore.open({url(path)!r}).close()\nprint('alembic' in sys.modules)"
    )
    command = [sys.executable, "-c", script]
    answer = subprocess.run(command, capture_output=True, text=True, check=True)
    assert answer.stdout.strip() == "False"


def test_an_up_to_date_file_opens_in_a_blink(path: Path) -> None:
    took = []
    for _ in range(7):
        began = time.perf_counter()
        SqlCubeStore.open(url(path)).close()
        took.append(time.perf_counter() - began)
    assert min(took) < 0.05


def test_the_database_of_another_application_is_no_newer_release(tmp_path: Path) -> None:
    file = tmp_path / "other.db"
    with closing(sqlite3.connect(file)) as database:
        database.execute("CREATE TABLE alembic_version (version_num TEXT)")
        database.execute("INSERT INTO alembic_version VALUES ('9f3c')")
        database.execute("CREATE TABLE invoices (id INTEGER)")
        database.commit()
    with pytest.raises(ConfigurationError, match="did not make"):
        SqlCubeStore.open(f"sqlite:///{file}")
