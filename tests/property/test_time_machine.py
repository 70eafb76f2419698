"""Random histories: the past answers what the present answered when it was the present."""

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

import pytest

import memory_os
from memory_os.clock import ManualClock
from memory_os.errors import IllegalTransition, NotFound
from memory_os.sdk import Memory

START = datetime(2026, 3, 1, 12, tzinfo=UTC)
SECOND = timedelta(seconds=1)
SAME = 1e-6
THINGS = ("harbour", "kettle", "ladder", "lantern", "meadow", "oven", "quilt", "saddle")
DEEDS = (
    "is red",
    "was sold to Ben",
    "stands in room nine",
    "costs forty crowns",
    "broke on Monday",
)
QUESTIONS = (
    {"query": "Where is the harbour?"},
    {"query": "What costs forty crowns?", "states": ["generated", "activated", "archived"]},
    {"query": "kettle", "filters": {"pinned": True}},
    {"query": "What broke?", "filters": {"tags": {"contains": "odd"}}},
    {"query": "red lantern", "states": ["archived"]},
)
MOVES = ("archive", "restore", "activate", "deactivate", "freeze", "unfreeze", "delete")
LISTED = ("generated", "activated", "archived", "frozen")

Found = list[tuple[str, int, str, float]]
Listed = list[tuple[str, str, int, str]]


@dataclass(frozen=True)
class Held:
    """What the model knows of a memory: text, version, state (none: deleted), end."""

    text: str
    version: int
    state: str
    expires_at: datetime | None = None

    def there(self, now: datetime) -> bool:
        lives = self.expires_at is None or now < self.expires_at or self.state == "frozen"
        return self.state != "expired" and lives


@dataclass
class Moment:
    """What was true and what was answered at one time."""

    at: datetime
    model: dict[str, Held]
    searches: list[Found]
    listing: Listed
    context: str


@dataclass
class Life:
    """A random life of one scope, and a plain model beside it."""

    memory: Memory
    clock: ManualClock
    draw: Random
    model: dict[str, Held] = field(default_factory=dict)
    moments: list[Moment] = field(default_factory=list)

    def step(self) -> None:
        self.clock.advance(self.draw.choice((1, 1, 3, 30)) * SECOND)
        act = self.draw.random()
        if act < 0.35 or not self.model:
            self.add()
        elif act < 0.55:
            self.revise()
        elif act < 0.85:
            self.move()
        elif act < 0.95:
            self.govern()
        else:
            self.go_back()
        self.clock.advance(SECOND)

    def add(self) -> None:
        draw = self.draw
        text = f"The {draw.choice(THINGS)} {draw.choice(DEEDS)}, note {draw.random():.6f}."
        ttl = draw.choice((None, None, None, 20, 90))
        tags = draw.choice(((), (), ("odd",)))
        added = self.memory.add(text, user_id="ada", ttl_seconds=ttl, tags=tags).results[0]
        ends = None if ttl is None else self.clock.now() + ttl * SECOND
        self.model[added.id] = Held(text, 1, "generated", ends)

    def pick(self) -> tuple[str, Held]:
        cube_id = self.draw.choice(sorted(self.model))
        return cube_id, self.model[cube_id]

    def revise(self) -> None:
        cube_id, held = self.pick()
        text = f"The {self.draw.choice(THINGS)} {self.draw.choice(DEEDS)}, again."
        try:
            self.memory.update(cube_id, text)
        except (IllegalTransition, NotFound):
            assert held.state == "frozen" or not held.there(self.clock.now())
            return
        self.model[cube_id] = replace(held, text=text, version=held.version + 1)

    def move(self) -> None:
        cube_id, _ = self.pick()
        try:
            self.memory.move(cube_id, self.draw.choice(MOVES), reason="drawn")
        except IllegalTransition:
            return
        self.look(cube_id)

    def govern(self) -> None:
        cube_id, _ = self.pick()
        ends = self.clock.now() + self.draw.choice((5, 500)) * SECOND
        change: dict[str, Any] = self.draw.choice(
            ({"pinned": True}, {"pinned": False}, {"expires_at": ends}, {"expires_at": None})
        )
        try:
            self.memory.update(cube_id, **change)
        except (IllegalTransition, NotFound):
            return
        self.look(cube_id)

    def look(self, cube_id: str) -> None:
        """Take over what the memory says of a memory's state and end."""
        held = self.model[cube_id]
        try:
            now = self.memory.get(cube_id)
        except NotFound:
            self.model[cube_id] = replace(held, state="expired")
            return
        self.model[cube_id] = Held(now.memory, now.version, now.state, now.expires_at)

    def go_back(self) -> None:
        if not self.moments:
            return
        to = self.draw.choice(self.moments)
        done = self.memory.rollback(to.at, user_id="ada")
        for result in done.results:
            self.look(result.id)
        stays = {each.id for each in done.refused}
        now = self.clock.now()
        for cube_id, held in self.model.items():
            then = to.model.get(cube_id)
            if cube_id in stays or held.state == "frozen":
                continue
            assert held.there(now) == (then is not None and then.there(to.at))
            if then is not None and held.there(now):
                assert held.text == then.text
                if then.state != "frozen":
                    assert held.state == then.state

    def observe(self) -> None:
        self.moments.append(
            Moment(
                self.clock.now(),
                dict(self.model),
                [self.found(question) for question in QUESTIONS],
                self.listing(),
                self.memory.context("What is red?", user_id="ada").text,
            )
        )

    def found(self, question: dict[str, Any], as_of: datetime | None = None) -> Found:
        hits = self.memory.search(**question, user_id="ada", as_of=as_of, top_k=7).results
        return [(hit.id, hit.version, hit.state, hit.score) for hit in hits]

    def listing(self, as_of: datetime | None = None) -> Listed:
        page = self.memory.get_all(user_id="ada", as_of=as_of, limit=1_000)
        assert page.next_cursor is None
        return [(m.id, m.memory, m.version, m.state) for m in page.results]

    def check(self, then: Moment) -> None:
        """Compare everything that the past answers with the present of then, and the model."""
        for question, expected in zip(QUESTIONS, then.searches, strict=True):
            found = self.found(question, then.at)
            assert [hit[:3] for hit in found] == [hit[:3] for hit in expected], (then.at, question)
            assert all(
                abs(mine[3] - theirs[3]) <= SAME
                for mine, theirs in zip(found, expected, strict=True)
            )
        assert self.listing(then.at) == then.listing
        assert (
            self.memory.context("What is red?", user_id="ada", as_of=then.at).text == then.context
        )
        for cube_id in self.model:
            held = then.model.get(cube_id)
            if held is None or not held.there(then.at):
                with pytest.raises(NotFound):
                    self.memory.get(cube_id, as_of=then.at)
                continue
            past = self.memory.get(cube_id, as_of=then.at)
            assert Held(past.memory, past.version, past.state, past.expires_at) == held

    def check_model(self, then: Moment) -> None:
        there = {k: h for k, h in then.model.items() if h.there(then.at) and h.state in LISTED}
        expected = {k: (h.text, h.version, h.state) for k, h in there.items()}
        assert {each[0]: each[1:] for each in then.listing} == expected


def live(life: Life, steps: int) -> None:
    for _ in range(steps):
        life.step()
        life.observe()
        life.check_model(life.moments[-1])


@pytest.mark.parametrize("seed", range(4))
def test_the_past_answers_what_it_answered(seed: int) -> None:
    clock = ManualClock(START)
    with memory_os.connect("sqlite://", clock=clock) as memory:
        life = Life(memory, clock, Random(seed))
        live(life, 45)
        for then in life.moments:
            life.check(then)


@pytest.mark.parametrize("kept", ["rows", "snapshot"])
def test_the_past_survives_reopening(tmp_path: Path, kept: str) -> None:
    """Once with the index read from its snapshot, once built anew from the rows."""
    clock, url = ManualClock(START), f"sqlite:///{tmp_path}/memory.db"
    with memory_os.connect(url, clock=clock) as memory:
        life = Life(memory, clock, Random(99))
        live(life, 45)
    for saved in list(tmp_path.glob("memory.db.index/*/*")) if kept == "rows" else ():
        saved.unlink()
    with memory_os.connect(url, clock=clock) as again:
        life.memory = again
        for then in life.moments:
            life.check(then)


def test_another_process_that_follows_keeps_the_past_too(tmp_path: Path) -> None:
    clock, url = ManualClock(START), f"sqlite:///{tmp_path}/memory.db"
    with (
        memory_os.connect(url, clock=clock) as memory,
        memory_os.connect(url, clock=clock) as follower,
    ):
        life = Life(memory, clock, Random(7))
        for _ in range(6):
            live(life, 8)
            follower.search("harbour", user_id="ada")
        life.memory = follower
        for then in life.moments:
            life.check(then)


@pytest.mark.parametrize("seed", range(3))
def test_a_rollback_is_undone_by_another(seed: int) -> None:
    clock = ManualClock(START)
    with memory_os.connect("sqlite://", clock=clock) as memory:
        life = Life(memory, clock, Random(seed))
        live(life, 40)
        clock.advance(SECOND)
        before = life.listing()
        done = memory.rollback(life.moments[20].at, user_id="ada")
        clock.advance(SECOND)
        undone = memory.rollback(done.undo_to, user_id="ada")
        assert undone.refused == ()
        assert [(each[0], each[1], each[3]) for each in life.listing()] == [
            (each[0], each[1], each[3]) for each in before
        ]
        clock.advance(SECOND)
        assert memory.diff(done.undo_to, user_id="ada").results == ()


@pytest.mark.parametrize("seed", range(2))
def test_one_memory_goes_back_to_any_version_and_forth_again(seed: int) -> None:
    clock = ManualClock(START)
    with memory_os.connect("sqlite://", clock=clock) as memory:
        life = Life(memory, clock, Random(seed))
        live(life, 40)
        for cube_id, text, first, state in life.listing():
            version = first
            for past in memory.history(cube_id).results[:-1]:
                clock.advance(SECOND)
                back = memory.rollback(memory_id=cube_id, version=past.version)
                if state == "frozen":
                    assert [each.reason for each in back.refused] in (["frozen"], [])
                    continue
                assert memory.get(cube_id).memory == past.memory
                assert memory.history(cube_id).results[-1].version == version + len(back.results)
                clock.advance(SECOND)
                forth = memory.rollback(back.undo_to, memory_id=cube_id)
                assert forth.refused == ()
                record = memory.get(cube_id)
                assert (record.memory, record.state) == (text, state)
                version = record.version
