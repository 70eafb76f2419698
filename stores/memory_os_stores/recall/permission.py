"""Which chunks lie in a scope, and which of all a caller may read, as tests on columns."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from memory_os.domain import grants
from memory_os.domain.grants import Allowances, Purpose
from memory_os.domain.scope import Scope, ScopeMatch
from memory_os_stores.recall.bounds import MIXED, Bounds
from memory_os_stores.recall.dictionaries import Dictionaries
from memory_os_stores.recall.directory import Rows
from memory_os_stores.recall.layout import HELD, RESTRICTED, WIDE, Code, Small
from memory_os_stores.recall.names import NOTHING, Names

Mask = NDArray[np.bool_]
Path = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Reach:
    """A scope as codes; an id that is not given is none."""

    ids: tuple[int | None, int | None, int | None]
    path: Path
    match: ScopeMatch


@dataclass(frozen=True, slots=True)
class Caller:
    """What an access filter says, as numbers.

    ``private`` is the codes of the principal and of the bound user, nothing for a caller who sees
    private chunks anyway.
    """

    bound: Reach
    private: tuple[int, int | None] | None
    own: bool
    wide: bool
    allowances: Allowances
    purpose: Purpose | None


def permitted(caller: Caller, rows: Rows, bounds: Bounds, names: Dictionaries) -> Iterator[Mask]:
    """Yield the tests of what the caller may read; see ``AccessFilter``."""
    wide = caller.wide and bounds.any_readers(WIDE)
    if caller.own and not wide and not caller.allowances:
        yield from _own(caller, rows, bounds, names)
    else:
        yield _opened(caller, rows, bounds, names, wide=wide)
    if bounds.any_readers(HELD):
        yield ~_has(HELD, rows)
    if caller.purpose is not None and bounds.any_readers(RESTRICTED):
        free = ~_has(RESTRICTED, rows)
        free |= _covered(caller.allowances.named(caller.purpose), rows, bounds, names)
        yield free


def inside(reach: Reach, rows: Rows, bounds: Bounds, names: Dictionaries) -> Iterator[Mask]:
    """Yield the tests of a scope, those that cannot fail left out."""
    inherit = reach.match is ScopeMatch.INHERIT
    for column, code in zip((Code.USER, Code.AGENT, Code.SESSION), reach.ids, strict=True):
        sole = bounds.sole[column]
        if code is None or sole == code or (inherit and sole == NOTHING):
            continue
        values = rows.codes[column, : rows.size]
        found = values == code
        if inherit and sole == MIXED:
            found |= values == NOTHING
        yield found
    reached = names.namespaces.reached(reach.path, reach.match)
    if not reached.all():
        yield reached[rows.codes[Code.NAMESPACE, : rows.size]]


def reach_of(scope: Scope, match: ScopeMatch, names: Dictionaries) -> Reach:
    """Return a scope as codes."""
    ids = (
        _find(names.users, scope.user_id),
        _find(names.agents, scope.agent_id),
        _find(names.sessions, scope.session_id),
    )
    return Reach(ids, scope.namespace, match)


def _opened(caller: Caller, rows: Rows, bounds: Bounds, names: Dictionaries, *, wide: bool) -> Mask:
    """Return what is the caller's own, everybody's, or opened by an allowance."""
    passed = np.zeros(rows.size, np.bool_)
    if caller.own:
        passed |= _all(_own(caller, rows, bounds, names), rows)
    if wide:
        passed |= _has(WIDE, rows)
    opened = caller.allowances.opened
    shared = grants.Reach(scopes=opened.scopes)
    if shared:
        public = rows.codes[Code.PRIVATE, : rows.size] == NOTHING
        passed |= public & _covered(shared, rows, bounds, names)
    return passed | _covered(grants.Reach(opened.ids, whole=opened.whole), rows, bounds, names)


def _own(caller: Caller, rows: Rows, bounds: Bounds, names: Dictionaries) -> Iterator[Mask]:
    yield from inside(caller.bound, rows, bounds, names)
    if bounds.any_private and caller.private is not None:
        yield _owned(*caller.private, rows)


def _owned(principal: int, user: int | None, rows: Rows) -> Mask:
    owners = rows.codes[Code.PRIVATE, : rows.size]
    passed: Mask = (owners == NOTHING) | (owners == principal)
    if user is not None:
        passed |= rows.codes[Code.USER, : rows.size] == user
    return passed


def _covered(reach: grants.Reach, rows: Rows, bounds: Bounds, names: Dictionaries) -> Mask:
    passed = np.zeros(rows.size, np.bool_)
    for scope in reach.scopes | reach.whole:
        codes = reach_of(scope, ScopeMatch.EXACT, names)
        passed |= _all(inside(codes, rows, bounds, names), rows)
    if reach.ids:
        found = [code for code in map(names.cubes.find, reach.ids) if code >= 0]
        passed |= np.isin(rows.codes[Code.CUBE, : rows.size], found)
    return passed


def _all(tests: Iterable[Mask], rows: Rows) -> Mask:
    passed = np.ones(rows.size, np.bool_)
    for test in tests:
        passed &= test
    return passed


def _has(bit: int, rows: Rows) -> Mask:
    found: Mask = (rows.small[Small.READERS, : rows.size] & bit) != 0
    return found


def _find(names: Names, value: str | None) -> int | None:
    return None if value is None else names.find(value)
