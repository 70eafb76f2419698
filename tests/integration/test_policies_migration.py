"""Memories stored before there were policies age by them after the upgrade."""

import sqlite3
from datetime import UTC, datetime, timedelta
from pathlib import Path

import memory_os
from memory_os.clock import ManualClock
from tests.integration.old_schema import at_revision

START = datetime(2026, 3, 1, tzinfo=UTC)


def columns(path: Path) -> list[tuple[int, int]]:
    with sqlite3.connect(path) as database:
        return database.execute(
            "SELECT even_at, half_life FROM cubes ORDER BY created_at, cube_id"
        ).fetchall()


def test_strengths_are_filled_in_for_what_is_there(tmp_path: Path) -> None:
    path, clock = tmp_path / "memory.db", ManualClock(START)
    with memory_os.connect(f"sqlite:///{path}", clock=clock) as memory:
        used = memory.add("Ada drinks tea.", user_id="ada").results[0]
        memory.add("Bo drinks coffee.", user_id="ada", semantic_type="message")
        clock.advance(timedelta(days=3))
        memory.feedback(used.id, "cited")
        weak = memory.add("Cyd drinks milk.", user_id="ada").results[0]
        for _ in range(3):
            memory.feedback(weak.id, "unhelpful")
    before = columns(path)
    at_revision(path, "0004")
    clock.advance(timedelta(days=60))
    with memory_os.connect(f"sqlite:///{path}", clock=clock) as memory:
        done = memory.run_policies(["archive"])
        assert done.counts == {"archive": {"archive": 2}}
        assert memory.get(used.id).state == "generated"
    assert columns(path) == before
