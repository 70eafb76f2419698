"""Simulation: what a policy set would do to a span of synthetic use, before anybody applies it.

The verdicts are those of the very policies that sweeps carry out, at the end of each day.
"""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from memory_os.clock import EPOCH
from memory_os.domain.cube import Lifespan
from memory_os.domain.lifecycle import RECALLED, State
from memory_os.domain.operations.policies import SimulatedDay
from memory_os.domain.vocabulary import Kind
from memory_os.policies import activation, archive, eviction, ttl
from memory_os.policies.decay import Trace, initial_half_life, used, weight
from memory_os.policies.policy_set import PolicySet
from memory_os.policies.synthetic import Need, Seed, seeds
from memory_os.policies.verdict import Action

DAY = timedelta(days=1)


@dataclass(slots=True)
class _Life:
    """A memory of the simulated world."""

    seed: Seed
    trace: Trace
    lifespan: Lifespan
    valid_to: datetime | None
    state: State = State.GENERATED


@dataclass(slots=True)
class _World:
    """Everything remembered so far; ``checks`` says on which day who may have to move."""

    policies: PolicySet
    lives: list[_Life] = field(default_factory=list)
    checks: dict[int, set[int]] = field(default_factory=lambda: defaultdict(set))
    standing: dict[State, int] = field(default_factory=lambda: dict.fromkeys(State, 0))
    bytes: int = 0
    counts: dict[str, int] = field(default_factory=lambda: defaultdict(int))

    def remember(self, seed: Seed) -> int:
        """Take a memory in and return its number."""
        settings, at = self.policies, _moment(seed.day)
        asked = None if seed.ttl_days is None else int(seed.ttl_days * 86_400)
        half_life = initial_half_life(seed.kind, seed.priority, settings.decay)
        life = _Life(
            seed,
            Trace(1.0, half_life, at),
            ttl.given_life(Lifespan(ttl_seconds=asked), seed.kind, at, settings.ttl),
            None if seed.valid_days is None else at + DAY * seed.valid_days,
        )
        self.lives.append(life)
        self.standing[life.state] += 1
        self.bytes += seed.bytes
        self.counts["created"] += 1
        number = len(self.lives) - 1
        self.watch(number)
        return number

    def need(self, number: int, need: Need) -> None:
        """Use a memory where it is found; look in the archive where somebody asks for that."""
        life, at = self.lives[number], _moment(need.day)
        over = life.lifespan.expires_at is not None and life.lifespan.expires_at <= at
        if life.state not in RECALLED or over:
            self.counts["misses"] += 1
            if life.state is not State.ARCHIVED or over or not need.asked:
                return
            self.move(number, State.GENERATED)
            self.counts["reactivations"] += 1
        self.counts["uses"] += 1
        for use in need.uses:
            step = weight(use, self.policies.decay)
            if step:
                life.trace = used(life.trace, step, at, self.policies.decay)
        life.lifespan = ttl.refreshed(life.lifespan, at)
        self.watch(number, int(need.day))

    def watch(self, number: int, day: int | None = None) -> None:
        """Note when the memory may have to move by itself, and on ``day`` whether it has to."""
        if day is not None:
            self.checks[day].add(number)
        life, settings = self.lives[number], self.policies
        times = [life.lifespan.expires_at]
        if life.state in RECALLED:
            times.append(life.trace.reaches(settings.archive.below))
            if life.valid_to is not None:
                times.append(life.valid_to + DAY * settings.archive.after_valid_days)
        if life.state is State.ACTIVATED:
            times.append(life.trace.reaches(settings.activation.below))
        for time in times:
            if time is not None:
                self.checks[max(0, int((time - EPOCH) / DAY))].add(number)

    def sweep(self, day: int) -> None:
        """Carry the policies out at the end of a day."""
        now = _moment(day + 1)
        for number in sorted(self.checks.pop(day, ())):
            state = self.judged(self.lives[number], now)
            if state is not None:
                self.move(number, state)
                self.watch(number)
        self.evict(now)

    def judged(self, life: _Life, now: datetime) -> State | None:
        """Return where the memory has to go, nothing if it stays."""
        settings = self.policies
        if life.state is State.EXPIRED:
            return None
        if ttl.judge(life.lifespan, now).action is Action.EXPIRE:
            self.counts["expiries"] += 1
            return State.EXPIRED
        facts = archive.Facts(life.state, life.trace, life.valid_to, pinned=life.seed.pinned)
        if archive.judge(facts, now, settings.archive).action is Action.ARCHIVE:
            self.counts["archivals"] += 1
            return State.ARCHIVED
        held = life.seed.pinned
        verdict = activation.judge(life.state, life.trace, now, settings.activation, held=held)
        if verdict.action is Action.ACTIVATE:
            self.counts["activations"] += 1
            return State.ACTIVATED
        return State.GENERATED if verdict.action is Action.DEACTIVATE else None

    def evict(self, now: datetime) -> None:
        """Archive what does not fit the budget of texts; all of them are one group."""
        settings = self.policies.eviction
        load = eviction.Load(sum(self.standing[state] for state in RECALLED), self.bytes)
        if not eviction.fills(load, settings.text, settings.start):
            return
        group = [
            eviction.Held(f"{number:09}", life.trace.sigma(now), life.seed.bytes, life.seed.pinned)
            for number, life in enumerate(self.lives)
            if life.state in RECALLED
        ]
        for held, _ in eviction.judge(group, Kind.TEXT, settings):
            self.move(int(held.cube_id), State.ARCHIVED)
            self.counts["evictions"] += 1

    def move(self, number: int, state: State) -> None:
        """Put a memory into another state."""
        life = self.lives[number]
        self.bytes += life.seed.bytes * ((state in RECALLED) - (life.state in RECALLED))
        self.standing[life.state] -= 1
        self.standing[state] += 1
        life.state = state

    def told(self, day: int) -> SimulatedDay:
        """Return how things stand at the end of a day."""
        events = ("created", "archivals", "expiries", "evictions", "reactivations")
        more = ("activations", "uses", "misses")
        return SimulatedDay(
            day=day + 1,
            generated=self.standing[State.GENERATED],
            activated=self.standing[State.ACTIVATED],
            archived=self.standing[State.ARCHIVED],
            expired=self.standing[State.EXPIRED],
            **{name: self.counts[name] for name in (*events, *more)},
        )


def simulate(policies: PolicySet, days: int, daily: float, seed: int) -> list[SimulatedDay]:
    """Return how things would stand at the end of each day; the same seed gives the same."""
    world = _World(policies)
    coming = seeds(days, daily, seed)
    needs: dict[int, list[tuple[float, int, Need]]] = defaultdict(list)
    born = next(coming, None)
    told = []
    for day in range(days):
        while born is not None and born.day < day + 1:
            number = world.remember(born)
            for need in born.needs:
                needs[int(need.day)].append((need.day, number, need))
            born = next(coming, None)
        for _, number, need in sorted(needs.pop(day, ()), key=lambda each: each[:2]):
            world.need(number, need)
        world.sweep(day)
        told.append(world.told(day))
    return told


def marks(told: list[SimulatedDay], count: int = 12) -> Iterator[SimulatedDay]:
    """Yield about ``count`` days spread over the span, the last one among them."""
    step = max(1, round(len(told) / count))
    yield from told[step - 1 :: step]
    if len(told) % step:
        yield told[-1]


def _moment(day: float) -> datetime:
    return EPOCH + DAY * day
