"""Erasing a person takes their id out of every table, and the receipt can be checked for that."""

import json
import sqlite3
from pathlib import Path

import pytest

import memory_os
from memory_os import Memory
from memory_os.domain.journal import Note
from memory_os.domain.operations.erase import Receipt
from tests.unit.kernel.stage import WordEmbeddings, kernel

ADA = "ada.lovelace.1815"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "memory.db"


def opened(path: Path) -> Memory:
    return memory_os.connect(f"sqlite:///{path}", embeddings=WordEmbeddings())


def lived(memory: Memory) -> None:
    """Leave traces of a person, and of somebody else, in every table that names a user."""
    for user in (ADA, "bob"):
        memory.add(f"{user} likes green tea.", user_id=user)
        memory.set_quota("cubes", 10, user_id=user)
        memory.set_quota("writes_per_minute", 100, user_id=user)
        gone = memory.set_quota("text_bytes", 1_000, user_id=user)
        memory.remove_quota(gone.id)
        memory.snapshot("before", user_id=user, reason=f"{user} leaves")
        memory.branch("plan", user_id=user, reason=f"{user} plans")
        memory.add(f"{user} moves.", user_id=user, branch="plan")


def bytes_of(path: Path) -> bytes:
    return b"".join(p.read_bytes() for p in path.parent.rglob("*") if p.is_file())


def test_nothing_in_any_file_holds_the_id_of_an_erased_person(path: Path) -> None:
    with opened(path) as memory:
        lived(memory)
        receipt = memory.erase(subject=ADA, reason="request 4711")
        assert receipt.status == "complete"
        assert receipt.counts["quotas"] == 2
        assert receipt.counts["snapshots"] == 1
        assert receipt.counts["branches"] == 1
        assert receipt.counts["journal_reasons"] >= 6
        assert "subject" in {probe.name for probe in receipt.probes}
        assert memory.verify_erasure(receipt).ok
        assert memory.verify_audit().ok
        assert [quota.user_id for quota in memory.quotas().results] == ["bob", "bob"]
        assert [each.user_id for each in memory.snapshots().results] == ["bob"]
        assert [each.user_id for each in memory.branches().results] == ["bob"]
        reasons = {event.reason for event in memory.audit(action="quota_set").results}
        assert reasons == {
            "",
            "cubes 10 of a user",
            "writes_per_minute 100 of a user",
            "text_bytes 1000 of a user",
        }
    assert ADA.encode() not in bytes_of(path)
    assert receipt.subject is not None
    assert receipt.subject.startswith("sub_")
    assert b"bob" in bytes_of(path)


def test_a_receipt_about_a_person_fails_once_a_row_of_then_names_them(path: Path) -> None:
    with opened(path) as memory:
        lived(memory)
        receipt = memory.erase(subject=ADA, reason="request 4711")
        memory.set_quota("cubes", 10, user_id=ADA)
        assert memory.verify_erasure(receipt).ok
        with sqlite3.connect(path) as edited:
            edited.execute("UPDATE quotas SET set_at = 0 WHERE holder = ?", (f"user={ADA}",))
        edited.close()
        checked = memory.verify_erasure(receipt)
        assert not checked.ok
        (probe,) = [each for each in checked.probes if not each.passed]
        assert (probe.name, probe.found) == ("subject", ("1 rows of quotas",))


def test_a_receipt_whose_person_was_changed_is_not_signed(path: Path) -> None:
    with opened(path) as memory:
        lived(memory)
        receipt = memory.erase(subject=ADA, reason="request 4711")
        other = json.loads(receipt.model_dump_json()) | {"subject": "sub_" + "0" * 26}
        assert not memory.verify_erasure(Receipt.model_validate(other)).signature


def test_the_reasons_of_quotas_that_earlier_releases_journalled_are_taken_out(path: Path) -> None:
    with opened(path) as memory:
        quota = memory.set_quota("cubes", 10, user_id=ADA)
        parts = kernel(memory).parts
        stored = parts.quotas.quotas("default")[0]
        note = Note("local", "quota_set", (quota.id,), f"cubes 10 of user {ADA!r}")
        parts.quotas.set_quota(stored, note)
        memory.erase(subject=ADA, reason="request 4711")
        assert memory.verify_audit().ok
    assert ADA.encode() not in bytes_of(path)
