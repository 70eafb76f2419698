"""Filters in SQL mean what the reference says, on whatever cubes and filters can be made up."""

from collections.abc import Iterator
from dataclasses import replace
from itertools import count

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import JsonValue

from memory_os.domain.access import AccessFilter
from memory_os.domain.cube import Cube
from memory_os.domain.filter_matching import matches
from memory_os.domain.filters import MAX_DEPTH, MAX_NODES, MAX_OPTIONS, Filter, parse_filter
from memory_os.domain.lifecycle import State
from memory_os.domain.query import Visibility
from memory_os.domain.vocabulary import Kind
from memory_os.ports.cube_store import Listing
from memory_os.testing.cube_strategies import aimed, cubes, filters, leaves
from memory_os.testing.cubes import START, create, cube, write
from memory_os_stores.sql import SqlCubeStore

TENANTS = count()
SHORT = settings(max_examples=20, deadline=None, suppress_health_check=list(HealthCheck))
ANY = Visibility(kinds=frozenset(Kind), states=frozenset(State))


@pytest.fixture(scope="module")
def store() -> Iterator[SqlCubeStore]:
    opened = SqlCubeStore.open("sqlite://")
    yield opened
    opened.close()


def put(store: SqlCubeStore, drawn: list[Cube]) -> tuple[AccessFilter, list[Cube]]:
    """Store the cubes as the only ones of a new tenant."""
    tenant = f"tenant {next(TENANTS)}"
    owned = [replace(c, tenant_id=tenant) for c in drawn]
    store.write(write(*map(create, owned), tenant=tenant))
    return AccessFilter(tenant, "root", sees_private=True, sees_quarantined=True), owned


SOME = st.tuples(*(cubes(number) for number in range(1, 5))).map(list)
TREES = st.lists(filters(), min_size=1, max_size=6)


def assert_alike(store: SqlCubeStore, drawn: list[Cube], trees: list[Filter]) -> None:
    """Check that SQL finds what the reference matches, for every tree."""
    unbounded = [
        replace(c, version=replace(c.version, valid_from=None, valid_to=None)) for c in drawn
    ]
    access, owned = put(store, unbounded)
    for tree in trees:
        page = store.find(access, Listing(replace(ANY, filter=tree)), START)
        assert {c.id for c in page.cubes} == {c.id for c in owned if matches(tree, c)}, tree


@SHORT
@given(drawn=SOME, trees=TREES)
def test_a_filter_finds_what_the_reference_matches(
    store: SqlCubeStore, drawn: list[Cube], trees: list[Filter | None]
) -> None:
    assert_alike(store, drawn, [tree for tree in trees if tree is not None])


def test_a_filter_of_the_greatest_size_is_answered(store: SqlCubeStore) -> None:
    one = cube(1, metadata={"n": 7}, tags=("x7",), confidence=0.5)
    access, _ = put(store, [one])
    shapes: list[tuple[str, list[JsonValue]]] = [
        ("n", list(range(MAX_OPTIONS))),
        ("city", [f"city {n}" for n in range(MAX_OPTIONS)]),
        ("external_id", [f"key {n}" for n in range(MAX_OPTIONS)]),
    ]
    for name, options in shapes:
        tree = parse_filter({"OR": [{name: {"in": options}}] * (MAX_NODES // 2 - 1)})
        page = store.find(access, Listing(replace(ANY, filter=tree)), START)
        assert len(page.cubes) == matches(tree, one)
    deep: dict[str, object] = {"n": 7}
    for _ in range(MAX_DEPTH):
        deep = {"NOT": [deep]}
    tree = parse_filter(deep)
    page = store.find(access, Listing(replace(ANY, filter=tree)), START)
    assert len(page.cubes) == matches(tree, one)


@SHORT
@given(drawn=SOME, data=st.data())
def test_a_filter_aimed_at_what_is_there_finds_what_the_reference_matches(
    store: SqlCubeStore, drawn: list[Cube], data: st.DataObject
) -> None:
    there = [leaf for one in drawn for leaf in leaves(one.version.metadata)]
    if there:
        trees = data.draw(st.lists(aimed(there), min_size=1, max_size=8))
        assert_alike(store, drawn, [tree for tree in trees if tree is not None])
