"""Whoever edits the database, by SQL or by bytes, is found out and told where."""

import json
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

import memory_os
from memory_os.clock import from_micros
from memory_os.domain.audit import Head
from memory_os.domain.journal import GENESIS, Note, chain
from memory_os.domain.operations.audit import AuditVerification
from memory_os.governance.seal import Seal

SECRET = b"kept elsewhere"
TENANTS = ("default", "other")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Return a database of two tenants with six journal entries each."""
    database = tmp_path / "memory.db"
    for tenant in TENANTS:
        with connect(database, tenant) as memory:
            for number in range(6):
                memory.add(f"Note {number} of {tenant}.", user_id="ada")
    return database


def connect(path: Path, tenant: str = "default") -> memory_os.Memory:
    return memory_os.connect(f"sqlite:///{path}", tenant=tenant, secret=SECRET)


def verified(path: Path, tenant: str = "default") -> AuditVerification:
    with connect(path, tenant) as memory:
        return memory.verify_audit()


def edit(path: Path, *statements: str) -> None:
    with closing(sqlite3.connect(path)) as driver, driver:
        for statement in statements:
            driver.execute(statement)


def rewrite(path: Path, tenant: str, alter: Callable[[Note], Note]) -> str:
    """Rewrite a tenant's whole chain so that it is sound in itself, and return its last hash."""
    with closing(sqlite3.connect(path)) as driver, driver:
        rows = driver.execute(
            "SELECT seq, at, actor, action, targets, reason, salted FROM journal "
            "WHERE tenant_id = ? ORDER BY seq",
            (tenant,),
        ).fetchall()
        prev = GENESIS
        for seq, at, actor, action, targets, reason, salted in rows:
            note = alter(Note(actor, action, tuple(json.loads(targets)), reason, salted))
            prev = chain(note, seq=seq, at=from_micros(at), prev=prev).hash
            driver.execute(
                "UPDATE journal SET actor = ?, hash = ? WHERE tenant_id = ? AND seq = ?",
                (note.actor, bytes.fromhex(prev), tenant, seq),
            )
        driver.execute(
            "UPDATE tenants SET hash = ? WHERE tenant_id = ?", (bytes.fromhex(prev), tenant)
        )
    return prev


def said(found: AuditVerification) -> str:
    return " | ".join(found.problems)


def test_an_untouched_journal_is_intact(path: Path) -> None:
    for tenant in TENANTS:
        found = verified(path, tenant)
        assert (found.ok, found.entries, found.signed_to) == (True, 6, 6)
        assert found.heads == 1


def test_a_changed_row_is_named(path: Path) -> None:
    edit(path, "UPDATE journal SET actor = 'mallory' WHERE tenant_id = 'default' AND seq = 3")
    found = verified(path)
    assert (found.ok, found.broken_at, found.entries) == (False, 3, 2)
    assert "entry 3 was changed" in said(found)
    assert verified(path, "other").ok


@pytest.mark.parametrize("column", ["at", "action", "targets", "reason", "salted", "hash"])
def test_every_column_counts(path: Path, column: str) -> None:
    value = "7" if column == "at" else "zeroblob(32)" if column == "hash" else "'[]'"
    edit(path, f"UPDATE journal SET {column} = {value} WHERE tenant_id = 'default' AND seq = 4")
    assert verified(path).broken_at == 4


def test_a_removed_row_is_named(path: Path) -> None:
    edit(path, "DELETE FROM journal WHERE tenant_id = 'default' AND seq = 3")
    found = verified(path)
    assert found.broken_at == 3
    assert "entry 3 is missing" in said(found)


def test_removed_last_rows_are_named(path: Path) -> None:
    edit(path, "DELETE FROM journal WHERE tenant_id = 'default' AND seq > 4")
    found = verified(path)
    assert found.broken_at == 5
    assert "entries 5 to 6 are missing at the end" in said(found)


def test_removed_last_rows_are_named_though_the_head_was_moved_too(path: Path) -> None:
    edit(
        path,
        "DELETE FROM journal WHERE tenant_id = 'default' AND seq > 4",
        "DELETE FROM outbox WHERE tenant_id = 'default' AND seq > 4",
        "DELETE FROM journal_heads WHERE tenant_id = 'default'",
        "UPDATE tenants SET seq = 4, hash = (SELECT hash FROM journal WHERE "
        "tenant_id = 'default' AND seq = 4) WHERE tenant_id = 'default'",
    )
    found = verified(path)
    assert found.broken_at == 5
    assert "its last entries were removed" in said(found)


def test_a_chain_rewritten_whole_is_found_by_its_signed_heads(path: Path) -> None:
    rewrite(path, "default", lambda note: replace(note, actor="mallory"))
    found = verified(path)
    assert (found.ok, found.broken_at, found.entries) == (False, 1, 6)
    assert "the chain was rewritten somewhere in entries 1 to 6" in said(found)
    edit(path, "DELETE FROM journal_heads")
    assert not verified(path).ok


def test_heads_signed_by_somebody_else_are_named(path: Path) -> None:
    digest = rewrite(path, "default", lambda note: replace(note, actor="mallory"))
    with closing(sqlite3.connect(path)) as driver, driver:
        (at,) = driver.execute(
            "SELECT at FROM journal_heads WHERE tenant_id = 'default'"
        ).fetchone()
        forged = Head("default", 6, digest, from_micros(at))
        signature = Seal(b"a guess").head("default", forged.statement())
        driver.execute(
            "UPDATE journal_heads SET hash = ?, signature = ? WHERE tenant_id = 'default'",
            (bytes.fromhex(digest), signature),
        )
    words = said(verified(path))
    assert "has a signature that is not this store's" in words
    assert "the chain was rewritten" in words
    assert "lines of that file are gone" in words


def test_two_tenants_rows_swapped_are_named_for_both(path: Path) -> None:
    for table in ("journal", "tenants", "journal_heads"):
        edit(
            path,
            f"UPDATE {table} SET tenant_id = 'between' WHERE tenant_id = 'default'",
            f"UPDATE {table} SET tenant_id = 'default' WHERE tenant_id = 'other'",
            f"UPDATE {table} SET tenant_id = 'other' WHERE tenant_id = 'between'",
        )
    for tenant in TENANTS:
        found = verified(path, tenant)
        assert not found.ok
        assert "the chain was rewritten somewhere in entries 1 to 6" in said(found)
        assert "has a signature that is not this store's" in said(found)


def test_one_row_swapped_between_tenants_is_named(path: Path) -> None:
    edit(
        path,
        "UPDATE journal SET tenant_id = 'between' WHERE tenant_id = 'default' AND seq = 2",
        "UPDATE journal SET tenant_id = 'default' WHERE tenant_id = 'other' AND seq = 2",
        "UPDATE journal SET tenant_id = 'other' WHERE tenant_id = 'between'",
    )
    assert [verified(path, tenant).broken_at for tenant in TENANTS] == [2, 2]


def damaged(path: Path) -> Iterator[tuple[str, bytes]]:
    """Yield the file with one journalled word changed, each place of it in turn."""
    whole = path.read_bytes()
    for old, new in ((b"local", b"lokal"), (b"create", b"\xff\xfeeate")):
        at = whole.find(old + (b"create" if old == b"local" else b"["))
        assert at > 0
        yield old.decode(), whole[:at] + new + whole[at + len(old) :]


def test_changed_bytes_are_named(path: Path) -> None:
    edit(path, "PRAGMA wal_checkpoint(TRUNCATE)")
    for word, content in damaged(path):
        path.write_bytes(content)
        found = [verified(path, tenant) for tenant in TENANTS]
        broken = [each for each in found if not each.ok]
        assert len(broken) == 1, word
        assert broken[0].broken_at is not None
        assert f"entry {broken[0].broken_at} " in said(broken[0])


def test_a_file_of_heads_that_was_edited_is_named(path: Path) -> None:
    heads = path.with_name("memory.db.heads")
    lines = heads.read_text()
    heads.write_text(lines.replace('"seq": 6', '"seq": 5', 1))
    assert "has a signature that is not this store's" in said(verified(path))
    heads.write_text("no head\n" + lines)
    assert "line 1 of the signed heads" in said(verified(path))
    heads.unlink()
    assert "lines of that file are gone" in said(verified(path))
