"""A life: moves, expiry, deletion and coming back, on a clock moved by hand."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from memory_os import Memory
from memory_os.clock import ManualClock
from memory_os.domain.access import Principal, Role
from memory_os.domain.lifecycle import Position, State
from memory_os.domain.scope import Scope
from memory_os.errors import AccessDenied, IllegalTransition, InvalidInput, NotFound
from tests.unit.kernel.stage import DAY, START, cube, journal, kernel, only, opened, seen_by

SECOND = timedelta(seconds=1)


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(START)


@pytest.fixture
def memory(clock: ManualClock) -> Iterator[Memory]:
    with opened(clock) as opened_one:
        yield opened_one


def found(memory: Memory, query: str = "kettle", **options: Any) -> list[str]:
    return [hit.id for hit in memory.search(query, **options).results]


@pytest.fixture
def kettle(memory: Memory) -> str:
    return str(only(memory.add("The kettle is on.", ttl_seconds=60)).id)


@pytest.fixture
def tea(memory: Memory) -> str:
    return str(only(memory.add("Ada drinks tea.")).id)


STEPS = [
    ("activate", "activated"), ("freeze", "frozen"), ("quarantine", "quarantined"),
    ("release", "frozen"), ("unfreeze", "activated"), ("archive", "archived"),
    ("freeze", "frozen"), ("unfreeze", "archived"), ("quarantine", "quarantined"),
    ("release", "archived"), ("restore", "generated"),
]  # fmt: skip


def test_a_life_goes_by_the_table_and_each_step_is_told(memory: Memory, tea: str) -> None:
    for event, state in STEPS:
        moved = getattr(memory, event)(tea, reason=f"why {event}")
        assert (moved.state, moved.state_reason) == (state, f"why {event}")
        assert memory.get(tea) == moved
    assert cube(memory, tea).governance.resume == ()
    told = [(entry.note.action, entry.note.reason) for entry in journal(memory)[1:]]
    assert told == [(event, f"why {event}") for event, _ in STEPS]
    assert memory.history(tea).results[-1].version == 1


@pytest.mark.parametrize("event", [event for event, _ in STEPS] + ["delete", "deactivate"])
def test_a_dry_run_shows_the_move_and_makes_none(memory: Memory, tea: str, event: str) -> None:
    def send(*, dry_run: bool) -> object:
        try:
            return memory.move(tea, event, reason="try", dry_run=dry_run)
        except IllegalTransition as refused:
            return dict(refused.detail)

    before, entries = cube(memory, tea), len(journal(memory))
    shown = send(dry_run=True)
    assert cube(memory, tea) == before
    assert len(journal(memory)) == entries
    assert send(dry_run=False) == shown


def test_an_illegal_move_names_the_legal_ones(memory: Memory, tea: str) -> None:
    memory.freeze(tea)
    for event in ("archive", "activate", "freeze", "delete", "restore"):
        with pytest.raises(IllegalTransition) as refused:
            memory.move(tea, event, reason="x")
        assert refused.value.detail["legal"] == ["unfreeze", "quarantine", "override"]
        assert "unfreeze" in refused.value.message
    memory.unfreeze(tea)
    memory.pin(tea)
    with pytest.raises(IllegalTransition, match="unpin it first") as refused:
        memory.archive(tea)
    assert "archive" not in refused.value.detail["legal"]  # type: ignore[operator]


@pytest.mark.parametrize(
    "event", ["revise", "supersede", "merge", "unmerge", "purge", "erase", "override"]
)
def test_some_events_are_not_a_callers_to_send(memory: Memory, tea: str, event: str) -> None:
    with pytest.raises(InvalidInput, match="not sent by itself"):
        memory.move(tea, event, reason="x")


def test_an_unknown_event_or_an_empty_reason_is_refused(memory: Memory, tea: str) -> None:
    with pytest.raises(InvalidInput, match="event"):
        memory.move(tea, "melt", reason="x")
    with pytest.raises(InvalidInput, match="reason"):
        memory.move(tea, "freeze", reason="")


GOVERNED = ("freeze", "unfreeze", "quarantine", "release")


@pytest.mark.parametrize("event", GOVERNED)
def test_freezing_and_quarantine_are_for_who_governs(memory: Memory, tea: str, event: str) -> None:
    if event == "unfreeze":
        memory.freeze(tea)
    if event == "release":
        memory.quarantine(tea)
    writer = seen_by(memory)
    refusal, why = (NotFound, "no memory") if event == "release" else (AccessDenied, "govern")
    with pytest.raises(refusal, match=why):
        getattr(writer, event)(tea)
    assert getattr(memory, event)(tea).state


def test_a_reader_moves_and_changes_nothing(memory: Memory, tea: str) -> None:
    reader = seen_by(memory, role=Role.READ)
    for call in (
        lambda: reader.archive(tea),
        lambda: reader.update(tea, "ale"),
        lambda: reader.delete(tea),
        lambda: reader.delete_all(user_id="ada"),
        lambda: reader.add("x"),
    ):
        with pytest.raises(AccessDenied, match="write"):
            call()
    assert reader.get(tea).memory == "Ada drinks tea."


def test_a_deleted_memory_says_how_to_bring_it_back_and_comes_back(
    memory: Memory, tea: str
) -> None:
    answer = memory.delete(tea, reason="wrong")
    assert (answer.deleted, answer.ids, answer.purge_at) == (1, (tea,), START + 30 * DAY)
    with pytest.raises(NotFound) as refused:
        memory.get(tea)
    assert "'restore' brings it back until 2026-03-31" in refused.value.message
    assert found(memory, "tea") == []
    with pytest.raises(NotFound):
        memory.delete(tea)
    assert [each.memory for each in memory.history(tea).results] == ["Ada drinks tea."]
    restored = memory.restore(tea)
    assert (restored.state, restored.purge_at) == ("generated", None)
    assert memory.get(tea) == restored
    assert found(memory, "tea") == [tea]


def test_after_thirty_days_nothing_comes_back(memory: Memory, tea: str, clock: ManualClock) -> None:
    memory.delete(tea)
    clock.advance(30 * DAY - SECOND)
    assert memory.move(tea, "restore", reason="x", dry_run=True).state == "generated"
    clock.advance(SECOND)
    with pytest.raises(IllegalTransition, match="time to be restored is over"):
        memory.restore(tea)
    with pytest.raises(NotFound, match="can no longer be restored"):
        memory.get(tea)


def test_a_reason_that_cannot_be_journalled_deletes_nothing(memory: Memory, tea: str) -> None:
    for reason in ("\ud800", "\x00", "x" * 1_001):
        with pytest.raises(InvalidInput, match="reason"):
            memory.delete(tea, reason=reason)
    assert memory.get(tea).state == "generated"
    memory.delete(tea, reason="x" * 1_000)


def test_a_time_to_live_ends_on_the_second_without_any_sweep(
    memory: Memory, kettle: str, clock: ManualClock
) -> None:
    clock.advance(timedelta(seconds=60) - timedelta(microseconds=1))
    assert memory.get(kettle).expires_at == START + timedelta(seconds=60)
    assert found(memory) == [kettle]
    clock.advance(timedelta(microseconds=1))
    assert found(memory) == []
    assert memory.search("kettle").outcome == "empty"
    assert memory.get_all().results == ()
    with pytest.raises(NotFound, match="'restore' brings it back until 2026-03-31T12:01:00"):
        memory.get(kettle)
    assert memory.get(kettle, as_of=START).memory == "The kettle is on."


def test_what_has_lapsed_counts_as_expired_for_every_move(
    memory: Memory, kettle: str, clock: ManualClock
) -> None:
    clock.advance(timedelta(minutes=2))
    for event in ("activate", "archive", "freeze", "delete", "expire"):
        with pytest.raises(IllegalTransition) as refused:
            memory.move(kettle, event, reason="x")
        assert refused.value.detail["state"] == "expired"
        assert "restore" in refused.value.detail["legal"]  # type: ignore[operator]


def test_a_lapsed_memory_is_restored_with_its_time_to_live_anew(
    memory: Memory, kettle: str, clock: ManualClock
) -> None:
    clock.advance(timedelta(minutes=2))
    restored = memory.restore(kettle)
    assert restored.expires_at == clock.now() + timedelta(seconds=60)
    assert found(memory) == [kettle]
    clock.advance(timedelta(seconds=60))
    assert found(memory) == []


def test_a_fixed_expiry_that_has_passed_is_gone_after_a_restore(
    memory: Memory, clock: ManualClock
) -> None:
    fixed = only(memory.add("The kettle is on.", expires_at=START + DAY)).id
    kept = only(memory.add("The kettle is off.", expires_at=START + 9 * DAY)).id
    memory.delete(kept)
    clock.advance(2 * DAY)
    assert memory.restore(fixed).expires_at is None
    assert memory.restore(kept).expires_at == START + 9 * DAY


def test_thirty_days_after_lapsing_nothing_comes_back(
    memory: Memory, kettle: str, clock: ManualClock
) -> None:
    clock.advance(timedelta(seconds=60) + 30 * DAY)
    with pytest.raises(IllegalTransition, match="time to be restored is over"):
        memory.restore(kettle)


def test_frozen_beats_expiry_and_thawing_gives_a_day(
    memory: Memory, kettle: str, clock: ManualClock
) -> None:
    memory.freeze(kettle)
    clock.advance(9 * DAY)
    assert found(memory) == [kettle]
    assert memory.get(kettle).state == "frozen"
    assert [each.id for each in memory.get_all().results] == [kettle]
    thawed = memory.unfreeze(kettle)
    assert thawed.expires_at == clock.now() + DAY
    assert found(memory) == [kettle]
    clock.advance(DAY)
    assert found(memory) == []


def test_what_lapsed_in_quarantine_is_restored_only_by_who_governs(
    memory: Memory, kettle: str, clock: ManualClock
) -> None:
    memory.quarantine(kettle)
    clock.advance(timedelta(minutes=2))
    with pytest.raises(NotFound, match="no memory"):
        seen_by(memory).restore(kettle)
    assert memory.restore(kettle).state == "generated"


def test_a_writer_restores_what_a_writer_deleted(memory: Memory, tea: str) -> None:
    writer = seen_by(memory)
    writer.delete(tea)
    assert writer.restore(tea).state == "generated"


def test_states_on_request_are_recalled(memory: Memory, tea: str) -> None:
    memory.archive(tea)
    assert found(memory, "tea") == []
    assert found(memory, "tea", states=["archived"]) == [tea]
    assert [each.id for each in memory.get_all().results] == [tea]
    assert memory.get_all(states=["generated"]).results == ()
    memory.quarantine(tea)
    assert found(memory, "tea", states=["archived", "quarantined"]) == []
    assert memory.get_all().results == ()


def test_deleting_a_scope_leaves_the_others_and_what_cannot_be_deleted(memory: Memory) -> None:
    texts = ["one", "two", "three", "four"]
    one, two, three, four = (only(memory.add(text, user_id="ada")).id for text in texts)
    memory.archive(two)
    memory.freeze(three)
    memory.quarantine(four)
    other = only(memory.add("five", user_id="bob")).id
    shared = only(memory.add("six")).id
    planned = memory.delete_all(user_id="ada", dry_run=True)
    assert (planned.deleted, planned.dry_run, planned.purge_at) == (2, True, None)
    assert memory.get(one).state == "generated"
    done = memory.delete_all(user_id="ada", reason="left us")
    assert set(done.ids) == set(planned.ids) == {one, two}
    assert (done.deleted, done.purge_at) == (2, START + 30 * DAY)
    assert memory.get(three).state == "frozen"
    assert cube(memory, four).governance.state is State.QUARANTINED
    assert {memory.get(other).memory, memory.get(shared).memory} == {"five", "six"}
    assert memory.delete_all(user_id="ada").deleted == 0
    everything = ["generated", "archived", "frozen", "quarantined", "expired"]
    assert memory.delete_all(user_id="ada", states=everything).deleted == 0


def test_deleting_by_filter_goes_by_the_filter(memory: Memory) -> None:
    for number in range(5):
        memory.add(f"text {number}", user_id="ada", metadata={"n": number})
    assert memory.delete_all(user_id="ada", filters={"n": {"gte": 3}}).deleted == 2
    assert memory.delete_all(filters={"n": 0}).deleted == 1
    assert [each.memory for each in memory.get_all(user_id="ada").results] == ["text 1", "text 2"]


def test_a_bound_caller_deletes_its_own_and_not_what_is_shared_with_it(memory: Memory) -> None:
    shared = only(memory.add("shared", agent_id="chef")).id
    mine = only(memory.add("mine", agent_id="chef", user_id="ada")).id
    ada = seen_by(memory, bindings=Scope(user_id="ada"))
    assert ada.delete_all(agent_id="chef").ids == (mine,)
    assert memory.get(shared).memory == "shared"


def test_a_large_scope_is_deleted_whole_and_long_work_tells_its_progress() -> None:
    told: list[tuple[str, int, int]] = []

    def progress(stage: str, done: int, total: int) -> None:
        told.append((stage, done, total))

    with opened(progress=progress) as memory:
        memory.add([{"content": f"text {number}"} for number in range(1_100)], user_id="ada")
        embedding = [(done, total) for stage, done, total in told if stage == "embedding"]
        assert embedding == [(0, 1_100), (512, 1_100), (1_024, 1_100), (1_100, 1_100)]
        assert memory.delete_all(user_id="ada").deleted == 1_100
        assert memory.get_all(user_id="ada").results == ()
        assert memory.search("text", user_id="ada").outcome == "empty"


def test_what_has_lapsed_makes_room_for_its_text_and_its_external_id(
    memory: Memory, clock: ManualClock
) -> None:
    lapsing: dict[str, Any] = {"user_id": "ada", "ttl_seconds": 5}
    first = only(memory.add("tea", **lapsing)).id
    second = only(memory.add("cake", external_id="x1", **lapsing)).id
    clock.advance(timedelta(seconds=5))
    again = only(memory.add("tea", user_id="ada"))
    taken = only(memory.add("pie", user_id="ada", external_id="x1"))
    assert (again.event, taken.event) == ("ADD", "ADD")
    for lapsed in (first, second):
        swept = cube(memory, lapsed).governance
        assert (swept.state, swept.lifespan.purge_at) == ("expired", clock.now() + 30 * DAY)
    assert set(found(memory, "tea pie", user_id="ada")) == {again.id, taken.id}
    actors = {e.note.actor for e in journal(memory) if e.note.action == "expire"}
    assert actors == {"platform"}


def test_a_place_in_the_life_can_be_asked_for(memory: Memory, tea: str) -> None:
    asked = kernel(memory).connector(Principal())
    assert asked.kernel.position(asked.principal, tea) == Position(State.GENERATED)
    memory.delete(tea)
    assert asked.kernel.position(asked.principal, tea) == Position(State.EXPIRED)
