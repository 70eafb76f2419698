"""Every cell of the lifecycle, against the table of the concepts written out a second time."""

from itertools import product

import pytest

from memory_os.domain.lifecycle import (
    RECALLED,
    TABLE,
    Event,
    Facts,
    Position,
    Right,
    State,
    legal_events,
    transition,
    underlying,
)
from memory_os.domain.vocabulary import Kind
from memory_os.errors import IllegalTransition

LETTERS = dict(zip("GAMRFQXE", State, strict=True))
G, A, M, R, F, Q, X, E = State

# One column a state; "." is no such move, "+" pushes the state that is left, "^" pops it.
MOVES = """
             G   A   M   R   F   Q   X   E   right        undone by
activate     A   .   .   .   .   .   .   .   write        deactivate
deactivate   .   G   .   .   .   .   .   .   write        activate
revise       G   A   .   R   .   .   .   .   write        -
supersede    R   R   .   .   .   .   .   .   write        restore
merge        M+  M+  .   M+  .   .   .   .   write        unmerge
unmerge      .   .   ^   .   .   .   .   .   write        merge
archive      R   R   .   .   .   .   .   .   write        restore
restore      .   .   .   G   .   .   G   .   write        archive/delete
freeze       F+  F+  F+  F+  .   .   .   .   govern       unfreeze
unfreeze     .   .   .   .   ^   .   .   .   govern       freeze
quarantine   Q+  Q+  Q+  Q+  Q+  .   .   .   govern       release
release      .   .   .   .   .   ^   .   .   govern       quarantine
delete       X   X   X   X   .   .   .   .   write        restore
expire       X   X   X   X   .   X   .   .   -            restore
purge        .   .   .   .   .   .   E   .   -            -
erase        E   E   E   E   .   E   E   .   erase        -
override     E   E   E   E   E   E   E   .   legal_erase  -
"""
ROWS = [line.split() for line in MOVES.strip().splitlines()[1:]]
CELLS = {
    (LETTERS[column], Event(row[0])): row[1 + place]
    for row in ROWS
    for place, column in enumerate("GAMRFQXE")
}
STACKS: dict[State, list[tuple[State, ...]]] = {
    G: [()],
    A: [()],
    M: [(G,), (A,), (R,)],
    R: [()],
    F: [(G,), (A,), (R,), (G, M), (A, M)],
    Q: [(G,), (A,), (R,), (G, M), (G, F), (A, M, F)],
    X: [(), (Q,)],
    E: [()],
}
POSITIONS = [Position(state, stack) for state, stacks in STACKS.items() for stack in stacks]


def expected(position: Position, event: Event) -> Position | None:
    """The end of a move that no guard stands against."""
    cell = CELLS[position.state, event]
    if cell == ".":
        return None
    if cell == "^":
        return Position(position.resume[-1], position.resume[:-1])
    if cell.endswith("+"):
        return Position(LETTERS[cell[0]], (*position.resume, position.state))
    if cell == "X" and position.state is Q:
        return Position(X, (Q,))
    return Position(LETTERS[cell])


def open_facts(position: Position, event: Event) -> bool:
    """Tell whether the frost in the stack stands against the move."""
    return not (F in position.resume and event in (Event.EXPIRE, Event.PURGE, Event.ERASE))


@pytest.mark.parametrize(("position", "event"), list(product(POSITIONS, Event)))
def test_a_move_ends_where_the_table_says_or_is_refused(position: Position, event: Event) -> None:
    end = expected(position, event) if open_facts(position, event) else None
    if end is None:
        with pytest.raises(IllegalTransition) as refused:
            transition(position, event)
        legal = [e.value for e in Event if open_facts(position, e) and expected(position, e)]
        assert refused.value.detail["legal"] == legal
        assert refused.value.detail["state"] == position.state.value
        assert refused.value.detail["event"] == event.value
        assert refused.value.code == "illegal_transition"
        assert all(name in refused.value.message for name in legal or ["none"])
        return
    planned = transition(position, event)
    assert Position(planned.target, planned.resume) == end
    assert (planned.event, planned.source) == (event, position.state)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[0])
def test_a_move_takes_the_right_and_names_the_way_back_of_its_row(row: list[str]) -> None:
    for position in POSITIONS:
        event, right, back = Event(row[0]), row[-2], row[-1]
        if expected(position, event) is None or not open_facts(position, event):
            continue
        planned = transition(position, event)
        if event is Event.RESTORE:
            back = "archive" if position.state is R else "delete"
            right = "govern" if Q in position.resume else "write"
        assert planned.right == (None if right == "-" else Right(right))
        assert planned.undone_by == (None if back == "-" else Event(back))


def test_the_table_holds_every_event_once() -> None:
    assert list(TABLE) == list(Event)
    assert [row[0] for row in ROWS] == [event.value for event in Event]


GUARDS = [
    (Event.ACTIVATE, G, Facts(check_passed=False), "unchecked"),
    (Event.SUPERSEDE, G, Facts(kind=Kind.ACTIVATION), "text_only"),
    (Event.SUPERSEDE, A, Facts(kind=Kind.PARAMETRIC), "text_only"),
    (Event.MERGE, G, Facts(kind=Kind.ACTIVATION), "text_only"),
    (Event.MERGE, A, Facts(kind=Kind.PARAMETRIC), "text_only"),
    (Event.MERGE, R, Facts(one_scope=False), "other_scope"),
    (Event.UNMERGE, M, Facts(merge_intact=False), "merge_undone"),
    (Event.ARCHIVE, G, Facts(pinned=True), "pinned"),
    (Event.ARCHIVE, A, Facts(pinned=True), "pinned"),
    (Event.RELEASE, Q, Facts(erasing=True), "erasing"),
    (Event.EXPIRE, G, Facts(expiry_due=False), "not_due"),
    (Event.EXPIRE, R, Facts(retained=True), "retained"),
    (Event.PURGE, X, Facts(purge_due=False), "not_due"),
    (Event.PURGE, X, Facts(retained=True), "retained"),
    (Event.PURGE, X, Facts(frozen_relative=True), "frozen"),
    (Event.ERASE, G, Facts(retained=True), "retained"),
    (Event.ERASE, M, Facts(frozen_relative=True), "frozen"),
    (Event.ERASE, X, Facts(frozen_relative=True), "frozen"),
    (Event.RESTORE, X, Facts(recoverable=False), "past_recovery"),
]


@pytest.mark.parametrize(("event", "state", "facts", "reason"), GUARDS)
def test_a_guard_refuses_and_its_event_is_not_among_the_legal_ones(
    event: Event, state: State, facts: Facts, reason: str
) -> None:
    for stack in STACKS[state]:
        position = Position(state, stack)
        with pytest.raises(IllegalTransition) as refused:
            transition(position, event, facts)
        if open_facts(position, event):
            assert refused.value.detail["reason"] == reason
        legal = refused.value.detail["legal"]
        assert isinstance(legal, list)
        assert event.value not in legal
        assert legal == [each.value for each in legal_events(position, facts)]
        for name in legal:
            transition(position, Event(name), facts)


HARSH = Facts(
    pinned=True,
    retained=True,
    frozen_relative=True,
    one_scope=False,
    merge_intact=False,
    check_passed=False,
    recoverable=False,
    purge_due=False,
    expiry_due=False,
    erasing=True,
)
UNGUARDED = {
    Event.DEACTIVATE, Event.REVISE, Event.SUPERSEDE, Event.FREEZE, Event.UNFREEZE,
    Event.QUARANTINE, Event.DELETE, Event.OVERRIDE,
}  # fmt: skip


@pytest.mark.parametrize(("position", "event"), list(product(POSITIONS, Event)))
def test_with_every_fact_against_it_only_unguarded_moves_are_left(
    position: Position, event: Event
) -> None:
    end = expected(position, event)
    free = event in UNGUARDED or (event is Event.RESTORE and position.state is R)
    if end is None or not free:
        with pytest.raises(IllegalTransition):
            transition(position, event, HARSH)
    else:
        planned = transition(position, event, HARSH)
        assert Position(planned.target, planned.resume) == end


@pytest.mark.parametrize("stack", [(G, F), (A, F), (G, M, F)])
@pytest.mark.parametrize("event", [Event.EXPIRE, Event.ERASE])
def test_frost_below_a_quarantine_stands_against_expiry_and_erasure(
    stack: tuple[State, ...], event: Event
) -> None:
    with pytest.raises(IllegalTransition) as refused:
        transition(Position(Q, stack), event)
    assert refused.value.detail["reason"] == "frozen"
    assert transition(Position(Q, stack), Event.OVERRIDE).target is E


def test_a_frozen_relative_does_not_keep_a_due_memory_from_expiring() -> None:
    assert transition(Position(G), Event.EXPIRE, Facts(frozen_relative=True)).target is X


@pytest.mark.parametrize(
    "event",
    [
        *(Event.EXPIRE, Event.PURGE, Event.ERASE, Event.DELETE, Event.REVISE, Event.MERGE),
        *(Event.ARCHIVE, Event.ACTIVATE, Event.SUPERSEDE, Event.RESTORE),
    ],
)
@pytest.mark.parametrize("below", [G, A, R])
def test_frozen_beats(event: Event, below: State) -> None:
    with pytest.raises(IllegalTransition) as refused:
        transition(Position(F, (below,)), event)
    assert refused.value.detail["reason"] == "no_such_move"
    assert refused.value.detail["legal"] == ["unfreeze", "quarantine", "override"]


def test_what_expired_in_quarantine_is_restored_only_by_who_governs() -> None:
    expired = transition(Position(Q, (A,)), Event.EXPIRE)
    restored = transition(Position(expired.target, expired.resume), Event.RESTORE)
    assert (restored.right, restored.target, restored.resume) == (Right.GOVERN, G, ())
    deleted = transition(Position(A), Event.DELETE)
    assert transition(Position(deleted.target, deleted.resume), Event.RESTORE).right is Right.WRITE


def test_frozen_counts_in_recall_as_what_lies_below_it() -> None:
    assert underlying(Position(F, (A,))) is A
    assert underlying(Position(F, (G, M))) is M
    assert underlying(Position(Q, (A,))) is Q
    assert {G, A} == RECALLED


def test_a_pop_with_nothing_on_the_stack_is_refused_not_crashed() -> None:
    for state, event in ((F, Event.UNFREEZE), (Q, Event.RELEASE), (M, Event.UNMERGE)):
        with pytest.raises(IllegalTransition) as refused:
            transition(Position(state), event)
        assert refused.value.detail["reason"] == "no_state_left"
