"""What is said to be used is what a count of the rows finds, whatever was done."""

from datetime import UTC, datetime, timedelta

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

import memory_os
from memory_os.clock import ManualClock
from memory_os.domain.journal import Note
from memory_os.domain.lifecycle import Event, Position, State, transition
from memory_os.domain.writing import Govern, Write
from memory_os.errors import MemoryOSError, QuotaExhausted
from memory_os.kernel.moving import governed
from tests.unit.kernel.stage import WordEmbeddings, cube, kernel

START = datetime(2026, 3, 1, 12, tzinfo=UTC)
PEOPLE = st.sampled_from(["ada", "bob"])
AGENTS = st.sampled_from([None, "cook"])
WORDS = st.sampled_from(["tea", "coffee with milk", "été", "a long walk by the lake"])
PLACE = st.integers(0, 30)


class QuotaMachine(RuleBasedStateMachine):
    """Do anything to memory under quotas of every holder, and count after each step."""

    def __init__(self) -> None:
        super().__init__()
        self.clock = ManualClock(START)
        self.memory = memory_os.connect(
            "sqlite://", clock=self.clock, embeddings=WordEmbeddings(dimensions=8)
        )
        self.ids: list[str] = []
        self.count = 0

    def teardown(self) -> None:
        self.memory.close()

    @initialize()
    def limits(self) -> None:
        for meter, limit in (("cubes", 9), ("text_bytes", 900)):
            self.memory.set_quota(meter, limit)
            self.memory.set_quota(meter, limit // 2, user_id="ada")
            self.memory.set_quota(meter, limit // 2, agent_id="cook")

    @rule(user=PEOPLE, agent=AGENTS, words=WORDS, ttl=st.sampled_from([None, 3_600]))
    def add(self, user: str, agent: str | None, words: str, ttl: int | None) -> None:
        self.count += 1
        text = f"{words} {self.count}"
        try:
            added = self.memory.add(text, user_id=user, agent_id=agent, ttl_seconds=ttl)
        except QuotaExhausted:
            return
        self.ids.append(added.results[0].id)

    @rule(place=PLACE, words=WORDS)
    def revise(self, place: int, words: str) -> None:
        self._try(place, lambda one: self.memory.update(one, f"{words}, again {self.count}"))

    @rule(place=PLACE, event=st.sampled_from(["delete", "restore", "archive", "freeze"]))
    def move(self, place: int, event: str) -> None:
        if event == "delete":
            self._try(place, self.memory.delete)
        else:
            self._try(place, lambda one: self.memory.move(one, event, reason="why"))

    @rule(one=PLACE, other=PLACE)
    def merge(self, one: int, other: int) -> None:
        self._try(one, lambda first: self.memory.merge([first, self._at(other)], reason="why"))

    @rule(place=PLACE)
    def unmerge(self, place: int) -> None:
        self._try(place, self.memory.unmerge)

    @rule(place=PLACE)
    def purge(self, place: int) -> None:
        if not self.ids:
            return
        found = cube(self.memory, self._at(place))
        if found.governance.state is not State.EXPIRED:
            return
        parts, now = kernel(self.memory).parts, self.clock.now()
        planned = transition(Position(State.EXPIRED), Event.PURGE)
        after = governed(found, planned, "over", now, parts.rules)
        number = found.version.number
        op = Govern(found.id, number, after, Note("local", "purge", (found.id,)))
        parts.store.write(Write("default", now, (op,)))

    @rule(user=PEOPLE)
    def roll_back(self, user: str) -> None:
        try:
            self.memory.rollback(self.clock.now() - timedelta(minutes=7), user_id=user)
        except MemoryOSError:
            return

    @rule(minutes=st.sampled_from([1, 10, 120]))
    def wait(self, minutes: int) -> None:
        self.clock.advance(timedelta(minutes=minutes))

    @invariant()
    def what_is_used_is_what_is_there(self) -> None:
        self.clock.advance(timedelta(seconds=1))
        quotas = kernel(self.memory).parts.quotas
        said = quotas.quotas("default")
        assert all(quota.used <= quota.limit for quota in said)
        assert quotas.recount("default") == said

    def _at(self, place: int) -> str:
        return self.ids[place % len(self.ids)] if self.ids else "mem_none"

    def _try(self, place: int, act: object) -> None:
        try:
            answer = act(self._at(place))  # type: ignore[operator]
        except MemoryOSError:
            return
        for made in getattr(answer, "results", ()):
            if made.id not in self.ids:
                self.ids.append(made.id)


TestQuotas = QuotaMachine.TestCase
TestQuotas.settings = settings(max_examples=15, stateful_step_count=25, deadline=None)
