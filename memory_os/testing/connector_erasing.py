"""Conformance: erasing for good."""

from collections.abc import Callable
from typing import Any

import pytest

from memory_os.errors import AccessDenied, Erased, IllegalTransition, InvalidInput, NotFound
from memory_os.sdk import Memory


class ErasingTests:
    """What ``erase``, ``erasure`` and ``verify_erasure`` must do."""

    def test_what_is_erased_is_gone_from_every_read(self, memory: Memory) -> None:
        gone = memory.add("The harbour is at Ostend.", user_id="ada").results[0].id
        stays = memory.add("The kettle is blue.", user_id="ada").results[0].id
        receipt = memory.erase(gone, reason="asked")
        assert receipt.status == "complete"
        assert all(probe.passed for probe in receipt.probes)
        for read in (memory.get, memory.history, memory.delete):
            with pytest.raises(Erased) as caught:
                read(gone)
            assert caught.value.detail["erasure"] == receipt.id
        assert [one.id for one in memory.get_all(user_id="ada").results] == [stays]
        assert gone not in {hit.id for hit in memory.search("harbour", user_id="ada").results}
        with pytest.raises(Erased):
            memory.erase(gone, reason="again")

    def test_a_receipt_is_read_again_and_holds_until_it_is_changed(self, memory: Memory) -> None:
        one = memory.add("The oven is hot.", user_id="ada").results[0].id
        receipt = memory.erase([one], reason="asked")
        assert memory.erasure(receipt.id) == receipt
        assert memory.verify_erasure(receipt).ok
        assert memory.verify_erasure(receipt.id).ok
        forged = receipt.model_copy(update={"reason": "otherwise"})
        found = memory.verify_erasure(forged)
        assert not found.ok
        assert not found.signature
        with pytest.raises(NotFound):
            memory.erasure("era_unknown")

    def test_a_dry_run_erases_nothing(self, memory: Memory) -> None:
        one = memory.add("The quilt is warm.", user_id="ada").results[0].id
        plan = memory.erase(user_id="ada", reason="asked", dry_run=True)
        assert plan.dry_run
        assert [(each.id, each.role) for each in plan.closure] == [(one, "target")]
        assert memory.get(one).state == "generated"

    def test_a_merge_is_made_again_from_what_remains(self, memory: Memory) -> None:
        texts = ("Ben has a red saddle.", "Ben has got a red saddle.", "Ben owns a red saddle.")
        ids = [memory.add(text, user_id="ben").results[0].id for text in texts]
        result = memory.merge(ids, reason="same").results[0].id
        receipt = memory.erase(ids[0], reason="asked")
        assert {each.id for each in receipt.closure} == {ids[0], result}
        again = memory.get(receipt.replaced[0].new)
        assert {parent.cube_id for parent in again.parents} == set(ids[1:])
        memory.unmerge(again.id)
        assert memory.get(ids[1]).memory == texts[1]

    def test_the_last_parent_of_an_erased_merge_comes_back(self, memory: Memory) -> None:
        one = memory.add("The meadow is wet.", user_id="cy").results[0].id
        two = memory.add("The meadow is so wet.", user_id="cy").results[0].id
        memory.merge([one, two], reason="same")
        memory.erase(one, reason="asked")
        back = memory.get(two)
        assert (back.state, back.merged_into) == ("generated", None)

    def test_a_frozen_memory_stops_an_erasure(self, memory: Memory) -> None:
        one = memory.add("The ladder is long.", user_id="ada").results[0].id
        memory.freeze(one)
        with pytest.raises(IllegalTransition, match=one):
            memory.erase(one, reason="asked")
        with pytest.raises(AccessDenied):
            memory.erase(one, reason="asked", override="gdpr-17")
        memory.unfreeze(one)
        assert memory.erase(one, reason="asked").status == "complete"

    def test_an_override_passes_frost_with_the_right_of_the_law(
        self, memory: Memory, as_caller: Callable[..., Memory]
    ) -> None:
        one = memory.add("The ladder is long.", user_id="ada").results[0].id
        memory.freeze(one)
        officer = as_caller(agent_id="officer", role="read")
        with pytest.raises((AccessDenied, NotFound)):
            officer.erase(one, reason="asked", override="gdpr-17")
        memory.grant({"agent_id": "officer"}, user_id="ada", rights=["legal_erase"])
        with pytest.raises(AccessDenied):
            officer.erase(one, reason="asked")
        receipt = officer.erase(one, reason="asked", override="gdpr-17")
        assert (receipt.status, receipt.override) == ("complete", "gdpr-17")
        with pytest.raises(Erased):
            memory.get(one)

    def test_a_memory_on_a_branch_alone_is_erased_too(self, memory: Memory) -> None:
        memory.branch("trial", user_id="ada")
        tried: Any = {"user_id": "ada", "branch": "trial"}
        one = memory.add("The lantern is out.", **tried).results[0].id
        two = memory.add("The oven is hot.", **tried).results[0].id
        assert memory.erase(one, reason="asked").status == "complete"
        assert [each.id for each in memory.get_all(**tried).results] == [two]
        receipt = memory.erase(user_id="ada", reason="asked")
        assert [member.id for member in receipt.closure] == [two]
        assert memory.get_all(**tried).results == ()

    def test_a_subject_takes_its_scopes_and_the_facts_that_name_it(self, memory: Memory) -> None:
        own = memory.add("I like tea.", user_id="ada").results[0].id
        named = memory.add("Ada is tall.", user_id="ben", subject="Ada", predicate="is")
        other = memory.add("Cy is tall.", user_id="ben", subject="Cy", predicate="is")
        receipt = memory.erase(subject="ada", reason="asked")
        assert {each.id for each in receipt.closure} == {own, named.results[0].id}
        assert memory.get(other.results[0].id).memory == "Cy is tall."

    def test_nothing_erases_a_tenant_or_repeats_a_text_in_its_reason(self, memory: Memory) -> None:
        text = "The lantern is under the bridge."
        one = memory.add(text, user_id="ada").results[0].id
        with pytest.raises(InvalidInput):
            memory.erase(reason="asked")
        with pytest.raises(InvalidInput, match="reason"):
            memory.erase(one, reason=f"it says: {text}")
        with pytest.raises(NotFound):
            memory.erase("mem_unknown", reason="asked")
