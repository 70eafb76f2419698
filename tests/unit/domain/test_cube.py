"""A cube by itself: whether it is here, whether it is recalled, how long it is remembered."""

from datetime import UTC, datetime, timedelta

import pytest

from memory_os.domain.cube import Cube, Governance, Lifespan, Version, initial_half_life
from memory_os.domain.lifecycle import Position, State
from memory_os.domain.payload import Fact
from memory_os.domain.scope import Scope
from memory_os.domain.vocabulary import HALF_LIFE_DAYS, Kind, Priority, SemanticType

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
SOON = NOW + timedelta(microseconds=1)
G, A, M, R, F, Q, X, E = State


def standing(
    state: State, resume: tuple[State, ...] = (), expires_at: datetime | None = None
) -> Cube:
    return Cube(
        id="mem_1",
        tenant_id="t",
        scope=Scope(),
        kind=Kind.TEXT,
        created_at=NOW,
        payload=Fact("tea"),
        version=Version(1, NOW, SemanticType.FACT, "hash"),
        governance=Governance(state=state, resume=resume, lifespan=Lifespan(expires_at=expires_at)),
    )


@pytest.mark.parametrize(
    ("state", "resume", "recalled"),
    [
        (G, (), True), (A, (), True), (M, (G,), False), (R, (), False), (Q, (G,), False),
        (X, (), False), (E, (), False), (F, (G,), True), (F, (A,), True), (F, (R,), False),
        (F, (G, M), False), (Q, (G, F), False),
    ],
)  # fmt: skip
def test_default_recall_sees_what_is_generated_or_activated_frozen_or_not(
    state: State, resume: tuple[State, ...], recalled: bool
) -> None:
    cube = standing(state, resume)
    assert cube.recallable is recalled
    assert cube.position == Position(state, resume)


@pytest.mark.parametrize(
    ("state", "resume", "held"),
    [
        (G, (), False), (A, (), False), (R, (), False), (M, (G,), False), (Q, (G,), False),
        (F, (G,), True), (F, (R,), True), (Q, (G, F), True),
    ],
)  # fmt: skip
def test_an_expiry_takes_effect_on_the_microsecond_unless_frozen(
    state: State, resume: tuple[State, ...], held: bool
) -> None:
    assert not standing(state, resume).gone(NOW)
    assert not standing(state, resume, expires_at=SOON).gone(NOW)
    assert standing(state, resume, expires_at=NOW).gone(NOW) is not held
    assert standing(state, resume, expires_at=NOW).gone(SOON) is not held


@pytest.mark.parametrize("state", [X, E])
def test_what_was_deleted_or_erased_is_gone_whatever_its_expiry(state: State) -> None:
    assert standing(state).gone(NOW)
    assert standing(state, expires_at=SOON).gone(NOW)


def test_a_moved_cube_differs_in_nothing_but_its_governance() -> None:
    cube, governance = standing(G), Governance(state=A)
    moved = cube.moved(governance)
    assert moved.governance == governance
    assert moved.moved(cube.governance) == cube
    assert (cube.text, cube.updated_at) == ("tea", NOW)


@pytest.mark.parametrize("kind", SemanticType)
def test_a_half_life_goes_by_meaning_and_priority(kind: SemanticType) -> None:
    assert initial_half_life(kind, Priority.NORMAL) == HALF_LIFE_DAYS[kind]
    assert initial_half_life(kind, Priority.LOW) == HALF_LIFE_DAYS[kind] / 2
    assert initial_half_life(kind, Priority.HIGH) == HALF_LIFE_DAYS[kind] * 2


def test_the_half_lives_are_those_of_the_concepts() -> None:
    assert {kind.value: days for kind, days in HALF_LIFE_DAYS.items()} == {
        "message": 3, "episode": 14, "fact": 60, "summary": 60, "preference": 180,
        "procedure": 180, "profile": 180, "prompt": 180, "reference": 365,
    }  # fmt: skip
