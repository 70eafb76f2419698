"""The journal, checked and exported, and quotas; part of ``MemorySuite``."""

import json
from itertools import pairwise
from pathlib import Path

import pytest

import memory_os
from memory_os.errors import InvalidCursor, InvalidInput, NotFound, QuotaExhausted
from memory_os.sdk import Memory
from memory_os.testing.connector_granting import As


class OverseeingTests:
    """What those see and set who answer for a tenant."""

    def test_the_journal_tells_who_did_what_and_why(self, memory: Memory) -> None:
        tea = memory.add("Ada drinks tea.", user_id="ada").results[0]
        memory.update(tea.id, "Ada drinks coffee.", reason="she said so")
        memory.delete(tea.id, reason="forget it")
        told = memory.audit(target=tea.id).results
        assert [event.action for event in told] == ["create", "revise", "delete"]
        assert [event.reason for event in told] == ["", "she said so", "forget it"]
        assert len({event.actor for event in told}) == 1
        assert all(event.targets == (tea.id,) and event.salted for event in told)
        assert "coffee" not in str(told)
        whole = memory.audit().results
        assert [event.seq for event in whole] == list(range(1, len(whole) + 1))
        assert all(one.hash == after.prev for one, after in pairwise(whole))

    def test_events_are_filtered_and_paged(self, memory: Memory) -> None:
        ids = [memory.add(f"Note {n}.", user_id="ada").results[0].id for n in range(5)]
        memory.freeze(ids[0], reason="keep")
        frozen = memory.audit(action="freeze").results
        assert [event.targets for event in frozen] == [(ids[0],)]
        actor, at = frozen[0].actor, frozen[0].at
        assert memory.audit(actor=actor, action="create").results[-1].targets == (ids[4],)
        assert memory.audit(actor="nobody").results == ()
        assert frozen[0] in memory.audit(since=at).results
        assert frozen[0] not in memory.audit(until=at).results
        first = memory.audit(action="create", limit=3)
        rest = memory.audit(action="create", limit=3, cursor=first.next_cursor)
        assert [event.targets[0] for event in (*first.results, *rest.results)] == ids
        assert rest.next_cursor is None
        with pytest.raises(InvalidCursor):
            memory.audit(cursor="elsewhere")
        with pytest.raises(InvalidInput):
            memory.audit(limit=0)

    def test_a_journal_verifies(self, memory: Memory) -> None:
        memory.add("Ada drinks tea.", user_id="ada")
        found = memory.verify_audit()
        assert found.ok
        assert found.problems == ()
        assert found.broken_at is None
        last = memory.audit().results[-1]
        assert (found.entries, found.head) == (last.seq, last.hash)

    def test_an_exported_journal_verifies_by_itself(self, memory: Memory, tmp_path: Path) -> None:
        for number in range(3):
            memory.add(f"Note {number}.", user_id="ada")
        path = tmp_path / "journal.jsonl"
        head = memory.export_audit(path)
        lines = path.read_text().splitlines()
        assert len(lines) == head.seq + 2
        assert json.loads(lines[-1])["head"]["signature"] == head.signature
        assert memory.audit(action="audit_export").results[0].seq == head.seq
        found = memory_os.verify_audit_file(path)
        assert (found.ok, found.entries, found.signed_to) == (True, head.seq, head.seq)
        assert not found.signatures_checked
        assert not memory_os.verify_audit_file(path, secret=b"another").ok
        assert memory.verify_audit().signed_to >= head.seq
        with pytest.raises(InvalidInput):
            memory.export_audit(path)
        assert memory.export_audit(path, replace=True).seq == head.seq + 1

    def test_a_changed_export_does_not_verify(self, memory: Memory, tmp_path: Path) -> None:
        for number in range(3):
            memory.add(f"Note {number}.", user_id="ada")
        path = tmp_path / "journal.jsonl"
        memory.export_audit(path)
        lines = path.read_text().splitlines(keepends=True)
        broken = {
            "changed": [*lines[:2], lines[2].replace("create", "delete"), *lines[3:]],
            "missing": [*lines[:2], *lines[3:]],
            "cannot be read": [*lines[:2], "{\n", *lines[3:]],
            "cut short": lines[:-1],
            "taken away": [*lines[:-2], lines[-1]],
        }
        for said, damaged in broken.items():
            path.write_text("".join(damaged))
            found = memory_os.verify_audit_file(path)
            assert not found.ok
            assert said in " ".join(found.problems), found
            assert found.broken_at is not None
        path.write_text("something else\n")
        with pytest.raises(InvalidInput):
            memory_os.verify_audit_file(path)

    def test_reading_what_is_restricted_is_journalled(self, memory: Memory, as_caller: As) -> None:
        secret = memory.add("Ada's diagnosis is gout.", user_id="ada", sensitivity="restricted")
        plain = memory.add("Ada drinks tea.", user_id="ada").results[0].id
        held = secret.results[0].id
        memory.grant({"user_id": "ada"}, memory_id=held, purposes=["recall"])
        ada = as_caller(user_id="ada")
        ada.get(plain)
        assert memory.audit(action="read").results == ()
        ada.get(held)
        ada.get_all(user_id="ada")
        ada.history(held)
        ada.search("What is Ada's diagnosis, gout?", user_id="ada")
        ada.context("What is Ada's diagnosis, gout?", user_id="ada")
        told = memory.audit(action="read").results
        assert [event.reason for event in told] == ["get", "list", "history", "search", "context"]
        assert {event.targets for event in told} == {(held,)}

    def test_what_does_not_fit_a_quota_is_refused(self, memory: Memory) -> None:
        memory.add("Ada drinks tea.", user_id="ada")
        quota = memory.set_quota("cubes", 2, user_id="ada")
        assert (quota.used, quota.limit, quota.remaining, quota.user_id) == (1, 2, 1, "ada")
        second = memory.add("Ada drinks coffee.", user_id="ada").results[0]
        with pytest.raises(QuotaExhausted) as caught:
            memory.add("Ada drinks cocoa.", user_id="ada")
        detail = caught.value.detail
        assert (detail["meter"], detail["limit"], detail["used"]) == ("cubes", 2, 2)
        assert (detail["quota"], detail["user_id"]) == (quota.id, "ada")
        assert "retry_after" not in detail
        memory.add("Bob drinks cocoa.", user_id="bob")
        memory.add("Ada drinks tea.", user_id="ada")
        memory.delete(second.id)
        assert memory.quotas().results[0].used == 1
        memory.add("Ada drinks cocoa.", user_id="ada")
        with pytest.raises(QuotaExhausted):
            memory.restore(second.id)
        assert memory.remove_quota(quota.id).used == 2
        assert memory.restore(second.id).state == "generated"
        with pytest.raises(NotFound):
            memory.remove_quota(quota.id)

    def test_a_batch_that_does_not_fit_stores_nothing(self, memory: Memory) -> None:
        memory.set_quota("cubes", 2)
        with pytest.raises(QuotaExhausted):
            memory.add_many([f"Note {n}." for n in range(3)], user_id="ada")
        assert memory.get_all(user_id="ada").results == ()
        assert memory.quotas().results[0].used == 0

    def test_quotas_of_tenant_user_and_agent_all_count(self, memory: Memory) -> None:
        memory.set_quota("cubes", 100)
        memory.set_quota("text_bytes", 400, agent_id="cook")
        memory.set_quota("cubes", 5, user_id="ada")
        memory.add("x" * 100, user_id="ada", agent_id="cook")
        with pytest.raises(QuotaExhausted) as caught:
            memory.add("y" * 400, user_id="ada", agent_id="cook")
        assert (caught.value.detail["meter"], caught.value.detail["agent_id"]) == (
            "text_bytes",
            "cook",
        )
        used = {(q.meter.value, q.user_id, q.agent_id): q.used for q in memory.quotas().results}
        assert used["cubes", None, None] == used["cubes", "ada", None] == 1
        assert 100 < used["text_bytes", None, "cook"] < 400

    def test_a_quota_is_set_again_and_journalled(self, memory: Memory) -> None:
        memory.add("Ada drinks tea.", user_id="ada")
        one = memory.set_quota("money_per_day", 0.5, agent_id="cook")
        two = memory.set_quota("money_per_day", 0.75, agent_id="cook")
        assert (one.id, one.limit, two.limit) == (two.id, 0.5, 0.75)
        assert two.renews_at is not None
        assert [quota.id for quota in memory.quotas().results] == [one.id]
        memory.remove_quota(one.id)
        told = memory.audit(target=one.id).results
        assert [event.action for event in told] == ["quota_set", "quota_set", "quota_remove"]
        wrong: tuple[tuple[str, float, dict[str, str]], ...] = (
            ("luck", 1, {}),
            ("cubes", 1.5, {}),
            ("cubes", -1, {}),
            ("cubes", 1, {"user_id": "ada", "agent_id": "cook"}),
        )
        for meter, limit, holder in wrong:
            with pytest.raises(InvalidInput):
                memory.set_quota(meter, limit, **holder)

    def test_writes_in_a_minute_are_bounded_and_say_when_to_come_again(
        self, memory: Memory
    ) -> None:
        memory.set_quota("writes_per_minute", 0, user_id="ada")
        with pytest.raises(QuotaExhausted):
            memory.add("Ada drinks tea.", user_id="ada")
        memory.set_quota("embedding_tokens_per_day", 0, user_id="bob")
        with pytest.raises(QuotaExhausted):
            memory.add("Bob drinks tea.", user_id="bob")
        with pytest.raises(QuotaExhausted):
            memory.search("tea", user_id="bob")
        assert memory.get_all(user_id="bob").results == ()
