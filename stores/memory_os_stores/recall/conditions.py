"""From a call's access and visibility to tests on columns, and to the mask that passes them."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from memory_os.clock import to_micros
from memory_os.domain.access import AccessFilter
from memory_os.domain.query import Visibility
from memory_os.domain.scope import ScopeMatch
from memory_os_stores.recall.bounds import Bounds
from memory_os_stores.recall.dictionaries import Dictionaries
from memory_os_stores.recall.directory import Rows
from memory_os_stores.recall.layout import (
    BEFORE_ALL,
    EVER,
    KIND_CODES,
    STATE_CODES,
    TYPE_CODES,
    Code,
    Small,
    Wide,
)
from memory_os_stores.recall.permission import Caller, Reach, inside, permitted, reach_of

Mask = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Conditions:
    """Everything that decides what a call sees, as numbers; equal ones see the same.

    ``lapse_at`` is nothing where a time to live is judged at ``as_of``.
    """

    reach: Reach
    caller: Caller
    branch: int
    as_of: int
    valid_at: int
    lapse_at: int | None
    any_validity: bool
    since: int
    until: int
    kinds: frozenset[int]
    states: frozenset[int]
    types: frozenset[int] | None
    min_trust: int


def conditions(
    access: AccessFilter, wanted: Visibility, now: datetime, names: Dictionaries
) -> Conditions:
    """Translate a call; ``wanted.filter`` is the store's to evaluate and plays no part here."""
    as_of = to_micros(wanted.as_of or now)
    bound = reach_of(access.bindings, ScopeMatch.INHERIT, names)
    private = (names.principals.find(access.principal_id), bound.ids[0])
    return Conditions(
        reach=reach_of(wanted.scope, wanted.match, names),
        caller=Caller(
            bound=bound,
            private=None if access.sees_private else private,
            own=access.own,
            wide=access.wide,
            allowances=access.allowances,
            purpose=access.purpose,
        ),
        branch=names.branches.find(access.branch or ""),
        as_of=as_of,
        lapse_at=to_micros(wanted.lapse_at) if wanted.lapse_at else None,
        valid_at=to_micros(wanted.valid_at) if wanted.valid_at else as_of,
        any_validity=wanted.any_validity,
        since=to_micros(wanted.since) if wanted.since else BEFORE_ALL,
        until=to_micros(wanted.until) if wanted.until else EVER,
        kinds=frozenset(KIND_CODES[kind] for kind in wanted.kinds),
        states=frozenset(STATE_CODES[state] for state in wanted.states),
        types=None
        if wanted.semantic_types is None
        else frozenset(TYPE_CODES[kind] for kind in wanted.semantic_types),
        min_trust=int(wanted.min_trust),
    )


def mask(wanted: Conditions, rows: Rows, bounds: Bounds, names: Dictionaries) -> Mask | None:
    """Return which rows pass, or nothing when all do."""
    passed: Mask | None = None
    for test in _tests(wanted, rows, bounds, names):
        passed = test if passed is None else np.logical_and(passed, test, out=passed)
    return passed


def _tests(wanted: Conditions, rows: Rows, bounds: Bounds, names: Dictionaries) -> Iterator[Mask]:
    yield from inside(wanted.reach, rows, bounds, names)
    if bounds.sole[Code.BRANCH] != wanted.branch:
        yield rows.codes[Code.BRANCH, : rows.size] == wanted.branch
    if bounds.any_dead:
        yield rows.small[Small.ALIVE, : rows.size] == 1
    yield from permitted(wanted.caller, rows, bounds, names)
    yield from _times(wanted, rows, bounds)
    yield from _listed(Small.KIND, wanted.kinds, rows, bounds)
    yield from _listed(Small.STATE, wanted.states, rows, bounds)
    if wanted.types is not None:
        yield from _listed(Small.TYPE, wanted.types, rows, bounds)
    if wanted.min_trust > min(bounds.seen[Small.TRUST], default=0):
        yield rows.small[Small.TRUST, : rows.size] >= wanted.min_trust


def _times(wanted: Conditions, rows: Rows, bounds: Bounds) -> Iterator[Mask]:
    """Yield the tests that a time may fail: starts at or before it, ends after it."""
    starts = [(Wide.LIVE_FROM, wanted.as_of)]
    lapse_at = wanted.as_of if wanted.lapse_at is None else wanted.lapse_at
    ends = [(Wide.LIVE_TO, wanted.as_of), (Wide.EXPIRES, lapse_at)]
    if not wanted.any_validity:
        starts.append((Wide.VALID_FROM, wanted.valid_at))
        ends.append((Wide.VALID_TO, wanted.valid_at))
    for column, moment in starts:
        if bounds.high[column] > moment:
            yield rows.wide[column, : rows.size] <= moment
    for column, moment in ends:
        if bounds.low[column] <= moment:
            yield rows.wide[column, : rows.size] > moment
    if bounds.low[Wide.AT] < wanted.since:
        yield rows.wide[Wide.AT, : rows.size] >= wanted.since
    if bounds.high[Wide.AT] >= wanted.until:
        yield rows.wide[Wide.AT, : rows.size] < wanted.until


def _listed(column: Small, allowed: frozenset[int], rows: Rows, bounds: Bounds) -> Iterator[Mask]:
    if not bounds.seen[column] <= allowed:
        passing = np.zeros(256, np.bool_)
        passing[list(allowed)] = True
        yield passing[rows.small[column, : rows.size]]
