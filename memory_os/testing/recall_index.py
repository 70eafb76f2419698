"""The conformance suite of ``RecallIndex``: subclass it and say how to make an index."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from typing import Any

import numpy as np

from memory_os.domain.access import AccessFilter
from memory_os.domain.lifecycle import State
from memory_os.domain.query import Visibility
from memory_os.domain.scope import Scope, ScopeMatch
from memory_os.domain.vocabulary import Kind, SemanticType, Trust
from memory_os.ports.recall_index import (
    Change,
    Chunk,
    Close,
    Purge,
    RecallIndex,
    RecallView,
    Restate,
)
from memory_os.testing.recall_comparison import check_view
from memory_os.testing.recall_histories import DIMENSIONS, START, Histories
from memory_os.testing.recall_reference import ReferenceRecallIndex

DAY = timedelta(days=1)
ALL_OPEN = Visibility()
EVERYBODY = AccessFilter("tenant", "root")
_RANKED = ("terms", "vector", "allow", "under")
_MESSAGE = Chunk(
    number=1,
    cube_id="mem_1",
    version=1,
    ordinal=0,
    scope=Scope(),
    group="s",
    turn=0,
    terms=("ada", "drink", "tea"),
    names=("ada",),
    vector=np.eye(DIMENSIONS, dtype=np.float32)[0],
    kind=Kind.TEXT,
    semantic_type=SemanticType.MESSAGE,
    state=State.GENERATED,
    trust=Trust.STANDARD,
    role="user",
    private_to=None,
    at=START,
    live_from=START,
    live_to=None,
    valid_from=None,
    valid_to=None,
)


def message(number: int, **header: Any) -> Chunk:
    """Return a chunk of a cube of its own that says what Ada drinks."""
    return replace(
        _MESSAGE, **{"number": number, "cube_id": f"mem_{number}", "turn": number, **header}
    )


class RecallIndexSuite:
    """What every index must do; each test says it in its name."""

    seeds: Sequence[int] = range(24)

    def make(self, dimensions: int) -> RecallIndex:
        """Return a new, empty index of one tenant."""
        raise NotImplementedError

    def filled(self, *changes: Change) -> RecallIndex:
        """Return an index with these changes in it."""
        index = self.make(DIMENSIONS)
        index.apply(changes, len(changes))
        return index

    def seen(
        self,
        index: RecallIndex,
        visibility: Visibility = ALL_OPEN,
        access: AccessFilter = EVERYBODY,
        days: int = 1,
    ) -> list[int]:
        """Return the numbers that a call sees ``days`` after the start."""
        numbers: list[int] = self.view(index, visibility, access, days).all().tolist()
        return numbers

    def view(
        self,
        index: RecallIndex,
        visibility: Visibility = ALL_OPEN,
        access: AccessFilter = EVERYBODY,
        days: int = 1,
    ) -> RecallView:
        """Return a view about tea."""
        return index.view(
            access, visibility, START + days * DAY, terms=("tea",), vector=_MESSAGE.vector
        )

    def test_an_empty_index_sees_nothing(self) -> None:
        index = self.make(DIMENSIONS)
        assert (index.applied, index.last_number) == (0, -1)
        view = self.view(index)
        assert view.size == 0
        assert view.statistics().chunks == 0
        assert not view.dense(5).numbers.size
        assert not view.lexical(np.ones(1, np.float32), 5, 1.2, 0.75).numbers.size
        assert not view.groups().codes.size

    def test_what_was_applied_is_seen_at_once(self) -> None:
        index = self.filled(message(1), message(2))
        assert (index.applied, index.last_number) == (2, 2)
        assert self.seen(index) == [1, 2]
        assert index.locate(np.array([2, 1])) == [("mem_2", 1, 0), ("mem_1", 1, 0)]

    def test_histories_agree_with_the_reference(self) -> None:
        for seed in self.seeds:
            histories, reference = Histories(seed), ReferenceRecallIndex()
            index = self.make(DIMENSIONS)
            for seq, changes in enumerate(histories.changes(12), 1):
                index.apply(changes, seq)
                reference.apply(changes, seq)
                for _ in range(3):
                    check_index(index, reference, histories)

    def test_a_scope_reaches_what_the_domain_says(self) -> None:
        scopes = [
            Scope(user, agent, session, path)
            for user in (None, "ada")
            for agent in (None, "cook")
            for session in (None, "s1")
            for path in ((), ("a",), ("a", "b"))
        ]
        index = self.filled(*(message(n, scope=scope) for n, scope in enumerate(scopes)))
        for call in (*scopes, Scope("ben"), Scope(namespace=("a", "c"))):
            for match in ScopeMatch:
                reached = [n for n, scope in enumerate(scopes) if call.reaches(scope, match)]
                assert self.seen(index, Visibility(call, match)) == reached
            bound = [n for n, s in enumerate(scopes) if call.reaches(s, ScopeMatch.INHERIT)]
            assert self.seen(index, access=AccessFilter("tenant", "root", call)) == bound

    def test_an_exact_scope_leaves_out_what_belongs_to_nobody(self) -> None:
        index = self.filled(message(1), message(2))
        call = Scope("ada")
        assert self.seen(index, Visibility(call)) == [1, 2]
        assert self.seen(index, Visibility(call, ScopeMatch.EXACT)) == []

    def test_the_same_call_sees_each_change(self) -> None:
        index = self.filled(message(1), message(2), message(3))
        assert self.seen(index, days=2) == [1, 2, 3]
        index.apply([Close("mem_1", 0, START + DAY)], 4)
        assert self.seen(index, days=2) == [2, 3]
        index.apply([Restate("mem_2", State.MERGED, START + DAY)], 5)
        assert self.seen(index, days=2) == [3]
        index.apply([message(4, live_to=START + 3 * DAY)], 6)
        assert self.seen(index, days=2) == [3, 4]
        assert self.seen(index, days=3) == [3]
        index.apply([Purge("mem_3")], 7)
        assert self.seen(index, days=2) == [4]

    def test_a_new_version_replaces_the_old_one_but_not_its_past(self) -> None:
        later = START + 5 * DAY
        new = message(2, cube_id="mem_1", version=2, live_from=later, terms=("coffee",))
        index = self.filled(message(1), new)
        assert self.seen(index, days=6) == [2]
        assert self.seen(index, Visibility(as_of=START + DAY), days=6) == [1]
        past = self.view(index, Visibility(as_of=START + DAY), days=6)
        assert past.statistics().chunk_frequency.tolist() == [1]
        assert self.view(index, days=6).statistics().chunk_frequency.tolist() == [0]

    def test_a_life_is_half_open(self) -> None:
        index = self.filled(message(1, live_from=START + DAY, live_to=START + 2 * DAY))
        seen = [self.seen(index, days=days) for days in (0, 1, 2)]
        assert seen == [[], [1], []]

    def test_closing_ends_one_version_or_all(self) -> None:
        first, second = message(1), message(2, cube_id="mem_1", version=2)
        for version, left in ((0, []), (1, [2]), (2, [])):
            index = self.filled(first, second, Close("mem_1", version, START + 3 * DAY))
            assert self.seen(index, days=4) == left

    def test_closing_does_not_reopen(self) -> None:
        index = self.filled(message(1, live_to=START + DAY), Close("mem_1", 0, START + 9 * DAY))
        assert self.seen(index, days=2) == []

    def test_validity_and_time_of_saying_are_half_open(self) -> None:
        index = self.filled(
            message(1, valid_from=START + DAY, valid_to=START + 2 * DAY, at=START + DAY)
        )
        for days, valid in ((0, []), (1, [1]), (2, [])):
            assert self.seen(index, Visibility(valid_at=START + days * DAY), days=9) == valid
            anytime = Visibility(valid_at=START + days * DAY, any_validity=True)
            assert self.seen(index, anytime, days=9) == [1]
        assert self.seen(index, Visibility(since=START + DAY)) == [1]
        assert self.seen(index, Visibility(since=START + 2 * DAY)) == []
        assert self.seen(index, Visibility(until=START + DAY)) == []
        assert self.seen(index, Visibility(until=START + 2 * DAY)) == [1]

    def test_private_chunks_are_for_their_maker_and_their_user(self) -> None:
        index = self.filled(message(1, private_to="maker", scope=Scope("ada")))
        ada, ben = Scope("ada"), Scope("ben")
        cases: tuple[tuple[AccessFilter, list[int]], ...] = (
            (AccessFilter("tenant", "maker"), [1]),
            (AccessFilter("tenant", "other"), []),
            (AccessFilter("tenant", "other", ada), [1]),
            (AccessFilter("tenant", "maker", ben), []),
            (AccessFilter("tenant", "other", sees_private=True), [1]),
        )
        for access, expected in cases:
            assert self.seen(index, access=access) == expected

    def test_a_restated_cube_is_seen_in_its_new_state(self) -> None:
        index = self.filled(message(1), Restate("mem_1", State.ARCHIVED, START))
        assert self.seen(index) == []
        archived = self.view(index, Visibility(states=frozenset({State.ARCHIVED})))
        assert archived.all().tolist() == [1]

    def test_the_past_keeps_the_state_and_the_expiry_of_its_moment(self) -> None:
        index = self.filled(
            message(1, expires_at=START + 3 * DAY),
            Restate("mem_1", State.ACTIVATED, START + DAY, START + 9 * DAY),
            Restate("mem_1", State.ARCHIVED, START + 2 * DAY),
        )
        for days, state in ((0, State.GENERATED), (1, State.ACTIVATED), (2, State.ARCHIVED)):
            then = Visibility(as_of=START + days * DAY, states=frozenset(State))
            table = self.view(index, then).describe(np.array([1]))
            assert table.state.tolist() == [list(State).index(state)]
            wanted = replace(then, states=frozenset({state}))
            assert self.seen(index, wanted) == [1]
            assert self.seen(index, replace(then, states=frozenset(State) - {state})) == []

    def test_an_expiry_that_was_moved_in_time_still_lay_where_it_lay(self) -> None:
        index = self.filled(
            message(1, expires_at=START + DAY),
            Restate("mem_1", State.GENERATED, START + 3 * DAY),
        )
        seen = [self.seen(index, Visibility(as_of=START + days * DAY)) for days in (0, 1, 2, 3)]
        assert seen == [[1], [], [], [1]]

    def test_what_had_ended_is_not_restated(self) -> None:
        first, second = message(1), message(2, cube_id="mem_1", version=2, live_from=START + DAY)
        index = self.filled(first, second, Restate("mem_1", State.ARCHIVED, START + DAY))
        assert self.seen(index, Visibility(as_of=START)) == [1]
        assert self.seen(index, days=2) == []

    def test_a_purged_cube_was_never_there(self) -> None:
        index = self.filled(message(1), message(2), message(3), Purge("mem_2"))
        view = self.view(index)
        assert view.all().tolist() == [1, 3]
        assert view.statistics().chunk_frequency.tolist() == [2]
        assert view.describe(np.array([1, 3])).after.tolist() == [[3, -1], [-1, -1]]
        assert index.locate(np.array([2])) == [("", 0, 0)]
        assert index.last_number == 3

    def test_neighbours_skip_what_is_not_seen_and_follow_turns(self) -> None:
        hidden = {2, *range(10, 60)}
        turns = [
            message(n, state=State.MERGED if n in hidden else State.GENERATED, turn=n)
            for n in (1, 3, 2, 61, 62, *range(4, 61))
        ]
        index = self.filled(*turns, message(70, group="t", turn=4), message(71, group=""))
        table = self.view(index).describe(np.array([1, 9, 3, 62, 70, 71]))
        assert table.before.tolist() == [[-1, -1], [8, 7], [1, -1], [61, 60], [-1, -1], [-1, -1]]
        assert table.after.tolist() == [[3, 4], [60, 61], [4, 5], [-1, -1], [-1, -1], [-1, -1]]
        assert table.group[-1] == -1

    def test_a_view_does_not_change_while_others_write(self) -> None:
        index = self.filled(*(message(n) for n in range(1, 60)))
        view = self.view(index)
        before = view.statistics(), view.all().tolist()
        index.apply([Purge("mem_3"), Close("mem_4", 0, START)], 60)
        index.apply([message(n) for n in range(60, 400)], 400)
        table = view.describe(np.array(before[1]))
        assert view.all().tolist() == before[1]
        assert view.statistics().chunks == before[0].chunks
        assert table.after[-1].tolist() == [-1, -1]
        assert set(view.dense(500).numbers.tolist()) == set(before[1])
        assert self.seen(index) == [n for n in range(1, 400) if n not in (3, 4)]

    def test_readers_and_a_writer_get_along(self) -> None:
        index = self.filled(message(0))
        whole: list[bool] = []

        def read(_: int) -> None:
            view = self.view(index)
            numbers = view.all()
            whole.append(numbers.tolist() == list(range(numbers.size)) and numbers.size % 10 == 1)
            assert view.statistics().chunk_frequency.tolist() == [numbers.size]
            assert view.dense(5000).numbers.size == numbers.size
            assert view.describe(numbers).before[1:, 0].tolist() == numbers[:-1].tolist()

        with ThreadPoolExecutor(8) as pool:
            reads = [pool.submit(read, n) for n in range(120)]
            for first in range(1, 2001, 10):
                index.apply([message(n) for n in range(first, first + 10)], first)
            for done in reads:
                done.result()
        assert all(whole)


def check_index(
    index: RecallIndex, reference: ReferenceRecallIndex, histories: Histories, limit: int = 4
) -> None:
    """Ask both the same question and compare everything that they tell."""
    assert (index.applied, index.last_number) == (reference.applied, reference.last_number)
    every = np.array([chunk.number for chunk in reference.chunks] + [10**9], np.int64)
    assert index.locate(every) == reference.locate(every)
    asked = histories.question()
    access, visibility, now = asked.access, asked.visibility, asked.now
    rest: dict[str, Any] = {name: getattr(asked, name) for name in _RANKED}
    found = index.view(access, visibility, now, **rest)
    wanted = reference.view(access, visibility, now, **rest)
    check_view(found, wanted, limit)
