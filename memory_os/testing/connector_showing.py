"""Visibility, purposes and review, as several callers meet them; part of ``MemorySuite``."""

import pytest

from memory_os.errors import AccessDenied
from memory_os.sdk import Memory
from memory_os.testing.connector_granting import PLAN, As, refused, seen


class ShowingTests:
    """Who reads a memory by default, and for what."""

    def test_visibility_says_who_reads_and_widening_takes_the_right_to_share(
        self, memory: Memory, as_caller: As
    ) -> None:
        maker, peer = as_caller(agent_id="planner"), as_caller(agent_id="planner")
        sharer, writer = as_caller(agent_id="planner", role="share"), as_caller(agent_id="writer")
        plan = maker.add(PLAN).results[0].id
        assert maker.share(plan, visibility="private").visibility == "private"
        refused(peer, plan)
        with pytest.raises(AccessDenied, match="share"):
            maker.share(plan, visibility="scope")
        memory.share(plan, visibility="scope")
        assert seen(peer) == {plan}
        refused(writer, plan)
        with pytest.raises(AccessDenied, match="share"):
            peer.share(plan, visibility="tenant")
        with pytest.raises(AccessDenied, match="private"):
            peer.share(plan, visibility="private")
        with pytest.raises(AccessDenied, match="share"):
            maker.add("For all to read.", visibility="tenant")
        assert sharer.share(plan, visibility="tenant", reason="news").visibility == "tenant"
        assert seen(writer) == {plan}
        with pytest.raises(AccessDenied, match="write"):
            writer.update(plan, "Mine now.")
        told = sharer.add("For all to read of a ferry.", visibility="tenant").results[0].id
        assert seen(writer) == {plan, told}
        peer.share(plan, visibility="scope")
        assert seen(writer) == {told}

    def test_a_restricted_memory_takes_a_grant_that_names_the_purpose(
        self, memory: Memory, as_caller: As
    ) -> None:
        plan = memory.add(PLAN, agent_id="planner", sensitivity="restricted").results[0].id
        planner = as_caller(agent_id="planner", role="share")
        for caller in (memory, planner):
            with pytest.raises(AccessDenied, match="recall"):
                caller.get(plan)
            with pytest.raises(AccessDenied, match="recall"):
                caller.history(plan)
            with pytest.raises(AccessDenied, match="recall"):
                caller.update(plan, "Mine now.")
            with pytest.raises(AccessDenied, match="recall"):
                caller.archive(plan)
            assert seen(caller) == set()
        refused(as_caller(agent_id="writer"), plan)
        memory.grant({"agent_id": "planner"}, memory_id=plan)
        assert seen(planner) == set()
        memory.grant({"agent_id": "planner"}, memory_id=plan, purposes=["export"])
        assert seen(planner) == set()
        grant = planner.grant({"agent_id": "planner"}, memory_id=plan, purposes=["recall"])
        assert seen(planner) == {plan}
        assert planner.get(plan).memory == PLAN
        assert len(planner.history(plan).results) == 1
        assert seen(memory) == set()
        planner.revoke_grant(grant.id)
        assert seen(planner) == set()
        assert planner.delete(plan).deleted == 1

    def test_who_may_govern_by_a_grant_reviews_what_is_held(
        self, memory: Memory, as_caller: As
    ) -> None:
        plan = memory.add(PLAN, agent_id="planner").results[0].id
        made = memory.get(plan).created_at
        reviewer = as_caller(agent_id="reviewer")
        memory.grant({"agent_id": "reviewer"}, agent_id="planner", role="admin")
        memory.quarantine(plan)
        assert reviewer.get(plan).state == "quarantined"
        refused(as_caller(agent_id="planner"), plan)
        assert seen(reviewer) == set()
        assert reviewer.search("blue ferry", threshold=0.0, as_of=made).results == ()
        assert reviewer.release(plan).state == "generated"
        assert seen(reviewer) == {plan}
