"""Random adds, edits, merges and unmerges beside a plain model: nothing acknowledged is lost.

The model keeps, for every memory, the record that the SDK showed last; a merge puts the parents
aside under their result, and an unmerge must show exactly those records again.
"""

import random
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, invariant, rule

import memory_os
from memory_os.clock import ManualClock
from memory_os.domain.operations import Memory as Record
from memory_os.errors import IllegalTransition, NotFound
from memory_os.ids import UlidSource
from memory_os.kernel.memory_os import KernelConnector

TEXTS = st.sampled_from(
    [
        "Ada drinks tea.",
        "ada drinks tea",
        "Ada drinks green tea.",
        "The key is under the mat.",
        "The key is under the red mat.",
    ]
)
TAGS = st.lists(st.sampled_from("abc"), max_size=2, unique=True)


class MergeMachine(RuleBasedStateMachine):
    ids = Bundle("ids")

    def __init__(self) -> None:
        super().__init__()
        self.clock = ManualClock(datetime(2026, 3, 1, tzinfo=UTC))
        ids = UlidSource(self.clock, random.Random(7).randbytes)
        self.memory = memory_os.connect("sqlite://", clock=self.clock, ids=ids)
        self.live: dict[str, Record] = {}
        self.aside: dict[str, dict[str, Record]] = {}
        self.told: dict[str, list[str]] = {}
        self.first: dict[str, Record] = {}
        self.edited: set[str] = set()

    def teardown(self) -> None:
        self.memory.close()

    def _pass(self) -> None:
        self.clock.advance(timedelta(seconds=1))

    def _take(self, record: Record) -> str:
        self.live[record.id] = record
        self.told.setdefault(record.id, []).append(record.memory)
        return record.id

    @rule(target=ids, text=TEXTS, tags=TAGS, number=st.integers(0, 99))
    def add(self, text: str, tags: list[str], number: int) -> str:
        self._pass()
        added = self.memory.add(
            text, user_id="ada", tags=tags, metadata={"n": number, "k": len(self.told)}
        ).results[0]
        if added.event == "ADD":
            return self._take(self.memory.get(added.id))
        return added.id

    @rule(memory_id=ids, text=TEXTS)
    def edit(self, memory_id: str, text: str) -> None:
        self._pass()
        if memory_id in self.live and self.live[memory_id].state != "frozen":
            self._take(self.memory.update(memory_id, text))
            self.edited.add(memory_id)
            return
        self._refused(lambda: self.memory.update(memory_id, text))

    @rule(memory_id=ids, event=st.sampled_from(["activate", "archive", "restore", "freeze"]))
    def move(self, memory_id: str, event: str) -> None:
        self._pass()
        try:
            moved = self.memory.move(memory_id, event, reason="moved")
        except IllegalTransition:
            return
        if memory_id in self.live:
            self.live[memory_id] = moved
        else:
            assert event == "freeze"
            self._pass()
            self.memory.unfreeze(memory_id)

    @rule(memory_id=ids)
    def thaw(self, memory_id: str) -> None:
        self._pass()
        if memory_id in self.live and self.live[memory_id].state == "frozen":
            self.live[memory_id] = self.memory.unfreeze(memory_id)

    @rule(target=ids, parents=st.lists(ids, min_size=2, max_size=4, unique=True))
    def merge(self, parents: list[str]) -> str:
        self._pass()
        here = [p for p in parents if p in self.live and self.live[p].state != "frozen"]
        if len(here) < len(parents):
            self._refused(lambda: self.memory.merge(parents, reason="tried"))
            return parents[0]
        merged = self.memory.merge(parents, reason="the same").results[0]
        self.aside[merged.id] = {parent: self.live.pop(parent) for parent in parents}
        self.first[merged.id] = merged
        return self._take(merged)

    @rule(memory_id=ids)
    def unmerge(self, memory_id: str) -> None:
        self._pass()
        result = self.live.get(memory_id)
        if memory_id not in self.aside or result is None or result.state == "frozen":
            self._refused(lambda: self.memory.unmerge(memory_id))
            return
        parted = self.memory.unmerge(memory_id)
        parents = self.aside.pop(memory_id)
        assert {record.id: record for record in parted.results} == parents
        self.live |= parents
        self.live[memory_id] = self.memory.get(memory_id)
        assert self.live[memory_id].state == "archived"
        first = self.first[memory_id]
        same = (result.memory, result.tags, result.metadata) == (
            first.memory, first.tags, first.metadata,
        )  # fmt: skip
        assert (parted.kept is None) == same
        if parted.kept is not None:
            assert parted.kept.memory == result.memory
            self._take(self.memory.get(parted.kept.id))

    def _refused(self, call: Callable[[], object]) -> None:
        before = self._journal()
        try:
            call()
        except (IllegalTransition, NotFound):
            assert self._journal() == before
            return
        raise AssertionError("this should have been refused")

    def _journal(self) -> int:
        connector = self.memory.connector
        assert isinstance(connector, KernelConnector)
        return connector.kernel.parts.store.head("default")

    @invariant()
    def what_is_live_is_shown_as_it_was_acknowledged(self) -> None:
        for memory_id, record in self.live.items():
            assert self.memory.get(memory_id) == record

    @invariant()
    def what_is_merged_stands_behind_its_result(self) -> None:
        for result, parents in self.aside.items():
            for parent, record in parents.items():
                behind = self.memory.get(parent)
                assert (behind.state, behind.merged_into) == ("merged", result)
                assert (behind.payload, behind.version) == (record.payload, record.version)

    @invariant()
    def every_acknowledged_text_is_in_a_history(self) -> None:
        for memory_id, texts in self.told.items():
            kept = [entry.memory for entry in self.memory.history(memory_id).results]
            assert kept == texts

    @invariant()
    def recall_sees_what_is_live_and_nothing_behind_it(self) -> None:
        hits = self.memory.search("tea key", user_id="ada", top_k=100, threshold=0.0).results
        recalled = {"generated", "activated"}
        shown = {i for i, r in self.live.items() if r.state in recalled or _over(r) in recalled}
        found = {hit.id for hit in hits}
        assert found <= shown
        assert found >= {i for i, record in self.live.items() if record.state in recalled}


def _over(record: Record) -> str:
    return "generated" if record.state == "frozen" else ""


MergeMachine.TestCase.settings = settings(max_examples=25, stateful_step_count=25, deadline=None)
TestMerge = MergeMachine.TestCase
