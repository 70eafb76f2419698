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


def signed_daily(path: Path, days: int) -> Path:
    """Write and sign on as many days more, and return the file of heads."""
    heads = path.with_name("memory.db.heads")
    for _ in range(days):
        with connect(path) as memory:
            memory.add(f"Day {len(heads.read_bytes())}.", user_id="ada")
    return heads


def without(heads: Path, *seqs: int) -> None:
    kept = [
        line
        for line in heads.read_text().splitlines(keepends=True)
        if json.loads(line)["tenant"] != "default" or json.loads(line)["seq"] not in seqs
    ]
    heads.write_text("".join(kept))


def test_every_head_signs_its_number_and_the_one_before_it(path: Path) -> None:
    heads = signed_daily(path, 3)
    found = verified(path)
    assert (found.ok, found.heads, found.signed_to) == (True, 4, 9)
    lines = [json.loads(line) for line in heads.read_text().splitlines()]
    mine = [line for line in lines if line["tenant"] == "default"]
    assert [line["number"] for line in mine] == [1, 2, 3, 4]
    assert mine[0]["prev"] == ""
    assert len({line["prev"] for line in mine}) == 4


@pytest.mark.parametrize("seqs", [(7,), (7, 8), (9,), (6, 7, 8, 9)])
def test_heads_taken_out_of_the_table_alone_are_named(path: Path, seqs: tuple[int, ...]) -> None:
    signed_daily(path, 3)
    gone = ", ".join(map(str, seqs))
    edit(path, f"DELETE FROM journal_heads WHERE tenant_id = 'default' AND seq IN ({gone})")
    found = verified(path)
    assert (found.ok, found.broken_at) == (False, None)
    for seq in seqs:
        assert f"at entry {seq} is in the file of heads and not in the database" in said(found)
    assert verified(path, "other").ok


@pytest.mark.parametrize(("seqs", "which"), [((6,), "1 to 1"), ((7, 8), "2 to 3")])
def test_heads_taken_out_of_both_places_are_missed_by_those_after_them(
    path: Path, seqs: tuple[int, ...], which: str
) -> None:
    heads = signed_daily(path, 3)
    gone = ", ".join(map(str, seqs))
    edit(path, f"DELETE FROM journal_heads WHERE tenant_id = 'default' AND seq IN ({gone})")
    without(heads, *seqs)
    words = said(verified(path))
    assert f"heads {which} are missing in the database" in words
    assert f"heads {which} are missing in the file of heads" in words


def test_a_head_that_was_put_between_others_is_named(path: Path) -> None:
    signed_daily(path, 2)
    edit(path, "UPDATE journal_heads SET prev = 'ff' WHERE tenant_id = 'default' AND seq = 7")
    words = said(verified(path))
    assert "has a signature that is not this store's" in words
    assert "was signed after another head than the one before it" in words


def test_last_heads_taken_out_of_both_places_are_told_by_an_exported_one(
    path: Path, tmp_path: Path
) -> None:
    heads, exported = signed_daily(path, 2), tmp_path / "journal.jsonl"
    with connect(path) as memory:
        head = memory.export_audit(exported)
    edit(path, "DELETE FROM journal_heads WHERE tenant_id = 'default' AND seq > 7")
    without(heads, 8, 9)
    assert verified(path).ok
    assert (head.number, head.seq) == (4, 9)
    assert memory_os.verify_audit_file(exported, secret=SECRET).ok
    with connect(path) as memory:
        told = memory.export_audit(tmp_path / "again.jsonl")
    assert told.seq > head.seq
    assert told.number < head.number + 1


def test_a_head_that_a_killed_program_left_in_the_file_alone_is_kept_by_the_next(
    path: Path,
) -> None:
    signed_daily(path, 2)
    edit(path, "DELETE FROM journal_heads WHERE tenant_id = 'default' AND seq = 8")
    assert "a program was killed as it signed" in said(verified(path))
    signed_daily(path, 1)
    found = verified(path)
    assert (found.ok, found.heads, found.signed_to) == (True, 4, 9)


def test_heads_of_earlier_releases_are_followed_by_numbered_ones(path: Path) -> None:
    """Three heads without a number, as earlier releases signed them, and those after them."""
    heads = signed_daily(path, 2)
    lines = [json.loads(line) for line in heads.read_text().splitlines()]
    seal = Seal(SECRET)
    with closing(sqlite3.connect(path)) as driver, driver:
        for line in lines:
            at, tenant = from_micros(line["at"]), line["tenant"]
            old = Head(tenant, line["seq"], line["hash"], at)
            line["signature"] = seal.head(tenant, old.statement())
            del line["number"], line["prev"]
            driver.execute(
                "UPDATE journal_heads SET signature = ?, number = 0, prev = '' "
                "WHERE tenant_id = ? AND seq = ?",
                (line["signature"], tenant, line["seq"]),
            )
    heads.write_text("".join(f"{json.dumps(line)}\n" for line in lines))
    assert verified(path).ok
    signed_daily(path, 1)
    assert verified(path).ok
    edit(path, "DELETE FROM journal_heads WHERE tenant_id = 'default' AND seq = 7")
    without(heads, 7)
    assert "heads 3 to 3 are missing in the database" in said(verified(path))
