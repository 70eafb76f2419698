"""The SQL store against the model of plain Python, through made-up lives of many cubes."""

import shutil
import tempfile
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
)

from memory_os.domain.access import DEFAULT_TENANT, AccessFilter
from memory_os.domain.cube import Cube, Usage
from memory_os.domain.journal import first_break
from memory_os.domain.lifecycle import Event, legal_events, transition
from memory_os.domain.query import Visibility
from memory_os.domain.vocabulary import Visibility as Audience
from memory_os.domain.writing import Use, Write, WriteOp
from memory_os.errors import VersionConflict
from memory_os.ports.cube_store import Listing, Span
from memory_os.testing.cube_model import CubeModel, Kept, sees
from memory_os.testing.cube_strategies import accesses, cubes, visibilities
from memory_os.testing.cubes import EVERYONE, START, create, govern, revise, revised
from memory_os_stores.sql import SqlCubeStore

HOUR = timedelta(hours=1)
MOMENTS = st.integers(-2, 40).map(lambda hours: START + hours * HOUR)
STEPS = st.sampled_from((timedelta(0), timedelta(microseconds=1), HOUR, HOUR, 3 * HOUR))
PLACES = st.integers(0, 10_000)


class StoreMachine(RuleBasedStateMachine):
    """Do the same to a store and to the model, and compare what they answer."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp())
        self.store = SqlCubeStore.open(f"sqlite:///{self.folder / 'memory.db'}")
        self.model = CubeModel()
        self.now = START
        self.entries = 0

    def teardown(self) -> None:
        assert self.store.verify() == []
        self.store.close()
        shutil.rmtree(self.folder)

    def do(self, *ops: WriteOp) -> None:
        written = self.store.write(Write(DEFAULT_TENANT, self.now, ops))
        assert written.before == self.entries
        self.entries += sum(not isinstance(op, Use) for op in ops)
        assert written.upto == self.entries

    def pick(self, place: int) -> Kept:
        kept = list(self.model.kept.values())
        return kept[place % len(kept)]

    @rule(step=STEPS)
    def time_passes(self, step: timedelta) -> None:
        self.now += step

    @rule(drawn=st.lists(cubes(), min_size=1, max_size=3), passages=st.integers(0, 2))
    def create(self, drawn: list[Cube], passages: int) -> None:
        for given in drawn:
            number = len(self.model.kept) + 1
            version = replace(given.version, recorded_at=self.now)
            cube = replace(
                given,
                id=f"mem_{number:026d}",
                external_id=None if given.external_id is None else f"x{number}",
                created_at=self.now,
                version=version,
            )
            self.do(create(cube, max(1, passages)))
            self.model.create(cube)

    @precondition(lambda self: self.model.kept)
    @rule(place=PLACES, text=st.sampled_from(("tea", "coffee", "é\x00")), skip=st.integers(-1, 1))
    def revise(self, place: int, text: str, skip: int) -> None:
        head = self.pick(place).head()
        new = revised(head, text, self.now)
        if skip:
            with pytest.raises(VersionConflict):
                self.do(revise(new, head.version.number + skip))
            return
        self.do(revise(new))
        self.model.revise(new)

    @precondition(lambda self: self.model.kept)
    @rule(place=PLACES, choice=PLACES, seen_by=st.sampled_from(Audience), pinned=st.booleans())
    def move(self, place: int, choice: int, seen_by: Audience, pinned: bool) -> None:
        head = self.pick(place).head()
        events = [event for event in legal_events(head.position) if event is not Event.REVISE]
        if not events:
            return
        planned = transition(head.position, events[choice % len(events)])
        op = govern(
            head, planned.target, self.now, planned.resume, pinned=pinned, visibility=seen_by
        )
        self.do(replace(op, seen=head.governance))
        self.model.govern(head.id, op.governance, self.now)

    @precondition(lambda self: self.model.kept)
    @rule(place=PLACES, times=st.integers(0, 9))
    def use(self, place: int, times: int) -> None:
        kept = self.pick(place)
        kept.usage = Usage(cited=times)
        self.do(Use(kept.versions[0].id, kept.usage))

    @rule()
    def reopen(self) -> None:
        again = self.store.another()
        self.store.close()
        self.store = again

    @rule(access=accesses(DEFAULT_TENANT))
    def ask_by_id(self, access: AccessFilter) -> None:
        seen = [
            kept.head()
            for kept in self.model.kept.values()
            if sees(access, kept.head(), kept.versions[0])
        ]
        assert self.store.get(access, [*self.model.kept, "mem_unknown"]) == seen

    @rule(moment=st.none() | MOMENTS)
    def get(self, moment: datetime | None) -> None:
        ids = [*self.model.kept, "mem_unknown"]
        kept = self.model.kept.values()
        expected = [k.head() if moment is None else k.at(moment) for k in kept]
        assert self.store.get(EVERYONE, ids, as_of=moment) == [c for c in expected if c]

    @rule(moment=MOMENTS)
    def standing(self, moment: datetime) -> None:
        expected = {
            cube_id: kept.standing(moment)
            for cube_id, kept in self.model.kept.items()
            if kept.at(moment) is not None
        }
        found = self.store.standing(DEFAULT_TENANT, [*self.model.kept, "mem_unknown"], moment)
        assert found == expected

    @rule(start=MOMENTS, steps=st.integers(0, 20))
    def touched(self, start: datetime, steps: int) -> None:
        end = start + steps * HOUR
        found = set(self.store.touched(EVERYONE, Span(start, end, limit=1_000)))
        for cube_id, kept in self.model.kept.items():
            before, after = (kept.at(moment) for moment in (start, end))
            stood = [
                kept.standing(moment) if known else None
                for moment, known in ((start, before), (end, after))
            ]
            numbers = [known and known.version.number for known in (before, after)]
            assert cube_id in found or (stood[0] == stood[1] and numbers[0] == numbers[1])

    @precondition(lambda self: self.model.kept)
    @rule(place=PLACES)
    def history(self, place: int) -> None:
        kept = self.pick(place)
        numbers = range(1, len(kept.versions) + 1)
        found = self.store.history(EVERYONE, kept.versions[0].id)
        assert found == [kept.shown(number) for number in numbers]

    @rule(
        access=accesses(DEFAULT_TENANT),
        wanted=visibilities(MOMENTS),
        limit=st.integers(1, 4),
        newest_first=st.booleans(),
    )
    def find(
        self, access: AccessFilter, wanted: Visibility, limit: int, newest_first: bool
    ) -> None:
        expected = self.model.find(access, wanted, self.now)
        found: list[Cube] = []
        listing = Listing(wanted, limit, newest_first=newest_first)
        while True:
            page = self.store.find(access, listing, self.now)
            found += page.cubes
            if page.cursor is None:
                break
            listing = replace(listing, cursor=page.cursor)
        assert found == (expected[::-1] if newest_first else expected)

    @rule(access=accesses(DEFAULT_TENANT), wanted=visibilities(MOMENTS))
    def select(self, access: AccessFilter, wanted: Visibility) -> None:
        chunks = set(self.store.select(access, wanted, self.now).tolist())
        rows = [row for part in self.store.scan_index(DEFAULT_TENANT) for row in part]
        found = {
            (row.cube.id, row.cube.version.number)
            for row in rows
            if chunks & {passage.number for passage in row.passages}
        }
        assert found == self.model.select(access, wanted, self.now)

    @invariant()
    def the_journal_is_whole(self) -> None:
        entries = self.store.journal(DEFAULT_TENANT, 0, 10_000)
        assert first_break(entries) is None
        assert len(entries) == self.entries == self.store.head(DEFAULT_TENANT)
        work = self.store.outbox(DEFAULT_TENANT, 0, 10_000)
        assert [item.seq for item in work] == [entry.seq for entry in entries]


StoreMachine.TestCase.settings = settings(
    max_examples=12,
    stateful_step_count=25,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
TestStoreMachine = StoreMachine.TestCase
