"""Sweeps: every move by the table, none on old knowledge, frost before all."""

from datetime import timedelta
from typing import Any

import pytest

import memory_os
from memory_os.clock import ManualClock
from memory_os.domain.access import ROLE_RIGHTS, Role
from memory_os.domain.lifecycle import State
from memory_os.domain.scope import Scope
from memory_os.errors import AccessDenied
from memory_os.kernel.parts import Rules
from memory_os.sdk import Memory
from tests.unit.kernel.stage import DAY, START, cube, journal, kernel, only, opened, seen_by


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(START)


@pytest.fixture
def memory(clock: ManualClock) -> Any:
    with opened(clock) as memory:
        yield memory


def fact(memory: Memory, text: str, **options: Any) -> str:
    fields = {"user_id": "ada", "semantic_type": "fact", **options}
    return str(only(memory.add(text, **fields)).id)


def test_a_fact_lives_the_documented_year(memory: Memory, clock: ManualClock) -> None:
    unused, cited = fact(memory, "unused"), fact(memory, "cited")
    seen: dict[str, dict[State, int]] = {unused: {}, cited: {}}
    for day in (1, *range(28, 33), *range(142, 148), *range(189, 193), *range(299, 304)):
        clock.set(START + day * DAY)
        if day == 30:
            memory.feedback(cited, "cited")
        memory.run_policies()
        for each, states in seen.items():
            states.setdefault(memory.get(each).state, day)
    assert seen[unused] == {State.GENERATED: 1, State.ARCHIVED: 191}
    assert seen[cited][State.ACTIVATED] == 30
    assert memory.get(cited).state == "archived"
    assert seen[cited][State.ARCHIVED] == 302
    moves = [entry.note.reason for entry in journal(memory) if "default@0" in entry.note.reason]
    assert moves == [
        "decay by default@0: strong",
        "decay by default@0: weak",
        "archive by default@0: faded",
        "archive by default@0: faded",
    ]


def test_a_frozen_memory_that_is_overdue_is_noted_once(memory: Memory, clock: ManualClock) -> None:
    one = fact(memory, "frozen", ttl_seconds=60)
    memory.freeze(one)
    clock.advance(400 * DAY)
    for _ in range(3):
        assert memory.run_policies().moved == 0
    held = [entry.note for entry in journal(memory) if entry.note.action == "hold"]
    assert [note.targets for note in held] == [(one,)]
    memory.unfreeze(one)
    clock.advance(2 * DAY)
    assert memory.run_policies(["ttl"]).moved == 1
    assert kernel(memory).parts.store.verify() == []


def test_what_must_be_retained_is_told_to_nobody_but_stays(
    memory: Memory, clock: ManualClock
) -> None:
    one = fact(memory, "kept", ttl_seconds=60, retain_until=START + 10 * DAY)
    clock.advance(DAY)
    assert memory.run_policies(["ttl"]).moved == 0
    assert cube(memory, one).governance.state is State.GENERATED
    clock.advance(10 * DAY)
    assert memory.run_policies(["ttl"]).moved == 1


def test_what_no_longer_holds_is_archived_after_a_while(memory: Memory, clock: ManualClock) -> None:
    one = fact(memory, "over", valid_to=START + DAY)
    clock.set(START + 30 * DAY)
    assert memory.run_policies().moved == 0
    clock.set(START + 31 * DAY)
    (move,) = memory.run_policies().results
    assert (move.id, move.reason) == (one, "no_longer_valid")


def test_what_stands_behind_a_merge_expires_with_it(memory: Memory, clock: ManualClock) -> None:
    parts = [fact(memory, text, ttl_seconds=60 * 60) for text in ("one thing", "one more thing")]
    result = memory.merge(parts, reason="the same").results[0].id
    clock.advance(DAY)
    done = memory.run_policies(["ttl"])
    assert done.counts == {"ttl": {"expire": 3}}
    assert {cube(memory, each).governance.state for each in (*parts, result)} == {State.EXPIRED}
    assert kernel(memory).parts.store.verify() == []


def test_the_index_follows_a_sweep_without_a_rebuild(memory: Memory, clock: ManualClock) -> None:
    faded, strong = fact(memory, "green tea"), fact(memory, "black tea")
    memory.search("tea", user_id="ada")
    clock.advance(100 * DAY)
    memory.feedback(strong, "confirmed")
    clock.advance(91 * DAY)
    memory.run_policies()

    def found(**options: Any) -> list[str]:
        answer = memory.search("tea", user_id="ada", threshold=0.0, **options)
        return [hit.id for hit in answer.results]

    assert found() == [strong]
    assert found(states=["archived"]) == [faded]
    assert set(found(as_of=START + 150 * DAY)) == {faded, strong}
    live = found(states=["archived"]), found(), found(as_of=START + 150 * DAY)
    kernel(memory).indexing.rebuild("default")
    assert live == (found(states=["archived"]), found(), found(as_of=START + 150 * DAY))


def test_another_process_follows_a_sweep_from_the_outbox(tmp_path: Any) -> None:
    clock, url = ManualClock(START), f"sqlite:///{tmp_path}/memory.db"
    with (
        memory_os.connect(url, clock=clock) as one,
        memory_os.connect(url, clock=clock) as other,
    ):
        faded, strong = fact(one, "green tea"), fact(one, "black tea")
        assert len(other.search("tea", user_id="ada").results) == 2
        clock.advance(100 * DAY)
        one.feedback(strong, "confirmed")
        clock.advance(91 * DAY)
        assert one.run_policies().moved == 1
        hits = other.search("tea", user_id="ada", threshold=0.0).results
        assert [hit.id for hit in hits] == [strong]
        cold = other.search("tea", user_id="ada", threshold=0.0, states=["archived"]).results
        assert [hit.id for hit in cold] == [faded]


def test_a_sweep_of_a_bound_caller_stays_in_its_scope(memory: Memory, clock: ManualClock) -> None:
    mine, other = fact(memory, "mine"), fact(memory, "other", user_id="bo")
    shared = fact(memory, "shared", user_id=None)
    clock.advance(200 * DAY)
    bound = seen_by(memory, bindings=Scope(user_id="ada"))
    assert [move.id for move in bound.run_policies().results] == [mine]
    with pytest.raises(AccessDenied):
        seen_by(memory, rights=ROLE_RIGHTS[Role.READ]).run_policies()
    assert {cube(memory, each).governance.state for each in (other, shared)} == {State.GENERATED}


def test_a_scheduler_sweeps_a_whole_tenant(memory: Memory, clock: ManualClock) -> None:
    one = fact(memory, "mine", visibility="private")
    held = fact(memory, "held", ttl_seconds=60)
    memory.quarantine(held)
    clock.advance(200 * DAY)
    done = kernel(memory).sweep_all("default")
    assert done.counts == {"ttl": {"expire": 1}, "archive": {"archive": 1}}
    assert cube(memory, one).governance.state is State.ARCHIVED
    assert cube(memory, held).governance.resume == (State.QUARANTINED,)
    assert journal(memory)[-1].note.actor == "platform"
    assert kernel(memory).sweep_all("nobody").moved == 0


def test_a_sweep_is_made_of_small_transactions(
    clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    with opened(clock) as memory:
        memory.add_many([f"note {number}" for number in range(250)], semantic_type="fact")
        clock.advance(200 * DAY)
        store, sizes = kernel(memory).parts.store, list[int]()
        write = store.write
        monkeypatch.setattr(
            store, "write", lambda each: (sizes.append(len(each.ops)), write(each))[1]
        )
        assert memory.run_policies().moved == 250
        size = Rules().sweep_together
        assert max(sizes) <= size
        assert sum(sizes) == 250


def test_what_changed_meanwhile_is_judged_anew(
    memory: Memory, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, other = fact(memory, "one"), fact(memory, "other")
    clock.advance(200 * DAY)
    store = kernel(memory).parts.store
    write, raced = store.write, list[str]()

    def racing(transaction: Any) -> Any:
        if not raced:
            raced.append(one)
            memory.pin(one)
        return write(transaction)

    monkeypatch.setattr(store, "write", racing)
    assert [move.id for move in memory.run_policies().results] == [other]
    assert memory.get(one).state == "generated"


def test_a_dry_run_foretells_what_the_run_does(memory: Memory, clock: ManualClock) -> None:
    memory.set_policy("default", {"eviction": {"text": {"max_count": 5}}})
    for number in range(8):
        fact(memory, f"old {number}", ttl_seconds=86_400 if number < 2 else None)
    clock.advance(200 * DAY)
    for number in range(8):
        memory.feedback(fact(memory, f"new {number}"), "confirmed")
    before = len(journal(memory))
    planned = memory.run_policies(dry_run=True)
    assert len(journal(memory)) == before
    done = memory.run_policies()
    assert planned.counts == done.counts
    assert [(move.id, move.policy) for move in planned.results] == [
        (move.id, move.policy) for move in done.results
    ]
    assert done.counts["evict"] == {"archive": 4}


def test_setting_a_set_needs_the_right_to_govern_and_says_who_and_why(memory: Memory) -> None:
    writer = seen_by(memory, role=Role.WRITE)
    with pytest.raises(AccessDenied):
        writer.set_policy("default", {})
    assert writer.policy("default").version == 0
    seen_by(memory, role=Role.ADMIN, id="root").set_policy("default", {}, reason="a start")
    note = journal(memory)[-1].note
    assert (note.actor, note.action, note.targets) == ("root", "policy", ("policy:default",))
    assert note.reason == "default@1: a start"
    assert kernel(memory).parts.store.verify() == []


def test_another_tenants_sets_are_its_own(memory: Memory) -> None:
    memory.set_policy("default", {"archive": {"below": 0.2}}, agents=["cook"])
    other = seen_by(memory, role=Role.ADMIN, tenant="other")
    assert [record.version for record in other.policies().results] == [0]
    other.set_policy("mild", {}, agents=["cook"])
    assert memory.policy("default").agents == ("cook",)


def test_new_memories_start_with_the_half_life_of_their_agents_set(
    memory: Memory, clock: ManualClock
) -> None:
    settings = {"decay": {"half_life_days": {"fact": 10}, "priority_scale": {"high": 3}}}
    memory.set_policy("brief", settings, agents=["cook"])
    one = fact(memory, "cook's", agent_id="cook", priority="high")
    other = fact(memory, "anybody's", priority="high")
    assert cube(memory, one).usage.half_life == 30
    assert cube(memory, other).usage.half_life == 120
    assert cube(memory, one).governance.lifespan.expires_at is None
    clock.advance(timedelta(seconds=1))
