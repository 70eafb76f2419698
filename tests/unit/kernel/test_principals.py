"""Who sees and changes what: tenants, bindings, privacy."""

from collections.abc import Iterator

import pytest

from memory_os import Memory
from memory_os.clock import ManualClock
from memory_os.domain.access import Role
from memory_os.domain.lifecycle import State
from memory_os.domain.scope import Scope
from memory_os.errors import AccessDenied, AlreadyExists, NotFound
from tests.unit.kernel.stage import DAY, START, cube, only, opened, seen_by


@pytest.fixture
def memory() -> Iterator[Memory]:
    with opened() as opened_one:
        yield opened_one


def texts(memory: Memory, query: str = "tea") -> set[str]:
    found = {hit.memory for hit in memory.search(query).results}
    listed = {record.memory for record in memory.get_all().results}
    assert found == listed
    return found


def test_another_tenant_is_another_world(memory: Memory) -> None:
    added = only(memory.add("tea of one", external_id="x1"))
    stranger = seen_by(memory, tenant="t2", role=Role.ADMIN)
    assert texts(stranger) == set()
    assert stranger.search("tea").outcome == "empty"
    other = only(stranger.add("tea of one", external_id="x1"))
    assert (other.event, other.id != added.id) == ("ADD", True)
    for call in (
        lambda: stranger.get(added.id),
        lambda: stranger.history(added.id),
        lambda: stranger.update(added.id, "x"),
        lambda: stranger.delete(added.id),
        lambda: stranger.freeze(added.id),
        lambda: stranger.restore(added.id),
    ):
        with pytest.raises(NotFound) as refused:
            call()
        unknown = f"no memory {added.id!r}"
        assert refused.value.message == unknown
    stranger.delete_all(filters={"id": "*"})
    assert texts(memory) == {"tea of one"}


def test_a_bound_caller_sees_its_own_and_what_is_shared(memory: Memory) -> None:
    for user in ("ada", "bob", None):
        memory.add(f"tea of {user}", user_id=user)
    ada = seen_by(memory, bindings=Scope(user_id="ada"))
    assert texts(ada) == {"tea of ada", "tea of None"}
    hidden = next(r for r in memory.get_all().results if r.memory == "tea of bob")
    with pytest.raises(NotFound):
        ada.get(hidden.id)
    with pytest.raises(NotFound):
        ada.update(hidden.id, "x")
    with pytest.raises(AccessDenied, match="another user_id"):
        ada.search("tea", user_id="bob")
    with pytest.raises(AccessDenied):
        ada.add("x", user_id="bob")


def test_what_a_bound_caller_adds_goes_to_its_own_scope(memory: Memory) -> None:
    ada = seen_by(memory, bindings=Scope(user_id="ada", namespace=("team",)))
    record = memory.get(only(ada.add("tea", agent_id="chef")).id)
    assert (record.user_id, record.agent_id, record.namespace) == ("ada", "chef", ("team",))
    below = memory.get(only(ada.add("tea", namespace=["team", "a"])).id)
    assert below.namespace == ("team", "a")
    for elsewhere in (["other"], ["teams"]):
        with pytest.raises(AccessDenied, match="namespace"):
            ada.add("tea", namespace=elsewhere)
        with pytest.raises(AccessDenied, match="namespace"):
            ada.search("tea", namespace=elsewhere)


def test_a_namespace_shuts_out_the_others(memory: Memory) -> None:
    for namespace in (["team"], ["team", "a"], ["other"], []):
        memory.add(f"tea of {namespace}", namespace=namespace)
    bound = seen_by(memory, bindings=Scope(namespace=("team",)))
    assert texts(bound) == {"tea of ['team']", "tea of ['team', 'a']", "tea of []"}


def test_what_is_private_is_seen_by_who_made_it_and_who_governs(memory: Memory) -> None:
    one, two = (seen_by(memory, id=name) for name in ("one", "two"))
    private = only(one.add("tea in private", visibility="private"))
    one.add("tea in public")
    assert texts(one) == {"tea in private", "tea in public"}
    assert texts(two) == {"tea in public"}
    assert texts(memory) == {"tea in private", "tea in public"}
    for call in (two.get, two.history, two.delete):
        with pytest.raises(NotFound):
            call(private.id)


def test_a_private_text_is_not_touched_by_somebody_else(memory: Memory) -> None:
    one, two = (seen_by(memory, id=name) for name in ("one", "two"))
    private = only(one.add("tea", visibility="private"))
    other = only(two.add("tea"))
    assert (other.event, other.id != private.id) == ("ADD", True)


def test_a_private_memory_stays_its_makers_when_another_changes_it(memory: Memory) -> None:
    one = seen_by(memory, id="one")
    private = only(one.add("tea", visibility="private"))
    memory.update(private.id, tags=["seen"])
    memory.update(private.id, "green tea")
    assert one.get(private.id).memory == "green tea"
    assert texts(one) == {"green tea"}
    assert texts(seen_by(memory, id="two")) == set()


def test_a_bound_caller_cannot_delete_by_scope_what_is_shared_with_it(memory: Memory) -> None:
    shared = only(memory.add("shared tea")).id
    mine = only(memory.add("tea of ada", user_id="ada")).id
    ada = seen_by(memory, bindings=Scope(user_id="ada"))
    for dry_run in (True, False):
        with pytest.raises(AccessDenied, match="shared beyond"):
            ada.delete_all(user_id="ada", scope_match="inherit", dry_run=dry_run)
    assert memory.get(shared).memory == "shared tea"
    assert ada.delete_all(user_id="ada").ids == (mine,)
    assert memory.delete_all(user_id="ada", scope_match="inherit").ids == (shared,)


def test_who_holds_an_external_id_is_told_to_those_only_who_may_see_it(memory: Memory) -> None:
    ada, bob = (seen_by(memory, id=name) for name in ("ada", "bob"))
    held = only(ada.add("secret", external_id="x", agent_id="desk", visibility="private")).id
    with pytest.raises(AlreadyExists) as told:
        ada.add("else", external_id="x", agent_id="desk")
    assert told.value.detail == {"external_id": "x", "id": held}
    with pytest.raises(AlreadyExists, match="another memory") as hidden:
        bob.add("else", external_id="x", agent_id="desk")
    assert hidden.value.detail == {"external_id": "x"}
    assert held not in hidden.value.message


def test_who_is_held_back_with_an_external_id_is_told_to_reviewers_only(memory: Memory) -> None:
    held = only(memory.add("tea", external_id="x", agent_id="desk")).id
    memory.quarantine(held)
    with pytest.raises(AlreadyExists, match=held):
        memory.add("else", external_id="x", agent_id="desk")
    with pytest.raises(AlreadyExists, match="another memory") as hidden:
        seen_by(memory).add("else", external_id="x", agent_id="desk")
    assert hidden.value.detail == {"external_id": "x"}


def test_what_lapsed_in_quarantine_leaves_its_external_id_to_anybody() -> None:
    clock = ManualClock(START)
    with opened(clock) as memory:
        held = only(memory.add("tea", external_id="x", agent_id="desk", ttl_seconds=60)).id
        memory.quarantine(held)
        clock.advance(DAY)
        added = only(seen_by(memory).add("else", external_id="x", agent_id="desk"))
        assert memory.get(added.id).external_id == "x"
        assert cube(memory, held).governance.state is State.EXPIRED
