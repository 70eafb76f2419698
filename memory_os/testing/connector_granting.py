"""Sharing between callers: grants and what they open; part of ``MemorySuite``."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from memory_os.errors import AccessDenied, InvalidCursor, InvalidInput, NotFound
from memory_os.sdk import Memory

As = Callable[..., Memory]
PLAN = "The planner books the blue ferry to Oslo."
UNKNOWN = "mem_01JZZZZZZZZZZZZZZZZZZZZZZZ"


def seen(memory: Memory, **scope: Any) -> set[str]:
    """Return the ids that listing, searching and packing show; they must agree."""
    listed = {each.id for each in memory.get_all(limit=1_000, **scope).results}
    found = memory.search("blue ferry", top_k=100, threshold=0.0, **scope).results
    packed = memory.context("blue ferry", max_tokens=10_000, threshold=0.0, **scope)
    cited = {citation.id for citation in packed.citations}
    assert {hit.id for hit in found} == cited == listed
    return listed


def refused(memory: Memory, memory_id: str) -> None:
    """Check that an id is answered like one that nothing has."""
    for call in (
        memory.get,
        memory.history,
        lambda each: memory.update(each, "Mine now."),
        memory.delete,
        lambda each: memory.grant({"agent_id": "x"}, memory_id=each),
        lambda each: memory.share(each, visibility="tenant"),
        memory.archive,
        lambda each: memory.merge([each, "mem_none"], reason="same"),
        lambda each: memory.rollback(version=1, memory_id=each),
    ):
        words = []
        for each in (memory_id, UNKNOWN):
            with pytest.raises(NotFound) as caught:
                call(each)
            assert caught.value.code == "not_found"
            words.append(caught.value.message.replace(each, "ID"))
        assert words[0] == words[1]


class GrantingTests:
    """What one caller lets another see and do.

    The suite's fixture ``as_caller`` opens the same tenant for another credential: it takes the
    scope ids that it is bound to, ``role`` and ``kind``.
    """

    def test_an_agent_reads_what_another_shares_with_it_and_no_longer_than_that(
        self, memory: Memory, as_caller: As
    ) -> None:
        plan = memory.add(PLAN, agent_id="planner").results[0].id
        made = memory.get(plan).created_at
        planner, writer = as_caller(agent_id="planner", role="share"), as_caller(agent_id="writer")
        refused(writer, plan)
        with pytest.raises(AccessDenied):
            writer.search("blue ferry", agent_id="planner")
        grant = planner.grant({"agent_id": "writer"}, agent_id="planner", reason="to write it up")
        assert (grant.rights, grant.live, grant.agent_id) == (("read",), True, "planner")
        assert writer.get(plan).memory == PLAN
        assert writer.get(plan, as_of=made).memory == PLAN
        assert len(writer.history(plan).results) == 1
        for scope in ({}, {"agent_id": "planner"}, {"as_of": made}):
            assert seen(writer, **scope) == {plan}
        with pytest.raises(AccessDenied, match="write"):
            writer.update(plan, "The writer books nothing.")
        with pytest.raises(AccessDenied):
            writer.add("Mine.", agent_id="planner")
        gone = planner.revoke_grant(grant.id, reason="written up")
        assert (gone.live, gone.id) == (False, grant.id)
        refused(writer, plan)
        assert seen(writer) == set()
        assert planner.revoke_grant(grant.id) == gone

    def test_a_grant_to_write_lets_another_change_and_add(
        self, memory: Memory, as_caller: As
    ) -> None:
        plan = memory.add(PLAN, agent_id="planner").results[0].id
        writer = as_caller(agent_id="writer")
        memory.grant({"agent_id": "writer"}, agent_id="planner", role="write")
        assert writer.update(plan, "The writer books the red ferry.").version == 2
        added = writer.add("Also a blue ferry.", agent_id="planner").results[0].id
        assert memory.get(added).agent_id == "planner"
        assert writer.archive(added).state == "archived"
        assert writer.delete(plan).deleted == 1
        assert memory.history(plan).results[1].memory == "The writer books the red ferry."
        with pytest.raises(AccessDenied, match="govern"):
            writer.freeze(added)

    def test_a_grant_on_one_memory_opens_it_alone_even_if_it_is_private(
        self, as_caller: As
    ) -> None:
        maker, writer = as_caller(agent_id="planner", role="share"), as_caller(agent_id="writer")
        secret = maker.add(PLAN, visibility="private").results[0].id
        other = maker.add("The blue ferry sails at noon.").results[0].id
        refused(as_caller(agent_id="planner"), secret)
        maker.grant({"agent_id": "writer"}, memory_id=secret)
        assert seen(writer) == {secret}
        refused(writer, other)
        maker.grant({"agent_id": "writer"}, agent_id="planner")
        assert seen(writer) == {secret, other}

    def test_a_grant_names_one_credential_or_all_bound_to_a_scope(
        self, memory: Memory, as_caller: As
    ) -> None:
        plan = memory.add(PLAN, user_id="ada").results[0].id
        one, other = as_caller(user_id="ben"), as_caller(user_id="ben")
        mine = one.add("Ben likes no ferry.").results[0].id
        memory.grant(one.get(mine).actor, memory_id=plan)
        assert one.get(plan).memory == PLAN
        refused(other, plan)
        memory.grant({"user_id": "ben"}, memory_id=plan)
        assert other.get(plan).memory == PLAN
        refused(as_caller(user_id="cy"), plan)

    def test_a_grant_expires_by_itself(
        self, memory: Memory, as_caller: As, pass_time: Callable[[float], object]
    ) -> None:
        plan = memory.add(PLAN, agent_id="planner").results[0].id
        writer = as_caller(agent_id="writer")
        memory.grant({"agent_id": "writer"}, memory_id=plan, ttl_seconds=1)
        assert writer.get(plan).memory == PLAN
        pass_time(1.1)
        refused(writer, plan)
        assert seen(writer) == set()
        assert memory.grants().results == ()
        assert [grant.live for grant in memory.grants(ended=True).results] == [False]
        with pytest.raises(InvalidInput):
            memory.grant({"agent_id": "x"}, memory_id=plan, until=memory.get(plan).created_at)

    def test_nobody_gives_what_they_lack(self, memory: Memory, as_caller: As) -> None:
        plan = memory.add(PLAN, agent_id="planner").results[0].id
        foreign = memory.add(PLAN, agent_id="other").results[0].id
        planner = as_caller(agent_id="planner", role="share")
        wanted: tuple[dict[str, Any], ...] = (
            {"memory_id": plan, "role": "admin"},
            {"memory_id": plan, "rights": ["govern"]},
            {"memory_id": plan, "rights": ["legal_erase"]},
            {"memory_id": plan, "purposes": ["train"]},
            {"agent_id": "other"},
            {"user_id": "ada"},
        )
        for fields in wanted:
            with pytest.raises(AccessDenied):
                planner.grant({"agent_id": "writer"}, **fields)
        with pytest.raises(NotFound):
            planner.grant({"agent_id": "writer"}, memory_id=foreign)
        with pytest.raises(AccessDenied, match="share"):
            as_caller(agent_id="planner").grant({"agent_id": "writer"}, memory_id=plan)
        to = {"agent_id": "writer"}
        for odd in ({}, {"memory_id": plan, "agent_id": "planner"}):
            with pytest.raises(InvalidInput):
                planner.grant(to, **odd)  # type: ignore[arg-type]
        with pytest.raises(InvalidInput):
            planner.grant({"principal": "x", "agent_id": "y"}, memory_id=plan)
        assert memory.grants(ended=True).results == ()

    def test_what_was_given_on_ends_with_what_it_rests_on(
        self, memory: Memory, as_caller: As
    ) -> None:
        plan = memory.add(PLAN, agent_id="planner").results[0].id
        until = memory.get(plan).created_at + timedelta(days=1)
        first = memory.grant({"agent_id": "writer"}, agent_id="planner", role="share", until=until)
        writer, editor = as_caller(agent_id="writer"), as_caller(agent_id="editor")
        with pytest.raises(AccessDenied, match="as long"):
            writer.grant({"agent_id": "editor"}, memory_id=plan)
        given = writer.grant({"agent_id": "editor"}, memory_id=plan, until=until)
        assert given.rests_on == first.id
        assert editor.get(plan).memory == PLAN
        memory.revoke_grant(first.id)
        refused(editor, plan)
        assert [each.live for each in writer.grants(ended=True).results] == [False, False]

    def test_grants_are_told_to_those_they_concern(self, memory: Memory, as_caller: As) -> None:
        plan = memory.add(PLAN, agent_id="planner").results[0].id
        planner = as_caller(agent_id="planner", role="share")
        writer, stranger = as_caller(agent_id="writer"), as_caller(agent_id="stranger")
        ids = [
            planner.grant({"agent_id": "writer"}, memory_id=plan).id,
            memory.grant({"agent_id": "editor"}, agent_id="planner").id,
        ]
        assert [grant.id for grant in memory.grants().results] == ids
        assert [grant.id for grant in planner.grants().results] == ids
        assert [grant.id for grant in planner.grants(memory_id=plan).results] == ids[:1]
        assert [grant.id for grant in planner.grants(agent_id="planner").results] == ids[1:]
        assert [grant.id for grant in writer.grants().results] == ids[:1]
        assert stranger.grants().results == ()
        first = memory.grants(limit=1)
        assert first.next_cursor is not None
        assert [g.id for g in memory.grants(cursor=first.next_cursor).results] == ids[1:]
        with pytest.raises(InvalidCursor):
            memory.grants(cursor="grant_of_nothing")
        with pytest.raises(AccessDenied):
            writer.revoke_grant(ids[0])
        messages = []
        for grant_id in (ids[0], "grant_01JZZZZZZZZZZZZZZZZZZZZZZZ"):
            with pytest.raises(NotFound) as caught:
                stranger.revoke_grant(grant_id)
            messages.append(caught.value.message.replace(grant_id, "ID"))
        assert messages[0] == messages[1]
        assert planner.revoke_grant(ids[1]).live is False

    def test_the_same_key_gives_once(self, memory: Memory) -> None:
        plan = memory.add(PLAN, agent_id="planner").results[0].id
        to = {"agent_id": "writer"}
        one = memory.grant(to, memory_id=plan, idempotency_key="k")
        assert memory.grant(to, memory_id=plan, idempotency_key="k") == one
        assert len(memory.grants().results) == 1

    def test_the_best_results_of_others_take_no_place_of_ones_own(
        self, memory: Memory, as_caller: As
    ) -> None:
        for number in range(12):
            memory.add(f"Blue ferry {number} to Oslo.", agent_id="planner")
        writer = as_caller(agent_id="writer")
        mine = [writer.add(f"A ferry that is green, {n}.").results[0].id for n in range(3)]
        given = memory.add("Blue ferry of all.", agent_id="planner").results[0].id
        memory.grant({"agent_id": "writer"}, memory_id=given)
        found = writer.search("blue ferry to Oslo", top_k=4, threshold=0.0).results
        assert {hit.id for hit in found} == {*mine, given}
