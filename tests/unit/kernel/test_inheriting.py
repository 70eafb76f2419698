"""A merge's result is shared with whom every parent was shared with, and no further."""

from datetime import timedelta

import pytest

from memory_os import Memory
from memory_os.clock import ManualClock
from memory_os.domain.access import Principal, PrincipalKind
from memory_os.domain.grants import Purpose
from memory_os.domain.lifecycle import Right
from memory_os.domain.scope import Scope
from memory_os.errors import MemoryOSError, NotFound
from memory_os.kernel.memory_os import KernelConnector
from tests.unit.kernel.stage import START, cube, kernel, opened

SAME = ("Ada likes green tea.", "Ada likes green tea much.")
DAY = timedelta(days=1)


def _stranger(memory: Memory, name: str) -> Memory:
    """Return a caller who is bound elsewhere, and sees nothing but by a grant."""
    principal = Principal("default", name, PrincipalKind.AGENT, Scope(agent_id=name), frozenset())
    return Memory(KernelConnector(kernel(memory), principal))


def _parents(memory: Memory) -> list[str]:
    return [memory.add(text, user_id="ada").results[0].id for text in SAME]


def test_a_grant_on_every_parent_holds_on_the_result_with_what_each_gives() -> None:
    clock = ManualClock(START)
    with opened(clock) as memory:
        one, two = _parents(memory)
        memory.grant("bob", memory_id=one, rights=["read", "write"], until=START + 3 * DAY)
        memory.grant("bob", memory_id=two, rights=["read"], until=START + 2 * DAY)
        merged = memory.merge([one, two], reason="same").results[0].id
        (given,) = memory.grants(memory_id=merged).results
        assert (given.to.principal, given.rights, given.until) == (
            "bob",
            (Right.READ,),
            START + 2 * DAY,
        )
        bob = _stranger(memory, "bob")
        assert bob.get(merged).memory == cube(memory, merged).text
        clock.advance(2 * DAY)
        with pytest.raises(NotFound):
            bob.get(merged)


def test_a_grant_on_one_parent_alone_opens_nothing() -> None:
    with opened() as memory:
        one, two = _parents(memory)
        memory.grant("bob", memory_id=one, rights=["read"])
        memory.grant("cy", memory_id=two, rights=["read"])
        merged = memory.merge([one, two], reason="same").results[0].id
        assert memory.grants(memory_id=merged).results == ()
        for name in ("bob", "cy"):
            with pytest.raises(NotFound):
                _stranger(memory, name).get(merged)


def test_rights_that_no_parent_shares_are_not_kept_but_purposes_that_all_do() -> None:
    with opened() as memory:
        one, two = _parents(memory)
        memory.grant("bob", memory_id=one, rights=["read"], purposes=["recall", "train"])
        memory.grant("bob", memory_id=two, rights=["read"], purposes=["recall"])
        merged = memory.merge([one, two], reason="same").results[0].id
        (given,) = memory.grants(memory_id=merged).results
        assert given.purposes == (Purpose.RECALL,)


@pytest.mark.parametrize("which", [0, 1])
def test_revoking_the_grant_on_either_parent_ends_that_on_the_result(which: int) -> None:
    with opened() as memory:
        parents = _parents(memory)
        given = [memory.grant("bob", memory_id=one, rights=["read"]).id for one in parents]
        merged = memory.merge(parents, reason="same").results[0].id
        bob = _stranger(memory, "bob")
        assert bob.get(merged).id == merged
        memory.revoke_grant(given[which])
        with pytest.raises(MemoryOSError):
            bob.get(merged)


def test_unmerging_returns_parents_to_the_byte_with_their_own_grants() -> None:
    with opened() as memory:
        parents = _parents(memory)
        for one in parents:
            memory.grant("bob", memory_id=one, rights=["read"])
        before = [cube(memory, one) for one in parents]
        grants = [memory.grants(memory_id=one).results for one in parents]
        merged = memory.merge(parents, reason="same").results[0].id
        memory.unmerge(merged, reason="not")
        assert [cube(memory, one) for one in parents] == before
        assert [memory.grants(memory_id=one).results for one in parents] == grants


def test_what_an_erasure_merges_again_keeps_what_the_remaining_parents_share() -> None:
    with opened() as memory:
        parents = [
            *_parents(memory),
            memory.add("Ada does like green tea.", user_id="ada").results[0].id,
        ]
        for one in parents[1:]:
            memory.grant("bob", memory_id=one, rights=["read"])
        memory.merge(parents, reason="same")
        receipt = memory.erase([parents[0]], reason="asked")
        (replaced,) = receipt.replaced
        assert _stranger(memory, "bob").get(replaced.new).id == replaced.new
