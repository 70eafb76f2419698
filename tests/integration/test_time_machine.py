"""The time machine on the command line, for bound callers, on altered history, after an upgrade."""

import sqlite3
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

import memory_os
from memory_os.clock import ManualClock
from memory_os.domain.access import (
    ROLE_RIGHTS,
    Principal,
    PrincipalKind,
    Role,
    access_filter,
)
from memory_os.domain.journal import Note
from memory_os.domain.lifecycle import State
from memory_os.domain.scope import Scope
from memory_os.domain.writing import Govern, Write
from memory_os.errors import AccessDenied, InvalidInput, NotFound, StoreCorrupt
from memory_os.kernel.memory_os import KernelConnector
from memory_os.sdk import Memory
from memory_os_stores.sql.database import Database
from memory_os_stores.sql.migrations.upgrade import upgrade
from tests.integration.command_line import CommandLine

START = datetime(2026, 3, 1, 12, tzinfo=UTC)
SECOND = timedelta(seconds=1)


@pytest.fixture
def cli(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> CommandLine:
    for variable in ("MEMORY_OS_URL", "MEMORY_OS_API_KEY"):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setenv("MEMORY_OS_DATABASE", f"sqlite:///{tmp_path}/memory.db")
    return CommandLine(capfd, monkeypatch)


def test_the_command_line_travels(cli: CommandLine) -> None:
    ada = ("--user", "ada")
    tea = cli.add("Ada drinks tea.", *ada)
    assert "no snapshots" in cli("snapshot", "list", *ada)[1]
    made = cli.json("snapshot", "create", "start", *ada, "--reason", "to be sure")
    assert (made["name"], made["user_id"], made["seq"]) == ("start", "ada", 1)
    cli("update", tea, "Ada drinks coffee.")
    new = cli.add("Ada collects stamps.", *ada)
    changed = cli.json("diff", "snapshot:start", *ada)["results"]
    assert {each["id"]: each["changes"] for each in changed} == {tea: ["revised"], new: ["added"]}
    shown = cli("diff", "snapshot:start", *ada, "--limit", "1")
    assert "memory: Ada drinks tea. → Ada drinks coffee." in shown[1]
    assert "more: --cursor" in shown[2]
    assert "Ada drinks tea." in cli("get", tea, "--as-of", "snapshot:start")[1]
    planned = cli("rollback", "--to", "snapshot:start", *ada, "--dry-run")
    assert "2 would go back, 0 stay" in planned[2]
    cli("move", new, "freeze", "--reason", "keep")
    code, out, err = cli("rollback", "--to", "snapshot:start", *ada, "--reason", "wrong")
    assert code == 0
    assert f"{tea} revised v3 generated repeats v1" in out
    assert f"{new} stays: it is frozen" in out
    assert "1 went back, 1 stay; undo: --to 20" in err
    undo = err.split("--to ")[1].strip()
    assert cli.json("rollback", "--to", undo, *ada)["results"][0]["version"] == 4
    assert cli.json("rollback", "--id", tea, "--version", "1")["results"][0]["from_version"] == 1
    assert "start" in cli("snapshot", "list", *ada)[1]
    assert len(cli.json("snapshot", "list")["results"]) == 1
    assert "to be sure" in cli("snapshot", "list")[1]
    assert "forgot start" in cli("snapshot", "delete", "start", *ada)[1]
    assert cli.json("snapshot", "delete", "start", *ada, code=4)["code"] == "not_found"
    assert cli.json("rollback", *ada, code=2)["code"] == "invalid_input"


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(START)


@pytest.fixture
def as_caller(clock: ManualClock) -> Iterator[Callable[..., Memory]]:
    """Return memory as other callers of one tenant see it."""
    with memory_os.connect("sqlite://", clock=clock) as memory:
        connector = memory.connector
        assert isinstance(connector, KernelConnector)

        def seen(name: str, *, role: Role = Role.WRITE) -> Memory:
            rights = ROLE_RIGHTS[role]
            bound = Scope() if name == "admin" else Scope(name)
            principal = Principal("default", name, PrincipalKind.USER, bound, rights)
            return Memory(connector.kernel.connector(principal))

        yield seen


def test_bound_callers_see_their_own_moments_and_shared_ones(
    as_caller: Callable[..., Memory], clock: ManualClock
) -> None:
    admin, ada, ben = as_caller("admin", role=Role.ADMIN), as_caller("ada"), as_caller("ben")
    ada.add("Ada drinks tea.")
    mine, theirs = ada.snapshot("start"), ben.snapshot("start")
    clock.advance(SECOND)
    shared = admin.snapshot("everything")
    assert (mine.user_id, theirs.user_id, mine.by) == ("ada", "ben", "ada")
    assert ada.snapshots().results == (mine, shared)
    assert ada.diff("snapshot:start").start == mine.at
    assert ada.diff("snapshot:everything").start == shared.at
    assert admin.snapshots(user_id="ben").results == (theirs,)
    with pytest.raises(InvalidInput):
        admin.search("tea", as_of="snapshot:start")
    with pytest.raises(NotFound):
        ada.delete_snapshot("everything")
    with pytest.raises(AccessDenied):
        ada.snapshots(user_id="ben")
    with pytest.raises(AccessDenied):
        ada.diff("snapshot:start", user_id="ben")
    with pytest.raises(AccessDenied):
        ada.rollback("snapshot:start", user_id="ben")


def test_a_bound_caller_goes_back_in_its_own_memory_only(
    as_caller: Callable[..., Memory], clock: ManualClock
) -> None:
    admin, ada = as_caller("admin", role=Role.ADMIN), as_caller("ada")
    start = admin.snapshot("start").at
    clock.advance(SECOND)
    mine = ada.add("Ada drinks tea.").results[0].id
    other = admin.add("Ben drinks rum.", user_id="ben").results[0].id
    shared = admin.add("The house drinks water.").results[0].id
    assert [each.id for each in ada.diff(start).results] == [mine]
    with pytest.raises(NotFound):
        ada.rollback(start, memory_id=other)
    done = ada.rollback(start, user_id="ada", scope_match="inherit", dry_run=True)
    assert [each.id for each in done.results] == [mine]
    assert [(each.id, each.reason) for each in done.refused] == [(shared, "access_denied")]
    assert [each.id for each in ada.rollback(start, user_id="ada").results] == [mine]
    assert admin.get(other).memory == "Ben drinks rum."
    reader = as_caller("ada", role=Role.READ)
    for forbidden in (
        lambda: reader.snapshot("mine"),
        lambda: reader.delete_snapshot("start"),
        lambda: reader.rollback(start, user_id="ada"),
    ):
        with pytest.raises(AccessDenied):
            forbidden()


def test_a_move_that_needs_more_rights_is_refused_for_its_memory_alone(
    as_caller: Callable[..., Memory], clock: ManualClock
) -> None:
    admin, ada = as_caller("admin", role=Role.ADMIN), as_caller("ada")
    held = ada.add("Ada drinks tea.", external_id="drink", ttl_seconds=5).results[0].id
    plain = ada.add("Ada eats fish.").results[0].id
    start = ada.snapshot("start").at
    clock.advance(SECOND)
    admin.quarantine(held)
    clock.advance(9 * SECOND)
    new = ada.add("Ada drinks rum.", external_id="drink").results[0].id
    ada.delete(plain)
    clock.advance(SECOND)
    done = ada.rollback(start, user_id="ada")
    assert {each.id for each in done.results} == {plain, new}
    assert [(each.id, each.reason) for each in done.refused] == [(held, "access_denied")]
    assert [each.id for each in admin.rollback(start, memory_id=held).results] == [held]


def test_altered_history_is_not_travelled(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/memory.db"
    with memory_os.connect(url) as memory:
        memory.add("Ada drinks tea.", user_id="ada")
        memory.snapshot("start", user_id="ada")
        assert memory.search("tea", user_id="ada", as_of="snapshot:start").outcome == "found"
    with sqlite3.connect(tmp_path / "memory.db") as raw:
        raw.execute("UPDATE journal SET hash = zeroblob(32)")
    raw.close()
    with memory_os.connect(url) as memory:
        for travel in (
            lambda: memory.search("tea", user_id="ada", as_of="snapshot:start"),
            lambda: memory.diff("snapshot:start", user_id="ada"),
            lambda: memory.rollback("snapshot:start", user_id="ada"),
        ):
            with pytest.raises(StoreCorrupt):
                travel()


def test_an_erased_memory_is_skipped(as_caller: Callable[..., Memory], clock: ManualClock) -> None:
    admin = as_caller("admin", role=Role.ADMIN)
    kept = admin.add("Ada eats fish.", user_id="ada").results[0].id
    gone = admin.add("Ada drinks tea.", user_id="ada").results[0].id
    start = admin.snapshot("start", user_id="ada").at
    clock.advance(SECOND)
    connector = admin.connector
    assert isinstance(connector, KernelConnector)
    erase(connector, gone)
    admin.delete(kept)
    assert [each.id for each in admin.diff(start, user_id="ada").results] == [kept]
    done = admin.rollback(start, user_id="ada")
    assert ([each.id for each in done.results], done.skipped) == ([kept], (gone,))
    assert admin.search("tea", user_id="ada", as_of=start, threshold=0.0).results[0].id == kept


def erase(connector: KernelConnector, memory_id: str) -> None:
    """Set a memory to erased in the store, as a finished erasure leaves its tombstone."""
    parts = connector.kernel.parts
    (cube,) = parts.store.get(access_filter(connector.principal), [memory_id])
    erased = replace(cube.governance, state=State.ERASED, resume=())
    note = Note("local", "erase", (memory_id,))
    op = Govern(memory_id, cube.version.number, erased, note)
    parts.store.write(Write("default", parts.clock.now(), (op,)))


def test_states_from_before_the_upgrade_are_kept(tmp_path: Path) -> None:
    """A store of schema 0001 keeps what it knew of the past."""
    url, path = f"sqlite:///{tmp_path}/memory.db", tmp_path / "memory.db"
    clock = ManualClock(START)
    with memory_os.connect(url, clock=clock) as memory:
        plain, frozen = (
            memory.add(text, user_id="ada").results[0].id
            for text in ("Ada drinks tea.", "Ada eats fish.")
        )
        for act in (
            lambda: memory.archive(plain),
            lambda: memory.freeze(frozen),
            lambda: memory.restore(plain),
            lambda: memory.unfreeze(frozen),
        ):
            clock.advance(SECOND)
            act()
    downgrade(path)
    with memory_os.connect(url, clock=clock) as memory:
        at = [START + seconds * SECOND for seconds in range(5)]
        assert [memory.get(plain, as_of=moment).state for moment in at] == [
            "generated", "archived", "archived", "generated", "generated",
        ]  # fmt: skip
        assert [memory.get(frozen, as_of=moment).state for moment in at] == [
            "generated", "generated", "frozen", "frozen", "generated",
        ]  # fmt: skip
        found = memory.search("fish", user_id="ada", as_of=at[2])
        assert [(hit.id, hit.state) for hit in found.results] == [(frozen, "frozen")]
        assert (
            memory.search("tea", user_id="ada", as_of=at[1], threshold=0.0).results[0].id != plain
        )


def downgrade(path: Path) -> None:
    """Make a database what release 0001 left: its schema, with the same rows."""
    old = Database(f"sqlite:///{path}.old", 1.0)
    with old.writing() as lane:
        upgrade(lane.connection, "0001")
    old.close()
    with sqlite3.connect(f"{path}.old") as raw:
        raw.execute("ATTACH ? AS new", (str(path),))
        names = [
            row[0]
            for row in raw.execute("SELECT name FROM main.sqlite_master WHERE type = 'table'")
            if not row[0].startswith(("sqlite_", "alembic"))
        ]
        for name in names:
            columns = ", ".join(row[1] for row in raw.execute(f"PRAGMA main.table_info({name})"))
            raw.execute(f"DELETE FROM main.{name}")
            raw.execute(f"INSERT INTO main.{name} ({columns}) SELECT {columns} FROM new.{name}")
    raw.close()
    for suffix in ("", "-wal", "-shm"):
        Path(f"{path}{suffix}").unlink(missing_ok=True)
    for saved in path.parent.glob("memory.db.index/*/*"):
        saved.unlink()
    Path(f"{path}.old").rename(path)
