"""Made-up histories of changes and questions about them, the same for the same seed."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from random import Random

import numpy as np

from memory_os.clock import EPOCH
from memory_os.domain.access import AccessFilter
from memory_os.domain.cube import MAIN
from memory_os.domain.grants import Allowance, Purpose, allowances
from memory_os.domain.lifecycle import Right, State
from memory_os.domain.query import Visibility
from memory_os.domain.scope import Scope, ScopeMatch
from memory_os.domain.vocabulary import Kind, SemanticType, Trust
from memory_os.ports.recall_index import (
    Change,
    Chunk,
    Close,
    Floats,
    Numbers,
    Purge,
    Readers,
    Restate,
    Under,
)

DIMENSIONS = 8
START = EPOCH + timedelta(days=20_000)
WORDS = tuple(f"word{number}" for number in range(30))
USERS = (None, "ada", "ben")
AGENTS = (None, "cook", "guide")
SESSIONS = (None, "s1", "s2", "s3")
NAMESPACES: tuple[tuple[str, ...], ...] = ((), ("a",), ("a", "b"), ("a", "c"), ("d",))
PRINCIPALS = ("ada", "ben", "root")
BRANCHES = (MAIN, MAIN, MAIN, "br_1", "br_2")
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Question:
    """The arguments of one view."""

    access: AccessFilter
    visibility: Visibility
    now: datetime
    terms: tuple[str, ...]
    vector: Floats
    allow: Numbers | None
    under: Under | None = None


class Histories:
    """Draw changes, keeping in mind which cubes there are, and questions about them."""

    def __init__(self, seed: int) -> None:
        self._draw = Random(seed)
        self._next = 0
        self._day = 0
        self._heads: dict[str, Chunk] = {}
        self._sent: list[Chunk] = []
        self._branches: dict[str, str] = {}

    def changes(self, steps: int) -> Iterator[list[Change]]:
        """Yield ``steps`` batches of changes."""
        for _ in range(steps):
            self._day += self._draw.choice((0, 0, 1))
            yield [change for _ in range(self._draw.randint(1, 6)) for change in self._some()]

    def question(self) -> Question:
        """Return a question; most leave most things open."""
        draw = self._draw
        visibility = Visibility(
            scope=self._scope(),
            match=draw.choice(tuple(ScopeMatch)),
            as_of=self._maybe_day(0.5),
            valid_at=self._maybe_day(0.2),
            any_validity=draw.random() < 0.2,
            since=self._maybe_day(0.2),
            until=self._maybe_day(0.2),
            kinds=draw.choice((frozenset({Kind.TEXT}), frozenset(Kind))),
            states=frozenset(draw.sample(tuple(State)[:4], draw.randint(1, 4))),
            semantic_types=draw.choice((None, None, frozenset({SemanticType.FACT}))),
            min_trust=draw.choice((Trust.UNTRUSTED, Trust.UNTRUSTED, Trust.STANDARD)),
        )
        bindings = draw.choice((Scope(), Scope(), self._scope()))
        access = AccessFilter(
            "tenant",
            draw.choice(PRINCIPALS),
            bindings,
            sees_private=draw.random() < 0.2,
            own=draw.random() < 0.8,
            wide=draw.random() < 0.5,
            allowances=allowances(self._allowance() for _ in range(draw.choice((0, 0, 1, 3)))),
            purpose=draw.choice((None, Purpose.RECALL)),
            branch=draw.choice((*BRANCHES, "br_9")),
        )
        return Question(
            access=access,
            visibility=draw.choice((visibility, replace(visibility, scope=Scope()), Visibility())),
            now=self._moment(),
            terms=tuple(draw.choices((*WORDS, "unheard"), k=draw.randint(0, 6))),
            vector=self._vector(),
            allow=self._allowed(),
            under=self._under(access),
        )

    def _some(self) -> list[Change]:
        draw = self._draw
        act = draw.random()
        if act < 0.55 or not self._heads:
            return self._new()
        cube = draw.choice(list(self._heads))
        if act < 0.70:
            return self._revised(cube)
        if act < 0.80:
            version = draw.choice((0, self._heads[cube].version))
            return [Close(cube, version, self._moment())]
        if act < 0.88:
            state, at = draw.choice(tuple(State)[:4]), self._moment()
            return [Restate(cube, state, at, self._maybe_day(0.3))]
        return self._rare(cube, act)

    def _rare(self, cube: str, act: float) -> list[Change]:
        draw = self._draw
        if act < 0.91:
            owner = draw.choice((None, None, "ada", "ben"))
            wide, restricted, held = (draw.random() < 0.2 for _ in range(3))
            return [Readers(cube, owner, wide=wide, restricted=restricted, held=held)]
        if act < 0.94:
            return [self._again(draw.choice(self._sent))]
        del self._heads[cube]
        self._sent = [chunk for chunk in self._sent if chunk.cube_id != cube]
        return [Purge(cube)]

    def _new(self) -> list[Change]:
        scope, draw = self._scope(), self._draw
        cube = f"mem_{self._next:026d}"
        session = f"s{scope.key()}" if scope.session_id and draw.random() < 0.9 else ""
        return self._numbered(cube, 1, scope, session or draw.choice(("", f"c{cube}")))

    def _revised(self, cube: str) -> list[Change]:
        head = self._heads[cube]
        return self._numbered(cube, head.version + 1, head.scope, head.group)

    def _numbered(self, cube: str, version: int, scope: Scope, group: str) -> list[Change]:
        chunks = []
        for ordinal in range(self._draw.choice((1, 1, 1, 3))):
            self._next += self._draw.choice((1, 1, 2))
            chunks.append(self._chunk(self._next, cube, version, ordinal, scope, group))
        if self._draw.random() < 0.1:
            chunks.reverse()
        self._heads[cube] = chunks[0]
        self._sent.extend(chunks)
        return list(chunks)

    def _chunk(
        self, number: int, cube: str, version: int, ordinal: int, scope: Scope, group: str
    ) -> Chunk:
        draw = self._draw
        names = tuple(draw.sample(WORDS[:4], draw.choice((0, 0, 1, 2))))
        live = self._moment()
        return Chunk(
            number=number,
            cube_id=cube,
            version=version,
            ordinal=ordinal,
            scope=scope,
            group=group,
            turn=draw.choice((0, number, number, draw.randint(0, 50))),
            terms=(*names, *self._text()),
            names=names,
            vector=self._vector(),
            kind=draw.choice((Kind.TEXT, Kind.TEXT, Kind.ACTIVATION)),
            semantic_type=draw.choice(tuple(SemanticType)[:4]),
            state=draw.choice(tuple(State)[:3]),
            trust=draw.choice(tuple(Trust)),
            role=draw.choice(("", "user", "assistant", "elsewhere")),
            private_to=draw.choice((None, None, None, "ada", "ben")),
            at=live - draw.choice((0, 0, 3)) * _DAY,
            live_from=live,
            live_to=draw.choice((None, None, None, live + _DAY, live + 9 * _DAY)),
            valid_from=self._maybe_day(0.1),
            valid_to=self._maybe_day(0.1),
            expires_at=self._maybe_day(0.1),
            wide=draw.random() < 0.2,
            restricted=draw.random() < 0.1,
            held=draw.random() < 0.05,
            branch=self._branches.setdefault(cube, draw.choice(BRANCHES)),
        )

    def _allowance(self) -> Allowance:
        draw = self._draw
        known = draw.choice((None, *list(self._heads)[-3:]))
        rights = frozenset(draw.sample((Right.READ, Right.WRITE, Right.GOVERN), 2))
        return Allowance(rights, self._scope(), known, frozenset(draw.sample(tuple(Purpose), 2)))

    def _again(self, chunk: Chunk) -> Chunk:
        """Send a chunk again with another header."""
        return replace(
            chunk,
            state=self._draw.choice(tuple(State)[:3]),
            live_to=self._draw.choice((None, self._moment())),
            turn=chunk.turn + 1,
        )

    def _scope(self) -> Scope:
        draw = self._draw
        return Scope(
            draw.choice(USERS), draw.choice(AGENTS), draw.choice(SESSIONS), draw.choice(NAMESPACES)
        )

    def _text(self) -> list[str]:
        width = len(WORDS)
        length = self._draw.choice((0, 3, 5, 8, 300 if self._draw.random() < 0.02 else 4))
        return [WORDS[int(width * self._draw.random() ** 2)] for _ in range(length)]

    def _vector(self) -> Floats:
        if self._draw.random() < 0.03:
            return np.zeros(DIMENSIONS, np.float32)
        vector = np.array([self._draw.gauss(0, 1) for _ in range(DIMENSIONS)], np.float32)
        vector /= np.linalg.norm(vector)
        return vector

    def _moment(self) -> datetime:
        return START + max(0, self._day - self._draw.choice((0, 0, 0, 2))) * _DAY

    def _maybe_day(self, share: float) -> datetime | None:
        return self._moment() - _DAY if self._draw.random() < share else None

    def _under(self, access: AccessFilter) -> Under | None:
        """Return what lies under a branch; a call on main has nothing under it."""
        if access.branch == MAIN or self._draw.random() < 0.2:
            return None
        cubes = sorted(self._branches)
        hidden = self._draw.sample(cubes, self._draw.randint(0, len(cubes) // 3))
        return Under(self._moment(), frozenset(hidden))

    def _allowed(self) -> Numbers | None:
        if self._draw.random() < 0.7:
            return None
        size = self._draw.randint(0, 2 + self._next)
        return np.array(self._draw.sample(range(2 + self._next), size), np.int64)
