"""The lifecycle as data: states, events, the table of legal moves, and pure planning."""

from dataclasses import dataclass, field
from enum import StrEnum

from memory_os.domain.vocabulary import Kind
from memory_os.errors import IllegalTransition


class State(StrEnum):
    """Where a cube stands; see ``docs/concepts.md`` for what each means by kind."""

    GENERATED = "generated"
    ACTIVATED = "activated"
    MERGED = "merged"
    ARCHIVED = "archived"
    FROZEN = "frozen"
    QUARANTINED = "quarantined"
    EXPIRED = "expired"
    ERASED = "erased"


class Event(StrEnum):
    """What may happen to a cube after its creation."""

    ACTIVATE = "activate"
    DEACTIVATE = "deactivate"
    REVISE = "revise"
    SUPERSEDE = "supersede"
    MERGE = "merge"
    UNMERGE = "unmerge"
    ARCHIVE = "archive"
    RESTORE = "restore"
    FREEZE = "freeze"
    UNFREEZE = "unfreeze"
    QUARANTINE = "quarantine"
    RELEASE = "release"
    DELETE = "delete"
    EXPIRE = "expire"
    PURGE = "purge"
    ERASE = "erase"
    OVERRIDE = "override"


class Target(StrEnum):
    """Moves whose end depends on the cube: stay put, or pop the state that was left."""

    SAME = "same"
    POP = "pop"


class Right(StrEnum):
    """What a principal may be allowed to do with a cube."""

    READ = "read"
    WRITE = "write"
    SHARE = "share"
    RELAY = "relay"
    GOVERN = "govern"
    ATTEST = "attest"
    TRAIN = "train"
    ERASE = "erase"
    LEGAL_ERASE = "legal_erase"
    AUDIT = "audit"


_G, _A, _M, _R = State.GENERATED, State.ACTIVATED, State.MERGED, State.ARCHIVED
_F, _Q, _X, _E = State.FROZEN, State.QUARANTINED, State.EXPIRED, State.ERASED


@dataclass(frozen=True, slots=True)
class Rule:
    """One row of the table: from where, to where, by whose right, undone by what."""

    sources: frozenset[State]
    target: State | Target
    right: Right | None
    undone_by: Event | None
    pushes: bool = False
    text_only: bool = False


def _rule(
    sources: str, target: State | Target, right: Right | None, undone_by: Event | None, **more: bool
) -> Rule:
    letters = dict(zip("GAMRFQXE", State, strict=True))
    return Rule(frozenset(letters[x] for x in sources), target, right, undone_by, **more)


TABLE: dict[Event, tuple[Rule, ...]] = {
    Event.ACTIVATE: (_rule("G", _A, Right.WRITE, Event.DEACTIVATE),),
    Event.DEACTIVATE: (_rule("A", _G, Right.WRITE, Event.ACTIVATE),),
    Event.REVISE: (_rule("GAR", Target.SAME, Right.WRITE, None),),
    Event.SUPERSEDE: (_rule("GA", _R, Right.WRITE, Event.RESTORE, text_only=True),),
    Event.MERGE: (_rule("GAR", _M, Right.WRITE, Event.UNMERGE, pushes=True, text_only=True),),
    Event.UNMERGE: (_rule("M", Target.POP, Right.WRITE, Event.MERGE),),
    Event.ARCHIVE: (_rule("GA", _R, Right.WRITE, Event.RESTORE),),
    Event.RESTORE: (
        _rule("R", _G, Right.WRITE, Event.ARCHIVE),
        _rule("X", _G, Right.WRITE, Event.DELETE),
    ),
    Event.FREEZE: (_rule("GAMR", _F, Right.GOVERN, Event.UNFREEZE, pushes=True),),
    Event.UNFREEZE: (_rule("F", Target.POP, Right.GOVERN, Event.FREEZE),),
    Event.QUARANTINE: (_rule("GAMRF", _Q, Right.GOVERN, Event.RELEASE, pushes=True),),
    Event.RELEASE: (_rule("Q", Target.POP, Right.GOVERN, Event.QUARANTINE),),
    Event.DELETE: (_rule("GAMR", _X, Right.WRITE, Event.RESTORE),),
    Event.EXPIRE: (_rule("GAMRQ", _X, None, Event.RESTORE),),
    Event.PURGE: (_rule("X", _E, None, None),),
    Event.ERASE: (_rule("GAMRQX", _E, Right.ERASE, None),),
    Event.OVERRIDE: (_rule("GAMRFQX", _E, Right.LEGAL_ERASE, None),),
}
"""Every legal move. What is not here is refused."""

RECALLED = frozenset({State.GENERATED, State.ACTIVATED})
"""The states that default recall sees; Frozen is seen as the state below it."""


@dataclass(frozen=True, slots=True)
class Facts:
    """What guards look at, gathered before planning; the defaults let every move pass.

    ``one_scope``: all that is merged lies in one scope. ``merge_intact``: every parent still
    stands merged and their result in recall or the archive. ``recoverable``: ``purge_at`` lies
    ahead. ``frozen_relative``: something derived from the cube is frozen.
    """

    kind: Kind = Kind.TEXT
    pinned: bool = False
    retained: bool = False
    frozen_relative: bool = False
    one_scope: bool = True
    merge_intact: bool = True
    check_passed: bool = True
    recoverable: bool = True
    purge_due: bool = True
    expiry_due: bool = True
    erasing: bool = False


@dataclass(frozen=True, slots=True)
class Transition:
    """A planned move: from, to, the stack afterwards and the right it takes."""

    event: Event
    source: State
    target: State
    resume: tuple[State, ...]
    right: Right | None
    undone_by: Event | None


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a move is not possible now, in words and as a stable reason."""

    reason: str
    message: str


@dataclass(frozen=True, slots=True)
class Position:
    """A cube's place in the lifecycle: its state and the stack of states it left.

    The stack is empty outside Merged, Frozen and Quarantined, but that an expired cube keeps
    Quarantined in it if it expired there.
    """

    state: State
    resume: tuple[State, ...] = field(default=())


def legal_events(position: Position, facts: Facts = Facts()) -> tuple[Event, ...]:
    """Return the events that table and guards let pass from here, in table order."""
    return tuple(
        event
        for event in TABLE
        if (rule := _row(position.state, event)) is not None
        and _guard(position, event, rule, facts) is None
    )


def transition(position: Position, event: Event, facts: Facts = Facts()) -> Transition:
    """Plan one move without doing it.

    Raises:
        IllegalTransition: the table has no such move, or a guard refuses it. ``detail`` holds
            ``state``, ``event``, ``reason`` and ``legal``, the moves that remain.
    """
    rule = _row(position.state, event)
    refusal = (
        Refusal("no_such_move", f"a cube in state {position.state.value!r} has no such move")
        if rule is None
        else _guard(position, event, rule, facts)
    )
    if rule is None or refusal is not None:
        raise _illegal(position, event, refusal, facts)
    target, resume = _end(position, rule)
    held = event is Event.RESTORE and _Q in position.resume
    right = Right.GOVERN if held else rule.right
    return Transition(event, position.state, target, resume, right, rule.undone_by)


def underlying(position: Position) -> State:
    """Return the state recall sees: a frozen cube counts as the state below the frost."""
    if position.state is State.FROZEN and position.resume:
        return position.resume[-1]
    return position.state


def _end(position: Position, rule: Rule) -> tuple[State, tuple[State, ...]]:
    """Return the state and the stack that a move by ``rule`` ends with."""
    if rule.target is Target.POP:
        return position.resume[-1], position.resume[:-1]
    if rule.target is Target.SAME:
        return position.state, position.resume
    target = State(rule.target)
    if rule.pushes:
        return target, (*position.resume, position.state)
    return target, (_Q,) if position.state is _Q and target is _X else ()


def _row(state: State, event: Event) -> Rule | None:
    return next((rule for rule in TABLE[event] if state in rule.sources), None)


def _guard(position: Position, event: Event, rule: Rule, facts: Facts) -> Refusal | None:
    frozen = _F in position.resume
    if event in (Event.PURGE, Event.ERASE):
        frozen = frozen or facts.frozen_relative
    ending = event in (Event.EXPIRE, Event.PURGE, Event.ERASE)
    checks = (
        (rule.text_only and facts.kind is not Kind.TEXT, "text_only", "only text cubes may"),
        (
            event is Event.MERGE and not facts.one_scope,
            "other_scope",
            "what is merged must lie in one scope",
        ),
        (
            event is Event.UNMERGE and not facts.merge_intact,
            "merge_undone",
            "another parent, or the result, has moved on since the merge",
        ),
        (
            rule.target is Target.POP and not position.resume,
            "no_state_left",
            "nothing to go back to",
        ),
        (
            event is Event.ACTIVATE and not facts.check_passed,
            "unchecked",
            "its check has not passed",
        ),
        (event is Event.ARCHIVE and facts.pinned, "pinned", "it is pinned; unpin it first"),
        (event is Event.RELEASE and facts.erasing, "erasing", "it is being erased"),
        (event is Event.EXPIRE and not facts.expiry_due, "not_due", "its time has not come"),
        (event is Event.PURGE and not facts.purge_due, "not_due", "it is still recoverable"),
        (
            event is Event.RESTORE and position.state is _X and not facts.recoverable,
            "past_recovery",
            "its time to be restored is over",
        ),
        (ending and facts.retained, "retained", "retain_until lies ahead"),
        (
            ending and frozen,
            "frozen",
            "it, or a memory made from it, is frozen; unfreeze that first",
        ),
    )
    return next((Refusal(why, text) for bad, why, text in checks if bad), None)


def _illegal(
    position: Position, event: Event, refusal: Refusal | None, facts: Facts
) -> IllegalTransition:
    legal = [legal.value for legal in legal_events(position, facts)]
    why = refusal.message if refusal else "it is refused"
    return IllegalTransition(
        f"cannot {event.value} a cube in state {position.state.value!r}: {why}; "
        f"legal moves: {', '.join(legal) or 'none'}",
        state=position.state.value,
        event=event.value,
        reason=refusal.reason if refusal else "refused",
        legal=legal,
    )
