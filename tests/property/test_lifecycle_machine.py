"""Random lives of a cube, beside a plain model that keeps a letter and a list."""

from itertools import pairwise

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from memory_os.domain.lifecycle import (
    Event,
    Facts,
    Position,
    Right,
    State,
    legal_events,
    transition,
)
from memory_os.domain.vocabulary import Kind
from memory_os.errors import IllegalTransition

LETTER = {state: letter for letter, state in zip("GAMRFQXE", State, strict=True)}
BOOLS = st.booleans()
FACTS = st.builds(
    Facts,
    kind=st.sampled_from(Kind),
    pinned=BOOLS,
    retained=BOOLS,
    frozen_relative=BOOLS,
    one_scope=BOOLS,
    merge_intact=BOOLS,
    check_passed=BOOLS,
    recoverable=BOOLS,
    purge_due=BOOLS,
    expiry_due=BOOLS,
    erasing=BOOLS,
)
MOSTLY_OPEN = st.one_of(st.just(Facts()), st.just(Facts()), FACTS)
ALIVE = "GAMR"


class Model:
    """What the concepts say, as plainly as it can be said."""

    def __init__(self) -> None:
        self.state = "G"
        self.stack: list[str] = []
        self.held_when_expired = False

    def send(self, event: str, facts: Facts) -> bool:
        """Do the move and return true, or leave everything and return false."""
        move = getattr(self, event)
        return bool(move(facts))

    def _from(self, sources: str, to: str, *, if_: bool = True) -> bool:
        if self.state not in sources or not if_:
            return False
        self.held_when_expired = self.state == "Q" and to == "X"
        self.state, self.stack = to, []
        return True

    def _push(self, sources: str, to: str, *, if_: bool = True) -> bool:
        if self.state not in sources or not if_:
            return False
        self.stack.append(self.state)
        self.state = to
        return True

    def _pop(self, source: str, *, if_: bool = True) -> bool:
        if self.state != source or not if_:
            return False
        self.state = self.stack.pop()
        return True

    def activate(self, facts: Facts) -> bool:
        return self._from("G", "A", if_=facts.check_passed)

    def deactivate(self, _facts: Facts) -> bool:
        return self._from("A", "G")

    def revise(self, _facts: Facts) -> bool:
        return self.state in "GAR"

    def supersede(self, facts: Facts) -> bool:
        return self._from("GA", "R", if_=facts.kind is Kind.TEXT)

    def merge(self, facts: Facts) -> bool:
        return self._push("GAR", "M", if_=facts.kind is Kind.TEXT and facts.one_scope)

    def unmerge(self, facts: Facts) -> bool:
        return self._pop("M", if_=facts.merge_intact)

    def archive(self, facts: Facts) -> bool:
        return self._from("GA", "R", if_=not facts.pinned)

    def restore(self, facts: Facts) -> bool:
        return self._from("R", "G") or self._from("X", "G", if_=facts.recoverable)

    def freeze(self, _facts: Facts) -> bool:
        return self._push("GAMR", "F")

    def unfreeze(self, _facts: Facts) -> bool:
        return self._pop("F")

    def quarantine(self, _facts: Facts) -> bool:
        return self._push("GAMRF", "Q")

    def release(self, facts: Facts) -> bool:
        return self._pop("Q", if_=not facts.erasing)

    def delete(self, _facts: Facts) -> bool:
        return self._from(ALIVE, "X")

    def expire(self, facts: Facts) -> bool:
        may = facts.expiry_due and not facts.retained and "F" not in self.stack
        return self._from("GAMRQ", "X", if_=may)

    def purge(self, facts: Facts) -> bool:
        may = facts.purge_due and not facts.retained and not facts.frozen_relative
        return self._from("X", "E", if_=may)

    def erase(self, facts: Facts) -> bool:
        may = not facts.retained and not facts.frozen_relative and "F" not in self.stack
        return self._from("GAMRQX", "E", if_=may)

    def override(self, _facts: Facts) -> bool:
        return self._from("GAMRFQX", "E")


class LivesOfACube(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.model = Model()
        self.position = Position(State.GENERATED)

    @rule(event=st.sampled_from(Event), facts=MOSTLY_OPEN)
    def send(self, event: Event, facts: Facts) -> None:
        before = self.position
        held = self.model.held_when_expired
        legal = legal_events(before, facts)
        if self.model.send(event.value, facts):
            planned = transition(before, event, facts)
            assert event in legal
            assert planned.source is before.state
            self.position = Position(planned.target, planned.resume)
            if event is Event.RESTORE:
                assert planned.right is (Right.GOVERN if held else Right.WRITE)
            if planned.undone_by is not None:
                assert planned.undone_by in legal_events(self.position)
            return
        with pytest.raises(IllegalTransition) as refused:
            transition(before, event, facts)
        assert event not in legal
        assert refused.value.detail["legal"] == [name.value for name in legal]
        assert refused.value.detail["state"] == before.state.value

    @rule(
        names=st.lists(st.sampled_from(["freeze", "quarantine", "merge"]), min_size=1, max_size=3)
    )
    def there_and_back(self, names: list[str]) -> None:
        """Whatever pushed is undone in reverse order and leaves no trace."""
        start, done, at = self.position, [], self.position
        for name in names:
            if Event(name) in legal_events(at):
                planned = transition(at, Event(name))
                at = Position(planned.target, planned.resume)
                done.append(planned.undone_by)
        for event in reversed(done):
            assert event is not None
            planned = transition(at, event)
            at = Position(planned.target, planned.resume)
        assert at == start

    @invariant()
    def agrees_with_the_model(self) -> None:
        assert LETTER[self.position.state] == self.model.state
        if self.model.state in "MFQ":
            assert [LETTER[state] for state in self.position.resume] == self.model.stack

    @invariant()
    def stands_in_a_legal_place(self) -> None:
        state, stack = self.position.state, self.position.resume
        if state in (State.MERGED, State.FROZEN, State.QUARANTINED):
            assert stack
        elif state is State.EXPIRED:
            assert stack in ((), (State.QUARANTINED,))
        else:
            assert stack == ()
        pushes = {
            State.MERGED: "GAR",
            State.FROZEN: "GAMR",
            State.QUARANTINED: "GAMRF",
        }
        whole = (*stack, state) if state in pushes else ()
        for left, over in pairwise(whole):
            assert LETTER[left] in pushes[over]
        assert whole[:1] == () or LETTER[whole[0]] in "GAR"

    @invariant()
    def nothing_moves_what_is_erased(self) -> None:
        if self.position.state is State.ERASED:
            assert legal_events(self.position) == ()


LivesOfACube.TestCase.settings = settings(
    max_examples=150, stateful_step_count=40, deadline=None, database=None
)
TestLivesOfACube = LivesOfACube.TestCase
