"""Every field with every operator and operands of every type, against the reference."""

from collections.abc import Iterator

import pytest
from pydantic import JsonValue
from sqlalchemy import select

from memory_os.domain.cube import Cube, Governance, Lifespan, Origin
from memory_os.domain.filter_matching import matches
from memory_os.domain.filters import HEADER_FIELDS, OPERATORS, TIME_FIELDS, And, Condition, Not, Or
from memory_os.domain.lifecycle import State
from memory_os.domain.payload import Fact, Message
from memory_os.domain.scope import Scope
from memory_os.domain.vocabulary import Priority, SemanticType, Sensitivity, SourceClass, Trust
from memory_os.domain.vocabulary import Visibility as Audience
from memory_os.testing.cubes import DAY, START, create, cube, full_cube, write
from memory_os_stores.sql import SqlCubeStore
from memory_os_stores.sql.filters import filtered
from memory_os_stores.sql.reads import AT_HEAD
from memory_os_stores.sql.tables import cubes, versions

METADATA: list[dict[str, JsonValue]] = [
    {},
    {"k": None},
    {"k": "Tea"},
    {"k": "tea\x00\\"},
    {"k": ""},
    {"k": 5},
    {"k": 5.0},
    {"k": 5.25},
    {"k": -0.0},
    {"k": 2**63 - 1},
    {"k": 10**30},
    {"k": True},
    {"k": ["tea", "Tea", 5, None, True, ["tea"]]},
    {"k": ['","', "x"]},
    {"k": {"tea": 1, "é \\": "deep"}},
    {"k": "5"},
]
OPERANDS: list[JsonValue] = [
    None, True, False, 0, 5, -7, 2**53 + 1, 2**63 - 1, 10**30, 5.0, 5.25, 1e18, 9.3e18, 0.25,
    "", "tea", "TEA", "te", "5", ",", '","', "\\", "deep", "ada", "ext/1 %_'\"", "mem_", "text",
    "tool_output", "low", "high", "tenant", "user", "Ada", "frozen", "preference", "restricted",
    START.isoformat(), (START + DAY).isoformat(), "2025-03-01T09:30:00Z", "yesterday",
]  # fmt: skip


def some_cubes() -> Iterator[Cube]:
    yield full_cube()
    for number, metadata in enumerate(METADATA, 2):
        yield cube(number, metadata=metadata)
    yield cube(
        90,
        at=START + DAY,
        payload=Fact("no role"),
        scope=Scope(),
        external_id="x",
        governance=Governance(
            State.ARCHIVED,
            visibility=Audience.PRIVATE,
            priority=Priority.LOW,
            sensitivity=Sensitivity.PUBLIC,
            lifespan=Lifespan(expires_at=START),
        ),
        semantic_type=SemanticType.FACT,
        trust=Trust.VERIFIED,
        confidence=0.0,
        tags=("5", "Tea", ","),
        origin=Origin(SourceClass.OPERATOR, "bo"),
        valid_from=START,
    )
    yield cube(91, payload=Message("assistant", "hi", "teA\\"), scope=Scope("Ada", "5", "tea"))


KNOWN = list(some_cubes())


@pytest.fixture(scope="module")
def store() -> Iterator[SqlCubeStore]:
    opened = SqlCubeStore.open("sqlite://")
    opened.write(write(*map(create, KNOWN)))
    yield opened
    opened.close()


def conditions(field: str, path: tuple[str, ...]) -> Iterator[Condition]:
    for op in OPERATORS:
        if op == "present":
            yield from (Condition(field, op, there, path) for there in (True, False))
        elif op in ("in", "nin"):
            yield from (Condition(field, op, [one], path) for one in OPERANDS)
            yield Condition(field, op, list(OPERANDS), path)
            yield Condition(field, op, [one for one in OPERANDS if isinstance(one, str)], path)
        else:
            yield from (Condition(field, op, one, path) for one in OPERANDS)


def has_a_meaning(condition: Condition) -> bool:
    """Tell whether a filter may say this: times contain nothing and compare with times alone."""
    if condition.field not in TIME_FIELDS or condition.op in ("eq", "ne", "in", "nin", "present"):
        return True
    if condition.op in ("contains", "icontains"):
        return False
    return not isinstance(condition.value, str) or condition.value.endswith("+00:00")


@pytest.mark.parametrize(
    ("field", "path"),
    [
        *((field, ()) for field in HEADER_FIELDS),
        *(("metadata", path) for path in (("k",), ("k", "tea"), ("k", "é \\"), ("0",))),
    ],
)
def test_every_operator_means_what_the_reference_says(
    store: SqlCubeStore, field: str, path: tuple[str, ...]
) -> None:
    wanted = [condition for condition in conditions(field, path) if has_a_meaning(condition)]
    for start in range(0, len(wanted), 60):
        some = wanted[start : start + 60]
        columns = [filtered(condition).label(f"c{place}") for place, condition in enumerate(some)]
        query = select(cubes.c.cube_id, *columns).select_from(cubes.join(versions, AT_HEAD))
        with store._database.reading() as lane:
            rows = {row[0]: list(row[1:]) for row in lane.connection.execute(query)}
        for one in KNOWN:
            for condition, answer in zip(some, rows[one.id], strict=True):
                assert answer is not None
                assert bool(answer) is matches(condition, one), (condition, one)


def test_conditions_join_as_the_reference_says(store: SqlCubeStore) -> None:
    tea, five = Condition("metadata", "eq", "Tea", ("k",)), Condition("metadata", "eq", 5, ("k",))
    trees = (And(()), Or(()), Not(()), Not((tea, five)), Or((tea, And((five, Not((tea,)))))))
    for tree in trees:
        query = select(cubes.c.cube_id).select_from(cubes.join(versions, AT_HEAD))
        with store._database.reading() as lane:
            rows = lane.connection.execute(query.where(filtered(tree))).scalars().all()
        assert set(rows) == {one.id for one in KNOWN if matches(tree, one)}
